/* SPDX-License-Identifier: ISC */
/* creator.c: who made an item, and who ever made one of its name; after each way of starting again. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"
#define WORK "calendars/anna/work"

static void set_user(struct store *store, const char *name, const char *text)
{
	assert_int_equal(put(store, "principals/users", name, text), STORE_OK);
}

static void write_as(
	struct store *store, const char *user, struct store_change one, struct store_change two)
{
	const struct store_change changes[] = {one, two};
	struct store_write write = {.changes = changes,
		.n_changes = two.collection ? 2 : 1,
		.author_name = user,
		.user = user,
		.subject = "Somebody did something"};
	struct store_result result;

	if (store_commit(store, &write, &result) != STORE_OK)
		fail_msg("%s", result.text);
}

static void put_as(struct store *store, const char *user, const char *name, const char *text)
{
	write_as(store, user, change_item(HOME, name, text), (struct store_change){0});
}

/* By blob, as COPY and MOVE do. */
static struct store_change like(const char *collection, const char *name, const char *text)
{
	struct store_change change = change_item(collection, name, text);

	change.bytes = NULL;
	change.blob = store_blob_id(text, change.len);
	change.len = 0;
	return change;
}

/* Ids of creators by name, each "name=id "; "-" for none. */
static const char *creators(struct store *store, const char *path)
{
	static char text[1024];
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_collection *c = store_collection(snapshot, path);
	const struct store_item *item;
	size_t position = 0, used = 0;

	text[0] = '\0';
	while ((item = store_change_next(c, 0, &position)))
		if (!item->gone)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s=%s ",
				item->name, item->creator ? item->creator : "-");
	store_snapshot_free(snapshot);
	return text;
}

/* The collection must say so, now and after each way of starting again. */
static void expect_creators(const char *path, struct folder *folder, const char *want)
{
	assert_string_equal(creators(folder->store, path), want);
	reopen(folder);
	assert_int_equal(folder->store->indexed, folder->store->chain.n);
	assert_string_equal(creators(folder->store, path), want);
	store_close(folder->store);
	folder->store = NULL;
	assert_int_equal(shell(folder, "rm -r data/index"), 0);
	reopen(folder);
	assert_string_equal(creators(folder->store, path), want);
}

static void open_makers(struct folder *folder)
{
	folder_open(folder);
	set_user(folder->store, "anna", "id A\n");
	set_user(folder->store, "ben", "id B\n");
}

static void test_creators(void **state)
{
	struct folder folder;
	struct store *store;

	(void)state;
	open_makers(&folder);
	store = folder.store;
	put_as(store, "anna", "a", "UID:a\n");
	put_as(store, "ben", "b", "UID:b\n");
	put_as(store, NULL, "daybook", "UID:d\n");
	put_as(store, "nobody", "stranger", "UID:s\n");
	expect_creators(HOME, &folder, "a=A b=B daybook=- stranger=- ");
	store = folder.store;
	/* Who changes it, or what is said about it, did not make it. */
	put_as(store, "ben", "a", "UID:a\nchanged\n");
	put_as(store, "anna", "daybook", "UID:d\nchanged\n");
	write_as(store, "anna", change_meta(HOME, "b", "prop {D:}x <x/>\n"),
		(struct store_change){0});
	expect_creators(HOME, &folder, "stranger=- a=A daybook=- b=B ");
	folder_close(&folder);
}

static void test_creators_of_moved_and_copied(void **state)
{
	static const char a[] = "UID:a\n", b[] = "UID:b\n";
	struct folder folder;
	struct store *store;

	(void)state;
	open_makers(&folder);
	store = folder.store;
	put_as(store, "anna", "a", a);
	put_as(store, "anna", "b", b);
	/* MOVE, in the collection and out of it: the other's hands do not count. */
	write_as(store, "ben", like(HOME, "a2", a), change_item(HOME, "a", NULL));
	write_as(store, "ben", like(WORK, "b2", b), change_item(HOME, "b", NULL));
	/* COPY makes a new one. */
	write_as(store, "ben", like("calendars/anna/work", "a3", a), (struct store_change){0});
	expect_creators(WORK, &folder, "b2=A a3=B ");
	expect_creators(HOME, &folder, "a2=A ");
	folder_close(&folder);
}

static void test_creators_of_restored(void **state)
{
	struct folder folder;
	struct store *store;

	(void)state;
	open_makers(&folder);
	store = folder.store;
	put_as(store, "anna", "a", "UID:a\n");
	put_as(store, "anna", "b", "UID:b\n");
	put_as(store, "ben", "a", NULL);
	put_as(store, "anna", "b", NULL);
	/* The same bytes come back: it is Anna's. Others under the name are Ben's. */
	put_as(store, "ben", "a", "UID:a\n");
	put_as(store, "ben", "b", "UID:b\nnew\n");
	expect_creators(HOME, &folder, "a=A b=B ");
	/* The version before the last is a new one, too. */
	put_as(folder.store, "anna", "b", NULL);
	put_as(folder.store, "anna", "b", "UID:b\n");
	expect_creators(HOME, &folder, "a=A b=A ");
	folder_close(&folder);
}

