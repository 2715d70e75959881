/* SPDX-License-Identifier: ISC */
/* The git backend's commit (the steps are in backend_git.h) and its table of operations. Opening: backend_open.c. */
#include "storage/backend_git.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INDEX_FILE "index/snapshot"
#define INDEX_MAX ((size_t)4 << 30)
#define PLACE_TRIES 5
#define CARE_EVERY_NS 5000000000LL

void backend_report(struct backend_git *git, int level, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (!git->report)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	git->report(git->payload, level, text);
}

static struct backend_git *own(struct backend *backend)
{
	return (struct backend_git *)backend;
}

/* ---------------------------------------------------------------- commit */

struct commit {
	struct backend_git *git;
	const struct backend_group *group;
	struct pack_writer writer;
	struct staged staged;
	struct state_row row;
	char *why;
	size_t why_size;
};

static enum store_code fail(struct commit *commit, const char *what)
{
	int error = errno;

	snprintf(commit->why, commit->why_size, "%s: %s: %s", commit->git->git_path, what,
		strerror(error));
	return error == ENOSPC || error == EDQUOT ? STORE_FULL : STORE_FAILED;
}

static enum store_code build(struct commit *commit)
{
	const struct backend_group *group = commit->group;

	if (group->n_objects > UINT32_MAX || store_oid_is_zero(&group->new_head)) {
		errno = EINVAL;
		return fail(commit, "bad group");
	}
	pack_begin(&commit->writer, -1, (uint32_t)group->n_objects);
	for (size_t i = 0; i < group->n_objects; i++) {
		if (store_oid_is_zero(&group->objects[i]->oid)) {
			snprintf(commit->why, commit->why_size,
				"an object was built to collide (SHA-1): refused");
			return STORE_FAILED;
		}
		pack_add(&commit->writer, group->objects[i]);
	}
	pack_end(&commit->writer);
	return STORE_OK;
}

/* Step 1: main must be where the group begins. */
static enum store_code compare(struct commit *commit)
{
	struct backend_git *git = commit->git;
	struct store_oid main = {0};
	enum store_code code = ref_read(git->git, REF_MAIN, &main);

	if (code != STORE_OK && code != STORE_NOT_FOUND) {
		errno = code == STORE_INVALID ? EILSEQ : errno;
		return fail(commit, REF_MAIN);
	}
	if (!store_oid_equal(&main, &commit->group->old_head)) {
		snprintf(commit->why, commit->why_size, "main was moved by somebody else");
		return STORE_CONFLICT;
	}
	if (!store_oid_is_zero(&main) && !store_oid_equal(&main, &git->tip)) {
		if (syncfs(git->git) != 0)
			return fail(commit, "sync");
		git->tip = main;
	}
	return STORE_OK;
}

/* Step 2. */
static enum store_code stage(struct commit *commit)
{
	struct backend_git *git = commit->git;
	bool big = commit->writer.sink.len > BIG_PACK;

	commit->staged = (struct staged){.placed = true};
	if (commit->writer.n > 0 && !place_stage(git, &commit->writer, "group", &commit->staged))
		return fail(commit, "writing a pack");
	if (!ref_stage(git->git, &commit->group->new_head))
		return fail(commit, "writing a ref");
	if (big && !place_pack(git, "group", &commit->staged, true))
		return fail(commit, "placing a pack");
	commit->row = (struct state_row){
		.pack = commit->writer.n > 0 && !big ? commit->writer.sink.data : NULL,
		.len = commit->writer.n > 0 && !big ? commit->writer.sink.len : 0,
		.old_head = commit->group->old_head,
		.new_head = commit->group->new_head,
	};
	return STORE_OK;
}

