/* SPDX-License-Identifier: ISC */
/* A zone file of the system, read: its changes until 2099, and the rule behind them. For ical/ only. */
#ifndef ICAL_ZONEFILE_H
#define ICAL_ZONEFILE_H

#include "ical/internal.h"

struct cal_zone_type {
	int32_t offset; /* seconds east of UTC */
	bool dst;
	char name[16]; /* "CEST" */
};

struct cal_zone_change {
	int64_t at;
	struct cal_zone_type type;
	bool ruled; /* comes from the rule, not from the table */
};

/* "M3.5.0/2": day 0 (Sunday) of week 5 (the last) of March at 2 o'clock. */
struct cal_zone_rule {
	int month, week, day, time;
};

struct cal_zone_file {
	struct arena *arena;
	struct cal_zone_type first; /* before all changes */
	struct cal_zone_change *changes;
	size_t n;
	bool has_rules;
	struct cal_zone_type standard, summer; /* of the rules */
	struct cal_zone_rule begin, end;       /* of summer time */
};

/* False when there is no such zone. */
bool cal_zone_file_read(struct cal_zone_file *file, struct arena *arena, const char *name);
/* When the rule strikes in a year, on the clock that it ends. */
int64_t cal_zone_rule_local(const struct cal_zone_rule *rule, int year);
/* The zone as VTIMEZONE (zonetext.c). */
void cal_zone_file_write(struct buf *out, const struct cal_zone_file *file, const char *name);

#endif
