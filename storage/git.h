/* SPDX-License-Identifier: ISC */
/* Private to storage/: libgit2 set up once, its handles released by scope, ids converted. */
#ifndef STORAGE_GIT_H
#define STORAGE_GIT_H

#include "src/base/cleanup.h"
#include "storage/store.h"

#include <git2.h>
#include <string.h>

CLEANUP_DEFINE(git_repository, git_repository_free);
CLEANUP_DEFINE(git_odb, git_odb_free);
CLEANUP_DEFINE(git_odb_object, git_odb_object_free);
CLEANUP_DEFINE(git_config, git_config_free);
CLEANUP_DEFINE(git_commit, git_commit_free);
CLEANUP_DEFINE(git_tree, git_tree_free);
CLEANUP_DEFINE(git_revwalk, git_revwalk_free);
CLEANUP_DEFINE(git_packbuilder, git_packbuilder_free);

/* Starts libgit2 with our global options; any number of times, from any thread. It is never shut down: a second start would
 * forget the options. */
void git_once(void);
/* What libgit2 complained about last on this thread. Never NULL. */
const char *git_why(void);

static inline git_oid git_id(const struct store_oid *oid)
{
	git_oid id;

	memcpy(id.id, oid->bytes, sizeof(id.id));
	return id;
}

static inline struct store_oid git_id_ours(const git_oid *id)
{
	struct store_oid oid;

	memcpy(oid.bytes, id->id, sizeof(oid.bytes));
	return oid;
}

#endif
