/* SPDX-License-Identifier: ISC */
/*
 * The plan of an import against one snapshot: which collection receives each entry, and what has to
 * change; of cards import_book.c says which and whether. A calendar that is made here holds one type (Apple's clients show a mixed one twice or
 * not at all): tasks of a file with events go to a task list beside it.
 */
#include "src/api_place.h"
#include "src/base/text.h"
#include "src/import.h"
#include "ical/cal.h"
#include "webdav/birthdays.h"
#include "webdav/share.h"

#include <sodium.h>
#include <string.h>

#define PLAIN_NAME_MAX 120 /* longer UIDs are cut and hashed */

/* In the order in which one becomes the main type of a new calendar. */
static const struct type_row {
	uint32_t bit;
	const char *noun, *plural, *suffix, *title;
} types[] = {
	{FACTS_VEVENT, "an event", "events", "", ""},
	{FACTS_VTODO, "a task", "tasks", "-tasks", " (tasks)"},
	{FACTS_VJOURNAL, "a journal entry", "journal entries", "-journal", " (journal)"},
	{FACTS_VFREEBUSY, "a free/busy time", "free/busy times", "-freebusy", " (free/busy)"},
	{FACTS_VAVAILABILITY, "an availability", "availabilities", "-availability",
		" (availability)"},
};
#define N_TYPES (sizeof(types) / sizeof(*types))

static const struct type_row *type_of(uint32_t bit)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].bit & bit)
			return &types[i];
	return &types[0];
}

static const struct place_row {
	enum facts_kind kind;
	const char *top, *suffix;
} places[] = {
	{FACTS_CALENDAR, "calendars", ".ics"},
	{FACTS_ADDRESSBOOK, "addressbooks", ".vcf"},
};

static const struct place_row *place_of(enum facts_kind kind)
{
	return &places[kind == FACTS_ADDRESSBOOK];
}

char *import_name(struct arena *arena, enum facts_kind kind, const char *uid, bool taken)
{
	static const char urn[] = "urn:uuid:"; /* RFC 9562 4 */
	static const char
		plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._@+=";
	const char *suffix = place_of(kind)->suffix,
		   *shown = text_starts_nocase(uid, urn) ? uid + strlen(urn) : uid;
	unsigned char hash[8];
	char hex[17];
	size_t len = strspn(shown, plain);

	if (!taken && len && !shown[len] && len <= PLAIN_NAME_MAX && *shown != '.') {
		char *name = arena_printf(arena, "%s%s", shown, suffix);
		if (store_name_ok(name))
			return name;
	}
	char *clean = arena_strndup(arena, shown, PLAIN_NAME_MAX / 2);
	for (char *c = clean; *c; c++)
		if (!strchr(plain, *c) || *c == '.')
			*c = '-';
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)uid, strlen(uid), NULL, 0);
	text_hex(hex, hash, sizeof(hash));
	return arena_printf(arena, "%s-%s%s", clean, hex, suffix);
}

void import_plan_clear(struct import *import)
{
	for (size_t i = 0; i < import->n_targets; i++) {
		map_free(import->targets[i]->names, NULL);
		map_free(import->targets[i]->uids, NULL);
		map_free(import->targets[i]->twins, NULL);
	}
	import->n_targets = import->n_changes = 0;
}

struct import_target *import_add_target(struct import *import,
	const struct store_snapshot *snapshot, enum facts_kind kind, const char *name)
{
	struct import_target *target = arena_alloc(import->arena, sizeof(*target));

	*target = (struct import_target){
		.kind = kind,
		.user = import->user,
		.name = name,
		.path = place_path(import->arena, place_of(kind)->top, import->user, name),
		.names = map_new(),
		.uids = map_new(),
	};
	const struct store_collection *c = store_collection(snapshot, target->path);
	target->is_new = !c;
	target->collection = c && store_collection_meta(c)->share_of ? dav_share_target(snapshot, c)
								     : c;
	if (target->collection) {
		const struct store_meta *meta = store_collection_meta(target->collection);
		target->path = arena_strdup(
			import->arena, store_collection_path(target->collection));
		target->components = meta->components;
		target->id = arena_strdup(import->arena, meta->id);
		target->displayname = place_displayname(import->arena, meta);
	}
	import->targets = arena_grow(import->arena, import->targets, &import->cap_targets,
		import->n_targets + 1, sizeof(struct import_target *));
	return import->targets[import->n_targets++] = target;
}

