/* SPDX-License-Identifier: ISC */
/* Privileges by name (RFC 3744 3, RFC 4791 6.1): the rows that print them and say what holds what. */
#ifndef WEBDAV_PRIV_H
#define WEBDAV_PRIV_H

#include "webdav/exchange.h"

struct dav_priv_row {
	unsigned bits;   /* all that it holds */
	unsigned own;    /* its own bit; 0 for aggregates, which are named by their parts */
	unsigned parent; /* bits of the aggregate it stands in; 0 for DAV:all */
	const char *ns, *name;
	const char *description;
	bool reserved; /* nobody can hold it yet: shown as abstract (5.3) */
};

extern const struct dav_priv_row dav_priv_rows[]; /* from the outside in; ends with bits 0 */

/* Appends a <d:privilege> for each held one, aggregates too: clients look for the words they know. */
void dav_priv_list(struct buf *out, unsigned held);

/* What the owner, and any other member of the household, hold on a kind of resource. */
void dav_grants(enum dav_kind kind, unsigned *owner, unsigned *member);

#endif
