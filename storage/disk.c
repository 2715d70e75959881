/* SPDX-License-Identifier: ISC */
/* Files: whole reads and writes, syncing, folders. Everything is opened close-on-exec. */
#include "storage/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool disk_write(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool disk_put(int dir, const char *name, const void *bytes, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return false;
	bool done = disk_write(fd, bytes, len);
	int saved = errno;
	/* some file systems tell only here that they are full */
	if (close(fd) != 0 && done)
		return false;
	errno = saved;
	return done;
}

static char *read_all(int fd, size_t size, size_t *len)
{
	char *data = malloc(size + 1);
	size_t got = 0;

	if (!data)
		abort();
	while (got < size) {
		ssize_t n = read(fd, data + got, size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(data);
			return NULL;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	data[got] = '\0';
	*len = got;
	return data;
}

char *disk_get(int dir, const char *name, size_t max, size_t *len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0) {
		if (st.st_size < 0 || (size_t)st.st_size > max)
			errno = EFBIG;
		else
			data = read_all(fd, (size_t)st.st_size, len);
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return data;
}

static bool sync_opened(int fd, bool folder)
{
	if (fd < 0)
		return false;
	bool done = (folder ? fsync(fd) : fdatasync(fd)) == 0;
	int saved = errno;
	close(fd);
	errno = saved;
	return done;
}

bool disk_sync(int dir, const char *name)
{
	return sync_opened(openat(dir, name, O_RDONLY | O_CLOEXEC), false);
}

bool disk_sync_folder(int dir, const char *name)
{
	return sync_opened(openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), true);
}

bool disk_make_folders(int dir, const char *path)
{
	char piece[PATH_MAX];

	if (strlen(path) >= sizeof(piece)) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (const char *at = path;; at++) {
		if ((*at == '/' && at > path) || !*at) {
			memcpy(piece, path, (size_t)(at - path));
			piece[at - path] = '\0';
			if (mkdirat(dir, piece, 0700) != 0 && errno != EEXIST)
				return false;
		}
		if (!*at)
			return true;
	}
}

void disk_clear(int dir, const char *folder, const char *prefix)
{
	int fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		disk_close(&fd);
		return;
	}
	while ((entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			unlinkat(fd, entry->d_name, 0);
	}
	closedir(list);
}

void disk_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
