/* SPDX-License-Identifier: ISC */
/*
 * Time zones by reference (RFC 7809 3.1.3): an object without the VTIMEZONEs that everybody has, or with those that it
 * only names. A VTIMEZONE is left out when its TZID is the name of a zone of the system and means that zone for all times
 * in the object; one that differs would change the times, and stays. Whatever else is there stays byte for byte.
 */
#include "ical/internal.h"

#include <string.h>

#define MAX_ADDED 200 /* VTIMEZONEs that one object is given */

struct zone {
	struct cal_slice tzid;
	const struct cal_comp *comp;
	bool standard; /* as far as was seen */
	size_t first;  /* of this name: it is the one that counts */
};

struct byref {
	struct cal_object object;
	const struct cal_comp *top;
	struct zone zones[CAL_MAX_ZONES];
	size_t n_zones, last;
	struct cal_slice missing[MAX_ADDED];
	size_t n_missing;
};

/* The system's zone of exactly this name: "/mozilla.org/20070129_1/Europe/Berlin" is a name that others do not know. */
static const struct cal_zone *standard_zone(struct byref *b, struct cal_slice tzid)
{
	const char *name = cal_slice_dup(b->object.arena, tzid);
	const struct cal_zone *zone = cal_zone_named(name);

	return zone && strcmp(zone->name, name) == 0 ? zone : NULL;
}

static struct zone *find_zone(struct byref *b, struct cal_slice tzid)
{
	if (b->last < b->n_zones && cal_slice_same(b->zones[b->last].tzid, tzid))
		return &b->zones[b->last];
	for (size_t i = 0; i < b->n_zones; i++)
		if (cal_slice_same(b->zones[i].tzid, tzid)) {
			b->last = i;
			return &b->zones[i];
		}
	return NULL;
}

static void list_zones(struct byref *b)
{
	for (uint32_t c = b->top->child; c != CAL_NONE && b->n_zones < CAL_MAX_ZONES;
		c = b->object.comps[c].next) {
		const struct cal_comp *comp = &b->object.comps[c];
		const struct cal_line *tzid = comp->kind == KIND_VTIMEZONE
			? cal_comp_find(&b->object, comp, PROP_TZID)
			: NULL;

		if (!tzid)
			continue;
		struct zone *zone = &b->zones[b->n_zones], *first = find_zone(b, tzid->value);
		*zone = (struct zone){tzid->value, comp,
			standard_zone(b, tzid->value) &&
				cal_zone_agrees_from(&b->object, comp) != FACTS_FOREVER,
			first ? (size_t)(first - b->zones) : b->n_zones};
		b->n_zones++;
		/* of several all go or none: the next one would count instead */
		b->zones[zone->first].standard &= zone->standard;
	}
}

static void miss(struct byref *b, struct cal_slice tzid)
{
	for (size_t i = 0; i < b->n_missing; i++)
		if (cal_slice_same(b->missing[i], tzid))
			return;
	if (b->n_missing < MAX_ADDED)
		b->missing[b->n_missing++] = tzid;
}

/* Do all times of the line mean the system's zone? */
static bool all_standard(struct byref *b, const struct cal_line *line, struct cal_slice tzid)
{
	const struct cal_zone *system = standard_zone(b, tzid);
	struct cal_slice rest = line->value, value, start;
	struct cal_when when;

	while (cal_slice_cut(&rest, ',', &value))
		if (cal_slice_cut(&value, '/', &start) && start.n &&
			(!cal_when_parse(&when, &b->object, line, start) ||
				(when.form == FORM_ZONED && when.zone != system)))
			return false;
	return true;
}

static void look_at_lines(struct byref *b)
{
	for (uint32_t c = b->top->child; c != CAL_NONE; c = b->object.comps[c].next) {
		const struct cal_comp *comp = &b->object.comps[c];

		for (uint32_t i = comp->begin; comp->kind != KIND_VTIMEZONE && i < comp->end; i++) {
			const struct cal_line *line = &b->object.lines[i];
			struct cal_slice tzid = line->params.n ? cal_line_param(line, "TZID")
							       : (struct cal_slice){NULL, 0};
			if (!tzid.n)
				continue;
			struct zone *zone = find_zone(b, tzid);
			if (!zone)
				miss(b, tzid);
			else if (zone->standard && !all_standard(b, line, tzid))
				zone->standard = false;
		}
	}
}

static bool drop(struct byref *b, struct buf *out, const char *bytes, size_t len)
{
	const char *from = bytes;
	bool some = false;

	for (size_t i = 0; i < b->n_zones; i++) { /* in the order of the text */
		const struct cal_slice *first = &b->object.lines[b->zones[i].comp->begin].raw;
		const struct cal_slice *last = &b->object.lines[b->zones[i].comp->end].raw;

		if (!b->zones[b->zones[i].first].standard)
			continue;
		buf_add(out, from, (size_t)(first->s - from));
		from = last->s + last->n;
		some = true;
	}
	buf_add(out, from, (size_t)(bytes + len - from));
	return some;
}

const char *cal_vtimezone_as(struct arena *arena, const char *tzid)
{
	const char *text = cal_vtimezone(arena, tzid);
	const char *line = text ? strstr(text, "TZID:") : NULL;
	const char *rest = line ? strstr(line, "\r\n") : NULL;

	/* the value of a TZID property would need escapes that its parameter has not */
	if (!rest || strpbrk(tzid, ",;\\\""))
		return NULL;
	for (const char *p = tzid; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return NULL;
	return arena_printf(arena, "%.*sTZID:%s%s", (int)(line - text), text, tzid, rest);
}

static bool add(struct byref *b, struct buf *out, const char *bytes, size_t len)
{
	const char *place = b->object.lines[b->object.comps[b->top->child].begin].raw.s;
	bool some = false;

	buf_add(out, bytes, (size_t)(place - bytes));
	for (size_t i = 0; i < b->n_missing; i++) {
		const char *text = cal_vtimezone_as(
			b->object.arena, cal_slice_dup(b->object.arena, b->missing[i]));

		if (text)
			some = buf_adds(out, text) || some;
	}
	buf_add(out, place, (size_t)(bytes + len - place));
	return some;
}

bool cal_zones_adjust(struct buf *out, enum cal_zones want, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct byref *b = arena_alloc(arena, sizeof(*b));
	size_t before = out->len;
	bool changed = false;

	if (want != CAL_ZONES_AS_SENT &&
		cal_object_parse(&b->object, arena, &cal_object_limits, bytes, len, NULL))
		b->top = cal_object_top(&b->object);
	if (b->top && b->top->child != CAL_NONE) {
		list_zones(b);
		look_at_lines(b);
		changed = want == CAL_ZONES_NONE ? drop(b, out, bytes, len)
						 : add(b, out, bytes, len);
	}
	changed = changed && !out->full;
	if (!changed && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	arena_free(arena);
	return changed;
}
