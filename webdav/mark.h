/* SPDX-License-Identifier: ISC */
/*
 * Refused writes that must be announced again. A client whose DELETE was refused has dropped the item already (DAVx5) and
 * takes it back only when the next sync report calls it changed; so the refusal raises a mark for that device and name, and
 * with it the collection's token and ctag, for that device alone (DESIGN.md section 7).
 *
 * Marks live in memory: one that a restart forgets is a refusal of the seconds before it.
 */
#ifndef WEBDAV_MARK_H
#define WEBDAV_MARK_H

#include "webdav/exchange.h"

#define DAV_MARK_DEVICES                                                                           \
	4096 /* devices and collections with marks; the one raised longest ago makes room */
#define DAV_MARK_NAMES 64 /* of one device in one collection; likewise */

struct dav_marks;
struct dav_marks *dav_marks_new(void);
void dav_marks_free(struct dav_marks *marks);

/* The request was refused, or there is nothing to be seen: raises the mark of its target where it was a write on an item that
 * the person sees, or a DELETE in somebody else's collection of one that they do not see, whether it is there or not: they
 * may have seen it before, and may see it again. */
void dav_mark_refused(struct dav_exchange *x);
/* The newest mark of the device that asks in a collection (its path in the URL); 0: none. */
uint64_t dav_mark_newest(const struct dav_exchange *x, const char *collection);
/* The name of the first mark after `since`, copied to the arena, and *mark; NULL: there are no more. */
const char *dav_mark_next(const struct dav_exchange *x, struct arena *arena, const char *collection,
	uint64_t since, uint64_t *mark);

#endif
