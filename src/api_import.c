/* SPDX-License-Identifier: ISC */
/*
 * POST …/users/U/collections/C/import, or …/users/U/import where the file's own title names the
 * calendar (cards go to "contacts"). The body is one file (text/calendar, text/vcard) or JSON {"files": [{"name": "a.ics",
 * "text": "BEGIN:VCALENDAR…"}]}, with "base64" instead of "text" where it is not UTF-8. Query: name (of the file),
 * displayname (of a collection that is made), duplicates (show, skip, keep), dry_run.
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
		const char *base64 = json_string_value(json_object_get(file, "base64"));
		if (json_is_string(text) == !!base64 || !name) {
			api_fail(call, 400, "file %zu must be {\"name\": …, \"text\": …}", i + 1);
			return false;
		}
		import->files[i].name = name;
		import->files[i].bytes = json_string_value(text);
		import->files[i].len = json_string_length(text);
		if (base64)
			import->files[i].bytes = text_base64_decode(
				call->arena, base64, &import->files[i].len);
		if (!import->files[i].bytes) {
			api_fail(call, 400, "file %zu: this is no base64", i + 1);
			return false;
		}
	}
	import->n_files = json_array_size(files);
	return true;
}

static const struct {
	const char *name;
	enum facts_kind kind;
} types[] = {
	{"text/calendar", FACTS_CALENDAR},
	{"text/vcard", FACTS_ADDRESSBOOK},
	{"text/x-vcard", FACTS_ADDRESSBOOK},
	{"text/directory", FACTS_ADDRESSBOOK},
	{"application/octet-stream", FACTS_FOLDER},
};

static bool collect_files(
	struct api_call *call, struct import *import, const char *name, json_t **json)
{
	const char *type = call->request->content_type ? call->request->content_type : "";

	if (text_starts_nocase(type, "application/json"))
		return many_files(call, import, json);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (text_starts_nocase(type, types[i].name)) {
			import->kind = types[i].kind;
			return one_file(call, import, name);
		}
	}
	api_fail(call, 415,
		"send one file as Content-Type: text/calendar or text/vcard, or several as "
		"application/json");
	return false;
}

/* The kind as place_kind says it, but that every calendar is one. */
static const char *kind_name(enum facts_kind kind)
{
	return kind == FACTS_ADDRESSBOOK ? "addressbook" : "calendar";
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

/* Cards that are there already, or look like it. */
static json_t *duplicates_json(const struct import *import)
{
	json_t *list = json_array();

	for (size_t i = 0; i < import->n_entries; i++) {
		const struct import_entry *entry = &import->entries[i];
		const struct import_twin *twin = entry->refused ? NULL : entry->twin;
		const struct import_entry *before = twin ? twin->entry : NULL;
		if (!twin)
			continue;
		json_t *of = json_pack("{s:o, s:o, s:o, s:I}", "uid", api_text(twin->uid),
			"summary", api_text(twin->shown), "file",
			api_text(before ? before->file->name : NULL), "line",
			(json_int_t)(before ? before->begin : 0));
		json_array_append_new(list,
			json_pack("{s:o, s:o, s:o, s:I, s:b, s:b, s:o}", "file",
				api_text(entry->file->name), "uid", api_text(entry->uid), "summary",
				api_text(entry->summary), "line", (json_int_t)entry->begin, "same",
				entry->same, "skipped", entry->skipped, "of", of));
	}
	return list;
}

static json_t *targets_json(const struct import *import, json_int_t counts[4])
{
	json_t *list = json_array();

	for (size_t i = 0; i < import->n_targets; i++) {
		const struct import_target *t = import->targets[i];
		counts[0] += (json_int_t)t->added;
		counts[1] += (json_int_t)t->changed;
		counts[2] += (json_int_t)t->unchanged;
		counts[3] += (json_int_t)t->skipped;
		if (!t->added && !t->changed && !t->unchanged && !t->skipped)
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:s, s:b, s:I, s:I, s:I, s:I}", "name", t->name,
				"displayname", api_text(t->displayname), "kind", kind_name(t->kind),
				"created", t->is_new && t->added, "added", (json_int_t)t->added,
				"changed", (json_int_t)t->changed, "unchanged",
				(json_int_t)t->unchanged, "skipped", (json_int_t)t->skipped));
	}
	return list;
}

