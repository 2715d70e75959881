/* SPDX-License-Identifier: ISC */
/* What changed between two versions, in words (ical/changes.h). */
#include "tests/unit/ical_help.h"

#include "ical/card.h"
#include "ical/changes.h"

#define FRAME "BEGIN:VCARD|VERSION:3.0|UID:u|%s|END:VCARD"
#define LONG "It was a long note about how they met, and much that followed from it in later years."
#define CUT "It was a long note about how they met"
#define A16 "AAAAAAAAAAAAAAAA" /* 12 bytes */
#define A256 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16
#define A2048 A256 A256 A256 A256 A256 A256 A256 A256

/* The changes as "!loss; other", or NULL where they are not compared. */
static const char *told(struct arena *arena, const char *before, const char *after)
{
	const struct cal_change *list;
	struct buf out;
	size_t n;

	if (!cal_changes(arena, &list, &n, before, strlen(before), after, strlen(after)))
		return NULL;
	buf_init(&out, SIZE_MAX);
	buf_adds(&out, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%s%s%s", i ? "; " : "", list[i].loss ? "!" : "", list[i].text);
	char *text = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

struct row {
	const char *before, *after, *want;
};

static void check(struct arena *arena, const struct row *row, const char *before, const char *after)
{
	const char *got = told(arena, before, after);

	if (!got || strcmp(got, row->want) != 0)
		fail_msg("%s -> %s:\n\t%s\nand not\n\t%s", row->before, row->after,
			got ? got : "(not compared)", row->want);
}

static void check_cards(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();
		char *before = lines(arena, arena_printf(arena, FRAME, rows[i].before)),
		     *after = lines(arena, arena_printf(arena, FRAME, rows[i].after));

		check(arena, &rows[i], before, after);
		arena_free(arena);
	}
}

static void cards(void **state)
{
	static const struct row rows[] = {
		{"FN:Anna", "FN:Anne", "name changed from \"Anna\" to \"Anne\""},
		{"FN:A|N:B;A;;;", "FN:C|N:B;C;;;", "name changed from \"A\" to \"C\""},
		{"FN:A|N:B;A;;;", "FN:A|N:B;C;;;", "full name changed"},
		{"FN:A|N:B;A;Maria;Dr.;", "FN:A|N:B;A;;;", "!full name lost 2 of 4 parts"},
		{"FN:A", "FN:A|EMAIL:a@b", "e-mail address added"},
		{"FN:A|TEL:1", "FN:A|TEL:1|TEL:2|TEL:3", "2 phone numbers added"},
		{"FN:A|TEL:+49 1", "FN:A|TEL:+49 2",
			"phone number changed from \"+49 1\" to \"+49 2\""},
		{"FN:A|TEL:1|TEL:2", "FN:A|TEL:3|TEL:4", "2 phone numbers changed"},
		{"FN:A|TEL:1|TEL:2", "FN:A|TEL:2", "phone number removed"},
		{"FN:A|TEL:1|TEL:2|TEL:3", "FN:A|TEL:2", "2 of 3 phone numbers removed"},
		{"FN:A|TEL:1|TEL:2", "FN:A", "!all 2 phone numbers removed"},
		{"FN:A|NOTE:x", "FN:A", "!note removed"},
		{"FN:A|NOTE:x", "FN:A|NOTE:", "!note removed"},
		{"FN:A|ADR:;;Way 1;Town;;1;", "FN:A|ADR:;;;;;;", "!address removed"},
		{"FN:A|ADR:;;Way 1;Town;;1;D", "FN:A|ADR:;;;Town;;;D",
			"!address lost 2 of 4 parts"},
		{"FN:A|ADR:;;Way 1;Town;;1;D", "FN:A|ADR:;;Way 2;Town;;1;D", "address changed"},
		{"FN:A|NOTE:" LONG, "FN:A|NOTE:" CUT, "!note cut short (85 to 37 characters)"},
		{"FN:A|NOTE:" LONG, "FN:A|NOTE:" CUT "…", "!note cut short (85 to 38 characters)"},
		{"FN:A|NOTE:" LONG, "FN:A|NOTE:Else", "note changed"},
		{"FN:A|NOTE:short one", "FN:A|NOTE:short", "note changed"},
		{"FN:A|TEL:1|EMAIL:e|NOTE:n|TITLE:t", "FN:A|TITLE:t",
			"!3 of 6 properties vanished: TEL, EMAIL, NOTE"},
		{"FN:A|TEL:1|EMAIL:e|NOTE:n", "FN:A",
			"!became empty: 3 of 5 properties vanished: TEL, EMAIL, NOTE"},
		{"FN:A|X-A:1|X-B:1|X-C:1|X-D:1|X-E:1|X-F:1|X-G:1|X-H:1|X-I:1|X-J:1|ROLE:r",
			"FN:A|ROLE:r",
			"!10 of 13 properties vanished: X-A, X-B, X-C, X-D, X-E, X-F, X-G, X-H and 2 more"},
		{"FN:A|NOTE:x|TEL:1", "FN:B|TEL:1|EMAIL:e",
			"!note removed; name changed from \"A\" to \"B\"; e-mail address added"},
		{"FN:A|X-Own:x", "FN:A|X-OWN:y", "X-OWN changed"},
		{"FN:A|CATEGORIES:a,b\\,c", "FN:A|CATEGORIES:b\\,c|CATEGORIES:d",
			"category changed from \"a\" to \"d\""},
		{"FN:A|BDAY:1980-03-01", "FN:A|BDAY:19800302",
			"birthday changed from 1980-03-01 to 1980-03-02"},
		{"FN:A|BDAY:--0301", "FN:A|BDAY:19800301",
			"birthday changed from --0301 to 1980-03-01"},
		{"FN:A|X-ADDRESSBOOKSERVER-KIND:group|X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|"
		 "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2",
			"FN:A|X-ADDRESSBOOKSERVER-KIND:group", "!all 2 members removed"},
		{"FN:A|TEL;TYPE=HOME:1", "FN:A|TEL;TYPE=WORK:1",
			"details of the phone number changed"},
		{"FN:A|TEL;TYPE=HOME:1|TEL:2", "FN:A|TEL;TYPE=WORK:1|TEL:2",
			"details of one phone number changed"},
		{"FN:A|TEL;TYPE=HOME:1|TEL:2", "FN:A|TEL;TYPE=WORK:1|TEL;TYPE=CELL:2",
			"details of 2 phone numbers changed"},
		/* Its own text can not be mistaken for ours. */
		{"FN:A", "FN:B\\n             ! photo removed",
			"name changed from \"A\" to \"B ! photo removed\""},
	};

	(void)state;
	check_cards(rows, COUNT(rows));
}

static void photos(void **state)
{
	static const struct row rows[] = {
		{"FN:A|PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "FN:A", "!photo removed"},
		{"FN:A", "FN:A|PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "photo added"},
		{"FN:A|PHOTO;ENCODING=b:" A2048, "FN:A|PHOTO;ENCODING=b:" A256,
			"!photo got smaller (2 KB to 192 bytes)"},
		{"FN:A|PHOTO;ENCODING=b:" A256, "FN:A|PHOTO;ENCODING=b:" A2048, "photo changed"},
		/* Another picture of the same size; and of nearly the same. */
		{"FN:A|PHOTO;ENCODING=b:AAAA", "FN:A|PHOTO;ENCODING=b:AAAB", "photo changed"},
		{"FN:A|PHOTO;ENCODING=b:" A2048 "AAAA", "FN:A|PHOTO;ENCODING=b:" A2048,
			"photo changed"},
		{"FN:A|PHOTO;ENCODING=b:" A256, "FN:A|PHOTO;VALUE=uri:http://a/b", "photo changed"},
		/* The same, written otherwise. */
		{"FN:A|PHOTO;ENCODING=b;TYPE=JPEG:AAAA|  AA==",
			"FN:A|PHOTO:data:image/jpeg;base64,AAAAAA%3D%3D",
			"only the way it is written changed"},
		{"FN:A|PHOTO;TYPE=JPEG;ENCODING=BASE64:AAAA", "FN:A|PHOTO;ENCODING=b;TYPE=jpg:AAAA",
			"only the way it is written changed"},
	};

	(void)state;
	check_cards(rows, COUNT(rows));
}

/* Order, folding, case, escapes, line ends, groups, parameters: spelling. */
static void spelling(void **state)
{
	static const struct row rows[] = {
		{"FN:A|TEL:1", "TEL:1|FN:A", "only the way it is written changed"},
		{"FN:Anna|NOTE:abc", "FN:An| na|note:a| b| c",
			"only the way it is written changed"},
		{"FN:A|NOTE:a\\, b\\: c", "FN:A|NOTE:a, b: c",
			"only the way it is written changed"},
		{"FN:A|item1.TEL:1|item1.X-ABLabel:x", "FN:A|item7.X-ABLABEL:x|item7.TEL:1",
			"only the way it is written changed"},
		{"FN:A|TEL;TYPE=HOME,CELL:1", "FN:A|TEL;type=cell;TYPE=home;TYPE=VOICE:1",
			"only the way it is written changed"},
		{"FN:A|TEL;HOME:1", "FN:A|TEL;TYPE=home:1", "only the way it is written changed"},
		{"FN:A|TEL:+491", "FN:A|TEL;VALUE=uri:tel:+491",
			"only the way it is written changed"},
		{"FN:A|N:B;A;;;", "FN:A|N:B;A", "only the way it is written changed"},
		{"FN:A|CATEGORIES:a,b", "FN:A|CATEGORIES:b|CATEGORIES:a",
			"only the way it is written changed"},
		{"FN:A|BDAY:1980-03-01", "FN:A|BDAY;VALUE=date:19800301",
			"only the way it is written changed"},
		{"FN:A|REV:20260101T000000Z", "FN:A|REV:20260201T000000Z", "only REV changed"},
		{"FN:A|PRODID:a|REV:1", "FN:A|PRODID:b", "only REV, PRODID changed"},
		{"FN:A|REV:1", "FN:B|REV:2", "name changed from \"A\" to \"B\""},
	};

	(void)state;
	check_cards(rows, COUNT(rows));
}

static void versions(void **state)
{
	static const struct row rows[] = {
		{"BEGIN:VCARD|VERSION:4.0|UID:u|FN:A|END:VCARD",
			"BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|END:VCARD",
			"converted from 4.0 to 3.0"},
		{"BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|NOTE:x|END:VCARD",
			"BEGIN:VCARD|VERSION:4.0|UID:u|FN:A|END:VCARD",
			"!note removed; converted from 3.0 to 4.0"},
		{"BEGIN:VCARD|VERSION:4.0|UID:u|FN:A|MEMBER:urn:uuid:1|END:VCARD",
			"BEGIN:VCARD|VERSION:4.0|UID:u|FN:A|END:VCARD", "!member removed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		check(arena, &rows[i], lines(arena, rows[i].before), lines(arena, rows[i].after));
		arena_free(arena);
	}
}

/* A card as another version says it is the same: nothing of what changes on the way is told. */
static void converted(void **state)
{
	static const char *const cards[] = {
		"BEGIN:VCARD|VERSION:3.0|UID:u|FN:Anna|N:M;Anna;;;|TEL;TYPE=CELL,PREF:+49 1|"
		"item1.EMAIL;TYPE=INTERNET:a@b|item1.X-ABLabel:_$!<Home>!$_|BDAY:1980-03-01|"
		"PHOTO;ENCODING=b;TYPE=JPEG:AAAA|ADR;TYPE=HOME:;;Way 1;Town;;1;D|LABEL:Way 1|"
		"CATEGORIES:a,b|NOTE:x\\, y|GEO:1.5;2.5|TZ:+01:00|REV:2026-01-01T00:00:00Z|X-OWN:z|"
		"END:VCARD",
		"BEGIN:VCARD|VERSION:4.0|UID:urn:uuid:1|FN:Anna|N:M;Anna;;;|TEL;VALUE=uri;PREF=1:tel:+49-1|"
		"EMAIL;PREF=1:a@b|BDAY:--0301|ANNIVERSARY:20100501|GENDER:F|KIND:individual|"
		"PHOTO:data:image/jpeg;base64,AAAA|GEO:geo:1.5,2.5|RELATED;TYPE=friend:urn:uuid:2|"
		"IMPP:xmpp:a@b|LANG:de|REV:20260101T000000Z|END:VCARD",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cards); i++) {
		struct arena *arena = arena_new();
		const char *card = lines(arena, cards[i]),
			   *want[] = {"converted from 3.0 to 4.0", "converted from 4.0 to 3.0"};
		struct buf out;

		buf_init(&out, CAL_MAX_BYTES);
		bool there = card_convert(
			&out, i ? CARD_VCARD_3 : CARD_VCARD_4, card, strlen(card));
		assert_true(there);
		assert_string_equal(told(arena, card, out.data), want[i]);
		assert_string_equal(told(arena, out.data, card), want[!i]);
		buf_free(&out);
		arena_free(arena);
	}
}

static void calendars(void **state)
{
#define ALARM "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM"
#define ALARM2 "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT9M|END:VALARM"
	static const struct row rows[] = {
		{"DTSTART:20260301T100000Z", "DTSTART:20260301T113000Z",
			"time moved from 2026-03-01 10:00 UTC to 2026-03-01 11:30 UTC"},
		{"DTSTART;TZID=Europe/Berlin:20260301T100000",
			"DTSTART;TZID=Europe/Paris:20260301T100000",
			"time moved from 2026-03-01 10:00 Europe/Berlin to 2026-03-01 10:00 Europe/Paris"},
		{"DTSTART;VALUE=DATE:20260301", "DTSTART:20260301T000000Z",
			"time moved from 2026-03-01 to 2026-03-01 00:00 UTC"},
		{"SUMMARY:A|LOCATION:Town", "SUMMARY:A", "!location removed"},
		{"SUMMARY:A|" ALARM, "SUMMARY:A", "!alarm removed"},
		{"SUMMARY:A|" ALARM, "SUMMARY:A|" ALARM2, "alarm changed"},
		{"SUMMARY:A|" ALARM "|" ALARM2, "SUMMARY:A|" ALARM2 "|" ALARM,
			"only the way it is written changed"},
		{"SUMMARY:A|LOCATION:B|DESCRIPTION:C|DTSTART:20260301T100000Z",
			"DTSTART:20260301T100000Z",
			"!became empty: 3 of 5 properties vanished: SUMMARY, LOCATION, DESCRIPTION"},
		{"SUMMARY:A|DTSTAMP:20260101T000000Z|SEQUENCE:1",
			"SUMMARY:A|DTSTAMP:20260102T000000Z|SEQUENCE:2",
			"only DTSTAMP, SEQUENCE changed"},
		{"SUMMARY:A|EXDATE:20260301T000000Z",
			"SUMMARY:A|EXDATE:20260301T000000Z,20260302T000000Z", "skipped date added"},
		{"SUMMARY:A|RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260301T100000Z|"
		 "SUMMARY:B",
			"SUMMARY:A|RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:u|"
			"RECURRENCE-ID:20260301T100000Z|SUMMARY:C",
			"changed occurrence changed"},
		{"SUMMARY:A|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260301T100000Z|SUMMARY:B",
			"SUMMARY:A", "!changed occurrence removed"},
		{"SUMMARY:A|END:VEVENT|BEGIN:VTIMEZONE|TZID:x|END:VTIMEZONE|BEGIN:VEVENT|UID:u",
			"SUMMARY:A|END:VEVENT|BEGIN:VTIMEZONE|TZID:y|END:VTIMEZONE|BEGIN:VEVENT|UID:u",
			"only the way it is written changed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		check(arena, &rows[i], event(arena, rows[i].before), event(arena, rows[i].after));
		arena_free(arena);
	}
}

static void unreadable(void **state)
{
	static const struct row rows[] = {
		{"BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|END:VCARD", "hello", NULL},
		{"", "BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|END:VCARD", NULL},
		{"BEGIN:VCARD|VERSION:3.0|UID:u|FN:A|END:VCARD",
			"BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR", NULL},
		{"BEGIN:VEVENT|END:VEVENT", "BEGIN:VEVENT|UID:u|END:VEVENT", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		assert_null(told(arena, lines(arena, rows[i].before), lines(arena, rows[i].after)));
		arena_free(arena);
	}
}

/* A change says what it is about to programs, too. */
static void fields(void **state)
{
	struct arena *arena = arena_new();
	const struct cal_change *list;
	size_t n;
	char *before = lines(arena,
		arena_printf(arena, FRAME, "FN:A|TEL:1|EMAIL:e|NOTE:n|item1.x-foo:1|ROLE:r"));
	char *after = lines(arena, arena_printf(arena, FRAME, "FN:A|x-foo:2|ROLE:r"));

	(void)state;
	assert_true(cal_changes(arena, &list, &n, before, strlen(before), after, strlen(after)));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].kind, CAL_REMOVED);
	assert_string_equal(list[0].property, "TEL, EMAIL, NOTE");
	assert_int_equal(list[1].kind, CAL_CHANGED);
	assert_string_equal(list[1].property, "X-FOO");
	assert_string_equal(cal_change_word(list[0].kind), "removed");
	arena_free(arena);
}

/* A list of very many values and a card of very many lines cost memory in proportion; longer ones are not compared. */
static void many(void **state)
{
	struct arena *arena = arena_new();
	struct buf list, cards[2];

	(void)state;
	buf_init(&list, SIZE_MAX);
	buf_adds(&list, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\nCATEGORIES:");
	for (size_t i = 0; i < 150000; i++)
		buf_addf(&list, "%zu,", i);
	buf_adds(&list, "\r\nEND:VCARD\r\n");
	assert_string_equal(told(arena, list.data,
				    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\nEND:VCARD\r\n"),
		"!all 99998 categories removed");
	for (size_t c = 0; c < 2; c++) {
		buf_init(&cards[c], SIZE_MAX);
		buf_adds(&cards[c], "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\n");
		for (size_t i = 0; i < CAL_MAX_COMPARED_LINES - 10; i++)
			buf_addf(&cards[c], "X-%zu:%zu\r\n", i, c);
		buf_adds(&cards[c], "END:VCARD\r\n");
	}
	assert_non_null(told(arena, cards[0].data, cards[1].data));
	buf_adds(&cards[0], "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n");
	assert_null(told(arena, cards[0].data, cards[1].data));
	buf_free(&list);
	buf_free(&cards[0]);
	buf_free(&cards[1]);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cards), cmocka_unit_test(photos),
		cmocka_unit_test(spelling), cmocka_unit_test(versions), cmocka_unit_test(converted),
		cmocka_unit_test(calendars), cmocka_unit_test(unreadable), cmocka_unit_test(fields),
		cmocka_unit_test(many)};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
