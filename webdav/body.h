/* SPDX-License-Identifier: ISC */
/* Request bodies: XML where a verb wants XML, objects where it wants content (body.c). */
#ifndef WEBDAV_BODY_H
#define WEBDAV_BODY_H

#include "webdav/exchange.h"

/* Fills x->xml where the verb wants XML; refuses bodies that the verb does not know (RFC 4918 8.4). Once for all replays. */
enum dav_code dav_read_body(struct dav_exchange *x);

/* A Content-Type taken for content of `kind`? NULL: none was sent. */
bool dav_media_fits(enum dav_kind kind, const char *content_type);
/* One parameter (RFC 9110 5.6.6) cut off *rest: its name, and its value without quotes. */
bool dav_next_parameter(const char **rest, const char **name, size_t *name_len, const char **value,
	size_t *value_len);
/* Content-Type of an item as getcontenttype tells it, and GET where Accept makes no difference. */
const char *dav_media_type(const struct dav_resource *item);

#endif
