/* SPDX-License-Identifier: ISC */
/* What may become of a group: names, members, circles, limits (RFC 3744 4.3). */
#include "webdav/people.h"

#include "src/base/text.h"
#include "storage/account.h"

#include <stdint.h>
#include <string.h>

#define USERS "users/"
#define GROUPS "groups/"
#define GROUP_COLON "group:"
#define TOLD_NAMES 3     /* names in the words of a commit; others are counted */
#define TOLD_CIRCLE 300  /* bytes of a circle in a refusal */
#define TOLD_SUBJECT 200 /* bytes of a display name */

struct change {
	struct dav_settling *settling;
	struct arena *arena;
	const struct dav_group_edit *edit;
	const struct household *household;              /* before */
	const struct household_principal *list, *group; /* all of it; NULL: a new one */
	size_t n_list;
	const char *name, *path; /* "kids", "groups/kids" */
	/* For each of the list: is in the group before, and after. */
	bool *was, *is;
	bool nests; /* a group becomes a member */
	const char **words;
};

/* --- names --- */

char *dav_member_path(struct arena *arena, const char *text)
{
	static const struct {
		const char *prefix, *place;
	} forms[] = {{USERS, USERS}, {GROUPS, GROUPS}, {GROUP_COLON, GROUPS}, {"", USERS}};
	size_t i = 0;

	while (!text_starts_nocase(text, forms[i].prefix))
		i++;
	char *name = account_name_fold(arena, text + strlen(forms[i].prefix));
	return name ? arena_printf(arena, "%s%s", forms[i].place, name) : NULL;
}

char *dav_member_word(struct arena *arena, const char *path)
{
	return text_starts(path, GROUPS)
		? arena_printf(arena, GROUP_COLON "%s", path + strlen(GROUPS))
		: arena_strdup(arena, path + strlen(USERS));
}

static enum dav_people_code refuse(struct change *change, enum dav_people_code code, char *words)
{
	*change->words = words;
	return code;
}

/* --- circles --- */

/* The way down from one principal to another, as " has B, B has C"; false: there is none. Depth of recursion: the number
 * of groups, each entered once. */
static bool tell_way(struct change *change, size_t from, size_t to, bool *seen, struct buf *out)
{
	const struct household_principal *group = &change->list[from];
	size_t len = out->len;

	seen[from] = true;
	for (size_t i = 0; i < group->n_members; i++) {
		const struct household_principal *member = household_refers(
			change->household, group->members[i]);
		if (!member || seen[member - change->list])
			continue;
		size_t at = (size_t)(member - change->list);
		buf_addf(out, ", %s has %s", group->name, member->name);
		if (at == to || tell_way(change, at, to, seen, out))
			return true;
		out->len = len;
	}
	return false;
}

static enum dav_people_code refuse_circle(
	struct change *change, const struct household_principal *member)
{
	struct arena *arena = change->arena;
	bool *seen = arena_array(arena, change->n_list, sizeof(*seen));
	struct buf way;

	buf_init(&way, SIZE_MAX);
	buf_addf(&way, "%s would have %s", change->name, member->name);
	if (member != change->group)
		tell_way(change, (size_t)(member - change->list),
			(size_t)(change->group - change->list), seen, &way);
	char *told = text_clean_line(arena, arena_strndup(arena, way.data, way.len), TOLD_CIRCLE);
	buf_free(&way);
	return refuse(change, PEOPLE_CYCLE, arena_printf(arena, "a circle of groups: %s", told));
}

/* --- members --- */

static enum dav_people_code find(
	struct change *change, const char *path, const struct household_principal **found)
{
	struct arena *arena = change->arena;
	char *folded = dav_member_path(arena, path);

	if (!folded)
		return refuse(change, PEOPLE_BAD_NAME,
			arena_printf(arena,
				"\"%s\" can be no member: a user's name is wanted, or group:NAME",
				text_clean_line(arena, path, TOLD_SUBJECT)));
	*found = household_find(change->household, folded);
	if (*found)
		return PEOPLE_OK;
	return refuse(change, PEOPLE_NO_MEMBER,
		arena_printf(arena, "there is no %s %s",
			text_starts(folded, GROUPS) ? "group" : "user", strchr(folded, '/') + 1));
}

