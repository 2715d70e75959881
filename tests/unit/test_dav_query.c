/* SPDX-License-Identifier: ISC */
/*
 * webdav/report_query.c, filter_xml.c and data.c on the calendar of RFC 4791 Appendix B: the
 * examples of section 7.8, and filters that are none.
 */
#include "tests/unit/dav_world.h"
#include "tests/unit/rfc4791_b.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define RANGE(start, end) "<C:time-range start=\"" start "\" end=\"" end "\"/>"
#define COMP(name, inside) "<C:comp-filter name=\"" name "\">" inside "</C:comp-filter>"
#define PROP(name, inside) "<C:prop-filter name=\"" name "\">" inside "</C:prop-filter>"
#define IN_CALENDAR(inside) COMP("VCALENDAR", inside)
#define DATA "<D:prop><D:getetag/><C:calendar-data/></D:prop>"

/* An empty calendar with the objects of the appendix in it. */
static void fill(struct world *w)
{
	ask(w, "MKCALENDAR", HOME "work/", NULL);
	expect(w, "MKCALENDAR", 201);
	for (size_t i = 0; i < COUNT(rfc4791_items); i++)
		put(w, arena_printf(w->arena, HOME "work/%s", rfc4791_items[i].name),
			rfc4791_items[i].data);
	w->depth = "1";
}

static int query(struct world *w, const char *prop, const char *filter)
{
	return ask(w, "REPORT", HOME "work/",
		arena_printf(w->arena,
			"<C:calendar-query" NS_ALL ">%s<C:filter>%s</C:filter></C:calendar-query>",
			prop, filter));
}

/* "1 3": abcd1.ics and abcd3.ics and no others. */
static void expect_items(struct world *w, const char *name, const char *digits)
{
	size_t want = 0;

	expect(w, name, 207);
	for (const char *d = digits; *d; d++) {
		if (*d == ' ')
			continue;
		want++;
		expect_text(w, name,
			arena_printf(w->arena, "<d:href>" HOME "work/abcd%c.ics</d:href>", *d));
	}
	expect_count(w, name, "<d:response>", want);
}

static const struct {
	const char *name, *filter, *want;
} examples[] = {
	{"7.8.1", IN_CALENDAR(COMP("VEVENT", RANGE("20060104T000000Z", "20060105T000000Z"))),
		"2 3"},
	{"7.8.2", IN_CALENDAR(COMP("VEVENT", RANGE("20060103T000000Z", "20060105T000000Z"))),
		"2 3"},
	{"7.8.4", IN_CALENDAR(COMP("VFREEBUSY", RANGE("20060102T000000Z", "20060103T000000Z"))),
		"8"},
	{"7.8.6",
		IN_CALENDAR(COMP("VEVENT",
			PROP("UID",
				"<C:text-match "
				"collation=\"i;octet\">DC6C50A017428C5216A2F1CD@example.com"
				"</C:text-match>"))),
		"3"},
	{"7.8.7",
		IN_CALENDAR(COMP("VEVENT",
			PROP("ATTENDEE",
				"<C:text-match "
				"collation=\"i;ascii-casemap\">mailto:"
				"lisa@example.com</C:text-match>"
				"<C:param-filter name=\"PARTSTAT\">"
				"<C:text-match>NEEDS-ACTION</C:text-match>"
				"</C:param-filter>"))),
		"3"},
	{"7.8.8", IN_CALENDAR(COMP("VEVENT", "")), "1 2 3"},
	{"7.8.9",
		IN_CALENDAR(COMP("VTODO",
			PROP("COMPLETED", "<C:is-not-defined/>") PROP("STATUS",
				"<C:text-match "
				"negate-condition=\"yes\">CANCELLED</C:text-match>"))),
		"4 5"},
	{"Appendix B", IN_CALENDAR(""), "1 2 3 4 5 6 7 8"},
	{"half a UID",
		IN_CALENDAR(COMP("VTODO",
			PROP("UID", "<C:text-match>e10ba47467c5c69bb74e872</C:text-match>"))),
		"5 6 7"},
	{"UID is not everything",
		IN_CALENDAR(COMP("VTODO",
			PROP("UID",
				"<C:text-match "
				"negate-condition=\"yes\">"
				"E10BA47467C5C69BB74E872</C:text-match>"))),
		"4"},
	{"UID, octets",
		IN_CALENDAR(COMP("VTODO",
			PROP("UID", "<C:text-match collation=\"i;octet\">e10</C:text-match>"))),
		""},
	{"start only", IN_CALENDAR(COMP("VEVENT", "<C:time-range start=\"20060105T000000Z\"/>")),
		"2"},
	{"end only", IN_CALENDAR(COMP("VEVENT", "<C:time-range end=\"20060102T160000Z\"/>")), "1"},
	{"none", IN_CALENDAR(COMP("VJOURNAL", "")), ""},
	{"not defined", IN_CALENDAR(COMP("VEVENT", "<C:is-not-defined/>")), "4 5 6 7 8"},
	{"two types at once", IN_CALENDAR(COMP("VEVENT", "") COMP("VTODO", "")), ""},
	{"property range",
		IN_CALENDAR(COMP(
			"VTODO", PROP("COMPLETED", RANGE("20051223T000000Z", "20051224T000000Z")))),
		"6"},
	{"a name nobody standardised", IN_CALENDAR(COMP("VEVENT", PROP("X-ABC-GUID", ""))), ""},
	{"after the series",
		IN_CALENDAR(COMP("VEVENT", RANGE("20060110T000000Z", "20070105T000000Z"))), ""},
};

