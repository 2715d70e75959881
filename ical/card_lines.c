/* SPDX-License-Identifier: ISC */
/*
 * Lines of cards: parameters as 2.1, 3.0 and 4.0 write them, values by their components and items, and what is
 * needed to write a line (card_internal.h). The lines themselves are cut by contentline.c, as those of calendars.
 */
#include "ical/card_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONG_LINE 4096u /* of a line that is longer the beginning is looked at first */

const struct cal_limits card_limits = {
	.bytes = CAL_MAX_BYTES,
	.lines = CAL_MAX_PROPERTIES,
	.comps = CAL_MAX_COMPONENTS,
	.quoted = true,
};

const struct cal_limits card_file_limits = {
	.bytes = UINT32_MAX,
	.lines = 50u * 1000 * 1000,
	.comps = 5u * 1000 * 1000,
	.lenient = true,
	.quoted = true,
};

bool card_parse(struct cal_object *object, struct arena *arena, const char *bytes, size_t len,
	struct facts_fault *fault)
{
	if (!cal_object_parse(object, arena, &card_limits, bytes, len, fault))
		return false;
	if (object->n_comps && object->comps[0].kind == KIND_VCARD)
		return true;
	cal_fail(fault, CAL_MALFORMED, 0, "not a vCard");
	return false;
}

const struct cal_line *card_find(
	const struct cal_object *object, const struct cal_comp *comp, const char *name)
{
	const struct cal_line *line;
	struct cal_slice group;

	for (uint32_t at = comp->begin; (line = cal_comp_next(object, comp, &at));)
		if (cal_slice_is(card_name(line, &group), name))
			return line;
	return NULL;
}

const struct cal_line *card_beside(const struct cal_object *object, const struct cal_comp *comp,
	const struct cal_line *line, const char *name)
{
	const struct cal_line *other;
	struct cal_slice group, its;

	card_name(line, &group);
	for (uint32_t at = comp->begin; group.n && (other = cal_comp_next(object, comp, &at));)
		if (cal_slice_is(card_name(other, &its), name) && its.n == group.n &&
			strncasecmp(its.s, group.s, group.n) == 0)
			return other;
	return NULL;
}

enum card_version card_version_at(const struct cal_object *object, const struct cal_comp *comp)
{
	const struct cal_line *line = card_find(object, comp, "VERSION");

	return line ? card_version_of(line->value) : CARD_NO_VERSION;
}

struct cal_slice card_text_part(const struct cal_line *line)
{
	const char *comma;

	if (card_is_base64(line))
		return (struct cal_slice){0};
	if (!cal_slice_starts(line->value, "data:"))
		return line->value;
	comma = memchr(line->value.s, ',', line->value.n);
	return comma ? (struct cal_slice){line->value.s, (size_t)(comma + 1 - line->value.s)}
		     : line->value;
}

/* ---- without a tree ---- */

struct card_walk card_walk_of(const char *bytes, size_t len)
{
	return (struct card_walk){.p = bytes, .end = bytes + len};
}

/* Lines with nothing in them are passed over, as everywhere. */
static void skip_empty(struct card_walk *w)
{
	for (;;) {
		const char *p = w->p;

		p += p < w->end && *p == '\r';
		if (p == w->end || *p != '\n')
			return;
		w->p = p + 1;
	}
}

static bool is_inline(const struct cal_line *line)
{
	return card_is_base64(line) ||
		(cal_slice_starts(line->value, "data:") &&
			memchr(line->value.s, ',', line->value.n));
}

/* Of what is inline the beginning tells enough; all else is looked at whole. */
static bool walk_line(struct card_walk *w, struct arena *arena, struct cal_line *line)
{
	const char *begin = w->p;
	bool cut = (size_t)(w->end - begin) > LONG_LINE &&
		cal_line_at(line, arena, begin, begin + LONG_LINE);

	if (cut && line->raw.n == LONG_LINE && is_inline(line))
		line->raw.n = (size_t)(cal_line_end(begin, w->end) - begin);
	else if (!(cut && line->raw.n < LONG_LINE) && !cal_line_at(line, arena, begin, w->end))
		return false;
	w->p = begin + line->raw.n;
	line->value = card_text_part(line);
	return true;
}

bool card_walk_next(struct card_walk *w, struct arena *arena, struct cal_line *line)
{
	while (!w->over) {
		skip_empty(w);
		if (w->p == w->end || !walk_line(w, arena, line))
			return false;
		if (w->depth == 0 &&
			(line->prop != PROP_BEGIN || !cal_slice_is(line->value, "VCARD")))
			return false;
		if (line->prop == PROP_BEGIN) {
			w->depth++;
		} else if (line->prop == PROP_END) {
			w->depth--;
			w->over = w->depth == 0;
		} else if (w->depth == 1) {
			return true;
		}
	}
	return false;
}

/* ---- parameters ---- */

