/* SPDX-License-Identifier: ISC */
/*
 * Calendar data in properties, checked when it comes and given back as sent; none comes with allprop. calendar-availability
 * (RFC 7953 7.2.4) belongs to the inbox of scheduling; as long as there is none it is the calendar home's, and
 * free-busy-query of the whole home asks it. Default alarms (draft-daboo-valarm-extensions) are the clients' affair: the
 * bytes of objects are never changed for them.
 */
#include "webdav/verb.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/object.h"
#include "webdav/server.h"

#include <string.h>

#define ALARMED (DAV_CALENDAR_HOME | DAV_CALENDAR)

/* The preconditions are those of an object (RFC 4791 5.3.2.1). */
static enum dav_code set_availability(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta)
{
	const char *data = value ? text_trim(x->arena, value->text) : "";
	struct facts_fault fault;
	struct facts facts;

	(void)r, (void)meta;
	if (!value)
		return DAV_OK;
	if (strlen(data) > x->server->max_resource_size)
		return dav_fail(x, DAV_MAX_RESOURCE_SIZE, "calendar-availability is too large");
	enum dav_code code = dav_inspect(x, DAV_EVENT, data, strlen(data), &facts);
	if (code != DAV_OK)
		return code;
	if (facts.component != FACTS_VAVAILABILITY)
		return dav_fail(x, DAV_SUPPORTED_COMPONENT,
			"calendar-availability holds a VAVAILABILITY, not a %s",
			cal_component_name(facts.component));
	if (!cal_is_availability_data(data, strlen(data), &fault))
		return dav_fail(x, DAV_VALID_CALENDAR_DATA, "%s", fault.text);
	return DAV_OK;
}

/* Empty: no alarm is wanted, which is another thing than nothing said. */
static enum dav_code set_alarm(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta)
{
	const char *data = value ? text_trim(x->arena, value->text) : "";

	(void)r, (void)meta;
	if (*data && !cal_is_alarm_data(data, strlen(data)))
		return dav_fail(x, DAV_VALID_CALENDAR_DATA,
			"a default alarm is VALARMs with ACTION and TRIGGER, or empty");
	return DAV_OK;
}

#define STORED PROP_STORED

const struct dav_prop dav_props_busy[] = {
	{NS_CALDAV, "calendar-availability", DAV_CALENDAR_HOME, STORED, NULL, set_availability},
	{NS_CALDAV, "default-alarm-vevent-datetime", ALARMED, STORED, NULL, set_alarm},
	{NS_CALDAV, "default-alarm-vevent-date", ALARMED, STORED, NULL, set_alarm},
	{NS_CALDAV, "default-alarm-vtodo-datetime", ALARMED, STORED, NULL, set_alarm},
	{NS_CALDAV, "default-alarm-vtodo-date", ALARMED, STORED, NULL, set_alarm},
	{0},
};
