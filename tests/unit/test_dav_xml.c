/* SPDX-License-Identifier: ISC */
/* XML in and out: what is refused, what is kept, what reaches a client (webdav/xmlin.c, xmlout.c). */
#include "src/base/arena.h"
#include "src/base/text.h"
#include "webdav/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void parses_or_refuses(void **state)
{
	static const struct {
		const char *xml;
		bool good;
	} rows[] = {
		{"<a/>", true},
		{"<?xml version=\"1.0\"?>\n<a xmlns=\"DAV:\"><b/>text</a>\n", true},
		{"<a>&lt;&amp;&#x41;<![CDATA[<x>]]></a>", true},
		{"\xef\xbb\xbf<a/>", true},
		{"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe4</a>", false},
		{"", false},
		{"   ", false},
		{"nonsense", false},
		{"<a>", false},
		{"<a></b>", false},
		{"<a/><b/>", false},
		{"<a b=\"1\" b=\"2\"/>", false},
		{"<x:a/>", false},
		{"<a xmlns:x=\"\"/>", false},
		{"<a>&unknown;</a>", false},
		{"<!DOCTYPE a><a/>", false},
		{"<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", false},
		{"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", false},
		{"<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1/\">%p;]><a/>", false},
		{"<a>\x01</a>", false},
		{"<a>\xff</a>", false},
		{"<a>&#0;</a>", false},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		bool good = xml_parse(arena, rows[i].xml, strlen(rows[i].xml), &why);
		if (good != rows[i].good || !good != !!why)
			fail_msg("%s: %s", rows[i].xml, why);
	}
	arena_free(arena);
}

static char *nested(struct arena *arena, size_t depth)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < depth; i++)
		buf_adds(&out, "<a>");
	for (size_t i = 0; i < depth; i++)
		buf_adds(&out, "</a>");
	char *text = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

static void bounds_depth_and_size(void **state)
{
	struct arena *arena = arena_new();
	struct buf out;

	(void)state;
	for (size_t depth = 60; depth < 70; depth++) {
		char *text = nested(arena, depth);
		assert_int_equal(
			!!xml_parse(arena, text, strlen(text), NULL), depth <= XML_MAX_DEPTH);
	}
	buf_init(&out, 16 << 20);
	buf_adds(&out, "<a>");
	for (size_t i = 0; i < XML_MAX_NODES; i++)
		buf_adds(&out, "<b/>");
	buf_adds(&out, "</a>");
	assert_null(xml_parse(arena, out.data, out.len, NULL));
	buf_reset(&out);
	buf_adds(&out, "<a>");
	for (unsigned i = 0; i < 2000; i++)
		buf_addf(&out, "<b xmlns=\"urn:%u\"/>", i);
	buf_adds(&out, "</a>");
	assert_null(xml_parse(arena, out.data, out.len, NULL));
	buf_free(&out);
	arena_free(arena);
}

static void builds_the_tree(void **state)
{
	static const char text[] =
		"<D:a xmlns:D=\"DAV:\" xml:lang=\"de\" k=\"v &lt;\">one<D:b/>two<c xmlns=\"x\"/>"
		"<D:b n=\"2\">in</D:b>three</D:a>";
	struct arena *arena = arena_new();
	struct xml_element *a = xml_parse(arena, text, strlen(text), NULL);

	(void)state;
	assert_true(xml_is(a, "DAV:", "a"));
	assert_string_equal(a->text, "onetwothree");
	assert_string_equal(a->lang, "de");
	assert_string_equal(xml_attr(a, "k"), "v <");
	assert_null(xml_attr(a, "lang"));
	struct xml_element *b = xml_child(a, "DAV:", "b");
	assert_string_equal(b->text, "");
	assert_string_equal(b->lang, "de");
	b = xml_next(b, "DAV:", "b");
	assert_string_equal(b->text, "in");
	assert_ptr_equal(b->parent, a);
	assert_null(xml_next(b, "DAV:", "b"));
	assert_non_null(xml_child(a, "x", "c"));
	assert_null(xml_child(a, "DAV:", "c"));
	assert_string_equal(xml_clark(arena, "DAV:", "a"), "{DAV:}a");
	arena_free(arena);
}

