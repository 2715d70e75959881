/* SPDX-License-Identifier: ISC */
/*
 * Import: a file of many components, as Google, iCloud, Nextcloud and Outlook export it, becomes one object for
 * each UID, with the time zones it names. METHOD and what belongs to the calendar as a whole is left
 * out. Lines that are broken go along with their component, so that its inspection can name them.
 */
#include "ical/internal.h"
#include "src/base/map.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>

#define PRODID "PRODID:-//Daybook//Daybook//EN\r\n"

struct group {
	const char *uid;
	bool derived; /* the UID is ours */
	uint32_t bit;
	uint32_t top;         /* VCALENDAR of the first component */
	uint32_t first, last; /* components, chained in `chain` */
	uint64_t master;      /* hash of the component without RECURRENCE-ID */
};

struct splitter {
	struct cal_object o;
	struct arena *arena; /* the caller's */
	struct arena *scratch;
	struct map *by_uid; /* -> struct group */
	struct map *zones;  /* "TOP TZID" and "TZID" -> struct cal_comp */
	struct group **groups;
	size_t n, cap;
	uint32_t *chain;
	const struct cal_comp *head; /* whose PRODID and CALSCALE these are */
	const struct cal_line *prodid, *scale;
};

/* ---- grouping ---- */

/* What an export writes anew each time does not count. */
static uint64_t hash_comp(const struct splitter *s, const struct cal_comp *comp, uint64_t seed)
{
	for (uint32_t i = comp->begin; i <= comp->end; i++) {
		const struct cal_line *line = &s->o.lines[i];

		if (line->prop == PROP_DTSTAMP || line->prop == PROP_LAST_MODIFIED ||
			line->prop == PROP_CREATED)
			continue;
		seed = cal_hash(seed, line->name.s, line->name.n);
		seed = cal_hash(seed, line->params.s, line->params.n);
		seed = cal_hash(seed, ":", 1);
		seed = cal_hash(seed, line->value.s, line->value.n);
		seed = cal_hash(seed, "\n", 1);
	}
	return seed;
}

static struct group *group_of(struct splitter *s, const struct cal_comp *comp, uint64_t hash)
{
	const struct cal_line *line = cal_comp_find(&s->o, comp, PROP_UID);
	bool derived = !line || line->value.n == 0;
	const char *uid = derived
		? arena_printf(s->arena, "daybook-%016llx%016llx", (unsigned long long)hash,
			  (unsigned long long)hash_comp(s, comp, ~CAL_HASH_SEED))
		: cal_slice_dup(s->arena, line->value);
	uint32_t bit = cal_kind_bit(comp->kind);
	const char *key = arena_printf(s->scratch, "%u %.*s %s", bit, bit ? 0 : (int)comp->name.n,
		bit ? "" : comp->name.s, uid);
	struct group *group = map_get(s->by_uid, key);

	if (group)
		return group;
	group = arena_alloc(s->scratch, sizeof(*group));
	*group = (struct group){.uid = uid,
		.derived = derived,
		.bit = bit,
		.top = comp->parent,
		.first = CAL_NONE,
		.last = CAL_NONE};
	map_set(s->by_uid, key, group);
	s->groups = arena_grow(s->scratch, s->groups, &s->cap, s->n + 1, sizeof(struct group *));
	s->groups[s->n++] = group;
	return group;
}

/* A second copy of the same component is dropped: some exports hold each event twice. */
static void add_comp(struct splitter *s, uint32_t id)
{
	const struct cal_comp *comp = &s->o.comps[id];
	uint64_t hash = hash_comp(s, comp, CAL_HASH_SEED);
	struct group *group = group_of(s, comp, hash);
	bool master = !cal_comp_find(&s->o, comp, PROP_RECURRENCE_ID);

	if (master && group->master == hash && group->first != CAL_NONE)
		return;
	if (master && !group->master)
		group->master = hash;
	*(group->last == CAL_NONE ? &group->first : &s->chain[group->last]) = id;
	group->last = id;
	s->chain[id] = CAL_NONE;
}

static void add_zone(struct splitter *s, const struct cal_comp *comp)
{
	const struct cal_line *line = cal_comp_find(&s->o, comp, PROP_TZID);

	if (!line)
		return;
	const char *tzid = cal_slice_dup(s->scratch, line->value);
	const char *exact = arena_printf(s->scratch, "%u %s", comp->parent, tzid);
	if (!map_get(s->zones, exact))
		map_set(s->zones, exact, (void *)comp);
	if (!map_get(s->zones, tzid))
		map_set(s->zones, tzid, (void *)comp);
}

/* ---- writing ---- */

struct zone_list {
	const struct cal_comp **zones;
	size_t n, cap;
};

static void use_zone(
	struct splitter *s, struct zone_list *list, uint32_t top, struct cal_slice tzid)
{
	const char *name = cal_slice_dup(s->scratch, tzid);
	const struct cal_comp *zone = map_get(
		s->zones, arena_printf(s->scratch, "%u %s", top, name));

	if (!zone)
		zone = map_get(s->zones, name);
	for (size_t i = 0; zone && i < list->n; i++)
		if (list->zones[i] == zone)
			return;
	if (!zone || list->n == CAL_MAX_ZONES)
		return;
	list->zones = arena_grow(
		s->scratch, list->zones, &list->cap, list->n + 1, sizeof(struct cal_comp *));
	list->zones[list->n++] = zone;
}

