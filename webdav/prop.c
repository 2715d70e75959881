/* SPDX-License-Identifier: ISC */
/*
 * Properties: the tables together, what a request wants of them (RFC 4918 9.1), and one row of an answer: a d:propstat for
 * each outcome. Rows of a listing cost no blob reads and no memory beside the row arena.
 */
#include "webdav/prop.h"

#include "src/base/map.h"
#include "src/base/text.h"
#include "webdav/status.h"
#include "webdav/verb.h"

#include <string.h>

#define MAX_WANTED 1000 /* different properties in one request; Nextcloud asks for 60 */

const struct dav_prop *const dav_prop_tables[] = {
	dav_props_dav,
	dav_props_acl,
	dav_props_cal,
	dav_props_busy,
	dav_props_card,
	NULL,
};

const struct dav_prop *dav_prop_find(const char *ns, const char *name)
{
	for (const struct dav_prop *const *table = dav_prop_tables; *table; table++)
		for (const struct dav_prop *row = *table; row->ns; row++)
			if (strcmp(row->name, name) == 0 && strcmp(row->ns, ns) == 0)
				return row;
	return NULL;
}

/* --- what is stored --- */

/* Is `clark` "{ns}name"? */
static bool clark_is(const char *clark, const char *ns, const char *name)
{
	size_t len = strlen(ns);

	return clark[0] == '{' && strncmp(clark + 1, ns, len) == 0 && clark[len + 1] == '}' &&
		strcmp(clark + len + 2, name) == 0;
}

const char *dav_meta_value(const struct store_meta *meta, const char *ns, const char *name)
{
	for (size_t i = 0; i < meta->n_props; i++)
		if (clark_is(meta->props[i].name, ns, name))
			return meta->props[i].xml;
	return NULL;
}

/* Namespace and name of a Clark name. */
static const char *split_clark(struct arena *arena, const char *clark, const char **name)
{
	const char *end = strrchr(clark, '}');

	*name = end ? end + 1 : clark;
	return end ? arena_strndup(arena, clark + 1, (size_t)(end - clark - 1)) : "";
}

/* --- what is wanted --- */

static void want(struct dav_wanted *wanted, struct arena *arena, struct map *seen,
	const struct xml_element *prop)
{
	if (map_set(seen, xml_clark(arena, prop->ns, prop->name), wanted))
		return;
	wanted->rows[wanted->n_props] = dav_prop_find(prop->ns, prop->name);
	wanted->props[wanted->n_props++] = prop;
}

/* The properties inside d:prop or d:include, each once: Nextcloud asks for some twice. */
static enum dav_code want_list(
	struct dav_exchange *x, const struct xml_element *list, struct dav_wanted *wanted)
{
	struct map *seen = map_new();
	const struct xml_element *prop = list->children;

	wanted->props = arena_array(x->arena, MAX_WANTED, sizeof(*wanted->props));
	wanted->rows = arena_array(x->arena, MAX_WANTED, sizeof(*wanted->rows));
	for (; prop && wanted->n_props < MAX_WANTED; prop = prop->next)
		want(wanted, x->arena, seen, prop);
	map_free(seen, NULL);
	return prop ? dav_fail(x, DAV_BAD_REQUEST, "more than %d properties", MAX_WANTED) : DAV_OK;
}

enum dav_code dav_wanted_parse(
	struct dav_exchange *x, const struct xml_element *holder, struct dav_wanted *wanted)
{
	const struct xml_element *list = xml_child(holder, NS_DAV, "prop");

	*wanted = (struct dav_wanted){.want = WANT_PROPS};
	if (list)
		return want_list(x, list, wanted);
	if (xml_child(holder, NS_DAV, "propname")) {
		wanted->want = WANT_PROPNAME;
	} else if (!holder || xml_child(holder, NS_DAV, "allprop")) {
		wanted->want = WANT_ALLPROP;
		list = xml_child(holder, NS_DAV, "include");
		if (list)
			return want_list(x, list, wanted);
	}
	return DAV_OK;
}

/* --- rows --- */

void dav_status_element(struct buf *out, enum dav_code code)
{
	const char *prefix = dav_code_prefix(code), *element = dav_code_element(code);

	/* The one that rows have by the thousand. */
	if (code == DAV_NOT_FOUND) {
		buf_adds(out, "<d:status>HTTP/1.1 404 Not Found</d:status>");
		return;
	}
	buf_addf(out, "<d:status>HTTP/1.1 %d %s</d:status>", dav_code_status(code),
		dav_code_reason(code));
	if (element)
		buf_addf(out, "<d:error><%s:%s/></d:error>", prefix, element);
}

/* One row on its way out. */
struct row {
	struct dav_exchange *x;
	const struct dav_resource *r;
	struct buf *out;
	const struct store_meta *meta; /* asked for when first needed */
	size_t found;                  /* elements in the 200 propstat */
};

static const struct store_meta *row_meta(struct row *row)
{
	if (!row->meta)
		row->meta = dav_meta(row->x, row->r, row->x->row_arena);
	return row->meta;
}

/* Appends the value of one property, or nothing. */
static enum dav_code put_value(struct row *row, const struct dav_prop *prop, const char *ns,
	const char *name, const struct xml_element *asked)
{
	struct buf *out = row->out;
	size_t before = out->len;
	enum dav_code code = DAV_NOT_FOUND;
	const char *xml;

	if (prop && (prop->kinds & row->r->kind) && prop->get) {
		code = prop->get(row->x, row->r, asked, out);
	} else if (!prop || (prop->flags & PROP_STORED)) {
		xml = dav_meta_value(row_meta(row), ns, name);
		if (xml) {
			buf_adds(out, xml);
			code = DAV_OK;
		}
	}
	if (code == DAV_OK) {
		row->found++;
	} else if (out->len > before) {
		out->len = before;
		out->data[before] = '\0';
	}
	return code;
}

