/* SPDX-License-Identifier: ISC */
/*
 * acl-principal-prop-set (RFC 3744 9.2): properties of the principals that the DAV:acl of the target names, by href or by a
 * property such as DAV:owner, each once. The principals are read from the very value that PROPFIND shows, inherited and
 * protected entries with the others, so that the two cannot differ.
 */
#include "webdav/reports.h"

#include "src/base/text.h"
#include "webdav/person.h"
#include "webdav/prop.h"
#include "webdav/value.h"

struct acl_principals {
	struct dav_wanted wanted;
	const char **hrefs; /* as they stand; those that name no principal any more, too */
	size_t n, cap, at;
};

/* What names the same principal is the same. */
static void add(struct dav_exchange *x, struct acl_principals *a, const char *text)
{
	const char *path = dav_principal_of_href(x, x->arena, text);
	const char *href = path ? dav_principal_url(x->arena, path) : text_trim(x->arena, text);

	for (size_t i = 0; i < a->n; i++)
		if (text_equal(a->hrefs[i], href))
			return;
	a->hrefs = arena_grow(x->arena, a->hrefs, &a->cap, a->n + 1, sizeof(*a->hrefs));
	a->hrefs[a->n++] = href;
}

/* 5.5.1: a property counts only when it holds one href, and that names a principal. */
static void add_property(
	struct dav_exchange *x, struct acl_principals *a, const struct xml_element *property)
{
	const struct xml_element *name = property->children, *value, *href;

	if (!name)
		return;
	value = dav_value(x, &x->target, name->ns, name->name, x->arena);
	href = value ? xml_child(value, NS_DAV, "href") : NULL;
	if (href && !xml_next(href, NS_DAV, "href") &&
		dav_principal_of_href(x, x->arena, href->text))
		add(x, a, href->text);
}

static void add_ace(struct dav_exchange *x, struct acl_principals *a, const struct xml_element *ace)
{
	const struct xml_element *principal = xml_child(ace, NS_DAV, "principal");
	const struct xml_element *href = principal ? xml_child(principal, NS_DAV, "href") : NULL,
				 *property = principal ? xml_child(principal, NS_DAV, "property")
						       : NULL;

	if (href)
		add(x, a, href->text);
	if (property)
		add_property(x, a, property);
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct acl_principals *a = x->rows;
	struct dav_resource r;

	if (a->at == a->n)
		return false;
	const char *href = a->hrefs[a->at++];
	const char *path = dav_principal_of_href(x, x->row_arena, href);
	if (path && dav_principal_resource(x, path, x->row_arena, &r))
		dav_row(x, &r, &a->wanted, out);
	else
		dav_row_status(out, href, DAV_NOT_FOUND);
	return true;
}

enum dav_code dav_report_acl_principals(struct dav_exchange *x)
{
	struct acl_principals *a = arena_alloc(x->arena, sizeof(*a));
	const struct xml_element *acl;

	enum dav_code code = dav_check_depth_zero(x);
	if (code == DAV_OK && xml_child(x->xml, NS_DAV, "prop"))
		code = dav_wanted_parse(x, x->xml, &a->wanted);
	if (code != DAV_OK)
		return code;
	acl = dav_value(x, &x->target, NS_DAV, "acl", x->arena);
	for (const struct xml_element *ace = acl ? xml_child(acl, NS_DAV, "ace") : NULL; ace;
		ace = xml_next(ace, NS_DAV, "ace"))
		add_ace(x, a, ace);
	return dav_answer_rows(x, next_row, a);
}
