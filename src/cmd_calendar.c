/* SPDX-License-Identifier: ISC */
/* daybook calendar list|add|remove: calendars and task lists. Links: cmd_calendar_link.c. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"

#include <stdio.h>
#include <string.h>

static int collections_of(struct client *client, const char *user, json_t *all)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/users/%s/collections", user)};
	struct client_answer answer;
	json_t *collection;
	size_t i;

	int code = client_call(client, &request, &answer);
	json_array_foreach(json_object_get(answer.json, "collections"), i, collection)
	{
		if (text_equal(
			    json_string_value(json_object_get(collection, "kind")), "addressbook"))
			continue;
		json_object_set_new(collection, "user", json_string(user));
		json_array_append(all, collection);
	}
	client_answer_free(&answer);
	return code;
}

static int collections_of_all(struct client *client, json_t *all)
{
	struct client_request request = {.method = "GET", .target = "/api/v1/users"};
	struct client_answer answer;
	json_t *user;
	size_t i;

	int code = client_call(client, &request, &answer);
	json_array_foreach(json_object_get(answer.json, "users"), i, user)
	{
		if (code == 0)
			code = collections_of(
				client, json_string_value(json_object_get(user, "name")), all);
	}
	client_answer_free(&answer);
	return code;
}

static void print_collections(struct arena *arena, const json_t *all)
{
	json_t *c;
	size_t i;

	json_array_foreach(all, i, c)
	{
		const char *place = arena_printf(
			arena, "%s/%s", cli_text(arena, c, "user"), cli_text(arena, c, "name"));
		long long entries = cli_number(c, "entries");
		cli_column(place, 28);
		printf("%-9s %6lld %-8s %-8s %s\n", cli_text(arena, c, "kind"), entries,
			entries == 1 ? "entry" : "entries", cli_text(arena, c, "color"),
			cli_text(arena, c, "displayname"));
	}
}

static int calendar_list(int argc, char **argv)
{
	struct cli cli = {
		.usage = "calendar list [USER] [OPTIONS]",
		.about = "Lists the calendars and task lists of one person, or of all.\n",
		.max_args = 1,
		.lists = true,
	};
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	json_t *all = json_array();
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = cli.n_args ? collections_of(&client, cli.args[0], all)
				  : collections_of_all(&client, all);
	if (code == 0 && cli.json) {
		json_t *json = json_pack("{s:O}", "calendars", all);
		cli_print_json(json);
		json_decref(json);
	} else if (code == 0) {
		print_collections(cli.arena, all);
	}
	json_decref(all);
	client_close(&client);
	cli_end(&cli);
	return code;
}

struct new_calendar {
	struct cli_place place;
	const char *name, *components, *color;
};

static int add_calendar(struct client *client, const struct new_calendar *new)
{
	struct client_request request = {.method = "POST",
		.target = client_target(
			client->arena, "/api/v1/users/%s/collections", new->place.user)};
	struct client_answer answer;

	request.json = json_pack("{s:s, s:s*, s:s*, s:s*}", "name", new->place.collection,
		"displayname", new->name, "components", new->components, "color", new->color);
	if (!request.json)
		return cli_fail("all must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	if (code == 0)
		printf("added %s/%s: %s\n", new->place.user, new->place.collection,
			cli_text(client->arena, answer.json, "url"));
	client_answer_free(&answer);
	return code;
}

/* "U/C", nothing less and nothing more. */
static bool place_of(const struct cli *cli, struct cli_place *place)
{
	*place = cli_place(cli->arena, cli->args[0]);
	return *place->user && place->collection && !place->name;
}

static int calendar_add(int argc, char **argv)
{
	struct new_calendar new = {0};
	const struct cli_option options[] = {
		{"name", 'n', "TEXT", "how people see it: \"School\"", &new.name},
		{"components", 'c', "LIST", "VEVENT (the default), VTODO, VJOURNAL …, with commas",
			&new.components},
		{"color", 0, "COLOR", "as #1badf8", &new.color},
	};
	struct cli cli = {
		.usage = "calendar add USER/CALENDAR [OPTIONS]",
		.about = "Adds a calendar, or with --components VTODO a task list.\n",
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (!place_of(&cli, &new.place)) {
		code = cli_misuse(&cli, "\"%s\" is not like anna/home", cli.args[0]);
		cli_end(&cli);
		return code;
	}
	code = client_open(&client, &cli, true);
	if (code == 0)
		code = add_calendar(&client, &new);
	client_close(&client);
	cli_end(&cli);
	return code;
}

static int remove_calendar(struct client *client, const struct cli_place *place)
{
	struct client_request request = {.method = "DELETE",
		.target = client_target(client->arena,
			"/api/v1/users/%s/collections/%s?kind=calendar", place->user,
			place->collection)};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	client_answer_free(&answer);
	if (code == 0)
		printf("removed %s/%s; what was in it stays in the history\n", place->user,
			place->collection);
	return code;
}

static int calendar_remove(int argc, char **argv)
{
	struct cli cli = {
		.usage = "calendar remove USER/CALENDAR [OPTIONS]",
		.about = "Removes a calendar or task list with all entries. They stay in the "
			 "history.\n",
		.min_args = 1,
		.max_args = 1,
	};
	struct cli_place place;
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (!place_of(&cli, &place)) {
		code = cli_misuse(&cli, "\"%s\" is not like anna/home", cli.args[0]);
		cli_end(&cli);
		return code;
	}
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = remove_calendar(&client, &place);
	client_close(&client);
	cli_end(&cli);
	return code;
}

int cmd_calendar(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"list", calendar_list, "list calendars and task lists"},
		{"add", calendar_add, "add one"},
		{"remove", calendar_remove, "remove one"},
		{"link", calendar_link, "make an address that shows one without log-in"},
		{"links", calendar_links, "list these addresses"},
		{"unlink", calendar_unlink, "revoke one"},
	};

	return cli_dispatch("calendar", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
