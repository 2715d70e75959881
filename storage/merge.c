/* SPDX-License-Identifier: ISC */
/*
 * Few packs: every lookup that misses asks each of them. Small packs are merged 64 into one, middle ones 8 into one, large
 * ones never; so their number stays below 64 + 7 + 7 and one for every 100 000 objects. In a quiet moment what was copied so
 * is packed anew with deltas, a slice of a pack at a time.
 *
 * No object is ever lost: the merged pack holds every id of its sources (merge_copy.c, merge_delta.c), is synced with its
 * index and folder, and only then are the sources unlinked, but for a source whose name (so, bytes) is the result's own.
 * A pack with a .keep, or one that is damaged, is left alone. A crash in between leaves objects twice, which is harmless.
 * Write-ahead rows carry their bytes with them and need no pack.
 */
#include "storage/merge.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "storage/disk.h"
#include "storage/ref.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MERGE_AT_ONCE 256                 /* sources */
#define PACK_BYTES_MAX ((off_t)512 << 20) /* a larger pack is never merged */
#define COMPRESS_MIN 4096                 /* objects: less is merged again soon */
#define COMPRESS_SLICE 4096               /* objects: about half a second of work */
#define COMPRESS_QUIET_NS 1500000000LL    /* without a commit */

/* By number of objects. */
static const struct tier {
	uint32_t below;
	size_t at; /* so many packs are merged */
} tiers[] = {{4096, 64}, {32768, 8}, {131072, 8}};
#define N_TIERS (sizeof(tiers) / sizeof(*tiers))

struct found {
	char name[PACK_NAME];
	uint32_t objects; /* UINT32_MAX: left alone */
	size_t tier;      /* N_TIERS: not merged */
};

struct listing {
	struct found *packs;
	size_t n, cap;
};

/* ---------------------------------------------------------------- listing */

static bool exists(int folder, const char *name, const char *suffix)
{
	char path[PACK_NAME + 16];

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	return faccessat(folder, path, F_OK, 0) == 0;
}

static bool is_damaged(const struct backend_git *git, const char *name)
{
	for (size_t i = 0; i < git->n_damaged; i++) {
		if (strcmp(git->damaged[i], name) == 0)
			return true;
	}
	return false;
}

static void note_damaged(struct backend_git *git, const char *name)
{
	git->damaged = realloc(git->damaged, (git->n_damaged + 1) * sizeof(*git->damaged));
	if (!git->damaged)
		abort();
	memcpy(git->damaged[git->n_damaged++], name, PACK_NAME);
	backend_report(git, LOG_LEVEL_ERROR,
		"%s/" PACKS_FOLDER "/%s.pack is damaged: see `daybook check`", git->git_path, name);
}

/* Number of objects from the last row of the index's fan-out; UINT32_MAX when it is none of ours to merge. */
static uint32_t count_objects(struct backend_git *git, const char *name)
{
	char path[PACK_NAME + 16];
	unsigned char row[4];
	struct stat st;
	uint32_t n = UINT32_MAX;

	snprintf(path, sizeof(path), "%s.pack", name);
	if (fstatat(git->packs, path, &st, 0) != 0 || st.st_size > PACK_BYTES_MAX ||
		exists(git->packs, name, ".keep") || exists(git->packs, name, ".promisor") ||
		is_damaged(git, name))
		return n;
	snprintf(path, sizeof(path), "%s.idx", name);
	int fd = openat(git->packs, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && pread(fd, row, 4, 8 + 255 * 4) == 4)
		n = (uint32_t)row[0] << 24 | (uint32_t)row[1] << 16 | (uint32_t)row[2] << 8 |
			row[3];
	disk_close(&fd);
	return n;
}

static size_t tier_of(uint32_t objects)
{
	size_t tier = 0;

	while (tier < N_TIERS && objects >= tiers[tier].below)
		tier++;
	return tier;
}

static void list_one(struct backend_git *git, struct listing *listing, const char *file)
{
	size_t len = strlen(file);

	if (len != PACK_NAME - 1 + 4 || strncmp(file, "pack-", 5) != 0 ||
		strcmp(file + len - 4, ".idx") != 0)
		return;
	if (listing->n == listing->cap) {
		listing->cap = listing->cap ? 2 * listing->cap : 128;
		listing->packs = realloc(listing->packs, listing->cap * sizeof(*listing->packs));
		if (!listing->packs)
			abort();
	}
	struct found *found = &listing->packs[listing->n++];
	snprintf(found->name, PACK_NAME, "%.*s", PACK_NAME - 1, file);
	found->objects = count_objects(git, found->name);
	found->tier = tier_of(found->objects);
}

static bool list(struct backend_git *git, struct listing *listing)
{
	int fd = openat(git->packs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	unsigned small = 0;

	if (!folder) {
		disk_close(&fd);
		return false;
	}
	while ((entry = readdir(folder)))
		list_one(git, listing, entry->d_name);
	closedir(folder);
	for (size_t i = 0; i < listing->n; i++)
		small += listing->packs[i].tier == 0;
	git->small = small;
	git->packs_seen = (unsigned)listing->n;
	return true;
}

/* Is there anything new in the folder? Its time catches what others do. */
static bool changed(struct backend_git *git)
{
	struct stat st;

	if (fstat(git->packs, &st) != 0)
		return false;
	bool new = atomic_exchange(&git->dirty, false) ||
		st.st_mtim.tv_sec != git->scanned.tv_sec ||
		st.st_mtim.tv_nsec != git->scanned.tv_nsec;
	git->scanned = st.st_mtim;
	return new;
}

/* ---------------------------------------------------------------- merging */

static void unlink_pack(struct backend_git *git, const char *name)
{
	static const char *const suffixes[] = {".pack", ".idx", ".rev", ".bitmap", ".mtimes"};
	char path[PACK_NAME + 16];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", name, suffixes[i]);
		unlinkat(git->packs, path, 0);
	}
}

