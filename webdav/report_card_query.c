/* SPDX-License-Identifier: ISC */
/*
 * addressbook-query (RFC 6352 8.6): filter (filter_card.c), limit, rows. Every property and parameter can be asked for. One
 * call reads one card.
 */
#include "webdav/report.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "webdav/content.h"
#include "webdav/data.h"
#include "webdav/filter.h"
#include "webdav/prop.h"
#include "webdav/scan.h"

#include <stdint.h>
#include <string.h>

struct query {
	struct dav_wanted wanted;
	struct card_filter filter;
	uint64_t limit, rows;
	bool over;
	struct dav_scan scan;
};

/* 10.6, 10.6.1: an unsigned integer in digits. None at all may be wanted, to learn whether there are any; a number that is
 * too large to count to limits nothing. */
static enum dav_code parse_limit(struct dav_exchange *x, struct query *q)
{
	const struct xml_element *limit = xml_child(x->xml, NS_CARDDAV, "limit");
	const struct xml_element *e = limit ? xml_child(limit, NS_CARDDAV, "nresults") : NULL;
	const char *digits = e ? text_trim(x->arena, e->text) : "";

	q->limit = UINT64_MAX;
	if (!limit)
		return DAV_OK;
	if (!*digits || digits[strspn(digits, "0123456789")] != '\0' ||
		xml_next(e, NS_CARDDAV, "nresults") || xml_next(limit, NS_CARDDAV, "limit"))
		return dav_fail(x, DAV_BAD_REQUEST, "a limit is one nresults, in digits");
	if (!text_to_u64(digits, &q->limit))
		q->limit = UINT64_MAX;
	return DAV_OK;
}

static bool matches(struct dav_exchange *x, const struct query *q, const struct dav_resource *r)
{
	struct dav_content content;

	if (!q->filter.n_props)
		return true;
	struct store_oid id = dav_content_id(x, r);
	enum cal_verdict verdict = card_match_remembered(&q->filter, id.bytes);
	if (verdict != CAL_MAYBE)
		return verdict == CAL_YES;
	if (dav_content_open(x, r, &content) != DAV_OK)
		return false;
	bool match = card_match_learn(&q->filter, id.bytes, content.data, content.size);
	dav_content_close(&content);
	return match;
}

/* 8.6.2: there is more than the limit, which this row is no part of. */
static void truncate_row(struct dav_exchange *x, struct query *q, struct buf *out)
{
	struct buf href;

	buf_init(&href, SIZE_MAX);
	dav_href(&href, &x->target);
	dav_row_status(out, href.data, DAV_NUMBER_OF_MATCHES);
	buf_free(&href);
	q->over = true;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct query *q = x->rows;
	const struct dav_resource *collection;
	struct dav_resource r;

	if (q->over || !dav_scan_next(x, &q->scan, &r, &collection))
		return false;
	if (!matches(x, q, &r))
		return true;
	if (q->rows == q->limit) {
		truncate_row(x, q, out);
		return true;
	}
	q->rows++;
	dav_card_row(x, &r, &q->wanted, out);
	return true;
}

enum dav_code dav_report_addressbook_query(struct dav_exchange *x)
{
	struct query *q = arena_alloc(x->arena, sizeof(*q));

	enum dav_code code = dav_wanted_parse(x, x->xml, &q->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &q->wanted);
	if (code == DAV_OK)
		code = dav_card_filter_parse(x, x->xml, &q->filter);
	if (code == DAV_OK)
		code = parse_limit(x, q);
	if (code != DAV_OK)
		return code;
	dav_scan_start(x, &q->scan, DAV_CARD, PRIV_READ);
	return dav_answer_rows(x, next_row, q);
}
