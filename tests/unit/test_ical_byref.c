/* SPDX-License-Identifier: ISC */
/* ical/byref.c: RFC 7809 3.1.3. */
#include "tests/unit/ical_help.h"

#define RULES(from, to, month, day)                                                                \
	"DTSTART:" from "|TZOFFSETFROM:" to "|RRULE:FREQ=YEARLY;BYMONTH=" month ";BYDAY=" day "|"
#define ZONE(tzid, winter, summer)                                                                 \
	"BEGIN:VTIMEZONE|TZID:" tzid "|BEGIN:STANDARD|" RULES("19961027T030000", summer, "10",     \
		"-1SU") "TZOFFSETTO:" winter                                                       \
			"|END:STANDARD|BEGIN:DAYLIGHT|" RULES("19960331T020000", winter, "3",      \
				"-1SU") "TZOFFSETTO:" summer "|END:DAYLIGHT|END:VTIMEZONE|"
#define BERLIN ZONE("Europe/Berlin", "+0100", "+0200")
#define MARS ZONE("Mars/Base", "+0100", "+0200")
#define EVENT(tzid, date) "BEGIN:VEVENT|UID:u|DTSTART;TZID=" tzid ":" date "|END:VEVENT"

static void leaves_out_what_everybody_has(void **state)
{
	static const struct {
		const char *name, *body, *want; /* NULL: as it is */
	} rows[] = {
		{"standard", BERLIN EVENT("Europe/Berlin", "20260301T100000"),
			EVENT("Europe/Berlin", "20260301T100000")},
		{"behind", EVENT("Europe/Berlin", "20260301T100000") "|" BERLIN "X-A:b",
			EVENT("Europe/Berlin", "20260301T100000") "|X-A:b"},
		{"not used", BERLIN "BEGIN:VEVENT|UID:u|DTSTART:20260301T100000Z|END:VEVENT",
			"BEGIN:VEVENT|UID:u|DTSTART:20260301T100000Z|END:VEVENT"},
		{"quoted", BERLIN EVENT("\"Europe/Berlin\"", "20260301T100000"),
			EVENT("\"Europe/Berlin\"", "20260301T100000")},
		{"of its own", MARS EVENT("Mars/Base", "20260301T100000"), NULL},
		{"with a prefix",
			ZONE("/x.org/Europe/Berlin", "+0100", "+0200")
				EVENT("/x.org/Europe/Berlin", "20260301T100000"),
			NULL},
		{"of Windows",
			ZONE("W. Europe Standard Time", "+0100", "+0200")
				EVENT("W. Europe Standard Time", "20260301T100000"),
			NULL},
		{"another meaning",
			ZONE("Europe/Berlin", "+0300", "+0400")
				EVENT("Europe/Berlin", "20260301T100000"),
			NULL},
		{"another meaning then", BERLIN EVENT("Europe/Berlin", "19500601T100000"), NULL},
		{"another meaning in an exception",
			BERLIN
			"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260301T100000|"
			"RDATE;TZID=Europe/Berlin:20260401T100000,19500601T100000|END:VEVENT",
			NULL},
		{"one of two", BERLIN MARS EVENT("Mars/Base", "20260301T100000"),
			MARS EVENT("Mars/Base", "20260301T100000")},
		{"twice", BERLIN BERLIN EVENT("Europe/Berlin", "20260301T100000"),
			EVENT("Europe/Berlin", "20260301T100000")},
		{"twice, and another meaning",
			BERLIN ZONE("Europe/Berlin", "+0300", "+0400")
				EVENT("Europe/Berlin", "20260301T100000"),
			NULL},
		{"none", EVENT("Europe/Berlin", "20260301T100000"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, rows[i].body);
		struct buf out;

		buf_init(&out, SIZE_MAX);
		bool changed = cal_zones_adjust(&out, CAL_ZONES_NONE, bytes, strlen(bytes));
		if (changed != !!rows[i].want ||
			(changed && strcmp(out.data, object(arena, rows[i].want)) != 0))
			fail_msg("%s: %s", rows[i].name, changed ? out.data : "as it was");
		buf_free(&out);
		arena_free(arena);
	}
}

static void adds_what_is_named(void **state)
{
	static const struct {
		const char *name, *body, *tzid; /* NULL: as it is */
	} rows[] = {
		{"missing", EVENT("Europe/Berlin", "20260301T100000"), "Europe/Berlin"},
		{"of Windows", EVENT("W. Europe Standard Time", "20260301T100000"),
			"W. Europe Standard Time"},
		{"of Olson", EVENT("/x.org/Europe/Berlin", "20260301T100000"),
			"/x.org/Europe/Berlin"},
		{"there", BERLIN EVENT("Europe/Berlin", "20260301T100000"), NULL},
		{"unknown", EVENT("Nowhere", "20260301T100000"), NULL},
		{"none", "BEGIN:VEVENT|UID:u|DTSTART:20260301T100000Z|END:VEVENT", NULL},
		{"a name that needs escapes", EVENT("\"a,b/Europe/Berlin\"", "20260301T100000"),
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, rows[i].body);
		struct facts before, after;
		struct facts_fault fault;
		struct buf out, back;

		buf_init(&out, SIZE_MAX);
		buf_init(&back, SIZE_MAX);
		bool changed = cal_zones_adjust(&out, CAL_ZONES_ALL, bytes, strlen(bytes));
		if (changed != !!rows[i].tzid)
			fail_msg("%s: %s", rows[i].name, changed ? out.data : "as it was");
		if (changed) {
			assert_non_null(
				strstr(out.data, arena_printf(arena, "TZID:%s\r\n", rows[i].tzid)));
			assert_true(cal_inspect(
				FACTS_CALENDAR, bytes, strlen(bytes), arena, &before, &fault));
			assert_true(cal_inspect(
				FACTS_CALENDAR, out.data, out.len, arena, &after, &fault));
			assert_int_equal(before.first, after.first);
			/* what was added is what would be left out, if its name is everybody's */
			if (cal_zones_adjust(&back, CAL_ZONES_NONE, out.data, out.len))
				assert_string_equal(back.data, bytes);
			else
				assert_int_not_equal(i, 0);
		}
		buf_free(&back);
		buf_free(&out);
		arena_free(arena);
	}
}

static void stays_within_the_buffer(void **state)
{
	struct arena *arena = arena_new();
	char *bytes = object(arena, EVENT("Europe/Berlin", "20260301T100000"));
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	buf_adds(&out, "before");
	assert_false(cal_zones_adjust(&out, CAL_ZONES_ALL, bytes, strlen(bytes)));
	assert_string_equal(out.data, "before");
	buf_free(&out);
	buf_init(&out, SIZE_MAX);
	assert_false(cal_zones_adjust(&out, CAL_ZONES_ALL, "nonsense", 8));
	assert_false(cal_zones_adjust(&out, CAL_ZONES_AS_SENT, bytes, strlen(bytes)));
	buf_free(&out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_out_what_everybody_has),
		cmocka_unit_test(adds_what_is_named),
		cmocka_unit_test(stays_within_the_buffer),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
