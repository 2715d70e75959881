/* SPDX-License-Identifier: ISC */
/*
 * The growing byte string. Once `full` is set every further append is refused too, so that a
 * too long result is a clean prefix and never one with a hole in it.
 */
#include "src/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MIN 64 /* first allocation */

void buf_init(struct buf *buf, size_t max)
{
	/* One byte is for the NUL. */
	*buf = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
	if (buf->data)
		buf->data[0] = '\0';
}

char *buf_take(struct buf *buf, size_t *len)
{
	if (!buf->data)
		buf_reserve(buf, 0);
	char *data = buf->data;
	if (len)
		*len = buf->len;
	*buf = (struct buf){.max = buf->max};
	return data;
}

bool buf_reserve(struct buf *buf, size_t more)
{
	if (more > buf->max - buf->len)
		return false;
	size_t need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	size_t cap = buf->cap > SIZE_MAX / 2 ? SIZE_MAX : buf->cap * 2;
	if (cap < BUF_MIN)
		cap = BUF_MIN;
	if (cap > buf->max + 1)
		cap = buf->max + 1;
	if (cap < need)
		cap = need;
	buf->data = realloc(buf->data, cap);
	if (!buf->data)
		abort();
	buf->cap = cap;
	buf->data[buf->len] = '\0';
	return true;
}

/* Room for an append; remembers a refusal. */
static bool room(struct buf *buf, size_t more)
{
	if (buf->full || !buf_reserve(buf, more)) {
		buf->full = true;
		return false;
	}
	return true;
}

bool buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!room(buf, len))
		return false;
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool buf_addc(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

bool buf_adds(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

bool buf_addf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		abort();
	if (!room(buf, (size_t)len))
		return false;
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return true;
}
