/* SPDX-License-Identifier: ISC */
/* What `daybook calendar` and `daybook addressbook` have in common: one function for each, told of which it is. */
#ifndef SRC_CMD_CALENDAR_H
#define SRC_CMD_CALENDAR_H

#include "src/cli.h"

struct collection_kind {
	const char *command;  /* "calendar" */
	const char *kind;     /* as the management interface calls it */
	const char *list;     /* the member of `list --json` */
	const char *argument; /* "USER/CALENDAR" */
	const char *example;  /* "anna/home" */
	/* about texts of the commands */
	const char *about_list, *about_add, *about_remove, *about_share, *about_shares, *about_link,
		*about_links;
	const char *heading;         /* of the column that names them */
	const char *entry, *entries; /* what is in one: "card" */
	const char *roles;           /* that one can be shared as */
	bool tasks;                  /* has components and a color, and can be seen as busy */
};

int collection_list(const struct collection_kind *kind, int argc, char **argv);
int collection_add(const struct collection_kind *kind, int argc, char **argv);
int collection_remove(const struct collection_kind *kind, int argc, char **argv);
int collection_share(const struct collection_kind *kind, int argc, char **argv);
int collection_shares(const struct collection_kind *kind, int argc, char **argv);
int collection_link(const struct collection_kind *kind, int argc, char **argv);
int collection_links(const struct collection_kind *kind, int argc, char **argv);
int collection_unlink(const struct collection_kind *kind, int argc, char **argv);

/* "daybook calendar list …" for --help; lives as long as `usage`. */
#define COLLECTION_USAGE 100
const char *collection_usage(
	char usage[COLLECTION_USAGE], const struct collection_kind *kind, const char *rest);
/* "U/C" of an argument, nothing less and nothing more; false: said what is wrong, *code is the exit code. */
bool collection_place(const struct collection_kind *kind, const struct cli *cli,
	const char *argument, struct cli_place *place, int *code);

#endif
