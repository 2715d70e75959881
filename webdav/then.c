/* SPDX-License-Identifier: ISC */
/* Views and items at the commits that a sync-token names (then.h). */
#include "webdav/then.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/priv.h"
#include "webdav/server.h"

#include <string.h>

#define PASTS 4 /* of the number, of the one before it, of base and of view */

struct dav_then {
	struct dav_exchange *x;
	struct dav_told told;
	struct {
		uint64_t position;
		struct store_past *past;
		bool tried;
	} pasts[PASTS];
	struct household *household; /* at the commit of told.view */
	struct arena *scratch;       /* of one item */
};

struct dav_then *dav_then_open(struct dav_exchange *x, const struct dav_told *told)
{
	struct dav_then *then = arena_alloc(x->arena, sizeof(*then));

	*then = (struct dav_then){.x = x, .told = *told, .scratch = arena_new()};
	return then;
}

void dav_then_close(struct dav_then *then)
{
	for (size_t i = 0; i < PASTS; i++)
		store_past_close(then->pasts[i].past);
	household_free(then->household);
	arena_free(then->scratch);
	*then = (struct dav_then){0};
}

/* NULL: it cannot be read. */
static struct store_past *past_at(struct dav_then *then, uint64_t position)
{
	size_t i = 0;

	while (then->pasts[i].tried && then->pasts[i].position != position)
		i++;
	if (!then->pasts[i].tried) {
		then->pasts[i].position = position;
		then->pasts[i].tried = true;
		then->pasts[i].past = store_past_open(
			then->x->server->store, then->x->snapshot, position);
	}
	return then->pasts[i].past;
}

static struct store_past *past_of_view(struct dav_then *then)
{
	return past_at(then, then->told.view >> STORE_INDEX_BITS);
}

/* --- collections --- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The last change of what decides how anybody but its owner sees the collection. */
static uint64_t decided(const struct dav_exchange *x, const struct dav_resource *r)
{
	uint64_t number = later(store_collection_props_number(r->collection),
		dav_view_number(x, store_collection_path(r->collection)));

	return r->share ? later(number, store_collection_props_number(r->share)) : number;
}

/* What the share at `path` showed then: its path; NULL: there was no share, or what it showed was not there. *was: there was
 * something at the path, of that share-of (NULL: no share). */
static const char *shown_then(struct store_past *past, struct arena *arena, const char *path,
	const char **was, bool *there)
{
	struct store_meta meta, target;

	*was = NULL;
	*there = store_past_collection(past, arena, path, &meta);
	if (!*there || !meta.share_of)
		return NULL;
	*was = meta.share_of;
	const char *at = strchr(meta.share_of, ' ');
	size_t len = (size_t)(at - meta.share_of);
	if (!store_past_collection(past, arena, at + 1, &target) || !target.id ||
		strlen(target.id) != len || memcmp(target.id, meta.share_of, len) != 0)
		return NULL;
	return at + 1;
}

static bool build(struct dav_then *then, struct store_past *past, const char *path, bool shared,
	struct dav_view *view)
{
	if (!then->household)
		then->household = household_then(past);
	return dav_view_then(then->x, then->x->arena, past, then->household, path, shared,
		then->told.admin, view);
}

static enum dav_then_code view_of(struct dav_then *then, struct store_past *past, const char *path,
	bool shared, const struct dav_view **view)
{
	struct dav_view *found = arena_alloc(then->x->arena, sizeof(*found));

	if (!build(then, past, path, shared, found) || !(found->held & PRIV_READ))
		return THEN_NOTHING;
	*view = found;
	return THEN_OTHER;
}

static enum dav_then_code share_then(struct dav_then *then, struct store_past *past,
	const struct dav_resource *r, const struct dav_view **view)
{
	const char *of = store_collection_meta(r->share)->share_of, *was;
	bool there;
	const char *path = shown_then(past, then->x->arena, r->path.collection, &was, &there);

	if (!there)
		return THEN_NOTHING;
	if (!was || strncmp(was, of, strcspn(of, " ") + 1) != 0)
		return THEN_REPLACED;
	if (!path)
		return THEN_NOTHING;
	if (!text_equal(path, store_collection_path(r->collection)))
		return THEN_REPLACED; /* it was moved: what went before that is told elsewhere */
	return view_of(then, past, path, true, view);
}

