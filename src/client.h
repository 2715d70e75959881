/* SPDX-License-Identifier: ISC */
/*
 * How a command reaches the data: through the daemon's control socket when one runs
 * (DATA/control.sock, HTTP), else by opening the folder itself, under its lock, and calling
 * api_handle in process. Both answer alike.
 */
#ifndef SRC_CLIENT_H
#define SRC_CLIENT_H

#include "src/app.h"
#include "src/cli.h"

#include <jansson.h>

struct client {
	struct cli *cli;
	struct arena *arena;
	struct config *config;
	const char *data;
	struct app app;
	bool is_open; /* the folder, by ourselves */
	bool creates; /* the command may be the first to use a folder */
};

struct client_request {
	const char *method, *target;
	const char *content_type; /* of the body */
	const char *body;
	size_t body_len;
	json_t *json; /* instead of a body; borrowed */
};

/* The answer to the latest call; lives until the next one or client_close. */
struct client_answer {
	int status;
	json_t *json;     /* NULL when it is something else */
	const char *text; /* the bytes, in the client's arena */
	size_t len;
};

/* Finds configuration and folder; 0, or the exit code after saying why not. */
int client_open(struct client *client, struct cli *cli, bool creates);
void client_close(struct client *client);
/* What nearly every command does first: the arguments (cli_parse), then the folder. CLI_GO, or the exit code after --help,
 * wrong use or a failure; then nothing is left to end. */
int client_start(struct client *client, struct cli *cli, int argc, char **argv, bool creates);
/* And last: ends both. Gives `code` back, to be returned. */
int client_finish(struct client *client, int code);
/* One call. 0, or 1 after saying on standard error what the server said (status 400 and above). */
int client_call(
	struct client *client, const struct client_request *request, struct client_answer *answer);
void client_answer_free(struct client_answer *answer);

/* A target from a format whose arguments are path segments: "/api/v1/users/%s" with each %s
 * percent-encoded. */
char *client_target(struct arena *arena, const char *format, ...);

#endif
