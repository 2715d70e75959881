/* SPDX-License-Identifier: ISC */
/*
 * daybook calendar|addressbook list|add|remove. Roles: cmd_calendar_share.c, cmd_calendar_shares.c; links:
 * cmd_calendar_link.c; birthdays: cmd_calendar_birthdays.c; the other command: cmd_addressbook.c.
 */
#include "src/base/text.h"
#include "src/client.h"
#include "src/cmd_calendar.h"
#include "src/commands.h"

#include <stdio.h>
#include <string.h>

const char *collection_usage(
	char usage[COLLECTION_USAGE], const struct collection_kind *kind, const char *rest)
{
	const char *argument = strstr(rest, "%s");

	snprintf(usage, COLLECTION_USAGE, "%s %.*s%s%s", kind->command,
		(int)(argument ? argument - rest : (ptrdiff_t)strlen(rest)), rest,
		argument ? kind->argument : "", argument ? argument + 2 : "");
	return usage;
}

bool collection_place(const struct collection_kind *kind, const struct cli *cli,
	const char *argument, struct cli_place *place, int *code)
{
	*place = cli_place(cli->arena, argument);
	if (*place->user && place->collection && !place->name)
		return true;
	*code = cli_misuse(cli, "\"%s\" is not like %s", argument, kind->example);
	return false;
}

/* --- list --- */

struct listing {
	const struct collection_kind *kind;
	json_t *all;
};

static int collections_of(struct client *client, const char *user, const struct listing *listing)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/users/%s/collections", user)};
	struct client_answer answer;
	json_t *collection;
	size_t i;

	int code = client_call(client, &request, &answer);
	json_array_foreach(json_object_get(answer.json, "collections"), i, collection)
	{
		bool book = text_equal(
			json_string_value(json_object_get(collection, "kind")), "addressbook");
		if (book == listing->kind->tasks)
			continue;
		json_object_set_new(collection, "user", json_string(user));
		json_array_append(listing->all, collection);
	}
	client_answer_free(&answer);
	return code;
}

static int collections_of_all(struct client *client, const struct listing *listing)
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
				client, json_string_value(json_object_get(user, "name")), listing);
	}
	client_answer_free(&answer);
	return code;
}

static void print_collections(
	const struct collection_kind *kind, struct arena *arena, const json_t *all)
{
	json_t *c;
	size_t i;

	json_array_foreach(all, i, c)
	{
		const char *place = arena_printf(
			arena, "%s/%s", cli_text(arena, c, "user"), cli_text(arena, c, "name"));
		long long entries = cli_number(c, "entries");
		bool share = json_is_true(json_object_get(c, "share"));
		cli_column(place, 28);
		printf("%-11s %6lld %-8s %-8s %s%s%s%s\n", cli_text(arena, c, "kind"), entries,
			entries == 1 ? kind->entry : kind->entries, cli_text(arena, c, "color"),
			cli_text(arena, c, "displayname"), share ? ", as " : "",
			share ? cli_text(arena, c, "role") : "",
			*cli_text(arena, c, "derived") ? ", made from address books" : "");
	}
}

