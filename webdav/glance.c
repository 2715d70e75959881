/* SPDX-License-Identifier: ISC */
/*
 * Glances (dav.h): an exchange without a request stands behind each, so that rights and sight come from where all others get
 * them (view.c, priv.c). What a version shows is found as then.c finds it for sync-tokens, but with the doubt on the other
 * side: what is not known is not told.
 */
#include "webdav/server.h"

#include "ical/cal.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "webdav/priv.h"
#include "webdav/share.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <string.h>

#define PASTS                                                                                      \
	3 /* commits that stay open: a log goes back one by one, and looks at the one before */

/* A commit that was looked at, and who belonged to the household then. */
struct past {
	uint64_t position, used;
	struct store_past *past;
	struct household *household;
	struct arena *arena;
	bool open;
};

/* A collection that was asked for. */
struct place {
	const char *path;
	struct dav_resource r;
	uint64_t decided;   /* position of the last change of what decides how it is seen */
	bool readable;      /* now */
	struct map *gone;   /* tombstones by name, once they were asked for */
	struct place *next; /* the latest one first */
};

struct dav_glance {
	struct dav_exchange x;
	struct dav_request request;
	struct past pasts[PASTS];
	struct place *places;
	uint64_t clock;
	bool keeper;
};

struct dav_glance *dav_glance_open(
	struct dav_server *server, struct store_snapshot *snapshot, const struct dav_person *person)
{
	struct arena *arena = arena_new();
	struct dav_glance *glance = arena_alloc(arena, sizeof(*glance));

	glance->keeper = !person;
	if (person)
		glance->request.person = *person;
	glance->x = (struct dav_exchange){
		.server = server,
		.request = &glance->request,
		.arena = arena,
		.row_arena = arena_new(),
		.snapshot = snapshot,
	};
	dav_seeing_begin(&glance->x);
	return glance;
}

static void close_past(struct past *past)
{
	household_free(past->household);
	store_past_close(past->past);
	arena_free(past->arena);
	*past = (struct past){0};
}

void dav_glance_close(struct dav_glance *glance)
{
	for (size_t i = 0; i < PASTS; i++)
		close_past(&glance->pasts[i]);
	for (struct place *place = glance->places; place; place = place->next)
		map_free(place->gone, NULL);
	dav_seeing_end(&glance->x);
	arena_free(glance->x.row_arena);
	arena_free(glance->x.arena);
}

/* --- collections --- */

static const struct {
	const char *top;
	enum dav_kind home, nested;
} tops[] = {
	{"calendars/", DAV_CALENDAR_HOME, DAV_CALENDAR},
	{"addressbooks/", DAV_ADDRESSBOOK_HOME, DAV_ADDRESSBOOK},
	{"files/", DAV_FOLDER, DAV_FOLDER},
};

static enum dav_kind kind_of(const char *path)
{
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++)
		if (text_starts(path, tops[i].top))
			return strchr(path, '/') == strrchr(path, '/') ? tops[i].home
								       : tops[i].nested;
	return DAV_KIND_NONE;
}

/* As it stands in its owner's home; with the share that the person has of it, who may see it so alone. */
static struct dav_resource resource_of(struct dav_exchange *x, const char *path, enum dav_kind kind)
{
	const struct store_collection *c = store_collection(x->snapshot, path);
	const struct store_meta *meta = c ? store_collection_meta(c) : NULL;
	const char *user = x->request->person.name;
	struct dav_resource r = {.kind = kind, .exists = c, .collection = c};

	if (meta && meta->id && !meta->share_of && user && kind & (DAV_CALENDAR | DAV_ADDRESSBOOK))
		r.share = dav_share_of(x->snapshot, user, path, meta->id);
	r.path = (struct dav_path){
		.kind = kind,
		.collection = r.share ? store_collection_path(r.share) : path,
		.slash = true,
	};
	r.path.owner = dav_path_owner(x->arena, r.path.collection);
	return r;
}

/* The number of the last change of how it is seen (then.c). */
static uint64_t decided(const struct dav_exchange *x, const struct store_collection *c)
{
	uint64_t own = store_collection_props_number(c),
		 above = dav_view_number(x, store_collection_path(c));

	return (own > above ? own : above) >> STORE_INDEX_BITS;
}

/* NULL: what has no members of anybody's. */
static struct place *place_of(struct dav_glance *glance, const char *path)
{
	struct dav_exchange *x = &glance->x;
	enum dav_kind kind = kind_of(path);
	struct place *place = glance->places;

	if (!kind)
		return NULL;
	while (place && strcmp(place->path, path) != 0)
		place = place->next;
	if (place)
		return place;
	place = arena_alloc(x->arena, sizeof(*place));
	place->path = arena_strdup(x->arena, path);
	place->r = resource_of(x, place->path, kind);
	place->readable = glance->keeper || (dav_granted(x, &place->r) & PRIV_READ);
	if (place->r.collection)
		place->decided = decided(x, place->r.collection);
	place->next = glance->places;
	glance->places = place;
	return place;
}

