/* SPDX-License-Identifier: ISC */
/* Views and items at the commits that a sync-token names (then.h). */
#include "webdav/then.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/priv.h"
#include "webdav/server.h"

#include <string.h>

#define MOMENTS (DAV_TOLD_SEEN + 1) /* those of told.seen and told.view */

/* One commit that the token names. */
struct moment {
	bool tried;
	uint64_t position;
	struct store_past *past;     /* NULL: it cannot be read */
	struct household *household; /* made when it is asked for */
	struct seen {                /* collections that were asked about */
		const char *path;
		enum dav_then_code code;
		const struct dav_view *view;
		struct seen *next;
	} * seen;
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

/* The commit of a number of the token. */
static struct moment *moment_at(struct dav_then *then, uint64_t number)
{
	uint64_t position = number >> STORE_INDEX_BITS;
	size_t i = 0;

	while (then->moments[i].tried && then->moments[i].position != position)
		i++;
	struct moment *moment = &then->moments[i];
	if (!moment->tried)
		*moment = (struct moment){true, position,
			store_past_open(then->x->server->store, then->x->snapshot, position), NULL,
			NULL};
	return moment;
}

static struct household *household_at(struct moment *moment)
{
	if (!moment->household)
		moment->household = household_then(moment->past);
	return moment->household;
}

/* --- collections --- */

/* The id of whoever asks as it was then: an account of that name may have been another one. */
static const char *person_at(struct dav_then *then, struct moment *moment)
{
	const struct dav_exchange *x = then->x;
	const char *name = x->request->person.name;
	const struct store_collection *users = store_collection(x->snapshot, "principals/users");
	const struct store_item *user = users && name ? store_item(users, name) : NULL;

	if (!user || !moment->past || user->added >> STORE_INDEX_BITS <= moment->position)
		return dav_person_id(x);
	const struct household_principal *p = household_find(
		household_at(moment), arena_printf(then->scratch, "users/%s", name));
	return p ? p->id : NULL;
}

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

static bool same_role(const struct dav_then *then)
{
	return then->told.admin == then->x->request->person.admin;
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
	size_t len = strcspn(meta.share_of, " ");
	const char *at = meta.share_of + len + (meta.share_of[len] == ' ');
	if (store_past_collection(past, arena, at, &target) && target.id &&
		strlen(target.id) == len && memcmp(target.id, meta.share_of, len) == 0)
		return at;
	/* It had been moved by then. */
	const char *top = arena_strndup(arena, path, strcspn(path, "/"));
	return store_past_find(past, arena, top, meta.share_of, len);
}

static bool build(struct dav_then *then, struct moment *moment, const char *path, bool shared,
	struct dav_view *view)
{
	return dav_view_then(then->x, then->x->arena, moment->past, household_at(moment), path,
		shared, then->told.admin, view);
}

static enum dav_then_code view_of(struct dav_then *then, struct moment *moment, const char *path,
	bool shared, const struct dav_view **view)
{
	struct dav_view *found = arena_alloc(then->x->arena, sizeof(*found));

	if (!build(then, moment, path, shared, found) || !(found->held & PRIV_READ))
		return THEN_NOTHING;
	*view = found;
	return THEN_OTHER;
}

static enum dav_then_code share_then(struct dav_then *then, struct moment *moment,
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

/* One's own, of which nothing is hidden; but a share may have had its name. */
static enum dav_then_code own_then(
	struct dav_then *then, struct moment *moment, const struct dav_resource *r)
{
	const char *was;
	bool there;

	shown_then(
		moment->past, then->x->arena, store_collection_path(r->collection), &was, &there);
	return was ? THEN_REPLACED : THEN_SAME;
}

static enum dav_then_code find_view(struct dav_then *then, struct moment *moment,
	const struct dav_resource *r, const struct dav_view **view)
{
	if (!moment->past)
		return THEN_NOTHING;
	if (r->share)
		return share_then(then, moment, r, view);
	if ((*view)->owner)
		return own_then(then, moment, r);
	return view_of(then, moment, store_collection_path(r->collection), false, view);
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
static bool is_same(struct dav_then *then, struct moment *moment, const struct dav_view *was,
	const struct dav_view *now)
{
	const struct dav_exchange *x = then->x;
	const struct household *household = dav_household(x);
	const char *user = x->request->person.name;

	return was->held == now->held && was->created == now->created && was->whole == now->whole &&
		was->busy == now->busy && same_entries(was, now) &&
		text_equal(person_at(then, moment), dav_person_id(x)) &&
		in_groups_of(x->arena, household, household_at(moment), user) &&
		in_groups_of(x->arena, household_at(moment), household, user);
}

/* How the collection was seen at a number of the token; *view is what it is now, and becomes what it was. */
static enum dav_then_code view_at(struct dav_then *then, uint64_t number,
	const struct dav_resource *r, const struct dav_view **view)
{
	bool own = !r->share && (*view)->owner;
	uint64_t since = own ? store_collection_props_number(r->collection) : decided(then->x, r);

	if (since <= number && (own || same_role(then)))
		return THEN_SAME;
	struct moment *moment = moment_at(then, number);
	struct seen *seen = moment->seen;
	while (seen && strcmp(seen->path, r->path.collection) != 0)
		seen = seen->next;
	if (!seen) {
		seen = arena_alloc(then->x->arena, sizeof(*seen));
		*seen = (struct seen){r->path.collection, THEN_NOTHING, *view, moment->seen};
		seen->code = find_view(then, moment, r, &seen->view);
		if (seen->code == THEN_OTHER && is_same(then, moment, seen->view, *view))
			seen->code = THEN_SAME;
		moment->seen = seen;
	}
	*view = seen->view;
	return seen->code;
}

enum dav_then_code dav_then_view(
	struct dav_then *then, const struct dav_resource *r, const struct dav_view **view)
{
	*view = dav_view_now(then->x, r);
	return view_at(then, then->told.view, r, view);
}

bool dav_then_as_now(struct dav_then *then, const struct dav_resource *r, uint64_t number)
{
	/* Since when somebody is an admin is not in the history. */
	return !then->told.admin && !then->x->request->person.admin &&
		decided(then->x, r) >> STORE_INDEX_BITS < number >> STORE_INDEX_BITS;
}

static bool saw_collection_at(struct dav_then *then, uint64_t number, const char *path)
{
	struct moment *moment = moment_at(then, number);
	struct dav_view view;
	const char *was, *target;
	bool there;

	/* In a home that is empty for a device it never saw anything. */
	if (!moment->past || !dav_in_scope(&then->x->request->person, then->x->target.kind))
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

bool dav_then_saw_collection(struct dav_then *then, const char *path)
{
	return saw_collection_at(then, then->told.view, path);
}

bool dav_then_knew_collection(struct dav_then *then, const char *path)
{
	for (size_t i = 0; i < then->told.n_seen; i++)
		if (saw_collection_at(then, then->told.seen[i], path))
			return true;
	return false;
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

bool dav_then_made(struct dav_then *then, const struct store_item *item)
{
	const char *id = person_at(then, moment_at(then, then->told.view));

	return id && text_equal(item->creator, id);
}

static bool saw_at(struct dav_then *then, uint64_t number, const struct dav_resource *collection,
	const struct dav_view *view, const struct store_item *item)
{
	enum dav_kind kind = dav_kind_row(collection->kind)->member;
	struct moment *moment = moment_at(then, number);
	struct arena *arena = then->scratch;
	struct store_item was;
	struct store_meta meta;
	struct facts facts;

	arena_clear(arena);
	if (!moment->past ||
		!store_past_item(moment->past, arena, store_collection_path(collection->collection),
			item->name, &was, &meta) ||
		!facts_of(then, kind, &was.oid, &facts))
		return false;
	struct dav_acl own = dav_acl_read(arena, &meta);
	const char *id = person_at(then, moment);
	/* Of a former item of that name it is only known who ever made one. */
	bool former = item->added >> STORE_INDEX_BITS > moment->position;
	bool made = id && (former ? store_item_made(item, id) : text_equal(item->creator, id));
	return dav_view_member(view, kind, &facts, made, own.n ? &own : NULL).sight !=
		DAV_SEES_NOTHING;
}

bool dav_then_saw(
	struct dav_then *then, const struct dav_resource *collection, const struct store_item *item)
{
	for (size_t i = 0; i < then->told.n_seen; i++) {
		uint64_t number = then->told.seen[i];
		const struct dav_view *view = dav_view_now(then->x, collection);
		enum dav_then_code code = number ? view_at(then, number, collection, &view)
						 : THEN_NOTHING;
		if ((code == THEN_SAME || code == THEN_OTHER) &&
			saw_at(then, number, collection, view, item))
			return true;
	}
	return false;
}
