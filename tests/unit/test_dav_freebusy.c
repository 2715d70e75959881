/* SPDX-License-Identifier: ISC */
/* webdav/report_freebusy.c and ical/busy.c: RFC 4791 7.10. */
#include "tests/unit/dav_world.h"
#include "tests/unit/rfc4791_b.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define HEAD "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
#define EVENT(uid, lines)                                                                          \
	HEAD "BEGIN:VEVENT\r\nUID:" uid "\r\nDTSTAMP:20260101T000000Z\r\n" lines                   \
	     "END:VEVENT\r\nEND:VCALENDAR\r\n"

static int free_busy(struct world *w, const char *target, const char *start, const char *end)
{
	return ask(w, "REPORT", target,
		arena_printf(w->arena,
			"<C:free-busy-query" NS_ALL
			"><C:time-range start=\"%s\" end=\"%s\"/></C:free-busy-query>",
			start, end));
}

/* 7.10.1, with the periods that Appendix B has in this range. */
static void answers_the_example(void **state)
{
	struct world *w = *state;

	ask(w, "MKCALENDAR", HOME "work/", NULL);
	for (size_t i = 0; i < 7; i++) /* abcd8, a VFREEBUSY, comes below */
		put(w, arena_printf(w->arena, HOME "work/%s", rfc4791_items[i].name),
			rfc4791_items[i].data);
	w->depth = "1";
	free_busy(w, HOME "work/", "20060104T140000Z", "20060104T220000Z");
	expect(w, "example", 200);
	assert_true(text_starts(dav_response_header(&w->answer, "Content-Type"), "text/calendar"));
	expect_text(w, "example", "DTSTART:20060104T140000Z\r\nDTEND:20060104T220000Z\r\n");
	expect_text(w, "example", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H\r\n");
	expect_text(w, "example", "FREEBUSY:20060104T190000Z/PT1H\r\n");
	expect_count(w, "example", "FREEBUSY", 4); /* with BEGIN and END */
	put(w, HOME "work/abcd8.ics", rfc4791_items[7].data);
	free_busy(w, HOME "work/", "20060104T090000Z", "20060105T110000Z");
	expect_text(w, "VFREEBUSY", "FREEBUSY:20060104T100000Z/PT2H\r\n");
	expect_text(w, "cut", "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/PT1H\r\n");
}

static void knows_the_table(void **state)
{
	static const struct {
		const char *name, *lines, *want; /* NULL: free */
	} rows[] = {
		{"plain", "DTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\n",
			"FREEBUSY:20260301T100000Z/PT1H"},
		{"confirmed",
			"DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nSTATUS:CONFIRMED\r\n"
			"TRANSP:OPAQUE\r\n",
			"FREEBUSY:20260301T100000Z/PT1H"},
		{"tentative", "DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nSTATUS:TENTATIVE\r\n",
			"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260301T100000Z/PT1H"},
		{"cancelled", "DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n",
			NULL},
		{"transparent",
			"DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nTRANSP:TRANSPARENT\r\n",
			NULL},
		{"transparent and tentative",
			"DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nTRANSP:transparent\r\n"
			"STATUS:TENTATIVE\r\n",
			NULL},
		{"an instant", "DTSTART:20260301T100000Z\r\n", NULL},
		{"a day", "DTSTART;VALUE=DATE:20260301\r\n", "FREEBUSY:20260301T000000Z/P1D"},
		{"over the edge", "DTSTART:20260228T230000Z\r\nDURATION:PT2H\r\n",
			"FREEBUSY:20260301T000000Z/PT1H"},
		{"outside", "DTSTART:20260303T100000Z\r\nDURATION:PT1H\r\n", NULL},
		{"touching", "DTSTART:20260302T000000Z\r\nDURATION:PT1H\r\n", NULL},
		{"old series", "DTSTART:20200101T060000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n",
			"FREEBUSY:20260301T060000Z/PT1H"},
	};
	struct world *w = *state;

	w->depth = "1";
	for (size_t i = 0; i < COUNT(rows); i++) {
		put(w, CAL "a.ics",
			arena_printf(w->arena,
				HEAD "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n"
				     "%sEND:VEVENT\r\n"
				     "END:VCALENDAR\r\n",
				rows[i].lines));
		free_busy(w, CAL, "20260301T000000Z", "20260302T000000Z");
		expect(w, rows[i].name, 200);
		expect_count(w, rows[i].name, "FREEBUSY", rows[i].want ? 3 : 2);
		if (rows[i].want)
			expect_text(w, rows[i].name, rows[i].want);
	}
}

static void joins_what_overlaps(void **state)
{
	struct world *w = *state;

	w->depth = "1";
	put(w, CAL "a.ics", EVENT("a", "DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\n"));
	put(w, CAL "b.ics", EVENT("b", "DTSTART:20260301T103000Z\r\nDURATION:PT1H\r\n"));
	put(w, CAL "c.ics", EVENT("c", "DTSTART:20260301T113000Z\r\nDURATION:PT1H\r\n"));
	put(w, CAL "d.ics",
		EVENT("d", "DTSTART:20260301T110000Z\r\nDURATION:PT1H\r\nSTATUS:TENTATIVE\r\n"));
	put(w, CAL "e.ics", EVENT("e", "DTSTART:20260301T140000Z\r\nDURATION:PT1H\r\n"));
	free_busy(w, CAL, "20260301T000000Z", "20260302T000000Z");
	expect_count(w, "joined", "FREEBUSY:", 2);
	expect_text(w, "joined", "FREEBUSY:20260301T100000Z/PT2H30M\r\n");
	expect_text(w, "apart", "FREEBUSY:20260301T140000Z/PT1H\r\n");
	expect_text(w, "another type", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260301T110000Z/PT1H\r\n");
}

/* A moved and a cancelled instance of a series; times that float are in the calendar's zone. */
static void follows_overrides_and_zones(void **state)
{
	struct world *w = *state;

	w->depth = "1";
	put(w, CAL "s.ics",
		HEAD "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\n"
		     "DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\n"
		     "RRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n"
		     "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\n"
		     "RECURRENCE-ID:20260302T100000Z\r\n"
		     "DTSTART:20260302T150000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
		     "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\n"
		     "RECURRENCE-ID:20260303T100000Z\r\n"
		     "DTSTART:20260303T100000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n"
		     "END:VEVENT\r\nEND:VCALENDAR\r\n");
	free_busy(w, CAL, "20260301T000000Z", "20260310T000000Z");
	expect_count(w, "series", "FREEBUSY:", 2);
	expect_text(w, "moved", "FREEBUSY:20260302T150000Z/PT1H\r\n");
	ask(w, "PROPPATCH", CAL,
		"<D:propertyupdate" NS_ALL "><D:set><D:prop><C:calendar-timezone-id>Europe/Berlin"
		"</C:calendar-timezone-id></D:prop></D:set></D:propertyupdate>");
	put(w, CAL "f.ics", EVENT("f", "DTSTART:20260701T100000\r\nDURATION:PT1H\r\n"));
	free_busy(w, CAL, "20260701T000000Z", "20260702T000000Z");
	expect_text(w, "floating", "FREEBUSY:20260701T080000Z/PT1H\r\n");
}

static void looks_where_it_may(void **state)
{
	static const struct {
		const char *target, *depth;
		int status;
		size_t busy;
	} rows[] = {
		{CAL, "1", 200, 1},
		{CAL, "0", 200, 0},
		{CAL, NULL, 200, 1}, /* QUERY_DEPTH_MISSING */
		{HOME, "1", 200, 0},
		{HOME, "infinity", 200, 1},
		{CAL "a.ics", "0", 403, 0},
		{"/dav/calendars/ben/personal/", "1", 404, 0},
	};
	struct world *w = *state;

	put(w, CAL "a.ics", event(w, "a", 1));
	ask(w, "MKCALENDAR", HOME "birthdays/", NULL);
	put(w, HOME "birthdays/b.ics", event(w, "b", 1));
	put(w, HOME "birthdays/c.ics", event(w, "c", 2));
	ask(w, "PROPPATCH", HOME "birthdays/",
		"<D:propertyupdate" NS_ALL
		"><D:set><D:prop><C:schedule-calendar-transp><C:transparent/>"
		"</C:schedule-calendar-transp></D:prop></D:set></D:propertyupdate>");
	for (size_t i = 0; i < COUNT(rows); i++) {
		w->depth = rows[i].depth;
		free_busy(w, rows[i].target, "20260301T000000Z", "20260401T000000Z");
		expect(w, rows[i].target, rows[i].status);
		expect_count(w, rows[i].target, "FREEBUSY:", rows[i].busy);
	}
	w->depth = "1";
	ask(w, "REPORT", CAL, "<C:free-busy-query" NS_ALL "/>");
	expect(w, "no range", 400);
	ask(w, "REPORT", CAL,
		"<C:free-busy-query" NS_ALL
		"><C:time-range start=\"20260301T000000Z\"/></C:free-busy-query>");
	expect(w, "open range", 200);
	expect_count(w, "no end", "DTEND", 0);
	expect_text(w, "the start as asked", "DTSTART:20260301T000000Z\r\n");
	put(w, CAL "s.ics",
		EVENT("s", "DTSTART:20260301T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n"));
	ask(w, "REPORT", CAL,
		"<C:free-busy-query" NS_ALL
		"><C:time-range start=\"20260301T000000Z\"/></C:free-busy-query>");
	expect(w, "without end, a series without end", 507);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(answers_the_example),
		WORLD_TEST(knows_the_table),
		WORLD_TEST(joins_what_overlaps),
		WORLD_TEST(follows_overrides_and_zones),
		WORLD_TEST(looks_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
