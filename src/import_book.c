/* SPDX-License-Identifier: ISC */
/*
 * The plan of one card: which address book receives it, and who is there already. A book is read once, when its first card
 * comes; then every question is a look into a map, whatever the size of both (import.h says what becomes of duplicates).
 *
 * Of somebody else's book what they may not see takes no part, so that an import does not tell what it says.
 */
#include "src/api_place.h"
#include "src/base/text.h"
#include "src/import.h"

#include <string.h>

#define MAX_SHARERS 32 /* cards with one mail address that are compared: an office has one, too */

/* ---- keys: c the content, m a mail address, p a phone number and the whole name ---- */

static const char *content_key(struct arena *arena, const struct card_gist *gist)
{
	char hex[2 * sizeof(gist->content) + 1];

	text_hex(hex, gist->content, sizeof(gist->content));
	return arena_printf(arena, "c%s", hex);
}

static const char *mail_key(struct arena *arena, const char *mail)
{
	return arena_printf(arena, "m%s", mail);
}

static const char *phone_key(struct arena *arena, const struct card_gist *gist, const char *phone)
{
	const char *key = arena_printf(arena, "p%s", phone);

	for (size_t i = 0; i < gist->n_words; i++)
		key = arena_printf(arena, "%s %s", key, gist->words[i]);
	return key;
}

/* ---- who is there ---- */

static void note(struct import *import, struct import_target *target, const char *shown,
	const char *uid, const struct import_entry *entry, const struct card_gist *gist)
{
	struct import_twin twin = {.shown = shown, .uid = uid, .entry = entry, .gist = gist};
	struct import_twin *one = arena_memdup(import->arena, &twin, sizeof(twin));
	const char *key = content_key(import->arena, gist);

	if (!map_get(target->twins, key))
		map_set(target->twins, key, one);
	for (size_t i = 0; i < gist->n_phones && gist->n_words; i++) {
		key = phone_key(import->arena, gist, gist->phones[i]);
		if (!map_get(target->twins, key))
			map_set(target->twins, key, one);
	}
	for (size_t i = 0; i < gist->n_mails; i++) {
		twin.next = map_get(target->twins, mail_key(import->arena, gist->mails[i]));
		map_set(target->twins, mail_key(import->arena, gist->mails[i]),
			arena_memdup(import->arena, &twin, sizeof(twin)));
	}
}

static void note_entry(
	struct import *import, struct import_target *target, const struct import_entry *entry)
{
	note(import, target, entry->summary, entry->uid, entry, entry->gist);
}

/* A 4.0 card says the same as its 3.0, which is what others export. */
const struct card_gist *import_gist(
	struct import *import, const struct facts *facts, const char *bytes, size_t len)
{
	struct card_gist *gist = arena_alloc(import->arena, sizeof(*gist));
	struct buf as3;

	card_gist(gist, import->arena, bytes, len);
	if (!(facts->flags & FACTS_VCARD4))
		return gist;
	buf_init(&as3, 4 * (size_t)CAL_MAX_BYTES);
	if (card_convert(&as3, CARD_VCARD_3, bytes, len))
		card_gist(gist, import->arena, as3.data, as3.len);
	buf_free(&as3);
	return gist;
}

static const struct card_gist *gist_of(struct import *import, const struct store_item *item)
{
	struct store_bytes bytes;

	if (store_read(import->store, &item->oid, &bytes) != STORE_OK)
		return NULL;
	const struct card_gist *gist = import_gist(import, &item->facts, bytes.data, bytes.size);
	store_bytes_free(&bytes);
	return gist;
}

/* As it is now, whenever it came. */
static bool may_see(struct import *import, const struct store_snapshot *snapshot,
	const struct import_target *target, const struct store_item *item)
{
	const struct dav_version now = {.collection = target->path,
		.name = item->name,
		.position = store_head(snapshot).position,
		.oid = item->oid};

	return dav_glance_item(import->glance, &now, import->arena, NULL) == DAV_SEES_ALL;
}

static const char *book_of(struct import *import, const struct import_file *file)
{
	if (import->collection)
		return import->collection;
	return import->displayname ? place_slug(import->arena, import_title(import, file))
				   : IMPORT_BOOK;
}

