/* SPDX-License-Identifier: ISC */
/*
 * Items and their .meta files, as git has them in one folder, against the mirror. An item whose
 * newest version can not be read keeps the last readable one in every listing (FACTS_BROKEN); one
 * that never could be read is an extra.
 */
#include "storage/internal.h"

#include "src/base/text.h"

struct follow_uid {
	const char *collection, *name, *uid;
};

static bool is_inspected(const struct store_collection *node)
{
	enum facts_kind kind = place_rule(node->place)->kind;

	return kind == FACTS_CALENDAR || kind == FACTS_ADDRESSBOOK;
}

/* Bytes to content. False: unreadable (the fault is told when strict), or follow->code is set. */
static bool read_content(
	struct level *level, const char *path, const struct entry *file, struct content *content)
{
	struct follow *follow = level->follow;
	enum facts_kind kind = place_rule(level->node->place)->kind;
	struct facts_fault fault = {0};
	char *bytes;

	*content = (struct content){.oid = file->oid, .tree = file->oid};
	if (!follow->inspect) {
		level->node->lazy = level->node->lazy || is_inspected(level->node);
		return true;
	}
	arena_clear(follow->scratch);
	size_t len;
	if (!follow_read(follow, &file->oid, &bytes, &len))
		return false;
	content->size = len;
	bool ok = !is_inspected(level->node) ||
		follow->inspect(kind, bytes, len, follow->scratch, &content->facts, &fault);
	free(bytes);
	if ((!ok || fault.code) && follow->strict)
		follow_fault(follow, path, fault.line, fault.text);
	return ok;
}

/* Strict: what a PUT would be refused for. */
static void check_rules(struct level *level, const char *path, const struct content *content,
	const struct item *had)
{
	const struct store_meta *meta = &level->node->self->meta;
	struct follow *follow = level->follow;
	const char *uid = content->facts.uid;

	if (meta->kind == FACTS_CALENDAR && meta->components &&
		!(content->facts.component & meta->components))
		follow_fault(follow, path, 0, "this calendar does not take this type of component");
	if (had && uid && had->pub.facts.uid && strcmp(uid, had->pub.facts.uid) != 0)
		follow_fault(
			follow, path, 0, "the UID of an item must not change under the same name");
}

static void note_uid(struct level *level, const char *name, const char *uid)
{
	struct follow *follow = level->follow;

	if (!uid || !node_uid(level->node, uid))
		return;
	if (strcmp(node_uid(level->node, uid)->pub.name, name) == 0)
		return;
	follow->uids = arena_grow(follow->arena, follow->uids, &follow->cap_uids,
		follow->n_uids + 1, sizeof(*follow->uids));
	follow->uids[follow->n_uids++] = (struct follow_uid){
		arena_strdup(follow->arena, level->path),
		arena_strdup(follow->arena, node_uid(level->node, uid)->pub.name),
		arena_strdup(follow->arena, uid)};
}

/* Where the item's file stands. */
static const char *file_path(
	struct arena *arena, const struct store_collection *node, const struct item *item)
{
	char dir[12];

	item_dir(dir, place_rule(node->place)->fan, false, item->hash);
	const char *folder = *dir ? path_join(arena, node->self->path, dir) : node->self->path;
	return path_join(arena, folder, item->pub.name);
}

void follow_check_uids(struct follow *follow)
{
	for (size_t i = 0; follow->strict && i < follow->n_uids; i++) {
		const struct follow_uid *taken = &follow->uids[i];
		const struct store_collection *node = node_find(
			follow->edit.root, taken->collection);
		const struct item *item = node && !node->gone ? node_item(node, taken->name) : NULL;
		if (!item || item->pub.gone || !text_equal(item->pub.facts.uid, taken->uid))
			continue;
		const struct item *owner = node_uid(node, taken->uid);
		if (owner != item)
			follow_fault(follow, file_path(follow->arena, node, owner ? owner : item),
				0, "another item of the collection has the same UID");
	}
}

/* A file that is new or differs. `had` is the live item of that name. */
static void take_item(
	struct level *level, const char *dir, const struct entry *file, const struct item *had)
{
	struct follow *follow = level->follow;
	const char *name = arena_strdup(follow->arena, file->name);
	const char *folder = *dir ? path_join(follow->arena, level->path, dir) : level->path;
	const char *path = path_join(follow->arena, folder, name);
	struct content content;
	struct extra orphan;
	char meta_dir[12];

	if (!read_content(level, path, file, &content)) {
		if (follow->code != STORE_OK)
			return;
		if (had) {
			edit_break_item(&follow->edit, level->node, name, &file->oid);
		} else {
			follow_extra(level, dir, file, NULL);
			edit_touch(&follow->edit, level->path, name, true);
		}
		return;
	}
	if (follow->strict)
		check_rules(level, path, &content, had);
	note_uid(level, name, content.facts.uid);
	item_dir(meta_dir, true, true, name_hash(name));
	bool adopt = !had && extras_find(level->node, meta_dir, name, &orphan);
	struct store_oid meta = adopt ? orphan.oid : (struct store_oid){0};
	edit_set_item(&follow->edit, level->node, name, &content);
	if (adopt)
		edit_set_meta(&follow->edit, level->node, name, &meta);
}

