/* SPDX-License-Identifier: ISC */
/* storage/object.c: ids are git's, streams are zlib's, for all sizes around the borders. */
#include "storage/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const struct {
	const char *name, *body, *want;
	enum object_type type;
} ids[] = {
	{"empty blob", "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", OBJECT_BLOB},
	{"empty tree", "", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", OBJECT_TREE},
	{"a blob", "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a", OBJECT_BLOB},
};

static void ids_are_gits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char hex[41];
		struct store_oid oid = object_id(ids[i].type, ids[i].body, strlen(ids[i].body));
		store_oid_hex(hex, &oid);
		if (strcmp(hex, ids[i].want) != 0)
			fail_msg("%s: %s", ids[i].name, hex);
	}
}

static void streams_inflate_to_the_body(void **state)
{
	static const size_t sizes[] = {
		0, 1, 15, 1023, 1024, 1025, 4096, 65535, 65536, 131070, 131071, 1000000};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(*sizes); i++) {
		struct object object;
		size_t size = sizes[i / 2];
		enum object_type type = i % 2 ? OBJECT_BLOB : OBJECT_TREE;
		unsigned char *body = malloc(size + 1), *back = malloc(size + 1);
		uLongf len = size + 1;

		assert_true(body && back);
		for (size_t k = 0; k < size; k++)
			body[k] = (unsigned char)(k * k >> 5);
		object_make(&object, type, body, size);
		assert_int_equal(object.size, size);
		assert_int_equal(
			uncompress(back, &len, object.deflated, object.deflated_len), Z_OK);
		assert_int_equal(len, size);
		assert_memory_equal(back, body, size);
		if (type == OBJECT_BLOB && size > 4096)
			assert_true(object.deflated_len < size);
		object_release(&object);
		assert_null(object.deflated);
		free(body);
		free(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_gits),
		cmocka_unit_test(streams_inflate_to_the_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
