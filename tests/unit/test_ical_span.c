/* SPDX-License-Identifier: ISC */
/* Instances: rules with exceptions, overrides, time zones; and that the remembered answer is the computed one. */
#include "ical/internal.h"
#include "tests/unit/ical_help.h"

#include <pthread.h>
#include <stdlib.h>

struct list {
	struct cal_range *items;
	size_t n, cap;
	struct arena *arena;
	const struct cal_range *range;
};

static bool collect(void *context, const struct cal_instance *instance)
{
	struct list *list = context;

	if (!cal_overlaps(list->range, &instance->span, instance->floating, NULL))
		return true;
	list->items = arena_grow(
		list->arena, list->items, &list->cap, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = (struct cal_range){instance->start, instance->end};
	return true;
}

static int by_start(const void *a, const void *b)
{
	int64_t x = ((const struct cal_range *)a)->start, y = ((const struct cal_range *)b)->start;

	return (x > y) - (x < y);
}

static void format(char *out, size_t size, const struct list *list)
{
	out[0] = '\0';
	for (size_t i = 0; i < list->n; i++) {
		char start[32], end[32];
		struct cal_when a = {list->items[i].start, FORM_FLOATING, NULL};
		struct cal_when b = {list->items[i].end, FORM_FLOATING, NULL};

		cal_when_format(start, &a);
		cal_when_format(end, &b);
		snprintf(out + strlen(out), size - strlen(out), "%s%s/%s", i ? " " : "", start + 4,
			end + 9);
	}
}

#define MASTER "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|DTEND:20260105T100000Z|"
#define BERLIN                                                                                     \
	"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260327T090000|DTEND;TZID=Europe/Berlin:20260327T100000|"

/* Want: "MMDDTHHMMSS/HHMMSS" of each instance in the range, UTC or floating. */
static const struct {
	const char *name, *body, *start, *end, *want;
} instances_rows[] = {
	{"single", MASTER "END:VEVENT", "20260105", "20260106", "0105T090000/100000"},
	{"single, behind", MASTER "END:VEVENT", "20260105T100000", "20260106", ""},
	{"single, before", MASTER "END:VEVENT", "20260101", "20260105T090000", ""},
	{"exception",
		MASTER
		"RRULE:FREQ=DAILY;COUNT=4|EXDATE:20260106T090000Z,20260107T090000Z|END:VEVENT",
		"20260101", "20260201", "0105T090000/100000 0108T090000/100000"},
	{"first is an exception",
		MASTER "RRULE:FREQ=DAILY;COUNT=2|EXDATE:20260105T090000Z|END:VEVENT", "20260101",
		"20260201", "0106T090000/100000"},
	{"exception as date",
		MASTER "RRULE:FREQ=DAILY;COUNT=3|EXDATE;VALUE=DATE:20260106|END:VEVENT", "20260101",
		"20260201", "0105T090000/100000 0107T090000/100000"},
	{"exception in another zone",
		MASTER "RRULE:FREQ=DAILY;COUNT=3|EXDATE;TZID=Europe/Berlin:20260106T100000|"
		       "END:VEVENT",
		"20260101", "20260201", "0105T090000/100000 0107T090000/100000"},
	{"EXRULE", MASTER "RRULE:FREQ=DAILY;COUNT=5|EXRULE:FREQ=DAILY;INTERVAL=2|END:VEVENT",
		"20260101", "20260201", "0106T090000/100000 0108T090000/100000"},
	{"two rules and a date",
		MASTER "RRULE:FREQ=DAILY;COUNT=2|RRULE:FREQ=DAILY;INTERVAL=3;COUNT=2|"
		       "RDATE:20260106T090000Z,20260120T120000Z|END:VEVENT",
		"20260101", "20260201",
		"0105T090000/100000 0106T090000/100000 0108T090000/100000 0120T120000/130000"},
	{"period", MASTER "RDATE;VALUE=PERIOD:20260110T090000Z/PT3H|END:VEVENT", "20260101",
		"20260201", "0105T090000/100000 0110T090000/120000"},
	{"override",
		MASTER
		"RRULE:FREQ=DAILY;COUNT=3|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|"
		"DTSTART:20260106T150000Z|DURATION:PT2H|END:VEVENT",
		"20260101", "20260201", "0105T090000/100000 0106T150000/170000 0107T090000/100000"},
	{"override moved into the range",
		MASTER
		"RRULE:FREQ=DAILY;COUNT=3|END:VEVENT|BEGIN:VEVENT|UID:u|"
		"RECURRENCE-ID:20260106T090000Z|DTSTART:20260120T150000Z|DURATION:PT2H|END:VEVENT",
		"20260115", "20260201", "0120T150000/170000"},
	{"override first, master later",
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;TZID=Europe/Berlin:20260106T100000|"
		"DTSTART:20260106T150000Z|DURATION:PT2H|END:VEVENT|" MASTER
		"RRULE:FREQ=DAILY;COUNT=2|END:VEVENT",
		"20260101", "20260201", "0105T090000/100000 0106T150000/170000"},
	{"this and future",
		MASTER
		"RRULE:FREQ=DAILY;COUNT=4|END:VEVENT|BEGIN:VEVENT|UID:u|"
		"RECURRENCE-ID;RANGE=THISANDFUTURE:20260107T090000Z|DTSTART:20260107T120000Z|DURATION:PT30M|END:VEVENT",
		"20260101", "20260201",
		"0105T090000/100000 0106T090000/100000 0107T120000/123000 0108T120000/123000"},
	{"override only",
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T150000Z|END:VEVENT",
		"20260101", "20260201", "0106T150000/150000"},
	{"wall clock over a change", BERLIN "RRULE:FREQ=DAILY;COUNT=4|END:VEVENT", "20260301",
		"20260401",
		"0327T080000/090000 0328T080000/090000 0329T070000/080000 0330T070000/080000"},
	{"a gap",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260328T023000|DURATION:PT15M|"
		"RRULE:FREQ=DAILY;COUNT=3|END:VEVENT",
		"20260301", "20260401", "0328T013000/014500 0329T013000/014500 0330T003000/004500"},
	{"an overlap",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20261025T023000|DURATION:PT15M|END:VEVENT",
		"20261001", "20261101", "1025T003000/004500"},
	{"nominal days",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260328T120000|DURATION:P1D|END:VEVENT",
		"20260301", "20260401", "0328T110000/100000"},
	{"exact seconds",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260328T120000|DURATION:PT24H|END:VEVENT",
		"20260301", "20260401", "0328T110000/110000"},
	{"until in UTC", BERLIN "RRULE:FREQ=DAILY;UNTIL=20260329T070000Z|END:VEVENT", "20260301",
		"20260401", "0327T080000/090000 0328T080000/090000 0329T070000/080000"},
	{"all day",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=WEEKLY;COUNT=2|END:VEVENT",
		"20260101", "20260201", "0105T000000/000000 0112T000000/000000"},
	{"all day, exception with time",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY;COUNT=2|"
		"EXDATE:20260105T000000|END:VEVENT",
		"20260101", "20260201", "0106T000000/000000"},
	{"hours mean nothing for days",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=HOURLY|END:VEVENT",
		"20260101", "20260201", "0105T000000/000000"},
	{"far away", MASTER "RRULE:FREQ=WEEKLY|END:VEVENT", "21260101", "21260114",
		"0107T090000/100000"},
	{"far summer", BERLIN "RRULE:FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1|END:VEVENT", "22260101",
		"22270101", "0701T070000/080000"},
	{"DTSTART off the rule", MASTER "RRULE:FREQ=DAILY;BYDAY=TH;COUNT=2|END:VEVENT", "20260101",
		"20260201", "0105T090000/100000 0108T090000/100000"},
	{"end before start",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|DTEND:20260101T090000Z|END:VEVENT",
		"20260101", "20260201", "0105T090000/090000"},
	{"a long one reaches in",
		"BEGIN:VEVENT|UID:u|DTSTART:20251201T000000Z|DURATION:P40D|RRULE:FREQ=YEARLY|"
		"END:VEVENT",
		"20270108", "20270109", "1201T000000/000000"},
};

static void instances(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(instances_rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, instances_rows[i].body), got[1000];
		struct cal_range range = range_of(instances_rows[i].start, instances_rows[i].end);
		struct list list = {.arena = arena, .range = &range};
		struct cal_object o;
		struct cal_set set;
		struct facts_fault fault;

		assert_true(cal_object_parse(
			&o, arena, &cal_object_limits, bytes, strlen(bytes), &fault));
		if (!cal_set_read(&set, &o, &o.comps[0], KIND_VEVENT, &fault))
			fail_msg("%s: %s", instances_rows[i].name, fault.text);
		assert_int_equal(cal_set_walk(&set, &range, collect, &list), WALK_END);
		if (list.n)
			qsort(list.items, list.n, sizeof(*list.items), by_start);
		format(got, sizeof(got), &list);
		if (strcmp(got, instances_rows[i].want) != 0)
			fail_msg("%s: got %s, want %s", instances_rows[i].name, got,
				instances_rows[i].want);
		arena_free(arena);
	}
}

