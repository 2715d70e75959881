/* SPDX-License-Identifier: ISC */
/*
 * Links of a user: addresses under /public/ that show one calendar or address book to whoever has them (storage/link.h).
 * Made, listed with their addresses, revoked.
 */
#include "src/api_call.h"
#include "src/api_place.h"
#include "src/base/clock.h"
#include "src/base/text.h"
#include "src/public.h"
#include "storage/account.h"

#include <string.h>

#define DAY INT64_C(86400)
#define MAX_DAYS 36500
#define MAX_EXPIRES 32 /* bytes of "2026-12-31T23:59:59+01:00" and the like */

/* ---------------------------------------------------------------- answers */

static const char *base_url(const struct api_call *call)
{
	const char *configured = call->app->config->public_url;

	return configured ? configured : call->request->base;
}

/* webcal: makes phones subscribe instead of showing a download; they try https by themselves. NULL without a host. */
static const char *webcal_of(const struct api_call *call, const char *url)
{
	const char *host = strstr(url, "://");

	return host ? arena_printf(call->arena, "webcal%s", host) : NULL;
}

/* "calendars/anna/club" → "anna/club" */
static const char *below_top(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? slash + 1 : path;
}

/* With `c` where it leads now; NULL: nowhere. */
static json_t *link_json(
	struct api_call *call, const struct store_link *link, const struct store_collection *c)
{
	const char *base = base_url(call), *path = c ? store_collection_path(c) : link->path;
	bool book = text_starts(path, "addressbooks/");
	const char *url = arena_printf(call->arena, "%s" PUBLIC_PREFIX "%s%s", base ? base : "",
		link->token, book ? ".vcf" : ".ics");
	const char *state = link_has_expired(link) ? "expired" : c ? "active" : "gone";

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "id", link->id,
		"collection", api_text(below_top(path)), "kind", book ? "addressbook" : "calendar",
		"state", state, "url", url, "webcal", api_text(book ? NULL : webcal_of(call, url)),
		"busy", link->busy, "name", api_text(link->name), "created",
		api_time(link->created), "expires", api_time(link->expires), "last_used",
		api_time(link->last_used));
}

/* ---------------------------------------------------------------- whose, and of what */

struct scene {
	struct store_snapshot *snapshot;
	struct account owner;
	const struct store_collection *c; /* the second star, where there is one */
};

/* False: answered. */
static bool open_scene(struct api_call *call, const char *kind, struct scene *scene)
{
	const char *user = call->params[0], *name = call->n_params > 1 ? call->params[1] : NULL;
	struct store *store = call->app->store;

	if (kind && !text_equal(kind, "calendar") && !text_equal(kind, "addressbook")) {
		api_fail(call, 400, "\"kind\" must be calendar or addressbook");
		return false;
	}
	*scene = (struct scene){.snapshot = store_snapshot(store)};
	if (!account_find(store, scene->snapshot, call->arena, user, &scene->owner) ||
		!text_equal(scene->owner.name, user)) {
		api_fail(call, 404, "there is no user %s", user);
	} else if (name) {
		scene->c = kind
			? store_collection(scene->snapshot,
				  place_path(call->arena, arena_printf(call->arena, "%ss", kind),
					  user, name))
			: place_find(scene->snapshot, call->arena, user, name);
		if (!scene->c)
			api_fail(call, 404, "%s",
				place_missing(scene->snapshot, call->arena, kind, user, name));
	}
	return call->response->status < 400;
}

static void close_scene(struct scene *scene)
{
	store_snapshot_free(scene->snapshot);
}

/* ---------------------------------------------------------------- list */

void api_link_list(struct api_call *call)
{
	const char *kind = NULL;
	const struct api_field field = {"kind", API_TEXT, 20, &kind};
	struct scene scene;
	size_t count;

	if (!api_read(call, &field, call->n_params > 1))
		return;
	if (open_scene(call, kind, &scene)) {
		struct store_link *links = link_list(
			call->app->store, call->arena, scene.owner.id, &count);
		json_t *list = json_array();
		for (size_t i = 0; i < count; i++) {
			const struct store_collection *c = link_collection(
				call->app->store, scene.snapshot, call->arena, &links[i]);
			if (!scene.c || c == scene.c)
				json_array_append_new(list, link_json(call, &links[i], c));
		}
		api_answer(call, 200, json_pack("{s:o}", "links", list));
	}
	close_scene(&scene);
}

