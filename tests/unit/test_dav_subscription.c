/* SPDX-License-Identifier: ISC */
/* webdav/subscription.c: how a subscription stands in the repository, and what a push may have put into one. */
#include "tests/unit/dav_world.h"

#define SUB HOME "holidays/"
#define SUBSCRIBE                                                                                  \
	"<C:mkcalendar" NS_ALL "><D:set><D:prop><D:resourcetype><D:collection/><S:subscribed/>"    \
	"</D:resourcetype><S:source><D:href>%s</D:href></S:source></D:prop></D:set></C:mkcalendar>"

static void subscribe(struct world *w)
{
	ask(w, "MKCALENDAR", SUB, arena_printf(w->arena, SUBSCRIBE, "webcal://example.org/a"));
	expect(w, "subscribe", 201);
}

static void its_type_is_a_stored_property(void **state)
{
	struct world *w = *state;
	struct store_snapshot *snapshot;
	size_t len;

	subscribe(w);
	snapshot = store_snapshot(w->store);
	const struct store_collection *c = store_collection(snapshot, "calendars/anna/holidays");
	assert_non_null(c);
	const char *text = store_meta_print(w->arena, store_collection_meta(c), &len);
	assert_non_null(strstr(text, "\nkind calendar\n"));
	assert_non_null(strstr(text,
		"\nprop {DAV:}resourcetype <d:resourcetype xmlns:d=\"DAV:\"><d:collection/>"
		"<cs:subscribed xmlns:cs=\"http://calendarserver.org/ns/\"/></d:resourcetype>\n"));
	assert_non_null(strstr(text, "\nprop {http://calendarserver.org/ns/}source "));
	store_snapshot_free(snapshot);
}

static void links_are_for_calendars(void **state)
{
	static const struct {
		const char *link;
		int status;
	} rows[] = {
		{"https://example.org/a.ics", 201},
		{"http://192.0.2.1:8080/a", 201},
		{"webcals://example.org/a", 201},
		{"\n  WebCal://example.org/a  \n", 201},
		{"https://", 403},
		{"", 403},
		{"example.org/a.ics", 403},
		{"/dav/calendars/anna/personal/", 403},
		{"javascript:alert(1)//https://example.org/", 403},
		{"data:text/calendar,BEGIN", 403},
		{"file:///etc/passwd", 403},
		{"ftp://example.org/a.ics", 403},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ask(w, "MKCALENDAR", arena_printf(w->arena, HOME "s%zu/", i),
			arena_printf(w->arena, SUBSCRIBE, rows[i].link));
		expect(w, rows[i].link, rows[i].status);
	}
}

/* Nothing comes in by DAV, but a push may bring something: it can be read and removed, and makes nobody busy. */
static void what_a_push_brought_is_not_the_owners(void **state)
{
	struct world *w = *state;
	struct store_result result;
	const char *data = event(w, "pushed", 1);

	subscribe(w);
	const struct store_change change = {.slot = STORE_ITEM,
		.collection = "calendars/anna/holidays",
		.name = "a.ics",
		.bytes = data,
		.len = strlen(data)};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "push"};
	assert_int_equal(store_commit(w->store, &write, &result), STORE_OK);
	ask(w, "GET", SUB "a.ics", NULL);
	expect(w, "get", 200);
	ask(w, "PUT", SUB "a.ics", event(w, "pushed", 2));
	expect(w, "put", 403);
	expect_text(w, "put", "<d:write-content/>");
	w->depth = "infinity";
	ask(w, "REPORT", HOME,
		"<C:calendar-query" NS_ALL "><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter "
		"name=\"VCALENDAR\"/></C:filter></C:calendar-query>");
	expect(w, "query", 207);
	expect_count(w, "query", "<d:response>", 0);
	ask(w, "REPORT", HOME,
		"<C:free-busy-query" NS_ALL "><C:time-range start=\"20260101T000000Z\" "
		"end=\"20270101T000000Z\"/></C:free-busy-query>");
	expect(w, "busy", 200);
	expect_text(w, "busy", "!FREEBUSY:");
	w->depth = NULL;
	ask(w, "REPORT", HOME,
		"<D:sync-collection" NS_ALL "><D:sync-token/><D:sync-level>infinite</D:sync-level>"
		"<D:prop><D:getetag/><D:getcontenttype/></D:prop></D:sync-collection>");
	expect(w, "sync", 207);
	expect_text(w, "sync", SUB "a.ics");
	ask(w, "DELETE", SUB "a.ics", NULL);
	expect(w, "delete", 204);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(its_type_is_a_stored_property),
		WORLD_TEST(links_are_for_calendars),
		WORLD_TEST(what_a_push_brought_is_not_the_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
