/* SPDX-License-Identifier: ISC */
/* How much somebody has, and may have (RFC 4331; quota.c). For imports: dav_quota_allows of dav.h. */
#ifndef WEBDAV_QUOTA_H
#define WEBDAV_QUOTA_H

#include "webdav/exchange.h"

/* The bytes of all that `owner` has now: history is not counted, nor what is shared with them. */
uint64_t dav_quota_used(struct dav_exchange *x, const char *owner);
/* The bytes in a collection and all below it; NULL: 0. */
uint64_t dav_quota_tree(const struct store_collection *collection);
/* OK, or QUOTA_NOT_EXCEEDED: may the owner of the home that `path` of the store is in get `more` bytes, while `less` go? What
 * makes less of it is always fine. */
enum dav_code dav_check_quota(
	struct dav_exchange *x, const char *path, uint64_t more, uint64_t less);

#endif
