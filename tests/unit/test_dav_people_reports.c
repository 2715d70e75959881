/* SPDX-License-Identifier: ISC */
/* Reports on people where there are groups: RFC 3744 9.2 to 9.4, RFC 3253 3.8. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define ANNA "/dav/principals/users/anna/"
#define BEN "/dav/principals/users/ben/"
#define KIDS "/dav/principals/groups/kids/"
#define CLUB "/dav/principals/groups/club/"
#define HREF(url) "<d:href>" url "</d:href>"
#define ROW(url) "<d:response><d:href>" url "</d:href>"

static int open_groups(void **state)
{
	int status = open_world(state);
	struct world *w = *state;

	add_group(w, "kids", "users/ben");
	add_group(w, "club", "users/anna groups/kids");
	w->depth = "0";
	return status;
}

static void report(struct world *w, const char *target, const char *name, const char *inside)
{
	ask(w, "REPORT", target,
		arena_printf(w->arena, "<D:%s" NS_ALL ">%s</D:%s>", name, inside, name));
}

static void expect_rows(
	struct world *w, const char *name, bool anna, bool ben, bool kids, bool club)
{
	expect(w, name, 207);
	expect_count(w, name, ROW(ANNA), anna);
	expect_count(w, name, ROW(BEN), ben);
	expect_count(w, name, ROW(KIDS), kids);
	expect_count(w, name, ROW(CLUB), club);
	expect_count(w, name, "<d:response>", (size_t)anna + ben + kids + club);
}

/* --- principal-match --- */

static void self_is_oneself_and_ones_groups(void **state)
{
	static const struct {
		const char *person, *target;
		bool anna, ben, kids, club;
	} rows[] = {
		{"ben", "/", false, true, true, true},
		{"ben", "/dav/", false, true, true, true},
		{"ben", "/dav/principals/", false, true, true, true},
		{"ben", "/dav/principals/users/", false, true, false, false},
		{"ben", "/dav/principals/groups/", false, false, true, true},
		{"anna", "/dav/principals/", true, false, false, true},
		{"ben", "/dav/calendars/", false, false, false, false},
		/* Asked of a group: is one in it? */
		{"ben", KIDS, false, false, true, false},
		{"ben", CLUB, false, false, false, true},
		{"anna", KIDS, false, false, false, false},
		{"anna", ANNA, true, false, false, false},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		w->person = rows[i].person;
		report(w, rows[i].target, "principal-match",
			"<D:self/><D:prop><D:displayname/></D:prop>");
		expect_rows(
			w, rows[i].target, rows[i].anna, rows[i].ben, rows[i].kids, rows[i].club);
	}
}

static void properties_may_name_a_group(void **state)
{
	struct world *w = *state;

	/* Whose groups have me in a group: the club is the membership of kids. */
	w->person = "ben";
	report(w, "/dav/principals/", "principal-match",
		"<D:principal-property><D:group-membership/></D:principal-property>");
	expect_rows(w, "membership", true, true, true, false);
	report(w, "/dav/principals/", "principal-match",
		"<D:principal-property><D:group-member-set/></D:principal-property>");
	expect_rows(w, "members", false, false, true, true);
	/* A dead property of a calendar. */
	ask(w, "PROPPATCH", "/dav/calendars/ben/personal/",
		"<D:propertyupdate" NS_ALL "><D:set><D:prop><j:jury xmlns:j=\"urn:j\"><j:is>"
		"<D:href>http://cal.example.org/dav/principals/groups/club</D:href></j:is></j:jury>"
		"</D:prop></D:set></D:propertyupdate>");
	expect(w, "set", 207);
	report(w, "/dav/calendars/", "principal-match",
		"<D:principal-property><j:jury xmlns:j=\"urn:j\"/></D:principal-property>");
	expect(w, "dead", 207);
	expect_count(w, "dead", "<d:response>", 1);
	expect_text(w, "dead", ROW("/dav/calendars/ben/personal/"));
	w->person = "anna";
	ask(w, "PROPPATCH", CAL,
		"<D:propertyupdate" NS_ALL "><D:set><D:prop><j:jury xmlns:j=\"urn:j\">" HREF(
			KIDS) "</j:jury></D:prop></D:set></D:propertyupdate>");
	report(w, "/", "principal-match",
		"<D:principal-property><j:jury xmlns:j=\"urn:j\"/></D:principal-property>");
	expect(w, "not in it", 207);
	expect_count(w, "not in it", "<d:response>", 0);
}

