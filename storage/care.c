/* SPDX-License-Identifier: ISC */
/* Checking the repository: every pack whole, every object readable under its own id, everything reachable from main there. */
#include "storage/backend_git.h"

#include "storage/ref.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK_DEPTH 64 /* folders */

struct known {
	git_oid id;
	bool reached;
};

struct checking {
	struct backend_git *git;
	void (*problem)(void *, const char *, const char *);
	void *payload;
	struct known *all;
	size_t n, cap;
	bool sound;
};

static void complain(struct checking *checking, const char *path, const char *text)
{
	checking->problem(checking->payload, path, text);
	checking->sound = false;
}

static void complain_id(struct checking *checking, const git_oid *id, const char *text)
{
	char path[8 + GIT_OID_HEXSZ + 1] = "object ";

	git_oid_tostr(path + 7, GIT_OID_HEXSZ + 1, id);
	complain(checking, path, text);
}

/* ---------------------------------------------------------------- packs and objects */

/* libgit2 is silent about a pack that it cannot open. */
static void check_packs(struct checking *checking)
{
	int fd = openat(checking->git->packs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		size_t len = strlen(entry->d_name);
		struct pack_file file;
		char name[PACK_NAME];
		if (len != PACK_NAME - 1 + 4 || strcmp(entry->d_name + len - 4, ".idx") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", PACK_NAME - 1, entry->d_name);
		if (pack_open(&file, checking->git->packs, name))
			pack_close(&file);
		else if (faccessat(checking->git->packs, entry->d_name, F_OK, 0) ==
			0) /* not merged meanwhile */
			complain(checking, name, "the pack or its index is damaged");
	}
	if (folder)
		closedir(folder);
}

static int collect(const git_oid *id, void *payload)
{
	struct checking *checking = payload;

	if (checking->n == checking->cap) {
		checking->cap = checking->cap ? 2 * checking->cap : 1024;
		checking->all = realloc(checking->all, checking->cap * sizeof(*checking->all));
		if (!checking->all)
			abort();
	}
	checking->all[checking->n++] = (struct known){.id = *id};
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return git_oid_cmp(&((const struct known *)a)->id, &((const struct known *)b)->id);
}

static void check_object(struct checking *checking, git_odb *odb, const git_oid *id)
{
	CLEANUP(git_odb_object) git_odb_object *object = NULL;

	if (git_odb_read(&object, odb, id) != 0) {
		complain_id(checking, id, git_why());
		return;
	}
	git_oid found;
	if (git_odb_hash(&found, git_odb_object_data(object), git_odb_object_size(object),
		    git_odb_object_type(object)) != 0 ||
		git_oid_cmp(&found, id) != 0)
		complain_id(checking, id, "its content has another id");
}

/* ---------------------------------------------------------------- connectivity */

/* NULL when it is missing (complained about) or was reached before. */
static struct known *reach(struct checking *checking, const git_oid *id)
{
	struct known key = {.id = *id};
	struct known *known = bsearch(
		&key, checking->all, checking->n, sizeof(*checking->all), by_id);

	if (!known) {
		complain_id(checking, id, "is missing");
		return NULL;
	}
	if (known->reached)
		return NULL;
	known->reached = true;
	return known;
}

static void reach_tree(
	struct checking *checking, git_repository *repo, const git_oid *id, unsigned depth)
{
	CLEANUP(git_tree) git_tree *tree = NULL;

	if (!reach(checking, id))
		return;
	if (depth > CHECK_DEPTH || git_tree_lookup(&tree, repo, id) != 0) {
		complain_id(
			checking, id, depth > CHECK_DEPTH ? "folders nest too deep" : git_why());
		return;
	}
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
			reach_tree(checking, repo, git_tree_entry_id(entry), depth + 1);
		else if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
			reach(checking, git_tree_entry_id(entry));
	}
}

static void check_reachable(struct checking *checking, git_repository *repo)
{
	CLEANUP(git_revwalk) git_revwalk *walk = NULL;
	struct store_oid main;
	git_oid id;
	int code;
	enum store_code found = ref_read(checking->git->git, REF_MAIN, &main);

	if (found == STORE_NOT_FOUND)
		return;
	id = git_id(&main);
	if (found != STORE_OK || git_revwalk_new(&walk, repo) != 0 ||
		git_revwalk_push(walk, &id) != 0) {
		complain(checking, REF_MAIN, found == STORE_OK ? git_why() : "is damaged");
		return;
	}
	while ((code = git_revwalk_next(&id, walk)) == 0) {
		CLEANUP(git_commit) git_commit *commit = NULL;
		if (!reach(checking, &id))
			continue;
		if (git_commit_lookup(&commit, repo, &id) != 0)
			complain_id(checking, &id, git_why());
		else
			reach_tree(checking, repo, git_commit_tree_id(commit), 0);
	}
	if (code != GIT_ITEROVER)
		complain(checking, REF_MAIN, git_why());
}

enum store_code backend_git_check(
	struct backend *backend, void (*problem)(void *, const char *, const char *), void *payload)
{
	struct backend_git *git = (struct backend_git *)backend;
	CLEANUP(git_repository) git_repository *repo = NULL;
	CLEANUP(git_odb) git_odb *odb = NULL;
	struct checking checking = {
		.git = git, .problem = problem, .payload = payload, .sound = true};

	/* maintenance must not take packs away meanwhile */
	atomic_store(&git->patient, true);
	pthread_mutex_lock(&git->care);
	check_packs(&checking);
	if (git_repository_open_bare(&repo, git->git_path) != 0 ||
		git_repository_odb(&odb, repo) != 0 ||
		git_odb_foreach(odb, collect, &checking) != 0) {
		complain(&checking, REPOSITORY, git_why());
	} else {
		qsort(checking.all, checking.n, sizeof(*checking.all), by_id);
		for (size_t i = 0; i < checking.n; i++) {
			if (i == 0 || by_id(&checking.all[i], &checking.all[i - 1]) != 0)
				check_object(&checking, odb, &checking.all[i].id);
		}
		check_reachable(&checking, repo);
	}
	pthread_mutex_unlock(&git->care);
	atomic_store(&git->patient, false);
	free(checking.all);
	if (!state_check(git->state, problem, payload))
		checking.sound = false;
	return checking.sound ? STORE_OK : STORE_INVALID;
}
