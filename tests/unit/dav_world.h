/* SPDX-License-Identifier: ISC */
/*
 * A small household for tests of webdav/: a store in memory with the users anna and ben, a
 * server on it, and one request at a time. Header only: every test program is one file.
 */
#ifndef TESTS_DAV_WORLD_H
#define TESTS_DAV_WORLD_H

#include "ical/cal.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/dav.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HOME "/dav/calendars/anna/"
#define CAL HOME "personal/"
#define BOOKS "/dav/addressbooks/anna/"
#define BOOK BOOKS "friends/"
#define NS_ALL                                                                                     \
	" xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\""                              \
	" xmlns:R=\"urn:ietf:params:xml:ns:carddav\" xmlns:S=\"http://calendarserver.org/ns/\""    \
	" xmlns:A=\"http://apple.com/ns/ical/\""

struct world {
	struct store *store;
	struct dav_server *server;
	struct dav_response answer; /* to the last request */
	struct arena *arena;
	const char *person;
	bool admin;     /* is the person one? */
	unsigned scope; /* of the person's device */
	const struct dav_guest *guest;
	const char *depth; /* header of the next requests, or NULL */
};

/* One request; what it answered is in w->answer until the next one. Returns the status. */
static __attribute__((unused)) int ask_with(struct world *w, const char *method, const char *target,
	const char *body, const struct dav_header *extra)
{
	struct dav_header headers[6] = {{"Content-Type", "application/xml"}};
	struct dav_request request = {.method = method,
		.target = target,
		.headers = headers,
		.n_headers = 1,
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0,
		.scheme = "http",
		.host = "cal.example.org",
		.person = {.name = w->person, .admin = w->admin, .scope = w->scope},
		.guest = w->guest,
		.request_id = "test"};

	if (!body)
		request.n_headers = 0;
	else if (strcmp(method, "PUT") == 0)
		headers[0].value = text_starts(body, "BEGIN:VCARD") ? "text/vcard"
								    : "text/calendar";
	if (w->depth)
		headers[request.n_headers++] = (struct dav_header){"Depth", w->depth};
	for (; extra && extra->name; extra++)
		headers[request.n_headers++] = *extra;
	dav_response_free(&w->answer);
	/* The request outlives the answer, as dav_handle wants it. */
	struct dav_request *kept = arena_memdup(w->arena, &request, sizeof(request));
	kept->headers = arena_memdup(w->arena, headers, sizeof(headers));
	kept->target = arena_strdup(w->arena, target);
	kept->body = arena_strdup(w->arena, request.body);
	dav_handle_wait(w->server, kept, &w->answer);
	return w->answer.status;
}

static __attribute__((unused)) int ask(
	struct world *w, const char *method, const char *target, const char *body)
{
	return ask_with(w, method, target, body, NULL);
}

static __attribute__((unused)) const char *body_of(const struct world *w)
{
	return w->answer.body.data ? w->answer.body.data : "";
}

/* The status must be `want`; says the whole answer when not. */
static __attribute__((unused)) void expect(struct world *w, const char *name, int want)
{
	if (w->answer.status != want)
		fail_msg("%s: status %d, want %d: %s", name, w->answer.status, want, body_of(w));
}

/* `text` must be (or with `!` in front not be) in the answer. */
static __attribute__((unused)) void expect_text(struct world *w, const char *name, const char *text)
{
	bool want = *text != '!';

	text += !want;
	if (!strstr(body_of(w), text) == want)
		fail_msg("%s: \"%s\" is %s in: %s", name, text, want ? "missing" : "unexpected",
			body_of(w));
}

