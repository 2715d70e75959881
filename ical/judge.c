/* SPDX-License-Identifier: ISC */
/*
 * What is written now must be iCalendar by the tables of rules.c: each line by its row, each component by its
 * rows, then what holds between lines. What the tables do not know passes, and what real clients
 * send although it is wrong passes by a row of src/base/tolerance.h. Nothing here is needed to find
 * facts: what is stored stays readable whatever rules come.
 */
#include "ical/memo.h"
#include "ical/rules.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ZONES (4u * 1024 * 1024) /* octets of VTIMEZONEs that are known to be fine */
static struct memo fine_zones = MEMO_INIT(MAX_ZONES);

struct judge {
	struct cal_object *object;
	const struct cal_set *set;
	struct facts_fault *fault;
	size_t next_series; /* of the component that comes next */
};

/* One component while it is looked at. */
struct seen {
	const struct cal_comp *comp;
	const struct cal_series *series; /* NULL: not of the kind that matters */
	uint16_t place;
	const struct cal_line *first[RULE_PROPS]; /* of each property */
};

/* What the parameters of a line say. */
struct said {
	uint32_t type; /* enum rule_type; without VALUE the default */
	bool named;    /* by VALUE */
	struct cal_slice tzid;
};

static bool refuse(
	struct judge *j, enum cal_code code, const struct cal_line *line, const char *why)
{
	int n = line->name.n > 40 ? 40 : (int)line->name.n;

	cal_fail(j->fault, (int)code, line->number, "%.*s: %s", n, line->name.s, why);
	return false;
}

static bool malformed(struct judge *j, const struct cal_line *line, const char *why)
{
	return refuse(j, CAL_MALFORMED, line, why);
}

/* A column that MAY() fills. */
static bool forgiven(uint8_t may)
{
	return may && tolerates((enum tolerance)(may - 1));
}

static const struct cal_line *begin_of(const struct judge *j, const struct cal_comp *comp)
{
	return &j->object->lines[comp->begin];
}

static const struct cal_line *first_of(const struct seen *seen, const char *name)
{
	return seen->first[rule_prop_index(rule_prop_of((struct cal_slice){name, strlen(name)}))];
}

/* ---- parameters ---- */

static bool read_value_type(struct judge *j, const struct rule_prop *rule,
	const struct cal_line *line, struct cal_slice word, struct said *said)
{
	uint32_t type = rule_type_of(word), fits = (uint32_t)rule->type | rule->also;

	if (said->named)
		return malformed(j, line, "a second VALUE");
	said->named = true;
	/* Names without a row are kept with their values (5545 3.2.20), where those are only words. */
	if (rule->type & TYPE_FREE && (!type || type & (TYPE_FREE | TYPE_BINARY)))
		return true;
	if (rule->flags & STAMP && tolerates(TOLERATE_STAMP_NOT_UTC))
		fits |= TYPE_DATE;
	if (!(type & fits))
		return malformed(j, line, "VALUE names a type that it can not have");
	said->type = type & (TYPE_FLOAT | TYPE_GEO) ? (uint32_t)rule->type : type;
	return true;
}

static bool check_words(struct judge *j, const struct cal_line *line, const struct rule_word *words,
	struct cal_slice value)
{
	for (; words->word; words++)
		if (cal_slice_is(value, words->word))
			return true;
	return malformed(j, line, "a parameter has a value that it can not have");
}

/* 5545 3.1: param = name "=" value; those with a meaning are looked at. */
static bool read_params(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	struct said *said)
{
	struct cal_slice rest = line->params, name, values, value;
	const char *end = rest.s + rest.n;

	while (cal_param_next(&rest, &name, &values)) {
		if (name.n == 0 || name.s + name.n >= end || name.s[name.n] != '=')
			return malformed(j, line, "a parameter that is not NAME=VALUE");
		if (!rule)
			continue;
		if (!cal_param_value(&values, &value))
			value = (struct cal_slice){0};
		const struct rule_param *param = rule_param_of(rule, name);
		if (param && !check_words(j, line, param->words, value))
			return false;
		if (cal_slice_is(name, "VALUE") && !read_value_type(j, rule, line, value, said))
			return false;
		if (cal_slice_is(name, "TZID"))
			said->tzid = value;
	}
	return true;
}

/* ---- values ---- */

