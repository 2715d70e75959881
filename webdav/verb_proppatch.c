/* SPDX-License-Identifier: ISC */
/* PROPPATCH (RFC 4918 9.2) on homes, collections, items and one's own principal: 207, all or nothing. */
#include "webdav/meta.h"
#include "webdav/verb.h"

#include <stdint.h>

struct proppatch {
	struct dav_patch *patches;
	size_t n;
	const char *name; /* of what was changed, for people */
};

static enum dav_code answer(struct dav_exchange *x, const struct proppatch *p)
{
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_adds(&body, XML_HEAD "<d:multistatus" XML_NAMESPACES "><d:response>");
	dav_href_element(&body, &x->target);
	dav_patch_propstats(&body, p->patches, p->n);
	buf_adds(&body, "</d:response></d:multistatus>\n");
	return dav_answer(x, DAV_MULTISTATUS, "application/xml; charset=utf-8", &body);
}

static enum dav_code finish(struct dav_exchange *x)
{
	/* RFC 8144 2.2: nothing to tell but success. */
	if (x->minimal)
		return DAV_OK;
	return answer(x, x->rows);
}

/* What stands here now, or a fresh start for a home that nobody wrote to yet. */
static struct store_meta old_meta(struct dav_exchange *x)
{
	if (x->target.path.name || x->target.collection)
		return *dav_own_meta(x, &x->target, x->arena);
	return dav_new_meta(x, dav_kind_row(x->target.kind)->facts);
}

enum dav_code dav_verb_proppatch(struct dav_exchange *x)
{
	struct proppatch *p = arena_alloc(x->arena, sizeof(*p));
	struct store_meta meta;

	if (!xml_is(x->xml, NS_DAV, "propertyupdate"))
		return dav_fail(x, DAV_UNPROCESSABLE, "the body is no DAV:propertyupdate");
	meta = old_meta(x);
	enum dav_code code = dav_patch_apply(
		x, &x->target, x->xml, false, &meta, &p->patches, &p->n);
	if (code == DAV_FAILED_DEPENDENCY)
		return answer(x, p);
	if (code == DAV_OK && !p->n)
		return dav_fail(x, DAV_UNPROCESSABLE, "DAV:propertyupdate changes nothing");
	if (code == DAV_OK)
		code = dav_change_meta(x, &x->target, &meta);
	if (code != DAV_OK)
		return code;
	x->rows = p;
	if (!x->n_changes)
		return finish(x);
	return dav_submit(x, 'P', x->target.path.name, finish);
}
