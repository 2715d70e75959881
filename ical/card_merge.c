/* SPDX-License-Identifier: ISC */
/*
 * A 3.0 card that a client sends over a stored 4.0 one (card.h). The client saw the 4.0 card as 3.0, so that view is made
 * again, and what it sent is held against it. What was kept beside comes from the view, whether the client gave it back or not.
 * Of extensions nobody knows whether they were deleted or never understood: a client that gave back any of them is believed,
 * one that gave back none drops them all, and they stay.
 */
#include "ical/card.h"
#include "ical/card_items.h"

#include <string.h>

#define MAX_PLACED 100 /* of what was kept: those that are looked at one by one */

struct merging {
	struct card_list view, sent;
	struct card_list keeps; /* of the view */
	bool *seen;             /* of each item of the view: it came back */
	bool *taken;            /* of each item sent: it is one of the view's */
	size_t *twin;           /* of each item sent: the view's */
};

static bool is_extension(const struct card_item *item)
{
	return cal_slice_starts(item->line.name, "X-");
}

/* Which lines of the view were sent back, as they were or without the parameters of others' making. */
static void find_twins(struct merging *m, unsigned canon)
{
	struct card_index index;

	card_index_list(&index, &m->sent, canon);
	for (size_t v = 0; v < m->view.n; v++) {
		size_t s = m->seen[v]
			? CARD_NOTHING
			: card_index_take(
				  &index, card_canon(&m->view.items[v], CARD_3_0, canon), m->taken);

		if (s == CARD_NOTHING)
			continue;
		m->seen[v] = true;
		m->twin[s] = v;
	}
}

static size_t count_extensions(const struct card_list *list, const bool *seen)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += is_extension(&list->items[i]) && (!seen || seen[i]);
	return n;
}

/* What the view says in words of clients, and the word of 4.0 that others write into a card of 3.0 for it: whoever does so knows
 * what was there. */
static const struct {
	const char *view, *other;
} words[] = {
	{"X-ABDATE", "ANNIVERSARY"},
	{"X-ABRELATEDNAMES", "RELATED"},
	{"X-ABSHOWAS", "KIND"},
	{"X-ADDRESSBOOKSERVER-KIND", "KIND"},
	{"X-ADDRESSBOOKSERVER-MEMBER", "MEMBER"},
	{"X-DEATHDATE", "DEATHDATE"},
	{"X-GENDER", "GENDER"},
	{"X-SOCIALPROFILE", "SOCIALPROFILE"},
};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

static bool is_said(const struct card_item *item, const bool *said)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (card_item_is(item, words[i].view))
			return said[i];
	return false;
}

/* Which extensions stay: a label of Apple's goes with the line that it labels. */
static bool *find_staying(const struct merging *m, const struct card_turn *turn)
{
	bool *stays = arena_array(m->view.arena, m->view.n + 1, sizeof(*stays)), said[N_WORDS];
	size_t end;

	for (size_t i = 0; i < N_WORDS; i++)
		said[i] = card_list_find(&m->sent, words[i].other) != CARD_NOTHING;
	for (size_t v = 0; v < m->view.n; v++)
		stays[v] = is_extension(&m->view.items[v]) && !is_said(&m->view.items[v], said);
	for (size_t g = 0; g < turn->n_groups; g = end) {
		bool others = false, company = false;

		for (end = g; end < turn->n_groups &&
			cal_slice_same(turn->groups[end].name, turn->groups[g].name);
			end++) {
			size_t v = turn->groups[end].item;

			others |= !is_extension(&m->view.items[v]) || !stays[v];
			company |= !is_extension(&m->view.items[v]) && m->seen[v];
		}
		for (size_t i = g; i < end; i++)
			stays[turn->groups[i].item] &= company || !others;
	}
	return stays;
}

/* Gives a client that drops all extensions those back, and the groups that they label. */
static void restore_extensions(struct merging *m)
{
	struct card_list unused = {0};
	struct card_turn turn;

	card_turn_begin(&turn, &unused, &m->view);
	bool *stays = find_staying(m, &turn);
	for (size_t s = 0; s < m->sent.n; s++)
		if (m->twin[s] != CARD_NOTHING && !m->sent.items[s].group.n)
			m->sent.items[s].group = m->view.items[m->twin[s]].group;
	for (size_t v = 0, at = m->sent.n; v < m->view.n; v++) {
		struct card_item item = m->view.items[v];

		item.at = 2 * at++ + 2;
		if (stays[v] && !m->seen[v])
			card_list_add(&m->sent, &item);
	}
}

static bool same_uid(const struct card_list *a, const struct card_list *b)
{
	size_t x = card_list_find(a, "UID"), y = card_list_find(b, "UID");

	return x != CARD_NOTHING && y != CARD_NOTHING &&
		cal_slice_same(a->items[x].line.value, b->items[y].line.value);
}

