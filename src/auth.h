/* SPDX-License-Identifier: ISC */
/*
 * Log-in: an Authorization header to a person. Verified credentials are remembered in memory (keyed
 * hash of name and password, AUTH_MEMORY_SECONDS, dropped when account_generation changes), so that
 * argon2id (45 ms) runs once, not on each request. Throttle: per account and address (a /64 for
 * IPv6) AND for each address; from the 5th failure AUTH_WAIT with a wait that doubles to 60 s;
 * right log-ins from elsewhere are never delayed; nothing sleeps. `[auth] throttle = off` for test
 * beds.
 */
#ifndef SRC_AUTH_H
#define SRC_AUTH_H

#include "src/config.h"
#include "storage/store.h"
#include "webdav/dav.h"

#define AUTH_MEMORY_SECONDS 300
#define AUTH_MEMORY_ENTRIES 10000
#define AUTH_FREE_FAILURES 4
#define AUTH_MAX_WAIT 60

struct auth;

enum auth_result {
	AUTH_ANONYMOUS, /* no header */
	AUTH_OK,
	AUTH_HASH,  /* not remembered: call auth_verify on a worker */
	AUTH_WRONG, /* 401 */
	AUTH_WAIT,  /* 429 with Retry-After: *wait seconds */
};

struct auth *auth_new(struct store *store, const struct config *config);
void auth_free(struct auth *auth);

/* Cheap (a keyed hash and a look-up): from a poll thread. */
enum auth_result auth_check(struct auth *auth, const char *authorization, const char *remote,
	struct arena *arena, struct dav_person *person, unsigned *wait);
/* The slow way: verifies the password, counts failures. Never AUTH_HASH. */
enum auth_result auth_verify(struct auth *auth, const char *authorization, const char *remote,
	struct arena *arena, struct dav_person *person, unsigned *wait);

/* Somebody asked for an address under /public/ that leads nowhere: counted as a wrong password is, but apart from these.
 * 0, or the seconds to wait. Reads and writes state.db: not on a poll thread. */
unsigned auth_wrong_address(struct auth *auth, const char *remote);

#endif
