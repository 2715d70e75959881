/* SPDX-License-Identifier: ISC */
/* webdav/sharing*.c: roles to entries and back, who may get which, what a role is worth over HTTP, its end. */
#include "tests/unit/people_help.h"
#include "storage/household.h"
#include "webdav/acl.h"
#include "webdav/sharing.h"

#include <pthread.h>

#define SHARE "/dav/calendars/ben/anna-personal/"
#define AUTHORS                                                                                    \
	"grant property:{http://calendarserver.org/ns/}created-by write-properties,write-content,unbind"
#define MAX_LINES 8

/* --- help --- */

/* "@ben" and "%kids" as references with ids. */
static const char *with_ids(struct world *w, const char *text)
{
	static const struct {
		const char *mark, *path;
	} marks[] = {{"@ben", "users/ben"}, {"@carl", "users/carl"}, {"@anna", "users/anna"},
		{"%kids", "groups/kids"}};

	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *at = strstr(text, marks[i].mark);
		if (at)
			return arena_printf(w->arena, "%.*s%s#%s%s", (int)(at - text), text,
				marks[i].path, id_of(w, marks[i].path), at + strlen(marks[i].mark));
	}
	return text;
}

static const struct store_collection *collection_at(
	struct store_snapshot *snapshot, const char *path)
{
	const struct store_collection *c = store_collection(snapshot, path);

	if (!c)
		fail_msg("there is no %s", path);
	return c;
}

/* The entries of a collection, one a line, references without ids. */
static const char *entries(struct world *w, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const struct store_meta *meta = store_collection_meta(collection_at(snapshot, path));
	const char *text = "";

	for (size_t i = 0; i < meta->n_aces; i++) {
		const char *line = meta->aces[i], *mark = strchr(line, '#');
		text = mark ? arena_printf(w->arena, "%s%.*s%s\n", text, (int)(mark - line), line,
				      strchr(mark, ' '))
			    : arena_printf(w->arena, "%s%s\n", text, line);
	}
	store_snapshot_free(snapshot);
	return text;
}

/* Gives a collection these entries by hand. */
static void set_entries(struct world *w, const char *path, const char *const *lines)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_meta meta = *store_collection_meta(collection_at(snapshot, path));
	const char *aces[MAX_LINES];
	struct store_change change = {.slot = STORE_SELF, .collection = path};
	struct store_write write = {.changes = &change, .n_changes = 1, .subject = "By hand"};
	struct store_result result;

	meta.aces = aces;
	for (meta.n_aces = 0; meta.n_aces < MAX_LINES && lines[meta.n_aces]; meta.n_aces++)
		aces[meta.n_aces] = with_ids(w, lines[meta.n_aces]);
	change.bytes = store_meta_print(w->arena, &meta, &change.len);
	enum store_code code = store_commit(w->store, &write, &result);
	if (code != STORE_OK && code != STORE_UNCHANGED)
		fail_msg("%s: %s", path, result.text);
	store_snapshot_free(snapshot);
}

static enum dav_people_code give_at(
	struct world *w, const char *path, const char *with, const char *role)
{
	struct dav_people people = by(w);

	return dav_share_with(&people, path, with, role);
}

static void give(struct world *w, const char *with, const char *role)
{
	struct dav_people people = by(w);
	enum dav_people_code code = dav_share_with(&people, CALENDAR, with, role);

	if (code != PEOPLE_OK && code != PEOPLE_SAME)
		fail_msg("%s as %s: %d, %s", with, role, code, people.why);
}

static const char *role_of(struct world *w, const char *principal, enum dav_role_by by)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct household *household = now(w);
	struct dav_sharing *sharing = dav_sharing_read(
		w->arena, snapshot, household, collection_at(snapshot, CALENDAR));
	const char *role = dav_role_of(sharing, principal, by);

	household_free(household);
	store_snapshot_free(snapshot);
	return role ? role : "";
}

static bool has_share(struct world *w, const char *user)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	bool has = store_collection(
		snapshot, arena_printf(w->arena, "calendars/%s/anna-personal", user));

	store_snapshot_free(snapshot);
	return has;
}

static int ask_as(
	struct world *w, const char *who, const char *method, const char *target, const char *body)
{
	w->person = who;
	return ask(w, method, target, body);
}

/* --- roles to entries --- */

