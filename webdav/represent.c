/* SPDX-License-Identifier: ISC */
/*
 * Items as the body of an answer (represent.h). What is longer than DAV_INLINE_BODY is left out of answers to changes: a
 * preference may be ignored, and a client that sent so much has it.
 */
#include "webdav/represent.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/body.h"
#include "webdav/content.h"
#include "webdav/status.h"
#include "webdav/token.h"
#include "webdav/verb.h"

#include <stdint.h>

/* What people stored is never run as a page of ours. */
static void sandbox_headers(struct dav_exchange *x)
{
	dav_set_header(x, "X-Content-Type-Options", "nosniff");
	dav_set_header(x, "Content-Security-Policy", "sandbox; default-src 'none'");
}

/* RFC 4918 15.7: what GET of a calendar or an address book gives is all of it, as it is seen. */
bool dav_modified(const struct dav_exchange *x, const struct dav_resource *r, int64_t *when)
{
	struct store_commit_ref commit;
	uint64_t number = r->path.name ? (r->item ? r->item->number : 0)
		: r->kind & (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_DIRECTORY) ? dav_number(x, r)
		: r->collection ? store_collection_number(r->collection)
				: 0;

	if (!number || !store_commit_at(x->snapshot, number >> STORE_INDEX_BITS, &commit))
		return false;
	*when = commit.time;
	return true;
}

void dav_set_modified(struct dav_exchange *x)
{
	char date[30];
	int64_t when;

	if (!dav_modified(x, &x->target, &when))
		return;
	clock_http(date, when);
	dav_set_header(x, "Last-Modified", date);
}

void dav_item_headers(struct dav_exchange *x)
{
	const struct store_meta *meta = dav_meta(x, &x->target, x->arena);
	const char *language = dav_meta_value(meta, NS_DAV, "getcontentlanguage");

	dav_set_header(x, "ETag", dav_etag(x, x->arena, &x->target));
	if (x->target.kind == DAV_EVENT)
		dav_set_header(x, "Vary", "CalDAV-Timezones");
	dav_set_modified(x);
	if (language)
		dav_set_header(x, "Content-Language",
			text_clean_line(
				x->arena, xml_canonical_text(x->arena, language), STORE_MAX_NAME));
	sandbox_headers(x);
}

/* RFC 8144 3: Content-Location says of which URL the body is. */
static enum dav_code answer(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const char *type, const char *bytes, size_t len)
{
	struct buf body, href;

	buf_init(&href, SIZE_MAX);
	dav_href(&href, place);
	dav_set_header(x, "Content-Location", href.data);
	buf_free(&href);
	x->applied |= PREFER_REPRESENTATION;
	buf_init(&body, SIZE_MAX);
	if (place->kind != DAV_EVENT || !cal_zones_adjust(&body, x->zones, bytes, len))
		buf_add(&body, bytes, len);
	return dav_answer(x, code == DAV_NO_CONTENT ? DAV_OK : code, type, &body);
}

enum dav_code dav_represent(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const char *bytes, size_t len, const struct facts *facts)
{
	struct store_item item = {.name = place->path.name};
	struct dav_resource shown = *place;
	struct store_oid oid;
	char hex[41];

	if (!x->representation || len > DAV_INLINE_BODY)
		return code;
	if (facts)
		item.facts = *facts;
	shown.item = &item;
	oid = store_blob_id(bytes, len);
	store_oid_hex(hex, &oid);
	dav_set_header(x, "ETag", arena_printf(x->arena, "\"%s\"", hex));
	if (place->kind == DAV_EVENT)
		dav_set_header(x, "Vary", "CalDAV-Timezones");
	sandbox_headers(x);
	return answer(x, code, &shown, dav_media_type(&shown), bytes, len);
}

enum dav_code dav_represent_current(struct dav_exchange *x, enum dav_code code)
{
	const struct dav_resource *target = &x->target;
	struct dav_content content;

	if (!x->representation || !target->item || !(target->kind & DAV_ITEM) ||
		!(dav_privileges(x, target) & PRIV_READ) ||
		dav_content_open(x, target, &content) != DAV_OK)
		return code;
	if (content.size <= DAV_INLINE_BODY) {
		dav_item_headers(x);
		answer(x, code, target, dav_media_type(target), content.data, content.size);
	}
	dav_content_close(&content);
	return code;
}
