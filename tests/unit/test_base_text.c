/* SPDX-License-Identifier: ISC */
/* src/base/text*.c as tables. A NULL in the column `want` means: refused. */
#include "src/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* want NULL, or the same text */
static void check(const char *name, const char *got, const char *want)
{
	if (!text_equal(got, want))
		fail_msg("%s: got \"%s\", want \"%s\"", name, got ? got : "NULL",
			want ? want : "NULL");
}

static void compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, nocase, starts, starts_nocase, ends;
	} rows[] = {
		{"", "", true, true, true, true, true},
		{"a", "", false, false, true, true, true},
		{"", "a", false, false, false, false, false},
		{"abc", "abc", true, true, true, true, true},
		{"abc", "ABC", false, true, false, true, false},
		{"abc", "ab", false, false, true, true, false},
		{"abc", "AB", false, false, false, true, false},
		{"abc", "bc", false, false, false, false, true},
		{"[", "{", false, false, false, false, false},
		{"\xc3\xa4", "\xc3\x84", false, false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *a = rows[i].a, *b = rows[i].b;
		assert_int_equal(text_equal(a, b), rows[i].equal);
		assert_int_equal(text_equal_nocase(a, b), rows[i].nocase);
		assert_int_equal(text_starts(a, b), rows[i].starts);
		assert_int_equal(text_starts_nocase(a, b), rows[i].starts_nocase);
		assert_int_equal(text_ends(a, b), rows[i].ends);
	}
	assert_true(text_equal(NULL, NULL) && text_equal_nocase(NULL, NULL));
	assert_false(text_equal("", NULL) || text_equal_nocase(NULL, ""));
}

static void finds_without_case(void **state)
{
	static const struct {
		const char *hay, *needle;
		int at;
	} rows[] = {
		{"", "", 0},
		{"abc", "", 0},
		{"abc", "C", 2},
		{"aAaB", "AAb", 1},
		{"abc", "d", -1},
		{"", "a", -1},
		{"ab", "abc", -1},
		{"text/Calendar; x", "CALENDAR", 5},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = text_find_nocase(rows[i].hay, rows[i].needle);
		assert_int_equal(got ? got - rows[i].hay : -1, rows[i].at);
	}
}

static void lowers_and_trims(void **state)
{
	static const struct {
		const char *text, *lower, *trim;
	} rows[] = {
		{"", "", ""},
		{" A b ", " a b ", "A b"},
		{"\t\r\n", "\t\r\n", ""},
		{"x\n", "x\n", "x"},
		{"Z\xc3\x84@[", "z\xc3\x84@[", "Z\xc3\x84@["},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(rows[i].text, text_lower(arena, rows[i].text), rows[i].lower);
		check(rows[i].text, text_trim(arena, rows[i].text), rows[i].trim);
	}
	arena_free(arena);
}

static void splits(void **state)
{
	static const struct {
		const char *text;
		const char *want[5];
	} rows[] = {
		{"", {NULL}},
		{" , ,,", {NULL}},
		{"a", {"a"}},
		{" a, b c ,,d", {"a", "b c", "d"}},
		{"a,b,c,d,", {"a", "b", "c", "d"}},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t count, want = 0;
		char **pieces = text_split(arena, rows[i].text, ',', &count);
		while (rows[i].want[want])
			want++;
		assert_int_equal(count, want);
		for (size_t k = 0; k <= want; k++)
			check(rows[i].text, pieces[k], rows[i].want[k]);
	}
	/* More pieces than the first array holds. */
	size_t count;
	char **pieces = text_split(arena, "1 2 3 4 5 6 7 8 9 a b c d e f g h", ' ', &count);
	assert_int_equal(count, 17);
	assert_null(pieces[17]);
	arena_free(arena);
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t want;
	} rows[] = {
		{"0", true, 0},
		{"007", true, 7},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999", false, 0},
		{"", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"0x1", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 4711;
		assert_int_equal(text_to_u64(rows[i].text, &value), rows[i].ok);
		assert_int_equal(value, rows[i].ok ? rows[i].want : 4711);
	}
}

