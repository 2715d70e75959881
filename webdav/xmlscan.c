/* SPDX-License-Identifier: ISC */
/*
 * A look at the bytes before libxml2 sees them: libxml2 compares each attribute and each namespace declaration of a tag with
 * all before it, so that 300 000 in one tag cost half a minute (RFC 4918 20.6); some declarations of a DTD cost as much, and
 * are kept for ever when it is malformed. Linear in the length, holds nothing.
 */
#include "webdav/xmltree.h"

#include <string.h>

#define SPACE " \t\r\n"
#define XML_MAX_ATTRIBUTES 512 /* of one tag, namespace declarations included */
#define XML_MAX_EXOTIC                                                                             \
	(64u * 1024) /* bytes of a document whose tags are not seen here (UTF-16): harmless by size */

/* Behind the next `mark`; the end when there is none. */
static const char *behind(const char *at, const char *end, const char *mark)
{
	const char *found = memmem(at, (size_t)(end - at), mark, strlen(mark));

	return found ? found + strlen(mark) : end;
}

static bool at_mark(const char *at, const char *end, const char *mark)
{
	return (size_t)(end - at) >= strlen(mark) && memcmp(at, mark, strlen(mark)) == 0;
}

/* Behind the tag at `at`; NULL when it has too many attributes. */
static const char *behind_tag(const char *at, const char *end)
{
	size_t attributes = 0;
	char quote = '\0';

	for (at++; at < end; at++) {
		if (quote) {
			if (*at == quote)
				quote = '\0';
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (*at == '>' || *at == '<') { /* a "<" here ends the parse anyway */
			return at;
		} else if (*at == '=' && ++attributes > XML_MAX_ATTRIBUTES) {
			return NULL;
		}
	}
	return end;
}

static const char *skip(const char *at, const char *end, const char *set, bool in)
{
	while (at < end && *at && !strchr(set, *at) != in)
		at++;
	return at;
}

/* Behind `<!DOCTYPE` or `<!ENTITY`: a name, and then where to find the rest? */
static bool is_outside(const char *at, const char *end)
{
	at = skip(at, end, SPACE "%", true);
	at = skip(at, end, SPACE, false);
	at = skip(at, end, SPACE, true);
	return at_mark(at, end, "SYSTEM") || at_mark(at, end, "PUBLIC");
}

const char xml_external[] = "a DTD, or an entity of it, that stands elsewhere is not read";

/* RFC 4918 16, no-external-entities: it, or the first entity that it declares. */
static const char *dtd_fault(const char *at, const char *end)
{
	const char *entity = behind(at, end, "<!ENTITY");

	if (is_outside(behind(at, end, "<!DOCTYPE"), end) || is_outside(entity, end))
		return xml_external;
	return "a DTD is not accepted";
}

const char *xml_scan(const char *bytes, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *end = bytes + len, *at = bytes + (at_mark(bytes, end, bom) ? strlen(bom) : 0);

	at = skip(at, end, SPACE, true);
	if (!at_mark(at, end, "<") || memchr(at, '\0', (size_t)(end - at)))
		return len <= XML_MAX_EXOTIC ? NULL : "too large for its encoding";
	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		if (at_mark(at, end, "<!--"))
			at = behind(at + 4, end, "-->");
		else if (at_mark(at, end, "<![CDATA["))
			at = behind(at, end, "]]>");
		else if (at_mark(at, end, "<!"))
			return dtd_fault(at, end);
		else if (at_mark(at, end, "<?"))
			at = behind(at, end, "?>");
		else if (!(at = behind_tag(at, end)))
			return "too many attributes in one element";
	}
	return NULL;
}