/* 5545 3.2.19, 4791 4.1: a VTIMEZONE for each TZID; by reference where both know it (7809 3.1.4). */
static bool check_zone_name(
	struct judge *j, const struct cal_line *line, struct cal_slice tzid, int64_t local)
{
	const struct cal_object *o = j->object;

	if (tolerates(TOLERATE_ZONE_BY_NAME) && tolerates(TOLERATE_ZONE_UNKNOWN))
		return true;
	for (uint32_t c = o->comps[0].child; c != CAL_NONE; c = o->comps[c].next) {
		const struct cal_line *id = o->comps[c].kind == KIND_VTIMEZONE
			? cal_comp_find(o, &o->comps[c], PROP_TZID)
			: NULL;

		if (id && cal_slice_same(id->value, tzid))
			return true;
	}
	bool known = cal_object_zone(j->object, tzid, local);
	if (tolerates(known ? TOLERATE_ZONE_BY_NAME : TOLERATE_ZONE_UNKNOWN))
		return true;
	return refuse(j, CAL_NOT_OBJECT, line, "TZID names a zone that no VTIMEZONE describes");
}

static bool check_when(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	struct cal_when when;

	if (!cal_when_parse(&when, NULL, NULL, value))
		return malformed(j, line, "not a date or time");
	if (when.form == FORM_DATE && said->type != TYPE_DATE) {
		enum tolerance may = rule->flags & STAMP ? TOLERATE_STAMP_NOT_UTC
							 : TOLERATE_DATE_WITHOUT_VALUE;

		if (said->named || !tolerates(may))
			return malformed(j, line, "a date, where VALUE=DATE is not said");
	}
	if (when.form != FORM_DATE && said->type == TYPE_DATE)
		return malformed(j, line, "a date and time, where VALUE=DATE is said");
	if (when.form == FORM_FLOATING && rule->flags & STAMP && !tolerates(TOLERATE_STAMP_NOT_UTC))
		return malformed(j, line, "not in UTC (the Z at the end is missing)");
	if (!said->tzid.n)
		return true;
	if (when.form == FORM_FLOATING)
		return check_zone_name(j, line, said->tzid, when.local);
	return tolerates(TOLERATE_TZID_UNNEEDED) ||
		malformed(j, line, "TZID beside a date, or a time in UTC");
}

static bool check_duration(struct judge *j, const struct rule_prop *rule,
	const struct cal_line *line, const struct said *said, struct cal_slice value)
{
	struct cal_duration duration;

	(void)rule;
	(void)said;
	return cal_duration_parse(&duration, value) || malformed(j, line, "not a duration");
}

/* 5545 3.3.9: it starts before it ends; 3.8.2.6: FREEBUSY is in UTC. */
static bool check_period(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	struct cal_when start, end;

	if (!cal_period_parse(&start, &end, NULL, NULL, value) || start.form == FORM_DATE)
		return malformed(j, line, "not a period");
	if (end.local <= start.local)
		return malformed(j, line, "a period that does not end after its start");
	if (rule->type == TYPE_PERIOD && start.form != FORM_UTC)
		return malformed(j, line, "not in UTC (the Z at the end is missing)");
	return !said->tzid.n || start.form != FORM_FLOATING ||
		check_zone_name(j, line, said->tzid, start.local);
}

/* Rules of the components that matter were read by series.c. */
static bool check_recur(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	struct cal_rule parsed;
	const char *why = cal_rule_parse(&parsed, value);

	(void)rule;
	(void)said;
	return !why || malformed(j, line, why);
}

static bool check_integer(struct judge *j, const struct rule_prop *rule,
	const struct cal_line *line, const struct said *said, struct cal_slice value)
{
	int64_t number = 0;
	size_t i = value.s[0] == '+';

	(void)said;
	bool fine = i < value.n;
	for (; i < value.n && fine; i++) {
		fine = value.s[i] >= '0' && value.s[i] <= '9';
		number = number * 10 + (value.s[i] - '0');
		fine = fine && number <= rule->max;
	}
	if (!fine)
		cal_fail(j->fault, CAL_MALFORMED, line->number, "%s: not a number from 0 to %d",
			rule->name, rule->max);
	return fine;
}

static bool is_float(struct cal_slice value)
{
	size_t i = value.n && (value.s[0] == '+' || value.s[0] == '-'), digits = 0, dots = 0;

	for (; i < value.n; i++) {
		digits += value.s[i] >= '0' && value.s[i] <= '9';
		dots += value.s[i] == '.' && digits;
	}
	i = value.n && (value.s[0] == '+' || value.s[0] == '-');
	return digits && dots <= 1 && value.s[value.n - 1] != '.' && i + digits + dots == value.n;
}

