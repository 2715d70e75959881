/* SPDX-License-Identifier: ISC */
/*
 * The calendar of RFC 4791 Appendix B, which the examples of its sections 7.8 to 7.10 are asked of.
 */
#ifndef TESTS_RFC4791_B_H
#define TESTS_RFC4791_B_H

#define RFC4791_ZONE                                                                               \
	"BEGIN:VTIMEZONE\r\n"                                                                      \
	"LAST-MODIFIED:20040110T032845Z\r\n"                                                       \
	"TZID:US/Eastern\r\n"                                                                      \
	"BEGIN:DAYLIGHT\r\n"                                                                       \
	"DTSTART:20000404T020000\r\n"                                                              \
	"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\r\n"                                                \
	"TZNAME:EDT\r\n"                                                                           \
	"TZOFFSETFROM:-0500\r\n"                                                                   \
	"TZOFFSETTO:-0400\r\n"                                                                     \
	"END:DAYLIGHT\r\n"                                                                         \
	"BEGIN:STANDARD\r\n"                                                                       \
	"DTSTART:20001026T020000\r\n"                                                              \
	"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"                                              \
	"TZNAME:EST\r\n"                                                                           \
	"TZOFFSETFROM:-0400\r\n"                                                                   \
	"TZOFFSETTO:-0500\r\n"                                                                     \
	"END:STANDARD\r\n"                                                                         \
	"END:VTIMEZONE\r\n"

#define RFC4791_HEAD                                                                               \
	"BEGIN:VCALENDAR\r\n"                                                                      \
	"VERSION:2.0\r\n"                                                                          \
	"PRODID:-//Example Corp.//CalDAV Client//EN\r\n"

