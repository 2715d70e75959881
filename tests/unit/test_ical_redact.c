/* SPDX-License-Identifier: ISC */
/*
 * What somebody sees who may know only when: objects and what is left of them, letter for letter; no
 * text of the client comes through but where cal.h says so; and the times are the same as before.
 */
#include "tests/unit/ical_help.h"

#include <dirent.h>
#include <stdlib.h>

#define HEAD "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Daybook//Daybook//EN|CALSCALE:GREGORIAN|"
#define STAMP "DTSTAMP:20260101T000000Z|"
#define NO_STAMP "DTSTAMP:19700101T000000Z|"
#define BUSY "SUMMARY:Busy|"
#define OWN_ZONE                                                                                   \
	"BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0130|TZNAME:Ours|"  \
	"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|"                                    \
	"BEGIN:DAYLIGHT|DTSTART:19700701T000000|TZOFFSETFROM:+0130|TZOFFSETTO:+0230|END:DAYLIGHT|"
#define MAX_OUT (32u << 20)

static const struct cal_range year = {1767225600, 1798761600}; /* 2026 */

/* The redacted form, or NULL. */
static char *redacted(struct arena *arena, const char *bytes, size_t len, size_t *out_len)
{
	struct buf out;
	char *text = NULL;

	buf_init(&out, MAX_OUT);
	buf_adds(&out, "before");
	if (cal_redact(&out, bytes, len)) {
		assert_memory_equal(out.data, "before", 6);
		*out_len = out.len - 6;
		text = arena_strndup(arena, out.data + 6, *out_len);
	} else {
		assert_string_equal(out.data, "before");
	}
	buf_free(&out);
	return text;
}

static void check_shape(const char *name, const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (!lf || lf == p || lf[-1] != '\r')
			fail_msg("%s: a line that does not end in CRLF", name);
		if (lf - 1 - p > 75)
			fail_msg("%s: not folded: %.*s", name, (int)(lf - p), p);
		p = lf + 1;
	}
}

static void check_busy(const char *name, const char *bytes, size_t len, const char *out, size_t n)
{
	struct arena *arena = arena_new();
	struct cal_busy_list a = {0}, b = {0};
	const struct cal_zone *zone = cal_zone_named("Asia/Tokyo");
	enum cal_code code = cal_busy_add(arena, &a, &year, zone, bytes, len);

	assert_int_equal(code, cal_busy_add(arena, &b, &year, zone, out, n));
	if (a.n != b.n || (a.n && memcmp(a.spans, b.spans, a.n * sizeof(*a.spans)) != 0))
		fail_msg("%s: busy at other times", name);
	arena_free(arena);
}

/* All that cal.h promises about what cal_inspect accepts; false when it does not. */
static bool keeps_promises(const char *name, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct facts facts, found;
	struct facts_fault fault;
	size_t n = 0, again_n = 0;
	char *out = redacted(arena, bytes, len, &n);

	if (!cal_inspect(FACTS_CALENDAR, bytes, len, arena, &facts, &fault)) {
		arena_free(arena);
		return false;
	}
	if (!out)
		fail_msg("%s: not redacted", name);
	if (!cal_inspect(FACTS_CALENDAR, out, n, arena, &found, &fault))
		fail_msg("%s: line %u: %s", name, fault.line, fault.text);
	assert_string_equal(found.uid, facts.uid);
	if (found.component != facts.component || found.class != facts.class ||
		found.first != facts.first || found.last != facts.last)
		fail_msg("%s: other facts", name);
	if (found.flags != (facts.flags & ~(uint32_t)FACTS_ALARM))
		fail_msg("%s: flags %u, were %u", name, found.flags, facts.flags);
	check_shape(name, out, n);
	check_busy(name, bytes, len, out, n);
	char *again = redacted(arena, out, n, &again_n);
	if (!again || again_n != n || memcmp(again, out, n) != 0)
		fail_msg("%s: redacted again it is different:\n%s", name, again);
	arena_free(arena);
	return true;
}

/* ---- what is left ---- */

