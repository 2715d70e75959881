/* SPDX-License-Identifier: ISC */
/* Import and export through the management interface, with files shaped like real exports (tests/data/import). */
#include "tests/unit/import_help.h"

#include <time.h>

#define HEAD "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n"
#define TAIL "END:VCALENDAR\r\n"
#define EVENT(uid, summary)                                                                        \
	"BEGIN:VEVENT\r\nUID:" uid "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\n"  \
	"SUMMARY:" summary "\r\nEND:VEVENT\r\n"
#define TODO(uid, summary)                                                                         \
	"BEGIN:VTODO\r\nUID:" uid "\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:" summary               \
	"\r\nEND:VTODO\r\n"

/* Each file, the calendar it makes of its own, and what comes again when it is imported twice. */
static void exports_of_others(void **state)
{
	static const struct {
		const char *file, *calendar, *displayname, *color;
		long long entries, tasks;
	} rows[] = {
		{"google.ics", "calendars/anna/familie-müller", "Familie Müller", NULL, 3, 0},
		{"icloud.ics", "calendars/anna/zuhause", "Zuhause", "#1BADF8", 2, 0},
		{"nextcloud.ics", "calendars/anna/verein", "Verein", "#e78074", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *bytes = read_file(rows[i].file);
		call("POST", "/api/v1/users/anna/import", "text/calendar", bytes, strlen(bytes));
		expect(rows[i].entries + rows[i].tasks, 0, 0, 0);
		assert_int_equal(count(rows[i].calendar), rows[i].entries);
		call("POST", "/api/v1/users/anna/import", "text/calendar", bytes, strlen(bytes));
		expect(0, 0, rows[i].entries + rows[i].tasks, 0);
		assert_true(json_is_null(json_object_get(answer, "commit")));
		free(bytes);
		call("GET", "/api/v1/users/anna/collections", NULL, "", 0);
		assert_non_null(strstr(text.data, rows[i].displayname));
		if (rows[i].color)
			assert_non_null(strstr(text.data, rows[i].color));
	}
	assert_int_equal(count("calendars/anna/verein-tasks"), 1);
}

static void later_export_of_the_same_is_unchanged(void **state)
{
	char *bytes = read_file("google.ics");
	char *stamp;

	(void)state;
	import("collections/personal", bytes);
	expect(3, 0, 0, 0);
	while ((stamp = strstr(bytes, "DTSTAMP:20260110")))
		memcpy(stamp, "DTSTAMP:20260622", 16);
	import("collections/personal", bytes);
	expect(0, 0, 3, 0);
	/* but one word of an override is a change of its series */
	memcpy(strstr(bytes, "(eine Stunde"), "(zwei Stunde", 12);
	import("collections/personal", bytes);
	expect(0, 1, 2, 0);
	free(bytes);
}

static void export_comes_back_unchanged(void **state)
{
	static const char *const files[] = {"google.ics", "icloud.ics"};
	struct buf exported;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *bytes = read_file(files[i]);
		import("collections/personal", bytes);
		free(bytes);
	}
	buf_init(&exported, 1 << 20);
	call("GET", "/api/v1/users/anna/collections/personal/export", NULL, "", 0);
	assert_int_equal(status, 200);
	buf_add(&exported, text.data, text.len);
	import("collections/personal", exported.data);
	expect(0, 0, 5, 0);
	import("collections/other", exported.data);
	expect(5, 0, 0, 0);
	call("GET", "/api/v1/users/anna/collections/other/export", NULL, "", 0);
	assert_int_equal(status, 200);
	import("collections/personal", text.data);
	expect(0, 0, 5, 0);
	buf_free(&exported);
}

static void refusals_say_why_and_where(void **state)
{
	char *bytes = read_file("broken.ics");

	(void)state;
	import("collections/personal", bytes);
	expect(2, 0, 0, 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *row = json_array_get(json_object_get(answer, "refused"), i);
		long long line = json_integer_value(json_object_get(row, "line"));
		const char *at = bytes;
		for (long long n = 1; n < line; n++)
			at = strchr(at, '\n') + 1;
		/* the very line, or the first of the entry */
		if (!text_starts(at, "DTSTART:next") && !text_starts(at, "RRULE:") &&
			!text_starts(at, "BEGIN:VEVENT"))
			fail_msg("line %lld is %.30s", line, at);
		assert_true(strlen(refused(i, "why")) > 5);
	}
	assert_string_equal(refused(0, "uid"), "bad-start");
	assert_string_equal(refused(0, "summary"), "No such date");
	assert_int_equal(count("calendars/anna/personal"), 2);
	free(bytes);
}

