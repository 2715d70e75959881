/* SPDX-License-Identifier: ISC */
/*
 * Time zones (5545 3.6.5, 4791 7.3): the system's, read once each when first named, and those of an
 * object. A VTIMEZONE that agrees with the system's zone of its name, from the object's first date
 * on, is that zone; what was found out is remembered under the text. One that differs is honoured.
 */
#include "ical/memo.h"
#include "ical/zonefile.h"
#include "src/base/clock.h"
#include "src/base/map.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JANUARY INT64_C(1704067200) /* of 2024 */
#define JULY INT64_C(1719792000)
#define YEAR_2100 INT64_C(4102444800)
#define YEAR_2038 INT64_C(2145916800)
#define MAX_NAME 128                      /* octets of a TZID that may name a system zone */
#define MAX_PREFIXES 8                    /* "/mozilla.org/20070129_1/" has two */
#define MAX_CITIES 5                      /* of a name that Outlook shows */
#define MAX_VTIMEZONE 65536               /* octets of the text of one zone */
#define MAX_REMEMBERED (8u * 1024 * 1024) /* octets of what is remembered about VTIMEZONEs */

/* ---- offsets ---- */

/* 2100 and later: the time in that year of 2072 to 2099 that has the same weekdays. */
static int64_t fold_year(int64_t at)
{
	int year, month, day, like;
	int64_t begin, length;

	if (at < YEAR_2100)
		return at;
	clock_to_civil(at, &year, &month, &day);
	begin = clock_from_civil(year, 1, 1);
	length = clock_from_civil(year + 1, 1, 1) - begin;
	for (like = 2072; like < 2099; like++) {
		int64_t other = clock_from_civil(like, 1, 1);

		if ((begin - other) % (7 * CAL_DAY) == 0 &&
			clock_from_civil(like + 1, 1, 1) - other == length)
			break;
	}
	return at - begin + clock_from_civil(like, 1, 1);
}

static int32_t offset_before(const struct cal_zone *zone, size_t index)
{
	return index ? zone->onsets[index - 1].offset : zone->before;
}

