/* SPDX-License-Identifier: ISC */
/* Filters: the tables of RFC 4791 9.9 row by row, and comp-, prop-, param-filter and text-match of 9.7. */
#include "tests/unit/ical_help.h"

/* Both ways: the bytes, and the facts where they dare to say. */
static bool matches(struct arena *arena, const char *name, const struct cal_comp_filter *filter,
	const char *bytes, const struct cal_zone *zone)
{
	struct facts facts;
	struct facts_fault fault;
	bool got = cal_match(filter, NULL, bytes, strlen(bytes), zone);

	if (!cal_inspect(FACTS_CALENDAR, bytes, strlen(bytes), arena, &facts, &fault))
		fail_msg("%s: %s", name, fault.text);
	enum cal_verdict quick = cal_match_facts(filter, &facts, zone);
	if (quick != CAL_MAYBE && (quick == CAL_YES) != got)
		fail_msg("%s: the facts say %d, the bytes %d", name, quick, got);
	return got;
}

#define EVENT "BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|"
#define TODO "BEGIN:VTODO|UID:u|"
static const struct {
	const char *name, *body, *start, *end;
	bool want;
} time_ranges_rows[] = {
	/* VEVENT with DTEND: start < DTEND and end > DTSTART */
	{"dtend in", EVENT "DTEND:20260105T100000Z|END:VEVENT", "20260105T093000",
		"20260105T094000", true},
	{"dtend ends at start", EVENT "DTEND:20260105T100000Z|END:VEVENT", "20260105T100000", "+",
		false},
	{"dtend begins at end", EVENT "DTEND:20260105T100000Z|END:VEVENT", "-", "20260105T090000",
		false},
	{"dtend begins inside", EVENT "DTEND:20260105T100000Z|END:VEVENT", "-", "20260105T090001",
		true},
	/* DURATION > 0 and = 0 */
	{"duration in", EVENT "DURATION:PT1H|END:VEVENT", "20260105T095959", "+", true},
	{"duration out", EVENT "DURATION:PT1H|END:VEVENT", "20260105T100000", "+", false},
	{"duration zero at start", EVENT "DURATION:PT0S|END:VEVENT", "20260105T090000", "+", true},
	{"duration zero behind", EVENT "DURATION:PT0S|END:VEVENT", "20260105T090001", "+", false},
	{"duration zero at end", EVENT "DURATION:PT0S|END:VEVENT", "-", "20260105T090000", false},
	/* neither */
	{"instant at start", EVENT "END:VEVENT", "20260105T090000", "20260105T090001", true},
	{"instant behind", EVENT "END:VEVENT", "20260105T090001", "+", false},
	{"a day in", "BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|END:VEVENT", "20260105T235959",
		"+", true},
	{"a day out", "BEGIN:VEVENT|UID:u|DTSTART;VALUE=DATE:20260105|END:VEVENT", "20260106", "+",
		false},
	{"start = end", EVENT "DTEND:20260105T090000Z|END:VEVENT", "20260105T090000", "+", true},
	/* VTODO, eight rows */
	{"todo start+duration at end", TODO "DTSTART:20260105T090000Z|DURATION:PT1H|END:VTODO",
		"20260105T100000", "+", true},
	{"todo start+duration behind", TODO "DTSTART:20260105T090000Z|DURATION:PT1H|END:VTODO",
		"20260105T100001", "+", false},
	{"todo start+duration before", TODO "DTSTART:20260105T090000Z|DURATION:PT1H|END:VTODO", "-",
		"20260105T090000", false},
	{"todo start+due in", TODO "DTSTART:20260105T090000Z|DUE:20260105T100000Z|END:VTODO",
		"20260105T095959", "+", true},
	{"todo start+due at due", TODO "DTSTART:20260105T090000Z|DUE:20260105T100000Z|END:VTODO",
		"20260105T100000", "+", false},
	{"todo start=due", TODO "DTSTART:20260105T090000Z|DUE:20260105T090000Z|END:VTODO",
		"20260105T090000", "20260105T090000", true},
	{"todo start at", TODO "DTSTART:20260105T090000Z|END:VTODO", "20260105T090000", "+", true},
	{"todo start behind", TODO "DTSTART:20260105T090000Z|END:VTODO", "20260105T090001", "+",
		false},
	{"todo start at end", TODO "DTSTART:20260105T090000Z|END:VTODO", "-", "20260105T090000",
		false},
	{"todo due at end", TODO "DUE:20260105T090000Z|END:VTODO", "-", "20260105T090000", true},
	{"todo due at start", TODO "DUE:20260105T090000Z|END:VTODO", "20260105T090000", "+", false},
	{"todo due before end", TODO "DUE:20260105T090000Z|END:VTODO", "-", "20260105T085959",
		false},
	{"todo done+created between",
		TODO "COMPLETED:20260110T000000Z|CREATED:20260105T000000Z|END:VTODO", "20260107",
		"20260108", true},
	{"todo done+created at edge",
		TODO "COMPLETED:20260110T000000Z|CREATED:20260105T000000Z|END:VTODO", "20260110",
		"+", true},
	{"todo done+created before",
		TODO "COMPLETED:20260110T000000Z|CREATED:20260105T000000Z|END:VTODO", "-",
		"20260105", true},
	{"todo done+created behind",
		TODO "COMPLETED:20260110T000000Z|CREATED:20260105T000000Z|END:VTODO",
		"20260110T000001", "+", false},
	{"todo done", TODO "COMPLETED:20260110T000000Z|END:VTODO", "20260110", "20260110", true},
	{"todo done behind", TODO "COMPLETED:20260110T000000Z|END:VTODO", "20260110T000001", "+",
		false},
	{"todo created", TODO "CREATED:20260110T000000Z|END:VTODO", "20270101", "20270102", true},
	{"todo created too late", TODO "CREATED:20260110T000000Z|END:VTODO", "-", "20260110",
		false},
	{"todo bare", TODO "END:VTODO", "20270101", "20270102", true},
	{"todo recurring by due", TODO "DUE:20260105T090000Z|RRULE:FREQ=WEEKLY|END:VTODO",
		"20260119", "20260119T120000", true},
	{"todo recurring by due, between", TODO "DUE:20260105T090000Z|RRULE:FREQ=WEEKLY|END:VTODO",
		"20260120", "20260121", false},
	/* VJOURNAL */
	{"journal time", "BEGIN:VJOURNAL|UID:u|DTSTART:20260105T090000Z|END:VJOURNAL",
		"20260105T090000", "+", true},
	{"journal day", "BEGIN:VJOURNAL|UID:u|DTSTART;VALUE=DATE:20260105|END:VJOURNAL",
		"20260105T230000", "+", true},
	{"journal bare", "BEGIN:VJOURNAL|UID:u|END:VJOURNAL", "-", "20300101", false},
	/* VFREEBUSY */
	{"busy closed",
		"BEGIN:VFREEBUSY|UID:u|DTSTART:20260105T090000Z|DTEND:20260105T100000Z|END:VFREEBUSY",
		"20260105T100000", "+", true},
	{"busy closed, behind",
		"BEGIN:VFREEBUSY|UID:u|DTSTART:20260105T090000Z|DTEND:20260105T100000Z|"
		"END:VFREEBUSY",
		"20260105T100001", "+", false},
	{"busy period",
		"BEGIN:VFREEBUSY|UID:u|FREEBUSY:20260105T090000Z/PT1H,20260107T090000Z/PT1H|END:VFREEBUSY",
		"20260107T093000", "20260107T094000", true},
	{"busy between",
		"BEGIN:VFREEBUSY|UID:u|FREEBUSY:20260105T090000Z/PT1H,20260107T090000Z/PT1H|END:VFREEBUSY",
		"20260106", "20260107", false},
	{"busy bare", "BEGIN:VFREEBUSY|UID:u|END:VFREEBUSY", "20260106", "20260107", false},
	{"availability", "BEGIN:VAVAILABILITY|UID:u|DTSTART:20260105T090000Z|END:VAVAILABILITY",
		"20300101", "+", true},
};

