/* SPDX-License-Identifier: ISC */
/*
 * card:filter to struct card_filter (RFC 6352 10.5). What the grammar there does not have is a malformed request, 400: a
 * name that is missing, a value that an attribute cannot have, is-not-defined beside a condition. (RFC 4791's valid-filter
 * has no sister in RFC 6352.) supported-filter is for what is well asked and not answered here (8.5, 8.6): a name that
 * nothing in a vCard can have; an element of CardDAV that has no place where it stands, since to pass it over, as RFC 4918 17
 * would, is a wrong answer that looks right; more elements than DAV_MAX_FILTERS. Elements may come in any order (RFC 4918
 * 14); elements and attributes of others are passed over.
 */
#include "webdav/filter.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAX_TOLD 200 /* bytes of a name that an error repeats */

static const struct {
	const char *name;
	enum cal_collation collation;
} collations[] = {
	{"i;unicode-casemap", CAL_UNICODE_CASEMAP},
	{"default", CAL_UNICODE_CASEMAP}, /* 8.3 */
	{"i;ascii-casemap", CAL_ASCII_CASEMAP},
	{"i;octet", CAL_OCTET},
};

bool dav_match_type(const char *name, enum card_match_type *type)
{
	static const char *const names[] = {
		[CARD_CONTAINS] = "contains",
		[CARD_EQUALS] = "equals",
		[CARD_STARTS] = "starts-with",
		[CARD_ENDS] = "ends-with",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (text_equal(names[i], name)) {
			*type = (enum card_match_type)i;
			return true;
		}
	return false;
}

static enum dav_code malformed(struct dav_exchange *x, const char *why)
{
	return dav_fail(x, DAV_BAD_REQUEST, "%s", why);
}

/* 8.6: the prop-filter or param-filter that is meant stands inside supported-filter. */
static enum dav_code unsupported(struct dav_exchange *x, const struct xml_element *e)
{
	const char *name = xml_attr(e, "name");
	bool named = text_equal(e->name, "prop-filter") || text_equal(e->name, "param-filter");
	struct buf xml;

	if (named && name && strlen(name) <= MAX_TOLD) {
		buf_init(&xml, DAV_MAX_XML);
		buf_addf(&xml, "<card:%s name=\"", e->name);
		xml_escape(&xml, name);
		buf_adds(&xml, "\"/>");
		x->detail_xml = arena_strndup(x->arena, xml.data, xml.len);
		buf_free(&xml);
	}
	return dav_fail(x, DAV_CARD_SUPPORTED_FILTER, "no queries on %s %s", e->name,
		named && name ? name : "here");
}

static size_t count_named(const struct xml_element *element, const char *name)
{
	size_t count = 0;

	for (const struct xml_element *e = xml_child(element, NS_CARDDAV, name); e;
		e = xml_next(e, NS_CARDDAV, name))
		count++;
	return count;
}

/* The first child of CardDAV's own that is none of `names` (NULL ends), or NULL. */
static const struct xml_element *stranger(
	const struct xml_element *element, const char *const *names)
{
	for (const struct xml_element *e = element->children; e; e = e->next) {
		size_t i = 0;
		while (names[i] && !text_equal(e->name, names[i]))
			i++;
		if (!names[i] && text_equal(e->ns, NS_CARDDAV))
			return e;
	}
	return NULL;
}

/* test="anyof" (the default) or "allof". */
static bool parse_test(const struct xml_element *element, bool *all)
{
	const char *test = xml_attr(element, "test");

	*all = text_equal(test, "allof");
	return !test || *all || text_equal(test, "anyof");
}

/* Could a line of a vCard have this name (RFC 6350 3.3)? The underscore stands in names of Evolution. */
static bool is_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";

	return *name && name[strspn(name, allowed)] == '\0';
}

/* 10.5.1: with or without the group before it. */
static bool is_property_name(struct arena *arena, const char *name)
{
	const char *dot = strchr(name, '.');

	return is_name(dot ? dot + 1 : name) &&
		(!dot || is_name(arena_strndup(arena, name, (size_t)(dot - name))));
}

/* --- its parts (10.5.4, 10.5.2, 10.5.1) --- */

static enum dav_code parse_match(
	struct dav_exchange *x, const struct xml_element *e, struct card_text_match *match)
{
	const char *collation = xml_attr(e, "collation"), *type = xml_attr(e, "match-type");
	const char *negate = xml_attr(e, "negate-condition");
	size_t c = 0;

