/* SPDX-License-Identifier: ISC */
/*
 * vCard 2.1 as 3.0 (2426 5 has the differences): what old phones and Outlook export. Values come in quoted-printable and in the
 * charset of the phone, which they may not say, or say wrongly; parameters are bare words; a card may stand in AGENT.
 */
#include "ical/card.h"
#include "ical/card_items.h"
#include "src/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct upgrade {
	struct arena *arena;
	const struct cal_object *object;
	struct card_list out;
	uint32_t child;  /* the next card inside, for the next AGENT */
	unsigned labels; /* groups made for labels */
	struct facts_fault *fault;
	bool failed;
};

/* ---- text ---- */

/* 0x80 to 0x9f of windows-1252, which is what "ISO-8859-1" means where it is wrong; 0: nothing stands there. */
static const uint16_t windows_1252[32] = {0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d,
	0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

/* Where ISO-8859-15 is not ISO-8859-1. */
static const struct {
	unsigned char byte;
	uint16_t code;
} latin_9[] = {{0xa4, 0x20ac}, {0xa6, 0x0160}, {0xa8, 0x0161}, {0xb4, 0x017d}, {0xb8, 0x017e},
	{0xbc, 0x0152}, {0xbd, 0x0153}, {0xbe, 0x0178}};

/* UTF-8 by its first row: what is UTF-8 is taken for that, whatever the line says (clients lie more often than another charset
 * looks so). */
static const struct {
	const char *name;
	bool latin_9;
} charsets[] = {
	{"", false},
	{"UTF-8", false},
	{"US-ASCII", false},
	{"ISO-8859-1", false},
	{"WINDOWS-1252", false},
	{"CP1252", false},
	{"ISO-8859-15", true},
};

static unsigned code_of(unsigned char byte, bool is_latin_9)
{
	if (byte >= 0x80 && byte < 0xa0)
		return windows_1252[byte - 0x80] ? windows_1252[byte - 0x80] : '?';
	for (size_t i = 0; is_latin_9 && i < COUNT(latin_9); i++)
		if (latin_9[i].byte == byte)
			return latin_9[i].code;
	return byte;
}

static void add_code(struct card_text *out, unsigned code)
{
	if (code < 0x80)
		card_add(out, (const char[]){(char)code}, 1);
	else if (code < 0x800)
		card_add(out,
			(const char[]){(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f))}, 2);
	else
		card_add(out,
			(const char[]){(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
				(char)(0x80 | (code & 0x3f))},
			3);
}

/* In UTF-8, without controls but line breaks and tabs. */
static struct cal_slice to_utf8(
	struct upgrade *up, const struct cal_line *line, struct cal_slice text)
{
	struct cal_slice charset = card_param(line, "CHARSET");
	struct card_text out = {.arena = up->arena};
	size_t row = 0;

	if (!charset.s)
		charset = card_slice("");
	while (row < COUNT(charsets) && !cal_slice_is(charset, charsets[row].name))
		row++;
	bool fine = text_is_utf8(text.n ? text.s : "", text.n);
	if (!fine && row == COUNT(charsets)) {
		cal_fail(up->fault, CAL_MALFORMED, line->number,
			"CHARSET=%.*s is not known; convert the file to UTF-8", (int)charset.n,
			charset.s);
		up->failed = true;
		return card_slice("");
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.s[i];

		if (c == '\r' && (i + 1 == text.n || text.s[i + 1] != '\n'))
			c = '\n';
		if (c == 0x7f || (c < ' ' && c != '\n' && c != '\t'))
			continue;
		if (fine)
			card_add(&out, (const char *)&c, 1);
		else
			add_code(&out, code_of(c, charsets[row].latin_9));
	}
	return card_text_slice(&out);
}

/* One text of a line: decoded, in UTF-8, without backslashes. */
static struct cal_slice read_text(
	struct upgrade *up, const struct cal_line *line, struct cal_slice text)
{
	if (cal_slice_is(card_param(line, "ENCODING"), "QUOTED-PRINTABLE"))
		text = card_octets(up->arena, text, '=');
	else
		text = card_plain(up->arena, text);
	return to_utf8(up, line, text);
}

/* 2.1 separates components before it encodes them: "=3B" is no separator. Commas are just commas. */
static struct cal_slice read_value(struct upgrade *up, const struct cal_line *line, bool structured)
{
	struct card_text out = {.arena = up->arena};
	struct cal_slice rest = line->value, part;
	bool first = true;

	if (!structured) {
		card_escape_into(&out, read_text(up, line, line->value));
		return card_text_slice(&out);
	}
	while (card_component_next(&rest, &part)) {
		card_adds(&out, first ? "" : ";");
		card_escape_into(&out, read_text(up, line, part));
		first = false;
	}
	return card_text_slice(&out);
}

/* ---- parameters ---- */

static bool is_token(struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.s[i]) && text.s[i] != '-')
			return false;
	return text.n > 0;
}

