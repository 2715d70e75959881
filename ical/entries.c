/* SPDX-License-Identifier: ISC */
/*
 * Values made comparable (wording.h): what two programs may write in two ways becomes the same octets. Values are compared by
 * all their octets, so that nobody hides a change behind a hash; parameters by a sum of hashes, which is good enough for words.
 */
#include "ical/wording.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static uint64_t hash_nocase(uint64_t seed, struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		seed = cal_hash(seed, (const char[]){lower(text.s[i])}, 1);
	return cal_hash(seed, "=", 1);
}

static struct cal_slice trimmed(struct cal_slice text)
{
	while (text.n && strchr(" \t", text.s[0]))
		text = (struct cal_slice){text.s + 1, text.n - 1};
	while (text.n && strchr(" \t", text.s[text.n - 1]))
		text.n--;
	return text;
}

/* ---- parameters ---- */

/* How a value is written, not what it says; and what every telephone and address is when nobody says otherwise (2426 3.3). */
static bool is_silent(struct cal_slice name, bool with_media)
{
	static const char *const silent[] = {"ENCODING", "CHARSET", "VALUE", "PID"},
				 *const media[] = {"TYPE", "MEDIATYPE"};

	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++)
		if (cal_slice_is(name, silent[i]))
			return true;
	return !with_media && (cal_slice_is(name, media[0]) || cal_slice_is(name, media[1]));
}

uint64_t entries_details(const struct cal_line *line, bool with_media)
{
	static const struct cal_slice type = {"TYPE", 4};
	struct cal_slice rest = line->params, name, values, value;
	uint64_t sum = 0;

	while (cal_param_next(&rest, &name, &values)) {
		if (values.n == 0) { /* 2.1 and old programs: TEL;HOME */
			values = name;
			name = type;
		}
		if (is_silent(name, with_media))
			continue;
		while (cal_param_value(&values, &value))
			if (!cal_slice_is(value, "VOICE") && !cal_slice_is(value, "INTERNET"))
				sum += hash_nocase(hash_nocase(CAL_HASH_SEED, name), value);
	}
	return sum;
}

/* ---- values ---- */

static struct cal_slice unescaped(struct arena *arena, struct cal_slice value)
{
	char *text;

	if (!value.n || !memchr(value.s, '\\', value.n))
		return value;
	text = cal_text_unescape(arena, value);
	return (struct cal_slice){text, strlen(text)};
}

/* Up to the next `separator` that has no backslash before it. */
static struct cal_slice take(struct cal_slice *rest, char separator)
{
	struct cal_slice part = {rest->s, 0};

	while (part.n < rest->n && rest->s[part.n] != separator)
		part.n += rest->s[part.n] == '\\' && part.n + 1 < rest->n ? 2 : 1;
	size_t gone = part.n < rest->n ? part.n + 1 : part.n;
	*rest = (struct cal_slice){rest->s + gone, rest->n - gone};
	return part;
}

/* Components with marks between, those at the end that are empty left out. */
static struct cal_slice parts(struct arena *arena, struct cal_slice value)
{
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0, used = 0;

	while (value.n) {
		struct cal_slice part = trimmed(unescaped(arena, take(&value, ';')));
		if (part.n)
			memcpy(text + n, part.s, part.n);
		n += part.n;
		used = part.n ? n : used;
		text[n++] = WORDING_PART;
	}
	return (struct cal_slice){text, used};
}

static int unhex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, lower(c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* base64 without blanks, %XX and "=" at its end: then equal bytes have equal text. */
static struct cal_slice plain_base64(struct arena *arena, struct cal_slice value)
{
	while (value.n && value.s[value.n - 1] == '=')
		value.n--;
	if (!value.n ||
		!(memchr(value.s, ' ', value.n) || memchr(value.s, '%', value.n) ||
			memchr(value.s, '\t', value.n)))
		return value;
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.s[i];
		if (c == '%' && i + 2 < value.n && unhex(value.s[i + 1]) >= 0 &&
			unhex(value.s[i + 2]) >= 0) {
			c = (char)(unhex(value.s[i + 1]) * 16 + unhex(value.s[i + 2]));
			i += 2;
		}
		if (c != ' ' && c != '\t')
			text[n++] = c;
	}
	while (n && text[n - 1] == '=')
		n--;
	return (struct cal_slice){text, n};
}

