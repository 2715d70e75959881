/* SPDX-License-Identifier: ISC */
/* A store in memory: what a write and a read do, preconditions, UIDs, collections, bodies,
 * credentials. */
#include "tests/unit/store_help.h"

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

#define HOME "calendars/anna/home"

static void test_put_get(void **state)
{
	struct store_bytes bytes;

	(void)state;
	assert_int_equal(put(store, HOME, "a.ics", "UID:1\nx"), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_item *item = store_item(store_collection(snapshot, HOME), "a.ics");
	assert_non_null(item);
	struct store_oid id = store_blob_id("UID:1\nx", 7);
	assert_true(store_oid_equal(&item->oid, &id));
	assert_int_equal(item->size, 7);
	assert_string_equal(item->facts.uid, "1");
	assert_int_equal(item->number, UINT64_C(2) << 24 | 1);
	assert_int_equal(item->added, item->number);
	assert_int_equal(store_read(store, &item->oid, &bytes), STORE_OK);
	assert_string_equal(bytes.data, "UID:1\nx");
	store_bytes_free(&bytes);
	store_snapshot_free(snapshot);
	assert_int_equal(put(store, HOME, "a.ics", "UID:1\nx"), STORE_UNCHANGED);
	assert_int_equal(put(store, HOME, "b.ics", NULL), STORE_UNCHANGED);
	assert_int_equal(put(store, "calendars/anna/none", "b.ics", "UID:2"), STORE_NOT_FOUND);
	assert_int_equal(put(store, HOME, "b.ics", "nothing"), STORE_INVALID);
}

static void test_root_is_unique(void **state)
{
	struct store *other = open_memory();
	struct store_snapshot *a = store_snapshot(store), *b = store_snapshot(other);
	struct store_oid x = store_epoch(a), y = store_epoch(b);

	(void)state;
	assert_false(store_oid_equal(&x, &y));
	assert_non_null(store_collection(b, "principals/users"));
	assert_non_null(store_collection(b, "calendars"));
	assert_int_equal(store_head(b).position, 0);
	store_snapshot_free(a);
	store_snapshot_free(b);
	store_close(other);
}

static void test_preconditions(void **state)
{
	struct store_oid one = store_blob_id("UID:1", 5), two = store_blob_id("UID:1\n2", 7);
	const struct {
		const char *name;
		const char *item;
		enum store_expect expect;
		const struct store_oid *match;
		enum store_code want;
	} rows[] = {
		{"any", "a", STORE_ANY, NULL, STORE_OK},
		{"absent but there", "a", STORE_ABSENT, NULL, STORE_CONFLICT},
		{"present but not there", "b", STORE_PRESENT, NULL, STORE_CONFLICT},
		{"match but not there", "b", STORE_MATCH, &one, STORE_CONFLICT},
		{"match of the old", "a", STORE_MATCH, &two, STORE_CONFLICT},
		{"match", "a", STORE_MATCH, &one, STORE_UNCHANGED},
		{"present", "a", STORE_PRESENT, NULL, STORE_UNCHANGED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct store_change change = change_item(HOME, rows[i].item, "UID:1");
		change.expect = rows[i].expect;
		if (rows[i].match)
			change.match = *rows[i].match;
		if (write_one(store, change) != rows[i].want)
			fail_msg("%s", rows[i].name);
	}
}

static void test_unchanged_since(void **state)
{
	struct store_change change = change_self(HOME, NULL);

	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:1"), STORE_OK);
	change.unchanged_since = number_of(store, HOME);
	assert_int_equal(put(store, HOME, "b", "UID:2"), STORE_OK);
	assert_int_equal(write_one(store, change), STORE_CONFLICT);
	struct store_change meta = change_meta(HOME, "a", "prop {D:}x <x/>\n");
	meta.unchanged_since = UINT64_C(2) << 24 | 1;
	assert_int_equal(write_one(store, meta), STORE_OK);
	meta.bytes = "prop {D:}x <y/>\n";
	assert_int_equal(write_one(store, meta), STORE_CONFLICT);
	change.unchanged_since = number_of(store, HOME);
	assert_int_equal(write_one(store, change), STORE_OK);
}

static void test_collection_id(void **state)
{
	struct store_change change = change_item(HOME, "a", "UID:1");

	(void)state;
	change.collection_id = "2";
	assert_int_equal(write_one(store, change), STORE_OK);
	assert_int_equal(write_one(store, change_self(HOME, NULL)), STORE_OK);
	assert_int_equal(write_one(store, change_self(HOME, "id 9\nkind calendar\n")), STORE_OK);
	assert_int_equal(write_one(store, change), STORE_CONFLICT);
}

static void test_uids(void **state)
{
	struct store_change changes[2];
	struct store_result result;

	(void)state;
	assert_int_equal(put(store, HOME, "a", "UID:1"), STORE_OK);
	changes[0] = change_item(HOME, "b", "UID:1");
	assert_int_equal(write_all(store, changes, 1, &result), STORE_UID_TAKEN);
	assert_string_equal(result.name, "a");
	changes[0] = change_item(HOME, "a", "UID:2");
	assert_int_equal(write_all(store, changes, 1, &result), STORE_UID_TAKEN);
	assert_string_equal(result.name, "a");
	/* The same UID elsewhere is fine, and after a delete, too. */
	assert_int_equal(put(store, "calendars/anna/work", "a", "UID:1"), STORE_OK);
	assert_int_equal(put(store, HOME, "a", NULL), STORE_OK);
	assert_int_equal(put(store, HOME, "b", "UID:1"), STORE_OK);
	/* A move: set before remove. */
	changes[0] = change_item(HOME, "c", "UID:1");
	changes[1] = change_item(HOME, "b", NULL);
	assert_int_equal(write_all(store, changes, 2, &result), STORE_OK);
	/* Remove and set under the same name may change the UID. */
	changes[0] = change_item(HOME, "c", NULL);
	changes[1] = change_item(HOME, "c", "UID:7");
	assert_int_equal(write_all(store, changes, 2, &result), STORE_OK);
}

static void test_refused_leaves_nothing(void **state)
{
	struct store_change changes[] = {
		change_item(HOME, "a", "UID:1"), change_item(HOME, "b", "UID:2")};
	struct store_result result;
	char *before = dump(store);

	(void)state;
	changes[1].expect = STORE_PRESENT;
	assert_int_equal(write_all(store, changes, 2, &result), STORE_CONFLICT);
	assert_int_equal(result.index, 1);
	char *after = dump(store);
	assert_same(after, before);
	free(before);
	free(after);
}

static void test_move_keeps_created(void **state)
{
	struct store_change changes[2] = {change_item(HOME, "a", "UID:1")};
	struct store_result result;

	(void)state;
	changes[0].created = 1000;
	assert_int_equal(write_all(store, changes, 1, &result), STORE_OK);
	changes[0] = change_item("calendars/anna/work", "b", NULL);
	changes[0].remove = false;
	changes[0].blob = store_blob_id("UID:1", 5);
	changes[1] = change_item(HOME, "a", NULL);
	assert_int_equal(write_all(store, changes, 2, &result), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_item *item = store_item(
		store_collection(snapshot, "calendars/anna/work"), "b");
	assert_int_equal(item->created, 1000);
	assert_string_equal(item->facts.uid, "1");
	store_snapshot_free(snapshot);
}

static void test_item_meta(void **state)
{
	struct arena *arena = arena_new();
	struct store_meta meta;

	(void)state;
	assert_int_equal(
		write_one(store, change_meta(HOME, "a", "prop {D:}x <x/>\n")), STORE_NOT_FOUND);
	assert_int_equal(put(store, HOME, "a", "UID:1"), STORE_OK);
	assert_int_equal(write_one(store, change_meta(HOME, "a", "prop {D:}x\n")), STORE_INVALID);
	assert_int_equal(write_one(store, change_meta(HOME, "a", "prop {D:}x <x/>\n")), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_collection *home = store_collection(snapshot, HOME);
	assert_true(store_item_meta(store, home, store_item(home, "a"), arena, &meta));
	assert_string_equal(store_meta_prop(&meta, "{D:}x"), "<x/>");
	store_snapshot_free(snapshot);
	/* Changing keeps it, deleting takes it along. */
	assert_int_equal(put(store, HOME, "a", "UID:1\n2"), STORE_OK);
	assert_int_equal(put(store, HOME, "a", NULL), STORE_OK);
	assert_int_equal(put(store, HOME, "a", "UID:1"), STORE_OK);
	snapshot = store_snapshot(store);
	assert_false(store_item(store_collection(snapshot, HOME), "a")->has_meta);
	store_snapshot_free(snapshot);
	arena_free(arena);
}

static void test_collections(void **state)
{
	const struct {
		const char *path, *meta;
		enum store_code want;
	} rows[] = {
		{"calendars/bob/x", CALENDAR_META, STORE_NOT_FOUND},
		{"calendars/bob", HOME_META, STORE_OK},
		{"calendars/bob/x", BOOK_META, STORE_INVALID},
		{"calendars/bob/x", "kind nonsense\n", STORE_INVALID},
		{"calendars/bob/x", CALENDAR_META, STORE_OK},
		{"calendars/bob/x/y", CALENDAR_META, STORE_INVALID},
		{"calendars", NULL, STORE_INVALID},
		{"other", FOLDER_META, STORE_INVALID},
		{"principals/users", NULL, STORE_INVALID},
		{"files/anna/a", FOLDER_META, STORE_OK},
		{"files/anna/a/b", FOLDER_META, STORE_OK},
		{"files/anna/f", FOLDER_META, STORE_CONFLICT},
		{"files/anna/.git", FOLDER_META, STORE_INVALID},
		{"calendars/none", NULL, STORE_UNCHANGED},
	};

	(void)state;
	assert_int_equal(put(store, "files/anna", "f", "anything"), STORE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (write_one(store, change_self(rows[i].path, rows[i].meta)) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].path);
	assert_int_equal(put(store, "files/anna", "a", "a folder has this name"), STORE_CONFLICT);
	assert_int_equal(write_one(store, change_self("files/anna", NULL)), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	assert_null(store_collection(snapshot, "files/anna/a/b"));
	assert_null(store_child(store_collection(snapshot, "files"), 0));
	bool gone;
	size_t index = 0;
	const struct store_collection *kid = store_child_change_next(
		store_collection(snapshot, "files"), 0, &index, &gone);
	assert_string_equal(store_collection_name(kid), "anna");
	assert_true(gone);
	store_snapshot_free(snapshot);
}

static void test_old_snapshot_stays(void **state)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	char *before = dump_root(snapshot->root);

	(void)state;
	for (int i = 0; i < 50; i++) {
		char name[16], text[16];
		snprintf(name, sizeof(name), "%d.ics", i);
		snprintf(text, sizeof(text), "UID:%d", i);
		assert_int_equal(put(store, HOME, name, text), STORE_OK);
	}
	assert_int_equal(write_one(store, change_self("calendars/anna", NULL)), STORE_OK);
	char *after = dump_root(snapshot->root);
	assert_same(after, before);
	free(before);
	free(after);
	store_snapshot_free(snapshot);
}

static void test_credentials(void **state)
{
	struct backend *backend = store_backend(store);
	struct store_credential row = {.principal_id = "p1", .password_hash = "secret", .admin = 1};
	struct store_change change = change_item("principals/users", "anna", "id p1\n");
	struct store_write write = {
		.changes = &change, .n_changes = 1, .credentials = &row, .n_credentials = 1};
	struct store_result result;
	uint64_t first, generation;
	char hash[128];
	int admin;

	(void)state;
	assert_int_equal(store_commit(store, &write, &result), STORE_OK);
	assert_true(backend->ops->credential(backend, "p1", hash, &admin, &first));
	assert_string_equal(hash, "secret");
	/* A refused write changes no credential; one without other changes does. */
	change.expect = STORE_ABSENT;
	row.password_hash = "other";
	assert_int_equal(store_commit(store, &write, &result), STORE_CONFLICT);
	assert_true(backend->ops->credential(backend, "p1", hash, &admin, &generation));
	assert_string_equal(hash, "secret");
	write.n_changes = 0;
	assert_int_equal(store_commit(store, &write, &result), STORE_UNCHANGED);
	assert_true(backend->ops->credential(backend, "p1", hash, &admin, &generation));
	assert_string_equal(hash, "other");
	assert_true(generation != first);
	row.remove = true;
	assert_int_equal(store_commit(store, &write, &result), STORE_UNCHANGED);
	assert_false(backend->ops->credential(backend, "p1", hash, &admin, &generation));
}

static void test_cache(void **state)
{
	struct cache *cache = cache_new(16 * 1024);
	size_t held = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct store_oid oid = store_blob_id((char *)&i, sizeof(i));
		struct body *body = body_new(&oid, must_alloc(100), 100);
		cache_put(cache, body);
		body_release(body);
	}
	for (int i = 0; i < 1000; i++) {
		struct store_oid oid = store_blob_id((char *)&i, sizeof(i));
		struct body *body = cache_get(cache, &oid);
		held += body != NULL;
		body_release(body);
	}
	assert_true(held > 20 && held < 120);
	assert_true(cache_bytes(cache) <= 16 * 1024);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put_get, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_is_unique, setup, teardown),
		cmocka_unit_test_setup_teardown(test_preconditions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unchanged_since, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collection_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_uids, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_move_keeps_created, setup, teardown),
		cmocka_unit_test_setup_teardown(test_item_meta, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_snapshot_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_credentials, setup, teardown),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