/* --- then --- */

/* NULL: it cannot be read. */
static struct past *past_at(struct dav_glance *glance, uint64_t position)
{
	struct past *past = &glance->pasts[0];

	for (size_t i = 0; i < PASTS; i++) {
		if (glance->pasts[i].open && glance->pasts[i].position == position) {
			past = &glance->pasts[i];
			break;
		}
		if (glance->pasts[i].used < past->used)
			past = &glance->pasts[i];
	}
	if (!past->open || past->position != position) {
		close_past(past);
		*past = (struct past){.position = position, .open = true, .arena = arena_new()};
		past->past = store_past_open(glance->x.server->store, glance->x.snapshot, position);
	}
	past->used = ++glance->clock;
	return past->past ? past : NULL;
}

/* Was the person in the household already? Somebody else may have had the name. */
static bool belonged(struct dav_glance *glance, struct past *past)
{
	const char *id = dav_person_id(&glance->x);

	if (!past->household)
		past->household = household_then(past->past);
	const struct household_principal *p = household_find(past->household,
		arena_printf(past->arena, "users/%s", glance->request.person.name));
	return id && p && text_equal(p->id, id);
}

/* How the collection was seen; false: not at all. */
static bool view_at(struct dav_glance *glance, const struct place *place, uint64_t position,
	struct dav_view *view)
{
	struct dav_exchange *x = &glance->x;
	const struct dav_view *now = dav_view_now(x, &place->r);

	*view = *now;
	if (now->whole || (place->r.collection && place->decided <= position))
		return true;
	struct past *past = past_at(glance, position);
	return past && place->r.collection && belonged(glance, past) &&
		dav_view_then(x, past->arena, past->past, past->household, place->path,
			place->r.share, false, view) &&
		(view->held & PRIV_READ);
}

/* Facts of a version; false: it cannot be read. */
static bool facts_of(struct dav_glance *glance, enum dav_kind kind, const struct store_oid *oid,
	struct arena *arena, struct facts *facts)
{
	struct facts_fault fault;
	struct store_bytes bytes;

	*facts = (struct facts){0};
	if (kind == DAV_FILE)
		return true;
	if (store_read(glance->x.server->store, oid, &bytes) != STORE_OK)
		return false;
	bool ok = cal_inspect(
		dav_kind_row(kind)->facts, bytes.data, bytes.size, arena, facts, &fault);
	store_bytes_free(&bytes);
	return ok;
}

/* --- items --- */

/* The item of this name, or what is left of the last one that had it; NULL: there never was one. */
static const struct store_item *item_of(struct place *place, const char *name)
{
	const struct store_collection *c = place->r.collection;
	const struct store_item *item = c ? store_item(c, name) : NULL;
	size_t position = 0;

	if (item || !c)
		return item;
	if (!place->gone) {
		place->gone = map_new();
		while ((item = store_change_next(c, 0, &position)))
			if (item->gone)
				map_set(place->gone, item->name, (void *)item);
	}
	return map_get(place->gone, name);
}

/* What was removed: as its last version would be seen, with the entries that it had. */
static enum dav_sight last_sight(
	struct dav_glance *glance, const struct place *place, const struct store_item *item)
{
	struct dav_exchange *x = &glance->x;
	struct dav_resource r = dav_member(&place->r, item);
	const struct dav_view *view = dav_view_now(x, &place->r);
	struct dav_acl own = {0};
	struct store_item was;
	struct store_meta meta;

	if (item->has_meta && !view->whole) {
		struct past *past = past_at(glance, (item->number >> STORE_INDEX_BITS) - 1);
		if (!past ||
			!store_past_item(
				past->past, x->row_arena, place->path, item->name, &was, &meta))
			return DAV_SEES_NOTHING;
		own = dav_acl_read(x->row_arena, &meta);
	}
	return dav_view_member(view, r.kind, &item->facts, dav_is_made(x, &r), own.n ? &own : NULL)
		.sight;
}

static enum dav_sight sight_now(
	struct dav_glance *glance, struct place *place, const struct store_item *item)
{
	struct dav_exchange *x = &glance->x;

	if (!place->readable)
		return DAV_SEES_NOTHING;
	/* A collection that is gone: nobody is left who could say otherwise than each version does. */
	if (!item)
		return dav_view_now(x, &place->r)->whole ? DAV_SEES_ALL : DAV_SEES_NOTHING;
	if (item->gone)
		return last_sight(glance, place, item);
	struct dav_resource r = dav_member(&place->r, item);
	return dav_sight(x, &r);
}

/* A version as it was found. */
struct found {
	struct store_oid oid;
	struct dav_acl own;
	struct facts facts;
};

