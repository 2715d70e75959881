/* SPDX-License-Identifier: ISC */
/* REPORT (RFC 3253 3.6): the root element of the body names the report; the table of report.c does the rest. */
#include "webdav/report.h"
#include "webdav/verb.h"

enum dav_code dav_verb_report(struct dav_exchange *x)
{
	const struct dav_report *report = dav_report_find(x->xml->ns, x->xml->name);

	if (!report || !(report->kinds & x->target.kind))
		return dav_fail(x, DAV_SUPPORTED_REPORT, "no report %s here", x->xml->name);
	enum dav_code code = dav_require(x, &x->target, report->needs);
	return code == DAV_OK ? report->run(x) : code;
}
