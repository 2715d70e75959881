/* SPDX-License-Identifier: ISC */
/* Which bytes of an item a GET asks for (RFC 9110 14; range.c). */
#ifndef WEBDAV_RANGE_H
#define WEBDAV_RANGE_H

#include "webdav/exchange.h"

/* Bytes of a body: from `from`, `size` of them. */
struct dav_range {
	size_t from, size;
};

/* Of the target, which is `size` bytes as the person sees it: OK for the whole, PARTIAL for the part in *range, or
 * RANGE_NOT_SATISFIABLE. Sets Accept-Ranges and Content-Range. */
enum dav_code dav_read_range(struct dav_exchange *x, size_t size, struct dav_range *range);

#endif
