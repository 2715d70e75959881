/* SPDX-License-Identifier: ISC */
/* webdav/report_sync.c: RFC 6578, and what clients need of it (DESIGN.md 5 and 7). */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* One report; `more` goes before the DAV:prop. */
static const char *sync_more(
	struct world *w, const char *target, const char *token, const char *more)
{
	ask(w, "REPORT", target,
		arena_printf(w->arena,
			"<D:sync-collection" NS_ALL "><D:sync-token>%s</D:sync-token>%s"
			"<D:prop><D:getetag/></D:prop></D:sync-collection>",
			token, more));
	expect(w, target, 207);
	return token_of(w);
}

static const char *sync_one(struct world *w, const char *target, const char *token)
{
	return sync_more(w, target, token, "<D:sync-level>1</D:sync-level>");
}

static void gone_row(struct world *w, const char *href)
{
	expect_text(w, "removed",
		arena_printf(w->arena,
			"<d:response><d:href>%s</d:href><d:status>HTTP/1.1 404 Not "
			"Found</d:status></d:response>",
			href));
}

static void tells_each_change_once(void **state)
{
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, CAL "b.ics", event(w, "b", 2));
	const char *first = sync_one(w, CAL, "");
	expect_count(w, "first sync", "<d:response>", 2);
	expect_text(w, "first sync", "<d:href>" CAL "a.ics</d:href>");
	expect_text(w, "the collection itself", "!<d:href>" CAL "</d:href>");
	assert_string_equal(first, sync_one(w, CAL, first));
	expect_count(w, "nothing new", "<d:response>", 0);

	put(w, CAL "a.ics", event(w, "a", 3));
	put(w, CAL "a.ics", event(w, "a", 4));
	ask(w, "DELETE", CAL "b.ics", NULL);
	put(w, CAL "c.ics", event(w, "c", 5));
	const char *second = sync_one(w, CAL, first);
	expect_count(w, "three changes", "<d:response>", 3);
	gone_row(w, CAL "b.ics");
	sync_one(w, CAL, second);
	expect_count(w, "seen", "<d:response>", 0);
	/* 3.5.1: a name that was removed and is back is changed. */
	put(w, CAL "b.ics", event(w, "b", 2));
	sync_one(w, CAL, first);
	expect_count(w, "back again", "<d:status>HTTP/1.1 404", 0);
	expect_count(w, "back again", "<d:response>", 3);
}

/* 3.5.2: even when the client has never seen it. */
static void tells_what_came_and_went(void **state)
{
	struct world *w = *state;
	const char *token = sync_one(w, CAL, "");

	put(w, CAL "x.ics", event(w, "x", 1));
	ask(w, "DELETE", CAL "x.ics", NULL);
	sync_one(w, CAL, token);
	gone_row(w, CAL "x.ics");
	/* 3.4: a first sync tells no removed ones. */
	sync_one(w, CAL, "");
	expect_count(w, "first sync", "<d:response>", 0);
}

/* 3.6: pages of two, with a change in between; at the end all is known. */
static void pages_with_a_limit(void **state)
{
	static const char limit[] =
		"<D:sync-level>1</D:sync-level><D:limit><D:nresults>2</D:nresults></D:limit>";
	struct world *w = *state;
	const char *token = "";
	size_t seen = 0;

	for (int i = 1; i <= 5; i++)
		put(w, arena_printf(w->arena, CAL "%d.ics", i),
			event(w, arena_printf(w->arena, "%d", i), i));
	for (int page = 0; page < 3; page++) {
		token = sync_more(w, CAL, token, limit);
		seen += count_text(w, "<d:getetag>");
		expect_count(w, "507", "<d:href>" CAL "</d:href><d:status>HTTP/1.1 507", page < 2);
		expect_count(w, "507", "<d:number-of-matches-within-limits/>", page < 2);
	}
	assert_int_equal(seen, 5);
	token = sync_more(w, CAL, "", limit);
	put(w, CAL "1.ics", event(w, "1", 20));
	sync_one(w, CAL, token);
	expect_count(w, "the rest and the changed one", "<d:getetag>", 4);
	/* Exactly as many as the limit are not too many. */
	token = sync_more(w, CAL, "", "<D:limit><D:nresults>5</D:nresults></D:limit>");
	expect_count(w, "exactly", "HTTP/1.1 507", 0);
}