static void roles_become_entries(void **state)
{
	static const struct {
		const char *lines[MAX_LINES];
		const char *with, *role;
		const char *want; /* references without ids */
	} rows[] = {
		{{NULL}, "ben", "reader", "grant users/ben read\n"},
		{{NULL}, "ben", "editor", "grant users/ben read,write\n"},
		{{NULL}, "ben", "busy", "grant users/ben read-free-busy\n"},
		{{NULL}, "ben", "author", "grant users/ben read,bind\n" AUTHORS "\n"},
		{{NULL}, "group:kids", "reader", "grant groups/kids read\n"},
		/* one role takes the place of another, where that stood */
		{{"grant @ben read", "grant @carl read"}, "ben", "editor",
			"grant users/ben read,write\ngrant users/carl read\n"},
		{{"grant @ben read,bind", AUTHORS}, "ben", "reader", "grant users/ben read\n"},
		{{"grant @ben read,bind", AUTHORS, "grant @carl read,bind"}, "ben", "reader",
			"grant users/ben read\n" AUTHORS "\ngrant users/carl read,bind\n"},
		{{"grant @carl read,bind", AUTHORS}, "ben", "author",
			"grant users/carl read,bind\n" AUTHORS "\ngrant users/ben read,bind\n"},
		{{AUTHORS, "grant @carl read,bind", AUTHORS}, "ben", "reader",
			AUTHORS "\ngrant users/carl read,bind\ngrant users/ben read\n"},
		{{"grant %kids read,bind", AUTHORS}, "ben", "reader",
			"grant groups/kids read,bind\n" AUTHORS "\ngrant users/ben read\n"},
		{{"grant @carl read,write", AUTHORS}, "ben", "reader",
			"grant users/carl read,write\ngrant users/ben read\n"},
		/* all that was granted to the same one, by hand too; with and without an id; of somebody gone */
		{{"grant @ben read-acl", "grant users/ben bind", "grant users/ben#old all"}, "ben",
			"reader", "grant users/ben read\n"},
		{{"grant @ben all"}, "ben", "none", ""},
		{{"grant users/benno read", "grant users/ben read"}, "ben", "none",
			"grant users/benno read\n"},
		/* what others wrote stays, in its order, readable or not */
		{{"deny %kids write", "grant all read-free-busy", "grant nonsense",
			 "grant @carl read-acl"},
			"ben", "reader",
			"deny groups/kids write\ngrant all read-free-busy\ngrant nonsense\n"
			"grant users/carl read-acl\ngrant users/ben read\n"},
		{{"grant property:{http://calendarserver.org/ns/}created-by write-content",
			 "grant @ben read,bind", AUTHORS},
			"ben", "none",
			"grant property:{http://calendarserver.org/ns/}created-by write-content\n"},
		/* denials: what the role gives goes, the rest stays before the grants */
		{{"deny @ben write", "grant @carl read"}, "ben", "reader",
			"deny users/ben write\ngrant users/carl read\ngrant users/ben read\n"},
		{{"deny @ben read"}, "ben", "reader", "grant users/ben read\n"},
		{{"deny @ben all"}, "ben", "editor",
			"deny users/ben unlock,read-acl,write-acl\ngrant users/ben read,write\n"},
		{{"deny @ben write"}, "ben", "author", "grant users/ben read,bind\n" AUTHORS "\n"},
		{{"deny @ben read-free-busy"}, "ben", "busy", "grant users/ben read-free-busy\n"},
		{{"deny @ben write", "grant @ben read"}, "ben", "none", "deny users/ben write\n"},
	};
	struct world *w = *state;

	user(w, "carl");
	group(w, "kids", "ben carl");
	for (size_t i = 0; i < COUNT(rows); i++) {
		set_entries(w, CALENDAR, rows[i].lines);
		give(w, rows[i].with, rows[i].role);
		const char *got = entries(w, CALENDAR);
		if (!text_equal(got, rows[i].want))
			fail_msg("row %zu:\n%swanted:\n%s", i, got, rows[i].want);
	}
}

/* Less than read has no name: nothing is changed then, and the denial holds. */
static void some_denials_cannot_be_cut(void **state)
{
	static const char *const lines[][MAX_LINES] = {
		{"deny @ben read", "grant %kids read"}, {"deny @ben all", "grant %kids read"}};
	struct world *w = *state;

	group(w, "kids", "ben");
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct dav_people people = by(w);
		set_entries(w, CALENDAR, lines[i]);
		const char *before = entries(w, CALENDAR);
		assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "busy"), PEOPLE_NOT_SO);
		assert_non_null(strstr(people.why, "denies ben to read"));
		assert_string_equal(entries(w, CALENDAR), before);
		assert_string_equal(role_of(w, "users/ben", ROLE_IN_ALL), "");
	}
}

