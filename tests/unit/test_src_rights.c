/* SPDX-License-Identifier: ISC */
/*
 * The management interface is no way around rights: export, log and import by owner, sharee, admin, stranger and keeper, of
 * one calendar with an entry of each kind. What others than the owner are told is a table; each entry has a time of its own,
 * so that what is shown as busy can be told from what is hidden.
 */
#include "ical/cal.h"
#include "src/api.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HOME "/dav/calendars/anna/personal/"
#define NS                                                                                         \
	" xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:S=\"http://calendarserver.org/ns/\""
#define HREF(user) "<D:principal><D:href>/dav/principals/users/" user "/</D:href></D:principal>"
#define PRIV(name) "<D:privilege><D:" name "/></D:privilege>"
#define GRANT(what) "<D:ace>" HREF("ben") "<D:grant>" what "</D:grant></D:ace>"
#define READER GRANT(PRIV("read"))
#define EDITOR GRANT(PRIV("read") PRIV("write"))
#define BUSY GRANT("<D:privilege><C:read-free-busy/></D:privilege>")
#define AUTHOR                                                                                      \
	GRANT(PRIV("read") PRIV("bind"))                                                            \
	"<D:ace><D:principal><D:property><S:created-by/></D:property></D:principal><D:grant>" PRIV( \
		"write-content") "</D:grant></D:ace>"
#define SHARE "/api/v1/users/ben/collections/anna-personal"
#define OWN "/api/v1/users/anna/collections/personal"

/* The entries: by name, summary and hour. */
static const struct entry {
	const char *who, *name, *summary, *hour, *class;
} entries[] = {
	{"anna", "open.ics", "Mopen", "01", "PUBLIC"},
	{"anna", "half.ics", "Mhalf", "02", "CONFIDENTIAL"},
	{"anna", "secret.ics", "Msecret", "03", "PRIVATE"},
	{"ben", "his.ics", "Mhis", "04", "PRIVATE"},
	{"anna", "party.ics", "Mparty", "05",
		"PUBLIC"}, /* with an entry that denies ben everything */
};
#define N_ENTRIES (sizeof(entries) / sizeof(*entries))

static struct app app;
static struct arena *arena;

static int dav(const char *who, const char *method, const char *target, const char *body)
{
	const struct dav_header headers[] = {
		{"Content-Type", strcmp(method, "PUT") == 0 ? "text/calendar" : "application/xml"},
		{"User-Agent", text_equal(who, "anna") ? "AnnasPhone/1" : "BensPhone/1"},
	};
	const struct dav_request request = {
		.method = method,
		.target = target,
		.headers = headers,
		.n_headers = 2,
		.body = body,
		.body_len = strlen(body),
		.person = {.name = who},
		.scheme = "http",
		.host = "x",
		.request_id = "t",
	};
	struct dav_response response;

	dav_handle_wait(app.dav, &request, &response);
	int status = response.status;
	dav_response_free(&response);
	return status;
}

static void acl(const char *target, const char *aces)
{
	const char *body = arena_printf(arena, "<D:acl" NS ">%s</D:acl>", aces);

	assert_int_equal(dav("anna", "ACL", target, body), 200);
}

static const char *event(const struct entry *entry, const char *more)
{
	return arena_printf(arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260302T%s0000Z\r\nSUMMARY:%s%s\r\nCLASS:%s\r\n"
		"END:VEVENT\r\nEND:VCALENDAR\r\n",
		entry->name, entry->hour, entry->summary, more, entry->class);
}

static void put(const struct entry *entry, const char *more)
{
	int status = dav(
		entry->who, "PUT", arena_printf(arena, HOME "%s", entry->name), event(entry, more));

	assert_true(status == 201 || status == 204);
}

static int begin(void **state)
{
	static const struct store_options options = {.inspect = cal_inspect};
	static const char *const names[] = {"anna", "ben", "carl", "dora"};
	struct store_result result;

	(void)state;
	arena = arena_new();
	app = (struct app){.config = config_new()};
	if (store_open_memory(&app.store, &options) != STORE_OK)
		return 1;
	app.dav = dav_server_new(&(struct dav_config){.store = app.store});
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct account_spec spec = {.name = names[i], .with_defaults = true};
		if (account_create(app.store, &spec, NULL, &result) != STORE_OK)
			return 1;
	}
	acl(HOME, EDITOR);
	for (size_t i = 0; i < N_ENTRIES; i++)
		put(&entries[i], "");
	acl(HOME "party.ics", "<D:ace>" HREF("ben") "<D:deny>" PRIV("all") "</D:deny></D:ace>");
	return 0;
}

