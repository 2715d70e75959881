/* SPDX-License-Identifier: ISC */
/* Files of cards: cut into single ones, mended so that they can be stored, compared by what they say. */
#include "ical/card.h"
#include "tests/unit/ical_help.h"

#include <stdlib.h>
#include <strings.h>

#define CARD(rest) "BEGIN:VCARD|VERSION:3.0|" rest "|END:VCARD"

static char *text_of(struct arena *arena, const char *rows)
{
	return lines(arena, rows);
}

/* Each piece as LINE:LENGTH, a broken one with "!". */
static void files_are_cut(void **state)
{
	static const struct {
		const char *name, *file, *want;
	} rows[] = {
		{"nothing", "", ""},
		{"empty lines", "\r\n \n\n", ""},
		{"one", "BEGIN:VCARD\r\nEND:VCARD\r\n", "1:24 "},
		{"without an end of its last line", "BEGIN:VCARD\nEND:VCARD", "1:21 "},
		{"a mark, and lower case",
			"\xef\xbb\xbf"
			"begin:vcard\nend:vcard\n",
			"1:22 "},
		{"empty lines between", "\n\nBEGIN:VCARD\nEND:VCARD\n\n\nBEGIN:VCARD\nEND:VCARD\n",
			"3:22 7:22 "},
		{"white space at the end", "BEGIN:VCARD \nEND:VCARD\t\r\n", "1:25 "},
		{"text between", "BEGIN:VCARD\nEND:VCARD\nhello\nyou\nBEGIN:VCARD\nEND:VCARD\n",
			"1:22 3:10! 5:22 "},
		{"an END alone", "END:VCARD\nBEGIN:VCARD\nEND:VCARD\n", "1:10! 2:22 "},
		{"the first END is missing", "BEGIN:VCARD\nFN:a\nBEGIN:VCARD\nEND:VCARD\n",
			"1:17! 3:22 "},
		{"the last END is missing", "BEGIN:VCARD\nEND:VCARD\nBEGIN:VCARD\nFN:a\n",
			"1:22 3:17! "},
		{"an agent", "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n", "1:51 "},
		{"an agent in a group, after an empty line",
			"BEGIN:VCARD\na.AGENT:\n\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n", "1:54 "},
		{"an agent that never ends", "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\n",
			"1:41! "},
		{"folded text is no BEGIN", "BEGIN:VCARD\nNOTE:x\n BEGIN:VCARD\nEND:VCARD\n",
			"1:42 "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct card_file file = card_file_begin(rows[i].file, strlen(rows[i].file));
		struct card_piece piece;
		char got[200] = "";
		while (card_file_next(&file, &piece))
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u:%zu%s ",
				piece.line, piece.len, piece.why ? "!" : "");
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s, not %s", rows[i].name, got, rows[i].want);
	}
}

static void lines_are_found_in_the_file(void **state)
{
	static const char
		bytes[] = "junk\n\nBEGIN:VCARD\nNOTE:a\n b\n c\nFN:x\n\nTEL:1\nEND:VCARD\n";
	static const unsigned want[] = {3, 3, 4, 7, 8, 9, 10, 3};
	struct card_file file = card_file_begin(bytes, strlen(bytes));
	struct card_piece piece;

	(void)state;
	assert_true(card_file_next(&file, &piece) && piece.why);
	assert_true(card_file_next(&file, &piece) && !piece.why);
	for (unsigned i = 0; i < COUNT(want); i++)
		assert_int_equal(card_piece_line(&piece, i), want[i]);
}

