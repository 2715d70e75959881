/* SPDX-License-Identifier: ISC */
/*
 * daybook check-push: what repo.git/hooks/pre-receive runs, inside git's quarantine (githooks(5)):
 * "old new ref" lines on standard input, complaints on standard error, which git shows to who
 * pushes.
 */
#include "src/cli.h"
#include "src/commands.h"
#include "ical/cal.h"
#include "storage/store.h"

#include <stdio.h>
#include <stdlib.h>

static void on_complaint(void *payload, const char *text)
{
	(void)payload;
	fprintf(stderr, "daybook: %s\n", text);
}

int cmd_check_push(int argc, char **argv)
{
	struct cli cli = {
		.usage = "check-push < LINES",
		.about = "Checks a push; run by git in repo.git/hooks/pre-receive.\n",
	};
	const char *git_dir = getenv("GIT_DIR");
	size_t len;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	const char *lines = cli_read_file(cli.arena, "-", &len);
	cal_init();
	bool good = lines &&
		store_check_push(git_dir ? git_dir : ".", lines, cal_inspect, on_complaint, NULL);
	if (!good)
		fputs("daybook: the push was refused: nothing was changed\n", stderr);
	cli_end(&cli);
	return good ? 0 : 1;
}
