/* SPDX-License-Identifier: ISC */
/*
 * Availability (RFC 7953): when somebody is busy because of a VAVAILABILITY, and free within it by its AVAILABLEs.
 *
 * Section 4 and the procedure of section 5 differ where a component of higher priority covers a part of a lower one:
 * by the letter of 5 (all components are marked busy first, all AVAILABLEs free after that) the lower one's AVAILABLE
 * would free what the higher one takes. Section 4 rules: a component overrides those of lower priority in all the
 * time that it covers; 5 calls itself an example. Among components of one priority no order is given, so none
 * matters: an AVAILABLE of any frees, and what is left is busy by the strongest type (4).
 */
#include "ical/internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_AVAILABLES 1000 /* in one object: 7953 8, servers must limit the complexity */
#define PRIORITIES                                                                                 \
	10 /* 5545 3.8.1.9: 1 is the highest, 9 the lowest, 0 undefined, here lower still */

/* 7953 3.2; a type nobody knows is the default. */
static enum cal_busy_type type_of(const struct cal_object *object, const struct cal_comp *comp)
{
	struct cal_slice word = cal_comp_value(object, comp, "BUSYTYPE");

	if (cal_slice_is(word, "BUSY"))
		return CAL_BUSY;
	return cal_slice_is(word, "BUSY-TENTATIVE") ? CAL_BUSY_TENTATIVE : CAL_BUSY_UNAVAILABLE;
}

/* 0 is the lowest level, 9 the highest (7953 4). */
static size_t level_of(const struct cal_object *object, const struct cal_comp *comp)
{
	int priority;

	if (!cal_slice_number(cal_comp_value(object, comp, "PRIORITY"), &priority) ||
		priority < 1 || priority >= PRIORITIES)
		return 0;
	return (size_t)(PRIORITIES - priority);
}

/* ---- the AVAILABLEs of a component, those of one UID together ---- */

struct member {
	struct cal_slice uid;
	uint32_t comp;
};

struct groups {
	struct member *members; /* by UID */
	uint32_t *comps;        /* the same */
	size_t n, at;
};

static int by_uid(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = memcmp(a->uid.s, b->uid.s, a->uid.n < b->uid.n ? a->uid.n : b->uid.n);

	if (order == 0)
		order = (a->uid.n > b->uid.n) - (a->uid.n < b->uid.n);
	return order ? order : (a->comp > b->comp) - (a->comp < b->comp);
}

/* False: more than MAX_AVAILABLES. */
static bool list_groups(
	struct groups *groups, struct cal_object *object, const struct cal_comp *comp)
{
	size_t n = 0;

	for (uint32_t c = comp->child; c != CAL_NONE; c = object->comps[c].next)
		n += object->comps[c].kind == KIND_AVAILABLE;
	if (n > MAX_AVAILABLES)
		return false;
	*groups = (struct groups){
		.members = arena_array(object->arena, n, sizeof(*groups->members)),
		.comps = arena_array(object->arena, n, sizeof(*groups->comps))};
	for (uint32_t c = comp->child; c != CAL_NONE; c = object->comps[c].next) {
		const struct cal_line *uid = cal_comp_find(object, &object->comps[c], PROP_UID);

		if (object->comps[c].kind == KIND_AVAILABLE)
			groups->members[groups->n++] = (struct member){
				uid ? uid->value : (struct cal_slice){"", 0}, c};
	}
	qsort(groups->members, n, sizeof(*groups->members), by_uid);
	for (size_t i = 0; i < n; i++)
		groups->comps[i] = groups->members[i].comp;
	return true;
}

/* The components of the next UID; *size 0 at the end. */
static const uint32_t *next_group(struct groups *groups, size_t *size)
{
	size_t first = groups->at;

	while (groups->at < groups->n &&
		cal_slice_same(groups->members[first].uid, groups->members[groups->at].uid))
		groups->at++;
	*size = groups->at - first;
	return groups->comps + first;
}

/* ---- reading ---- */

struct context {
	struct arena *arena;
	struct cal_busy_list *list;
	struct cal_range range; /* of the question, cut to the component */
	const struct cal_zone *zone;
	enum cal_busy_type type;
	size_t *given; /* instances, of all objects together */
	/* whose DTSTART is no instance; or NULL */
	const struct cal_series *anchored;
};

