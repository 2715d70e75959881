/* SPDX-License-Identifier: ISC */
/* src/base/log.c: levels, one clean line an event, and no line inside another one. */
#include "src/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Standard error goes to a file between begin() and end(). */
static int saved;
static FILE *file;
static char captured[1 << 20];

static void begin(void)
{
	file = tmpfile();
	assert_non_null(file);
	saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
}

static const char *end(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	captured[fread(captured, 1, sizeof(captured) - 1, file)] = '\0';
	fclose(file);
	return captured;
}

static void names_of_levels(void **state)
{
	(void)state;
	assert_int_equal(log_level_from_name("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_from_name("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_from_name("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_from_name("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_from_name("Error"), -1);
	assert_int_equal(log_level_from_name(""), -1);
	assert_int_equal(log_level_from_name(NULL), -1);
}

static void writes_what_the_level_lets_through(void **state)
{
	static const struct {
		enum log_level level;
		const char *want;
	} rows[] = {
		{LOG_LEVEL_ERROR, "error: a\n"},
		{LOG_LEVEL_WARN, "error: a\nwarning: b\n"},
		{LOG_LEVEL_INFO, "error: a\nwarning: b\nc\n"},
		{LOG_LEVEL_DEBUG, "error: a\nwarning: b\nc\ndebug: d\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin();
		log_set_level(rows[i].level);
		log_error("a");
		log_warn("%s", "b");
		log_info("%c", 'c');
		log_debug("d");
		assert_string_equal(end(), rows[i].want);
	}
	log_set_level(LOG_LEVEL_INFO);
}

static void an_event_is_one_line(void **state)
{
	(void)state;
	begin();
	log_info("a\r\nerror: forged\x1b[0m\x7f \xc3\xa4");
	assert_string_equal(end(), "a  error: forged [0m  \xc3\xa4\n");
	begin();
	log_info("%010000d", 1);
	const char *line = end();
	assert_true(strlen(line) < 5000);
	assert_string_equal(strchr(line, '\n'), "\n");
}

static void *write_many(void *word)
{
	for (int i = 0; i < 500; i++)
		log_info("%s %s %s", (char *)word, (char *)word, (char *)word);
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	char words[4][40];
	pthread_t threads[4];
	size_t count = 0;

	(void)state;
	begin();
	for (int i = 0; i < 4; i++) {
		memset(words[i], 'a' + i, sizeof(words[i]) - 1);
		words[i][sizeof(words[i]) - 1] = '\0';
		pthread_create(&threads[i], NULL, write_many, words[i]);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (const char *line = end(); *line; line = strchr(line, '\n') + 1, count++)
		for (int k = 0; k < 3 * 40; k++)
			assert_int_equal(line[k], k == 119 ? '\n' : k % 40 == 39 ? ' ' : line[0]);
	assert_int_equal(count, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_levels),
		cmocka_unit_test(writes_what_the_level_lets_through),
		cmocka_unit_test(an_event_is_one_line),
		cmocka_unit_test(lines_of_threads_do_not_mix),
	};

	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
