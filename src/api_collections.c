/* SPDX-License-Identifier: ISC */
/* Calendars, task lists and address books of a user: list, add, remove. */
#include "src/api_people.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "ical/cal.h"
#include "storage/account.h"
#include "webdav/resource.h"
#include "webdav/sharing.h"

#include <string.h>

static json_t *component_names(uint32_t bits)
{
	json_t *names = json_array();

	for (uint32_t bit = 1; bit <= FACTS_ALL_COMPONENTS; bit <<= 1)
		if (bits & bit)
			json_array_append_new(names, json_string(cal_component_name(bit)));
	return names;
}

const char *api_collection_url(struct api_call *call, const struct store_collection *c)
{
	struct buf url;

	buf_init(&url, 8192);
	dav_href_of(&url, store_collection_path(c), NULL);
	const char *text = arena_strndup(call->arena, url.data, url.len);
	buf_free(&url);
	return text;
}

/* What is listed of a collection, or of a share as its sharee sees it. */
struct shown {
	const struct store_meta *meta;
	size_t entries;
	uint64_t bytes;
	const char *owner, *role, *derived;
};

/* False: what the share showed is gone. */
static bool look_at_share(struct api_call *call, struct store_snapshot *snapshot,
	const struct store_collection *c, struct shown *shown)
{
	struct account account;
	struct dav_share_look look;
	struct dav_person person = {.name = call->params[0]};

	person.admin = account_find(
			       call->app->store, snapshot, call->arena, person.name, &account) &&
		account.admin;
	if (!dav_share_look(call->app->store, snapshot, call->arena, &person, c, &look))
		return false;
	struct household *household = household_now(call->app->store, snapshot);
	struct dav_sharing *sharing = dav_sharing_read(
		call->arena, snapshot, household, look.target);
	*shown = (struct shown){
		.meta = look.meta,
		.entries = look.count,
		.bytes = look.bytes,
		.derived = store_collection_meta(look.target)->derived,
		.owner = look.owner,
		.role = dav_role_of(
			sharing, arena_printf(call->arena, "users/%s", person.name), ROLE_IN_ALL),
	};
	household_free(household);
	return true;
}

/* NULL: nothing to see. */
static json_t *collection_json(
	struct api_call *call, struct store_snapshot *snapshot, const struct store_collection *c)
{
	bool share = store_collection_meta(c)->share_of;
	struct shown shown = {
		.meta = store_collection_meta(c),
		.entries = store_collection_count(c),
		.bytes = store_collection_bytes(c),
		.derived = store_collection_meta(c)->derived,
		.owner = call->params[0],
		.role = DAV_ROLE_OWNER,
	};

	if (share && !look_at_share(call, snapshot, c, &shown))
		return NULL;
	const struct store_meta *meta = shown.meta;
	uint32_t bits = meta->kind != FACTS_CALENDAR ? 0
		: meta->components                   ? meta->components
						     : FACTS_ALL_COMPONENTS;
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:s, s:b, s:s, s:o, s:o}",
		"name", store_collection_name(c), "displayname",
		api_text(place_displayname(call->arena, meta)), "kind", place_kind(meta),
		"components", component_names(bits), "color",
		api_text(place_get_color(call->arena, meta)), "entries", (json_int_t)shown.entries,
		"bytes", (json_int_t)shown.bytes, "created", api_time(meta->created), "url",
		api_collection_url(call, c), "share", share, "owner", shown.owner, "role",
		api_text(shown.role), "derived", api_text(shown.derived));
}

void api_collection_list(struct api_call *call)
{
	static const char *const tops[] = {"calendars", "addressbooks"};
	bool known = false;

	if (!api_read(call, NULL, 0))
		return;
	json_t *list = json_array(), *json;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		const struct store_collection *home = store_collection(
			snapshot, arena_printf(call->arena, "%s/%s", tops[i], call->params[0]));
		const struct store_collection *child;
		known = known || home;
		for (size_t j = 0; home && (child = store_child(home, j)); j++)
			if ((json = collection_json(call, snapshot, child)))
				json_array_append_new(list, json);
	}
	store_snapshot_free(snapshot);
	if (known) {
		api_answer(call, 200, json_pack("{s:o}", "collections", list));
		return;
	}
	json_decref(list);
	api_fail(call, 404, "there is no user %s", call->params[0]);
}