/* A limit cuts inside one commit, too: each of its names has a number of its own. */
static void pages_through_one_commit(void **state)
{
	static const char limit[] = "<D:limit><D:nresults>2</D:nresults></D:limit>";
	static const struct dav_header to[] = {{"Destination", HOME "copy/"}, {NULL, NULL}};
	struct world *w = *state;
	const char *token = "";
	size_t seen = 0;

	for (int i = 1; i <= 5; i++)
		put(w, arena_printf(w->arena, CAL "%d.ics", i),
			event(w, arena_printf(w->arena, "%d", i), i));
	ask_with(w, "COPY", CAL, NULL, to);
	expect(w, "COPY", 201);
	for (int page = 0; page < 3; page++) {
		token = sync_more(w, HOME "copy/", token, limit);
		seen += count_text(w, "<d:getetag>");
		expect_count(w, "507", "<d:number-of-matches-within-limits/>", page < 2);
	}
	assert_int_equal(seen, 5);
}

static void accepts_every_depth_and_level(void **state)
{
	static const struct {
		const char *depth, *level;
		int status;
	} rows[] = {
		{"0", "<D:sync-level>1</D:sync-level>", 207},
		{"1", "<D:sync-level>1</D:sync-level>", 207},
		{NULL, "<D:sync-level>1</D:sync-level>", 207},
		{"infinity", "<D:sync-level>infinite</D:sync-level>", 207},
		{NULL, "", 207},
		{"1", "", 207},
		{"0", "<D:sync-level>2</D:sync-level>", 400},
		{"0", "<D:sync-level>1</D:sync-level><D:limit><D:nresults>0</D:nresults></D:limit>",
			400},
		{"0", "<D:sync-level>1</D:sync-level><D:limit><D:nresults>x</D:nresults></D:limit>",
			400},
	};
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	for (size_t i = 0; i < COUNT(rows); i++) {
		w->depth = rows[i].depth;
		ask(w, "REPORT", CAL,
			arena_printf(w->arena,
				"<D:sync-collection" NS_ALL
				"><D:prop><D:getetag/></D:prop>%s<D:sync-token/>"
				"</D:sync-collection>",
				rows[i].level));
		expect(w, rows[i].level, rows[i].status);
		if (rows[i].status == 207)
			expect_count(w, rows[i].level, "<d:getetag>", 1);
	}
	w->depth = NULL;
	ask(w, "REPORT", CAL, "<D:sync-collection" NS_ALL "><D:sync-token/></D:sync-collection>");
	expect(w, "no DAV:prop", 400);
}

static void works_on_homes(void **state)
{
	struct world *w = *state;
	const char *token = sync_one(w, HOME, "");

	expect_count(w, "both calendars", "<d:response>", 2);
	put(w, CAL "a.ics", event(w, "a", 1));
	const char *next = sync_one(w, HOME, token);
	expect_count(w, "one changed", "<d:response>", 1);
	expect_text(w, "one changed", "<d:href>" CAL "</d:href>");
	/* Level infinite tells the members, too. */
	sync_more(w, HOME, token, "<D:sync-level>infinite</D:sync-level>");
	expect_text(w, "infinite", "<d:href>" CAL "a.ics</d:href>");
	ask(w, "MKCALENDAR", HOME "new/", NULL);
	ask(w, "DELETE", HOME "tasks/", NULL);
	sync_one(w, HOME, next);
	expect_count(w, "one new, one gone", "<d:response>", 2);
	gone_row(w, HOME "tasks/");
	/* With a limit: page by page, each once. */
	token = sync_more(w, HOME, "", "<D:limit><D:nresults>1</D:nresults></D:limit>");
	expect_count(w, "first page", "<d:propstat>", 1);
	token = sync_more(w, HOME, token, "<D:limit><D:nresults>1</D:nresults></D:limit>");
	expect_count(w, "second page", "<d:propstat>", 1);
	token = sync_more(w, HOME, token, "<D:limit><D:nresults>1</D:nresults></D:limit>");
	expect_count(w, "third page", "HTTP/1.1 507", 0);
	gone_row(w, HOME "tasks/"); /* it went after the first page was given */
	sync_one(w, HOME, token);
	expect_count(w, "nothing left", "<d:response>", 0);
}

