/* SPDX-License-Identifier: ISC */
/*
 * Objects on their way in: id and zlib stream, made by the thread that submits, so that the committer need not.
 * Blobs are deflated fast; trees and commits are stored (RFC 1951 3.2.4): ids do not compress, and maintenance makes
 * deltas of them later.
 */
#include "storage/backend.h"
#include "storage/git.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOB_LEVEL 1
#define STORED_MAX 65535u /* bytes of one stored block */
#define STORED_HEAD 5u

struct store_oid object_id(enum object_type type, const void *body, size_t len)
{
	struct store_oid oid = {0};
	git_oid id;

	git_once();
	if (git_odb_hash(&id, body, len, (git_object_t)type) == 0)
		oid = git_id_ours(&id);
	return oid;
}

static void *must_malloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		abort();
	return memory;
}

/* Two bytes of zlib header (RFC 1950), stored blocks, Adler-32. */
static void store_raw(struct object *object, const unsigned char *body, size_t len)
{
	size_t blocks = len ? (len + STORED_MAX - 1) / STORED_MAX : 1;
	unsigned char *out = must_malloc(2 + blocks * STORED_HEAD + len + 4), *at = out;
	unsigned long sum = adler32_z(adler32(0, NULL, 0), body, len);

	*at++ = 0x78;
	*at++ = 0x01;
	for (size_t i = 0; i < blocks; i++) {
		size_t piece = len < STORED_MAX ? len : STORED_MAX;
		*at++ = i + 1 == blocks;
		*at++ = (unsigned char)piece;
		*at++ = (unsigned char)(piece >> 8);
		*at++ = (unsigned char)~piece;
		*at++ = (unsigned char)(~piece >> 8);
		if (piece)
			memcpy(at, body, piece);
		at += piece;
		body += piece;
		len -= piece;
	}
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (unsigned char)(sum >> shift);
	object->deflated = out;
	object->deflated_len = (size_t)(at - out);
}

/* A window as small as the body: clearing a large one costs more than deflating an event. */
static int window_bits(size_t len)
{
	int bits = 10;

	while (bits < MAX_WBITS && ((size_t)1 << bits) < len)
		bits++;
	return bits;
}

static void deflate_blob(struct object *object, const unsigned char *body, size_t len)
{
	z_stream z = {0};
	int bits = window_bits(len);

	if (deflateInit2(&z, BLOB_LEVEL, Z_DEFLATED, bits, bits < 13 ? 5 : 8, Z_DEFAULT_STRATEGY) !=
		Z_OK)
		abort();
	size_t room = deflateBound(&z, len);
	object->deflated = must_malloc(room);
	size_t in = 0, out = 0;
	int code = Z_OK;
	/* avail_in and avail_out are 32 bits wide */
	while (code == Z_OK) {
		size_t piece = len - in < UINT32_MAX / 2 ? len - in : UINT32_MAX / 2;
		size_t space = room - out < UINT32_MAX / 2 ? room - out : UINT32_MAX / 2;
		z.next_in = (z_const Bytef *)(body + in);
		z.avail_in = (uInt)piece;
		z.next_out = object->deflated + out;
		z.avail_out = (uInt)space;
		code = deflate(&z, in + piece == len ? Z_FINISH : Z_NO_FLUSH);
		in += piece - z.avail_in;
		out += space - z.avail_out;
	}
	if (code != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	object->deflated_len = out;
}

void object_make(struct object *object, enum object_type type, const void *body, size_t len)
{
	object->type = type;
	object->oid = object_id(type, body, len);
	object->size = len;
	if (type == OBJECT_BLOB)
		deflate_blob(object, body, len);
	else
		store_raw(object, body, len);
}

void object_release(struct object *object)
{
	free(object->deflated);
	*object = (struct object){0};
}