static void tasks_do_not_go_into_event_calendars(void **state)
{
	(void)state;
	import("collections/personal", HEAD EVENT("e", "Party") TODO("t", "Tidy up") TAIL);
	expect(1, 0, 0, 1);
	assert_non_null(strstr(refused(0, "why"), "is a task"));
	assert_non_null(strstr(refused(0, "why"), "anna/tasks"));
	import("collections/tasks", HEAD TODO("t", "Tidy up") TAIL);
	expect(1, 0, 0, 0);
	/* a list that is made for it holds tasks alone */
	import("collections/chores", HEAD TODO("t", "Tidy up") TAIL);
	expect(1, 0, 0, 0);
	import("collections/chores", HEAD EVENT("e", "Party") TAIL);
	expect(0, 0, 0, 1);
	assert_non_null(strstr(refused(0, "why"), "anna/personal"));
}

static void replaces_under_its_own_name(void **state)
{
	static const char old[] = HEAD EVENT("u1", "Old") TAIL;
	struct store_change change = {
		.slot = STORE_ITEM,
		.collection = "calendars/anna/personal",
		.name = "odd name.ics",
		.bytes = old,
		.len = sizeof(old) - 1,
	};
	struct store_write write = {.changes = &change, .n_changes = 1, .subject = "test"};
	struct store_result result;

	(void)state;
	assert_int_equal(store_commit(app.store, &write, &result), STORE_OK);
	import("collections/personal", HEAD EVENT("u1", "New") EVENT("u2", "Other") TAIL);
	expect(1, 1, 0, 0);
	struct store_snapshot *snapshot = store_snapshot(app.store);
	const struct store_collection *c = store_collection(snapshot, "calendars/anna/personal");
	assert_int_equal(store_collection_count(c), 2);
	assert_string_equal(store_item_by_uid(c, "u1")->name, "odd name.ics");
	assert_string_equal(store_item_by_uid(c, "u2")->name, "u2.ics");
	store_snapshot_free(snapshot);
}

static void one_commit_with_its_words(void **state)
{
	struct store_snapshot *snapshot = store_snapshot(app.store);
	uint64_t before = store_head(snapshot).position;

	(void)state;
	store_snapshot_free(snapshot);
	import("collections/choir",
		HEAD "X-WR-CALNAME:Choir \\, Sundays\r\n" EVENT("a", "A") EVENT("b", "B") TAIL);
	expect(2, 0, 0, 0);
	snapshot = store_snapshot(app.store);
	assert_int_equal(store_head(snapshot).position, before + 1);
	store_snapshot_free(snapshot);
	call("GET", "/api/v1/log/anna/choir", NULL, "", 0);
	assert_non_null(strstr(text.data, "Anna imported 2 entries into Choir , Sundays"));
}

