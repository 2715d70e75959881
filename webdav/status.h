/* SPDX-License-Identifier: ISC */
/* The parts of a multistatus that several files write (prop.c). */
#ifndef WEBDAV_STATUS_H
#define WEBDAV_STATUS_H

#include "webdav/exchange.h"

/* <d:status>HTTP/1.1 404 Not Found</d:status>, then <d:error> where the outcome has a precondition (RFC 4918 14.22, 14.28). */
void dav_status_element(struct buf *out, enum dav_code code);
/* Value of a stored property by namespace and name, NULL when unset. */
const char *dav_meta_value(const struct store_meta *meta, const char *ns, const char *name);

#endif
