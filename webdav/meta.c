/* SPDX-License-Identifier: ISC */
/*
 * The stored properties of any resource as one struct store_meta: of collections from .collection, of items from .meta. A
 * principal's display name is a fact of the principal itself (storage/account.h), shown here as the property it is.
 */
#include "src/base/text.h"
#include "webdav/group.h"
#include "webdav/meta.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>

#define DISPLAYNAME "{" NS_DAV "}displayname"
#define NAME_FACT "name "

static const struct store_meta empty;

/* The directory is not stored: what stands behind it are the principals, whose properties are not the cards'. */
static const struct store_prop directory_props[] = {
	{DISPLAYNAME, "<d:displayname xmlns:d=\"" NS_DAV "\">Household</d:displayname>"},
	{"{" NS_CARDDAV "}addressbook-description",
		"<card:addressbook-description xmlns:card=\"" NS_CARDDAV
		"\">Everybody who has an account here</card:addressbook-description>"},
};
static const struct store_meta directory = {
	.kind = FACTS_ADDRESSBOOK, .props = directory_props, .n_props = 2};

/* The value of the first line "name …" of a principal's facts; NULL when there is none. */
static char *name_fact(struct arena *arena, const char *facts)
{
	for (const char *line = facts; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (text_starts(line, NAME_FACT)) {
			const char *value = line + strlen(NAME_FACT);
			return arena_strndup(arena, value, strcspn(value, "\n"));
		}
	return NULL;
}

static char *displayname_xml(struct arena *arena, const char *name)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_adds(&out, "<d:displayname xmlns:d=\"" NS_DAV "\">");
	xml_escape(&out, name);
	buf_adds(&out, "</d:displayname>");
	char *xml = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return xml;
}

static struct store_meta with_name(struct dav_exchange *x, const struct dav_resource *r,
	struct arena *arena, const struct store_meta *meta)
{
	struct store_bytes bytes;
	const char *name = NULL;

	if (store_read(x->server->store, &r->item->oid, &bytes) == STORE_OK) {
		name = name_fact(arena, bytes.data);
		store_bytes_free(&bytes);
	}
	/* RFC 3744 4: a principal must have one. */
	return store_meta_with(
		arena, meta, DISPLAYNAME, displayname_xml(arena, name ? name : r->path.owner));
}

/* What a share takes from the collection that it shows, where its owner said nothing of their own (DESIGN.md 7): dead
 * properties are the owner's affair, order and transparency everybody's own. */
static const char *const shown[] = {
	"{" NS_CALDAV "}calendar-description",
	"{" NS_CALDAV "}calendar-timezone",
	"{" NS_CALDAV "}calendar-timezone-id",
	"{" NS_CARDDAV "}addressbook-description",
	"{" NS_CS "}source",
	"{" NS_ICAL "}calendar-color",
};

/* "Home (Anna)": on a phone it stands beside one's own "Home". */
static char *shared_name(struct dav_exchange *x, const struct dav_resource *r, struct arena *arena)
{
	const char *xml = store_meta_prop(store_collection_meta(r->collection), DISPLAYNAME);
	const char *name = xml ? xml_canonical_text(arena, xml) : NULL, *owner = dav_owner(x, r);
	const struct household_principal *p = household_find(
		dav_household(x), arena_printf(arena, "users/%s", owner));

	if (!name || !*name)
		name = dav_url_name(arena, store_collection_name(r->collection));
	if (p && p->display_name)
		owner = p->display_name;
	return displayname_xml(arena, arena_printf(arena, "%s (%s)", name, owner));
}

static const struct store_meta *share_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct arena *arena)
{
	const struct store_meta *target = store_collection_meta(r->collection);
	struct store_meta *meta = arena_memdup(
		arena, store_collection_meta(r->share), sizeof(*meta));

	meta->components = target->components;
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (!store_meta_prop(meta, shown[i]) && store_meta_prop(target, shown[i]))
			*meta = store_meta_with(
				arena, meta, shown[i], store_meta_prop(target, shown[i]));
	if (!store_meta_prop(meta, DISPLAYNAME))
		*meta = store_meta_with(arena, meta, DISPLAYNAME, shared_name(x, r, arena));
	return meta;
}

const struct store_meta *dav_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct arena *arena)
{
	if (r->kind & DAV_ANY_DIRECTORY)
		return r->path.name ? &empty : &directory;
	if (!r->path.name && r->share && r->collection)
		return share_meta(x, r, arena);
	/* Who sees when it is sees nothing else of it. */
	if (r->item && dav_sight(x, r) != DAV_SEES_ALL)
		return &empty;
	return dav_own_meta(x, r, arena);
}

const struct store_meta *dav_own_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct arena *arena)
{
	const struct store_collection *c = r->share ? r->share : r->collection;

	if (!r->path.name)
		return c ? store_collection_meta(c) : &empty;
	if (!r->item || (!r->item->has_meta && !(r->kind & (DAV_USER | DAV_GROUP))))
		return &empty;
	struct store_meta *meta = arena_alloc(arena, sizeof(*meta));
	if (!store_item_meta(x->server->store, r->collection, r->item, arena, meta))
		*meta = empty;
	if (r->kind & (DAV_USER | DAV_GROUP))
		*meta = with_name(x, r, arena, meta);
	return meta;
}

/* --- writing --- */

static void fill_meta(
	struct dav_exchange *x, struct store_change *change, const struct store_meta *meta)
{
	size_t len;