static const struct {
	const char *word, *param;
} bare_words[] = {
	{"7BIT", "ENCODING"},
	{"8BIT", "ENCODING"},
	{"B", "ENCODING"},
	{"BASE64", "ENCODING"},
	{"QUOTED-PRINTABLE", "ENCODING"},
	{"CID", "VALUE"},
	{"CONTENT-ID", "VALUE"},
	{"INLINE", "VALUE"},
	{"URL", "VALUE"},
};

static const char *bare_param(struct cal_slice word)
{
	for (size_t i = 0; i < sizeof(bare_words) / sizeof(bare_words[0]); i++)
		if (cal_slice_is(word, bare_words[i].word))
			return bare_words[i].param;
	return "TYPE";
}

bool card_param_next(
	struct cal_slice *rest, struct cal_slice *name, struct cal_slice *values, bool *bare)
{
	if (rest->n == 0)
		return false;
	const char *end = rest->s + rest->n;

	cal_param_next(rest, name, values);
	bool word = name->s + name->n == end || name->s[name->n] != '=';
	if (word && name->n) {
		const char *param = bare_param(*name);

		*values = *name;
		*name = (struct cal_slice){param, strlen(param)};
	}
	if (bare)
		*bare = word;
	return true;
}

struct cal_slice card_param(const struct cal_line *line, const char *name)
{
	struct cal_slice rest = line->params, found, values, value;

	while (card_param_next(&rest, &found, &values, NULL))
		if (cal_slice_is(found, name) && cal_param_value(&values, &value))
			return value;
	return (struct cal_slice){0};
}

struct card_types card_types_of(const struct cal_line *line)
{
	return (struct card_types){.params = line->params};
}

bool card_type_next(struct card_types *types, struct cal_slice *word)
{
	struct cal_slice name;

	while (!cal_slice_cut(&types->words, ',', word)) {
		if (cal_param_value(&types->values, &types->words))
			continue;
		do {
			if (!card_param_next(&types->params, &name, &types->values, NULL))
				return false;
		} while (!cal_slice_is(name, "TYPE"));
	}
	return true;
}

bool card_has_type(const struct cal_line *line, const char *word)
{
	struct card_types types = card_types_of(line);
	struct cal_slice one;

	while (card_type_next(&types, &one))
		if (cal_slice_is(one, word))
			return true;
	return false;
}

int card_pref(const struct cal_line *line)
{
	int pref;

	if (cal_slice_number(card_param(line, "PREF"), &pref) && pref >= 1 && pref <= 100)
		return pref;
	return card_has_type(line, "pref") ? 1 : 0;
}

/* ---- values ---- */

static bool cut(struct cal_slice *rest, char separator, struct cal_slice *part)
{
	size_t i = 0;

	if (!rest->s)
		return false;
	while (i < rest->n && rest->s[i] != separator)
		i += rest->s[i] == '\\' && i + 1 < rest->n ? 2 : 1;
	*part = (struct cal_slice){rest->s, i};
	*rest = i == rest->n ? (struct cal_slice){0}
			     : (struct cal_slice){rest->s + i + 1, rest->n - i - 1};
	return true;
}

bool card_component_next(struct cal_slice *rest, struct cal_slice *component)
{
	return cut(rest, ';', component);
}

bool card_item_next(struct cal_slice *rest, struct cal_slice *item)
{
	return cut(rest, ',', item);
}

struct cal_slice card_unescape(struct arena *arena, struct cal_slice value)
{
	const char *text = cal_text_unescape(arena, value);

	return (struct cal_slice){text, strlen(text)};
}

void card_escape(struct buf *out, struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] == '\n')
			buf_add(out, "\\n", 2);
		else if ((unsigned char)text.s[i] >= ' ' && text.s[i] != 0x7f)
			buf_addf(out, strchr("\\,;", text.s[i]) ? "\\%c" : "%c", text.s[i]);
	}
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct cal_slice card_octets(struct arena *arena, struct cal_slice value, char mark)
{
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		int high = i + 2 < value.n ? hex(value.s[i + 1]) : -1,
		    low = high >= 0 ? hex(value.s[i + 2]) : -1;

		text[n] = value.s[i];
		if (value.s[i] == mark && low >= 0) {
			text[n] = (char)(high * 16 + low);
			i += 2;
		}
		n++;
	}
	text[n] = '\0';
	return (struct cal_slice){text, n};
}

bool card_is_base64(const struct cal_line *line)
{
	struct cal_slice encoding = card_param(line, "ENCODING");

	return cal_slice_is(encoding, "b") || cal_slice_is(encoding, "BASE64");
}

bool card_base64_fits(struct cal_slice value)
{
	size_t digits = 0, pads = 0;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.s[i];
		bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '+' || c == '/';

		if (digit && pads == 0)
			digits++;
		else if (c == '=')
			pads++;
		else if (c != ' ' && c != '\t')
			return false;
	}
	return digits && pads <= 2 && digits % 4 != 1 && (pads == 0 || (digits + pads) % 4 == 0);
}
