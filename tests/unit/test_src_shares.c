/* SPDX-License-Identifier: ISC */
/*
 * Sharing in the management interface: roles given, listed and ended (src/api_shares.c); shares among the collections of
 * whoever they are shared with (src/api_collections.c), exported and imported into.
 */
#include "tests/unit/api_help.h"
#include "webdav/dav.h"

#include <jansson.h>

#define COLLECTIONS "/api/v1/users/anna/collections"
#define SCHOOL COLLECTIONS "/school"
#define SHARES SCHOOL "/shares"
#define ROLE(name) "{\"role\": \"" name "\"}"
#define BEN "/api/v1/users/ben"
#define LONG "a2345678901234567890123456789012345678901234567890123456789012345"
#define HUNDRED                                                                                        \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaa"
#define EVENT(uid, more)                                                                           \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:" uid            \
	"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:" uid "\r\n" more     \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

static const struct row people[] = {
	{"admin", "PUT", "/users/anna", JSON,
		"{\"password\": \"x\", \"display_name\": \"Anna B.\"}", 201, NULL},
	{"admin", "PUT", "/users/ben?password=x", NULL, NULL, 201, NULL},
	{"admin", "PUT", "/users/carl?password=x", NULL, NULL, 201, NULL},
	{"admin", "PUT", "/groups/kids?members=ben,carl", NULL, NULL, 201, NULL},
	{"anna", "POST", COLLECTIONS, JSON,
		"{\"name\": \"school\", \"displayname\": \"School\", \"color\": \"#1badf8\"}", 201,
		"\"share\": false"},
	{"anna", "POST", COLLECTIONS, JSON, "{\"name\": \"friends\", \"kind\": \"addressbook\"}",
		201, "\"role\": \"owner\""},
};

static int begin_family(void **state)
{
	if (begin(state) != 0)
		return 1;
	app.dav = dav_server_new(&(struct dav_config){.store = app.store});
	RUN(people);
	return 0;
}

static int end_family(void **state)
{
	dav_server_free((struct dav_server *)app.dav);
	return end(state);
}

static json_t *answer_of(const char *who, const char *target)
{
	const struct row row = {who, "GET", target, NULL, NULL, 200, NULL};
	struct api_response response;

	call(&row, &response);
	json_t *json = json_loads(response.body.data, 0, NULL);
	if (response.status != 200 || !json)
		fail_msg("%s: %d, %s", target, response.status, response.body.data);
	api_response_free(&response);
	return json;
}

static const char *text_at(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

/* The object of a list whose `member` is `text`; NULL: none. */
static json_t *find(const json_t *list, const char *member, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (strcmp(text_at(one, member), text) == 0)
			return one;
	}
	return NULL;
}

static void write_as(
	const char *who, const char *method, const char *target, const char *body, int want)
{
	const struct dav_header type = {"Content-Type", "text/calendar"};
	struct dav_request request = {.method = method,
		.target = target,
		.headers = &type,
		.n_headers = 1,
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0,
		.scheme = "http",
		.host = "cal.example.org",
		.person = {.name = who}};
	struct dav_response response = {0};

	dav_handle_wait(app.dav, &request, &response);
	if (response.status != want)
		fail_msg("%s %s: %d", method, target, response.status);
	dav_response_free(&response);
}

/* --- one collection --- */

