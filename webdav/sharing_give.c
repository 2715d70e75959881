/* SPDX-License-Identifier: ISC */
/* Giving a role and ending it: who may get which, the words, the commit (sharing.h). */
#include "webdav/sharing.h"

#include "src/base/text.h"
#include "webdav/birthdays.h"
#include "webdav/exchange.h"
#include "webdav/view.h"
#include "webdav/xml.h"

#include <string.h>

#define DISPLAYNAME "{" NS_DAV "}displayname"
#define GROUPS "groups/"
#define TOLD 80 /* bytes of a name in words */

struct wish {
	struct dav_act act; /* first: a wish is found from its act */
	const char *path, *with, *role;
	const char *actor; /* a user's name */
	bool had;          /* a role by themselves, before */
};

/* What is found out about it on one snapshot. */
struct giving {
	struct dav_settling *settling;
	struct arena *arena;
	const struct household *household;
	const struct wish *wish;
	const struct store_collection *c;
	const char *place;                           /* "anna/school" */
	const struct household_principal *principal; /* who gets it */
	const struct dav_role *role;                 /* NULL: it ends */
	struct dav_sharing *before;
	const char **words;
};

static enum dav_people_code refuse(struct giving *g, enum dav_people_code code, char *words)
{
	*g->words = words;
	return code;
}

static const char *told(struct giving *g, const char *text)
{
	return text_clean_line(g->arena, text, TOLD);
}

static enum dav_people_code find_collection(struct giving *g)
{
	const char *path = g->wish->path, *slash = strchr(path, '/');
	const struct store_meta *meta;

	g->place = told(g, slash ? slash + 1 : path);
	g->c = store_collection(g->settling->snapshot, path);
	meta = g->c ? store_collection_meta(g->c) : NULL;
	if (!meta || (meta->kind != FACTS_CALENDAR && meta->kind != FACTS_ADDRESSBOOK))
		return refuse(g, PEOPLE_NO_COLLECTION,
			arena_printf(g->arena, "there is no %s", g->place));
	if (!meta->share_of)
		return PEOPLE_OK;
	return refuse(g, PEOPLE_NOT_OURS,
		arena_printf(g->arena, "%s is shared by somebody else: only they can share it on",
			g->place));
}

static enum dav_people_code find_role(struct giving *g)
{
	const char *name = g->wish->role;
	bool book = store_collection_meta(g->c)->kind == FACTS_ADDRESSBOOK;

	g->role = dav_role_named(name);
	if (!g->role && !text_equal(name, DAV_ROLE_NONE))
		return refuse(g, PEOPLE_NOT_SO,
			arena_printf(g->arena,
				"\"%s\" is no role: editor, author, reader%s or none",
				told(g, name), book ? "" : ", busy"));
	if (g->role && !(g->role->bits & PRIV_READ) && book)
		return refuse(g, PEOPLE_NOT_SO,
			arena_printf(g->arena,
				"an address book is never %s: its cards have no times",
				g->role->name));
	if (g->role && (g->role->bits & PRIV_WRITE) && dav_is_derived(store_collection_meta(g->c)))
		return refuse(g, PEOPLE_NOT_SO,
			arena_printf(g->arena,
				"%s is made from address books, and nobody writes into it: share it "
				"as reader or busy",
				g->place));
	return PEOPLE_OK;
}

static enum dav_people_code find_principal(struct giving *g)
{
	char *path = dav_member_path(g->arena, g->wish->with);
	const char *owner = dav_path_owner(g->arena, g->wish->path);

	if (!path)
		return refuse(g, PEOPLE_BAD_NAME,
			arena_printf(g->arena,
				"\"%s\" is nobody's name: a user's is wanted, or group:NAME",
				told(g, g->wish->with)));
	g->principal = household_find(g->household, path);
	if (!g->principal)
		return refuse(g, PEOPLE_NO_MEMBER,
			arena_printf(g->arena, "there is no %s %s",
				text_starts(path, GROUPS) ? "group" : "user",
				strchr(path, '/') + 1));
	if (!g->principal->group && text_equal(g->principal->name, owner))
		return refuse(g, PEOPLE_NOT_SO,
			arena_printf(
				g->arena, "%s belongs to %s: name somebody else", g->place, owner));
	return PEOPLE_OK;
}

