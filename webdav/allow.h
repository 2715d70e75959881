/* SPDX-License-Identifier: ISC */
/* The Allow header, and what a verb answers where it has no place (verb.c). */
#ifndef WEBDAV_ALLOW_H
#define WEBDAV_ALLOW_H

#include "webdav/exchange.h"

/* "OPTIONS, GET, HEAD, …" for one or more kinds. */
const char *dav_allow(struct arena *arena, unsigned kinds);
/* METHOD_NOT_ALLOWED, or what the standards want instead for this verb and target. */
enum dav_code dav_out_of_place(const struct dav_verb *verb, const struct dav_resource *target);

#endif
