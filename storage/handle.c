/* SPDX-License-Identifier: ISC */
/*
 * Reading objects. libgit2 is thread-safe here and finds new packs by itself on a miss. A pack that maintenance deleted may
 * still be listed in an old handle without having been opened: such a read is repeated on the newest handle.
 */
#include "storage/backend_git.h"

#include <stdlib.h>
#include <string.h>

static struct handle *handle_open(struct backend_git *git)
{
	CLEANUP(git_repository) git_repository *repo = NULL;
	git_odb *odb = NULL;

	if (git_repository_open_bare(&repo, git->git_path) != 0 ||
		git_repository_odb(&odb, repo) != 0)
		return NULL;
	struct handle *handle = calloc(1, sizeof(*handle));
	if (!handle)
		abort();
	handle->refs = 1;
	handle->repo = repo;
	handle->odb = odb;
	repo = NULL;
	return handle;
}

static void handle_free(struct handle *handle)
{
	git_odb_free(handle->odb);
	git_repository_free(handle->repo);
	free(handle);
}

struct handle *handle_take(struct backend_git *git)
{
	pthread_mutex_lock(&git->lock);
	struct handle *handle = git->handle;
	if (handle)
		handle->refs++;
	pthread_mutex_unlock(&git->lock);
	return handle;
}

void handle_drop(struct backend_git *git, struct handle *handle)
{
	if (!handle)
		return;
	pthread_mutex_lock(&git->lock);
	bool last = --handle->refs == 0;
	if (last)
		git->handles--;
	pthread_mutex_unlock(&git->lock);
	if (last)
		handle_free(handle);
}

bool handle_swap(struct backend_git *git)
{
	struct handle *fresh = handle_open(git);

	if (!fresh)
		return false;
	pthread_mutex_lock(&git->lock);
	struct handle *old = git->handle;
	git->handle = fresh;
	git->handles++;
	pthread_mutex_unlock(&git->lock);
	handle_drop(git, old);
	return true;
}

static enum store_code read_with(struct handle *handle, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len)
{
	CLEANUP(git_odb_object) git_odb_object *object = NULL;
	git_oid id = git_id(oid);
	int code = git_odb_read(&object, handle->odb, &id);

	if (code != 0)
		return code == GIT_ENOTFOUND ? STORE_NOT_FOUND : STORE_FAILED;
	size_t size = git_odb_object_size(object);
	char *copy = malloc(size + 1);
	if (!copy)
		abort();
	memcpy(copy, git_odb_object_data(object), size);
	copy[size] = '\0';
	*type = (enum object_type)git_odb_object_type(object);
	*body = copy;
	*len = size;
	return STORE_OK;
}

/* Was the handle replaced since it was taken? If not, a failed read (not a mere absence) is worth a fresh one. */
static bool worth_another(struct backend_git *git, struct handle *used, enum store_code code)
{
	pthread_mutex_lock(&git->lock);
	bool replaced = git->handle != used;
	pthread_mutex_unlock(&git->lock);
	return replaced || (code == STORE_FAILED && handle_swap(git));
}

enum store_code handle_read(struct backend_git *git, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len)
{
	enum store_code code = STORE_FAILED;
	bool again = true;

	for (int i = 0; i < 3 && again; i++) {
		struct handle *handle = handle_take(git);
		if (!handle)
			return STORE_FAILED;
		code = read_with(handle, oid, type, body, len);
		again = code != STORE_OK && worth_another(git, handle, code);
		handle_drop(git, handle);
	}
	return code;
}

bool handle_exists(struct backend_git *git, const struct store_oid *oid)
{
	struct handle *handle = handle_take(git);
	git_oid id = git_id(oid);
	bool there = handle && git_odb_exists(handle->odb, &id) == 1;

	handle_drop(git, handle);
	return there;
}
