/* SPDX-License-Identifier: ISC */
/* Queries on cards and parts of them (RFC 6352 10.4, 10.5): a table of questions to one card of each version. */
#include "ical/card.h"
#include "tests/unit/ical_help.h"

#define MAX_CONDITIONS 4
#define LARGE 16384 /* need not be remembered */

static const char *const three =
	"BEGIN:VCARD|VERSION:3.0|UID:u-3|FN:Anna Müller\\, née Groß|N:Müller;Anna;;Dr.;|"
	"NICKNAME:Ann,Änni|EMAIL;TYPE=HOME,INTERNET:anna@example.org|"
	"EMAIL;TYPE=WORK;XN=\"a^nb^'c\":a.mueller@example.com|item1.TEL;CELL;VOICE:+49 170 1|"
	"item1.X-ABLabel:Boat|CATEGORIES:family,sai| ling,a\\,b|NOTE:one\\ntwo\\;three|BDAY:1980-04-12|"
	"PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=|X-ADDRESSBOOKSERVER-KIND:group|"
	"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|X-EMPTY:|END:VCARD";
static const char *const
	four = "BEGIN:VCARD|VERSION:4.0|UID:u-4|FN:Group|KIND:group|MEMBER:urn:uuid:1|"
	       "TEL;TYPE=\"work,voice\":1|PHOTO:data:image/png;base64,iVBORw0KGgo=|END:VCARD";
static const char
	*const person = "BEGIN:VCARD|VERSION:4.0|UID:u-5|FN:Ben|KIND:individual|END:VCARD";

/* One prop-filter: NAME or NAME! (is-not-defined), then conditions with spaces between, each an operator (~ contains, =
 * equals, ^ starts-with, $ ends-with; after - negated) and a text, in which _ is a space, or ;PARAM and that, or
 * ;PARAM!. "*" before the name: allof. */
struct spec {
	struct card_prop_filter filter;
	struct card_text_match matches[MAX_CONDITIONS], of_params[MAX_CONDITIONS];
	struct card_param_filter params[MAX_CONDITIONS];
};

static bool read_match(struct card_text_match *match, char *text)
{
	static const char ops[] = "~=^$";

	*match = (struct card_text_match){.text.collation = CAL_UNICODE_CASEMAP};
	match->text.negate = *text == '-';
	text += match->text.negate;
	if (!*text || !strchr(ops, *text))
		return false;
	match->type = (enum card_match_type)(strchr(ops, *text) - ops);
	match->text.text = text + 1;
	for (char *c = text; *c; c++)
		if (*c == '_')
			*c = ' ';
	return true;
}

static void read_spec(struct arena *arena, struct spec *spec, const char *text)
{
	char *word, *rest = arena_strndup(arena, text, strlen(text));
	size_t m = 0, p = 0;

	word = strsep(&rest, " ");
	*spec = (struct spec){.filter.all = *word == '*'};
	spec->filter.name = word += *word == '*';
	if (word[strlen(word) - 1] == '!') {
		spec->filter.is_not_defined = true;
		word[strlen(word) - 1] = '\0';
	}
	while ((word = strsep(&rest, " "))) {
		if (*word != ';') {
			if (!read_match(&spec->matches[m++], word))
				fail_msg("%s", text);
			continue;
		}
		struct card_param_filter *param = &spec->params[p];
		size_t n = strcspn(word + 1, "-~=^$!");
		param->name = arena_strndup(arena, word + 1, n);
		param->is_not_defined = word[n + 1] == '!';
		if (read_match(&spec->of_params[p], word + 1 + n))
			param->match = &spec->of_params[p];
		p++;
	}
	spec->filter.matches = spec->matches;
	spec->filter.n_matches = m;
	spec->filter.params = spec->params;
	spec->filter.n_params = p;
}

