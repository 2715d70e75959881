/* SPDX-License-Identifier: ISC */
/*
 * Groups: the enrolment endpoints /groups/G and /groups/G/users/U (DESIGN.md section 6) and the same under /api/v1/groups.
 * Only admins change them; who is in a group may see it.
 */
#include "src/api_people.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <string.h>

_Static_assert(API_MAX_LONG_LIST >= HOUSEHOLD_MAX_MEMBERS, "all members fit into one call");

#define MAX_MEMBER (ACCOUNT_MAX_NAME + sizeof("groups/") - 1) /* bytes of a member's name */

/* --- for all changes of people --- */

struct dav_people api_people(const struct api_call *call)
{
	return (struct dav_people){
		.store = call->app->store,
		.arena = call->arena,
		.by = api_write(call, NULL),
	};
}

void api_fail_people(
	struct api_call *call, enum dav_people_code code, const struct dav_people *people)
{
	static const int table[] = {
		[PEOPLE_BAD_NAME] = 400,
		[PEOPLE_NO_GROUP] = 404,
		[PEOPLE_NO_USER] = 404,
		[PEOPLE_NO_MEMBER] = 400,
		[PEOPLE_NOT_IN] = 404,
		[PEOPLE_EXISTS] = 409,
		[PEOPLE_CYCLE] = 409,
		[PEOPLE_TOO_MANY] = 400,
		[PEOPLE_NO_COLLECTION] = 404,
		[PEOPLE_NOT_OURS] = 403,
		[PEOPLE_NOT_SO] = 400,
	};

	if (code == PEOPLE_STORE)
		api_fail_store(call, people->result.code, people->result.text);
	else
		api_fail(call, table[code], "%s", people->why);
}

/* --- reading --- */

static struct household *household_of(struct api_call *call)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	struct household *household = household_now(call->app->store, snapshot);

	store_snapshot_free(snapshot);
	return household;
}

static bool contains(struct api_call *call, const struct household *household, const char *group,
	const char *user)
{
	return household_contains(household, arena_printf(call->arena, "groups/%s", group),
		arena_printf(call->arena, "users/%s", user));
}

bool api_in_group(struct api_call *call, const char *group)
{
	struct household *household = household_of(call);
	bool in = contains(call, household, group, call->request->person.name);

	household_free(household);
	return in;
}

static json_t *members_json(struct api_call *call, const struct household *household,
	const struct household_principal *group)
{
	json_t *list = json_array();

	for (size_t i = 0; i < group->n_members; i++) {
		const struct household_principal *member = household_refers(
			household, group->members[i]);
		if (member)
			json_array_append_new(
				list, json_string(dav_member_word(call->arena, member->path)));
	}
	return list;
}

/* All users that are in it, through whatever groups. */
static json_t *people_json(
	const struct household *household, const struct household_principal *group)
{
	json_t *list = json_array();
	size_t n;
	const struct household_principal *all = household_list(household, &n);

	for (size_t i = 0; i < n; i++)
		if (!all[i].group && household_contains(household, group->path, all[i].path))
			json_array_append_new(list, json_string(all[i].name));
	return list;
}

static json_t *group_json(struct api_call *call, const struct household *household,
	const struct household_principal *group)
{
	return json_pack("{s:s, s:o, s:o, s:o}", "name", group->name, "display_name",
		api_text(group->display_name), "members", members_json(call, household, group),
		"created", api_time(group->created));
}

static void answer_group(struct api_call *call, int status, const char *name)
{
	struct household *household = household_of(call);
	const struct household_principal *group = household_find(
		household, arena_printf(call->arena, "groups/%s", name));

	if (group) {
		json_t *json = group_json(call, household, group);
		json_object_set_new(json, "people", people_json(household, group));
		api_answer(call, status, json);
	} else {
		api_fail(call, 404, "there is no group %s", name);
	}
	household_free(household);
}

/* Those that the person may see. */
void api_group_list(struct api_call *call)
{
	const struct dav_person *person = &call->request->person;
	size_t n;

	if (!api_read(call, NULL, 0))
		return;
	struct household *household = household_of(call);
	const struct household_principal *all = household_list(household, &n);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		if (all[i].group &&
			(person->admin || contains(call, household, all[i].name, person->name)))
			json_array_append_new(list, group_json(call, household, &all[i]));
	household_free(household);
	api_answer(call, 200, json_pack("{s:o}", "groups", list));
}

