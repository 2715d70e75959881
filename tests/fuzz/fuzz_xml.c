/* SPDX-License-Identifier: ISC */
/* XML on any bytes: canonical text of what was read reads back as the same; escaped bytes are always XML. */
#include "tests/fuzz/fuzz.h"
#include "webdav/xml.h"

#include <assert.h>
#include <string.h>

#define MAX_INPUT (256 * 1024)

static void check_canonical(struct arena *arena, const struct xml_element *root)
{
	const char *why = "";
	char *text = xml_canonical(arena, root);
	struct xml_element *again = xml_parse(arena, text, strlen(text), &why);

	assert(!strpbrk(text, "\r\n"));
	assert(again);
	assert(strcmp(xml_canonical(arena, again), text) == 0);
	assert(strcmp(xml_canonical_text(arena, text), root->text) == 0);
	assert(xml_is(again, root->ns, root->name));
}

static void check_escape(struct arena *arena, const char *bytes, size_t len)
{
	struct buf out;

	buf_init(&out, 16 * 1024 * 1024);
	buf_adds(&out, "<a>");
	xml_escape_n(&out, bytes, len);
	buf_adds(&out, "</a>");
	assert(xml_parse(arena, out.data, out.len, NULL));
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *why = NULL;

	if (size <= MAX_INPUT) {
		struct xml_element *root = xml_parse(arena, (const char *)data, size, &why);
		assert(!root == !!why);
		if (root)
			check_canonical(arena, root);
		check_escape(arena, (const char *)data, size);
	}
	arena_free(arena);
	return 0;
}
