/* SPDX-License-Identifier: ISC */
/* daybook backup DIR: a git bundle of all content and a copy of state.db; to be kept as private as
 * the data folder. */
#include "src/client.h"
#include "src/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the folder if it is not there. As root it belongs to whom the data belong: the daemon will
 * write there. */
static int make_folder(const struct client *client, const char *dir, char absolute[PATH_MAX])
{
	struct stat st;

	if (mkdir(dir, 0700) == 0) {
		if (geteuid() == 0 && stat(client->data, &st) == 0 &&
			chown(dir, st.st_uid, st.st_gid) != 0)
			return cli_fail("%s: %s", dir, strerror(errno));
	} else if (errno != EEXIST) {
		return cli_fail("%s: %s", dir, strerror(errno));
	}
	return realpath(dir, absolute) ? 0 : cli_fail("%s: %s", dir, strerror(errno));
}

static int backup(struct client *client, const char *dir)
{
	char absolute[PATH_MAX];
	struct client_request request = {.method = "POST", .target = "/api/v1/backup"};
	struct client_answer answer;
	int code = make_folder(client, dir, absolute);

	if (code)
		return code;
	request.json = json_pack("{s:s}", "dir", absolute);
	if (!request.json)
		return cli_fail("%s: the name of the folder is not UTF-8", dir);
	code = client_call(client, &request, &answer);
	json_decref(request.json);
	client_answer_free(&answer);
	if (code == 0)
		printf("wrote a backup into %s: a git bundle of all content, and state.db with "
		       "the passwords' hashes\n",
			absolute);
	return code;
}

static const char about[] =
	"Writes a backup into a folder of this machine: daybook-DATE.bundle (all content with its\n"
	"history; `git clone --bare` makes a repository of it) and state.db (people's password\n"
	"hashes). To restore, put both into an empty data folder, as repo.git and state.db.\n";

int cmd_backup(int argc, char **argv)
{
	struct cli cli = {
		.usage = "backup DIR [OPTIONS]",
		.about = about,
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, backup(&client, cli.args[0]));
}
