/* SPDX-License-Identifier: ISC */
/* state.db: locks, as rows. The table that is asked is in memory (lock.c). */
#include "storage/state_db.h"

/* Columns of STATE_LOCK_SET and STATE_LOCK_LIST. */
enum column { TOKEN, PATH, USER, PRINCIPAL, OWNER, SHARED, INFINITE, CREATED, EXPIRES };

static const char *column_text(struct arena *arena, sqlite3_stmt *statement, int column)
{
	return arena_strdup(arena, (const char *)sqlite3_column_text(statement, column));
}

static int run_set(struct state_db *db, void *payload)
{
	const struct store_lock *lock = payload;
	sqlite3_stmt *statement = state_statement(db, STATE_LOCK_SET);

	if (!statement)
		return sqlite3_errcode(db->handle);
	sqlite3_bind_text(statement, TOKEN + 1, lock->token, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, PATH + 1, lock->path, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, USER + 1, lock->user, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, PRINCIPAL + 1, lock->principal_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, OWNER + 1, lock->owner, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, SHARED + 1, lock->shared);
	sqlite3_bind_int(statement, INFINITE + 1, lock->infinite);
	sqlite3_bind_int64(statement, CREATED + 1, lock->created);
	sqlite3_bind_int64(statement, EXPIRES + 1, lock->expires);
	return state_run(db, STATE_LOCK_SET);
}

enum store_code state_lock_set(
	struct state *state, const struct store_lock *lock, char *why, size_t why_size)
{
	struct store_lock row = *lock;
	int code = state_transaction(state, run_set, &row, why, why_size);

	return code == SQLITE_OK ? STORE_OK : STORE_FAILED;
}

struct dropping {
	const char *const *tokens;
	size_t n;
};

static int run_drop(struct state_db *db, void *payload)
{
	const struct dropping *dropping = payload;
	sqlite3_stmt *statement = state_statement(db, STATE_LOCK_DROP);
	int code = statement ? SQLITE_OK : sqlite3_errcode(db->handle);

	for (size_t i = 0; i < dropping->n && code == SQLITE_OK; i++) {
		sqlite3_bind_text(statement, 1, dropping->tokens[i], -1, SQLITE_STATIC);
		code = state_run(db, STATE_LOCK_DROP);
	}
	return code;
}

enum store_code state_lock_drop(
	struct state *state, const char *const *tokens, size_t n, char *why, size_t why_size)
{
	struct dropping dropping = {tokens, n};
	int code = state_transaction(state, run_drop, &dropping, why, why_size);

	return code == SQLITE_OK ? STORE_OK : STORE_FAILED;
}

static struct store_lock read_row(struct arena *arena, sqlite3_stmt *row)
{
	return (struct store_lock){
		.token = column_text(arena, row, TOKEN),
		.path = column_text(arena, row, PATH),
		.user = column_text(arena, row, USER),
		.principal_id = column_text(arena, row, PRINCIPAL),
		.owner = column_text(arena, row, OWNER),
		.shared = sqlite3_column_int(row, SHARED) != 0,
		.infinite = sqlite3_column_int(row, INFINITE) != 0,
		.created = sqlite3_column_int64(row, CREATED),
		.expires = sqlite3_column_int64(row, EXPIRES),
	};
}

struct lock_list state_lock_list(struct state *state, struct arena *arena)
{
	struct lock_list list = {0};
	size_t cap = 0;

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_LOCK_LIST);
	while (statement && sqlite3_step(statement) == SQLITE_ROW) {
		struct store_lock lock = read_row(arena, statement);
		list.locks = arena_grow(arena, list.locks, &cap, list.n + 1, sizeof(*list.locks));
		list.locks[list.n++] = arena_memdup(arena, &lock, sizeof(lock));
	}
	if (statement)
		sqlite3_reset(statement);
	pthread_mutex_unlock(&state->side.lock);
	return list;
}
