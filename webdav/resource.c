/* SPDX-License-Identifier: ISC */
/*
 * What is there: a path looked up in the exchange's snapshot. Homes exist as long as their owner does, stored or not.
 */
#include "webdav/resource.h"

#include "src/base/text.h"
#include "webdav/directory.h"
#include "webdav/exchange.h"
#include "webdav/share.h"
#include "webdav/subscription.h"
#include "webdav/verb.h"

#include <string.h>

#define COLLECTION "<d:collection/>"
#define PRINCIPAL "<d:collection/><d:principal/>"
#define CALENDAR "<d:collection/><c:calendar/>"
#define SUBSCRIBED "<d:collection/><cs:subscribed/>"
#define BOOK "<d:collection/><card:addressbook/>"
#define DIRECTORY BOOK "<card:directory/>"
#define ICS "text/calendar; charset=utf-8"
#define VCF "text/vcard; charset=utf-8"

/* RFC 4918 15.9, 4791 4.2, 6352 5.2, 3744 4: types, members, children. */
static const struct dav_kind_row kinds[] = {
	{DAV_ROOT, COLLECTION, NULL, 0, 0, FACTS_HOME},
	{DAV_TOP, COLLECTION, NULL, 0, 0, FACTS_HOME},
	{DAV_PRINCIPALS, COLLECTION, NULL, DAV_USER, 0, FACTS_HOME},
	{DAV_USER, PRINCIPAL, NULL, 0, 0, FACTS_HOME},
	{DAV_GROUP, PRINCIPAL, NULL, 0, 0, FACTS_HOME},
	{DAV_HOMES, COLLECTION, NULL, 0, 0, FACTS_HOME},
	{DAV_CALENDAR_HOME, COLLECTION, NULL, 0, DAV_CALENDAR, FACTS_HOME},
	{DAV_CALENDAR, CALENDAR, ICS, DAV_EVENT, 0, FACTS_CALENDAR},
	{DAV_EVENT, "", ICS, 0, 0, FACTS_CALENDAR},
	{DAV_ADDRESSBOOK_HOME, COLLECTION, NULL, 0, DAV_ADDRESSBOOK, FACTS_HOME},
	{DAV_ADDRESSBOOK, BOOK, VCF, DAV_CARD, 0, FACTS_ADDRESSBOOK},
	{DAV_CARD, "", VCF, 0, 0, FACTS_ADDRESSBOOK},
	{DAV_FOLDER, COLLECTION, NULL, DAV_FILE, DAV_FOLDER, FACTS_FOLDER},
	{DAV_FILE, "", NULL, 0, 0, FACTS_FOLDER},
	{DAV_SUBSCRIPTION, SUBSCRIBED, NULL, DAV_EVENT, 0, FACTS_CALENDAR},
	{DAV_DIRECTORY, DIRECTORY, VCF, DAV_DIRECTORY_CARD, 0, FACTS_ADDRESSBOOK},
	{DAV_DIRECTORY_CARD, "", VCF, 0, 0, FACTS_ADDRESSBOOK},
};