static int end(void **state)
{
	(void)state;
	dav_server_free(app.dav);
	store_close(app.store);
	config_free((struct config *)app.config);
	arena_free(arena);
	return 0;
}

/* carl is an admin; "keeper" is whoever holds the folder. */
static const char *call(
	const char *who, const char *method, const char *target, const char *body, int want)
{
	bool keeper = strcmp(who, "keeper") == 0;
	struct api_request request = {
		.method = method,
		.target = target,
		.content_type = body && *body == '{' ? "application/json" : "text/calendar",
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0,
		.person = {.name = keeper ? "admin" : who,
			.admin = keeper || strcmp(who, "carl") == 0},
		.keeper = keeper,
	};
	struct api_response response = {0};

	api_handle(&app, &request, &response);
	const char *text = arena_strdup(arena, response.body.data ? response.body.data : "");
	if (response.status != want)
		fail_msg("%s: %s %s: %d, wanted %d: %s", who, method, target, response.status, want,
			text);
	api_response_free(&response);
	return text;
}

/* ---------------------------------------------------------------- export */

/* 'a': with its summary; 'b': its time alone; '-': nothing of it. In the order of `entries`. */
static void exported(const char *who, const char *target, const char *want)
{
	const char *text = call(who, "GET", arena_printf(arena, "%s/export", target), NULL, 200);

	for (size_t i = 0; i < N_ENTRIES; i++) {
		bool summary = strstr(text, entries[i].summary),
		     time = strstr(text, arena_printf(arena, "20260302T%s0000Z", entries[i].hour));
		char got = summary ? 'a' : time ? 'b' : '-';
		if (got != want[i])
			fail_msg("%s, %s: %s is '%c', wanted '%c': %s", who, target,
				entries[i].name, got, want[i], text);
	}
}

static void exports(void **state)
{
	(void)state;
	exported("anna", OWN, "aaaaa");
	exported("keeper", OWN, "aaaaa");
	exported("carl", OWN, "ab--a");
	static const struct {
		const char *role, *ben;
	} rows[] = {{EDITOR, "ab-a-"}, {READER, "ab-a-"}, {AUTHOR, "ab-a-"}, {BUSY, "bb---"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		acl(HOME, rows[i].role);
		exported("ben", SHARE, rows[i].ben);
		exported("keeper", SHARE, rows[i].ben); /* as ben would */
		exported("carl", SHARE, "ab--a");
		call("ben", "GET", OWN "/export", NULL, 403);
		call("dora", "GET", OWN "/export", NULL, 403);
		call("dora", "GET", SHARE "/export", NULL, 403);
	}
	acl(HOME, "");
	static const char *const everybody[] = {"ben", "carl", "keeper"};
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(call(everybody[i], "GET", SHARE "/export", NULL, 404),
			"there is no ben/anna-personal"));
	call("anna", "GET", "/api/v1/users/anna/collections/never/export", NULL, 404);
}

/* ---------------------------------------------------------------- log */

/* 'a': its summary; 'b': its name; '-': neither. Everything that was done to an entry, or nothing. */
static const char *logged(const char *who, const char *target, const char *want)
{
	const char *text = call(who, "GET", target, NULL, 200);

	for (size_t i = 0; i < N_ENTRIES; i++) {
		bool summary = strstr(text, entries[i].summary),
		     name = strstr(text, entries[i].name);
		char got = summary ? 'a' : name ? 'b' : '-';
		if (got != want[i])
			fail_msg("%s, %s: %s is '%c', wanted '%c': %s", who, target,
				entries[i].name, got, want[i], text);
	}
	return text;
}

static void nothing_there(const char *who, const char *collection, const char *name)
{
	const char *said = call(
		who, "GET", arena_printf(arena, "/api/v1/log/%s/%s", collection, name), NULL, 404);

	assert_string_equal(said,
		arena_printf(
			arena, "{\n  \"error\": \"there never was %s/%s\"\n}\n", collection, name));
}

