/* SPDX-License-Identifier: ISC */
/*
 * Cards that were made to cost something: each is read, judged, asked and cut in time that grows with its size alone. What
 * is quadratic in any of them takes hours here, and the limit of the test says so.
 */
#include "ical/card.h"
#include "tests/unit/ical_help.h"

#define MB (1024u * 1024)
#define HEAD "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:a\r\nN:a\r\n"
#define HEAD4 "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:u\r\nFN:a\r\n"
#define END "\r\nEND:VCARD\r\n"

/* A card of `head`, `times` the text `unit`, and `tail`. */
struct hostile {
	const char *name, *head, *unit, *tail;
	size_t times;
	int stored,
		written; /* enum cal_code of cal_inspect without and cal_accept with judgement */
	const char *filter, *text; /* a property that contains this text, or NULL */
	bool found;
};

static const struct hostile cards[] = {
	{"a photo of nearly 10 MB", HEAD "PHOTO;ENCODING=b:AAAA",
		"\r\n AAAAAAAAAAAAAAAAAAAAAAAAAAAA", END, 330000, CAL_OK, CAL_OK, "PHOTO", "AAAA",
		false},
	{"more than 10 MB", HEAD "PHOTO;ENCODING=b:", "AAAA", END, 3 * MB, CAL_LIMIT, CAL_LIMIT,
		NULL, NULL, false},
	{"100 000 properties", HEAD, "X-A:b\r\n", "X-B:c" END, 100000, CAL_OK, CAL_LIMIT, "X-B",
		"c", true},
	{"300 000 properties", HEAD, "X-A:b\r\n", "X-B:c" END, 300000, CAL_LIMIT, CAL_LIMIT, NULL,
		NULL, false},
	{"100 000 parameters", HEAD "TEL", ";X-A=b", ":1" END, 100000, CAL_OK, CAL_LIMIT, "TEL",
		"1", true},
	{"100 000 bare parameters", HEAD "TEL", ";A", ":1" END, 100000, CAL_OK, CAL_LIMIT, "TEL",
		"1", true},
	{"a group name of 1 MB", HEAD, "a", ".TEL:1" END, MB, CAL_OK, CAL_LIMIT, "TEL", "1", true},
	{"1 000 000 groups", HEAD, "a.", "TEL:1" END, MB, CAL_OK, CAL_MALFORMED, "TEL", "1", false},
	{"a name of 1 000 000 letters", HEAD, "a", ":1" END, MB, CAL_OK, CAL_LIMIT, NULL, NULL,
		false},
	{"a TYPE of 1 000 000 words", HEAD "TEL;TYPE=a", ",a", ":1" END, MB, CAL_OK, CAL_OK, "TEL",
		"1", true},
	{"the same in quotes", HEAD "TEL;TYPE=\"a", ",a", "\":1" END, MB, CAL_OK, CAL_OK, "TEL",
		"1", true},
	{"1 000 000 categories", HEAD "CATEGORIES:", "a,", "zz" END, MB, CAL_OK, CAL_OK,
		"CATEGORIES", "zz", true},
	{"1 000 000 units of an organisation", HEAD "ORG:", "a;", "zz" END, MB, CAL_OK, CAL_OK,
		"ORG", "zz", true},
	{"1 000 000 components of ADR", HEAD "ADR:", ";", "zz" END, MB, CAL_OK, CAL_MALFORMED,
		"ADR", "zz", true},
	{"4 000 000 backslashes", HEAD "NOTE:", "\\\\", "zz" END, 2 * MB, CAL_OK, CAL_OK, "NOTE",
		"zz", true},
	{"1 000 000 quotes", HEAD "TEL;X-A=", "\"", ":1" END, MB, CAL_OK, CAL_MALFORMED, "TEL", "1",
		true},
	{"a quote that does not end", HEAD "TEL;X-A=\"", "a", ":1" END, MB, CAL_MALFORMED,
		CAL_MALFORMED, NULL, NULL, false},
	{"carets in a parameter", HEAD "TEL;X-A=\"", "^'", "\":1" END, MB, CAL_OK, CAL_OK, "TEL",
		"1", true},
	{"a line of 1 000 000 folds", HEAD "NOTE:", "\r\n a", END, MB, CAL_OK, CAL_OK, "NOTE",
		"aaaaaa", true},
	{"quoted-printable that runs on", HEAD "NOTE;QUOTED-PRINTABLE:", "=\r\n", "zz" END, 100000,
		CAL_OK, CAL_MALFORMED, "NOTE", "zz", true},
	{"many of them", HEAD, "A;QUOTED-PRINTABLE:=\r\nb\r\n", "NOTE:zz" END, 40000, CAL_OK,
		CAL_LIMIT, "NOTE", "zz", true},
	{"members without a group", HEAD4, "MEMBER:urn:uuid:1\r\n", "NOTE:zz" END, 19000, CAL_OK,
		CAL_MALFORMED, "NOTE", "zz", true},
	{"alternatives", HEAD4, "N;ALTID=1:a;;;;\r\n", "NOTE:zz" END, 19000, CAL_OK, CAL_OK, "NOTE",
		"zz", true},
	{"cards in cards", HEAD, "BEGIN:VCARD\r\n", "NOTE:zz\r\nEND:VCARD" END, 100, CAL_LIMIT,
		CAL_LIMIT, NULL, NULL, false},
	{"20 000 cards in one", HEAD, "BEGIN:VCARD\r\nEND:VCARD\r\n", "NOTE:zz" END, 20000,
		CAL_LIMIT, CAL_LIMIT, NULL, NULL, false},
	{"many cards", HEAD "NOTE:a", END "BEGIN:VCARD\r\nFN:a", END, 100, CAL_NOT_OBJECT,
		CAL_NOT_OBJECT, NULL, NULL, false},
	{"a long UID", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\nUID:", "u", END, MB, CAL_LIMIT,
		CAL_LIMIT, NULL, NULL, false},
	{"a long version", "BEGIN:VCARD\r\nUID:u\r\nFN:a\r\nVERSION:", "3", END, MB, CAL_VERSION,
		CAL_VERSION, NULL, NULL, false},
	{"a long date", HEAD "BDAY:", "1", END, MB, CAL_OK, CAL_MALFORMED, "BDAY", "111", true},
	{"a controlled one", HEAD "NOTE:", "\x01", END, MB, CAL_MALFORMED, CAL_MALFORMED, NULL,
		NULL, false},
	{"lone CR", HEAD "NOTE:", "a\rb", END, MB, CAL_MALFORMED, CAL_MALFORMED, NULL, NULL, false},
	{"no line ends", "BEGIN:VCARD", "a", "", 9 * MB, CAL_MALFORMED, CAL_MALFORMED, NULL, NULL,
		false},
	{"empty lines only", "BEGIN:VCARD", "\r\n", "", 100000, CAL_MALFORMED, CAL_MALFORMED, NULL,
		NULL, false},
};

