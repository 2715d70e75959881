/* SPDX-License-Identifier: ISC */
/*
 * PUT (RFC 4918 9.7, RFC 4791 5.3.2, RFC 6352 6.3.2). The bytes are kept as sent, so the answer carries the strong ETag;
 * never a Location, which some clients would follow.
 */
#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/body.h"
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
static bool is_unchanged(const struct dav_exchange *x)
{
	const struct store_item *item = x->target.item;
	const struct dav_request *request = x->request;

	if (!item || item->size != request->body_len || item->facts.flags & FACTS_BROKEN)
		return false;
	struct store_oid oid = store_blob_id(request->body ? request->body : "", request->body_len);
	return memcmp(&oid, &item->oid, sizeof(oid)) == 0;
}

static enum dav_code inspect(struct dav_exchange *x, struct facts *facts)
{
	const struct dav_request *request = x->request;

	if (!is_unchanged(x))
		return dav_inspect(x, x->target.kind, request->body, request->body_len, facts);
	*facts = x->target.item->facts;
	return DAV_OK;
}

static enum dav_code check_place(struct dav_exchange *x)
{
	if (x->target.path.slash)
		return DAV_METHOD_NOT_ALLOWED; /* the URL of a collection, which is not there */
	if (x->target.path.reserved)
		return dav_fail(x, DAV_FORBIDDEN, "a reserved name");
	return dav_collection_there(x, dav_store_path(&x->target)) ? DAV_OK : DAV_CONFLICT;
}

enum dav_code dav_put_answer(struct dav_exchange *x)
{
	const struct dav_request *request = x->request;
	const char *bytes = request->body_len ? request->body : "";
	struct store_oid oid = store_blob_id(bytes, request->body_len);
	enum dav_code code = x->target.exists ? DAV_NO_CONTENT : DAV_CREATED;
	char hex[41];

	store_oid_hex(hex, &oid);
	dav_set_header(x, "ETag", arena_printf(x->arena, "\"%s\"", hex));
	return dav_represent(
		x, code, &x->target, bytes, request->body_len, x->changes[x->n_changes - 1].facts);
}

enum dav_code dav_put_object(struct dav_exchange *x, const struct facts *facts,
	enum dav_code (*finish)(struct dav_exchange *x))
{
	const struct dav_request *request = x->request;
	struct dav_resource *target = &x->target;

	enum dav_code code = dav_check_object(x, target, facts, NULL);
	if (code != DAV_OK)
		return code;
	code = dav_check_quota(x, dav_store_path(target), request->body_len,
		target->item ? target->item->size : 0);
	if (code != DAV_OK)
		return code;
	if (!target->collection)
		dav_change_home(x, target->path.collection);
	struct store_change *change = dav_change(x);
	change->slot = STORE_ITEM;
	change->collection = dav_store_path(target);
	change->name = target->path.name;
	change->bytes = request->body_len ? request->body : "";
	change->len = request->body_len;
	change->facts = target->kind == DAV_FILE ? NULL : facts;
	change->created = target->item ? target->item->created : 0;
	if (target->collection)
		change->collection_id = store_collection_meta(target->collection)->id;
	if (dav_insists(x)) {
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
	struct facts *facts = arena_alloc(x->arena, sizeof(*facts));

	enum dav_code code = check_place(x);
	if (code == DAV_OK)
		code = dav_check_upload(x);
	if (code == DAV_OK)
		code = inspect(x, facts);
	return code == DAV_OK ? dav_put_object(x, facts, dav_put_answer) : code;
}
