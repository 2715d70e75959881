/* SPDX-License-Identifier: ISC */
/* Private to state*.c: the connections and their prepared statements. */
#ifndef STORAGE_STATE_DB_H
#define STORAGE_STATE_DB_H

#include "src/base/map.h"
#include "storage/state.h"

#include <pthread.h>
#include <sqlite3.h>

enum state_statement {
	STATE_BEGIN,
	STATE_COMMIT,
	STATE_ROLLBACK,
	STATE_ROW_ADD,
	STATE_ROW_LIST,
	STATE_ROW_DELETE,
	STATE_ROW_LAST,
	STATE_TIP_SET,
	STATE_TIP,
	STATE_GENERATION,
	STATE_CREDENTIAL_SET,
	STATE_CREDENTIAL_REMOVE,
	STATE_CREDENTIAL,
	STATE_THROTTLE_GET,
	STATE_THROTTLE_SET,
	STATE_THROTTLE_DROP,
	STATE_THROTTLE_AGE,
	STATE_DEVICE_LIST,
	STATE_DEVICE_FIND,
	STATE_DEVICE_COUNT,
	STATE_DEVICE_YIELD,
	STATE_DEVICE_ADD,
	STATE_DEVICE_REMOVE,
	STATE_DEVICE_REMOVE_ALL,
	STATE_DEVICE_USE,
	STATE_DEVICE_NOTICE,
	STATE_LINK_ADD,
	STATE_LINK_REMOVE,
	STATE_LINK_REMOVE_ALL,
	STATE_LINK_FIND,
	STATE_LINK_LIST,
	STATE_LINK_USED,
	STATE_LOCK_SET,
	STATE_LOCK_DROP,
	STATE_LOCK_REMOVE_ALL,
	STATE_LOCK_LIST,
	STATE_N,
};

struct state_db {
	sqlite3 *handle;
	pthread_mutex_t lock; /* taken after state.write */
	sqlite3_stmt *prepared[STATE_N];
};

struct state {
	char *path;
	pthread_mutex_t write; /* held by whoever writes; `commit` needs no other lock */
	struct state_db commit, side, care;
	int64_t seq;  /* of the last row */
	int64_t aged; /* when throttle rows were last looked through */
	bool broken;
	/* state_link.c: id → int64_t *, what waits to be written; taken after all other locks */
	pthread_mutex_t used_lock;
	struct map *links_used;
	int64_t links_written;
};

sqlite3_stmt *state_statement(struct state_db *db, enum state_statement which);
int state_run(struct state_db *db, enum state_statement which);
/* A transaction of `commit`, durable when the answer is SQLITE_OK: what `run` does between BEGIN and COMMIT. Any other
 * answer of `run`, or of SQLite: nothing is stored, and `why` says what SQLite said. */
int state_transaction(struct state *state, int (*run)(struct state_db *db, void *payload),
	void *payload, char *why, size_t why_size);

#endif
