/* SPDX-License-Identifier: ISC */
/* The inside of changes (api_changes.h), derived when it is asked for: both versions are read and compared, so many and no more. */
#include "src/api_changes.h"

#include "ical/changes.h"
#include "src/base/text.h"

#include <string.h>

static json_t *to_json(const struct cal_change *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n && i < LOG_MAX_TOLD; i++)
		json_array_append_new(array,
			json_pack("{s:s, s:s, s:o, s:b}", "kind", cal_change_word(list[i].kind),
				"property", list[i].property, "text", api_text(list[i].text),
				"loss", list[i].loss));
	return array;
}

static json_t *compare(struct log_budget *budget, const struct store_bytes *before,
	const struct store_bytes *after)
{
	const struct cal_change *list;
	json_t *json = NULL;
	size_t n;

	/* A large card more does not matter; many of them do. */
	budget->compared++;
	budget->bytes += before->size + after->size;
	struct arena *arena = arena_new();
	if (cal_changes(arena, &list, &n, before->data, before->size, after->data, after->size))
		json = to_json(list, n);
	arena_free(arena);
	return json;
}

static bool is_entry(const struct store_log_change *change)
{
	return change->what == 'M' && change->name &&
		(text_starts(change->collection, "calendars/") ||
			text_starts(change->collection, "addressbooks/"));
}

json_t *log_changes_in(
	struct store *store, struct log_budget *budget, const struct store_log_change *change)
{
	struct store_bytes before, after;
	json_t *json = NULL;

	if (!is_entry(change) || budget->compared >= LOG_MAX_COMPARED ||
		budget->bytes >= LOG_MAX_COMPARED_BYTES ||
		store_read(store, &change->before, &before) != STORE_OK)
		return json_null();
	if (store_read(store, &change->after, &after) == STORE_OK) {
		json = compare(budget, &before, &after);
		store_bytes_free(&after);
	}
	store_bytes_free(&before);
	return json ? json : json_null();
}

json_t *log_bulk_json(struct dav_glance *glance, struct arena *arena, const struct log_bulk *bulk)
{
	size_t n = bulk->n, before = 0, after = 0;

	if (n < LOG_FEW || !bulk->first)
		return json_null();
	bool counted = dav_glance_count(glance, bulk->path, bulk->first - 1, &before) &&
		dav_glance_count(glance, bulk->path, bulk->last, &after) && before >= n;
	/* Of one commit only so many changes are told (store.h). */
	if (counted && !bulk->one_by_one && before > after && before - after > n)
		n = before - after;
	const char *of = counted ? arena_printf(arena, " of %zu", before) : "";
	return json_pack("{s:I, s:o, s:o, s:o}", "removed", (json_int_t)n, "of",
		counted ? json_integer((json_int_t)before) : json_null(), "collection",
		api_text(bulk->known), "text",
		api_text(arena_printf(arena, "removed %zu%s %s%s", n, of,
			text_starts(bulk->path, "addressbooks/") ? "cards" : "entries",
			bulk->one_by_one ? ", one by one" : "")));
}
