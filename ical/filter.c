/* SPDX-License-Identifier: ISC */
/*
 * Filters on the bytes (4791 9.7, 9.9): components, properties and parameters inside each other, as deep as the
 * filter goes. A time range asks the instances of the component at hand: a master answers for those that no
 * override replaced, each override for its own.
 */
#include "ical/internal.h"

#include <string.h>

#define N_KINDS (KIND_VTODO + 1)

struct match {
	struct cal_object object;
	const struct cal_zone *zone;
	struct cal_set sets[N_KINDS];
	bool read[N_KINDS], broken[N_KINDS];
	struct cal_scratch *scratch;
	int64_t left; /* steps for all ranges of the filter: an object may have 10 000 alarms */
};

/* The times of a component, read when first asked; NULL when there are none. */
static const struct cal_series *series_of(
	struct match *m, const struct cal_comp *comp, const struct cal_set **set)
{
	uint8_t kind = comp->kind;

	if (!cal_kind_bit(kind) || comp->parent != 0)
		return NULL;
	if (!m->read[kind]) {
		m->read[kind] = true;
		m->broken[kind] = !cal_set_read(
			&m->sets[kind], &m->object, &m->object.comps[0], kind, NULL);
	}
	*set = &m->sets[kind];
	size_t low = 0, high = m->broken[kind] ? 0 : (*set)->n_series;
	while (low < high) { /* they are in the order of the components */
		size_t middle = (low + high) / 2;

		if ((*set)->series[middle].comp == comp)
			return &(*set)->series[middle];
		if ((*set)->series[middle].comp < comp)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- asking instances ---- */

#define NEAR_RINGS 4 /* the one before, two for a change of the clock, the one after */

#define CLOCK_JUMP (3 * 3600) /* seconds; no zone's clock jumps further, but over a date line */

enum edge { EDGE_SPAN, EDGE_START, EDGE_END };

struct question {
	const struct cal_range *range;
	const struct cal_zone *zone;
	enum edge edge;
	struct cal_duration offset, interval; /* of an alarm */
	int64_t repeat;
	bool found;
};

static int64_t about(const struct cal_duration *duration)
{
	return duration->days * CAL_DAY + duration->seconds;
}

/* Days follow the clock on the wall, where the component has one (5545 3.3.6). */
static int64_t shifted(
	const struct cal_when *clock, int64_t at, const struct cal_duration *by, int64_t times)
{
	struct cal_when when = *clock;
	struct cal_duration all = {by->days * times, by->seconds * times};

	if (when.form != FORM_ZONED || !all.days)
		return at + about(&all);
	when.local = cal_zone_to_local(when.zone, at);
	when = cal_when_add(when, &all);
	return cal_when_instant(&when);
}

static bool rings_at(const struct question *q, const struct cal_instance *instance, int64_t at)
{
	struct cal_range ring = {at, at + 1};

	return cal_overlaps(q->range, &ring, instance->floating, q->zone);
}

/* Alarms (5545 3.6.6): of all rings only those about the beginning of the range need to be asked, since the first that
 * is not before it is in it when any is. */
static bool rings(const struct question *q, const struct cal_instance *instance, int64_t base)
{
	int64_t first = shifted(&instance->when, base, &q->offset, 1),
		interval = about(&q->interval), n = 0;
	int64_t start = instance->floating ? cal_zone_to_local(q->zone, q->range->start)
					   : q->range->start;

	/* The clock that floating times are compared on may jump anywhere in between. */
	int64_t slack = instance->floating && interval ? CLOCK_JUMP / interval : 0;
	if (q->repeat > 0 && start > first) {
		n = (start - first) / interval - 1 - slack;
		n = n < 0 ? 0 : n > q->repeat ? q->repeat : n;
	}
	for (int64_t last = n + NEAR_RINGS + 2 * slack; n <= q->repeat && n < last; n++)
		if (rings_at(q, instance, shifted(&instance->when, first, &q->interval, n)))
			return true;
	return false;
}

/* Has it times of its own? When a task was made and done is none that an alarm is relative to (5545 3.8.6.3). */
static bool is_placed(const struct cal_instance *instance)
{
	enum cal_row row = instance->series->row;

	return instance->start != FACTS_ALWAYS && row != ROW_TODO_DONE && row != ROW_TODO_CREATED;
}

static bool ask(void *context, const struct cal_instance *instance)
{
	struct question *q = context;

	if (q->edge == EDGE_SPAN)
		q->found = cal_overlaps(q->range, &instance->span, instance->floating, q->zone);
	else if (is_placed(instance))
		q->found = rings(
			q, instance, q->edge == EDGE_START ? instance->start : instance->end);
	return !q->found;
}

static int64_t widen(int64_t at, int64_t seconds)
{
	return at == FACTS_ALWAYS || at == FACTS_FOREVER ? at : at + seconds;
}

static bool ask_series(struct match *m, const struct cal_comp *comp, struct question *q)
{
	const struct cal_set *set;
	const struct cal_series *series = series_of(m, comp, &set);
	int64_t early = about(&q->offset), late = early + q->repeat * about(&q->interval);
	struct cal_range wide = *q->range;

	if (!series)
		return false;
	q->zone = m->zone;
	if (q->edge != EDGE_SPAN) {
		wide.start = widen(
			wide.start, -(late > 0 ? late : 0) + (early < 0 ? early : 0) - CAL_DAY);
		wide.end = widen(wide.end, (early < 0 ? -early : 0) + CAL_DAY);
	}
	cal_series_walk(set, series, &wide, ask, q, &m->left);
	return q->found;
}

/* ---- alarms ---- */

#define MAX_REPEAT 10000
#define MAX_INTERVAL (366 * CAL_DAY)

static void read_repeat(struct match *m, const struct cal_comp *alarm, struct question *q)
{
	const struct cal_line *repeat = cal_comp_find(&m->object, alarm, PROP_REPEAT);
	const struct cal_line *interval = cal_comp_find(&m->object, alarm, PROP_DURATION);
	struct cal_duration duration;
	int number;

	if (!repeat || !interval || !cal_slice_number(repeat->value, &number) ||
		!cal_duration_parse(&duration, interval->value))
		return;
	if (about(&duration) <= 0 || about(&duration) > MAX_INTERVAL)
		return;
	q->repeat = number > MAX_REPEAT ? MAX_REPEAT : number;
	q->interval = duration;
}

static bool alarm_overlaps(
	struct match *m, const struct cal_comp *alarm, const struct cal_range *range)
{
	const struct cal_line *trigger = cal_comp_find(&m->object, alarm, PROP_TRIGGER);
	struct question q = {.range = range, .zone = m->zone, .edge = EDGE_START};
	struct cal_when when;

	if (!trigger || alarm->parent == CAL_NONE)
		return false;
	read_repeat(m, alarm, &q);
	if (cal_duration_parse(&q.offset, trigger->value)) {
		if (cal_slice_is(cal_line_param(trigger, "RELATED"), "END"))
			q.edge = EDGE_END;
		return ask_series(m, &m->object.comps[alarm->parent], &q);
	}
	if (!cal_when_of(&when, &m->object, trigger))
		return false;
	struct cal_instance once = {.floating = cal_is_floating(when.form), .when = when};
	return rings(&q, &once, cal_when_instant(&when));
}

static bool comp_overlaps(
	struct match *m, const struct cal_comp *comp, const struct cal_range *range)
{
	struct question q = {.range = range, .edge = EDGE_SPAN};

	if (comp->kind == KIND_VALARM)
		return alarm_overlaps(m, comp, range);
	return ask_series(m, comp, &q);
}

/* ---- properties ---- */

static bool value_in_range(
	struct match *m, const struct cal_line *line, const struct cal_range *range)
{
	struct cal_when when;

	if (!cal_when_of(&when, &m->object, line))
		return false;
	int64_t at = cal_when_instant(&when);
	struct cal_range span = {at, at + 1};
	return cal_overlaps(range, &span, cal_is_floating(when.form), m->zone);
}

/* DTSTART, DTEND and DUE of every instance count, and an end that a DURATION implies (9.9). */
static bool prop_in_range(struct match *m, const struct cal_comp *comp, const struct cal_line *line,
	const char *name, const struct cal_range *range)
{
	static const struct row {
		const char *name;
		enum edge edge;
	} rows[] = {{"DTSTART", EDGE_START}, {"DTEND", EDGE_END}, {"DUE", EDGE_END},
		{"COMPLETED", EDGE_SPAN}, {"CREATED", EDGE_SPAN}, {"DTSTAMP", EDGE_SPAN},
		{"LAST-MODIFIED", EDGE_SPAN}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question q = {.range = range, .edge = rows[i].edge};
		const struct cal_set *set;

		if (!cal_slice_is((struct cal_slice){name, strlen(name)}, rows[i].name))
			continue;
		if (rows[i].edge != EDGE_SPAN && series_of(m, comp, &set))
			return ask_series(m, comp, &q);
		return line && value_in_range(m, line, range);
	}
	return false;
}

static bool line_matches(struct match *m, const struct cal_comp *comp, const struct cal_line *line,
	const struct cal_prop_filter *filter)
{
	if (filter->range && !prop_in_range(m, comp, line, filter->name, filter->range))
		return false;
	bool fits = cal_line_fits(line, filter, m->scratch);
	arena_clear(m->scratch->arena);
	return fits;
}

/* The effective DTEND or DUE of 9.9: the property is absent, a DURATION is there. */
static bool implied_matches(
	struct match *m, const struct cal_comp *comp, const struct cal_prop_filter *filter)
{
	struct cal_slice name = {filter->name, strlen(filter->name)};

	if (!filter->range || filter->n_params || filter->match ||
		!cal_comp_find(&m->object, comp, PROP_DURATION) ||
		!cal_comp_find(&m->object, comp, PROP_DTSTART))
		return false;
	if (!(comp->kind == KIND_VEVENT && cal_slice_is(name, "DTEND")) &&
		!(comp->kind == KIND_VTODO && cal_slice_is(name, "DUE")))
		return false;
	return prop_in_range(m, comp, NULL, filter->name, filter->range);
}

static bool prop_matches(
	struct match *m, const struct cal_comp *comp, const struct cal_prop_filter *filter)
{
	const struct cal_line *line;
	bool found = false;

	for (uint32_t at = comp->begin; (line = cal_comp_next(&m->object, comp, &at));) {
		if (!cal_slice_is(line->name, filter->name))
			continue;
		found = true;
		if (filter->is_not_defined)
			return false;
		if (line_matches(m, comp, line, filter))
			return true;
	}
	return !found && (filter->is_not_defined || implied_matches(m, comp, filter));
}

/* ---- components ---- */

static bool scope_matches(
	struct match *m, const struct cal_comp *parent, const struct cal_comp_filter *filter);

static bool comp_matches(
	struct match *m, const struct cal_comp *comp, const struct cal_comp_filter *filter)
{
	if (filter->range && !comp_overlaps(m, comp, filter->range))
		return false;
	for (size_t i = 0; i < filter->n_props; i++)
		if (!prop_matches(m, comp, &filter->props[i]))
			return false;
	for (size_t i = 0; i < filter->n_comps; i++)
		if (!scope_matches(m, comp, &filter->comps[i]))
			return false;
	return true;
}

static bool scope_matches(
	struct match *m, const struct cal_comp *parent, const struct cal_comp_filter *filter)
{
	bool found = false;

	for (uint32_t c = parent->child; c != CAL_NONE; c = m->object.comps[c].next) {
		if (!cal_slice_is(m->object.comps[c].name, filter->name))
			continue;
		found = true;
		if (filter->is_not_defined)
			return false;
		if (comp_matches(m, &m->object.comps[c], filter))
			return true;
	}
	return filter->is_not_defined && !found;
}

/* A range on VCALENDAR has no meaning in 9.9; it is taken as one on whatever it holds. */
static bool any_overlaps(struct match *m, const struct cal_comp *top, const struct cal_range *range)
{
	for (uint32_t c = top->child; c != CAL_NONE; c = m->object.comps[c].next)
		if (comp_overlaps(m, &m->object.comps[c], range))
			return true;
	return false;
}

static bool top_matches(struct match *m, const struct cal_comp_filter *filter)
{
	const struct cal_comp *top = cal_object_top(&m->object);
	struct cal_comp_filter rest = *filter;

	if (!top || !cal_slice_is(top->name, filter->name) || filter->is_not_defined)
		return false;
	if (filter->range && !any_overlaps(m, top, filter->range))
		return false;
	rest.range = NULL;
	return comp_matches(m, top, &rest);
}

bool cal_match(const struct cal_comp_filter *filter, const unsigned char *key, const char *bytes,
	size_t len, const struct cal_zone *zone)
{
	struct cal_scratch scratch = {arena_new(), CAL_MAX_PREPARED};
	struct match *m;
	bool matches;

	if (!cal_lines_may_match(filter, &scratch, bytes, len)) {
		arena_free(scratch.arena);
		return false;
	}
	struct arena *arena = arena_new();
	m = arena_alloc(arena, sizeof(*m));
	matches = cal_object_parse(&m->object, arena, &cal_object_limits, bytes, len, NULL);
	m->zone = zone;
	m->left = CAL_MAX_SPENT;
	m->scratch = &scratch;
	matches = matches && top_matches(m, filter);
	const struct cal_comp_filter *plain = key && m->object.n_comps ? cal_filter_plain(filter)
								       : NULL;
	uint32_t bit = plain ? cal_component_bit(plain->name) : 0;
	for (uint8_t kind = 0; bit && kind < N_KINDS; kind++)
		if (cal_kind_bit(kind) == bit && m->read[kind] && !m->broken[kind])
			cal_spans_remember(key, bit, &m->sets[kind], plain->range);
	arena_free(arena);
	arena_free(scratch.arena);
	return matches;
}
