/* SPDX-License-Identifier: ISC */
/*
 * A growing byte string that is born with its limit. `data` is always NUL-terminated (once
 * anything was added). When an append would pass `max`, nothing is added, `full` is set and stays
 * set: check it once at the end. `= {0}` is an empty buffer that may hold nothing; use buf_init.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap, max;
	bool full;
};

void buf_init(struct buf *buf, size_t max);
/* Frees the bytes; the buffer is then empty with the same limit. */
void buf_free(struct buf *buf);
/* Forgets the content, keeps the memory. */
void buf_reset(struct buf *buf);
/* Hands the bytes to the caller, who frees them with free(); the buffer is then empty. */
char *buf_take(struct buf *buf, size_t *len);

/* All appends return false when the limit was hit. */
bool buf_add(struct buf *buf, const void *bytes, size_t len);
bool buf_addc(struct buf *buf, char c);
bool buf_adds(struct buf *buf, const char *text);
bool buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for `more` bytes, so that appends do not reallocate; false when over the limit. */
bool buf_reserve(struct buf *buf, size_t more);

#endif
