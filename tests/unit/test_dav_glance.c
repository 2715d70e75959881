/* SPDX-License-Identifier: ISC */
/* Glances: who is told what of each version of an item, by the role they have now, what they saw then, and its CLASS. */
#include "dav_world.h"
#include "storage/household.h"
#include "webdav/people.h"

#define PATH "calendars/anna/personal"
#define HREF(user) "<D:principal><D:href>/dav/principals/users/" user "/</D:href></D:principal>"
#define GRANT(who, what) "<D:ace>" who "<D:grant>" what "</D:grant></D:ace>"
#define DENY(who, what) "<D:ace>" who "<D:deny>" what "</D:deny></D:ace>"
#define PRIV(name) "<D:privilege><D:" name "/></D:privilege>"
#define FREEBUSY "<D:privilege><C:read-free-busy/></D:privilege>"
#define CREATOR "<D:principal><D:property><S:created-by/></D:property></D:principal>"
#define ALL "<D:principal><D:all/></D:principal>"
#define READER GRANT(HREF("ben"), PRIV("read"))

enum viewer { ANNA, BEN, CARL, ADMIN, KEEPER };

static const struct dav_person people[] = {
	[ANNA] = {.name = "anna"},
	[BEN] = {.name = "ben"},
	[CARL] = {.name = "carl"},
	[ADMIN] = {.name = "carl", .admin = true},
};

static int open_three(void **state)
{
	const struct account_spec carl = {.name = "carl", .with_defaults = true};
	struct store_result result;
	struct world *w;

	open_world(state);
	w = *state;
	return account_create(w->store, &carl, NULL, &result) != STORE_OK;
}

static void acl(struct world *w, const char *target, const char *entries)
{
	w->person = "anna";
	ask(w, "ACL", target, arena_printf(w->arena, "<D:acl" NS_ALL ">%s</D:acl>", entries));
	expect(w, entries, 200);
}

/* An event, put by somebody at a URL. */
static void put_class(struct world *w, const char *who, const char *target, const char *uid,
	const char *class, const char *summary)
{
	w->person = who;
	put(w, target,
		arena_printf(w->arena,
			"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
			"DTSTAMP:20260101T000000Z\r\nDTSTART:20260302T100000Z\r\nDURATION:PT1H\r\n"
			"SUMMARY:%s\r\nCLASS:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			uid, summary, class));
	w->person = "anna";
}

static void delete (struct world *w, const char *target)
{
	w->person = "anna";
	ask(w, "DELETE", target, NULL);
	expect(w, target, 204);
}

static uint64_t position(const struct world *w)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	uint64_t at = store_head(snapshot).position;

	store_snapshot_free(snapshot);
	return at;
}

static enum dav_sight look(struct world *w, const struct dav_person *person, const char *path,
	const char *name, uint64_t at, const char **summary)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct dav_glance *glance = dav_glance_open(w->server, snapshot, person);
	const struct dav_version version = {.collection = path, .name = name, .position = at};
	enum dav_sight sight = dav_glance_item(glance, &version, w->arena, summary);

	assert_int_equal(dav_glance_item(glance, &version, NULL, NULL), sight);
	dav_glance_close(glance);
	store_snapshot_free(snapshot);
	return sight;
}

/* What the viewers see of a version, in the order of enum viewer: 'a' all, 'b' busy, '-' nothing. */
static void sights(struct world *w, const char *what, const char *path, const char *name,
	uint64_t at, const char *want)
{
	static const char letters[] = {
		[DAV_SEES_NOTHING] = '-', [DAV_SEES_BUSY] = 'b', [DAV_SEES_ALL] = 'a'};
	char got[KEEPER + 2] = "";

	for (int i = ANNA; i <= KEEPER; i++) {
		const char *summary = "unset";
		const struct dav_person *person = i == KEEPER ? NULL : &people[i];
		got[i] = letters[look(w, person, path, name, at, &summary)];
		if (got[i] != 'a' && summary)
			fail_msg("%s: %d is told \"%s\"", what, i, summary);
		if (got[i] == 'a' && (!summary || strstr(summary, "unset")))
			fail_msg("%s: %d is not told the summary", what, i);
	}
	if (strcmp(got, want) != 0)
		fail_msg("%s: anna, ben, carl, admin, keeper see %s, wanted %s", what, got, want);
}