static void roles_are_given_and_ended(void **state)
{
	static const struct row rows[] = {
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"shares\": []"},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("reader"), 201,
			"\"url\": \"/dav/calendars/ben/anna-school/\""},
		{"anna", "PUT", SHARES "/BEN", JSON, ROLE("reader"), 200, "\"principal\": \"ben\""},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("author"), 200, "\"role\": \"author\""},
		{"anna", "PUT", SHARES "/ben?role=editor", NULL, NULL, 200, "\"role\": \"editor\""},
		{"anna", "PUT", SHARES "/group%3Akids", JSON, ROLE("busy"), 201,
			"\"principal\": \"group:kids\""},
		{"admin", "PUT", SHARES "/carl", JSON, ROLE("reader"), 201, "\"subscribed\": true"},
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"collection\": \"anna/school\""},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("none"), 200, "\"effective\": \"busy\""},
		{"anna", "DELETE", SHARES "/ben", NULL, NULL, 404, "through the group kids"},
		{"anna", "DELETE", SHARES "/group:kids", NULL, NULL, 204, NULL},
		{"anna", "DELETE", SHARES "/ben", NULL, NULL, 404, "is not shared with ben"},
		{"anna", "DELETE", SHARES "/carl", NULL, NULL, 204, NULL},
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"shares\": []"},
		{"admin", "GET", "/api/v1/log?limit=1", NULL, NULL, 200,
			"anna no longer shares School with carl"},
	};

	(void)state;
	RUN(rows);
}

static void what_is_refused(void **state)
{
	static const struct row rows[] = {
		{NULL, "GET", SHARES, NULL, NULL, 401, NULL},
		{NULL, "PUT", SHARES "/ben", JSON, ROLE("reader"), 401, NULL},
		{"ben", "GET", SHARES, NULL, NULL, 403, "only anna and admins"},
		{"ben", "PUT", SHARES "/ben", JSON, ROLE("editor"), 403, "only anna and admins"},
		{"ben", "DELETE", SHARES "/carl", NULL, NULL, 403, NULL},
		{"ben", "GET", "/api/v1/users/anna/shares", NULL, NULL, 403, NULL},
		{"ben", "GET", "/api/v1/shares", NULL, NULL, 403, "only admins"},
		{"anna", "PUT", SHARES "/ben", JSON, "{}", 400, "\\\"role\\\" is missing"},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("boss"), 400, "is no role"},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE(""), 400, "is no role"},
		{"anna", "PUT", SHARES "/ben", JSON, "{\"role\": 7}", 400, "a text"},
		{"anna", "PUT", SHARES "/ben", JSON, "{\"role\": \"reader\", \"for\": \"ever\"}",
			400, "unknown"},
		{"anna", "PUT", SHARES "/anna", JSON, ROLE("reader"), 400, "belongs to anna"},
		{"anna", "PUT", SHARES "/dora", JSON, ROLE("reader"), 404, "no user dora"},
		{"anna", "PUT", SHARES "/group%3Adora", JSON, ROLE("reader"), 404, "no group dora"},
		{"anna", "PUT", COLLECTIONS "/none/shares/ben", JSON, ROLE("reader"), 404,
			"no anna/none"},
		{"anna", "PUT", COLLECTIONS "/school/shares/ben?kind=addressbook", JSON,
			ROLE("reader"), 404, "school is a calendar, not"},
		{"anna", "PUT", SHARES "/ben?kind=files", JSON, ROLE("reader"), 400, "must be"},
		{"anna", "PUT", COLLECTIONS "/friends/shares/ben", JSON, ROLE("busy"), 400,
			"no times"},
		{"admin", "PUT", "/api/v1/users/dora/collections/x/shares/ben", JSON,
			ROLE("reader"), 404, NULL},
		/* hostile names */
		{"anna", "PUT", SHARES "/..", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/%2E%2E", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/b%D0%B5n", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/ben%E2%80%8B", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/@ben", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/b%20en", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/ben%0Aace%20grant", JSON, ROLE("reader"), 400,
			"\\\"ben ace grant\\\""},
		{"anna", "PUT", SHARES "/ben%23id", JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/ben%00", JSON, ROLE("reader"), 400, "malformed"},
		{"anna", "PUT", SHARES "/ben%FF", JSON, ROLE("reader"), 400, "malformed"},
		{"anna", "PUT", SHARES "/users%2Fben", JSON, ROLE("reader"), 400, "malformed"},
		{"anna", "PUT", SHARES "/", JSON, ROLE("reader"), 405, "GET"},
		{"anna", "PUT", SHARES "/" LONG, JSON, ROLE("reader"), 400, "nobody's name"},
		{"anna", "PUT", SHARES "/" HUNDRED HUNDRED HUNDRED, JSON, ROLE("reader"), 400,
			"nobody's name"},
		{"anna", "PUT", COLLECTIONS "/../shares/ben", JSON, ROLE("reader"), 404,
			"no anna/.."},
		{"anna", "PUT", COLLECTIONS "/%0A/shares/ben", JSON, ROLE("reader"), 404, NULL},
		/* of which nothing was done */
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"shares\": []"},
		/* a share is for its owner to say */
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("editor"), 201, NULL},
		{"ben", "PUT", BEN "/collections/anna-school/shares/carl", JSON, ROLE("reader"),
			403, "only they"},
		{"ben", "GET", BEN "/collections/anna-school/shares", NULL, NULL, 403, "only they"},
		{"ben", "POST", BEN "/collections/anna-school/links", JSON, "{}", 403,
			"only they can link"},
	};

	(void)state;
	RUN(rows);
}