/* Through which group a user has it; NULL: through none. */
static const char *group_of(const struct giving *g)
{
	size_t n;
	const struct household_principal *list = household_list(g->household, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].group &&
			household_contains(g->household, list[i].path, g->principal->path) &&
			dav_role_of(g->before, list[i].path, ROLE_BY_ITSELF))
			return list[i].name;
	return NULL;
}

static enum dav_people_code refuse_end(struct giving *g)
{
	const char *who = dav_member_word(g->arena, g->principal->path), *group = group_of(g);

	if (group)
		return refuse(g, PEOPLE_NOT_IN,
			arena_printf(g->arena,
				"%s has %s through the group %s: end that one, or take %s out of "
				"the group",
				who, g->place, group, who));
	if (dav_role_of(g->before, g->principal->path, ROLE_BY_NAME))
		return refuse(g, PEOPLE_NOT_IN,
			arena_printf(g->arena,
				"%s has %s by the entries of the whole home: change those", who,
				g->place));
	return refuse(g, PEOPLE_NOT_IN,
		arena_printf(g->arena, "%s is not shared with %s", g->place, who));
}

/* --- words --- */

static char *tell(struct giving *g)
{
	const char *xml = store_meta_prop(store_collection_meta(g->c), DISPLAYNAME);
	const char *name = xml ? xml_canonical_text(g->arena, xml) : NULL;
	const char *owner = dav_path_owner(g->arena, g->wish->path);
	bool own = text_equal(owner, g->wish->actor);

	if (!name || !*name)
		name = dav_url_name(g->arena, store_collection_name(g->c));
	return arena_printf(g->arena, "%s %s%s%s with %s%s%s%s",
		g->role ? "shared" : "no longer shares", told(g, name ? name : ""),
		own ? "" : " of ", own ? "" : owner, g->principal->group ? "the group " : "",
		g->principal->name, g->role ? " as " : "", g->role ? g->role->name : "");
}

/* --- the change --- */

static enum dav_people_code write_entries(struct giving *g)
{
	struct dav_settling *settling = g->settling;
	const char *principal = g->principal->path;
	struct store_meta meta;

	if (!dav_role_entries(
		    g->arena, g->household, store_collection_meta(g->c), principal, g->role, &meta))
		return refuse(g, PEOPLE_NOT_SO,
			arena_printf(g->arena,
				"an entry on %s denies %s to read it: take it out with ACL, or choose "
				"another role",
				g->place, dav_member_word(g->arena, principal)));
	if (meta.n_aces > STORE_MAX_ACES)
		return refuse(g, PEOPLE_TOO_MANY,
			arena_printf(g->arena, "%s has %d entries already: share it with a group",
				g->place, STORE_MAX_ACES));
	struct store_change *change = dav_settling_add(settling);
	change->slot = STORE_SELF;
	change->collection = arena_strdup(g->arena, g->wish->path);
	change->expect = STORE_PRESENT;
	change->collection_id = meta.id;
	change->unchanged_since = store_collection_number(g->c);
	change->bytes = store_meta_print(g->arena, &meta, &change->len);
	settling->again = g->role ? principal : NULL;
	dav_settle_collection(settling, change->collection, &meta);
	*g->words = tell(g);
	return PEOPLE_OK;
}

static enum dav_people_code make(struct giving *g, bool *had)
{
	enum dav_people_code code = find_collection(g);

	if (code == PEOPLE_OK)
		code = find_role(g);
	if (code == PEOPLE_OK)
		code = find_principal(g);
	if (code != PEOPLE_OK)
		return code;
	g->before = dav_sharing_read(g->arena, g->settling->snapshot, g->household, g->c);
	*had = dav_is_granted(g->before, g->principal->path);
	return *had || g->role ? write_entries(g) : refuse_end(g);
}

static enum dav_people_code build(
	struct dav_act *act, struct dav_settling *settling, const char **words)
{
	struct wish *wish = (struct wish *)act;
	struct household *household = household_now(settling->store, settling->snapshot);
	struct giving g = {.settling = settling,
		.arena = settling->arena,
		.household = household,
		.wish = wish,
		.words = words};
	enum dav_people_code code = make(&g, &wish->had);

	household_free(household);
	return code;
}

enum dav_people_code dav_share_with(
	struct dav_people *people, const char *path, const char *with, const char *role)
{
	struct wish wish = {.act.build = build,
		.path = path,
		.with = with,
		.role = role,
		.actor = people->by.user};
	enum dav_people_code code = dav_act_run(people, &wish.act);

	people->created = code == PEOPLE_OK && !wish.had;
	return code;
}