static bool ask(const char *card, const char *text)
{
	static unsigned char key[20];
	struct arena *arena = arena_new();
	char *bytes = lines(arena, card);
	struct spec spec;
	bool found;

	read_spec(arena, &spec, text);
	struct card_filter filter = {.props = &spec.filter, .n_props = 1};
	found = card_match(&filter, bytes, strlen(bytes));
	/* What is remembered says the same. */
	key[0]++;
	assert_int_equal(card_match_remembered(&filter, key), CAL_MAYBE);
	assert_int_equal(card_match_learn(&filter, key, bytes, strlen(bytes)), found);
	enum cal_verdict verdict = card_match_remembered(&filter, key);
	assert_true(verdict == (found ? CAL_YES : CAL_NO) ||
		(verdict == CAL_MAYBE && strlen(bytes) > LARGE));
	arena_free(arena);
	return found;
}

static const struct {
	const char *filter, *card;
	bool found;
} questions[] = {
	/* 10.5.1: existence, groups */
	{"FN", "3", true},
	{"fn", "3", true},
	{"TITLE", "3", false},
	{"TITLE!", "3", true},
	{"FN!", "3", false},
	{"X-EMPTY", "3", true},
	{"TEL", "3", true},
	{"item1.TEL", "3", true},
	{"ITEM1.tel", "3", true},
	{"item2.TEL", "3", false},
	{"item2.TEL!", "3", true},
	{"item1.EMAIL", "3", false},
	{"X-ABLABEL =boat", "3", true},
	/* 10.5.4: values without backslashes and folds, all kinds of match */
	{"FN ~müller", "3", true},
	{"FN ~MÜLLER,", "3", true},
	{"FN =anna_müller,_née_groß", "3", true},
	{"FN =anna", "3", false},
	{"FN ^anna", "3", true},
	{"FN ^müller", "3", false},
	{"FN $GROSS", "3", false},
	{"FN $groß", "3", true},
	{"FN -~Ben", "3", true},
	{"FN -~anna", "3", false},
	{"FN -=anna", "3", true},
	{"NOTE ~two;three", "3", true},
	{"NOTE ^one\ntwo", "3", true},
	{"X-EMPTY =", "3", true},
	{"X-EMPTY ~a", "3", false},
	/* a structured value is one value, with its semicolons */
	{"N ^Müller;Anna", "3", true},
	{"N =Müller;Anna;;Dr.;", "3", true},
	{"N =Anna", "3", false},
	/* a list is several */
	{"CATEGORIES =sailing", "3", true},
	{"CATEGORIES ^sail", "3", true},
	{"CATEGORIES =a,b", "3", true},
	{"CATEGORIES ~ly,sail", "3", true},
	{"CATEGORIES -=family", "3", false},
	{"CATEGORIES -=work", "3", true},
	{"NICKNAME =änni", "3", true},
	/* dates as they are written */
	{"BDAY ~-04-12", "3", true},
	{"BDAY ~0412", "3", false},
	/* what is inline is no text */
	{"PHOTO", "3", true},
	{"PHOTO ~iVBOR", "3", false},
	{"PHOTO =", "3", false},
	{"PHOTO -~iVBOR", "3", true},
	{"PHOTO ;TYPE=png", "3", true},
	{"PHOTO ^data:image/png", "4", true},
	{"PHOTO ~iVBOR", "4", false},
	/* 10.5.2: parameters; those of 2.1, lists, quotes, RFC 6868 */
	{"EMAIL ;TYPE", "3", true},
	{"EMAIL ;TYPE!", "3", false},
	{"EMAIL ;PREF!", "3", true},
	{"EMAIL ;TYPE=home", "3", true},
	{"EMAIL ;TYPE=hom", "3", false},
	{"EMAIL ;TYPE^hom", "3", true},
	{"EMAIL ;TYPE=internet", "3", true},
	{"EMAIL ;TYPE=cell", "3", false},
	{"TEL ;TYPE=cell", "3", true},
	{"TEL ;TYPE=voice", "3", true},
	{"TEL ;TYPE=voice", "4", true},
	{"TEL ;TYPE=work,voice", "4", true},
	{"EMAIL ;XN=a\nb\"c", "3", true},
	{"FN ;LANGUAGE-=de", "3", false},
	{"EMAIL ;TYPE-=work", "3", true},
	{"TEL ;TYPE-=cell", "3", false},
	/* test="allof": of one and the same property */
	{"*EMAIL ~anna@ ;TYPE=home", "3", true},
	{"*EMAIL ~anna@ ;TYPE=work", "3", false},
	{"EMAIL ~anna@ ;TYPE=cell", "3", true},
	{"EMAIL ~nobody ;TYPE=cell", "3", false},
	{"*FN ~anna ~groß", "3", true},
	{"*FN ~anna ~ben", "3", false},
	{"FN ~anna ~ben", "3", true},
	/* groups by the name of either version */
	{"KIND =group", "3", true},
	{"X-ADDRESSBOOKSERVER-KIND =group", "3", true},
	{"X-ADDRESSBOOKSERVER-KIND =group", "4", true},
	{"KIND =group", "4", true},
	{"X-ADDRESSBOOKSERVER-KIND!", "4", false},
	{"X-ADDRESSBOOKSERVER-MEMBER =urn:uuid:1", "4", true},
	{"MEMBER =urn:uuid:1", "3", true},
	{"X-ADDRESSBOOKSERVER-KIND!", "5", true},
	{"X-ADDRESSBOOKSERVER-KIND ~ind", "5", false},
	{"KIND =individual", "5", true},
};

