/* SPDX-License-Identifier: ISC */
/*
 * Property updates, for PROPPATCH, MKCOL and MKCALENDAR alike: in document order, all or nothing (RFC 4918 9.2, 14.26;
 * RFC 5689 3; RFC 4791 5.3.1).
 */
#include "webdav/prop.h"

#include "src/base/text.h"
#include "webdav/status.h"

#include <string.h>

#define MAX_PATCHES 1000              /* instructions in one request */
#define MAX_STORED (4u * 1024 * 1024) /* bytes of all properties of one resource: 507 beyond */

static size_t stored_bytes(const struct store_meta *meta)
{
	size_t sum = 0;

	for (size_t i = 0; i < meta->n_props; i++)
		sum += strlen(meta->props[i].name) + strlen(meta->props[i].xml);
	return sum;
}

/* A name that the text of .collection could not hold. */
static bool is_storable(const struct xml_element *prop)
{
	return !strpbrk(prop->ns, "{} \t\r\n");
}

static enum dav_code store(struct dav_exchange *x, const struct xml_element *prop, bool remove,
	struct store_meta *meta)
{
	if (!is_storable(prop))
		return DAV_FORBIDDEN;
	*meta = store_meta_with(x->arena, meta, xml_clark(x->arena, prop->ns, prop->name),
		remove ? NULL : xml_canonical(x->arena, prop));
	return stored_bytes(meta) > MAX_STORED ? DAV_INSUFFICIENT_STORAGE : DAV_OK;
}

static enum dav_code apply_one(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *prop, bool remove, bool creating, struct store_meta *meta)
{
	const struct dav_prop *row = dav_prop_find(prop->ns, prop->name);
	bool here = row && (row->kinds & r->kind);

	if (!row)
		return store(x, prop, remove, meta);
	if (!(row->flags & PROP_STORED) && !(here && row->set))
		return DAV_CANNOT_MODIFY_PROTECTED;
	if ((row->flags & PROP_MKCOL_ONLY) && !creating)
		return DAV_CANNOT_MODIFY_PROTECTED;
	const char *before = dav_meta_value(meta, prop->ns, prop->name);
	if (here && row->set) {
		enum dav_code code = row->set(x, r, remove ? NULL : prop, meta);
		if (code != DAV_OK || !(row->flags & PROP_STORED))
			return code;
	}
	/* A setter may have stored its own form of the value. */
	if (dav_meta_value(meta, prop->ns, prop->name) != before)
		return DAV_OK;
	return store(x, prop, remove, meta);
}

struct patching {
	struct dav_exchange *x;
	const struct dav_resource *r;
	bool creating, failed;
	struct store_meta meta;
	struct dav_patch *patches;
	size_t n, cap;
};

static void apply_list(struct patching *p, const struct xml_element *instruction)
{
	bool remove = xml_is(instruction, NS_DAV, "remove");

	/* A new collection has nothing to lose: mkcol and mkcalendar hold DAV:set alone (RFC 5689 5.1, RFC 4791 9.2), and
	 * what is not known there is passed over (RFC 4918 17). */
	if (remove ? p->creating : !xml_is(instruction, NS_DAV, "set"))
		return;
	for (const struct xml_element *list = xml_child(instruction, NS_DAV, "prop"); list;
		list = xml_next(list, NS_DAV, "prop"))
		for (const struct xml_element *prop = list->children; prop && p->n < MAX_PATCHES;
			prop = prop->next) {
			p->patches = arena_grow(
				p->x->arena, p->patches, &p->cap, p->n + 1, sizeof(*p->patches));
			struct dav_patch *patch = &p->patches[p->n++];
			patch->prop = prop;
			patch->code = apply_one(p->x, p->r, prop, remove, p->creating, &p->meta);
			p->failed |= patch->code != DAV_OK;
		}
}

enum dav_code dav_patch_apply(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *update, bool creating, struct store_meta *meta,
	struct dav_patch **patches, size_t *n_patches)
{
	struct patching p = {.x = x, .r = r, .creating = creating, .meta = *meta};

	for (const struct xml_element *e = update ? update->children : NULL; e; e = e->next)
		apply_list(&p, e);
	if (p.n == MAX_PATCHES)
		return dav_fail(x, DAV_BAD_REQUEST, "%d properties or more", MAX_PATCHES);
	for (size_t i = 0; p.failed && i < p.n; i++)
		if (p.patches[i].code == DAV_OK)
			p.patches[i].code = DAV_FAILED_DEPENDENCY;
	*patches = p.patches;
	*n_patches = p.n;
	if (p.failed)
		return DAV_FAILED_DEPENDENCY;
	*meta = p.meta;
	return DAV_OK;
}

/* Was the same property told before, with the same outcome? */
static bool told(const struct dav_patch *patches, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (patches[k].code == patches[i].code &&
			xml_is(patches[k].prop, patches[i].prop->ns, patches[i].prop->name))
			return true;
	return false;
}

void dav_patch_propstats(struct buf *out, const struct dav_patch *patches, size_t n)
{
	for (enum dav_code code = 0; code < DAV_CODE_COUNT; code++) {
		size_t count = 0;
		for (size_t i = 0; i < n; i++) {
			if (patches[i].code != code || told(patches, i))
				continue;
			buf_adds(out, count++ ? "" : "<d:propstat><d:prop>");
			xml_empty(out, patches[i].prop->ns, patches[i].prop->name);
		}
		if (!count)
			continue;
		buf_adds(out, "</d:prop>");
		dav_status_element(out, code);
		buf_adds(out, "</d:propstat>");
	}
}