/* The property that is kept; CARD_NOTHING: none that the table knows. */
static size_t kept_prop(const struct card_item *keep)
{
	struct cal_slice name = keep->line.value;

	if (!cal_slice_starts(name, "- "))
		return CARD_NOTHING;
	name = (struct cal_slice){name.s + 2, 0};
	while (name.n < keep->line.value.n - 2 && !strchr(":%.", name.s[name.n]))
		name.n++;
	return card_prop_index(name);
}

/* Another name (6350 6.2.1) must not come before the one that the client knows, and perhaps has changed. */
static size_t place_behind(const struct merging *m, const struct card_item *keep)
{
	size_t p = kept_prop(keep);

	if (p == CARD_NOTHING)
		return 0;
	const char *name = card_prop_at(p)->name;
	size_t v = card_list_find(&m->view, name), s = card_list_find(&m->sent, name);
	bool behind = v != CARD_NOTHING && keep->at >= m->view.items[v].at;

	return s != CARD_NOTHING && (behind || m->twin[s] == CARD_NOTHING) ? 2 * s + 3 : 0;
}

/* What was kept stands before the line that it stood before, wherever that is now: a card that comes back as it was is the same
 * card then. Sent lines have even places. */
static void place_keeps(struct merging *m)
{
	size_t *place = arena_array(m->view.arena, m->view.n + 1, sizeof(*place));
	size_t at = 2 * (m->sent.n + m->view.n) + 3, v = m->view.n;

	for (size_t s = 0; s < m->sent.n; s++) {
		m->sent.items[s].at = 2 * s + 2;
		if (m->twin[s] != CARD_NOTHING)
			place[m->twin[s]] = 2 * s + 1;
	}
	for (size_t k = m->keeps.n; k-- > 0;) {
		struct card_item *keep = &m->keeps.items[k];

		for (; v > 0 && m->view.items[v - 1].at > keep->at; v--)
			at = place[v - 1] ? place[v - 1] : at;
		size_t behind = k < MAX_PLACED ? place_behind(m, keep) : 0;
		keep->at = behind > at ? behind : at;
	}
}

/* A client that adds such a parameter means it; one that left it out (khard: X-APPLE-OMIT-YEAR) has not learned otherwise. */
static bool says_more(const struct card_item *sent, const struct card_item *view)
{
	struct cal_slice rest = sent->line.params, name, values;

	while (card_param_next(&rest, &name, &values, NULL)) {
		struct cal_slice there = view->line.params, its, unused;
		bool found = !card_param_is_apart(name);

		while (!found && card_param_next(&there, &its, &unused, NULL))
			found = cal_slice_same(its, name);
		if (!found)
			return true;
	}
	return false;
}

/* The card as it was sent, with all that its view kept and what the client can not have meant to delete. */
static void complete(struct merging *m)
{
	struct arena *arena = m->sent.arena;
	struct card_list old; /* what the client gave back of what was kept: the view has it */
	size_t n = m->sent.n;

	card_keeps_take(&old, &m->sent, CARD_4_0);
	card_keeps_take(&m->keeps, &m->view, CARD_4_0);
	m->seen = arena_array(arena, m->view.n + 1, sizeof(*m->seen));
	m->taken = arena_array(arena, n + 1, sizeof(*m->taken));
	m->twin = arena_array(arena, n + 1, sizeof(*m->twin));
	for (size_t s = 0; s < n; s++)
		m->twin[s] = CARD_NOTHING;
	find_twins(m, 0);
	for (size_t s = 0; s < m->sent.n; s++)
		m->taken[s] = m->twin[s] != CARD_NOTHING;
	bool *whole = arena_memdup(arena, m->taken, (n + 1) * sizeof(*whole));
	find_twins(m, CARD_CANON_BARE);
	for (size_t s = 0; s < m->sent.n; s++) {
		struct card_item *sent = &m->sent.items[s];
		const struct card_item *view = m->twin[s] == CARD_NOTHING
			? NULL
			: &m->view.items[m->twin[s]];

		/* in the words that were stored: programs spell anew what they do not know */
		if (view && (whole[s] || !says_more(sent, view)))
			sent->line = view->line;
	}
	place_keeps(m);
	if (!old.n && count_extensions(&m->view, NULL) && !count_extensions(&m->view, m->seen))
		restore_extensions(m);
	for (size_t k = 0; k < m->keeps.n; k++)
		card_list_add(&m->sent, &m->keeps.items[k]);
}

bool card_merge(
	struct buf *out, const char *stored, size_t stored_len, const char *sent, size_t sent_len)
{
	struct arena *arena = arena_new();
	struct merging m = {0};
	struct card_list was, made;
	size_t before = out->len;
	bool done = card_list_read(&was, arena, stored, stored_len) && was.version == CARD_4_0 &&
		card_list_read(&m.sent, arena, sent, sent_len) && m.sent.version == CARD_3_0 &&
		same_uid(&was, &m.sent);

	if (done) {
		card_turn_list(&m.view, &was, CARD_3_0);
		complete(&m);
		card_turn_list(&made, &m.sent, CARD_4_0);
		card_list_write(out, &made);
	}
	if (done && out->full) {
		out->len = before;
		done = false;
	}
	arena_free(arena);
	return done;
}