enum dav_then_code dav_then_view(
	struct dav_then *then, const struct dav_resource *r, const struct dav_view **view)
{
	const struct dav_exchange *x = then->x;
	const struct dav_view *now = dav_view_now(x, r);
	bool same_role = then->told.admin == x->request->person.admin;
	const char *was;
	bool there;

	*view = now;
	if (r->share || !now->owner) {
		if (decided(x, r) <= then->told.view && (same_role || now->owner))
			return THEN_SAME;
	} else if (store_collection_props_number(r->collection) <= then->told.view) {
		return THEN_SAME;
	}
	struct store_past *past = past_of_view(then);
	if (!past)
		return THEN_NOTHING;
	if (r->share)
		return share_then(then, past, r, view);
	if (!now->owner)
		return view_of(then, past, store_collection_path(r->collection), false, view);
	/* One's own, of which nothing is hidden; but a share may have had its name. */
	shown_then(past, x->arena, store_collection_path(r->collection), &was, &there);
	return was ? THEN_REPLACED : THEN_SAME;
}

bool dav_then_saw_collection(struct dav_then *then, const char *path)
{
	struct store_past *past = past_of_view(then);
	struct dav_view view;
	const char *was, *target;
	bool there;

	/* In a home that is empty for a device it never saw anything. */
	if (!past || !dav_in_scope(&then->x->request->person, then->x->target.kind))
		return false;
	target = shown_then(past, then->x->arena, path, &was, &there);
	struct dav_person person = {
		.name = then->x->request->person.name, .admin = then->told.admin};
	if (!there || (was && !target))
		return false;
	if (was && !dav_share_is_for(&person, dav_path_owner(then->x->arena, path)))
		return false;
	return build(then, past, target ? target : path, was, &view) && (view.held & PRIV_READ);
}

/* --- items --- */

/* Facts of a version; what cannot be read was not shown. */
static bool facts_of(
	struct dav_then *then, enum dav_kind kind, const struct store_oid *oid, struct facts *facts)
{
	struct facts_fault fault;
	struct store_bytes bytes;

	*facts = (struct facts){0};
	if (kind == DAV_FILE)
		return true;
	if (store_read(then->x->server->store, oid, &bytes) != STORE_OK)
		return false;
	bool ok = cal_inspect(
		dav_kind_row(kind)->facts, bytes.data, bytes.size, then->scratch, facts, &fault);
	store_bytes_free(&bytes);
	return ok;
}

static bool saw_at(struct dav_then *then, uint64_t position, const struct dav_resource *collection,
	const struct dav_view *view, const struct store_item *item)
{
	enum dav_kind kind = dav_kind_row(collection->kind)->member;
	struct store_past *past = past_at(then, position);
	struct arena *arena = then->scratch;
	struct store_item was;
	struct store_meta meta;
	struct facts facts;

	arena_clear(arena);
	if (!past ||
		!store_past_item(past, arena, store_collection_path(collection->collection),
			item->name, &was, &meta) ||
		!facts_of(then, kind, &was.oid, &facts))
		return false;
	struct dav_acl own = dav_acl_read(arena, &meta);
	/* One that came after that is another's; who made the former one is not known any more, and may be who asks. */
	bool former = item->added >> STORE_INDEX_BITS > position;
	struct dav_resource r = {.item = item};
	bool made = former || dav_is_made(then->x, &r);
	return dav_view_member(view, kind, &facts, made, own.n ? &own : NULL).sight !=
		DAV_SEES_NOTHING;
}

bool dav_then_saw(struct dav_then *then, const struct dav_resource *collection,
	const struct dav_view *view, const struct store_item *item)
{
	uint64_t position = then->told.number >> STORE_INDEX_BITS,
		 base = then->told.base >> STORE_INDEX_BITS;

	if (saw_at(then, position, collection, view, item))
		return true;
	/* A report that was cut, maybe inside a commit, has told some of what was there before. */
	return then->told.base != then->told.number &&
		((position && saw_at(then, position - 1, collection, view, item)) ||
			(base != position && saw_at(then, base, collection, view, item)));
}
