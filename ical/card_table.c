/* SPDX-License-Identifier: ISC */
/*
 * The properties of vCards (card_table.h): RFC 2426 3 and 5, 4770; RFC 6350 6, 6474, 6715, 8605, 9554, 9555. Sorted by name,
 * for the binary search.
 */
#include "ical/card_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct card_prop props[] = {
	{"ADR", CARD_ANY, CARD_ANY, CARD_STRUCTURED, CARD_STRUCTURED, "6350 6.3.1"},
	{"AGENT", CARD_ANY, CARD_NEVER, CARD_CARD, CARD_URI, "2426 3.5.4"},
	{"ANNIVERSARY", CARD_NEVER, CARD_AT_MOST_ONE, CARD_DATE, CARD_DATE, "6350 6.2.6"},
	{"BDAY", CARD_AT_MOST_ONE, CARD_AT_MOST_ONE, CARD_DATE, CARD_DATE, "6350 6.2.5"},
	{"BIRTHPLACE", CARD_NEVER, CARD_AT_MOST_ONE, CARD_TEXT, CARD_TEXT, "6474 2.1"},
	{"CALADRURI", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6350 6.9.2"},
	{"CALURI", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6350 6.9.3"},
	{"CATEGORIES", CARD_ANY, CARD_ANY, CARD_TEXT_LIST, CARD_TEXT_LIST, "6350 6.7.1"},
	{"CLASS", CARD_AT_MOST_ONE, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 3.7.1"},
	{"CLIENTPIDMAP", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_STRUCTURED, "6350 6.7.7"},
	{"CONTACT-URI", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "8605 2.1"},
	{"CREATED", CARD_NEVER, CARD_AT_MOST_ONE, CARD_TIMESTAMP, CARD_TIMESTAMP, "9554 3.1"},
	{"DEATHDATE", CARD_NEVER, CARD_AT_MOST_ONE, CARD_DATE, CARD_DATE, "6474 2.3"},
	{"DEATHPLACE", CARD_NEVER, CARD_AT_MOST_ONE, CARD_TEXT, CARD_TEXT, "6474 2.2"},
	{"EMAIL", CARD_ANY, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.4.2"},
	{"EXPERTISE", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "6715 2.1"},
	{"FBURL", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6350 6.9.1"},
	{"FN", CARD_ONCE, CARD_AT_LEAST_ONE, CARD_TEXT, CARD_TEXT, "6350 6.2.1"},
	{"GENDER", CARD_NEVER, CARD_AT_MOST_ONE, CARD_STRUCTURED, CARD_STRUCTURED, "6350 6.2.7"},
	{"GEO", CARD_AT_MOST_ONE, CARD_ANY, CARD_GEO, CARD_URI, "6350 6.5.2"},
	{"GRAMGENDER", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "9554 3.2"},
	{"HOBBY", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "6715 2.2"},
	{"IMPP", CARD_ANY, CARD_ANY, CARD_URI, CARD_URI, "6350 6.4.3"},
	{"INTEREST", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "6715 2.3"},
	{"JSPROP", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "9555 3.2.1"},
	{"KEY", CARD_ANY, CARD_ANY, CARD_BINARY, CARD_URI, "6350 6.8.1"},
	{"KIND", CARD_NEVER, CARD_AT_MOST_ONE, CARD_TEXT, CARD_TEXT, "6350 6.1.4"},
	{"LABEL", CARD_ANY, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 3.2.2"},
	{"LANG", CARD_NEVER, CARD_ANY, CARD_LANGUAGE_TAG, CARD_LANGUAGE_TAG, "6350 6.4.4"},
	{"LANGUAGE", CARD_NEVER, CARD_AT_MOST_ONE, CARD_LANGUAGE_TAG, CARD_LANGUAGE_TAG,
		"9554 3.3"},
	{"LOGO", CARD_ANY, CARD_ANY, CARD_BINARY, CARD_URI, "6350 6.6.3"},
	{"MAILER", CARD_ANY, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 3.3.3"},
	{"MEMBER", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6350 6.6.5"},
	{"N", CARD_ONCE, CARD_AT_MOST_ONE, CARD_STRUCTURED, CARD_STRUCTURED, "6350 6.2.2"},
	{"NAME", CARD_AT_MOST_ONE, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 2.1.2"},
	{"NICKNAME", CARD_ANY, CARD_ANY, CARD_TEXT_LIST, CARD_TEXT_LIST, "6350 6.2.3"},
	{"NOTE", CARD_ANY, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.7.2"},
	{"ORG", CARD_ANY, CARD_ANY, CARD_STRUCTURED, CARD_STRUCTURED, "6350 6.6.4"},
	{"ORG-DIRECTORY", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6715 2.4"},
	{"PHOTO", CARD_ANY, CARD_ANY, CARD_BINARY, CARD_URI, "6350 6.2.4"},
	{"PRODID", CARD_AT_MOST_ONE, CARD_AT_MOST_ONE, CARD_TEXT, CARD_TEXT, "6350 6.7.3"},
	{"PROFILE", CARD_AT_MOST_ONE, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 2.1.1"},
	{"PRONOUNS", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "9554 3.4"},
	{"RELATED", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "6350 6.6.6"},
	{"REV", CARD_AT_MOST_ONE, CARD_AT_MOST_ONE, CARD_DATE, CARD_TIMESTAMP, "6350 6.7.4"},
	{"ROLE", CARD_ANY, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.6.2"},
	{"SOCIALPROFILE", CARD_NEVER, CARD_ANY, CARD_URI, CARD_URI, "9554 3.5"},
	{"SORT-STRING", CARD_AT_MOST_ONE, CARD_NEVER, CARD_TEXT, CARD_TEXT, "2426 3.6.5"},
	{"SOUND", CARD_ANY, CARD_ANY, CARD_BINARY, CARD_URI, "6350 6.7.5"},
	{"SOURCE", CARD_ANY, CARD_ANY, CARD_URI, CARD_URI, "6350 6.1.3"},
	{"TEL", CARD_ANY, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.4.1"},
	{"TITLE", CARD_ANY, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.6.1"},
	{"TZ", CARD_AT_MOST_ONE, CARD_ANY, CARD_UTC_OFFSET, CARD_TEXT, "6350 6.5.1"},
	{"UID", CARD_AT_MOST_ONE, CARD_AT_MOST_ONE, CARD_TEXT, CARD_URI, "6350 6.7.6"},
	{"URL", CARD_ANY, CARD_ANY, CARD_URI, CARD_URI, "6350 6.7.8"},
	{"VERSION", CARD_ONCE, CARD_ONCE, CARD_VERSION_NUMBER, CARD_VERSION_NUMBER, "6350 6.7.9"},
	{"XML", CARD_NEVER, CARD_ANY, CARD_TEXT, CARD_TEXT, "6350 6.1.5"},
};

#define N_PROPS (sizeof(props) / sizeof(props[0]))

static int compare(const void *key, const void *row)
{
	const struct cal_slice *name = key;
	const char *text = ((const struct card_prop *)row)->name;
	int order = strncasecmp(name->s, text, name->n);

	return order ? order : -(text[name->n] != '\0');
}

const struct card_prop *card_prop_named(struct cal_slice name)
{
	return bsearch(&name, props, N_PROPS, sizeof(props[0]), compare);
}

const struct card_prop *card_prop_at(size_t index)
{
	return index < N_PROPS ? &props[index] : NULL;
}

bool card_is_single(enum card_times times)
{
	return times == CARD_ONCE || times == CARD_AT_MOST_ONE;
}

enum card_version card_version_of(struct cal_slice value)
{
	static const char *const versions[] = {
		[CARD_2_1] = "2.1", [CARD_3_0] = "3.0", [CARD_4_0] = "4.0"};
	enum card_version at = CARD_2_1;

	while (at < CARD_NO_VERSION && !cal_slice_is(value, versions[at]))
		at++;
	return at;
}

struct cal_slice card_name(const struct cal_line *line, struct cal_slice *group)
{
	const char *dot = line->name.n ? memchr(line->name.s, '.', line->name.n) : NULL;

	*group = (struct cal_slice){line->name.s, dot ? (size_t)(dot - line->name.s) : 0};
	if (!dot)
		return line->name;
	return (struct cal_slice){dot + 1, line->name.n - group->n - 1};
}