static void questions_of_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(questions); i++) {
		const char *card = *questions[i].card == '3' ? three
			: *questions[i].card == '4'          ? four
							     : person;

		if (ask(card, questions[i].filter) != questions[i].found)
			fail_msg("%s of %s: %d", questions[i].filter, questions[i].card,
				!questions[i].found);
	}
}

/* 10.5: anyof and allof over prop-filters; none at all matches everything. */
static void whole_filters(void **state)
{
	static const struct {
		const char *a, *b;
		bool any, all;
	} rows[] = {
		{"FN ~anna", "NOTE ~two", true, true},
		{"FN ~anna", "NOTE ~four", true, false},
		{"FN ~ben", "NOTE ~four", false, false},
		{"TITLE!", "FN ~ben", true, false},
	};
	struct arena *arena = arena_new();
	char *bytes = lines(arena, three);
	struct card_filter none = {0}, none_all = {.all = true};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct spec a, b;

		read_spec(arena, &a, rows[i].a);
		read_spec(arena, &b, rows[i].b);
		struct card_prop_filter props[] = {a.filter, b.filter};
		struct card_filter filter = {.props = props, .n_props = 2};
		assert_int_equal(card_match(&filter, bytes, strlen(bytes)), rows[i].any);
		filter.all = true;
		assert_int_equal(card_match(&filter, bytes, strlen(bytes)), rows[i].all);
	}
	assert_true(card_match(&none, bytes, strlen(bytes)));
	assert_true(card_match(&none_all, bytes, strlen(bytes)));
	arena_free(arena);
}

static void unreadable(void **state)
{
	static const char *const cards[] = {"", "hello", "BEGIN:VCARD|FN:Anna",
		"BEGIN:VCALENDAR|FN:Anna|END:VCALENDAR", "FN:Anna", "BEGIN:VCARD|FN|END:VCARD"};

	(void)state;
	for (size_t i = 0; i < COUNT(cards); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, cards[i]);
		struct card_filter none = {0};

		assert_false(card_match(&none, bytes, strlen(bytes)));
		arena_free(arena);
	}
	/* A card inside of a card is its own business; quoted-printable of old is read. */
	assert_false(ask("BEGIN:VCARD|FN:A|AGENT:|BEGIN:VCARD|FN:B|END:VCARD|END:VCARD", "FN ~B"));
	assert_true(ask("BEGIN:VCARD|FN;QUOTED-PRINTABLE:A=|B|TEL:1|END:VCARD", "TEL =1"));
	assert_true(ask("BEGIN:VCARD||FN:A||TEL:1|END:VCARD||", "TEL =1"));
}

