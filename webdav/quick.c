/* SPDX-License-Identifier: ISC */
/*
 * Which requests are so small that a thread that must never wait may answer them itself: they write
 * nothing, and nothing about them grows with the calendar. All others are for a worker.
 */
#include "webdav/server.h"

#include "src/base/text.h"
#include "webdav/content.h"

#include <string.h>

#define QUICK_ITEM (64u * 1024) /* bytes of an item that is read */
#define QUICK_XML (16u * 1024)  /* bytes of a body that is parsed */

static bool always(const struct dav_exchange *x)
{
	(void)x;
	return true;
}

/* Properties of an item (.meta) would be a second read; converting a card takes its time. */
static bool small_item(const struct dav_exchange *x)
{
	const struct store_item *item = x->target.item;

	return item && !item->has_meta && item->size <= QUICK_ITEM && !x->request->body_len &&
		(x->target.kind != DAV_CARD || dav_is_as_stored(x, &x->target));
}

/* One row; no Depth counts as 0 (verb_propfind.c). */
static bool one_row(const struct dav_exchange *x)
{
	const char *depth = dav_header(x, "Depth");

	return !x->target.item && x->request->body_len <= QUICK_XML &&
		(!depth || text_equal(depth, "0"));
}

static const struct quick {
	const char *verb;
	bool (*is_quick)(const struct dav_exchange *x);
} rows[] = {
	{"OPTIONS", always},
	{"GET", small_item},
	{"HEAD", small_item},
	{"PROPFIND", one_row},
};

static bool ask(const struct quick *row, struct dav_exchange *x)
{
	struct dav_path path;

	if (dav_path_parse(x->arena, x->request->target, &path) != DAV_OK)
		return true; /* an error, by shape */
	x->snapshot = store_snapshot(x->server->store);
	dav_seeing_begin(x);
	x->target = dav_resolve(x, &path);
	bool quick = row->is_quick(x);

	dav_seeing_end(x);
	store_snapshot_free(x->snapshot);
	return quick;
}

bool dav_is_quick(struct dav_server *server, const struct dav_request *request)
{
	struct dav_exchange x = {.server = server, .request = request};
	const struct quick *row = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(request->method, rows[i].verb) == 0)
			row = &rows[i];
	if (!row)
		return false;
	x.arena = arena_new();
	bool quick = ask(row, &x);

	arena_free(x.arena);
	return quick;
}
