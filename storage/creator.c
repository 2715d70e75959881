/* SPDX-License-Identifier: ISC */
/*
 * Who made an item appear, as the id of a principal: a name can be given to somebody else later, an id can not. Ids and
 * names are few and live as long as the process, so that an item holds no more than a pointer.
 */
#include "storage/internal.h"

#include "src/base/map.h"
#include "src/base/text.h"
#include "storage/principal.h"

#define USERS "principals/users"
#define MAX_MAKERS 4000 /* bytes; whoever comes after that is not noted */

static struct map *interned;
static pthread_mutex_t interned_lock = PTHREAD_MUTEX_INITIALIZER;

const char *intern(const char *text)
{
	if (!text)
		return NULL;
	pthread_mutex_lock(&interned_lock);
	if (!interned)
		interned = map_new();
	char *found = map_get(interned, text);
	if (!found) {
		found = must_strdup(text);
		map_set(interned, text, found);
	}
	pthread_mutex_unlock(&interned_lock);
	return found;
}

/* The id in a principal's file; NULL: not readable. */
static const char *read_id(struct backend *backend, const struct store_oid *oid)
{
	struct principal principal;
	enum object_type type;
	const char *id = NULL;
	char *bytes;
	size_t len;

	if (backend->ops->read(backend, oid, &type, &bytes, &len) != STORE_OK)
		return NULL;
	struct arena *arena = arena_new();
	if (type == OBJECT_BLOB && principal_parse(arena, bytes, len, &principal))
		id = intern(principal.id);
	arena_free(arena);
	free(bytes);
	return id;
}

const char *creator_id(struct store *store, const struct store_collection *root, const char *user)
{
	const struct store_collection *users = user ? node_find(root, USERS) : NULL;
	const struct item *item = users ? node_item(users, user) : NULL;

	if (!item || item->pub.gone)
		return NULL;
	struct creator *known = &store->creators[item->pub.oid.bytes[0] % STORE_CREATORS];
	if (!known->id || !store_oid_equal(&known->oid, &item->pub.oid))
		*known = (struct creator){item->pub.oid, read_id(store->backend, &item->pub.oid)};
	return known->id;
}

bool store_item_made(const struct store_item *item, const char *id)
{
	size_t len = strlen(id);

	if (text_equal(item->creator, id))
		return true;
	for (const char *at = item->makers; at && (at = strstr(at, id)); at += len)
		if ((at == item->makers || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

const char *makers_after(const struct store_item *before, const struct store_item *item)
{
	const char *makers = before->makers, *last = before->creator;
	const struct store_item former = {.makers = makers};

	if (!last || text_equal(last, item->creator) || store_item_made(&former, last))
		return makers;
	if (!makers)
		return last;
	if (strlen(makers) + 1 + strlen(last) > MAX_MAKERS)
		return makers;
	struct arena *arena = arena_new();
	const char *both = intern(arena_printf(arena, "%s %s", makers, last));
	arena_free(arena);
	return both;
}
