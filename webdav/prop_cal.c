/* SPDX-License-Identifier: ISC */
/*
 * Properties of calendars: RFC 4791 5.2 and 6.2.1, 6638 2.4 and 9.1, 7809 5.2, 6578 4, and what
 * Apple's clients brought along (getctag, colour, order). None comes with allprop.
 */
#include "webdav/verb.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/data.h"
#include "webdav/filter.h"
#include "webdav/person.h"
#include "webdav/subscription.h"
#include "webdav/server.h"

#include <string.h>

#define CLARK_TIMEZONE "{" NS_CALDAV "}calendar-timezone"
#define CLARK_TIMEZONE_ID "{" NS_CALDAV "}calendar-timezone-id"
#define CLARK_TRANSP "{" NS_CALDAV "}schedule-calendar-transp"
#define PERSONS (DAV_ROOT | DAV_TOP | DAV_USER) /* where clients look for the homes */
#define SHOWN (DAV_CALENDAR | DAV_SUBSCRIPTION)
#define QUERIED (DAV_CALENDAR_HOME | DAV_CALENDAR | DAV_EVENT)

/* The parameters of every getter; most need few of them. */
#define GETTER(name)                                                                               \
	static enum dav_code name(struct dav_exchange *x, const struct dav_resource *r,            \
		const struct xml_element *asked, struct buf *out)
#define SETTER(name)                                                                               \
	static enum dav_code name(struct dav_exchange *x, const struct dav_resource *r,            \
		const struct xml_element *value, struct store_meta *meta)

/* --- calendars --- */

GETTER(get_components)
{
	uint32_t held = dav_meta(x, r, x->row_arena)->components;

	(void)asked;
	buf_adds(out, "<c:supported-calendar-component-set>");
	for (uint32_t bit = 1; bit & FACTS_ALL_COMPONENTS; bit <<= 1)
		if (!held || held & bit)
			buf_addf(out, "<c:comp name=\"%s\"/>", cal_component_name(bit));
	buf_adds(out, "</c:supported-calendar-component-set>");
	return DAV_OK;
}

/* RFC 4791 5.2.3: said once, at creation. Names that nobody knows are refused, not
 * forgotten; VTIMEZONE is always allowed inside other objects and no type of its own. */
SETTER(set_components)
{
	uint32_t components = 0;

	(void)r;
	if (!value)
		return DAV_CANNOT_MODIFY_PROTECTED;
	for (const struct xml_element *e = xml_child(value, NS_CALDAV, "comp"); e;
		e = xml_next(e, NS_CALDAV, "comp")) {
		const char *name = xml_attr(e, "name");
		uint32_t bit = name ? cal_component_bit(name) & FACTS_ALL_COMPONENTS : 0;
		if (!bit && !(name && text_equal_nocase(name, "VTIMEZONE")))
			return dav_fail(x, DAV_SUPPORTED_COMPONENT, "component %s",
				name ? name : "without a name");
		components |= bit;
	}
	if (!components)
		return dav_fail(x, DAV_SUPPORTED_COMPONENT, "no component is named");
	meta->components = components;
	return DAV_OK;
}

/* Of the home (draft-daboo-caldav-extensions 5): a client that wants one type in a calendar
 * can have each. */
GETTER(get_component_sets)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out, "<c:supported-calendar-component-sets>");
	for (uint32_t bit = 1; bit & FACTS_ALL_COMPONENTS; bit <<= 1)
		buf_addf(out,
			"<c:supported-calendar-component-set><c:comp name=\"%s\"/>"
			"</c:supported-calendar-component-set>",
			cal_component_name(bit));
	buf_adds(out, "</c:supported-calendar-component-sets>");
	return DAV_OK;
}

GETTER(get_data_types)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out,
		"<c:supported-calendar-data>"
		"<c:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>"
		"</c:supported-calendar-data>");
	return DAV_OK;
}

