/* SPDX-License-Identifier: ISC */
/*
 * COPY and MOVE (RFC 4918 9.8, 9.9; RFC 4791 5.3.2.1). A tree becomes a list of changes on the pinned snapshot and lands in
 * one commit; a MOVE goes through only if nothing below its source changed meanwhile. COPY makes new ids, MOVE keeps them.
 */
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/body.h"
#include "webdav/content.h"
#include "webdav/lock.h"
#include "webdav/meta.h"
#include "webdav/object.h"
#include "webdav/priv.h"
#include "webdav/put.h"
#include "webdav/quota.h"
#include "webdav/represent.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct transfer {
	bool move, overwrite, shallow;
	uint64_t bytes; /* of what is copied or moved */
	bool hidden;    /* something stands at the Destination that the person must not know of */
	struct dav_resource there; /* what the Destination names now */
	struct dav_resource place; /* what will stand there */
};

/* What may go where; else the precondition that says no (RFC 4791 4.2, 5.3.2.1; RFC 6352 5.2, 6.3.2.1). */
static const struct {
	unsigned kinds, places;
	enum dav_code code;
} moves[] = {
	{DAV_ITEM, DAV_ITEM, DAV_FORBIDDEN},
	{DAV_FOLDER, DAV_FOLDER, DAV_FORBIDDEN},
	{DAV_CALENDAR | DAV_SUBSCRIPTION, DAV_CALENDAR | DAV_SUBSCRIPTION, DAV_LOCATION_OK},
	{DAV_ADDRESSBOOK, DAV_ADDRESSBOOK, DAV_CARD_LOCATION_OK},
};

/* The answer when the source can not stand where the Destination says. */
static enum dav_code no_place(const struct dav_resource *source)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].kinds & source->kind)
			return moves[i].code;
	return DAV_FORBIDDEN;
}

/* --- the request --- */

static enum dav_code read_overwrite(struct dav_exchange *x, struct transfer *t)
{
	const char *header = dav_header(x, "Overwrite");
	const char *text = header ? text_trim(x->arena, header) : "T";

	t->overwrite = strcasecmp(text, "F") != 0;
	if (t->overwrite && strcasecmp(text, "T") != 0)
		return dav_fail(x, DAV_BAD_REQUEST, "Overwrite is T or F");
	return DAV_OK;
}

/* RFC 4918 9.8.3, 9.9.2: a collection is copied alone or whole, and moved whole. */
static enum dav_code read_depth(struct dav_exchange *x, struct transfer *t)
{
	if (x->target.path.name)
		return DAV_OK;
	t->shallow = x->depth == DAV_DEPTH_0;
	if (x->depth == DAV_DEPTH_1 || (t->shallow && t->move))
		return dav_fail(x, DAV_BAD_REQUEST, "this Depth makes no sense here");
	return DAV_OK;
}

static enum dav_code read_destination(struct dav_exchange *x, struct transfer *t)
{
	const char *header = dav_header(x, "Destination");
	enum dav_code code = DAV_BAD_REQUEST;
	struct dav_path path;

	if (!header)
		return dav_fail(x, DAV_BAD_REQUEST, "Destination is missing");
	const char *target = dav_local_target(x, header, &code);
	if (!target)
		return code;
	code = dav_path_parse(x->arena, target, &path);
	if (code != DAV_OK)
		return code == DAV_NOT_FOUND ? no_place(&x->target) : code;
	t->there = dav_resolve(x, &path);
	t->hidden = dav_hide(x, &t->there);
	return DAV_OK;
}

/* --- the place --- */

/* An item goes to a name in a collection: a slash at the end of a file's Destination is forgiven. */
static void place_item(struct dav_exchange *x, struct dav_resource *place)
{
	const char *path = place->path.collection;

	if (place->kind != DAV_FOLDER || dav_is_home(place) ||
		!tolerates(TOLERATE_DESTINATION_SLASH))
		return;
	place->kind = place->path.kind = DAV_FILE;
	place->path.name = strrchr(path, '/') + 1;
	place->path.collection = dav_parent_path(x->arena, path);
	place->collection = place->parent;
	place->item = NULL;
}

/* A folder goes to a path: one without a slash at its end looks like a file. */
static void place_folder(struct dav_exchange *x, struct dav_resource *place)
{
	if (place->kind != DAV_FILE)
		return;
	place->kind = place->path.kind = DAV_FOLDER;
	place->path.reserved = dav_reserved_collection(dav_url_name(x->arena, place->path.name));
	place->path.collection = arena_printf(
		x->arena, "%s/%s", place->path.collection, place->path.name);
	place->path.name = NULL;
	place->parent = place->collection;
	place->collection = NULL;
	place->item = NULL;
}