/* Role of ben × CLASS × who made it. */
static void roles_and_classes(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *role, *public, *confidential, *his;
	} rows[] = {
		{READER, "aa-aa", "ab-ba", "aa--a"},
		{GRANT(HREF("ben"), PRIV("read") PRIV("write")), "aa-aa", "ab-ba", "aa--a"},
		{GRANT(HREF("ben"), FREEBUSY), "ab-aa", "ab-ba", "a---a"},
		{GRANT(HREF("ben"), PRIV("bind")), "a--aa", "a--ba", "a---a"},
		{GRANT(ALL, PRIV("read")), "aaaaa", "abbba", "aa--a"},
		{DENY(HREF("ben"), PRIV("read")) GRANT(ALL, PRIV("read")), "a-aaa", "a-bba",
			"a---a"},
		{"", "a--aa", "a--ba", "a---a"},
	};

	acl(w, CAL, GRANT(HREF("ben"), PRIV("read") PRIV("bind")));
	put_class(w, "anna", CAL "public.ics", "1", "PUBLIC", "Open");
	put_class(w, "anna", CAL "half.ics", "2", "CONFIDENTIAL", "Half");
	put_class(w, "anna", CAL "secret.ics", "3", "PRIVATE", "Secret");
	put_class(w, "ben", CAL "his.ics", "4", "PRIVATE", "His");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		acl(w, CAL, rows[i].role);
		/* one change of each under these rights, so that then and now are the same */
		put_class(w, "anna", CAL "public.ics", "1", "PUBLIC",
			arena_printf(w->arena, "Open %zu", i));
		put_class(w, "anna", CAL "half.ics", "2", "CONFIDENTIAL",
			arena_printf(w->arena, "Half %zu", i));
		put_class(w, "anna", CAL "secret.ics", "3", "PRIVATE",
			arena_printf(w->arena, "Secret %zu", i));
		put_class(w, "anna", CAL "his.ics", "4", "PRIVATE",
			arena_printf(w->arena, "His %zu", i));
		uint64_t now = position(w);
		sights(w, rows[i].role, PATH, "public.ics", now, rows[i].public);
		sights(w, rows[i].role, PATH, "half.ics", now, rows[i].confidential);
		sights(w, rows[i].role, PATH, "secret.ics", now, "a---a");
		sights(w, rows[i].role, PATH, "his.ics", now, rows[i].his);
	}
}

/* An item that is made private, and public again, and is removed. */
static void then_and_now(void **state)
{
	struct world *w = *state;
	uint64_t open, closed, again;

	acl(w, CAL, READER);
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "One");
	open = position(w);
	put_class(w, "anna", CAL "a.ics", "a", "PRIVATE", "Two");
	closed = position(w);
	/* its name is hidden now, and so is all that it ever was */
	sights(w, "was public, is private", PATH, "a.ics", open, "a---a");
	sights(w, "is private", PATH, "a.ics", closed, "a---a");
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Three");
	again = position(w);
	sights(w, "was public, is again", PATH, "a.ics", open, "aa-aa");
	sights(w, "was private, is public", PATH, "a.ics", closed, "a---a");
	sights(w, "is public again", PATH, "a.ics", again, "aa-aa");
	put_class(w, "anna", CAL "a.ics", "a", "CONFIDENTIAL", "Four");
	sights(w, "is confidential", PATH, "a.ics", again, "ab-ba");
	delete (w, CAL "a.ics");
	sights(w, "ended confidential", PATH, "a.ics", again, "ab-ba");
	/* somebody else's, under the name it had */
	put_class(w, "anna", CAL "a.ics", "other", "PRIVATE", "Other");
	sights(w, "another one is private", PATH, "a.ics", again, "a---a");
}

static void entries_of_its_own(void **state)
{
	struct world *w = *state;
	uint64_t made, hidden, shown;

	acl(w, CAL, READER);
	put_class(w, "anna", CAL "party.ics", "p", "PUBLIC", "Party");
	made = position(w);
	acl(w, CAL "party.ics", DENY(HREF("ben"), PRIV("read")));
	hidden = position(w);
	sights(w, "before it was hidden", PATH, "party.ics", made, "a--aa");
	sights(w, "the hiding", PATH, "party.ics", hidden, "a--aa");
	put_class(w, "anna", CAL "party.ics", "p", "PUBLIC", "Party!");
	acl(w, CAL "party.ics", "");
	shown = position(w);
	sights(w, "shown again", PATH, "party.ics", shown, "aa-aa");
	sights(w, "changed while hidden", PATH, "party.ics", shown - 1, "a--aa");
	sights(w, "before all", PATH, "party.ics", made, "aa-aa");
	/* It goes while it is hidden: nothing of it comes out then. */
	acl(w, CAL "party.ics", DENY(HREF("ben"), PRIV("read")));
	delete (w, CAL "party.ics");
	sights(w, "removed while hidden", PATH, "party.ics", made, "a--aa");
	sights(w, "removed while hidden, later", PATH, "party.ics", shown, "a--aa");
}

