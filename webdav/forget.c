/* SPDX-License-Identifier: ISC */
/*
 * What a principal leaves behind when it goes: memberships, access control entries, shares of what was its own. Ids keep
 * references from being good for somebody else of the same name; what people wrote by hand has none, and nothing of it all
 * has a meaning any more. Everything is walked: it happens rarely, and only what names the principal is written.
 */
#include "src/base/map.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/acl.h"
#include "webdav/people.h"

#include <string.h>

struct forget {
	struct dav_settling *settling;
	const char *principal; /* "users/anna" */
	struct map *gone;      /* ids of the collections of a user that goes */
	struct map *
		removed; /* paths of the collections that the changes remove, as far as they were noted */
};

static bool names(const struct forget *forget, const char *reference)
{
	size_t len = strlen(forget->principal);

	return text_starts(reference, forget->principal) &&
		(reference[len] == '\0' || reference[len] == '#');
}

/* Those from the `first` change on. */
static void note_removed(struct forget *forget, size_t first)
{
	const struct dav_settling *settling = forget->settling;

	for (size_t i = first; i < settling->n_changes; i++) {
		const struct store_change *change = &settling->changes[i];
		if (change->slot == STORE_SELF && change->remove)
			map_set(forget->removed, change->collection, forget);
	}
}

/* Is `path` the place of a collection that is noted as removed, or below one? */
static bool goes(const struct forget *forget, const char *path)
{
	char *part = arena_strdup(forget->settling->arena, path), *slash = NULL;
	bool gone = map_get(forget->removed, part);

	while (!gone && (slash = strrchr(part, '/'))) {
		*slash = '\0';
		gone = map_get(forget->removed, part);
	}
	return gone;
}

/* Settling may speak of collections that go with the homes: one change for each is enough. */
static void settle(struct forget *forget)
{
	struct dav_settling *settling = forget->settling;
	size_t before = settling->n_changes, kept = before;

	note_removed(forget, 0);
	dav_shares_settle(settling);
	for (size_t i = before; i < settling->n_changes; i++)
		if (!goes(forget, settling->changes[i].collection))
			settling->changes[kept++] = settling->changes[i];
	settling->n_changes = kept;
	note_removed(forget, before);
}

/* --- entries --- */

/* `meta` without the entries that name the principal; false: it has none. An entry that nobody can read stays: it denies. */
static bool without_entries(const struct forget *forget, struct store_meta *meta)
{
	struct arena *arena = forget->settling->arena;
	struct dav_acl acl = dav_acl_read(arena, meta);
	const char **kept = arena_array(arena, acl.n, sizeof(*kept));
	size_t n = 0;

	for (size_t i = 0; i < acl.n; i++)
		if (acl.aces[i].who != ACE_PRINCIPAL || !names(forget, acl.aces[i].name))
			kept[n++] = meta->aces[i];
	bool less = n < meta->n_aces;
	meta->aces = kept;
	meta->n_aces = n;
	return less;
}

static void forget_in_collection(struct forget *forget, const struct store_collection *c)
{
	struct store_meta meta = *store_collection_meta(c);
	struct store_change *change;

	if (!meta.n_aces || !without_entries(forget, &meta))
		return;
	change = dav_settling_add(forget->settling);
	change->slot = STORE_SELF;
	change->collection = arena_strdup(forget->settling->arena, store_collection_path(c));
	change->expect = STORE_PRESENT;
	change->collection_id = arena_strdup(forget->settling->arena, meta.id);
	change->unchanged_since = store_collection_number(c);
	change->bytes = store_meta_print(forget->settling->arena, &meta, &change->len);
}

static void forget_in_item(
	struct forget *forget, const struct store_collection *c, const struct store_item *item)
{
	struct arena *arena = forget->settling->arena;
	struct store_change *change;
	struct store_meta meta;

	if (!store_item_meta(forget->settling->store, c, item, arena, &meta) || !meta.n_aces ||
		!without_entries(forget, &meta))
		return;
	change = dav_settling_add(forget->settling);
	change->slot = STORE_ITEM_META;
	change->collection = arena_strdup(arena, store_collection_path(c));
	change->name = arena_strdup(arena, item->name);
	change->expect = STORE_PRESENT;
	change->unchanged_since = item->number;
	if (meta.n_aces || meta.n_props || meta.n_other || meta.id)
		change->bytes = store_meta_print(arena, &meta, &change->len);
	else
		change->remove = true;
}