/* Canonical text says the same, on one line, and is its own canonical text. */
static void writes_canonical_text(void **state)
{
	static const struct {
		const char *xml, *want;
	} rows[] = {
		{"<d xmlns=\"DAV:\">Home</d>", "<d:d xmlns:d=\"DAV:\">Home</d:d>"},
		{"<d/>", "<d/>"},
		{"<x:a xmlns:x=\"u\"><x:b x:k='1' l='\"'/></x:a>",
			"<x0:a xmlns:x0=\"u\"><x0:b x0:k=\"1\" l=\"&quot;\"/></x0:a>"},
		{"<a xmlns=\"u\"><b xmlns=\"v\"><c xmlns=\"u\"/></b><d xmlns=\"\"/></a>",
			"<x0:a xmlns:x0=\"u\"><x1:b xmlns:x1=\"v\"><x0:c/></x1:b><d/></x0:a>"},
		{"<a>one\n\t<b>two</b> &amp; three\r</a>",
			"<a>one&#10;&#9;<b>two</b> &amp; three&#10;</a>"},
		{"<a>cr&#13;</a>", "<a>cr&#13;</a>"},
		{"<a xml:lang=\"de\"><b xml:lang=\"en\"/></a>",
			"<a xml:lang=\"de\"><b xml:lang=\"en\"/></a>"},
		{"<a xmlns=\"u?v&amp;w\"/>", "<x0:a xmlns:x0=\"u?v&amp;w\"/>"},
		{"<a><![CDATA[<b>]]></a>", "<a>&lt;b&gt;</a>"},
		{"<a k=\"1 &amp; 2 &#38;amp; &#10; \t\"/>",
			"<a k=\"1 &amp; 2 &amp;amp; &#10;  \"/>"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xml_element *e = xml_parse(arena, rows[i].xml, strlen(rows[i].xml), NULL);
		char *text = xml_canonical(arena, e);
		assert_string_equal(text, rows[i].want);
		assert_null(strpbrk(text, "\r\n"));
		e = xml_parse(arena, text, strlen(text), NULL);
		assert_string_equal(xml_canonical(arena, e), rows[i].want);
	}
	assert_string_equal(
		xml_canonical_text(arena, "<d:n xmlns:d=\"DAV:\">A &amp; B</d:n>"), "A & B");
	arena_free(arena);
}

/* The language of what surrounds a property belongs to it (RFC 4918 4.3). */
static void keeps_the_language(void **state)
{
	static const char text[] = "<a xml:lang=\"de\"><b/><c xml:lang=\"en\"/></a>";
	struct arena *arena = arena_new();
	struct xml_element *a = xml_parse(arena, text, strlen(text), NULL);

	(void)state;
	assert_string_equal(xml_canonical(arena, xml_child(a, "", "b")), "<b xml:lang=\"de\"/>");
	assert_string_equal(xml_canonical(arena, xml_child(a, "", "c")), "<c xml:lang=\"en\"/>");
	arena_free(arena);
}

/* RFC 4918 17: what XML 1.0 forbids never reaches a client, whatever is stored. */
static void escapes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"plain", "plain"},
		{"a & b < c > d", "a &amp; b &lt; c &gt; d"},
		{"\"quoted\"\ttab\n", "\"quoted\"\ttab\n"},
		{"cr\r\n", "cr&#13;\n"},
		{"bell\x07 esc\x1b", "bell esc"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"bad\xff\xc0\x80", "bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"half\xe2\x82", "half\xef\xbf\xbd\xef\xbf\xbd"},
		{"surrogate\xed\xa0\x80", "surrogate\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"nonchar\xef\xbf\xbf", "nonchar"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		buf_init(&out, 4096);
		xml_escape(&out, rows[i].text);
		assert_string_equal(out.data ? out.data : "", rows[i].want);
		buf_free(&out);
	}
}

static void prints_empty_elements(void **state)
{
	static const struct {
		const char *ns, *name, *want;
	} rows[] = {
		{NS_DAV, "a", "<d:a/>"},
		{NS_CALDAV, "a", "<c:a/>"},
		{NS_CARDDAV, "a", "<card:a/>"},
		{NS_CS, "a", "<cs:a/>"},
		{NS_ICAL, "a", "<ical:a/>"},
		{"", "a", "<a/>"},
		{"u\"<", "a", "<x:a xmlns:x=\"u&quot;&lt;\"/>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		buf_init(&out, 4096);
		xml_empty(&out, rows[i].ns, rows[i].name);
		assert_string_equal(out.data, rows[i].want);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_or_refuses),
		cmocka_unit_test(bounds_depth_and_size),
		cmocka_unit_test(builds_the_tree),
		cmocka_unit_test(writes_canonical_text),
		cmocka_unit_test(keeps_the_language),
		cmocka_unit_test(escapes),
		cmocka_unit_test(prints_empty_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
