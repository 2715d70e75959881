/* SPDX-License-Identifier: ISC */
/* What both directions of a conversion need: parameters as a table, Apple's groups, who is preferred (card_items.h). */
#include "ical/card_items.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_GROUP 101 /* of ours; clients count from 1 and have fewer */

size_t card_prop_index(struct cal_slice name)
{
	const struct card_prop *prop = card_prop_named(name);
	size_t index = prop ? (size_t)(prop - card_prop_at(0)) : CARD_NOTHING;

	assert(!prop || index < CARD_MAX_PROPS);
	return index;
}

size_t card_list_find(const struct card_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (card_item_is(&list->items[i], name))
			return i;
	return CARD_NOTHING;
}

/* ---- groups ---- */

static int compare_names(struct cal_slice a, struct cal_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? strncasecmp(a.s, b.s, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_groups(const void *a, const void *b)
{
	const struct card_group *x = a, *y = b;
	int order = compare_names(x->name, y->name);

	return order ? order : (x->item > y->item) - (x->item < y->item);
}

/* The first of that group, or n_groups. */
static size_t find_group(const struct card_turn *turn, struct cal_slice name)
{
	size_t low = 0, high = turn->n_groups;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_names(turn->groups[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool in_group(const struct card_turn *turn, size_t i, struct cal_slice name)
{
	return i < turn->n_groups && compare_names(turn->groups[i].name, name) == 0;
}

size_t card_group_size(const struct card_turn *turn, struct cal_slice group)
{
	size_t first = find_group(turn, group), i = first;

	while (group.n && i < first + CARD_GROUP && in_group(turn, i, group))
		i++;
	return group.n ? i - first : 0;
}

size_t card_label_of(const struct card_turn *turn, const struct card_item *item)
{
	size_t first = find_group(turn, item->group), end = first + CARD_GROUP;

	for (size_t i = first; item->group.n && i < end && in_group(turn, i, item->group); i++)
		if (card_item_is(&turn->in->items[turn->groups[i].item], "X-ABLABEL"))
			return turn->groups[i].item;
	return CARD_NOTHING;
}

struct cal_slice card_group_new(struct card_turn *turn)
{
	struct cal_slice name;

	do
		name = card_slice(arena_printf(turn->arena, "item%u", turn->next_group++));
	while (in_group(turn, find_group(turn, name), name));
	return name;
}

bool card_group_is_ours(struct cal_slice group)
{
	int number;

	return cal_slice_starts(group, "item") &&
		cal_slice_number((struct cal_slice){group.s + 4, group.n - 4}, &number) &&
		number >= FIRST_GROUP;
}

/* ---- a conversion ---- */

/* Is this item what a version says that has the property once? The preferred; of several CLASS that which hides most: who may
 * see the card must not depend on the version that it is copied in. */
static bool is_better(const struct card_turn *turn, size_t p, size_t i, int pref)
{
	const struct card_item *items = turn->in->items;
	size_t best = turn->best[p];

	if (best == CARD_NOTHING)
		return true;
	if (cal_slice_is(items[i].line.name, "CLASS"))
		return cal_class_of(items[i].line.value) > cal_class_of(items[best].line.value);
	return pref && (!turn->pref[p] || pref < turn->pref[p]);
}

void card_turn_begin(struct card_turn *turn, struct card_list *out, const struct card_list *in)
{
	out->arena = in->arena;
	out->version = in->version == CARD_4_0 ? CARD_3_0 : CARD_4_0;
	*turn = (struct card_turn){
		.arena = in->arena, .in = in, .out = out, .next_group = FIRST_GROUP};
	turn->groups = arena_array(turn->arena, in->n + 1, sizeof(*turn->groups));
	turn->partner = arena_array(turn->arena, in->n + 1, sizeof(*turn->partner));
	for (size_t p = 0; p < CARD_MAX_PROPS; p++)
		turn->best[p] = CARD_NOTHING;
	for (size_t i = 0; i < in->n; i++) {
		size_t p = card_prop_index(in->items[i].line.name);
		int its = p == CARD_NOTHING ? 0 : card_pref(&in->items[i].line);

		turn->partner[i] = CARD_NOTHING;
		if (in->items[i].group.n)
			turn->groups[turn->n_groups++] = (struct card_group){in->items[i].group, i};
		if (p == CARD_NOTHING)
			continue;
		if (is_better(turn, p, i, its)) {
			turn->best[p] = i;
			turn->pref[p] = its;
		}
	}
	qsort(turn->groups, turn->n_groups, sizeof(*turn->groups), compare_groups);
}

static int compare_row(const void *key, const void *row)
{
	return compare_names(
		*(const struct cal_slice *)key, card_slice(((const struct card_row *)row)->name));
}

void card_turn_all(struct card_turn *turn, const struct card_row *rows, size_t n_rows,
	const struct card_row *other)
{
	for (turn->now = 0; turn->now < turn->in->n; turn->now++) {
		const struct card_item *item = &turn->in->items[turn->now];
		const struct card_row *row = bsearch(
			&item->line.name, rows, n_rows, sizeof(*rows), compare_row);

		row = row ? row : other;
		row->turn(turn, item, row);
	}
}

/* 6350 6, 2426 5: what may stand once does. */
static bool may_stand(struct card_turn *turn, const char *name)
{
	size_t p = card_prop_index(card_slice(name));

	if (p == CARD_NOTHING)
		return true;
	const struct card_prop *prop = card_prop_at(p);
	enum card_times times = turn->out->version == CARD_4_0 ? prop->times4 : prop->times3;
	bool again = turn->said[p];

	turn->said[p] = true;
	return !again || !card_is_single(times);
}

struct card_item *card_put(
	struct card_turn *turn, const char *name, struct cal_slice params, struct cal_slice value)
{
	const struct card_item *item = &turn->in->items[turn->now];
	struct card_item made = {
		.line = {.name = card_slice(name), .params = params, .value = value},
		.group = item->group,
		.from = turn->now,
		.at = item->at,
	};

	/* 2426 lets anything be the value of what it does not know: GENDER, KIND */
	const struct card_prop *prop = card_prop_named(made.line.name);
	if (turn->out->version == CARD_4_0 && prop && prop->times3 == CARD_NEVER &&
		!card_line_fits(&made.line, CARD_4_0))
		return NULL;
	return may_stand(turn, name) ? card_list_add(turn->out, &made) : NULL;
}

/* ---- parameters ---- */

/* What they are called there; NULL: the version has no such thing. What is no row is taken over as it is. */
static const struct {
	const char *name, *as3, *as4;
} param_rows[] = {
	{"ALTID", NULL, "ALTID"},                           /* 6350 5.4 */
	{"AUTHOR", NULL, "AUTHOR"},                         /* 9554 4.1 */
	{"AUTHOR-NAME", NULL, "AUTHOR-NAME"},               /* 9554 4.2 */
	{"CALSCALE", NULL, "CALSCALE"},                     /* 6350 5.8 */
	{"CC", NULL, "CC"},                                 /* 8605 3.1 */
	{"CHARSET", NULL, NULL},                            /* 2426 5: gone since 3.0 */
	{"CONTEXT", NULL, NULL},                            /* 6350 A.2 */
	{"CREATED", NULL, "CREATED"},                       /* 9554 4.3 */
	{"DERIVED", NULL, "DERIVED"},                       /* 9554 4.4 */
	{"ENCODING", NULL, NULL},                           /* of the rows that have it */
	{"GEO", NULL, "GEO"},                               /* 6350 5.10 */
	{"INDEX", NULL, "INDEX"},                           /* 6715 3.1 */
	{"JSCOMPS", NULL, "JSCOMPS"},                       /* 9555 3.3.1 */
	{"JSPTR", NULL, "JSPTR"},                           /* 9555 3.3.2 */
	{"LABEL", NULL, "LABEL"},                           /* 6350 6.3.1 */
	{"LEVEL", NULL, "LEVEL"},                           /* 6715 3.2 */
	{"MEDIATYPE", NULL, "MEDIATYPE"},                   /* 6350 5.7 */
	{"PHONETIC", NULL, "PHONETIC"},                     /* 9554 4.6 */
	{"PID", NULL, "PID"},                               /* 6350 5.5 */
	{"PROP-ID", NULL, "PROP-ID"},                       /* 9554 4.7 */
	{"SCRIPT", NULL, "SCRIPT"},                         /* 9554 4.8 */
	{"SERVICE-TYPE", "X-SERVICE-TYPE", "SERVICE-TYPE"}, /* 9554 4.9; Apple's word for it */
	{"SORT-AS", NULL, "SORT-AS"},                       /* 6350 5.9 */
	{"TZ", NULL, "TZ"},                                 /* 6350 5.11 */
	{"USERNAME", "X-USER", "USERNAME"},                 /* 9554 4.10; Apple's word for it */
	{"VALUE", NULL, NULL},                              /* of the rows that have it */
	{"X-SERVICE-TYPE", "X-SERVICE-TYPE", "SERVICE-TYPE"},
	{"X-USER", "X-USER", "USERNAME"},
};

/* Words of TYPE that 4.0 has no more (6350 A.2; INTERNET is what every EMAIL is). */
static bool is_old_type(const struct card_item *item, struct cal_slice type)
{
	static const struct {
		const char *name, *type;
	} rows[] = {{"EMAIL", "INTERNET"}, {"ADR", "DOM"}, {"ADR", "INTL"}, {"ADR", "POSTAL"},
		{"ADR", "PARCEL"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (card_item_is(item, rows[i].name) && cal_slice_is(type, rows[i].type))
			return true;
	return false;
}

static void add_type(struct card_text *out, size_t *n, struct cal_slice type, bool upper)
{
	bool quote = false;

	for (size_t i = 0; i < type.n; i++)
		quote |= strchr(":;,", type.s[i]) != NULL;
	card_adds(out, (*n)++ ? "," : ";TYPE=");
	card_adds(out, quote ? "\"" : "");
	for (size_t i = 0; i < type.n; i++) {
		int c = (unsigned char)type.s[i];

		card_add(out, (const char[]){(char)(upper ? toupper(c) : tolower(c))}, 1);
	}
	card_adds(out, quote ? "\"" : "");
}

/* All words in one TYPE; "pref" becomes PREF=1, and the most preferred ones "PREF" (6350 5.3, 2426 3.3.1). */
void card_add_types(struct card_turn *turn, struct card_text *out, const struct card_item *item)
{
	bool to4 = turn->out->version == CARD_4_0, internet = false, pref = false;
	size_t n = 0, p = card_prop_index(item->line.name);
	bool single = p != CARD_NOTHING && card_is_single(card_prop_at(p)->times3);
	struct card_types types = card_types_of(&item->line);
	struct cal_slice type;

	while (card_type_next(&types, &type)) {
		if (cal_slice_is(type, "PREF"))
			pref = true;
		else if (!to4 && cal_slice_is(type, "INTERNET"))
			internet = true;
	}
	if (!to4 && card_item_is(item, "EMAIL") && !card_has_type(&item->line, "X400"))
		add_type(out, &n, card_slice("INTERNET"), true);
	else if (internet)
		add_type(out, &n, card_slice("INTERNET"), true);
	types = card_types_of(&item->line);
	while (card_type_next(&types, &type))
		if (type.n && !cal_slice_is(type, "PREF") &&
			!(to4 ? is_old_type(item, type) : cal_slice_is(type, "INTERNET")))
			add_type(out, &n, type, !to4);
	if (!to4 && !single && /* nobody is preferred to nobody */
		(pref ||
			(p != CARD_NOTHING && turn->pref[p] &&
				card_pref(&item->line) == turn->pref[p])))
		add_type(out, &n, card_slice("PREF"), true);
	struct cal_slice number = card_param(&item->line, "PREF");
	if (to4 && card_pref_fits(number))
		card_add_param(out, "PREF", number);
	else if (to4 && pref)
		card_adds(out, ";PREF=1");
}

static bool is_param_gone(bool to4, struct cal_slice name, const char **as)
{
	*as = NULL;
	for (size_t i = 0; i < sizeof(param_rows) / sizeof(param_rows[0]); i++)
		if (cal_slice_is(name, param_rows[i].name)) {
			*as = to4 ? param_rows[i].as4 : param_rows[i].as3;
			return !*as;
		}
	return cal_slice_is(name, "TYPE") || cal_slice_is(name, "PREF");
}

/* 2426 says nothing about PID. */
static bool fits_in_4(struct cal_slice name, struct cal_slice values)
{
	struct cal_slice value;
	bool fits = true;

	while (cal_slice_is(name, "PID") && cal_param_value(&values, &value))
		fits = fits && card_pid_fits(value);
	return fits;
}

void card_add_params(
	struct card_turn *turn, struct card_text *out, const struct card_params_how *how)
{
	const struct card_item *item = &turn->in->items[turn->now];
	struct cal_slice rest = item->line.params, name, values;
	const char *as;

	if (how->value)
		card_adds(out, arena_printf(turn->arena, ";VALUE=%s", how->value));
	if (!how->no_types)
		card_add_types(turn, out, item);
	while (card_param_next(&rest, &name, &values, NULL)) {
		if (!name.n || is_param_gone(turn->out->version == CARD_4_0, name, &as) ||
			!fits_in_4(name, values) || (how->skip && cal_slice_is(name, how->skip)))
			continue;
		card_adds(out, ";");
		card_add_slice(out, as ? card_slice(as) : name);
		card_adds(out, "=");
		card_add_slice(out, values);
	}
}

/* Text of parameters begins with ";", params of a line do not. */
struct cal_slice card_params_slice(const struct card_text *text)
{
	struct cal_slice all = card_text_slice(text);

	return all.n ? (struct cal_slice){all.s + 1, all.n - 1} : all;
}

struct cal_slice card_params(struct card_turn *turn, const char *value)
{
	struct card_text text = {.arena = turn->arena};

	card_add_params(turn, &text, &(struct card_params_how){.value = value});
	return card_params_slice(&text);
}

void card_add_param(struct card_text *out, const char *name, struct cal_slice text)
{
	bool quote = false;

	for (size_t i = 0; i < text.n; i++)
		quote |= strchr(",;:", text.s[i]) != NULL;
	card_adds(out, ";");
	card_adds(out, name);
	card_adds(out, quote ? "=\"" : "=");
	for (size_t i = 0; i < text.n; i++) {
		const char *as = text.s[i] == '\n' ? "^n"
			: text.s[i] == '^'         ? "^^"
			: text.s[i] == '"'         ? "^'"
						   : NULL;

		card_add(out, as ? as : &text.s[i], as ? 2 : 1);
	}
	card_adds(out, quote ? "\"" : "");
}
