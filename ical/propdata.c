/* SPDX-License-Identifier: ISC */
/* Calendar data that stands in properties of collections: availability (7953 7.2.4) and default alarms. */
#include "ical/internal.h"

#include <string.h>

#define MAX_ALARM_DATA 65536 /* octets: an alarm or two */

bool cal_is_availability_data(const char *bytes, size_t len, struct facts_fault *fault)
{
	struct arena *arena = arena_new();
	struct cal_object object;
	struct facts facts;
	size_t n = 0;
	bool fine = cal_inspect(FACTS_CALENDAR, bytes, len, arena, &facts, fault);

	if (fine && cal_object_parse(&object, arena, &cal_object_limits, bytes, len, fault))
		for (uint32_t c = cal_object_top(&object)->child; c != CAL_NONE;
			c = object.comps[c].next)
			n += object.comps[c].kind != KIND_VTIMEZONE;
	if (fine && (facts.component != FACTS_VAVAILABILITY || n != 1)) {
		cal_fail(fault, CAL_MALFORMED, 0, "not one VAVAILABILITY, with VTIMEZONEs at most");
		fine = false;
	}
	arena_free(arena);
	return fine;
}

/* All that stands between BEGIN and END of the wrapping: VALARMs with what each must have (5545 3.6.6). */
static bool holds_alarms(const struct cal_object *object)
{
	const struct cal_comp *top = cal_object_top(object);
	uint32_t at = top ? top->begin : 0;

	if (!top || cal_comp_next(object, top, &at))
		return false;
	for (uint32_t c = top->child; c != CAL_NONE; c = object->comps[c].next) {
		const struct cal_line *line;
		bool action = false;

		at = object->comps[c].begin;
		while ((line = cal_comp_next(object, &object->comps[c], &at)))
			action |= cal_slice_is(line->name, "ACTION");
		if (object->comps[c].kind != KIND_VALARM || !action ||
			!cal_comp_find(object, &object->comps[c], PROP_TRIGGER))
			return false;
	}
	return true;
}

bool cal_is_alarm_data(const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct cal_object object;
	struct buf whole;
	bool fine = false;

	buf_init(&whole, MAX_ALARM_DATA);
	buf_adds(&whole, "BEGIN:VCALENDAR\r\n");
	buf_add(&whole, bytes, len);
	buf_adds(&whole, "\r\nEND:VCALENDAR\r\n");
	if (!whole.full)
		fine = cal_check_bytes(whole.data, whole.len, NULL) &&
			cal_object_parse(
				&object, arena, &cal_object_limits, whole.data, whole.len, NULL) &&
			holds_alarms(&object);
	buf_free(&whole);
	arena_free(arena);
	return fine;
}
