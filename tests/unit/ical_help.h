/* SPDX-License-Identifier: ISC */
/* What the tests of ical/ share: objects written as lines, and times written as iCalendar does. */
#ifndef TESTS_UNIT_ICAL_HELP_H
#define TESTS_UNIT_ICAL_HELP_H

#include "ical/cal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* Before all tests of a program. */
static inline int with_zones(void **state)
{
	(void)state;
	cal_init();
	return 0;
}

/* "a|b|c" to the lines a, b, c with CRLF. */
static inline char *lines(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) * 2 + 3), *p = out;

	for (; *text; text++) {
		if (*text == '|') {
			*p++ = '\r';
			*p++ = '\n';
		} else {
			*p++ = *text;
		}
	}
	if (p != out && p[-1] != '\n') {
		*p++ = '\r';
		*p++ = '\n';
	}
	*p = '\0';
	return out;
}

/* The components in a VCALENDAR. */
static inline char *object(struct arena *arena, const char *body)
{
	return lines(arena,
		arena_printf(arena,
			"BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example//Test//EN|%s|END:VCALENDAR",
			body));
}

/* One VEVENT with these properties beside its UID. */
static inline char *event(struct arena *arena, const char *properties)
{
	return object(arena, arena_printf(arena, "BEGIN:VEVENT|UID:u|%s|END:VEVENT", properties));
}

/* "20260105T090000Z", "-" and "+" for the open ends. */
static inline int64_t at(const char *text)
{
	int y, m, d, h = 0, min = 0, s = 0;

	if (strcmp(text, "-") == 0)
		return FACTS_ALWAYS;
	if (strcmp(text, "+") == 0)
		return FACTS_FOREVER;
	if (sscanf(text, "%4d%2d%2dT%2d%2d%2d", &y, &m, &d, &h, &min, &s) < 3)
		fail_msg("not a time: %s", text);
	int64_t days = (int64_t)(y - 1970) * 365;
	for (int i = 1970; i < y; i++)
		days += (i % 4 == 0 && i % 100 != 0) || i % 400 == 0;
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	days += before[m - 1] + d - 1 + (m > 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
	return days * 86400 + h * 3600 + min * 60 + s;
}

static inline struct cal_range range_of(const char *start, const char *end)
{
	return (struct cal_range){at(start), at(end)};
}

#endif
