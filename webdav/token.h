/* SPDX-License-Identifier: ISC */
/*
 * Sync tokens inside this folder: tokens for a number, as the pages of a report need them.
 * dav_token and dav_token_parse are declared in exchange.h. DESIGN.md section 7.
 */
#ifndef WEBDAV_TOKEN_H
#define WEBDAV_TOKEN_H

#include "webdav/exchange.h"

/* The number of the last change of a collection or of anything below it. */
uint64_t dav_tree_number(const struct store_collection *c);
/* The token of somebody who has seen all changes up to `number`. */
char *dav_token_at(const struct dav_exchange *x, struct arena *arena, uint64_t number);

#endif
