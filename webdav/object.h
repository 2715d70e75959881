/* SPDX-License-Identifier: ISC */
/* Objects on their way into a calendar or address book: the preconditions of RFC 4791 5.3.2.1 and RFC 6352 6.3.2.1. */
#ifndef WEBDAV_OBJECT_H
#define WEBDAV_OBJECT_H

#include "webdav/exchange.h"

/* What new bytes are, as a member of kind `kind`, within the limits; of files only the size is asked. */
enum dav_code dav_inspect(struct dav_exchange *x, enum dav_kind kind, const char *bytes, size_t len,
	struct facts *facts);
/* max-resource-size, min-date-time, max-date-time, max-instances and max-attendees-per-instance alone: of an object that
 * comes from another collection. */
enum dav_code dav_check_limits(
	struct dav_exchange *x, enum dav_kind kind, const char *bytes, size_t len);
/* May an object of these facts stand at `place`? `leaving`: a name of the same collection that goes in the same write. */
enum dav_code dav_check_object(struct dav_exchange *x, const struct dav_resource *place,
	const struct facts *facts, const char *leaving);
/* no-uid-conflict, with the href of the item `name` beside `place` that has the UID, if the person may know it. */
enum dav_code dav_uid_conflict(
	struct dav_exchange *x, const struct dav_resource *place, const char *name);
/* What somebody is answered who may add members, and meets a name that is hidden from them. */
enum dav_code dav_hidden_conflict(const struct dav_resource *r);
/* SUMMARY or FN of an item, else its name: for the words of a commit. */
const char *dav_item_words(struct dav_exchange *x, const struct dav_resource *r);
/* The directory part of a path of the store: "calendars/anna" of "calendars/anna/home". */
char *dav_parent_path(struct arena *arena, const char *path);

#endif
