/* SPDX-License-Identifier: ISC */
/*
 * Finding people: principal-property-search (RFC 3744 9.4) and principal-search-property-set
 * (9.5). Searched are the principals' names, mail and calendar user addresses, without regard
 * to case, as substrings; Apple's attributes `test` and `match-type` say otherwise. A household
 * is small: every principal is looked at.
 */
#include "webdav/report.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/person.h"
#include "webdav/prop.h"
#include "webdav/server.h"
#include "webdav/tolerance.h"
#include "webdav/verb.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* What can be searched. */
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

enum match_type { MATCH_CONTAINS, MATCH_EQUALS, MATCH_STARTS, MATCH_ENDS };

static const struct {
	const char *name;
	enum match_type type;
} match_types[] = {
	{"contains", MATCH_CONTAINS},
	{"equals", MATCH_EQUALS},
	{"starts-with", MATCH_STARTS},
	{"ends-with", MATCH_ENDS},
};

struct search {
	struct dav_wanted wanted;
	bool any;                           /* test="anyof" */
	const struct xml_element *criteria; /* first d:property-search */
	const struct account *accounts;
	size_t n_accounts, at;
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

/* "MAILTO:" is "mailto:", and so is all of an address here. */
static bool word_matches(
	struct arena *arena, const char *word, const char *text, enum match_type type)
{
	const char *hay = text_lower(arena, word), *needle = text_lower(arena, text);

	switch (type) {
	case MATCH_EQUALS:
		return text_equal(hay, needle);
	case MATCH_STARTS:
		return text_starts(hay, needle);
	case MATCH_ENDS:
		return text_ends(hay, needle);
	case MATCH_CONTAINS:
		return strstr(hay, needle);
	}
	return false;
}

static bool fact_matches(struct arena *arena, const struct account *account,
	enum dav_person_fact fact, const char *text, enum match_type type)
{
	const char *word;

	for (size_t n = 0; (word = dav_person_word(arena, account, fact, n)); n++)
		if (word_matches(arena, word, text, type))
			return true;
	return false;
}

static enum match_type type_of(const struct xml_element *match)
{
	const char *name = xml_attr(match, "match-type");

	for (size_t i = 0; name && i < COUNT(match_types); i++)
		if (text_equal(match_types[i].name, name))
			return match_types[i].type;
	return MATCH_CONTAINS;
}

/* One d:property-search: its properties are joined by AND (9.4), with test="anyof" by OR.
 * Those that can not be searched are passed over; when no other is there, nobody matches. */
static bool criterion_matches(struct dav_exchange *x, const struct search *s,
	const struct xml_element *e, const struct account *account)
{
	const struct xml_element *prop = xml_child(e, NS_DAV, "prop"),
				 *match = xml_child(e, NS_DAV, "match");
	size_t known = 0, hits = 0;

	if (!prop || !match)
		return false;
	const char *text = text_trim(x->row_arena, match->text);
	for (const struct xml_element *p = prop->children; p; p = p->next) {
		int row = row_of(p);
		if (row < 0)
			continue;
		known++;
		hits += fact_matches(
			x->row_arena, account, searchable[row].fact, text, type_of(match));
	}
	return s->any ? hits > 0 : known && hits == known;
}

static bool account_matches(
	struct dav_exchange *x, const struct search *s, const struct account *account)
{
	for (const struct xml_element *e = s->criteria; e;
		e = xml_next(e, NS_DAV, "property-search"))
		if (criterion_matches(x, s, e, account) == s->any)
			return s->any;
	return !s->any;
}

/* --- the report --- */

static bool principal_of(
	struct dav_exchange *x, const struct account *account, struct dav_resource *r)
{
	struct dav_path path;
	struct buf href;

	buf_init(&href, 8 * 1024);
	dav_principal_href(&href, account->name);
	enum dav_code code = dav_path_parse(x->row_arena, href.data, &path);
	buf_free(&href);
	if (code != DAV_OK)
		return false;
	*r = dav_resolve(x, &path);
	return r->exists && (dav_privileges(x, r) & PRIV_READ);
}

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct search *s = x->rows;
	struct dav_resource r;

	while (s->at < s->n_accounts) {
		const struct account *account = &s->accounts[s->at++];
		if (!account_matches(x, s, account) || !principal_of(x, account, &r))
			continue;
		dav_row(x, &r, &s->wanted, out);
		return true;
	}
	return false;
}

static enum dav_code check_depth(struct dav_exchange *x)
{
	bool zero = x->depth == DAV_DEPTH_0 || x->depth == DAV_DEPTH_NONE;

	if (!zero && !dav_tolerates(TOLERATE_SEARCH_ANY_DEPTH))
		return dav_fail(x, DAV_BAD_REQUEST, "principal reports have Depth: 0");
	return DAV_OK;
}

/* Does the search reach the users? By default it looks below the Request-URI (9.4). */
static bool reaches_users(const struct dav_exchange *x)
{
	return xml_child(x->xml, NS_DAV, "apply-to-principal-collection-set") ||
		x->target.kind & (DAV_ROOT | DAV_TOP | DAV_PRINCIPALS);
}

enum dav_code dav_report_principal_search(struct dav_exchange *x)
{
	struct search *s = arena_alloc(x->arena, sizeof(*s));
	const struct xml_element *prop = xml_child(x->xml, NS_DAV, "prop");

	enum dav_code code = check_depth(x);
	if (code == DAV_OK && prop)
		code = dav_wanted_parse(x, x->xml, &s->wanted);
	if (code != DAV_OK)
		return code;
	s->criteria = xml_child(x->xml, NS_DAV, "property-search");
	if (!s->criteria)
		return dav_fail(x, DAV_BAD_REQUEST, "there is no property-search");
	s->any = text_equal(xml_attr(x->xml, "test"), "anyof");
	if (reaches_users(x))
		s->accounts = account_list(x->server->store, x->snapshot, x->arena, &s->n_accounts);
	return dav_answer_rows(x, next_row, s);
}

enum dav_code dav_report_search_property_set(struct dav_exchange *x)
{
	struct buf body;

	enum dav_code code = check_depth(x);
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
