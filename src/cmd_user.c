/* SPDX-License-Identifier: ISC */
/* daybook user add|passwd|admin|list|remove. A password is never an argument: those stand in the shell's
 * history and in ps. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"

#include <stdio.h>

static json_t *json_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static int show_added(struct client *client, const char *name)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/users/%s/collections", name)};
	struct client_answer answer;
	json_t *collection;
	size_t i;

	int code = client_call(client, &request, &answer);
	if (code == 0)
		printf("added %s, with", name);
	json_array_foreach(json_object_get(answer.json, "collections"), i, collection)
		printf("%s %s/%s", i ? "," : "", name, cli_text(client->arena, collection, "name"));
	if (code == 0)
		putchar('\n');
	client_answer_free(&answer);
	return code;
}

struct new_user {
	const char *name, *display_name, *mail;
	bool admin;
};

static int add_user(struct client *client, const struct new_user *user)
{
	struct client_request request = {.method = "POST", .target = "/api/v1/users"};
	struct client_answer answer;
	const char *password = cli_ask_password(client->arena, user->name);

	if (!password)
		return 1;
	request.json = json_pack("{s:o, s:o, s:o, s:o, s:b}", "name", json_or_null(user->name),
		"password", json_or_null(password), "display_name",
		json_or_null(user->display_name), "mails", json_or_null(user->mail), "admin",
		user->admin);
	if (!request.json)
		return cli_fail("name and password must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	const char *name = arena_strdup(
		client->arena, cli_text(client->arena, answer.json, "name"));
	client_answer_free(&answer);
	return code ? code : show_added(client, name);
}

static int user_add(int argc, char **argv)
{
	struct new_user user = {0};
	const struct cli_option options[] = {
		{"name", 'n', "TEXT", "how people see the name: \"Anna B.\"", &user.display_name},
		{"mail", 'm', "ADDRESS",
			"mail address, also good to log in with; commas separate several",
			&user.mail},
		{"admin", 0, NULL, "may manage everybody", &user.admin},
	};
	struct cli cli = {
		.usage = "user add NAME [OPTIONS]",
		.about =
			"Adds a person, with a calendar and a task list. The password is asked for "
			"on the\nterminal, or is the first line of standard input.\n",
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, true);

	if (code != CLI_GO)
		return code;
	user.name = cli.args[0];
	return client_finish(&client, add_user(&client, &user));
}

static int set_password(struct client *client, const char *name)
{
	struct client_request request = {.method = "PUT",
		.target = client_target(client->arena, "/api/v1/users/%s/password", name)};
	struct client_answer answer;
	const char *password = cli_ask_password(client->arena, name);

	if (!password)
		return 1;
	request.json = json_pack("{s:s}", "password", password);
	if (!request.json)
		return cli_fail("a password must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	client_answer_free(&answer);
	if (code == 0)
		printf("%s has a new password\n", name);
	return code;
}

static int user_passwd(int argc, char **argv)
{
	struct cli cli = {
		.usage = "user passwd NAME [OPTIONS]",
		.about = "Sets the password: asked for on the terminal, or the first line of "
			 "standard input.\n",
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, set_password(&client, cli.args[0]));
}

static int set_admin(struct client *client, const char *name, bool admin)
{
	struct client_request request = {.method = "PUT",
		.target = client_target(client->arena, "/api/v1/users/%s/admin", name)};
	struct client_answer answer;

	request.json = json_pack("{s:b}", "admin", admin);
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	if (code == 0)
		printf("%s %s\n", cli_text(client->arena, answer.json, "name"),
			admin ? "may manage everybody now" : "is no admin any more");
	client_answer_free(&answer);
	return code;
}

static int user_admin(int argc, char **argv)
{
	bool revoke = false;
	const struct cli_option option = {"revoke", 0, NULL, "take the role away again", &revoke};
	struct cli cli = {
		.usage = "user admin NAME [OPTIONS]",
		.about = "Makes a person an admin, who may see and change everything and manage "
			 "everybody.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, set_admin(&client, cli.args[0], !revoke));
}

static const char *joined(struct arena *arena, const json_t *list)
{
	const char *text = "";
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "",
			text_clean_line(arena, json_string_value(one), 200));
	}
	return text;
}

static void print_users(struct arena *arena, const json_t *json)
{
	json_t *user;
	size_t i;

	json_array_foreach(json_object_get(json, "users"), i, user)
	{
		cli_column(cli_text(arena, user, "name"), 20);
		cli_column(cli_text(arena, user, "display_name"), 24);
		printf("%s%s%s\n", joined(arena, json_object_get(user, "mails")),
			json_is_true(json_object_get(user, "admin")) ? " (admin)" : "",
			json_is_true(json_object_get(user, "has_password")) ? ""
									    : " (no password)");
	}
}

static int user_list(int argc, char **argv)
{
	struct cli cli = {
		.usage = "user list [OPTIONS]",
		.about = "Lists the people.\n",
		.lists = true,
	};
	struct client_request request = {.method = "GET", .target = "/api/v1/users"};
	struct client_answer answer = {0};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	code = client_call(&client, &request, &answer);
	if (code == 0 && cli.json)
		cli_print_json(answer.json);
	else if (code == 0)
		print_users(cli.arena, answer.json);
	client_answer_free(&answer);
	return client_finish(&client, code);
}

static int remove_user(struct client *client, const char *name, bool yes)
{
	struct client_request get = {
		.method = "GET", .target = client_target(client->arena, "/api/v1/users/%s", name)};
	struct client_request remove = {.method = "DELETE", .target = get.target};
	struct client_answer answer;
	int code = client_call(client, &get, &answer);

	client_answer_free(&answer);
	if (code)
		return code;
	if (!yes &&
		!cli_confirm(arena_printf(client->arena,
			"Remove %s, all calendars and the password? What was in them stays in the "
			"history.",
			name)))
		return cli_fail("%s was not removed: say --yes", name);
	code = client_call(client, &remove, &answer);
	client_answer_free(&answer);
	if (code == 0)
		printf("%s was removed; the content stays in the history\n", name);
	return code;
}

static int user_remove(int argc, char **argv)
{
	bool yes = false;
	const struct cli_option option = {"yes", 'y', NULL, "do not ask", &yes};
	struct cli cli = {
		.usage = "user remove NAME [OPTIONS]",
		.about = "Removes a person and all calendars of theirs. The content stays in the "
			 "history.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, remove_user(&client, cli.args[0], yes));
}

int cmd_user(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"add", user_add, "add a person"},
		{"passwd", user_passwd, "set a password"},
		{"admin", user_admin, "make somebody an admin, or no longer"},
		{"list", user_list, "list the people"},
		{"remove", user_remove, "remove a person"},
	};

	return cli_dispatch("user", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