/* Does d:allprop tell it? */
static bool in_all(const struct row *row, const struct dav_prop *prop)
{
	return !prop || !(prop->kinds & row->r->kind) || (prop->flags & PROP_ALLPROP);
}

/* Those asked for; what was not found is told by codes[]. What d:include names besides d:allprop is told once. */
static void put_wanted(struct row *row, const struct dav_wanted *wanted, enum dav_code *codes)
{
	for (size_t i = 0; i < wanted->n_props; i++) {
		size_t before = row->out->len;
		codes[i] = put_value(row, wanted->rows[i], wanted->props[i]->ns,
			wanted->props[i]->name, wanted->props[i]);
		if (wanted->want == WANT_ALLPROP && in_all(row, wanted->rows[i]))
			row->out->len = before;
	}
}

/* RFC 4918 9.1.5: live ones of RFC 4918, and the dead ones. Live ones of other standards stay out (4791 5.2 and others). */
static void put_all(struct row *row)
{
	const struct store_meta *meta = row_meta(row);
	const char *name, *ns;

	for (const struct dav_prop *const *table = dav_prop_tables; *table; table++)
		for (const struct dav_prop *prop = *table; prop->ns; prop++)
			if ((prop->flags & PROP_ALLPROP) && (prop->kinds & row->r->kind))
				put_value(row, prop, prop->ns, prop->name, NULL);
	for (size_t i = 0; i < meta->n_props; i++) {
		ns = split_clark(row->x->row_arena, meta->props[i].name, &name);
		const struct dav_prop *prop = dav_prop_find(ns, name);
		if (!prop || !(prop->kinds & row->r->kind))
			put_value(row, NULL, ns, name, NULL);
	}
}

/* RFC 4918 9.1.4. A getter may find that its property is not set here, so that it is asked. */
static void put_names(struct row *row)
{
	const struct store_meta *meta = row_meta(row);
	const char *name, *ns;

	for (const struct dav_prop *const *table = dav_prop_tables; *table; table++)
		for (const struct dav_prop *prop = *table; prop->ns; prop++) {
			size_t before = row->out->len;
			if (!(prop->kinds & row->r->kind) ||
				put_value(row, prop, prop->ns, prop->name, NULL) != DAV_OK)
				continue;
			row->out->len = before;
			xml_empty(row->out, prop->ns, prop->name);
		}
	for (size_t i = 0; i < meta->n_props; i++) {
		ns = split_clark(row->x->row_arena, meta->props[i].name, &name);
		const struct dav_prop *prop = dav_prop_find(ns, name);
		if (!prop || !(prop->kinds & row->r->kind)) {
			xml_empty(row->out, ns, name);
			row->found++;
		}
	}
}

/* A propstat for each outcome but OK; with Prefer: return=minimal without those of 404 (RFC 8144 2.1). */
static void put_failures(struct row *row, const struct dav_wanted *wanted, enum dav_code *codes)
{
	for (size_t i = 0; i < wanted->n_props; i++) {
		enum dav_code code = codes[i];
		if (code == DAV_OK || (code == DAV_NOT_FOUND && row->x->minimal))
			continue;
		buf_adds(row->out, "<d:propstat><d:prop>");
		for (size_t k = i; k < wanted->n_props; k++) {
			if (codes[k] != code)
				continue;
			xml_empty(row->out, wanted->props[k]->ns, wanted->props[k]->name);
			if (k > i)
				codes[k] = DAV_OK; /* told */
		}
		buf_adds(row->out, "</d:prop>");
		dav_status_element(row->out, code);
		buf_adds(row->out, "</d:propstat>");
	}
}

void dav_row(struct dav_exchange *x, const struct dav_resource *r, const struct dav_wanted *wanted,
	struct buf *out)
{
	static const char head[] = "<d:propstat><d:prop>";
	struct row row = {.x = x, .r = r, .out = out};
	enum dav_code *codes = arena_array(x->row_arena, wanted->n_props, sizeof(*codes));

	buf_adds(out, "<d:response><d:href>");
	dav_href(out, r);
	buf_adds(out, "</d:href>");
	size_t before = out->len;
	buf_adds(out, head);
	if (wanted->want == WANT_ALLPROP)
		put_all(&row);
	if (wanted->want == WANT_PROPNAME)
		put_names(&row);
	put_wanted(&row, wanted, codes);
	/* A response has at least one propstat. */
	if (row.found || x->minimal || !wanted->n_props)
		buf_adds(out, "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>");
	else
		out->len = before;
	put_failures(&row, wanted, codes);
	buf_adds(out, "</d:response>\n");
}

void dav_row_status(struct buf *out, const char *href, enum dav_code code)
{
	buf_adds(out, "<d:response><d:href>");
	xml_escape(out, href);
	buf_adds(out, "</d:href>");
	dav_status_element(out, code);
	buf_adds(out, "</d:response>\n");
}

/* --- small elements --- */

void dav_principal_href(struct buf *out, const char *user)
{
	dav_href_of(out, "principals/users", user);
	buf_addc(out, '/');
}

void dav_href_element(struct buf *out, const struct dav_resource *r)
{
	buf_adds(out, "<d:href>");
	dav_href(out, r);
	buf_adds(out, "</d:href>");
}
