/* SPDX-License-Identifier: ISC */
/* daybook export USER/CALENDAR [-o FILE] */
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

static int export(struct client *client, const struct cli_place *place, const char *file)
{
	struct client_request request = {.method = "GET",
		.target = client_target(client->arena, "/api/v1/users/%s/collections/%s/export",
			place->user, place->collection)};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	if (code == 0 && file)
		code = write_file(client->arena, file, answer.text, answer.len);
	else if (code == 0 &&
		(fwrite(answer.text, 1, answer.len, stdout) != answer.len || fflush(stdout) != 0))
		code = cli_fail("standard output: %s", strerror(errno));
	client_answer_free(&answer);
	return code;
}

int cmd_export(int argc, char **argv)
{
	const char *file = NULL;
	const struct cli_option option = {
		"output", 'o', "FILE", "write there; else to standard output", &file};
	struct cli cli = {
		.usage = "export USER/CALENDAR [-o FILE] [OPTIONS]",
		.about = "Writes a calendar or task list as one iCalendar file.\n",
		.options = &option,
		.n_options = 1,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client = {0};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	struct cli_place place = cli_place(cli.arena, cli.args[0]);
	if (!*place.user || !place.collection || place.name)
		code = cli_misuse(&cli, "\"%s\" is not like anna/home", cli.args[0]);
	else
		code = client_open(&client, &cli, false);
	if (code == 0)
		code = export(&client, &place, file);
	client_close(&client);
	cli_end(&cli);
	return code;
}
