/* SPDX-License-Identifier: ISC */
/* Time zones: names in all spellings, offsets against the C library, VTIMEZONEs that agree and that differ. */
#include "ical/internal.h"
#include "tests/unit/ical_help.h"

#include <stdlib.h>
#include <time.h>

static void names(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{"Europe/Berlin", "Europe/Berlin"},
		{"US/Eastern", "US/Eastern"},
		{"UTC", "UTC"},
		{"Etc/GMT+5", "Etc/GMT+5"},
		{"America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"},
		{"/freeassociation.sourceforge.net/Tzfile/America/New_York", "America/New_York"},
		{"/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"},
		{"/citadel.org/20211207_1/America/Argentina/Buenos_Aires",
			"America/Argentina/Buenos_Aires"},
		{"W. Europe Standard Time", "Europe/Berlin"},
		{"w. europe standard time", "Europe/Berlin"},
		{"Pacific Standard Time (Mexico)", "America/Tijuana"},
		{"UTC-11", "Etc/GMT+11"},
		{"AUS Central Standard Time", "Australia/Darwin"},
		{"Yukon Standard Time", "America/Whitehorse"},
		{"W. Europe Standard Time 1", "Europe/Berlin"},
		{"Mid-Atlantic Standard Time", "Etc/GMT+2"},
		{"Asia/Calcutta", "Asia/Calcutta"},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
			"Europe/Amsterdam"},
		{"(GMT+01.00) Sarajevo/Warsaw/Zagreb", "Europe/Sarajevo"},
		{"(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Chongqing"},
		{"(UTC+08:00) Hong Kong", "Asia/Hong_Kong"},
		{"(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"},
		{"(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"},
		{"(UTC) Coordinated Universal Time", "Etc/UTC"},
		{"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"},
		{"(UTC+02:00) Berlin", "Europe/Berlin"}, /* its summer */
		{"(UTC+09:00) Berlin", NULL},
		{"(UTC+01:00) ../../x", NULL},
		{"(UTC+01:00)", NULL},
		{"(UTC+01:00", NULL},
		{"(UTC", NULL},
		{"(UTC+xx:yy) Berlin", NULL},
		{"(UTC+01:00) , , ,", NULL},
		{"Nowhere/Land", NULL},
		{"", NULL},
		{"/", NULL},
		{"..", NULL},
		{"../../etc/passwd", NULL},
		{"Europe", NULL},
		{"Europe/", NULL},
		{"Europe//Berlin", NULL},
		{"Europe/Berlin/", NULL},
		{"/a/b/c/d/e/f/g/h/i/j/Europe/Berlin", NULL},
		{"Europe/../Europe/Berlin", "Europe/Berlin"}, /* its end is a name */
		{"right/Europe/Paris", "Europe/Paris"},
		{"tzdata.zi", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct cal_zone *zone = cal_zone_named(rows[i].name);

		if (!zone != !rows[i].want || (zone && strcmp(zone->name, rows[i].want) != 0))
			fail_msg("%s: got %s", rows[i].name, zone ? zone->name : "none");
	}
	assert_null(cal_zone_named(NULL));
	assert_ptr_equal(
		cal_zone_named("Europe/Berlin"), cal_zone_named("W. Europe Standard Time"));
}

/* Every hour or so of a century, in zones with odd histories. */
static void offsets(void **state)
{
	static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Asia/Tokyo",
		"Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia",
		"Europe/Dublin", "Asia/Tehran", "America/St_Johns"};

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		const struct cal_zone *zone = cal_zone_named(zones[i]);

		assert_non_null(zone);
		setenv("TZ", zones[i], 1);
		tzset();
		for (int64_t t = at("19710101"); t < at("21300101"); t += 31 * 3600 + 1800) {
			time_t when = (time_t)t;
			struct tm tm;

			localtime_r(&when, &tm);
			int64_t local = cal_zone_to_local(zone, t);
			if (local - t != tm.tm_gmtoff)
				fail_msg("%s at %lld: got %lld, want %ld", zones[i], (long long)t,
					(long long)(local - t), tm.tm_gmtoff);
			int64_t back = cal_zone_to_utc(zone, local);
			if (back != t &&
				(t - back > 7200 || t < back ||
					cal_zone_to_local(zone, back) != local))
				fail_msg("%s: %lld comes back as %lld", zones[i], (long long)t,
					(long long)back);
		}
	}
	unsetenv("TZ");
	tzset();
	assert_int_equal(cal_zone_to_local(NULL, 5), 5);
	assert_int_equal(
		cal_zone_to_local(cal_zone_named("Asia/Tokyo"), FACTS_ALWAYS), FACTS_ALWAYS);
	assert_int_equal(
		cal_zone_to_utc(cal_zone_named("Asia/Tokyo"), FACTS_FOREVER), FACTS_FOREVER);
}

