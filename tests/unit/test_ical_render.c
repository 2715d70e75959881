/* SPDX-License-Identifier: ISC */
/* calendar-data: selection, expand, limit-recurrence-set and limit-freebusy-set (RFC 4791 9.6). */
#include "tests/unit/ical_help.h"

#define HEAD "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example//Test//EN|"

static void check(struct arena *arena, const char *name, const struct cal_data_request *request,
	const char *bytes, const char *want)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_adds(&out, "before ");
	if (!cal_render(&out, request, bytes, strlen(bytes)))
		fail_msg("%s: refused", name);
	const char *wanted = arena_printf(arena, "before %s", lines(arena, want));
	if (strcmp(out.data, wanted) != 0)
		fail_msg("%s: got\n%s\nwant\n%s", name, out.data, wanted);
	buf_free(&out);
}

static void selects(void **state)
{
	static const char *props[] = {"SUMMARY", "uid", "X-ABC"}, *versions[] = {"VERSION"};
	static const bool novalue[] = {false, false, true}, plain[] = {false};
	static const struct cal_data_comp alarm = {.name = "VALARM", .all_props = true};
	static const struct cal_data_comp events[] = {
		{.name = "VEVENT", .props = props, .novalue = novalue, .n_props = 3},
		{.name = "VEVENT", .all_props = true},
		{.name = "vevent", .comps = &alarm, .n_comps = 1},
		{.name = "VTODO", .all_props = true, .all_comps = true},
	};
	const struct {
		const char *name;
		struct cal_data_comp comp;
		const char *want;
	} rows[] = {
		{"all", {.name = "VCALENDAR", .all_props = true, .all_comps = true},
			HEAD
			"X-WR:a|BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|SUMMARY:a|X-ABC;P=1:secret|BEGIN:VALARM|"
			"ACTION:AUDIO|END:VALARM|END:VEVENT|END:VCALENDAR"},
		{"nothing", {.name = "VCALENDAR"}, "BEGIN:VCALENDAR|END:VCALENDAR"},
		{"properties, one without value",
			{.name = "VCALENDAR",
				.props = versions,
				.novalue = plain,
				.n_props = 1,
				.comps = &events[0],
				.n_comps = 1},
			"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:u|SUMMARY:a|X-ABC;P=1:|END:VEVENT|END:VCALENDAR"},
		{"no components inside", {.name = "VCALENDAR", .comps = &events[1], .n_comps = 1},
			"BEGIN:VCALENDAR|BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|SUMMARY:a|X-ABC;P=1:secret|END:VEVENT|"
			"END:VCALENDAR"},
		{"only components inside", {.name = "VCALENDAR", .comps = &events[2], .n_comps = 1},
			"BEGIN:VCALENDAR|BEGIN:VEVENT|BEGIN:VALARM|ACTION:AUDIO|END:VALARM|END:VEVENT|END:VCALENDAR"},
		{"another type", {.name = "VCALENDAR", .comps = &events[3], .n_comps = 1},
			"BEGIN:VCALENDAR|END:VCALENDAR"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena,
			"X-WR:a|BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|SUMMARY:a|X-ABC;P=1:secret|"
			"BEGIN:VALARM|ACTION:AUDIO|END:VALARM|END:VEVENT");
		struct cal_data_request request = {.comp = &rows[i].comp};

		check(arena, rows[i].name, &request, bytes, rows[i].want);
		arena_free(arena);
	}
}

