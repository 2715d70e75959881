/* SPDX-License-Identifier: ISC */
/*
 * The nodes of the mirror: one collection each, immutable once published, counted by reference. A
 * removed collection stays among its parent's children, marked gone, because its journal must
 * answer old sync tokens when a collection of the same path is made again.
 */
#include "storage/internal.h"

#include "src/base/text.h"

#include <sodium.h>

static void copy_meta(struct arena *arena, struct store_meta *to, const struct store_meta *from)
{
	struct store_prop *props = arena_array(arena, from->n_props, sizeof(*props));
	const char **other = arena_array(arena, from->n_other, sizeof(*other));
	const char **aces = arena_array(arena, from->n_aces, sizeof(*aces));

	*to = *from;
	to->id = arena_strdup(arena, from->id);
	to->share_of = arena_strdup(arena, from->share_of);
	to->derived = arena_strdup(arena, from->derived);
	for (size_t i = 0; i < from->n_aces; i++)
		aces[i] = arena_strdup(arena, from->aces[i]);
	for (size_t i = 0; i < from->n_props; i++) {
		props[i].name = arena_strdup(arena, from->props[i].name);
		props[i].xml = arena_strdup(arena, from->props[i].xml);
	}
	for (size_t i = 0; i < from->n_other; i++)
		other[i] = arena_strdup(arena, from->other[i]);
	to->props = props;
	to->aces = aces;
	to->other = other;
}