/* Any month asked of facts, memory and bytes: no two may contradict. */
static void remembers(void **state)
{
	static const char *const rows[] = {
		MASTER "RRULE:FREQ=WEEKLY;BYDAY=MO,FR|END:VEVENT",
		MASTER "RRULE:FREQ=MONTHLY;INTERVAL=5;COUNT=9|EXDATE:20260605T090000Z|END:VEVENT",
		MASTER "RRULE:FREQ=DAILY|END:VEVENT",
		MASTER "RRULE:FREQ=HOURLY|END:VEVENT",
		MASTER
		"RRULE:FREQ=YEARLY|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20290105T090000Z|"
		"DTSTART:20290601T090000Z|END:VEVENT",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260201|RRULE:FREQ=MONTHLY;COUNT=40|END:VEVENT",
		"BEGIN:VEVENT|UID:u|DTSTART:20260201T000000|RRULE:FREQ=YEARLY|END:VEVENT",
		BERLIN "RRULE:FREQ=WEEKLY;INTERVAL=7|END:VEVENT",
		BERLIN "RDATE;TZID=Europe/Berlin:20280101T000000|END:VEVENT",
		MASTER "END:VEVENT",
	};
	const struct cal_zone *zone = cal_zone_named("America/Los_Angeles");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, rows[i]);
		unsigned char key[20] = {9, (unsigned char)i};
		struct facts facts;
		struct facts_fault fault;
		int known = 0;

		assert_true(
			cal_inspect(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault));
		for (int n = 0; n < 300; n++) {
			int64_t start = at("20251115") + (int64_t)n * 7 * 86400;
			struct cal_range range = {start, start + (n % 5 + 1) * 86400 * 3};
			struct cal_comp_filter inner = {.name = "VEVENT", .range = &range};
			struct cal_comp_filter filter = {
				.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
			enum cal_verdict quick = cal_match_facts(&filter, &facts, zone);
			enum cal_verdict memory = cal_match_remembered(&filter, key, &facts, zone);
			bool want = cal_match(&filter, NULL, bytes, strlen(bytes), zone);

			if (quick != CAL_MAYBE)
				assert_int_equal(quick == CAL_YES, want);
			if (memory != CAL_MAYBE)
				assert_int_equal(memory == CAL_YES, want);
			else
				assert_int_equal(
					cal_match(&filter, key, bytes, strlen(bytes), zone), want);
			known += memory != CAL_MAYBE;
		}
		if (known < 250 && i != 3) /* hourly: the window is small */
			fail_msg("row %zu: remembered only %d of 300", i, known);
		arena_free(arena);
	}
}

