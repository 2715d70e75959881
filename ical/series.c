/* SPDX-License-Identifier: ISC */
/*
 * A component's times, rules and exceptions (5545 3.8.2, 3.8.5), read once into numbers; and which row of the
 * tables of 4791 9.9 it falls under. Nothing is expanded here (walk.c does that).
 */
#include "ical/internal.h"
#include "src/base/tolerance.h"

#include <stdlib.h>

/* The lines that matter, first of each. */
struct reading {
	struct cal_object *object;
	const struct cal_comp *comp;
	struct facts_fault *fault;
	const struct cal_line *lines[PROP_VERSION + 1];
	size_t n_rules, n_exrules, n_dates;
};

static bool refuse(const struct reading *r, const struct cal_line *line, const char *why)
{
	cal_fail(r->fault, CAL_MALFORMED, line->number, "%.*s: %s", (int)line->name.n, line->name.s,
		why);
	return false;
}

static bool read_when(
	const struct reading *r, enum cal_prop prop, struct cal_when *when, bool *found)
{
	const struct cal_line *line = r->lines[prop];

	*found = line;
	return !line || cal_when_of(when, r->object, line) || refuse(r, line, "not a date or time");
}

/* COMPLETED and CREATED are of no account when they are wrong. */
static bool find_when(const struct reading *r, enum cal_prop prop, struct cal_when *when)
{
	return r->lines[prop] && cal_when_of(when, r->object, r->lines[prop]);
}

static bool gather(struct reading *r)
{
	const struct cal_line *line;

	for (uint32_t at = r->comp->begin; (line = cal_comp_next(r->object, r->comp, &at));) {
		if (line->bad)
			continue;
		if (!r->lines[line->prop])
			r->lines[line->prop] = line;
		r->n_rules += line->prop == PROP_RRULE;
		r->n_exrules += line->prop == PROP_EXRULE;
		if (line->prop == PROP_EXDATE || line->prop == PROP_RDATE)
			r->n_dates += cal_slice_values(line->value);
		if (r->n_rules + r->n_exrules > CAL_MAX_RULES ||
			r->object->n_dates + r->n_dates > CAL_MAX_DATES) {
			cal_fail(r->fault, CAL_LIMIT, line->number,
				"too many recurrence rules or dates");
			return false;
		}
	}
	r->object->n_dates += r->n_dates;
	return true;
}

/* An end is on the clock of its start (5545 3.8.2.2); where a client forgot, it is put there. */
static void set_end(struct cal_series *s, struct cal_when end)
{
	if (cal_is_floating(end.form) != cal_is_floating(s->start.form)) {
		end.form = s->start.form;
		end.zone = s->start.zone;
	}
	s->duration = (struct cal_duration){
		0, cal_when_instant(&end) - cal_when_instant(&s->start)};
	if (s->duration.seconds < 0)
		s->duration.seconds = 0;
}

static bool set_duration(struct cal_series *s, const struct reading *r)
{
	if (!cal_duration_parse(&s->duration, r->lines[PROP_DURATION]->value))
		return refuse(r, r->lines[PROP_DURATION], "not a duration");
	if (s->duration.days < 0 || s->duration.seconds < 0)
		s->duration = (struct cal_duration){0};
	return true;
}

/* Thunderbird writes DURATION:PT0S beside DTEND; an end, where there is one, wins. */
static bool read_event(struct cal_series *s, const struct reading *r)
{
	struct cal_when end;
	bool has_end;

	if (!read_when(r, PROP_DTSTART, &s->start, &s->has_start) ||
		!read_when(r, PROP_DTEND, &end, &has_end))
		return false;
	if (r->lines[PROP_DURATION] && !set_duration(s, r))
		return false;
	if (!s->has_start)
		return true;
	s->row = ROW_SPAN;
	if (has_end)
		set_end(s, end);
	else if (!r->lines[PROP_DURATION])
		s->duration = (struct cal_duration){s->start.form == FORM_DATE, 0};
	return true;
}

static void read_bare_todo(struct cal_series *s, const struct reading *r)
{
	struct cal_when created, completed;
	bool has_created = find_when(r, PROP_CREATED, &created);
	bool has_completed = find_when(r, PROP_COMPLETED, &completed);

	s->row = has_completed ? ROW_TODO_DONE : has_created ? ROW_TODO_CREATED : ROW_EVERYTHING;
	s->has_start = has_completed || has_created;
	s->start = has_completed ? completed : created;
	s->duration = (struct cal_duration){0};
	if (has_completed && has_created)
		s->duration.seconds = cal_when_instant(&created) - cal_when_instant(&completed);
}

