/* SPDX-License-Identifier: ISC */
/* What a calendar takes (RFC 4791 5.2.6 to 5.2.9): each limit on both of its sides, and what clients send under the defaults. */
#include "tests/unit/ical_help.h"

static const struct cal_bounds defaults = {
	CAL_MIN_DATE_TIME, CAL_MAX_DATE_TIME, CAL_MAX_INSTANCES, CAL_MAX_ATTENDEES};
/* 19000101T000000Z to 20491231T235959Z, the examples of 5.2.6 and 5.2.7 */
static const struct cal_bounds narrow = {-2208988800, 2524607999, 10, 2};

#define DAY "DTSTART:20260105T090000Z|"
#define WHO "ATTENDEE:mailto:a@example.org|"

static const struct row {
	const char *name, *event; /* properties, or components where it begins with BEGIN */
	int code;
} rows[] = {
	{"the first second", "DTSTART:19000101T000000Z", CAL_OK},
	{"the second before", "DTSTART:18991231T235959Z", CAL_TOO_EARLY},
	{"the last second", "DTSTART:20491231T235959Z", CAL_OK},
	{"the second after", "DTSTART:20500101T000000Z", CAL_TOO_LATE},
	{"a day", "DTSTART;VALUE=DATE:19000101", CAL_OK},
	{"the day before", "DTSTART;VALUE=DATE:18991231", CAL_TOO_EARLY},
	{"in a zone east", "DTSTART;TZID=Asia/Tokyo:19000101T050000", CAL_TOO_EARLY},
	{"in a zone west", "DTSTART;TZID=America/New_York:20491231T200000", CAL_TOO_LATE},
	{"DTEND", DAY "DTEND:20500101T000000Z", CAL_TOO_LATE},
	{"RDATE", DAY "RDATE:20260106T090000Z,20500101T000000Z", CAL_TOO_LATE},
	{"RDATE as a period", DAY "RDATE;VALUE=PERIOD:20260106T090000Z/PT1H,18000101T000000Z/PT1H",
		CAL_TOO_EARLY},
	{"EXDATE", DAY "RRULE:FREQ=DAILY|EXDATE:18000101T000000Z", CAL_TOO_EARLY},
	{"RECURRENCE-ID", DAY "RECURRENCE-ID:20500102T090000Z", CAL_TOO_LATE},
	{"a trigger",
		DAY "BEGIN:VALARM|ACTION:AUDIO|TRIGGER;VALUE=DATE-TIME:18000101T000000Z|END:VALARM",
		CAL_TOO_EARLY},
	{"a trigger before the start", DAY "BEGIN:VALARM|ACTION:AUDIO|TRIGGER:-P365000D|END:VALARM",
		CAL_OK},
	{"a task", "BEGIN:VTODO|UID:u|DUE:18000101T000000Z|END:VTODO", CAL_TOO_EARLY},
	{"done", "BEGIN:VTODO|UID:u|COMPLETED:20500101T000000Z|END:VTODO", CAL_TOO_LATE},
	{"busy", "BEGIN:VFREEBUSY|UID:u|FREEBUSY:20260101T000000Z/20500101T000000Z|END:VFREEBUSY",
		CAL_TOO_LATE},
	/* MUST be accepted (5.2.7): instances beyond the limit that are not overridden */
	{"a series without end", DAY "RRULE:FREQ=DAILY", CAL_OK},
	{"a series that ends later", DAY "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z", CAL_OK},
	{"written earlier",
		DAY "CREATED:00001231T000000Z|DTSTAMP:18000101T000000Z|"
		    "LAST-MODIFIED:18000101T000000Z",
		CAL_OK},
	{"a zone of Outlook",
		"BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|DTSTART:16010101T000000|TZOFFSETFROM:+0100|"
		"TZOFFSETTO:+0100|END:STANDARD|END:VTIMEZONE|BEGIN:VEVENT|UID:u|"
		"DTSTART;TZID=X:20260105T090000|END:VEVENT",
		CAL_OK},
	{"as many as there may be", DAY "RRULE:FREQ=DAILY;COUNT=10", CAL_OK},
	{"one more", DAY "RRULE:FREQ=DAILY;COUNT=11", CAL_TOO_MANY_INSTANCES},
	{"very many", DAY "RRULE:COUNT=999999999;FREQ=DAILY", CAL_TOO_MANY_INSTANCES},
	{"one more, and one less", DAY "RRULE:FREQ=DAILY;COUNT=11|EXDATE:20260106T090000Z", CAL_OK},
	{"a rule and dates", DAY "RRULE:FREQ=DAILY;COUNT=9|RDATE:20260201T090000Z,20260202T090000Z",
		CAL_TOO_MANY_INSTANCES},
	{"dates alone",
		DAY "RDATE;VALUE=DATE:20260201,20260202,20260203,20260204,20260205,20260206,"
		    "20260207,20260208,20260209",
		CAL_OK},
	{"dates alone, one more",
		DAY "RDATE;VALUE=DATE:20260201,20260202,20260203,20260204,20260205,20260206,"
		    "20260207,20260208,20260209,20260210",
		CAL_TOO_MANY_INSTANCES},
	{"two attendees", DAY WHO WHO, CAL_OK},
	{"three attendees", DAY WHO WHO WHO, CAL_TOO_MANY_ATTENDEES},
	{"two in each instance",
		"BEGIN:VEVENT|UID:u|" DAY WHO WHO "RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:u|"
		"RECURRENCE-ID:20260106T090000Z|" DAY WHO WHO "END:VEVENT",
		CAL_OK},
	{"three in one instance",
		"BEGIN:VEVENT|UID:u|" DAY WHO WHO "RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:u|"
		"RECURRENCE-ID:20260106T090000Z|" DAY WHO WHO WHO "END:VEVENT",
		CAL_TOO_MANY_ATTENDEES},
	{"an alarm has its own",
		DAY WHO WHO "BEGIN:VALARM|ACTION:EMAIL|TRIGGER:-PT5M|" WHO WHO WHO "END:VALARM",
		CAL_OK},
};