static void rights_come_and_go(void **state)
{
	struct world *w = *state;
	uint64_t before, with, without, again;

	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Before");
	before = position(w);
	acl(w, CAL, READER);
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "With");
	with = position(w);
	sights(w, "before the right", PATH, "a.ics", before, "a--aa");
	sights(w, "with the right", PATH, "a.ics", with, "aa-aa");
	acl(w, CAL, "");
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Without");
	without = position(w);
	sights(w, "the right is gone", PATH, "a.ics", with, "a--aa");
	acl(w, HOME, GRANT(HREF("ben"), PRIV("read")));
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Again");
	again = position(w);
	sights(w, "the gap", PATH, "a.ics", without, "a--aa");
	sights(w, "with it then and now", PATH, "a.ics", with, "aa-aa");
	sights(w, "by the home", PATH, "a.ics", again, "aa-aa");
	/* from reader to busy, and back: the least of both */
	acl(w, HOME, "");
	acl(w, CAL, GRANT(HREF("ben"), FREEBUSY));
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Busy");
	sights(w, "busy now", PATH, "a.ics", again, "ab-aa");
	sights(w, "busy", PATH, "a.ics", position(w), "ab-aa");
	acl(w, CAL, READER);
	sights(w, "busy then", PATH, "a.ics", position(w) - 1, "ab-aa");
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Read");
	sights(w, "read", PATH, "a.ics", position(w), "aa-aa");
}

/* A removed and made-again user is somebody else. */
static void of_the_same_name(void **state)
{
	struct world *w = *state;
	const struct account_spec ben = {.name = "ben", .with_defaults = true};
	struct dav_people by = {.store = w->store, .arena = w->arena, .by = {.user = "anna"}};
	struct store_result result;
	uint64_t then;

	acl(w, CAL, GRANT(HREF("ben"), PRIV("read") PRIV("bind")));
	put_class(w, "anna", CAL "a.ics", "a", "PUBLIC", "Then");
	put_class(w, "ben", CAL "his.ics", "his", "PRIVATE", "His");
	then = position(w);
	sights(w, "of the first ben", PATH, "his.ics", then, "aa--a");
	assert_int_equal(dav_user_remove(&by, "ben"), PEOPLE_OK);
	assert_int_equal(account_create(w->store, &ben, NULL, &result), STORE_OK);
	sights(w, "nothing is inherited", PATH, "a.ics", then, "a--aa");
	acl(w, CAL, READER);
	sights(w, "what the first one saw", PATH, "a.ics", then, "a--aa");
	sights(w, "what the first one made", PATH, "his.ics", position(w), "a---a");
	sights(w, "what is there", PATH, "a.ics", position(w), "aa-aa");
}

/* What is gone is told by each version alone, and to nobody who had it by a right; until they hold it again. */
static void of_a_removed_calendar(void **state)
{
	struct world *w = *state;
	uint64_t then;

	ask(w, "MKCALENDAR", HOME "club/", NULL);
	expect(w, "MKCALENDAR", 201);
	acl(w, HOME "club/", READER);
	put_class(w, "anna", HOME "club/a.ics", "a", "PUBLIC", "Open");
	put_class(w, "anna", HOME "club/b.ics", "b", "PRIVATE", "Secret");
	then = position(w);
	sights(w, "there", "calendars/anna/club", "a.ics", then, "aa-aa");
	delete (w, HOME "club/");
	sights(w, "gone", "calendars/anna/club", "a.ics", then, "a--aa");
	sights(w, "gone, private", "calendars/anna/club", "b.ics", then, "a---a");
	/* Another one of the name, and the right on it. */
	ask(w, "MKCALENDAR", HOME "club/", NULL);
	acl(w, HOME "club/", READER);
	sights(w, "another, and seen then", "calendars/anna/club", "a.ics", then, "aa-aa");
	sights(w, "another, private then", "calendars/anna/club", "b.ics", then, "a---a");
	put_class(w, "anna", HOME "club/b.ics", "b", "PUBLIC", "New");
	sights(w, "private in the first", "calendars/anna/club", "b.ics", then, "a---a");
	sights(w, "in another", "calendars/anna/club", "b.ics", position(w), "aa-aa");
}