GETTER(get_max_size)
{
	(void)r, (void)asked;
	buf_addf(out, "<c:max-resource-size>%zu</c:max-resource-size>",
		x->server->max_resource_size);
	return DAV_OK;
}

static enum dav_code put_time(struct buf *out, const char *name, int64_t when)
{
	char text[17];

	dav_utc_print(text, when);
	buf_addf(out, "<c:%s>%s</c:%s>", name, text, name);
	return DAV_OK;
}

GETTER(get_min_time)
{
	(void)r, (void)asked;
	return put_time(out, "min-date-time", x->server->bounds.min);
}

GETTER(get_max_time)
{
	(void)r, (void)asked;
	return put_time(out, "max-date-time", x->server->bounds.max);
}

GETTER(get_max_instances)
{
	(void)r, (void)asked;
	buf_addf(out, "<c:max-instances>%u</c:max-instances>", x->server->bounds.instances);
	return DAV_OK;
}

GETTER(get_max_attendees)
{
	(void)r, (void)asked;
	buf_addf(out, "<c:max-attendees-per-instance>%u</c:max-attendees-per-instance>",
		x->server->bounds.attendees);
	return DAV_OK;
}

GETTER(get_collations)
{
	static const char *const names[] = {"i;ascii-casemap", "i;octet", "i;unicode-casemap"};

	(void)x, (void)r, (void)asked;
	buf_adds(out, "<c:supported-collation-set>");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		buf_addf(out, "<c:supported-collation>%s</c:supported-collation>", names[i]);
	buf_adds(out, "</c:supported-collation-set>");
	return DAV_OK;
}

/* RFC 7529 10.1: the calendars that RSCALE of a rule may name. */
GETTER(get_rscales)
{
	const char *name;

	(void)x, (void)r, (void)asked;
	buf_adds(out, "<c:supported-rscale-set>");
	for (size_t i = 0; (name = cal_scale_name(i)); i++)
		buf_addf(out, "<c:supported-rscale>%s</c:supported-rscale>", name);
	buf_adds(out, "</c:supported-rscale-set>");
	return DAV_OK;
}

/* RFC 6638 9.1: every calendar has it; opaque when nobody said otherwise, a share transparent. */
GETTER(get_transp)
{
	const char *xml = store_meta_prop(dav_meta(x, r, x->row_arena), CLARK_TRANSP);

	(void)asked;
	if (xml)
		buf_adds(out, xml);
	else
		buf_addf(out, "<c:schedule-calendar-transp><c:%s/></c:schedule-calendar-transp>",
			r->share ? "transparent" : "opaque");
	return DAV_OK;
}

SETTER(set_transp)
{
	(void)r, (void)meta;
	if (value && !xml_child(value, NS_CALDAV, "opaque") &&
		!xml_child(value, NS_CALDAV, "transparent"))
		return dav_fail(
			x, DAV_CONFLICT, "schedule-calendar-transp is opaque or transparent");
	return DAV_OK;
}

/* The link of a subscription (subscription.h); a calendar may have any. */
SETTER(set_source)
{
	(void)meta;
	return r->kind == DAV_SUBSCRIPTION ? dav_check_source(x, value) : DAV_OK;
}

/* --- the time zone: two properties that say the same (RFC 4791 5.2.2, RFC 7809 3.1.5) --- */

/* Stores text as the canonical form of a CalDAV property. */
static void store_text(
	struct dav_exchange *x, struct store_meta *meta, const char *name, const char *text)
{
	struct buf xml;
	const char *why;

	buf_init(&xml, DAV_MAX_XML);
	buf_addf(&xml, "<c:%s xmlns:c=\"" NS_CALDAV "\">", name);
	dav_data_escape(&xml, text, strlen(text));
	buf_addf(&xml, "</c:%s>", name);
	struct xml_element *e = xml.full ? NULL : xml_parse(x->arena, xml.data, xml.len, &why);
	buf_free(&xml);
	*meta = store_meta_with(x->arena, meta, xml_clark(x->arena, NS_CALDAV, name),
		e ? xml_canonical(x->arena, e) : NULL);
}