struct wish {
	const char *name, *displayname, *kind, *color;
	const char **components;
	uint32_t bits;
	enum facts_kind facts;
};

static const struct kind_row {
	const char *name, *top;
	enum facts_kind facts;
	uint32_t components;
} kinds[] = {
	{"calendar", "calendars", FACTS_CALENDAR, FACTS_VEVENT},
	{"tasks", "calendars", FACTS_CALENDAR, FACTS_VTODO},
	{"addressbook", "addressbooks", FACTS_ADDRESSBOOK, 0},
};

static const struct kind_row *kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (text_equal(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static bool read_components(struct api_call *call, struct wish *wish, const struct kind_row *kind)
{
	wish->bits = wish->components && *wish->components ? 0 : kind->components;
	for (const char **name = wish->components; name && *name; name++) {
		uint32_t bit = cal_component_bit(*name);
		if (!(bit & FACTS_ALL_COMPONENTS)) {
			api_fail(call, 400,
				"\"%s\" is no component: VEVENT, VTODO, VJOURNAL, VFREEBUSY or "
				"VAVAILABILITY",
				*name);
			return false;
		}
		if (kind->facts == FACTS_ADDRESSBOOK) {
			api_fail(call, 400, "an address book has no \"components\"");
			return false;
		}
		wish->bits |= bit;
	}
	return true;
}

static bool wish_ok(struct api_call *call, struct wish *wish, const struct kind_row **kind)
{
	const char *why, *color = wish->color;

	*kind = kind_named(wish->kind ? wish->kind : "calendar");
	if (!*kind) {
		api_fail(call, 400, "\"kind\" must be calendar, tasks or addressbook");
		return false;
	}
	if (!wish->name || !place_name_ok(call->arena, wish->name, &why)) {
		if (wish->name)
			api_fail(
				call, 400, "\"%s\" can not name a collection: %s", wish->name, why);
		else
			api_fail(call, 400, "\"name\" is missing");
		return false;
	}
	if (color && !(wish->color = place_color(call->arena, color))) {
		api_fail(call, 400, "\"%s\" is no color: write it as %s", color,
			PLACE_COLOR_EXAMPLE);
		return false;
	}
	return read_components(call, wish, *kind);
}

/* --- changes: one commit with the shares that come and go --- */

struct change {
	struct dav_act act; /* first: a change is found from it */
	struct api_call *call;
	const char *path;
	const struct store_meta *meta; /* of a new one */
	const char *id;                /* of one that goes */
	const char *shown;             /* in words */
};

static struct store_change *remove_at(
	struct dav_settling *settling, const char *path, const char *id)
{
	struct store_change *change = dav_settling_add(settling);

	change->slot = STORE_SELF;
	change->collection = path;
	change->remove = true;
	change->expect = STORE_PRESENT;
	change->collection_id = id;
	return change;
}

static enum dav_people_code build_addition(
	struct dav_act *act, struct dav_settling *settling, const char **words)
{
	struct change *self = (struct change *)act;
	const struct store_collection *there = store_collection(settling->snapshot, self->path);
	const struct store_meta *was = there ? store_collection_meta(there) : NULL;

	if (there && (!was->share_of || dav_share_target(settling->snapshot, there))) {
		*words = arena_printf(
			settling->arena, "%s is there already", strchr(self->path, '/') + 1);
		return PEOPLE_EXISTS;
	}
	if (there) /* what it showed is gone: the name is free */
		remove_at(settling, self->path, arena_strdup(settling->arena, was->id));
	struct store_change *change = dav_settling_add(settling);
	change->slot = STORE_SELF;
	change->collection = self->path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(settling->arena, self->meta, &change->len);
	dav_settle_collection(settling, self->path, self->meta);
	*words = arena_printf(settling->arena, "created %s", self->shown);
	return PEOPLE_OK;
}

static enum dav_people_code build_removal(
	struct dav_act *act, struct dav_settling *settling, const char **words)
{
	struct change *self = (struct change *)act;
	const struct store_collection *c = store_collection(settling->snapshot, self->path);

	/* One of the same name that was made meanwhile is another one. */
	if (!c || !text_equal(store_collection_meta(c)->id, self->id)) {
		*words = arena_printf(
			settling->arena, "there is no %s", strchr(self->path, '/') + 1);
		return PEOPLE_NO_COLLECTION;
	}
	remove_at(settling, self->path, self->id);
	bool share = store_collection_meta(c)->share_of;
	if (!share)
		dav_settle_collection(settling, self->path, NULL);
	*words = arena_printf(
		settling->arena, "%s %s", share ? "removed the share" : "removed", self->shown);
	return PEOPLE_OK;
}

/* False: answered. */
static bool run(struct change *change)
{
	struct dav_people people = api_people(change->call);
	enum dav_people_code code = dav_act_run(&people, &change->act);

	if (code == PEOPLE_OK || code == PEOPLE_SAME)
		return true;
	api_fail_people(change->call, code, &people);
	return false;
}

static void add(struct api_call *call, const struct wish *wish, const struct kind_row *kind)
{
	const char *user = call->params[0];
	struct store_meta meta = place_meta(
		call->arena, kind->facts, wish->bits, wish->displayname, wish->color);
	struct change change = {
		.act.build = build_addition,
		.call = call,
		.path = place_path(call->arena, kind->top, user, wish->name),
		.meta = &meta,
		.shown = wish->displayname ? wish->displayname : wish->name,
	};

	if (!run(&change))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *made = store_collection(snapshot, change.path);
	json_t *json = made ? collection_json(call, snapshot, made) : NULL;
	store_snapshot_free(snapshot);
	if (json)
		api_answer(call, 201, json);
	else
		api_fail(call, 409, "%s/%s was removed at once by somebody else", user, wish->name);
}

/* No home: no such user. */
static bool has_home(struct api_call *call, const char *top)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	bool has = store_collection(
		snapshot, arena_printf(call->arena, "%s/%s", top, call->params[0]));

	store_snapshot_free(snapshot);
	if (!has)
		api_fail(call, 404, "there is no user %s", call->params[0]);
	return has;
}

void api_collection_add(struct api_call *call)
{
	struct wish wish = {0};
	const struct kind_row *kind;
	const struct api_field fields[] = {
		{"name", API_TEXT, STORE_MAX_NAME, &wish.name},
		{"displayname", API_TEXT, PLACE_MAX_DISPLAYNAME, &wish.displayname},
		{"kind", API_TEXT, 20, &wish.kind},
		{"components", API_LIST, 20, &wish.components},
		{"color", API_TEXT, 20, &wish.color},
	};

	if (api_read(call, fields, sizeof(fields) / sizeof(*fields)) &&
		wish_ok(call, &wish, &kind) && has_home(call, kind->top))
		add(call, &wish, kind);
}

const struct store_collection *api_collection_named(
	struct api_call *call, const struct store_snapshot *snapshot, const char *kind_name)
{
	const char *user = call->params[0], *name = call->params[1];
	const struct kind_row *kind = kind_name ? kind_named(kind_name) : NULL;

	if (kind_name && !kind) {
		api_fail(call, 400, "\"kind\" must be calendar, tasks or addressbook");
		return NULL;
	}
	const struct store_collection *c = kind
		? store_collection(snapshot, place_path(call->arena, kind->top, user, name))
		: place_find(snapshot, call->arena, user, name);
	if (!c)
		api_fail(call, 404, "%s",
			place_missing(snapshot, call->arena, kind_name, user, name));
	return c;
}

/* Of a share, this only unsubscribes. */
void api_collection_delete(struct api_call *call)
{
	const char *kind = NULL;
	const struct api_field field = {"kind", API_TEXT, 20, &kind};
	struct change change = {.act.build = build_removal, .call = call};

	if (!api_read(call, &field, 1))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = api_collection_named(call, snapshot, kind);
	if (c) {
		const struct store_meta *meta = store_collection_meta(c);
		const char *shown = place_displayname(call->arena, meta);
		change.path = arena_strdup(call->arena, store_collection_path(c));
		change.id = arena_strdup(call->arena, meta->id);
		change.shown = shown ? shown : arena_strdup(call->arena, store_collection_name(c));
	}
	store_snapshot_free(snapshot);
	if (c && run(&change))
		api_answer_nothing(call);
}
