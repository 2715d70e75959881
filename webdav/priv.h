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

/* What holds on a resource that stands in no home. */
unsigned dav_standing(const struct dav_exchange *x, const struct dav_resource *resource);
/* The same for nobody in particular: what every member of the household holds, or the principal itself. */
unsigned dav_standing_of(enum dav_kind kind, bool self);
/* As dav_privileges, without the right to say how a share looks in one's own home, or a birthday calendar: clients take
 * write-properties for a sign that they may write (Thunderbird). */
unsigned dav_granted(const struct dav_exchange *x, const struct dav_resource *resource);
/* Does the password that the person used reach resources of this kind? */
bool dav_in_scope(const struct dav_person *person, enum dav_kind kind);

/* Is something there that the person must not know of? Then `r` becomes what its URL would name if nothing were there. */
bool dav_hide(const struct dav_exchange *x, struct dav_resource *r);
/* May the person take all away that is in a collection, or carry it elsewhere? OK, or NEED_PRIVILEGES with the first obstacle:
 * what is hidden from somebody is not theirs to remove with the rest (RFC 3744 Appendix B, of each resource processed). */
enum dav_code dav_require_whole(struct dav_exchange *x, const struct dav_resource *r, bool moved);

#endif
