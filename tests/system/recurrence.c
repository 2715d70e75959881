/* SPDX-License-Identifier: ISC */
/*
 * For test_recurrence.py, test_expand.py and test_zones.py, which know no C:
 *
 *   rules    reads lines "START COUNT RULE", prints the first COUNT starts of each rule on a line;
 *   expand   reads "FROM TO ZONE LENGTH" and LENGTH octets of an object, prints the length of the answer and the answer
 *            of CALDAV:expand ("-" is no zone, the length -1 is none);
 *   match    the same, prints yes or no: does a VEVENT overlap the range?
 *   zones    reads names, prints each zone's changes of offset until 2038 as "INSTANT OFFSET" on a line.
 */
#include "ical/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cal_slice slice(const char *text)
{
	return (struct cal_slice){text, strlen(text)};
}

static void enumerate(const char *start, int count, const char *text)
{
	struct cal_when when;
	struct cal_rule rule;
	struct cal_recur recur;
	char out[32];

	if (!cal_when_parse(&when, NULL, NULL, slice(start)) ||
		cal_rule_parse(&rule, slice(text))) {
		puts("refused");
		return;
	}
	cal_rule_bind(&rule, &when);
	cal_recur_begin(&recur, &rule, &when);
	for (int i = 0; i < count && cal_recur_next(&recur, &when.local); i++) {
		cal_when_format(out, &when);
		printf("%s ", out);
	}
	puts(recur.over ? "over" : "");
	cal_recur_end(&recur);
}

static int64_t instant(const char *text)
{
	struct cal_when when;

	return cal_when_parse(&when, NULL, NULL, slice(text)) ? when.local : 0;
}

static void answer(const struct cal_range *range, const struct cal_zone *zone, const char *bytes,
	size_t len, bool match)
{
	struct cal_data_request request = {.expand = range, .zone = zone};
	struct cal_comp_filter inner = {.name = "VEVENT", .range = range};
	struct cal_comp_filter top = {.name = "VCALENDAR", .comps = &inner, .n_comps = 1};
	struct buf out;

	if (match) {
		puts(cal_match(&top, NULL, bytes, len, zone) ? "yes" : "no");
		return;
	}
	buf_init(&out, 1 << 24);
	if (cal_render(&out, &request, bytes, len))
		printf("%zu\n%s", out.len, out.data ? out.data : "");
	else
		puts("-1");
	buf_free(&out);
}

static void objects(bool match)
{
	char from[32], to[32], name[128];
	size_t len;

	while (scanf("%31s %31s %127s %zu", from, to, name, &len) == 4 && getchar() == '\n') {
		struct cal_range range = {instant(from), instant(to)};
		char *bytes = malloc(len + 1);

		if (!bytes || fread(bytes, 1, len, stdin) != len)
			abort();
		answer(&range, cal_zone_named(name), bytes, len, match);
		free(bytes);
		fflush(stdout);
	}
}

static void zones(void)
{
	char name[128];

	while (scanf("%127s", name) == 1) {
		const struct cal_zone *zone = cal_zone_named(name);

		printf("%s", zone ? "" : "none");
		for (size_t i = 0; zone && i < zone->n_onsets; i++)
			if (zone->onsets[i].at < INT64_C(2145916800))
				printf("%lld %d ", (long long)zone->onsets[i].at,
					zone->onsets[i].offset);
		puts("");
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char start[64], rule[2048];
	int count;

	cal_init();
	if (strcmp(what, "zones") == 0)
		zones();
	else if (strcmp(what, "rules") != 0)
		objects(strcmp(what, "match") == 0);
	else
		while (scanf("%63s %d %2047[^\n]", start, &count, rule) == 3)
			enumerate(start, count, rule);
	return 0;
}
