/* SPDX-License-Identifier: ISC */
/*
 * ACL (RFC 3744 8.1): the entries of a home, a collection or an item become those of the request; protected and inherited
 * ones are not touched. Each precondition of 8.1.1 is told by its name. A grant brings a share into the home of whoever it
 * is for, in the same commit (share.h).
 */
#include "webdav/acl.h"
#include "webdav/meta.h"
#include "webdav/priv.h"
#include "webdav/server.h"
#include "webdav/share.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include "src/base/text.h"

#include <string.h>

/* --- whom an entry is about --- */

static enum dav_code read_href(
	struct dav_exchange *x, const struct xml_element *e, struct dav_ace *ace)
{
	enum dav_code code;
	struct dav_path path = {.kind = DAV_KIND_NONE};
	const char *url = dav_local_target(x, e->text, &code);

	ace->who = ACE_PRINCIPAL;
	if (url && dav_path_parse(x->arena, url, &path) == DAV_OK &&
		(path.kind & (DAV_USER | DAV_GROUP)))
		ace->name = household_reference(dav_household(x), x->arena,
			strchr(arena_printf(x->arena, "%s/%s", path.collection, path.name), '/') +
				1);
	return ace->name ? DAV_OK
			 : dav_fail(x, DAV_RECOGNIZED_PRINCIPAL, "%s is no principal", e->text);
}

static enum dav_code read_property(
	struct dav_exchange *x, const struct xml_element *e, struct dav_ace *ace)
{
	const struct xml_element *property = e->children;
	const char *name = property ? xml_clark(x->arena, property->ns, property->name) : "";

	ace->who = ACE_PROPERTY;
	ace->name = name;
	if (text_equal(name, ACE_OWNER) || text_equal(name, ACE_CREATOR))
		return DAV_OK;
	return dav_fail(x, DAV_ALLOWED_PRINCIPAL, "no entry can be about the property %s", name);
}

static enum dav_code read_word(enum ace_who who, struct dav_ace *ace)
{
	ace->who = who;
	return DAV_OK;
}

static enum dav_code read_principal(
	struct dav_exchange *x, const struct xml_element *principal, struct dav_ace *ace)
{
	const struct xml_element *e = principal->children;
	enum ace_who who;

	if (!e || e->next)
		return dav_fail(x, DAV_BAD_REQUEST, "d:principal holds one element");
	if (xml_is(e, NS_DAV, "href"))
		return read_href(x, e, ace);
	if (xml_is(e, NS_DAV, "property"))
		return read_property(x, e, ace);
	if (xml_is(e, NS_DAV, e->name) && dav_ace_word(e->name, &who))
		return read_word(who, ace);
	return dav_fail(x, DAV_BAD_REQUEST, "%s is nobody", e->name);
}

/* --- what it says --- */

static enum dav_code read_privilege(
	struct dav_exchange *x, const struct xml_element *e, struct dav_ace *ace)
{
	const struct xml_element *name = e->children;

	if (!xml_is(e, NS_DAV, "privilege") || !name || name->next)
		return dav_fail(x, DAV_BAD_REQUEST, "d:grant and d:deny hold d:privilege elements");
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++) {
		if (!xml_is(name, row->ns, row->name))
			continue;
		if (row->reserved)
			return dav_fail(x, DAV_NO_ABSTRACT, "%s cannot be given", row->name);
		ace->bits |= row->bits;
		return DAV_OK;
	}
	return dav_fail(x, DAV_NOT_SUPPORTED_PRIVILEGE, "there is no privilege %s", name->name);
}

static enum dav_code read_privileges(
	struct dav_exchange *x, const struct xml_element *list, struct dav_ace *ace)
{
	enum dav_code code = DAV_OK;

	if (!list->children)
		return dav_fail(x, DAV_BAD_REQUEST, "d:%s is empty", list->name);
	for (const struct xml_element *e = list->children; e && code == DAV_OK; e = e->next)
		code = read_privilege(x, e, ace);
	return code;
}

/* What an entry of a request may hold; who sends back what PROPFIND told must leave out what is not his to set. */
static enum dav_code check_ace(struct dav_exchange *x, const struct xml_element *e)
{
	static const struct {
		const char *name;
		enum dav_code code;
	} refused[] = {
		{"invert", DAV_NO_INVERT},
		{"protected", DAV_NO_PROTECTED_ACE_CONFLICT},
		{"inherited", DAV_NO_INHERITED_ACE_CONFLICT},
	};

	if (!xml_is(e, NS_DAV, "ace"))
		return dav_fail(x, DAV_BAD_REQUEST, "DAV:acl holds d:ace elements");
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (xml_child(e, NS_DAV, refused[i].name))
			return dav_fail(x, refused[i].code, "an entry with d:%s", refused[i].name);
	return DAV_OK;
}

static enum dav_code read_ace(
	struct dav_exchange *x, const struct xml_element *e, struct dav_ace *ace)
{
	const struct xml_element *principal = xml_child(e, NS_DAV, "principal"),
				 *grant = xml_child(e, NS_DAV, "grant"),
				 *deny = xml_child(e, NS_DAV, "deny");
	enum dav_code code = check_ace(x, e);

