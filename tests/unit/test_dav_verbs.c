/* SPDX-License-Identifier: ISC */
/* The writing verbs and GET: outcomes as rows, and what stands there afterwards (webdav/verb_*.c). */
#include "tests/unit/dav_world.h"

#define BEN "/dav/calendars/ben/personal/"
#define FILES "/dav/files/anna/"

struct step {
	const char *method, *target;
	const char *body;   /* "!UID": that event; "?UID": that task; else as it is */
	const char *header; /* "Name: value", or NULL */
	int status;
	const char *text; /* in the body of the answer ("!": not), or NULL */
};

static const char *body_for(struct world *w, const char *body)
{
	if (body && *body == '!')
		return event(w, body + 1, 1);
	if (body && *body == '?')
		return arena_printf(w->arena,
			"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VTODO\r\nUID:%s\r\n"
			"DTSTAMP:20260101T000000Z\r\nSUMMARY:Do it\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
			body + 1);
	return body;
}

static void run(struct world *w, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct dav_header extra[2] = {{0}, {0}};
		const char *colon = steps[i].header ? strchr(steps[i].header, ':') : NULL;
		if (colon) {
			extra[0].name = arena_strndup(
				w->arena, steps[i].header, (size_t)(colon - steps[i].header));
			extra[0].value = colon + 2;
		}
		const char *name = arena_printf(
			w->arena, "step %zu %s %s", i, steps[i].method, steps[i].target);
		ask_with(w, steps[i].method, steps[i].target, body_for(w, steps[i].body), extra);
		expect(w, name, steps[i].status);
		if (steps[i].text)
			expect_text(w, name, steps[i].text);
	}
}

#define RUN(steps) run(*state, steps, sizeof(steps) / sizeof((steps)[0]))

static void puts_objects(void **state)
{
	static const struct step steps[] = {
		{"PUT", CAL "a.ics", "!a", NULL, 201, NULL},
		{"PUT", CAL "a.ics", "!a", NULL, 204, NULL},
		{"GET", CAL "a.ics", NULL, NULL, 200, "SUMMARY:Event a"},
		{"PUT", CAL "b.ics", "!a", NULL, 409,
			"<c:no-uid-conflict><d:href>" CAL "a.ics</d:href></c:no-uid-conflict>"},
		{"PUT", CAL "a.ics", "!b", NULL, 409, "no-uid-conflict"},
		{"PUT", CAL "t.ics", "?t", NULL, 403,
			"<c:supported-calendar-component></c:supported-calendar-component>"},
		{"PUT", HOME "tasks/t.ics", "?t", NULL, 201, NULL},
		{"PUT", CAL "x.ics", "BEGIN:VCALENDAR", NULL, 403, "valid-calendar-data"},
		{"PUT", CAL "x.ics", "", NULL, 403, "valid-calendar-data"},
		{"PUT", CAL "x.ics", "!x", "Content-Range: bytes 0-1/5", 400, NULL},
		{"PUT", CAL ";add-member", "!x", NULL, 405, NULL},
		{"PUT", HOME "none/x.ics", "!x", NULL, 409, NULL},
		{"PUT", HOME "x.ics", "!x", NULL, 405, NULL},
		{"PUT", CAL, "!x", NULL, 405, NULL},
		{"PUT", CAL "x.ics/", "!x", NULL, 405, NULL},
		{"PUT", "/", "", "If-Match: nothing", 405, NULL},
		{"PUT", BEN "x.ics", "!x", NULL, 404, NULL},
		{"PUT", CAL "r.ics", "!r", "Prefer: return=representation", 201, "UID:r"},
		{"PUT", CAL "r.ics", "!r", "Prefer: return=representation", 200, "UID:r"},
		{"PUT", FILES "n.txt", "BEGIN", NULL, 201, NULL},
		{"PUT", FILES "sub/n.txt", "BEGIN", NULL, 409, NULL},
		{"PUT", FILES "%2egit", "BEGIN", NULL, 201, NULL},
		{"GET", FILES ".git", NULL, NULL, 200, "BEGIN"},
	};

	RUN(steps);
}

