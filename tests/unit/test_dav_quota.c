/* SPDX-License-Identifier: ISC */
/* How much somebody may have (webdav/quota.c; RFC 4331): who is told, what is refused, and that less is always fine. */
#include "tests/unit/dav_world.h"

#define QUOTA 10000
#define FILES "/dav/files/anna/"
#define BEN_FILES "/dav/files/ben/"
#define ASK                                                                                        \
	"<D:propfind" NS_ALL "><D:prop><D:quota-available-bytes/><D:quota-used-bytes/></D:prop>"   \
	"</D:propfind>"
#define FULL "<d:quota-not-exceeded></d:quota-not-exceeded>"

static void with_quota(struct world *w, uint64_t quota)
{
	dav_response_free(&w->answer);
	dav_server_free(w->server);
	w->server = dav_server_new(&(struct dav_config){.store = w->store, .quota = quota});
}

static char *bytes(struct world *w, size_t n)
{
	char *text = arena_alloc(w->arena, n + 1);

	memset(text, 'x', n);
	return text;
}

static void expect_left(struct world *w, const char *where, const char *available)
{
	ask(w, "PROPFIND", where, ASK);
	expect(w, where, 207);
	expect_text(w, where,
		arena_printf(w->arena, "<d:quota-available-bytes>%s</d:quota-available-bytes>",
			available));
}

static void is_told(void **state)
{
	struct world *w = *state;

	/* without one there is no number (RFC 4331 3) */
	ask(w, "PROPFIND", CAL, ASK);
	expect_text(w, "none", "<d:quota-available-bytes/></d:prop><d:status>HTTP/1.1 404");
	make_book(w);
	with_quota(w, QUOTA);
	expect_left(w, CAL, "10000");
	put(w, FILES "a.txt", bytes(w, 4000));
	/* one number for all that somebody has */
	expect_left(w, CAL, "6000");
	expect_left(w, BOOK, "6000");
	expect_text(w, "used", "<d:quota-used-bytes>4000</d:quota-used-bytes>");
	/* what was there before may be more than what is left */
	with_quota(w, 3000);
	expect_left(w, FILES, "0");
	/* nobody else is told (4331 4) */
	w->person = "ben";
	ask(w, "PROPFIND", "/dav/calendars/ben/", ASK);
	expect_text(w, "own", "<d:quota-available-bytes>3000</d:quota-available-bytes>");
}

static void refuses_more(void **state)
{
	struct world *w = *state;

	with_quota(w, QUOTA);
	put(w, FILES "a.txt", bytes(w, 6000));
	ask(w, "PUT", FILES "b.txt", bytes(w, 4001));
	expect(w, "one byte too many", 507);
	expect_text(w, "one byte too many", FULL);
	ask(w, "GET", FILES "b.txt", NULL);
	expect(w, "was not written", 404);
	put(w, FILES "b.txt", bytes(w, 4000));
	ask(w, "PUT", FILES "b.txt", bytes(w, 4001));
	expect(w, "more over it", 507);
	ask(w, "POST", FILES ";add-member", "x");
	expect(w, "POST", 507);
	ask(w, "PUT", CAL "a.ics", event(w, "a", 1));
	expect(w, "calendars, too", 507);
	ask(w, "MKCOL", FILES "c/", NULL);
	expect(w, "no more collections", 507);
	ask(w, "MKCALENDAR", HOME "c/", NULL);
	expect(w, "nor calendars", 507);
	/* less is fine, and so is the same */
	put(w, FILES "b.txt", bytes(w, 4000));
	put(w, FILES "b.txt", bytes(w, 3000));
	ask(w, "MKCOL", FILES "c/", NULL);
	expect(w, "room again", 201);
	ask(w, "DELETE", FILES "a.txt", NULL);
	expect(w, "deleting needs none", 204);
	expect_left(w, FILES, "7000");
}

/* Whoever has more than they may, after the quota was lowered, can still make it less. */
static void shrinks(void **state)
{
	struct world *w = *state;

	put(w, FILES "a.txt", bytes(w, 6000));
	with_quota(w, 3000);
	put(w, FILES "a.txt", bytes(w, 5999));
	ask(w, "PUT", FILES "a.txt", bytes(w, 6000));
	expect(w, "and not more again", 507);
}

static void counts_copies(void **state)
{
	struct dav_header to_b[] = {{"Destination", FILES "b/"}, {NULL, NULL}};
	struct dav_header to_a[] = {{"Destination", FILES "a/x.txt"}, {NULL, NULL}};
	struct world *w = *state;

	with_quota(w, QUOTA);
	ask(w, "MKCOL", FILES "a/", NULL);
	put(w, FILES "a/1.txt", bytes(w, 3000));
	put(w, FILES "a/2.txt", bytes(w, 3000));
	ask_with(w, "COPY", FILES "a/", NULL, to_b);
	expect(w, "a tree of 6000 bytes", 507);
	expect_text(w, "a tree of 6000 bytes", FULL);
	ask_with(w, "COPY", FILES "a/1.txt", NULL, to_a);
	expect(w, "one of 3000", 201);
	ask_with(w, "COPY", FILES "a/1.txt", NULL, to_a);
	expect(w, "over it", 204);
	/* a move in one's own homes takes nothing */
	ask_with(w, "MOVE", FILES "a/", NULL, to_b);
	expect(w, "moved", 201);
	expect_left(w, FILES, "1000");
}

/* What others put into a folder of anna's is anna's. */
static void counts_for_the_owner(void **state)
{
	struct dav_header to_anna[] = {{"Destination", FILES "b.txt"}, {NULL, NULL}};
	struct world *w = *state;

	with_quota(w, QUOTA);
	put(w, FILES "a.txt", bytes(w, 6000));
	ask(w, "ACL", FILES,
		"<D:acl" NS_ALL "><D:ace><D:principal><D:href>/dav/principals/users/ben/</D:href>"
		"</D:principal><D:grant><D:privilege><D:read/></D:privilege><D:privilege>"
		"<D:write/></D:privilege></D:grant></D:ace></D:acl>");
	expect(w, "ACL", 200);
	w->person = "ben";
	put(w, BEN_FILES "b.txt", bytes(w, 9000));
	ask(w, "PUT", FILES "c.txt", bytes(w, 5000));
	expect(w, "PUT", 507);
	ask_with(w, "MOVE", BEN_FILES "b.txt", NULL, to_anna);
	expect(w, "MOVE", 507);
	put(w, FILES "c.txt", bytes(w, 4000));
	ask(w, "PROPFIND", FILES, ASK);
	expect_text(w, "anna's numbers are not ben's",
		"!<d:quota-available-bytes>0</d:quota-available-bytes>");
	w->person = "anna";
	expect_left(w, FILES, "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_told),
		TEST(refuses_more),
		TEST(shrinks),
		TEST(counts_copies),
		TEST(counts_for_the_owner),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
