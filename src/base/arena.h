/* SPDX-License-Identifier: ISC */
/*
 * An arena owns everything that lives as long as one request (or one command, one row).
 * Allocation never fails (out of memory aborts: every input has a limit) and is zeroed;
 * nothing is freed singly. Not thread-safe: an arena belongs to one thread at a time.
 * In ASan builds every allocation is a malloc of its own, so that overruns are still seen.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new, empty arena; free it with arena_free. */
struct arena *arena_new(void);
/* Frees the arena and all it gave out. NULL is fine. */
void arena_free(struct arena *arena);
/* Frees all it gave out and keeps the arena: for loops over many rows. */
void arena_clear(struct arena *arena);

/* `size` zeroed bytes, aligned for any type. Never NULL; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` zeroed elements of `size` bytes; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Grows an array of `*cap` elements to at least `need` (doubling); old content is copied. Returns
 * it. */
void *arena_grow(struct arena *arena, void *old, size_t *cap, size_t need, size_t size);
/* Copies, always NUL-terminated. arena_strdup(NULL) is NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
void *arena_memdup(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

#endif
