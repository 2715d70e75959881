/* SPDX-License-Identifier: ISC */
/*
 * The derived index: one flat file with the mirror of one commit, so that a start need not walk the
 * history. Little-endian numbers, strings with their length; a version in front, a BLAKE2b-256 of
 * all at the end. Git's tree ids are not in it: they are computed on loading, and the root's must
 * be that of the commit (load.c).
 */
#include "storage/internal.h"

#include <sodium.h>

/* Rises with the layout, and whenever ical/ finds other facts in the same bytes: what was found before is found anew. */
#define MAGIC "daybook index 5\n"
#define MAGIC_LEN 16
#define SUM_LEN 32
#define INDEX_MAX ((size_t)8 << 30)
#define DEPTH_MAX (STORE_MAX_FOLDER_DEPTH + 4)

enum {
	FLAG_GONE = 1,
	FLAG_BROKEN = 2,
	FLAG_META = 4,
	FLAG_UID = 8,
	FLAG_DAMAGED = 16,
	FLAG_CREATOR = 32,
	FLAG_MAKERS = 64
};

/* ---------------------------------------------------------------- writing */

static void put_u64(struct buf *out, uint64_t value)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	buf_add(out, bytes, sizeof(bytes));
}

static void put_oid(struct buf *out, const struct store_oid *oid)
{
	buf_add(out, oid->bytes, sizeof(oid->bytes));
}

static void put_text(struct buf *out, const char *text, size_t len)
{
	put_u64(out, len);
	buf_add(out, text, len + 1);
}

static void put_item(struct buf *out, const struct item *item)
{
	const struct store_item *pub = &item->pub;
	bool broken = !pub->gone && !store_oid_equal(&pub->oid, &item->tree);

	buf_addc(out,
		(char)((pub->gone ? FLAG_GONE : 0) | (broken ? FLAG_BROKEN : 0) |
			(pub->has_meta ? FLAG_META : 0) | (pub->facts.uid ? FLAG_UID : 0) |
			(pub->creator ? FLAG_CREATOR : 0) | (pub->makers ? FLAG_MAKERS : 0)));
	put_text(out, pub->name, strlen(pub->name));
	if (pub->facts.uid)
		put_text(out, pub->facts.uid, strlen(pub->facts.uid));
	if (pub->creator)
		put_text(out, pub->creator, strlen(pub->creator));
	if (pub->makers)
		put_text(out, pub->makers, strlen(pub->makers));
	put_oid(out, &pub->oid);
	if (broken)
		put_oid(out, &item->tree);
	if (pub->has_meta)
		put_oid(out, &item->meta);
	put_u64(out, pub->size);
	put_u64(out, pub->number);
	put_u64(out, pub->added);
	put_u64(out, (uint64_t)pub->created);
	put_u64(out, (uint64_t)pub->facts.component << 32 | pub->facts.flags);
	put_u64(out, (uint64_t)pub->facts.class);
	put_u64(out, (uint64_t)pub->facts.first);
	put_u64(out, (uint64_t)pub->facts.last);
}

static void put_self(struct buf *out, const struct store_collection *node)
{
	struct arena *arena = arena_new();
	size_t len = 0;
	char *text = node->self->arena ? store_meta_print(arena, &node->self->meta, &len) : "";

	buf_addc(out,
		(char)((node->gone ? FLAG_GONE : 0) | (node->self->damaged ? FLAG_DAMAGED : 0)));
	put_text(out, node->self->name, strlen(node->self->name));
	put_oid(out, &node->self->oid);
	put_text(out, text, len);
	put_u64(out, node->number);
	put_u64(out, node->props_number);
	arena_free(arena);
}

