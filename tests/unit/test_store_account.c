/* SPDX-License-Identifier: ISC */
/* storage/account*.c, principal.c on both backends: names, creation in one commit, passwords, removal, nothing inherited. */
#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "storage/principal.h"
#include "tests/unit/account_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static bool inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	(void)kind;
	(void)bytes;
	(void)len;
	(void)arena;
	(void)fault;
	*facts = (struct facts){.uid = "u", .component = FACTS_VEVENT};
	return true;
}

static struct store *open_store(bool memory)
{
	struct store_options options = {.inspect = inspect, .no_maintenance = true};
	struct store *store = NULL;
	const char *why = "";

	if (memory) {
		assert_int_equal(store_open_memory(&store, &options), STORE_OK);
		return store;
	}
	snprintf(dir, sizeof(dir), "/tmp/daybook-account-XXXXXX");
	assert_non_null(mkdtemp(dir));
	if (store_open(&store, dir, &options, &why) != STORE_OK)
		fail_msg("%s", why);
	return store;
}

static void remove_store(struct store *store, bool memory)
{
	char command[256];

	store_close(store);
	if (memory)
		return;
	snprintf(command, sizeof(command),
		"git --git-dir=%s/repo.git fsck --strict >/dev/null && rm -rf %s", dir, dir);
	assert_int_equal(system(command), 0);
}

static bool find(
	struct store *store, struct arena *arena, const char *login, struct account *account)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	bool found = account_find(store, snapshot, arena, login, account);

	store_snapshot_free(snapshot);
	return found;
}

/* ---------------------------------------------------------------- rows */

static const struct {
	const char *name, *folded; /* NULL: refused */
} names[] = {
	{"anna", "anna"},
	{"Anna", "anna"},
	{"ANNA.B+x_y-z@example.org", "anna.b+x_y-z@example.org"},
	{"1anna", "1anna"},
	{"", NULL},
	{".anna", NULL},
	{"@anna", NULL},
	{"an na", NULL},
	{"anna/..", NULL},
	{"\xc3\xa4nna", NULL},
	{"0123456789012345678901234567890123456789012345678901234567890123",
		"0123456789012345678901234567890123456789012345678901234567890123"},
	{"01234567890123456789012345678901234567890123456789012345678901234", NULL},
};

static void names_are_folded_or_refused(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *folded = account_name_fold(arena, names[i].name);
		if (!text_equal(folded, names[i].folded))
			fail_msg("%s: %s", names[i].name, folded ? folded : "refused");
	}
	arena_free(arena);
}

static void principals_survive_as_text(void **state)
{
	static const char text[] =
		"id 1-2\ncreated 2026-11-23T10:00:00Z\nname Anna B.\nmail a@x\nmail b@x\ncolour red\n";
	struct arena *arena = arena_new();
	struct principal principal;
	size_t len;

	(void)state;
	assert_true(principal_parse(arena, text, strlen(text), &principal));
	assert_string_equal(principal.id, "1-2");
	assert_string_equal(principal.name, "Anna B.");
	assert_int_equal(principal.n_mails, 2);
	assert_string_equal(principal.mails[1], "b@x");
	assert_string_equal(principal_print(arena, &principal, &len), text);
	assert_int_equal(len, strlen(text));
	principal.name = "Eve\nid 9";
	char *forged = principal_print(arena, &principal, &len);
	assert_true(principal_parse(arena, forged, len, &principal));
	assert_string_equal(principal.id, "1-2");
	assert_string_equal(principal.name, "Eve id 9");
	assert_false(principal_parse(arena, "name x\n", 7, &principal));
	assert_false(principal_parse(arena, "", 0, &principal));
	arena_free(arena);
}

/* Also the longest that are allowed. */
static void a_thousand_members_fit(void **state)
{
	static const char *members[1000];
	struct arena *arena = arena_new();
	struct principal principal = {.id = "1-2", .members = members, .n_members = 1000}, back;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		members[i] = arena_printf(
			arena, "groups/%064zu#0d5c9f00-0000-4000-8000-000000000000", i);
	char *text = principal_print(arena, &principal, &len);
	assert_non_null(text);
	assert_true(principal_parse(arena, text, len, &back));
	assert_int_equal(back.n_members, 1000);
	assert_string_equal(back.members[999], members[999]);
	for (size_t i = 0; i < 1000; i++)
		members[i] = arena_printf(arena, "users/%0900zu", i);
	assert_null(principal_print(arena, &principal, &len));
	arena_free(arena);
}

