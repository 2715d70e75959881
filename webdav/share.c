/* SPDX-License-Identifier: ISC */
/* What a share shows, and which shares come and go with a change (share.h). */
#include "webdav/share.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/acl.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAX_NAMES 10000

/* The homes that hold what can be shared so. */
static const struct {
	const char *top;
	enum facts_kind kind;
} tops[] = {
	{"calendars", FACTS_CALENDAR},
	{"addressbooks", FACTS_ADDRESSBOOK},
};

/* --- targets --- */

static bool is_target(const struct store_collection *c, const char *id, size_t len)
{
	const struct store_meta *meta = c ? store_collection_meta(c) : NULL;

	return meta && !meta->share_of && strlen(meta->id) == len && memcmp(meta->id, id, len) == 0;
}

/* It was moved: it has its id still. All homes of the kind are looked at; that is rare. */
static const struct store_collection *search(
	const struct store_snapshot *snapshot, const char *top, const char *id, size_t len)
{
	const struct store_collection *homes = store_collection(snapshot, top), *home, *c;

	for (size_t i = 0; homes && (home = store_child(homes, i)); i++)
		for (size_t k = 0; (c = store_child(home, k)); k++)
			if (is_target(c, id, len))
				return c;
	return NULL;
}

static const char *top_of(const char *path)
{
	for (size_t i = 0; i < COUNT(tops); i++)
		if (text_starts(path, tops[i].top) && path[strlen(tops[i].top)] == '/')
			return tops[i].top;
	return NULL;
}

const struct store_collection *dav_share_target(
	const struct store_snapshot *snapshot, const struct store_collection *share)
{
	const char *of = store_collection_meta(share)->share_of;
	const char *path = of ? strchr(of, ' ') : NULL;
	const char *top = top_of(store_collection_path(share));

	if (!path || !top)
		return NULL;
	size_t len = (size_t)(path++ - of);
	const struct store_collection *c = top_of(path) == top ? store_collection(snapshot, path)
							       : NULL;
	/* A home has an id, too. */
	bool nested = strchr(path, '/') != strrchr(path, '/');
	return nested && is_target(c, of, len) ? c : search(snapshot, top, of, len);
}

const struct store_collection *dav_share_of(
	const struct store_snapshot *snapshot, const char *user, const char *path, const char *id)
{
	const char *top = top_of(path);
	struct arena *arena = arena_new();
	const struct store_collection *c,
		*home = top ? store_collection(snapshot, arena_printf(arena, "%s/%s", top, user))
			    : NULL;
	const struct store_collection *found = NULL;

	for (size_t i = 0; home && !found && (c = store_child(home, i)); i++) {
		const char *of = store_collection_meta(c)->share_of;
		if (of && text_starts(of, id) && of[strlen(id)] == ' ')
			found = c;
	}
	arena_free(arena);
	return found;
}

/* --- who holds something by name --- */

unsigned dav_shown_by(const char *path)
{
	return text_starts(path, "addressbooks/") ? PRIV_READ : PRIV_READ | PRIV_READ_FREE_BUSY;
}

/* One side of a settling: people and rights. */
struct state {
	const struct household *household;
	const struct dav_settling *settling;
	bool after;
};

/* The properties of a path on this side; NULL: it is not there. */
static const struct store_meta *meta_at(const struct state *state, const char *path)
{
	const struct dav_settling *s = state->settling;
	const struct store_collection *c;

	if (state->after && s->path && text_equal(s->path, path))
		return s->meta;
	c = store_collection(!state->after && s->was ? s->was : s->snapshot, path);
	return c ? store_collection_meta(c) : NULL;
}

static bool names(const struct dav_acl *acl, const struct dav_who *who)
{
	for (size_t i = 0; i < acl->n; i++)
		if (acl->aces[i].who == ACE_PRINCIPAL && !acl->aces[i].deny &&
			dav_ace_matches(&acl->aces[i], who))
			return true;
	return false;
}

/* A collection that is, was or will be shared. */
struct target {
	size_t top;
	const char *owner, *home, *path, *name, *id;
};

