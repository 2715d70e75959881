/* SPDX-License-Identifier: ISC */
/*
 * DAV:sync-collection (RFC 6578 3) on calendars, address books, folders and homes.
 *
 * Rows come in the order of their numbers, from one stream for each collection looked at (one
 * at level 1, all below the target at level infinite) and from the list of changed child
 * collections. So a limit may cut anywhere, and the number of the last row is a whole token.
 * The cost is that of the changes, not of the collection.
 */
#include "webdav/report.h"

#include "src/base/text.h"
#include "webdav/data.h"
#include "webdav/prop.h"
#include "webdav/token.h"
#include "webdav/tolerance.h"

#include <stdlib.h>
#include <string.h>

struct stream { /* changed items of one collection */
	struct dav_resource collection;
	uint64_t until; /* only those before this number */
	size_t position;
	const struct store_item *next; /* NULL: at its end */
};

struct child { /* a changed child collection */
	struct dav_resource resource;
	const char *path; /* of a removed one, else NULL */
	uint64_t number;
};

struct sync {
	struct dav_wanted wanted;
	uint64_t since, last; /* `last`: number of the row given last */
	uint64_t limit, rows; /* limit 0: none */
	bool initial, infinite, over;
	struct stream *streams;
	size_t n_streams, cap_streams;
	struct child *children; /* by number */
	size_t n_children, cap_children, child;
};

/* --- what there is to tell --- */

static void advance(struct sync *sync, struct stream *stream)
{
	do
		stream->next = store_change_next(
			stream->collection.collection, sync->since, &stream->position);
	while (stream->next && stream->next->gone &&
		sync->initial); /* 3.4: a first sync knows no removed ones */
	if (stream->next && stream->next->number >= stream->until)
		stream->next = NULL;
}

static void add_stream(
	struct dav_exchange *x, struct sync *sync, const struct dav_resource *r, uint64_t until)
{
	sync->streams = arena_grow(x->arena, sync->streams, &sync->cap_streams, sync->n_streams + 1,
		sizeof(*sync->streams));
	struct stream *stream = &sync->streams[sync->n_streams++];
	*stream = (struct stream){.collection = *r, .until = until};
	advance(sync, stream);
}

static void add_child(struct dav_exchange *x, struct sync *sync, const struct child *child)
{
	sync->children = arena_grow(x->arena, sync->children, &sync->cap_children,
		sync->n_children + 1, sizeof(*sync->children));
	sync->children[sync->n_children++] = *child;
}

static void collect(
	struct dav_exchange *x, struct sync *sync, const struct dav_resource *r, uint64_t until);

/* Whoever reads page by page may be at a number where the removed collection was still there,
 * and may come back when it is there again: so he is told what went before it did. Others are
 * not told of members of a removed collection (3.5.2). */
static void collect_removed(
	struct dav_exchange *x, struct sync *sync, const struct store_collection *c, uint64_t until)
{
	struct child child = {
		.path = store_collection_path(c), .number = store_collection_props_number(c)};
	struct dav_resource removed = {.collection = c};

	if (sync->initial)
		return;
	if (child.number > sync->since && child.number < until)
		add_child(x, sync, &child);
	if (sync->infinite && sync->limit)
		collect(x, sync, &removed, child.number < until ? child.number : until);
}

/* One live child: changed, or as it was. At level infinite what changed below it is told by
 * rows of its own, and its row is about itself alone: no two rows have the same number, so that
 * a limit may cut between any two. */
static void collect_child(struct dav_exchange *x, struct sync *sync,
	const struct dav_resource *parent, const struct store_collection *c)
{
	struct child child = {.resource = dav_child(x, parent, c),
		.number = sync->infinite ? store_collection_props_number(c) : dav_tree_number(c)};

	if (!(dav_privileges(x, &child.resource) & PRIV_READ))
		return;
	if (child.number > sync->since)
		add_child(x, sync, &child);
	if (sync->infinite)
		collect(x, sync, &child.resource, UINT64_MAX);
}

/* Recursion follows the nesting of folders (STORE_MAX_FOLDER_DEPTH). All children are asked,
 * not only those that the store calls changed: a change deep below shows in the number of
 * the tree alone. */
static void collect(
	struct dav_exchange *x, struct sync *sync, const struct dav_resource *r, uint64_t until)
{
	const struct store_collection *c;
	size_t index = 0;
	bool gone;

	add_stream(x, sync, r, until);
	while ((c = store_child_change_next(r->collection, 0, &index, &gone))) {
		if (gone)
			collect_removed(x, sync, c, until);
		else
			collect_child(x, sync, r, c);
	}
}

