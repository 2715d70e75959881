/* SPDX-License-Identifier: ISC */
/* Items as the body of an answer: to GET, and to changes whose client asked for it (RFC 7240 4.2, RFC 8144 3; represent.c). */
#ifndef WEBDAV_REPRESENT_H
#define WEBDAV_REPRESENT_H

#include "webdav/exchange.h"

/* When it was last changed (RFC 4918 15.7): for getlastmodified, Last-Modified and what is asked by dates (RFC 9110 13.1.3). */
bool dav_modified(const struct dav_exchange *x, const struct dav_resource *r, int64_t *when);
void dav_set_modified(struct dav_exchange *x);
/* ETag, Last-Modified, Content-Language of the target, which is an item, and what keeps browsers from running it. */
void dav_item_headers(struct dav_exchange *x);
/* After a change: where the client asked for it, the bytes that stand at `place` now become the body, and the outcome one
 * that has a body. `facts`: of the bytes, or NULL. */
enum dav_code dav_represent(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const char *bytes, size_t len, const struct facts *facts);
/* After a condition that did not hold: where the client asked for it, and may read it, what the target is now. */
enum dav_code dav_represent_current(struct dav_exchange *x, enum dav_code code);

#endif
