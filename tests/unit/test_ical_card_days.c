/* SPDX-License-Identifier: ISC */
/* Birthdays and anniversaries in cards (RFC 6350 6.2.5, 6.2.6; RFC 2426 3.1.5), and each as an event. */
#include "tests/unit/ical_help.h"

#include "ical/card.h"
#include "ical/card_table.h"

#define HEAD "BEGIN:VCARD|VERSION:3.0|UID:u|FN:Oma|"
#define TAIL "|END:VCARD"

static const char *told(struct arena *arena, const struct card_day *day)
{
	if (!day->month)
		return "";
	return arena_printf(arena, "%d-%d-%d", day->year, day->month, day->day);
}

static const struct {
	const char *line, *birthday, *anniversary;
} dates[] = {
	/* 2426 3.1.5, and what phones and Outlook write */
	{"BDAY:1950-04-12", "1950-4-12", ""},
	{"BDAY:19500412", "1950-4-12", ""},
	{"BDAY;VALUE=date:1950-04-12", "1950-4-12", ""},
	{"BDAY;VALUE=date-time:1950-04-12T23:10:00Z", "1950-4-12", ""},
	{"BDAY:19500412T000000", "1950-4-12", ""},
	{"BDAY:1950-04-12T00:00:00+02:00", "1950-4-12", ""},
	{"BDAY: 1950-04-12 ", "1950-4-12", ""},
	{"BDAY:1950-04-12 00:00:00", "1950-4-12", ""},
	{"item1.BDAY:1950-04-12", "1950-4-12", ""},
	{"bday:1950-04-12", "1950-4-12", ""},
	/* 6350 4.3.1, 4.3.4: what lacks a year is a day, what lacks more is none */
	{"BDAY:--0412", "0-4-12", ""},
	{"BDAY:--04-12", "0-4-12", ""},
	{"BDAY:--0412T1022", "0-4-12", ""},
	{"BDAY:---12", "", ""},
	{"BDAY:--04", "", ""},
	{"BDAY:1950", "", ""},
	{"BDAY:1950-04", "", ""},
	{"BDAY:T102200", "", ""},
	{"BDAY;VALUE=text:circa 1800", "", ""},
	{"BDAY;CALSCALE=gregorian:19500412", "1950-4-12", ""},
	{"BDAY;CALSCALE=x-hebrew:57100412", "", ""},
	/* Apple, and others who mean no year */
	{"BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "0-4-12", ""},
	{"BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-29", "0-2-29", ""},
	{"BDAY;X-APPLE-OMIT-YEAR=1904:1904-04-12", "0-4-12", ""},
	{"BDAY;X-APPLE-OMIT-YEAR=1604:1950-04-12", "1950-4-12", ""},
	{"BDAY:1604-04-12", "0-4-12", ""},
	{"BDAY:1605-04-12", "1605-4-12", ""},
	{"BDAY:0000-04-12", "0-4-12", ""},
	{"BDAY:0000-02-29", "0-2-29", ""},
	{"BDAY:0001-02-29", "", ""},
	{"BDAY:9999-12-31", "0-12-31", ""},
	/* leap days, and days that no month has */
	{"BDAY:1952-02-29", "1952-2-29", ""},
	{"BDAY:--0229", "0-2-29", ""},
	{"BDAY:1951-02-29", "", ""},
	{"BDAY:1900-02-29", "", ""},
	{"BDAY:2000-02-29", "2000-2-29", ""},
	{"BDAY:--0230", "", ""},
	{"BDAY:1950-13-01", "", ""},
	{"BDAY:1950-00-10", "", ""},
	{"BDAY:1950-04-00", "", ""},
	{"BDAY:1950-04-31", "", ""},
	/* no dates */
	{"BDAY:", "", ""},
	{"BDAY:12.4.1950", "", ""},
	{"BDAY:1950-4-12", "", ""},
	{"BDAY:+950-04-12", "", ""},
	{"BDAY:19500412195004121950041219500412", "", ""},
	{"BDAY:-----", "", ""},
	/* the first that can be read (6350 5.4: alternatives) */
	{"BDAY;ALTID=1;VALUE=text:about Easter|BDAY;ALTID=1:19500412", "1950-4-12", ""},
	{"BDAY:19500412|BDAY:19600412", "1950-4-12", ""},
	/* anniversaries, whoever wrote them; the standard's own wins */
	{"ANNIVERSARY:19750503", "", "1975-5-3"},
	{"ANNIVERSARY:--0503", "", "0-5-3"},
	{"X-ANNIVERSARY:1975-05-03", "", "1975-5-3"},
	{"X-ANNIVERSARY:1976-05-03|ANNIVERSARY:19750503", "", "1975-5-3"},
	{"ANNIVERSARY:1975|X-EVOLUTION-ANNIVERSARY:1976-05-03", "", "1976-5-3"},
	{"X-KADDRESSBOOK-X-Anniversary:1975-05-03", "", "1975-5-3"},
	{"item1.X-ABDATE;type=pref:1975-05-03|item1.X-ABLabel:_$!<Anniversary>!$_", "", "1975-5-3"},
	{"ITEM1.X-ABDATE:1975-05-03|item1.X-ABLabel:anniversary", "", "1975-5-3"},
	{"item1.X-ABLabel:_$!<Anniversary>!$_|item1.X-ABDATE:1604-05-03", "", "0-5-3"},
	{"item1.X-ABDATE:1975-05-03|item1.X-ABLabel:_$!<Other>!$_", "", ""},
	{"item1.X-ABDATE:1975-05-03|item2.X-ABLabel:_$!<Anniversary>!$_", "", ""},
	{"X-ABDATE:1975-05-03|X-ABLabel:_$!<Anniversary>!$_", "", ""},
	{"item1.X-ABDATE:1975-05-03", "", ""},
	{"BDAY:19500412|ANNIVERSARY:19750503", "1950-4-12", "1975-5-3"},
	/* nobody wishes to be reminded of every year's */
	{"DEATHDATE:20200101", "", ""},
	{"NOTE:BDAY\\:1950-04-12", "", ""},
};

static void shapes_of_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, arena_printf(arena, HEAD "%s" TAIL, dates[i].line));
		struct card_days days = {0};
		struct facts facts = {0};
		struct facts_fault fault;
		bool some = card_days(arena, bytes, strlen(bytes), &days);

		assert_int_equal(some, *dates[i].birthday || *dates[i].anniversary);
		if (strcmp(told(arena, &days.days[CARD_BIRTHDAY]), dates[i].birthday) != 0 ||
			strcmp(told(arena, &days.days[CARD_ANNIVERSARY]), dates[i].anniversary) !=
				0)
			fail_msg("%s: %s, %s", dates[i].line,
				told(arena, &days.days[CARD_BIRTHDAY]),
				told(arena, &days.days[CARD_ANNIVERSARY]));
		/* Cards without the flag are never read again. */
		if (some &&
			cal_inspect(
				FACTS_ADDRESSBOOK, bytes, strlen(bytes), arena, &facts, &fault) &&
			!(facts.flags & FACTS_DAYS))
			fail_msg("%s: no FACTS_DAYS", dates[i].line);
		arena_free(arena);
	}
}