/* --- principal-property-search --- */

static void searches_groups_and_any_script(void **state)
{
	static const struct {
		const char *name, *text;
	} names[] = {
		{"Ärzte und Ökonomen", "ärzte und ökon"},
		{"ΑΘΗΝΑ", "αθην"},
		{"straße", "STRASSE"}, /* no: a fold of one character to one */
		{"Grüße &amp; &lt;mehr&gt;", "GRÜSSE"},
		{"Grüße &amp; &lt;mehr&gt;", "&amp; &lt;MEHR"},
	};
	static const bool found[] = {true, true, false, false, true};
	struct world *w = *state;

	w->admin = true;
	for (size_t i = 0; i < COUNT(names); i++) {
		ask(w, "PROPPATCH", KIDS,
			arena_printf(w->arena,
				"<D:propertyupdate" NS_ALL
				"><D:set><D:prop><D:displayname>%s</D:displayname></D:prop></D:set>"
				"</D:propertyupdate>",
				names[i].name));
		expect(w, names[i].name, 207);
		report(w, "/dav/principals/", "principal-property-search",
			arena_printf(w->arena,
				"<D:property-search><D:prop><D:displayname/></D:prop><D:match>%s"
				"</D:match></D:property-search><D:prop><D:displayname/></D:prop>",
				names[i].text));
		expect_rows(w, names[i].text, false, false, found[i], false);
	}
}

static void searches_what_groups_have(void **state)
{
	static const struct {
		const char *props, *text;
		bool anna, ben, kids, club;
	} rows[] = {
		{"<C:calendar-user-type/>", "group", false, false, true, true},
		{"<C:calendar-user-type/>", "INDIVIDUAL", true, true, false, false},
		{"<C:calendar-user-address-set/>", "/groups/kids", false, false, true, false},
		{"<C:calendar-user-address-set/>", "urn:uuid:00000000", false, false, true, true},
		{"<C:calendar-home-set/>", "/dav/calendars/", true, true, false, false},
		{"<S:email-address-set/>", "", true, false, false, false},
		{"<D:displayname/><C:calendar-user-type/>", "b", false, false, false, false},
		{"<D:displayname/>", "b", true, true, false, true},
		{"<D:displayname/>", "%", false, false, false, false},
		{"<D:group-member-set/>", "anna", false, false, false, false},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		report(w, i % 2 ? "/" : CAL, "principal-property-search",
			arena_printf(w->arena,
				"<D:property-search><D:prop>%s</D:prop><D:match>%s</D:match>"
				"</D:property-search><D:prop><D:displayname/></D:prop>%s",
				rows[i].props, rows[i].text,
				i % 2 ? "" : "<D:apply-to-principal-collection-set/>"));
		expect_rows(w, rows[i].text, rows[i].anna, rows[i].ben, rows[i].kids, rows[i].club);
	}
}

