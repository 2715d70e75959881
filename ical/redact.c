/* SPDX-License-Identifier: ISC */
/*
 * What somebody sees who may know only when others are busy: the object with its times and nothing
 * else. Built from a list of what stays, never of what goes, so that a property nobody knows yet is
 * gone too. A value stays only when it has the shape of its type: inspection looks at what it
 * needs, and "DTSTAMP:dinner with Bob" is none of that. As they were stay UID (clients need it),
 * the name of a zone that is one, and TZNAME.
 */
#include "ical/internal.h"

#include <assert.h>
#include <string.h>

#define HEAD                                                                                       \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//Daybook//EN\r\n"                     \
	"CALSCALE:GREGORIAN\r\n"
#define TAIL "END:VCALENDAR\r\n"
#define MAX_OUTPUT (4 * (size_t)CAL_MAX_BYTES) /* a short rule can become a longer one */

/* Where a property may stand. */
enum place {
	IN_EVENT = 1,
	IN_TODO = 2,
	IN_JOURNAL = 4,
	IN_FREEBUSY = 8,
	IN_AVAILABILITY = 16,
	IN_AVAILABLE = 32,
	IN_ZONE = 64,
	IN_OBSERVANCE = 128,
	IN_UNDATED_TODO = 256, /* without DTSTART and DUE */
	IN_MAIN = IN_EVENT | IN_TODO | IN_JOURNAL | IN_FREEBUSY | IN_AVAILABILITY,
	IN_TITLED = IN_EVENT | IN_TODO | IN_JOURNAL,
	IN_ANY = IN_MAIN | IN_AVAILABLE,
};

/* The components that stay; the rest goes with all inside. */
static const struct comp_row {
	const char *name;
	enum cal_kind parent;
	enum place place;
} comp_rows[] = {
	{"VEVENT", KIND_VCALENDAR, IN_EVENT},
	{"VTODO", KIND_VCALENDAR, IN_TODO},
	{"VJOURNAL", KIND_VCALENDAR, IN_JOURNAL},
	{"VFREEBUSY", KIND_VCALENDAR, IN_FREEBUSY},
	{"VAVAILABILITY", KIND_VCALENDAR, IN_AVAILABILITY}, /* 7953 3.1 */
	{"AVAILABLE", KIND_VAVAILABILITY, IN_AVAILABLE},
	{"VTIMEZONE", KIND_VCALENDAR, IN_ZONE},
	{"STANDARD", KIND_VTIMEZONE, IN_OBSERVANCE},
	{"DAYLIGHT", KIND_VTIMEZONE, IN_OBSERVANCE},
};

#define N_COMP_ROWS (sizeof(comp_rows) / sizeof(comp_rows[0]))

struct zone {
	const struct cal_comp *comp;
	struct cal_slice tzid;
	bool used;
};

struct redactor {
	struct cal_object object;
	struct cal_slice class; /* the word for all components; empty for public */
	struct zone zones[CAL_MAX_ZONES];
	size_t n_zones;
	struct buf line; /* being made */
	struct buf body; /* all but head and zones */
};

/* ---- values: each is appended when it is one ---- */

static const char *const no_words[] = {NULL};
static const char *const transps[] = {"OPAQUE", "TRANSPARENT", NULL};
static const char *const statuses[] = {"TENTATIVE", "CONFIRMED", "CANCELLED", NULL};
static const char *const busy_types[] = {"BUSY", "BUSY-UNAVAILABLE", "BUSY-TENTATIVE", NULL};
static const char *const fb_types[] = {"FREE", "BUSY", "BUSY-UNAVAILABLE", "BUSY-TENTATIVE", NULL};
static const char *const value_types[] = {"DATE", "DATE-TIME", "PERIOD", NULL};
static const char *const ranges[] = {"THISANDFUTURE", "THISANDPRIOR", NULL};

static const char *word_of(struct cal_slice value, const char *const *words)
{
	for (; *words; words++)
		if (cal_slice_is(value, *words))
			return *words;
	return NULL;
}

static bool add_slice(struct buf *out, struct cal_slice value)
{
	return value.n && buf_add(out, value.s, value.n);
}

static bool add_text(struct buf *out, struct cal_slice value, const char *const *words)
{
	(void)words;
	return add_slice(out, value);
}

static bool add_word(struct buf *out, struct cal_slice value, const char *const *words)
{
	const char *word = word_of(value, words);

	return word && buf_adds(out, word);
}

static bool add_number(struct buf *out, struct cal_slice value, const char *const *words)
{
	int number;

	(void)words;
	return cal_slice_number(value, &number) && add_slice(out, value);
}

