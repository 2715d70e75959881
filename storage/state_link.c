/* SPDX-License-Identifier: ISC */
/*
 * state.db: links. When they were last used is gathered in memory and written now and then by the maintenance thread, on
 * a connection that does not sync: it is asked for by nobody but people who look at a list.
 */
#include "storage/state_db.h"

#include "src/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USED_EVERY 60 /* seconds between writing what was used */

/* Columns of STATE_LINK_FIND and STATE_LINK_LIST. */
enum column { ID, TOKEN, PRINCIPAL, COLLECTION, PATH, BUSY, NAME, CREATED, EXPIRES, LAST_USED };

static char *column_text(struct arena *arena, sqlite3_stmt *statement, int column)
{
	return arena_strdup(arena, (const char *)sqlite3_column_text(statement, column));
}

/* What waits in memory is newer than the row. */
static int64_t last_used(struct state *state, const char *id, int64_t written)
{
	pthread_mutex_lock(&state->used_lock);
	const int64_t *when = map_get(state->links_used, id);
	if (when && *when > written)
		written = *when;
	pthread_mutex_unlock(&state->used_lock);
	return written;
}

static struct store_link read_row(struct state *state, struct arena *arena, sqlite3_stmt *row)
{
	struct store_link link = {
		.id = column_text(arena, row, ID),
		.token = column_text(arena, row, TOKEN),
		.principal_id = column_text(arena, row, PRINCIPAL),
		.collection_id = column_text(arena, row, COLLECTION),
		.path = column_text(arena, row, PATH),
		.busy = sqlite3_column_int(row, BUSY) != 0,
		.name = column_text(arena, row, NAME),
		.created = sqlite3_column_int64(row, CREATED),
		.expires = sqlite3_column_int64(row, EXPIRES),
	};

	link.last_used = last_used(state, link.id, sqlite3_column_int64(row, LAST_USED));
	return link;
}

/* ---------------------------------------------------------------- reading */

bool state_link_find(struct state *state, const unsigned char hash[LINK_HASH], struct arena *arena,
	struct store_link *link)
{
	bool found = false;

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_LINK_FIND);
	if (statement) {
		sqlite3_bind_blob(statement, 1, hash, LINK_HASH, SQLITE_STATIC);
		found = sqlite3_step(statement) == SQLITE_ROW;
		if (found)
			*link = read_row(state, arena, statement);
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
	return found;
}

struct store_link *state_link_list(
	struct state *state, const char *principal_id, struct arena *arena, size_t *count)
{
	struct store_link *list = NULL;
	size_t n = 0, cap = 0;

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_LINK_LIST);
	if (statement) {
		sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
		while (sqlite3_step(statement) == SQLITE_ROW) {
			list = arena_grow(arena, list, &cap, n + 1, sizeof(*list));
			list[n++] = read_row(state, arena, statement);
		}
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
	*count = n;
	return list;
}

/* ---------------------------------------------------------------- writing, durably */

/* Runs what is bound, under state->write; *changed: rows. As state_commit does: after an I/O error nothing is trusted. */
static enum store_code run(
	struct state *state, enum state_statement which, int *changed, char *why, size_t why_size)
{
	struct state_db *db = &state->commit;
	int code = state_run(db, which);

	*changed = code == SQLITE_OK ? sqlite3_changes(db->handle) : 0;
	if (code == SQLITE_OK)
		return STORE_OK;
	snprintf(why, why_size, "%s: %s", state->path, sqlite3_errmsg(db->handle));
	if ((code & 0xff) == SQLITE_IOERR)
		state->broken = true;
	return (code & 0xff) == SQLITE_CONSTRAINT ? STORE_CONFLICT : STORE_FAILED;
}

/* The statement to bind; NULL: said why not. */
static sqlite3_stmt *prepare(
	struct state *state, enum state_statement which, char *why, size_t why_size)
{
	sqlite3_stmt *statement = state->broken ? NULL : state_statement(&state->commit, which);

