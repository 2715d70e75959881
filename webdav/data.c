/* SPDX-License-Identifier: ISC */
/*
 * c:calendar-data (RFC 4791 9.6): from the element of a request to struct cal_data_request, and
 * the getter that reads, cuts or expands, and escapes one object. Address data is in
 * data_card.c.
 */
#include "webdav/data.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/accept.h"
#include "webdav/content.h"
#include "webdav/filter.h"
#include "webdav/reports.h"
#include "webdav/server.h"

#include <limits.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define CLARK_TIMEZONE "{" NS_CALDAV "}calendar-timezone"
#define CLARK_TIMEZONE_ID "{" NS_CALDAV "}calendar-timezone-id"

/* --- the request --- */

/* The one media type that calendar objects can be had in; NULL in the request: any. Those of cards are in accept.c. */
static enum dav_code check_type(const struct xml_element *asked)
{
	const char *type = xml_attr(asked, "content-type"), *version = xml_attr(asked, "version");

	if (text_equal(asked->name, "address-data"))
		return dav_card_type_asked(type, version) ? DAV_OK : DAV_SUPPORTED_ADDRESS_DATA;
	return (!type || text_equal_nocase(type, "text/calendar")) &&
			(!version || text_equal(version, "2.0"))
		? DAV_OK
		: DAV_SUPPORTED_CALENDAR_DATA;
}

/* Which children an element of a request may have (9.6, 9.6.1), each at most `most` times, and which of
 * them exclude each other: the same `choice`. */
static const struct place {
	const char *parent, *name;
	unsigned most;
	char choice;
} places[] = {
	{"calendar-data", "comp", 1, 0},
	{"calendar-data", "expand", 1, 'r'},
	{"calendar-data", "limit-recurrence-set", 1, 'r'},
	{"calendar-data", "limit-freebusy-set", 1, 0},
	{"comp", "allprop", 1, 'p'},
	{"comp", "prop", UINT_MAX, 'p'},
	{"comp", "allcomp", 1, 'c'},
	{"comp", "comp", UINT_MAX, 'c'},
};

static const struct place *place_of(const char *parent, const char *name)
{
	for (size_t i = 0; i < COUNT(places); i++)
		if (text_equal(places[i].parent, parent) && text_equal(places[i].name, name))
			return &places[i];
	return NULL;
}

/* To pass over what CalDAV defines but not here would be an answer to another question; elements of other
 * namespaces are passed over (RFC 4918 17). */
static bool well_formed(const struct xml_element *element)
{
	const struct place *chosen[COUNT(places)] = {0};
	unsigned count[COUNT(places)] = {0};

	for (const struct xml_element *e = element->children; e; e = e->next) {
		if (!text_equal(e->ns, NS_CALDAV))
			continue;
		const struct place *place = place_of(element->name, e->name);
		if (!place || ++count[place - places] > place->most)
			return false;
		for (size_t i = 0; i < COUNT(places) && place->choice; i++)
			if (chosen[i] && chosen[i] != place && chosen[i]->choice == place->choice)
				return false;
		chosen[place - places] = place;
	}
	return true;
}

/* yes, no, or the default, which is no. */
static bool parse_flag(const struct xml_element *element, const char *name, bool *flag)
{
	const char *value = xml_attr(element, name);

	*flag = text_equal(value, "yes");
	return !value || *flag || text_equal(value, "no");
}

static bool parse_name(const struct xml_element *element, const char **name)
{
	*name = xml_attr(element, "name");
	return *name && **name;
}

static size_t count_named(const struct xml_element *element, const char *name)
{
	size_t count = 0;

	for (const struct xml_element *e = xml_child(element, NS_CALDAV, name); e;
		e = xml_next(e, NS_CALDAV, name))
		count++;
	return count;
}

static bool is_empty(const struct xml_element *element)
{
	for (const struct xml_element *e = element->children; e; e = e->next)
		if (text_equal(e->ns, NS_CALDAV))
			return false;
	return true;
}

/* 9.6.1. A comp that names no properties has all of them, and one that names nothing has all
 * components too: that is how clients mean <comp name="VTIMEZONE"/> and how the examples of
 * 7.8 are answered. Recursion: XML_MAX_DEPTH. */
static bool parse_comp(
	struct arena *arena, const struct xml_element *element, struct cal_data_comp *comp)
{
	size_t n_props = count_named(element, "prop"), n_comps = count_named(element, "comp"),
	       p = 0, c = 0;
	const char **props = arena_array(arena, n_props, sizeof(*props));
	bool *novalue = arena_array(arena, n_props, sizeof(*novalue));
	struct cal_data_comp *comps = arena_array(arena, n_comps, sizeof(*comps));

	if (!parse_name(element, &comp->name) || !well_formed(element))
		return false;
	for (const struct xml_element *e = element->children; e; e = e->next) {
		if (xml_is(e, NS_CALDAV, "prop")) {
			if (!parse_name(e, &props[p]) || !parse_flag(e, "novalue", &novalue[p++]))
				return false;
		} else if (xml_is(e, NS_CALDAV, "comp") && !parse_comp(arena, e, &comps[c++])) {
			return false;
		}
	}
	*comp = (struct cal_data_comp){.name = comp->name,
		.all_props = !n_props || xml_child(element, NS_CALDAV, "allprop"),
		.all_comps = is_empty(element) || xml_child(element, NS_CALDAV, "allcomp"),
		.props = props,
		.novalue = novalue,
		.n_props = n_props,
		.comps = comps,
		.n_comps = n_comps};
	return true;
}

