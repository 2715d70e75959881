/* SPDX-License-Identifier: ISC */
/* Values of cards as they are written: what separates in them, and their backslashes (6350 3.4). */
#include "ical/card_items.h"

#include <string.h>

enum card_shape card_shape_of(const struct card_prop *prop, enum card_version version)
{
	static const enum card_shape shapes[] = {
		[CARD_TEXT] = SHAPE_TEXT,
		[CARD_TEXT_LIST] = SHAPE_LIST,
		[CARD_STRUCTURED] = SHAPE_COMPONENTS,
		[CARD_URI] = SHAPE_URI,
		[CARD_BINARY] = SHAPE_RAW,
		[CARD_DATE] = SHAPE_RAW,
		[CARD_TIMESTAMP] = SHAPE_RAW,
		[CARD_LANGUAGE_TAG] = SHAPE_RAW,
		[CARD_UTC_OFFSET] = SHAPE_RAW,
		[CARD_GEO] = SHAPE_RAW,
		[CARD_CARD] = SHAPE_RAW,
		[CARD_VERSION_NUMBER] = SHAPE_RAW,
	};

	if (!prop)
		return SHAPE_RAW;
	/* of the structured ones, these two have lists as components (6350 6.2.2, 6.3.1) */
	if (strcmp(prop->name, "N") == 0 || strcmp(prop->name, "ADR") == 0)
		return SHAPE_STRUCTURED;
	return shapes[version == CARD_4_0 ? prop->value4 : prop->value3];
}

bool card_separates(enum card_shape shape, char c)
{
	return (c == ',' && (shape == SHAPE_LIST || shape == SHAPE_STRUCTURED)) ||
		(c == ';' && (shape == SHAPE_COMPONENTS || shape == SHAPE_STRUCTURED));
}

char card_next_char(struct cal_slice value, size_t *i, bool *escaped)
{
	char c = value.s[(*i)++], next = *i < value.n ? value.s[*i] : '\0';

	*escaped = c == '\\' && next && strchr("\\,;:nN", next);
	if (!*escaped)
		return c;
	(*i)++;
	return next == 'n' || next == 'N' ? '\n' : next;
}

struct cal_slice card_reescape(struct arena *arena, struct cal_slice value, enum card_shape shape)
{
	bool escaped;

	if (shape == SHAPE_RAW || !value.n ||
		(!memchr(value.s, '\\', value.n) && !memchr(value.s, ',', value.n) &&
			!memchr(value.s, ';', value.n)))
		return value;
	struct card_text text = card_text_of(arena, value.n);
	for (size_t i = 0; i < value.n;) {
		char c = card_next_char(value, &i, &escaped);

		if (c == '\n')
			card_adds(&text, shape == SHAPE_URI ? "" : "\\n");
		else if (shape != SHAPE_URI && strchr("\\,;", c) &&
			(escaped || !card_separates(shape, c)))
			card_add(&text, (const char[]){'\\', c}, 2);
		else
			card_add(&text, &c, 1);
	}
	return card_text_slice(&text);
}

struct cal_slice card_components(struct arena *arena, struct cal_slice value, size_t n)
{
	struct cal_slice rest = card_reescape(arena, value, SHAPE_STRUCTURED), part;
	struct card_text text = {.arena = arena};

	for (size_t i = 0; i < n; i++) {
		card_adds(&text, i ? ";" : "");
		if (card_component_next(&rest, &part))
			card_add_slice(&text, part);
	}
	return card_text_slice(&text);
}

struct cal_slice card_plain(struct arena *arena, struct cal_slice value)
{
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;
	bool escaped;

	for (size_t i = 0; i < value.n;)
		text[n++] = card_next_char(value, &i, &escaped);
	return (struct cal_slice){text, n};
}

void card_escape_into(struct card_text *out, struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		if (c == '\n')
			card_add(out, "\\n", 2);
		else if (strchr("\\,;", c))
			card_add(out, (const char[]){'\\', c}, 2);
		else if (c != '\r')
			card_add(out, &c, 1);
	}
}

struct cal_slice card_escaped(struct arena *arena, struct cal_slice text)
{
	struct card_text out = {.arena = arena};

	card_escape_into(&out, text);
	return card_text_slice(&out);
}

struct cal_slice card_without_breaks(struct arena *arena, struct cal_slice value)
{
	if (!value.n || (!memchr(value.s, '\n', value.n) && !memchr(value.s, '\r', value.n)))
		return value;
	struct card_text text = card_text_of(arena, value.n);
	for (size_t i = 0; i < value.n; i++)
		if (value.s[i] == '\n')
			card_adds(&text, "\\n");
		else if (value.s[i] != '\r')
			card_add(&text, &value.s[i], 1);
	return card_text_slice(&text);
}
