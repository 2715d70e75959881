/* SPDX-License-Identifier: ISC */
/*
 * Who may do what with a calendar or address book, as roles (webdav/sharing.h): given, listed and ended by its owner; what
 * is shared with somebody; and for admins all of it as a matrix. What a share looks like in the sharee's home is among
 * their collections (api_collections.c).
 */
#include "src/api_people.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/sharing.h"

#include <string.h>

#define MAX_ROLE 40 /* bytes */
#define MAX_KIND 20

static const char *const tops[] = {"calendars", "addressbooks"};

/* What a call looks at. */
struct scene {
	struct api_call *call;
	struct store_snapshot *snapshot;
	struct household *household;
};

static struct scene open_scene(struct api_call *call)
{
	struct scene scene = {.call = call, .snapshot = store_snapshot(call->app->store)};

	scene.household = household_now(call->app->store, scene.snapshot);
	return scene;
}

static void close_scene(struct scene *scene)
{
	household_free(scene->household);
	store_snapshot_free(scene->snapshot);
}

/* "users/anna" */
static char *user_path(const struct scene *scene, const char *name)
{
	return arena_printf(scene->call->arena, "users/%s", name);
}

/* "anna/home" of "calendars/anna/home" */
static const char *place_of(const struct store_collection *c)
{
	return strchr(store_collection_path(c), '/') + 1;
}

/* --- values --- */

/* Adds where a user finds the collection: at their own URL of it, or nowhere when they unsubscribed. */
static void add_place(const struct scene *scene, json_t *json, const struct store_collection *c,
	const char *user, bool own)
{
	const struct store_collection *at = own
		? c
		: dav_share_of(scene->snapshot, user, store_collection_path(c),
			  store_collection_meta(c)->id);

	json_object_set_new(json, "url", api_text(at ? api_collection_url(scene->call, at) : NULL));
	json_object_set_new(json, "subscribed", json_boolean(at));
}

/* Those of a group, as far as the person who asks may know who is in it. */
static json_t *people_json(const struct scene *scene, const struct store_collection *c,
	const struct dav_sharing *sharing, const char *group)
{
	json_t *list = json_array();
	size_t n;
	const struct household_principal *all = household_list(scene->household, &n);

	for (size_t i = 0; i < n; i++) {
		if (all[i].group || !household_contains(scene->household, group, all[i].path) ||
			!dav_is_shared_with(sharing, all[i].path) ||
			!dav_finds(scene->household, &scene->call->request->person,
				scene->call->app->config->search, all[i].path))
			continue;
		json_t *json = json_pack("{s:s, s:o}", "name", all[i].name, "effective",
			api_text(dav_role_of(sharing, all[i].path, ROLE_IN_ALL)));
		add_place(scene, json, c, all[i].name, false);
		json_array_append_new(list, json);
	}
	return list;
}

/* One of those with whom it is shared. */
static json_t *share_json(const struct scene *scene, const struct store_collection *c,
	const struct dav_sharing *sharing, const struct household_principal *p)
{
	const char *role = dav_role_of(sharing, p->path, ROLE_BY_ITSELF);
	bool inherited = !role && (role = dav_role_of(sharing, p->path, ROLE_BY_NAME));
	json_t *json = json_pack("{s:s, s:o, s:o, s:b}", "principal",
		dav_member_word(scene->call->arena, p->path), "display_name",
		api_text(p->display_name), "role", api_text(role), "inherited", inherited);

	if (p->group) {
		json_object_set_new(json, "people", people_json(scene, c, sharing, p->path));
		return json;
	}
	json_object_set_new(
		json, "effective", api_text(dav_role_of(sharing, p->path, ROLE_IN_ALL)));
	add_place(scene, json, c, p->name, false);
	return json;
}

/* --- of one collection --- */

/* NULL: answered. */
static const struct store_collection *find(struct scene *scene, const char *kind)
{
	struct api_call *call = scene->call;
	const struct store_collection *c = api_collection_named(call, scene->snapshot, kind);

	if (!c || !store_collection_meta(c)->share_of)
		return c;
	api_fail(call, 403, "%s is shared by somebody else: only they can say with whom",
		place_of(c));
	return NULL;
}