static void answers_with_etags(void **state)
{
	struct world *w = *state;
	char hex[43] = "\"";

	put(w, CAL "a.ics", event(w, "a", 1));
	struct store_oid oid = store_blob_id(event(w, "a", 1), strlen(event(w, "a", 1)));
	store_oid_hex(hex + 1, &oid);
	memcpy(hex + 41, "\"", 2);
	assert_string_equal(dav_response_header(&w->answer, "ETag"), hex);
	assert_null(dav_response_header(&w->answer, "Location"));
	ask(w, "GET", CAL "a.ics", NULL);
	assert_string_equal(dav_response_header(&w->answer, "etag"), hex);
	assert_string_equal(dav_response_header(&w->answer, "Content-Type"),
		"text/calendar; charset=utf-8; component=VEVENT");
	assert_non_null(dav_response_header(&w->answer, "Last-Modified"));
	assert_non_null(dav_response_header(&w->answer, "DAV"));
}

static void refuses_wrong_types(void **state)
{
	static const struct {
		const char *target, *type;
		int status;
		const char *text;
	} rows[] = {
		{CAL "a.ics", "text/calendar; charset=utf-8; component=VEVENT", 201, ""},
		{CAL "a.ics", "TEXT/Calendar", 204, ""},
		{CAL "a.ics", "", 204, ""},
		{CAL "a.ics", "application/octet-stream", 204, ""},
		{CAL "a.ics", "text/vcard", 403,
			"<c:supported-calendar-data></c:supported-calendar-data>"},
		{CAL "a.ics", "image/png", 403, "supported-calendar-data"},
		{BOOK "a.vcf", "text/calendar", 403,
			"<card:supported-address-data></card:supported-address-data>"},
		{BOOK "a.vcf", "text/x-vcard", 403,
			"<card:valid-address-data></card:valid-address-data>"},
		{FILES "a", "image/png", 201, ""},
	};
	struct world *w = *state;

	make_book(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dav_header header = {"Content-Type", rows[i].type};
		const char *body = event(w, "a", 1);
		struct dav_request request = {.method = "PUT",
			.target = rows[i].target,
			.headers = &header,
			.n_headers = 1,
			.body = body,
			.body_len = strlen(body),
			.person = {.name = "anna"}};
		dav_response_free(&w->answer);
		dav_handle_wait(w->server, &request, &w->answer);
		expect(w, rows[i].type, rows[i].status);
		expect_text(w, rows[i].type, rows[i].text);
	}
}

static void deletes(void **state)
{
	static const struct step steps[] = {
		{"PUT", CAL "a.ics", "!a", NULL, 201, NULL},
		{"DELETE", CAL "a.ics", "body", NULL, 415, NULL},
		{"DELETE", CAL "a.ics", NULL, NULL, 204, NULL},
		{"DELETE", CAL "a.ics", NULL, NULL, 404, NULL},
		{"GET", CAL "a.ics", NULL, NULL, 404, NULL},
		{"PUT", CAL "b.ics", "!a", NULL, 201, NULL},
		{"DELETE", CAL, NULL, "Depth: 1", 400, NULL},
		{"DELETE", CAL, NULL, "Depth: 0", 204, NULL},
		{"PROPFIND", CAL, NULL, NULL, 404, NULL},
		{"DELETE", HOME, NULL, NULL, 403, NULL},
		{"DELETE", BOOKS, NULL, NULL, 403, NULL},
		{"DELETE", FILES, NULL, NULL, 403, NULL},
		{"DELETE", "/", NULL, NULL, 403, NULL},
		{"DELETE", "/dav/calendars/", NULL, NULL, 403, NULL},
		{"DELETE", "/dav/principals/users/anna/", NULL, NULL, 403, NULL},
		{"DELETE", BEN, NULL, NULL, 404, NULL},
		{"DELETE", "/dav/calendars/ben/", NULL, NULL, 404, NULL},
	};

	RUN(steps);
}

