/* SPDX-License-Identifier: ISC */
/*
 * Items of one collection by name or by UID: 16 × 16 buckets of sorted arrays, like the folders h/h
 * in git. By name the bucket is the first byte of SHA-256 of the name, so that each bucket is one
 * git tree and remembers its id; by UID it is a keyed hash, so that nobody can aim.
 *
 * Buckets are immutable once published; an edit changes those that bear its mark in place and
 * copies others.
 */
#include "storage/internal.h"

#include <sodium.h>

#define AHEAD 4 /* items that are on their way from memory while one is looked at */

static unsigned char uid_key[crypto_shorthash_KEYBYTES];
static pthread_once_t uid_key_once = PTHREAD_ONCE_INIT;

static void make_uid_key(void)
{
	if (sodium_init() < 0)
		abort();
	crypto_shorthash_keygen(uid_key);
}

static unsigned char uid_hash(const char *uid)
{
	unsigned char hash[crypto_shorthash_BYTES];

	pthread_once(&uid_key_once, make_uid_key);
	crypto_shorthash(hash, (const unsigned char *)uid, strlen(uid), uid_key);
	return hash[0];
}

struct item *item_new(
	const struct store_item *like, const struct store_oid *tree, const struct store_oid *meta)
{
	const char *uid = like->facts.uid;
	size_t name_len = strlen(like->name) + 1, uid_len = uid ? strlen(uid) + 1 : 0;
	struct item *item = malloc(sizeof(*item) + name_len + uid_len);

	if (!item)
		abort();
	*item = (struct item){.pub = *like, .tree = *tree, .meta = *meta};
	atomic_init(&item->refs, 1);
	memcpy(item->text, like->name, name_len);
	item->pub.name = item->text;
	item->hash = name_hash(item->text);
	item->pub.facts.summary = NULL;
	item->pub.number = 0;
	item->pub.has_meta = !store_oid_is_zero(meta);
	if (uid) {
		memcpy(item->text + name_len, uid, uid_len);
		item->pub.facts.uid = item->text + name_len;
		item->uid_hash = uid_hash(uid);
	}
	return item;
}

void item_ref(struct item *item)
{
	atomic_fetch_add_explicit(&item->refs, 1, memory_order_relaxed);
}

void item_release(struct item *item)
{
	if (item && atomic_fetch_sub_explicit(&item->refs, 1, memory_order_acq_rel) == 1)
		free(item);
}

