/* SPDX-License-Identifier: ISC */
/*
 * The log: walks main's first parents, newest first, comparing each commit's tree with its parent's
 * by hand. Trees of equal id are not read, so that a commit costs the path it changed; with a
 * filter only the way to that path is descended.
 */
#include "storage/internal.h"

#include "src/base/text.h"

#define FILTERS 2 /* an item and its .meta file */

struct differ {
	struct backend *backend;
	struct arena *arena;
	const char *filters[FILTERS];
	size_t n_filters;
	struct store_log_change *changes;
	const char **full; /* path of each */
	size_t n, cap, cap_full;
	bool failed;
};

/* ---------------------------------------------------------------- git paths to names */

/* "…/h/h/NAME" → "NAME" when the start is a fan. */
static const char *skip_fan(const char *path)
{
	bool fan = strlen(path) > 4 && strchr("0123456789abcdef", path[0]) && path[1] == '/' &&
		strchr("0123456789abcdef", path[2]) && path[3] == '/';

	return fan ? path + 4 : NULL;
}

/* Which collection and name does a file of the tree belong to? False: none. *meta: it is
 * properties. */
static bool classify(struct arena *arena, const char *path, const char **collection,
	const char **name, bool *meta)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strstr(path, "/" STORE_META_FOLDER "/");

	*meta = true;
	if (strcmp(base, STORE_SELF_FILE) == 0) {
		*collection = arena_strndup(arena, path, slash ? (size_t)(slash - path) : 0);
		*name = NULL;
		return place_of(*collection) != PLACE_NONE;
	}
	if (dot) {
		*collection = arena_strndup(arena, path, (size_t)(dot - path));
		*name = skip_fan(dot + sizeof(STORE_META_FOLDER) + 1);
	} else if (slash) {
		*meta = false;
		*collection = arena_strndup(arena, path, (size_t)(slash - path));
		*name = base;
		/* calendars/U/C/h/h: cut off the fan. */
		size_t len = strlen(*collection);
		if (len > 4 && skip_fan(*collection + len - 3) == NULL &&
			(*collection)[len - 4] == '/' && (*collection)[len - 2] == '/') {
			char *cut = arena_strndup(arena, *collection, len - 4);
			if (place_rule(place_of(cut))->fan)
				*collection = cut;
		}
	} else {
		return false;
	}
	return *name && place_rule(place_of(*collection))->items;
}

static void emit(struct differ *differ, const char *path, const struct store_oid *before,
	const struct store_oid *after)
{
	struct store_log_change change = {.before = *before, .after = *after};
	bool meta;

	if (!classify(differ->arena, path, &change.collection, &change.name, &meta))
		return;
	change.what = store_oid_is_zero(before) ? 'A' : store_oid_is_zero(after) ? 'D' : 'M';
	if (meta && (change.name || change.what == 'M')) {
		change.what = 'P';
		change.before = change.after = (struct store_oid){0};
	}
	differ->changes = arena_grow(differ->arena, differ->changes, &differ->cap, differ->n + 1,
		sizeof(*differ->changes));
	differ->changes[differ->n++] = change;
}

/* ---------------------------------------------------------------- comparing trees */

static bool wanted(const struct differ *differ, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < differ->n_filters; i++) {
		const char *filter = differ->filters[i];
		size_t have = strlen(filter), least = len < have ? len : have;
		if (strncmp(path, filter, least) == 0 &&
			(len == have || (len < have ? filter[len] : path[have]) == '/'))
			return true;
	}
	return differ->n_filters == 0;
}

static void diff_trees(struct differ *differ, const char *dir, const struct store_oid *before,
	const struct store_oid *after);

/* One name on both sides (NULL: not there). */
static void diff_entry(
	struct differ *differ, const char *dir, const struct entry *was, const struct entry *is)
{
	static const struct store_oid none;
	const char *path = path_join(differ->arena, dir, was ? was->name : is->name);

	if ((was && is && store_oid_equal(&was->oid, &is->oid)) || !wanted(differ, path))
		return;
	if ((was ? was : is)->mode == STORE_MODE_TREE)
		diff_trees(differ, path, was ? &was->oid : &none, is ? &is->oid : &none);
	else
		emit(differ, path, was ? &was->oid : &none, is ? &is->oid : &none);
}