#define MK(ns, root, inner)                                                                        \
	"<" root " xmlns" ns " xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\""         \
	" xmlns:r=\"urn:ietf:params:xml:ns:carddav\"><d:set><d:prop>" inner                        \
	"</d:prop></d:set></" root ">"
#define MKCOL(inner) MK("=\"DAV:\"", "mkcol", "<d:resourcetype><d:collection/>" inner)
#define MKCAL(inner) MK("=\"urn:ietf:params:xml:ns:caldav\"", "mkcalendar", inner)

static void makes_collections(void **state)
{
	static const struct step steps[] = {
		{"MKCALENDAR", HOME "one/", NULL, NULL, 201, NULL},
		{"MKCALENDAR", HOME "one", NULL, NULL, 403, "resource-must-be-null"},
		{"MKCALENDAR", HOME "two", MKCAL("<d:displayname>Two</d:displayname>"), NULL, 201,
			NULL},
		{"PROPFIND", HOME "two/", NULL, NULL, 207, "Two"},
		{"MKCALENDAR", HOME "bad/", MKCAL("<d:displayname>x</d:displayname><d:getetag/>"),
			NULL, 207, "<d:displayname/></d:prop><d:status>HTTP/1.1 424"},
		{"MKCALENDAR", HOME "bad/", "<d:mkcol xmlns:d=\"DAV:\"/>", NULL, 415, NULL},
		{"MKCALENDAR", HOME "bad/", "nonsense", NULL, 400, NULL},
		{"MKCALENDAR", BOOKS "bad/", NULL, NULL, 403, "calendar-collection-location-ok"},
		{"MKCALENDAR", FILES "bad/", NULL, NULL, 403, "calendar-collection-location-ok"},
		{"MKCALENDAR", CAL "bad/", NULL, NULL, 403, "calendar-collection-location-ok"},
		{"MKCALENDAR", HOME, NULL, NULL, 403, "resource-must-be-null"},
		{"MKCALENDAR", HOME "inbox/", NULL, NULL, 403, "calendar-collection-location-ok"},
		{"MKCALENDAR", "/dav/calendars/ben/mine/", NULL, NULL, 404, NULL},
		{"MKCOL", HOME "plain/", NULL, NULL, 403, NULL},
		{"MKCOL", HOME "plain/", MKCOL("</d:resourcetype>"), NULL, 403,
			"valid-resourcetype"},
		{"MKCOL", HOME "three", MKCOL("<c:calendar/></d:resourcetype>"), NULL, 201, NULL},
		{"MKCOL", HOME "book/", MKCOL("<r:addressbook/></d:resourcetype>"), NULL, 403,
			"valid-resourcetype"},
		{"MKCOL", BOOKS "b", MKCOL("<r:addressbook/></d:resourcetype>"), NULL, 201, NULL},
		{"MKCOL", BOOKS "c", MKCOL("<c:calendar/></d:resourcetype>"), NULL, 403,
			"valid-resourcetype"},
		{"MKCOL", HOME "odd", MKCOL("<c:calendar/><r:addressbook/></d:resourcetype>"), NULL,
			403, "<d:error><d:valid-resourcetype/></d:error>"},
		{"MKCOL", HOME "odd", MKCOL("<c:thing/></d:resourcetype>"), NULL, 403,
			"mkcol-response"},
		{"MKCOL", CAL "inner/", NULL, NULL, 403, NULL},
		{"MKCOL", FILES "folder", NULL, NULL, 201, NULL},
		{"MKCOL", FILES "folder/", NULL, NULL, 405, NULL},
		{"MKCOL", FILES "folder/inner/", NULL, NULL, 201, NULL},
		{"MKCOL", FILES "none/inner/", NULL, NULL, 409, NULL},
		{"MKCOL", FILES "@x", NULL, NULL, 403, NULL},
		{"PUT", FILES "file", "BEGIN", NULL, 201, NULL},
		{"MKCOL", FILES "file", NULL, NULL, 405, NULL},
		{"MKCOL", FILES "file/", NULL, NULL, 405, NULL},
		{"PUT", FILES "folder", "BEGIN", NULL, 405, NULL},
		{"MKCOL", "/", NULL, NULL, 405, NULL},
		{"MKCOL", "/dav/", NULL, NULL, 405, NULL},
	};

	RUN(steps);
}

