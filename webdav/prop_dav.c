/* SPDX-License-Identifier: ISC */
/*
 * Live properties of RFC 4918 15, of RFC 3253 3.1 (reports, methods), resource-id (RFC 5842 3.1) and quota (RFC 4331). Those
 * of RFC 4918 come with allprop.
 */
#include "webdav/verb.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/accept.h"
#include "webdav/body.h"
#include "webdav/content.h"
#include "webdav/lock.h"
#include "webdav/person.h"
#include "webdav/quota.h"
#include "webdav/report.h"
#include "webdav/represent.h"
#include "webdav/server.h"
#include "webdav/status.h"
#include "webdav/subscription.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAMING_HOME (DAV_CALENDAR_HOME | DAV_ADDRESSBOOK_HOME)
#define NAMED_IN_HOME (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_SUBSCRIPTION)

#define GETTER(name)                                                                               \
	static enum dav_code name(struct dav_exchange *x, const struct dav_resource *r,            \
		const struct xml_element *asked, struct buf *out)

/* <d:name>text</d:name>; text without characters that XML minds. */
static enum dav_code put(struct buf *out, const char *name, const char *text)
{
	buf_adds(out, "<d:");
	buf_adds(out, name);
	buf_addc(out, '>');
	buf_adds(out, text);
	buf_adds(out, "</d:");
	buf_adds(out, name);
	buf_addc(out, '>');
	return DAV_OK;
}

static enum dav_code put_number(struct buf *out, const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return put(out, name, text);
}

/* RFC 4918 15.2: it should be there on all resources, and Evolution's account leaves out what has none. Asked by itself
 * one that nobody set is not found: vdirsyncer's metasync takes a made-up one for set (DESIGN.md 7). */
GETTER(get_displayname)
{
	const struct store_meta *meta = dav_meta(x, r, x->row_arena);
	const char *set = dav_meta_value(meta, NS_DAV, "displayname"), *last;

	(void)asked;
	if (set) {
		buf_adds(out, set);
		return DAV_OK;
	}
	if (!(x->target.kind & NAMING_HOME) || !(r->kind & NAMED_IN_HOME) ||
		x->depth != DAV_DEPTH_1 || !tolerates(TOLERATE_NAME_IN_LISTING))
		return DAV_NOT_FOUND;
	last = strrchr(r->path.collection, '/') + 1;
	buf_adds(out, "<d:displayname>");
	xml_escape(out, dav_url_name(x->row_arena, last));
	buf_adds(out, "</d:displayname>");
	return DAV_OK;
}

/* Survives MOVE and restore, not COPY (DESIGN.md 7). */
GETTER(get_creationdate)
{
	const struct store_collection *c = r->share ? r->share : r->collection;
	int64_t created = r->path.name ? r->item->created
		: c                    ? store_collection_meta(c)->created
				       : 0;
	char iso[21];

	(void)x, (void)asked;
	if (!created)
		return DAV_NOT_FOUND;
	clock_iso(iso, created);
	return put(out, "creationdate", iso);
}

/* The commit that last changed this URL. */
GETTER(get_lastmodified)
{
	char date[30];
	int64_t when;

	(void)asked;
	if (!dav_modified(x, r, &when))
		return DAV_NOT_FOUND;
	clock_http(date, when);
	return put(out, "getlastmodified", date);
}

/* RFC 4918 15.4: what GET without Accept says; it takes a conversion, once for as long as it is remembered. */
static enum dav_code put_card_length(
	struct dav_exchange *x, const struct dav_resource *r, struct buf *out)
{
	const unsigned char *id = r->item->oid.bytes;
	struct dav_content content;
	size_t length;

	if (dav_sight(x, r) == DAV_SEES_NOTHING)
		return DAV_NOT_FOUND;
	if (card_length_known(id, DAV_DEFAULT_VERSION, &length))
		return put_number(out, "getcontentlength", length);
	enum dav_code code = dav_content_open(x, r, &content);
	if (code != DAV_OK)
		return code;
	if (dav_content_convert(r, DAV_DEFAULT_VERSION, &content)) {
		card_length_learn(id, DAV_DEFAULT_VERSION, content.size);
		put_number(out, "getcontentlength", content.size);
	} else {
		code = DAV_NOT_FOUND;
	}
	dav_content_close(&content);
	return code;
}

GETTER(get_contentlength)
{
	struct dav_content content;

	(void)asked;
	if ((r->kind & DAV_ITEM) && dav_sight(x, r) == DAV_SEES_ALL &&
		(r->kind != DAV_CARD || dav_stored_version(r->item) == DAV_DEFAULT_VERSION))
		return put_number(out, "getcontentlength", r->item->size);
	if (r->kind == DAV_CARD)
		return put_card_length(x, r, out);
	enum dav_code code = dav_content_open(x, r, &content);
	if (code != DAV_OK)
		return code;
	put_number(out, "getcontentlength", content.size);
	dav_content_close(&content);
	return DAV_OK;
}

