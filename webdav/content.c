/* SPDX-License-Identifier: ISC */
/* Items as they are seen (content.h). */
#include "webdav/content.h"

#include "ical/cal.h"
#include "webdav/accept.h"
#include "webdav/data.h"
#include "webdav/directory.h"
#include "webdav/server.h"
#include "webdav/token.h"
#include "webdav/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Raise it when cal_redact writes something else: clients hold the old octets under the old tag. */
#define BUSY_TAG "-b1"

static enum dav_code redact(struct dav_content *content)
{
	struct buf out;

	buf_init(&out, DAV_MAX_RENDERED);
	bool ok = cal_redact(&out, content->stored.data, content->stored.size);
	store_bytes_free(&content->stored);
	if (!ok) {
		buf_free(&out);
		return DAV_NOT_FOUND;
	}
	content->made = buf_take(&out, &content->size);
	content->data = content->made;
	return DAV_OK;
}

enum dav_code dav_content_open(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content)
{
	enum dav_sight sight = dav_sight(x, item);

	*content = (struct dav_content){0};
	if (item->kind == DAV_DIRECTORY_CARD)
		return dav_directory_open(x, item, content);
	if (sight == DAV_SEES_NOTHING)
		return DAV_NOT_FOUND;
	if (store_read(x->server->store, &item->item->oid, &content->stored) != STORE_OK)
		return DAV_INTERNAL;
	if (sight == DAV_SEES_BUSY)
		return redact(content);
	content->data = content->stored.data;
	content->size = content->stored.size;
	return DAV_OK;
}

void dav_content_zones(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content)
{
	struct buf out;
	size_t size;

	if (item->kind != DAV_EVENT || x->zones == CAL_ZONES_AS_SENT)
		return;
	buf_init(&out, DAV_MAX_RENDERED);
	if (!cal_zones_adjust(&out, x->zones, content->data, content->size)) {
		buf_free(&out);
		return;
	}
	char *made = buf_take(&out, &size);
	dav_content_close(content);
	*content = (struct dav_content){.data = made, .size = size, .made = made};
}

enum card_format dav_stored_version(const struct store_item *card)
{
	return card->facts.flags & FACTS_VCARD4 ? CARD_VCARD_4 : CARD_VCARD_3;
}

bool dav_content_convert(
	const struct dav_resource *item, enum card_format format, struct dav_content *content)
{
	struct buf out;
	size_t size;

	if (!(item->kind & DAV_ANY_CARD) || dav_stored_version(item->item) == format)
		return true;
	buf_init(&out, DAV_MAX_RENDERED);
	if (!card_convert(&out, format, content->data, content->size) || out.full) {
		buf_free(&out);
		return false;
	}
	char *made = buf_take(&out, &size);
	dav_content_close(content);
	*content = (struct dav_content){.data = made, .size = size, .made = made};
	return true;
}

bool dav_content_select(
	const struct dav_exchange *x, const struct dav_resource *item, struct dav_content *content)
{
	enum card_format format = DAV_DEFAULT_VERSION;

	dav_content_zones(x, item, content);
	return !(item->kind & DAV_ANY_CARD) ||
		(dav_accept_card(x, item, &format) && dav_content_convert(item, format, content));
}

bool dav_is_as_stored(const struct dav_exchange *x, const struct dav_resource *item)
{
	enum card_format format;

	if (item->kind == DAV_DIRECTORY_CARD)
		return false;
	if (item->kind == DAV_CARD)
		return dav_accept_card(x, item, &format) &&
			format == dav_stored_version(item->item);
	return dav_sight(x, item) == DAV_SEES_ALL &&
		(item->kind != DAV_EVENT || x->zones == CAL_ZONES_AS_SENT);
}

void dav_content_close(struct dav_content *content)
{
	if (content->made)
		free(content->made);
	else
		store_bytes_free(&content->stored);
	*content = (struct dav_content){0};
}

