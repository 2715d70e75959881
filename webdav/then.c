/* SPDX-License-Identifier: ISC */
/* Views and items at the commits that a sync-token names (then.h). */
#include "webdav/then.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/priv.h"
#include "webdav/server.h"

#include <string.h>

#define MOMENTS 3 /* of view, of the one before it, of base */

/* One commit: what it holds, who belonged to which group, and how the collection that was asked for last was seen. */
struct moment {
	uint64_t position;
	struct store_past *past;
	struct household *household;
	const struct store_collection *collection, *share;
	const struct dav_view *view; /* NULL: not at all */
	bool tried;
};

struct dav_then {
	struct dav_exchange *x;
	struct dav_told told;
	struct moment moments[MOMENTS];
	struct arena *scratch; /* of one item */
};

struct dav_then *dav_then_open(struct dav_exchange *x, const struct dav_told *told)
{
	struct dav_then *then = arena_alloc(x->arena, sizeof(*then));

	*then = (struct dav_then){.x = x, .told = *told, .scratch = arena_new()};
	return then;
}

void dav_then_close(struct dav_then *then)
{
	for (size_t i = 0; i < MOMENTS; i++) {
		store_past_close(then->moments[i].past);
		household_free(then->moments[i].household);
	}
	arena_free(then->scratch);
	*then = (struct dav_then){0};
}

/* NULL: it cannot be read. */
static struct moment *moment_at(struct dav_then *then, uint64_t position)
{
	struct moment *moment = then->moments;

	while (moment->tried && moment->position != position)
		moment++;
	if (!moment->tried) {
		moment->position = position;
		moment->tried = true;
		moment->past = store_past_open(then->x->server->store, then->x->snapshot, position);
		if (moment->past)
			moment->household = household_then(moment->past);
	}
	return moment->past ? moment : NULL;
}

