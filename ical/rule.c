/* SPDX-License-Identifier: ISC */
/*
 * Recurrence rules as text (5545 3.3.10, 7529): syntax and bounds. What is merely useless (BYWEEKNO in a
 * MONTHLY rule, a number before a weekday of a WEEKLY one) is read as a limit or ignored, since clients send
 * it; what can not be enumerated in bounded steps is found by trying, since our steps are counted.
 */
#include "ical/internal.h"

#include <string.h>

static const char *const freqs[] = {
	"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
static const char *const week_days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

static int index_of(struct cal_slice value, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (cal_slice_is(value, names[i]))
			return i;
	return -1;
}

/* A positive number of any length; what is over nine digits is as good as 999999999. */
static bool positive(struct cal_slice value, int *number)
{
	int out;

	if (value.n > 9 && value.n <= 20 &&
		cal_slice_number((struct cal_slice){value.s, 9}, &out)) {
		*number = 999999999;
		return true;
	}
	if (!cal_slice_number(value, &out) || out == 0)
		return false;
	*number = out;
	return true;
}

static void numbers_add(struct cal_numbers *set, int number)
{
	unsigned n = (unsigned)(number < 0 ? -number : number);

	(number < 0 ? set->minus : set->plus)[n / 64] |= UINT64_C(1) << (n % 64);
	set->n++;
}

/* [+-]N with 1 <= N <= max, at most 383. */
static bool signed_number(struct cal_slice value, int max, int *number)
{
	bool minus = value.n && value.s[0] == '-';
	int n;

	if (value.n && (minus || value.s[0] == '+')) {
		value.s++;
		value.n--;
	}
	if (!cal_slice_number(value, &n) || n < 1 || n > max)
		return false;
	*number = minus ? -n : n;
	return true;
}

static bool parse_numbers(struct cal_numbers *set, struct cal_slice list, int max)
{
	struct cal_slice one;
	int number;

	while (cal_slice_cut(&list, ',', &one)) {
		if (!signed_number(one, max, &number))
			return false;
		numbers_add(set, number);
	}
	return true;
}

static bool parse_bits(uint64_t *bits, struct cal_slice list, int min, int max)
{
	struct cal_slice one;
	int number;

	while (cal_slice_cut(&list, ',', &one)) {
		if (!cal_slice_number(one, &number) || number < min || number > max)
			return false;
		*bits |= UINT64_C(1) << number;
	}
	return true;
}

static bool parse_week_days(struct cal_rule *rule, struct cal_slice list)
{
	struct cal_slice one;
	int number;

	while (cal_slice_cut(&list, ',', &one)) {
		if (one.n < 2)
			return false;
		int day = index_of((struct cal_slice){one.s + one.n - 2, 2}, week_days, 7);
		if (day < 0)
			return false;
		rule->has_week_days = true;
		if (one.n == 2) {
			rule->any_week_day |= 1u << day;
			continue;
		}
		if (!signed_number((struct cal_slice){one.s, one.n - 2}, 53, &number))
			return false;
		numbers_add(&rule->week_days[day], number);
		rule->has_nth = true;
	}
	return true;
}

/* ---- the parts, a row each ---- */

static bool part_freq(struct cal_rule *rule, struct cal_slice value)
{
	int freq = index_of(value, freqs, 7);

	rule->freq = (enum cal_freq)freq;
	return freq >= 0;
}

static bool part_interval(struct cal_rule *rule, struct cal_slice value)
{
	return positive(value, &rule->interval);
}

static bool part_count(struct cal_rule *rule, struct cal_slice value)
{
	return positive(value, &rule->count);
}

static bool part_until(struct cal_rule *rule, struct cal_slice value)
{
	rule->has_until = true;
	return cal_when_parse(&rule->until, NULL, NULL, value);
}

static bool part_wkst(struct cal_rule *rule, struct cal_slice value)
{
	rule->wkst = index_of(value, week_days, 7);
	return rule->wkst >= 0;
}

static bool part_second(struct cal_rule *rule, struct cal_slice value)
{
	if (!parse_bits(&rule->seconds, value, 0, 60))
		return false;
	if (rule->seconds >> 60 & 1) /* a leap second is the second before */
		rule->seconds |= UINT64_C(1) << 59;
	rule->seconds &= (UINT64_C(1) << 60) - 1;
	return true;
}

static bool part_minute(struct cal_rule *rule, struct cal_slice value)
{
	return parse_bits(&rule->minutes, value, 0, 59);
}

static bool part_hour(struct cal_rule *rule, struct cal_slice value)
{
	return parse_bits(&rule->hours, value, 0, 23);
}

/* Months of other calendars may be 13 or "5L", a leap month (7529 4.2). */
static bool part_month(struct cal_rule *rule, struct cal_slice value)
{
	struct cal_slice one;
	int number;

	if (!rule->foreign)
		return parse_bits(&rule->months, value, 1, 12);
	while (cal_slice_cut(&value, ',', &one)) {
		bool leap = one.n && one.s[one.n - 1] == 'L';

		one.n -= leap;
		if (!cal_slice_number(one, &number) || number < 1 || number > 13)
			return false;
		*(leap ? &rule->leap_months : &rule->months) |= UINT64_C(1) << number;
	}
	return true;
}

static bool part_month_day(struct cal_rule *rule, struct cal_slice value)
{
	return parse_numbers(&rule->month_days, value, 31);
}

static bool part_year_day(struct cal_rule *rule, struct cal_slice value)
{
	return parse_numbers(&rule->year_days, value, rule->foreign ? 383 : 366);
}

static bool part_week(struct cal_rule *rule, struct cal_slice value)
{
	return parse_numbers(&rule->weeks, value, rule->foreign ? 55 : 53);
}

static bool part_position(struct cal_rule *rule, struct cal_slice value)
{
	return parse_numbers(&rule->positions, value, 366);
}

/* GREGORIAN, or a calendar that libical knows, or one to be refused by name (7529 10). */
static bool part_rscale(struct cal_rule *rule, struct cal_slice value)
{
	rule->scale = value;
	rule->foreign = cal_scale_of(value) == SCALE_FOREIGN;
	rule->unsupported = cal_scale_of(value) == SCALE_UNKNOWN;
	return value.n > 0;
}

static bool part_skip(struct cal_rule *rule, struct cal_slice value)
{
	static const char *const skips[] = {"OMIT", "BACKWARD", "FORWARD"};
	int skip = index_of(value, skips, 3);

	rule->skip = skip > 0 ? (enum cal_skip)skip : SKIP_OMIT;
	return skip >= 0 && rule->scale.n; /* 7529 4: MUST NOT be there without RSCALE */
}

static const struct part {
	const char *name;
	bool (*parse)(struct cal_rule *rule, struct cal_slice value);
} parts[] = {
	{"FREQ", part_freq},
	{"INTERVAL", part_interval},
	{"COUNT", part_count},
	{"UNTIL", part_until},
	{"WKST", part_wkst},
	{"BYSECOND", part_second},
	{"BYMINUTE", part_minute},
	{"BYHOUR", part_hour},
	{"BYDAY", parse_week_days},
	{"BYMONTHDAY", part_month_day},
	{"BYYEARDAY", part_year_day},
	{"BYWEEKNO", part_week},
	{"BYMONTH", part_month},
	{"BYSETPOS", part_position},
	{"RSCALE", part_rscale},
	{"SKIP", part_skip},
};

static bool parse_part(
	struct cal_rule *rule, unsigned *seen, struct cal_slice name, struct cal_slice value)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (cal_slice_is(name, parts[i].name)) {
			rule->twice |= *seen >> i & 1;
			*seen |= 1u << i;
			return parts[i].parse(rule, value);
		}
	return cal_slice_starts(name, "X-");
}

