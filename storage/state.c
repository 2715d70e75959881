/* SPDX-License-Identifier: ISC */
/* state.db: opening, formats, the write-ahead table, credentials. state_care.c: throttle rows, checkpoints, check, backup;
 * state_device.c: devices; state_link.c: links; state_lock.c: locks. */
#include "storage/state.h"

#include "storage/state_db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000 /* for somebody who looks into the file by hand */
#define HASH_SIZE 128

/* What each format added. A fresh file has format 0; one transaction brings any file to the newest. */
static const struct step {
	int format;
	const char *sql;
} steps[] = {
	{1,
		"CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
		"INSERT OR IGNORE INTO meta VALUES('generation',0);"
		"CREATE TABLE IF NOT EXISTS credential(principal_id TEXT PRIMARY KEY, hash TEXT,"
		" admin INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE IF NOT EXISTS throttle(key TEXT PRIMARY KEY, failures INTEGER NOT NULL, last INTEGER NOT NULL)"
		" WITHOUT ROWID;"
		"CREATE TABLE IF NOT EXISTS write_ahead(seq INTEGER PRIMARY KEY, pack BLOB, old_ref BLOB NOT NULL,"
		" new_ref BLOB NOT NULL);"},
	{2,
		"CREATE TABLE device(id TEXT PRIMARY KEY, principal_id TEXT NOT NULL, name TEXT NOT NULL,"
		" fold TEXT NOT NULL, hash BLOB UNIQUE, program TEXT, scope INTEGER NOT NULL,"
		" created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER NOT NULL,"
		" address TEXT, user_agent TEXT, UNIQUE(principal_id, fold)) WITHOUT ROWID;"
		"CREATE TABLE link(id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, token TEXT NOT NULL,"
		" principal_id TEXT NOT NULL, collection_id TEXT NOT NULL, path TEXT NOT NULL,"
		" busy INTEGER NOT NULL, name TEXT, created INTEGER NOT NULL, expires INTEGER NOT NULL,"
		" last_used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
		"CREATE INDEX link_principal ON link(principal_id);"},
	{3,
		"CREATE TABLE write_lock(token TEXT PRIMARY KEY, path TEXT NOT NULL, user TEXT NOT NULL,"
		" principal_id TEXT NOT NULL, owner TEXT, shared INTEGER NOT NULL, infinite INTEGER NOT NULL,"
		" created INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"},
};
#define N_STEPS (sizeof(steps) / sizeof(*steps))

_Static_assert(N_STEPS == STATE_FORMAT, "each format has its step");

#define DEVICE_COLUMNS                                                                             \
	"id,principal_id,name,program,scope,created,expires,last_used,address,user_agent"

#define LINK_COLUMNS                                                                               \
	"id,token,principal_id,collection_id,path,busy,name,created,expires,last_used FROM link "

