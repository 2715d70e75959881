/* SPDX-License-Identifier: ISC */
/*
 * How changes.c is told what an object holds. Cards and calendar objects become entries: a name, a value made comparable, and a
 * number for its parameters. What people call a property is a row in a table, one of cards and one of calendars.
 */
#ifndef ICAL_WORDING_H
#define ICAL_WORDING_H

#include "ical/internal.h"

#define WORDING_MAX_ENTRIES                                                                        \
	100000              /* of one version; the rest of a longer list counts as one value */
#define WORDING_PART '\x1f' /* between the components of a structured value */

enum wording_form {
	WORDING_TEXT,
	WORDING_LIST,  /* each value on its own, commas between */
	WORDING_PARTS, /* components, semicolons between */
	WORDING_BYTES, /* base64, a data: URI or a URI */
	WORDING_DATE,
};

enum wording_flag {
	WORDING_QUIET = 1, /* programs write it, nobody reads it */
	WORDING_BARE = 2,  /* what is left of an entry that became empty */
	WORDING_SHOWN = 4, /* the values stand in the words */
	WORDING_MOVES = 8, /* it does not change, it moves */
};

struct wording {
	const char *name;
	const char *one, *many; /* what people call it */
	enum wording_form form;
	unsigned flags;
};

struct entry {
	struct cal_slice name;
	const struct wording *row; /* NULL: nobody has a word for it */
	unsigned rank;             /* of the row: the most telling first */
	struct cal_slice value;
	uint64_t hash;    /* of the value */
	uint64_t details; /* of the parameters, in whatever order */
	size_t bytes;     /* of a photo, when it is in the card; else 0 */
};

/* One version. */
struct entries {
	struct arena *arena;
	const struct wording *table;
	size_t n_table;
	struct entry *list;
	size_t n, cap;
};

/* Adds the values of a line; an empty one is as good as none. `name` as it is called, without a group. */
void entries_add_line(struct entries *entries, const struct cal_line *line, struct cal_slice name,
	enum wording_form otherwise);
/* Adds something that is compared as a whole. */
void entries_add_whole(struct entries *entries, const char *name, struct cal_slice value);
/* A parameter, or a whole line, as a number that does not depend on order and case. */
uint64_t entries_details(const struct cal_line *line, bool with_media);

/* Fill `entries` from a parsed object (card_changes.c, cal_changes.c). */
void card_entries(struct entries *entries, const struct cal_object *object);
void calendar_entries(struct entries *entries, const struct cal_object *object);

#endif
