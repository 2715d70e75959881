/* SPDX-License-Identifier: ISC */
/*
 * principal-match (RFC 3744 9.3): which members of the target are, or belong to, the person who
 * asks. d:self finds the person's own principal; d:principal-property finds what names that
 * principal in a property (d:owner and the like).
 */
#include "webdav/reports.h"

#include "src/base/text.h"
#include "webdav/prop.h"
#include "webdav/verb.h"

#include <string.h>

#define MATCH_STEP 256 /* members one call looks at */

struct match {
	struct dav_wanted wanted;
	struct dav_walk *walks; /* the way down: STORE_MAX_FOLDER_DEPTH and a few */
	size_t depth, cap;
	const struct dav_prop *property; /* NULL: d:self */
	const char *href;                /* of the person's principal, XML-escaped */
};

static void descend(struct dav_exchange *x, struct match *m, const struct dav_resource *r)
{
	m->walks = arena_grow(x->arena, m->walks, &m->cap, m->depth + 1, sizeof(*m->walks));
	dav_walk_start(&m->walks[m->depth++], r);
}

/* The value as it would be shown names the principal in a DAV:href. */
static bool names_person(
	struct dav_exchange *x, const struct match *m, const struct dav_resource *r)
{
	struct buf value;

	if (!m->property)
		return r->kind == DAV_USER && text_equal(r->path.owner, x->request->person.name);
	if (!(m->property->kinds & r->kind) || !m->property->get)
		return false;
	buf_init(&value, DAV_INLINE_BODY);
	const char *wanted = arena_printf(x->row_arena, ">%s</d:href>", m->href);
	bool found = m->property->get(x, r, NULL, &value) == DAV_OK && value.data &&
		strstr(value.data, wanted);
	buf_free(&value);
	return found;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct match *m = x->rows;
	struct dav_resource r;

	for (unsigned step = 0; m->depth; step++) {
		if (!dav_walk_next(x, &m->walks[m->depth - 1], &r)) {
			m->depth--;
			continue;
		}
		bool found = names_person(x, m, &r);
		if (found)
			dav_row(x, &r, &m->wanted, out);
		if (r.kind & DAV_ANY_COLLECTION)
			descend(x, m, &r);
		if (found || step >= MATCH_STEP)
			return true;
	}
	return false;
}

static enum dav_code parse(struct dav_exchange *x, struct match *m)
{
	const struct xml_element *e = xml_child(x->xml, NS_DAV, "principal-property");

	if (e && e->children) {
		m->property = dav_prop_find(e->children->ns, e->children->name);
		return DAV_OK;
	}
	if (!xml_child(x->xml, NS_DAV, "self"))
		return dav_fail(
			x, DAV_BAD_REQUEST, "principal-match needs self or principal-property");
	return DAV_OK;
}

enum dav_code dav_report_principal_match(struct dav_exchange *x)
{
	struct match *m = arena_alloc(x->arena, sizeof(*m));
	struct buf href, escaped;

	enum dav_code code = parse(x, m);
	if (code == DAV_OK && xml_child(x->xml, NS_DAV, "prop"))
		code = dav_wanted_parse(x, x->xml, &m->wanted);
	if (code != DAV_OK)
		return code;
	buf_init(&href, 8 * 1024);
	buf_init(&escaped, 16 * 1024);
	dav_principal_href(&href, x->request->person.name);
	xml_escape(&escaped, href.data);
	m->href = arena_strdup(x->arena, escaped.data);
	buf_free(&href);
	buf_free(&escaped);
	bool by_dead_property = xml_child(x->xml, NS_DAV, "principal-property") && !m->property;
	if (!by_dead_property) /* no property of ours: nothing matches */
		descend(x, m, &x->target);
	return dav_answer_rows(x, next_row, m);
}