static void groups_are_written_as_text(void **state)
{
	struct store *store = open_store(true);
	struct arena *arena = arena_new();
	struct store_snapshot *snapshot = store_snapshot(store);
	const char *const members[] = {"users/ben#2", "groups/x#3"};
	struct account_group group = {.name = "kids", .display_name = "The\nkids"};
	struct store_change change;

	(void)state;
	assert_true(account_group_change(store, snapshot, arena, &group, &change));
	assert_int_equal(change.expect, STORE_ABSENT);
	assert_non_null(strstr(change.bytes, "name The kids\n"));
	struct store_write write = {.changes = &change, .n_changes = 1, .subject = "Daybook tests"};
	assert_int_equal(store_commit(store, &write, NULL), STORE_OK);
	store_snapshot_free(snapshot);
	char *id = arena_strndup(arena, change.bytes, strcspn(change.bytes, "\n"));
	assert_int_equal(strlen(id), strlen("id ") + 36);

	snapshot = store_snapshot(store);
	group = (struct account_group){.name = "kids", .members = members, .n_members = 2};
	assert_true(account_group_change(store, snapshot, arena, &group, &change));
	assert_int_equal(change.expect, STORE_MATCH);
	assert_true(text_starts(change.bytes, id));
	assert_non_null(
		strstr(change.bytes, "name The kids\nmember users/ben#2\nmember groups/x#3\n"));
	group = (struct account_group){.name = "kids", .display_name = ""};
	assert_true(account_group_change(store, snapshot, arena, &group, &change));
	assert_null(strstr(change.bytes, "name "));
	store_snapshot_free(snapshot);
	arena_free(arena);
	remove_store(store, true);
}

/* ---------------------------------------------------------------- on a store */

static const char *const mails[] = {"Anna@Example.org", "a.b@example.org"};
static const struct account_spec anna = {
	.name = "anna",
	.password = "correct horse",
	.display_name = "Anna B.",
	.mails = (const char *const *)mails,
	.n_mails = 2,
	.admin = true,
	.with_defaults = true,
};

static void check_defaults(struct store *store)
{
	static const struct {
		const char *path;
		enum facts_kind kind;
		uint32_t components;
		const char *displayname;
	} rows[] = {
		{"calendars/anna", FACTS_HOME, 0, NULL},
		{"addressbooks/anna", FACTS_HOME, 0, NULL},
		{"files/anna", FACTS_FOLDER, 0, NULL},
		{"calendars/anna/personal", FACTS_CALENDAR, FACTS_VEVENT, "Personal"},
		{"calendars/anna/tasks", FACTS_CALENDAR, FACTS_VTODO, "Tasks"},
		{"addressbooks/anna/contacts", FACTS_ADDRESSBOOK, 0, "Contacts"},
	};
	struct store_snapshot *snapshot = store_snapshot(store);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct store_collection *c = store_collection(snapshot, rows[i].path);
		if (!c)
			fail_msg("%s is missing", rows[i].path);
		const struct store_meta *meta = store_collection_meta(c);
		assert_int_equal(meta->kind, rows[i].kind);
		assert_int_equal(meta->components, rows[i].components);
		assert_int_equal(strlen(meta->id), 36);
		assert_true(meta->created > 0);
		const char *name = store_meta_prop(meta, "{DAV:}displayname");
		assert_int_equal(name != NULL, rows[i].displayname != NULL);
		if (name)
			assert_non_null(strstr(name, rows[i].displayname));
	}
	store_snapshot_free(snapshot);
}

