/* SPDX-License-Identifier: ISC */
/* webdav/find.c: who finds whom, in listings, searches and as members, under each setting. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

enum { ANNA = 1, BEN = 2, CARL = 4, DORA = 8, KIDS = 16, CLUB = 32, BOARD = 64 };
#define EVERYBODY (ANNA | BEN | CARL | DORA | KIDS | CLUB | BOARD)

static const struct {
	unsigned bit;
	const char *href;
} principals[] = {
	{ANNA, "/dav/principals/users/anna/"},
	{BEN, "/dav/principals/users/ben/"},
	{CARL, "/dav/principals/users/carl/"},
	{DORA, "/dav/principals/users/dora/"},
	{KIDS, "/dav/principals/groups/kids/"},
	{CLUB, "/dav/principals/groups/club/"},
	{BOARD, "/dav/principals/groups/board/"},
};

/* ben is in kids, kids and anna in the club; carl is in the board; dora is in nothing. */
static int open_groups(void **state)
{
	int status = open_world(state);
	struct world *w = *state;

	add_user(w, "carl");
	add_user(w, "dora");
	add_group(w, "kids", "users/ben");
	add_group(w, "club", "users/anna groups/kids");
	add_group(w, "board", "users/carl users/nobody users/dora#an-id-of-somebody-gone");
	return status;
}

static unsigned shown(struct world *w)
{
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT(principals); i++) {
		char *href = arena_printf(w->arena, "<d:href>%s</d:href>", principals[i].href);
		if (strstr(body_of(w), href))
			bits |= principals[i].bit;
	}
	return bits;
}

static void expect_shown(struct world *w, const char *what, unsigned want)
{
	expect(w, what, 207);
	if (shown(w) != want)
		fail_msg(
			"%s as %s: %#x, want %#x: %s", what, w->person, shown(w), want, body_of(w));
}

static const struct {
	enum dav_search search;
	const char *person;
	bool admin;
	unsigned finds;
} rows[] = {
	{DAV_SEARCH_MEMBERS, "dora", false, EVERYBODY},
	{DAV_SEARCH_MEMBERS, "anna", false, EVERYBODY},
	{DAV_SEARCH_GROUPS, "anna", false, ANNA | BEN | KIDS | CLUB},
	{DAV_SEARCH_GROUPS, "ben", false, ANNA | BEN | KIDS | CLUB},
	{DAV_SEARCH_GROUPS, "carl", false, CARL | BOARD},
	{DAV_SEARCH_GROUPS, "dora", false, DORA},
	{DAV_SEARCH_GROUPS, "dora", true, EVERYBODY},
	{DAV_SEARCH_ADMINS, "anna", false, ANNA | CLUB},
	{DAV_SEARCH_ADMINS, "ben", false, BEN | KIDS | CLUB},
	{DAV_SEARCH_ADMINS, "carl", false, CARL | BOARD},
	{DAV_SEARCH_ADMINS, "dora", false, DORA},
	{DAV_SEARCH_ADMINS, "anna", true, EVERYBODY},
};

static void listings_and_searches_agree(void **state)
{
	static const char
		search[] = "<D:principal-property-search" NS_ALL
			   "><D:property-search><D:prop><D:displayname/></D:prop><D:match/>"
			   "</D:property-search></D:principal-property-search>";
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned users = rows[i].finds & (ANNA | BEN | CARL | DORA);
		unsigned groups = rows[i].finds & (KIDS | CLUB | BOARD);
		set_search(w, rows[i].search);
		w->person = rows[i].person;
		w->admin = rows[i].admin;
		w->depth = "1";
		ask(w, "PROPFIND", "/dav/principals/users/", NULL);
		expect_shown(w, "users", users);
		ask(w, "PROPFIND", "/dav/principals/groups/", NULL);
		expect_shown(w, "groups", groups);
		w->depth = "0";
		ask(w, "REPORT", "/", search);
		expect_shown(w, "search", users | groups);
		ask(w, "REPORT", "/dav/principals/users/", search);
		expect_shown(w, "search for users", users);
		ask(w, "REPORT", "/dav/principals/groups/", search);
		expect_shown(w, "search for groups", groups);
		ask(w, "REPORT", "/dav/",
			"<D:principal-match" NS_ALL "><D:self/></D:principal-match>");
		expect(w, "match", 207);
		if (shown(w) & ~rows[i].finds)
			fail_msg("principal-match finds %#x as %s", shown(w), w->person);
	}
}

