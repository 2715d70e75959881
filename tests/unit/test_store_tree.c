/* SPDX-License-Identifier: ISC */
/* The trees that are built from the mirror, read by git itself; tables; what has no place is
 * written back as it was. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"

static struct folder folder;

static int setup(void **state)
{
	(void)state;
	folder_open(&folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
	folder_close(&folder);
	return 0;
}

static void test_layout(void **state)
{
	const struct store_change changes[] = {
		change_item(HOME, "a.ics", "UID:1"),
		change_meta(HOME, "a.ics", "prop {D:}x <x/>\n"),
		change_item(HOME, "b c.ics", "UID:2"),
		change_item("addressbooks/anna/people", "p.vcf", "UID:3"),
		change_self("files/anna/sub", FOLDER_META),
		change_item("files/anna/sub", "f.txt", "text"),
		change_item("files/anna", "sub.txt", "text"),
		change_item("files/anna", "sub-", "text"),
		change_meta("files/anna", "sub-", "prop {D:}x <x/>\n"),
		change_item("principals/users", "anna", "id 1\n"),
	};
	struct store_result result;

	(void)state;
	assert_int_equal(
		write_all(folder.store, changes, sizeof(changes) / sizeof(*changes), &result),
		STORE_OK);
	assert_int_equal(shell(&folder,
				 "git -C work pull -q && cd work && git ls-files | LC_ALL=C sort > "
				 "../got && cd .. &&"
				 "h() { printf %%s \"$1\" | sha256sum | sed "
				 "'s,^\\(.\\)\\(.\\).*,\\1/\\2,'; } && { "
				 "echo .collection; echo principals/users/.collection; echo "
				 "principals/groups/.collection;"
				 "echo principals/users/anna; echo calendars/anna/.collection;"
				 "echo calendars/anna/work/.collection; echo "
				 "calendars/anna/home/.collection;"
				 "echo calendars/anna/home/$(h a.ics)/a.ics;"
				 "echo calendars/anna/home/.meta/$(h a.ics)/a.ics;"
				 "echo \"calendars/anna/home/$(h 'b c.ics')/b c.ics\";"
				 "echo addressbooks/anna/.collection; echo "
				 "addressbooks/anna/people/.collection;"
				 "echo addressbooks/anna/people/$(h p.vcf)/p.vcf; echo "
				 "files/anna/.collection;"
				 "echo files/anna/sub/.collection; echo files/anna/sub/f.txt; echo "
				 "files/anna/sub.txt;"
				 "echo files/anna/sub-; echo files/anna/.meta/$(h sub-)/sub-; } | "
				 "LC_ALL=C sort > want &&"
				 "cat got want && diff got want; s=$?; rm -f got want; exit $s"),
		0);
}

static void test_everything_goes(void **state)
{
	(void)state;
	assert_int_equal(put(folder.store, HOME, "a", "UID:1"), STORE_OK);
	assert_int_equal(
		write_one(folder.store, change_meta(HOME, "a", "prop {D:}x <x/>\n")), STORE_OK);
	assert_int_equal(put(folder.store, HOME, "a", NULL), STORE_OK);
	assert_int_equal(
		shell(&folder,
			"git -C work pull -q && test \"$(ls -A work/" HOME ")\" = .collection"),
		0);
	assert_int_equal(write_one(folder.store, change_self("calendars/anna", NULL)), STORE_OK);
	assert_int_equal(shell(&folder, "git -C work pull -q && ! test -e work/calendars"), 0);
}

/* Found at start: wrong places and modes, a folder without .collection, damaged files. */
static void test_extras_stay(void **state)
{
	(void)state;
	assert_int_equal(put(folder.store, HOME, "a", "UID:1"), STORE_OK);
	store_close(folder.store);
	folder.store = NULL;
	assert_int_equal(
		shell(&folder,
			"git -C work pull -q && cd work && mkdir -p junk/x files/anna/new " HOME
			"/q calendars/anna/home/.meta/0/0 && echo 1 > junk/x/y && echo 2 > "
			"README &&"
			"echo 3 > files/anna/new/file && echo 4 > " HOME "/q/r && echo 5 > " HOME
			"/0 && "
			"echo 6 > calendars/anna/home/.meta/0/0/orphan && ln -s a "
			"files/anna/link &&"
			"echo nonsense > calendars/anna/work/.collection && sed -i 1d "
			"addressbooks/anna/"
			"people/.collection && git add -A && git commit -qm junk && git push -q"),
		0);
	reopen(&folder);
	assert_non_null(strstr(folder.reports.text, "junk is not shown"));
	assert_non_null(strstr(folder.reports.text, "files/anna/link is not shown"));
	struct store_snapshot *snapshot = store_snapshot(folder.store);
	assert_non_null(store_item(store_collection(snapshot, "files/anna/new"), "file"));
	assert_non_null(store_collection_meta(store_collection(snapshot, "files/anna/new"))->id);
	assert_non_null(
		store_collection_meta(store_collection(snapshot, "addressbooks/anna/people"))->id);
	assert_null(store_item(store_collection(snapshot, "files/anna"), "link"));
	store_snapshot_free(snapshot);
	assert_int_equal(put(folder.store, HOME, "b", "UID:2"), STORE_OK);
	assert_int_equal(put(folder.store, "files/anna", "f", "x"), STORE_OK);
	assert_int_equal(put(folder.store, "calendars/anna/work", "f", "UID:1"), STORE_OK);
	assert_int_equal(shell(&folder,
				 "cd work && git rev-parse HEAD > ../old && git pull -q && "
				 "test \"$(git diff --name-status $(cat ../old) | cut -c1 | tr -d "
				 "'\\n')\" = AAA &&"
				 "rm ../old"),
		0);
	/* Put right again, by hand: the check at the end is clean. */
	assert_int_equal(
		shell(&folder,
			"cd work && git rm -qr junk README " HOME "/q " HOME "/0 files/anna/link &&"
			"cp calendars/anna/home/.collection calendars/anna/work/ && git add -A &&"
			"git commit -qm clean && git push -q"),
		0);
	folder.reports.text[0] = '\0';
	store_poll(folder.store);
	assert_string_equal(folder.reports.text, "took in 1 commit made by others\n");
}

