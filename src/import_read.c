/* SPDX-License-Identifier: ISC */
/* Files to entries: what is no calendar is refused with words that help, every entry is checked as
 * PUT checks it. */
#include "src/api_place.h"
#include "src/base/text.h"
#include "src/import.h"
#include "ical/cal.h"

#include <stdio.h>
#include <string.h>

#define CSV "this is a table (CSV): export the contacts as vCard"

/* What people take for a calendar file, or a file of contacts. */
static const struct {
	const char *magic;
	size_t len;
	const char *words;
} neither[] = {
	{"PK\003\004", 4,
		"this is a zip archive: unpack it and import the .ics files in it, or their "
		"folder"},
	{"\xff\xfe", 2, "this is UTF-16: save the file as UTF-8"},
	{"\xfe\xff", 2, "this is UTF-16: save the file as UTF-8"},
	{"\x1f\x8b", 2, "this is compressed with gzip: unpack it first"},
	{"B\0E\0", 4, "this is UTF-16: save the file as UTF-8"},
	{"\0B\0E", 4, "this is UTF-16: save the file as UTF-8"},
	{"<", 1,
		"this is a web page or XML, not an iCalendar or vCard file: was a log-in page saved?"},
	{"{", 1, "this is JSON, not an iCalendar or vCard file"},
	{"Name,", 5, CSV},
	{"First Name,", 11, CSV},
};

static const char *complaint(const char *bytes, size_t len)
{
	for (size_t i = 0; i < sizeof(neither) / sizeof(*neither); i++)
		if (len >= neither[i].len && memcmp(bytes, neither[i].magic, neither[i].len) == 0)
			return neither[i].words;
	return NULL;
}

void import_refuse(struct import_entry *entry, unsigned line, const char *why)
{
	entry->refused = why;
	entry->line = line;
}

struct import_entry *import_new_entry(struct import *import, struct import_file *file)
{
	import->entries = arena_grow(import->arena, import->entries, &import->cap_entries,
		import->n_entries + 1, sizeof(*import->entries));
	struct import_entry *entry = &import->entries[import->n_entries++];
	*entry = (struct import_entry){.file = file};
	return entry;
}

const char *import_rough_text(
	struct arena *arena, const char *prefix, const char *bytes, size_t len)
{
	const char *line = memmem(bytes, len, prefix, strlen(prefix));
	const char *end = line ? memchr(line + 1, '\n', len - (size_t)(line + 1 - bytes)) : NULL;
	const char *colon = end ? memchr(line, ':', (size_t)(end - line)) : NULL;

	if (!colon)
		return NULL;
	return text_clean_line(arena,
		text_trim(arena, arena_strndup(arena, colon + 1, (size_t)(end - colon - 1))), 100);
}

/* Facts outlive the arena of the inspection. */
static void take_facts(struct import *import, struct import_entry *entry, const struct facts *facts)
{
	entry->facts = *facts;
	entry->facts.uid = arena_strdup(import->arena, facts->uid);
	entry->facts.summary = NULL;
	entry->uid = entry->facts.uid;
	entry->summary = facts->summary ? text_clean_line(import->arena, facts->summary, 100)
					: NULL;
}

bool import_accept(struct import *import, struct import_entry *entry, struct arena *scratch,
	struct facts_fault *fault)
{
	struct facts facts = {0};

	if (entry->len > import->max_entry) {
		*fault = (struct facts_fault){.code = CAL_LIMIT};
		snprintf(fault->text, sizeof(fault->text),
			"it has %zu bytes, at most %zu are allowed", entry->len, import->max_entry);
		return false;
	}
	if (!cal_accept(entry->file->kind, entry->bytes, entry->len, scratch, &facts, fault))
		return false;
	take_facts(import, entry, &facts);
	return true;
}

static void inspect(struct import *import, struct import_entry *entry, struct arena *scratch)
{
	struct facts_fault fault = {0};

	if (import_accept(import, entry, scratch, &fault))
		return;
	import_refuse(entry, import_find_line(scratch, entry, fault.line),
		arena_strdup(import->arena, fault.text));
	entry->summary = import_rough_text(import->arena, "\nSUMMARY", entry->bytes, entry->len);
}

