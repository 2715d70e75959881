/* SPDX-License-Identifier: ISC */
/* daybook device add|list|revoke: passwords for phones and programs. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"
#include "storage/device.h"

#include <stdio.h>

struct new_device {
	const char *user, *name, *scope, *expires;
};

/* The password alone goes to standard output, so that scripts can take it. */
static void show_password(struct client *client, const json_t *device)
{
	const char *url = client->config->public_url;

	fprintf(stderr, "the password of %s's \"%s\", shown only this once:\n",
		cli_text(client->arena, device, "user"), cli_text(client->arena, device, "name"));
	fflush(stderr);
	printf("%s\n", cli_text(client->arena, device, "password"));
	fflush(stdout);
	fprintf(stderr,
		"Enter it on the device with the user name %s, instead of the main password;\n"
		"dashes, spaces and capitals do not matter.%s%s\n",
		cli_text(client->arena, device, "user"), url ? " The server is " : "",
		url ? url : "");
}

static int add_device(struct client *client, const struct new_device *new)
{
	struct client_request request = {.method = "POST",
		.target = client_target(client->arena, "/api/v1/users/%s/devices", new->user)};
	struct client_answer answer;

	request.json = json_pack("{s:s, s:s*, s:s*}", "name", new->name, "scope", new->scope,
		"expires", new->expires);
	if (!request.json)
		return cli_fail("all must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	if (code == 0 && client->cli->json)
		cli_print_json(answer.json);
	else if (code == 0)
		show_password(client, answer.json);
	client_answer_free(&answer);
	return code;
}

static int device_command_add(int argc, char **argv)
{
	struct new_device new = {0};
	const struct cli_option options[] = {
		{"scope", 's', "LIST", "all, calendars, contacts, read-only; with commas",
			&new.scope},
		{"expires", 'e', "WHEN", "a date, 2027-01-31, or a number of days, 90d",
			&new.expires},
	};
	struct cli cli = {
		.usage = "device add USER NAME [OPTIONS]",
		.about = "Makes a password for one device, and prints it once. The history says "
			 "which device\nchanged what; a lost one is revoked without a new password "
			 "for the others.\n",
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 2,
		.max_args = 2,
		.lists = true,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	new.user = cli.args[0];
	new.name = cli.args[1];
	return client_finish(&client, add_device(&client, &new));
}

/* ---------------------------------------------------------------- list */

/* Of one person, or (NULL) of all. */
static int get_devices(struct client *client, const char *user, struct client_answer *answer)
{
	struct client_request request = {.method = "GET",
		.target = user ? client_target(client->arena, "/api/v1/users/%s/devices", user)
			       : "/api/v1/devices"};

	return client_call(client, &request, answer);
}

static const char *scope_text(struct arena *arena, const json_t *device)
{
	const char *text = "";
	json_t *word;
	size_t i;

	json_array_foreach(json_object_get(device, "scope"), i, word)
	{
		text = arena_printf(arena, "%s%s%s", text, i ? "," : "", json_string_value(word));
	}
	return text;
}

static const char *local_time(struct arena *arena, const json_t *device, const char *member)
{
	const char *iso = json_string_value(json_object_get(device, member));

	return iso ? cli_time(arena, iso) : "";
}

static const char *marks(struct arena *arena, const json_t *device)
{
	const char *expires = local_time(arena, device, "expires");

	if (json_is_true(json_object_get(device, "noticed")))
		return "noticed";
	if (!*expires)
		return "";
	return arena_printf(arena, "%s %s",
		json_is_true(json_object_get(device, "expired")) ? "EXPIRED" : "expires", expires);
}

static void print_device(struct arena *arena, const json_t *device)
{
	const char *used = local_time(arena, device, "last_used");

	cli_column(cli_text(arena, device, "user"), 12);
	cli_column(cli_text(arena, device, "name"), 24);
	cli_column(scope_text(arena, device), 19);
	cli_column(*used ? used : "never", 16);
	cli_column(cli_text(arena, device, "address"), 15);
	cli_column(marks(arena, device), 24);
	printf("%s\n", cli_text(arena, device, "user_agent"));
}

static void print_devices(struct arena *arena, const json_t *json)
{
	json_t *device;
	size_t i;

	if (json_array_size(json_object_get(json, "devices"))) {
		cli_column("USER", 12);
		cli_column("DEVICE", 24);
		cli_column("SCOPE", 19);
		cli_column("LAST USED", 16);
		cli_column("FROM", 15);
		cli_column("NOTE", 24);
		printf("PROGRAM\n");
	}
	json_array_foreach(json_object_get(json, "devices"), i, device) print_device(arena, device);
}

static int device_command_list(int argc, char **argv)
{
	struct cli cli = {
		.usage = "device list [USER] [OPTIONS]",
		.about =
			"Lists the devices of one person, or of all, and when they were last used.\n"
			"\"noticed\" ones have no password of their own: a program came with the "
			"main password.\n",
		.max_args = 1,
		.lists = true,
	};
	struct client_answer answer = {0};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	code = get_devices(&client, cli.n_args ? cli.args[0] : NULL, &answer);
	if (code == 0 && cli.json)
		cli_print_json(answer.json);
	else if (code == 0)
		print_devices(cli.arena, answer.json);
	client_answer_free(&answer);
	return client_finish(&client, code);
}

/* ---------------------------------------------------------------- revoke */

/* By id or name, here: a name may hold what no address can. Borrowed from `json`. */
static const json_t *find_device(struct arena *arena, const json_t *json, const char *which)
{
	const char *why, *name = device_name_clean(arena, which, &why);
	json_t *device, *list = json_object_get(json, "devices");
	size_t i;

	json_array_foreach(list, i, device)
	{
		if (text_equal_nocase(json_string_value(json_object_get(device, "id")), which))
			return device;
	}
	json_array_foreach(list, i, device)
	{
		const char *is = json_string_value(json_object_get(device, "name"));
		if (is && name && device_name_same(is, name))
			return device;
	}
	return NULL;
}

static int revoke(struct client *client, const char *user, const json_t *device)
{
	struct client_request request = {.method = "DELETE",
		.target = client_target(client->arena, "/api/v1/users/%s/devices/%s", user,
			json_string_value(json_object_get(device, "id")))};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	client_answer_free(&answer);
	return code;
}

static int revoke_device(struct client *client, const char *user, const char *which, bool yes)
{
	struct client_answer answer;
	int code = get_devices(client, user, &answer);
	const json_t *device = find_device(client->arena, answer.json, which);
	const char *name = device ? cli_text(client->arena, device, "name") : "";
	bool noticed = json_is_true(json_object_get(device, "noticed"));

	if (code == 0 && !device)
		code = cli_fail("%s has no device \"%s\"; \"daybook device list %s\" shows them",
			user, text_clean_line(client->arena, which, DEVICE_NAME_SIZE), user);
	if (code == 0 && !yes &&
		!cli_confirm(arena_printf(client->arena,
			noticed ? "Forget \"%s\" of %s?"
				: "Revoke the password of \"%s\" of %s? It can not be used again.",
			name, user)))
		code = cli_fail("\"%s\" was not revoked: say --yes", name);
	if (code == 0)
		code = revoke(client, user, device);
	if (code == 0 && noticed)
		printf("\"%s\" is forgotten; it logs in with the main password still, which "
		       "\"daybook user passwd %s\" changes\n",
			name, user);
	else if (code == 0)
		printf("\"%s\" is revoked\n", name);
	client_answer_free(&answer);
	return code;
}

static int device_command_revoke(int argc, char **argv)
{
	bool yes = false;
	const struct cli_option option = {"yes", 'y', NULL, "do not ask", &yes};
	struct cli cli = {
		.usage = "device revoke USER NAME|ID [OPTIONS]",
		.about = "Ends the password of a device, at once. What it changed stays in the "
			 "history.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 2,
		.max_args = 2,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, revoke_device(&client, cli.args[0], cli.args[1], yes));
}

int cmd_device(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"add", device_command_add, "make a password for a device"},
		{"list", device_command_list, "list devices, and when they were last used"},
		{"revoke", device_command_revoke, "end a device's password"},
	};

	return cli_dispatch("device", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
