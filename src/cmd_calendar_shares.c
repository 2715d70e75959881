/* SPDX-License-Identifier: ISC */
/* daybook calendar|addressbook shares: who sees what, as a matrix; or with whom one is shared. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/cmd_calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CELL 8 /* the longest word, "(custom)" */
#define NO_LIMIT INT64_MAX

/* Roles as words that fit into a column. */
static const char *word_of(const char *role)
{
	static const struct {
		const char *role, *word;
	} words[] = {{"editor", "edit"}, {"author", "add"}, {"reader", "read"}, {"", "-"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equal(words[i].role, role))
			return words[i].word;
	return role;
}

/* In brackets: it is not among what the person's clients show. */
static const char *cell_text(struct arena *arena, const json_t *cell, const char *member)
{
	const char *word = word_of(cli_text(arena, cell, member));

	return !cell || json_is_true(json_object_get(cell, "subscribed"))
		? word
		: arena_printf(arena, "(%s)", word);
}

/* Columns of the terminal; a file has no limit. */
static int64_t width_of_output(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t number;

	if (columns && text_to_u64(columns, &number) && number > 0 && number < INT32_MAX)
		return (int64_t)number;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return NO_LIMIT;
}

static int characters(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* --- the matrix --- */

struct matrix {
	struct arena *arena;
	const json_t *rows;
	json_t *persons; /* those shown */
	int first;       /* width of the first column */
	bool unsubscribed, admins;
};

/* "anna", "admin*" */
static const char *person_text(struct matrix *matrix, const json_t *person)
{
	const char *name = cli_text(matrix->arena, person, "name");

	return json_is_true(json_object_get(person, "admin"))
		? arena_printf(matrix->arena, "%s*", name)
		: name;
}

static int column_of(struct matrix *matrix, const json_t *person)
{
	int width = characters(person_text(matrix, person));

	return width > CELL ? width : CELL;
}

static int64_t measure(struct matrix *matrix)
{
	int64_t all = 0;
	json_t *one, *cell;
	const char *name;
	size_t i;

	json_array_foreach(matrix->rows, i, one)
	{
		int width = characters(cli_text(matrix->arena, one, "collection"));
		matrix->first = width > matrix->first ? width : matrix->first;
		json_object_foreach(json_object_get(one, "roles"), name, cell)
		{
			matrix->unsubscribed |= !json_is_true(json_object_get(cell, "subscribed"));
		}
	}
	json_array_foreach(matrix->persons, i, one)
	{
		all += column_of(matrix, one) + 1;
		matrix->admins |= json_is_true(json_object_get(one, "admin"));
	}
	return all + matrix->first;
}

static const json_t *cell_of(const json_t *row, const json_t *person)
{
	return json_object_get(
		json_object_get(row, "roles"), json_string_value(json_object_get(person, "name")));
}

/* All but admins to whom nothing is shared: what they see anyhow is told below. */
static json_t *shown_persons(const json_t *persons, const json_t *rows)
{
	json_t *shown = json_array(), *person, *row;
	size_t i, k;

	json_array_foreach(persons, i, person)
	{
		bool any = !json_is_true(json_object_get(person, "admin"));
		json_array_foreach(rows, k, row)
		{
			any |= cell_of(row, person) != NULL;
		}
		if (any)
			json_array_append(shown, person);
	}
	return shown;
}

static void print_columns(struct matrix *matrix)
{
	json_t *row, *person;
	size_t i, k;

	cli_column("", matrix->first);
	json_array_foreach(matrix->persons, k, person)
	{
		cli_column(person_text(matrix, person), column_of(matrix, person));
	}
	putchar('\n');
	json_array_foreach(matrix->rows, i, row)
	{
		cli_column(cli_text(matrix->arena, row, "collection"), matrix->first);
		json_array_foreach(matrix->persons, k, person)
		{
			cli_column(cell_text(matrix->arena, cell_of(row, person), "role"),
				column_of(matrix, person));
		}
		putchar('\n');
	}
}

/* "anna/school: anna owner, ben edit" */
static void print_lines(struct matrix *matrix)
{
	json_t *row, *person;
	size_t i, k;

	json_array_foreach(matrix->rows, i, row)
	{
		const char *before = ": ";
		fputs(cli_text(matrix->arena, row, "collection"), stdout);
		json_array_foreach(matrix->persons, k, person)
		{
			const json_t *cell = cell_of(row, person);
			if (!cell)
				continue;
			printf("%s%s %s", before, person_text(matrix, person),
				cell_text(matrix->arena, cell, "role"));
			before = ", ";
		}
		putchar('\n');
	}
}

static void print_matrix(
	const struct collection_kind *kind, struct arena *arena, const json_t *json)
{
	struct matrix matrix = {.arena = arena, .rows = json_object_get(json, "collections")};

	if (!json_array_size(matrix.rows))
		return;
	matrix.persons = shown_persons(json_object_get(json, "persons"), matrix.rows);
	if (measure(&matrix) <= width_of_output())
		print_columns(&matrix);
	else
		print_lines(&matrix);
	if (matrix.unsubscribed)
		printf("\n(in brackets) not among their own %s: unsubscribed, or for everybody\n",
			kind->list);
	if (matrix.admins)
		printf("%s* an admin, who sees and changes everything\n",
			matrix.unsubscribed ? "" : "\n");
	json_decref(matrix.persons);
}

/* --- one collection --- */

static const char *people_of(struct arena *arena, const json_t *share)
{
	const char *text = "";
	json_t *person;
	size_t i;

	json_array_foreach(json_object_get(share, "people"), i, person)
	{
		text = arena_printf(arena, "%s%s%s %s", text, i ? ", " : "",
			cli_text(arena, person, "name"), cell_text(arena, person, "effective"));
	}
	return text;
}

static void print_shares(struct arena *arena, const json_t *json)
{
	const json_t *shares = json_object_get(json, "shares");
	json_t *share;
	size_t i;

	if (!json_array_size(shares))
		printf("%s is shared with nobody\n", cli_text(arena, json, "collection"));
	json_array_foreach(shares, i, share)
	{
		bool group = json_object_get(share, "people");
		const char *role = word_of(cli_text(arena, share, "role"));
		cli_column(cli_text(arena, share, "principal"), 20);
		cli_column(group ? role : cell_text(arena, share, "role"), CELL);
		puts(group ? people_of(arena, share) : cli_text(arena, share, "url"));
	}
}

/* --- the command --- */

static const char *target_of(
	struct arena *arena, const struct collection_kind *kind, const struct cli_place *place)
{
	if (place->collection)
		return client_target(arena, "/api/v1/users/%s/collections/%s/shares?kind=%s",
			place->user, place->collection, kind->kind);
	if (place->user)
		return client_target(
			arena, "/api/v1/shares?kind=%s&user=%s", kind->kind, place->user);
	return client_target(arena, "/api/v1/shares?kind=%s", kind->kind);
}

static int show(const struct collection_kind *kind, struct cli *cli, const struct cli_place *place)
{
	struct client client;
	struct client_answer answer = {0};
	int code = client_open(&client, cli, false);

	if (code == 0) {
		const struct client_request request = {
			.method = "GET", .target = target_of(cli->arena, kind, place)};
		code = client_call(&client, &request, &answer);
	}
	if (code == 0 && cli->json)
		cli_print_json(answer.json);
	else if (code == 0 && place->collection)
		print_shares(cli->arena, answer.json);
	else if (code == 0)
		print_matrix(kind, cli->arena, answer.json);
	client_answer_free(&answer);
	client_close(&client);
	return code;
}

int collection_shares(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct cli cli = {
		.usage = collection_usage(usage, kind, "shares [USER|%s] [OPTIONS]"),
		.about = kind->about_shares,
		.max_args = 1,
		.lists = true,
	};
	struct cli_place place = {0};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (cli.n_args && !strchr(cli.args[0], '/') && *cli.args[0])
		place.user = cli.args[0];
	else if (cli.n_args && !collection_place(kind, &cli, cli.args[0], &place, &code)) {
		cli_end(&cli);
		return code;
	}
	code = show(kind, &cli, &place);
	cli_end(&cli);
	return code;
}
