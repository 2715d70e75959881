/* SPDX-License-Identifier: ISC */
/* A whole calendar as one iCalendar object, entries in the order of their names so that two exports
 * can be compared. */
#include "src/api_call.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "ical/cal.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct store_item *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static const struct store_item **sorted_items(
	struct arena *arena, const struct store_collection *c, size_t *count)
{
	size_t room = store_collection_count(c);
	const struct store_item **items = arena_array(arena, room + 1, sizeof(struct store_item *));
	const struct store_item *item;
	struct store_cursor cursor = {0};

	*count = 0;
	while (*count < room && (item = store_item_next(c, &cursor)))
		items[(*count)++] = item;
	qsort(items, *count, sizeof(struct store_item *), by_name);
	return items;
}

static void merge(struct api_call *call, const struct store_collection *c, struct buf *out)
{
	const struct store_meta *meta = store_collection_meta(c);
	const char *name = place_displayname(call->arena, meta);
	size_t count;
	const struct store_item **items = sorted_items(call->arena, c, &count);
	struct cal_merge *merge = cal_merge_begin(
		out, name ? name : store_collection_name(c), place_get_color(call->arena, meta));

	for (size_t i = 0; i < count; i++) {
		struct store_bytes bytes;
		if (store_read(call->app->store, &items[i]->oid, &bytes) != STORE_OK)
			continue; /* `daybook check` tells; the others must not be lost, too */
		cal_merge_add(merge, out, bytes.data, bytes.size);
		store_bytes_free(&bytes);
		if (call->response->progress)
			call->response->progress(call->response->payload, "reading", i + 1, count);
	}
	cal_merge_end(merge, out);
}

/* What is shared with somebody, as they see it: GET decides that (webdav/get_calendar.c). */
static void export_share(struct api_call *call, const struct store_collection *share)
{
	struct dav_response response = {0};
	const struct dav_request request = {
		.method = "GET",
		.target = api_collection_url(call, share),
		.scheme = "http",
		.host = "localhost",
		.person = {.name = call->params[0]},
	};

	dav_handle_wait(call->app->dav, &request, &response);
	if (response.status == 200) {
		buf_add(&call->response->body, response.body.data, response.body.len);
		call->response->status = 200;
		call->response->content_type = "text/calendar; charset=utf-8";
	} else {
		api_fail(call, 404, "what was shared is not there any more");
	}
	dav_response_free(&response);
}

void api_export(struct api_call *call)
{
	const char *user = call->params[0], *name = call->params[1];

	if (!api_read(call, NULL, 0))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = place_find(snapshot, call->arena, user, name);
	if (!c) {
		api_fail(call, 404, "there is no %s/%s", user, name);
	} else if (store_collection_meta(c)->kind != FACTS_CALENDAR) {
		api_fail(call, 409,
			"%s/%s is an address book: only calendars and task lists can be exported",
			user, name);
	} else if (store_collection_meta(c)->share_of) {
		export_share(call, c);
	} else {
		merge(call, c, &call->response->body);
		call->response->status = 200;
		call->response->content_type = "text/calendar; charset=utf-8";
		if (call->response->body.full)
			api_fail(
				call, 500, "the calendar is larger than %zu bytes", API_MAX_ANSWER);
	}
	store_snapshot_free(snapshot);
}
