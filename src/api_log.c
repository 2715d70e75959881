/* SPDX-License-Identifier: ISC */
/*
 * Who changed what, when and with which device, newest first. A user's log tells of the own homes and of what is shared with
 * them. What stands in it is derived for who asks, change by change, from what they may see of the versions before and after
 * (dav_glance_item): of the hidden nothing is told and nothing counted, of the busy that something changed. The stored subject
 * can tell of others (DESIGN.md section 3): it is shown to whom every change of its commit could be told in full, and to the
 * keeper.
 */
#include "src/api_changes.h"
#include "src/api_place.h"
#include "src/base/text.h"
#include "webdav/dav.h"
#include "webdav/share.h"

#include <string.h>

#define DEFAULT_ENTRIES 50
#define MAX_ENTRIES 100000
#define MAX_CHANGES 100 /* shown of one commit; the rest is counted */
#define MAX_SUMMARY 200 /* bytes */
#define USERS "principals/users"

/* A share in the home of the user whose log it is. */
struct shown {
	const char *path; /* of what it shows */
	const char *share;
};

/* A device that removes one entry after the other; the newest commit comes first. */
struct run {
	struct log_bulk bulk;
	const char *user, *device, *agent;
	int64_t time;   /* of the oldest so far */
	json_t *newest; /* borrowed: its entry */
};

struct log_walk {
	struct api_call *call;
	struct store_snapshot *snapshot;
	struct dav_glance *glance;
	json_t *entries;
	const char *user;              /* only changes of this user's; NULL: all */
	const char *collection, *name; /* only there, when given */
	const char *other; /* and there: an address book may have the name of a calendar */
	struct shown *shown;
	size_t n_shown, cap_shown;
	size_t limit;
	uint64_t head;         /* newer commits are not in the snapshot */
	struct arena *scratch; /* of one entry */
	struct log_budget budget;
	struct run run;
};

/* A change, as far as it is told. */
struct told {
	const struct store_log_change *change;
	const char *path; /* of the collection, as the user knows it */
	const char *summary;
	enum dav_sight sight;
};

/* A commit, as far as it is told. */
struct tale {
	struct told *told;
	size_t n;
	bool whole; /* nothing of it is kept back */
	bool own;   /* something in a home of who asks */
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

static bool is_home_of(const char *path, const char *user)
{
	return !text_starts(path, "principals") && is_below(below_top(path), user);
}

/* ---------------------------------------------------------------- what concerns whom */

static const char *share_of(const struct log_walk *walk, const char *path)
{
	for (size_t i = 0; i < walk->n_shown; i++)
		if (text_equal(walk->shown[i].path, path))
			return walk->shown[i].share;
	return NULL;
}

static bool concerns(const struct log_walk *walk, const struct store_log_change *change)
{
	if (!walk->user)
		return true;
	if (walk->collection)
		return (is_below(change->collection, walk->collection) ||
			       (walk->other && is_below(change->collection, walk->other))) &&
			(!walk->name || text_equal(change->name, walk->name));
	if (text_equal(change->collection, USERS))
		return text_equal(change->name, walk->user);
	return is_home_of(change->collection, walk->user) || share_of(walk, change->collection);
}

static void add_shares(struct log_walk *walk, const struct store_collection *home)
{
	const struct store_collection *share, *target;

	for (size_t i = 0; home && (share = store_child(home, i)); i++) {
		target = dav_share_target(walk->snapshot, share);
		if (!target)
			continue;
		walk->shown = arena_grow(walk->call->arena, walk->shown, &walk->cap_shown,
			walk->n_shown + 1, sizeof(*walk->shown));
		walk->shown[walk->n_shown++] = (struct shown){
			store_collection_path(target), store_collection_path(share)};
	}
}

static void find_shares(struct log_walk *walk)
{
	static const char *const tops[] = {"calendars", "addressbooks"};

	for (size_t i = 0; walk->user && i < sizeof(tops) / sizeof(*tops); i++)
		add_shares(walk,
			store_collection(walk->snapshot,
				arena_printf(walk->call->arena, "%s/%s", tops[i], walk->user)));
}

/* ---------------------------------------------------------------- what is told of a change */

/* The least of what may be seen before and after. */
static enum dav_sight sight_of(struct log_walk *walk, uint64_t position,
	const struct store_log_change *change, const char **summary)
{
	struct dav_version version = {
		.collection = change->collection, .name = change->name, .position = position};
	enum dav_sight after = DAV_SEES_ALL, before = DAV_SEES_ALL;

	*summary = NULL;
	if (change->what != 'D') {
		version.oid = change->after;
		after = dav_glance_item(walk->glance, &version, walk->scratch, summary);
	}
	if (change->what != 'A' && after != DAV_SEES_NOTHING) {
		version.oid = change->before;
		version.position--;
		before = dav_glance_item(walk->glance, &version, walk->scratch,
			change->what == 'D' ? summary : NULL);
	}
	if (before != DAV_SEES_ALL)
		*summary = NULL;
	return before < after ? before : after;
}

static bool tell(struct log_walk *walk, uint64_t position, const struct store_log_change *change,
	struct told *told)
{
	const char *share = share_of(walk, change->collection);