/* 5545 3.8.1.6 */
static bool check_geo(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	struct cal_slice rest = value, latitude;

	(void)rule;
	(void)said;
	if (value.n == 1 && value.s[0] == ';' && tolerates(TOLERATE_EMPTY_VALUE))
		return true;
	return (cal_slice_cut(&rest, ';', &latitude) && rest.s && is_float(latitude) &&
		       is_float(rest)) ||
		malformed(j, line, "not two numbers with a semicolon between");
}

/* Without a sign it is refused although jtx Board sends it so: DAVx5 stops to sync for one of those. */
static bool check_offset(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	int seconds;
	bool sign = value.s[0] == '+' || value.s[0] == '-';

	(void)rule;
	(void)said;
	if (cal_offset_parse(&seconds, value))
		return true;
	return (sign && value.n == 5 &&
		       cal_slice_number((struct cal_slice){value.s + 1, 4}, &seconds) &&
		       tolerates(TOLERATE_ZONE_OFFSET_SECONDS)) ||
		malformed(j, line, "not an offset from UTC");
}

static const struct reader {
	uint32_t type;
	bool (*check)(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
		const struct said *said, struct cal_slice value);
} readers[] = {
	{TYPE_DATE, check_when},
	{TYPE_DATE_TIME, check_when},
	{TYPE_DURATION, check_duration},
	{TYPE_INTEGER, check_integer},
	{TYPE_RECUR, check_recur},
	{TYPE_UTC_OFFSET, check_offset},
	{TYPE_PERIOD, check_period},
	{TYPE_GEO, check_geo},
};

/* Words of a closed list, each for some components (5545 3.8.1.11). */
static bool check_word(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct seen *seen)
{
	bool elsewhere = cal_slice_starts(line->value, "X-");

	for (const struct rule_word *word = rule->words; word->word; word++) {
		if (!cal_slice_is(line->value, word->word))
			continue;
		if (word->places & seen->place)
			return true;
		elsewhere = true;
	}
	return (elsewhere && forgiven(rule->unread)) ||
		malformed(j, line, "not a word that it can have here");
}

static bool check_one(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct said *said, struct cal_slice value)
{
	if (value.n == 0)
		return tolerates(TOLERATE_EMPTY_VALUE) ||
			malformed(j, line, "the value is missing");
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == said->type)
			return readers[i].check(j, rule, line, said, value);
	return true;
}

static bool check_value(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	const struct seen *seen, const struct said *said)
{
	struct cal_slice rest = line->value, one;

	if (line->value.n == 0 && rule->flags & FIRM)
		return malformed(j, line, "the value is missing");
	if (rule->words && line->value.n)
		return check_word(j, rule, line, seen);
	if (said->type & TYPE_FREE)
		return true;
	if (said->type == TYPE_RECUR && seen->series) /* series.c has read it */
		return true;
	if (forgiven(rule->unread) && line->value.n && strchr("+-P0123456789", line->value.s[0]))
		return true;
	if (!(rule->flags & LIST))
		return check_one(j, rule, line, said, line->value);
	while (cal_slice_cut(&rest, ',', &one))
		if (!check_one(j, rule, line, said, one))
			return false;
	return true;
}

/* ---- one line ---- */

static bool is_same(const struct cal_line *a, const struct cal_line *b)
{
	return cal_slice_same(a->params, b->params) && cal_slice_same(a->value, b->value);
}

static bool check_number(struct judge *j, const struct rule_prop *rule, const struct cal_line *line,
	struct seen *seen)
{
	const struct cal_line **first = &seen->first[rule_prop_index(rule)];

	if (!*first) {
		*first = line;
		return true;
	}
	if (!((rule->must | rule->once) & seen->place))
		return true;
	if (is_same(*first, line) && tolerates(TOLERATE_SAME_TWICE))
		return true;
	return malformed(j, line, "stands there a second time");
}

static bool ends_in_crlf(const struct cal_line *line)
{
	return line->raw.n >= 2 && memcmp(line->raw.s + line->raw.n - 2, "\r\n", 2) == 0;
}

