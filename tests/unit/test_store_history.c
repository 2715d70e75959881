/* SPDX-License-Identifier: ISC */
/* The log: who did what to which name, with and without a path. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"

static struct store *store;

/* "subject: A collection name, P …; " a commit. */
static bool note(void *payload, const struct store_log_entry *entry)
{
	struct buf *out = payload;

	buf_addf(out, "%llu:", (unsigned long long)entry->commit.position);
	for (size_t i = 0; i < entry->n_changes; i++) {
		const struct store_log_change *change = &entry->changes[i];
		buf_addf(out, " %c %s%s%s", change->what, change->collection,
			change->name ? "/" : "", change->name ? change->name : "");
		assert_int_equal(
			store_oid_is_zero(&change->before), strchr("AP", change->what) != NULL);
		assert_int_equal(
			store_oid_is_zero(&change->after), strchr("DP", change->what) != NULL);
	}
	buf_addc(out, '\n');
	assert_true(entry->ours);
	return true;
}

static const char *log_of(const char *path, size_t limit)
{
	static char text[4096];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	buf_adds(&out, "");
	assert_int_equal(store_log(store, path, limit, note, &out), STORE_OK);
	snprintf(text, sizeof(text), "%s", out.data ? out.data : "");
	buf_free(&out);
	return text;
}

static int setup(void **state)
{
	struct store_change changes[2];
	struct store_result result;

	(void)state;
	store = open_memory();
	make_homes(store);                                                   /* 1 */
	put(store, HOME, "a", "UID:1");                                      /* 2 */
	put(store, HOME, "b", "UID:2");                                      /* 3 */
	put(store, HOME, "a", "UID:1\n2");                                   /* 4 */
	write_one(store, change_meta(HOME, "a", "prop {D:}x <x/>\n"));       /* 5 */
	put(store, "files/anna", "f", "x");                                  /* 6 */
	write_one(store, change_self(HOME, "id 2\nkind calendar\nnew x\n")); /* 7 */
	changes[0] = change_item("calendars/anna/work", "b", "UID:2");
	changes[1] = change_item(HOME, "b", NULL);
	write_all(store, changes, 2, &result);            /* 8 */
	put(store, "principals/users", "anna", "id 1\n"); /* 9 */
	write_one(store, change_self(HOME, NULL));        /* 10 */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(store);
	return 0;
}

static void test_all(void **state)
{
	(void)state;
	assert_string_equal(log_of("", 0),
		"10: D " HOME " D " HOME "/a\n"
		"9: A principals/users/anna\n"
		"8: D " HOME "/b A calendars/anna/work/b\n"
		"7: P " HOME "\n"
		"6: A files/anna/f\n"
		"5: P " HOME "/a\n"
		"4: M " HOME "/a\n"
		"3: A " HOME "/b\n"
		"2: A " HOME "/a\n"
		"1: A addressbooks/anna A addressbooks/anna/people A calendars/anna"
		" A " HOME " A calendars/anna/work A files/anna\n"
		"0: A  A principals/groups A principals/users\n");
	assert_string_equal(
		log_of("", 2), "10: D " HOME " D " HOME "/a\n9: A principals/users/anna\n");
}

static void test_filtered(void **state)
{
	const struct {
		const char *path, *want;
	} rows[] = {
		{HOME "/a",
			"10: D " HOME "/a\n5: P " HOME "/a\n4: M " HOME "/a\n2: A " HOME "/a\n"},
		{HOME "/b", "8: D " HOME "/b\n3: A " HOME "/b\n"},
		{HOME "/none", ""},
		{"calendars/anna/work", "8: A calendars/anna/work/b\n1: A calendars/anna/work\n"},
		{"calendars/anna/wor", ""},
		{"files", "6: A files/anna/f\n1: A files/anna\n"},
		{"files/anna", "6: A files/anna/f\n1: A files/anna\n"},
		{"files/anna/f", "6: A files/anna/f\n"},
		{"principals/users/anna", "9: A principals/users/anna\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(log_of(rows[i].path, 0), rows[i].want);
}

static bool first(void *payload, const struct store_log_entry *entry)
{
	*(size_t *)payload = entry->n_changes;
	assert_string_equal(entry->author_name, "Anna");
	assert_string_equal(entry->author_mail, "anna@localhost");
	assert_string_equal(entry->user, "anna");
	assert_string_equal(entry->subject, "Anna did something");
	return false;
}

static void test_capped(void **state)
{
	static struct store_change changes[STORE_LOG_CHANGES + 100];
	static char names[STORE_LOG_CHANGES + 100][8];
	struct store_result result;
	size_t n = sizeof(changes) / sizeof(*changes), seen = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		changes[i] = change_item("files/anna", names[i], names[i]);
	}
	assert_int_equal(write_all(store, changes, n, &result), STORE_OK);
	assert_int_equal(store_log(store, "", 0, first, &seen), STORE_OK);
	assert_int_equal(seen, STORE_LOG_CHANGES);
	assert_int_equal(store_check(store, print_problem, NULL, NULL), STORE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_filtered),
		cmocka_unit_test(test_capped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
