/* SPDX-License-Identifier: ISC */
/*
 * Sharing by roles: what people say instead of access control entries (acl.h). A role of somebody is one entry on the
 * collection, and for authors another one about whoever made a member:
 *
 *	role      grant users/ben#ID …      grant property:{CS}created-by …
 *	editor    read,write
 *	author    read,bind                 write-properties,write-content,unbind
 *	reader    read
 *	busy      read-free-busy
 *
 * Giving a role takes the place of all that was granted to the same principal there. What others wrote stays as it is. A
 * denial of the same principal loses what the role gives, which cannot be granted and denied at once (RFC 3744 8.1.1,
 * no-ace-conflict), and keeps the rest; when a role ends denials stay whole: they may be what holds against a group. The
 * entry about creators is there once, as long as somebody may add members and no more.
 */
#ifndef WEBDAV_SHARING_H
#define WEBDAV_SHARING_H

#include "webdav/dav.h"
#include "webdav/people.h"

struct dav_role {
	const char *name;
	unsigned bits, created; /* enum dav_priv: of the principal; of creators besides */
};
extern const struct dav_role dav_roles[]; /* from the most to the least; ends with name NULL */
#define DAV_ROLE_OWNER "owner"
#define DAV_ROLE_CUSTOM "custom"                         /* rights that are no role */
#define DAV_ROLE_NONE "none"                             /* asked for, it ends a role */
const struct dav_role *dav_role_named(const char *name); /* NULL: there is none */

/* --- writing --- */

/* Makes *changed of the properties of a collection: `principal` ("users/ben", of the household) gets this role, NULL: loses
 * any. In the arena. False: of a denial would be left what has no name (of read, without read-free-busy). */
bool dav_role_entries(struct arena *arena, const struct household *household,
	const struct store_meta *meta, const char *principal, const struct dav_role *role,
	struct store_meta *changed);

/* Gives a role on the collection at `path`, a calendar or address book of whoever stands in it, to `with` (words of
 * dav_member_path), or with DAV_ROLE_NONE ends it; in one commit with the shares. Whoever had unsubscribed gets the share
 * back. `people->created`: they had no role there by themselves before. NOT_IN: there is nothing to end. */
enum dav_people_code dav_share_with(
	struct dav_people *people, const char *path, const char *with, const char *role);

/* --- reading --- */

/* All entries that count on one collection; in the arena, good as long as household and snapshot. */
struct dav_sharing;
struct dav_sharing *dav_sharing_read(struct arena *arena, const struct store_snapshot *snapshot,
	const struct household *household, const struct store_collection *c);

enum dav_role_by {
	ROLE_BY_ITSELF, /* the collection's entries about this principal alone */
	ROLE_BY_NAME,   /* and those of the home */
	ROLE_IN_ALL, /* all that counts in the end: groups, all, denials of whatever they are in */
};
/* A role's name, "owner", "custom"; NULL: nothing. The role of an admin is not asked. */
const char *dav_role_of(
	const struct dav_sharing *sharing, const char *principal, enum dav_role_by by);
/* Does an entry of the collection itself grant this very principal something? */
bool dav_is_granted(const struct dav_sharing *sharing, const char *principal);
/* Does a user get a share of it (share.h), unless they unsubscribed? */
bool dav_is_shared_with(const struct dav_sharing *sharing, const char *principal);

/* A share as the person in whose home it is sees it. False: what it showed is gone. */
struct dav_share_look {
	const struct store_collection *target;
	const char *owner;             /* "anna" */
	const struct store_meta *meta; /* what is the sharee's own, else the owner's */
	size_t count;                  /* of members that they see */
	uint64_t bytes;                /* of these */
};
bool dav_share_look(struct store *store, struct store_snapshot *snapshot, struct arena *arena,
	const struct dav_person *person, const struct store_collection *share,
	struct dav_share_look *look);

#endif
