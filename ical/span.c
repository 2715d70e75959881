/* SPDX-License-Identifier: ISC */
/*
 * What was found out about a series is remembered under the name of its bytes: the spans of its instances,
 * sorted, in a window of time. A question inside the window is then a binary search.
 */
#include "ical/internal.h"
#include "ical/memo.h"
#include "src/base/clock.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (32u * 1024 * 1024)
#define MAX_SPANS 2000 /* of one series */
#define YEAR (INT64_C(366) * CAL_DAY)

/* `reach` is the latest end of this and all earlier spans, so that one look decides. */
struct span {
	int64_t start, reach;
};

struct remembered {
	uint32_t component;
	struct cal_range window; /* all instances that overlap it are here */
	size_t n_fixed, n_floating;
	struct span spans[]; /* fixed, then floating */
};

static struct memo memory = MEMO_INIT(MAX_BYTES);

/* ---- asking ---- */

static bool any_overlaps(const struct span *spans, size_t n, const struct cal_range *range)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (spans[middle].start < range->end)
			low = middle + 1;
		else
			high = middle;
	}
	return low && spans[low - 1].reach > range->start;
}

/* Does the zone's clock run evenly for a day around this instant? Else local times are not in the order of instants. */
static bool is_even(const struct cal_zone *zone, int64_t at)
{
	if (at == FACTS_ALWAYS || at == FACTS_FOREVER)
		return true;
	return cal_zone_to_local(zone, at + CAL_DAY) - cal_zone_to_local(zone, at - CAL_DAY) ==
		2 * CAL_DAY;
}

struct question {
	uint32_t component;
	const struct cal_range *range;
	const struct cal_zone *zone;
	enum cal_verdict verdict;
};

static enum cal_verdict ask(const struct remembered *r, const struct question *q)
{
	const struct cal_range *range = q->range,
			       local = {cal_zone_to_local(q->zone, range->start),
				       cal_zone_to_local(q->zone, range->end)};

	if (any_overlaps(r->spans, r->n_fixed, range))
		return CAL_YES;
	if (r->n_floating && !(is_even(q->zone, range->start) && is_even(q->zone, range->end)))
		return CAL_MAYBE;
	if (any_overlaps(r->spans + r->n_fixed, r->n_floating, &local))
		return CAL_YES;
	return r->window.start <= range->start && range->end <= r->window.end ? CAL_NO : CAL_MAYBE;
}

static bool look(void *context, const void *bytes, size_t len)
{
	struct question *q = context;
	const struct remembered *r = bytes;

	(void)len;
	if (r->component == q->component)
		q->verdict = ask(r, q);
	return true;
}

enum cal_verdict cal_spans_ask(const unsigned char *key, uint32_t component,
	const struct cal_range *range, const struct cal_zone *zone)
{
	struct question q = {component, range, zone, CAL_MAYBE};

	memo_ask(&memory, key, look, &q);
	return q.verdict;
}

/* ---- remembering ---- */

struct gather {
	struct span fixed[MAX_SPANS], floating[MAX_SPANS];
	size_t n_fixed, n_floating;
};

static bool add(void *context, const struct cal_instance *instance)
{
	struct gather *g = context;

	if (g->n_fixed + g->n_floating == MAX_SPANS)
		return false;
	*(instance->floating ? &g->floating[g->n_floating++]
			     : &g->fixed[g->n_fixed++]) = (struct span){
		instance->span.start, instance->span.end};
	return true;
}

static bool gather(struct gather *g, const struct cal_set *set, const struct cal_range *window)
{
	g->n_fixed = g->n_floating = 0;
	return cal_set_walk(set, window, add, g) == WALK_END;
}

static int compare(const void *a, const void *b)
{
	int64_t x = ((const struct span *)a)->start, y = ((const struct span *)b)->start;

	return (x > y) - (x < y);
}

static void order(struct span *spans, size_t n)
{
	qsort(spans, n, sizeof(*spans), compare);
	for (size_t i = 1; i < n; i++)
		if (spans[i].reach < spans[i - 1].reach)
			spans[i].reach = spans[i - 1].reach;
}

/* All of it, or some years around the question, or just the question. */
static bool choose_window(struct gather *g, const struct cal_set *set,
	const struct cal_range *range, struct cal_range *window)
{
	struct cal_range extent;
	bool floating,
		finite = !cal_set_extent(set, &extent, &floating) || extent.end != FACTS_FOREVER;

	*window = (struct cal_range){FACTS_ALWAYS, FACTS_FOREVER};
	if (finite && gather(g, set, window))
		return true;
	int64_t anchor = range->start != FACTS_ALWAYS ? range->start
		: range->end != FACTS_FOREVER         ? range->end
						      : clock_now();
	window->start = range->start == FACTS_ALWAYS ? FACTS_ALWAYS : anchor - YEAR;
	window->end = (range->end == FACTS_FOREVER ? anchor : range->end) + 3 * YEAR;
	if (gather(g, set, window))
		return true;
	*window = *range;
	return range->start != FACTS_ALWAYS && range->end != FACTS_FOREVER &&
		gather(g, set, window);
}

void cal_spans_remember(const unsigned char *key, uint32_t component, const struct cal_set *set,
	const struct cal_range *range)
{
	struct gather *g = malloc(sizeof(*g));
	struct cal_range window;

	if (!g)
		return;
	if (choose_window(g, set, range, &window)) {
		size_t fixed = g->n_fixed * sizeof(struct span),
		       floating = g->n_floating * sizeof(struct span),
		       size = sizeof(struct remembered) + fixed + floating;
		struct remembered *r = malloc(size);

		if (!r)
			abort();
		order(g->fixed, g->n_fixed);
		order(g->floating, g->n_floating);
		*r = (struct remembered){component, window, g->n_fixed, g->n_floating};
		memcpy(r->spans, g->fixed, fixed);
		memcpy(r->spans + g->n_fixed, g->floating, floating);
		memo_keep(&memory, key, r, size);
		free(r);
	}
	free(g);
}
