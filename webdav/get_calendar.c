/* SPDX-License-Identifier: ISC */
/*
 * GET on a calendar: all of it as one iCalendar object, as subscribers and backups want it; on
 * an address book: the cards one after the other, in the version that Accept likes best. The standards leave both open (RFC 4791 5,
 * RFC 4918 9.4); nothing is held but the item at hand.
 */
#include "webdav/verb.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/accept.h"
#include "webdav/content.h"
#include "webdav/represent.h"
#include "webdav/server.h"
#include "webdav/token.h"
#include "webdav/view.h"

#include <string.h>

#define CLARK_NAME "{" NS_DAV "}displayname"
#define CLARK_COLOR "{" NS_ICAL "}calendar-color"
#define CLARK_DESCRIPTION "{" NS_CALDAV "}calendar-description"

struct download {
	struct dav_walk walk;
	struct cal_merge *merge;  /* of a calendar */
	enum card_format version; /* of an address book */
	bool begun, over;
};

static const char *text_of(struct dav_exchange *x, const char *name)
{
	const char *xml = store_meta_prop(dav_meta(x, &x->target, x->arena), name);

	return xml ? xml_canonical_text(x->arena, xml) : NULL;
}

/* RFC 7986 5.8: where a guest came from, they can come again. */
static const char *source(struct dav_exchange *x)
{
	const struct dav_request *request = x->request;

	if (!request->guest || !request->guest->path || !request->scheme || !request->host)
		return NULL;
	/* The suffix may be missing in what was asked for: one address, one body. */
	return arena_printf(x->arena, "%s://%s%s%s", request->scheme, request->host,
		request->guest->path, text_ends(request->guest->path, ".ics") ? "" : ".ics");
}

/* RFC 7986 5. Who sees when it is taken is not told what it is for. */
static struct cal_head head_of(struct dav_exchange *x)
{
	const struct store_collection *c = x->target.share ? x->target.share : x->target.collection;
	struct store_commit_ref commit = store_head(x->snapshot);

	store_commit_at(x->snapshot, dav_number(x, &x->target) >> STORE_INDEX_BITS, &commit);
	return (struct cal_head){
		.name = text_of(x, CLARK_NAME),
		.description = dav_view_now(x, &x->target)->busy ? NULL
								 : text_of(x, CLARK_DESCRIPTION),
		.color = text_of(x, CLARK_COLOR),
		.uid = store_collection_meta(c)->id,
		.source = source(x),
		.modified = commit.time,
	};
}

static void release(struct dav_exchange *x)
{
	struct download *d = x->rows;
	struct buf sink;

	if (!d->merge)
		return;
	buf_init(&sink, 0);
	cal_merge_end(d->merge, &sink);
	buf_free(&sink);
	d->merge = NULL;
}

static void add_item(
	struct dav_exchange *x, struct download *d, const struct dav_resource *r, struct buf *out)
{
	struct dav_content content;

	if (dav_content_open(x, r, &content) != DAV_OK)
		return;
	dav_content_zones(x, r, &content);
	if (d->merge) {
		cal_merge_add(d->merge, out, content.data, content.size);
	} else {
		/* The answer has begun: one that cannot be converted goes out as it is, rather than to be missing. */
		if (d->version != CARD_AS_STORED)
			dav_content_convert(r, d->version, &content);
		buf_add(out, content.data, content.size);
		if (content.size && content.data[content.size - 1] != '\n')
			buf_adds(out, "\r\n");
	}
	dav_content_close(&content);
}

static bool next_part(struct dav_exchange *x, struct buf *out)
{
	struct download *d = x->rows;
	struct dav_resource member;

	if (!d->begun && x->target.kind == DAV_CALENDAR) {
		const struct cal_head head = head_of(x);
		d->merge = cal_merge_begin(out, &head);
	}
	d->begun = true;
	if (!d->over && dav_walk_next(x, &d->walk, &member)) {
		add_item(x, d, &member, out);
		return true;
	}
	if (d->merge)
		cal_merge_end(d->merge, out);
	d->merge = NULL;
	d->over = true;
	return false;
}

/* A name for the file: the collection's, ASCII only (RFC 6266 4.3 wants filename* for
 * others; the name in the URL will do). */
static void name_file(struct dav_exchange *x, const char *suffix)
{
	char *name = arena_strdup(x->arena,
		x->target.kind == DAV_DIRECTORY ? "household"
						: store_collection_name(x->target.collection));

	for (char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"\\/;%", *c))
			*c = '_';
	dav_set_header(x, "Content-Disposition",
		arena_printf(x->arena, "attachment; filename=\"%s.%s\"", name, suffix));
}

enum dav_code dav_get_calendar(struct dav_exchange *x)
{
	struct download *d = arena_alloc(x->arena, sizeof(*d));
	bool calendar = x->target.kind == DAV_CALENDAR;
	const char *etag = dav_etag(x, x->arena, &x->target);
	const char *type = "text/calendar; charset=utf-8";

	dav_walk_start(&d->walk, &x->target);
	if (!calendar && dav_accept_card(x, &x->target, &d->version))
		type = dav_card_type(d->version)->content_type;
	if (x->request->as_stored)
		d->version = CARD_AS_STORED;
	if (etag)
		dav_set_header(x, "ETag", etag);
	dav_set_modified(x);
	dav_set_vary(x, x->target.kind);
	name_file(x, calendar ? "ics" : "vcf");
	running(x)->release = release;
	return dav_answer_stream(x, DAV_OK, type, next_part, d);
}
