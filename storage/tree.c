/* SPDX-License-Identifier: ISC */
/*
 * From the mirror to git: builds the tree objects of all levels that changed, bottom-up, and
 * remembers their ids. An edit leaves `hashed` false on what it copied; everything else is shared
 * and already has its id, so that one change in a collection of any size builds one bucket, one fan
 * and the path above them.
 */
#include "storage/internal.h"

static const char digits[STORE_FAN][2] = {
	"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"};

struct hasher {
	tree_sink *sink;
	void *payload;
	struct buf body;
	struct entry *entries; /* of the tree being built */
	size_t n, cap;
	bool sort;
};

static void add(struct hasher *hasher, uint32_t mode, const char *name, const struct store_oid *oid)
{
	if (store_oid_is_zero(oid))
		return;
	hasher->entries = must_grow(
		hasher->entries, &hasher->cap, hasher->n + 1, sizeof(*hasher->entries));
	hasher->entries[hasher->n++] = (struct entry){mode, name, *oid};
}

static void add_extras(struct hasher *hasher, const struct store_collection *node, const char *dir)
{
	for (size_t i = 0; node->extras && i < node->extras->n; i++) {
		const struct extra *extra = &node->extras->list[i];
		if (strcmp(extra->dir, dir) != 0)
			continue;
		add(hasher, extra->mode, extra->name, &extra->oid);
		hasher->sort = true;
	}
}

/* Ends the tree that was added up; *oid is its former id and becomes the new one. */
static void finish(struct hasher *hasher, struct store_oid *oid)
{
	if (hasher->sort && hasher->n > 1)
		qsort(hasher->entries, hasher->n, sizeof(*hasher->entries), raw_entry_compare);
	buf_reset(&hasher->body);
	raw_tree_print(&hasher->body, hasher->entries, hasher->n);
	if (hasher->n == 0)
		*oid = (struct store_oid){0};
	else if (hasher->sink)
		hasher->sink(
			hasher->payload, OBJECT_TREE, hasher->body.data, hasher->body.len, oid);
	else
		*oid = object_id(OBJECT_TREE, hasher->body.data, hasher->body.len);
	hasher->n = 0;
	hasher->sort = false;
}

static void hash_bucket(struct hasher *hasher, const struct store_collection *node,
	struct bucket *bucket, unsigned char hash)
{
	char dir[12];

	if (place_rule(node->place)->fan) {
		for (uint32_t i = 0; i < bucket->n; i++)
			add(hasher, STORE_MODE_FILE, bucket->items[i]->pub.name,
				&bucket->items[i]->tree);
		item_dir(dir, true, false, hash);
		add_extras(hasher, node, dir);
		finish(hasher, &bucket->oid);
	}
	for (uint32_t i = 0; i < bucket->n; i++)
		add(hasher, STORE_MODE_FILE, bucket->items[i]->pub.name, &bucket->items[i]->meta);
	item_dir(dir, true, true, hash);
	add_extras(hasher, node, dir);
	finish(hasher, &bucket->meta);
	bucket->hashed = true;
}

static void hash_fan(
	struct hasher *hasher, const struct store_collection *node, struct fan *fan, unsigned high)
{
	char dir[12];

	for (unsigned i = 0; i < STORE_FAN; i++)
		if (fan->buckets[i] && !fan->buckets[i]->hashed)
			hash_bucket(hasher, node, fan->buckets[i], (unsigned char)(high << 4 | i));
	for (unsigned i = 0; i < STORE_FAN; i++)
		if (fan->buckets[i])
			add(hasher, STORE_MODE_TREE, digits[i], &fan->buckets[i]->oid);
	add_extras(hasher, node, digits[high]);
	finish(hasher, &fan->oid);
	for (unsigned i = 0; i < STORE_FAN; i++)
		if (fan->buckets[i])
			add(hasher, STORE_MODE_TREE, digits[i], &fan->buckets[i]->meta);
	snprintf(dir, sizeof(dir), STORE_META_FOLDER "/%c", digits[high][0]);
	add_extras(hasher, node, dir);
	finish(hasher, &fan->meta);
	fan->hashed = true;
}

static void hash_items(struct hasher *hasher, struct store_collection *node)
{
	for (unsigned i = 0; i < STORE_FAN; i++)
		if (node->items.fans[i] && !node->items.fans[i]->hashed)
			hash_fan(hasher, node, node->items.fans[i], i);
	for (unsigned i = 0; i < STORE_FAN; i++)
		if (node->items.fans[i])
			add(hasher, STORE_MODE_TREE, digits[i], &node->items.fans[i]->meta);
	add_extras(hasher, node, STORE_META_FOLDER);
	finish(hasher, &node->meta);
}

static void hash_node(struct hasher *hasher, struct store_collection *node)
{
	struct store_cursor cursor = {0};
	const struct item *item;

	for (size_t i = 0; i < node->n_kids; i++)
		if (!node->kids[i]->hashed)
			hash_node(hasher, node->kids[i]);
	hash_items(hasher, node);
	node->hashed = true;
	if (node->gone) {
		node->oid = (struct store_oid){0};
		return;
	}
	add(hasher, STORE_MODE_FILE, STORE_SELF_FILE, &node->self->oid);
	add(hasher, STORE_MODE_TREE, STORE_META_FOLDER, &node->meta);
	for (size_t i = 0; i < node->n_kids; i++)
		add(hasher, STORE_MODE_TREE, node->kids[i]->self->name, &node->kids[i]->oid);
	if (place_rule(node->place)->fan) {
		for (unsigned i = 0; i < STORE_FAN; i++)
			if (node->items.fans[i])
				add(hasher, STORE_MODE_TREE, digits[i], &node->items.fans[i]->oid);
	} else {
		while ((item = table_next(&node->items, &cursor)))
			add(hasher, STORE_MODE_FILE, item->pub.name, &item->tree);
	}
	add_extras(hasher, node, "");
	hasher->sort = true;
	finish(hasher, &node->oid);
}

void tree_forget(struct store_collection *node)
{
	static const struct store_oid none;

	for (size_t i = 0; i < node->n_kids; i++)
		tree_forget(node->kids[i]);
	for (unsigned i = 0; i < STORE_FAN; i++) {
		struct fan *fan = node->items.fans[i];
		for (unsigned k = 0; fan && k < STORE_FAN; k++) {
			struct bucket *bucket = fan->buckets[k];
			if (!bucket)
				continue;
			bucket->oid = bucket->meta = none;
			bucket->hashed = false;
		}
		if (fan) {
			fan->oid = fan->meta = none;
			fan->hashed = false;
		}
	}
	node->oid = node->meta = none;
	node->hashed = false;
}

void tree_hash(struct store_collection *root, tree_sink *sink, void *payload)
{
	struct hasher hasher = {.sink = sink, .payload = payload};

	if (root->hashed)
		return;
	buf_init(&hasher.body, STORE_MAX_OBJECT);
	hash_node(&hasher, root);
	buf_free(&hasher.body);
	free(hasher.entries);
}
