/* SPDX-License-Identifier: ISC */
/*
 * From git to the mirror: brings a mirror to what the tree of a commit says, reading only trees
 * whose ids differ. Used for the history at start (lenient) and for what others pushed (strict).
 * Whatever has no place in the mirror is kept as an extra, so that our next commit writes it back
 * unchanged.
 */
#include "storage/internal.h"

#include "src/base/text.h"

void follow_init(struct follow *follow, struct backend *backend, facts_inspect_fn *inspect)
{
	*follow = (struct follow){.backend = backend, .inspect = inspect};
	follow->arena = arena_new();
	follow->scratch = arena_new();
}

void follow_free(struct follow *follow)
{
	arena_free(follow->arena);
	arena_free(follow->scratch);
}

void follow_fault(struct follow *follow, const char *path, unsigned line, const char *text)
{
	follow->faults++;
	if (follow->fault)
		follow->fault(follow->payload, path, line, text);
}

static const char *entry_path(struct level *level, const char *dir, const char *name)
{
	struct arena *arena = level->follow->arena;

	return path_join(arena, *dir ? path_join(arena, level->path, dir) : level->path, name);
}

void follow_extra(struct level *level, const char *dir, const struct entry *entry, const char *text)
{
	bool known = false;

	for (size_t i = 0; level->had && i < level->had->n && !known; i++) {
		const struct extra *extra = &level->had->list[i];
		known = extra->mode == entry->mode && store_oid_equal(&extra->oid, &entry->oid) &&
			strcmp(extra->dir, dir) == 0 && strcmp(extra->name, entry->name) == 0;
	}
	if (level->follow->strict && !known && text)
		follow_fault(level->follow, entry_path(level, dir, entry->name), 0, text);
	extras_add(level->node, dir, entry->mode, entry->name, &entry->oid);
}

bool follow_read(struct follow *follow, const struct store_oid *oid, char **bytes, size_t *len)
{
	enum object_type type;
	char *body;

	enum store_code code = follow->backend->ops->read(follow->backend, oid, &type, &body, len);
	if (code == STORE_OK && type != OBJECT_BLOB) {
		free(body);
		code = STORE_FAILED;
	}
	if (code != STORE_OK) {
		/* One lost file must not keep the whole store from starting. */
		if (follow->strict)
			follow->code = code == STORE_NOT_FOUND ? STORE_FAILED : code;
		return false;
	}
	*bytes = body;
	return true;
}

static bool read_tree(
	struct follow *follow, const struct store_oid *oid, struct entry **entries, size_t *n)
{
	enum store_code code = raw_tree_read(follow->backend, follow->arena, oid, entries, n);

	if (code != STORE_OK)
		follow->code = STORE_FAILED;
	return code == STORE_OK;
}

/* ---------------------------------------------------------------- fans and buckets */

/* h as in h/h; -1: another name. */
static int digit_of(const struct entry *entry)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = entry->name[0] ? strchr(digits, entry->name[0]) : NULL;

	return at && !entry->name[1] && entry->mode == STORE_MODE_TREE ? (int)(at - digits) : -1;
}

static void follow_bucket(
	struct level *level, bool meta, unsigned char hash, const struct store_oid *oid)
{
	struct follow *follow = level->follow;
	struct fan *fan = level->node->items.fans[hash >> 4];
	struct bucket *bucket = fan ? fan->buckets[hash & 15] : NULL;
	struct entry *entries = NULL;
	size_t n, kept = 0, n_had = 0;
	char dir[12];

	if (!read_tree(follow, oid, &entries, &n))
		return;
	struct item **had = arena_array(follow->arena, bucket ? bucket->n : 0, sizeof(*had));
	for (uint32_t i = 0; bucket && i < bucket->n; i++) {
		struct item *item = bucket->items[i];
		if (!item->pub.gone && (!meta || item->pub.has_meta))
			had[n_had++] = item;
	}
	item_dir(dir, true, meta, hash);
	extras_remove(level->node, dir, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &entries[i];
		if (entry->mode != STORE_MODE_FILE)
			follow_extra(level, dir, entry, "not an ordinary file (mode 100644)");
		else if (!store_name_ok(entry->name))
			follow_extra(level, dir, entry, "not a name that Daybook allows");
		else if (name_hash(entry->name) != hash)
			follow_extra(level, dir, entry,
				"in the wrong folder: h/h must be the SHA-256 of the name");
		else
			entries[kept++] = *entry;
	}
	(meta ? follow_metas : follow_items)(level, dir, entries, kept, had, n_had);
}