static enum dav_people_code put_in(struct change *change, const char *path)
{
	const struct household_principal *member;
	enum dav_people_code code = find(change, path, &member);

	if (code == PEOPLE_NO_MEMBER &&
		text_equal(dav_member_path(change->arena, path), change->path))
		return refuse(change, PEOPLE_CYCLE,
			arena_printf(change->arena, "a circle of groups: %s would have %s",
				change->name, change->name));
	if (code != PEOPLE_OK)
		return code;
	if (member == change->group ||
		household_contains(change->household, member->path, change->path))
		return refuse_circle(change, member);
	change->is[member - change->list] = true;
	change->nests |= member->group;
	return PEOPLE_OK;
}

static enum dav_people_code take_out(struct change *change, const char *path)
{
	const struct household_principal *member;
	enum dav_people_code code = find(change, path, &member);

	if (code != PEOPLE_OK)
		return code;
	if (!change->is[member - change->list])
		return refuse(change, PEOPLE_NOT_IN,
			arena_printf(change->arena, "%s is not in %s",
				dav_member_word(change->arena, member->path), change->name));
	change->is[member - change->list] = false;
	return PEOPLE_OK;
}

static void mark_present(struct change *change)
{
	change->was = arena_array(change->arena, change->n_list, sizeof(bool));
	for (size_t i = 0; change->group && i < change->group->n_members; i++) {
		const struct household_principal *member = household_refers(
			change->household, change->group->members[i]);
		if (member)
			change->was[member - change->list] = true;
	}
	change->is = change->edit->members
		? arena_array(change->arena, change->n_list, sizeof(bool))
		: arena_memdup(change->arena, change->was, change->n_list * sizeof(bool));
}

static enum dav_people_code choose_members(struct change *change)
{
	const struct dav_group_edit *edit = change->edit;
	enum dav_people_code code = PEOPLE_OK;
	size_t count = 0;

	mark_present(change);
	for (size_t i = 0; code == PEOPLE_OK && edit->members && i < edit->n_members; i++)
		code = put_in(change, edit->members[i]);
	for (size_t i = 0; code == PEOPLE_OK && i < edit->n_add; i++)
		code = put_in(change, edit->add[i]);
	for (size_t i = 0; code == PEOPLE_OK && i < edit->n_drop; i++)
		code = take_out(change, edit->drop[i]);
	for (size_t i = 0; i < change->n_list; i++)
		count += change->is[i];
	if (code == PEOPLE_OK && count > HOUSEHOLD_MAX_MEMBERS)
		return refuse(change, PEOPLE_TOO_MANY,
			arena_printf(change->arena,
				"a group has at most %d members: put some into another one",
				HOUSEHOLD_MAX_MEMBERS));
	return code;
}

/* --- words --- */

/* "ben, carl, dora and 4 more": those that are marked in one and not in the other; NULL: nobody. */
static char *tell_names(struct change *change, const bool *in, const bool *not_in)
{
	struct arena *arena = change->arena;
	char *text = NULL;
	size_t n = 0, told = 0;

	for (size_t i = 0; i < change->n_list; i++)
		n += in[i] && !not_in[i];
	for (size_t i = 0; i < change->n_list && told < TOLD_NAMES; i++) {
		if (!in[i] || not_in[i])
			continue;
		const char *between = ++told == 1 ? "" : told == n ? " and " : ", ";
		text = arena_printf(arena, "%s%s%s", text ? text : "", between,
			dav_member_word(arena, change->list[i].path));
	}
	return n > told ? arena_printf(arena, "%s and %zu more", text, n - told) : text;
}

static char *tell(struct change *change)
{
	struct arena *arena = change->arena;
	const char *in = tell_names(change, change->is, change->was),
		   *out = tell_names(change, change->was, change->is), *name = change->name,
		   *shown = change->edit->display_name;

	if (!change->group)
		return arena_printf(
			arena, "created the group %s%s%s", name, in ? " with " : "", in ? in : "");
	if (in && out)
		return arena_printf(arena, "put %s into %s and took %s out", in, name, out);
	if (in)
		return arena_printf(arena, "put %s into %s", in, name);
	if (out)
		return arena_printf(arena, "took %s out of %s", out, name);
	if (shown && *shown)
		return arena_printf(arena, "named the group %s \"%s\"", name,
			text_clean_line(arena, shown, TOLD_SUBJECT));
	return arena_printf(arena, "changed the group %s", name);
}

