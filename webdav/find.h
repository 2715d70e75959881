/* SPDX-License-Identifier: ISC */
/*
 * Whom somebody finds without knowing the URL: by a search (RFC 3744 9.4), in the listings of the principal collections, as
 * the member of a group. A principal whose URL is known answers PROPFIND to every member of the household (DESIGN.md 7);
 * how far one sees beyond that is for the household to say: [people] search.
 */
#ifndef WEBDAV_FIND_H
#define WEBDAV_FIND_H

#include "webdav/exchange.h"

/* `path` is that of a principal: "users/anna", "groups/kids". False, too, where there is none. */
bool dav_may_find(const struct dav_exchange *x, const char *path);

#endif
