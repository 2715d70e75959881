/* SPDX-License-Identifier: ISC */
/*
 * webdav/birthdays*.c: whatever becomes of cards, books and rights, following the journal ends where comparing everything
 * would, and where a naive reading says.
 */
#include "tests/unit/dav_world.h"
#include "webdav/birthdays.h"

#define ROUNDS 120
#define STEPS 8 /* of each round, followed together */
#define CARDS 6
#define A_BOOK                                                                                     \
	"<D:mkcol" NS_ALL "><D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/>"        \
	"</D:resourcetype></D:prop></D:set></D:mkcol>"

static unsigned seed = 20261126;

static unsigned below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static const char *hers(struct world *w, unsigned n)
{
	return arena_printf(w->arena, "/dav/addressbooks/anna/b%u/", n);
}

static void put_card(struct world *w, const char *book, unsigned n)
{
	static const char *const days[] = {"", "BDAY:1950-04-12\r\n", "BDAY:--0229\r\n",
		"ANNIVERSARY:19750503\r\n", "BDAY:1950\r\n",
		"BDAY:1950-04-13\r\nANNIVERSARY:--0503\r\n"};
	static const char *const classes[] = {
		"", "", "CLASS:PRIVATE\r\n", "CLASS:CONFIDENTIAL\r\n"};

	ask(w, "PUT", arena_printf(w->arena, "%sc%u.vcf", book, n),
		arena_printf(w->arena,
			"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c%u\r\nFN:C%u\r\nN:;;;;\r\n%s%sEND:VCARD\r\n",
			n, n, days[below(6)], classes[below(4)]));
}

static void entries_about(struct world *w, const char *target, const char *who, bool deny)
{
	ask(w, "ACL", target,
		arena_printf(w->arena,
			"<D:acl" NS_ALL "><D:ace><D:principal><D:href>/dav/principals/%s/</D:href>"
			"</D:principal><D:%s><D:privilege><D:read/></D:privilege></D:%s></D:ace></D:acl>",
			who, deny ? "deny" : "grant", deny ? "deny" : "grant"));
}

/* About ben, or a group that he is in now and then. */
static void entries(struct world *w, const char *target, bool deny)
{
	entries_about(w, target, below(2) ? "users/ben" : "groups/kids", deny);
}

static void set_group(struct world *w, bool ben)
{
	const char *const members[] = {"anna", "ben"};
	struct dav_people people = {.store = w->store, .arena = w->arena};
	const struct dav_group_edit edit = {
		.expect = GROUP_MAY_EXIST, .members = members, .n_members = ben ? 2 : 1};
	enum dav_people_code code = dav_group_put(&people, "kids", &edit);

	assert_true(code == PEOPLE_OK || code == PEOPLE_SAME);
}

/* One thing that anna does; what cannot be done is refused, which is fine. */
static void step(struct world *w)
{
	const char *book = hers(w, below(3)), *other = hers(w, below(3));
	const char *name = arena_printf(w->arena, "%sc%u.vcf", book, below(CARDS));
	const char *to = arena_printf(
		w->arena, "http://cal.example.org%sc%u.vcf", other, below(CARDS));
	const struct dav_header destination[] = {{"Destination", to}, {NULL, NULL}};

	switch (below(10)) {
	case 0:
	case 1:
	case 2:
	case 3:
		put_card(w, book, below(CARDS));
		break;
	case 4:
		ask(w, "DELETE", name, NULL);
		break;
	case 5:
		ask_with(w, below(2) ? "MOVE" : "COPY", name, NULL, destination);
		break;
	case 6:
		entries(w, below(2) ? name : book, below(2));
		break;
	case 7:
		ask(w, "ACL", below(2) ? name : book, "<D:acl" NS_ALL "/>");
		break;
	case 8:
		set_group(w, below(2));
		break;
	default:
		if (!below(3))
			ask(w, "DELETE", book, NULL);
		ask(w, "MKCOL", book, A_BOOK);
	}
}

static struct store_oid head(struct world *w)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_oid oid = store_head(snapshot).oid;

	store_snapshot_free(snapshot);
	return oid;
}

