/* SPDX-License-Identifier: ISC */
/*
 * Instances: the recurrence set of 5545 3.8.5 (DTSTART, rules and RDATE, less EXDATE and EXRULE) with
 * overrides in place of what they replace, within a range and within bounds; and the spans of the
 * tables of 4791 9.9, so that every later question is one comparison of two numbers.
 */
#include "ical/internal.h"

#include <stdlib.h>

/* Sums with the open ends left open. */
static int64_t plus(int64_t at, int64_t seconds)
{
	if (at == FACTS_ALWAYS || at == FACTS_FOREVER)
		return at;
	return at + seconds;
}

/* Spans overlap a range when start < span.end and end > span.start; the rows say how "<=" becomes "<". */
struct cal_range cal_row_span(enum cal_row row, int64_t start, int64_t end)
{
	int64_t low = start < end ? start : end, high = start < end ? end : start;

	switch (row) {
	case ROW_SPAN:
		return (struct cal_range){start, end > start ? end : start + 1};
	case ROW_TODO_LONG:
		return (struct cal_range){end > start ? start : start - 1, end + 1};
	case ROW_TODO_DUE:
		return (struct cal_range){
			end > start ? start : start - 1, end > start ? end : start + 1};
	case ROW_TODO_END:
		return (struct cal_range){start - 1, start};
	case ROW_TODO_DONE:
		return (struct cal_range){low - 1, high + 1};
	case ROW_TODO_CREATED:
		return (struct cal_range){start, FACTS_FOREVER};
	case ROW_PERIOD:
		return (struct cal_range){start, end};
	case ROW_UNTIL:
		return (struct cal_range){FACTS_ALWAYS, start};
	case ROW_CLOSED:
		return (struct cal_range){start, end + 1};
	case ROW_EVERYTHING:
		return (struct cal_range){FACTS_ALWAYS, FACTS_FOREVER};
	case ROW_NOTHING:
		break;
	}
	return (struct cal_range){FACTS_FOREVER, FACTS_ALWAYS};
}

static int64_t end_of(const struct cal_when *start, const struct cal_duration *duration)
{
	struct cal_when end = *start;

	end.local += duration->days * CAL_DAY;
	return cal_when_instant(&end) + duration->seconds;
}

int64_t cal_series_end(const struct cal_series *series, const struct cal_when *start)
{
	return end_of(start, &series->duration);
}

bool cal_overlaps(const struct cal_range *range, const struct cal_range *span, bool floating,
	const struct cal_zone *zone)
{
	int64_t start = span->start, end = span->end;

	/* 4791 7.3: the two times of it are converted, each by itself. What the zone leaves out counts with the
	 * offset before the gap (5545 3.3.5) and may then seem to end before it starts. */
	if (floating && zone && start < end) {
		start = cal_zone_to_utc(zone, start);
		end = cal_zone_to_utc(zone, end);
		end = end > start ? end : start + 1;
	}
	return range->start < end && range->end > start;
}

#define WALK_COST 100 /* of a series whose rules find nothing, in steps */

struct walk {
	const struct cal_set *set;
	const struct cal_range *range;
	cal_instance_fn *fn;
	void *context;
	size_t looked, given;
	int64_t spent; /* by rules */
};

static struct cal_instance instance_at(const struct cal_series *series,
	const struct cal_when *start, const struct cal_duration *duration)
{
	struct cal_instance out = {.series = series, .when = *start, .id = *start};

	out.floating = cal_is_floating(start->form);
	out.start = cal_when_instant(start);
	out.end = end_of(start, duration);
	out.span = cal_row_span(series->row, out.start, out.end);
	return out;
}

static enum cal_walk emit(struct walk *w, const struct cal_instance *instance)
{
	int64_t slack = instance->floating ? FACTS_SLACK : 0;

	if (plus(w->range->start, -slack) >= instance->span.end ||
		plus(w->range->end, slack) <= instance->span.start)
		return WALK_END;
	if (++w->given > CAL_MAX_INSTANCES)
		return WALK_LIMIT;
	return w->fn(w->context, instance) ? WALK_END : WALK_STOPPED;
}

