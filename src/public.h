/* SPDX-License-Identifier: ISC */
/*
 * What an address under /public/ opens. Two forms, told apart by shape: /public/TOKEN.ics is a link (storage/link.h), its
 * suffix may be .vcf or missing; /public/U/C.ics and /public/U/C.vcf name a calendar or address book whose ACL may let
 * everybody read. Nothing here decides about rights: the guest goes to webdav with the request.
 */
#ifndef SRC_PUBLIC_H
#define SRC_PUBLIC_H

#include "src/app.h"
#include "storage/link.h"

#define PUBLIC_PREFIX "/public/"

struct public_place {
	struct dav_guest guest;
	const char *target;     /* "/dav/calendars/anna/club/" */
	struct store_link link; /* token NULL: it came without one */
};

/* `path` without query, as sent: nothing in a token is decoded. False when it leads nowhere; why is nobody's business. */
bool public_find(
	struct app *app, struct arena *arena, const char *path, struct public_place *place);

#endif
