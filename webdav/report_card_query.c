/* SPDX-License-Identifier: ISC */
/*
 * addressbook-query (RFC 6352 8.6): filter, limit, rows. Every property and parameter name can
 * be asked for; what has no meaning in a filter is refused (supported-filter), never passed
 * over. One call reads one card.
 */
#include "webdav/report.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/content.h"
#include "webdav/data.h"
#include "webdav/filter.h"
#include "webdav/prop.h"
#include "webdav/scan.h"
#include "webdav/server.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

struct query {
	struct dav_wanted wanted;
	struct card_filter filter;
	uint64_t limit, rows; /* limit 0: none */
	bool over;
	struct dav_scan scan;
};

static const struct {
	const char *name;
	enum cal_collation collation;
} collations[] = {
	{"i;unicode-casemap", CAL_UNICODE_CASEMAP},
	{"default", CAL_UNICODE_CASEMAP}, /* 8.3 */
	{"i;ascii-casemap", CAL_ASCII_CASEMAP},
	{"i;octet", CAL_OCTET},
};

static const struct {
	const char *name;
	enum card_match_type type;
} match_types[] = {
	{"contains", CARD_CONTAINS},
	{"equals", CARD_EQUALS},
	{"starts-with", CARD_STARTS},
	{"ends-with", CARD_ENDS},
};

/* --- the filter --- */

static enum dav_code unsupported(struct dav_exchange *x, const char *why)
{
	return dav_fail(x, DAV_CARD_SUPPORTED_FILTER, "%s", why);
}

static size_t count_named(const struct xml_element *element, const char *name)
{
	size_t count = 0;

	for (const struct xml_element *e = xml_child(element, NS_CARDDAV, name); e;
		e = xml_next(e, NS_CARDDAV, name))
		count++;
	return count;
}

/* Elements of CardDAV that are none of `names` (up to three, NULL ends). */
static bool has_others(const struct xml_element *element, const char *const names[3])
{
	for (const struct xml_element *e = element->children; e; e = e->next) {
		bool known = !text_equal(e->ns, NS_CARDDAV);
		for (size_t i = 0; i < 3 && names[i]; i++)
			known |= text_equal(e->name, names[i]);
		if (!known)
			return true;
	}
	return false;
}

/* test="anyof" (the default) or "allof". */
static bool parse_test(const struct xml_element *element, bool *all)
{
	const char *test = xml_attr(element, "test");

	*all = text_equal(test, "allof");
	return !test || *all || text_equal(test, "anyof");
}

static enum dav_code parse_match(
	struct dav_exchange *x, const struct xml_element *e, struct card_text_match *match)
{
	const char *collation = xml_attr(e, "collation"), *type = xml_attr(e, "match-type");
	const char *negate = xml_attr(e, "negate-condition");
	size_t c = 0, t = 0;

	while (collation && c < COUNT(collations) && !text_equal(collations[c].name, collation))
		c++;
	if (c == COUNT(collations))
		return dav_fail(x, DAV_CARD_SUPPORTED_COLLATION, "%s", collation);
	while (type && t < COUNT(match_types) && !text_equal(match_types[t].name, type))
		t++;
	if (t == COUNT(match_types) ||
		(negate && !text_equal(negate, "yes") && !text_equal(negate, "no")))
		return unsupported(x, "an attribute of text-match has an unknown value");
	match->text = (struct cal_text_match){
		e->text, collations[c].collation, text_equal(negate, "yes")};
	match->type = match_types[t].type;
	return DAV_OK;
}

static enum dav_code parse_param(
	struct dav_exchange *x, const struct xml_element *element, struct card_param_filter *filter)
{
	const struct xml_element *e = xml_child(element, NS_CARDDAV, "text-match");
	struct card_text_match *match = arena_alloc(x->arena, sizeof(*match));

	filter->name = xml_attr(element, "name");
	filter->is_not_defined = xml_child(element, NS_CARDDAV, "is-not-defined");
	if (!filter->name ||
		has_others(element, (const char *[3]){"is-not-defined", "text-match"}) ||
		count_named(element, "text-match") + filter->is_not_defined > 1)
		return unsupported(x, "param-filter is malformed");
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
	static const char *const allowed[3] = {"is-not-defined", "text-match", "param-filter"};