/* TYPE as one list, LANGUAGE, and what begins with X-; what says how the value is written has served. */
static struct cal_slice read_params(struct upgrade *up, const struct cal_line *line)
{
	struct card_types types = card_types_of(line);
	struct cal_slice rest = line->params, name, values, type;
	struct card_text out = {.arena = up->arena};
	size_t n = 0;

	if (card_is_base64(line))
		card_adds(&out, ";ENCODING=b");
	else if (cal_slice_is(card_param(line, "VALUE"), "URL") ||
		cal_slice_is(card_param(line, "VALUE"), "URI"))
		card_adds(&out, ";VALUE=uri");
	while (card_type_next(&types, &type))
		if (is_token(type)) {
			card_adds(&out, n++ ? "," : ";TYPE=");
			card_add_slice(&out, type);
		}
	while (card_param_next(&rest, &name, &values, NULL))
		if (is_token(name) &&
			(cal_slice_is(name, "LANGUAGE") || cal_slice_starts(name, "X-"))) {
			card_adds(&out, ";");
			card_add_slice(&out, name);
			card_adds(&out, "=");
			card_add_slice(&out, to_utf8(up, line, values));
		}
	return card_params_slice(&out);
}

/* Android: TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42oot):1 is a label. */
static struct cal_slice custom_label(struct upgrade *up, const struct cal_line *line)
{
	static const char begin[] = "X-CUSTOM(";
	const char *at = line->params.n
		? memmem(line->params.s, line->params.n, begin, sizeof(begin) - 1)
		: NULL;
	const char *end = at ? memchr(at, ')', line->params.n - (size_t)(at - line->params.s))
			     : NULL;
	const char *comma = end ? memrchr(at, ',', (size_t)(end - at)) : NULL;

	if (!comma)
		return (struct cal_slice){0};
	struct cal_slice text = {comma + 1, (size_t)(end - comma) - 1};
	struct card_text out = {.arena = up->arena};
	text = to_utf8(up, line, card_octets(up->arena, text, '='));
	card_escape_into(&out, text);
	return card_text_slice(&out);
}

/* ---- lines ---- */

static struct card_item *put(struct upgrade *up, struct cal_slice group, const char *name,
	struct cal_slice params, struct cal_slice value)
{
	struct card_item item = {
		.line = {.name = card_slice(name),
			.params = card_without_breaks(up->arena, params),
			.value = card_without_breaks(up->arena, value)},
		.group = group,
		.from = CARD_NOTHING,
		.at = up->out.n,
	};

	return card_list_add(&up->out, &item);
}

/* The card of an AGENT stands behind it as a component; in 3.0 it is a text (2426 3.5.4). */
static void put_agent(struct upgrade *up, const struct cal_line *line, struct cal_slice group)
{
	struct card_text out = {.arena = up->arena};

	if (up->child == CAL_NONE)
		return;
	const struct cal_comp *child = &up->object->comps[up->child];
	up->child = child->next;
	struct cal_slice text = cal_comp_text(up->object, child);
	card_escape_into(&out, to_utf8(up, line, text));
	put(up, group, "AGENT", (struct cal_slice){0}, card_text_slice(&out));
}

/* What Outlook and Android say in words of their own, in those that clients of 3.0 know: else no phone would show it. */
struct known {
	const char *name;
	int type; /* Android's number for it; 0: any */
	const char *as, *label;
};

/* A line with a label of Apple's, in a group of their own. */
static void put_labelled(
	struct upgrade *up, const struct known *known, const char *params, struct cal_slice value)
{
	struct cal_slice group = {0};

	if (known->label)
		group = card_slice(arena_printf(up->arena, "item%u", ++up->labels));
	put(up, group, known->as, card_slice(params), value);
	if (known->label)
		put(up, group, "X-ABLabel", (struct cal_slice){0}, card_slice(known->label));
}

static const struct known of_outlook[] = {
	{"X-MS-ANNIVERSARY", 0, "X-ABDATE", "_$!<Anniversary>!$_"},
	{"X-MS-ASSISTANT", 0, "X-ABRELATEDNAMES", "_$!<Assistant>!$_"},
	{"X-MS-CHILD", 0, "X-ABRELATEDNAMES", "_$!<Child>!$_"},
	{"X-MS-MANAGER", 0, "X-ABRELATEDNAMES", "_$!<Manager>!$_"},
	{"X-MS-SPOUSE", 0, "X-ABRELATEDNAMES", "_$!<Spouse>!$_"},
};

