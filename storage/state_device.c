/* SPDX-License-Identifier: ISC */
/* state.db: devices. Passwords as hashes only; adding and removing through `commit`, the rest through `side`. */
#include "storage/state_db.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- reading */

/* NULL becomes "". */
static void column_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* The columns as DEVICE_COLUMNS in state.c has them. */
static void read_device(sqlite3_stmt *statement, struct device *device)
{
	struct device read = {
		.noticed = sqlite3_column_type(statement, 3) != SQLITE_NULL,
		.scope = (unsigned)sqlite3_column_int64(statement, 4),
		.created = sqlite3_column_int64(statement, 5),
		.expires = sqlite3_column_int64(statement, 6),
		.last_used = sqlite3_column_int64(statement, 7),
	};

	column_text(statement, 0, read.id, sizeof(read.id));
	column_text(statement, 1, read.principal_id, sizeof(read.principal_id));
	column_text(statement, 2, read.name, sizeof(read.name));
	column_text(statement, 3, read.program, sizeof(read.program));
	column_text(statement, 8, read.address, sizeof(read.address));
	column_text(statement, 9, read.user_agent, sizeof(read.user_agent));
	*device = read;
}

void state_device_list(struct state *state, const char *principal_id,
	void (*each)(void *payload, const struct device *device), void *payload)
{
	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_DEVICE_LIST);
	if (statement) {
		if (principal_id)
			sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
		while (sqlite3_step(statement) == SQLITE_ROW) {
			struct device device;
			read_device(statement, &device);
			each(payload, &device);
		}
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
}

bool state_device_find(struct state *state, const char *principal_id,
	const unsigned char hash[DEVICE_HASH_SIZE], struct device *device)
{
	bool found = false;

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_DEVICE_FIND);
	if (statement) {
		sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
		sqlite3_bind_blob(statement, 2, hash, DEVICE_HASH_SIZE, SQLITE_STATIC);
		found = sqlite3_step(statement) == SQLITE_ROW;
		if (found)
			read_device(statement, device);
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
	return found;
}

/* ---------------------------------------------------------------- adding and removing */

struct change {
	const struct device *device;
	const char *fold;
	const unsigned char *hash;
	const char *principal_id, *id;
};

static int bind_text(struct state_db *db, enum state_statement which, int at, const char *text)
{
	sqlite3_stmt *statement = state_statement(db, which);

	return statement ? sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC)
			 : sqlite3_errcode(db->handle);
}

/* Whoever remembers a log-in of this principal forgets it. A principal that came by a push has no row yet. */
static int renew(struct state_db *db, const char *principal_id)
{
	int code = state_run(db, STATE_GENERATION);

	if (code == SQLITE_OK)
		code = bind_text(db, STATE_CREDENTIAL_SET, 1, principal_id);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int(state_statement(db, STATE_CREDENTIAL_SET), 3, -1);
	return state_run(db, STATE_CREDENTIAL_SET);
}

/* SQLITE_TOOBIG: there are DEVICE_MAX. */
static int check_room(struct state_db *db, const char *principal_id)
{
	int code = bind_text(db, STATE_DEVICE_COUNT, 1, principal_id);

	if (code != SQLITE_OK)
		return code;
	sqlite3_stmt *statement = state_statement(db, STATE_DEVICE_COUNT);
	bool room = sqlite3_step(statement) == SQLITE_ROW &&
		sqlite3_column_int(statement, 0) < DEVICE_MAX;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return room ? SQLITE_OK : SQLITE_TOOBIG;
}

static int insert(struct state_db *db, const struct change *change)
{
	const struct device *device = change->device;
	int code = bind_text(db, STATE_DEVICE_ADD, 1, device->id);

	if (code != SQLITE_OK)
		return code;
	sqlite3_stmt *statement = state_statement(db, STATE_DEVICE_ADD);
	sqlite3_bind_text(statement, 2, device->principal_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, device->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, change->fold, -1, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 5, change->hash, DEVICE_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 6, device->scope);
	sqlite3_bind_int64(statement, 7, device->created);
	sqlite3_bind_int64(statement, 8, device->expires);
	return state_run(db, STATE_DEVICE_ADD);
}

