/* SPDX-License-Identifier: ISC */
/*
 * What the other version can not say. A conversion is tried there and back: lines of both sides that belong together, by being
 * made of each other, are a part; a part that does not come back as it was is kept whole, in a line of the result:
 *
 *   X-DAYBOOK-V4:MARKS LINE
 *
 * LINE is what stood there (several have %0A between; it may be missing, when nothing did). MARKS are the groups and hashes of the lines
 * that the result has for it, with "+" between; "-" is none. The way back puts LINE in their place where all of them are still there,
 * unchanged; whoever changed one of them has said something new, which counts. A LINE without ":" has the value that its line
 * is converted to: a photo is not kept twice. What clients might escape, or refuse, is percent-encoded.
 */
#include "ical/card_items.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_DIGITS 16
#define MAX_PASSES 4 /* over lines that look alike; more would only be neater */

static const char *kept_name(enum card_version version)
{
	return version == CARD_4_0 ? CARD_KEPT_OF_4 : CARD_KEPT_OF_3;
}

void card_keeps_take(struct card_list *keeps, struct card_list *list, enum card_version target)
{
	size_t n = 0;

	*keeps = (struct card_list){.arena = list->arena, .version = target};
	for (size_t i = 0; i < list->n; i++)
		if (card_item_is(&list->items[i], kept_name(target)))
			card_list_add(keeps, &list->items[i]);
		else
			list->items[n++] = list->items[i];
	list->n = n;
}

/* ---- back ---- */

struct restore {
	const struct card_list *in, *base, *keeps;
	struct card_list *result;
	struct card_index index, grouped;       /* of `in` */
	bool said[CARD_MAX_PROPS];              /* properties that `base` has of `in` */
	struct cal_slice altid[CARD_MAX_PROPS]; /* of one that comes back as it was */
	bool instead[CARD_MAX_PROPS]; /* those that were kept, instead of one that was made up */
	bool *taken;                  /* of each item of `in` */
	size_t *keep_of;              /* of each item of `in`: the keep that replaces it */
	size_t *main;                 /* of each keep: the first item that it replaces */
	bool *done;                   /* of each keep */
	struct cal_slice *lines;      /* of each keep, encoded */
};

/* "GROUP.HASH" of a line, and what stands behind it. */
struct mark {
	struct cal_slice group;
	uint64_t hash;
	bool more; /* a "+": there is another one */
};

