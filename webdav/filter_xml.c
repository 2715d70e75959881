/* SPDX-License-Identifier: ISC */
/*
 * c:filter to struct cal_comp_filter (RFC 4791 9.7.1 to 9.7.5). Elements of other namespaces
 * are passed over (RFC 4918 17); one of CalDAV's own that has no place where it stands makes
 * the filter invalid (7.8, valid-filter): to pass it over would be a wrong answer that looks
 * right.
 */
#include "webdav/filter.h"

#include "src/base/text.h"

#include <string.h>

/* Which component may stand in which (RFC 5545 3.6, RFC 7953 3.1), and whether time-range
 * has a meaning there (9.9). */
static const struct {
	const char *name, *parent;
	bool range;
} places[] = {
	{"VEVENT", "VCALENDAR", true},
	{"VTODO", "VCALENDAR", true},
	{"VJOURNAL", "VCALENDAR", true},
	{"VFREEBUSY", "VCALENDAR", true},
	{"VAVAILABILITY", "VCALENDAR", true},
	{"VTIMEZONE", "VCALENDAR", false},
	{"VALARM", "VEVENT", true},
	{"VALARM", "VTODO", true},
	{"STANDARD", "VTIMEZONE", false},
	{"DAYLIGHT", "VTIMEZONE", false},
	{"AVAILABLE", "VAVAILABILITY", true},
};

