/* SPDX-License-Identifier: ISC */
/*
 * free-busy-query (RFC 4791 7.10): one VFREEBUSY of all that makes busy in the calendars looked
 * at, cut to the range, with what overlaps joined. Not a multistatus: 200 with text/calendar.
 */
#include "webdav/report.h"

#include "ical/cal.h"
#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/data.h"
#include "webdav/filter.h"
#include "webdav/meta.h"
#include "webdav/scan.h"
#include "webdav/server.h"

#include <string.h>

#define FREE_BUSY_JOIN 4096  /* spans after which they are joined on the way */
#define FREE_BUSY_MAX 100000 /* joined spans of one answer */
#define FREE_BUSY_BODY (8u * 1024 * 1024)
#define CLARK_TRANSP "{" NS_CALDAV "}schedule-calendar-transp"

struct free_busy {
	struct cal_range range;
	struct cal_busy_list list;
	struct arena *arena;
};

/* What the index alone excludes. */
static bool may_be_busy(const struct free_busy *f, const struct facts *facts)
{
	int64_t slack = facts->flags & FACTS_FLOATING ? FACTS_SLACK : 0;

	if (!(facts->component & (FACTS_VEVENT | FACTS_VFREEBUSY)))
		return false;
	if (facts->first != FACTS_ALWAYS && facts->first - slack >= f->range.end)
		return false;
	return facts->last == FACTS_FOREVER || facts->last + slack >= f->range.start;
}

static enum dav_code too_much(struct dav_exchange *x)
{
	return dav_fail(x, DAV_NUMBER_OF_MATCHES, "the time range holds too much");
}

static enum dav_code add_item(struct dav_exchange *x, struct free_busy *f,
	const struct store_item *item, const struct cal_zone *zone)
{
	struct store_bytes bytes;

	if (store_read(x->server->store, &item->oid, &bytes) != STORE_OK)
		return DAV_INTERNAL;
	enum cal_code code = cal_busy_add(
		f->arena, &f->list, &f->range, zone, bytes.data, bytes.size);
	store_bytes_free(&bytes);
	if (code == CAL_LIMIT)
		return too_much(x);
	bool grows = f->list.n > FREE_BUSY_JOIN && f->list.n == f->list.cap;
	if (grows || f->list.n > FREE_BUSY_MAX)
		cal_busy_merge(&f->list);
	return f->list.n > FREE_BUSY_MAX ? too_much(x) : DAV_OK;
}

/* RFC 6638 9.1: a calendar that is transparent as a whole says nothing about its owner;
 * asked itself it answers. */
static bool is_opaque(struct dav_exchange *x, const struct dav_resource *calendar)
{
	const struct store_meta *meta = dav_own_meta(x, calendar, x->arena);
	const char *xml = store_meta_prop(meta, CLARK_TRANSP);

	if (calendar->collection == x->target.collection)
		return true;
	/* What others share says when they are busy, unless one says that it is one's own time, too. */
	return xml ? !strstr(xml, "transparent") : !calendar->share;
}

static enum dav_code gather(struct dav_exchange *x, struct free_busy *f)
{
	const struct dav_resource *calendar = NULL, *found;
	const struct cal_zone *zone = NULL;
	struct dav_resource item;
	struct dav_scan scan;
	enum dav_code code = DAV_OK;
	bool opaque = true;

	dav_scan_start(x, &scan, DAV_EVENT, PRIV_READ_FREE_BUSY);
	while (code == DAV_OK && dav_scan_next(x, &scan, &item, &found)) {
		if (found != calendar) {
			calendar = found;
			zone = dav_calendar_zone(x->arena, found->collection);
			opaque = is_opaque(x, found);
		}
		if (opaque && may_be_busy(f, &item.item->facts))
			code = add_item(x, f, item.item, zone);
	}
	cal_busy_merge(&f->list);
	return code;
}

static void print(const struct free_busy *f, struct buf *out)
{
	static const char *const types[] = {[CAL_BUSY] = "",
		[CAL_BUSY_TENTATIVE] = ";FBTYPE=BUSY-TENTATIVE",
		[CAL_BUSY_UNAVAILABLE] = ";FBTYPE=BUSY-UNAVAILABLE"};
	char start[17], end[17], now[17], uid[37];

	dav_utc_print(now, clock_now());
	dav_utc_print(start, f->range.start);
	dav_utc_print(end, f->range.end);
	text_uuid(uid);
	buf_adds(out,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//Daybook " DAYBOOK_VERSION
		"//EN\r\n");
	buf_addf(out, "BEGIN:VFREEBUSY\r\nUID:%s\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n", uid,
		now, start, end);
	for (size_t i = 0; i < f->list.n; i++) {
		const struct cal_busy *span = &f->list.spans[i];
		dav_utc_print(start, span->start);
		dav_utc_print(end, span->end);
		buf_addf(out, "FREEBUSY%s:%s/%s\r\n", types[span->type], start, end);
	}
	buf_adds(out, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n");
}

enum dav_code dav_report_free_busy(struct dav_exchange *x)
{
	const struct xml_element *e = xml_child(x->xml, NS_CALDAV, "time-range");
	struct free_busy f = {.arena = x->arena};
	struct buf body;

	if (!e || xml_next(e, NS_CALDAV, "time-range") || !dav_range_parse(e, false, &f.range))
		return dav_fail(x, DAV_BAD_REQUEST, "free-busy-query needs one time-range");
	if (f.range.start == FACTS_ALWAYS || f.range.end == FACTS_FOREVER)
		return too_much(x); /* a series without end has no last busy hour */
	enum dav_code code = gather(x, &f);
	if (code != DAV_OK)
		return code;
	buf_init(&body, FREE_BUSY_BODY);
	print(&f, &body);
	code = body.full ? too_much(x)
			 : dav_answer(x, DAV_OK, "text/calendar; charset=utf-8", &body);
	buf_free(&body);
	return code;
}