/* Calendar scale first: it decides what months there are. */
static void find_scale(struct cal_rule *rule, struct cal_slice list)
{
	struct cal_slice one, name;

	while (cal_slice_cut(&list, ';', &one))
		if (cal_slice_cut(&one, '=', &name) && one.s && cal_slice_is(name, "RSCALE"))
			part_rscale(rule, one);
}

static bool has_number_over(const struct cal_numbers *set, int max)
{
	for (int i = max + 1; i <= 31; i++)
		if ((set->plus[0] | set->minus[0]) >> i & 1)
			return true;
	return false;
}

/*
 * libical looks for the next instance of such a rule for up to a minute when there is none, so only those
 * pass that are sure to have one soon: birthdays and feasts by month and day of month (7529 4.3).
 */
static const char *check_foreign(struct cal_rule *rule)
{
	bool lunar = cal_slice_is(rule->scale, "CHINESE") || cal_slice_is(rule->scale, "DANGI");
	bool days = rule->month_days.n || rule->year_days.n;
	uint64_t real_leaps = lunar ? 0x7FC : cal_slice_is(rule->scale, "HEBREW") ? 0x20 : 0;

	/* Days and weeks are the same in all calendars. */
	if (rule->freq < FREQ_MONTHLY && !days && !rule->months && !rule->leap_months &&
		!rule->weeks.n) {
		rule->foreign = false;
		return NULL;
	}
	if (rule->freq < FREQ_MONTHLY || rule->year_days.n || rule->weeks.n ||
		rule->has_week_days || rule->positions.n || rule->hours || rule->minutes ||
		rule->seconds)
		return "a rule in another calendar may have BYMONTH and BYMONTHDAY only";
	if (rule->leap_months & ~real_leaps)
		return "the calendar of RSCALE has no such leap month";
	if ((rule->leap_months || rule->freq == FREQ_MONTHLY) && rule->interval > 1 &&
		(rule->leap_months || rule->months))
		return "INTERVAL does not go with BYMONTH in a rule in another calendar";
	if (rule->interval > 12 || (lunar && has_number_over(&rule->month_days, 29)))
		return "INTERVAL or BYMONTHDAY is too large in a rule in another calendar";
	return NULL;
}