/* Is DTSTART what the rules themselves give? If not, 5545 3.8.5.3 leaves open whether it is an instance. Of events it is;
 * but all examples of 7953 say "Monday to Friday" and begin on a Sunday, which they do not mean to be free. */
static bool is_anchor(const struct cal_series *series)
{
	bool found = series->n_rules == 0;

	for (size_t i = 0; i < series->n_rules && !found; i++) {
		struct cal_recur recur;
		int64_t first;

		cal_recur_begin(&recur, &series->rules[i], &series->start);
		found = cal_recur_next(&recur, &first) && first == series->start.local;
		cal_recur_end(&recur);
	}
	for (size_t i = 0; i < series->n_extras && !found; i++)
		found = series->extras[i].local == series->start.local;
	return !found;
}

static bool add(void *payload, const struct cal_instance *instance)
{
	struct context *c = payload;
	struct cal_range span = {instance->start, instance->end};

	if (++*c->given > CAL_MAX_INSTANCES)
		return false;
	if (instance->series == c->anchored && instance->id.local == instance->series->start.local)
		return true;
	if (instance->floating) {
		span.start = cal_zone_to_utc(c->zone, span.start);
		span.end = cal_zone_to_utc(c->zone, span.end);
	}
	cal_busy_put(c->arena, c->list, &c->range, &span, c->type);
	return true;
}

static enum cal_code add_available(
	struct context *c, struct cal_object *object, const struct cal_comp *comp)
{
	struct groups groups;
	struct cal_set set;
	const uint32_t *group;
	size_t size;

	if (!list_groups(&groups, object, comp))
		return CAL_LIMIT;
	while ((group = next_group(&groups, &size)), size) {
		if (!cal_set_of(&set, object, group, size, NULL))
			return CAL_MALFORMED;
		c->anchored = set.master && is_anchor(set.master) ? set.master : NULL;
		if (cal_set_walk(&set, &c->range, add, c) != WALK_END)
			return CAL_LIMIT;
	}
	return CAL_OK;
}

/* The time that the component speaks of, by the rows of 7953 7.2.2. */
static bool covers(void *payload, const struct cal_instance *instance)
{
	struct context *c = payload;
	struct cal_range span = instance->span;

	if (instance->floating) {
		span.start = cal_zone_to_utc(c->zone, span.start);
		span.end = cal_zone_to_utc(c->zone, span.end);
	}
	if (span.start > c->range.start)
		c->range.start = span.start;
	if (span.end < c->range.end)
		c->range.end = span.end;
	return true;
}

static enum cal_code add_component(struct context c, struct cal_availability *availability,
	struct cal_object *object, const struct cal_comp *comp)
{
	struct cal_availability_level *level = &availability->levels[level_of(object, comp)];
	const uint32_t number = (uint32_t)(comp - object->comps);
	const struct cal_range asked = c.range;
	struct cal_set set;

	if (!cal_set_of(&set, object, &number, 1, NULL))
		return CAL_MALFORMED;
	c.range = (struct cal_range){FACTS_ALWAYS, FACTS_FOREVER};
	cal_set_walk(&set, &c.range, covers, &c);
	if (c.range.start < asked.start)
		c.range.start = asked.start;
	if (c.range.end > asked.end)
		c.range.end = asked.end;
	if (c.range.start >= c.range.end)
		return CAL_OK;
	cal_busy_put(c.arena, &level->busy, &c.range, &c.range, type_of(object, comp));
	c.list = &level->free;
	return add_available(&c, object, comp);
}

enum cal_code cal_availability_add(struct arena *arena, struct cal_availability *availability,
	const struct cal_range *range, const struct cal_zone *zone, const char *bytes, size_t len)
{
	struct context context = {
		.arena = arena, .range = *range, .zone = zone, .given = &availability->n_instances};
	struct arena *scratch = arena_new();
	struct cal_object object;
	enum cal_code code = CAL_MALFORMED;

	if (cal_object_parse(&object, scratch, &cal_object_limits, bytes, len, NULL)) {
		const struct cal_comp *top = cal_object_top(&object);
		code = top ? CAL_OK : CAL_MALFORMED;
		for (uint32_t i = top ? top->child : CAL_NONE; i != CAL_NONE && code == CAL_OK;
			i = object.comps[i].next)
			if (object.comps[i].kind == KIND_VAVAILABILITY)
				code = add_component(
					context, availability, &object, &object.comps[i]);
	}
	arena_free(scratch);
	return code;
}