/* --- the change --- */

static enum dav_people_code check_group(struct change *change)
{
	struct arena *arena = change->arena;
	size_t groups = 0;

	for (size_t i = 0; i < change->n_list; i++)
		groups += change->list[i].group;
	if (!change->group && change->edit->expect == GROUP_MUST_EXIST)
		return refuse(change, PEOPLE_NO_GROUP,
			arena_printf(arena, "there is no group %s", change->name));
	if (change->group && change->edit->expect == GROUP_MUST_BE_NEW)
		return refuse(change, PEOPLE_EXISTS,
			arena_printf(arena, "there is a group %s already", change->name));
	if (!change->group && groups >= DAV_MAX_GROUPS)
		return refuse(change, PEOPLE_TOO_MANY,
			arena_printf(arena, "there are %d groups already: remove one first",
				DAV_MAX_GROUPS));
	return PEOPLE_OK;
}

static void settle(struct change *change, const struct store_change *file)
{
	struct dav_settling *settling = change->settling;
	struct household *after = household_with(
		change->household, change->path, file->bytes, file->len);

	*dav_settling_add(settling) = *file;
	settling->before = change->household;
	settling->after = after;
	settling->path = NULL;
	settling->meta = NULL;
	dav_shares_settle(settling);
	settling->before = settling->after = NULL;
	household_free(after);
}

static enum dav_people_code write_group(struct change *change)
{
	struct dav_settling *settling = change->settling;
	const struct store_collection *groups = store_collection(
		settling->snapshot, "principals/groups");
	const char **members = arena_array(change->arena, change->n_list, sizeof(*members));
	struct account_group group = {
		.name = change->name,
		.display_name = change->edit->display_name,
		.members = members,
	};
	struct store_change file;

	for (size_t i = 0; i < change->n_list; i++)
		if (change->is[i])
			members[group.n_members++] = household_reference(
				change->household, change->arena, change->list[i].path);
	if (!account_group_change(
		    settling->store, settling->snapshot, change->arena, &group, &file))
		return refuse(change, PEOPLE_TOO_MANY,
			arena_printf(change->arena, "the group's file would be too large"));
	struct store_oid oid = store_blob_id(file.bytes, file.len);
	if (file.expect == STORE_MATCH && store_oid_equal(&oid, &file.match))
		return PEOPLE_SAME;
	/* Two groups that become members of each other at the same time are a circle, too. */
	if (change->nests && groups)
		file.unchanged_since = store_collection_number(groups)
			? store_collection_number(groups)
			: 1;
	*change->words = tell(change);
	settle(change, &file);
	return PEOPLE_OK;
}

static enum dav_people_code make(struct change *change)
{
	enum dav_people_code code;

	change->list = household_list(change->household, &change->n_list);
	change->group = household_find(change->household, change->path);
	code = check_group(change);
	if (code == PEOPLE_OK)
		code = choose_members(change);
	return code == PEOPLE_OK ? write_group(change) : code;
}

enum dav_people_code dav_group_change(struct dav_settling *settling, const char *group,
	const struct dav_group_edit *edit, const char **words)
{
	struct arena *arena = settling->arena;
	char *name = account_name_fold(arena, group);
	struct change change = {
		.settling = settling, .arena = arena, .edit = edit, .name = name, .words = words};

	if (!name)
		return refuse(&change, PEOPLE_BAD_NAME,
			arena_printf(arena,
				"\"%s\" is no group name: up to %d of a-z 0-9 . _ @ + -, the first "
				"a letter or a digit",
				text_clean_line(arena, group, TOLD_SUBJECT), ACCOUNT_MAX_NAME));
	change.path = arena_printf(arena, GROUPS "%s", name);
	struct household *household = household_now(settling->store, settling->snapshot);
	change.household = household;
	enum dav_people_code code = make(&change);
	household_free(household);
	return code;
}

enum dav_people_code dav_group_members_change(struct dav_settling *settling, const char *group,
	const char *const *members, size_t n, const char **words)
{
	static const char *const nobody[1];
	const struct dav_group_edit edit = {
		.expect = GROUP_MUST_EXIST,
		.members = n ? members : nobody,
		.n_members = n,
	};

	return dav_group_change(settling, group, &edit, words);
}