/* Giving what is there already writes nothing, whoever came after. */
static void the_same_again_is_no_commit(void **state)
{
	struct world *w = *state;

	user(w, "carl");
	give(w, "ben", "author");
	give(w, "carl", "reader");
	const char *before = entries(w, CALENDAR);
	assert_int_equal(give_at(w, CALENDAR, "ben", "author"), PEOPLE_SAME);
	assert_int_equal(give_at(w, CALENDAR, "Carl", "reader"), PEOPLE_SAME);
	assert_string_equal(entries(w, CALENDAR), before);
}

/* --- and back --- */

static void entries_become_roles(void **state)
{
	static const struct {
		const char *lines[MAX_LINES];
		const char *itself, *in_all; /* of ben, who is in kids */
	} rows[] = {
		{{NULL}, "", ""},
		{{"grant @ben read"}, "reader", "reader"},
		{{"grant @ben read,write"}, "editor", "editor"},
		{{"grant @ben read,bind", AUTHORS}, "author", "author"},
		{{"grant @ben read-free-busy"}, "busy", "busy"},
		{{"grant @ben read,bind"}, "custom", "custom"},
		{{"grant @ben read,read-acl"}, "custom", "custom"},
		{{"grant @ben bind"}, "custom", "custom"},
		{{"grant @ben all"}, "custom", "custom"},
		{{"grant users/ben#old read"}, "", ""},
		{{"grant users/ben read"}, "reader", "reader"},
		/* others' affair */
		{{"grant @carl read,write", AUTHORS}, "", ""},
		{{"grant @ben read", "grant @carl read,bind", AUTHORS}, "reader", "reader"},
		/* groups */
		{{"grant %kids read"}, "", "reader"},
		{{"grant %kids read,bind", AUTHORS}, "", "author"},
		{{"grant %kids read,write", "grant @ben read"}, "reader", "editor"},
		{{"grant %kids read-free-busy", "grant @ben read,bind", AUTHORS}, "author",
			"author"},
		{{"grant @ben read-free-busy", "grant %kids read"}, "busy", "reader"},
		{{"deny @ben write", "grant %kids read,write"}, "", "reader"},
		{{"deny %kids read", "grant @ben read"}, "reader", ""},
		{{"deny %kids write", "grant @ben read,write"}, "editor", "reader"},
		{{"deny @ben write-content", "grant %kids read,bind", AUTHORS}, "", "custom"},
		/* everybody */
		{{"grant all read"}, "", "reader"},
		{{"grant authenticated read", "grant @ben read,write"}, "editor", "editor"},
		{{"grant unauthenticated read"}, "", ""},
		{{"grant self read"}, "", ""},
		{{"grant property:{DAV:}owner read"}, "", ""},
		/* what nobody can read denies everything after it */
		{{"grant nonsense", "grant @ben read"}, "reader", ""},
		{{"grant @ben read", "grant nonsense"}, "reader", "reader"},
	};
	struct world *w = *state;

	user(w, "carl");
	group(w, "kids", "ben");
	for (size_t i = 0; i < COUNT(rows); i++) {
		set_entries(w, CALENDAR, rows[i].lines);
		const char *itself = role_of(w, "users/ben", ROLE_BY_ITSELF),
			   *in_all = role_of(w, "users/ben", ROLE_IN_ALL);
		if (!text_equal(itself, rows[i].itself) || !text_equal(in_all, rows[i].in_all))
			fail_msg("row %zu: %s, %s", i, itself, in_all);
		assert_string_equal(role_of(w, "users/anna", ROLE_IN_ALL), "owner");
	}
}

static void homes_are_inherited(void **state)
{
	static const char *const lines[] = {"grant @ben read", NULL};
	struct world *w = *state;
	struct dav_people people = by(w);

	set_entries(w, "calendars/anna", lines);
	assert_string_equal(role_of(w, "users/ben", ROLE_BY_ITSELF), "");
	assert_string_equal(role_of(w, "users/ben", ROLE_BY_NAME), "reader");
	assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "none"), PEOPLE_NOT_IN);
	assert_non_null(strstr(people.why, "entries of the whole home"));
	give(w, "ben", "editor");
	assert_string_equal(role_of(w, "users/ben", ROLE_IN_ALL), "editor");
	give(w, "ben", "none");
	assert_string_equal(role_of(w, "users/ben", ROLE_IN_ALL), "reader");
}

