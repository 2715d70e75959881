/* SPDX-License-Identifier: ISC */
/*
 * Text matching (4791 7.5, 9.7.5): substrings under i;octet, i;ascii-casemap (RFC 4790 9.2, 9.3) and i;unicode-casemap
 * (RFC 5051). The mappings of Unicode are those of ICU, which libical brings along.
 */
#include "ical/internal.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#define MAX_DECOMPOSED 32 /* UTF-16 units; the longest is U+FDFA with 18 */
#define SHORT_NEEDLE 64   /* longer ones are looked for in linear time */
#define MAX_GROWTH 12     /* bytes that a byte becomes: U+FDFA has 3, its decomposition 33 */
#define MAX_SHRINK 4      /* and the other way: U+1D400 has 4, its decomposition 1 */

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static bool is_ascii(struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.s[i] >= 0x80)
			return false;
	return true;
}

static bool contains(struct cal_slice hay, struct cal_slice needle)
{
	return hay.n >= needle.n && memmem(hay.s, hay.n, needle.s, needle.n);
}

/* RFC 4790 9.2: a to z are A to Z, all other octets themselves. */
static bool contains_ascii(struct cal_slice hay, struct cal_slice needle)
{
	char first = upper(*needle.s), *folded;

	if (hay.n < needle.n)
		return false;
	if (needle.n <= SHORT_NEEDLE) {
		for (size_t i = 0; i <= hay.n - needle.n; i++) {
			size_t k = 1;

			if (upper(hay.s[i]) != first)
				continue;
			while (k < needle.n && upper(hay.s[i + k]) == upper(needle.s[k]))
				k++;
			if (k == needle.n)
				return true;
		}
		return false;
	}
	folded = malloc(hay.n + needle.n);
	if (!folded)
		abort();
	for (size_t i = 0; i < hay.n + needle.n; i++)
		folded[i] = upper(i < hay.n ? hay.s[i] : needle.s[i - hay.n]);
	bool found = memmem(folded, hay.n, folded + hay.n, needle.n);
	free(folded);
	return found;
}

/* The characters up to the first that is not of ASCII; says how many. */
static size_t add_ascii(struct buf *out, const char *s, size_t n)
{
	size_t i = 0;

	if (!buf_reserve(out, n))
		return n; /* out->full says it */
	for (; i < n && (unsigned char)s[i] < 0x80; i++)
		out->data[out->len++] = upper(s[i]);
	return i;
}

static void add_char(struct buf *out, UChar32 c)
{
	char bytes[U8_MAX_LENGTH];
	size_t n = 0;

	U8_APPEND_UNSAFE(bytes, n, c);
	buf_add(out, bytes, n);
}

/*
 * RFC 5051 2: each character for itself becomes its titlecase, then that its whole decomposition. Of two readings the
 * one of the steps holds: marks of several characters are not put in order, as Normalization Form KD would; but
 * syllables of Hangul, which UnicodeData.txt gives as a range, are decomposed as that form does.
 */
static void prepare(struct buf *out, struct cal_slice text)
{
	UErrorCode error = U_ZERO_ERROR;
	const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&error);
	UChar units[MAX_DECOMPOSED];

	buf_init(out, (size_t)CAL_MAX_PREPARED * MAX_GROWTH);
	if (U_FAILURE(error) || !text_is_utf8(text.s, text.n)) { /* step 1 b: octets */
		buf_add(out, text.s, text.n);
		return;
	}
	for (size_t i = 0; (i += add_ascii(out, text.s + i, text.n - i)) < text.n;) {
		UChar32 c;

		U8_NEXT_UNSAFE(text.s, i, c);
		c = u_totitle(c);
		int32_t n = unorm2_getDecomposition(nfkd, c, units, MAX_DECOMPOSED, &error), k = 0;
		if (n < 0)
			add_char(out, c);
		while (k < n) {
			U16_NEXT_UNSAFE(units, k, c);
			add_char(out, c);
		}
	}
}

/* Preparing costs a hundred times what comparing does: what is beyond *left is told apart in ASCII alone. */
static bool contains_unicode(struct cal_slice hay, struct cal_slice needle, int64_t *left)
{
	int64_t cost = (int64_t)(hay.n + needle.n);
	struct buf h, p;
	bool found = false, plain = is_ascii(hay);

	if (needle.n / MAX_SHRINK > hay.n * MAX_GROWTH)
		return false;
	if ((plain && is_ascii(needle)) || cost > *left)
		return contains_ascii(hay, needle);
	*left -= cost;
	prepare(&p, needle);
	/* Most values are of ASCII, and stay so. */
	if (!p.full && !(plain && !is_ascii((struct cal_slice){p.data, p.len}))) {
		prepare(&h, hay);
		found = !h.full &&
			contains((struct cal_slice){h.data, h.len},
				(struct cal_slice){p.data, p.len});
		buf_free(&h);
	}
	buf_free(&p);
	return found;
}

bool cal_text_matches(const struct cal_text_match *match, struct cal_slice value, int64_t *left)
{
	struct cal_slice needle = {match->text, strlen(match->text)};
	bool found = needle.n == 0;

	if (needle.n && value.n && match->collation == CAL_UNICODE_CASEMAP)
		found = contains_unicode(value, needle, left);
	else if (needle.n && value.n)
		found = (match->collation == CAL_OCTET ? contains : contains_ascii)(value, needle);

	return found != match->negate;
}

void cal_text_prepare(struct buf *out, struct cal_slice text)
{
	prepare(out, text);
}