static void elsewhere(void **state)
{
	struct world *w = *state;
	const char *summary;

	make_book(w);
	put(w, BOOK "c.vcf", card(w, "c", "Carla"));
	w->person = "anna";
	ask(w, "PUT", "/dav/files/anna/x.txt", "text");
	uint64_t at = position(w);
	assert_int_equal(look(w, &people[ANNA], "addressbooks/anna/friends", "c.vcf", at, &summary),
		DAV_SEES_ALL);
	assert_string_equal(summary, "Carla");
	static const char *const paths[][2] = {
		{"addressbooks/anna/friends", "c.vcf"},
		{"files/anna", "x.txt"},
		{"principals/users", "anna"},
		{"calendars/anna", "x"},
		{"calendars", "anna"},
		{"", ""},
		{"../anna", "x"},
		{"calendars/anna/personal/", "x"},
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(look(w, &people[BEN], paths[i][0], paths[i][1], at, &summary),
			DAV_SEES_NOTHING);
		assert_null(summary);
		assert_int_equal(look(w, NULL, paths[i][0], paths[i][1], at, NULL), DAV_SEES_ALL);
	}
	/* Beyond the head, and nobody at all. */
	put(w, CAL "a.ics", event(w, "a", 2));
	acl(w, CAL, GRANT(ALL, PRIV("read")));
	at = position(w);
	assert_int_equal(look(w, &people[BEN], PATH, "a.ics", at, NULL), DAV_SEES_ALL);
	assert_int_equal(look(w, &people[BEN], PATH, "a.ics", at + 9, NULL), DAV_SEES_NOTHING);
	assert_int_equal(look(w, &people[ANNA], PATH, "a.ics", at + 9, &summary), DAV_SEES_ALL);
	assert_null(summary);
	/* A device for contacts does not look at calendars. */
	const struct dav_person contacts = {.name = "ben", .scope = DAV_SCOPE_CONTACTS};
	assert_int_equal(look(w, &contacts, PATH, "a.ics", at, NULL), DAV_SEES_NOTHING);
}

static void collections(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *role;
		bool ben, admin;
		const char *title;
	} rows[] = {
		{"", false, true, "personal"},
		{READER, true, true, "Anna's own (Anna B.)"},
		{GRANT(HREF("ben"), FREEBUSY), false, true, "Anna's own (Anna B.)"},
		{GRANT(ALL, PRIV("read")), true, true, "Anna's own"},
	};

	ask(w, "PROPPATCH", CAL,
		"<D:propertyupdate" NS_ALL
		"><D:set><D:prop><D:displayname>Anna's own</D:displayname>"
		"</D:prop></D:set></D:propertyupdate>");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		acl(w, CAL, rows[i].role);
		struct store_snapshot *snapshot = store_snapshot(w->store);
		struct dav_glance *ben = dav_glance_open(w->server, snapshot, &people[BEN]),
				  *admin = dav_glance_open(w->server, snapshot, &people[ADMIN]),
				  *keeper = dav_glance_open(w->server, snapshot, NULL);
		uint64_t at = position(w);
		assert_int_equal(dav_glance_collection(ben, PATH, at), rows[i].ben);
		assert_false(dav_glance_collection(ben, PATH, 0));
		assert_int_equal(dav_glance_collection(admin, PATH, at), rows[i].admin);
		assert_true(dav_glance_collection(keeper, PATH, at));
		assert_string_equal(dav_glance_title(ben, PATH, w->arena), rows[i].title);
		assert_string_equal(dav_glance_title(admin, PATH, w->arena), "Anna's own");
		assert_string_equal(dav_glance_title(keeper, PATH, w->arena), "Anna's own");
		if (i == 1)
			assert_string_equal(
				dav_glance_title(ben, "calendars/ben/anna-personal", w->arena),
				"Anna's own (Anna B.)");
		dav_glance_close(ben);
		dav_glance_close(admin);
		dav_glance_close(keeper);
		store_snapshot_free(snapshot);
	}
}

