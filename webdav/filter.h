/* SPDX-License-Identifier: ISC */
/*
 * The filter of a calendar-query (RFC 4791 9.7) from XML to what ical/ understands, with all
 * the checks that decide a status; and the times that stand in attributes of CalDAV elements.
 */
#ifndef WEBDAV_FILTER_H
#define WEBDAV_FILTER_H

#include "ical/card.h"
#include "webdav/exchange.h"

/* Elements of a filter, text-match and time-range among them. No client has a tenth of them; each costs for each object. */
#define DAV_MAX_FILTERS 200
bool dav_filter_is_small(const struct xml_element *element);

/* OK with *filter in x->arena, else VALID_FILTER, SUPPORTED_FILTER or SUPPORTED_COLLATION
 * with a text. `element` is c:filter; NULL is VALID_FILTER. */
enum dav_code dav_filter_parse(struct dav_exchange *x, const struct xml_element *element,
	const struct cal_comp_filter **filter);

/* The filter of an addressbook-query (RFC 6352 10.5), which is in `query`: OK, BAD_REQUEST for what is malformed,
 * CARD_SUPPORTED_FILTER or CARD_SUPPORTED_COLLATION (filter_card.c). */
enum dav_code dav_card_filter_parse(
	struct dav_exchange *x, const struct xml_element *query, struct card_filter *filter);
/* The value of an attribute match-type (10.5.4); false, with *type as it was: none. */
bool dav_match_type(const char *name, enum card_match_type *type);

/* Attributes start and end of c:time-range, c:expand, c:limit-…: "date with UTC time" (9.9).
 * False when one is malformed, both are missing, or the end is not after the start; with
 * `both` also when one is missing. */
bool dav_range_parse(const struct xml_element *element, bool both, struct cal_range *range);

/* min-date-time and max-date-time (RFC 4791 7.8, 7.9) of each range in the body of a report; OK when there is none. */
enum dav_code dav_check_ranges(struct dav_exchange *x);

/* "20060104T140000Z" to Unix seconds and back (16 characters and NUL). */
bool dav_utc_parse(const char *text, int64_t *when);
void dav_utc_print(char out[17], int64_t when);

/* A text that every match of the filter has in its UID (so that facts alone can say no), or
 * NULL. `*nocase`: how to look. */
const char *dav_filter_uid(const struct cal_comp_filter *filter, bool *nocase);

#endif
