/* SPDX-License-Identifier: ISC */
/*
 * A whole calendar as one iCalendar object. It is the answer to GET on its URL under /dav/ (webdav/get_calendar.c), so that
 * there is one rule for who sees what; entries come in an order that their names alone decide, so that two exports can be
 * compared.
 */
#include "src/api_call.h"
#include "src/api_place.h"
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
static int get(struct api_call *call, const char *path)
{
	const struct dav_request request = {
		.method = "GET",
		.target = target_of(call, path),
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

static void answer(struct api_call *call, int status)
{
	const char *user = call->params[0], *name = call->params[1];

	call->response->status = status;
	call->response->content_type = "text/calendar; charset=utf-8";
	if (call->response->body.full)
		api_fail(call, 500, "the calendar is larger than %zu bytes", API_MAX_ANSWER);
	else if (status == 404)
		api_fail(call, 404, "there is no %s/%s", user, name);
	else if (status != 200)
		api_fail(call, status, "%s/%s can not be read", user, name);
}

void api_export(struct api_call *call)
{
	const char *user = call->params[0], *name = call->params[1], *path = NULL;

	if (!api_read(call, NULL, 0))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = place_find(snapshot, call->arena, user, name);
	if (!c)
		api_fail(call, 404, "there is no %s/%s", user, name);
	else if (store_collection_meta(c)->kind != FACTS_CALENDAR)
		api_fail(call, 409,
			"%s/%s is an address book: only calendars and task lists can be exported",
			user, name);
	else
		path = arena_strdup(call->arena, store_collection_path(c));
	store_snapshot_free(snapshot);
	if (path)
		answer(call, get(call, path));
}
