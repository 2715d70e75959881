/* SPDX-License-Identifier: ISC */
/*
 * UTF-8 (RFC 3629): is it valid, and one clean line for logs and commit subjects. A line that comes
 * from a client must not begin a second one, nor hide text behind control characters.
 */
#include "src/base/text.h"

#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* The shapes of RFC 3629 section 4: bounds of the first and of the second byte, and the length. */
static const struct {
	unsigned char first, last, second_min, second_max, len;
} shapes[] = {
	{0x00, 0x7f, 0, 0, 1},
	{0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Length of the character at `s`, 0 if there is no valid one. `len` is at least 1. */
static size_t char_len(const unsigned char *s, size_t len)
{
	if (s[0] < 0x80)
		return 1;
	for (size_t i = 1; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (s[0] < shapes[i].first || s[0] > shapes[i].last)
			continue;
		if (len < shapes[i].len || s[1] < shapes[i].second_min ||
			s[1] > shapes[i].second_max)
			return 0;
		for (size_t k = 2; k < shapes[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return shapes[i].len;
	}
	return 0;
}

bool text_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;

	while (len) {
		size_t step = char_len(s, len);
		if (!step)
			return false;
		s += step;
		len -= step;
	}
	return true;
}

/* C0, DEL, C1 and the two separators of lines and paragraphs, U+2028 and U+2029. */
static bool is_blank(const unsigned char *s, size_t len)
{
	return (len == 1 && (s[0] <= ' ' || s[0] == 0x7f)) ||
		(len == 2 && s[0] == 0xc2 && s[1] < 0xa0) ||
		(len == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9));
}

/* The clean line as a whole; it is never longer than `len`. */
static size_t clean(char *out, const unsigned char *s, size_t len)
{
	size_t used = 0;

	while (len) {
		size_t step = char_len(s, len);
		if (!step) {
			out[used++] = '?';
			step = 1;
		} else if (!is_blank(s, step)) {
			memcpy(out + used, s, step);
			used += step;
		} else if (!used || out[used - 1] != ' ') {
			out[used++] = ' ';
		}
		s += step;
		len -= step;
	}
	return used;
}

char *text_clean_line(struct arena *arena, const char *text, size_t max)
{
	size_t len = strlen(text), mark = strlen(ELLIPSIS);
	char *line = arena_alloc(arena, len + 1);

	len = clean(line, (const unsigned char *)text, len);
	if (len <= max)
		return line;
	size_t cut = max >= mark ? max - mark : max;
	while (cut && ((unsigned char)line[cut] & 0xc0) == 0x80)
		cut--;
	line[cut] = '\0';
	return max >= mark ? arena_printf(arena, "%s" ELLIPSIS, line) : line;
}