static void bucket_release(struct bucket *bucket)
{
	if (!bucket || atomic_fetch_sub_explicit(&bucket->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < bucket->n; i++)
		item_release(bucket->items[i]);
	free(bucket);
}

static void fan_release(struct fan *fan)
{
	if (!fan || atomic_fetch_sub_explicit(&fan->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < STORE_FAN; i++)
		bucket_release(fan->buckets[i]);
	free(fan);
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < STORE_FAN; i++)
		fan_release(table->fans[i]);
	*table = (struct table){0};
}

void table_share(const struct table *table)
{
	for (size_t i = 0; i < STORE_FAN; i++)
		if (table->fans[i])
			atomic_fetch_add_explicit(&table->fans[i]->refs, 1, memory_order_relaxed);
}

/* Position of the key, or where it belongs. */
static bool bucket_search(
	const struct bucket *bucket, enum table_key key, const char *text, uint32_t *at)
{
	uint32_t low = 0, high = bucket ? bucket->n : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct store_item *item = &bucket->items[middle]->pub;
		int order = strcmp(key == TABLE_NAME ? item->name : item->facts.uid, text);
		if (order == 0) {
			*at = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return false;
}

struct item *table_find(
	const struct table *table, enum table_key key, unsigned char hash, const char *text)
{
	const struct fan *fan = table->fans[hash >> 4];
	uint32_t at;

	if (!fan || !bucket_search(fan->buckets[hash & 15], key, text, &at))
		return NULL;
	return fan->buckets[hash & 15]->items[at];
}

static struct fan *fan_own(struct fan **slot, uint64_t edit)
{
	struct fan *old = *slot;

	if (old && old->edit == edit) {
		old->hashed = false;
		return old;
	}
	struct fan *fan = must_alloc(sizeof(*fan));
	if (old) {
		fan->oid = old->oid;
		fan->meta = old->meta;
		memcpy(fan->buckets, old->buckets, sizeof(fan->buckets));
	}
	atomic_init(&fan->refs, 1);
	fan->edit = edit;
	for (size_t i = 0; i < STORE_FAN; i++)
		if (fan->buckets[i])
			atomic_fetch_add_explicit(&fan->buckets[i]->refs, 1, memory_order_relaxed);
	fan_release(old);
	return *slot = fan;
}

/* Ours, with room for `more` further items. */
static struct bucket *bucket_own(struct bucket **slot, uint64_t edit, uint32_t more)
{
	struct bucket *old = *slot, *bucket;
	uint32_t n = old ? old->n : 0;

	if (old && old->edit == edit) {
		old->hashed = false;
		if (n + more <= old->cap)
			return old;
		uint32_t cap = n + n / 2 + more;
		bucket = realloc(old, sizeof(*bucket) + cap * sizeof(bucket->items[0]));
		if (!bucket)
			abort();
		bucket->cap = cap;
		return *slot = bucket;
	}
	uint32_t cap = n + more;
	bucket = must_alloc(sizeof(*bucket) + cap * sizeof(bucket->items[0]));
	atomic_init(&bucket->refs, 1);
	bucket->n = n;
	bucket->cap = cap;
	bucket->edit = edit;
	if (old) {
		bucket->oid = old->oid;
		bucket->meta = old->meta;
		memcpy(bucket->items, old->items, n * sizeof(bucket->items[0]));
	}
	for (uint32_t i = 0; i < n; i++)
		item_ref(bucket->items[i]);
	bucket_release(old);
	return *slot = bucket;
}

void table_put(struct table *table, uint64_t edit, enum table_key key, struct item *item)
{
	unsigned char hash = key == TABLE_NAME ? item->hash : item->uid_hash;
	const char *text = key == TABLE_NAME ? item->pub.name : item->pub.facts.uid;
	struct fan *fan = fan_own(&table->fans[hash >> 4], edit);
	struct bucket **slot = &fan->buckets[hash & 15];
	uint32_t at;
	bool there = bucket_search(*slot, key, text, &at);
	struct bucket *bucket = bucket_own(slot, edit, there ? 0 : 1);

	item_ref(item);
	if (there) {
		item_release(bucket->items[at]);
	} else {
		memmove(bucket->items + at + 1, bucket->items + at,
			(bucket->n - at) * sizeof(bucket->items[0]));
		bucket->n++;
	}
	bucket->items[at] = item;
}

void table_remove(struct table *table, uint64_t edit, enum table_key key, unsigned char hash,
	const char *text)
{
	uint32_t at;

	if (!table_find(table, key, hash, text))
		return;
	struct fan *fan = fan_own(&table->fans[hash >> 4], edit);
	struct bucket *bucket = bucket_own(&fan->buckets[hash & 15], edit, 0);
	if (!bucket_search(bucket, key, text, &at))
		return;
	item_release(bucket->items[at]);
	bucket->n--;
	memmove(bucket->items + at, bucket->items + at + 1,
		(bucket->n - at) * sizeof(bucket->items[0]));
}

void table_touch(struct table *table, uint64_t edit, unsigned char hash, bool bucket)
{
	struct fan *fan = fan_own(&table->fans[hash >> 4], edit);

	if (bucket)
		bucket_own(&fan->buckets[hash & 15], edit, 0);
}

/* Who goes through a large calendar waits for memory more than for anything else: items lie wherever malloc put them. */
static void fetch_ahead(const struct bucket *bucket, uint32_t index)
{
	if (index >= bucket->n)
		return;
	const struct item *item = bucket->items[index];
	__builtin_prefetch(item);
	__builtin_prefetch(&item->pub.facts);
	__builtin_prefetch(&item->pub.gone);
	__builtin_prefetch(item->text);
}

struct item *table_next(const struct table *table, struct store_cursor *cursor)
{
	for (; cursor->bucket < STORE_FAN * STORE_FAN; cursor->bucket++, cursor->index = 0) {
		const struct fan *fan = table->fans[cursor->bucket / STORE_FAN];
		if (!fan) {
			cursor->bucket |= STORE_FAN - 1;
			continue;
		}
		const struct bucket *bucket = fan->buckets[cursor->bucket % STORE_FAN];
		if (bucket && cursor->index < bucket->n) {
			fetch_ahead(bucket, cursor->index + AHEAD);
			return bucket->items[cursor->index++];
		}
	}
	return NULL;
}

struct item *node_item(const struct store_collection *node, const char *name)
{
	return table_find(&node->items, TABLE_NAME, name_hash(name), name);
}

struct item *node_uid(const struct store_collection *node, const char *uid)
{
	return table_find(&node->uids, TABLE_UID, uid_hash(uid), uid);
}
