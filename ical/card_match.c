/* SPDX-License-Identifier: ISC */
/*
 * Queries over vCards (6352 10.5) and parts of them (10.4): content lines, groups, parameters.
 * A property matches by its value without the backslashes of TEXT.
 */
#include "ical/card.h"
#include "ical/card_table.h"

#include <string.h>

#define EDGE '\x01' /* no text holds it: cal_check_bytes refuses controls */

/* 10.5.1: a name with a group is that group's alone, one without is everybody's. */
static bool is_named(const struct cal_line *line, const char *name)
{
	struct cal_slice group;

	return cal_slice_is(strchr(name, '.') ? line->name : card_name(line, &group), name);
}

/* Collations know "contains" only; a mark at both ends of text and value makes the other
 * three of it (8.3). */
static bool contains(
	struct cal_scratch *scratch, const struct card_text_match *match, struct cal_slice value)
{
	bool front = match->type == CARD_EQUALS || match->type == CARD_STARTS;
	bool back = match->type == CARD_EQUALS || match->type == CARD_ENDS;
	struct cal_text_match plain = {.collation = match->text.collation};
	char *marked = arena_alloc(scratch->arena, value.n + 2);

	if (value.n)
		memcpy(marked + 1, value.s, value.n);
	marked[0] = marked[value.n + 1] = EDGE;
	plain.text = arena_printf(scratch->arena, "%.*s%s%.*s", front, (const char[]){EDGE, 0},
		match->text.text, back, (const char[]){EDGE, 0});
	return cal_text_matches(&plain, (struct cal_slice){marked, value.n + 2}, &scratch->left);
}

static bool text_matches(
	struct cal_scratch *scratch, const struct card_text_match *match, struct cal_slice value)
{
	const char *text = cal_text_unescape(scratch->arena, value);

	return contains(scratch, match, (struct cal_slice){text, strlen(text)}) !=
		match->text.negate;
}

bool card_text_fits(const struct card_text_match *match, const char *text)
{
	struct cal_scratch scratch = {arena_new(), CAL_MAX_PREPARED};
	bool found = contains(&scratch, match, (struct cal_slice){text, strlen(text)});

	arena_free(scratch.arena);
	return found != match->text.negate;
}

/* 10.5.2; negated: none of the values matches. */
static bool param_matches(struct cal_scratch *scratch, const struct card_param_filter *filter,
	const struct cal_line *line)
{
	struct cal_slice rest = line->params, name, values, value;
	bool exists = false, hit = false;

	while (cal_param_next(&rest, &name, &values)) {
		if (!cal_slice_is(name, filter->name))
			continue;
		exists = true;
		while (filter->match && cal_param_value(&values, &value))
			hit |= contains(scratch, filter->match, value);
	}
	if (filter->is_not_defined || !exists)
		return filter->is_not_defined && !exists;
	return !filter->match || hit != filter->match->text.negate;
}

static bool line_matches(struct cal_scratch *scratch, const struct card_prop_filter *filter,
	const struct cal_line *line)
{
	size_t conditions = filter->n_matches + filter->n_params;

	for (size_t i = 0; i < conditions; i++) {
		bool hit = i < filter->n_matches
			? text_matches(scratch, &filter->matches[i], line->value)
			: param_matches(scratch, &filter->params[i - filter->n_matches], line);
		arena_clear(scratch->arena);
		if (hit != filter->all)
			return hit;
	}
	return !conditions || filter->all;
}

static bool prop_matches(struct cal_scratch *scratch, const struct card_prop_filter *filter,
	const struct cal_object *object)
{
	const struct cal_line *line;
	bool exists = false;

	for (uint32_t at = object->comps[0].begin;
		(line = cal_comp_next(object, &object->comps[0], &at));) {
		if (!is_named(line, filter->name))
			continue;
		exists = true;
		if (!filter->is_not_defined && line_matches(scratch, filter, line))
			return true;
	}
	return filter->is_not_defined && !exists;
}

static bool parse(struct cal_object *object, struct arena *arena, const char *bytes, size_t len)
{
	struct facts_fault fault;

	return cal_object_parse(object, arena, &cal_object_limits, bytes, len, &fault) &&
		object->n_comps && object->comps[0].kind == KIND_VCARD;
}

bool card_match(const struct card_filter *filter, const char *bytes, size_t len)
{
	struct cal_scratch scratch = {arena_new(), CAL_MAX_PREPARED};
	struct arena *arena = arena_new();
	struct cal_object object;
	bool match = false;

	if (parse(&object, arena, bytes, len)) {
		match = !filter->n_props || filter->all;
		for (size_t i = 0;
			i < filter->n_props && match == (filter->all || !filter->n_props); i++)
			match = prop_matches(&scratch, &filter->props[i], &object);
	}
	arena_free(arena);
	arena_free(scratch.arena);
	return match;
}

static void add_line(
	struct buf *out, const struct card_data_request *request, const struct cal_line *line)
{
	size_t i = 0;

	while (i < request->n_props && !is_named(line, request->props[i]))
		i++;
	if (i == request->n_props)
		return;
	if (!request->novalue[i]) {
		cal_line_add(out, line);
		return;
	}
	buf_add(out, line->name.s, line->name.n);
	if (line->params.n)
		buf_addf(out, ";%.*s", (int)line->params.n, line->params.s);
	buf_adds(out, ":\r\n");
}

bool card_render(
	struct buf *out, const struct card_data_request *request, const char *bytes, size_t len)
{
	struct arena *arena;
	struct cal_object object;
	const struct cal_line *line;

	if (!request->n_props)
		return buf_add(out, bytes, len) || out->full;
	arena = arena_new();
	bool readable = parse(&object, arena, bytes, len);
	if (readable) {
		buf_adds(out, "BEGIN:VCARD\r\n");
		for (uint32_t at = object.comps[0].begin;
			(line = cal_comp_next(&object, &object.comps[0], &at));)
			add_line(out, request, line);
		buf_adds(out, "END:VCARD\r\n");
	}
	arena_free(arena);
	return readable;
}
