/* SPDX-License-Identifier: ISC */
/* webdav/people*.c: names, members, circles, limits, what was written by hand. */
#include "tests/unit/people_help.h"

/* ---------------------------------------------------------------- rows */

static void members_have_names(void **state)
{
	static const struct {
		const char *text, *path, *word; /* NULL: none */
	} rows[] = {
		{"anna", "users/anna", "anna"},
		{"Anna", "users/anna", "anna"},
		{"users/anna", "users/anna", "anna"},
		{"USERS/ANNA", "users/anna", "anna"},
		{"group:kids", "groups/kids", "group:kids"},
		{"groups/Kids", "groups/kids", "group:kids"},
		{"me@example.org", "users/me@example.org", "me@example.org"},
		{"", NULL, NULL},
		{"..", NULL, NULL},
		{"users/..", NULL, NULL},
		{"group:", NULL, NULL},
		{"group:group:kids", NULL, NULL},
		{"groups/users/anna", NULL, NULL},
		{"an na", NULL, NULL},
		{"anna#0d5c", NULL, NULL},
		{"anna\nmember users/ben", NULL, NULL},
		{"\xd0\xb0nna", NULL, NULL}, /* a Cyrillic a */
		{"@anna", NULL, NULL},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *path = dav_member_path(w->arena, rows[i].text);
		if (!text_equal(path, rows[i].path))
			fail_msg("%s: %s", rows[i].text, path ? path : "refused");
		if (path)
			assert_string_equal(dav_member_word(w->arena, path), rows[i].word);
	}
}

/* In order, on one household: anna, ben, carl. */
static void groups_change(void **state)
{
	static const struct {
		const char *group, *members, *add, *drop;
		enum dav_people_code code;
		const char *words; /* of the subject, or of the refusal */
	} rows[] = {
		{"kids", "ben", NULL, NULL, PEOPLE_OK, "Anna B. created the group kids with ben"},
		{"kids", "ben", NULL, NULL, PEOPLE_SAME, NULL},
		{"kids", "users/ben ben BEN", NULL, NULL, PEOPLE_SAME, NULL},
		{"kids", NULL, NULL, NULL, PEOPLE_SAME, NULL},
		{"KIDS", NULL, "carl", NULL, PEOPLE_OK, "Anna B. put carl into kids"},
		{"kids", NULL, "carl", NULL, PEOPLE_SAME, NULL},
		{"kids", NULL, NULL, "ben", PEOPLE_OK, "Anna B. took ben out of kids"},
		{"kids", NULL, NULL, "ben", PEOPLE_NOT_IN, "ben is not in kids"},
		{"kids", NULL, "ben", "carl", PEOPLE_OK,
			"Anna B. put ben into kids and took carl out"},
		{"kids", NULL, "dora", NULL, PEOPLE_NO_MEMBER, "there is no user dora"},
		{"kids", NULL, "group:ben", NULL, PEOPLE_NO_MEMBER, "there is no group ben"},
		{"kids", "ben dora", NULL, NULL, PEOPLE_NO_MEMBER, "there is no user dora"},
		{"kids", NULL, "..", NULL, PEOPLE_BAD_NAME, "\"..\" can be no member"},
		{"nobody", NULL, "ben", NULL, PEOPLE_NO_GROUP, "there is no group nobody"},
		{"..", "ben", NULL, NULL, PEOPLE_BAD_NAME, "\"..\" is no group name"},
		{"", "ben", NULL, NULL, PEOPLE_BAD_NAME, "is no group name"},
		{"k\xc3\xaf"
		 "ds",
			"ben", NULL, NULL, PEOPLE_BAD_NAME, "is no group name"},
		{"ben", "ben", NULL, NULL, PEOPLE_OK, "Anna B. created the group ben with ben"},
		{"family", "group:kids anna", NULL, NULL, PEOPLE_OK,
			"Anna B. created the group family with anna and group:kids"},
		{"kids", NULL, "group:kids", NULL, PEOPLE_CYCLE, "kids would have kids"},
		{"new", "group:new", NULL, NULL, PEOPLE_CYCLE, "new would have new"},
		{"kids", NULL, "group:family", NULL, PEOPLE_CYCLE,
			"kids would have family, family has kids"},
		{"club", "groups/family", NULL, NULL, PEOPLE_OK,
			"Anna B. created the group club with group:family"},
		{"kids", "group:club", NULL, NULL, PEOPLE_CYCLE,
			"kids would have club, club has family, family has kids"},
		{"family", NULL, NULL, "group:kids", PEOPLE_OK,
			"Anna B. took group:kids out of family"},
		{"kids", NULL, "group:club", NULL, PEOPLE_OK, "Anna B. put group:club into kids"},
		{"kids", " ", NULL, NULL, PEOPLE_OK, "Anna B. took ben and group:club out of kids"},
		{"empty", NULL, NULL, NULL, PEOPLE_OK, "Anna B. created the group empty"},
	};
	struct world *w = *state;

	user(w, "carl");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dav_people people;
		enum dav_people_code code = change(
			w, &people, rows[i].group, rows[i].members, rows[i].add, rows[i].drop);
		if (code != rows[i].code)
			fail_msg("row %zu: %d, %s", i, code, people.why ? people.why : "");
		if (code == PEOPLE_OK)
			expect_subject(w, rows[i].words);
		else if (rows[i].words && !strstr(people.why, rows[i].words))
			fail_msg("row %zu: %s", i, people.why);
		assert_int_equal(people.created,
			code == PEOPLE_OK && strstr(rows[i].words, "created") != NULL);
	}
	assert_string_equal(members(w, "kids"), "");
	assert_string_equal(members(w, "club"), "group:family");
}