static enum dav_code check_kinds(
	const struct dav_resource *source, const struct dav_resource *place)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].kinds & source->kind) {
			bool own = (source->kind & (DAV_ITEM | DAV_FOLDER)) ||
				text_equal(source->path.owner, place->path.owner);
			return (moves[i].places & place->kind) && own ? DAV_OK : moves[i].code;
		}
	return DAV_FORBIDDEN;
}

static char *full_path(struct arena *arena, const struct dav_resource *r)
{
	const struct dav_path *path = &r->path;

	if (!path->collection)
		return arena_strdup(arena, "");
	/* An item is the same one through a share. */
	return path->name ? arena_printf(arena, "%s/%s", dav_store_path(r), path->name)
			  : arena_strdup(arena, path->collection);
}

static bool is_within(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

/* RFC 4918 9.8.5, 9.9.4: not onto itself, nor over what it is in; nor into itself, but for a collection without its members
 * (9.8.3). */
static enum dav_code check_apart(struct dav_exchange *x, const struct transfer *t)
{
	const char *source = full_path(x->arena, &x->target),
		   *there = full_path(x->arena, &t->there);
	bool over_home = t->there.exists && !(t->there.kind & DAV_ITEM) && dav_is_home(&t->there);

	if (over_home || is_within(there, source) ||
		(is_within(source, there) && !x->target.path.name && !t->shallow))
		return dav_fail(x, DAV_FORBIDDEN, "source and destination are not apart");
	return DAV_OK;
}

/* RFC 3744 Appendix B, on the destination. */
static enum dav_code check_rights(struct dav_exchange *x, const struct transfer *t)
{
	enum dav_code code = DAV_OK, parent = DAV_OK;
	/* An item is written over; a collection makes room for another one. */
	bool removes = t->there.exists && (t->move || !t->there.path.name);

	if (t->there.exists || dav_is_home(&t->there))
		code = dav_require(x, &t->there, 0);
	if (code != DAV_OK)
		return code;
	if (t->there.exists && !t->move)
		code = dav_require(x, &t->there, PRIV_WRITE_CONTENT | PRIV_WRITE_PROPERTIES);
	if (!t->there.exists || t->move || removes)
		parent = dav_require_parent(x, &t->there,
			(t->there.exists && !t->move ? 0 : PRIV_BIND) |
				(removes ? PRIV_UNBIND : 0));
	code = code == DAV_OK || parent == DAV_NOT_FOUND ? parent : code;
	if (code == DAV_OK && removes && !t->there.path.name)
		code = dav_require_whole(x, &t->there, false);
	if (code == DAV_OK && t->move && !x->target.path.name)
		code = dav_require_whole(x, &x->target, true);
	return code;
}

/* RFC 4918 7.4, 9.8.5, 9.9.4: an item is written over like one that is PUT; all else goes first, or is new. */
static enum dav_code check_locks(struct dav_exchange *x, const struct transfer *t)
{
	if (!t->there.exists)
		return dav_require_unlocked(x, &t->place, TOUCH_PARENT);
	return dav_require_unlocked(x, &t->there,
		t->move || !t->there.path.name ? TOUCH_TREE | TOUCH_PARENT : TOUCH_SELF);
}

static enum dav_code check_destination(struct dav_exchange *x, struct transfer *t)
{
	const struct dav_resource *place = &t->place;

	enum dav_code code = check_rights(x, t);
	if (code == DAV_NOT_FOUND)
		return DAV_CONFLICT; /* another's home looks as if it were not there */
	/* First: what a calendar can not stand in is its own member too. */
	if (code == DAV_OK)
		code = check_kinds(&x->target, place);
	if (code == DAV_OK)
		code = check_apart(x, t);
	if (code != DAV_OK)
		return code;
	if (t->hidden)
		return dav_hidden_conflict(&t->there);
	if (place->path.reserved)
		return dav_fail(x, no_place(&x->target), "a reserved name");
	const char *path = place->path.collection;
	if (!dav_collection_there(
		    x, place->path.name ? dav_store_path(place) : dav_parent_path(x->arena, path)))
		return DAV_CONFLICT;
	if (t->there.exists && !t->overwrite)
		return DAV_PRECONDITION_FAILED;
	return check_locks(x, t);
}

/* --- the changes --- */

static void remove_resource(struct dav_exchange *x, const struct dav_resource *r, bool source)
{
	const struct store_collection *stored = !r->path.name && r->share ? r->share
									  : r->collection;
	struct store_change *change = dav_change(x);

	change->slot = r->path.name ? STORE_ITEM : STORE_SELF;
	change->collection = r->path.name ? dav_store_path(r) : r->path.collection;
	change->name = r->path.name;
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = store_collection_meta(stored)->id;
	if (r->path.name) {
		change->expect = STORE_MATCH;
		change->match = r->item->oid;
	} else if (source) {
		change->unchanged_since = store_collection_number(stored);
	}
}

/* What is seen as busy is copied as it is seen: bytes that the store inspects. */
static void add_seen(
	struct dav_exchange *x, const struct dav_resource *from, struct store_change *change)
{
	struct dav_content content;

	change->bytes = "";
	if (dav_content_open(x, from, &content) != DAV_OK)
		return; /* refused by the store: nothing is no object */
	change->bytes = arena_strndup(x->arena, content.data, content.size);
	change->len = content.size;
	dav_content_close(&content);
}

/* RFC 3744 7.3, 7.4: entries go with what is moved, and are not copied. */
static void add_properties(struct dav_exchange *x, const struct transfer *t,
	const struct dav_resource *from, const char *collection, const char *name)
{
	struct store_meta meta = *dav_meta(x, from, x->arena);

	if (!t->move)
		meta.n_aces = 0;
	dav_change_item_meta(x, collection, name, &meta);
}

static void add_item(struct dav_exchange *x, struct transfer *t, const struct dav_resource *from,
	const char *collection, const char *name)
{
	struct facts *facts = arena_memdup(x->arena, &from->item->facts, sizeof(*facts));
	struct store_change *change = dav_change(x);

	facts->flags &= ~(
		uint32_t)FACTS_BROKEN; /* what is copied is the version that could be read */
	change->slot = STORE_ITEM;
	change->collection = collection;
	change->name = name;
	change->created = t->move ? from->item->created : 0;
	if (dav_sight(x, from) == DAV_SEES_BUSY) {
		add_seen(x, from, change);
		t->bytes += change->len;
		return;
	}
	t->bytes += from->item->size;
	change->blob = from->item->oid;
	change->facts = from->kind == DAV_FILE ? NULL : facts;
	if (from->item->has_meta)
		add_properties(x, t, from, collection, name);
}

/* Depth of recursion: STORE_MAX_FOLDER_DEPTH. */
static void add_tree(struct dav_exchange *x, struct transfer *t, const struct dav_resource *from,
	const char *path)
{
	struct store_meta meta = *(
		t->move ? dav_own_meta(x, from, x->arena) : dav_meta(x, from, x->arena));
	struct dav_walk walk;
	struct dav_resource member;

	if (!t->move) {
		struct store_meta fresh = dav_new_meta(x, meta.kind);
		meta.id = fresh.id;
		meta.created = fresh.created;
		meta.share_of = NULL;
		meta.derived = NULL; /* an ordinary calendar, which nobody keeps in step */
		meta.n_aces = 0;
	}
	dav_change_self(x, path, &meta);
	dav_walk_start(&walk, from);
	/* A share is moved alone: what it shows stays where it is. */
	while (!t->shallow && !meta.share_of && dav_walk_next(x, &walk, &member))
		if (member.path.name)
			add_item(x, t, &member, path, member.path.name);
		else
			add_tree(x, t, &member,
				arena_printf(x->arena, "%s/%s", path,
					store_collection_name(member.collection)));
}

/* What comes from elsewhere is held against the limits, and what was no such object before against all rules. */
static enum dav_code check_content(
	struct dav_exchange *x, const struct dav_resource *place, struct facts *facts)
{
	const struct dav_resource *source = &x->target;
	struct dav_content content;

	/* RFC 4791 5.3.2.1: the type that GET states, of what is targeted too. */
	enum dav_code code = source->kind == place->kind
		? DAV_OK
		: dav_check_type(x, place->kind, dav_media_type(source));
	if (code != DAV_OK)
		return code;
	code = dav_content_open(x, source, &content);
	if (code != DAV_OK)
		return dav_fail(x, code, "the object cannot be read");
	code = source->kind == place->kind
		? dav_check_limits(x, place->kind, content.data, content.size)
		: dav_inspect(x, place->kind, content.data, content.size, facts);
	dav_content_close(&content);
	return code;
}

/*
 * The rules of PUT (RFC 4791 5.3.2.1). A calendar that is copied or moved as a whole is not asked about the limits: they are
 * the same in all calendars, and what stands in one may be older than they are.
 */
static enum dav_code check_item(struct dav_exchange *x, const struct transfer *t)
{
	const struct dav_resource *source = &x->target, *place = &t->place;
	bool same = text_equal(dav_store_path(source), dav_store_path(place));
	struct facts facts = source->item->facts;
	enum dav_code code = DAV_OK;

	if (!same && place->kind != DAV_FILE)
		code = check_content(x, place, &facts);
	if (code != DAV_OK)
		return code;
	return dav_check_object(x, place, &facts, same && t->move ? source->path.name : NULL);
}

static void change_item(struct dav_exchange *x, struct transfer *t)
{
	const struct dav_resource *place = &t->place;
	struct dav_resource source = x->target;
	const char *path = dav_store_path(place);

	dav_change_home(x, path);
	if (t->move)
		remove_resource(x, &source, true);
	if (source.kind != place->kind)
		source.kind = DAV_FILE; /* the store inspects */
	size_t at = x->n_changes;
	add_item(x, t, &source, path, place->path.name);
	struct store_change *change = &x->changes[at];
	/* A folder that was there is gone by now. */
	change->expect = place->item ? STORE_MATCH : STORE_ABSENT;
	if (place->item)
		change->match = place->item->oid;
	if (place->item && place->item->has_meta && x->n_changes == at + 1)
		dav_change_item_meta(x, path, place->path.name, &(struct store_meta){0});
}

/* RFC 8144 3.1: what stands at the Destination now is what the person saw of the source. */
static enum dav_code represent(struct dav_exchange *x, enum dav_code code, const struct transfer *t)
{
	struct dav_content content;

	if (!x->representation || !x->target.path.name ||
		dav_content_open(x, &x->target, &content) != DAV_OK)
		return code;
	code = dav_represent(
		x, code, &t->place, content.data, content.size, &x->target.item->facts);
	dav_content_close(&content);
	return code;
}

static enum dav_code finish(struct dav_exchange *x)
{
	const struct transfer *t = x->rows;
	struct buf href;

	if (t->there.exists)
		return represent(x, DAV_NO_CONTENT, t);
	/* cadaver and others read where it went. */
	buf_init(&href, SIZE_MAX);
	dav_href(&href, &t->place);
	dav_set_header(x, "Location", href.data);
	buf_free(&href);
	return represent(x, DAV_CREATED, t);
}

static const char *words_of(struct dav_exchange *x)
{
	if (x->target.path.name)
		return dav_item_words(x, &x->target);
	return dav_url_name(x->arena, store_collection_name(x->target.collection));
}

/* A copy stands in a home whose entries may be for others, too. */
static void settle(struct dav_exchange *x, const char *path)
{
	struct store_meta made;
	const char *why;

	for (size_t i = 0; i < x->n_changes; i++) {
		const struct store_change *change = &x->changes[i];
		if (change->slot == STORE_SELF && !change->remove &&
			text_equal(change->collection, path) &&
			store_meta_parse(x->arena, change->bytes, change->len, &made, &why)) {
			dav_settle_shares(x, path, &made);
			return;
		}
	}
}

/* RFC 4331 6. What is written over makes room, and so does what leaves the same person's homes. */
static enum dav_code check_quota(struct dav_exchange *x, const struct transfer *t)
{
	const char *to = dav_store_path(&t->place), *from = dav_store_path(&x->target);
	const struct dav_resource *there = &t->there;
	uint64_t less = !there->exists ? 0
		: there->path.name     ? there->item->size
		: there->share         ? 0
				       : dav_quota_tree(there->collection);

	if (t->move && text_equal(dav_path_owner(x->arena, from), dav_path_owner(x->arena, to)))
		less += t->bytes;
	return dav_check_quota(x, to, t->bytes, less);
}

static enum dav_code transfer(struct dav_exchange *x, bool move)
{
	struct transfer *t = arena_alloc(x->arena, sizeof(*t));
	bool item = x->target.path.name;

	t->move = move;
	if (!item && dav_is_home(&x->target))
		return dav_fail(x, DAV_FORBIDDEN, "a home is neither moved nor copied");
	enum dav_code code = read_overwrite(x, t);
	if (code == DAV_OK)
		code = read_depth(x, t);
	if (code == DAV_OK)
		code = read_destination(x, t);
	if (code != DAV_OK)
		return code;
	t->place = t->there;
	if (item)
		place_item(x, &t->place);
	else if (x->target.kind == DAV_FOLDER)
		place_folder(x, &t->place);
	code = check_destination(x, t);
	if (code == DAV_OK && item)
		code = check_item(x, t);
	if (code != DAV_OK)
		return code;
	if (t->there.exists && !(item && t->there.path.name))
		remove_resource(x, &t->there, false);
	if (item) {
		change_item(x, t);
	} else {
		/* Shares of what is moved over end with it. */
		if (move && t->there.exists && !t->there.share)
			dav_settle_shares(x, t->there.path.collection, NULL);
		dav_change_home(x, t->place.path.collection);
		if (move)
			remove_resource(x, &x->target, true);
		add_tree(x, t, &x->target, t->place.path.collection);
		if (!move)
			settle(x, t->place.path.collection);
	}
	code = check_quota(x, t);
	if (code != DAV_OK)
		return code;
	x->rows = t;
	running(x)->place = t->place.path.collection;
	return dav_submit(x, move ? 'V' : 'C', words_of(x), finish);
}

enum dav_code dav_verb_copy(struct dav_exchange *x)
{
	return transfer(x, false);
}

enum dav_code dav_verb_move(struct dav_exchange *x)
{
	return transfer(x, true);
}
