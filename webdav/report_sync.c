/* SPDX-License-Identifier: ISC */
/*
 * DAV:sync-collection (RFC 6578 3) on calendars, address books, folders and homes.
 *
 * Rows come in the order of their numbers, from one stream for each collection looked at (one
 * at level 1, all below the target at level infinite) and from the list of changed child
 * collections. So a limit may cut anywhere, and the number of the last row is a whole token.
 * The cost is that of the changes, not of the collection.
 *
 * Whoever is not the owner is told what changed for them: what they see now, what they saw when
 * their token was made and see no longer, and nothing of what they never saw (then.h). Where their
 * view of a collection changed as a whole, the whole difference comes first; that has no numbers
 * to cut between, so that a limit too small for it refuses the token and the client starts over.
 */
#include "webdav/report.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/data.h"
#include "webdav/directory.h"
#include "webdav/mark.h"
#include "webdav/priv.h"
#include "webdav/prop.h"
#include "webdav/server.h"
#include "webdav/then.h"

#include <stdlib.h>
#include <string.h>

struct stream { /* changed items of one collection */
	struct dav_resource collection;
	uint64_t until; /* only those before this number */
	size_t position;
	const struct store_item *next; /* NULL: at its end */
	bool lost;                     /* `next` is there, and hidden */
	bool own;                      /* nothing is hidden from its owner, now or then */
	enum dav_then_code code;
	const struct dav_view *then;
};

struct child { /* a changed child collection */
	struct dav_resource resource;
	const char *path; /* of a removed or hidden one, else NULL */
	uint64_t number;
};

struct difference { /* of two views: a row about an item or a collection */
	struct dav_resource resource;
	const char *path; /* of a hidden collection, else NULL */
	bool lost;
};

struct sync {
	struct dav_wanted wanted;
	struct dav_told told;
	struct dav_then *then;             /* NULL: a first sync */
	struct dav_directory_then *people; /* of the directory, likewise */
	uint64_t since, last;              /* `last`: number of the row given last */
	uint64_t limit, rows;              /* limit 0: none */
	bool initial, infinite, over, replaced;
	bool all; /* told but for marks */
	struct stream *streams;
	size_t n_streams, cap_streams;
	struct child *children; /* by number */
	size_t n_children, cap_children, child;
	struct difference *differences;
	size_t n_differences, cap_differences, difference;
	uint64_t mark;               /* the last one told */
	struct dav_resource *marked; /* collections that may have refused a write */
	size_t n_marked, cap_marked;
};

/* --- what there is to tell --- */

/* Is a removed item told? Its last version could be seen, or was the person's own (RFC 6578 3.5.2), or it was seen when the
 * token was made. Entries of its own are gone with it: those are asked then. */
static bool tells_removed(
	struct dav_exchange *x, struct sync *sync, struct stream *stream, struct dav_resource *r)
{
	bool known = dav_is_made(x, r) || dav_then_as_now(sync->then, r, r->item->number);
	bool seen = known && !r->item->has_meta && dav_look(x, r).sight != DAV_SEES_NOTHING;

	return seen || dav_then_saw(sync->then, &stream->collection, r->item);
}

/* The same of a card in the directory. */
static bool tells_person(struct dav_exchange *x, struct sync *sync, struct stream *stream)
{
	struct dav_resource r = dav_member(&stream->collection, stream->next);

	if (!r.item->gone && (dav_privileges(x, &r) & PRIV_READ))
		return true;
	stream->lost = !sync->initial && dav_directory_saw(sync->people, &r) != DIRECTORY_NEVER;
	return stream->lost;
}

/* Is the next change of a stream told to this person? */
static bool tells(struct dav_exchange *x, struct sync *sync, struct stream *stream)
{
	stream->lost = false;
	if (stream->collection.kind == DAV_DIRECTORY)
		return tells_person(x, sync, stream);
	if (sync->initial && stream->next->gone)
		return false; /* 3.4: a first sync knows no removed ones */
	if (stream->own)
		return true;
	struct dav_resource r = dav_member(&stream->collection, stream->next);
	if (r.item->gone)
		return tells_removed(x, sync, stream, &r);
	if (dav_privileges(x, &r) & PRIV_READ)
		return true;
	stream->lost = !sync->initial && dav_then_saw(sync->then, &stream->collection, r.item);
	return stream->lost;
}