static void finds_what_the_examples_find(void **state)
{
	struct world *w = *state;

	fill(w);
	for (size_t round = 0; round < 2; round++) /* the second time from what is remembered */
		for (size_t i = 0; i < COUNT(examples); i++) {
			query(w, "<D:prop><D:getetag/></D:prop>", examples[i].filter);
			expect_items(w, examples[i].name, examples[i].want);
		}
}

static void renders_what_is_asked(void **state)
{
	static const char filter[] = IN_CALENDAR(
		COMP("VEVENT", RANGE("20060103T000000Z", "20060105T000000Z")));
	struct world *w = *state;

	fill(w);
	query(w, DATA, filter);
	expect_text(w, "all", "UID:00959BC664CA650E933C892C@example.com\n");
	expect_text(w, "all", "RRULE:FREQ=DAILY;COUNT=5\n");
	expect_text(w, "no CR", "!&#13;");
	query(w,
		"<D:prop><C:calendar-data><C:comp name=\"VCALENDAR\"><C:prop name=\"VERSION\"/>"
		"<C:comp name=\"VEVENT\"><C:prop name=\"SUMMARY\"/><C:prop "
		"name=\"DTSTART\" novalue=\"yes\"/></C:comp>"
		"<C:comp name=\"VTIMEZONE\"/></C:comp></C:calendar-data></D:prop>",
		filter);
	expect(w, "7.8.1", 207);
	expect_text(w, "7.8.1", "SUMMARY:Event #2\n");
	expect_text(w, "7.8.1", "TZID:US/Eastern\n");
	expect_text(w, "7.8.1", "!DTSTAMP");
	expect_text(w, "7.8.1", "!PRODID");
	expect_text(w, "novalue", "DTSTART;TZID=US/Eastern:\n");
	/* 7.8.3 */
	query(w,
		"<D:prop><C:calendar-data><C:expand "
		"start=\"20060103T000000Z\" end=\"20060105T000000Z\"/></C:calendar-data>"
		"</D:prop>",
		filter);
	expect(w, "7.8.3", 207);
	expect_text(w, "7.8.3", "DTSTART:20060103T170000Z\n");
	expect_text(w, "7.8.3", "DTSTART:20060104T190000Z\n");
	expect_text(w, "7.8.3", "RECURRENCE-ID:20060104T170000Z\n");
	expect_text(w, "7.8.3", "!RRULE");
	expect_text(w, "7.8.3", "!VTIMEZONE");
	/* 7.8.4 */
	query(w,
		"<D:prop><C:calendar-data><C:limit-freebusy-set "
		"start=\"20060102T000000Z\" end=\"20060103T000000Z\"/>"
		"</C:calendar-data></D:prop>",
		IN_CALENDAR(COMP("VFREEBUSY", RANGE("20060102T000000Z", "20060103T000000Z"))));
	expect_text(
		w, "7.8.4", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z\n");
	expect_text(w, "7.8.4", "!20060103T100000Z");
}

static void refuses_bad_filters(void **state)
{
	static const struct {
		const char *name, *filter, *element;
	} rows[] = {
		{"nothing", "", "<c:valid-filter>"},
		{"not VCALENDAR", COMP("VEVENT", ""), "<c:valid-filter>"},
		{"two", IN_CALENDAR("") IN_CALENDAR(""), "<c:valid-filter>"},
		{"no name", "<C:comp-filter/>", "<c:valid-filter>"},
		{"VEVENT in VTODO", IN_CALENDAR(COMP("VTODO", COMP("VEVENT", ""))),
			"<c:valid-filter>"},
		{"VALARM at the top", IN_CALENDAR(COMP("VALARM", "")), "<c:valid-filter>"},
		{"range on SUMMARY",
			IN_CALENDAR(COMP("VEVENT",
				PROP("SUMMARY", RANGE("20060102T000000Z", "20060103T000000Z")))),
			"<c:valid-filter>"},
		{"range on VTIMEZONE",
			IN_CALENDAR(
				COMP("VTIMEZONE", RANGE("20060102T000000Z", "20060103T000000Z"))),
			"<c:valid-filter>"},
		{"range on what nobody knows",
			IN_CALENDAR(COMP("X-THING", RANGE("20060102T000000Z", "20060103T000000Z"))),
			"<c:supported-filter><c:comp-filter name=\"X-THING\"/>"},
		{"empty range", IN_CALENDAR(COMP("VEVENT", "<C:time-range/>")), "<c:valid-filter>"},
		{"local time",
			IN_CALENDAR(COMP("VEVENT", "<C:time-range start=\"20060102T000000\"/>")),
			"<c:valid-filter>"},
		{"a date", IN_CALENDAR(COMP("VEVENT", "<C:time-range start=\"20060102\"/>")),
			"<c:valid-filter>"},
		{"no such day",
			IN_CALENDAR(COMP("VEVENT", "<C:time-range start=\"20060230T000000Z\"/>")),
			"<c:valid-filter>"},
		{"backwards",
			IN_CALENDAR(COMP("VEVENT", RANGE("20060103T000000Z", "20060103T000000Z"))),
			"<c:valid-filter>"},
		{"is-not-defined and more",
			IN_CALENDAR(COMP("VEVENT",
				"<C:is-not-defined/>" RANGE(
					"20060102T000000Z", "20060103T000000Z"))),
			"<c:valid-filter>"},
		{"unknown element", IN_CALENDAR(COMP("VEVENT", "<C:near/>")), "<c:valid-filter>"},
		{"negate",
			IN_CALENDAR(COMP("VEVENT",
				PROP("UID",
					"<C:text-match "
					"negate-condition=\"maybe\">x</C:text-match>"))),
			"<c:valid-filter>"},
		{"collation",
			IN_CALENDAR(COMP("VEVENT",
				PROP("UID",
					"<C:text-match collation=\"i;basic\">x</C:text-match>"))),
			"<c:supported-collation>"},
	};
	struct world *w = *state;

	fill(w);
	for (size_t i = 0; i < COUNT(rows); i++) {
		query(w, DATA, rows[i].filter);
		expect(w, rows[i].name, 403);
		/* An element without content may be written either way. */
		const char *want = rows[i].element;
		if (!strstr(body_of(w), want))
			want = arena_printf(w->arena, "%.*s/>", (int)strlen(want) - 1, want);
		expect_text(w, rows[i].name, want);
	}
	/* RFC 4918 17: elements of strangers are nobody's business. */
	query(w, DATA, IN_CALENDAR(COMP("VEVENT", "<near xmlns=\"urn:x\"/>")));
	expect_items(w, "foreign", "1 2 3");
}

static void checks_the_data_element(void **state)
{
	static const struct {
		const char *data;
		int status;
		const char *text;
	} rows[] = {
		{"<C:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>", 207,
			"BEGIN:VCALENDAR"},
		{"<C:calendar-data content-type=\"application/calendar+json\"/>", 403,
			"<c:supported-calendar-data"},
		{"<C:calendar-data content-type=\"text/calendar\" version=\"3.0\"/>", 403,
			"<c:supported-calendar-data"},
		{"<C:calendar-data><C:expand start=\"20060103T000000Z\"/></C:calendar-data>", 400,
			""},
		{"<C:calendar-data><C:comp name=\"VEVENT\"/></C:calendar-data>", 400, ""},
	};
	struct world *w = *state;

	fill(w);
	for (size_t i = 0; i < COUNT(rows); i++) {
		query(w, arena_printf(w->arena, "<D:prop>%s</D:prop>", rows[i].data),
			IN_CALENDAR(""));
		expect(w, rows[i].data, rows[i].status);
		expect_text(w, rows[i].data, rows[i].text);
	}
}

static void reads_the_time_zone(void **state)
{
	static const char floating[] =
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:f\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000\r\nDURATION:PT1H\r\n"
		"END:VEVENT\r\nEND:VCALENDAR\r\n";
	static const struct {
		const char *zone;
		int status, hits;
	} rows[] = {
		{"", 207, 0},
		{"<C:timezone-id>America/New_York</C:timezone-id>", 207, 1},
		{"<C:timezone-id>Europe/Nowhere</C:timezone-id>", 403, 0},
		{"<C:timezone>\n" RFC4791_HEAD RFC4791_ZONE "END:VCALENDAR\r\n</C:timezone>", 207,
			1},
		{"<C:timezone>BEGIN:VCALENDAR\nEND:VCALENDAR</C:timezone>", 403, 0},
	};
	struct world *w = *state;

	put(w, CAL "f.ics", floating);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask(w, "REPORT", CAL,
			arena_printf(w->arena,
				"<C:calendar-query" NS_ALL
				"><D:prop><D:getetag/></D:prop><C:filter>" IN_CALENDAR(
					COMP("VEVENT",
						RANGE("20260301T153000Z",
							"20260301T160000Z"))) "</C:filter>%s"
									      "</C:calendar-query>",
				rows[i].zone));
		expect(w, rows[i].zone, rows[i].status);
		expect_count(w, rows[i].zone, "<d:response>", (size_t)rows[i].hits);
	}
	/* The calendar's own zone does the same. */
	ask(w, "PROPPATCH", CAL,
		"<D:propertyupdate" NS_ALL
		"><D:set><D:prop><C:calendar-timezone-id>America/New_York"
		"</C:calendar-timezone-id></D:prop></D:set></D:propertyupdate>");
	expect(w, "PROPPATCH", 207);
	ask(w, "REPORT", CAL,
		"<C:calendar-query" NS_ALL
		"><D:prop><D:getetag/></D:prop><C:filter>" IN_CALENDAR(COMP("VEVENT",
			RANGE("20260301T153000Z",
				"20260301T160000Z"))) "</C:filter></C:calendar-query>");
	expect_count(w, "calendar-timezone", "<d:response>", 1);
}