/* More than fits: memory stays bounded, answers stay right. */
static void forgets(void **state)
{
	struct arena *arena = arena_new();
	char *bytes = event(arena, "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=1900");
	struct cal_range range = range_of("20260201", "20260301");
	struct cal_comp_filter inner = {.name = "VEVENT", .range = &range};
	struct cal_comp_filter filter = {.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
	unsigned char key[20] = {7};

	(void)state;
	for (unsigned n = 0; n < 1500; n++) {
		memcpy(key + 4, &n, sizeof(n));
		assert_true(cal_match(&filter, key, bytes, strlen(bytes), NULL));
	}
	assert_int_equal(cal_spans_ask(key, FACTS_VEVENT, &range, NULL), CAL_YES);
	range = range_of("20400101", "20400201");
	assert_int_equal(cal_spans_ask(key, FACTS_VEVENT, &range, NULL), CAL_NO);
	memset(key + 4, 0, 4);
	assert_int_equal(cal_spans_ask(key, FACTS_VEVENT, &range, NULL), CAL_MAYBE);
	arena_free(arena);
}

static void *hammer(void *argument)
{
	const char *bytes = argument;
	struct cal_range range = range_of("20260201", "20260301");
	struct cal_comp_filter inner = {.name = "VEVENT", .range = &range};
	struct cal_comp_filter filter = {.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

	for (unsigned n = 0; n < 300; n++) {
		struct arena *arena = arena_new();
		unsigned char key[20] = {3, (unsigned char)(n % 7)};
		struct facts facts;
		struct facts_fault fault;
		static const char *const names[] = {
			"Asia/Tokyo", "US/Eastern", "Europe/Rome", "Asia/Kolkata"};

		assert_true(
			cal_inspect(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault));
		assert_true(cal_match(
			&filter, key, bytes, strlen(bytes), cal_zone_named(names[n % 4])));
		assert_int_not_equal(cal_match_remembered(&filter, key, &facts, NULL), CAL_NO);
		arena_free(arena);
	}
	return NULL;
}

/* For ThreadSanitizer. */
static void threads(void **state)
{
	struct arena *arena = arena_new();
	char *bytes = object(arena,
		BERLIN
		"RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:u|"
		"RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000|DTSTART;TZID=Asia/Tokyo:20260215T000000|END:VEVENT");
	pthread_t ids[4];

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(pthread_create(&ids[i], NULL, hammer, bytes), 0);
	for (size_t i = 0; i < COUNT(ids); i++)
		pthread_join(ids[i], NULL);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances),
		cmocka_unit_test(remembers),
		cmocka_unit_test(forgets),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
