/* SPDX-License-Identifier: ISC */
/*
 * The hash map: open addressing, linear probing, at most 3/4 full. Removal moves the followers
 * back, so there are no tombstones. The key of SipHash is drawn per map.
 */
#include "src/base/map.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 16

struct slot {
	char *key; /* NULL: free */
	void *value;
	uint64_t hash;
};

struct map {
	struct slot *slots;
	size_t size, count; /* size is a power of two, or 0 */
	unsigned char secret[crypto_shorthash_KEYBYTES];
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct map *map_new(void)
{
	struct map *map = must(calloc(1, sizeof(*map)));

	if (sodium_init() < 0)
		abort();
	crypto_shorthash_keygen(map->secret);
	return map;
}

void map_free(struct map *map, void (*release)(void *value))
{
	if (!map)
		return;
	for (size_t i = 0; i < map->size; i++) {
		if (!map->slots[i].key)
			continue;
		free(map->slots[i].key);
		if (release)
			release(map->slots[i].value);
	}
	free(map->slots);
	free(map);
}

size_t map_count(const struct map *map)
{
	return map->count;
}

static uint64_t hash_of(const struct map *map, const char *key)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t hash;

	crypto_shorthash(out, (const unsigned char *)key, strlen(key), map->secret);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

/* The slot of `key`, or the free one where it would go. There is always a free one. */
static struct slot *find(const struct map *map, const char *key, uint64_t hash)
{
	size_t mask = map->size - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *slot = &map->slots[i];
		if (!slot->key || (slot->hash == hash && strcmp(slot->key, key) == 0))
			return slot;
	}
}

static void resize(struct map *map, size_t size)
{
	struct map grown = *map;

	grown.size = size;
	grown.slots = must(calloc(size, sizeof(*grown.slots)));
	for (size_t i = 0; i < map->size; i++) {
		struct slot *slot = &map->slots[i];
		if (slot->key)
			*find(&grown, slot->key, slot->hash) = *slot;
	}
	free(map->slots);
	*map = grown;
}

void *map_get(const struct map *map, const char *key)
{
	if (!map->count)
		return NULL;
	struct slot *slot = find(map, key, hash_of(map, key));
	return slot->key ? slot->value : NULL;
}

void *map_set(struct map *map, const char *key, void *value)
{
	if (map->count >= map->size / 4 * 3)
		resize(map, map->size ? map->size * 2 : SLOTS_MIN);
	uint64_t hash = hash_of(map, key);
	struct slot *slot = find(map, key, hash);
	void *old = slot->value;
	if (!slot->key) {
		slot->key = must(strdup(key));
		slot->hash = hash;
		map->count++;
	}
	slot->value = value;
	return old;
}

void *map_remove(struct map *map, const char *key)
{
	if (!map->count)
		return NULL;
	struct slot *hole = find(map, key, hash_of(map, key));
	if (!hole->key)
		return NULL;
	void *old = hole->value;
	free(hole->key);
	map->count--;

	size_t mask = map->size - 1, gap = (size_t)(hole - map->slots);
	for (size_t i = (gap + 1) & mask; map->slots[i].key; i = (i + 1) & mask) {
		size_t home = map->slots[i].hash & mask;
		/* It may move back unless its home lies behind the gap. */
		if (((i - home) & mask) >= ((i - gap) & mask)) {
			map->slots[gap] = map->slots[i];
			gap = i;
		}
	}
	map->slots[gap] = (struct slot){0};
	return old;
}

bool map_next(const struct map *map, size_t *position, const char **key, void **value)
{
	for (size_t i = *position; i < map->size; i++) {
		const struct slot *slot = &map->slots[i];
		if (!slot->key)
			continue;
		if (key)
			*key = slot->key;
		if (value)
			*value = slot->value;
		*position = i + 1;
		return true;
	}
	*position = map->size;
	return false;
}
