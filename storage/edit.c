/* SPDX-License-Identifier: ISC */
/*
 * The changes of one commit on the mirror: whether a write asks for them or a foreign commit brings
 * them. Changes are made first; edit_finish then compares the names that were touched with the
 * state before, numbers those that differ (store.h, "Numbers") and moves them to the end of their
 * journals.
 */
#include "storage/internal.h"

#include "src/base/text.h"

static atomic_uint_fast64_t marks = 1;

uint64_t edit_new_mark(void)
{
	return atomic_fetch_add_explicit(&marks, 1, memory_order_relaxed);
}

static struct store_collection *standing(
	struct store_collection *parent, const char *path, enum place place)
{
	static const struct store_oid none;
	struct store_collection *node = node_new(self_new(path, &none, NULL), place, 0);

	node_add_kid(parent, parent->n_kids, node);
	return node;
}

struct store_collection *edit_empty_root(void)
{
	static const struct store_oid none;
	struct store_collection *root = node_new(self_new("", &none, NULL), PLACE_ROOT, 0);

	standing(root, "addressbooks", PLACE_TOP);
	standing(root, "calendars", PLACE_TOP);
	standing(root, "files", PLACE_TOP);
	struct store_collection *principals = standing(root, "principals", PLACE_TOP);
	standing(principals, "principals/groups", PLACE_PRINCIPALS);
	standing(principals, "principals/users", PLACE_PRINCIPALS);
	return root;
}

void edit_begin(
	struct edit *edit, const struct store_collection *base, uint64_t position, int64_t time)
{
	*edit = (struct edit){
		.mark = edit_new_mark(), .base = base, .position = position, .time = time};
	edit->arena = arena_new();
	edit->root = (struct store_collection *)base;
	node_ref(edit->root);
	node_own(&edit->root, edit->mark);
}

void edit_abort(struct edit *edit)
{
	node_release(edit->root);
	arena_free(edit->arena);
	*edit = (struct edit){0};
}

struct store_collection *edit_take(struct edit *edit)
{
	struct store_collection *root = edit->root;

	arena_free(edit->arena);
	*edit = (struct edit){0};
	return root;
}

/* As edit_node; `number` not 0: the last change of all on the way. */
static struct store_collection *descend(struct edit *edit, const char *path, uint64_t number)
{
	struct store_collection *node = node_own(&edit->root, edit->mark);
	size_t index;

	for (;;) {
		if (number)
			node->number = number;
		if (!*path)
			return node;
		size_t len = strcspn(path, "/");
		if (!node_kid(node, path, len, &index))
			return NULL;
		node = node_own(&node->kids[index], edit->mark);
		path += len;
		if (*path == '/')
			path++;
	}
}

struct store_collection *edit_node(struct edit *edit, const char *path)
{
	return descend(edit, path, 0);
}

void edit_touch(struct edit *edit, const char *collection, const char *name, bool counted)
{
	edit->touched = arena_grow(edit->arena, edit->touched, &edit->cap_touched,
		edit->n_touched + 1, sizeof(*edit->touched));
	struct touched *touched = &edit->touched[edit->n_touched++];
	/* One copy serves all three: the name is the end of the full path. */
	touched->collection = arena_strdup(edit->arena, collection);
	touched->full = name ? path_join(edit->arena, collection, name) : touched->collection;
	touched->name = name ? touched->full + strlen(touched->full) - strlen(name) : NULL;
	touched->counted = counted;
}

/* ---------------------------------------------------------------- changing */

static void count(struct store_collection *node, const struct item *item, bool in)
{
	if (!item || item->pub.gone)
		return;
	node->count += in ? 1 : UINT64_MAX;
	node->bytes += in ? item->pub.size : UINT64_C(0) - item->pub.size;
}

