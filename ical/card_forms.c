/* SPDX-License-Identifier: ISC */
/*
 * Forms that differ between the versions: dates (2426 3.1.5, 6350 4.3), and what is not text (2426 3.1.4: base64 with TYPE;
 * 6350 6.2.4: a URI, which may hold the data).
 */
#include "ical/card_items.h"

#include "src/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- dates ---- */

/* Reads `n` digits. */
static bool digits(struct cal_slice *text, size_t n, int *number)
{
	struct cal_slice part = {text->s, n};

	if (text->n < n || !cal_slice_number(part, number))
		return false;
	text->s += n;
	text->n -= n;
	return true;
}

static bool skip(struct cal_slice *text, char c)
{
	if (!text->n || *text->s != c)
		return false;
	text->s++;
	text->n--;
	return true;
}

struct date {
	int year, month, day; /* year -1: none */
	bool timed;
	int hour, minute, second;
	char zone; /* 0, 'Z', '+', '-' */
	int zone_hour, zone_minute;
};

static bool read_zone(struct date *date, struct cal_slice text)
{
	if (!text.n)
		return true;
	date->zone = *text.s;
	if (skip(&text, 'Z'))
		return !text.n;
	if (!skip(&text, '+') && !skip(&text, '-'))
		return false;
	if (!digits(&text, 2, &date->zone_hour))
		return false;
	if (!text.n)
		return true;
	skip(&text, ':');
	return digits(&text, 2, &date->zone_minute) && !text.n;
}

/* A date, basic or extended, with or without year; and a time that is whole. Truncated otherwise: false. */
static bool read_date(struct date *date, struct cal_slice text)
{
	*date = (struct date){.year = -1};
	if (skip(&text, '-')) {
		if (!skip(&text, '-'))
			return false;
	} else {
		if (!digits(&text, 4, &date->year))
			return false;
		skip(&text, '-');
	}
	if (!digits(&text, 2, &date->month))
		return false;
	skip(&text, '-');
	if (!digits(&text, 2, &date->day) || date->month < 1 || date->month > 12 || date->day < 1 ||
		date->day > 31)
		return false;
	if (!text.n)
		return true;
	date->timed = true;
	if ((!skip(&text, 'T') && !skip(&text, ' ')) || !digits(&text, 2, &date->hour))
		return false;
	skip(&text, ':');
	if (!digits(&text, 2, &date->minute))
		return false;
	skip(&text, ':');
	return digits(&text, 2, &date->second) && read_zone(date, text);
}

static struct cal_slice print_date(struct arena *arena, const struct date *date, bool extended)
{
	const char *dash = extended ? "-" : "", *colon = extended ? ":" : "";
	struct card_text out = {.arena = arena};

	if (date->year < 0)
		card_adds(&out, "--");
	else
		card_adds(&out, arena_printf(arena, "%04d%s", date->year, dash));
	card_adds(&out, arena_printf(arena, "%02d%s%02d", date->month, dash, date->day));
	if (date->timed)
		card_adds(&out,
			arena_printf(arena, "T%02d%s%02d%s%02d", date->hour, colon, date->minute,
				colon, date->second));
	if (date->zone == 'Z')
		card_adds(&out, "Z");
	else if (date->zone)
		card_adds(&out,
			arena_printf(arena, "%c%02d%s%02d", date->zone, date->zone_hour, colon,
				date->zone_minute));
	return card_text_slice(&out);
}

bool card_date_to3(
	struct arena *arena, struct cal_slice value, struct cal_slice *date, bool *yearless)
{
	struct date read;

	if (!read_date(&read, value) || (read.year < 0 && read.timed))
		return false;
	*yearless = read.year < 0;
	if (*yearless)
		read.year = atoi(CARD_OMITTED_YEAR);
	*date = print_date(arena, &read, true);
	return true;
}

bool card_date_to4(
	struct arena *arena, struct cal_slice value, bool yearless, struct cal_slice *date)
{
	struct date read;

	if (!read_date(&read, value))
		return false;
	if (yearless)
		read.year = -1;
	*date = print_date(arena, &read, false);
	return true;
}

/* ---- what is not text ---- */

bool card_data_uri(struct cal_slice value, struct cal_slice *media, struct cal_slice *data)
{
	static const char mark[] = ";base64";
	const size_t n = sizeof(mark) - 1;
	const char *comma;

	if (!cal_slice_starts(value, "data:") || !(comma = memchr(value.s, ',', value.n)))
		return false;
	struct cal_slice head = {value.s + 5, (size_t)(comma - value.s) - 5};
	if (head.n < n || strncasecmp(head.s + head.n - n, mark, n) != 0 ||
		memchr(head.s, ';', head.n - n))
		return false;
	*media = (struct cal_slice){head.s, head.n - n};
	*data = (struct cal_slice){comma + 1, value.n - (size_t)(comma + 1 - value.s)};
	return true;
}

/* Those whose TYPE is not just the second half of their media type; the first row of a media type names it. */
static const struct {
	const char *type, *media;
} media_types[] = {
	{"JPEG", "image/jpeg"},
	{"JPG", "image/jpeg"},
	{"SVG", "image/svg+xml"},
	{"WAVE", "audio/wav"},
	{"MP3", "audio/mpeg"},
	{"PGP", "application/pgp-keys"},
	{"X509", "application/pkix-cert"},
};

static const char *major_of(struct cal_slice name)
{
	return cal_slice_is(name, "SOUND")  ? "audio/"
		: cal_slice_is(name, "KEY") ? "application/"
					    : "image/";
}

const char *card_media_of_type(struct arena *arena, struct cal_slice name, struct cal_slice type)
{
	const char *text = text_lower(arena, cal_slice_dup(arena, type));

	for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++)
		if (cal_slice_is(type, media_types[i].type))
			return media_types[i].media;
	return strchr(text, '/') ? text : arena_printf(arena, "%s%s", major_of(name), text);
}

const char *card_type_of_media(struct arena *arena, struct cal_slice name, struct cal_slice media)
{
	const char *major = major_of(name);

	for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++)
		if (cal_slice_is(media, media_types[i].media))
			return media_types[i].type;
	if (cal_slice_starts(media, major)) {
		media.s += strlen(major);
		media.n -= strlen(major);
	}
	char *type = cal_slice_dup(arena, media);
	for (char *p = type; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return type;
}

/* How the base64 of well-known formats begins. */
static const struct {
	const char *begin, *media;
} beginnings[] = {
	{"/9j/", "image/jpeg"},
	{"iVBORw0KGg", "image/png"},
	{"R0lGOD", "image/gif"},
	{"UklGR", "image/webp"},
};

const char *card_media_of_data(
	struct arena *arena, const char *name, struct cal_slice type, struct cal_slice data)
{
	if (type.n && !cal_slice_starts(type, "X-"))
		return card_media_of_type(arena, card_slice(name), type);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (data.n >= strlen(beginnings[i].begin) &&
			memcmp(data.s, beginnings[i].begin, strlen(beginnings[i].begin)) == 0)
			return beginnings[i].media;
	return "application/octet-stream";
}

void card_add_base64(struct card_text *out, struct cal_slice data)
{
	const char *end = data.s + data.n;

	for (const char *p = data.s; p < end;) {
		const char *space = p;

		while (space < end && *space != ' ' && *space != '\t')
			space++;
		card_add(out, p, (size_t)(space - p));
		p = space + (space < end);
	}
}
