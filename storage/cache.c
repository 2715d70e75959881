/* SPDX-License-Identifier: ISC */
/*
 * Hot bodies in memory: libgit2 takes a lock on every read. Sharded by id; each shard a hash table
 * with the bodies in order of use, the oldest going when the shard is over its share. Bodies are
 * immutable and counted: whoever reads one keeps it for as long as he likes.
 */
#include "storage/internal.h"

#define SHARDS 16
#define CHAINS 1024      /* hash chains of a shard */
#define LARGEST_SHARE 4  /* a body may take a fourth of its shard */
#define BODY_OVERHEAD 96 /* bytes of bookkeeping, about */

struct shard {
	pthread_mutex_t lock;
	struct body *chains[CHAINS];
	struct body *newest, *oldest;
	size_t bytes;
};

struct cache {
	size_t share; /* bytes of a shard */
	struct shard shards[SHARDS];
};

struct cache *cache_new(size_t bytes)
{
	struct cache *cache = must_alloc(sizeof(*cache));

	cache->share = bytes / SHARDS;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&cache->shards[i].lock, NULL);
	return cache;
}

struct body *body_new(const struct store_oid *oid, char *data, size_t size)
{
	struct body *body = must_alloc(sizeof(*body));

	atomic_init(&body->refs, 1);
	body->oid = *oid;
	body->data = data;
	body->size = size;
	return body;
}

void body_release(struct body *body)
{
	if (!body || atomic_fetch_sub_explicit(&body->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(body->data);
	free(body);
}

/* The ids are hashes already. */
static struct shard *shard_of(struct cache *cache, const struct store_oid *oid)
{
	return &cache->shards[oid->bytes[0] % SHARDS];
}

static struct body **chain_of(struct shard *shard, const struct store_oid *oid)
{
	struct body **at = &shard->chains[(oid->bytes[1] << 8 | oid->bytes[2]) % CHAINS];

	while (*at && !store_oid_equal(&(*at)->oid, oid))
		at = &(*at)->next;
	return at;
}

static void unlink_use(struct shard *shard, struct body *body)
{
	*(body->newer ? &body->newer->older : &shard->newest) = body->older;
	*(body->older ? &body->older->newer : &shard->oldest) = body->newer;
}

static void link_newest(struct shard *shard, struct body *body)
{
	body->newer = NULL;
	body->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = body;
	shard->newest = body;
}

struct body *cache_get(struct cache *cache, const struct store_oid *oid)
{
	struct shard *shard = shard_of(cache, oid);

	pthread_mutex_lock(&shard->lock);
	struct body *body = *chain_of(shard, oid);
	if (body) {
		atomic_fetch_add_explicit(&body->refs, 1, memory_order_relaxed);
		unlink_use(shard, body);
		link_newest(shard, body);
	}
	pthread_mutex_unlock(&shard->lock);
	return body;
}

static void evict_oldest(struct shard *shard)
{
	struct body *body = shard->oldest;
	struct body **at = chain_of(shard, &body->oid);

	*at = body->next;
	unlink_use(shard, body);
	shard->bytes -= body->size + BODY_OVERHEAD;
	body_release(body);
}

void cache_put(struct cache *cache, struct body *body)
{
	struct shard *shard = shard_of(cache, &body->oid);

	if (body->size > cache->share / LARGEST_SHARE)
		return;
	pthread_mutex_lock(&shard->lock);
	struct body **at = chain_of(shard, &body->oid);
	if (!*at) {
		atomic_fetch_add_explicit(&body->refs, 1, memory_order_relaxed);
		body->next = NULL;
		*at = body;
		link_newest(shard, body);
		shard->bytes += body->size + BODY_OVERHEAD;
		while (shard->bytes > cache->share)
			evict_oldest(shard);
	}
	pthread_mutex_unlock(&shard->lock);
}

size_t cache_bytes(struct cache *cache)
{
	size_t bytes = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&cache->shards[i].lock);
		bytes += cache->shards[i].bytes;
		pthread_mutex_unlock(&cache->shards[i].lock);
	}
	return bytes;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		while (cache->shards[i].oldest)
			evict_oldest(&cache->shards[i]);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
	free(cache);
}
