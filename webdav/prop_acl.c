/* SPDX-License-Identifier: ISC */
/*
 * The properties of RFC 3744 5 and 4, and current-user-principal (RFC 5397). Rights come from priv.c alone; this file prints
 * them. The ACL method (verb_acl.c) changes entries, nothing else does.
 */
#include "webdav/verb.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/acl.h"
#include "webdav/find.h"
#include "webdav/group.h"
#include "webdav/meta.h"
#include "webdav/person.h"
#include "webdav/priv.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>

#define GETTER(name)                                                                               \
	static enum dav_code name(struct dav_exchange *x, const struct dav_resource *r,            \
		const struct xml_element *asked, struct buf *out)

/* <d:name><d:href>/dav/principals/users/U/</d:href></d:name> */
static enum dav_code put_person(struct buf *out, const char *name, const char *user)
{
	if (!user)
		return DAV_NOT_FOUND;
	buf_addf(out, "<d:%s><d:href>", name);
	dav_principal_href(out, user);
	buf_addf(out, "</d:href></d:%s>", name);
	return DAV_OK;
}

GETTER(get_owner)
{
	(void)asked;
	return put_person(out, "owner", dav_owner(x, r));
}

GETTER(get_current_user)
{
	(void)r, (void)asked;
	return put_person(out, "current-user-principal", x->request->person.name);
}

/* At "/" and "/dav/", where clients look first, that of the person who asks. */
GETTER(get_principal_url)
{
	(void)asked;
	if (r->kind == DAV_GROUP) {
		buf_adds(out, "<d:principal-URL>");
		dav_href_element(out, r);
		buf_adds(out, "</d:principal-URL>");
		return DAV_OK;
	}
	return put_person(out, "principal-URL",
		r->kind == DAV_USER ? r->path.owner : x->request->person.name);
}

GETTER(get_collections)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out,
		"<d:principal-collection-set><d:href>/dav/principals/users/</d:href>"
		"<d:href>/dav/principals/groups/</d:href></d:principal-collection-set>");
	return DAV_OK;
}

/* Mail addresses are other names of a person (RFC 3744 4.1); a group has none. */
GETTER(get_alternate)
{
	struct dav_principal principal;

	(void)asked;
	if (!dav_principal_at(x, r, x->row_arena, &principal))
		return DAV_NOT_FOUND;
	buf_adds(out, "<d:alternate-URI-set>");
	for (size_t i = 0; i < principal.n_mails; i++) {
		buf_adds(out, "<d:href>mailto:");
		xml_escape(out, principal.mails[i]);
		buf_adds(out, "</d:href>");
	}
	buf_adds(out, "</d:alternate-URI-set>");
	return DAV_OK;
}

/* A person has no members (RFC 3744 4.3). */
GETTER(get_members)
{
	(void)asked;
	buf_adds(out, "<d:group-member-set>");
	dav_group_members(x, dav_principal_path(x->row_arena, r), out);
	buf_adds(out, "</d:group-member-set>");
	return DAV_OK;
}

GETTER(get_membership)
{
	(void)asked;
	buf_adds(out, "<d:group-membership>");
	dav_group_memberships(x, dav_principal_path(x->row_arena, r), out);
	buf_adds(out, "</d:group-membership>");
	return DAV_OK;
}

/* What a resource inherits stands in its DAV:acl (5.5.4); no other list is ANDed to it. */
GETTER(get_inherited)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<d:inherited-acl-set/>");
	return DAV_OK;
}

/* Authors may PUT into a collection what they made, and new things; clients ask the collection whether they may PUT at all. No
 * verb needs write-content of a collection, so that this promises nothing more. */
static unsigned written_into(
	const struct dav_exchange *x, const struct dav_resource *r, unsigned held)
{
	if (!tolerates(TOLERATE_AUTHORS_WRITE) || !(held & PRIV_BIND) ||
		!(r->kind & (DAV_CALENDAR | DAV_ADDRESSBOOK)))
		return 0;
	return dav_view_now(x, r)->created & PRIV_WRITE_CONTENT;
}

/* RFC 3744 5.4: without the privilege to read it, it is there and forbidden. */
GETTER(get_privileges)
{
	unsigned held = dav_granted(x, r);

	(void)asked;
	if (!(held & PRIV_READ_CURRENT_USER))
		return DAV_NEED_PRIVILEGES;
	buf_adds(out, "<d:current-user-privilege-set>");
	dav_priv_list(out, held | written_into(x, r, held));
	buf_adds(out, "</d:current-user-privilege-set>");
	return DAV_OK;
}

