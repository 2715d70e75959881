/* SPDX-License-Identifier: ISC */
/*
 * A hash map from strings (copied) to pointers (borrowed). Keys are hashed with SipHash under a
 * random key, so that no client can choose collisions. Not thread-safe.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void);
/* Frees the map and, where `release` is given, every value. NULL map is fine. */
void map_free(struct map *map, void (*release)(void *value));
size_t map_count(const struct map *map);
void *map_get(const struct map *map, const char *key);
/* Sets and returns the value that was there before (NULL if none). */
void *map_set(struct map *map, const char *key, void *value);
/* Removes and returns the value (NULL if none). */
void *map_remove(struct map *map, const char *key);
/* Walks in no particular order; start with *position = 0; false at the end. Do not change the map
 * meanwhile. */
bool map_next(const struct map *map, size_t *position, const char **key, void **value);

#endif