/* How many there were: for the owner and the keeper, as of others' entries not even a number is told. */
static void counting(void **state)
{
	struct world *w = *state;
	uint64_t none = position(w), one, three;
	size_t n = 99;

	acl(w, CAL, GRANT(HREF("ben"), PRIV("read")));
	put_class(w, "anna", CAL "public.ics", "1", "PUBLIC", "Open");
	one = position(w);
	put_class(w, "anna", CAL "half.ics", "2", "CONFIDENTIAL", "Half");
	put_class(w, "anna", CAL "secret.ics", "3", "PRIVATE", "Secret");
	three = position(w);
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct dav_glance *who[] = {dav_glance_open(w->server, snapshot, &people[ANNA]),
		dav_glance_open(w->server, snapshot, NULL),
		dav_glance_open(w->server, snapshot, &people[BEN]),
		dav_glance_open(w->server, snapshot, &people[ADMIN])};
	for (size_t i = 0; i < sizeof(who) / sizeof(*who); i++) {
		bool may = i < 2;
		assert_int_equal(dav_glance_count(who[i], PATH, three, &n), may);
		assert_int_equal(n, may ? 3 : 99);
		assert_int_equal(dav_glance_count(who[i], PATH, one, &n), may);
		assert_int_equal(n, may ? 1 : 99);
		assert_int_equal(dav_glance_count(who[i], PATH, none, &n), may);
		assert_int_equal(n, may ? 0 : 99);
		assert_false(dav_glance_count(who[i], PATH, three + 100, &n));
		assert_false(dav_glance_count(who[i], "principals/users", three, &n));
		dav_glance_close(who[i]);
		n = 99;
	}
	store_snapshot_free(snapshot);
}

/* What may be put: a new one, one of anna's, of ben's, a confidential one, a private one. */
static void putting(void **state)
{
	struct world *w = *state;
	static const char *const names[] = {
		NULL, "public.ics", "his.ics", "half.ics", "secret.ics", "never.ics"};
	static const struct {
		const char *role, *want;
	} rows[] = {
		{GRANT(HREF("ben"), PRIV("read") PRIV("write")), "yyy--y"},
		{GRANT(HREF("ben"), PRIV("read") PRIV("bind"))
				GRANT(CREATOR, PRIV("write-content") PRIV("unbind")),
			"y-y--y"},
		{READER, "------"},
		{GRANT(HREF("ben"), PRIV("read") PRIV("write-content")), "-yy---"},
		{GRANT(HREF("ben"), FREEBUSY), "------"},
		{"", "------"},
	};

	acl(w, CAL, GRANT(HREF("ben"), PRIV("read") PRIV("bind")));
	put_class(w, "anna", CAL "public.ics", "1", "PUBLIC", "Open");
	put_class(w, "anna", CAL "half.ics", "2", "CONFIDENTIAL", "Half");
	put_class(w, "anna", CAL "secret.ics", "3", "PRIVATE", "Secret");
	put_class(w, "ben", CAL "his.ics", "4", "PUBLIC", "His");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		acl(w, CAL, rows[i].role);
		struct store_snapshot *snapshot = store_snapshot(w->store);
		struct dav_glance *ben = dav_glance_open(w->server, snapshot, &people[BEN]),
				  *admin = dav_glance_open(w->server, snapshot, &people[ADMIN]),
				  *anna = dav_glance_open(w->server, snapshot, &people[ANNA]);
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			const char *name = names[k] ? names[k] : "a new one";
			if (dav_glance_may_put(ben, PATH, names[k]) != (rows[i].want[k] == 'y'))
				fail_msg("%s: ben, %s: wanted %c", rows[i].role, name,
					rows[i].want[k]);
			assert_int_equal(
				dav_glance_may_put(admin, PATH, names[k]), "yyy--y"[k] == 'y');
			assert_true(dav_glance_may_put(anna, PATH, names[k]));
		}
		assert_false(dav_glance_may_put(ben, "calendars/anna/never", NULL));
		assert_false(dav_glance_may_put(anna, "calendars/anna/never", NULL));
		dav_glance_close(ben);
		dav_glance_close(admin);
		dav_glance_close(anna);
		store_snapshot_free(snapshot);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_three, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roles_and_classes),
		TEST(then_and_now),
		TEST(entries_of_its_own),
		TEST(rights_come_and_go),
		TEST(of_the_same_name),
		TEST(of_a_removed_calendar),
		TEST(elsewhere),
		TEST(collections),
		TEST(counting),
		TEST(putting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
