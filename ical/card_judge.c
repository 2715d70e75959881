/* SPDX-License-Identifier: ISC */
/*
 * What is written now must be a vCard by RFC 2426 or RFC 6350: each line by its row in card_table.c, then what holds
 * between lines. What the table does not know passes, and what real clients send although it is wrong passes by a row of
 * src/base/tolerance.h, stored as it came. Nothing here is needed to find facts: what is stored stays readable.
 */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "src/base/tolerance.h"

#include <assert.h>
#include <string.h>

#define MAX_ROWS 80   /* not less than card_table.c has */
#define MAX_QUOTED 40 /* octets of a value that is told in a fault */

struct judge {
	const struct cal_object *object;
	const struct cal_comp *top;
	enum card_version is;
	struct facts_fault *fault;
	const struct cal_line *first[MAX_ROWS]; /* of each property */
	struct cal_slice altid[MAX_ROWS];       /* of that */
};

/* What the parameters of a line say. */
struct said {
	struct cal_slice type, encoding; /* VALUE and ENCODING; empty: not said */
	bool base64;
};

/* The name of a line without its group, and a value that shall be told, cut at the edge of a character. */
static bool refuse(struct judge *j, enum cal_code code, const struct cal_line *line,
	const char *why, struct cal_slice value)
{
	struct cal_slice group, name = card_name(line, &group);
	size_t n = value.n > MAX_QUOTED ? MAX_QUOTED : value.n;

	while (n && n < value.n && ((unsigned char)value.s[n] & 0xC0) == 0x80)
		n--;
	cal_fail(j->fault, (int)code, line->number, "%.*s %s%s%.*s%s",
		name.n > MAX_QUOTED ? MAX_QUOTED : (int)name.n, name.s, why, n ? ": " : "", (int)n,
		n ? value.s : "", n < value.n ? "..." : "");
	return false;
}

static bool malformed(
	struct judge *j, const struct cal_line *line, const char *why, struct cal_slice value)
{
	return refuse(j, CAL_MALFORMED, line, why, value);
}

static const struct cal_slice nothing;

static bool is_version_3(const struct judge *j)
{
	return j->is == CARD_3_0;
}

/* ---- names and parameters ---- */

/* iana-token / x-name, which lack the "_" that some write */
static bool is_name(struct cal_slice name)
{
	struct cal_slice part;

	if (!tolerates(TOLERATE_CARD_UNDERSCORE) || !name.n)
		return card_token_fits(name);
	while (cal_slice_cut(&name, '_', &part))
		if (part.n && !card_token_fits(part))
			return false;
	return true;
}

/* group = name = 1*(ALPHA / DIGIT / "-") (2426 4, 6350 3.3) */
static bool check_name(struct judge *j, const struct cal_line *line)
{
	struct cal_slice group, name = card_name(line, &group);

	if (!is_name(name) || (name.n != line->name.n && !is_name(group)))
		return malformed(j, line, "is no name of a property", line->name);
	return line->name.n <= CARD_MAX_NAME ||
		refuse(j, CAL_LIMIT, line, "is too long a name", nothing);
}

/* What the bytes are in is UTF-8, whatever they say: a card that says something else lies, and would be misread. */
static bool check_charset(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	(void)said;
	return (cal_slice_is(value, "UTF-8") && tolerates(TOLERATE_CARD_CHARSET)) ||
		malformed(j, line, "says another charset than UTF-8", value);
}

/* 2426 has "b" only; 6350 has no ENCODING at all. */
static bool check_encoding(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	static const char *const words[] = {"BASE64", "7BIT", "8BIT"};
	bool known = cal_slice_is(value, "b");

	if (cal_slice_is(value, "QUOTED-PRINTABLE"))
		return malformed(j, line, "is quoted-printable, which is for vCard 2.1", nothing);
	if (!is_version_3(j) && !tolerates(TOLERATE_CARD_ENCODING_IN_4))
		return malformed(j, line, "has an ENCODING, which vCard 4.0 has not", value);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known |= cal_slice_is(value, words[i]) && tolerates(TOLERATE_CARD_ENCODING_WORDS);
	said->encoding = value;
	said->base64 = cal_slice_is(value, "b") || cal_slice_is(value, "BASE64");
	return known || malformed(j, line, "has an ENCODING that nobody knows", value);
}

