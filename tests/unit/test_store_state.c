/* SPDX-License-Identifier: ISC */
/* storage/state.c: credentials and their generations, throttle rows, write-ahead rows, formats, backup. */
#include "store_bed.h"

#include "storage/state.h"

#include <sys/stat.h>

static struct state *open_state(const struct bed *bed)
{
	struct state *state = NULL;
	char why[256] = "";

	if (state_open(&state, bed->dir, why, sizeof(why)) != STORE_OK)
		fail_msg("%s", why);
	return state;
}

static void set(struct state *state, const struct store_credential *credential)
{
	char why[256];

	assert_int_equal(state_commit(state, NULL, credential, 1, why, sizeof(why)), STORE_OK);
}

static void the_file_is_private(void **unused)
{
	static const char *const files[] = {"state.db", "state.db-wal", "state.db-shm"};
	struct bed bed;
	struct stat st;
	char path[128];

	(void)unused;
	bed_new(&bed);
	assert_int_equal(bed_shell(&bed, "umask 0; : >$D/state.db; chmod 666 $D/state.db"), 0);
	struct state *state = open_state(&bed);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", bed.dir, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	state_close(state);
	bed_remove(&bed);
}

static void generations_rise_and_never_come_back(void **unused)
{
	/* what is set; then what is expected */
	static const struct {
		const char *name;
		struct store_credential set;
		bool found;
		const char *hash;
		int admin;
	} rows[] = {
		{"new", {"p", "h1", -1, false}, true, "h1", 0},
		{"admin", {"p", NULL, 1, false}, true, "h1", 1},
		{"password keeps the role", {"p", "h2", -1, false}, true, "h2", 1},
		{"removed", {"p", NULL, -1, true}, false, NULL, 0},
		{"made again inherits nothing", {"p", NULL, -1, false}, true, "", 0},
	};
	struct bed bed;
	uint64_t last = 0;

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char hash[128] = "?";
		int admin = -1;
		uint64_t generation = 0;
		set(state, &rows[i].set);
		if (i == 2) { /* all of it survives */
			state_close(state);
			state = open_state(&bed);
		}
		if (state_credential(state, "p", hash, &admin, &generation) != rows[i].found)
			fail_msg("%s", rows[i].name);
		if (!rows[i].found)
			continue;
		assert_string_equal(hash, rows[i].hash);
		assert_int_equal(admin, rows[i].admin);
		assert_true(generation > last);
		last = generation;
	}
	state_close(state);
	bed_remove(&bed);
}

static void throttle_rows_are_kept(void **unused)
{
	struct bed bed;
	struct account_throttle row = {.failures = 3, .last = 1700000000};

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	state_throttle_set(state, "anna|192.0.2.1", &row);
	state_close(state);
	state = open_state(&bed);
	row = (struct account_throttle){0};
	state_throttle_get(state, "anna|192.0.2.1", &row);
	assert_int_equal(row.failures, 3);
	assert_int_equal(row.last, 1700000000);
	row.failures = 0;
	state_throttle_set(state, "anna|192.0.2.1", &row);
	row.failures = 9;
	state_throttle_get(state, "anna|192.0.2.1", &row);
	assert_int_equal(row.failures, 0);
	state_throttle_set(state, "old", &(struct account_throttle){.failures = 1, .last = 1});
	state_care(state);
	state_throttle_get(state, "old", &row);
	assert_int_equal(row.failures, 0);
	state_close(state);
	bed_remove(&bed);
}

static enum store_code count_row(void *payload, const struct state_row *row)
{
	unsigned *n = payload;

	assert_int_equal(row->len, 3);
	assert_memory_equal(row->pack, "abc", 3);
	assert_int_equal(row->new_head.bytes[0], row->seq);
	++*n;
	return STORE_OK;
}

static unsigned count_rows(struct state *state)
{
	unsigned n = 0;

	assert_int_equal(state_rows(state, count_row, &n), STORE_OK);
	return n;
}

static void rows_wait_until_deleted(void **unused)
{
	struct bed bed;
	struct store_oid tip = {.bytes = {7}}, zero = {0}, found;
	char why[256];

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	found = state_tip(state);
	assert_true(store_oid_equal(&found, &zero));
	for (unsigned char i = 1; i <= 10; i++) {
		struct state_row row = {
			.pack = (const unsigned char *)"abc", .len = 3, .new_head = {.bytes = {i}}};
		assert_int_equal(state_commit(state, &row, NULL, 0, why, sizeof(why)), STORE_OK);
		assert_int_equal(row.seq, i);
	}
	state_close(state);
	state = open_state(&bed);
	assert_int_equal(count_rows(state), 10);
	assert_true(state_rows_delete(state, 7, &tip));
	assert_int_equal(count_rows(state), 3);
	found = state_tip(state);
	assert_true(store_oid_equal(&found, &tip));
	state_close(state);
	bed_remove(&bed);
}

static void other_formats_are_refused(void **unused)
{
	struct bed bed;
	struct state *state = NULL;
	char why[256] = "";

	(void)unused;
	bed_new(&bed);
	state_close(open_state(&bed));
	assert_int_equal(
		bed_shell(&bed,
			"sqlite3 $D/state.db \"update meta set value=99 where key='format'\" "
			"2>/dev/null || python3 -c \"import os,sqlite3; "
			"c=sqlite3.connect(os.environ['D']+'/state.db'); "
			"c.execute(\\\"update meta set value=99 where key='format'\\\"); c.commit()\""),
		0);
	assert_int_equal(state_open(&state, bed.dir, why, sizeof(why)), STORE_FAILED);
	assert_non_null(strstr(why, "format 99"));
	assert_int_equal(
		bed_shell(&bed, "rm $D/state.db*; head -c 9000 /dev/urandom >$D/state.db"), 0);
	assert_int_equal(state_open(&state, bed.dir, why, sizeof(why)), STORE_FAILED);
	assert_null(state);
	bed_remove(&bed);
}

static void no_problem(void *payload, const char *path, const char *text)
{
	(void)payload;
	fail_msg("%s: %s", path, text);
}

static void a_backup_has_the_credentials_and_no_rows(void **unused)
{
	struct bed bed, copy;
	char why[256] = "", hash[128];
	int admin;
	uint64_t generation;

	(void)unused;
	bed_new(&bed);
	bed_new(&copy);
	struct state *state = open_state(&bed);
	struct state_row row = {
		.pack = (const unsigned char *)"abc", .len = 3, .new_head = {.bytes = {1}}};
	struct store_credential credential = {"p", "h", 1, false};
	assert_int_equal(state_commit(state, &row, &credential, 1, why, sizeof(why)), STORE_OK);
	assert_true(state_check(state, no_problem, NULL));
	for (int i = 0; i < 2; i++) /* the second replaces the first */
		assert_int_equal(state_backup(state, copy.dir, why, sizeof(why)), STORE_OK);
	state_close(state);
	assert_int_equal(
		bed_shell(&copy,
			"test \"$(ls $D)\" = state.db && test \"$(stat -c %a $D/state.db)\" = 600"),
		0);
	state = open_state(&copy);
	assert_true(state_credential(state, "p", hash, &admin, &generation));
	assert_string_equal(hash, "h");
	assert_int_equal(count_rows(state), 0);
	state_close(state);
	bed_remove(&bed);
	bed_remove(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_private),
		cmocka_unit_test(generations_rise_and_never_come_back),
		cmocka_unit_test(throttle_rows_are_kept),
		cmocka_unit_test(rows_wait_until_deleted),
		cmocka_unit_test(other_formats_are_refused),
		cmocka_unit_test(a_backup_has_the_credentials_and_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
