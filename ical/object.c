/* SPDX-License-Identifier: ISC */
/*
 * What every object must hold, or nothing can be found out about it (4791 4.1, 5.3.2.1; 5545 3.6): one
 * VCALENDAR, one type, one UID, no METHOD, times and rules that can be read and enumerated. Each rule
 * is a small function that refuses with a line; and the facts that the index keeps. What is written
 * now is judged by all of 5545 beside (judge.c); what was stored before stays readable.
 */
#include "ical/card.h"
#include "ical/internal.h"

#include <assert.h>
#include <string.h>

struct inspection {
	struct cal_object object;
	const struct cal_comp *top;
	uint8_t kind; /* of the components that matter */
	struct cal_set set;
	struct facts_fault *fault;
	bool judged; /* somebody wants to know what a write would be refused for */
	const struct cal_bounds *bounds; /* of the calendar that it shall stand in, or NULL */
};

static bool refuse(
	struct inspection *in, enum cal_code code, const struct cal_line *line, const char *why)
{
	cal_fail(in->fault, (int)code, line ? line->number : 0, "%s", why);
	return false;
}

static const struct cal_line *begin_of(const struct inspection *in, const struct cal_comp *comp)
{
	return &in->object.lines[comp->begin];
}

static bool check_top(struct inspection *in)
{
	const struct cal_line *line;
	bool version = false;

	in->top = cal_object_top(&in->object);
	if (!in->top)
		return refuse(in, CAL_MALFORMED, NULL, "not one VCALENDAR");
	for (uint32_t at = in->top->begin; (line = cal_comp_next(&in->object, in->top, &at));) {
		if (line->prop == PROP_METHOD)
			return refuse(in, CAL_NOT_OBJECT, line, "a stored object has no METHOD");
		if (line->prop == PROP_CALSCALE && !cal_slice_is(line->value, "GREGORIAN"))
			return refuse(in, CAL_MALFORMED, line, "CALSCALE is not GREGORIAN");
		if (line->prop == PROP_VERSION && !cal_slice_is(line->value, "2.0"))
			return refuse(in, CAL_VERSION, line, "VERSION is not 2.0");
		version |= line->prop == PROP_VERSION;
	}
	return version || refuse(in, CAL_MALFORMED, begin_of(in, in->top), "VERSION is missing");
}

static bool check_zone(struct inspection *in, const struct cal_comp *comp, size_t *n_zones)
{
	if (++*n_zones > CAL_MAX_ZONES)
		return refuse(in, CAL_LIMIT, begin_of(in, comp), "too many VTIMEZONEs");
	if (!cal_comp_find(&in->object, comp, PROP_TZID))
		return refuse(in, CAL_MALFORMED, begin_of(in, comp), "a VTIMEZONE without TZID");
	return true;
}

/* A part of another component can not be an object (5545 3.6): that is no iCalendar at all. */
static bool is_part(const struct cal_comp *comp)
{
	return comp->kind == KIND_VALARM || comp->kind == KIND_STANDARD ||
		comp->kind == KIND_DAYLIGHT || comp->kind == KIND_VCALENDAR ||
		cal_slice_is(comp->name, "AVAILABLE");
}

/* One type of component beside VTIMEZONE; what begins with X- may stand beside it. */
static bool check_types(struct inspection *in)
{
	const struct cal_comp *unknown = NULL;
	size_t n_zones = 0;

	for (uint32_t c = in->top->child; c != CAL_NONE; c = in->object.comps[c].next) {
		const struct cal_comp *comp = &in->object.comps[c];
		uint32_t bit = cal_kind_bit(comp->kind) & FACTS_ALL_COMPONENTS;

		if (is_part(comp)) {
			return refuse(in, CAL_MALFORMED, begin_of(in, comp),
				"a component that may stand in others only");
		} else if (comp->kind == KIND_VTIMEZONE) {
			if (!check_zone(in, comp, &n_zones))
				return false;
		} else if (!bit) {
			unknown = comp;
			if (in->kind && !cal_slice_starts(comp->name, "X-"))
				return refuse(in, CAL_NOT_OBJECT, begin_of(in, comp),
					"several types of components");
		} else if (in->kind && in->kind != comp->kind) {
			return refuse(in, CAL_NOT_OBJECT, begin_of(in, comp),
				"several types of components");
		} else {
			in->kind = comp->kind;
		}
	}
	if (!in->kind && unknown)
		return refuse(in, CAL_UNSUPPORTED, begin_of(in, unknown),
			"a component that is not known");
	if (!in->kind)
		return refuse(in, CAL_NOT_OBJECT, NULL, "no event, task or journal entry in it");
	if (unknown && !cal_slice_starts(unknown->name, "X-"))
		return refuse(
			in, CAL_NOT_OBJECT, begin_of(in, unknown), "several types of components");
	return true;
}

