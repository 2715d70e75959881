/* SPDX-License-Identifier: ISC */
/* Many objects in one: zones once, differing zones renamed, and back into the same objects by splitting. */
#include "tests/unit/ical_help.h"

#include "src/base/text.h"

#define ZONE(NAME, OFFSET)                                                                         \
	"BEGIN:VTIMEZONE|TZID:" NAME                                                               \
	"|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:" OFFSET "|TZOFFSETTO:" OFFSET       \
	"|END:STANDARD|END:VTIMEZONE|"
#define EVENT(UID, TZ)                                                                             \
	"BEGIN:VEVENT|UID:" UID "|DTSTART;TZID=" TZ ":20260105T090000|SUMMARY:a|END:VEVENT|"
#define HEAD "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Daybook//Daybook//EN|CALSCALE:GREGORIAN|"
/* Berlin in two hands: from 1970 on, and from 1996 on with another order. */
#define BERLIN_A                                                                                               \
	"BEGIN:VTIMEZONE|TZID:Europe/Berlin|BEGIN:DAYLIGHT|DTSTART:19810329T020000|TZOFFSETFROM:+0100|"        \
	"TZOFFSETTO:+0200|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|END:DAYLIGHT|BEGIN:STANDARD|"                 \
	"DTSTART:19961027T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|" \
	"END:STANDARD|END:VTIMEZONE|"
#define BERLIN_B                                                                                                   \
	"BEGIN:VTIMEZONE|TZID:Europe/Berlin|X-LIC-LOCATION:Europe/Berlin|BEGIN:STANDARD|DTSTART:20001029T030000|"  \
	"TZOFFSETFROM:+0200|TZOFFSETTO:+0100|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10|END:STANDARD|BEGIN:DAYLIGHT|" \
	"DTSTART:20010325T020000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3|"      \
	"END:DAYLIGHT|END:VTIMEZONE|"