static bool check_line(struct judge *j, const struct cal_line *line, struct seen *seen)
{
	const struct rule_prop *rule = rule_prop_of(line->name);
	struct said said = {.type = rule ? rule->type : TYPE_TEXT};

	if (!ends_in_crlf(line) && !tolerates(TOLERATE_LINE_ENDS))
		return malformed(j, line, "the line does not end with CR and LF");
	if (line->params.n && !read_params(j, rule, line, &said))
		return false;
	return !rule ||
		(check_number(j, rule, line, seen) && check_value(j, rule, line, seen, &said));
}

/* ---- one component ---- */

/* How a component ends, and what is forgiven there. */
static const struct ending {
	uint16_t places;
	const char *end;
	uint8_t may;
} endings[] = {
	{IN_EVENT | IN_FREEBUSY | IN_AVAILABILITY | IN_AVAILABLE, "DTEND", 0},
	{IN_TODO, "DUE", MAY(TODO_TIMES)},
};

/* Local time without a zone, by intention: a zone that is not known makes no end wrong. */
static bool floats(const struct cal_when *when, const struct cal_line *line)
{
	return when->form == FORM_FLOATING && !cal_line_param(line, "TZID").n;
}

/* 5545 3.8.2.2, 3.8.2.3: an end is of the type of its start, on a clock like it, and after it. */
static bool check_span(struct judge *j, const struct ending *row, const struct cal_line *start,
	const struct cal_line *end)
{
	struct cal_when from, to;

	if (forgiven(row->may) || !cal_when_of(&from, j->object, start) ||
		!cal_when_of(&to, j->object, end))
		return true;
	if ((from.form == FORM_DATE) != (to.form == FORM_DATE))
		return malformed(j, end, "one of it and DTSTART is a date, the other a time");
	if (from.form != FORM_DATE && floats(&from, start) != floats(&to, end))
		return malformed(j, end, "one of it and DTSTART has a time zone, the other none");
	if (cal_is_floating(from.form) != cal_is_floating(to.form))
		return true;
	if (cal_when_instant(&to) < cal_when_instant(&from))
		return malformed(j, end, "it is before DTSTART");
	return cal_when_instant(&to) > cal_when_instant(&from) ||
		tolerates(TOLERATE_END_IS_START) || malformed(j, end, "it is not after DTSTART");
}

/* 5545 3.6.1, 3.6.2, 3.8.2.5; 7953 3.1 */
static bool check_length(struct judge *j, const struct ending *row, const struct seen *seen,
	const struct cal_line *duration)
{
	const struct cal_line *start = first_of(seen, "DTSTART"), *end = first_of(seen, row->end);
	struct cal_duration length = {0};
	struct cal_when from = {.form = FORM_UTC};

	if (!cal_duration_parse(&length, duration->value))
		return malformed(j, duration, "not a duration");
	bool zero = length.days == 0 && length.seconds == 0;
	if (end)
		return (zero && tolerates(TOLERATE_DURATION_ZERO_BESIDE)) ||
			malformed(j, duration, "there is an end already: one of the two must go");
	if (!start)
		return forgiven(row->may) || malformed(j, duration, "there is no DTSTART");
	if (length.days < 0 || length.seconds < 0)
		return malformed(j, duration, "it ends before it starts");
	if (zero)
		return tolerates(TOLERATE_END_IS_START) ||
			malformed(j, duration, "it ends when it starts");
	if (!length.seconds || !cal_when_of(&from, j->object, start) || from.form != FORM_DATE)
		return true;
	return (length.seconds % CAL_DAY == 0 && tolerates(TOLERATE_DURATION_OF_DAYS)) ||
		malformed(j, duration, "DTSTART is a date: only days and weeks fit");
}

static bool check_end(struct judge *j, const struct seen *seen)
{
	const struct ending *row = endings;

	while (!(row->places & seen->place))
		row++;
	const struct cal_line *start = first_of(seen, "DTSTART"), *end = first_of(seen, row->end),
			      *duration = first_of(seen, "DURATION");
	if (start && end && !check_span(j, row, start, end))
		return false;
	return !duration || seen->place == IN_FREEBUSY || check_length(j, row, seen, duration);
}

/* 5545 3.3.10: the parts fit; UNTIL is of the type of DTSTART, on a clock like it. */
static bool check_rules(struct judge *j, const struct seen *seen)
{
	const struct cal_series *s = seen->series;
	const struct cal_line *line;
	size_t i = 0;

	for (uint32_t at = seen->comp->begin; s && s->has_start && i < s->n_rules &&
		(line = cal_comp_next(j->object, seen->comp, &at));) {
		if (line->prop != PROP_RRULE)
			continue;
		const struct cal_rule *rule = &s->rules[i++];
		const char *why = cal_rule_odds(rule);
		if (why)
			return malformed(j, line, why);
		if (!rule->has_until)
			continue;
		enum cal_form want = cal_is_floating(s->start.form) ? s->start.form : FORM_UTC;
		if (rule->until.form != want && !tolerates(TOLERATE_UNTIL_TYPE))
			return malformed(j, line, "UNTIL is of another type than DTSTART");
	}
	return true;
}

