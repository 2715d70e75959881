/* SPDX-License-Identifier: ISC */
/*
 * c:calendar-data and card:address-data in requests and answers (RFC 4791 9.6, RFC 6352 10.4):
 * they look like properties and are rows of the property tables, but a report checks them
 * before it answers.
 */
#ifndef WEBDAV_DATA_H
#define WEBDAV_DATA_H

#include "ical/cal.h"
#include "webdav/prop.h"

#define DAV_MAX_RENDERED                                                                           \
	(24u * 1024 * 1024) /* one object expanded, or one card, as it goes into an answer */

/* So many series of an answer are counted up to the limit of instances; those after them are over it unseen, since a range
 * that is too long for these is too long for all. */
#define DAV_MAX_UNEXPANDED 50

/* What must be known before the first row: SUPPORTED_CALENDAR_DATA, SUPPORTED_ADDRESS_DATA
 * for a type that we do not have, BAD_REQUEST for a range that is none, and a property without a name. */
enum dav_code dav_data_check(struct dav_exchange *x, const struct dav_wanted *wanted);

/* Each card:prop has a name, and its novalue is yes or no (RFC 6352 10.4.2). */
bool dav_address_data_is_right(const struct xml_element *asked);

/* The getters of the two rows. */
enum dav_code dav_get_calendar_data(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *asked, struct buf *out);
enum dav_code dav_get_address_data(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *asked, struct buf *out);

/* dav_row of a card in a report whose rows may be a status alone: one that cannot be had in the version asked for is one
 * (RFC 6352 8.7.2). */
void dav_card_row(struct dav_exchange *x, const struct dav_resource *r,
	const struct dav_wanted *wanted, struct buf *out);

/* The zone that floating times of a calendar are in: its calendar-timezone(-id), or NULL for
 * UTC (RFC 4791 7.3). Lives in `arena` or for ever. */
const struct cal_zone *dav_calendar_zone(struct arena *arena, const struct store_collection *c);

/* Appends bytes as character data; the CR of a line end is left out, as XML would lose it
 * anyway (RFC 4791 9.6). */
void dav_data_escape(struct buf *out, const char *bytes, size_t len);

#endif
