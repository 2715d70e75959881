/* SPDX-License-Identifier: ISC */
/* webdav/group.c: groups as principals (RFC 3744 4), and PROPPATCH of DAV:group-member-set. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define KIDS "/dav/principals/groups/kids/"
#define CLUB "/dav/principals/groups/club/"
#define ANNA "/dav/principals/users/anna/"
#define BEN "/dav/principals/users/ben/"
#define HREF(url) "<D:href>" url "</D:href>"
#define SET(props)                                                                                 \
	"<D:propertyupdate" NS_ALL "><D:set><D:prop>" props "</D:prop></D:set></D:propertyupdate>"
#define MEMBERS(hrefs) "<D:group-member-set>" hrefs "</D:group-member-set>"

static int open_groups(void **state)
{
	int status = open_world(state);
	struct world *w = *state;

	add_group(w, "kids", "users/ben");
	add_group(w, "club", "users/anna groups/kids users/anna");
	add_user(w, "kids");
	return status;
}

static const char *find(struct world *w, const char *target, const char *props)
{
	w->depth = "0";
	ask(w, "PROPFIND", target,
		arena_printf(
			w->arena, "<D:propfind" NS_ALL "><D:prop>%s</D:prop></D:propfind>", props));
	expect(w, target, 207);
	return body_of(w);
}

static void a_group_has_what_principals_have(void **state)
{
	static const struct {
		const char *prop, *value;
	} rows[] = {
		{"<D:displayname/>", ">kids</d:displayname>"},
		{"<D:resourcetype/>",
			"<d:resourcetype><d:collection/><d:principal/></d:resourcetype>"},
		{"<D:alternate-URI-set/>", "<d:alternate-URI-set></d:alternate-URI-set>"},
		{"<D:principal-URL/>",
			"<d:principal-URL><d:href>" KIDS "</d:href></d:principal-URL>"},
		{"<D:group-member-set/>",
			"<d:group-member-set><d:href>" BEN "</d:href></d:group-member-set>"},
		{"<D:group-membership/>",
			"<d:group-membership><d:href>" CLUB "</d:href></d:group-membership>"},
		{"<C:calendar-user-type/>", ">GROUP</c:calendar-user-type>"},
		{"<C:calendar-user-address-set/>",
			"<c:calendar-user-address-set><d:href>" KIDS
			"</d:href><d:href>urn:uuid:00000000-"},
		{"<D:resource-id/>", "<d:resource-id><d:href>urn:uuid:00000000-"},
		{"<D:principal-collection-set/>", "<d:href>/dav/principals/groups/</d:href>"},
		{"<D:current-user-principal/>", "<d:href>" ANNA "</d:href>"},
		{"<D:creationdate/>", "<d:creationdate>20"},
		{"<D:inherited-acl-set/>", "<d:inherited-acl-set/>"},
		/* No standard gives a group a mailbox or a home. */
		{"<S:email-address-set/>", "404"},
		{"<C:calendar-home-set/>", "404"},
		{"<D:group/>", "404"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		find(w, KIDS, rows[i].prop);
		expect_text(w, rows[i].prop, rows[i].value);
	}
	w->depth = "0";
	assert_int_equal(ask(w, "PROPFIND", "/dav/principals/groups/nobody/", NULL), 404);
}

static void membership_is_direct_and_told_once(void **state)
{
	struct world *w = *state;

	find(w, CLUB, "<D:group-member-set/>");
	expect_count(w, "club", ANNA, 1);
	expect_count(w, "club", KIDS, 1);
	expect_count(w, "club", BEN, 0);
	find(w, BEN, "<D:group-membership/>");
	expect_count(w, "ben", KIDS, 1);
	expect_count(w, "ben", CLUB, 0);
	find(w, CLUB, "<D:group-membership/>");
	expect_text(w, "club", "<d:group-membership></d:group-membership>");
}

/* --- PROPPATCH --- */

static void expect_members(struct world *w, const char *group, bool anna, bool ben, bool kids)
{
	find(w, group, "<D:group-member-set/>");
	expect_count(w, "anna", "<d:href>" ANNA "</d:href>", anna);
	expect_count(w, "ben", "<d:href>" BEN "</d:href>", ben);
	if (strcmp(group, KIDS) != 0)
		expect_count(w, "kids", "<d:href>" KIDS "</d:href>", kids);
}

