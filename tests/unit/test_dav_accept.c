/* SPDX-License-Identifier: ISC */
/* Which version of a card a request gets (webdav/accept.c; RFC 9110 12.5.1, RFC 6352 5.1.1, 10.4). */
#include "tests/unit/dav_world.h"

#include "webdav/accept.h"

#define V3 CARD_VCARD_3
#define V4 CARD_VCARD_4
#define JSON CARD_JCARD
#define NONE CARD_AS_STORED /* nothing is acceptable */
#define KDE "text/html, text/*;q=0.9, image/jpeg;q=0.9, image/png;q=0.9, image/*;q=0.9, */*;q=0.8"

/* What a card of 3.0, one of 4.0 and an address book come as. */
static const struct {
	const char *accept;
	enum card_format of_3, of_4, of_book;
} rows[] = {
	/* nothing said, or nothing that can be read */
	{NULL, V3, V3, V3},
	{"", V3, V3, V3},
	{" , ,", V3, V3, V3},
	{"nonsense", V3, V3, V3},
	{"text/vcard;version=4.0;q=2", V3, V3, V3},
	{"text/vcard;version=4.0;q=", V3, V3, V3},
	{"text/vcard;version=4.0;q=0.1234", V3, V3, V3},
	{"text/vcard;version=4.0;q=1.5", V3, V3, V3},
	{"text/vcard;version=4.0;q=-1", V3, V3, V3},
	{";q=1", V3, V3, V3},
	/* anything */
	{"*/*", V3, V3, V3},
	{"text/*", V3, V3, V3},
	{"text/html,*/*", V3, V3, V3},
	{KDE, V3, V3, V3},
	{"application/json, text/plain, */*", V3, V3, V3},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", V3, V3, V3},
	/* the type */
	{"text/vcard", V3, V3, V3},
	{"TEXT/VCard", V3, V3, V3},
	{"text/vcard; charset=utf-8", V3, V3, V3},
	{"text/x-vcard", V3, V3, V3},
	{"text/directory;profile=vcard", V3, V3, V3},
	{"application/vcard+json", JSON, JSON, NONE},
	{"Application/VCard+JSON;q=0.001", JSON, JSON, NONE},
	{"application/vcard+json;version=4.0", JSON, JSON, NONE},
	{"application/vcard+json;version=3.0", NONE, NONE, NONE},
	/* the version */
	{"text/vcard;version=3.0", V3, V3, V3},
	{"text/vcard;version=4.0", V4, V4, V4},
	{"text/vcard; Version=\"4.0\"", V4, V4, V4},
	{"text/vcard;charset=utf-8;version=4.0;q=0.5", V4, V4, V4},
	{"text/vcard;version=2.1", NONE, NONE, NONE},
	{"text/vcard;version=", NONE, NONE, NONE},
	{"text/vcard;version=2.1, text/vcard;version=4.0", V4, V4, V4},
	/* both alike: as it is stored */
	{"text/vcard;version=3.0, text/vcard;version=4.0", V3, V4, V3},
	{"text/vcard;version=4.0,text/vcard;version=3.0", V3, V4, V3},
	{"text/vcard;version=4.0;q=0.5, text/vcard;version=3.0;q=0.5, */*;q=0.1", V3, V4, V3},
	/* the better one */
	{"text/vcard;version=4.0, text/vcard;version=3.0;q=0.9", V4, V4, V4},
	{"text/vcard;version=3.0, text/vcard;version=4.0;q=0.999", V3, V3, V3},
	{"text/vcard;version=4.0;q=1.000, text/vcard;q=0.9", V4, V4, V4},
	{"application/vcard+json, text/vcard;q=0.5", JSON, JSON, V3},
	{"application/vcard+json;q=0.5, text/vcard", V3, V3, V3},
	{"application/vcard+json, text/vcard", V3, V3, V3},
	/* among equals the one that is named most exactly */
	{"text/vcard;version=4.0, text/vcard", V4, V4, V4},
	{"text/vcard, */*, text/vcard;version=4.0", V4, V4, V4},
	{"application/vcard+json, */*", JSON, JSON, V3},
	/* the most exact range decides on each, also to refuse it */
	{"text/vcard;version=3.0;q=0.5, text/vcard", V4, V4, V4},
	{"text/vcard;version=3.0;q=0, */*", V4, V4, V4},
	{"text/vcard;q=0, */*", JSON, JSON, NONE},
	{"text/vcard;q=0, application/vcard+json;q=0, */*", NONE, NONE, NONE},
	{"*/*;q=0", NONE, NONE, NONE},
	{"text/*;q=0, */*;q=0.1", JSON, JSON, NONE},
	/* something else */
	{"text/html", NONE, NONE, NONE},
	{"text/calendar", NONE, NONE, NONE},
	{"application/json", NONE, NONE, NONE},
	{"text/vcard2", NONE, NONE, NONE},
	{"text/html;x=\"text/vcard, */*\"", NONE, NONE, NONE},
};

