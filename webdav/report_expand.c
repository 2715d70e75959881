/* SPDX-License-Identifier: ISC */
/*
 * expand-property (RFC 3253 3.8): properties, and in place of each DAV:href inside a property
 * that names nested ones a DAV:response with those of the resource behind the href.
 *
 * Each response is first printed as any row is, then read back as a tree and written again with
 * the hrefs replaced, so that rights, dead properties and outcomes are those of PROPFIND. The
 * number of responses is limited: nesting multiplies.
 */
#include "webdav/report.h"

#include "src/base/text.h"
#include "webdav/prop.h"
#include "webdav/verb.h"

#include <string.h>

#define EXPAND_MAX 1000                 /* responses in one answer */
#define EXPAND_BODY (16u * 1024 * 1024) /* bytes of it */

struct expand {
	struct dav_exchange *x;
	size_t count;
	bool failed;
};

static const struct xml_element *next_property(const struct xml_element *e, bool first)
{
	return first ? xml_child(e, NS_DAV, "property") : xml_next(e, NS_DAV, "property");
}

static const char *namespace_of(const struct xml_element *property)
{
	const char *ns = xml_attr(property, "namespace");

	return ns ? ns : NS_DAV;
}

/* d:property elements as what PROPFIND would have been asked for; each name once. */
static enum dav_code wanted_of(
	struct dav_exchange *x, const struct xml_element *holder, struct dav_wanted *wanted)
{
	struct xml_element *list = arena_alloc(x->arena, sizeof(*list)), **end;
	struct xml_element *prop = arena_alloc(x->arena, sizeof(*prop));

	*list = (struct xml_element){
		.ns = NS_DAV, .name = "propfind", .text = "", .children = prop};
	*prop = (struct xml_element){.ns = NS_DAV, .name = "prop", .text = "", .parent = list};
	end = &prop->children;
	for (const struct xml_element *e = next_property(holder, true); e;
		e = next_property(e, false)) {
		const char *name = xml_attr(e, "name");
		if (!name || !*name)
			return dav_fail(x, DAV_BAD_REQUEST, "a property without a name");
		*end = arena_alloc(x->arena, sizeof(**end));
		**end = (struct xml_element){
			.ns = namespace_of(e), .name = name, .text = "", .parent = prop};
		end = &(*end)->next;
	}
	return dav_wanted_parse(x, list, wanted);
}

/* The element of the request that speaks about this property and has nested ones, or NULL. */
static const struct xml_element *nested_for(
	const struct xml_element *holder, const struct xml_element *prop)
{
	for (const struct xml_element *e = next_property(holder, true); e;
		e = next_property(e, false))
		if (text_equal(prop->name, xml_attr(e, "name")) &&
			text_equal(prop->ns, namespace_of(e)) && next_property(e, true))
			return e;
	return NULL;
}

static void add_response(struct expand *job, const struct dav_resource *r,
	const struct xml_element *holder, struct buf *out);

/* "mailto:…", "urn:uuid:…": nothing that has properties. */
static bool is_url(const char *text)
{
	return *text == '/' || strstr(text, "://");
}

/* What the href names, or a response with the status that a request for it would have. */
static void add_target(struct expand *job, const struct xml_element *href,
	const struct xml_element *holder, struct buf *out)
{
	struct dav_exchange *x = job->x;
	const char *asked = text_trim(x->arena, href->text), *target;
	struct dav_resource r = {0};
	struct dav_path path;
	enum dav_code code;

	target = dav_local_target(x, asked, &code);
	if (target)
		code = dav_path_parse(x->arena, target, &path);
	if (target && code == DAV_OK) {
		r = dav_resolve(x, &path);
		code = r.exists && (dav_privileges(x, &r) & PRIV_READ) ? DAV_OK : DAV_NOT_FOUND;
	}
	if (code == DAV_OK)
		add_response(job, &r, holder, out);
	else
		dav_row_status(out, asked, code);
}