/* ---- the recurrence set ---- */

#define SMALL_STEPS 8 /* an EXRULE that is farther behind leaps */

struct merge {
	const struct cal_series *series;
	struct cal_recur *rules; /* RRULE, then EXRULE */
	int64_t *heads;          /* next of each; FACTS_FOREVER at the end */
	size_t extra;            /* next RDATE */
	int64_t spent;           /* steps of all rules */
	bool start_given;
};

static void advance(struct merge *m, size_t i)
{
	int64_t before = m->rules[i].spent;

	if (!cal_recur_next(&m->rules[i], &m->heads[i]))
		m->heads[i] = FACTS_FOREVER;
	m->spent += m->rules[i].spent - before;
}

static void merge_begin(struct merge *m, const struct cal_series *series, int64_t from)
{
	size_t n = series->n_rules + series->n_exrules;

	*m = (struct merge){.series = series};
	m->rules = calloc(n ? n : 1, sizeof(*m->rules));
	m->heads = calloc(n ? n : 1, sizeof(*m->heads));
	if (!m->rules || !m->heads)
		abort();
	for (size_t i = 0; i < n; i++) {
		cal_recur_begin(&m->rules[i], &series->rules[i], &series->start);
		cal_recur_seek(&m->rules[i], from);
		advance(m, i);
	}
}

static void merge_end(struct merge *m)
{
	for (size_t i = 0; i < m->series->n_rules + m->series->n_exrules; i++)
		cal_recur_end(&m->rules[i]);
	free(m->rules);
	free(m->heads);
}

static bool is_excluded_by_rule(struct merge *m, int64_t local)
{
	bool excluded = false;

	for (size_t i = m->series->n_rules; i < m->series->n_rules + m->series->n_exrules; i++) {
		for (int n = 0; m->heads[i] < local && m->spent < CAL_MAX_SPENT; n++) {
			if (n == SMALL_STEPS) /* EXRULE:FREQ=SECONDLY beside FREQ=YEARLY */
				cal_recur_seek(&m->rules[i], local);
			advance(m, i);
		}
		excluded |= m->heads[i] == local;
	}
	return excluded;
}

/* The next start in order, each once; `extra` is its RDATE, if it is one. */
static bool merge_next(struct merge *m, int64_t *local, const struct cal_extra **extra)
{
	const struct cal_series *s = m->series;
	int64_t least = m->start_given ? FACTS_FOREVER : s->start.local;

	for (size_t i = 0; i < s->n_rules; i++)
		least = m->heads[i] < least ? m->heads[i] : least;
	if (m->extra < s->n_extras && s->extras[m->extra].local < least)
		least = s->extras[m->extra].local;
	if (least == FACTS_FOREVER)
		return false;
	m->start_given |= least == s->start.local;
	for (size_t i = 0; i < s->n_rules; i++)
		if (m->heads[i] == least)
			advance(m, i);
	*extra = NULL;
	for (; m->extra < s->n_extras && s->extras[m->extra].local == least; m->extra++)
		*extra = &s->extras[m->extra];
	*local = least;
	return true;
}

static bool contains(const int64_t *sorted, size_t n, int64_t value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sorted[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && sorted[low] == value;
}

static bool is_excluded(const struct cal_set *set, struct merge *m, int64_t local)
{
	const struct cal_series *s = m->series;
	int64_t day = local / CAL_DAY - (local % CAL_DAY < 0), key = local;

	if (s->start.form == FORM_ZONED && (s->n_except || set->n_replaced))
		key = cal_zone_to_utc(s->start.zone, local);
	return contains(s->except, s->n_except, key) ||
		contains(s->except_days, s->n_except_days, day) ||
		(s == set->master && contains(set->replaced, set->n_replaced, key)) ||
		(s->n_exrules && is_excluded_by_rule(m, local));
}

/* The override whose THISANDFUTURE reaches this start (5545 3.2.13), or the series itself. */
static const struct cal_series *ruler_of(
	const struct cal_set *set, const struct cal_series *series, int64_t local)
{
	size_t low = 0, high = series == set->master ? set->n_rulers : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->rulers[middle]->replaces <= local)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? set->rulers[low - 1] : series;
}

