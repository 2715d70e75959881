/* SPDX-License-Identifier: ISC */
/*
 * Filters on single lines (4791 9.7.2, 9.7.3, 9.7.5), and what they tell before the lines become a tree: a property
 * that is asked for must stand somewhere, with the text and the parameters that are asked for. That says no where the
 * whole answer would, and never wrongly: lines are unfolded and values unescaped as everywhere, and which component they
 * are in is left to filter.c. Most of a calendar is told apart here, for a tenth of what a tree costs.
 */
#include "ical/internal.h"

#include <string.h>

static bool param_matches(const struct cal_line *line, const struct cal_param_filter *filter,
	struct cal_scratch *scratch)
{
	struct cal_slice rest = line->params, name, values, value;
	bool found = false;

	while (cal_param_next(&rest, &name, &values)) {
		if (!cal_slice_is(name, filter->name))
			continue;
		found = true;
		if (!filter->match && !filter->is_not_defined)
			return true;
		while (filter->match && cal_param_value(&values, &value))
			if (cal_text_matches(filter->match, cal_caret_decode(scratch->arena, value),
				    &scratch->left))
				return true;
	}
	return filter->is_not_defined && !found;
}

bool cal_line_fits(const struct cal_line *line, const struct cal_prop_filter *filter,
	struct cal_scratch *scratch)
{
	if (filter->match) {
		struct cal_slice value = line->value;

		if (value.n && memchr(value.s, '\\', value.n)) {
			value.s = cal_text_unescape(scratch->arena, value);
			value.n = strlen(value.s);
		}
		if (!cal_text_matches(filter->match, value, &scratch->left))
			return false;
	}
	for (size_t i = 0; i < filter->n_params; i++)
		if (!param_matches(line, &filter->params[i], scratch))
			return false;
	return true;
}

/* ---- before there is a tree ---- */

/* Each prop-filter goes over the bytes once more: of what is larger a tree is made at once. */
#define MAX_SCANNED (64u * 1024)

struct lines {
	const char *bytes, *end;
	struct cal_scratch *scratch;
};

/* May the line at `p` have this name? Also where a fold stands before its end. */
static bool may_be_named(const char *p, const char *end, const char *name, size_t n)
{
	for (size_t i = 0; i <= n && p + i < end; i++) {
		char c = p[i];

		if (c == '\r' || c == '\n')
			return true;
		if (i == n)
			return c == ':' || c == ';';
		if ((c ^ name[i]) & ~0x20) /* about equal: cal_slice_is will tell */
			return false;
	}
	return false;
}

static bool line_matches(struct lines *l, const struct cal_prop_filter *filter, const char *p)
{
	struct cal_line line;
	bool fits = cal_line_at(&line, l->scratch->arena, p, l->end) &&
		cal_slice_is(line.name, filter->name) && cal_line_fits(&line, filter, l->scratch);

	arena_clear(l->scratch->arena);
	return fits;
}

static bool prop_may_match(struct lines *l, const struct cal_prop_filter *filter)
{
	size_t n = strlen(filter->name);

	/* What a range compares may be implied by other properties (9.9). */
	if (filter->is_not_defined || filter->range)
		return true;
	for (const char *p = l->bytes; p < l->end; p++) {
		if (may_be_named(p, l->end, filter->name, n) && line_matches(l, filter, p))
			return true;
		p = memchr(p, '\n', (size_t)(l->end - p));
		if (!p)
			break;
	}
	return false;
}

/* All children must match (9.7.1): one that can not is enough. */
static bool comp_may_match(struct lines *l, const struct cal_comp_filter *filter)
{
	if (filter->is_not_defined)
		return true;
	for (size_t i = 0; i < filter->n_props; i++)
		if (!prop_may_match(l, &filter->props[i]))
			return false;
	for (size_t i = 0; i < filter->n_comps; i++)
		if (!comp_may_match(l, &filter->comps[i]))
			return false;
	return true;
}

bool cal_lines_may_match(const struct cal_comp_filter *filter, struct cal_scratch *scratch,
	const char *bytes, size_t len)
{
	struct lines l = {bytes, bytes + len, scratch};

	return len > MAX_SCANNED || comp_may_match(&l, filter);
}
