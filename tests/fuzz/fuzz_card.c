/* SPDX-License-Identifier: ISC */
/*
 * Cards on any bytes. What may be written can be read; what can be read answers queries, from memory as from its bytes, and
 * can be cut into parts. A conversion is the same each time, of what may be written it may be written, it tells no other
 * facts, and on the way there and back no property is lost.
 */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_INPUT (64 * 1024)
#define MAX_OUTPUT (8 * 1024 * 1024)

static bool inspect(struct arena *arena, const struct buf *card, struct facts *facts)
{
	return card_inspect(FACTS_ADDRESSBOOK, card->data, card->len, arena, facts, NULL);
}

static bool may_be_written(struct arena *arena, const struct buf *card, struct facts *facts)
{
	struct facts_fault fault = {0};
	bool fine = card_accept(FACTS_ADDRESSBOOK, card->data, card->len, arena, facts, &fault);

	assert(fine == (fault.code == CAL_OK));
	assert(fine || fault.text[0]);
	return fine;
}

/* ---- queries and parts ---- */

static void query(const struct buf *card, bool valid)
{
	static const char *const names[] = {
		"FN", "item1.TEL", "CATEGORIES", "KIND", "X-ADDRESSBOOKSERVER-KIND", "PHOTO"};
	static uint32_t number;
	unsigned char key[20] = {0};

	number++; /* other bytes, other key */
	memcpy(key, &number, sizeof(number));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		enum card_match_type type = (enum card_match_type)(i % 4);
		struct card_text_match match = {{"a", CAL_UNICODE_CASEMAP, i % 3 == 0}, type};
		struct card_param_filter param = {"TYPE", false, &match};
		struct card_prop_filter props[] = {
			{.name = names[i], .matches = &match, .n_matches = 1, .all = true},
			{.name = names[i], .params = &param, .n_params = 1},
			{.name = names[i]},
			{.name = names[i], .is_not_defined = true},
		};

		for (size_t k = i % 2; k < 4; k += 2) {
			struct card_filter filter = {.props = &props[k], .n_props = 1};
			enum cal_verdict known = card_match_remembered(&filter, key);
			bool found = card_match_learn(&filter, key, card->data, card->len);

			assert(found == card_match(&filter, card->data, card->len));
			assert(known == CAL_MAYBE || (known == CAL_YES) == found);
			known = card_match_remembered(&filter, key);
			assert(known == CAL_MAYBE || (known == CAL_YES) == found);
		}
		/* It has the property, or it has not. */
		struct card_filter either = {.props = &props[2], .n_props = 2};
		assert(!valid || card_match(&either, card->data, card->len));
	}
}

static void render(const struct buf *card, bool valid)
{
	const char *props[] = {"FN", "item1.TEL", "UID"};
	const bool novalue[] = {false, true, false};
	struct card_data_request request = {props, novalue, 3};
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	bool fine = card_render(&out, &request, card->data, card->len);
	assert(fine || out.len == 0);
	assert(!valid || fine);
	buf_free(&out);
}

/* ---- conversion ---- */

/* How often each property of the table stands there, but for what is word for word the same: a repetition may get lost. */
#define OTHERS 99
#define MAX_LINES 2000
struct census {
	size_t n[OTHERS + 1], n_seen;
	uint64_t seen[MAX_LINES];
};

static bool is_new(struct census *census, const struct cal_line *line)
{
	uint64_t hash = cal_hash(CAL_HASH_SEED, line->params.s, line->params.n);
	size_t i = 0;

	hash = cal_hash(hash + line->params.n, line->value.s, line->value.n);
	for (size_t k = 0; k < line->name.n; k++) {
		char upper = line->name.s[k] & (char)~0x20;
		hash = cal_hash(hash, &upper, 1);
	}
	while (i < census->n_seen && census->seen[i] != hash)
		i++;
	if (i < census->n_seen)
		return false;
	if (i < MAX_LINES)
		census->seen[census->n_seen++] = hash;
	return true;
}

static bool count(struct census *census, struct arena *arena, const struct buf *card)
{
	struct cal_object object;
	struct facts_fault fault;
	const struct cal_line *line;
	struct cal_slice group;

	*census = (struct census){0};
	if (!card_parse(&object, arena, card->data, card->len, &fault))
		return false;
	for (uint32_t at = 0; (line = cal_comp_next(&object, object.comps, &at));) {
		const struct card_prop *row = card_prop_named(card_name(line, &group));

		if (is_new(census, line))
			census->n[row ? row - card_prop_at(0) : OTHERS]++;
	}
	return true;
}

static bool same_facts(const struct facts *a, const struct facts *b)
{
	return strcmp(a->uid, b->uid) == 0 && a->class == b->class &&
		(a->flags & FACTS_DAYS) == (b->flags & FACTS_DAYS);
}

/* There and back: 3 -> 4 -> 3 keeps every property, and 4 -> 3 -> 4. */
static void convert_back(struct arena *arena, const struct buf *card, const struct buf *other,
	enum card_format home, const struct facts *facts)
{
	struct census before, after;
	struct facts found = {0};
	struct buf back;

	buf_init(&back, MAX_OUTPUT);
	assert(card_convert(&back, home, other->data, other->len));
	assert(may_be_written(arena, &back, &found));
	assert(same_facts(&found, facts));
	assert(count(&before, arena, card) && count(&after, arena, &back));
	for (size_t i = 0; i < OTHERS; i++)
		assert(after.n[i] >= before.n[i]);
	buf_free(&back);
}

static void convert(struct arena *arena, const struct buf *card, const struct facts *written)
{
	static const enum card_format formats[] = {CARD_VCARD_3, CARD_VCARD_4, CARD_JCARD};

	for (size_t i = 0; i < 3; i++) {
		enum card_format home = written && written->flags & FACTS_VCARD4 ? CARD_VCARD_4
										 : CARD_VCARD_3;
		struct facts found = {0};
		struct buf out, again;

		buf_init(&out, MAX_OUTPUT);
		buf_init(&again, MAX_OUTPUT);
		bool fine = card_convert(&out, formats[i], card->data, card->len);
		assert(fine || out.len == 0);
		assert(card_convert(&again, formats[i], card->data, card->len) == fine);
		assert(out.len == again.len &&
			(!fine || memcmp(out.data, again.data, out.len) == 0));
		if (fine && written && formats[i] != CARD_JCARD) {
			assert(may_be_written(arena, &out, &found));
			/* A date may have another name there. */
			assert(strcmp(found.uid, written->uid) == 0 &&
				found.class == written->class);
			convert_back(arena, card, &out, home, written);
		}
		buf_free(&out);
		buf_free(&again);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct facts facts = {0}, written = {0};
	struct buf card;

	if (size > MAX_INPUT) {
		arena_free(arena);
		return 0;
	}
	buf_init(&card, MAX_INPUT + 1);
	buf_add(&card, (const char *)data, size);
	/* A copy of just this size, so that reading beyond it is seen. */
	char *bytes = malloc(size ? size : 1);
	memcpy(bytes, size ? card.data : "", size);
	struct buf exact = {.data = bytes, .len = size, .cap = size};
	bool valid = inspect(arena, &exact, &facts);
	bool taken = may_be_written(arena, &exact, &written);
	assert(!valid || (facts.uid && facts.summary && facts.component == FACTS_VCARD));
	assert(!taken || (valid && same_facts(&facts, &written)));
	query(&exact, valid);
	render(&exact, valid);
	convert(arena, &exact, taken ? &written : NULL);
	free(bytes);
	buf_free(&card);
	arena_free(arena);
	return 0;
}