struct import_target *import_find_target(
	struct import *import, enum facts_kind kind, const char *name)
{
	for (size_t i = 0; i < import->n_targets; i++)
		if (import->targets[i]->kind == kind && text_equal(import->targets[i]->name, name))
			return import->targets[i];
	return NULL;
}

/* "Family.ics" → "Family" */
static const char *stem(struct arena *arena, enum facts_kind kind, const char *file)
{
	const char *suffix = place_of(kind)->suffix;
	const char *slash = file ? strrchr(file, '/') : NULL;
	const char *name = slash ? slash + 1 : file;
	size_t len = name ? strlen(name) : 0;

	if (len > strlen(suffix) && text_equal_nocase(name + len - strlen(suffix), suffix))
		len -= strlen(suffix);
	return len ? arena_strndup(arena, name, len) : NULL;
}

const char *import_title(struct import *import, const struct import_file *file)
{
	const char *title = import->displayname ? import->displayname : file->title;

	return title && *title ? title : stem(import->arena, file->kind, file->name);
}

static const char *name_for(struct import *import, struct import_file *file)
{
	const char *title = import_title(import, file);

	if (!file->target && import->collection)
		file->target = import->collection;
	else if (!file->target)
		file->target = place_slug(import->arena, title ? title : "imported");
	return file->target;
}

/* The main type of what goes to a new calendar of this name. */
static const struct type_row *main_type(struct import *import, const char *name)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < import->n_entries; i++) {
		const struct import_entry *entry = &import->entries[i];
		/* Files that go to other calendars are few; the name decides. */
		if (!entry->refused && entry->file->kind == FACTS_CALENDAR &&
			(import->collection || text_equal(name_for(import, entry->file), name)))
			seen |= entry->facts.component;
	}
	return type_of(seen & FACTS_VEVENT ? FACTS_VEVENT : seen);
}

static void fit_out(struct import *import, struct import_target *target,
	const struct import_file *file, const struct type_row *type, const char *addition)
{
	const char *title = import_title(import, file);
	const char *clean = text_clean_line(
		import->arena, title ? title : target->name, PLACE_MAX_DISPLAYNAME - 20);

	target->components = type->bit;
	target->displayname = arena_printf(import->arena, "%s%s", clean, addition);
	/* RFC 7986 5.9: a name of CSS3 */
	const char *named = file->color ? cal_color_hex(import->arena, file->color) : NULL;
	target->color = place_color(import->arena, named ? named : file->color);
}

static bool takes(const struct import_target *target, const struct type_row *type)
{
	return !target->components || target->components & type->bit;
}

/* The list beside a calendar that takes what it does not: made with it, or by an import before this
 * one. */
static struct import_target *beside(struct import *import, const struct store_snapshot *snapshot,
	struct import_target *main, const struct import_entry *entry, const struct type_row *type)
{
	const char *name = arena_printf(import->arena, "%s%s", main->name, type->suffix);
	struct import_target *target = import_find_target(import, FACTS_CALENDAR, name);

	if (!target && !main->is_new &&
		!store_collection(
			snapshot, place_path(import->arena, "calendars", import->user, name)))
		return main;
	if (!target) {
		target = import_add_target(import, snapshot, FACTS_CALENDAR, name);
		if (target->is_new)
			fit_out(import, target, entry->file, type, type->title);
	}
	return takes(target, type) ? target : main;
}

