/* SPDX-License-Identifier: ISC */
/* Writing packs and their indexes: gitformat-pack(5), "pack-*.pack files" and "Version 2 pack-*.idx files". */
#include "storage/pack.h"

#include "storage/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SINK_FLUSH ((size_t)1 << 20) /* bytes that wait in memory before a write */
#define ENTRY_HEAD 10                /* type and size of 64 bits */
#define LARGE_OFFSET 0x80000000u     /* offsets from here on stand in a table of their own */

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void put32(unsigned char out[4], uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* ---------------------------------------------------------------- sink */

static void sink_init(struct pack_sink *sink, int fd)
{
	*sink = (struct pack_sink){.fd = fd};
	sha1_init(&sink->sha);
}

static void sink_flush(struct pack_sink *sink)
{
	if (sink->fd < 0 || sink->failed)
		return;
	if (!disk_write(sink->fd, sink->data, sink->len)) {
		sink->failed = true;
		sink->error = errno;
	}
	sink->len = 0;
}

static void sink_bytes(struct pack_sink *sink, const void *bytes, size_t len)
{
	if (len == 0 || sink->failed)
		return;
	if (sink->len + len > sink->cap) {
		size_t cap = sink->cap ? sink->cap : 4096;
		while (cap < sink->len + len)
			cap *= 2;
		sink->data = must(realloc(sink->data, cap));
		sink->cap = cap;
	}
	memcpy(sink->data + sink->len, bytes, len);
	sink->len += len;
	sink->offset += len;
	if (sink->fd >= 0 && sink->len >= SINK_FLUSH)
		sink_flush(sink);
}

static void sink_add(struct pack_sink *sink, const void *bytes, size_t len)
{
	sha1_update(&sink->sha, len, bytes);
	sink_bytes(sink, bytes, len);
}

static void sink_add32(struct pack_sink *sink, uint32_t value)
{
	unsigned char bytes[4];

	put32(bytes, value);
	sink_add(sink, bytes, sizeof(bytes));
}

/* The hash of all before, which is not part of itself. */
static bool sink_end(struct pack_sink *sink, unsigned char checksum[PACK_TRAILER])
{
	sha1_digest(&sink->sha, PACK_TRAILER, checksum);
	sink_bytes(sink, checksum, PACK_TRAILER);
	sink_flush(sink);
	return !sink->failed;
}

void pack_sink_release(struct pack_sink *sink)
{
	free(sink->data);
	*sink = (struct pack_sink){.fd = -1};
}

/* ---------------------------------------------------------------- pack */

void pack_begin(struct pack_writer *writer, int fd, uint32_t count)
{
	*writer = (struct pack_writer){0};
	sink_init(&writer->sink, fd);
	sink_add(&writer->sink, "PACK\0\0\0\2", 8);
	sink_add32(&writer->sink, count);
	writer->cap = count ? count : 1;
	writer->entries = must(calloc(writer->cap, sizeof(*writer->entries)));
}

static struct pack_entry *new_entry(struct pack_writer *writer)
{
	if (writer->n == writer->cap) {
		writer->cap *= 2;
		writer->entries = must(
			realloc(writer->entries, writer->cap * sizeof(*writer->entries)));
	}
	return &writer->entries[writer->n++];
}

uint64_t pack_add_raw(struct pack_writer *writer, const struct store_oid *oid, const void *head,
	size_t head_len, const void *rest, size_t rest_len)
{
	struct pack_entry *entry = new_entry(writer);

	entry->oid = *oid;
	entry->offset = writer->sink.offset;
	entry->crc = (uint32_t)crc32_z(0, head, head_len);
	if (rest_len > 0) /* zlib takes NULL for "begin anew" */
		entry->crc = (uint32_t)crc32_z(entry->crc, rest, rest_len);
	sink_add(&writer->sink, head, head_len);
	sink_add(&writer->sink, rest, rest_len);
	return entry->offset;
}

void pack_add(struct pack_writer *writer, const struct object *object)
{
	unsigned char head[ENTRY_HEAD];
	size_t n = 0, size = object->size >> 4;

	head[0] = (unsigned char)((unsigned)object->type << 4 | (object->size & 15));
	for (; size > 0; size >>= 7) {
		head[n++] |= 0x80;
		head[n] = size & 0x7f;
	}
	pack_add_raw(writer, &object->oid, head, n + 1, object->deflated, object->deflated_len);
}

bool pack_end(struct pack_writer *writer)
{
	return sink_end(&writer->sink, writer->checksum);
}

void pack_release(struct pack_writer *writer)
{
	pack_sink_release(&writer->sink);
	free(writer->entries);
	*writer = (struct pack_writer){.sink.fd = -1};
}

void pack_name(char name[PACK_NAME], const unsigned char checksum[PACK_TRAILER])
{
	static const char digits[] = "0123456789abcdef";

	memcpy(name, "pack-", 5);
	for (int i = 0; i < PACK_TRAILER; i++) {
		name[5 + 2 * i] = digits[checksum[i] >> 4];
		name[6 + 2 * i] = digits[checksum[i] & 15];
	}
	name[PACK_NAME - 1] = '\0';
}

/* ---------------------------------------------------------------- index */

static int by_oid(const void *a, const void *b)
{
	const struct pack_entry *x = a, *y = b;

	return memcmp(x->oid.bytes, y->oid.bytes, sizeof(x->oid.bytes));
}

static void index_fanout(struct pack_writer *writer, struct pack_sink *index)
{
	size_t seen = 0;

	for (unsigned first = 0; first < 256; first++) {
		while (seen < writer->n && writer->entries[seen].oid.bytes[0] <= first)
			seen++;
		sink_add32(index, (uint32_t)seen);
	}
}

static void index_offsets(struct pack_writer *writer, struct pack_sink *index)
{
	uint32_t large = 0;

	for (size_t i = 0; i < writer->n; i++) {
		uint64_t offset = writer->entries[i].offset;
		sink_add32(
			index, offset < LARGE_OFFSET ? (uint32_t)offset : LARGE_OFFSET | large++);
	}
	for (size_t i = 0; large && i < writer->n; i++) {
		uint64_t offset = writer->entries[i].offset;
		if (offset < LARGE_OFFSET)
			continue;
		sink_add32(index, (uint32_t)(offset >> 32));
		sink_add32(index, (uint32_t)offset);
	}
}

bool pack_index(struct pack_writer *writer, struct pack_sink *index, int fd)
{
	unsigned char checksum[PACK_TRAILER];

	sink_init(index, fd);
	qsort(writer->entries, writer->n, sizeof(*writer->entries), by_oid);
	sink_add(index, "\377tOc\0\0\0\2", 8);
	index_fanout(writer, index);
	for (size_t i = 0; i < writer->n; i++)
		sink_add(index, writer->entries[i].oid.bytes, 20);
	for (size_t i = 0; i < writer->n; i++)
		sink_add32(index, writer->entries[i].crc);
	index_offsets(writer, index);
	sink_add(index, writer->checksum, PACK_TRAILER);
	return sink_end(index, checksum);
}
