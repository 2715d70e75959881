/* SPDX-License-Identifier: ISC */
/*
 * A zone of the system as VTIMEZONE (5545 3.6.5), for clients that ask for one: what changed since 1970 by RDATE, and
 * two rules from the year on that they hold.
 */
#include "ical/zonefile.h"
#include "src/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rule at 24:00 or before 0:00 has no BYDAY of its own; such zones get dates until then. */
#define LAST_DATE INT64_C(2840140800) /* 2060 */

struct writer {
	struct buf *out;
	const struct cal_zone_file *file;
	size_t first, tail; /* changes since 1970; from here on the rules hold */
};

static int32_t offset_before(const struct cal_zone_file *file, size_t i)
{
	return i ? file->changes[i - 1].type.offset : file->first.offset;
}

static void add_time(struct buf *out, const char *name, int64_t local)
{
	struct cal_when when = {local, FORM_FLOATING, NULL};
	char text[32];

	cal_when_format(text, &when);
	buf_addf(out, "%s:%s\r\n", name, text);
}

static void add_offset(struct buf *out, const char *name, int32_t offset)
{
	int s = abs(offset);

	buf_addf(out, "%s:%c%02d%02d", name, offset < 0 ? '-' : '+', s / 3600, s / 60 % 60);
	if (s % 60)
		buf_addf(out, "%02d", s % 60);
	buf_adds(out, "\r\n");
}

static void begin(struct buf *out, const struct cal_zone_type *type, int32_t from, int64_t at)
{
	buf_addf(out, "BEGIN:%s\r\n", type->dst ? "DAYLIGHT" : "STANDARD");
	add_time(out, "DTSTART", at + from);
	add_offset(out, "TZOFFSETFROM", from);
	add_offset(out, "TZOFFSETTO", type->offset);
	if (type->name[0])
		buf_addf(out, "TZNAME:%s\r\n", type->name);
}

static void end(struct buf *out, const struct cal_zone_type *type)
{
	buf_addf(out, "END:%s\r\n", type->dst ? "DAYLIGHT" : "STANDARD");
}

static bool same(const struct writer *w, size_t i, size_t j)
{
	const struct cal_zone_type *a = &w->file->changes[i].type, *b = &w->file->changes[j].type;

	return a->offset == b->offset && a->dst == b->dst && strcmp(a->name, b->name) == 0 &&
		offset_before(w->file, i) == offset_before(w->file, j);
}

/* One observance for all changes of the same kind, at the first of them. */
static void add_dates(struct writer *w, size_t i)
{
	const struct cal_zone_file *file = w->file;

	for (size_t j = w->first; j < i; j++)
		if (same(w, i, j))
			return;
	begin(w->out, &file->changes[i].type, offset_before(file, i), file->changes[i].at);
	for (size_t j = i + 1; j < w->tail; j++)
		if (same(w, i, j))
			add_time(w->out, "RDATE", file->changes[j].at + offset_before(file, j));
	end(w->out, &file->changes[i].type);
}

static void add_rule(struct writer *w, const struct cal_zone_rule *rule,
	const struct cal_zone_type *from, const struct cal_zone_type *to, int year)
{
	static const char *const days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

	begin(w->out, to, from->offset, cal_zone_rule_local(rule, year) - from->offset);
	buf_addf(w->out, "RRULE:FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s\r\n", rule->month,
		rule->week == 5 ? -1 : rule->week, days[rule->day]);
	end(w->out, to);
}

static bool is_plain(const struct cal_zone_rule *rule)
{
	return rule->time >= 0 && rule->time < CAL_DAY;
}

static int year_of(int64_t at)
{
	int year, month, day;

	clock_to_civil(at, &year, &month, &day);
	return year;
}

/* Is the change what the rules say for its year? */
static bool is_ruled(const struct cal_zone_file *file, size_t i)
{
	const struct cal_zone_change *change = &file->changes[i];
	const struct cal_zone_type *type = change->type.dst ? &file->summer : &file->standard;
	const struct cal_zone_type *from = change->type.dst ? &file->standard : &file->summer;
	int year = year_of(change->at + from->offset);

	return change->type.offset == type->offset && offset_before(file, i) == from->offset &&
		change->at ==
		cal_zone_rule_local(change->type.dst ? &file->begin : &file->end, year) -
			from->offset;
}

/* The first change of the first year from which on all follow the rules. */
static void find_tail(struct writer *w)
{
	const struct cal_zone_file *file = w->file;
	bool plain = file->has_rules && is_plain(&file->begin) && is_plain(&file->end);
	size_t i = file->n;

	w->tail = file->n;
	if (!plain) {
		while (w->tail && file->changes[w->tail - 1].ruled &&
			file->changes[w->tail - 1].at > LAST_DATE)
			w->tail--;
		return;
	}
	while (i > w->first && is_ruled(file, i - 1))
		i--;
	/* not in the middle of a year */
	while (i > 0 && i < file->n &&
		year_of(file->changes[i - 1].at + file->standard.offset) ==
			year_of(file->changes[i].at + file->standard.offset))
		i++;
	w->tail = i;
}

void cal_zone_file_write(struct buf *out, const struct cal_zone_file *file, const char *name)
{
	struct writer w = {.out = out, .file = file};
	const struct cal_zone_type *type = &file->first;
	int32_t from = type->offset;

	while (w.first < file->n && file->changes[w.first].at < 0)
		w.first++;
	find_tail(&w);
	if (w.first) {
		type = &file->changes[w.first - 1].type;
		from = offset_before(file, w.first - 1);
	}
	buf_addf(out, "BEGIN:VTIMEZONE\r\nTZID:%s\r\n", name);
	begin(out, type, from, w.first ? file->changes[w.first - 1].at : 0);
	end(out, type);
	for (size_t i = w.first; i < w.tail; i++)
		add_dates(&w, i);
	if (w.tail < file->n && is_plain(&file->begin) && is_plain(&file->end)) {
		int year = year_of(file->changes[w.tail].at + file->standard.offset);

		add_rule(&w, &file->begin, &file->standard, &file->summer, year);
		add_rule(&w, &file->end, &file->summer, &file->standard, year);
	}
	buf_adds(out, "END:VTIMEZONE\r\n");
}