/* --- who may get which --- */

static void what_is_refused(void **state)
{
	static const struct {
		const char *path, *with, *role;
		enum dav_people_code code;
		const char *why;
	} rows[] = {
		{CALENDAR, "ben", "boss", PEOPLE_NOT_SO, "\"boss\" is no role: editor, author"},
		{CALENDAR, "ben", "", PEOPLE_NOT_SO, "\"\" is no role"},
		{CALENDAR, "ben", "READER", PEOPLE_NOT_SO, "no role"},
		{CALENDAR, "ben", "owner", PEOPLE_NOT_SO, "no role"},
		{CALENDAR, "ben", "custom", PEOPLE_NOT_SO, "no role"},
		{CALENDAR, "ben", "none", PEOPLE_NOT_IN, "anna/personal is not shared with ben"},
		{CALENDAR, "dora", "reader", PEOPLE_NO_MEMBER, "there is no user dora"},
		{CALENDAR, "dora", "none", PEOPLE_NO_MEMBER, "there is no user dora"},
		{CALENDAR, "group:ben", "reader", PEOPLE_NO_MEMBER, "there is no group ben"},
		{CALENDAR, "anna", "reader", PEOPLE_NOT_SO, "belongs to anna"},
		{CALENDAR, "ANNA", "none", PEOPLE_NOT_SO, "belongs to anna"},
		{CALENDAR, "", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "..", "reader", PEOPLE_BAD_NAME, "\"..\" is nobody's name"},
		{CALENDAR, "group:", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "be n", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "@ben", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "b\xd0\xb5n", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "ben#0d5c", "reader", PEOPLE_BAD_NAME, "nobody's name"},
		{CALENDAR, "ben\nace grant all all", "reader", PEOPLE_BAD_NAME,
			"\"ben ace grant all all\""},
		{CALENDAR, "ben@example.org", "reader", PEOPLE_NO_MEMBER, "no user ben@example"},
		{"calendars/anna/none", "ben", "reader", PEOPLE_NO_COLLECTION, "no anna/none"},
		{"calendars/anna/..", "ben", "reader", PEOPLE_NO_COLLECTION, "no anna/.."},
		{"calendars/anna", "ben", "reader", PEOPLE_NO_COLLECTION, "no anna"},
		{"files/anna", "ben", "reader", PEOPLE_NO_COLLECTION, "no anna"},
		{"principals/users", "ben", "reader", PEOPLE_NO_COLLECTION, "no users"},
		{"addressbooks/anna/friends", "ben", "busy", PEOPLE_NOT_SO, "no times"},
	};
	struct world *w = *state;
	char *long_name = arena_alloc(w->arena, 301);

	make_book(w);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dav_people people = by(w);
		enum dav_people_code code = dav_share_with(
			&people, rows[i].path, rows[i].with, rows[i].role);
		if (code != rows[i].code || !strstr(people.why, rows[i].why))
			fail_msg("row %zu: %d, %s", i, code, people.why);
	}
	memset(long_name, 'a', 300);
	assert_int_equal(give_at(w, CALENDAR, long_name, "reader"), PEOPLE_BAD_NAME);
	assert_string_equal(entries(w, CALENDAR), "");
	assert_int_equal(give_at(w, "addressbooks/anna/friends", "ben", "author"), PEOPLE_OK);
	/* A share is for its owner to say. */
	give(w, "ben", "editor");
	assert_int_equal(
		give_at(w, "calendars/ben/anna-personal", "anna", "reader"), PEOPLE_NOT_OURS);
}

static void entries_are_counted(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_meta meta = *store_collection_meta(collection_at(snapshot, CALENDAR));
	const char *aces[STORE_MAX_ACES];
	size_t len;

	for (size_t i = 0; i < STORE_MAX_ACES; i++)
		aces[i] = arena_printf(w->arena, "grant users/u%zu read", i);
	meta.aces = aces;
	meta.n_aces = STORE_MAX_ACES;
	write_raw(w, STORE_SELF, CALENDAR, NULL, store_meta_print(w->arena, &meta, &len));
	store_snapshot_free(snapshot);
	assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "reader"), PEOPLE_TOO_MANY);
	assert_non_null(strstr(people.why, "share it with a group"));
}