const struct dav_kind_row *dav_kind_row(enum dav_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

bool dav_is_home(const struct dav_resource *r)
{
	const char *slash = r->path.collection && !r->path.name ? strchr(r->path.collection, '/')
								: NULL;

	return (r->kind & DAV_STORED_COLLECTION) && slash && !strchr(slash + 1, '/');
}

/* What stands where a calendar may. */
static enum dav_kind kind_of(enum dav_kind kind, const struct store_collection *c)
{
	return kind == DAV_CALENDAR && c && dav_is_subscribed(store_collection_meta(c))
		? DAV_SUBSCRIPTION
		: kind;
}

static bool is_member(const struct dav_exchange *x, const char *owner)
{
	const struct store_collection *users = store_collection(x->snapshot, "principals/users");

	return users && store_item(users, owner);
}

bool dav_collection_there(struct dav_exchange *x, const char *path)
{
	const char *slash = strchr(path, '/');

	if (store_collection(x->snapshot, path))
		return true;
	return slash && !strchr(slash + 1, '/') && is_member(x, slash + 1);
}

static const struct store_collection *parent_of(struct dav_exchange *x, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? store_collection(
			       x->snapshot, arena_strndup(x->arena, path, (size_t)(slash - path)))
		     : NULL;
}

/* What stands at a path of the store; of a share what it shows. */
static void find_collection(struct dav_exchange *x, struct dav_resource *r, const char *path)
{
	const struct store_collection *c = store_collection(x->snapshot, path);

	r->share = c && store_collection_meta(c)->share_of ? c : NULL;
	r->collection = r->share ? dav_share_target(x->snapshot, c) : c;
}

static void resolve_item(struct dav_exchange *x, struct dav_resource *r)
{
	find_collection(x, r, r->path.collection);
	if (r->kind == DAV_FILE) { /* a folder, its slash forgotten? */
		const char *path = arena_printf(
			x->arena, "%s/%s", r->path.collection, r->path.name);
		const struct store_collection *folder = store_collection(x->snapshot, path);
		if (folder) {
			r->kind = r->path.kind = DAV_FOLDER;
			r->path.collection = path;
			r->path.name = NULL;
			r->parent = r->collection;
			r->collection = folder;
			r->exists = true;
			return;
		}
	}
	bool slash = r->path.slash && (r->kind & (DAV_ITEM | DAV_DIRECTORY_CARD));
	if (r->collection && !slash && !r->path.reserved)
		r->item = store_item(r->collection, r->path.name);
	if (r->kind == DAV_DIRECTORY_CARD && !dav_directory_shows(x, r))
		r->item = NULL;
	r->exists = r->item;
}

struct dav_resource dav_resolve(struct dav_exchange *x, const struct dav_path *path)
{
	struct dav_resource r = {.kind = path->kind, .path = *path};

	if (path->name) {
		resolve_item(x, &r);
		return r;
	}
	if (path->collection)
		find_collection(x, &r, path->collection);
	if (!(path->kind & DAV_STORED_COLLECTION)) {
		r.exists = true;
		return r;
	}
	r.kind = r.path.kind = kind_of(r.kind, r.collection);
	r.parent = parent_of(x, path->collection);
	r.exists = r.collection && !path->reserved;
	if (!r.exists && dav_is_home(&r))
		r.exists = is_member(x, path->owner);
	return r;
}

enum dav_kind dav_verb_kind(const struct dav_resource *r)
{
	return r->path.add && r->path.name ? DAV_ADD_MEMBER : r->kind;
}

const char *dav_store_path(const struct dav_resource *r)
{
	return r->share && r->collection ? store_collection_path(r->collection)
					 : r->path.collection;
}

struct dav_resource dav_member(const struct dav_resource *collection, const struct store_item *item)
{
	enum dav_kind kind = dav_kind_row(collection->kind)->member;
	struct dav_resource r = {.kind = kind,
		.exists = true,
		.collection = collection->collection,
		.share = collection->share,
		.item = item};

	if (kind == DAV_USER && text_ends(collection->path.collection, "groups"))
		r.kind = DAV_GROUP;
	r.path.kind = r.kind;
	r.path.owner = kind == DAV_USER ? item->name : collection->path.owner;
	r.path.collection = collection->path.collection;
	r.path.name = item->name;
	return r;
}

struct dav_resource dav_child(struct dav_exchange *x, const struct dav_resource *parent,
	const struct store_collection *child)
{
	enum dav_kind kind = dav_kind_row(parent->kind)->child;
	struct dav_resource r = {
		.kind = kind, .exists = true, .collection = child, .parent = parent->collection};

	if (store_collection_meta(child)->share_of) {
		r.share = child;
		r.collection = dav_share_target(x->snapshot, child);
		r.exists = r.collection;
	}
	r.kind = r.path.kind = kind_of(kind, r.collection);
	r.path.owner = parent->path.owner;
	r.path.collection = store_collection_path(child);
	r.path.slash = true;
	return r;
}
