/* SPDX-License-Identifier: ISC */
/* Names that git and Daybook allow, the places of the layout, the fan-out. */
#include "tests/unit/store_help.h"

static void test_names(void **state)
{
	static char longest[STORE_MAX_NAME + 2];
	const struct {
		const char *name;
		bool want;
	} rows[] = {
		{"a", true},
		{"a.ics", true},
		{"x y.ics", true},
		{"50%.ics", true},
		{"\xc3\xa9.ics", true},
		{"@x", true},
		{"git", true},
		{"magic~x", true},
		{"mail~box-long~1", true},
		{"", false},
		{".", false},
		{"..", false},
		{".git", false},
		{".hidden", false},
		{"a/b", false},
		{"a\\b", false},
		{"a:b", false},
		{"a\nb", false},
		{"a\x7f", false},
		{"git~1", false},
		{"GIT~1", false},
		{"gi7eba~1", false},
		{"gitmod~2", false},
		{"\xe2\x80\x8c.git", false},
		{"\xef\xbb\xbf.git", false},
		{"\xe2\x80\x8c", false},
		{"\xe2\x80\x8cx", true},
		{longest, true},
	};

	(void)state;
	memset(longest, 'a', STORE_MAX_NAME);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (store_name_ok(rows[i].name) != rows[i].want)
			fail_msg("row %zu: \"%s\"", i, rows[i].name);
	longest[STORE_MAX_NAME] = 'a';
	assert_false(store_name_ok(longest));
}

static void test_places(void **state)
{
	const struct {
		const char *path;
		enum place want;
	} rows[] = {
		{"", PLACE_ROOT},
		{"calendars", PLACE_TOP},
		{"addressbooks", PLACE_TOP},
		{"files", PLACE_TOP},
		{"principals", PLACE_TOP},
		{"trash", PLACE_NONE},
		{"/", PLACE_NONE},
		{"calendars/", PLACE_NONE},
		{"calendars//home", PLACE_NONE},
		{"/calendars", PLACE_NONE},
		{"principals/users", PLACE_PRINCIPALS},
		{"principals/groups", PLACE_PRINCIPALS},
		{"principals/other", PLACE_NONE},
		{"principals/users/x", PLACE_NONE},
		{"calendars/u", PLACE_HOME},
		{"calendars/u/c", PLACE_CALENDAR},
		{"calendars/u/c/d", PLACE_NONE},
		{"calendars/u/.meta", PLACE_NONE},
		{"addressbooks/u", PLACE_HOME},
		{"addressbooks/u/c", PLACE_ADDRESSBOOK},
		{"files/u", PLACE_FOLDER},
		{"files/u/a/b/c", PLACE_FOLDER},
		{"files/u/a/../c", PLACE_NONE},
	};
	char deep[256] = "files/u";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (place_of(rows[i].path) != rows[i].want)
			fail_msg("row %zu: \"%s\" is %d", i, rows[i].path,
				(int)place_of(rows[i].path));
	for (size_t i = 0; i < STORE_MAX_FOLDER_DEPTH; i++)
		memcpy(deep + strlen(deep), "/d", 3);
	assert_int_equal(place_of(deep), PLACE_FOLDER);
	memcpy(deep + strlen(deep), "/d", 3);
	assert_int_equal(place_of(deep), PLACE_NONE);
}

static void test_fan(void **state)
{
	char dir[12];

	(void)state;
	assert_int_equal(name_hash(""), 0xe3);
	item_dir(dir, true, false, 0x3a);
	assert_string_equal(dir, "3/a");
	item_dir(dir, true, true, 0x0f);
	assert_string_equal(dir, ".meta/0/f");
	item_dir(dir, false, true, 0x0f);
	assert_string_equal(dir, ".meta/0/f");
	item_dir(dir, false, false, 0x0f);
	assert_string_equal(dir, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_fan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
