/* SPDX-License-Identifier: ISC */
/* daybook calendar|addressbook link|links|unlink: addresses that show one to whoever has them. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/cmd_calendar.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- link */

struct new_link {
	struct cli_place place;
	const char *name, *expires;
	bool busy;
};

static void print_link(const struct collection_kind *kind, struct arena *arena, const json_t *link)
{
	const char *url = cli_text(arena, link, "url"), *webcal = cli_text(arena, link, "webcal");

	puts(url);
	if (*webcal)
		puts(webcal);
	fprintf(stderr,
		"Whoever has this address sees %s; \"daybook %s unlink\" with %s revokes it.\n",
		json_is_true(json_object_get(link, "busy")) ? "when it is taken" : "all of it",
		kind->command, cli_text(arena, link, "id"));
	if (*url == '/')
		fputs("Put your server's https://… before it, or set public_url.\n", stderr);
}

static int add_link(
	struct client *client, const struct collection_kind *kind, const struct new_link *new)
{
	struct client_request request = {.method = "POST",
		.target = client_target(client->arena, "/api/v1/users/%s/collections/%s/links",
			new->place.user, new->place.collection)};
	struct client_answer answer;

	request.json = json_pack("{s:s, s:s*, s:s*, s:b}", "kind", kind->kind, "name", new->name,
		"expires", new->expires, "busy", new->busy);
	if (!request.json)
		return cli_fail("all must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	if (code == 0)
		print_link(kind, client->arena, answer.json);
	client_answer_free(&answer);
	return code;
}

int collection_link(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct new_link new = {0};
	const struct cli_option options[] = {
		{"name", 'n', "TEXT", "what it is for: \"Oma's tablet\"", &new.name},
		{"expires", 'e', "DATE|DAYS", "last day, as 2026-12-31, or days from now",
			&new.expires},
		{"busy", 'b', NULL, "show when it is taken, nothing more", &new.busy},
	};
	struct cli cli = {
		.usage = collection_usage(usage, kind, "link %s [OPTIONS]"),
		.about = kind->about_link,
		.options = options,
		.n_options = sizeof(options) / sizeof(*options) - !kind->tasks,
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
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = add_link(&client, kind, &new);
	client_close(&client);
	cli_end(&cli);
	return code;
}

/* ---------------------------------------------------------------- links */

static int links_of(
	struct client *client, const struct collection_kind *kind, const char *user, json_t *all)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/users/%s/links", user)};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);
	json_t *link;
	size_t i;

	json_array_foreach(json_object_get(answer.json, "links"), i, link)
	{
		if (!text_equal(json_string_value(json_object_get(link, "kind")), kind->kind))
			continue;
		json_object_set_new(link, "user", json_string(user));
		json_array_append(all, link);
	}
	client_answer_free(&answer);
	return code;
}

static int links_of_all(struct client *client, const struct collection_kind *kind, json_t *all)
{
	struct client_request request = {.method = "GET", .target = "/api/v1/users"};
	struct client_answer answer;
	json_t *user;
	size_t i;

	int code = client_call(client, &request, &answer);
	json_array_foreach(json_object_get(answer.json, "users"), i, user)
	{
		if (code == 0)
			code = links_of(client, kind,
				json_string_value(json_object_get(user, "name")), all);
	}
	client_answer_free(&answer);
	return code;
}

/* "2026-11-23", or a dash. */
static const char *day(struct arena *arena, const json_t *link, const char *member)
{
	const char *time = cli_time(arena, cli_text(arena, link, member));

	return *time ? arena_strndup(arena, time, strcspn(time, " ")) : "-";
}

static const char *what_of(struct arena *arena, const json_t *link)
{
	const char *state = cli_text(arena, link, "state");

	if (!text_equal(state, "active"))
		return state;
	return json_is_true(json_object_get(link, "busy")) ? "busy" : "all";
}

static void print_links(const struct collection_kind *kind, struct arena *arena, const json_t *all)
{
	json_t *link;
	size_t i;

	if (json_array_size(all) == 0)
		return;
	printf("%-9s %-24s %-8s %-11s %-11s %-11s %s\n", "ID", kind->heading, "SHOWS", "MADE",
		"EXPIRES", "LAST USED", "FOR, ADDRESS");
	json_array_foreach(all, i, link)
	{
		const char *name = cli_text(arena, link, "name");
		cli_column(cli_text(arena, link, "id"), 9);
		cli_column(cli_text(arena, link, "collection"), 24);
		cli_column(what_of(arena, link), 8);
		cli_column(day(arena, link, "created"), 11);
		cli_column(day(arena, link, "expires"), 11);
		cli_column(day(arena, link, "last_used"), 11);
		printf("%s%s%s\n", name, *name ? " " : "", cli_text(arena, link, "url"));
	}
}

int collection_links(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct cli cli = {
		.usage = collection_usage(usage, kind, "links [USER] [OPTIONS]"),
		.about = kind->about_links,
		.max_args = 1,
		.lists = true,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	json_t *all = json_array();
	code = cli.n_args ? links_of(&client, kind, cli.args[0], all)
			  : links_of_all(&client, kind, all);
	if (code == 0 && cli.json) {
		json_t *json = json_pack("{s:O}", "links", all);
		cli_print_json(json);
		json_decref(json);
	} else if (code == 0) {
		print_links(kind, cli.arena, all);
	}
	json_decref(all);
	return client_finish(&client, code);
}

/* ---------------------------------------------------------------- unlink */

static int remove_link(struct client *client, const char *user, const char *id)
{
	struct client_request request = {.method = "DELETE",
		.target = client_target(client->arena, "/api/v1/users/%s/links/%s", user, id)};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	client_answer_free(&answer);
	if (code == 0)
		printf("revoked %s: its address shows nothing any more\n", id);
	return code;
}

int collection_unlink(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE], about[COLLECTION_USAGE];
	struct cli cli = {
		.usage = collection_usage(usage, kind, "unlink USER ID [OPTIONS]"),
		.about = about,
		.min_args = 2,
		.max_args = 2,
	};
	struct client client;

	snprintf(about, sizeof(about), "Revokes a link; \"daybook %s links\" lists them.\n",
		kind->command);
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, remove_link(&client, cli.args[0], cli.args[1]));
}