/* What had no place in a collection goes with it, and is not there when one of that name is made
 * again. */
static void test_extras_go(void **state)
{
	(void)state;
	store_close(folder.store);
	folder.store = NULL;
	assert_int_equal(shell(&folder,
				 "git -C work pull -q && cd work && mkdir -p " HOME "/8/f " HOME
				 "/.meta/0/0 && echo UID:1 > " HOME "/8/f/wrong && echo 6 > " HOME
				 "/.meta/0/0/orphan && echo 5 > " HOME "/README &&"
				 "git add -A && git commit -qm junk && git push -q"),
		0);
	reopen(&folder);
	assert_int_equal(write_one(folder.store, change_self(HOME, NULL)), STORE_OK);
	assert_int_equal(write_one(folder.store, change_self(HOME, CALENDAR_META)), STORE_OK);
	assert_int_equal(shell(&folder,
				 "cd work && git pull -q && test \"$(git ls-files " HOME
				 ")\" = " HOME "/.collection"),
		0);
}

/* Trees as git would never write them: ours stand beside them before anything is built on ours. */
static void test_odd_trees(void **state)
{
	(void)state;
	assert_int_equal(put(folder.store, HOME, "a", "UID:1"), STORE_OK);
	store_close(folder.store);
	folder.store = NULL;
	assert_int_equal(
		shell(&folder,
			"cd data/repo.git && e=$(git mktree </dev/null) &&"
			"b=$(echo x | git hash-object -w --stdin) &&"
			"h=$({ git ls-tree main:" HOME "; printf '100644 blob %%s\\tREADME\\n' $b;"
			" printf '040000 tree %%s\\tf\\n' $e; } | git mktree) &&"
			"a=$({ git ls-tree main:calendars/anna | grep -v "
			"home; printf '040000 tree %%s\\thome\\n' $h; } | git mktree) &&"
			"c=$(printf '040000 tree %%s\\tanna\\n' $a | git mktree) &&"
			"r=$({ git ls-tree main | grep -v calendars; printf '040000 tree "
			"%%s\\tcalendars\\n' $c; } | git mktree) &&"
			"git -c user.name=x -c user.email=x commit-tree $r -p main -m odd > ../new "
			"&& git update-ref refs/heads/main $(cat ../new) && rm ../new"),
		0);
	reopen(&folder);
	assert_int_equal(put(folder.store, "calendars/anna/work", "b", "UID:2"), STORE_OK);
	assert_int_equal(shell(&folder, "git -C data/repo.git fsck --full"), 0);
	assert_int_equal(write_one(folder.store, change_self(HOME, NULL)), STORE_OK);
}

/* ---------------------------------------------------------------- tables */

static void test_table(void **state)
{
	const struct store_oid none = {0};
	struct table table = {0}, old;
	struct store_cursor cursor = {0};
	char name[16];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		struct store_item like = {.name = name, .facts.uid = name};
		struct item *item = item_new(&like, &none, &none);
		table_put(&table, 1, TABLE_UID, item);
		item_release(item);
	}
	old = table;
	table_share(&old);
	for (int i = 0; i < 2000; i += 2) {
		snprintf(name, sizeof(name), "%d", i);
		struct store_collection node = {.uids = table};
		struct item *item = node_uid(&node, name);
		assert_non_null(item);
		table_remove(&table, 2, TABLE_UID, item->uid_hash, name);
	}
	while (table_next(&table, &cursor))
		n++;
	assert_int_equal(n, 1000);
	for (cursor = (struct store_cursor){0}, n = 0; table_next(&old, &cursor);)
		n++;
	assert_int_equal(n, 2000);
	table_release(&table);
	table_release(&old);
}

static void test_raw_trees(void **state)
{
	struct arena *arena = arena_new();
	const struct {
		const char *body;
		size_t len;
		bool want;
	} rows[] = {
		{"", 0, true},
		{"100644 a\0xxxxxxxxxxxxxxxxxxxx", 29, true},
		{"100644 a\0xxxxxxxxxxxxxxxxxxx", 28, false},
		{"100644 \0xxxxxxxxxxxxxxxxxxxx", 28, false},
		{"100644", 6, false},
		{"9 a\0xxxxxxxxxxxxxxxxxxxx", 24, false},
	};
	struct entry *entries;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(raw_tree_parse(arena, rows[i].body, rows[i].len, &entries, &n),
			rows[i].want);
	const struct entry a = {STORE_MODE_TREE, "a", {{0}}}, b = {STORE_MODE_FILE, "a-b", {{0}}},
			   c = {STORE_MODE_FILE, "a", {{0}}};
	assert_true(raw_entry_compare(&a, &b) > 0);
	assert_true(raw_entry_compare(&c, &b) < 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_everything_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_extras_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_extras_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_trees, setup, teardown),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_raw_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