/* The cards of the import by their UIDs: they are what will be there. */
static struct map *coming(struct import *import)
{
	struct map *uids = map_new();

	for (size_t i = 0; i < import->n_entries; i++) {
		struct import_entry *entry = &import->entries[i];
		if (!entry->refused && entry->gist && !map_get(uids, entry->uid))
			map_set(uids, entry->uid, entry);
	}
	return uids;
}

static void read_book(
	struct import *import, const struct store_snapshot *snapshot, struct import_target *target)
{
	struct map *uids = coming(import);
	const struct store_item *item;
	struct store_cursor cursor = {0};

	while (target->collection && (item = store_item_next(target->collection, &cursor))) {
		const struct import_entry *entry = map_get(uids, item->facts.uid);
		const struct card_gist *gist = NULL;
		if (entry)
			note_entry(import, target, entry);
		else if (may_see(import, snapshot, target, item))
			gist = gist_of(import, item);
		if (gist)
			note(import, target,
				gist->shown ? text_clean_line(import->arena, gist->shown, 100)
					    : NULL,
				arena_strdup(import->arena, item->facts.uid), NULL, gist);
	}
	map_free(uids, NULL);
}

static struct import_target *target_for(struct import *import,
	const struct store_snapshot *snapshot, const struct import_entry *entry)
{
	const char *name = book_of(import, entry->file);
	struct import_target *target = import_find_target(import, FACTS_ADDRESSBOOK, name);

	if (target)
		return target;
	target = import_add_target(import, snapshot, FACTS_ADDRESSBOOK, name);
	const char *shown = import->displayname ? import->displayname
		: text_equal(name, IMPORT_BOOK) ? "Contacts"
						: name;
	if (target->is_new)
		target->displayname = text_clean_line(
			import->arena, shown, PLACE_MAX_DISPLAYNAME - 20);
	target->twins = map_new();
	read_book(import, snapshot, target);
	return target;
}

/* ---- is it somebody? ---- */

/* Is each word of one name in the other? "Anna" and "Anna Müller"; a name that nobody gave is anybody's. */
static bool names_agree(const struct card_gist *a, const struct card_gist *b)
{
	const struct card_gist *few = a->n_words <= b->n_words ? a : b, *many = few == a ? b : a;
	size_t j = 0;

	for (size_t i = 0; i < few->n_words; i++, j++) {
		while (j < many->n_words && strcmp(many->words[j], few->words[i]) < 0)
			j++;
		if (j == many->n_words || strcmp(many->words[j], few->words[i]) != 0)
			return false;
	}
	return true;
}

static const struct import_twin *find_lookalike(
	const struct import_target *target, const struct import_entry *entry, struct arena *scratch)
{
	const struct card_gist *gist = entry->gist;
	const struct import_twin *twin;

	for (size_t i = 0; i < gist->n_mails; i++) {
		int looked = 0;
		for (twin = map_get(target->twins, mail_key(scratch, gist->mails[i]));
			twin && looked < MAX_SHARERS; twin = twin->next, looked++)
			if (names_agree(gist, twin->gist))
				return twin;
	}
	for (size_t i = 0; i < gist->n_phones && gist->n_words; i++) {
		twin = map_get(target->twins, phone_key(scratch, gist, gist->phones[i]));
		if (twin)
			return twin;
	}
	return NULL;
}

/* False: it is left out. */
static bool is_wanted(struct import *import, struct import_target *target,
	struct import_entry *entry, struct arena *scratch)
{
	entry->twin = map_get(target->twins, content_key(scratch, entry->gist));
	entry->same = entry->twin;
	if (!entry->twin)
		entry->twin = find_lookalike(target, entry, scratch);
	entry->skipped = entry->twin &&
		(import->duplicates == IMPORT_SKIP ||
			(import->duplicates == IMPORT_SHOW && entry->same));
	target->skipped += entry->skipped;
	return !entry->skipped;
}

static bool same(const struct card_gist *a, const struct card_gist *b)
{
	return memcmp(a->content, b->content, sizeof(a->content)) == 0;
}