static void advance(struct dav_exchange *x, struct sync *sync, struct stream *stream)
{
	do {
		stream->next = store_change_next(
			stream->collection.collection, sync->since, &stream->position);
		if (stream->next && stream->next->number >= stream->until)
			stream->next = NULL;
	} while (stream->next && !tells(x, sync, stream));
}

static void add_difference(
	struct dav_exchange *x, struct sync *sync, const struct difference *difference)
{
	sync->differences = arena_grow(x->arena, sync->differences, &sync->cap_differences,
		sync->n_differences + 1, sizeof(*sync->differences));
	sync->differences[sync->n_differences++] = *difference;
}

/* A card in the directory that did not change, seen and not; a group's card tells an admin more (directory.c). */
static void compare_person(struct dav_exchange *x, struct sync *sync, const struct dav_resource *r)
{
	bool is = dav_privileges(x, r) & PRIV_READ;
	enum dav_directory_saw saw = dav_directory_saw(sync->people, r);
	bool same_role = sync->told.admin == x->request->person.admin;

	if (is ? saw == DIRECTORY_ALWAYS && same_role : saw == DIRECTORY_NEVER)
		return;
	struct difference difference = {.resource = *r, .lost = !is};
	add_difference(x, sync, &difference);
}

/* An item that did not change, under two views. */
static void compare(struct dav_exchange *x, struct sync *sync, const struct stream *stream,
	const struct dav_resource *r)
{
	struct dav_looked was = {.sight = DAV_SEES_NOTHING}, is = dav_look(x, r);

	if (stream->code == THEN_OTHER)
		was = dav_view_member(stream->then, r->kind, &r->item->facts,
			dav_then_made(sync->then, r->item), dav_own_entries(x, r));
	if (was.sight == is.sight)
		return;
	struct difference difference = {.resource = *r, .lost = is.sight == DAV_SEES_NOTHING};
	add_difference(x, sync, &difference);
}

/* The whole difference of a view that changed (DESIGN.md 7). */
static void compare_all(struct dav_exchange *x, struct sync *sync, const struct stream *stream)
{
	struct store_cursor cursor = {0};
	const struct store_item *item;

	while ((item = store_item_next(stream->collection.collection, &cursor))) {
		struct dav_resource r = dav_member(&stream->collection, item);
		if (item->number <= sync->since && r.kind == DAV_DIRECTORY_CARD)
			compare_person(x, sync, &r);
		else if (item->number <= sync->since)
			compare(x, sync, stream, &r);
		arena_clear(x->row_arena);
	}
}

static void add_marked(struct dav_exchange *x, struct sync *sync, const struct dav_resource *r)
{
	sync->marked = arena_grow(x->arena, sync->marked, &sync->cap_marked, sync->n_marked + 1,
		sizeof(*sync->marked));
	sync->marked[sync->n_marked++] = *r;
}

static void begin_stream(struct dav_exchange *x, struct sync *sync, const struct stream *stream)
{
	sync->streams = arena_grow(x->arena, sync->streams, &sync->cap_streams, sync->n_streams + 1,
		sizeof(*sync->streams));
	sync->streams[sync->n_streams] = *stream;
	advance(x, sync, &sync->streams[sync->n_streams++]);
}

static void add_stream(
	struct dav_exchange *x, struct sync *sync, const struct dav_resource *r, uint64_t until)
{
	struct stream stream = {.collection = *r, .until = until, .own = !r->kind};

	if (r->kind) {
		stream.code = sync->initial ? THEN_SAME
					    : dav_then_view(sync->then, r, &stream.then);
		stream.own = !r->share && dav_view_now(x, r)->owner;
		sync->replaced |= stream.code == THEN_REPLACED;
	}
	if (stream.code == THEN_OTHER || stream.code == THEN_NOTHING)
		compare_all(x, sync, &stream);
	if (r->kind)
		add_marked(x, sync, r);
	begin_stream(x, sync, &stream);
}