/* Cuts a mark off; false when it is none. */
static bool next_mark(struct cal_slice *rest, struct mark *mark)
{
	size_t n = 0;

	*mark = (struct mark){.group = {rest->s, 0}};
	while (n < rest->n && rest->s[n] != '.' && !strchr(" +", rest->s[n]))
		n++;
	if (n < rest->n && rest->s[n] == '.') {
		mark->group.n = n;
		*rest = (struct cal_slice){rest->s + n + 1, rest->n - n - 1};
	}
	if (rest->n < HASH_DIGITS)
		return false;
	for (n = 0; n < HASH_DIGITS; n++) {
		int c = tolower((unsigned char)rest->s[n]);

		if (!isxdigit(c))
			return false;
		mark->hash = mark->hash << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	char next = rest->n > n ? rest->s[n] : ' ';
	mark->more = next == '+';
	n += rest->n > n;
	*rest = (struct cal_slice){rest->s + n, rest->n - n};
	return next == '+' || next == ' ';
}

/* The line with that mark; in another group when there is none in its own, as clients may count anew. */
static size_t take(struct restore *r, const struct mark *mark, struct cal_slice group)
{
	size_t item = card_index_take(&r->grouped, card_canon_in(mark->hash, group), r->taken);

	return item != CARD_NOTHING ? item : card_index_take(&r->index, mark->hash, r->taken);
}

/* All its lines are there, or none is taken. */
static bool claim(struct restore *r, size_t keep)
{
	struct cal_slice rest = r->keeps->items[keep].line.value;
	size_t *got = arena_array(r->in->arena, rest.n / HASH_DIGITS + 1, sizeof(*got)), n = 0;
	struct mark mark, first;
	bool fine;

	do {
		fine = next_mark(&rest, &mark);
		if (n == 0)
			first = mark;
		/* what stood together does, under whatever name */
		bool together = n && cal_slice_same(mark.group, first.group);
		fine = fine &&
			(got[n] = take(
				 r, &mark, together ? r->in->items[got[0]].group : mark.group)) !=
				CARD_NOTHING;
		n += fine;
	} while (fine && mark.more);
	for (size_t i = 0; i < n && fine; i++)
		r->keep_of[got[i]] = keep;
	for (size_t i = 0; i < n && !fine; i++)
		r->taken[got[i]] = false; /* only what follows may have it */
	if (fine) {
		r->main[keep] = got[0];
		r->lines[keep] = rest;
	}
	return fine;
}

/* A line that may come back: no other head, no other UID, nothing that is none. */
static bool read_line(
	struct card_item *item, struct arena *arena, struct cal_slice text, bool *valued)
{
	char *copy = arena_alloc(arena, text.n + 2);
	struct facts_fault unused;

	if (text.n)
		memcpy(copy, text.s, text.n);
	*valued = cal_line_at(&item->line, arena, copy, copy + text.n);
	if (!*valued) {
		copy[text.n] = ':';
		if (!cal_line_at(&item->line, arena, copy, copy + text.n + 1))
			return false;
	}
	item->line.name = card_name(&item->line, &item->group);
	return item->line.name.n && cal_check_bytes(copy, text.n, &unused) &&
		!memchr(copy, '\n', text.n) && item->line.prop != PROP_BEGIN &&
		item->line.prop != PROP_END && !card_item_is(item, "VERSION") &&
		!card_item_is(item, kept_name(CARD_3_0)) &&
		!card_item_is(item, kept_name(CARD_4_0));
}

static bool is_once(const struct card_item *item, enum card_version version)
{
	const struct card_prop *prop = card_prop_named(item->line.name);

	return prop && card_is_single(version == CARD_4_0 ? prop->times4 : prop->times3);
}

static bool is_said(const struct restore *r, const struct card_item *item)
{
	size_t p = card_prop_index(item->line.name);
	struct cal_slice altid = card_param(&item->line, "ALTID");

	/* several with an ALTID are one (6350 5.4): they stand or fall with the one that was shown */
	return p != CARD_NOTHING && r->said[p] &&
		!(altid.n && r->altid[p].n && cal_slice_same(altid, r->altid[p]));
}

static void find_altids(struct restore *r, size_t keep)
{
	struct arena *arena = r->result->arena;
	struct cal_slice rest = card_octets(arena, r->lines[keep], '%'), text;
	struct card_item item = {0};
	bool valued;

	while (cal_slice_cut(&rest, '\n', &text)) {
		size_t p = read_line(&item, arena, text, &valued) ? card_prop_index(item.line.name)
								  : CARD_NOTHING;

		if (p != CARD_NOTHING)
			r->altid[p] = card_param(&item.line, "ALTID");
	}
}

/* The value of a line that was kept without one. That of a photo is written as the line says: a card of 4.0 may hold it in the form
 * of 3.0 (TOLERATE_CARD_ENCODING_IN_4). */
static struct cal_slice value_of(const struct card_item *item, struct cal_slice like)
{
	struct cal_slice media, data;

	return card_is_base64(&item->line) && card_data_uri(like, &media, &data) ? data : like;
}

/* Puts the lines of a keep where `like` would stand (the first that is replaced, or the keep itself). */
static void put_lines(struct restore *r, size_t keep, const struct card_item *like, size_t main)
{
	struct arena *arena = r->result->arena;
	struct cal_slice rest = card_octets(arena, r->lines[keep], '%'), text;

	r->done[keep] = true;
	if (!rest.n)
		return;
	while (cal_slice_cut(&rest, '\n', &text)) {
		struct card_item item = {.from = main, .at = like->at};
		bool valued;

		if (!read_line(&item, arena, text, &valued) || (main == CARD_NOTHING && !valued) ||
			(card_item_is(&item, "UID") && valued))
			continue;
		if (!valued)
			item.line.value = value_of(&item, like->line.value);
		bool once = main == CARD_NOTHING && is_once(&item, r->result->version);
		if (once && is_said(r, &item))
			continue; /* what somebody said anew counts */
		if (once)
			r->instead[card_prop_index(item.line.name)] = true;
		card_list_add(r->result, &item);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct card_item *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->line.number > y->line.number) - (x->line.number < y->line.number);
}

/* By place, those of one place in the order in which they came. */
static void sort_places(struct card_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		list->items[i].line.number = (unsigned)i;
	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), compare_places);
}

