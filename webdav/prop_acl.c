/* SPDX-License-Identifier: ISC */
/*
 * The read-only properties of RFC 3744 5 and 4, and current-user-principal (RFC 5397). Rights come from priv.c alone; this
 * file prints them.
 */
#include "webdav/verb.h"

#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/priv.h"
#include "webdav/server.h"

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
	(void)x, (void)asked;
	return put_person(out, "owner", r->path.owner);
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

/* Mail addresses are other names of a person (RFC 3744 4.1). */
GETTER(get_alternate)
{
	struct account account;

	(void)asked;
	if (!account_find(x->server->store, x->snapshot, x->row_arena, r->path.owner, &account))
		return DAV_NOT_FOUND;
	buf_adds(out, "<d:alternate-URI-set>");
	for (size_t i = 0; i < account.n_mails; i++) {
		buf_adds(out, "<d:href>mailto:");
		xml_escape(out, account.mails[i]);
		buf_adds(out, "</d:href>");
	}
	buf_adds(out, "</d:alternate-URI-set>");
	return DAV_OK;
}

/* A person has no members (RFC 3744 4.3). */
GETTER(get_members)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<d:group-member-set/>");
	return DAV_OK;
}

GETTER(get_membership)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<d:group-membership/>");
	return DAV_OK;
}

GETTER(get_privileges)
{
	(void)asked;
	buf_adds(out, "<d:current-user-privilege-set>");
	dav_priv_list(out, dav_privileges(x, r));
	buf_adds(out, "</d:current-user-privilege-set>");
	return DAV_OK;
}

/* The tree of RFC 3744 5.3: a row, then the rows that stand in it. */
static void put_supported(struct buf *out, const struct dav_priv_row *row)
{
	buf_adds(out, "<d:supported-privilege><d:privilege>");
	xml_empty(out, row->ns, row->name);
	buf_addf(out, "</d:privilege><d:description xml:lang=\"en\">%s</d:description>",
		row->description);
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

static void put_ace(struct buf *out, const char *principal, const char *user, unsigned held)
{
	buf_adds(out, "<d:ace><d:principal>");
	buf_adds(out, principal);
	if (user) {
		buf_adds(out, "<d:href>");
		dav_principal_href(out, user);
		buf_adds(out, "</d:href>");
	}
	buf_adds(out, "</d:principal><d:grant>");
	dav_priv_list(out, held);
	buf_adds(out, "</d:grant><d:protected/></d:ace>");
}

/* RFC 3744 5.5: what the rules of the household come to here; nobody can change them yet. */
GETTER(get_acl)
{
	unsigned owner, member;

	(void)x, (void)asked;
	dav_grants(r->kind, &owner, &member);
	buf_adds(out, "<d:acl>");
	if (r->path.owner && owner)
		put_ace(out, "", r->path.owner, owner);
	if (member)
		put_ace(out, "<d:authenticated/>", NULL, member);
	buf_adds(out, "</d:acl>");
	return DAV_OK;
}

GETTER(get_restrictions)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<d:acl-restrictions><d:grant-only/><d:no-invert/></d:acl-restrictions>");
	return DAV_OK;
}

#define OWNED (DAV_STORED_COLLECTION | DAV_ITEM | DAV_USER)
#define PERSONS (DAV_ROOT | DAV_TOP | DAV_USER | DAV_GROUP)

const struct dav_prop dav_props_acl[] = {
	{NS_DAV, "owner", OWNED, 0, get_owner, NULL},                              /* 3744 5.1 */
	{NS_DAV, "supported-privilege-set", DAV_ANY_KIND, 0, get_supported, NULL}, /* 3744 5.3 */
	{NS_DAV, "current-user-privilege-set", DAV_ANY_KIND, 0, get_privileges,
		NULL},                                                                /* 3744 5.4 */
	{NS_DAV, "acl", DAV_ANY_KIND, 0, get_acl, NULL},                              /* 3744 5.5 */
	{NS_DAV, "acl-restrictions", DAV_ANY_KIND, 0, get_restrictions, NULL},        /* 3744 5.6 */
	{NS_DAV, "principal-collection-set", DAV_ANY_KIND, 0, get_collections, NULL}, /* 3744 5.8 */
	{NS_DAV, "alternate-URI-set", DAV_USER, 0, get_alternate, NULL},              /* 3744 4.1 */
	{NS_DAV, "principal-URL", PERSONS, 0, get_principal_url, NULL},               /* 3744 4.2 */
	{NS_DAV, "group-member-set", DAV_USER, 0, get_members, NULL},                 /* 3744 4.3 */
	{NS_DAV, "group-membership", DAV_USER, 0, get_membership, NULL},              /* 3744 4.4 */
	{NS_DAV, "current-user-principal", DAV_ANY_KIND, 0, get_current_user, NULL},  /* 5397 3 */
	{0},
};
