/* SPDX-License-Identifier: ISC */
/*
 * Log-in: an Authorization header to a person. Verified credentials are remembered in memory (keyed
 * hash of name and password, AUTH_MEMORY_SECONDS, dropped when account_generation changes), so that
 * argon2id (45 ms) runs once, not on each request. Throttle: per account and address (a /64 for
 * IPv6) AND for each address; from the 5th failure AUTH_WAIT with a wait that doubles to 60 s;
 * right log-ins from elsewhere are never delayed; nothing sleeps. `[auth] throttle = off` for test
 * beds.
 *
 * A password is its owner's or a device's (storage/device.h). A device's is good for sync alone, and
 * never brings the admin role: whoever finds a phone must not manage accounts. The owner's is
 * refused for sync where `[auth] require_device_password` says so; else the program that uses it is
 * noticed as a device.
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
	AUTH_HASH,     /* not remembered: call auth_verify on a worker */
	AUTH_WRONG,    /* 401 */
	AUTH_WAIT,     /* 429 with Retry-After: *wait seconds */
	AUTH_NOT_HERE, /* a right password, of the wrong kind for this place */
};

struct auth *auth_new(struct store *store, const struct config *config);
void auth_free(struct auth *auth);

/* Where somebody wants to go. */
enum auth_place {
	AUTH_ANYWHERE, /* either kind of password */
	AUTH_SYNC,     /* /dav/ */
	AUTH_MANAGE,   /* the management interface: one's own password */
};

struct auth_request {
	const char *authorization; /* the header; NULL: none */
	const char *remote;        /* address */
	const char *user_agent;    /* or NULL */
	enum auth_place place;
};

/* Cheap (a keyed hash and a look-up): from a poll thread. */
enum auth_result auth_check(struct auth *auth, const struct auth_request *request,
	struct arena *arena, struct dav_person *person, unsigned *wait);
/* The slow way: verifies the password, counts failures. Never AUTH_HASH. */
enum auth_result auth_verify(struct auth *auth, const struct auth_request *request,
	struct arena *arena, struct dav_person *person, unsigned *wait);

/* Somebody asked for an address under /public/ that leads nowhere: counted as a wrong password is, but apart from these.
 * 0, or the seconds to wait. Reads and writes state.db: not on a poll thread. */
unsigned auth_wrong_address(struct auth *auth, const char *remote);

#endif