	*told = (struct told){
		.change = change,
		.path = share ? share : change->collection,
		.sight = DAV_SEES_ALL,
	};
	/* Who and which groups there are, members know; whose log tells of whom, concerns() knows. */
	if (text_starts(change->collection, "principals"))
		return true;
	if (!change->name)
		return dav_glance_collection(walk->glance, change->collection, position);
	told->sight = sight_of(walk, position, change, &told->summary);
	if (told->summary)
		told->summary = text_clean_line(walk->scratch, told->summary, MAX_SUMMARY);
	return told->sight != DAV_SEES_NOTHING;
}

/* Rights on a collection of somebody else, and how it was called, stand in the stored subject. */
static bool is_whole(const struct log_walk *walk, const struct told *told)
{
	const struct dav_person *person = &walk->call->request->person;
	bool other = !person->admin && !is_home_of(told->change->collection, person->name);

	return told->sight == DAV_SEES_ALL && (told->change->name || !other);
}

static struct tale tale_of(struct log_walk *walk, const struct store_log_entry *entry)
{
	struct tale tale = {
		.told = arena_array(walk->scratch, entry->n_changes, sizeof(*tale.told)),
		.whole = entry->n_changes < STORE_LOG_CHANGES,
	};

	for (size_t i = 0; i < entry->n_changes; i++) {
		const struct store_log_change *change = &entry->changes[i];
		struct told *told = &tale.told[tale.n];
		if (!concerns(walk, change) || !tell(walk, entry->commit.position, change, told)) {
			tale.whole = false;
			continue;
		}
		tale.n++;
		tale.whole = tale.whole && is_whole(walk, told);
		tale.own = tale.own ||
			is_home_of(change->collection, walk->call->request->person.name);
	}
	return tale;
}

/* ---------------------------------------------------------------- words */

static const char *title_of(struct log_walk *walk, const struct told *told)
{
	return dav_glance_title(walk->glance, told->path, walk->scratch);
}

/* One change: Anna added "Dentist" to Home. */
static const char *words_for_one(struct log_walk *walk, const char *who, const struct told *told)
{
	const struct store_log_change *change = told->change;
	const char *shown = title_of(walk, told);

	if (!change->name) {
		const char *did = change->what == 'A' ? "created"
			: change->what == 'D'         ? "removed"
						      : "changed the settings of";
		return arena_printf(walk->scratch, "%s %s %s", who, did, shown);
	}
	if (told->sight == DAV_SEES_BUSY)
		return arena_printf(walk->scratch, "%s %s an entry in %s", who,
			change->what == 'P' ? "changed" : word_of(change->what), shown);
	return dav_subject(walk->scratch, who, change->what,
		told->summary ? told->summary : change->name, shown);
}

/* Several: Anna changed 12 entries in Home. A principal says most, an entry more than what it is in. */
static const char *words_for(struct log_walk *walk, const char *who, const struct tale *tale)
{
	const struct told *entry = NULL;
	size_t entries = 0;

	for (size_t i = 0; i < tale->n; i++) {
		const struct told *told = &tale->told[i];
		if (text_equal(told->change->collection, USERS))
			return arena_printf(walk->scratch, "%s %s the user %s", who,
				told->change->what == 'A' ? "created" : word_of(told->change->what),
				told->change->name ? told->change->name : "?");
		if (!told->change->name)
			continue;
		entry = entry ? entry : told;
		entries++;
	}
	if (entries < 2)
		return words_for_one(walk, who, entry ? entry : tale->told);
	return arena_printf(
		walk->scratch, "%s changed %zu entries in %s", who, entries, title_of(walk, entry));
}

/* A commit of the daemon's tells no more than it touched; what others push says what they like. */
static const char *subject_for(
	struct log_walk *walk, const struct store_log_entry *entry, const struct tale *tale)
{
	const struct api_request *request = walk->call->request;
	const char *who = entry->author_name ? entry->author_name : "Daybook";

