/* SPDX-License-Identifier: ISC */
/*
 * Rules in other calendars than the Gregorian (7529): libical enumerates them, with ICU's help. It can
 * not be interrupted, so rule.c lets only FREQ=MONTHLY and YEARLY come here, and the number of
 * instances is bounded by what one costs; it gives up by itself a few centuries after DTSTART. What a
 * rule gave is remembered.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <libical/ical.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_YEAR 1800 /* beyond these years ICU needs seconds for one instance */
#define LAST_YEAR 2500
#define MAX_RULE_TEXT 250 /* octets, without UNTIL */
#define REMEMBERED 128    /* rules whose dates are remembered, 1 MB at most */

/* Calendars by their names in CLDR (7529 5), and how many instances of a rule are given: some 50 ms
 * of ICU's time. Those of `max` 0 have the months and days of the Gregorian one. */
static const struct scale {
	const char *name;
	int max;
} scales[] = {
	{"GREGORIAN", 0},
	{"BUDDHIST", 0},
	{"CHINESE", 100},
	{"COPTIC", 1000},
	{"DANGI", 100},
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

/* What a rule gives from a start on, until it ends or `max` is reached: remembered, so that ICU is asked once. */
struct dates {
	char text[MAX_RULE_TEXT + 1];
	struct cal_when start;
	int64_t *at;
	size_t n;
};

struct foreign {
	icalrecur_iterator *iterator; /* NULL: all dates are there */
	char *scale;                  /* the iterator borrows it */
	struct dates dates;
	size_t next, max;
	int64_t until;
	bool whole;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dates memory[REMEMBERED];

static struct dates *slot_of(const struct dates *dates)
{
	uint64_t hash = cal_hash((uint64_t)dates->start.local, dates->text, strlen(dates->text));

	return &memory[hash % REMEMBERED];
}

static bool recall(struct foreign *foreign)
{
	struct dates *dates = &foreign->dates, *slot = slot_of(dates);

	pthread_mutex_lock(&lock);
	bool found = slot->at && strcmp(slot->text, dates->text) == 0 &&
		slot->start.local == dates->start.local && slot->start.form == dates->start.form;
	if (found) {
		memcpy(dates->at, slot->at, slot->n * sizeof(*slot->at));
		dates->n = slot->n;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

/* Takes the dates over. */
static void keep(struct dates *dates)
{
	struct dates *slot = slot_of(dates);

	pthread_mutex_lock(&lock);
	int64_t *old = slot->at;
	*slot = *dates;
	pthread_mutex_unlock(&lock);
	free(old);
}

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

/* The rule without what libical does not know or what is ours: X- parts, and UNTIL, which is on the clock of DTSTART
 * here. False when it is too long. */
static bool write_rule(char out[MAX_RULE_TEXT + 1], struct cal_slice rest)
{
	struct cal_slice one;
	size_t n = 0;

	while (cal_slice_cut(&rest, ';', &one)) {
		if (!one.n || cal_slice_starts(one, "X-") || cal_slice_starts(one, "UNTIL="))
			continue;
		if (n + one.n + 1 > MAX_RULE_TEXT)
			return false;
		if (n)
			out[n++] = ';';
		memcpy(out + n, one.s, one.n);
		n += one.n;
	}
	out[n] = '\0';
	return true;
}

static bool ask_libical(struct foreign *foreign)
{
	struct icalrecurrencetype rule = icalrecurrencetype_from_string(foreign->dates.text);

	rule.until = icaltime_null_time();
	if (rule.freq != ICAL_NO_RECURRENCE)
		foreign->iterator = icalrecur_iterator_new(rule, to_ical(&foreign->dates.start));
	foreign->scale = rule.rscale;
	return foreign->iterator;
}

void *cal_rscale_begin(const struct cal_rule *rule, const struct cal_when *start)
{
	const struct scale *scale = scale_of(rule->scale);
	int year = to_ical(start).year;
	struct foreign *foreign = calloc(1, sizeof(*foreign));

	if (!foreign)
		abort();
	foreign->max = scale ? (size_t)scale->max : 0;
	foreign->until = rule->until_local;
	foreign->dates.start = (struct cal_when){start->local, start->form, NULL};
	foreign->dates.at = calloc(foreign->max + 1, sizeof(int64_t));
	if (!foreign->dates.at)
		abort();
	if (year >= FIRST_YEAR && year <= LAST_YEAR &&
		write_rule(foreign->dates.text, rule->text) &&
		(recall(foreign) || ask_libical(foreign)))
		return foreign;
	cal_rscale_end(foreign);
	return NULL;
}

/* One more date from libical; false when there are no more. */
static bool fetch(struct foreign *foreign)
{
	struct dates *dates = &foreign->dates;

	if (!foreign->iterator || foreign->whole)
		return false;
	struct icaltimetype next = icalrecur_iterator_next(foreign->iterator);
	foreign->whole = icaltime_is_null_time(next);
	if (foreign->whole)
		return false;
	int64_t at = clock_from_civil(next.year, next.month, next.day);
	if (!next.is_date)
		at += next.hour * 3600 + next.minute * 60 + next.second;
	dates->at[dates->n++] = at;
	foreign->whole = dates->n == foreign->max;
	return true;
}

bool cal_rscale_next(void *handle, int64_t *local)
{
	struct foreign *foreign = handle;

	if (foreign->next == foreign->dates.n && !fetch(foreign))
		return false;
	int64_t at = foreign->dates.at[foreign->next++];
	if (at > foreign->until)
		return false;
	*local = at;
	return true;
}

void cal_rscale_end(void *handle)
{
	struct foreign *foreign = handle;

	if (foreign->iterator)
		icalrecur_iterator_free(foreign->iterator);
	if (foreign->whole)
		keep(&foreign->dates);
	else
		free(foreign->dates.at);
	free(foreign->scale);
	free(foreign);
}