static void follow_fan(struct level *level, bool meta, unsigned high, const struct store_oid *oid)
{
	static const struct store_oid none;
	const struct fan *fan = level->node->items.fans[high];
	const struct store_oid *low[STORE_FAN] = {0};
	struct entry *entries = NULL;
	size_t n;
	char dir[12];

	if (store_oid_equal(oid, fan ? (meta ? &fan->meta : &fan->oid) : &none))
		return;
	if (!read_tree(level->follow, oid, &entries, &n))
		return;
	item_dir(dir, true, meta, (unsigned char)(high << 4));
	dir[strlen(dir) - 2] = '\0';
	extras_remove(level->node, dir, NULL);
	for (size_t i = 0; i < n; i++) {
		if (digit_of(&entries[i]) >= 0)
			low[digit_of(&entries[i])] = &entries[i].oid;
		else
			follow_extra(level, dir, &entries[i],
				"nothing may stand here but the folders 0 to f");
	}
	for (unsigned i = 0; i < STORE_FAN; i++) {
		const struct fan *now = level->node->items.fans[high];
		const struct bucket *bucket = now ? now->buckets[i] : NULL;
		const struct store_oid *is = bucket ? (meta ? &bucket->meta : &bucket->oid) : &none;
		if (!store_oid_equal(is, low[i] ? low[i] : &none))
			follow_bucket(level, meta, (unsigned char)(high << 4 | i),
				low[i] ? low[i] : &none);
	}
}

static void follow_fans(
	struct level *level, bool meta, const struct store_oid *const high[STORE_FAN])
{
	static const struct store_oid none;

	for (unsigned i = 0; i < STORE_FAN; i++)
		follow_fan(level, meta, i, high[i] ? high[i] : &none);
}

static void follow_meta_folder(struct level *level, const struct store_oid *oid)
{
	const struct store_oid *high[STORE_FAN] = {0};
	struct entry *entries = NULL;
	size_t n;

	if (store_oid_equal(oid, &level->node->meta) ||
		!read_tree(level->follow, oid, &entries, &n))
		return;
	extras_remove(level->node, STORE_META_FOLDER, NULL);
	for (size_t i = 0; i < n; i++) {
		if (digit_of(&entries[i]) >= 0)
			high[digit_of(&entries[i])] = &entries[i].oid;
		else
			follow_extra(level, STORE_META_FOLDER, &entries[i],
				"nothing may stand here but the folders 0 to f");
	}
	follow_fans(level, true, high);
}

/* ---------------------------------------------------------------- collections */

/* The properties; damaged or missing ones are those of the place, and a fault when strict. */
static struct self *read_self(struct follow *follow, const char *path, const struct entry *file)
{
	static const struct store_oid none;
	enum place place = place_of(path);
	struct store_meta meta;
	const char *why = NULL;
	char *bytes;
	size_t len;

	if (!file) {
		if (follow->strict && !place_rule(place)->standing)
			follow_fault(follow, path, 0, "a folder needs a file .collection");
		return self_new(path, &none, NULL);
	}
	if (!follow_read(follow, &file->oid, &bytes, &len)) {
		struct self *lost = self_new(path, &file->oid, NULL);
		lost->damaged = true;
		return lost;
	}
	bool ok = store_meta_parse(follow->scratch, bytes, len, &meta, &why);
	if (ok && !place_takes(place, meta.kind))
		why = "this kind of collection may not stand here";
	else if (ok && !meta.id && follow->strict)
		why = "needs a line \"id UUID\"";
	struct self *self = self_new(path, &file->oid, why ? NULL : &meta);
	self->damaged = why != NULL;
	if (why && follow->strict)
		follow_fault(follow, path_join(follow->arena, path, STORE_SELF_FILE), 0, why);
	free(bytes);
	arena_clear(follow->scratch);
	return self;
}

static struct store_collection *follow_self(
	struct follow *follow, const char *path, const struct entry *file)
{
	static const struct store_oid none;
	const struct store_collection *node = node_find(follow->edit.root, path);

	if (node && !node->gone && store_oid_equal(&node->self->oid, file ? &file->oid : &none))
		return edit_node(&follow->edit, path);
	return edit_set_self(&follow->edit, read_self(follow, path, file));
}

static void follow_node(struct follow *follow, const char *path, const struct store_oid *oid);

