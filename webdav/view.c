/* SPDX-License-Identifier: ISC */
/* Rights and sight of one person on one collection, now and then (view.h has the rules). */
#include "webdav/view.h"

#include "src/base/text.h"
#include "webdav/priv.h"
#include "webdav/resource.h"
#include "webdav/server.h"

#include <string.h>

#define READER (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_CURRENT_USER)
#define MAX_CHAIN (STORE_MAX_FOLDER_DEPTH + 4)

/* What was found out for the attempt at hand. */
struct dav_seeing {
	struct household *household;
	const char *id;
	struct seen {
		const char *path;
		bool shared;
		struct dav_view view;
		struct seen *next;
	} * seen; /* the one asked for last comes first */
};

void dav_seeing_begin(struct dav_exchange *x)
{
	x->seeing = arena_alloc(x->arena, sizeof(*x->seeing));
}

void dav_seeing_end(struct dav_exchange *x)
{
	if (x->seeing)
		household_free(x->seeing->household);
	x->seeing = NULL;
}

const struct household *dav_household(const struct dav_exchange *x)
{
	struct dav_seeing *seeing = x->seeing;

	if (!seeing->household)
		seeing->household = household_now(x->server->store, x->snapshot);
	return seeing->household;
}

const char *dav_person_id(const struct dav_exchange *x)
{
	const char *name = x->request->person.name;

	if (!x->seeing->id && name) {
		const struct household_principal *p = household_find(
			dav_household(x), arena_printf(x->arena, "users/%s", name));
		x->seeing->id = p ? p->id : "";
	}
	return name && *x->seeing->id ? x->seeing->id : NULL;
}

/* --- whose --- */

const char *dav_path_owner(struct arena *arena, const char *path)
{
	const char *slash = path ? strchr(path, '/') : NULL;

	if (!slash || text_starts(path, "principals"))
		return NULL;
	return arena_strndup(arena, slash + 1, strcspn(slash + 1, "/"));
}

const char *dav_owner(const struct dav_exchange *x, const struct dav_resource *r)
{
	return r->share ? dav_path_owner(x->arena, store_collection_path(r->collection))
			: r->path.owner;
}

/* Is the path in the home of this user? Without a copy: this is asked for each row. */
static bool is_own(const char *path, const char *user)
{
	const char *slash = strchr(path, '/');
	size_t len = user ? strlen(user) : 0;

	return slash && len && strncmp(slash + 1, user, len) == 0 &&
		(slash[1 + len] == '\0' || slash[1 + len] == '/');
}

/* --- a view --- */

/* The rights that no entry can change; false: the entries decide. */
static bool judge_standing(const struct dav_person *person, const char *path, struct dav_view *view)
{
	bool own = is_own(path, person->name);

	if (!own && !person->admin)
		return false;
	*view = (struct dav_view){
		.held = PRIV_ALL, .created = PRIV_ALL, .owner = own, .whole = true};
	return true;
}

static unsigned judge_as(const struct dav_view *view, const struct dav_acl *own, bool made)
{
	struct dav_judgement judgement = {0};
	struct dav_who who = view->who;

	who.creator = made;
	if (own)
		dav_acl_judge(&judgement, own, &who);
	for (size_t i = 0; i < view->n_chain; i++)
		dav_acl_judge(&judgement, &view->chain[i], &who);
	return judgement.granted | (view->given & ~judgement.denied);
}

/* Entries about the creator are good as long as the creator may add members: who cannot any more is not let in again by
 * what they added once. */
static unsigned judge(const struct dav_view *view, const struct dav_acl *own, bool made)
{
	bool adds = made && (judge_as(view, NULL, false) & PRIV_BIND);

	return judge_as(view, own, adds);
}

/* A share, or a link, of which only read-free-busy is held shows taken time: it can be listed, and not changed. */
static bool is_busy(unsigned held)
{
	return !(held & PRIV_READ) && (held & PRIV_READ_FREE_BUSY);
}

static void judge_view(struct dav_view *view, bool shared)
{
	view->held = judge(view, NULL, false);
	view->created = judge(view, NULL, true);
	view->busy = shared && is_busy(view->held);
	if (view->busy)
		view->held = view->created = READER;
}

