/* SPDX-License-Identifier: ISC */
/* Properties in listings and updates: forms of PROPFIND, dead properties, PROPPATCH (webdav/prop.c, patch.c, meta.c). */
#include "tests/unit/dav_world.h"

#include "src/base/clock.h"

#define FIND(inner) "<d:propfind xmlns:d=\"DAV:\" xmlns:x=\"urn:x\">" inner "</d:propfind>"
#define SET(inner)                                                                                 \
	"<d:propertyupdate xmlns:d=\"DAV:\" xmlns:x=\"urn:x\"><d:set><d:prop>" inner               \
	"</d:prop></d:set></d:propertyupdate>"
#define REMOVE(inner)                                                                              \
	"<d:propertyupdate xmlns:d=\"DAV:\" xmlns:x=\"urn:x\"><d:remove><d:prop>" inner            \
	"</d:prop></d:remove></d:propertyupdate>"
#define FILES "/dav/files/anna/"

/* On each kind of place that keeps properties: set, read, see in allprop and propname, replace, remove. */
static void keeps_properties(void **state)
{
	static const char *const targets[] = {HOME, CAL, CAL "a.ics", BOOKS, BOOK, FILES,
		FILES "sub/", FILES "note.txt", "/dav/principals/users/anna/"};
	struct world *w = *state;

	make_book(w);
	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, FILES "note.txt", "BEGIN hello");
	ask(w, "MKCOL", FILES "sub", NULL);
	expect(w, "MKCOL", 201);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const char *at = targets[i];
		ask(w, "PROPPATCH", at, SET("<x:mood>a &amp; <b x:k=\"1\"/></x:mood>"));
		expect(w, at, 207);
		expect_text(w, at, "<x:mood xmlns:x=\"urn:x\"/></d:prop><d:status>HTTP/1.1 200 OK");
		ask(w, "PROPFIND", at, FIND("<d:prop><x:mood/></d:prop>"));
		expect_text(w, at, "<x0:mood xmlns:x0=\"urn:x\">a &amp; <b x0:k=\"1\"/></x0:mood>");
		ask(w, "PROPFIND", at, FIND("<d:allprop/>"));
		expect_text(w, at, ">a &amp; <b x0:k");
		ask(w, "PROPFIND", at, FIND("<d:propname/>"));
		expect_text(w, at, "<x:mood xmlns:x=\"urn:x\"/>");
		expect_text(w, at, "!a &amp; <b");
		ask(w, "PROPPATCH", at, REMOVE("<x:mood/><x:never/>"));
		expect(w, at, 207);
		ask(w, "PROPFIND", at, FIND("<d:prop><x:mood/></d:prop>"));
		expect_text(w, at, "<x:mood xmlns:x=\"urn:x\"/></d:prop><d:status>HTTP/1.1 404");
	}
}

static void answers_propfind(void **state)
{
	static const struct {
		const char *name, *target, *depth, *body;
		int status;
		const char *text; /* in the answer, "!": not */
	} rows[] = {
		{"no body", CAL, "0", NULL, 207, "<d:resourcetype>"},
		{"white space only", CAL, "0", " \r\n", 207, "<d:resourcetype>"},
		{"depth infinity", CAL, "infinity", NULL, 403, "propfind-finite-depth"},
		{"depth none", CAL, NULL, NULL, 207, "!a.ics"},
		{"depth 1", CAL, "1", NULL, 207, "<d:href>" CAL "a.ics</d:href>"},
		{"depth nonsense", CAL, "2", NULL, 400, ""},
		{"wrong root", CAL, "0", "<propfind/>", 422, ""},
		{"nothing asked", CAL, "0", FIND(""), 422, ""},
		{"empty prop", CAL, "0", FIND("<d:prop/>"), 207, "<d:propstat><d:prop></d:prop>"},
		{"twice", CAL, "0", FIND("<d:prop><x:a/><x:a/></d:prop>"), 207,
			"<x:a xmlns:x=\"urn:x\"/></d:prop>"},
		{"two namespaces", CAL, "0", FIND("<d:prop><a/><x:a/></d:prop>"), 207,
			"<a/><x:a xmlns:x=\"urn:x\"/>"},
		{"allprop", CAL "a.ics", "0", FIND("<d:allprop/>"), 207, "!404 Not"},
		{"allprop tells no 4791", CAL, "0", FIND("<d:allprop/>"), 207,
			"!supported-calendar"},
		{"include", CAL, "0",
			FIND("<d:allprop/><d:include><d:sync-token/><x:no/></d:include>"), 207,
			"<d:sync-token>data:,"},
		{"propname", CAL "a.ics", "0", FIND("<d:propname/>"), 207, "<d:getetag/>"},
		{"root", "/", "1", FIND("<d:prop><d:resourcetype/></d:prop>"), 207,
			"<d:href>/dav/</d:href>"},
		{"top", "/dav/", "1", FIND("<d:prop><d:resourcetype/></d:prop>"), 207,
			"<d:href>/dav/files/</d:href>"},
		{"users", "/dav/principals/users/", "1", FIND("<d:prop><d:displayname/></d:prop>"),
			207, "<d:displayname xmlns:d=\"DAV:\">Anna B.</d:displayname>"},
		{"another's name", "/dav/principals/users/ben/", "0",
			FIND("<d:prop><d:displayname/></d:prop>"), 207, ">ben</d:displayname>"},
		{"own homes only", "/dav/calendars/", "1",
			FIND("<d:prop><d:resourcetype/></d:prop>"), 207, "!/dav/calendars/ben/"},
		{"another's home", "/dav/calendars/ben/", "0", NULL, 404, ""},
		{"nobody", "/dav/calendars/carl/", "0", NULL, 404, ""},
		{"nobody's principal", "/dav/principals/users/carl/", "0", NULL, 404, ""},
		{"a file home nobody wrote to", "/dav/files/anna/", "1", NULL, 207,
			"<d:href>/dav/files/anna/</d:href>"},
		{"content type", CAL "a.ics", "0", FIND("<d:prop><d:getcontenttype/></d:prop>"),
			207, "text/calendar; charset=utf-8; component=VEVENT"},
		{"acl", CAL, "0", FIND("<d:prop><d:acl/></d:prop>"), 207,
			"<d:ace><d:principal><d:href>/dav/principals/users/anna/</d:href></d:principal>"},
		{"quota", CAL, "0", FIND("<d:prop><d:quota-used-bytes/></d:prop>"), 207,
			"<d:quota-used-bytes>"},
		{"entity", CAL, "0", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", 400, ""},
		{"no XML", CAL, "0", "hello", 400, ""},
	};
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->depth = rows[i].depth;
		ask(w, "PROPFIND", rows[i].target, rows[i].body);
		expect(w, rows[i].name, rows[i].status);
		expect_text(w, rows[i].name, rows[i].text);
	}
}

