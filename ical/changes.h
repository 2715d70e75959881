/* SPDX-License-Identifier: ISC */
/*
 * What changed from one version of an entry to the next, in words for people: "photo got smaller (480 KB to 12 KB)". Cards are
 * compared with cards, calendar objects with calendar objects. It is the content that is compared: the order of properties, of
 * parameters and of their values, folding, the case of names, escaping, base64 as a data: URI or not are no change.
 */
#ifndef ICAL_CHANGES_H
#define ICAL_CHANGES_H

#include "ical/cal.h"

#define CAL_MAX_COMPARED_LINES 50000 /* of one version; longer ones are not compared */

enum cal_change_kind {
	CAL_ADDED,
	CAL_REMOVED,
	CAL_CHANGED, /* another value instead */
	CAL_SMALLER, /* a photo with fewer bytes; a text that became its own beginning; parts that became empty */
	CAL_DETAILS,   /* the value stayed, its parameters did not */
	CAL_CONVERTED, /* another version of vCard */
	CAL_UNSEEN,    /* nothing that anybody sees: REV, spelling */
};

struct cal_change {
	enum cal_change_kind kind;
	bool loss; /* something is gone, and nothing of its property is there instead */
	const char
		*property; /* its name in capitals; several with commas between; "" of the whole */
	const char *text;  /* one clean line */
};

/* All changes, losses first, in the arena; at least one where the bytes differ. False: one of the two can not be read or is too
 * long, or they are not of the same kind. */
bool cal_changes(struct arena *arena, const struct cal_change **list, size_t *n, const char *before,
	size_t before_len, const char *after, size_t after_len);

/* The kind as scripts read it: "added". */
const char *cal_change_word(enum cal_change_kind kind);

#endif
