/* SPDX-License-Identifier: ISC */
/* Changes of people for src/: built on the newest snapshot and committed, or built again. */
#include "webdav/people.h"

#include "src/base/text.h"
#include "storage/account.h"

/* Somebody else was faster so often: the caller is told. A group that takes in a group conflicts with every other. */
#define TRIES 32

struct store_change *dav_settling_add(struct dav_settling *settling)
{
	settling->changes = arena_grow(settling->arena, settling->changes, &settling->cap_changes,
		settling->n_changes + 1, sizeof(*settling->changes));
	struct store_change *change = &settling->changes[settling->n_changes++];
	*change = (struct store_change){0};
	return change;
}

void dav_settle_collection(
	struct dav_settling *settling, const char *path, const struct store_meta *meta)
{
	struct household *household = household_now(settling->store, settling->snapshot);

	settling->before = settling->after = household;
	settling->path = path;
	settling->meta = meta;
	dav_shares_settle(settling);
	settling->before = settling->after = NULL;
	settling->meta = NULL;
	household_free(household);
}

/* --- committing --- */

static enum store_code commit(struct dav_people *people, const struct dav_act *act,
	const struct dav_settling *settling, const char *words)
{
	struct store_write write = people->by;

	write.changes = settling->changes;
	write.n_changes = settling->n_changes;
	write.credentials = &act->credential;
	write.n_credentials = act->n_credentials;
	write.subject = arena_printf(
		settling->arena, "%s %s", write.author_name ? write.author_name : "Daybook", words);
	return store_commit(people->store, &write, &people->result);
}

static enum dav_people_code try(struct dav_people *people, struct dav_act *act)
{
	struct store_snapshot *snapshot = store_snapshot(people->store);
	struct dav_settling settling = {
		.store = people->store, .snapshot = snapshot, .arena = arena_new()};
	const char *words = NULL;

	people->result = (struct store_result){.code = STORE_UNCHANGED};
	enum dav_people_code code = act->build(act, &settling, &words);
	if (code == PEOPLE_OK) {
		enum store_code stored = commit(people, act, &settling, words);
		if (stored == STORE_UNCHANGED)
			code = PEOPLE_SAME;
		else if (stored != STORE_OK)
			code = PEOPLE_STORE;
	}
	people->why = arena_strdup(people->arena, words);
	arena_free(settling.arena);
	store_snapshot_free(snapshot);
	return code;
}

enum dav_people_code dav_act_run(struct dav_people *people, struct dav_act *act)
{
	enum dav_people_code code = PEOPLE_STORE;

	for (int tries = 0; tries < TRIES; tries++) {
		code = try(people, act);
		/* Not found: what was to be changed went meanwhile. */
		if (code != PEOPLE_STORE ||
			(people->result.code != STORE_CONFLICT &&
				people->result.code != STORE_NOT_FOUND))
			break;
	}
	if (code == PEOPLE_STORE)
		people->why = arena_strdup(people->arena, people->result.text);
	return code;
}

/* --- groups --- */

struct act {
	struct dav_act act; /* first: a struct act is found from it */
	const char *name;   /* of the group or user */
	const struct dav_group_edit *edit;
	const char *id;      /* of a user that goes, as it was at the first try */
	struct arena *arena; /* of what outlives a try */
};

static enum dav_people_code build_group(
	struct dav_act *self, struct dav_settling *settling, const char **words)
{
	const struct act *act = (const struct act *)self;

	return dav_group_change(settling, act->name, act->edit, words);
}

static bool is_there(struct dav_people *people, const char *group)
{
	struct store_snapshot *snapshot = store_snapshot(people->store);
	struct household *household = household_now(people->store, snapshot);
	char *name = account_name_fold(people->arena, group);
	bool found = name &&
		household_find(household, arena_printf(people->arena, "groups/%s", name));

	household_free(household);
	store_snapshot_free(snapshot);
	return found;
}

enum dav_people_code dav_group_put(
	struct dav_people *people, const char *group, const struct dav_group_edit *edit)
{
	struct act act = {.act.build = build_group, .name = group, .edit = edit};
	bool was = is_there(people, group);
	enum dav_people_code code = dav_act_run(people, &act.act);

	people->created = code == PEOPLE_OK && !was;
	return code;
}

/* --- what goes --- */

/* The principal's own changes are there already; what it leaves behind is added. */
static void forget(struct dav_settling *settling, const char *path)
{
	struct household *before = household_now(settling->store, settling->snapshot),
			 *after = household_with(before, path, NULL, 0);

	settling->before = before;
	settling->after = after;
	dav_forget_principal(settling, path);
	settling->before = settling->after = NULL;
	household_free(after);
	household_free(before);
}

static enum dav_people_code build_group_removal(
	struct dav_act *self, struct dav_settling *settling, const char **words)
{
	struct act *act = (struct act *)self;
	const struct store_collection *groups = store_collection(
		settling->snapshot, "principals/groups");
	char *name = account_name_fold(settling->arena, act->name);
	/* Not by the household: what nobody can read must be removable, too. */
	const struct store_item *item = groups && name ? store_item(groups, name) : NULL;

	if (!item) {
		*words = arena_printf(settling->arena, "there is no group %s",
			text_clean_line(settling->arena, act->name, 2 * ACCOUNT_MAX_NAME));
		return PEOPLE_NO_GROUP;
	}
	*dav_settling_add(settling) = (struct store_change){
		.slot = STORE_ITEM,
		.collection = "principals/groups",
		.name = name,
		.remove = true,
		.expect = STORE_MATCH,
		.match = item->oid,
	};
	forget(settling, arena_printf(settling->arena, "groups/%s", name));
	*words = arena_printf(settling->arena, "removed the group %s", name);
	return PEOPLE_OK;
}

enum dav_people_code dav_group_remove(struct dav_people *people, const char *group)
{
	struct act act = {.act.build = build_group_removal, .name = group};

	return dav_act_run(people, &act.act);
}

static enum dav_people_code build_user_removal(
	struct dav_act *self, struct dav_settling *settling, const char **words)
{
	struct act *act = (struct act *)self;
	struct store_change changes[ACCOUNT_REMOVAL_CHANGES];
	struct account account;
	char *name = account_name_fold(settling->arena, act->name);
	bool found = name &&
		account_find(
			settling->store, settling->snapshot, settling->arena, name, &account) &&
		text_equal(account.name, name);

	/* A name that was given away again meanwhile is somebody else. */
	if (!found || (act->id && !text_equal(act->id, account.id))) {
		*words = arena_printf(settling->arena, "there is no user %s",
			text_clean_line(settling->arena, act->name, 2 * ACCOUNT_MAX_NAME));
		return PEOPLE_NO_USER;
	}
	act->id = arena_strdup(act->arena, account.id);
	size_t n = account_removal(
		settling->snapshot, settling->arena, &account, changes, &self->credential);
	self->credential.principal_id = act->id;
	self->n_credentials = 1;
	for (size_t i = 0; i < n; i++)
		*dav_settling_add(settling) = changes[i];
	forget(settling, arena_printf(settling->arena, "users/%s", name));
	*words = arena_printf(settling->arena, "removed the user %s", name);
	return PEOPLE_OK;
}

enum dav_people_code dav_user_remove(struct dav_people *people, const char *user)
{
	struct act act = {.act.build = build_user_removal, .name = user, .arena = people->arena};

	return dav_act_run(people, &act.act);
}
