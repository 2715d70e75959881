/* SPDX-License-Identifier: ISC */
/* Changes of stored properties, as verbs build them (meta.c; reading is dav_meta of verb.h). */
#ifndef WEBDAV_META_H
#define WEBDAV_META_H

#include "src/base/clock.h"
#include "webdav/exchange.h"

#define MAX_DISPLAY_NAME 200 /* bytes of a person's name */

/* The properties as they are stored at the resource itself: of a share its own, without what it takes from the collection
 * that it shows. */
const struct store_meta *dav_own_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct arena *arena);
/* Properties of a new collection: an id of its own, made now. */
struct store_meta dav_new_meta(struct dav_exchange *x, enum facts_kind kind);
/* A change that creates a collection. */
void dav_change_self(struct dav_exchange *x, const char *collection, const struct store_meta *meta);
/* A change that removes a collection with all below it. */
void dav_change_gone(struct dav_exchange *x, const char *collection);
/* A change that creates the home that `path` is in, unless it is there: homes are stored when first written to. */
void dav_change_home(struct dav_exchange *x, const char *path);
/* A change of an item's properties; none left: their file goes. */
void dav_change_item_meta(struct dav_exchange *x, const char *collection, const char *name,
	const struct store_meta *meta);
/* The changes that make `meta` the properties of a resource that is there. */
enum dav_code dav_change_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct store_meta *meta);

/* Appends the shares that come and go when the properties of the collection or home at `path` become `meta` (NULL: it
 * goes); webdav/share.h. Its commit speaks of `path`. */
void dav_settle_shares(struct dav_exchange *x, const char *path, const struct store_meta *meta);

#endif
