/* SPDX-License-Identifier: ISC */
/*
 * Finding people: principal-property-search (RFC 3744 9.4) and principal-search-property-set (9.5). Searched are the
 * principals' names, mail and calendar user addresses, as substrings under i;unicode-casemap; Apple's attributes `test`
 * and `match-type` say otherwise. A household is small: every principal whom the person may find (find.h) is looked at.
 */
#include "webdav/reports.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/filter.h"
#include "webdav/find.h"
#include "webdav/person.h"
#include "webdav/prop.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* What can be searched, what is searched most first (9.5). */
static const struct {
	const char *ns, *name;
	enum dav_person_fact fact;
	const char *description;
} searchable[] = {
	{NS_DAV, "displayname", PERSON_NAME, "Name"},
	{NS_CS, "email-address-set", PERSON_MAIL, "Mail address"},
	{NS_CALDAV, "calendar-user-address-set", PERSON_ADDRESS, "Calendar user address"},
	{NS_CALDAV, "calendar-home-set", PERSON_HOME, "Calendar home"},
	{NS_CALDAV, "calendar-user-type", PERSON_TYPE, "Type"},
};

struct search {
	struct dav_wanted wanted;
	unsigned kinds;                     /* whom it reaches: DAV_USER, DAV_GROUP */
	bool any;                           /* test="anyof" */
	const struct xml_element *criteria; /* first d:property-search */
	const struct household_principal *list;
	size_t n, at;
};

/* --- matching --- */

/* The row of a property, or -1: a property that nobody can search. */
static int row_of(const struct xml_element *prop)
{
	for (size_t i = 0; i < COUNT(searchable); i++)
		if (xml_is(prop, searchable[i].ns, searchable[i].name))
			return (int)i;
	return -1;
}

static struct card_text_match match_of(struct arena *arena, const struct xml_element *e)
{
	struct card_text_match match = {.text = {.collation = CAL_UNICODE_CASEMAP}};
	const char *name = xml_attr(e, "match-type");

	match.text.text = text_trim(arena, e->text);
	dav_match_type(name, &match.type);
	return match;
}

/* "MAILTO:" is "mailto:", and so is all of an address here. */
static bool fact_matches(struct arena *arena, const struct dav_principal *principal,
	enum dav_person_fact fact, const struct card_text_match *match)
{
	const char *word;

	for (size_t n = 0; (word = dav_person_word(arena, principal, fact, n)); n++)
		if (card_text_fits(match, word))
			return true;
	return false;
}

/* One d:property-search: its properties are joined by AND (9.4), with test="anyof" by OR.
 * Those that can not be searched are passed over; when no other is there, nobody matches. */
static bool criterion_matches(struct arena *arena, const struct search *s,
	const struct xml_element *e, const struct dav_principal *principal)
{
	const struct xml_element *prop = xml_child(e, NS_DAV, "prop"),
				 *text = xml_child(e, NS_DAV, "match");
	size_t known = 0, hits = 0;

	if (!prop || !text)
		return false;
	struct card_text_match match = match_of(arena, text);
	for (const struct xml_element *p = prop->children; p; p = p->next) {
		int row = row_of(p);
		if (row < 0)
			continue;
		known++;
		hits += fact_matches(arena, principal, searchable[row].fact, &match);
	}
	return s->any ? hits > 0 : known && hits == known;
}

static bool matches(
	struct arena *arena, const struct search *s, const struct dav_principal *principal)
{
	for (const struct xml_element *e = s->criteria; e;
		e = xml_next(e, NS_DAV, "property-search"))
		if (criterion_matches(arena, s, e, principal) == s->any)
			return s->any;
	return !s->any || !s->criteria;
}

/* --- the report --- */

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct search *s = x->rows;
	struct dav_principal principal;
	struct dav_resource r;

	while (s->at < s->n) {
		const struct household_principal *at = &s->list[s->at++];
		if (!(s->kinds & (at->group ? DAV_GROUP : DAV_USER)) ||
			!dav_may_find(x, at->path) ||
			!dav_principal_named(x, at->path, x->row_arena, &principal) ||
			!matches(x->row_arena, s, &principal) ||
			!dav_principal_resource(x, at->path, x->row_arena, &r))
			continue;
		dav_row(x, &r, &s->wanted, out);
		return true;
	}
	return false;
}

