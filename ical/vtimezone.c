/* SPDX-License-Identifier: ISC */
/*
 * A VTIMEZONE (5545 3.6.5) becomes a table of onsets, sorted: the instants at which the offset changes.
 * Observances with a rule are written out to 2100; later years look like one of the 28 before that, which
 * zone.c sees to. Doing so costs some microseconds where asking libical costs 800.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <stdlib.h>
#include <string.h>

#define EARLIEST                                                                                   \
	INT64_C(-2208988800) /* 1900: rules that begin in 1601 are not written out from there */
#define LATEST INT64_C(4102444800) /* 2100 */
#define MAX_OBSERVANCES 400

struct onset {
	int64_t at;
	int from, to;
};

struct builder {
	struct cal_object *object;
	struct arena *arena;
	struct onset *onsets;
	size_t n, cap;
};

struct observance {
	struct cal_when start;
	int from, to;
	bool has_start, has_from, has_to;
};

static bool add(struct builder *b, const struct observance *o, int64_t local)
{
	if (b->n == CAL_MAX_ONSETS)
		return false;
	b->onsets = arena_grow(b->arena, b->onsets, &b->cap, b->n + 1, sizeof(*b->onsets));
	b->onsets[b->n++] = (struct onset){local - o->from, o->from, o->to};
	return true;
}

static bool add_rule(struct builder *b, const struct observance *o, struct cal_slice text)
{
	struct cal_rule rule;
	struct cal_recur recur;
	int64_t local;
	bool fine = true;

	if (cal_rule_parse(&rule, text) || rule.foreign || rule.freq < FREQ_MONTHLY)
		return false;
	rule.until_local = FACTS_FOREVER;
	if (rule.has_until) /* in UTC, or on the old clock where the writer did not know better */
		rule.until_local = rule.until.local + (rule.until.form == FORM_UTC ? o->from : 0) +
			(rule.until.form == FORM_DATE ? CAL_DAY - 1 : 0);
	cal_recur_begin(&recur, &rule, &o->start);
	cal_recur_seek(&recur, EARLIEST);
	while (fine && cal_recur_next(&recur, &local) && local < LATEST) {
		b->object->zone_steps += (size_t)recur.steps;
		fine = b->object->zone_steps < CAL_MAX_ZONE_STEPS &&
			(local == o->start.local || add(b, o, local));
	}
	b->object->zone_steps += (size_t)recur.steps;
	cal_recur_end(&recur);
	return fine;
}

static bool add_dates(struct builder *b, const struct observance *o, const struct cal_line *line)
{
	struct cal_slice rest = line->value, one;
	struct cal_when when;

	while (cal_slice_cut(&rest, ',', &one)) {
		if (one.n == 0)
			continue;
		if (!cal_when_parse(&when, NULL, NULL, one))
			return false;
		if (when.form == FORM_UTC)
			when.local += o->from;
		if (when.local != o->start.local && !add(b, o, when.local))
			return false;
	}
	return true;
}

static bool read_head(struct builder *b, const struct cal_comp *comp, struct observance *o)
{
	const struct cal_line *line;

	*o = (struct observance){0};
	for (uint32_t at = comp->begin; (line = cal_comp_next(b->object, comp, &at));) {
		if (line->prop == PROP_DTSTART)
			o->has_start = cal_when_parse(&o->start, NULL, NULL, line->value);
		else if (line->prop == PROP_TZOFFSETFROM)
			o->has_from = cal_offset_parse(&o->from, line->value);
		else if (line->prop == PROP_TZOFFSETTO)
			o->has_to = cal_offset_parse(&o->to, line->value);
	}
	if (o->start.form == FORM_UTC) {
		o->start.local += o->from;
		o->start.form = FORM_FLOATING;
	}
	return o->has_start && o->has_from && o->has_to;
}

static bool add_observance(struct builder *b, const struct cal_comp *comp)
{
	struct observance o;
	const struct cal_line *line;

	if (!read_head(b, comp, &o) || !add(b, &o, o.start.local))
		return false;
	for (uint32_t at = comp->begin; (line = cal_comp_next(b->object, comp, &at));) {
		if (line->prop == PROP_RRULE && !add_rule(b, &o, line->value))
			return false;
		if (line->prop == PROP_RDATE && !add_dates(b, &o, line))
			return false;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct onset *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static struct cal_zone *finish(struct builder *b, const char *name)
{
	struct cal_zone *zone = arena_alloc(b->arena, sizeof(*zone));
	int32_t offset = b->onsets[0].from;

	zone->name = name;
	zone->before = offset;
	zone->onsets = arena_array(b->arena, b->n, sizeof(*zone->onsets));
	for (size_t i = 0; i < b->n; i++) {
		if (b->onsets[i].to == offset)
			continue; /* only the name changed */
		zone->onsets[zone->n_onsets++] = (struct cal_onset){
			b->onsets[i].at, b->onsets[i].at + offset, b->onsets[i].to};
		offset = b->onsets[i].to;
	}
	return zone;
}

struct cal_zone *cal_vtimezone_table(
	struct cal_object *object, const struct cal_comp *comp, struct arena *arena)
{
	struct builder b = {.object = object, .arena = arena};
	const struct cal_line *tzid = cal_comp_find(object, comp, PROP_TZID);
	size_t n = 0;

	if (!tzid)
		return NULL;
	for (uint32_t child = comp->child; child != CAL_NONE; child = object->comps[child].next) {
		uint8_t kind = object->comps[child].kind;

		if (kind != KIND_STANDARD && kind != KIND_DAYLIGHT)
			continue;
		if (++n > MAX_OBSERVANCES || !add_observance(&b, &object->comps[child]))
			return NULL;
	}
	if (n == 0)
		return NULL;
	qsort(b.onsets, b.n, sizeof(*b.onsets), compare);
	return finish(&b, cal_slice_dup(arena, tzid->value));
}
