/* SPDX-License-Identifier: ISC */
/* A card as jCard (7095): ["vcard", [[name, {parameters}, type, value…]…]]. The card is 4.0, or was made so before. */
#include "ical/card.h"
#include "ical/card_items.h"
#include "src/base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_NUMBER 15 /* digits that every reader of JSON keeps */

/* ---- JSON (8259 7) ---- */

static void add_string(struct buf *out, struct cal_slice text, bool lower)
{
	buf_addc(out, '"');
	for (size_t i = 0, from = 0; i <= text.n; i++) {
		unsigned char c = i < text.n ? (unsigned char)text.s[i] : 0;
		bool plain = i < text.n && c >= ' ' && c != '"' && c != '\\' &&
			(!lower || !isupper(c));

		if (plain)
			continue;
		buf_add(out, text.s + from, i - from);
		from = i + 1;
		if (i == text.n)
			break;
		if (c == '\n')
			buf_adds(out, "\\n");
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c < ' ')
			buf_addf(out, "\\u%04x", c);
		else
			buf_addc(out, (char)tolower(c));
	}
	buf_addc(out, '"');
}

static void add_text(struct buf *out, struct arena *arena, struct cal_slice value)
{
	add_string(out, card_plain(arena, value), false);
}

/* ---- parameters (7095 3.4) ---- */

struct param {
	struct cal_slice name, values;
	uint64_t hash; /* of the name, without case */
};

static bool same_name(const struct param *a, const struct param *b)
{
	return a->hash == b->hash && a->name.n == b->name.n &&
		strncasecmp(a->name.s, b->name.s, a->name.n) == 0;
}

/* All of an item that may stand in the object. */
static struct param *read_params(struct arena *arena, const struct card_item *item, size_t *n)
{
	struct cal_slice rest = item->line.params, name, values;
	struct param *params;
	size_t count = 0;

	while (card_param_next(&rest, &name, &values, NULL))
		count++;
	params = arena_array(arena, count + 1, sizeof(*params));
	rest = item->line.params;
	for (*n = 0; card_param_next(&rest, &name, &values, NULL);) {
		if (!name.n || cal_slice_is(name, "VALUE") || cal_slice_is(name, "TYPE") ||
			(item->group.n && cal_slice_is(name, "GROUP")))
			continue;
		uint64_t hash = CAL_HASH_SEED;

		for (size_t i = 0; i < name.n; i++)
			hash = (hash ^ ((unsigned char)name.s[i] | 0x20)) * 1099511628211u;
		params[(*n)++] = (struct param){name, values, hash};
	}
	return params;
}

/* The values of all parameters with the name of the first, one after the other. */
struct values {
	const struct param *params;
	size_t n, at;
	struct cal_slice values, words;
	bool lists; /* the one whose quotes hold a list: SORT-AS="Harten,Rene" are two (6350 5.9) */
};

static struct values values_of(const struct param *params, size_t n)
{
	return (struct values){
		.params = params,
		.n = n,
		.values = params->values,
		.lists = cal_slice_is(params->name, "SORT-AS"),
	};
}

static bool next_value(struct values *v, struct cal_slice *value)
{
	while (!cal_slice_cut(&v->words, ',', value)) {
		if (cal_param_value(&v->values, value)) {
			if (!v->lists)
				return true;
			v->words = *value;
			continue;
		}
		do {
			if (++v->at >= v->n)
				return false;
		} while (!same_name(&v->params[v->at], v->params));
		v->values = v->params[v->at].values;
	}
	return true;
}

/* One value is a string, several are an array. */
static void add_param(struct buf *out, struct arena *arena, const struct param *params, size_t n)
{
	struct values v = values_of(params, n);
	bool label = cal_slice_is(params->name, "LABEL");
	struct cal_slice value;
	size_t found = 0, i = 0;

	while (next_value(&v, &value))
		found++;
	add_string(out, params->name, true);
	buf_adds(out, found < 2 ? ":" : ":[");
	for (v = values_of(params, n); next_value(&v, &value);) {
		value = cal_caret_decode(arena, value);
		buf_adds(out, i++ ? "," : "");
		/* the one that writes its line breaks as values do (6350 6.3.1) */
		add_string(out, label ? card_plain(arena, value) : value, false);
	}
	buf_adds(out, found > 1 ? "]" : found ? "" : "\"\"");
}

/* All words of TYPE: TYPE="voice,home" are two (6350 6.4.1). */
static struct cal_slice join_types(struct arena *arena, const struct card_item *item)
{
	struct card_types walk = card_types_of(&item->line);
	struct card_text text = {.arena = arena};
	struct cal_slice type;

	for (bool first = true; card_type_next(&walk, &type); first = false) {
		card_adds(&text, first ? "" : ",");
		card_add_slice(&text, type);
	}
	return card_text_slice(&text);
}

