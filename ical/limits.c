/* SPDX-License-Identifier: ISC */
/*
 * The limits that a calendar announces (4791 5.2.6 to 5.2.9), asked of one object that cal_inspect has accepted. Lines are
 * counted, nothing is expanded: the cost is that of reading the lines once, whatever the rules say.
 */
#include "ical/internal.h"
#include "src/base/tolerance.h"

/* How far a local time may be from UTC: nearer to a limit its zone is asked. */
#define LIMIT_SLACK FACTS_SLACK

struct limited {
	struct cal_object *object;
	const struct cal_bounds *bounds;
	struct facts_fault *fault;
	uint64_t overrides;
};

static bool refuse(
	const struct limited *in, enum cal_code code, const struct cal_line *line, const char *why)
{
	cal_fail(in->fault, (int)code, line->number, "%.*s: %s", (int)line->name.n, line->name.s,
		why);
	return false;
}

/* --- dates (5.2.6, 5.2.7) --- */

/* Values that say when something is. What says when the entry was written (a row of the table of tolerances) and UNTIL,
 * which is part of a RECUR and no DATE-TIME property, are not among them. */
static bool has_times(uint8_t prop)
{
	switch (prop) {
	case PROP_COMPLETED:
	case PROP_DTEND:
	case PROP_DTSTART:
	case PROP_DUE:
	case PROP_EXDATE:
	case PROP_FREEBUSY:
	case PROP_RDATE:
	case PROP_RECURRENCE_ID:
	case PROP_TRIGGER:
		return true;
	case PROP_CREATED:
	case PROP_DTSTAMP:
	case PROP_LAST_MODIFIED:
		return !tolerates(TOLERATE_STAMPS_ANY_TIME);
	default:
		return false;
	}
}

/* The latest time is one of those that are allowed: so 5.2.7, while 5.3.2.1 says "less than". What is no time (a duration)
 * is fine. */
static bool check_time(struct limited *in, const struct cal_line *line, struct cal_slice value)
{
	const struct cal_bounds *bounds = in->bounds;
	struct cal_when when;

	if (!cal_when_parse(&when, in->object, NULL, value))
		return true;
	if (when.local >= bounds->min + LIMIT_SLACK && when.local <= bounds->max - LIMIT_SLACK)
		return true;
	if (!cal_when_parse(&when, in->object, line, value))
		return true;
	int64_t instant = cal_when_instant(&when);

	if (instant < bounds->min)
		return refuse(in, CAL_TOO_EARLY, line, "earlier than min-date-time");
	if (instant > bounds->max)
		return refuse(in, CAL_TOO_LATE, line, "later than max-date-time");
	return true;
}

static bool check_times(struct limited *in, const struct cal_line *line)
{
	struct cal_slice list = line->value, period, part;

	while (cal_slice_cut(&list, ',', &period))
		while (cal_slice_cut(&period, '/', &part))
			if (!check_time(in, line, part))
				return false;
	return true;
}

/* --- instances (5.2.8) --- */

/* The COUNT of a rule as written; 0 when it has none. */
static uint64_t count_of(struct cal_slice rule)
{
	struct cal_slice part, name;
	uint64_t count = 0;

	while (cal_slice_cut(&rule, ';', &part)) {
		if (!cal_slice_cut(&part, '=', &name) || !cal_slice_is(name, "COUNT"))
			continue;
		for (size_t i = 0; i < part.n && part.s[i] >= '0' && part.s[i] <= '9'; i++)
			count = count < UINT32_MAX ? count * 10 + (uint64_t)(part.s[i] - '0')
						   : count;
	}
	return count;
}

/*
 * Only what the client itself counted is counted: COUNT, RDATE and overrides without their master. A series without end,
 * or with one in the year 9999, which clients write for the same thing, has to be allowed; of it reports look at
 * CAL_MAX_INSTANCES (4791 5.2.7: instances out of the range may be ignored). What EXDATE takes away is given back, whether
 * it hits an instance or not, so that nobody is refused who stays within the limit.
 */
static uint64_t instances_of(
	const struct limited *in, const struct cal_comp *comp, const struct cal_line **last)
{
	const struct cal_line *line;
	uint64_t n = 0, excluded = 0;
	bool ruled = false;

	for (uint32_t at = comp->begin; (line = cal_comp_next(in->object, comp, &at));) {
		uint64_t before = n;

		if (line->prop == PROP_RRULE)
			n += count_of(line->value);
		else if (line->prop == PROP_RDATE)
			n += cal_slice_values(line->value);
		else if (line->prop == PROP_EXDATE)
			excluded += cal_slice_values(line->value);
		ruled |= line->prop == PROP_RRULE;
		*last = n > before ? line : *last;
	}
	n += !ruled; /* DTSTART is the first of a rule's instances */
	return n > excluded ? n - excluded : 0;
}

static bool check_instances(struct limited *in, const struct cal_comp *comp)
{
	const struct cal_line *last = &in->object->lines[comp->begin];
	uint64_t n = cal_comp_find(in->object, comp, PROP_RECURRENCE_ID)
		? ++in->overrides
		: instances_of(in, comp, &last);

	return n <= in->bounds->instances ||
		refuse(in, CAL_TOO_MANY_INSTANCES, last, "more instances than max-instances");
}

/* --- all of them --- */

/* Attendees are those of one instance: an override has its own list (5.2.9). */
static bool check_lines(struct limited *in, const struct cal_comp *comp)
{
	bool entry = cal_kind_bit(comp->kind) & FACTS_ALL_COMPONENTS;
	const struct cal_line *line;
	unsigned attendees = 0;

	for (uint32_t at = comp->begin; (line = cal_comp_next(in->object, comp, &at));) {
		if (has_times(line->prop) && !check_times(in, line))
			return false;
		attendees += entry && cal_slice_is(line->name, "ATTENDEE");
		if (attendees > in->bounds->attendees)
			return refuse(in, CAL_TOO_MANY_ATTENDEES, line,
				"more than max-attendees-per-instance");
	}
	return !entry || check_instances(in, comp);
}

/* The onsets of a time zone are no times of the calendar: 16010101 stands in each that Outlook writes. */
static bool is_zone(const struct cal_comp *comp)
{
	return comp->kind == KIND_VTIMEZONE || comp->kind == KIND_STANDARD ||
		comp->kind == KIND_DAYLIGHT;
}

bool cal_object_within(
	struct cal_object *object, const struct cal_bounds *bounds, struct facts_fault *fault)
{
	struct limited in = {.object = object, .bounds = bounds, .fault = fault};

	for (size_t i = 0; i < object->n_comps; i++)
		if (!is_zone(&object->comps[i]) && !check_lines(&in, &object->comps[i]))
			return false;
	return true;
}

bool cal_check_bounds(
	const struct cal_bounds *bounds, const char *bytes, size_t len, struct facts_fault *fault)
{
	struct facts_fault unused;
	struct cal_object object;
	struct arena *arena = arena_new();

	fault = fault ? fault : &unused;
	bool fine = cal_object_parse(&object, arena, &cal_object_limits, bytes, len, fault) &&
		cal_object_within(&object, bounds, fault);
	arena_free(arena);
	return fine;
}
