/* SPDX-License-Identifier: ISC */
/* URLs: shapes, tricks, names in the tree and back, Destinations (webdav/path.c, name.c). */
#include "tests/unit/dav_world.h"

#include "webdav/server.h"
#include "webdav/verb.h"

static void finds_shapes(void **state)
{
	static const struct {
		const char *target;
		enum dav_code code;
		enum dav_kind kind;
		const char *collection, *name;
	} rows[] = {
		{"/", DAV_OK, DAV_ROOT, NULL, NULL},
		{"/?x", DAV_OK, DAV_ROOT, NULL, NULL},
		{"/dav", DAV_OK, DAV_TOP, NULL, NULL},
		{"/dav/", DAV_OK, DAV_TOP, NULL, NULL},
		{"/%64av/", DAV_OK, DAV_TOP, NULL, NULL},
		{"/dav/principals/", DAV_OK, DAV_PRINCIPALS, "principals", NULL},
		{"/dav/principals/users", DAV_OK, DAV_PRINCIPALS, "principals/users", NULL},
		{"/dav/principals/users/a/", DAV_OK, DAV_USER, "principals/users", "a"},
		{"/dav/principals/groups/g", DAV_OK, DAV_GROUP, "principals/groups", "g"},
		{"/dav/principals/others/", DAV_NOT_FOUND, 0, NULL, NULL},
		{"/dav/principals/users/a/calendar-proxy-read/", DAV_NOT_FOUND, 0, NULL, NULL},
		{"/dav/calendars/", DAV_OK, DAV_HOMES, "calendars", NULL},
		{"/dav/calendars/a", DAV_OK, DAV_CALENDAR_HOME, "calendars/a", NULL},
		{"/dav/calendars/a/c/", DAV_OK, DAV_CALENDAR, "calendars/a/c", NULL},
		{"/dav/calendars/a/c/x.ics", DAV_OK, DAV_EVENT, "calendars/a/c", "x.ics"},
		{"/dav/calendars/a/c/x/y", DAV_NOT_FOUND, 0, NULL, NULL},
		{"/dav/addressbooks/a/b/x%20y.vcf?q=%zz", DAV_OK, DAV_CARD, "addressbooks/a/b",
			"x y.vcf"},
		{"/dav/files/a/", DAV_OK, DAV_FOLDER, "files/a", NULL},
		{"/dav/files/a/b", DAV_OK, DAV_FILE, "files/a", "b"},
		{"/dav/files/a/b/", DAV_OK, DAV_FOLDER, "files/a/b", NULL},
		{"/dav/files/a/b/c/d", DAV_OK, DAV_FILE, "files/a/b/c", "d"},
		{"http://host/dav/calendars/a/", DAV_OK, DAV_CALENDAR_HOME, "calendars/a", NULL},
		{"/davx/", DAV_NOT_FOUND, 0, NULL, NULL},
		{"/dav/nothing/", DAV_NOT_FOUND, 0, NULL, NULL},
		{"", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"dav", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav//calendars/", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/../files/", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/%2e%2e/x", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/./x", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/c/x%00y", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/c/x%2fy", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/c/x%2", DAV_BAD_REQUEST, 0, NULL, NULL},
		{"/dav/calendars/a/c/x%gg", DAV_BAD_REQUEST, 0, NULL, NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dav_path path = {0};
		enum dav_code code = dav_path_parse(arena, rows[i].target, &path);
		if (code != rows[i].code || path.kind != rows[i].kind ||
			!text_equal(path.collection, rows[i].collection) ||
			!text_equal(path.name, rows[i].name))
			fail_msg("%s: code %d kind %d %s %s", rows[i].target, code, path.kind,
				path.collection, path.name);
	}
	arena_free(arena);
}

static void refuses_what_is_too_long(void **state)
{
	struct arena *arena = arena_new();
	struct dav_path path;
	char target[20000];

	(void)state;
	for (size_t len = 250; len < 260; len++) {
		int at = snprintf(target, sizeof(target), "/dav/calendars/a/c/");
		memset(target + at, 'x', len);
		target[at + (int)len] = '\0';
		assert_int_equal(dav_path_parse(arena, target, &path),
			len <= STORE_MAX_NAME ? DAV_OK : DAV_URI_TOO_LONG);
	}
	memset(target, 'x', sizeof(target));
	memcpy(target, "/dav/files/a/", 13);
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(dav_path_parse(arena, target, &path), DAV_URI_TOO_LONG);
	for (size_t i = 13; i + 1 < sizeof(target); i += 2)
		target[i + 1] = '/';
	target[2000] = '\0';
	assert_int_equal(dav_path_parse(arena, target, &path), DAV_URI_TOO_LONG);
	arena_free(arena);
}

/* Every name goes into the tree, is one that the store takes, and comes back. */
static void keeps_odd_names(void **state)
{
	static const struct {
		const char *segment, *tree, *href;
	} rows[] = {
		{"a.ics", "a.ics", "a.ics"},
		{"x y", "x y", "x%20y"},
		{"100%", "100%25", "100%25"},
		{"a%20b", "a%2520b", "a%2520b"},
		{".hidden", "%2Ehidden", ".hidden"},
		{".git", "%2Egit", ".git"},
		{"GIT~1", "GIT%7E1", "GIT~1"},
		{"gi7eba~1", "gi7eba%7E1", "gi7eba~1"},
		{"\xe2\x80\x8c.git", "%E2%80%8C%2Egit", "%E2%80%8C.git"},
		{"a:b\\c", "a%3Ab%5Cc", "a%3Ab%5Cc"},
		{"line\nend\x7f", "line%0Aend%7F", "line%0Aend%7F"},
		{"\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac", "%C3%A4%E2%82%AC"},
		{"\xff\xfe", "\xff\xfe", "%FF%FE"},
		{"a+b@c;d&e=f", "a+b@c;d&e=f", "a+b@c%3Bd%26e=f"},
		{"'()*!$,~", "'()*!$,~", "'()*!$,~"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum dav_code code = DAV_OK;
		struct dav_path path;
		struct buf href;
		char *tree = dav_tree_name(arena, rows[i].segment, &code);
		assert_string_equal(tree, rows[i].tree);
		assert_true(store_name_ok(tree));
		assert_string_equal(dav_url_name(arena, tree), rows[i].segment);
		buf_init(&href, 4096);
		dav_href_of(&href, "calendars/a/c", tree);
		assert_string_equal(
			href.data, arena_printf(arena, "/dav/calendars/a/c/%s", rows[i].href));
		assert_int_equal(dav_path_parse(arena, href.data, &path), DAV_OK);
		assert_string_equal(path.name, rows[i].tree);
		buf_free(&href);
	}
	arena_free(arena);
}

static void reserves_names(void **state)
{
	static const struct {
		const char *target;
		bool reserved;
	} rows[] = {
		{"/dav/calendars/a/inbox/", true},
		{"/dav/calendars/a/outbox/", true},
		{"/dav/calendars/a/notifications/x", true},
		{"/dav/calendars/a/attachments/", true},
		{"/dav/calendars/a/calendar-proxy-read/", true},
		{"/dav/calendars/a/.x/", true},
		{"/dav/calendars/a/@2026-11-01/", true},
		{"/dav/calendars/a/c/;add-member", true},
		{"/dav/calendars/a/c/inbox", false},
		{"/dav/calendars/a/c/@x", false},
		{"/dav/calendars/a/inbox2/", false},
		{"/dav/files/a/.git/x", true},
		{"/dav/files/a/.DS_Store", false},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dav_path path;
		assert_int_equal(dav_path_parse(arena, rows[i].target, &path), DAV_OK);
		if (path.reserved != rows[i].reserved)
			fail_msg("%s", rows[i].target);
	}
	arena_free(arena);
}

static void compares_hosts(void **state)
{
	static const struct {
		const char *url, *path;
		enum dav_code code;
	} rows[] = {
		{"/dav/x", "/dav/x", DAV_OK},
		{" \t/dav/x\r\n", "/dav/x", DAV_OK},
		{"http://inner:8080/dav/x", "/dav/x", DAV_OK},
		{"https://Cal.Example.org/dav/x", "/dav/x", DAV_OK},
		{"https://cal.example.org:443/dav/x", "/dav/x", DAV_OK},
		{"http://anna@cal.example.org/dav/x", "/dav/x", DAV_OK},
		{"http://cal.example.org", "/", DAV_OK},
		{"http://cal.example.org:8081/dav/x", NULL, DAV_BAD_GATEWAY},
		{"http://other.example.org/dav/x", NULL, DAV_BAD_GATEWAY},
		{"//cal.example.org/dav/x", NULL, DAV_BAD_REQUEST},
		{"nonsense", NULL, DAV_BAD_REQUEST},
		{"", NULL, DAV_BAD_REQUEST},
		{"://x/y", NULL, DAV_BAD_REQUEST},
		{"a/b://x/y", NULL, DAV_BAD_REQUEST},
	};
	struct arena *arena = arena_new();
	struct dav_server server = {.public_host = "cal.example.org"};
	struct dav_request request = {.host = "inner:8080"};
	struct dav_exchange x = {.server = &server, .request = &request, .arena = arena};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum dav_code code = DAV_OK;
		char *path = dav_local_target(&x, rows[i].url, &code);
		if (!text_equal(path, rows[i].path) || code != rows[i].code)
			fail_msg("%s: %s, %d", rows[i].url, path, code);
	}
	arena_free(arena);
}

static void wants_login_by_shape(void **state)
{
	static const struct {
		const char *method, *target;
		bool needs;
	} rows[] = {
		{"GET", "/", false},
		{"HEAD", "/?x", false},
		{"PROPFIND", "/", true},
		{"PUT", "/", true},
		{"OPTIONS", "/dav/calendars/anna/", false},
		{"GET", "/dav", true},
		{"GET", "/dav/nothing", true},
		{"GET", "/davos", false},
		{"GET", "/health", false},
		{"PROPFIND", "/.well-known/caldav", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (dav_needs_login(rows[i].method, rows[i].target) != rows[i].needs)
			fail_msg("%s %s", rows[i].method, rows[i].target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_shapes),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(keeps_odd_names),
		cmocka_unit_test(reserves_names),
		cmocka_unit_test(compares_hosts),
		cmocka_unit_test(wants_login_by_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
