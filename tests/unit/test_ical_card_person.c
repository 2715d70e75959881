/* SPDX-License-Identifier: ISC */
/* Cards of our own making: as they are written, and good enough for an address book (RFC 2426, RFC 6352 5.1). */
#include "ical/card.h"
#include "tests/unit/ical_help.h"

#define HEAD "BEGIN:VCARD|VERSION:3.0|PRODID:-//Daybook//Daybook//EN|UID:u1|"

static const char *const two[] = {"a@example.org", "b@example.org"};
static const char *const odd[] = {"a@example.org\r\nTEL:1"};

static const struct {
	const char *name;
	struct card_person person;
	const char *text;
} rows[] = {
	{"a user", {.uid = "u1", .name = "Anna B."}, HEAD "FN:Anna B.|N:;Anna B.;;;|END:VCARD|"},
	{"addresses", {.uid = "u1", .name = "Anna", .mails = two, .n_mails = 2},
		HEAD "FN:Anna|N:;Anna;;;|EMAIL;TYPE=INTERNET:a@example.org|"
		     "EMAIL;TYPE=INTERNET:b@example.org|END:VCARD|"},
	{"a group",
		{.uid = "u1", .name = "The kids", .group = true, .members = two, .n_members = 2},
		HEAD "FN:The kids|N:The kids;;;;|X-ADDRESSBOOKSERVER-KIND:group|"
		     "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a@example.org|"
		     "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:b@example.org|END:VCARD|"},
	{"nobody in it", {.uid = "u1", .name = "G", .group = true},
		HEAD "FN:G|N:G;;;;|X-ADDRESSBOOKSERVER-KIND:group|END:VCARD|"},
	{"what ends a value", {.uid = "u1", .name = "a;b,c\\d\ne\x01\x7f"},
		HEAD "FN:a\\;b\\,c\\\\d\\ne|N:;a\\;b\\,c\\\\d\\ne;;;|END:VCARD|"},
	{"a line in an address", {.uid = "u1", .name = "A", .mails = odd, .n_mails = 1},
		HEAD "FN:A|N:;A;;;|EMAIL;TYPE=INTERNET:a@example.org\\nTEL:1|END:VCARD|"},
	{"a line in an id",
		{.uid = "u1", .name = "G", .group = true, .members = odd, .n_members = 1},
		HEAD "FN:G|N:G;;;;|X-ADDRESSBOOKSERVER-KIND:group|END:VCARD|"},
	{"folded",
		{.uid = "u1",
			.name = "0123456789012345678901234567890123456789012345678901234567890123456789012"},
		HEAD
		"FN:012345678901234567890123456789012345678901234567890123456789012345678901| 2|"
		"N:;012345678901234567890123456789012345678901234567890123456789012345678901| 2;;;|"
		"END:VCARD|"},
};

static void people(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new();
		struct facts facts = {0};
		struct facts_fault fault;
		struct buf out;

		buf_init(&out, SIZE_MAX);
		card_person(&out, &rows[i].person);
		if (strcmp(out.data, lines(arena, rows[i].text)) != 0)
			fail_msg("%s:\n%s", rows[i].name, out.data);
		if (!cal_inspect(FACTS_ADDRESSBOOK, out.data, out.len, arena, &facts, &fault))
			fail_msg("%s is refused in line %u", rows[i].name, fault.line);
		assert_string_equal(facts.uid, "u1");
		buf_free(&out);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(people)};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
