/* SPDX-License-Identifier: ISC */
/*
 * Who changed what, when and with which device, newest first. What a user sees is derived from the
 * changes below the own homes; the stored subject is for admins only, because it can tell of others
 * (DESIGN.md section 3).
 */
#include "src/api_call.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "ical/cal.h"
#include "webdav/dav.h"

#include <string.h>

#define DEFAULT_ENTRIES 50
#define MAX_ENTRIES 100000
#define MAX_CHANGES 100 /* shown of one commit; the rest is counted */

struct log_walk {
	struct api_call *call;
	json_t *entries;
	const char *user;              /* only changes of this user's; NULL: all */
	const char *collection, *name; /* only there, when given */
	size_t limit;
};

/* What stands in the log as a letter (store.h), as a word. */
static const char *word_of(char what)
{
	static const struct {
		char what;
		const char *word;
	} words[] = {{'A', "added"}, {'M', "changed"}, {'D', "removed"}, {'P', "properties"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].what == what)
			return words[i].word;
	return "changed";
}

/* "calendars/anna/home" → "anna/home" */
static const char *below_top(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether `path` is `top` or below it. */
static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && (!path[len] || path[len] == '/');
}

static bool concerns(const struct log_walk *walk, const struct store_log_change *change)
{
	if (!walk->user)
		return true;
	if (walk->collection)
		return is_below(change->collection, walk->collection) &&
			(!walk->name || text_equal(change->name, walk->name));
	if (text_equal(change->collection, "principals/users"))
		return text_equal(change->name, walk->user);
	return !text_starts(change->collection, "principals") &&
		is_below(below_top(change->collection), walk->user);
}

/* SUMMARY or FN of a version; NULL when it has none. In the arena. */
static const char *summary_of(struct api_call *call, const struct store_log_change *change)
{
	static const struct {
		const char *top;
		enum facts_kind kind;
	} tops[] = {{"calendars/", FACTS_CALENDAR}, {"addressbooks/", FACTS_ADDRESSBOOK}};
	const struct store_oid *oid = store_oid_is_zero(&change->after) ? &change->before
									: &change->after;
	struct facts facts = {0};
	struct facts_fault fault;
	struct store_bytes bytes;
	const char *summary = NULL;

	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		if (!change->name || !text_starts(change->collection, tops[i].top) ||
			store_read(call->app->store, oid, &bytes) != STORE_OK)
			continue;
		if (cal_inspect(
			    tops[i].kind, bytes.data, bytes.size, call->arena, &facts, &fault) &&
			facts.summary)
			summary = text_clean_line(call->arena, facts.summary, 200);
		store_bytes_free(&bytes);
	}
	return summary;
}

static json_t *change_json(struct api_call *call, const struct store_log_change *change)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "what", word_of(change->what), "path",
		api_text(change->collection), "collection", api_text(below_top(change->collection)),
		"name", api_text(change->name), "summary", api_text(summary_of(call, change)));
}

/* The display name a collection has now, else its last segment. */
static const char *shown_collection(struct api_call *call, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = store_collection(snapshot, path);
	const char *slash = strrchr(path, '/');
	const char *name = c ? place_displayname(call->arena, store_collection_meta(c)) : NULL;

	store_snapshot_free(snapshot);
	return name ? name : slash ? slash + 1 : path;
}

/* One change: Anna added "Dentist" to Home. Several: Anna changed 12 entries in Home. */
static const char *words_for(
	struct api_call *call, const char *who, const struct store_log_change *only, size_t count)
{
	const char *shown = shown_collection(call, only->collection);

	if (text_equal(only->collection, "principals/users"))
		return arena_printf(call->arena, "%s %s the user %s", who, word_of(only->what),
			only->name ? only->name : "?");
	if (count > 1)
		return arena_printf(call->arena, "%s changed %zu entries in %s", who, count, shown);
	if (!only->name) {
		const char *did = only->what == 'A' ? "created"
			: only->what == 'D'         ? "removed"
						    : "changed the settings of";
		return arena_printf(call->arena, "%s %s %s", who, did, shown);
	}
	const char *summary = summary_of(call, only);
	return dav_subject(call->arena, who, only->what, summary ? summary : only->name, shown);
}

