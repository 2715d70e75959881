/* SPDX-License-Identifier: ISC */
/*
 * Write locks as requests meet them (RFC 4918 6, 7; storage/lock.h keeps them). One place decides for all verbs: a table of
 * what each of them changes, and dav_require_unlocked, which wants one token of a lock on each locked resource that is
 * changed: submitted in any list of If (10.4.1), and held by the person who asks (6.4).
 *
 * A lock is on a resource, not on a URL: one that was taken through a share is on the collection that is shown, for all who
 * see it. That a sharee unsubscribes does not change it.
 */
#ifndef WEBDAV_LOCK_H
#define WEBDAV_LOCK_H

#include "storage/lock.h"
#include "webdav/exchange.h"

#define DAV_LOCK_SECONDS 3600      /* of a lock whose client does not say */
#define DAV_LOCK_MAX_SECONDS 86400 /* whatever it says */

/* Where LOCK works. What stands above calendars and address books is nobody's to lock: phones would sync no more. */
#define DAV_LOCKABLE (DAV_CALENDAR | DAV_SUBSCRIPTION | DAV_ADDRESSBOOK | DAV_FOLDER | DAV_ITEM)

/* What a request changes, as locks protect it (RFC 4918 7, 7.4). */
enum dav_touch {
	TOUCH_SELF = 1,   /* content and properties */
	TOUCH_TREE = 2,   /* itself with all below it */
	TOUCH_PARENT = 4, /* the members of the collection that it is in, or would be in */
};

/* OK, or LOCK_TOKEN_SUBMITTED with the hrefs of locked resources that the person may know of. */
enum dav_code dav_require_unlocked(
	struct dav_exchange *x, const struct dav_resource *r, unsigned touches);
/* The same for what the verb changes of its target; COPY and MOVE ask for their destination themselves. */
enum dav_code dav_check_locks(struct dav_exchange *x);

/* Where a lock on it is, or would be, rooted. NULL: nowhere. */
const char *dav_lock_path(const struct dav_exchange *x, const struct dav_resource *r);
/* Locks in whose scope it is; none of what stands nowhere. */
struct lock_list dav_locks_on(const struct dav_exchange *x, const struct dav_resource *r);
/* Is it the person's own? */
bool dav_lock_is_own(const struct dav_exchange *x, const struct store_lock *lock);
bool dav_lock_is_submitted(const struct dav_exchange *x, const struct store_lock *lock);
/* Does this state token hold for the resource (RFC 4918 10.4.4)? */
bool dav_lock_holds(const struct dav_exchange *x, const struct dav_resource *r, const char *token);
/* NO_CONFLICTING_LOCK with the roots of those in the way that the person may know of. */
enum dav_code dav_lock_conflict(
	struct dav_exchange *x, const struct dav_resource *r, const struct lock_list *against);
/* The root of a lock as a resource; `r` is what it was met on. */
struct dav_resource dav_lock_root(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_lock *lock);
/* <d:lockdiscovery> (RFC 4918 15.8). */
void dav_lockdiscovery(struct dav_exchange *x, const struct dav_resource *r, struct buf *out);

#endif