void api_share_list_of(struct api_call *call)
{
	const char *kind = NULL;
	const struct api_field field = {"kind", API_TEXT, MAX_KIND, &kind};
	size_t n;

	if (!api_read(call, &field, 1))
		return;
	struct scene scene = open_scene(call);
	const struct store_collection *c = find(&scene, kind);
	if (c) {
		const struct household_principal *all = household_list(scene.household, &n);
		struct dav_sharing *sharing = dav_sharing_read(
			call->arena, scene.snapshot, scene.household, c);
		json_t *list = json_array();
		for (size_t i = 0; i < n; i++) {
			const char *role = dav_role_of(sharing, all[i].path, ROLE_BY_NAME);
			if (role && !text_equal(role, DAV_ROLE_OWNER))
				json_array_append_new(
					list, share_json(&scene, c, sharing, &all[i]));
		}
		api_answer(call, 200,
			json_pack("{s:s, s:o}", "collection", place_of(c), "shares", list));
	}
	close_scene(&scene);
}

/* False: answered. */
static bool give(struct api_call *call, const char *kind, const char *role, bool *created)
{
	struct dav_people people = api_people(call);
	struct scene scene = open_scene(call);
	const struct store_collection *c = find(&scene, kind);
	const char *path = c ? arena_strdup(call->arena, store_collection_path(c)) : NULL;

	close_scene(&scene);
	if (!path)
		return false;
	enum dav_people_code code = dav_share_with(&people, path, call->params[2], role);
	*created = people.created;
	if (code == PEOPLE_OK || code == PEOPLE_SAME)
		return true;
	if (code == PEOPLE_NO_MEMBER) /* they are named in the address here */
		api_fail(call, 404, "%s", people.why);
	else
		api_fail_people(call, code, &people);
	return false;
}

static void answer_share(struct api_call *call, const char *kind, bool created)
{
	struct scene scene = open_scene(call);
	const struct store_collection *c = find(&scene, kind);
	const struct household_principal *p = household_find(
		scene.household, dav_member_path(call->arena, call->params[2]));

	if (c && p)
		api_answer(call, created ? 201 : 200,
			share_json(&scene, c,
				dav_sharing_read(call->arena, scene.snapshot, scene.household, c),
				p));
	else if (c)
		api_fail(call, 404, "%s was removed meanwhile", call->params[2]);
	close_scene(&scene);
}

/* {"role": "reader"}; 201 for somebody new, 200. The role "none" ends it, and tells what is left through groups. */
void api_share_put(struct api_call *call)
{
	const char *kind = NULL, *role = NULL;
	const struct api_field fields[] = {
		{"role", API_TEXT, MAX_ROLE, &role},
		{"kind", API_TEXT, MAX_KIND, &kind},
	};
	bool created;

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	if (!role)
		api_fail(call, 400,
			"\"role\" is missing: editor, author, reader, busy (of calendars) or none");
	else if (give(call, kind, role, &created))
		answer_share(call, kind, created);
}

void api_share_delete(struct api_call *call)
{
	const char *kind = NULL;
	const struct api_field field = {"kind", API_TEXT, MAX_KIND, &kind};
	bool created;

	if (api_read(call, &field, 1) && give(call, kind, DAV_ROLE_NONE, &created))
		api_answer_nothing(call);
}

/* --- of all --- */

/* Walks over all collections that can be shared: those of one kind ("calendars") or of both (NULL). */
static void each_collection(const struct scene *scene, const char *top,
	void (*each)(const struct scene *scene, const struct store_collection *c, void *payload),
	void *payload)
{
	const struct store_collection *homes, *home, *c;

	for (size_t t = 0; t < sizeof(tops) / sizeof(*tops); t++) {
		if (top && !text_equal(top, tops[t]))
			continue;
		homes = store_collection(scene->snapshot, tops[t]);
		for (size_t i = 0; homes && (home = store_child_next(homes, &i));)
			for (size_t k = 0; (c = store_child_next(home, &k));)
				if (!store_collection_meta(c)->share_of)
					each(scene, c, payload);
	}
}

static json_t *head_json(const struct scene *scene, const struct store_collection *c)
{
	const struct store_meta *meta = store_collection_meta(c);
	const char *place = place_of(c);

	return json_pack("{s:o, s:o, s:o, s:s}", "collection", api_text(place), "owner",
		api_text(arena_strndup(scene->call->arena, place, strcspn(place, "/"))),
		"displayname", api_text(place_displayname(scene->call->arena, meta)), "kind",
		place_kind(meta));
}

struct with {
	const char *user; /* "users/ben" */
	json_t *list;
};

