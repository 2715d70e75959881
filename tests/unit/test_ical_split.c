/* SPDX-License-Identifier: ISC */
/* Files to import: one object for each UID, whoever exported them. */
#include "tests/unit/ical_help.h"

#define HEAD "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example//Test//EN|"
#define OURS "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Daybook//Daybook//EN|"
#define ZONE(NAME) "BEGIN:VTIMEZONE|TZID:" NAME "|END:VTIMEZONE|"
#define EVENT(UID) "BEGIN:VEVENT|UID:" UID "|DTSTART:20260105T090000Z|END:VEVENT|"

struct item {
	const char *uid;
	uint32_t component;
	const char *bytes;
};

static const struct {
	const char *name, *text, *calendar, *color;
	struct item items[3];
	size_t n;
} splits_rows[] = {
	{"two events and a task",
		HEAD
		"METHOD:PUBLISH|X-WR-CALNAME:Home\\, all|X-APPLE-CALENDAR-COLOR:#FF0000|" EVENT("1")
			EVENT("2") "BEGIN:VTODO|UID:3|END:VTODO|END:VCALENDAR",
		"Home, all", "#FF0000",
		{{"1", FACTS_VEVENT, HEAD EVENT("1") "END:VCALENDAR"},
			{"2", FACTS_VEVENT, HEAD EVENT("2") "END:VCALENDAR"},
			{"3", FACTS_VTODO, HEAD "BEGIN:VTODO|UID:3|END:VTODO|END:VCALENDAR"}},
		3},
	{"overrides together",
		HEAD EVENT("1") EVENT(
			"2") "BEGIN:VEVENT|UID:1|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T090000Z|END:VEVENT|END:VCALENDAR",
		NULL, NULL,
		{{"1", FACTS_VEVENT,
			 HEAD EVENT(
				 "1") "BEGIN:VEVENT|UID:1|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T090000Z|END:VEVENT|END:VCALENDAR"},
			{"2", FACTS_VEVENT, HEAD EVENT("2") "END:VCALENDAR"}},
		2},
	{"zones carried along",
		HEAD ZONE("A") ZONE("B")
			ZONE("C") "BEGIN:VEVENT|UID:1|DTSTART;TZID=B:20260105T090000|DTEND;TZID=\"A\":20260105T090000|END:VEVENT|" EVENT(
				"2") "END:VCALENDAR",
		NULL, NULL,
		{{"1", FACTS_VEVENT,
			 HEAD ZONE("B") ZONE(
				 "A") "BEGIN:VEVENT|UID:1|DTSTART;TZID=B:20260105T090000|DTEND;TZID=\"A\":20260105T090000|END:VEVENT|END:VCALENDAR"},
			{"2", FACTS_VEVENT, HEAD EVENT("2") "END:VCALENDAR"}},
		2},
	{"the zone may come last",
		HEAD "BEGIN:VEVENT|UID:1|DTSTART;TZID=A:20260105T090000|END:VEVENT|" ZONE(
			"A") "END:VCALENDAR",
		NULL, NULL,
		{{"1", FACTS_VEVENT,
			HEAD ZONE(
				"A") "BEGIN:VEVENT|UID:1|DTSTART;TZID=A:20260105T090000|END:VEVENT|END:VCALENDAR"}},
		1},
	{"two calendars in a file",
		HEAD EVENT("1") "END:VCALENDAR|BEGIN:VCALENDAR|NAME:Second|COLOR:red|" EVENT(
			"2") "END:VCALENDAR",
		"Second", "red",
		{{"1", FACTS_VEVENT, HEAD EVENT("1") "END:VCALENDAR"},
			{"2", FACTS_VEVENT, OURS EVENT("2") "END:VCALENDAR"}},
		2},
	{"one event twice", HEAD EVENT("1") EVENT("1") "END:VCALENDAR", NULL, NULL,
		{{"1", FACTS_VEVENT, HEAD EVENT("1") "END:VCALENDAR"}}, 1},
	{"one UID, two types", HEAD EVENT("1") "BEGIN:VTODO|UID:1|END:VTODO|END:VCALENDAR", NULL,
		NULL,
		{{"1", FACTS_VEVENT, HEAD EVENT("1") "END:VCALENDAR"},
			{"1", FACTS_VTODO, HEAD "BEGIN:VTODO|UID:1|END:VTODO|END:VCALENDAR"}},
		2},
	{"a bad one among good ones",
		HEAD "BEGIN:VEVENT|UID:1|nonsense|DTSTART:x|END:VEVENT|" EVENT("2") "END:VCALENDAR",
		NULL, NULL,
		{{"1", FACTS_VEVENT,
			 HEAD "BEGIN:VEVENT|UID:1|nonsense|DTSTART:x|END:VEVENT|END:VCALENDAR"},
			{"2", FACTS_VEVENT, HEAD EVENT("2") "END:VCALENDAR"}},
		2},
	{"an unknown type", HEAD "BEGIN:VPOLL|UID:1|END:VPOLL|END:VCALENDAR", NULL, NULL,
		{{"1", 0, HEAD "BEGIN:VPOLL|UID:1|END:VPOLL|END:VCALENDAR"}}, 1},
	{"only zones", HEAD ZONE("A") "END:VCALENDAR", NULL, NULL, {{0}}, 0},
	{"a byte order mark", "\xef\xbb\xbf" HEAD EVENT("1") "END:VCALENDAR", NULL, NULL,
		{{"1", FACTS_VEVENT, HEAD EVENT("1") "END:VCALENDAR"}}, 1},
	{"the scale is kept", HEAD "CALSCALE:GREGORIAN|" EVENT("1") "END:VCALENDAR", NULL, NULL,
		{{"1", FACTS_VEVENT, HEAD "CALSCALE:GREGORIAN|" EVENT("1") "END:VCALENDAR"}}, 1},
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits_rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, splits_rows[i].text);
		struct cal_split got;
		struct facts_fault fault = {0};

		if (!cal_split(arena, bytes, strlen(bytes), &got, &fault))
			fail_msg("%s: %s", splits_rows[i].name, fault.text);
		if (got.n_items != splits_rows[i].n)
			fail_msg("%s: %zu items", splits_rows[i].name, got.n_items);
		for (size_t j = 0; j < got.n_items; j++) {
			if (strcmp(got.items[j].uid, splits_rows[i].items[j].uid) != 0 ||
				got.items[j].component != splits_rows[i].items[j].component ||
				strcmp(got.items[j].bytes,
					lines(arena, splits_rows[i].items[j].bytes)) != 0)
				fail_msg("%s: %s\n%s", splits_rows[i].name, got.items[j].uid,
					got.items[j].bytes);
			assert_int_equal(strlen(got.items[j].bytes), got.items[j].len);
		}
		assert_int_equal(!got.name, !splits_rows[i].calendar);
		assert_int_equal(!got.color, !splits_rows[i].color);
		if (got.name)
			assert_string_equal(got.name, splits_rows[i].calendar);
		if (got.color)
			assert_string_equal(got.color, splits_rows[i].color);
		arena_free(arena);
	}
}

