/* SPDX-License-Identifier: ISC */
/*
 * Where this server is softer than a standard on purpose: one row for each, with the client
 * behind it, the section that is bent, and the transcript of tests/wire that shows it. The code
 * that bends asks tolerates(), so that the table is the whole list and a row can be switched off.
 * It stands here because protocol and calendar data share it.
 */
#ifndef BASE_TOLERANCE_H
#define BASE_TOLERANCE_H

#include <stdbool.h>

/* ROW(name, on, client, section, test, what) */
#define TOLERANCES(ROW)                                                                            \
	ROW(SYNC_ANY_DEPTH, true, "Thunderbird sends Depth: 1, tsdav none", "RFC 6578 3.2",        \
		"1008", "sync-collection with Depth other than 0 is answered, not refused")        \
	ROW(SYNC_LEVEL_MISSING, true, "macOS Contacts", "RFC 6578 6.1", "1008",                    \
		"sync-level missing: infinite for Depth: infinity, else 1")                        \
	ROW(CONTACTS_TOKEN_400, true, "Thunderbird's contacts never start over after a 403",       \
		"RFC 6578 3.2", "1011", "a bad sync-token of an address book is 400, not 403")     \
	ROW(QUERY_DEPTH_MISSING, true, "calcurse-caldav, python-caldav, tsdav",                    \
		"RFC 4791 7.8, 7.10", "1211",                                                      \
		"a query REPORT on a collection without Depth counts as Depth 1, not 0")           \
	ROW(MULTIGET_ANY_HOST, true,                                                               \
		"KDAV sends absolute URLs; a proxy may have renamed the host", "RFC 4918 8.3",     \
		"1102", "the host of an absolute href in a multiget is not compared")              \
	ROW(QUERY_NO_FILTER, true, "Nextcloud's contacts", "RFC 6352 10.3", "1310",                \
		"an addressbook-query without a filter matches every card")                        \
	ROW(SEARCH_ANY_DEPTH, true, "KDAV sends Depth: 1", "RFC 3744 9.4", "1329",                 \
		"principal-property-search with Depth other than 0 is answered, not refused")      \
	ROW(SEARCH_PROPS_BESIDE, true, "python-caldav's principals()", "RFC 3744 9.4", "1328",     \
		"beside an empty DAV:prop, what else stands in the search is asked for")           \
	ROW(SEARCH_FOR_ALL, true, "python-caldav's principals() without a name", "RFC 3744 9.4",   \
		"1328", "a principal-property-search without property-search finds everybody")     \
	ROW(DATA_AS_PROPERTY, true, "Nextcloud's cdav-library", "RFC 4791 9.6", "0617",            \
		"calendar-data and address-data are answered in PROPFIND when asked for by name")  \
	ROW(ETAG_UNQUOTED, true, "Thunderbird, and others in old versions", "RFC 9110 8.8.3",      \
		"0405", "an entity tag without its quotes is taken as if it had them")             \
	ROW(ETAG_ESCAPED, true, "Evolution", "RFC 9110 8.8.3", "0405",                             \
		"an entity tag whose quotes are escaped, or doubled so, is taken for ours")        \
	ROW(SCHEDULE_TAG_EMPTY, true, "iOS, macOS", "RFC 6638 8.3", "0406",                        \
		"an empty If-Schedule-Tag-Match asks for nothing")                                 \
	ROW(PROPFIND_DEPTH_MISSING, true, "npm dav, tsdav", "RFC 4918 9.1", "0603",                \
		"PROPFIND without Depth counts as Depth 0, not infinity")                          \
	ROW(NAME_IN_LISTING, true, "Evolution leaves out what has no name", "RFC 4918 15.2",       \
		"0627",                                                                            \
		"listed in its home, a collection that nobody named is called as in its URL")      \
	ROW(DEPTH_NOROOT, true, "Windows' mini-redirector", "RFC 4918 10.2", "2251",               \
		"Depth: 1,noroot counts as Depth 1 with depth-noroot")                             \
	ROW(DELETE_DEPTH_0, true, "Nextcloud's cdav-library", "RFC 4918 9.6.1", "2250",            \
		"DELETE of a collection with Depth 0 deletes it with all its members")             \
	ROW(BRIEF, true, "iOS, macOS: a header of Microsoft Exchange", "RFC 7240 2", "0610",       \
		"Brief: t is taken for Prefer: return=minimal")                                    \
	ROW(PREFER_HYPHEN, true, "OS X 10.9", "RFC 7240 4.2", "0610",                              \
		"return-minimal and return-representation are taken for return=…")                 \
	ROW(XML_AS_FORM, true, "curl -d", "RFC 4918 8.1", "2331",                                  \
		"an XML body of type application/x-www-form-urlencoded is read as XML")            \
	ROW(DATA_AS_BYTES, true, "davfs2, file managers", "RFC 4791 5.3.2.1", "2332",              \
		"an object of type application/octet-stream is judged by its bytes")               \
	ROW(DATA_AS_FORM, true, "curl --data-binary", "RFC 4791 5.3.2.1", "2332",                  \
		"an object of type application/x-www-form-urlencoded is judged by its bytes")      \
	ROW(DATA_OLD_TYPES, true, "old phones of Nokia; Apple and KDE before RFC 6350",            \
		"RFC 4791 5.3.2.1, RFC 6352 6.3.2.1", "2332",                                      \
		"text/x-vcalendar, text/x-vcard and text/directory name the same formats")         \
	ROW(CARD_AS_XML, true, "dav 1.8 for npm", "RFC 6352 6.3.2.1", "3230",                      \
		"a card of type application/xml is judged by its bytes")                           \
	ROW(CHARSET_TWICE, true, "Nextcloud's cdav-library", "RFC 6838 4.3", "0306",               \
		"a Content-Type may say its charset twice")                                        \
	ROW(HREF_SPACE, true, "iOS", "RFC 4918 8.3", "1102",                                       \
		"white space around an href in a multiget is no part of it")                       \
	ROW(PATH_UNENCODED, true, "iOS", "RFC 3986 2.1", "2334",                                   \
		"a path may hold bytes of UTF-8 and spaces as they are, not percent-encoded")      \
	ROW(DESTINATION_SLASH, true, "litmus, moving a file over a folder", "RFC 4918 9.9",        \
		"2333", "a slash at the end of the Destination of a file is passed over")          \
	ROW(STAMPS_ANY_TIME, true, "Google exports CREATED:00001231T000000Z",                      \
		"RFC 4791 5.2.6, 5.2.7", "2303",                                                   \
		"CREATED, DTSTAMP and LAST-MODIFIED may be earlier than min-date-time")            \
	ROW(EXDATE_OF_DAY, true, "Evolution: EXDATE;VALUE=DATE for an event with times",           \
		"RFC 5545 3.8.5.1", "2729", "a DATE excludes all instances of that day")           \
	ROW(LINE_ENDS, true, "Unix programs, git: LF alone, empty lines", "RFC 5545 3.1", "2401",  \
		"a line may end with LF alone, and be empty")                                      \
	ROW(NO_PRODID, true, "scripts that write objects by hand", "RFC 5545 3.6", "2402",         \
		"an object without PRODID is taken")                                               \
	ROW(NO_DTSTAMP, true, "calcurse, Apple's holiday feeds", "RFC 5545 3.6.1", "2403",         \
		"a component without DTSTAMP is taken")                                            \
	ROW(SAME_TWICE, true, "Yahoo, Apple Calendar: STATUS twice", "RFC 5545 3.6.1", "2404",     \
		"a property that may stand once stands twice, word for word the same")             \
	ROW(EMPTY_VALUE, true, "QOwnNotes, ownCloud: COMPLETED: and EXDATE: with nothing",         \
		"RFC 5545 3.3", "2405",                                                            \
		"a value that is missing says nothing, but where times of the object need it")     \
	ROW(DATE_WITHOUT_VALUE, true, "calcurse, Simple Calendar, Vivaldi", "RFC 5545 3.2.20",     \
		"2406", "a DATE stands where VALUE=DATE was not said")                             \
	ROW(STAMP_NOT_UTC, true, "Planify, Nextcloud Tasks, Tine: local time; jtx Board: a DATE",  \
		"RFC 5545 3.8.7", "2407",                                                          \
		"COMPLETED, CREATED, DTSTAMP and LAST-MODIFIED in another form than UTC")          \
	ROW(TZID_UNNEEDED, true, "Thunderbird 140: TZID on a DATE", "RFC 5545 3.2.19", "2408",     \
		"TZID beside a DATE or a time in UTC says nothing")                                \
	ROW(ZONE_BY_NAME, true, "Thunderbird; clients of RFC 7809",                                \
		"RFC 5545 3.2.19, RFC 4791 4.1", "2409",                                           \
		"a TZID that is known here needs no VTIMEZONE")                                    \
	ROW(ZONE_UNKNOWN, true, "keeper.sh and others that send no VTIMEZONE",                     \
		"RFC 5545 3.2.19, RFC 4791 4.1", "2410",                                           \
		"a time in a zone that nobody knows is one without zone")                          \
	ROW(ZONE_EMPTY, true, "KDE Kalendar", "RFC 5545 3.6.5", "2411",                            \
		"a VTIMEZONE without STANDARD and DAYLIGHT is no more than its name")              \
	ROW(END_IS_START, true, "TaskNotes, web exports, what Cyrus let in", "RFC 5545 3.8.2.2",   \
		"2412", "an event ends when it starts: DTEND equals DTSTART, DURATION is zero")    \
	ROW(DURATION_ZERO_BESIDE, true, "Thunderbird: DURATION:PT0S beside DTEND",                 \
		"RFC 5545 3.6.1", "2413", "a DURATION of zero beside DTEND or DUE says nothing")   \
	ROW(TODO_TIMES, true, "Apple's Reminders, Nextcloud Tasks, Tasks.org", "RFC 5545 3.8.2.3", \
		"2414",                                                                            \
		"DUE not after DTSTART or of another type, DURATION without DTSTART: in tasks")    \
	ROW(DURATION_OF_DAYS, true, "programs on Android: PT86400S, PT24H", "RFC 5545 3.6.1",      \
		"2415", "a DURATION of whole days in seconds or hours beside a DATE")              \
	ROW(RECURRENCE_ID_TYPE, true, "calendars kept by Radicale", "RFC 5545 3.8.4.4", "2416",    \
		"RECURRENCE-ID of another type than DTSTART means the instance of that day")       \
	ROW(UNTIL_TYPE, true, "calcurse: UNTIL as DATE", "RFC 5545 3.3.10", "2417",                \
		"UNTIL of another type than DTSTART")                                              \
	ROW(STATUS_OF_OTHERS, true, "TaskNotes: NEEDS-ACTION in an event", "RFC 5545 3.8.1.11",    \
		"2418", "a STATUS of another type of component, or one that begins with X-")       \
	ROW(TRIGGER_UNREAD, true, "Exchange, Zimbra, Z-Push: TRIGGER:PT", "RFC 5545 3.8.6.3",      \
		"2419", "a TRIGGER that begins as a duration or date and is none: no alarm")       \
	ROW(ALARM_WITHOUT_WORDS, true, "Nextcloud Calendar, Z-Push", "RFC 5545 3.6.6", "2420",     \
		"a DISPLAY or EMAIL alarm without DESCRIPTION, SUMMARY or ATTENDEE")               \
	ROW(ZONE_OFFSET_SECONDS, true, "iCloud, Android: TZOFFSETFROM:+5328", "RFC 5545 3.3.14",   \
		"2421", "an offset of minutes and seconds only: that zone is the one of its name") \
	ROW(TODO_RULE_ALONE, true, "OpenTasks, Radicale's users", "RFC 5545 3.8.2.4", "2422",      \
		"a task with RRULE and without DTSTART recurs by its DUE, or not at all")          \
	ROW(CARD_NO_N, true, "scripts, web forms", "RFC 2426 3.1.2", "3501",                       \
		"a card of 3.0 without N is taken")                                                \
	ROW(CARD_FN_EMPTY, true, "phones: contacts with a number and no name",                     \
		"RFC 2426 3.1.1, RFC 6350 6.2.1", "3502", "an empty FN is taken")                  \
	ROW(CARD_FN_SEVERAL, true, "programs that say 3.0 and write 4.0", "RFC 2426 4", "3503",    \
		"a card of 3.0 may have FN several times; the first is its name")                  \
	ROW(CARD_BARE_PARAM, true, "old phones and exports: TEL;HOME;VOICE", "RFC 2426 4", "3504", \
		"a word alone is a parameter of vCard 2.1: TYPE, mostly")                          \
	ROW(CARD_CHARSET, true, "Outlook, Android: CHARSET=UTF-8", "RFC 2426 5", "3505",           \
		"a property may say that it is UTF-8, as all are")                                 \
	ROW(CARD_ENCODING_WORDS, true, "Android, Outlook: ENCODING=BASE64", "RFC 2426 5", "3506",  \
		"BASE64 is taken for b; 7BIT and 8BIT say nothing")                                \
	ROW(CARD_ENCODING_IN_4, true, "Nextcloud Contacts: PHOTO;ENCODING=b", "RFC 6350 6.2.4",    \
		"3507", "a card of 4.0 may hold a photo as 3.0 writes it")                         \
	ROW(CARD_MEDIA_URI, true, "Google: PHOTO:https://…", "RFC 2426 3.1.4", "3508",             \
		"PHOTO, LOGO and SOUND may be a URI without saying VALUE=uri")                     \
	ROW(CARD_BASE64_ODD, true, "exports that fold with several spaces, or cut the padding",    \
		"RFC 4648 3.2, 3.3", "3509",                                                       \
		"base64 may have blanks in it, and lack the = at its end")                         \
	ROW(CARD_EMPTY_VALUE, true,                                                                \
		"Evolution: URL:, ROLE:; Outlook CalDav Synchronizer: NOTE:", "RFC 6350 4",        \
		"3510", "a property without a value says nothing")                                 \
	ROW(CARD_DATE_OF_4, true, "Google, Evolution: BDAY:--0412 in 3.0", "RFC 2425 5.8.4",       \
		"3511", "a date in 3.0 may lack its year, as in 4.0")                              \
	ROW(CARD_DATE_OF_3, true, "scripts, old KDE: BDAY:1985-04-12 in 4.0", "RFC 6350 4.3",      \
		"3512", "dates and times in 4.0 may have dashes and colons, as in 3.0")            \
	ROW(CARD_DATE_TEXT, true, "Google: BDAY;VALUE=text", "RFC 2426 3.1.5", "3513",             \
		"a date in 3.0 may be said in words, as in 4.0")                                   \
	ROW(CARD_REV_ANY, true, "Evolution: REV:2026-05-06T10:00:00Z(0)",                          \
		"RFC 2426 3.6.4, RFC 6350 6.7.4", "3514",                                          \
		"REV may have any form: nobody here relies on it")                                 \
	ROW(CARD_NOT_URI, true, "everybody: URL:www.example.org, RELATED:Mia, a bare UID",         \
		"RFC 6350 4.2", "3515", "a text may stand where a URI should")                     \
	ROW(CARD_ESCAPES, true, "Google, Apple: URL:http\\://…", "RFC 2426 4, RFC 6350 3.4",       \
		"3516", "a backslash may stand before what needs none")                            \
	ROW(CARD_SEPARATORS, true, "everybody: NOTE:a, b; c", "RFC 2426 4, RFC 6350 3.4", "3517",  \
		"commas and semicolons in a single text may lack their backslash")                 \
	ROW(CARD_COMPONENTS, true, "Google: ADR with the address once more behind it",             \
		"RFC 2426 3.2.1", "3518",                                                          \
		"N and ADR in 3.0 may have the components that RFC 9554 adds")                     \
	ROW(CARD_TZ_NAME, true, "programs that write TZ:Europe/Berlin", "RFC 2426 3.4.1", "3519",  \
		"TZ in 3.0 may be a name")                                                         \
	ROW(CARD_GEO_FORMS, true,                                                                  \
		"vobject, so khard: 48.2\\;16.3; programs that write it as in 4.0",                \
		"RFC 2426 3.4.2", "3520",                                                          \
		"GEO in 3.0 may be geo:48.2,16.3, 48.2,16.3 or 48.2\\;16.3")                       \
	ROW(CARD_LOCALE, true, "Java, POSIX: LANG:de_DE", "RFC 5646 2.1", "3521",                  \
		"a language may be written with _")                                                \
	ROW(CARD_VERSION_LATER, true, "programs that sort their lines", "RFC 6350 6.7.9", "3522",  \
		"VERSION of a card of 4.0 need not come first")                                    \
	ROW(CARD_SAME_TWICE, true, "programs that merge cards", "RFC 2426 4, RFC 6350 3.3",        \
		"3523", "a property that may stand once stands twice, word for word the same")     \
	ROW(CARD_UNDERSCORE, true, "programs that name properties by their fields",                \
		"RFC 6350 3.3", "3524", "names may have _ in them")                                \
	ROW(AUTHORS_WRITE, true, "GNOME, Thunderbird, DAVx5: a calendar without it is read-only",  \
		"RFC 3744 5.4", "1933",                                                            \
		"who may add to a collection, and change what they added, is told write-content on it")

enum tolerance {
#define TOLERANCE_ENUM(name, on, client, section, test, what) TOLERATE_##name,
	TOLERANCES(TOLERANCE_ENUM)
#undef TOLERANCE_ENUM
		TOLERATE_COUNT,
};

struct tolerance_row {
	const char *name;
	bool on;
	const char *client, *section, *test, *what;
};

extern const struct tolerance_row tolerances[TOLERATE_COUNT];
bool tolerates(enum tolerance tolerance);

#endif
