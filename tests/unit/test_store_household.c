/* SPDX-License-Identifier: ISC */
/* household.c, past.c: who is in which group, now and then; single files of earlier commits. */
#include "tests/unit/store_help.h"

#include "storage/account.h"
#include "storage/household.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define USERS "principals/users"
#define GROUPS "principals/groups"
#define HOME "calendars/anna/home"
#define WORK "calendars/anna/work"

static void set_principal(struct store *store, const char *path, const char *text)
{
	const char *slash = strchr(path, '/');
	bool group = text_starts(path, "groups/");

	assert_int_equal(put(store, group ? GROUPS : USERS, slash + 1, text), STORE_OK);
}

/* anna, ben, carl with the ids A, B, C. */
static struct store *open_people(void)
{
	struct store *store = open_memory();

	set_principal(store, "users/anna", "id A\nname Anna B.\ncreated 2026-11-23T10:00:00Z\n");
	set_principal(store, "users/ben", "id B\n");
	set_principal(store, "users/carl", "id C\n");
	return store;
}

static struct household *now(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct household *household = household_now(store, snapshot);

	store_snapshot_free(snapshot);
	return household;
}

/* ---------------------------------------------------------------- who is in what */

struct pair {
	const char *group, *principal;
	bool in;
};

static void expect_pairs(const struct household *h, const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (household_contains(h, pairs[i].group, pairs[i].principal) != pairs[i].in)
			fail_msg("%s is%s in %s", pairs[i].principal, pairs[i].in ? " not" : "",
				pairs[i].group);
}

static void test_lists(void **state)
{
	struct store *store = open_people();
	size_t n;

	(void)state;
	set_principal(store, "groups/anna", "id G\nname The Annas\nmember users/anna#A\n");
	/* neither a user nor a group: nobody can read it, or nobody can have the name */
	set_principal(store, "users/dora", "name Dora\n");
	set_principal(store, "users/Eve", "id E\n");
	set_principal(store, "groups/the kids", "id K\n");
	struct household *h = now(store);
	const struct household_principal *list = household_list(h, &n);
	static const char *const want[] = {"users/anna", "users/ben", "users/carl", "groups/anna"};
	assert_int_equal(n, COUNT(want));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(list[i].path, want[i]);
		assert_ptr_equal(household_find(h, want[i]), &list[i]);
		assert_string_equal(list[i].name, strchr(want[i], '/') + 1);
		assert_int_equal(list[i].group, i == 3);
	}
	assert_string_equal(list[0].display_name, "Anna B.");
	assert_true(list[0].created > 0);
	assert_null(list[1].display_name);
	assert_int_equal(list[3].n_members, 1);
	static const char *const absent[] = {"users/dora", "users/Eve", "groups/the kids",
		"groups/ben", "users/ann", "users/annaa", "users/", "groups/", "anna", "", "users",
		"users/anna#A", "principals/users/anna"};
	for (size_t i = 0; i < COUNT(absent); i++)
		if (household_find(h, absent[i]))
			fail_msg("%s", absent[i]);
	household_free(h);
	store_close(store);
}

static void test_references(void **state)
{
	static const struct {
		const char *reference, *path; /* NULL: good for nobody */
	} rows[] = {
		{"users/anna#A", "users/anna"},
		{"users/anna", "users/anna"},
		{"groups/kids#K", "groups/kids"},
		{"groups/kids", "groups/kids"},
		{"users/anna#B", NULL},
		{"users/anna#", NULL},
		{"users/anna#a", NULL},
		{"users/anna#A ", NULL},
		{"users/anna#A#A", NULL},
		{"users/ann#A", NULL},
		{"Users/anna#A", NULL},
		{"groups/anna#A", NULL},
		{"users/kids#K", NULL},
		{"users/../groups/kids#K", NULL},
		{"anna", NULL},
		{"#A", NULL},
		{"", NULL},
	};
	struct store *store = open_people();
	struct arena *arena = arena_new();

	(void)state;
	set_principal(store, "groups/kids", "id K\n");
	struct household *h = now(store);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct household_principal *p = household_refers(h, rows[i].reference);
		if (!text_equal(p ? p->path : NULL, rows[i].path))
			fail_msg("%s: %s", rows[i].reference, p ? p->path : "nobody");
	}
	assert_string_equal(household_reference(h, arena, "users/anna"), "users/anna#A");
	assert_string_equal(household_reference(h, arena, "groups/kids"), "groups/kids#K");
	assert_null(household_reference(h, arena, "groups/none"));
	household_free(h);
	arena_free(arena);
	store_close(store);
}

