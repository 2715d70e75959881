/* SPDX-License-Identifier: ISC */
/*
 * Private to storage/: the text of principals/users/U and principals/groups/G, one fact a line in a fixed order:
 *
 *	id 0d5c9f…              created 2026-11-23T10:00:00Z
 *	name Anna B.            mail anna@example.org          (any number)
 *	member users/ben#0d5c…  (of groups; any number; household.h says what a reference is)
 *
 * Lines with other keys are kept by whoever rewrites the file.
 */
#ifndef STORAGE_PRINCIPAL_H
#define STORAGE_PRINCIPAL_H

#include "src/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINCIPAL_MAX                                                                              \
	(256 * 1024) /* bytes of the text: of HOUSEHOLD_MAX_MEMBERS with the longest names */

struct principal {
	const char *id;
	const char *name; /* for people; NULL: none */
	int64_t created;  /* 0: unknown */
	const char **mails;
	size_t n_mails;
	const char **members;
	size_t n_members;
	const char **other; /* unknown lines, in order */
	size_t n_other;
};

/* False without an id. Strings live in the arena. */
bool principal_parse(
	struct arena *arena, const char *bytes, size_t len, struct principal *principal);
/* Values are cleaned to one line each. NULL: larger than PRINCIPAL_MAX. */
char *principal_print(struct arena *arena, const struct principal *principal, size_t *len);

#endif