static void logs(void **state)
{
	(void)state;
	static const struct {
		const char *role, *ben;
	} rows[] = {{EDITOR, "ab-a-"}, {READER, "ab-a-"}, {AUTHOR, "ab-a-"}, {BUSY, "bb---"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		acl(HOME, rows[i].role);
		static const char *const targets[] = {
			"/api/v1/log/ben?limit=1000", "/api/v1/log/ben/anna-personal"};
		for (size_t k = 0; k < 2; k++) {
			const char *text = logged("ben", targets[k], rows[i].ben);
			assert_non_null(strstr(text, "\"collection\": \"ben/anna-personal\""));
			assert_null(strstr(text, "\"anna/personal\""));
			logged("carl", targets[k], "ab--a");
			logged("keeper", targets[k], "aaaaa");
		}
		nothing_there("ben", "ben/anna-personal", "secret.ics");
		nothing_there("ben", "ben/anna-personal", "party.ics");
		nothing_there("ben", "ben/anna-personal", "never.ics");
		call("ben", "GET", "/api/v1/log/anna", NULL, 403);
		call("ben", "GET", "/api/v1/log/anna/personal/open.ics", NULL, 403);
		call("ben", "GET", "/api/v1/log", NULL, 403);
		call("dora", "GET", "/api/v1/log/ben", NULL, 403);
	}
	logged("anna", "/api/v1/log/anna?limit=1000", "aaaaa");
	logged("anna", "/api/v1/log/anna/personal", "aaaaa");
	logged("keeper", "/api/v1/log?limit=1000", "aaaaa");
	logged("keeper", "/api/v1/log/anna/personal?limit=1000", "aaaaa");
	logged("carl", "/api/v1/log?limit=1000", "ab--a");
	logged("carl", "/api/v1/log/anna/personal?limit=1000", "ab--a");
	nothing_there("carl", "anna/personal", "secret.ics");
	nothing_there("carl", "anna/personal", "his.ics");
	nothing_there("carl", "anna/personal", "never.ics");
	/* the right is gone: so is the calendar, and what it had been */
	acl(HOME, "");
	logged("ben", "/api/v1/log/ben?limit=1000", "-----");
	logged("dora", "/api/v1/log/dora?limit=1000", "-----");
}

/* How many times `what` is in the answer. */
static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Hidden changes are neither told nor counted; the words never come from a subject that tells more. */
static void subjects(void **state)
{
	static const char two[] =
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n"
		"BEGIN:VEVENT\r\nUID:w1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260401T100000Z\r\n"
		"SUMMARY:Whole\r\nEND:VEVENT\r\n"
		"BEGIN:VEVENT\r\nUID:w2\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260401T100000Z\r\n"
		"SUMMARY:Kept back\r\nCLASS:PRIVATE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
	static const struct {
		const char *who, *target, *subject, *n;
	} rows[] = {
		{"anna", "/api/v1/log/anna/personal", "anna imported 2 entries into", "2"},
		{"keeper", "/api/v1/log", "anna imported 2 entries into", "2"},
		{"ben", "/api/v1/log/ben", "anna added \\\"Whole\\\" to Personal (anna)", "1"},
		{"carl", "/api/v1/log", "anna added \\\"Whole\\\" to Personal", "1"},
	};

	(void)state;
	call("anna", "POST", OWN "/import", two, 200);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *text = call(rows[i].who, "GET",
			arena_printf(arena, "%s?limit=1", rows[i].target), NULL, 200);
		if (!strstr(text, arena_printf(arena, "\"subject\": \"%s", rows[i].subject)) ||
			!strstr(text, arena_printf(arena, "\"n_changes\": %s", rows[i].n)))
			fail_msg("%s: %s", rows[i].who, text);
		if (strstr(text, "Kept back") && *rows[i].n == '1')
			fail_msg("%s is told: %s", rows[i].who, text);
	}
	/* busy: that something changed, and nothing more */
	acl(HOME, BUSY);
	put(&entries[0], "!");
	const char *text = call("ben", "GET", "/api/v1/log/ben?limit=1", NULL, 200);
	assert_non_null(strstr(text, "anna changed an entry in Personal (anna)"));
	assert_non_null(strstr(text, "\"summary\": null"));
	/* with which device, who is neither of both is not told */
	assert_null(strstr(text, "AnnasPhone"));
	assert_int_equal(
		count(call("anna", "GET", "/api/v1/log/anna/personal", NULL, 200), "BensPhone"), 1);
	acl(HOME, EDITOR);
	text = call("ben", "GET", "/api/v1/log/ben?limit=1000", NULL, 200);
	assert_int_equal(count(text, "AnnasPhone"), 1); /* it made the share, in ben's home */
	assert_int_equal(count(text, "BensPhone"), 1);
	assert_true(
		count(call("carl", "GET", "/api/v1/log?limit=1000", NULL, 200), "AnnasPhone") > 2);
	/* who may do what with a calendar of hers is not told to others, but that something was set */
	assert_non_null(strstr(text, "anna changed the settings of Personal (anna)"));
	assert_null(strstr(text, "who may do what"));
}

