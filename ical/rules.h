/* SPDX-License-Identifier: ISC */
/* The tables of rules.c, for judge.c and nobody else. */
#ifndef ICAL_RULES_H
#define ICAL_RULES_H

#include "ical/internal.h"
#include "src/base/tolerance.h"

/* Components, as bits. */
enum rule_place {
	IN_NOTHING = 0,
	IN_CALENDAR = 1,
	IN_EVENT = 2,
	IN_TODO = 4,
	IN_JOURNAL = 8,
	IN_FREEBUSY = 16,
	IN_AVAILABILITY = 32,
	IN_AVAILABLE = 64,
	IN_ZONE = 128,
	IN_OBSERVANCE = 256, /* STANDARD, DAYLIGHT */
	IN_ALARM = 512,
	IN_ANY = 1023,
};

/* Value types (5545 3.3), as bits. */
enum rule_type {
	TYPE_TEXT = 1,
	TYPE_URI = 2,
	TYPE_CAL_ADDRESS = 4,
	TYPE_BINARY = 8,
	TYPE_BOOLEAN = 16,
	TYPE_DATE = 32,
	TYPE_DATE_TIME = 64,
	TYPE_TIME = 128,
	TYPE_DURATION = 256,
	TYPE_PERIOD = 512,
	TYPE_RECUR = 1024,
	TYPE_INTEGER = 2048,
	TYPE_FLOAT = 4096,
	TYPE_UTC_OFFSET = 8192,
	TYPE_GEO = 16384,                                    /* two of FLOAT (5545 3.8.1.6) */
	TYPE_FREE = TYPE_TEXT | TYPE_URI | TYPE_CAL_ADDRESS, /* any characters */
};

/* A tolerance in a column where 0 is "none". */
#define MAY(name) (TOLERATE_##name + 1)

struct rule_comp {
	const char *name;
	uint16_t place;
	uint16_t parents; /* where it may stand; below what has no row anything may */
};

struct rule_word {
	const char *word;
	uint16_t places; /* where it may be said */
};

enum rule_flag {
	FIRM = 1,  /* never empty */
	LIST = 2,  /* values with commas between */
	STAMP = 4, /* an instant that somebody's clock showed: in UTC */
};

struct rule_prop {
	const char *name;
	uint16_t type, also; /* enum rule_type: without VALUE; what VALUE may say beside */
	uint16_t must, once; /* enum rule_place: exactly once, at most once */
	uint8_t flags;       /* enum rule_flag */
	uint8_t missing;     /* MAY(…): where `must` is not meant */
	uint8_t unread;      /* MAY(…): where the value can not be read */
	int max;             /* of INTEGER, from 0 on */
	const struct rule_word *words; /* all there are, or NULL; ends with a NULL word */
};

struct rule_param {
	const char *name, *prop;
	const struct rule_word *words;
};

#define RULE_PROPS 64 /* not less than there are rows of struct rule_prop */

/* NULL: no row. */
const struct rule_comp *rule_comp_of(struct cal_slice name);
const struct rule_prop *rule_prop_of(struct cal_slice name);
const struct rule_param *rule_param_of(const struct rule_prop *prop, struct cal_slice name);
/* The number of a row, below RULE_PROPS; and back, NULL past the last. */
size_t rule_prop_index(const struct rule_prop *prop);
const struct rule_prop *rule_prop_at(size_t index);
/* The type that VALUE names, 0 for a name without a row. */
uint32_t rule_type_of(struct cal_slice name);

#endif
