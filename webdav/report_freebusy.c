/* SPDX-License-Identifier: ISC */
/*
 * free-busy-query (RFC 4791 7.10): one VFREEBUSY of all that makes busy in the calendars looked
 * at, cut to the range, with what overlaps joined; and when their owner is not available (RFC 7953 5). Not a multistatus:
 * 200 with text/calendar.
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
#define CLARK_AVAILABILITY "{" NS_CALDAV "}calendar-availability"
#define CLARK_TRANSP "{" NS_CALDAV "}schedule-calendar-transp"

struct free_busy {
	struct cal_range range;
	struct cal_busy_list list;
	struct cal_availability availability;
	struct arena *arena;
};

/* What the index alone excludes. */
static bool may_be_busy(const struct free_busy *f, const struct facts *facts)
{
	int64_t slack = facts->flags & FACTS_FLOATING ? FACTS_SLACK : 0;

	if (!(facts->component & (FACTS_VEVENT | FACTS_VFREEBUSY | FACTS_VAVAILABILITY)))
		return false;
	if ((facts->flags & FACTS_FREE) && facts->component != FACTS_VAVAILABILITY)
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
	bool available = item->facts.component == FACTS_VAVAILABILITY;
	struct store_bytes bytes;
	enum cal_code code = CAL_OK;

	if (available || !cal_busy_recall(f->arena, &f->list, item->oid.bytes, &f->range, zone)) {
		if (store_read(x->server->store, &item->oid, &bytes) != STORE_OK)
			return DAV_INTERNAL;
		code = available ? cal_availability_add(f->arena, &f->availability, &f->range, zone,
					   bytes.data, bytes.size)
				 : cal_busy_learn(f->arena, &f->list, item->oid.bytes, &f->range,
					   zone, bytes.data, bytes.size);
		store_bytes_free(&bytes);
	}
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

/* Of a home as a whole: what its owner said beside all calendars (RFC 7953 7.2.4). */
static enum dav_code add_own_availability(struct dav_exchange *x, struct free_busy *f)
{
	const struct store_meta *meta = dav_own_meta(x, &x->target, x->arena);
	const char *data = store_meta_prop(meta, CLARK_AVAILABILITY);

	if (!data || x->target.kind != DAV_CALENDAR_HOME || x->depth != DAV_DEPTH_INFINITY)
		return DAV_OK;
	data = xml_canonical_text(x->arena, data);
	enum cal_code code = cal_availability_add(
		f->arena, &f->availability, &f->range, NULL, data, strlen(data));
	return code == CAL_LIMIT ? too_much(x) : DAV_OK;
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
	if (code == DAV_OK)
		code = add_own_availability(x, f);
	cal_availability_busy(f->arena, &f->availability, &f->list);
	cal_busy_merge(&f->list);
	return code;
}

/* A series without end has no last busy hour to tell. */
static bool is_endless(const struct cal_busy_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->spans[i].start == FACTS_ALWAYS || list->spans[i].end == FACTS_FOREVER)
			return true;
	return false;
}

/* "P1DT2H": of a period in UTC a day has 24 hours. */
static void print_duration(struct buf *out, int64_t seconds)
{
	const struct {
		int64_t value;
		char letter;
	} parts[] = {{seconds / 3600 % 24, 'H'}, {seconds / 60 % 60, 'M'}, {seconds % 60, 'S'}};

	buf_addc(out, 'P');
	if (seconds >= 86400)
		buf_addf(out, "%lldD", (long long)(seconds / 86400));
	if (seconds % 86400)
		buf_addc(out, 'T');
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].value)
			buf_addf(out, "%d%c", (int)parts[i].value, parts[i].letter);
}

static void print_time(struct buf *out, const char *name, int64_t at)
{
	char text[17];

	if (at == FACTS_ALWAYS || at == FACTS_FOREVER)
		return; /* the end that the request left open */
	dav_utc_print(text, at);
	buf_addf(out, "%s:%s\r\n", name, text);
}

static void print(const struct free_busy *f, struct buf *out)
{
	static const char *const types[] = {[CAL_BUSY] = "",
		[CAL_BUSY_TENTATIVE] = ";FBTYPE=BUSY-TENTATIVE",
		[CAL_BUSY_UNAVAILABLE] = ";FBTYPE=BUSY-UNAVAILABLE"};
	char start[17], uid[37];

	text_uuid(uid);
	buf_adds(out,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//Daybook " DAYBOOK_VERSION
		"//EN\r\n");
	buf_addf(out, "BEGIN:VFREEBUSY\r\nUID:%s\r\n", uid);
	print_time(out, "DTSTAMP", clock_now());
	print_time(out, "DTSTART", f->range.start);
	print_time(out, "DTEND", f->range.end);
	for (size_t i = 0; i < f->list.n; i++) {
		const struct cal_busy *span = &f->list.spans[i];
		dav_utc_print(start, span->start);
		buf_addf(out, "FREEBUSY%s:%s/", types[span->type], start);
		print_duration(out, span->end - span->start);
		buf_adds(out, "\r\n");
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
	enum dav_code code = gather(x, &f);
	if (code != DAV_OK)
		return code;
	if (is_endless(&f.list))
		return too_much(x);
	buf_init(&body, FREE_BUSY_BODY);
	print(&f, &body);
	code = body.full ? too_much(x)
			 : dav_answer(x, DAV_OK, "text/calendar; charset=utf-8", &body);
	buf_free(&body);
	return code;
}
