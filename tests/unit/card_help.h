/* SPDX-License-Identifier: ISC */
/* What the tests of converted and merged cards share. */
#ifndef TESTS_UNIT_CARD_HELP_H
#define TESTS_UNIT_CARD_HELP_H

#include "ical/card.h"
#include "src/base/text.h"
#include "tests/unit/ical_help.h"

#define HEAD3 "BEGIN:VCARD|VERSION:3.0|UID:u|FN:A B|N:B;A;;;|"
#define HEAD4 "BEGIN:VCARD|VERSION:4.0|UID:u|FN:A B|N:B;A;;;|"
#define MAX_OUT ((size_t)64 * 1024 * 1024)

/* Lines with "|" between, unfolded; those that keep something left out unless `kept`. */
static inline char *shown(struct arena *arena, const char *bytes, size_t len, bool kept)
{
	struct buf flat;
	char *text = arena_strndup(arena, bytes, len), *out = arena_alloc(arena, len + 1);

	buf_init(&flat, len + 1);
	for (const char *p = text; *p; p++) {
		if (p[0] == '\r' && p[1] == '\n' && p[2] == ' ')
			p += 2;
		else if (*p != '\r')
			buf_addc(&flat, *p);
	}
	size_t n;
	char **all = text_split(arena, flat.data ? flat.data : "", '\n', &n);
	buf_free(&flat);
	for (size_t i = 0; i < n; i++) {
		if (!kept && text_starts(all[i], "X-DAYBOOK-V"))
			continue;
		size_t piece = strlen(all[i]), at = strlen(out);

		memcpy(out + at, all[i], piece);
		out[at + piece] = '|';
	}
	return out;
}

#endif