static void untouched(void **state)
{
	struct arena *arena = arena_new();
	struct cal_data_request request = {0};
	struct cal_data_comp all = {.name = "VCALENDAR", .all_props = true, .all_comps = true};
	struct buf out;
	/* bare LF, odd folds, no line end at the end */
	static const char bytes[] =
		"BEGIN:VCALENDAR\nX-A:b\n  c\r\n\td\nBEGIN:VEVENT\nUID:u\nEND:VEVENT\nEND:VCALENDAR\n";

	(void)state;
	buf_init(&out, 1000);
	assert_true(cal_render(&out, &request, "junk", 4));
	assert_string_equal(out.data, "junk");
	buf_reset(&out);
	request.comp = &all;
	assert_true(cal_render(&out, &request, bytes, strlen(bytes)));
	assert_string_equal(out.data, bytes);
	buf_reset(&out);
	assert_false(cal_render(&out, &request, "junk", 4));
	assert_int_equal(out.len, 0);
	buf_free(&out);
	arena_free(arena);
}

#define ZONED "BEGIN:VTIMEZONE|TZID:Europe/Berlin|END:VTIMEZONE|"

static const struct {
	const char *name, *body, *start, *end, *zone, *want;
} expands_rows[] = {
	{"single", "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|SUMMARY:a|END:VEVENT", "20260105",
		"20260106", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|SUMMARY:a|END:VEVENT|"},
	{"single, outside", "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|END:VEVENT", "20260106",
		"20260107", NULL, ""},
	{"zone to UTC",
		ZONED
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260105T090000|"
		"DTEND;TZID=Europe/Berlin:20260105T100000|X-T;TZID=Europe/Berlin:20260705T100000|END:VEVENT",
		"20260105", "20260106", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T080000Z|DTEND:20260105T090000Z|"
		"X-T:20260705T080000Z|END:VEVENT|"},
	{"series",
		ZONED
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260105T090000|SUMMARY:a|"
		"DTEND;TZID=Europe/Berlin:20260105T100000|RRULE:FREQ=DAILY|EXDATE;TZID=Europe/Berlin:20260107T090000|"
		"BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VEVENT",
		"20260106", "20260109", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260106T080000Z|RECURRENCE-ID:20260106T080000Z|SUMMARY:a|"
		"DTEND:20260106T090000Z|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|DTSTART:20260108T080000Z|RECURRENCE-ID:20260108T080000Z|SUMMARY:a|"
		"DTEND:20260108T090000Z|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VEVENT|"},
	{"override",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;TZID=Europe/Berlin:20260106T100000|DTSTART;TZID=Europe/Berlin:20260106T150000|"
		"DURATION:PT2H|SUMMARY:b|END:VEVENT",
		"20260101", "20260201", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RECURRENCE-ID:20260105T090000Z|DURATION:PT1H|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T140000Z|DURATION:PT2H|SUMMARY:b|END:VEVENT|"},
	{"this and future",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=3|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z|DTSTART:20260106T100000Z|"
		"DTEND:20260106T110000Z|SUMMARY:b|END:VEVENT",
		"20260107", "20260108", NULL,
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260107T090000Z|DTSTART:20260107T100000Z|DTEND:20260107T110000Z|SUMMARY:b|"
		"END:VEVENT|"},
	{"all day stays a date",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|DTEND;VALUE=DATE:20260106|"
		"RRULE:FREQ=YEARLY|END:VEVENT",
		"20270101", "20280101", "Europe/Berlin",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20270105|RECURRENCE-ID;VALUE=DATE:20270105|"
		"DTEND;VALUE=DATE:20270106|END:VEVENT|"},
	{"floating stays floating",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T233000|RRULE:FREQ=WEEKLY;COUNT=2|END:VEVENT",
		"20260113", "20260114", "America/New_York",
		"BEGIN:VEVENT|UID:u|DTSTART:20260112T233000|RECURRENCE-ID:20260112T233000|END:VEVENT|"},
	{"a day of 23 hours",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260328T120000|DURATION:P1D|"
		"RRULE:FREQ=WEEKLY;COUNT=2|END:VEVENT",
		"20260328", "20260401", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260328T110000Z|RECURRENCE-ID:20260328T110000Z|DURATION:PT82800S|END:VEVENT|"},
	{"a period",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RDATE;VALUE=PERIOD:20260110T090000Z/PT3H|END:VEVENT",
		"20260110", "20260111", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260110T090000Z|RECURRENCE-ID:20260110T090000Z|DTEND:20260110T120000Z|END:VEVENT|"},
	{"tasks", "BEGIN:VTODO|UID:u|DUE:20260105T090000Z|RRULE:FREQ=WEEKLY|SUMMARY:a|END:VTODO",
		"20260112", "20260113", NULL,
		"BEGIN:VTODO|UID:u|DUE:20260112T090000Z|RECURRENCE-ID:20260112T090000Z|SUMMARY:a|END:VTODO|"},
	{"one event over a change keeps its length",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Europe/Berlin:20260328T120000|DURATION:P1D|END:VEVENT",
		"20260328", "20260401", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260328T110000Z|DURATION:PT82800S|END:VEVENT|"},
	{"an override of a series of dates by a time",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY;COUNT=2|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T000000|DTSTART:20260106T150000Z|END:VEVENT",
		"20260106", "20260107", NULL,
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;VALUE=DATE:20260106|DTSTART:20260106T150000Z|END:VEVENT|"},
	{"an override of times by a date",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=2|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;VALUE=DATE:20260106|DTSTART:20260106T150000Z|END:VEVENT",
		"20260106", "20260107", NULL,
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T150000Z|END:VEVENT|"},
	{"overrides alone",
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID;TZID=Europe/Berlin:20260106T100000|"
		"DTSTART;TZID=Europe/Berlin:20260107T100000|END:VEVENT",
		"20260107", "20260108", NULL,
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260107T090000Z|END:VEVENT|"},
	{"an override of what is no instance, and of one that is excluded",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=2|"
		"EXDATE:20260106T090000Z|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T150000Z|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T093000Z|DTSTART:20260106T160000Z|END:VEVENT",
		"20260106", "20260107", NULL,
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T150000Z|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T093000Z|DTSTART:20260106T160000Z|END:VEVENT|"},
	{"a zone that nobody knows is the calendar's",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Nowhere:20260105T090000|DTEND;TZID=Nowhere:20260105T100000|"
		"X-T;TZID=Nowhere:20260705T100000,20260105T100000|RRULE:FREQ=DAILY|END:VEVENT",
		"20260106", "20260107", "Europe/Berlin",
		"BEGIN:VEVENT|UID:u|DTSTART:20260106T080000Z|RECURRENCE-ID:20260106T080000Z|DTEND:20260106T090000Z|"
		"X-T:20260705T080000Z,20260105T090000Z|END:VEVENT|"},
	{"a zone that nobody knows, and none for the calendar",
		"BEGIN:VEVENT|UID:u|DTSTART;TZID=Nowhere:20260105T090000|END:VEVENT", "20260105",
		"20260106", NULL, "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|END:VEVENT|"},
	{"no zone in what an instance holds",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|BEGIN:X-A|X-T;TZID=Europe/Berlin:20260705T100000|"
		"BEGIN:X-B|X-T;TZID=Europe/Berlin:x|END:X-B|END:X-A|END:VEVENT",
		"20260105", "20260106", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|BEGIN:X-A|X-T:20260705T080000Z|"
		"BEGIN:X-B|X-T;TZID=Europe/Berlin:x|END:X-B|END:X-A|END:VEVENT|"},
	{"availability is left whole",
		ZONED
		"BEGIN:VAVAILABILITY|UID:u|DTSTART;TZID=Europe/Berlin:20260105T090000|BEGIN:AVAILABLE|UID:v|"
		"DTSTART;TZID=Europe/Berlin:20260105T090000|RRULE:FREQ=DAILY|END:AVAILABLE|END:VAVAILABILITY",
		"20260106", "20260107", NULL,
		"BEGIN:VAVAILABILITY|UID:u|DTSTART;TZID=Europe/Berlin:20260105T090000|BEGIN:AVAILABLE|UID:v|"
		"DTSTART;TZID=Europe/Berlin:20260105T090000|RRULE:FREQ=DAILY|END:AVAILABLE|END:VAVAILABILITY|" ZONED},
	{"a rule that would be refused leaves the first",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=SOMETIMES|END:VEVENT",
		"20260101", "20270101", NULL,
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|END:VEVENT|"},
	{"a journal",
		"BEGIN:VJOURNAL|UID:u|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY;COUNT=2|END:VJOURNAL",
		"20260106", "20260107", NULL,
		"BEGIN:VJOURNAL|UID:u|DTSTART;VALUE=DATE:20260106|RECURRENCE-ID;VALUE=DATE:20260106|END:VJOURNAL|"},
	{"tasks by start and duration",
		"BEGIN:VTODO|UID:u|DTSTART;TZID=Europe/Berlin:20260327T090000|DURATION:P2D|RRULE:FREQ=WEEKLY|END:VTODO",
		"20260403", "20260404", NULL,
		"BEGIN:VTODO|UID:u|DTSTART:20260403T070000Z|RECURRENCE-ID:20260403T070000Z|DURATION:P2D|END:VTODO|"},
	{"a bare task", "BEGIN:VTODO|UID:u|COMPLETED:20260105T090000Z|END:VTODO", "20260105",
		"20260106", NULL, "BEGIN:VTODO|UID:u|COMPLETED:20260105T090000Z|END:VTODO|"},
};

static void expands(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(expands_rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, expands_rows[i].body);
		struct cal_range range = range_of(expands_rows[i].start, expands_rows[i].end);
		struct cal_data_request request = {.expand = &range,
			.zone = expands_rows[i].zone ? cal_zone_named(expands_rows[i].zone) : NULL};

		check(arena, expands_rows[i].name, &request, bytes,
			arena_printf(arena, HEAD "%sEND:VCALENDAR", expands_rows[i].want));
		arena_free(arena);
	}
}

static void expands_selected(void **state)
{
	static const char *props[] = {"DTSTART", "UID"};
	static const bool novalue[] = {false, false};
	static const struct cal_data_comp inner = {
		.name = "VEVENT", .props = props, .novalue = novalue, .n_props = 2};
	static const struct cal_data_comp comp = {
		.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
	struct arena *arena = arena_new();
	struct cal_range range = range_of("20260106", "20260107");
	struct cal_data_request request = {.comp = &comp, .expand = &range};

	(void)state;
	check(arena, "selected", &request,
		event(arena,
			"DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:a|RRULE:FREQ=DAILY|BEGIN:VALARM|END:VALARM"),
		"BEGIN:VCALENDAR|BEGIN:VEVENT|UID:u|DTSTART:20260106T090000Z|RECURRENCE-ID:20260106T090000Z|END:VEVENT|"
		"END:VCALENDAR");
	arena_free(arena);
}

static void refuses_too_many(void **state)
{
	struct arena *arena = arena_new();
	struct cal_range range = range_of("20260101", "20260201");
	struct cal_data_request request = {.expand = &range};
	char *bytes = event(arena, "DTSTART:20260105T090000Z|RRULE:FREQ=SECONDLY");
	struct buf out;

	(void)state;
	buf_init(&out, 64 << 20);
	buf_adds(&out, "kept");
	assert_false(cal_render(&out, &request, bytes, strlen(bytes)));
	assert_string_equal(out.data, "kept");
	buf_free(&out);
	arena_free(arena);
}

#define MASTER "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=DAILY|END:VEVENT|"
#define NEAR                                                                                       \
	"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T100000Z|END:VEVENT|"
#define AWAY                                                                                       \
	"BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260107T090000Z|DTSTART:20260301T090000Z|END:VEVENT|"
#define EARLIER                                                                                    \
	"BEGIN:VEVENT|UID:u|RECURRENCE-ID;RANGE=THISANDFUTURE:20260110T090000Z|DTSTART:20260103T120000Z|END:VEVENT|"
#define LATER                                                                                      \
	"BEGIN:VEVENT|UID:u|RECURRENCE-ID;RANGE=THISANDFUTURE:20260120T090000Z|DTSTART:20260120T090000Z|END:VEVENT|"
#define FUTURE                                                                                     \
	"BEGIN:VEVENT|UID:u|RECURRENCE-ID;RANGE=THISANDFUTURE:20260108T090000Z|DTSTART:20260108T100000Z|END:VEVENT|"

static void limits_recurrence(void **state)
{
	static const struct {
		const char *name, *start, *end, *want;
	} rows[] = {
		{"one by where it is and was", "20260106", "20260107", MASTER NEAR},
		{"one by where it was", "20260107", "20260107T100000", MASTER AWAY},
		{"one by where it is now, and what reaches on", "20260301", "20260302",
			MASTER AWAY FUTURE},
		{"none", "20250101", "20250102", MASTER},
		{"all", "20260101", "20270101", MASTER NEAR AWAY FUTURE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct cal_range range = range_of(rows[i].start, rows[i].end);
		struct cal_data_request request = {.limit_recurrence = &range};

		check(arena, rows[i].name, &request,
			lines(arena, HEAD MASTER NEAR AWAY FUTURE "END:VCALENDAR"),
			arena_printf(arena, HEAD "%sEND:VCALENDAR", rows[i].want));
		arena_free(arena);
	}
}

/* The reach of THISANDFUTURE: from itself to the next of its kind, where they are or were. */
static void limits_rulers(void **state)
{
	static const struct {
		const char *name, *start, *end, *want;
	} rows[] = {
		{"moved to days before", "20260105T110000", "20260105T130000", MASTER EARLIER},
		{"where they were", "20260112T080000", "20260112T100000", MASTER EARLIER},
		{"not between them", "20260112T100000", "20260112T110000", MASTER},
		{"the last that it moves", "20260112T110000", "20260112T130000", MASTER EARLIER},
		{"behind the last that it moves", "20260120T080000", "20260120T100000",
			MASTER LATER},
		{"far behind", "20300112T080000", "20300113T100000", MASTER LATER},
		{"before all", "20260101", "20260102", MASTER},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct cal_range range = range_of(rows[i].start, rows[i].end);
		struct cal_data_request request = {.limit_recurrence = &range};

		check(arena, rows[i].name, &request,
			lines(arena, HEAD MASTER EARLIER LATER "END:VCALENDAR"),
			arena_printf(arena, HEAD "%sEND:VCALENDAR", rows[i].want));
		arena_free(arena);
	}
}

static void limits_freebusy(void **state)
{
	struct arena *arena = arena_new();
	struct cal_range range = range_of("20260102", "20260103");
	struct cal_data_request request = {.limit_freebusy = &range};

	(void)state;
	check(arena, "free-busy", &request,
		lines(arena,
			HEAD
			"BEGIN:VFREEBUSY|UID:u|FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260102T100000Z/PT1H,20260103T100000Z/PT1H|"
			"FREEBUSY:20260104T100000Z/PT1H|FREEBUSY:20260102T000000Z/20260102T010000Z|END:VFREEBUSY|END:VCALENDAR"),
		HEAD "BEGIN:VFREEBUSY|UID:u|FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260102T100000Z/PT1H|"
		     "FREEBUSY:20260102T000000Z/20260102T010000Z|END:VFREEBUSY|END:VCALENDAR");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selects),
		cmocka_unit_test(untouched),
		cmocka_unit_test(expands),
		cmocka_unit_test(expands_selected),
		cmocka_unit_test(refuses_too_many),
		cmocka_unit_test(limits_recurrence),
		cmocka_unit_test(limits_rulers),
		cmocka_unit_test(limits_freebusy),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
