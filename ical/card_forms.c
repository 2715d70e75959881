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

/* What stands there is written, what is not is left out: "1985-04", "--0412", "T-2230" (6350 4.3). */
static void add_day(struct card_text *out, const struct card_date *date, const char *dash)
{
	struct arena *arena = out->arena;

	if (date->year >= 0)
		card_adds(out,
			arena_printf(arena, "%04d%s", date->year, date->month < 0 ? "" : dash));
	else if (date->month >= 0 || date->day >= 0)
		card_adds(out, "--");
	if (date->month >= 0)
		card_adds(out,
			arena_printf(arena, "%s%02d", date->year >= 0 && date->day < 0 ? "-" : "",
				date->month));
	else if (date->day >= 0)
		card_adds(out, "-");
	if (date->day >= 0)
		card_adds(
			out, arena_printf(arena, "%s%02d", date->month < 0 ? "" : dash, date->day));
}

static void add_time(struct card_text *out, const struct card_date *date, const char *colon)
{
	const int parts[] = {date->hour, date->minute, date->second};
	int minutes = date->zone / 60;
	bool any = false;

	if (date->hour < 0 && date->minute < 0 && date->second < 0)
		return;
	card_adds(out, "T");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] >= 0)
			card_adds(out,
				arena_printf(out->arena, "%s%02d", any ? colon : "", parts[i]));
		else if (!any)
			card_adds(out, "-");
		any |= parts[i] >= 0;
	}
	if (date->has_zone && minutes == 0)
		card_adds(out, "Z");
	else if (date->has_zone)
		card_adds(out,
			arena_printf(out->arena, "%c%02d%s%02d", minutes < 0 ? '-' : '+',
				abs(minutes) / 60, colon, abs(minutes) % 60));
}

static struct cal_slice print_date(struct arena *arena, const struct card_date *date, bool extended)
{
	struct card_text out = {.arena = arena};

	add_day(&out, date, extended ? "-" : "");
	add_time(&out, date, extended ? ":" : "");
	return card_text_slice(&out);
}

/* 2425 5.8.4 has whole dates, and whole times behind them: of a time that is cut short the day alone is left, so that a birthday
 * shows on its day. */
bool card_date_to3(
	struct arena *arena, struct cal_slice value, struct cal_slice *date, bool *yearless)
{
	struct card_date read;

	if (!card_date_parse(&read, value) || read.month < 0 || read.day < 0)
		return false;
	*yearless = read.year < 0;
	if (*yearless)
		read.year = atoi(CARD_OMITTED_YEAR);
	if (*yearless || read.second < 0) {
		read.hour = read.minute = read.second = -1;
		read.has_zone = false;
	}
	*date = print_date(arena, &read, true);
	return true;
}

bool card_date_to4(
	struct arena *arena, struct cal_slice value, bool yearless, struct cal_slice *date)
{
	struct card_date read;

	if (!card_date_parse(&read, value))
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
