/* SPDX-License-Identifier: ISC */
/*
 * principal-match (RFC 3744 9.3): which members of the target, at any depth, are, or belong to, the person who asks.
 * d:self finds the person's own principal and the groups that they are in; d:principal-property finds what names one of
 * those in a property (d:owner and the like, dead ones, too).
 */
#include "webdav/reports.h"

#include "webdav/person.h"
#include "webdav/prop.h"
#include "webdav/value.h"
#include "webdav/verb.h"

#define MATCH_STEP 256 /* members one call looks at */

struct match {
	struct dav_wanted wanted;
	struct dav_walk *walks; /* the way down: STORE_MAX_FOLDER_DEPTH and a few */
	size_t depth, cap;
	const struct xml_element *property; /* NULL: d:self */
	bool self_told;
};

/* What is walked outlives the row that found it. */
static void descend(struct dav_exchange *x, struct match *m, const struct dav_resource *r)
{
	struct dav_resource kept = *r;

	kept.path.collection = arena_strdup(x->arena, r->path.collection);
	m->walks = arena_grow(x->arena, m->walks, &m->cap, m->depth + 1, sizeof(*m->walks));
	dav_walk_start(&m->walks[m->depth++], &kept);
}

/* Is there a DAV:href inside that names the person or a group of theirs? Depth of recursion: XML_MAX_DEPTH. */
static bool names_person(struct dav_exchange *x, const struct xml_element *e)
{
	for (; e; e = e->next) {
		const char *path = xml_is(e, NS_DAV, "href")
			? dav_principal_of_href(x, x->row_arena, e->text)
			: NULL;
		if ((path && dav_person_is(x, path)) || names_person(x, e->children))
			return true;
	}
	return false;
}

static bool matches(struct dav_exchange *x, const struct match *m, const struct dav_resource *r)
{
	if (!m->property) {
		const char *path = dav_principal_path(x->row_arena, r);
		return path && dav_person_is(x, path);
	}
	const struct xml_element *value = dav_value(
		x, r, m->property->ns, m->property->name, x->row_arena);
	return value && names_person(x, value->children);
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct match *m = x->rows;
	struct dav_resource r;

	/* Asked of a group, d:self answers whether one is in it. */
	if (!m->self_told && !m->property && matches(x, m, &x->target))
		dav_row(x, &x->target, &m->wanted, out);
	m->self_told = true;
	for (unsigned step = 0; m->depth; step++) {
		if (!dav_walk_next(x, &m->walks[m->depth - 1], &r)) {
			m->depth--;
			continue;
		}
		bool found = matches(x, m, &r);
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
		m->property = e->children;
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

	enum dav_code code = dav_check_depth_zero(x);
	if (code == DAV_OK)
		code = parse(x, m);
	if (code == DAV_OK && xml_child(x->xml, NS_DAV, "prop"))
		code = dav_wanted_parse(x, x->xml, &m->wanted);
	if (code != DAV_OK)
		return code;
	descend(x, m, &x->target);
	return dav_answer_rows(x, next_row, m);
}