/* 2425 5.8.2, 5646 2.1 */
static bool check_language(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	(void)said;
	return card_tag_fits(value, tolerates(TOLERATE_CARD_LOCALE) ? "-_" : "-") ||
		malformed(j, line, "has a LANGUAGE that is none", value);
}

/* 6350 5.2 */
static bool check_value_type(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	if (said->type.n)
		return malformed(j, line, "has a second VALUE", value);
	said->type = value;
	return card_token_fits(value) || malformed(j, line, "has a VALUE that is none", value);
}

/* 6350 5.3 */
bool card_pref_fits(struct cal_slice value)
{
	int pref;

	return cal_slice_number(value, &pref) && pref >= 1 && pref <= 100;
}

static bool check_pref(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	(void)said;
	return is_version_3(j) || card_pref_fits(value) ||
		malformed(j, line, "has a PREF that is not 1 to 100", value);
}

/* 6350 5.5: pid-value = 1*DIGIT ["." 1*DIGIT] */
bool card_pid_fits(struct cal_slice value)
{
	struct cal_slice rest = value, part;
	int n = 0, number;

	while (cal_slice_cut(&rest, '.', &part) && cal_slice_number(part, &number))
		n++;
	return !rest.s && (n == 1 || n == 2);
}

static bool check_pid(
	struct judge *j, const struct cal_line *line, struct said *said, struct cal_slice value)
{
	(void)said;
	return is_version_3(j) || card_pid_fits(value) ||
		malformed(j, line, "has a PID that is none", value);
}

static const struct {
	const char *name;
	bool (*check)(struct judge *j, const struct cal_line *line, struct said *said,
		struct cal_slice value);
} params[] = {
	{"CHARSET", check_charset},
	{"ENCODING", check_encoding},
	{"LANGUAGE", check_language},
	{"PID", check_pid},
	{"PREF", check_pref},
	{"VALUE", check_value_type},
};

#define N_PARAMS (sizeof(params) / sizeof(params[0]))

/* A quote opens and closes a value, and stands nowhere else (6350 3.3: QSAFE-CHAR, SAFE-CHAR). */
static bool check_param(struct judge *j, const struct cal_line *line, struct said *said,
	struct cal_slice name, struct cal_slice values)
{
	struct cal_slice value;
	size_t i = 0;

	while (i < N_PARAMS && !cal_slice_is(name, params[i].name))
		i++;
	if (i < N_PARAMS && values.n == 0)
		return malformed(j, line, "has a parameter without a value", name);
	while (cal_param_value(&values, &value)) {
		if (value.n && memchr(value.s, '"', value.n))
			return malformed(j, line, "has a quote inside of a parameter", value);
		if (i < N_PARAMS && !params[i].check(j, line, said, value))
			return false;
	}
	return true;
}

static bool check_params(struct judge *j, const struct cal_line *line, struct said *said)
{
	struct cal_slice rest = line->params, name, values;
	unsigned n = 0;
	bool bare;

	while (card_param_next(&rest, &name, &values, &bare)) {
		if (++n > CARD_MAX_PARAMS)
			return refuse(j, CAL_LIMIT, line, "has too many parameters", nothing);
		if (bare && (!card_token_fits(values) || !tolerates(TOLERATE_CARD_BARE_PARAM)))
			return malformed(j, line, "has a parameter that is not NAME=VALUE", values);
		if (!is_name(name))
			return malformed(j, line, "has a parameter whose name is none", name);
		if (!check_param(j, line, said, name, values))
			return false;
	}
	return true;
}

/* ---- values ---- */