int collection_list(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct cli cli = {
		.usage = collection_usage(usage, kind, "list [USER] [OPTIONS]"),
		.about = kind->about_list,
		.max_args = 1,
		.lists = true,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	const struct listing listing = {kind, json_array()};
	code = cli.n_args ? collections_of(&client, cli.args[0], &listing)
			  : collections_of_all(&client, &listing);
	if (code == 0 && cli.json) {
		json_t *json = json_pack("{s:O}", kind->list, listing.all);
		cli_print_json(json);
		json_decref(json);
	} else if (code == 0) {
		print_collections(kind, cli.arena, listing.all);
	}
	json_decref(listing.all);
	return client_finish(&client, code);
}

/* --- add --- */

struct new_collection {
	struct cli_place place;
	const char *name, *components, *color;
};

static int add(
	struct client *client, const struct collection_kind *kind, const struct new_collection *new)
{
	struct client_request request = {.method = "POST",
		.target = client_target(
			client->arena, "/api/v1/users/%s/collections", new->place.user)};
	struct client_answer answer;

	request.json = json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "name", new->place.collection,
		"kind", kind->kind, "displayname", new->name, "components", new->components,
		"color", new->color);
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

int collection_add(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct new_collection new = {0};
	const struct cli_option options[] = {
		{"name", 'n', "TEXT", "how people see it: \"Club\"", &new.name},
		{"components", 'c', "LIST", "VEVENT (the default), VTODO, VJOURNAL …, with commas",
			&new.components},
		{"color", 0, "COLOR", "as #1badf8", &new.color},
	};
	struct cli cli = {
		.usage = collection_usage(usage, kind, "add %s [OPTIONS]"),
		.about = kind->about_add,
		.options = options,
		.n_options = kind->tasks ? sizeof(options) / sizeof(*options) : 1,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (!collection_place(kind, &cli, cli.args[0], &new.place, &code)) {
		cli_end(&cli);
		return code;
	}
	code = client_open(&client, &cli, true);
	if (code == 0)
		code = add(&client, kind, &new);
	client_close(&client);
	cli_end(&cli);
	return code;
}

/* --- remove --- */

/* Is it somebody else's, in a home where it only appears? */
static int find_share(struct client *client, const struct collection_kind *kind,
	const struct cli_place *place, bool *share)
{
	const struct listing listing = {kind, json_array()};
	int code = collections_of(client, place->user, &listing);
	json_t *c;
	size_t i;

	json_array_foreach(listing.all, i, c)
	{
		if (text_equal(json_string_value(json_object_get(c, "name")), place->collection))
			*share = json_is_true(json_object_get(c, "share"));
	}
	json_decref(listing.all);
	return code;
}

static int remove_one(
	struct client *client, const struct collection_kind *kind, const struct cli_place *place)
{
	struct client_request request = {.method = "DELETE",
		.target = client_target(client->arena, "/api/v1/users/%s/collections/%s?kind=%s",
			place->user, place->collection, kind->kind)};
	struct client_answer answer = {0};
	bool share = false;
	int code = find_share(client, kind, place, &share);

	if (code == 0)
		code = client_call(client, &request, &answer);
	client_answer_free(&answer);
	if (code == 0)
		printf("%s %s/%s; %s\n", share ? "unsubscribed" : "removed", place->user,
			place->collection,
			share ? "whose it is keeps it" : "what was in it stays in the history");
	return code;
}

int collection_remove(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct cli cli = {
		.usage = collection_usage(usage, kind, "remove %s [OPTIONS]"),
		.about = kind->about_remove,
		.min_args = 1,
		.max_args = 1,
	};
	struct cli_place place;
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (!collection_place(kind, &cli, cli.args[0], &place, &code)) {
		cli_end(&cli);
		return code;
	}
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = remove_one(&client, kind, &place);
	client_close(&client);
	cli_end(&cli);
	return code;
}

/* --- the command --- */

static const struct collection_kind calendars = {
	.command = "calendar",
	.kind = "calendar",
	.list = "calendars",
	.argument = "USER/CALENDAR",
	.example = "anna/home",
	.about_list = "Lists the calendars and task lists of one person, or of all.\n",
	.about_add = "Adds a calendar, or with --components VTODO a task list.\n",
	.about_remove = "Removes a calendar or task list with all entries. They stay in the "
			"history. Of a\nshare, only the share goes: it is unsubscribed.\n",
	.about_share = "Shares a calendar with somebody: an editor changes everything, an author "
		       "adds and\nchanges what they added, a reader reads, and with busy they see "
		       "when it is taken.\nIt appears among their own calendars.\n",
	.about_shares = "Shows who sees which calendars, and how much: edit, add, read or busy. "
			"Of one\nperson, those that they see; of one calendar, with whom it is "
			"shared.\n",
	.about_link =
		"Makes an address that shows a calendar without log-in, for browsers and for\n"
		"subscribing.\n",
	.about_links = "Lists the links to calendars of one person, or of all.\n",
	.heading = "CALENDAR",
	.entry = "entry",
	.entries = "entries",
	.roles = "editor, author, reader, busy",
	.tasks = true,
};

static int calendar_list(int argc, char **argv)
{
	return collection_list(&calendars, argc, argv);
}

static int calendar_add(int argc, char **argv)
{
	return collection_add(&calendars, argc, argv);
}

static int calendar_remove(int argc, char **argv)
{
	return collection_remove(&calendars, argc, argv);
}

static int calendar_share(int argc, char **argv)
{
	return collection_share(&calendars, argc, argv);
}

static int calendar_shares(int argc, char **argv)
{
	return collection_shares(&calendars, argc, argv);
}

static int calendar_link(int argc, char **argv)
{
	return collection_link(&calendars, argc, argv);
}

static int calendar_links(int argc, char **argv)
{
	return collection_links(&calendars, argc, argv);
}

static int calendar_unlink(int argc, char **argv)
{
	return collection_unlink(&calendars, argc, argv);
}

int cmd_calendar(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"list", calendar_list, "list calendars and task lists"},
		{"add", calendar_add, "add one"},
		{"remove", calendar_remove, "remove one"},
		{"share", calendar_share, "share one with somebody, or end that"},
		{"shares", calendar_shares, "list who sees what"},
		{"birthdays", calendar_birthdays, "turn a calendar of birthdays on or off"},
		{"link", calendar_link, "make an address that shows one without log-in"},
		{"links", calendar_links, "list these addresses"},
		{"unlink", calendar_unlink, "revoke one"},
	};

	return cli_dispatch("calendar", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
