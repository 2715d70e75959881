/* SPDX-License-Identifier: ISC */
/*
 * URLs on any bytes: what parses has a canonical href that parses to the same place; every name in it is one that the store
 * takes.
 */
#include "src/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "webdav/server.h"

#include <assert.h>
#include <string.h>

#define MAX_INPUT (32 * 1024)

static void check_names(struct arena *arena, const struct dav_path *path)
{
	char **names = path->collection ? text_split(arena, path->collection, '/', NULL) : NULL;

	if (path->name)
		assert(store_name_ok(path->name));
	/* text_split trims, so that only names without white space around them are seen here. */
	for (; names && *names; names++)
		assert(strlen(*names) <= STORE_MAX_NAME);
}

static void check_path(struct arena *arena, const struct dav_path *path)
{
	struct dav_resource r = {.kind = path->kind, .path = *path};
	struct dav_path again;
	struct buf href;

	check_names(arena, path);
	buf_init(&href, 1024 * 1024);
	dav_href(&href, &r);
	assert(!href.full && dav_path_parse(arena, href.data, &again) == DAV_OK);
	assert(again.kind == path->kind && again.reserved == path->reserved);
	assert(text_equal(again.collection, path->collection) &&
		text_equal(again.name, path->name));
	assert(text_equal(again.owner, path->owner));
	buf_free(&href);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dav_server server = {.public_host = "cal.example.org"};
	struct dav_request request = {.host = "h:8080"};
	struct arena *arena = arena_new();
	struct dav_exchange x = {.server = &server, .request = &request, .arena = arena};
	enum dav_code code = DAV_OK;
	struct dav_path path;

	if (size <= MAX_INPUT) {
		char *target = arena_alloc(arena, size + 1);
		if (size)
			memcpy(target, data, size);
		if (dav_path_parse(arena, target, &path) == DAV_OK)
			check_path(arena, &path);
		char *local = dav_local_target(&x, target, &code);
		assert(local ? *local == '/' : code == DAV_BAD_REQUEST || code == DAV_BAD_GATEWAY);
		dav_needs_login("GET", target);
	}
	arena_free(arena);
	return 0;
}
