/* SPDX-License-Identifier: ISC */
/* Time: the two clocks, and the date forms of HTTP and ISO 8601. All instants are Unix seconds,
 * UTC. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "src/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

int64_t clock_now(void);       /* Unix seconds */
int64_t clock_monotonic(void); /* nanoseconds, for durations */

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7). Needs 30 bytes. */
void clock_http(char out[30], int64_t when);
/* Reads the three forms of RFC 9110 5.6.7; false if it is none of them. */
bool clock_http_parse(const char *text, int64_t *when);
/* "1994-11-06T08:49:37Z" (RFC 3339). Needs 21 bytes. */
void clock_iso(char out[21], int64_t when);
/* Reads "YYYY-MM-DD" or RFC 3339 with Z or offset. */
bool clock_iso_parse(const char *text, int64_t *when);
/* Civil date to Unix seconds at 00:00 UTC, proleptic Gregorian, and back. */
int64_t clock_from_civil(int year, int month, int day);
void clock_to_civil(int64_t when, int *year, int *month, int *day);

#endif
