/* SPDX-License-Identifier: ISC */
/* src/base/buf.c: appends, the limit, and that a refused append leaves a clean prefix. */
#include "src/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t max;
	const char *pieces[4];
	const char *want;
	bool full;
} rows[] = {
	{"nothing", 10, {NULL}, NULL, false},
	{"empty pieces", 10, {"", ""}, "", false},
	{"one", 10, {"abc"}, "abc", false},
	{"exactly full", 6, {"abc", "def"}, "abcdef", false},
	{"one too many", 6, {"abc", "defg"}, "abc", true},
	{"full stays full", 6, {"abc", "defg", "h"}, "abc", true},
	{"limit 0", 0, {"a"}, NULL, true},
	{"empty into limit 0", 0, {""}, "", false},
};

static void appends_up_to_the_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int with_format = 0; with_format < 2; with_format++) {
			struct buf buf;
			buf_init(&buf, rows[i].max);
			for (int k = 0; k < 4 && rows[i].pieces[k]; k++) {
				const char *piece = rows[i].pieces[k];
				bool added = with_format ? buf_addf(&buf, "%s", piece)
							 : buf_adds(&buf, piece);
				assert_int_equal(added, !buf.full);
			}
			if (rows[i].want)
				assert_string_equal(buf.data, rows[i].want);
			else
				assert_int_equal(buf.len, 0);
			if (buf.full != rows[i].full)
				fail_msg("%s", rows[i].name);
			buf_free(&buf);
			assert_int_equal(buf.max, rows[i].max);
		}
	}
}

static void a_zeroed_buffer_holds_nothing(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_false(buf_addc(&buf, 'x'));
	assert_true(buf.full);
	buf_free(&buf);
}

static void grows_and_resets(void **state)
{
	struct buf buf;
	char *data;

	(void)state;
	buf_init(&buf, SIZE_MAX);
	for (int i = 0; i < 10000; i++)
		assert_true(buf_addc(&buf, (char)('a' + i % 26)));
	assert_int_equal(buf.len, 10000);
	assert_int_equal(strlen(buf.data), 10000);
	data = buf.data;
	buf_reset(&buf);
	assert_int_equal(buf.len, 0);
	assert_true(buf_reserve(&buf, 9000));
	assert_ptr_equal(buf.data, data);
	assert_false(buf_reserve(&buf, SIZE_MAX));
	buf_free(&buf);
}

static void reset_forgets_that_it_was_full(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 2);
	assert_false(buf_adds(&buf, "abc"));
	buf_reset(&buf);
	assert_true(buf_adds(&buf, "ab"));
	assert_string_equal(buf.data, "ab");
	buf_free(&buf);
}

static void take_hands_over(void **state)
{
	struct buf buf;
	size_t len = 99;

	(void)state;
	buf_init(&buf, 100);
	char *nothing = buf_take(&buf, &len);
	assert_string_equal(nothing, "");
	assert_int_equal(len, 0);
	free(nothing);
	buf_add(&buf, "a\0b", 3);
	char *bytes = buf_take(&buf, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "a\0b", 4);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_up_to_the_limit),
		cmocka_unit_test(a_zeroed_buffer_holds_nothing),
		cmocka_unit_test(grows_and_resets),
		cmocka_unit_test(reset_forgets_that_it_was_full),
		cmocka_unit_test(take_hands_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
