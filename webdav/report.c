/* SPDX-License-Identifier: ISC */
/*
 * The table of reports: where each works and what it needs. verb_report.c dispatches by it,
 * supported-report-set (RFC 3253 3.1.5) prints it. free-busy-query asks for its own privilege
 * only (RFC 4791 6.1.1).
 */
#include "webdav/reports.h"

#include "src/base/text.h"

#include <stddef.h>

#define CALENDARS (DAV_CALENDAR_HOME | DAV_CALENDAR)
#define CARDS (DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_CARD | DAV_ANY_DIRECTORY)

const struct dav_report dav_reports[] = {
	{NS_DAV, "sync-collection", DAV_STORED_COLLECTION | DAV_DIRECTORY, PRIV_READ,
		dav_report_sync},
	{NS_CALDAV, "calendar-query", CALENDARS | DAV_EVENT, PRIV_READ, dav_report_calendar_query},
	{NS_CALDAV, "calendar-multiget", CALENDARS | DAV_EVENT, PRIV_READ,
		dav_report_calendar_multiget},
	{NS_CALDAV, "free-busy-query", CALENDARS, PRIV_READ_FREE_BUSY, dav_report_free_busy},
	{NS_CARDDAV, "addressbook-query", CARDS, PRIV_READ, dav_report_addressbook_query},
	{NS_CARDDAV, "addressbook-multiget", CARDS, PRIV_READ, dav_report_addressbook_multiget},
	{NS_DAV, "expand-property", DAV_ANY_KIND, PRIV_READ, dav_report_expand},
	{NS_DAV, "acl-principal-prop-set", DAV_ANY_KIND, PRIV_READ | PRIV_READ_ACL,
		dav_report_acl_principals},
	{NS_DAV, "principal-property-search", DAV_ANY_COLLECTION, PRIV_READ,
		dav_report_principal_search},
	{NS_DAV, "principal-search-property-set", DAV_ANY_COLLECTION, PRIV_READ,
		dav_report_search_property_set},
	{NS_DAV, "principal-match", DAV_ANY_COLLECTION, PRIV_READ, dav_report_principal_match},
	{NULL, NULL, 0, 0, NULL},
};

const struct dav_report *dav_report_find(const char *ns, const char *name)
{
	for (const struct dav_report *row = dav_reports; row->ns; row++)
		if (text_equal(row->ns, ns) && text_equal(row->name, name))
			return row;
	return NULL;
}
