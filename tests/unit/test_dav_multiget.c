/* SPDX-License-Identifier: ISC */
/* webdav/report_multiget.c: hrefs as clients write them (clients.md: KDAV, iOS, vdirsyncer),
 * and get_calendar.c. */
#include "tests/unit/dav_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static int multiget(struct world *w, const char *target, const char *hrefs)
{
	return ask(w, "REPORT", target,
		arena_printf(w->arena,
			"<C:calendar-multiget" NS_ALL
			"><D:prop><D:getetag/><C:calendar-data/></D:prop>%s"
			"</C:calendar-multiget>",
			hrefs));
}

static void finds_hrefs_in_every_form(void **state)
{
	static const struct {
		const char *href, *want; /* what the row says between href and status */
		int status;
	} rows[] = {
		{CAL "a%20b.ics", CAL "a%20b.ics", 200},
		{"\n   " CAL "a%20b.ics \t", CAL "a%20b.ics", 200},
		{"http://cal.example.org" CAL "a%20b.ics", CAL "a%20b.ics", 200},
		{"https://other.example.net:8443" CAL "a%20b.ics", CAL "a%20b.ics", 200},
		{"/dav/calendars/%61nna/personal/a%20b.ics", CAL "a%20b.ics", 200},
		{"/dav/calendars/anna/personal/a b.ics", CAL "a%20b.ics", 200},
		{CAL "none%2a.ics", CAL "none%2a.ics", 404},
		{" " CAL "none.ics ", CAL "none.ics", 404},
		{CAL "a%zz", CAL "a%zz", 404},
		{"", "", 403},
		{"/elsewhere/x.ics", "/elsewhere/x.ics", 404},
		{HOME "tasks/t.ics", HOME "tasks/t.ics", 403},
		{"/dav/calendars/ben/personal/b.ics", "/dav/calendars/ben/personal/b.ics", 403},
		{CAL, CAL, 404},
	};
	static const char *const depths[] = {NULL, "0", "1", "infinity"};
	struct world *w = *state;

	put(w, CAL "a%20b.ics", event(w, "a", 1));
	for (size_t i = 0; i < COUNT(rows); i++) {
		w->depth = depths[i % COUNT(depths)];
		multiget(w, CAL, arena_printf(w->arena, "<D:href>%s</D:href>", rows[i].href));
		expect(w, rows[i].href, 207);
		expect_count(w, rows[i].href, "<d:response>", 1);
		expect_text(w, rows[i].href,
			arena_printf(w->arena, "<d:href>%s</d:href>", rows[i].want));
		if (rows[i].status == 403 && !*rows[i].href)
			continue; /* an empty href is nothing: any error will do */
		expect_text(w, rows[i].href,
			arena_printf(w->arena, "<d:status>HTTP/1.1 %d ", rows[i].status));
	}
}

static void answers_each_once_in_order(void **state)
{
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, CAL "b.ics", event(w, "b", 1));
	multiget(w, CAL,
		"<D:href>" CAL "b.ics</D:href><D:href>" CAL "a.ics</D:href><D:href>" CAL
		"b.ics</D:href>");
	expect_count(w, "once", "<d:response>", 2);
	assert_true(strstr(body_of(w), "b.ics") < strstr(body_of(w), "a.ics"));
	multiget(w, CAL, "");
	expect(w, "no href", 400);
	multiget(w, HOME, "<D:href>" CAL "b.ics</D:href>");
	expect_text(w, "on the home", "<c:calendar-data>");
	multiget(w, CAL "a.ics", "<D:href>" CAL "a.ics</D:href>");
	expect_text(w, "on itself", "<c:calendar-data>");
	ask(w, "REPORT", BOOKS,
		"<C:calendar-multiget" NS_ALL "><D:href>x</D:href></C:calendar-multiget>");
	expect(w, "address books have no such report", 403);
	expect_text(w, "address books have no such report", "<d:supported-report");
}

/* What a client stored by mistake must not break the listing. */
static void keeps_markup_inside_the_data(void **state)
{
	struct world *w = *state;

	put(w, CAL "x.ics",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:x\r\n"
		"DTSTAMP:20260101T000000Z\r\n"
		"DTSTART:20260301T100000Z\r\nSUMMARY:a ]]> <b> & \"c\"\r\nEND:VEVENT\r\n"
		"END:VCALENDAR\r\n");
	multiget(w, CAL, "<D:href>" CAL "x.ics</D:href>");
	expect_text(w, "escaped", "SUMMARY:a ]]&gt; &lt;b&gt; &amp; \"c\"\n");
}

