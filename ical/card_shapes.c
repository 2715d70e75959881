/* SPDX-License-Identifier: ISC */
/*
 * Values of cards: dates as RFC 2425 5.8.4 and RFC 6350 4.3 write them, read alike; offsets, places, URIs, tags. What a
 * version does not allow is read all the same, and said.
 */
#include "ical/card_internal.h"

#include <string.h>

/* The rest of a value, eaten from the front. */
struct reader {
	const char *p, *end;
	unsigned forms;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool at(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

static bool eat(struct reader *r, char c)
{
	if (!at(r, c))
		return false;
	r->p++;
	return true;
}

/* Exactly `n` digits, as a number up to `max`. */
static bool number(struct reader *r, int n, int max, int *value)
{
	int sum = 0;

	if (r->end - r->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_digit(r->p[i]))
			return false;
		sum = sum * 10 + (r->p[i] - '0');
	}
	if (sum > max)
		return false;
	r->p += n;
	*value = sum;
	return true;
}

static bool ends(const struct reader *r)
{
	return r->p == r->end || *r->p == 'T';
}

/* Without a year February has 29 days. */
static bool is_day(const struct card_date *d)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d->year < 0 || (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;

	if (d->month == 0 || d->day == 0)
		return false;
	if (d->month < 0 || d->day < 0)
		return true;
	return d->day <= days[d->month - 1] - (d->month == 2 && !leap);
}

/* --MM, --MMDD, --MM-DD, ---DD */
static bool read_yearless(struct reader *r, struct card_date *d)
{
	r->forms |= CARD_PARTIAL;
	if (eat(r, '-'))
		return number(r, 2, 31, &d->day);
	if (!number(r, 2, 12, &d->month))
		return false;
	if (ends(r))
		return true;
	if (eat(r, '-'))
		r->forms |= CARD_EXTENDED;
	return number(r, 2, 31, &d->day);
}

/* YYYY, YYYY-MM, YYYYMMDD, YYYY-MM-DD. "YYYYMM" is none: it might be YYMMDD (6350 4.3.1). */
static bool read_date(struct reader *r, struct card_date *d)
{
	if (r->end - r->p >= 2 && r->p[0] == '-' && r->p[1] == '-') {
		r->p += 2;
		return read_yearless(r, d) && ends(r) && is_day(d);
	}
	if (!number(r, 4, 9999, &d->year))
		return false;
	if (ends(r)) {
		r->forms |= CARD_PARTIAL;
		return true;
	}
	bool dash = eat(r, '-');
	if (!number(r, 2, 12, &d->month))
		return false;
	if (ends(r) && dash) {
		r->forms |= CARD_PARTIAL;
		return d->month > 0;
	}
	dash |= eat(r, '-');
	r->forms |= dash ? CARD_EXTENDED : 0;
	return number(r, 2, 31, &d->day) && ends(r) && is_day(d);
}

static bool read_zone(struct reader *r, int *zone)
{
	int hour, minute = 0;

	*zone = 0;
	if (eat(r, 'Z'))
		return true;
	bool west = at(r, '-');
	if (!(eat(r, '+') || eat(r, '-')) || !number(r, 2, 23, &hour))
		return false;
	if (r->p < r->end) {
		r->forms |= eat(r, ':') ? CARD_EXTENDED : 0;
		if (!number(r, 2, 59, &minute))
			return false;
	}
	*zone = (hour * 60 + minute) * (west ? -60 : 60);
	return true;
}

/* One more part of a time, where there is one. */
static bool read_part(struct reader *r, int max, int *part)
{
	bool colon = eat(r, ':');

	if (!colon && (r->p == r->end || !is_digit(*r->p))) {
		r->forms |= CARD_PARTIAL;
		return true;
	}
	r->forms |= colon ? CARD_EXTENDED : 0;
	return number(r, 2, max, part);
}

/* hh[mm[ss]], -mm[ss], --ss */
static bool read_time(struct reader *r, struct card_date *d)
{
	int missing = 0;

	while (missing < 2 && eat(r, '-'))
		missing++;
	r->forms |= missing ? CARD_PARTIAL : 0;
	if (missing == 0 && !number(r, 2, 23, &d->hour))
		return false;
	if (missing == 1 ? !number(r, 2, 59, &d->minute)
			 : missing == 0 && !read_part(r, 59, &d->minute))
		return false;
	if (missing == 2 ? !number(r, 2, 60, &d->second)
			 : d->minute >= 0 && !read_part(r, 60, &d->second))
		return false;
	if (d->second >= 0 && (eat(r, '.') || eat(r, ','))) {
		const char *digits = r->p;

		r->forms |= CARD_FRACTION;
		while (r->p < r->end && is_digit(*r->p))
			r->p++;
		if (r->p == digits)
			return false;
	}
	d->has_zone = r->p < r->end;
	return !d->has_zone || read_zone(r, &d->zone);
}

bool card_date_parse(struct card_date *date, struct cal_slice value)
{
	struct card_date d = {-1, -1, -1, -1, -1, -1, false, 0, 0};
	struct reader r = {value.s, value.s + value.n, 0};

	if (value.n == 0)
		return false;
	bool dated = !at(&r, 'T');
	if (dated && !read_date(&r, &d))
		return false;
	/* 6350 4.3.3: before a time a date has its day. */
	if (eat(&r, 'T') && ((dated && d.day < 0) || !read_time(&r, &d)))
		return false;
	if (r.p != r.end)
		return false;
	d.forms = r.forms | (dated ? 0 : CARD_PARTIAL);
	*date = d;
	return true;
}

bool card_offset_parse(int *seconds, unsigned *forms, struct cal_slice value)
{
	struct reader r = {value.s, value.s + value.n, 0};

	if (value.n == 0 || at(&r, 'Z') || !read_zone(&r, seconds) || r.p != r.end)
		return false;
	if (forms)
		*forms = r.forms;
	return true;
}

/* [sign] 1*DIGIT ["." 1*DIGIT], and not beyond ±max. */
static bool is_degree(struct cal_slice value, int max)
{
	struct reader r = {value.s, value.s + value.n, 0};
	int whole = 0;

	if (value.n == 0)
		return false;
	if (!eat(&r, '-'))
		eat(&r, '+');
	const char *digits = r.p;
	for (; r.p < r.end && is_digit(*r.p) && whole <= max; r.p++)
		whole = whole * 10 + (*r.p - '0');
	if (r.p == digits || whole > max)
		return false;
	if (eat(&r, '.')) {
		digits = r.p;
		while (r.p < r.end && is_digit(*r.p))
			r.p++;
		if (r.p == digits)
			return false;
	}
	return r.p == r.end;
}

bool card_geo_fits(struct cal_slice value, const char *separator)
{
	size_t n = strlen(separator);
	const char *at = value.n ? memmem(value.s, value.n, separator, n) : NULL;

	return at && is_degree((struct cal_slice){value.s, (size_t)(at - value.s)}, 90) &&
		is_degree((struct cal_slice){at + n, (size_t)(value.s + value.n - at) - n}, 180);
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool card_uri_fits(struct cal_slice value)
{
	size_t i = 0;

	if (value.n == 0 || !is_letter(value.s[0]))
		return false;
	while (i < value.n &&
		(is_letter(value.s[i]) || is_digit(value.s[i]) || strchr("+-.", value.s[i])))
		i++;
	return i < value.n && value.s[i] == ':' && !memchr(value.s, ' ', value.n);
}

bool card_tag_fits(struct cal_slice value, const char *separators)
{
	size_t run = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (is_letter(value.s[i]) || (is_digit(value.s[i]) && i))
			run++;
		else if (run && strchr(separators, value.s[i]))
			run = 0;
		else
			return false;
		if (run > 8)
			return false;
	}
	return run > 0;
}

bool card_token_fits(struct cal_slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!is_letter(value.s[i]) && !is_digit(value.s[i]) && value.s[i] != '-')
			return false;
	return value.n > 0;
}