/* A class that changes: what it is now counts, and what it was. */
static void changed_class(void **state)
{
	struct entry entry = entries[0];

	(void)state;
	entry.class = "PRIVATE";
	put(&entry, " closed");
	logged("ben", "/api/v1/log/ben?limit=1000", "-b-a-");
	logged("carl", "/api/v1/log?limit=1000", "-b--a");
	entry.class = "PUBLIC";
	put(&entry, " again");
	const char *text = logged("ben", "/api/v1/log/ben?limit=1000", "ab-a-");
	/* the first; not the one that closed it, nor the one that opened it: it shows what was closed */
	assert_int_equal(count(text, "\"summary\": \"Mopen\""), 1);
	assert_null(strstr(text, "Mopen closed"));
	assert_null(strstr(text, "Mopen again"));
	assert_int_equal(dav("anna", "DELETE", HOME "open.ics", ""), 204);
	assert_non_null(strstr(call("ben", "GET", "/api/v1/log/ben?limit=1", NULL, 200),
		"anna deleted \\\"Mopen again\\\" from"));
	assert_int_equal(dav("anna", "DELETE", HOME "secret.ics", ""), 204);
	assert_int_equal(dav("anna", "DELETE", HOME "party.ics", ""), 204);
	logged("ben", "/api/v1/log/ben?limit=1000", "ab-a-");
	logged("carl", "/api/v1/log?limit=1000", "ab--a");
}

/* ---------------------------------------------------------------- import */

static size_t items(const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(app.store);
	const struct store_collection *c = store_collection(snapshot, path);
	size_t n = c ? store_collection_count(c) : 0;

	store_snapshot_free(snapshot);
	return n;
}

