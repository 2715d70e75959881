/* SPDX-License-Identifier: ISC */
/* Private to merge*.c: one merge of packs. The result stands in daybook-tmp as MERGE_PREFIX.pack and .idx, unsynced. */
#ifndef STORAGE_MERGE_H
#define STORAGE_MERGE_H

#include "storage/backend_git.h"

#define MERGE_PREFIX "merge"

/* One id of the union: it is taken from the first source that has it. */
struct merge_object {
	struct store_oid oid;
	uint32_t source;
	uint64_t moved; /* where it stands in the result */
};

/* One entry of a source, in order of its place there. */
struct merge_slot {
	uint64_t offset;
	uint32_t index;  /* in the source's index */
	uint32_t object; /* in merge.objects */
};

struct merge_source {
	char name[PACK_NAME];
	struct pack_file file;
	struct merge_slot *slots;
};

struct merge {
	struct merge_source *sources;
	size_t n_sources;
	struct merge_object *objects; /* by id */
	size_t n;
	size_t from, to; /* slots of the only source that merge_delta packs */
	struct staged result;
	size_t bad; /* the damaged source, or SIZE_MAX */
};

void merge_collect(struct merge *merge);
/* Copies entries as they are. */
bool merge_copy(struct backend_git *git, struct merge *merge);
/* Does the pack hold commits as we write them, stored and not deflated? */
bool merge_is_raw(struct backend_git *git, const char *name);
/* Packs a slice of the only source anew by libgit2, with deltas. */
bool merge_delta(struct backend_git *git, struct merge *merge);
void merge_release(struct merge *merge);

#endif
