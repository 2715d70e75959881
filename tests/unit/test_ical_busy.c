/* SPDX-License-Identifier: ISC */
/* ical/busy_memory.c, memo.c: what is remembered answers as the bytes do; and ical/availability.c's limits. */
#include "tests/unit/ical_help.h"

#include "ical/memo.h"

#define DAY 86400

static const char *const bodies[] = {
	"BEGIN:VEVENT|UID:u|DTSTART:20260301T100000Z|DURATION:PT1H|END:VEVENT",
	"BEGIN:VEVENT|UID:u|DTSTART:20260301T100000|DURATION:PT30M|RRULE:FREQ=DAILY|"
	"EXDATE:20260305T100000|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260306T100000|"
	"DTSTART:20260307T220000|DURATION:PT5H|STATUS:TENTATIVE|END:VEVENT",
	"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20250301T100000|DURATION:PT1H|"
	"RRULE:FREQ=WEEKLY;COUNT=60|END:VEVENT",
	"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260310|DTEND;VALUE=DATE:20260320|"
	"RRULE:FREQ=MONTHLY|END:VEVENT",
	"BEGIN:VEVENT|UID:u|DTSTART:20260301T000000Z|DURATION:PT1M|RRULE:FREQ=HOURLY|END:VEVENT",
	"BEGIN:VEVENT|UID:u|DTSTART:20260301T000000Z|RRULE:FREQ=DAILY|TRANSP:TRANSPARENT|END:VEVENT",
	"BEGIN:VFREEBUSY|UID:u|FREEBUSY:20260301T100000Z/PT1H,20260301T103000Z/PT2H|"
	"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260311T100000Z/P3D|END:VFREEBUSY",
	"BEGIN:VTODO|UID:u|DUE:20260301T100000Z|END:VTODO",
};

static unsigned dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

static void expect_same(const struct cal_busy_list *a, const struct cal_busy_list *b, size_t which)
{
	if (a->n != b->n)
		fail_msg("object %zu: %zu spans, not %zu", which, a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->spans[i].start, b->spans[i].start);
		assert_int_equal(a->spans[i].end, b->spans[i].end);
		assert_int_equal(a->spans[i].type, b->spans[i].type);
	}
}

static void remembers_what_the_bytes_say(void **state)
{
	const struct cal_zone *zones[] = {NULL, cal_zone_named("America/New_York")};
	unsigned seed = 1, recalled = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct arena *arena = arena_new();
		size_t which = dice(&seed, COUNT(bodies));
		char *bytes = object(arena, bodies[which]);
		unsigned char key[MEMO_KEY_SIZE] = {(unsigned char)which, 77};
		const struct cal_zone *zone = zones[dice(&seed, 2)];
		int64_t start = at("20240101") + (int64_t)dice(&seed, 1500) * DAY +
			dice(&seed, 48) * 1800;
		struct cal_range range = {start, start + 1800 * (1 + (int64_t)dice(&seed, 2000))};
		struct cal_busy_list plain = {0}, known = {0};

		enum cal_code code = cal_busy_add(
			arena, &plain, &range, zone, bytes, strlen(bytes));
		assert_int_equal(code, CAL_OK);
		if (cal_busy_recall(arena, &known, key, &range, zone))
			recalled++;
		else
			assert_int_equal(cal_busy_learn(arena, &known, key, &range, zone, bytes,
						 strlen(bytes)),
				CAL_OK);
		cal_busy_merge(&plain);
		cal_busy_merge(&known);
		expect_same(&known, &plain, which);
		arena_free(arena);
	}
	assert_true(recalled > 150);
}

/* Without end on either side nothing endless is answered. */
static void has_no_end(void **state)
{
	struct arena *arena = arena_new();
	const unsigned char key[MEMO_KEY_SIZE] = {1};
	struct cal_range range = {at("20260101"), FACTS_FOREVER};
	struct cal_busy_list list = {0};
	char *bytes = object(arena, bodies[1]);

	(void)state;
	assert_int_equal(cal_busy_add(arena, &list, &range, NULL, bytes, strlen(bytes)), CAL_LIMIT);
	assert_int_equal(
		cal_busy_learn(arena, &list, key, &range, NULL, bytes, strlen(bytes)), CAL_LIMIT);
	bytes = object(arena, bodies[2]);
	assert_int_equal(
		cal_busy_learn(arena, &list, key, &range, NULL, bytes, strlen(bytes)), CAL_OK);
	cal_busy_merge(&list);
	assert_int_equal(list.n, 16); /* of 60 weeks from 2025-03-01 those of 2026 */
	arena_free(arena);
}

static bool count(void *context, const void *bytes, size_t len)
{
	*(size_t *)context += len;
	return bytes;
}

static void forgets_the_oldest(void **state)
{
	static struct memo memo = MEMO_INIT(MEMO_SHARDS * 20000);
	char bytes[1000] = {0};
	size_t found = 0;

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 2000; i++) {
			unsigned char key[MEMO_KEY_SIZE] = {
				(unsigned char)i, (unsigned char)(i >> 8)};
			memo_keep(&memo, key, bytes, sizeof(bytes));
			found = 0;
			assert_true(memo_ask(&memo, key, count, &found));
			assert_int_equal(found, sizeof(bytes));
		}
	found = 0;
	for (unsigned i = 0; i < 2000; i++) {
		unsigned char key[MEMO_KEY_SIZE] = {(unsigned char)i, (unsigned char)(i >> 8)};
		memo_ask(&memo, key, count, &found);
	}
	assert_true(found > 100 * sizeof(bytes) && found <= MEMO_SHARDS * 20000);
}

/* 7953 8: the complexity is limited. */
static void bounds_availability(void **state)
{
	static const char one[] =
		"BEGIN:AVAILABLE|UID:%u|DTSTART:20260101T000000Z|DURATION:PT1M|RRULE:FREQ=MINUTELY|"
		"END:AVAILABLE|";
	struct arena *arena = arena_new();
	struct cal_range range = {at("20260101"), at("20270101")};
	struct cal_availability availability = {0};
	struct facts facts;
	struct facts_fault fault;
	char *body = arena_strdup(arena, "BEGIN:VAVAILABILITY|UID:u|");

	(void)state;
	char *bytes = object(arena,
		arena_printf(arena, "%s%sEND:VAVAILABILITY", body, arena_printf(arena, one, 1)));
	assert_true(cal_inspect(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault));
	assert_int_equal(
		cal_availability_add(arena, &availability, &range, NULL, bytes, strlen(bytes)),
		CAL_LIMIT);
	for (unsigned i = 0; i < 1001; i++)
		body = arena_printf(arena, "%s%s", body, arena_printf(arena, one, i));
	bytes = object(arena, arena_printf(arena, "%sEND:VAVAILABILITY", body));
	assert_false(cal_accept(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault));
	assert_int_equal(fault.code, CAL_LIMIT);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_what_the_bytes_say),
		cmocka_unit_test(has_no_end),
		cmocka_unit_test(forgets_the_oldest),
		cmocka_unit_test(bounds_availability),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
