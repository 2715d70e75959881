/* SPDX-License-Identifier: ISC */
/*
 * Request bodies and media types. XML that is none is 415 by its type and 400 by its bytes; content of the wrong type is
 * a precondition of RFC 4791 5.3.2.1 or RFC 6352 6.3.2.1, not 415 (DESIGN.md 7).
 */
#include "webdav/body.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"

#include <string.h>
#include <strings.h>

#define OF_STANDARD TOLERATE_COUNT /* no row of the table of tolerances is needed */

/* Types are compared without parameters; "*" at the beginning stands for anything. */
struct media {
	const char *type;
	unsigned kinds;
	enum tolerance row;
};

static const struct media xml_types[] = {
	{"application/xml", 0, OF_STANDARD},
	{"text/xml", 0, OF_STANDARD},
	{"*+xml", 0, OF_STANDARD},
	{"application/x-www-form-urlencoded", 0, TOLERATE_XML_AS_FORM},
	{NULL, 0, OF_STANDARD},
};

static const struct media content_types[] = {
	{"text/calendar", DAV_EVENT, OF_STANDARD},
	{"text/x-vcalendar", DAV_EVENT, TOLERATE_DATA_OLD_TYPES},
	{"text/vcard", DAV_CARD, OF_STANDARD},
	{"text/x-vcard", DAV_CARD, TOLERATE_DATA_OLD_TYPES},
	{"text/directory", DAV_CARD, TOLERATE_DATA_OLD_TYPES}, /* RFC 2425 */
	{"application/octet-stream", DAV_EVENT | DAV_CARD, TOLERATE_DATA_AS_BYTES},
	{"application/x-www-form-urlencoded", DAV_EVENT | DAV_CARD, TOLERATE_DATA_AS_FORM},
	{"application/xml", DAV_CARD, TOLERATE_CARD_AS_XML},
	{"*", DAV_FILE, OF_STANDARD},
	{NULL, 0, OF_STANDARD},
};

/* Of files, by the end of their names; what a browser might run is never served as such (verb_get.c). */
static const struct {
	const char *end, *type;
} endings[] = {
	{".txt", "text/plain; charset=utf-8"},
	{".md", "text/plain; charset=utf-8"},
	{".csv", "text/csv; charset=utf-8"},
	{".ics", "text/calendar; charset=utf-8"},
	{".vcf", "text/vcard; charset=utf-8"},
	{".pdf", "application/pdf"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".gif", "image/gif"},
	{".json", "application/json"},
	{".html", "text/html; charset=utf-8"},
	{".xml", "application/xml"},
	{".zip", "application/zip"},
};

static bool type_is(const char *row, const char *type, size_t len)
{
	size_t want = strlen(row);

	if (*row == '*')
		return len >= want - 1 &&
			strncasecmp(type + len - (want - 1), row + 1, want - 1) == 0;
	return len == want && strncasecmp(type, row, len) == 0;
}

static bool fits(const struct media *rows, unsigned kinds, const char *type)
{
	type += strspn(type, " \t");
	size_t len = strcspn(type, "; \t");
	if (!len)
		return true;
	for (; rows->type; rows++)
		if ((rows->kinds & kinds) == kinds && type_is(rows->type, type, len))
			return rows->row == OF_STANDARD || tolerates(rows->row);
	return false;
}

bool dav_next_parameter(const char **rest, const char **name, size_t *name_len, const char **value,
	size_t *value_len)
{
	const char *at = *rest + strspn(*rest, "; \t");

	if (!*at)
		return false;
	*name = at;
	*name_len = strcspn(at, "=;");
	at += *name_len;
	at += *at == '=';
	bool quoted = *at == '"';
	at += quoted;
	*value = at;
	*value_len = strcspn(at, quoted ? "\"" : "; \t");
	*rest = at + *value_len + (quoted && at[*value_len]);
	return true;
}

/* Objects and cards are UTF-8 (RFC 5545 3.1.4, RFC 6350 3.1), and never converted: what says that it is something else is
 * refused. method=, component=, and version= of a card (RFC 6350 10.1), say nothing that the bytes do not say better. */