/* TEXT: what a backslash may stand before, and what must have one before it (2426 4, 6350 3.4 and 4). */
static bool check_escapes(
	struct judge *j, const struct cal_line *line, struct cal_slice value, const char *escaped)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.s[i] == '\\') {
			if (++i == value.n || !strchr("\\,;nN", value.s[i]))
				return tolerates(TOLERATE_CARD_ESCAPES) ||
					malformed(j, line, "has a backslash that escapes nothing",
						nothing);
		} else if (strchr(escaped, value.s[i]) && !tolerates(TOLERATE_CARD_SEPARATORS)) {
			return malformed(j, line, "has a separator without a backslash", nothing);
		}
	}
	return true;
}

static bool check_text(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	(void)said;
	return check_escapes(j, line, value, is_version_3(j) ? ",;" : ",");
}

static bool check_list(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	(void)said;
	return check_escapes(j, line, value, is_version_3(j) ? ";" : "");
}

/* The most components: 2426 4, 6350 6, and 9554 2 for N and ADR. Fewer are no loss. */
static const struct {
	const char *name;
	size_t most3, most4;
} sizes[] = {
	{"N", 5, 7},
	{"ADR", 7, 18},
	{"GENDER", 2, 2},
	{"CLIENTPIDMAP", 2, 2},
};

static bool check_structure(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	struct cal_slice group, name = card_name(line, &group), rest = value, component;
	size_t n = 0;

	(void)said;
	while (card_component_next(&rest, &component))
		n++;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t most = is_version_3(j) && !tolerates(TOLERATE_CARD_COMPONENTS)
			? sizes[i].most3
			: sizes[i].most4;

		if (cal_slice_is(name, sizes[i].name) && n > most)
			return malformed(j, line, "has too many components", nothing);
	}
	return check_escapes(j, line, value, "");
}

static bool check_base64(struct judge *j, const struct cal_line *line, struct cal_slice value)
{
	bool odd = value.n % 4 || memchr(value.s, ' ', value.n) || memchr(value.s, '\t', value.n);

	return (card_base64_fits(value) && (!odd || tolerates(TOLERATE_CARD_BASE64_ODD))) ||
		malformed(j, line, "is no base64", nothing);
}

/* 2397: data:[type][;base64],data. Percent-encoded base64 is not looked into. */
static bool check_data(struct judge *j, const struct cal_line *line, struct cal_slice value)
{
	const char *comma = memchr(value.s, ',', value.n);
	static const char word[] = ";base64";

	if (!comma)
		return malformed(j, line, "is a data: URI without a comma", nothing);
	struct cal_slice head = {value.s, (size_t)(comma - value.s)};
	struct cal_slice data = {comma + 1, value.n - head.n - 1};
	if (head.s[head.n - 1] == '\\') {
		if (!tolerates(TOLERATE_CARD_ESCAPES))
			return malformed(j, line, "has a backslash that escapes nothing", nothing);
		head.n--;
	}
	if (head.n < sizeof(word) - 1 || memchr(data.s, '%', data.n))
		return true;
	head.s += head.n - (sizeof(word) - 1);
	head.n = sizeof(word) - 1;
	return !cal_slice_is(head, word) || check_base64(j, line, data);
}

static bool check_uri(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	if (said->base64 && !said->type.n) /* a photo of 3.0 in a card of 4.0; looked at already */
		return true;
	if (cal_slice_starts(value, "data:"))
		return check_data(j, line, value);
	return card_uri_fits(value) || tolerates(TOLERATE_CARD_NOT_URI) ||
		malformed(j, line, "is no URI", value);
}

/* 2426 3.1.4: inline with ENCODING=b, or a URI; KEY may be text (3.7.2). */
static bool check_binary(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	struct cal_slice group;

	if (said->base64 || cal_slice_is(card_name(line, &group), "KEY"))
		return true;
	if (!card_uri_fits(value) || !tolerates(TOLERATE_CARD_MEDIA_URI))
		return malformed(j, line,
			"is neither base64 with ENCODING=b nor a URI with VALUE=uri", nothing);
	return check_uri(j, line, said, value);
}

static bool check_forms(
	struct judge *j, const struct cal_line *line, unsigned forms, struct cal_slice value)
{
	bool fine = is_version_3(j)
		? !(forms & CARD_PARTIAL) || tolerates(TOLERATE_CARD_DATE_OF_4)
		: !(forms & (CARD_EXTENDED | CARD_FRACTION)) || tolerates(TOLERATE_CARD_DATE_OF_3);

