/* SPDX-License-Identifier: ISC */
/*
 * Request bodies and media types. XML that is none is 415 by its type and 400 by its bytes; content of the wrong type is
 * a precondition of RFC 4791 5.3.2.1 or RFC 6352 6.3.2.1, not 415 (DESIGN.md 7).
 */
#include "webdav/body.h"

#include "src/base/text.h"

#include <string.h>
#include <strings.h>

/* Types are compared without parameters; "*" at the beginning stands for anything. */
struct media {
	const char *type;
	unsigned kinds;
	const char *client; /* who sends it, where no standard names it */
};

static const struct media xml_types[] = {
	{"application/xml", 0, NULL},
	{"text/xml", 0, NULL},
	{"*+xml", 0, NULL},
	{"application/x-www-form-urlencoded", 0, "curl -d, org-caldav"},
	{NULL, 0, NULL},
};

static const struct media content_types[] = {
	{"text/calendar", DAV_EVENT, NULL},
	{"text/x-vcalendar", DAV_EVENT, "old Nokia phones"},
	{"text/vcard", DAV_CARD, NULL},
	{"text/x-vcard", DAV_CARD, "Apple and KDE, before RFC 6350"},
	{"text/directory", DAV_CARD, "RFC 2425"},
	{"application/octet-stream", DAV_EVENT | DAV_CARD, "davfs2, file managers"},
	{"application/x-www-form-urlencoded", DAV_EVENT | DAV_CARD, "curl --data-binary"},
	{"*", DAV_FILE, NULL},
	{NULL, 0, NULL},
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
			return true;
	return false;
}

bool dav_media_fits(enum dav_kind kind, const char *content_type)
{
	return !content_type || fits(content_types, kind, content_type);
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
	return x->xml ? DAV_OK : dav_fail(x, DAV_BAD_REQUEST, "%s", why);
}

enum dav_code dav_read_body(struct dav_exchange *x)
{
	unsigned flags = x->verb->flags;

	if (x->xml)
		return DAV_OK; /* a replay */
	if (flags & VERB_BODY_XML)
		return read_xml(x);
	if (flags & (VERB_BODY_BYTES | VERB_SAFE) || is_blank(x->request))
		return DAV_OK;
	return dav_fail(x, DAV_UNSUPPORTED_MEDIA, "%s takes no body", x->verb->name);
}