static struct moment *moment_of_view(struct dav_then *then)
{
	return moment_at(then, then->told.view >> STORE_INDEX_BITS);
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

static bool build(struct dav_then *then, const struct moment *moment, const char *path, bool shared,
	struct dav_view *view)
{
	return dav_view_then(then->x, then->x->arena, moment->past, moment->household, path, shared,
		then->told.admin, view);
}

static enum dav_then_code view_of(struct dav_then *then, const struct moment *moment,
	const char *path, bool shared, const struct dav_view **view)
{
	struct dav_view *found = arena_alloc(then->x->arena, sizeof(*found));

	if (!build(then, moment, path, shared, found) || !(found->held & PRIV_READ))
		return THEN_NOTHING;
	*view = found;
	return THEN_OTHER;
}

static enum dav_then_code share_then(struct dav_then *then, const struct moment *moment,
	const struct dav_resource *r, const struct dav_view **view)
{
	const char *of = store_collection_meta(r->share)->share_of, *was;
	bool there;
	const char *path = shown_then(
		moment->past, then->x->arena, r->path.collection, &was, &there);

	if (!there)
		return THEN_NOTHING;
	if (!was || strncmp(was, of, strcspn(of, " ") + 1) != 0)
		return THEN_REPLACED;
	if (!path)
		return THEN_NOTHING;
	if (!text_equal(path, store_collection_path(r->collection)))
		return THEN_REPLACED; /* it was moved: what went before that is told elsewhere */
	return view_of(then, moment, path, true, view);
}

static enum dav_then_code view_at(struct dav_then *then, const struct moment *moment,
	const struct dav_resource *r, const struct dav_view **view)
{
	return r->share ? share_then(then, moment, r, view)
			: view_of(then, moment, store_collection_path(r->collection), false, view);
}

/* Was the user in all groups of `now` that they are in, as the groups were `then`? */
static bool in_groups_of(struct arena *arena, const struct household *now,
	const struct household *then, const char *user)
{
	const char *self = arena_printf(arena, "users/%s", user);
	const struct household_principal *was, *list;
	size_t n;

	list = household_list(now, &n);
	for (size_t i = 0; i < n; i++) {
		if (!household_contains(now, list[i].path, self))
			continue;
		was = household_find(then, list[i].path);
		if (!was || !text_equal(was->id, list[i].id) ||
			!household_contains(then, list[i].path, self))
			return false;
	}
	return true;
}

static bool same_entries(const struct dav_view *a, const struct dav_view *b)
{
	bool same = a->n_chain == b->n_chain;

	for (size_t i = 0; same && i < a->n_chain; i++) {
		same = a->chain[i].n == b->chain[i].n;
		for (size_t k = 0; same && k < a->chain[i].n; k++) {
			const struct dav_ace *left = &a->chain[i].aces[k],
					     *right = &b->chain[i].aces[k];
			same = left->who == right->who && left->deny == right->deny &&
				left->bits == right->bits && text_equal(left->name, right->name);
		}
	}
	return same;
}

/* Nothing that decides is different for this person: somebody else joined some group, say. */
static bool is_same(const struct dav_exchange *x, const struct moment *moment,
	const struct dav_view *was, const struct dav_view *now)
{
	const struct household *household = dav_household(x);
	const char *user = x->request->person.name;

	return was->held == now->held && was->created == now->created && was->whole == now->whole &&
		was->busy == now->busy && same_entries(was, now) &&
		in_groups_of(x->row_arena, household, moment->household, user) &&
		in_groups_of(x->row_arena, moment->household, household, user);
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
	const struct moment *moment = moment_of_view(then);
	if (!moment)
		return THEN_NOTHING;
	if (r->share || !now->owner) {
		enum dav_then_code code = view_at(then, moment, r, view);
		bool same = code == THEN_OTHER && is_same(x, moment, *view, now);
		return same ? THEN_SAME : code;
	}
	/* One's own, of which nothing is hidden; but a share may have had its name. */
	shown_then(moment->past, x->arena, store_collection_path(r->collection), &was, &there);
	return was ? THEN_REPLACED : THEN_SAME;
}

bool dav_then_saw_collection(struct dav_then *then, const char *path)
{
	const struct moment *moment = moment_of_view(then);
	struct dav_view view;
	const char *was, *target;
	bool there;

	/* In a home that is empty for a device it never saw anything. */
	if (!moment || !dav_in_scope(&then->x->request->person, then->x->target.kind))
		return false;
	target = shown_then(moment->past, then->x->arena, path, &was, &there);
	struct dav_person person = {
		.name = then->x->request->person.name, .admin = then->told.admin};
	if (!there || (was && !target))
		return false;
	if (was && !dav_share_is_for(&person, dav_path_owner(then->x->arena, path)))
		return false;
	return build(then, moment, target ? target : path, was, &view) && (view.held & PRIV_READ);
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

/* Did the view show the item as it was at that commit? */
static bool saw_at(struct dav_then *then, const struct moment *moment,
	const struct dav_resource *collection, const struct dav_view *view,
	const struct store_item *item)
{
	enum dav_kind kind = dav_kind_row(collection->kind)->member;
	struct arena *arena = then->scratch;
	struct store_item was;
	struct store_meta meta;
	struct facts facts;

	arena_clear(arena);
	if (!moment || !view ||
		!store_past_item(moment->past, arena, store_collection_path(collection->collection),
			item->name, &was, &meta) ||
		!facts_of(then, kind, &was.oid, &facts))
		return false;
	struct dav_acl own = dav_acl_read(arena, &meta);
	/* One that came after that is another's; who made the former one is not known any more, and may be who asks. */
	bool former = item->added >> STORE_INDEX_BITS > moment->position;
	struct dav_resource r = {.item = item};
	bool made = former || dav_is_made(then->x, &r);
	return dav_view_member(view, kind, &facts, made, own.n ? &own : NULL).sight !=
		DAV_SEES_NOTHING;
}

/* The same by the rights of that commit. */
static bool saw_then(struct dav_then *then, uint64_t position,
	const struct dav_resource *collection, const struct store_item *item)
{
	struct moment *moment = moment_at(then, position);

	if (!moment)
		return false;
	if (moment->collection != collection->collection || moment->share != collection->share) {
		const struct dav_view *view = NULL;
		bool seen = view_at(then, moment, collection, &view) == THEN_OTHER;
		moment->collection = collection->collection;
		moment->share = collection->share;
		moment->view = seen ? view : NULL;
	}
	return saw_at(then, moment, collection, moment->view, item);
}

/* Rights and item are always asked at the same commit: whoever writes numbers of their own into a token is told of nothing but
 * what they could see at one of those. */
bool dav_then_saw(struct dav_then *then, const struct dav_resource *collection,
	const struct dav_view *view, const struct store_item *item)
{
	uint64_t position = then->told.view >> STORE_INDEX_BITS,
		 base = then->told.base >> STORE_INDEX_BITS;

	if (saw_at(then, moment_of_view(then), collection, view, item))
		return true;
	/* A report that was cut has not told everything: the rest is as it was before. Pages that went past the commit of the first
	 * one may have ended inside a later one, and had told all up to that. */
	bool inside = then->told.view == then->told.number && position;
	return dav_told_cut(&then->told) &&
		((inside && saw_then(then, position - 1, collection, item)) ||
			(base != position && saw_then(then, base, collection, item)));
}