static void put_node(struct buf *out, const struct store_collection *node)
{
	struct item *item;
	uint64_t n = 0, since = 0;

	put_self(out, node);
	for (; (item = journal_next(node->journal, since)); n++)
		since = item->pub.number;
	put_u64(out, n);
	for (since = 0; (item = journal_next(node->journal, since)); since = item->pub.number)
		put_item(out, item);
	put_u64(out, node->extras ? node->extras->n : 0);
	for (size_t i = 0; node->extras && i < node->extras->n; i++) {
		const struct extra *extra = &node->extras->list[i];
		put_text(out, extra->dir, strlen(extra->dir));
		put_u64(out, extra->mode);
		put_oid(out, &extra->oid);
		put_text(out, extra->name, strlen(extra->name));
	}
	put_u64(out, node->n_kids);
	for (size_t i = 0; i < node->n_kids; i++)
		put_node(out, node->kids[i]);
}

void index_print(struct buf *out, const struct store_snapshot *snapshot)
{
	unsigned char sum[SUM_LEN];

	buf_add(out, MAGIC, MAGIC_LEN);
	put_u64(out, snapshot->head.position + 1);
	for (uint64_t i = 0; i <= snapshot->head.position; i++) {
		struct store_commit_ref ref = chain_at(snapshot->chain, i);
		put_oid(out, &ref.oid);
		put_u64(out, (uint64_t)ref.time);
	}
	put_node(out, snapshot->root);
	crypto_generichash(sum, sizeof(sum), (const unsigned char *)out->data, out->len, NULL, 0);
	buf_add(out, sum, sizeof(sum));
}

void index_save(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct buf out;

	if (snapshot->head.position + 1 != store->indexed) {
		buf_init(&out, INDEX_MAX);
		index_print(&out, snapshot);
		if (!out.full &&
			store->backend->ops->index_save(store->backend, out.data, out.len) ==
				STORE_OK)
			store->indexed = snapshot->head.position + 1;
		buf_free(&out);
	}
	store_snapshot_free(snapshot);
}

/* ---------------------------------------------------------------- reading */

struct reader {
	const unsigned char *at, *end;
	bool bad;
	struct arena *arena;
};

static const void *take(struct reader *reader, size_t len)
{
	static const unsigned char zeros[64];

	if (reader->bad || len > (size_t)(reader->end - reader->at)) {
		reader->bad = true;
		return zeros;
	}
	const void *bytes = reader->at;
	reader->at += len;
	return bytes;
}

