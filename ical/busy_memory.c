/* SPDX-License-Identifier: ISC */
/*
 * When an object makes busy is remembered under its id, in a window of time around what was asked: as spans on its own
 * clock, so that each question costs a search and no bytes are read.
 */
#include "ical/internal.h"
#include "ical/memo.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (32u * 1024 * 1024)
#define MAX_SPANS 2000 /* of one object */
#define YEAR (INT64_C(366) * CAL_DAY)

struct remembered {
	struct cal_range window; /* all that overlaps it is here */
	int64_t longest;
	size_t n;
	bool floats; /* some do */
	struct cal_busy_raw spans[];
};

static struct memo memory = MEMO_INIT(MAX_BYTES);

struct question {
	struct arena *arena;
	struct cal_busy_list *list;
	const struct cal_range *range;
	const struct cal_zone *zone;
};

static int64_t before(int64_t at, int64_t seconds)
{
	return at == FACTS_ALWAYS || at == FACTS_FOREVER ? at : at - seconds;
}

/* The first span that may reach into the range. */
static size_t first_of(const struct remembered *r, int64_t start)
{
	size_t low = 0, high = r->n;

	start = before(start, r->longest + (r->floats ? FACTS_SLACK : 0));
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (r->spans[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void answer(const struct question *q, const struct remembered *r)
{
	int64_t end = before(q->range->end, r->floats ? -FACTS_SLACK : 0);

	for (size_t i = first_of(r, q->range->start); i < r->n && r->spans[i].start < end; i++)
		cal_busy_put_raw(q->arena, q->list, q->range, q->zone, &r->spans[i]);
}

static bool look(void *context, const void *bytes, size_t len)
{
	const struct question *q = context;
	const struct remembered *r = bytes;

	(void)len;
	if (r->window.start > q->range->start || r->window.end < q->range->end)
		return false;
	answer(q, r);
	return true;
}

bool cal_busy_recall(struct arena *arena, struct cal_busy_list *list, const unsigned char *key,
	const struct cal_range *range, const struct cal_zone *zone)
{
	struct question q = {arena, list, range, zone};

	return memo_ask(&memory, key, look, &q);
}

static int by_start(const void *left, const void *right)
{
	const struct cal_busy_raw *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* All of it, or some years around the question. */
static bool gather(
	struct cal_busy_raws *raws, const struct cal_range *range, const char *bytes, size_t len)
{
	bool open = range->start == FACTS_ALWAYS || range->end == FACTS_FOREVER;
	const struct cal_range near = {before(range->start, YEAR), before(range->end, -YEAR)};

	raws->window = (struct cal_range){FACTS_ALWAYS, FACTS_FOREVER};
	raws->if_endless = open ? (struct cal_range){0} : near;
	if (cal_busy_read(raws, bytes, len) == CAL_OK)
		return true;
	raws->window = near;
	raws->n = 0;
	return !open && cal_busy_read(raws, bytes, len) == CAL_OK;
}

enum cal_code cal_busy_learn(struct arena *arena, struct cal_busy_list *list,
	const unsigned char *key, const struct cal_range *range, const struct cal_zone *zone,
	const char *bytes, size_t len)
{
	struct cal_busy_raws raws = {.max = MAX_SPANS, .arena = arena_new()};
	struct question q = {arena, list, range, zone};
	bool known = gather(&raws, range, bytes, len);

	if (known) {
		size_t size = sizeof(struct remembered) + raws.n * sizeof(*raws.spans);
		struct remembered *r = arena_alloc(raws.arena, size);

		*r = (struct remembered){.window = raws.window, .n = raws.n};
		if (raws.n)
			qsort(raws.spans, raws.n, sizeof(*raws.spans), by_start);
		for (size_t i = 0; i < raws.n; i++) {
			int64_t length = raws.spans[i].end - raws.spans[i].start;
			r->longest = length > r->longest ? length : r->longest;
			r->floats |= raws.spans[i].floating;
			r->spans[i] = raws.spans[i];
		}
		memo_keep(&memory, key, r, size);
		answer(&q, r);
	}
	arena_free(raws.arena);
	return known ? CAL_OK : cal_busy_add(arena, list, range, zone, bytes, len);
}
