/* SPDX-License-Identifier: ISC */
/*
 * ical/ on any bytes: inspection, queries with fixed filters, expansion, splitting and merging. What PUT
 * accepted must also split, merge, render and be redacted; what it refused must do no harm.
 */
#include "ical/card.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT (64 * 1024)
#define MAX_OUTPUT (8 * 1024 * 1024)

static const struct cal_range month = {1767225600, 1769904000}; /* January 2026 */
static const struct cal_range late = {4102444800, FACTS_FOREVER};

static void query(const char *bytes, size_t len, const struct facts *facts)
{
	static const struct cal_text_match text = {"a", CAL_UNICODE_CASEMAP, false};
	static const struct cal_param_filter param = {"PARTSTAT", false, &text};
	static const struct cal_prop_filter props[] = {
		{.name = "SUMMARY", .match = &text},
		{.name = "DTSTART", .range = &month},
		{.name = "DTEND", .range = &month},
		{.name = "ATTENDEE", .params = &param, .n_params = 1},
	};
	static const struct cal_comp_filter alarm = {.name = "VALARM", .range = &month};
	static const char *const names[] = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"};
	const struct cal_zone *zone = cal_zone_named("Europe/Berlin");
	static uint32_t number;
	unsigned char key[20] = {0};

	number++; /* other bytes, other key: what is remembered belongs to the bytes */
	memcpy(key, &number, sizeof(number));
	for (size_t i = 0; i < 4; i++) {
		struct cal_comp_filter inner = {.name = names[i], .range = &month};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
		bool plain = cal_match(&filter, key, bytes, len, zone);

		if (facts) {
			enum cal_verdict short_cut = cal_match_facts(&filter, facts, zone);
			enum cal_verdict known = cal_match_remembered(&filter, key, facts, zone);

			assert(short_cut == CAL_MAYBE || (short_cut == CAL_YES) == plain);
			assert(known == CAL_MAYBE || (known == CAL_YES) == plain);
		}
		inner.range = &late;
		cal_match(&filter, NULL, bytes, len, NULL);
		inner.range = NULL;
		inner.comps = &alarm;
		inner.n_comps = 1;
		cal_match(&filter, NULL, bytes, len, zone);
		inner.n_comps = 0;
		for (size_t j = 0; j < 4; j++) {
			inner.props = &props[j];
			inner.n_props = 1;
			cal_match(&filter, NULL, bytes, len, zone);
		}
	}
}

static void render(const char *bytes, size_t len, bool valid)
{
	struct cal_data_request requests[] = {
		{.expand = &month},
		{.limit_recurrence = &month},
		{.limit_freebusy = &month},
	};
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		buf_reset(&out);
		bool fine = cal_render(&out, &requests[i], bytes, len);

		assert(fine || out.len == 0);
		assert(!valid || fine || i == 0); /* only expanding has a limit of its own */
	}
	buf_reset(&out);
	struct cal_merge *merge = cal_merge_begin(
		&out, &(struct cal_head){.name = "Family, all", .color = "#ff0000"});
	bool merged = cal_merge_add(merge, &out, bytes, len);
	merged = cal_merge_add(merge, &out, bytes, len) && merged;
	cal_merge_end(merge, &out);
	assert(!valid || merged);
	buf_free(&out);
}

/* `taken`: it may be written; so may what is cut out of it. */
static void split(const char *bytes, size_t len, bool valid, bool taken, const struct facts *facts)
{
	struct arena *arena = arena_new();
	struct facts_fault fault = {0};
	struct cal_split parts = {0};
	bool fine = cal_split(arena, bytes, len, &parts, &fault);

	assert(!valid || fine);
	for (size_t i = 0; i < parts.n_items; i++) {
		struct facts found = {0};
		bool good = cal_inspect(FACTS_CALENDAR, parts.items[i].bytes, parts.items[i].len,
			arena, &found, &fault);

		if (good)
			assert(strcmp(found.uid, parts.items[i].uid) == 0);
		if (valid && parts.items[i].component == facts->component)
			assert(good && strcmp(found.uid, facts->uid) == 0);
		if (taken && parts.items[i].component == facts->component)
			assert(cal_accept(FACTS_CALENDAR, parts.items[i].bytes, parts.items[i].len,
				arena, &found, &fault));
	}
	arena_free(arena);
}

