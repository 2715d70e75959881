/* SPDX-License-Identifier: ISC */
/* src/base/arena.c: what it gives is zeroed, aligned and apart; growing keeps the content. */
#include "src/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void gives_zeroed_memory_of_any_size(void **state)
{
	static const size_t sizes[] = {
		0, 1, 15, 16, 17, 100, 4095, 4096, 4097, 16384, 16385, 70000, 1 << 20};
	struct arena *arena = arena_new();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			unsigned char *bytes = arena_alloc(arena, sizes[i]);
			assert_non_null(bytes);
			assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(bytes[k], 0);
			if (sizes[i])
				memset(bytes, 0xa5, sizes[i]);
		}
		arena_clear(arena);
	}
	arena_free(arena);
	arena_free(NULL);
}

static void keeps_allocations_apart(void **state)
{
	enum { COUNT = 5000 };
	struct arena *arena = arena_new();
	unsigned *all[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		all[i] = arena_array(arena, i % 40 + 1, sizeof(unsigned));
		for (unsigned k = 0; k <= i % 40; k++)
			all[i][k] = i;
	}
	for (unsigned i = 0; i < COUNT; i++)
		for (unsigned k = 0; k <= i % 40; k++)
			assert_int_equal(all[i][k], i);
	arena_free(arena);
}

static void grows_arrays(void **state)
{
	struct arena *arena = arena_new();
	size_t cap = 0;
	int *numbers = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		numbers = arena_grow(arena, numbers, &cap, (size_t)i + 1, sizeof(*numbers));
		assert_true(cap > (size_t)i);
		numbers[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	for (size_t i = 1000; i < cap; i++)
		assert_int_equal(numbers[i], 0);
	assert_ptr_equal(arena_grow(arena, numbers, &cap, 10, sizeof(*numbers)), numbers);
	arena_free(arena);
}

static void copies_strings(void **state)
{
	struct arena *arena = arena_new();
	char bytes[] = {'a', '\0', 'b'};

	(void)state;
	assert_null(arena_strdup(arena, NULL));
	assert_string_equal(arena_strdup(arena, ""), "");
	assert_string_equal(arena_strdup(arena, "daybook"), "daybook");
	assert_string_equal(arena_strndup(arena, "daybook", 3), "day");
	assert_string_equal(arena_strndup(arena, "day", 30), "day");
	assert_string_equal(arena_strndup(arena, (char[]){'d', 'a', 'y'}, 3), "day");
	assert_memory_equal(arena_memdup(arena, bytes, 3), bytes, 3);
	assert_non_null(arena_memdup(arena, NULL, 0));
	assert_string_equal(arena_printf(arena, "%s-%d", "x", 42), "x-42");
	assert_int_equal(strlen(arena_printf(arena, "%09000d", 1)), 9000);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory_of_any_size),
		cmocka_unit_test(keeps_allocations_apart),
		cmocka_unit_test(grows_arrays),
		cmocka_unit_test(copies_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
