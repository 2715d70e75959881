/* SPDX-License-Identifier: ISC */
/*
 * PUT (RFC 4918 9.7, RFC 4791 5.3.2, RFC 6352 6.3.2). The bytes are kept as sent, so the answer carries the strong ETag;
 * never a Location, which some clients would follow. One exception: who writes a card of 3.0 over one of 4.0 was shown that
 * in 3.0, without what 3.0 has no word for, and does not mean to remove it.
 */
#include "ical/card.h"
#include "src/base/text.h"
#include "webdav/body.h"
#include "webdav/data.h"
#include "webdav/meta.h"
#include "webdav/object.h"
#include "webdav/put.h"
#include "webdav/quota.h"
#include "webdav/represent.h"
#include "webdav/server.h"
#include "webdav/verb.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Which outcome a wrong type has, by kind. */
static const struct {
	enum dav_kind kind;
	enum dav_code type;
} refusals[] = {
	{DAV_EVENT, DAV_SUPPORTED_CALENDAR_DATA},
	{DAV_CARD, DAV_SUPPORTED_ADDRESS_DATA},
	{DAV_FILE, DAV_UNSUPPORTED_MEDIA},
};

enum dav_code dav_check_type(struct dav_exchange *x, enum dav_kind kind, const char *type)
{
	size_t i = 0;

	while (refusals[i].kind != kind)
		i++;
	if (!dav_media_fits(kind, type))
		return dav_fail(x, refusals[i].type, "not a type for this place: %s", type);
	return DAV_OK;
}

enum dav_code dav_check_upload(struct dav_exchange *x)
{
	/* RFC 9110 14.5: a part must not be taken for the whole. */
	if (dav_header(x, "Content-Range"))
		return dav_fail(x, DAV_BAD_REQUEST, "no partial PUT");
	return dav_check_type(x, x->target.kind, dav_header(x, "Content-Type"));
}

/* The bytes that stand there already: whatever the rules and limits are by now, storing them again changes nothing. */
static bool is_unchanged(const struct dav_exchange *x, const struct dav_upload *upload)
{
	const struct store_item *item = x->target.item;

	if (!item || item->size != upload->len || item->facts.flags & FACTS_BROKEN)
		return false;
	struct store_oid oid = store_blob_id(upload->bytes, upload->len);
	return memcmp(&oid, &item->oid, sizeof(oid)) == 0;
}

static enum dav_code inspect(struct dav_exchange *x, struct dav_upload *upload)
{
	if (!is_unchanged(x, upload))
		return dav_inspect(x, x->target.kind, upload->bytes, upload->len, &upload->facts);
	upload->facts = x->target.item->facts;
	return DAV_OK;
}

/* A card of 3.0 over one of 4.0? Also over the last readable version of one: that is what was shown. Another UID is a conflict,
 * and no version of the same card. */
static bool is_older_version(const struct dav_exchange *x, const struct dav_upload *upload)
{
	const struct store_item *item = x->target.item;

	return x->target.kind == DAV_CARD && item && (item->facts.flags & FACTS_VCARD4) &&
		!(upload->facts.flags & FACTS_VCARD4) &&
		text_equal(item->facts.uid, upload->facts.uid);
}

static bool is(const struct buf *view, const char *bytes, size_t len)
{
	return view->len == len && memcmp(view->data, bytes, len) == 0;
}

/* Who puts back what they were shown changes nothing, also where the merge would write it in another order. And nothing is
 * lost in the view of 3.0: two cards with the same say the same, in whatever order they write it. */
static bool says_the_same(
	const struct store_bytes *stored, const struct buf *merged, const struct dav_upload *upload)
{
	struct buf was, now;

	buf_init(&was, DAV_MAX_RENDERED);
	buf_init(&now, DAV_MAX_RENDERED);
	bool same = card_convert(&was, CARD_VCARD_3, stored->data, stored->size) &&
		(is(&was, upload->bytes, upload->len) ||
			(card_convert(&now, CARD_VCARD_3, merged->data, merged->len) &&
				is(&was, now.data, now.len)));
	buf_free(&was);
	buf_free(&now);
	return same;
}

static enum dav_code keep_merged(struct dav_exchange *x, const struct store_bytes *stored,
	const struct buf *merged, struct dav_upload *upload)
{
	bool same = says_the_same(stored, merged, upload);

	upload->merged = true;
	upload->len = same ? stored->size : merged->len;
	upload->bytes = arena_strndup(x->arena, same ? stored->data : merged->data, upload->len);
	/* The result is held against all rules again, its size among them. */
	return inspect(x, upload);
}

static enum dav_code merge(struct dav_exchange *x, struct dav_upload *upload)
{
	enum dav_code code = DAV_OK;
	struct store_bytes stored;
	struct buf merged;