#define TO(path) "Destination: http://cal.example.org" path

static void copies_and_moves_items(void **state)
{
	static const struct step steps[] = {
		{"MKCALENDAR", HOME "two/", NULL, NULL, 201, NULL},
		{"PUT", CAL "a.ics", "!a", NULL, 201, NULL},
		{"COPY", CAL "a.ics", NULL, TO(HOME "two/a.ics"), 201, NULL},
		{"COPY", CAL "a.ics", NULL, TO(HOME "two/a.ics"), 204, NULL},
		{"COPY", CAL "a.ics", NULL, TO(HOME "two/b.ics"), 409,
			"<d:href>" HOME "two/a.ics</d:href>"},
		{"COPY", CAL "a.ics", NULL, TO(CAL "b.ics"), 409, "<d:href>" CAL "a.ics</d:href>"},
		{"MOVE", CAL "a.ics", NULL, TO(CAL "b.ics"), 201, NULL},
		{"GET", CAL "a.ics", NULL, NULL, 404, NULL},
		{"GET", CAL "b.ics", NULL, NULL, 200, "UID:a"},
		{"MOVE", CAL "b.ics", NULL, TO(HOME "tasks/b.ics"), 403,
			"supported-calendar-component"},
		{"COPY", CAL "b.ics", NULL, TO(FILES "b.ics"), 201, NULL},
		{"COPY", FILES "b.ics", NULL, TO(HOME "two/c.ics"), 409, "no-uid-conflict"},
		{"MOVE", FILES "b.ics", NULL, TO(HOME "two/a.ics"), 204, NULL},
		{"PUT", FILES "junk", "BEGIN", NULL, 201, NULL},
		{"MOVE", FILES "junk", NULL, TO(HOME "two/j.ics"), 403, "valid-calendar-data"},
		{"PUT", FILES "junk.txt", "BEGIN", NULL, 201, NULL},
		{"MOVE", FILES "junk.txt", NULL, TO(HOME "two/j.ics"), 403,
			"supported-calendar-data"},
		{"COPY", CAL "b.ics", NULL, TO(BOOKS "x/b.vcf"), 409, NULL},
		{"COPY", CAL "b.ics", NULL, TO(HOME "two/"), 403, NULL},
		{"COPY", CAL "b.ics", NULL, TO(HOME), 403, NULL},
		{"COPY", CAL "b.ics", NULL, TO("/"), 403, "need-privileges"},
		{"COPY", CAL "b.ics", NULL, TO("/dav/principals/users/anna/"), 403, NULL},
		{"COPY", CAL "b.ics", NULL, TO(BEN "b.ics"), 409, NULL},
		{"COPY", CAL "b.ics", NULL, TO(CAL "b.ics"), 403, NULL},
		{"COPY", CAL "b.ics", NULL, TO(CAL "%2e%2e/b.ics"), 400, NULL},
		{"COPY", CAL "b.ics", NULL, TO("/elsewhere"), 403, NULL},
		{"COPY", CAL "b.ics", NULL, TO(CAL ";add-member"), 403, NULL},
		{"COPY", CAL "b.ics", NULL, "Destination: http://elsewhere/", 502, NULL},
		{"COPY", CAL "b.ics", NULL, NULL, 400, NULL},
		{"COPY", "/dav/principals/users/anna/", NULL, TO(CAL "p"), 403, NULL},
	};

	RUN(steps);
}