#define DAYLIGHT(FROM, TO)                                                                         \
	"BEGIN:DAYLIGHT|DTSTART:19810329T020000|TZOFFSETFROM:" FROM "|TZOFFSETTO:" TO              \
	"|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|END:DAYLIGHT|"
#define STANDARD(START, FROM, TO)                                                                  \
	"BEGIN:STANDARD|DTSTART:" START "|TZOFFSETFROM:" FROM "|TZOFFSETTO:" TO                    \
	"|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|"
#define ZONE(NAME, BODY) "BEGIN:VTIMEZONE|TZID:" NAME "|" BODY "END:VTIMEZONE|"
#define TRUE_BERLIN DAYLIGHT("+0100", "+0200") STANDARD("19961027T030000", "+0200", "+0100")
#define EVENT(TZ, START) "BEGIN:VEVENT|UID:u|DTSTART;TZID=" TZ ":" START "|END:VEVENT"

static const struct {
	const char *name, *body, *want;
} objects_rows[] = {
	{"agrees", ZONE("Europe/Berlin", TRUE_BERLIN) EVENT("Europe/Berlin", "20260705T120000"),
		"20260705T100000"},
	{"agrees under a foreign name",
		ZONE("/mozilla.org/1/Europe/Berlin", TRUE_BERLIN)
			EVENT("/mozilla.org/1/Europe/Berlin", "20260705T120000"),
		"20260705T100000"},
	{"from before it agrees",
		ZONE("Europe/Berlin", TRUE_BERLIN) EVENT("Europe/Berlin", "19700705T120000"),
		"19700705T110000"},
	{"summer until 1996 was shorter",
		ZONE("Europe/Berlin",
			DAYLIGHT("+0100", "+0200") STANDARD("19701025T030000", "+0200", "+0100"))
			EVENT("Europe/Berlin", "19901010T120000"),
		"19901010T100000"},
	{"differs and is honoured",
		ZONE("Europe/Berlin",
			DAYLIGHT("+0500", "+0600") STANDARD("19701025T030000", "+0600", "+0500"))
			EVENT("Europe/Berlin", "20260705T120000"),
		"20260705T060000"},
	{"a name of its own",
		ZONE("Hut", STANDARD("16010101T000000", "-0330", "-0330"))
			EVENT("Hut", "20260705T120000"),
		"20260705T153000"},
	{"after 2100",
		ZONE("Hut",
			DAYLIGHT("+0100", "+0300") STANDARD("19701025T030000", "+0300", "+0100"))
			EVENT("Hut", "21500705T120000"),
		"21500705T090000"},
	{"broken but known", ZONE("Europe/Berlin", "") EVENT("Europe/Berlin", "20260705T120000"),
		"20260705T100000"},
	{"broken and unknown floats", ZONE("Hut", "") EVENT("Hut", "20260705T120000"),
		"20260705T120000"},
	{"hostile: too many changes",
		ZONE("Hut",
			"BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|"
			"TZOFFSETTO:+0200|RRULE:FREQ=MONTHLY;BYMONTHDAY=1,2,3,4|END:STANDARD|")
			EVENT("Hut", "20260705T120000"),
		"20260705T120000"},
	{"agrees by X-LIC-LOCATION, and goes on when its dates end in 2037",
		ZONE("Home",
			"X-LIC-LOCATION:Europe/Berlin|"
			"BEGIN:DAYLIGHT|DTSTART:19810329T020000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|"
			"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20370329T010000Z|END:DAYLIGHT|"
			"BEGIN:STANDARD|DTSTART:19961027T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|"
			"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20371025T010000Z|END:STANDARD|")
			EVENT("Home", "20460705T120000"),
		"20460705T100000"},
	{"X-LIC-LOCATION that differs is not believed",
		ZONE("Home",
			"X-LIC-LOCATION:Asia/Tokyo|" DAYLIGHT("+0500", "+0600")
				STANDARD("19701025T030000", "+0600", "+0500"))
			EVENT("Home", "20260705T120000"),
		"20260705T060000"},
	{"broken, but X-LIC-LOCATION is known",
		ZONE("Home", "X-LIC-LOCATION:Asia/Tokyo|") EVENT("Home", "20260705T120000"),
		"20260705T030000"},
	{"of two with one name the first",
		ZONE("Hut", STANDARD("16010101T000000", "-0330", "-0330"))
			ZONE("Hut", STANDARD("16010101T000000", "+0800", "+0800"))
				EVENT("Hut", "20260705T120000"),
		"20260705T153000"},
	{"no VTIMEZONE, as Outlook shows it",
		EVENT("\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
			"20260705T120000"),
		"20260705T100000"},
	{"no VTIMEZONE", EVENT("Europe/Berlin", "20260705T120000"), "20260705T100000"},
	{"Windows", EVENT("W. Europe Standard Time", "20260705T120000"), "20260705T100000"},
	{"quoted", EVENT("\"Europe/Berlin\"", "20260705T120000"), "20260705T100000"},
	{"RDATE",
		ZONE("Hut",
			"BEGIN:STANDARD|DTSTART:20000101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0000|END:STANDARD|"
			"BEGIN:DAYLIGHT|DTSTART:20250401T000000|TZOFFSETFROM:+0000|TZOFFSETTO:+0100|RDATE:20260401T000000|"
			"END:DAYLIGHT|") EVENT("Hut", "20260705T120000"),
		"20260705T110000"},
};