static void create_find_remove(bool memory)
{
	struct store *store = open_store(memory);
	struct arena *arena = arena_new();
	struct store_result result = {0};
	struct account account, again;
	struct account_spec bob = {.name = "bob"};

	if (account_create(store, &anna, NULL, &result) != STORE_OK)
		fail_msg("%s", result.text);
	check_defaults(store);
	assert_int_equal(account_create(store, &anna, NULL, &result), STORE_CONFLICT);
	assert_int_equal(account_create(store, &bob, "anna", &result), STORE_OK);
	assert_int_equal(
		account_create(store, &(struct account_spec){.name = "../x"}, NULL, &result),
		STORE_INVALID);

	static const char *const logins[] = {"anna", "ANNA", "anna@example.org", "A.B@EXAMPLE.ORG"};
	for (size_t i = 0; i < 4; i++) {
		if (!find(store, arena, logins[i], &account))
			fail_msg("%s", logins[i]);
		assert_string_equal(account.name, "anna");
	}
	assert_string_equal(account.display_name, "Anna B.");
	assert_true(account.admin && account.has_password);
	assert_true(account.created > 0 && account.created <= clock_now());
	assert_false(find(store, arena, "nobody", &again));
	assert_false(find(store, arena, "nobody@example.org", &again));
	assert_true(find(store, arena, "bob", &again));
	assert_true(!again.admin && !again.has_password && !again.display_name);

	struct store_snapshot *snapshot = store_snapshot(store);
	size_t n;
	struct account *list = account_list(store, snapshot, arena, &n);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "anna");
	assert_string_equal(list[1].name, "bob");
	store_snapshot_free(snapshot);

	uint64_t generation = account_generation(store, account.id);
	assert_true(generation > 0);
	assert_int_equal(account_set_admin(store, "anna", false), STORE_OK);
	assert_true(find(store, arena, "anna", &again) && !again.admin && again.has_password);
	assert_int_equal(account_set_admin(store, "Anna", true), STORE_OK);
	assert_true(find(store, arena, "anna", &again) && again.admin && again.has_password);
	assert_int_equal(account_set_admin(store, "bob", true), STORE_OK);
	assert_true(find(store, arena, "bob", &again) && again.admin && !again.has_password);
	assert_int_equal(account_set_admin(store, "anna@example.org", false), STORE_NOT_FOUND);
	assert_int_equal(account_set_admin(store, "nobody", true), STORE_NOT_FOUND);
	assert_int_equal(account_take_away(store, "anna"), STORE_OK);
	assert_false(find(store, arena, "anna", &again));
	assert_int_equal(account_generation(store, account.id), 0);
	assert_false(account_verify(store, account.id, anna.password));
	snapshot = store_snapshot(store);
	assert_null(store_collection(snapshot, "calendars/anna"));
	assert_null(store_collection(snapshot, "files/anna"));
	store_snapshot_free(snapshot);

	assert_int_equal(
		account_create(store, &(struct account_spec){.name = "anna"}, NULL, &result),
		STORE_OK);
	assert_true(find(store, arena, "anna", &again));
	assert_string_not_equal(again.id, account.id);
	assert_true(!again.admin && !again.has_password);
	arena_free(arena);
	remove_store(store, memory);
}

static void in_memory(void **state)
{
	(void)state;
	create_find_remove(true);
}

static void in_git(void **state)
{
	(void)state;
	create_find_remove(false);
}

/* CPU time of this thread: what others do on the machine does not count. */
static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct store *store, const char *id, const char *password, bool want)
{
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		double start = cpu_seconds();
		assert_int_equal(account_verify(store, id, password), want);
		double took = cpu_seconds() - start;
		best = took < best ? took : best;
	}
	return best;
}

static void passwords_cost_the_same_work(void **state)
{
	struct store *store = open_store(true);
	struct arena *arena = arena_new();
	struct store_result result = {0};
	struct account account, bob;
	char *too_long = arena_alloc(arena, ACCOUNT_MAX_PASSWORD + 2);

	(void)state;
	memset(too_long, 'x', ACCOUNT_MAX_PASSWORD + 1);
	assert_int_equal(account_create(store, &anna, NULL, &result), STORE_OK);
	assert_int_equal(
		account_create(store, &(struct account_spec){.name = "bob"}, NULL, &result),
		STORE_OK);
	assert_true(find(store, arena, "anna", &account) && find(store, arena, "bob", &bob));
	double right = seconds_of(store, account.id, anna.password, true);
	double wrong = seconds_of(store, account.id, "wrong", false);
	double nobody = seconds_of(store, NULL, "wrong", false);
	double without = seconds_of(store, bob.id, "", false);
	print_message("verify: right %.0f ms, wrong %.0f, nobody %.0f, without a password %.0f\n",
		right * 1e3, wrong * 1e3, nobody * 1e3, without * 1e3);
	assert_true(wrong > right / 2 && nobody > right / 2 && without > right / 2);

	uint64_t generation = account_generation(store, account.id);
	assert_int_equal(account_set_password(store, "Anna", "new"), STORE_OK);
	assert_true(account_generation(store, account.id) > generation);
	assert_false(account_verify(store, account.id, anna.password));
	assert_true(account_verify(store, account.id, "new"));
	assert_true(find(store, arena, "anna", &account) && account.admin);
	assert_int_equal(account_set_password(store, "nobody", "new"), STORE_NOT_FOUND);
	assert_int_equal(account_set_password(store, "anna", ""), STORE_INVALID);
	assert_int_equal(account_set_password(store, "anna", too_long), STORE_INVALID);
	assert_false(account_verify(store, account.id, too_long));
	arena_free(arena);
	remove_store(store, true);
}

