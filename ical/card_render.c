/* SPDX-License-Identifier: ISC */
/*
 * Parts of a card (6352 10.4): the lines that are asked for as they stand, with their groups; what is not asked for is not
 * looked into. Neither VERSION nor UID is added (10.4: the answer may be no valid card then).
 */
#include "ical/card.h"
#include "ical/card_internal.h"

#include <string.h>

static void add_line(
	struct buf *out, const struct card_data_request *request, const struct cal_line *line)
{
	size_t i = 0;

	while (i < request->n_props && !card_is_named(line, request->props[i]))
		i++;
	if (i == request->n_props)
		return;
	if (!request->novalue[i]) {
		cal_line_add(out, line);
		return;
	}
	struct buf head;
	buf_init(&head, CAL_MAX_BYTES);
	buf_add(&head, line->name.s, line->name.n);
	if (line->params.n) {
		buf_adds(&head, ";");
		buf_add(&head, line->params.s, line->params.n);
	}
	buf_adds(&head, ":");
	cal_fold_add(out, head.data, head.len);
	buf_free(&head);
}

/* Lines that run on (quoted-printable, as somebody stored it long ago). */
static bool render_whole(
	struct buf *out, const struct card_data_request *request, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct cal_object object;
	struct facts_fault fault;
	const struct cal_line *line;
	bool readable = card_parse(&object, arena, bytes, len, &fault);

	for (uint32_t at = 0; readable && (line = cal_comp_next(&object, object.comps, &at));)
		add_line(out, request, line);
	arena_free(arena);
	return readable;
}

bool card_render(
	struct buf *out, const struct card_data_request *request, const char *bytes, size_t len)
{
	struct card_walk walk = card_walk_of(bytes, len);
	struct arena *arena;
	struct cal_line line;
	size_t before = out->len, first;

	if (!request->n_props)
		return buf_add(out, bytes, len) || out->full;
	arena = arena_new();
	buf_adds(out, "BEGIN:VCARD\r\n");
	first = out->len;
	while (card_walk_next(&walk, arena, &line)) {
		add_line(out, request, &line);
		arena_clear(arena);
	}
	arena_free(arena);
	if (!walk.over) {
		out->len = first;
		if (!render_whole(out, request, bytes, len)) {
			out->len = before;
			return false;
		}
	}
	buf_adds(out, "END:VCARD\r\n");
	return true;
}
