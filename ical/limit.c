/* SPDX-License-Identifier: ISC */
/*
 * limit-recurrence-set (4791 9.6.6): which overrides have an impact on a range, by where their instances are
 * and by where they would be without them. One with THISANDFUTURE speaks for all instances up to
 * the next of its kind.
 */
#include "ical/internal.h"

struct touching {
	const struct cal_set *set;
	const struct cal_range *range;
	const struct cal_zone *zone;
	bool *touched; /* of each series */
};

/* Where the instance of this start would be if nothing replaced it. */
static bool touches_original(const struct touching *t, const struct cal_when *id)
{
	const struct cal_series *master = t->set->master;
	struct cal_range span = cal_row_span(
		master->row, cal_when_instant(id), cal_series_end(master, id));

	return cal_overlaps(t->range, &span, cal_is_floating(id->form), t->zone);
}

static bool each(void *context, const struct cal_instance *instance)
{
	struct touching *t = context;

	if (!instance->series->overrides)
		return true;
	t->touched[instance->series - t->set->series] |= cal_overlaps(t->range, &instance->span,
								 instance->floating, t->zone) ||
		(t->set->master && touches_original(t, &instance->id));
	return true;
}

static int64_t widen(int64_t at, int64_t seconds)
{
	return at == FACTS_ALWAYS || at == FACTS_FOREVER ? at : at + seconds;
}

/* What others rule: all instances of the master that are near. Over the limits, all rulers count. */
static void touch_rulers(struct touching *t)
{
	const struct cal_set *set = t->set;
	int64_t reach = set->reach + set->longest + CAL_DAY;
	struct cal_range wide = {widen(t->range->start, -reach), widen(t->range->end, reach)};

	if (!set->n_rulers || !set->master ||
		cal_series_walk(set, set->master, &wide, each, t, NULL) == WALK_END)
		return;
	for (size_t i = 0; i < set->n_rulers; i++)
		t->touched[set->rulers[i] - set->series] = true;
}

bool *cal_set_touched(
	const struct cal_set *set, const struct cal_range *range, const struct cal_zone *zone)
{
	static const struct cal_range always = {FACTS_ALWAYS, FACTS_FOREVER};
	struct touching t = {set, range, zone, NULL};

	t.touched = arena_array(set->object->arena, set->n_series, sizeof(*t.touched));
	for (size_t i = 0; i < set->n_series; i++) {
		const struct cal_series *s = &set->series[i];

		if (s->overrides)
			cal_series_walk(set, s, &always, each, &t, NULL);
		if (s->overrides && s->row == ROW_NOTHING && set->master) {
			struct cal_when id = set->master->start;

			id.local = s->replaces;
			t.touched[i] = touches_original(&t, &id);
		}
	}
	touch_rulers(&t);
	return t.touched;
}