static void cards_are_mended(void **state)
{
	static const struct {
		const char *name, *card, *want; /* NULL: nothing to do; "U" is some UID line */
		unsigned mended;
	} rows[] = {
		{"whole", CARD("FN:a|UID:1"), NULL, 0},
		{"empty lines stay", CARD("FN:a||UID:1|"), NULL, 0},
		{"a group", CARD("item1.FN:a|UID:1"), NULL, 0},
		{"no UID", CARD("FN:a|NOTE:x"), CARD("FN:a|NOTE:x|U"), CARD_MENDED_UID},
		{"an empty UID", CARD("UID:|FN:a"), CARD("FN:a|U"), CARD_MENDED_UID},
		{"a UID in lower case", CARD("uid:1|FN:a"), NULL, 0},
		{"name of N", CARD("UID:1|N:Sch\\;midt;Otto;Max,Moritz;Dr.;jun."),
			CARD("UID:1|N:Sch\\;midt;Otto;Max,Moritz;Dr.;jun.|"
			     "FN:Dr. Otto Max Moritz Sch\\;midt jun."),
			CARD_MENDED_FN},
		{"N before ORG", CARD("UID:1|ORG:Firm;Sales|N:;Otto;;;"),
			CARD("UID:1|ORG:Firm;Sales|N:;Otto;;;|FN:Otto"), CARD_MENDED_FN},
		{"ORG where N is empty", CARD("UID:1|N:;;;;|ORG:Firm;Sales"),
			CARD("UID:1|N:;;;;|ORG:Firm;Sales|FN:Firm"), CARD_MENDED_FN},
		{"NICKNAME", CARD("UID:1|TEL:2|NICKNAME:Otti"),
			CARD("UID:1|TEL:2|NICKNAME:Otti|FN:Otti"), CARD_MENDED_FN},
		{"EMAIL", CARD("UID:1|TEL:2|item1.EMAIL:a@b"),
			CARD("UID:1|TEL:2|item1.EMAIL:a@b|FN:a@b"), CARD_MENDED_FN},
		{"TEL in the place of an empty FN", CARD("UID:1|FN:|TEL:+49 2"),
			CARD("UID:1|TEL:+49 2|FN:+49 2"), CARD_MENDED_FN},
		{"nothing to make a name of", CARD("UID:1|NOTE:x"), NULL, 0},
		{"both", CARD("N:a;b"), CARD("N:a;b|FN:b a|U"), CARD_MENDED_FN | CARD_MENDED_UID},
		{"what can not be read", "BEGIN:VCARD|FN", NULL, 0},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *card = text_of(arena, rows[i].card), *want;
		unsigned mended = 99;
		struct buf out;
		char *uid;
		buf_init(&out, 10000);
		assert_true(card_mend(&out, card, strlen(card), &mended, NULL));
		want = rows[i].want ? text_of(arena, rows[i].want) : NULL;
		uid = out.data ? strstr(out.data, "UID:urn:uuid:") : NULL;
		if (uid) {
			assert_int_equal(strcspn(uid, "\r"), strlen("UID:urn:uuid:") + 36);
			memmove(uid + 1, strchr(uid, '\r'), strlen(strchr(uid, '\r')) + 1);
		}
		if (mended != rows[i].mended || (!want && out.len) ||
			(want && strcmp(out.data, want) != 0))
			fail_msg("%s: %u\n%s", rows[i].name, mended, out.data);
		buf_free(&out);
	}
	arena_free(arena);
}

/* 6350 3.2; everything between stays as it is. */
static void line_ends_become_crlf(void **state)
{
	static const char
		bytes[] = "BEGIN:VCARD\nVERSION:3.0\r\nFN:a\nUID:1\nPHOTO:AA\n BB\n\nEND:VCARD";
	static const char
		want[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\nUID:1\r\nPHOTO:AA\r\n BB\r\n\r\n"
			 "END:VCARD\r\n";
	unsigned mended;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_true(card_mend(&out, bytes, strlen(bytes), &mended, NULL));
	assert_int_equal(mended, CARD_MENDED_LINES);
	assert_string_equal(out.data, want);
	buf_free(&out);
}

/* The same words again give the same UID, so that they are found again. */
static void uids_are_made_of_what_is_said(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{CARD("FN:a|TEL:1|TEL:2"), CARD("TEL:2|FN:a|TEL:1"), true},
		{CARD("FN:a|TEL:1"), CARD("fn:a|PRODID:x|REV:20200101T000000Z|TEL:1"), true},
		{CARD("FN:a|NOTE:long"), CARD("FN:a|NOTE:lo| ng"), true},
		{CARD("FN:a|TEL:1|NOTE:2"), CARD("FN:a|TEL:2|NOTE:1"), false},
		{CARD("FN:a|TEL;TYPE=HOME:1"), CARD("FN:a|TEL:1"), false},
		{CARD("FN:a|TEL:1"), CARD("FN:a|TEL:1|TEL:1"), false},
		{CARD("FN:a"), CARD("FN:A"), false},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *cards[] = {text_of(arena, rows[i].a), text_of(arena, rows[i].b)};
		struct card_gist gists[2];
		char *uids[2];
		for (int j = 0; j < 2; j++) {
			struct buf out;
			unsigned mended;
			buf_init(&out, 10000);
			card_gist(&gists[j], arena, cards[j], strlen(cards[j]));
			assert_true(card_mend(&out, cards[j], strlen(cards[j]), &mended, NULL));
			uids[j] = arena_strndup(arena, strstr(out.data, "UID:urn"), 49);
			buf_free(&out);
		}
		if ((strcmp(uids[0], uids[1]) == 0) != rows[i].same ||
			(memcmp(gists[0].content, gists[1].content, 16) == 0) != rows[i].same)
			fail_msg("row %zu: %s, %s", i, uids[0], uids[1]);
	}
	arena_free(arena);
}