/* Properties that time-range is defined for (9.9). */
static const char *const dated[] = {
	"COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "LAST-MODIFIED"};

static const struct {
	const char *name;
	enum cal_collation collation;
} collations[] = {
	{"i;ascii-casemap", CAL_ASCII_CASEMAP},
	{"default", CAL_ASCII_CASEMAP}, /* 7.5 */
	{"i;octet", CAL_OCTET},
	{"i;unicode-casemap", CAL_UNICODE_CASEMAP},
};

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* A precondition that has content. */
static enum dav_code fail_xml(struct dav_exchange *x, const char *xml)
{
	struct buf body;

	buf_init(&body, 4096 + strlen(xml));
	buf_adds(&body, XML_HEAD "<d:error" XML_NAMESPACES ">");
	buf_adds(&body, xml);
	buf_adds(&body, "</d:error>\n");
	enum dav_code code = dav_answer(x, DAV_FORBIDDEN, "application/xml; charset=utf-8", &body);
	buf_free(&body);
	return code;
}

static enum dav_code invalid(struct dav_exchange *x, const char *why)
{
	return dav_fail(x, DAV_VALID_FILTER, "%s", why);
}

/* supported-filter says which part it was (7.8). */
static enum dav_code unsupported(struct dav_exchange *x, const char *element, const char *name)
{
	struct buf xml;

	buf_init(&xml, 64 * 1024);
	buf_addf(&xml, "<c:supported-filter><c:%s name=\"", element);
	xml_escape(&xml, name);
	buf_adds(&xml, "\"/></c:supported-filter>");
	enum dav_code code = xml.full ? dav_fail(x, DAV_SUPPORTED_FILTER, "%s", element)
				      : fail_xml(x, xml.data);
	buf_free(&xml);
	return code;
}

/* Counts the children of our namespace; false when there is one whose name is not among
 * `allowed` (ends with NULL). */
static bool children_among(const struct xml_element *element, const char *const *allowed)
{
	for (const struct xml_element *e = element->children; e; e = e->next) {
		if (!text_equal(e->ns, NS_CALDAV))
			continue;
		size_t i = 0;
		while (allowed[i] && !text_equal(allowed[i], e->name))
			i++;
		if (!allowed[i])
			return false;
	}
	return true;
}

/* Recursion is bounded by XML_MAX_DEPTH. */
static size_t count_below(const struct xml_element *element)
{
	size_t count = 0;

	for (const struct xml_element *e = element->children; e; e = e->next)
		count += 1 + count_below(e);
	return count;
}

bool dav_filter_is_small(const struct xml_element *element)
{
	return count_below(element) <= DAV_MAX_FILTERS;
}

static size_t count_named(const struct xml_element *element, const char *name)
{
	size_t count = 0;

	for (const struct xml_element *e = xml_child(element, NS_CALDAV, name); e;
		e = xml_next(e, NS_CALDAV, name))
		count++;
	return count;
}

/* is-not-defined stands alone, once; a second time-range or text-match has no meaning (9.7.1 to 9.7.3). */
static bool well_formed(
	const struct xml_element *element, const char *const *allowed, const char **why)
{
	*why = "the filter holds an element that has no place there";
	if (!children_among(element, allowed))
		return false;
	*why = "is-not-defined stands alone";
	if (count_named(element, "is-not-defined") > 1 ||
		(count_named(element, "is-not-defined") &&
			!children_among(element, (const char *[]){"is-not-defined", NULL})))
		return false;
	*why = "one time-range or one text-match";
	return count_named(element, "time-range") + count_named(element, "text-match") <= 1;
}

static enum dav_code parse_range(
	struct dav_exchange *x, const struct xml_element *element, const struct cal_range **range)
{
	const struct xml_element *e = xml_child(element, NS_CALDAV, "time-range");
	struct cal_range found;

	if (!e)
		return DAV_OK;
	if (!dav_range_parse(e, false, &found))
		return invalid(
			x, "time-range needs start or end as UTC times, the end after the start");
	*range = arena_memdup(x->arena, &found, sizeof(found));
	return DAV_OK;
}

static enum dav_code parse_match(struct dav_exchange *x, const struct xml_element *element,
	const struct cal_text_match **match)
{
	const struct xml_element *e = xml_child(element, NS_CALDAV, "text-match");

	if (!e)
		return DAV_OK;
	const char *name = xml_attr(e, "collation"), *negate = xml_attr(e, "negate-condition");
	struct cal_text_match found = {.text = e->text, .collation = CAL_ASCII_CASEMAP};
	size_t i = 0;
	while (name && i < COUNT(collations) && !text_equal(collations[i].name, name))
		i++;
	if (i == COUNT(collations))
		return dav_fail(x, DAV_SUPPORTED_COLLATION, "collation %s", name);
	if (name)
		found.collation = collations[i].collation;
	if (negate && !text_equal(negate, "yes") && !text_equal(negate, "no"))
		return invalid(x, "negate-condition is yes or no");
	found.negate = text_equal(negate, "yes");
	*match = arena_memdup(x->arena, &found, sizeof(found));
	return DAV_OK;
}

static enum dav_code parse_param(
	struct dav_exchange *x, const struct xml_element *element, struct cal_param_filter *filter)
{
	const char *why;

	filter->name = xml_attr(element, "name");
	if (!filter->name || !*filter->name)
		return invalid(x, "param-filter without a name");
	if (!well_formed(element, (const char *[]){"is-not-defined", "text-match", NULL}, &why))
		return invalid(x, why);
	filter->is_not_defined = xml_child(element, NS_CALDAV, "is-not-defined");
	return parse_match(x, element, &filter->match);
}

static bool is_dated(const char *name)
{
	for (size_t i = 0; i < COUNT(dated); i++)
		if (text_equal_nocase(dated[i], name))
			return true;
	return false;
}

static enum dav_code parse_params(
	struct dav_exchange *x, const struct xml_element *element, struct cal_prop_filter *filter)
{
	size_t count = count_named(element, "param-filter");
	struct cal_param_filter *params = arena_array(x->arena, count, sizeof(*params));
	const struct xml_element *e = xml_child(element, NS_CALDAV, "param-filter");

	for (size_t i = 0; e; e = xml_next(e, NS_CALDAV, "param-filter"), i++) {
		enum dav_code code = parse_param(x, e, &params[i]);
		if (code != DAV_OK)
			return code;
	}
	filter->params = params;
	filter->n_params = count;
	return DAV_OK;
}

static enum dav_code parse_prop(
	struct dav_exchange *x, const struct xml_element *element, struct cal_prop_filter *filter)
{
	static const char *const allowed[] = {
		"is-not-defined", "time-range", "text-match", "param-filter", NULL};
	const char *why;

	filter->name = xml_attr(element, "name");
	if (!filter->name || !*filter->name)
		return invalid(x, "prop-filter without a name");
	if (!well_formed(element, allowed, &why))
		return invalid(x, why);
	filter->is_not_defined = xml_child(element, NS_CALDAV, "is-not-defined");
	enum dav_code code = parse_range(x, element, &filter->range);
	if (code == DAV_OK && filter->range && !is_dated(filter->name))
		return invalid(x, "time-range has no meaning for this property");
	if (code == DAV_OK)
		code = parse_match(x, element, &filter->match);
	return code == DAV_OK ? parse_params(x, element, filter) : code;
}

/* May `name` stand in `parent`, and may it carry a time-range? Names nobody standardised may
 * stand in any component: they are looked for as they are. */
static bool placed(const char *name, const char *parent, bool *range, bool *foreign)
{
	bool known = text_equal_nocase(name, "VCALENDAR");

	*range = false;
	for (size_t i = 0; i < COUNT(places); i++) {
		if (!text_equal_nocase(places[i].name, name))
			continue;
		known = true;
		*range = places[i].range;
		if (text_equal_nocase(places[i].parent, parent))
			return true;
	}
	*foreign = !known;
	return !known;
}

/* A time-range where 9.9 gives it a meaning. Where it gives none the filter is not valid, as in
 * the example of 7.8; of components that nobody standardised nobody can know (7.7). */
static enum dav_code check_range(
	struct dav_exchange *x, const struct cal_comp_filter *filter, bool allowed, bool foreign)
{
	if (!filter->range || allowed)
		return DAV_OK;
	if (foreign)
		return unsupported(x, "comp-filter", filter->name);
	return invalid(x, "time-range has no meaning for this component");
}

static enum dav_code parse_comp(struct dav_exchange *x, const struct xml_element *element,
	const char *parent, struct cal_comp_filter *filter);

static enum dav_code parse_comp_children(
	struct dav_exchange *x, const struct xml_element *element, struct cal_comp_filter *filter)
{
	size_t n_props = 0, n_comps = 0;
	struct cal_prop_filter *props = arena_array(
		x->arena, count_named(element, "prop-filter"), sizeof(*props));
	struct cal_comp_filter *comps = arena_array(
		x->arena, count_named(element, "comp-filter"), sizeof(*comps));

	for (const struct xml_element *e = element->children; e; e = e->next) {
		enum dav_code code = DAV_OK;
		if (xml_is(e, NS_CALDAV, "prop-filter"))
			code = parse_prop(x, e, &props[n_props++]);
		else if (xml_is(e, NS_CALDAV, "comp-filter"))
			code = parse_comp(x, e, filter->name, &comps[n_comps++]);
		if (code != DAV_OK)
			return code;
	}
	filter->props = props;
	filter->n_props = n_props;
	filter->comps = comps;
	filter->n_comps = n_comps;
	return DAV_OK;
}

/* Recursion is bounded by XML_MAX_DEPTH. `parent` NULL: the top, which is VCALENDAR. */
static enum dav_code parse_comp(struct dav_exchange *x, const struct xml_element *element,
	const char *parent, struct cal_comp_filter *filter)
{
	static const char *const allowed[] = {
		"is-not-defined", "time-range", "prop-filter", "comp-filter", NULL};
	bool range_allowed = false, foreign = false;
	const char *why;

	filter->name = xml_attr(element, "name");
	if (!filter->name || !*filter->name)
		return invalid(x, "comp-filter without a name");
	if (!parent && !text_equal_nocase(filter->name, "VCALENDAR"))
		return invalid(x, "the outermost comp-filter is VCALENDAR");
	if (parent && !placed(filter->name, parent, &range_allowed, &foreign))
		return invalid(x, "a comp-filter stands in a component that can not hold it");
	if (!well_formed(element, allowed, &why))
		return invalid(x, why);
	filter->is_not_defined = xml_child(element, NS_CALDAV, "is-not-defined");
	enum dav_code code = parse_range(x, element, &filter->range);
	if (code == DAV_OK)
		code = check_range(x, filter, range_allowed, foreign);
	return code == DAV_OK ? parse_comp_children(x, element, filter) : code;
}

enum dav_code dav_filter_parse(struct dav_exchange *x, const struct xml_element *element,
	const struct cal_comp_filter **filter)
{
	struct cal_comp_filter *top = arena_alloc(x->arena, sizeof(*top));

	if (!element)
		return invalid(x, "there is no filter");
	if (xml_next(element, NS_CALDAV, "filter"))
		return invalid(x, "there is more than one filter");
	if (!dav_filter_is_small(element))
		return dav_fail(x, DAV_SUPPORTED_FILTER,
			"a filter has at most %d elements: ask for less, or twice",
			DAV_MAX_FILTERS);
	if (!children_among(element, (const char *[]){"comp-filter", NULL}) ||
		count_named(element, "comp-filter") != 1)
		return invalid(x, "a filter holds exactly one comp-filter");
	enum dav_code code = parse_comp(x, xml_child(element, NS_CALDAV, "comp-filter"), NULL, top);
	if (code == DAV_OK)
		*filter = top;
	return code;
}

const char *dav_filter_uid(const struct cal_comp_filter *filter, bool *nocase)
{
	for (size_t i = 0; i < filter->n_comps; i++) {
		const struct cal_comp_filter *comp = &filter->comps[i];
		size_t n_props = cal_component_bit(comp->name) && !comp->is_not_defined
			? comp->n_props
			: 0;
		for (size_t k = 0; k < n_props; k++) {
			const struct cal_text_match *match = comp->props[k].match;
			if (!text_equal_nocase(comp->props[k].name, "UID") || !match ||
				match->negate)
				continue;
			/* Case folding beyond ASCII, and characters that are escaped in TEXT
			 * values, are left to cal_match. */
			if (match->collation == CAL_UNICODE_CASEMAP ||
				strpbrk(match->text, "\\,;\r\n"))
				continue;
			*nocase = match->collation == CAL_ASCII_CASEMAP;
			return match->text;
		}
	}
	return NULL;
}