static void test_nested_groups(void **state)
{
	static const struct pair pairs[] = {
		{"groups/kids", "users/ben", true},
		{"groups/kids", "users/anna", false},
		{"groups/family", "users/anna", true},
		{"groups/family", "users/ben", true},
		{"groups/family", "groups/kids", true},
		{"groups/club", "users/ben", true},
		{"groups/club", "groups/kids", true},
		{"groups/club", "users/carl", false},
		{"groups/kids", "groups/family", false},
		{"groups/kids", "groups/kids", false},
		{"users/anna", "users/anna", false},
		{"groups/none", "users/anna", false},
		{"groups/kids", "users/none", false},
	};
	struct store *store = open_people();

	(void)state;
	set_principal(store, "groups/kids", "id K\nmember users/ben#B\n");
	set_principal(store, "groups/family", "id F\nmember users/anna#A\nmember groups/kids#K\n");
	set_principal(store, "groups/club", "id L\nmember groups/family\n");
	struct household *h = now(store);
	expect_pairs(h, pairs, COUNT(pairs));
	assert_true(household_is(h, "groups/club#L", "ben"));
	assert_true(household_is(h, "groups/club", "ben"));
	assert_true(household_is(h, "users/ben#B", "ben"));
	assert_false(household_is(h, "users/ben#old", "ben"));
	assert_false(household_is(h, "groups/club#old", "ben"));
	assert_false(household_is(h, "groups/club#L", "carl"));
	assert_false(household_is(h, "groups/club#L", "dora"));
	assert_false(household_is(h, "groups/club#L", ""));
	assert_false(household_is(h, "groups/club#L", "club"));
	/* longer than any name */
	char name[300] = "";
	memset(name, 'b', sizeof(name) - 1);
	assert_false(household_is(h, "groups/club#L", name));
	household_free(h);
	store_close(store);
}

static void test_circles(void **state)
{
	static const struct pair pairs[] = {
		{"groups/a", "users/anna", true},
		{"groups/b", "users/anna", true},
		{"groups/c", "users/anna", true},
		{"groups/a", "users/ben", true},
		{"groups/a", "groups/b", true},
		{"groups/b", "groups/a", true},
		{"groups/a", "groups/a", false},
		{"groups/self", "users/carl", true},
		{"groups/a", "users/carl", false},
	};
	struct store *store = open_people();

	(void)state;
	set_principal(store, "groups/a", "id 1\nmember groups/c\nmember users/anna\n");
	set_principal(store, "groups/b", "id 2\nmember groups/a\n");
	set_principal(store, "groups/c", "id 3\nmember groups/b\nmember users/ben#B\n");
	set_principal(store, "groups/self", "id 4\nmember groups/self#4\nmember users/carl\n");
	struct household *h = now(store);
	expect_pairs(h, pairs, COUNT(pairs));
	household_free(h);
	store_close(store);
}

/* What people write by hand, or mean badly. */
static void test_hostile_lines(void **state)
{
	static const char *const lines[] = {
		"member users/ben#stale",
		"member users/BEN#B",
		"member users/ben #B",
		"member  users/ben",
		"member users/ben#B grant",
		"member ../users/ben",
		"member users/../users/ben",
		"member users//ben",
		"member /users/ben",
		"member users/ben/",
		"member users/b\xd0\xb5n",
		"member ben",
		"member #B",
		"member ",
		"member",
		"Member users/ben",
		"members users/ben",
		"id B",
		"name x\rmember users/ben",
	};
	struct store *store = open_people();
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		set_principal(store, "groups/kids", arena_printf(arena, "id K\n%s\n", lines[i]));
		struct household *h = now(store);
		assert_non_null(household_find(h, "groups/kids"));
		if (household_contains(h, "groups/kids", "users/ben"))
			fail_msg("%s", lines[i]);
		household_free(h);
	}
	set_principal(store, "groups/kids", "id K\nmember users/ben\n\nmember users/carl\n \n");
	struct household *h = now(store);
	assert_true(household_contains(h, "groups/kids", "users/ben"));
	assert_true(household_contains(h, "groups/kids", "users/carl"));
	household_free(h);
	/* Users have no members. */
	set_principal(store, "users/anna", "id A\nmember users/ben\n");
	h = now(store);
	assert_int_equal(household_find(h, "users/anna")->n_members, 0);
	assert_false(household_contains(h, "users/anna", "users/ben"));
	household_free(h);
	arena_free(arena);
	store_close(store);
}