static const struct known of_android[] = {
	{"contact_event", 1, "X-ABDATE", "_$!<Anniversary>!$_"},
	{"nickname", 0, "NICKNAME", NULL},
	{"relation", 1, "X-ABRELATEDNAMES", "_$!<Assistant>!$_"},
	{"relation", 2, "X-ABRELATEDNAMES", "_$!<Brother>!$_"},
	{"relation", 3, "X-ABRELATEDNAMES", "_$!<Child>!$_"},
	{"relation", 5, "X-ABRELATEDNAMES", "_$!<Father>!$_"},
	{"relation", 6, "X-ABRELATEDNAMES", "_$!<Friend>!$_"},
	{"relation", 7, "X-ABRELATEDNAMES", "_$!<Manager>!$_"},
	{"relation", 8, "X-ABRELATEDNAMES", "_$!<Mother>!$_"},
	{"relation", 9, "X-ABRELATEDNAMES", "_$!<Parent>!$_"},
	{"relation", 10, "X-ABRELATEDNAMES", "_$!<Partner>!$_"},
	{"relation", 13, "X-ABRELATEDNAMES", "_$!<Sister>!$_"},
	{"relation", 14, "X-ABRELATEDNAMES", "_$!<Spouse>!$_"},
};

static bool put_known(struct upgrade *up, const struct cal_line *line, const struct known *known,
	struct cal_slice text)
{
	struct cal_slice date;
	bool yearless;

	if (!text.n)
		return false;
	if (strcmp(known->as, "X-ABDATE") != 0)
		put_labelled(up, known, "", card_escaped(up->arena, read_text(up, line, text)));
	else if (card_date_to3(up->arena, text, &date, &yearless))
		put_labelled(
			up, known, yearless ? "X-APPLE-OMIT-YEAR=" CARD_OMITTED_YEAR : "", date);
	else
		return false;
	return true;
}

/* X-ANDROID-CUSTOM:vnd.android.cursor.item/KIND;TEXT;TYPE;… */
static bool put_android(struct upgrade *up, const struct cal_line *line)
{
	static const char begin[] = "vnd.android.cursor.item/";
	struct cal_slice rest = line->value, kind, text, number = {0};
	int type;

	if (!card_component_next(&rest, &kind) || !cal_slice_starts(kind, begin) ||
		!card_component_next(&rest, &text))
		return false;
	kind = (struct cal_slice){kind.s + strlen(begin), kind.n - strlen(begin)};
	card_component_next(&rest, &number);
	if (!cal_slice_number(number, &type))
		type = 0;
	for (size_t i = 0; i < COUNT(of_android); i++)
		if (cal_slice_is(kind, of_android[i].name) &&
			(!of_android[i].type || of_android[i].type == type))
			return put_known(up, line, &of_android[i], text);
	return false;
}

static bool put_own_words(struct upgrade *up, const struct cal_line *line, struct cal_slice name)
{
	if (cal_slice_is(name, "X-ANDROID-CUSTOM"))
		return put_android(up, line);
	for (size_t i = 0; i < COUNT(of_outlook); i++)
		if (cal_slice_is(name, of_outlook[i].name))
			return put_known(up, line, &of_outlook[i], line->value);
	return false;
}

/* Outlook's photo is a picture for a card of paper; it is the only one that Outlook writes. */
static struct cal_slice name_of(const struct upgrade *up, struct cal_slice name)
{
	return cal_slice_is(name, "X-MS-CARDPICTURE") &&
			!card_find(up->object, &up->object->comps[0], "PHOTO")
		? card_slice("PHOTO")
		: name;
}

