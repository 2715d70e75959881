/* SPDX-License-Identifier: ISC */
/* Values of cards: dates of RFC 2425 5.8.4 and RFC 6350 4.3, offsets, places, URIs, tags. */
#include "ical/card_internal.h"
#include "tests/unit/ical_help.h"

static struct cal_slice slice(const char *text)
{
	return (struct cal_slice){text, strlen(text)};
}

static void dates(void **state)
{
	enum { B = 0, X = CARD_EXTENDED, P = CARD_PARTIAL, F = CARD_FRACTION };
	static const struct {
		const char *value;
		int year, month, day, hour, minute, second, zone; /* -1: no zone */
		unsigned forms;
	} rows[] = {
		/* 2426 3.1.5 */
		{"1996-04-15", 1996, 4, 15, -1, -1, -1, -1, X},
		{"1953-10-15T23:10:00Z", 1953, 10, 15, 23, 10, 0, 0, X},
		{"1987-09-27T08:30:00-06:00", 1987, 9, 27, 8, 30, 0, -21600, X},
		/* 2425 5.8.4 */
		{"19961022", 1996, 10, 22, -1, -1, -1, -1, B},
		{"19961022T140000,5Z", 1996, 10, 22, 14, 0, 0, 0, F},
		/* 6350 4.3 */
		{"1985-04", 1985, 4, -1, -1, -1, -1, -1, P},
		{"1985", 1985, -1, -1, -1, -1, -1, -1, P},
		{"--0412", -1, 4, 12, -1, -1, -1, -1, P},
		{"--04", -1, 4, -1, -1, -1, -1, -1, P},
		{"---12", -1, -1, 12, -1, -1, -1, -1, P},
		{"T102200", -1, -1, -1, 10, 22, 0, -1, P},
		{"T1022", -1, -1, -1, 10, 22, -1, -1, P},
		{"T10", -1, -1, -1, 10, -1, -1, -1, P},
		{"T-2200", -1, -1, -1, -1, 22, 0, -1, P},
		{"T--00", -1, -1, -1, -1, -1, 0, -1, P},
		{"T102200Z", -1, -1, -1, 10, 22, 0, 0, P},
		{"T102200-0800", -1, -1, -1, 10, 22, 0, -28800, P},
		{"19961022T140000", 1996, 10, 22, 14, 0, 0, -1, B},
		{"--1022T1400", -1, 10, 22, 14, 0, -1, -1, P},
		{"---22T14", -1, -1, 22, 14, -1, -1, -1, P},
		{"19961022T140000-05", 1996, 10, 22, 14, 0, 0, -18000, B},
		{"20090808T1430-0500", 2009, 8, 8, 14, 30, -1, -18000, P},
		/* what others write */
		{"--04-12", -1, 4, 12, -1, -1, -1, -1, X | P},
		{"1604-02-29", 1604, 2, 29, -1, -1, -1, -1, X},
		{"--0229", -1, 2, 29, -1, -1, -1, -1, P},
		{"0000-01-01", 0, 1, 1, -1, -1, -1, -1, X},
	};
	static const char *const none[] = {"", "31.2.1980", "19800231", "1980-02-31", "1900-02-29",
		"--0231", "--0230", "--0431", "---32", "---00", "198504", "85", "19851", "1985-00",
		"1985-13-01", "1985-4-12", "1985-04-12 ", "1985-04-12T", "1985T10", "--04T10",
		"20240101T24", "20240101T1060", "20240101T101061", "20240101T101010.", "x",
		"19961022T140000+2", "19961022T140000Zx", "2024-01-01 10:00:00", "T", "-", "--",
		"---", "1996-10-22T14:00:00+24:00", "١٩٩٦1022"};
	struct card_date d;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!card_date_parse(&d, slice(rows[i].value)))
			fail_msg("%s", rows[i].value);
		if (d.year != rows[i].year || d.month != rows[i].month || d.day != rows[i].day ||
			d.hour != rows[i].hour || d.minute != rows[i].minute ||
			d.second != rows[i].second || (d.has_zone ? d.zone : -1) != rows[i].zone ||
			d.forms != rows[i].forms)
			fail_msg("%s: %d-%d-%d %d:%d:%d %d, forms %u", rows[i].value, d.year,
				d.month, d.day, d.hour, d.minute, d.second, d.zone, d.forms);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		if (card_date_parse(&d, slice(none[i])))
			fail_msg("%s", none[i]);
}

static bool any_uri(const char *text)
{
	return card_uri_fits(slice(text));
}

static bool any_tag(const char *text)
{
	return card_tag_fits(slice(text), "-");
}

static bool any_place(const char *text)
{
	return card_geo_fits(slice(text), ";");
}

static bool any_offset(const char *text)
{
	int seconds;

	return card_offset_parse(&seconds, NULL, slice(text));
}

static void shapes(void **state)
{
	static const struct {
		bool (*fits)(const char *text);
		const char *good[6], *bad[8];
	} rows[] = {
		{any_uri, {"http://a", "urn:uuid:1", "data:,x", "x-a.b+c:d"},
			{"", "a", ":a", "1a:b", "http //", "http://a b", "ä:b"}},
		{any_tag, {"de", "de-AT", "x-klingon", "zh-Hant-TW", "de-1996"},
			{"", "de_AT", "de-", "-de", "123", "deutschland", "de AT", "dé"}},
		{any_place, {"37.386013;-122.082932", "0;0", "-90;180", "+1.5;2"},
			{"", "1", "1;2;3", "91;0", "0;181", "1.;2", "a;b", "1,5;2"}},
		{any_offset, {"+01:00", "-0500", "+01", "+14:00"},
			{"", "Z", "01:00", "+1", "+01:60", "+25:00", "-01:0", "CET"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(rows[i].good) && rows[i].good[j]; j++)
			if (!rows[i].fits(rows[i].good[j]))
				fail_msg("%zu: %s", i, rows[i].good[j]);
		for (size_t j = 0; j < COUNT(rows[i].bad) && rows[i].bad[j]; j++)
			if (rows[i].fits(rows[i].bad[j]))
				fail_msg("%zu: %s", i, rows[i].bad[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dates), cmocka_unit_test(shapes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
