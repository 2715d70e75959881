/* SPDX-License-Identifier: ISC */
/*
 * What a birthday calendar lacks of what it should hold (birthdays.h). Two ways lead there: over the cards that changed since
 * it was in step, or over all of them and all its entries. What a card comes to is decided in one place for both.
 */
#include "webdav/birthdays_plan.h"

#include "ical/card.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "webdav/birthdays.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>

#define MAX_CHANGES 10000 /* in one commit */
#define MAX_NAME 300      /* of an entry's name and UID; of a link: MAX_LINK */
#define MAX_LINK 8192

/* The words that the names of entries begin with. */
static const char *const words[] = {
	[CARD_BIRTHDAY] = "birthday", [CARD_ANNIVERSARY] = "anniversary"};

struct planning {
	struct birthdays_plan *plan;
	struct dav_exchange
		x; /* that nobody began, as in a glance: who sees what comes from view.c */
	const char *user;
	const struct store_collection *home; /* of the address books; NULL: there are none */
	struct map *wanted; /* names that should be there; NULL: not all are looked at */
};

/* --- one card --- */

static struct store_change *add(struct planning *p, enum store_slot slot, const char *name)
{
	struct birthdays_plan *plan = p->plan;

	plan->changes = arena_grow(plan->arena, plan->changes, &plan->cap_changes,
		plan->n_changes + 1, sizeof(*plan->changes));
	struct store_change *change = &plan->changes[plan->n_changes++];
	*change = (struct store_change){
		.slot = slot,
		.collection = store_collection_path(plan->calendar),
		.name = arena_strdup(plan->arena, name),
		.collection_id = store_collection_meta(plan->calendar)->id,
	};
	return change;
}

static void take_out(struct planning *p, const struct store_item *entry)
{
	struct store_change *change = add(p, STORE_ITEM, entry->name);

	change->remove = true;
	change->expect = STORE_MATCH;
	change->match = entry->oid;
}

/* Who may see a card by its class or by entries of its own is for the card to say, and a calendar cannot repeat it. */
static bool is_hidden(const struct planning *p, const struct dav_resource *card)
{
	return card->item->facts.class != FACTS_PUBLIC || dav_own_entries(&p->x, card);
}

static void put_in(struct planning *p, const struct dav_resource *card,
	const struct card_days *days, enum card_day_kind kind, const char *name)
{
	const struct store_item *entry = store_item(p->plan->calendar, name);
	struct buf link, out;

	buf_init(&link, MAX_LINK);
	buf_init(&out, SIZE_MAX);
	dav_href(&link, card);
	const struct card_day_event event = {
		.uid = arena_strndup(p->x.row_arena, name, strlen(name) - strlen(".ics")),
		.link = link.data,
		.hidden = is_hidden(p, card),
	};
	card_day_object(&out, days, kind, &event);
	struct store_oid oid = store_blob_id(out.data, out.len);
	if (!entry || !store_oid_equal(&entry->oid, &oid)) {
		struct store_change *change = add(p, STORE_ITEM, name);
		change->bytes = arena_strndup(p->plan->arena, out.data, out.len);
		change->len = out.len;
		change->created = entry ? entry->created : 0;
		change->expect = entry ? STORE_MATCH : STORE_ABSENT;
		if (entry)
			change->match = entry->oid;
	}
	buf_free(&link);
	buf_free(&out);
}

static bool read_days(
	const struct planning *p, const struct dav_resource *card, struct card_days *days)
{
	struct store_bytes bytes;

	if (card->item->gone || !(card->item->facts.flags & FACTS_DAYS) ||
		dav_sight(&p->x, card) != DAV_SEES_ALL ||
		store_read(p->plan->store, &card->item->oid, &bytes) != STORE_OK)
		return false;
	bool some = card_days(p->x.row_arena, bytes.data, bytes.size, days);
	store_bytes_free(&bytes);
	return some;
}

static void look_at(
	struct planning *p, const struct dav_resource *book, const struct store_item *item)
{
	struct dav_resource card = dav_member(book, item);
	struct card_days days = {0};
	char hex[41];

	arena_clear(p->x.row_arena);
	if (!read_days(p, &card, &days) && p->wanted)
		return; /* what nobody wanted goes at the end */
	const char *source = arena_printf(
		p->x.row_arena, "%s\n%s", store_collection_meta(book->collection)->id, item->name);
	struct store_oid id = store_blob_id(source, strlen(source));
	store_oid_hex(hex, &id);
	for (size_t kind = 0; kind < CARD_DAY_KINDS; kind++) {
		const char *name = arena_printf(p->x.row_arena, "%s-%s.ics", words[kind], hex);
		const struct store_item *entry = store_item(p->plan->calendar, name);
		if (days.days[kind].month) {
			put_in(p, &card, &days, (enum card_day_kind)kind, name);
			if (p->wanted)
				map_set(p->wanted, name, p);
		} else if (entry && !p->wanted) {
			take_out(p, entry);
		}
	}
}

/* --- the books --- */

/* An address book as its reader finds it; false: a share of what is gone. */
static bool open_book(
	struct planning *p, const struct store_collection *child, struct dav_resource *book)
{
	bool share = store_collection_meta(child)->share_of;
	const struct store_collection *shown = share ? dav_share_target(p->plan->snapshot, child)
						     : child;

	*book = (struct dav_resource){
		.kind = DAV_ADDRESSBOOK,
		.exists = shown,
		.collection = shown,
		.share = share ? child : NULL,
		.path.kind = DAV_ADDRESSBOOK,
		.path.owner = p->user,
		.path.collection = store_collection_path(child),
		.path.slash = true,
	};
	return shown;
}

