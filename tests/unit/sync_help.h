/* SPDX-License-Identifier: ISC */
/* Short ways for tests of sync by somebody else: anna stores and says who may what, ben asks. */
#ifndef TESTS_UNIT_SYNC_HELP_H
#define TESTS_UNIT_SYNC_HELP_H

#include "tests/unit/dav_world.h"

#include "webdav/people.h"

#define BENS "/dav/calendars/ben/"
#define SHARE BENS "anna-personal/"
#define BEN "<D:href>/dav/principals/users/ben/</D:href>"
#define KIDS "<D:href>/dav/principals/groups/kids/</D:href>"
#define ALLOW(who, privileges)                                                                     \
	"<D:ace><D:principal>" who "</D:principal><D:grant>" privileges "</D:grant></D:ace>"
#define DENY(who, privileges)                                                                      \
	"<D:ace><D:principal>" who "</D:principal><D:deny>" privileges "</D:deny></D:ace>"
#define READ "<D:privilege><D:read/></D:privilege>"
#define WRITE "<D:privilege><D:write/></D:privilege>"
#define BUSY "<D:privilege><C:read-free-busy/></D:privilege>"
#define MORE "<d:number-of-matches-within-limits/>"

static __attribute__((unused)) const char *of_class(
	struct world *w, const char *uid, const char *class, int n)
{
	return arena_printf(w->arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\n"
		"SUMMARY:%d\r\nCLASS:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		uid, n, class);
}

static int counter;

/* Somebody stores "a" as CAL "a.ics", of this class, and other than before. */
static __attribute__((unused)) void store_as(
	struct world *w, const char *person, const char *where, const char *name, const char *class)
{
	const char *before = w->person;

	w->person = person;
	put(w, arena_printf(w->arena, "%s%s.ics", where, name),
		of_class(w, name, class, ++counter));
	w->person = before;
}

static __attribute__((unused)) void store(struct world *w, const char *name, const char *class)
{
	store_as(w, "anna", CAL, name, class);
}

static __attribute__((unused)) int ask_as(struct world *w, const char *person, const char *method,
	const char *target, const char *body)
{
	const char *before = w->person;

	w->person = person;
	int status = ask(w, method, target, body);
	w->person = before;
	return status;
}

static __attribute__((unused)) void drop(struct world *w, const char *name)
{
	ask_as(w, "anna", "DELETE", arena_printf(w->arena, CAL "%s.ics", name), NULL);
	expect(w, name, 204);
}

static __attribute__((unused)) void allow(struct world *w, const char *target, const char *entries)
{
	ask_as(w, "anna", "ACL", target,
		arena_printf(w->arena, "<D:acl" NS_ALL ">%s</D:acl>", entries));
	expect(w, target, 200);
}

static __attribute__((unused)) int try_sync(
	struct world *w, const char *target, const char *token, int limit, bool deep)
{
	const char *more = limit
		? arena_printf(w->arena, "<D:limit><D:nresults>%d</D:nresults></D:limit>", limit)
		: "";

	return ask(w, "REPORT", target,
		arena_printf(w->arena,
			"<D:sync-collection" NS_ALL "><D:sync-token>%s</D:sync-token>"
			"<D:sync-level>%s</D:sync-level>%s<D:prop><D:getetag/></D:prop>"
			"</D:sync-collection>",
			token, deep ? "infinite" : "1", more));
}

/* The new token. */
static __attribute__((unused)) const char *sync_to(
	struct world *w, const char *target, const char *token, int limit)
{
	try_sync(w, target, token, limit, false);
	expect(w, target, 207);
	return token_of(w);
}

static __attribute__((unused)) const char *name_of(
	struct world *w, const char *collection, const char *name)
{
	return arena_printf(w->arena, "<d:href>%s%s.ics</d:href>", collection, name);
}

static __attribute__((unused)) void gone(struct world *w, const char *collection, const char *name)
{
	expect_text(w, "gone",
		arena_printf(w->arena, "%s<d:status>HTTP/1.1 404 Not Found</d:status>",
			name_of(w, collection, name)));
}

static __attribute__((unused)) void untold(struct world *w, const char *name)
{
	expect_text(w, "not told", arena_printf(w->arena, "!%s.ics", name));
}

static __attribute__((unused)) void rows(struct world *w, size_t n)
{
	expect_count(w, "rows", "<d:response>", n);
}

/* Ben reads anna's calendar; from now on he asks. */
static __attribute__((unused)) void share(struct world *w)
{
	allow(w, CAL, ALLOW(BEN, READ));
	w->person = "ben";
}

static __attribute__((unused)) void make_group(
	struct world *w, const char *const *members, size_t n)
{
	struct dav_people people = {.store = w->store, .arena = w->arena, .by = {.subject = "x"}};
	struct dav_group_edit edit = {
		.expect = GROUP_MAY_EXIST, .members = members, .n_members = n};

	assert_int_equal(dav_group_put(&people, "kids", &edit), PEOPLE_OK);
}

#endif