/* Does somebody named by an entry hold enough for a share of the collection? One of another id is another one. */
static bool holds(const struct state *state, const char *user, const struct target *target)
{
	const struct store_meta *own = meta_at(state, target->path),
				*above = meta_at(state, target->home);
	struct arena *arena = state->settling->arena;
	struct dav_judgement judgement = {0};
	struct dav_who who = {.household = state->household, .user = user};
	bool named = false;

	if (!own || own->share_of || !text_equal(own->id, target->id) ||
		!household_find(state->household, arena_printf(arena, "users/%s", user)))
		return false;
	for (int i = 0; i < 2; i++) {
		const struct store_meta *meta = i ? above : own;
		if (!meta || !meta->n_aces)
			continue;
		struct dav_acl acl = dav_acl_read(arena, meta);
		dav_acl_judge(&judgement, &acl, &who);
		named |= names(&acl, &who);
	}
	return named && (judgement.granted & dav_shown_by(target->path));
}

/* --- the changes --- */

static struct store_change *append(struct dav_settling *s)
{
	s->changes = arena_grow(
		s->arena, s->changes, &s->cap_changes, s->n_changes + 1, sizeof(*s->changes));
	struct store_change *change = &s->changes[s->n_changes++];
	*change = (struct store_change){.slot = STORE_SELF};
	return change;
}

static bool is_taken(const struct dav_settling *s, const char *path)
{
	for (size_t i = 0; i < s->n_changes; i++)
		if (text_equal(s->changes[i].collection, path) && !s->changes[i].remove)
			return true;
	return store_collection(s->snapshot, path) || (s->path && text_equal(s->path, path));
}

/* "anna-home", then "anna-home-2" …: the owner's name first, so that what is shared stands together. */
static char *free_name(const struct dav_settling *s, const char *top, const char *user,
	const char *owner, const char *name)
{
	size_t room = STORE_MAX_NAME - 10 - strlen(owner);
	int cut = (int)(strlen(name) < room ? strlen(name) : room);

	/* Not inside a character: UTF-8 goes on with 10xxxxxx; nor inside a %XX. */
	while (name[cut] && cut &&
		((name[cut] & 0xc0) == 0x80 || name[cut - 1] == '%' ||
			(cut > 1 && name[cut - 2] == '%')))
		cut--;
	char *path = arena_printf(s->arena, "%s/%s/%s-%.*s", top, user, owner, cut, name);
	for (int i = 2; is_taken(s, path) && i < MAX_NAMES; i++)
		path = arena_printf(s->arena, "%s/%s/%s-%.*s-%d", top, user, owner, cut, name, i);
	return path;
}

static void add_home(struct dav_settling *s, const char *top, const char *user)
{
	char *path = arena_printf(s->arena, "%s/%s", top, user), *id = arena_alloc(s->arena, 37);
	struct store_meta meta = {.id = id, .kind = FACTS_HOME, .created = clock_now()};

	if (is_taken(s, path))
		return;
	text_uuid(id);
	struct store_change *change = append(s);
	change->collection = path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(s->arena, &meta, &change->len);
}

static void add_share(struct dav_settling *s, const struct target *target, const char *user)
{
	char *id = arena_alloc(s->arena, 37);
	struct store_meta meta = {
		.id = id,
		.kind = tops[target->top].kind,
		.created = clock_now(),
		.share_of = arena_printf(s->arena, "%s %s", target->id, target->path),
	};

	text_uuid(id);
	add_home(s, tops[target->top].top, user);
	char *path = free_name(s, tops[target->top].top, user, target->owner, target->name);
	struct store_change *change = append(s);
	change->collection = path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(s->arena, &meta, &change->len);
}

static void remove_share(struct dav_settling *s, const struct store_collection *share)
{
	struct store_change *change = append(s);

	change->collection = arena_strdup(s->arena, store_collection_path(share));
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = arena_strdup(s->arena, store_collection_meta(share)->id);
}

static void settle_one(struct dav_settling *s, const struct target *target, const char *user)
{
	const struct state before = {s->before, s, false}, after = {s->after, s, true};
	bool had = holds(&before, user, target), has = holds(&after, user, target),
	     again = s->again && household_is(s->after, s->again, user);

	if (had == has && !(has && again))
		return;
	const struct store_collection *share = dav_share_of(
		s->snapshot, user, target->path, target->id);
	if (has && !share)
		add_share(s, target, user);
	else if (!has && share)
		remove_share(s, share);
}