	*ace = (struct dav_ace){.deny = deny};
	if (code != DAV_OK)
		return code;
	/* 8.1.5: one principal, and either grant or deny. */
	if (!principal || xml_next(principal, NS_DAV, "principal") || !grant == !deny ||
		xml_next(grant ? grant : deny, NS_DAV, grant ? "grant" : "deny"))
		return dav_fail(x, DAV_BAD_REQUEST,
			"an entry has one d:principal and one d:grant or d:deny");
	code = read_principal(x, principal, ace);
	return code == DAV_OK ? read_privileges(x, grant ? grant : deny, ace) : code;
}

/* --- all of them together (8.1.1) --- */

static bool same_principal(const struct dav_ace *a, const struct dav_ace *b)
{
	return a->who == b->who && text_equal(a->name, b->name);
}

/* The owner's protected entry cannot be argued with. */
static bool denies_owner(struct dav_exchange *x, const struct dav_ace *ace)
{
	const char *owner = dav_owner(x, &x->target);
	char *self = owner ? household_reference(dav_household(x), x->arena,
				     arena_printf(x->arena, "users/%s", owner))
			   : NULL;

	if (!ace->deny)
		return false;
	return (ace->who == ACE_PROPERTY && text_equal(ace->name, ACE_OWNER)) ||
		(ace->who == ACE_PRINCIPAL && text_equal(ace->name, self));
}

static enum dav_code check_all(struct dav_exchange *x, const struct dav_ace *aces, size_t n)
{
	bool granted = false;

	for (size_t i = 0; i < n; i++) {
		if (denies_owner(x, &aces[i]))
			return dav_fail(
				x, DAV_NO_PROTECTED_ACE_CONFLICT, "the owner holds everything");
		if (aces[i].deny && granted)
			return dav_fail(x, DAV_DENY_BEFORE_GRANT, "denials come first");
		granted |= !aces[i].deny;
		for (size_t k = 0; k < i; k++)
			if (same_principal(&aces[i], &aces[k]) && aces[i].deny != aces[k].deny &&
				(aces[i].bits & aces[k].bits))
				return dav_fail(x, DAV_NO_ACE_CONFLICT,
					"the same is granted and denied to the same principal");
	}
	return DAV_OK;
}

static enum dav_code read_all(struct dav_exchange *x, struct dav_ace **aces, size_t *n)
{
	size_t cap = 0;

	for (const struct xml_element *e = x->xml->children; e; e = e->next) {
		struct dav_ace ace;
		if (*n == DAV_MAX_ACES)
			return dav_fail(x, DAV_LIMITED_NUMBER_OF_ACES, "more than %d entries",
				DAV_MAX_ACES);
		enum dav_code code = read_ace(x, e, &ace);
		if (code != DAV_OK)
			return code;
		*aces = arena_grow(x->arena, *aces, &cap, *n + 1, sizeof(**aces));
		(*aces)[(*n)++] = ace;
	}
	return check_all(x, *aces, *n);
}

/* --- the change --- */

static enum dav_code finish(struct dav_exchange *x)
{
	(void)x;
	return DAV_OK;
}

void dav_settle_shares(struct dav_exchange *x, const char *path, const struct store_meta *meta)
{
	struct dav_settling settling = {
		.store = x->server->store,
		.snapshot = x->snapshot,
		.arena = x->arena,
		.before = dav_household(x),
		.after = dav_household(x),
		.path = path,
		.meta = meta,
		.changes = x->changes,
		.n_changes = x->n_changes,
		.cap_changes = x->cap_changes,
	};

	running(x)->place = path;
	dav_shares_settle(&settling);
	x->changes = settling.changes;
	x->n_changes = settling.n_changes;
	x->cap_changes = settling.cap_changes;
}

static struct store_meta with_entries(
	struct dav_exchange *x, const struct dav_resource *r, const struct dav_ace *aces, size_t n)
{
	const char **lines = arena_array(x->arena, n, sizeof(*lines));
	struct store_meta meta = r->path.name || r->collection
		? *dav_own_meta(x, r, x->arena)
		: dav_new_meta(x, dav_kind_row(r->kind)->facts);

	for (size_t i = 0; i < n; i++)
		lines[i] = dav_ace_print(x->arena, &aces[i]);
	meta.aces = lines;
	meta.n_aces = n;
	return meta;
}

enum dav_code dav_verb_acl(struct dav_exchange *x)
{
	struct dav_resource r = x->target;
	struct dav_ace *aces = NULL;
	size_t n = 0;

	if (!xml_is(x->xml, NS_DAV, "acl"))
		return dav_fail(x, DAV_BAD_REQUEST, "the body is no DAV:acl");
	enum dav_code code = read_all(x, &aces, &n);
	if (code != DAV_OK)
		return code;
	/* Through a share it is the shared collection that is spoken of. */
	r.path.collection = dav_store_path(&r);
	r.share = NULL;
	struct store_meta meta = with_entries(x, &r, aces, n);
	code = dav_change_meta(x, &r, &meta);
	if (code == DAV_OK && !r.path.name)
		dav_settle_shares(x, r.path.collection, &meta);
	if (code != DAV_OK)
		return code;
	if (!x->n_changes) /* an item without entries that shall have none */
		return finish(x);
	return dav_submit(x, 'S', r.path.name ? dav_url_name(x->arena, r.path.name) : NULL, finish);
}