/* How many onsets are not later than `at`, counted on the clock before each when `local`. */
static size_t count_onsets(const struct cal_zone *zone, int64_t at, bool local)
{
	size_t low = 0, high = zone->n_onsets;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((local ? zone->onsets[middle].local : zone->onsets[middle].at) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t offset_at(const struct cal_zone *zone, int64_t instant)
{
	return offset_before(zone, count_onsets(zone, fold_year(instant), false));
}

int64_t cal_zone_to_local(const struct cal_zone *zone, int64_t instant)
{
	if (!zone || instant == FACTS_ALWAYS || instant == FACTS_FOREVER)
		return instant;
	return instant + offset_at(zone, instant);
}

/* 5545 3.3.10 says of instances in a gap first that they MUST be ignored, and at its end that they are read as 3.3.5
 * says, by the offset before the gap. The latter holds here: the day's alarm clock rings, once, and
 * clients show it so. */
int64_t cal_zone_to_utc(const struct cal_zone *zone, int64_t local)
{
	if (!zone || local == FACTS_ALWAYS || local == FACTS_FOREVER)
		return local;
	int64_t like = fold_year(local);
	size_t n = count_onsets(zone, like, true);
	int32_t offset = offset_before(zone, n);
	/* In the gap that the clock leaps over, the offset before it holds. */
	if (n && like - offset < zone->onsets[n - 1].at)
		offset = offset_before(zone, n - 1);
	return local - offset;
}

/* ---- the system's zones ---- */

struct builtin {
	struct cal_zone *zone;
	const char *text;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map *builtins;        /* name -> struct builtin */
static struct arena *builtin_arena; /* for ever */

void cal_init(void)
{
	pthread_mutex_lock(&lock);
	if (!builtins) {
		cal_rscale_init();
		builtins = map_new();
		builtin_arena = arena_new();
	}
	pthread_mutex_unlock(&lock);
}

static struct cal_zone *table_of(const struct cal_zone_file *file, const char *name)
{
	struct cal_zone *zone = arena_alloc(builtin_arena, sizeof(*zone));
	int32_t offset = file->first.offset;

	zone->name = name;
	zone->before = offset;
	zone->onsets = arena_array(builtin_arena, file->n, sizeof(*zone->onsets));
	for (size_t i = 0; i < file->n; i++) {
		const struct cal_zone_change *change = &file->changes[i];

		if (change->type.offset == offset)
			continue; /* only the name changed */
		zone->onsets[zone->n_onsets++] = (struct cal_onset){
			change->at, change->at + offset, change->type.offset};
		offset = change->type.offset;
	}
	return zone;
}

static struct builtin *load(const char *name)
{
	struct arena *scratch = arena_new();
	struct cal_zone_file file;
	struct builtin *found = NULL;
	struct buf out;

	if (cal_zone_file_read(&file, scratch, name)) {
		buf_init(&out, MAX_VTIMEZONE);
		cal_zone_file_write(&out, &file, name);
		found = arena_alloc(builtin_arena, sizeof(*found));
		found->zone = table_of(&file, arena_strdup(builtin_arena, name));
		found->text = out.full ? NULL : arena_strdup(builtin_arena, out.data);
		buf_free(&out);
	}
	arena_free(scratch);
	return found;
}

static struct builtin *builtin_exact(const char *name)
{
	struct builtin *found;

	pthread_mutex_lock(&lock);
	found = builtins ? map_get(builtins, name) : NULL;
	if (!found && builtins && (found = load(name)))
		map_set(builtins, name, found);
	pthread_mutex_unlock(&lock);
	return found;
}

/* "W. Europe Standard Time", or "W. Europe Standard Time 1" where Outlook found one of that name. */
static struct builtin *builtin_of_windows(struct cal_slice name)
{
	const char *iana = cal_zone_of_windows(name);

	if (!iana && name.n > 2 && name.s[name.n - 2] == ' ' && name.s[name.n - 1] >= '1' &&
		name.s[name.n - 1] <= '9')
		iana = cal_zone_of_windows((struct cal_slice){name.s, name.n - 2});
	return iana ? builtin_exact(iana) : NULL;
}

/* Is this the zone's offset in some January or July? */
static bool has_offset(const struct cal_zone *zone, int offset)
{
	return offset_at(zone, JANUARY) == offset || offset_at(zone, JULY) == offset;
}

/* "Hong Kong" with the right offset, wherever it is. */
static struct builtin *builtin_of_city(struct cal_slice city, int offset)
{
	static const char *const regions[] = {"Europe", "America", "Asia", "Australia", "Africa",
		"Pacific", "Atlantic", "Indian"};
	char name[MAX_NAME];

	while (city.n && city.s[0] == ' ')
		city = (struct cal_slice){city.s + 1, city.n - 1};
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]) && city.n; i++) {
		if (snprintf(name, sizeof(name), "%s/%.*s", regions[i], (int)city.n, city.s) >=
			(int)sizeof(name))
			return NULL;
		for (char *p = name; (p = strchr(p, ' '));)
			*p = '_';
		struct builtin *found = builtin_exact(name);
		if (found && has_offset(found->zone, offset))
			return found;
	}
	return NULL;
}

/* "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna" and "(GMT+01.00) Sarajevo/Warsaw/Zagreb", which
 * Outlook and Exchange show, and write into TZID: the first city that is a zone. */
static struct builtin *builtin_shown(const char *tzid)
{
	const char *end = strchr(tzid, ')');
	int hours = 0, minutes = 0;
	char sign = '+';
	struct builtin *found = NULL;
	struct cal_slice rest, city;

	if (!end || (strncmp(tzid, "(UTC", 4) != 0 && strncmp(tzid, "(GMT", 4) != 0))
		return NULL;
	if (tzid[4] != ')' && sscanf(tzid + 4, "%c%2d%*1[:.]%2d)", &sign, &hours, &minutes) != 3)
		return NULL;
	int offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	end += strspn(end, ") ");
	rest = (struct cal_slice){end, strlen(end)};
	if ((found = builtin_of_windows(rest)) && has_offset(found->zone, offset))
		return found;
	char separator = strchr(end, ',') ? ',' : '/';
	found = NULL;
	for (int i = 0; !found && i < MAX_CITIES && cal_slice_cut(&rest, separator, &city); i++)
		found = builtin_of_city(city, offset);
	return found;
}

/* "/freeassociation.sourceforge.net/Europe/Berlin": the longest end that is a zone. */
static struct builtin *builtin_named(const char *tzid)
{
	struct builtin *found = builtin_exact(tzid);
	const char *p = tzid;

	if (tzid[0] == '(')
		return builtin_shown(tzid);
	for (int i = 0; !found && i < MAX_PREFIXES && (p = strchr(p, '/')); i++)
		found = builtin_exact(++p);
	return found ? found : builtin_of_windows((struct cal_slice){tzid, strlen(tzid)});
}

const struct cal_zone *cal_zone_named(const char *tzid)
{
	struct builtin *found = tzid && strlen(tzid) < MAX_NAME ? builtin_named(tzid) : NULL;

	return found ? found->zone : NULL;
}