static __attribute__((unused)) size_t count_text(const struct world *w, const char *text)
{
	size_t count = 0;

	for (const char *at = body_of(w); (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

static __attribute__((unused)) void expect_count(
	struct world *w, const char *name, const char *text, size_t want)
{
	if (count_text(w, text) != want)
		fail_msg("%s: \"%s\" %zu times, want %zu: %s", name, text, count_text(w, text),
			want, body_of(w));
}

/* What stands between two texts, "" when it is not there. Lives in w->arena. */
static __attribute__((unused)) const char *between(
	struct world *w, const char *from, const char *to)
{
	const char *start = strstr(body_of(w), from), *end;

	if (!start)
		return "";
	start += strlen(from);
	end = strstr(start, to);
	return end ? arena_strndup(w->arena, start, (size_t)(end - start)) : "";
}

static __attribute__((unused)) const char *token_of(struct world *w)
{
	return between(w, "<d:sync-token>", "</d:sync-token>");
}

static __attribute__((unused)) void put(struct world *w, const char *target, const char *data)
{
	int status = ask(w, "PUT", target, data);

	if (status != 201 && status != 204)
		fail_msg("PUT %s: %d: %s %s", target, status, body_of(w),
			dav_response_header(&w->answer, "X-Daybook-Reason"));
}

/* An event of one hour on 2026-03-DAY, 10:00 UTC. */
static __attribute__((unused)) const char *event(struct world *w, const char *uid, int day)
{
	return arena_printf(w->arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:202603%02dT100000Z\r\nDURATION:PT1H\r\n"
		"SUMMARY:Event %s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		uid, day, uid);
}

static __attribute__((unused)) const char *card(struct world *w, const char *uid, const char *name)
{
	return arena_printf(w->arena,
		"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\n"
		"item1.EMAIL;TYPE=HOME,INTERNET:%s@example.org\r\nEND:VCARD\r\n",
		uid, name, name, uid);
}

/* A group as its file in git would be; `members` is a list of references, separated by spaces. */
static __attribute__((unused)) void add_group(
	struct world *w, const char *name, const char *members)
{
	char *text = arena_printf(w->arena, "id 00000000-0000-4000-8000-0000000%05zx\n",
		strlen(name) * 256 + (unsigned char)*name);
	size_t n;
	char **list = text_split(w->arena, members, ' ', &n);
	struct store_result result;

	for (size_t i = 0; i < n; i++)
		text = arena_printf(w->arena, "%smember %s\n", text, list[i]);
	const struct store_change change = {.slot = STORE_ITEM,
		.collection = "principals/groups",
		.name = name,
		.bytes = text,
		.len = strlen(text)};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "group"};
	assert_int_equal(store_commit(w->store, &write, &result), STORE_OK);
}

static __attribute__((unused)) void add_user(struct world *w, const char *name)
{
	struct store_result result;

	assert_int_equal(
		account_create(w->store, &(struct account_spec){.name = name}, NULL, &result),
		STORE_OK);
}

/* From now on under this setting of who finds whom. */
static __attribute__((unused)) void set_search(struct world *w, enum dav_search search)
{
	dav_response_free(&w->answer);
	dav_server_free(w->server);
	w->server = dav_server_new(&(struct dav_config){.store = w->store, .search = search});
}

static __attribute__((unused)) int open_world(void **state)
{
	static const char *const mails[] = {"anna@example.org", "anna.b@example.net"};
	static struct world w;
	const struct store_options options = {.inspect = cal_inspect, .no_maintenance = true};
	const struct account_spec people[] = {
		{.name = "anna",
			.display_name = "Anna B.",
			.mails = mails,
			.n_mails = 2,
			.with_defaults = true},
		{.name = "ben", .with_defaults = true},
	};
	struct store_result result;

	cal_init();
	w = (struct world){.arena = arena_new(), .person = "anna"};
	assert_int_equal(store_open_memory(&w.store, &options), STORE_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(account_create(w.store, &people[i], NULL, &result), STORE_OK);
	w.server = dav_server_new(&(struct dav_config){.store = w.store});
	*state = &w;
	return 0;
}

static __attribute__((unused)) int close_world(void **state)
{
	struct world *w = *state;

	dav_response_free(&w->answer);
	dav_server_free(w->server);
	store_close(w->store);
	arena_free(w->arena);
	return 0;
}

/* anna's address book, which nobody makes for her. */
static __attribute__((unused)) void make_book(struct world *w)
{
	ask(w, "MKCOL", BOOK,
		"<D:mkcol" NS_ALL "><D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/>"
		"</D:resourcetype></D:prop></D:set></D:mkcol>");
	expect(w, "MKCOL of an address book", 201);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

#endif
