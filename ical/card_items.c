/* SPDX-License-Identifier: ISC */
/* Cards as lists of items, on their way from one version to another (card_items.h). */
#include "ical/card_items.h"

#include <string.h>
#include <strings.h>

static bool is_head(const struct card_item *item)
{
	return item->line.prop == PROP_BEGIN || item->line.prop == PROP_END ||
		card_item_is(item, "VERSION");
}

bool card_list_read(struct card_list *list, struct arena *arena, const char *bytes, size_t len)
{
	struct cal_object object = {0};
	const struct cal_line *line;
	struct facts_fault unused;

	if (!cal_check_bytes(bytes, len, &unused) ||
		!card_parse(&object, arena, bytes, len, &unused) ||
		object.comps[0].next != CAL_NONE || object.comps[0].child != CAL_NONE)
		return false;
	*list = (struct card_list){
		.arena = arena, .version = card_version_at(&object, &object.comps[0])};
	if (list->version == CARD_NO_VERSION)
		return false;
	card_list_room(list, object.n_lines);
	for (uint32_t at = object.comps[0].begin;
		(line = cal_comp_next(&object, &object.comps[0], &at));) {
		struct card_item item = {.line = *line, .from = CARD_NOTHING, .at = list->n};

		item.line.name = card_name(line, &item.group);
		if (!item.line.name.n)
			return false; /* "item1.:" */
		if (!is_head(&item))
			card_list_add(list, &item);
	}
	return true;
}

void card_list_room(struct card_list *list, size_t n)
{
	struct card_item *items;

	if (n <= list->cap)
		return;
	items = arena_array(list->arena, n, sizeof(*items));
	if (list->n)
		memcpy(items, list->items, list->n * sizeof(*items));
	list->items = items;
	list->cap = n;
}

struct card_item *card_list_add(struct card_list *list, const struct card_item *item)
{
	list->items = arena_grow(
		list->arena, list->items, &list->cap, list->n + 1, sizeof(*list->items));
	list->items[list->n] = *item;
	return &list->items[list->n++];
}

/* A "=" at the end of a line of quoted-printable says that it goes on (2.1); a fold must not say so, nor an end. */
static void write_quoted(struct buf *out, struct cal_slice line)
{
	while (line.n && line.s[line.n - 1] == '=')
		line.n--;
	buf_add(out, line.s, line.n);
	buf_adds(out, "\r\n");
}

static bool is_quoted(struct cal_slice params)
{
	static const char word[] = "QUOTED-PRINTABLE";
	const size_t n = sizeof(word) - 1;

	for (size_t i = 0; i + n <= params.n; i++)
		if (strncasecmp(params.s + i, word, n) == 0)
			return true;
	return false;
}

void card_list_write(struct buf *out, const struct card_list *list)
{
	struct card_text text = {.arena = list->arena};

	buf_adds(out, "BEGIN:VCARD\r\n");
	buf_addf(out, "VERSION:%s\r\n", list->version == CARD_4_0 ? "4.0" : "3.0");
	for (size_t i = 0; i < list->n; i++) {
		text.n = 0;
		card_add_item(&text, &list->items[i], true);
		if (is_quoted(list->items[i].line.params))
			write_quoted(out, card_text_slice(&text));
		else
			cal_fold_add(out, text.s, text.n);
	}
	buf_adds(out, "END:VCARD\r\n");
}

void card_add_item(struct card_text *text, const struct card_item *item, bool value)
{
	if (item->group.n) {
		card_add_slice(text, item->group);
		card_adds(text, ".");
	}
	card_add_slice(text, item->line.name);
	if (item->line.params.n) {
		card_adds(text, ";");
		card_add_slice(text, item->line.params);
	}
	if (value) {
		card_adds(text, ":");
		card_add_slice(text, item->line.value);
	}
}

bool card_item_is(const struct card_item *item, const char *name)
{
	return cal_slice_is(item->line.name, name);
}

struct card_text card_text_of(struct arena *arena, size_t n)
{
	return (struct card_text){.arena = arena, .s = arena_alloc(arena, n + 1), .cap = n + 1};
}

void card_add(struct card_text *text, const char *s, size_t n)
{
	text->s = arena_grow(text->arena, text->s, &text->cap, text->n + n + 1, 1);
	if (n)
		memcpy(text->s + text->n, s, n);
	text->n += n;
	text->s[text->n] = '\0';
}

void card_adds(struct card_text *text, const char *s)
{
	card_add(text, s, strlen(s));
}

void card_add_slice(struct card_text *text, struct cal_slice slice)
{
	card_add(text, slice.s, slice.n);
}

struct cal_slice card_text_slice(const struct card_text *text)
{
	return (struct cal_slice){text->s ? text->s : "", text->n};
}

struct cal_slice card_slice(const char *text)
{
	return (struct cal_slice){text, strlen(text)};
}