/* With its entries, where they are `asked` for; false: it was not there, or cannot be read. */
static bool find_version(struct dav_glance *glance, const struct place *place,
	const struct dav_version *version, bool asked, struct arena *arena, struct found *found)
{
	struct store_item was;
	struct store_meta meta;

	*found = (struct found){.oid = version->oid};
	if (asked || store_oid_is_zero(&version->oid)) {
		struct past *past = past_at(glance, version->position);
		if (!past ||
			!store_past_item(past->past, glance->x.row_arena, version->collection,
				version->name, &was, &meta))
			return false;
		if (store_oid_is_zero(&version->oid))
			found->oid = was.oid;
		else if (!store_oid_equal(&found->oid, &was.oid))
			return false;
		found->own = dav_acl_read(glance->x.row_arena, &meta);
	}
	return facts_of(
		glance, dav_kind_row(place->r.kind)->member, &found->oid, arena, &found->facts);
}

static enum dav_sight sight_then(struct dav_glance *glance, const struct place *place,
	const struct store_item *item, uint64_t position, const struct found *found)
{
	/* An earlier one of the name: who made it is not known any more. */
	bool same = item && item->added >> STORE_INDEX_BITS <= position;
	struct dav_resource r = {.item = item};
	struct dav_view view;

	if (!view_at(glance, place, position, &view))
		return DAV_SEES_NOTHING;
	return dav_view_member(&view, dav_kind_row(place->r.kind)->member, &found->facts,
		same && dav_is_made(&glance->x, &r), found->own.n ? &found->own : NULL)
		.sight;
}

/* Of somebody else's. */
static enum dav_sight sight_of(struct dav_glance *glance, struct place *place,
	const struct dav_version *version, struct arena *arena, struct found *found)
{
	const struct store_item *item = item_of(place, version->name);
	enum dav_sight now = sight_now(glance, place, item), then;

	if (now == DAV_SEES_NOTHING ||
		!find_version(glance, place, version, !dav_view_now(&glance->x, &place->r)->whole,
			arena, found))
		return DAV_SEES_NOTHING;
	then = sight_then(glance, place, item, version->position, found);
	return then < now ? then : now;
}

enum dav_sight dav_glance_item(struct dav_glance *glance, const struct dav_version *version,
	struct arena *arena, const char **summary)
{
	struct place *place = place_of(glance, version->collection);
	enum dav_sight sight = DAV_SEES_ALL;
	struct found found = {0};

	if (summary)
		*summary = NULL;
	if (!place || !dav_kind_row(place->r.kind)->member)
		return glance->keeper ? DAV_SEES_ALL : DAV_SEES_NOTHING;
	arena_clear(glance->x.row_arena);
	arena = summary ? arena : glance->x.row_arena;
	if (!glance->keeper && !dav_view_now(&glance->x, &place->r)->owner)
		sight = sight_of(glance, place, version, arena, &found);
	else if (summary)
		find_version(glance, place, version, false, arena, &found);
	if (summary && sight == DAV_SEES_ALL)
		*summary = found.facts.summary;
	return sight;
}

/* --- what else is asked --- */

bool dav_glance_collection(struct dav_glance *glance, const char *path, uint64_t position)
{
	const struct place *place = place_of(glance, path);
	struct dav_view view;

	if (glance->keeper || !place)
		return glance->keeper;
	return place->readable && view_at(glance, place, position, &view) && !view.busy &&
		!dav_view_now(&glance->x, &place->r)->busy;
}

/* Whoever is not the owner may not see all of them, and of the hidden nothing is counted. */
bool dav_glance_count(struct dav_glance *glance, const char *path, uint64_t position, size_t *count)
{
	const struct place *place = place_of(glance, path);

	if (!place || !(glance->keeper || dav_view_now(&glance->x, &place->r)->owner))
		return false;
	const struct past *past = past_at(glance, position);
	if (!past)
		return false;
	*count = store_past_count(past->past, path);
	return true;
}

bool dav_glance_may_put(struct dav_glance *glance, const char *path, const char *name)
{
	const struct place *place = place_of(glance, path);
	const struct dav_exchange *x = &glance->x;

	if (!place || !place->r.collection)
		return false;
	arena_clear(glance->x.row_arena);
	const struct store_item *item = name ? store_item(place->r.collection, name) : NULL;
	if (!item)
		return glance->keeper || (dav_granted(x, &place->r) & PRIV_BIND);
	struct dav_resource r = dav_member(&place->r, item);
	return glance->keeper || (dav_privileges(x, &r) & PRIV_WRITE_CONTENT);
}

char *dav_glance_title(struct dav_glance *glance, const char *path, struct arena *arena)
{
	const struct place *place = place_of(glance, path);
	const char *last = strrchr(path, '/'), *xml = NULL;

	if (place && place->readable && place->r.collection) {
		struct dav_resource r = place->r;
		if (store_collection_meta(r.collection)->share_of) {
			r.share = r.collection;
			r.collection = dav_share_target(glance->x.snapshot, r.share);
		}
		xml = store_meta_prop(dav_meta(&glance->x, &r, arena), "{" NS_DAV "}displayname");
	}
	char *text = xml ? xml_canonical_text(arena, xml) : NULL;
	return text && *text ? text : dav_url_name(arena, last ? last + 1 : path);
}
