/* SPDX-License-Identifier: ISC */
/* Locks as requests meet them (webdav/lock.c, verb_lock.c): devices, guests, time, what stops each verb, and races. */
#include "tests/unit/dav_world.h"

#include "storage/lock.h"
#include "webdav/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define FILES "/dav/files/anna/"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LOCKINFO(scope)                                                                            \
	"<D:lockinfo" NS_ALL "><D:lockscope><D:" scope                                             \
	"/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>"
#define EXCLUSIVE LOCKINFO("exclusive")

/* The token as Lock-Token has it, in brackets. */
static const char *lock_with(struct world *w, const char *target, const struct dav_header *extra)
{
	int status = ask_with(w, "LOCK", target, EXCLUSIVE, extra);

	if (status != 200 && status != 201)
		fail_msg("LOCK %s: %d: %s", target, status, body_of(w));
	return arena_strdup(w->arena, dav_response_header(&w->answer, "Lock-Token"));
}

static int unlock(struct world *w, const char *target, const char *token)
{
	return ask_with(
		w, "UNLOCK", target, NULL, (struct dav_header[]){{"Lock-Token", token}, {0}});
}

static void each_verb_is_stopped(void **state)
{
	static const struct {
		const char *verb, *target, *body, *destination;
		bool parent; /* the token of the folder is needed */
	} rows[] = {
		{"PUT", FILES "d/a", "x", NULL, false},
		{"PUT", FILES "d/new", "x", NULL, true},
		{"DELETE", FILES "d/a", NULL, NULL, true},
		{"PROPPATCH", FILES "d/a",
			"<D:propertyupdate" NS_ALL
			"><D:set><D:prop><X xmlns='x:'>1</X></D:prop></D:set>"
			"</D:propertyupdate>",
			NULL, false},
		{"ACL", FILES "d/a", "<D:acl" NS_ALL "/>", NULL, false},
		{"MKCOL", FILES "d/new/", NULL, NULL, true},
		{"COPY", FILES "b", NULL, FILES "d/a", false},
		{"COPY", FILES "b", NULL, FILES "d/new", true},
		{"MOVE", FILES "b", NULL, FILES "d/new", true},
		{"MOVE", FILES "d/a", NULL, FILES "new", true},
		{"LOCK", FILES "d/new", EXCLUSIVE, NULL, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		close_world(state);
		open_world(state);
		struct world *w = *state;
		ask(w, "MKCOL", FILES "d/", NULL);
		put(w, FILES "d/a", "a");
		put(w, FILES "b", "b");
		w->depth = "0";
		const char *folder = lock_with(w, FILES "d/", NULL);
		const char *item = lock_with(w, FILES "d/a", NULL);
		w->depth = NULL;
		const char *both = arena_printf(
			w->arena, "<" FILES "d/> (%s) <" FILES "d/a> (%s)", folder, item);
		struct dav_header extra[] = {{"Destination", rows[i].destination}, {0}, {0}};
		struct dav_header *from = rows[i].destination ? extra : extra + 1;
		int status = ask_with(w, rows[i].verb, rows[i].target, rows[i].body, from);
		if (status != 423)
			fail_msg("row %zu, %s: %d", i, rows[i].verb, status);
		expect_text(w, rows[i].verb, "<d:lock-token-submitted><d:href>" FILES "d/");
		if (rows[i].parent)
			expect_text(w, rows[i].verb, "<d:href>" FILES "d/</d:href>");
		extra[1] = (struct dav_header){"If", both};
		status = ask_with(w, rows[i].verb, rows[i].target, rows[i].body, from);
		if (status >= 300)
			fail_msg("row %zu, %s with tokens: %d %s", i, rows[i].verb, status,
				body_of(w));
	}
}

/* A device that may change nothing neither locks nor unlocks; one for contacts sees no files. */
static void devices_keep_to_their_scope(void **state)
{
	struct world *w = *state;

	put(w, FILES "a", "a");
	const char *token = lock_with(w, FILES "a", NULL);
	w->scope = DAV_SCOPE_READ_ONLY;
	ask(w, "LOCK", FILES "a", EXCLUSIVE);
	expect(w, "LOCK, read-only", 403);
	unlock(w, FILES "a", token);
	expect(w, "UNLOCK, read-only", 403);
	expect_text(w, "UNLOCK, read-only", "<d:unlock/>");
	ask_with(w, "LOCK", FILES "a", NULL,
		(struct dav_header[]){{"If", arena_printf(w->arena, "(%s)", token)}, {0}});
	expect(w, "refresh, read-only", 403);
	w->scope = DAV_SCOPE_CONTACTS;
	unlock(w, FILES "a", token);
	expect(w, "UNLOCK, contacts", 404);
	w->scope = 0;
	unlock(w, FILES "a", token);
	expect(w, "UNLOCK", 204);
}

/* Who may read sees who works on it; who sees only when something is, or nothing of it, does not. */
static void told_to_who_sees(void **state)
{
	static const struct {
		const char *item, *class;
		bool told;
	} rows[] = {{"a", "PUBLIC", true}, {"b", "CONFIDENTIAL", false}};
	struct world *w = *state;

	ask(w, "ACL", CAL,
		"<D:acl" NS_ALL "><D:ace><D:principal><D:href>/dav/principals/users/ben/</D:href>"
		"</D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>");
	expect(w, "ACL", 200);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *url = arena_printf(w->arena, CAL "%s.ics", rows[i].item);
		const char *whole = event(w, rows[i].item, 1), *at = strstr(whole, "SUMMARY");
		w->person = "anna";
		put(w, url,
			arena_printf(w->arena, "%.*sCLASS:%s\r\n%s", (int)(at - whole), whole,
				rows[i].class, at));
		lock_with(w, url, NULL);
		w->person = "ben";
		w->depth = "0";
		ask(w, "PROPFIND", url, NULL);
		expect(w, url, 207);
		expect_text(w, url, rows[i].told ? "<d:activelock>" : "!<d:activelock>");
		expect_text(w, url, "!urn:uuid");
		w->depth = NULL;
	}
}