static void patches_or_refuses(void **state)
{
	static const struct {
		const char *name, *target, *body;
		int status;
		const char *text;
	} rows[] = {
		{"wrong root", CAL, "<d:x xmlns:d=\"DAV:\"/>", 422, ""},
		{"no body", CAL, NULL, 400, ""},
		{"nothing", CAL, "<d:propertyupdate xmlns:d=\"DAV:\"/>", 422, ""},
		{"protected", CAL, SET("<x:a/><d:getetag>1</d:getetag>"), 207,
			"<d:getetag/></d:prop><d:status>HTTP/1.1 403 Forbidden</d:status>"
			"<d:error><d:cannot-modify-protected-property/></d:error>"},
		{"and the others", CAL, SET("<x:a/><d:resourcetype/>"), 207,
			"<x:a xmlns:x=\"urn:x\"/></d:prop><d:status>HTTP/1.1 424"},
		{"protected elsewhere", CAL, SET("<d:getcontentlength>1</d:getcontentlength>"), 207,
			"403"},
		{"a name that is none", CAL, SET("<a xmlns=\"urn:with%7Bbrace\"/>"), 207, "200 OK"},
		{"another's principal", "/dav/principals/users/ben/", SET("<x:a/>"), 403,
			"<d:need-privileges><d:resource><d:href>/dav/principals/users/ben/</d:href>"
			"<d:privilege><d:write-properties/></d:privilege></d:resource></d:need-privileges></d:error>"},
		{"what always stands", "/dav/calendars/", SET("<x:a/>"), 403, "need-privileges"},
		{"another's calendar", "/dav/calendars/ben/personal/", SET("<x:a/>"), 404,
			"!d:error"},
		{"nothing there", CAL "none.ics", SET("<x:a/>"), 404, ""},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(w, "PROPPATCH", rows[i].target, rows[i].body);
		expect(w, rows[i].name, rows[i].status);
		expect_text(w, rows[i].name, rows[i].text);
	}
	ask(w, "PROPFIND", CAL, FIND("<d:prop><x:a/></d:prop>"));
	expect_text(w, "nothing was set", "404");
}

/* The name of a person is a fact of the principal, and what commits are signed with. */
static void renames_a_person(void **state)
{
	struct world *w = *state;
	struct account account;
	static const struct {
		const char *body, *name;
	} rows[] = {
		{SET("<d:displayname>Anna\nC.\t&lt;x&gt;</d:displayname>"), "Anna C. <x>"},
		{SET("<d:displayname>Anna D.</d:displayname><x:a/>"), "Anna D."},
		{REMOVE("<d:displayname/>"), NULL},
		{SET("<d:displayname>Anna E.</d:displayname>"), "Anna E."},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(w, "PROPPATCH", "/dav/principals/users/anna/", rows[i].body);
		expect(w, "PROPPATCH", 207);
		struct store_snapshot *snapshot = store_snapshot(w->store);
		assert_true(account_find(w->store, snapshot, w->arena, "anna", &account));
		store_snapshot_free(snapshot);
		if (!text_equal(account.display_name, rows[i].name))
			fail_msg("%s, want %s", account.display_name, rows[i].name);
		assert_int_equal(account.n_mails, 2);
	}
}

/* A listing of many rows is cheap: no reads, no memory that grows. */
static void lists_many(void **state)
{
	enum { ROWS = 1000 };
	struct world *w = *state;

	for (int i = 0; i < ROWS; i++)
		put(w, arena_printf(w->arena, "/dav/files/anna/f%d", i), "BEGIN");
	w->depth = "1";
	ask(w, "PROPFIND", "/dav/files/anna/",
		FIND("<d:prop><d:getetag/><d:getlastmodified/><x:a/></d:prop>"));
	expect(w, "listing", 207);
	expect_count(w, "listing", "<d:response>", ROWS + 1);
	ask_with(w, "PROPFIND", "/dav/files/anna/", FIND("<d:prop><d:getetag/><x:a/></d:prop>"),
		(struct dav_header[]){{"Prefer", "respond-async, return=minimal"}, {0}});
	expect_count(w, "minimal", "404 Not", 0);
	assert_string_equal(
		dav_response_header(&w->answer, "Preference-Applied"), "return=minimal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(keeps_properties),
		WORLD_TEST(answers_propfind),
		WORLD_TEST(patches_or_refuses),
		WORLD_TEST(renames_a_person),
		WORLD_TEST(lists_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