static void answer(struct api_call *call, const struct import *import, enum store_code code,
	const struct store_result *result)
{
	json_int_t counts[4] = {0};
	char hex[41];

	if (code != STORE_OK && code != STORE_UNCHANGED) {
		api_fail_store(call, code, result->text);
		return;
	}
	store_oid_hex(hex, &result->commit.oid);
	json_t *targets = targets_json(import, counts);
	api_answer(call, 200,
		json_pack("{s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:o}", "added", counts[0],
			"changed", counts[1], "unchanged", counts[2], "skipped", counts[3],
			"dry_run", import->dry_run, "refused", refused_json(import), "duplicates",
			duplicates_json(import), "collections", targets, "commit",
			api_text(code == STORE_OK ? hex : NULL)));
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

static const struct store_collection *receiver(struct api_call *call,
	const struct store_snapshot *snapshot, enum facts_kind kind, const char *name)
{
	return store_collection(snapshot,
		place_path(call->arena, kind == FACTS_ADDRESSBOOK ? "addressbooks" : "calendars",
			call->params[0], name));
}

/* What is not there yet must have a good name. */
static bool name_ok(struct api_call *call, const char *name)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const char *why;

	if (!receiver(call, snapshot, FACTS_CALENDAR, name) &&
		!receiver(call, snapshot, FACTS_ADDRESSBOOK, name) &&
		!place_name_ok(call->arena, name, &why))
		api_fail(call, 400, "\"%s\" can not name a collection: %s", name, why);
	store_snapshot_free(snapshot);
	return !call->response->status;
}

/* What is there must be open for what comes. */
static bool shares_ok(struct api_call *call, const struct import *import)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);

	for (size_t i = 0; import->collection && i < import->n_files; i++) {
		const struct store_collection *c = receiver(
			call, snapshot, import->files[i].kind, import->collection);
		if (c && store_collection_meta(c)->share_of && !call->response->status)
			check_share(call, snapshot, c);
	}
	store_snapshot_free(snapshot);
	return !call->response->status;
}

static void run(struct api_call *call, struct import *import)
{
	struct store_result result = {0};
	const char *why;
	unsigned line;

	if (!import_read(import, &why, &line)) {
		int bad = import->misplaced ? 409 : 400;
		if (line)
			api_fail(call, bad, "line %u: %s", line, why);
		else
			api_fail(call, bad, "%s", why);
		return;
	}
	if (!shares_ok(call, import))
		return;
	struct store_write write = api_write(call, NULL);
	enum store_code code = import_write(import, &write, api_who(call), &result);
	answer(call, import, code, &result);
}

static bool duplicates_ok(
	struct api_call *call, const char *word, enum import_duplicates *duplicates)
{
	static const char *const words[] = {
		[IMPORT_SHOW] = "show", [IMPORT_SKIP] = "skip", [IMPORT_KEEP] = "keep"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!word || text_equal(words[i], word)) {
			*duplicates = word ? (enum import_duplicates)i : IMPORT_SHOW;
			return true;
		}
	}
	api_fail(call, 400, "\"duplicates\" must be show, skip or keep");
	return false;
}

void api_import(struct api_call *call)
{
	const char *name = NULL, *displayname = NULL, *duplicates = NULL;
	bool dry_run = false;
	const struct api_field fields[] = {
		{"name", API_TEXT, 4000, &name},
		{"displayname", API_TEXT, PLACE_MAX_DISPLAYNAME - 20, &displayname},
		{"duplicates", API_TEXT, 10, &duplicates},
		{"dry_run", API_FLAG, 0, &dry_run},
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
	import.dry_run = dry_run;
	if (!duplicates_ok(call, duplicates, &import.duplicates))
		return;
	if (import.collection && !name_ok(call, import.collection))
		return;
	if (collect_files(call, &import, name, &json))
		run(call, &import);
	import_end(&import);
}
