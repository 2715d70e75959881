/* SPDX-License-Identifier: ISC */
/* Reading packs: mapped files for merging, and the whole pack of a write-ahead row. Nothing in them is trusted. */
#include "storage/pack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define IDX_HEADER 8
#define IDX_FANOUT 1024
#define IDX_ROW 28 /* id, checksum, offset of one object */

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static const unsigned char *map_file(
	int folder, const char *name, const char *suffix, size_t min, size_t *len)
{
	char path[PACK_NAME + 80];
	struct stat st;
	void *map = MAP_FAILED;

	if ((size_t)snprintf(path, sizeof(path), "%s%s", name, suffix) >= sizeof(path))
		return NULL;
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size >= 0 && (size_t)st.st_size >= min) {
		*len = (size_t)st.st_size;
		map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

static bool looks_whole(const struct pack_file *file)
{
	const unsigned char *fanout = file->idx + IDX_HEADER;

	if (memcmp(file->idx, "\377tOc\0\0\0\2", 8) != 0 ||
		memcmp(file->pack, "PACK\0\0\0", 7) != 0)
		return false;
	for (int i = 1; i < 256; i++) {
		if (get32(fanout + 4 * i) < get32(fanout + 4 * (i - 1)))
			return false;
	}
	if (file->idx_len < IDX_HEADER + IDX_FANOUT + (size_t)file->n * IDX_ROW + 2 * PACK_TRAILER)
		return false;
	return get32(file->pack + 8) == file->n &&
		memcmp(file->idx + file->idx_len - 2 * PACK_TRAILER,
			file->pack + file->pack_len - PACK_TRAILER, PACK_TRAILER) == 0;
}

bool pack_open(struct pack_file *file, int folder, const char *name)
{
	struct pack_file opened = {0};

	opened.idx = map_file(
		folder, name, ".idx", IDX_HEADER + IDX_FANOUT + 2 * PACK_TRAILER, &opened.idx_len);
	opened.pack = map_file(folder, name, ".pack", PACK_HEADER + PACK_TRAILER, &opened.pack_len);
	if (opened.idx && opened.pack) {
		opened.n = get32(opened.idx + IDX_HEADER + 4 * 255);
		if (looks_whole(&opened)) {
			*file = opened;
			return true;
		}
	}
	pack_close(&opened);
	return false;
}

void pack_close(struct pack_file *file)
{
	if (file->idx)
		munmap((void *)file->idx, file->idx_len);
	if (file->pack)
		munmap((void *)file->pack, file->pack_len);
	*file = (struct pack_file){0};
}

const unsigned char *pack_oid(const struct pack_file *file, uint32_t i)
{
	return file->idx + IDX_HEADER + IDX_FANOUT + (size_t)i * 20;
}

uint32_t pack_crc(const struct pack_file *file, uint32_t i)
{
	return get32(file->idx + IDX_HEADER + IDX_FANOUT + (size_t)file->n * 20 + (size_t)i * 4);
}

uint64_t pack_offset(const struct pack_file *file, uint32_t i)
{
	size_t table = IDX_HEADER + IDX_FANOUT + (size_t)file->n * 24;
	uint64_t offset = get32(file->idx + table + (size_t)i * 4);

	if (offset & 0x80000000u) {
		size_t at = table + (size_t)file->n * 4 + (size_t)(offset & 0x7fffffff) * 8;
		if (at + 8 > file->idx_len - 2 * PACK_TRAILER)
			return 0;
		offset = (uint64_t)get32(file->idx + at) << 32 | get32(file->idx + at + 4);
	}
	return offset >= PACK_HEADER && offset < file->pack_len - PACK_TRAILER ? offset : 0;
}

unsigned pack_entry_type(const unsigned char *entry, size_t len, size_t *header)
{
	static const bool known[8] = {[OBJECT_COMMIT] = true,
		[OBJECT_TREE] = true,
		[OBJECT_BLOB] = true,
		[4] = true /* tag */,
		[PACK_OFS_DELTA] = true,
		[PACK_REF_DELTA] = true};
	size_t n = 0;

	while (n < len && entry[n] & 0x80)
		n++;
	if (n >= len || n > 9 || !known[entry[0] >> 4 & 7])
		return 0;
	*header = n + 1;
	return entry[0] >> 4 & 7;
}

uint64_t pack_distance(const unsigned char *bytes, size_t len, size_t *used)
{
	uint64_t distance = 0;

	for (size_t i = 0; i < len && i < 9; i++) {
		distance = (i ? distance + 1 : 0) << 7 | (bytes[i] & 0x7f);
		if (!(bytes[i] & 0x80)) {
			*used = i + 1;
			return distance;
		}
	}
	return 0;
}

size_t pack_distance_put(unsigned char out[10], uint64_t distance)
{
	unsigned char back[10];
	size_t n = 0;

	back[n++] = distance & 0x7f;
	while (distance >>= 7)
		back[n++] = 0x80 | (--distance & 0x7f);
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	return n;
}

/* ---------------------------------------------------------------- a pack in memory */

/* Inflates one body to find its id and where the next entry begins. */
static bool inflate_entry(const unsigned char *at, size_t len, enum object_type type, uint64_t size,
	struct store_oid *oid, size_t *used)
{
	z_stream z = {.next_in = (z_const Bytef *)at, .avail_in = (uInt)len};
	unsigned char *body;
	int code;

	if (size > UINT32_MAX / 2 || len > UINT32_MAX || !(body = malloc(size + 1)))
		return false;
	if (inflateInit(&z) != Z_OK)
		abort();
	z.next_out = body;
	z.avail_out = (uInt)size + 1;
	code = inflate(&z, Z_FINISH);
	*used = len - z.avail_in;
	inflateEnd(&z);
	bool whole = code == Z_STREAM_END && z.total_out == size;
	if (whole)
		*oid = object_id(type, body, size);
	free(body);
	return whole;
}

static uint64_t entry_size(const unsigned char *entry, size_t header)
{
	uint64_t size = entry[0] & 15;

	for (size_t i = 1; i < header; i++)
		size |= (uint64_t)(entry[i] & 0x7f) << (4 + 7 * (i - 1));
	return size;
}

static bool parse_entries(
	struct pack_writer *writer, const unsigned char *bytes, size_t end, uint32_t count)
{
	size_t at = PACK_HEADER;

	for (uint32_t i = 0; i < count; i++) {
		struct store_oid oid;
		size_t header, used;
		unsigned type = pack_entry_type(bytes + at, end - at, &header);
		if (type < OBJECT_COMMIT || type > OBJECT_BLOB)
			return false;
		if (!inflate_entry(bytes + at + header, end - at - header, (enum object_type)type,
			    entry_size(bytes + at, header), &oid, &used))
			return false;
		pack_add_raw(writer, &oid, bytes + at, header, bytes + at + header, used);
		at += header + used;
	}
	return at == end;
}

bool pack_parse(struct pack_writer *writer, const unsigned char *bytes, size_t len)
{
	if (len < PACK_HEADER + PACK_TRAILER || memcmp(bytes, "PACK\0\0\0\2", 8) != 0)
		return false;
	uint32_t count = get32(bytes + 8);
	if (count > len)
		return false;
	pack_begin(writer, -1, count);
	if (parse_entries(writer, bytes, len - PACK_TRAILER, count) && pack_end(writer) &&
		memcmp(writer->checksum, bytes + len - PACK_TRAILER, PACK_TRAILER) == 0)
		return true;
	pack_release(writer);
	return false;
}
