/* SPDX-License-Identifier: ISC */
/*
 * "Did you mean": the nearest of a few names, by edit distance. Used for commands and for keys of
 * the config file.
 */
#include "src/commands.h"

#include <string.h>

#define MAX_NAME 64    /* longer words are never suggested for */
#define MAX_DISTANCE 3 /* edits; also at most half of the word */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[MAX_NAME + 1];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

const char *suggest_name(const char *word, const char *const *names, size_t count)
{
	size_t len = strlen(word);
	size_t best = MAX_DISTANCE + 1;
	const char *found = NULL;

	if (len > MAX_NAME)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) > MAX_NAME)
			continue;
		size_t d = distance(word, names[i]);

		if (d < best && d * 2 <= len) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
