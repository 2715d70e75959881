/* SPDX-License-Identifier: ISC */
/* daybook check: reads the whole repository and says what is damaged; exit code 1 when anything is.
 */
#include "src/client.h"
#include "src/commands.h"

#include <stdio.h>

static void print_problems(struct arena *arena, const json_t *json)
{
	json_t *problem;
	size_t i;

	json_array_foreach(json_object_get(json, "problems"), i, problem)
	{
		const char *path = cli_text(arena, problem, "path");
		printf("%s%s%s\n", path, *path ? ": " : "", cli_text(arena, problem, "text"));
	}
	if (json_is_true(json_object_get(json, "ok")))
		puts("everything is in order");
	else
		printf("%lld faults\n", cli_number(json, "faults"));
}

static int check(struct client *client)
{
	struct client_request request = {.method = "POST", .target = "/api/v1/check"};
	struct client_answer answer;
	int code = client_call(client, &request, &answer);

	if (code == 0 && client->cli->json)
		cli_print_json(answer.json);
	else if (code == 0)
		print_problems(client->arena, answer.json);
	if (code == 0 && !json_is_true(json_object_get(answer.json, "ok")))
		code = 1;
	client_answer_free(&answer);
	return code;
}

static const char about[] =
	"Reads every object of the repository and every entry, compares the journal with the\n"
	"history, and says what is damaged. Exit code 1 when anything is.\n";

int cmd_check(int argc, char **argv)
{
	struct cli cli = {
		.usage = "check [OPTIONS]",
		.about = about,
		.lists = true,
	};
	struct client client;
	int code = client_start(&client, &cli, argc, argv, false);

	if (code != CLI_GO)
		return code;
	return client_finish(&client, check(&client));
}
