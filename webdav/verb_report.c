/* SPDX-License-Identifier: ISC */
/* REPORT (RFC 3253 3.6): the root element of the body names the report; the table of report.c does the rest. */
#include "webdav/filter.h"
#include "webdav/report.h"
#include "webdav/verb.h"

enum dav_code dav_verb_report(struct dav_exchange *x)
{
	const struct dav_report *report = dav_report_find(x->xml->ns, x->xml->name);

	bool known = report && (report->kinds & x->target.kind);
	enum dav_code code = dav_require(x, &x->target, known ? report->needs : 0);

	if (code != DAV_OK)
		return code;
	if (!known)
		return dav_fail(x, DAV_SUPPORTED_REPORT, "no report %s here", x->xml->name);
	code = dav_check_ranges(x);
	return code == DAV_OK ? report->run(x) : code;
}