/* Of a guest: a link gives what it says, on its own collection alone. */
static bool judge_guest(
	const struct dav_exchange *x, const struct store_collection *c, struct dav_view *view)
{
	const struct dav_guest *guest = x->request->guest;

	if (!guest || guest->by_acl)
		return false;
	bool here = c && text_equal(store_collection_path(c), guest->collection) &&
		text_equal(store_collection_meta(c)->id, guest->id);
	*view = (struct dav_view){.who.household = dav_household(x)};
	if (here)
		view->given = guest->busy ? PRIV_READ_FREE_BUSY : READER;
	judge_view(view, true);
	return true;
}

static void who_asks(const struct dav_exchange *x, const struct household *household,
	struct arena *arena, const char *path, struct dav_who *who)
{
	*who = (struct dav_who){
		.household = household,
		.user = x->request->person.name,
		.id = dav_person_id(x),
		.owner = dav_path_owner(arena, path),
	};
}

/* "calendars/anna" of "calendars/anna/home"; NULL above the homes. */
static char *above(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *first = strchr(path, '/');

	return slash && slash != first ? arena_strndup(arena, path, (size_t)(slash - path)) : NULL;
}

static void build_now(
	const struct dav_exchange *x, const char *path, bool shared, struct dav_view *view)
{
	struct dav_acl *chain = arena_array(x->arena, MAX_CHAIN, sizeof(*chain));
	const struct store_collection *c = store_collection(x->snapshot, path);

	if (judge_guest(x, c, view) || judge_standing(&x->request->person, path, view))
		return;
	*view = (struct dav_view){.chain = chain};
	for (const char *p = path; p && view->n_chain < MAX_CHAIN; p = above(x->arena, p)) {
		c = store_collection(x->snapshot, p);
		if (c && store_collection_meta(c)->n_aces)
			chain[view->n_chain++] = dav_acl_read(x->arena, store_collection_meta(c));
	}
	/* Also where no folder says anything: a member may have entries of its own. */
	who_asks(x, dav_household(x), x->arena, path, &view->who);
	/* What everybody may know is shown as a link would show it (/public/). */
	judge_view(view, shared || x->request->guest);
}

/* The collection that `r` is, or would be a member of; the nearest above that is there decides. */
static const char *path_of(const struct dav_resource *r)
{
	return r->collection ? store_collection_path(r->collection) : r->path.collection;
}

bool dav_share_is_for(const struct dav_person *person, const char *home_owner)
{
	return person->admin || text_equal(person->name, home_owner);
}

const struct dav_view *dav_view_now(const struct dav_exchange *x, const struct dav_resource *r)
{
	static const struct dav_view nothing = {.whole = true};
	const char *path = path_of(r);
	bool shared = r->share;

	/* The directory stands in no home: "principals/users" is nobody's, whoever is called so. */
	if ((shared && !dav_share_is_for(&x->request->person, r->path.owner)) ||
		(r->kind & DAV_ANY_DIRECTORY))
		return &nothing;
	for (struct seen **at = &x->seeing->seen; *at; at = &(*at)->next) {
		struct seen *seen = *at;
		if (seen->shared != shared || (seen->path != path && strcmp(seen->path, path) != 0))
			continue;
		*at = seen->next;
		seen->next = x->seeing->seen;
		x->seeing->seen = seen;
		return &seen->view;
	}
	struct seen *seen = arena_alloc(x->arena, sizeof(*seen));
	/* The node's own text lives as long as the snapshot, and is the same for all its members: rows compare pointers. */
	seen->path = r->collection ? path : arena_strdup(x->arena, path);
	seen->shared = shared;
	build_now(x, seen->path, shared, &seen->view);
	seen->next = x->seeing->seen;
	x->seeing->seen = seen;
	return &seen->view;
}

bool dav_view_then(const struct dav_exchange *x, struct arena *arena, struct store_past *past,
	const struct household *household, const char *path, bool shared, bool admin,
	struct dav_view *view)
{
	struct dav_person person = {.name = x->request->person.name, .admin = admin};
	struct dav_acl *chain = arena_array(arena, MAX_CHAIN, sizeof(*chain));
	struct store_meta meta;