static int run_add(struct state_db *db, void *payload)
{
	const struct change *change = payload;
	int code = check_room(db, change->principal_id);

	if (code == SQLITE_OK)
		code = bind_text(db, STATE_DEVICE_YIELD, 1, change->principal_id);
	if (code == SQLITE_OK)
		code = bind_text(db, STATE_DEVICE_YIELD, 2, change->fold);
	if (code == SQLITE_OK)
		code = state_run(db, STATE_DEVICE_YIELD);
	if (code == SQLITE_OK)
		code = insert(db, change);
	return code == SQLITE_OK ? renew(db, change->principal_id) : code;
}

enum store_code state_device_add(struct state *state, const struct device *device, const char *fold,
	const unsigned char hash[DEVICE_HASH_SIZE], char *why, size_t why_size)
{
	struct change change = {device, fold, hash, device->principal_id, device->id};
	int code = state_transaction(state, run_add, &change, why, why_size);

	if (code == SQLITE_OK)
		return STORE_OK;
	if (code == SQLITE_TOOBIG)
		return STORE_INVALID;
	return (code & 0xff) == SQLITE_CONSTRAINT ? STORE_CONFLICT : STORE_FAILED;
}

static int run_remove(struct state_db *db, void *payload)
{
	const struct change *change = payload;
	int code = bind_text(db, STATE_DEVICE_REMOVE, 1, change->principal_id);

	if (code == SQLITE_OK)
		code = bind_text(db, STATE_DEVICE_REMOVE, 2, change->id);
	if (code == SQLITE_OK)
		code = state_run(db, STATE_DEVICE_REMOVE);
	if (code == SQLITE_OK && sqlite3_changes(db->handle) == 0)
		return SQLITE_NOTFOUND;
	return code == SQLITE_OK ? renew(db, change->principal_id) : code;
}

enum store_code state_device_remove(
	struct state *state, const char *principal_id, const char *id, char *why, size_t why_size)
{
	struct change change = {.principal_id = principal_id, .id = id};
	int code = state_transaction(state, run_remove, &change, why, why_size);

	if (code == SQLITE_OK)
		return STORE_OK;
	return code == SQLITE_NOTFOUND ? STORE_NOT_FOUND : STORE_FAILED;
}

/* ---------------------------------------------------------------- last uses */

static void bind_use(sqlite3_stmt *statement, const struct device *device)
{
	sqlite3_bind_text(statement, 1, device->id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, device->last_used);
	sqlite3_bind_text(statement, 3, device->address, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, device->user_agent, -1, SQLITE_STATIC);
}

static int note(struct state_db *db, const struct backend_use *use)
{
	const struct device *device = &use->device;
	sqlite3_stmt *statement = state_statement(db, STATE_DEVICE_USE);

	if (!statement)
		return sqlite3_errcode(db->handle);
	bind_use(statement, device);
	int code = state_run(db, STATE_DEVICE_USE);
	if (code != SQLITE_OK || !device->noticed || sqlite3_changes(db->handle) > 0)
		return code;
	statement = state_statement(db, STATE_DEVICE_NOTICE);
	if (!statement)
		return sqlite3_errcode(db->handle);
	bind_use(statement, device);
	sqlite3_bind_text(statement, 5, device->principal_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 6, device->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 7, use->fold, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 8, device->program, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 9, device->created);
	return state_run(db, STATE_DEVICE_NOTICE);
}

bool state_device_note(struct state *state, const struct backend_use *uses, size_t n)
{
	struct state_db *db = &state->side;

	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&db->lock);
	int code = state_run(db, STATE_BEGIN);
	for (size_t i = 0; i < n && code == SQLITE_OK; i++)
		code = note(db, &uses[i]);
	if (code == SQLITE_OK)
		code = state_run(db, STATE_COMMIT);
	if (!sqlite3_get_autocommit(db->handle))
		state_run(db, STATE_ROLLBACK);
	pthread_mutex_unlock(&db->lock);
	pthread_mutex_unlock(&state->write);
	return code == SQLITE_OK;
}
