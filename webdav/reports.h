/* SPDX-License-Identifier: ISC */
/* Reports that report.h does not name, and what they share. */
#ifndef WEBDAV_REPORTS_H
#define WEBDAV_REPORTS_H

#include "ical/cal.h"
#include "webdav/report.h"

enum dav_code dav_report_acl_principals(struct dav_exchange *x);  /* RFC 3744 9.2 */
enum dav_code dav_report_principal_match(struct dav_exchange *x); /* RFC 3744 9.3 */

/* Reports that are defined for Depth: 0 alone, which is also what no header means (RFC 3744 9, RFC 3253 3.6). */
enum dav_code dav_check_depth_zero(struct dav_exchange *x);

/* While a calendar-query answers: the zone its floating times are in; false at any other time. */
bool dav_query_zone(const struct dav_exchange *x, const struct cal_zone **zone);

#endif
