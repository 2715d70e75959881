/* SPDX-License-Identifier: ISC */
/* Links in process: the management interface (src/api_links.c), and what an address under /public/ opens (src/public.c). */
#include "ical/cal.h"
#include "src/api.h"
#include "src/auth.h"
#include "src/base/clock.h"
#include "src/base/text.h"
#include "src/public.h"
#include "storage/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON "application/json"
#define CLUB "/api/v1/users/anna/collections/club/links"
#define BOOK "/api/v1/users/anna/collections/friends/links"

static struct app app;
static struct arena *arena;

struct row {
	const char *who; /* "admin", "anna", NULL: nobody */
	const char *method, *target, *body;
	int status;
	const char *has; /* must be in the answer */
};

static const char *call(const struct row *row, int *status)
{
	struct api_response response = {0};
	struct api_request request = {
		.method = row->method,
		.target = row->target,
		.content_type = row->body ? JSON : NULL,
		.body = row->body ? row->body : "",
		.body_len = row->body ? strlen(row->body) : 0,
		.person = {.name = row->who, .admin = text_equal(row->who, "admin")},
		.base = "https://cal.example.org",
	};

	api_handle(&app, &request, &response);
	*status = response.status;
	const char *body = arena_strdup(arena, response.body.data ? response.body.data : "");
	api_response_free(&response);
	return body;
}

static void run(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		int status;
		const char *body = call(row, &status);
		if (status != row->status || (row->has && !strstr(body, row->has)))
			fail_msg("row %zu: %s %s: %d, wanted %d with \"%s\":\n%s", i, row->method,
				row->target, status, row->status, row->has ? row->has : "", body);
	}
}
#define RUN(rows) run(rows, sizeof(rows) / sizeof(*(rows)))

static int begin(void **state)
{
	static const struct store_options options = {.inspect = cal_inspect};
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=one", NULL, 201, NULL},
		{"admin", "PUT", "/users/bob?password=one", NULL, 201, NULL},
		{"anna", "POST", "/api/v1/users/anna/collections", "{\"name\": \"club\"}", 201,
			NULL},
		{"anna", "POST", "/api/v1/users/anna/collections", "{\"name\": \"caf\\u00e9 +1\"}",
			201, NULL},
		{"anna", "POST", "/api/v1/users/anna/collections",
			"{\"name\": \"friends\", \"kind\": \"addressbook\"}", 201, NULL},
	};

	(void)state;
	arena = arena_new();
	app = (struct app){.config = config_new()};
	if (store_open_memory(&app.store, &options) != STORE_OK)
		return 1;
	app.auth = auth_new(app.store, app.config);
	RUN(rows);
	return 0;
}

static int end(void **state)
{
	(void)state;
	auth_free(app.auth);
	store_close(app.store);
	config_free((struct config *)app.config);
	arena_free(arena);
	return 0;
}

/* The text of a member of an answer: `"url": "…"`. */
static const char *member(const char *json, const char *name)
{
	const char *at = strstr(json, arena_printf(arena, "\"%s\": \"", name));

	if (!at)
		fail_msg("no %s in %s", name, json);
	at = strchr(at, ':') + 3;
	return arena_strndup(arena, at, strcspn(at, "\""));
}

/* Makes a link; its answer. */
static const char *make(const char *target, const char *body)
{
	const struct row row = {"anna", "POST", target, body, 201, NULL};
	int status;
	const char *answer = call(&row, &status);

	if (status != 201)
		fail_msg("%d: %s", status, answer);
	return answer;
}

/* ---------------------------------------------------------------- the management interface */