const char *cal_vtimezone(struct arena *arena, const char *tzid)
{
	struct builtin *found = tzid && strlen(tzid) < MAX_NAME ? builtin_named(tzid) : NULL;

	return found && found->text ? arena_strdup(arena, found->text) : NULL;
}

static const struct cal_zone *zone_of_slice(struct cal_slice tzid)
{
	char name[MAX_NAME];

	if (tzid.n == 0 || tzid.n >= sizeof(name))
		return NULL;
	memcpy(name, tzid.s, tzid.n);
	name[tzid.n] = '\0';
	return cal_zone_named(name);
}

/* ---- agreement ---- */

/* The instant from which two zones have the same offsets until 2038; FACTS_FOREVER for never. */
static int64_t agree_from(const struct cal_zone *a, const struct cal_zone *b)
{
	size_t i = count_onsets(a, YEAR_2038, false), j = count_onsets(b, YEAR_2038, false);
	int64_t from = FACTS_FOREVER;

	for (;;) {
		if (offset_before(a, i) != offset_before(b, j))
			return from;
		if (i == 0 && j == 0)
			return FACTS_ALWAYS;
		int64_t x = i ? a->onsets[i - 1].at : FACTS_ALWAYS,
			y = j ? b->onsets[j - 1].at : FACTS_ALWAYS;
		from = x > y ? x : y;
		i -= i && x == from;
		j -= j && y == from;
	}
}

/* What was found out about the text of one VTIMEZONE. */
struct agreement {
	const struct cal_zone *system; /* or NULL */
	int64_t from;
	struct cal_zone *own; /* in the arena of the object; NULL: broken, or not wanted */
};

/* The same as it is remembered, before the text that it is about: ids of texts can be aimed at. */
struct remembered {
	struct agreement agreement; /* without `own` */
	size_t len, n_onsets;
	int32_t before;
	bool broken;
	struct cal_onset onsets[];
};

static struct memo memory = MEMO_INIT(MAX_REMEMBERED);

struct asked {
	struct cal_slice text;
	struct arena *arena; /* for the table; NULL: it is not wanted */
	struct agreement *out;
};

static bool look(void *context, const void *bytes, size_t len)
{
	const struct asked *asked = context;
	const struct remembered *r = bytes;
	const char *text = (const char *)&r->onsets[r->n_onsets];

	(void)len;
	if (r->len != asked->text.n || memcmp(text, asked->text.s, r->len) != 0)
		return false;
	*asked->out = r->agreement;
	if (!asked->arena || r->broken)
		return true;
	struct cal_zone *own = arena_alloc(asked->arena, sizeof(*own));
	*own = (struct cal_zone){.n_onsets = r->n_onsets, .before = r->before};
	own->onsets = arena_array(asked->arena, r->n_onsets + 1, sizeof(own->onsets[0]));
	memcpy(own->onsets, r->onsets, r->n_onsets * sizeof(own->onsets[0]));
	asked->out->own = own;
	return true;
}

static void keep(const unsigned char *key, const struct agreement *agreement, struct cal_slice text)
{
	const struct cal_zone *own = agreement->own;
	size_t n = own ? own->n_onsets : 0, onsets = n * sizeof(own->onsets[0]);
	size_t size = sizeof(struct remembered) + onsets + text.n;

	if (text.n > MAX_VTIMEZONE)
		return;
	struct remembered *r = malloc(size);
	if (!r)
		abort();
	*r = (struct remembered){.agreement = *agreement,
		.len = text.n,
		.n_onsets = n,
		.before = own ? own->before : 0,
		.broken = !own};
	r->agreement.own = NULL;
	if (n)
		memcpy(r->onsets, own->onsets, onsets);
	memcpy(&r->onsets[n], text.s, text.n);
	memo_keep(&memory, key, r, size);
	free(r);
}

/* What Evolution, KOrganizer and Google say beside a TZID of their own. */
static struct cal_slice location_of(const struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_line *line;

	for (uint32_t at = comp->begin; (line = cal_comp_next(object, comp, &at));)
		if (cal_slice_is(line->name, "X-LIC-LOCATION"))
			return line->value;
	return (struct cal_slice){NULL, 0};
}

/* Computing a table costs a hundred times as much as anything else here, so it is done once for each text. */
static struct agreement agreement_of(
	struct cal_object *object, const struct cal_comp *comp, bool with_own)
{
	struct cal_slice text = cal_comp_text(object, comp);
	struct agreement out = {.from = FACTS_FOREVER};
	struct asked asked = {text, with_own ? object->arena : NULL, &out};
	unsigned char key[MEMO_KEY_SIZE];
	const struct cal_line *tzid = cal_comp_find(object, comp, PROP_TZID);