/* One that has ended is in nobody's way, and its token opens nothing. */
static void time_ends_them(void **state)
{
	struct world *w = *state;
	const char *token = lock_with(
		w, FILES "a", (struct dav_header[]){{"Timeout", "Second-1"}, {0}});

	sleep(2);
	ask_with(w, "LOCK", FILES "a", NULL,
		(struct dav_header[]){{"If", arena_printf(w->arena, "(%s)", token)}, {0}});
	expect(w, "refresh", 412);
	unlock(w, FILES "a", token);
	expect(w, "UNLOCK", 409);
	ask(w, "PUT", FILES "a", "x");
	expect(w, "PUT", 204);
	lock_with(w, FILES "a", NULL);
}

/* A member of the household who is no user of it, by the name that log-in gave. */
static void strangers_hold_none(void **state)
{
	struct world *w = *state;

	put(w, FILES "a", "a");
	w->person = "ghost";
	w->admin = true;
	ask(w, "LOCK", FILES "a", EXCLUSIVE);
	expect(w, "LOCK of no user", 403);
}

/* What goes past the protocol goes past locks; conditions are judged before them. */
static void order_of_refusals(void **state)
{
	struct world *w = *state;

	put(w, FILES "a", "a");
	lock_with(w, FILES "a", NULL);
	ask_with(w, "PUT", FILES "a", "b", (struct dav_header[]){{"If-Match", "\"x\""}, {0}});
	expect(w, "If-Match", 412);
	ask_with(w, "PUT", FILES "a", "b", (struct dav_header[]){{"If", "nonsense"}, {0}});
	expect(w, "If", 400);
	ask(w, "PUT", FILES "a", "b");
	expect(w, "PUT", 423);
	/* Bodies are not looked at. */
	ask(w, "PROPPATCH", FILES "a", "nonsense");
	expect(w, "PROPPATCH", 423);
	const struct store_change change = {.slot = STORE_ITEM,
		.collection = "files/anna",
		.name = "a",
		.bytes = "c",
		.len = 1};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "import"};
	assert_int_equal(store_commit(w->store, &write, NULL), STORE_OK);
}

/* --- races --- */

#define ROUNDS 150

struct runner {
	struct world w;
	const char *name;
	atomic_bool *stop;
	unsigned written, refused, broken;
};

static void forget(struct world *w)
{
	dav_response_free(&w->answer);
	arena_clear(w->arena);
}

/* Writes without a token, as often as it can. */
static void *scribble(void *payload)
{
	struct runner *r = payload;

	while (!atomic_load(r->stop)) {
		int status = ask(&r->w, "PUT", FILES "a", r->name);
		r->written += status == 204;
		r->refused += status == 423;
		r->broken += status != 204 && status != 423;
		forget(&r->w);
	}
	return NULL;
}

/* Locks, reads, writes what it read: nobody comes between. */
static void *work(void *payload)
{
	struct runner *r = payload;
	struct world *w = &r->w;

	for (int i = 0; i < ROUNDS; i++, forget(w)) {
		if (ask(w, "LOCK", FILES "a", EXCLUSIVE) != 200) {
			r->refused += w->answer.status == 423;
			r->broken += w->answer.status != 423;
			continue;
		}
		const char *token = arena_strdup(
			w->arena, dav_response_header(&w->answer, "Lock-Token"));
		ask(w, "GET", FILES "a", NULL);
		const char *tag = arena_strdup(w->arena, dav_response_header(&w->answer, "ETag"));
		const char *text = arena_printf(w->arena, "%s%d", r->name, i);
		const struct dav_header conditions[] = {
			{"If", arena_printf(w->arena, "(%s [%s])", token, tag)}, {0}};
		/* 412: somebody wrote after the lock was granted. */
		r->broken += ask_with(w, "PUT", FILES "a", text, conditions) != 204;
		ask(w, "GET", FILES "a", NULL);
		r->broken += strcmp(body_of(w), text) != 0;
		r->broken += unlock(w, FILES "a", token) != 204;
		r->written++;
	}
	return NULL;
}

static void nobody_comes_between(void **state)
{
	static const char *const names[] = {"one", "two", "three", "four"};
	struct world *w = *state;
	struct runner runners[COUNT(names)];
	pthread_t threads[COUNT(names)];
	atomic_bool stop = false;

	put(w, FILES "a", "a");
	for (size_t i = 0; i < COUNT(names); i++) {
		runners[i] = (struct runner){.w = *w, .name = names[i], .stop = &stop};
		runners[i].w.arena = arena_new();
		runners[i].w.answer = (struct dav_response){0};
		assert_int_equal(
			pthread_create(&threads[i], NULL, i < 2 ? work : scribble, &runners[i]), 0);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		if (i == 2)
			atomic_store(&stop, true);
		pthread_join(threads[i], NULL);
		arena_free(runners[i].w.arena);
		if (runners[i].broken)
			fail_msg("%s: %u times", names[i], runners[i].broken);
	}
	assert_true(runners[0].written + runners[1].written > 0);
	assert_true(runners[2].refused + runners[3].refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_verb_is_stopped),
		WORLD_TEST(devices_keep_to_their_scope),
		WORLD_TEST(told_to_who_sees),
		WORLD_TEST(time_ends_them),
		WORLD_TEST(strangers_hold_none),
		WORLD_TEST(order_of_refusals),
		WORLD_TEST(nobody_comes_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