static bool read_todo(struct cal_series *s, const struct reading *r)
{
	struct cal_when due;
	bool has_due;

	if (!read_when(r, PROP_DTSTART, &s->start, &s->has_start) ||
		!read_when(r, PROP_DUE, &due, &has_due))
		return false;
	if (r->lines[PROP_DURATION] && !set_duration(s, r))
		return false;
	if (s->has_start && has_due) {
		s->row = ROW_TODO_DUE;
		set_end(s, due);
	} else if (s->has_start) {
		s->row = r->lines[PROP_DURATION] ? ROW_TODO_LONG : ROW_SPAN;
	} else if (has_due) {
		/* Tasks that recur by their DUE alone are common, whatever 5545 says. */
		s->row = ROW_TODO_END;
		s->start = due;
		s->has_start = true;
		s->duration = (struct cal_duration){0};
	} else {
		read_bare_todo(s, r);
	}
	return true;
}

static bool read_journal(struct cal_series *s, const struct reading *r)
{
	if (!read_when(r, PROP_DTSTART, &s->start, &s->has_start))
		return false;
	if (s->has_start)
		s->row = ROW_SPAN;
	s->duration = (struct cal_duration){s->has_start && s->start.form == FORM_DATE, 0};
	return true;
}

static bool read_periods(struct cal_series *s, const struct reading *r)
{
	const struct cal_line *line;
	size_t cap = 0;

	for (uint32_t at = r->comp->begin; (line = cal_comp_next(r->object, r->comp, &at));) {
		struct cal_slice rest = line->value, one;
		struct cal_when start, end;

		while (line->prop == PROP_FREEBUSY && cal_slice_cut(&rest, ',', &one)) {
			if (one.n == 0)
				continue;
			if (!cal_period_parse(&start, &end, r->object, line, one))
				return refuse(r, line, "not a period");
			if (s->n_periods == CAL_MAX_DATES) {
				cal_fail(r->fault, CAL_LIMIT, line->number, "too many periods");
				return false;
			}
			s->periods = arena_grow(r->object->arena, s->periods, &cap,
				s->n_periods + 1, sizeof(*s->periods));
			s->periods[s->n_periods++] = (struct cal_range){
				cal_when_instant(&start), cal_when_instant(&end)};
		}
	}
	return true;
}

/* VFREEBUSY: its DURATION has another meaning (4791 9.9). */
static bool read_freebusy(struct cal_series *s, const struct reading *r)
{
	struct cal_when end;
	bool has_end;

	if (!read_when(r, PROP_DTSTART, &s->start, &s->has_start) ||
		!read_when(r, PROP_DTEND, &end, &has_end) || !read_periods(s, r))
		return false;
	s->has_start = s->has_start && has_end;
	if (s->has_start) {
		s->row = ROW_CLOSED;
		set_end(s, end);
		s->n_periods = 0;
	} else if (s->n_periods) {
		s->row = ROW_SPAN;
	}
	return true;
}

/* VAVAILABILITY: whichever end is missing is open; the five rows of 7953 7.2.2. */
static bool read_availability(struct cal_series *s, const struct reading *r)
{
	struct cal_when end;
	bool has_end;

	if (!read_event(s, r) || !read_when(r, PROP_DTEND, &end, &has_end))
		return false;
	if (s->has_start) {
		s->row = has_end || r->lines[PROP_DURATION] ? ROW_PERIOD : ROW_TODO_CREATED;
	} else if (has_end) {
		s->row = ROW_UNTIL;
		s->start = end;
		s->has_start = true;
		s->duration = (struct cal_duration){0};
	} else {
		s->row = ROW_EVERYTHING;
	}
	return true;
}

static const struct reader {
	bool (*read)(struct cal_series *series, const struct reading *reading);
	enum cal_kind kind;
	bool recurs;
} readers[] = {
	{read_event, KIND_VEVENT, true},
	{read_todo, KIND_VTODO, true},
	{read_journal, KIND_VJOURNAL, true},
	{read_freebusy, KIND_VFREEBUSY, false},
	{read_availability, KIND_VAVAILABILITY, false},
	{read_event, KIND_AVAILABLE, true},
};

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int compare_extras(const void *a, const void *b)
{
	int64_t x = ((const struct cal_extra *)a)->local, y = ((const struct cal_extra *)b)->local;

	return (x > y) - (x < y);
}

/* A start is named by its instant, so that one in a gap of the clock (5545 3.3.5) is found by 2:30, by 3:30 and in
 * UTC. */