static void test_many_members(void **state)
{
	enum { MANY = HOUSEHOLD_MAX_MEMBERS + 1 };
	struct store *store = open_people();
	struct arena *arena = arena_new();
	struct store_change *changes = arena_array(arena, MANY, sizeof(*changes));
	struct store_result result;
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	buf_adds(&text, "id K\n");
	for (size_t i = 0; i < MANY; i++) {
		char *name = arena_printf(arena, "u%zu", i);
		changes[i] = change_item(USERS, name, arena_printf(arena, "id %zu\n", i));
		buf_addf(&text, "member users/%s#%zu\n", name, i);
	}
	assert_int_equal(write_all(store, changes, MANY, &result), STORE_OK);
	set_principal(store, "groups/all", text.data);
	set_principal(store, "groups/outer", "id O\nmember groups/all\n");
	struct household *h = now(store);
	assert_int_equal(household_find(h, "groups/all")->n_members, HOUSEHOLD_MAX_MEMBERS);
	assert_true(household_contains(h, "groups/outer", "users/u0"));
	assert_true(household_contains(h, "groups/outer", "users/u999"));
	assert_false(household_contains(h, "groups/outer", "users/u1000"));
	household_free(h);
	buf_free(&text);
	arena_free(arena);
	store_close(store);
}

/* A hundred groups in a row. */
static void test_deep_nesting(void **state)
{
	struct store *store = open_people();
	struct arena *arena = arena_new();

	(void)state;
	set_principal(store, "groups/g0", "id 0\nmember users/ben\n");
	for (int i = 1; i < 100; i++)
		set_principal(store, arena_printf(arena, "groups/g%d", i),
			arena_printf(arena, "id %d\nmember groups/g%d#%d\n", i, i - 1, i - 1));
	struct household *h = now(store);
	assert_true(household_contains(h, "groups/g99", "users/ben"));
	assert_false(household_contains(h, "groups/g0", "groups/g99"));
	household_free(h);
	arena_free(arena);
	store_close(store);
}

/* ---------------------------------------------------------------- before, after, then */

static void test_with(void **state)
{
	static const char kids[] = "id K\nmember users/ben\n",
			  other[] = "id K\nmember users/carl\n";
	struct store *store = open_people();

	(void)state;
	set_principal(store, "groups/kids", kids);
	set_principal(store, "groups/family", "id F\nmember groups/kids#K\n");
	struct household *h = now(store);
	struct household *with = household_with(h, "groups/kids", other, strlen(other));
	assert_true(household_contains(with, "groups/family", "users/carl"));
	assert_false(household_contains(with, "groups/family", "users/ben"));
	household_free(with);
	with = household_with(h, "groups/kids", NULL, 0);
	assert_null(household_find(with, "groups/kids"));
	assert_false(household_contains(with, "groups/family", "users/ben"));
	household_free(with);
	with = household_with(h, "groups/new", other, strlen(other));
	assert_true(household_contains(with, "groups/new", "users/carl"));
	assert_true(household_contains(with, "groups/family", "users/ben"));
	assert_string_equal(household_find(with, "users/anna")->display_name, "Anna B.");
	household_free(with);
	with = household_with(h, "users/ben", NULL, 0);
	assert_false(household_contains(with, "groups/kids", "users/ben"));
	household_free(with);
	/* Text that nobody can read is nobody. */
	with = household_with(h, "groups/kids", "no id\n", 6);
	assert_null(household_find(with, "groups/kids"));
	household_free(with);
	assert_true(household_contains(h, "groups/family", "users/ben"));
	household_free(h);
	store_close(store);
}

static void expect_users(const struct household *h, const char *reference, const char *want)
{
	const struct household_principal *p;
	struct buf names;
	size_t at = 0;

	buf_init(&names, SIZE_MAX);
	buf_adds(&names, "");
	while ((p = household_next(h, reference, &at)))
		buf_addf(&names, "%s ", p->name);
	assert_string_equal(names.data ? names.data : "", want);
	buf_free(&names);
}