/* The tree of RFC 3744 5.3: a row, then the rows that stand in it. */
static void put_supported(struct buf *out, const struct dav_priv_row *row)
{
	buf_adds(out, "<d:supported-privilege><d:privilege>");
	xml_empty(out, row->ns, row->name);
	buf_addf(out, "</d:privilege>%s<d:description xml:lang=\"en\">%s</d:description>",
		row->reserved ? "<d:abstract/>" : "", row->description);
	for (const struct dav_priv_row *inner = dav_priv_rows; inner->bits; inner++)
		if (inner != row && inner->parent == row->bits)
			put_supported(out, inner); /* three levels */
	buf_adds(out, "</d:supported-privilege>");
}

GETTER(get_supported)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<d:supported-privilege-set>");
	put_supported(out, dav_priv_rows);
	buf_adds(out, "</d:supported-privilege-set>");
	return DAV_OK;
}

static void put_privilege(void *payload, const char *ns, const char *name)
{
	struct buf *out = payload;

	buf_adds(out, "<d:privilege>");
	xml_empty(out, ns, name);
	buf_adds(out, "</d:privilege>");
}

static void put_property(struct buf *out, const char *clark)
{
	buf_adds(out, "<d:property>");
	if (text_equal(clark, ACE_CREATOR))
		xml_empty(out, NS_CS, "created-by");
	else
		xml_empty(out, NS_DAV, "owner");
	buf_adds(out, "</d:property>");
}

/* False: nobody is meant any more. */
static bool put_principal(struct dav_exchange *x, struct buf *out, const struct dav_ace *ace)
{
	static const char *const words[] = {
		[ACE_ALL] = "<d:all/>",
		[ACE_AUTHENTICATED] = "<d:authenticated/>",
		[ACE_UNAUTHENTICATED] = "<d:unauthenticated/>",
		[ACE_SELF] = "<d:self/>",
	};
	const struct household_principal *p;

	if (ace->who == ACE_PROPERTY) {
		put_property(out, ace->name);
	} else if (ace->who == ACE_PRINCIPAL) {
		p = household_refers(dav_household(x), ace->name);
		if (!p)
			return false;
		buf_adds(out, "<d:href>");
		dav_href_of(out, p->group ? "principals/groups" : "principals/users", p->name);
		buf_adds(out, "/</d:href>");
	} else {
		buf_adds(out, words[ace->who]);
	}
	return true;
}

static void put_ace(
	struct dav_exchange *x, struct buf *out, const struct dav_ace *ace, const char *rest)
{
	size_t before = out->len;

	buf_adds(out, "<d:ace><d:principal>");
	if (!put_principal(x, out, ace)) {
		out->len = before;
		out->data[before] = '\0';
		return;
	}
	buf_addf(out, "</d:principal><d:%s>", ace->deny ? "deny" : "grant");
	dav_priv_least(ace->bits, put_privilege, out);
	buf_addf(out, "</d:%s>%s</d:ace>", ace->deny ? "deny" : "grant", rest);
}

static void put_entries(
	struct dav_exchange *x, struct buf *out, const struct store_meta *meta, const char *rest)
{
	struct dav_acl acl = dav_acl_read(x->row_arena, meta);

	for (size_t i = 0; i < acl.n; i++)
		put_ace(x, out, &acl.aces[i], rest);
}

/* What is not for anybody to change: of a principal and of the folders above the homes what everybody holds, in a home what
 * its owner holds. */
static void put_protected(struct dav_exchange *x, const struct dav_resource *r, struct buf *out)
{
	static const char rest[] = "<d:protected/>";
	const char *owner = dav_owner(x, r);
	struct dav_ace ace = {.who = ACE_AUTHENTICATED, .bits = dav_standing_of(r->kind, false)};

	if (!(r->kind & (DAV_STORED_COLLECTION | DAV_ITEM))) {
		put_ace(x, out, &ace, rest);
		ace.who = ACE_SELF;
		ace.bits = dav_standing_of(r->kind, true) & ~ace.bits;
		if (ace.bits)
			put_ace(x, out, &ace, rest);
		return;
	}
	ace.who = ACE_PRINCIPAL;
	ace.name = arena_printf(x->row_arena, "users/%s", owner ? owner : "");
	ace.bits = PRIV_ALL;
	put_ace(x, out, &ace, rest);
}

