/* SPDX-License-Identifier: ISC */
/*
 * OPTIONS: what the shape of a URL allows, told to anybody and the same whether something is there or not. 200 with an empty
 * body (RFC 4918 10.1; 204 makes some clients give up).
 */
#include "webdav/allow.h"
#include "webdav/verb.h"

enum dav_code dav_verb_options(struct dav_exchange *x)
{
	unsigned kinds = dav_verb_kind(&x->target);

	/* A folder whose slash was forgotten looks like a file. */
	if (kinds == DAV_FILE)
		kinds |= DAV_FOLDER;
	/* GNOME takes a calendar without PUT here for read-only: what its members take counts, too. */
	if (kinds & (DAV_CALENDAR | DAV_ADDRESSBOOK))
		kinds |= dav_kind_row(kinds)->member;
	dav_set_header(x, "Allow", dav_allow(x->arena, kinds));
	return DAV_OK;
}