enum dav_code dav_check_depth_zero(struct dav_exchange *x)
{
	if (x->depth == DAV_DEPTH_0 || x->depth == DAV_DEPTH_NONE)
		return DAV_OK;
	return dav_fail(x, DAV_BAD_REQUEST, "this report has Depth: 0");
}

/* Who are members, at any depth, of the target, or of the principal collections (9.4). */
static unsigned reach(const struct dav_exchange *x)
{
	const char *collection = x->target.path.collection;

	if (xml_child(x->xml, NS_DAV, "apply-to-principal-collection-set") ||
		x->target.kind & (DAV_ROOT | DAV_TOP))
		return DAV_USER | DAV_GROUP;
	if (x->target.kind != DAV_PRINCIPALS)
		return 0;
	return text_ends(collection, "/users")     ? DAV_USER
		: text_ends(collection, "/groups") ? DAV_GROUP
						   : DAV_USER | DAV_GROUP;
}

/* What stands beside an empty d:prop, as if it stood inside. */
static const struct xml_element *props_beside(struct dav_exchange *x)
{
	static const char *const parts[] = {
		"property-search", "prop", "apply-to-principal-collection-set"};
	struct xml_element *holder = arena_alloc(x->arena, sizeof(*holder));
	struct xml_element *prop = arena_alloc(x->arena, sizeof(*prop)), **end = &prop->children;

	*holder = (struct xml_element){.ns = NS_DAV, .name = "x", .text = "", .children = prop};
	*prop = (struct xml_element){.ns = NS_DAV, .name = "prop", .text = "", .parent = holder};
	for (const struct xml_element *e = x->xml->children; e; e = e->next) {
		bool part = false;
		for (size_t i = 0; i < COUNT(parts); i++)
			part |= xml_is(e, NS_DAV, parts[i]);
		if (part)
			continue;
		*end = arena_memdup(x->arena, e, sizeof(*e));
		(*end)->next = NULL;
		end = &(*end)->next;
	}
	return holder;
}

static enum dav_code parse_wanted(struct dav_exchange *x, struct dav_wanted *wanted)
{
	const struct xml_element *prop = xml_child(x->xml, NS_DAV, "prop");

	if (!prop)
		return DAV_OK;
	if (!prop->children && tolerates(TOLERATE_SEARCH_PROPS_BESIDE))
		return dav_wanted_parse(x, props_beside(x), wanted);
	return dav_wanted_parse(x, x->xml, wanted);
}

enum dav_code dav_report_principal_search(struct dav_exchange *x)
{
	struct search *s = arena_alloc(x->arena, sizeof(*s));
	enum dav_code code = DAV_OK;

	if (!tolerates(TOLERATE_SEARCH_ANY_DEPTH))
		code = dav_check_depth_zero(x);
	if (code == DAV_OK)
		code = parse_wanted(x, &s->wanted);
	if (code != DAV_OK)
		return code;
	s->criteria = xml_child(x->xml, NS_DAV, "property-search");
	if (!s->criteria && !tolerates(TOLERATE_SEARCH_FOR_ALL))
		return dav_fail(x, DAV_BAD_REQUEST, "there is no property-search");
	s->any = text_equal(xml_attr(x->xml, "test"), "anyof");
	s->kinds = reach(x);
	s->list = household_list(dav_household(x), &s->n);
	return dav_answer_rows(x, next_row, s);
}

enum dav_code dav_report_search_property_set(struct dav_exchange *x)
{
	struct buf body;

	enum dav_code code = dav_check_depth_zero(x);
	if (code != DAV_OK)
		return code;
	buf_init(&body, 16 * 1024);
	buf_adds(&body, XML_HEAD "<d:principal-search-property-set" XML_NAMESPACES ">\n");
	for (size_t i = 0; i < COUNT(searchable); i++) {
		buf_adds(&body, "<d:principal-search-property><d:prop>");
		xml_empty(&body, searchable[i].ns, searchable[i].name);
		buf_addf(&body,
			"</d:prop><d:description xml:lang=\"en\">%s</d:description>"
			"</d:principal-search-property>\n",
			searchable[i].description);
	}
	buf_adds(&body, "</d:principal-search-property-set>\n");
	return dav_answer(x, DAV_OK, "application/xml; charset=utf-8", &body);
}
