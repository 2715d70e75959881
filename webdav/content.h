/* SPDX-License-Identifier: ISC */
/*
 * The bytes of an item as the person who asks sees them: as they were stored, or with nothing but their times (view.h). Every
 * way out of this folder reads items here.
 */
#ifndef WEBDAV_CONTENT_H
#define WEBDAV_CONTENT_H

#include "ical/card.h"
#include "webdav/exchange.h"

#define DAV_MAX_TAG 64 /* bytes of an ETag without quotes, and NUL */

struct dav_content {
	const char *data; /* NUL-terminated after size */
	size_t size;
	struct store_bytes stored;
	char *made; /* malloc'd: not what was stored */
};

/* OK, NOT_FOUND for an item that the person does not see, INTERNAL for one that cannot be read. */
enum dav_code dav_content_open(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content);
void dav_content_close(struct dav_content *content);

/* With the VTIMEZONEs that the request wants: CalDAV-Timezones (RFC 7809 3.1.3). For what goes out as calendar data; filters
 * are asked of what is stored. The ETag stays the item's: RFC 4791 5.3.4 asks that of GET, though RFC 9110 8.8.3 would have
 * another for other octets; a cache is told by Vary. */
void dav_content_zones(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content);

/* The version a card is stored in. */
enum card_format dav_stored_version(const struct store_item *card);
/* A card in another version (RFC 6352 5.1.1); what is no card stays as it is. False: it cannot be converted. */
bool dav_content_convert(
	const struct dav_resource *item, enum card_format format, struct dav_content *content);

/* Makes of it what GET of this request gives: its zones, its version. False: it cannot be converted, or Accept takes nothing. */
bool dav_content_select(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content);
/* Is that what is stored, octet for octet? */
bool dav_is_as_stored(const struct dav_exchange *x, const struct dav_resource *item);

/* The ETag of an item without its quotes: the blob's id, and where the octets are not the blob's a sign for that; of a
 * calendar or an address book that of its export (RFC 4918 15.6: what GET without Accept has, PROPFIND has). "" for what has
 * none. */
void dav_content_tag(
	const struct dav_exchange *x, const struct dav_resource *item, char tag[DAV_MAX_TAG]);
/* That of a card or an address book in one version; of all else `format` says nothing. */
void dav_format_tag(const struct dav_exchange *x, const struct dav_resource *item,
	enum card_format format, char tag[DAV_MAX_TAG]);
/* That of what GET gives to this request; "" also where Accept takes nothing. */
void dav_selected_tag(
	const struct dav_exchange *x, const struct dav_resource *item, char tag[DAV_MAX_TAG]);
/* Puts behind the id of a card's blob what `format` is known by, where `stored` is another. */
void dav_mark_tag(char tag[DAV_MAX_TAG], enum card_format stored, enum card_format format);
/* What is remembered about the bytes is kept under this id (ical/cal.h). */
struct store_oid dav_content_id(const struct dav_exchange *x, const struct dav_resource *item);

#endif