/* The same name again for the same component, whenever it was exported. */
static void derives_uids(void **state)
{
	struct arena *arena = arena_new();
	char *one = object(arena,
		"BEGIN:VEVENT|DTSTAMP:20260101T000000Z|DTSTART:20260105T090000Z|SUMMARY:a|END:VEVENT|"
		"BEGIN:VEVENT|UID:|DTSTART:20260105T090000Z|SUMMARY:b|END:VEVENT");
	char *two = object(arena,
		"BEGIN:VEVENT|DTSTAMP:20270101T000000Z|DTSTART:20260105T090000Z|SUMMARY:a|END:VEVENT");
	struct cal_split first, second;
	struct facts facts;
	struct facts_fault fault;

	(void)state;
	assert_true(cal_split(arena, one, strlen(one), &first, &fault));
	assert_true(cal_split(arena, two, strlen(two), &second, &fault));
	assert_int_equal(first.n_items, 2);
	assert_string_equal(first.items[0].uid, second.items[0].uid);
	assert_string_not_equal(first.items[0].uid, first.items[1].uid);
	for (size_t i = 0; i < 2; i++) {
		assert_true(cal_inspect(FACTS_CALENDAR, first.items[i].bytes, first.items[i].len,
			arena, &facts, &fault));
		assert_string_equal(facts.uid, first.items[i].uid);
	}
	arena_free(arena);
}

static void refuses(void **state)
{
	static const char *const rows[] = {"", "hello", "BEGIN:VCARD|VERSION:3.0|END:VCARD",
		"BEGIN:VCALENDAR", "BEGIN:VCALENDAR|BEGIN:VEVENT|END:VCALENDAR|END:VEVENT"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, rows[i]);
		struct cal_split split = {.name = "untouched"};
		struct facts_fault fault = {0};

		if (cal_split(arena, bytes, strlen(bytes), &split, &fault))
			fail_msg("accepted: %s", rows[i]);
		assert_true(fault.text[0] && fault.code != CAL_OK);
		assert_string_equal(split.name, "untouched");
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(derives_uids),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
