/* SPDX-License-Identifier: ISC */
/* Items as the body of an answer: to GET, and to changes whose client asked for it (RFC 7240 4.2, RFC 8144 3; represent.c). */
#ifndef WEBDAV_REPRESENT_H
#define WEBDAV_REPRESENT_H

#include "webdav/exchange.h"

/* ETag, Last-Modified, Content-Language of the target, which is an item, and what keeps browsers from running it. */
void dav_item_headers(struct dav_exchange *x);
/* After a change: where the client asked for it, the bytes that stand at `place` now become the body, and the outcome one
 * that has a body. `facts`: of the bytes, or NULL. */
enum dav_code dav_represent(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const char *bytes, size_t len, const struct facts *facts);
/* After a condition that did not hold: where the client asked for it, and may read it, what the target is now. */
enum dav_code dav_represent_current(struct dav_exchange *x, enum dav_code code);

#endif
