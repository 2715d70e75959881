/* SPDX-License-Identifier: ISC */
/*
 * The rules of iCalendar as tables: which component stands where (5545 3.6), which property of which
 * type how often in which component (5545 3.7, 3.8; 7953 3; 7986 5; 9074). judge.c goes through an object with
 * them. What has no row is an X- or IANA name: kept as sent (5545 3.8.8). A property in a component
 * that has no use for it is kept likewise: the grammar of each component ends with "iana-prop".
 */
#include "ical/rules.h"

#include <string.h>

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- components ---- */

static const struct rule_comp comps[] = {
	{"VCALENDAR", IN_CALENDAR, IN_NOTHING},
	{"VEVENT", IN_EVENT, IN_CALENDAR},
	{"VTODO", IN_TODO, IN_CALENDAR},
	{"VJOURNAL", IN_JOURNAL, IN_CALENDAR},
	{"VFREEBUSY", IN_FREEBUSY, IN_CALENDAR},
	{"VAVAILABILITY", IN_AVAILABILITY, IN_CALENDAR},
	{"AVAILABLE", IN_AVAILABLE, IN_AVAILABILITY},
	{"VTIMEZONE", IN_ZONE, IN_CALENDAR},
	{"STANDARD", IN_OBSERVANCE, IN_ZONE},
	{"DAYLIGHT", IN_OBSERVANCE, IN_ZONE},
	{"VALARM", IN_ALARM, IN_EVENT | IN_TODO},
};

const struct rule_comp *rule_comp_of(struct cal_slice name)
{
	for (size_t i = 0; i < N(comps); i++)
		if (cal_slice_is(name, comps[i].name))
			return &comps[i];
	return NULL;
}

/* ---- words ---- */

/* 5545 3.8.1.11: each component has its own. */
static const struct rule_word statuses[] = {
	{"TENTATIVE", IN_EVENT},
	{"CONFIRMED", IN_EVENT},
	{"CANCELLED", IN_EVENT | IN_TODO | IN_JOURNAL},
	{"NEEDS-ACTION", IN_TODO},
	{"COMPLETED", IN_TODO},
	{"IN-PROCESS", IN_TODO},
	{"DRAFT", IN_JOURNAL},
	{"FINAL", IN_JOURNAL},
	{NULL, 0},
};

static const struct rule_word transps[] = {{"OPAQUE", IN_ANY}, {"TRANSPARENT", IN_ANY}, {NULL, 0}};

/* RFC 2445 had THISANDPRIOR too; it is no more to be written, but to be read (5545 3.2.13). */
static const struct rule_word ranges[] = {
	{"THISANDFUTURE", IN_ANY}, {"THISANDPRIOR", IN_ANY}, {NULL, 0}};
static const struct rule_word relateds[] = {{"START", IN_ANY}, {"END", IN_ANY}, {NULL, 0}};

/* ---- properties ---- */

enum {
	TITLED = IN_EVENT | IN_TODO | IN_JOURNAL,
	MAIN = TITLED | IN_FREEBUSY | IN_AVAILABILITY,
	NAMED = MAIN | IN_AVAILABLE, /* have a UID and a DTSTAMP */
	TIMED = IN_EVENT | IN_TODO | IN_AVAILABILITY | IN_AVAILABLE,
	TOLD = TIMED | IN_JOURNAL, /* have words for people */
};