/* What overlaps this month, by the bytes alone. */
static bool is_hit(const char *bytes, size_t len, uint32_t component)
{
	struct cal_comp_filter inner = {.name = cal_component_name(component), .range = &month};
	struct cal_comp_filter filter = {.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

	return cal_match(&filter, NULL, bytes, len, cal_zone_named("Europe/Berlin"));
}

static bool is_busy_alike(
	struct arena *arena, const char *a, size_t a_len, const char *b, size_t b_len)
{
	const struct cal_zone *zone = cal_zone_named("Europe/Berlin");
	struct cal_busy_list x = {0}, y = {0};
	struct cal_availability p = {0}, q = {0};

	if (cal_availability_add(arena, &p, &month, zone, a, a_len) !=
		cal_availability_add(arena, &q, &month, zone, b, b_len))
		return false;
	cal_availability_busy(arena, &p, &x);
	cal_availability_busy(arena, &q, &y);
	enum cal_code code = cal_busy_add(arena, &x, &month, zone, a, a_len);

	return code == cal_busy_add(arena, &y, &month, zone, b, b_len) && x.n == y.n &&
		(x.n == 0 || memcmp(x.spans, y.spans, x.n * sizeof(*x.spans)) == 0);
}

/* Times only: the same object at the same times, and nothing more to take away. */
static void redact(const char *bytes, size_t len, const struct facts *facts, bool taken)
{
	struct arena *arena = arena_new();
	struct facts found = {0};
	struct facts_fault fault = {0};
	struct buf out, again;

	buf_init(&out, MAX_OUTPUT);
	buf_init(&again, MAX_OUTPUT);
	bool fine = cal_redact(&out, bytes, len);
	assert(fine || out.len == 0);
	if (facts) {
		assert(fine);
		assert(cal_inspect(FACTS_CALENDAR, out.data, out.len, arena, &found, &fault));
		assert(strcmp(found.uid, facts->uid) == 0);
		assert(found.component == facts->component && found.class == facts->class);
		assert(found.first == facts->first && found.last == facts->last);
		assert(found.flags == (facts->flags & ~(uint32_t)FACTS_ALARM));
		assert(is_hit(bytes, len, facts->component) ==
			is_hit(out.data, out.len, facts->component));
		assert(!taken || is_busy_alike(arena, bytes, len, out.data, out.len));
		assert(cal_redact(&again, out.data, out.len));
		assert(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
	}
	buf_free(&out);
	buf_free(&again);
	arena_free(arena);
}

/* Where nearly everything is allowed, only a COUNT can be too much. */
static void bounds(const char *bytes, size_t len, bool valid)
{
	const struct cal_bounds wide = {FACTS_ALWAYS, FACTS_FOREVER, UINT32_MAX, UINT32_MAX},
				narrow = {0, 1, 1, 1};
	struct facts_fault fault = {0};
	bool fine = cal_check_bounds(&wide, bytes, len, &fault);

	assert(!valid || fine || fault.code == CAL_TOO_MANY_INSTANCES);
	cal_check_bounds(&narrow, bytes, len, &fault);
}

/* Without the zones that everybody has: the same object at the same times, and nothing more to leave out. */
static void refer(const char *bytes, size_t len, const struct facts *facts)
{
	struct arena *arena = arena_new();
	struct facts found = {0};
	struct facts_fault fault = {0};
	struct buf out, again;

	buf_init(&out, MAX_OUTPUT);
	buf_init(&again, MAX_OUTPUT);
	if (cal_zones_adjust(&out, CAL_ZONES_NONE, bytes, len) && facts) {
		assert(cal_inspect(FACTS_CALENDAR, out.data, out.len, arena, &found, &fault));
		assert(strcmp(found.uid, facts->uid) == 0 && found.flags == facts->flags);
		assert(found.first == facts->first && found.last == facts->last);
		assert(is_busy_alike(arena, bytes, len, out.data, out.len));
		assert(!cal_zones_adjust(&again, CAL_ZONES_NONE, out.data, out.len));
	}
	buf_reset(&out);
	if (cal_zones_adjust(&out, CAL_ZONES_ALL, bytes, len) && facts)
		assert(cal_inspect(FACTS_CALENDAR, out.data, out.len, arena, &found, &fault));
	buf_free(&out);
	buf_free(&again);
	arena_free(arena);
}

/* Whatever a card holds, what is made of its days must be what a PUT would take. */
static void drive_days(struct arena *arena, const char *bytes, size_t size)
{
	const struct card_day_event event = {"birthday-1", "/dav/x.vcf", size % 2};
	struct card_days days;
	struct facts facts;
	struct facts_fault fault;

	if (!card_days(arena, bytes, size, &days))
		return;
	for (int kind = 0; kind < CARD_DAY_KINDS; kind++) {
		struct buf out;
		buf_init(&out, CAL_MAX_BYTES);
		if (days.days[kind].month) {
			card_day_object(&out, &days, (enum card_day_kind)kind, &event);
			assert(cal_accept(
				FACTS_CALENDAR, out.data, out.len, arena, &facts, &fault));
		}
		buf_free(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct arena *arena = arena_new();
	struct facts facts = {0}, card = {0}, written = {0};
	struct facts_fault fault = {0};

	if (!ready)
		cal_init();
	ready = true;
	if (size > MAX_INPUT) {
		arena_free(arena);
		return 0;
	}
	/* A copy of just this size, so that reading beyond it is seen. */
	char *bytes = malloc(size ? size : 1);
	memcpy(bytes, size ? (const char *)data : "", size);
	bool valid = cal_inspect(FACTS_CALENDAR, bytes, size, arena, &facts, &fault);
	if (card_inspect(FACTS_ADDRESSBOOK, bytes, size, arena, &card, &fault))
		assert(card.uid && card.summary);
	drive_days(arena, bytes, size);
	assert(!valid || (facts.uid && facts.component));
	bool taken = cal_accept(FACTS_CALENDAR, bytes, size, arena, &written, &fault);
	assert(!taken || (valid && strcmp(written.uid, facts.uid) == 0));
	assert(taken || (fault.code && fault.text[0]));
	query(bytes, size, valid ? &facts : NULL);
	render(bytes, size, valid);
	split(bytes, size, valid, taken, &facts);
	redact(bytes, size, valid ? &facts : NULL, taken);
	bounds(bytes, size, valid);
	refer(bytes, size, valid ? &facts : NULL);
	cal_is_timezone_data(bytes, size);
	cal_is_alarm_data(bytes, size);
	free(bytes);
	arena_free(arena);
	return 0;
}
