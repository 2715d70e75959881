/* SPDX-License-Identifier: ISC */
/* What a card says, and whom it is about, in a form that can be compared (card.h). */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>

#define PHONE_DIGITS 8     /* the last ones: +49 170 1234567 is 0170 1234567 */
#define PHONE_MIN_DIGITS 6 /* fewer are an extension, or a service */
#define MAX_NAME 1000      /* bytes of a name that are looked at */
#define MAX_MAIL 320       /* RFC 5321 4.5.3.1: 64, "@", 255 */
#define OTHER_SEED UINT64_C(0x9e3779b97f4a7c15)

/* ---- the content ---- */

/* Each bit of a line's hash on all bits of the sum; FNV alone is too even for its last characters. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

/* A line that is none: its line ends do not count either. */
static uint64_t hash_raw(struct cal_slice raw, uint64_t seed)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.s[i] != '\r' && raw.s[i] != '\n')
			seed = cal_hash(seed, &raw.s[i], 1);
	return mix(seed);
}

static uint64_t hash_line(const struct cal_line *line, uint64_t seed)
{
	if (line->bad)
		return hash_raw(line->raw, seed);
	for (size_t i = 0; i < line->name.n; i++) {
		char c = line->name.s[i];
		c = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
		seed = cal_hash(seed, &c, 1);
	}
	seed = cal_hash(cal_hash(seed, ";", 1), line->params.s, line->params.n);
	return mix(cal_hash(cal_hash(seed, ":", 1), line->value.s, line->value.n));
}

/* An address book writes these anew with each export, or makes them up. */
static bool counts(const struct cal_line *line)
{
	static const char *const names[] = {"UID", "REV", "PRODID"};
	struct cal_slice group, name = card_name(line, &group);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !line->bad; i++)
		if (cal_slice_is(name, names[i]))
			return false;
	return true;
}

static void put_word(unsigned char *out, uint64_t word)
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(word >> (56 - 8 * i));
}

/* A sum, so that the order of lines does not count. */
static void sum_up(struct card_gist *gist, const struct cal_object *card)
{
	uint64_t a = 0, b = 0;

	for (size_t i = 0; i < card->n_lines; i++) {
		if (!counts(&card->lines[i]))
			continue;
		a += hash_line(&card->lines[i], CAL_HASH_SEED);
		b += hash_line(&card->lines[i], OTHER_SEED);
	}
	put_word(gist->content, a);
	put_word(gist->content + 8, b);
}

/* ---- whom it is about ---- */

struct reader {
	struct card_gist *gist;
	struct arena *arena;   /* the caller's */
	struct arena *scratch; /* of the lines */
	struct cal_slice n;
};

static void read_fn(struct reader *r, const struct cal_line *line)
{
	if (!r->gist->shown && line->value.n && line->value.n <= MAX_NAME)
		r->gist->shown = cal_text_unescape(r->arena, line->value);
}

static void read_n(struct reader *r, const struct cal_line *line)
{
	if (line->value.n <= MAX_NAME)
		r->n = line->value;
}

static void read_email(struct reader *r, const struct cal_line *line)
{
	struct card_gist *gist = r->gist;
	struct cal_slice value = line->value;

	if (cal_slice_starts(value, "mailto:")) {
		value.s += strlen("mailto:");
		value.n -= strlen("mailto:");
	}
	if (gist->n_mails == CARD_MAX_WAYS || !value.n || value.n > MAX_MAIL)
		return;
	const char *mail = text_lower(
		r->arena, text_trim(r->scratch, cal_text_unescape(r->scratch, value)));
	if (strchr(mail, '@'))
		gist->mails[gist->n_mails++] = mail;
}

static void read_tel(struct reader *r, const struct cal_line *line)
{
	struct card_gist *gist = r->gist;
	struct cal_slice value = line->value, number;
	char digits[PHONE_DIGITS + 1] = {0};
	size_t n = PHONE_DIGITS;

	/* tel:+49-170-1234567;ext=5 (RFC 3966): an extension is no part of it */
	if (gist->n_phones == CARD_MAX_WAYS || !cal_slice_cut(&value, ';', &number))
		return;
	for (size_t i = number.n; i && n; i--)
		if (number.s[i - 1] >= '0' && number.s[i - 1] <= '9')
			digits[--n] = number.s[i - 1];
	if (PHONE_DIGITS - n >= PHONE_MIN_DIGITS)
		gist->phones[gist->n_phones++] = arena_strdup(r->arena, digits + n);
}

static const struct {
	const char *name;
	void (*read)(struct reader *r, const struct cal_line *line);
} readers[] = {
	{"EMAIL", read_email},
	{"FN", read_fn},
	{"N", read_n},
	{"TEL", read_tel},
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool parts_words(char c)
{
	return (unsigned char)c < 0x80 && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z');
}

/* "Müller, Anna" and "anna müller" are the same words. */
static void read_words(struct reader *r, const char *name)
{
	struct card_gist *gist = r->gist;
	struct buf prepared;

	if (strchr(name, '@'))
		return;
	cal_text_prepare(&prepared, (struct cal_slice){name, strlen(name)});
	const char *p = arena_strndup(r->scratch, prepared.data, prepared.len), *end;
	buf_free(&prepared);
	for (; *p && gist->n_words < CARD_MAX_WORDS; p = end) {
		while (*p && parts_words(*p))
			p++;
		for (end = p; *end && !parts_words(*end);)
			end++;
		if (end > p)
			gist->words[gist->n_words++] = arena_strndup(
				r->arena, p, (size_t)(end - p));
	}
	qsort(gist->words, gist->n_words, sizeof(gist->words[0]), by_text);
}

static void read_lines(struct reader *r, const struct cal_object *card)
{
	const struct cal_comp *comp = &card->comps[0];
	const struct cal_line *line;
	struct cal_slice group;

	for (uint32_t at = comp->begin; (line = cal_comp_next(card, comp, &at));)
		for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
			if (cal_slice_is(card_name(line, &group), readers[i].name))
				readers[i].read(r, line);
	if (r->gist->shown)
		read_words(r, r->gist->shown);
	else if (r->n.n)
		read_words(r, cal_text_unescape(r->scratch, r->n));
}

void card_gist(struct card_gist *gist, struct arena *arena, const char *bytes, size_t len)
{
	struct reader r = {.gist = gist, .arena = arena, .scratch = arena_new()};
	struct cal_object card;

	*gist = (struct card_gist){0};
	bool fine = cal_object_parse(&card, r.scratch, &card_file_limits, bytes, len, NULL);
	sum_up(gist, &card);
	if (fine && card.n_comps)
		read_lines(&r, &card);
	arena_free(r.scratch);
}