int64_t cal_series_key(const struct cal_series *series, const struct cal_when *when)
{
	struct cal_when there = series->start;

	if (cal_is_floating(when->form) || cal_is_floating(there.form)) {
		there.local = when->local;
		return cal_when_instant(&there);
	}
	return cal_when_instant(when);
}

static bool read_exception(struct cal_series *s, const struct reading *r,
	const struct cal_line *line, struct cal_slice value)
{
	struct cal_when when;

	if (!cal_when_parse(&when, r->object, line, value))
		return refuse(r, line, "not a date or time");
	int64_t local = cal_when_on_clock(&when, &s->start);
	if (when.form == FORM_DATE && s->start.form != FORM_DATE &&
		!tolerates(TOLERATE_EXDATE_OF_DAY))
		return true;
	if (when.form == FORM_DATE || s->start.form == FORM_DATE)
		s->except_days[s->n_except_days++] = local / CAL_DAY - (local % CAL_DAY < 0);
	else
		s->except[s->n_except++] = cal_series_key(s, &when);
	return true;
}

static bool read_extra(struct cal_series *s, const struct reading *r, const struct cal_line *line,
	struct cal_slice value)
{
	struct cal_extra *extra = &s->extras[s->n_extras];
	struct cal_when when, end;

	if (cal_when_parse(&when, r->object, line, value)) {
		*extra = (struct cal_extra){0};
	} else if (cal_period_parse(&when, &end, r->object, line, value)) {
		extra->has_end = true;
		extra->duration.seconds = cal_when_instant(&end) - cal_when_instant(&when);
		if (extra->duration.seconds < 0)
			extra->duration.seconds = 0;
	} else {
		return refuse(r, line, "not a date, time or period");
	}
	extra->local = cal_when_on_clock(&when, &s->start);
	if (s->start.form == FORM_DATE)
		extra->local -= ((extra->local % CAL_DAY) + CAL_DAY) % CAL_DAY;
	s->n_extras++;
	return true;
}

static bool read_dates(struct cal_series *s, const struct reading *r, const struct cal_line *line)
{
	struct cal_slice rest = line->value, one;

	while (cal_slice_cut(&rest, ',', &one)) {
		if (one.n == 0)
			continue;
		if (line->prop == PROP_EXDATE ? !read_exception(s, r, line, one)
					      : !read_extra(s, r, line, one))
			return false;
	}
	return true;
}

static bool read_recurrence(struct cal_series *s, const struct reading *r)
{
	struct arena *arena = r->object->arena;
	const struct cal_line *line;
	size_t n_rules = 0, n_exrules = 0, n_foreign = 0;

	if (r->n_rules + r->n_exrules + r->n_dates == 0)
		return true;
	s->rules = arena_array(arena, r->n_rules + r->n_exrules, sizeof(*s->rules));
	s->except = arena_array(arena, r->n_dates, sizeof(*s->except));
	s->except_days = arena_array(arena, r->n_dates, sizeof(*s->except_days));
	s->extras = arena_array(arena, r->n_dates, sizeof(*s->extras));
	for (uint32_t at = r->comp->begin; (line = cal_comp_next(r->object, r->comp, &at));) {
		if (line->prop == PROP_RRULE || line->prop == PROP_EXRULE) {
			size_t index = line->prop == PROP_RRULE ? n_rules++
								: r->n_rules + n_exrules++;
			const char *why = cal_rule_parse(&s->rules[index], line->value);

			if (!why && s->rules[index].foreign && n_foreign++ == CAL_MAX_FOREIGN_RULES)
				why = "more than one rule in another calendar";
			if (why && !s->bad_rule) {
				s->bad_rule = why;
				s->bad_line = line;
				s->bad_scale = s->rules[index].unsupported;
			}
			cal_rule_bind(&s->rules[index], &s->start);
		} else if ((line->prop == PROP_EXDATE || line->prop == PROP_RDATE) &&
			!read_dates(s, r, line)) {
			return false;
		}
	}
	/* What is stored all the same is its first instance, and what has a date of its own. */
	s->n_rules = s->bad_rule ? 0 : n_rules;
	s->n_exrules = s->bad_rule ? 0 : n_exrules;
	qsort(s->except, s->n_except, sizeof(*s->except), compare_numbers);
	qsort(s->except_days, s->n_except_days, sizeof(*s->except_days), compare_numbers);
	qsort(s->extras, s->n_extras, sizeof(*s->extras), compare_extras);
	return true;
}