/* ---------------------------------------------------------------- add */

/* "30": days from now; "2026-12-31": to the end of that day, UTC; "2026-12-31T18:00:00Z". False: answered. */
static bool read_expires(struct api_call *call, const char *text, int64_t *when)
{
	uint64_t days;

	*when = 0;
	if (!text)
		return true;
	if (text_to_u64(text, &days) && days > 0 && days <= MAX_DAYS) {
		*when = clock_now() + (int64_t)days * DAY;
		return true;
	}
	if (!clock_iso_parse(text, when)) {
		api_fail(call, 400,
			"\"expires\" must be a date as 2026-12-31, or a number of days from 1 to "
			"%d",
			MAX_DAYS);
		return false;
	}
	if (!strchr(text, 'T') && !strchr(text, 't'))
		*when += DAY;
	if (*when <= clock_now()) {
		api_fail(call, 400, "\"expires\": %s is past", text);
		return false;
	}
	return true;
}

/* False: answered. */
static bool may_be_linked(struct api_call *call, const struct scene *scene, bool busy)
{
	const struct store_meta *meta = store_collection_meta(scene->c);

	/* DESIGN.md section 7: a share shows what is somebody else's, and only they may show it to the world. */
	if (meta->share_of)
		api_fail(call, 403, "%s/%s is shared by somebody else: only they can link to it",
			call->params[0], call->params[1]);
	else if (!meta->id)
		api_fail(call, 409,
			"%s/%s has no id: change its name or color once, then try again",
			call->params[0], call->params[1]);
	else if (busy && meta->kind == FACTS_ADDRESSBOOK)
		api_fail(call, 400, "an address book is never busy: leave \"busy\" away");
	return call->response->status < 400;
}

static void add(struct api_call *call, const struct scene *scene, struct store_link *link)
{
	char why[256] = "";

	link->principal_id = scene->owner.id;
	link->collection_id = store_collection_meta(scene->c)->id;
	link->path = store_collection_path(scene->c);
	enum store_code code = link_add(call->app->store, call->arena, link, why, sizeof(why));
	if (code == STORE_OK)
		api_answer(call, 201, link_json(call, link, scene->c));
	else if (code == STORE_INVALID)
		api_fail(call, 409, "%s", why);
	else
		api_fail_store(call, code, why);
}

void api_link_add(struct api_call *call)
{
	struct store_link link = {0};
	const char *expires = NULL, *kind = NULL;
	const struct api_field fields[] = {
		{"name", API_TEXT, LINK_MAX_NAME, &link.name},
		{"busy", API_FLAG, 0, &link.busy},
		{"expires", API_TEXT, MAX_EXPIRES, &expires},
		{"kind", API_TEXT, 20, &kind},
	};
	struct scene scene;

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)) ||
		!read_expires(call, expires, &link.expires))
		return;
	if (open_scene(call, kind, &scene) && may_be_linked(call, &scene, link.busy))
		add(call, &scene, &link);
	close_scene(&scene);
}

/* ---------------------------------------------------------------- revoke */

void api_link_delete(struct api_call *call)
{
	const char *user = call->params[0], *id = call->params[1];
	struct store *store = call->app->store;
	struct store_snapshot *snapshot;
	struct account owner;
	char why[256] = "";

	if (!api_read(call, NULL, 0))
		return;
	snapshot = store_snapshot(store);
	bool known = account_find(store, snapshot, call->arena, user, &owner) &&
		text_equal(owner.name, user);
	store_snapshot_free(snapshot);
	enum store_code code = known ? link_revoke(store, owner.id, id, why, sizeof(why))
				     : STORE_NOT_FOUND;
	if (code == STORE_OK)
		api_answer_nothing(call);
	else if (code == STORE_NOT_FOUND)
		api_fail(call, 404, "%s has no link %s", user,
			text_clean_line(call->arena, id, LINK_MAX_NAME));
	else
		api_fail_store(call, code, why);
}