static void groups_have_display_names(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);
	struct dav_group_edit edit = {.expect = GROUP_MUST_BE_NEW, .display_name = "The\tkids"};

	assert_int_equal(dav_group_put(&people, "kids", &edit), PEOPLE_OK);
	assert_non_null(strstr(file(w, "principals/groups", "kids"), "name The kids\n"));
	assert_int_equal(dav_group_put(&people, "kids", &edit), PEOPLE_EXISTS);
	edit = (struct dav_group_edit){.display_name = "Children"};
	assert_int_equal(dav_group_put(&people, "kids", &edit), PEOPLE_OK);
	expect_subject(w, "Anna B. named the group kids \"Children\"");
	edit = (struct dav_group_edit){.display_name = ""};
	assert_int_equal(dav_group_put(&people, "kids", &edit), PEOPLE_OK);
	assert_null(strstr(file(w, "principals/groups", "kids"), "name "));
}

static void members_are_counted(void **state)
{
	struct world *w = *state;
	const char **all = arena_array(w->arena, HOUSEHOLD_MAX_MEMBERS + 1, sizeof(*all));
	struct store_change *changes = arena_array(
		w->arena, HOUSEHOLD_MAX_MEMBERS + 1, sizeof(*changes));
	struct store_write write = {.changes = changes, .subject = "Many"};
	struct dav_people people = by(w);
	struct dav_group_edit edit = {
		.expect = GROUP_MAY_EXIST, .members = all, .n_members = HOUSEHOLD_MAX_MEMBERS};
	struct store_result result;

	for (size_t i = 0; i <= HOUSEHOLD_MAX_MEMBERS; i++) {
		all[i] = arena_printf(w->arena, "u%zu", i);
		const char *text = arena_printf(w->arena, "id %zu\n", i);
		changes[write.n_changes++] = (struct store_change){.slot = STORE_ITEM,
			.collection = "principals/users",
			.name = all[i],
			.bytes = text,
			.len = strlen(text)};
	}
	assert_int_equal(store_commit(w->store, &write, &result), STORE_OK);
	assert_int_equal(dav_group_put(&people, "all", &edit), PEOPLE_OK);
	expect_subject(w, "Anna B. created the group all with u0, u1, u10 and 997 more");
	const char *const more[] = {all[HOUSEHOLD_MAX_MEMBERS]};
	edit = (struct dav_group_edit){.add = more, .n_add = 1};
	assert_int_equal(dav_group_put(&people, "all", &edit), PEOPLE_TOO_MANY);
	assert_non_null(strstr(people.why, "at most 1000 members"));
	/* One in, one out. */
	edit.drop = all;
	edit.n_drop = 1;
	assert_int_equal(dav_group_put(&people, "all", &edit), PEOPLE_OK);
}

