/* SPDX-License-Identifier: ISC */
/*
 * DELETE (RFC 4918 9.6) of an item, or of a collection with all below it whatever the Depth, but for 1. One commit; the history keeps everything.
 */
#include "src/base/tolerance.h"
#include "webdav/meta.h"
#include "webdav/object.h"
#include "webdav/priv.h"
#include "webdav/verb.h"

static enum dav_code finish(struct dav_exchange *x)
{
	(void)x;
	return DAV_NO_CONTENT;
}

enum dav_code dav_verb_delete(struct dav_exchange *x)
{
	const struct dav_resource *target = &x->target;
	bool item = target->path.name;
	/* DESIGN.md 7: whoever deletes a share only unsubscribes. */
	const struct store_collection *stored = !item && target->share ? target->share
								       : target->collection;

	if (dav_is_home(target))
		return dav_fail(x, DAV_FORBIDDEN, "a home is not deleted");
	/* RFC 4918 9.6.1: never anything else than all of it. */
	if (!item &&
		(x->depth == DAV_DEPTH_1 ||
			(x->depth == DAV_DEPTH_0 && !tolerates(TOLERATE_DELETE_DEPTH_0))))
		return dav_fail(x, DAV_BAD_REQUEST, "DELETE of a collection is infinite");
	enum dav_code code = item ? DAV_OK : dav_require_whole(x, target, false);
	if (code != DAV_OK)
		return code;
	struct store_change *change = dav_change(x);
	change->slot = item ? STORE_ITEM : STORE_SELF;
	change->collection = item ? dav_store_path(target) : target->path.collection;
	change->name = target->path.name;
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = store_collection_meta(stored)->id;
	if (item && dav_insists(x)) {
		change->expect = STORE_MATCH;
		change->match = target->item->oid;
	}
	/* Shares of what goes end with it. */
	if (!item && !target->share)
		dav_settle_shares(x, target->path.collection, NULL);
	return dav_submit(x, item ? 'D' : 'R', item ? dav_item_words(x, target) : NULL, finish);
}
