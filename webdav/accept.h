/* SPDX-License-Identifier: ISC */
/*
 * The versions that a card can be had in, and which of them a request wants (RFC 6352 5.1.1; RFC 9110 12.5.1; accept.c). What
 * names none gets vCard 3.0 (RFC 6352 10.4).
 */
#ifndef WEBDAV_ACCEPT_H
#define WEBDAV_ACCEPT_H

#include "ical/card.h"
#include "webdav/exchange.h"

#define DAV_DEFAULT_VERSION CARD_VCARD_3

struct dav_card_type {
	enum card_format format;
	const char *type, *version; /* as card:address-data names it */
	const char *content_type;   /* as GET tells it */
	const char *mark;           /* in an ETag, where this is not what is stored */
	unsigned kinds;             /* what GET gives in it, as enum dav_kind */
};

#define DAV_N_CARD_TYPES 3
extern const struct dav_card_type dav_card_types[DAV_N_CARD_TYPES]; /* the default first */
const struct dav_card_type *dav_card_type(enum card_format format);
/* The one that the attributes of card:address-data ask for, each of which may be NULL. NULL: there is none. */
const struct dav_card_type *dav_card_type_asked(const char *type, const char *version);

/* What GET of a card or an address book gives to this request; false: nothing that its Accept would take. */
bool dav_accept_card(
	const struct dav_exchange *x, const struct dav_resource *r, enum card_format *format);
/* Content-Type of what GET of an item gives to this request. */
const char *dav_selected_type(const struct dav_exchange *x, const struct dav_resource *item);
/* OK, or CARD_CONVERSION for a GET of the target that cannot be satisfied: before its conditions are asked (RFC 9110 13.2.1). */
enum dav_code dav_check_accept(struct dav_exchange *x);

/* What answers to GET depend on beside their URL (RFC 9110 12.5.5). */
void dav_set_vary(struct dav_exchange *x, enum dav_kind kind);

#endif
