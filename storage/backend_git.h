/* SPDX-License-Identifier: ISC */
/*
 * Private to the git backend: what its files share. How a group becomes durable, and why the order is as it is:
 *
 *	1 refs/heads/main.lock is taken; main is compared with the group's old head
 *	2 pack, index and new ref are written into repo.git/daybook-tmp, unsynced: what can run out of disk fails here,
 *	  where "nothing was stored" is still the truth
 *	3 one SQLite transaction {pack bytes, old head, new head, credentials}, synced: from here on the group is durable
 *	4 three renames put pack, index and ref in place (in this order: an index makes its pack visible, the ref the commit);
 *	  unsynced. If one fails for good the process aborts, and the next start replays the row: never "not stored"
 *	5 the lock is released, the reply goes out
 *	6 later: pack, index and their folder are synced, then main and its folder, only then the row is deleted
 *
 * A crash between 3 and 6 leaves the row; replay.c writes pack and index again (the same bytes under the same names) and
 * moves the ref. A power cut may lose or garble any file that was not synced: all of those belong to rows, for nothing
 * else is ever put in place unsynced (a merged pack, a kept ref, a large pack are synced first).
 * Groups over BIG_PACK bytes do not pass through state.db: their pack is synced and put in place before step 3.
 * When main was moved by somebody else (a push), everything is synced once before we build on it: else a power cut could
 * keep our commit and lose its parent.
 *
 * Threads: commit and reject exclude each other (`write`); maintain excludes itself (`care`); reads take `lock` for a moment.
 */
#ifndef STORAGE_BACKEND_GIT_H
#define STORAGE_BACKEND_GIT_H

#include "storage/backend.h"
#include "storage/git.h"
#include "storage/pack.h"
#include "storage/state.h"

#include <pthread.h>
#include <stdatomic.h>

#define BIG_PACK ((size_t)8 << 20)
#define REPOSITORY "repo.git"
#define PACKS_FOLDER "objects/pack"

/* An opened repository. libgit2 keeps descriptors and maps of deleted packs for ever, also after a refresh: so handles are counted
 * and replaced by fresh ones after each merge. */
struct handle {
	unsigned refs;
	git_repository *repo;
	git_odb *odb;
};

/* A row of the write-ahead table whose files are not synced yet. */
struct unsynced {
	int64_t seq;
	size_t bytes;
	char pack[PACK_NAME]; /* "": no pack of its own */
	struct store_oid head;
};

struct backend_git {
	struct backend base;
	char *dir_path, *git_path; /* absolute */
	int dir, git, packs;       /* folders: DIR, DIR/repo.git, its objects/pack */
	int lock_file;             /* DIR/lock */
	struct state *state;
	void (*report)(void *payload, int level, const char *text);
	void *payload;

	pthread_mutex_t write;
	struct store_oid
		tip; /* last head of main that is durable (as a row, or synced); under `write` */

	pthread_mutex_t lock; /* guards what follows up to `care` */
	struct handle *handle;
	unsigned handles; /* living ones */
	struct unsynced *unsynced;
	size_t n_unsynced, cap_unsynced, unsynced_bytes;
	int64_t last_commit; /* clock_monotonic of the newest row */

	pthread_mutex_t care;
	struct timespec scanned; /* mtime of objects/pack when it was last listed */
	int64_t cared;           /* clock_monotonic of the last checkpoint */
	char (*damaged)
		[PACK_NAME]; /* packs that can not be merged: found by the checksums in their index */
	size_t n_damaged;
	bool fresh;              /* there may be merged packs without deltas */
	char slicing[PACK_NAME]; /* the pack that gets its deltas, and how far it is */
	size_t slice;
	atomic_bool dirty;   /* list it again */
	bool distrust;       /* a sync failed: rows stay until the next start writes all again */
	atomic_bool patient; /* check or backup hold `care` for long: commits do not wait for it */
	atomic_uint small;   /* packs that wait for merging, about */
	atomic_uint packs_seen; /* all packs, when last listed, and ours since */
	atomic_ullong commits, groups, merges;
};

/* To store_options.report. */
void backend_report(struct backend_git *git, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* handle.c */
struct handle *handle_take(
	struct backend_git *git); /* NULL when the repository can not be opened */
void handle_drop(struct backend_git *git, struct handle *handle);
bool handle_swap(struct backend_git *git);
enum store_code handle_read(struct backend_git *git, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len);
bool handle_exists(struct backend_git *git, const struct store_oid *oid);

/* repository.c: repo.git created, or an existing one brought into shape. */
enum store_code repository_prepare(struct backend_git *git, char *why, size_t why_size);

/* place.c: files on their way into repo.git. */
struct staged {
	char name[PACK_NAME]; /* "": the group has no objects */
	bool placed;          /* synced and in place already */
};
/* Writes pack and index into daybook-tmp as PREFIX.pack and PREFIX.idx. */
bool place_stage(struct backend_git *git, struct pack_writer *writer, const char *prefix,
	struct staged *staged);
/* Renames them; `sync`: durable on return. */
bool place_pack(struct backend_git *git, const char *prefix, struct staged *staged, bool sync);

/* replay.c */
enum store_code replay(struct backend_git *git, char *why, size_t why_size);

/* flush.c: step 6. */
void unsynced_add(struct backend_git *git, const struct unsynced *row);
enum flush { FLUSH_NOTHING, FLUSH_DONE, FLUSH_FAILED };
/* Syncs and deletes rows when enough or old enough ones wait (or `now`). After a failure they stay. */
enum flush unsynced_flush(struct backend_git *git, bool now);

/* merge.c: one merge of packs if one is due; true when something was done. */
bool merge_packs(struct backend_git *git);
/* Deltas for a slice of what was merged, when it is quiet; true when something was done. */
bool compress_packs(struct backend_git *git);
/* From this many small packs on a commit waits for maintenance. */
#define MERGE_PRESSURE 90

/* backend_git.c, backend_open.c */
extern const struct backend_ops backend_git_ops;
void backend_git_free(struct backend_git *git);

/* care.c, backup.c */
enum store_code backend_git_check(struct backend *backend,
	void (*problem)(void *, const char *, const char *), void *payload);
enum store_code backend_git_backup(
	struct backend *backend, const char *dir, char *why, size_t why_size);

#endif