static void making(void **state)
{
	static const struct row rows[] = {
		{"anna", "POST", CLUB, "{\"name\": \"Oma's tablet\", \"busy\": true}", 201,
			"\"name\": \"Oma's tablet\""},
		{"anna", "POST", CLUB, NULL, 201, "\"state\": \"active\""},
		{"anna", "POST", CLUB, "{}", 201, "\"last_used\": null"},
		{"anna", "POST", CLUB, "{\"expires\": \"30\"}", 201, "\"expires\": \"20"},
		{"admin", "POST", CLUB, "{\"expires\": \"2999-12-31\"}", 201,
			"\"expires\": \"3000-01-01T00:00:00Z\""},
		{"anna", "POST", CLUB, "{\"expires\": \"2999-12-31T18:00:00+01:00\"}", 201,
			"\"expires\": \"2999-12-31T17:00:00Z\""},
		{"anna", "POST", BOOK, "{}", 201, ".vcf\""},
		{"anna", "POST", BOOK, "{\"kind\": \"addressbook\"}", 201, "\"webcal\": null"},
		/* rights, by the shape of the target alone */
		{NULL, "POST", CLUB, "{}", 401, "log in"},
		{"bob", "POST", CLUB, "{}", 403, "only anna and admins"},
		{"bob", "GET", CLUB, NULL, 403, "only anna and admins"},
		{"bob", "GET", "/api/v1/users/anna/links", NULL, 403, "only anna and admins"},
		{"bob", "DELETE", "/api/v1/users/anna/links/x", NULL, 403, "only anna and admins"},
		/* bad input */
		{"anna", "POST", CLUB, "{\"expires\": \"2020-01-01\"}", 400, "is past"},
		{"anna", "POST", CLUB, "{\"expires\": \"0\"}", 400, "must be a date"},
		{"anna", "POST", CLUB, "{\"expires\": \"36501\"}", 400, "must be a date"},
		{"anna", "POST", CLUB, "{\"expires\": \"-1\"}", 400, "must be a date"},
		{"anna", "POST", CLUB, "{\"expires\": \"2026-02-30\"}", 400, "must be a date"},
		{"anna", "POST", CLUB, "{\"expires\": \"99999999999999999999999\"}", 400,
			"must be a date"},
		{"anna", "POST", CLUB, "{\"name\": \"a\\nb\"}", 400, "control characters"},
		{"anna", "POST", CLUB, "{\"name\": 7}", 400, "must be a text"},
		{"anna", "POST", CLUB, "{\"busy\": \"perhaps\"}", 400, "true or false"},
		{"anna", "POST", CLUB, "{\"token\": \"mine\"}", 400, "unknown"},
		{"anna", "POST", CLUB, "{\"kind\": \"files\"}", 400, "calendar or addressbook"},
		{"anna", "POST", CLUB, "{\"kind\": \"addressbook\"}", 404,
			"club is a calendar, not"},
		{"anna", "POST", BOOK, "{\"busy\": true}", 400, "never busy"},
		{"anna", "POST", "/api/v1/users/anna/collections/none/links", "{}", 404,
			"no anna/none"},
		{"anna", "POST", "/api/v1/users/anna/collections/../links", "{}", 404, NULL},
		{"anna", "POST", "/api/v1/users/anna/collections/%2e%2e/links", "{}", 404, NULL},
		{"anna", "POST", "/api/v1/users/anna/collections/a%2Fb/links", "{}", 400,
			"malformed"},
		{"admin", "POST", "/api/v1/users/nobody/collections/club/links", "{}", 404,
			"no user nobody"},
		{"anna", "POST", "/api/v1/users/anna/links", "{}", 405, "GET"},
	};
	char *long_name = arena_alloc(arena, LINK_MAX_NAME + 2);
	int status;

	(void)state;
	RUN(rows);
	memset(long_name, 'x', LINK_MAX_NAME + 1);
	const struct row too_long = {"anna", "POST", CLUB,
		arena_printf(arena, "{\"name\": \"%s\"}", long_name), 400, NULL};
	call(&too_long, &status);
	assert_int_equal(status, 400);
}

static void addresses(void **state)
{
	const char *answer = make(CLUB, "{}");
	const char *url = member(answer, "url"), *webcal = member(answer, "webcal");

	(void)state;
	assert_true(text_starts(url, "https://cal.example.org/public/"));
	assert_true(text_ends(url, ".ics"));
	assert_int_equal(strlen(url), strlen("https://cal.example.org/public/.ics") + LINK_TOKEN);
	assert_string_equal(webcal, arena_printf(arena, "webcal%s", strchr(url, ':')));
	/* what the configuration says wins */
	struct config *config = (struct config *)app.config;
	config->public_url = "https://outside.example.org";
	assert_true(text_starts(
		member(make(CLUB, "{}"), "url"), "https://outside.example.org/public/"));
	config->public_url = NULL;
}