static void groups_are_counted(void **state)
{
	struct world *w = *state;
	struct store_change *changes = arena_array(w->arena, DAV_MAX_GROUPS, sizeof(*changes));
	struct store_write write = {
		.changes = changes, .n_changes = DAV_MAX_GROUPS, .subject = "Many"};
	struct dav_people people;
	struct store_result result;

	for (size_t i = 0; i < DAV_MAX_GROUPS; i++)
		changes[i] = (struct store_change){.slot = STORE_ITEM,
			.collection = "principals/groups",
			.name = arena_printf(w->arena, "g%zu", i),
			.bytes = "id 1\n",
			.len = 5};
	assert_int_equal(store_commit(w->store, &write, &result), STORE_OK);
	assert_int_equal(change(w, &people, "more", "anna", NULL, NULL), PEOPLE_TOO_MANY);
	assert_int_equal(change(w, &people, "g7", "anna", NULL, NULL), PEOPLE_OK);
}

/* ---------------------------------------------------------------- what was written by hand */

static void stale_references_go_when_written(void **state)
{
	struct world *w = *state;
	struct dav_people people;
	const char *ben = arena_printf(w->arena, "member users/ben#%s\n", id_of(w, "users/ben"));

	write_raw(w, STORE_ITEM, "principals/groups", "kids",
		"id 7\nmember users/anna\nmember users/ben#old\nmember groups/none#1\n"
		"member nonsense\nmember users/nobody\ncolour red\n");
	assert_string_equal(members(w, "kids"), "anna - - - -");
	assert_int_equal(change(w, &people, "kids", NULL, "ben", NULL), PEOPLE_OK);
	assert_string_equal(members(w, "kids"), "anna ben");
	const char *text = file(w, "principals/groups", "kids");
	assert_true(text_starts(text, "id 7\n"));
	assert_non_null(strstr(text, ben));
	assert_non_null(strstr(
		text, arena_printf(w->arena, "member users/anna#%s\n", id_of(w, "users/anna"))));
	assert_true(text_ends(text, "\ncolour red\n"));
	assert_null(strstr(text, "old"));
}

static void circles_by_hand_can_be_undone(void **state)
{
	struct world *w = *state;
	struct dav_people people;

	write_raw(w, STORE_ITEM, "principals/groups", "a",
		"id 1\nmember groups/b\nmember users/ben\n");
	write_raw(w, STORE_ITEM, "principals/groups", "b", "id 2\nmember groups/a\n");
	assert_int_equal(change(w, &people, "a", NULL, "group:b", NULL), PEOPLE_CYCLE);
	assert_int_equal(change(w, &people, "a", NULL, "anna", NULL), PEOPLE_OK);
	assert_int_equal(change(w, &people, "a", NULL, NULL, "group:b"), PEOPLE_OK);
	assert_string_equal(members(w, "a"), "anna ben");
	assert_int_equal(change(w, &people, "a", NULL, "group:b", NULL), PEOPLE_CYCLE);
}

static void unreadable_groups_are_replaced_or_removed(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);

	write_raw(w, STORE_ITEM, "principals/groups", "bad", "no id\n");
	assert_int_equal(change(w, &people, "bad", NULL, "anna", NULL), PEOPLE_NO_GROUP);
	group(w, "bad", "anna");
	assert_string_equal(members(w, "bad"), "anna");
	write_raw(w, STORE_ITEM, "principals/groups", "bad", "no id\n");
	people = by(w);
	assert_int_equal(dav_group_remove(&people, "bad"), PEOPLE_OK);
	assert_string_equal(file(w, "principals/groups", "bad"), "");
	assert_int_equal(dav_group_remove(&people, "bad"), PEOPLE_NO_GROUP);
	assert_int_equal(dav_group_remove(&people, "../users/anna"), PEOPLE_NO_GROUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(members_have_names),
		WORLD_TEST(groups_change),
		WORLD_TEST(groups_have_display_names),
		WORLD_TEST(members_are_counted),
		WORLD_TEST(groups_are_counted),
		WORLD_TEST(stale_references_go_when_written),
		WORLD_TEST(circles_by_hand_can_be_undone),
		WORLD_TEST(unreadable_groups_are_replaced_or_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