	change->bytes = store_meta_print(x->arena, meta, &len);
	change->len = len;
}

void dav_change_self(struct dav_exchange *x, const char *collection, const struct store_meta *meta)
{
	struct store_change *change = dav_change(x);

	change->slot = STORE_SELF;
	change->collection = collection;
	change->expect = STORE_ABSENT;
	fill_meta(x, change, meta);
}

struct store_meta dav_new_meta(struct dav_exchange *x, enum facts_kind kind)
{
	char id[37];

	text_uuid(id);
	return (struct store_meta){
		.id = arena_strdup(x->arena, id), .kind = kind, .created = clock_now()};
}

void dav_change_gone(struct dav_exchange *x, const char *collection)
{
	struct store_change *change = dav_change(x);

	change->slot = STORE_SELF;
	change->collection = collection;
	change->remove = true;
	change->expect = STORE_PRESENT;
}

void dav_change_home(struct dav_exchange *x, const char *path)
{
	const char *first = strchr(path, '/'), *second = first ? strchr(first + 1, '/') : NULL;
	char *home = arena_strndup(x->arena, path, second ? (size_t)(second - path) : strlen(path));

	if (!first || store_collection(x->snapshot, home))
		return;
	struct store_meta meta = dav_new_meta(
		x, text_starts(home, "files/") ? FACTS_FOLDER : FACTS_HOME);
	dav_change_self(x, home, &meta);
}

void dav_change_item_meta(struct dav_exchange *x, const char *collection, const char *name,
	const struct store_meta *meta)
{
	struct store_change *change = dav_change(x);

	change->slot = STORE_ITEM_META;
	change->collection = collection;
	change->name = name;
	if (meta->n_props || meta->n_aces || meta->n_other || meta->id)
		fill_meta(x, change, meta);
	else
		change->remove = true;
}

/* The facts of a principal with another name line. */
static char *renamed_facts(struct arena *arena, const char *facts, const char *name)
{
	struct buf out;
	const char *old = text_starts(facts, NAME_FACT) ? facts : strstr(facts, "\n" NAME_FACT);

	buf_init(&out, SIZE_MAX);
	old = old && *old == '\n' ? old + 1 : old;
	const char *rest = old ? old + strcspn(old, "\n")
			       : facts + strcspn(facts, "\n"); /* after the id */
	rest += *rest == '\n';
	buf_add(&out, facts, (size_t)((old ? old : rest) - facts));
	if (out.len && out.data[out.len - 1] != '\n')
		buf_addc(&out, '\n');
	if (name)
		buf_addf(&out, NAME_FACT "%s\n", name);
	buf_adds(&out, rest);
	char *text = arena_strndup(arena, out.data ? out.data : "", out.len);
	buf_free(&out);
	return text;
}

/* Moves displayname from the properties to the facts. */
static enum dav_code save_name(
	struct dav_exchange *x, const struct dav_resource *r, struct store_meta *meta)
{
	const char *xml = store_meta_prop(meta, DISPLAYNAME);
	char *name = xml
		? text_clean_line(x->arena, xml_canonical_text(x->arena, xml), MAX_DISPLAY_NAME)
		: NULL;
	struct store_bytes bytes;

	*meta = store_meta_with(x->arena, meta, DISPLAYNAME, NULL);
	if (store_read(x->server->store, &r->item->oid, &bytes) != STORE_OK)
		return dav_fail(x, DAV_INTERNAL, "the principal cannot be read");
	char *facts = renamed_facts(x->arena, bytes.data, name && *name ? name : NULL);
	store_bytes_free(&bytes);
	struct store_change *change = dav_change(x);
	change->slot = STORE_ITEM;
	change->collection = dav_store_path(r);
	change->name = r->path.name;
	change->bytes = facts;
	change->len = strlen(facts);
	change->created = r->item->created;
	change->expect = STORE_MATCH;
	change->match = r->item->oid;
	return DAV_OK;
}

static void save_collection(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_meta *meta)
{
	const struct store_meta *before = store_collection_meta(
		r->share ? r->share : r->collection);
	struct store_change *change = dav_change(x);
	size_t len;

	change->slot = STORE_SELF;
	change->collection = r->path.collection;
	fill_meta(x, change, meta);
	change->collection_id = before->id;
	change->expect = STORE_PRESENT;
	if (dav_insists(x)) {
		/* What the store printed has this id; what somebody wrote by hand may not, then the last replays go through. */
		const char *old = store_meta_print(x->arena, before, &len);
		change->expect = STORE_MATCH;
		change->match = store_blob_id(old, len);
	}
}

enum dav_code dav_change_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct store_meta *meta)
{
	enum dav_code code = DAV_OK;

	if (!r->path.name) {
		if (r->collection)
			save_collection(x, r, meta);
		else
			dav_change_self(x, r->path.collection, meta);
		return DAV_OK;
	}
	if (r->kind == DAV_USER)
		code = save_name(x, r, meta);
	if (r->kind == DAV_GROUP)
		code = dav_change_group(x, r, meta);
	if (code != DAV_OK || (!r->item->has_meta && !meta->n_props && !meta->n_aces))
		return code;
	dav_change_item_meta(x, dav_store_path(r), r->path.name, meta);
	x->changes[x->n_changes - 1].expect = STORE_PRESENT;
	if (!(r->kind & (DAV_USER | DAV_GROUP)))
		x->changes[x->n_changes - 1].unchanged_since = r->item->number;
	return DAV_OK;
}
