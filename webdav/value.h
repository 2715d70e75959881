/* SPDX-License-Identifier: ISC */
/* A property's value as it would be shown, read back: what reports find in it (value.c). */
#ifndef WEBDAV_VALUE_H
#define WEBDAV_VALUE_H

#include "webdav/exchange.h"

/* The element of the property, live or dead, in `arena`; NULL: it is not there, or not for this person. */
const struct xml_element *dav_value(struct dav_exchange *x, const struct dav_resource *r,
	const char *ns, const char *name, struct arena *arena);

#endif
