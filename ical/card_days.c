/* SPDX-License-Identifier: ISC */
/*
 * The days of the year that a card tells of (6350 6.2.5, 6.2.6; 2426 3.1.5), and each as an event. Dates are read in all shapes
 * that versions 2.1, 3.0 and 4.0 have for them: what a card holds is seldom true to its VERSION. Where month or day are missing
 * (4.0: "1980-02", "---29") there is no day to show. A time of day is passed over: people are born on the day that their card
 * names, wherever it is read.
 */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "src/base/clock.h"
#include "src/base/text.h"

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAX_LABELLED 20  /* X-ABDATEs of one card that are looked at */
#define MAX_NAME 200     /* bytes of the name in an event */
#define MAX_OBJECT 16384 /* bytes of an event */
/* Years up to it are not meant: Apple writes 1604 where the year is not known, others 0000 or 0001. */
#define APPLE_NO_YEAR 1604
/* Where the event of an unknown year begins: a leap year, so that it has a 29 February, and not before 1970, which some
 * clients take for a fault. */
#define SOME_YEAR 1972

/* Properties that name a day, the better ones first. */
static const struct source {
	const char *name;
	enum card_day_kind kind;
	bool labelled; /* counts with this group's X-ABLABEL only */
} sources[] = {
	{"BDAY", CARD_BIRTHDAY, false},
	{"ANNIVERSARY", CARD_ANNIVERSARY, false},
	{"X-ANNIVERSARY", CARD_ANNIVERSARY, false},
	{"X-EVOLUTION-ANNIVERSARY", CARD_ANNIVERSARY, false},
	{"X-KADDRESSBOOK-X-ANNIVERSARY", CARD_ANNIVERSARY, false},
	{"X-ABDATE", CARD_ANNIVERSARY, true},
};

/* What people are called by, the better ones first; FN may be empty (2426 3.1.1 asks for no text). */
static const char *const names[] = {"FN", "NICKNAME", "ORG", "EMAIL"};

static const char *const labels[] = {"_$!<Anniversary>!$_", "Anniversary"};

bool card_is_day(struct cal_slice name)
{
	for (size_t i = 0; i < COUNT(sources); i++)
		if (cal_slice_is(name, sources[i].name))
			return true;
	return false;
}

/* --- a date --- */

/* Without blanks around it and the time behind it. */
static struct cal_slice date_of(struct cal_slice value)
{
	while (value.n && (*value.s == ' ' || *value.s == '\t'))
		value = (struct cal_slice){value.s + 1, value.n - 1};
	for (size_t i = 0; i < value.n; i++)
		if (strchr("Tt \t", value.s[i])) {
			value.n = i;
			break;
		}
	return value;
}

static bool read_day(const struct cal_line *line, struct card_day *day)
{
	struct cal_slice scale = cal_line_param(line, "CALSCALE"),
			 omitted = cal_line_param(line, "X-APPLE-OMIT-YEAR");
	struct card_date date;
	int year;

	if ((scale.n && !cal_slice_is(scale, "gregorian")) ||
		!card_date_parse(&date, date_of(line->value)) || date.month < 0 || date.day < 0)
		return false;
	if (date.year <= APPLE_NO_YEAR || date.year >= CAL_LAST_YEAR ||
		(cal_slice_number(omitted, &year) && year == date.year))
		date.year = 0;
	*day = (struct card_day){date.year, date.month, date.day};
	return true;
}

/* --- a card --- */

struct reading {
	struct cal_object object;
	const struct cal_comp *top;
	struct card_days *days;
	size_t ranks[CARD_DAY_KINDS], name_rank; /* of what was found so far */
	size_t labelled;
};

static bool is_anniversary(const struct cal_slice label)
{
	for (size_t i = 0; i < COUNT(labels); i++)
		if (cal_slice_is(label, labels[i]))
			return true;
	return false;
}

/* Apple's item groups: "item1.X-ABDATE:…" and "item1.X-ABLabel:_$!<Anniversary>!$_". */
static bool has_label(struct reading *r, const struct cal_line *line)
{
	const struct cal_line *label = r->labelled++ < MAX_LABELLED
		? card_beside(&r->object, r->top, line, "X-ABLABEL")
		: NULL;

	return label && is_anniversary(label->value);
}

static void take_day(struct reading *r, const struct cal_line *line)
{
	struct cal_slice group, name = card_name(line, &group);

	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct source *source = &sources[i];
		struct card_day day;
		if (!cal_slice_is(name, source->name) || i >= r->ranks[source->kind] ||
			!read_day(line, &day) || (source->labelled && !has_label(r, line)))
			continue;
		r->days->days[source->kind] = day;
		r->ranks[source->kind] = i;
	}
}