static enum cal_walk emit_start(struct walk *w, const struct cal_series *series, int64_t local,
	const struct cal_extra *extra)
{
	const struct cal_series *ruler = ruler_of(w->set, series, local);
	struct cal_when start = series->start;
	const struct cal_duration *duration = &ruler->duration;

	start.local = local;
	struct cal_when id = start;
	if (ruler != series) {
		start.local += ruler->shift;
		if (!cal_is_floating(ruler->start.form)) { /* it may have moved to another zone */
			struct cal_when there = ruler->start;

			there.local = cal_when_on_clock(&start, &there);
			start = there;
		}
	} else if (extra && extra->has_end) {
		duration = &extra->duration;
	}
	struct cal_instance instance = instance_at(ruler, &start, duration);
	instance.id = id;
	return emit(w, &instance);
}

/* The range on the series' own clock, widened by all that could reach into it. */
static struct cal_range local_window(const struct walk *w, const struct cal_series *s)
{
	const struct cal_zone *zone = s->start.form == FORM_ZONED ? s->start.zone : NULL;
	int64_t slack = w->set->reach + (s->start.form == FORM_UTC ? 1 : FACTS_SLACK);

	return (struct cal_range){
		plus(cal_zone_to_local(zone, w->range->start), -slack - w->set->longest),
		plus(cal_zone_to_local(zone, w->range->end), slack),
	};
}

static enum cal_walk walk_recurring(struct walk *w, const struct cal_series *series)
{
	struct cal_range window = local_window(w, series);
	enum cal_walk result = WALK_END;
	const struct cal_extra *extra;
	struct merge m;
	int64_t local;

	merge_begin(&m, series, window.start);
	while (result == WALK_END && merge_next(&m, &local, &extra) && local <= window.end) {
		if (++w->looked > CAL_MAX_LOOKED || m.spent > CAL_MAX_SPENT)
			result = WALK_LIMIT;
		else if (local >= window.start && !is_excluded(w->set, &m, local))
			result = emit_start(w, series, local, extra);
	}
	w->spent += m.spent + WALK_COST;
	merge_end(&m);
	return result;
}

static enum cal_walk walk_periods(struct walk *w, const struct cal_series *series)
{
	enum cal_walk result = WALK_END;

	for (size_t i = 0; i < series->n_periods && result == WALK_END; i++) {
		const struct cal_range *p = &series->periods[i];
		struct cal_instance instance = {
			.series = series, .start = p->start, .end = p->end, .span = *p};

		instance.when = instance.id = (struct cal_when){p->start, FORM_UTC, NULL};
		result = emit(w, &instance);
	}
	return result;
}

static enum cal_walk walk_single(struct walk *w, const struct cal_series *series)
{
	struct cal_instance instance = {
		.series = series, .start = FACTS_ALWAYS, .end = FACTS_FOREVER};

	if (series->has_start)
		instance = instance_at(series, &series->start, &series->duration);
	if (series == w->set->master &&
		contains(w->set->replaced, w->set->n_replaced, instance.start))
		return WALK_END; /* a client took the rule away and left the override of the first */
	instance.span = cal_row_span(series->row, instance.start, instance.end);
	if (series->overrides && w->set->master) { /* in the form of DTSTART (5545 3.8.4.4) */
		instance.id = w->set->master->start;
		instance.id.local = series->replaces;
	} else if (series->overrides) {
		instance.id = series->id;
	}
	return emit(w, &instance);
}

static enum cal_walk walk_series(struct walk *w, const struct cal_series *series)
{
	if (series->row == ROW_NOTHING)
		return WALK_END;
	if (series->n_periods)
		return walk_periods(w, series);
	return series->recurs ? walk_recurring(w, series) : walk_single(w, series);
}

