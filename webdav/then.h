/* SPDX-License-Identifier: ISC */
/*
 * What somebody saw when their sync-token was made: the view that they had of a collection, and whether they saw an item that
 * is gone or hidden now. Read from the commits that the token names (DESIGN.md section 7, "View"), and only where the answer
 * is not the same as now.
 */
#ifndef WEBDAV_THEN_H
#define WEBDAV_THEN_H

#include "webdav/token.h"
#include "webdav/view.h"

enum dav_then_code {
	THEN_SAME,    /* nothing that decides has changed */
	THEN_OTHER,   /* seen otherwise: *view says how */
	THEN_NOTHING, /* not seen at all */
	/* Something else stood under this URL (another collection's share): nothing can be told of its members. */
	THEN_REPLACED,
};

struct dav_then;

/* In x->arena; dav_then_close frees what it holds beside. */
struct dav_then *dav_then_open(struct dav_exchange *x, const struct dav_told *told);
void dav_then_close(struct dav_then *then);

/* How a collection that is there now was seen. *view is set for SAME and OTHER. */
enum dav_then_code dav_then_view(
	struct dav_then *then, const struct dav_resource *collection, const struct dav_view **view);
/* Has the view of the collection of `r` been what it is now since before the change of this number? */
bool dav_then_as_now(struct dav_then *then, const struct dav_resource *r, uint64_t number);
/* Had the person made an item that has not changed since? An account of that name may have been another one. */
bool dav_then_made(struct dav_then *then, const struct store_item *item);
/* Could the holder have been told of the item? `item` is what its name stands for now: hidden, or a tombstone. */
bool dav_then_saw(struct dav_then *then, const struct dav_resource *collection,
	const struct store_item *item);
/* Was the collection at this path (a share's own) seen when the view was what it was? It is hidden now. */
bool dav_then_saw_collection(struct dav_then *then, const char *path);
/* Could the holder have been told of it at all? It is gone now. */
bool dav_then_knew_collection(struct dav_then *then, const char *path);

#endif