/* 5545 3.8.2.4: what recurs has a start. */
static bool check_rule_start(struct judge *j, const struct seen *seen)
{
	const struct cal_line *rule = first_of(seen, "RRULE");

	if (!rule || first_of(seen, "DTSTART"))
		return true;
	return (seen->place == IN_TODO && tolerates(TOLERATE_TODO_RULE_ALONE)) ||
		malformed(j, rule, "there is no DTSTART to count from");
}

/* 5545 3.6.6 */
static bool check_alarm(struct judge *j, const struct seen *seen)
{
	static const struct {
		const char *action, *prop;
	} words[] = {
		{"DISPLAY", "DESCRIPTION"},
		{"EMAIL", "DESCRIPTION"},
		{"EMAIL", "SUMMARY"},
		{"EMAIL", "ATTENDEE"},
	};
	const struct cal_line *repeat = first_of(seen, "REPEAT"),
			      *duration = first_of(seen, "DURATION"),
			      *action = first_of(seen, "ACTION");

	if (duration && !repeat)
		return malformed(j, duration, "an alarm with DURATION has REPEAT too");
	if (repeat && !duration && !cal_slice_is(repeat->value, "0"))
		return malformed(j, repeat, "an alarm with REPEAT has DURATION too");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cal_slice_is(action->value, words[i].action) &&
			!first_of(seen, words[i].prop) && !tolerates(TOLERATE_ALARM_WITHOUT_WORDS))
			return malformed(j, action, "the alarm has nothing to say");
	return true;
}

/* 5545 3.6.5 */
static bool check_zone(struct judge *j, const struct seen *seen)
{
	const struct cal_object *o = j->object;

	for (uint32_t c = seen->comp->child; c != CAL_NONE; c = o->comps[c].next)
		if (o->comps[c].kind == KIND_STANDARD || o->comps[c].kind == KIND_DAYLIGHT)
			return true;
	return tolerates(TOLERATE_ZONE_EMPTY) ||
		malformed(
			j, begin_of(j, seen->comp), "VTIMEZONE has neither STANDARD nor DAYLIGHT");
}

/* 5545 3.8.2.4: on the clock that it changes. */
static bool check_observance(struct judge *j, const struct seen *seen)
{
	const struct cal_line *start = first_of(seen, "DTSTART");
	struct cal_when when;

	return !cal_when_parse(&when, NULL, NULL, start->value) || when.form != FORM_UTC ||
		malformed(j, start, "the onset of a time zone is in local time");
}

static const struct between {
	uint16_t places;
	bool (*check)(struct judge *j, const struct seen *seen);
} betweens[] = {
	{IN_EVENT | IN_TODO | IN_FREEBUSY | IN_AVAILABILITY | IN_AVAILABLE, check_end},
	{IN_EVENT | IN_TODO | IN_JOURNAL, check_rules},
	{IN_TODO | IN_JOURNAL, check_rule_start},
	{IN_ALARM, check_alarm},
	{IN_ZONE, check_zone},
	{IN_OBSERVANCE, check_observance},
};

static bool check_missing(struct judge *j, const struct seen *seen)
{
	const struct cal_line *begin = begin_of(j, seen->comp);
	const struct rule_prop *rule;

	for (size_t i = 0; (rule = rule_prop_at(i)); i++) {
		if (!(rule->must & seen->place) || seen->first[i] || forgiven(rule->missing))
			continue;
		cal_fail(j->fault, CAL_MALFORMED, begin->number, "%.*s: %s is missing",
			(int)begin->value.n, begin->value.s, rule->name);
		return false;
	}
	return true;
}

static const struct cal_comp *above(const struct judge *j, const struct cal_comp *comp)
{
	return comp->parent == CAL_NONE ? NULL : &j->object->comps[comp->parent];
}

/* Whatever stands below a component without a row is its own business (5545 3.6: x-comp, iana-comp). */
static bool is_below_others(const struct judge *j, const struct cal_comp *comp)
{
	while ((comp = above(j, comp)))
		if (!rule_comp_of(comp->name))
			return true;
	return false;
}

