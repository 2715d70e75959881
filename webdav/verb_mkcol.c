/* SPDX-License-Identifier: ISC */
/*
 * MKCOL, plain (RFC 4918 9.3) and with properties (RFC 5689), and MKCALENDAR (RFC 4791 5.3.1): one new collection, with
 * all its properties or not at all.
 */
#include "src/base/text.h"
#include "webdav/meta.h"
#include "webdav/object.h"
#include "webdav/quota.h"
#include "webdav/subscription.h"
#include "webdav/verb.h"

#include <stdint.h>
#include <string.h>

/* What may be made where. A folder in a home would be one that no client ever sees. */
static const struct {
	enum dav_kind place;
	enum facts_kind kind;
} places[] = {
	{DAV_CALENDAR, FACTS_CALENDAR},
	{DAV_ADDRESSBOOK, FACTS_ADDRESSBOOK},
	{DAV_FOLDER, FACTS_FOLDER},
};

static bool fits(enum dav_kind place, enum facts_kind kind)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].place == place && places[i].kind == kind)
			return true;
	return false;
}

/* RFC 5689 3, 5.2: 403, and what was refused stands in DAV:mkcol-response. */
static enum dav_code refuse_mkcol(struct dav_exchange *x, const struct dav_patch *patches, size_t n)
{
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_adds(&body, XML_HEAD "<d:mkcol-response" XML_NAMESPACES ">");
	dav_patch_propstats(&body, patches, n);
	buf_adds(&body, "</d:mkcol-response>\n");
	return dav_answer(x, DAV_FORBIDDEN, "application/xml; charset=utf-8", &body);
}

/*
 * RFC 5689 3.3: the type is one that the server has, and not one for this place. Where the request names it, it is the
 * property that could not be set; a request that names none is refused like a plain MKCOL.
 */
static enum dav_code refuse_type(struct dav_exchange *x, struct dav_patch *patches, size_t n)
{
	bool named = false;

	for (size_t i = 0; i < n; i++) {
		bool type = xml_is(patches[i].prop, NS_DAV, "resourcetype");
		patches[i].code = type ? DAV_VALID_RESOURCETYPE : DAV_FAILED_DEPENDENCY;
		named |= type;
	}
	return named ? refuse_mkcol(x, patches, n) : DAV_FORBIDDEN;
}

/* Properties whose value is a precondition of MKCALENDAR itself (RFC 4791 5.3.1, RFC 7809 5.2). */
static bool is_condition(const struct dav_patch *patch)
{
	return (patch->code == DAV_VALID_CALENDAR_DATA &&
		       xml_is(patch->prop, NS_CALDAV, "calendar-timezone")) ||
		patch->code == DAV_VALID_TIMEZONE;
}

/*
 * RFC 4791 says it in three ways. A bad time zone is a precondition of MKCALENDAR: 403 and one
 * element in DAV:error (1.3). Any other property that cannot be set makes the whole a 207 (5.3.1.1), whose body is a
 * DAV:multistatus as in PROPPATCH: CALDAV:mkcalendar-response is for success (9.3).
 */
static enum dav_code refuse_mkcalendar(
	struct dav_exchange *x, const struct dav_patch *patches, size_t n)
{
	struct buf body;

	for (size_t i = 0; i < n; i++)
		if (is_condition(&patches[i]))
			return patches[i].code;
	buf_init(&body, SIZE_MAX);
	buf_adds(&body, XML_HEAD "<d:multistatus" XML_NAMESPACES "><d:response>");
	dav_href_element(&body, &x->target);
	dav_patch_propstats(&body, patches, n);
	buf_adds(&body, "</d:response></d:multistatus>\n");
	return dav_answer(x, DAV_MULTISTATUS, "application/xml; charset=utf-8", &body);
}

static enum dav_code finish(struct dav_exchange *x)
{
	(void)x;
	return DAV_CREATED;
}

/* The shape of a file whose slash was forgotten is meant as a folder. */
static void as_folder(struct dav_exchange *x)
{
	struct dav_path *path = &x->target.path;

	if (x->target.kind != DAV_FILE)
		return;
	path->reserved = dav_reserved_collection(dav_url_name(x->arena, path->name));
	path->collection = arena_printf(x->arena, "%s/%s", path->collection, path->name);
	path->name = NULL;
	path->kind = x->target.kind = DAV_FOLDER;
}

static enum dav_code check_target(struct dav_exchange *x, bool calendar)
{
	const char *path = x->target.path.collection;
	const char *parent_path = dav_parent_path(x->arena, path);
	const struct store_collection *parent = store_collection(x->snapshot, parent_path);

	if (x->target.path.reserved)
		return dav_fail(x, calendar ? DAV_LOCATION_OK : DAV_FORBIDDEN, "a reserved name");
	if (!dav_collection_there(x, parent_path))
		return DAV_CONFLICT;
	if (parent && store_item(parent, strrchr(path, '/') + 1))
		return DAV_RESOURCE_MUST_BE_NULL_405;
	return DAV_OK;
}

static enum dav_code make(struct dav_exchange *x, bool calendar)
{
	struct store_meta meta = dav_new_meta(x, calendar ? FACTS_CALENDAR : FACTS_FOLDER);
	struct dav_patch *patches = NULL;
	size_t n = 0;

	as_folder(x);
	enum dav_code code = check_target(x, calendar);
	if (code != DAV_OK)
		return code;
	if (x->xml &&
		!xml_is(x->xml, calendar ? NS_CALDAV : NS_DAV, calendar ? "mkcalendar" : "mkcol"))
		return dav_fail(
			x, DAV_UNSUPPORTED_MEDIA, "a body that %s does not know", x->verb->name);
	code = dav_patch_apply(x, &x->target, x->xml, true, &meta, &patches, &n);
	if (code == DAV_FAILED_DEPENDENCY)
		return calendar ? refuse_mkcalendar(x, patches, n) : refuse_mkcol(x, patches, n);
	if (code == DAV_OK && calendar && meta.kind != FACTS_CALENDAR)
		code = dav_fail(x, DAV_INITIALIZE_CALENDAR, "MKCALENDAR makes calendars");
	/* RFC 4791 5.3.1 has a precondition for it. RFC 6352's is for COPY and MOVE alone (6.3.2.1), MKCOL has RFC 5689's. */
	if (code == DAV_OK && !fits(x->target.kind, meta.kind))
		return calendar ? DAV_LOCATION_OK : refuse_type(x, patches, n);
	if (code == DAV_OK && dav_check_subscription(x, &meta) != DAV_OK)
		code = DAV_FORBIDDEN; /* 409 would say that the home is missing */
	/* Whoever has no room left makes no more collections, small as they are. */
	if (code == DAV_OK)
		code = dav_check_quota(x, x->target.path.collection, 1, 0);
	if (code != DAV_OK)
		return code;
	dav_change_home(x, x->target.path.collection);
	if (x->target.share) /* what it showed is gone: the name is free */
		dav_change_gone(x, x->target.path.collection);
	dav_change_self(x, x->target.path.collection, &meta);
	dav_settle_shares(x, x->target.path.collection, &meta);
	return dav_submit(x, 'N', NULL, finish);
}

enum dav_code dav_verb_mkcol(struct dav_exchange *x)
{
	return make(x, false);
}

enum dav_code dav_verb_mkcalendar(struct dav_exchange *x)
{
	return make(x, true);
}