static void listing_and_revoking(void **state)
{
	const char *answer = make("/api/v1/users/anna/collections/tasks/links", "{}");
	const char *id = member(answer, "id"), *token = member(answer, "url");
	const struct row rows[] = {
		{"anna", "GET", "/api/v1/users/anna/links", NULL, 200, token},
		{"admin", "GET", "/api/v1/users/anna/links", NULL, 200, token},
		{"anna", "GET", "/api/v1/users/anna/collections/tasks/links", NULL, 200, token},
		{"anna", "GET", CLUB "?kind=calendar", NULL, 200, "anna/club"},
		{"bob", "GET", "/api/v1/users/bob/links", NULL, 200, "\"links\": []"},
		{"bob", "DELETE", arena_printf(arena, "/api/v1/users/bob/links/%s", id), NULL, 404,
			"has no link"},
		{"anna", "DELETE", "/api/v1/users/anna/links/aaaaaaaa", NULL, 404, "has no link"},
		{"anna", "DELETE", "/api/v1/users/anna/links/..", NULL, 404, "has no link"},
		{"anna", "DELETE", "/api/v1/users/anna/links/%0a", NULL, 404, "has no link"},
		{"admin", "DELETE", "/api/v1/users/nobody/links/x", NULL, 404, NULL},
		{"anna", "DELETE", arena_printf(arena, "/api/v1/users/anna/links/%s", id), NULL,
			204, NULL},
		{"anna", "DELETE", arena_printf(arena, "/api/v1/users/anna/links/%s", id), NULL,
			404, "has no link"},
		{"anna", "GET", "/api/v1/users/anna/collections/tasks/links", NULL, 200,
			"\"links\": []"},
	};
	const struct row other = {"anna", "GET", CLUB, NULL, 200, NULL};
	int status;

	(void)state;
	RUN(rows);
	assert_null(strstr(call(&other, &status), "anna/tasks"));
}

/* ---------------------------------------------------------------- addresses */

static bool finds(const char *path, struct public_place *place)
{
	return public_find(&app, arena, path, place);
}

/* "/public/TOKEN.ics" of an answer. */
static const char *path_of(const char *answer)
{
	return strchr(member(answer, "url") + strlen("https://"), '/');
}

static void tokens_lead_to_guests(void **state)
{
	const char *path = path_of(make(CLUB, "{\"busy\": true}"));
	const char *token = arena_strndup(arena, path + strlen(PUBLIC_PREFIX), LINK_TOKEN);
	struct public_place place;

	(void)state;
	assert_true(finds(path, &place));
	assert_string_equal(place.guest.collection, "calendars/anna/club");
	assert_true(place.guest.busy);
	assert_false(place.guest.by_acl);
	assert_string_equal(place.target, "/dav/calendars/anna/club/");
	assert_string_equal(place.link.token, token);
	/* the suffix may be another one, or missing */
	assert_true(finds(arena_printf(arena, "/public/%s", token), &place));
	assert_true(finds(arena_printf(arena, "/public/%s.vcf", token), &place));
	static const char *const wrong[] = {"/public/%s/", "/public/%s.ics/", "/public/%s.ics.ics",
		"/public/%s.txt", "/public/./%s", "/public//%s", "/public/x%s", "/public/%s%%00",
		"/Public/%s", "/dav/%s", "%s"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct buf text;
		const char *at = strstr(wrong[i], "%s");
		buf_init(&text, 1000);
		buf_add(&text, wrong[i], (size_t)(at - wrong[i]));
		buf_adds(&text, token);
		buf_adds(&text, at + 2);
		if (finds(text.data, &place))
			fail_msg("found: %s", wrong[i]);
		buf_free(&text);
	}
	assert_true(finds(path_of(make(BOOK, "{}")), &place));
	assert_string_equal(place.guest.collection, "addressbooks/anna/friends");
	assert_false(place.guest.busy);
	const char *odd = "/api/v1/users/anna/collections/caf%C3%A9%20%2B1/links";
	assert_true(finds(path_of(make(odd, "{}")), &place));
	assert_string_equal(place.guest.collection, "calendars/anna/caf\xc3\xa9 +1");
	assert_string_equal(place.target, "/dav/calendars/anna/caf%C3%A9%20+1/");
}

