/* SPDX-License-Identifier: ISC */
/* Request bodies: XML where a verb wants XML, objects where it wants content (body.c). */
#ifndef WEBDAV_BODY_H
#define WEBDAV_BODY_H

#include "webdav/exchange.h"

/* Fills x->xml where the verb wants XML; refuses bodies that the verb does not know (RFC 4918 8.4). Once for all replays. */
enum dav_code dav_read_body(struct dav_exchange *x);

/* A Content-Type taken for content of `kind`? NULL: none was sent. */
bool dav_media_fits(enum dav_kind kind, const char *content_type);
/* Content-Type of an item as GET and getcontenttype tell it. */
const char *dav_media_type(const struct dav_resource *item);

#endif
