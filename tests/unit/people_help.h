/* SPDX-License-Identifier: ISC */
/* For the tests of webdav/people*.c and forget.c: short ways to change groups, and to write what stands in the store. */
#ifndef TESTS_UNIT_PEOPLE_HELP_H
#define TESTS_UNIT_PEOPLE_HELP_H

#include "tests/unit/dav_world.h"
#include "storage/household.h"
#include "webdav/people.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define CALENDAR "calendars/anna/personal"

static __attribute__((unused)) struct dav_people by(struct world *w)
{
	return (struct dav_people){.store = w->store,
		.arena = w->arena,
		.by = {.author_name = "Anna B.", .user = "anna"}};
}

/* "a b" as a list; NULL: NULL. */
static __attribute__((unused)) const char *const *list_of(
	struct world *w, const char *text, size_t *n)
{
	*n = 0;
	return text ? (const char *const *)text_split(w->arena, text, ' ', n) : NULL;
}

/* dav_group_put; `members`, `add`, `drop` are split at spaces, NULL is none. */
static __attribute__((unused)) enum dav_people_code change(struct world *w,
	struct dav_people *people, const char *group, const char *members, const char *add,
	const char *drop)
{
	struct dav_group_edit edit = {.expect = add || drop ? GROUP_MUST_EXIST : GROUP_MAY_EXIST};

	edit.members = list_of(w, members, &edit.n_members);
	edit.add = list_of(w, add, &edit.n_add);
	edit.drop = list_of(w, drop, &edit.n_drop);
	*people = by(w);
	return dav_group_put(people, group, &edit);
}

static __attribute__((unused)) void group(struct world *w, const char *name, const char *members)
{
	struct dav_people people;
	enum dav_people_code code = change(w, &people, name, members, NULL, NULL);

	if (code != PEOPLE_OK)
		fail_msg("%s: %d, %s", name, code, people.why);
}

static __attribute__((unused)) void user(struct world *w, const char *name)
{
	struct account_spec spec = {.name = name, .with_defaults = true};
	struct store_result result;

	assert_int_equal(account_create(w->store, &spec, NULL, &result), STORE_OK);
}

static __attribute__((unused)) struct household *now(struct world *w)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct household *household = household_now(w->store, snapshot);

	store_snapshot_free(snapshot);
	return household;
}

/* Members that are good, as words with spaces. */
static __attribute__((unused)) const char *members(struct world *w, const char *name)
{
	struct household *household = now(w);
	const struct household_principal *group = household_find(
		household, arena_printf(w->arena, "groups/%s", name));
	const char *text = "";

	for (size_t i = 0; group && i < group->n_members; i++) {
		const struct household_principal *p = household_refers(
			household, group->members[i]);
		text = arena_printf(w->arena, "%s%s%s", text, *text ? " " : "",
			p ? dav_member_word(w->arena, p->path) : "-");
	}
	household_free(household);
	return text;
}

static __attribute__((unused)) const char *file(
	struct world *w, const char *collection, const char *name)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *c = store_collection(snapshot, collection);
	const struct store_item *item = c ? store_item(c, name) : NULL;
	struct store_bytes bytes;
	const char *text = "";

	if (item && store_read(w->store, &item->oid, &bytes) == STORE_OK) {
		text = arena_strdup(w->arena, bytes.data);
		store_bytes_free(&bytes);
	}
	store_snapshot_free(snapshot);
	return text;
}

static __attribute__((unused)) const char *id_of(struct world *w, const char *path)
{
	struct household *household = now(w);
	const struct household_principal *p = household_find(household, path);
	const char *id = p ? arena_strdup(w->arena, p->id) : NULL;

	household_free(household);
	return id;
}

static __attribute__((unused)) bool keep_subject(void *payload, const struct store_log_entry *entry)
{
	struct world *w = payload;

	w->depth = arena_strdup(w->arena, entry->subject);
	return false;
}

static __attribute__((unused)) void expect_subject(struct world *w, const char *want)
{
	store_log(w->store, "", 1, keep_subject, w);
	assert_string_equal(w->depth, want);
	w->depth = NULL;
}

/* What somebody wrote by hand, or another part of Daybook. */
static __attribute__((unused)) void write_raw(struct world *w, enum store_slot slot,
	const char *collection, const char *name, const char *text)
{
	struct store_change one = {.slot = slot,
		.collection = collection,
		.name = name,
		.bytes = text,
		.len = text ? strlen(text) : 0,
		.remove = !text};
	struct store_write write = {.changes = &one, .n_changes = 1, .subject = "By hand"};
	struct store_result result;

	if (store_commit(w->store, &write, &result) != STORE_OK)
		fail_msg("%s: %s", collection, result.text);
}

#endif
