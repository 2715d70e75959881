/* SPDX-License-Identifier: ISC */
/*
 * Many objects in one VCALENDAR: GET on a calendar, export, subscription. Lines are copied, their ends made CRLF;
 * each time zone comes once. Two VTIMEZONEs of one name are the same when their text is, or when
 * both are the system's zone for as long as the object needs; else the later one gets a name of its own.
 */
#include "ical/internal.h"
#include "src/base/map.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>

#define PRODID "-//Daybook//Daybook//EN"

/* One text of a zone; `next` is another of the same TZID. */
struct variant {
	uint64_t hash;
	int64_t agrees_from;
	const char *name; /* it is written under */
	struct variant *next;
};

struct cal_merge {
	struct map *zones; /* TZID -> struct variant */
	struct arena *arena;
};

/* ---- lines of our own ---- */

static void add_text(struct buf *out, const char *name, const char *value)
{
	struct buf line;

	buf_init(&line, strlen(name) + 2 * strlen(value) + 2);
	buf_addf(&line, "%s:", name);
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			buf_adds(&line, "\\n");
		else if ((unsigned char)*p >= 0x20) {
			if (*p == '\\' || *p == ';' || *p == ',')
				buf_addc(&line, '\\');
			buf_addc(&line, *p);
		}
	}
	cal_fold_add(out, line.data, line.len);
	buf_free(&line);
}

/* A URI is no text: nothing in it is escaped (RFC 5545 3.3.13). */
static void add_source(struct buf *out, const char *url)
{
	struct buf line;

	if (!url || strpbrk(url, "\r\n"))
		return;
	buf_init(&line, strlen(url) + 32);
	buf_addf(&line, "SOURCE;VALUE=URI:%s", url);
	cal_fold_add(out, line.data, line.len);
	buf_free(&line);
}

static void add_head(struct buf *out, const struct cal_head *head)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{"UID", head->uid},
		{"NAME", head->name},
		{"X-WR-CALNAME", head->name},
		{"DESCRIPTION", head->description},
		{"X-WR-CALDESC", head->description},
		{"COLOR", head->color ? cal_color_name(head->color) : NULL},
		{"X-APPLE-CALENDAR-COLOR", head->color},
	};
	const struct cal_when modified = {.local = head->modified, .form = FORM_UTC};
	char date[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value && *rows[i].value)
			add_text(out, rows[i].name, rows[i].value);
	if (head->modified) {
		cal_when_format(date, &modified);
		add_text(out, "LAST-MODIFIED", date);
	}
	add_source(out, head->source);
	buf_adds(out,
		"REFRESH-INTERVAL;VALUE=DURATION:" CAL_REFRESH "\r\nX-PUBLISHED-TTL:" CAL_REFRESH
		"\r\n");
}

struct cal_merge *cal_merge_begin(struct buf *out, const struct cal_head *head)
{
	struct cal_merge *merge = calloc(1, sizeof(*merge));

