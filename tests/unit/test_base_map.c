/* SPDX-License-Identifier: ISC */
/* src/base/map.c against a plain array that is told the same. */
#include "src/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 400, STEPS = 50000 };

static char *key_of(int i)
{
	static char key[16];

	snprintf(key, sizeof(key), "key-%d", i);
	return key;
}

static void agree(const struct map *map, char *const *mirror)
{
	size_t position = 0, count = 0;
	const char *key;
	void *value;

	while (map_next(map, &position, &key, &value)) {
		assert_ptr_equal(mirror[atoi(key + 4)], value);
		count++;
	}
	assert_int_equal(count, map_count(map));
	for (int i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(map, key_of(i)), mirror[i]);
}

static void does_what_an_array_does(void **state)
{
	struct map *map = map_new();
	char *mirror[KEYS] = {NULL}, values[KEYS];
	unsigned random = 1;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		random = random * 1664525u + 1013904223u;
		int i = (int)(random >> 16) % KEYS;
		/* The first half mostly adds, the second mostly removes. */
		bool add = (random >> 8) % 4 < (step < STEPS / 2 ? 3u : 1u);
		char *value = add ? &values[(random >> 20) % KEYS] : NULL;
		void *old = add ? map_set(map, key_of(i), value) : map_remove(map, key_of(i));
		assert_ptr_equal(old, mirror[i]);
		mirror[i] = value;
		if (step % 1000 == 0)
			agree(map, mirror);
	}
	agree(map, mirror);
	map_free(map, NULL);
}

static void empty(void **state)
{
	struct map *map = map_new();
	size_t position = 0;

	(void)state;
	assert_int_equal(map_count(map), 0);
	assert_null(map_get(map, ""));
	assert_null(map_remove(map, "x"));
	assert_false(map_next(map, &position, NULL, NULL));
	map_free(map, free);
	map_free(NULL, free);
}

static void copies_keys_and_releases_values(void **state)
{
	struct map *map = map_new();
	char key[] = "abc";

	(void)state;
	assert_null(map_set(map, key, strdup("one")));
	key[0] = 'x';
	assert_null(map_get(map, key));
	assert_string_equal(map_get(map, "abc"), "one");
	char *old = map_set(map, "abc", strdup("two"));
	assert_string_equal(old, "one");
	free(old);
	map_set(map, "", strdup("empty key"));
	assert_int_equal(map_count(map), 2);
	map_free(map, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(does_what_an_array_does),
		cmocka_unit_test(copies_keys_and_releases_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
