/* SPDX-License-Identifier: ISC */
/*
 * Comparing, trimming and splitting. Case is folded for ASCII only: protocol words are ASCII
 * (RFC 9110 5.6.2), and the locale has no say in them. Encodings are in text_code.c, UTF-8 in
 * text_utf8.c.
 */
#include "src/base/text.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool text_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool text_equal_nocase(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) == lower(*b);
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_starts_nocase(const char *text, const char *prefix)
{
	while (*prefix && lower(*text) == lower(*prefix))
		text++, prefix++;
	return *prefix == '\0';
}

bool text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

const char *text_find_nocase(const char *hay, const char *needle)
{
	for (;; hay++) {
		if (text_starts_nocase(hay, needle))
			return hay;
		if (!*hay)
			return NULL;
	}
}

char *text_lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *p = copy; *p; p++)
		*p = lower(*p);
	return copy;
}

/* Copy of [from, to) without the space around it. */
static char *trimmed(struct arena *arena, const char *from, const char *to)
{
	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	return arena_strndup(arena, from, (size_t)(to - from));
}

char *text_trim(struct arena *arena, const char *text)
{
	return trimmed(arena, text, text + strlen(text));
}

char **text_split(struct arena *arena, const char *text, char separator, size_t *count)
{
	size_t cap = 0, found = 0;
	char **pieces = arena_grow(arena, NULL, &cap, 1, sizeof(*pieces));

	for (const char *end; text; text = end ? end + 1 : NULL) {
		end = strchr(text, separator);
		char *piece = trimmed(arena, text, end ? end : text + strlen(text));
		if (!*piece)
			continue;
		pieces = arena_grow(arena, pieces, &cap, found + 2, sizeof(*pieces));
		pieces[found++] = piece;
	}
	if (count)
		*count = found;
	return pieces;
}

bool text_to_u64(const char *text, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return false;
	}
	*value = number;
	return true;
}