static void what_is_no_calendar(void **state)
{
	static const struct {
		const char *bytes, *words;
	} rows[] = {
		{"PK\003\004zip", "zip archive"},
		{"<!DOCTYPE html><html>", "web page"},
		{"{\"a\": 1}", "JSON"},
		{"hello", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		import("collections/new", rows[i].bytes);
		if (status != 400 || !strstr(text.data, rows[i].words))
			fail_msg("row %zu: %d %s", i, status, text.data);
	}
	assert_true(count("calendars/anna/new") == SIZE_MAX);
	import("collections/inbox", HEAD EVENT("a", "A") TAIL);
	assert_int_equal(status, 400);
	call("POST", "/api/v1/users/anna/import", "text/plain", "x", 1);
	assert_int_equal(status, 415);
}

static void several_files(void **state)
{
	json_t *body = json_pack("{s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "files", "name",
		"a.ics", "text", HEAD EVENT("a", "A") TAIL, "name", "b/c.ics", "text",
		"\xef\xbb\xbf" HEAD EVENT("a", "A") EVENT("b", "B") TAIL, "name", "d.ics", "text",
		"nonsense");
	char *dump = json_dumps(body, 0);

	(void)state;
	call("POST", "/api/v1/users/anna/collections/personal/import", "application/json", dump,
		strlen(dump));
	expect(2, 0, 1, 1);
	assert_string_equal(refused(0, "file"), "d.ics");
	/* without a calendar's name each file makes its own */
	call("POST", "/api/v1/users/anna/import", "application/json", dump, strlen(dump));
	expect(3, 0, 0, 1);
	assert_int_equal(count("calendars/anna/a"), 1);
	assert_int_equal(count("calendars/anna/c"), 2);
	free(dump);
	json_decref(body);
}

static void names_from_uids(void **state)
{
	static const struct {
		const char *uid, *name; /* NULL: something made up that ends in .ics */
	} rows[] = {
		{"6F9619FF-8B86-D011-B42D-00C04FC964FF",
			"6F9619FF-8B86-D011-B42D-00C04FC964FF.ics"},
		{"abc@google.com", "abc@google.com.ics"},
		{"a/b", NULL},
		{"..", NULL},
		{".hidden", NULL},
		{"ümlaut", NULL},
		{"", NULL},
		{"a b\tc", NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *name = import_name(arena, FACTS_CALENDAR, rows[i].uid, false);
		assert_true(store_name_ok(name));
		assert_true(text_ends(name, ".ics"));
		assert_true(strlen(name) <= 140);
		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
		assert_string_not_equal(
			name, import_name(arena, FACTS_CALENDAR, "another/one", false));
		assert_string_equal(name, import_name(arena, FACTS_CALENDAR, rows[i].uid, false));
	}
	arena_free(arena);
}

static void same_or_not(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{HEAD EVENT("a", "A") TAIL,
			"BEGIN:VCALENDAR\nPRODID:x\nMETHOD:PUBLISH\n" EVENT("a", "A") TAIL, true},
		{HEAD EVENT("a", "A") TAIL, HEAD EVENT("a", "B") TAIL, false},
		{HEAD EVENT("a", "Long") TAIL, HEAD EVENT("a", "L\r\n ong") TAIL, true},
		{HEAD EVENT("a", "A") TAIL, HEAD EVENT("a", "A") EVENT("a", "A") TAIL, false},
		{HEAD EVENT("a", "A") TAIL,
			HEAD "BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n" EVENT("a", "A") TAIL,
			true},
		{HEAD TAIL, HEAD TAIL, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (import_same(rows[i].a, strlen(rows[i].a), rows[i].b, strlen(rows[i].b)) !=
			rows[i].same)
			fail_msg("row %zu", i);
}

/* A big file: seconds of processor time at the very most, also with sanitizers. */
static void many_entries(void **state)
{
	enum { ENTRIES = 3000 };
	struct buf big;
	clock_t start;

	(void)state;
	buf_init(&big, 1 << 24);
	buf_adds(&big, HEAD);
	for (int i = 0; i < ENTRIES; i++)
		buf_addf(&big, EVENT("uid-%d@example.org", "Entry %d"), i, i);
	buf_adds(&big, TAIL);
	start = clock();
	import("collections/personal", big.data);
	expect(ENTRIES, 0, 0, 0);
	import("collections/personal", big.data);
	expect(0, 0, ENTRIES, 0);
	import("collections/tasks", big.data);
	expect(0, 0, 0, ENTRIES);
	assert_true(clock() - start < (clock_t)60 * CLOCKS_PER_SEC);
	buf_free(&big);
}

/* RFC 4331: what would be more than the owner may have is not begun. */
static void no_room_left(void **state)
{
	(void)state;
	dav_server_free(app.dav);
	app.dav = dav_server_new(&(struct dav_config){.store = app.store, .quota = 400});
	import("collections/personal",
		HEAD EVENT("a", "1") EVENT("b", "2") EVENT("c", "3") EVENT("d", "4") TAIL);
	assert_int_equal(status, 400);
	assert_non_null(strstr(text.data, "anna has no room left"));
	assert_int_equal(count("calendars/anna/personal"), 0);
	import("collections/personal", HEAD EVENT("a", "1") TAIL);
	expect(1, 0, 0, 0);
	/* what takes the place of the same takes no room */
	import("collections/personal", HEAD EVENT("a", "2") TAIL);
	expect(0, 1, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exports_of_others),
		TEST(later_export_of_the_same_is_unchanged),
		TEST(export_comes_back_unchanged),
		TEST(refusals_say_why_and_where),
		TEST(tasks_do_not_go_into_event_calendars),
		TEST(replaces_under_its_own_name),
		TEST(one_commit_with_its_words),
		TEST(what_is_no_calendar),
		TEST(several_files),
		TEST(many_entries),
		TEST(no_room_left),
		cmocka_unit_test(names_from_uids),
		cmocka_unit_test(same_or_not),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