static void a_list_tells_all(void **state)
{
	static const struct row rows[] = {
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("reader"), 201, NULL},
		{"anna", "PUT", SHARES "/group:kids", JSON, ROLE("author"), 201, NULL},
		{"carl", "DELETE", "/api/v1/users/carl/collections/anna-school", NULL, NULL, 204,
			NULL},
	};

	(void)state;
	RUN(rows);
	json_t *json = answer_of("anna", SHARES), *shares = json_object_get(json, "shares");
	json_t *ben = find(shares, "principal", "ben"),
	       *kids = find(shares, "principal", "group:kids");
	assert_int_equal(json_array_size(shares), 2);
	assert_string_equal(text_at(ben, "role"), "reader");
	assert_string_equal(text_at(ben, "effective"), "author");
	assert_string_equal(text_at(ben, "url"), "/dav/calendars/ben/anna-school/");
	assert_true(json_is_true(json_object_get(ben, "subscribed")));
	assert_true(json_is_false(json_object_get(ben, "inherited")));
	assert_string_equal(text_at(kids, "role"), "author");
	json_t *carl = find(json_object_get(kids, "people"), "name", "carl");
	assert_string_equal(text_at(carl, "effective"), "author");
	assert_true(json_is_false(json_object_get(carl, "subscribed")));
	assert_true(json_is_null(json_object_get(carl, "url")));
	json_decref(json);

	json = answer_of("carl", "/api/v1/users/carl/shares");
	json_t *school = find(json_object_get(json, "shares"), "collection", "anna/school");
	assert_string_equal(text_at(school, "owner"), "anna");
	assert_string_equal(text_at(school, "displayname"), "School");
	assert_string_equal(text_at(school, "role"), "author");
	assert_true(json_is_false(json_object_get(school, "subscribed")));
	json_decref(json);
	/* Shared anew, it is back. */
	const struct row again = {
		"anna", "PUT", SHARES "/carl", JSON, ROLE("reader"), 201, "\"subscribed\": true"};
	run(&again, 1);
}

/* [people] search: with admins, only they are told who is in a group. */
static void members_are_for_whom_may_find_them(void **state)
{
	static const struct {
		const char *who;
		enum dav_search search;
		size_t n;
	} rows[] = {{"anna", DAV_SEARCH_MEMBERS, 2}, {"anna", DAV_SEARCH_GROUPS, 0},
		{"anna", DAV_SEARCH_ADMINS, 0}, {"admin", DAV_SEARCH_ADMINS, 2}};
	static const struct row give = {
		"anna", "PUT", SHARES "/group:kids", JSON, ROLE("reader"), 201, NULL};

	(void)state;
	run(&give, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		((struct config *)app.config)->search = rows[i].search;
		json_t *json = answer_of(rows[i].who, SHARES);
		json_t *kids = find(json_object_get(json, "shares"), "principal", "group:kids");
		assert_int_equal(json_array_size(json_object_get(kids, "people")), rows[i].n);
		json_decref(json);
	}
}

