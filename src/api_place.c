/* SPDX-License-Identifier: ISC */
/* Names, properties and kinds of collections for people. Reserved names: DESIGN.md section 7. */
#include "src/api_place.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/resource.h"
#include "webdav/xml.h"

#include <stdlib.h>
#include <string.h>

#define DISPLAYNAME "{" NS_DAV "}displayname"
#define COLOR "{" NS_ICAL "}calendar-color"
#define MAX_NAME 100 /* bytes of a new collection's name; clients show it in URLs */

static const char *const tops[] = {"calendars", "addressbooks"};

char *place_path(struct arena *arena, const char *top, const char *user, const char *collection)
{
	return arena_printf(arena, "%s/%s/%s", top, user, collection);
}

const struct store_collection *place_find(const struct store_snapshot *snapshot,
	struct arena *arena, const char *user, const char *collection)
{
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		const struct store_collection *found = store_collection(
			snapshot, place_path(arena, tops[i], user, collection));
		if (found)
			return found;
	}
	return NULL;
}

bool place_name_ok(struct arena *arena, const char *name, const char **why)
{
	struct dav_path path = {0};
	struct buf url;
	size_t len = strlen(name);

	*why = NULL;
	if (!len || len > MAX_NAME)
		*why = "it must have 1 to 100 bytes";
	else if (!text_is_utf8(name, len))
		*why = "it is not UTF-8";
	else if (strpbrk(name, "/\\:%") || *name == '.' || !store_name_ok(name))
		*why = "it must not begin with \".\" nor hold / \\ : % or control characters";
	if (*why)
		return false;
	buf_init(&url, 4096);
	buf_adds(&url, "/dav/calendars/x/");
	text_percent_encode(&url, name);
	buf_addc(&url, '/');
	if (dav_path_parse(arena, url.data, &path) != DAV_OK || path.reserved)
		*why = "the protocol needs this name for itself";
	buf_free(&url);
	return !*why;
}

char *place_slug(struct arena *arena, const char *title)
{
	const char *lower = text_lower(arena, title), *why;
	char *out = arena_alloc(arena, MAX_NAME + 16);
	size_t len = 0;

	for (; *lower && len < MAX_NAME - 16; lower++) {
		bool plain = (unsigned char)*lower >= 0x80 ||
			strchr("abcdefghijklmnopqrstuvwxyz0123456789", *lower);
		if (plain)
			out[len++] = *lower;
		else if (len && out[len - 1] != '-')
			out[len++] = '-';
	}
	/* Not in the middle of a character. */
	while (len && (*lower & 0xc0) == 0x80 && (out[len - 1] & 0xc0) == 0x80)
		len--;
	if (len && (*lower & 0xc0) == 0x80)
		len--;
	while (len && out[len - 1] == '-')
		len--;
	out[len] = '\0';
	if (!len)
		return arena_strdup(arena, "imported");
	return place_name_ok(arena, out, &why) ? out : arena_printf(arena, "calendar-%s", out);
}

char *place_color(struct arena *arena, const char *color)
{
	size_t len = color ? strlen(color) : 0;

	if (!len || *color != '#' || strspn(color + 1, "0123456789abcdefABCDEF") != len - 1)
		return NULL;
	if (len == 4)
		return arena_printf(arena, "#%c%c%c%c%c%c", color[1], color[1], color[2], color[2],
			color[3], color[3]);
	return len == 7 || len == 9 ? arena_strdup(arena, color) : NULL;
}

static char *property(struct arena *arena, const struct store_meta *meta, const char *name)
{
	const char *xml = store_meta_prop(meta, name);
	char *text = xml ? xml_canonical_text(arena, xml) : NULL;

	return text && *text ? text : NULL;
}

char *place_displayname(struct arena *arena, const struct store_meta *meta)
{
	return property(arena, meta, DISPLAYNAME);
}

char *place_get_color(struct arena *arena, const struct store_meta *meta)
{
	return property(arena, meta, COLOR);
}

/* The property as PROPPATCH would have stored it. */
static struct store_meta with_text(struct arena *arena, const struct store_meta *meta,
	const char *ns, const char *name, const char *text)
{
	struct buf xml;
	const char *why;

	buf_init(&xml, 65536);
	buf_addf(&xml, "<x:%s xmlns:x=\"%s\">", name, ns);
	xml_escape(&xml, text);
	buf_addf(&xml, "</x:%s>", name);
	struct xml_element *element = xml_parse(arena, xml.data, xml.len, &why);
	buf_free(&xml);
	if (!element)
		return *meta;
	return store_meta_with(
		arena, meta, xml_clark(arena, ns, name), xml_canonical(arena, element));
}

struct store_meta place_meta(struct arena *arena, enum facts_kind kind, uint32_t components,
	const char *displayname, const char *color)
{
	char *id = arena_alloc(arena, 37);
	struct store_meta meta = {.kind = kind, .components = components, .created = clock_now()};

	text_uuid(id);
	meta.id = id;
	if (displayname)
		meta = with_text(arena, &meta, NS_DAV, "displayname", displayname);
	if (color)
		meta = with_text(arena, &meta, NS_ICAL, "calendar-color", color);
	return meta;
}

const char *place_kind(const struct store_meta *meta)
{
	if (meta->kind == FACTS_ADDRESSBOOK)
		return "addressbook";
	return meta->components == FACTS_VTODO ? "tasks" : "calendar";
}

const char *place_missing(const struct store_snapshot *snapshot, struct arena *arena,
	const char *kind, const char *user, const char *collection)
{
	const struct store_collection *c = kind ? place_find(snapshot, arena, user, collection)
						: NULL;
	bool book = c && store_collection_meta(c)->kind == FACTS_ADDRESSBOOK;

	if (!c || book == text_equal(kind, "addressbook"))
		return arena_printf(arena, "there is no %s/%s", user, collection);
	return arena_printf(arena, "%s/%s is %s", user, collection,
		book ? "an address book, not a calendar" : "a calendar, not an address book");
}
