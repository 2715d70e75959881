/* SPDX-License-Identifier: ISC */
/*
 * vCard 3.0 as 4.0 (6350 A, 2426): a row a property, and a row a word that clients use in 3.0 for what 4.0 has a property for.
 * What 4.0 has no word for is left out here, and kept by card_keep.c.
 */
#include "ical/card_items.h"
#include "src/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ROW_FN(name)                                                                               \
	static void name(                                                                          \
		struct card_turn *turn, const struct card_item *item, const struct card_row *row)

static void put_raw(struct card_turn *turn, const struct card_item *item)
{
	card_put(turn, cal_slice_dup(turn->arena, item->line.name), item->line.params,
		item->line.value);
}

/* 3.0 has no quoted-printable (2426 5), clients do; what is no text then is not taken over. */
static bool decode_quoted(struct card_turn *turn, enum card_shape shape, struct cal_slice *value)
{
	struct facts_fault unused;
	struct card_text text = {.arena = turn->arena};
	struct cal_slice octets = card_octets(turn->arena, *value, '=');

	if (shape == SHAPE_TEXT)
		card_escape_into(&text, octets);
	else
		card_add_slice(&text, card_without_breaks(turn->arena, octets));
	*value = card_text_slice(&text);
	return cal_check_bytes(value->s, value->n, &unused);
}

ROW_FN(plain)
{
	const struct card_prop *prop = card_prop_named(item->line.name);
	enum card_shape shape = card_shape_of(prop, CARD_3_0);
	struct cal_slice value = item->line.value;

	(void)row;
	if (!prop || prop->times3 == CARD_NEVER) {
		put_raw(turn, item); /* an extension, or 4.0 already */
	} else if (prop->times4 != CARD_NEVER) {
		if (cal_slice_is(card_param(&item->line, "ENCODING"), "QUOTED-PRINTABLE") &&
			!decode_quoted(turn, shape, &value))
			return;
		card_put(turn, prop->name, card_params(turn, NULL),
			card_reescape(turn->arena, value, shape));
	}
}

/* CLASS: 4.0 has none, but it says who may see the card; hidden it would be lost with the next write. */
ROW_FN(as_it_is)
{
	card_put(turn, row->as ? row->as : row->name, card_params(turn, NULL), item->line.value);
}

ROW_FN(left_out)
{
	(void)turn, (void)item, (void)row;
}

/* Its SORT-STRING as a parameter (6350 5.9). */
ROW_FN(name)
{
	struct card_text params = {.arena = turn->arena};
	size_t partner = turn->partner[turn->now];

	card_add_params(turn, &params, &(struct card_params_how){0});
	if (partner != CARD_NOTHING)
		card_add_param(&params, "SORT-AS",
			card_plain(turn->arena, turn->in->items[partner].line.value));
	card_put(turn, row->name, card_params_slice(&params),
		card_components(turn->arena, item->line.value, CARD_N));
}

/* Its LABEL as a parameter (6350 6.3.1). */
ROW_FN(address)
{
	struct card_text params = {.arena = turn->arena};
	size_t partner = turn->partner[turn->now];

	card_add_params(turn, &params, &(struct card_params_how){0});
	if (partner != CARD_NOTHING)
		card_add_param(&params, "LABEL",
			card_plain(turn->arena, turn->in->items[partner].line.value));
	card_put(turn, row->name, card_params_slice(&params),
		card_components(turn->arena, item->line.value, CARD_ADR));
}

/* Whether Apple says that there is no year. */
static bool is_yearless(const struct card_item *item)
{
	struct cal_slice year = card_param(&item->line, "X-APPLE-OMIT-YEAR");

	return year.n && year.n <= item->line.value.n &&
		memcmp(year.s, item->line.value.s, year.n) == 0;
}

/* What is no date is text (6350 6.2.5). */
ROW_FN(date)
{
	bool yearless = is_yearless(item);
	struct card_text params = {.arena = turn->arena};
	struct card_params_how how = {.skip = yearless ? "X-APPLE-OMIT-YEAR" : NULL};
	struct cal_slice value;

	if (cal_slice_is(card_param(&item->line, "VALUE"), "text") ||
		!card_date_to4(turn->arena, item->line.value, yearless, &value)) {
		if (!item->line.value.n || card_item_is(item, "REV"))
			return; /* 6350 6.7.4 knows no text */
		how.value = "text";
		value = card_reescape(turn->arena, item->line.value, SHAPE_TEXT);
	}
	card_add_params(turn, &params, &how);
	card_put(turn, row->as ? row->as : row->name, card_params_slice(&params), value);
}

