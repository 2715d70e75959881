/* SPDX-License-Identifier: ISC */
/*
 * Times in attributes of CalDAV elements: iCalendar "date with UTC time" and nothing else (RFC
 * 4791 9.9).
 */
#include "webdav/filter.h"

#include "src/base/clock.h"
#include "webdav/server.h"

#include <stdio.h>
#include <string.h>

#define UTC_LEN 16 /* 20060104T140000Z */

/* Number of `len` digits; -1 when one is none. */
static int digits(const char *text, int len)
{
	int number = 0;

	for (int i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool dav_utc_parse(const char *text, int64_t *when)
{
	if (strlen(text) != UTC_LEN || text[8] != 'T' || text[15] != 'Z')
		return false;
	int year = digits(text, 4), month = digits(text + 4, 2), day = digits(text + 6, 2);
	int hour = digits(text + 9, 2), minute = digits(text + 11, 2),
	    second = digits(text + 13, 2);
	if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	*when = clock_from_civil(year, month, day) + hour * 3600 + minute * 60 + second;
	return true;
}

void dav_utc_print(char out[17], int64_t when)
{
	int year, month, day;
	int64_t second = ((when % 86400) + 86400) % 86400;

	clock_to_civil(when, &year, &month, &day);
	/* The moduli bound each field for the compiler; they change nothing. */
	snprintf(out, 17, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)year % 10000,
		(unsigned)month % 100, (unsigned)day % 100, (unsigned)(second / 3600) % 100,
		(unsigned)(second / 60 % 60), (unsigned)(second % 60));
}

bool dav_range_parse(const struct xml_element *element, bool both, struct cal_range *range)
{
	const char *start = xml_attr(element, "start"), *end = xml_attr(element, "end");
	struct cal_range found = {FACTS_ALWAYS, FACTS_FOREVER};

	if ((!start && !end) || (both && (!start || !end)))
		return false;
	if (start && !dav_utc_parse(start, &found.start))
		return false;
	if (end && !dav_utc_parse(end, &found.end))
		return false;
	if (start && end && found.end <= found.start)
		return false;
	*range = found;
	return true;
}

/* Elements with a start and an end (RFC 4791 9.6.5 to 9.6.7, 9.9). */
static bool is_range(const struct xml_element *e)
{
	static const char *const names[] = {
		"time-range", "expand", "limit-recurrence-set", "limit-freebusy-set"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (xml_is(e, NS_CALDAV, names[i]))
			return true;
	return false;
}

/* What is no time is refused by whoever reads the element. */
static enum dav_code check_time(struct dav_exchange *x, const char *text)
{
	const struct cal_bounds *bounds = &x->server->bounds;
	int64_t when;

	if (!text || !dav_utc_parse(text, &when))
		return DAV_OK;
	if (when < bounds->min)
		return dav_fail(x, DAV_MIN_DATE_TIME, "%s is before min-date-time", text);
	if (when > bounds->max)
		return dav_fail(x, DAV_MAX_DATE_TIME, "%s is after max-date-time", text);
	return DAV_OK;
}

/* Depth of recursion: that of the body, which has a limit. */
static enum dav_code check_below(struct dav_exchange *x, const struct xml_element *parent)
{
	enum dav_code code = DAV_OK;

	for (const struct xml_element *e = parent->children; e && code == DAV_OK; e = e->next) {
		if (is_range(e))
			code = check_time(x, xml_attr(e, "start"));
		if (is_range(e) && code == DAV_OK)
			code = check_time(x, xml_attr(e, "end"));
		if (code == DAV_OK)
			code = check_below(x, e);
	}
	return code;
}

enum dav_code dav_check_ranges(struct dav_exchange *x)
{
	return check_below(x, x->xml);
}