/* Entries of the folders above, up to the home. */
static void put_inherited(struct dav_exchange *x, const char *path, bool itself, struct buf *out)
{
	const struct store_collection *c;
	struct buf rest;

	for (; strchr(path, '/');
		path = arena_strndup(x->row_arena, path, (size_t)(strrchr(path, '/') - path)),
		itself = true) {
		c = itself ? store_collection(x->snapshot, path) : NULL;
		if (!c || !store_collection_meta(c)->n_aces)
			continue;
		buf_init(&rest, SIZE_MAX);
		buf_adds(&rest, "<d:inherited><d:href>");
		dav_href_of(&rest, path, NULL);
		buf_adds(&rest, "</d:href></d:inherited>");
		put_entries(x, out, store_collection_meta(c), rest.data);
		buf_free(&rest);
	}
}

/* RFC 3744 5.5, in the order in which they are judged (view.h). */
GETTER(get_acl)
{
	struct dav_resource stored = *r;

	(void)asked;
	if (!(dav_granted(x, r) & PRIV_READ_ACL))
		return DAV_NEED_PRIVILEGES;
	stored.share = NULL;
	buf_adds(out, "<d:acl>");
	put_protected(x, r, out);
	if (r->kind & (DAV_STORED_COLLECTION | DAV_ITEM)) {
		put_entries(x, out, dav_own_meta(x, &stored, x->row_arena), "");
		put_inherited(x, dav_store_path(r), r->path.name, out);
	}
	buf_adds(out, "</d:acl>");
	return DAV_OK;
}

GETTER(get_restrictions)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out,
		"<d:acl-restrictions><d:no-invert/><d:deny-before-grant/>"
		"</d:acl-restrictions>");
	return DAV_OK;
}

/* calendarserver.org caldav-sharing 5.5.6: who added the member, as far as the person may know them. */
GETTER(get_created_by)
{
	const struct household_principal *list;
	size_t n;

	(void)asked;
	list = household_list(dav_household(x), &n);
	for (size_t i = 0; r->item->creator && i < n; i++) {
		if (list[i].group || !text_equal(list[i].id, r->item->creator))
			continue;
		if (!dav_may_find(x, list[i].path))
			return DAV_NOT_FOUND;
		buf_adds(out, "<cs:created-by><d:href>");
		dav_principal_href(out, list[i].name);
		buf_adds(out, "</d:href></cs:created-by>");
		return DAV_OK;
	}
	return DAV_NOT_FOUND;
}

#define OWNED (DAV_STORED_COLLECTION | DAV_ITEM | DAV_USER)
#define PRINCIPALS (DAV_USER | DAV_GROUP)
#define PERSONS (DAV_ROOT | DAV_TOP | PRINCIPALS)

const struct dav_prop dav_props_acl[] = {
	{NS_DAV, "owner", OWNED, 0, get_owner, NULL},                              /* 3744 5.1 */
	{NS_DAV, "supported-privilege-set", DAV_ANY_KIND, 0, get_supported, NULL}, /* 3744 5.3 */
	{NS_DAV, "current-user-privilege-set", DAV_ANY_KIND, 0, get_privileges,
		NULL},                                                                /* 3744 5.4 */
	{NS_DAV, "acl", DAV_ANY_KIND, 0, get_acl, NULL},                              /* 3744 5.5 */
	{NS_DAV, "acl-restrictions", DAV_ANY_KIND, 0, get_restrictions, NULL},        /* 3744 5.6 */
	{NS_DAV, "inherited-acl-set", DAV_ANY_KIND, 0, get_inherited, NULL},          /* 3744 5.7 */
	{NS_DAV, "principal-collection-set", DAV_ANY_KIND, 0, get_collections, NULL}, /* 3744 5.8 */
	{NS_CS, "created-by", DAV_EVENT | DAV_CARD, 0, get_created_by, NULL}, /* caldav-sharing */
	{NS_DAV, "alternate-URI-set", PRINCIPALS, 0, get_alternate, NULL},    /* 3744 4.1 */
	{NS_DAV, "principal-URL", PERSONS, 0, get_principal_url, NULL},       /* 3744 4.2 */
	{NS_DAV, "group-member-set", PRINCIPALS, 0, get_members, dav_set_group_members}, /* 4.3 */
	{NS_DAV, "group-membership", PRINCIPALS, 0, get_membership, NULL},           /* 3744 4.4 */
	{NS_DAV, "current-user-principal", DAV_ANY_KIND, 0, get_current_user, NULL}, /* 5397 3 */
	{0},
};