/* The words that clients have for it; a card that has one of 4.0's already keeps them as they are. */
static bool is_said_already(const struct card_turn *turn, const char *name)
{
	return turn->said[card_prop_index(card_slice(name))] ||
		turn->best[card_prop_index(card_slice(name))] != CARD_NOTHING;
}

ROW_FN(anniversary)
{
	bool yearless = is_yearless(item);
	struct cal_slice value;

	if (is_said_already(turn, "ANNIVERSARY") ||
		!card_date_to4(turn->arena, item->line.value, yearless, &value)) {
		put_raw(turn, item);
		return;
	}
	struct card_item *made = card_put(turn, row->as, (struct cal_slice){0}, value);
	if (made && card_group_is_ours(item->group) && card_group_size(turn, item->group) <= 2)
		made->group = (struct cal_slice){0};
}

/* Between Apple's marks. */
static bool cut_label(
	const struct card_turn *turn, const struct card_item *item, struct cal_slice *word)
{
	size_t label = card_label_of(turn, item);

	if (label == CARD_NOTHING)
		return false;
	*word = turn->in->items[label].line.value;
	if (word->n < 8 || !cal_slice_starts(*word, "_$!<") ||
		memcmp(word->s + word->n - 4, ">!$_", 4) != 0)
		return false;
	word->s += 4;
	word->n -= 8;
	return true;
}

static bool is_anniversary(const struct card_turn *turn, const struct card_item *item)
{
	struct cal_slice word;

	return cut_label(turn, item, &word) && cal_slice_is(word, "Anniversary");
}

ROW_FN(labelled_date)
{
	static const struct card_row as = {.name = "X-ABDATE", .as = "ANNIVERSARY"};

	(void)row;
	if (is_anniversary(turn, item))
		anniversary(turn, item, &as);
	else
		put_raw(turn, item);
}

/* The words of 6350 6.6.6; others are of our own making. */
static const char *type_of_label(struct arena *arena, struct cal_slice word)
{
	static const char *const types[] = {"acquaintance", "agent", "child", "co-resident",
		"co-worker", "colleague", "contact", "crush", "date", "emergency", "friend", "kin",
		"me", "met", "muse", "neighbor", "parent", "sibling", "spouse", "sweetheart"};
	const char *text = text_lower(arena, cal_slice_dup(arena, word));

	if (cal_slice_is(word, "Assistant"))
		return "agent";
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], text) == 0)
			return text;
	for (const char *p = text; *p; p++)
		if ((*p < 'a' || *p > 'z') && *p != '-')
			return NULL;
	return *text ? arena_printf(arena, "x-%s", text) : NULL;
}

/* A label that is one word of Apple's says the type; any other stays beside it. */
static const char *type_by_label(const struct card_turn *turn, const struct card_item *item)
{
	struct cal_slice word;

	return cut_label(turn, item, &word) ? type_of_label(turn->arena, word) : NULL;
}

static void put_related(struct card_turn *turn, const struct card_item *item, const char *type)
{
	struct card_text params = {.arena = turn->arena};

	card_adds(&params, ";VALUE=text");
	if (type)
		card_adds(&params, arena_printf(turn->arena, ";TYPE=%s", type));
	card_add_params(turn, &params, &(struct card_params_how){0});
	struct card_item *made = card_put(turn, "RELATED", card_params_slice(&params),
		card_reescape(turn->arena, item->line.value, SHAPE_TEXT));
	if (made && card_group_is_ours(item->group) && type &&
		card_group_size(turn, item->group) <= 2)
		made->group = (struct cal_slice){0};
}

ROW_FN(labelled_name)
{
	(void)row;
	put_related(turn, item, type_by_label(turn, item));
}

/* A card that has 4.0's word for its relations too says the same twice. */
ROW_FN(relative)
{
	if (item->line.value.n &&
		turn->best[card_prop_index(card_slice("RELATED"))] == CARD_NOTHING)
		put_related(turn, item, row->as);
	else
		put_raw(turn, item);
}

/* Gone where the type of what it labels says the same. */
ROW_FN(label)
{
	(void)row;
	if (turn->partner[turn->now] == CARD_NOTHING)
		put_raw(turn, item);
}

