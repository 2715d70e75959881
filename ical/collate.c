/* SPDX-License-Identifier: ISC */
/*
 * Text matching (4791 7.5, 9.7.5): substrings under i;ascii-casemap, i;octet (RFC 4790) and i;unicode-casemap
 * (RFC 5051), the last with the simple case pairs of Latin, Greek, Cyrillic and Armenian and no decomposition.
 */
#include "ical/internal.h"

#include <stdlib.h>
#include <string.h>

/* Capitals from..to are `distance` below their small letters; step 2: capital and small take turns. */
static const struct pairs {
	unsigned from, to;
	int distance;
	unsigned step;
} pairs[] = {
	{'A', 'Z', 32, 1},
	{0xC0, 0xD6, 32, 1},
	{0xD8, 0xDE, 32, 1},
	{0x100, 0x12E, 1, 2},
	{0x132, 0x136, 1, 2},
	{0x139, 0x147, 1, 2},
	{0x14A, 0x176, 1, 2},
	{0x178, 0x178, -121, 1},
	{0x179, 0x17D, 1, 2},
	{0x1CD, 0x1DB, 1, 2},
	{0x1DE, 0x1EE, 1, 2},
	{0x1F8, 0x21E, 1, 2},
	{0x222, 0x232, 1, 2},
	{0x386, 0x386, 38, 1},
	{0x388, 0x38A, 37, 1},
	{0x38C, 0x38C, 64, 1},
	{0x38E, 0x38F, 63, 1},
	{0x391, 0x3A1, 32, 1},
	{0x3A3, 0x3AB, 32, 1},
	{0x3C2, 0x3C2, 1, 1}, /* final sigma */
	{0x3D8, 0x3EE, 1, 2},
	{0x400, 0x40F, 80, 1},
	{0x410, 0x42F, 32, 1},
	{0x460, 0x480, 1, 2},
	{0x48A, 0x4BE, 1, 2},
	{0x4C1, 0x4CD, 1, 2},
	{0x4D0, 0x52E, 1, 2},
	{0x531, 0x556, 48, 1},
	{0x1E00, 0x1E94, 1, 2},
	{0x1E9E, 0x1E9E, 0xDF - 0x1E9E, 1},
	{0x1EA0, 0x1EFE, 1, 2},
};

static unsigned fold(unsigned c)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && c >= pairs[i].from; i++)
		if (c <= pairs[i].to)
			return (c - pairs[i].from) % pairs[i].step
				? c
				: (unsigned)((int)c + pairs[i].distance);
	return c;
}

/* One character of text that was checked to be UTF-8; a stray byte stands for itself. */
static size_t decode(const unsigned char *s, size_t n, unsigned *c)
{
	static const struct {
		unsigned char mask, lead, bits;
	} forms[] = {{0xE0, 0xC0, 0x1F}, {0xF0, 0xE0, 0x0F}, {0xF8, 0xF0, 0x07}};

	for (size_t i = 0; i < 3; i++) {
		if ((s[0] & forms[i].mask) != forms[i].lead || n < i + 2)
			continue;
		*c = s[0] & forms[i].bits;
		for (size_t j = 1; j < i + 2; j++)
			*c = *c << 6 | (s[j] & 0x3F);
		return i + 2;
	}
	*c = s[0];
	return 1;
}

static size_t encode(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

/* No folded character is longer than it was, but a stray byte may become two. */
static struct cal_slice fold_all(struct arena *arena, struct cal_slice text)
{
	char *out = arena_alloc(arena, text.n * 2 + 4);
	size_t n = 0;
	unsigned c;

	for (size_t i = 0; i < text.n;) {
		i += decode((const unsigned char *)text.s + i, text.n - i, &c);
		n += encode(out + n, fold(c));
	}
	return (struct cal_slice){out, n};
}

static bool contains_unicode(struct cal_slice hay, struct cal_slice needle)
{
	struct arena *arena = arena_new();
	struct cal_slice h = fold_all(arena, hay), p = fold_all(arena, needle);
	bool found = memmem(h.s, h.n, p.s, p.n);

	arena_free(arena);
	return found;
}

static bool contains_ascii(struct cal_slice hay, struct cal_slice needle)
{
	char *folded = malloc(hay.n + needle.n + 1);
	bool found;

	if (!folded)
		abort();
	for (size_t i = 0; i < hay.n + needle.n; i++) {
		char c = i < hay.n ? hay.s[i] : needle.s[i - hay.n];

		folded[i] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
	}
	found = memmem(folded, hay.n, folded + hay.n, needle.n);
	free(folded);
	return found;
}

bool cal_text_matches(const struct cal_text_match *match, struct cal_slice value)
{
	struct cal_slice needle = {match->text, strlen(match->text)};
	bool found;

	if (needle.n == 0)
		found = true;
	else if (match->collation == CAL_OCTET)
		found = value.n && memmem(value.s, value.n, needle.s, needle.n);
	else if (match->collation == CAL_ASCII_CASEMAP)
		found = value.n && contains_ascii(value, needle);
	else
		found = value.n && contains_unicode(value, needle);
	return found != match->negate;
}