static const struct row {
	const char *name, *body, *want; /* in the VCALENDAR */
} rows[] = {
	{"an event",
		"BEGIN:VEVENT|UID:u|" STAMP
		"CREATED:20250101T000000Z|LAST-MODIFIED:20250101T000000Z|"
		"DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Dentist|LOCATION:High Street 1|"
		"DESCRIPTION:root canal|SEQUENCE:3|TRANSP:OPAQUE|STATUS:TENTATIVE|PRIORITY:1|"
		"ORGANIZER;CN=Anna:mailto:anna@example.org|ATTENDEE:mailto:tom@example.org|"
		"CATEGORIES:health|X-A:b|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|DESCRIPTION:go|"
		"END:VALARM|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|DTEND:20260105T100000Z|"
		"SEQUENCE:3|TRANSP:OPAQUE|STATUS:TENTATIVE|" BUSY "END:VEVENT|"},
	{"what must be is added", "BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|END:VEVENT",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|" NO_STAMP BUSY "END:VEVENT|"},
	{"names in lower case",
		"begin:vevent|uid:u|dtstart;value=date:20260105|transp:transparent|status:confirmed|"
		"sequence:0|end:vevent",
		"BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|TRANSP:TRANSPARENT|"
		"STATUS:CONFIRMED|SEQUENCE:0|" NO_STAMP BUSY "END:VEVENT|"},
	{"a series",
		"BEGIN:VEVENT|UID:u|" STAMP
		"DTSTART;TZID=Europe/Berlin:20260105T090000|DURATION:PT1H|"
		"RRULE:FREQ=WEEKLY;X-WHY=therapy;COUNT=9|EXDATE;TZID=Europe/Berlin:20260112T090000,|"
		"RDATE;VALUE=PERIOD;X-WHY=therapy:20260113T090000Z/PT3H|EXRULE:FREQ=WEEKLY;INTERVAL=3|"
		"SUMMARY:a|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|" STAMP
		"RECURRENCE-ID;TZID=Europe/Berlin;RANGE=thisandfuture:20260119T090000|"
		"DTSTART;TZID=Europe/Berlin:20260119T110000|DURATION:PT2H|SUMMARY:b|END:VEVENT|"
		"BEGIN:VEVENT|UID:u|" STAMP "RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000|"
		"DTSTART:20260127T090000Z|STATUS:CANCELLED|SUMMARY:c|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP
		"DTSTART;TZID=Europe/Berlin:20260105T090000|DURATION:PT1H|"
		"RRULE:FREQ=WEEKLY;COUNT=9|EXDATE;TZID=Europe/Berlin:20260112T090000|"
		"RDATE;VALUE=PERIOD:20260113T090000Z/PT3H|EXRULE:FREQ=WEEKLY;INTERVAL=3|" BUSY
		"END:VEVENT|"
		"BEGIN:VEVENT|UID:u|" STAMP
		"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260119T090000|"
		"DTSTART;TZID=Europe/Berlin:20260119T110000|DURATION:PT2H|" BUSY "END:VEVENT|"
		"BEGIN:VEVENT|UID:u|" STAMP "RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000|"
		"DTSTART:20260127T090000Z|STATUS:CANCELLED|" BUSY "END:VEVENT|"},
	{"only overrides",
		"BEGIN:VEVENT|UID:u|" STAMP
		"DTSTART:20260105T090000Z|RECURRENCE-ID:20260104T090000Z|"
		"END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP
		"DTSTART:20260105T090000Z|RECURRENCE-ID:20260104T090000Z|" BUSY "END:VEVENT|"},
	{"floating", "BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000|DURATION:P1D|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000|DURATION:P1D|" BUSY
		"END:VEVENT|"},
	{"a zone of its own, one that is not used, and one twice",
		"BEGIN:VTIMEZONE|TZID:Other|" OWN_ZONE "END:VTIMEZONE|"
		"BEGIN:VTIMEZONE|TZID;X-A=b:Our zone|X-LIC-LOCATION:home|TZURL:http://x/|COMMENT:x|"
		"LAST-MODIFIED:20250101T000000Z|" OWN_ZONE "BEGIN:X-A|X-B:c|END:X-A|END:VTIMEZONE|"
		"BEGIN:VTIMEZONE|TZID:Our zone|END:VTIMEZONE|"
		"BEGIN:VEVENT|UID:u|" STAMP
		"DTSTART;TZID=\"Our zone\":20260105T090000|X-A;TZID=Other:b|"
		"END:VEVENT",
		"BEGIN:VTIMEZONE|TZID:Our zone|" OWN_ZONE "END:VTIMEZONE|"
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART;TZID=\"Our zone\":20260105T090000|" BUSY
		"END:VEVENT|"},
	{"a zone that can not be read, and one that is not",
		"BEGIN:VTIMEZONE|TZID:Bad|BEGIN:STANDARD|DTSTART:x|END:STANDARD|END:VTIMEZONE|"
		"BEGIN:VTIMEZONE|TZID:Europe/Berlin|BEGIN:STANDARD|X:y|END:STANDARD|END:VTIMEZONE|"
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART;TZID=Bad:20260105T090000|"
		"DTEND;TZID=\"At Bob's: upstairs\":20260105T100000|"
		"EXDATE;TZID=Europe/Berlin:20260105T090000|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000|DTEND:20260105T100000|"
		"EXDATE;TZID=Europe/Berlin:20260105T090000|" BUSY "END:VEVENT|"},
	{"of what stands twice the first",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|DTSTART:Bob|"
		"DTSTART:20260106T090000Z|DURATION:PT1H|DURATION:PT2H|STATUS:none|STATUS:CANCELLED|"
		"TRANSP:TRANSPARENT|TRANSP:OPAQUE|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|DURATION:PT1H|"
		"TRANSP:TRANSPARENT|" BUSY "END:VEVENT|"},
	{"values that are none",
		"BEGIN:VEVENT|UID:u|DTSTAMP:Bob|DTSTART:20260105T090000Z|SEQUENCE:Bob|DUE:Bob|"
		"RRULE:;FREQ=DAILY;COUNT=123456789Bob;;INTERVAL=2;|EXDATE:|END:VEVENT",
		"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|"
		"RRULE:FREQ=DAILY;COUNT=999999999;INTERVAL=2|" NO_STAMP BUSY "END:VEVENT|"},
	{"a rule that is none takes the others along", /* what is stored so has one instance */
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|RRULE:FREQ=BobLY|"
		"RRULE:FREQ=DAILY|EXRULE:FREQ=WEEKLY|RDATE:20260109T090000Z|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|RDATE:20260109T090000Z|" BUSY
		"END:VEVENT|"},
	{"other calendars",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|"
		"RRULE:FREQ=YEARLY;RSCALE=hebrew;SKIP=FORWARD|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|"
		"RRULE:FREQ=YEARLY;RSCALE=hebrew;SKIP=FORWARD|" BUSY "END:VEVENT|"},
	{"a confidential override hides as much as the whole",
		"BEGIN:VEVENT|UID:u|" STAMP
		"CLASS:PUBLIC|DTSTART:20260105T090000Z|RRULE:FREQ=DAILY|"
		"END:VEVENT|BEGIN:VEVENT|UID:u|" STAMP "RECURRENCE-ID:20260106T090000Z|"
		"DTSTART:20260106T100000Z|CLASS;X-A=b:Confidential|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY|"
		"CLASS:CONFIDENTIAL|" BUSY "END:VEVENT|BEGIN:VEVENT|UID:u|" STAMP
		"RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T100000Z|CLASS:CONFIDENTIAL|" BUSY
		"END:VEVENT|"},
	{"a class nobody knows",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|CLASS:X-BOB|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|CLASS:PRIVATE|" BUSY
		"END:VEVENT|"},
	{"a task",
		"BEGIN:VTODO|UID:u|" STAMP "CREATED:20250101T000000Z|DTSTART:20260105T090000Z|"
		"DUE:20260106T090000Z|COMPLETED:20260105T100000Z|PERCENT-COMPLETE:100|STATUS:COMPLETED|"
		"SUMMARY:milk|END:VTODO",
		"BEGIN:VTODO|UID:u|" STAMP "DTSTART:20260105T090000Z|DUE:20260106T090000Z|" BUSY
		"END:VTODO|"},
	{"a task without a date",
		"BEGIN:VTODO|UID:u|" STAMP "CREATED:20250101T000000Z|COMPLETED:20260105T100000Z|"
		"STATUS:COMPLETED|SUMMARY:milk|END:VTODO",
		"BEGIN:VTODO|UID:u|" STAMP
		"CREATED:20250101T000000Z|COMPLETED:20260105T100000Z|" BUSY "END:VTODO|"},
	{"a task without any time, and a wrong one",
		"BEGIN:VTODO|UID:u|" STAMP
		"CREATED:Bob|CREATED:20250101T000000Z|SUMMARY:milk|END:VTODO",
		"BEGIN:VTODO|UID:u|" STAMP BUSY "END:VTODO|"},
	{"a journal entry",
		"BEGIN:VJOURNAL|UID:u|" STAMP "DTSTART;VALUE=DATE:20260101|SUMMARY:Dear diary|"
		"DESCRIPTION:I|STATUS:CANCELLED|TRANSP:OPAQUE|DTEND:Bob|END:VJOURNAL",
		"BEGIN:VJOURNAL|UID:u|" STAMP "DTSTART;VALUE=DATE:20260101|" BUSY "END:VJOURNAL|"},
	{"free-busy",
		"BEGIN:VFREEBUSY|UID:u|" STAMP "ORGANIZER:mailto:a@example.org|COMMENT:away|"
		"FREEBUSY;FBTYPE=busy-tentative;X-A=b:20260101T000000Z/PT1H,20260201T000000Z/PT2H|"
		"FREEBUSY;FBTYPE=X-BOB:20260301T000000Z/20260301T010000Z|SUMMARY:x|END:VFREEBUSY",
		"BEGIN:VFREEBUSY|UID:u|" STAMP
		"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260101T000000Z/PT1H,20260201T000000Z/PT2H|"
		"FREEBUSY:20260301T000000Z/20260301T010000Z|END:VFREEBUSY|"},
	{"availability",
		"BEGIN:VAVAILABILITY|UID:u|" STAMP "BUSYTYPE:busy|DTSTART:20260101T000000Z|"
		"SUMMARY:office hours|BEGIN:AVAILABLE|UID:a|" STAMP "DTSTART:20260105T090000Z|"
		"DTEND:20260105T170000Z|RRULE:FREQ=WEEKLY;BYDAY=MO,TU|LOCATION:office|SUMMARY:b|"
		"END:AVAILABLE|BEGIN:X-A|X-B:c|END:X-A|PRIORITY:1|"
		"BEGIN:AVAILABLE|UID:b|COMMENT:Bob|DTSTART:20260106T090000Z|END:AVAILABLE|END:VAVAILABILITY",
		"BEGIN:VAVAILABILITY|UID:u|" STAMP "BUSYTYPE:BUSY|DTSTART:20260101T000000Z|"
		"BEGIN:AVAILABLE|UID:a|" STAMP "DTSTART:20260105T090000Z|DTEND:20260105T170000Z|"
		"RRULE:FREQ=WEEKLY;BYDAY=MO,TU|END:AVAILABLE|"
		"BEGIN:AVAILABLE|UID:b|DTSTART:20260106T090000Z|" NO_STAMP
		"END:AVAILABLE|END:VAVAILABILITY|"},
	{"what stands beside and inside",
		"X-WR-CALNAME:Anna's|NAME:Anna's|BEGIN:X-A|X-B:c|END:X-A|"
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|BEGIN:PARTICIPANT|UID:p|"
		"DTSTART:20260105T090000Z|END:PARTICIPANT|BEGIN:VEVENT|UID:Bob|"
		"DTSTART:20260105T090000Z|END:VEVENT|BEGIN:AVAILABLE|UID:Bob|END:AVAILABLE|END:VEVENT",
		"BEGIN:VEVENT|UID:u|" STAMP "DTSTART:20260105T090000Z|" BUSY "END:VEVENT|"},
	{"folded, and a long UID with letters that must not be cut",
		"BEGIN:VEVENT|UID:ääääääääääääääääääääääääääääääääääää\r\n"
		" @exam\r\n\tple.org|DTST\r\n AMP:20260101T000000Z|DTSTART:20260105T09\r\n 0000Z|"
		"SUMMARY:a\r\n b|END:VEVENT",
		"BEGIN:VEVENT|UID:äääääääääääääääääääääääääääääääääää\r\n"
		" ä@example.org|" STAMP "DTSTART:20260105T090000Z|" BUSY "END:VEVENT|"},
};

static void leaves_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, rows[i].body);
		char *want = lines(
			arena, arena_printf(arena, HEAD "%sEND:VCALENDAR", rows[i].want));
		size_t n = 0;
		char *out = redacted(arena, bytes, strlen(bytes), &n);

		if (!out || strcmp(out, want) != 0)
			fail_msg("%s:\n%s\nnot:\n%s", rows[i].name, out ? out : "false", want);
		if (!keeps_promises(rows[i].name, bytes, strlen(bytes)))
			fail_msg("%s: no valid object", rows[i].name);
		arena_free(arena);
	}
}

