/* SPDX-License-Identifier: ISC */
/*
 * Components: BEGIN and END lines become a tree over the lines (5545 3.4, 3.6). Depth and number are
 * bounded; an END without its BEGIN is refused with its line.
 */
#include "ical/internal.h"

#include <string.h>

static const struct kind_row {
	const char *name;
	enum cal_kind kind;
	uint32_t bit;
} kinds[] = {
	{"VEVENT", KIND_VEVENT, FACTS_VEVENT},
	{"VTODO", KIND_VTODO, FACTS_VTODO},
	{"VJOURNAL", KIND_VJOURNAL, FACTS_VJOURNAL},
	{"VFREEBUSY", KIND_VFREEBUSY, FACTS_VFREEBUSY},
	{"VAVAILABILITY", KIND_VAVAILABILITY, FACTS_VAVAILABILITY},
	{"VCARD", KIND_VCARD, FACTS_VCARD},
	{"VALARM", KIND_VALARM, 0},
	{"AVAILABLE", KIND_AVAILABLE, 0},
	{"VTIMEZONE", KIND_VTIMEZONE, 0},
	{"STANDARD", KIND_STANDARD, 0},
	{"DAYLIGHT", KIND_DAYLIGHT, 0},
	{"VCALENDAR", KIND_VCALENDAR, 0},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint8_t kind_of(struct cal_slice name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (cal_slice_is(name, kinds[i].name))
			return (uint8_t)kinds[i].kind;
	return KIND_OTHER;
}

uint32_t cal_kind_bit(uint8_t kind)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].bit;
	return 0;
}

const char *cal_component_name(uint32_t bit)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (bit && kinds[i].bit == bit)
			return kinds[i].name;
	return NULL;
}

uint32_t cal_component_bit(const char *name)
{
	if (!name)
		return 0;
	return cal_kind_bit(kind_of((struct cal_slice){name, strlen(name)}));
}

struct builder {
	struct cal_object *object;
	const struct cal_limits *limits;
	struct facts_fault *fault;
	uint32_t open[CAL_MAX_DEPTH];     /* components that wait for their END */
	uint32_t last[CAL_MAX_DEPTH + 1]; /* newest component of each depth, to chain siblings */
	unsigned depth;
};

static bool begin(struct builder *b, uint32_t index)
{
	struct cal_object *o = b->object;
	struct cal_line *line = &o->lines[index];

	if (b->depth == CAL_MAX_DEPTH || o->n_comps == b->limits->comps) {
		cal_fail(b->fault, CAL_LIMIT, line->number, "more than %zu components%s",
			b->depth == CAL_MAX_DEPTH ? (size_t)CAL_MAX_DEPTH : b->limits->comps,
			b->depth == CAL_MAX_DEPTH ? " inside each other" : "");
		return false;
	}
	o->comps = arena_grow(o->arena, o->comps, &o->comps_cap, o->n_comps + 1, sizeof(*o->comps));
	uint32_t id = (uint32_t)o->n_comps++;
	o->comps[id] = (struct cal_comp){
		.name = line->value,
		.kind = kind_of(line->value),
		.depth = (uint8_t)b->depth,
		.parent = b->depth ? b->open[b->depth - 1] : CAL_NONE,
		.next = CAL_NONE,
		.child = CAL_NONE,
		.begin = index,
		.end = index,
	};
	line->comp = id;
	if (b->last[b->depth] != CAL_NONE)
		o->comps[b->last[b->depth]].next = id;
	else if (b->depth)
		o->comps[b->open[b->depth - 1]].child = id;
	b->last[b->depth] = id;
	b->open[b->depth++] = id;
	b->last[b->depth] = CAL_NONE;
	return true;
}

static bool end(struct builder *b, uint32_t index)
{
	struct cal_object *o = b->object;
	struct cal_line *line = &o->lines[index];
	struct cal_comp *comp = b->depth ? &o->comps[b->open[b->depth - 1]] : NULL;

	if (!comp || comp->name.n != line->value.n ||
		(kind_of(line->value) != comp->kind ||
			(!comp->kind && !cal_slice_same(comp->name, line->value)))) {
		cal_fail(b->fault, CAL_MALFORMED, line->number, "END:%.*s closes no component",
			(int)(line->value.n > 60 ? 60 : line->value.n), line->value.s);
		return false;
	}
	comp->end = index;
	line->comp = b->open[--b->depth];
	return true;
}

static bool build(struct builder *b)
{
	struct cal_object *o = b->object;

	for (uint32_t i = 0; i < o->n_lines; i++) {
		struct cal_line *line = &o->lines[i];

		if (line->prop == PROP_BEGIN && !begin(b, i))
			return false;
		if (line->prop == PROP_END && !end(b, i))
			return false;
		if (b->depth == 0 && line->prop != PROP_END && !line->bad) {
			cal_fail(b->fault, CAL_MALFORMED, line->number,
				"property outside of BEGIN and END");
			return false;
		}
	}
	if (b->depth) {
		const struct cal_comp *comp = &o->comps[b->open[b->depth - 1]];

		cal_fail(b->fault, CAL_MALFORMED, o->lines[comp->begin].number,
			"BEGIN:%.*s has no END", (int)(comp->name.n > 60 ? 60 : comp->name.n),
			comp->name.s);
		return false;
	}
	return true;
}

bool cal_object_parse(struct cal_object *object, struct arena *arena,
	const struct cal_limits *limits, const char *bytes, size_t len, struct facts_fault *fault)
{
	struct builder b = {.object = object, .limits = limits, .fault = fault, .last = {CAL_NONE}};

	*object = (struct cal_object){.arena = arena};
	return cal_lines_scan(object, limits, bytes, len, fault) && build(&b);
}

const struct cal_line *cal_comp_next(
	const struct cal_object *object, const struct cal_comp *comp, uint32_t *after)
{
	for (uint32_t i = *after + 1; i < comp->end; i++) {
		const struct cal_line *line = &object->lines[i];

		if (line->prop == PROP_BEGIN) {
			i = object->comps[line->comp].end;
			continue;
		}
		*after = i;
		return line;
	}
	return NULL;
}

const struct cal_line *cal_comp_find(
	const struct cal_object *object, const struct cal_comp *comp, enum cal_prop prop)
{
	const struct cal_line *line;

	for (uint32_t at = comp->begin; (line = cal_comp_next(object, comp, &at));)
		if (line->prop == prop)
			return line;
	return NULL;
}

struct cal_slice cal_comp_value(
	const struct cal_object *object, const struct cal_comp *comp, const char *name)
{
	const struct cal_line *line;

	for (uint32_t at = comp->begin; (line = cal_comp_next(object, comp, &at));)
		if (cal_slice_is(line->name, name))
			return line->value;
	return (struct cal_slice){NULL, 0};
}

const struct cal_comp *cal_object_top(const struct cal_object *object)
{
	if (object->n_comps == 0 || object->comps[0].next != CAL_NONE ||
		object->comps[0].kind != KIND_VCALENDAR)
		return NULL;
	return &object->comps[0];
}

struct cal_slice cal_comp_text(const struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_slice *first = &object->lines[comp->begin].raw,
			       *last = &object->lines[comp->end].raw;

	return (struct cal_slice){first->s, (size_t)(last->s + last->n - first->s)};
}
