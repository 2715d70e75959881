/* SPDX-License-Identifier: ISC */
/*
 * Private to storage/: refs of repo.git, read and written by hand (measured: 8 us against 22 us by libgit2, and the order of
 * syncs is ours). refs/heads/main is moved only under refs/heads/main.lock, as git does, so that a push and a
 * commit exclude each other.
 *
 * Our lock is a hard link to a file of ours (REF_OWN): a lock that a killed daybook left behind is known by its inode,
 * and is never mistaken for git's. All functions take the descriptor of repo.git.
 */
#ifndef STORAGE_REF_H
#define STORAGE_REF_H

#include "storage/store.h"

#define REF_MAIN "refs/heads/main"
#define REF_LOCK REF_MAIN ".lock"
#define REF_TEMPORARY "daybook-tmp" /* folder of files on their way into place; emptied at start */
#define REF_OWN REF_TEMPORARY "/lock"
#define REF_WAIT_MS 5000

/* Loose, else packed. NOT_FOUND; INVALID: something else than an id stands there. */
enum store_code ref_read(int git, const char *name, struct store_oid *oid);

/* Takes the lock, trying for REF_WAIT_MS: OK, BUSY or FAILED (errno). */
enum store_code ref_lock(int git);
void ref_unlock(int git);
/* Removes main.lock when it is ours: nobody else holds DIR/lock now. */
void ref_unlock_stale(int git);

/* Under the lock: writes the new id aside (all that can run out of disk), then puts it in place. Unsynced. */
bool ref_stage(int git, const struct store_oid *oid);
bool ref_place(int git);
/* Main's file and folder. */
bool ref_sync(int git);

/* Makes the new ref PREFIX/NAME (or NAME-2, -3 …) point to oid, synced. */
bool ref_keep(int git, const char *prefix, const char *name, const struct store_oid *oid);

#endif