ROW_FN(binary)
{
	const struct cal_line *line = &item->line;
	struct cal_slice type = {0}, media, data, kind = card_param(line, "VALUE");
	struct card_text params = {.arena = turn->arena}, value = {.arena = turn->arena};
	struct card_params_how how = {.no_types = true};
	struct card_types types = card_types_of(line);

	while (!type.n && card_type_next(&types, &type))
		if (cal_slice_is(type, "PREF"))
			type.n = 0;
	if (card_is_base64(line) || (!kind.n && card_base64_fits(line->value))) {
		if (!card_base64_fits(line->value))
			return;
		card_adds(&value, "data:");
		card_adds(&value, card_media_of_data(turn->arena, row->name, type, line->value));
		card_adds(&value, ";base64,");
		card_add_base64(&value, line->value);
	} else if (kind.n ? cal_slice_is(kind, "text")
			  : !memchr(line->value.s, ':', line->value.n)) {
		if (!cal_slice_is(card_slice(row->name), "KEY"))
			return; /* only keys can be text (6350 6.8.1) */
		how.value = "text";
		card_add_slice(&value, card_reescape(turn->arena, line->value, SHAPE_TEXT));
	} else {
		card_add_slice(&value, card_reescape(turn->arena, line->value, SHAPE_URI));
		if (type.n && !card_data_uri(line->value, &media, &data))
			card_add_param(&params, "MEDIATYPE",
				card_slice(card_media_of_type(
					turn->arena, card_slice(row->name), type)));
	}
	card_add_params(turn, &params, &how);
	card_put(turn, row->name, card_params_slice(&params), card_text_slice(&value));
}

ROW_FN(phone)
{
	bool uri = cal_slice_is(card_param(&item->line, "VALUE"), "uri");

	card_put(turn, row->name, card_params(turn, uri ? "uri" : NULL),
		uri ? item->line.value : card_reescape(turn->arena, item->line.value, SHAPE_TEXT));
}

static bool is_float(struct cal_slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		digits += isdigit((unsigned char)c) != 0;
		if (!isdigit((unsigned char)c) && c != '.' && (i || (c != '-' && c != '+')))
			return false;
	}
	return digits > 0;
}

/* Two floats (2426 3.4.2) as a URI (6350 6.5.2). */
ROW_FN(position)
{
	struct cal_slice rest = item->line.value, latitude, longitude;
	struct card_text value = {.arena = turn->arena};

	if (cal_slice_starts(rest, "geo:")) {
		as_it_is(turn, item, row);
		return;
	}
	if (!cal_slice_cut(&rest, ';', &latitude) || !cal_slice_cut(&rest, ';', &longitude))
		return;
	latitude.n -= latitude.n && latitude.s[latitude.n - 1] == '\\'; /* vobject's "\;" */
	if (!is_float(latitude) || !is_float(longitude))
		return;
	card_adds(&value, "geo:");
	card_add_slice(&value, latitude);
	card_adds(&value, ",");
	card_add_slice(&value, longitude);
	card_put(turn, row->name, card_params(turn, NULL), card_text_slice(&value));
}

/* "-05:00" (2426 3.4.1) as an offset, anything else as text (6350 6.5.1). */
ROW_FN(zone)
{
	struct cal_slice v = item->line.value, kind = card_param(&item->line, "VALUE");
	int seconds;

	if (!cal_slice_is(kind, "text") && card_offset_parse(&seconds, NULL, v)) {
		int minutes = abs(seconds) / 60;

		card_put(turn, row->name, card_params(turn, "utc-offset"),
			card_slice(arena_printf(
				turn->arena, "%c%02d%02d", *v.s, minutes / 60, minutes % 60)));
	} else if (v.n) {
		card_put(turn, row->name, card_params(turn, NULL),
			card_reescape(turn->arena, v, SHAPE_TEXT));
	}
}

/* Only a reference to another card has a word in 4.0 (6350 6.6.6). */
ROW_FN(agent)
{
	struct card_text params = {.arena = turn->arena};

	(void)row;
	if (!cal_slice_is(card_param(&item->line, "VALUE"), "uri"))
		return;
	card_adds(&params, ";TYPE=agent");
	card_add_params(turn, &params, &(struct card_params_how){.no_types = true});
	card_put(turn, "RELATED", card_params_slice(&params), item->line.value);
}