static enum card_format choose(
	const char *accept, const char *second, enum dav_kind kind, bool is_4)
{
	struct dav_header headers[] = {{"Accept", accept}, {"accept", second}};
	struct dav_request request = {.headers = headers, .n_headers = !!accept + !!second};
	struct dav_exchange x = {.request = &request, .arena = arena_new()};
	struct store_item item = {.facts = {.flags = is_4 ? FACTS_VCARD4 : 0}};
	struct dav_resource r = {.kind = kind, .item = kind == DAV_CARD ? &item : NULL};
	enum card_format format = NONE;

	if (!dav_accept_card(&x, &r, &format))
		format = NONE;
	arena_free(x.arena);
	return format;
}

static void chooses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *accept = rows[i].accept;
		enum card_format of_3 = choose(accept, NULL, DAV_CARD, false),
				 of_4 = choose(accept, NULL, DAV_CARD, true),
				 of_book = choose(accept, NULL, DAV_ADDRESSBOOK, false);
		if (of_3 != rows[i].of_3 || of_4 != rows[i].of_4 || of_book != rows[i].of_book)
			fail_msg("Accept: %s gave %d %d %d", accept ? accept : "(none)", of_3, of_4,
				of_book);
	}
}

static void reads_all_lines(void **state)
{
	(void)state;
	assert_int_equal(choose("text/html", "text/vcard;version=4.0", DAV_CARD, false), V4);
	assert_int_equal(
		choose("text/vcard;q=0.1", "application/vcard+json", DAV_CARD, false), JSON);
}

/* What stands behind the hundredth media range is not looked at. */
static void is_bounded(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	for (int i = 0; i < 100; i++)
		buf_adds(&text, "text/html, ");
	buf_adds(&text, "text/vcard");
	assert_int_equal(choose(text.data, NULL, DAV_CARD, false), NONE);
	buf_free(&text);
}

static void knows_what_is_asked_for(void **state)
{
	static const struct {
		const char *type, *version;
		enum card_format format;
	} asked[] = {
		{NULL, NULL, V3},
		{"text/vcard", NULL, V3},
		{"Text/VCARD", "3.0", V3},
		{NULL, "3.0", V3},
		{NULL, "4.0", V4},
		{"text/vcard", "4.0", V4},
		{"application/vcard+json", NULL, JSON},
		{"application/vcard+json", "4.0", JSON},
		{"application/vcard+json", "3.0", NONE},
		{"text/vcard", "2.1", NONE},
		{"text/vcard", "", NONE},
		{"", NULL, NONE},
		{"text/calendar", NULL, NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const struct dav_card_type *type = dav_card_type_asked(
			asked[i].type, asked[i].version);
		assert_int_equal(type ? type->format : NONE, asked[i].format);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses),
		cmocka_unit_test(reads_all_lines),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(knows_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
