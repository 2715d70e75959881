/* SPDX-License-Identifier: ISC */
/*
 * vCards (RFC 6350, 2426, 6352 5.1): one card with VERSION 3.0 or 4.0, FN and one UID. The content lines are those
 * of iCalendar; a property may carry a group ("item1.TEL"), which is cut off here.
 */
#include "ical/card.h"
#include "ical/card_internal.h"

#include <string.h>

struct card {
	struct cal_object object;
	const struct cal_line *uid, *fn, *version;
	enum facts_class class
		; /* the most secret one; vCard 4.0 has none, and its clients keep it */
	enum card_version is;
	bool days; /* may tell of birthday or anniversary */
	struct facts_fault *fault;
};

static bool refuse(
	struct card *card, enum cal_code code, const struct cal_line *line, const char *why)
{
	cal_fail(card->fault, (int)code, line ? line->number : 0, "%s", why);
	return false;
}

static bool keep(struct card *card, const struct cal_line *line)
{
	const struct {
		const char *name;
		const struct cal_line **slot;
		bool once;
	} rows[] = {{"UID", &card->uid, true}, {"VERSION", &card->version, true},
		{"FN", &card->fn, false}};
	struct cal_slice group, name = card_name(line, &group);

	card->days |= card_is_day(name);
	if (cal_slice_is(name, "CLASS") && cal_class_of(line->value) > card->class)
		card->class = cal_class_of(line->value);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!cal_slice_is(name, rows[i].name))
			continue;
		if (*rows[i].slot && rows[i].once)
			return refuse(card, CAL_MALFORMED, line, "UID or VERSION is given twice");
		if (!*rows[i].slot)
			*rows[i].slot = line;
	}
	return true;
}

static bool check(struct card *card)
{
	const struct cal_comp *top = &card->object.comps[0];
	const struct cal_line *line;

	if (top->next != CAL_NONE)
		return refuse(card, CAL_NOT_OBJECT,
			&card->object.lines[card->object.comps[top->next].begin],
			"several vCards in one resource");
	for (uint32_t at = top->begin; (line = cal_comp_next(&card->object, top, &at));)
		if (!keep(card, line))
			return false;
	if (!card->version)
		return refuse(card, CAL_MALFORMED, NULL, "VERSION is missing");
	card->is = card_version_of(card->version->value);
	if (card->is != CARD_3_0 && card->is != CARD_4_0)
		return refuse(card, CAL_VERSION, card->version, "VERSION is not 3.0 or 4.0");
	if (!card->uid || card->uid->value.n == 0)
		return refuse(card, CAL_NOT_OBJECT, card->uid, "UID is missing");
	if (card->uid->value.n > CAL_MAX_UID)
		return refuse(card, CAL_LIMIT, card->uid, "UID is too long");
	return card->fn || refuse(card, CAL_MALFORMED, NULL, "FN is missing");
}

bool card_inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	struct facts_fault unused;
	struct card card = {.fault = fault ? fault : &unused};
	struct arena *scratch = arena_new();
	bool fine;

	(void)kind;
	*card.fault = (struct facts_fault){0};
	fine = (len <= CAL_MAX_BYTES || refuse(&card, CAL_LIMIT, NULL, "the card is too large")) &&
		cal_check_bytes(bytes, len, card.fault) &&
		card_parse(&card.object, scratch, bytes, len, card.fault) && check(&card);
	if (fine)
		*facts = (struct facts){
			.uid = cal_slice_dup(arena, card.uid->value),
			.component = FACTS_VCARD,
			.class = card.class,
			.flags = (card.is == CARD_4_0 ? FACTS_VCARD4 : 0) |
				(card.days ? FACTS_DAYS : 0),
			.first = FACTS_ALWAYS,
			.last = FACTS_FOREVER,
			.summary = cal_text_unescape(arena, card.fn->value),
		};
	if (fine && fault)
		card_judge(&card.object, fault);
	arena_free(scratch);
	return fine;
}

bool card_accept(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	struct facts found = {0};
	struct facts_fault why = {0};
	bool fine = card_inspect(kind, bytes, len, arena, &found, &why) && why.code == CAL_OK;

	if (fine)
		*facts = found;
	else if (fault)
		*fault = why;
	return fine;
}