static void refuses(void **state)
{
	static const char *const refused[] = {
		"",
		"<html>",
		"BEGIN:VCARD|VERSION:4.0|UID:u|FN:Bob|END:VCARD",
		"BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR",
		"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VPOLL|UID:u|END:VPOLL|END:VCALENDAR",
		"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VTIMEZONE|TZID:x|END:VTIMEZONE|END:VCALENDAR",
		"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:u|DTSTART:20260105|SUMMARY|END:VEVENT|"
		"END:VCALENDAR",
		"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:caf\xe9|DTSTART:20260105|END:VEVENT|"
		"END:VCALENDAR",
		"BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:u\x01|DTSTART:20260105|END:VEVENT|"
		"END:VCALENDAR",
	};
	struct arena *arena = arena_new();
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		char *bytes = lines(arena, refused[i]);

		if (redacted(arena, bytes, strlen(bytes), &n))
			fail_msg("redacted: %s", refused[i]);
	}
	arena_free(arena);
}

static void stays_within_the_buffer(void **state)
{
	struct arena *arena = arena_new();
	char *bytes = event(arena, "DTSTART:20260105T090000Z|SUMMARY:a");
	size_t len = 0;

	(void)state;
	assert_non_null(redacted(arena, bytes, strlen(bytes), &len));
	for (size_t max = 0; max < len + 10; max++) {
		struct buf out;

		buf_init(&out, max);
		assert_int_equal(cal_redact(&out, bytes, strlen(bytes)), max >= len);
		assert_int_equal(out.len, max >= len ? len : 0);
		assert_int_equal(out.full, max < len);
		buf_free(&out);
	}
	arena_free(arena);
}

