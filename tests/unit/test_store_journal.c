/* SPDX-License-Identifier: ISC */
/* The journal: what a sync would be told from any number on; and its search tree by itself. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"

static struct store *store;

static int setup(void **state)
{
	(void)state;
	store = open_memory();
	make_homes(store);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(store_check(store, print_problem, NULL, NULL), STORE_OK);
	store_close(store);
	return 0;
}

static void test_order_is_by_number(void **state)
{
	struct store_change changes[3] = {change_item(HOME, "c", "UID:c"),
		change_item(HOME, "a", "UID:a"), change_item(HOME, "b", "UID:b")};
	struct store_result result;

	(void)state;
	assert_int_equal(put(store, HOME, "z", "UID:z"), STORE_OK);
	assert_int_equal(write_all(store, changes, 3, &result), STORE_OK);
	assert_string_equal(changes_since(store, HOME, 0), "z a b c ");
	assert_int_equal(put(store, HOME, "z", "UID:z\n2"), STORE_OK);
	assert_string_equal(changes_since(store, HOME, 0), "a b c z ");
	/* A limit can cut inside a commit: the number of any row is a token. */
	assert_string_equal(changes_since(store, HOME, UINT64_C(3) << 24 | 1), "b c z ");
}

static void test_added_and_removed(void **state)
{
	uint64_t before = number_of(store, HOME);

	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:a"), STORE_OK);
	assert_int_equal(put(store, HOME, "a", NULL), STORE_OK);
	assert_string_equal(changes_since(store, HOME, before), "a! ");
	/* Within one write: never was. */
	struct store_change changes[2] = {
		change_item(HOME, "b", "UID:b"), change_item(HOME, "b", NULL)};
	struct store_result result;
	assert_int_equal(write_all(store, changes, 2, &result), STORE_UNCHANGED);
	assert_string_equal(changes_since(store, HOME, before), "a! ");
}

static void test_removed_and_added_again(void **state)
{
	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:a"), STORE_OK);
	uint64_t before = number_of(store, HOME);
	assert_int_equal(put(store, HOME, "a", NULL), STORE_OK);
	assert_int_equal(put(store, HOME, "a", "UID:a"), STORE_OK);
	assert_string_equal(changes_since(store, HOME, before), "a ");
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_item *item = store_item(store_collection(snapshot, HOME), "a");
	assert_int_equal(item->added, item->number);
	store_snapshot_free(snapshot);
}

static void test_deleted_and_made_again(void **state)
{
	uint64_t before;

	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:a"), STORE_OK);
	assert_int_equal(put(store, HOME, "b", "UID:b"), STORE_OK);
	before = number_of(store, HOME);
	assert_int_equal(write_one(store, change_self(HOME, NULL)), STORE_OK);
	assert_int_equal(put(store, HOME, "c", "UID:c"), STORE_NOT_FOUND);
	assert_int_equal(write_one(store, change_self(HOME, CALENDAR_META)), STORE_OK);
	assert_int_equal(put(store, HOME, "b", "UID:b"), STORE_OK);
	assert_string_equal(changes_since(store, HOME, before), "a! b ");
	/* In one write, too (COPY with Overwrite). */
	before = number_of(store, HOME);
	struct store_change changes[3] = {change_self(HOME, NULL),
		change_self(HOME, "id 7\nkind calendar\n"), change_item(HOME, "d", "UID:d")};
	struct store_result result;
	assert_int_equal(write_all(store, changes, 3, &result), STORE_OK);
	assert_string_equal(changes_since(store, HOME, before), "b! d ");
}

static void test_home_changes(void **state)
{
	struct store_snapshot *snapshot;
	const struct store_collection *kid;
	uint64_t before = number_of(store, "calendars/anna");
	size_t index = 0;
	bool gone;

	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:a"), STORE_OK);
	assert_true(number_of(store, "calendars/anna") > before);
	assert_true(number_of(store, "") == number_of(store, HOME));
	snapshot = store_snapshot(store);
	const struct store_collection *home = store_collection(snapshot, "calendars/anna");
	kid = store_child_change_next(home, before, &index, &gone);
	assert_string_equal(store_collection_name(kid), "home");
	assert_false(gone);
	assert_null(store_child_change_next(home, before, &index, &gone));
	assert_true(store_collection_props_number(kid) <= before);
	store_snapshot_free(snapshot);
	before = number_of(store, "calendars/anna");
	assert_int_equal(write_one(store, change_self("calendars/anna/work", NULL)), STORE_OK);
	snapshot = store_snapshot(store);
	index = 0;
	kid = store_child_change_next(
		store_collection(snapshot, "calendars/anna"), before, &index, &gone);
	assert_string_equal(store_collection_name(kid), "work");
	assert_true(gone);
	assert_null(store_collection(snapshot, "calendars/anna/work"));
	store_snapshot_free(snapshot);
}

/* ---------------------------------------------------------------- the tree alone */

#define N 3000

static void check_tree(const struct journal *journal, struct item *const *items, const bool *in)
{
	uint64_t since = 0;

	for (uint64_t i = 1; i <= N; i++) {
		if (!in[i])
			continue;
		const struct item *item = journal_next(journal, since);
		assert_ptr_equal(item, items[i]);
		since = item->pub.number;
	}
	assert_null(journal_next(journal, since));
}

static void test_tree(void **state)
{
	static struct item *items[N + 1];
	static bool in[N + 1], old_in[N + 1];
	struct journal *journal = NULL, *old;
	const struct store_item like = {.name = "x"};
	const struct store_oid none = {0};
	unsigned random = 1;

	(void)state;
	for (uint64_t i = 1; i <= N; i++) {
		items[i] = item_new(&like, &none, &none);
		items[i]->pub.number = i;
		journal_append(&journal, i / 7, items[i]);
		in[i] = true;
		random = random * 1103515245 + 12345;
		uint64_t victim = 1 + (random >> 8) % i;
		if (i % 3 == 0 && in[victim]) {
			journal_remove(&journal, i / 7, victim);
			in[victim] = false;
		}
	}
	check_tree(journal, items, in);
	old = journal;
	journal_share(old);
	memcpy(old_in, in, sizeof(in));
	for (uint64_t i = 1; i <= N; i++) {
		journal_remove(&journal, N, i);
		in[i] = false;
		if (i % 500 == 0)
			check_tree(journal, items, in);
	}
	assert_null(journal);
	check_tree(old, items, old_in);
	assert_null(journal_next(old, UINT64_MAX));
	journal_release(old);
	for (uint64_t i = 1; i <= N; i++)
		item_release(items[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_is_by_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_added_and_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removed_and_added_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted_and_made_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_home_changes, setup, teardown),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
