/* SPDX-License-Identifier: ISC */
/*
 * Single files of an earlier commit: the trees on the way to them are read from git, and no others. What a tree says is
 * remembered while the past is open, because questions about it come in runs.
 */
#include "storage/internal.h"

#include "src/base/map.h"

struct tree {
	struct entry *entries;
	size_t n;
};

struct store_past {
	struct store *store;
	struct arena *arena;
	struct map *trees; /* path → struct tree; one without entries: not there */
	struct store_oid root;
};

struct store_past *store_past_open(
	struct store *store, const struct store_snapshot *snapshot, uint64_t position)
{
	struct store_past *past;
	struct commit_text commit;

	if (position > snapshot->head.position)
		return NULL;
	struct store_commit_ref ref = chain_at(snapshot->chain, position);
	past = must_alloc(sizeof(*past));
	past->store = store;
	past->arena = arena_new();
	past->trees = map_new();
	if (commit_read(store->backend, past->arena, &ref.oid, &commit) != STORE_OK) {
		store_past_close(past);
		return NULL;
	}
	past->root = commit.tree;
	return past;
}

void store_past_close(struct store_past *past)
{
	if (!past)
		return;
	map_free(past->trees, NULL);
	arena_free(past->arena);
	free(past);
}

/* The tree of a path of git ("" is the root), each read once. Depth of recursion: that of the path. */
static const struct tree *tree_at(struct store_past *past, const char *path)
{
	struct tree *tree = map_get(past->trees, path);
	struct store_oid oid = past->root;

	if (tree)
		return tree;
	tree = arena_alloc(past->arena, sizeof(*tree));
	map_set(past->trees, path, tree);
	if (*path) {
		const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
		const struct tree *parent = tree_at(
			past, arena_strndup(past->arena, path, slash ? (size_t)(slash - path) : 0));
		const struct entry *entry = raw_entry_find(
			parent->entries, parent->n, name, STORE_MODE_TREE);
		if (!entry)
			return tree;
		oid = entry->oid;
	}
	if (raw_tree_read(past->store->backend, past->arena, &oid, &tree->entries, &tree->n) !=
		STORE_OK)
		*tree = (struct tree){0};
	return tree;
}

static const struct entry *file_at(struct store_past *past, const char *dir, const char *name)
{
	const struct tree *tree = tree_at(past, dir);

	return raw_entry_find(tree->entries, tree->n, name, STORE_MODE_FILE);
}

static bool read_meta(struct store_past *past, struct arena *arena, const struct entry *file,
	struct store_meta *meta)
{
	struct store_bytes bytes;
	const char *why;

	if (!file || store_read(past->store, &file->oid, &bytes) != STORE_OK)
		return false;
	bool ok = store_meta_parse(arena, bytes.data, bytes.size, meta, &why);
	store_bytes_free(&bytes);
	return ok;
}

bool store_past_collection(
	struct store_past *past, struct arena *arena, const char *path, struct store_meta *meta)
{
	return read_meta(past, arena, file_at(past, path, STORE_SELF_FILE), meta);
}

const char *store_past_find(
	struct store_past *past, struct arena *arena, const char *top, const char *id, size_t len)
{
	const struct tree *homes = tree_at(past, top);
	struct store_meta meta;

	for (size_t i = 0; i < homes->n; i++) {
		const char *home = path_join(past->arena, top, homes->entries[i].name);
		const struct tree *tree = tree_at(past, home);
		for (size_t k = 0; k < tree->n; k++) {
			const char *path = path_join(arena, home, tree->entries[k].name);
			if (tree->entries[k].mode == STORE_MODE_TREE &&
				store_past_collection(past, arena, path, &meta) && meta.id &&
				!meta.share_of && strlen(meta.id) == len &&
				memcmp(meta.id, id, len) == 0)
				return path;
		}
	}
	return NULL;
}

bool store_past_item(struct store_past *past, struct arena *arena, const char *collection,
	const char *name, struct store_item *item, struct store_meta *meta)
{
	const struct place_rule *rule = place_rule(place_of(collection));
	unsigned char hash = name_hash(name);
	char dir[12];

	if (!rule->items)
		return false;
	item_dir(dir, rule->fan, false, hash);
	const struct entry *file = file_at(
		past, *dir ? path_join(past->arena, collection, dir) : collection, name);
	if (!file)
		return false;
	item_dir(dir, true, true, hash);
	const struct entry *properties = file_at(
		past, path_join(past->arena, collection, dir), name);
	*item = (struct store_item){.name = name, .oid = file->oid, .has_meta = properties != NULL};
	if (meta && !(properties && read_meta(past, arena, properties, meta)))
		*meta = (struct store_meta){0};
	return true;
}

static size_t count_files(struct store_past *past, const char *dir, unsigned depth)
{
	const struct tree *tree = tree_at(past, dir);
	size_t n = 0;

	for (size_t i = 0; i < tree->n; i++) {
		const struct entry *entry = &tree->entries[i];
		if (depth ? entry->mode != STORE_MODE_TREE || strlen(entry->name) != 1
			  : entry->mode != STORE_MODE_FILE || entry->name[0] == '.')
			continue;
		n += depth ? count_files(past, path_join(past->arena, dir, entry->name), depth - 1)
			   : 1;
	}
	return n;
}

size_t store_past_count(struct store_past *past, const char *collection)
{
	const struct place_rule *rule = place_rule(place_of(collection));

	return rule->items ? count_files(past, collection, rule->fan ? 2 : 0) : 0;
}

bool past_files(struct store_past *past, const char *dir,
	bool (*each)(void *payload, const char *name, const struct store_oid *oid), void *payload)
{
	const struct tree *tree = tree_at(past, dir);

	for (size_t i = 0; i < tree->n; i++)
		if (tree->entries[i].mode == STORE_MODE_FILE && tree->entries[i].name[0] != '.' &&
			!each(payload, tree->entries[i].name, &tree->entries[i].oid))
			return false;
	return true;
}

struct store *past_store(const struct store_past *past)
{
	return past->store;
}
