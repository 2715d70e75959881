/* SPDX-License-Identifier: ISC */
/* What others do to main, by git itself: taken in as ordinary changes, or refused with file and
 * line and main put back. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"
/* "$(p NAME)": where an item of the calendar stands */
#define P                                                                                          \
	"p() { echo " HOME                                                                         \
	"/$(printf %%s \"$1\" | sha256sum | sed 's,^\\(.\\)\\(.\\).*,\\1/\\2,')/$1; } && "         \
	"w() { mkdir -p $(dirname $(p $1)) && printf \"$2\" > $(p $1); } && cd work && git "       \
	"pull -q && "
#define PUSH " && git add -A && git commit -qm 'by hand' && git push -q"

static struct folder folder;

static int setup(void **state)
{
	(void)state;
	folder_open(&folder);
	assert_int_equal(put(folder.store, HOME, "a", "UID:1\n"), STORE_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static void poll_store(void)
{
	folder.reports.text[0] = '\0';
	store_poll(folder.store);
}

static struct store_oid head(void)
{
	struct store_snapshot *snapshot = store_snapshot(folder.store);
	struct store_oid oid = store_head(snapshot).oid;

	store_snapshot_free(snapshot);
	return oid;
}

/* main is what we think it is. */
static bool main_is_ours(void)
{
	struct store_oid ours = head(), is;

	assert_int_equal(folder.store->backend->ops->head(folder.store->backend, &is), STORE_OK);
	return store_oid_equal(&ours, &is);
}

static void check(void)
{
	assert_true(main_is_ours());
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
	char *before = dump(folder.store);
	reopen(&folder);
	char *after = dump(folder.store);
	assert_same(after, before);
	free(before);
	free(after);
}

static void test_push_is_taken_in(void **state)
{
	uint64_t before = number_of(folder.store, HOME);

	(void)state;
	assert_int_equal(
		shell(&folder,
			P "w b 'UID:2\\n' && w a 'UID:1\\nnew\\n'" PUSH " && w c 'UID:3\\n'" PUSH),
		0);
	poll_store();
	assert_string_equal(folder.reports.text, "took in 2 commits made by others\n");
	assert_string_equal(changes_since(folder.store, HOME, before), "a b c ");
	assert_int_equal(put(folder.store, HOME, "b", "UID:2\n2"), STORE_OK);
	assert_int_equal(put(folder.store, HOME, "d", "UID:1\n"), STORE_UID_TAKEN);
	check();
}

static void test_folders_by_hand(void **state)
{
	(void)state;
	assert_int_equal(
		shell(&folder,
			P "mkdir -p calendars/anna/club files/anna/x && "
			  "printf 'id 77\\nkind calendar\\ncomponents VTODO\\n' > "
			  "calendars/anna/club/.collection && printf 'id 78\\nkind folder\\n' > "
			  "files/anna/x/.collection && echo hello > files/anna/x/y" PUSH),
		0);
	poll_store();
	assert_string_equal(folder.reports.text, "took in 1 commit made by others\n");
	struct store_snapshot *snapshot = store_snapshot(folder.store);
	assert_int_equal(store_collection_meta(store_collection(snapshot, "calendars/anna/club"))
				 ->components,
		FACTS_VTODO);
	assert_non_null(store_item(store_collection(snapshot, "files/anna/x"), "y"));
	store_snapshot_free(snapshot);
	check();
	assert_int_equal(shell(&folder, P "git rm -qr calendars/anna/club" PUSH), 0);
	poll_store();
	snapshot = store_snapshot(folder.store);
	assert_null(store_collection(snapshot, "calendars/anna/club"));
	store_snapshot_free(snapshot);
	check();
}

static void test_revert(void **state)
{
	(void)state;
	assert_int_equal(
		write_one(folder.store, change_meta(HOME, "a", "prop {D:}x <x/>\n")), STORE_OK);
	assert_int_equal(put(folder.store, HOME, "a", NULL), STORE_OK);
	assert_int_equal(shell(&folder, P "git revert --no-edit HEAD && git push -q"), 0);
	poll_store();
	assert_string_equal(folder.reports.text, "took in 1 commit made by others\n");
	struct store_snapshot *snapshot = store_snapshot(folder.store);
	assert_true(store_item(store_collection(snapshot, HOME), "a")->has_meta);
	store_snapshot_free(snapshot);
	/* Deleted by hand without its .meta, which waits for it. */
	assert_int_equal(shell(&folder, P "git rm -q $(p a)" PUSH), 0);
	poll_store();
	assert_string_equal(changes_since(folder.store, HOME, 0), "a! ");
	check();
	assert_int_equal(shell(&folder, P "w a 'UID:1\\n'" PUSH), 0);
	poll_store();
	snapshot = store_snapshot(folder.store);
	assert_true(store_item(store_collection(snapshot, HOME), "a")->has_meta);
	store_snapshot_free(snapshot);
	check();
}

static void test_refused(void **state)
{
	const struct {
		const char *name, *command, *want;
	} rows[] = {
		{"broken", "w b 'UID:2\\nx\\nBROKEN\\n'", "/b line 3: this is broken"},
		{"UID twice", "w b 'UID:1\\n'",
			"/b: another item of the collection has the same UID"},
		{"UID changed", "w a 'UID:9\\n'",
			"/a: the UID of an item must not change under the same name"},
		{"component",
			"sed -i 's/^kind.*/&\\ncomponents VTODO/' " HOME
			"/.collection && w b 'UID:2\\n'",
			"/b: this calendar does not take this type of component"},
		{"wrong folder", "mkdir -p " HOME "/0/0 && echo UID:2 > " HOME "/0/0/b",
			HOME "/0/0/b: in the wrong folder"},
		{"no fan", "echo UID:2 > " HOME "/b",
			HOME "/b: Daybook knows nothing that may stand here"},
		{"bad name", "mkdir -p " HOME "/0/0 && echo UID:2 > " HOME "/0/0/.b",
			"/.b: not a name"},
		{"mode", "w b 'UID:2\\n' && chmod +x $(p b)",
			"/b: not an ordinary file (mode 100644)"},
		{"top", "echo x > README", "README: Daybook knows nothing"},
		{"damaged", "echo 'kind x' > " HOME "/.collection",
			HOME "/.collection: line 1: kind is none of"},
		{"no id", "echo 'kind calendar' > " HOME "/.collection",
			"needs a line \"id UUID\""},
		{"no .collection", "mkdir -p files/anna/x && echo 1 > files/anna/x/y",
			"files/anna/x: a folder needs"},
		{"wrong kind", "sed -i s/calendar/addressbook/ " HOME "/.collection",
			"this kind of collection"},
		{"bad meta",
			"f=$(p a) && d=" HOME "/.meta/${f#" HOME
			"/} && mkdir -p $(dirname $d) && echo 'prop x' > $d",
			"/a: line 1: prop is not"},
		{"name of ours",
			"w b 'UID:2\\n' && export GIT_COMMITTER_NAME=Daybook "
			"GIT_COMMITTER_EMAIL=daybook@localhost",
			"bears Daybook's name as committer"},
		{"future", "w b 'UID:2\\n' && export GIT_COMMITTER_DATE='2099-01-01T00:00:00Z'",
			"is dated in the future"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *before = dump(folder.store);
		if (shell(&folder, P "%s" PUSH, rows[i].command) != 0)
			fail_msg("%s: can not push", rows[i].name);
		poll_store();
		if (!strstr(folder.reports.text, rows[i].want))
			fail_msg("%s: \"%s\"", rows[i].name, folder.reports.text);
		assert_true(main_is_ours());
		char *after = dump(folder.store);
		assert_same(after, before);
		free(before);
		free(after);
		assert_int_equal(
			shell(&folder,
				"cd work && git fetch -q && git reset -q --hard origin/main "
				"&& git clean -fdq"),
			0);
	}
	assert_int_equal(
		shell(&folder,
			"git -C data/repo.git for-each-ref refs/daybook/rejected | grep -q ."),
		0);
	check();
}

static void test_foreign_history(void **state)
{
	(void)state;
	assert_int_equal(put(folder.store, HOME, "b", "UID:2\n"), STORE_OK);
	assert_int_equal(
		shell(&folder, "git -C data/repo.git update-ref refs/heads/main main~1"), 0);
	poll_store();
	assert_non_null(strstr(folder.reports.text, "does not contain the newest commit"));
	assert_true(main_is_ours());
	assert_int_equal(shell(&folder, "git -C data/repo.git update-ref -d refs/heads/main"), 0);
	poll_store();
	assert_non_null(strstr(folder.reports.text, "main was deleted"));
	assert_true(main_is_ours());
	/* While main is elsewhere a write takes it back first. */
	assert_int_equal(
		shell(&folder, "git -C data/repo.git update-ref refs/heads/main main~1"), 0);
	assert_int_equal(put(folder.store, HOME, "c", "UID:3\n"), STORE_OK);
	check();
}

/* A merge whose first parent is theirs, as `git pull` makes it. */
static void test_wrapped(void **state)
{
	struct store_oid before;

	(void)state;
	assert_int_equal(
		shell(&folder, P "w x 'UID:x\\n' && git add -A && git commit -qm mine"), 0);
	assert_int_equal(put(folder.store, HOME, "y", "UID:y\n"), STORE_OK);
	before = head();
	uint64_t since = number_of(folder.store, HOME);
	assert_int_equal(
		shell(&folder, "cd work && git pull -q --no-rebase --no-edit && git push -q"), 0);
	poll_store();
	assert_string_equal(folder.reports.text, "took in 1 commit made by others\n");
	assert_string_equal(changes_since(folder.store, HOME, since), "x ");
	char hex[41];
	store_oid_hex(hex, &before);
	assert_int_equal(shell(&folder,
				 "test $(git -C data/repo.git rev-parse main^1) = %s && "
				 "test $(git -C data/repo.git rev-parse main^2) = $(git -C work "
				 "rev-parse HEAD)",
				 hex),
		0);
	assert_int_equal(put(folder.store, HOME, "z", "UID:z\n"), STORE_OK);
	check();
}

static void test_write_meets_push(void **state)
{
	struct store_change change = change_item(HOME, "b", "UID:2\nmine");

	(void)state;
	assert_int_equal(shell(&folder, P "w b 'UID:2\\n' && w c 'UID:3\\n'" PUSH), 0);
	/* Nobody polled: the committer finds out, and judges again. */
	change.expect = STORE_ABSENT;
	assert_int_equal(write_one(folder.store, change), STORE_CONFLICT);
	assert_int_equal(shell(&folder, P "w e 'UID:5\\n'" PUSH), 0);
	assert_int_equal(put(folder.store, HOME, "d", "UID:4"), STORE_OK);
	assert_string_equal(changes_since(folder.store, HOME, 0), "a b c e d ");
	check();
}

/* An item that became unreadable while no daemon watched keeps its last readable version and its
 * place. */
static void test_broken_at_start(void **state)
{
	struct store_oid good = store_blob_id("UID:1\n", 6);
	uint64_t before = number_of(folder.store, HOME);

	(void)state;
	for (int round = 0; round < 2; round++) {
		store_close(folder.store);
		folder.store = NULL;
		if (round == 0)
			assert_int_equal(
				shell(&folder, P "w a 'BROKEN\\n' && w b 'BROKEN\\n'" PUSH), 0);
		else
			assert_int_equal(shell(&folder, "rm -r data/index"), 0);
		folder.reports.text[0] = '\0';
		reopen(&folder);
		assert_non_null(strstr(folder.reports.text,
			HOME "/a can not be read; its last readable version is shown"));
		struct store_snapshot *snapshot = store_snapshot(folder.store);
		const struct store_item *item = store_item(store_collection(snapshot, HOME), "a");
		assert_true(store_oid_equal(&item->oid, &good));
		assert_true(item->facts.flags & FACTS_BROKEN);
		assert_int_equal(item->number, before);
		assert_null(store_item(store_collection(snapshot, HOME), "b"));
		store_snapshot_free(snapshot);
	}
	assert_string_equal(changes_since(folder.store, HOME, 0), "a ");
	/* Other writes leave them as they are; writing them mends them. */
	assert_int_equal(put(folder.store, HOME, "c", "UID:3"), STORE_OK);
	assert_int_equal(shell(&folder, P "grep -q BROKEN $(p a) && grep -q BROKEN $(p b)"), 0);
	assert_int_equal(put(folder.store, HOME, "b", "UID:2"), STORE_OK);
	struct store_change change = change_item(HOME, "a", "UID:1\nmended");
	change.expect = STORE_MATCH;
	change.match = good;
	assert_int_equal(write_one(folder.store, change), STORE_OK);
	assert_int_equal(shell(&folder, P "! grep -rq BROKEN " HOME), 0);
	check();
}

static void test_watching(void **state)
{
	struct store_options options = {.inspect = fake_inspect};
	char data[80];
	const char *why;
	uint64_t number = number_of(folder.store, HOME);

	(void)state;
	store_close(folder.store);
	snprintf(data, sizeof(data), "%s/data", folder.path);
	assert_int_equal(store_open(&folder.store, data, &options, &why), STORE_OK);
	shell(&folder, "rm -f data/repo.git/hooks/*");
	assert_int_equal(shell(&folder, P "w b 'UID:2\\n'" PUSH), 0);
	/* within two seconds; on a busy machine, it comes at all */
	for (unsigned i = 0; i < 6000 && number_of(folder.store, HOME) == number; i++)
		usleep(10000);
	assert_true(number_of(folder.store, HOME) > number);
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_push_is_taken_in, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folders_by_hand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_revert, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_meets_push, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_at_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watching, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
