/* SPDX-License-Identifier: ISC */
/* Private to storage/: small file operations relative to a folder's descriptor. All false or -1 with errno set on failure. */
#ifndef STORAGE_DISK_H
#define STORAGE_DISK_H

#include <stdbool.h>
#include <stddef.h>

/* All bytes, also over EINTR and short writes. */
bool disk_write(int fd, const void *bytes, size_t len);
/* Creates or overwrites a file (0600), unsynced. */
bool disk_put(int dir, const char *name, const void *bytes, size_t len);
/* The whole file, malloc'd and NUL-terminated after *len; NULL with errno (EFBIG when larger than max). */
char *disk_get(int dir, const char *name, size_t max, size_t *len);
/* fdatasync of a file; fsync of a folder. */
bool disk_sync(int dir, const char *name);
bool disk_sync_folder(int dir, const char *name);
/* mkdir of every missing folder of a relative path (0700). */
bool disk_make_folders(int dir, const char *path);
/* Removes the plain files of a folder whose names begin with `prefix`. */
void disk_clear(int dir, const char *folder, const char *prefix);
/* Closes and sets to -1. */
void disk_close(int *fd);

#endif
