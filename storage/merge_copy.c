/* SPDX-License-Identifier: ISC */
/*
 * The union of packs, entry by entry without inflating; each entry's checksum is compared with its index on the way.
 *
 * Deltas stay right: an object is taken from the first source f(x) that has it. The base of a delta taken from f(x) is in
 * that pack too, so it comes from f(base) <= f(x): no cycles. An offset delta's base stands before it in its pack,
 * so it was already written (from here or from an earlier source), and its new place is known.
 */
#include "storage/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* ---------------------------------------------------------------- the union */

static int by_oid(const void *a, const void *b)
{
	return memcmp(((const struct merge_object *)a)->oid.bytes,
		((const struct merge_object *)b)->oid.bytes, 20);
}

static int by_oid_and_source(const void *a, const void *b)
{
	const struct merge_object *x = a, *y = b;
	int order = by_oid(a, b);

	return order ? order : (x->source > y->source) - (x->source < y->source);
}

static int by_offset(const void *a, const void *b)
{
	const struct merge_slot *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void index_source(struct merge *merge, struct merge_source *source)
{
	source->slots = must(calloc(source->file.n ? source->file.n : 1, sizeof(*source->slots)));
	for (uint32_t i = 0; i < source->file.n; i++) {
		struct merge_object key = {0};
		memcpy(key.oid.bytes, pack_oid(&source->file, i), 20);
		const struct merge_object *object = bsearch(
			&key, merge->objects, merge->n, sizeof(*merge->objects), by_oid);
		source->slots[i] = (struct merge_slot){
			.offset = pack_offset(&source->file, i),
			.index = i,
			.object = (uint32_t)(object - merge->objects),
		};
	}
	qsort(source->slots, source->file.n, sizeof(*source->slots), by_offset);
}

void merge_collect(struct merge *merge)
{
	size_t all = 0, n = 0;

	for (size_t s = 0; s < merge->n_sources; s++)
		all += merge->sources[s].file.n;
	merge->objects = must(calloc(all ? all : 1, sizeof(*merge->objects)));
	for (size_t s = 0; s < merge->n_sources; s++) {
		for (uint32_t i = 0; i < merge->sources[s].file.n; i++, n++) {
			memcpy(merge->objects[n].oid.bytes, pack_oid(&merge->sources[s].file, i),
				20);
			merge->objects[n].source = (uint32_t)s;
		}
	}
	qsort(merge->objects, all, sizeof(*merge->objects), by_oid_and_source);
	for (size_t i = 0; i < all; i++) {
		if (i == 0 || by_oid(&merge->objects[i], &merge->objects[merge->n - 1]) != 0)
			merge->objects[merge->n++] = merge->objects[i];
	}
	for (size_t s = 0; s < merge->n_sources; s++)
		index_source(merge, &merge->sources[s]);
}

void merge_release(struct merge *merge)
{
	for (size_t s = 0; s < merge->n_sources; s++) {
		pack_close(&merge->sources[s].file);
		free(merge->sources[s].slots);
	}
	free(merge->sources);
	free(merge->objects);
	*merge = (struct merge){.bad = SIZE_MAX};
}

/* ---------------------------------------------------------------- copying */

/* Writes an offset delta with the new distance to its base; false when it is damaged. */
static bool copy_delta(struct pack_writer *writer, struct merge *merge,
	const struct merge_source *source, const struct merge_slot *slot,
	const unsigned char *entry, size_t len, size_t header)
{
	unsigned char head[20];
	size_t used = 0;
	uint64_t distance = pack_distance(entry + header, len - header, &used);
	struct merge_slot key = {.offset = slot->offset - distance};

	if (distance == 0 || distance > slot->offset || header > 10)
		return false;
	const struct merge_slot *base = bsearch(
		&key, source->slots, source->file.n, sizeof(*source->slots), by_offset);
	if (!base || merge->objects[base->object].moved == 0)
		return false;
	memcpy(head, entry, header);
	size_t n = header +
		pack_distance_put(
			head + header, writer->sink.offset - merge->objects[base->object].moved);
	merge->objects[slot->object].moved = pack_add_raw(writer, &merge->objects[slot->object].oid,
		head, n, entry + header + used, len - header - used);
	return true;
}

static bool copy_entry(struct pack_writer *writer, struct merge *merge,
	const struct merge_source *source, const struct merge_slot *slot, uint64_t end)
{
	const unsigned char *entry = source->file.pack + slot->offset;
	size_t len = (size_t)(end - slot->offset), header;
	unsigned type = pack_entry_type(entry, len, &header);

	if (slot->offset == 0 || type == 0 ||
		(uint32_t)crc32_z(0, entry, len) != pack_crc(&source->file, slot->index))
		return false;
	if (type == PACK_OFS_DELTA)
		return copy_delta(writer, merge, source, slot, entry, len, header);
	merge->objects[slot->object].moved = pack_add_raw(
		writer, &merge->objects[slot->object].oid, entry, len, NULL, 0);
	return true;
}

static bool copy_source(struct pack_writer *writer, struct merge *merge, size_t s)
{
	const struct merge_source *source = &merge->sources[s];

	for (uint32_t i = 0; i < source->file.n; i++) {
		const struct merge_slot *slot = &source->slots[i];
		uint64_t end = i + 1 < source->file.n ? source->slots[i + 1].offset
						      : source->file.pack_len - PACK_TRAILER;
		if (merge->objects[slot->object].source != s)
			continue;
		if (!copy_entry(writer, merge, source, slot, end)) {
			merge->bad = s;
			return false;
		}
	}
	return true;
}

static int create(struct backend_git *git, const char *name)
{
	return openat(git->git, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
}

bool merge_copy(struct backend_git *git, struct merge *merge)
{
	struct pack_writer writer;
	struct pack_sink index = {.fd = -1};
	int pack = create(git, "daybook-tmp/" MERGE_PREFIX ".pack");
	int idx = create(git, "daybook-tmp/" MERGE_PREFIX ".idx");
	bool done = pack >= 0 && idx >= 0;

	pack_begin(&writer, pack, (uint32_t)merge->n);
	for (size_t s = 0; s < merge->n_sources && done; s++)
		done = copy_source(&writer, merge, s);
	done = done && writer.n == merge->n && pack_end(&writer) &&
		pack_index(&writer, &index, idx);
	if (done)
		pack_name(merge->result.name, writer.checksum);
	else if (writer.sink.failed || index.failed)
		errno = writer.sink.failed ? writer.sink.error : index.error;
	pack_release(&writer);
	pack_sink_release(&index);
	if (pack >= 0)
		close(pack);
	if (idx >= 0)
		close(idx);
	return done;
}