static void admins_set_members(void **state)
{
	struct world *w = *state;

	w->admin = true;
	/* Absolute, without a slash, with space around, twice. */
	ask(w, "PROPPATCH", KIDS,
		SET(MEMBERS(HREF("http://cal.example.org" ANNA) HREF(
			"\n\t/dav/principals/users/ben\n") HREF("/dav/principals/users/%62en/"))));
	expect(w, "set", 207);
	expect_text(w, "set", "200 OK");
	expect_members(w, KIDS, true, true, false);
	ask(w, "PROPPATCH", KIDS, SET(MEMBERS("")));
	expect_text(w, "empty", "200 OK");
	expect_members(w, KIDS, false, false, false);
	/* The same again changes nothing. */
	ask(w, "PROPPATCH", KIDS, SET(MEMBERS("")));
	expect_text(w, "same", "200 OK");
	/* With the name, and a dead property: one commit. */
	ask(w, "PROPPATCH", CLUB,
		SET(MEMBERS(HREF(BEN) HREF(KIDS)) "<D:displayname>The Club</D:displayname>"
						  "<x xmlns=\"urn:x\">y</x>"));
	expect(w, "name", 207);
	expect_members(w, CLUB, false, true, true);
	find(w, CLUB, "<D:displayname/><x xmlns=\"urn:x\"/>");
	expect_text(w, "name", "The Club");
	expect_text(w, "dead", ">y<");
	/* A name alone leaves the members, removing it gives the name of the group back. */
	ask(w, "PROPPATCH", CLUB,
		"<D:propertyupdate" NS_ALL
		"><D:remove><D:prop><D:displayname/></D:prop></D:remove></D:propertyupdate>");
	expect_text(w, "remove", "200 OK");
	expect_members(w, CLUB, false, true, true);
	find(w, CLUB, "<D:displayname/>");
	expect_text(w, "default", ">club</d:displayname>");
	ask(w, "PROPPATCH", CLUB,
		"<D:propertyupdate" NS_ALL
		"><D:remove><D:prop><D:group-member-set/></D:prop></D:remove></D:propertyupdate>");
	expect_text(w, "remove", "200 OK");
	expect_members(w, CLUB, false, false, false);
}

static void bad_members_are_refused(void **state)
{
	static const struct {
		const char *name, *target, *body, *text;
	} rows[] = {
		{"nobody", KIDS, MEMBERS(HREF(ANNA) HREF("/dav/principals/users/nobody/")), "409"},
		{"no group", KIDS, MEMBERS(HREF("/dav/principals/groups/nobody/")), "409"},
		{"calendar", KIDS, MEMBERS(HREF("/dav/calendars/anna/personal/")), "409"},
		{"collection", KIDS, MEMBERS(HREF("/dav/principals/users/")), "409"},
		{"other host", KIDS, MEMBERS(HREF("http://evil.example.org" ANNA)), "409"},
		{"no url", KIDS, MEMBERS(HREF("anna")), "409"},
		{"mail", KIDS, MEMBERS(HREF("mailto:anna@example.org")), "409"},
		{"empty", KIDS, MEMBERS(HREF("")), "409"},
		{"up", KIDS, MEMBERS(HREF("/dav/principals/users/../users/anna/")), "409"},
		{"slash", KIDS, MEMBERS(HREF("/dav/principals/users%2Fanna/")), "409"},
		{"case", KIDS, MEMBERS(HREF("/dav/principals/users/Anna/")), "409"},
		{"look-alike", KIDS, MEMBERS(HREF("/dav/principals/users/%D0%B0nna/")), "409"},
		{"itself", KIDS, MEMBERS(HREF(KIDS)), "409"},
		{"circle", KIDS, MEMBERS(HREF(CLUB)), "409"},
		{"of a user", ANNA, MEMBERS(HREF(BEN)), "cannot-modify-protected-property"},
		{"membership", KIDS, "<D:group-membership>" HREF(CLUB) "</D:group-membership>",
			"cannot-modify-protected-property"},
		{"of a calendar", CAL, MEMBERS(HREF(BEN)), "cannot-modify-protected-property"},
	};
	struct world *w = *state;

	w->admin = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* All or nothing: the name goes with it. */
		ask(w, "PROPPATCH", rows[i].target,
			arena_printf(w->arena,
				"<D:propertyupdate" NS_ALL
				"><D:set><D:prop><D:displayname>New</D:displayname>%s</D:prop></D:set>"
				"</D:propertyupdate>",
				rows[i].body));
		expect(w, rows[i].name, 207);
		expect_text(w, rows[i].name, rows[i].text);
		expect_text(w, rows[i].name, "424");
		expect_text(w, rows[i].name, "!200 OK");
		expect_members(w, KIDS, false, true, false);
		find(w, rows[i].target, "<D:displayname/>");
		expect_text(w, rows[i].name, "!New");
	}
}

/* A user who has the name of a group owns nothing there. */
static void others_change_no_group(void **state)
{
	static const char *const people[] = {"anna", "ben", "kids"};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(people); i++) {
		w->person = people[i];
		ask(w, "PROPPATCH", KIDS, SET(MEMBERS(HREF(ANNA))));
		expect(w, people[i], 403);
		expect_text(w, people[i], "need-privileges");
		ask(w, "PROPPATCH", KIDS, SET("<D:displayname>Mine</D:displayname>"));
		expect(w, people[i], 403);
		expect_members(w, KIDS, false, true, false);
	}
}

#define GROUPS_TEST(name) cmocka_unit_test_setup_teardown(name, open_groups, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUPS_TEST(a_group_has_what_principals_have),
		GROUPS_TEST(membership_is_direct_and_told_once),
		GROUPS_TEST(admins_set_members),
		GROUPS_TEST(bad_members_are_refused),
		GROUPS_TEST(others_change_no_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