bool cal_series_read(struct cal_series *series, struct cal_object *object,
	const struct cal_comp *comp, struct facts_fault *fault)
{
	struct reading r = {.object = object, .comp = comp, .fault = fault};
	struct cal_series s = {.comp = comp, .row = ROW_NOTHING};
	bool recurs = false;

	if (!gather(&r))
		return false;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (readers[i].kind != comp->kind)
			continue;
		if (!readers[i].read(&s, &r))
			return false;
		recurs = readers[i].recurs;
	}
	if (!read_when(&r, PROP_RECURRENCE_ID, &s.id, &s.overrides) || !read_recurrence(&s, &r))
		return false;
	if (s.overrides)
		s.and_future = cal_slice_is(
			cal_line_param(r.lines[PROP_RECURRENCE_ID], "RANGE"), "THISANDFUTURE");
	s.recurs = recurs && s.has_start && !s.overrides && s.row != ROW_TODO_DONE &&
		s.row != ROW_TODO_CREATED && (s.n_rules || s.n_extras);
	*series = s;
	return true;
}

/* ---- all of one kind ---- */

/* The start that an override replaces, on the master's clock. */
static int64_t replaced_start(const struct cal_series *override, const struct cal_series *master)
{
	int64_t local = cal_when_on_clock(&override->id, &master->start);
	int64_t in_day = ((master->start.local % CAL_DAY) + CAL_DAY) % CAL_DAY;

	if (override->id.form == FORM_DATE || master->start.form == FORM_DATE)
		local += in_day - ((local % CAL_DAY) + CAL_DAY) % CAL_DAY;
	return local;
}

static int64_t length(const struct cal_duration *duration)
{
	return duration->days * CAL_DAY + duration->seconds;
}

static int compare_rulers(const void *a, const void *b)
{
	const struct cal_series *const *x = a, *const *y = b;

	return ((*x)->replaces > (*y)->replaces) - ((*x)->replaces < (*y)->replaces);
}

static void connect(struct cal_set *set)
{
	for (size_t i = 0; i < set->n_series && !set->master; i++)
		if (!set->series[i].overrides && set->series[i].has_start)
			set->master = &set->series[i];
	set->replaced = arena_array(set->object->arena, set->n_series, sizeof(*set->replaced));
	set->rulers = arena_array(set->object->arena, set->n_series, sizeof(struct cal_series *));
	for (size_t i = 0; i < set->n_series; i++) {
		struct cal_series *s = &set->series[i];

		if (length(&s->duration) > set->longest)
			set->longest = length(&s->duration);
		for (size_t j = 0; j < s->n_extras; j++)
			if (length(&s->extras[j].duration) > set->longest)
				set->longest = length(&s->extras[j].duration);
		if (!s->overrides || !set->master)
			continue;
		s->replaces = replaced_start(s, set->master);
		struct cal_when id = set->master->start;
		id.local = s->replaces;
		set->replaced[set->n_replaced++] = cal_when_instant(&id);
		if (s->and_future && s->has_start) {
			s->shift = cal_when_on_clock(&s->start, &set->master->start) - s->replaces;
			s->and_future = llabs(s->shift) <= CAL_MAX_SHIFT;
		}
		if (s->and_future && s->has_start) {
			set->rulers[set->n_rulers++] = s;
			set->reach = llabs(s->shift) > set->reach ? llabs(s->shift) : set->reach;
		}
	}
	qsort(set->replaced, set->n_replaced, sizeof(*set->replaced), compare_numbers);
	qsort(set->rulers, set->n_rulers, sizeof(struct cal_series *), compare_rulers);
}

bool cal_set_of(struct cal_set *set, struct cal_object *object, const uint32_t *comps, size_t n,
	struct facts_fault *fault)
{
	*set = (struct cal_set){.object = object};
	set->series = arena_array(object->arena, n, sizeof(*set->series));
	for (size_t i = 0; i < n; i++)
		if (!cal_series_read(
			    &set->series[set->n_series++], object, &object->comps[comps[i]], fault))
			return false;
	connect(set);
	return true;
}

bool cal_set_read(struct cal_set *set, struct cal_object *object, const struct cal_comp *top,
	uint8_t kind, struct facts_fault *fault)
{
	uint32_t *comps;
	size_t n = 0;

	for (uint32_t c = top->child; c != CAL_NONE; c = object->comps[c].next)
		n += object->comps[c].kind == kind;
	comps = arena_array(object->arena, n, sizeof(*comps));
	n = 0;
	for (uint32_t c = top->child; c != CAL_NONE; c = object->comps[c].next)
		if (object->comps[c].kind == kind)
			comps[n++] = c;
	return cal_set_of(set, object, comps, n, fault);
}
