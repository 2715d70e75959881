/* SPDX-License-Identifier: ISC */
/*
 * The versions of cards as a table, and the choice among them (accept.h). The best one is that of the highest quality; among
 * equals the one that was named most exactly, for which wildcards count alike; a client that names both versions alike knows
 * both, and gets the card as it is stored; else the order of the table decides.
 */
#include "webdav/accept.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/body.h"
#include "webdav/content.h"
#include "webdav/verb.h"

#include <string.h>
#include <strings.h>

#define MAX_QUALITY 1000 /* RFC 9110 12.4.2: three digits behind the point */
#define MAX_RANGES 100   /* media ranges of one request that are looked at */

/* RFC 6350 10.1: a version in the type must be that of every card in it. The default goes without, as clients know it that
 * are older than the parameter. RFC 7095 has one card in a document, so that no address book comes as jCard. */
const struct dav_card_type dav_card_types[DAV_N_CARD_TYPES] = {
	{CARD_VCARD_3, "text/vcard", "3.0", "text/vcard; charset=utf-8", "-v3",
		DAV_ANY_CARD | DAV_ANY_BOOK},
	{CARD_VCARD_4, "text/vcard", "4.0", "text/vcard; charset=utf-8; version=4.0", "-v4",
		DAV_ANY_CARD | DAV_ANY_BOOK},
	{CARD_JCARD, "application/vcard+json", "4.0", "application/vcard+json", "-j", DAV_ANY_CARD},
};

const struct dav_card_type *dav_card_type(enum card_format format)
{
	size_t i = 0;

	while (dav_card_types[i].format != format)
		i++;
	return &dav_card_types[i];
}

const struct dav_card_type *dav_card_type_asked(const char *type, const char *version)
{
	for (size_t i = 0; i < DAV_N_CARD_TYPES; i++)
		if ((!type || text_equal_nocase(type, dav_card_types[i].type)) &&
			(!version || text_equal(version, dav_card_types[i].version)))
			return &dav_card_types[i];
	return NULL;
}

/* --- Accept --- */

/* How exactly a media range names a representation (RFC 9110 12.5.1). */
enum precision { NOT_AT_ALL, ANYTHING, ANY_SUBTYPE, THE_TYPE, THE_VERSION };

/* What is known about one representation. */
struct liking {
	enum precision precision;
	unsigned quality;
};

struct media_range {
	const char *type, *version;
	size_t type_len, version_len;
	unsigned quality;
};

static bool is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/* 12.4.2: "0", "1", "0.123", "1.000". */
static bool read_quality(const char *text, size_t len, unsigned *quality)
{
	unsigned value = 0, unit = MAX_QUALITY;

	if (!len || len > 5 || !strchr("01", text[0]) || (len > 1 && text[1] != '.'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i == 1)
			continue;
		if (text[i] < '0' || text[i] > '9')
			return false;
		value += (unsigned)(text[i] - '0') * unit;
		unit /= 10;
	}
	*quality = value;
	return value <= MAX_QUALITY;
}

/* False for what is no media range: it says nothing. Other parameters than these two do not tell our types apart. */
static bool read_range(const char *text, struct media_range *range)
{
	const char *rest, *name, *value;
	size_t name_len, value_len;

	*range = (struct media_range){.type = text, .quality = MAX_QUALITY};
	range->type_len = strcspn(text, "; \t");
	if (!memchr(text, '/', range->type_len))
		return false;
	rest = text + range->type_len;
	while (dav_next_parameter(&rest, &name, &name_len, &value, &value_len)) {
		if (is(name, name_len, "q"))
			return read_quality(value, value_len, &range->quality);
		if (is(name, name_len, "version")) {
			range->version = value;
			range->version_len = value_len;
		}
	}
	return true;
}

/* RFC 6350 10.1 has the old names of text/vcard. */
static bool is_type(const struct media_range *range, const char *type)
{
	static const char *const old_names[] = {"text/x-vcard", "text/directory"};

	if (is(range->type, range->type_len, type))
		return true;
	for (size_t i = 0; i < sizeof(old_names) / sizeof(old_names[0]); i++)
		if (text_starts(type, "text/") && is(range->type, range->type_len, old_names[i]))
			return tolerates(TOLERATE_DATA_OLD_TYPES);
	return false;
}

/* All subtypes of a type: "text" with a slash and a star. */
static bool is_subtypes(const struct media_range *range, const char *type)
{
	size_t len = strcspn(type, "/") + 1;

	return range->type_len == len + 1 && range->type[len] == '*' &&
		strncasecmp(range->type, type, len) == 0;
}

