/* SPDX-License-Identifier: ISC */
/* What people call the properties of a card, and a card as entries (wording.h). Groups do not count: Apple numbers them anew. */
#include "ical/card_table.h"
#include "ical/wording.h"

/* The most telling first. */
static const struct wording table[] = {
	{"FN", "name", "names", WORDING_TEXT, WORDING_BARE | WORDING_SHOWN},
	{"N", "full name", "full names", WORDING_PARTS, WORDING_BARE},
	{"KIND", "kind", "kinds", WORDING_TEXT, WORDING_BARE | WORDING_SHOWN},
	{"X-ADDRESSBOOKSERVER-KIND", "kind", "kinds", WORDING_TEXT, WORDING_BARE | WORDING_SHOWN},
	{"PHOTO", "photo", "photos", WORDING_BYTES, 0},
	{"MEMBER", "member", "members", WORDING_TEXT, 0},
	{"X-ADDRESSBOOKSERVER-MEMBER", "member", "members", WORDING_TEXT, 0},
	{"TEL", "phone number", "phone numbers", WORDING_TEXT, WORDING_SHOWN},
	{"EMAIL", "e-mail address", "e-mail addresses", WORDING_TEXT, WORDING_SHOWN},
	{"ADR", "address", "addresses", WORDING_PARTS, 0},
	{"LABEL", "address label", "address labels", WORDING_TEXT, 0},
	{"IMPP", "messenger address", "messenger addresses", WORDING_TEXT, WORDING_SHOWN},
	{"URL", "web address", "web addresses", WORDING_TEXT, WORDING_SHOWN},
	{"SOCIALPROFILE", "profile", "profiles", WORDING_TEXT, WORDING_SHOWN},
	{"X-SOCIALPROFILE", "profile", "profiles", WORDING_TEXT, WORDING_SHOWN},
	{"BDAY", "birthday", "birthdays", WORDING_DATE, WORDING_SHOWN},
	{"ANNIVERSARY", "anniversary", "anniversaries", WORDING_DATE, WORDING_SHOWN},
	{"DEATHDATE", "date of death", "dates of death", WORDING_DATE, WORDING_SHOWN},
	{"X-ABDATE", "date", "dates", WORDING_DATE, WORDING_SHOWN},
	{"NICKNAME", "nickname", "nicknames", WORDING_LIST, WORDING_SHOWN},
	{"ORG", "organisation", "organisations", WORDING_PARTS, WORDING_SHOWN},
	{"TITLE", "job title", "job titles", WORDING_TEXT, WORDING_SHOWN},
	{"ROLE", "role", "roles", WORDING_TEXT, WORDING_SHOWN},
	{"CATEGORIES", "category", "categories", WORDING_LIST, WORDING_SHOWN},
	{"NOTE", "note", "notes", WORDING_TEXT, 0},
	{"RELATED", "relation", "relations", WORDING_TEXT, 0},
	{"X-ABRELATEDNAMES", "relation", "relations", WORDING_TEXT, 0},
	{"GENDER", "gender", "genders", WORDING_PARTS, 0},
	{"LANG", "language", "languages", WORDING_TEXT, WORDING_SHOWN},
	{"GEO", "place", "places", WORDING_TEXT, 0},
	{"TZ", "time zone", "time zones", WORDING_TEXT, WORDING_SHOWN},
	{"KEY", "key", "keys", WORDING_BYTES, 0},
	{"LOGO", "logo", "logos", WORDING_BYTES, 0},
	{"SOUND", "sound", "sounds", WORDING_BYTES, 0},
	{"CLASS", "privacy", "privacies", WORDING_TEXT, WORDING_SHOWN},
	{"X-ABLABEL", "label", "labels", WORDING_TEXT, 0},
	{"UID", "UID", "UIDs", WORDING_TEXT, WORDING_BARE},
	{"VERSION", "version", "versions", WORDING_TEXT, WORDING_QUIET},
	{"REV", "revision", "revisions", WORDING_TEXT, WORDING_QUIET},
	{"PRODID", "program", "programs", WORDING_TEXT, WORDING_QUIET},
	{"PROFILE", "profile", "profiles", WORDING_TEXT, WORDING_QUIET},
	/* what is kept for another version's sake (card_keep.c) */
	{"X-DAYBOOK-V3", "detail of vCard 3.0", "details of vCard 3.0", WORDING_TEXT,
		WORDING_QUIET},
	{"X-DAYBOOK-V4", "detail of vCard 4.0", "details of vCard 4.0", WORDING_TEXT, 0},
};

static enum wording_form form_of(struct cal_slice name)
{
	const struct card_prop *row = card_prop_named(name);

	if (row && (row->value4 == CARD_STRUCTURED || row->value3 == CARD_STRUCTURED))
		return WORDING_PARTS;
	return row && row->value4 == CARD_TEXT_LIST ? WORDING_LIST : WORDING_TEXT;
}

void card_entries(struct entries *entries, const struct cal_object *object)
{
	const struct cal_line *line;

	entries->table = table;
	entries->n_table = sizeof(table) / sizeof(*table);
	for (uint32_t at = object->comps[0].begin;
		(line = cal_comp_next(object, &object->comps[0], &at));) {
		struct cal_slice group, name = card_name(line, &group);
		entries_add_line(entries, line, name, form_of(name));
	}
}
