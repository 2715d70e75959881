/* SPDX-License-Identifier: ISC */
/*
 * vCard 4.0 as 3.0 (6350 A, 2426): a row a property. What has no row is text of some shape, or an extension, which goes as it
 * is; what 3.0 has no word for is left out here, and kept by card_keep.c. Where clients have a word for it (Apple's groups of
 * two, X-ADDRESSBOOKSERVER-KIND), that is written.
 */
#include "ical/card_items.h"
#include "src/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ROW_FN(name)                                                                               \
	static void name(                                                                          \
		struct card_turn *turn, const struct card_item *item, const struct card_row *row)

/* A property that no row is about. */
ROW_FN(plain)
{
	const struct card_prop *prop = card_prop_named(item->line.name);
	const char *name = cal_slice_dup(turn->arena, item->line.name);

	(void)row;
	if (!prop)
		card_put(turn, name, item->line.params, item->line.value);
	else if (prop->times3 != CARD_NEVER)
		card_put(turn, prop->name, card_params(turn, NULL),
			card_reescape(
				turn->arena, item->line.value, card_shape_of(prop, CARD_4_0)));
}

/* 3.0 lists what is registered and lets everything else be (2426 4: iana-token); these were known there (2739). */
ROW_FN(as_it_is)
{
	card_put(turn, row->as ? row->as : row->name, card_params(turn, NULL), item->line.value);
}

/* An extension of 4.0, of which there may be several. */
ROW_FN(class)
{
	if (turn->best[card_prop_index(item->line.name)] == turn->now)
		as_it_is(turn, item, row);
}

/* Not more than one name (2426 3.1.1): the preferred. */
ROW_FN(formatted_name)
{
	size_t p = card_prop_index(item->line.name);

	if (turn->best[p] != turn->now)
		return;
	plain(turn, item, row);
	if (card_list_find(turn->in, "N") != CARD_NOTHING)
		return;
	/* 3.0 can not be without (2426 3.1.2): the last word is taken for the family's, as people do. */
	size_t k = card_list_find(turn->in, "KIND");
	bool person = k == CARD_NOTHING ||
		cal_slice_is(turn->in->items[k].line.value, "individual");
	struct cal_slice text = card_escaped(
		turn->arena, card_plain(turn->arena, item->line.value));
	const char *space = person && text.n ? memrchr(text.s, ' ', text.n) : NULL;
	size_t cut = space ? (size_t)(space - text.s) : 0;
	struct card_text value = {.arena = turn->arena};

	card_add(&value, text.s + cut + (cut > 0), text.n - cut - (cut > 0));
	card_adds(&value, ";");
	card_add(&value, text.s, cut);
	card_adds(&value, ";;;");
	struct card_item *made = card_put(
		turn, "N", (struct cal_slice){0}, card_text_slice(&value));
	if (made)
		made->from = CARD_NOTHING;
}

/* Five components (2426 3.1.2; 9554 2.2 adds two), and how it is sorted (2426 3.6.5). */
ROW_FN(name)
{
	struct cal_slice as = card_param(&item->line, "SORT-AS");

	card_put(turn, row->name, card_params(turn, NULL),
		card_components(turn->arena, item->line.value, CARD_N));
	if (as.n)
		card_put(turn, "SORT-STRING", (struct cal_slice){0},
			card_escaped(turn->arena, cal_caret_decode(turn->arena, as)));
}

/* Seven components (2426 3.2.1; 9554 2.1 adds more, which the seven say again), and the label (2426 3.2.2). */
ROW_FN(address)
{
	struct card_text types = {.arena = turn->arena};

	card_put(turn, row->name, card_params(turn, NULL),
		card_components(turn->arena, item->line.value, CARD_ADR));
	struct cal_slice label = card_param(&item->line, "LABEL");
	if (!label.n)
		return;
	card_add_types(turn, &types, item);
	/* 6350 6.3.1 writes line breaks as in values, 6868 3.1 with carets */
	label = card_escaped(
		turn->arena, card_plain(turn->arena, cal_caret_decode(turn->arena, label)));
	card_put(turn, "LABEL", card_params_slice(&types), label);
}

ROW_FN(date)
{
	struct card_text params = {.arena = turn->arena};
	struct cal_slice value;
	bool yearless;
	struct cal_slice scale = card_param(&item->line, "CALSCALE");

	if (cal_slice_is(card_param(&item->line, "VALUE"), "text") ||
		(scale.n && !cal_slice_is(scale, "gregorian")) ||
		!card_date_to3(turn->arena, item->line.value, &value, &yearless))
		return;
	card_add_params(turn, &params, &(struct card_params_how){.skip = "X-APPLE-OMIT-YEAR"});
	if (yearless)
		card_adds(&params, ";X-APPLE-OMIT-YEAR=" CARD_OMITTED_YEAR);
	card_put(turn, row->as ? row->as : row->name, card_params_slice(&params), value);
}

