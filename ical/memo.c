/* SPDX-License-Identifier: ISC */
/* A bounded memory of what was found out (memo.h). */
#include "ical/memo.h"

#include "ical/internal.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_SHARE 4 /* a text may take a fourth of its shard */

struct memo_entry {
	unsigned char key[MEMO_KEY_SIZE];
	struct memo_entry *chain, *newer, *older;
	size_t len;
	alignas(max_align_t) unsigned char bytes[];
};

static uint64_t hash_of(const unsigned char *key)
{
	return cal_hash(CAL_HASH_SEED, (const char *)key, MEMO_KEY_SIZE);
}

static struct memo_shard *shard_of(struct memo *memo, uint64_t hash)
{
	return &memo->shards[hash >> 32 & (MEMO_SHARDS - 1)];
}

/* ---- the list of a shard; its lock is held ---- */

static void detach(struct memo_shard *shard, struct memo_entry *entry)
{
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void attach(struct memo_shard *shard, struct memo_entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static struct memo_entry **slot_of(struct memo_shard *shard, const unsigned char *key)
{
	struct memo_entry **slot = &shard->buckets[hash_of(key) % MEMO_BUCKETS];

	while (*slot && memcmp((*slot)->key, key, MEMO_KEY_SIZE) != 0)
		slot = &(*slot)->chain;
	return slot;
}

static void drop(struct memo_shard *shard, struct memo_entry **slot)
{
	struct memo_entry *entry = *slot;

	assert(entry);
	*slot = entry->chain;
	detach(shard, entry);
	shard->bytes -= sizeof(*entry) + entry->len;
	free(entry);
}

/* ---- */

/* Eight octets at a time: of cal_hash the answer would have to stay the same. */
void memo_key(unsigned char key[MEMO_KEY_SIZE], const char *bytes, size_t len)
{
	uint64_t hash = CAL_HASH_SEED ^ len, word;

	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	hash = cal_hash(hash, bytes, len);
	memset(key, 0, MEMO_KEY_SIZE);
	memcpy(key, &hash, sizeof(hash));
}

bool memo_ask(struct memo *memo, const unsigned char key[MEMO_KEY_SIZE],
	bool (*look)(void *context, const void *bytes, size_t len), void *context)
{
	struct memo_shard *shard = shard_of(memo, hash_of(key));
	bool out = false;

	pthread_mutex_lock(&shard->lock);
	struct memo_entry *entry = *slot_of(shard, key);
	if (entry) {
		out = look(context, entry->bytes, entry->len);
		detach(shard, entry);
		attach(shard, entry);
	}
	pthread_mutex_unlock(&shard->lock);
	return out;
}

void memo_keep(
	struct memo *memo, const unsigned char key[MEMO_KEY_SIZE], const void *bytes, size_t len)
{
	struct memo_shard *shard = shard_of(memo, hash_of(key));
	struct memo_entry *entry = malloc(sizeof(*entry) + len);

	if (!entry)
		abort();
	memcpy(entry->key, key, MEMO_KEY_SIZE);
	if (len)
		memcpy(entry->bytes, bytes, len);
	entry->len = len;
	pthread_mutex_lock(&shard->lock);
	struct memo_entry **slot = slot_of(shard, key);
	if (*slot)
		drop(shard, slot);
	shard->bytes += sizeof(*entry) + len;
	while (shard->oldest && shard->bytes > memo->max_bytes)
		drop(shard, slot_of(shard, shard->oldest->key));
	slot = &shard->buckets[hash_of(key) % MEMO_BUCKETS];
	entry->chain = *slot;
	*slot = entry;
	attach(shard, entry);
	pthread_mutex_unlock(&shard->lock);
}

/* ---- texts ---- */

static bool is_same(void *context, const void *bytes, size_t len)
{
	const struct cal_slice *text = context;

	return text->n == len && memcmp(bytes, text->s, len) == 0;
}

bool memo_has(struct memo *memo, const char *text, size_t len)
{
	unsigned char key[MEMO_KEY_SIZE];
	struct cal_slice asked = {text, len};

	memo_key(key, text, len);
	return memo_ask(memo, key, is_same, &asked);
}

void memo_add(struct memo *memo, const char *text, size_t len)
{
	unsigned char key[MEMO_KEY_SIZE];

	memo_key(key, text, len);
	if (sizeof(struct memo_entry) + len <= memo->max_bytes / LARGEST_SHARE)
		memo_keep(memo, key, text, len);
}