static void begin(struct restore *r)
{
	struct arena *arena = r->in->arena;

	r->keep_of = arena_array(arena, r->in->n + 1, sizeof(*r->keep_of));
	r->main = arena_array(arena, r->keeps->n + 1, sizeof(*r->main));
	r->done = arena_array(arena, r->keeps->n + 1, sizeof(*r->done));
	r->lines = arena_array(arena, r->keeps->n + 1, sizeof(*r->lines));
	r->taken = arena_array(arena, r->in->n + 1, sizeof(*r->taken));
	for (size_t i = 0; i < r->in->n; i++)
		r->keep_of[i] = CARD_NOTHING;
	for (size_t i = 0; i < r->base->n; i++) {
		size_t p = card_prop_index(r->base->items[i].line.name);

		if (p != CARD_NOTHING && r->base->items[i].from != CARD_NOTHING)
			r->said[p] = true;
	}
	if (r->keeps->n) {
		card_index_list(&r->index, r->in, 0);
		card_index_list(&r->grouped, r->in, CARD_CANON_GROUP);
	}
}

void card_keeps_apply(struct card_list *result, const struct card_list *base,
	const struct card_list *in, const struct card_list *keeps)
{
	struct restore r = {.in = in, .base = base, .keeps = keeps, .result = result};

	*result = (struct card_list){.arena = in->arena, .version = base->version};
	card_list_room(result, base->n);
	begin(&r);
	bool *shown = arena_array(in->arena, keeps->n + 1, sizeof(*shown));
	for (size_t k = 0; k < keeps->n; k++) {
		struct cal_slice value = keeps->items[k].line.value;

		r.main[k] = CARD_NOTHING;
		shown[k] = !cal_slice_starts(value, "- ");
		if (!shown[k]) {
			r.lines[k] = (struct cal_slice){value.s + 2, value.n - 2};
			continue;
		}
		r.done[k] = !claim(&r, k);
		if (!r.done[k])
			find_altids(&r, k);
	}
	for (size_t k = 0; k < keeps->n; k++)
		if (!shown[k])
			put_lines(&r, k, &keeps->items[k], CARD_NOTHING);
	for (size_t i = 0; i < base->n; i++) {
		const struct card_item *item = &base->items[i];
		size_t k = item->from == CARD_NOTHING ? CARD_NOTHING : r.keep_of[item->from];
		size_t p = card_prop_index(item->line.name);
		bool instead = item->from == CARD_NOTHING && p != CARD_NOTHING && r.instead[p];

		if (k == CARD_NOTHING && !instead)
			card_list_add(result, item);
		else if (!instead && !r.done[k] && item->from == r.main[k])
			put_lines(&r, k, item, r.main[k]);
	}
	for (size_t k = 0; k < keeps->n; k++)
		if (!r.done[k])
			put_lines(&r, k, &in->items[r.main[k]], r.main[k]);
	sort_places(result);
}

/* ---- there ---- */

