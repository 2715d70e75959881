/* SPDX-License-Identifier: ISC */
/* Addresses under /public/: from the path to a collection in the newest snapshot, by token or by name. */
#include "src/public.h"

#include "src/base/text.h"
#include "webdav/resource.h"

#include <string.h>

#define MAX_HREF 4096 /* three names of 255 bytes, all of them encoded */

static const struct suffix {
	const char *text, *top;
	enum dav_kind kind;
} suffixes[] = {
	{".ics", "calendars", DAV_CALENDAR},
	{".vcf", "addressbooks", DAV_ADDRESSBOOK},
};
#define N_SUFFIXES (sizeof(suffixes) / sizeof(*suffixes))

static const struct suffix *suffix_of(const char *text)
{
	for (size_t i = 0; i < N_SUFFIXES; i++)
		if (text_ends(text, suffixes[i].text))
			return &suffixes[i];
	return NULL;
}

static char *without_suffix(struct arena *arena, const char *text, const struct suffix *suffix)
{
	return arena_strndup(arena, text, strlen(text) - (suffix ? strlen(suffix->text) : 0));
}

/* What webdav is asked for: this collection, as long as it has this id. */
static bool point_to(
	struct public_place *place, struct arena *arena, const struct store_collection *c)
{
	const char *id = c ? store_collection_meta(c)->id : NULL;
	struct buf href;

	if (!id)
		return false;
	place->guest.collection = arena_strdup(arena, store_collection_path(c));
	place->guest.id = arena_strdup(arena, id);
	buf_init(&href, MAX_HREF);
	dav_href_of(&href, place->guest.collection, NULL);
	place->target = href.full ? NULL : arena_strdup(arena, href.data);
	buf_free(&href);
	return place->target;
}

static bool by_token(
	struct app *app, struct arena *arena, const char *text, struct public_place *place)
{
	const char *token = without_suffix(arena, text, suffix_of(text));

	if (!link_find(app->store, arena, token, &place->link))
		return false;
	struct store_snapshot *snapshot = store_snapshot(app->store);
	bool found = point_to(
		place, arena, link_collection(app->store, snapshot, arena, &place->link));

	store_snapshot_free(snapshot);
	place->guest.busy = place->link.busy;
	return found;
}

/* Segments as the protocol reads them, so that ".." and %2F reach nothing here either. */
static bool by_name(
	struct app *app, struct arena *arena, const char *text, struct public_place *place)
{
	const struct suffix *suffix = suffix_of(text);
	struct dav_path path = {0};

	if (!suffix)
		return false;
	const char *target = arena_printf(
		arena, "/dav/%s/%s/", suffix->top, without_suffix(arena, text, suffix));
	if (dav_path_parse(arena, target, &path) != DAV_OK || path.kind != suffix->kind ||
		path.reserved)
		return false;
	struct store_snapshot *snapshot = store_snapshot(app->store);
	bool found = point_to(place, arena, store_collection(snapshot, path.collection));

	store_snapshot_free(snapshot);
	place->guest.by_acl = true;
	return found;
}

bool public_find(struct app *app, struct arena *arena, const char *path, struct public_place *place)
{
	*place = (struct public_place){0};
	if (!text_starts(path, PUBLIC_PREFIX))
		return false;
	path += strlen(PUBLIC_PREFIX);
	return strchr(path, '/') ? by_name(app, arena, path, place)
				 : by_token(app, arena, path, place);
}
