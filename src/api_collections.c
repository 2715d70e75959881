/* SPDX-License-Identifier: ISC */
/* Calendars, task lists and address books of a user: list, add, remove. */
#include "src/api_call.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "ical/cal.h"

#include <string.h>

static json_t *component_names(uint32_t bits)
{
	json_t *names = json_array();

	for (uint32_t bit = 1; bit <= FACTS_ALL_COMPONENTS; bit <<= 1)
		if (bits & bit)
			json_array_append_new(names, json_string(cal_component_name(bit)));
	return names;
}

static json_t *collection_json(struct api_call *call, const struct store_collection *c)
{
	const struct store_meta *meta = store_collection_meta(c);
	bool calendar = meta->kind == FACTS_CALENDAR;
	uint32_t bits = !calendar ? 0 : meta->components ? meta->components : FACTS_ALL_COMPONENTS;
	struct buf url;

	buf_init(&url, 8192);
	buf_addf(&url, "/dav/%s/", calendar ? "calendars" : "addressbooks");
	text_percent_encode(&url, call->params[0]);
	buf_addc(&url, '/');
	text_percent_encode(&url, store_collection_name(c));
	buf_addc(&url, '/');
	json_t *json = json_pack("{s:s, s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:s}", "name",
		store_collection_name(c), "displayname",
		api_text(place_displayname(call->arena, meta)), "kind", place_kind(meta),
		"components", component_names(bits), "color",
		api_text(place_get_color(call->arena, meta)), "entries",
		(json_int_t)store_collection_count(c), "bytes",
		(json_int_t)store_collection_bytes(c), "created", api_time(meta->created), "url",
		url.data);
	buf_free(&url);
	return json;
}

void api_collection_list(struct api_call *call)
{
	static const char *const tops[] = {"calendars", "addressbooks"};
	bool known = false;

	if (!api_read(call, NULL, 0))
		return;
	json_t *list = json_array();
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		const struct store_collection *home = store_collection(
			snapshot, arena_printf(call->arena, "%s/%s", tops[i], call->params[0]));
		const struct store_collection *child;
		known = known || home;
		for (size_t j = 0; home && (child = store_child(home, j)); j++)
			json_array_append_new(list, collection_json(call, child));
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

static void add(struct api_call *call, const struct wish *wish, const struct kind_row *kind)
{
	const char *user = call->params[0];
	struct store_result result = {0};
	struct store_meta meta = place_meta(
		call->arena, kind->facts, wish->bits, wish->displayname, wish->color);
	struct store_change change = {
		.slot = STORE_SELF,
		.collection = place_path(call->arena, kind->top, user, wish->name),
		.expect = STORE_ABSENT,
	};
	struct store_write write = api_write(call,
		arena_printf(call->arena, "%s created %s", api_who(call),
			wish->displayname ? wish->displayname : wish->name));

	change.bytes = store_meta_print(call->arena, &meta, &change.len);
	write.changes = &change;
	write.n_changes = 1;
	enum store_code code = store_commit(call->app->store, &write, &result);
	if (code == STORE_CONFLICT) {
		api_fail(call, 409, "%s/%s is there already", user, wish->name);
		return;
	}
	if (code != STORE_OK) {
		api_fail_store(call, code, result.text);
		return;
	}
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *made = store_collection(snapshot, change.collection);
	if (made)
		api_answer(call, 201, collection_json(call, made));
	else
		api_fail(call, 409, "%s/%s was removed at once by somebody else", user, wish->name);
	store_snapshot_free(snapshot);
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

/* `kind` decides where a calendar and an address book have the same name. */
void api_collection_delete(struct api_call *call)
{
	const char *user = call->params[0], *name = call->params[1], *kind_name = NULL;
	const struct api_field field = {"kind", API_TEXT, 20, &kind_name};
	struct store_result result = {0};

	if (!api_read(call, &field, 1))
		return;
	const struct kind_row *kind = kind_name ? kind_named(kind_name) : NULL;
	if (kind_name && !kind) {
		api_fail(call, 400, "\"kind\" must be calendar, tasks or addressbook");
		return;
	}
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = kind
		? store_collection(snapshot, place_path(call->arena, kind->top, user, name))
		: place_find(snapshot, call->arena, user, name);
	if (!c) {
		store_snapshot_free(snapshot);
		api_fail(call, 404, "there is no %s/%s", user, name);
		return;
	}
	const char *shown = place_displayname(call->arena, store_collection_meta(c));
	struct store_change change = {
		.slot = STORE_SELF,
		.collection = arena_strdup(call->arena, store_collection_path(c)),
		.remove = true,
		.expect = STORE_PRESENT,
		.collection_id = arena_strdup(call->arena, store_collection_meta(c)->id),
	};
	store_snapshot_free(snapshot);
	struct store_write write = api_write(call,
		arena_printf(call->arena, "%s removed %s", api_who(call), shown ? shown : name));
	write.changes = &change;
	write.n_changes = 1;
	enum store_code code = store_commit(call->app->store, &write, &result);
	if (code == STORE_OK || code == STORE_UNCHANGED)
		api_answer_nothing(call);
	else
		api_fail_store(call, code, result.text);
}
