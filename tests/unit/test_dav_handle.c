/* SPDX-License-Identifier: ISC */
/*
 * The way of a request: what is said before the store is asked, the hand-over to the committer and back, replays after a
 * conflict, bodies in parts (webdav/handle.c, answer.c, message.c).
 */
#include "tests/unit/dav_world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* RFC 4918 10.1: what every answer says of the server. */
#define CLASSES                                                                                    \
	"1, 2, 3, access-control, calendar-access, calendar-availability, addressbook, "           \
	"extended-mkcol"

static void answers_by_shape(void **state)
{
	static const struct {
		const char *method, *target, *person;
		int status;
		const char *header, *value; /* in the answer; value NULL: absent */
	} rows[] = {
		{"GET", "/.well-known/caldav", NULL, 301, "Location", "/dav/"},
		{"PROPFIND", "/.well-known/caldav/", NULL, 301, "Location", "/dav/"},
		{"PUT", "/.well-known/carddav?x", "anna", 301, "Cache-Control", "max-age=300"},
		{"GET", "/.well-known/caldavx", NULL, 404, "Location", NULL},
		{"GET", "/.well-known/webdav/Notes/", "anna", 404, "Location", NULL},
		{"GET", "/.well-known", NULL, 404, "Location", NULL},
		{"OPTIONS", CAL, NULL, 200, "DAV", CLASSES},
		{"OPTIONS", "*", NULL, 200, "DAV", CLASSES},
		{"OPTIONS", "/dav/principals/users/nobody/", NULL, 200, "Allow",
			"OPTIONS, PROPFIND, PROPPATCH, REPORT"},
		{"OPTIONS", "/dav/nothing/", NULL, 404, "Allow", NULL},
		{"GET", CAL, NULL, 401, "WWW-Authenticate",
			"Basic realm=\"Daybook\", charset=\"UTF-8\""},
		{"FROBNICATE", CAL, NULL, 401, "Allow", NULL},
		{"GET", "/dav/a/../b", NULL, 401, "Allow", NULL},
		{"PROPFIND", "/", NULL, 401, "DAV", CLASSES},
		{"FROBNICATE", CAL, "anna", 501, "Allow", NULL},
		{"get", CAL, "anna", 501, "Allow", NULL},
		{"LOCK", CAL, "anna", 400, "WWW-Authenticate", NULL},
		{"LOCK", "/dav/", "anna", 405, "WWW-Authenticate", NULL},
		{"GET", "/dav/a/../b", "anna", 400, "DAV", CLASSES},
		{"GET", "/elsewhere", "anna", 404, "Allow", NULL},
		{"GET", CAL "none.ics", "anna", 404, "ETag", NULL},
		{"PUT", "/dav/calendars/anna/a/b/c", "anna", 409, "ETag", NULL},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = arena_printf(w->arena, "%s %s", rows[i].method, rows[i].target);
		w->person = rows[i].person;
		ask(w, rows[i].method, rows[i].target, NULL);
		expect(w, name, rows[i].status);
		const char *value = dav_response_header(&w->answer, rows[i].header);
		if (!text_equal(value, rows[i].value))
			fail_msg("%s: %s: %s", name, rows[i].header, value);
		if (rows[i].status < 400)
			assert_int_equal(w->answer.body.len, 0);
	}
}

static void refuses_too_much(void **state)
{
	struct world *w = *state;
	struct dav_request request = {.method = "PUT",
		.target = CAL "a.ics",
		.body = "",
		.body_too_large = true,
		.person = {.name = "anna"}};

	dav_handle_wait(w->server, &request, &w->answer);
	expect(w, "collected no more", 413);
	char *big = calloc(1, DAV_MAX_XML + 2);
	memset(big, 'x', DAV_MAX_XML + 1);
	ask(w, "PROPFIND", CAL, big);
	expect(w, "large XML", 413);
	free(big);
}

