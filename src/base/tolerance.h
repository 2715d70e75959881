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
	ROW(QUERY_DEPTH_MISSING, true, "calcurse-caldav, python-caldav",                           \
		"RFC 3253 3.6, RFC 4791 7.8", "1211",                                              \
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
	ROW(STAMPS_ANY_TIME, true, "Google exports CREATED:00001231T000000Z",                      \
		"RFC 4791 5.2.6, 5.2.7", "2303",                                                   \
		"CREATED, DTSTAMP and LAST-MODIFIED may be earlier than min-date-time")            \
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
