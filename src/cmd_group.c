/* SPDX-License-Identifier: ISC */
/* daybook group add|remove|list|members. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"
#include "storage/household.h"

#include <stdio.h>

/* cli_parse, and the first argument is a name: an empty one would be the list of all. */
static int parse(struct cli *cli, int argc, char **argv)
{
	int code = cli_parse(cli, argc, argv);

	if (code != CLI_GO || *cli->args[0])
		return code;
	code = cli_misuse(cli, "the name of the group is empty");
	cli_end(cli);
	return code;
}

/* Appends the texts of a command line to a JSON object; none: nothing. */
static bool set_list(json_t *object, const char *member, const char *const *texts, size_t n)
{
	json_t *list = n ? json_array() : NULL;

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, json_string(texts[i])) != 0) {
			json_decref(list);
			return false;
		}
	return !list || json_object_set_new(object, member, list) == 0;
}

/* One call with a body, which is used up. */
static int send(struct client *client, struct client_request *request, json_t *json, bool good,
	struct client_answer *answer)
{
	request->json = json;
	int code = json && good ? client_call(client, request, answer)
				: cli_fail("names must be UTF-8");
	json_decref(json);
	return code;
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

/* ---------------------------------------------------------------- add */

static int add_group(struct client *client, const struct cli *cli, const char *display_name)
{
	struct client_request request = {.method = "POST", .target = "/api/v1/groups"};
	struct client_answer answer = {0};
	json_t *json = json_pack("{s:s, s:s*}", "name", cli->args[0], "display_name", display_name);
	bool good = set_list(
		json, "members", (const char *const *)cli->args + 1, (size_t)cli->n_args - 1);
	int code = send(client, &request, json, good, &answer);

	if (code == 0) {
		const char *members = joined(
			client->arena, json_object_get(answer.json, "members"));
		printf("added the group %s%s%s\n", cli_text(client->arena, answer.json, "name"),
			*members ? ", with " : "", members);
	}
	client_answer_free(&answer);
	return code;
}

static int group_add(int argc, char **argv)
{
	const char *display_name = NULL;
	const struct cli_option option = {
		"name", 'n', "TEXT", "how people see it: \"The kids\"", &display_name};
	struct cli cli = {
		.usage = "group add GROUP [MEMBER...] [OPTIONS]",
		.about =
			"Adds a group of people. A member is a user, or group:NAME for all who are "
			"in another\ngroup.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 1,
		.max_args = 1 + HOUSEHOLD_MAX_MEMBERS,
	};
	struct client client;
	int code = parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = add_group(&client, &cli, display_name);
	client_close(&client);
	cli_end(&cli);
	return code;
}

/* ---------------------------------------------------------------- remove */

static int remove_group(struct client *client, const char *name, bool yes)
{
	struct client_request get = {
		.method = "GET", .target = client_target(client->arena, "/api/v1/groups/%s", name)};
	struct client_request remove = {.method = "DELETE", .target = get.target};
	struct client_answer answer;
	int code = client_call(client, &get, &answer);

	client_answer_free(&answer);
	if (code)
		return code;
	if (!yes &&
		!cli_confirm(arena_printf(client->arena,
			"Remove the group %s, with all that its members may through it?", name)))
		return cli_fail("%s was not removed: say --yes", name);
	code = client_call(client, &remove, &answer);
	client_answer_free(&answer);
	if (code == 0)
		printf("the group %s was removed\n", name);
	return code;
}

static int group_remove(int argc, char **argv)
{
	bool yes = false;
	const struct cli_option option = {"yes", 'y', NULL, "do not ask", &yes};
	struct cli cli = {
		.usage = "group remove GROUP [OPTIONS]",
		.about = "Removes a group, and what was shared with it from the homes of its "
			 "members.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = remove_group(&client, cli.args[0], yes);
	client_close(&client);
	cli_end(&cli);
	return code;
}

/* ---------------------------------------------------------------- list */

static void print_groups(struct arena *arena, const json_t *json)
{
	json_t *group;
	size_t i;

	json_array_foreach(json_object_get(json, "groups"), i, group)
	{
		cli_column(cli_text(arena, group, "name"), 20);
		cli_column(cli_text(arena, group, "display_name"), 24);
		puts(joined(arena, json_object_get(group, "members")));
	}
}

static int group_list(int argc, char **argv)
{
	struct cli cli = {
		.usage = "group list [OPTIONS]",
		.about = "Lists the groups, each with its members.\n",
		.lists = true,
	};
	struct client_request request = {.method = "GET", .target = "/api/v1/groups"};
	struct client_answer answer = {0};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	code = client_call(&client, &request, &answer);
	if (code == 0 && cli.json)
		cli_print_json(answer.json);
	else if (code == 0)
		print_groups(cli.arena, answer.json);
	client_answer_free(&answer);
	return client_finish(&client, code);
}

/* ---------------------------------------------------------------- members */

struct members {
	struct cli_list add, drop;
	bool all;
};

static void print_members(const struct cli *cli, const struct members *members, const json_t *group)
{
	json_t *one;
	size_t i;

	if (cli->json) {
		cli_print_json(group);
		return;
	}
	json_array_foreach(json_object_get(group, members->all ? "people" : "members"), i, one)
	{
		puts(text_clean_line(cli->arena, json_string_value(one), 200));
	}
}

/* Lists, after what is to be changed. */
static int change_members(struct client *client, const struct cli *cli, struct members *members)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/groups/%s", cli->args[0])};
	struct client_answer answer = {0};
	bool changes = members->add.n || members->drop.n;
	int code;

	if (changes) {
		json_t *json = json_object();
		bool good = set_list(json, "add", members->add.texts, members->add.n) &&
			set_list(json, "drop", members->drop.texts, members->drop.n);
		request.method = "PUT";
		code = send(client, &request, json, good, &answer);
	} else {
		code = client_call(client, &request, &answer);
	}
	if (code == 0)
		print_members(cli, members, answer.json);
	client_answer_free(&answer);
	return code;
}

static int group_members(int argc, char **argv)
{
	struct members members = {0};
	const struct cli_option options[] = {
		{"add", 'a', "MEMBER...", "put in", &members.add},
		{"drop", 'd', "MEMBER...", "take out", &members.drop},
		{"all", 0, NULL, "all people who are in it in the end, through other groups, too",
			&members.all},
	};
	struct cli cli = {
		.usage = "group members GROUP [OPTIONS]",
		.about = "Lists who is in a group, after putting in and taking out. A member is a "
			 "user, or\ngroup:NAME.\n",
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
		.lists = true,
	};
	struct client client;
	int code = parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = change_members(&client, &cli, &members);
	client_close(&client);
	cli_end(&cli);
	return code;
}

int cmd_group(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"add", group_add, "add a group"},
		{"remove", group_remove, "remove a group"},
		{"list", group_list, "list the groups"},
		{"members", group_members, "list members, put them in, take them out"},
	};

	return cli_dispatch("group", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
