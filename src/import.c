/* SPDX-License-Identifier: ISC */
/* The write of an import: one commit for all, planned again when somebody was faster. */
#include "src/import.h"
#include "webdav/people.h"

#include <stdio.h>
#include <string.h>

#define MAX_TRIES 8

static size_t written(const struct import *import)
{
	size_t sum = 0;

	for (size_t i = 0; i < import->n_targets; i++)
		sum += import->targets[i]->added + import->targets[i]->changed;
	return sum;
}

/* One kind of noun where there is one. */
static const char *noun(const struct import *import, size_t count)
{
	static const char *const words[][2] = {{"entry", "entries"}, {"card", "cards"}};
	size_t row = 0;
	bool mixed = false;

	for (size_t i = 0; i < import->n_targets; i++) {
		const struct import_target *target = import->targets[i];
		size_t its = target->kind == FACTS_ADDRESSBOOK;
		if (!target->added && !target->changed)
			continue;
		mixed |= row && row != its + 1;
		row = its + 1;
	}
	return words[row && !mixed ? row - 1 : 0][count != 1];
}

/* Anna imported 120 entries into home */
static const char *subject(const struct import *import, const char *who)
{
	size_t count = written(import), named = 0;
	const char *where = "";

	for (size_t i = 0; i < import->n_targets; i++) {
		const struct import_target *target = import->targets[i];
		if (!target->added && !target->changed)
			continue;
		const char *shown = target->displayname ? target->displayname : target->name;
		where = named ? arena_printf(import->arena, "%s, %s", where, shown) : shown;
		named++;
	}
	if (named > 3)
		where = arena_printf(import->arena, "%zu calendars", named);
	return arena_printf(import->arena, "%s imported %zu %s into %s", who, count,
		noun(import, count), where);
}

/* Refusals of a plan (not of reading) are found again by the next one. */
static void forget_plan(struct import *import, const bool *read_refused)
{
	import_plan_clear(import);
	for (size_t i = 0; i < import->n_entries; i++) {
		struct import_entry *entry = &import->entries[i];
		if (!read_refused[i])
			entry->refused = NULL;
		entry->twin = NULL;
		entry->same = entry->skipped = false;
	}
}

/* A calendar that is made in a home with access control entries appears to whoever they name. */
static void settle(struct import *import, const struct store_snapshot *snapshot)
{
	struct dav_settling settling = {.store = import->store,
		.snapshot = snapshot,
		.arena = import->arena,
		.changes = import->changes,
		.n_changes = import->n_changes,
		.cap_changes = import->cap_changes};

	for (size_t i = 0; i < import->n_targets; i++)
		if (import->targets[i]->meta)
			dav_settle_collection(
				&settling, import->targets[i]->path, import->targets[i]->meta);
	import->changes = settling.changes;
	import->n_changes = settling.n_changes;
	import->cap_changes = settling.cap_changes;
}

/* The user whose home a path is in; in the arena. */
static const char *owner_of(struct import *import, const char *path)
{
	const char *owner = strchr(path, '/') + 1;

	return arena_strndup(import->arena, owner, strcspn(owner, "/"));
}

/* Who would have more than they may (RFC 4331), or NULL. An entry of a share takes its owner's room. */
static const char *out_of_room(struct import *import, const struct store_snapshot *snapshot)
{
	struct map *sums = map_new();
	const char *full = NULL, *owner;
	struct import_target *sum;
	size_t at = 0;
	void *value;

	for (size_t i = 0; i < import->n_targets; i++) {
		const struct import_target *target = import->targets[i];
		owner = owner_of(import, target->path);
		sum = map_get(sums, owner);
		if (!sum) {
			sum = arena_alloc(import->arena, sizeof(*sum));
			map_set(sums, owner, sum);
		}
		sum->more += target->more;
		sum->less += target->less;
	}
	while (!full && map_next(sums, &at, &owner, &value)) {
		sum = value;
		if (!dav_quota_allows(
			    import->dav, snapshot, import->arena, owner, sum->more, sum->less))
			full = arena_strdup(import->arena, owner);
	}
	map_free(sums, NULL);
	return full;
}

static enum store_code try_once(struct import *import, struct store_write *write, const char *who,
	struct store_result *result)
{
	struct store_snapshot *snapshot = store_snapshot(import->store);
	const char *why = NULL, *full;
	enum store_code code = STORE_UNCHANGED;

	import->glance = dav_glance_open(import->dav, snapshot, &import->person);
	if (!import_plan(import, snapshot, &why)) {
		snprintf(result->text, sizeof(result->text), "%s", why);
		code = STORE_NOT_FOUND;
	} else if ((full = out_of_room(import, snapshot))) {
		snprintf(result->text, sizeof(result->text),
			"%s has no room left for so much: delete something, or raise limits.quota",
			full);
		code = STORE_INVALID;
	} else if (written(import) && !import->dry_run) {
		settle(import, snapshot);
		write->changes = import->changes;
		write->n_changes = import->n_changes;
		write->subject = subject(import, who);
		if (import->progress)
			import->progress(import->payload, "writing", 0, 1);
		code = store_commit(import->store, write, result);
		if (import->progress)
			import->progress(import->payload, "writing", 1, 1);
	}
	dav_glance_close(import->glance);
	import->glance = NULL;
	store_snapshot_free(snapshot);
	return code;
}

enum store_code import_write(struct import *import, const struct store_write *write,
	const char *who, struct store_result *result)
{
	bool *read_refused = arena_array(import->arena, import->n_entries + 1, sizeof(bool));
	struct store_write mine = *write;
	enum store_code code = STORE_CONFLICT;

	for (size_t i = 0; i < import->n_entries; i++)
		read_refused[i] = import->entries[i].refused;
	for (int tries = 0;
		tries < MAX_TRIES && (code == STORE_CONFLICT || code == STORE_UID_TAKEN); tries++) {
		forget_plan(import, read_refused);
		code = try_once(import, &mine, who, result);
	}
	return code;
}

void import_end(struct import *import)
{
	import_plan_clear(import);
	for (size_t i = 0; i < import->n_files; i++)
		map_free(import->files[i].places, NULL);
}
