/* SPDX-License-Identifier: ISC */
/* webdav/token.c: tokens as the sync-token and getctag properties show them, and as reports
 * take them back. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static const char *property(struct world *w, const char *target)
{
	w->depth = "0";
	ask(w, "PROPFIND", target,
		"<D:propfind" NS_ALL "><D:prop><D:sync-token/><S:getctag/></D:prop></D:propfind>");
	expect(w, target, 207);
	w->depth = NULL;
	return token_of(w);
}

static int sync_with(struct world *w, const char *target, const char *token)
{
	return ask(w, "REPORT", target,
		arena_printf(w->arena,
			"<D:sync-collection" NS_ALL
			"><D:sync-token>%s</D:sync-token><D:sync-level>1</D:sync-level>"
			"<D:prop><D:getetag/></D:prop></D:sync-collection>",
			token));
}

static void is_a_uri_and_equals_ctag(void **state)
{
	struct world *w = *state;
	const char *token = property(w, CAL);

	assert_true(text_starts(token, "data:,"));
	assert_string_equal(token, between(w, "<cs:getctag>", "</cs:getctag>"));
	assert_null(strpbrk(token, " <>\"\n"));
}

static void changes_with_its_collection_alone(void **state)
{
	struct world *w = *state;
	const char *before = property(w, CAL), *tasks = property(w, HOME "tasks/");
	const char *home = property(w, HOME);

	put(w, CAL "a.ics", event(w, "a", 1));
	const char *after = property(w, CAL);
	assert_string_not_equal(before, after);
	assert_string_equal(tasks, property(w, HOME "tasks/"));
	assert_string_not_equal(home, property(w, HOME));
	/* The same bytes again are no change. */
	put(w, CAL "a.ics", event(w, "a", 1));
	assert_string_equal(after, property(w, CAL));
	/* Properties of the calendar are one, for it and for the home. */
	home = property(w, HOME);
	ask(w, "PROPPATCH", CAL,
		"<D:propertyupdate" NS_ALL
		"><D:set><D:prop><A:calendar-color>#ff0000</A:calendar-color></D:prop>"
		"</D:set></D:propertyupdate>");
	expect(w, "PROPPATCH", 207);
	assert_string_not_equal(after, property(w, CAL));
	assert_string_not_equal(home, property(w, HOME));
}

static void equals_that_of_the_report(void **state)
{
	struct world *w = *state;
	static const char *const targets[] = {CAL, HOME, "/dav/files/anna/", BOOKS};

	put(w, CAL "a.ics", event(w, "a", 1));
	for (size_t i = 0; i < COUNT(targets); i++) {
		const char *token = property(w, targets[i]);
		sync_with(w, targets[i], "");
		expect(w, targets[i], 207);
		assert_string_equal(token, token_of(w));
	}
}

static void refuses_what_is_none(void **state)
{
	struct world *w = *state;
	const char *good = property(w, CAL);
	char other[200], unknown[200];
	static const char *const rows[] = {
		"x", "data:,", "data:,a/b/c/d/e", "http://example.com/1", "0"};

	make_book(w);
	for (size_t i = 0; i < COUNT(rows); i++) {
		sync_with(w, CAL, rows[i]);
		expect(w, rows[i], 403);
		expect_text(w, rows[i], "<d:valid-sync-token");
		/* Thunderbird's contacts never recover from a 403; macOS Contacts need it for what they make up. */
		sync_with(w, BOOK, rows[i]);
		expect(w, rows[i], strchr(rows[i], ':') ? 400 : 403);
	}
	/* Another repository: refused. This repository, but a commit nobody knows: later. */
	snprintf(other, sizeof(other), "%s", good);
	memset(other + 6, 'a', 40);
	sync_with(w, CAL, other);
	expect(w, "other repository", 403);
	snprintf(unknown, sizeof(unknown), "%s", good);
	char *commit = strchr(strchr(unknown + 6, '/') + 1, '/') + 1;
	memset(commit, '1', 40);
	sync_with(w, CAL, unknown);
	expect(w, "unknown commit", 503);
	assert_non_null(dav_response_header(&w->answer, "Retry-After"));
	/* White space around a good one is nothing. */
	sync_with(w, CAL, arena_printf(w->arena, "\n  %s\n", good));
	expect(w, "white space", 207);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(is_a_uri_and_equals_ctag),
		WORLD_TEST(changes_with_its_collection_alone),
		WORLD_TEST(equals_that_of_the_report),
		WORLD_TEST(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
