/* SPDX-License-Identifier: ISC */
/*
 * The items that a query looks at: those of a calendar or address book, of all of a home
 * (Depth: infinity), or the one item that the Request-URI names. Holds no memory of its own;
 * stops anywhere and goes on.
 */
#ifndef WEBDAV_SCAN_H
#define WEBDAV_SCAN_H

#include "webdav/exchange.h"

struct dav_scan {
	struct dav_resource *collections; /* that the person may read */
	size_t n_collections, at;
	struct store_cursor cursor;
	const struct dav_resource *single; /* the Request-URI itself is an item */
	unsigned needs;
	enum {
		SCAN_UNKNOWN,
		SCAN_OWN,
		SCAN_OTHERS
	} whose; /* of the collection at `at`: in one's own nothing is hidden */
};

/* `members`: the kind of item wanted (DAV_EVENT, DAV_CARD); `needs`: privileges that a
 * collection must grant. A Depth that is missing counts as 1 on a collection (tolerance
 * QUERY_DEPTH_MISSING). */
void dav_scan_start(
	struct dav_exchange *x, struct dav_scan *scan, enum dav_kind members, unsigned needs);
/* Members that the person sees; with PRIV_READ_FREE_BUSY alone those that they may count, whatever their CLASS (view.h).
 * False at the end. `*collection` is where the item lives (borrowed), NULL for a single one. */
bool dav_scan_next(struct dav_exchange *x, struct dav_scan *scan, struct dav_resource *item,
	const struct dav_resource **collection);

#endif