static bool add_offset(struct buf *out, struct cal_slice value, const char *const *words)
{
	int seconds;

	(void)words;
	return cal_offset_parse(&seconds, value) && add_slice(out, value);
}

static bool add_duration(struct buf *out, struct cal_slice value, const char *const *words)
{
	struct cal_duration duration;

	(void)words;
	return cal_duration_parse(&duration, value) && add_slice(out, value);
}

static bool add_when(struct buf *out, struct cal_slice value, const char *const *words)
{
	struct cal_when when;

	(void)words;
	return cal_when_parse(&when, NULL, NULL, value) && add_slice(out, value);
}

/* A list of dates, times and periods, without those that are none. */
static bool add_times(struct buf *out, struct cal_slice value, const char *const *words)
{
	struct cal_slice one;
	struct cal_when start, end;
	bool some = false;

	(void)words;
	while (cal_slice_cut(&value, ',', &one)) {
		if (!cal_when_parse(&start, NULL, NULL, one) &&
			!cal_period_parse(&start, &end, NULL, NULL, one))
			continue;
		if (some)
			buf_addc(out, ',');
		some = add_slice(out, one) || some;
	}
	return some;
}

/* INTERVAL and COUNT: what rule.c reads as a huge number need not be one to its end. */
static void add_count(struct buf *out, struct cal_slice value)
{
	int number;

	if (cal_slice_number(value, &number))
		add_slice(out, value);
	else
		buf_adds(out, "999999999");
}

/* The parts that mean something. All their values are numbers and words by what cal_rule_parse
 * lets pass, but for those that have a row here. */
static bool add_rule(struct buf *out, struct cal_slice value, const char *const *words)
{
	struct cal_rule rule;
	struct cal_slice one, name;
	bool some = false;

	(void)words;
	if (cal_rule_parse(&rule, value))
		return false;
	while (cal_slice_cut(&value, ';', &one)) {
		if (!one.n || !cal_slice_cut(&one, '=', &name) || cal_slice_starts(name, "X-"))
			continue;
		if (some)
			buf_addc(out, ';');
		some = true;
		add_slice(out, name);
		buf_addc(out, '=');
		if (cal_slice_is(name, "INTERVAL") || cal_slice_is(name, "COUNT"))
			add_count(out, one);
		else
			add_slice(out, one);
	}
	return some;
}

/* The properties that stay. `many`: each of them counts, else the first alone, as in series.c. */
static const struct prop_row {
	const char *name;
	bool (*add)(struct buf *out, struct cal_slice value, const char *const *words);
	uint32_t places;
	bool many, timed;         /* timed: has a zone and a type */
	const char *const *words; /* for add_word */
} prop_rows[] = {
	{"UID", add_text, IN_ANY, false, false, no_words},
	{"DTSTAMP", add_when, IN_ANY, false, true, no_words},
	{"DTSTART", add_when, IN_ANY, false, true, no_words},
	{"DTEND", add_when, IN_ANY, false, true, no_words},
	{"DUE", add_when, IN_ANY, false, true, no_words},
	{"DURATION", add_duration, IN_ANY, false, false, no_words},
	/* 4791 9.9: the times of a task that has no others */
	{"COMPLETED", add_when, IN_UNDATED_TODO, false, true, no_words},
	{"CREATED", add_when, IN_UNDATED_TODO, false, true, no_words},
	{"RECURRENCE-ID", add_when, IN_ANY, false, true, no_words},
	{"RRULE", add_rule, IN_ANY | IN_OBSERVANCE, true, false, no_words},
	{"EXRULE", add_rule, IN_ANY, true, false, no_words},
	{"RDATE", add_times, IN_ANY | IN_OBSERVANCE, true, true, no_words},
	{"EXDATE", add_times, IN_ANY, true, true, no_words},
	{"FREEBUSY", add_times, IN_FREEBUSY, true, true, no_words},
	{"SEQUENCE", add_number, IN_MAIN, false, false, no_words},
	{"TRANSP", add_word, IN_EVENT, false, false, transps},
	{"STATUS", add_word, IN_EVENT, false, false, statuses},
	{"BUSYTYPE", add_word, IN_AVAILABILITY, false, false, busy_types}, /* 7953 3.2 */
	{"TZID", add_text, IN_ZONE, false, false, no_words},
	{"TZNAME", add_text, IN_OBSERVANCE, true, false, no_words},
	/* of an observance the last counts (vtimezone.c), so none is left out */
	{"DTSTART", add_when, IN_OBSERVANCE, true, false, no_words},
	{"TZOFFSETFROM", add_offset, IN_OBSERVANCE, true, false, no_words},
	{"TZOFFSETTO", add_offset, IN_OBSERVANCE, true, false, no_words},
};