static void searches_where_it_is_asked(void **state)
{
	static const struct {
		const char *target;
		bool users, groups;
	} rows[] = {
		{"/", true, true},
		{"/dav/", true, true},
		{"/dav", true, true},
		{"/dav/principals/", true, true},
		{"/dav/principals/users/", true, false},
		{"/dav/principals/groups/", false, true},
		{ANNA, false, false},
		{KIDS, false, false},
		{HOME, false, false},
		{CAL, false, false},
		{"/dav/files/anna/", false, false},
	};
	static const char search[] = "<D:property-search><D:prop><D:displayname/></D:prop>"
				     "<D:match></D:match></D:property-search>";
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool users = rows[i].users, groups = rows[i].groups;
		report(w, rows[i].target, "principal-property-search", search);
		expect_rows(w, rows[i].target, users, users, groups, groups);
		report(w, rows[i].target, "principal-property-search",
			arena_printf(w->arena, "%s<D:apply-to-principal-collection-set/>", search));
		expect_rows(w, rows[i].target, true, true, true, true);
	}
}

/* What python-caldav sends: the properties beside an empty DAV:prop, and without a name no search at all. */
static void python_caldav_finds_principals(void **state)
{
	struct world *w = *state;

	report(w, "/", "principal-property-search",
		"<D:property-search><D:prop><D:displayname/></D:prop><D:match>ben</D:match>"
		"</D:property-search><D:prop/><C:calendar-home-set/><D:displayname/>");
	expect_rows(w, "name", false, true, false, false);
	expect_text(w, "home", "<c:calendar-home-set>" HREF("/dav/calendars/ben/"));
	expect_text(w, "name", "<d:displayname");
	report(w, "/", "principal-property-search",
		"<D:prop/><C:calendar-home-set/><D:displayname/>");
	expect_rows(w, "all", true, true, true, true);
	expect_text(w, "home", HREF("/dav/calendars/anna/"));
}

/* --- acl-principal-prop-set --- */

static void acl_names_principals_once(void **state)
{
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	static const char *const targets[] = {HOME, CAL, CAL "a.ics", "/dav/files/anna/"};
	for (size_t i = 0; i < COUNT(targets); i++) {
		report(w, targets[i], "acl-principal-prop-set",
			"<D:prop><D:displayname/><D:nothing/></D:prop>");
		expect(w, targets[i], 207);
		expect_count(w, targets[i], ROW(ANNA), 1);
		expect_text(w, targets[i], ">Anna B.<");
		expect_text(w, targets[i], "404");
	}
	/* DAV:authenticated is nobody in particular. */
	report(w, "/dav/", "acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>");
	expect(w, "top", 207);
	expect_count(w, "top", "<d:response>", 0);
	/* Without properties. */
	report(w, CAL, "acl-principal-prop-set", "");
	expect(w, "no prop", 207);
	expect_count(w, "no prop", ROW(ANNA), 1);
	/* Nothing is there for somebody else. */
	w->person = "ben";
	report(w, CAL, "acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>");
	expect(w, "ben", 404);
}

/* --- Depth --- */

static void depth_is_zero(void **state)
{
	static const struct {
		const char *name, *inside;
		bool any; /* tolerance: KDAV */
	} reports[] = {
		{"acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>", false},
		{"principal-match", "<D:self/>", false},
		{"principal-search-property-set", "", false},
		{"principal-property-search",
			"<D:property-search><D:prop><D:displayname/></D:prop><D:match>x</D:match>"
			"</D:property-search>",
			true},
	};
	static const char *const depths[] = {NULL, "0", "1", "infinity"};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(reports); i++)
		for (size_t d = 0; d < COUNT(depths); d++) {
			w->depth = depths[d];
			report(w, "/dav/principals/users/", reports[i].name, reports[i].inside);
			int ok = strstr(reports[i].name, "property-set") ? 200 : 207;
			expect(w, reports[i].name, d < 2 || reports[i].any ? ok : 400);
		}
}

/* --- expand-property --- */

/* A row inside a property. */
#define INNER(url) "<d:response><d:href xmlns:d=\"DAV:\">" url "</d:href>"