static void cards_too(void **state)
{
	struct world *w = *state;

	make_book(w);
	put(w, BOOK "eva.vcf", card(w, "eva", "Eva"));
	ask(w, "REPORT", BOOK,
		"<R:addressbook-multiget" NS_ALL
		"><D:prop><R:address-data><D:allprop/></R:address-data></D:prop>"
		"<D:href>" BOOK "eva.vcf</D:href><D:href>" BOOK
		"no.vcf</D:href></R:addressbook-multiget>");
	expect(w, "KDAV", 207);
	expect_text(w, "KDAV", "<card:address-data>BEGIN:VCARD\nVERSION:3.0\nUID:eva\n");
	expect_text(w, "KDAV", "HTTP/1.1 404 Not Found");
	ask(w, "REPORT", BOOK,
		"<R:addressbook-multiget" NS_ALL
		"><D:prop><R:address-data content-type=\"application/xml\"/>"
		"</D:prop><D:href>" BOOK "eva.vcf</D:href></R:addressbook-multiget>");
	expect(w, "xCard", 403);
	expect_text(w, "xCard", "<card:supported-address-data></card");
}

static void calendar_as_one_file(void **state)
{
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, CAL "b.ics", event(w, "b", 2));
	ask(w, "GET", CAL, NULL);
	expect(w, "GET", 200);
	expect_count(w, "one object", "BEGIN:VCALENDAR", 1);
	expect_count(w, "one object", "BEGIN:VEVENT", 2);
	expect_count(w, "one object", "END:VCALENDAR", 1);
	assert_true(text_starts(dav_response_header(&w->answer, "Content-Type"), "text/calendar"));
	assert_non_null(
		strstr(dav_response_header(&w->answer, "Content-Disposition"), "personal.ics"));
	const char *etag = arena_strdup(w->arena, dav_response_header(&w->answer, "ETag"));
	const struct dav_header same[] = {{"If-None-Match", etag}, {NULL, NULL}};
	ask_with(w, "GET", CAL, NULL, same);
	expect(w, "unchanged", 304);
	put(w, CAL "b.ics", event(w, "b", 3));
	ask_with(w, "GET", CAL, NULL, same);
	expect(w, "changed", 200);
	ask(w, "GET", HOME "tasks/", NULL);
	expect(w, "empty", 200);
	expect_count(w, "empty", "BEGIN:VCALENDAR", 1);
	make_book(w);
	put(w, BOOK "eva.vcf", card(w, "eva", "Eva"));
	put(w, BOOK "max.vcf", card(w, "max", "Max"));
	ask(w, "GET", BOOK, NULL);
	expect(w, "cards", 200);
	expect_count(w, "cards", "BEGIN:VCARD", 2);
}

/* A client that hangs up in the middle leaves nothing behind (the leak checker watches), nor
 * does HEAD. */
static void download_may_be_given_up(void **state)
{
	struct world *w = *state;
	char *big = arena_alloc(w->arena, 300000);
	struct dav_request request = {.method = "GET",
		.target = CAL,
		.body = "",
		.host = "x",
		.scheme = "http",
		.person = {.name = "anna"}};
	struct dav_response response;

	memset(big, 'x', 299999);
	for (int i = 0; i < 8; i++)
		put(w, arena_printf(w->arena, CAL "%d.ics", i),
			arena_printf(w->arena,
				"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
				"BEGIN:VEVENT\r\nUID:%d\r\n"
				"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\n"
				"X-BIG:%.200000s\r\n"
				"END:VEVENT\r\nEND:VCALENDAR\r\n",
				i, big));
	assert_int_equal(dav_handle(w->server, &request, &response), DAV_DONE);
	assert_int_equal(response.status, 200);
	assert_true(response.producing);
	dav_response_free(&response);
	ask(w, "HEAD", CAL, NULL);
	expect(w, "HEAD", 200);
	ask(w, "GET", CAL, NULL);
	expect_count(w, "whole", "BEGIN:VEVENT", 8);
	expect_count(w, "whole", "END:VCALENDAR", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(finds_hrefs_in_every_form),
		WORLD_TEST(answers_each_once_in_order),
		WORLD_TEST(keeps_markup_inside_the_data),
		WORLD_TEST(cards_too),
		WORLD_TEST(calendar_as_one_file),
		WORLD_TEST(download_may_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
