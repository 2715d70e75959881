/* SPDX-License-Identifier: ISC */
/*
 * Queries over vCards (6352 10.5). They are asked of the card as it is stored, whatever version goes out; where a group is
 * called otherwise there, both names find it. A value is compared without the backslashes of TEXT, a parameter without
 * quotes and the carets of RFC 6868; a date is compared as it is written. What is inline, a photo, is no text: nothing is in
 * it. So a card is first made slim: its lines unfolded, without photos. That is remembered, so that the next question reads
 * no card at all.
 */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "ical/memo.h"

#include <string.h>
#include <strings.h>

#define EDGE '\x01'                    /* no text holds it: cal_check_bytes refuses controls */
#define MAX_MEMORY (16u * 1024 * 1024) /* octets of slim cards that are remembered */
#define MAX_SLIM (16u * 1024)          /* a card that is larger, even so, is read each time */

static struct memo memory = MEMO_INIT(MAX_MEMORY);

/* ---- a slim card: lines without folds, each with LF behind it ---- */

static void add_slim(struct buf *slim, const struct cal_line *line)
{
	struct cal_slice text = card_text_part(line);

	buf_add(slim, line->name.s, line->name.n);
	if (line->params.n) {
		buf_adds(slim, ";");
		buf_add(slim, line->params.s, line->params.n);
	}
	buf_adds(slim, ":");
	if (text.n)
		buf_add(slim, text.s, text.n);
	buf_adds(slim, "\n");
}

static bool make_slim(struct buf *slim, const char *bytes, size_t len)
{
	struct card_walk walk = card_walk_of(bytes, len);
	struct arena *arena = arena_new();
	struct cal_object object;
	struct facts_fault fault;
	struct cal_line line;
	const struct cal_line *each;
	bool readable;

	while (card_walk_next(&walk, arena, &line)) {
		add_slim(slim, &line);
		arena_clear(arena);
	}
	readable = walk.over;
	if (!readable) {
		buf_reset(slim);
		readable = card_parse(&object, arena, bytes, len, &fault);
		for (uint32_t at = 0;
			readable && (each = cal_comp_next(&object, object.comps, &at));)
			add_slim(slim, each);
	}
	arena_free(arena);
	return readable && !slim->full;
}

/* ---- names ---- */

/* How 3.0 calls what 4.0 has a property for (card_convert): a filter that knows one of them finds the other. */
static const struct {
	const char *name, *other;
	const char *value; /* of which alone that is true, or NULL */
} aliases[] = {
	{"KIND", "X-ADDRESSBOOKSERVER-KIND", "group"},
	{"X-ADDRESSBOOKSERVER-KIND", "KIND", "group"},
	{"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", NULL},
	{"X-ADDRESSBOOKSERVER-MEMBER", "MEMBER", NULL},
};

struct asked {
	const struct card_prop_filter *filter;
	const char *other, *value; /* of its alias, or NULL */
	bool grouped, list;
};

static struct asked asked_of(const struct card_prop_filter *filter)
{
	const char *dot = strchr(filter->name, '.'), *name = dot ? dot + 1 : filter->name;
	const struct card_prop *row = card_prop_named((struct cal_slice){name, strlen(name)});
	struct asked asked = {
		.filter = filter, .grouped = dot, .list = row && row->value4 == CARD_TEXT_LIST};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcasecmp(filter->name, aliases[i].name) == 0) {
			asked.other = aliases[i].other;
			asked.value = aliases[i].value;
		}
	return asked;
}

