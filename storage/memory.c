/* SPDX-License-Identifier: ISC */
/*
 * Small things that all files here need: allocation that does not fail (out of memory aborts: every
 * input has a limit), and git's object ids as values and as hex.
 */
#include "storage/internal.h"

#include "src/base/text.h"

void *must_alloc(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		abort();
	return memory;
}

void *must_grow(void *old, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return old;
	size_t more = *cap ? *cap * 2 : 8;
	if (more < need)
		more = need;
	void *memory = reallocarray(old, more, size);
	if (!memory)
		abort();
	*cap = more;
	return memory;
}

char *must_strdup(const char *text)
{
	size_t len = strlen(text) + 1;

	return memcpy(must_alloc(len), text, len);
}

bool store_oid_equal(const struct store_oid *a, const struct store_oid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool store_oid_is_zero(const struct store_oid *oid)
{
	static const struct store_oid zero;

	return store_oid_equal(oid, &zero);
}

void store_oid_hex(char out[41], const struct store_oid *oid)
{
	text_hex(out, oid->bytes, sizeof(oid->bytes));
}

bool store_oid_parse(struct store_oid *oid, const char hex[40])
{
	struct store_oid parsed;

	if (!text_unhex(parsed.bytes, hex, sizeof(parsed.bytes)))
		return false;
	*oid = parsed;
	return true;
}

struct store_oid store_blob_id(const char *bytes, size_t len)
{
	return object_id(OBJECT_BLOB, bytes, len);
}
