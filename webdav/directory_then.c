/* SPDX-License-Identifier: ISC */
/*
 * Whom somebody saw in the directory when their sync-token was made (directory.h). Where everybody finds everybody nothing
 * has to be asked; else the households of the commits that the token names are.
 */
#include "webdav/directory.h"

#include "storage/household.h"
#include "webdav/people.h"
#include "webdav/server.h"

#define MOMENTS (DAV_TOLD_SEEN + 1) /* those of told.seen and told.number */

struct dav_directory_then {
	struct dav_exchange *x;
	struct dav_person person; /* as they were */
	struct household *moments[MOMENTS];
	size_t n;
	bool nothing; /* what is known from before the first page: nobody */
};

/* A commit that cannot be read: nobody was seen. */
static void add_moment(struct dav_directory_then *then, uint64_t number)
{
	struct dav_exchange *x = then->x;
	struct store_past *past = number
		? store_past_open(x->server->store, x->snapshot, number >> STORE_INDEX_BITS)
		: NULL;

	if (past)
		then->moments[then->n++] = household_then(past);
	else
		then->nothing = true;
	store_past_close(past);
}

struct dav_directory_then *dav_directory_then_open(
	struct dav_exchange *x, const struct dav_told *told)
{
	struct dav_directory_then *then = arena_alloc(x->arena, sizeof(*then));

	*then = (struct dav_directory_then){.x = x, .person = x->request->person};
	then->person.admin = told->admin;
	if (x->server->search == DAV_SEARCH_MEMBERS)
		return then;
	for (size_t i = 0; i < told->n_seen; i++)
		add_moment(then, told->seen[i]);
	if (told->n_seen != 1 || told->seen[0] != told->number)
		add_moment(then, told->number);
	return then;
}

void dav_directory_then_close(struct dav_directory_then *then)
{
	while (then->n)
		household_free(then->moments[--then->n]);
}

enum dav_directory_saw dav_directory_saw(
	struct dav_directory_then *then, const struct dav_resource *card)
{
	const struct dav_exchange *x = then->x;
	const char *path = arena_printf(
		x->row_arena, "%s/%s", strchr(card->path.collection, '/') + 1, card->path.name);
	size_t saw = 0;

	if (x->server->search == DAV_SEARCH_MEMBERS)
		return DIRECTORY_ALWAYS;
	for (size_t i = 0; i < then->n; i++)
		saw += dav_finds(then->moments[i], &then->person, x->server->search, path);
	return saw == then->n && !then->nothing ? DIRECTORY_ALWAYS
		: saw                           ? DIRECTORY_SOMETIMES
						: DIRECTORY_NEVER;
}
