/* SPDX-License-Identifier: ISC */
/*
 * When two lines of cards say the same. Clients write one thing in many ways, TYPE in any case and order, base64 with blanks in
 * it; what was kept for a line (card_keep.c) must be found again all the same.
 */
#include "ical/card_items.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fold(uint64_t hash, char c)
{
	return cal_hash(hash, &c, 1);
}

static uint64_t fold_upper(uint64_t hash, struct cal_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = fold(hash, (char)toupper((unsigned char)text.s[i]));
	return hash;
}

/* Separators at the end say nothing: N:Verein is N:Verein;;;; */
static uint64_t canon_text(struct cal_slice value, enum card_shape shape)
{
	uint64_t hash = CAL_HASH_SEED;
	size_t held = 0;
	char last = '\0';
	bool escaped;

	for (size_t i = 0; i < value.n;) {
		char c = card_next_char(value, &i, &escaped);

		if (!escaped && c == ';' && card_separates(shape, c)) {
			held++;
			continue;
		}
		for (; held; held--)
			hash = fold(hash, '\x1e');
		hash = fold(hash, !escaped && card_separates(shape, c) ? '\x1f' : c);
		last = c;
	}
	return fold(hash, last ? '\0' : '\x1e');
}

/* Without what may stand between the digits (2425 5.8.4), so that 1980-02-29 is 19800229. */
static uint64_t canon_date(struct cal_slice value)
{
	uint64_t hash = CAL_HASH_SEED;

	for (size_t i = 0; i < value.n; i++) {
		bool between = i && i + 1 < value.n && isdigit((unsigned char)value.s[i - 1]) &&
			isdigit((unsigned char)value.s[i + 1]);

		if (!between || (value.s[i] != '-' && value.s[i] != ':'))
			hash = fold(hash, value.s[i]);
	}
	return hash;
}

/* The blanks that some clients leave in it are left out. */
static uint64_t canon_base64(struct cal_slice value)
{
	uint64_t hash = CAL_HASH_SEED;

	for (size_t i = 0, from = 0; i <= value.n; i++) {
		if (i < value.n && value.s[i] != ' ' && value.s[i] != '\t')
			continue;
		hash = cal_hash(hash, value.s + from, i - from);
		from = i + 1;
	}
	return hash;
}

static bool is_binary(const struct card_prop *prop)
{
	return prop && prop->value3 == CARD_BINARY;
}

static bool is_date(const struct card_prop *prop)
{
	return prop && (prop->value4 == CARD_DATE || prop->value4 == CARD_TIMESTAMP);
}

/* Is it the kind of value that the property has anyway, or one that we write so and they otherwise? */
static bool value_is_vain(
	const struct card_prop *prop, enum card_version version, struct cal_slice value)
{
	static const struct {
		const char *value;
		bool dates, uris, texts;
	} rows[] = {
		{"date", true, false, false},
		{"date-time", true, false, false},
		{"date-and-or-time", true, false, false},
		{"timestamp", true, false, false},
		{"uri", false, true, false},
		{"text", false, false, true},
	};
	enum card_value kind = !prop  ? CARD_CARD
		: version == CARD_4_0 ? prop->value4
				      : prop->value3;
	bool uris = kind == CARD_URI || kind == CARD_BINARY, texts = kind <= CARD_STRUCTURED;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (cal_slice_is(value, rows[i].value))
			return (rows[i].dates && is_date(prop)) || (rows[i].uris && uris) ||
				(rows[i].texts && texts);
	return false;
}

static bool type_is_vain(const struct card_item *item, struct cal_slice type)
{
	return (card_item_is(item, "EMAIL") && cal_slice_is(type, "INTERNET")) ||
		(card_item_is(item, "TEL") && cal_slice_is(type, "VOICE"));
}

/* A sum, so that order says nothing. */
static uint64_t canon_types(const struct card_item *item)
{
	struct card_types types = card_types_of(&item->line);
	struct cal_slice type;
	uint64_t sum = 0;

	while (card_type_next(&types, &type))
		if (type.n && !type_is_vain(item, type))
			sum += fold_upper(CAL_HASH_SEED ^ 1, type);
	return sum;
}

bool card_param_is_apart(struct cal_slice name)
{
	return cal_slice_starts(name, "X-") || cal_slice_is(name, "LANGUAGE");
}