/* ---- no secret survives ---- */

#define SECRET "SECRET"

static const char *const prop_names[] = {
	/* 5545 */
	"CALSCALE", "METHOD", "PRODID", "VERSION", "ATTACH", "CATEGORIES", "CLASS", "COMMENT",
	"DESCRIPTION", "GEO", "LOCATION", "PERCENT-COMPLETE", "PRIORITY", "RESOURCES", "STATUS",
	"SUMMARY", "COMPLETED", "DTEND", "DUE", "DTSTART", "DURATION", "FREEBUSY", "TRANSP", "TZID",
	"TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "ATTENDEE", "CONTACT", "ORGANIZER",
	"RECURRENCE-ID", "RELATED-TO", "URL", "UID", "EXDATE", "EXRULE", "RDATE", "RRULE", "ACTION",
	"REPEAT", "TRIGGER", "CREATED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "REQUEST-STATUS",
	/* 7986, 9073, 7953, 7808, 9074, 9253 */
	"NAME", "REFRESH-INTERVAL", "SOURCE", "COLOR", "IMAGE", "CONFERENCE", "LOCATION-TYPE",
	"PARTICIPANT-TYPE", "RESOURCE-TYPE", "CALENDAR-ADDRESS", "STRUCTURED-DATA",
	"STYLED-DESCRIPTION", "BUSYTYPE", "TZUNTIL", "TZID-ALIAS-OF", "ACKNOWLEDGED", "PROXIMITY",
	"CONCEPT", "LINK", "REFID",
	/* nobody's */
	"X-WR-CALNAME", "X-WR-CALDESC", "X-WR-TIMEZONE", "X-APPLE-STRUCTURED-LOCATION",
	"X-MICROSOFT-CDO-BUSYSTATUS", "X-ALT-DESC", "FUTURE", SECRET, "X-" SECRET};

