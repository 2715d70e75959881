/* SPDX-License-Identifier: ISC */
/* The store in memory that the targets of webdav/ ask: anna and ben, a group, a few objects. Header only. */
#ifndef TESTS_FUZZ_HOUSEHOLD_H
#define TESTS_FUZZ_HOUSEHOLD_H

#include "ical/cal.h"
#include "storage/account.h"
#include "webdav/dav.h"

#include <assert.h>
#include <string.h>

struct household {
	struct store *store;
	struct dav_server *server;
};

static void household_put(struct household *h, const char *target, const char *body)
{
	struct dav_request request = {.method = "PUT",
		.target = target,
		.body = body,
		.body_len = strlen(body),
		.person = {.name = "anna"}};
	struct dav_response response;

	dav_handle_wait(h->server, &request, &response);
	assert(response.status == 201);
	dav_response_free(&response);
}

static void household_group(struct household *h)
{
	static const char text[] = "id 11111111-1111-4111-8111-111111111111\nmember users/ben\n";
	const struct store_change change = {.slot = STORE_ITEM,
		.collection = "principals/groups",
		.name = "kids",
		.bytes = text,
		.len = strlen(text)};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = "kids"};
	struct store_result result;

	assert(store_commit(h->store, &write, &result) == STORE_OK);
}

static void household_open(struct household *h)
{
	const struct store_options options = {.inspect = cal_inspect, .no_maintenance = true};
	const struct account_spec people[] = {
		{.name = "anna", .with_defaults = true}, {.name = "ben", .with_defaults = true}};
	struct store_result result;

	cal_init();
	assert(store_open_memory(&h->store, &options) == STORE_OK);
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		assert(account_create(h->store, &people[i], NULL, &result) == STORE_OK);
	household_group(h);
	h->server = dav_server_new(&(struct dav_config){.store = h->store});
	household_put(h, "/dav/calendars/anna/personal/a.ics",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nRRULE:FREQ=DAILY;COUNT=9\r\n"
		"SUMMARY:A & <B>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	household_put(h, "/dav/files/anna/note.txt", "hello");
}

static inline void household_close(struct household *h)
{
	dav_server_free(h->server);
	store_close(h->store);
	*h = (struct household){0};
}

#endif
