/* SPDX-License-Identifier: ISC */
/* webdav/forget.c and people.c: users and groups that go leave nothing to inherit; races. */
#include "tests/unit/people_help.h"

#include <pthread.h>

/* ---------------------------------------------------------------- removal */

/* All that mentions a principal, in the text of the whole tree. */
static size_t mentions(struct world *w, const struct store_collection *c, const char *what)
{
	const struct store_meta *meta = store_collection_meta(c);
	struct store_cursor cursor = {0};
	const struct store_item *item;
	const struct store_collection *child;
	struct store_meta own;
	struct store_bytes bytes;
	size_t n = 0;

	for (size_t i = 0; i < meta->n_aces; i++)
		n += strstr(meta->aces[i], what) != NULL;
	while ((item = store_item_next(c, &cursor))) {
		if (item->has_meta && store_item_meta(w->store, c, item, w->arena, &own))
			for (size_t i = 0; i < own.n_aces; i++)
				n += strstr(own.aces[i], what) != NULL;
		assert_int_equal(store_read(w->store, &item->oid, &bytes), STORE_OK);
		n += strstr(bytes.data, what) != NULL;
		store_bytes_free(&bytes);
	}
	for (size_t i = 0; (child = store_child(c, i)); i++)
		n += mentions(w, child, what);
	return n;
}

static size_t mentions_now(struct world *w, const char *what)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	size_t n = mentions(w, store_collection(snapshot, ""), what);

	store_snapshot_free(snapshot);
	return n;
}

static const char *collection_id(struct world *w, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *c = store_collection(snapshot, path);
	const char *id = c ? arena_strdup(w->arena, store_collection_meta(c)->id) : NULL;

	store_snapshot_free(snapshot);
	return id;
}

/* Adds entries to a collection, keeping what it is. */
static void set_aces(struct world *w, const char *path, const char *const *aces, size_t n)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_meta meta = *store_collection_meta(store_collection(snapshot, path));
	size_t len;

	meta.aces = aces;
	meta.n_aces = n;
	char *text = store_meta_print(w->arena, &meta, &len);
	store_snapshot_free(snapshot);
	write_raw(w, STORE_SELF, path, NULL, text);
}

static size_t n_aces(struct world *w, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *c = store_collection(snapshot, path);
	size_t n = c ? store_collection_meta(c)->n_aces : 0;

	store_snapshot_free(snapshot);
	return n;
}

/* Ben is named wherever somebody can be: home, calendar, address book, folder in a folder, item, principal, group. */
static void name_ben_everywhere(struct world *w)
{
	const char *mine = arena_printf(w->arena, "grant users/ben#%s read", id_of(w, "users/ben"));
	const char *const aces[] = {mine, "deny users/ben#old write", "grant users/ben read",
		"grant users/benno read", "deny users/ben nonsense", "grant all read-free-busy"};
	const char *entries = arena_printf(w->arena, "ace %s\nace grant users/benno read\n", mine);

	make_book(w);
	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, CAL "b.ics", event(w, "b", 2));
	write_raw(w, STORE_SELF, "files/anna/x", NULL, "id x1\nkind folder\n");
	write_raw(w, STORE_SELF, "files/anna/x/y", NULL, "id x2\nkind folder\n");
	write_raw(w, STORE_ITEM, "files/anna/x/y", "note", "text");
	static const char *const places[] = {
		"calendars/anna", CALENDAR, "addressbooks/anna/friends", "files/anna/x/y"};
	for (size_t i = 0; i < COUNT(places); i++)
		set_aces(w, places[i], aces, COUNT(aces));
	write_raw(w, STORE_ITEM_META, CALENDAR, "a.ics", entries);
	write_raw(w, STORE_ITEM_META, CALENDAR, "b.ics", arena_printf(w->arena, "ace %s\n", mine));
	write_raw(w, STORE_ITEM_META, "files/anna/x/y", "note", entries);
	write_raw(w, STORE_ITEM_META, "principals/users", "anna", entries);
	group(w, "kids", "ben");
	group(w, "family", "anna ben group:kids");
	write_raw(w, STORE_ITEM, "principals/groups", "hand",
		"id 9\nmember users/ben\nmember users/ben#old\nmember users/anna\n");
	/* Shares: of anna's at ben's, which goes with his home; of ben's at anna's; of carl's. */
	write_raw(w, STORE_SELF, "calendars/ben/annas", NULL,
		arena_printf(w->arena, "id s1\nkind calendar\nshare-of %s %s\n",
			collection_id(w, CALENDAR), CALENDAR));
	write_raw(w, STORE_SELF, "calendars/anna/bens", NULL,
		arena_printf(w->arena,
			"id s2\nkind calendar\nshare-of %s calendars/ben/personal\nace %s\n",
			collection_id(w, "calendars/ben/personal"), mine));
	write_raw(w, STORE_SELF, "calendars/anna/elsewhere", NULL,
		"id s3\nkind calendar\nshare-of none calendars/ben/personal\n");
}