static const char *const param_names[] = {"ALTREP", "CN", "CUTYPE", "DELEGATED-FROM",
	"DELEGATED-TO", "DIR", "ENCODING", "FMTTYPE", "FBTYPE", "LANGUAGE", "MEMBER", "PARTSTAT",
	"RANGE", "RELATED", "RELTYPE", "ROLE", "RSVP", "SENT-BY", "TZID", "VALUE", "DISPLAY",
	"EMAIL", "FEATURE", "LABEL", "ORDER", "SCHEMA", "DERIVED", "SCHEDULE-AGENT",
	"SCHEDULE-FORCE-SEND", "SCHEDULE-STATUS", "LINKREL", "GAP", "X-FOO", "FUTURE", SECRET};

static const char *const sub_names[] = {"VALARM", "PARTICIPANT", "VLOCATION", "VRESOURCE",
	"AVAILABLE", "STANDARD", "VEVENT", "VTODO", "X-" SECRET, SECRET};

/* Properties that stay, with values that are fine. */
static const char *const kept[][2] = {{"DTSTAMP", "20260101T000000Z"},
	{"DTSTART", "20260105T090000Z"}, {"DTEND", "20260105T100000Z"}, {"DUE", "20260105T100000Z"},
	{"DURATION", "PT1H"}, {"RECURRENCE-ID", "20260105T090000Z"}, {"RDATE", "20260106T090000Z"},
	{"EXDATE", "20260107T090000Z"}, {"RRULE", "FREQ=DAILY;COUNT=3;X-" SECRET "=" SECRET},
	{"EXRULE", "FREQ=WEEKLY;INTERVAL=123456789" SECRET}, {"SEQUENCE", "1"},
	{"TRANSP", "OPAQUE"}, {"STATUS", "CONFIRMED"}, {"FREEBUSY", "20260105T090000Z/PT1H"},
	{"BUSYTYPE", "BUSY"}, {"COMPLETED", "20260105T090000Z"}, {"CREATED", "20260105T090000Z"}};