static void drop_item(struct level *level, const struct item *item)
{
	struct store_oid meta = item->meta;
	char dir[12];

	item_dir(dir, true, true, item->hash);
	edit_remove_item(&level->follow->edit, level->node, item->pub.name);
	/* Its .meta file may still stand there: follow_metas will see. */
	if (!store_oid_is_zero(&meta))
		extras_add(level->node, dir, STORE_MODE_FILE, item->pub.name, &meta);
}

/* Was it an extra (never readable) before, just as it is now? */
static bool still_unreadable(const struct level *level, const char *dir, const struct entry *file)
{
	for (size_t i = 0; level->had && i < level->had->n; i++) {
		const struct extra *extra = &level->had->list[i];
		if (strcmp(extra->dir, dir) == 0 && strcmp(extra->name, file->name) == 0)
			return store_oid_equal(&extra->oid, &file->oid) &&
				extra->mode == file->mode;
	}
	return false;
}

/* Never readable, and gone again: its name was changed in this commit, too. */
static void count_lost(struct level *level, const char *dir, const struct entry *files, size_t n)
{
	char own[12];

	for (size_t i = 0; level->had && i < level->had->n && is_inspected(level->node); i++) {
		const struct extra *extra = &level->had->list[i];
		if (strcmp(extra->dir, dir) != 0 || extra->mode != STORE_MODE_FILE ||
			!store_name_ok(extra->name))
			continue;
		item_dir(own, true, false, name_hash(extra->name));
		if (strcmp(own, dir) == 0 &&
			!raw_entry_find(files, n, extra->name, STORE_MODE_FILE))
			edit_touch(&level->follow->edit, level->path, extra->name, true);
	}
}

void follow_items(struct level *level, const char *dir, const struct entry *files, size_t n,
	struct item **had, size_t n_had)
{
	size_t f = 0, h = 0;

	while ((f < n || h < n_had) && level->follow->code == STORE_OK) {
		int order = f == n ? 1 : h == n_had ? -1 : strcmp(files[f].name, had[h]->pub.name);
		if (order > 0) {
			drop_item(level, had[h++]);
		} else if (order < 0) {
			if (still_unreadable(level, dir, &files[f]))
				follow_extra(level, dir, &files[f], NULL);
			else
				take_item(level, dir, &files[f], NULL);
			f++;
		} else {
			if (!store_oid_equal(&files[f].oid, &had[h]->tree))
				take_item(level, dir, &files[f], had[h]);
			f++;
			h++;
		}
	}
	count_lost(level, dir, files, n);
}

static void check_meta(struct level *level, const char *dir, const struct entry *file)
{
	struct follow *follow = level->follow;
	struct store_meta meta;
	const char *why;
	char *bytes;
	size_t len;

	if (!follow->strict || !follow_read(follow, &file->oid, &bytes, &len))
		return;
	if (!store_meta_parse(follow->scratch, bytes, len, &meta, &why))
		follow_fault(follow,
			path_join(follow->arena, path_join(follow->arena, level->path, dir),
				file->name),
			0, why);
	free(bytes);
	arena_clear(follow->scratch);
}

static void take_meta(struct level *level, const char *dir, const struct entry *file)
{
	const struct item *item = node_item(level->node, file->name);

	if (!item || item->pub.gone) {
		/* Left behind when the item was deleted by hand: harmless, kept, not shown. */
		follow_extra(level, dir, file, NULL);
		return;
	}
	check_meta(level, dir, file);
	edit_set_meta(&level->follow->edit, level->node, file->name, &file->oid);
}

void follow_metas(struct level *level, const char *dir, const struct entry *files, size_t n,
	struct item **had, size_t n_had)
{
	static const struct store_oid none;
	size_t f = 0, h = 0;

	while ((f < n || h < n_had) && level->follow->code == STORE_OK) {
		int order = f == n ? 1 : h == n_had ? -1 : strcmp(files[f].name, had[h]->pub.name);
		if (order > 0) {
			edit_set_meta(&level->follow->edit, level->node, had[h++]->pub.name, &none);
			continue;
		}
		if (order < 0 || !store_oid_equal(&files[f].oid, &had[h]->meta))
			take_meta(level, dir, &files[f]);
		f++;
		h += order == 0;
	}
}

void follow_inspect(struct level *level)
{
	struct store_cursor cursor = {0};
	struct store_collection *node = level->node;
	struct content content;
	struct item *item;
	bool strict = level->follow->strict;

	node->lazy = false;
	level->follow->strict = false;
	while ((item = table_next(&node->items, &cursor))) {
		struct entry file = {STORE_MODE_FILE, item->pub.name, item->tree};
		if (item->pub.gone || !read_content(level, "", &file, &content))
			continue;
		struct store_item like = item->pub;
		like.facts = content.facts;
		like.size = content.size;
		struct item *seen = item_new(&like, &item->tree, &item->meta);
		edit_put(node, item, seen);
		item_release(seen);
	}
	level->follow->strict = strict;
}
