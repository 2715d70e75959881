/* SPDX-License-Identifier: ISC */
/*
 * Subscribed calendars: a collection in one's home that says where a calendar of the web is, so that every client of the
 * user sees it. Clients make it with MKCALENDAR (macOS) or extended MKCOL (Nextcloud) whose DAV:resourcetype has
 * CS:subscribed and which brings the link in CS:source; its type is told back as it was asked for, without CALDAV:calendar,
 * or it would be synced as an empty calendar (DAVx5, macOS). The clients fetch.
 *
 * In the repository its .collection is a calendar's with that DAV:resourcetype among the stored properties: the one value
 * of a live property that is not known from the kind. So it needs no new word in .collection, COPY and MOVE take it along,
 * and a version of this program that does not know it sees a calendar with a property more.
 */
#ifndef WEBDAV_SUBSCRIPTION_H
#define WEBDAV_SUBSCRIPTION_H

#include "webdav/exchange.h"

bool dav_is_subscribed(const struct store_meta *meta);
/* Makes the properties of a new calendar those of a subscription, or of a plain calendar. */
void dav_set_subscribed(struct arena *arena, struct store_meta *meta, bool subscribed);
/* OK; CONFLICT when the CS:source of a subscription has no link, or one that is not for calendars. `value` NULL: none. */
enum dav_code dav_check_source(struct dav_exchange *x, const struct xml_element *value);
/* The same for what stands in the properties of a subscription; others may have any source, or none. */
enum dav_code dav_check_subscription(struct dav_exchange *x, const struct store_meta *meta);
/* Privileges that nobody holds: what a subscription or a birthday calendar shows is changed elsewhere. */
unsigned dav_never_held(const struct dav_resource *resource);

#endif