static bool check_uid(
	struct inspection *in, const struct cal_comp *comp, const struct cal_line **uid)
{
	const struct cal_line *line, *found = NULL;

	for (uint32_t at = comp->begin; (line = cal_comp_next(&in->object, comp, &at));) {
		if (line->prop != PROP_UID)
			continue;
		if (found)
			return refuse(in, CAL_MALFORMED, line, "a second UID");
		found = line;
	}
	if (!found || found->value.n == 0)
		return refuse(
			in, CAL_NOT_OBJECT, found ? found : begin_of(in, comp), "UID is missing");
	if (found->value.n > CAL_MAX_UID)
		return refuse(in, CAL_LIMIT, found, "UID is too long");
	if (*uid && !cal_slice_same((*uid)->value, found->value))
		return refuse(in, CAL_NOT_OBJECT, found, "several UIDs in one object");
	*uid = found;
	return true;
}

static bool check_components(struct inspection *in, struct arena *arena, struct facts *facts)
{
	const struct cal_line *uid = NULL;
	const struct cal_series *master = NULL;

	if (!cal_set_read(&in->set, &in->object, in->top, in->kind, in->fault))
		return false;
	for (size_t i = 0; i < in->set.n_series; i++) {
		const struct cal_series *s = &in->set.series[i];
		const struct cal_line *begin = begin_of(in, s->comp);

		if (!check_uid(in, s->comp, &uid))
			return false;
		if (in->kind == KIND_VEVENT && !s->has_start)
			return refuse(in, CAL_MALFORMED, begin, "DTSTART is missing");
		if (!s->overrides && master)
			return refuse(
				in, CAL_NOT_OBJECT, begin, "two components without RECURRENCE-ID");
		if (!s->overrides)
			master = s;
	}
	assert(uid); /* check_types found a component */
	facts->uid = cal_slice_dup(arena, uid->value);
	return true;
}

/* ---- facts ---- */

/* What nobody knows is as private as PRIVATE (5545 3.8.1.3); no word at all is the default. */
enum facts_class cal_class_of(struct cal_slice word)
{
	if (cal_slice_is(word, "PUBLIC") || word.n == 0)
		return FACTS_PUBLIC;
	return cal_slice_is(word, "CONFIDENTIAL") ? FACTS_CONFIDENTIAL : FACTS_PRIVATE;
}

/* An object is shown or hidden as a whole, so one line that hides is enough: in an override, said
 * twice, or in a component below. */
enum facts_class cal_object_class(const struct cal_object *object)
{
	enum facts_class class = FACTS_PUBLIC;

	for (size_t i = 0; i < object->n_lines; i++) {
		const struct cal_line *line = &object->lines[i];

		if (line->prop == PROP_CLASS && !line->bad && cal_class_of(line->value) > class)
			class = cal_class_of(line->value);
	}
	return class;
}

/* True when cal_busy_add finds nothing in it, whatever the range. */
static bool is_free(const struct inspection *in)
{
	enum cal_busy_type type;

	for (size_t i = 0; i < in->set.n_series; i++)
		if (in->kind == KIND_VEVENT &&
			cal_event_is_busy(&in->object, in->set.series[i].comp, &type))
			return false;
	return in->kind != KIND_VFREEBUSY;
}

static void find_flags(const struct inspection *in, struct facts *facts)
{
	struct cal_range extent;
	bool floating, undated = true;

	for (size_t i = 0; i < in->set.n_series; i++) {
		const struct cal_series *s = &in->set.series[i];

		facts->flags |= (s->recurs ? FACTS_RECURS : 0) |
			(s->overrides ? FACTS_OVERRIDES : 0);
		undated &= !s->has_start && !s->n_periods;
	}
	for (size_t i = 0; i < in->object.n_comps; i++)
		if (in->object.comps[i].kind == KIND_VALARM)
			facts->flags |= FACTS_ALARM;
	facts->first = FACTS_ALWAYS;
	facts->last = FACTS_FOREVER;
	if (cal_set_extent(&in->set, &extent, &floating)) {
		facts->first = extent.start;
		facts->last = extent.end;
		facts->flags |= floating ? FACTS_FLOATING : 0;
	}
	facts->flags |= (undated ? FACTS_UNDATED : 0) | (is_free(in) ? FACTS_FREE : 0);
}