#define N_PROP_ROWS (sizeof(prop_rows) / sizeof(prop_rows[0]))
static_assert(N_PROP_ROWS <= 32, "a bit for each property");

/* ---- parameters ---- */

static const struct param_row {
	const char *name, *prop; /* NULL: all that are timed */
	const char *const *words;
} param_rows[] = {
	{"VALUE", NULL, value_types},
	{"RANGE", "RECURRENCE-ID", ranges},
	{"FBTYPE", "FREEBUSY", fb_types},
};

/* A TZID nobody knows means nothing, to us and to clients, and may be any text: it goes. */
static void add_tzid(struct redactor *r, const struct cal_line *line)
{
	struct cal_slice tzid = cal_line_param(line, "TZID");

	/* far in the future, where most VTIMEZONEs need not be read: they agree with the system */
	if (!tzid.n || !cal_object_zone(&r->object, tzid, FACTS_FOREVER))
		return;
	for (size_t i = 0; i < r->n_zones; i++) {
		if (!cal_slice_same(r->zones[i].tzid, tzid))
			continue;
		r->zones[i].used = true;
		break;
	}
	if (tzid.s[-1] == '"') { /* with its quotes: after '=' there is nothing else */
		tzid.s--;
		tzid.n += 2;
	}
	buf_adds(&r->line, ";TZID=");
	add_slice(&r->line, tzid);
}

static void add_params(struct redactor *r, const struct cal_line *line, const struct prop_row *row)
{
	if (!row->timed || !line->params.n)
		return;
	for (size_t i = 0; i < sizeof(param_rows) / sizeof(param_rows[0]); i++) {
		const struct param_row *param = &param_rows[i];
		const char *word = !param->prop || strcmp(param->prop, row->name) == 0
			? word_of(cal_line_param(line, param->name), param->words)
			: NULL;

		if (word)
			buf_addf(&r->line, ";%s=%s", param->name, word);
	}
	add_tzid(r, line);
}

/* ---- components ---- */

static const struct comp_row *comp_row(const struct cal_object *o, const struct cal_comp *comp)
{
	for (size_t i = 0; i < N_COMP_ROWS; i++)
		if (comp->parent != CAL_NONE &&
			o->comps[comp->parent].kind == comp_rows[i].parent &&
			cal_slice_is(comp->name, comp_rows[i].name))
			return &comp_rows[i];
	return NULL;
}

static uint32_t places_of(
	const struct cal_object *o, const struct cal_comp *comp, const struct comp_row *row)
{
	bool undated = row->place == IN_TODO && !cal_comp_find(o, comp, PROP_DTSTART) &&
		!cal_comp_find(o, comp, PROP_DUE);

	return row->place | (undated ? IN_UNDATED_TODO : 0);
}

static const struct prop_row *prop_row(const struct cal_line *line, uint32_t places)
{
	for (size_t i = 0; i < N_PROP_ROWS; i++)
		if ((prop_rows[i].places & places) && cal_slice_is(line->name, prop_rows[i].name))
			return &prop_rows[i];
	return NULL;
}

/* One rule that can not be read takes the others along, as in series.c: what is left are the dates. */
static bool is_misruled(const struct cal_object *o, const struct cal_comp *comp)
{
	const struct cal_line *line;
	struct cal_rule rule;

	for (uint32_t at = comp->begin; (line = cal_comp_next(o, comp, &at));)
		if ((line->prop == PROP_RRULE || line->prop == PROP_EXRULE) &&
			cal_rule_parse(&rule, line->value))
			return true;
	return false;
}

/* True when the property was written. */
static bool write_prop(struct redactor *r, struct buf *out, const struct cal_line *line,
	const struct prop_row *row)
{
	buf_reset(&r->line);
	buf_adds(&r->line, row->name);
	add_params(r, line, row);
	buf_addc(&r->line, ':');
	if (!row->add(&r->line, line->value, row->words))
		return false;
	cal_fold_add(out, r->line.data, r->line.len);
	return true;
}

/* What a component must have, and what stands for all that went. */
static void write_own(struct redactor *r, struct buf *out, enum place place, bool has_stamp)
{
	if ((place & IN_ANY) && !has_stamp) /* 5545 3.8.7.2: required; nothing may depend on now */
		buf_adds(out, "DTSTAMP:19700101T000000Z\r\n");
	if ((place & IN_MAIN) && r->class.n) {
		buf_adds(out, "CLASS:");
		buf_add(out, r->class.s, r->class.n);
		buf_adds(out, "\r\n");
	}
	if (place & IN_TITLED)
		buf_adds(out, "SUMMARY:Busy\r\n");
}