/* Only groups have members in 4.0 (6350 6.6.5); in a card that says nothing of the kind, Apple's word for them stays. */
ROW_FN(member)
{
	bool apples = strcmp(row->name, row->as) != 0;

	if (turn->group && apples)
		card_put(turn, row->as, card_params(turn, NULL), item->line.value);
	else if (turn->group || apples)
		put_raw(turn, item);
}

ROW_FN(show_as)
{
	(void)row;
	if (cal_slice_is(item->line.value, "COMPANY") && !is_said_already(turn, "KIND") &&
		!turn->apple_kind)
		card_put(turn, "KIND", card_params(turn, NULL), card_slice("org"));
	else
		put_raw(turn, item);
}

/* What IMPP is for since 4770; a card that has IMPP too says the same twice. */
ROW_FN(messenger)
{
	static const char safe[] = "-._~@+:/";
	struct card_text value = {.arena = turn->arena};
	struct cal_slice name = card_plain(turn->arena, item->line.value);

	if (turn->best[card_prop_index(card_slice("IMPP"))] != CARD_NOTHING || !name.n) {
		put_raw(turn, item);
		return;
	}
	card_adds(&value, row->as);
	card_adds(&value, ":");
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.s[i];

		if (isalnum(c) || (c && strchr(safe, c)))
			card_add(&value, &name.s[i], 1);
		else
			card_adds(&value, arena_printf(turn->arena, "%%%02X", c));
	}
	card_put(turn, "IMPP", card_params(turn, NULL), card_text_slice(&value));
}

/* Apple's TYPE says whose service it is (9554 3.5). */
ROW_FN(social)
{
	struct card_types types = card_types_of(&item->line);
	struct card_text params = {.arena = turn->arena};
	struct cal_slice type, service = {0};

	(void)row;
	while (!service.n && card_type_next(&types, &type))
		if (!cal_slice_is(type, "pref") && !cal_slice_is(type, "home") &&
			!cal_slice_is(type, "work"))
			service = type;
	card_add_params(turn, &params, &(struct card_params_how){.no_types = service.n > 0});
	if (service.n)
		card_add_param(&params, "SERVICE-TYPE", service);
	card_put(turn, "SOCIALPROFILE", card_params_slice(&params),
		card_reescape(turn->arena, item->line.value, SHAPE_URI));
}

static const struct card_row rows[] = {
	/* sorted, for the binary search */
	{"ADR", address, NULL},
	{"AGENT", agent, NULL},
	{"ANNIVERSARY", date, NULL},
	{"BDAY", date, NULL},
	{"CALADRURI", as_it_is, NULL}, /* 2739 has these for 3.0 too */
	{"CALURI", as_it_is, NULL},
	{"CLASS", as_it_is, NULL},
	{"DEATHDATE", date, NULL},
	{"FBURL", as_it_is, NULL},
	{"GEO", position, NULL},
	{"KEY", binary, NULL},
	{"LABEL", left_out, NULL},
	{"LOGO", binary, NULL},
	{"MAILER", left_out, NULL},
	{"MEMBER", member, "MEMBER"},
	{"N", name, NULL},
	{"NAME", left_out, NULL},
	{"PHOTO", binary, NULL},
	{"PROFILE", left_out, NULL},
	{"REV", date, NULL},
	{"SORT-STRING", left_out, NULL},
	{"SOUND", binary, NULL},
	{"TEL", phone, NULL},
	{"TZ", zone, NULL},
	{"UID", as_it_is, NULL},
	{"X-ABDATE", labelled_date, NULL},
	{"X-ABLABEL", label, NULL},
	{"X-ABRELATEDNAMES", labelled_name, NULL},
	{"X-ABSHOWAS", show_as, NULL},
	{"X-ADDRESSBOOKSERVER-KIND", as_it_is, "KIND"},
	{"X-ADDRESSBOOKSERVER-MEMBER", member, "MEMBER"},
	{"X-AIM", messenger, "aim"},
	{"X-ANNIVERSARY", anniversary, "ANNIVERSARY"},
	{"X-ASSISTANT", relative, "agent"},
	{"X-DEATHDATE", date, "DEATHDATE"},
	{"X-EVOLUTION-ANNIVERSARY", anniversary, "ANNIVERSARY"},
	{"X-EVOLUTION-ASSISTANT", relative, "agent"},
	{"X-EVOLUTION-MANAGER", relative, "x-manager"},
	{"X-EVOLUTION-SPOUSE", relative, "spouse"},
	{"X-GADUGADU", messenger, "gg"},
	{"X-GENDER", as_it_is, "GENDER"},
	{"X-GOOGLE-TALK", messenger, "xmpp"},
	{"X-GTALK", messenger, "xmpp"},
	{"X-ICQ", messenger, "icq"},
	{"X-JABBER", messenger, "xmpp"},
	{"X-KADDRESSBOOK-X-ANNIVERSARY", anniversary, "ANNIVERSARY"},
	{"X-KADDRESSBOOK-X-ASSISTANTSNAME", relative, "agent"},
	{"X-KADDRESSBOOK-X-MANAGERSNAME", relative, "x-manager"},
	{"X-KADDRESSBOOK-X-SPOUSESNAME", relative, "spouse"},
	{"X-MANAGER", relative, "x-manager"},
	{"X-MATRIX", messenger, "matrix"},
	{"X-MSN", messenger, "msnim"},
	{"X-SKYPE", messenger, "skype"},
	{"X-SKYPE-USERNAME", messenger, "skype"},
	{"X-SOCIALPROFILE", social, NULL},
	{"X-SPOUSE", relative, "spouse"},
	{"X-YAHOO", messenger, "ymsgr"},
};