/* The value of the first TZID line, which stands alone in a VTIMEZONE and is never folded by
 * anybody who wants it read. */
static const char *tzid_of(struct arena *arena, const char *data)
{
	for (const char *line = data; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!text_starts_nocase(line, "TZID:") && !text_starts_nocase(line, "TZID;"))
			continue;
		const char *value = memchr(line, ':', strcspn(line, "\n"));
		return value ? text_trim(arena,
				       arena_strndup(arena, value + 1, strcspn(value + 1, "\r\n")))
			     : NULL;
	}
	return NULL;
}

SETTER(set_timezone)
{
	(void)r;
	if (!value) {
		*meta = store_meta_with(x->arena, meta, CLARK_TIMEZONE_ID, NULL);
		return DAV_OK;
	}
	const char *data = text_trim(x->arena, value->text);
	if (!cal_is_timezone_data(data, strlen(data)))
		return dav_fail(x, DAV_VALID_CALENDAR_DATA,
			"calendar-timezone holds no single VTIMEZONE"); /* 5.2.10 */
	const char *id = tzid_of(x->arena, data);
	store_text(x, meta, "calendar-timezone-id", id ? id : "");
	return DAV_OK;
}

SETTER(set_timezone_id)
{
	(void)r;
	if (!value) {
		*meta = store_meta_with(x->arena, meta, CLARK_TIMEZONE, NULL);
		return DAV_OK;
	}
	const char *zone = cal_vtimezone_as(x->arena, text_trim(x->arena, value->text));
	if (!zone) /* RFC 7809 3.1.5 */
		return dav_fail(x, DAV_VALID_TIMEZONE, "nobody knows this time zone");
	store_text(x, meta, "calendar-timezone",
		arena_printf(x->arena,
			"BEGIN:VCALENDAR\nVERSION:2.0\n"
			"PRODID:-//Daybook//Daybook//EN\n%sEND:VCALENDAR\n",
			zone));
	return DAV_OK;
}

/* --- tokens --- */

static enum dav_code token(
	struct dav_exchange *x, const struct dav_resource *r, const char *element, struct buf *out)
{
	const char *text = dav_token(x, x->row_arena, r);

	if (!text)
		return DAV_NOT_FOUND;
	buf_addf(out, "<%s>", element);
	xml_escape(out, text);
	buf_addf(out, "</%s>", element);
	return DAV_OK;
}

GETTER(get_sync_token)
{
	(void)asked;
	return token(x, r, "d:sync-token", out);
}

GETTER(get_ctag)
{
	(void)asked;
	return token(x, r, "cs:getctag", out);
}

/* --- people --- */

static void words(struct dav_exchange *x, const struct dav_principal *principal,
	enum dav_person_fact fact, const char *element, struct buf *out)
{
	const char *word;

	for (size_t n = 0; (word = dav_person_word(x->row_arena, principal, fact, n)); n++) {
		buf_addf(out, "<%s>", element);
		xml_escape(out, word);
		buf_addf(out, "</%s>", element);
	}
}

static enum dav_code person(struct dav_exchange *x, const struct dav_resource *r,
	enum dav_person_fact fact, const char *property, const char *element, struct buf *out)
{
	struct dav_principal principal;

	if (!dav_principal_at(x, r, x->row_arena, &principal))
		return DAV_NOT_FOUND;
	buf_addf(out, "<%s>", property);
	words(x, &principal, fact, element, out);
	buf_addf(out, "</%s>", property);
	return DAV_OK;
}

GETTER(get_home_set)
{
	(void)asked;
	return person(x, r, PERSON_HOME, "c:calendar-home-set", "d:href", out);
}

GETTER(get_addresses)
{
	(void)asked;
	return person(x, r, PERSON_ADDRESS, "c:calendar-user-address-set", "d:href", out);
}

GETTER(get_mails)
{
	(void)asked;
	return person(x, r, PERSON_MAIL, "cs:email-address-set", "cs:email-address", out);
}