	return fine || malformed(j, line, "is written as another version does", value);
}

/* That of 3.0 need not say VALUE=date-time: 2426 3.1.5 shows one that does not. */
static bool check_date(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	struct card_date date;

	(void)said;
	return card_date_parse(&date, value) ? check_forms(j, line, date.forms, value)
					     : malformed(j, line, "is no date", value);
}

/* 6350 4.3.5: date-complete "T" time-complete */
static bool check_timestamp(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	struct card_date date;

	(void)said;
	if (!card_date_parse(&date, value) || date.year < 0 || date.second < 0)
		return malformed(j, line, "is no date and time", value);
	return check_forms(j, line, date.forms, value);
}

static bool check_tag(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	(void)said;
	return card_tag_fits(value, tolerates(TOLERATE_CARD_LOCALE) ? "-_" : "-") ||
		malformed(j, line, "is no language", value);
}

/* 3.0: TZ is an offset, unless it says VALUE=text (2426 3.4.1). */
static bool check_offset(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	unsigned forms;
	int seconds;

	if (!card_offset_parse(&seconds, &forms, value))
		return (!said->type.n && tolerates(TOLERATE_CARD_TZ_NAME)) ||
			malformed(j, line, "is no offset from UTC", value);
	return check_forms(j, line, forms, value);
}

/* 5870 3.3: geo:latitude,longitude[,altitude][;parameters] */
static bool is_place(struct cal_slice value)
{
	struct cal_slice part = {value.s + 4, value.n - 4};
	const char *semicolon = memchr(part.s, ';', part.n);

	part.n = semicolon ? (size_t)(semicolon - part.s) : part.n;
	const char *comma = part.n ? memrchr(part.s, ',', part.n) : NULL;
	if (card_geo_fits(part, ","))
		return true;
	return comma && card_geo_fits((struct cal_slice){part.s, (size_t)(comma - part.s)}, ",");
}

static bool check_geo(struct judge *j, const struct cal_line *line, const struct said *said,
	struct cal_slice value)
{
	bool uri = cal_slice_starts(value, "geo:"), fine = card_geo_fits(value, ";");

	(void)said;
	if (uri ? is_place(value) : card_geo_fits(value, ",") || card_geo_fits(value, "\\;"))
		fine = tolerates(TOLERATE_CARD_GEO_FORMS);
	return fine || malformed(j, line, "is no latitude and longitude", value);
}

static const struct {
	enum card_value type;
	bool (*check)(struct judge *j, const struct cal_line *line, const struct said *said,
		struct cal_slice value);
} readers[] = {
	{CARD_TEXT, check_text},
	{CARD_TEXT_LIST, check_list},
	{CARD_STRUCTURED, check_structure},
	{CARD_URI, check_uri},
	{CARD_BINARY, check_binary},
	{CARD_DATE, check_date},
	{CARD_TIMESTAMP, check_timestamp},
	{CARD_LANGUAGE_TAG, check_tag},
	{CARD_UTC_OFFSET, check_offset},
	{CARD_GEO, check_geo},
};

/* What VALUE may say (2425 5.8.4, 6350 5.2); of other words nobody knows what they mean. */
static const struct {
	const char *word;
	enum card_value type;
} types[] = {
	{"binary", CARD_BINARY},
	{"date", CARD_DATE},
	{"date-and-or-time", CARD_DATE},
	{"date-time", CARD_DATE},
	{"language-tag", CARD_LANGUAGE_TAG},
	{"phone-number", CARD_TEXT},
	{"text", CARD_TEXT},
	{"time", CARD_DATE},
	{"timestamp", CARD_TIMESTAMP},
	{"uri", CARD_URI},
	{"url", CARD_URI},
	{"utc-offset", CARD_UTC_OFFSET},
};

#define CARD_UNKNOWN CARD_VERSION_NUMBER /* has no reader */