static void put_line(struct upgrade *up, const struct cal_line *line)
{
	struct cal_slice group, name = name_of(up, card_name(line, &group)), value;
	const struct card_prop *prop = card_prop_named(name);
	struct cal_slice label = custom_label(up, line);
	bool structured = prop && prop->value3 == CARD_STRUCTURED;

	if (!name.n)
		return; /* "item1.:" says nothing */
	if (put_own_words(up, line, name))
		return;
	if (cal_slice_is(name, "AGENT") && !line->value.n) {
		put_agent(up, line, group);
		return;
	}
	if (prop && prop->value3 == CARD_BINARY && card_is_base64(line)) {
		struct card_text data = {.arena = up->arena};

		card_add_base64(&data, line->value);
		value = card_text_slice(&data);
	} else if (prop && prop->value3 == CARD_GEO) { /* a comma in 2.1 */
		char *text = cal_slice_dup(up->arena, line->value);

		if (!strchr(text, ';') && strchr(text, ','))
			*strchr(text, ',') = ';';
		value = to_utf8(up, line, card_slice(text));
	} else if (prop && card_shape_of(prop, CARD_3_0) != SHAPE_RAW &&
		card_shape_of(prop, CARD_3_0) != SHAPE_URI && prop->value3 != CARD_TEXT_LIST) {
		value = read_value(up, line, structured);
	} else { /* separators of lists and extensions stay what they are */
		value = line->value;
		if (cal_slice_is(card_param(line, "ENCODING"), "QUOTED-PRINTABLE"))
			value = card_octets(up->arena, value, '=');
		value = to_utf8(up, line, value);
	}
	if (label.n && !group.n)
		group = card_slice(arena_printf(up->arena, "item%u", ++up->labels));
	put(up, group, cal_slice_dup(up->arena, name), read_params(up, line), value);
	if (label.n)
		put(up, group, "X-ABLabel", (struct cal_slice){0}, label);
}

/* ---- what 3.0 can not be without (2426 5) ---- */

/* Given, additional and family names, as they are said. */
static struct cal_slice full_name(const struct upgrade *up, const struct card_item *item)
{
	static const unsigned order[] = {3, 1, 2, 0, 4};
	struct cal_slice parts[CARD_N] = {0}, rest = item->line.value;
	struct card_text out = {.arena = up->arena};

	for (size_t i = 0; i < CARD_N && card_component_next(&rest, &parts[i]);)
		i++;
	for (size_t i = 0; i < CARD_N; i++) {
		if (!parts[order[i]].n)
			continue;
		card_adds(&out, out.n ? " " : "");
		card_add_slice(&out, parts[order[i]]);
	}
	return card_text_slice(&out);
}

static struct cal_slice value_of(const struct upgrade *up, const char *name)
{
	size_t i = card_list_find(&up->out, name);

	return i == CARD_NOTHING ? (struct cal_slice){0} : up->out.items[i].line.value;
}

static struct cal_slice first_component(struct cal_slice value)
{
	struct cal_slice part = {0};

	card_component_next(&value, &part);
	return part;
}

static void put_names(struct upgrade *up)
{
	static const char *const others[] = {"ORG", "NICKNAME", "EMAIL", "TEL"};
	size_t n = card_list_find(&up->out, "N");
	struct cal_slice name = value_of(up, "FN");

	if (card_list_find(&up->out, "FN") == CARD_NOTHING) {
		if (n != CARD_NOTHING)
			name = full_name(up, &up->out.items[n]);
		for (size_t i = 0; i < COUNT(others) && !name.n; i++)
			name = first_component(value_of(up, others[i]));
		put(up, (struct cal_slice){0}, "FN", (struct cal_slice){0}, name);
	}
	if (n == CARD_NOTHING) {
		struct card_text value = {.arena = up->arena};

		card_add_slice(&value, name);
		card_adds(&value, ";;;;");
		put(up, (struct cal_slice){0}, "N", (struct cal_slice){0}, card_text_slice(&value));
	}
}

static bool upgrade(struct upgrade *up, struct cal_object *object)
{
	const struct cal_line *line;

	if (card_version_at(object, &object->comps[0]) != CARD_2_1) {
		cal_fail(up->fault, CAL_VERSION, 0, "VERSION is not 2.1");
		return false;
	}
	up->object = object;
	up->child = object->comps[0].child;
	for (uint32_t at = object->comps[0].begin;
		!up->failed && (line = cal_comp_next(object, &object->comps[0], &at));)
		if (line->prop != PROP_VERSION && line->prop != PROP_BEGIN &&
			line->prop != PROP_END)
			put_line(up, line);
	put_names(up);
	return !up->failed;
}

bool card_upgrade21(struct buf *out, const char *bytes, size_t len, struct facts_fault *fault)
{
	struct arena *arena = arena_new();
	struct cal_object object = {0};
	struct facts_fault unused;
	struct upgrade up = {.arena = arena,
		.fault = fault ? fault : &unused,
		.out = {.arena = arena, .version = CARD_3_0}};
	size_t before = out->len;
	bool done = card_parse(&object, arena, bytes, len, up.fault) && upgrade(&up, &object);

	if (done) {
		card_list_write(out, &up.out);
		done = !out->full &&
			cal_check_bytes(out->data + before, out->len - before, up.fault);
		if (out->full)
			cal_fail(up.fault, CAL_LIMIT, 0, "the card is too large");
	}
	if (!done)
		out->len = before;
	arena_free(arena);
	return done;
}
