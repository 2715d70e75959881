/* SPDX-License-Identifier: ISC */
/*
 * repo.git: made new, or a repository that somebody put there (a fresh `git clone --bare`) brought into shape: configuration,
 * HEAD, the hook that asks Daybook about a push, our folder of temporaries.
 */
#include "storage/backend_git.h"

#include "src/base/log.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_REPOSITORY REPOSITORY ".new"
#define HEAD_MAIN "ref: " REF_MAIN "\n"
#define HOOK "hooks/pre-receive"
#define HOOK_MAX 65536
#define HOOK_MARK "# Written by Daybook at every start; changes made here are lost."

/* A push is never merged, packed or cleaned up by git behind our back, never rewinds, and is checked. */
static const struct {
	const char *name, *value;
} config_rows[] = {
	{"gc.auto", "0"},
	{"receive.autogc", "false"},
	{"receive.denyNonFastForwards", "true"},
	{"receive.denyDeletes", "true"},
	{"receive.fsckObjects", "true"},
	/* pushes stay packs: loose objects would never be packed without gc */
	{"receive.unpackLimit", "1"},
	/* memory for finding deltas; the default of 256 MB is not for a small machine */
	{"pack.deltaCacheSize", "32m"},
};

static enum store_code fail(
	char *why, size_t why_size, const struct backend_git *git, const char *text)
{
	snprintf(why, why_size, "%s: %s", git->git_path, text);
	return STORE_FAILED;
}

static bool sync_new(struct backend_git *git)
{
	static const char *const files[] = {"HEAD", "config"};
	static const char *const folders[] = {
		"objects/pack", "objects/info", "objects", "refs/heads", "refs", "."};
	int fd = openat(git->dir, NEW_REPOSITORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && done; i++)
		done = disk_sync(fd, files[i]);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders) && done; i++)
		done = disk_sync_folder(fd, folders[i]);
	disk_close(&fd);
	return done;
}

/* Made under another name, so that a crash never leaves half a repository; a half-made one is completed. */
static bool create(struct backend_git *git)
{
	CLEANUP(git_repository) git_repository *repo = NULL;
	git_repository_init_options options = {.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION};
	char path[PATH_MAX];

	options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR |
		GIT_REPOSITORY_INIT_NO_DOTGIT_DIR;
	options.initial_head = "main";
	options.description = "Daybook";
	snprintf(path, sizeof(path), "%s/" NEW_REPOSITORY, git->dir_path);
	return git_repository_init_ext(&repo, path, &options) == 0 && sync_new(git) &&
		renameat(git->dir, NEW_REPOSITORY, git->dir, REPOSITORY) == 0 &&
		fsync(git->dir) == 0;
}

static bool configure(git_repository *repo)
{
	CLEANUP(git_config) git_config *config = NULL;

	if (git_repository_config(&config, repo) != 0)
		return false;
	for (size_t i = 0; i < sizeof(config_rows) / sizeof(*config_rows); i++) {
		git_buf value = {0};
		bool same = git_config_get_string_buf(&value, config, config_rows[i].name) == 0 &&
			strcmp(value.ptr, config_rows[i].value) == 0;
		git_buf_dispose(&value);
		if (!same &&
			git_config_set_string(config, config_rows[i].name, config_rows[i].value) !=
				0)
			return false;
	}
	return true;
}

static bool replace(struct backend_git *git, const char *name, const char *bytes, mode_t mode)
{
	static const char temporary[] = REF_TEMPORARY "/file";

	return disk_put(git->git, temporary, bytes, strlen(bytes)) &&
		fchmodat(git->git, temporary, mode, 0) == 0 &&
		renameat(git->git, temporary, git->git, name) == 0;
}