static void subjects(void **state)
{
	static const struct {
		const char *with, *role, *subject;
	} rows[] = {
		{"ben", "reader", "Anna B. shared Personal with ben as reader"},
		{"ben", "editor", "Anna B. shared Personal with ben as editor"},
		{"group:kids", "busy", "Anna B. shared Personal with the group kids as busy"},
		{"ben", "none", "Anna B. no longer shares Personal with ben"},
		{"groups/kids", "none", "Anna B. no longer shares Personal with the group kids"},
	};
	struct world *w = *state;

	group(w, "kids", "ben");
	for (size_t i = 0; i < COUNT(rows); i++) {
		give(w, rows[i].with, rows[i].role);
		expect_subject(w, rows[i].subject);
	}
	struct dav_people people = by(w);
	people.by.user = "admin";
	people.by.author_name = "The admin";
	assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "reader"), PEOPLE_OK);
	assert_true(people.created);
	expect_subject(w, "The admin shared Personal of anna with ben as reader");
	assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "editor"), PEOPLE_OK);
	assert_false(people.created);
}

/* --- over HTTP --- */

#define RED                                                                                        \
	"<D:propertyupdate" NS_ALL "><D:set><D:prop><A:calendar-color>#ff0000</A:calendar-color>"  \
	"</D:prop></D:set></D:propertyupdate>"

/* What each role is worth: statuses of ben's requests on his share, in this order. */
static void what_roles_are_worth(void **state)
{
	static const struct {
		const char *role;
		int read, add, change_own, change_hers, delete_hers, delete_own, color;
	} rows[] = {
		{"editor", 200, 201, 204, 204, 204, 204, 207},
		{"author", 200, 201, 204, 403, 403, 204, 207},
		{"reader", 200, 403, 403, 403, 403, 403, 207},
		{"busy", 200, 403, 403, 403, 403, 403, 207},
		{"none", 404, 409, 409, 409, 404, 404,
			404}, /* there is no such calendar in his home */
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		put(w, CAL "hers.ics", event(w, "hers", 1));
		give(w, "ben", "author");
		assert_int_equal(ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 2)), 201);
		give(w, "ben", rows[i].role);
		const int want[] = {rows[i].read, rows[i].add, rows[i].change_own,
			rows[i].change_hers, rows[i].delete_hers, rows[i].delete_own,
			rows[i].color};
		const int got[] = {
			ask_as(w, "ben", "GET", SHARE "hers.ics", NULL),
			ask_as(w, "ben", "PUT", SHARE "new.ics", event(w, "new", 3)),
			ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 4)),
			ask_as(w, "ben", "PUT", SHARE "hers.ics", event(w, "hers", 5)),
			ask_as(w, "ben", "DELETE", SHARE "hers.ics", NULL),
			ask_as(w, "ben", "DELETE", SHARE "his.ics", NULL),
			ask_as(w, "ben", "PROPPATCH", SHARE, RED),
		};
		for (size_t k = 0; k < COUNT(want); k++)
			if (got[k] != want[k])
				fail_msg("%s: request %zu: %d, want %d", rows[i].role, k, got[k],
					want[k]);
		w->person = "anna";
		for (size_t k = 0; k < 3; k++)
			ask(w, "DELETE",
				k == 0           ? CAL "new.ics"
					: k == 1 ? CAL "his.ics"
						 : CAL "hers.ics",
				NULL);
	}
}

/* Nobody keeps what a role gave; who gets it back finds what they made. */
static void demotion_takes_ones_own_away(void **state)
{
	struct world *w = *state;

	give(w, "ben", "author");
	assert_int_equal(ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 1)), 201);
	give(w, "ben", "reader");
	assert_int_equal(ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 2)), 403);
	assert_int_equal(ask_as(w, "ben", "DELETE", SHARE "his.ics", NULL), 403);
	assert_int_equal(ask_as(w, "ben", "GET", SHARE "his.ics", NULL), 200);
	/* Also while somebody else is an author still. */
	user(w, "carl");
	give(w, "carl", "author");
	assert_int_equal(ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 2)), 403);
	assert_int_equal(ask_as(w, "carl", "PUT", "/dav/calendars/carl/anna-personal/his.ics",
				 event(w, "his", 2)),
		403);
	give(w, "ben", "author");
	assert_int_equal(ask_as(w, "ben", "PUT", SHARE "his.ics", event(w, "his", 2)), 204);
	give(w, "ben", "none");
	assert_int_equal(ask_as(w, "ben", "GET", SHARE "his.ics", NULL), 404);
	assert_int_equal(ask_as(w, "ben", "GET", CAL "his.ics", NULL), 404);
}

