/* SPDX-License-Identifier: ISC */
/*
 * Values: DATE, DATE-TIME, DURATION, PERIOD, UTC-OFFSET (5545 3.3.4 to 3.3.14), strict in shape and range. A
 * time is kept as seconds on its own clock; which clock that is decides what comparing it means.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <stdio.h>
#include <string.h>

#define MAX_DURATION (INT64_C(40000) * 366) /* days; longer ones would only overflow */

static bool digits(const char *s, int n, int *value)
{
	return cal_slice_number((struct cal_slice){s, (size_t)n}, value);
}

static int month_length(int year, int month)
{
	static const int table[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return table[month - 1] + (month == 2 && leap);
}

static bool parse_date(struct cal_slice value, int64_t *local)
{
	int year, month, day;

	if (!digits(value.s, 4, &year) || !digits(value.s + 4, 2, &month) ||
		!digits(value.s + 6, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > month_length(year, month))
		return false;
	*local = clock_from_civil(year, month, day);
	return true;
}

/* "T090000"; a leap second counts as the second before (5545 3.3.12). */
static bool parse_time(const char *s, int64_t *seconds)
{
	int h, m, sec;

	if (s[0] != 'T' || !digits(s + 1, 2, &h) || !digits(s + 3, 2, &m) ||
		!digits(s + 5, 2, &sec) || h > 23 || m > 59 || sec > 60)
		return false;
	*seconds = h * 3600 + m * 60 + (sec > 59 ? 59 : sec);
	return true;
}

bool cal_when_parse(struct cal_when *when, struct cal_object *object, const struct cal_line *line,
	struct cal_slice value)
{
	struct cal_when out = {.form = FORM_DATE};
	int64_t seconds;

	if (value.n != 8 && value.n != 15 && !(value.n == 16 && value.s[15] == 'Z'))
		return false;
	if (!parse_date(value, &out.local))
		return false;
	if (value.n > 8) {
		if (!parse_time(value.s + 8, &seconds))
			return false;
		out.local += seconds;
		out.form = value.n == 16 ? FORM_UTC : FORM_FLOATING;
	}
	if (out.form == FORM_FLOATING && line) {
		struct cal_slice tzid = cal_line_param(line, "TZID");

		out.zone = tzid.n ? cal_object_zone(object, tzid, out.local) : NULL;
		if (tzid.n)
			out.form = out.zone ? FORM_ZONED : FORM_LOST;
	}
	*when = out;
	return true;
}

bool cal_when_of(struct cal_when *when, struct cal_object *object, const struct cal_line *line)
{
	return cal_when_parse(when, object, line, line->value);
}

/* One "15M" of a duration; the units must fall in size. */
static bool duration_part(struct cal_slice *rest, struct cal_duration *sum, bool time, int *rank)
{
	static const struct unit {
		char letter;
		bool time;
		int days, seconds;
	} units[] = {{'W', false, 7, 0}, {'D', false, 1, 0}, {'H', true, 0, 3600},
		{'M', true, 0, 60}, {'S', true, 0, 1}};
	size_t n = 0;
	int number;

	while (n < rest->n && rest->s[n] >= '0' && rest->s[n] <= '9')
		n++;
	if (n == rest->n || !cal_slice_number((struct cal_slice){rest->s, n}, &number))
		return false;
	for (int i = *rank; i < 5; i++) {
		if (units[i].letter != rest->s[n] || units[i].time != time)
			continue;
		sum->days += (int64_t)number * units[i].days;
		sum->seconds += (int64_t)number * units[i].seconds;
		*rank = i + 1;
		rest->s += n + 1;
		rest->n -= n + 1;
		return true;
	}
	return false;
}

bool cal_duration_parse(struct cal_duration *duration, struct cal_slice value)
{
	struct cal_duration sum = {0};
	bool minus = value.n && value.s[0] == '-', time = false, some = false;
	int rank = 0;

	if (value.n && (minus || value.s[0] == '+')) {
		value.s++;
		value.n--;
	}
	if (value.n == 0 || value.s[0] != 'P')
		return false;
	value.s++;
	value.n--;
	while (value.n) {
		if (value.s[0] == 'T' && !time) {
			time = true;
			value.s++;
			value.n--;
		}
		if (!duration_part(&value, &sum, time, &rank))
			return false;
		some = true;
	}
	if (!some || sum.days > MAX_DURATION || sum.seconds > MAX_DURATION * CAL_DAY)
		return false;
	duration->days = minus ? -sum.days : sum.days;
	duration->seconds = minus ? -sum.seconds : sum.seconds;
	return true;
}

bool cal_period_parse(struct cal_when *start, struct cal_when *end, struct cal_object *object,
	const struct cal_line *line, struct cal_slice value)
{
	struct cal_slice first, rest = value;
	struct cal_duration duration;
	struct cal_when from, to;

	if (!cal_slice_cut(&rest, '/', &first) || !rest.s ||
		!cal_when_parse(&from, object, line, first))
		return false;
	if (cal_duration_parse(&duration, rest)) {
		to = cal_when_add(from, &duration);
	} else {
		if (!cal_when_parse(&to, object, line, rest))
			return false;
		to.local = cal_when_on_clock(&to, &from);
		to.form = from.form;
		to.zone = from.zone;
	}
	*start = from;
	*end = to;
	return true;
}

bool cal_offset_parse(int *seconds, struct cal_slice value)
{
	int h, m, s = 0;

	if ((value.n != 5 && value.n != 7) || (value.s[0] != '+' && value.s[0] != '-'))
		return false;
	if (!digits(value.s + 1, 2, &h) || !digits(value.s + 3, 2, &m) ||
		(value.n == 7 && !digits(value.s + 5, 2, &s)) || h > 23 || m > 59 || s > 59)
		return false;
	*seconds = (h * 3600 + m * 60 + s) * (value.s[0] == '-' ? -1 : 1);
	return true;
}

bool cal_is_floating(enum cal_form form)
{
	return form == FORM_DATE || form == FORM_FLOATING || form == FORM_LOST;
}

int64_t cal_when_instant(const struct cal_when *when)
{
	return when->form == FORM_ZONED ? cal_zone_to_utc(when->zone, when->local) : when->local;
}

/* Days are added on the wall clock, seconds on the one that never jumps (5545 3.8.2.5). */
struct cal_when cal_when_add(struct cal_when when, const struct cal_duration *duration)
{
	when.local += duration->days * CAL_DAY;
	if (when.form == FORM_ZONED && duration->seconds)
		when.local = cal_zone_to_local(
			when.zone, cal_zone_to_utc(when.zone, when.local) + duration->seconds);
	else
		when.local += duration->seconds;
	return when;
}

int64_t cal_when_on_clock(const struct cal_when *when, const struct cal_when *like)
{
	if (cal_is_floating(when->form) || cal_is_floating(like->form))
		return when->local;
	if (when->form == like->form && when->zone == like->zone)
		return when->local;
	return cal_zone_to_local(
		like->form == FORM_ZONED ? like->zone : NULL, cal_when_instant(when));
}

void cal_when_format(char out[32], const struct cal_when *when)
{
	int64_t at = cal_when_instant(when), day = at / CAL_DAY - (at % CAL_DAY < 0);
	int year, month, date, s = (int)(at - day * CAL_DAY);

	clock_to_civil(at, &year, &month, &date);
	if (year < 0 || year > CAL_LAST_YEAR)
		year = year < 0 ? 0 : CAL_LAST_YEAR;
	if (when->form == FORM_DATE)
		snprintf(out, 32, "%04d%02d%02d", year, month % 100, date % 100);
	else
		snprintf(out, 32, "%04d%02d%02dT%02d%02d%02d%s", year, month % 100, date % 100,
			s / 3600 % 100, s / 60 % 60, s % 60,
			cal_is_floating(when->form) ? "" : "Z");
}
