/* SPDX-License-Identifier: ISC */
/* vCards: what an address book may hold (RFC 6352 5.1). */
#include "tests/unit/ical_help.h"

#include <dirent.h>

#define FOLDER "tests/data/cards"
#define MAX_SAMPLE 100000

static char *whole_file(struct arena *arena, const char *name, size_t *len)
{
	char *bytes = arena_alloc(arena, MAX_SAMPLE);
	FILE *file = fopen(arena_printf(arena, FOLDER "/%s", name), "rb");

	if (!file)
		fail_msg("%s", name);
	*len = fread(bytes, 1, MAX_SAMPLE, file);
	fclose(file);
	return bytes;
}

static void cards(void **state)
{
	static const struct {
		const char *name, *text;
		int code;
		unsigned line;
		const char *fn;
	} rows[] = {
		{"3.0", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:Anna\\, x|N:x;Anna;;;|END:VCARD", CAL_OK,
			0, "Anna, x"},
		{"4.0", "BEGIN:VCARD|VERSION:4.0|UID:u|FN:Anna|KIND:group|MEMBER:urn:uuid:1|END:VCARD",
			CAL_OK, 0, "Anna"},
		{"groups",
			"BEGIN:VCARD|VERSION:3.0|item1.UID:u|item1.FN:Anna|item2.X-ABLabel:_$!<Home>!$_|END:VCARD",
			CAL_OK, 0, "Anna"},
		{"two FN", "BEGIN:VCARD|VERSION:4.0|UID:u|FN:Anna|FN;LANGUAGE=de:Anne|END:VCARD",
			CAL_OK, 0, "Anna"},
		{"an old parameter", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:Anna|TEL;HOME:1|END:VCARD",
			CAL_OK, 0, "Anna"},
		{"lower case", "begin:vcard|version:3.0|uid:u|fn:Anna|end:vcard", CAL_OK, 0,
			"Anna"},
		{"an empty FN", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:|END:VCARD", CAL_OK, 0, ""},
		{"folded", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:An| na|END:VCARD", CAL_OK, 0, "Anna"},
		{"2.1", "BEGIN:VCARD|VERSION:2.1|UID:u|FN:Anna|END:VCARD", CAL_VERSION, 2, NULL},
		{"no VERSION", "BEGIN:VCARD|UID:u|FN:Anna|END:VCARD", CAL_MALFORMED, 0, NULL},
		{"no FN", "BEGIN:VCARD|VERSION:3.0|UID:u|END:VCARD", CAL_MALFORMED, 0, NULL},
		{"no UID", "BEGIN:VCARD|VERSION:3.0|FN:Anna|END:VCARD", CAL_NOT_OBJECT, 0, NULL},
		{"two UIDs", "BEGIN:VCARD|VERSION:3.0|UID:u|UID:v|FN:Anna|END:VCARD", CAL_MALFORMED,
			4, NULL},
		{"two cards",
			"BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|END:VCARD|BEGIN:VCARD|VERSION:3.0|UID:v|FN:B|END:VCARD",
			CAL_NOT_OBJECT, 6, NULL},
		{"a calendar", "BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR", CAL_MALFORMED, 0, NULL},
		{"no END", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:A", CAL_MALFORMED, 1, NULL},
		{"a control", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:A\x02|END:VCARD", CAL_MALFORMED, 4,
			NULL},
		{"no UTF-8", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:\xff|END:VCARD", CAL_MALFORMED, 0,
			NULL},
		{"no card", "hello", CAL_MALFORMED, 1, NULL},
		{"empty", "", CAL_MALFORMED, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, rows[i].text);
		struct facts facts = {0};
		struct facts_fault fault = {0};
		bool fine = cal_inspect(
			FACTS_ADDRESSBOOK, bytes, strlen(bytes), arena, &facts, &fault);

		if (fine != (rows[i].code == CAL_OK) || (!fine && fault.code != rows[i].code) ||
			(!fine && rows[i].line && fault.line != rows[i].line))
			fail_msg("%s: %d, line %u: %s", rows[i].name, fault.code, fault.line,
				fault.text);
		if (fine) {
			assert_string_equal(facts.uid, "u");
			assert_string_equal(facts.summary, rows[i].fn);
			assert_int_equal(facts.component, FACTS_VCARD);
		}
		arena_free(arena);
	}
}

/* RFC 2426 3.7.1, with the words of RFC 5545 3.8.1.3. */
static void classes(void **state)
{
	static const struct {
		const char *line;
		enum facts_class class;
	} rows[] = {
		{"NOTE:CLASS:PRIVATE", FACTS_PUBLIC},
		{"CLASS:PUBLIC", FACTS_PUBLIC},
		{"CLASS:PRIVATE", FACTS_PRIVATE},
		{"class:confidential", FACTS_CONFIDENTIAL},
		{"item1.CLASS:PRIVATE", FACTS_PRIVATE},
		{"CLASS:X-FAMILY", FACTS_PRIVATE},
		{"CLASS:PRIVATE|CLASS:PUBLIC", FACTS_PRIVATE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena,
			arena_printf(arena, "BEGIN:VCARD|VERSION:3.0|UID:u|FN:Anna|%s|END:VCARD",
				rows[i].line));
		struct facts facts = {0};

		assert_true(
			cal_inspect(FACTS_ADDRESSBOOK, bytes, strlen(bytes), arena, &facts, NULL));
		if (facts.class != rows[i].class)
			fail_msg("%s: %d", rows[i].line, facts.class);
		arena_free(arena);
	}
}

/* Cards as real clients write them: all but 2.1 may be written. */
static void samples(void **state)
{
	DIR *folder = opendir(FOLDER);
	size_t n = 0;

	(void)state;
	assert_non_null(folder);
	for (struct dirent *entry; (entry = readdir(folder));) {
		struct arena *arena = arena_new();
		struct facts facts = {0};
		struct facts_fault fault = {0};
		size_t len;
		const char *dot = strstr(entry->d_name, ".vcf");

		if (dot) {
			bool old = dot - entry->d_name > 4 && strncmp(dot - 4, "-2.1", 4) == 0;
			char *bytes = whole_file(arena, entry->d_name, &len);

			if (cal_accept(FACTS_ADDRESSBOOK, bytes, len, arena, &facts, &fault) == old)
				fail_msg("%s: line %u: %s", entry->d_name, fault.line, fault.text);
			n++;
		}
		arena_free(arena);
	}
	closedir(folder);
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards), cmocka_unit_test(classes), cmocka_unit_test(samples)};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