static void knows_utf8(void **state)
{
	static const struct {
		const char *bytes;
		bool want;
	} rows[] = {
		{"", true},
		{"abc", true},
		{"\xc3\xa4", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x98\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xed\x9f\xbf", true},
		{"\x80", false},
		{"\xc3", false},
		{"\xc0\xaf", false},
		{"\xc1\xbf", false},
		{"\xe0\x9f\xbf", false},
		{"\xed\xa0\x80", false},
		{"\xf0\x8f\xbf\xbf", false},
		{"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false},
		{"\xe2\x82", false},
		{"\xe2\x28\xa1", false},
		{"\xff", false},
		{"a\xf0\x9f\x98z", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is_utf8(rows[i].bytes, strlen(rows[i].bytes)) != rows[i].want)
			fail_msg("row %zu", i);
	assert_true(text_is_utf8("a\0b", 3));
}

static void cleans_lines(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *want;
	} rows[] = {
		{"", 10, ""},
		{"Dentist", 10, "Dentist"},
		{"a\r\nUser: eve", 80, "a User: eve"},
		{"a \t\x01 b", 80, "a b"},
		{"a\x7f\xc2\x85\xe2\x80\xa8 b", 80, "a b"},
		{"a\xff\xfe z", 80, "a?? z"},
		{"0123456789", 10, "0123456789"},
		{"0123456789a", 10, "0123456\xe2\x80\xa6"},
		{"aaaaaa\xe2\x82\xac\xe2\x82\xac", 10, "aaaaaa\xe2\x80\xa6"},
		{"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 7, "\xc3\xa4\xc3\xa4\xe2\x80\xa6"},
		{"abcdef", 3, "\xe2\x80\xa6"},
		{"abcdef", 2, "ab"},
		{"\xe2\x82\xac", 2, ""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *got = text_clean_line(arena, rows[i].text, rows[i].max);
		check(rows[i].text, got, rows[i].want);
		assert_true(strlen(got) <= rows[i].max);
	}
	arena_free(arena);
}

static void decodes_percent(void **state)
{
	static const struct {
		const char *segment, *want;
	} rows[] = {
		{"", ""},
		{"abc", "abc"},
		{"a%20b", "a b"},
		{"%c3%A4", "\xc3\xa4"},
		{"%25", "%"},
		{"%0A", "\n"},
		{"+", "+"},
		{"..", ".."},
		{"%2e%2E", ".."},
		{"%2541", "%41"},
		{"%", NULL},
		{"%4", NULL},
		{"a%", NULL},
		{"%zz", NULL},
		{"%4g", NULL},
		{"%00", NULL},
		{"a%2Fb", NULL},
		{"a%2fb", NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].segment);
		check(rows[i].segment, text_percent_decode(arena, rows[i].segment, len),
			rows[i].want);
	}
	check("cut", text_percent_decode(arena, "a%20", 3), NULL);
	check("part", text_percent_decode(arena, "ab/c", 2), "ab");
	check("NUL", text_percent_decode(arena, "a\0b", 3), NULL);
	arena_free(arena);
}

static void encodes_percent(void **state)
{
	static const struct {
		const char *segment, *want;
	} rows[] = {
		{"", ""},
		{"aZ09-._~@+=,!$'()*", "aZ09-._~@+=,!$'()*"},
		{"a b", "a%20b"},
		{"a/b", "a%2Fb"},
		{"%:&;?#", "%25%3A%26%3B%3F%23"},
		{"\xc3\xa4", "%C3%A4"},
		{"\n", "%0A"},
	};
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&buf);
		buf_adds(&buf, "");
		text_percent_encode(&buf, rows[i].segment);
		check(rows[i].segment, buf.data, rows[i].want);
	}
	buf_free(&buf);
}

static void hex(void **state)
{
	unsigned char bytes[3] = {9, 9, 9};
	char out[7];

	(void)state;
	text_hex(out, (const unsigned char *)"\x00\xab\xff", 3);
	assert_string_equal(out, "00abff");
	assert_false(text_unhex(bytes, "00ag", 2));
	assert_false(text_unhex(bytes, "00a", 2));
	assert_memory_equal(bytes, "\x09\x09\x09", 3);
	assert_true(text_unhex(bytes, "00ABff", 3));
	assert_memory_equal(bytes, "\x00\xab\xff", 3);
}

/* RFC 4648 section 10, and what is malformed. */
static void decodes_base64(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", ""},
		{"Zg==", "f"},
		{"Zm8=", "fo"},
		{"Zm9v", "foo"},
		{"Zm9vYg==", "foob"},
		{"Zm9vYmFy", "foobar"},
		{"+/+/", "\xfb\xff\xbf"},
		{"Zg", NULL},
		{"Zg=", NULL},
		{"Zg===", NULL},
		{"Z", NULL},
		{"Zm9v ", NULL},
		{"Zm-_", NULL},
		{"Zm9v\n", NULL},
		{"=", NULL},
		{"Zh==", NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = 99;
		check(rows[i].text, text_base64_decode(arena, rows[i].text, &len), rows[i].want);
		assert_int_equal(len, rows[i].want ? strlen(rows[i].want) : 99);
	}
	arena_free(arena);
}

static void makes_uuids(void **state)
{
	char one[37], two[37];

	(void)state;
	text_uuid(one);
	text_uuid(two);
	assert_int_equal(strlen(one), 36);
	assert_string_not_equal(one, two);
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		assert_true(dash ? one[i] == '-' : strchr("0123456789abcdef", one[i]) != NULL);
	}
	assert_int_equal(one[14], '4');
	assert_non_null(strchr("89ab", one[19]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(finds_without_case),
		cmocka_unit_test(lowers_and_trims),
		cmocka_unit_test(splits),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(knows_utf8),
		cmocka_unit_test(cleans_lines),
		cmocka_unit_test(decodes_percent),
		cmocka_unit_test(encodes_percent),
		cmocka_unit_test(hex),
		cmocka_unit_test(decodes_base64),
		cmocka_unit_test(makes_uuids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
