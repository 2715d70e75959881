/* SPDX-License-Identifier: ISC */
/*
 * What was found out about a series is remembered under the name of its bytes: the spans of its instances,
 * sorted, in a window of time. A question inside the window is then a binary search. The memory is bounded, split
 * into shards with a lock each, and the least recently asked entry goes first.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 20
#define SHARDS 16
#define BUCKETS 1024
#define SHARD_BYTES (2u * 1024 * 1024) /* 32 MB in all */
#define MAX_SPANS 2000                 /* of one series */
#define YEAR (INT64_C(366) * CAL_DAY)

/* `reach` is the latest end of this and all earlier spans, so that one look decides. */
struct span {
	int64_t start, reach;
};

struct entry {
	unsigned char key[KEY_SIZE];
	uint32_t component;
	struct cal_range window; /* all instances that overlap it are here */
	size_t n_fixed, n_floating;
	struct entry *chain, *newer, *older;
	size_t bytes;
	struct span spans[]; /* fixed, then floating */
};

struct shard {
	pthread_mutex_t lock;
	struct entry *buckets[BUCKETS], *newest, *oldest;
	size_t bytes;
};

#define EMPTY                                                                                      \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}
#define EMPTY_4 EMPTY, EMPTY, EMPTY, EMPTY
static struct shard shards[SHARDS] = {EMPTY_4, EMPTY_4, EMPTY_4, EMPTY_4};

static uint64_t hash_of(const unsigned char *key)
{
	return cal_hash(CAL_HASH_SEED, (const char *)key, KEY_SIZE);
}

static struct shard *shard_of(uint64_t hash)
{
	return &shards[hash >> 32 & (SHARDS - 1)];
}

/* ---- the list of a shard; its lock is held ---- */

static void detach(struct shard *shard, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void attach(struct shard *shard, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static struct entry **slot_of(struct shard *shard, const unsigned char *key, uint32_t component)
{
	struct entry **slot = &shard->buckets[hash_of(key) % BUCKETS];

	while (*slot &&
		((*slot)->component != component || memcmp((*slot)->key, key, KEY_SIZE) != 0))
		slot = &(*slot)->chain;
	return slot;
}

static void drop(struct shard *shard, struct entry **slot)
{
	struct entry *entry = *slot;

	assert(entry);
	*slot = entry->chain;
	detach(shard, entry);
	shard->bytes -= entry->bytes;
	free(entry);
}

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

static enum cal_verdict ask(
	const struct entry *entry, const struct cal_range *range, const struct cal_zone *zone)
{
	struct cal_range local = {
		cal_zone_to_local(zone, range->start), cal_zone_to_local(zone, range->end)};

	if (any_overlaps(entry->spans, entry->n_fixed, range))
		return CAL_YES;
	if (entry->n_floating && !(is_even(zone, range->start) && is_even(zone, range->end)))
		return CAL_MAYBE;
	if (any_overlaps(entry->spans + entry->n_fixed, entry->n_floating, &local))
		return CAL_YES;
	return entry->window.start <= range->start && range->end <= entry->window.end ? CAL_NO
										      : CAL_MAYBE;
}

enum cal_verdict cal_spans_ask(const unsigned char *key, uint32_t component,
	const struct cal_range *range, const struct cal_zone *zone)
{
	struct shard *shard = shard_of(hash_of(key));
	enum cal_verdict out = CAL_MAYBE;

	pthread_mutex_lock(&shard->lock);
	struct entry *entry = *slot_of(shard, key, component);
	if (entry) {
		out = ask(entry, range, zone);
		detach(shard, entry);
		attach(shard, entry);
	}
	pthread_mutex_unlock(&shard->lock);
	return out;
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

static void keep(struct entry *entry)
{
	struct shard *shard = shard_of(hash_of(entry->key));

	pthread_mutex_lock(&shard->lock);
	struct entry **slot = slot_of(shard, entry->key, entry->component);
	if (*slot)
		drop(shard, slot);
	shard->bytes += entry->bytes;
	while (shard->oldest && shard->bytes > SHARD_BYTES)
		drop(shard, slot_of(shard, shard->oldest->key, shard->oldest->component));
	slot = &shard->buckets[hash_of(entry->key) % BUCKETS];
	entry->chain = *slot;
	*slot = entry;
	attach(shard, entry);
	pthread_mutex_unlock(&shard->lock);
}

void cal_spans_remember(const unsigned char *key, uint32_t component, const struct cal_set *set,
	const struct cal_range *range)
{
	struct gather *g = malloc(sizeof(*g));
	struct cal_range window;

	if (!g)
		return;
	if (choose_window(g, set, range, &window)) {
		size_t n = g->n_fixed + g->n_floating;
		struct entry *entry = malloc(sizeof(*entry) + n * sizeof(entry->spans[0]));

		if (!entry)
			abort();
		order(g->fixed, g->n_fixed);
		order(g->floating, g->n_floating);
		*entry = (struct entry){.component = component,
			.window = window,
			.n_fixed = g->n_fixed,
			.n_floating = g->n_floating,
			.bytes = sizeof(*entry) + n * sizeof(entry->spans[0])};
		memcpy(entry->key, key, KEY_SIZE);
		memcpy(entry->spans, g->fixed, g->n_fixed * sizeof(entry->spans[0]));
		memcpy(entry->spans + g->n_fixed, g->floating,
			g->n_floating * sizeof(entry->spans[0]));
		keep(entry);
	}
	free(g);
}