	if (request->keeper || !tale->n || (tale->whole && (entry->ours || request->person.admin)))
		return entry->subject;
	return words_for(walk, text_clean_line(walk->scratch, who, MAX_SUMMARY), tale);
}

/* ---------------------------------------------------------------- entries */

static json_t *change_json(struct log_walk *walk, const struct told *told)
{
	json_t *inside = told->sight == DAV_SEES_ALL
		? log_changes_in(walk->call->app->store, &walk->budget, told->change)
		: json_null();

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "what", word_of(told->change->what),
		"path", api_text(told->path), "collection", api_text(below_top(told->path)), "name",
		api_text(told->change->name), "summary", api_text(told->summary), "changes_in",
		inside);
}

/* ---------------------------------------------------------------- much that was removed */

/* Is it gone, and not only somewhere else? */
static bool is_removed(const struct tale *tale, const struct store_log_change *change)
{
	if (!change->name || change->what != 'D')
		return false;
	for (size_t i = 0; i < tale->n; i++) {
		const struct store_log_change *other = tale->told[i].change;
		if (other->what == 'A' && store_oid_equal(&other->after, &change->before))
			return false;
	}
	return true;
}

/* What one commit removed of the collection that it removed most of. One that is removed itself is told as that. */
static struct log_bulk bulk_of(const struct tale *tale, uint64_t position)
{
	struct log_bulk bulk = {.first = position, .last = position}, one = bulk;
	bool whole = false;

	for (size_t i = 0; i < tale->n; i++) {
		const struct store_log_change *change = tale->told[i].change;
		/* Changes are sorted by collection (store.h), itself before its entries. */
		if (!text_equal(one.path, change->collection)) {
			one.path = change->collection;
			one.known = below_top(tale->told[i].path);
			one.n = 0;
			whole = !change->name && change->what == 'D';
		}
		one.n += !whole && is_removed(tale, change);
		bulk = one.n > bulk.n ? one : bulk;
	}
	return bulk;
}

/* Does a commit go on with the run, being the one before it? */
static bool continues(
	const struct run *run, const struct store_log_entry *entry, const struct log_bulk *bulk)
{
	return run->newest && bulk->n == 1 && text_equal(run->bulk.path, bulk->path) &&
		text_equal(run->user, entry->user) && text_equal(run->device, entry->device) &&
		text_equal(run->agent, entry->user_agent) &&
		run->time - entry->commit.time <= LOG_RUN_GAP;
}

static void end_run(struct log_walk *walk)
{
	struct run *run = &walk->run;

	if (run->newest && run->bulk.n >= LOG_FEW)
		json_object_set_new(run->newest, "bulk",
			log_bulk_json(walk->glance, walk->call->arena, &run->bulk));
	run->newest = NULL;
}

static void begin_run(struct log_walk *walk, const struct store_log_entry *entry,
	const struct log_bulk *bulk, json_t *newest)
{
	struct arena *arena = walk->call->arena;

	walk->run = (struct run){
		.bulk = *bulk,
		.user = arena_strdup(arena, entry->user),
		.device = arena_strdup(arena, entry->device),
		.agent = arena_strdup(arena, entry->user_agent),
		.time = entry->commit.time,
		.newest = newest,
	};
	walk->run.bulk.path = arena_strdup(arena, bulk->path);
	walk->run.bulk.known = arena_strdup(arena, bulk->known);
	walk->run.bulk.one_by_one = true;
}

/* True: the commit belongs to the run that is being looked at. */
static bool in_run(
	struct log_walk *walk, const struct store_log_entry *entry, const struct log_bulk *bulk)
{
	struct run *run = &walk->run;

	if (!continues(run, entry, bulk))
		return false;
	run->bulk.n++;
	run->bulk.first = entry->commit.position;
	run->time = entry->commit.time;
	return true;
}

/* ---------------------------------------------------------------- the walk */

/* With which device is for whom it concerns: who did it, whose home it was in, and admins. */
static bool may_know_device(
	const struct log_walk *walk, const struct store_log_entry *entry, const struct tale *tale)
{
	const struct api_request *request = walk->call->request;

	return request->keeper || request->person.admin || tale->own ||
		text_equal(entry->user, request->person.name);
}

static json_t *entry_json(struct log_walk *walk, const struct store_log_entry *entry,
	const struct tale *tale, const struct log_bulk *bulk)
{
	bool device = may_know_device(walk, entry, tale);
	json_t *changes = json_array();
	char hex[41];

	for (size_t i = 0; i < tale->n && i < MAX_CHANGES; i++)
		json_array_append_new(changes, change_json(walk, &tale->told[i]));
	store_oid_hex(hex, &entry->commit.oid);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:I, s:o, s:o}", "commit", hex,
		"time", api_time(entry->commit.time), "who", api_text(entry->author_name), "user",
		api_text(entry->user), "device", api_text(device ? entry->device : NULL),
		"user_agent", api_text(device ? entry->user_agent : NULL), "pushed", !entry->ours,
		"subject", api_text(subject_for(walk, entry, tale)), "n_changes",
		(json_int_t)tale->n, "changes", changes, "bulk",
		log_bulk_json(walk->glance, walk->scratch, bulk));
}