static void expands_groups(void **state)
{
	struct world *w = *state;

	report(w, CLUB, "expand-property",
		"<D:property name=\"group-member-set\"><D:property name=\"displayname\"/>"
		"<D:property name=\"group-member-set\"><D:property name=\"principal-URL\">"
		"<D:property name=\"resourcetype\"/></D:property></D:property>"
		"<D:property name=\"group-membership\"><D:property name=\"displayname\"/></D:property>"
		"</D:property>");
	expect(w, "expand", 207);
	/* club { anna { club }, kids { ben { ben } , club } } */
	expect_count(w, "expand", "<d:response>", 7);
	expect_text(w, "expand", ">Anna B.<");
	expect_count(w, "expand", ">club</d:displayname>", 2);
	expect_text(w, "expand", "<d:principal-URL>" INNER(BEN));
	expect_text(w, "expand", "<d:principal/>");
}

static void expands_every_property_with_hrefs(void **state)
{
	static const struct {
		const char *target, *ns, *name, *inside;
	} rows[] = {
		{CAL, "DAV:", "owner", INNER(ANNA)},
		{CAL, "DAV:", "current-user-principal", INNER(ANNA)},
		{CAL, "DAV:", "principal-collection-set", INNER("/dav/principals/groups/")},
		{CAL, "DAV:", "acl", INNER(ANNA)},
		{ANNA, "DAV:", "principal-URL", INNER(ANNA)},
		{ANNA, "DAV:", "group-membership", INNER(CLUB)},
		{KIDS, "DAV:", "group-member-set", INNER(BEN)},
		{KIDS, "DAV:", "principal-URL", INNER(KIDS)},
		{ANNA, "urn:ietf:params:xml:ns:caldav", "calendar-home-set", INNER(HOME)},
		{ANNA, "urn:ietf:params:xml:ns:carddav", "addressbook-home-set", INNER(BOOKS)},
		{ANNA, "urn:ietf:params:xml:ns:caldav", "calendar-user-address-set", INNER(ANNA)},
		/* Nothing that has properties stays what it was. */
		{ANNA, "urn:ietf:params:xml:ns:caldav", "calendar-user-address-set",
			">mailto:anna@example.org</"},
		{ANNA, "DAV:", "alternate-URI-set", ">mailto:anna@example.org</"},
		{KIDS, "DAV:", "resource-id", ">urn:uuid:"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		report(w, rows[i].target, "expand-property",
			arena_printf(w->arena,
				"<D:property name=\"%s\" namespace=\"%s\"><D:property "
				"name=\"displayname\"/></D:property>",
				rows[i].name, rows[i].ns));
		expect(w, rows[i].name, 207);
		expect_text(w, rows[i].name, rows[i].inside);
	}
}

/* What one may not find does not come out of a nested property either. */
static void expansion_leaks_nobody(void **state)
{
	struct world *w = *state;

	set_search(w, DAV_SEARCH_ADMINS);
	report(w, CLUB, "expand-property",
		"<D:property name=\"group-member-set\"><D:property name=\"displayname\"/>"
		"<D:property name=\"group-member-set\"><D:property "
		"name=\"displayname\"/></D:property></D:property>");
	expect(w, "expand", 207);
	expect_text(w, "anna", INNER(ANNA));
	expect_text(w, "ben", "!" BEN);
	expect_text(w, "kids", "!" KIDS);
}

#define GROUPS_TEST(name) cmocka_unit_test_setup_teardown(name, open_groups, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUPS_TEST(self_is_oneself_and_ones_groups),
		GROUPS_TEST(properties_may_name_a_group),
		GROUPS_TEST(searches_groups_and_any_script),
		GROUPS_TEST(searches_what_groups_have),
		GROUPS_TEST(searches_where_it_is_asked),
		GROUPS_TEST(python_caldav_finds_principals),
		GROUPS_TEST(acl_names_principals_once),
		GROUPS_TEST(depth_is_zero),
		GROUPS_TEST(expands_groups),
		GROUPS_TEST(expands_every_property_with_hrefs),
		GROUPS_TEST(expansion_leaks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
