/* SPDX-License-Identifier: ISC */
/*
 * GET and HEAD: items as their bytes, calendars and address books as one file (get_calendar.c), other collections as a plain
 * page for browsers. What people stored is never run as a page of ours: it comes in a sandbox.
 */
#include "webdav/accept.h"
#include "webdav/content.h"
#include "webdav/range.h"
#include "webdav/represent.h"
#include "webdav/server.h"
#include "webdav/status.h"
#include "webdav/verb.h"

#include <stdint.h>
#include <string.h>

#define PART (256u * 1024) /* bytes of a large item in one go */

struct download {
	struct dav_content content;
	size_t sent, end;
};

static void release(struct dav_exchange *x)
{
	struct download *d = x->rows;

	dav_content_close(&d->content);
}

static bool next_part(struct dav_exchange *x, struct buf *out)
{
	struct download *d = x->rows;
	size_t left = d->end - d->sent, part = left < PART ? left : PART;

	buf_add(out, d->content.data + d->sent, part);
	d->sent += part;
	return d->sent < d->end;
}

static enum dav_code get_item(struct dav_exchange *x)
{
	const char *type = dav_selected_type(x, &x->target);
	struct dav_content content;
	struct dav_range range;
	struct buf body;

	enum dav_code code = dav_content_open(x, &x->target, &content);
	if (code != DAV_OK)
		return dav_fail(x, code, "the object cannot be read");
	if (!dav_content_select(x, &x->target, &content)) {
		dav_content_close(&content);
		dav_set_vary(x, x->target.kind);
		return dav_fail(x, DAV_CARD_CONVERSION, "this card cannot be converted");
	}
	dav_item_headers(x);
	code = dav_read_range(x, content.size, &range);
	if (code == DAV_RANGE_NOT_SATISFIABLE) {
		dav_content_close(&content);
		return dav_fail(x, code, "the range begins behind the end");
	}
	if (range.size <= DAV_INLINE_BODY) {
		buf_init(&body, SIZE_MAX);
		buf_add(&body, content.data + range.from, range.size);
		dav_content_close(&content);
		return dav_answer(x, code, type, &body);
	}
	struct download *d = arena_alloc(x->arena, sizeof(*d));
	*d = (struct download){content, range.from, range.from + range.size};
	running(x)->release = release;
	x->response->length = range.size;
	return dav_answer_stream(x, code, type, next_part, d);
}

/* --- pages --- */

struct page {
	struct dav_walk walk;
	bool begun;
};

/* The last segment, decoded. */
static const char *name_of(struct dav_exchange *x, const struct dav_resource *r)
{
	const char *path = r->path.name ? r->path.name
		: r->path.collection    ? r->path.collection
					: "dav";
	const char *slash = strrchr(path, '/');

	return dav_url_name(x->row_arena, slash ? slash + 1 : path);
}

static void begin_page(struct dav_exchange *x, struct buf *out)
{
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>");
	dav_href(out, &x->target);
	buf_adds(out, "</title>\n<h1>");
	xml_escape(out, x->target.kind == DAV_ROOT ? "/" : name_of(x, &x->target));
	buf_adds(out, "</h1>\n<ul>\n");
	x->tail = "</ul>\n</html>\n";
}

static bool next_link(struct dav_exchange *x, struct buf *out)
{
	struct page *page = x->rows;
	struct dav_resource member;

	if (!page->begun) {
		begin_page(x, out);
		page->begun = true;
	}
	if (!dav_walk_next(x, &page->walk, &member))
		return false;
	buf_adds(out, "<li><a href=\"");
	dav_href(out, &member);
	buf_adds(out, "\">");
	xml_escape(out, name_of(x, &member));
	buf_adds(out, member.path.name ? "</a>\n" : "/</a>\n");
	return true;
}

static enum dav_code get_page(struct dav_exchange *x)
{
	struct page *page = arena_alloc(x->arena, sizeof(*page));

	dav_walk_start(&page->walk, &x->target);
	dav_set_header(x, "Content-Security-Policy", "default-src 'none'");
	return dav_answer_stream(x, DAV_OK, "text/html; charset=utf-8", next_link, page);
}

enum dav_code dav_verb_get(struct dav_exchange *x)
{
	if (x->target.path.name && x->target.item)
		return get_item(x);
	if (x->target.kind & (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_DIRECTORY))
		return dav_get_calendar(x);
	return get_page(x);
}
