/* SPDX-License-Identifier: ISC */
/* What a share shows, and which shares come and go with a change (share.h). */
#include "webdav/share.h"

#include "src/base/clock.h"
#include "src/base/map.h"
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

	for (size_t i = 0; homes && (home = store_child_next(homes, &i));)
		for (size_t k = 0; (c = store_child_next(home, &k));)
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

	for (size_t i = 0; home && !found && (c = store_child_next(home, &i));) {
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

/* A collection that is, was or will be shared, and the properties that say who may: NULL where it is not there. */
struct target {
	size_t top;
	const char *owner, *home, *path, *name, *id;
	struct sides {
		const struct store_meta *was, *is;
	} own, above; /* of the home */
};

/* One side of a target: people, and the entries in the order of their judgement. */
struct side {
	const struct household *household;
	struct dav_acl acls[2];
	size_t n;
};

/* What is known of a settling as a whole. */
struct work {
	struct dav_settling *s;
	const struct household_change *people;
	struct map *taken; /* paths at which the changes put something; NULL: nobody asked yet */
	/* Of one collection: who of the household after may be named by an entry, before or after. */
	bool *named;
	const struct household_principal *list;
	size_t n_list;
};

/* One of another id is another one. */
static struct side read_side(const struct work *w, const struct target *target, bool after)
{
	const struct store_meta *own = after ? target->own.is : target->own.was,
				*above = after ? target->above.is : target->above.was;
	struct side side = {.household = after ? w->s->after : w->s->before};

	if (!own || own->share_of || !text_equal(own->id, target->id))
		return side;
	if (own->n_aces)
		side.acls[side.n++] = dav_acl_read(w->s->arena, own);
	if (above && above->n_aces)
		side.acls[side.n++] = dav_acl_read(w->s->arena, above);
	return side;
}

static bool names_somebody(const struct dav_ace *ace)
{
	return ace->who == ACE_PRINCIPAL && !ace->deny;
}

/* Does somebody named by an entry hold enough for a share of the collection? */
static bool holds(const struct side *side, const char *user, const struct target *target)
{
	struct dav_judgement judgement = {0};
	struct dav_who who = {.household = side->household, .user = user};
	bool named = false;

	for (size_t i = 0; i < side->n; i++) {
		const struct dav_acl *acl = &side->acls[i];
		dav_acl_judge(&judgement, acl, &who);
		for (size_t k = 0; k < acl->n && !named; k++)
			named = names_somebody(&acl->aces[k]) &&
				dav_ace_matches(&acl->aces[k], &who);
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

static bool is_taken(struct work *w, const char *path)
{
	const struct dav_settling *s = w->s;

	if (!w->taken) {
		w->taken = map_new();
		for (size_t i = 0; i < s->n_changes; i++)
			if (!s->changes[i].remove)
				map_set(w->taken, s->changes[i].collection, w);
	}
	return map_get(w->taken, path) || store_collection(s->snapshot, path) ||
		(s->path && text_equal(s->path, path));
}

/* Only where is_taken() said that there is room. */
static void add_collection(struct work *w, const char *path, const struct store_meta *meta)
{
	struct store_change *change = append(w->s);

	change->collection = path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(w->s->arena, meta, &change->len);
	map_set(w->taken, path, w);
}

/* "anna-home", then "anna-home-2" …: the owner's name first, so that what is shared stands together. */
static char *free_name(struct work *w, const struct target *target, const char *user)
{
	struct arena *arena = w->s->arena;
	const char *top = tops[target->top].top, *owner = target->owner, *name = target->name;
	size_t room = STORE_MAX_NAME - 10 - strlen(owner);
	int cut = (int)(strlen(name) < room ? strlen(name) : room);

	/* Not inside a character: UTF-8 goes on with 10xxxxxx; nor inside a %XX. */
	while (name[cut] && cut &&
		((name[cut] & 0xc0) == 0x80 || name[cut - 1] == '%' ||
			(cut > 1 && name[cut - 2] == '%')))
		cut--;
	char *path = arena_printf(arena, "%s/%s/%s-%.*s", top, user, owner, cut, name);
	for (int i = 2; is_taken(w, path) && i < MAX_NAMES; i++)
		path = arena_printf(arena, "%s/%s/%s-%.*s-%d", top, user, owner, cut, name, i);
	return path;
}

static void add_home(struct work *w, const char *top, const char *user)
{
	struct arena *arena = w->s->arena;
	char *path = arena_printf(arena, "%s/%s", top, user), *id = arena_alloc(arena, 37);
	struct store_meta meta = {.id = id, .kind = FACTS_HOME, .created = clock_now()};

	if (is_taken(w, path))
		return;
	text_uuid(id);
	add_collection(w, path, &meta);
}

static void add_share(struct work *w, const struct target *target, const char *user)
{
	struct arena *arena = w->s->arena;
	char *id = arena_alloc(arena, 37);
	struct store_meta meta = {
		.id = id,
		.kind = tops[target->top].kind,
		.created = clock_now(),
		.share_of = arena_printf(arena, "%s %s", target->id, target->path),
	};

	text_uuid(id);
	add_home(w, tops[target->top].top, user);
	add_collection(w, free_name(w, target, user), &meta);
}

static void remove_share(struct dav_settling *s, const struct store_collection *share)
{
	struct store_change *change = append(s);

	change->collection = arena_strdup(s->arena, store_collection_path(share));
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = arena_strdup(s->arena, store_collection_meta(share)->id);
}

/* --- whom it is about --- */

static void settle_one(struct work *w, const struct target *target, const struct side *before,
	const struct side *after, const char *user)
{
	struct dav_settling *s = w->s;
	bool had = holds(before, user, target), has = holds(after, user, target),
	     again = s->again && household_is(s->after, s->again, user);

	s->n_judged++;
	if (had == has && !(has && again))
		return;
	const struct store_collection *share = dav_share_of(
		s->snapshot, user, target->path, target->id);
	if (has && !share)
		add_share(w, target, user);
	else if (!has && share)
		remove_share(s, share);
}

/* Whoever is not in the household any more is left out: the home goes as a whole. */
static void note_named(struct work *w, const struct side *side)
{
	const struct household_principal *p;

	for (size_t i = 0; i < side->n; i++)
		for (size_t k = 0; k < side->acls[i].n; k++) {
			const struct dav_ace *ace = &side->acls[i].aces[k];
			size_t at = 0;
			while (names_somebody(ace) &&
				(p = household_next(side->household, ace->name, &at)))
				if ((p = household_find(w->s->after, p->path)))
					w->named[p - w->list] = true;
		}
}

static bool names_changed(const struct work *w, const struct side *side)
{
	for (size_t i = 0; i < side->n; i++)
		for (size_t k = 0; k < side->acls[i].n; k++) {
			const struct dav_ace *ace = &side->acls[i].aces[k];
			if (ace->who == ACE_PRINCIPAL && household_changed(w->people, ace->name))
				return true;
		}
	return false;
}

/* Where the entries stay, only people who changed can have or lose something (storage/household.h). */
static void settle_collection(struct work *w, const struct target *target)
{
	bool stays = target->own.was == target->own.is && target->above.was == target->above.is &&
		!w->s->again;
	struct side before = read_side(w, target, false), after = read_side(w, target, true);

	if (stays && !names_changed(w, &after))
		return;
	memset(w->named, 0, w->n_list * sizeof(*w->named));
	note_named(w, &before);
	note_named(w, &after);
	for (size_t i = 0; i < w->n_list; i++)
		if (w->named[i] && !text_equal(w->list[i].name, target->owner) &&
			(!stays || household_changed(w->people, w->list[i].path)))
			settle_one(w, target, &before, &after, w->list[i].name);
}

/* --- which collections --- */

/* The properties at a path before and after; `c` is what the snapshot has there, or NULL. */
static struct sides sides_of(
	const struct dav_settling *s, const char *path, const struct store_collection *c)
{
	const struct store_collection *was = s->was ? store_collection(s->was, path) : c;
	bool changes = s->path && text_equal(s->path, path);

	return (struct sides){
		.was = was ? store_collection_meta(was) : NULL,
		.is = changes ? s->meta
			: c   ? store_collection_meta(c)
			      : NULL,
	};
}

static bool have_entries(const struct sides *sides)
{
	return (sides->was && sides->was->n_aces) || (sides->is && sides->is->n_aces);
}

/* Can the change at hand touch the rights on this collection? */
static bool concerns(const struct dav_settling *s, const char *home, const char *path)
{
	if (!s->path)
		return true;
	return text_equal(s->path, path) || text_equal(s->path, home);
}

/* Does the change at hand put a collection where there was none, or another one? */
static bool comes(const struct dav_settling *s, const struct store_collection *there)
{
	return s->path && s->meta &&
		(!there || !text_equal(store_collection_meta(there)->id, s->meta->id));
}

static void settle_home(struct work *w, size_t top, const struct store_collection *home)
{
	const struct dav_settling *s = w->s;
	struct target target = {.top = top,
		.owner = store_collection_name(home),
		.home = store_collection_path(home),
		.above = sides_of(s, store_collection_path(home), home)};
	const struct store_collection *c;

	for (size_t i = 0; (c = store_child_next(home, &i));) {
		target.path = store_collection_path(c);
		if (store_collection_meta(c)->share_of || !concerns(s, target.home, target.path))
			continue;
		target.name = store_collection_name(c);
		target.id = store_collection_meta(c)->id;
		target.own = sides_of(s, target.path, c);
		if (have_entries(&target.above) || have_entries(&target.own))
			settle_collection(w, &target);
	}
	c = s->path ? store_collection(s->snapshot, s->path) : NULL;
	if (comes(s, c)) {
		target.path = s->path;
		target.name = strrchr(s->path, '/') + 1;
		target.id = s->meta->id;
		target.own = sides_of(s, s->path, c);
		settle_collection(w, &target);
	}
}

/* The home that a path is, or is in; NULL: there is none. */
static const struct store_collection *home_of(const struct dav_settling *s, const char *path)
{
	size_t len = strcspn(path, "/");

	len += path[len] ? 1 + strcspn(path + len + 1, "/") : 0;
	return store_collection(s->snapshot, arena_strndup(s->arena, path, len));
}

static void settle_top(struct work *w, size_t top)
{
	const struct store_collection *homes = store_collection(w->s->snapshot, tops[top].top),
				      *home;

	for (size_t i = 0; homes && (home = store_child_next(homes, &i));)
		settle_home(w, top, home);
}

void dav_shares_settle(struct dav_settling *s)
{
	const struct store_collection *home;
	struct work w = {.s = s, .people = household_compare(s->arena, s->before, s->after)};

	w.list = household_list(s->after, &w.n_list);
	w.named = arena_array(s->arena, w.n_list, sizeof(*w.named));
	for (size_t top = 0; top < COUNT(tops); top++)
		if (!s->path)
			settle_top(&w, top);
		else if (top_of(s->path) == tops[top].top && (home = home_of(s, s->path)))
			settle_home(&w, top, home);
	map_free(w.taken, NULL);
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