	if (store_read(x->server->store, &x->target.item->oid, &stored) != STORE_OK)
		return dav_fail(x, DAV_INTERNAL, "the object cannot be read");
	buf_init(&merged, DAV_MAX_RENDERED);
	bool done = card_merge(&merged, stored.data, stored.size, upload->bytes, upload->len);
	if (merged.full)
		code = dav_fail(x, DAV_CARD_MAX_RESOURCE_SIZE, "too large once it is merged");
	else if (done)
		code = keep_merged(x, &stored, &merged, upload);
	buf_free(&merged);
	store_bytes_free(&stored);
	return code;
}

enum dav_code dav_take_upload(struct dav_exchange *x, struct dav_upload *upload)
{
	const struct dav_request *request = x->request;

	*upload = (struct dav_upload){
		.bytes = request->body_len ? request->body : "", .len = request->body_len};
	enum dav_code code = inspect(x, upload);
	if (code != DAV_OK || !is_older_version(x, upload))
		return code;
	code = merge(x, upload);
	/* What is wrong may be about what stands there. */
	if (code != DAV_OK && !(dav_privileges(x, &x->target) & PRIV_READ))
		return dav_fail(x, code, "it does not go together with the card that is there");
	return code;
}

static enum dav_code check_place(struct dav_exchange *x)
{
	if (x->target.path.slash)
		return DAV_METHOD_NOT_ALLOWED; /* the URL of a collection, which is not there */
	if (x->target.path.reserved)
		return dav_fail(x, DAV_FORBIDDEN, "a reserved name");
	return dav_collection_there(x, dav_store_path(&x->target)) ? DAV_OK : DAV_CONFLICT;
}

/* Who may write and not read is not told in which version the card was, which a merge would show. */
static bool is_untold(const struct dav_exchange *x, bool as_sent)
{
	const struct facts *facts = x->changes[x->n_changes - 1].facts;

	if (dav_privileges(x, &x->target) & PRIV_READ)
		return false;
	return !as_sent ||
		(x->target.kind == DAV_CARD && x->target.exists && facts &&
			!(facts->flags & FACTS_VCARD4));
}

enum dav_code dav_put_answer(struct dav_exchange *x)
{
	const struct store_change *change = &x->changes[x->n_changes - 1];
	struct store_oid oid = store_blob_id(change->bytes, change->len);
	enum dav_code code = x->target.exists ? DAV_NO_CONTENT : DAV_CREATED;
	bool as_sent = !change->len || change->bytes == x->request->body;
	char hex[41];

	if (is_untold(x, as_sent))
		return code;
	/* RFC 6352 6.3.2.3: no ETag for what the client has not got. */
	store_oid_hex(hex, &oid);
	if (as_sent)
		dav_set_header(x, "ETag", arena_printf(x->arena, "\"%s\"", hex));
	return dav_represent(x, code, &x->target, change->bytes, change->len, change->facts);
}

enum dav_code dav_put_object(struct dav_exchange *x, const struct dav_upload *upload,
	enum dav_code (*finish)(struct dav_exchange *x))
{
	const struct facts *facts = &upload->facts;
	struct dav_resource *target = &x->target;

	enum dav_code code = dav_check_object(x, target, facts, NULL);
	if (code != DAV_OK)
		return code;
	code = dav_check_quota(
		x, dav_store_path(target), upload->len, target->item ? target->item->size : 0);
	if (code != DAV_OK)
		return code;
	if (!target->collection)
		dav_change_home(x, target->path.collection);
	struct store_change *change = dav_change(x);
	change->slot = STORE_ITEM;
	change->collection = dav_store_path(target);
	change->name = target->path.name;
	change->bytes = upload->bytes;
	change->len = upload->len;
	change->facts = target->kind == DAV_FILE ? NULL : facts;
	change->created = target->item ? target->item->created : 0;
	if (target->collection)
		change->collection_id = store_collection_meta(target->collection)->id;
	if (dav_insists(x) || upload->merged) {
		change->expect = target->item ? STORE_MATCH : STORE_ABSENT;
		if (target->item)
			change->match = target->item->oid;
	}
	const char *words = facts->summary && *facts->summary
		? facts->summary
		: dav_url_name(x->arena, target->path.name);
	return dav_submit(x, target->item ? 'M' : 'A', words, finish);
}

enum dav_code dav_verb_put(struct dav_exchange *x)
{
	struct dav_upload *upload = arena_alloc(x->arena, sizeof(*upload));

	enum dav_code code = check_place(x);
	if (code == DAV_OK)
		code = dav_check_upload(x);
	if (code == DAV_OK)
		code = dav_take_upload(x, upload);
	return code == DAV_OK ? dav_put_object(x, upload, dav_put_answer) : code;
}