static void take_name(struct reading *r, const struct cal_line *line)
{
	struct cal_slice group, name = card_name(line, &group);

	for (size_t i = 0; i < r->name_rank; i++) {
		if (!cal_slice_is(name, names[i]))
			continue;
		const char *text = text_trim(
			r->object.arena, cal_text_unescape(r->object.arena, line->value));
		text = text_clean_line(r->object.arena, text, MAX_NAME);
		if (*text) {
			r->days->name = text;
			r->name_rank = i;
		}
		return;
	}
}

bool card_days(struct arena *arena, const char *bytes, size_t len, struct card_days *days)
{
	struct arena *scratch = arena_new();
	struct card_days found = {.name = ""};
	struct reading r = {.days = &found, .name_rank = COUNT(names)};
	const struct cal_line *line;
	struct facts_fault fault;
	bool some = false;

	for (size_t i = 0; i < CARD_DAY_KINDS; i++)
		r.ranks[i] = COUNT(sources);
	/* What is not taken for a card is not stored; what is, must come out as an event that is taken. */
	if (cal_check_bytes(bytes, len, &fault) &&
		cal_object_parse(&r.object, scratch, &cal_object_limits, bytes, len, &fault) &&
		r.object.n_comps && r.object.comps[0].kind == KIND_VCARD) {
		r.top = &r.object.comps[0];
		for (uint32_t at = r.top->begin; (line = cal_comp_next(&r.object, r.top, &at));) {
			take_day(&r, line);
			take_name(&r, line);
		}
	}
	for (size_t i = 0; i < CARD_DAY_KINDS; i++)
		some |= found.days[i].month != 0;
	found.name = arena_strdup(arena, found.name);
	arena_free(scratch);
	if (some)
		*days = found;
	return some;
}

/* --- an event --- */

/* Signs instead of words: a household speaks more than one language. */
static const struct {
	const char *sign, *category;
} kinds[] = {
	[CARD_BIRTHDAY] = {"🎂", "Birthday"},
	[CARD_ANNIVERSARY] = {"💍", "Anniversary"},
};

static void add_line(struct buf *out, const char *name, const char *value, bool text)
{
	struct buf line;

	buf_init(&line, MAX_OBJECT);
	buf_adds(&line, name);
	for (const char *p = value; *p; p++) {
		if (text && (*p == '\\' || *p == ';' || *p == ','))
			buf_addc(&line, '\\');
		buf_addc(&line, *p);
	}
	cal_fold_add(out, line.data, line.len);
	buf_free(&line);
}

static void add_summary(struct buf *out, const struct card_days *days, enum card_day_kind kind)
{
	int year = days->days[kind].year;
	char text[MAX_NAME + 32], tail[16] = "";

	if (year)
		snprintf(tail, sizeof(tail), " (%d)", year);
	snprintf(text, sizeof(text), "%s %s%s", kinds[kind].sign, *days->name ? days->name : "?",
		tail);
	add_line(out, "SUMMARY:", text, true);
}

/*
 * 29 February: the last day of February of each year, so that it is there every year: on the day itself in leap years, and on
 * the 28th, within the month of the birth, in all others. FREQ=YEARLY alone would show it every fourth year (5545 3.3.10).
 */
static void add_times(struct buf *out, const struct card_day *day)
{
	int year = day->year ? day->year : SOME_YEAR, month = day->month, date = day->day;
	bool leap = month == 2 && date == 29;

	buf_addf(out, "DTSTART;VALUE=DATE:%04d%02d%02d\r\n", year, month, date);
	clock_to_civil(clock_from_civil(year, month, date) + CAL_DAY, &year, &month, &date);
	buf_addf(out, "DTEND;VALUE=DATE:%04d%02d%02d\r\n", year, month, date);
	buf_addf(out, "RRULE:FREQ=YEARLY%s\r\n", leap ? ";BYMONTH=2;BYMONTHDAY=-1" : "");
}

void card_day_object(struct buf *out, const struct card_days *days, enum card_day_kind kind,
	const struct card_day_event *event)
{
	buf_adds(out,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//Birthdays//EN\r\n"
		"BEGIN:VEVENT\r\n");
	add_line(out, "UID:", event->uid, true);
	/* Never the time of day: the same card always gives the same bytes, and its other changes no other ones. */
	buf_adds(out, "DTSTAMP:19700101T000000Z\r\n");
	add_times(out, &days->days[kind]);
	add_summary(out, days, kind);
	add_line(out, "CATEGORIES:", kinds[kind].category, true);
	if (event->hidden)
		buf_adds(out, "CLASS:PRIVATE\r\n");
	buf_adds(out, "TRANSP:TRANSPARENT\r\n");
	add_line(out, "X-DAYBOOK-CARD;VALUE=URI:", event->link, false);
	buf_adds(out, "END:VEVENT\r\nEND:VCALENDAR\r\n");
}
