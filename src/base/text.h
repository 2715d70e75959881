/* SPDX-License-Identifier: ISC */
/*
 * Small functions on NUL-terminated strings. ASCII only where a case is folded; never the locale.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "src/base/arena.h"
#include "src/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Comparisons; NULL equals only NULL. */
bool text_equal(const char *a, const char *b);
bool text_equal_nocase(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_starts_nocase(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
/* Finds `needle` in `hay` without regard to ASCII case; NULL if absent. */
const char *text_find_nocase(const char *hay, const char *needle);
/* Lower-case copy (ASCII). */
char *text_lower(struct arena *arena, const char *text);
/* Copy without surrounding space, tab, CR and LF. */
char *text_trim(struct arena *arena, const char *text);

/* Splits at `separator`, trims every piece, drops empty ones. The array ends with NULL. */
char **text_split(struct arena *arena, const char *text, char separator, size_t *count);

/* Whole string is a decimal number that fits; no sign, no space. */
bool text_to_u64(const char *text, uint64_t *value);

/* Valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool text_is_utf8(const char *bytes, size_t len);
/* Copy on one line for logs and commit subjects: controls become a space, runs of space one, at
 * most `max` bytes, cut at a character's edge with "…" at the end; invalid UTF-8 becomes "?". */
char *text_clean_line(struct arena *arena, const char *text, size_t max);

/* Percent-decoding of ONE path segment (RFC 3986 2.1). NULL for a bad escape, for %00 and for %2F. */
char *text_percent_decode(struct arena *arena, const char *segment, size_t len);
/* Appends `segment` percent-encoded in our one canonical form: unreserved characters of RFC 3986
 * 2.3 and "@", "+", "=", ",", "!", "$", "'", "(", ")", "*" stay; all else becomes %XX (upper-case
 * hex). */
void text_percent_encode(struct buf *out, const char *segment);

/* Lower-case hex. */
void text_hex(char *out, const unsigned char *bytes, size_t len); /* writes 2*len+1 characters */
bool text_unhex(unsigned char *out, const char *hex, size_t len); /* reads 2*len characters */

/* Base64 (RFC 4648 4). Decoding gives NULL when malformed; result is NUL-terminated, *len its
 * bytes. */
char *text_base64_decode(struct arena *arena, const char *text, size_t *len);

/* A random UUID (RFC 9562 version 4), 36 characters and NUL. */
void text_uuid(char out[37]);

#endif