static void time_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(time_ranges_rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena, time_ranges_rows[i].body);
		char name[20] = "";
		struct cal_range range = range_of(
			time_ranges_rows[i].start, time_ranges_rows[i].end);
		struct cal_comp_filter inner = {.name = name, .range = &range};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

		sscanf(time_ranges_rows[i].body, "BEGIN:%19[A-Z]", name);
		if (matches(arena, time_ranges_rows[i].name, &filter, bytes, NULL) !=
			time_ranges_rows[i].want)
			fail_msg("%s: want %d", time_ranges_rows[i].name, time_ranges_rows[i].want);
		arena_free(arena);
	}
}

/* All-day and floating times shift with the zone of the question (7.3). */
static void floating(void **state)
{
	static const struct {
		const char *properties, *zone, *start, *end;
		bool want;
	} rows[] = {
		{"DTSTART;VALUE=DATE:20260105", NULL, "20260104T230000", "20260105", false},
		{"DTSTART;VALUE=DATE:20260105", "Europe/Berlin", "20260104T230000", "20260105",
			true},
		{"DTSTART;VALUE=DATE:20260105", "Europe/Berlin", "20260105T230000", "20260106",
			false},
		{"DTSTART;VALUE=DATE:20260105", "America/New_York", "20260106T030000",
			"20260106T040000", true},
		{"DTSTART:20260105T090000", "Asia/Tokyo", "20260105", "20260105T000001", true},
		{"DTSTART:20260105T090000|RRULE:FREQ=DAILY", "Asia/Tokyo", "20260106",
			"20260106T000001", true},
		{"DTSTART:20260105T090000|RRULE:FREQ=DAILY", "Asia/Tokyo", "20260106T000001",
			"20260106T120000", false},
		{"DTSTART;TZID=Asia/Tokyo:20260105T090000", "America/New_York", "20260105",
			"20260105T000001", true},
		/* left out by the zone: the offset before the gap (5545 3.3.5) */
		{"DTSTART:20260329T023000|DURATION:PT30M", "Europe/Berlin", "20260329T013000",
			"20260329T013001", true},
		{"DTSTART:20260329T023000|DURATION:PT30M", "Europe/Berlin", "20260329T012959",
			"20260329T013000", false},
		{"DTSTART:20260329T025959", "Europe/Berlin", "20260329T015959", "20260329T020000",
			true},
		{"DTSTART;TZID=Nowhere/Land:20260105T090000", "Asia/Tokyo", "20260105",
			"20260105T000001", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = event(arena, rows[i].properties);
		struct cal_range range = range_of(rows[i].start, rows[i].end);
		struct cal_comp_filter inner = {.name = "VEVENT", .range = &range};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
		const struct cal_zone *zone = rows[i].zone ? cal_zone_named(rows[i].zone) : NULL;

		if (matches(arena, rows[i].properties, &filter, bytes, zone) != rows[i].want)
			fail_msg("%s in %s: want %d", rows[i].properties,
				rows[i].zone ? rows[i].zone : "UTC", rows[i].want);
		arena_free(arena);
	}
}

static void alarms(void **state)
{
	static const struct {
		const char *alarm, *start, *end;
		bool want;
	} rows[] = {
		{"TRIGGER:-PT15M", "20260105T084500", "20260105T084501", true},
		{"TRIGGER:-PT15M", "20260105T084501", "20260105T090000", false},
		{"TRIGGER;RELATED=END:PT5M", "20260105T100500", "20260105T100501", true},
		{"TRIGGER;VALUE=DATE-TIME:20251224T120000Z", "20251224", "20251225", true},
		{"TRIGGER;VALUE=DATE-TIME:20251224T120000Z", "20260105", "20260106", false},
		{"TRIGGER:-PT15M|REPEAT:2|DURATION:PT5M", "20260105T085500", "20260105T085501",
			true},
		{"TRIGGER:-PT15M|REPEAT:2|DURATION:PT5M", "20260105T085501", "20260105T090001",
			false},
		{"TRIGGER:-PT15M|REPEAT:2", "20260105T085000", "20260105T085001", false},
		{"TRIGGER:-P7D", "20251229T090000", "20251229T090001", true},
		{"TRIGGER:-PT15M", "20260112T084500", "20260112T084501", true},
		{"TRIGGER:-PT15M|REPEAT:999999999|DURATION:P9999D", "20260106", "20260107", false},
		{"ACTION:AUDIO", "20260105", "20260106", false},
		{"TRIGGER:soon", "20260105", "20260106", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = event(arena,
			arena_printf(arena,
				"DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY|"
				"BEGIN:VALARM|%s|END:VALARM",
				rows[i].alarm));
		struct cal_range range = range_of(rows[i].start, rows[i].end);
		struct cal_comp_filter alarm = {.name = "VALARM", .range = &range};
		struct cal_comp_filter inner = {.name = "VEVENT", .comps = &alarm, .n_comps = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

		if (matches(arena, rows[i].alarm, &filter, bytes, NULL) != rows[i].want)
			fail_msg("%s %s: want %d", rows[i].alarm, rows[i].start, rows[i].want);
		arena_free(arena);
	}
}

#define PARTY                                                                                               \
	"DTSTART:20260105T090000Z|DURATION:PT1H|SUMMARY:Caf\xc3\xa9 with Anna\\, Tom|CATEGORIES:Home,Work|" \
	"ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=\"Doe, J^'o^n\":mailto:j@example.org|"                           \
	"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.org|X-NOTE:a\\nb|DTSTAMP:20260101T000000Z|"            \
	"LAST-MODIFIED:20260102T000000Z"

static void properties(void **state)
{
	static const struct cal_text_match yes[] = {{"anna", CAL_ASCII_CASEMAP, false},
		{"anna", CAL_OCTET, false}, {"anna", CAL_OCTET, true},
		{"CAF\xc3\x89", CAL_UNICODE_CASEMAP, false},
		{"CAF\xc3\x89", CAL_ASCII_CASEMAP, false}, {"anna, tom", CAL_ASCII_CASEMAP, false},
		{"", CAL_ASCII_CASEMAP, false}, {"work", CAL_ASCII_CASEMAP, false},
		{"a\nb", CAL_OCTET, false}, {"needs-action", CAL_ASCII_CASEMAP, false},
		{"j\"o\n", CAL_ASCII_CASEMAP, false}, {"accepted", CAL_ASCII_CASEMAP, true},
		{"j@example", CAL_ASCII_CASEMAP, false}, {"u", CAL_OCTET, false},
		{"v", CAL_OCTET, false}};
	static const struct cal_range day = {1767571200, 1767657600},
				      hour9 = {1767603600, 1767603601},
				      hour10 = {1767607200, 1767607201};
	static const struct cal_param_filter needs = {"PARTSTAT", false, &yes[9]},
					     cn = {"CN", false, &yes[10]},
					     no_cn = {"CN", true, NULL},
					     any_cn = {"cn", false, NULL},
					     not_accepted = {"PARTSTAT", false, &yes[11]};
	static const struct {
		const char *name;
		struct cal_prop_filter filter;
		bool want;
	} rows[] = {
		{"there", {.name = "SUMMARY"}, true},
		{"there, any case", {.name = "summary"}, true},
		{"not there", {.name = "LOCATION"}, false},
		{"is-not-defined", {.name = "LOCATION", .is_not_defined = true}, true},
		{"is-not-defined, there", {.name = "SUMMARY", .is_not_defined = true}, false},
		{"ascii", {.name = "SUMMARY", .match = &yes[0]}, true},
		{"octet", {.name = "SUMMARY", .match = &yes[1]}, false},
		{"octet, negated", {.name = "SUMMARY", .match = &yes[2]}, true},
		{"unicode", {.name = "SUMMARY", .match = &yes[3]}, true},
		{"ascii does not fold accents", {.name = "SUMMARY", .match = &yes[4]}, false},
		{"unescaped", {.name = "SUMMARY", .match = &yes[5]}, true},
		{"empty text", {.name = "SUMMARY", .match = &yes[6]}, true},
		{"in a list", {.name = "CATEGORIES", .match = &yes[7]}, true},
		{"line end", {.name = "X-NOTE", .match = &yes[8]}, true},
		{"negated but absent", {.name = "LOCATION", .match = &yes[2]}, false},
		{"UID", {.name = "UID", .match = &yes[13]}, true},
		{"other UID", {.name = "UID", .match = &yes[14]}, false},
		{"param", {.name = "ATTENDEE", .params = &needs, .n_params = 1}, true},
		{"param and value",
			{.name = "ATTENDEE", .match = &yes[12], .params = &needs, .n_params = 1},
			true},
		{"param, quoted, 6868", {.name = "ATTENDEE", .params = &cn, .n_params = 1}, true},
		{"param on one of them", {.name = "ATTENDEE", .params = &no_cn, .n_params = 1},
			true},
		{"param there", {.name = "ATTENDEE", .params = &any_cn, .n_params = 1}, true},
		{"param negated", {.name = "ATTENDEE", .params = &not_accepted, .n_params = 1},
			true},
		{"param on the wrong property",
			{.name = "SUMMARY", .params = &any_cn, .n_params = 1}, false},
		{"range on DTSTART", {.name = "DTSTART", .range = &hour9}, true},
		{"range on DTSTART, later", {.name = "DTSTART", .range = &hour10}, false},
		{"range on the implied DTEND", {.name = "DTEND", .range = &hour10}, true},
		{"range on DTSTAMP", {.name = "DTSTAMP", .range = &day}, false},
		{"range on a text", {.name = "SUMMARY", .range = &day}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = event(arena, PARTY);
		struct cal_comp_filter inner = {
			.name = "VEVENT", .props = &rows[i].filter, .n_props = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

		if (matches(arena, rows[i].name, &filter, bytes, NULL) != rows[i].want)
			fail_msg("%s: want %d", rows[i].name, rows[i].want);
		arena_free(arena);
	}
}

/* RFC 4790 9.2 and 9.3, RFC 5051 2: which text is found in which. */
static void collations(void **state)
{
	static const struct {
		const char *value, *text;
		bool ascii, octet, unicode;
	} rows[] = {
		{"Dentist", "Dentist", true, true, true},
		{"Dentist", "tis", true, true, true},
		{"Dentist", "DENTIST", true, false, true},
		{"dentist", "tisT", true, false, true},
		{"Dentist", "dentists", false, false, false},
		{"aab", "ab", true, true, true},
		{"[a]", "{A}", false, false, false}, /* a bit apart, but no letters */
		{"@`", "`@", false, false, false},
		{"100%", "*", false, false, false}, /* no wildcards (4791 7.5) */
		{"what?", "w?at", false, false, false},
		{"Caf\xc3\xa9", "\xc3\xa9", true, true, true},
		{"Caf\xc3\xa9", "caf\xc3\x89", false, false, true},
		{"Caf\xc3\xa9", "cafe", false, false,
			true}, /* decomposed, the accent stands apart */
		{"Cafe\xcc\x81", "CAF\xc3\x89", false, false, true},
		{"cafe", "caf\xc3\xa9", false, false, false},
		{"\xc7\x84", "\xc7\x86", false, false, true}, /* DŽ, dž: the example of RFC 5051 */
		{"\xc7\x84", "Dz\xcc\x8c", false, false, false}, /* z becomes Z in the text only */
		{"Stra\xc3\x9f"
		 "e",
			"STRASSE", false, false, false},          /* ß has no titlecase */
		{"\xef\xac\x81ne", "fine", false, false, false},  /* ﬁ: fi, small and stays so */
		{"\xef\xbc\xa1", "a", false, false, true},        /* fullwidth A */
		{"\xe2\x84\xa6", "\xcf\x89", false, false, true}, /* the sign of ohm is an omega */
		{"\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82", false, false, true},
		{"\xe1\xbe\xb3", "\xe1\xbe\xbc", false, false, true},         /* ᾳ, ᾼ */
		{"\xea\xb0\x81", "\xea\xb0\x80", false, false, true},         /* 각, 가 */
		{"\xf0\x90\x90\xa8", "\xf0\x90\x90\x80", false, false, true}, /* Deseret */
		{"\xc2\xbd",
			"1\xe2\x81\x84"
			"2",
			false, false, true},
		{"\xef\xb7\xba", "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7", false, false, true},
		/* marks stay in their order, each character for itself */
		{"a\xcc\x88\xcc\xa3", "a\xcc\xa3\xcc\x88", false, false, false},
		{"\xc4\xb0", "i", false, false, true}, /* İ, not by the rules of Turkish */
		{"\xc4\xb1", "I", false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool want[] = {rows[i].ascii, rows[i].octet, rows[i].unicode};
		for (int k = 0; k < 6; k++) {
			struct arena *arena = arena_new();
			struct cal_text_match match = {
				rows[i].text, (enum cal_collation)(k % 3), k > 2};
			struct cal_prop_filter prop = {.name = "SUMMARY", .match = &match};
			struct cal_comp_filter inner = {
				.name = "VEVENT", .props = &prop, .n_props = 1};
			struct cal_comp_filter filter = {
				.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
			char *bytes = event(arena,
				arena_printf(arena, "DTSTART:20260105T090000Z|SUMMARY:%s",
					rows[i].value));

			if (matches(arena, rows[i].value, &filter, bytes, NULL) !=
				(want[k % 3] != (k > 2)))
				fail_msg("\"%s\" in \"%s\", collation %d: want %d", rows[i].text,
					rows[i].value, k % 3, want[k % 3]);
			arena_free(arena);
		}
	}
}

/* A text as long as the limit of a query's body, against a value as long as an object: linear. */
static void long_texts(void **state)
{
	size_t n = 1000000;
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, n + 1), *value = arena_alloc(arena, n * 4 + 1);

	(void)state;
	memset(text, 'a', n);
	text[n - 1] = 'B';
	memset(value, 'A', n * 4);
	for (int k = 0; k < 3; k++) {
		struct cal_text_match match = {text, (enum cal_collation)k, false};
		struct cal_prop_filter prop = {.name = "SUMMARY", .match = &match};
		struct cal_comp_filter inner = {.name = "VEVENT", .props = &prop, .n_props = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
		char *bytes = event(
			arena, arena_printf(arena, "DTSTART:20260105T090000Z|SUMMARY:%s", value));

		assert_false(cal_match(&filter, NULL, bytes, strlen(bytes), NULL));
		value[n * 2] = k == 1 ? 'A' : 'b';
		match.text = text + n / 2;
		bytes = event(
			arena, arena_printf(arena, "DTSTART:20260105T090000Z|SUMMARY:%s", value));
		assert_int_equal(cal_match(&filter, NULL, bytes, strlen(bytes), NULL), k != 1);
		value[n * 2] = 'A';
	}
	arena_free(arena);
}

/* Lines are told apart before the object is read: folds and escapes must not hide a text. */
static void folded(void **state)
{
	static const struct {
		const char *line, *name, *text;
		bool want;
	} rows[] = {
		{"SUMMARY:Dent|  ist", "SUMMARY", "dent ist", true},
		{"SUMMARY:Dent| ist", "SUMMARY", "dentist", true},
		{"SUMMARY:Dent|\tist", "SUMMARY", "dentist", true},
		{"SUMM| ARY:Dentist", "SUMMARY", "dentist", true},
		{"S| U| M| M| A| R| Y| :| D| e| ntist", "SUMMARY", "dentist", true},
		{"summary:Dentist", "SUMMARY", "dentist", true},
		{"SUMMARY;X=\":dentist\":Nobody", "SUMMARY", "dentist", false},
		{"SUMMARY;X=\"a:b\";LANGUAGE=de| :Dentist", "SUMMARY", "dentist", true},
		{"SUMMARY:a\\,b\\;c\\\\d\\ne\\Nf", "SUMMARY", "a,b;c\\d\ne\nf", true},
		{"SUMMARY:a\\| ,b", "SUMMARY", "a,b", true},
		{"SUMMARY:Caf\xc3| \xa9", "SUMMARY", "caf\xc3\xa9",
			true}, /* folded inside a character */
		{"X-SUMMARY:Dentist", "SUMMARY", "dentist", false},
		{"SUMMARYX:Dentist", "SUMMARY", "dentist", false},
		{"COMMENT:x| SUMMARY:Dentist", "SUMMARY", "dentist", false},
		{"SUMMARY:", "SUMMARY", "", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct cal_text_match match = {rows[i].text, CAL_ASCII_CASEMAP, false};
		struct cal_prop_filter prop = {.name = rows[i].name, .match = &match};
		struct cal_comp_filter inner = {.name = "VEVENT", .props = &prop, .n_props = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
		char *bytes = event(
			arena, arena_printf(arena, "DTSTART:20260105T090000Z|%s", rows[i].line));

		if (cal_match(&filter, NULL, bytes, strlen(bytes), NULL) != rows[i].want)
			fail_msg("%s: want %d", rows[i].line, rows[i].want);
		arena_free(arena);
	}
}

/* Without DTSTART and DUE nothing rings: not where a task was made or done (5545 3.8.6.3). */
static void alarms_of_tasks_without_times(void **state)
{
	static const char *const rows[] = {"CREATED:20260105T090000Z", "COMPLETED:20260105T090000Z",
		"CREATED:20260105T090000Z|COMPLETED:20260106T090000Z", "SUMMARY:x"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena,
			arena_printf(arena,
				TODO "%s|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VTODO", rows[i]));
		struct cal_range range = range_of("-", "+");
		struct cal_comp_filter alarm = {.name = "VALARM", .range = &range};
		struct cal_comp_filter inner = {.name = "VTODO", .comps = &alarm, .n_comps = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

		if (matches(arena, rows[i], &filter, bytes, NULL))
			fail_msg("%s rings", rows[i]);
		arena_free(arena);
	}
}

/* Days before an alarm rings, and between two rings, follow the clock on the wall (5545 3.3.6). */
static void alarms_over_a_change_of_clocks(void **state)
{
	static const struct {
		const char *alarm, *at;
	} rows[] = {
		/* 29 March: 10:00 is 08:00 UTC, the day before 09:00 */
		{"TRIGGER:-P1D", "20260328T090000"},
		{"TRIGGER:-PT24H", "20260328T080000"},
		{"TRIGGER;RELATED=END:-P1D", "20260328T100000"},
		{"TRIGGER:-P1DT1H", "20260328T080000"},
		{"TRIGGER:-P2D|REPEAT:1|DURATION:P1D", "20260328T090000"},
		{"TRIGGER:-P2D|REPEAT:2|DURATION:P1D", "20260329T080000"},
		{"TRIGGER:-P2D|REPEAT:2|DURATION:PT24H", "20260329T090000"},
		{"TRIGGER:-P1W|REPEAT:9|DURATION:P1D", "20260331T080000"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		struct arena *arena = arena_new();
		char *bytes = event(arena,
			arena_printf(arena,
				"DTSTART;TZID=Europe/Berlin:20260329T100000|DURATION:PT1H|BEGIN:VALARM|%s|END:VALARM",
				rows[i / 2].alarm));
		int64_t start = at(rows[i / 2].at) + (i % 2);
		struct cal_range range = {start, start + 1};
		struct cal_comp_filter alarm = {.name = "VALARM", .range = &range};
		struct cal_comp_filter inner = {.name = "VEVENT", .comps = &alarm, .n_comps = 1};
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &inner, .n_comps = 1};

		if (matches(arena, rows[i / 2].alarm, &filter, bytes, NULL) != (i % 2 == 0))
			fail_msg("%s at %s + %zu", rows[i / 2].alarm, rows[i / 2].at, i % 2);
		arena_free(arena);
	}
}

static void components(void **state)
{
	static const struct cal_range day = {1767571200, 1767657600},
				      next_week = {1768176000, 1768262400};
	static const struct cal_text_match moved_text = {"moved", CAL_OCTET, false};
	static const struct cal_prop_filter moved = {.name = "SUMMARY", .match = &moved_text},
					    version = {.name = "VERSION"};
	static const struct cal_comp_filter alarm = {.name = "VALARM"},
					    no_alarm = {.name = "VALARM", .is_not_defined = true};
	static const struct {
		const char *name;
		struct cal_comp_filter inner;
		bool want;
	} rows[] = {
		{"type", {.name = "VEVENT"}, true},
		{"type, any case", {.name = "vevent"}, true},
		{"another type", {.name = "VTODO"}, false},
		{"no other type", {.name = "VTODO", .is_not_defined = true}, true},
		{"not this type", {.name = "VEVENT", .is_not_defined = true}, false},
		{"a zone", {.name = "VTIMEZONE"}, false},
		{"no zone", {.name = "VTIMEZONE", .is_not_defined = true}, true},
		{"alarm", {.name = "VEVENT", .comps = &alarm, .n_comps = 1}, true},
		{"one without alarm", {.name = "VEVENT", .comps = &no_alarm, .n_comps = 1}, true},
		{"range", {.name = "VEVENT", .range = &day}, true},
		{"override's text", {.name = "VEVENT", .props = &moved, .n_props = 1}, true},
		{"override's text in its own range",
			{.name = "VEVENT", .range = &next_week, .props = &moved, .n_props = 1},
			true},
		{"override's text in the master's range",
			{.name = "VEVENT", .range = &day, .props = &moved, .n_props = 1}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = object(arena,
			"BEGIN:VEVENT|UID:u|DTSTART:20260105T090000Z|RRULE:FREQ=WEEKLY|"
			"BEGIN:VALARM|TRIGGER:PT0S|END:VALARM|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260112T090000Z|"
			"DTSTART:20260112T120000Z|SUMMARY:moved|END:VEVENT");
		struct cal_comp_filter filter = {
			.name = "VCALENDAR", .comps = &rows[i].inner, .n_comps = 1};

		if (matches(arena, rows[i].name, &filter, bytes, NULL) != rows[i].want)
			fail_msg("%s: want %d", rows[i].name, rows[i].want);
		arena_free(arena);
	}
	struct arena *arena = arena_new();
	char *bytes = event(arena, "DTSTART:20260105T090000Z");
	struct cal_comp_filter top = {.name = "VCALENDAR", .props = &version, .n_props = 1};
	assert_true(matches(arena, "property of the calendar", &top, bytes, NULL));
	top = (struct cal_comp_filter){.name = "VEVENT"};
	assert_false(matches(arena, "not a calendar", &top, bytes, NULL));
	top = (struct cal_comp_filter){.name = "VCALENDAR"};
	assert_true(matches(arena, "empty filter", &top, bytes, NULL));
	assert_false(cal_match(&top, NULL, "junk", 4, NULL));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_ranges),
		cmocka_unit_test(floating),
		cmocka_unit_test(alarms),
		cmocka_unit_test(properties),
		cmocka_unit_test(collations),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(folded),
		cmocka_unit_test(alarms_over_a_change_of_clocks),
		cmocka_unit_test(alarms_of_tasks_without_times),
		cmocka_unit_test(components),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