static enum card_value type_of(
	const struct judge *j, const struct card_prop *row, const struct said *said)
{
	enum card_value own = is_version_3(j) ? row->value3 : row->value4, type = CARD_UNKNOWN;

	if (!said->type.n)
		return own;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cal_slice_is(said->type, types[i].word))
			type = types[i].type;
	/* Lists and components are texts. */
	return type == CARD_TEXT && (own == CARD_TEXT_LIST || own == CARD_STRUCTURED) ? own : type;
}

/* ---- values of single properties ---- */

/* 6350 6.2.7 */
static bool check_gender(struct judge *j, const struct cal_line *line)
{
	struct cal_slice rest = line->value, sex;

	card_component_next(&rest, &sex);
	return sex.n == 0 || (sex.n == 1 && strchr("MFONUmfonu", sex.s[0])) ||
		malformed(j, line, "is none of M, F, O, N, U", sex);
}

/* 6350 6.1.4 */
static bool check_kind(struct judge *j, const struct cal_line *line)
{
	return card_token_fits(line->value) || malformed(j, line, "is none", line->value);
}

/* 6350 6.7.7 */
static bool check_pid_map(struct judge *j, const struct cal_line *line)
{
	struct cal_slice rest = line->value, number, uri;
	int id;

	return (card_component_next(&rest, &number) && cal_slice_number(number, &id) && id > 0 &&
		       card_component_next(&rest, &uri) && card_uri_fits(uri)) ||
		malformed(j, line, "is not a number and a URI", line->value);
}

/* 6350 6.5.2: most URIs here are of this scheme. */
static bool check_place(struct judge *j, const struct cal_line *line)
{
	return !cal_slice_starts(line->value, "geo:") || is_place(line->value) ||
		malformed(j, line, "is no latitude and longitude", line->value);
}

/* Of 4.0 alone; in a card of 3.0 they are extensions, and mean nothing there. */
static const struct {
	const char *name;
	bool (*check)(struct judge *j, const struct cal_line *line);
} specials[] = {
	{"CLIENTPIDMAP", check_pid_map},
	{"GENDER", check_gender},
	{"GEO", check_place},
	{"KIND", check_kind},
};

static bool check_special(struct judge *j, const struct card_prop *row, const struct cal_line *line)
{
	for (size_t i = 0; !is_version_3(j) && i < sizeof(specials) / sizeof(specials[0]); i++)
		if (strcmp(row->name, specials[i].name) == 0)
			return specials[i].check(j, line);
	return true;
}

static bool is_lenient(const struct judge *j, const struct card_prop *row, enum card_value own,
	enum card_value type)
{
	if (strcmp(row->name, "REV") == 0)
		return tolerates(TOLERATE_CARD_REV_ANY);
	return is_version_3(j) && own == CARD_DATE && type == CARD_TEXT &&
		tolerates(TOLERATE_CARD_DATE_TEXT);
}

static bool check_value(struct judge *j, const struct card_prop *row, const struct cal_line *line,
	const struct said *said)
{
	enum card_value own = is_version_3(j) ? row->value3 : row->value4,
			type = type_of(j, row, said);

	if (line->value.n == 0)
		return tolerates(TOLERATE_CARD_EMPTY_VALUE) ||
			malformed(j, line, "has no value", nothing);
	if (is_lenient(j, row, own, type))
		return true;
	if (is_version_3(j) && own == CARD_DATE && type == CARD_TEXT)
		return malformed(j, line, "is a text, which only vCard 4.0 allows", nothing);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == type && !readers[i].check(j, line, said, line->value))
			return false;
	return check_special(j, row, line);
}

/* ---- how often ---- */

static bool is_same(const struct cal_line *a, const struct cal_line *b)
{
	return cal_slice_same(a->params, b->params) && cal_slice_same(a->value, b->value);
}