/* Always the same for the same path: an identity must not change with each start. */
static void default_id(char id[37], const char *path)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[33];

	crypto_hash_sha256(hash, (const unsigned char *)path, strlen(path));
	hash[6] = (unsigned char)((hash[6] & 0x0f) |
		0x80); /* RFC 9562 5.8: version 8, our own making */
	hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
	text_hex(hex, hash, 16);
	snprintf(id, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

struct self *self_new(const char *path, const struct store_oid *oid, const struct store_meta *meta)
{
	size_t len = strlen(path) + 1;
	struct self *self = must_alloc(sizeof(*self) + len);
	const char *slash;

	atomic_init(&self->refs, 1);
	self->oid = *oid;
	memcpy(self->path, path, len);
	slash = strrchr(self->path, '/');
	self->name = slash ? slash + 1 : self->path;
	if (meta) {
		self->arena = arena_new();
		copy_meta(self->arena, &self->meta, meta);
	} else {
		self->meta.kind = place_rule(place_of(path))->kind;
	}
	if (!self->meta.id) {
		default_id(self->id, path);
		self->meta.id = self->id;
	}
	return self;
}

void self_release(struct self *self)
{
	if (!self || atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
		return;
	arena_free(self->arena);
	free(self);
}

struct store_collection *node_new(struct self *self, enum place place, uint64_t edit)
{
	struct store_collection *node = must_alloc(sizeof(*node));

	atomic_init(&node->refs, 1);
	node->self = self;
	node->place = place;
	node->edit = edit;
	return node;
}

void node_ref(struct store_collection *node)
{
	atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
}

void node_release(struct store_collection *node)
{
	if (!node || atomic_fetch_sub_explicit(&node->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < node->n_kids; i++)
		node_release(node->kids[i]);
	free(node->kids);
	table_release(&node->items);
	table_release(&node->uids);
	journal_release(node->journal);
	extras_release(node->extras);
	self_release(node->self);
	free(node);
}

struct store_collection *node_own(struct store_collection **slot, uint64_t edit)
{
	struct store_collection *old = *slot;

	if (old->edit == edit) {
		old->hashed = false;
		return old;
	}
	struct store_collection *node = must_alloc(sizeof(*node));
	atomic_init(&node->refs, 1);
	node->gone = old->gone;
	node->lazy = old->lazy;
	node->place = old->place;
	node->edit = edit;
	node->oid = old->oid;
	node->meta = old->meta;
	node->self = old->self;
	node->number = old->number;
	node->props_number = old->props_number;
	node->count = old->count;
	node->bytes = old->bytes;
	node->items = old->items;
	node->uids = old->uids;
	node->journal = old->journal;
	node->extras = old->extras;
	node->n_kids = node->cap_kids = old->n_kids;
	node->kids = must_alloc(old->n_kids * sizeof(*node->kids));
	for (size_t i = 0; i < old->n_kids; i++) {
		node->kids[i] = old->kids[i];
		node_ref(node->kids[i]);
	}
	atomic_fetch_add_explicit(&node->self->refs, 1, memory_order_relaxed);
	table_share(&node->items);
	table_share(&node->uids);
	journal_share(node->journal);
	if (node->extras)
		atomic_fetch_add_explicit(&node->extras->refs, 1, memory_order_relaxed);
	node_release(old);
	return *slot = node;
}

bool node_kid(const struct store_collection *node, const char *name, size_t len, size_t *index)
{
	size_t low = 0, high = node->n_kids;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *have = node->kids[middle]->self->name;
		int order = strncmp(have, name, len);
		if (order == 0 && have[len])
			order = 1;
		if (order == 0) {
			*index = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*index = low;
	return false;
}

void node_add_kid(struct store_collection *node, size_t index, struct store_collection *kid)
{
	node->kids = must_grow(node->kids, &node->cap_kids, node->n_kids + 1, sizeof(*node->kids));
	memmove(node->kids + index + 1, node->kids + index,
		(node->n_kids - index) * sizeof(*node->kids));
	node->kids[index] = kid;
	node->n_kids++;
}

struct store_collection *node_find(const struct store_collection *root, const char *path)
{
	const struct store_collection *node = root;
	size_t index;

	while (node && *path) {
		size_t len = strcspn(path, "/");
		if (!node_kid(node, path, len, &index))
			return NULL;
		node = node->kids[index];
		path += len;
		if (*path == '/' && *++path == '\0')
			return NULL;
	}
	return (struct store_collection *)node;
}

/* ---------------------------------------------------------------- extras */

void extras_release(struct extras *extras)
{
	if (!extras || atomic_fetch_sub_explicit(&extras->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < extras->n; i++)
		free(extras->list[i].name);
	free(extras->list);
	free(extras);
}

static struct extras *extras_own(struct store_collection *node)
{
	struct extras *old = node->extras;

	if (old && old->edit == node->edit)
		return old;
	struct extras *extras = must_alloc(sizeof(*extras));
	atomic_init(&extras->refs, 1);
	extras->edit = node->edit;
	extras->n = extras->cap = old ? old->n : 0;
	extras->list = must_alloc(extras->n * sizeof(*extras->list));
	for (size_t i = 0; i < extras->n; i++) {
		extras->list[i] = old->list[i];
		extras->list[i].name = must_strdup(old->list[i].name);
	}
	extras_release(old);
	return node->extras = extras;
}

static unsigned char digit(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The trees of the folder and above it change. */
static void touch(struct store_collection *node, const char *dir)
{
	if (*dir == '.')
		dir += dir[5] ? 6 : 5;
	if (*dir)
		table_touch(&node->items, node->edit,
			(unsigned char)(digit(dir[0]) << 4 | (dir[1] ? digit(dir[2]) : 0)),
			dir[1] != '\0');
}

void extras_add(struct store_collection *node, const char *dir, uint32_t mode, const char *name,
	const struct store_oid *oid)
{
	struct extras *extras = extras_own(node);

	extras->list = must_grow(extras->list, &extras->cap, extras->n + 1, sizeof(*extras->list));
	struct extra *extra = &extras->list[extras->n++];
	*extra = (struct extra){.mode = mode, .oid = *oid, .name = must_strdup(name)};
	snprintf(extra->dir, sizeof(extra->dir), "%s", dir);
	touch(node, dir);
}

static bool matches(const struct extra *extra, const char *dir, const char *name)
{
	return strcmp(extra->dir, dir) == 0 && (!name || strcmp(extra->name, name) == 0);
}

bool extras_find(
	const struct store_collection *node, const char *dir, const char *name, struct extra *found)
{
	for (size_t i = 0; node->extras && i < node->extras->n; i++) {
		if (!matches(&node->extras->list[i], dir, name))
			continue;
		if (found)
			*found = node->extras->list[i];
		return true;
	}
	return false;
}

/* What a removed collection had must not come back with the next one of its name. */
void extras_clear(struct store_collection *node)
{
	struct extras *extras = node->extras;

	for (size_t i = 0; extras && i < extras->n; i++)
		touch(node, extras->list[i].dir);
	extras_release(extras);
	node->extras = NULL;
}

/* `name` NULL: all of the folder. */
void extras_remove(struct store_collection *node, const char *dir, const char *name)
{
	if (!extras_find(node, dir, name, NULL))
		return;
	struct extras *extras = extras_own(node);
	size_t kept = 0;
	for (size_t i = 0; i < extras->n; i++) {
		if (matches(&extras->list[i], dir, name))
			free(extras->list[i].name);
		else
			extras->list[kept++] = extras->list[i];
	}
	extras->n = kept;
	touch(node, dir);
	if (kept)
		return;
	extras_release(extras);
	node->extras = NULL;
}
