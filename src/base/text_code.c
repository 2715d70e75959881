/* SPDX-License-Identifier: ISC */
/*
 * Encodings: percent (RFC 3986 2.1), hex, base64 (RFC 4648 4) and the random UUID (RFC 9562 5.4).
 */
#include "src/base/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* What stays in a path segment: unreserved (RFC 3986 2.3), and what pchar allows without doubt. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
			    "@+=,!$'()*";

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Value of two hex digits, -1 if they are none; stops at a NUL. */
static int octet(const char *hex)
{
	int high = nibble(hex[0]);
	int low = high < 0 ? -1 : nibble(hex[1]);

	return low < 0 ? -1 : high * 16 + low;
}

char *text_percent_decode(struct arena *arena, const char *segment, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)segment[i];
		if (c == '%') {
			c = len - i > 2 ? octet(segment + i + 1) : -1;
			if (c == '/')
				return NULL;
			i += 2;
		}
		if (c <= 0)
			return NULL;
		out[used++] = (char)c;
	}
	return out;
}

void text_percent_encode(struct buf *out, const char *segment)
{
	while (*segment) {
		size_t run = strspn(segment, plain);
		buf_add(out, segment, run);
		segment += run;
		if (*segment)
			buf_addf(out, "%%%02X", (unsigned char)*segment++);
	}
}

void text_hex(char *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

bool text_unhex(unsigned char *out, const char *hex, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (octet(hex + 2 * i) < 0)
			return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)octet(hex + 2 * i);
	return true;
}

char *text_base64_decode(struct arena *arena, const char *text, size_t *len)
{
	size_t have = strlen(text), room = have / 4 * 3, found;
	unsigned char *out = arena_alloc(arena, room + 1);

	if (sodium_base642bin(
		    out, room, text, have, NULL, &found, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return NULL;
	out[found] = '\0';
	*len = found;
	return (char *)out;
}

void text_uuid(char out[37])
{
	unsigned char raw[16];
	char hex[33];

	if (sodium_init() < 0)
		abort();
	randombytes_buf(raw, sizeof(raw));
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	text_hex(hex, raw, sizeof(raw));
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*out++ = '-';
		*out++ = hex[i];
	}
	*out = '\0';
}
