/* SPDX-License-Identifier: ISC */
/* A 3.0 card sent over a stored 4.0 one (RFC 6352 5.1.1): what becomes of it. */
#include "tests/unit/card_help.h"

#define RICH                                                                                            \
	"TEL;PID=1.1;TYPE=home:1|item1.URL:http://a|item1.X-ABLabel:Club|LANG:de|ANNIVERSARY:20010203|" \
	"X-FOO;X-BAR=1:x|TITLE;ALTID=1;X-MINE=2:Boss|"

static void check_merge(const char *name, const char *four, const char *three, const char *merged)
{
	struct arena *arena = arena_new();
	char *stored = lines(arena, arena_printf(arena, HEAD4 "%sEND:VCARD|", four));
	char *sent = lines(arena, arena_printf(arena, HEAD3 "%sEND:VCARD|", three));
	char *want = arena_printf(arena, HEAD4 "%sEND:VCARD|", merged);
	struct buf out;

	buf_init(&out, MAX_OUT);
	assert_true(card_merge(&out, stored, strlen(stored), sent, strlen(sent)));
	char *got = shown(arena, out.data, out.len, true);
	if (strcmp(got, want) != 0)
		fail_msg("%s:\n%s\nis\n%s\nnot\n%s", name, three, got, want);
	buf_free(&out);
	arena_free(arena);
}

/* A 3.0 card over a stored 4.0 one, of one property, or a few: what is stored, what is sent, what becomes of it. */
static void merged_lines(void **state)
{
	static const struct {
		const char *name, *stored, *sent, *want;
	} rows[] = {
		{"no year stays so", "BDAY:--0229|", "BDAY:1604-02-29|", "BDAY:--0229|"},
		{"a year that is left out", "BDAY:16040229|",
			"BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29|", "BDAY:--0229|"},
		{"spelt anew", "X-D;VALUE=DATE:--0401|", "x-d;VALUE=date:--04-01|",
			"X-D;VALUE=DATE:--0401|"},
		{"another day", "BDAY:--0229|", "BDAY:1604-02-28|", "BDAY:16040228|"},
		{"lost", "TITLE;LANGUAGE=de:A|", "TITLE:A|", "TITLE;LANGUAGE=de:A|"},
		{"said", "TITLE:A|", "TITLE;LANGUAGE=de:A|", "TITLE;LANGUAGE=de:A|"},
		{"alternatives", "BDAY;ALTID=1:19530115|BDAY;ALTID=1;VALUE=text:circa 1953|",
			"BDAY:1953-01-15|",
			"BDAY;ALTID=1:19530115|BDAY;ALTID=1;VALUE=text:circa 1953|"},
		{"of a changed one", "BDAY;ALTID=1:19530115|BDAY;ALTID=1;VALUE=text:c|",
			"BDAY:1953-01-16|", "BDAY:19530116|"},
		{"of what was not shown", "BDAY;ALTID=1:1953|BDAY;ALTID=1;VALUE=text:circa 1953|",
			"BDAY:1953-01-16|", "BDAY:19530116|"},
		{"a position with a backslash", "GEO;ALTID=1:geo:48.2,16.3,40|", "GEO:48.2\\;16.3|",
			"GEO;ALTID=1:geo:48.2,16.3,40|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_merge(rows[i].name, rows[i].stored, rows[i].sent, rows[i].want);
}

/* The same where RICH is stored. */
static void merged(void **state)
{
	static const struct {
		const char *name, *sent, *want;
	} rows[] = {
		{"all of it given back",
			"TEL;TYPE=HOME:1|item1.URL:http://a|item1.X-ABLabel:Club|"
			"item101.X-ABDATE:2001-02-03|item101.X-ABLabel:_$!<Anniversary>!$_|"
			"X-FOO;X-BAR=1:x|TITLE;X-MINE=2:Boss|",
			"TEL;PID=1.1;TYPE=home:1|item1.URL:http://a|item1.X-ABLabel:Club|"
			"LANG:de|ANNIVERSARY:20010203|X-FOO;X-BAR=1:x|TITLE;ALTID=1;X-MINE=2:Boss|"},
		{"a client that drops extensions", "TEL;TYPE=HOME:1|URL:http://a|TITLE:Boss|",
			"TEL;PID=1.1;TYPE=home:1|item1.URL:http://a|LANG:de|"
			"TITLE;ALTID=1;X-MINE=2:Boss|item1.X-ABLabel:Club|ANNIVERSARY:20010203|"
			"X-FOO;X-BAR=1:x|"},
		{"and what it labelled", "TEL;TYPE=HOME:1|TITLE:Chief|",
			"TEL;PID=1.1;TYPE=home:1|TITLE:Chief|ANNIVERSARY:20010203|"
			"X-FOO;X-BAR=1:x|LANG:de|"},
		{"a client that gives some back", "TEL;TYPE=HOME:2|X-FOO;X-BAR=1:x|",
			"TEL;TYPE=home:2|LANG:de|X-FOO;X-BAR=1:x|"},
		{"something new", "X-FOO;X-BAR=1:x|EMAIL;TYPE=INTERNET:a@b|BDAY:2001-01-01|",
			"LANG:de|X-FOO;X-BAR=1:x|EMAIL:a@b|BDAY:20010101|"},
		{"a client that drops extensions and has 4.0's word",
			"ANNIVERSARY:2002-03-04|TITLE:Chief|",
			"ANNIVERSARY:20020304|"
			"X-DAYBOOK-V3:8c59447721ea1b87 ANNIVERSARY:2002-03-04|TITLE:Chief|"
			"X-FOO;X-BAR=1:x|LANG:de|"},
		{"what 4.0 can not say", "X-FOO;X-BAR=1:x|MAILER:y|",
			"LANG:de|X-FOO;X-BAR=1:x|X-DAYBOOK-V3:- MAILER:y|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_merge(rows[i].name, RICH, rows[i].sent, rows[i].want);
}

static void not_merged(void **state)
{
	static const struct {
		const char *name, *stored, *sent;
	} rows[] = {
		{"3.0 stored", HEAD3 "END:VCARD|", HEAD3 "END:VCARD|"},
		{"4.0 sent", HEAD4 "END:VCARD|", HEAD4 "END:VCARD|"},
		{"another UID", HEAD4 "END:VCARD|",
			"BEGIN:VCARD|VERSION:3.0|UID:v|FN:A|END:VCARD|"},
		{"no UID", HEAD4 "END:VCARD|", "BEGIN:VCARD|VERSION:3.0|FN:A|END:VCARD|"},
		{"unreadable", HEAD4 "END:VCARD|", "BEGIN:VCARD|"},
		{"nothing", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *stored = lines(arena, rows[i].stored), *sent = lines(arena, rows[i].sent);
		struct buf out;

		buf_init(&out, MAX_OUT);
		if (card_merge(&out, stored, strlen(stored), sent, strlen(sent)) || out.len)
			fail_msg("%s", rows[i].name);
		buf_free(&out);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged),
		cmocka_unit_test(merged_lines),
		cmocka_unit_test(not_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