static int code_of(bool (*look)(enum facts_kind kind, const char *bytes, size_t len,
			   struct arena *arena, struct facts *facts, struct facts_fault *fault),
	const struct buf *card)
{
	struct arena *arena = arena_new();
	struct facts facts = {0};
	struct facts_fault fault = {0};
	bool fine = look(FACTS_ADDRESSBOOK, card->data, card->len, arena, &facts, &fault);

	arena_free(arena);
	if (look == cal_inspect && fine)
		return CAL_OK; /* whatever may be against writing it */
	assert_true(fine == (fault.code == CAL_OK));
	return fault.code;
}

static void query(const struct hostile *row, const struct buf *card)
{
	struct card_text_match match = {{row->text, CAL_UNICODE_CASEMAP, false}, CARD_ENDS};
	struct card_text_match word = {{"nothing", CAL_UNICODE_CASEMAP, false}, CARD_EQUALS};
	struct card_param_filter param = {"TYPE", false, &word};
	struct card_prop_filter props[] = {
		{.name = row->filter, .matches = &match, .n_matches = 1},
		{.name = row->filter, .params = &param, .n_params = 1},
		{.name = row->filter, .matches = &word, .n_matches = 1},
		{.name = "KIND", .matches = &word, .n_matches = 1},
	};

	for (size_t i = 0; i < COUNT(props); i++) {
		struct card_filter filter = {.props = &props[i], .n_props = 1};

		if (card_match(&filter, card->data, card->len) != (i == 0 && row->found))
			fail_msg("%s: filter %zu", row->name, i);
	}
}

static void hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cards); i++) {
		const struct hostile *row = &cards[i];
		const char *props[] = {"TEL", "NOTE"};
		const bool novalue[] = {true, false};
		struct card_data_request request = {props, novalue, 2};
		struct buf card, out;

		buf_init(&card, 64 * MB);
		buf_init(&out, 64 * MB);
		buf_adds(&card, row->head);
		for (size_t k = 0; k < row->times; k++)
			buf_adds(&card, row->unit);
		buf_adds(&card, row->tail);
		int stored = code_of(cal_inspect, &card), written = code_of(cal_accept, &card);
		if (stored != row->stored || written != row->written)
			fail_msg("%s: %d, %d", row->name, stored, written);
		if (row->filter)
			query(row, &card);
		card_render(&out, &request, card.data, card.len);
		/* Nothing grows beyond what was sent, but for the ends of lines. */
		assert_true(out.len <= card.len + card.len / 20 + 1000);
		buf_free(&card);
		buf_free(&out);
	}
}

/* NUL, UTF-16, Latin-1, a byte order mark, halves of surrogates, U+FFFF: refused with their line where it is known. */
static void bytes_of_others(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
		ROW(HEAD "NOTE:a\0b" END),
		ROW("\xff\xfe"
		    "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\r\0\n\0"),
		ROW("\xef\xbb\xbf" HEAD "NOTE:a" END),
		ROW(HEAD "NOTE:M\xfcller" END),
		ROW(HEAD "NOTE;CHARSET=UTF-8:M\xfcller" END),
		ROW(HEAD "NOTE:\xed\xa0\x80" END),
		ROW(HEAD "NOTE:\xef\xbf\xbf" END),
		ROW(HEAD "NOTE:\xc0\xaf" END),
		ROW(HEAD "NOTE:a\x7f" END),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf card;

		buf_init(&card, MB);
		buf_add(&card, rows[i].bytes, rows[i].len);
		assert_int_equal(code_of(cal_accept, &card), CAL_MALFORMED);
		buf_free(&card);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile), cmocka_unit_test(bytes_of_others)};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
