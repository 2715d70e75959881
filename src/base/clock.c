/* SPDX-License-Identifier: ISC */
/*
 * The clocks, and the dates of HTTP (RFC 9110 5.6.7) and of RFC 3339, without the locale and
 * without struct tm. Dates outside the years 0 to 9999 are printed as the nearest one inside.
 */
#include "src/base/clock.h"

#include "src/base/text.h"

#include <string.h>
#include <time.h>

#define DAY 86400
#define YEAR_0000 (-62167219200) /* 0000-01-01T00:00:00Z */
#define YEAR_9999 253402300799   /* 9999-12-31T23:59:59Z */

static const char days[7][10] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct date {
	int year, month, day, hour, minute, second;
	int64_t offset; /* seconds east of UTC */
};

int64_t clock_now(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Both ways count in eras of 400 years that begin on 1 March, so that the leap day comes last. */
int64_t clock_from_civil(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_div(y, 400), of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * DAY;
}

void clock_to_civil(int64_t when, int *year, int *month, int *day)
{
	int64_t date = floor_div(when, DAY) + 719468;
	int64_t era = floor_div(date, 146097), rest = date - era * 146097;
	int64_t y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	int64_t of_year = rest - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

static int days_in(int year, int month)
{
	static const int table[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return table[month - 1] + (month == 2 && leap);
}

/* Checks the ranges; a leap second counts as the second after. */
static bool to_seconds(const struct date *d, int64_t *when)
{
	if (d->month < 1 || d->month > 12 || d->day < 1 || d->day > days_in(d->year, d->month))
		return false;
	if (d->hour > 23 || d->minute > 59 || d->second > 60)
		return false;
	*when = clock_from_civil(d->year, d->month, d->day) + d->hour * 3600 + d->minute * 60 +
		d->second - d->offset;
	return true;
}

static void from_seconds(int64_t when, struct date *d, int *weekday)
{
	when = when < YEAR_0000 ? YEAR_0000 : when > YEAR_9999 ? YEAR_9999 : when;
	int64_t day = floor_div(when, DAY);
	int rest = (int)(when - day * DAY);

	*d = (struct date){.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
	clock_to_civil(when, &d->year, &d->month, &d->day);
	*weekday = (int)((day % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
}

/* Writes `number` with `width` digits and gives the place behind them. */
static char *put(char *out, int number, int width)
{
	for (int i = width; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	return out + width;
}

/* Writes a date after a picture: Y O D h m s are numbers (O is the month), w and b names. */
static void draw(char *out, const char *picture, int64_t when)
{
	struct date d;
	int weekday;

	from_seconds(when, &d, &weekday);
	for (; *picture; picture++) {
		switch (*picture) {
		case 'Y':
			out = put(out, d.year, 4);
			break;
		case 'O':
			out = put(out, d.month, 2);
			break;
		case 'D':
			out = put(out, d.day, 2);
			break;
		case 'h':
			out = put(out, d.hour, 2);
			break;
		case 'm':
			out = put(out, d.minute, 2);
			break;
		case 's':
			out = put(out, d.second, 2);
			break;
		case 'w':
			out = mempcpy(out, days[weekday], 3);
			break;
		case 'b':
			out = mempcpy(out, months[d.month - 1], 3);
			break;
		default:
			*out++ = *picture;
		}
	}
	*out = '\0';
}

void clock_http(char out[30], int64_t when)
{
	draw(out, "w, D b Y h:m:s GMT", when);
}

void clock_iso(char out[21], int64_t when)
{
	draw(out, "Y-O-DTh:m:sZ", when);
}

/* Reads `width` digits; a blank in front stands for a zero where `blank` says so. */
static const char *get(const char *text, int width, bool blank, int *number)
{
	int n = 0;

	for (int i = 0; i < width; i++) {
		char c = blank && i == 0 && text[i] == ' ' ? '0' : text[i];
		if (c < '0' || c > '9')
			return NULL;
		n = n * 10 + c - '0';
	}
	*number = n;
	return text + width;
}

static const char *get_month(const char *text, int *month)
{
	for (int i = 0; i < 12; i++) {
		if (text_starts(text, months[i])) {
			*month = i + 1;
			return text + 3;
		}
	}
	return NULL;
}

/* The name of a day, its first `len` letters or (0) whole; which day it was does not matter. */
static const char *get_weekday(const char *text, size_t len)
{
	for (int i = 0; i < 7; i++) {
		size_t want = len ? len : strlen(days[i]);
		if (strncmp(text, days[i], want) == 0)
			return text + want;
	}
	return NULL;
}

/* RFC 9110 5.6.7: a year of two digits more than 50 years ahead is one of the past. */
static int full_year(int two)
{
	int year, month, day;

	clock_to_civil(clock_now(), &year, &month, &day);
	int full = year / 100 * 100 + two;
	return full > year + 50 ? full - 100 : full;
}

static const char *get_field(const char *text, char field, struct date *d)
{
	int two;

	switch (field) {
	case 'Y':
		return get(text, 4, false, &d->year);
	case 'y':
		text = get(text, 2, false, &two);
		if (text)
			d->year = full_year(two);
		return text;
	case 'O':
		return get(text, 2, false, &d->month);
	case 'b':
		return get_month(text, &d->month);
	case 'D':
		return get(text, 2, false, &d->day);
	case 'd':
		return get(text, 2, true, &d->day);
	case 'h':
		return get(text, 2, false, &d->hour);
	case 'm':
		return get(text, 2, false, &d->minute);
	case 's':
		return get(text, 2, false, &d->second);
	case 'w':
		return get_weekday(text, 3);
	case 'W':
		return get_weekday(text, 0);
	default:
		return *text == field ? text + 1 : NULL;
	}
}

/* Reads a date after a picture (see get_field); gives the place behind it, or NULL. */
static const char *scan(const char *text, const char *picture, struct date *d)
{
	for (; text && *picture; picture++)
		text = get_field(text, *picture, d);
	return text;
}

bool clock_http_parse(const char *text, int64_t *when)
{
	static const char *const forms[] = {
		"w, D b Y h:m:s GMT", /* IMF-fixdate */
		"W, D-b-y h:m:s GMT", /* RFC 850 */
		"w b d h:m:s Y",      /* asctime */
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct date d = {0};
		const char *end = scan(text, forms[i], &d);
		if (end && *end == '\0')
			return to_seconds(&d, when);
	}
	return false;
}

/* "Z" or "+hh:mm"; the end of the text comes right behind. */
static bool get_offset(const char *text, int64_t *offset)
{
	struct date d = {0};
	int64_t sign = *text == '-' ? -1 : 1;

	if ((*text == 'Z' || *text == 'z') && text[1] == '\0')
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text = scan(text + 1, "h:m", &d);
	if (!text || *text || d.hour > 23 || d.minute > 59)
		return false;
	*offset = sign * (d.hour * 3600 + d.minute * 60);
	return true;
}

bool clock_iso_parse(const char *text, int64_t *when)
{
	struct date d = {0};

	text = scan(text, "Y-O-D", &d);
	if (!text)
		return false;
	if (*text == '\0')
		return to_seconds(&d, when);
	if (*text != 'T' && *text != 't')
		return false;
	text = scan(text + 1, "h:m:s", &d);
	if (text && *text == '.') {
		size_t digits = strspn(text + 1, "0123456789");
		text = digits ? text + 1 + digits : NULL;
	}
	return text && get_offset(text, &d.offset) && to_seconds(&d, when);
}
