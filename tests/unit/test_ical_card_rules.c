/* SPDX-License-Identifier: ISC */
/*
 * What is written anew must be vCard by RFC 2426 or RFC 6350: each rule with its line and its words; each row of
 * src/base/tolerance.h about cards is what lets its case pass, and nothing else does. What is refused stays readable
 * where it is stored.
 */
#include "ical/card.h"
#include "src/base/tolerance.h"
#include "tests/unit/ical_help.h"

/* In place of tolerance.c, so that a row can be switched off. */
static int switched_off = -1;

bool tolerates(enum tolerance tolerance)
{
	return (int)tolerance != switched_off;
}

static char *card(struct arena *arena, const char *version, const char *text)
{
	return lines(arena,
		arena_printf(arena, "BEGIN:VCARD|VERSION:%s|UID:u|FN:Anna|N:A;Anna;;;|%s|END:VCARD",
			version, text));
}

static bool accept(const char *bytes, struct facts_fault *fault)
{
	struct arena *arena = arena_new();
	struct facts facts = {0};
	bool fine = cal_accept(FACTS_ADDRESSBOOK, bytes, strlen(bytes), arena, &facts, fault);

	arena_free(arena);
	return fine;
}

static bool readable(const char *bytes, struct facts_fault *fault)
{
	struct arena *arena = arena_new();
	struct facts facts = {0};
	bool fine = cal_inspect(FACTS_ADDRESSBOOK, bytes, strlen(bytes), arena, &facts, fault);

	arena_free(arena);
	return fine;
}