/* One of our own elements with the hrefs inside replaced; anything else as it is. */
static void add_expanded(struct expand *job, const struct xml_element *e,
	const struct xml_element *holder, struct buf *out)
{
	const char *prefix = xml_prefix(e->ns);

	if (xml_is(e, NS_DAV, "href") && is_url(text_trim(job->x->arena, e->text))) {
		add_target(job, e, holder, out);
		return;
	}
	if (!prefix || !e->children) {
		buf_adds(out, xml_canonical(job->x->arena, e));
		return;
	}
	buf_addf(out, "<%s:%s>", prefix, e->name);
	for (const struct xml_element *child = e->children; child; child = child->next)
		add_expanded(job, child, holder, out);
	buf_addf(out, "</%s:%s>", prefix, e->name);
}

static void add_propstat(struct expand *job, const struct xml_element *propstat,
	const struct xml_element *holder, struct buf *out)
{
	buf_adds(out, "<d:propstat>");
	for (const struct xml_element *part = propstat->children; part; part = part->next) {
		if (!xml_is(part, NS_DAV, "prop")) {
			buf_adds(out, xml_canonical(job->x->arena, part));
			continue;
		}
		buf_adds(out, "<d:prop>");
		for (const struct xml_element *prop = part->children; prop; prop = prop->next) {
			const struct xml_element *nested = nested_for(holder, prop);
			if (nested)
				add_expanded(job, prop, nested, out);
			else
				buf_adds(out, xml_canonical(job->x->arena, prop));
		}
		buf_adds(out, "</d:prop>");
	}
	buf_adds(out, "</d:propstat>");
}

/* Recursion follows the nesting of the request (XML_MAX_DEPTH), the number of calls is counted. */
static void add_response(struct expand *job, const struct dav_resource *r,
	const struct xml_element *holder, struct buf *out)
{
	struct dav_exchange *x = job->x;
	struct dav_wanted wanted;
	struct buf row;
	const char *why;

	if (++job->count > EXPAND_MAX || wanted_of(x, holder, &wanted) != DAV_OK) {
		job->failed = true;
		return;
	}
	buf_init(&row, EXPAND_BODY);
	buf_adds(&row, "<d:multistatus" XML_NAMESPACES ">");
	dav_row(x, r, &wanted, &row);
	buf_adds(&row, "</d:multistatus>");
	const struct xml_element *tree = row.full ? NULL
						  : xml_parse(x->arena, row.data, row.len, &why);
	buf_free(&row);
	if (!tree || !tree->children) {
		job->failed = true;
		return;
	}
	buf_adds(out, "<d:response>");
	for (const struct xml_element *part = tree->children->children; part && !job->failed;
		part = part->next) {
		if (xml_is(part, NS_DAV, "propstat"))
			add_propstat(job, part, holder, out);
		else
			buf_adds(out, xml_canonical(x->arena, part));
	}
	buf_adds(out, "</d:response>\n");
}

/* RFC 3253 3.6: with Depth 1 the members as well, each for itself, with infinity theirs too; EXPAND_MAX is the end of both. */
static void add_members(struct expand *job, const struct dav_resource *of, struct buf *out)
{
	struct dav_exchange *x = job->x;
	struct dav_resource member;
	struct dav_walk walk;

	dav_walk_start(&walk, of);
	while (!job->failed && !out->full && dav_walk_next(x, &walk, &member)) {
		add_response(job, &member, x->xml, out);
		if (x->depth == DAV_DEPTH_INFINITY && !member.path.name)
			add_members(job, &member, out);
	}
}

enum dav_code dav_report_expand(struct dav_exchange *x)
{
	struct expand job = {.x = x};
	struct dav_wanted wanted;
	struct buf body;

	enum dav_code code = wanted_of(x, x->xml, &wanted);
	if (code != DAV_OK)
		return code;
	buf_init(&body, EXPAND_BODY);
	buf_adds(&body, XML_HEAD "<d:multistatus" XML_NAMESPACES ">\n");
	add_response(&job, &x->target, x->xml, &body);
	if (x->depth == DAV_DEPTH_1 || x->depth == DAV_DEPTH_INFINITY)
		add_members(&job, &x->target, &body);
	buf_adds(&body, "</d:multistatus>\n");
	if (job.failed || body.full) {
		buf_free(&body);
		return dav_fail(
			x, DAV_NUMBER_OF_MATCHES, "the report would hold too many responses");
	}
	return dav_answer(x, DAV_MULTISTATUS, "application/xml; charset=utf-8", &body);
}
