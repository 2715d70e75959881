/* SPDX-License-Identifier: ISC */
/* Limits that became narrower than what is stored: it stays, and can be read, stored again as it is, and moved where it is. */
#include "tests/unit/dav_world.h"

#define OLD CAL "old.ics"
#define LARGE CAL "large.ics"
#define SIZE 5000

static char *old_event(struct world *w, const char *uid, const char *filling)
{
	return arena_printf(w->arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:15000301T100000Z\r\nSUMMARY:Old%s\r\n"
		"END:VEVENT\r\nEND:VCALENDAR\r\n",
		uid, filling);
}

/* A second server on the same store, as after a restart with other settings. */
static void narrow(struct world *w)
{
	const struct dav_config config = {.store = w->store,
		.max_resource_size = SIZE,
		.min_date_time = INT64_C(-2208988800)}; /* 19000101T000000Z */

	dav_response_free(&w->answer);
	dav_server_free(w->server);
	w->server = dav_server_new(&config);
}

static void to(struct world *w, const char *method, const char *target, const char *destination)
{
	ask_with(w, method, target, NULL,
		(const struct dav_header[]){{"Destination", destination}, {0}});
}

static void stored_objects_stay(void **state)
{
	struct world *w = *state;
	char *filling = arena_alloc(w->arena, SIZE + 1);

	memset(filling, 'x', SIZE);
	const char *old = old_event(w, "old", ""), *large = old_event(w, "large", filling);

	put(w, OLD, old);
	put(w, LARGE, large);
	narrow(w);
	ask(w, "GET", OLD, NULL);
	expect(w, "read", 200);
	ask(w, "PUT", OLD, old);
	expect(w, "the same again", 204);
	ask(w, "PUT", LARGE, large);
	expect(w, "the same large one again", 204);
	ask(w, "PUT", OLD, old_event(w, "old", "er"));
	expect(w, "changed", 403);
	expect_text(w, "changed", "<c:min-date-time>");
	filling[0] = 'y';
	ask(w, "PUT", LARGE, old_event(w, "large", filling));
	expect(w, "a large one changed", 403);
	expect_text(w, "a large one changed", "<c:max-resource-size>");
	to(w, "MOVE", OLD, CAL "older.ics");
	expect(w, "moved where it is", 201);
	to(w, "COPY", CAL "older.ics", HOME "tasks/older.ics");
	expect(w, "copied elsewhere", 403);
}

static void calendars_move_whole(void **state)
{
	struct world *w = *state;

	ask(w, "MKCALENDAR", HOME "past/", NULL);
	expect(w, "MKCALENDAR", 201);
	put(w, HOME "past/old.ics", old_event(w, "old", ""));
	narrow(w);
	to(w, "MOVE", HOME "past/old.ics", CAL "old.ics");
	expect(w, "an event to another calendar", 403);
	expect_text(w, "an event to another calendar", "<c:min-date-time>");
	to(w, "MOVE", HOME "past/", HOME "history/");
	expect(w, "a calendar", 201);
	ask(w, "GET", HOME "history/old.ics", NULL);
	expect(w, "its event", 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(stored_objects_stay),
		WORLD_TEST(calendars_move_whole),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
