/* SPDX-License-Identifier: ISC */
/* webdav/prop_cal.c and prop_card.c: as read, as set by PROPPATCH and at creation. */
#include "tests/unit/dav_world.h"
#include "tests/unit/rfc4791_b.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define ANNA "/dav/principals/users/anna/"

static void find(struct world *w, const char *target, const char *props)
{
	w->depth = "0";
	ask(w, "PROPFIND", target,
		arena_printf(
			w->arena, "<D:propfind" NS_ALL "><D:prop>%s</D:prop></D:propfind>", props));
	w->depth = NULL;
	expect(w, target, 207);
}

static void patch(struct world *w, const char *target, const char *set, const char *remove)
{
	ask(w, "PROPPATCH", target,
		arena_printf(w->arena,
			"<D:propertyupdate" NS_ALL ">%s%s%s%s%s%s</D:propertyupdate>",
			*set ? "<D:set><D:prop>" : "", set, *set ? "</D:prop></D:set>" : "",
			*remove ? "<D:remove><D:prop>" : "", remove,
			*remove ? "</D:prop></D:remove>" : ""));
	expect(w, target, 207);
}

static void reads(void **state)
{
	static const struct {
		const char *target, *prop, *want;
	} rows[] = {
		{CAL, "<C:supported-calendar-component-set/>",
			"<c:comp name=\"VEVENT\"/></c:supported"},
		{HOME "tasks/", "<C:supported-calendar-component-set/>",
			"<c:comp name=\"VTODO\"/></c:supported"},
		{HOME, "<C:supported-calendar-component-sets/>",
			"<c:comp name=\"VTODO\"/></c:supported-calendar-component-set>"},
		{CAL, "<C:supported-calendar-data/>",
			"content-type=\"text/calendar\" version=\"2.0\""},
		{CAL, "<C:max-resource-size/>",
			"<c:max-resource-size>10485760</c:max-resource-size>"},
		{CAL, "<C:supported-collation-set/>",
			"<c:supported-collation>i;octet</c:supported-collation>"},
		{CAL, "<C:schedule-calendar-transp/>", "<c:opaque/>"},
		{CAL, "<C:calendar-description/>", "404"},
		{CAL, "<C:calendar-timezone/>", "404"},
		{CAL, "<C:min-date-time/>", ">00010101T000000Z<"},
		{CAL, "<C:max-date-time/>", ">99991231T235959Z<"},
		{CAL, "<C:max-instances/>", ">20000<"},
		{CAL, "<C:max-attendees-per-instance/>", ">5000<"},
		{HOME, "<C:min-date-time/>", "404"},
		{CAL, "<A:calendar-color/>", "404"},
		{CAL, "<S:getctag/>", "<cs:getctag>data:,"},
		{BOOKS, "<D:sync-token/>", "<d:sync-token>data:,"},
		{ANNA, "<C:calendar-home-set/>", "<d:href>" HOME "</d:href>"},
		{ANNA, "<R:addressbook-home-set/>", "<d:href>" BOOKS "</d:href>"},
		{"/", "<C:calendar-home-set/>", "<d:href>" HOME "</d:href>"},
		{"/dav/", "<R:addressbook-home-set/>", "<d:href>" BOOKS "</d:href>"},
		{ANNA, "<C:calendar-user-address-set/>",
			"<d:href>mailto:anna@example.org</d:href>"},
		{ANNA, "<C:calendar-user-address-set/>", "<d:href>" ANNA "</d:href>"},
		{ANNA, "<C:calendar-user-address-set/>", "<d:href>urn:uuid:"},
		{ANNA, "<C:calendar-user-type/>", "INDIVIDUAL"},
		{ANNA, "<S:email-address-set/>",
			"<cs:email-address>anna.b@example.net</cs:email-address>"},
		{"/dav/principals/users/ben/", "<C:calendar-home-set/>",
			"<d:href>/dav/calendars/ben/</d:href>"},
		{CAL, "<C:calendar-home-set/>", "404"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		find(w, rows[i].target, rows[i].prop);
		expect_text(w, rows[i].prop, rows[i].want);
	}
	/* RFC 4791 5.2: not with allprop; the data is no property at all (9.6). */
	put(w, CAL "a.ics", event(w, "a", 1));
	w->depth = "1";
	ask(w, "PROPFIND", CAL, "<D:propfind" NS_ALL "><D:allprop/></D:propfind>");
	expect_text(w, "allprop", "!c:supported-");
	expect_text(w, "allprop", "!sync-token");
	expect_text(w, "allprop", "!<c:calendar-data");
	ask(w, "PROPFIND", CAL, "<D:propfind" NS_ALL "><D:propname/></D:propfind>");
	expect_text(w, "propname", "!<c:calendar-data");
	expect_text(w, "propname", "<c:supported-calendar-component-set/>");
	find(w, CAL "a.ics", "<C:calendar-data/>");
	expect_text(w, "asked for by name", "<c:calendar-data>BEGIN:VCALENDAR");
}

static void keeps_what_clients_set(void **state)
{
	static const char apple[] =
		"<A:calendar-color symbolic-color=\"custom\">#FF2D55FF</A:calendar-color>"
		"<A:calendar-order>7</A:calendar-order>"
		"<C:calendar-description xml:lang=\"de\">Alles &amp; mehr</C:calendar-description>"
		"<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>"
		"<S:source><D:href>http://example.com/x.ics</D:href></S:source>";
	struct world *w = *state;

	patch(w, CAL, apple, "");
	expect_text(w, "set", "200 OK");
	find(w, CAL,
		"<A:calendar-color/><A:calendar-order/><C:calendar-description/>"
		"<C:schedule-calendar-transp/><S:source/>");
	expect_text(w, "colour", "symbolic-color=\"custom\"");
	expect_text(w, "colour", ">#FF2D55FF</");
	expect_text(w, "language", "xml:lang=\"de\"");
	expect_text(w, "text", "Alles &amp; mehr");
	expect_text(w, "order", ">7</");
	expect_text(w, "transp", "transparent");
	expect_text(w, "source", "http://example.com/x.ics");
	expect_text(w, "all found", "!HTTP/1.1 404");
	patch(w, CAL, "", "<A:calendar-color/>");
	find(w, CAL, "<A:calendar-color/>");
	expect_text(w, "removed", "404");
	patch(w, CAL, "<C:schedule-calendar-transp><C:glass/></C:schedule-calendar-transp>", "");
	expect_text(w, "wrong", "409");
	patch(w, CAL, "<D:sync-token>x</D:sync-token>", "");
	expect_text(w, "protected", "<d:cannot-modify-protected-property/>");
	patch(w, CAL,
		"<C:supported-calendar-component-set><C:comp name=\"VTODO\"/>"
		"</C:supported-calendar-component-set>",
		"");
	expect_text(w, "said at creation only", "403");
}

static void zone_and_id_agree(void **state)
{
	struct world *w = *state;

	patch(w, CAL,
		"<C:calendar-timezone>" RFC4791_HEAD RFC4791_ZONE
		"END:VCALENDAR\r\n</C:calendar-timezone>",
		"");
	find(w, CAL, "<C:calendar-timezone-id/><C:calendar-timezone/>");
	expect_text(w, "id of the data", ">US/Eastern</");
	expect_text(w, "data", "TZOFFSETTO:-0400");
	patch(w, CAL, "<C:calendar-timezone-id>Europe/Berlin</C:calendar-timezone-id>", "");
	find(w, CAL, "<C:calendar-timezone-id/><C:calendar-timezone/>");
	expect_text(w, "data of the id", "TZID:Europe/Berlin");
	expect_text(w, "the old one is gone", "!US/Eastern");
	patch(w, CAL, "<C:calendar-timezone>nonsense</C:calendar-timezone>", "");
	expect_text(w, "5.2.10", "<c:valid-calendar-data/>");
	patch(w, CAL, "<C:calendar-timezone-id>Mars/Base</C:calendar-timezone-id>", "");
	expect_text(w, "unknown", "403");
	patch(w, CAL, "", "<C:calendar-timezone/>");
	find(w, CAL, "<C:calendar-timezone-id/>");
	expect_text(w, "both are gone", "404");
}

static void creation_says_components(void **state)
{
	static const struct {
		const char *set;
		int status;
		const char *want;
	} rows[] = {
		{"<C:comp name=\"VTODO\"/>", 201,
			"<c:supported-calendar-component-set><c:comp name=\"VTODO\"/></c:"},
		{"<C:comp name=\"VEVENT\"/><C:comp name=\"VTODO\"/>", 201,
			"<c:supported-calendar-component-set><c:comp name=\"VEVENT\"/>"
			"<c:comp name=\"VTODO\"/></c:"},
		{"<C:comp name=\"VPOLL\"/>", 403, NULL},
		{"", 403, NULL},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *target = arena_printf(w->arena, HOME "new%zu/", i);
		ask(w, "MKCALENDAR", target,
			arena_printf(w->arena,
				"<C:mkcalendar" NS_ALL
				"><D:set><D:prop><D:displayname>N</D:displayname>"
				"<C:supported-calendar-component-set>%s"
				"</C:supported-calendar-component-set></D:prop></D:set>"
				"</C:mkcalendar>",
				rows[i].set));
		if (rows[i].status == 201) {
			expect(w, rows[i].set, 201);
			find(w, target, "<C:supported-calendar-component-set/>");
			expect_text(w, rows[i].set, rows[i].want);
		} else {
			assert_int_not_equal(w->answer.status, 201);
		}
	}
}

static void address_books_have_theirs(void **state)
{
	struct world *w = *state;

	make_book(w);
	find(w, BOOK,
		"<R:supported-address-data/><R:max-resource-size/>"
		"<R:supported-collation-set/><S:getctag/><D:sync-token/>");
	expect_text(w, "all", "!HTTP/1.1 404");
	expect_text(w, "versions",
		"version=\"3.0\"/><card:address-data-type "
		"content-type=\"text/vcard\" version=\"4.0\"");
	patch(w, BOOK, "<R:addressbook-description>Friends</R:addressbook-description>", "");
	find(w, BOOK, "<R:addressbook-description/>");
	expect_text(w, "description", ">Friends</");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(reads),
		WORLD_TEST(keeps_what_clients_set),
		WORLD_TEST(zone_and_id_agree),
		WORLD_TEST(creation_says_components),
		WORLD_TEST(address_books_have_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
