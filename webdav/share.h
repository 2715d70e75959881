/* SPDX-License-Identifier: ISC */
/*
 * Shares: a calendar or address book of somebody else as a collection in one's own home (DESIGN.md section 7). The share's
 * .collection holds `share-of ID PATH` and what is the sharee's own: displayname, description, colour, order, transparency.
 * Its members, its sync-token and all rights on them are those of the collection that it shows; deleting it only
 * unsubscribes.
 *
 * Whoever is granted something by name or through a group gets a share in the very commit that grants it, and loses it in
 * the one that takes the last right away. What everybody may read makes no shares.
 */
#ifndef WEBDAV_SHARE_H
#define WEBDAV_SHARE_H

#include "storage/household.h"
#include "storage/store.h"

/* The collection that a share shows; NULL: it is not there (any more), or `share` is none. */
const struct store_collection *dav_share_target(
	const struct store_snapshot *snapshot, const struct store_collection *share);
/* The share in a user's home of the collection at `path` with this id; NULL: there is none. */
const struct store_collection *dav_share_of(
	const struct store_snapshot *snapshot, const char *user, const char *path, const char *id);

/* Whoever holds one of these privileges by name on the collection at `path` gets a share: of a book nothing can be seen but
 * its cards. */
unsigned dav_shown_by(const char *path);

/* The share collections that come and go with a change of rights or of people. Fill it in, settle, and commit `changes`
 * together with the change itself. */
struct dav_settling {
	struct store *store;
	const struct store_snapshot *snapshot;
	const struct store_snapshot
		*was; /* the state before; NULL: `snapshot` is before and, but for `path`, after */
	struct arena *arena; /* of all that is appended */
	/* People before and after; the same when only rights change. */
	const struct household *before, *after;
	/* The one collection or home whose entries change, or which comes or goes: its path and its properties after (NULL: it
	 * goes). path NULL: only people change. */
	const char *path;
	const struct store_meta *meta;
	/* Whoever is this principal ("users/ben", "groups/kids") gets a share also if they had the right before, and had
	 * unsubscribed: they are told of it anew. Or NULL. */
	const char *again;
	/* in and out: changes are appended (arena_grow) */
	struct store_change *changes;
	size_t n_changes, cap_changes;
	/* out: how often somebody's hold on a collection was judged. Only who is named by an entry is, and where the entries
	 * stay as they are only who changed (storage/household.h): the cost is that of the change. */
	size_t n_judged;
};
void dav_shares_settle(struct dav_settling *settling);

/* What others did to rights and people by a push is followed by the shares, in a commit of Daybook's own; store_watch. The
 * payload is the store. */
void dav_shares_follow(void *store, const struct store_snapshot *before);

/* Removing a principal ("users/anna", "groups/kids") for good: appends the changes that take its references out of every
 * group and every access control entry, so that somebody of the same name later inherits nothing (DESIGN.md 7), and the
 * shares that end with them. `settling->after` is the household without it; path and meta are NULL. */
void dav_forget_principal(struct dav_settling *settling, const char *principal);

#endif