/* 10.5.1: a name with a group is that group's alone, one without is everybody's. */
static bool is_asked(const struct asked *asked, struct cal_slice name, struct cal_slice rest)
{
	const char *dot = asked->grouped ? NULL : memchr(name.s, '.', name.n);

	if (dot)
		name = (struct cal_slice){dot + 1, (size_t)(name.s + name.n - dot - 1)};
	if (cal_slice_is(name, asked->filter->name))
		return true;
	if (!asked->other || !cal_slice_is(name, asked->other))
		return false;
	const char *colon = rest.n ? memrchr(rest.s, ':', rest.n) : NULL;
	return !asked->value ||
		(colon &&
			cal_slice_is((struct cal_slice){colon + 1,
					     (size_t)(rest.s + rest.n - colon - 1)},
				asked->value));
}

bool card_is_named(const struct cal_line *line, const char *name)
{
	struct cal_slice group;

	return cal_slice_is(strchr(name, '.') ? line->name : card_name(line, &group), name);
}

/* ---- texts ---- */

/* Collations know "contains" only; a mark at both ends of text and value makes the other
 * three of it (8.3). */
static bool contains(
	struct cal_scratch *scratch, const struct card_text_match *match, struct cal_slice value)
{
	bool front = match->type == CARD_EQUALS || match->type == CARD_STARTS;
	bool back = match->type == CARD_EQUALS || match->type == CARD_ENDS;
	struct cal_text_match plain = {
		.text = match->text.text, .collation = match->text.collation};

	if (!front && !back)
		return cal_text_matches(&plain, value, &scratch->left);
	char *marked = arena_alloc(scratch->arena, value.n + 2);
	if (value.n)
		memcpy(marked + 1, value.s, value.n);
	marked[0] = marked[value.n + 1] = EDGE;
	plain.text = arena_printf(scratch->arena, "%.*s%s%.*s", front, (const char[]){EDGE, 0},
		match->text.text, back, (const char[]){EDGE, 0});
	return cal_text_matches(&plain, (struct cal_slice){marked, value.n + 2}, &scratch->left);
}

static bool contains_text(
	struct cal_scratch *scratch, const struct card_text_match *match, struct cal_slice value)
{
	if (value.n && memchr(value.s, '\\', value.n))
		value = card_unescape(scratch->arena, value);
	return contains(scratch, match, value);
}

/* A list is several values (6350 6.7.1): what equals one of them equals, too. What is inline has no text, not even an empty
 * one. Nothing of the line is in the arena, for a slim one has no folds: it is emptied with each item. */
static bool text_matches(struct cal_scratch *scratch, const struct asked *asked,
	const struct card_text_match *match, const struct cal_line *line)
{
	struct cal_slice value = card_text_part(line), rest = value, item;
	bool octets = !value.n && card_is_base64(line);
	bool hit = !octets && contains_text(scratch, match, value);

	while (!hit && asked->list && match->type != CARD_CONTAINS &&
		card_item_next(&rest, &item)) {
		hit = contains_text(scratch, match, item);
		arena_clear(scratch->arena);
	}
	return hit != match->text.negate;
}

bool card_text_fits(const struct card_text_match *match, const char *text)
{
	struct cal_scratch scratch = {arena_new(), CAL_MAX_PREPARED};
	bool found = contains(&scratch, match, (struct cal_slice){text, strlen(text)});

	arena_free(scratch.arena);
	return found != match->text.negate;
}

/* One value; within quotes TYPE has several (6350 5.6: TYPE="work,voice"). */
static bool param_contains(
	struct cal_scratch *scratch, const struct card_param_filter *filter, struct cal_slice value)
{
	struct cal_slice word;
	bool words = cal_slice_is((struct cal_slice){filter->name, strlen(filter->name)}, "TYPE");

	if (contains(scratch, filter->match, cal_caret_decode(scratch->arena, value)))
		return true;
	while (words && cal_slice_cut(&value, ',', &word)) {
		arena_clear(scratch->arena);
		if (contains(scratch, filter->match, word))
			return true;
	}
	return false;
}