static bool is_over(const struct planning *p)
{
	return p->plan->more || atomic_load_explicit(p->plan->stop, memory_order_relaxed);
}

/* A commit holds so many: the rest comes after it. */
static void count(struct planning *p)
{
	p->plan->more = p->plan->n_changes >= MAX_CHANGES;
}

static void look_at_all(struct planning *p, const struct dav_resource *book)
{
	struct store_cursor cursor = {0};
	const struct store_item *item;

	while (!is_over(p) && (item = store_item_next(book->collection, &cursor))) {
		if (item->facts.flags & FACTS_DAYS)
			look_at(p, book, item);
		count(p);
	}
}

static void look_at_changed(struct planning *p, const struct dav_resource *book)
{
	const struct store_item *item;
	size_t position = 0;

	while (!is_over(p) &&
		(item = store_change_next(book->collection, p->plan->since, &position))) {
		look_at(p, book, item);
		count(p);
	}
}

/* What stands there and should not; also what a push put beside an entry. */
static void sweep(struct planning *p)
{
	struct store_cursor cursor = {0};
	const struct store_item *entry;

	while (!is_over(p) && (entry = store_item_next(p->plan->calendar, &cursor))) {
		if (!map_get(p->wanted, entry->name))
			take_out(p, entry);
		else if (entry->has_meta)
			add(p, STORE_ITEM_META, entry->name)->remove = true;
		count(p);
	}
}

/* --- which way --- */

/* The home of what a share shows, wherever that was last; NULL: gone. */
static const struct store_collection *home_of(
	const struct planning *p, const struct store_collection *share)
{
	const char *path = strchr(store_collection_meta(share)->share_of, ' ') + 1;
	const char *slash = strrchr(path, '/');

	return store_collection(
		p->plan->snapshot, arena_strndup(p->x.arena, path, (size_t)(slash - path)));
}

/* May what is seen through a share be another selection of its cards than it was? */
static bool is_seen_anew(const struct planning *p, const struct store_collection *share)
{
	const struct store_collection *shown = dav_share_target(p->plan->snapshot, share),
				      *home = home_of(p, share);
	uint64_t since = p->plan->since;

	if (!p->plan->same_people)
		return true;
	if (!shown)
		return !home || store_collection_number(home) > since;
	return store_collection_props_number(shown) > since ||
		(home && store_collection_props_number(home) > since);
}

static bool needs_all(const struct planning *p)
{
	const struct store_collection *child;
	uint64_t since = p->plan->since;
	size_t index = 0;
	bool gone;

	if (!since || !p->home || store_collection_props_number(p->home) > since)
		return true;
	while ((child = store_child_change_next(p->home, since, &index, &gone)))
		if (gone || store_collection_props_number(child) > since)
			return true;
	for (size_t i = 0; (child = store_child_next(p->home, &i));)
		if (store_collection_meta(child)->share_of && is_seen_anew(p, child))
			return true;
	return false;
}

static void look(struct planning *p)
{
	const struct store_collection *child;
	struct dav_resource book;

	if (needs_all(p))
		p->wanted = map_new();
	for (size_t i = 0; p->home && (child = store_child_next(p->home, &i));)
		if (open_book(p, child, &book) && p->wanted)
			look_at_all(p, &book);
		else if (book.exists && store_collection_number(book.collection) > p->plan->since)
			look_at_changed(p, &book);
	if (p->wanted)
		sweep(p);
}

void dav_birthdays_plan(struct birthdays_plan *plan)
{
	struct arena *arena = arena_new();
	struct dav_server server = {.store = plan->store};
	struct dav_request request = {
		.person.name = dav_path_owner(arena, store_collection_path(plan->calendar))};
	struct planning p = {
		.plan = plan,
		.x = {.server = &server,
			.request = &request,
			.arena = arena,
			.row_arena = arena_new(),
			.snapshot = plan->snapshot},
		.user = request.person.name,
		.home = store_collection(plan->snapshot,
			arena_printf(arena, "addressbooks/%s", request.person.name)),
	};

	dav_seeing_begin(&p.x);
	look(&p);
	dav_seeing_end(&p.x);
	if (p.wanted)
		map_free(p.wanted, NULL);
	arena_free(p.x.row_arena);
	arena_free(arena);
}

/* --- words --- */

static const char *summary_of(const struct birthdays_plan *plan, const char *bytes, size_t len)
{
	struct facts_fault fault;
	struct facts facts = {0};

	return cal_inspect(FACTS_CALENDAR, bytes, len, plan->arena, &facts, &fault) && facts.summary
		? facts.summary
		: "an entry";
}

const char *dav_birthdays_words(const struct birthdays_plan *plan)
{
	const struct store_change *change = &plan->changes[0];
	const char *place = strchr(store_collection_path(plan->calendar), '/') + 1, *summary;
	struct store_bytes bytes;

	if (plan->n_changes != 1 || change->slot != STORE_ITEM)
		return arena_printf(
			plan->arena, "Daybook brought %s in line with the address books", place);
	if (change->bytes)
		summary = summary_of(plan, change->bytes, change->len);
	else if (store_read(plan->store, &change->match, &bytes) == STORE_OK) {
		summary = summary_of(plan, bytes.data, bytes.size);
		store_bytes_free(&bytes);
	} else
		summary = "an entry";
	char what = change->remove ? 'D' : change->expect == STORE_MATCH ? 'M' : 'A';
	return dav_subject(plan->arena, "Daybook", what, summary, place);
}