static void works_on_folders(void **state)
{
	static const char top[] = "/dav/files/anna/";
	struct world *w = *state;

	ask(w, "MKCOL", "/dav/files/anna/deep/", NULL);
	expect(w, "MKCOL", 201);
	const char *token = sync_more(w, top, "", "<D:sync-level>infinite</D:sync-level>");
	put(w, "/dav/files/anna/deep/note.txt", "hello");
	sync_more(w, top, token, "<D:sync-level>infinite</D:sync-level>");
	expect_text(w, "below", "<d:href>/dav/files/anna/deep/note.txt</d:href>");
	put(w, "/dav/files/anna/top.txt", "hello");
	const char *all = sync_more(w, top, "", "<D:sync-level>infinite</D:sync-level>");
	expect_count(w, "all", "<d:response>", 3);
	/* A removed folder stands for all that was in it. */
	ask(w, "DELETE", "/dav/files/anna/deep/", NULL);
	sync_more(w, top, all, "<D:sync-level>infinite</D:sync-level>");
	expect_count(w, "removed", "<d:response>", 1);
	gone_row(w, "/dav/files/anna/deep/");
}

/* A calendar that was deleted and made again is another one, with the same URL. */
static void survives_a_new_collection_of_the_same_name(void **state)
{
	struct world *w = *state;

	put(w, CAL "old.ics", event(w, "old", 1));
	const char *token = sync_one(w, CAL, "");
	ask(w, "DELETE", CAL, NULL);
	expect(w, "DELETE", 204);
	ask(w, "MKCALENDAR", CAL, NULL);
	expect(w, "MKCALENDAR", 201);
	put(w, CAL "new.ics", event(w, "new", 2));
	sync_one(w, CAL, token);
	expect_text(w, "the new one", CAL "new.ics");
	gone_row(w, CAL "old.ics");
}

/* Thunderbird's contacts ask for the data inside the report. */
static void gives_data(void **state)
{
	struct world *w = *state;

	make_book(w);
	put(w, BOOK "eva.vcf", card(w, "eva", "Eva & Co"));
	ask(w, "REPORT", BOOK,
		"<D:sync-collection" NS_ALL "><D:sync-token/><D:sync-level>1</D:sync-level>"
		"<D:prop><D:getetag/><R:address-data/></D:prop></D:sync-collection>");
	expect(w, "address book", 207);
	expect_text(w, "data", "FN:Eva &amp; Co\n");
	put(w, CAL "a%20b%25.ics", event(w, "a", 1));
	ask(w, "REPORT", CAL,
		"<D:sync-collection" NS_ALL "><D:sync-token/><D:sync-level>1</D:sync-level>"
		"<D:prop><C:calendar-data/></D:prop></D:sync-collection>");
	expect_text(w, "odd name", "<d:href>" CAL "a%20b%25.ics</d:href>");
	expect_text(w, "data", "<c:calendar-data>BEGIN:VCALENDAR\nVERSION:2.0\n");
}

static void others_see_nothing(void **state)
{
	struct world *w = *state;

	w->person = "ben";
	ask(w, "REPORT", CAL,
		"<D:sync-collection" NS_ALL "><D:sync-token/><D:prop/></D:sync-collection>");
	expect(w, "ben", 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(tells_each_change_once),
		WORLD_TEST(tells_what_came_and_went),
		WORLD_TEST(pages_with_a_limit),
		WORLD_TEST(pages_through_one_commit),
		WORLD_TEST(accepts_every_depth_and_level),
		WORLD_TEST(works_on_homes),
		WORLD_TEST(works_on_folders),
		WORLD_TEST(survives_a_new_collection_of_the_same_name),
		WORLD_TEST(gives_data),
		WORLD_TEST(others_see_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