	filter->name = xml_attr(element, "name");
	filter->is_not_defined = xml_child(element, NS_CARDDAV, "is-not-defined");
	if (!filter->name || !*filter->name || has_others(element, allowed) ||
		!parse_test(element, &filter->all))
		return unsupported(x, "prop-filter is malformed");
	enum dav_code code = parse_conditions(x, element, filter);
	if (code == DAV_OK && filter->is_not_defined && filter->n_matches + filter->n_params)
		return unsupported(x, "is-not-defined stands alone");
	return code;
}

static enum dav_code parse_filter(struct dav_exchange *x, struct card_filter *filter)
{
	const struct xml_element *element = xml_child(x->xml, NS_CARDDAV, "filter");
	size_t i = 0;

	if (!element)
		return tolerates(TOLERATE_QUERY_NO_FILTER) ? DAV_OK
							   : unsupported(x, "there is no filter");
	if (has_others(element, (const char *[3]){"prop-filter"}) ||
		!parse_test(element, &filter->all))
		return unsupported(x, "filter is malformed");
	if (!dav_filter_is_small(element))
		return unsupported(x, "filter has too many elements");
	filter->n_props = count_named(element, "prop-filter");
	struct card_prop_filter *props = arena_array(x->arena, filter->n_props, sizeof(*props));
	filter->props = props;
	for (const struct xml_element *e = xml_child(element, NS_CARDDAV, "prop-filter"); e;
		e = xml_next(e, NS_CARDDAV, "prop-filter")) {
		enum dav_code code = parse_prop(x, e, &props[i++]);
		if (code != DAV_OK)
			return code;
	}
	return DAV_OK;
}

static enum dav_code parse_limit(struct dav_exchange *x, struct query *q)
{
	const struct xml_element *e = xml_child(x->xml, NS_CARDDAV, "limit");

	e = e ? xml_child(e, NS_CARDDAV, "nresults") : NULL;
	if (e && (!text_to_u64(text_trim(x->arena, e->text), &q->limit) || !q->limit))
		return dav_fail(x, DAV_BAD_REQUEST, "nresults is a number of at least 1");
	return DAV_OK;
}

/* --- rows --- */

static bool matches(struct dav_exchange *x, const struct query *q, const struct dav_resource *r)
{
	struct dav_content content;

	if (!q->filter.n_props)
		return true;
	if (dav_content_open(x, r, &content) != DAV_OK)
		return false;
	bool match = card_match(&q->filter, content.data, content.size);
	dav_content_close(&content);
	return match;
}

/* 8.6.2: there is more than the limit. */
static void truncate_row(struct dav_exchange *x, struct query *q, struct buf *out)
{
	struct buf href;

	buf_init(&href, 64 * 1024);
	dav_href(&href, &x->target);
	dav_row_status(out, href.data, DAV_NUMBER_OF_MATCHES);
	buf_free(&href);
	q->over = true;
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct query *q = x->rows;
	const struct dav_resource *collection;
	struct dav_resource r;

	if (q->over || !dav_scan_next(x, &q->scan, &r, &collection))
		return false;
	if (!matches(x, q, &r))
		return true;
	if (q->limit && q->rows++ == q->limit)
		truncate_row(x, q, out);
	else
		dav_row(x, &r, &q->wanted, out);
	return true;
}

enum dav_code dav_report_addressbook_query(struct dav_exchange *x)
{
	struct query *q = arena_alloc(x->arena, sizeof(*q));

	enum dav_code code = dav_wanted_parse(x, x->xml, &q->wanted);
	if (code == DAV_OK)
		code = dav_data_check(x, &q->wanted);
	if (code == DAV_OK)
		code = parse_filter(x, &q->filter);
	if (code == DAV_OK)
		code = parse_limit(x, q);
	if (code != DAV_OK)
		return code;
	dav_scan_start(x, &q->scan, DAV_CARD, PRIV_READ);
	return dav_answer_rows(x, next_row, q);
}