static uint64_t canon_param(struct cal_slice name, struct cal_slice values)
{
	uint64_t hash = fold(fold_upper(CAL_HASH_SEED, name), '=');
	struct cal_slice value;

	while (cal_param_value(&values, &value)) {
		for (size_t i = 0; i < value.n; i++) {
			char next = i + 1 < value.n ? value.s[i + 1] : '\0';
			bool line = (value.s[i] == '^' && next == 'n') ||
				(value.s[i] == '\\' && (next == 'n' || next == 'N'));

			hash = fold(hash, line ? '\n' : value.s[i]);
			i += line;
		}
		hash = fold(hash, '\x1f');
	}
	return hash;
}

static uint64_t canon_params(const struct card_item *item, const struct card_prop *prop,
	enum card_version version, unsigned canon, bool is_data)
{
	struct cal_slice rest = item->line.params, name, values;
	uint64_t sum = 0;

	while (card_param_next(&rest, &name, &values, NULL)) {
		struct cal_slice copy = values, value = {0};

		cal_param_value(&copy, &value);
		if (cal_slice_is(name, "TYPE") ||
			((canon & CARD_CANON_BARE) && card_param_is_apart(name)) ||
			(cal_slice_is(name, "CHARSET") && cal_slice_is(value, "UTF-8")) ||
			(cal_slice_is(name, "VALUE") &&
				(is_data || value_is_vain(prop, version, value))) ||
			(cal_slice_is(name, "ENCODING") && card_is_base64(&item->line)))
			continue;
		sum += cal_slice_is(name, "VALUE") ? fold_upper(CAL_HASH_SEED, value)
						   : canon_param(name, values);
	}
	return sum;
}

uint64_t card_canon_value(const struct card_item *item, enum card_version version)
{
	const struct card_prop *prop = card_prop_named(item->line.name);
	struct cal_slice media, data;

	if (is_binary(prop) && card_data_uri(item->line.value, &media, &data))
		return canon_base64(data);
	if (is_binary(prop) && card_is_base64(&item->line))
		return canon_base64(item->line.value);
	if (is_date(prop) || (!prop && cal_slice_is(card_param(&item->line, "VALUE"), "date")))
		return canon_date(item->line.value);
	return canon_text(item->line.value, card_shape_of(prop, version));
}

uint64_t card_canon(const struct card_item *item, enum card_version version, unsigned canon)
{
	const struct card_prop *prop = card_prop_named(item->line.name);
	struct cal_slice media, data;
	uint64_t parts[3] = {0, canon_types(item), card_canon_value(item, version)};
	bool is_data = is_binary(prop) && card_data_uri(item->line.value, &media, &data);

	parts[0] = canon_params(item, prop, version, canon, is_data);
	if (is_data || (is_binary(prop) && card_is_base64(&item->line)))
		parts[0] += 1; /* a reference is something else than the thing */
	if (is_data) {
		struct arena *arena = arena_new();

		parts[1] += fold_upper(CAL_HASH_SEED ^ 1,
			card_slice(card_type_of_media(arena, item->line.name, media)));
		arena_free(arena);
	}
	uint64_t hash = cal_hash(
		fold_upper(CAL_HASH_SEED, item->line.name), (const char *)parts, sizeof(parts));
	if (!(canon & CARD_CANON_GROUP))
		return hash;
	bool ours = canon & CARD_CANON_OURS && card_group_is_ours(item->group);
	return card_canon_in(hash, ours ? card_slice("ours") : item->group);
}

uint64_t card_canon_in(uint64_t canon, struct cal_slice group)
{
	return fold_upper(fold(canon, '.'), group);
}

/* ---- lines by what they say ---- */

static int compare_entries(const void *a, const void *b)
{
	const struct card_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

void card_index_list(struct card_index *index, const struct card_list *list, unsigned canon)
{
	index->n = list->n;
	index->rows = arena_array(list->arena, list->n + 1, sizeof(*index->rows));
	for (size_t i = 0; i < list->n; i++)
		index->rows[i] = (struct card_entry){
			card_canon(&list->items[i], list->version, canon), i, 0};
	qsort(index->rows, index->n, sizeof(*index->rows), compare_entries);
}

static struct card_entry *find(struct card_index *index, uint64_t hash)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->rows[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < index->n && index->rows[low].hash == hash ? &index->rows[low] : NULL;
}

size_t card_index_take(struct card_index *index, uint64_t hash, bool *taken)
{
	struct card_entry *first = find(index, hash), *end = index->rows + index->n;

	for (; first && first + first->taken < end; first->taken++) {
		size_t item = first[first->taken].item;

		if (first[first->taken].hash != hash)
			break;
		if (!taken[item]) {
			taken[item] = true;
			return item;
		}
	}
	return CARD_NOTHING;
}
