/* SPDX-License-Identifier: ISC */
/*
 * Content lines (5545 3.1, RFC 6350 3.3): bytes are cut into logical lines and each into name,
 * parameters and value, in one pass without copies; only folded lines are copied, to unfold them.
 * Strict in shape, tolerant in two things that real clients do: bare LF ends a line, and empty lines
 * are skipped. Everything that reads, splits, merges or selects stands on this file.
 */
#include "ical/internal.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct cal_limits cal_object_limits = {
	.bytes = CAL_MAX_BYTES,
	.lines = CAL_MAX_PROPERTIES,
	.comps = CAL_MAX_COMPONENTS,
};

/* A file to import holds many objects; what it may weigh is the caller's business. */
const struct cal_limits cal_file_limits = {
	.bytes = UINT32_MAX,
	.lines = 50u * 1000 * 1000,
	.comps = 5u * 1000 * 1000,
	.lenient = true,
};

static const struct prop_name {
	const char *name;
	enum cal_prop prop;
} prop_names[] = {
	/* sorted, for the binary search */
	{"BEGIN", PROP_BEGIN},
	{"CALSCALE", PROP_CALSCALE},
	{"CLASS", PROP_CLASS},
	{"COMPLETED", PROP_COMPLETED},
	{"CREATED", PROP_CREATED},
	{"DTEND", PROP_DTEND},
	{"DTSTAMP", PROP_DTSTAMP},
	{"DTSTART", PROP_DTSTART},
	{"DUE", PROP_DUE},
	{"DURATION", PROP_DURATION},
	{"END", PROP_END},
	{"EXDATE", PROP_EXDATE},
	{"EXRULE", PROP_EXRULE},
	{"FN", PROP_FN},
	{"FREEBUSY", PROP_FREEBUSY},
	{"LAST-MODIFIED", PROP_LAST_MODIFIED},
	{"METHOD", PROP_METHOD},
	{"RDATE", PROP_RDATE},
	{"RECURRENCE-ID", PROP_RECURRENCE_ID},
	{"REPEAT", PROP_REPEAT},
	{"RRULE", PROP_RRULE},
	{"SUMMARY", PROP_SUMMARY},
	{"TRIGGER", PROP_TRIGGER},
	{"TZID", PROP_TZID},
	{"TZOFFSETFROM", PROP_TZOFFSETFROM},
	{"TZOFFSETTO", PROP_TZOFFSETTO},
	{"UID", PROP_UID},
	{"VERSION", PROP_VERSION},
};

static int compare_name(const void *key, const void *row)
{
	const struct cal_slice *name = key;
	const char *text = ((const struct prop_name *)row)->name;
	int order = strncasecmp(name->s, text, name->n);

	return order ? order : -(text[name->n] != '\0');
}

static enum cal_prop prop_of(struct cal_slice name)
{
	const struct prop_name *row = bsearch(&name, prop_names,
		sizeof(prop_names) / sizeof(prop_names[0]), sizeof(prop_names[0]), compare_name);

	return row ? row->prop : PROP_OTHER;
}

static bool is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_' || c == '.';
}

/* The colon before the value: the first outside quotes. */
static const char *find_colon(const char *s, const char *end)
{
	bool quoted = false;

	for (; s < end; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == ':' && !quoted)
			return s;
	}
	return NULL;
}

/* Cuts an unfolded line into its three parts; NULL, or what is wrong. */
static const char *cut_line(struct cal_line *line, const char *s, size_t n)
{
	const char *end = s + n, *p = s;

	while (p < end && is_name_char(*p))
		p++;
	if (p == s || p == end || (*p != ':' && *p != ';'))
		return "line without a property name and \":\"";
	line->name = (struct cal_slice){s, (size_t)(p - s)};
	if (*p == ';') {
		const char *colon = find_colon(p, end);

		if (!colon)
			return "line with parameters but without \":\"";
		line->params = (struct cal_slice){p + 1, (size_t)(colon - p - 1)};
		p = colon;
	}
	line->value = (struct cal_slice){p + 1, (size_t)(end - p - 1)};
	line->prop = (uint8_t)prop_of(line->name);
	return NULL;
}

/* The end of the logical line at `p`, behind its last line end; says whether it is folded. */
static const char *line_end(const char *p, const char *end, bool *folded)
{
	*folded = false;
	for (;;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (!lf)
			return end;
		p = lf + 1;
		if (p == end || (*p != ' ' && *p != '\t'))
			return p;
		*folded = true;
	}
}

static size_t without_end(const char *s, size_t n)
{
	if (n && s[n - 1] == '\n')
		n--;
	if (n && s[n - 1] == '\r')
		n--;
	return n;
}