static void write_comp(struct redactor *r, struct buf *out, const struct cal_comp *comp,
	const struct comp_row *row)
{
	const struct cal_object *o = &r->object;
	const struct cal_line *line;
	uint32_t places = places_of(o, comp, row), seen = 0;
	bool has_stamp = false, misruled = (row->place & IN_ANY) && is_misruled(o, comp);

	buf_addf(out, "BEGIN:%s\r\n", row->name);
	for (uint32_t at = comp->begin; (line = cal_comp_next(o, comp, &at));) {
		const struct prop_row *prop = prop_row(line, places);
		uint32_t bit = prop ? UINT32_C(1) << (prop - prop_rows) : 0;

		if (!prop || (!prop->many && (seen & bit)))
			continue;
		if (misruled && (line->prop == PROP_RRULE || line->prop == PROP_EXRULE))
			continue;
		seen |= bit;
		if (write_prop(r, out, line, prop) && line->prop == PROP_DTSTAMP)
			has_stamp = true;
	}
	write_own(r, out, row->place, has_stamp);
	for (uint32_t c = comp->child; c != CAL_NONE; c = o->comps[c].next) {
		const struct comp_row *below = comp_row(o, &o->comps[c]);

		if (below) /* rows are two levels deep at most */
			write_comp(r, out, &o->comps[c], below);
	}
	buf_addf(out, "END:%s\r\n", row->name);
}

/* ---- the whole ---- */

/* The first of each name is the one that counts (zone.c). */
static bool list_zones(struct redactor *r, const struct cal_comp *top)
{
	for (uint32_t c = top->child; c != CAL_NONE; c = r->object.comps[c].next) {
		const struct cal_comp *comp = &r->object.comps[c];
		const struct cal_line *tzid = comp->kind == KIND_VTIMEZONE
			? cal_comp_find(&r->object, comp, PROP_TZID)
			: NULL;

		if (!tzid)
			continue;
		if (r->n_zones == CAL_MAX_ZONES)
			return false;
		r->zones[r->n_zones++] = (struct zone){.comp = comp, .tzid = tzid->value};
	}
	return true;
}

static bool is_readable(struct cal_object *object, const struct cal_comp *zone)
{
	return cal_zone_agrees_from(object, zone) != FACTS_FOREVER || /* is remembered */
		cal_vtimezone_table(object, zone, object->arena);
}

/* Those that are used; one that can not be read is as good as none, here as in zone.c. */
static void write_zones(struct redactor *r, struct buf *out)
{
	r->object.zone_steps = 0; /* what was read for add_tzid must be read again */
	for (size_t i = 0; i < r->n_zones; i++) {
		const struct cal_comp *comp = r->zones[i].comp;

		if (r->zones[i].used && is_readable(&r->object, comp))
			write_comp(r, out, comp, comp_row(&r->object, comp));
	}
}

/* True when there is at least one. */
static bool write_body(struct redactor *r, const struct cal_comp *top)
{
	bool some = false;

	for (uint32_t c = top->child; c != CAL_NONE; c = r->object.comps[c].next) {
		const struct comp_row *row = comp_row(&r->object, &r->object.comps[c]);

		if (!row || !(row->place & IN_MAIN))
			continue;
		write_comp(r, &r->body, &r->object.comps[c], row);
		some = true;
	}
	return some;
}

static struct cal_slice class_word(const struct cal_object *object)
{
	static const struct cal_slice words[] = {
		[FACTS_PUBLIC] = {NULL, 0},
		[FACTS_CONFIDENTIAL] = {"CONFIDENTIAL", 12},
		[FACTS_PRIVATE] = {"PRIVATE", 7},
	};

	return words[cal_object_class(object)];
}

static bool redact(struct redactor *r, struct buf *out)
{
	const struct cal_comp *top = cal_object_top(&r->object);

	if (!top || !list_zones(r, top))
		return false;
	r->class = class_word(&r->object);
	if (!write_body(r, top))
		return false;
	buf_adds(out, HEAD);
	write_zones(r, out);
	buf_add(out, r->body.data, r->body.len);
	buf_adds(out, TAIL);
	return !r->line.full && !r->body.full && !out->full;
}

bool cal_redact(struct buf *out, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct redactor *r = arena_alloc(arena, sizeof(*r));
	size_t before = out->len;

	buf_init(&r->line, MAX_OUTPUT);
	buf_init(&r->body, MAX_OUTPUT);
	bool fine = cal_check_bytes(bytes, len, NULL) &&
		cal_object_parse(&r->object, arena, &cal_object_limits, bytes, len, NULL) &&
		redact(r, out);
	if (!fine && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	buf_free(&r->line);
	buf_free(&r->body);
	arena_free(arena);
	return fine;
}
