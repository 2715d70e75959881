/* SPDX-License-Identifier: ISC */
/* state.db: throttle rows, and what nobody waits for: checkpoints, check, backup. */
#include "storage/state_db.h"

#include "src/base/clock.h"
#include "storage/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_PAGES_MAX 4096     /* of the WAL; from here on writers wait for a whole checkpoint */
#define THROTTLE_SECONDS 86400 /* a failure older than this is forgotten */
#define THROTTLE_EVERY 3600    /* seconds between looking */

void state_throttle_get(struct state *state, const char *key, struct account_throttle *row)
{
	struct account_throttle found = {0};

	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, STATE_THROTTLE_GET);
	if (statement) {
		sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
		if (sqlite3_step(statement) == SQLITE_ROW) {
			found.failures = (unsigned)sqlite3_column_int64(statement, 0);
			found.last = sqlite3_column_int64(statement, 1);
		}
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	pthread_mutex_unlock(&state->side.lock);
	*row = found;
}

void state_throttle_set(struct state *state, const char *key, const struct account_throttle *row)
{
	enum state_statement which = row->failures ? STATE_THROTTLE_SET : STATE_THROTTLE_DROP;

	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&state->side.lock);
	sqlite3_stmt *statement = state_statement(&state->side, which);
	if (statement) {
		sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
		if (row->failures) {
			sqlite3_bind_int64(statement, 2, row->failures);
			sqlite3_bind_int64(statement, 3, row->last);
		}
		state_run(&state->side, which);
	}
	pthread_mutex_unlock(&state->side.lock);
	pthread_mutex_unlock(&state->write);
}

static void forget_throttles(struct state *state)
{
	int64_t now = clock_now();

	if (now - state->aged < THROTTLE_EVERY)
		return;
	state->aged = now;
	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&state->care.lock);
	sqlite3_stmt *statement = state_statement(&state->care, STATE_THROTTLE_AGE);
	if (statement) {
		sqlite3_bind_int64(statement, 1, now - THROTTLE_SECONDS);
		state_run(&state->care, STATE_THROTTLE_AGE);
	}
	pthread_mutex_unlock(&state->care.lock);
	pthread_mutex_unlock(&state->write);
}

/* A passive checkpoint delays nobody, but never catches up with writers that do not rest; then they wait once. */
void state_care(struct state *state)
{
	int pages = 0, moved = 0;

	forget_throttles(state);
	state_link_care(state, false);
	pthread_mutex_lock(&state->care.lock);
	sqlite3_wal_checkpoint_v2(
		state->care.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	pthread_mutex_unlock(&state->care.lock);
	if (pages <= LOG_PAGES_MAX)
		return;
	pthread_mutex_lock(&state->write);
	pthread_mutex_lock(&state->care.lock);
	sqlite3_wal_checkpoint_v2(state->care.handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	pthread_mutex_unlock(&state->care.lock);
	pthread_mutex_unlock(&state->write);
}

bool state_check(
	struct state *state, void (*problem)(void *, const char *, const char *), void *payload)
{
	sqlite3_stmt *statement = NULL;
	bool good = false;

	pthread_mutex_lock(&state->care.lock);
	sqlite3_prepare_v2(state->care.handle, "PRAGMA integrity_check", -1, &statement, NULL);
	while (statement && sqlite3_step(statement) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);
		good = text && strcmp(text, "ok") == 0;
		if (!good)
			problem(payload, STATE_FILE, text ? text : "integrity_check failed");
	}
	if (!statement)
		problem(payload, STATE_FILE, sqlite3_errmsg(state->care.handle));
	sqlite3_finalize(statement);
	pthread_mutex_unlock(&state->care.lock);
	return good;
}

/* ---------------------------------------------------------------- backup */

static int copy_into(struct state *state, const char *path)
{
	sqlite3 *to = NULL;
	int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);

	if (code == SQLITE_OK) {
		sqlite3_backup *backup = sqlite3_backup_init(
			to, "main", state->care.handle, "main");
		if (backup)
			sqlite3_backup_step(backup, -1);
		code = backup ? sqlite3_backup_finish(backup) : sqlite3_errcode(to);
	}
	/* One file, and no rows of groups that the bundle beside it holds. */
	if (code == SQLITE_OK)
		code = sqlite3_exec(to,
			"PRAGMA journal_mode=DELETE; DELETE FROM write_ahead; VACUUM", NULL, NULL,
			NULL);
	sqlite3_close(to);
	return code;
}

enum store_code state_backup(struct state *state, const char *dir, char *why, size_t why_size)
{
	static const char temporary[] = STATE_FILE ".part";
	char path[4096];
	int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s/%s", dir, temporary);
	if (folder < 0 || !disk_put(folder, temporary, "", 0)) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		disk_close(&folder);
		return STORE_FAILED;
	}
	pthread_mutex_lock(&state->care.lock);
	int code = copy_into(state, path);
	pthread_mutex_unlock(&state->care.lock);
	bool done = code == SQLITE_OK && disk_sync(folder, temporary) &&
		renameat(folder, temporary, folder, STATE_FILE) == 0 &&
		disk_sync_folder(folder, ".");
	if (!done) {
		snprintf(why, why_size, "%s: %s", path,
			code == SQLITE_OK ? strerror(errno) : sqlite3_errstr(code));
		unlinkat(folder, temporary, 0);
	}
	disk_close(&folder);
	return done ? STORE_OK : STORE_FAILED;
}