/* Items of both lists as nodes, `out` behind `in`; those of one part have one root. */
struct parts {
	const struct card_list *in, *out, *back;
	size_t *parent, *next, *first; /* a forest; the members of each root, in order */
	bool *bad;
	size_t *back_of; /* of each item of `out`: the only one that came back of it; CARD_NOTHING: none, or more */
	size_t *n_back;
	uint64_t *hash; /* of each item of `in` */
};

static size_t root_of(struct parts *p, size_t node)
{
	while (p->parent[node] != node) {
		p->parent[node] = p->parent[p->parent[node]];
		node = p->parent[node];
	}
	return node;
}

static void join(struct parts *p, size_t a, size_t b)
{
	p->parent[root_of(p, a)] = root_of(p, b);
}

/* The item that came back as `b`: the one that it was made of, or another that says the same. */
static size_t came_back(struct parts *p, struct card_index *index, size_t b, bool *found)
{
	const struct card_item *item = &p->back->items[b];
	uint64_t hash = card_canon(item, p->in->version, CARD_CANON_GROUP | CARD_CANON_OURS);
	size_t i = item->from == CARD_NOTHING ? CARD_NOTHING : p->out->items[item->from].from;

	if (i == CARD_NOTHING || found[i] || p->hash[i] != hash)
		return card_index_take(index, hash, found);
	found[i] = true;
	return i;
}

/* Which items belong together, and which of them did not come back as they were. */
static void match(struct parts *p)
{
	size_t n = p->in->n + p->out->n;
	struct card_index index;
	bool *found = arena_array(p->in->arena, p->in->n + 1, sizeof(*found));
	bool *lost = arena_array(p->in->arena, n + 1, sizeof(*lost));

	card_index_list(&index, p->in, CARD_CANON_GROUP | CARD_CANON_OURS);
	for (size_t i = 0; i < p->in->n; i++)
		p->hash[index.rows[i].item] = index.rows[i].hash;
	for (size_t i = 0; i < n; i++)
		p->parent[i] = i;
	for (size_t o = 0; o < p->out->n; o++)
		if (p->out->items[o].from != CARD_NOTHING)
			join(p, p->in->n + o, p->out->items[o].from);
	for (size_t b = 0; b < p->back->n; b++) {
		size_t o = p->back->items[b].from, i = came_back(p, &index, b, found);

		if (o != CARD_NOTHING && p->n_back[o]++ == 0)
			p->back_of[o] = b;
		if (i != CARD_NOTHING && o != CARD_NOTHING)
			join(p, i, p->in->n + o);
		else if (o != CARD_NOTHING)
			lost[p->in->n + o] = true;
	}
	for (size_t i = 0; i < n; i++)
		if (lost[i] || (i < p->in->n && !found[i]))
			p->bad[root_of(p, i)] = true;
}

/* Of lines that look alike the way back takes the first ones: where one is kept, those before it are, too. */
static bool spread_once(struct parts *p, const struct card_index *looks)
{
	bool changed = false;

	for (size_t row = looks->n, kept = CARD_NOTHING; row-- > 0;) {
		size_t root = root_of(p, p->in->n + looks->rows[row].item);
		bool alike = kept != CARD_NOTHING &&
			looks->rows[kept].hash == looks->rows[row].hash;

		changed |= alike && !p->bad[root];
		p->bad[root] |= alike;
		if (p->bad[root])
			kept = row;
	}
	return changed;
}

static void spread(struct parts *p)
{
	struct card_index looks;
	bool any = false;

	for (size_t i = 0; i < p->in->n + p->out->n && !any; i++)
		any = p->bad[i];
	if (any)
		card_index_list(&looks, p->out, 0);
	for (int pass = 0; any && pass < MAX_PASSES; pass++)
		any = spread_once(p, &looks);
}

static void encode(struct card_text *out, struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.s[i];
		bool edge = c == ' ' && (i == 0 || i + 1 == text.n);
		char code[4];

		if (c < ' ' || edge || strchr("%\\,;\"", c)) {
			snprintf(code, sizeof(code), "%%%02X", c);
			card_add(out, code, 3);
		} else {
			card_add(out, &text.s[i], 1);
		}
	}
}

