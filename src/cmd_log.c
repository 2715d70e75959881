/* SPDX-License-Identifier: ISC */
/* daybook log [USER[/CALENDAR[/NAME]]] [-n N]: who changed what, when and with which device, newest
 * first. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"

#include <stdio.h>
#include <string.h>

#define MAX_LISTED 5 /* changes of one commit that are listed below it */

/* "DAVx5/4.3 (…)" → "DAVx5"; a device's own name is better. */
static const char *device_of(struct arena *arena, const json_t *entry)
{
	const char *device = cli_text(arena, entry, "device");
	const char *agent = cli_text(arena, entry, "user_agent");

	if (*device)
		return device;
	return arena_strndup(arena, agent, strcspn(agent, "/("));
}

/* How a change reads: added "Dentist" in anna/home. */
static void print_change(struct arena *arena, const json_t *change)
{
	const char *summary = cli_text(arena, change, "summary"),
		   *name = cli_text(arena, change, "name");
	const char *what = cli_text(arena, change, "what");

	if (text_equal(what, "properties"))
		what = "changed the settings of";
	printf("%18s %s ", "", what);
	if (*summary)
		printf("\"%s\" in ", summary);
	else if (*name)
		printf("%s in ", name);
	puts(cli_text(arena, change, "collection"));
}

/* What changed in it, losses first and marked: ! photo got smaller (480 KB to 12 KB) */
static void print_inside(struct arena *arena, const json_t *change, int indent)
{
	const json_t *inside = json_object_get(change, "changes_in");
	size_t n = json_array_size(inside), i;
	json_t *one;

	json_array_foreach(inside, i, one)
	{
		if (i < MAX_LISTED)
			printf("%*s %c %s\n", indent, "",
				json_is_true(json_object_get(one, "loss")) ? '!' : ' ',
				cli_text(arena, one, "text"));
	}
	if (n > MAX_LISTED)
		printf("%*s   and %zu more\n", indent, "", n - MAX_LISTED);
}

/* ! removed 212 of 215 cards from anna/contacts */
static void print_bulk(struct arena *arena, const json_t *entry)
{
	const json_t *bulk = json_object_get(entry, "bulk");

	if (json_is_object(bulk))
		printf("%18s ! %s from %s\n", "", cli_text(arena, bulk, "text"),
			cli_text(arena, bulk, "collection"));
}

/* The subject of a commit of ours tells of people and of calendars; entries are listed. */
static bool is_listed(struct arena *arena, const json_t *change, bool pushed)
{
	return pushed ||
		(*cli_text(arena, change, "name") &&
			!text_starts(cli_text(arena, change, "path"), "principals/"));
}

static void print_changes(struct arena *arena, const json_t *entry, bool pushed)
{
	const json_t *changes = json_object_get(entry, "changes");
	long long count = cli_number(entry, "n_changes"), listed = 0;
	json_t *change;
	size_t i;

	json_array_foreach(changes, i, change)
	{
		if (is_listed(arena, change, pushed) && listed++ < MAX_LISTED) {
			print_change(arena, change);
			print_inside(arena, change, 20);
		}
	}
	long long more = listed + count - (long long)json_array_size(changes) - MAX_LISTED;
	if (count >= STORE_LOG_CHANGES) /* not all are counted */
		printf("%18s and many more\n", "");
	else if (listed && more > 0)
		printf("%18s and %lld more\n", "", more);
}

static void print_entry(struct arena *arena, const json_t *entry)
{
	const char *device = device_of(arena, entry);
	bool pushed = json_is_true(json_object_get(entry, "pushed"));

	printf("%-18s %s", cli_time(arena, cli_text(arena, entry, "time")),
		cli_text(arena, entry, "subject"));
	if (*device)
		printf(" (%s)", device);
	if (pushed)
		printf(" (by git: %s)", cli_text(arena, entry, "who"));
	putchar('\n');
	print_bulk(arena, entry);
	/* One change of ours is told by the subject. */
	if (cli_number(entry, "n_changes") > 1 || pushed)
		print_changes(arena, entry, pushed);
	else
		print_inside(arena, json_array_get(json_object_get(entry, "changes"), 0), 18);
}

static int show_log(struct client *client, const char *target)
{
	struct client_request request = {.method = "GET", .target = target};
	struct client_answer answer;
	json_t *entry;
	size_t i;
	int code = client_call(client, &request, &answer);

	if (code == 0 && client->cli->json)
		cli_print_json(answer.json);
	else if (code == 0)
		json_array_foreach(json_object_get(answer.json, "entries"), i, entry)
			print_entry(client->arena, entry);
	client_answer_free(&answer);
	return code;
}

static const char *target_of(struct arena *arena, const char *text, const char *limit)
{
	struct cli_place place = cli_place(arena, text ? text : "");
	const char *target = client_target(arena, "/api/v1/log");

	if (*place.user)
		target = client_target(arena, "/api/v1/log/%s", place.user);
	if (place.collection)
		target = client_target(arena, "/api/v1/log/%s/%s", place.user, place.collection);
	if (place.name)
		target = client_target(
			arena, "/api/v1/log/%s/%s/%s", place.user, place.collection, place.name);
	return limit ? arena_printf(arena, "%s?limit=%s", target, limit) : target;
}

int cmd_log(int argc, char **argv)
{
	const char *limit = NULL;
	const struct cli_option option = {"number", 'n', "N", "so many changes (50)", &limit};
	struct cli cli = {
		.usage = "log [USER[/CALENDAR|/BOOK[/NAME]]] [-n N] [OPTIONS]",
		.about = "Tells who changed what, when and with which device, the newest first.\n",
		.options = &option,
		.n_options = 1,
		.max_args = 1,
		.lists = true,
	};
	uint64_t number = 1;
	struct client client = {0};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (limit && (!text_to_u64(limit, &number) || !number))
		code = cli_misuse(&cli, "-n \"%s\" is no number from 1", limit);
	else
		code = client_open(&client, &cli, false);
	if (code == 0)
		code = show_log(
			&client, target_of(cli.arena, cli.n_args ? cli.args[0] : NULL, limit));
	client_close(&client);
	cli_end(&cli);
	return code;
}
