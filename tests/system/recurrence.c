/* SPDX-License-Identifier: ISC */
/* For test_recurrence.py: reads "START COUNT RULE" lines, prints the first COUNT starts of each rule on a line. */
#include "ical/internal.h"

#include <stdio.h>
#include <string.h>

static void enumerate(const char *start, int count, const char *text)
{
	struct cal_when when;
	struct cal_rule rule;
	struct cal_recur recur;
	char out[32];

	if (!cal_when_parse(&when, NULL, NULL, (struct cal_slice){start, strlen(start)}) ||
		cal_rule_parse(&rule, (struct cal_slice){text, strlen(text)})) {
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

int main(void)
{
	char start[64], rule[2048];
	int count;

	cal_init();
	while (scanf("%63s %d %2047[^\n]", start, &count, rule) == 3)
		enumerate(start, count, rule);
	return 0;
}