/* By connection: what is prepared once and used often. */
static const char *const statements[STATE_N] = {
	[STATE_BEGIN] = "BEGIN IMMEDIATE",
	[STATE_COMMIT] = "COMMIT",
	[STATE_ROLLBACK] = "ROLLBACK",
	[STATE_ROW_ADD] = "INSERT INTO write_ahead VALUES(?1,?2,?3,?4)",
	[STATE_ROW_LIST] = "SELECT seq,pack,old_ref,new_ref FROM write_ahead ORDER BY seq",
	[STATE_ROW_DELETE] = "DELETE FROM write_ahead WHERE seq<=?1",
	[STATE_ROW_LAST] = "SELECT coalesce(max(seq),0) FROM write_ahead",
	[STATE_TIP_SET] = "INSERT OR REPLACE INTO meta VALUES('tip',?1)",
	[STATE_TIP] = "SELECT value FROM meta WHERE key='tip'",
	[STATE_GENERATION] = "UPDATE meta SET value=value+1 WHERE key='generation'",
	[STATE_CREDENTIAL_SET] =
		"INSERT INTO credential VALUES(?1,?2,max(?3,0),(SELECT value FROM meta WHERE key='generation'))"
		" ON CONFLICT(principal_id) DO UPDATE SET hash=coalesce(excluded.hash,hash),"
		" admin=CASE WHEN ?3<0 THEN admin ELSE ?3 END, generation=excluded.generation",
	[STATE_CREDENTIAL_REMOVE] = "DELETE FROM credential WHERE principal_id=?1",
	[STATE_CREDENTIAL] = "SELECT hash,admin,generation FROM credential WHERE principal_id=?1",
	[STATE_THROTTLE_GET] = "SELECT failures,last FROM throttle WHERE key=?1",
	[STATE_THROTTLE_SET] = "INSERT OR REPLACE INTO throttle VALUES(?1,?2,?3)",
	[STATE_THROTTLE_DROP] = "DELETE FROM throttle WHERE key=?1",
	[STATE_THROTTLE_AGE] = "DELETE FROM throttle WHERE last<?1",
	[STATE_DEVICE_LIST] =
		"SELECT " DEVICE_COLUMNS
		" FROM device WHERE ?1 IS NULL OR principal_id=?1 ORDER BY created,name",
	[STATE_DEVICE_FIND] = "SELECT " DEVICE_COLUMNS
			      " FROM device WHERE hash=?2 AND principal_id=?1",
	[STATE_DEVICE_COUNT] =
		"SELECT count(*) FROM device WHERE principal_id=?1 AND hash IS NOT NULL",
	[STATE_DEVICE_YIELD] =
		"DELETE FROM device WHERE principal_id=?1 AND fold=?2 AND hash IS NULL",
	[STATE_DEVICE_ADD] = "INSERT INTO device VALUES(?1,?2,?3,?4,?5,NULL,?6,?7,?8,0,NULL,NULL)",
	[STATE_DEVICE_REMOVE] = "DELETE FROM device WHERE principal_id=?1 AND id=?2",
	[STATE_DEVICE_REMOVE_ALL] = "DELETE FROM device WHERE principal_id=?1",
	[STATE_DEVICE_USE] = "UPDATE device SET last_used=?2,address=?3,user_agent=?4 WHERE id=?1",
	[STATE_DEVICE_NOTICE] =
		"INSERT OR IGNORE INTO device SELECT ?1,?5,?6,?7,NULL,?8,0,?9,0,?2,?3,?4"
		" WHERE EXISTS(SELECT 1 FROM credential WHERE principal_id=?5)",
	[STATE_LINK_ADD] = "INSERT INTO link VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,0)",
	[STATE_LINK_REMOVE] = "DELETE FROM link WHERE principal_id=?1 AND id=?2",
	[STATE_LINK_REMOVE_ALL] = "DELETE FROM link WHERE principal_id=?1",
	[STATE_LINK_FIND] = "SELECT " LINK_COLUMNS "WHERE hash=?1",
	[STATE_LINK_LIST] = "SELECT " LINK_COLUMNS "WHERE principal_id=?1 ORDER BY created,id",
	[STATE_LINK_USED] = "UPDATE link SET last_used=max(last_used,?2) WHERE id=?1",
	[STATE_LOCK_SET] = "INSERT OR REPLACE INTO write_lock VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
	[STATE_LOCK_DROP] = "DELETE FROM write_lock WHERE token=?1",
	[STATE_LOCK_REMOVE_ALL] = "DELETE FROM write_lock WHERE principal_id=?1",
	[STATE_LOCK_LIST] =
		"SELECT token,path,user,principal_id,owner,shared,infinite,created,expires"
		" FROM write_lock ORDER BY created,token",
};

/* ---------------------------------------------------------------- connections */

sqlite3_stmt *state_statement(struct state_db *db, enum state_statement which)
{
	if (!db->prepared[which])
		sqlite3_prepare_v3(db->handle, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
			&db->prepared[which], NULL);
	return db->prepared[which];
}

