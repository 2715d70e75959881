/* SPDX-License-Identifier: ISC */
/*
 * What all commands share: options (a table for each command, --help written from it), messages,
 * the progress bar, tables, and asking for a password. Exit codes are those of commands.h.
 */
#ifndef SRC_CLI_H
#define SRC_CLI_H

#include "src/base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_GO (-1) /* cli_parse: go on */

#define CLI_MAX_LIST 64

/* What an option that may stand more than once was given. */
struct cli_list {
	const char *texts[CLI_MAX_LIST];
	size_t n;
};

struct cli_option {
	const char *name;
	char letter; /* 0: none */
	const char *
		argument; /* what --help calls it; NULL: a flag; "X...": may stand more than once */
	const char *help;
	void *into; /* const char **, or bool * for a flag, or struct cli_list * for "X..." */
};

struct cli {
	const char *usage;                /* "user add NAME [OPTIONS]" */
	const char *about;                /* what it does, ending in a line end */
	const struct cli_option *options; /* of its own */
	size_t n_options;
	int min_args, max_args;
	bool lists; /* has --json */
	/* found by cli_parse */
	const char *data, *config_file;
	bool json;
	char **args;
	int n_args;
	struct arena *arena; /* cli_end frees it */
};

/* Reads the arguments; CLI_GO, or the exit code after --help and after wrong use. argv[0] is the
 * command's own name. */
int cli_parse(struct cli *cli, int argc, char **argv);
void cli_end(struct cli *cli);
/* The same for commands of commands: `daybook user add`. */
struct cli_sub {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};
int cli_dispatch(const char *command, const struct cli_sub *subs, size_t n, int argc, char **argv);

/* "daybook: …" on standard error; gives 1, the exit code. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Wrong use: says it, gives 2. */
int cli_misuse(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "anna/home" in two (or, with a name that may itself hold slashes, three); what is missing is
 * NULL. */
struct cli_place {
	const char *user, *collection, *name;
};
struct cli_place cli_place(struct arena *arena, const char *text);

/* Prints a JSON document as it came. */
void cli_print_json(const json_t *json);
/* Text without what a terminal would obey. Members that are missing or null: "". */
const char *cli_text(struct arena *arena, const json_t *object, const char *member);
long long cli_number(const json_t *object, const char *member);
/* In a column of so many characters (not bytes), and a space. */
void cli_column(const char *text, int width);
/* "2026-11-23T18:57:00Z" as the local "2026-11-23 18:57". */
const char *cli_time(struct arena *arena, const char *iso);

/* A bar on standard error when that is a terminal. */
void cli_progress(void *unused, const char *step, size_t done, size_t all);
/* The same where nobody tells how much there is: seconds so far. */
void cli_waiting(const char *step, int64_t since);
void cli_progress_end(void);

/* Asks twice without echo on the terminal; standard input when that is none: its first line. NULL:
 * said why not. */
char *cli_ask_password(struct arena *arena, const char *name);
/* A yes on the terminal; false without one. */
bool cli_confirm(const char *question);

/* Standard input or a file; NULL: said why not. In the arena, NUL-terminated. */
char *cli_read_file(struct arena *arena, const char *file, size_t *len);

#endif
