/* SPDX-License-Identifier: ISC */
/*
 * Slices: pieces of the client's bytes that are compared and cut without being copied. And two small
 * things that all files here need: TEXT without its backslashes (5545 3.3.11), and words for a fault.
 */
#include "ical/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool cal_slice_is(struct cal_slice slice, const char *text)
{
	return slice.n == strlen(text) && strncasecmp(slice.s, text, slice.n) == 0;
}

bool cal_slice_same(struct cal_slice a, struct cal_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool cal_slice_starts(struct cal_slice slice, const char *prefix)
{
	size_t n = strlen(prefix);

	return slice.n >= n && strncasecmp(slice.s, prefix, n) == 0;
}

bool cal_slice_cut(struct cal_slice *rest, char separator, struct cal_slice *part)
{
	if (!rest->s)
		return false;
	const char *stop = rest->n ? memchr(rest->s, separator, rest->n) : NULL;
	part->s = rest->s;
	if (!stop) {
		part->n = rest->n;
		*rest = (struct cal_slice){0};
		return true;
	}
	part->n = (size_t)(stop - rest->s);
	rest->s = stop + 1;
	rest->n -= part->n + 1;
	return true;
}

size_t cal_slice_values(struct cal_slice list)
{
	struct cal_slice one;
	size_t n = 0;

	while (cal_slice_cut(&list, ',', &one))
		n += one.n > 0;
	return n;
}

bool cal_slice_number(struct cal_slice slice, int *number)
{
	int sum = 0;

	if (slice.n == 0 || slice.n > 9)
		return false;
	for (size_t i = 0; i < slice.n; i++) {
		if (slice.s[i] < '0' || slice.s[i] > '9')
			return false;
		sum = sum * 10 + (slice.s[i] - '0');
	}
	*number = sum;
	return true;
}

char *cal_slice_dup(struct arena *arena, struct cal_slice slice)
{
	return arena_strndup(arena, slice.s ? slice.s : "", slice.n);
}

char *cal_text_unescape(struct arena *arena, struct cal_slice value)
{
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.s[i];

		if (c == '\\' && i + 1 < value.n) {
			c = value.s[++i];
			if (c == 'n' || c == 'N')
				c = '\n';
		}
		text[n++] = c;
	}
	return text;
}

struct cal_slice cal_caret_decode(struct arena *arena, struct cal_slice value)
{
	if (!value.n || !memchr(value.s, '^', value.n))
		return value;
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < value.n; i++) {
		char next = i + 1 < value.n ? value.s[i + 1] : '\0', c = value.s[i];

		if (c == '^' && (next == 'n' || next == '^' || next == '\'')) {
			c = next == 'n' ? '\n' : next == '^' ? '^' : '"';
			i++;
		}
		text[n++] = c;
	}
	return (struct cal_slice){text, n};
}

uint64_t cal_hash(uint64_t seed, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		seed = (seed ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return seed;
}

void cal_fail(struct facts_fault *fault, int code, unsigned line, const char *format, ...)
{
	va_list args;

	if (!fault)
		return;
	fault->code = code;
	fault->line = line;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}
