/* SPDX-License-Identifier: ISC */
/*
 * Rules in other calendars than the Gregorian (7529): libical enumerates them, with ICU's help. It can
 * not be interrupted, so rule.c lets only FREQ=MONTHLY and YEARLY come here, and the number of
 * instances is bounded by what one costs; it gives up by itself a few centuries after DTSTART.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_YEAR 1800 /* beyond these years ICU needs seconds for one instance */
#define LAST_YEAR 2500
#define MAX_RULE_TEXT 1000 /* octets */

/* Calendars by their names in CLDR (7529 5), and how many instances of a rule are given: some 50 ms
 * of ICU's time. Those of `max` 0 have the months and days of the Gregorian one. */
static const struct scale {
	const char *name;
	int max;
} scales[] = {
	{"GREGORIAN", 0},
	{"BUDDHIST", 0},
	{"CHINESE", 120},
	{"COPTIC", 1000},
	{"DANGI", 120},
	{"ETHIOPIC", 1000},
	{"ETHIOPIC-AMETE-ALEM", 1000},
	{"HEBREW", 1000},
	{"INDIAN", 1000},
	{"ISLAMIC", 1000},
	{"ISLAMIC-CIVIL", 1000},
	{"ISLAMIC-RGSA", 1000},
	{"ISLAMIC-TBLA", 1000},
	{"ISLAMIC-UMALQURA", 500},
	{"ISO8601", 0},
	{"JAPANESE", 0},
	{"PERSIAN", 1000},
	{"ROC", 0},
};
#define N_SCALES (sizeof(scales) / sizeof(scales[0]))

static const struct scale *scale_of(struct cal_slice name)
{
	for (size_t i = 0; i < N_SCALES; i++)
		if (cal_slice_is(name, scales[i].name))
			return &scales[i];
	return NULL;
}

const char *cal_scale_name(size_t index)
{
	return index < N_SCALES ? scales[index].name : NULL;
}

enum cal_scale cal_scale_of(struct cal_slice name)
{
	const struct scale *scale = scale_of(name);

	if (!scale)
		return SCALE_UNKNOWN;
	return scale->max ? SCALE_FOREIGN : SCALE_GREGORIAN;
}

struct foreign {
	icalrecur_iterator *iterator;
	char *scale; /* the iterator borrows it */
	int left;
	int64_t until;
};

void cal_rscale_init(void)
{
	icalerror_set_errors_are_fatal(false);
}

static struct icaltimetype to_ical(const struct cal_when *when)
{
	struct icaltimetype out = icaltime_null_time();
	int64_t day = when->local / CAL_DAY - (when->local % CAL_DAY < 0);
	int seconds = (int)(when->local - day * CAL_DAY);

	clock_to_civil(when->local, &out.year, &out.month, &out.day);
	out.is_date = when->form == FORM_DATE;
	out.hour = seconds / 3600;
	out.minute = seconds / 60 % 60;
	out.second = seconds % 60;
	return out;
}

void *cal_rscale_begin(const struct cal_rule *rule, const struct cal_when *start)
{
	char text[MAX_RULE_TEXT + 1];
	struct icaltimetype first = to_ical(start);

	if (rule->text.n > MAX_RULE_TEXT || first.year < FIRST_YEAR || first.year > LAST_YEAR)
		return NULL;
	memcpy(text, rule->text.s, rule->text.n);
	text[rule->text.n] = '\0';
	struct icalrecurrencetype recurrence = icalrecurrencetype_from_string(text);
	recurrence.until = icaltime_null_time(); /* ours is on the right clock */
	icalrecur_iterator *iterator = recurrence.freq == ICAL_NO_RECURRENCE
		? NULL
		: icalrecur_iterator_new(recurrence, first);
	if (!iterator) {
		free(recurrence.rscale);
		return NULL;
	}
	struct foreign *foreign = calloc(1, sizeof(*foreign));
	if (!foreign)
		abort();
	const struct scale *scale = scale_of(rule->scale);
	*foreign = (struct foreign){
		iterator, recurrence.rscale, scale ? scale->max : 0, rule->until_local};
	return foreign;
}

bool cal_rscale_next(void *handle, int64_t *local)
{
	struct foreign *foreign = handle;

	if (foreign->left-- <= 0)
		return false;
	struct icaltimetype next = icalrecur_iterator_next(foreign->iterator);
	if (icaltime_is_null_time(next))
		return false;
	int64_t at = clock_from_civil(next.year, next.month, next.day);
	if (!next.is_date)
		at += next.hour * 3600 + next.minute * 60 + next.second;
	if (at > foreign->until)
		return false;
	*local = at;
	return true;
}

void cal_rscale_end(void *handle)
{
	struct foreign *foreign = handle;

	icalrecur_iterator_free(foreign->iterator);
	free(foreign->scale);
	free(foreign);
}
