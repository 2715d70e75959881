/* SPDX-License-Identifier: ISC */
/*
 * What may be written anew, rule by rule of 5545, 7953 and 7986: what breaks one is refused by name and line, what
 * src/base/tolerance.h lets pass is accepted, and whatever was refused here stays readable where it is stored.
 */
#include "src/base/tolerance.h"
#include "tests/unit/ical_help.h"

#define STAMPED "UID:u|DTSTAMP:20260101T000000Z|"
#define E(lines) "BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|" lines "|END:VEVENT"
#define D(lines) "BEGIN:VEVENT|" STAMPED "DTSTART;VALUE=DATE:20260105|" lines "|END:VEVENT"
#define Z(lines)                                                                                   \
	"BEGIN:VEVENT|" STAMPED "DTSTART;TZID=Europe/Berlin:20260105T090000|" lines "|END:VEVENT"
#define T(lines) "BEGIN:VTODO|" STAMPED lines "|END:VTODO"
#define J(lines) "BEGIN:VJOURNAL|" STAMPED lines "|END:VJOURNAL"
#define F(lines) "BEGIN:VFREEBUSY|" STAMPED lines "|END:VFREEBUSY"
#define V(lines) "BEGIN:VAVAILABILITY|" STAMPED lines "|END:VAVAILABILITY"
#define A(lines) V("BEGIN:AVAILABLE|" lines "|END:AVAILABLE")
#define AV "UID:a|DTSTAMP:20260101T000000Z|DTSTART:20260105T090000Z|"
#define L(lines) E("BEGIN:VALARM|" lines "|END:VALARM")
#define DISPLAY "ACTION:DISPLAY|DESCRIPTION:x|"
#define ZONE(lines) "BEGIN:VTIMEZONE|TZID:X|" lines "|END:VTIMEZONE|" E("SUMMARY:x")
#define O(lines) ZONE("BEGIN:STANDARD|" lines "|END:STANDARD")
#define OFFSETS "TZOFFSETFROM:+0200|TZOFFSETTO:+0100|"
#define INSTANCE(lines) "BEGIN:VEVENT|" STAMPED "DTSTART:20260106T100000Z|" lines "|END:VEVENT"

/* What of a row is wrong: the property that the fault names, and its line; NULL: it is fine. */
struct row {
	const char *text, *name;
	unsigned line;
};

static void check(const struct row *row, const char *bytes)
{
	struct arena *arena = arena_new();
	struct facts facts = {0}, stored = {0};
	struct facts_fault fault = {0};
	bool fine = cal_accept(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault);

	if (fine != !row->name)
		fail_msg("%s: %s: line %u: %s", row->text, fine ? "accepted" : "refused",
			fault.line, fault.text);
	if (!fine &&
		(fault.line != row->line || !fault.code ||
			strncmp(fault.text, row->name, strlen(row->name)) != 0))
		fail_msg("%s: line %u: %s", row->text, fault.line, fault.text);
	assert_int_equal(!facts.uid, !fine);
	/* What was stored before there was such a rule can still be read. */
	if (!cal_inspect(FACTS_CALENDAR, bytes, strlen(bytes), arena, &stored, &fault))
		fail_msg("%s: not readable: %s", row->text, fault.text);
	assert_int_equal(fault.code == CAL_OK, fine);
	assert_string_equal(stored.uid, "u");
	arena_free(arena);
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();

		check(&rows[i], object(arena, rows[i].text));
		arena_free(arena);
	}
}

