/* SPDX-License-Identifier: ISC */
/* Groups as principals (RFC 3744 4.3, 4.4): who is in them, as properties, and how PROPPATCH changes that. */
#ifndef WEBDAV_GROUP_H
#define WEBDAV_GROUP_H

#include "webdav/exchange.h"

/* Appends a d:href for each direct member of a group, for each group that a principal is directly in. Whom the person may
 * not find (find.h) is left out. `path`: "groups/kids". */
void dav_group_members(struct dav_exchange *x, const char *path, struct buf *out);
void dav_group_memberships(struct dav_exchange *x, const char *path, struct buf *out);

/* The setter of DAV:group-member-set: checks the new value and keeps it in `meta` until dav_change_group. Of groups, by
 * administrators; elsewhere, and for others, the property is protected. */
enum dav_code dav_set_group_members(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta);
/* Moves displayname and members from the properties of a group to the group itself: its file, and the shares that come and
 * go with its members. */
enum dav_code dav_change_group(
	struct dav_exchange *x, const struct dav_resource *r, struct store_meta *meta);

#endif