static void merges(void **state)
{
	static const struct {
		const char *name, *objects[4], *want;
	} rows[] = {
		{"none", {NULL}, HEAD "END:VCALENDAR"},
		{"two", {EVENT("1", "X"), "METHOD:PUBLISH|X-WR-CALNAME:y|" EVENT("2", "X")},
			HEAD EVENT("1", "X") EVENT("2", "X") "END:VCALENDAR"},
		{"one zone",
			{ZONE("X", "+0100") EVENT("1", "X"), ZONE("X", "+0100") EVENT("2", "X")},
			HEAD ZONE("X", "+0100") EVENT("1", "X") EVENT("2", "X") "END:VCALENDAR"},
		{"another zone of that name",
			{ZONE("X", "+0100") EVENT("1", "X"), ZONE("X", "+0200") EVENT("2", "X"),
				ZONE("X", "+0200") EVENT("3", "\"X\""),
				ZONE("X", "+0100") EVENT("4", "X")},
			HEAD ZONE("X", "+0100") EVENT("1", "X") ZONE("X (2)", "+0200")
				EVENT("2", "\"X (2)\"") EVENT("3", "\"X (2)\"")
					EVENT("4", "X") "END:VCALENDAR"},
		{"the system's zone in two hands",
			{BERLIN_A EVENT("1", "Europe/Berlin"),
				BERLIN_B EVENT("2", "Europe/Berlin")},
			HEAD BERLIN_A EVENT("1", "Europe/Berlin")
				EVENT("2", "Europe/Berlin") "END:VCALENDAR"},
		{"a todo with an alarm",
			{"BEGIN:VTODO|UID:u|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VTODO"},
			HEAD
			"BEGIN:VTODO|UID:u|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VTODO|END:VCALENDAR"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct buf out;

		buf_init(&out, 1 << 20);
		struct cal_merge *merge = cal_merge_begin(&out, NULL);
		for (size_t j = 0; j < 4 && rows[i].objects[j]; j++) {
			char *bytes = lines(arena,
				arena_printf(arena, "BEGIN:VCALENDAR|VERSION:2.0|%s|END:VCALENDAR",
					rows[i].objects[j]));
			assert_true(cal_merge_add(merge, &out, bytes, strlen(bytes)));
		}
		cal_merge_end(merge, &out);
		if (strcmp(out.data, lines(arena, rows[i].want)) != 0)
			fail_msg("%s: got\n%s\nwant\n%s", rows[i].name, out.data,
				lines(arena, rows[i].want));
		buf_free(&out);
		arena_free(arena);
	}
}

static void writes_head_and_lines(void **state)
{
	struct buf out;
	static const char bytes[] =
		"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:a\n b\nEND:VEVENT\nEND:VCALENDAR";

	(void)state;
	buf_init(&out, 1 << 20);
	struct cal_merge *merge = cal_merge_begin(&out,
		&(struct cal_head){.name = "Anna, Tom;\n\\",
			.description = "a\nb",
			.color = "#fe0101FF",
			.uid = "5fc53010-1267-4f8e-bc28-1d7ae55a7c99",
			.source = "https://example.org/public/a,b;c.ics",
			.modified = 1764000000});
	assert_false(cal_merge_add(merge, &out, "junk", 4));
	assert_true(cal_merge_add(merge, &out, bytes, strlen(bytes)));
	cal_merge_end(merge, &out);
	assert_non_null(strstr(out.data,
		"\r\nNAME:Anna\\, Tom\\;\\n\\\\\r\nX-WR-CALNAME:Anna\\, Tom\\;\\n\\\\\r\n"));
	assert_non_null(strstr(out.data, "\r\nDESCRIPTION:a\\nb\r\nX-WR-CALDESC:a\\nb\r\n"));
	assert_non_null(strstr(out.data, "\r\nCOLOR:red\r\nX-APPLE-CALENDAR-COLOR:#fe0101FF\r\n"));
	assert_non_null(strstr(out.data, "\r\nUID:5fc53010-1267-4f8e-bc28-1d7ae55a7c99\r\n"));
	assert_non_null(strstr(out.data, "\r\nLAST-MODIFIED:20251124T160000Z\r\n"));
	assert_non_null(
		strstr(out.data, "\r\nSOURCE;VALUE=URI:https://example.org/public/a,b;c.ics\r\n"));
	assert_non_null(strstr(
		out.data, "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"));
	assert_non_null(strstr(out.data,
		"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"));
	for (const char *p = out.data; (p = strchr(p, '\n')); p++)
		assert_int_equal(p[-1], '\r');
	buf_free(&out);
}

/* RFC 7986 5.9: names of CSS3, whatever the form that is stored. */
static void names_colors(void **state)
{
	static const struct {
		const char *text, *name, *hex;
	} rows[] = {
		{"#ff0000", "red", "#FF0000"},
		{"#F00", "red", "#FF0000"},
		{"#FF0000FF", "red", "#FF0000"},
		{"#FF2968FF", "deeppink", "#FF1493"},
		{"#1BADF8", "dodgerblue", "#1E90FF"},
		{"#000001", "black", "#000000"},
		{"Turquoise", "turquoise", "#40E0D0"},
		{"cyan", "cyan", "#00FFFF"},
		{"#00ffff", "aqua", "#00FFFF"},
		{"#12345", NULL, NULL},
		{"#gggggg", NULL, NULL},
		{"reddish", NULL, NULL},
		{"", NULL, NULL},
		{"#", NULL, NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = cal_color_name(rows[i].text);
		if (!text_equal(name, rows[i].name))
			fail_msg("%s: %s", rows[i].text, name);
		if (name)
			assert_string_equal(cal_color_hex(arena, name), rows[i].hex);
	}
	assert_null(cal_color_hex(arena, "#ff0000"));
	arena_free(arena);
}

/* A calendar file split, merged, and split again gives the same objects. */
static void round_trips(void **state)
{
	static const char *const files[] = {"school-year", "world-clock", "tasks", "holidays"};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct arena *arena = arena_new();
		FILE *file = fopen(arena_printf(arena, "tests/data/%s.ics", files[i]), "rb");
		char *bytes = arena_alloc(arena, 1 << 20);
		struct cal_split first, second;
		struct facts_fault fault;
		struct buf out;

		assert_non_null(file);
		size_t len = fread(bytes, 1, 1 << 20, file);
		fclose(file);
		assert_true(cal_split(arena, bytes, len, &first, &fault));
		buf_init(&out, 4 << 20);
		struct cal_merge *merge = cal_merge_begin(
			&out, &(struct cal_head){.name = first.name, .color = first.color});
		for (size_t j = 0; j < first.n_items; j++)
			assert_true(cal_merge_add(
				merge, &out, first.items[j].bytes, first.items[j].len));
		cal_merge_end(merge, &out);
		assert_true(cal_split(arena, out.data, out.len, &second, &fault));
		assert_int_equal(first.n_items, second.n_items);
		assert_string_equal(first.name, second.name);
		for (size_t j = 0; j < first.n_items; j++) {
			assert_string_equal(first.items[j].uid, second.items[j].uid);
			/* all but PRODID and CALSCALE */
			const char *a = strstr(first.items[j].bytes, "BEGIN:V"),
				   *b = strstr(second.items[j].bytes, "BEGIN:V");
			assert_string_equal(strstr(a + 1, "BEGIN:V"), strstr(b + 1, "BEGIN:V"));
		}
		buf_free(&out);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges),
		cmocka_unit_test(writes_head_and_lines),
		cmocka_unit_test(names_colors),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
