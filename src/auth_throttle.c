/* SPDX-License-Identifier: ISC */
/*
 * The throttle. An account from one address: 4 failures are free, the 5th earns 1 s, then it
 * doubles to AUTH_MAX_WAIT; an hour of quiet or a right log-in forgets them. An address:
 * ADDRESS_FREE failures over all accounts, and one is forgotten each AUTH_MAX_WAIT seconds: a
 * device with an old password behind a family's one address stays below that, somebody who tries
 * the whole household does not.
 */
#include "src/auth_throttle.h"

#include "src/auth.h"
#include "src/base/clock.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_FREE 20     /* failures of one address before it waits */
#define FORGET_SECONDS 3600 /* of quiet, for one account */
#define ROWS_MAX 20000      /* in memory; state.db has the rest */
#define ACCOUNT_KEY_MAX 100 /* bytes of a name in a key; longer ones are hashed */

struct throttle {
	struct store *store;
	pthread_mutex_t lock; /* guards rows */
	struct map *rows;     /* key → struct account_throttle */
};

struct throttle *throttle_new(struct store *store)
{
	struct throttle *throttle = calloc(1, sizeof(*throttle));

	if (!throttle)
		abort();
	throttle->store = store;
	throttle->rows = map_new();
	pthread_mutex_init(&throttle->lock, NULL);
	return throttle;
}

void throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	map_free(throttle->rows, free);
	pthread_mutex_destroy(&throttle->lock);
	free(throttle);
}

/* "192.0.2.7" as it is, also when it came as "::ffff:192.0.2.7"; of IPv6 the first 64 bits. */
static void write_network(char *out, size_t size, const char *remote)
{
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	unsigned char raw[16];
	char text[INET6_ADDRSTRLEN] = "";

	if (!remote || inet_pton(AF_INET6, remote, raw) != 1) {
		snprintf(out, size, "%.60s", remote ? remote : "");
		return;
	}
	if (memcmp(raw, mapped, sizeof(mapped)) == 0) {
		inet_ntop(AF_INET, raw + 12, text, sizeof(text));
		snprintf(out, size, "%s", text);
		return;
	}
	memset(raw + 8, 0, 8);
	inet_ntop(AF_INET6, raw, text, sizeof(text));
	snprintf(out, size, "%s/64", text);
}

void throttle_keys(struct throttle_keys *keys, const char *remote, const char *account)
{
	unsigned char hash[16];
	char network[64], hex[33];

	write_network(network, sizeof(network), remote);
	if (strlen(account) > ACCOUNT_KEY_MAX) {
		crypto_generichash(hash, sizeof(hash), (const unsigned char *)account,
			strlen(account), NULL, 0);
		text_hex(hex, hash, sizeof(hash));
		account = hex;
	}
	snprintf(keys->account, sizeof(keys->account), "a:%s|%s", network, account);
	snprintf(keys->address, sizeof(keys->address), "n:%s", network);
}

void throttle_keys_public(struct throttle_keys *keys, const char *remote)
{
	char network[64];

	write_network(network, sizeof(network), remote);
	keys->account[0] = '\0';
	snprintf(keys->address, sizeof(keys->address), "p:%s", network);
}

/* Failures that still count at `now`. */
static unsigned counted(const struct account_throttle *row, bool address, int64_t now)
{
	int64_t quiet = now > row->last ? now - row->last : 0;

	if (!address)
		return quiet >= FORGET_SECONDS ? 0 : row->failures;
	int64_t forgotten = quiet / AUTH_MAX_WAIT;
	return forgotten >= row->failures ? 0 : row->failures - (unsigned)forgotten;
}

static unsigned wait_for(unsigned failures, unsigned free_ones)
{
	if (failures <= free_ones)
		return 0;
	unsigned doublings = failures - free_ones - 1;
	return doublings >= 6 ? AUTH_MAX_WAIT : 1u << doublings;
}

static unsigned remaining(const struct account_throttle *row, bool address, int64_t now)
{
	unsigned wait = wait_for(
		counted(row, address, now), address ? ADDRESS_FREE : AUTH_FREE_FAILURES);
	int64_t until = row->last + wait;

	/* A clock that was set back must not lock anybody out for longer than the wait. */
	if (until - now > wait)
		return wait;
	return until > now ? (unsigned)(until - now) : 0;
}

static bool known(struct throttle *throttle, const char *key, struct account_throttle *row)
{
	pthread_mutex_lock(&throttle->lock);
	const struct account_throttle *found = map_get(throttle->rows, key);
	if (found)
		*row = *found;
	pthread_mutex_unlock(&throttle->lock);
	return found != NULL;
}

/* Under the lock. Rows that no longer count go first; under attack all go: state.db has them. */
static void make_room(struct throttle *throttle)
{
	if (map_count(throttle->rows) < ROWS_MAX)
		return;
	map_free(throttle->rows, free);
	throttle->rows = map_new();
}

/* Under the lock: the row, made when it is new. */
static struct account_throttle *row_of(struct throttle *throttle, const char *key)
{
	struct account_throttle *row = map_get(throttle->rows, key);

	if (row)
		return row;
	make_room(throttle);
	row = calloc(1, sizeof(*row));
	if (!row)
		abort();
	map_set(throttle->rows, key, row);
	return row;
}

static void remember(struct throttle *throttle, const char *key, const struct account_throttle *row)
{
	pthread_mutex_lock(&throttle->lock);
	*row_of(throttle, key) = *row;
	pthread_mutex_unlock(&throttle->lock);
}

/* From memory, else (deep) from state.db. */
static struct account_throttle look(struct throttle *throttle, const char *key, bool deep)
{
	struct account_throttle row = {0};

	if (!*key || known(throttle, key, &row) || !deep)
		return row;
	account_throttle_get(throttle->store, key, &row);
	if (row.failures)
		remember(throttle, key, &row);
	return row;
}

unsigned throttle_wait(struct throttle *throttle, const struct throttle_keys *keys, bool deep)
{
	int64_t now = clock_now();
	struct account_throttle account = look(throttle, keys->account, deep);
	struct account_throttle address = look(throttle, keys->address, deep);
	unsigned a = remaining(&account, false, now), n = remaining(&address, true, now);

	return a > n ? a : n;
}

static unsigned fail_one(struct throttle *throttle, const char *key, bool address, int64_t now)
{
	struct account_throttle row;

	if (!*key)
		return 0;
	look(throttle, key, true); /* brings the row of an earlier run into memory */
	pthread_mutex_lock(&throttle->lock);
	struct account_throttle *mine = row_of(throttle, key);
	mine->failures = counted(mine, address, now) + 1;
	mine->last = now;
	row = *mine;
	pthread_mutex_unlock(&throttle->lock);
	account_throttle_set(throttle->store, key, &row);
	return wait_for(row.failures, address ? ADDRESS_FREE : AUTH_FREE_FAILURES);
}

unsigned throttle_fail(struct throttle *throttle, const struct throttle_keys *keys)
{
	int64_t now = clock_now();
	unsigned a = fail_one(throttle, keys->account, false, now);
	unsigned n = fail_one(throttle, keys->address, true, now);

	return a > n ? a : n;
}

void throttle_forgive(struct throttle *throttle, const struct throttle_keys *keys)
{
	static const struct account_throttle none;

	if (!look(throttle, keys->account, true).failures)
		return;
	remember(throttle, keys->account, &none);
	account_throttle_set(throttle->store, keys->account, &none);
}
