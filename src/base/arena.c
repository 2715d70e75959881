/* SPDX-License-Identifier: ISC */
/*
 * Memory that is freed all at once. A list of chunks, each twice as large as the one before up to
 * CHUNK_MAX; what is larger than a quarter of that gets a chunk of its own. Under ASan there are no
 * chunks: every allocation is its own calloc, else an overrun would land in its neighbour unseen.
 */
#include "src/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

#ifdef ARENA_SEPARATE

struct arena {
	void **blocks;
	size_t count, cap;
};

struct arena *arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void arena_clear(struct arena *arena)
{
	for (size_t i = 0; i < arena->count; i++)
		free(arena->blocks[i]);
	free(arena->blocks);
	*arena = (struct arena){0};
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_clear(arena);
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (arena->count == arena->cap) {
		arena->cap = arena->cap ? arena->cap * 2 : 16;
		arena->blocks = must(reallocarray(arena->blocks, arena->cap, sizeof(void *)));
	}
	void *block = must(calloc(1, size ? size : 1));
	arena->blocks[arena->count++] = block;
	return block;
}

#else

#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)64 << 10)
#define ALIGN alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t used, size; /* of bytes[]; what is beyond `used` is zero */
	alignas(max_align_t) unsigned char bytes[];
};

/* The first chunk is the one being filled; chunks of one large allocation go behind it. */
struct arena {
	struct chunk *chunks;
};

static struct chunk *chunk_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct chunk))
		abort();
	struct chunk *chunk = must(calloc(1, sizeof(*chunk) + size));
	chunk->size = size;
	return chunk;
}

static void chunks_free(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;
		free(chunk);
		chunk = next;
	}
}

struct arena *arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void arena_clear(struct arena *arena)
{
	struct chunk *keep = arena->chunks;

	if (!keep)
		return;
	chunks_free(keep->next);
	keep->next = NULL;
	memset(keep->bytes, 0, keep->used);
	keep->used = 0;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	chunks_free(arena->chunks);
	free(arena);
}

static void *alloc_large(struct arena *arena, size_t size)
{
	struct chunk *chunk = chunk_new(size);

	if (!arena->chunks)
		arena->chunks = chunk_new(CHUNK_MIN);
	chunk->used = size;
	chunk->next = arena->chunks->next;
	arena->chunks->next = chunk;
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;

	if (size > CHUNK_MAX / 4)
		return alloc_large(arena, size);
	size = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
	if (!chunk || chunk->size - chunk->used < size) {
		size_t want = chunk ? chunk->size * 2 : CHUNK_MIN;
		while (want < size)
			want *= 2;
		chunk = chunk_new(want < CHUNK_MAX ? want : CHUNK_MAX);
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	void *memory = chunk->bytes + chunk->used;
	chunk->used += size;
	return memory;
}

#endif

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, void *old, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap ? *cap : 8;

	if (old && need <= *cap)
		return old;
	while (want < need)
		if (__builtin_mul_overflow(want, 2, &want))
			abort();
	void *grown = arena_array(arena, want, size);
	if (old)
		memcpy(grown, old, *cap * size);
	*cap = want;
	return grown;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t len)
{
	void *copy = arena_alloc(arena, len);

	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	size_t have = strnlen(text, len);
	char *copy = arena_alloc(arena, have + 1);

	memcpy(copy, text, have);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		abort();
	char *text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
