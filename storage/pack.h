/* SPDX-License-Identifier: ISC */
/*
 * Private to storage/: git's packs (gitformat-pack(5)), version 2, and their indexes, version 2: written from our objects or
 * from raw entries of other packs, and read. A pack is named by its trailer, so that equal names mean equal bytes.
 *
 * We write the index ourselves: ids, offsets and checksums are known at that point, while git_indexer inflates and
 * hashes every object again (measured: 250 us against 20 us for the group of one PUT).
 */
#ifndef STORAGE_PACK_H
#define STORAGE_PACK_H

#include "storage/backend.h"

#include <nettle/sha1.h>

#define PACK_HEADER 12
#define PACK_TRAILER 20
/* As in a pack's entries, beside enum object_type. */
enum { PACK_OFS_DELTA = 6, PACK_REF_DELTA = 7 };

/* ---------------------------------------------------------------- writing */

struct pack_entry {
	struct store_oid oid;
	uint32_t crc; /* of the entry as it stands in the pack */
	uint64_t offset;
};

/* Bytes on their way to a file (fd) or staying in memory (fd -1), hashed as they pass. */
struct pack_sink {
	int fd;
	unsigned char *data;
	size_t len, cap;
	uint64_t offset; /* of the next byte */
	struct sha1_ctx sha;
	bool failed; /* errno of the write is in `error` */
	int error;
};

struct pack_writer {
	struct pack_sink sink;
	struct pack_entry *entries;
	size_t n, cap;
	unsigned char checksum[PACK_TRAILER];
};

/* `count` entries must follow. With fd -1 the whole pack is in writer->sink.data after pack_end. */
void pack_begin(struct pack_writer *writer, int fd, uint32_t count);
void pack_add(struct pack_writer *writer, const struct object *object);
/* An entry made of two pieces (new head, old rest); returns its offset. */
uint64_t pack_add_raw(struct pack_writer *writer, const struct store_oid *oid, const void *head,
	size_t head_len, const void *rest, size_t rest_len);
/* Writes the trailer. False: a write failed (writer->sink.error). */
bool pack_end(struct pack_writer *writer);
/* Writes the index of what was added (sorts the entries) into `index`: fd or memory as above. */
bool pack_index(struct pack_writer *writer, struct pack_sink *index, int fd);
void pack_release(struct pack_writer *writer);
void pack_sink_release(struct pack_sink *sink);

/* "pack-" + 40 hex digits of a trailer. */
#define PACK_NAME (5 + 40 + 1)
void pack_name(char name[PACK_NAME], const unsigned char checksum[PACK_TRAILER]);
/* Index of a whole pack that holds no deltas, as our groups are: how the write-ahead rows get theirs back.
 * False: the bytes are damaged. The writer then stands as after pack_end. */
bool pack_parse(struct pack_writer *writer, const unsigned char *bytes, size_t len);

/* ---------------------------------------------------------------- reading */

/* A mapped pack with its index. */
struct pack_file {
	const unsigned char *idx, *pack;
	size_t idx_len, pack_len;
	uint32_t n;
};

/* Opens NAME.idx and NAME.pack of a folder; false when they are not whole (or of a version that we leave alone). */
bool pack_open(struct pack_file *file, int folder, const char *name);
void pack_close(struct pack_file *file);
const unsigned char *pack_oid(const struct pack_file *file, uint32_t i); /* 20 bytes */
uint32_t pack_crc(const struct pack_file *file, uint32_t i);
/* 0 when it points outside of the pack. */
uint64_t pack_offset(const struct pack_file *file, uint32_t i);
/* Type of an entry, and where its header ends; 0 when damaged. */
unsigned pack_entry_type(const unsigned char *entry, size_t len, size_t *header);

/* Distance to the base of a PACK_OFS_DELTA: reading (0: damaged; *used bytes) and writing (returns bytes used). */
uint64_t pack_distance(const unsigned char *bytes, size_t len, size_t *used);
size_t pack_distance_put(unsigned char out[10], uint64_t distance);

#endif
