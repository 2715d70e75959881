/* SPDX-License-Identifier: ISC */
/*
 * What changed between any two pieces of bytes: input is both, with a line of "====" between. Words are clean lines, losses come
 * first, an entry compared with itself has changed in nothing, and what can be compared can be compared the other way round.
 */
#include "ical/changes.h"
#include "src/base/text.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#define MAX_INPUT (64 * 1024)
#define BETWEEN "====\n"

static void judge(const struct cal_change *list, size_t n)
{
	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		const char *text = list[i].text;
		assert(*text && *cal_change_word(list[i].kind));
		assert(text_is_utf8(list[i].property, strlen(list[i].property)));
		for (const char *p = text; *p; p++)
			assert((unsigned char)*p >= 0x20);
		assert(i == 0 || list[i - 1].loss || !list[i].loss);
	}
}

static void itself(struct arena *arena, const char *bytes, size_t len)
{
	const struct cal_change *list;
	size_t n;

	if (cal_changes(arena, &list, &n, bytes, len, bytes, len))
		assert(n == 1 && list[0].kind == CAL_UNSEEN && !list[0].loss);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *between;
	const struct cal_change *list;
	size_t n, before, after;

	if (size > MAX_INPUT || !(between = memmem(bytes, size, BETWEEN, strlen(BETWEEN))))
		return 0;
	before = (size_t)(between - bytes);
	between += strlen(BETWEEN);
	after = size - (size_t)(between - bytes);
	struct arena *arena = arena_new();
	bool compared = cal_changes(arena, &list, &n, bytes, before, between, after);
	if (compared)
		judge(list, n);
	bool again = cal_changes(arena, &list, &n, between, after, bytes, before);
	assert(again == compared);
	if (again)
		judge(list, n);
	itself(arena, bytes, before);
	itself(arena, between, after);
	arena_free(arena);
	return 0;
}