/* One name, two kinds. */
static void kinds_decide(void **state)
{
	static const struct row rows[] = {
		{"anna", "POST", COLLECTIONS, JSON,
			"{\"name\": \"school\", \"kind\": \"addressbook\"}", 201, NULL},
		{"anna", "PUT", SHARES "/ben", JSON,
			"{\"role\": \"reader\", \"kind\": \"addressbook\"}", 201,
			"/dav/addressbooks/ben/anna-school/"},
		{"anna", "GET", SHARES "?kind=calendar", NULL, NULL, 200, "\"shares\": []"},
		{"anna", "GET", SHARES "?kind=addressbook", NULL, NULL, 200, "\"ben\""},
		{"anna", "DELETE", SHARES "/ben", NULL, NULL, 404, NULL},
		{"anna", "DELETE", SHARES "/ben?kind=addressbook", NULL, NULL, 204, NULL},
	};

	(void)state;
	RUN(rows);
}

/* --- the matrix --- */

static const char *cell(const json_t *matrix, const char *collection, const char *person)
{
	json_t *row = find(json_object_get(matrix, "collections"), "collection", collection);

	return text_at(json_object_get(json_object_get(row, "roles"), person), "role");
}

static void the_matrix(void **state)
{
	static const struct row rows[] = {
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("reader"), 201, NULL},
		{"anna", "PUT", SHARES "/group:kids", JSON, ROLE("busy"), 201, NULL},
		{"anna", "PUT", COLLECTIONS "/friends/shares/carl", JSON, ROLE("editor"), 201,
			NULL},
	};

	(void)state;
	RUN(rows);
	json_t *json = answer_of("admin", "/api/v1/shares");
	assert_string_equal(cell(json, "anna/school", "anna"), "owner");
	assert_string_equal(cell(json, "anna/school", "ben"), "reader");
	assert_string_equal(cell(json, "anna/school", "carl"), "busy");
	assert_string_equal(cell(json, "anna/friends", "carl"), "editor");
	assert_string_equal(cell(json, "anna/personal", "ben"), "");
	assert_string_equal(cell(json, "ben/personal", "ben"), "owner");
	assert_null(find(json_object_get(json, "collections"), "collection", "ben/anna-school"));
	assert_int_equal(json_array_size(json_object_get(json, "persons")), 3);
	json_decref(json);
	json = answer_of("admin", "/api/v1/shares?user=Ben&kind=calendar");
	assert_string_equal(cell(json, "anna/school", "carl"), "busy");
	assert_string_equal(cell(json, "ben/personal", "ben"), "owner");
	assert_int_equal(json_array_size(json_object_get(json, "collections")), 3);
	json_decref(json);
	const struct row bad[] = {
		{"admin", "GET", "/api/v1/shares?user=dora", NULL, NULL, 404, "no user dora"},
		{"admin", "GET", "/api/v1/shares?user=..", NULL, NULL, 400, "no user name"},
		{"admin", "GET", "/api/v1/shares?kind=files", NULL, NULL, 400, "must be"},
		{"admin", "GET", "/api/v1/users/dora/shares", NULL, NULL, 404, "no user dora"},
	};
	RUN(bad);
}

/* --- among the collections --- */

/* What ben's list says of the share. */
static json_t *bens_share(json_t **all)
{
	*all = answer_of("ben", BEN "/collections");
	return find(json_object_get(*all, "collections"), "name", "anna-school");
}