/* VALUE stands elsewhere; the group is one more (7095 7.1). */
static void add_params(struct buf *out, struct arena *arena, const struct card_item *item)
{
	struct param types = {.name = card_slice("TYPE"), .values = join_types(arena, item)};
	const char *comma = "";
	size_t n = 0;

	buf_addc(out, '{');
	if (item->group.n) {
		buf_adds(out, "\"group\":");
		add_string(out, item->group, false);
		comma = ",";
	}
	if (types.values.n) {
		buf_adds(out, comma);
		add_param(out, arena, &types, 1);
		comma = ",";
	}
	struct param *params = item->line.params.n ? read_params(arena, item, &n) : NULL;
	bool all = n <= CARD_MAX_PARAMS; /* of a number that nobody may write no two are one */
	for (size_t i = 0; i < n; i++) {
		size_t first = all ? 0 : i;

		while (!same_name(&params[first], &params[i]))
			first++;
		if (first < i)
			continue;
		buf_adds(out, comma);
		add_param(out, arena, &params[i], all ? n - i : 1);
		comma = ",";
	}
	buf_addc(out, '}');
}

/* ---- values (7095 3.5) ---- */

static void add_raw(struct buf *out, struct arena *arena, struct cal_slice value)
{
	(void)arena;
	add_string(out, value, false);
}

static void add_uri(struct buf *out, struct arena *arena, struct cal_slice value)
{
	add_string(out, card_reescape(arena, value, SHAPE_URI), false);
}

/* Pairs of digits with `mark` between; *text moves behind them. */
static void add_pairs(struct card_text *out, struct cal_slice *text, char mark)
{
	for (size_t n = 0; text->n >= 2 && isdigit((unsigned char)text->s[0]) &&
		isdigit((unsigned char)text->s[1]);
		n++) {
		card_add(out, &mark, n > 0);
		card_add(out, text->s, 2);
		text->s += 2;
		text->n -= 2;
	}
}

static void add_dashes(struct card_text *out, struct cal_slice *text)
{
	for (; text->n && *text->s == '-'; text->s++, text->n--)
		card_adds(out, "-");
}

/* Extended (7095 3.5.3 to 3.5.7), truncated or not: 19800229 is 1980-02-29, --0229 --02-29, T10 T10. */
static void add_time(struct card_text *out, struct cal_slice text)
{
	add_dashes(out, &text);
	add_pairs(out, &text, ':');
	if (text.n && (*text.s == '+' || *text.s == '-')) {
		card_add(out, text.s, 1);
		text.s++;
		text.n--;
		add_pairs(out, &text, ':');
	}
	card_add_slice(out, text);
}

static void add_date(struct card_text *out, struct cal_slice text)
{
	bool year = text.n >= 4 && *text.s != '-';

	add_dashes(out, &text);
	if (year) {
		card_add(out, text.s, 4);
		text.s += 4;
		text.n -= 4;
		card_adds(out, text.n && isdigit((unsigned char)*text.s) ? "-" : "");
	}
	add_pairs(out, &text, '-');
	card_add_slice(out, text);
}

static void add_when(struct buf *out, struct arena *arena, struct cal_slice value)
{
	const char *t = value.n ? memchr(value.s, 'T', value.n) : NULL;
	size_t n = t ? (size_t)(t - value.s) : value.n;
	struct card_text text = {.arena = arena};

	add_date(&text, (struct cal_slice){value.s, n});
	if (t) {
		card_adds(&text, "T");
		add_time(&text, (struct cal_slice){t + 1, value.n - n - 1});
	}
	add_string(out, card_text_slice(&text), false);
}

static void add_clock(struct buf *out, struct arena *arena, struct cal_slice value)
{
	struct card_text text = {.arena = arena};

	add_time(&text, value);
	add_string(out, card_text_slice(&text), false);
}

/* A number or a word as JSON has it (7095 3.5.8 to 3.5.10); what is none is a string. */
static void add_number(struct buf *out, struct arena *arena, struct cal_slice value)
{
	size_t i = value.n && *value.s == '-', digits = 0, dots = 0;

	if (i < value.n && value.s[i] == '0' && i + 1 < value.n && value.s[i + 1] != '.')
		digits = 0;
	else
		for (; i < value.n; i++) {
			dots += value.s[i] == '.' && digits;
			digits += isdigit((unsigned char)value.s[i]) != 0;
			if (!isdigit((unsigned char)value.s[i]) && value.s[i] != '.')
				break;
		}
	if (value.n && i == value.n && digits && dots <= 1 && digits + dots <= MAX_NUMBER &&
		isdigit((unsigned char)value.s[value.n - 1]) &&
		digits + dots + (*value.s == '-') == value.n)
		buf_add(out, value.s, value.n);
	else
		add_raw(out, arena, value);
}