/* 5545 3.6: each once where it says so; line 8 is the one behind DTSTART. */
static void how_often(void **state)
{
	static const struct row rows[] = {
		{E("SUMMARY:a|SUMMARY:b"), "SUMMARY", 9},
		{E("DTSTART:20260106T090000Z"), "DTSTART", 8},
		{E("DTSTAMP:20260102T000000Z"), "DTSTAMP", 8},
		{E("DTEND:20260106T090000Z|DTEND:20260107T090000Z"), "DTEND", 9},
		{E("DURATION:PT1H|DURATION:PT2H"), "DURATION", 9},
		{E("CLASS:PUBLIC|CLASS:PRIVATE"), "CLASS", 9},
		{E("CREATED:20260101T000000Z|CREATED:20260101T000001Z"), "CREATED", 9},
		{E("LAST-MODIFIED:20260101T000000Z|LAST-MODIFIED:20260101T000001Z"),
			"LAST-MODIFIED", 9},
		{E("DESCRIPTION:a|DESCRIPTION:b"), "DESCRIPTION", 9},
		{E("GEO:1;2|GEO:2;1"), "GEO", 9},
		{E("LOCATION:a|LOCATION:b"), "LOCATION", 9},
		{E("ORGANIZER:mailto:a|ORGANIZER:mailto:b"), "ORGANIZER", 9},
		{E("PRIORITY:1|PRIORITY:2"), "PRIORITY", 9},
		{E("SEQUENCE:1|SEQUENCE:2"), "SEQUENCE", 9},
		{E("STATUS:CONFIRMED|STATUS:TENTATIVE"), "STATUS", 9},
		{E("TRANSP:OPAQUE|TRANSP:TRANSPARENT"), "TRANSP", 9},
		{E("URL:http://a|URL:http://b"), "URL", 9},
		{E("COLOR:red|COLOR:blue"), "COLOR", 9},
		{E("RECURRENCE-ID:20260105T090000Z|RECURRENCE-ID:20260106T090000Z"),
			"RECURRENCE-ID", 9},
		{T("COMPLETED:20260101T000000Z|COMPLETED:20260102T000000Z"), "COMPLETED", 8},
		{T("DUE:20260101T000000Z|DUE:20260102T000000Z"), "DUE", 8},
		{T("PERCENT-COMPLETE:1|PERCENT-COMPLETE:2"), "PERCENT-COMPLETE", 8},
		{F("CONTACT:a|CONTACT:b"), "CONTACT", 8},
		{V("BUSYTYPE:BUSY|BUSYTYPE:BUSY-TENTATIVE"), "BUSYTYPE", 8},
		{L(DISPLAY "TRIGGER:PT0S|TRIGGER:PT1S"), "TRIGGER", 12},
		{L(DISPLAY "TRIGGER:PT0S|ACTION:AUDIO"), "ACTION", 12},
		{"PRODID:other|" E("SUMMARY:a"), "PRODID", 4},
		{"COLOR:red|COLOR:blue|" E("SUMMARY:a"), "COLOR", 5},
		{ZONE("TZID:Y|BEGIN:STANDARD|DTSTART:19700101T000000|" OFFSETS "|END:STANDARD"),
			"TZID", 6},
		{O("DTSTART:19700101T000000|TZOFFSETFROM:+0100|" OFFSETS), "TZOFFSETFROM", 9},
		{E("ATTENDEE:mailto:a|ATTENDEE:mailto:b|COMMENT:a|COMMENT:b|CATEGORIES:a|"
		   "CATEGORIES:b|CONTACT:a|CONTACT:b|ATTACH:http://a|ATTACH:http://b|RELATED-TO:a|"
		   "RELATED-TO:b|RESOURCES:a|RESOURCES:b|REQUEST-STATUS:2.0|REQUEST-STATUS:2.1|"
		   "RRULE:FREQ=DAILY;COUNT=2|RRULE:FREQ=WEEKLY;COUNT=2|"
		   "EXDATE:20260106T090000Z|EXDATE:20260107T090000Z|RDATE:20260106T090000Z|"
		   "RDATE:20260107T090000Z|X-A:1|X-A:2|FUTURE:1|FUTURE:2"),
			NULL, 0},
		{J("DESCRIPTION:a|DESCRIPTION:b"), NULL, 0},
		{"NAME:a|NAME:b|DESCRIPTION:a|DESCRIPTION:b|CATEGORIES:a|IMAGE;VALUE=URI:http://a|"
		 "REFRESH-INTERVAL;VALUE=DURATION:P1D|SOURCE;VALUE=URI:http://a|COLOR:red|UID:x|"
		 "LAST-MODIFIED:20260101T000000Z|URL:http://a|" E("SUMMARY:a"),
			NULL, 0},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void what_must_be_there(void **state)
{
	static const struct row rows[] = {
		{L("TRIGGER:PT0S"), "VALARM: ACTION is missing", 8},
		{L(DISPLAY "X-A:b"), "VALARM: TRIGGER is missing", 8},
		{A("UID:a|DTSTAMP:20260101T000000Z"), "AVAILABLE: DTSTART is missing", 7},
		{A("DTSTART:20260105T090000Z"), "AVAILABLE: UID is missing", 7},
		{O(OFFSETS), "STANDARD: DTSTART is missing", 6},
		{O("DTSTART:19700101T000000|TZOFFSETTO:+0100"), "STANDARD: TZOFFSETFROM is missing",
			6},
		{O("DTSTART:19700101T000000|TZOFFSETFROM:+0100"), "STANDARD: TZOFFSETTO is missing",
			6},
		{L(DISPLAY "TRIGGER:PT0S|REPEAT:2"), "REPEAT", 12},
		{L(DISPLAY "TRIGGER:PT0S|DURATION:PT5M"), "DURATION", 12},
		{L(DISPLAY "TRIGGER:PT0S|DURATION:PT5M|REPEAT:2"), NULL, 0},
		{L(DISPLAY "TRIGGER:PT0S|REPEAT:0"), NULL, 0},
		{O("DTSTART:19700101T000000|" OFFSETS), NULL, 0},
		{A(AV), NULL, 0},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* 5545 3.6: what stands in what. */
static void where_it_stands(void **state)
{
	static const struct row rows[] = {
		{E("BEGIN:VEVENT|UID:v|END:VEVENT"), "VEVENT may not stand in VEVENT", 8},
		{E("BEGIN:VTODO|UID:v|END:VTODO"), "VTODO may not stand in VEVENT", 8},
		{E("BEGIN:VTIMEZONE|TZID:X|END:VTIMEZONE"), "VTIMEZONE may not", 8},
		{E("BEGIN:STANDARD|END:STANDARD"), "STANDARD may not stand in VEVENT", 8},
		{E("BEGIN:VCALENDAR|END:VCALENDAR"), "VCALENDAR may not stand in VEVENT", 8},
		{J("BEGIN:VALARM|" DISPLAY "TRIGGER:PT0S|END:VALARM"),
			"VALARM may not stand in VJOURNAL", 7},
		{L(DISPLAY "TRIGGER:PT0S|BEGIN:VALARM|END:VALARM"), "VALARM may not", 12},
		{E("BEGIN:AVAILABLE|" AV "END:AVAILABLE"), "AVAILABLE may not", 8},
		{E("BEGIN:PARTICIPANT|UID:p|BEGIN:VLOCATION|UID:l|END:VLOCATION|END:PARTICIPANT"),
			NULL, 0},
		{E("BEGIN:X-A|BEGIN:VEVENT|SUMMARY:a|END:VEVENT|PRIORITY:high|END:X-A"), NULL, 0},
		{"BEGIN:X-A|BEGIN:X-B|PRIORITY:high|END:X-B|END:X-A|" E("SUMMARY:a"), NULL, 0},
		/* a property where it has no use is an IANA property */
		{E("DUE:20260105T090000Z|TRIGGER:PT0S|TZURL:x|REPEAT:1"), NULL, 0},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* 5545 3.2, 3.3, 3.8 */
static void values(void **state)
{
	static const struct row rows[] = {
		{E("PRIORITY:high"), "PRIORITY", 8},
		{E("PRIORITY:10"), "PRIORITY: not a number from 0 to 9", 8},
		{E("PRIORITY:-1"), "PRIORITY", 8},
		{E("PRIORITY:9"), NULL, 0},
		{E("SEQUENCE:1.5"), "SEQUENCE", 8},
		{E("SEQUENCE:2147483648"), "SEQUENCE", 8},
		{E("SEQUENCE:99999999999999999999999999"), "SEQUENCE", 8},
		{E("SEQUENCE:2147483647"), NULL, 0},
		{E("SEQUENCE:+1"), NULL, 0},
		{E("SEQUENCE:+"), "SEQUENCE", 8},
		{T("PERCENT-COMPLETE:101"), "PERCENT-COMPLETE", 7},
		{T("PERCENT-COMPLETE:50%"), "PERCENT-COMPLETE", 7},
		{T("PERCENT-COMPLETE:100"), NULL, 0},
		{E("GEO:37.386013;-122.082932"), NULL, 0},
		{E("GEO:+37;-122"), NULL, 0},
		{E("GEO:37.386013,-122.082932"), "GEO", 8},
		{E("GEO:37.386013"), "GEO", 8},
		{E("GEO:north;west"), "GEO", 8},
		{E("GEO:1.;2"), "GEO", 8},
		{E("GEO:1.2.3;2"), "GEO", 8},
		{E("GEO:-;2"), "GEO", 8},
		{E("STATUS:PERHAPS"), "STATUS", 8},
		{T("STATUS:DONE"), "STATUS", 7},
		{E("STATUS:tentative"), NULL, 0},
		{T("STATUS:IN-PROCESS"), NULL, 0},
		{J("STATUS:FINAL"), NULL, 0},
		{E("TRANSP:MAYBE"), "TRANSP", 8},
		{E("TRANSP:X-A"), "TRANSP", 8},
		{E("CLASS:SECRET"), NULL, 0}, /* iana-token */
		{E("DTSTAMP:20260101T000000Z|CREATED:20261301T000000Z"), "CREATED", 9},
		{E("CREATED:00001231T000000Z"), NULL, 0}, /* Google */
		{E("LAST-MODIFIED:19000101T120000Z"), NULL, 0},
		{E("LAST-MODIFIED:yesterday"), "LAST-MODIFIED", 8},
		{T("COMPLETED:2026-01-01"), "COMPLETED", 7},
		{"BEGIN:VEVENT|UID:u|DTSTAMP:now|DTSTART:20260105T090000Z|END:VEVENT", "DTSTAMP",
			6},
		{L("ACTION:AUDIO|TRIGGER:tomorrow"), "TRIGGER", 10},
		{L("ACTION:AUDIO|TRIGGER;RELATED=MIDDLE:-PT5M"), "TRIGGER", 10},
		{L("ACTION:AUDIO|TRIGGER;RELATED=END:-PT5M"), NULL, 0},
		{L("ACTION:AUDIO|TRIGGER;VALUE=DATE-TIME:20260105T080000Z"), NULL, 0},
		{L("ACTION:AUDIO|TRIGGER;VALUE=DURATION:-P1DT2H"), NULL, 0},
		{L("ACTION:NONE|TRIGGER;VALUE=DATE-TIME:19760401T005545Z|UID:x|"
		   "ACKNOWLEDGED:20210330T154402Z|X-APPLE-DEFAULT-ALARM:TRUE"),
			NULL, 0},
		{L("ACTION:AUDIO|TRIGGER:PT0S|DURATION:5M|REPEAT:1"), "DURATION", 11},
		{L("ACTION:AUDIO|TRIGGER:PT0S|DURATION:PT5M|REPEAT:once"), "REPEAT", 12},
		{L("ACTION:|TRIGGER:PT0S"), "ACTION", 9},
		{"REFRESH-INTERVAL;VALUE=DURATION:daily|" E("SUMMARY:a"), "REFRESH-INTERVAL", 4},
		{O("DTSTART:19700101T000000|TZOFFSETFROM:0100|TZOFFSETTO:+0100"), "TZOFFSETFROM",
			8},
		{O("DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+25000"), "TZOFFSETTO",
			9},
		{O("DTSTART:19700101T000000Z|" OFFSETS), "DTSTART", 7},
		{O("DTSTART:1970|" OFFSETS), "DTSTART", 7},
		{O("DTSTART:19700101T000000|RRULE:FREQ=OFTEN|" OFFSETS), "RRULE", 8},
		{O("DTSTART:19700101T000000|RDATE:never|" OFFSETS), "RDATE", 8},
		{A(AV "RRULE:FREQ=SOMETIMES"), "RRULE", 11},
		{F("FREEBUSY:20260105T090000/PT1H"), "FREEBUSY", 7},
		{F("FREEBUSY:20260105T090000Z/20260105T080000Z"), "FREEBUSY", 7},
		{F("FREEBUSY:20260105T090000Z/20260105T090000Z"), "FREEBUSY", 7},
		{F("FREEBUSY;FBTYPE=X-A:20260105T090000Z/PT1H,20260106T090000Z/PT1H"), NULL, 0},
		{E("RDATE;VALUE=PERIOD:20260106T090000Z/PT1H"), NULL, 0},
		{E("RDATE:20260106T090000Z/PT1H"), "RDATE", 8},
		{E("RDATE;VALUE=PERIOD:20260106T090000Z"), "RDATE", 8},
		{E("EXDATE;VALUE=PERIOD:20260106T090000Z"), "EXDATE", 8},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void parameters(void **state)
{
	static const struct row rows[] = {
		{E("DTEND;VALUE=DATETIME:20260105T100000Z"), "DTEND", 8},
		{E("DTEND;VALUE=:20260105T100000Z"), "DTEND", 8},
		{L("ACTION:AUDIO|TRIGGER;RELATED=:PT0S"), "TRIGGER", 10},
		{E("DTEND;VALUE=TEXT:20260105T100000Z"), "DTEND", 8},
		{E("DTEND;VALUE=DATE:20260106T100000Z"), "DTEND", 8},
		{D("DTEND;VALUE=DATE-TIME:20260106"), "DTEND", 8},
		{E("DTEND;VALUE=DATE-TIME:20260105T100000Z"), NULL, 0},
		{E("DTEND;value=\"date-time\":20260105T100000Z"), NULL, 0},
		{E("DTEND;VALUE=DATE-TIME;VALUE=DATE-TIME:20260105T100000Z"), "DTEND", 8},
		{E("PRIORITY;VALUE=TEXT:1"), "PRIORITY", 8},
		{E("SUMMARY;VALUE=INTEGER:1"), "SUMMARY", 8},
		{E("SUMMARY;VALUE=X-RICH:1"), NULL, 0},
		{E("SUMMARY;VALUE=TEXT;LANGUAGE=de:1"), NULL, 0},
		{E("ATTENDEE;VALUE=URI:http://a"), NULL, 0},
		{E("ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA"), NULL, 0},
		{E("X-A;VALUE=DATE:never"), NULL, 0},
		{E("SUMMARY;LANGUAGE:a"), "SUMMARY", 8},
		{E("X-A;QUOTED-PRINTABLE:a"), "X-A", 8},
		{E("ATTENDEE;CN=a;;ROLE=CHAIR:mailto:a"), "ATTENDEE", 8},
		{E("ATTENDEE;CN=\"a;b:c\";ROLE=CHAIR:mailto:a"), NULL, 0},
		{E("ATTENDEE;CN=a^nb^'c^^;X-A=;MEMBER=\"mailto:a\",\"mailto:b\":mailto:a"), NULL,
			0},
		{E("RECURRENCE-ID;RANGE=THISANDMORE:20260105T090000Z"), "RECURRENCE-ID", 8},
		{E("RECURRENCE-ID;RANGE=THISANDFUTURE:20260105T090000Z"), NULL, 0},
		{E("RECURRENCE-ID;RANGE=THISANDPRIOR:20260105T090000Z"), NULL, 0},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* 5545 3.8.2.2, 3.8.2.3, 3.8.2.5, 3.3.10 */
static void between_lines(void **state)
{
	static const struct row rows[] = {
		{E("DTEND:20260105T085959Z"), "DTEND: it is before DTSTART", 8},
		{D("DTEND;VALUE=DATE:20260104"), "DTEND", 8},
		{D("DTEND:20260106T090000Z"), "DTEND", 8},
		{E("DTEND;VALUE=DATE:20260106"), "DTEND", 8},
		{E("DTEND:20260105T100000"), "DTEND: one of it and DTSTART has a time zone", 8},
		{Z("DTEND:20260105T100000"), "DTEND", 8},
		{Z("DTEND:20260105T080001Z"), NULL, 0},
		{Z("DTEND:20260105T075959Z"), "DTEND", 8},
		{Z("DTEND;TZID=America/New_York:20260105T040000"), NULL, 0},
		/* the hour that comes twice: later on the wall is earlier only there */
		{"BEGIN:VEVENT|" STAMPED "DTSTART;TZID=Europe/Berlin:20261025T023000|"
		 "DTEND:20261025T010000Z|END:VEVENT",
			NULL, 0},
		{Z("DTEND;TZID=Nowhere:20260105T040000"), NULL, 0},
		{D("DTEND;VALUE=DATE:20260106"), NULL, 0},
		{E("DURATION:-PT1H"), "DURATION", 8},
		{E("DTEND:20260105T100000Z|DURATION:PT1H"), "DURATION: there is an end already", 9},
		{D("DURATION:PT1H"), "DURATION", 8},
		{D("DURATION:P1DT1H"), "DURATION", 8},
		{D("DURATION:P1W"), NULL, 0},
		{V("DURATION:PT1H"), "DURATION: there is no DTSTART", 7},
		{A(AV "DTEND:20260105T080000Z"), "DTEND", 11},
		{F("DTSTART:20260105T090000Z|DTEND:20260105T080000Z"), "DTEND", 8},
		{T("DTSTART:20260105T090000Z|DUE:20260106T090000Z|DURATION:PT1H"), "DURATION", 9},
		{E("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260107T090000Z"), "RRULE", 8},
		{E("RRULE:FREQ=DAILY;UNTIL=20260107T090000Z"), NULL, 0},
		{E("RRULE:FREQ=DAILY;FREQ=WEEKLY"), "RRULE", 8},
		{E("RRULE:FREQ=DAILY;BYHOUR=3;BYHOUR=4"), "RRULE", 8},
		{E("RRULE:FREQ=MONTHLY;BYWEEKNO=2"), "RRULE", 8},
		{E("RRULE:FREQ=YEARLY;BYWEEKNO=2"), NULL, 0},
		{E("RRULE:FREQ=DAILY;BYYEARDAY=2"), "RRULE", 8},
		{E("RRULE:FREQ=WEEKLY;BYYEARDAY=2"), "RRULE", 8},
		{E("RRULE:FREQ=MONTHLY;BYYEARDAY=2"), "RRULE", 8},
		{E("RRULE:FREQ=HOURLY;BYYEARDAY=2"), NULL, 0},
		{E("RRULE:FREQ=WEEKLY;BYMONTHDAY=2"), "RRULE", 8},
		{E("RRULE:FREQ=DAILY;BYMONTHDAY=2"), NULL, 0},
		{E("RRULE:FREQ=WEEKLY;BYDAY=1MO"), "RRULE", 8},
		{E("RRULE:FREQ=DAILY;BYDAY=MO,-1TU"), "RRULE", 8},
		{E("RRULE:FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO"), "RRULE", 8},
		{E("RRULE:FREQ=YEARLY;BYDAY=1MO"), NULL, 0},
		{E("RRULE:FREQ=MONTHLY;BYSETPOS=1"), "RRULE", 8},
		{E("RRULE:FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO"), NULL, 0},
		{D("RRULE:FREQ=DAILY;BYHOUR=3"), NULL, 0},
		{Z("RRULE:FREQ=DAILY;UNTIL=20260107T090000Z"), NULL, 0},
		{D("RRULE:FREQ=DAILY;UNTIL=20260107"), NULL, 0},
		{J("RRULE:FREQ=DAILY"), "RRULE: there is no DTSTART", 7},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* 4791 4.1 */
static void overrides(void **state)
{
	static const struct row rows[] = {
		{E("RRULE:FREQ=DAILY") "|" INSTANCE("RECURRENCE-ID:20260106T090000Z") "|" INSTANCE(
			 "RECURRENCE-ID:20260107T090000Z"),
			NULL, 0},
		{E("RRULE:FREQ=DAILY") "|" INSTANCE("RECURRENCE-ID:20260106T090000Z") "|" INSTANCE(
			 "RECURRENCE-ID:20260106T090000Z"),
			"RECURRENCE-ID: another component has the same one", 20},
		{Z("RRULE:FREQ=DAILY") "|" INSTANCE("RECURRENCE-ID:20260106T080000Z") "|" INSTANCE(
			 "RECURRENCE-ID;TZID=Europe/Berlin:20260106T090000"),
			"RECURRENCE-ID", 20},
		{INSTANCE("RECURRENCE-ID:20260106T090000Z") "|" INSTANCE(
			 "RECURRENCE-ID:20260106T090000Z"),
			"RECURRENCE-ID", 14},
		{E("RRULE:FREQ=DAILY") "|" INSTANCE("RECURRENCE-ID:20260106T090000Z") "|" INSTANCE(
			 "RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z"),
			NULL, 0},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* Each row of the table of tolerances that is about iCalendar, by its name. */
static void tolerated(void **state)
{
	static const struct {
		enum tolerance tolerance;
		struct row row;
	} rows[] = {
		{TOLERATE_NO_DTSTAMP, {"BEGIN:VTODO|UID:u|END:VTODO", NULL, 0}},
		{TOLERATE_SAME_TWICE, {E("SUMMARY:a|SUMMARY:a|DTSTART:20260105T090000Z"), NULL, 0}},
		{TOLERATE_EMPTY_VALUE,
			{E("EXDATE;TZID=Europe/Berlin:|RDATE:20260106T090000Z,|PRIORITY:|GEO:;|"
			   "STATUS:|LAST-MODIFIED:|COMPLETED:|LOCATION:|URL:|SEQUENCE:|TRANSP:"),
				NULL, 0}},
		{TOLERATE_DATE_WITHOUT_VALUE,
			{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105|DTEND:20260106|"
			 "RRULE:FREQ=DAILY|EXDATE:20260107,20260108|END:VEVENT",
				NULL, 0}},
		{TOLERATE_STAMP_NOT_UTC,
			{T("COMPLETED:20260519T073638|CREATED;TZID=Europe/Berlin:20260519T073638|"
			   "LAST-MODIFIED:20260519"),
				NULL, 0}},
		{TOLERATE_STAMP_NOT_UTC, {T("COMPLETED;VALUE=DATE:20260519"), NULL, 0}},
		{TOLERATE_TZID_UNNEEDED,
			{"BEGIN:VEVENT|" STAMPED "DTSTART;VALUE=DATE;TZID=Europe/Berlin:20260105|"
			 "EXDATE;TZID=Europe/Berlin:20260105T080000Z|END:VEVENT",
				NULL, 0}},
		{TOLERATE_ZONE_BY_NAME, {Z("SUMMARY:a"), NULL, 0}},
		{TOLERATE_ZONE_UNKNOWN,
			{"BEGIN:VEVENT|" STAMPED "DTSTART;TZID=Nowhere:20260105T090000|END:VEVENT",
				NULL, 0}},
		{TOLERATE_ZONE_EMPTY, {ZONE("X-A:b"), NULL, 0}},
		{TOLERATE_END_IS_START, {E("DTEND:20260105T090000Z"), NULL, 0}},
		{TOLERATE_END_IS_START, {D("DTEND;VALUE=DATE:20260105"), NULL, 0}},
		{TOLERATE_END_IS_START, {E("DURATION:PT0S"), NULL, 0}},
		{TOLERATE_DURATION_ZERO_BESIDE,
			{E("DTEND:20260105T100000Z|DURATION:PT0S"), NULL, 0}},
		{TOLERATE_DURATION_OF_DAYS, {D("DURATION:PT24H"), NULL, 0}},
		{TOLERATE_DURATION_OF_DAYS, {D("DURATION:PT172800S"), NULL, 0}},
		{TOLERATE_TODO_TIMES,
			{T("DTSTART;VALUE=DATE:20260105|DUE;VALUE=DATE:20260105"), NULL, 0}},
		{TOLERATE_TODO_TIMES,
			{T("DTSTART:20260105T090000Z|DUE:20260104T090000Z"), NULL, 0}},
		{TOLERATE_TODO_TIMES,
			{T("DTSTART:20260105T090000Z|DUE;VALUE=DATE:20260106"), NULL, 0}},
		{TOLERATE_TODO_TIMES, {T("DURATION:PT1H"), NULL, 0}},
		{TOLERATE_RECURRENCE_ID_TYPE,
			{E("RRULE:FREQ=DAILY") "|" INSTANCE("RECURRENCE-ID;VALUE=DATE:20260106"),
				NULL, 0}},
		{TOLERATE_UNTIL_TYPE, {E("RRULE:FREQ=DAILY;UNTIL=20260107"), NULL, 0}},
		{TOLERATE_UNTIL_TYPE, {D("RRULE:FREQ=DAILY;UNTIL=20260107T000000Z"), NULL, 0}},
		{TOLERATE_UNTIL_TYPE, {Z("RRULE:FREQ=DAILY;UNTIL=20260107T000000"), NULL, 0}},
		{TOLERATE_ZONE_OFFSET_SECONDS,
			{O("DTSTART:18930401T000000|TZOFFSETFROM:+5328|TZOFFSETTO:+0100"), NULL,
				0}},
		{TOLERATE_TODO_RULE_ALONE, {T("DUE:20260105T090000Z|RRULE:FREQ=DAILY"), NULL, 0}},
		{TOLERATE_TODO_RULE_ALONE, {T("RRULE:FREQ=DAILY;UNTIL=20260105T090000Z"), NULL, 0}},
		{TOLERATE_STATUS_OF_OTHERS, {E("STATUS:NEEDS-ACTION"), NULL, 0}},
		{TOLERATE_STATUS_OF_OTHERS, {T("STATUS:X-WAITING"), NULL, 0}},
		{TOLERATE_TRIGGER_UNREAD, {L(DISPLAY "TRIGGER;RELATED=START:P"), NULL, 0}},
		{TOLERATE_TRIGGER_UNREAD, {L(DISPLAY "TRIGGER:PT"), NULL, 0}},
		{TOLERATE_TRIGGER_UNREAD, {L(DISPLAY "TRIGGER:-PTM"), NULL, 0}},
		{TOLERATE_TRIGGER_UNREAD, {L(DISPLAY "TRIGGER:P1800S"), NULL, 0}},
		{TOLERATE_TRIGGER_UNREAD, {L(DISPLAY "TRIGGER;VALUE=DATE-TIME:20191218"), NULL, 0}},
		{TOLERATE_ALARM_WITHOUT_WORDS, {L("ACTION:DISPLAY|TRIGGER:PT0S"), NULL, 0}},
		{TOLERATE_ALARM_WITHOUT_WORDS, {L("ACTION:EMAIL|TRIGGER:PT0S"), NULL, 0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(tolerates(rows[i].tolerance));
		check_rows(&rows[i].row, 1);
	}
}

static void wholes(void **state)
{
	static const struct row rows[] = {
		{"BEGIN:VCALENDAR|VERSION:2.0|" E("SUMMARY:a") "|END:VCALENDAR", NULL, 0},
		{"BEGIN:VCALENDAR\nVERSION:2.0\n\nBEGIN:VEVENT\nUID:u\nDTSTART:20260105T090000Z\n"
		 "END:VEVENT\nEND:VCALENDAR",
			NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();

		check(&rows[i], lines(arena, rows[i].text));
		arena_free(arena);
	}
}

/* The whole is judged in one pass: what is large costs no more than reading it. */
static void floods(void **state)
{
	static const struct {
		const char *head, *repeated, *tail;
		size_t times;
	} rows[] = {
		{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|", "X-A;B=c:d|", "END:VEVENT|",
			190000},
		{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|SUMMARY:a|", "SUMMARY:a|",
			"END:VEVENT|", 190000},
		{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|",
			"BEGIN:VALARM|ACTION:AUDIO|TRIGGER:PT0S|END:VALARM|", "END:VEVENT|", 19000},
		{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|ATTENDEE", ";X-P=a",
			":mailto:x|END:VEVENT|", 200000},
		{"BEGIN:VEVENT|" STAMPED "DTSTART:20260105T090000Z|EXDATE:20260106T090000Z",
			",20260106T090000Z", "|END:VEVENT|", 9000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct buf text;

		buf_init(&text, 64u << 20);
		buf_adds(&text, "BEGIN:VCALENDAR|VERSION:2.0|");
		buf_adds(&text, rows[i].head);
		for (size_t n = 0; n < rows[i].times; n++)
			buf_adds(&text, rows[i].repeated);
		buf_adds(&text, rows[i].tail);
		buf_adds(&text, "END:VCALENDAR");
		check(&(struct row){rows[i].head, NULL, 0}, lines(arena, text.data));
		buf_free(&text);
		arena_free(arena);
	}
}

/* A VTIMEZONE that was fine is not judged again: what stands behind it is, and one that breaks a rule always. */
static void remembered_zones(void **state)
{
#define FINE OFFSETS "DTSTART:19961027T030000|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"
#define WRONG OFFSETS "DTSTART:19961027T030000|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1XX"
#define SEEN(lines) "BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|" lines "|END:STANDARD|END:VTIMEZONE|"
	static const struct row rows[] = {
		{SEEN(FINE) E("SUMMARY:x"), NULL, 0},
		{SEEN(FINE) E("SUMMARY:x"), NULL, 0},
		{SEEN(FINE) E("PRIORITY:10"), "PRIORITY", 17},
		{SEEN(FINE) SEEN(WRONG) E("SUMMARY:x"), "RRULE", 19},
		{SEEN(WRONG) E("SUMMARY:x"), "RRULE", 10},
		{SEEN(WRONG) E("SUMMARY:x"), "RRULE", 10},
		{SEEN(WRONG) SEEN(FINE) E("SUMMARY:x"), "RRULE", 10},
		{E("BEGIN:VALARM|" SEEN(FINE) DISPLAY "TRIGGER:-PT5M|END:VALARM"), "VTIMEZONE", 9},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_often),
		cmocka_unit_test(what_must_be_there),
		cmocka_unit_test(where_it_stands),
		cmocka_unit_test(values),
		cmocka_unit_test(parameters),
		cmocka_unit_test(between_lines),
		cmocka_unit_test(overrides),
		cmocka_unit_test(tolerated),
		cmocka_unit_test(wholes),
		cmocka_unit_test(remembered_zones),
		cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