static void a_user_leaves_nothing(void **state)
{
	struct world *w = *state;
	const char *old = id_of(w, "users/ben");
	struct dav_people people = by(w);

	name_ben_everywhere(w);
	const char *since = id_of(w, "groups/kids");
	assert_true(mentions_now(w, "users/ben#") > 10);
	assert_int_equal(dav_user_remove(&people, "Ben"), PEOPLE_OK);
	expect_subject(w, "Anna B. removed the user ben");

	assert_int_equal(mentions_now(w, "users/ben#"), 0);
	assert_int_equal(mentions_now(w, "users/ben read"), 0);
	assert_null(collection_id(w, "calendars/ben"));
	assert_null(collection_id(w, "files/ben"));
	assert_null(collection_id(w, "calendars/anna/bens"));
	assert_non_null(collection_id(w, "calendars/anna/elsewhere"));
	/* What cannot be read denies, and stays. */
	assert_int_equal(n_aces(w, CALENDAR), 3);
	assert_int_equal(n_aces(w, "calendars/anna"), 3);
	assert_int_equal(n_aces(w, "files/anna/x/y"), 3);
	assert_int_equal(mentions_now(w, "users/benno"), 4 + 3);
	assert_string_equal(members(w, "kids"), "");
	assert_string_equal(members(w, "family"), "anna group:kids");
	assert_string_equal(members(w, "hand"), "anna");
	assert_string_equal(id_of(w, "groups/kids"), since);
	/* An item keeps its bytes, and its properties file goes when it says nothing. */
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *c = store_collection(snapshot, CALENDAR);
	assert_true(store_item(c, "a.ics")->has_meta);
	assert_false(store_item(c, "b.ics")->has_meta);
	store_snapshot_free(snapshot);

	user(w, "ben");
	assert_string_not_equal(id_of(w, "users/ben"), old);
	assert_int_equal(mentions_now(w, "users/ben#"), 0);
	struct household *household = now(w);
	assert_false(household_contains(household, "groups/family", "users/ben"));
	assert_false(household_is(household, arena_printf(w->arena, "users/ben#%s", old), "ben"));
	household_free(household);
	people = by(w);
	assert_int_equal(dav_user_remove(&people, "nobody"), PEOPLE_NO_USER);
	assert_int_equal(dav_user_remove(&people, "anna@example.org"), PEOPLE_NO_USER);
	assert_int_equal(dav_user_remove(&people, "../groups/kids"), PEOPLE_NO_USER);
}

static void a_group_leaves_nothing(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);

	group(w, "kids", "ben");
	group(w, "family", "anna group:kids");
	const char *old = id_of(w, "groups/kids");
	const char *const aces[] = {arena_printf(w->arena, "grant groups/kids#%s read", old),
		"grant groups/kids all", "grant users/kids read", "grant groups/kidsclub read"};
	set_aces(w, CALENDAR, aces, COUNT(aces));
	assert_int_equal(dav_group_remove(&people, "KIDS"), PEOPLE_OK);
	expect_subject(w, "Anna B. removed the group kids");
	assert_int_equal(mentions_now(w, "groups/kids#"), 0);
	assert_int_equal(n_aces(w, CALENDAR), 2);
	assert_string_equal(members(w, "family"), "anna");
	group(w, "kids", "ben");
	assert_string_not_equal(id_of(w, "groups/kids"), old);
	assert_string_equal(members(w, "family"), "anna");
	struct household *household = now(w);
	assert_false(household_is(household, arena_printf(w->arena, "groups/kids#%s", old), "ben"));
	household_free(household);
}

