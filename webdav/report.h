/* SPDX-License-Identifier: ISC */
/* Reports: one row each in dav_reports (report.c); the same rows print supported-report-set (RFC
 * 3253 3.1.5). */
#ifndef WEBDAV_REPORT_H
#define WEBDAV_REPORT_H

#include "webdav/exchange.h"

struct dav_report {
	const char *ns, *name;
	unsigned kinds;
	unsigned needs; /* privileges on the target */
	enum dav_code (*run)(struct dav_exchange *x);
};

extern const struct dav_report dav_reports[]; /* ends with ns NULL */
const struct dav_report *dav_report_find(const char *ns, const char *name);

enum dav_code dav_report_sync(struct dav_exchange *x);                 /* RFC 6578 3.2 */
enum dav_code dav_report_calendar_query(struct dav_exchange *x);       /* RFC 4791 7.8 */
enum dav_code dav_report_calendar_multiget(struct dav_exchange *x);    /* RFC 4791 7.9 */
enum dav_code dav_report_free_busy(struct dav_exchange *x);            /* RFC 4791 7.10 */
enum dav_code dav_report_addressbook_multiget(struct dav_exchange *x); /* RFC 6352 8.7 */
enum dav_code dav_report_addressbook_query(struct dav_exchange *x);    /* RFC 6352 8.6 */
enum dav_code dav_report_expand(struct dav_exchange *x);               /* RFC 3253 3.8 */
enum dav_code dav_report_principal_search(struct dav_exchange *x);     /* RFC 3744 9.4 */
enum dav_code dav_report_search_property_set(struct dav_exchange *x);  /* RFC 3744 9.5 */

#endif