static bool charset_fits(const char *type)
{
	static const char *const names[] = {"utf-8", "utf8", "us-ascii"};
	const char *rest = type + strcspn(type, ";"), *name, *value;
	size_t name_len, value_len, seen = 0;

	while (dav_next_parameter(&rest, &name, &name_len, &value, &value_len)) {
		bool fine = false;
		if (!type_is("charset", name, name_len))
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			fine |= type_is(names[i], value, value_len);
		if (!fine || (++seen > 1 && !tolerates(TOLERATE_CHARSET_TWICE)))
			return false;
	}
	return true;
}

bool dav_media_fits(enum dav_kind kind, const char *content_type)
{
	if (!content_type || !fits(content_types, kind, content_type))
		return !content_type;
	return kind == DAV_FILE || !text_starts_nocase(content_type, "text/") ||
		charset_fits(content_type);
}

/* Whole strings: listings ask for each row. RFC 5545 8.1 has the parameter. */
static const struct {
	uint32_t component;
	const char *type;
} objects[] = {
	{FACTS_VEVENT, "text/calendar; charset=utf-8; component=VEVENT"},
	{FACTS_VTODO, "text/calendar; charset=utf-8; component=VTODO"},
	{FACTS_VJOURNAL, "text/calendar; charset=utf-8; component=VJOURNAL"},
	{FACTS_VFREEBUSY, "text/calendar; charset=utf-8; component=VFREEBUSY"},
	{FACTS_VAVAILABILITY, "text/calendar; charset=utf-8; component=VAVAILABILITY"},
};

const char *dav_media_type(const struct dav_resource *item)
{
	const char *type = dav_kind_row(item->kind)->content_type;

	for (size_t i = 0; item->kind == DAV_EVENT && i < sizeof(objects) / sizeof(objects[0]); i++)
		if (objects[i].component == item->item->facts.component)
			return objects[i].type;
	for (size_t i = 0; !type && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (text_ends(item->item->name, endings[i].end))
			return endings[i].type;
	return type ? type : "application/octet-stream";
}

/* Is there a body to speak of? */
static bool is_blank(const struct dav_request *request)
{
	for (size_t i = 0; i < request->body_len; i++)
		if (!strchr(" \t\r\n", request->body[i]) || !request->body[i])
			return false;
	return true;
}

static enum dav_code read_xml(struct dav_exchange *x)
{
	const struct dav_request *request = x->request;
	const char *type = dav_header(x, "Content-Type"), *why = "";

	if (is_blank(request)) {
		if (x->verb->flags & VERB_BODY_OPTIONAL)
			return DAV_OK;
		return dav_fail(x, DAV_BAD_REQUEST, "the body is missing");
	}
	if (type && !fits(xml_types, 0, type))
		return dav_fail(x, DAV_UNSUPPORTED_MEDIA, "the body is not XML");
	if (request->body_len > DAV_MAX_XML)
		return DAV_TOO_LARGE;
	x->xml = xml_parse(x->arena, request->body, request->body_len, &why);
	if (x->xml)
		return DAV_OK;
	return dav_fail(
		x, why == xml_external ? DAV_NO_EXTERNAL_ENTITIES : DAV_BAD_REQUEST, "%s", why);
}

/* RFC 9110 8.4: compressed, and the like. Kept as it is, it would come back as something else. */
static bool is_coded(const struct dav_exchange *x)
{
	const char *coding = dav_header(x, "Content-Encoding");

	coding = coding ? text_trim(x->arena, coding) : "";
	return x->request->body_len && *coding && !text_equal_nocase(coding, "identity");
}

enum dav_code dav_read_body(struct dav_exchange *x)
{
	unsigned flags = x->verb->flags;

	if (x->xml)
		return DAV_OK; /* a replay */
	if ((flags & VERB_BODY_XML || !(flags & VERB_SAFE)) && is_coded(x)) {
		dav_set_header(x, "Accept-Encoding", "identity"); /* 15.5.16 */
		return dav_fail(x, DAV_UNSUPPORTED_MEDIA, "no Content-Encoding is understood");
	}
	if (flags & VERB_BODY_XML)
		return read_xml(x);
	if (flags & (VERB_BODY_BYTES | VERB_SAFE) || is_blank(x->request))
		return DAV_OK;
	return dav_fail(x, DAV_UNSUPPORTED_MEDIA, "%s takes no body", x->verb->name);
}