/* Children: those of the tree, then those that are in it no longer. Others come out in `rest`. */
static size_t follow_kids(
	struct level *level, const struct entry *entries, size_t n, struct entry *rest)
{
	static const struct store_oid none;
	struct follow *follow = level->follow;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const char *path = path_join(follow->arena, level->path, entries[i].name);
		if (entries[i].mode == STORE_MODE_TREE && place_of(path) != PLACE_NONE)
			follow_node(follow, path, &entries[i].oid);
		else
			rest[kept++] = entries[i];
	}
	for (size_t i = 0; i < level->node->n_kids; i++) {
		const struct store_collection *kid = level->node->kids[i];
		if (kid->gone || raw_entry_find(entries, n, kid->self->name, STORE_MODE_TREE))
			continue;
		if (place_rule(kid->place)->standing)
			follow_node(follow, kid->self->path, &none);
		else
			edit_remove_tree(&follow->edit, kid->self->path);
	}
	return kept;
}

static int by_name(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

	return strcmp(x->pub.name, y->pub.name);
}

static void follow_flat(struct level *level, const struct entry *files, size_t n)
{
	struct item **had = arena_array(level->follow->arena, level->node->count, sizeof(*had));
	struct store_cursor cursor = {0};
	struct item *item;
	size_t n_had = 0;

	while ((item = table_next(&level->node->items, &cursor)))
		if (!item->pub.gone)
			had[n_had++] = item;
	if (n_had)
		qsort(had, n_had, sizeof(*had), by_name);
	follow_items(level, "", files, n, had, n_had);
}

/* What is not a child: items, fans, what has no place. */
static void follow_rest(struct level *level, const struct entry *rest, size_t n)
{
	struct entry *files = arena_array(level->follow->arena, n, sizeof(*files));
	static const struct store_oid none;
	const struct place_rule *rule = place_rule(level->node->place);
	const struct store_oid *high[STORE_FAN] = {0}, *meta = &none;
	size_t n_files = 0;

	extras_remove(level->node, "", NULL);
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &rest[i];
		bool file = entry->mode == STORE_MODE_FILE;
		if (file && strcmp(entry->name, STORE_SELF_FILE) == 0)
			continue;
		if (entry->mode == STORE_MODE_TREE && rule->items &&
			strcmp(entry->name, STORE_META_FOLDER) == 0)
			meta = &entry->oid;
		else if (rule->fan && digit_of(entry) >= 0)
			high[digit_of(entry)] = &entry->oid;
		else if (file && rule->items && !rule->fan && store_name_ok(entry->name))
			files[n_files++] = *entry;
		else
			follow_extra(level, "", entry,
				"Daybook knows nothing that may stand here under this name");
	}
	if (rule->fan)
		follow_fans(level, false, high);
	else if (rule->items)
		follow_flat(level, files, n_files);
	if (rule->items)
		follow_meta_folder(level, meta);
}

static void follow_node(struct follow *follow, const char *path, const struct store_oid *oid)
{
	const struct store_collection *node = node_find(follow->edit.root, path);
	struct entry *entries = NULL;
	size_t n;

	if (follow->code != STORE_OK || (node && !node->gone && store_oid_equal(&node->oid, oid)))
		return;
	if (!read_tree(follow, oid, &entries, &n))
		return;
	struct level level = {.follow = follow, .path = path};
	level.node = follow_self(
		follow, path, raw_entry_find(entries, n, STORE_SELF_FILE, STORE_MODE_FILE));
	level.had = level.node->extras;
	if (level.had)
		atomic_fetch_add_explicit(&level.had->refs, 1, memory_order_relaxed);
	if (follow->strict && level.node->lazy)
		follow_inspect(&level);
	struct entry *rest = arena_array(follow->arena, n, sizeof(*rest));
	size_t n_rest = follow_kids(&level, entries, n, rest);
	follow_rest(&level, rest, n_rest);
	extras_release(level.had);
}

struct store_collection *follow_commit(struct follow *follow, const struct store_collection *base,
	const struct store_oid *tree, uint64_t position, int64_t time)
{
	arena_clear(follow->arena);
	follow->uids = NULL;
	follow->n_uids = follow->cap_uids = follow->faults = follow->changed = 0;
	follow->code = STORE_OK;
	edit_begin(&follow->edit, base, position, time);
	follow->edit.creator = follow->creator;
	follow_node(follow, "", tree);
	if (follow->code == STORE_OK)
		follow_check_uids(follow);
	if (follow->code == STORE_OK && follow->faults == 0)
		follow->changed = edit_finish(&follow->edit);
	struct store_collection *root = edit_take(&follow->edit);
	tree_hash(root, NULL, NULL);
	if (follow->strict && follow->code == STORE_OK && follow->faults == 0 &&
		!store_oid_equal(&root->oid, tree))
		follow_fault(follow, "", 0, "a tree is not in git's canonical form");
	if (follow->code == STORE_OK && follow->faults == 0)
		return root;
	node_release(root);
	return NULL;
}