static uint64_t take_u64(struct reader *reader)
{
	const unsigned char *bytes = take(reader, 8);
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static struct store_oid take_oid(struct reader *reader)
{
	struct store_oid oid;

	memcpy(oid.bytes, take(reader, sizeof(oid.bytes)), sizeof(oid.bytes));
	return oid;
}

/* Points into the bytes; it ends with a NUL there. */
static const char *take_text(struct reader *reader, size_t *len)
{
	uint64_t size = take_u64(reader);

	if (size >= (size_t)(reader->end - reader->at))
		reader->bad = true;
	if (reader->bad)
		return "";
	const char *text = take(reader, size + 1);
	if (text[size] != '\0' || strlen(text) != size)
		reader->bad = true;
	*len = size;
	return text;
}

static void take_item(struct reader *reader, struct store_collection *node)
{
	struct store_item like = {0};
	struct store_oid meta = {0}, none = {0};
	int flags = *(const unsigned char *)take(reader, 1);
	size_t len = 0;

	like.gone = flags & FLAG_GONE;
	like.name = take_text(reader, &len);
	if (flags & FLAG_UID)
		like.facts.uid = take_text(reader, &len);
	const char *creator = flags & FLAG_CREATOR ? take_text(reader, &len) : NULL;
	like.creator = reader->bad ? NULL : intern(creator);
	const char *makers = flags & FLAG_MAKERS ? take_text(reader, &len) : NULL;
	like.makers = reader->bad ? NULL : intern(makers);
	like.oid = take_oid(reader);
	struct store_oid tree = like.gone ? none : like.oid;
	if (flags & FLAG_BROKEN)
		tree = take_oid(reader);
	if (flags & FLAG_META)
		meta = take_oid(reader);
	like.size = take_u64(reader);
	uint64_t number = take_u64(reader);
	like.added = take_u64(reader);
	like.created = (int64_t)take_u64(reader);
	uint64_t packed = take_u64(reader);
	like.facts.component = (uint32_t)(packed >> 32);
	like.facts.flags = (uint32_t)packed;
	like.facts.class = (enum facts_class)take_u64(reader);
	like.facts.first = (int64_t)take_u64(reader);
	like.facts.last = (int64_t)take_u64(reader);
	if (reader->bad)
		return;
	struct item *item = item_new(&like, &tree, &meta);
	item->pub.number = number;
	item->pub.has_meta = flags & FLAG_META;
	edit_put(node, NULL, item);
	journal_append(&node->journal, node->edit, item);
	item_release(item);
}

static void take_extra(struct reader *reader, struct store_collection *node)
{
	size_t len = 0;
	const char *dir = take_text(reader, &len);
	uint32_t mode = (uint32_t)take_u64(reader);
	struct store_oid oid = take_oid(reader);
	const char *name = take_text(reader, &len);

	if (!reader->bad)
		extras_add(node, dir, mode, name, &oid);
}

static struct store_collection *take_self(struct reader *reader, const char *parent, uint64_t edit)
{
	int flags = *(const unsigned char *)take(reader, 1);
	struct store_meta meta;
	const char *why;
	size_t len = 0, name_len = 0;

	const char *name = take_text(reader, &name_len);
	struct store_oid oid = take_oid(reader);
	const char *text = take_text(reader, &len);
	char *path = name_len ? path_join(reader->arena, parent, name) : "";
	bool has_meta = len > 0;
	if (has_meta && !store_meta_parse(reader->arena, text, len, &meta, &why))
		reader->bad = true;
	if (reader->bad)
		has_meta = false;
	struct self *self = self_new(path, &oid, has_meta ? &meta : NULL);
	self->damaged = flags & FLAG_DAMAGED;
	struct store_collection *node = node_new(self, place_of(path), edit);
	node->gone = flags & FLAG_GONE;
	node->number = take_u64(reader);
	node->props_number = take_u64(reader);
	return node;
}

static struct store_collection *take_node(
	struct reader *reader, const char *parent, uint64_t edit, int depth)
{
	struct store_collection *node = take_self(reader, parent, edit);

	if (depth > DEPTH_MAX || node->place == PLACE_NONE)
		reader->bad = true;
	for (uint64_t n = take_u64(reader); n-- && !reader->bad;)
		take_item(reader, node);
	for (uint64_t n = take_u64(reader); n-- && !reader->bad;)
		take_extra(reader, node);
	for (uint64_t n = take_u64(reader); n-- && !reader->bad;)
		node_add_kid(
			node, node->n_kids, take_node(reader, node->self->path, edit, depth + 1));
	return node;
}

bool index_parse(const char *bytes, size_t len, struct store_collection **root, struct chain *chain)
{
	unsigned char sum[SUM_LEN];
	struct reader reader = {.at = (const unsigned char *)bytes};

	if (len < MAGIC_LEN + SUM_LEN || memcmp(bytes, MAGIC, MAGIC_LEN) != 0)
		return false;
	reader.end = reader.at + len - SUM_LEN;
	crypto_generichash(sum, sizeof(sum), reader.at, len - SUM_LEN, NULL, 0);
	if (memcmp(sum, reader.end, SUM_LEN) != 0)
		return false;
	reader.at += MAGIC_LEN;
	reader.arena = arena_new();
	for (uint64_t n = take_u64(&reader); n-- && !reader.bad;) {
		struct store_commit_ref ref = {.oid = take_oid(&reader)};
		ref.time = (int64_t)take_u64(&reader);
		if (!reader.bad)
			chain_add(chain, &ref);
	}
	struct store_collection *node = take_node(&reader, "", edit_new_mark(), 0);
	arena_free(reader.arena);
	if (reader.bad || chain->n == 0 || node->place != PLACE_ROOT) {
		node_release(node);
		chain_free(chain);
		return false;
	}
	*root = node;
	return true;
}