/* The lines that stand in a card of that version, from line 6 on. */
static void accepted(void **state)
{
	static const struct {
		const char *version, *text;
	} rows[] = {
		/* 2426 */
		{"3.0", "NICKNAME:Robbie,Jim"},
		{"3.0", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ"},
		{"3.0", "PHOTO;VALUE=uri:http://www.example.com/jqpublic.gif"},
		{"3.0", "BDAY;VALUE=date-time:1953-10-15T23:10:00Z"},
		{"3.0", "BDAY:19960415"},
		{"3.0", "ADR;TYPE=dom,home,postal,parcel:;;123 Main Street;Any Town;CA;91921-1234"},
		{"3.0", "LABEL;TYPE=dom:Mr.John Q. Public\\, Esq.\\nMail Drop"},
		{"3.0", "EMAIL;TYPE=internet,pref:jane_doe@abc.com"},
		{"3.0", "TZ:-05:00"},
		{"3.0", "TZ;VALUE=text:-05:00\\; EST\\; Raleigh/North America"},
		{"3.0", "GEO:37.386013;-122.082932"},
		{"3.0", "AGENT:BEGIN:VCARD\\nFN:Susan Thomas\\nEND:VCARD\\n"},
		{"3.0", "ORG:ABC\\, Inc.;North American Division;Marketing"},
		{"3.0", "REV:1995-10-31T22:27:10Z"},
		{"3.0", "KEY;ENCODING=b:MIICajCC"},
		{"3.0", "KEY;TYPE=PGP:a text"},
		{"3.0", "CLASS:PRIVATE"},
		{"3.0", "SOUND;TYPE=BASIC;VALUE=uri:CID:JOHNQPUBL.part8.19960229T080000.xyz"},
		{"3.0", "item1.TEL:1|item1.X-ABLabel:_$!<Home>!$_"},
		/* what 4.0 has is an extension there */
		{"3.0", "KIND:group|MEMBER:urn:uuid:1|GENDER:female|RELATED:urn:uuid:2"},
		{"3.0", "X-ADDRESSBOOKSERVER-KIND:group|X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"},
		{"3.0", "TEL;PREF=0;PID=x:1"},
		{"3.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"},
		/* 6350 */
		{"4.0", "N;ALTID=1;LANGUAGE=jp:a;b;;;|TITLE;ALTID=1;LANGUAGE=fr:Patron"},
		{"4.0", "BDAY:--0412|ANNIVERSARY:19960415"},
		{"4.0", "BDAY;VALUE=text:circa 1800"},
		{"4.0", "BDAY;CALSCALE=gregorian:19531015T231000Z"},
		{"4.0", "BDAY;ALTID=1:1953|BDAY;ALTID=1;VALUE=text:long ago"},
		{"4.0", "GENDER:O;intersex"},
		{"4.0", "GENDER:;it's complicated"},
		{"4.0", "GENDER:F"},
		{"4.0", "ADR;GEO=\"geo:12.3457,78.910\";LABEL=\"a\\nb\":;;c;d;e;f;g"},
		{"4.0", "TEL;VALUE=uri;PREF=1;TYPE=\"voice,home\":tel:+1-555-555-5555;ext=5555"},
		{"4.0", "TEL:+1-555-555-5555"},
		{"4.0", "LANG;TYPE=work;PREF=100:de-AT"},
		{"4.0", "TZ:Raleigh/North America|TZ;VALUE=utc-offset:-0500"},
		{"4.0", "GEO:geo:37.386013,-122.082932"},
		{"4.0", "GEO:geo:48.2010,16.3695,183;crs=wgs84;u=40|GEO:urn:here"},
		{"4.0", "KIND:group|MEMBER:urn:uuid:1|MEMBER:mailto:a@example.org"},
		{"4.0", "KIND:x-robot"},
		{"4.0", "RELATED;TYPE=co-worker;VALUE=text:Please contact my assistant"},
		{"4.0", "CLIENTPIDMAP:1;urn:uuid:3|TEL;PID=4.1,5.1:1"},
		{"4.0", "REV:19951031T222710Z"},
		{"4.0", "PHOTO:data:image/jpeg;base64,MIICajCCAdOgAwIB"},
		{"4.0", "PHOTO:data:,A%20photo"},
		{"4.0", "KEY;VALUE=text:a text\\, with"},
		{"4.0", "N;SORT-AS=\"Harten,Rene\";ALTID=1:van der Harten;Rene,J.;Sir;R.D.O.N.;;;"},
		{"4.0", "ADR:;;street;city;region;code;land;room;flat;floor;1;Ring;B;a;b;c;d;N"},
		/* of both */
		{"3.0", "X-ANY;X-P=\"a;b:c,d\";Q=\"e\",f:whatever; it, is\\"},
		{"4.0", "X-ANY;TYPE=:|X-ANY;VALUE=x-own:1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct facts_fault fault = {0};
		char *bytes = card(arena, rows[i].version, rows[i].text);
		char *n = strstr(rows[i].text, "N;") == rows[i].text ? strstr(bytes, "\nN:A")
								     : NULL;

		if (n) /* that of the row is the only one */
			n[1] = 'X';
		if (!accept(bytes, &fault))
			fail_msg("%s: line %u: %s", rows[i].text, fault.line, fault.text);
		arena_free(arena);
	}
}

/* The lines that stand in a card of that version, from line 6 on. */
static const struct {
	const char *version, *text, *words;
	unsigned line;
	int code;
} refusals[] = {
	{"3.0", "NOTE:a|BDAY:31.2.1980", "BDAY is no date: 31.2.1980", 7, CAL_MALFORMED},
	{"3.0", "BDAY:1980-02-31", "BDAY is no date: 1980-02-31", 6, CAL_MALFORMED},
	{"4.0", "BDAY:198013", "BDAY is no date: 198013", 6, CAL_MALFORMED},
	{"4.0", "ANNIVERSARY:in May", "ANNIVERSARY is no date: in May", 6, CAL_MALFORMED},
	{"3.0", "item1.BDAY:x", "BDAY is no date: x", 6, CAL_MALFORMED},
	{"3.0", "BDAY:1980-01-01|BDAY:1980-01-02", "BDAY stands there a second time", 7,
		CAL_MALFORMED},
	{"4.0", "BDAY;ALTID=1:1980|BDAY;ALTID=2:1981", "BDAY stands there a second time", 7,
		CAL_MALFORMED},
	{"4.0", "N:B;b;;;", "N stands there a second time", 6, CAL_MALFORMED},
	{"4.0", "CREATED:yesterday", "CREATED is no date and time: yesterday", 6, CAL_MALFORMED},
	{"4.0", "GENDER:female", "GENDER is none of M, F, O, N, U: female", 6, CAL_MALFORMED},
	{"4.0", "GEO:geo:95,0", "GEO is no latitude and longitude: geo:95,0", 6, CAL_MALFORMED},
	{"3.0", "GEO:geo:here", "GEO is no latitude and longitude: geo:here", 6, CAL_MALFORMED},
	{"4.0", "GENDER:F;a;b", "GENDER has too many components", 6, CAL_MALFORMED},
	{"4.0", "KIND:a group", "KIND is none: a group", 6, CAL_MALFORMED},
	{"4.0", "MEMBER:urn:uuid:1", "MEMBER is in a card that is not KIND:group", 6,
		CAL_MALFORMED},
	{"4.0", "CLIENTPIDMAP:x;urn:uuid:1", "CLIENTPIDMAP is not a number and a URI: x;urn:uuid:1",
		6, CAL_MALFORMED},
	{"4.0", "TEL;PID=1.2.3:1", "TEL has a PID that is none: 1.2.3", 6, CAL_MALFORMED},
	{"4.0", "TEL;PREF=0:1", "TEL has a PREF that is not 1 to 100: 0", 6, CAL_MALFORMED},
	{"4.0", "TEL;PREF=101:1", "TEL has a PREF that is not 1 to 100: 101", 6, CAL_MALFORMED},
	{"4.0", "LANG:Deutsch!", "LANG is no language: Deutsch!", 6, CAL_MALFORMED},
	{"4.0", "NOTE;LANGUAGE=d e:a", "NOTE has a LANGUAGE that is none: d e", 6, CAL_MALFORMED},
	{"4.0", "TZ;VALUE=utc-offset:CET", "TZ is no offset from UTC: CET", 6, CAL_MALFORMED},
	{"3.0", "GEO:somewhere", "GEO is no latitude and longitude: somewhere", 6, CAL_MALFORMED},
	{"3.0", "GEO:95.0;0", "GEO is no latitude and longitude: 95.0;0", 6, CAL_MALFORMED},
	{"3.0", "PHOTO;ENCODING=b:not base64!", "PHOTO is no base64", 6, CAL_MALFORMED},
	{"3.0", "X-LOGO;ENCODING=b:not base64!", "X-LOGO is no base64", 6, CAL_MALFORMED},
	{"4.0", "PHOTO:data:image/png;base64,A", "PHOTO is no base64", 6, CAL_MALFORMED},
	{"4.0", "PHOTO:data:image/png", "PHOTO is a data: URI without a comma", 6, CAL_MALFORMED},
	{"3.0", "PHOTO:a text", "PHOTO is neither base64 with ENCODING=b nor a URI with VALUE=uri",
		6, CAL_MALFORMED},
	{"3.0", "NOTE;CHARSET=ISO-8859-1:a", "NOTE says another charset than UTF-8: ISO-8859-1", 6,
		CAL_MALFORMED},
	{"3.0", "NOTE;ENCODING=QUOTED-PRINTABLE:J=C3=BC",
		"NOTE is quoted-printable, which is for vCard 2.1", 6, CAL_MALFORMED},
	{"3.0", "NOTE;QUOTED-PRINTABLE:J=|=C3", "NOTE is quoted-printable, which is for vCard 2.1",
		6, CAL_MALFORMED},
	{"3.0", "PHOTO;ENCODING=x-zip:AAAA", "PHOTO has an ENCODING that nobody knows: x-zip", 6,
		CAL_MALFORMED},
	{"3.0", "NOTE;VALUE=text;VALUE=uri:a", "NOTE has a second VALUE: uri", 6, CAL_MALFORMED},
	{"3.0", "NOTE;VALUE=:a", "NOTE has a parameter without a value: VALUE", 6, CAL_MALFORMED},
	{"3.0", "NOTE;VALUE=\"t x\":a", "NOTE has a VALUE that is none: t x", 6, CAL_MALFORMED},
	{"3.0", "TEL;TYPE=a\"b\":1", "TEL has a quote inside of a parameter: a\"b\"", 6,
		CAL_MALFORMED},
	{"3.0", "TEL;HO ME:1", "TEL has a parameter that is not NAME=VALUE: HO ME", 6,
		CAL_MALFORMED},
	{"3.0", "TEL;;HOME:1", "TEL has a parameter that is not NAME=VALUE", 6, CAL_MALFORMED},
	{"3.0", "TEL;=x:1", "TEL has a parameter whose name is none", 6, CAL_MALFORMED},
	{"3.0", "TEL;x y=x:1", "TEL has a parameter whose name is none: x y", 6, CAL_MALFORMED},
	{"3.0", "a.b.TEL:1", "b.TEL is no name of a property: a.b.TEL", 6, CAL_MALFORMED},
	{"3.0", ".TEL:1", "TEL is no name of a property: .TEL", 6, CAL_MALFORMED},
	{"3.0", "item1.:1", " is no name of a property: item1.", 6, CAL_MALFORMED},
	{"3.0", "AGENT:|BEGIN:VCARD|VERSION:3.0|UID:v|FN:B|END:VCARD", "BEGIN is in a card: VCARD",
		7, CAL_MALFORMED},
	{"3.0", "N:a;b;c;d;e;f;g;h", "N has too many components", 6, CAL_MALFORMED},
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct arena *arena = arena_new();
		struct facts_fault fault = {0}, soft = {0};
		char *bytes = card(arena, refusals[i].version, refusals[i].text);
		char *n = strncmp(refusals[i].text, "N:a", 3) == 0 ? strstr(bytes, "\nN:A") : NULL;

		if (n)
			n[1] = 'X';
		if (accept(bytes, &fault) || fault.code != refusals[i].code ||
			fault.line != refusals[i].line ||
			strcmp(fault.text, refusals[i].words) != 0)
			fail_msg("%s: %d, line %u: %s", refusals[i].text, fault.code, fault.line,
				fault.text);
		/* Where it is stored it stays, and `check` tells why it must not be written. */
		assert_true(readable(bytes, NULL));
		assert_true(readable(bytes, &soft));
		assert_int_equal(soft.code, fault.code);
		arena_free(arena);
	}
}

/* A value that is told is cut at a character's edge. */
static void told(void **state)
{
	struct arena *arena = arena_new();
	struct facts_fault fault = {0};

	(void)state;
	assert_false(accept(card(arena, "3.0", "BDAY:ääääääääääääääääääääääääääääää"), &fault));
	assert_string_equal(fault.text, "BDAY is no date: ääääääääääääääääääää...");
	assert_false(accept(card(arena, "3.0", "BDAY:xääääääääääääääääääääääääääääää"), &fault));
	assert_string_equal(fault.text, "BDAY is no date: xäääääääääääääääääää...");
	arena_free(arena);
}

/* Each row of the table that is about cards: with it the card is taken, without it refused. */
static void tolerated(void **state)
{
	static const struct {
		enum tolerance tolerance;
		const char *card;
		unsigned line;
	} rows[] = {
		{TOLERATE_CARD_NO_N, "VERSION:3.0|UID:u|FN:a", 0},
		{TOLERATE_CARD_FN_EMPTY, "VERSION:3.0|UID:u|FN:|N:a", 4},
		{TOLERATE_CARD_FN_SEVERAL, "VERSION:3.0|UID:u|FN:a|N:a|FN:b", 6},
		{TOLERATE_CARD_BARE_PARAM, "VERSION:3.0|UID:u|FN:a|N:a|TEL;HOME;VOICE:1", 6},
		{TOLERATE_CARD_CHARSET, "VERSION:3.0|UID:u|FN;CHARSET=utf-8:a|N:a", 4},
		{TOLERATE_CARD_ENCODING_WORDS,
			"VERSION:3.0|UID:u|FN:a|N:a|PHOTO;ENCODING=BASE64:AAAA", 6},
		{TOLERATE_CARD_ENCODING_WORDS, "VERSION:3.0|UID:u|FN;ENCODING=8BIT:a|N:a", 4},
		{TOLERATE_CARD_ENCODING_IN_4, "VERSION:4.0|UID:u|FN:a|PHOTO;ENCODING=b:AAAA", 5},
		{TOLERATE_CARD_MEDIA_URI,
			"VERSION:3.0|UID:u|FN:a|N:a|PHOTO:https://example.org/a.jpg", 6},
		{TOLERATE_CARD_MEDIA_URI,
			"VERSION:3.0|UID:u|FN:a|N:a|PHOTO:data:image/png;base64,AAAA", 6},
		{TOLERATE_CARD_BASE64_ODD, "VERSION:3.0|UID:u|FN:a|N:a|PHOTO;ENCODING=b:AA", 6},
		{TOLERATE_CARD_BASE64_ODD, "VERSION:3.0|UID:u|FN:a|N:a|PHOTO;ENCODING=b:|  AAAA",
			6},
		{TOLERATE_CARD_EMPTY_VALUE, "VERSION:3.0|UID:u|FN:a|N:a|BDAY:|URL:", 6},
		{TOLERATE_CARD_DATE_OF_4, "VERSION:3.0|UID:u|FN:a|N:a|BDAY:--0412", 6},
		{TOLERATE_CARD_DATE_OF_3, "VERSION:4.0|UID:u|FN:a|BDAY:1985-04-12", 5},
		{TOLERATE_CARD_DATE_TEXT, "VERSION:3.0|UID:u|FN:a|N:a|BDAY;VALUE=text:circa 1800",
			6},
		{TOLERATE_CARD_REV_ANY, "VERSION:3.0|UID:u|FN:a|N:a|REV:2026-05-06T10:00:00Z(0)",
			6},
		{TOLERATE_CARD_REV_ANY, "VERSION:4.0|UID:u|FN:a|REV:1700000000", 5},
		{TOLERATE_CARD_NOT_URI, "VERSION:3.0|UID:u|FN:a|N:a|URL:www.example.org", 6},
		{TOLERATE_CARD_NOT_URI, "VERSION:4.0|UID:u|FN:a", 3},
		{TOLERATE_CARD_ESCAPES, "VERSION:3.0|UID:u|FN:a|N:a|NOTE:a\\:b", 6},
		{TOLERATE_CARD_ESCAPES, "VERSION:3.0|UID:u|FN:a|N:a|NOTE:a\\", 6},
		{TOLERATE_CARD_ESCAPES,
			"VERSION:4.0|UID:urn:uuid:u|FN:a|PHOTO:data:image/png;base64\\,AAAA", 5},
		{TOLERATE_CARD_SEPARATORS, "VERSION:3.0|UID:u|FN:a; b|N:a", 4},
		{TOLERATE_CARD_SEPARATORS, "VERSION:4.0|UID:urn:uuid:u|FN:a, b", 4},
		{TOLERATE_CARD_COMPONENTS, "VERSION:3.0|UID:u|FN:a|N:a|ADR:;;a;b;c;d;e;all", 6},
		{TOLERATE_CARD_TZ_NAME, "VERSION:3.0|UID:u|FN:a|N:a|TZ:Europe/Berlin", 6},
		{TOLERATE_CARD_GEO_FORMS, "VERSION:3.0|UID:u|FN:a|N:a|GEO:geo:1.5,2", 6},
		{TOLERATE_CARD_GEO_FORMS, "VERSION:3.0|UID:u|FN:a|N:a|GEO:1.5,2", 6},
		{TOLERATE_CARD_GEO_FORMS, "VERSION:3.0|UID:u|FN:a|N:a|GEO:1.5\\;2", 6},
		{TOLERATE_CARD_LOCALE, "VERSION:4.0|UID:u|FN:a|LANG:de_DE", 5},
		{TOLERATE_CARD_LOCALE, "VERSION:4.0|UID:u|FN;LANGUAGE=de_DE:a", 4},
		{TOLERATE_CARD_VERSION_LATER, "UID:u|VERSION:4.0|FN:a", 3},
		{TOLERATE_CARD_SAME_TWICE,
			"VERSION:3.0|UID:u|FN:a|N:a|BDAY:1980-01-01|BDAY:1980-01-01", 7},
		{TOLERATE_CARD_UNDERSCORE, "VERSION:3.0|UID:u|FN:a|N:a|X_A;B_C=d:e", 6},
		{TOLERATE_LINE_ENDS, "VERSION:3.0|UID:u|FN:a|N:a|NOTE:b\nNOTE:c", 6},
	};
	bool shown[TOLERATE_COUNT] = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct facts_fault fault = {0};
		char *bytes = lines(
			arena, arena_printf(arena, "BEGIN:VCARD|%s|END:VCARD", rows[i].card));

		shown[rows[i].tolerance] = true;
		if (!accept(bytes, &fault))
			fail_msg("%s: line %u: %s", rows[i].card, fault.line, fault.text);
		switched_off = (int)rows[i].tolerance;
		bool strict = !accept(bytes, &fault);
		switched_off = -1;
		if (!strict || fault.code != CAL_MALFORMED || fault.line != rows[i].line)
			fail_msg("%s: %d, line %u: %s", rows[i].card, fault.code, fault.line,
				fault.text);
		arena_free(arena);
	}
	for (int i = TOLERATE_CARD_NO_N; i <= TOLERATE_CARD_UNDERSCORE; i++)
		assert_true(shown[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(told),
		cmocka_unit_test(tolerated),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