static void looks_where_depth_says(void **state)
{
	static const struct {
		const char *target, *depth;
		size_t hits;
	} rows[] = {
		{CAL, "0", 0},
		{CAL, "1", 1},
		{CAL, "infinity", 1},
		{CAL, NULL, 1},
		{HOME, "0", 0},
		{HOME, "1", 0},
		{HOME, "infinity", 2},
		{CAL "a.ics", "0", 1},
		{CAL "a.ics", NULL, 1},
	};
	struct world *w = *state;

	ask(w, "MKCALENDAR", HOME "other/", NULL);
	put(w, CAL "a.ics", event(w, "a", 1));
	put(w, HOME "other/b.ics", event(w, "b", 1));
	for (size_t i = 0; i < COUNT(rows); i++) {
		w->depth = rows[i].depth;
		ask(w, "REPORT", rows[i].target,
			"<C:calendar-query" NS_ALL
			"><D:prop><D:getetag/></D:prop><C:filter>" IN_CALENDAR(
				COMP("VEVENT", "")) "</C:filter></C:calendar-query>");
		expect(w, rows[i].target, 207);
		expect_count(w, rows[i].target, "<d:response>", rows[i].hits);
	}
}

static void asks_cards(void **state)
{
#define TEXT(attrs, text) "<R:text-match" attrs ">" text "</R:text-match>"
#define CARD_PROP(name, inside) "<R:prop-filter name=\"" name "\">" inside "</R:prop-filter>"
	static const struct {
		const char *filter, *names;
	} rows[] = {
		{"", "em"},
		{"<R:filter/>", "em"},
		{"<R:filter>" CARD_PROP("FN", TEXT("", "EVA")) "</R:filter>", "e"},
		{"<R:filter>" CARD_PROP("FN", TEXT(" match-type=\"equals\"", "mäx")) "</R:filter>",
			"m"},
		{"<R:filter>" CARD_PROP("FN", TEXT(" match-type=\"equals\"", "mä")) "</R:filter>",
			""},
		{"<R:filter>" CARD_PROP(
			 "FN", TEXT(" match-type=\"starts-with\"", "MÄ")) "</R:filter>",
			"m"},
		{"<R:filter>" CARD_PROP(
			 "FN", TEXT(" match-type=\"ends-with\"", "va")) "</R:filter>",
			"e"},
		{"<R:filter>" CARD_PROP("FN", TEXT(" match-type=\"ends-with\"", "v")) "</R:filter>",
			""},
		{"<R:filter>" CARD_PROP(
			 "FN", TEXT(" negate-condition=\"yes\"", "Eva")) "</R:filter>",
			"m"},
		{"<R:filter>" CARD_PROP("FN", TEXT(" collation=\"i;octet\"", "eva")) "</R:filter>",
			""},
		{"<R:filter>" CARD_PROP("EMAIL", "") "</R:filter>", "em"},
		{"<R:filter>" CARD_PROP("item1.EMAIL", "") "</R:filter>", "em"},
		{"<R:filter>" CARD_PROP("item2.EMAIL", "") "</R:filter>", ""},
		{"<R:filter>" CARD_PROP("TEL", "<R:is-not-defined/>") "</R:filter>", "em"},
		{"<R:filter>" CARD_PROP("EMAIL",
			 "<R:param-filter name=\"TYPE\">" TEXT(
				 "", "internet") "</R:param-filter>") "</R:filter>",
			"em"},
		{"<R:filter>" CARD_PROP("EMAIL",
			 "<R:param-filter name=\"PREF\"><R:is-not-defined/>"
			 "</R:param-filter>") "</R:filter>",
			"em"},
		{"<R:filter>" CARD_PROP("EMAIL", "<R:param-filter name=\"PREF\"/>") "</R:filter>",
			""},
		{"<R:filter test=\"allof\">" CARD_PROP("FN", TEXT("", "e"))
				CARD_PROP("UID", TEXT("", "max")) "</R:filter>",
			""},
		{"<R:filter test=\"anyof\">" CARD_PROP("FN", TEXT("", "e"))
				CARD_PROP("UID", TEXT("", "max")) "</R:filter>",
			"em"},
	};
	struct world *w = *state;

	make_book(w);
	put(w, BOOK "e.vcf", card(w, "eva", "Eva"));
	put(w, BOOK "m.vcf", card(w, "max", "Mäx"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask(w, "REPORT", BOOK,
			arena_printf(w->arena,
				"<R:addressbook-query" NS_ALL
				"><D:prop><D:getetag/></D:prop>%s</R:addressbook-query>",
				rows[i].filter));
		expect(w, rows[i].filter, 207);
		for (const char *n = rows[i].names; *n; n++)
			expect_text(w, rows[i].filter, arena_printf(w->arena, BOOK "%c.vcf", *n));
		expect_count(w, rows[i].filter, "<d:response>", strlen(rows[i].names));
	}
}

static void limits_and_cuts_cards(void **state)
{
	struct world *w = *state;

	make_book(w);
	put(w, BOOK "e.vcf", card(w, "eva", "Eva"));
	put(w, BOOK "m.vcf", card(w, "max", "Max"));
	ask(w, "REPORT", BOOK,
		"<R:addressbook-query" NS_ALL "><D:prop><R:address-data><R:prop name=\"VERSION\"/>"
		"<R:prop name=\"EMAIL\" novalue=\"yes\"/></R:address-data></D:prop>"
		"<R:limit><R:nresults>1</R:nresults></R:limit></R:addressbook-query>");
	expect(w, "limit", 207);
	expect_count(w, "limit", "<d:response>", 2);
	expect_text(w, "507", "<d:href>" BOOK "</d:href><d:status>HTTP/1.1 507");
	expect_text(
		w, "cut", "BEGIN:VCARD\nVERSION:3.0\nitem1.EMAIL;TYPE=HOME,INTERNET:\nEND:VCARD\n");
	ask(w, "REPORT", BOOK,
		"<R:addressbook-query" NS_ALL
		"><D:prop><D:getetag/></D:prop><R:filter><R:near/></R:filter>"
		"</R:addressbook-query>");
	expect(w, "unknown element", 403);
	expect_text(w, "unknown element", "<card:supported-filter");
	ask(w, "REPORT", BOOK,
		"<R:addressbook-query" NS_ALL "><D:prop><D:getetag/></D:prop><R:filter>" CARD_PROP(
			"FN", TEXT(" collation=\"i;x\"", "e")) "</R:filter></R:addressbook-query>");
	expect(w, "collation", 403);
	expect_text(w, "collation", "<card:supported-collation");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(finds_what_the_examples_find),
		WORLD_TEST(renders_what_is_asked),
		WORLD_TEST(refuses_bad_filters),
		WORLD_TEST(checks_the_data_element),
		WORLD_TEST(reads_the_time_zone),
		WORLD_TEST(looks_where_depth_says),
		WORLD_TEST(asks_cards),
		WORLD_TEST(limits_and_cuts_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