static struct cal_slice unfold(struct arena *arena, struct cal_slice raw)
{
	char *text = arena_alloc(arena, raw.n + 1);
	const char *p = raw.s, *end = raw.s + raw.n;
	size_t n = 0;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t piece = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);
		size_t keep = without_end(p, piece);

		memcpy(text + n, p, keep);
		n += keep;
		p += piece;
		if (p < end)
			p++; /* the space of the fold */
	}
	return (struct cal_slice){text, n};
}

/* ---- quoted-printable of vCard 2.1 ---- */

/* Does a line say that its value is quoted-printable, and that there is more of it behind its end? */
static bool goes_on(struct cal_slice text)
{
	const char *colon = text.n && text.s[text.n - 1] == '='
		? find_colon(text.s, text.s + text.n)
		: NULL;
	static const char word[] = "QUOTED-PRINTABLE";

	for (const char *p = text.s; colon && p + sizeof(word) - 1 <= colon; p++)
		if (strncasecmp(p, word, sizeof(word) - 1) == 0)
			return true;
	return false;
}

/* The end of the line whose first part ends at `next`, and its text: its parts without the "=" between them. */
static const char *join_quoted(
	struct arena *arena, struct cal_slice *text, const char *next, const char *end)
{
	const char *p = next;
	size_t n = 0, room = text->n;
	bool more = true;

	while (more && p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t piece = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);
		size_t keep = without_end(p, piece);

		more = keep && p[keep - 1] == '=';
		room += keep;
		p += piece;
	}
	char *joined = arena_alloc(arena, room + 1);
	memcpy(joined, text->s, text->n - 1);
	n = text->n - 1;
	for (const char *q = next; q < p;) {
		const char *lf = memchr(q, '\n', (size_t)(p - q));
		size_t piece = lf ? (size_t)(lf + 1 - q) : (size_t)(p - q);
		size_t keep = without_end(q, piece);

		keep -= keep && q[keep - 1] == '=';
		memcpy(joined + n, q, keep);
		n += keep;
		q += piece;
	}
	*text = (struct cal_slice){joined, n};
	return p;
}

/* The end of a line of quoted-printable that goes on, and its text; NULL: it is none. A part that begins with a space is no fold
 * here: the "=" before it has said so. */
static const char *scan_quoted(
	struct arena *arena, struct cal_slice *text, const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p)), *next = lf ? lf + 1 : end;
	struct cal_slice first = {p, without_end(p, (size_t)(next - p))};

	if (!goes_on(first))
		return NULL;
	*text = first;
	return join_quoted(arena, text, next, end);
}

/* ---- all lines ---- */

static size_t count_lines(const char *bytes, size_t len, size_t max)
{
	const char *p = bytes, *end = bytes + len;
	size_t n = 0;
	bool folded;

	while (p < end && n <= max) {
		p = line_end(p, end, &folded);
		n++;
	}
	return n;
}

const char *cal_line_end(const char *p, const char *end)
{
	bool folded;

	return line_end(p, end, &folded);
}

bool cal_line_at(struct cal_line *line, struct arena *arena, const char *p, const char *end)
{
	bool folded;
	const char *next = line_end(p, end, &folded);

	*line = (struct cal_line){.raw = {p, (size_t)(next - p)}, .comp = CAL_NONE};
	struct cal_slice text = {p, without_end(p, line->raw.n)};
	if (folded)
		text = unfold(arena, line->raw);
	return text.n && !cut_line(line, text.s, text.n);
}

bool cal_lines_scan(struct cal_object *object, const struct cal_limits *limits, const char *bytes,
	size_t len, struct facts_fault *fault)
{
	const char *p = bytes, *end = bytes + len;
	size_t max = len > limits->bytes ? 0 : count_lines(bytes, len, limits->lines);
	unsigned number = 0;

	if (len > limits->bytes || max > limits->lines) {
		cal_fail(fault, CAL_LIMIT, 0, "more than %zu %s",
			len > limits->bytes ? limits->bytes : limits->lines,
			len > limits->bytes ? "bytes" : "lines");
		return false;
	}
	object->lines = arena_array(object->arena, max ? max : 1, sizeof(struct cal_line));
	for (size_t cap = max ? max : 1; p < end;) {
		bool folded = false;
		struct cal_slice text;
		const char *next = limits->quoted ? scan_quoted(object->arena, &text, p, end)
						  : NULL,
			   *why;

		number++;
		/* one of quoted-printable may end where a fold was counted */
		object->lines = arena_grow(object->arena, object->lines, &cap, object->n_lines + 1,
			sizeof(struct cal_line));
		struct cal_line *line = &object->lines[object->n_lines];
		if (!next) {
			next = line_end(p, end, &folded);
			text = (struct cal_slice){p, without_end(p, (size_t)(next - p))};
		}
		*line = (struct cal_line){
			.raw = {p, (size_t)(next - p)}, .number = number, .comp = CAL_NONE};
		p = next;
		if (folded)
			text = unfold(object->arena, line->raw);
		if (text.n == 0)
			continue;
		why = cut_line(line, text.s, text.n);
		if (why && !limits->lenient) {
			cal_fail(fault, CAL_MALFORMED, number, "%s", why);
			return false;
		}
		line->bad = why;
		object->n_lines++;
	}
	return true;
}

