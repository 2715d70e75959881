/* SPDX-License-Identifier: ISC */
/* storage/state.c: credentials and their generations, throttle rows, write-ahead rows, formats, backup. */
#include "store_bed.h"

#include "storage/state.h"

#include <sys/stat.h>

/* A shell command that runs SQL on state.db and prints what one statement answers. */
#define SQL(text)                                                                                  \
	"/usr/bin/python3 - <<'EOF'\n"                                                             \
	"import os, sqlite3\n"                                                                     \
	"db = sqlite3.connect(os.environ['D'] + '/state.db')\n"                                    \
	"sql = \"\"\"" text "\"\"\"\n"                                                             \
	"if sql.count(';'): db.executescript(sql)\n"                                               \
	"else: print(*[row[0] for row in db.execute(sql)])\n"                                      \
	"db.commit()\nEOF\n"

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

/* What the first version of Daybook made, with something in each table. */
#define FORMAT_1                                                                                        \
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"                                 \
	"INSERT INTO meta VALUES('format',1),('generation',7);"                                         \
	"CREATE TABLE credential(principal_id TEXT PRIMARY KEY, hash TEXT,"                             \
	" admin INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL) WITHOUT ROWID;"                \
	"INSERT INTO credential VALUES('p','h',1,7);"                                                   \
	"CREATE TABLE throttle(key TEXT PRIMARY KEY, failures INTEGER NOT NULL, last INTEGER NOT NULL)" \
	" WITHOUT ROWID;"                                                                               \
	"INSERT INTO throttle VALUES('k',3,1700000000);"                                                \
	"CREATE TABLE write_ahead(seq INTEGER PRIMARY KEY, pack BLOB, old_ref BLOB NOT NULL,"           \
	" new_ref BLOB NOT NULL);"                                                                      \
	"INSERT INTO write_ahead VALUES(4,'abc',zeroblob(20),"                                          \
	" x'0400000000000000000000000000000000000000');"

static void an_older_format_is_brought_up_to_date(void **unused)
{
	struct bed bed;
	struct account_throttle row;
	struct device device = {.id = "d", .principal_id = "p", .name = "Phone"};
	struct store_lock lock = {
		.token = "t", .path = "files/anna", .user = "anna", .principal_id = "p"};
	struct arena *arena = arena_new();
	unsigned char secret[DEVICE_HASH_SIZE] = {1};
	char hash[128] = "", why[256] = "", out[64];
	int admin = 0;
	uint64_t generation = 0;

	(void)unused;
	bed_new(&bed);
	assert_int_equal(bed_shell(&bed, SQL(FORMAT_1)), 0);
	for (int i = 0; i < 2; i++) { /* the second time there is nothing to do */
		struct state *state = open_state(&bed);
		assert_true(state_credential(state, "p", hash, &admin, &generation));
		assert_string_equal(hash, "h");
		assert_int_equal(admin, 1);
		state_throttle_get(state, "k", &row);
		assert_int_equal(row.failures, 3);
		assert_int_equal(count_rows(state), 1);
		assert_int_equal(
			state_device_add(state, &device, "phone", secret, why, sizeof(why)),
			i ? STORE_CONFLICT : STORE_OK);
		assert_true(state_device_find(state, "p", secret, &device));
		assert_int_equal(state_lock_set(state, &lock, why, sizeof(why)), STORE_OK);
		assert_int_equal(state_lock_list(state, arena).n, 1);
		state_close(state);
	}
	bed_ask(&bed, SQL("select value from meta where key='format'"), out, sizeof(out));
	assert_int_equal(atoi(out), STATE_FORMAT);
	arena_free(arena);
	bed_remove(&bed);
}

/* From the format before: its devices and links stay, and a table that is in the way stops it. */
static void format_2_gets_locks(void **unused)
{
	struct bed bed;
	struct state *state = NULL;
	char why[256] = "", out[64];

	(void)unused;
	bed_new(&bed);
	state_close(open_state(&bed));
	assert_int_equal(
		bed_shell(&bed,
			SQL("drop table write_lock; update meta set value=2 where key='format';"
			    "insert into device values('d','p','Phone','phone',x'01',NULL,0,0,0,0,NULL,NULL);")),
		0);
	state_close(open_state(&bed));
	bed_ask(&bed, SQL("select value from meta where key='format'"), out, sizeof(out));
	assert_int_equal(atoi(out), 3);
	bed_ask(&bed, SQL("select count(*) from device"), out, sizeof(out));
	assert_int_equal(atoi(out), 1);
	bed_ask(&bed, SQL("select count(*) from write_lock"), out, sizeof(out));
	assert_int_equal(atoi(out), 0);
	assert_int_equal(bed_shell(&bed, SQL("update meta set value=2 where key='format'")), 0);
	assert_int_equal(state_open(&state, bed.dir, why, sizeof(why)), STORE_FAILED);
	assert_non_null(strstr(why, "write_lock"));
	bed_remove(&bed);
}

/* A migration that fails in the middle leaves the file as it was, for the version that knows it. */
static void a_migration_is_whole_or_nothing(void **unused)
{
	struct bed bed;
	struct state *state = NULL;
	char why[256] = "", out[64];

	(void)unused;
	bed_new(&bed);
	assert_int_equal(bed_shell(&bed, SQL(FORMAT_1 "CREATE TABLE device(in_the_way);")), 0);
	assert_int_equal(state_open(&state, bed.dir, why, sizeof(why)), STORE_FAILED);
	assert_non_null(strstr(why, "device"));
	bed_ask(&bed, SQL("select value from meta where key='format'"), out, sizeof(out));
	assert_int_equal(atoi(out), 1);
	bed_ask(&bed, SQL("select count(*) from sqlite_schema where type='table'"), out,
		sizeof(out));
	assert_int_equal(atoi(out), 5);
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
	assert_int_equal(bed_shell(&bed, SQL("update meta set value=99 where key='format'")), 0);
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
		cmocka_unit_test(an_older_format_is_brought_up_to_date),
		cmocka_unit_test(format_2_gets_locks),
		cmocka_unit_test(a_migration_is_whole_or_nothing),
		cmocka_unit_test(other_formats_are_refused),
		cmocka_unit_test(a_backup_has_the_credentials_and_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