/* Who is not the owner may see something else than others do, under the same URL. */
static const char *viewer(const struct dav_exchange *x, const struct dav_resource *r)
{
	const struct dav_view *view = dav_view_now(x, r);
	const char *name = x->request->person.name ? x->request->person.name : "";
	struct store_oid id = store_blob_id(name, strlen(name));
	char hex[41];

	if (view->owner)
		return "";
	store_oid_hex(hex, &id);
	return arena_printf(x->arena, "-%s%.8s", view->busy ? "b" : "r", hex);
}

/* The number of the last change of what is seen and its commit say all about the content of a calendar or an address book as
 * one file (get_calendar.c), in whatever version. */
static void collection_tag(const struct dav_exchange *x, const struct dav_resource *r,
	enum card_format format, char tag[DAV_MAX_TAG])
{
	static const char *const zones[] = {
		[CAL_ZONES_AS_SENT] = "", [CAL_ZONES_ALL] = "-t", [CAL_ZONES_NONE] = "-f"};
	struct store_commit_ref commit = store_head(x->snapshot);
	uint64_t number = dav_number(x, r);
	char hex[41];

	store_commit_at(x->snapshot, number >> STORE_INDEX_BITS, &commit);
	store_oid_hex(hex, &commit.oid);
	snprintf(tag, DAV_MAX_TAG, "%" PRIu64 "-%.16s%s%s", number, hex, viewer(x, r),
		r->kind == DAV_CALENDAR ? zones[x->zones] : dav_card_type(format)->mark);
}

/* Raise the marks (accept.c) when card_convert writes something else: clients hold the old octets under the old tag. */
void dav_mark_tag(char tag[DAV_MAX_TAG], enum card_format stored, enum card_format format)
{
	size_t len = strlen(tag);

	if (stored != format)
		snprintf(tag + len, DAV_MAX_TAG - len, "%s", dav_card_type(format)->mark);
}

void dav_content_tag(
	const struct dav_exchange *x, const struct dav_resource *item, char tag[DAV_MAX_TAG])
{
	dav_format_tag(x, item, DAV_DEFAULT_VERSION, tag);
}

void dav_selected_tag(
	const struct dav_exchange *x, const struct dav_resource *item, char tag[DAV_MAX_TAG])
{
	enum card_format format = DAV_DEFAULT_VERSION;

	*tag = '\0';
	if (!(item->kind & (DAV_ANY_CARD | DAV_ANY_BOOK)) || dav_accept_card(x, item, &format))
		dav_format_tag(x, item, format, tag);
}

void dav_format_tag(const struct dav_exchange *x, const struct dav_resource *item,
	enum card_format format, char tag[DAV_MAX_TAG])
{
	*tag = '\0';
	if (item->exists && (item->kind & DAV_ANY_DIRECTORY)) {
		dav_directory_tag(x, item, tag);
		dav_mark_tag(tag, CARD_VCARD_3, format);
	}
	/* RFC 6578 3.5.1: a home tells every change of it; to others than the owner it tells what they see, which changes less
	 * often than this. */
	if (item->exists && (item->kind & (DAV_CALENDAR | DAV_ADDRESSBOOK)) &&
		(x->request->guest || (!item->share && dav_view_now(x, item)->owner)))
		collection_tag(x, item, format, tag);
	if (!item->item || !(item->kind & DAV_ITEM))
		return;
	store_oid_hex(tag, &item->item->oid);
	if (dav_sight(x, item) == DAV_SEES_BUSY)
		memcpy(tag + strlen(tag), BUSY_TAG, sizeof(BUSY_TAG));
	else if (item->kind == DAV_CARD)
		dav_mark_tag(tag, dav_stored_version(item->item), format);
}

struct store_oid dav_content_id(const struct dav_exchange *x, const struct dav_resource *item)
{
	struct store_oid oid = item->item->oid;

	if (dav_sight(x, item) == DAV_SEES_BUSY)
		for (size_t i = 0; i < sizeof(oid.bytes); i++)
			oid.bytes[i] ^= 0xff;
	return oid;
}
