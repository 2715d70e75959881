/* SPDX-License-Identifier: ISC */
/*
 * The members that a Depth 1 listing shows (RFC 4918 9.1), for each kind of collection: children that are stored, items,
 * the fixed folders above the homes, the homes that the person may read, and the principals whom they may find.
 */
#include "webdav/directory.h"
#include "webdav/find.h"
#include "webdav/person.h"
#include "webdav/verb.h"

#include <string.h>

/* One source of members; false when it has no more. */
typedef bool walk_phase_fn(
	struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member);

static bool walk_children(
	struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	const struct store_collection *c = walk->resource.collection;
	const struct store_collection *child = c ? store_child_next(c, &walk->index) : NULL;

	if (!child)
		return false;
	*member = dav_child(x, &walk->resource, child);
	return true;
}

static bool walk_items(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	const struct store_collection *c = walk->resource.collection;
	const struct store_item *item = c ? store_item_next(c, &walk->cursor) : NULL;

	(void)x;
	if (!item)
		return false;
	*member = dav_member(&walk->resource, item);
	return true;
}

/* A folder that always stands, whether something in the store is behind it or not. */
static bool fixed(struct dav_exchange *x, struct dav_walk *walk, const struct dav_path *paths,
	size_t n, struct dav_resource *member)
{
	if (walk->index == n)
		return false;
	*member = dav_resolve(x, &paths[walk->index]);
	walk->index++;
	return true;
}

static bool walk_root(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	static const struct dav_path paths[] = {{.kind = DAV_TOP}};

	return fixed(x, walk, paths, 1, member);
}

static bool walk_top(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	static const struct dav_path paths[] = {
		{.kind = DAV_PRINCIPALS, .collection = "principals"},
		{.kind = DAV_HOMES, .collection = "calendars"},
		{.kind = DAV_HOMES, .collection = "addressbooks"},
		{.kind = DAV_HOMES, .collection = "files"},
	};

	return fixed(x, walk, paths, sizeof(paths) / sizeof(paths[0]), member);
}

/* Users or groups: those whom one may find. */
static bool walk_people(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	struct dav_resource found;

	while (walk_items(x, walk, &found))
		if (dav_may_find(x, dav_principal_path(x->row_arena, &found))) {
			*member = found;
			return true;
		}
	return false;
}

static bool walk_principals(
	struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	static const struct dav_path paths[] = {
		{.kind = DAV_PRINCIPALS, .collection = "principals/users"},
		{.kind = DAV_PRINCIPALS, .collection = "principals/groups"},
	};

	if (strcmp(walk->resource.path.collection, "principals") != 0)
		return walk_people(x, walk, member);
	return fixed(x, walk, paths, 2, member);
}

/* Homes belong to people, stored or not. */
static bool walk_homes(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	static const struct {
		const char *collection;
		enum dav_kind kind;
	} homes[] = {
		{"calendars", DAV_CALENDAR_HOME},
		{"addressbooks", DAV_ADDRESSBOOK_HOME},
		{"files", DAV_FOLDER},
	};
	const struct store_collection *users = store_collection(x->snapshot, "principals/users");
	const struct store_item *user = users ? store_item_next(users, &walk->cursor) : NULL;

	if (!user)
		return false;
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		if (strcmp(homes[i].collection, walk->resource.path.collection) != 0)
			continue;
		struct dav_path path = {.kind = homes[i].kind, .owner = user->name, .slash = true};
		path.collection = arena_printf(
			x->row_arena, "%s/%s", homes[i].collection, user->name);
		*member = dav_resolve(x, &path);
	}
	return true;
}

/* Users, then groups, as cards. */
static bool walk_directory(
	struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	struct dav_resource part = dav_directory_part(x, walk->phase > 0);
	const struct store_item *item = part.collection
		? store_item_next(part.collection, &walk->cursor)
		: NULL;

	if (!item) {
		walk->cursor = (struct store_cursor){0};
		return false;
	}
	*member = dav_member(&part, item);
	return true;
}

static const struct {
	enum dav_kind kind;
	walk_phase_fn *phases[3]; /* one after the other */
} walks[] = {
	{DAV_ROOT, {walk_root}},
	{DAV_TOP, {walk_top}},
	{DAV_PRINCIPALS, {walk_principals}},
	{DAV_HOMES, {walk_homes}},
	{DAV_CALENDAR_HOME, {walk_children}},
	{DAV_CALENDAR, {walk_items}},
	{DAV_SUBSCRIPTION, {walk_items}},
	{DAV_ADDRESSBOOK_HOME, {walk_children}},
	{DAV_ADDRESSBOOK, {walk_items}},
	{DAV_FOLDER, {walk_children, walk_items}},
	{DAV_DIRECTORY, {walk_directory, walk_directory}},
};

void dav_walk_start(struct dav_walk *walk, const struct dav_resource *resource)
{
	*walk = (struct dav_walk){.resource = *resource};
}

bool dav_walk_next(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member)
{
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		if (walks[i].kind != walk->resource.kind)
			continue;
		for (walk_phase_fn *phase; (phase = walks[i].phases[walk->phase]); walk->phase++)
			while (phase(x, walk, member))
				if (dav_privileges(x, member) & PRIV_READ)
					return true;
	}
	return false;
}
