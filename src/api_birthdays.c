/* SPDX-License-Identifier: ISC */
/* The birthday calendar of a user: is it on, on, off (webdav/birthdays.h). */
#include "src/api_people.h"
#include "webdav/birthdays.h"

static void answer(struct api_call *call, int status)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = dav_birthdays_of(snapshot, call->params[0]);
	json_t *json = json_pack("{s:b, s:o, s:o}", "on", c != NULL, "name",
		api_text(c ? store_collection_name(c) : NULL), "url",
		api_text(c ? api_collection_url(call, c) : NULL));

	store_snapshot_free(snapshot);
	api_answer(call, status, json);
}

void api_birthdays_get(struct api_call *call)
{
	if (!api_read(call, NULL, 0))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	bool known = store_collection(
		snapshot, arena_printf(call->arena, "calendars/%s", call->params[0]));
	store_snapshot_free(snapshot);
	if (known)
		answer(call, 200);
	else
		api_fail(call, 404, "there is no user %s", call->params[0]);
}

static void set(struct api_call *call, bool on)
{
	struct dav_people people = api_people(call);

	if (!api_read(call, NULL, 0))
		return;
	enum dav_people_code code = dav_birthdays_set(&people, call->params[0], on);
	if (code != PEOPLE_OK && code != PEOPLE_SAME)
		api_fail_people(call, code, &people);
	else if (on)
		answer(call, code == PEOPLE_OK ? 201 : 200);
	else
		api_answer_nothing(call);
}

void api_birthdays_put(struct api_call *call)
{
	set(call, true);
}

void api_birthdays_delete(struct api_call *call)
{
	set(call, false);
}
