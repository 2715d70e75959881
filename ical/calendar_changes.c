/* SPDX-License-Identifier: ISC */
/*
 * What people call the properties of an event or a task, and a calendar object as entries (wording.h): the properties of its
 * master, each alarm as a whole, and each occurrence that has its own component as a whole. Definitions of zones do not count.
 */
#include "ical/wording.h"

#include <string.h>

/* The most telling first. */
static const struct wording table[] = {
	{"SUMMARY", "title", "titles", WORDING_TEXT, WORDING_SHOWN},
	{"DTSTART", "time", "times", WORDING_DATE, WORDING_BARE | WORDING_SHOWN | WORDING_MOVES},
	{"DTEND", "end", "ends", WORDING_DATE, WORDING_BARE | WORDING_SHOWN | WORDING_MOVES},
	{"DUE", "due date", "due dates", WORDING_DATE,
		WORDING_BARE | WORDING_SHOWN | WORDING_MOVES},
	{"DURATION", "duration", "durations", WORDING_TEXT, WORDING_BARE | WORDING_SHOWN},
	{"RRULE", "repetition", "repetitions", WORDING_TEXT, WORDING_SHOWN},
	{"RDATE", "further date", "further dates", WORDING_LIST, 0},
	{"EXDATE", "skipped date", "skipped dates", WORDING_LIST, 0},
	{"RECURRENCE-ID", "changed occurrence", "changed occurrences", WORDING_TEXT, 0},
	{"LOCATION", "location", "locations", WORDING_TEXT, WORDING_SHOWN},
	{"DESCRIPTION", "description", "descriptions", WORDING_TEXT, 0},
	{"STATUS", "status", "statuses", WORDING_TEXT, WORDING_SHOWN},
	{"PERCENT-COMPLETE", "progress", "progresses", WORDING_TEXT, WORDING_SHOWN},
	{"COMPLETED", "date of completion", "dates of completion", WORDING_DATE, WORDING_SHOWN},
	{"PRIORITY", "priority", "priorities", WORDING_TEXT, WORDING_SHOWN},
	{"VALARM", "alarm", "alarms", WORDING_TEXT, 0},
	{"ORGANIZER", "organizer", "organizers", WORDING_TEXT, WORDING_SHOWN},
	{"ATTENDEE", "attendee", "attendees", WORDING_TEXT, 0},
	{"CATEGORIES", "category", "categories", WORDING_LIST, WORDING_SHOWN},
	{"ATTACH", "attachment", "attachments", WORDING_BYTES, 0},
	{"URL", "web address", "web addresses", WORDING_TEXT, WORDING_SHOWN},
	{"CONTACT", "contact", "contacts", WORDING_TEXT, 0},
	{"COMMENT", "comment", "comments", WORDING_TEXT, 0},
	{"GEO", "place", "places", WORDING_TEXT, 0},
	{"COLOR", "color", "colors", WORDING_TEXT, WORDING_SHOWN},
	{"CLASS", "privacy", "privacies", WORDING_TEXT, WORDING_SHOWN},
	{"TRANSP", "whether it takes time", "whether it takes time", WORDING_TEXT, WORDING_BARE},
	{"UID", "UID", "UIDs", WORDING_TEXT, WORDING_BARE},
	{"CALSCALE", "scale", "scales", WORDING_TEXT, WORDING_QUIET},
	{"CREATED", "date of creation", "dates of creation", WORDING_TEXT, WORDING_QUIET},
	{"DTSTAMP", "stamp", "stamps", WORDING_TEXT, WORDING_QUIET},
	{"LAST-MODIFIED", "date of change", "dates of change", WORDING_TEXT, WORDING_QUIET},
	{"PRODID", "program", "programs", WORDING_TEXT, WORDING_QUIET},
	{"SEQUENCE", "sequence", "sequences", WORDING_TEXT, WORDING_QUIET},
	{"VERSION", "version", "versions", WORDING_TEXT, WORDING_QUIET},
	{"X-MOZ-GENERATION", "generation", "generations", WORDING_TEXT, WORDING_QUIET},
};

static bool is_quiet(struct cal_slice name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].flags & WORDING_QUIET && cal_slice_is(name, table[i].name))
			return true;
	return false;
}

/* All that stands in a component, in whatever order, as a number; good enough to tell that something is another. */
static uint64_t sum_of(const struct cal_object *object, const struct cal_comp *comp)
{
	uint64_t sum = 0;

	for (uint32_t at = comp->begin + 1; at < comp->end; at++) {
		const struct cal_line *line = &object->lines[at];
		if (is_quiet(line->name))
			continue;
		uint64_t hash = cal_hash(CAL_HASH_SEED, line->value.s, line->value.n);
		for (size_t i = 0; i < line->name.n; i++)
			hash = cal_hash(hash, (const char[]){(char)(line->name.s[i] | 0x20)}, 1);
		sum += hash ^ entries_details(line, true);
	}
	return sum;
}

static void add_whole(struct entries *entries, const struct cal_object *object,
	const struct cal_comp *comp, const char *name, const struct cal_line *which)
{
	char *text = arena_printf(entries->arena, "%.*s %016llx", which ? (int)which->value.n : 0,
		which ? which->value.s : "", (unsigned long long)sum_of(object, comp));

	entries_add_whole(entries, name, (struct cal_slice){text, strlen(text)});
}

static void add_lines(
	struct entries *entries, const struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_line *line;

	for (uint32_t at = comp->begin; (line = cal_comp_next(object, comp, &at));)
		entries_add_line(entries, line, line->name, WORDING_TEXT);
}

static void add_comp(
	struct entries *entries, const struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_line *which = cal_comp_find(object, comp, PROP_RECURRENCE_ID);

	if (comp->kind == KIND_VTIMEZONE)
		return;
	if (which) {
		add_whole(entries, object, comp, "RECURRENCE-ID", which);
		return;
	}
	add_lines(entries, object, comp);
	for (uint32_t at = comp->child; at != CAL_NONE; at = object->comps[at].next)
		add_whole(entries, object, &object->comps[at],
			object->comps[at].kind == KIND_VALARM
				? "VALARM"
				: cal_slice_dup(entries->arena, object->comps[at].name),
			NULL);
}

void calendar_entries(struct entries *entries, const struct cal_object *object)
{
	entries->table = table;
	entries->n_table = sizeof(table) / sizeof(*table);
	add_lines(entries, object, &object->comps[0]);
	for (uint32_t at = object->comps[0].child; at != CAL_NONE; at = object->comps[at].next)
		add_comp(entries, object, &object->comps[at]);
}