static enum precision precision_of(
	const struct media_range *range, const struct dav_card_type *version)
{
	if (is(range->type, range->type_len, "*/*"))
		return ANYTHING;
	if (is_subtypes(range, version->type))
		return ANY_SUBTYPE;
	if (!is_type(range, version->type))
		return NOT_AT_ALL;
	if (!range->version)
		return THE_TYPE;
	return is(range->version, range->version_len, version->version) ? THE_VERSION : NOT_AT_ALL;
}

/* The most exact range says of what quality a representation is. */
static void note(const struct media_range *range, struct liking likings[DAV_N_CARD_TYPES])
{
	for (size_t i = 0; i < DAV_N_CARD_TYPES; i++) {
		enum precision precision = precision_of(range, &dav_card_types[i]);
		if (precision == NOT_AT_ALL || precision < likings[i].precision)
			continue;
		if (precision > likings[i].precision || range->quality > likings[i].quality)
			likings[i] = (struct liking){precision, range->quality};
	}
}

/* One element of a list cut off *rest; commas within quotes do not separate. */
static char *next_element(struct arena *arena, const char **rest)
{
	const char *start = *rest + strspn(*rest, ", \t"), *end = start;

	if (!*start)
		return NULL;
	for (bool quoted = false; *end && (quoted || *end != ','); end++)
		quoted ^= *end == '"';
	*rest = end;
	return arena_strndup(arena, start, (size_t)(end - start));
}

/* All lines of the header are one list (RFC 9110 5.3). False when it says nothing. */
static bool read_accept(const struct dav_exchange *x, struct liking likings[DAV_N_CARD_TYPES])
{
	const struct dav_request *request = x->request;
	struct media_range range;
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < request->n_headers; i++) {
		const char *rest = request->headers[i].value, *element;
		if (strcasecmp(request->headers[i].name, "Accept") != 0)
			continue;
		while (n++ < MAX_RANGES && (element = next_element(x->arena, &rest))) {
			if (!read_range(element, &range))
				continue;
			note(&range, likings);
			any = true;
		}
	}
	return any;
}

static bool is_better(const struct liking *a, const struct liking *b, bool stored)
{
	if (a->quality != b->quality)
		return a->quality > b->quality;
	if (a->precision != b->precision)
		return a->precision > b->precision && a->precision >= THE_TYPE;
	return stored && a->precision == THE_VERSION;
}

bool dav_accept_card(
	const struct dav_exchange *x, const struct dav_resource *r, enum card_format *format)
{
	struct liking likings[DAV_N_CARD_TYPES] = {0}, best = {0};
	enum card_format stored = r->item ? dav_stored_version(r->item) : DAV_DEFAULT_VERSION;

	if (!read_accept(x, likings)) {
		*format = DAV_DEFAULT_VERSION;
		return true;
	}
	for (size_t i = 0; i < DAV_N_CARD_TYPES; i++) {
		if (!(dav_card_types[i].kinds & r->kind) || !likings[i].quality ||
			!is_better(&likings[i], &best, dav_card_types[i].format == stored))
			continue;
		best = likings[i];
		*format = dav_card_types[i].format;
	}
	return best.quality;
}

const char *dav_selected_type(const struct dav_exchange *x, const struct dav_resource *item)
{
	enum card_format format;

	if ((item->kind & DAV_ANY_CARD) && dav_accept_card(x, item, &format))
		return dav_card_type(format)->content_type;
	return dav_media_type(item);
}

enum dav_code dav_check_accept(struct dav_exchange *x)
{
	enum card_format format;

	if (x->verb->run != dav_verb_get || !(x->target.kind & (DAV_ANY_CARD | DAV_ANY_BOOK)) ||
		dav_accept_card(x, &x->target, &format))
		return DAV_OK;
	dav_set_vary(x, x->target.kind);
	return dav_fail(x, DAV_CARD_CONVERSION, "to be had as text/vcard, version 3.0 or 4.0%s",
		x->target.kind & DAV_ANY_CARD ? ", and as application/vcard+json" : "");
}

void dav_set_vary(struct dav_exchange *x, enum dav_kind kind)
{
	if (kind & (DAV_EVENT | DAV_CALENDAR))
		dav_set_header(x, "Vary", "CalDAV-Timezones");
	if (kind & (DAV_ANY_CARD | DAV_ANY_BOOK))
		dav_set_header(x, "Vary", "Accept");
}