/* Runs a statement to its end; it is reset and unbound afterwards. */
int state_run(struct state_db *db, enum state_statement which)
{
	sqlite3_stmt *statement = state_statement(db, which);
	int code;

	if (!statement)
		return sqlite3_errcode(db->handle);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int db_open(struct state_db *db, const char *path, const char *synchronous)
{
	char pragma[64];
	int code = sqlite3_open_v2(
		path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	pthread_mutex_init(&db->lock, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	snprintf(pragma, sizeof(pragma), "PRAGMA synchronous=%s", synchronous);
	code = sqlite3_exec(db->handle, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, pragma, NULL, NULL, NULL);
	sqlite3_wal_autocheckpoint(db->handle, 0);
	return code;
}

static void db_close(struct state_db *db)
{
	for (int i = 0; i < STATE_N; i++)
		sqlite3_finalize(db->prepared[i]);
	sqlite3_close(db->handle);
	pthread_mutex_destroy(&db->lock);
}

/* ---------------------------------------------------------------- opening */

/* The file is made here, so that SQLite never makes it readable for others; its log takes the same mode. */
static bool make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return false;
	bool done = fstat(fd, &st) == 0 && ((st.st_mode & 077) == 0 || fchmod(fd, 0600) == 0);
	close(fd);
	return done;
}

static int64_t one_number(struct state_db *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = otherwise;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* From `format` to the newest, or nothing at all. */
static int migrate(struct state_db *db, int64_t format)
{
	int code = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (size_t i = 0; i < N_STEPS && code == SQLITE_OK; i++) {
		char number[96];
		if (steps[i].format <= format)
			continue;
		snprintf(number, sizeof(number), "INSERT OR REPLACE INTO meta VALUES('format',%d)",
			steps[i].format);
		code = sqlite3_exec(db->handle, steps[i].sql, NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(db->handle, number, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
	return code;
}

static enum store_code check_format(struct state *state, char *why, size_t why_size)
{
	bool fresh = one_number(&state->commit, "SELECT count(*) FROM sqlite_schema", -1) == 0;
	int64_t format = one_number(
		&state->commit, "SELECT value FROM meta WHERE key='format'", fresh ? 0 : -1);

	if (format > STATE_FORMAT) {
		snprintf(why, why_size,
			"%s has format %" PRId64
			", this daybook knows up to %d: please use a newer daybook",
			state->path, format, STATE_FORMAT);
		return STORE_FAILED;
	}
	if (format < 0) {
		snprintf(why, why_size, "%s is not a database of daybook, or damaged: %s",
			state->path, sqlite3_errmsg(state->commit.handle));
		return STORE_FAILED;
	}
	if (format < STATE_FORMAT && migrate(&state->commit, format) != SQLITE_OK) {
		snprintf(
			why, why_size, "%s: %s", state->path, sqlite3_errmsg(state->commit.handle));
		return STORE_FAILED;
	}
	state->seq = one_number(&state->commit, statements[STATE_ROW_LAST], 0);
	return STORE_OK;
}

enum store_code state_open(struct state **out, const char *dir, char *why, size_t why_size)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state || asprintf(&state->path, "%s/" STATE_FILE, dir) < 0)
		abort();
	pthread_mutex_init(&state->write, NULL);
	pthread_mutex_init(&state->used_lock, NULL);
	state->links_used = map_new();
	if (!make_private(state->path)) {
		snprintf(why, why_size, "%s can not be created or is not ours: %s", state->path,
			strerror(errno));
		map_free(state->links_used, free);
		free(state->path);
		free(state);
		return STORE_FAILED;
	}
	enum store_code code = STORE_OK;
	if (db_open(&state->commit, state->path, "FULL") ||
		db_open(&state->side, state->path, "NORMAL") ||
		db_open(&state->care, state->path, "NORMAL")) {
		snprintf(
			why, why_size, "%s: %s", state->path, sqlite3_errmsg(state->commit.handle));
		code = STORE_FAILED;
	}
	if (code == STORE_OK)
		code = check_format(state, why, why_size);
	if (code == STORE_OK)
		*out = state;
	else
		state_close(state);
	return code;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	state_link_care(state, true);
	db_close(&state->side);
	db_close(&state->care);
	db_close(&state->commit); /* the last one: checkpoints, synced */
	pthread_mutex_destroy(&state->write);
	pthread_mutex_destroy(&state->used_lock);
	map_free(state->links_used, free);
	free(state->path);
	free(state);
}

/* ---------------------------------------------------------------- the transaction */

static int add_row(struct state_db *db, const struct state_row *row)
{
	sqlite3_stmt *statement = state_statement(db, STATE_ROW_ADD);

	if (!statement)
		return sqlite3_errcode(db->handle);
	sqlite3_bind_int64(statement, 1, row->seq);
	if (row->pack)
		sqlite3_bind_blob64(statement, 2, row->pack, row->len, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 3, row->old_head.bytes, 20, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 4, row->new_head.bytes, 20, SQLITE_STATIC);
	return state_run(db, STATE_ROW_ADD);
}

/* What a principal's credentials take with them. */
static const enum state_statement goes_along[] = {
	STATE_DEVICE_REMOVE_ALL,
	STATE_LINK_REMOVE_ALL,
	STATE_LOCK_REMOVE_ALL,
};
#define N_GOES_ALONG (sizeof(goes_along) / sizeof(*goes_along))

static int run_for(struct state_db *db, enum state_statement which, const char *principal_id)
{
	sqlite3_stmt *statement = state_statement(db, which);

	if (!statement)
		return sqlite3_errcode(db->handle);
	sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
	return state_run(db, which);
}

static int set_credential(struct state_db *db, const struct store_credential *credential)
{
	enum state_statement which = credential->remove ? STATE_CREDENTIAL_REMOVE
							: STATE_CREDENTIAL_SET;
	sqlite3_stmt *statement = state_statement(db, which);

	if (!statement)
		return sqlite3_errcode(db->handle);
	sqlite3_bind_text(statement, 1, credential->principal_id, -1, SQLITE_STATIC);
	if (which == STATE_CREDENTIAL_SET) {
		if (credential->password_hash)
			sqlite3_bind_text(
				statement, 2, credential->password_hash, -1, SQLITE_STATIC);
		sqlite3_bind_int(statement, 3, credential->admin);
	}
	int code = state_run(db, which);
	for (size_t i = 0; i < N_GOES_ALONG && credential->remove && code == SQLITE_OK; i++)
		code = run_for(db, goes_along[i], credential->principal_id);
	return code;
}

struct change {
	struct state_row *row;
	const struct store_credential *credentials;
	size_t n;
};

static int run_change(struct state_db *db, void *payload)
{
	const struct change *change = payload;
	int code = SQLITE_OK;

	if (change->row)
		code = add_row(db, change->row);
	if (code == SQLITE_OK && change->n > 0)
		code = state_run(db, STATE_GENERATION);
	for (size_t i = 0; i < change->n && code == SQLITE_OK; i++)
		code = set_credential(db, &change->credentials[i]);
	return code;
}

/* Under `write`. */
static int run_all(
	struct state_db *db, int (*run)(struct state_db *db, void *payload), void *payload)
{
	int code = state_run(db, STATE_BEGIN);

	if (code == SQLITE_OK)
		code = run(db, payload);
	if (code == SQLITE_OK)
		code = state_run(db, STATE_COMMIT);
	return code;
}

static int transaction(struct state *state, int (*run)(struct state_db *db, void *payload),
	void *payload, char *why, size_t why_size)
{
	struct state_db *db = &state->commit;

	if (state->broken) {
		snprintf(why, why_size, "%s failed before; a new start is needed", state->path);
		return SQLITE_IOERR;
	}
	int code = run_all(db, run, payload);
	if (code == SQLITE_OK)
		return code;
	snprintf(why, why_size, "%s: %s", state->path, sqlite3_errmsg(db->handle));
	/* After a failed sync the kernel may have dropped what it could not write: trust nothing. */
	state->broken = (code & 0xff) == SQLITE_IOERR;
	if (!sqlite3_get_autocommit(db->handle))
		state_run(db, STATE_ROLLBACK);
	return code;
}

int state_transaction(struct state *state, int (*run)(struct state_db *db, void *payload),
	void *payload, char *why, size_t why_size)
{
	pthread_mutex_lock(&state->write);
	int code = transaction(state, run, payload, why, why_size);
	pthread_mutex_unlock(&state->write);
	return code;
}

enum store_code state_commit(struct state *state, struct state_row *row,
	const struct store_credential *credentials, size_t n, char *why, size_t why_size)
{
	struct change change = {row, credentials, n};

	pthread_mutex_lock(&state->write);
	if (row)
		row->seq = state->seq + 1;
	int code = transaction(state, run_change, &change, why, why_size);
	if (code == SQLITE_OK && row)
		state->seq = row->seq;
	pthread_mutex_unlock(&state->write);
	if (code == SQLITE_OK)
		return STORE_OK;
	return (code & 0xff) == SQLITE_FULL ? STORE_FULL : STORE_FAILED;
}

/* ---------------------------------------------------------------- rows */

static struct store_oid column_oid(sqlite3_stmt *statement, int column)
{
	struct store_oid oid = {0};
	const void *bytes = sqlite3_column_blob(statement, column);

	if (bytes && sqlite3_column_bytes(statement, column) == sizeof(oid.bytes))
		memcpy(oid.bytes, bytes, sizeof(oid.bytes));
	return oid;
}

enum store_code state_rows(struct state *state,
	enum store_code (*each)(void *payload, const struct state_row *row), void *payload)
{
	enum store_code code = STORE_OK;
	int step = SQLITE_ERROR;

	pthread_mutex_lock(&state->care.lock);
	sqlite3_stmt *list = state_statement(&state->care, STATE_ROW_LIST);
	while (code == STORE_OK && list && (step = sqlite3_step(list)) == SQLITE_ROW) {
		struct state_row row = {
			.seq = sqlite3_column_int64(list, 0),
			.pack = sqlite3_column_blob(list, 1),
			.len = (size_t)sqlite3_column_bytes(list, 1),
			.old_head = column_oid(list, 2),
			.new_head = column_oid(list, 3),
		};
		code = each(payload, &row);
	}
	if (code == STORE_OK && step != SQLITE_DONE)
		code = STORE_FAILED;
	sqlite3_reset(list);
	pthread_mutex_unlock(&state->care.lock);
	return code;
}

bool state_rows_delete(struct state *state, int64_t seq, const struct store_oid *tip)
{
	struct state_db *db = &state->care;

	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&db->lock);
	int code = state_run(db, STATE_BEGIN);
	if (code == SQLITE_OK && state_statement(db, STATE_ROW_DELETE)) {
		sqlite3_bind_int64(state_statement(db, STATE_ROW_DELETE), 1, seq);
		code = state_run(db, STATE_ROW_DELETE);
	}
	if (code == SQLITE_OK && state_statement(db, STATE_TIP_SET)) {
		sqlite3_bind_blob(
			state_statement(db, STATE_TIP_SET), 1, tip->bytes, 20, SQLITE_STATIC);
		code = state_run(db, STATE_TIP_SET);
	}
	if (code == SQLITE_OK)
		code = state_run(db, STATE_COMMIT);
	if (!sqlite3_get_autocommit(db->handle))
		state_run(db, STATE_ROLLBACK);
	pthread_mutex_unlock(&db->lock);
	pthread_mutex_unlock(&state->write);
	return code == SQLITE_OK;
}

struct store_oid state_tip(struct state *state)
{
	struct store_oid tip = {0};

	pthread_mutex_lock(&state->care.lock);
	sqlite3_stmt *statement = state_statement(&state->care, STATE_TIP);
	if (statement && sqlite3_step(statement) == SQLITE_ROW)
		tip = column_oid(statement, 0);
	sqlite3_reset(statement);
	pthread_mutex_unlock(&state->care.lock);
	return tip;
}

/* ---------------------------------------------------------------- credentials */

bool state_credential(struct state *state, const char *principal_id, char hash[HASH_SIZE],
	int *admin, uint64_t *generation)
{
	bool found = false;

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_CREDENTIAL);
	if (statement) {
		sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
		if (sqlite3_step(statement) == SQLITE_ROW) {
			const unsigned char *text = sqlite3_column_text(statement, 0);
			found = true;
			snprintf(hash, HASH_SIZE, "%s", text ? (const char *)text : "");
			*admin = sqlite3_column_int(statement, 1);
			*generation = (uint64_t)sqlite3_column_int64(statement, 2);
		}
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
	return found;
}