GETTER(get_contenttype)
{
	const char *type = r->path.name ? dav_media_type(r) : dav_kind_row(r->kind)->content_type;

	(void)x, (void)asked;
	return type ? put(out, "getcontenttype", type) : DAV_NOT_FOUND;
}

/* Of whatever answers GET with an ETag: items, and calendars and address books as one file. */
GETTER(get_etag)
{
	char tag[DAV_MAX_TAG + 2];

	(void)asked;
	tag[0] = '"';
	dav_content_tag(x, r, tag + 1);
	if (!tag[1])
		return DAV_NOT_FOUND;
	memcpy(tag + strlen(tag), "\"", 2);
	return put(out, "getetag", tag);
}

/* RFC 4918 15.8 */
GETTER(get_lockdiscovery)
{
	(void)asked;
	dav_lockdiscovery(x, r, out);
	return DAV_OK;
}

#define LOCKENTRY(scope)                                                                           \
	"<d:lockentry><d:lockscope><d:" scope                                                      \
	"/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockentry>"

/* RFC 4918 15.10; empty where LOCK does not work. */
GETTER(get_supportedlock)
{
	(void)x, (void)asked;
	if (r->kind & DAV_LOCKABLE)
		return put(out, "supportedlock", LOCKENTRY("exclusive") LOCKENTRY("shared"));
	buf_adds(out, "<d:supportedlock/>");
	return DAV_OK;
}

GETTER(get_resourcetype)
{
	const char *types = dav_kind_row(r->kind)->resourcetype;

	(void)x, (void)asked;
	if (!*types)
		buf_adds(out, "<d:resourcetype/>");
	else
		put(out, "resourcetype", types);
	return DAV_OK;
}

/* The types that a new collection may ask for, with what makes it (RFC 5689 3.3; RFC 4791 4.2; RFC 6352 5.2; Apple). */
static const struct type {
	const char *ns, *name;
	enum facts_kind kind;
	bool subscribed;
} types[] = {
	{NS_DAV, "collection", FACTS_FOLDER, false},
	{NS_CALDAV, "calendar", FACTS_CALENDAR, false},
	{NS_CARDDAV, "addressbook", FACTS_ADDRESSBOOK, false},
	{NS_CS, "subscribed", FACTS_CALENDAR, true},
};

static const struct type *type_of(const struct xml_element *e)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (xml_is(e, types[i].ns, types[i].name))
			return &types[i];
	return NULL;
}

/* At creation only. Which kind may stand where is for verb_mkcol.c. */
static enum dav_code set_resourcetype(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta)
{
	const struct type *special = NULL;

	(void)r;
	if (!value || !xml_child(value, NS_DAV, "collection"))
		return dav_fail(
			x, DAV_VALID_RESOURCETYPE, "a new collection is at least a DAV:collection");
	for (const struct xml_element *e = value->children; e; e = e->next) {
		const struct type *found = type_of(e);
		bool plain = found == &types[0];
		if (!found || (!plain && special && found != special))
			return dav_fail(
				x, DAV_VALID_RESOURCETYPE, "no collection can be a %s", e->name);
		if (!plain)
			special = found;
	}
	meta->kind = special ? special->kind : FACTS_FOLDER;
	dav_set_subscribed(x->arena, meta, special && special->subscribed);
	return DAV_OK;
}

/* RFC 3253 3.1.5, 3.1.3 */
GETTER(get_supported_reports)
{
	(void)x, (void)asked;
	buf_adds(out, "<d:supported-report-set>");
	for (const struct dav_report *row = dav_reports; row->ns; row++) {
		if (!(row->kinds & r->kind))
			continue;
		buf_adds(out, "<d:supported-report><d:report>");
		xml_empty(out, row->ns, row->name);
		buf_adds(out, "</d:report></d:supported-report>");
	}
	buf_adds(out, "</d:supported-report-set>");
	return DAV_OK;
}

GETTER(get_supported_methods)
{
	(void)x, (void)asked;
	buf_adds(out, "<d:supported-method-set>");
	for (const struct dav_verb *verb = dav_verbs; verb->name; verb++)
		if (verb->kinds & r->kind)
			buf_addf(out, "<d:supported-method name=\"%s\"/>", verb->name);
	buf_adds(out, "</d:supported-method-set>");
	return DAV_OK;
}

