/* SPDX-License-Identifier: ISC */
/*
 * calendar-multiget (RFC 4791 7.9) and addressbook-multiget (RFC 6352 8.7): the items that
 * hrefs name, each href once, in the order asked. Depth says nothing here. What is there has
 * our one canonical href; what is not has the href as it was asked, trimmed: clients look for
 * it literally.
 */
#include "webdav/report.h"

#include "src/base/map.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/data.h"
#include "webdav/prop.h"

#include <string.h>

struct multiget {
	struct dav_wanted wanted;
	enum dav_kind members;
	const char **hrefs;
	size_t n_hrefs, at;
};

/* The path of an href: KDAV and iOS send absolute URLs. NULL: of another host. */
static const char *path_of(struct dav_exchange *x, const char *href)
{
	const char *scheme = strstr(href, "://");
	enum dav_code code;

	if (!scheme || memchr(href, '/', (size_t)(scheme - href)))
		return href;
	if (!tolerates(TOLERATE_MULTIGET_ANY_HOST))
		return dav_local_target(x, href, &code);
	const char *path = strchr(scheme + 3, '/');
	return path ? path : "/";
}

/* Is `inner` the store collection `outer` or one below it? */
static bool within(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return text_starts(inner, outer) && (inner[len] == '\0' || inner[len] == '/');
}

/* The collection whose members may be asked for: the target, or that of the item which is
 * the target. */
static bool in_scope(const struct dav_exchange *x, const struct dav_path *path)
{
	const struct dav_path *target = &x->target.path;

	if (!target->collection || !path->collection)
		return false;
	if (target->name)
		return text_equal(target->collection, path->collection) &&
			text_equal(target->name, path->name);
	return within(target->collection, path->collection);
}

/* OK with *r, or what the row says: NOT_FOUND for what is not there, FORBIDDEN for an href
 * that is none of this collection's, told from its shape alone. */
static enum dav_code look_up(
	struct dav_exchange *x, const struct multiget *m, const char *href, struct dav_resource *r)
{
	const char *url = path_of(x, href);
	struct dav_path path = {0};

	if (!url)
		return DAV_FORBIDDEN;
	if (dav_path_parse(x->row_arena, url, &path) != DAV_OK)
		return DAV_NOT_FOUND;
	if (!in_scope(x, &path))
		return DAV_FORBIDDEN;
	*r = dav_resolve(x, &path);
	if (!r->exists || !r->item || r->kind != m->members)
		return DAV_NOT_FOUND;
	return dav_privileges(x, r) & PRIV_READ ? DAV_OK : DAV_NOT_FOUND;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct multiget *m = x->rows;
	struct dav_resource r;

	if (m->at == m->n_hrefs)
		return false;
	const char *href = m->hrefs[m->at++];
	enum dav_code code = look_up(x, m, href, &r);
	if (code == DAV_OK)
		dav_card_row(x, &r, &m->wanted, out);
	else
		dav_row_status(out, href, code);
	return true;
}

/* What an href names, in whatever way it is encoded: else one item could be asked for in a million ways, with its data. */
static const char *identity(struct dav_exchange *x, const char *href)
{
	const char *url = path_of(x, href);
	struct dav_path path = {0};

	if (!url || dav_path_parse(x->row_arena, url, &path) != DAV_OK || !path.name)
		return href;
	return arena_printf(
		x->row_arena, "%x/%s/%s", (unsigned)path.kind, path.collection, path.name);
}

/* RFC 4918 14.24: an href stands once in a multistatus. */
static void read_hrefs(struct dav_exchange *x, struct multiget *m)
{
	struct map *seen = map_new();
	size_t cap = 0;

	for (const struct xml_element *e = xml_child(x->xml, NS_DAV, "href"); e;
		e = xml_next(e, NS_DAV, "href")) {
		const char *href = tolerates(TOLERATE_HREF_SPACE) ? text_trim(x->arena, e->text)
								  : e->text;
		arena_clear(x->row_arena);
		if (map_set(seen, identity(x, href), m))
			continue;
		m->hrefs = arena_grow(x->arena, m->hrefs, &cap, m->n_hrefs + 1, sizeof(*m->hrefs));
		m->hrefs[m->n_hrefs++] = href;
	}
	map_free(seen, NULL);
}

static enum dav_code multiget(struct dav_exchange *x, enum dav_kind members)
{
	struct multiget *m = arena_alloc(x->arena, sizeof(*m));

	m->members = members;
	enum dav_code code = dav_wanted_parse(x, x->xml, &m->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &m->wanted);
	if (code != DAV_OK)
		return code;
	read_hrefs(x, m);
	if (!m->n_hrefs)
		return dav_fail(x, DAV_BAD_REQUEST, "a multiget needs at least one DAV:href");
	return dav_answer_rows(x, next_row, m);
}

enum dav_code dav_report_calendar_multiget(struct dav_exchange *x)
{
	return multiget(x, DAV_EVENT);
}

enum dav_code dav_report_addressbook_multiget(struct dav_exchange *x)
{
	return multiget(x, x->target.kind & DAV_ANY_DIRECTORY ? DAV_DIRECTORY_CARD : DAV_CARD);
}
