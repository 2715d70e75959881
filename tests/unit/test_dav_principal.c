/* SPDX-License-Identifier: ISC */
/* webdav/report_principal*.c and report_expand.c: RFC 3744 9.3 to 9.5, RFC 3253 3.8. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define ANNA "/dav/principals/users/anna/"
#define BEN "/dav/principals/users/ben/"
#define FIND(props, text)                                                                          \
	"<D:property-search><D:prop>" props "</D:prop><D:match>" text                              \
	"</D:match></D:property-search>"
#define NAME "<D:displayname/>"
#define MAIL "<S:email-address-set/>"
#define ADDRESS "<C:calendar-user-address-set/>"
#define UNKNOWN "<S:first-name/>"

static void finds_people(void **state)
{
	static const struct {
		const char *test, *criteria;
		bool anna, ben;
	} rows[] = {
		{"", FIND(NAME, "anna b"), true, false},
		{"", FIND(NAME, "n"), true, true},
		{"", FIND(NAME, "nobody"), false, false},
		{"", FIND(ADDRESS, "MAILTO:anna@example.org"), true, false},
		{"", FIND(ADDRESS, "/dav/principals/users/ben/"), false, true},
		{"", FIND(MAIL, "@example.net"), true, false},
		{"", FIND("<C:calendar-home-set/>", "/dav/calendars/ben/"), false, true},
		{"", FIND(NAME, "anna") FIND(MAIL, "example"), true, false},
		{"", FIND(NAME, "ben") FIND(MAIL, "example"), false, false},
		{" test=\"anyof\"", FIND(NAME, "ben") FIND(MAIL, "example"), true, true},
		{" test=\"anyof\"", FIND(NAME MAIL UNKNOWN, "anna.b"), true, false},
		{" test=\"allof\"", FIND(NAME, "anna") FIND(UNKNOWN, "anna"), false, false},
		{" test=\"anyof\"", FIND(NAME, "ben") FIND(UNKNOWN, "anna"), false, true},
		{"", FIND(NAME UNKNOWN, "anna"), true, false},
		{"", FIND(UNKNOWN, "anna"), false, false},
		{"",
			"<D:property-search><D:prop>" NAME
			"</D:prop><D:match match-type=\"starts-with\">b</D:match>"
			"</D:property-search>",
			false, true},
		{"",
			"<D:property-search><D:prop>" NAME
			"</D:prop><D:match match-type=\"equals\">anna b.</D:match>"
			"</D:property-search>",
			true, false},
	};
	static const char *const targets[] = {
		"/", "/dav/", "/dav/principals/", "/dav/principals/users/"};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		w->depth = i % 2 ? "1" : "0";
		ask(w, "REPORT", targets[i % COUNT(targets)],
			arena_printf(w->arena,
				"<D:principal-property-search" NS_ALL
				"%s>%s<D:prop><D:displayname/></D:prop>"
				"</D:principal-property-search>",
				rows[i].test, rows[i].criteria));
		expect(w, rows[i].criteria, 207);
		expect_count(w, rows[i].criteria, "<d:href>" ANNA "</d:href>", rows[i].anna);
		expect_count(w, rows[i].criteria, "<d:href>" BEN "</d:href>", rows[i].ben);
	}
	/* GNOME asks at a calendar. */
	ask(w, "REPORT", CAL,
		"<D:principal-property-search" NS_ALL ">" FIND(
			ADDRESS, "mailto:anna@example.org") "<D:prop>" NAME "</D:prop>"
							    "<D:apply-to-principal-collection-set/>"
							    "</D:principal-property-search>");
	expect_count(w, "GNOME", "<d:href>" ANNA "</d:href>", 1);
}

static void tells_what_can_be_searched(void **state)
{
	struct world *w = *state;

	ask(w, "REPORT", "/dav/principals/users/", "<D:principal-search-property-set" NS_ALL "/>");
	expect(w, "set", 200);
	expect_text(w, "set", "<d:principal-search-property><d:prop><d:displayname/></d:prop>");
	expect_text(w, "set", "<d:description xml:lang=\"en\">");
}

static void matches_oneself(void **state)
{
	struct world *w = *state;

	ask(w, "REPORT", "/dav/principals/users/",
		"<D:principal-match" NS_ALL "><D:self/></D:principal-match>");
	expect(w, "self", 207);
	expect_count(w, "self", "<d:response>", 1);
	expect_text(w, "self", ANNA);
	put(w, CAL "a.ics", event(w, "a", 1));
	ask(w, "REPORT", HOME,
		"<D:principal-match" NS_ALL
		"><D:principal-property><D:owner/></D:principal-property>"
		"<D:prop><D:getetag/></D:prop></D:principal-match>");
	expect(w, "owner", 207);
	expect_count(w, "owner", "<d:response>", 3);
	expect_text(w, "owner", CAL "a.ics");
	ask(w, "REPORT", HOME, "<D:principal-match" NS_ALL "/>");
	expect(w, "neither", 400);
}

static void expands_properties(void **state)
{
	struct world *w = *state;

	ask(w, "REPORT", ANNA,
		"<D:expand-property" NS_ALL
		"><D:property name=\"displayname\"/><D:property name=\"nothing\"/>"
		"<D:property "
		"name=\"calendar-home-set\" namespace=\"urn:ietf:params:xml:ns:caldav\">"
		"<D:property name=\"resourcetype\"/><D:property name=\"owner\"><D:property "
		"name=\"displayname\"/></D:property>"
		"</D:property></D:expand-property>");
	expect(w, "expand", 207);
	expect_count(w, "expand", "<d:response>", 3);
	expect_text(w, "nested", "<d:href");
	expect_text(w, "nested", HOME);
	expect_count(w, "twice", ">Anna B.<", 2);
	expect_text(w, "unknown", "404");
	/* The example of 3.8.1 multiplies; ours has an end. */
	struct buf deep;
	buf_init(&deep, 100000);
	buf_adds(&deep, "<D:expand-property" NS_ALL ">");
	for (int i = 0; i < 50; i++)
		buf_adds(&deep,
			"<D:property name=\"principal-URL\"><D:property "
			"name=\"current-user-principal\"/>");
	for (int i = 0; i < 50; i++)
		buf_adds(&deep, "</D:property>");
	buf_adds(&deep, "</D:expand-property>");
	ask(w, "REPORT", ANNA, deep.data);
	expect(w, "deep", 207);
	buf_free(&deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(finds_people),
		WORLD_TEST(tells_what_can_be_searched),
		WORLD_TEST(matches_oneself),
		WORLD_TEST(expands_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