/* Kept by MOVE and restore, new on COPY and when made again. */
GETTER(get_resource_id)
{
	const struct store_collection *c = r->share ? r->share : r->collection;
	struct dav_principal principal;
	const char *id = NULL;

	(void)asked;
	if (!(r->kind & (DAV_USER | DAV_GROUP)))
		id = c ? store_collection_meta(c)->id : NULL;
	else if (dav_principal_at(x, r, x->row_arena, &principal))
		id = principal.id;
	if (!id)
		return DAV_NOT_FOUND;
	buf_adds(out, "<d:resource-id><d:href>urn:uuid:");
	xml_escape(out, id);
	buf_adds(out, "</d:href></d:resource-id>");
	return DAV_OK;
}

/* RFC 5995 3.2.1: told to who may add something. Its ";" stands as it is: clients send it back as they got it. */
GETTER(get_add_member)
{
	(void)asked;
	if (!(dav_privileges(x, r) & PRIV_BIND))
		return DAV_NOT_FOUND;
	buf_adds(out, "<d:add-member><d:href>");
	dav_href(out, r);
	buf_adds(out, DAV_ADD_MEMBER_NAME "</d:href></d:add-member>");
	return DAV_OK;
}

/* RFC 4331: whoever reads one of the owner's calendars is not told how much all of them hold. */
static bool may_know_quota(const struct dav_exchange *x, const struct dav_resource *r)
{
	const struct dav_person *person = &x->request->person;

	return person->admin || text_equal(person->name, r->path.owner);
}

GETTER(get_quota_used)
{
	(void)asked;
	if (!may_know_quota(x, r))
		return DAV_NOT_FOUND;
	return put_number(out, "quota-used-bytes", dav_quota_used(x, r->path.owner));
}

/* Without a quota there is none: what the disk has left is everybody's, and not for one client to count on (4331 3). */
GETTER(get_quota_available)
{
	uint64_t quota = x->server->quota, used;

	(void)asked;
	if (!quota || !may_know_quota(x, r))
		return DAV_NOT_FOUND;
	used = dav_quota_used(x, r->path.owner);
	return put_number(out, "quota-available-bytes", used < quota ? quota - used : 0);
}

#define ADDED_TO (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_FOLDER)
#define STORED (DAV_STORED_COLLECTION | DAV_ITEM)
#define CREATED (STORED | DAV_USER | DAV_GROUP | DAV_ANY_DIRECTORY)
#define TAGGED (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_ITEM | DAV_ANY_DIRECTORY)
#define TYPED (STORED | DAV_ANY_DIRECTORY)
#define SIZED (DAV_ITEM | DAV_DIRECTORY_CARD)
#define ALL PROP_ALLPROP

const struct dav_prop dav_props_dav[] = {
	{NS_DAV, "creationdate", CREATED, ALL, get_creationdate, NULL},             /* 4918 15.1 */
	{NS_DAV, "displayname", CREATED, ALL | PROP_STORED, get_displayname, NULL}, /* 4918 15.2 */
	{NS_DAV, "getcontentlanguage", DAV_ITEM, ALL | PROP_STORED, NULL, NULL},    /* 4918 15.3 */
	{NS_DAV, "getcontentlength", SIZED, ALL, get_contentlength, NULL},          /* 4918 15.4 */
	{NS_DAV, "getcontenttype", TYPED, ALL, get_contenttype, NULL},              /* 4918 15.5 */
	{NS_DAV, "getetag", TAGGED, ALL, get_etag, NULL},                           /* 4918 15.6 */
	{NS_DAV, "getlastmodified", CREATED, ALL, get_lastmodified, NULL},          /* 4918 15.7 */
	{NS_DAV, "lockdiscovery", DAV_ANY_KIND, ALL, get_lockdiscovery, NULL},      /* 4918 15.8 */
	{NS_DAV, "resourcetype", DAV_ANY_KIND, ALL | PROP_MKCOL_ONLY, get_resourcetype,
		set_resourcetype},                                             /* 4918 15.9 */
	{NS_DAV, "supportedlock", DAV_ANY_KIND, ALL, get_supportedlock, NULL}, /* 4918 15.10 */
	{NS_DAV, "supported-report-set", DAV_ANY_KIND, 0, get_supported_reports,
		NULL}, /* 3253 3.1.5 */
	{NS_DAV, "supported-method-set", DAV_ANY_KIND, 0, get_supported_methods,
		NULL}, /* 3253 3.1.3 */
	{NS_DAV, "resource-id", DAV_STORED_COLLECTION | DAV_USER | DAV_GROUP, 0, get_resource_id,
		NULL},                                             /* 5842 3.1 */
	{NS_DAV, "add-member", ADDED_TO, 0, get_add_member, NULL}, /* 5995 3.2.1 */
	{NS_DAV, "quota-used-bytes", DAV_STORED_COLLECTION, 0, get_quota_used, NULL}, /* 4331 4 */
	{NS_DAV, "quota-available-bytes", DAV_STORED_COLLECTION, 0, get_quota_available,
		NULL}, /* 4331 3 */
	{0},
};