static void imports(void **state)
{
	static const struct entry fresh = {"ben", "fresh", "Mfresh", "09", "PUBLIC"};
	static const struct {
		const char *role, *who;
		const struct entry *entry;
		const char *more;
		int status;
		const char *has;
	} rows[] = {
		/* new, one of anna's, a hidden one, a busy one, one of ben's; as who may write */
		{EDITOR, "ben", &fresh, "", 200, "\"added\": 1"},
		{EDITOR, "ben", &entries[0], " by ben", 200, "\"changed\": 1"},
		{EDITOR, "ben", &entries[1], "", 200, "and ben may not change it"},
		{EDITOR, "ben", &entries[2], "", 200, "and ben may not change it"},
		{EDITOR, "ben", &entries[2], " by ben", 200, "and ben may not change it"},
		{EDITOR, "ben", &entries[3], " by ben", 200, "\"changed\": 1"},
		{EDITOR, "ben", &entries[4], "", 200, "and ben may not change it"},
		{EDITOR, "keeper", &entries[2], "", 200, "and ben may not change it"},
		/* an author adds */
		{AUTHOR, "ben", &entries[0], " again", 200, "and ben may not change it"},
		{AUTHOR, "ben", &entries[3], " again", 200, "\"changed\": 1"},
		{READER, "ben", &fresh, "!", 403, "ben may only look at ben/anna-personal"},
		{READER, "keeper", &fresh, "!", 403, "ben may only look at ben/anna-personal"},
		{BUSY, "ben", &fresh, "!", 403, "ben may only look at ben/anna-personal"},
		{"", "keeper", &fresh, "!", 200, "\"created\": true"},
		/* an admin, by the rights of admins */
		{READER, "carl", &fresh, " by carl", 200, "\"changed\": 1"},
		{READER, "carl", &entries[2], "", 200, "and carl may not change it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t hers = items("calendars/anna/personal");
		acl(HOME, rows[i].role);
		const char *text = call(rows[i].who, "POST",
			*rows[i].role ? SHARE "/import"
				      : "/api/v1/users/ben/collections/new/import",
			event(rows[i].entry, rows[i].more), rows[i].status);
		if (!strstr(text, rows[i].has))
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(items("calendars/anna/personal"), hers + (i == 0));
		assert_int_equal(items("calendars/ben/anna-personal"), 0);
	}
	assert_non_null(strstr(call("carl", "POST", OWN "/import", event(&entries[2], ""), 200),
		"and carl may not change it"));
	assert_non_null(strstr(call("anna", "POST", OWN "/import", event(&entries[2], ""), 200),
		"\"unchanged\": 1"));
	assert_non_null(strstr(call("keeper", "POST", OWN "/import", event(&entries[2], ""), 200),
		"\"unchanged\": 1"));
	call("ben", "POST", OWN "/import", event(&fresh, ""), 403);
	call("dora", "POST", SHARE "/import", event(&fresh, ""), 403);
}

/* A title that names a share leads into it as its name does. */
static void imports_by_title(void **state)
{
	static const char file[] =
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nX-WR-CALNAME:anna-personal\r\n"
		"BEGIN:VEVENT\r\nUID:t\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260401T100000Z\r\n"
		"SUMMARY:T\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

	(void)state;
	acl(HOME, READER);
	assert_non_null(strstr(call("ben", "POST", "/api/v1/users/ben/import", file, 200),
		"ben may not add to ben/anna-personal"));
	assert_int_equal(items("calendars/anna/personal"), N_ENTRIES);
	acl(HOME, EDITOR);
	assert_non_null(
		strstr(call("ben", "POST", "/api/v1/users/ben/import", file, 200), "\"added\": 1"));
	assert_int_equal(items("calendars/anna/personal"), N_ENTRIES + 1);
	assert_int_equal(items("calendars/ben/anna-personal"), 0);
}

/* ---------------------------------------------------------------- the rest */

static void others(void **state)
{
	(void)state;
	/* what is somebody else's is not ben's to show to the world */
	assert_non_null(strstr(call("ben", "POST", SHARE "/links", "{\"name\": \"x\"}", 403),
		"is shared by somebody else"));
	assert_non_null(
		strstr(call("ben", "GET", "/api/v1/users/ben/links", NULL, 200), "\"links\": []"));
	/* lists tell of calendars, not of what is in them */
	static const char *const lists[] = {"/api/v1/users/anna/collections",
		"/api/v1/users/ben/collections", "/api/v1/users", "/api/v1/users/anna",
		"/api/v1/devices", "/api/v1/users/anna/links", "/api/v1/groups", "/api/v1/version"};
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const char *text = call("carl", "GET", lists[i], NULL, 200);
		for (size_t k = 0; k < N_ENTRIES; k++)
			if (strstr(text, entries[k].summary) || strstr(text, entries[k].name))
				fail_msg("%s: %s", lists[i], text);
	}
	/* ben unsubscribes; the calendar stays, and he may go on where it is */
	call("ben", "DELETE", SHARE, NULL, 204);
	assert_int_equal(items("calendars/anna/personal"), N_ENTRIES);
	logged("ben", "/api/v1/log/ben?limit=1000", "-----");
}

/* One entry of one's own, by each way. */
static void one_entry(void **state)
{
	static const struct entry dentist = {"anna", "one", "Dentist", "10", "PUBLIC"};
	static const struct {
		const char *who, *method, *target, *has;
		int status;
	} rows[] = {
		{"anna", "GET", "/api/v1/log/anna/personal/one.ics", "\"summary\": \"Dentist\"",
			200},
		{"anna", "GET", "/api/v1/log/anna/personal", "\"collection\": \"anna/personal\"",
			200},
		{"anna", "GET", "/api/v1/log/anna?limit=1", "anna imported 1 entry into", 200},
		{"carl", "GET", "/api/v1/log?limit=1", "\"user\": \"anna\"", 200},
		{"anna", "GET", OWN "/export", "SUMMARY:Dentist", 200},
		{"dora", "GET", OWN "/export", "only anna and admins", 403},
		{"anna", "GET", "/api/v1/users/anna/collections/never/export", "no anna/never",
			404},
		{"carl", "POST", "/api/v1/check", "\"ok\": true", 200},
		{"anna", "POST", "/api/v1/check", "only admins", 403},
	};

	(void)state;
	call("anna", "POST", OWN "/import", event(&dentist, ""), 200);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *text = call(
			rows[i].who, rows[i].method, rows[i].target, NULL, rows[i].status);
		if (!strstr(text, rows[i].has))
			fail_msg("%s: wanted %s: %s", rows[i].target, rows[i].has, text);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exports),
		TEST(logs),
		TEST(subjects),
		TEST(changed_class),
		TEST(imports),
		TEST(imports_by_title),
		TEST(others),
		TEST(one_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
