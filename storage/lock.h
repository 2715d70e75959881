/* SPDX-License-Identifier: ISC */
/*
 * Write locks (RFC 4918 6, 7). They are kept by path in a table in memory, and in state.db, so that they survive a restart;
 * no push and no clone tells of one. They bind those who say that they obey them (store_write.locks_seen: requests of
 * WebDAV); pushes, imports and commands do not. When their root goes they go too, whoever removed it, and with the principal
 * who holds them.
 *
 * That nothing slips between a look and a commit: a lock is granted only under the mutex under which commits are made
 * (write_lock, from looking at the head to publishing the next), for what is there at that moment, and each gets a number
 * that rises. A writer notes the number, looks at the locks, decides; the committer refuses a write (STORE_CONFLICT: look
 * again) when a lock with a higher number touches one of its paths. So a write is either published before the lock is
 * granted, or judged with it. A lock that ended meanwhile harms nobody: its place is only taken with a higher number.
 *
 * Where there are no locks, every question costs one atomic read.
 */
#ifndef STORAGE_LOCK_H
#define STORAGE_LOCK_H

#include "storage/store.h"

#define LOCK_MAX_OWNER 4096 /* bytes of DAV:owner as canonical XML */
#define LOCK_MAX_HERE                                                                              \
	20 /* locks in whose scope one resource is when one more is granted: each is told of each member */
#define LOCK_MAX_USER 200 /* locks of one principal */
#define LOCK_MAX_ALL 4000 /* locks of a household */

struct store_lock {
	const char *token; /* "urn:uuid:…" (RFC 4918 6.5) */
	const char *path;  /* its root in the store: "files/anna/notes.txt" */
	const char
		*user; /* who holds it: the name, and the id that a later one of the name has not */
	const char *principal_id;
	const char *owner;        /* DAV:owner as canonical XML; NULL: not said */
	bool shared, infinite;    /* else exclusive, of depth 0 */
	int64_t created, expires; /* Unix seconds */
	uint64_t number;          /* rises with each lock that is granted */
};

/* Several locks, in the arena that was given. */
struct lock_list {
	const struct store_lock **locks;
	size_t n;
};

/* Room for one more of this principal? INVALID, and `why` says what to do. */
enum store_code lock_room(
	struct store *store, const char *principal_id, char *why, size_t why_size);
/* Grants a lock of what `lock` says but for token, created and number, which are filled in (in the arena). Durable on return.
 * CONFLICT: `against` are those in its way (RFC 4918 6.1, 9.10.5). NOT_FOUND: nothing stands at the path any more, or the
 * principal is gone. INVALID: as lock_room. */
enum store_code lock_grant(struct store *store, struct arena *arena, struct store_lock *lock,
	struct lock_list *against, char *why, size_t why_size);
/* A new end. NOT_FOUND: there is no such lock. Durable on return. */
enum store_code lock_refresh(
	struct store *store, const char *token, int64_t expires, char *why, size_t why_size);
/* Likewise. */
enum store_code lock_release(struct store *store, const char *token, char *why, size_t why_size);

/* Are there any at all? Costs nothing. */
bool lock_any(struct store *store);
/* Those in whose scope a path is, or would be: rooted there, or above it with infinite depth. */
struct lock_list lock_covering(struct store *store, struct arena *arena, const char *path);
/* Those rooted below it. */
struct lock_list lock_below(struct store *store, struct arena *arena, const char *path);
/* For store_write.locks_seen: ask before looking at locks. Never 0. */
uint64_t lock_number(struct store *store);

#endif