/* Known URLs answer everybody; who else is there shows only as far as one may find them. */
static void members_are_filtered(void **state)
{
	static const struct {
		enum dav_search search;
		const char *person, *target, *property;
		unsigned shows;
	} cases[] = {
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/groups/club/", "group-member-set",
			CLUB | ANNA | KIDS},
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/groups/board/", "group-member-set",
			BOARD | CARL},
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/groups/kids/", "group-membership",
			KIDS | CLUB},
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/users/anna/", "group-membership",
			ANNA | CLUB},
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/users/ben/", "group-membership",
			BEN | KIDS},
		{DAV_SEARCH_MEMBERS, "dora", "/dav/principals/users/ben/", "group-member-set", BEN},
		{DAV_SEARCH_GROUPS, "dora", "/dav/principals/groups/club/", "group-member-set",
			CLUB},
		{DAV_SEARCH_GROUPS, "dora", "/dav/principals/users/anna/", "group-membership",
			ANNA},
		{DAV_SEARCH_GROUPS, "ben", "/dav/principals/groups/club/", "group-member-set",
			CLUB | ANNA | KIDS},
		{DAV_SEARCH_ADMINS, "ben", "/dav/principals/groups/club/", "group-member-set",
			CLUB | KIDS},
		{DAV_SEARCH_ADMINS, "anna", "/dav/principals/groups/club/", "group-member-set",
			CLUB | ANNA},
		{DAV_SEARCH_ADMINS, "anna", "/dav/principals/groups/kids/", "group-member-set",
			KIDS},
		{DAV_SEARCH_ADMINS, "ben", "/dav/principals/users/ben/", "group-membership",
			BEN | KIDS},
	};
	struct world *w = *state;

	w->depth = "0";
	for (size_t i = 0; i < COUNT(cases); i++) {
		set_search(w, cases[i].search);
		w->person = cases[i].person;
		ask(w, "PROPFIND", cases[i].target,
			arena_printf(w->arena,
				"<D:propfind" NS_ALL "><D:prop><D:%s/></D:prop></D:propfind>",
				cases[i].property));
		expect_shown(w, cases[i].target, cases[i].shows);
		expect_text(w, cases[i].target, "200 OK");
	}
}

/* What somebody wrote into the repository by hand: damaged, or a name that nobody can have. */
static void damaged_principals_are_not_found(void **state)
{
	struct world *w = *state;
	const struct store_change changes[] = {
		{.slot = STORE_ITEM,
			.collection = "principals/groups",
			.name = "Odd Name",
			.bytes = "id x\n",
			.len = 5},
		{.slot = STORE_ITEM,
			.collection = "principals/groups",
			.name = "empty",
			.bytes = "",
			.len = 0},
	};
	const struct store_write write = {.changes = changes, .n_changes = 2, .subject = "odd"};
	struct store_result result;

	assert_int_equal(store_commit(w->store, &write, &result), STORE_OK);
	w->depth = "1";
	ask(w, "PROPFIND", "/dav/principals/groups/", NULL);
	expect(w, "groups", 207);
	expect_text(w, "groups", "!Odd");
	expect_text(w, "groups", "!empty");
	expect_text(w, "groups", "/kids/");
}

#define GROUPS_TEST(name) cmocka_unit_test_setup_teardown(name, open_groups, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUPS_TEST(listings_and_searches_agree),
		GROUPS_TEST(members_are_filtered),
		GROUPS_TEST(damaged_principals_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