/* The next fold that stands inside a character, or NULL. */
static const char *find_split(const char *p, const char *end)
{
	while ((p = memchr(p, '\r', (size_t)(end - p)))) {
		if (end - p > 3 && p[1] == '\n' && (p[2] == ' ' || p[2] == '\t') &&
			((unsigned char)p[3] & 0xC0) == 0x80)
			return p;
		p++;
	}
	return NULL;
}

bool cal_join_split(struct buf *out, const char *bytes, size_t len)
{
	const char *end = bytes + len, *split = find_split(bytes, end);

	if (!split)
		return false;
	for (; split; split = find_split(bytes, end)) {
		buf_add(out, bytes, (size_t)(split - bytes));
		bytes = split + 3;
	}
	buf_add(out, bytes, (size_t)(end - bytes));
	return true;
}

/* U+FFFE and U+FFFF are UTF-8 but no characters of XML. */
static bool is_text(const char *bytes, size_t len)
{
	return text_is_utf8(bytes, len) && !memmem(bytes, len, "\xef\xbf\xbe", 3) &&
		!memmem(bytes, len, "\xef\xbf\xbf", 3);
}

static bool is_text_when_joined(const char *bytes, size_t len)
{
	struct buf joined;

	buf_init(&joined, len);
	bool fine = cal_join_split(&joined, bytes, len) && is_text(joined.data, joined.len);
	buf_free(&joined);
	return fine;
}

bool cal_check_bytes(const char *bytes, size_t len, struct facts_fault *fault)
{
	unsigned line = 1;
	bool ascii = true;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= 0x20 && c < 0x7f)
			continue;
		if (c == '\n') {
			line += i + 1 < len && bytes[i + 1] != ' ' && bytes[i + 1] != '\t';
		} else if (c >= 0x80) {
			ascii = false;
		} else if (c != '\t' && !(c == '\r' && i + 1 < len && bytes[i + 1] == '\n')) {
			cal_fail(fault, CAL_MALFORMED, line, "control character %02X", c);
			return false;
		}
	}
	if (ascii)
		return true;
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		cal_fail(fault, CAL_MALFORMED, 1, "begins with a byte order mark");
		return false;
	}
	if (!is_text(bytes, len) && !is_text_when_joined(bytes, len)) {
		cal_fail(fault, CAL_MALFORMED, 0, "bytes that are not UTF-8 text");
		return false;
	}
	return true;
}

/* The end of a parameter: the first `stop` outside quotes. */
static size_t until(struct cal_slice text, char stop)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.s[i] == '"')
			quoted = !quoted;
		else if (text.s[i] == stop && !quoted)
			break;
	}
	return i;
}

static struct cal_slice take(struct cal_slice *rest, char stop)
{
	struct cal_slice part = {rest->s, until(*rest, stop)};
	size_t gone = part.n + (part.n < rest->n);

	rest->s += gone;
	rest->n -= gone;
	return part;
}

bool cal_param_next(struct cal_slice *rest, struct cal_slice *name, struct cal_slice *values)
{
	if (rest->n == 0)
		return false;
	*values = take(rest, ';');
	*name = take(values, '=');
	return true;
}

bool cal_param_value(struct cal_slice *values, struct cal_slice *value)
{
	if (values->n == 0)
		return false;
	*value = take(values, ',');
	if (value->n >= 2 && value->s[0] == '"' && value->s[value->n - 1] == '"') {
		value->s++;
		value->n -= 2;
	}
	return true;
}

struct cal_slice cal_line_param(const struct cal_line *line, const char *name)
{
	struct cal_slice rest = line->params, found, values, value;

	while (cal_param_next(&rest, &found, &values))
		if (cal_slice_is(found, name) && cal_param_value(&values, &value))
			return value;
	return (struct cal_slice){0};
}

void cal_line_add(struct buf *out, const struct cal_line *line)
{
	const char *p = line->raw.s, *end = p + line->raw.n;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t piece = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);

		buf_add(out, p, without_end(p, piece));
		buf_add(out, "\r\n", 2);
		p += piece;
	}
}