static char *join(struct arena *arena, const char *const *texts, size_t n)
{
	char *all = arena_strdup(arena, "");

	for (size_t i = 0; i < n; i++)
		all = arena_printf(arena, "%s%s ", all, texts[i]);
	return all;
}

static void gists_know_people_again(void **state)
{
	static const struct {
		const char *card, *shown, *words, *mails, *phones;
	} rows[] = {
		{CARD("FN:Anna Maier|EMAIL:Anna@Example.org|TEL:+49 (170) 123-4567"), "Anna Maier",
			"ANNA MAIER ", "anna@example.org ", "01234567 "},
		{CARD("FN:Maier\\, Anna|TEL:0170 1234567|TEL;VALUE=uri:tel:+49-170-1234567;ext=99"),
			"Maier, Anna", "ANNA MAIER ", "", "01234567 01234567 "},
		{CARD("FN:anna.maier@example.org|EMAIL:mailto:a@b.c"), "anna.maier@example.org", "",
			"a@b.c ", ""},
		{CARD("N:Maier;Anna;;;|TEL:110|EMAIL:none"), NULL, "ANNA MAIER ", "", ""},
		{CARD("FN:|FN:Otto|N:x"), "Otto", "OTTO ", "", ""},
		{"nonsense", NULL, "", "", ""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *card = text_of(arena, rows[i].card);
		struct card_gist gist;
		card_gist(&gist, arena, card, strlen(card));
		const char *words = join(arena, gist.words, gist.n_words),
			   *mails = join(arena, gist.mails, gist.n_mails),
			   *phones = join(arena, gist.phones, gist.n_phones);
		if (!!gist.shown != !!rows[i].shown ||
			(gist.shown && strcmp(gist.shown, rows[i].shown) != 0) ||
			strcmp(words, rows[i].words) != 0 || strcmp(mails, rows[i].mails) != 0 ||
			strcmp(phones, rows[i].phones) != 0)
			fail_msg("row %zu: %s, %s, %s, %s", i, gist.shown ? gist.shown : "-", words,
				mails, phones);
	}
	arena_free(arena);
}

/* RFC 5051: the case of letters that are not of ASCII, and composed or decomposed, do not count. */
static void names_without_case(void **state)
{
	static const char *const cards[] = {CARD("FN:Jörg Müller"), CARD("FN:MÜLLER jÖRG"),
		CARD("FN:Jo\xcc\x88rg Mu\xcc\x88ller")};
	struct arena *arena = arena_new();
	const char *all[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		const char *card = text_of(arena, cards[i]);
		struct card_gist gist;
		card_gist(&gist, arena, card, strlen(card));
		assert_int_equal(gist.n_words, 2);
		all[i] = join(arena, gist.words, 2);
		assert_string_equal(all[i], all[0]);
	}
	arena_free(arena);
}

/* No more is kept than there is room for, whatever the card. */
static void gists_are_bounded(void **state)
{
	struct arena *arena = arena_new();
	struct card_gist gist;
	struct buf big;

	(void)state;
	buf_init(&big, 1 << 24);
	buf_adds(&big, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:");
	for (int i = 0; i < 200; i++)
		buf_addf(&big, "w%d ", i);
	buf_adds(&big, "\r\n");
	for (int i = 0; i < 20000; i++)
		buf_addf(&big, "TEL:%08d\r\nEMAIL:a%d@b\r\nNOTE:x\r\n", i, i);
	buf_adds(&big, "END:VCARD\r\n");
	card_gist(&gist, arena, big.data, big.len);
	assert_int_equal(gist.n_mails, CARD_MAX_WAYS);
	assert_int_equal(gist.n_phones, CARD_MAX_WAYS);
	assert_int_equal(gist.n_words, CARD_MAX_WORDS);
	buf_free(&big);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_cut),
		cmocka_unit_test(lines_are_found_in_the_file),
		cmocka_unit_test(cards_are_mended),
		cmocka_unit_test(line_ends_become_crlf),
		cmocka_unit_test(uids_are_made_of_what_is_said),
		cmocka_unit_test(gists_know_people_again),
		cmocka_unit_test(names_without_case),
		cmocka_unit_test(gists_are_bounded),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
