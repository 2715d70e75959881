/* SPDX-License-Identifier: ISC */
/*
 * People and groups. A principal's file in git *is* the user (principals/users/U: one fact a line: `id UUID`,
 * `name Anna B.`, `mail anna@example.org` …); everything secret (password hash, admin role) lives
 * in state.db, keyed by that id, so that a removed and re-created name inherits nothing. Creating a
 * user is one durable step with its commit.
 *
 * This is storage only: throttling, remembering verified passwords and HTTP are src/auth.c's.
 */
#ifndef STORAGE_ACCOUNT_H
#define STORAGE_ACCOUNT_H

#include "storage/store.h"

#define ACCOUNT_MAX_NAME 64
#define ACCOUNT_MIN_PASSWORD 1
#define ACCOUNT_MAX_PASSWORD 1024

struct account {
	const char *name; /* [a-z0-9][a-z0-9._@+-]{0,63} */
	const char *id;
	const char *display_name; /* NULL when none was given */
	const char **mails;
	size_t n_mails;
	bool admin;
	bool has_password;
	int64_t created;
};

/* Syntax of a name after lower-casing. */
bool account_name_ok(const char *name);
/* Lower-cases; NULL when it can not be a name. */
char *account_name_fold(struct arena *arena, const char *name);

/* One account by name (any case) or, when it holds '@' and no such name exists, by mail address.
 * Strings in the arena. */
bool account_find(struct store *store, const struct store_snapshot *snapshot, struct arena *arena,
	const char *login, struct account *account);
/* All, sorted by name. */
struct account *account_list(struct store *store, const struct store_snapshot *snapshot,
	struct arena *arena, size_t *count);

struct account_spec {
	const char *name;
	const char *password;     /* NULL: none (cannot log in) */
	const char *display_name; /* or NULL */
	const char *const *mails;
	size_t n_mails;
	bool admin;
	/* calendar `personal` (VEVENT), task list `tasks` (VTODO), address book `contacts` */
	bool with_defaults;
};

/* `actor` (author of the commit; NULL: Daybook) has name and mail. STORE_CONFLICT: the name exists. */
enum store_code account_create(struct store *store, const struct account_spec *spec,
	const char *actor, struct store_result *result);
/* Users that an earlier version or a push made: whoever never had an address book gets `contacts`, all in one commit of
 * Daybook's own. Once: one that was removed stays removed. UNCHANGED: nobody lacked one. */
enum store_code account_complete(struct store *store, struct store_result *result);
/* STORE_NOT_FOUND when there is no such user. Hashing takes about 45 ms of CPU: never in a poll
 * thread. */
enum store_code account_set_password(struct store *store, const char *name, const char *password);
/* The admin role: in state.db alone, so that no push and no restore grants it. STORE_NOT_FOUND likewise. */
enum store_code account_set_admin(struct store *store, const char *name, bool admin);

/* What a commit takes that removes an account: the principal and all homes of it (content stays in history), and its
 * credentials. How many changes; webdav/people.h removes the references to it in the same commit. */
#define ACCOUNT_REMOVAL_CHANGES 4
size_t account_removal(const struct store_snapshot *snapshot, struct arena *arena,
	const struct account *account, struct store_change changes[ACCOUNT_REMOVAL_CHANGES],
	struct store_credential *credential);

/* A group's file (storage/household.h), as it is to be written; what is not named here stays as it is. */
struct account_group {
	const char *name;
	const char *display_name;   /* NULL: as it is; "": none */
	const char *const *members; /* references: all there are then */
	size_t n_members;
};
/* The change for a commit that writes it: with an id of its own where there is none yet. False: too large. */
bool account_group_change(struct store *store, const struct store_snapshot *snapshot,
	struct arena *arena, const struct account_group *group, struct store_change *change);

/* Verifies a password (argon2id, 2 ops, 19 MiB: about 45 ms CPU; also spent when there is no such
 * user, so that time tells nothing). `id` NULL: no such user. */
bool account_verify(struct store *store, const char *id, const char *password);
/* Changes whenever any credential of this principal changes: what remembers a verified password
 * drops it then. */
uint64_t account_generation(struct store *store, const char *id);

/* Failed log-ins, kept over restarts: rows {key → failures, last}. key: any string ≤ 200 bytes. */
struct account_throttle {
	unsigned failures;
	int64_t last; /* Unix seconds of the last failure */
};
void account_throttle_get(struct store *store, const char *key, struct account_throttle *row);
/* failures 0: forget */
void account_throttle_set(struct store *store, const char *key, const struct account_throttle *row);

#endif
