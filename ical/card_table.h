/* SPDX-License-Identifier: ISC */
/*
 * The properties of vCards as a table: which version has them, how often, and what their values are. Whoever checks, converts
 * or compares cards asks it; a property that is not in it is kept as it is.
 */
#ifndef ICAL_CARD_TABLE_H
#define ICAL_CARD_TABLE_H

#include "ical/internal.h"

enum card_version { CARD_2_1, CARD_3_0, CARD_4_0, CARD_NO_VERSION };

/* How often a property may stand in a card (6350 3.3: with the same ALTID several count as one; 2426 5). */
enum card_times {
	CARD_NEVER,        /* the version does not know it */
	CARD_ONCE,         /* "1" */
	CARD_AT_MOST_ONE,  /* "*1" */
	CARD_AT_LEAST_ONE, /* "1*" */
	CARD_ANY,          /* "*" */
};
/* "1" or "*1" */
bool card_is_single(enum card_times times);

/* The type of a value where no VALUE parameter says otherwise. */
enum card_value {
	CARD_TEXT,
	CARD_TEXT_LIST,  /* with commas between */
	CARD_STRUCTURED, /* components with semicolons between, each a list */
	CARD_URI,
	CARD_BINARY, /* 3.0: base64, with ENCODING=b */
	CARD_DATE,   /* 3.0: date or date-time; 4.0: date-and-or-time, which may lack its year */
	CARD_TIMESTAMP,
	CARD_LANGUAGE_TAG,
	CARD_UTC_OFFSET,
	CARD_GEO,  /* 3.0: two floats with a semicolon between */
	CARD_CARD, /* 3.0 AGENT: a vCard */
	CARD_VERSION_NUMBER,
};

struct card_prop {
	const char *name;
	enum card_times times3, times4;
	enum card_value value3, value4;
	const char *section; /* RFC and section of the newest definition */
};

/* The row of a property (its name without a group, in any case); NULL: none. */
const struct card_prop *card_prop_named(struct cal_slice name);
/* By index, for tests of the whole table; NULL behind the last. */
const struct card_prop *card_prop_at(size_t index);

/* What stands behind VERSION. */
enum card_version card_version_of(struct cal_slice value);
/* Is it the name of a property that may tell of a day of the year (card_days.c)? */
bool card_is_day(struct cal_slice name);
/* The name of a line, and its group before it ("item1" of "item1.TEL"; empty when there is none). */
struct cal_slice card_name(const struct cal_line *line, struct cal_slice *group);

#endif
