/* SPDX-License-Identifier: ISC */
/*
 * From one version of a card to another (card.h). The rows of card_to3.c and card_to4.c say what becomes of a property;
 * card_keep.c keeps what comes to nothing there, having tried the way back.
 */
#include "ical/card.h"
#include "ical/card_items.h"

static void turn_base(struct card_list *out, const struct card_list *in, enum card_version target)
{
	*out = (struct card_list){.arena = in->arena, .version = target};
	card_list_room(out, in->n);
	if (target == CARD_4_0)
		card_base_to4(out, in);
	else
		card_base_to3(out, in);
}

void card_turn_list(struct card_list *out, const struct card_list *in, enum card_version target)
{
	struct card_list said = *in, keeps, base, back;

	said.items = arena_memdup(in->arena, in->items, in->n * sizeof(*in->items));
	card_keeps_take(&keeps, &said, target);
	turn_base(&base, &said, target);
	card_keeps_apply(out, &base, &said, &keeps);
	turn_base(&back, out, in->version);
	card_keeps_find(out, &said, &back);
}

/* The card in the version of `format`; false when it is in it already, or can not be. */
static bool make(struct card_list *made, const struct card_list *in, enum card_format format)
{
	enum card_version target = format == CARD_VCARD_3 ? CARD_3_0 : CARD_4_0;

	if (in->version == CARD_2_1 || format == CARD_AS_STORED)
		return false;
	if (in->version != target)
		card_turn_list(made, in, target);
	else if (format == CARD_JCARD)
		*made = *in;
	else
		return false;
	return true;
}

bool card_convert(struct buf *out, enum card_format format, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct card_list in, made;
	size_t before = out->len;
	bool done = card_list_read(&in, arena, bytes, len) && make(&made, &in, format);

	if (done && format == CARD_JCARD)
		card_list_write_json(out, &made);
	else if (done)
		card_list_write(out, &made);
	if (done && out->full) {
		out->len = before;
		done = false;
	}
	arena_free(arena);
	return done;
}