static void names_of_people(void **state)
{
	static const struct {
		const char *lines, *name;
	} rows[] = {
		{"FN:Oma", "Oma"},
		{"FN:Anna\\, Countess\\; of\\nKent", "Anna, Countess; of Kent"},
		{"FN:|NICKNAME:Omi", "Omi"},
		{"EMAIL:oma@example.org|FN: |ORG:Acme", "Acme"},
		{"FN:Oma|FN:Grandma", "Oma"},
		{"item1.FN:Oma", "Oma"},
		{"NOTE:x", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena,
			arena_printf(arena, "BEGIN:VCARD|VERSION:3.0|UID:u|%s|BDAY:--0412" TAIL,
				rows[i].lines));
		struct card_days days = {0};

		assert_true(card_days(arena, bytes, strlen(bytes), &days));
		assert_string_equal(days.name, rows[i].name);
		arena_free(arena);
	}
}

static char *event_of(struct arena *arena, const struct card_days *days, enum card_day_kind kind,
	const struct card_day_event *event)
{
	struct facts facts;
	struct facts_fault fault = {0};
	struct buf out;

	buf_init(&out, 65536);
	card_day_object(&out, days, kind, event);
	/* What we write ourselves must pass what we ask of others. */
	if (!cal_accept(FACTS_CALENDAR, out.data, out.len, arena, &facts, &fault))
		fail_msg("line %u: %s\n%s", fault.line, fault.text, out.data);
	assert_int_equal(facts.component, FACTS_VEVENT);
	assert_true(facts.flags & FACTS_RECURS && facts.flags & FACTS_FREE);
	assert_int_equal(facts.class, event->hidden ? FACTS_PRIVATE : FACTS_PUBLIC);
	char *text = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

static void an_event_is_the_same_each_time(void **state)
{
	static const struct card_days days = {
		"Oma, the \\ great; really", {{1950, 12, 31}, {0, 2, 29}}};
	const struct card_day_event event = {"birthday-1",
					    "/dav/addressbooks/anna/contacts/oma.vcf", false},
				    hidden = {"anniversary-1", "/dav/x.vcf", true};
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(event_of(arena, &days, CARD_BIRTHDAY, &event),
		lines(arena,
			"BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Daybook//Birthdays//EN|BEGIN:VEVENT|"
			"UID:birthday-1|DTSTAMP:19700101T000000Z|DTSTART;VALUE=DATE:19501231|"
			"DTEND;VALUE=DATE:19510101|RRULE:FREQ=YEARLY|"
			"SUMMARY:🎂 Oma\\, the \\\\ great\\; really (1950)|CATEGORIES:Birthday|"
			"TRANSP:TRANSPARENT|"
			"X-DAYBOOK-CARD;VALUE=URI:/dav/addressbooks/anna/contacts/oma.vcf|"
			"END:VEVENT|END:VCALENDAR|"));
	/* A leap day without a year: there every year. */
	assert_string_equal(event_of(arena, &days, CARD_ANNIVERSARY, &hidden),
		lines(arena,
			"BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Daybook//Birthdays//EN|BEGIN:VEVENT|"
			"UID:anniversary-1|DTSTAMP:19700101T000000Z|DTSTART;VALUE=DATE:19720229|"
			"DTEND;VALUE=DATE:19720301|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1|"
			"SUMMARY:💍 Oma\\, the \\\\ great\\; really|CATEGORIES:Anniversary|"
			"CLASS:PRIVATE|TRANSP:TRANSPARENT|X-DAYBOOK-CARD;VALUE=URI:/dav/x.vcf|"
			"END:VEVENT|END:VCALENDAR|"));
	arena_free(arena);
}

/* Names of any length, and a card made to cost time. */
static void hostile_cards(void **state)
{
	struct arena *arena = arena_new();
	const struct card_day_event event = {"u", "/x", false};
	struct card_days days;
	struct buf card;

	(void)state;
	buf_init(&card, CAL_MAX_BYTES);
	buf_adds(&card, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nBDAY:--0412\r\nFN:");
	for (int i = 0; i < 100000; i++)
		buf_adds(&card, "é");
	buf_adds(&card, "\r\n");
	for (int i = 0; i < 50000; i++)
		buf_addf(&card, "i%d.X-ABDATE:19750503\r\n", i);
	for (int i = 0; i < 50000; i++)
		buf_addf(&card, "i%d.X-ABLabel:other\r\n", i);
	buf_adds(&card, "END:VCARD\r\n");
	assert_true(card_days(arena, card.data, card.len, &days));
	assert_true(strlen(days.name) <= 200);
	assert_int_equal(days.days[CARD_ANNIVERSARY].month, 0);
	event_of(arena, &days, CARD_BIRTHDAY, &event);
	buf_free(&card);
	assert_false(card_days(arena, "", 0, &days));
	assert_false(card_days(arena, "hello", 5, &days));
	assert_false(card_days(
		arena, "BEGIN:VCALENDAR\r\nBDAY:19500412\r\nEND:VCALENDAR\r\n", 48, &days));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_of_dates),
		cmocka_unit_test(names_of_people),
		cmocka_unit_test(an_event_is_the_same_each_time),
		cmocka_unit_test(hostile_cards),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
