/* SPDX-License-Identifier: ISC */
/*
 * What was found out about bytes, remembered under their id. Bounded, split into shards with a lock each; the least
 * recently asked entry goes first.
 */
#ifndef ICAL_MEMO_H
#define ICAL_MEMO_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define MEMO_KEY_SIZE 20
#define MEMO_SHARDS 16
#define MEMO_BUCKETS 1024

struct memo_entry;

struct memo_shard {
	pthread_mutex_t lock;
	struct memo_entry *buckets[MEMO_BUCKETS], *newest, *oldest;
	size_t bytes;
};

struct memo {
	struct memo_shard shards[MEMO_SHARDS];
	size_t max_bytes; /* of each shard */
};

#define MEMO_SHARD                                                                                 \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}
#define MEMO_SHARDS_4 MEMO_SHARD, MEMO_SHARD, MEMO_SHARD, MEMO_SHARD
/* A static memo of `max` bytes. */
#define MEMO_INIT(max)                                                                             \
	{                                                                                          \
		.shards = {MEMO_SHARDS_4, MEMO_SHARDS_4, MEMO_SHARDS_4, MEMO_SHARDS_4},            \
		.max_bytes = (max) / MEMO_SHARDS                                                   \
	}

/* The key of bytes that have no id: no secret, and not hard to aim at, so `look` has to compare the bytes. */
void memo_key(unsigned char key[MEMO_KEY_SIZE], const char *bytes, size_t len);
/* Calls `look` with what is remembered, while it cannot go away; false when there is nothing, else what `look` says. */
bool memo_ask(struct memo *memo, const unsigned char key[MEMO_KEY_SIZE],
	bool (*look)(void *context, const void *bytes, size_t len), void *context);
/* Remembers a copy, in place of what was there. */
void memo_keep(
	struct memo *memo, const unsigned char key[MEMO_KEY_SIZE], const void *bytes, size_t len);

/* A memo used as a set of texts. */
bool memo_has(struct memo *memo, const char *text, size_t len);
void memo_add(struct memo *memo, const char *text, size_t len);

#endif