static bool check_number(struct judge *j, const struct card_prop *row, const struct cal_line *line)
{
	const struct cal_line **first = &j->first[row - card_prop_at(0)];
	struct cal_slice *altid = &j->altid[row - card_prop_at(0)];
	enum card_times times = is_version_3(j) ? row->times3 : row->times4;

	if (*first && !card_is_single(times))
		return true;
	struct cal_slice its = card_param(line, "ALTID");
	if (!*first) {
		*first = line;
		*altid = its;
		return true;
	}
	/* 6350 5.4: with the same ALTID they count as one. */
	if (!is_version_3(j) && its.n && cal_slice_same(*altid, its))
		return true;
	if (is_same(*first, line) && tolerates(TOLERATE_CARD_SAME_TWICE))
		return true;
	return (strcmp(row->name, "FN") == 0 && tolerates(TOLERATE_CARD_FN_SEVERAL)) ||
		malformed(j, line, "stands there a second time", nothing);
}

/* ---- the whole ---- */

static bool ends_in_crlf(const struct cal_line *line)
{
	return line->raw.n >= 2 && memcmp(line->raw.s + line->raw.n - 2, "\r\n", 2) == 0;
}

static bool check_line(struct judge *j, const struct cal_line *line)
{
	struct cal_slice group;
	const struct card_prop *row = card_prop_named(card_name(line, &group));
	struct said said = {0};

	if (!ends_in_crlf(line) && !tolerates(TOLERATE_LINE_ENDS))
		return malformed(j, line, "does not end with CR and LF", nothing);
	if (!check_name(j, line) || (line->params.n && !check_params(j, line, &said)))
		return false;
	if (said.base64 && line->value.n && !check_base64(j, line, line->value))
		return false;
	return !row || (check_number(j, row, line) && check_value(j, row, line, &said));
}

static const struct cal_line *first_of(const struct judge *j, const char *name)
{
	const struct card_prop *row = card_prop_named((struct cal_slice){name, strlen(name)});

	return j->first[row - card_prop_at(0)];
}

/* 6350 6.6.5: only groups have members. */
static bool check_members(struct judge *j)
{
	const struct cal_line *member = first_of(j, "MEMBER"), *kind = first_of(j, "KIND");

	if (!member || is_version_3(j) || (kind && cal_slice_is(kind->value, "group")))
		return true;
	return malformed(j, member, "is in a card that is not KIND:group", nothing);
}

static bool check_whole(struct judge *j)
{
	const struct cal_line *begin = &j->object->lines[j->top->begin],
			      *version = first_of(j, "VERSION"), *fn = first_of(j, "FN");

	if (!is_version_3(j) && version != begin + 1 && !tolerates(TOLERATE_CARD_VERSION_LATER))
		return malformed(j, version, "is not the first property", nothing);
	if (is_version_3(j) && !first_of(j, "N") && !tolerates(TOLERATE_CARD_NO_N)) {
		cal_fail(j->fault, CAL_MALFORMED, 0, "N is missing");
		return false;
	}
	return check_members(j) &&
		(fn->value.n || tolerates(TOLERATE_CARD_FN_EMPTY) ||
			malformed(j, fn, "has no value", nothing));
}

bool card_line_fits(const struct cal_line *line, enum card_version version)
{
	struct facts_fault unused;
	struct judge j = {.is = version, .fault = &unused};
	struct cal_slice group;
	const struct card_prop *row = card_prop_named(card_name(line, &group));
	struct said said = {0};

	return !row ||
		((!line->params.n || check_params(&j, line, &said)) &&
			(!line->value.n || check_value(&j, row, line, &said)));
}

bool card_judge(const struct cal_object *object, struct facts_fault *fault)
{
	struct judge j = {.object = object, .top = &object->comps[0], .fault = fault};

	assert(!card_prop_at(MAX_ROWS));
	j.is = card_version_at(object, j.top);
	if (object->n_lines > CARD_MAX_LINES) {
		cal_fail(fault, CAL_LIMIT, object->lines[CARD_MAX_LINES].number,
			"more than %d lines", CARD_MAX_LINES);
		return false;
	}
	for (uint32_t i = j.top->begin + 1; i < j.top->end; i++) {
		const struct cal_line *line = &object->lines[i];

		/* 2426 3.5.4: an AGENT is written as a text. */
		if (line->prop == PROP_BEGIN)
			return malformed(&j, line, "is in a card", line->value);
		if (!check_line(&j, line))
			return false;
	}
	return check_whole(&j);
}
