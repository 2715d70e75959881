/* SPDX-License-Identifier: ISC */
/*
 * What a filter (4791 9.7) gets from the facts of the index, without the bytes: a type, a UID, an alarm, a time range.
 * Three answers; MAYBE only where the bytes, or the remembered spans, know more.
 */
#include "ical/internal.h"
#include "src/base/text.h"

#include <string.h>

/* NO beats MAYBE beats YES. */
static enum cal_verdict both(enum cal_verdict a, enum cal_verdict b)
{
	if (a == CAL_NO || b == CAL_NO)
		return CAL_NO;
	return a == CAL_MAYBE || b == CAL_MAYBE ? CAL_MAYBE : CAL_YES;
}

static enum cal_verdict verdict(bool yes)
{
	return yes ? CAL_YES : CAL_NO;
}

static int64_t widen(int64_t at, int64_t seconds)
{
	return at == FACTS_ALWAYS || at == FACTS_FOREVER ? at : at + seconds;
}

static enum cal_verdict range_verdict(
	const struct cal_range *range, const struct facts *facts, const struct cal_zone *zone)
{
	struct cal_range span = {facts->first, facts->last};
	bool floating = facts->flags & FACTS_FLOATING;

	/* The last rows of the tables of 9.9: tasks without time match, journal entries do not. */
	if (facts->flags & FACTS_UNDATED)
		return verdict(facts->component & (FACTS_VTODO | FACTS_VAVAILABILITY));
	if (!(facts->flags & (FACTS_RECURS | FACTS_OVERRIDES)) &&
		facts->component != FACTS_VFREEBUSY)
		return verdict(cal_overlaps(range, &span, floating, zone));
	if (floating) {
		span.start = widen(span.start, -FACTS_SLACK);
		span.end = widen(span.end, FACTS_SLACK);
	}
	return cal_overlaps(range, &span, false, NULL) ? CAL_MAYBE : CAL_NO;
}

/* All components of an object have one UID; other properties are not in the facts. */
static enum cal_verdict prop_verdict(
	const struct cal_prop_filter *filter, const struct facts *facts)
{
	if (!facts->uid || !text_equal_nocase(filter->name, "UID") || filter->range ||
		filter->n_params)
		return CAL_MAYBE;
	if (filter->is_not_defined || !filter->match)
		return verdict(!filter->is_not_defined);
	if (strchr(facts->uid, '\\'))
		return CAL_MAYBE;
	int64_t left = CAL_MAX_PREPARED;
	return verdict(cal_text_matches(
		filter->match, (struct cal_slice){facts->uid, strlen(facts->uid)}, &left));
}

static enum cal_verdict alarm_verdict(
	const struct cal_comp_filter *filter, const struct facts *facts)
{
	if (!text_equal_nocase(filter->name, "VALARM"))
		return CAL_MAYBE;
	if (!(facts->flags & FACTS_ALARM))
		return verdict(filter->is_not_defined);
	if (facts->flags & FACTS_OVERRIDES || filter->range || filter->n_props || filter->n_comps)
		return CAL_MAYBE;
	return verdict(!filter->is_not_defined);
}

static enum cal_verdict comp_verdict(const struct cal_comp_filter *filter,
	const struct facts *facts, const struct cal_zone *zone)
{
	uint32_t bit = cal_component_bit(filter->name);
	enum cal_verdict out = CAL_YES;

	if (!bit || !facts->component)
		return CAL_MAYBE;
	if (filter->is_not_defined || facts->component != bit)
		return verdict(filter->is_not_defined && facts->component != bit);
	if (filter->range)
		out = range_verdict(filter->range, facts, zone);
	for (size_t i = 0; i < filter->n_props && out != CAL_NO; i++)
		out = both(out, prop_verdict(&filter->props[i], facts));
	for (size_t i = 0; i < filter->n_comps && out != CAL_NO; i++)
		out = both(out, alarm_verdict(&filter->comps[i], facts));
	return out;
}

enum cal_verdict cal_match_facts(const struct cal_comp_filter *filter, const struct facts *facts,
	const struct cal_zone *zone)
{
	enum cal_verdict out = CAL_YES;

	if (!text_equal_nocase(filter->name, "VCALENDAR") || filter->is_not_defined)
		return CAL_NO;
	if (filter->range || filter->n_props)
		out = CAL_MAYBE;
	for (size_t i = 0; i < filter->n_comps && out != CAL_NO; i++)
		out = both(out, comp_verdict(&filter->comps[i], facts, zone));
	return out;
}

const struct cal_comp_filter *cal_filter_plain(const struct cal_comp_filter *filter)
{
	const struct cal_comp_filter *inner = filter->n_comps == 1 ? &filter->comps[0] : NULL;

	if (!inner || filter->range || filter->n_props || filter->is_not_defined ||
		!text_equal_nocase(filter->name, "VCALENDAR"))
		return NULL;
	if (!inner->range || inner->n_props || inner->n_comps || inner->is_not_defined ||
		!cal_component_bit(inner->name))
		return NULL;
	return inner;
}

enum cal_verdict cal_match_remembered(const struct cal_comp_filter *filter,
	const unsigned char *key, const struct facts *facts, const struct cal_zone *zone)
{
	enum cal_verdict out = cal_match_facts(filter, facts, zone);
	const struct cal_comp_filter *plain = out == CAL_MAYBE && key ? cal_filter_plain(filter)
								      : NULL;

	return plain ? cal_spans_ask(key, facts->component, plain->range, zone) : out;
}