void edit_put(struct store_collection *node, struct item *had, struct item *item)
{
	const char *uid = had && !had->pub.gone ? had->pub.facts.uid : NULL;

	count(node, had, false);
	count(node, item, true);
	if (uid) {
		const struct item *owner = node_uid(node, uid);
		if (owner && strcmp(owner->pub.name, had->pub.name) == 0)
			table_remove(&node->uids, node->edit, TABLE_UID, had->uid_hash, uid);
	}
	if (item && !item->pub.gone && item->pub.facts.uid)
		table_put(&node->uids, node->edit, TABLE_UID, item);
	if (item)
		table_put(&node->items, node->edit, TABLE_NAME, item);
	else if (had)
		table_remove(&node->items, node->edit, TABLE_NAME, had->hash, had->pub.name);
}

/* As edit_put, for an item that was just made. */
static void put_new(
	struct edit *edit, struct store_collection *node, struct item *had, struct item *item)
{
	edit_put(node, had, item);
	edit_touch(edit, node->self->path, item->pub.name, false);
	item_release(item);
}

static void drop_extras(struct store_collection *node, const char *name)
{
	unsigned char hash;
	char dir[12];

	if (!node->extras)
		return;
	hash = name_hash(name);
	item_dir(dir, place_rule(node->place)->fan, false, hash);
	extras_remove(node, dir, name);
	item_dir(dir, true, true, hash);
	extras_remove(node, dir, name);
}

void edit_set_item(struct edit *edit, struct store_collection *node, const char *name,
	const struct content *content)
{
	static const struct store_oid none;
	struct item *had = node_item(node, name);
	bool live = had && !had->pub.gone;
	struct store_item like = {.name = name,
		.oid = content->oid,
		.size = content->size,
		.facts = content->facts,
		.created = content->created};

	drop_extras(node, name);
	put_new(edit, node, had, item_new(&like, &content->tree, live ? &had->meta : &none));
}

static struct item *tombstone(const struct item *item)
{
	static const struct store_oid none;
	struct item *tomb = item_new(&item->pub, &none, &none);

	tomb->pub.gone = true;
	tomb->pub.has_meta = item->pub.has_meta;
	return tomb;
}

void edit_remove_item(struct edit *edit, struct store_collection *node, const char *name)
{
	struct item *had = node_item(node, name);

	if (had && !had->pub.gone)
		put_new(edit, node, had, tombstone(had));
}

void edit_set_meta(struct edit *edit, struct store_collection *node, const char *name,
	const struct store_oid *oid)
{
	struct item *had = node_item(node, name);

	if (had && !had->pub.gone)
		put_new(edit, node, had, item_new(&had->pub, &had->tree, oid));
}

void edit_break_item(struct edit *edit, struct store_collection *node, const char *name,
	const struct store_oid *tree)
{
	struct item *had = node_item(node, name);

	if (!had || had->pub.gone)
		return;
	struct item *item = item_new(&had->pub, tree, &had->meta);
	item->pub.facts.flags |= FACTS_BROKEN;
	put_new(edit, node, had, item);
}

struct store_collection *edit_set_self(struct edit *edit, struct self *self)
{
	struct store_collection *node = edit_node(edit, self->path);

	edit_touch(edit, self->path, NULL, false);
	if (node) {
		self_release(node->self);
		node->self = self;
		node->gone = false;
		return node;
	}
	char *path = arena_strdup(edit->arena, self->path);
	path[self->name > self->path ? self->name - self->path - 1 : 0] = '\0';
	struct store_collection *parent = edit_node(edit, path);
	size_t index;
	node_kid(parent, self->name, strlen(self->name), &index);
	node = node_new(self, place_of(self->path), edit->mark);
	node_add_kid(parent, index, node);
	return node;
}