/* Users, then groups. Where everybody finds everybody nothing changes but by a number. */
static void collect_directory(struct dav_exchange *x, struct sync *sync)
{
	for (int groups = 0; groups < 2; groups++) {
		struct stream stream = {
			.collection = dav_directory_part(x, groups), .until = UINT64_MAX};
		if (!stream.collection.collection)
			continue;
		if (!sync->initial && x->server->search != DAV_SEARCH_MEMBERS)
			compare_all(x, sync, &stream);
		begin_stream(x, sync, &stream);
	}
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
static void collect_removed(struct dav_exchange *x, struct sync *sync,
	const struct dav_resource *parent, const struct store_collection *c, uint64_t until)
{
	struct child child = {
		.path = store_collection_path(c), .number = store_collection_props_number(c)};
	struct dav_resource removed = {.collection = c};
	bool own = dav_in_scope(&x->request->person, x->target.kind) &&
		(!parent->kind || dav_view_now(x, parent)->owner);

	if (sync->initial || (!own && !dav_then_knew_collection(sync->then, child.path)))
		return;
	if (child.number > sync->since && child.number < until)
		add_child(x, sync, &child);
	if (sync->infinite && sync->limit && own)
		collect(x, sync, &removed, child.number < until ? child.number : until);
}

/* Not there for this person any more, though it is: a row when it was. */
static void collect_hidden(struct dav_exchange *x, struct sync *sync, const char *path)
{
	struct difference difference = {.path = path, .lost = true};

	if (!sync->initial && dav_then_saw_collection(sync->then, path))
		add_difference(x, sync, &difference);
}

/* The number of a row about one child. At level infinite what changed below it is told by rows of
 * its own, and its row is about itself alone: no two rows have the same number, so that a limit
 * may cut between any two. */
static uint64_t child_number(const struct sync *sync, const struct dav_resource *r)
{
	uint64_t number = sync->infinite ? store_collection_props_number(r->collection)
					 : dav_tree_number(r->collection);
	uint64_t own = r->share ? store_collection_props_number(r->share) : 0;

	return own > number ? own : number;
}

/* One live child: changed, or as it was. */
static void collect_child(struct dav_exchange *x, struct sync *sync,
	const struct dav_resource *parent, const struct store_collection *c)
{
	struct child child = {.resource = dav_child(x, parent, c)};
	const struct dav_view *was;

	if (!child.resource.exists || !(dav_privileges(x, &child.resource) & PRIV_READ)) {
		collect_hidden(x, sync, store_collection_path(c));
		return;
	}
	child.number = child_number(sync, &child.resource);
	if (child.number > sync->since) {
		add_child(x, sync, &child);
	} else if (!sync->initial) {
		enum dav_then_code code = dav_then_view(sync->then, &child.resource, &was);
		struct difference difference = {.resource = child.resource};
		if (code != THEN_SAME)
			add_difference(x, sync, &difference);
	}
	if (sync->infinite)
		collect(x, sync, &child.resource, UINT64_MAX);
	else
		add_marked(x, sync, &child.resource);
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
			collect_removed(x, sync, r, c, until);
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

static void lost_row(const char *collection, const char *name, struct buf *out)
{
	struct buf href;

	buf_init(&href, 64 * 1024);
	dav_href_of(&href, collection, name);
	dav_row_status(out, href.data, DAV_NOT_FOUND);
	buf_free(&href);
}

static void lost_card_row(const struct dav_resource *r, struct buf *out)
{
	struct buf href;

	buf_init(&href, 64 * 1024);
	dav_href(&href, r);
	dav_row_status(out, href.data, DAV_NOT_FOUND);
	buf_free(&href);
}

static void item_row(
	struct dav_exchange *x, struct sync *sync, const struct stream *stream, struct buf *out)
{
	const struct store_item *item = stream->next;
	const struct dav_resource *c = &stream->collection;

	if (c->kind == DAV_DIRECTORY && (item->gone || stream->lost)) {
		struct dav_resource card = dav_member(c, item);
		lost_card_row(&card, out);
		return;
	}
	if (item->gone || stream->lost) {
		lost_row(c->share ? c->path.collection : store_collection_path(c->collection),
			item->name, out);
		return;
	}
	struct dav_resource r = dav_member(c, item);
	dav_row(x, &r, &sync->wanted, out);
}

static void child_row(
	struct dav_exchange *x, struct sync *sync, const struct child *child, struct buf *out)
{
	if (child->path)
		lost_row(child->path, NULL, out);
	else
		dav_row(x, &child->resource, &sync->wanted, out);
}

static void difference_row(
	struct dav_exchange *x, struct sync *sync, const struct difference *d, struct buf *out)
{
	if (!d->lost)
		dav_row(x, &d->resource, &sync->wanted, out);
	else if (d->path)
		lost_row(d->path, NULL, out);
	else if (d->resource.kind == DAV_DIRECTORY_CARD)
		lost_card_row(&d->resource, out);
	else
		lost_row(d->resource.path.collection, d->resource.item->name, out);
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

static void set_tail(struct dav_exchange *x, const struct dav_told *told)
{
	struct buf tail;

	buf_init(&tail, 4096);
	buf_adds(&tail, "<d:sync-token>");
	xml_escape(&tail, dav_token_print(x, x->row_arena, told));
	buf_adds(&tail, "</d:sync-token>\n");
	x->tail = arena_strdup(x->arena, tail.data);
	buf_free(&tail);
}

/* 3.6: the row of the collection itself says that there is more; the token stands for what
 * was told. */
static void truncate_row(struct dav_exchange *x, struct sync *sync, struct buf *out)
{
	/* Marks come last: all else has been told. */
	struct dav_told told = sync->all ? dav_told_now(x, &x->target)
					 : dav_told_page(x, &x->target, &sync->told, sync->last);
	struct buf href;

	told.mark = sync->mark;
	buf_init(&href, 64 * 1024);
	dav_href(&href, &x->target);
	dav_row_status(out, href.data, DAV_NUMBER_OF_MATCHES);
	buf_free(&href);
	set_tail(x, &told);
	sync->over = true;
}

/* The oldest refused write that was not told yet: its name and number, and the collection it was in. */
static const char *next_mark(struct dav_exchange *x, struct sync *sync, uint64_t *mark,
	const struct dav_resource **collection)
{
	const char *oldest = NULL;
	uint64_t number;

	for (size_t i = 0; i < sync->n_marked; i++) {
		const char *name = dav_mark_next(
			x, x->row_arena, sync->marked[i].path.collection, sync->mark, &number);
		if (!name || (oldest && number > *mark))
			continue;
		oldest = name;
		*mark = number;
		*collection = &sync->marked[i];
	}
	return oldest;
}

/* What is told of a refused write: what stands there now; of one in a child at level 1 the child, whose ctag is another one
 * now. False: nothing that was not told before. */
static bool find_marked(struct dav_exchange *x, const struct sync *sync,
	const struct dav_resource *collection, const char *name, struct dav_resource *r)
{
	bool below = !text_equal(collection->path.collection, x->target.path.collection);

	*r = *collection;
	if (!below || sync->infinite) {
		const struct store_item *item = store_item(collection->collection, name);
		if (!item || item->number > sync->since)
			return false;
		*r = dav_member(collection, item);
	}
	return dav_privileges(x, r) & PRIV_READ;
}

/* A refused write that this device has to hear of (mark.h). */
static bool mark_row(struct dav_exchange *x, struct sync *sync, struct buf *out)
{
	const struct dav_resource *collection;
	struct dav_resource r;
	const char *name;
	uint64_t mark = 0;

	if (sync->initial || sync->over)
		return false;
	while ((name = next_mark(x, sync, &mark, &collection))) {
		bool told = find_marked(x, sync, collection, name, &r);
		if (told && sync->limit && sync->rows == sync->limit) {
			truncate_row(x, sync, out);
			return true;
		}
		sync->mark = mark;
		if (!told)
			continue;
		dav_row(x, &r, &sync->wanted, out);
		sync->rows++;
		return true;
	}
	return false;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct sync *sync = x->rows;
	struct stream *stream = sync->over ? NULL : oldest(sync);
	struct child *child = !sync->over && sync->child < sync->n_children
		? &sync->children[sync->child]
		: NULL;

	if (sync->difference < sync->n_differences) {
		difference_row(x, sync, &sync->differences[sync->difference++], out);
		sync->rows++;
		return true;
	}
	if (!stream && !child) {
		sync->all = true;
		return x->target.collection && mark_row(x, sync, out);
	}
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
		advance(x, sync, stream);
	}
	sync->rows++;
	return true;
}

/* --- the request --- */

static enum dav_code parse_level(struct dav_exchange *x, struct sync *sync)
{
	const struct xml_element *e = xml_child(x->xml, NS_DAV, "sync-level");

	if (!e) {
		if (!tolerates(TOLERATE_SYNC_LEVEL_MISSING))
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
	enum dav_code code = *token ? dav_token_parse(x, &x->target, token, &sync->told) : DAV_OK;
	sync->since = sync->last = sync->told.number;
	sync->mark = sync->initial ? dav_told_now(x, &x->target).mark : sync->told.mark;
	return code;
}

static void release(struct dav_exchange *x)
{
	struct sync *sync = x->rows;

	if (sync->then)
		dav_then_close(sync->then);
	sync->then = NULL;
	if (sync->people)
		dav_directory_then_close(sync->people);
	sync->people = NULL;
}

/* Do all rows fit? Asked only where nothing can be cut. */
static bool fits(struct sync *sync)
{
	uint64_t rows = sync->n_differences + sync->n_children;

	for (size_t i = 0; i < sync->n_streams && rows <= sync->limit; i++) {
		struct stream stream = sync->streams[i];
		for (; stream.next && rows <= sync->limit; rows++)
			stream.next = store_change_next(
				stream.collection.collection, sync->since, &stream.position);
	}
	return rows <= sync->limit;
}

static enum dav_code gather(struct dav_exchange *x, struct sync *sync)
{
	bool directory = x->target.kind == DAV_DIRECTORY;

	if (!sync->initial)
		sync->then = dav_then_open(x, &sync->told);
	if (!sync->initial && directory)
		sync->people = dav_directory_then_open(x, &sync->told);
	x->rows = sync;
	running(x)->release = release;
	if (directory)
		collect_directory(x, sync);
	else if (x->target.collection)
		collect(x, sync, &x->target, UINT64_MAX);
	if (sync->replaced)
		return dav_token_refuse(x, &x->target, "another collection stands here now");
	if (sync->limit && sync->n_differences && !fits(sync))
		return dav_token_refuse(
			x, &x->target, "more is to be seen, or less, than the limit can tell");
	if (sync->limit && dav_told_is_full(x, &x->target, &sync->told) && !fits(sync))
		return dav_token_refuse(
			x, &x->target, "more changed than can be followed page by page");
	if (sync->n_children)
		qsort(sync->children, sync->n_children, sizeof(*sync->children), by_number);
	return DAV_OK;
}

enum dav_code dav_report_sync(struct dav_exchange *x)
{
	struct sync *sync = arena_alloc(x->arena, sizeof(*sync));
	bool zero = x->depth == DAV_DEPTH_0 || x->depth == DAV_DEPTH_NONE;

	if (!zero && !tolerates(TOLERATE_SYNC_ANY_DEPTH))
		return dav_fail(x, DAV_BAD_REQUEST, "sync-collection has Depth: 0");
	/* RFC 6578 6.1; a first sync has an empty token. */
	if (!xml_child(x->xml, NS_DAV, "prop") || !xml_child(x->xml, NS_DAV, "sync-token"))
		return dav_fail(
			x, DAV_BAD_REQUEST, "sync-collection needs DAV:sync-token and DAV:prop");
	enum dav_code code = dav_wanted_parse(x, x->xml, &sync->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &sync->wanted);
	if (code == DAV_OK)
		code = parse_level(x, sync);
	if (code == DAV_OK)
		code = parse_limit(x, sync);
	if (code == DAV_OK)
		code = parse_token(x, sync);
	if (code == DAV_OK)
		code = gather(x, sync);
	if (code != DAV_OK)
		return code;
	struct dav_told now = dav_told_now(x, &x->target);
	set_tail(x, &now);
	return dav_answer_rows(x, next_row, sync);
}
