/* SPDX-License-Identifier: ISC */
/*
 * Packs on their way into objects/pack. They are written aside and renamed, the pack before its index: git and libgit2 see a pack
 * by its index. The name is the pack's trailer: a pack that is there already has the same bytes, and replacing it is harmless.
 */
#include "storage/backend_git.h"

#include "storage/disk.h"
#include "storage/ref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void temporary(char path[64], const char *prefix, const char *suffix)
{
	snprintf(path, 64, REF_TEMPORARY "/%s%s", prefix, suffix);
}

bool place_stage(struct backend_git *git, struct pack_writer *writer, const char *prefix,
	struct staged *staged)
{
	struct pack_sink index;
	char path[64];

	temporary(path, prefix, ".pack");
	if (!disk_put(git->git, path, writer->sink.data, writer->sink.len))
		return false;
	pack_index(writer, &index, -1);
	temporary(path, prefix, ".idx");
	bool done = disk_put(git->git, path, index.data, index.len);
	pack_sink_release(&index);
	pack_name(staged->name, writer->checksum);
	staged->placed = false;
	return done;
}

static bool move_one(struct backend_git *git, const char *prefix, const char *name,
	const char *suffix, bool sync)
{
	char from[64], to[PACK_NAME + 8];

	temporary(from, prefix, suffix);
	snprintf(to, sizeof(to), "%s%s", name, suffix);
	if (sync && !disk_sync(git->git, from) && errno != ENOENT)
		return false;
	/* ENOENT: renamed by an earlier try */
	return renameat(git->git, from, git->packs, to) == 0 ||
		(errno == ENOENT && faccessat(git->packs, to, R_OK, 0) == 0);
}

bool place_pack(struct backend_git *git, const char *prefix, struct staged *staged, bool sync)
{
	if (staged->placed)
		return true;
	if (!move_one(git, prefix, staged->name, ".pack", sync) ||
		!move_one(git, prefix, staged->name, ".idx", sync))
		return false;
	if (sync && !disk_sync_folder(git->packs, "."))
		return false;
	staged->placed = true;
	return true;
}