/* Does the value come back, whatever becomes of the rest? */
static bool value_stands(const struct parts *p, size_t i, size_t o)
{
	const struct card_item *item = &p->in->items[i], *again = &p->back->items[p->back_of[o]];
	struct cal_slice media, data;

	return p->n_back[o] == 1 && item->line.value.n &&
		(card_is_base64(&item->line) ||
			card_data_uri(item->line.value, &media, &data) ==
				card_data_uri(again->line.value, &media, &data)) &&
		card_canon_value(again, p->in->version) == card_canon_value(item, p->in->version);
}

/* One line for one part. */
static void keep_part(struct card_list *keeps, struct parts *p, size_t root)
{
	struct card_text text = {.arena = keeps->arena}, line = {.arena = keeps->arena};
	size_t n_in = 0, n_out = 0, last_in = 0, last_out = 0, at = CARD_NOTHING;

	for (size_t m = p->first[root]; m != CARD_NOTHING; m = p->next[m]) {
		bool of_in = m < p->in->n;
		const struct card_item *item = of_in ? &p->in->items[m]
						     : &p->out->items[m - p->in->n];

		at = at == CARD_NOTHING ? item->at : at;
		n_in += of_in;
		n_out += !of_in;
		*(of_in ? &last_in : &last_out) = of_in ? m : m - p->in->n;
		if (of_in)
			continue;
		card_adds(&text, n_out > 1 ? "+" : "");
		card_add_slice(&text, item->group);
		card_adds(&text, item->group.n ? "." : "");
		card_adds(&text,
			arena_printf(keeps->arena, "%016llx",
				(unsigned long long)card_canon(item, p->out->version, 0)));
	}
	card_adds(&text, !n_out ? "- " : n_in ? " " : "");
	bool whole = n_in != 1 || n_out != 1 || !value_stands(p, last_in, last_out);
	for (size_t m = p->first[root]; m != CARD_NOTHING && m < p->in->n; m = p->next[m]) {
		if (m != p->first[root])
			card_adds(&text, "%0A");
		line.n = 0;
		card_add_item(&line, &p->in->items[m], whole);
		encode(&text, card_text_slice(&line));
	}
	struct card_item item = {
		.line = {.name = card_slice(kept_name(p->in->version)),
			.value = card_text_slice(&text)},
		.from = CARD_NOTHING,
		.at = at,
	};
	card_list_add(keeps, &item);
}

void card_keeps_find(
	struct card_list *out, const struct card_list *in, const struct card_list *back)
{
	struct arena *arena = in->arena;
	struct card_list keeps = {.arena = arena};
	size_t n = in->n + out->n;
	struct parts p = {.in = in, .out = out, .back = back};

	p.parent = arena_array(arena, n + 1, sizeof(*p.parent));
	p.next = arena_array(arena, n + 1, sizeof(*p.next));
	p.first = arena_array(arena, n + 1, sizeof(*p.first));
	p.bad = arena_array(arena, n + 1, sizeof(*p.bad));
	p.back_of = arena_array(arena, out->n + 1, sizeof(*p.back_of));
	p.hash = arena_array(arena, in->n + 1, sizeof(*p.hash));
	p.n_back = arena_array(arena, out->n + 1, sizeof(*p.n_back));
	match(&p);
	spread(&p);
	for (size_t i = 0; i < n; i++)
		p.first[i] = CARD_NOTHING;
	for (size_t i = n; i-- > 0;) {
		size_t root = root_of(&p, i);

		p.next[i] = p.first[root];
		p.first[root] = i;
	}
	for (size_t i = 0; i < n; i++)
		if (p.bad[root_of(&p, i)] && p.first[root_of(&p, i)] == i)
			keep_part(&keeps, &p, root_of(&p, i));
	card_list_room(out, out->n + keeps.n);
	for (size_t i = 0; i < keeps.n; i++)
		card_list_add(out, &keeps.items[i]);
	sort_places(out);
}