static void remove_tree(struct edit *edit, struct store_collection *node)
{
	struct store_cursor cursor = {0};
	const struct item *item;

	/* A tombstone takes the very place of its item: the walk goes on unharmed. */
	while ((item = table_next(&node->items, &cursor)))
		if (!item->pub.gone)
			edit_remove_item(edit, node, item->pub.name);
	for (size_t i = 0; i < node->n_kids; i++)
		if (!node->kids[i]->gone)
			remove_tree(edit, node_own(&node->kids[i], edit->mark));
	extras_clear(node);
	node->gone = true;
	edit_touch(edit, node->self->path, NULL, false);
}

void edit_remove_tree(struct edit *edit, const char *path)
{
	struct store_collection *node = edit_node(edit, path);

	if (node && !node->gone)
		remove_tree(edit, node);
}

/* ---------------------------------------------------------------- numbering */

/* What the end of a commit must still find out: when the new items were created. */
struct finish {
	struct item **fresh;        /* live, content changed */
	const struct item **before; /* what stood there, or NULL */
	const struct item **removed;
	size_t n_fresh, n_removed, cap_fresh, cap_before, cap_removed;
};

static bool is_live(const struct item *item)
{
	return item && !item->pub.gone;
}

static void note(struct edit *edit, struct finish *finish, struct item *was, struct item *is)
{
	struct arena *arena = edit->arena;

	if (is_live(is)) {
		finish->fresh = arena_grow(arena, finish->fresh, &finish->cap_fresh,
			finish->n_fresh + 1, sizeof(void *));
		finish->before = arena_grow(arena, finish->before, &finish->cap_before,
			finish->n_fresh + 1, sizeof(void *));
		finish->fresh[finish->n_fresh] = is;
		finish->before[finish->n_fresh++] = was;
		return;
	}
	finish->removed = arena_grow(arena, finish->removed, &finish->cap_removed,
		finish->n_removed + 1, sizeof(void *));
	finish->removed[finish->n_removed++] = was;
}

/* A version that came and went within the write leaves no trace: the tombstone is that of the
 * version before. */
static struct item *true_tombstone(
	struct store_collection *node, const struct item *was, struct item *is)
{
	struct item *tomb;

	if (store_oid_equal(&was->pub.oid, &is->pub.oid) && was->pub.created == is->pub.created &&
		was->pub.has_meta == is->pub.has_meta)
		return is;
	tomb = tombstone(was);
	edit_put(node, is, tomb);
	item_release(tomb);
	return tomb;
}

/* True: it takes the number. */
static bool finish_item(
	struct edit *edit, struct finish *finish, const struct touched *touched, uint64_t number)
{
	const struct store_collection *base = node_find(edit->base, touched->collection);
	struct store_collection *node = edit_node(edit, touched->collection);
	struct item *was = base ? node_item(base, touched->name) : NULL;
	struct item *is = node_item(node, touched->name);

	if (was == is)
		return touched->counted;
	bool both = is_live(was) && is_live(is);
	if (!is_live(was) && !is_live(is)) {
		edit_put(node, is, was);
		return touched->counted;
	}
	if (both && store_oid_equal(&was->meta, &is->meta)) {
		if (store_oid_equal(&was->tree, &is->tree)) {
			edit_put(node, is, was);
			return false;
		}
		if (store_oid_equal(
			    &was->pub.oid, &is->pub.oid)) { /* broken, or mended: looks the same */
			is->pub.number = was->pub.number;
			is->pub.added = was->pub.added;
			is->pub.created = was->pub.created;
			is->pub.creator = was->pub.creator;
			is->pub.makers = was->pub.makers;
			journal_replace(&node->journal, edit->mark, was->pub.number, is);
			return true;
		}
	}
	if (is_live(was) && !is_live(is))
		is = true_tombstone(node, was, is);
	if (was)
		journal_remove(&node->journal, edit->mark, was->pub.number);
	is->pub.number = number;
	is->pub.added = is_live(was) ? was->pub.added : number;
	journal_append(&node->journal, edit->mark, is);
	if (both)
		is->pub.creator = was->pub.creator;
	if (was)
		is->pub.makers = was->pub.makers;
	if (both && store_oid_equal(&was->pub.oid, &is->pub.oid))
		is->pub.created = was->pub.created;
	else
		note(edit, finish, was, is);
	descend(edit, touched->collection, number);
	return true;
}