	while (collation && c < COUNT(collations) && !text_equal(collations[c].name, collation))
		c++;
	if (c == COUNT(collations))
		return dav_fail(x, DAV_CARD_SUPPORTED_COLLATION, "%s", collation);
	if (type && !dav_match_type(type, &match->type))
		return malformed(x, "match-type is contains, equals, starts-with or ends-with");
	if (negate && !text_equal(negate, "yes") && !text_equal(negate, "no"))
		return malformed(x, "negate-condition is yes or no");
	match->text = (struct cal_text_match){
		e->text, collations[c].collation, text_equal(negate, "yes")};
	return DAV_OK;
}

static enum dav_code parse_param(
	struct dav_exchange *x, const struct xml_element *element, struct card_param_filter *filter)
{
	static const char *const names[] = {"is-not-defined", "text-match", NULL};
	const struct xml_element *other = stranger(element, names);
	const struct xml_element *e = xml_child(element, NS_CARDDAV, "text-match");
	struct card_text_match *match = arena_alloc(x->arena, sizeof(*match));

	filter->name = xml_attr(element, "name");
	filter->is_not_defined = xml_child(element, NS_CARDDAV, "is-not-defined");
	if (!filter->name)
		return malformed(x, "a param-filter has a name");
	if (!is_name(filter->name) || other)
		return unsupported(x, other ? other : element);
	if (count_named(element, "text-match") + count_named(element, "is-not-defined") > 1)
		return malformed(x, "a param-filter holds one is-not-defined or text-match");
	if (!e)
		return DAV_OK;
	filter->match = match;
	return parse_match(x, e, match);
}

static enum dav_code parse_conditions(
	struct dav_exchange *x, const struct xml_element *element, struct card_prop_filter *filter)
{
	filter->n_matches = count_named(element, "text-match");
	filter->n_params = count_named(element, "param-filter");
	struct card_text_match *matches = arena_array(
		x->arena, filter->n_matches, sizeof(*matches));
	struct card_param_filter *params = arena_array(x->arena, filter->n_params, sizeof(*params));

	filter->matches = matches;
	filter->params = params;
	for (const struct xml_element *e = element->children; e; e = e->next) {
		enum dav_code code = DAV_OK;
		if (xml_is(e, NS_CARDDAV, "text-match"))
			code = parse_match(x, e, matches++);
		else if (xml_is(e, NS_CARDDAV, "param-filter"))
			code = parse_param(x, e, params++);
		if (code != DAV_OK)
			return code;
	}
	return DAV_OK;
}

static enum dav_code parse_prop(
	struct dav_exchange *x, const struct xml_element *element, struct card_prop_filter *filter)
{
	static const char *const names[] = {"is-not-defined", "text-match", "param-filter", NULL};
	const struct xml_element *other = stranger(element, names);
	size_t absent = count_named(element, "is-not-defined");

	filter->name = xml_attr(element, "name");
	filter->is_not_defined = absent;
	if (!filter->name)
		return malformed(x, "a prop-filter has a name");
	if (!parse_test(element, &filter->all))
		return malformed(x, "test is anyof or allof");
	if (!is_property_name(x->arena, filter->name) || other)
		return unsupported(x, other ? other : element);
	enum dav_code code = parse_conditions(x, element, filter);
	if (code == DAV_OK && absent && absent + filter->n_matches + filter->n_params > 1)
		return malformed(x, "is-not-defined stands alone");
	return code;
}

enum dav_code dav_card_filter_parse(
	struct dav_exchange *x, const struct xml_element *query, struct card_filter *filter)
{
	static const char *const names[] = {"prop-filter", NULL};
	const struct xml_element *element = xml_child(query, NS_CARDDAV, "filter");
	enum dav_code code = DAV_OK;
	size_t i = 0;

	*filter = (struct card_filter){0};
	if (!element && tolerates(TOLERATE_QUERY_NO_FILTER))
		return DAV_OK;
	if (count_named(query, "filter") != 1)
		return malformed(x, "an addressbook-query has one filter");
	if (!parse_test(element, &filter->all))
		return malformed(x, "test is anyof or allof");
	if (stranger(element, names))
		return unsupported(x, stranger(element, names));
	if (!dav_filter_is_small(element))
		return dav_fail(x, DAV_CARD_SUPPORTED_FILTER,
			"a filter has at most %d elements: ask for less, or twice",
			DAV_MAX_FILTERS);
	filter->n_props = count_named(element, "prop-filter");
	struct card_prop_filter *props = arena_array(x->arena, filter->n_props, sizeof(*props));
	filter->props = props;
	for (const struct xml_element *e = xml_child(element, NS_CARDDAV, "prop-filter");
		e && code == DAV_OK; e = xml_next(e, NS_CARDDAV, "prop-filter"))
		code = parse_prop(x, e, &props[i++]);
	return code;
}