/* A number before a weekday means something in months and years only (5545 3.3.10). */
static void drop_nth(struct cal_rule *rule)
{
	for (int day = 0; day < 7; day++)
		if (rule->week_days[day].n)
			rule->any_week_day |= 1u << day;
	memset(rule->week_days, 0, sizeof(rule->week_days));
	rule->vain_nth = rule->has_nth;
	rule->has_nth = false;
}

const char *cal_rule_parse(struct cal_rule *rule, struct cal_slice value)
{
	struct cal_slice rest = value, one, name;
	bool has_freq = false;
	unsigned seen = 0;

	*rule = (struct cal_rule){.interval = 1, .wkst = 1, .text = value};
	find_scale(rule, value);
	if (rule->unsupported)
		return "the calendar of RSCALE is not known";
	while (cal_slice_cut(&rest, ';', &one)) {
		if (one.n == 0)
			continue;
		if (!cal_slice_cut(&one, '=', &name) || !one.s ||
			!parse_part(rule, &seen, name, one))
			return "a part of the recurrence rule is not valid";
		has_freq |= cal_slice_is(name, "FREQ");
	}
	if (!has_freq)
		return "the recurrence rule has no FREQ";
	if (rule->count > CAL_MAX_COUNT)
		rule->count = 0;
	if (rule->freq < FREQ_MONTHLY)
		drop_nth(rule);
	return rule->foreign ? check_foreign(rule) : NULL;
}

/* 5545 3.3.10: what MUST NOT stand together. A time of day beside a DATE is to be ignored, and is. */
const char *cal_rule_odds(const struct cal_rule *r)
{
	const struct {
		bool broken;
		const char *why;
	} rows[] = {
		{r->twice, "a part of the rule stands there twice"},
		{r->count && r->has_until, "COUNT and UNTIL do not go together"},
		{r->weeks.n && r->freq != FREQ_YEARLY, "BYWEEKNO goes with FREQ=YEARLY only"},
		{r->year_days.n &&
				(r->freq == FREQ_DAILY || r->freq == FREQ_WEEKLY ||
					r->freq == FREQ_MONTHLY),
			"BYYEARDAY does not go with this FREQ"},
		{r->month_days.n && r->freq == FREQ_WEEKLY,
			"BYMONTHDAY does not go with FREQ=WEEKLY"},
		{r->vain_nth || (r->has_nth && r->weeks.n),
			"a number before a weekday goes with months, and with years without BYWEEKNO"},
		{r->positions.n && !r->seconds && !r->minutes && !r->hours && !r->months &&
				!r->leap_months && !r->month_days.n && !r->year_days.n &&
				!r->weeks.n && !r->has_week_days,
			"BYSETPOS goes with another part BY... only"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].broken)
			return rows[i].why;
	return NULL;
}

void cal_rule_bind(struct cal_rule *rule, const struct cal_when *start)
{
	rule->until_local = FACTS_FOREVER;
	if (!rule->has_until)
		return;
	rule->until_local = cal_when_on_clock(&rule->until, start);
	if (rule->until.form == FORM_DATE)
		rule->until_local += CAL_DAY - 1;
}

bool cal_rule_is_bounded(const struct cal_rule *rule, const struct cal_when *start)
{
	struct cal_recur recur;
	int64_t local;
	bool over;
	int n = 0;

	cal_recur_begin(&recur, rule, start);
	/* DTSTART may be the first; the way to the next but one shows what each further step costs. */
	while (n < 3 && cal_recur_next(&recur, &local))
		n++;
	over = recur.over || (rule->foreign && n == 0 && !rule->has_until);
	cal_recur_end(&recur);
	return !over;
}