static int by_number(const void *left, const void *right)
{
	const struct child *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* --- rows --- */

static void item_row(
	struct dav_exchange *x, struct sync *sync, const struct stream *stream, struct buf *out)
{
	const struct store_item *item = stream->next;
	struct buf href;

	if (!item->gone) {
		struct dav_resource r = dav_member(&stream->collection, item);
		dav_row(x, &r, &sync->wanted, out);
		return;
	}
	buf_init(&href, 8 * 1024);
	dav_href_of(&href, store_collection_path(stream->collection.collection), item->name);
	dav_row_status(out, href.data, DAV_NOT_FOUND);
	buf_free(&href);
}

static void child_row(
	struct dav_exchange *x, struct sync *sync, const struct child *child, struct buf *out)
{
	struct buf href;

	if (!child->path) {
		dav_row(x, &child->resource, &sync->wanted, out);
		return;
	}
	buf_init(&href, 64 * 1024);
	dav_href_of(&href, child->path, NULL);
	dav_row_status(out, href.data, DAV_NOT_FOUND);
	buf_free(&href);
}

/* The stream whose next change is the oldest; NULL when all are at their end. */
static struct stream *oldest(struct sync *sync)
{
	struct stream *best = NULL;

	for (size_t i = 0; i < sync->n_streams; i++) {
		struct stream *stream = &sync->streams[i];
		if (stream->next && (!best || stream->next->number < best->next->number))
			best = stream;
	}
	return best;
}

static void set_tail(struct dav_exchange *x, const char *token)
{
	struct buf tail;

	buf_init(&tail, 4096);
	buf_adds(&tail, "<d:sync-token>");
	xml_escape(&tail, token);
	buf_adds(&tail, "</d:sync-token>\n");
	x->tail = arena_strdup(x->arena, tail.data);
	buf_free(&tail);
}

/* 3.6: the row of the collection itself says that there is more; the token stands for what
 * was told. */
static void truncate_row(struct dav_exchange *x, struct sync *sync, struct buf *out)
{
	struct buf href;

	buf_init(&href, 64 * 1024);
	dav_href(&href, &x->target);
	dav_row_status(out, href.data, DAV_NUMBER_OF_MATCHES);
	buf_free(&href);
	set_tail(x, dav_token_at(x, x->arena, sync->last));
	sync->over = true;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct sync *sync = x->rows;
	struct stream *stream = sync->over ? NULL : oldest(sync);
	struct child *child = !sync->over && sync->child < sync->n_children
		? &sync->children[sync->child]
		: NULL;

	if (!stream && !child)
		return false;
	if (sync->limit && sync->rows == sync->limit) {
		truncate_row(x, sync, out);
		return true;
	}
	if (!stream || (child && child->number <= stream->next->number)) {
		child_row(x, sync, child, out);
		sync->last = child->number;
		sync->child++;
	} else {
		item_row(x, sync, stream, out);
		sync->last = stream->next->number;
		advance(sync, stream);
	}
	sync->rows++;
	return true;
}

/* --- the request --- */

static enum dav_code parse_level(struct dav_exchange *x, struct sync *sync)
{
	const struct xml_element *e = xml_child(x->xml, NS_DAV, "sync-level");

	if (!e) {
		if (!dav_tolerates(TOLERATE_SYNC_LEVEL_MISSING))
			return dav_fail(x, DAV_BAD_REQUEST, "sync-level is missing");
		sync->infinite = x->depth == DAV_DEPTH_INFINITY;
		return DAV_OK;
	}
	const char *level = text_trim(x->arena, e->text);
	sync->infinite = text_equal(level, "infinite") || text_equal(level, "infinity");
	if (!sync->infinite && !text_equal(level, "1"))
		return dav_fail(x, DAV_BAD_REQUEST, "sync-level is 1 or infinite");
	return DAV_OK;
}

static enum dav_code parse_limit(struct dav_exchange *x, struct sync *sync)
{
	const struct xml_element *e = xml_child(x->xml, NS_DAV, "limit");

	e = e ? xml_child(e, NS_DAV, "nresults") : NULL;
	if (e && (!text_to_u64(text_trim(x->arena, e->text), &sync->limit) || !sync->limit))
		return dav_fail(x, DAV_BAD_REQUEST, "nresults is a number of at least 1");
	return DAV_OK;
}

static enum dav_code parse_token(struct dav_exchange *x, struct sync *sync)
{
	const struct xml_element *e = xml_child(x->xml, NS_DAV, "sync-token");
	const char *token = e ? text_trim(x->arena, e->text) : "";

	sync->initial = !*token;
	return *token ? dav_token_parse(x, &x->target, token, &sync->since) : DAV_OK;
}

enum dav_code dav_report_sync(struct dav_exchange *x)
{
	struct sync *sync = arena_alloc(x->arena, sizeof(*sync));
	bool zero = x->depth == DAV_DEPTH_0 || x->depth == DAV_DEPTH_NONE;

	if (!zero && !dav_tolerates(TOLERATE_SYNC_ANY_DEPTH))
		return dav_fail(x, DAV_BAD_REQUEST, "sync-collection has Depth: 0");
	if (!xml_child(x->xml, NS_DAV, "prop"))
		return dav_fail(x, DAV_BAD_REQUEST, "sync-collection needs a DAV:prop");
	enum dav_code code = dav_wanted_parse(x, x->xml, &sync->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &sync->wanted);
	if (code == DAV_OK)
		code = parse_level(x, sync);
	if (code == DAV_OK)
		code = parse_limit(x, sync);
	if (code == DAV_OK)
		code = parse_token(x, sync);
	if (code != DAV_OK)
		return code;
	if (x->target.collection)
		collect(x, sync, &x->target, UINT64_MAX);
	if (sync->n_children)
		qsort(sync->children, sync->n_children, sizeof(*sync->children), by_number);
	set_tail(x, dav_token(x, x->arena, &x->target));
	return dav_answer_rows(x, next_row, sync);
}
