/* SPDX-License-Identifier: ISC */
/* daybook calendar birthdays: a calendar of the birthdays in somebody's address books, on or off. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/cmd_calendar.h"
#include "src/commands.h"

#include <stdio.h>

/* What it may be told, and what it then asks. */
static const struct {
	const char *word, *method;
} wishes[] = {{"on", "PUT"}, {"off", "DELETE"}};

/* NULL: none of them. */
static const char *method_of(const char *word)
{
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++)
		if (text_equal(wishes[i].word, word))
			return wishes[i].method;
	return NULL;
}

static int ask(struct client *client, const struct cli *cli, const char *method)
{
	const char *user = cli->args[0];
	struct client_request request = {.method = method,
		.target = client_target(client->arena, "/api/v1/users/%s/birthdays", user)};
	struct client_answer answer = {0};
	int code = client_call(client, &request, &answer);

	if (code == 0 && cli->json && answer.json)
		cli_print_json(answer.json);
	else if (code == 0 && json_is_true(json_object_get(answer.json, "on")))
		printf("birthdays of %s: on, in %s/%s\n", user, user,
			cli_text(client->arena, answer.json, "name"));
	else if (code == 0)
		printf("birthdays of %s: off\n", user);
	client_answer_free(&answer);
	return code;
}

int calendar_birthdays(int argc, char **argv)
{
	struct cli cli = {
		.usage = "calendar birthdays USER [on|off] [OPTIONS]",
		.about = "Turns a calendar on or off that holds the birthdays and anniversaries in "
			 "all address\nbooks that somebody sees, and follows these. Without \"on\" "
			 "or \"off\", says which it is.\n",
		.min_args = 1,
		.max_args = 2,
		.lists = true,
	};
	struct client client;
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	const char *method = cli.n_args > 1 ? method_of(cli.args[1]) : "GET";
	if (!method) {
		code = cli_misuse(&cli, "\"%s\" is neither on nor off", cli.args[1]);
		cli_end(&cli);
		return code;
	}
	code = client_open(&client, &cli, false);
	if (code == 0)
		code = ask(&client, &cli, method);
	client_close(&client);
	cli_end(&cli);
	return code;
}