/* Apple's group of a line and its label, in the group that the line has or one of its own. */
static void put_labelled(struct card_turn *turn, const struct card_item *item, const char *name,
	struct cal_slice params, struct cal_slice value, const char *label)
{
	struct card_item *made = card_put(turn, name, params, value), *second;

	if (!made || (label && !*label) || card_label_of(turn, item) != CARD_NOTHING)
		return;
	struct cal_slice group = item->group.n ? item->group : card_group_new(turn);
	made->group = group;
	second = card_put(turn, "X-ABLabel", (struct cal_slice){0}, card_slice(label));
	second->group = group;
}

ROW_FN(anniversary)
{
	static const struct card_row as = {.name = "X-ABDATE"};
	size_t before = turn->out->n;

	(void)row;
	date(turn, item, &as);
	if (turn->out->n == before)
		return;
	struct card_item made = turn->out->items[--turn->out->n];
	put_labelled(turn, item, as.name, made.line.params, made.line.value, "_$!<Anniversary>!$_");
}

/* "spouse" as Apple's _$!<Spouse>!$_; an assistant is who 6350 6.6.6 calls an agent. */
static const char *label_of_type(struct arena *arena, struct cal_slice type)
{
	if (cal_slice_is(type, "agent"))
		return "_$!<Assistant>!$_";
	if (cal_slice_starts(type, "x-")) {
		type.s += 2;
		type.n -= 2;
	}
	char *word = text_lower(arena, cal_slice_dup(arena, type));

	for (char *p = word; *p; p++)
		if ((*p < 'a' || *p > 'z') && *p != '-')
			return "";
	if (!*word)
		return "";
	*word = (char)toupper((unsigned char)*word);
	return arena_printf(arena, "_$!<%s>!$_", word);
}

/* Names have a word in 3.0, references none but for AGENT (2426 3.5.4). */
ROW_FN(related)
{
	struct card_types types = card_types_of(&item->line);
	struct cal_slice type, first = {0}, kind = card_param(&item->line, "VALUE");
	bool is_name = cal_slice_is(kind, "text") ||
		(!kind.n && item->line.value.n &&
			!memchr(item->line.value.s, ':', item->line.value.n));

	(void)row;
	while (card_type_next(&types, &type))
		if (!first.n && !cal_slice_is(type, "pref"))
			first = type;
	if (is_name) {
		struct card_text params = {.arena = turn->arena};

		card_adds(&params, card_pref(&item->line) == 1 ? ";TYPE=PREF" : "");
		card_add_params(turn, &params, &(struct card_params_how){.no_types = true});
		put_labelled(turn, item, "X-ABRELATEDNAMES", card_params_slice(&params),
			card_reescape(turn->arena, item->line.value, SHAPE_TEXT),
			label_of_type(turn->arena, first));
	} else if (cal_slice_is(first, "agent")) {
		card_put(turn, "AGENT", card_slice("VALUE=uri"), item->line.value);
	}
}

/* Octets as base64 (2426 3.1.4), also where a client forgot that 4.0 writes them as a URI. */
ROW_FN(binary)
{
	struct cal_slice media, data, hint = card_param(&item->line, "MEDIATYPE"),
				      value = item->line.value;
	struct card_text params = {.arena = turn->arena};
	struct card_params_how how = {.no_types = true};
	/* percent-encoded, as it may be there (2397 3), it stays a URI */
	bool is_data = card_data_uri(value, &media, &data) && card_base64_fits(data);

	if (is_data) {
		value = data;
		hint = media;
	} else if (card_is_base64(&item->line)) {
		is_data = true;
		hint = card_param(&item->line, "TYPE");
	}
	if (is_data)
		card_adds(&params, ";ENCODING=b");
	else
		how.value = cal_slice_is(card_param(&item->line, "VALUE"), "text") ? "text" : "uri";
	card_add_params(turn, &params, &how);
	if (hint.n)
		card_add_param(&params, "TYPE",
			card_slice(card_type_of_media(turn->arena, item->line.name, hint)));
	card_put(turn, row->name, card_params_slice(&params), value);
}