static void objects(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) { /* computed, then remembered */
		for (size_t i = 0; i < COUNT(objects_rows); i++) {
			struct arena *arena = arena_new();
			char *bytes = object(arena, objects_rows[i].body);
			struct facts facts;
			struct facts_fault fault;

			if (!cal_inspect(
				    FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault))
				fail_msg("%s: %s", objects_rows[i].name, fault.text);
			if (facts.first != at(objects_rows[i].want))
				fail_msg("%s: off by %lld s", objects_rows[i].name,
					(long long)(facts.first - at(objects_rows[i].want)));
			arena_free(arena);
		}
	}
}

static void zones_from_data(void **state)
{
	static const struct {
		const char *body;
		bool valid, system;
	} rows[] = {
		{ZONE("Europe/Berlin",
			 DAYLIGHT("+0500", "+0600") STANDARD("19701025T030000", "+0600", "+0500")),
			true, false},
		{ZONE("UTC",
			 "BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0000|TZOFFSETTO:+0000|END:STANDARD|"),
			true, true},
		{ZONE("X", ""), false, false},
		{ZONE("X", TRUE_BERLIN) ZONE("Y", TRUE_BERLIN), false, false},
		{ZONE("X", TRUE_BERLIN) EVENT("X", "20260705T120000"), false, false},
		{"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, rows[i].body);
		const struct cal_zone *zone = cal_zone_from_data(arena, bytes, strlen(bytes));

		assert_int_equal(zone != NULL, rows[i].valid);
		assert_int_equal(cal_is_timezone_data(bytes, strlen(bytes)), rows[i].valid);
		if (rows[i].system)
			assert_ptr_equal(zone, cal_zone_named("UTC"));
		else if (zone)
			assert_int_equal(
				cal_zone_to_local(zone, at("20260705")) - at("20260705"), 6 * 3600);
		arena_free(arena);
	}
}

/* What we write must mean what the system means. */
static void writes_vtimezones(void **state)
{
	static const char *const names[] = {"Europe/Berlin", "America/New_York", "Asia/Tokyo",
		"Australia/Sydney", "UTC", "America/Sao_Paulo"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct arena *arena = arena_new();
		const char *text = cal_vtimezone(arena, names[i]);
		const struct cal_zone *system = cal_zone_named(names[i]);

		assert_non_null(text);
		assert_true(strncmp(text, "BEGIN:VTIMEZONE\r\nTZID:", 22) == 0);
		assert_true(strncmp(text + 22, names[i], strlen(names[i])) == 0);
		assert_true(strlen(text) < 6000);
		char *bytes = arena_printf(
			arena, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n%sEND:VCALENDAR\r\n", text);
		const struct cal_zone *zone = cal_zone_from_data(arena, bytes, strlen(bytes));
		assert_non_null(zone);
		for (int64_t t = at("19720101"); t < at("20600101"); t += 86400 * 5)
			assert_int_equal(cal_zone_to_local(zone, t), cal_zone_to_local(system, t));
		arena_free(arena);
	}
	assert_null(cal_vtimezone(NULL, "Nowhere"));
}

static int set_up(void **state)
{
	(void)state;
	cal_init();
	cal_init(); /* twice does no harm */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(offsets),
		cmocka_unit_test(objects),
		cmocka_unit_test(zones_from_data),
		cmocka_unit_test(writes_vtimezones),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