static void test_next(void **state)
{
	struct store *store = open_people();

	(void)state;
	set_principal(store, "groups/kids", "id K\nmember users/carl\nmember users/ben#B\n");
	set_principal(store, "groups/family", "id F\nmember groups/kids#K\nmember users/ben\n");
	set_principal(store, "groups/empty", "id E\nmember groups/none\n");
	struct household *h = now(store);
	expect_users(h, "groups/kids#K", "ben carl ");
	expect_users(h, "groups/family", "ben carl ");
	expect_users(h, "groups/empty", "");
	expect_users(h, "groups/kids#old", "");
	expect_users(h, "groups/none", "");
	expect_users(h, "users/anna#A", "anna ");
	expect_users(h, "users/anna#old", "");
	household_free(h);
	store_close(store);
}

/* Everybody who is told apart, as a list with spaces; to all others nothing that is said of them is otherwise. */
static void test_compare(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: removed */
		const char *changed;
	} rows[] = {
		{"groups/kids", "id K\nmember users/ben\nmember users/carl\n",
			"users/carl groups/kids groups/family"},
		{"groups/kids", "id K\nname Kids\nmember users/ben#B\n", ""},
		{"groups/kids", "id K2\nmember users/ben\n", "users/ben groups/kids"},
		{"groups/kids", NULL, "users/ben groups/kids groups/family"},
		{"groups/family", "id F\n", "users/ben groups/family"},
		{"groups/new", "id N\n", "groups/new"},
		{"groups/new", "id N\nmember users/anna\n", "users/anna groups/new"},
		{"users/anna", "id A2\n", "users/anna"},
		{"users/anna", "id A\nname Anna C.\n", ""},
		{"users/anna", NULL, "users/anna"},
		{"users/ben", NULL, "users/ben groups/kids groups/family"},
		{"users/dora", "id D\n", "users/dora"},
	};
	static const char *const all[] = {"users/anna", "users/ben", "users/carl", "users/dora",
		"groups/kids", "groups/family", "groups/new", "groups/none"};
	struct store *store = open_people();
	struct arena *arena = arena_new();

	(void)state;
	set_principal(store, "groups/kids", "id K\nmember users/ben\n");
	set_principal(store, "groups/family", "id F\nmember groups/kids\n");
	struct household *h = now(store);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		struct household *with = household_with(
			h, rows[i].path, text, text ? strlen(text) : 0);
		const struct household_change *there = household_compare(arena, h, with),
					      *back = household_compare(arena, with, h);
		for (size_t k = 0; k < COUNT(all); k++) {
			bool want = strstr(rows[i].changed, all[k]);
			const char *old = arena_printf(arena, "%s#old", all[k]);
			if (household_changed(there, all[k]) != want ||
				household_changed(there, old) != want ||
				household_changed(back, all[k]) != want)
				fail_msg("row %zu: %s", i, all[k]);
		}
		household_free(with);
	}
	assert_false(household_changed(household_compare(arena, h, h), "users/anna"));
	household_free(h);
	arena_free(arena);
	store_close(store);
}

static void test_is_made_once(void **state)
{
	struct store *store = open_people();
	struct store_snapshot *old = store_snapshot(store);
	struct household *first = household_now(store, old), *again = household_now(store, old);

	(void)state;
	assert_ptr_equal(first, again);
	household_free(again);
	make_homes(store);
	again = now(store);
	assert_ptr_equal(first, again); /* no person changed */
	household_free(again);
	set_principal(store, "groups/kids", "id K\nmember users/ben\n");
	struct household *next = now(store);
	assert_ptr_not_equal(next, first);
	assert_true(household_contains(next, "groups/kids", "users/ben"));
	/* Whoever still has the old snapshot sees the old household, and does not push the new one out. */
	struct household *late = household_now(store, old);
	assert_null(household_find(late, "groups/kids"));
	again = now(store);
	assert_ptr_equal(again, next);
	household_free(again);
	household_free(late);
	household_free(next);
	household_free(first);
	store_snapshot_free(old);
	store_close(store);
}

static uint64_t position(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	uint64_t at = store_head(snapshot).position;

	store_snapshot_free(snapshot);
	return at;
}

static struct store_past *past_at(struct store *store, uint64_t at)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct store_past *past = store_past_open(store, snapshot, at);

	store_snapshot_free(snapshot);
	return past;
}