static void shares_come_and_go(void **state)
{
	struct world *w = *state;

	user(w, "carl");
	group(w, "kids", "ben carl");
	give(w, "group:kids", "reader");
	assert_true(has_share(w, "ben") && has_share(w, "carl"));
	/* By name besides: one share. Without that again: the group holds it. */
	give(w, "ben", "editor");
	give(w, "ben", "none");
	assert_true(has_share(w, "ben"));
	struct dav_people people = by(w);
	assert_int_equal(dav_share_with(&people, CALENDAR, "ben", "none"), PEOPLE_NOT_IN);
	assert_non_null(strstr(people.why, "through the group kids"));
	/* Unsubscribed; another role for somebody else changes nothing; for the group, it is shared anew. */
	assert_int_equal(ask_as(w, "ben", "DELETE", SHARE, NULL), 204);
	assert_false(has_share(w, "ben"));
	give(w, "carl", "editor");
	assert_false(has_share(w, "ben"));
	assert_int_equal(give_at(w, CALENDAR, "group:kids", "reader"), PEOPLE_OK);
	assert_true(has_share(w, "ben"));
	assert_int_equal(give_at(w, CALENDAR, "group:kids", "reader"), PEOPLE_SAME);
	give(w, "group:kids", "none");
	assert_false(has_share(w, "ben"));
	assert_true(has_share(w, "carl"));
	/* The owner is in the group: no share of one's own. */
	change(w, &people, "kids", NULL, "anna", NULL);
	give(w, "group:kids", "editor");
	assert_false(has_share(w, "anna"));
}

/* A re-created user inherits nothing, whatever role it was. */
static void a_role_goes_with_the_person(void **state)
{
	struct world *w = *state;
	struct dav_people people = by(w);

	give(w, "ben", "author");
	assert_int_equal(dav_user_remove(&people, "ben"), PEOPLE_OK);
	user(w, "ben");
	/* What is left is good for nobody who may not add. */
	assert_string_equal(entries(w, CALENDAR), AUTHORS "\n");
	assert_string_equal(role_of(w, "users/ben", ROLE_IN_ALL), "");
	assert_false(has_share(w, "ben"));
	give(w, "ben", "reader");
	assert_string_equal(entries(w, CALENDAR), "grant users/ben read\n");
}

/* --- at the same time --- */

#define ROUNDS 25

struct worker {
	struct world *w;
	const char *with;
	enum dav_people_code code;
	pthread_t thread;
};

static void *give_often(void *payload)
{
	struct worker *worker = payload;
	struct arena *arena = arena_new();

	for (int i = 0; i < ROUNDS && worker->code == PEOPLE_OK; i++) {
		struct dav_people people = {.store = worker->w->store,
			.arena = arena,
			.by = {.author_name = "Anna", .user = "anna"}};
		do /* whoever lost too often is told so, and asks again */
			worker->code = dav_share_with(
				&people, CALENDAR, worker->with, i % 2 ? "editor" : "reader");
		while (worker->code == PEOPLE_STORE && people.result.code == STORE_CONFLICT);
	}
	arena_free(arena);
	return NULL;
}

static void nobody_is_lost_in_a_race(void **state)
{
	struct world *w = *state;
	struct worker workers[] = {{.w = w, .with = "ben"}, {.w = w, .with = "carl"}};

	user(w, "carl");
	for (size_t i = 0; i < COUNT(workers); i++)
		assert_int_equal(
			pthread_create(&workers[i].thread, NULL, give_often, &workers[i]), 0);
	for (size_t i = 0; i < COUNT(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].code, PEOPLE_OK);
	}
	assert_string_equal(role_of(w, "users/ben", ROLE_IN_ALL), "reader");
	assert_string_equal(role_of(w, "users/carl", ROLE_IN_ALL), "reader");
	assert_true(has_share(w, "ben") && has_share(w, "carl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(roles_become_entries),
		WORLD_TEST(some_denials_cannot_be_cut),
		WORLD_TEST(the_same_again_is_no_commit),
		WORLD_TEST(entries_become_roles),
		WORLD_TEST(homes_are_inherited),
		WORLD_TEST(what_is_refused),
		WORLD_TEST(entries_are_counted),
		WORLD_TEST(subjects),
		WORLD_TEST(what_roles_are_worth),
		WORLD_TEST(demotion_takes_ones_own_away),
		WORLD_TEST(shares_come_and_go),
		WORLD_TEST(a_role_goes_with_the_person),
		WORLD_TEST(nobody_is_lost_in_a_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