static const struct {
	const char *name, *data;
} rfc4791_items[] = {
	{"abcd1.ics",
		RFC4791_HEAD RFC4791_ZONE "BEGIN:VEVENT\r\n"
					  "DTSTAMP:20060206T001102Z\r\n"
					  "DTSTART;TZID=US/Eastern:20060102T100000\r\n"
					  "DURATION:PT1H\r\n"
					  "SUMMARY:Event #1\r\n"
					  "Description:Go Steelers!\r\n"
					  "UID:74855313FA803DA593CD579A@example.com\r\n"
					  "END:VEVENT\r\n"
					  "END:VCALENDAR\r\n"},
	{"abcd2.ics",
		RFC4791_HEAD RFC4791_ZONE "BEGIN:VEVENT\r\n"
					  "DTSTAMP:20060206T001121Z\r\n"
					  "DTSTART;TZID=US/Eastern:20060102T120000\r\n"
					  "DURATION:PT1H\r\n"
					  "RRULE:FREQ=DAILY;COUNT=5\r\n"
					  "SUMMARY:Event #2\r\n"
					  "UID:00959BC664CA650E933C892C@example.com\r\n"
					  "END:VEVENT\r\n"
					  "BEGIN:VEVENT\r\n"
					  "DTSTAMP:20060206T001121Z\r\n"
					  "DTSTART;TZID=US/Eastern:20060104T140000\r\n"
					  "DURATION:PT1H\r\n"
					  "RECURRENCE-ID;TZID=US/Eastern:20060104T120000\r\n"
					  "SUMMARY:Event #2 bis\r\n"
					  "UID:00959BC664CA650E933C892C@example.com\r\n"
					  "END:VEVENT\r\n"
					  "END:VCALENDAR\r\n"},
	{"abcd3.ics",
		RFC4791_HEAD RFC4791_ZONE
		"BEGIN:VEVENT\r\n"
		"ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cyrus@example.com\r\n"
		"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:lisa@example.com\r\n"
		"DTSTAMP:20060206T001220Z\r\n"
		"DTSTART;TZID=US/Eastern:20060104T100000\r\n"
		"DURATION:PT1H\r\n"
		"LAST-MODIFIED:20060206T001330Z\r\n"
		"ORGANIZER:mailto:cyrus@example.com\r\n"
		"SEQUENCE:1\r\n"
		"STATUS:TENTATIVE\r\n"
		"SUMMARY:Event #3\r\n"
		"UID:DC6C50A017428C5216A2F1CD@example.com\r\n"
		"END:VEVENT\r\n"
		"END:VCALENDAR\r\n"},
	{"abcd4.ics",
		RFC4791_HEAD "BEGIN:VTODO\r\n"
			     "DTSTAMP:20060205T235335Z\r\n"
			     "DUE;VALUE=DATE:20060104\r\n"
			     "STATUS:NEEDS-ACTION\r\n"
			     "SUMMARY:Task #1\r\n"
			     "UID:DDDEEB7915FA61233B861457@example.com\r\n"
			     "BEGIN:VALARM\r\n"
			     "ACTION:AUDIO\r\n"
			     "TRIGGER;RELATED=START:-PT10M\r\n"
			     "END:VALARM\r\n"
			     "END:VTODO\r\n"
			     "END:VCALENDAR\r\n"},
	{"abcd5.ics",
		RFC4791_HEAD "BEGIN:VTODO\r\n"
			     "DTSTAMP:20060205T235300Z\r\n"
			     "DUE;VALUE=DATE:20060106\r\n"
			     "LAST-MODIFIED:20060205T235308Z\r\n"
			     "SEQUENCE:1\r\n"
			     "STATUS:NEEDS-ACTION\r\n"
			     "SUMMARY:Task #2\r\n"
			     "UID:E10BA47467C5C69BB74E8720@example.com\r\n"
			     "BEGIN:VALARM\r\n"
			     "ACTION:AUDIO\r\n"
			     "TRIGGER;RELATED=START:-PT10M\r\n"
			     "END:VALARM\r\n"
			     "END:VTODO\r\n"
			     "END:VCALENDAR\r\n"},
	{"abcd6.ics",
		RFC4791_HEAD "BEGIN:VTODO\r\n"
			     "COMPLETED:20051223T122322Z\r\n"
			     "DTSTAMP:20060205T235400Z\r\n"
			     "DUE;VALUE=DATE:20051225\r\n"
			     "LAST-MODIFIED:20060205T235308Z\r\n"
			     "SEQUENCE:1\r\n"
			     "STATUS:COMPLETED\r\n"
			     "SUMMARY:Task #3\r\n"
			     "UID:E10BA47467C5C69BB74E8722@example.com\r\n"
			     "END:VTODO\r\n"
			     "END:VCALENDAR\r\n"},
	{"abcd7.ics",
		RFC4791_HEAD "BEGIN:VTODO\r\n"
			     "DTSTAMP:20060205T235600Z\r\n"
			     "DUE;VALUE=DATE:20060101\r\n"
			     "LAST-MODIFIED:20060205T235308Z\r\n"
			     "SEQUENCE:1\r\n"
			     "STATUS:CANCELLED\r\n"
			     "SUMMARY:Task #4\r\n"
			     "UID:E10BA47467C5C69BB74E8725@example.com\r\n"
			     "END:VTODO\r\n"
			     "END:VCALENDAR\r\n"},
	{"abcd8.ics",
		RFC4791_HEAD
		"BEGIN:VFREEBUSY\r\n"
		"ORGANIZER;CN=\"Bernard Desruisseaux\":mailto:bernard@example.com\r\n"
		"UID:76ef34-54a3d2@example.com\r\n"
		"DTSTAMP:20050530T123421Z\r\n"
		"DTSTART:20060101T000000Z\r\n"
		"DTEND:20060108T000000Z\r\n"
		"FREEBUSY:20050531T230000Z/20050601T010000Z\r\n"
		"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z\r\n"
		"FREEBUSY:20060103T100000Z/20060103T120000Z\r\n"
		"FREEBUSY:20060104T100000Z/20060104T120000Z\r\n"
		"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/20060105T120000Z\r\n"
		"FREEBUSY:20060106T100000Z/20060106T120000Z\r\n"
		"END:VFREEBUSY\r\n"
		"END:VCALENDAR\r\n"},
};

#endif