/* With the same UID, or one that was made of the same words: there is room for one. */
static bool came_before(
	struct import_target *target, struct import_entry *entry, struct arena *scratch)
{
	const struct import_entry *before = map_get(target->uids, entry->uid);

	if (!before || !same(before->gist, entry->gist))
		return false;
	entry->twin = map_get(target->twins, content_key(scratch, entry->gist));
	entry->same = entry->skipped = true;
	target->skipped++;
	return true;
}

/* Do both say the same? In two versions: does one say what the other says when it is asked for in that version? */
static bool says(struct import *import, const struct store_item *old, const char *bytes, size_t len,
	const struct import_entry *entry, struct arena *scratch)
{
	bool is4 = entry->facts.flags & FACTS_VCARD4, both = false;
	struct card_gist a, b;
	struct buf turned;

	if (is4 == !!(old->facts.flags & FACTS_VCARD4))
		return same(import_gist(import, &old->facts, bytes, len), entry->gist);
	buf_init(&turned, 4 * (size_t)CAL_MAX_BYTES);
	if (card_convert(&turned, is4 ? CARD_VCARD_4 : CARD_VCARD_3, bytes, len)) {
		card_gist(&a, scratch, turned.data, turned.len);
		card_gist(&b, scratch, entry->bytes, entry->len);
		both = same(&a, &b);
	}
	buf_free(&turned);
	return both;
}

static bool unchanged(struct import *import, const struct store_item *old,
	const struct import_entry *entry, struct arena *scratch)
{
	struct store_oid id = store_blob_id(entry->bytes, entry->len);
	struct store_bytes bytes;

	if (store_oid_equal(&id, &old->oid))
		return true;
	if (store_read(import->store, &old->oid, &bytes) != STORE_OK)
		return false;
	bool yes = says(import, old, bytes.data, bytes.size, entry, scratch);
	store_bytes_free(&bytes);
	return yes;
}

/* A 3.0 card over one of 4.0 takes nothing away that 3.0 has no word for, as with PUT (RFC 6352 6.3.2.3). What comes of it
 * obeys the rules, too; NULL: refused. */
static struct import_entry *merged(struct import *import, const struct store_item *old,
	struct import_entry *entry, struct arena *scratch)
{
	struct import_entry *both = arena_memdup(import->arena, entry, sizeof(*entry));
	struct facts_fault fault = {0};
	struct store_bytes bytes;
	struct buf out;

	if (!(old->facts.flags & FACTS_VCARD4) || entry->facts.flags & FACTS_VCARD4 ||
		store_read(import->store, &old->oid, &bytes) != STORE_OK)
		return entry;
	buf_init(&out, 4 * (size_t)CAL_MAX_BYTES);
	if (card_merge(&out, bytes.data, bytes.size, entry->bytes, entry->len)) {
		both->bytes = arena_strndup(import->arena, out.data, out.len);
		both->len = out.len;
	}
	buf_free(&out);
	store_bytes_free(&bytes);
	if (both->bytes == entry->bytes || import_accept(import, both, scratch, &fault))
		return both;
	import_refuse(entry, entry->begin,
		arena_printf(import->arena, "with what is there already: %s", fault.text));
	return NULL;
}

void import_plan_card(struct import *import, const struct store_snapshot *snapshot,
	struct import_entry *entry, struct arena *scratch)
{
	struct import_target *target = target_for(import, snapshot, entry);
	const struct store_item *old = target->collection
		? store_item_by_uid(target->collection, entry->uid)
		: NULL;

	if (!import_is_open(import, target, entry, scratch) ||
		came_before(target, entry, scratch) ||
		!import_may_take(import, target, entry, old, scratch))
		return;
	if (old && unchanged(import, old, entry, scratch)) {
		target->unchanged++;
		return;
	}
	if (!old && !is_wanted(import, target, entry, scratch))
		return;
	if (target->is_new && !target->meta)
		import_make_target(import, target);
	struct import_entry *stored = old ? merged(import, old, entry, scratch) : entry;
	if (stored)
		import_put(import, target, stored, old);
	if (!old)
		note_entry(import, target, entry);
}