static const char *const kinds[] = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"};

/* The text without its folds, where the secret could be cut in two. */
static bool tells(struct arena *arena, const char *text)
{
	char *flat = arena_strdup(arena, text), *to = flat;

	for (const char *p = text; *p; p++) {
		if (strncmp(p, "\r\n ", 3) == 0)
			p += 2;
		else
			*to++ = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	}
	*to = '\0';
	return strstr(flat, SECRET);
}

/* True when it was redacted, and then nothing is told. */
static bool is_silent(struct arena *arena, const char *body)
{
	char *bytes = object(arena, body);
	size_t n = 0;
	char *out = redacted(arena, bytes, strlen(bytes), &n);

	if (out && tells(arena, out))
		fail_msg("told by\n%s\nwhich becomes\n%s", bytes, out);
	return out;
}

/* One line with the secret as value, at each place, alone and behind a good one. */
static void no_property_tells(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		struct arena *arena = arena_new();

		for (size_t i = 0; i < COUNT(prop_names); i++) {
			const char *p = prop_names[i];
			bool id = strcmp(p, "UID") == 0;
			const char *before = id ? "UID:u|" : "";
			const char *after = id ? "" : "UID:u|";

			assert_true(is_silent(arena,
				arena_printf(arena,
					"BEGIN:%s|%s%s:" SECRET
					"|%sDTSTART:20260105T090000Z|END:%s",
					kinds[k], before, p, after, kinds[k])));
			assert_true(is_silent(arena,
				arena_printf(arena,
					"%s:" SECRET "|BEGIN:%s|UID:u|DTSTART:20260105T090000Z|"
					"BEGIN:AVAILABLE|%s%s:" SECRET "|%sEND:AVAILABLE|END:%s",
					p, kinds[k], before, p, after, kinds[k])));
		}
		arena_free(arena);
	}
}

