/* SPDX-License-Identifier: ISC */
/*
 * Reading: snapshots and everything that store.h lets one ask of them. A snapshot holds one root of
 * the mirror; pinning it is one count under a short lock, and no reader ever waits for a writer.
 */
#include "storage/internal.h"

/* ---------------------------------------------------------------- the chain of commits */

/* Chunk c holds CHAIN_FIRST << c entries. */
static size_t chunk_of(uint64_t position, uint64_t *offset)
{
	uint64_t scaled = position / CHAIN_FIRST + 1;
	size_t chunk = 63 - (size_t)__builtin_clzll(scaled);

	*offset = position - CHAIN_FIRST * ((UINT64_C(1) << chunk) - 1);
	return chunk;
}

void chain_add(struct chain *chain, const struct store_commit_ref *ref)
{
	uint64_t offset;
	size_t chunk = chunk_of(chain->n, &offset);

	if (chunk >= CHAIN_CHUNKS)
		abort();
	if (!chain->chunks[chunk])
		chain->chunks[chunk] = must_alloc(((size_t)CHAIN_FIRST << chunk) * sizeof(*ref));
	struct store_commit_ref *at = &chain->chunks[chunk][offset];
	*at = *ref;
	at->position = chain->n++;
}

struct store_commit_ref chain_at(const struct chain *chain, uint64_t position)
{
	uint64_t offset;
	size_t chunk = chunk_of(position, &offset);

	return chain->chunks[chunk][offset];
}

void chain_free(struct chain *chain)
{
	for (size_t i = 0; i < CHAIN_CHUNKS; i++)
		free(chain->chunks[i]);
	*chain = (struct chain){0};
}

/* ---------------------------------------------------------------- snapshots */

struct store_snapshot *store_snapshot(struct store *store)
{
	pthread_mutex_lock(&store->head_lock);
	struct store_snapshot *snapshot = store->head;
	atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&store->head_lock);
	return snapshot;
}

void store_snapshot_free(struct store_snapshot *snapshot)
{
	if (!snapshot || atomic_fetch_sub_explicit(&snapshot->refs, 1, memory_order_acq_rel) != 1)
		return;
	node_release(snapshot->root);
	free(snapshot);
}

void snapshot_publish(struct store *store, struct store_collection *root)
{
	struct store_snapshot *snapshot = must_alloc(sizeof(*snapshot)), *old;

	atomic_init(&snapshot->refs, 1);
	snapshot->root = root;
	snapshot->chain = &store->chain;
	snapshot->head = chain_at(&store->chain, store->chain.n - 1);
	snapshot->epoch = chain_at(&store->chain, 0).oid;
	pthread_mutex_lock(&store->head_lock);
	old = store->head;
	store->head = snapshot;
	pthread_mutex_unlock(&store->head_lock);
	store_snapshot_free(old);
	/* Only a publisher takes it away, and write_lock lets in one at a time. */
	if (store->follow)
		store->follow(store->follow_payload, snapshot);
}

void store_follow(struct store *store, store_follow_fn *follow, void *payload)
{
	pthread_mutex_lock(&store->write_lock);
	store->follow = follow;
	store->follow_payload = payload;
	pthread_mutex_unlock(&store->write_lock);
}

struct store_commit_ref store_head(const struct store_snapshot *snapshot)
{
	return snapshot->head;
}

struct store_oid store_epoch(const struct store_snapshot *snapshot)
{
	return snapshot->epoch;
}

bool store_commit_at(
	const struct store_snapshot *snapshot, uint64_t position, struct store_commit_ref *ref)
{
	if (position > snapshot->head.position)
		return false;
	*ref = chain_at(snapshot->chain, position);
	return true;
}

/* ---------------------------------------------------------------- collections */

const struct store_collection *store_collection(
	const struct store_snapshot *snapshot, const char *path)
{
	const struct store_collection *node = node_find(snapshot->root, path);

	return node && !node->gone ? node : NULL;
}

const struct store_collection *store_child(const struct store_collection *collection, size_t index)
{
	for (size_t i = 0; i < collection->n_kids; i++)
		if (!collection->kids[i]->gone && index-- == 0)
			return collection->kids[i];
	return NULL;
}

const struct store_collection *store_child_next(
	const struct store_collection *collection, size_t *index)
{
	while (*index < collection->n_kids) {
		const struct store_collection *kid = collection->kids[(*index)++];
		if (!kid->gone)
			return kid;
	}
	return NULL;
}

const char *store_collection_name(const struct store_collection *c)
{
	return c->self->name;
}

const char *store_collection_path(const struct store_collection *c)
{
	return c->self->path;
}

const struct store_meta *store_collection_meta(const struct store_collection *c)
{
	return &c->self->meta;
}

uint64_t store_collection_number(const struct store_collection *c)
{
	return c->number;
}

uint64_t store_collection_props_number(const struct store_collection *c)
{
	return c->props_number;
}

size_t store_collection_count(const struct store_collection *c)
{
	return c->count;
}

uint64_t store_collection_bytes(const struct store_collection *c)
{
	return c->bytes;
}

/* ---------------------------------------------------------------- items */

static const struct store_item *live(const struct item *item)
{
	return item && !item->pub.gone ? &item->pub : NULL;
}

const struct store_item *store_item(const struct store_collection *c, const char *name)
{
	return live(node_item(c, name));
}

const struct store_item *store_item_by_uid(const struct store_collection *c, const char *uid)
{
	return live(node_uid(c, uid));
}

const struct store_item *store_item_next(
	const struct store_collection *c, struct store_cursor *cursor)
{
	const struct item *item;

	while ((item = table_next(&c->items, cursor)))
		if (!item->pub.gone)
			return &item->pub;
	return NULL;
}

bool store_item_meta(struct store *store, const struct store_collection *c,
	const struct store_item *item, struct arena *arena, struct store_meta *meta)
{
	const struct item *full = item->has_meta ? node_item(c, item->name) : NULL;
	struct store_bytes bytes;
	const char *why;

	if (!full || full->pub.gone || store_read(store, &full->meta, &bytes) != STORE_OK)
		return false;
	bool ok = store_meta_parse(arena, bytes.data, bytes.size, meta, &why);
	store_bytes_free(&bytes);
	return ok;
}

/* The position is the number that was answered last. */
const struct store_item *store_change_next(
	const struct store_collection *c, uint64_t since, size_t *position)
{
	const struct item *item = journal_next(c->journal, *position > since ? *position : since);

	if (!item)
		return NULL;
	*position = item->pub.number;
	return &item->pub;
}

const struct store_collection *store_child_change_next(
	const struct store_collection *c, uint64_t since, size_t *index, bool *gone)
{
	while (*index < c->n_kids) {
		const struct store_collection *kid = c->kids[(*index)++];
		if (kid->number > since) {
			*gone = kid->gone;
			return kid;
		}
	}
	return NULL;
}