static void add_boolean(struct buf *out, struct arena *arena, struct cal_slice value)
{
	if (cal_slice_is(value, "TRUE") || cal_slice_is(value, "FALSE"))
		buf_adds(out, cal_slice_is(value, "TRUE") ? "true" : "false");
	else
		add_raw(out, arena, value);
}

static const struct kind {
	const char *name;
	void (*add)(struct buf *out, struct arena *arena, struct cal_slice value);
	bool lists; /* commas separate values (6350 4) */
} kinds[] = {
	{"text", add_text, false}, {"uri", add_uri, false}, {"date", add_when, true},
	{"time", add_clock, true}, {"date-time", add_when, true},
	{"date-and-or-time", add_when, true}, {"timestamp", add_when, true},
	{"boolean", add_boolean, false}, {"integer", add_number, true}, {"float", add_number, true},
	{"utc-offset", add_clock, false}, {"language-tag", add_raw, false},
	{"unknown", add_raw, false}, /* 7095 5.1 */
};

static const struct kind *kind_named(const char *name)
{
	size_t i = 0;

	while (i + 1 < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].name, name) != 0)
		i++;
	return &kinds[i];
}

static const char *default_kind(const struct card_prop *prop)
{
	static const char *const names[] = {
		[CARD_TEXT] = "text",
		[CARD_TEXT_LIST] = "text",
		[CARD_STRUCTURED] = "text",
		[CARD_URI] = "uri",
		[CARD_BINARY] = "uri",
		[CARD_DATE] = "date-and-or-time",
		[CARD_TIMESTAMP] = "timestamp",
		[CARD_LANGUAGE_TAG] = "language-tag",
		[CARD_UTC_OFFSET] = "utc-offset",
		[CARD_GEO] = "uri",
		[CARD_CARD] = "text",
		[CARD_VERSION_NUMBER] = "text",
	};

	return prop ? names[prop->value4] : "unknown";
}

/* A component is a string, or an array where it is a list (7095 3.3.1.3). */
static void add_component(struct buf *out, struct arena *arena, struct cal_slice part, bool list)
{
	struct cal_slice rest = part, one;
	size_t n = 0;

	while (list && card_item_next(&rest, &one))
		n++;
	if (n < 2) {
		add_text(out, arena, part);
		return;
	}
	for (n = 0, rest = part; card_item_next(&rest, &one); n++) {
		buf_addc(out, n ? ',' : '[');
		add_text(out, arena, one);
	}
	buf_addc(out, ']');
}

static void add_components(struct buf *out, struct arena *arena, struct cal_slice value, bool lists)
{
	struct cal_slice rest = value, part;
	size_t n = 0;

	while (card_component_next(&rest, &part))
		n++;
	if (n < 2) {
		add_component(out, arena, value, lists);
		return;
	}
	for (n = 0, rest = value; card_component_next(&rest, &part); n++) {
		buf_addc(out, n ? ',' : '[');
		add_component(out, arena, part, lists);
	}
	buf_addc(out, ']');
}

static void add_item(struct buf *out, struct arena *arena, const struct card_item *item)
{
	const struct card_prop *prop = card_prop_named(item->line.name);
	struct cal_slice type = card_param(&item->line, "VALUE"), rest = item->line.value, one;
	const char *name = type.n ? cal_slice_dup(arena, type)
		/* what names it need not be a URI (6350 6.7.6), and rarely says so */
		: card_item_is(item, "UID") && !memchr(rest.s, ':', rest.n) ? "text"
									    : default_kind(prop);
	const struct kind *kind = kind_named(type.n ? text_lower(arena, name) : name);
	enum card_shape shape = card_shape_of(prop, CARD_4_0);
	bool is_text = strcmp(kind->name, "text") == 0;

	buf_addc(out, '[');
	add_string(out, item->line.name, true);
	buf_addc(out, ',');
	add_params(out, arena, item);
	buf_addc(out, ',');
	add_string(out, card_slice(name), true);
	buf_addc(out, ',');
	if (is_text && (shape == SHAPE_STRUCTURED || shape == SHAPE_COMPONENTS)) {
		add_components(out, arena, item->line.value, shape == SHAPE_STRUCTURED);
	} else if (kind->lists || (is_text && shape == SHAPE_LIST)) {
		for (size_t n = 0; card_item_next(&rest, &one); n++) {
			buf_adds(out, n ? "," : "");
			kind->add(out, arena, one);
		}
	} else {
		kind->add(out, arena, item->line.value);
	}
	buf_addc(out, ']');
}

void card_list_write_json(struct buf *out, const struct card_list *list)
{
	struct arena *arena = arena_new();

	buf_adds(out, "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]");
	for (size_t i = 0; i < list->n; i++) {
		buf_addc(out, ',');
		add_item(out, arena, &list->items[i]);
		arena_clear(arena);
	}
	buf_adds(out, "]]");
	arena_free(arena);
}