/* A photo: its bytes when they are in the card, as base64 (2426 3.1.4) or as a data: URI (6350 6.2.4). */
static void set_bytes(struct entries *entries, struct entry *entry, const struct cal_line *line)
{
	struct cal_slice value = trimmed(line->value);
	const char *comma = cal_slice_starts(value, "data:") ? memchr(value.s, ',', value.n) : NULL;
	bool elsewhere = !comma && !cal_line_param(line, "ENCODING").n &&
		memchr(value.s, ':', value.n);

	if (comma)
		value = (struct cal_slice){comma + 1, value.n - (size_t)(comma + 1 - value.s)};
	entry->value = elsewhere ? value : plain_base64(entries->arena, value);
	entry->bytes = elsewhere ? 0 : entry->value.n / 4 * 3 + entry->value.n % 4 * 3 / 4;
}

/* 3.0 may write 1980-03-01 for 19800301 (2426 4); a time goes with its zone. */
static struct cal_slice date(
	struct arena *arena, const struct cal_line *line, struct cal_slice value)
{
	struct cal_slice zone = cal_line_param(line, "TZID");

	if (value.n >= 10 && value.s[4] == '-' && value.s[7] == '-' && value.s[0] != '-') {
		char *text = arena_printf(arena, "%.4s%.2s%.*s", value.s, value.s + 5,
			(int)(value.n - 8), value.s + 8);
		value = (struct cal_slice){text, strlen(text)};
	}
	if (zone.n) {
		char *text = arena_printf(
			arena, "%.*s %.*s", (int)value.n, value.s, (int)zone.n, zone.s);
		value = (struct cal_slice){text, strlen(text)};
	}
	return value;
}

/* tel:+49 is +49, MAILTO:a@b is a@b. */
static struct cal_slice without_scheme(struct cal_slice value)
{
	static const char *const schemes[] = {"tel:", "mailto:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (cal_slice_starts(value, schemes[i]))
			return (struct cal_slice){
				value.s + strlen(schemes[i]), value.n - strlen(schemes[i])};
	return value;
}

/* ---- entries ---- */

static void add(struct entries *entries, struct entry entry)
{
	if (!entry.value.n)
		return;
	entry.hash = cal_hash(CAL_HASH_SEED, entry.value.s, entry.value.n);
	entries->list = arena_grow(entries->arena, entries->list, &entries->cap, entries->n + 1,
		sizeof(*entries->list));
	entries->list[entries->n++] = entry;
}

static struct entry named(const struct entries *entries, struct cal_slice name)
{
	struct entry entry = {.name = name, .rank = (unsigned)entries->n_table};

	for (size_t i = 0; i < entries->n_table && !entry.row; i++)
		if (cal_slice_is(name, entries->table[i].name)) {
			entry.row = &entries->table[i];
			entry.rank = (unsigned)i;
		}
	return entry;
}

static void add_list(struct entries *entries, struct entry entry, const struct cal_line *line)
{
	struct cal_slice rest = line->value;

	while (rest.n) {
		struct cal_slice value = entries->n < WORDING_MAX_ENTRIES ? take(&rest, ',') : rest;
		if (value.s == rest.s)
			rest.n = 0;
		value = trimmed(unescaped(entries->arena, value));
		entry.value = cal_line_param(line, "TZID").n ? date(entries->arena, line, value)
							     : value;
		add(entries, entry);
	}
}

void entries_add_line(struct entries *entries, const struct cal_line *line, struct cal_slice name,
	enum wording_form otherwise)
{
	struct entry entry = named(entries, name);
	enum wording_form form = entry.row ? entry.row->form : otherwise;
	struct cal_slice value = trimmed(line->value);

	if (!value.n)
		return;
	entry.details = entries_details(line, form != WORDING_BYTES);
	switch (form) {
	case WORDING_LIST:
		add_list(entries, entry, line);
		return;
	case WORDING_PARTS:
		entry.value = parts(entries->arena, value);
		break;
	case WORDING_BYTES:
		set_bytes(entries, &entry, line);
		break;
	case WORDING_DATE:
		entry.value = date(entries->arena, line, value);
		break;
	case WORDING_TEXT:
		entry.value = without_scheme(trimmed(unescaped(entries->arena, value)));
		break;
	}
	add(entries, entry);
}

void entries_add_whole(struct entries *entries, const char *name, struct cal_slice value)
{
	struct entry entry = named(entries, (struct cal_slice){name, strlen(name)});

	entry.value = value;
	add(entries, entry);
}