/* A long line is unfolded when it is text, and cut when it is a photo. */
static void long_lines(void **state)
{
	struct arena *arena = arena_new();
	struct buf card;

	(void)state;
	buf_init(&card, 4 * 1024 * 1024);
	buf_adds(&card, "BEGIN:VCARD|FN:Anna|NOTE:");
	for (int i = 0; i < 2000; i++)
		buf_adds(&card, "0123456789| ");
	buf_adds(&card, "the end|PHOTO;ENCODING=b:AAAA");
	for (int i = 0; i < 20000; i++)
		buf_adds(&card, "| AAAAAAAAAAAA");
	buf_adds(&card, "|X-LAST;X-P=\"");
	for (int i = 0; i < 2000; i++)
		buf_adds(&card, "0123456789");
	buf_adds(&card, "\":yes|END:VCARD");
	char *bytes = arena_strndup(arena, card.data, card.len);
	assert_true(ask(bytes, "NOTE $the_end"));
	assert_true(ask(bytes, "X-LAST =yes"));
	assert_true(ask(bytes, "PHOTO"));
	assert_false(ask(bytes, "PHOTO ~AAAA"));
	buf_free(&card);
	arena_free(arena);
}

/* ---- 10.4 ---- */

static void parts(void **state)
{
	static const struct {
		const char *props, *want; /* names with spaces between; "-" behind: novalue */
	} rows[] = {
		{"FN", "BEGIN:VCARD|FN:Anna Müller\\, née Groß|END:VCARD"},
		{"VERSION UID", "BEGIN:VCARD|VERSION:3.0|UID:u-3|END:VCARD"},
		{"TEL", "BEGIN:VCARD|item1.TEL;CELL;VOICE:+49 170 1|END:VCARD"},
		{"item1.TEL", "BEGIN:VCARD|item1.TEL;CELL;VOICE:+49 170 1|END:VCARD"},
		{"item2.TEL", "BEGIN:VCARD|END:VCARD"},
		{"X-ABLabel", "BEGIN:VCARD|item1.X-ABLabel:Boat|END:VCARD"},
		{"categories", "BEGIN:VCARD|CATEGORIES:family,sai| ling,a\\,b|END:VCARD"},
		{"PHOTO", "BEGIN:VCARD|PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=|END:VCARD"},
		{"PHOTO-", "BEGIN:VCARD|PHOTO;ENCODING=b;TYPE=PNG:|END:VCARD"},
		{"EMAIL-",
			"BEGIN:VCARD|EMAIL;TYPE=HOME,INTERNET:|"
			"EMAIL;TYPE=WORK;XN=\"a^nb^'c\":|END:VCARD"},
		{"item1.TEL- BDAY", "BEGIN:VCARD|item1.TEL;CELL;VOICE:|BDAY:1980-04-12|END:VCARD"},
		{"NOTHING", "BEGIN:VCARD|END:VCARD"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *bytes = lines(arena, three), *want = lines(arena, rows[i].want);
		const char *props[4];
		bool novalue[4];
		struct card_data_request request = {.props = props, .novalue = novalue};
		char *rest = arena_strndup(arena, rows[i].props, strlen(rows[i].props)), *word;
		struct buf out;

		while ((word = strsep(&rest, " "))) {
			size_t n = strlen(word);

			novalue[request.n_props] = word[n - 1] == '-';
			word[n - novalue[request.n_props]] = '\0';
			props[request.n_props++] = word;
		}
		buf_init(&out, 10000);
		assert_true(card_render(&out, &request, bytes, strlen(bytes)));
		if (out.len != strlen(want) || memcmp(out.data, want, out.len) != 0)
			fail_msg("%s: %.*s", rows[i].props, (int)out.len, out.data);
		buf_reset(&out);
		assert_false(card_render(&out, &request, "hello", 5));
		assert_int_equal(out.len, 0);
		buf_free(&out);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_of_one),
		cmocka_unit_test(whole_filters),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