static void no_parameter_tells(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		for (size_t i = 0; i < COUNT(param_names); i++) {
			struct arena *arena = arena_new();
			struct buf body;

			buf_init(&body, 1 << 20);
			buf_addf(&body, "BEGIN:%s|UID;%s=" SECRET ":u|", kinds[k], param_names[i]);
			for (size_t j = 0; j < COUNT(kept); j++)
				buf_addf(&body,
					"%s;%s=" SECRET ";X-P=\"" SECRET "\":%s|%s;%s=\"" SECRET
					":;,\":%s|",
					kept[j][0], param_names[i], kept[j][1], kept[j][0],
					param_names[i], kept[j][1]);
			buf_addf(&body, "END:%s", kinds[k]);
			assert_true(is_silent(arena, body.data));
			buf_free(&body);
			arena_free(arena);
		}
	}
}

/* Everything at once, in an object that PUT accepts. */
static void a_rich_object_tells_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct buf all, body;
	size_t secrets = 0;

	(void)state;
	buf_init(&all, 1 << 20);
	buf_init(&body, 4 << 20);
	for (size_t i = 0; i < COUNT(prop_names); i++) {
		static const char *const strict[] = {"UID", "EXDATE", "RDATE", "RRULE", "EXRULE",
			"RECURRENCE-ID", "DTEND", "DURATION"};
		bool fine = true;

		for (size_t j = 0; j < COUNT(strict); j++)
			fine &= strcmp(prop_names[i], strict[j]) != 0;
		for (size_t j = 0; fine && j < COUNT(param_names); j++)
			buf_addf(&all, "%s;%s=" SECRET ":" SECRET "|", prop_names[i],
				param_names[j]);
	}
	buf_adds(&body,
		"X-WR-CALNAME:" SECRET "|NAME:" SECRET "|BEGIN:VTIMEZONE|TZID:" SECRET
		"|END:VTIMEZONE|BEGIN:VTIMEZONE|TZID:Z|X-A:" SECRET "|COMMENT:" SECRET
		"|TZURL:" SECRET "|FUTURE:" SECRET "|BEGIN:STANDARD|DTSTART;X-A=" SECRET
		":19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0130|COMMENT:" SECRET
		"|TZNAME;LANGUAGE=" SECRET ":Z|END:STANDARD|BEGIN:X-" SECRET "|X:" SECRET
		"|END:X-" SECRET "|END:VTIMEZONE|BEGIN:X-" SECRET "|X-A:" SECRET "|END:X-" SECRET
		"|BEGIN:VEVENT|UID:u|DTSTART;TZID=Z:20260105T090000|DTEND;TZID=Z:20260105T100000|"
		"RRULE:FREQ=DAILY;X-A=" SECRET ";COUNT=3|");
	buf_adds(&body, all.data);
	for (size_t i = 0; i < COUNT(sub_names); i++)
		buf_addf(&body, "BEGIN:%s|DTSTART:20260105T090000Z|%sEND:%s|", sub_names[i],
			all.data, sub_names[i]);
	buf_adds(&body,
		"END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID;TZID=Z:20260106T090000|"
		"DTSTART;TZID=Z:20260106T100000|");
	buf_adds(&body, all.data);
	buf_adds(&body, "END:VEVENT");
	char *bytes = object(arena, body.data);
	const char *p = bytes, *end = bytes + strlen(bytes);
	while ((p = memmem(p, (size_t)(end - p), SECRET, strlen(SECRET)))) {
		secrets++;
		p++;
	}
	assert_true(secrets > 20000);
	assert_true(is_silent(arena, body.data));
	assert_true(keeps_promises("rich", bytes, strlen(bytes)));
	buf_free(&all);
	buf_free(&body);
	arena_free(arena);
}

/* ---- the times are the same ---- */

