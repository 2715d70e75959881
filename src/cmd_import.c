/* SPDX-License-Identifier: ISC */
/* daybook import FILE|FOLDER|- --to USER/CALENDAR|BOOK */
#include "src/base/text.h"
#include "src/client.h"
#include "src/commands.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 8 /* of folders in the folder */

/* What is sent: one file's bytes, or the JSON of several. */
struct parcel {
	const char *name, *bytes;
	size_t len;
	json_t *files;
	size_t n_bad; /* files that can not be sent; said already */
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Old cards (2.1) name the character set of each line: the daemon knows better what is wrong. */
static json_t *as_base64(struct arena *arena, const char *bytes, size_t len)
{
	size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_alloc(arena, size);

	return json_string(sodium_bin2base64(
		text, size, (const unsigned char *)bytes, len, sodium_base64_VARIANT_ORIGINAL));
}

static void add_file(
	struct arena *arena, struct parcel *parcel, const char *path, const char *shown)
{
	size_t len;
	const char *bytes = cli_read_file(arena, path, &len);
	json_t *text = bytes ? json_stringn(bytes, len) : NULL;

	if (bytes)
		json_array_append_new(parcel->files,
			json_pack("{s:s, s:o}", "name", shown, text ? "text" : "base64",
				text ? text : as_base64(arena, bytes, len)));
	parcel->n_bad += !bytes;
}

static bool is_wanted(struct arena *arena, const char *name)
{
	const char *lower = text_lower(arena, name);

	return text_ends(lower, ".ics") || text_ends(lower, ".vcf");
}

/* Every *.ics and *.vcf of the folder and of folders in it, in the order of their names. */
static void add_folder(struct arena *arena, struct parcel *parcel, const char *folder,
	const char *shown, int depth)
{
	struct dirent **entries;
	int count = depth < MAX_DEPTH ? scandir(folder, &entries, is_visible, by_name) : 0;

	if (count < 0) {
		cli_fail("%s: %s", folder, strerror(errno));
		parcel->n_bad++;
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		const char *path = arena_printf(arena, "%s/%s", folder, name);
		const char *inside = *shown ? arena_printf(arena, "%s/%s", shown, name)
					    : arena_strdup(arena, name);
		struct stat st;
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			add_folder(arena, parcel, path, inside, depth + 1);
		else if (is_wanted(arena, name))
			add_file(arena, parcel, path, inside);
		free(entries[i]);
	}
	if (depth < MAX_DEPTH)
		free(entries);
}

static int pack(struct arena *arena, struct parcel *parcel, const char *source)
{
	struct stat st;

	if (text_equal(source, "-") || stat(source, &st) != 0 || !S_ISDIR(st.st_mode)) {
		const char *slash = strrchr(source, '/');
		parcel->name = text_equal(source, "-") ? NULL : slash ? slash + 1 : source;
		parcel->bytes = cli_read_file(arena, source, &parcel->len);
		return parcel->bytes ? 0 : 1;
	}
	parcel->files = json_array();
	add_folder(arena, parcel, source, "", 0);
	return json_array_size(parcel->files)
		? 0
		: cli_fail("%s: there is no .ics or .vcf file in this folder", source);
}

/* ---- what became of it ---- */

/* a.vcf, line 12: */
static void print_where(struct arena *arena, FILE *out, const json_t *row)
{
	const char *file = cli_text(arena, row, "file");
	long long line = cli_number(row, "line");

	if (*file)
		fprintf(out, "%s%s", file, line ? ", " : ": ");
	if (line)
		fprintf(out, "line %lld: ", line);
}

static void print_collection(struct arena *arena, const char *user, const json_t *c)
{
	long long skipped = cli_number(c, "skipped");

	printf("%s/%s%s: %lld added, %lld changed, %lld unchanged", user,
		cli_text(arena, c, "name"),
		json_is_true(json_object_get(c, "created")) ? " (new)" : "", cli_number(c, "added"),
		cli_number(c, "changed"), cli_number(c, "unchanged"));
	if (skipped)
		printf(", %lld left out", skipped);
	putchar('\n');
}

static void print_refused(struct arena *arena, const json_t *row)
{
	const char *summary = cli_text(arena, row, "summary");

	fputs("refused: ", stderr);
	print_where(arena, stderr, row);
	if (*summary)
		fprintf(stderr, "\"%s\": ", summary);
	fprintf(stderr, "%s\n", cli_text(arena, row, "why"));
}

/* left out: line 12: "Anna" says the same as "Anna", who is there already */
static void print_duplicate(struct arena *arena, const json_t *row)
{
	const json_t *of = json_object_get(row, "of");
	const char *file = cli_text(arena, of, "file");
	long long line = cli_number(of, "line");

	fputs(json_is_true(json_object_get(row, "skipped")) ? "left out: " : "added: ", stdout);
	print_where(arena, stdout, row);
	printf("\"%s\" %s \"%s\"", cli_text(arena, row, "summary"),
		json_is_true(json_object_get(row, "same")) ? "says the same as" : "looks like",
		cli_text(arena, of, "summary"));
	if (line)
		printf(" (%s%sline %lld)\n", file, *file ? ", " : "", line);
	else
		puts(", who is there already");
}

static void print_result(struct arena *arena, const char *user, const json_t *json)
{
	json_t *row;
	size_t i;

	if (json_is_true(json_object_get(json, "dry_run")))
		puts("dry run: nothing is written; it would be:");
	json_array_foreach(json_object_get(json, "collections"), i, row)
	{
		print_collection(arena, user, row);
	}
	if (!json_array_size(json_object_get(json, "collections")))
		puts("nothing was imported");
	json_array_foreach(json_object_get(json, "duplicates"), i, row)
	{
		print_duplicate(arena, row);
	}
	json_array_foreach(json_object_get(json, "refused"), i, row)
	{
		print_refused(arena, row);
	}
}

struct wish {
	const char *source, *to, *displayname, *duplicates;
	bool dry_run;
	struct cli_place place;
};

static const char *target_of(struct arena *arena, const struct wish *wish, const char *file)
{
	const char *target = wish->place.collection
		? client_target(arena, "/api/v1/users/%s/collections/%s/import", wish->place.user,
			  wish->place.collection)
		: client_target(arena, "/api/v1/users/%s/import", wish->place.user);

	char separator = '?';
	const struct {
		const char *name, *value;
	} query[] = {
		{"displayname", wish->displayname},
		{"duplicates", wish->duplicates},
		{"dry_run", wish->dry_run ? "yes" : NULL},
		{"name", file},
	};

	for (size_t i = 0; i < sizeof(query) / sizeof(*query); i++) {
		if (!query[i].value)
			continue;
		target = arena_printf(arena, "%s%c%s=%s", target, separator, query[i].name,
			client_target(arena, "%s", query[i].value));
		separator = '&';
	}
	return target;
}

static int import(struct client *client, const struct wish *wish, struct parcel *parcel)
{
	json_t *many = parcel->files ? json_pack("{s:O}", "files", parcel->files) : NULL;
	struct client_request request = {
		.method = "POST",
		.target = target_of(client->arena, wish, parcel->name),
		.content_type = "application/octet-stream", /* it shows what it is */
		.body = parcel->bytes,
		.body_len = parcel->len,
		.json = many,
	};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	json_decref(many);
	if (code == 0 && client->cli->json)
		cli_print_json(answer.json);
	else if (code == 0)
		print_result(client->arena, wish->place.user, answer.json);
	/* A script must see that something is missing. */
	if (code == 0 &&
		(parcel->n_bad || json_array_size(json_object_get(answer.json, "refused"))))
		code = 1;
	client_answer_free(&answer);
	return code;
}

static int run(struct cli *cli, const struct wish *wish)
{
	struct parcel parcel = {0};
	struct client client = {0};
	int code = pack(cli->arena, &parcel, wish->source);

	if (code == 0)
		code = client_open(&client, cli, true);
	if (code == 0)
		code = import(&client, wish, &parcel);
	json_decref(parcel.files);
	client_close(&client);
	return code;
}

static const char about[] =
	"Puts the entries of iCalendar files into a calendar, or the cards of vCard files into an\n"
	"address book, as one change of its history. An entry that is there already (the same UID)\n"
	"is replaced; one that says the same is left alone. A card that says the same as another\n"
	"one is left out, and told; one that looks like somebody who is there is told. What is\n"
	"refused is listed with its line and the reason, and the exit code is 1.\n";

int cmd_import(int argc, char **argv)
{
	struct wish wish = {0};
	const struct cli_option options[] = {
		{"to", 't', "USER/CALENDAR",
			"where to; made when it is not there. USER alone: a calendar named by the "
			"file, cards into contacts",
			&wish.to},
		{"name", 'n', "TEXT", "how people see what is made", &wish.displayname},
		{"duplicates", 0, "WORD",
			"cards that are there already: show (leave out the same, take who looks "
			"like one), skip (leave out both), keep (take both)",
			&wish.duplicates},
		{"dry-run", 0, NULL, "say what would be, and write nothing", &wish.dry_run},
	};
	struct cli cli = {
		.usage = "import FILE|FOLDER|- --to USER/CALENDAR|USER/BOOK [OPTIONS]",
		.about = about,
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
		.lists = true,
	};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	wish.source = cli.args[0];
	wish.place = cli_place(cli.arena, wish.to ? wish.to : "");
	if (!wish.to)
		code = cli_misuse(&cli, "--to USER/CALENDAR or USER/BOOK is missing");
	else if (!*wish.place.user || wish.place.name)
		code = cli_misuse(&cli, "--to \"%s\" is not like anna/home", wish.to);
	else
		code = run(&cli, &wish);
	cli_end(&cli);
	return code;
}