/* ---- the answer ---- */

/* Adds those of `list` that have the type, without what is in `decided`; then they are decided, too. */
static void decide(struct arena *arena, struct cal_busy_list *out, struct cal_busy_list *decided,
	const struct cal_busy_list *list, enum cal_busy_type type)
{
	size_t before = decided->n, at = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct cal_range left = {list->spans[i].start, list->spans[i].end};
		if (list->spans[i].type != type)
			continue;
		while (at < before && decided->spans[at].end <= left.start)
			at++;
		for (size_t j = at; j < before && left.start < left.end; j++) {
			const struct cal_busy *cut = &decided->spans[j];
			struct cal_range free = {left.start, cut->start};
			if (cut->start >= left.end)
				break;
			if (free.start < free.end)
				cal_busy_put(arena, out, &free, &free, type);
			left.start = cut->end > left.start ? cut->end : left.start;
		}
		if (left.start < left.end)
			cal_busy_put(arena, out, &left, &left, type);
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct cal_busy *span = &list->spans[i];
		const struct cal_range whole = {span->start, span->end};
		if (span->type == type)
			cal_busy_put(arena, decided, &whole, &whole, CAL_BUSY);
	}
	cal_busy_merge(decided);
}

void cal_availability_busy(
	struct arena *arena, struct cal_availability *availability, struct cal_busy_list *out)
{
	static const enum cal_busy_type order[] = {
		CAL_BUSY, CAL_BUSY_UNAVAILABLE, CAL_BUSY_TENTATIVE}; /* 7953 4 */
	struct cal_busy_list decided = {0}, nothing = {0};

	for (size_t i = CAL_AVAILABILITY_LEVELS; i-- > 0;) {
		struct cal_availability_level *level = &availability->levels[i];

		cal_busy_merge(&level->free);
		cal_busy_merge(&level->busy);
		decide(arena, &nothing, &decided, &level->free, CAL_BUSY);
		for (size_t j = 0; j < sizeof(order) / sizeof(order[0]); j++)
			decide(arena, out, &decided, &level->busy, order[j]);
	}
}

/* ---- what may be stored ---- */

/* 7953 3.1: in UTC, or local time with the name of a zone. */
static bool check_times(
	struct cal_object *object, const struct cal_comp *comp, struct facts_fault *fault)
{
	static const enum cal_prop props[] = {PROP_DTSTART, PROP_DTEND};
	struct cal_when when;

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		const struct cal_line *line = cal_comp_find(object, comp, props[i]);

		if (!line || (cal_when_of(&when, object, line) && !cal_is_floating(when.form)))
			continue;
		cal_fail(fault, CAL_MALFORMED, line->number,
			"%.*s: in availability a date with time, in UTC or with a TZID that is known",
			(int)line->name.n, line->name.s);
		return false;
	}
	return true;
}

static bool check_group(
	struct cal_object *object, const uint32_t *group, size_t size, struct facts_fault *fault)
{
	struct cal_set set;

	if (!cal_set_of(&set, object, group, size, fault))
		return false;
	for (size_t i = 0; i < size; i++) {
		const struct cal_series *s = &set.series[i];
		unsigned line = object->lines[s->comp->begin].number;

		if (!s->has_start || !cal_comp_find(object, s->comp, PROP_UID)) {
			cal_fail(fault, CAL_MALFORMED, line, "an AVAILABLE without DTSTART or UID");
			return false;
		}
		if (!check_times(object, s->comp, fault))
			return false;
		for (size_t j = 0; j < s->n_rules + s->n_exrules; j++)
			if (!cal_rule_is_bounded(&s->rules[j], &s->start)) {
				cal_fail(fault, CAL_HOSTILE_RULE, line,
					"the recurrence rule (nearly) never matches");
				return false;
			}
	}
	return true;
}

bool cal_availability_check(
	struct cal_object *object, const struct cal_comp *comp, struct facts_fault *fault)
{
	struct groups groups;
	const uint32_t *group;
	size_t size;

	if (!check_times(object, comp, fault))
		return false;
	if (!list_groups(&groups, object, comp)) {
		cal_fail(fault, CAL_LIMIT, object->lines[comp->begin].number,
			"more than %d AVAILABLEs", MAX_AVAILABLES);
		return false;
	}
	while ((group = next_group(&groups, &size)), size)
		if (!check_group(object, group, size, fault))
			return false;
	return true;
}