static void copies_and_moves_trees(void **state)
{
	static const struct step steps[] = {
		{"PUT", CAL "a.ics", "!a", NULL, 201, NULL},
		{"COPY", CAL, NULL, TO(HOME "two"), 201, NULL},
		{"GET", HOME "two/a.ics", NULL, NULL, 200, "UID:a"},
		{"COPY", CAL, NULL, TO(HOME "two"), 204, NULL},
		{"MOVE", HOME "two/", NULL, TO(HOME "three/"), 201, NULL},
		{"GET", HOME "two/", NULL, NULL, 404, NULL},
		{"GET", HOME "three/a.ics", NULL, NULL, 200, NULL},
		{"MOVE", HOME "three/", NULL, TO(HOME "three/inner/"), 403, NULL},
		{"MOVE", HOME "three/", NULL, TO(BOOKS "three/"), 403,
			"calendar-collection-location-ok"},
		{"MOVE", HOME, NULL, TO(HOME "x/"), 403, NULL},
		{"MKCOL", FILES "a", NULL, NULL, 201, NULL},
		{"MKCOL", FILES "a/b", NULL, NULL, 201, NULL},
		{"PUT", FILES "a/b/n.txt", "BEGIN", NULL, 201, NULL},
		{"COPY", FILES "a/", NULL, TO(FILES "c"), 201, NULL},
		{"GET", FILES "c/b/n.txt", NULL, NULL, 200, "BEGIN"},
		{"COPY", FILES "a/", NULL, TO(FILES "a/b/c/"), 403, NULL},
		{"MOVE", FILES "a/b/", NULL, TO(FILES "a/"), 403, NULL},
		{"MOVE", FILES "a/", NULL, TO(FILES "d/e/"), 409, NULL},
		{"MOVE", FILES "a/", NULL, TO(FILES "d/"), 201, NULL},
		{"GET", FILES "a/b/n.txt", NULL, NULL, 404, NULL},
		{"GET", FILES "d/b/n.txt", NULL, NULL, 200, NULL},
		{"PUT", FILES "file", "BEGIN", NULL, 201, NULL},
		{"COPY", FILES "d/", NULL, TO(FILES "file"), 204, NULL},
		{"GET", FILES "file/b/n.txt", NULL, NULL, 200, NULL},
		{"COPY", FILES "d/b/n.txt", NULL, TO(FILES "file/"), 204, NULL},
		{"GET", FILES "file", NULL, NULL, 200, "BEGIN"},
		{"COPY", FILES "d/", NULL, TO(HOME "files/"), 403, NULL},
		{"COPY", FILES, NULL, TO(FILES "x/"), 403, NULL},
		{"GET", FILES, NULL, NULL, 200, "<a href=\"" FILES "d/\">d/</a>"},
	};

	RUN(steps);
}

/* What somebody else has looks the same as what nobody has, for every verb. */
static void hides_what_is_others(void **state)
{
	static const char *const verbs[] = {"GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH",
		"MKCOL", "MKCALENDAR", "COPY", "MOVE", "REPORT", "LOCK"};
	static const char *const pairs[][2] = {
		{"/dav/calendars/ben/", "/dav/calendars/nobody/"},
		{BEN, "/dav/calendars/nobody/personal/"},
		{BEN "a.ics", "/dav/calendars/nobody/personal/a.ics"},
		{"/dav/files/ben/", "/dav/files/nobody/"},
	};
	struct world *w = *state;

	w->person = "ben";
	put(w, BEN "a.ics", event(w, "a", 1));
	w->person = "anna";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
			ask(w, verbs[i], pairs[k][0], NULL);
			expect(w, verbs[i], 404);
			const char *body = arena_strdup(w->arena, body_of(w));
			size_t n = w->answer.n_headers;
			ask(w, verbs[i], pairs[k][1], NULL);
			expect(w, verbs[i], 404);
			assert_string_equal(body_of(w), body);
			assert_int_equal(w->answer.n_headers, n);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(puts_objects),
		WORLD_TEST(answers_with_etags),
		WORLD_TEST(refuses_wrong_types),
		WORLD_TEST(deletes),
		WORLD_TEST(makes_collections),
		WORLD_TEST(copies_and_moves_items),
		WORLD_TEST(copies_and_moves_trees),
		WORLD_TEST(hides_what_is_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