static const struct row client_rows[] = {
	{"Apple's birthday without a year", "DTSTART;VALUE=DATE:16040229|RRULE:FREQ=YEARLY",
		CAL_OK},
	{"the smallest time of Windows", "DTSTART:16010101T000000Z", CAL_OK},
	{"the smallest time of .NET", "DTSTART:00010101T000000Z", CAL_OK},
	{"no time at all", DAY "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z", CAL_OK},
	{"the last day", "DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:99991231", CAL_OK},
	{"Google's CREATED", DAY "CREATED:00001231T000000Z", CAL_OK},
	{"before there was a calendar", "DTSTART:00001231T235959Z", CAL_TOO_EARLY},
	{"after the last year", "DTSTART;TZID=America/New_York:99991231T235959", CAL_TOO_LATE},
	{"a whole life of days", DAY "RRULE:FREQ=DAILY;COUNT=20000", CAL_OK},
	{"and one more", DAY "RRULE:FREQ=DAILY;COUNT=20001", CAL_TOO_MANY_INSTANCES},
};

static void check(const struct cal_bounds *bounds, const struct row *row)
{
	struct arena *arena = arena_new();
	const char *text = strncmp(row->event, "BEGIN", 5) == 0 ? object(arena, row->event)
								: event(arena, row->event);
	struct facts_fault fault = {0};
	struct facts facts;

	if (!cal_inspect(FACTS_CALENDAR, text, strlen(text), arena, &facts, &fault))
		fail_msg("%s: no object at all: %s", row->name, fault.text);
	int wanted = fault.code ? fault.code : row->code;
	struct facts_fault within = {0};
	cal_accept_within(bounds, FACTS_CALENDAR, text, strlen(text), arena, &facts, &within);
	if (within.code != wanted)
		fail_msg("%s: code %d: %s", row->name, within.code, within.text);
	bool fine = cal_check_bounds(bounds, text, strlen(text), &fault);

	if (fine != (row->code == CAL_OK) || (!fine && fault.code != row->code))
		fail_msg("%s: %s, code %d: %s", row->name, fine ? "accepted" : "refused",
			fault.code, fault.text);
	if (!fine)
		assert_true(fault.line > 3 && fault.text[0]);
	arena_free(arena);
}

static void limits_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&narrow, &rows[i]);
}

static void clients_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(client_rows); i++)
		check(&defaults, &client_rows[i]);
}

static void no_object_is_refused(void **state)
{
	struct facts_fault fault = {0};

	(void)state;
	assert_false(cal_check_bounds(&defaults, "BEGIN:VEVENT\r\n", 14, &fault));
	assert_int_equal(fault.code, CAL_MALFORMED);
	assert_false(cal_check_bounds(&defaults, "END:VEVENT\r\n", 12, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(clients_pass),
		cmocka_unit_test(no_object_is_refused),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