static bool finish(struct backend_git *git, struct merge *merge)
{
	if (!place_pack(git, MERGE_PREFIX, &merge->result, true))
		return false;
	git->dirty = true;
	if (merge->to < merge->n)
		return true;                         /* the other slices still need the source */
	unlinkat(git->packs, "multi-pack-index", 0); /* it would point to what goes now */
	for (size_t i = 0; i < merge->n_sources; i++) {
		if (strcmp(merge->sources[i].name, merge->result.name) != 0)
			unlink_pack(git, merge->sources[i].name);
	}
	return handle_swap(git);
}

/* Sources that can not be opened are left out and remembered. */
static void open_sources(
	struct backend_git *git, struct merge *merge, const struct listing *listing, size_t tier)
{
	for (size_t i = 0; i < listing->n && merge->n_sources < MERGE_AT_ONCE; i++) {
		struct merge_source *source = &merge->sources[merge->n_sources];
		if (listing->packs[i].tier != tier)
			continue;
		memcpy(source->name, listing->packs[i].name, PACK_NAME);
		if (pack_open(&source->file, git->packs, source->name))
			merge->n_sources++;
		else if (exists(git->packs, source->name, ".pack"))
			note_damaged(git, source->name);
	}
}

static void complain(struct backend_git *git, const struct merge *merge)
{
	if (merge->bad != SIZE_MAX)
		note_damaged(git, merge->sources[merge->bad].name);
	else
		backend_report(git, LOG_LEVEL_WARN, "%s: packs could not be merged: %s",
			git->git_path, strerror(errno));
}

static bool merge_tier(struct backend_git *git, const struct listing *listing, size_t tier)
{
	struct merge merge = {.bad = SIZE_MAX};
	bool done = false;

	merge.sources = calloc(MERGE_AT_ONCE, sizeof(*merge.sources));
	if (!merge.sources)
		abort();
	open_sources(git, &merge, listing, tier);
	if (merge.n_sources > 1) {
		merge_collect(&merge);
		merge.to = merge.n;
		done = merge_copy(git, &merge) && finish(git, &merge);
		if (done) {
			atomic_fetch_add(&git->merges, 1);
			git->fresh = true;
			backend_report(git, LOG_LEVEL_DEBUG,
				"merged %zu packs into one of %zu objects", merge.n_sources,
				merge.n);
		} else {
			complain(git, &merge);
		}
	}
	merge_release(&merge);
	disk_clear(git->git, REF_TEMPORARY, MERGE_PREFIX);
	return done;
}

bool merge_packs(struct backend_git *git)
{
	struct listing listing = {0};
	bool done = false;

	if (!changed(git) || !list(git, &listing))
		return false;
	for (size_t tier = 0; tier < N_TIERS && !done; tier++) {
		size_t n = 0;
		for (size_t i = 0; i < listing.n; i++)
			n += listing.packs[i].tier == tier;
		if (n >= tiers[tier].at)
			done = merge_tier(git, &listing, tier);
	}
	free(listing.packs);
	return done;
}

/* ---------------------------------------------------------------- deltas */

static bool is_quiet(struct backend_git *git)
{
	pthread_mutex_lock(&git->lock);
	int64_t quiet = clock_monotonic() - git->last_commit;
	pthread_mutex_unlock(&git->lock);
	return quiet >= COMPRESS_QUIET_NS;
}

/* The next slice of a pack; false when this pack is done with, or can not be. */
static bool compress_slice(struct backend_git *git, const char *name)
{
	struct merge merge = {.bad = SIZE_MAX};
	bool done = false;

	if (strcmp(git->slicing, name) != 0 || git->slice == SIZE_MAX) {
		memcpy(git->slicing, name, PACK_NAME);
		git->slice = 0;
	}
	merge.sources = calloc(1, sizeof(*merge.sources));
	if (!merge.sources)
		abort();
	memcpy(merge.sources[0].name, name, PACK_NAME);
	if (pack_open(&merge.sources[0].file, git->packs, name)) {
		merge.n_sources = 1;
		merge_collect(&merge);
		merge.from = git->slice;
		merge.to = merge.n - merge.from > COMPRESS_SLICE ? merge.from + COMPRESS_SLICE
								 : merge.n;
		done = merge.from < merge.n && merge_delta(git, &merge) && finish(git, &merge);
	}
	/* the source goes with its last slice: after a failure no other slice may follow */
	git->slice = done ? merge.to : SIZE_MAX;
	merge_release(&merge);
	disk_clear(git->git, REF_TEMPORARY, MERGE_PREFIX);
	return done;
}

/* The pack that was begun, else any that is due. */
static const struct found *choose_raw(struct backend_git *git, const struct listing *listing)
{
	const struct found *chosen = NULL;

	for (size_t i = 0; i < listing->n; i++) {
		const struct found *found = &listing->packs[i];
		bool begun = strcmp(found->name, git->slicing) == 0;
		if (found->objects == UINT32_MAX || found->objects < COMPRESS_MIN ||
			(begun && git->slice == SIZE_MAX) || (chosen && !begun))
			continue;
		if (merge_is_raw(git, found->name))
			chosen = found;
		if (begun)
			break;
	}
	return chosen;
}

bool compress_packs(struct backend_git *git)
{
	struct listing listing = {0};
	bool done = false;

	if (!git->fresh || !is_quiet(git) || !list(git, &listing))
		return false;
	const struct found *raw = choose_raw(git, &listing);
	done = raw && compress_slice(git, raw->name);
	git->fresh = done;
	free(listing.packs);
	return done;
}