/* What is in a calendar home, beside the two calendars that are there from the start. */
static const char *shares(struct world *w, const char *user)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *child,
		*home = store_collection(snapshot, arena_printf(w->arena, "calendars/%s", user));
	const char *text = "";

	for (size_t i = 0; home && (child = store_child(home, i)); i++)
		if (store_collection_meta(child)->share_of)
			text = arena_printf(w->arena, "%s%s ", text, store_collection_name(child));
	store_snapshot_free(snapshot);
	return text;
}

/* Whoever joins a group finds what is shared with it, and whoever leaves loses it, in the same commit. */
static void shares_come_and_go_with_people(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);

	user(w, "carl");
	group(w, "kids", "carl");
	group(w, "family", "group:kids");
	const char *const aces[] = {
		arena_printf(w->arena, "grant groups/family#%s read", id_of(w, "groups/family"))};
	set_aces(w, CALENDAR, aces, 1);
	assert_int_equal(change(w, &people, "kids", NULL, "ben", NULL), PEOPLE_OK);
	assert_string_equal(shares(w, "ben"), "anna-personal ");
	assert_int_equal(change(w, &people, "kids", NULL, NULL, "ben"), PEOPLE_OK);
	assert_string_equal(shares(w, "ben"), "");
	group(w, "kids", "ben carl");
	assert_string_equal(shares(w, "ben"), "anna-personal ");

	people = by(w);
	assert_int_equal(dav_group_remove(&people, "kids"), PEOPLE_OK);
	assert_string_equal(shares(w, "ben"), "");
	assert_int_equal(n_aces(w, CALENDAR), 1);
	assert_int_equal(change(w, &people, "family", "ben carl", NULL, NULL), PEOPLE_OK);
	assert_string_equal(shares(w, "ben"), "anna-personal ");
	assert_string_equal(shares(w, "carl"), "anna-personal ");

	/* A sharee goes, with the home; the owner goes, and nobody is left with a share of nothing. */
	people = by(w);
	assert_int_equal(dav_user_remove(&people, "carl"), PEOPLE_OK);
	user(w, "carl");
	assert_string_equal(shares(w, "carl"), "");
	assert_int_equal(dav_user_remove(&people, "anna"), PEOPLE_OK);
	assert_string_equal(shares(w, "ben"), "");
	user(w, "anna");
	assert_string_equal(shares(w, "ben"), "");
}

/* ---------------------------------------------------------------- races */

/* Changes built on an old snapshot are refused, whatever was changed meanwhile. */
static enum store_code commit_late(struct world *w, void (*meanwhile)(struct world *w),
	enum dav_people_code (*build)(struct dav_settling *settling))
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct dav_settling settling = {.store = w->store, .snapshot = snapshot, .arena = w->arena};
	struct store_result result;

	assert_int_equal(build(&settling), PEOPLE_OK);
	meanwhile(w);
	struct store_write write = {
		.changes = settling.changes, .n_changes = settling.n_changes, .subject = "Late"};
	enum store_code code = store_commit(w->store, &write, &result);
	store_snapshot_free(snapshot);
	return code;
}

static enum dav_people_code forget_ben(struct dav_settling *settling)
{
	struct household *before = household_now(settling->store, settling->snapshot),
			 *after = household_with(before, "users/ben", NULL, 0);

	settling->before = before;
	settling->after = after;
	dav_forget_principal(settling, "users/ben");
	household_free(before);
	household_free(after);
	return PEOPLE_OK;
}

static enum dav_people_code nest_a(struct dav_settling *settling)
{
	static const char *const b[] = {"groups/b"};
	const char *words;

	return dav_group_members_change(settling, "a", b, 1, &words);
}

static enum dav_people_code fill_a(struct dav_settling *settling)
{
	static const char *const ben[] = {"users/ben"};
	const char *words;

