/* SPDX-License-Identifier: ISC */
/*
 * XML out: appended text, and the canonical one-line form in which properties are stored (RFC 4918 4.3,
 * 15: value, attributes and xml:lang are kept). Whatever comes in, what goes out is well-formed XML 1.0:
 * one bad character would make a client lose the whole listing.
 */
#include "webdav/xml.h"

#include "src/base/text.h"
#include "webdav/xmltree.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

static const struct {
	const char *ns, *prefix;
} prefixes[] = {
	{NS_DAV, "d"},
	{NS_CALDAV, "c"},
	{NS_CARDDAV, "card"},
	{NS_CS, "cs"},
	{NS_ICAL, "ical"},
};

const char *xml_prefix(const char *ns)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strcmp(prefixes[i].ns, ns) == 0)
			return prefixes[i].prefix;
	return NULL;
}

/* Length of the UTF-8 character at `text`, with its code point; 0 for what is none. */
static size_t utf8_char(const unsigned char *text, size_t len, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need = text[0] < 0xc2 ? 0
		: text[0] < 0xe0     ? 2
		: text[0] < 0xf0     ? 3
		: text[0] < 0xf5     ? 4
				     : 0;
	uint32_t value;

	if (!need || need > len)
		return 0;
	value = text[0] & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < least[need] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*point = value;
	return need;
}

/* What stands for one ASCII character: NULL when it stands for itself, "" when XML forbids it. */
static const char *ascii_escape(unsigned char c, bool one_line)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return one_line ? "&quot;" : NULL;
	case '\t':
		return one_line ? "&#9;" : NULL;
	case '\n':
		return one_line ? "&#10;" : NULL;
	case '\r':
		return "&#13;";
	default:
		return c < 0x20 ? "" : NULL;
	}
}

static void escape(struct buf *out, const char *text, size_t len, bool one_line)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + len, *plain = at;
	const char *instead;
	uint32_t point;

	while (at < end) {
		size_t size = 1;
		if (*at < 0x80) {
			instead = ascii_escape(*at, one_line);
		} else {
			size = utf8_char(at, (size_t)(end - at), &point);
			instead = !size                              ? "\xef\xbf\xbd"
				: point == 0xfffe || point == 0xffff ? ""
								     : NULL;
			size += !size;
		}
		if (instead) {
			buf_add(out, plain, (size_t)(at - plain));
			buf_adds(out, instead);
			plain = at + size;
		}
		at += size;
	}
	buf_add(out, plain, (size_t)(at - plain));
}

void xml_escape_n(struct buf *out, const char *text, size_t len)
{
	escape(out, text, len, false);
}

void xml_escape(struct buf *out, const char *text)
{
	escape(out, text, strlen(text), false);
}

void xml_empty(struct buf *out, const char *ns, const char *name)
{
	const char *prefix = xml_prefix(ns);

	buf_addc(out, '<');
	if (prefix) {
		buf_adds(out, prefix);
		buf_addc(out, ':');
		buf_adds(out, name);
	} else if (!*ns) {
		buf_adds(out, name);
	} else {
		buf_adds(out, "x:");
		buf_adds(out, name);
		buf_adds(out, " xmlns:x=\"");
		escape(out, ns, strlen(ns), true);
		buf_addc(out, '"');
	}
	buf_adds(out, "/>");
}

char *xml_clark(struct arena *arena, const char *ns, const char *name)
{
	return arena_printf(arena, "{%s}%s", ns, name);
}

/* A namespace declared on an element further out. */
struct scope {
	const char *ns;
	unsigned number; /* of the prefix xN, for namespaces that are not ours */
	const struct scope *outer;
};

static const struct scope *scope_find(const struct scope *scope, const char *ns)
{
	while (scope && strcmp(scope->ns, ns) != 0)
		scope = scope->outer;
	return scope;
}

static void put_name(struct buf *out, const struct scope *scope, const char *ns, const char *name)
{
	const char *prefix = ns && *ns ? xml_prefix(ns) : NULL;

	if (prefix) {
		buf_adds(out, prefix);
		buf_addc(out, ':');
	} else if (text_equal(ns, NS_XML)) {
		buf_adds(out, "xml:");
	} else if (ns && *ns) {
		buf_addf(out, "x%u:", scope_find(scope, ns)->number);
	}
	buf_adds(out, name);
}

static void put_attribute(struct buf *out, const struct scope *scope, const struct xml_attr *attr)
{
	buf_addc(out, ' ');
	put_name(out, scope, attr->ns, attr->name);
	buf_adds(out, "=\"");
	escape(out, attr->value, strlen(attr->value), true);
	buf_addc(out, '"');
}

static void put_declaration(struct buf *out, const struct scope *scope)
{
	const char *prefix = xml_prefix(scope->ns);

	if (prefix)
		buf_addf(out, " xmlns:%s=\"", prefix);
	else
		buf_addf(out, " xmlns:x%u=\"", scope->number);
	escape(out, scope->ns, strlen(scope->ns), true);
	buf_addc(out, '"');
}

/* Declares a namespace unless it is, or needs no, declaration. Returns the scope to go on with. */
static const struct scope *declare(struct arena *arena, const struct scope *scope, const char *ns)
{
	if (!ns || !*ns || strcmp(ns, NS_XML) == 0 || scope_find(scope, ns))
		return scope;
	struct scope *inner = arena_alloc(arena, sizeof(*inner));
	inner->ns = ns;
	inner->number = scope ? scope->number + 1 : 0;
	inner->outer = scope;
	return inner;
}

static void canonical(struct arena *arena, struct buf *out, const struct scope *outer,
	const struct xml_element *element)
{
	const struct scope *scope = declare(arena, outer, element->ns);
	bool has_lang = false;

	for (const struct xml_attr *attr = element->attrs; attr; attr = attr->next) {
		scope = declare(arena, scope, attr->ns);
		has_lang |= text_equal(attr->ns, NS_XML) && strcmp(attr->name, "lang") == 0;
	}
	buf_addc(out, '<');
	put_name(out, scope, element->ns, element->name);
	for (const struct scope *s = scope; s != outer; s = s->outer)
		put_declaration(out, s);
	if (!outer && element->lang && !has_lang)
		put_attribute(out, scope, &(struct xml_attr){NS_XML, "lang", element->lang, NULL});
	for (const struct xml_attr *attr = element->attrs; attr; attr = attr->next)
		put_attribute(out, scope, attr);
	if (!element->mix) {
		buf_adds(out, "/>");
		return;
	}
	buf_addc(out, '>');
	for (const struct xml_mix *mix = element->mix; mix; mix = mix->next)
		if (mix->text)
			escape(out, mix->text, strlen(mix->text), true);
		else
			canonical(arena, out, scope, mix->element);
	buf_adds(out, "</");
	put_name(out, scope, element->ns, element->name);
	buf_addc(out, '>');
}

char *xml_canonical(struct arena *arena, const struct xml_element *element)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	canonical(arena, &out, NULL, element);
	char *text = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

char *xml_canonical_text(struct arena *arena, const char *text)
{
	const struct xml_element *element = xml_parse(arena, text, strlen(text), NULL);

	return arena_strdup(arena, element ? element->text : "");
}
