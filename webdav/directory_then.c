/* SPDX-License-Identifier: ISC */
/*
 * Whom somebody saw in the directory when their sync-token was made (directory.h). Where everybody finds everybody nothing
 * has to be asked; else the households of the commits that the token names are.
 */
#include "webdav/directory.h"

#include "storage/household.h"
#include "webdav/people.h"
#include "webdav/server.h"

struct dav_directory_then {
	struct dav_exchange *x;
	struct dav_person person; /* as they were */
	struct dav_told told;
	struct household
		*moments[DAV_TOLD_SEEN]; /* at told.seen; NULL: before all, or it cannot be read */
};

static struct household *household_at(struct dav_exchange *x, uint64_t number)
{
	struct store_past *past = number
		? store_past_open(x->server->store, x->snapshot, number >> STORE_INDEX_BITS)
		: NULL;
	struct household *household = past ? household_then(past) : NULL;

	store_past_close(past);
	return household;
}

struct dav_directory_then *dav_directory_then_open(
	struct dav_exchange *x, const struct dav_told *told)
{
	struct dav_directory_then *then = arena_alloc(x->arena, sizeof(*then));

	*then = (struct dav_directory_then){.x = x, .person = x->request->person, .told = *told};
	then->person.admin = told->admin;
	if (x->server->search != DAV_SEARCH_MEMBERS)
		for (size_t i = 0; i < told->n_seen; i++)
			then->moments[i] = household_at(x, told->seen[i]);
	return then;
}

void dav_directory_then_close(struct dav_directory_then *then)
{
	for (size_t i = 0; i < DAV_TOLD_SEEN; i++) {
		household_free(then->moments[i]);
		then->moments[i] = NULL;
	}
}

/* A card that has not changed since was told, or not, on a page that was read after its last change; one that has, on any. */
enum dav_directory_saw dav_directory_saw(
	struct dav_directory_then *then, const struct dav_resource *card)
{
	const struct dav_exchange *x = then->x;
	uint64_t number = card->item->number;
	uint64_t first = number <= then->told.number ? number : 0;
	const char *path = arena_printf(
		x->row_arena, "%s/%s", strchr(card->path.collection, '/') + 1, card->path.name);
	size_t saw = 0, n = 0;

	if (x->server->search == DAV_SEARCH_MEMBERS)
		return DIRECTORY_ALWAYS;
	for (size_t i = 0; i < then->told.n_seen; i++) {
		if (then->told.seen[i] < first)
			continue;
		n++;
		saw += then->moments[i] &&
			dav_finds(then->moments[i], &then->person, x->server->search, path);
	}
	return saw && saw == n ? DIRECTORY_ALWAYS : saw ? DIRECTORY_SOMETIMES : DIRECTORY_NEVER;
}