	if (!merge)
		abort();
	merge->zones = map_new();
	merge->arena = arena_new();
	buf_adds(out,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" PRODID "\r\nCALSCALE:GREGORIAN\r\n");
	if (head)
		add_head(out, head);
	return merge;
}

void cal_merge_end(struct cal_merge *merge, struct buf *out)
{
	buf_adds(out, "END:VCALENDAR\r\n");
	map_free(merge->zones, NULL);
	arena_free(merge->arena);
	free(merge);
}

/* ---- zones ---- */

static uint64_t hash_comp(const struct cal_object *o, const struct cal_comp *comp)
{
	uint64_t hash = CAL_HASH_SEED;

	for (uint32_t i = comp->begin; i <= comp->end; i++) {
		hash = cal_hash(hash, o->lines[i].name.s, o->lines[i].name.n);
		hash = cal_hash(hash, o->lines[i].params.s, o->lines[i].params.n);
		hash = cal_hash(hash, ":", 1);
		hash = cal_hash(hash, o->lines[i].value.s, o->lines[i].value.n);
		hash = cal_hash(hash, "\n", 1);
	}
	return hash;
}

/* The first instant that an object speaks of. */
static int64_t earliest(struct cal_object *o, const struct cal_comp *top)
{
	int64_t first = FACTS_FOREVER;
	uint32_t done = 0;

	for (uint32_t c = top->child; c != CAL_NONE; c = o->comps[c].next) {
		uint8_t kind = o->comps[c].kind;
		struct cal_set set;
		struct cal_range extent;
		bool floating;

		if (!cal_kind_bit(kind) || (done >> kind & 1))
			continue;
		done |= 1u << kind;
		if (!cal_set_read(&set, o, top, kind, NULL))
			return FACTS_ALWAYS;
		if (cal_set_extent(&set, &extent, &floating) && extent.start < first)
			first = extent.start;
	}
	return first;
}

static bool is_system(int64_t agrees_from, int64_t first)
{
	return agrees_from == FACTS_ALWAYS ||
		(agrees_from != FACTS_FOREVER && first != FACTS_ALWAYS &&
			first - FACTS_SLACK >= agrees_from);
}

static void write_zone(
	struct buf *out, const struct cal_object *o, const struct cal_comp *comp, const char *name)
{
	for (uint32_t i = comp->begin; i <= comp->end; i++) {
		if (o->lines[i].prop == PROP_TZID) {
			buf_addf(out, "TZID:%s\r\n", name);
			continue;
		}
		cal_line_add(out, &o->lines[i]);
	}
}

/* The name that this VTIMEZONE has in the output; it is written when it is new. */
static const char *place_zone(struct cal_merge *merge, struct buf *out, struct cal_object *o,
	const struct cal_comp *comp, const char *tzid, int64_t first)
{
	uint64_t hash = hash_comp(o, comp);
	int64_t from = cal_zone_agrees_from(o, comp);
	struct variant *known = map_get(merge->zones, tzid);
	unsigned n = 1;

	for (struct variant *v = known; v; v = v->next, n++)
		if (v->hash == hash || (is_system(v->agrees_from, first) && is_system(from, first)))
			return v->name;
	struct variant *fresh = arena_alloc(merge->arena, sizeof(*fresh));
	*fresh = (struct variant){.hash = hash, .agrees_from = from};
	if (known) {
		fresh->name = arena_printf(merge->arena, "%s (%u)", tzid, n);
		fresh->next = known->next;
		known->next = fresh;
	} else {
		fresh->name = arena_strdup(merge->arena, tzid);
		map_set(merge->zones, tzid, fresh);
	}
	write_zone(out, o, comp, fresh->name);
	return fresh->name;
}

struct rename {
	struct cal_slice from;
	const char *to;
};

/* Writes the object's zones; the renames are those that differ from an earlier one. */
static size_t place_zones(struct cal_merge *merge, struct buf *out, struct cal_object *o,
	const struct cal_comp *top, struct rename *renames)
{
	int64_t first = FACTS_ALWAYS;
	bool known = false;
	size_t n = 0, seen = 0;

	for (uint32_t c = top->child; c != CAL_NONE && seen < CAL_MAX_ZONES; c = o->comps[c].next) {
		const struct cal_line *tzid = o->comps[c].kind == KIND_VTIMEZONE
			? cal_comp_find(o, &o->comps[c], PROP_TZID)
			: NULL;

		if (!tzid)
			continue;
		if (!known) {
			first = earliest(o, top);
			known = true;
		}
		seen++;
		const char *from = cal_slice_dup(o->arena, tzid->value);
		const char *to = place_zone(merge, out, o, &o->comps[c], from, first);
		if (strcmp(from, to) != 0)
			renames[n++] = (struct rename){tzid->value, to};
	}
	return n;
}

/* ---- objects ---- */

static void add_renamed(struct buf *out, const struct cal_line *line, const char *to)
{
	struct cal_slice rest = line->params, name, values;
	struct buf text;

	buf_init(&text, line->raw.n + strlen(to) + 16);
	buf_add(&text, line->name.s, line->name.n);
	while (cal_param_next(&rest, &name, &values)) {
		buf_addc(&text, ';');
		buf_add(&text, name.s, name.n);
		if (cal_slice_is(name, "TZID")) {
			buf_addf(&text, "=\"%s\"", to);
		} else if (values.n) {
			buf_addc(&text, '=');
			buf_add(&text, values.s, values.n);
		}
	}
	buf_addc(&text, ':');
	buf_add(&text, line->value.s, line->value.n);
	cal_fold_add(out, text.data, text.len);
	buf_free(&text);
}

static void add_line(
	struct buf *out, const struct cal_line *line, const struct rename *renames, size_t n)
{
	struct cal_slice tzid = n && line->params.n ? cal_line_param(line, "TZID")
						    : (struct cal_slice){0};

	for (size_t i = 0; tzid.n && i < n; i++) {
		if (cal_slice_same(tzid, renames[i].from)) {
			add_renamed(out, line, renames[i].to);
			return;
		}
	}
	cal_line_add(out, line);
}

bool cal_merge_add(struct cal_merge *merge, struct buf *out, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct rename *renames = arena_array(arena, CAL_MAX_ZONES, sizeof(*renames));
	struct cal_object o;
	const struct cal_comp *top = NULL;

	if (cal_object_parse(&o, arena, &cal_object_limits, bytes, len, NULL))
		top = cal_object_top(&o);
	size_t n = top ? place_zones(merge, out, &o, top, renames) : 0;
	for (uint32_t c = top ? top->child : CAL_NONE; c != CAL_NONE; c = o.comps[c].next) {
		if (o.comps[c].kind == KIND_VTIMEZONE)
			continue;
		for (uint32_t i = o.comps[c].begin; i <= o.comps[c].end; i++)
			add_line(out, &o.lines[i], renames, n);
	}
	arena_free(arena);
	return top;
}