static void find_summary(const struct inspection *in, struct arena *arena, struct facts *facts)
{
	const struct cal_series *s = in->set.master ? in->set.master : &in->set.series[0];
	const struct cal_line *line = cal_comp_find(&in->object, s->comp, PROP_SUMMARY);

	if (line)
		facts->summary = cal_text_unescape(arena, line->value);
}

/* ---- what is written now ---- */

static bool check_rules(struct inspection *in, const struct cal_series *series)
{
	const struct cal_line *line;

	if (series->bad_rule) {
		enum cal_code code = series->bad_scale ? CAL_UNKNOWN_SCALE : CAL_MALFORMED;

		line = series->bad_line;
		cal_fail(in->fault, (int)code, line->number, "%.*s: %s", (int)line->name.n,
			line->name.s, series->bad_rule);
		return false;
	}
	/* The rules of an override are never followed. */
	for (size_t i = 0; !series->overrides && i < series->n_rules + series->n_exrules; i++) {
		if (!series->has_start || cal_rule_is_bounded(&series->rules[i], &series->start))
			continue;
		for (uint32_t at = series->comp->begin;
			(line = cal_comp_next(&in->object, series->comp, &at));)
			if (line->value.s == series->rules[i].text.s)
				break;
		return refuse(
			in, CAL_HOSTILE_RULE, line, "the recurrence rule (nearly) never matches");
	}
	return true;
}

/* What is refused of a write, while what is stored stays readable: a rule that can not be followed leaves its master. */
static void judge(struct inspection *in)
{
	for (size_t i = 0; i < in->set.n_series; i++) {
		const struct cal_series *s = &in->set.series[i];

		if (!check_rules(in, s))
			return;
	}
	if (!cal_judge(&in->object, &in->set, in->fault))
		return;
	for (size_t i = 0; in->kind == KIND_VAVAILABILITY && i < in->set.n_series; i++)
		if (!cal_availability_check(&in->object, in->set.series[i].comp, in->fault))
			return;
	if (in->bounds)
		cal_object_within(&in->object, in->bounds, in->fault);
}

static bool inspect(struct inspection *in, const char *bytes, size_t len, struct arena *arena,
	struct arena *scratch, struct facts *facts)
{
	if (len > CAL_MAX_BYTES)
		return refuse(in, CAL_LIMIT, NULL, "the object is too large");
	if (!cal_check_bytes(bytes, len, in->fault) ||
		!cal_object_parse(&in->object, scratch, &cal_object_limits, bytes, len, in->fault))
		return false;
	if (!check_top(in) || !check_types(in) || !check_components(in, arena, facts))
		return false;
	facts->component = cal_kind_bit(in->kind);
	facts->class = cal_object_class(&in->object);
	find_flags(in, facts);
	find_summary(in, arena, facts);
	if (in->judged)
		judge(in);
	return true;
}

static bool inspect_within(const struct cal_bounds *bounds, enum facts_kind kind, const char *bytes,
	size_t len, struct arena *arena, struct facts *facts, struct facts_fault *fault)
{
	struct facts found = {0};
	struct facts_fault unused;
	struct inspection in = {
		.fault = fault ? fault : &unused, .judged = fault, .bounds = bounds};
	bool fine = true;

	*in.fault = (struct facts_fault){0};
	if (kind == FACTS_ADDRESSBOOK)
		return card_inspect(kind, bytes, len, arena, facts, fault);
	if (kind == FACTS_CALENDAR) {
		struct arena *scratch = arena_new();

		fine = inspect(&in, bytes, len, arena, scratch, &found);
		arena_free(scratch);
	}
	if (fine)
		*facts = found;
	return fine;
}

bool cal_inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	return inspect_within(NULL, kind, bytes, len, arena, facts, fault);
}

bool cal_accept_within(const struct cal_bounds *bounds, enum facts_kind kind, const char *bytes,
	size_t len, struct arena *arena, struct facts *facts, struct facts_fault *fault)
{
	struct facts found = {0};
	struct facts_fault why = {0};
	bool fine = inspect_within(bounds, kind, bytes, len, arena, &found, &why) &&
		why.code == CAL_OK;

	if (fine)
		*facts = found;
	else if (fault)
		*fault = why;
	return fine;
}

bool cal_accept(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	return cal_accept_within(NULL, kind, bytes, len, arena, facts, fault);
}
