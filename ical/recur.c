/* SPDX-License-Identifier: ISC */
/*
 * Enumerates a recurrence rule (5545 3.3.10) on the wall clock, period by period. Every step is
 * counted, so that no rule, however hostile, holds a thread: after CAL_MAX_STEPS days or slots without
 * an instance `over` is set. Rules without COUNT leap straight to the time that is asked for.
 */
#include "ical/internal.h"
#include "src/base/clock.h"

#include <stdlib.h>
#include <string.h>

struct date {
	int64_t day; /* since 1970 */
	int year, month, month_day, month_length, year_day, year_length, week_day;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t day_of(int year, int month, int day)
{
	return clock_from_civil(year, month, day) / CAL_DAY;
}

static int week_day_of(int64_t day)
{
	return (int)(((day + 4) % 7 + 7) % 7);
}

/* The days of a year before a month; `month` 13 is its end. */
static int days_before(int year, int month)
{
	static const int table[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

	return table[month - 1] + (month > 2 && is_leap(year));
}

static struct date date_in(int64_t day, int year, int month, int month_day)
{
	int before = days_before(year, month);

	return (struct date){.day = day,
		.year = year,
		.month = month,
		.month_day = month_day,
		.month_length = days_before(year, month + 1) - before,
		.year_day = before + month_day,
		.year_length = 365 + is_leap(year),
		.week_day = week_day_of(day)};
}

/* Months are counted from January of year 0. */
static int month_of(int64_t month)
{
	return (int)(month - floor_div(month, 12) * 12) + 1;
}

static struct date month_start(int64_t month)
{
	int year = (int)floor_div(month, 12), m = month_of(month);

	return date_in(day_of(year, m, 1), year, m, 1);
}

static void next_day(struct date *date)
{
	date->day++;
	date->month_day++;
	date->year_day++;
	date->week_day = (date->week_day + 1) % 7;
}

static struct date date_of(int64_t day)
{
	int year, month, month_day;

	clock_to_civil(day * CAL_DAY, &year, &month, &month_day);
	return date_in(day, year, month, month_day);
}

static bool has(const struct cal_numbers *set, int number, int of)
{
	int back = of - number + 1;

	return (set->plus[number / 64] >> (number % 64) & 1) ||
		(set->minus[back / 64] >> (back % 64) & 1);
}

/* Weeks belong to the year that holds most of their days (5545 3.3.10, as ISO 8601). */
static bool week_matches(const struct cal_rule *rule, const struct date *date)
{
	int middle = date->year_day - (date->week_day - rule->wkst + 7) % 7 + 3;
	int length = date->year_length;

	if (middle < 1) {
		length = 365 + is_leap(date->year - 1);
		middle += length;
	} else if (middle > length) {
		middle -= length;
		length = 365 + is_leap(date->year + 1);
	}
	int number = (middle - 1) / 7 + 1;
	return has(&rule->weeks, number, number + (length - middle) / 7);
}

static bool week_day_matches(const struct cal_rule *rule, const struct date *date)
{
	if (rule->any_week_day >> date->week_day & 1)
		return true;
	if (!rule->has_nth || rule->week_days[date->week_day].n == 0)
		return false;
	bool in_month = rule->freq == FREQ_MONTHLY || rule->months;
	int day = in_month ? date->month_day : date->year_day;
	int length = in_month ? date->month_length : date->year_length;
	int number = (day - 1) / 7 + 1;
	return has(&rule->week_days[date->week_day], number, number + (length - day) / 7);
}

static bool month_matches(const struct cal_recur *r, int month)
{
	if (r->rule->months)
		return r->rule->months >> month & 1;
	return r->month < 0 || r->month == month;
}

static bool day_matches(const struct cal_recur *r, const struct date *date)
{
	const struct cal_rule *rule = r->rule;

	if (!month_matches(r, date->month))
		return false;
	if (rule->month_days.n && !has(&rule->month_days, date->month_day, date->month_length))
		return false;
	if (r->month_day >= 0 && r->month_day != date->month_day)
		return false;
	if (r->week_day >= 0 && r->week_day != date->week_day)
		return false;
	if (rule->year_days.n && !has(&rule->year_days, date->year_day, date->year_length))
		return false;
	if (rule->weeks.n && !week_matches(rule, date))
		return false;
	return !rule->has_week_days || week_day_matches(rule, date);
}

/* ---- periods ---- */

static void add_month(struct cal_recur *r, int64_t month)
{
	r->steps++;
	if (!month_matches(r, month_of(month)))
		return;
	struct date date = month_start(month);
	for (int i = 0; i < date.month_length; i++, next_day(&date))
		if (day_matches(r, &date))
			r->days[r->n_days++] = date.day;
	r->steps += date.month_length;
}

static bool day_number_matches(const struct cal_recur *r, int64_t day)
{
	const struct cal_rule *rule = r->rule;
	int week_day = week_day_of(day);

	if (!r->sift)
		return true;
	/* Most days of a week are out by what they are called. */
	if ((r->week_day >= 0 && r->week_day != week_day) ||
		(rule->has_week_days && !rule->has_nth && !(rule->any_week_day >> week_day & 1)))
		return false;
	struct date date = date_of(day);
	return day_matches(r, &date);
}

static void add_day(struct cal_recur *r, int64_t day)
{
	r->steps++;
	if (day_number_matches(r, day))
		r->days[r->n_days++] = day;
}

/* ---- SKIP (7529 4.1): what stands for a day that a month or year has not ---- */

/* The numbers from `from` on that the set names, in either direction. */
static bool names_over(const uint64_t bits[6], int from, int to)
{
	for (int n = from; n <= to; n++)
		if (bits[n / 64] >> (n % 64) & 1)
			return true;
	return false;
}

/* BYDAY comes after SKIP, as a limit. */
static void add_moved(struct cal_recur *r, int64_t day)
{
	struct date date = date_of(day);

	if (!r->rule->has_week_days || week_day_matches(r->rule, &date))
		r->days[r->n_days++] = day;
}

/* Days behind the end of a month (31 in April) or before its beginning (-31). */
static void add_skipped_of_month(struct cal_recur *r, int64_t month)
{
	const struct cal_rule *rule = r->rule;
	struct date first = month_start(month);
	bool forward = rule->skip == SKIP_FORWARD;
	int length = first.month_length;

	if (!month_matches(r, first.month) || rule->year_days.n || rule->weeks.n)
		return;
	if (r->month_day > length || names_over(rule->month_days.plus, length + 1, 31))
		add_moved(r, first.day + length - !forward);
	if (names_over(rule->month_days.minus, length + 1, 31))
		add_moved(r, first.day - !forward);
}

/* Day 366 of a year that has 365. BYMONTHDAY and BYMONTH limit it: it is in no month. */
static void add_skipped_of_year(struct cal_recur *r, int64_t year)
{
	const struct cal_rule *rule = r->rule;
	bool forward = rule->skip == SKIP_FORWARD;
	int64_t first = day_of((int)year, 1, 1);
	int length = 365 + is_leap((int)year);

	if (rule->freq != FREQ_YEARLY || rule->months || rule->month_days.n || rule->weeks.n)
		return;
	if (names_over(rule->year_days.plus, length + 1, 366))
		add_moved(r, first + length - !forward);
	if (names_over(rule->year_days.minus, length + 1, 366))
		add_moved(r, first - !forward);
}

static int compare_days(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A week that a year has not (BYWEEKNO=53) is left out: SKIP speaks of months and days only. */
static void add_skipped(struct cal_recur *r, int64_t first_month, int months)
{
	int had = r->n_days, kept = 0;

	for (int i = 0; i < months; i++)
		add_skipped_of_month(r, first_month + i);
	add_skipped_of_year(r, first_month / 12);
	r->steps += months;
	if (r->n_days == had)
		return;
	qsort(r->days, (size_t)r->n_days, sizeof(r->days[0]), compare_days);
	for (int i = 0; i < r->n_days; i++)
		if (i == 0 || r->days[i] != r->days[kept - 1])
			r->days[kept++] = r->days[i];
	r->n_days = kept;
}

static void load_days(struct cal_recur *r)
{
	int64_t at = r->next;

	r->n_days = 0;
	switch (r->rule->freq) {
	case FREQ_YEARLY:
		for (int i = 0; i < 12; i++)
			add_month(r, at * 12 + i);
		if (r->rule->skip)
			add_skipped(r, at * 12, 12);
		break;
	case FREQ_MONTHLY:
		add_month(r, at);
		if (r->rule->skip)
			add_skipped(r, at, 1);
		break;
	case FREQ_WEEKLY:
		for (int i = 0; i < 7; i++)
			add_day(r, at + i);
		break;
	default:
		add_day(r, at);
		break;
	}
}

/* Length of a period in the unit of `next`. */
static int64_t period(const struct cal_rule *rule)
{
	static const int units[] = {1, 60, 3600, 1, 7, 1, 1};

	return (int64_t)units[rule->freq] * rule->interval;
}

/* The first day of the period that begins with `next`. */
static int64_t period_day(const struct cal_recur *r, int64_t at)
{
	switch (r->rule->freq) {
	case FREQ_YEARLY:
		return day_of((int)at, 1, 1);
	case FREQ_MONTHLY:
		return day_of((int)floor_div(at, 12), month_of(at), 1);
	case FREQ_WEEKLY:
	case FREQ_DAILY:
		return at;
	default:
		return floor_div(at, CAL_DAY);
	}
}

/* The period that a local time falls in. */
static int64_t period_of(const struct cal_recur *r, int64_t local)
{
	int64_t day = floor_div(local, CAL_DAY);
	struct date date = date_of(day);

	switch (r->rule->freq) {
	case FREQ_YEARLY:
		return date.year;
	case FREQ_MONTHLY:
		return (int64_t)date.year * 12 + date.month - 1;
	case FREQ_WEEKLY:
		return day - (date.week_day - r->rule->wkst + 7) % 7;
	case FREQ_DAILY:
		return day;
	case FREQ_HOURLY:
		return floor_div(local, 3600) * 3600;
	case FREQ_MINUTELY:
		return floor_div(local, 60) * 60;
	default:
		return local;
	}
}

/* The first slot at or after `local`. */
static int64_t slot_from(const struct cal_recur *r, int64_t local)
{
	int64_t unit = period(r->rule);

	return r->first - floor_div(r->first - local, unit) * unit;
}

/* The next set bit after `from`, or -1. */
static int next_bit(uint64_t bits, int from)
{
	uint64_t rest = from >= 63 ? 0 : bits >> (from + 1);

	return rest ? from + 1 + __builtin_ctzll(rest) : -1;
}

/* Midnight of the next day that may match: the next, or the first of a month that is named. */
static int64_t leap_day(const struct cal_recur *r, const struct date *date)
{
	int64_t month = (int64_t)date->year * 12 + date->month - 1;

	if (month_matches(r, date->month))
		return (date->day + 1) * CAL_DAY;
	do
		month++;
	while (!month_matches(r, (int)(month % 12) + 1));
	return month_start(month).day * CAL_DAY;
}

/* The same for a unit of the clock: `unit` seconds inside `whole`. True when the slot's own value is fine. */
static bool leap_clock(uint64_t bits, int64_t *local, int64_t unit, int64_t whole)
{
	int64_t base = floor_div(*local, whole) * whole;
	int value = (int)((*local - base) / unit);

	if (!bits || (bits >> value & 1))
		return true;
	int next = next_bit(bits, value);
	*local = next < 0 ? base + whole : base + next * unit;
	return false;
}

/* Is the slot at `local` wanted? If not, *local is the earliest time that may be. */
static bool slot_matches(struct cal_recur *r, int64_t *local)
{
	const struct cal_rule *rule = r->rule;
	int64_t day = floor_div(*local, CAL_DAY);

	if (r->sift && day != r->good_day) {
		struct date date = date_of(day);

		if (!day_matches(r, &date)) {
			*local = leap_day(r, &date);
			return false;
		}
		r->good_day = day;
	}
	if (!leap_clock(rule->hours, local, 3600, CAL_DAY))
		return false;
	if (rule->freq <= FREQ_MINUTELY && !leap_clock(rule->minutes, local, 60, 3600))
		return false;
	return rule->freq != FREQ_SECONDLY || leap_clock(rule->seconds, local, 1, 60);
}

static void load_slot(struct cal_recur *r)
{
	int64_t local = r->next;
	int seconds = (int)(local - floor_div(local, CAL_DAY) * CAL_DAY);

	r->steps++;
	r->n_days = 0;
	if (!slot_matches(r, &local)) {
		r->next = slot_from(r, local) - period(r->rule); /* load() adds it again */
		return;
	}
	r->days[r->n_days++] = floor_div(local, CAL_DAY);
	r->hours[0] = (uint8_t)(seconds / 3600);
	if (r->rule->freq <= FREQ_MINUTELY)
		r->minutes[0] = (uint8_t)(seconds / 60 % 60);
	if (r->rule->freq == FREQ_SECONDLY)
		r->seconds[0] = (uint8_t)(seconds % 60);
}

static int compare_positions(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* BYSETPOS picks from the set of one period; twice the same is once. */
static void load_positions(struct cal_recur *r, int64_t size)
{
	const struct cal_numbers *set = &r->rule->positions;
	int n = 0, kept = 0;

	for (int i = 1; i <= 366 && i <= size; i++) {
		if (set->plus[i / 64] >> (i % 64) & 1)
			r->positions[n++] = i - 1;
		if (set->minus[i / 64] >> (i % 64) & 1)
			r->positions[n++] = size - i;
	}
	qsort(r->positions, (size_t)n, sizeof(r->positions[0]), compare_positions);
	for (int i = 0; i < n; i++)
		if (i == 0 || r->positions[i] != r->positions[kept - 1])
			r->positions[kept++] = r->positions[i];
	r->n_positions = kept;
}

/* The index of the first time of day not before `seconds`; behind the last when there is none. */
static int64_t time_index(const struct cal_recur *r, int64_t seconds)
{
	int64_t per_hour = (int64_t)r->n_minutes * r->n_seconds;
	int h = 0, m = 0, s = 0, hour = (int)(seconds / 3600), minute = (int)(seconds / 60 % 60);

	while (h < r->n_hours && r->hours[h] < hour)
		h++;
	if (h == r->n_hours || r->hours[h] > hour)
		return h * per_hour;
	while (m < r->n_minutes && r->minutes[m] < minute)
		m++;
	if (m == r->n_minutes || r->minutes[m] > minute)
		return h * per_hour + (int64_t)m * r->n_seconds;
	while (s < r->n_seconds && r->seconds[s] < seconds % 60)
		s++;
	return h * per_hour + (int64_t)m * r->n_seconds + s;
}

/* Where in the set the wanted times begin. */
static int64_t first_wanted(const struct cal_recur *r)
{
	int64_t day = floor_div(r->from, CAL_DAY);
	int64_t per_day = (int64_t)r->n_hours * r->n_minutes * r->n_seconds;
	int low = 0, high = r->n_days;

	while (low < high) {
		int middle = (low + high) / 2;

		if (r->days[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->n_days || r->days[low] > day)
		return low * per_day;
	return low * per_day + time_index(r, r->from - day * CAL_DAY);
}

/* Loads the set of the next period; false when there is none. */
static bool load(struct cal_recur *r)
{
	const struct cal_rule *rule = r->rule;
	/* SKIP=BACKWARD may give the day before a period. */
	int64_t day = period_day(r, r->next) - (rule->skip == SKIP_BACKWARD), size;

	if (day > day_of(CAL_LAST_YEAR, 12, 31) ||
		(rule->has_until && day * CAL_DAY > rule->until_local))
		return false;
	if (rule->freq >= FREQ_DAILY)
		load_days(r);
	else
		load_slot(r);
	r->next += period(rule);
	size = (int64_t)r->n_days * r->n_hours * r->n_minutes * r->n_seconds;
	r->n_positions = 0;
	if (rule->positions.n && size) {
		load_positions(r, size);
		r->at = 0;
		r->total = r->n_positions;
	} else {
		r->at = size ? first_wanted(r) : 0;
		r->total = size;
	}
	return true;
}

static int64_t element(const struct cal_recur *r, int64_t at)
{
	int64_t index = r->n_positions ? r->positions[at] : at;
	int64_t second = index % r->n_seconds, minute = index / r->n_seconds;
	int64_t hour = minute / r->n_minutes, day = hour / r->n_hours;

	return r->days[day] * CAL_DAY + r->hours[hour % r->n_hours] * 3600 +
		r->minutes[minute % r->n_minutes] * 60 + r->seconds[second];
}

/* A time of the set, in order: is it an instance? */
static bool accept(struct cal_recur *r, int64_t local)
{
	if (local < r->from || (r->any && local <= r->last))
		return false;
	if (local > r->rule->until_local) {
		r->ended = true;
		return false;
	}
	/* DTSTART counts as the first even where the rule does not name it (5545 3.8.5.3). */
	if (r->left >= 0) {
		if (!r->any && local != r->start)
			r->left--;
		if (r->left <= 0) {
			r->ended = true;
			return false;
		}
		r->left--;
	}
	r->any = true;
	r->last = local;
	return true;
}

bool cal_recur_next(struct cal_recur *r, int64_t *local)
{
	if (r->foreign) {
		r->ended = r->ended || !cal_rscale_next(r->foreign, local);
		return !r->ended;
	}
	r->steps = 0;
	while (!r->ended) {
		while (r->at < r->total && !r->ended) {
			int64_t candidate = element(r, r->at++);

			if (accept(r, candidate)) {
				*local = candidate;
				r->spent += r->steps + 1;
				return true;
			}
		}
		if (r->steps > CAL_MAX_STEPS)
			r->over = true;
		if (r->ended || r->over || !load(r))
			r->ended = true;
	}
	r->spent += r->steps;
	return false;
}

/* ---- beginning ---- */

static int spread(uint8_t *out, uint64_t bits, int otherwise)
{
	int n = 0;

	if (!bits)
		out[n++] = (uint8_t)otherwise;
	for (int i = -1; (i = next_bit(bits, i)) >= 0;)
		out[n++] = (uint8_t)i;
	return n;
}

static void set_clock(struct cal_recur *r, bool date)
{
	const struct cal_rule *rule = r->rule;
	int seconds = (int)(r->start - floor_div(r->start, CAL_DAY) * CAL_DAY);

	r->n_hours = spread(
		r->hours, date || rule->freq < FREQ_DAILY ? 0 : rule->hours, seconds / 3600);
	r->n_minutes = spread(r->minutes, date || rule->freq < FREQ_HOURLY ? 0 : rule->minutes,
		seconds / 60 % 60);
	r->n_seconds = spread(
		r->seconds, date || rule->freq < FREQ_MINUTELY ? 0 : rule->seconds, seconds % 60);
}

/* "Information not contained in the rule is taken from DTSTART" (5545 3.3.10). */
static void set_implied(struct cal_recur *r)
{
	const struct cal_rule *rule = r->rule;
	struct date date = date_of(floor_div(r->start, CAL_DAY));
	bool days = rule->month_days.n || rule->year_days.n || rule->has_week_days;

	r->month = r->month_day = r->week_day = -1;
	r->sift = days || rule->weeks.n || rule->months || rule->freq >= FREQ_WEEKLY;
	if (!days && rule->weeks.n && rule->freq == FREQ_YEARLY)
		r->week_day = date.week_day;
	if (days || rule->weeks.n)
		return;
	if (rule->freq == FREQ_YEARLY && !rule->months)
		r->month = date.month;
	if (rule->freq >= FREQ_MONTHLY)
		r->month_day = date.month_day;
	if (rule->freq == FREQ_WEEKLY)
		r->week_day = date.week_day;
}

void cal_recur_begin(struct cal_recur *r, const struct cal_rule *rule, const struct cal_when *start)
{
	memset(r, 0, sizeof(*r));
	r->rule = rule;
	r->start = r->from = start->local;
	r->left = rule->count ? rule->count : -1;
	r->good_day = INT64_MIN;
	if (rule->foreign) {
		r->foreign = cal_rscale_begin(rule, start);
		r->ended = !r->foreign;
		return;
	}
	/* FREQ=HOURLY and the like have no meaning for whole days. */
	r->ended = start->form == FORM_DATE && rule->freq < FREQ_DAILY;
	set_clock(r, start->form == FORM_DATE);
	set_implied(r);
	r->first = r->next = period_of(r, r->start);
}

void cal_recur_seek(struct cal_recur *r, int64_t local)
{
	if (r->left >= 0 || r->foreign || r->ended || local <= r->from)
		return;
	int64_t skip = floor_div(period_of(r, local) - r->first, period(r->rule));

	if (r->rule->skip) /* SKIP=FORWARD gives the first day of the next period */
		skip--;
	r->from = local;
	r->next = r->first + (skip > 0 ? skip : 0) * period(r->rule);
	r->at = r->total = 0;
}

void cal_recur_end(struct cal_recur *r)
{
	if (r->foreign)
		cal_rscale_end(r->foreign);
	r->foreign = NULL;
}
