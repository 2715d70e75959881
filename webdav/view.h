/* SPDX-License-Identifier: ISC */
/*
 * How one person sees one collection and its members: rights (RFC 3744 6) and sight, now or at an earlier commit. Private to
 * webdav/; everybody else asks dav_privileges and dav_require (exchange.h), which ask this.
 *
 * A collection is judged by the protected entry of its owner, who holds everything; then by its own entries, then by those
 * of what it stands in, up to the home. A member is judged by its own entries first, then by those of its collection. What
 * decides is a function of the commit and the person, but for the role of an admin.
 *
 * What rights leave, the member's CLASS cuts (RFC 5545 3.8.1.3):
 *
 *	who                               PUBLIC    PRIVATE   CONFIDENTIAL
 *	the owner of the home             all       all       all
 *	who made it, and may read         all       all       all
 *	who may read, admins among them   all       nothing   busy
 *	a share or link of role busy      busy      nothing   busy      (events that take time; no others)
 *	everybody else                    nothing   nothing   nothing
 *
 * Of what a reader would not see whole, nobody holds more than that reader does: who may write and not read cannot write over
 * what is private or confidential.
 *
 * "busy" is the object with its times only (cal_redact); it has an ETag of its own and is read-only. free-busy-query counts
 * all members whatever their CLASS: it tells that time is taken, and nothing of what takes it (RFC 4791 7.10).
 */
#ifndef WEBDAV_VIEW_H
#define WEBDAV_VIEW_H

#include "webdav/acl.h"
#include "webdav/exchange.h"

struct dav_view {
	/* On the collection, and on members that have no entries of their own and were made by others. */
	unsigned held;
	unsigned created; /* on those that the person made */
	bool owner;       /* the home is the person's own */
	bool busy;        /* members are seen as taken time */
	/* To judge members that have entries of their own; not read when `whole`. */
	bool whole; /* the owner, an admin: no entry can say otherwise */
	struct dav_who who;
	const struct dav_acl *chain; /* the collection's entries, then what it stands in */
	size_t n_chain;
	unsigned given; /* at the end of all entries: what a link gives */
};

/* A share is its sharee's alone: whom else the collection is shared with, and its owner, do not learn of it. */
bool dav_share_is_for(const struct dav_person *person, const char *home_owner);
/* How the person who asks sees the collection of `r` now: `r` itself, or the one that it is or would be a member of. Lives
 * as long as the attempt. */
const struct dav_view *dav_view_now(const struct dav_exchange *x, const struct dav_resource *r);
/* How they saw it at an earlier commit: `path` the collection's (not a share's), `shared`: seen through a share. False: it
 * was not there. `admin`: they had the role then. Memory in `arena`. */
bool dav_view_then(const struct dav_exchange *x, struct arena *arena, struct store_past *past,
	const struct household *household, const char *path, bool shared, bool admin,
	struct dav_view *view);
/* The number of the last change of anything but the collection's own properties that could change how somebody who is not its
 * owner sees it: the folders it stands in, the groups, and who it is that has the name of the person who asks. */
uint64_t dav_view_number(const struct dav_exchange *x, const char *path);

/* One member as the view shows it. `own`: its entries, or NULL; `made`: the person made it. */
struct dav_looked {
	unsigned
		held; /* what may be done with it: cut to reading where it is seen as busy, to nothing where it is hidden */
	enum dav_sight sight;
	bool closed; /* its CLASS, or a busy view, took rights away: it is not for this person to remove, either */
};
/* What the entries come to on a member, before anything is cut. */
unsigned dav_view_judge(const struct dav_view *view, bool made, const struct dav_acl *own);
struct dav_looked dav_view_member(const struct dav_view *view, enum dav_kind kind,
	const struct facts *facts, bool made, const struct dav_acl *own);

/* An item as the person who asks sees it now; of a tombstone, as they would have seen its last version (priv.c). */
struct dav_looked dav_look(const struct dav_exchange *x, const struct dav_resource *item);
/* What the entries grant them on it, before its CLASS cuts that. */
unsigned dav_judged(const struct dav_exchange *x, const struct dav_resource *item);
/* Did they make it appear? */
bool dav_is_made(const struct dav_exchange *x, const struct dav_resource *item);
/* Its own entries, or NULL. */
const struct dav_acl *dav_own_entries(
	const struct dav_exchange *x, const struct dav_resource *item);

/* Of the person who asks; made once for an attempt. Never NULL. */
const struct household *dav_household(const struct dav_exchange *x);
/* The id of the principal who asks, or NULL. */
const char *dav_person_id(const struct dav_exchange *x);
/* Whose home a path of the store is in: "anna" of "calendars/anna/home". In the arena; NULL: nobody's. */
const char *dav_path_owner(struct arena *arena, const char *path);
/* The user whose home holds what `r` shows: of a share the true owner. NULL: nobody. */
const char *dav_owner(const struct dav_exchange *x, const struct dav_resource *r);

#endif
