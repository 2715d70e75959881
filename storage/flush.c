/* SPDX-License-Identifier: ISC */
/*
 * Step 6 (backend_git.h): syncing what the write-ahead rows hold, then deleting the rows. It waits for a quiet moment or for
 * enough rows: under load the small packs are merged first, and one synced pack then serves for all of them.
 */
#include "storage/backend_git.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_ROWS 64  /* from here on those whose packs were merged */
#define FLUSH_MOST 256 /* from here on all: merging does not keep up */
#define FLUSH_BYTES ((size_t)32 << 20)
#define FLUSH_QUIET_NS 1000000000LL

void unsynced_add(struct backend_git *git, const struct unsynced *row)
{
	pthread_mutex_lock(&git->lock);
	if (git->n_unsynced == git->cap_unsynced) {
		git->cap_unsynced = git->cap_unsynced ? 2 * git->cap_unsynced : 64;
		git->unsynced = realloc(git->unsynced, git->cap_unsynced * sizeof(*git->unsynced));
		if (!git->unsynced)
			abort();
	}
	git->unsynced[git->n_unsynced++] = *row;
	git->unsynced_bytes += row->bytes;
	git->last_commit = clock_monotonic();
	pthread_mutex_unlock(&git->lock);
}

/* A pack that is gone was merged, and a merged pack is synced before its sources go. */
static size_t count_merged(struct backend_git *git, const struct unsynced *rows, size_t n)
{
	char path[PACK_NAME + 8];
	size_t merged = 0;

	for (; merged < n; merged++) {
		snprintf(path, sizeof(path), "%s.pack", rows[merged].pack);
		if (rows[merged].pack[0] && faccessat(git->packs, path, F_OK, 0) == 0)
			break;
	}
	return merged;
}

/* A copy of the rows that are due; NULL when none is. Under load that is only the oldest, whose packs were merged:
 * syncing the others one by one would hold up the commits that go on meanwhile. */
static struct unsynced *take_due(struct backend_git *git, bool now, size_t *n)
{
	struct unsynced *rows = NULL;

	pthread_mutex_lock(&git->lock);
	bool all = now || git->n_unsynced >= FLUSH_MOST || git->unsynced_bytes >= FLUSH_BYTES ||
		clock_monotonic() - git->last_commit >= FLUSH_QUIET_NS;
	if ((all || git->n_unsynced >= FLUSH_ROWS) && git->n_unsynced > 0) {
		*n = git->n_unsynced;
		rows = malloc(*n * sizeof(*rows));
		if (!rows)
			abort();
		memcpy(rows, git->unsynced, *n * sizeof(*rows));
	}
	pthread_mutex_unlock(&git->lock);
	if (rows && !all && (*n = count_merged(git, rows, *n)) == 0) {
		free(rows);
		return NULL;
	}
	return rows;
}

static void forget(struct backend_git *git, size_t n)
{
	pthread_mutex_lock(&git->lock);
	for (size_t i = 0; i < n; i++)
		git->unsynced_bytes -= git->unsynced[i].bytes;
	git->n_unsynced -= n;
	memmove(git->unsynced, git->unsynced + n, git->n_unsynced * sizeof(*git->unsynced));
	pthread_mutex_unlock(&git->lock);
}

static bool sync_or_gone(int folder, const char *name, const char *suffix)
{
	char path[PACK_NAME + 8];

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	return disk_sync(folder, path) || errno == ENOENT;
}

enum flush unsynced_flush(struct backend_git *git, bool now)
{
	size_t n = 0;
	struct unsynced *rows = git->distrust ? NULL : take_due(git, now, &n);
	bool done = true;

	if (!rows)
		return FLUSH_NOTHING;
	for (size_t i = 0; i < n && done; i++) {
		if (rows[i].pack[0])
			done = sync_or_gone(git->packs, rows[i].pack, ".pack") &&
				sync_or_gone(git->packs, rows[i].pack, ".idx");
	}
	done = done && disk_sync_folder(git->packs, ".") && ref_sync(git->git);
	/* The kernel may have dropped what it could not write, and a second sync would not tell. */
	git->distrust = !done;
	if (!done)
		backend_report(git, LOG_LEVEL_ERROR,
			"%s can not be synced: %s; the last %zu changes stay in state.db until the next start",
			git->git_path, strerror(errno), n);
	else if ((done = state_rows_delete(git->state, rows[n - 1].seq, &rows[n - 1].head)))
		forget(git, n);
	free(rows);
	return done ? FLUSH_DONE : FLUSH_FAILED;
}
