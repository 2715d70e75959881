/* SPDX-License-Identifier: ISC */
/*
 * A backup: daybook-TIME.bundle (gitformat-bundle(5), version 2: everything reachable from main; `git clone FILE` reads it) and
 * state.db. state.db is copied first: credentials may then lack what the newest commit holds, never the other way round.
 * Files are written aside, synced, 0600, and put in place at once.
 */
#include "storage/backend_git.h"

#include "src/base/clock.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART "daybook.bundle.part"

static int write_piece(void *bytes, size_t len, void *payload)
{
	return disk_write(*(int *)payload, bytes, len) ? 0 : -1;
}

static bool write_bundle(struct backend_git *git, int fd, const struct store_oid *main)
{
	CLEANUP(git_repository) git_repository *repo = NULL;
	CLEANUP(git_revwalk) git_revwalk *walk = NULL;
	CLEANUP(git_packbuilder) git_packbuilder *builder = NULL;
	git_oid id = git_id(main);
	char hex[41], head[256];

	store_oid_hex(hex, main);
	int len = snprintf(
		head, sizeof(head), "# v2 git bundle\n%s HEAD\n%s " REF_MAIN "\n\n", hex, hex);
	return disk_write(fd, head, (size_t)len) &&
		git_repository_open_bare(&repo, git->git_path) == 0 &&
		git_revwalk_new(&walk, repo) == 0 && git_revwalk_push(walk, &id) == 0 &&
		git_packbuilder_new(&builder, repo) == 0 &&
		git_packbuilder_insert_walk(builder, walk) == 0 &&
		git_packbuilder_foreach(builder, write_piece, &fd) == 0;
}

/* "daybook-2026-11-23T191500Z.bundle" */
static void bundle_name(char name[64])
{
	char iso[21];
	size_t n;

	clock_iso(iso, clock_now());
	n = (size_t)snprintf(name, 64, "daybook-");
	for (const char *at = iso; *at; at++) {
		if (*at != ':')
			name[n++] = *at;
	}
	snprintf(name + n, 64 - n, ".bundle");
}

static bool bundle(struct backend_git *git, int folder, const struct store_oid *main)
{
	char name[64];
	int fd = openat(folder, PART, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return false;
	bundle_name(name);
	bool done = fchmod(fd, 0600) == 0 && write_bundle(git, fd, main) && fsync(fd) == 0;
	int saved = errno;
	close(fd);
	if (done && renameat(folder, PART, folder, name) == 0)
		return disk_sync_folder(folder, ".");
	unlinkat(folder, PART, 0);
	errno = saved;
	return false;
}

static enum store_code backup_into(
	struct backend_git *git, const char *dir, int folder, char *why, size_t why_size)
{
	struct store_oid main;
	enum store_code code = state_backup(git->state, dir, why, why_size);

	if (code != STORE_OK)
		return code;
	code = ref_read(git->git, REF_MAIN, &main);
	if (code == STORE_NOT_FOUND) /* nothing was ever stored: a bundle can not be empty */
		return STORE_OK;
	errno = 0;
	if (code == STORE_OK && bundle(git, folder, &main))
		return STORE_OK;
	snprintf(why, why_size, "%s: the bundle can not be written: %s", dir,
		errno ? strerror(errno) : git_why());
	return STORE_FAILED;
}

enum store_code backend_git_backup(
	struct backend *backend, const char *dir, char *why, size_t why_size)
{
	struct backend_git *git = (struct backend_git *)backend;
	int folder = disk_make_folders(AT_FDCWD, dir)
		? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
		: -1;

	if (folder < 0) {
		snprintf(why, why_size, "%s: %s", dir, strerror(errno));
		return STORE_FAILED;
	}
	/* maintenance must not take packs away meanwhile */
	atomic_store(&git->patient, true);
	pthread_mutex_lock(&git->care);
	enum store_code code = backup_into(git, dir, folder, why, why_size);
	pthread_mutex_unlock(&git->care);
	atomic_store(&git->patient, false);
	disk_close(&folder);
	return code;
}
