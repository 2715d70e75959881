/* SPDX-License-Identifier: ISC */
/*
 * webdav/report_sync.c and then.c for whoever is not the owner: what is told of things that were seen and are hidden now, and
 * nothing of what never was (DESIGN.md section 7, "View"). The system test of the same name finds such cases by chance; each
 * one that it found stands here.
 */
#include "tests/unit/sync_help.h"

/* --- classes --- */

/* Told on the first page; hidden between the pages, and touched again, so that the next page is cut between. */
static void a_class_changes_between_pages(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	store(w, "b", "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 1);
	expect_text(w, "first page", name_of(w, SHARE, "a"));
	expect_count(w, "first page", MORE, 1);
	store(w, "a", "PRIVATE");
	store(w, "c", "PUBLIC");
	store(w, "a", "PRIVATE");
	token = sync_to(w, SHARE, token, 2); /* b and c: beyond where a was hidden */
	expect_text(w, "second page", name_of(w, SHARE, "c"));
	untold(w, "a");
	sync_to(w, SHARE, token, 1);
	gone(w, SHARE, "a");
	rows(w, 1);
}

/* The hole that the base of a cut token closes: known from before, hidden in the range that is cut. */
static void hidden_in_the_range_that_is_cut(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 0);
	store(w, "a", "PRIVATE");
	store(w, "b", "PUBLIC");
	store(w, "c", "PUBLIC");
	store(w, "a", "PRIVATE");
	token = sync_to(w, SHARE, token, 1);
	expect_text(w, "cut", name_of(w, SHARE, "b"));
	token = sync_to(w, SHARE, token, 1);
	expect_text(w, "cut", name_of(w, SHARE, "c"));
	sync_to(w, SHARE, token, 1);
	gone(w, SHARE, "a");
}

/* What was hidden before somebody came is not named on the pages of their first sync, though it was public when they are
 * said to have been told up to there. */
static void first_pages_name_nothing_of_before(void **state)
{
	struct world *w = *state;

	store(w, "hidden", "PUBLIC");
	store(w, "deleted", "PUBLIC");
	store(w, "a", "PUBLIC");
	store(w, "b", "PUBLIC");
	store(w, "hidden", "PRIVATE");
	drop(w, "deleted");
	share(w);
	const char *token = "";
	for (int page = 0; page < 2; page++) {
		token = sync_to(w, SHARE, token, 1);
		rows(w, page ? 1 : 2);
		untold(w, "hidden");
		untold(w, "deleted");
	}
	assert_string_equal(token, sync_to(w, SHARE, token, 0));
}

/* Whoever had no right for a while is told nothing of what came and went meanwhile. */
static void came_and_went_while_away(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	const char *token = sync_to(w, CAL, "", 0);
	store(w, "seen", "PUBLIC");
	drop(w, "seen");
	sync_to(w, CAL, token, 0);
	gone(w, CAL, "seen"); /* RFC 6578 3.5.2 */
	allow(w, CAL, "");
	store(w, "unseen", "PUBLIC");
	drop(w, "unseen");
	drop(w, "a");
	allow(w, CAL, ALLOW(BEN, READ));
	sync_to(w, CAL, token, 0);
	rows(w, 1);
	gone(w, CAL, "a");
}