static void test_then(void **state)
{
	struct store *store = open_people();

	(void)state;
	set_principal(store, "groups/kids", "id K\nmember users/ben#B\n");
	uint64_t before = position(store);
	set_principal(store, "groups/kids", "id K\nmember users/carl#C\n");
	set_principal(store, "users/ben", NULL);
	struct store_past *past = past_at(store, before);
	struct household *then = household_then(past), *h = now(store);
	assert_true(household_contains(then, "groups/kids", "users/ben"));
	assert_false(household_contains(then, "groups/kids", "users/carl"));
	assert_false(household_contains(h, "groups/kids", "users/ben"));
	assert_true(household_contains(h, "groups/kids", "users/carl"));
	household_free(then);
	household_free(h);
	store_past_close(past);
	/* Before there was anybody. */
	past = past_at(store, 0);
	then = household_then(past);
	size_t n;
	household_list(then, &n);
	assert_int_equal(n, 0);
	household_free(then);
	store_past_close(past);
	store_close(store);
}

/* ---------------------------------------------------------------- the past */

static void past_files_are_found(struct store *store)
{
	static const char aces[] = "id 2\nkind calendar\nace grant users/ben read\n";
	struct arena *arena = arena_new();
	struct store_meta meta;
	struct store_item item;

	assert_int_equal(put(store, HOME, "a", "UID:1\n"), STORE_OK);
	uint64_t bare = position(store);
	assert_int_equal(write_one(store, change_self(HOME, aces)), STORE_OK);
	assert_int_equal(write_one(store, change_meta(HOME, "a", "ace deny all read\n")), STORE_OK);
	assert_int_equal(put(store, "files/anna", "note", "text"), STORE_OK);
	uint64_t rich = position(store);
	assert_int_equal(put(store, HOME, "a", "UID:1\nchanged\n"), STORE_OK);
	assert_int_equal(write_one(store, change_self(HOME, NULL)), STORE_OK);

	struct store_past *past = past_at(store, bare);
	assert_true(store_past_collection(past, arena, HOME, &meta));
	assert_int_equal(meta.n_aces, 0);
	assert_true(store_past_item(past, arena, HOME, "a", &item, &meta));
	struct store_oid oid = store_blob_id("UID:1\n", 6);
	assert_true(store_oid_equal(&item.oid, &oid));
	assert_false(item.has_meta);
	assert_int_equal(meta.n_aces, 0);
	assert_false(store_past_item(past, arena, "files/anna", "note", &item, NULL));
	store_past_close(past);

	past = past_at(store, rich);
	for (int twice = 0; twice < 2; twice++) {
		assert_true(store_past_collection(past, arena, HOME, &meta));
		assert_int_equal(meta.n_aces, 1);
		assert_string_equal(meta.aces[0], "grant users/ben read");
		assert_true(store_past_item(past, arena, HOME, "a", &item, &meta));
		assert_true(item.has_meta && meta.n_aces == 1);
		assert_true(store_past_item(past, arena, "files/anna", "note", &item, NULL));
	}
	static const struct {
		const char *collection, *name;
	} absent[] = {{HOME, "b"}, {HOME, ".collection"}, {HOME, ".meta"}, {HOME, ""}, {HOME, ".."},
		{WORK, "a"}, {"calendars/anna", "home"}, {"calendars/nobody/home", "a"},
		{"principals", "users"}, {"", "calendars"}, {"nonsense", "a"}};
	for (size_t i = 0; i < COUNT(absent); i++)
		if (store_past_item(past, arena, absent[i].collection, absent[i].name, &item, NULL))
			fail_msg("%s/%s", absent[i].collection, absent[i].name);
	assert_false(store_past_collection(past, arena, "calendars/nobody", &meta));
	store_past_close(past);

	past = past_at(store, position(store));
	assert_false(store_past_collection(past, arena, HOME, &meta));
	assert_false(store_past_item(past, arena, HOME, "a", &item, NULL));
	store_past_close(past);
	assert_null(past_at(store, position(store) + 1));
	store_past_close(NULL);
	arena_free(arena);
}

static void test_past(void **state)
{
	struct store *store = open_memory();
	struct folder folder;

	(void)state;
	make_homes(store);
	past_files_are_found(store);
	store_close(store);
	folder_open(&folder);
	past_files_are_found(folder.store);
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_nested_groups),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_with),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_is_made_once),
		cmocka_unit_test(test_then),
		cmocka_unit_test(test_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
