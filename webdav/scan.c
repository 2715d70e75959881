/* SPDX-License-Identifier: ISC */
/*
 * Which items a query looks at (RFC 4791 7.2 and 7.8, RFC 6352 8.6): the target and the Depth
 * decide.
 */
#include "webdav/scan.h"

#include "src/base/tolerance.h"
#include "webdav/directory.h"
#include "webdav/view.h"

static void add(struct dav_exchange *x, struct dav_scan *scan, const struct dav_resource *r,
	enum dav_kind members, unsigned needs)
{
	const struct dav_kind_row *row = dav_kind_row(r->kind);

	/* What a subscription holds is not fetched, and would not be the owner's. */
	if (r->exists && row && row->member == members && r->kind != DAV_SUBSCRIPTION &&
		(dav_privileges(x, r) & needs) == needs)
		scan->collections[scan->n_collections++] = *r;
}

/* Depth: infinity on a home: its collections, which do not nest. */
static void add_children(
	struct dav_exchange *x, struct dav_scan *scan, enum dav_kind members, unsigned needs)
{
	const struct store_collection *child;
	size_t count = 0;

	while (store_child(x->target.collection, count))
		count++;
	scan->collections = arena_array(x->arena, count + 1, sizeof(*scan->collections));
	for (size_t i = 0; (child = store_child(x->target.collection, i)); i++) {
		struct dav_resource r = dav_child(x, &x->target, child);
		add(x, scan, &r, members, needs);
	}
}

void dav_scan_start(
	struct dav_exchange *x, struct dav_scan *scan, enum dav_kind members, unsigned needs)
{
	enum dav_depth depth = x->depth;

	*scan = (struct dav_scan){.needs = needs};
	if ((x->target.kind == members || x->target.kind == DAV_DIRECTORY_CARD) && x->target.item) {
		scan->single = &x->target;
		return;
	}
	if (depth == DAV_DEPTH_NONE)
		depth = tolerates(TOLERATE_QUERY_DEPTH_MISSING) ? DAV_DEPTH_1 : DAV_DEPTH_0;
	if (depth == DAV_DEPTH_0 || !x->target.collection)
		return;
	if (x->target.kind == DAV_DIRECTORY) {
		scan->collections = arena_array(x->arena, 2, sizeof(*scan->collections));
		for (int groups = 0; groups < 2; groups++) {
			struct dav_resource part = dav_directory_part(x, groups);
			add(x, scan, &part, DAV_DIRECTORY_CARD, needs);
		}
	} else if (dav_kind_row(x->target.kind)->member == members) {
		scan->collections = arena_alloc(x->arena, sizeof(*scan->collections));
		add(x, scan, &x->target, members, needs);
	} else if (depth == DAV_DEPTH_INFINITY) {
		add_children(x, scan, members, needs);
	}
}

/* Free-busy asks the entries, not the sight: it tells nothing of an item but that it takes time. */
static bool is_granted(
	const struct dav_exchange *x, const struct dav_scan *scan, const struct dav_resource *item)
{
	unsigned held = scan->needs & PRIV_READ ? dav_privileges(x, item) : dav_judged(x, item);

	return (held & scan->needs) == scan->needs;
}

static void next_collection(struct dav_scan *scan)
{
	scan->at++;
	scan->cursor = (struct store_cursor){0};
	scan->whose = SCAN_UNKNOWN;
}

bool dav_scan_next(struct dav_exchange *x, struct dav_scan *scan, struct dav_resource *item,
	const struct dav_resource **collection)
{
	if (scan->single) {
		*item = *scan->single;
		*collection = NULL;
		scan->single = NULL;
		return true;
	}
	for (; scan->at < scan->n_collections; next_collection(scan)) {
		const struct dav_resource *c = &scan->collections[scan->at];
		const struct store_item *found;
		if (scan->whose == SCAN_UNKNOWN)
			scan->whose = dav_view_now(x, c)->owner ? SCAN_OWN : SCAN_OTHERS;
		while ((found = store_item_next(c->collection, &scan->cursor))) {
			*item = dav_member(c, found);
			*collection = c;
			if (scan->whose == SCAN_OWN || is_granted(x, scan, item))
				return true;
		}
	}
	return false;
}