static void diff_trees(struct differ *differ, const char *dir, const struct store_oid *before,
	const struct store_oid *after)
{
	struct entry *was = NULL, *is = NULL;
	size_t n_was, n_is, w = 0, i = 0;

	if (store_oid_equal(before, after))
		return;
	if (raw_tree_read(differ->backend, differ->arena, before, &was, &n_was) != STORE_OK ||
		raw_tree_read(differ->backend, differ->arena, after, &is, &n_is) != STORE_OK) {
		differ->failed = true;
		return;
	}
	while ((w < n_was || i < n_is) && !differ->failed && differ->n <= STORE_LOG_CHANGES) {
		int order = w == n_was ? 1 : i == n_is ? -1 : raw_entry_compare(&was[w], &is[i]);
		diff_entry(differ, dir, order <= 0 ? &was[w] : NULL, order >= 0 ? &is[i] : NULL);
		w += order <= 0;
		i += order >= 0;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct store_log_change *x = a, *y = b;
	int order = strcmp(x->collection, y->collection);

	if (order == 0 && (!x->name || !y->name))
		return (x->name != NULL) - (y->name != NULL);
	if (order == 0)
		order = strcmp(x->name, y->name);
	return order ? order : (x->what == 'P') - (y->what == 'P');
}

/* One row a name: what happened to the item says more than that its properties changed, too. */
static size_t merge(struct store_log_change *changes, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(changes, n, sizeof(*changes), by_name);
	for (size_t i = 0; i < n; i++) {
		const struct store_log_change *last = kept ? &changes[kept - 1] : NULL;
		if (last && strcmp(last->collection, changes[i].collection) == 0 &&
			text_equal(last->name, changes[i].name))
			continue;
		changes[kept++] = changes[i];
	}
	return kept < STORE_LOG_CHANGES ? kept : STORE_LOG_CHANGES;
}

/* ---------------------------------------------------------------- the walk */

/* Where does `path` (a collection, or an item below one) stand in git? */
static void set_filter(struct differ *differ, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct arena *arena = differ->arena;
	char dir[12];

	if (!*path)
		return;
	differ->filters[0] = arena_strdup(arena, path);
	differ->n_filters = 1;
	if (!slash)
		return;
	const char *collection = arena_strndup(arena, path, (size_t)(slash - path)),
		   *name = slash + 1;
	const struct place_rule *rule = place_rule(place_of(collection));
	if (!rule->items)
		return;
	item_dir(dir, true, true, name_hash(name));
	differ->filters[1] = path_join(arena, path_join(arena, collection, dir), name);
	differ->n_filters = 2;
	if (rule->fan) {
		item_dir(dir, true, false, name_hash(name));
		differ->filters[0] = path_join(arena, path_join(arena, collection, dir), name);
	}
}

static void fill_entry(struct store_log_entry *entry, const struct commit_text *commit)
{
	entry->author_name = commit->author_name;
	entry->author_mail = commit->author_mail;
	entry->subject = commit->subject;
	entry->ours = commit->ours;
	entry->user = commit->user;
	entry->device = commit->device;
	entry->user_agent = commit->user_agent;
	entry->request_id = commit->request_id;
}

/* What a commit did to the filtered part; false: it can not be read. */
static bool look(
	struct differ *differ, const struct store_commit_ref *ref, struct store_log_entry *entry)
{
	struct commit_text commit, parent = {0};

	if (commit_read(differ->backend, differ->arena, &ref->oid, &commit) != STORE_OK)
		return false;
	if (commit.n_parents &&
		commit_read(differ->backend, differ->arena, &commit.parents[0], &parent) !=
			STORE_OK)
		return false;
	diff_trees(differ, "", &parent.tree, &commit.tree);
	*entry = (struct store_log_entry){.commit = *ref};
	fill_entry(entry, &commit);
	entry->n_changes = merge(differ->changes, differ->n);
	entry->changes = differ->changes;
	return !differ->failed;
}

enum store_code store_log(struct store *store, const char *path, size_t limit,
	bool (*each)(void *payload, const struct store_log_entry *entry), void *payload)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct arena *keep = arena_new(), *arena = arena_new();
	struct differ filter = {.backend = store->backend, .arena = keep};
	enum store_code code = STORE_OK;
	size_t told = 0;

	set_filter(&filter, path);
	for (uint64_t at = snapshot->head.position + 1; at-- && code == STORE_OK;) {
		struct store_commit_ref ref = chain_at(snapshot->chain, at);
		struct differ differ = filter;
		struct store_log_entry entry;
		differ.arena = arena;
		if (!look(&differ, &ref, &entry))
			code = STORE_FAILED;
		else if (entry.n_changes || !filter.n_filters)
			if (!each(payload, &entry) || ++told == limit)
				break;
		arena_clear(arena);
	}
	arena_free(arena);
	arena_free(keep);
	store_snapshot_free(snapshot);
	return code;
}