/* Somebody who is not in the household any more: the home goes as a whole. */
static bool stays(const struct dav_settling *s, const struct household_principal *p)
{
	return !p->group && household_find(s->after, p->path);
}

static void settle_collection(struct dav_settling *s, const struct target *target)
{
	const struct household_principal *list;
	size_t n;

	list = household_list(s->before, &n);
	for (size_t i = 0; i < n; i++)
		if (stays(s, &list[i]) && !text_equal(list[i].name, target->owner))
			settle_one(s, target, list[i].name);
	/* New ones. */
	list = household_list(s->after, &n);
	for (size_t i = 0; i < n; i++)
		if (!list[i].group && !text_equal(list[i].name, target->owner) &&
			!household_find(s->before, list[i].path))
			settle_one(s, target, list[i].name);
}

/* Does the change at hand put a collection where there was none, or another one? */
static bool comes(const struct dav_settling *s)
{
	const struct store_collection *c = s->path ? store_collection(s->snapshot, s->path) : NULL;

	return s->path && s->meta && (!c || !text_equal(store_collection_meta(c)->id, s->meta->id));
}

/* Can the change at hand touch the rights on this collection? */
static bool concerns(const struct dav_settling *s, const char *home, const char *path)
{
	if (!s->path)
		return true;
	return text_equal(s->path, path) || text_equal(s->path, home);
}

static bool has_entries(const struct dav_settling *s, const char *path)
{
	const struct state before = {s->before, s, false}, after = {s->after, s, true};
	const struct store_meta *was = meta_at(&before, path), *is = meta_at(&after, path);

	return (was && was->n_aces) || (is && is->n_aces);
}

static void settle_home(struct dav_settling *s, size_t top, const struct store_collection *home)
{
	struct target target = {.top = top,
		.owner = store_collection_name(home),
		.home = store_collection_path(home)};
	const struct store_collection *c;
	bool inherited = has_entries(s, target.home);

	for (size_t i = 0; (c = store_child(home, i)); i++) {
		target.path = store_collection_path(c);
		target.name = store_collection_name(c);
		target.id = store_collection_meta(c)->id;
		if (!store_collection_meta(c)->share_of && concerns(s, target.home, target.path) &&
			(inherited || has_entries(s, target.path)))
			settle_collection(s, &target);
	}
	/* One that comes. */
	if (comes(s)) {
		target.path = s->path;
		target.name = strrchr(s->path, '/') + 1;
		target.id = s->meta->id;
		settle_collection(s, &target);
	}
}

void dav_shares_settle(struct dav_settling *s)
{
	const struct store_collection *homes, *home;

	for (size_t top = 0; top < COUNT(tops); top++) {
		homes = store_collection(s->snapshot, tops[top].top);
		if (s->path && top_of(s->path) != tops[top].top)
			continue;
		for (size_t i = 0; homes && (home = store_child(homes, i)); i++) {
			const char *path = store_collection_path(home);
			size_t len = strlen(path);
			if (!s->path ||
				(text_starts(s->path, path) &&
					(s->path[len] == '/' || s->path[len] == '\0')))
				settle_home(s, top, home);
		}
	}
}

/* --- what was pushed --- */

static void forget(void *payload, const struct store_result *result)
{
	(void)payload, (void)result; /* refused: somebody was at it, and settles what he changes */
}

void dav_shares_follow(void *payload, const struct store_snapshot *before)
{
	struct store *store = payload;
	struct arena *arena = arena_new();
	struct store_snapshot *now = store_snapshot(store);
	struct household *was = household_now(store, before), *is = household_now(store, now);
	struct dav_settling settling = {
		.store = store,
		.snapshot = now,
		.was = before,
		.arena = arena,
		.before = was,
		.after = is,
	};

	dav_shares_settle(&settling);
	if (settling.n_changes) {
		const struct store_write write = {
			.changes = settling.changes,
			.n_changes = settling.n_changes,
			.subject = "Daybook brought the shares in line with what was pushed",
		};
		store_submit(store, &write, forget, NULL);
	}
	household_free(was);
	household_free(is);
	store_snapshot_free(now);
	arena_free(arena);
}