static void names_lead_to_guests_by_acl(void **state)
{
	static const struct {
		const char *path, *collection; /* NULL: nowhere */
	} rows[] = {
		{"/public/anna/club.ics", "calendars/anna/club"},
		{"/public/anna/caf%C3%A9%20+1.ics", "calendars/anna/caf\xc3\xa9 +1"},
		{"/public/anna/friends.vcf", "addressbooks/anna/friends"},
		{"/public/anna/club.vcf", NULL},
		{"/public/anna/friends.ics", NULL},
		{"/public/anna/club", NULL},
		{"/public/anna/club.ics/", NULL},
		{"/public/anna/none.ics", NULL},
		{"/public/nobody/club.ics", NULL},
		{"/public/anna/.ics", NULL},
		{"/public/anna/", NULL},
		{"/public/../anna/club.ics", NULL},
		{"/public/anna/../club.ics", NULL},
		{"/public/%2e%2e/club.ics", NULL},
		{"/public/anna%2Fclub.ics", NULL},
		{"/public/anna/club%2Eics", NULL},
		{"/public/anna/club%00.ics", NULL},
		{"/public/anna/club/x.ics", NULL},
		{"/public/", NULL},
		{"/public", NULL},
		{"/public//", NULL},
		{"/public/.ics", NULL},
		{"", NULL},
	};
	struct public_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool found = finds(rows[i].path, &place);
		if (found != (rows[i].collection != NULL))
			fail_msg("%s", rows[i].path);
		if (!found)
			continue;
		assert_string_equal(place.guest.collection, rows[i].collection);
		assert_true(place.guest.by_acl);
		assert_false(place.guest.busy);
		assert_int_equal(strlen(place.guest.id), 36);
		assert_null(place.link.token);
	}
	char *long_path = arena_alloc(arena, 20001);
	memset(long_path, 'a', 20000);
	memcpy(long_path, "/public/", 8);
	assert_false(finds(long_path, &place));
	memcpy(long_path, "/public/a/", 10);
	memcpy(long_path + 19996, ".ics", 4);
	assert_false(finds(long_path, &place));
}

static void a_calendar_made_again_is_another_one(void **state)
{
	static const struct row remove[] = {
		{"anna", "DELETE", "/api/v1/users/anna/collections/club", NULL, 204, NULL},
		{"anna", "GET", "/api/v1/users/anna/links", NULL, 200, "\"state\": \"gone\""},
	};
	static const struct row again[] = {
		{"anna", "POST", "/api/v1/users/anna/collections", "{\"name\": \"club\"}", 201,
			NULL},
		{"anna", "GET", CLUB, NULL, 200, "\"links\": []"},
	};
	const char *path = path_of(make(CLUB, "{}"));
	struct public_place place;

	(void)state;
	assert_true(finds(path, &place));
	const char *id = arena_strdup(arena, place.guest.id);
	RUN(remove);
	assert_false(finds(path, &place));
	RUN(again);
	assert_false(finds(path, &place));
	assert_true(finds("/public/anna/club.ics", &place));
	assert_string_not_equal(place.guest.id, id);
}

static void wrong_addresses_earn_a_wait(void **state)
{
	unsigned free_ones = 0, wait = 0;
	struct dav_person person;

	(void)state;
	while (free_ones < 100 && !(wait = auth_wrong_address(app.auth, "192.0.2.7")))
		free_ones++;
	assert_in_range(free_ones, 5, 50);
	assert_true(wait >= 1 && wait <= AUTH_MAX_WAIT);
	/* counted apart from log-ins, and by address */
	const struct auth_request login = {
		.authorization = "Basic YW5uYTpvbmU=", .remote = "192.0.2.7"};
	assert_int_equal(auth_check(app.auth, &login, arena, &person, &wait), AUTH_HASH);
	assert_int_equal(auth_wrong_address(app.auth, "192.0.2.8"), 0);
	assert_int_equal(auth_wrong_address(app.auth, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(making),
		cmocka_unit_test(addresses),
		cmocka_unit_test(listing_and_revoking),
		cmocka_unit_test(tokens_lead_to_guests),
		cmocka_unit_test(names_lead_to_guests_by_acl),
		cmocka_unit_test(a_calendar_made_again_is_another_one),
		cmocka_unit_test(wrong_addresses_earn_a_wait),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