	if (!statement)
		snprintf(why, why_size, "%s %s", state->path,
			state->broken ? "failed before; a new start is needed"
				      : sqlite3_errmsg(state->commit.handle));
	return statement;
}

enum store_code state_link_add(struct state *state, const struct store_link *link,
	const unsigned char hash[LINK_HASH], char *why, size_t why_size)
{
	enum store_code code = STORE_FAILED;
	int changed;

	pthread_mutex_lock(&state->write);
	sqlite3_stmt *statement = prepare(state, STATE_LINK_ADD, why, why_size);
	if (statement) {
		sqlite3_bind_text(statement, 1, link->id, -1, SQLITE_STATIC);
		sqlite3_bind_blob(statement, 2, hash, LINK_HASH, SQLITE_STATIC);
		sqlite3_bind_text(statement, 3, link->token, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 4, link->principal_id, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 5, link->collection_id, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 6, link->path, -1, SQLITE_STATIC);
		sqlite3_bind_int(statement, 7, link->busy);
		sqlite3_bind_text(statement, 8, link->name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 9, link->created);
		sqlite3_bind_int64(statement, 10, link->expires);
		code = run(state, STATE_LINK_ADD, &changed, why, why_size);
	}
	pthread_mutex_unlock(&state->write);
	return code;
}

enum store_code state_link_remove(
	struct state *state, const char *principal_id, const char *id, char *why, size_t why_size)
{
	enum store_code code = STORE_FAILED;
	int changed = 0;

	pthread_mutex_lock(&state->write);
	sqlite3_stmt *statement = prepare(state, STATE_LINK_REMOVE, why, why_size);
	if (statement) {
		sqlite3_bind_text(statement, 1, principal_id, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 2, id, -1, SQLITE_STATIC);
		code = run(state, STATE_LINK_REMOVE, &changed, why, why_size);
	}
	pthread_mutex_unlock(&state->write);
	return code == STORE_OK && !changed ? STORE_NOT_FOUND : code;
}

/* ---------------------------------------------------------------- when it was used */

void state_link_used(struct state *state, const char *id, int64_t when)
{
	pthread_mutex_lock(&state->used_lock);
	int64_t *slot = map_get(state->links_used, id);
	if (!slot) {
		slot = malloc(sizeof(*slot));
		if (!slot)
			abort();
		map_set(state->links_used, id, slot);
	}
	*slot = when;
	pthread_mutex_unlock(&state->used_lock);
}

/* What waits, if it is time; the caller's then. */
static struct map *take_used(struct state *state, bool now)
{
	struct map *used = NULL;
	int64_t seconds = clock_now();

	pthread_mutex_lock(&state->used_lock);
	bool due = now || seconds - state->links_written >= USED_EVERY;
	if (due && state->links_used && map_count(state->links_used)) {
		used = state->links_used;
		state->links_used = map_new();
		state->links_written = seconds;
	}
	pthread_mutex_unlock(&state->used_lock);
	return used;
}

static void write_used(struct state_db *db, const struct map *used)
{
	sqlite3_stmt *statement = state_statement(db, STATE_LINK_USED);
	size_t position = 0;
	const char *id;
	void *when;
	int code = statement ? state_run(db, STATE_BEGIN) : SQLITE_ERROR;

	while (code == SQLITE_OK && map_next(used, &position, &id, &when)) {
		sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 2, *(const int64_t *)when);
		code = state_run(db, STATE_LINK_USED);
	}
	if (code == SQLITE_OK)
		code = state_run(db, STATE_COMMIT);
	if (!sqlite3_get_autocommit(db->handle))
		state_run(db, STATE_ROLLBACK);
}

void state_link_care(struct state *state, bool now)
{
	struct map *used = take_used(state, now);

	if (!used)
		return;
	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&state->care.lock);
	write_used(&state->care, used);
	pthread_mutex_unlock(&state->care.lock);
	pthread_mutex_unlock(&state->write);
	map_free(used, free);
}