static bool finish_self(struct edit *edit, const struct touched *touched, uint64_t number)
{
	const struct store_collection *was = node_find(edit->base, touched->collection);
	const struct store_collection *is = node_find(edit->root, touched->collection);
	bool was_live = was && !was->gone, is_live_now = is && !is->gone;

	if (!was_live && !is_live_now)
		return false;
	if (was_live && is_live_now && store_oid_equal(&was->self->oid, &is->self->oid))
		return false;
	descend(edit, touched->collection, number)->props_number = number;
	return true;
}

static int by_tree(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;

	return memcmp(x->tree.bytes, y->tree.bytes, sizeof(x->tree.bytes));
}

/* What left its place in this commit with the same bytes; NULL: nothing. */
static const struct item *moved_from(const struct finish *finish, struct item *item)
{
	const struct item *const *moved = finish->n_removed == 0
		? NULL
		: bsearch(&item, finish->removed, finish->n_removed, sizeof(*finish->removed),
			  by_tree);

	return moved ? *moved : NULL;
}

/* Moved, changed in place, brought back as it was, or new. */
static const char *creator(const struct edit *edit, const struct finish *finish, struct item *item,
	const struct item *before)
{
	const struct item *moved = moved_from(finish, item);

	if (moved)
		return moved->pub.creator;
	if (before && (is_live(before) || store_oid_equal(&before->pub.oid, &item->pub.oid)))
		return before->pub.creator;
	return edit->creator;
}

/* The same, and a UID that comes back keeps the date of its first appearance. */
static int64_t created(const struct edit *edit, const struct finish *finish, struct item *item,
	const struct item *before)
{
	if (item->pub.created)
		return item->pub.created;
	const struct item *moved = moved_from(finish, item);
	if (moved)
		return moved->pub.created;
	if (!before)
		return edit->time;
	if (is_live(before) || store_oid_equal(&before->pub.oid, &item->pub.oid))
		return before->pub.created;
	if (item->pub.facts.uid && before->pub.facts.uid &&
		strcmp(item->pub.facts.uid, before->pub.facts.uid) == 0)
		return before->pub.created;
	return edit->time;
}

/* What was moved over another item is a new one under that name, though the name was never away. */
static void follow_maker(const struct item *before, struct item *item)
{
	item->pub.makers = makers_after(&before->pub, &item->pub);
	if (!text_equal(before->pub.creator, item->pub.creator))
		item->pub.added = item->pub.number;
}

static int by_path(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;
	int order = strcmp(x->full, y->full);

	return order ? order : !x->name - !y->name;
}

size_t edit_finish(struct edit *edit)
{
	struct finish finish = {0};
	size_t changed = 0;

	if (edit->n_touched)
		qsort(edit->touched, edit->n_touched, sizeof(*edit->touched), by_path);
	for (size_t i = 0; i < edit->n_touched; i++) {
		struct touched *touched = &edit->touched[i];
		if (i + 1 < edit->n_touched && by_path(touched, touched + 1) == 0) {
			touched[1].counted |= touched->counted;
			continue;
		}
		uint64_t number = (edit->position << STORE_INDEX_BITS) + changed + 1;
		changed += touched->name ? finish_item(edit, &finish, touched, number)
					 : finish_self(edit, touched, number);
	}
	if (finish.n_removed)
		qsort(finish.removed, finish.n_removed, sizeof(*finish.removed), by_tree);
	for (size_t i = 0; i < finish.n_fresh; i++) {
		struct item *item = finish.fresh[i];
		item->pub.created = created(edit, &finish, item, finish.before[i]);
		item->pub.creator = creator(edit, &finish, item, finish.before[i]);
		if (finish.before[i])
			follow_maker(finish.before[i], item);
	}
	return changed;
}
