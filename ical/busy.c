/* SPDX-License-Identifier: ISC */
/*
 * When an object makes its owner busy (4791 7.10): each instance of a VEVENT by its TRANSP and
 * STATUS, and what a VFREEBUSY says itself. Expansion is that of queries, with its bounds.
 */
#include "ical/internal.h"

#include <stdlib.h>

void cal_busy_put(struct arena *arena, struct cal_busy_list *list, const struct cal_range *range,
	const struct cal_range *span, enum cal_busy_type type)
{
	int64_t start = span->start > range->start ? span->start : range->start;
	int64_t end = span->end < range->end ? span->end : range->end;

	if (start >= end)
		return;
	list->spans = arena_grow(arena, list->spans, &list->cap, list->n + 1, sizeof(*list->spans));
	list->spans[list->n++] = (struct cal_busy){start, end, type};
}

/* False: too many. */
static bool add(struct cal_busy_raws *raws, const struct cal_busy_raw *raw)
{
	if (raws->n == raws->max)
		return false;
	raws->spans = arena_grow(
		raws->arena, raws->spans, &raws->cap, raws->n + 1, sizeof(*raws->spans));
	raws->spans[raws->n++] = *raw;
	return true;
}

/* The table of 4791 7.10: transparent and cancelled ones are free, tentative ones have a
 * type of their own. */
bool cal_event_is_busy(
	const struct cal_object *object, const struct cal_comp *comp, enum cal_busy_type *type)
{
	struct cal_slice status = cal_comp_value(object, comp, "STATUS");

	if (cal_slice_is(cal_comp_value(object, comp, "TRANSP"), "TRANSPARENT") ||
		cal_slice_is(status, "CANCELLED"))
		return false;
	*type = cal_slice_is(status, "TENTATIVE") ? CAL_BUSY_TENTATIVE : CAL_BUSY;
	return true;
}

struct walk {
	struct cal_busy_raws *raws;
	const struct cal_object *object;
	const struct cal_series *series; /* whose type is known */
	enum cal_busy_type type;
	bool busy;
};

static bool each_instance(void *payload, const struct cal_instance *instance)
{
	struct walk *walk = payload;

	if (walk->series != instance->series) {
		walk->series = instance->series;
		walk->busy = cal_event_is_busy(walk->object, instance->series->comp, &walk->type);
	}
	struct cal_busy_raw raw = {instance->start, instance->end, walk->type, instance->floating};
	return !walk->busy || raw.start >= raw.end || add(walk->raws, &raw);
}

static bool is_endless(const struct cal_set *set)
{
	for (size_t i = 0; i < set->n_series; i++)
		for (size_t j = 0; set->series[i].recurs && j < set->series[i].n_rules; j++)
			if (!set->series[i].rules[j].count && !set->series[i].rules[j].has_until)
				return true;
	return false;
}

static enum cal_code add_events(
	struct cal_busy_raws *raws, struct cal_object *object, const struct cal_comp *top)
{
	struct walk walk = {.raws = raws, .object = object};
	struct cal_set set;

	if (!cal_set_read(&set, object, top, KIND_VEVENT, NULL))
		return CAL_MALFORMED;
	if (raws->window.end == FACTS_FOREVER && is_endless(&set)) {
		if (raws->if_endless.start == raws->if_endless.end)
			return CAL_LIMIT;
		raws->window = raws->if_endless;
	}
	return cal_set_walk(&set, &raws->window, each_instance, &walk) == WALK_END ? CAL_OK
										   : CAL_LIMIT;
}

/* FBTYPE of a FREEBUSY line; false for FREE. A type nobody knows is BUSY (5545 3.2.9). */
static bool line_type(const struct cal_line *line, enum cal_busy_type *type)
{
	struct cal_slice name = cal_line_param(line, "FBTYPE");

	*type = CAL_BUSY;
	if (cal_slice_is(name, "BUSY-TENTATIVE"))
		*type = CAL_BUSY_TENTATIVE;
	else if (cal_slice_is(name, "BUSY-UNAVAILABLE"))
		*type = CAL_BUSY_UNAVAILABLE;
	return !cal_slice_is(name, "FREE");
}

static enum cal_code add_freebusy(
	struct cal_busy_raws *raws, struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_line *line;
	uint32_t at = comp->begin;

	while ((line = cal_comp_next(object, comp, &at))) {
		struct cal_slice rest = line->value, value;
		enum cal_busy_type type;
		if (line->prop != PROP_FREEBUSY || !line_type(line, &type))
			continue;
		while (cal_slice_cut(&rest, ',', &value)) {
			struct cal_when start, end;
			if (!cal_period_parse(&start, &end, object, line, value))
				continue;
			struct cal_busy_raw raw = {cal_when_instant(&start), cal_when_instant(&end),
				type, cal_is_floating(start.form)};
			if (raw.start < raw.end && !add(raws, &raw))
				return CAL_LIMIT;
		}
	}
	return CAL_OK;
}

enum cal_code cal_busy_read(struct cal_busy_raws *raws, const char *bytes, size_t len)
{
	struct cal_object object;
	struct facts_fault fault;
	struct arena *scratch = arena_new();
	enum cal_code code = CAL_MALFORMED;

	if (cal_object_parse(&object, scratch, &cal_object_limits, bytes, len, &fault)) {
		const struct cal_comp *top = cal_object_top(&object);
		code = top ? add_events(raws, &object, top) : CAL_MALFORMED;
		for (uint32_t i = top ? top->child : CAL_NONE; i != CAL_NONE && code == CAL_OK;
			i = object.comps[i].next)
			if (object.comps[i].kind == KIND_VFREEBUSY)
				code = add_freebusy(raws, &object, &object.comps[i]);
	}
	arena_free(scratch);
	return code;
}

void cal_busy_put_raw(struct arena *arena, struct cal_busy_list *list,
	const struct cal_range *range, const struct cal_zone *zone, const struct cal_busy_raw *raw)
{
	struct cal_range span = {raw->start, raw->end};

	if (raw->floating) {
		span.start = cal_zone_to_utc(zone, span.start);
		span.end = cal_zone_to_utc(zone, span.end);
	}
	cal_busy_put(arena, list, range, &span, raw->type);
}

enum cal_code cal_busy_add(struct arena *arena, struct cal_busy_list *list,
	const struct cal_range *range, const struct cal_zone *zone, const char *bytes, size_t len)
{
	struct cal_busy_raws raws = {.window = *range, .max = SIZE_MAX, .arena = arena_new()};
	enum cal_code code = cal_busy_read(&raws, bytes, len);

	for (size_t i = 0; i < raws.n; i++)
		cal_busy_put_raw(arena, list, range, zone, &raws.spans[i]);
	arena_free(raws.arena);
	return code;
}

static int by_start(const void *left, const void *right)
{
	const struct cal_busy *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->type > b->type) - (a->type < b->type);
}

void cal_busy_merge(struct cal_busy_list *list)
{
	struct cal_busy *last[CAL_BUSY_TYPES] = {NULL};
	size_t used = 0, i = 1;

	while (i < list->n && by_start(&list->spans[i - 1], &list->spans[i]) <= 0)
		i++;
	if (i < list->n)
		qsort(list->spans, list->n, sizeof(*list->spans), by_start);
	for (i = 0; i < list->n; i++) {
		const struct cal_busy next = list->spans[i];
		struct cal_busy *before = last[next.type];
		if (!before || next.start > before->end) {
			last[next.type] = &list->spans[used];
			list->spans[used++] = next;
		} else if (next.end > before->end) {
			before->end = next.end;
		}
	}
	list->n = used;
}