	memo_key(key, text.s, text.n);
	if (memo_ask(&memory, key, look, &asked)) {
		if (out.own)
			out.own->name = cal_slice_dup(object->arena, tzid->value);
		return out;
	}
	out.own = cal_vtimezone_table(object, comp, object->arena);
	out.system = tzid ? zone_of_slice(tzid->value) : NULL;
	if (!out.system)
		out.system = zone_of_slice(location_of(object, comp));
	if (out.system && out.own)
		out.from = agree_from(out.own, out.system);
	/* When the object had no steps left, that says nothing about the text. */
	if (out.own || object->zone_steps < CAL_MAX_ZONE_STEPS)
		keep(key, &out, text);
	return out;
}

int64_t cal_zone_agrees_from(struct cal_object *object, const struct cal_comp *comp)
{
	return agreement_of(object, comp, false).from;
}

/* ---- the zones of an object ---- */

struct cal_tz {
	struct cal_slice tzid;
	const struct cal_comp *comp; /* NULL: only a name */
	const struct cal_zone *system, *own;
	int64_t from;
	bool known, tried; /* the agreement is known; `own` was computed */
};

static void list_zones(struct cal_object *object)
{
	object->zones = arena_array(object->arena, CAL_MAX_ZONES, sizeof(*object->zones));
	for (uint32_t c = object->n_comps ? object->comps[0].child : CAL_NONE;
		c != CAL_NONE && object->n_zones < CAL_MAX_ZONES; c = object->comps[c].next) {
		const struct cal_line *tzid = object->comps[c].kind == KIND_VTIMEZONE
			? cal_comp_find(object, &object->comps[c], PROP_TZID)
			: NULL;

		if (tzid)
			object->zones[object->n_zones++] = (struct cal_tz){
				.tzid = tzid->value, .comp = &object->comps[c]};
	}
}

static struct cal_tz *find_zone(struct cal_object *object, struct cal_slice tzid)
{
	for (size_t i = 0; i < object->n_zones; i++)
		if (cal_slice_same(object->zones[i].tzid, tzid))
			return &object->zones[i];
	if (object->n_zones == CAL_MAX_ZONES)
		return NULL;
	struct cal_tz *zone = &object->zones[object->n_zones++];
	*zone = (struct cal_tz){.tzid = tzid, .known = true, .from = FACTS_ALWAYS};
	zone->system = zone_of_slice(tzid);
	return zone;
}

const struct cal_zone *cal_object_zone(
	struct cal_object *object, struct cal_slice tzid, int64_t local)
{
	if (!object->zones)
		list_zones(object);
	struct cal_tz *zone = find_zone(object, tzid);
	if (!zone) /* too many names to look up: they float */
		return NULL;
	if (!zone->known) {
		struct agreement agreement = agreement_of(object, zone->comp, false);

		zone->known = true;
		zone->own = agreement.own;
		zone->tried = zone->own;
		zone->system = agreement.system;
		zone->from = agreement.from;
	}
	if (!zone->comp ||
		(zone->system && zone->from != FACTS_FOREVER &&
			(zone->from == FACTS_ALWAYS || local - FACTS_SLACK >= zone->from)))
		return zone->system;
	if (!zone->tried) {
		zone->tried = true;
		zone->own = agreement_of(object, zone->comp, true).own;
	}
	return zone->own ? zone->own : zone->system;
}

/* ---- zones handed over by clients ---- */

static const struct cal_comp *only_timezone(const struct cal_object *object)
{
	const struct cal_comp *top = cal_object_top(object);
	uint32_t child = top ? top->child : CAL_NONE;

	if (child == CAL_NONE || object->comps[child].next != CAL_NONE ||
		object->comps[child].kind != KIND_VTIMEZONE)
		return NULL;
	return &object->comps[child];
}

const struct cal_zone *cal_zone_from_data(struct arena *arena, const char *bytes, size_t len)
{
	struct cal_object object;
	struct facts_fault fault;
	const struct cal_comp *comp;

	if (!cal_check_bytes(bytes, len, &fault) ||
		!cal_object_parse(&object, arena, &cal_object_limits, bytes, len, &fault) ||
		!(comp = only_timezone(&object)))
		return NULL;
	struct agreement agreement = agreement_of(&object, comp, true);
	return agreement.system && agreement.from <= 0 ? agreement.system : agreement.own;
}

bool cal_is_timezone_data(const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	bool valid = cal_zone_from_data(arena, bytes, len);

	arena_free(arena);
	return valid;
}
