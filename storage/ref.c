/* SPDX-License-Identifier: ISC */
/* Refs as files: gitrepository-layout(5) "refs", "packed-refs"; lock files as in git's lockfile.h. */
#include "storage/ref.h"

#include "storage/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REF_MAX 4096                   /* bytes of a loose ref */
#define PACKED_MAX ((size_t)256 << 20) /* bytes of packed-refs */
#define REF_STAGED REF_TEMPORARY "/main"
#define TRIES 1000 /* names of a kept ref */

static bool packed_line(const char *line, const char *name, struct store_oid *oid)
{
	size_t len = strlen(name);

	return strcspn(line, " \n") == 40 && line[40] == ' ' &&
		strncmp(line + 41, name, len) == 0 &&
		(line[41 + len] == '\n' || line[41 + len] == '\0') && store_oid_parse(oid, line);
}

static enum store_code read_packed(int git, const char *name, struct store_oid *oid)
{
	size_t len;
	char *text = disk_get(git, "packed-refs", PACKED_MAX, &len);
	bool found = false;

	if (!text)
		return errno == ENOENT ? STORE_NOT_FOUND : STORE_FAILED;
	for (const char *line = text; line && !found; line = strchr(line, '\n')) {
		line += line > text; /* the newline */
		found = packed_line(line, name, oid);
	}
	free(text);
	return found ? STORE_OK : STORE_NOT_FOUND;
}

enum store_code ref_read(int git, const char *name, struct store_oid *oid)
{
	char text[64];
	ssize_t len;

	/* A ref that git is just packing vanishes as a file after it appeared in packed-refs. */
	int fd = openat(git, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? read_packed(git, name, oid)
							   : STORE_FAILED;
	do
		len = read(fd, text, sizeof(text) - 1);
	while (len < 0 && errno == EINTR);
	int saved = errno;
	close(fd);
	errno = saved;
	if (len < 0)
		return STORE_FAILED;
	text[len] = '\0';
	if (len < 40 || (text[40] != '\n' && text[40] != '\0') || !store_oid_parse(oid, text))
		return STORE_INVALID;
	return STORE_OK;
}

/* ---------------------------------------------------------------- lock */

static bool take(int git)
{
	if (linkat(git, REF_OWN, git, REF_LOCK, 0) == 0)
		return true;
	if (errno == ENOENT) { /* a fresh clone, or all branches are packed */
		if (!disk_make_folders(git, "refs/heads") ||
			!disk_put(git, REF_OWN, "daybook\n", 8))
			return false;
		return linkat(git, REF_OWN, git, REF_LOCK, 0) == 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
		return false;
	/* A file system without hard links: a lock left behind must then be removed by hand. */
	int fd = openat(git, REF_LOCK, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

enum store_code ref_lock(int git)
{
	long waited_us = 0, nap_us = 200;

	while (!take(git)) {
		if (errno != EEXIST)
			return STORE_FAILED;
		if (waited_us >= REF_WAIT_MS * 1000L)
			return STORE_BUSY;
		nanosleep(&(struct timespec){.tv_nsec = nap_us * 1000}, NULL);
		waited_us += nap_us;
		nap_us = nap_us < 50000 ? nap_us * 2 : nap_us;
	}
	return STORE_OK;
}

void ref_unlock(int git)
{
	unlinkat(git, REF_LOCK, 0);
}

void ref_unlock_stale(int git)
{
	struct stat own, lock;

	if (fstatat(git, REF_OWN, &own, AT_SYMLINK_NOFOLLOW) == 0 &&
		fstatat(git, REF_LOCK, &lock, AT_SYMLINK_NOFOLLOW) == 0 &&
		own.st_ino == lock.st_ino && own.st_dev == lock.st_dev)
		unlinkat(git, REF_LOCK, 0);
}

/* ---------------------------------------------------------------- writing */

static void line_of(char line[42], const struct store_oid *oid)
{
	store_oid_hex(line, oid);
	line[40] = '\n';
	line[41] = '\0';
}

bool ref_stage(int git, const struct store_oid *oid)
{
	char line[42];

	line_of(line, oid);
	return disk_put(git, REF_STAGED, line, 41);
}

bool ref_place(int git)
{
	return renameat(git, REF_STAGED, git, REF_MAIN) == 0;
}

bool ref_sync(int git)
{
	if (disk_sync(git, REF_MAIN))
		return disk_sync_folder(git, "refs/heads");
	/* packed by git meanwhile */
	return errno == ENOENT && disk_sync(git, "packed-refs") && disk_sync_folder(git, ".");
}

bool ref_keep(int git, const char *prefix, const char *name, const struct store_oid *oid)
{
	char path[256], line[42];
	int fd = -1;

	line_of(line, oid);
	if (!disk_make_folders(git, prefix))
		return false;
	for (int i = 1; i <= TRIES && fd < 0; i++) {
		if (i == 1)
			snprintf(path, sizeof(path), "%s/%s", prefix, name);
		else
			snprintf(path, sizeof(path), "%s/%s-%d", prefix, name, i);
		fd = openat(git, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return false;
	}
	if (fd < 0)
		return false;
	bool done = disk_write(fd, line, 41) && fsync(fd) == 0;
	close(fd);
	if (!done)
		unlinkat(git, path, 0);
	/* the folders above may be new, too */
	return done && disk_sync_folder(git, prefix) && disk_sync_folder(git, "refs/daybook") &&
		disk_sync_folder(git, "refs");
}
