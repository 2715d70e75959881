/* SPDX-License-Identifier: ISC */
/* daybook version */
#include "src/cli.h"
#include "src/commands.h"

#include <stdio.h>

int cmd_version(int argc, char **argv)
{
	struct cli cli = {
		.usage = "version [OPTIONS]",
		.about = "Prints the version.\n",
		.lists = true,
	};
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	if (cli.json) {
		json_t *json = json_pack(
			"{s:s, s:s}", "name", "daybook", "version", DAYBOOK_VERSION);
		cli_print_json(json);
		json_decref(json);
	} else {
		puts("daybook " DAYBOOK_VERSION);
	}
	cli_end(&cli);
	return 0;
}
