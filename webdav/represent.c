/* SPDX-License-Identifier: ISC */
/*
 * Items as the body of an answer (represent.h). What is longer than DAV_INLINE_BODY is left out of answers to changes: a
 * preference may be ignored, and a client that sent so much has it.
 */
#include "webdav/represent.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/accept.h"
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
	dav_set_vary(x, x->target.kind);
	dav_set_modified(x);
	if (language)
		dav_set_header(x, "Content-Language",
			text_clean_line(
				x->arena, xml_canonical_text(x->arena, language), STORE_MAX_NAME));
	sandbox_headers(x);
}

/* RFC 8144 3: Content-Location says of which URL the body is. */
static enum dav_code answer(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const struct dav_content *content)
{
	struct buf body, href;

	buf_init(&href, SIZE_MAX);
	dav_href(&href, place);
	dav_set_header(x, "Content-Location", href.data);
	buf_free(&href);
	x->applied |= PREFER_REPRESENTATION;
	buf_init(&body, SIZE_MAX);
	buf_add(&body, content->data, content->size);
	return dav_answer(
		x, code == DAV_NO_CONTENT ? DAV_OK : code, dav_selected_type(x, place), &body);
}

/* Of bytes that stand nowhere yet, for this person as the snapshot has it. */
static const char *etag_of(
	struct dav_exchange *x, const struct dav_resource *r, const char *bytes, size_t len)
{
	struct store_oid oid = store_blob_id(bytes, len);
	enum card_format format;
	char tag[DAV_MAX_TAG];

	store_oid_hex(tag, &oid);
	if (r->kind == DAV_CARD && dav_accept_card(x, r, &format))
		dav_mark_tag(tag, dav_stored_version(r->item), format);
	return arena_printf(x->arena, "\"%s\"", tag);
}

enum dav_code dav_represent(struct dav_exchange *x, enum dav_code code,
	const struct dav_resource *place, const char *bytes, size_t len, const struct facts *facts)
{
	struct store_item item = {.name = place->path.name};
	struct dav_resource shown = *place;
	/* Borrowed; what is made of it is freed. */
	struct dav_content content = {.data = bytes, .size = len};

	/* What came from elsewhere, and was no card there, is not known by its version. */
	if (!x->representation || len > DAV_INLINE_BODY ||
		(place->kind == DAV_CARD && !(facts->component & FACTS_VCARD)))
		return code;
	if (facts)
		item.facts = *facts;
	shown.item = &item;
	if (dav_content_select(x, &shown, &content)) {
		dav_set_header(x, "ETag", etag_of(x, &shown, bytes, len));
		dav_set_vary(x, place->kind);
		sandbox_headers(x);
		code = answer(x, code, &shown, &content);
	}
	dav_content_close(&content);
	return code;
}

enum dav_code dav_represent_current(struct dav_exchange *x, enum dav_code code)
{
	const struct dav_resource *target = &x->target;
	struct dav_content content;

	if (!x->representation || !target->item || !(target->kind & DAV_ITEM) ||
		!(dav_privileges(x, target) & PRIV_READ) ||
		dav_content_open(x, target, &content) != DAV_OK)
		return code;
	if (dav_content_select(x, target, &content) && content.size <= DAV_INLINE_BODY) {
		dav_item_headers(x);
		answer(x, code, target, &content);
	}
	dav_content_close(&content);
	return code;
}