enum cal_walk cal_series_walk(const struct cal_set *set, const struct cal_series *series,
	const struct cal_range *range, cal_instance_fn *fn, void *context, int64_t *left)
{
	struct walk w = {.set = set, .range = range, .fn = fn, .context = context};

	if (left && *left <= 0)
		return WALK_LIMIT;
	enum cal_walk result = walk_series(&w, series);
	if (left)
		*left -= w.spent + (int64_t)(w.looked + w.given);
	return result;
}

enum cal_walk cal_set_walk(const struct cal_set *set, const struct cal_range *range,
	cal_instance_fn *fn, void *context)
{
	struct walk w = {.set = set, .range = range, .fn = fn, .context = context};
	enum cal_walk result = WALK_END;

	for (size_t i = 0; i < set->n_series && result == WALK_END; i++)
		result = walk_series(&w, &set->series[i]);
	return result;
}

/* ---- first and last ---- */

static void extend(struct cal_range *extent, const struct cal_range *span)
{
	if (span->start < extent->start)
		extent->start = span->start;
	if (span->end > extent->end)
		extent->end = span->end;
}

/* The last local start that a rule can give; FACTS_FOREVER when it is open, or too far to look. */
static int64_t rule_last(const struct cal_rule *rule, const struct cal_when *start, int64_t *spent)
{
	struct cal_recur recur;
	int64_t last = start->local, local;

	if (rule->foreign || !rule->count)
		return rule->until_local > last ? rule->until_local : last;
	cal_recur_begin(&recur, rule, start);
	while (*spent + recur.spent < CAL_MAX_LAST && cal_recur_next(&recur, &local))
		last = local;
	*spent += recur.spent;
	cal_recur_end(&recur);
	return *spent < CAL_MAX_LAST ? last : FACTS_FOREVER;
}

static struct cal_range recurring_extent(const struct cal_set *set, const struct cal_series *series)
{
	struct cal_instance first = instance_at(series, &series->start, &series->duration);
	struct cal_range extent = first.span;
	struct cal_when last = series->start;
	int64_t spent = 0;

	for (size_t i = 0; i < series->n_rules; i++) {
		int64_t local = rule_last(&series->rules[i], &series->start, &spent);

		last.local = local > last.local ? local : last.local;
	}
	for (size_t i = 0; i < series->n_extras; i++) {
		struct cal_when start = series->start;

		start.local = series->extras[i].local;
		struct cal_instance one = instance_at(series, &start,
			series->extras[i].has_end ? &series->extras[i].duration
						  : &series->duration);
		extend(&extent, &one.span);
	}
	if (last.local == FACTS_FOREVER) {
		extent.end = FACTS_FOREVER;
	} else {
		struct cal_instance one = instance_at(series, &last, &series->duration);
		extend(&extent, &one.span);
	}
	if (set->n_rulers && series == set->master) {
		extent.start = plus(extent.start, -set->reach);
		extent.end = plus(extent.end, set->reach + set->longest + CAL_DAY);
	}
	return extent;
}

bool cal_set_extent(const struct cal_set *set, struct cal_range *extent, bool *floating)
{
	struct cal_range out = {FACTS_FOREVER, FACTS_ALWAYS};
	bool some = false;

	*floating = false;
	for (size_t i = 0; i < set->n_series; i++) {
		const struct cal_series *s = &set->series[i];
		struct cal_range one = {FACTS_ALWAYS, FACTS_FOREVER};

		if (s->row == ROW_NOTHING)
			continue;
		some = true;
		*floating |= s->has_start && cal_is_floating(s->start.form);
		for (size_t j = 0; j < s->n_periods; j++)
			extend(&out, &s->periods[j]);
		if (s->n_periods)
			continue;
		if (s->has_start)
			one = s->recurs ? recurring_extent(set, s)
					: instance_at(s, &s->start, &s->duration).span;
		extend(&out, &one);
	}
	if (some)
		*extent = out;
	return some;
}
