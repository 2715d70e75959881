/* SPDX-License-Identifier: ISC */
/* Conditions: entity tags as clients send them, the If header, dates (webdav/cond.c). */
#include "tests/unit/dav_world.h"

#include "webdav/cond.h"

static void compares_tags(void **state)
{
	static const struct {
		const char *given;
		bool strong, weak;
	} rows[] = {
		{"\"abc\"", true, true},
		{"W/\"abc\"", false, true},
		{"abc", true, true},
		{"\\\"abc\\\"", true, true},
		{"\"\\\"abc\\\"\"", true, true},
		{"\"abcd\"", false, false},
		{"\"ab\"", false, false},
		{"\"ABC\"", false, false},
		{"\"abc", false, false},
		{"", false, false},
		{"nothing", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].given);
		if (dav_tag_matches(rows[i].given, len, "abc", false) != rows[i].strong ||
			dav_tag_matches(rows[i].given, len, "abc", true) != rows[i].weak)
			fail_msg("%s", rows[i].given);
	}
}

/* "@" in a value stands for the bare tag of a.ics. */
static const char *with_tag(struct world *w, const char *value, const char *tag)
{
	const char *at = strchr(value, '@');

	return at ? arena_printf(w->arena, "%.*s%s%s", (int)(at - value), value, tag, at + 1)
		  : value;
}

static void judges_headers(void **state)
{
	static const struct {
		const char *method, *name, *value;
		int there, absent; /* status on a.ics, and on none.ics */
	} rows[] = {
		{"GET", "If-Match", "\"@\"", 200, 404},
		{"GET", "If-Match", "\"x\"", 412, 404},
		{"GET", "If-Match", "*", 200, 404},
		{"GET", "If-None-Match", "\"@\"", 304, 404},
		{"GET", "If-None-Match", "W/\"@\"", 304, 404},
		{"GET", "If-None-Match", "*", 304, 404},
		{"GET", "If-None-Match", "\"x\", \"y,z\" , \"@\"", 304, 404},
		{"GET", "If-None-Match", "\"x\"", 200, 404},
		{"GET", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304, 404},
		{"GET", "If-Modified-Since", "Fri, 01 Jan 2010 00:00:00 GMT", 200, 404},
		{"GET", "If-Modified-Since", "yesterday", 200, 404},
		{"GET", "If-Unmodified-Since", "Fri, 01 Jan 2010 00:00:00 GMT", 412, 404},
		{"GET", "If-Unmodified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 200, 404},
		{"PROPFIND", "If-None-Match", "*", 412, 404},
		{"PROPFIND", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 207, 404},
		{"PUT", "If-Match", "nothing", 412, 412},
		{"PUT", "If-Match", "@", 204, 412},
		{"PUT", "If-Match", "", 412, 412},
		{"PUT", "If-None-Match", "*", 412, 201},
		{"PUT", "If-Schedule-Tag-Match", "", 204, 201},
		{"PUT", "If-Schedule-Tag-Match", "\"x\"", 412, 412},
		{"PUT", "If", "([\"@\"])", 204, 412},
		{"PUT", "If", "([\"x\"]) (Not [\"x\"])", 204, 201},
		{"PUT", "If", "(Not <DAV:no-lock>)", 204, 201},
		{"PUT", "If", "(<DAV:no-lock>)", 412, 412},
		{"PUT", "If", " <http://cal.example.org" CAL "a.ics> ([\"@\"] Not [\"x\"])", 204,
			201},
		{"PUT", "If", "<" CAL "none.ics> ([\"@\"])", 412, 412},
		{"PUT", "If", "<" CAL "none.ics> (Not [\"@\"])", 204, 201},
		{"PUT", "If", "<http://elsewhere.example.org/> (Not <x>)", 204, 201},
		{"PUT", "If", "</dav/calendars/ben/personal/> (<x>)", 412, 412},
		{"PUT", "If", "", 400, 400},
		{"PUT", "If", "nonsense", 400, 400},
		{"PUT", "If", "()", 400, 400},
		{"PUT", "If", "(", 400, 400},
		{"PUT", "If", "([\"x\"", 400, 400},
		{"PUT", "If", "([\"x\"]", 400, 400},
		{"PUT", "If", "(Not)", 400, 400},
		{"PUT", "If", "<" CAL ">", 400, 400},
		{"PUT", "If", "<" CAL, 400, 400},
		{"DELETE", "If-Match", "\"x\"", 412, 404},
	};
	struct world *w = *state;
	char hex[41];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(w, CAL "a.ics", event(w, "a", 1));
		struct store_oid oid = store_blob_id(event(w, "a", 1), strlen(event(w, "a", 1)));
		store_oid_hex(hex, &oid);
		const struct dav_header header[] = {
			{rows[i].name, with_tag(w, rows[i].value, hex)}, {0}};
		bool write = strcmp(rows[i].method, "PUT") == 0;
		const char *name = arena_printf(
			w->arena, "%s %s: %s", rows[i].method, rows[i].name, rows[i].value);
		ask_with(w, rows[i].method, CAL "a.ics", write ? event(w, "a", 2) : NULL, header);
		expect(w, name, rows[i].there);
		ask(w, "DELETE", CAL "a.ics", NULL);
		put(w, CAL "a.ics", event(w, "a", 1));
		ask_with(w, rows[i].method, CAL "none.ics", write ? event(w, "none", 2) : NULL,
			header);
		expect(w, name, rows[i].absent);
		ask(w, "DELETE", CAL "none.ics", NULL);
	}
}

static const char propfind_token[] =
	"<d:propfind xmlns:d=\"DAV:\"><d:prop><d:sync-token/></d:prop></d:propfind>";

/* RFC 6578 5: a write that goes through only while the calendar is as it was. */
static void judges_sync_tokens(void **state)
{
	struct world *w = *state;

	ask(w, "PROPFIND", CAL, propfind_token);
	const struct dav_header header[] = {
		{"If", arena_printf(w->arena, "<" CAL "> (<%s>)", token_of(w))}, {0}};
	ask_with(w, "PUT", CAL "a.ics", event(w, "a", 1), header);
	expect(w, "token of now", 201);
	ask_with(w, "PUT", CAL "b.ics", event(w, "b", 1), header);
	expect(w, "old token", 412);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_tags),
		WORLD_TEST(judges_headers),
		WORLD_TEST(judges_sync_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
