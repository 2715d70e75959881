/* SPDX-License-Identifier: ISC */
/* Values of properties as trees: reports that follow hrefs see what PROPFIND shows, no more. */
#include "webdav/value.h"

#include "webdav/status.h"
#include "webdav/verb.h"

/* Appends the value as a row has it. */
static bool put(struct dav_exchange *x, const struct dav_resource *r, const char *ns,
	const char *name, struct arena *arena, struct buf *out)
{
	const struct dav_prop *row = dav_prop_find(ns, name);

	if (row && (row->kinds & r->kind) && row->get)
		return row->get(x, r, NULL, out) == DAV_OK;
	if (row && !(row->flags & PROP_STORED))
		return false;
	const char *xml = dav_meta_value(dav_meta(x, r, arena), ns, name);
	buf_adds(out, xml ? xml : "");
	return xml;
}

const struct xml_element *dav_value(struct dav_exchange *x, const struct dav_resource *r,
	const char *ns, const char *name, struct arena *arena)
{
	const struct xml_element *tree = NULL;
	const char *why;
	struct buf out;

	buf_init(&out, DAV_MAX_XML);
	buf_adds(&out, "<d:prop" XML_NAMESPACES ">");
	if (put(x, r, ns, name, arena, &out)) {
		buf_adds(&out, "</d:prop>");
		tree = out.full ? NULL : xml_parse(arena, out.data, out.len, &why);
	}
	buf_free(&out);
	return tree ? tree->children : NULL;
}
