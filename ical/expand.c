/* SPDX-License-Identifier: ISC */
/*
 * expand (4791 9.6.5): each instance in the range becomes a component of its own, in UTC, with RECURRENCE-ID
 * and without rules; dates and floating times stay what they are, VTIMEZONE goes. A TZID that nobody knows
 * counts as the zone for floating times. All other properties stay the client's bytes. VAVAILABILITY
 * is left whole, with its zones: what recurs in it are no instances of a component (7953 3.1).
 */
#include "ical/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gather {
	struct arena *arena;
	const struct cal_data_request *request;
	struct cal_instance *instances;
	size_t n, cap;
};

static bool take(void *context, const struct cal_instance *instance)
{
	struct gather *g = context;

	if (!cal_overlaps(
		    g->request->expand, &instance->span, instance->floating, g->request->zone))
		return true;
	g->instances = arena_grow(g->arena, g->instances, &g->cap, g->n + 1, sizeof(*g->instances));
	g->instances[g->n++] = *instance;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct cal_instance *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

/* ---- one instance ---- */

struct instance_writer {
	struct cal_renderer *r;
	const struct cal_instance *instance;
	const struct cal_data_comp *wanted;
	bool has_end, has_id;
};

/* The text of a time as it is told: a lost one where the calendar is. */
static void format(const struct cal_renderer *r, char text[32], const struct cal_when *when)
{
	struct cal_when told = *when;

	if (when->form == FORM_LOST) {
		told.local = cal_zone_to_utc(r->request->zone, when->local);
		told.form = FORM_UTC;
	}
	cal_when_format(text, &told);
}

static void add_when(
	struct cal_renderer *r, struct cal_slice name, const struct cal_when *when, bool novalue)
{
	char text[32];

	format(r, text, when);
	buf_add(r->out, name.s, name.n);
	if (when->form == FORM_DATE)
		buf_adds(r->out, ";VALUE=DATE");
	buf_addf(r->out, ":%s\r\n", novalue ? "" : text);
}

static void add_id(struct instance_writer *w)
{
	if (w->has_id || !(w->instance->series->recurs || w->instance->series->overrides))
		return;
	w->has_id = true;
	add_when(w->r, (struct cal_slice){"RECURRENCE-ID", 13}, &w->instance->id, false);
}

static struct cal_when end_of(const struct cal_instance *instance)
{
	struct cal_when end = {.local = instance->end, .form = FORM_UTC};

	if (instance->floating)
		end.form = instance->when.form;
	return end;
}

/* The whole seconds between start and end, where the property is no longer true in UTC. */
static void add_duration(struct instance_writer *w, const struct cal_line *line, bool novalue)
{
	const struct cal_duration *nominal = &w->instance->series->duration;
	int64_t seconds = w->instance->end - w->instance->start;

	if (w->instance->when.form == FORM_LOST)
		seconds = cal_zone_to_utc(w->r->request->zone, w->instance->end) -
			cal_zone_to_utc(w->r->request->zone, w->instance->start);
	if (novalue || nominal->days * CAL_DAY + nominal->seconds == seconds)
		cal_render_line(w->r, w->wanted, line);
	else
		buf_addf(w->r->out, "DURATION:PT%lldS\r\n", (long long)seconds);
}

/* Any other property with times in a zone: in UTC, since the VTIMEZONE goes. */
static void add_other(
	struct cal_renderer *r, const struct cal_data_comp *wanted, const struct cal_line *line)
{
	struct cal_slice rest = line->value, one;
	struct cal_when when;
	struct buf text;
	bool novalue, fine = cal_line_param(line, "TZID").n > 0;

	if (!fine || !cal_data_wants(wanted, line->name, &novalue)) {
		cal_render_line(r, wanted, line);
		return;
	}
	buf_init(&text, line->name.n + 2 * line->value.n + 64);
	buf_add(&text, line->name.s, line->name.n);
	buf_addc(&text, ':');
	for (bool first = true; fine && !novalue && cal_slice_cut(&rest, ',', &one);
		first = false) {
		char told[32];

		fine = cal_when_parse(&when, r->object, line, one);
		if (fine)
			format(r, told, &when);
		buf_addf(&text, "%s%s", first ? "" : ",", fine ? told : "");
	}
	if (fine)
		cal_fold_add(r->out, text.data, text.len);
	else
		cal_render_line(r, wanted, line);
	buf_free(&text);
}

/* What stands in an instance: alarms and the like. */
static void add_below(
	struct cal_renderer *r, const struct cal_comp *comp, const struct cal_data_comp *wanted)
{
	const struct cal_object *o = r->object;

	cal_line_add(r->out, &o->lines[comp->begin]);
	for (uint32_t i = comp->begin + 1; i < comp->end; i++) {
		const struct cal_line *line = &o->lines[i];
		bool take;

		if (line->prop != PROP_BEGIN) {
			add_other(r, wanted, line);
			continue;
		}
		const struct cal_data_comp *below = cal_data_child(
			wanted, o->comps[line->comp].name, &take);
		if (take)
			add_below(r, &o->comps[line->comp], below);
		i = o->comps[line->comp].end;
	}
	cal_line_add(r->out, &o->lines[comp->end]);
}

/* Is this property the start (or, with `end`, the end) of the instance? */
static bool is_edge(const struct cal_series *s, enum cal_prop prop, bool end)
{
	bool timed = s->has_start && (s->recurs || s->overrides);

	if (!timed || s->row == ROW_TODO_DONE || s->row == ROW_TODO_CREATED)
		return false;
	if (s->row == ROW_TODO_END)
		return end && prop == PROP_DUE;
	return end ? prop == PROP_DTEND || prop == PROP_DUE : prop == PROP_DTSTART;
}

/* Is DURATION the way from start to end? */
static bool lasts(const struct cal_series *s)
{
	return s->row == ROW_SPAN || s->row == ROW_TODO_LONG;
}

static void add_property(struct instance_writer *w, const struct cal_line *line)
{
	const struct cal_series *s = w->instance->series;
	bool novalue, wanted = cal_data_wants(w->wanted, line->name, &novalue);
	enum cal_prop prop = (enum cal_prop)line->prop;

	if (prop == PROP_RECURRENCE_ID) {
		add_id(w);
	} else if (prop == PROP_RRULE || prop == PROP_EXRULE || prop == PROP_RDATE ||
		prop == PROP_EXDATE) {
		return;
	} else if (is_edge(s, prop, false) || is_edge(s, prop, true)) {
		struct cal_when end = end_of(w->instance);

		if (wanted)
			add_when(w->r, line->name,
				is_edge(s, prop, true) ? &end : &w->instance->when, novalue);
		add_id(w);
	} else if (wanted && prop == PROP_DURATION && s->has_start && lasts(s)) {
		add_duration(w, line, novalue);
	} else if (wanted) {
		add_other(w->r, w->wanted, line);
	}
}

/* A RDATE period in a series without an end of its own. */
static void add_missing_end(struct instance_writer *w)
{
	const struct cal_instance *in = w->instance;
	bool novalue;

	if (w->has_end || !in->series->recurs || in->series->comp->kind != KIND_VEVENT ||
		in->end - in->start == (in->when.form == FORM_DATE ? CAL_DAY : 0))
		return;
	struct cal_when end = end_of(in);
	if (cal_data_wants(w->wanted, (struct cal_slice){"DTEND", 5}, &novalue))
		add_when(w->r, (struct cal_slice){"DTEND", 5}, &end, novalue);
}

static void add_instance(struct instance_writer *w)
{
	const struct cal_object *o = w->r->object;
	const struct cal_comp *comp = w->instance->series->comp;

	cal_line_add(w->r->out, &o->lines[comp->begin]);
	for (uint32_t i = comp->begin + 1; i < comp->end; i++) {
		const struct cal_line *line = &o->lines[i];

		if (line->prop == PROP_BEGIN) {
			bool wanted;
			const struct cal_data_comp *below = cal_data_child(
				w->wanted, o->comps[line->comp].name, &wanted);

			if (wanted)
				add_below(w->r, &o->comps[line->comp], below);
			i = o->comps[line->comp].end;
			continue;
		}
		w->has_end |= line->prop == PROP_DTEND || line->prop == PROP_DURATION;
		add_property(w, line);
	}
	add_missing_end(w);
	cal_line_add(w->r->out, &o->lines[comp->end]);
}

/* ---- the whole ---- */

static bool gather_kind(
	struct cal_renderer *r, const struct cal_comp *top, uint8_t kind, struct gather *g)
{
	struct cal_set *set = arena_alloc(
		r->object->arena, sizeof(*set)); /* the instances point into it */

	if (!cal_set_read(set, r->object, top, kind, NULL))
		return false;
	return cal_set_walk(set, r->request->expand, take, g) != WALK_LIMIT;
}

static bool gather_all(struct cal_renderer *r, const struct cal_comp *top, struct gather *g)
{
	uint32_t done = 0;

	for (uint32_t c = top->child; c != CAL_NONE; c = r->object->comps[c].next) {
		uint8_t kind = r->object->comps[c].kind;

		if (!cal_kind_bit(kind) || (done >> kind & 1))
			continue;
		done |= 1u << kind;
		if (!gather_kind(r, top, kind, g))
			return false;
	}
	if (g->n)
		qsort(g->instances, g->n, sizeof(*g->instances), compare);
	return true;
}

bool cal_render_expanded(struct cal_renderer *r, const struct cal_comp *top)
{
	const struct cal_data_comp *all = r->request->comp;
	struct gather g = {.arena = r->object->arena, .request = r->request};
	bool wanted, zones = false;

	if (!gather_all(r, top, &g))
		return false;
	cal_line_add(r->out, &r->object->lines[top->begin]);
	const struct cal_line *line;
	for (uint32_t at = top->begin; (line = cal_comp_next(r->object, top, &at));)
		cal_render_line(r, all, line);
	for (size_t i = 0; i < g.n && !r->out->full; i++) {
		const struct cal_comp *comp = g.instances[i].series->comp;

		zones |= comp->kind == KIND_VAVAILABILITY;
		struct instance_writer w = {.r = r, .instance = &g.instances[i]};

		w.wanted = cal_data_child(all, comp->name, &wanted);
		if (wanted && comp->kind == KIND_VAVAILABILITY)
			cal_render_comp(r, comp, w.wanted);
		else if (wanted)
			add_instance(&w);
	}
	for (uint32_t c = top->child; c != CAL_NONE; c = r->object->comps[c].next) {
		const struct cal_comp *comp = &r->object->comps[c];
		const struct cal_data_comp *below = cal_data_child(all, comp->name, &wanted);

		if (wanted && (comp->kind != KIND_VTIMEZONE || zones) && !cal_kind_bit(comp->kind))
			cal_render_comp(r, comp, below);
	}
	cal_line_add(r->out, &r->object->lines[top->end]);
	return true;
}