GETTER(get_user_type)
{
	(void)x, (void)asked;
	buf_addf(out, "<c:calendar-user-type>%s</c:calendar-user-type>",
		r->kind == DAV_GROUP ? "GROUP" : "INDIVIDUAL");
	return DAV_OK;
}

#define STORED PROP_STORED
#define SYNCED (DAV_STORED_COLLECTION | DAV_DIRECTORY)

const struct dav_prop dav_props_cal[] = {
	{NS_CALDAV, "calendar-description", SHOWN, STORED, NULL, NULL},            /* 4791 5.2.1 */
	{NS_CALDAV, "calendar-timezone", SHOWN, STORED, NULL, set_timezone},       /* 4791 5.2.2 */
	{NS_CALDAV, "calendar-timezone-id", SHOWN, STORED, NULL, set_timezone_id}, /* 7809 5.2 */
	{NS_CALDAV, "supported-calendar-component-set", SHOWN, PROP_MKCOL_ONLY, get_components,
		set_components}, /* 4791 5.2.3 */
	{NS_CALDAV, "supported-calendar-component-sets", DAV_CALENDAR_HOME, 0, get_component_sets,
		NULL},
	{NS_CALDAV, "supported-calendar-data", DAV_CALENDAR, 0, get_data_types,
		NULL},                                                          /* 4791 5.2.4 */
	{NS_CALDAV, "max-resource-size", DAV_CALENDAR, 0, get_max_size, NULL},  /* 4791 5.2.5 */
	{NS_CALDAV, "min-date-time", DAV_CALENDAR, 0, get_min_time, NULL},      /* 4791 5.2.6 */
	{NS_CALDAV, "max-date-time", DAV_CALENDAR, 0, get_max_time, NULL},      /* 4791 5.2.7 */
	{NS_CALDAV, "max-instances", DAV_CALENDAR, 0, get_max_instances, NULL}, /* 4791 5.2.8 */
	{NS_CALDAV, "max-attendees-per-instance", DAV_CALENDAR, 0, get_max_attendees,
		NULL},                                                            /* 4791 5.2.9 */
	{NS_CALDAV, "supported-collation-set", QUERIED, 0, get_collations, NULL}, /* 4791 7.5.1 */
	{NS_CALDAV, "supported-rscale-set", DAV_CALENDAR | DAV_CALENDAR_HOME, 0, get_rscales,
		NULL},                                                           /* 7529 10.1 */
	{NS_CALDAV, "calendar-data", DAV_EVENT, 0, dav_get_calendar_data, NULL}, /* 4791 9.6 */
	{NS_CALDAV, "calendar-home-set", PERSONS, 0, get_home_set, NULL},        /* 4791 6.2.1 */
	{NS_CALDAV, "calendar-user-address-set", DAV_USER | DAV_GROUP, 0, get_addresses,
		NULL}, /* 6638 2.4.1 */
	{NS_CALDAV, "calendar-user-type", DAV_USER | DAV_GROUP, 0, get_user_type,
		NULL}, /* 6638 2.4.2 */
	{NS_CALDAV, "schedule-calendar-transp", DAV_CALENDAR, STORED, get_transp,
		set_transp},                                                    /* 6638 9.1 */
	{NS_DAV, "sync-token", SYNCED, 0, get_sync_token, NULL},                /* 6578 4 */
	{NS_CS, "getctag", SYNCED, 0, get_ctag, NULL},                          /* caldav-ctag */
	{NS_CS, "email-address-set", DAV_USER, 0, get_mails, NULL},             /* Apple */
	{NS_CS, "source", SHOWN, STORED, NULL, set_source},                     /* subscriptions */
	{NS_ICAL, "calendar-color", DAV_STORED_COLLECTION, STORED, NULL, NULL}, /* Apple */
	{NS_ICAL, "calendar-order", DAV_STORED_COLLECTION, STORED, NULL, NULL}, /* Apple */
	{0},
};