static void throttle_rows_pass_through(void **state)
{
	struct store *store = open_store(true);
	struct account_throttle row = {.failures = 5, .last = 77};

	(void)state;
	account_throttle_set(store, "k", &row);
	row = (struct account_throttle){0};
	account_throttle_get(store, "k", &row);
	assert_int_equal(row.failures, 5);
	assert_int_equal(row.last, 77);
	remove_store(store, true);
}

/* ---------------------------------------------------------------- users of before */

static bool has(struct store *store, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	bool there = store_collection(snapshot, path);

	store_snapshot_free(snapshot);
	return there;
}

static void remove_at(struct store *store, const char *path)
{
	const struct store_change change = {
		.slot = STORE_SELF, .collection = path, .remove = true, .expect = STORE_PRESENT};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "remove"};
	struct store_result result;

	assert_int_equal(store_commit(store, &write, &result), STORE_OK);
}

/* Somebody whose file was pushed: no home at all. */
static void add_principal(struct store *store, const char *name)
{
	static const char text[] = "id 11111111-2222-4333-8444-555555555555\n";
	const struct store_change change = {.slot = STORE_ITEM,
		.collection = "principals/users",
		.name = name,
		.bytes = text,
		.len = sizeof(text) - 1};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "add"};
	struct store_result result;

	assert_int_equal(store_commit(store, &write, &result), STORE_OK);
}

static uint64_t position(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	uint64_t at = store_head(snapshot).position;

	store_snapshot_free(snapshot);
	return at;
}

static void whoever_never_had_a_book_gets_one(bool memory)
{
	struct store *store = open_store(memory);
	const struct account_spec bob = {.name = "bob"}, eve = {.name = "eve"};
	struct store_result result = {0};

	assert_int_equal(account_create(store, &anna, NULL, &result), STORE_OK);
	remove_at(store, "addressbooks/anna/contacts"); /* she wants none */
	assert_int_equal(account_complete(store, &result), STORE_UNCHANGED);
	assert_int_equal(account_create(store, &bob, NULL, &result), STORE_OK);
	assert_int_equal(account_create(store, &eve, NULL, &result), STORE_OK);
	add_principal(store, "pushed");
	assert_false(has(store, "addressbooks/pushed"));
	uint64_t before = position(store);

	assert_int_equal(account_complete(store, &result), STORE_OK);
	assert_int_equal(position(store), before + 1); /* one commit */
	assert_true(has(store, "addressbooks/bob/contacts"));
	assert_true(has(store, "addressbooks/eve/contacts"));
	assert_true(has(store, "addressbooks/pushed/contacts"));
	assert_false(has(store, "addressbooks/anna/contacts"));
	remove_at(store, "addressbooks/bob/contacts");
	assert_int_equal(account_complete(store, &result), STORE_UNCHANGED);
	assert_false(has(store, "addressbooks/bob/contacts"));
	remove_store(store, memory);
}

static void books_of_before_in_memory(void **state)
{
	(void)state;
	whoever_never_had_a_book_gets_one(true);
}

static void books_of_before_in_git(void **state)
{
	(void)state;
	whoever_never_had_a_book_gets_one(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_of_before_in_memory),
		cmocka_unit_test(books_of_before_in_git),
		cmocka_unit_test(names_are_folded_or_refused),
		cmocka_unit_test(principals_survive_as_text),
		cmocka_unit_test(a_thousand_members_fit),
		cmocka_unit_test(groups_are_written_as_text),
		cmocka_unit_test(in_memory),
		cmocka_unit_test(in_git),
		cmocka_unit_test(passwords_cost_the_same_work),
		cmocka_unit_test(throttle_rows_pass_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
