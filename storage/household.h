/* SPDX-License-Identifier: ISC */
/*
 * Who belongs to the household at one commit: users, groups, and who is in which group, directly or through other groups
 * (RFC 3744 4.3). A group's file in git *is* the group (principals/groups/G: `id UUID`, `name The kids`, and one line
 * `member REFERENCE` for each direct member).
 *
 * A reference names a principal: "users/anna#UUID" or "groups/kids#UUID". It is good only as long as the principal of that
 * name has that id, so that a removed and re-created name inherits nothing. What people write by hand may leave the id out:
 * "users/anna" is whoever has the name.
 */
#ifndef STORAGE_HOUSEHOLD_H
#define STORAGE_HOUSEHOLD_H

#include "storage/store.h"

#define HOUSEHOLD_MAX_MEMBERS 1000 /* direct members of one group */

struct household; /* immutable, counted */

struct household_principal {
	const char *path; /* "users/anna", "groups/kids" */
	const char *name; /* "anna", in path */
	const char *id;
	const char *display_name;   /* NULL when none was given */
	const char *const *members; /* of groups: references as they stand, good or not */
	size_t n_members;
	bool group;
	int64_t created;
};

/* The newest household of a snapshot: made once for all who ask until people change. Never NULL; free it. */
struct household *household_now(struct store *store, const struct store_snapshot *snapshot);
/* That of an earlier commit. */
struct household *household_then(struct store_past *past);
/* What it would be with the text of one principal replaced (NULL: the principal removed), before that is committed. */
struct household *household_with(
	const struct household *household, const char *path, const char *text, size_t len);
void household_free(struct household *household);

/* All principals, users before groups, each by name; `*n` of them. */
const struct household_principal *household_list(const struct household *household, size_t *n);
/* By path; NULL: none. */
const struct household_principal *household_find(
	const struct household *household, const char *path);
/* The principal that a reference is good for; NULL: none (any more). */
const struct household_principal *household_refers(
	const struct household *household, const char *reference);
/* "users/anna#UUID" of a path; NULL when there is no such principal. */
char *household_reference(const struct household *household, struct arena *arena, const char *path);
/* Is the user of this name the principal of the reference, or a member of it, directly or not? */
bool household_is(const struct household *household, const char *reference, const char *user);
/* The users whom that is true of, each once, by name; start with *position = 0; NULL at the end. */
const struct household_principal *household_next(
	const struct household *household, const char *reference, size_t *position);
/* Is `inner` (a path) a member of the group `outer` (a path), directly or through other groups? */
bool household_contains(const struct household *household, const char *outer, const char *inner);

/* --- two of them --- */

/* Who means something else after a change of people than before. A user does who came, went, has another id or is in other
 * groups; a group does that came, went, has another id or other users, directly or not. Whatever an entry says about
 * somebody is the same before and after, unless it names one who changed and is asked about a user who changed. */
struct household_change; /* in the arena; both households must outlive it */
const struct household_change *household_compare(
	struct arena *arena, const struct household *before, const struct household *after);
/* `reference`: or a path; ids are not looked at. False for whoever is in neither. */
bool household_changed(const struct household_change *change, const char *reference);

#endif