static void add_shared(const struct scene *scene, const struct store_collection *c, void *payload)
{
	const struct with *with = payload;
	struct dav_sharing *sharing = dav_sharing_read(
		scene->call->arena, scene->snapshot, scene->household, c);

	if (!dav_is_shared_with(sharing, with->user))
		return;
	json_t *json = head_json(scene, c);
	json_object_set_new(json, "role", api_text(dav_role_of(sharing, with->user, ROLE_IN_ALL)));
	add_place(scene, json, c, scene->call->params[0], false);
	json_array_append_new(with->list, json);
}

/* What is shared with somebody, unsubscribed or not. */
void api_share_list(struct api_call *call)
{
	if (!api_read(call, NULL, 0))
		return;
	struct scene scene = open_scene(call);
	struct with with = {.user = user_path(&scene, call->params[0])};
	if (household_find(scene.household, with.user)) {
		with.list = json_array();
		each_collection(&scene, NULL, add_shared, &with);
		api_answer(call, 200, json_pack("{s:o}", "shares", with.list));
	} else {
		api_fail(call, 404, "there is no user %s", call->params[0]);
	}
	close_scene(&scene);
}

struct matrix {
	const char *user; /* rows that concern this one alone ("users/anna"), or NULL */
	json_t *rows;
};

static json_t *cell_json(const struct scene *scene, const struct store_collection *c,
	const struct household_principal *user, const char *role)
{
	json_t *json = json_pack("{s:s}", "role", role);

	add_place(scene, json, c, user->name, text_equal(role, DAV_ROLE_OWNER));
	return json;
}

static void add_row(const struct scene *scene, const struct store_collection *c, void *payload)
{
	const struct matrix *matrix = payload;
	struct dav_sharing *sharing = dav_sharing_read(
		scene->call->arena, scene->snapshot, scene->household, c);
	size_t n;
	const struct household_principal *all = household_list(scene->household, &n);

	if (matrix->user && !dav_role_of(sharing, matrix->user, ROLE_IN_ALL))
		return;
	json_t *roles = json_object();
	for (size_t i = 0; i < n && !all[i].group; i++) {
		const char *role = dav_role_of(sharing, all[i].path, ROLE_IN_ALL);
		if (role)
			json_object_set_new(roles, all[i].name, cell_json(scene, c, &all[i], role));
	}
	json_t *row = head_json(scene, c);
	json_object_set_new(row, "roles", roles);
	json_array_append_new(matrix->rows, row);
}

/* Users stand before groups in the household. */
static json_t *persons_json(const struct scene *scene)
{
	json_t *list = json_array();
	size_t n;
	struct account *accounts = account_list(
		scene->call->app->store, scene->snapshot, scene->call->arena, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:b}", "name", accounts[i].name, "display_name",
				api_text(accounts[i].display_name), "admin", accounts[i].admin));
	return list;
}

/* The top of a kind; false: answered. */
static bool read_top(struct api_call *call, const char *kind, const char **top)
{
	*top = NULL;
	if (!kind)
		return true;
	if (text_equal(kind, "calendar") || text_equal(kind, "tasks"))
		*top = tops[0];
	else if (text_equal(kind, "addressbook"))
		*top = tops[1];
	else
		api_fail(call, 400, "\"kind\" must be calendar, tasks or addressbook");
	return *top;
}

/* Persons × collections; "user": only collections of which this one sees something, "kind": only of this kind. */
void api_share_matrix(struct api_call *call)
{
	const char *user = NULL, *kind = NULL, *top;
	const struct api_field fields[] = {
		{"user", API_TEXT, API_MAX_DISPLAY_NAME, &user},
		{"kind", API_TEXT, MAX_KIND, &kind},
	};

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)) ||
		!read_top(call, kind, &top))
		return;
	const char *name = user ? account_name_fold(call->arena, user) : NULL;
	if (user && !name) {
		api_fail(call, 400, API_NO_USER_NAME,
			text_clean_line(call->arena, user, API_MAX_DISPLAY_NAME));
		return;
	}
	struct scene scene = open_scene(call);
	struct matrix matrix = {.user = name ? user_path(&scene, name) : NULL};
	if (name && !household_find(scene.household, matrix.user)) {
		api_fail(call, 404, "there is no user %s", name);
	} else {
		matrix.rows = json_array();
		each_collection(&scene, top, add_row, &matrix);
		api_answer(call, 200,
			json_pack("{s:o, s:o}", "persons", persons_json(&scene), "collections",
				matrix.rows));
	}
	close_scene(&scene);
}