/* 10.5.2; negated: none of the values matches. */
static bool param_matches(struct cal_scratch *scratch, const struct card_param_filter *filter,
	const struct cal_line *line)
{
	struct cal_slice rest = line->params, name, values, value;
	bool exists = false, hit = false;

	while (!hit && card_param_next(&rest, &name, &values, NULL)) {
		if (!cal_slice_is(name, filter->name))
			continue;
		exists = true;
		while (!hit && filter->match && cal_param_value(&values, &value)) {
			hit = param_contains(scratch, filter, value);
			arena_clear(scratch->arena);
		}
	}
	if (filter->is_not_defined || !exists)
		return filter->is_not_defined && !exists;
	return !filter->match || hit != filter->match->text.negate;
}

/* ---- filters ---- */

static bool line_matches(
	struct cal_scratch *scratch, const struct asked *asked, const struct cal_line *line)
{
	const struct card_prop_filter *filter = asked->filter;
	size_t conditions = filter->n_matches + filter->n_params;

	for (size_t i = 0; i < conditions; i++) {
		bool hit = i < filter->n_matches
			? text_matches(scratch, asked, &filter->matches[i], line)
			: param_matches(scratch, &filter->params[i - filter->n_matches], line);
		if (hit != filter->all)
			return hit;
	}
	return !conditions || filter->all;
}

/* Only a line that is asked for is cut into its parts. */
static bool prop_matches(
	struct cal_scratch *scratch, const struct card_prop_filter *filter, struct cal_slice slim)
{
	const struct asked asked = asked_of(filter);
	struct cal_slice text;
	struct cal_line line;
	bool exists = false, hit = false;

	while (!hit && cal_slice_cut(&slim, '\n', &text)) {
		size_t n = 0;

		while (n < text.n && text.s[n] != ':' && text.s[n] != ';')
			n++;
		if (!is_asked(&asked, (struct cal_slice){text.s, n},
			    (struct cal_slice){text.s + n, text.n - n}))
			continue;
		exists = true;
		if (filter->is_not_defined)
			break;
		hit = cal_line_at(&line, scratch->arena, text.s, text.s + text.n) &&
			line_matches(scratch, &asked, &line);
		arena_clear(scratch->arena);
	}
	return filter->is_not_defined ? !exists : hit;
}

static bool slim_matches(const struct card_filter *filter, struct cal_slice slim)
{
	struct cal_scratch scratch = {arena_new(), CAL_MAX_PREPARED};
	bool match = !filter->n_props || filter->all;

	for (size_t i = 0; i < filter->n_props && match == filter->all; i++)
		match = prop_matches(&scratch, &filter->props[i], slim);
	arena_free(scratch.arena);
	return match;
}

bool card_match(const struct card_filter *filter, const char *bytes, size_t len)
{
	return card_match_learn(filter, NULL, bytes, len);
}

bool card_match_learn(
	const struct card_filter *filter, const unsigned char *key, const char *bytes, size_t len)
{
	struct buf slim;
	bool readable, match;

	buf_init(&slim, CAL_MAX_BYTES);
	readable = make_slim(&slim, bytes, len);
	match = readable && slim_matches(filter, (struct cal_slice){slim.data, slim.len});
	if (key && readable && slim.len <= MAX_SLIM)
		memo_keep(&memory, key, slim.data, slim.len);
	buf_free(&slim);
	return match;
}

struct question {
	const struct card_filter *filter;
	struct cal_slice slim;
	char copy[MAX_SLIM];
};

/* The memory is locked meanwhile: the answer is found out behind it. */
static bool look(void *context, const void *bytes, size_t len)
{
	struct question *q = context;

	memcpy(q->copy, bytes, len);
	q->slim = (struct cal_slice){q->copy, len};
	return true;
}

enum cal_verdict card_match_remembered(const struct card_filter *filter, const unsigned char *key)
{
	struct question q;

	q.filter = filter;
	if (!memo_ask(&memory, key, look, &q))
		return CAL_MAYBE;
	return slim_matches(filter, q.slim) ? CAL_YES : CAL_NO;
}