/* Step 4: the group is durable, so there is no way back. */
static void place(struct commit *commit)
{
	struct backend_git *git = commit->git;

	for (int i = 0; i < PLACE_TRIES; i++) {
		if (place_pack(git, "group", &commit->staged, false) && ref_place(git->git))
			return;
		backend_report(git, LOG_LEVEL_ERROR,
			"%s: a durable change can not be put in place: %s", git->git_path,
			strerror(errno));
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
	backend_report(git, LOG_LEVEL_ERROR, "%s: stopping; the next start puts it in place",
		git->git_path);
	abort();
}

static void note(struct commit *commit)
{
	struct backend_git *git = commit->git;
	struct unsynced unsynced = {
		.seq = commit->row.seq,
		.bytes = commit->row.len,
		.head = commit->group->new_head,
	};

	if (commit->row.pack)
		memcpy(unsynced.pack, commit->staged.name, sizeof(unsynced.pack));
	unsynced_add(git, &unsynced);
	git->tip = commit->group->new_head;
	for (size_t i = 0; i < commit->group->n_objects; i++) {
		if (commit->group->objects[i]->type == OBJECT_COMMIT)
			atomic_fetch_add(&git->commits, 1);
	}
	atomic_fetch_add(&git->groups, 1);
	if (commit->writer.n > 0) {
		atomic_fetch_add(&git->small, 1);
		atomic_fetch_add(&git->packs_seen, 1);
		atomic_store(&git->dirty, true);
	}
}

static enum store_code commit_locked(struct commit *commit)
{
	enum store_code code = compare(commit);

	if (code == STORE_OK)
		code = stage(commit);
	if (code == STORE_OK)
		code = state_commit(commit->git->state, &commit->row, commit->group->credentials,
			commit->group->n_credentials, commit->why, commit->why_size);
	if (code == STORE_OK) {
		place(commit);
		note(commit);
	}
	return code;
}

/* Without a thread for maintenance, or when it can not keep up, the committer helps. */
static void relieve(struct backend_git *git)
{
	if (atomic_load(&git->small) < MERGE_PRESSURE || atomic_load(&git->patient))
		return;
	pthread_mutex_lock(&git->care);
	if (atomic_load(&git->small) >= MERGE_PRESSURE)
		merge_packs(git);
	unsynced_flush(git, false);
	pthread_mutex_unlock(&git->care);
}

static enum store_code commit(
	struct backend *backend, const struct backend_group *group, char *why, size_t why_size)
{
	struct backend_git *git = own(backend);
	struct commit commit = {.git = git, .group = group, .why = why, .why_size = why_size};

	relieve(git);
	pthread_mutex_lock(&git->write);
	enum store_code code = build(&commit);
	if (code == STORE_OK) {
		code = ref_lock(git->git);
		if (code == STORE_OK) {
			code = commit_locked(&commit);
			ref_unlock(git->git);
		} else if (code == STORE_BUSY) {
			snprintf(why, why_size, "%s/" REF_LOCK " is held by another process",
				git->git_path);
		} else {
			code = fail(&commit, REF_LOCK);
		}
	}
	pthread_mutex_unlock(&git->write);
	pack_release(&commit.writer);
	return code;
}

/* ---------------------------------------------------------------- other operations */

static enum store_code read_object(struct backend *backend, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len)
{
	return handle_read(own(backend), oid, type, body, len);
}

static bool exists(struct backend *backend, const struct store_oid *oid)
{
	return handle_exists(own(backend), oid);
}

static enum store_code head(struct backend *backend, struct store_oid *main)
{
	enum store_code code = ref_read(own(backend)->git, REF_MAIN, main);

	if (code == STORE_NOT_FOUND) {
		*main = (struct store_oid){0};
		return STORE_OK;
	}
	return code == STORE_OK ? STORE_OK : STORE_FAILED;
}

static bool keep_rejected(struct backend_git *git, const struct store_oid *bad)
{
	char iso[21], name[32];
	size_t n = 0;

	clock_iso(iso, clock_now());
	for (const char *at = iso; *at; at++) {
		if (*at != ':')
			name[n++] = *at;
	}
	name[n] = '\0';
	return ref_keep(git->git, "refs/daybook/rejected", name, bad);
}

static enum store_code put_back(
	struct backend_git *git, const struct store_oid *bad, const struct store_oid *good)
{
	struct store_oid main = {0};

	if (ref_read(git->git, REF_MAIN, &main) != STORE_OK || !store_oid_equal(&main, bad))
		return STORE_CONFLICT;
	if (!keep_rejected(git, bad))
		return STORE_FAILED;
	if (store_oid_is_zero(good)) /* there was no main before */
		return unlinkat(git->git, REF_MAIN, 0) == 0 &&
				disk_sync_folder(git->git, "refs/heads")
			? STORE_OK
			: STORE_FAILED;
	return ref_stage(git->git, good) && ref_place(git->git) && ref_sync(git->git)
		? STORE_OK
		: STORE_FAILED;
}

static enum store_code reject(
	struct backend *backend, const struct store_oid *bad, const struct store_oid *good)
{
	struct backend_git *git = own(backend);

	pthread_mutex_lock(&git->write);
	enum store_code code = ref_lock(git->git);
	if (code == STORE_OK) {
		code = put_back(git, bad, good);
		ref_unlock(git->git);
	}
	pthread_mutex_unlock(&git->write);
	return code;
}

static struct store_oid tip(struct backend *backend)
{
	return state_tip(own(backend)->state);
}

/* Remembered with the rows, when these are flushed. */
static void adopt(struct backend *backend, const struct store_oid *head)
{
	struct backend_git *git = own(backend);
	struct unsynced none = {.head = *head};

	pthread_mutex_lock(&git->lock);
	if (git->n_unsynced)
		none.seq = git->unsynced[git->n_unsynced - 1].seq;
	pthread_mutex_unlock(&git->lock);
	unsynced_add(git, &none);
}

static bool credential(struct backend *backend, const char *principal_id, char hash[128],
	int *admin, uint64_t *generation)
{
	return state_credential(own(backend)->state, principal_id, hash, admin, generation);
}

static enum store_code credentials(struct backend *backend, const struct store_credential *rows,
	size_t n, char *why, size_t why_size)
{
	return state_commit(own(backend)->state, NULL, rows, n, why, why_size);
}

static void throttle_get(struct backend *backend, const char *key, struct account_throttle *row)
{
	state_throttle_get(own(backend)->state, key, row);
}

static void throttle_set(
	struct backend *backend, const char *key, const struct account_throttle *row)
{
	state_throttle_set(own(backend)->state, key, row);
}

static void list_devices(struct backend *backend, const char *principal_id,
	void (*each)(void *payload, const struct device *device), void *payload)
{
	state_device_list(own(backend)->state, principal_id, each, payload);
}

static bool find_device(struct backend *backend, const char *principal_id,
	const unsigned char hash[DEVICE_HASH_SIZE], struct device *device)
{
	return state_device_find(own(backend)->state, principal_id, hash, device);
}

static enum store_code add_device(struct backend *backend, const struct device *device,
	const char *fold, const unsigned char hash[DEVICE_HASH_SIZE], char *why, size_t why_size)
{
	return state_device_add(own(backend)->state, device, fold, hash, why, why_size);
}

static enum store_code remove_device(struct backend *backend, const char *principal_id,
	const char *id, char *why, size_t why_size)
{
	return state_device_remove(own(backend)->state, principal_id, id, why, why_size);
}

static bool note_devices(struct backend *backend, const struct backend_use *uses, size_t n)
{
	return state_device_note(own(backend)->state, uses, n);
}

static enum store_code add_link(struct backend *backend, const struct store_link *link,
	const unsigned char hash[LINK_HASH], char *why, size_t why_size)
{
	return state_link_add(own(backend)->state, link, hash, why, why_size);
}

static enum store_code remove_link(struct backend *backend, const char *principal_id,
	const char *id, char *why, size_t why_size)
{
	return state_link_remove(own(backend)->state, principal_id, id, why, why_size);
}

static bool find_link(struct backend *backend, const unsigned char hash[LINK_HASH],
	struct arena *arena, struct store_link *link)
{
	return state_link_find(own(backend)->state, hash, arena, link);
}

static struct store_link *list_links(
	struct backend *backend, const char *principal_id, struct arena *arena, size_t *count)
{
	return state_link_list(own(backend)->state, principal_id, arena, count);
}

static void use_link(struct backend *backend, const char *id, int64_t when)
{
	state_link_used(own(backend)->state, id, when);
}

static enum store_code set_lock(
	struct backend *backend, const struct store_lock *lock, char *why, size_t why_size)
{
	return state_lock_set(own(backend)->state, lock, why, why_size);
}

static enum store_code drop_locks(
	struct backend *backend, const char *const *tokens, size_t n, char *why, size_t why_size)
{
	return state_lock_drop(own(backend)->state, tokens, n, why, why_size);
}

static struct lock_list list_locks(struct backend *backend, struct arena *arena)
{
	return state_lock_list(own(backend)->state, arena);
}

static enum store_code index_load(struct backend *backend, char **bytes, size_t *len)
{
	char *data = disk_get(own(backend)->dir, INDEX_FILE, INDEX_MAX, len);

	if (!data)
		return STORE_NOT_FOUND;
	*bytes = data;
	return STORE_OK;
}

/* Not synced: what a power cut leaves is known by its checksum, and derived anyhow. */
static enum store_code index_save(struct backend *backend, const char *bytes, size_t len)
{
	struct backend_git *git = own(backend);

	if (disk_make_folders(git->dir, "index") &&
		disk_put(git->dir, INDEX_FILE ".new", bytes, len) &&
		renameat(git->dir, INDEX_FILE ".new", git->dir, INDEX_FILE) == 0)
		return STORE_OK;
	return STORE_FAILED;
}

static bool maintain(struct backend *backend)
{
	struct backend_git *git = own(backend);

	pthread_mutex_lock(&git->care);
	bool more = merge_packs(git);
	enum flush flushed = unsynced_flush(git, false);
	more = more || compress_packs(git);
	int64_t now = clock_monotonic();
	if (flushed == FLUSH_DONE || now - git->cared > CARE_EVERY_NS) {
		state_care(git->state);
		git->cared = now;
	}
	pthread_mutex_unlock(&git->care);
	return more;
}

static void stats(struct backend *backend, struct store_stats *out)
{
	struct backend_git *git = own(backend);

	out->commits = atomic_load(&git->commits);
	out->groups = atomic_load(&git->groups);
	out->packs = atomic_load(&git->packs_seen);
	out->merges = atomic_load(&git->merges);
	pthread_mutex_lock(&git->lock);
	out->open_handles = git->handles;
	pthread_mutex_unlock(&git->lock);
}

static void close_backend(struct backend *backend)
{
	struct backend_git *git = own(backend);

	pthread_mutex_lock(&git->care);
	unsynced_flush(git, true);
	pthread_mutex_unlock(&git->care);
	backend_git_free(git);
}

const struct backend_ops backend_git_ops = {
	.read = read_object,
	.exists = exists,
	.head = head,
	.commit = commit,
	.reject = reject,
	.tip = tip,
	.adopt = adopt,
	.credential = credential,
	.throttle_get = throttle_get,
	.throttle_set = throttle_set,
	.index_load = index_load,
	.index_save = index_save,
	.maintain = maintain,
	.check = backend_git_check,
	.backup = backend_git_backup,
	.stats = stats,
	.close = close_backend,
	.credentials = credentials,
	.device_list = list_devices,
	.device_find = find_device,
	.device_add = add_device,
	.device_remove = remove_device,
	.device_note = note_devices,
	.link_add = add_link,
	.link_remove = remove_link,
	.link_find = find_link,
	.link_list = list_links,
	.link_used = use_link,
	.lock_set = set_lock,
	.lock_drop = drop_locks,
	.lock_list = list_locks,
};