static bool check_place(struct judge *j, const struct cal_comp *comp, const struct rule_comp *rule)
{
	const struct cal_comp *parent = above(j, comp);
	const struct rule_comp *row = parent ? rule_comp_of(parent->name) : NULL;

	if (!row || rule->parents & row->place)
		return true;
	cal_fail(j->fault, CAL_MALFORMED, begin_of(j, comp)->number, "%s may not stand in %s",
		rule->name, row->name);
	return false;
}

static bool check_comp(struct judge *j, const struct cal_comp *comp)
{
	const struct rule_comp *rule = rule_comp_of(comp->name);
	struct seen seen = {.comp = comp};
	const struct cal_line *line;

	if (j->next_series < j->set->n_series && j->set->series[j->next_series].comp == comp)
		seen.series = &j->set->series[j->next_series++];
	if (!rule || is_below_others(j, comp))
		return true;
	seen.place = rule->place;
	if (!check_place(j, comp, rule))
		return false;
	for (uint32_t at = comp->begin; (line = cal_comp_next(j->object, comp, &at));)
		if (!check_line(j, line, &seen))
			return false;
	if (!check_missing(j, &seen))
		return false;
	for (size_t i = 0; i < sizeof(betweens) / sizeof(betweens[0]); i++)
		if (betweens[i].places & seen.place && !betweens[i].check(j, &seen))
			return false;
	return true;
}

/* ---- the whole ---- */

struct override {
	int64_t at; /* what it replaces */
	bool and_future;
	const struct cal_line *line;
};

static int compare_overrides(const void *a, const void *b)
{
	const struct override *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->and_future != y->and_future)
		return x->and_future ? 1 : -1;
	return (x->line->number > y->line->number) - (x->line->number < y->line->number);
}

/* 4791 4.1: an instance stands there once. 5545 3.8.4.4: it is named in the type of DTSTART. */
static bool check_overrides(struct judge *j)
{
	const struct cal_set *set = j->set;
	struct override *all = arena_array(j->object->arena, set->n_series, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < set->n_series; i++) {
		const struct cal_series *s = &set->series[i];

		if (!s->overrides)
			continue;
		all[n].line = cal_comp_find(j->object, s->comp, PROP_RECURRENCE_ID);
		all[n].at = set->master ? s->replaces : cal_when_instant(&s->id);
		all[n].and_future = s->and_future;
		if (set->master && !tolerates(TOLERATE_RECURRENCE_ID_TYPE) &&
			(s->id.form == FORM_DATE) != (set->master->start.form == FORM_DATE))
			return malformed(j, all[n].line, "it is of another type than DTSTART");
		n++;
	}
	qsort(all, n, sizeof(*all), compare_overrides);
	for (size_t i = 1; i < n; i++)
		if (all[i].at == all[i - 1].at && all[i].and_future == all[i - 1].and_future)
			return refuse(j, CAL_NOT_OBJECT, all[i].line,
				"another component has the same one");
	return true;
}

/* The same VTIMEZONE stands in each object that a client writes: what was fine is not judged again, unless TZID in it may
 * name a zone beside it. */
static bool check_zones(struct judge *j, size_t *next)
{
	const struct cal_object *o = j->object;
	const struct cal_comp *comp = &o->comps[*next];
	struct cal_slice text = cal_comp_text(o, comp);
	bool alone = tolerates(TOLERATE_ZONE_BY_NAME) && tolerates(TOLERATE_ZONE_UNKNOWN);
	bool known = alone && memo_has(&fine_zones, text.s, text.n), fine = true;

	for (; fine && *next < o->n_comps && o->comps[*next].begin < comp->end; ++*next)
		fine = known || check_comp(j, &o->comps[*next]);
	if (fine && alone && !known)
		memo_add(&fine_zones, text.s, text.n);
	return fine;
}

bool cal_judge(struct cal_object *object, const struct cal_set *set, struct facts_fault *fault)
{
	struct judge j = {.object = object, .set = set, .fault = fault};

	for (size_t i = 0; i < object->n_comps;) {
		bool zone = object->comps[i].kind == KIND_VTIMEZONE && object->comps[i].depth == 1;

		if (!(zone ? check_zones(&j, &i) : check_comp(&j, &object->comps[i++])))
			return false;
	}
	return set->n_series < 2 || check_overrides(&j);
}