/* --- shares --- */

static void note_ids(struct forget *forget, const struct store_collection *c)
{
	const struct store_collection *child;

	map_set(forget->gone, store_collection_meta(c)->id, forget);
	for (size_t i = 0; (child = store_child_next(c, &i));)
		note_ids(forget, child);
}

/* The homes are among the changes already. */
static void note_homes(struct forget *forget)
{
	struct dav_settling *settling = forget->settling;

	for (size_t i = 0; i < settling->n_changes; i++) {
		const struct store_change *change = &settling->changes[i];
		const struct store_collection *home = change->slot == STORE_SELF && change->remove
			? store_collection(settling->snapshot, change->collection)
			: NULL;
		if (home)
			note_ids(forget, home);
	}
}

/* A share of what was the principal's own. */
static bool shows_gone(const struct forget *forget, const struct store_collection *c)
{
	const char *of = store_collection_meta(c)->share_of;
	struct arena *arena = forget->settling->arena;

	return of && map_get(forget->gone, arena_strndup(arena, of, strcspn(of, " ")));
}

static void drop_share(struct forget *forget, const struct store_collection *c)
{
	struct arena *arena = forget->settling->arena;
	struct store_change *change = dav_settling_add(forget->settling);

	change->slot = STORE_SELF;
	change->collection = arena_strdup(arena, store_collection_path(c));
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = arena_strdup(arena, store_collection_meta(c)->id);
}

/* --- the walk --- */

/* From the top, so that of what goes nothing is looked at. Depth of recursion: STORE_MAX_FOLDER_DEPTH and the levels above. */
static void walk(struct forget *forget, const struct store_collection *c)
{
	struct store_cursor cursor = {0};
	const struct store_item *item;
	const struct store_collection *child;

	if (map_get(forget->removed, store_collection_path(c)))
		return;
	if (shows_gone(forget, c)) {
		drop_share(forget, c);
		return;
	}
	forget_in_collection(forget, c);
	while ((item = store_item_next(c, &cursor)))
		if (item->has_meta)
			forget_in_item(forget, c, item);
	for (size_t i = 0; (child = store_child_next(c, &i));)
		walk(forget, child);
}

/* --- memberships --- */

static bool has_member(const struct forget *forget, const struct household_principal *group)
{
	/* Beyond the limit nobody was looked at. */
	if (group->n_members == HOUSEHOLD_MAX_MEMBERS)
		return true;
	for (size_t i = 0; i < group->n_members; i++)
		if (names(forget, group->members[i]))
			return true;
	return false;
}

static void forget_member(struct forget *forget, const struct household_principal *p)
{
	struct dav_settling *settling = forget->settling;
	const char **members = arena_array(settling->arena, p->n_members, sizeof(*members));
	struct account_group group = {.name = p->name, .members = members};
	struct store_change change;

	/* Good ones alone, each with its id. */
	for (size_t i = 0; i < p->n_members; i++) {
		const struct household_principal *member = household_refers(
			settling->after, p->members[i]);
		if (member)
			members[group.n_members++] = household_reference(
				settling->after, settling->arena, member->path);
	}
	if (account_group_change(
		    settling->store, settling->snapshot, settling->arena, &group, &change))
		*dav_settling_add(settling) = change;
}

static void forget_memberships(struct forget *forget)
{
	size_t n;
	const struct household_principal *list = household_list(forget->settling->before, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].group && !text_equal(list[i].path, forget->principal) &&
			has_member(forget, &list[i]))
			forget_member(forget, &list[i]);
}

void dav_forget_principal(struct dav_settling *settling, const char *principal)
{
	struct forget forget = {.settling = settling,
		.principal = principal,
		.gone = map_new(),
		.removed = map_new()};

	note_homes(&forget);
	settle(&forget);
	walk(&forget, store_collection(settling->snapshot, ""));
	forget_memberships(&forget);
	map_free(forget.gone, NULL);
	map_free(forget.removed, NULL);
}
