/* SPDX-License-Identifier: ISC */
/*
 * calendar-query (RFC 4791 7.8). Each item is asked in the order of what it costs: the facts of
 * the index, what is remembered about its series, and only then its bytes. Rows stream; one
 * call reads at most one object or looks at QUERY_STEP facts, so that a query over a large
 * calendar never holds a thread for long.
 */
#include "webdav/reports.h"

#include "src/base/text.h"
#include "webdav/content.h"
#include "webdav/data.h"
#include "webdav/filter.h"
#include "webdav/prop.h"
#include "webdav/scan.h"
#include "webdav/server.h"

#include <string.h>

#define QUERY_STEP 512 /* items whose facts one call looks at: some 100 µs */

struct query {
	struct dav_wanted wanted;
	const struct cal_comp_filter *filter;
	const struct cal_zone *zone; /* of the request, or of `zone_of` */
	bool zone_given;
	const struct dav_resource *zone_of;
	const char *uid; /* every match has it in its UID; or NULL */
	bool uid_nocase;
	struct dav_scan scan;
};

/* The zone for floating times of this item (7.3), found once for each calendar. */
static const struct cal_zone *zone_for(
	struct dav_exchange *x, struct query *q, const struct dav_resource *collection)
{
	if (q->zone_given || (collection && q->zone_of == collection))
		return q->zone;
	q->zone_of = collection;
	q->zone = dav_calendar_zone(
		x->arena, collection ? collection->collection : x->target.collection);
	return q->zone;
}

static bool uid_fits(const struct query *q, const struct facts *facts)
{
	if (!q->uid || !facts->uid || strchr(facts->uid, '\\'))
		return true;
	return q->uid_nocase ? text_find_nocase(facts->uid, q->uid) : strstr(facts->uid, q->uid);
}

/* MAYBE: read the bytes. Of what is seen as busy there is no alarm to know of. */
static enum cal_verdict ask_cheaply(struct dav_exchange *x, struct query *q,
	const struct dav_resource *r, const struct dav_resource *collection)
{
	const struct facts *facts = &r->item->facts;
	struct facts seen;

	if (!uid_fits(q, facts))
		return CAL_NO;
	if ((facts->flags & FACTS_ALARM) && q->scan.whose != SCAN_OWN &&
		dav_sight(x, r) == DAV_SEES_BUSY) {
		seen = *facts;
		seen.flags &= ~(uint32_t)FACTS_ALARM;
		facts = &seen;
	}
	const struct cal_zone *zone = zone_for(x, q, collection);
	enum cal_verdict verdict = cal_match_facts(q->filter, facts, zone);
	if (verdict != CAL_MAYBE)
		return verdict;
	struct store_oid id = dav_content_id(x, r);
	return cal_match_remembered(q->filter, id.bytes, facts, zone);
}

/* Filters are asked of what is seen: else they would tell what is hidden. */
static bool ask_bytes(struct dav_exchange *x, struct query *q, const struct dav_resource *r)
{
	struct store_oid id = dav_content_id(x, r);
	struct dav_content content;

	if (dav_content_open(x, r, &content) != DAV_OK)
		return false;
	bool match = cal_match(q->filter, id.bytes, content.data, content.size, q->zone);
	dav_content_close(&content);
	return match;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct query *q = x->rows;
	const struct dav_resource *collection;
	struct dav_resource r;

	for (unsigned step = 0; dav_scan_next(x, &q->scan, &r, &collection); step++) {
		enum cal_verdict verdict = ask_cheaply(x, q, &r, collection);
		if (verdict == CAL_YES || (verdict == CAL_MAYBE && ask_bytes(x, q, &r))) {
			dav_row(x, &r, &q->wanted, out);
			return true;
		}
		if (verdict == CAL_MAYBE || step >= QUERY_STEP)
			return true; /* nothing this time, but there is more to look at */
	}
	return false;
}

bool dav_query_zone(const struct dav_exchange *x, const struct cal_zone **zone)
{
	if (x->next_row != next_row)
		return false;
	*zone = ((const struct query *)x->rows)->zone;
	return true;
}

/* c:timezone (RFC 4791 9.8) or c:timezone-id (RFC 7809 6.2). */
static enum dav_code parse_zone(struct dav_exchange *x, struct query *q)
{
	const struct xml_element *data = xml_child(x->xml, NS_CALDAV, "timezone");
	const struct xml_element *id = xml_child(x->xml, NS_CALDAV, "timezone-id");

	if (data && id) /* 7809 6.1: (timezone | timezone-id)? */
		return dav_fail(x, DAV_BAD_REQUEST, "timezone and timezone-id exclude each other");
	if (data) {
		const char *text = text_trim(x->arena, data->text);
		if (!cal_is_timezone_data(text, strlen(text)))
			return dav_fail(
				x, DAV_VALID_CALENDAR_DATA, "timezone holds no single VTIMEZONE");
		q->zone = cal_zone_from_data(x->arena, text, strlen(text));
	} else if (id) {
		q->zone = cal_zone_named(text_trim(x->arena, id->text));
		if (!q->zone)
			return dav_fail(x, DAV_VALID_TIMEZONE, "no zone of this name is known");
	}
	q->zone_given = data || id;
	return DAV_OK;
}

enum dav_code dav_report_calendar_query(struct dav_exchange *x)
{
	struct query *q = arena_alloc(x->arena, sizeof(*q));

	enum dav_code code = dav_wanted_parse(x, x->xml, &q->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &q->wanted);
	if (code == DAV_OK)
		code = dav_filter_parse(x, xml_child(x->xml, NS_CALDAV, "filter"), &q->filter);
	if (code == DAV_OK)
		code = parse_zone(x, q);
	if (code != DAV_OK)
		return code;
	q->uid = dav_filter_uid(q->filter, &q->uid_nocase);
	dav_scan_start(x, &q->scan, DAV_EVENT, PRIV_READ);
	return dav_answer_rows(x, next_row, q);
}