void api_group_get(struct api_call *call)
{
	if (api_read(call, NULL, 0))
		answer_group(call, 200, call->params[0]);
}

/* GET /groups/G/users/U: is U in it? */
void api_group_has(struct api_call *call)
{
	const char *group = call->params[0], *word = text_lower(call->arena, call->params[1]);
	char *path = dav_member_path(call->arena, word);

	if (!api_read(call, NULL, 0))
		return;
	struct household *household = household_of(call);
	bool in = path &&
		household_contains(household, arena_printf(call->arena, "groups/%s", group), path);
	household_free(household);
	if (in)
		api_answer(call, 200,
			json_pack("{s:s, s:s}", "group", group, "member",
				dav_member_word(call->arena, path)));
	else
		api_fail(call, 404, "%s is not in %s",
			text_clean_line(call->arena, word, MAX_MEMBER), group);
}

/* --- writing --- */

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static void put(struct api_call *call, const char *name, struct dav_group_edit *edit)
{
	struct dav_people people = api_people(call);

	edit->n_members = count(edit->members);
	edit->n_add = count(edit->add);
	edit->n_drop = count(edit->drop);
	enum dav_people_code code = dav_group_put(&people, name, edit);
	if (code == PEOPLE_OK || code == PEOPLE_SAME)
		answer_group(call, people.created ? 201 : 200, name);
	else
		api_fail_people(call, code, &people);
}

/* Creates, or changes what is named: 201 or 200. "add" and "drop" want a group that is there. */
void api_group_put(struct api_call *call)
{
	struct dav_group_edit edit = {.expect = GROUP_MAY_EXIST};
	const struct api_field fields[] = {
		{"members", API_LONG_LIST, MAX_MEMBER, &edit.members},
		{"add", API_LONG_LIST, MAX_MEMBER, &edit.add},
		{"drop", API_LONG_LIST, MAX_MEMBER, &edit.drop},
		{"display_name", API_TEXT, API_MAX_DISPLAY_NAME, &edit.display_name},
	};

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	if (edit.members && (edit.add || edit.drop)) {
		api_fail(
			call, 400, "\"members\" are all there are: leave out \"add\" and \"drop\"");
		return;
	}
	if (edit.add || edit.drop)
		edit.expect = GROUP_MUST_EXIST;
	put(call, call->params[0], &edit);
}

/* POST /api/v1/groups: only creates. */
void api_group_add(struct api_call *call)
{
	struct dav_group_edit edit = {.expect = GROUP_MUST_BE_NEW};
	const char *name = NULL;
	const struct api_field fields[] = {
		{"name", API_TEXT, API_MAX_DISPLAY_NAME, &name},
		{"members", API_LONG_LIST, MAX_MEMBER, &edit.members},
		{"display_name", API_TEXT, API_MAX_DISPLAY_NAME, &edit.display_name},
	};

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	const char *folded = name ? account_name_fold(call->arena, name) : NULL;
	if (folded)
		put(call, folded, &edit);
	else if (name)
		api_fail(call, 400, API_NO_GROUP_NAME, name);
	else
		api_fail(call, 400, "\"name\" is missing");
}

void api_group_delete(struct api_call *call)
{
	struct dav_people people = api_people(call);

	if (!api_read(call, NULL, 0))
		return;
	enum dav_people_code code = dav_group_remove(&people, call->params[0]);
	if (code == PEOPLE_OK)
		api_answer_nothing(call);
	else
		api_fail_people(call, code, &people);
}

static void change_one(struct api_call *call, struct dav_group_edit *edit, bool in)
{
	struct dav_people people = api_people(call);
	enum dav_people_code code = dav_group_put(&people, call->params[0], edit);

	if (code == PEOPLE_NO_MEMBER) /* it is named in the address here */
		api_fail(call, 404, "%s", people.why);
	else if (code != PEOPLE_OK && code != PEOPLE_SAME)
		api_fail_people(call, code, &people);
	else if (in)
		answer_group(call, code == PEOPLE_OK ? 201 : 200, call->params[0]);
	else
		api_answer_nothing(call);
}

void api_group_take(struct api_call *call)
{
	struct dav_group_edit edit = {.add = &call->params[1], .n_add = 1};

	if (api_read(call, NULL, 0))
		change_one(call, &edit, true);
}

void api_group_drop(struct api_call *call)
{
	struct dav_group_edit edit = {.drop = &call->params[1], .n_drop = 1};

	if (api_read(call, NULL, 0))
		change_one(call, &edit, false);
}
