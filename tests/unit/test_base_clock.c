/* SPDX-License-Identifier: ISC */
/* src/base/clock.c: the dates of HTTP and RFC 3339 there and back, and the days below. */
#include "src/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define REFUSED INT64_MIN

static void prints(void **state)
{
	static const struct {
		int64_t when;
		const char *http, *iso;
	} rows[] = {
		{784111777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
		{0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
		{-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"},
		{951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"},
		{4107542400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00Z"},
		{INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
		{INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT", "0000-01-01T00:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char http[30], iso[21];
		clock_http(http, rows[i].when);
		clock_iso(iso, rows[i].when);
		assert_string_equal(http, rows[i].http);
		assert_string_equal(iso, rows[i].iso);
	}
}

static void check(bool (*parse)(const char *, int64_t *), const char *text, int64_t want)
{
	int64_t got = REFUSED;

	if (parse(text, &got) != (want != REFUSED) || got != want)
		fail_msg("\"%s\": got %lld, want %lld", text, (long long)got, (long long)want);
}

static void reads_http(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Thu, 31 Dec 1998 23:59:60 GMT", 915148800},
		{"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
		{"Wed, 29 Feb 2023 00:00:00 GMT", REFUSED},
		{"Sun, 31 Nov 1994 08:49:37 GMT", REFUSED},
		{"Sun, 00 Nov 1994 08:49:37 GMT", REFUSED},
		{"Sun, 06 Nov 1994 24:00:00 GMT", REFUSED},
		{"Sun, 06 Nov 1994 08:49:37 UTC", REFUSED},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", REFUSED},
		{"Sun, 6 Nov 1994 08:49:37 GMT", REFUSED},
		{"sun, 06 Nov 1994 08:49:37 GMT", REFUSED},
		{"Sun, 06 Nov 1994 08:49", REFUSED},
		{"Sun, 06 Foo 1994 08:49:37 GMT", REFUSED},
		{"784111777", REFUSED},
		{"", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(clock_http_parse, rows[i].text, rows[i].want);
}

static void reads_iso(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"1994-11-06", 784080000},
		{"1994-11-06T08:49:37Z", 784111777},
		{"1994-11-06t08:49:37z", 784111777},
		{"1994-11-06T08:49:37.250Z", 784111777},
		{"1994-11-06T09:49:37+01:00", 784111777},
		{"1994-11-06T03:19:37-05:30", 784111777},
		{"0000-01-01", -62167219200},
		{"9999-12-31T23:59:59Z", 253402300799},
		{"1900-02-29", REFUSED},
		{"1994-13-01", REFUSED},
		{"1994-00-01", REFUSED},
		{"1994-11-6", REFUSED},
		{"1994-11-06T08:49:37", REFUSED},
		{"1994-11-06T08:49:37.Z", REFUSED},
		{"1994-11-06T08:49:37+24:00", REFUSED},
		{"1994-11-06T08:49:37+0100", REFUSED},
		{"1994-11-06T08:49:37Zx", REFUSED},
		{"1994-11-06 08:49:37Z", REFUSED},
		{"yesterday", REFUSED},
		{"", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(clock_iso_parse, rows[i].text, rows[i].want);
}

/* Every day of 800 years follows the one before. */
static void counts_days(void **state)
{
	int last_month = 12, last_day = 31;

	(void)state;
	for (int64_t when = clock_from_civil(1600, 1, 1); when < clock_from_civil(2400, 1, 1);
		when += 86400) {
		int year, month, day;
		clock_to_civil(when + 86399, &year, &month, &day);
		if (day != last_day + 1)
			assert_true(day == 1 && month == last_month % 12 + 1);
		assert_true(clock_from_civil(year, month, day) == when);
		last_month = month;
		last_day = day;
	}
	assert_int_equal(clock_from_civil(1970, 1, 1), 0);
	assert_true(clock_from_civil(-400, 3, 1) == clock_from_civil(0, 3, 1) - 146097 * 86400LL);
}

static void clocks_run(void **state)
{
	int64_t before = clock_monotonic();

	(void)state;
	assert_true(clock_now() > 1700000000);
	assert_true(clock_monotonic() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(reads_http),
		cmocka_unit_test(reads_iso),
		cmocka_unit_test(counts_days),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