static bool on_entry(void *payload, const struct store_log_entry *entry)
{
	struct log_walk *walk = payload;

	if (entry->commit.position > walk->head)
		return true;
	arena_clear(walk->scratch);
	const struct tale tale = tale_of(walk, entry);
	if (!tale.n && (walk->user || entry->n_changes))
		return true;
	const struct log_bulk bulk = bulk_of(&tale, entry->commit.position);
	bool belongs = in_run(walk, entry, &bulk);
	if (!belongs)
		end_run(walk);
	if (json_array_size(walk->entries) < walk->limit) {
		json_t *json = entry_json(walk, entry, &tale, &bulk);
		json_array_append_new(walk->entries, json);
		if (!belongs && bulk.n == 1)
			begin_run(walk, entry, &bulk, json);
	}
	/* Where a run that is shown began is looked for behind the last that is shown, too. */
	return json_array_size(walk->entries) < walk->limit ||
		(walk->run.newest && walk->run.bulk.n < LOG_MAX_RUN);
}

/* ---------------------------------------------------------------- the call */

/* The store's path of what was asked, of a share that of what it shows, and *shared; NULL: there is none now. */
static const char *path_of(struct log_walk *walk, const char *top, bool *shared)
{
	struct api_call *call = walk->call;
	const struct store_collection *c = store_collection(
		walk->snapshot, place_path(call->arena, top, call->params[0], call->params[1]));
	const struct store_collection *target = c ? dav_share_target(walk->snapshot, c) : NULL;

	*shared = *shared || target;
	return c ? store_collection_path(target ? target : c) : NULL;
}

/* History counts, so that what was removed has a log, too. */
static void find_collection(struct log_walk *walk, bool *shared)
{
	struct api_call *call = walk->call;
	const char *calendar = path_of(walk, "calendars", shared),
		   *book = path_of(walk, "addressbooks", shared);

	if (!calendar && !book) {
		calendar = place_path(call->arena, "calendars", call->params[0], call->params[1]);
		book = place_path(call->arena, "addressbooks", call->params[0], call->params[1]);
	}
	walk->collection = calendar ? calendar : book;
	walk->other = calendar ? book : NULL;
}

static void answer(struct log_walk *walk, enum store_code code, bool may_be_empty)
{
	struct api_call *call = walk->call;

	if (code != STORE_OK && code != STORE_NOT_FOUND)
		api_fail_store(call, code, NULL);
	else if (json_array_size(walk->entries) || may_be_empty)
		api_answer(call, 200, json_pack("{s:O}", "entries", walk->entries));
	else /* of what is hidden nobody is told that it is there */
		api_fail(call, 404, "there never was %s/%s%s%s", call->params[0], call->params[1],
			walk->name ? "/" : "", walk->name ? walk->name : "");
}

static void run(struct log_walk *walk)
{
	struct api_call *call = walk->call;
	bool shared = false;

	find_shares(walk);
	if (call->n_params > 1)
		find_collection(walk, &shared);
	walk->name = call->n_params > 2 ? call->params[2] : NULL;
	/* Of two collections all commits are looked at (store.h). */
	const char *path = walk->collection && !walk->other ? walk->collection : "";
	if (*path && walk->name)
		path = arena_printf(call->arena, "%s/%s", path, walk->name);
	enum store_code code = store_log(call->app->store, path, 0, on_entry, walk);
	end_run(walk);
	answer(walk, code, call->n_params < 2 || (shared && !walk->name));
}

/* /log, /log/U, /log/U/C, /log/U/C/NAME */
void api_log(struct api_call *call)
{
	uint64_t limit = DEFAULT_ENTRIES;
	const struct api_field field = {"limit", API_NUMBER, MAX_ENTRIES, &limit};
	const struct dav_person *person = call->request->keeper ? NULL : &call->request->person;

	if (!api_read(call, &field, 1))
		return;
	if (!limit) {
		api_fail(call, 400, "\"limit\" must be a number from 1 to %d", MAX_ENTRIES);
		return;
	}
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	struct log_walk walk = {
		.call = call,
		.snapshot = snapshot,
		.glance = dav_glance_open(call->app->dav, snapshot, person),
		.entries = json_array(),
		.user = call->n_params ? call->params[0] : NULL,
		.limit = limit,
		.head = store_head(snapshot).position,
		.scratch = arena_new(),
	};
	run(&walk);
	arena_free(walk.scratch);
	json_decref(walk.entries);
	dav_glance_close(walk.glance);
	store_snapshot_free(snapshot);
}