/* Sorted by name, for the search: name, type, other types, exactly once in, at most once in. */
static const struct rule_prop props[] = {
	{"ACKNOWLEDGED", TYPE_DATE_TIME, 0, 0, IN_ALARM, .flags = STAMP},
	{"ACTION", TYPE_TEXT, 0, IN_ALARM, 0, .flags = FIRM},
	{"ATTENDEE", TYPE_CAL_ADDRESS, TYPE_URI, 0, 0, .flags = 0},
	{"BUSYTYPE", TYPE_TEXT, 0, 0, IN_AVAILABILITY, .flags = 0},
	{"CALSCALE", TYPE_TEXT, 0, 0, IN_CALENDAR, .flags = 0},
	{"CLASS", TYPE_TEXT, 0, 0, TITLED | IN_AVAILABILITY, .flags = 0},
	{"COLOR", TYPE_TEXT, 0, 0, IN_CALENDAR | TITLED, .flags = 0},
	{"COMPLETED", TYPE_DATE_TIME, 0, 0, IN_TODO, .flags = STAMP},
	{"CONTACT", TYPE_TEXT, TYPE_URI, 0, IN_FREEBUSY, .flags = 0},
	{"CREATED", TYPE_DATE_TIME, 0, 0, TOLD, .flags = STAMP},
	{"DESCRIPTION", TYPE_TEXT, TYPE_URI, 0, TIMED | IN_ALARM, .flags = 0},
	{"DTEND", TYPE_DATE_TIME, TYPE_DATE, 0, TIMED | IN_FREEBUSY, .flags = FIRM},
	{"DTSTAMP", TYPE_DATE_TIME, 0, NAMED, 0, .flags = STAMP, .missing = MAY(NO_DTSTAMP)},
	{"DTSTART", TYPE_DATE_TIME, TYPE_DATE, IN_EVENT | IN_AVAILABLE | IN_OBSERVANCE,
		IN_TODO | IN_JOURNAL | IN_FREEBUSY | IN_AVAILABILITY, .flags = FIRM},
	{"DUE", TYPE_DATE_TIME, TYPE_DATE, 0, IN_TODO, .flags = FIRM},
	{"DURATION", TYPE_DURATION, 0, 0, TIMED | IN_ALARM, .flags = FIRM},
	{"EXDATE", TYPE_DATE_TIME, TYPE_DATE, 0, 0, .flags = LIST},
	{"FREEBUSY", TYPE_PERIOD, 0, 0, 0, .flags = LIST},
	{"GEO", TYPE_GEO, TYPE_FLOAT, 0, IN_EVENT | IN_TODO, .flags = 0},
	{"LAST-MODIFIED", TYPE_DATE_TIME, 0, 0, IN_CALENDAR | IN_ZONE | TOLD, .flags = STAMP},
	{"LOCATION", TYPE_TEXT, TYPE_URI, 0, TIMED, .flags = 0},
	{"ORGANIZER", TYPE_CAL_ADDRESS, TYPE_URI, 0, MAIN, .flags = 0},
	{"PERCENT-COMPLETE", TYPE_INTEGER, 0, 0, IN_TODO, .max = 100},
	{"PRIORITY", TYPE_INTEGER, 0, 0, IN_EVENT | IN_TODO | IN_AVAILABILITY, .max = 9},
	{"PRODID", TYPE_TEXT, 0, IN_CALENDAR, 0, .missing = MAY(NO_PRODID)},
	{"RDATE", TYPE_DATE_TIME, TYPE_DATE | TYPE_PERIOD, 0, 0, .flags = LIST},
	{"RECURRENCE-ID", TYPE_DATE_TIME, TYPE_DATE, 0, TITLED | IN_AVAILABLE, .flags = FIRM},
	{"REFRESH-INTERVAL", TYPE_DURATION, 0, 0, IN_CALENDAR, .flags = 0},
	{"REPEAT", TYPE_INTEGER, 0, 0, IN_ALARM, .max = INT32_MAX},
	{"RRULE", TYPE_RECUR, 0, 0, 0, .flags = FIRM}, /* twice is a SHOULD NOT */
	{"SEQUENCE", TYPE_INTEGER, 0, 0, TITLED | IN_AVAILABILITY, .max = INT32_MAX},
	{"SOURCE", TYPE_URI, 0, 0, IN_CALENDAR, .flags = 0},
	{"STATUS", TYPE_TEXT, 0, 0, TITLED, .unread = MAY(STATUS_OF_OTHERS), .words = statuses},
	{"SUMMARY", TYPE_TEXT, TYPE_URI, 0, TOLD | IN_ALARM, .flags = 0},
	{"TRANSP", TYPE_TEXT, 0, 0, IN_EVENT, .words = transps},
	{"TRIGGER", TYPE_DURATION, TYPE_DATE_TIME, IN_ALARM, 0, .unread = MAY(TRIGGER_UNREAD)},
	{"TZID", TYPE_TEXT, 0, IN_ZONE, 0, .flags = FIRM},
	{"TZOFFSETFROM", TYPE_UTC_OFFSET, 0, IN_OBSERVANCE, 0, .flags = FIRM},
	{"TZOFFSETTO", TYPE_UTC_OFFSET, 0, IN_OBSERVANCE, 0, .flags = FIRM},
	{"TZURL", TYPE_URI, 0, 0, IN_ZONE, .flags = 0},
	{"UID", TYPE_TEXT, 0, NAMED, IN_CALENDAR | IN_ALARM, .flags = FIRM},
	{"URL", TYPE_URI, 0, 0, IN_CALENDAR | MAIN, .flags = 0},
	{"VERSION", TYPE_TEXT, 0, IN_CALENDAR, 0, .flags = FIRM},
};

_Static_assert(N(props) <= RULE_PROPS, "RULE_PROPS is too small");

/* Orders as strcmp would, without case; rows are in capitals. */
static int compare(struct cal_slice name, const char *text)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];

		c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		if (c != text[i]) /* also at the end of `text` */
			return (unsigned char)c < (unsigned char)text[i] ? -1 : 1;
	}
	return text[name.n] ? -1 : 0;
}

const struct rule_prop *rule_prop_of(struct cal_slice name)
{
	size_t low = 0, high = N(props);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(name, props[middle].name);

		if (order == 0)
			return &props[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t rule_prop_index(const struct rule_prop *prop)
{
	return (size_t)(prop - props);
}

const struct rule_prop *rule_prop_at(size_t index)
{
	return index < N(props) ? &props[index] : NULL;
}

/* ---- parameters ---- */

static const struct rule_param params[] = {
	{"RANGE", "RECURRENCE-ID", ranges}, /* 5545 3.2.13 */
	{"RELATED", "TRIGGER", relateds},   /* 5545 3.2.14 */
};

const struct rule_param *rule_param_of(const struct rule_prop *prop, struct cal_slice name)
{
	for (size_t i = 0; i < N(params); i++)
		if (cal_slice_is(name, params[i].name) && strcmp(params[i].prop, prop->name) == 0)
			return &params[i];
	return NULL;
}

/* ---- types ---- */

uint32_t rule_type_of(struct cal_slice name)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {
		{"DATE", TYPE_DATE},
		{"DATE-TIME", TYPE_DATE_TIME},
		{"DURATION", TYPE_DURATION},
		{"PERIOD", TYPE_PERIOD},
		{"TEXT", TYPE_TEXT},
		{"URI", TYPE_URI},
		{"CAL-ADDRESS", TYPE_CAL_ADDRESS},
		{"RECUR", TYPE_RECUR},
		{"INTEGER", TYPE_INTEGER},
		{"FLOAT", TYPE_FLOAT},
		{"UTC-OFFSET", TYPE_UTC_OFFSET},
		{"BINARY", TYPE_BINARY},
		{"BOOLEAN", TYPE_BOOLEAN},
		{"TIME", TYPE_TIME},
	};

	for (size_t i = 0; i < N(types); i++)
		if (cal_slice_is(name, types[i].name))
			return types[i].type;
	return 0;
}
