/* SPDX-License-Identifier: ISC */
/* The text of .collection and .meta files, and of commits. */
#include "tests/unit/store_help.h"

static void test_round_trip(void **state)
{
	static const char text[] = "id 0d5c\n"
				   "kind calendar\n"
				   "components VEVENT VTODO\n"
				   "created 2026-11-23T10:00:00Z\n"
				   "derived birthdays\n"
				   "prop {DAV:}displayname <d:displayname>Home</d:displayname>\n"
				   "prop {urn:a b}c <c/>\n"
				   "future something else\n"
				   "lonely\n";
	struct arena *arena = arena_new();
	struct store_meta meta;
	const char *why;
	size_t len;

	(void)state;
	assert_true(store_meta_parse(arena, text, sizeof(text) - 1, &meta, &why));
	assert_string_equal(meta.id, "0d5c");
	assert_int_equal(meta.kind, FACTS_CALENDAR);
	assert_int_equal(meta.components, FACTS_VEVENT | FACTS_VTODO);
	assert_int_equal(meta.created, 1795428000);
	assert_string_equal(meta.derived, "birthdays");
	assert_string_equal(store_meta_prop(&meta, "{urn:a b}c"), "<c/>");
	assert_null(store_meta_prop(&meta, "{DAV:}x"));
	assert_string_equal(store_meta_print(arena, &meta, &len), text);
	assert_int_equal(len, sizeof(text) - 1);
	struct store_meta less = store_meta_with(arena, &meta, "{DAV:}displayname", NULL);
	assert_null(store_meta_prop(&less, "{DAV:}displayname"));
	struct store_meta more = store_meta_with(arena, &meta, "{A:}first", "<first/>");
	assert_string_equal(more.props[0].name, "{A:}first");
	assert_int_equal(more.n_props, 3);
	more = store_meta_with(arena, &more, "{A:}first", "<second/>");
	assert_int_equal(more.n_props, 3);
	assert_string_equal(store_meta_prop(&more, "{A:}first"), "<second/>");
	arena_free(arena);
}

static void test_damaged(void **state)
{
	const struct {
		const char *text, *want;
	} rows[] = {
		{"id a b\n", "line 1: id is not an id"},
		{"id a\nid b\n", "line 2: id stands twice"},
		{"kind x\n", "line 1: kind is none of calendar, addressbook, folder, home"},
		{"\nkind home\ncreated tomorrow\n", "line 3: created is not a date"},
		{"components VEVENT X\n", "line 1: components names an unknown component"},
		{"derived a b\n", "line 1: derived is not a word"},
		{"derived a\nderived b\n", "line 2: derived stands twice"},
		{"prop displayname <x/>\n", "line 1: prop is not \"{namespace}name <xml>\""},
		{"prop {DAV:}x\n", "line 1: prop is not \"{namespace}name <xml>\""},
		{"prop {D:}x <a/>\nprop {D:}x <b/>\n", "prop {D:}x stands twice"},
		{"kind home\r\n", "line 1: a control character"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct store_meta meta;
		const char *why = "";
		assert_false(
			store_meta_parse(arena, rows[i].text, strlen(rows[i].text), &meta, &why));
		assert_string_equal(why, rows[i].want);
	}
	arena_free(arena);
}

static void test_one_line_each(void **state)
{
	const struct store_prop props[] = {{"{x\nid evil}a", "<a>one\ntwo\r</a>"}};
	const char *const other[] = {"more\nid evil"};
	struct store_meta meta = {
		.id = "1\nid evil", .props = props, .n_props = 1, .other = other, .n_other = 1};
	struct arena *arena = arena_new();
	size_t len;

	(void)state;
	assert_string_equal(store_meta_print(arena, &meta, &len),
		"id 1%0Aid evil\nkind folder\nprop {x%0Aid evil}a "
		"<a>one&#10;two&#13;</a>\nmore%0Aid evil\n");
	meta = (struct store_meta){0};
	assert_string_equal(store_meta_print(arena, &meta, &len), "");
	arena_free(arena);
}

/* ---------------------------------------------------------------- commits */

static char *message(
	struct arena *arena, const struct store_write *write, struct commit_text *commit)
{
	struct store_oid tree = {{1}}, parent = {{2}};
	struct buf out;

	buf_init(&out, 65536);
	commit_print(&out, arena, write, &tree, &parent, 1, 1000);
	assert_true(commit_parse(arena, out.data, out.len, commit));
	assert_true(store_oid_equal(&commit->tree, &tree));
	assert_true(commit->n_parents == 1 && store_oid_equal(&commit->parents[0], &parent));
	char *text = arena_strdup(arena, out.data);
	buf_free(&out);
	return text;
}

static void test_forged_trailers(void **state)
{
	struct store_write write = {.author_name = "Eve <e@x> 1 +0000\ncommitter Eve",
		.author_mail = "e@x>\nparent 0",
		.subject = "Eve added \"\n\nUser: admin\n\" to home",
		.user = "eve\nUser: admin",
		.device = "d\r\nRequest-Id: 1",
		.user_agent = "agent\x1b[31m",
		.request_id = ""};
	struct arena *arena = arena_new();
	struct commit_text commit;
	char *text = message(arena, &write, &commit);

	(void)state;
	assert_string_equal(strstr(text, "author "),
		"author Eve e@x 1 +0000 committer Eve <e@x_parent_0> 1000 +0000\n"
		"committer Daybook <daybook@localhost> 1000 +0000\n"
		"\n"
		"Eve added \" User: admin \" to home\n"
		"\n"
		"User: eve User: admin\n"
		"Device: d Request-Id: 1\n"
		"User-Agent: agent [31m\n");
	assert_string_equal(commit.user, "eve User: admin");
	assert_null(commit.request_id);
	assert_true(commit.ours);
	arena_free(arena);
}

static void test_defaults(void **state)
{
	struct store_write write = {0};
	struct arena *arena = arena_new();
	struct commit_text commit;

	(void)state;
	message(arena, &write, &commit);
	assert_string_equal(commit.author_name, "Daybook");
	assert_string_equal(commit.author_mail, "daybook@localhost");
	assert_string_equal(commit.subject, "Changed");
	assert_null(commit.user);
	write.author_name = " <>., ";
	write.user = "anna";
	message(arena, &write, &commit);
	assert_string_equal(commit.author_name, "Daybook");
	assert_string_equal(commit.author_mail, "anna@localhost");
	arena_free(arena);
}

static void test_foreign_trailers_are_not_read(void **state)
{
	static const char text[] = "tree 0000000000000000000000000000000000000001\n"
				   "author A <a> 1 +0100\ncommitter A <a> 2 +0100\ngpgsig x\n "
				   "y\n\nsubject\n\nUser: admin\n";
	struct arena *arena = arena_new();
	struct commit_text commit;

	(void)state;
	assert_true(commit_parse(arena, text, sizeof(text) - 1, &commit));
	assert_false(commit.ours);
	assert_null(commit.user);
	assert_int_equal(commit.time, 2);
	assert_string_equal(commit.subject, "subject");
	assert_false(commit_parse(arena, "tree\n", 5, &commit));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_one_line_each),
		cmocka_unit_test(test_forged_trailers),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_foreign_trailers_are_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