static void keeps_its_promises(void **state)
{
	static const char *const more[] = {
		"DTSTART;TZID=\"Europe/Berlin\":20260105T090000|DTEND;TZID=UTC:20260105T090000",
		"DTSTART;TZID=W. Europe Standard Time:20260705T090000|RRULE:FREQ=DAILY;UNTIL=20260901",
		"DTSTART;TZID=/x.org/Europe/Berlin:20260705T090000|DTEND:20260705T100000Z",
		"DTSTART;VALUE=DATE:20260105|DTEND;VALUE=DATE:20260108|TRANSP:transparent|TRANSP:x",
		"DTSTART;TZID=Europe/Berlin;TZID=Asia/Tokyo:20260105T090000",
		"DTSTART;TZID=;TZID=Asia/Tokyo:20260105T090000",
		"DTSTART;TZID=Asia/Tokyo,Europe/Berlin:20260105T090000",
		"DTSTART:20260105T090000Z|DURATION:-PT1H|RDATE:20260301,20260401T090000",
		"DTSTART:20260105T090000Z|RRULE:FREQ=MONTHLY;RSCALE=CHINESE;BYMONTHDAY=1;UNTIL=20270101",
		"DTSTART:20260105T090000Z|STATUS:CANCELLED",
		"DTSTART:20260105T090000Z|RECURRENCE-ID;RANGE=THISANDPRIOR:20260104T090000Z",
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(more); i++) {
		char *bytes = event(arena, more[i]), *to = bytes;

		assert_true(keeps_promises(more[i], bytes, strlen(bytes)));
		for (const char *p = bytes; *p; p++) /* and with LF alone */
			if (*p != '\r')
				*to++ = *p;
		*to = '\0';
		assert_true(keeps_promises(more[i], bytes, strlen(bytes)));
	}
	arena_free(arena);
}

static void long_texts_cost_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct buf text;

	(void)state;
	buf_init(&text, 16u << 20);
	buf_adds(&text, "BEGIN:VEVENT|UID:u|DTSTART:20260105|DESCRIPTION:");
	for (int i = 0; i < 1 << 20; i += 70)
		buf_adds(&text,
			"seventy octets of what is nobody's business but theirs who wrote it..| ");
	buf_adds(&text, "|END:VEVENT");
	char *bytes = object(arena, text.data);
	size_t n = 0;
	char *out = redacted(arena, bytes, strlen(bytes), &n);

	assert_true(out && n < 300);
	assert_true(keeps_promises("long", bytes, strlen(bytes)));
	buf_free(&text);
	arena_free(arena);
}

static char *read_file(struct arena *arena, const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *bytes = arena_alloc(arena, 4 << 20);

	assert_non_null(file);
	*len = fread(bytes, 1, 4 << 20, file);
	fclose(file);
	return bytes;
}

/* Each file of a folder, split into objects where it holds many. */
static size_t check_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		struct arena *arena = arena_new();
		struct cal_split split = {0};
		struct facts_fault fault;
		size_t len = 0;

		if (entry->d_type == DT_REG) {
			char *bytes = read_file(
				arena, arena_printf(arena, "%s/%s", folder, entry->d_name), &len);

			n += keeps_promises(entry->d_name, bytes, len);
			cal_split(arena, bytes, len, &split, &fault);
		}
		for (size_t i = 0; i < split.n_items; i++)
			n += keeps_promises(
				entry->d_name, split.items[i].bytes, split.items[i].len);
		arena_free(arena);
	}
	closedir(dir);
	return n;
}

static void keeps_them_for_all_we_have(void **state)
{
	(void)state;
	assert_true(check_folder("tests/fuzz/corpus/ical") > 40);
	assert_true(check_folder("tests/data") > 40);
	assert_true(check_folder("tests/data/import") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_times),
		cmocka_unit_test(refuses),
		cmocka_unit_test(stays_within_the_buffer),
		cmocka_unit_test(no_property_tells),
		cmocka_unit_test(no_parameter_tells),
		cmocka_unit_test(a_rich_object_tells_nothing),
		cmocka_unit_test(keeps_its_promises),
		cmocka_unit_test(long_texts_cost_nothing),
		cmocka_unit_test(keeps_them_for_all_we_have),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
