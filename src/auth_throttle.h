/* SPDX-License-Identifier: ISC */
/*
 * Failed log-ins and the wait they earn (DESIGN.md section 7, issue text "People"). Two counts:
 * "a:ADDRESS|ACCOUNT" from the 5th failure, "n:ADDRESS" for somebody who tries many accounts. Rows
 * live in memory and, written through, in state.db, so that a restart forgives nothing. Nothing
 * sleeps.
 */
#ifndef SRC_AUTH_THROTTLE_H
#define SRC_AUTH_THROTTLE_H

#include "storage/store.h"

#include <stdbool.h>

struct throttle;

/* Who asks: the two keys (account "": none). Longer names are cut by hashing; see throttle_keys. */
struct throttle_keys {
	char account[192], address[80];
};

struct throttle *throttle_new(struct store *store);
void throttle_free(struct throttle *throttle);

/* `remote` is an address without port (a /64 of IPv6 counts as one); `account` any name or id. */
void throttle_keys(struct throttle_keys *keys, const char *remote, const char *account);

/* Of somebody who asks for addresses under /public/: no account, and a count of their own, so that a device that goes on
 * asking for a revoked link keeps nobody from logging in. */
void throttle_keys_public(struct throttle_keys *keys, const char *remote);

/* Seconds to wait, 0: go on. `deep`: also rows that only state.db knows (reads it: not a poll
 * thread). */
unsigned throttle_wait(struct throttle *throttle, const struct throttle_keys *keys, bool deep);
/* One more failure; the wait it earned (0 for the first ones). */
unsigned throttle_fail(struct throttle *throttle, const struct throttle_keys *keys);
/* A right log-in forgets the failures of this account from this address. */
void throttle_forgive(struct throttle *throttle, const struct throttle_keys *keys);

#endif