static struct import_target *target_for(struct import *import,
	const struct store_snapshot *snapshot, const struct import_entry *entry)
{
	const char *name = name_for(import, entry->file);
	struct import_target *target = import_find_target(import, FACTS_CALENDAR, name);
	const struct type_row *type = type_of(entry->facts.component);

	if (!target) {
		target = import_add_target(import, snapshot, FACTS_CALENDAR, name);
		if (target->is_new)
			fit_out(import, target, entry->file, main_type(import, name), "");
	}
	if (takes(target, type) || !*type->suffix)
		return target;
	return beside(import, snapshot, target, entry, type);
}

/* Where what does not fit here would fit. */
static const char *suggestion(
	struct import *import, const struct store_snapshot *snapshot, const struct type_row *type)
{
	const struct store_collection *child,
		*home = store_collection(
			snapshot, arena_printf(import->arena, "calendars/%s", import->user));

	for (size_t i = 0; home && (child = store_child(home, i)); i++)
		if (store_collection_meta(child)->kind == FACTS_CALENDAR &&
			store_collection_meta(child)->components == type->bit)
			return arena_printf(import->arena, "import it into %s/%s", import->user,
				store_collection_name(child));
	return arena_printf(import->arena,
		"make a calendar for it: daybook calendar add %s/%s --components %s", import->user,
		type->bit == FACTS_VTODO ? "tasks" : type->suffix + (*type->suffix == '-'),
		cal_component_name(type->bit));
}

/* A share may be for reading, or lead nowhere any more. */
bool import_is_open(struct import *import, const struct import_target *target,
	struct import_entry *entry, struct arena *scratch)
{
	if (target->collection && dav_is_derived(store_collection_meta(target->collection))) {
		import_refuse(entry, import_find_line(scratch, entry, 0),
			arena_printf(import->arena,
				"%s/%s is made from address books: import it into another calendar "
				"with --to",
				target->user, target->name));
		return false;
	}
	if (target->is_new ||
		(target->collection && dav_glance_may_put(import->glance, target->path, NULL)))
		return true;
	import_refuse(entry, import_find_line(scratch, entry, 0),
		arena_printf(import->arena, "%s may not add to %s/%s", import->person.name,
			target->user, target->name));
	return false;
}

static bool fits(struct import *import, const struct store_snapshot *snapshot,
	const struct import_target *target, struct import_entry *entry, struct arena *scratch)
{
	const struct type_row *type = type_of(entry->facts.component);

	if (takes(target, type))
		return true;
	const char *holds = "";
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].bit & target->components)
			holds = arena_printf(import->arena, "%s%s%s", holds, *holds ? " and " : "",
				types[i].plural);
	import_refuse(entry, import_find_line(scratch, entry, 0),
		arena_printf(import->arena, "it is %s, but %s/%s holds %s only: %s", type->noun,
			target->user, target->name, holds, suggestion(import, snapshot, type)));
	return false;
}

static struct store_change *new_change(struct import *import)
{
	import->changes = arena_grow(import->arena, import->changes, &import->cap_changes,
		import->n_changes + 1, sizeof(*import->changes));
	struct store_change *change = &import->changes[import->n_changes++];
	*change = (struct store_change){0};
	return change;
}

static bool unchanged(
	struct import *import, const struct store_item *old, const struct import_entry *entry)
{
	struct store_oid id = store_blob_id(entry->bytes, entry->len);
	struct store_bytes bytes;

	if (store_oid_equal(&id, &old->oid))
		return true;
	if (store_read(import->store, &old->oid, &bytes) != STORE_OK)
		return false;
	bool same = import_same(bytes.data, bytes.size, entry->bytes, entry->len);
	store_bytes_free(&bytes);
	return same;
}

/* A name that neither the calendar nor this import has. */
static const char *free_name(
	struct import *import, const struct import_target *target, const char *uid)
{
	char *name = import_name(import->arena, target->kind, uid, false);

	if (!map_get(target->names, name) &&
		!(target->collection && store_item(target->collection, name)))
		return name;
	return import_name(import->arena, target->kind, uid, true);
}

