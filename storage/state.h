/* SPDX-License-Identifier: ISC */
/*
 * Private to storage/: state.db, everything secret or chatty (DESIGN.md section 1), and the write-ahead table.
 *
 * Three connections: `commit` (synchronous=FULL: its transactions survive a power cut), `side` (reads of credentials, throttle
 * rows) and `care` (deleting rows, checkpoints, check, backup). The latter two run with synchronous=NORMAL: in WAL mode that
 * never syncs a transaction, so they delay nobody, and loses at most the newest rows in a power cut. OFF would be no
 * faster and unsafe: it also leaves out the sync after the log was started anew, so that old frames could come back.
 * Writers take `write` first, so that SQLite's sleeping lock is never met. No connection checkpoints by itself.
 */
#ifndef STORAGE_STATE_H
#define STORAGE_STATE_H

#include "storage/backend.h"

#define STATE_FORMAT 3
#define STATE_FILE "state.db"

struct state;

/* Opens or creates DIR/state.db (0600). An older format is brought up to date in one transaction, a newer one refused in
 * words. */
enum store_code state_open(struct state **state, const char *dir, char *why, size_t why_size);
/* Ends with a checkpoint. NULL is fine. */
void state_close(struct state *state);

/* A group that is durable here and perhaps not yet in repo.git. `pack` NULL: its pack was synced before. */
struct state_row {
	int64_t seq;
	const unsigned char *pack;
	size_t len;
	struct store_oid old_head, new_head;
};

/* One transaction of a row (NULL: none; its seq is set) and credentials; durable when it answers OK. Any other answer: nothing is
 * stored. After an I/O error nobody knows what the disk has; then every later call fails until a new start. */
enum store_code state_commit(struct state *state, struct state_row *row,
	const struct store_credential *credentials, size_t n, char *why, size_t why_size);
/* All rows by seq; pack bytes live during the call. Stops with the first answer other than OK. */
enum store_code state_rows(struct state *state,
	enum store_code (*each)(void *payload, const struct state_row *row), void *payload);
/* Deletes rows up to `seq`: their files are synced. `tip` is remembered: what main was at then. */
bool state_rows_delete(struct state *state, int64_t seq, const struct store_oid *tip);
/* Zero when none was remembered. */
struct store_oid state_tip(struct state *state);

bool state_credential(struct state *state, const char *principal_id, char hash[128], int *admin,
	uint64_t *generation);
void state_throttle_get(struct state *state, const char *key, struct account_throttle *row);
void state_throttle_set(struct state *state, const char *key, const struct account_throttle *row);

/* state_device.c; as in backend_ops. */
void state_device_list(struct state *state, const char *principal_id,
	void (*each)(void *payload, const struct device *device), void *payload);
bool state_device_find(struct state *state, const char *principal_id,
	const unsigned char hash[DEVICE_HASH_SIZE], struct device *device);
enum store_code state_device_add(struct state *state, const struct device *device, const char *fold,
	const unsigned char hash[DEVICE_HASH_SIZE], char *why, size_t why_size);
enum store_code state_device_remove(
	struct state *state, const char *principal_id, const char *id, char *why, size_t why_size);
bool state_device_note(struct state *state, const struct backend_use *uses, size_t n);

/* state_link.c; see link.h and backend.h. */
enum store_code state_link_add(struct state *state, const struct store_link *link,
	const unsigned char hash[LINK_HASH], char *why, size_t why_size);
enum store_code state_link_remove(
	struct state *state, const char *principal_id, const char *id, char *why, size_t why_size);
bool state_link_find(struct state *state, const unsigned char hash[LINK_HASH], struct arena *arena,
	struct store_link *link);
struct store_link *state_link_list(
	struct state *state, const char *principal_id, struct arena *arena, size_t *count);
void state_link_used(struct state *state, const char *id, int64_t when);
/* Writes what was used, when it is time or `now`. */
void state_link_care(struct state *state, bool now);

/* state_lock.c; as in backend_ops. */
enum store_code state_lock_set(
	struct state *state, const struct store_lock *lock, char *why, size_t why_size);
enum store_code state_lock_drop(
	struct state *state, const char *const *tokens, size_t n, char *why, size_t why_size);
struct lock_list state_lock_list(struct state *state, struct arena *arena);

/* Checkpoint; forgets stale throttle rows and writes when links were used now and then. */
void state_care(struct state *state);
/* SQLite's integrity_check; false: problem was called. */
bool state_check(
	struct state *state, void (*problem)(void *, const char *, const char *), void *payload);
/* A copy by SQLite's online backup, without write-ahead rows, 0600 and synced, put in place at once. */
enum store_code state_backup(struct state *state, const char *dir, char *why, size_t why_size);

#endif
