/* SPDX-License-Identifier: ISC */
/* Lines of cards: parameters as any version writes them, components and items, quoted-printable, folding. */
#include "ical/card_items.h"
#include "tests/unit/ical_help.h"

#include <stdlib.h>

static struct cal_slice slice(const char *text)
{
	return (struct cal_slice){text, strlen(text)};
}

static void same(const char *name, struct cal_slice got, const char *want)
{
	if (got.n != strlen(want) || (got.n && memcmp(got.s, want, got.n) != 0))
		fail_msg("%s: \"%.*s\", not \"%s\"", name, (int)got.n, got.s, want);
}

/* Each parameter as NAME=VALUES, a bare one in brackets. */
static void params(void **state)
{
	static const struct {
		const char *params, *want, *types;
		int pref;
	} rows[] = {
		{"", "", "", 0},
		{"TYPE=home", "TYPE=home ", "home ", 0},
		{"HOME;VOICE", "[TYPE=HOME] [TYPE=VOICE] ", "HOME VOICE ", 0},
		{"WORK;QUOTED-PRINTABLE;CHARSET=UTF-8",
			"[TYPE=WORK] [ENCODING=QUOTED-PRINTABLE] CHARSET=UTF-8 ", "WORK ", 0},
		{"JPEG;BASE64", "[TYPE=JPEG] [ENCODING=BASE64] ", "JPEG ", 0},
		{"type=HOME;type=pref,INTERNET", "type=HOME type=pref,INTERNET ",
			"HOME pref INTERNET ", 1},
		{"TYPE=\"work,voice\";PREF=7", "TYPE=\"work,voice\" PREF=7 ", "work voice ", 7},
		{"PREF=0;PREF=x", "PREF=0 PREF=x ", "", 0},
		{"PREF=101;TYPE=PREF", "PREF=101 TYPE=PREF ", "PREF ", 1},
		{"X-A=\"b;c:d\";home", "X-A=\"b;c:d\" [TYPE=home] ", "home ", 0},
		{"TYPE=", "TYPE= ", "", 0},
		{"TYPE=;=x", "TYPE= =x ", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cal_line line = {.params = slice(rows[i].params)};
		struct cal_slice rest = line.params, name, values, word;
		struct card_types types = card_types_of(&line);
		struct buf out;
		bool bare;

		buf_init(&out, 1000);
		while (card_param_next(&rest, &name, &values, &bare))
			buf_addf(&out, "%s%.*s=%.*s%s ", bare ? "[" : "", (int)name.n, name.s,
				(int)values.n, values.s, bare ? "]" : "");
		same(rows[i].params, (struct cal_slice){out.data, out.len}, rows[i].want);
		buf_reset(&out);
		while (card_type_next(&types, &word))
			buf_addf(&out, "%.*s ", (int)word.n, word.s);
		same(rows[i].params, (struct cal_slice){out.data, out.len}, rows[i].types);
		if (card_pref(&line) != rows[i].pref)
			fail_msg("%s: %d", rows[i].params, card_pref(&line));
		buf_free(&out);
	}
}

static void components(void **state)
{
	static const struct {
		const char *value, *want; /* items in <>, components in [] */
	} rows[] = {
		{"", "[<>]"},
		{"a", "[<a>]"},
		{"a;b", "[<a>][<b>]"},
		{";;", "[<>][<>][<>]"},
		{"a,b;c", "[<a><b>][<c>]"},
		{"a\\,b\\;c;d", "[<a\\,b\\;c>][<d>]"},
		{"a\\\\,b", "[<a\\\\><b>]"},
		{"a\\", "[<a\\>]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cal_slice rest = slice(rows[i].value), component, item;
		struct buf out;

		buf_init(&out, 1000);
		while (card_component_next(&rest, &component)) {
			buf_adds(&out, "[");
			while (card_item_next(&component, &item))
				buf_addf(&out, "<%.*s>", (int)item.n, item.s);
			buf_adds(&out, "]");
		}
		same(rows[i].value, (struct cal_slice){out.data, out.len}, rows[i].want);
		buf_free(&out);
	}
}

static void texts(void **state)
{
	static const struct {
		const char *text, *escaped;
	} rows[] = {
		{"plain", "plain"},
		{"a,b;c\\d\ne:f", "a\\,b\\;c\\\\d\\ne:f"},
		{"", ""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 1000);
		card_escape(&out, slice(rows[i].text));
		same(rows[i].text, (struct cal_slice){out.data, out.len}, rows[i].escaped);
		same(rows[i].text, card_unescape(arena, slice(rows[i].escaped)), rows[i].text);
		struct card_text param = {.arena = arena};
		card_add_param(&param, "LABEL", slice(rows[i].text));
		struct cal_line line = {.params = {param.s + 1, param.n - 1}};
		same(rows[i].text, cal_caret_decode(arena, card_param(&line, "label")),
			rows[i].text);
		buf_free(&out);
	}
	same("quoted", card_octets(arena, slice("J=C3=BCrgen=3b =zz =4"), '='), "Jürgen; =zz =4");
	arena_free(arena);
}

static void base64(void **state)
{
	static const struct {
		const char *text;
		bool fits;
	} rows[] = {{"AAAA", true}, {"AA==", true}, {"AAA=", true}, {"AA", true}, {"AAA", true},
		{"A", false}, {"AAAAA", false}, {"", false}, {"==", false}, {"AA=A", false},
		{"AA=", false}, {"A-_A", false}, {"AA AA", true}, {"AAAA====", false},
		{"data:x", false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (card_base64_fits(slice(rows[i].text)) != rows[i].fits)
			fail_msg("%s", rows[i].text);
}

/* 2.1, section 2.1.3: soft line breaks; 2.6: whitespace folds. */
static void quoted(void **state)
{
	static const struct {
		const char *text, *note;
		size_t lines;
	} rows[] = {
		{"NOTE;QUOTED-PRINTABLE:a=|b|TEL:1", "ab", 2},
		{"NOTE;ENCODING=quoted-printable;CHARSET=UTF-8:a=| b=|c|TEL:1", "a bc", 2},
		{"NOTE;QUOTED-PRINTABLE:a=3D|TEL:1", "a=3D", 2},
		{"NOTE:QUOTED-PRINTABLE=|TEL:1", "QUOTED-PRINTABLE=", 2},
		{"NOTE;QUOTED-PRINTABLE:a=", "aEND:VCARD", 0},
		{"NOTE;QUOTED-PRINTABLE:a| b|TEL:1", "ab", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(
			arena, arena_printf(arena, "BEGIN:VCARD|%s|END:VCARD", rows[i].text));
		struct cal_object object;
		struct facts_fault fault;
		bool fine = card_parse(&object, arena, bytes, strlen(bytes), &fault);

		if (fine != (rows[i].lines > 0))
			fail_msg("%s: %s", rows[i].text, fault.text);
		same(rows[i].text, object.lines[1].value, rows[i].note);
		if (fine)
			assert_int_equal(object.n_lines, rows[i].lines + 2);
		arena_free(arena);
	}
}

static void groups(void **state)
{
	struct arena *arena = arena_new();
	char *bytes = lines(arena,
		"BEGIN:VCARD|VERSION:3.0|item1.TEL:1|TEL:2|ITEM1.X-ABLabel:Boat|X-ABLABEL:none|END:VCARD");
	struct cal_object o;
	struct facts_fault fault;

	(void)state;
	assert_true(card_parse(&o, arena, bytes, strlen(bytes), &fault));
	const struct cal_line *tel = card_find(&o, o.comps, "tel");
	same("tel", tel->value, "1");
	same("label", card_beside(&o, o.comps, tel, "X-ABLabel")->value, "Boat");
	assert_null(card_beside(&o, o.comps, &o.lines[3], "X-ABLabel"));
	assert_null(card_find(&o, o.comps, "EMAIL"));
	assert_int_equal(card_version_at(&o, o.comps), CARD_3_0);
	arena_free(arena);
}

/* 6350 3.2: no line is longer than 75 octets, and no character is cut. */
static void folding(void **state)
{
	struct arena *arena = arena_new();
	struct cal_object o;
	struct facts_fault fault;
	char *text = arena_printf(arena, "NOTE:");

	(void)state;
	for (int i = 0; i < 90; i++)
		text = arena_printf(arena, "%s%s", text, i % 3 ? "ä" : "x");
	struct buf out;
	buf_init(&out, 10000);
	buf_adds(&out, "BEGIN:VCARD\r\n");
	cal_fold_add(&out, text, strlen(text));
	buf_adds(&out, "END:VCARD\r\n");
	assert_true(cal_check_bytes(out.data, out.len, &fault));
	for (char *p = out.data, *lf; (lf = memchr(p, '\n', out.len - (size_t)(p - out.data)));
		p = lf + 1)
		assert_true(lf - p - 1 <= 75);
	assert_null(memmem(out.data, out.len, "\r\n \xa4", 4));
	assert_true(card_parse(&o, arena, out.data, out.len, &fault));
	same("folded", o.lines[1].value, text + strlen("NOTE:"));
	buf_free(&out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(params),
		cmocka_unit_test(components),
		cmocka_unit_test(texts),
		cmocka_unit_test(base64),
		cmocka_unit_test(quoted),
		cmocka_unit_test(groups),
		cmocka_unit_test(folding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