static void find_zones(struct splitter *s, const struct group *group, struct zone_list *list)
{
	for (uint32_t c = group->first; c != CAL_NONE; c = s->chain[c]) {
		const struct cal_comp *comp = &s->o.comps[c];
		struct cal_slice last = {0};

		for (uint32_t i = comp->begin; i <= comp->end; i++) {
			struct cal_slice tzid = s->o.lines[i].params.n
				? cal_line_param(&s->o.lines[i], "TZID")
				: (struct cal_slice){0};

			if (tzid.n && !cal_slice_same(tzid, last))
				use_zone(s, list, comp->parent, tzid);
			if (tzid.n)
				last = tzid;
		}
	}
}

static void write_comp(
	struct splitter *s, struct buf *out, const struct cal_comp *comp, const char *uid)
{
	for (uint32_t i = comp->begin; i <= comp->end; i++) {
		const struct cal_line *line = &s->o.lines[i];

		if (uid && line->prop == PROP_UID && line->value.n == 0)
			continue;
		cal_line_add(out, line);
		if (uid && i == comp->begin)
			buf_addf(out, "UID:%s\r\n", uid);
	}
}

/* Once for each VCALENDAR of the file: looking means stepping over all its components. */
static void find_head(struct splitter *s, const struct cal_comp *top)
{
	const struct cal_line *line;

	if (s->head == top)
		return;
	s->head = top;
	s->prodid = s->scale = NULL;
	for (uint32_t at = top->begin; (line = cal_comp_next(&s->o, top, &at));) {
		if (cal_slice_is(line->name, "PRODID") && !s->prodid)
			s->prodid = line;
		if (line->prop == PROP_CALSCALE && !s->scale)
			s->scale = line;
	}
}

static void write_head(struct splitter *s, struct buf *out, const struct cal_comp *top)
{
	find_head(s, top);
	buf_adds(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
	if (s->prodid)
		cal_line_add(out, s->prodid);
	else
		buf_adds(out, PRODID);
	if (s->scale)
		cal_line_add(out, s->scale);
}

static void write_group(struct splitter *s, struct buf *out, const struct group *group)
{
	struct zone_list list = {0};

	find_zones(s, group, &list);
	write_head(s, out, &s->o.comps[group->top]);
	for (size_t i = 0; i < list.n; i++)
		write_comp(s, out, list.zones[i], NULL);
	for (uint32_t c = group->first; c != CAL_NONE; c = s->chain[c])
		write_comp(s, out, &s->o.comps[c], group->derived ? group->uid : NULL);
	buf_adds(out, "END:VCALENDAR\r\n");
}

static void write_all(struct splitter *s, struct cal_split *split)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	split->items = arena_array(s->arena, s->n, sizeof(*split->items));
	for (size_t i = 0; i < s->n; i++) {
		buf_reset(&out);
		write_group(s, &out, s->groups[i]);
		split->items[i] = (struct cal_split_item){
			.uid = s->groups[i]->uid,
			.component = s->groups[i]->bit,
			.bytes = arena_strndup(s->arena, out.data, out.len),
			.len = out.len,
		};
	}
	split->n_items = s->n;
	buf_free(&out);
}

/* ---- the file ---- */

static void read_head(struct splitter *s, const struct cal_comp *top, struct cal_split *split)
{
	const char *css = NULL; /* only near it, where both are there (RFC 7986 5.9) */
	const struct row {
		const char *name;
		const char **slot;
	} rows[] = {{"X-WR-CALNAME", &split->name}, {"NAME", &split->name},
		{"X-APPLE-CALENDAR-COLOR", &split->color}, {"COLOR", &css}};
	const struct cal_line *line;

	for (uint32_t at = top->begin; (line = cal_comp_next(&s->o, top, &at));)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (!*rows[i].slot && line->value.n &&
				cal_slice_is(line->name, rows[i].name))
				*rows[i].slot = cal_text_unescape(s->arena, line->value);
	if (!split->color)
		split->color = css;
}

static bool check_tops(struct splitter *s, struct facts_fault *fault)
{
	for (uint32_t c = s->o.n_comps ? 0 : CAL_NONE; c != CAL_NONE; c = s->o.comps[c].next) {
		const struct cal_comp *top = &s->o.comps[c];

		if (top->kind != KIND_VCALENDAR) {
			cal_fail(fault, CAL_MALFORMED, s->o.lines[top->begin].number,
				"not a VCALENDAR");
			return false;
		}
	}
	if (!s->o.n_comps)
		cal_fail(fault, CAL_MALFORMED, 0, "no iCalendar data in it");
	return s->o.n_comps;
}

bool cal_split(struct arena *arena, const char *bytes, size_t len, struct cal_split *split,
	struct facts_fault *fault)
{
	struct splitter s = {
		.arena = arena, .scratch = arena_new(), .by_uid = map_new(), .zones = map_new()};
	struct cal_split out = {0};
	bool fine;

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		len -= 3;
	}
	fine = cal_object_parse(&s.o, s.scratch, &cal_file_limits, bytes, len, fault) &&
		check_tops(&s, fault);
	s.chain = arena_array(s.scratch, s.o.n_comps, sizeof(*s.chain));
	for (uint32_t id = 0; fine && id < s.o.n_comps; id++) {
		if (s.o.comps[id].depth == 0)
			read_head(&s, &s.o.comps[id], &out);
		else if (s.o.comps[id].depth == 1 && s.o.comps[id].kind == KIND_VTIMEZONE)
			add_zone(&s, &s.o.comps[id]);
		else if (s.o.comps[id].depth == 1)
			add_comp(&s, id);
	}
	if (fine) {
		write_all(&s, &out);
		*split = out;
	}
	map_free(s.by_uid, NULL);
	map_free(s.zones, NULL);
	arena_free(s.scratch);
	return fine;
}