static void shares_are_listed_as_they_are_seen(void **state)
{
	static const struct {
		const char *role;
		int entries;
	} rows[] = {{"editor", 3}, {"reader", 3}, {"busy", 2}};
	json_t *all, *share;

	(void)state;
	write_as("anna", "PUT", "/dav/calendars/anna/school/a.ics", EVENT("a", ""), 201);
	write_as("anna", "PUT", "/dav/calendars/anna/school/b.ics", EVENT("b", "CLASS:PRIVATE\r\n"),
		201);
	write_as("anna", "PUT", "/dav/calendars/anna/school/c.ics",
		EVENT("c", "CLASS:CONFIDENTIAL\r\n"), 201);
	write_as("anna", "PUT", "/dav/calendars/anna/school/d.ics",
		EVENT("d", "TRANSP:TRANSPARENT\r\n"), 201);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *role = rows[i].role;
		char body[40];

		snprintf(body, sizeof(body), "{\"role\": \"%s\"}", role);
		const struct row give = {
			"anna", "PUT", SHARES "/ben", JSON, body, i ? 200 : 201, NULL};
		run(&give, 1);
		share = bens_share(&all);
		assert_string_equal(text_at(share, "role"), role);
		assert_string_equal(text_at(share, "owner"), "anna");
		assert_string_equal(text_at(share, "displayname"), "School (Anna B.)");
		assert_string_equal(text_at(share, "color"), "#1badf8");
		assert_string_equal(text_at(share, "kind"), "calendar");
		assert_string_equal(text_at(share, "url"), "/dav/calendars/ben/anna-school/");
		assert_true(json_is_true(json_object_get(share, "share")));
		assert_int_equal(
			json_integer_value(json_object_get(share, "entries")), rows[i].entries);
		json_decref(all);
	}
	/* Her own list counts all. */
	json_t *hers = answer_of("anna", COLLECTIONS);
	share = find(json_object_get(hers, "collections"), "name", "school");
	assert_int_equal(json_integer_value(json_object_get(share, "entries")), 4);
	json_decref(hers);
}

static void removing(void **state)
{
	static const struct row rows[] = {
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("editor"), 201, NULL},
		{"anna", "PUT", SHARES "/carl", JSON, ROLE("reader"), 201, NULL},
		/* a sharee only unsubscribes */
		{"ben", "DELETE", BEN "/collections/anna-school", NULL, NULL, 204, NULL},
		{"ben", "DELETE", BEN "/collections/anna-school", NULL, NULL, 404, NULL},
		{"ben", "GET", "/api/v1/log/ben?limit=1", NULL, NULL, 200,
			"ben removed the share anna-school"},
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"principal\": \"ben\""},
		/* the owner takes the shares along, in the same commit */
		{"anna", "DELETE", SCHOOL, NULL, NULL, 204, NULL},
		{"carl", "GET", "/api/v1/users/carl/shares", NULL, NULL, 200, "\"shares\": []"},
		{"carl", "DELETE", "/api/v1/users/carl/collections/anna-school", NULL, NULL, 404,
			NULL},
		{"admin", "GET", "/api/v1/log?limit=1", NULL, NULL, 200, "anna removed School"},
		/* one of the same name is shared with nobody */
		{"anna", "POST", COLLECTIONS, JSON, "{\"name\": \"school\"}", 201, NULL},
		{"anna", "GET", SHARES, NULL, NULL, 200, "\"shares\": []"},
		{"ben", "GET", BEN "/shares", NULL, NULL, 200, "\"shares\": []"},
	};

	(void)state;
	RUN(rows);
}