static bool parse_limit(struct arena *arena, const struct xml_element *asked, const char *name,
	const struct cal_range **range)
{
	const struct xml_element *e = xml_child(asked, NS_CALDAV, name);
	struct cal_range found;

	if (!e)
		return true;
	if (!dav_range_parse(e, true, &found))
		return false;
	*range = arena_memdup(arena, &found, sizeof(found));
	return true;
}

/* False when malformed. `asked` NULL: everything. */
static bool parse_request(
	struct arena *arena, const struct xml_element *asked, struct cal_data_request *request)
{
	*request = (struct cal_data_request){0};
	if (!asked || !asked->children)
		return true;
	if (!well_formed(asked))
		return false;
	const struct xml_element *e = xml_child(asked, NS_CALDAV, "comp");
	if (e) {
		struct cal_data_comp *comp = arena_alloc(arena, sizeof(*comp));
		if (!parse_comp(arena, e, comp) || !text_equal_nocase(comp->name, "VCALENDAR"))
			return false;
		request->comp = comp;
	}
	return parse_limit(arena, asked, "expand", &request->expand) &&
		parse_limit(arena, asked, "limit-recurrence-set", &request->limit_recurrence) &&
		parse_limit(arena, asked, "limit-freebusy-set", &request->limit_freebusy);
}

enum dav_code dav_data_check(struct dav_exchange *x, const struct dav_wanted *wanted)
{
	for (size_t i = 0; i < wanted->n_props; i++) {
		const struct xml_element *asked = wanted->props[i];
		struct cal_data_request request;
		bool calendar = xml_is(asked, NS_CALDAV, "calendar-data");
		if (!calendar && !xml_is(asked, NS_CARDDAV, "address-data"))
			continue;
		enum dav_code code = check_type(asked);
		if (code != DAV_OK)
			return dav_fail(x, code, "there is no such type or version to be had");
		if (calendar && !parse_request(x->arena, asked, &request))
			return dav_fail(x, DAV_BAD_REQUEST, "calendar-data is malformed");
		if (!calendar && !dav_address_data_is_right(asked))
			return dav_fail(x, DAV_BAD_REQUEST, "address-data is malformed");
	}
	return DAV_OK;
}

/* --- the answer --- */

const struct cal_zone *dav_calendar_zone(struct arena *arena, const struct store_collection *c)
{
	const struct store_meta *meta = c ? store_collection_meta(c) : NULL;
	const char *id = meta ? store_meta_prop(meta, CLARK_TIMEZONE_ID) : NULL;
	const char *data = meta ? store_meta_prop(meta, CLARK_TIMEZONE) : NULL;
	const struct cal_zone *zone = id ? cal_zone_named(xml_canonical_text(arena, id)) : NULL;

	if (zone || !data)
		return zone;
	data = xml_canonical_text(arena, data);
	return cal_zone_from_data(arena, data, strlen(data));
}

static void escape_lines(struct buf *out, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *cr = memchr(bytes, '\r', (size_t)(end - bytes));
		bool line_end = cr && cr + 1 < end && cr[1] == '\n';
		const char *stop = cr ? cr + !line_end : end;
		xml_escape_n(out, bytes, (size_t)(stop - bytes));
		bytes = line_end ? cr + 1 : stop;
	}
}

void dav_data_escape(struct buf *out, const char *bytes, size_t len)
{
	struct buf joined;

	buf_init(&joined, len);
	if (cal_join_split(&joined, bytes, len))
		escape_lines(out, joined.data, joined.len);
	else
		escape_lines(out, bytes, len);
	buf_free(&joined);
}

static enum dav_code append_data(
	struct buf *out, const struct cal_data_request *request, const struct dav_content *bytes)
{
	enum dav_code code = DAV_OK;
	struct buf rendered;

	if (!request->comp && !request->expand && !request->limit_recurrence &&
		!request->limit_freebusy) {
		dav_data_escape(out, bytes->data, bytes->size);
		return DAV_OK;
	}
	buf_init(&rendered, DAV_MAX_RENDERED);
	/* What is stored was readable when it came: an expansion fails by its number of instances. */
	if (!cal_render(&rendered, request, bytes->data, bytes->size))
		code = request->expand ? DAV_INSUFFICIENT_STORAGE : DAV_INTERNAL;
	else if (rendered.full)
		code = DAV_INSUFFICIENT_STORAGE;
	else
		dav_data_escape(out, rendered.data ? rendered.data : "", rendered.len);
	buf_free(&rendered);
	return code;
}

enum dav_code dav_get_calendar_data(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *asked, struct buf *out)
{
	struct cal_data_request request;
	struct dav_content content;
	bool listing = text_equal(x->verb->name, "PROPFIND");

	/* No property: neither allprop nor propname know it. */
	if (!asked || (listing && !tolerates(TOLERATE_DATA_AS_PROPERTY)))
		return DAV_NOT_FOUND;
	enum dav_code code = check_type(asked);
	if (code != DAV_OK)
		return code;
	if (!parse_request(x->row_arena, asked, &request))
		return DAV_BAD_REQUEST;
	if ((request.expand || request.limit_recurrence) && !dav_query_zone(x, &request.zone))
		request.zone = dav_calendar_zone(x->row_arena, r->collection);
	if (request.expand && x->unexpanded == DAV_MAX_UNEXPANDED && r->item &&
		(r->item->facts.flags & FACTS_RECURS))
		return DAV_INSUFFICIENT_STORAGE;
	code = dav_content_open(x, r, &content);
	if (code != DAV_OK)
		return code;
	dav_content_zones(x, r, &content);
	buf_adds(out, "<c:calendar-data>");
	code = append_data(out, &request, &content);
	buf_adds(out, "</c:calendar-data>");
	x->unexpanded += code == DAV_INSUFFICIENT_STORAGE;
	dav_content_close(&content);
	return code;
}