static void writes_subjects(void **state)
{
	static const struct {
		const char *who;
		char what;
		const char *summary, *collection, *want;
	} rows[] = {
		{"Anna", 'A', "Dentist", "home", "Anna added \"Dentist\" to home"},
		{"Anna", 'M', "Dentist", "home", "Anna changed \"Dentist\" in home"},
		{"Anna", 'D', "Dentist", "home", "Anna deleted \"Dentist\" from home"},
		{"Anna", 'V', "Dentist", "work", "Anna moved \"Dentist\" to work"},
		{"Anna", 'C', "Dentist", "work", "Anna copied \"Dentist\" to work"},
		{"Anna", 'P', "Dentist", "home",
			"Anna changed the settings of \"Dentist\" in home"},
		{"Anna", 'P', NULL, "home", "Anna changed the settings of home"},
		{"Anna", 'N', NULL, "home", "Anna created home"},
		{"Anna", 'R', NULL, "home", "Anna removed home"},
		{"An\nna", 'A', "x\n\nUser: root", "ho\rme",
			"An na added \"x User: root\" to ho me"},
		{NULL, 'A', "", NULL, "Somebody added \"\""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(dav_subject(arena, rows[i].who, rows[i].what, rows[i].summary,
					    rows[i].collection),
			rows[i].want);
	arena_free(arena);
}

struct last_subject {
	char text[200], author[100];
};

static bool keep_subject(void *payload, const struct store_log_entry *entry)
{
	struct last_subject *last = payload;

	snprintf(last->text, sizeof(last->text), "%s", entry->subject);
	snprintf(last->author, sizeof(last->author), "%s <%s>", entry->author_name,
		entry->author_mail);
	return false;
}

/* What a commit says, after real requests. */
static void signs_commits(void **state)
{
	static const struct {
		const char *method, *target, *destination, *want;
	} rows[] = {
		{"PUT", CAL "a.ics", NULL, "anna added \"Event a\" to personal"},
		{"PUT", CAL "a.ics", NULL, "anna changed \"Event a\" in personal"},
		{"MKCALENDAR", HOME "work/", NULL, "anna created work"},
		{"COPY", CAL "a.ics", HOME "work/a.ics", "anna copied \"Event a\" to work"},
		{"MOVE", CAL "a.ics", CAL "b.ics", "anna moved \"Event a\" to personal"},
		{"DELETE", CAL "b.ics", NULL, "anna deleted \"Event a\" from personal"},
		{"MOVE", HOME "work/", HOME "job/", "anna moved \"work\" to job"},
		{"DELETE", HOME "job/", NULL, "anna removed job"},
	};
	struct world *w = *state;
	struct last_subject last;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dav_header header[] = {{"Destination", rows[i].destination}, {0}};
		ask_with(w, rows[i].method, rows[i].target,
			strcmp(rows[i].method, "PUT") == 0 ? event(w, "a", 1 + (int)i) : NULL,
			rows[i].destination ? header : NULL);
		assert_in_range(w->answer.status, 200, 299);
		store_log(w->store, "", 1, keep_subject, &last);
		assert_string_equal(last.text, rows[i].want);
	}
}

/* --- many at once --- */

#define THREADS 6
#define ROUNDS 20

struct crowd {
	struct world *w;
	const char *target;       /* with %d for the thread, or the same for all */
	const char *precondition; /* If-None-Match, or NULL */
	atomic_int counts[600];
};

struct member {
	struct crowd *crowd;
	int number;
	pthread_t thread;
};

static const char *crowd_event(struct arena *arena, const char *uid, int round)
{
	return arena_printf(arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T10%02d00Z\r\nSUMMARY:s\r\nEND:VEVENT\r\n"
		"END:VCALENDAR\r\n",
		uid, round % 60);
}

static void *run_member(void *payload)
{
	struct member *member = payload;
	struct crowd *crowd = member->crowd;

	for (int round = 0; round < ROUNDS; round++) {
		struct arena *arena = arena_new();
		struct dav_header header = {"If-None-Match", crowd->precondition};
		struct dav_request request = {.method = "PUT",
			.headers = &header,
			.n_headers = !!crowd->precondition,
			.host = "h",
			.person = {.name = "anna"}};
		struct dav_response response;
		bool own = strchr(crowd->target, '#');

		request.target = own ? arena_printf(arena, CAL "e%d.ics", member->number)
				     : crowd->target;
		request.body = crowd_event(arena,
			own ? arena_printf(arena, "u%d", member->number) : "same",
			round * THREADS + member->number);
		request.body_len = strlen(request.body);
		dav_handle_wait(crowd->w->server, &request, &response);
		atomic_fetch_add(&crowd->counts[response.status], 1);
		dav_response_free(&response);
		arena_free(arena);
	}
	return NULL;
}

static void run_crowd(struct crowd *crowd)
{
	struct member members[THREADS];

	for (int i = 0; i < THREADS; i++) {
		members[i] = (struct member){.crowd = crowd, .number = i};
		assert_int_equal(
			pthread_create(&members[i].thread, NULL, run_member, &members[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(members[i].thread, NULL);
}

/* Without conditions nobody loses: after some replays the last writer wins. */
static void replays_until_written(void **state)
{
	struct crowd crowd = {.w = *state, .target = CAL "same.ics"};

	run_crowd(&crowd);
	assert_int_equal(crowd.counts[201], 1);
	assert_int_equal(crowd.counts[204], THREADS * ROUNDS - 1);
}

/* If-None-Match: * lets one through, ever. */
static void lets_one_create(void **state)
{
	struct crowd crowd = {.w = *state, .target = CAL "one.ics", .precondition = "*"};

	run_crowd(&crowd);
	assert_int_equal(crowd.counts[201], 1);
	assert_int_equal(crowd.counts[412], THREADS * ROUNDS - 1);
}

static void writes_side_by_side(void **state)
{
	struct crowd crowd = {.w = *state, .target = "#"};

	run_crowd(&crowd);
	assert_int_equal(crowd.counts[201], THREADS);
	assert_int_equal(crowd.counts[204], THREADS * (ROUNDS - 1));
}

/* --- waking --- */

static atomic_int wakes;

static void count_wake(void *payload)
{
	(void)payload;
	atomic_fetch_add(&wakes, 1);
}

/* One wake for each PENDING, none without; dav_resume then has the answer. */
static void wakes_once(void **state)
{
	struct world *w = *state;
	int pending = 0;

	atomic_store(&wakes, 0);
	for (int i = 0; i < 50; i++) {
		const char *body = event(w, "a", 1 + i % 28);
		struct dav_request request = {.method = "PUT",
			.target = CAL "a.ics",
			.body = body,
			.body_len = strlen(body),
			.person = {.name = "anna"},
			.wake = count_wake};
		struct dav_response response;
		enum dav_state now = dav_handle(w->server, &request, &response);
		while (now == DAV_PENDING) {
			pending++;
			while (atomic_load(&wakes) < pending)
				;
			now = dav_resume(&response);
		}
		assert_true(response.status == 201 || response.status == 204);
		dav_response_free(&response);
	}
	assert_int_equal(atomic_load(&wakes), pending);
}

/* --- bodies in parts --- */

static void sends_large_items_in_parts(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	struct world *w = *state;
	char *data = malloc(SIZE + 1);
	struct buf all;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = "BEGIN 0123456789"[i % 16];
	data[SIZE] = '\0';
	put(w, "/dav/files/anna/large", data);
	struct dav_request request = {
		.method = "GET", .target = "/dav/files/anna/large", .person = {.name = "anna"}};
	struct dav_response response;
	assert_int_equal(dav_handle(w->server, &request, &response), DAV_DONE);
	assert_true(response.producing);
	assert_int_equal(response.length, SIZE);
	buf_init(&all, 2 * SIZE);
	buf_add(&all, response.body.data, response.body.len);
	for (size_t before = all.len; dav_produce(&response, &all, 1); before = all.len)
		assert_true(all.len > before);
	assert_int_equal(all.len, SIZE);
	assert_memory_equal(all.data, data, SIZE);
	buf_free(&all);
	dav_response_free(&response);
	/* Given up in the middle: everything is freed. */
	dav_handle(w->server, &request, &response);
	dav_response_free(&response);
	free(data);
}

/* A listing keeps its snapshot: what others do meanwhile does not show. */
static void lists_one_snapshot(void **state)
{
	static const char body[] = "<d:propfind xmlns:d=\"DAV:\"><d:prop><d:getetag/>"
				   "<d:supported-privilege-set/></d:prop></d:propfind>";
	struct world *w = *state;
	struct dav_header depth = {"Depth", "1"};
	struct dav_request request = {.method = "PROPFIND",
		.target = "/dav/files/anna/",
		.headers = &depth,
		.n_headers = 1,
		.body = body,
		.body_len = strlen(body),
		.person = {.name = "anna"}};
	struct dav_response response;
	struct buf all;

	for (int i = 0; i < 800; i++)
		put(w, arena_printf(w->arena, "/dav/files/anna/f%d", i), "BEGIN");
	dav_handle(w->server, &request, &response);
	assert_true(response.producing);
	ask(w, "DELETE", "/dav/files/anna/f1", NULL);
	put(w, "/dav/files/anna/new", "BEGIN");
	buf_init(&all, 64 << 20);
	buf_add(&all, response.body.data, response.body.len);
	while (dav_produce(&response, &all, 100000))
		;
	assert_non_null(strstr(all.data, "<d:href>/dav/files/anna/f1</d:href>"));
	assert_null(strstr(all.data, "/dav/files/anna/new"));
	assert_true(text_ends(all.data, "</d:multistatus>\n"));
	buf_free(&all);
	dav_response_free(&response);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(answers_by_shape),
		WORLD_TEST(refuses_too_much),
		cmocka_unit_test(writes_subjects),
		WORLD_TEST(signs_commits),
		WORLD_TEST(replays_until_written),
		WORLD_TEST(lets_one_create),
		WORLD_TEST(writes_side_by_side),
		WORLD_TEST(wakes_once),
		WORLD_TEST(sends_large_items_in_parts),
		WORLD_TEST(lists_one_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