	return dav_group_members_change(settling, "a", ben, 1, &words);
}

static void grant(struct world *w)
{
	const char *const aces[] = {"grant users/ben read", "grant all read"};

	set_aces(w, CALENDAR, aces, COUNT(aces));
}

static void annotate(struct world *w)
{
	write_raw(w, STORE_ITEM_META, CALENDAR, "a.ics", "ace grant all read\n");
}

static void join(struct world *w)
{
	group(w, "a", "anna ben");
}

static void join_b(struct world *w)
{
	group(w, "b", "anna ben");
}

static void nest_b(struct world *w)
{
	group(w, "b", "group:a");
}

static void drop_calendar(struct world *w)
{
	write_raw(w, STORE_SELF, CALENDAR, NULL, NULL);
}

static void nothing(struct world *w)
{
	(void)w;
}

static void late_changes_conflict(void **state)
{
	static const struct {
		void (*meanwhile)(struct world *w);
		enum dav_people_code (*build)(struct dav_settling *settling);
		enum store_code code;
	} rows[] = {
		{grant, forget_ben, STORE_CONFLICT},
		{annotate, forget_ben, STORE_CONFLICT},
		{join_b, forget_ben, STORE_CONFLICT},
		/* A group that nobody had to look at: the reference has an id, and is good for nobody. */
		{join, forget_ben, STORE_OK},
		{drop_calendar, forget_ben, STORE_CONFLICT},
		{nothing, forget_ben, STORE_OK},
		{nest_b, nest_a, STORE_CONFLICT},
		{nothing, nest_a, STORE_OK},
		{join, fill_a, STORE_CONFLICT},
		/* What cannot make a circle does not wait for other groups. */
		{nest_b, fill_a, STORE_OK},
	};
	static const char *const aces[] = {"grant users/ben read"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world *w;
		open_world((void **)&w);
		put(w, CAL "a.ics", event(w, "a", 1));
		set_aces(w, CALENDAR, aces, 1);
		write_raw(w, STORE_ITEM_META, CALENDAR, "a.ics", "ace grant users/ben read\n");
		write_raw(w, STORE_ITEM, "principals/groups", "a", "id 1\nmember users/anna\n");
		group(w, "b", "ben");
		enum store_code code = commit_late(w, rows[i].meanwhile, rows[i].build);
		if (code != rows[i].code)
			fail_msg("row %zu: %d", i, code);
		close_world((void **)&w);
	}
	(void)state;
}

struct racer {
	struct world *w;
	const char *group, *other;
	unsigned done;
};

/* Puts the other group in and takes it out again, with a store of words of its own. */
static void *race(void *payload)
{
	struct racer *racer = payload;
	struct dav_people people = {.store = racer->w->store, .arena = arena_new()};

	for (int i = 0; i < 50; i++) {
		const char *const other[] = {racer->other};
		struct dav_group_edit in = {.add = other, .n_add = 1},
				      out = {.drop = other, .n_drop = 1};
		if (dav_group_put(&people, racer->group, &in) == PEOPLE_OK) {
			racer->done++;
			dav_group_put(&people, racer->group, &out);
		}
	}
	arena_free(people.arena);
	return NULL;
}

static void watch_for_circles(struct world *w)
{
	struct household *household = now(w);

	assert_false(household_contains(household, "groups/a", "groups/b") &&
		household_contains(household, "groups/b", "groups/a"));
	household_free(household);
}

static void two_that_nest_each_other_make_no_circle(void **state)
{
	struct world *w = *state;
	struct racer racers[] = {{w, "a", "group:b", 0}, {w, "b", "group:a", 0}};
	pthread_t threads[2];

	group(w, "a", "anna");
	group(w, "b", "ben");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	for (int i = 0; i < 200; i++)
		watch_for_circles(w);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	watch_for_circles(w);
	assert_true(racers[0].done + racers[1].done > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_user_leaves_nothing),
		WORLD_TEST(a_group_leaves_nothing),
		WORLD_TEST(shares_come_and_go_with_people),
		cmocka_unit_test(late_changes_conflict),
		WORLD_TEST(two_that_nest_each_other_make_no_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