/* HEAD says which branch a clone checks out. History on another branch, and no main: somebody has to decide. */
static enum store_code set_head(struct backend_git *git, char *why, size_t why_size)
{
	struct store_oid oid;
	size_t len;
	char *head = disk_get(git->git, "HEAD", 4096, &len);
	bool ours = head && strcmp(head, HEAD_MAIN) == 0;

	if (!ours && head && strncmp(head, "ref: ", 5) == 0 &&
		ref_read(git->git, REF_MAIN, &oid) == STORE_NOT_FOUND) {
		head[strcspn(head, "\n")] = '\0';
		if (ref_read(git->git, head + 5, &oid) == STORE_OK) {
			snprintf(why, why_size,
				"%s has no branch \"main\" but %s: please rename it (git -C %s branch -m main)",
				git->git_path, head + 5, git->git_path);
			free(head);
			return STORE_FAILED;
		}
	}
	free(head);
	if (!ours && !replace(git, "HEAD", HEAD_MAIN, 0644))
		return fail(why, why_size, git, strerror(errno));
	return STORE_OK;
}

/* Our own path for the shell, in single quotes; only when the program is daybook itself and still there. */
static void own_path(char out[PATH_MAX + 64])
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *base;

	snprintf(out, PATH_MAX + 64, "daybook");
	if (len <= 0)
		return;
	path[len] = '\0';
	base = strrchr(path, '/');
	if (base && strcmp(base, "/daybook") == 0 && !strchr(path, '\''))
		snprintf(out, PATH_MAX + 64, "'%s'", path);
}

static bool set_hook(struct backend_git *git)
{
	char program[PATH_MAX + 64], hook[PATH_MAX + 512];
	size_t len;
	char *old = disk_get(git->git, HOOK, HOOK_MAX, &len);

	own_path(program);
	snprintf(hook, sizeof(hook),
		"#!/bin/sh\n" HOOK_MARK "\n"
		"daybook=%s\n"
		"[ -x \"$daybook\" ] || daybook=daybook\n"
		"exec \"$daybook\" check-push\n",
		program);
	bool same = old && strcmp(old, hook) == 0;
	bool foreign = old && !strstr(old, HOOK_MARK);
	free(old);
	if (same)
		return true;
	if (foreign) {
		backend_report(git, LOG_LEVEL_WARN,
			"%s/%s was not written by Daybook: kept as %s.before-daybook",
			git->git_path, HOOK, HOOK);
		if (renameat(git->git, HOOK, git->git, HOOK ".before-daybook") != 0)
			return false;
	}
	return disk_make_folders(git->git, "hooks") && replace(git, HOOK, hook, 0755);
}

static bool open_folders(struct backend_git *git)
{
	git->git = openat(git->dir, REPOSITORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (git->git < 0 || !disk_make_folders(git->git, PACKS_FOLDER) ||
		!disk_make_folders(git->git, "refs/heads") ||
		!disk_make_folders(git->git, REF_TEMPORARY))
		return false;
	ref_unlock_stale(git->git);
	disk_clear(git->git, REF_TEMPORARY "/build", "");
	disk_clear(git->git, REF_TEMPORARY, "");
	git->packs = openat(git->git, PACKS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return git->packs >= 0;
}

enum store_code repository_prepare(struct backend_git *git, char *why, size_t why_size)
{
	CLEANUP(git_repository) git_repository *repo = NULL;

	if (faccessat(git->dir, REPOSITORY, F_OK, 0) != 0 && !create(git))
		return fail(why, why_size, git, errno == ENOSPC ? strerror(errno) : git_why());
	if (git_repository_open_bare(&repo, git->git_path) != 0)
		return fail(why, why_size, git, git_why());
	if (!open_folders(git))
		return fail(why, why_size, git, strerror(errno));
	if (!configure(repo))
		return fail(why, why_size, git, git_why());
	if (set_head(git, why, why_size) != STORE_OK)
		return STORE_FAILED;
	if (!set_hook(git))
		return fail(why, why_size, git, strerror(errno));
	return STORE_OK;
}
