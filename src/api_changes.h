/* SPDX-License-Identifier: ISC */
/* What a log says of the inside of its changes: what changed in an entry, and how much of a collection was removed. Private to
 * api_log.c, which has decided before that all of it may be told. */
#ifndef SRC_API_CHANGES_H
#define SRC_API_CHANGES_H

#include "src/api_call.h"
#include "webdav/dav.h"

#define LOG_MAX_COMPARED 500                       /* entries in one call */
#define LOG_MAX_COMPARED_BYTES (32u * 1024 * 1024) /* both versions, in one call */
#define LOG_MAX_TOLD 50                            /* changes of one entry */
#define LOG_FEW 10                                 /* entries; removing fewer is nothing special */
#define LOG_RUN_GAP 600  /* seconds between two changes of one run of a device */
#define LOG_MAX_RUN 5000 /* changes that are looked at to see where a run began */

/* What one call has compared so far. */
struct log_budget {
	size_t compared, bytes;
};

/* An array of {"kind", "property", "text", "loss"}; null where nothing is compared: it is no change of an entry, one version can
 * not be read, or the call has compared enough. */
json_t *log_changes_in(
	struct store *store, struct log_budget *budget, const struct store_log_change *change);

/* Removals from one collection that belong together: one commit, or a device that removes one after the other. */
struct log_bulk {
	const char *path;  /* of the collection in the store */
	const char *known; /* as it is told */
	size_t n;
	uint64_t first, last; /* positions of the oldest and the newest commit */
	bool one_by_one;
};

/* {"removed", "of", "collection", "text"}, `of` null where that may not be told; null when it is too few to be told. */
json_t *log_bulk_json(struct dav_glance *glance, struct arena *arena, const struct log_bulk *bulk);

#endif
