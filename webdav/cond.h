/* SPDX-License-Identifier: ISC */
/* What writing verbs ask about the conditions of a request (cond.c). */
#ifndef WEBDAV_COND_H
#define WEBDAV_COND_H

#include "webdav/exchange.h"

/* One entity tag as a client sent it, against ours without quotes; `weak`: RFC 9110 8.8.3.2. */
bool dav_tag_matches(const char *given, size_t len, const char *tag, bool weak);
/* Did the client make this write depend on anything? */
bool dav_is_conditional(const struct dav_exchange *x);

#endif