/* "tel:+49-30-1" is a number like any other (2426 3.3.1). */
ROW_FN(phone)
{
	struct cal_slice value = item->line.value;

	if (cal_slice_is(card_param(&item->line, "VALUE"), "uri")) {
		if (cal_slice_starts(value, "tel:")) {
			value.s += 4;
			value.n -= 4;
		}
		value = card_escaped(turn->arena, value);
	} else {
		value = card_reescape(turn->arena, value, SHAPE_TEXT);
	}
	card_put(turn, row->name, card_params(turn, NULL), value);
}

/* "geo:52.5,13.4" as "52.5;13.4" (2426 3.4.2), a height and the rest left out. */
ROW_FN(position)
{
	struct cal_slice rest = item->line.value, latitude, longitude;
	struct card_text value = {.arena = turn->arena};

	if (!cal_slice_starts(rest, "geo:"))
		return;
	rest.s += 4;
	rest.n -= 4;
	cal_slice_cut(&rest, ';', &latitude);
	rest = latitude;
	if (!cal_slice_cut(&rest, ',', &latitude) || !cal_slice_cut(&rest, ',', &longitude))
		return;
	card_add_slice(&value, latitude);
	card_adds(&value, ";");
	card_add_slice(&value, longitude);
	card_put(turn, row->name, card_params(turn, NULL), card_text_slice(&value));
}

/* -0500 as -05:00, names as text (2426 3.4.1). */
ROW_FN(zone)
{
	struct cal_slice kind = card_param(&item->line, "VALUE"), value = item->line.value;
	int seconds;

	if (cal_slice_is(kind, "uri"))
		return;
	if (!cal_slice_is(kind, "utc-offset")) {
		card_put(turn, row->name, card_params(turn, "text"),
			card_reescape(turn->arena, value, SHAPE_TEXT));
	} else if (card_offset_parse(&seconds, NULL, value)) {
		int minutes = abs(seconds) / 60;

		card_put(turn, row->name, card_params(turn, NULL),
			card_slice(arena_printf(
				turn->arena, "%c%02d:%02d", *value.s, minutes / 60, minutes % 60)));
	}
}

/* Apple's words: X-ABShowAs for organisations, X-ADDRESSBOOKSERVER-KIND for the rest. */
ROW_FN(kind)
{
	(void)row;
	if (cal_slice_is(item->line.value, "org"))
		card_put(turn, "X-ABShowAs", card_params(turn, NULL), card_slice("COMPANY"));
	else if (cal_slice_is(item->line.value, "group"))
		card_put(turn, "X-ADDRESSBOOKSERVER-KIND", card_params(turn, NULL),
			item->line.value);
}

/* Apple's TYPE says whose service it is. */
ROW_FN(social)
{
	struct cal_slice service = card_param(&item->line, "SERVICE-TYPE");
	struct card_text params = {.arena = turn->arena};

	(void)row;
	if (cal_slice_is(card_param(&item->line, "VALUE"), "text"))
		return;
	card_add_params(turn, &params, &(struct card_params_how){.skip = "SERVICE-TYPE"});
	if (service.n)
		card_add_param(&params, "TYPE", service);
	card_put(turn, "X-SOCIALPROFILE", card_params_slice(&params), item->line.value);
}

static const struct card_row rows[] = {
	/* sorted, for the binary search */
	{"ADR", address, NULL},
	{"ANNIVERSARY", anniversary, NULL},
	{"BDAY", date, NULL},
	{"CALADRURI", as_it_is, NULL},
	{"CALURI", as_it_is, NULL},
	{"CLASS", class, NULL},
	{"DEATHDATE", date, "X-DEATHDATE"},
	{"FBURL", as_it_is, NULL},
	{"FN", formatted_name, NULL},
	{"GENDER", as_it_is, "X-GENDER"},
	{"GEO", position, NULL},
	{"KEY", binary, NULL},
	{"KIND", kind, NULL},
	{"LOGO", binary, NULL},
	{"MEMBER", as_it_is, "X-ADDRESSBOOKSERVER-MEMBER"},
	{"N", name, NULL},
	{"PHOTO", binary, NULL},
	{"RELATED", related, NULL},
	{"REV", date, NULL},
	{"SOCIALPROFILE", social, NULL},
	{"SOUND", binary, NULL},
	{"TEL", phone, NULL},
	{"TZ", zone, NULL},
	{"UID", as_it_is, NULL},
};

void card_base_to3(struct card_list *out, const struct card_list *in)
{
	static const struct card_row other = {"", plain, NULL};
	struct card_turn turn;

	card_turn_begin(&turn, out, in);
	card_turn_all(&turn, rows, sizeof(rows) / sizeof(rows[0]), &other);
}