/* A token has room for so many changes of what was being read; after that one starts over. */
static void too_much_changes_between_pages(void **state)
{
	struct world *w = *state;
	int pages = 0;

	for (int i = 0; i < 3; i++)
		store(w, arena_printf(w->arena, "old-%d", i), "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 1);
	for (; pages < 100; pages++) {
		store(w, arena_printf(w->arena, "new-%d", pages), "PUBLIC");
		if (try_sync(w, SHARE, token, 1, false) != 207)
			break;
		token = token_of(w);
	}
	expect(w, "in the end", 403);
	expect_text(w, "in the end", "<d:valid-sync-token");
	assert_in_range(pages, 7, 40);
	sync_to(w, SHARE, token, 0); /* without a limit all is told, and nothing is lost */
}

/* --- names --- */

static void a_name_is_used_again_by_somebody_else(void **state)
{
	struct world *w = *state;

	allow(w, CAL, ALLOW(BEN, READ WRITE));
	w->person = "ben";
	store_as(w, "ben", SHARE, "bens", "PRIVATE");
	store(w, "annas", "PRIVATE");
	const char *token = sync_to(w, SHARE, "", 0);
	rows(w, 1);
	expect_text(w, "his own", name_of(w, SHARE, "bens"));
	/* What was his is another's now, and hidden; what was hidden goes on being so. */
	drop(w, "bens");
	store(w, "bens", "PRIVATE");
	drop(w, "annas");
	store(w, "annas", "PRIVATE");
	token = sync_to(w, SHARE, token, 0);
	rows(w, 1);
	gone(w, SHARE, "bens");
	/* The other way round. */
	drop(w, "annas");
	store_as(w, "ben", SHARE, "annas", "PRIVATE");
	sync_to(w, SHARE, token, 0);
	rows(w, 1);
	expect_text(w, "his own", name_of(w, SHARE, "annas"));
}

/* Moved over by something that somebody else made: the name has never been away. */
static void a_name_is_moved_over(void **state)
{
	static const struct dav_header to[] = {{"Destination", CAL "bens.ics"}, {NULL, NULL}};
	struct world *w = *state;

	allow(w, CAL, ALLOW(BEN, READ WRITE));
	w->person = "ben";
	store_as(w, "ben", SHARE, "bens", "PRIVATE");
	const char *token = sync_to(w, SHARE, "", 0);
	w->person = "anna";
	put(w, HOME "tasks/x.ics",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VTODO\r\nUID:bens\r\n"
		"DTSTAMP:20260101T000000Z\r\nSUMMARY:x\r\nCLASS:PRIVATE\r\nEND:VTODO\r\n"
		"END:VCALENDAR\r\n");
	ask(w, "MKCALENDAR", HOME "all/", NULL);
	store_as(w, "anna", HOME "all/", "bens", "PRIVATE");
	ask_with(w, "MOVE", HOME "all/bens.ics", NULL, to);
	expect(w, "MOVE", 204);
	w->person = "ben";
	sync_to(w, SHARE, token, 0);
	rows(w, 1);
	gone(w, SHARE, "bens");
}

static void entries_of_an_item_go_with_it(void **state)
{
	struct world *w = *state;

	store(w, "denied", "PUBLIC");
	allow(w, CAL "denied.ics", DENY(BEN, READ));
	store(w, "a", "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 0);
	rows(w, 1);
	/* Denied ones come and go unseen; the other is seen, denied, and gone. */
	drop(w, "denied");
	allow(w, CAL "a.ics", DENY(BEN, READ));
	const char *next = sync_to(w, SHARE, token, 0);
	rows(w, 1);
	gone(w, SHARE, "a");
	drop(w, "a");
	sync_to(w, SHARE, next, 0);
	rows(w, 0);
	sync_to(w, SHARE, token, 0);
	rows(w, 1);
	gone(w, SHARE, "a");
	/* Seen by an entry of its own alone. */
	allow(w, CAL, ALLOW(BEN, BUSY));
	store(w, "b", "PUBLIC");
	allow(w, CAL "b.ics", ALLOW(BEN, READ));
	token = sync_to(w, SHARE, "", 0);
	expect_text(w, "granted", name_of(w, SHARE, "b"));
	drop(w, "b");
	sync_to(w, SHARE, token, 0);
	gone(w, SHARE, "b");
}

/* --- views --- */

static void a_view_changes_as_a_whole(void **state)
{
	static const char *const members[] = {"ben"};
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	store(w, "b", "PUBLIC");
	store(w, "task", "PRIVATE");
	make_group(w, members, 1);
	allow(w, CAL, ALLOW(BEN, BUSY) ALLOW(KIDS, READ));
	w->person = "ben";
	const char *token = sync_to(w, SHARE, "", 0);
	rows(w, 2);
	expect_count(w, "all of it", "-b1", 0);
	make_group(w, members, 0);
	/* Two rows do not fit into one: he starts over; into two they do. */
	try_sync(w, SHARE, token, 1, false);
	expect(w, "too small", 403);
	expect_text(w, "too small", "<d:valid-sync-token");
	sync_to(w, SHARE, token, 2);
	expect_count(w, "busy", "-b1", 2);
	expect_count(w, "whole", MORE, 0);
	const char *next = sync_to(w, SHARE, token, 0);
	assert_string_equal(next, sync_to(w, SHARE, next, 1));
	rows(w, 0);
	/* Together with changes of items, and pages of it all. */
	store(w, "a", "PRIVATE");
	store(w, "c", "PUBLIC");
	make_group(w, members, 1);
	try_sync(w, SHARE, next, 2, false);
	expect(w, "too small", 403);
	sync_to(w, SHARE, next, 3);
	rows(w, 3);
	gone(w, SHARE, "a");
}

/* A home of one's own has shares in it: on its pages, too, it counts how they were seen. */
static void a_home_is_read_page_by_page(void **state)
{
	struct world *w = *state;
	const char *token = "";
	size_t n = 0;
	int pages = 0;

	for (int i = 0; i < 4; i++)
		store(w, arena_printf(w->arena, "e-%d", i), "PUBLIC");
	share(w);
	do {
		try_sync(w, BENS, token, 1, true);
		expect(w, "a page", 207);
		token = token_of(w);
		n += count_text(w, "<d:href>" SHARE "e-");
	} while (count_text(w, MORE) && ++pages < 20);
	assert_int_equal(n, 4);
	/* The whole share goes in between. */
	for (token = "", pages = 0; pages < 4; pages++) {
		try_sync(w, BENS, token, 2, true);
		token = token_of(w);
	}
	allow(w, CAL, "");
	try_sync(w, BENS, token, 0, true);
	expect(w, "without", 207);
	expect_text(w, "without",
		"<d:href>" SHARE "</d:href><d:status>HTTP/1.1 404 Not Found</d:status>");
}

/* A calendar in the home of somebody else is told as gone also on a later page. */
static void a_child_goes_between_pages(void **state)
{
	struct world *w = *state;

	ask(w, "MKCALENDAR", HOME "aaa/", NULL);
	allow(w, HOME, ALLOW(BEN, READ));
	w->person = "ben";
	const char *token = sync_to(w, HOME, "", 0);
	rows(w, 3);
	store(w, "a", "PUBLIC");
	ask_as(w, "anna", "DELETE", HOME "aaa/", NULL);
	expect(w, "DELETE", 204);
	token = sync_to(w, HOME, token, 1);
	expect_text(w, "first", "<d:href>" CAL "</d:href>");
	expect_count(w, "first", MORE, 1);
	sync_to(w, HOME, token, 1);
	expect_text(w, "second", "<d:href>" HOME "aaa/</d:href><d:status>HTTP/1.1 404 Not Found");
}

/* The owner gives the calendar another name: what the share's lines say of its place is old from then on. */
static void a_moved_calendar_is_followed(void **state)
{
	static const struct dav_header to[] = {{"Destination", HOME "moved/"}, {NULL, NULL}};
	static const char *const members[] = {"ben"};
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	w->person = "anna";
	ask_with(w, "MOVE", CAL, NULL, to);
	expect(w, "MOVE", 201);
	w->person = "ben";
	const char *token = sync_to(w, SHARE, "", 0);
	rows(w, 1);
	ask_as(w, "anna", "DELETE", HOME "moved/a.ics", NULL);
	make_group(w, members, 1); /* something that counts for views */
	sync_to(w, SHARE, token, 0);
	rows(w, 1);
	gone(w, SHARE, "a");
}

/* Another calendar of the same name is another one. */
static void a_share_is_replaced(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 0);
	ask_as(w, "anna", "DELETE", CAL, NULL);
	expect(w, "DELETE", 204);
	try_sync(w, SHARE, token, 0, false);
	expect(w, "it went with what it showed", 404);
	ask_as(w, "anna", "MKCALENDAR", CAL, NULL);
	store(w, "b", "PUBLIC");
	allow(w, CAL, ALLOW(BEN, READ));
	try_sync(w, SHARE, token, 0, false);
	expect(w, "another one", 403);
	expect_text(w, "another one", "<d:valid-sync-token");
	sync_to(w, SHARE, "", 0);
	rows(w, 1);
	expect_text(w, "another one", name_of(w, SHARE, "b"));
	/* Shared with anew, and the same: the token is good. */
	token = sync_to(w, SHARE, "", 0);
	allow(w, CAL, "");
	try_sync(w, SHARE, token, 0, false);
	expect(w, "revoked", 404);
	store(w, "b", "PRIVATE");
	store(w, "c", "PUBLIC");
	allow(w, CAL, ALLOW(BEN, READ));
	sync_to(w, SHARE, token, 0);
	rows(w, 2);
	gone(w, SHARE, "b");
}

/* --- people --- */

static void an_admin_is_none_any_more(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	store(w, "went", "PUBLIC");
	drop(w, "went");
	w->person = "ben";
	const char *none = sync_to(w, BENS "personal/", "", 0);
	w->admin = true;
	/* On the pages of a first sync nothing of before is named, whatever the role. */
	store(w, "b", "PUBLIC");
	const char *token = sync_to(w, CAL, "", 1);
	expect_count(w, "cut", MORE, 1);
	token = sync_to(w, CAL, token, 0);
	untold(w, "went");
	drop(w, "a");
	const char *next = sync_to(w, CAL, token, 0);
	gone(w, CAL, "a");
	assert_string_equal(none, sync_to(w, BENS "personal/", none, 0));
	w->admin = false;
	allow(w, CAL, ALLOW(BEN, READ));
	try_sync(w, CAL, next, 0, false);
	expect(w, "an admin's token", 403);
	expect_text(w, "an admin's token", "<d:valid-sync-token");
	sync_to(w, CAL, "", 0);
	rows(w, 1);
	/* What is one's own was no admin's. */
	assert_string_equal(none, sync_to(w, BENS "personal/", none, 0));
}

static void somebody_comes_again_as_somebody_else(void **state)
{
	struct world *w = *state;
	struct dav_people people = {.store = w->store, .arena = w->arena, .by = {.subject = "x"}};

	allow(w, CAL, ALLOW("<D:authenticated/>", READ WRITE));
	w->person = "ben";
	store_as(w, "ben", CAL, "bens", "PRIVATE");
	const char *token = sync_to(w, CAL, "", 0);
	rows(w, 1);
	assert_int_equal(dav_user_remove(&people, "ben"), PEOPLE_OK);
	add_user(w, "ben");
	const char *next = sync_to(w, CAL, token, 0);
	rows(w, 1);
	gone(w, CAL, "bens");
	assert_string_equal(next, sync_to(w, CAL, next, 0));
	/* Changed since, and gone since. */
	store(w, "bens", "PRIVATE");
	sync_to(w, CAL, token, 0);
	gone(w, CAL, "bens");
	drop(w, "bens");
	sync_to(w, CAL, token, 0);
	gone(w, CAL, "bens");
}

/* --- refused writes --- */

static void refuse(struct world *w, const char *name)
{
	ask(w, "DELETE", arena_printf(w->arena, SHARE "%s.ics", name), NULL);
	expect(w, name, 403);
}

static void refused_writes_and_limits(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 4; i++)
		store(w, arena_printf(w->arena, "e-%d", i), "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 0), *home = sync_to(w, BENS, "", 0);
	try_sync(w, BENS, "", 0, true);
	const char *deep = token_of(w);
	for (int i = 0; i < 3; i++)
		refuse(w, arena_printf(w->arena, "e-%d", i));
	store(w, "e-1", "PUBLIC"); /* told as what changed, and not again */
	const char *first = token;
	token = sync_to(w, SHARE, token, 1);
	expect_text(w, "changes first", name_of(w, SHARE, "e-1"));
	expect_count(w, "more", MORE, 1);
	token = sync_to(w, SHARE, token, 1);
	expect_text(w, "then refusals", name_of(w, SHARE, "e-0"));
	expect_count(w, "more", MORE, 1);
	for (int i = 0; i < 3 && count_text(w, MORE); i++)
		token = sync_to(w, SHARE, token, 1);
	expect_text(w, "then refusals", name_of(w, SHARE, "e-2"));
	expect_count(w, "no more", MORE, 0);
	assert_string_equal(token, sync_to(w, SHARE, token, 1));
	rows(w, 0);
	sync_to(w, SHARE, first, 0);
	rows(w, 3);
	/* Also to whoever looks at the home. */
	home = sync_to(w, BENS, home, 0);
	expect_text(w, "the home", "<d:href>" SHARE "</d:href>");
	assert_string_equal(home, sync_to(w, BENS, home, 0));
	try_sync(w, BENS, deep, 0, true);
	expect_text(w, "the deep home", name_of(w, SHARE, "e-0"));
	expect_text(w, "the deep home", name_of(w, SHARE, "e-2"));
	refuse(w, "e-3");
	const char *next = sync_to(w, BENS, home, 0);
	rows(w, 1);
	assert_string_not_equal(home, next);
}

/* Marks of a new daemon come after those of the old one, however soon it starts. */
static void refused_again_after_a_restart(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	const char *token = sync_to(w, SHARE, "", 0);
	for (int i = 0; i < 3; i++) {
		refuse(w, "a");
		token = sync_to(w, SHARE, token, 0);
		rows(w, 1);
		set_search(w, 0); /* makes a new server */
	}
}

/* A client forgets what it deletes, also when it is told that there is nothing. */
static void deleted_while_away(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	store(w, "hidden", "PRIVATE");
	share(w);
	const char *token = sync_to(w, CAL, "", 0);
	allow(w, CAL, "");
	ask(w, "DELETE", CAL "a.ics", NULL);
	expect(w, "not to be seen", 404);
	allow(w, CAL, ALLOW(BEN, READ));
	token = sync_to(w, CAL, token, 0);
	rows(w, 1);
	expect_text(w, "still there", name_of(w, CAL, "a"));
	const char *shown = sync_to(w, SHARE, "", 0);
	allow(w, CAL, "");
	ask(w, "DELETE", SHARE "a.ics", NULL);
	expect(w, "the share is gone", 404);
	allow(w, CAL, ALLOW(BEN, READ));
	sync_to(w, SHARE, shown, 0);
	rows(w, 1);
	expect_text(w, "still there", name_of(w, SHARE, "a"));
	token = sync_to(w, CAL, token, 0);
	/* Whether there is something is not told by the token either. */
	for (int i = 0; i < 2; i++) {
		ask(w, "DELETE", i ? CAL "hidden.ics" : CAL "none.ics", NULL);
		expect(w, "not to be seen", 404);
		const char *next = sync_to(w, CAL, token, 0);
		rows(w, 0);
		assert_string_not_equal(token, next);
		token = next;
	}
	/* Of one's own collection one sees all. */
	w->person = "anna";
	token = sync_to(w, CAL, "", 0);
	ask(w, "DELETE", CAL "none.ics", NULL);
	assert_string_equal(token, sync_to(w, CAL, token, 0));
}

/* --- tokens that nobody gave --- */

static void made_up_tokens_show_nothing(void **state)
{
	struct world *w = *state;

	store(w, "a", "PUBLIC");
	share(w);
	const char *old = sync_to(w, SHARE, "", 0);
	allow(w, CAL, "");
	store(w, "unseen", "PUBLIC");
	allow(w, CAL, ALLOW(BEN, READ));
	store(w, "unseen", "PRIVATE");
	const char *now = sync_to(w, SHARE, "", 0);
	unsigned long long was = strtoull(strchr(old + 6, '/') + 1, NULL, 10),
			   is = strtoull(strchr(now + 6, '/') + 1, NULL, 10);
	char *head = arena_strndup(w->arena, now, strlen(now) - strlen("0/0"));
	const struct {
		int status;
		const char *view; /* V: was, N: is, F: a number of the future */
	} forged[] = {
		{207, "0"},
		{207, "N.V.N"},
		{207, "N.0.V.N"},
		{403, "V.0.V"},               /* a view of before what was told */
		{403, "N.F"},                 /* seen after it */
		{403, "N.0.V"},               /* seen before it */
		{403, "N.V.0.N"},             /* not in order */
		{403, "N.0.0.0.0.0.0.0.0.N"}, /* too many */
		{503, "F.0.F"},
		{403, "x.0.1"},
		{403, "N."},
		{403, "N.-1.N"},
		{403, ""},
	};

	for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		char *token = arena_strdup(w->arena, head);
		for (const char *c = forged[i].view; *c; c++)
			token = strchr("VNF", *c) ? arena_printf(w->arena, "%s%llu", token,
							    *c == 'V'           ? was
								    : *c == 'N' ? is
										: is << 30)
						  : arena_printf(w->arena, "%s%c", token, *c);
		try_sync(w, SHARE, arena_printf(w->arena, "%s/0", token), 0, false);
		expect(w, forged[i].view, forged[i].status);
		untold(w, "unseen");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_class_changes_between_pages),
		WORLD_TEST(hidden_in_the_range_that_is_cut),
		WORLD_TEST(first_pages_name_nothing_of_before),
		WORLD_TEST(came_and_went_while_away),
		WORLD_TEST(too_much_changes_between_pages),
		WORLD_TEST(a_name_is_used_again_by_somebody_else),
		WORLD_TEST(a_name_is_moved_over),
		WORLD_TEST(entries_of_an_item_go_with_it),
		WORLD_TEST(a_view_changes_as_a_whole),
		WORLD_TEST(a_home_is_read_page_by_page),
		WORLD_TEST(a_child_goes_between_pages),
		WORLD_TEST(a_moved_calendar_is_followed),
		WORLD_TEST(a_share_is_replaced),
		WORLD_TEST(an_admin_is_none_any_more),
		WORLD_TEST(somebody_comes_again_as_somebody_else),
		WORLD_TEST(refused_writes_and_limits),
		WORLD_TEST(refused_again_after_a_restart),
		WORLD_TEST(deleted_while_away),
		WORLD_TEST(made_up_tokens_show_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
