/* SPDX-License-Identifier: ISC */
/*
 * Deltas, by libgit2's pack builder: versions of a tree or an event differ in few bytes. Each object passes here once, after it was
 * merged out of the lowest tier and when there is time; later merges copy the deltas.
 *
 * The builder looks for bases among neighbours, and sorts by a name that it cannot know here. A tree's first entry, and the UID
 * line of a calendar object or card, stay the same from version to version: they serve as the name.
 */
#include "storage/merge.h"

#include "storage/disk.h"
#include "storage/ref.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUILD REF_TEMPORARY "/build"
#define RAW_SAMPLE 32 /* commits that are looked at */
#define HINT_MAX 128
#define HINT_LOOK 4096 /* bytes of a blob in which the UID is looked for */

static void hint_of(char hint[HINT_MAX], git_odb_object *object)
{
	const char *data = git_odb_object_data(object);
	size_t size = git_odb_object_size(object), len = 0;

	hint[0] = '\0';
	if (git_odb_object_type(object) == GIT_OBJECT_BLOB) {
		const char *uid = memmem(data, size < HINT_LOOK ? size : HINT_LOOK, "\nUID:", 5);
		size = uid ? size - (size_t)(uid - data) - 1 : 0;
		data = uid ? uid + 1 : data;
	} else if (git_odb_object_type(object) != GIT_OBJECT_TREE) {
		return;
	}
	/* a tree's first entry is "MODE NAME\0" */
	while (len < size && len < HINT_MAX - 1 && data[len] && data[len] != '\r' &&
		data[len] != '\n')
		len++;
	memcpy(hint, data, len);
	hint[len] = '\0';
}

static const struct merge_object *slice_object(const struct merge *merge, size_t i)
{
	return &merge->objects[merge->sources[0].slots[i].object];
}

static bool insert_all(git_packbuilder *builder, git_odb *odb, const struct merge *merge)
{
	for (size_t i = merge->from; i < merge->to; i++) {
		CLEANUP(git_odb_object) git_odb_object *object = NULL;
		char hint[HINT_MAX];
		git_oid id = git_id(&slice_object(merge, i)->oid);
		if (git_odb_read(&object, odb, &id) != 0)
			return false;
		hint_of(hint, object);
		if (git_packbuilder_insert(builder, &id, hint) != 0)
			return false;
	}
	return git_packbuilder_object_count(builder) == merge->to - merge->from;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct store_oid));
}

/* Trust is good: the result's index must list exactly our ids (its indexer hashed every object again). */
static bool lists_slice(const struct pack_file *file, const struct merge *merge)
{
	size_t n = merge->to - merge->from;
	struct store_oid *want = calloc(n, sizeof(*want));
	bool whole = file->n == n;

	if (!want)
		abort();
	for (size_t i = 0; i < n; i++)
		want[i] = slice_object(merge, merge->from + i)->oid;
	qsort(want, n, sizeof(*want), by_bytes);
	for (uint32_t i = 0; i < n && whole; i++)
		whole = memcmp(pack_oid(file, i), want[i].bytes, 20) == 0;
	free(want);
	return whole;
}

static bool is_whole(struct backend_git *git, const struct merge *merge)
{
	struct pack_file file;
	int folder = openat(git->git, REF_TEMPORARY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool whole = folder >= 0 && pack_open(&file, folder, MERGE_PREFIX);

	disk_close(&folder);
	if (!whole)
		return false;
	whole = lists_slice(&file, merge);
	pack_close(&file);
	return whole;
}

/* libgit2 names packs by their objects; ours are named by their bytes. */
static bool take_result(struct backend_git *git, struct merge *merge, const char *built)
{
	static const char *const suffixes[] = {".pack", ".idx"};
	unsigned char trailer[PACK_TRAILER];

	for (size_t i = 0; i < 2; i++) {
		char from[PATH_MAX], to[64];
		snprintf(from, sizeof(from), BUILD "/pack-%s%s", built, suffixes[i]);
		snprintf(to, sizeof(to), REF_TEMPORARY "/" MERGE_PREFIX "%s", suffixes[i]);
		if (renameat(git->git, from, git->git, to) != 0)
			return false;
	}
	int fd = openat(git->git, REF_TEMPORARY "/" MERGE_PREFIX ".pack", O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && lseek(fd, -PACK_TRAILER, SEEK_END) > 0 &&
		read(fd, trailer, sizeof(trailer)) == (ssize_t)sizeof(trailer);
	disk_close(&fd);
	if (done)
		pack_name(merge->result.name, trailer);
	return done;
}

bool merge_delta(struct backend_git *git, struct merge *merge)
{
	CLEANUP(git_repository) git_repository *repo = NULL;
	CLEANUP(git_odb) git_odb *odb = NULL;
	CLEANUP(git_packbuilder) git_packbuilder *builder = NULL;
	char path[PATH_MAX];

	/* a repository of its own: readers do not wait for its locks */
	snprintf(path, sizeof(path), "%s/" BUILD, git->git_path);
	return git_repository_open_bare(&repo, git->git_path) == 0 &&
		git_repository_odb(&odb, repo) == 0 && git_packbuilder_new(&builder, repo) == 0 &&
		insert_all(builder, odb, merge) && disk_make_folders(git->git, BUILD) &&
		git_packbuilder_write(builder, path, 0, NULL, NULL) == 0 &&
		git_packbuilder_written(builder) == merge->to - merge->from &&
		take_result(git, merge, git_packbuilder_name(builder)) && is_whole(git, merge);
}

/* Whether an entry is a commit, and if so, whether its zlib stream begins with a stored block (RFC 1951 3.2.3). */
static bool is_commit(const struct pack_file *file, uint32_t i, bool *stored)
{
	uint64_t offset = pack_offset(file, i);
	size_t header, left = file->pack_len - PACK_TRAILER - (size_t)offset;

	if (offset == 0 || pack_entry_type(file->pack + offset, left, &header) != OBJECT_COMMIT ||
		header + 3 > left)
		return false;
	*stored = (file->pack[offset + header + 2] & 6) == 0;
	return true;
}

bool merge_is_raw(struct backend_git *git, const char *name)
{
	struct pack_file file;
	unsigned commits = 0, raw = 0;

	if (!pack_open(&file, git->packs, name))
		return false;
	for (uint32_t i = 0; i < file.n && commits < RAW_SAMPLE; i++) {
		bool stored = false;
		commits += is_commit(&file, i, &stored);
		raw += stored;
	}
	pack_close(&file);
	return raw > commits / 2;
}
