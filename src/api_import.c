/* SPDX-License-Identifier: ISC */
/*
 * POST …/users/U/collections/C/import, or …/users/U/import where the file's own title names the
 * calendar. The body is one file (text/calendar) or JSON {"files": [{"name": "a.ics", "text":
 * "BEGIN:VCALENDAR…"}]}. Query: name (of the file), displayname (of a calendar that is made).
 */
#include "src/api_call.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "src/import.h"
#include "ical/cal.h"
#include "webdav/share.h"

#include <string.h>

static bool one_file(struct api_call *call, struct import *import, const char *name)
{
	import->files = arena_alloc(call->arena, sizeof(*import->files));
	import->files->name = name;
	import->files->bytes = call->request->body ? call->request->body : "";
	import->files->len = call->request->body_len;
	import->n_files = 1;
	return true;
}

/* The texts stay in *json. */
static bool many_files(struct api_call *call, struct import *import, json_t **json)
{
	json_error_t error;
	json_t *file;
	size_t i;

	*json = json_loadb(call->request->body, call->request->body_len,
		JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	json_t *files = *json ? json_object_get(*json, "files") : NULL;
	if (!*json)
		api_fail(call, 400, "line %d of the JSON: %s", error.line, error.text);
	else if (!json_is_array(files) || !json_array_size(files) ||
		json_array_size(files) > IMPORT_MAX_FILES)
		api_fail(call, 400, "\"files\" must be a list of 1 to %d files", IMPORT_MAX_FILES);
	if (call->response->status)
		return false;
	import->files = arena_array(call->arena, json_array_size(files), sizeof(*import->files));
	json_array_foreach(files, i, file)
	{
		const json_t *text = json_object_get(file, "text");
		const char *name = json_string_value(json_object_get(file, "name"));
		if (!json_is_string(text) || !name) {
			api_fail(call, 400, "file %zu must be {\"name\": …, \"text\": …}", i + 1);
			return false;
		}
		import->files[i].name = name;
		import->files[i].bytes = json_string_value(text);
		import->files[i].len = json_string_length(text);
	}
	import->n_files = json_array_size(files);
	return true;
}

static bool collect_files(
	struct api_call *call, struct import *import, const char *name, json_t **json)
{
	const char *type = call->request->content_type ? call->request->content_type : "";

	if (text_starts_nocase(type, "application/json"))
		return many_files(call, import, json);
	if (text_starts_nocase(type, "text/calendar") ||
		text_starts_nocase(type, "application/octet-stream"))
		return one_file(call, import, name);
	api_fail(call, 415,
		"send one file as Content-Type: text/calendar, or several as application/json");
	return false;
}

static json_t *refused_json(const struct import *import)
{
	json_t *list = json_array();

	for (size_t i = 0; i < import->n_entries; i++) {
		const struct import_entry *entry = &import->entries[i];
		if (entry->refused)
			json_array_append_new(list,
				json_pack("{s:o, s:o, s:o, s:I, s:o}", "file",
					api_text(entry->file->name), "uid", api_text(entry->uid),
					"summary", api_text(entry->summary), "line",
					(json_int_t)entry->line, "why", api_text(entry->refused)));
	}
	return list;
}

static json_t *targets_json(const struct import *import, json_int_t counts[3])
{
	json_t *list = json_array();

	for (size_t i = 0; i < import->n_targets; i++) {
		const struct import_target *t = import->targets[i];
		counts[0] += (json_int_t)t->added;
		counts[1] += (json_int_t)t->changed;
		counts[2] += (json_int_t)t->unchanged;
		if (!t->added && !t->changed && !t->unchanged)
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:b, s:I, s:I, s:I}", "name", t->name, "displayname",
				api_text(t->displayname), "created", t->is_new && t->added, "added",
				(json_int_t)t->added, "changed", (json_int_t)t->changed,
				"unchanged", (json_int_t)t->unchanged));
	}
	return list;
}

static void answer(struct api_call *call, const struct import *import, enum store_code code,
	const struct store_result *result)
{
	json_int_t counts[3] = {0};
	char hex[41];

	if (code != STORE_OK && code != STORE_UNCHANGED) {
		api_fail_store(call, code, result->text);
		return;
	}
	store_oid_hex(hex, &result->commit.oid);
	json_t *targets = targets_json(import, counts);
	api_answer(call, 200,
		json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "added", counts[0], "changed",
			counts[1], "unchanged", counts[2], "refused", refused_json(import),
			"collections", targets, "commit", api_text(code == STORE_OK ? hex : NULL)));
}

static void run(struct api_call *call, struct import *import)
{
	struct store_result result = {0};
	const char *why;
	unsigned line;

	if (!import_read(import, &why, &line)) {
		if (line)
			api_fail(call, 400, "line %u: %s", line, why);
		else
			api_fail(call, 400, "%s", why);
		return;
	}
	struct store_write write = api_write(call, NULL);
	enum store_code code = import_write(import, &write, api_who(call), &result);
	answer(call, import, code, &result);
}

/* A share receives for what it shows, when its role allows that. */
static void check_share(struct api_call *call, struct store_snapshot *snapshot,
	const struct store_collection *share)
{
	const char *user = call->params[0], *name = call->params[1];
	const struct store_collection *target = dav_share_target(snapshot, share);
	const struct dav_person person = api_viewer(call);
	struct dav_glance *glance = dav_glance_open(call->app->dav, snapshot, &person);

	if (!target)
		api_fail(call, 404, "what %s/%s showed is not there any more", user, name);
	else if (!dav_glance_may_put(glance, store_collection_path(target), NULL))
		api_fail(call, 403,
			"%s may only look at %s/%s: its owner can share it as author or editor",
			person.name, user, name);
	dav_glance_close(glance);
}

/* An existing target must be a calendar; a new one must have a good name. */
static bool target_ok(struct api_call *call, const char *name)
{
	const char *why;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = store_collection(
		snapshot, place_path(call->arena, "calendars", call->params[0], name));

	if (c && store_collection_meta(c)->kind != FACTS_CALENDAR)
		api_fail(call, 409, "%s/%s is no calendar", call->params[0], name);
	else if (c && store_collection_meta(c)->share_of)
		check_share(call, snapshot, c);
	else if (!c && !place_name_ok(call->arena, name, &why))
		api_fail(call, 400, "\"%s\" can not name a calendar: %s", name, why);
	store_snapshot_free(snapshot);
	return !call->response->status;
}

void api_import(struct api_call *call)
{
	const char *name = NULL, *displayname = NULL;
	const struct api_field fields[] = {
		{"name", API_TEXT, 4000, &name},
		{"displayname", API_TEXT, PLACE_MAX_DISPLAYNAME - 20, &displayname},
	};
	CLEANUP(json_t) json_t *json = NULL;
	struct import import = {
		.store = call->app->store,
		.dav = call->app->dav,
		.person = api_viewer(call),
		.arena = call->arena,
		.user = call->params[0],
		.collection = call->n_params > 1 ? call->params[1] : NULL,
		.max_entry = call->app->config ? call->app->config->max_resource_size
					       : CAL_MAX_BYTES,
		.progress = call->response->progress,
		.payload = call->response->payload,
	};

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	import.displayname = displayname;
	if (import.collection && !target_ok(call, import.collection))
		return;
	if (collect_files(call, &import, name, &json))
		run(call, &import);
	import_end(&import);
}