/* Admins, and a commit of the daemon's that touched nothing else: its own words are the best. */
static const char *subject_for(struct log_walk *walk, const struct store_log_entry *entry,
	const struct store_log_change *first, size_t mine)
{
	bool whole = mine == entry->n_changes && entry->n_changes < STORE_LOG_CHANGES;
	const char *who = entry->author_name ? entry->author_name : "Daybook";

	if (walk->call->request->person.admin || !first || (entry->ours && whole))
		return entry->subject;
	return words_for(walk->call, who, first, mine);
}

static bool on_entry(void *payload, const struct store_log_entry *entry)
{
	struct log_walk *walk = payload;
	const struct store_log_change *first = NULL;
	json_t *changes;
	char hex[41];
	size_t mine = 0;

	for (size_t i = 0; i < entry->n_changes; i++) {
		if (!concerns(walk, &entry->changes[i]))
			continue;
		if (!mine)
			first = &entry->changes[i];
		mine++;
	}
	if (walk->user && !mine)
		return true;
	changes = json_array();
	for (size_t i = 0; i < entry->n_changes && json_array_size(changes) < MAX_CHANGES; i++)
		if (concerns(walk, &entry->changes[i]))
			json_array_append_new(changes, change_json(walk->call, &entry->changes[i]));
	store_oid_hex(hex, &entry->commit.oid);
	json_array_append_new(walk->entries,
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:I, s:o}", "commit", hex,
			"time", api_time(entry->commit.time), "who", api_text(entry->author_name),
			"user", api_text(entry->user), "device", api_text(entry->device),
			"user_agent", api_text(entry->user_agent), "pushed", !entry->ours,
			"subject", api_text(subject_for(walk, entry, first, mine)), "n_changes",
			(json_int_t)mine, "changes", changes));
	return json_array_size(walk->entries) < walk->limit;
}

/* The store's path of what was asked; history counts, so that removed calendars have a log, too. */
static const char *path_of(struct api_call *call)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const struct store_collection *c = place_find(
		snapshot, call->arena, call->params[0], call->params[1]);
	const char *path = c
		? arena_strdup(call->arena, store_collection_path(c))
		: place_path(call->arena, "calendars", call->params[0], call->params[1]);

	store_snapshot_free(snapshot);
	return path;
}

/* /log, /log/U, /log/U/C, /log/U/C/NAME */
void api_log(struct api_call *call)
{
	uint64_t limit = DEFAULT_ENTRIES;
	const struct api_field field = {"limit", API_NUMBER, MAX_ENTRIES, &limit};
	struct log_walk walk = {.call = call, .user = call->n_params ? call->params[0] : NULL};

	if (!api_read(call, &field, 1))
		return;
	if (!limit) {
		api_fail(call, 400, "\"limit\" must be a number from 1 to %d", MAX_ENTRIES);
		return;
	}
	walk.limit = limit;
	walk.entries = json_array();
	walk.collection = call->n_params > 1 ? path_of(call) : NULL;
	walk.name = call->n_params > 2 ? call->params[2] : NULL;
	const char *path = walk.collection ? walk.collection : "";
	if (walk.name)
		path = arena_printf(call->arena, "%s/%s", path, walk.name);
	enum store_code code = store_log(call->app->store, path, 0, on_entry, &walk);
	if (code != STORE_OK && code != STORE_NOT_FOUND) {
		json_decref(walk.entries);
		api_fail_store(call, code, NULL);
	} else if (call->n_params > 1 && !json_array_size(walk.entries)) {
		json_decref(walk.entries);
		api_fail(call, 404, "there never was %s/%s%s%s", call->params[0], call->params[1],
			call->n_params > 2 ? "/" : "", call->n_params > 2 ? call->params[2] : "");
	} else {
		api_answer(call, 200, json_pack("{s:o}", "entries", walk.entries));
	}
}