/* Home, work and PREF tell addresses apart; a LABEL goes with the first ADR of its kind that has none (2426 3.2.2). */
static unsigned place_of(const struct card_item *item)
{
	return (card_has_type(&item->line, "home") ? 1 : 0) +
		(card_has_type(&item->line, "work") ? 2 : 0) + (card_pref(&item->line) ? 4 : 0);
}

static void pair(struct card_turn *turn, size_t a, size_t b)
{
	turn->partner[a] = b;
	turn->partner[b] = a;
}

static void pair_labels(struct card_turn *turn)
{
	const struct card_list *in = turn->in;
	size_t at[8] = {0};

	for (size_t i = 0; i < in->n; i++) {
		size_t *next = &at[place_of(&in->items[i])];

		if (!card_item_is(&in->items[i], "LABEL"))
			continue;
		while (*next < in->n &&
			(!card_item_is(&in->items[*next], "ADR") ||
				place_of(&in->items[*next]) != place_of(&in->items[i])))
			(*next)++;
		if (*next < in->n)
			pair(turn, i, (*next)++);
	}
}

/* What is merged with something else, before anything is written. */
/* What KIND says in the end: the first one counts, whosever word it is. */
static bool is_group(const struct card_list *in)
{
	size_t kind = card_list_find(in, "KIND"),
	       apples = card_list_find(in, "X-ADDRESSBOOKSERVER-KIND"),
	       first = kind < apples ? kind : apples;

	return first != CARD_NOTHING && cal_slice_is(in->items[first].line.value, "group");
}

static void pair_all(struct card_turn *turn)
{
	const struct card_list *in = turn->in;
	size_t n = card_list_find(in, "N"), sort = card_list_find(in, "SORT-STRING");
	bool dated = is_said_already(turn, "ANNIVERSARY");

	turn->group = is_group(in);
	turn->apple_kind = card_list_find(in, "X-ADDRESSBOOKSERVER-KIND") != CARD_NOTHING;
	pair_labels(turn);
	if (n != CARD_NOTHING && sort != CARD_NOTHING && in->items[sort].line.value.n)
		pair(turn, n, sort);
	for (size_t i = 0; i < in->n; i++) {
		const struct card_item *item = &in->items[i];
		bool date = card_item_is(item, "X-ABDATE") && !dated && is_anniversary(turn, item);

		dated |= date;
		if ((date ||
			    (card_item_is(item, "X-ABRELATEDNAMES") &&
				    type_by_label(turn, item))) &&
			card_group_size(turn, item->group) == 2)
			pair(turn, i, card_label_of(turn, item));
	}
}

void card_base_to4(struct card_list *out, const struct card_list *in)
{
	static const struct card_row other = {"", plain, NULL};
	struct card_turn turn;

	card_turn_begin(&turn, out, in);
	pair_all(&turn);
	card_turn_all(&turn, rows, sizeof(rows) / sizeof(rows[0]), &other);
}