/* ---- which kind of file it is, and whether it may go where it is sent ---- */

static enum facts_kind kind_of(const struct import *import, const struct import_file *file)
{
	size_t skip = strspn(file->bytes, " \t\r\n");
	const char *begin = file->bytes + (skip < file->len ? skip : file->len);

	if (text_starts_nocase(begin, "BEGIN:VCARD"))
		return FACTS_ADDRESSBOOK;
	if (text_starts_nocase(begin, "BEGIN:VCALENDAR"))
		return FACTS_CALENDAR;
	if (import->kind)
		return import->kind;
	return file->name && text_ends(text_lower(import->arena, file->name), ".vcf")
		? FACTS_ADDRESSBOOK
		: FACTS_CALENDAR;
}

/* Is it a file for us at all? */
static bool holds_objects(const struct import_file *file)
{
	static const char begin[] = "BEGIN:V";

	for (size_t i = 0; i + strlen(begin) <= file->len; i++)
		if ((i == 0 || file->bytes[i - 1] == '\n') &&
			text_starts_nocase(file->bytes + i, begin))
			return true;
	return false;
}

/* A calendar and a book may have the same name; where only the other one is there, it is what was meant. */
static const char *misplaced(struct import *import, const struct import_file *file)
{
	static const char *const tops[] = {"calendars", "addressbooks"};
	bool cards = file->kind == FACTS_ADDRESSBOOK, there[2];

	if (!import->collection)
		return NULL;
	struct store_snapshot *snapshot = store_snapshot(import->store);
	for (size_t i = 0; i < 2; i++)
		there[i] = store_collection(snapshot,
			place_path(import->arena, tops[i], import->user, import->collection));
	store_snapshot_free(snapshot);
	import->misplaced = !there[cards] && there[!cards];
	if (!import->misplaced)
		return NULL;
	return arena_printf(import->arena,
		cards ? "these are contacts, but %s/%s is a calendar: name an address book, like "
			"%s/" IMPORT_BOOK
		      : "this is a calendar, but %s/%s is an address book: name a calendar of %s",
		import->user, import->collection, import->user);
}

/* One file's entries; false: the whole file is refused, *why and *line say why. */
static bool read_file(
	struct import *import, struct import_file *file, const char **why, unsigned *line)
{
	struct cal_split split = {0};
	struct facts_fault fault = {0};

	if (file->len >= 3 && memcmp(file->bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		file->bytes += 3;
		file->len -= 3;
	}
	file->arena = import->arena;
	*line = 0;
	*why = complaint(file->bytes, file->len);
	if (*why)
		return false;
	file->kind = kind_of(import, file);
	*why = misplaced(import, file);
	if (*why)
		return false;
	if (file->kind == FACTS_ADDRESSBOOK)
		return import_read_cards(import, file, why);
	if (!cal_split(import->arena, file->bytes, file->len, &split, &fault)) {
		*why = !holds_objects(file) || !fault.text[0]
			? "there are neither iCalendar data nor vCards in it"
			: arena_strdup(import->arena, fault.text);
		*line = fault.line;
		return false;
	}
	file->title = split.name;
	file->color = split.color;
	struct arena *scratch = arena_new();
	for (size_t i = 0; i < split.n_items; i++) {
		struct import_entry *entry = import_new_entry(import, file);
		entry->uid = split.items[i].uid;
		entry->bytes = split.items[i].bytes;
		entry->len = split.items[i].len;
		entry->facts.component = split.items[i].component;
		inspect(import, entry, scratch);
		arena_clear(scratch);
		if (import->progress)
			import->progress(import->payload, "reading", i + 1, split.n_items);
	}
	arena_free(scratch);
	return true;
}

bool import_read(struct import *import, const char **why, unsigned *line)
{
	for (size_t i = 0; i < import->n_files; i++) {
		if (read_file(import, &import->files[i], why, line))
			continue;
		if (import->n_files == 1)
			return false;
		import_refuse(import_new_entry(import, &import->files[i]), *line, *why);
	}
	return true;
}