bool import_may_take(struct import *import, struct import_target *target,
	struct import_entry *entry, const struct store_item *old, struct arena *scratch)
{
	const struct import_entry *twin = map_get(target->uids, entry->uid);

	if (old && !dav_glance_may_put(import->glance, target->path, old->name)) {
		import_refuse(entry, import_find_line(scratch, entry, 0),
			arena_printf(import->arena,
				"an entry with this UID is there already, and %s may not change it",
				import->person.name));
		return false;
	}
	if (!twin) {
		map_set(target->uids, entry->uid, entry);
		return true;
	}
	/* Cards that say the same have been seen to (import_book.c). */
	if (!entry->gist && import_same(twin->bytes, twin->len, entry->bytes, entry->len))
		target->unchanged++;
	else
		import_refuse(entry, import_find_line(scratch, entry, 0),
			arena_printf(import->arena, "an entry with this UID came before it%s%s",
				twin->file->name ? ", from " : "",
				twin->file->name ? twin->file->name : ""));
	return false;
}

void import_put(struct import *import, struct import_target *target, struct import_entry *entry,
	const struct store_item *old)
{
	struct store_change *change = new_change(import);

	change->slot = STORE_ITEM;
	change->collection = target->path;
	change->name = old ? arena_strdup(import->arena, old->name)
			   : free_name(import, target, entry->uid);
	change->bytes = entry->bytes;
	change->len = entry->len;
	change->facts = &entry->facts;
	change->expect = old ? STORE_MATCH : STORE_ABSENT;
	change->collection_id = target->id;
	if (old)
		change->match = old->oid;
	map_set(target->names, change->name, entry);
	target->more += entry->len;
	target->less += old ? old->size : 0;
	target->changed += old != NULL;
	target->added += old == NULL;
}

static void plan_entry(struct import *import, struct import_target *target,
	struct import_entry *entry, struct arena *scratch)
{
	const struct store_item *old = target->collection
		? store_item_by_uid(target->collection, entry->uid)
		: NULL;

	if (!import_may_take(import, target, entry, old, scratch))
		return;
	if (old && unchanged(import, old, entry))
		target->unchanged++;
	else
		import_put(import, target, entry, old);
}

void import_make_target(struct import *import, struct import_target *target)
{
	struct store_meta meta = place_meta(import->arena, target->kind, target->components,
		target->displayname, target->color);
	struct store_change *change = new_change(import);

	change->slot = STORE_SELF;
	change->collection = target->path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(import->arena, &meta, &change->len);
	target->meta = arena_memdup(import->arena, &meta, sizeof(meta));
}

/* An entry of a calendar. */
static void plan_object(struct import *import, const struct store_snapshot *snapshot,
	struct import_entry *entry, struct arena *scratch)
{
	struct import_target *target = target_for(import, snapshot, entry);

	if (target->is_new && !target->added)
		import_make_target(import, target);
	if (import_is_open(import, target, entry, scratch) &&
		fits(import, snapshot, target, entry, scratch))
		plan_entry(import, target, entry, scratch);
}

bool import_plan(struct import *import, const struct store_snapshot *snapshot, const char **why)
{
	if (!store_collection(
		    snapshot, arena_printf(import->arena, "calendars/%s", import->user))) {
		*why = arena_printf(import->arena, "there is no user %s", import->user);
		return false;
	}
	struct arena *scratch = arena_new();
	for (size_t i = 0; i < import->n_entries; i++) {
		struct import_entry *entry = &import->entries[i];
		if (entry->refused)
			continue;
		if (entry->file->kind == FACTS_ADDRESSBOOK)
			import_plan_card(import, snapshot, entry, scratch);
		else
			plan_object(import, snapshot, entry, scratch);
		arena_clear(scratch);
		if (import->progress)
			import->progress(import->payload, "comparing", i + 1, import->n_entries);
	}
	arena_free(scratch);
	return true;
}