	*view = (struct dav_view){.chain = chain};
	if (!store_past_collection(past, arena, path, &meta))
		return false;
	if (judge_standing(&person, path, view))
		return true;
	for (const char *p = path; p && view->n_chain < MAX_CHAIN; p = above(arena, p))
		if (store_past_collection(past, arena, p, &meta) && meta.n_aces)
			chain[view->n_chain++] = dav_acl_read(arena, &meta);
	who_asks(x, household, arena, path, &view->who);
	judge_view(view, shared);
	return true;
}

/* The principal who asks. */
static const struct store_item *myself(const struct dav_exchange *x)
{
	const struct store_collection *users = store_collection(x->snapshot, "principals/users");
	const char *name = x->request->person.name;

	return users && name ? store_item(users, name) : NULL;
}

uint64_t dav_view_number(const struct dav_exchange *x, const char *path)
{
	const struct store_collection *groups = store_collection(x->snapshot, "principals/groups");
	uint64_t number = groups ? store_collection_number(groups) : 0;
	const struct store_item *self = myself(x);

	if (self && self->added > number)
		number = self->added;
	for (const char *p = above(x->arena, path); p; p = above(x->arena, p)) {
		const struct store_collection *c = store_collection(x->snapshot, p);
		if (c && store_collection_props_number(c) > number)
			number = store_collection_props_number(c);
	}
	return number;
}

/* --- members --- */

enum role { ROLE_OWNER, ROLE_CREATOR, ROLE_READER, ROLE_BUSY, ROLE_NONE };

/* clang-format off */
#define BY_CLASS(public, confidential, private)                                                                \
	{[FACTS_PUBLIC] = DAV_SEES_##public, [FACTS_CONFIDENTIAL] = DAV_SEES_##confidential,                   \
		[FACTS_PRIVATE] = DAV_SEES_##private}
/* clang-format on */

/* view.h has the table in words. */
static const enum dav_sight sights[][3] = {
	[ROLE_OWNER] = BY_CLASS(ALL, ALL, ALL),
	[ROLE_CREATOR] = BY_CLASS(ALL, ALL, ALL),
	[ROLE_READER] = BY_CLASS(ALL, BUSY, NOTHING),
	[ROLE_BUSY] = BY_CLASS(BUSY, BUSY, NOTHING),
	[ROLE_NONE] = BY_CLASS(NOTHING, NOTHING, NOTHING),
};

/* `own`: the member has entries of its own, which may have made it more or less than taken time. */
static enum role role_of(const struct dav_view *view, unsigned held, bool made, bool own)
{
	if (view->owner)
		return ROLE_OWNER;
	if (view->busy && (!own || is_busy(held)))
		return ROLE_BUSY;
	if (!(held & PRIV_READ))
		return ROLE_NONE;
	return made ? ROLE_CREATOR : ROLE_READER;
}

static enum dav_sight sight_of(enum role role, enum dav_kind kind, const struct facts *facts)
{
	enum dav_sight sight = sights[role][kind == DAV_FILE ? FACTS_PUBLIC : facts->class];

	if (sight != DAV_SEES_BUSY)
		return sight;
	/* A card has no times; and of what takes no time nobody is busy. */
	if (kind == DAV_CARD || (role == ROLE_BUSY && (facts->flags & FACTS_FREE)))
		return DAV_SEES_NOTHING;
	return DAV_SEES_BUSY;
}

unsigned dav_view_judge(const struct dav_view *view, bool made, const struct dav_acl *own)
{
	if (own && !view->whole)
		return judge(view, own, made);
	return made ? view->created : view->held;
}

struct dav_looked dav_view_member(const struct dav_view *view, enum dav_kind kind,
	const struct facts *facts, bool made, const struct dav_acl *own)
{
	struct dav_looked looked = {.held = dav_view_judge(view, made, own)};

	enum role role = role_of(view, looked.held, made, own);
	looked.sight = sight_of(role, kind, facts);
	enum dav_sight most = looked.sight;
	if (role == ROLE_NONE)
		most = sight_of(made ? ROLE_CREATOR : ROLE_READER, kind, facts);
	looked.closed = most != DAV_SEES_ALL;
	if (most == DAV_SEES_NOTHING)
		looked.held = 0;
	else if (most == DAV_SEES_BUSY)
		looked.held &= READER;
	if (looked.sight == DAV_SEES_BUSY)
		looked.held |= PRIV_READ;
	return looked;
}