/* Whoever may read the whole home sees what comes and goes there. */
static void homes_with_entries(void **state)
{
	static const char acl[] =
		"<D:acl xmlns:D=\"DAV:\"><D:ace><D:principal><D:href>/dav/principals/users/ben/"
		"</D:href></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant>"
		"</D:ace></D:acl>";
	static const struct row rows[] = {
		{"ben", "GET", BEN "/collections", NULL, NULL, 200, "anna-school"},
		{"anna", "POST", COLLECTIONS, JSON, "{\"name\": \"new\"}", 201, NULL},
		{"ben", "GET", BEN "/collections", NULL, NULL, 200, "anna-new"},
		{"anna", "POST", COLLECTIONS "/trips/import", "text/calendar", EVENT("t", ""), 200,
			"\"created\": true"},
		{"ben", "GET", BEN "/collections", NULL, NULL, 200, "anna-trips"},
		{"anna", "GET", COLLECTIONS "/new/shares", NULL, NULL, 200, "\"inherited\": true"},
		{"anna", "DELETE", COLLECTIONS "/new/shares/ben", NULL, NULL, 404, "whole home"},
		{"anna", "DELETE", COLLECTIONS "/new", NULL, NULL, 204, NULL},
	};
	const struct dav_header type = {"Content-Type", "application/xml"};
	struct dav_request request = {.method = "ACL",
		.target = "/dav/calendars/anna/",
		.headers = &type,
		.n_headers = 1,
		.body = acl,
		.body_len = sizeof(acl) - 1,
		.scheme = "http",
		.host = "cal.example.org",
		.person = {.name = "anna"}};
	struct dav_response response = {0};

	(void)state;
	dav_handle_wait(app.dav, &request, &response);
	assert_int_equal(response.status, 200);
	dav_response_free(&response);
	RUN(rows);
	json_t *all = answer_of("ben", BEN "/collections");
	assert_null(find(json_object_get(all, "collections"), "name", "anna-new"));
	json_decref(all);
}

static void in_and_out(void **state)
{
	static const struct row rows[] = {
		{"anna", "POST", SCHOOL "/import", "text/calendar", EVENT("a", ""), 200, NULL},
		{"anna", "POST", SCHOOL "/import", "text/calendar", EVENT("b", "CLASS:PRIVATE\r\n"),
			200, NULL},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("editor"), 201, NULL},
		{"ben", "GET", BEN "/collections/anna-school/export", NULL, NULL, 200, "SUMMARY:a"},
		/* an editor's import goes to what is shared, also where the title of a file leads there */
		{"ben", "POST", BEN "/collections/anna-school/import", "text/calendar",
			EVENT("c", ""), 200, NULL},
		{"ben", "POST", BEN "/import?displayname=Anna%20School", "text/calendar",
			EVENT("d", ""), 200, NULL},
		{"anna", "PUT", SHARES "/ben", JSON, ROLE("busy"), 200, NULL},
		{"ben", "POST", BEN "/collections/anna-school/import", "text/calendar",
			EVENT("e", ""), 403, "may only look at"},
		{"ben", "POST", BEN "/import?displayname=Anna%20School", "text/calendar",
			EVENT("e", ""), 200, "may not add to"},
		{"ben", "GET", BEN "/collections/anna-school/export", NULL, NULL, 200,
			"SUMMARY:Busy"},
	};
	const struct row export = {
		"ben", "GET", BEN "/collections/anna-school/export", NULL, NULL, 200, NULL};
	struct api_response response;
	struct store_snapshot *snapshot;

	(void)state;
	RUN(rows);
	call(&export, &response);
	assert_null(strstr(response.body.data, "UID:b\r\n"));
	assert_null(strstr(response.body.data, "SUMMARY:a"));
	api_response_free(&response);
	snapshot = store_snapshot(app.store);
	assert_int_equal(
		store_collection_count(store_collection(snapshot, "calendars/ben/anna-school")), 0);
	assert_int_equal(
		store_collection_count(store_collection(snapshot, "calendars/anna/school")), 4);
	store_snapshot_free(snapshot);
}

#define FAMILY_TEST(name) cmocka_unit_test_setup_teardown(name, begin_family, end_family)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAMILY_TEST(roles_are_given_and_ended),
		FAMILY_TEST(what_is_refused),
		FAMILY_TEST(a_list_tells_all),
		FAMILY_TEST(members_are_for_whom_may_find_them),
		FAMILY_TEST(kinds_decide),
		FAMILY_TEST(the_matrix),
		FAMILY_TEST(shares_are_listed_as_they_are_seen),
		FAMILY_TEST(removing),
		FAMILY_TEST(homes_with_entries),
		FAMILY_TEST(in_and_out),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
