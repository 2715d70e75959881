/* SPDX-License-Identifier: ISC */
/* daybook export USER/CALENDAR|BOOK [-o FILE] */
#include "src/client.h"
#include "src/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The old file stays whole until the new one is. */
static int write_file(struct arena *arena, const char *file, const char *bytes, size_t len)
{
	const char *part = arena_printf(arena, "%s.part", file);
	FILE *out = fopen(part, "we");

	if (!out)
		return cli_fail("%s: %s", part, strerror(errno));
	bool good = fwrite(bytes, 1, len, out) == len;
	good = fclose(out) == 0 && good;
	if (good && rename(part, file) == 0)
		return 0;
	int code = cli_fail("%s: %s", file, strerror(errno));
	unlink(part);
	return code;
}

struct wish {
	struct cli_place place;
	const char *file, *version;
	bool contacts;
};

static const char *target_of(struct arena *arena, const struct wish *wish)
{
	const char *target = client_target(arena, "/api/v1/users/%s/collections/%s/export",
		wish->place.user, wish->place.collection);

	if (wish->contacts || wish->version)
		target = arena_printf(arena, "%s?kind=addressbook", target);
	if (wish->version)
		target = arena_printf(
			arena, "%s&version=%s", target, client_target(arena, "%s", wish->version));
	return target;
}

static int export(struct client *client, const struct wish *wish)
{
	struct client_request request = {.method = "GET", .target = target_of(client->arena, wish)};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	if (code == 0 && wish->file)
		code = write_file(client->arena, wish->file, answer.text, answer.len);
	else if (code == 0 &&
		(fwrite(answer.text, 1, answer.len, stdout) != answer.len || fflush(stdout) != 0))
		code = cli_fail("standard output: %s", strerror(errno));
	client_answer_free(&answer);
	return code;
}

int cmd_export(int argc, char **argv)
{
	struct wish wish = {0};
	const struct cli_option options[] = {
		{"output", 'o', "FILE", "write there; else to standard output", &wish.file},
		{"version", 0, "NUMBER", "all cards as vCard 3.0, or 4.0; else as they are stored",
			&wish.version},
		{"contacts", 0, NULL, "the address book, where a calendar has the same name",
			&wish.contacts},
	};
	struct cli cli = {
		.usage = "export USER/CALENDAR|USER/BOOK [-o FILE] [OPTIONS]",
		.about = "Writes a calendar or task list as one iCalendar file, an address book as "
			 "one file\nof vCards.\n",
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
	};
	struct client client = {0};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	wish.place = cli_place(cli.arena, cli.args[0]);
	if (!*wish.place.user || !wish.place.collection || wish.place.name)
		code = cli_misuse(&cli, "\"%s\" is not like anna/home", cli.args[0]);
	else
		code = client_open(&client, &cli, false);
	if (code == 0)
		code = export(&client, &wish);
	client_close(&client);
	cli_end(&cli);
	return code;
}
