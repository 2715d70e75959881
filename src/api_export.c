/* SPDX-License-Identifier: ISC */
/*
 * A whole calendar as one iCalendar object, a whole address book as its cards one after the other: as they are stored, or in
 * the version that is asked for. It is the answer to GET on its URL under /dav/ (webdav/get_calendar.c), so that
 * there is one rule for who sees what; entries come in an order that their names alone decide, so that two exports can be
 * compared.
 */
#include "src/api_call.h"
#include "src/base/text.h"
#include "webdav/resource.h"

#include <stdint.h>

#define PART (256u * 1024)

/* The URL of a collection. */
static const char *target_of(struct api_call *call, const char *path)
{
	struct buf url;

	buf_init(&url, SIZE_MAX);
	dav_href_of(&url, path, NULL);
	const char *target = arena_strdup(call->arena, url.data);
	buf_free(&url);
	return target;
}

/* Into the body of the answer; the status. */
static int get(struct api_call *call, const char *path, const char *version)
{
	const struct dav_header accept = {"Accept",
		arena_printf(call->arena, "text/vcard; version=%s", version ? version : "")};
	const struct dav_request request = {
		.method = "GET",
		.target = target_of(call, path),
		.headers = &accept,
		.n_headers = version != NULL,
		.as_stored = !version,
		.body = "",
		.person = api_viewer(call),
		.scheme = "http",
		.host = "localhost",
	};
	struct buf *out = &call->response->body;
	struct dav_response response;

	dav_handle(
		call->app->dav, &request, &response); /* GET writes nothing: it is never pending */
	int status = response.status;
	buf_add(out, response.body.data ? response.body.data : "", response.body.len);
	while (response.producing && !out->full)
		dav_produce(&response, out, PART);
	dav_response_free(&response);
	return status;
}

static void answer(struct api_call *call, int status, bool cards)
{
	const char *user = call->params[0], *name = call->params[1];

	call->response->status = status;
	call->response->content_type = cards ? "text/vcard; charset=utf-8"
					     : "text/calendar; charset=utf-8";
	if (call->response->body.full)
		api_fail(call, 500, "it is larger than %zu bytes", API_MAX_ANSWER);
	else if (status == 404)
		api_fail(call, 404, "there is no %s/%s", user, name);
	else if (status != 200)
		api_fail(call, status, "%s/%s can not be read", user, name);
}

static bool version_ok(struct api_call *call, const char *version, const char **kind)
{
	if (!version)
		return true;
	if (!text_equal(version, "3.0") && !text_equal(version, "4.0"))
		api_fail(call, 400, "\"version\" must be 3.0 or 4.0");
	else if (*kind && !text_equal(*kind, "addressbook"))
		api_fail(call, 400, "\"version\" is for address books");
	*kind = "addressbook";
	return !call->response->status;
}

void api_export(struct api_call *call)
{
	const char *kind = NULL, *version = NULL, *path = NULL;
	const struct api_field fields[] = {
		{"kind", API_TEXT, 20, &kind},
		{"version", API_TEXT, 10, &version},
	};
	bool cards = false;

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)) ||
		!version_ok(call, version, &kind))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = api_collection_named(call, snapshot, kind);
	if (c) {
		path = arena_strdup(call->arena, store_collection_path(c));
		cards = store_collection_meta(c)->kind == FACTS_ADDRESSBOOK;
	}
	store_snapshot_free(snapshot);
	if (path)
		answer(call, get(call, path, version), cards);
}