/* The days in all cards that a multiget of the person's books shows. */
static size_t days_seen(struct world *w, const char *person)
{
	const char *home = arena_printf(w->arena, "/dav/addressbooks/%s/", person);
	size_t days = 0;

	w->person = person;
	w->depth = "1";
	ask(w, "PROPFIND", home,
		"<D:propfind" NS_ALL "><D:prop><D:getetag/></D:prop></D:propfind>");
	const char *rows = arena_strdup(w->arena, body_of(w));
	for (const char *at = rows; (at = strstr(at, "<d:href>")); at++) {
		const char *href = at + strlen("<d:href>");
		href = arena_strndup(w->arena, href, strcspn(href, "<"));
		if (text_equal(href, home))
			continue;
		ask(w, "REPORT", href,
			"<R:addressbook-query" NS_ALL
			"><D:prop><R:address-data/></D:prop><R:filter/>"
			"</R:addressbook-query>");
		days += count_text(w, "BDAY:1950-") + count_text(w, "BDAY:--") +
			count_text(w, "ANNIVERSARY:");
	}
	w->person = "anna";
	w->depth = NULL;
	return days;
}

static size_t entries_of(struct world *w, const char *person)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_collection *c = dav_birthdays_of(snapshot, person);
	size_t n = c ? store_collection_count(c) : 0;

	store_snapshot_free(snapshot);
	return n;
}

static void turn_on(struct world *w, const char *user)
{
	struct dav_people people = {.store = w->store, .arena = w->arena};

	assert_int_equal(dav_birthdays_set(&people, user, true), PEOPLE_OK);
	assert_int_equal(dav_birthdays_set(&people, user, true), PEOPLE_SAME);
}

static void following_ends_where_comparing_does(void **state)
{
	static const char *const people[] = {"anna", "ben"};
	struct world *w = *state;
	struct dav_birthdays *b = dav_birthdays_new(w->store, false);
	size_t most = 0;

	for (unsigned i = 0; i < 3; i++)
		ask(w, "MKCOL", hers(w, i), A_BOOK);
	for (size_t i = 0; i < 2; i++)
		turn_on(w, people[i]);
	set_group(w, false);
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned i = below(STEPS); i < STEPS; i++)
			step(w);
		dav_birthdays_catch_up(b);
		struct store_oid followed = head(w);
		dav_birthdays_catch_up(b);
		struct dav_birthdays *fresh = dav_birthdays_new(w->store, false);
		dav_birthdays_catch_up(fresh);
		dav_birthdays_free(fresh);
		struct store_oid compared = head(w);
		assert_true(store_oid_equal(&followed, &compared));
		for (size_t i = 0; i < 2; i++) {
			size_t want = days_seen(w, people[i]), is = entries_of(w, people[i]);
			if (is != want)
				fail_msg("round %d, %s: %zu entries, want %zu", round, people[i],
					is, want);
			most = is > most ? is : most;
		}
	}
	assert_true(most > 3); /* something happened */
	dav_birthdays_free(b);
}

/* The shares stay as they are, and the books: only who is in the group changes what is seen through them. */
static void groups_decide_on_cards(void **state)
{
	static const char card[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c0\r\nFN:C\r\nN:;;;;\r\n"
				   "BDAY:1950-04-12\r\nEND:VCARD\r\n";
	struct world *w = *state;
	struct dav_birthdays *b = dav_birthdays_new(w->store, false);
	const char *book = hers(w, 0), *name = arena_printf(w->arena, "%sc0.vcf", book);

	set_group(w, false);
	turn_on(w, "ben");
	ask(w, "MKCOL", book, A_BOOK);
	ask(w, "PUT", name, card);
	entries_about(w, book, "users/ben", false);
	expect(w, "ACL of the book", 200);
	entries_about(w, name, "groups/kids", true);
	expect(w, "ACL of the card", 200);
	for (int i = 0; i < 4; i++) {
		dav_birthdays_catch_up(b);
		assert_int_equal(entries_of(w, "ben"), i % 2 ? 0 : 1);
		set_group(w, i % 2 == 0);
	}
	dav_birthdays_free(b);
}

static void there_is_nobody(void **state)
{
	struct world *w = *state;
	struct dav_people people = {.store = w->store, .arena = w->arena};

	assert_int_equal(dav_birthdays_set(&people, "nobody", true), PEOPLE_NO_USER);
	assert_string_equal(people.why, "there is no user nobody");
	assert_int_equal(dav_birthdays_set(&people, "anna", false), PEOPLE_SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(following_ends_where_comparing_does),
		WORLD_TEST(groups_decide_on_cards),
		WORLD_TEST(there_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