static void test_creators_are_ids(void **state)
{
	struct folder folder;

	(void)state;
	open_makers(&folder);
	put_as(folder.store, "ben", "old", "UID:old\n");
	set_user(folder.store, "ben", NULL);
	put_as(folder.store, "ben", "between", "UID:between\n");
	set_user(folder.store, "ben", "id B2\n");
	put_as(folder.store, "ben", "new", "UID:new\n");
	expect_creators(HOME, &folder, "old=B between=- new=B2 ");
	folder_close(&folder);
}

static void test_pushed_items_have_no_creator(void **state)
{
	struct folder folder;

	(void)state;
	open_makers(&folder);
	put_as(folder.store, "anna", "a", "UID:a\n");
	assert_int_equal(
		shell(&folder,
			"p() { echo " HOME "/$(printf %%s \"$1\" | sha256sum | "
			"sed 's,^\\(.\\)\\(.\\).*,\\1/\\2,')/$1; } && cd work && git pull -q && "
			"mkdir -p $(dirname $(p h)) $(dirname $(p a)) && echo UID:h > $(p h) && "
			"printf 'UID:a\\nby hand\\n' > $(p a) && git add -A && "
			"git commit -qm 'by hand' -m 'User: anna\nDevice: phone' && git push -q"),
		0);
	store_poll(folder.store);
	const char *got = creators(folder.store, HOME);
	if (!strstr(got, "h=- ") || !strstr(got, "a=A "))
		fail_msg("%s: %s", got, folder.reports.text);
	char *want = strdup(got);
	expect_creators(HOME, &folder, want);
	free(want);
	folder_close(&folder);
}

/* Who ever made an item of each name, "name=AB "; a star where it did not appear by its last change. */
static const char *makers(struct store *store)
{
	static const char *const ids[] = {"A", "B", "B2"};
	static char text[1024];
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_item *item;
	size_t position = 0, used = 0;

	text[0] = '\0';
	while ((item = store_change_next(store_collection(snapshot, HOME), 0, &position))) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s=", item->name);
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
			if (store_item_made(item, ids[i]))
				used += (size_t)snprintf(
					text + used, sizeof(text) - used, "%s", ids[i]);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
			item->added == item->number ? "" : "*");
	}
	store_snapshot_free(snapshot);
	return text;
}

static void expect_makers(struct folder *folder, const char *want)
{
	assert_string_equal(makers(folder->store), want);
	reopen(folder);
	assert_int_equal(folder->store->indexed, folder->store->chain.n);
	assert_string_equal(makers(folder->store), want);
	store_close(folder->store);
	folder->store = NULL;
	assert_int_equal(shell(folder, "rm -r data/index"), 0);
	reopen(folder);
	assert_string_equal(makers(folder->store), want);
}

static void test_makers_of_a_name(void **state)
{
	static const char moved[] = "UID:x\nmoved\n";
	struct folder folder;

	(void)state;
	open_makers(&folder);
	put_as(folder.store, "anna", "a", "UID:a\n");
	put_as(folder.store, "ben", "a", NULL);
	expect_makers(&folder, "a=A* ");
	put_as(folder.store, "ben", "a", "UID:a\nnew\n");
	expect_makers(&folder, "a=AB ");
	/* A change, and a tombstone, know them still; a third one joins, and the first comes again. */
	set_user(folder.store, "ben", "id B2\n");
	put_as(folder.store, "anna", "a", "UID:a\nnewer\n");
	expect_makers(&folder, "a=AB* ");
	put_as(folder.store, "anna", "a", NULL);
	put_as(folder.store, "ben", "a", "UID:a\nnewest\n");
	put_as(folder.store, "anna", "a", NULL);
	put_as(folder.store, "anna", "a", "UID:a\nlast\n");
	expect_makers(&folder, "a=ABB2 ");
	/* Moved over: the name was never away. */
	put_as(folder.store, "anna", "x", "UID:x\n");
	write_as(folder.store, "ben", change_item(WORK, "y", moved), (struct store_change){0});
	write_as(folder.store, "anna", like(HOME, "x", moved), change_item(WORK, "y", NULL));
	expect_makers(&folder, "a=ABB2 x=AB2 ");
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_creators),
		cmocka_unit_test(test_creators_of_moved_and_copied),
		cmocka_unit_test(test_creators_of_restored),
		cmocka_unit_test(test_creators_are_ids),
		cmocka_unit_test(test_pushed_items_have_no_creator),
		cmocka_unit_test(test_makers_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
