/* SPDX-License-Identifier: ISC */
/* Opening the data folder: 0700, DIR/lock, state.db, repo.git, replay; in this order, so that only the lock's owner touches anything. */
#include "storage/backend_git.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHY_SIZE (PATH_MAX + 256)

static enum store_code fail(char *why, const char *path, const char *text)
{
	snprintf(why, WHY_SIZE, "%s: %s", path, text);
	return STORE_FAILED;
}

/* Others have no business in the folder. A shared one (/tmp) or one that is not ours keeps its mode. */
static bool make_private(int dir)
{
	struct stat st;

	if (fstat(dir, &st) != 0)
		return false;
	if ((st.st_mode & 077) == 0 || (st.st_mode & S_ISVTX) || st.st_uid != geteuid())
		return true;
	return fchmod(dir, 0700) == 0;
}

static enum store_code open_folder(struct backend_git *git, const char *dir, char *why)
{
	char path[PATH_MAX];

	if (!disk_make_folders(AT_FDCWD, dir) || !realpath(dir, path))
		return fail(why, dir, strerror(errno));
	git->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (git->dir < 0 || !make_private(git->dir))
		return fail(why, path, strerror(errno));
	git->dir_path = strdup(path);
	if (!git->dir_path || asprintf(&git->git_path, "%s/" REPOSITORY, path) < 0)
		abort();
	return STORE_OK;
}

/* The lock goes with the process; what stands in the file is only for the message. */
static enum store_code take_lock(struct backend_git *git, char *why)
{
	char text[32];
	size_t len = 0;

	git->lock_file = openat(git->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (git->lock_file < 0)
		return fail(why, git->dir_path, strerror(errno));
	if (flock(git->lock_file, LOCK_EX | LOCK_NB) != 0) {
		ssize_t got = read(git->lock_file, text, sizeof(text) - 1);
		text[got > 0 ? got : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		snprintf(why, WHY_SIZE, "the data folder %s is in use by another daybook%s%s%s",
			git->dir_path, text[0] ? " (process " : "", text, text[0] ? ")" : "");
		return STORE_BUSY;
	}
	len = (size_t)snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(git->lock_file, 0) != 0 ||
		pwrite(git->lock_file, text, len, 0) != (ssize_t)len)
		return fail(why, git->dir_path, strerror(errno));
	return STORE_OK;
}

/* The folder's own name. A parent that we may not read can not be opened to sync it: then all of the
 * file system is synced, once. */
static bool sync_name(struct backend_git *git)
{
	return disk_sync_folder(git->dir, "..") || (errno == EACCES && syncfs(git->dir) == 0);
}

/* A new state.db: its name, and the folder's own, must survive a power cut as the rows in it do. */
static enum store_code open_state(struct backend_git *git, char *why)
{
	bool fresh = faccessat(git->dir, STATE_FILE, F_OK, 0) != 0;
	enum store_code code = state_open(&git->state, git->dir_path, why, WHY_SIZE);

	if (code == STORE_OK && fresh && !(fsync(git->dir) == 0 && sync_name(git)))
		code = fail(why, git->dir_path, strerror(errno));
	return code;
}

/* What durable main is known; what else it may be is synced before the first commit on it. */
static enum store_code find_tip(struct backend_git *git, char *why)
{
	struct store_oid main = {0};
	enum store_code code = ref_read(git->git, REF_MAIN, &main);

	if (code == STORE_INVALID)
		return fail(why, git->git_path, REF_MAIN " is damaged: it holds no commit id");
	if (code == STORE_FAILED)
		return fail(why, git->git_path, strerror(errno));
	if (code == STORE_OK && !handle_exists(git, &main))
		return fail(why, git->git_path, "the commit that main points to is missing");
	git->tip = state_tip(git->state);
	return STORE_OK;
}

static enum store_code open_all(struct backend_git *git, const char *dir, char *why)
{
	enum store_code code = open_folder(git, dir, why);

	if (code == STORE_OK)
		code = take_lock(git, why);
	if (code == STORE_OK)
		code = open_state(git, why);
	if (code == STORE_OK)
		code = repository_prepare(git, why, WHY_SIZE);
	if (code == STORE_OK)
		code = replay(git, why, WHY_SIZE);
	if (code == STORE_OK)
		code = find_tip(git, why);
	return code;
}

enum store_code backend_git_open(struct backend **backend, const char *dir,
	const struct store_options *options, const char **why)
{
	static _Thread_local char text[WHY_SIZE];
	struct backend_git *git = calloc(1, sizeof(*git));

	if (!git)
		abort();
	git_once();
	git->base.ops = &backend_git_ops;
	git->dir = git->git = git->packs = git->lock_file = -1;
	git->report = options->report;
	git->payload = options->payload;
	git->dirty = true;
	git->fresh = true;
	pthread_mutex_init(&git->write, NULL);
	pthread_mutex_init(&git->lock, NULL);
	pthread_mutex_init(&git->care, NULL);
	text[0] = '\0';
	enum store_code code = open_all(git, dir, text);
	if (code == STORE_OK) {
		*backend = &git->base;
	} else {
		*why = text;
		backend_git_free(git);
	}
	return code;
}

void backend_git_free(struct backend_git *git)
{
	handle_drop(git, git->handle);
	state_close(git->state);
	free(git->unsynced);
	free(git->damaged);
	disk_close(&git->packs);
	disk_close(&git->git);
	disk_close(&git->dir);
	disk_close(&git->lock_file); /* last: now another may come */
	pthread_mutex_destroy(&git->write);
	pthread_mutex_destroy(&git->lock);
	pthread_mutex_destroy(&git->care);
	free(git->dir_path);
	free(git->git_path);
	free(git);
}
