/* SPDX-License-Identifier: ISC */
/* Files to entries: what is no calendar is refused with words that help, every entry is checked as
 * PUT checks it. */
#include "src/base/text.h"
#include "src/import.h"
#include "ical/cal.h"

#include <string.h>

/* What people take for a calendar file. */
static const struct {
	const char *magic;
	size_t len;
	const char *words;
} not_calendars[] = {
	{"PK\003\004", 4,
		"this is a zip archive: unpack it and import the .ics files in it, or their "
		"folder"},
	{"\xff\xfe", 2, "this is UTF-16: save the file as UTF-8"},
	{"\xfe\xff", 2, "this is UTF-16: save the file as UTF-8"},
	{"\x1f\x8b", 2, "this is compressed with gzip: unpack it first"},
	{"BEGIN:VCARD", 11, "these are contacts (vCard), not a calendar"},
	{"<", 1, "this is a web page or XML, not an iCalendar file: was a log-in page saved?"},
	{"{", 1, "this is JSON, not an iCalendar file"},
};

static const char *complaint(const char *bytes, size_t len)
{
	for (size_t i = 0; i < sizeof(not_calendars) / sizeof(*not_calendars); i++)
		if (len >= not_calendars[i].len &&
			memcmp(bytes, not_calendars[i].magic, not_calendars[i].len) == 0)
			return not_calendars[i].words;
	return NULL;
}

void import_refuse(struct import_entry *entry, unsigned line, const char *why)
{
	entry->refused = why;
	entry->line = line;
}

static struct import_entry *new_entry(struct import *import, struct import_file *file)
{
	import->entries = arena_grow(import->arena, import->entries, &import->cap_entries,
		import->n_entries + 1, sizeof(*import->entries));
	struct import_entry *entry = &import->entries[import->n_entries++];
	*entry = (struct import_entry){.file = file};
	return entry;
}

/* The SUMMARY line of an entry that could not be read, so that people know which one it is. */
static const char *rough_summary(struct arena *arena, const char *bytes, size_t len)
{
	const char *line = memmem(bytes, len, "\nSUMMARY", 8);
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

static void inspect(struct import *import, struct import_entry *entry, struct arena *scratch)
{
	struct facts facts = {0};
	struct facts_fault fault = {0};

	if (entry->len > import->max_entry) {
		import_refuse(entry, import_find_line(scratch, entry, 0),
			arena_printf(import->arena, "it has %zu bytes, at most %zu are allowed",
				entry->len, import->max_entry));
	} else if (cal_accept(FACTS_CALENDAR, entry->bytes, entry->len, scratch, &facts, &fault)) {
		take_facts(import, entry, &facts);
		return;
	} else {
		import_refuse(entry, import_find_line(scratch, entry, fault.line),
			arena_strdup(import->arena, fault.text));
	}
	entry->summary = rough_summary(import->arena, entry->bytes, entry->len);
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
	if (!cal_split(import->arena, file->bytes, file->len, &split, &fault)) {
		*why = fault.text[0] ? arena_strdup(import->arena, fault.text)
				     : "this is no iCalendar file";
		*line = fault.line;
		return false;
	}
	file->title = split.name;
	file->color = split.color;
	struct arena *scratch = arena_new();
	for (size_t i = 0; i < split.n_items; i++) {
		struct import_entry *entry = new_entry(import, file);
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
		import_refuse(new_entry(import, &import->files[i]), *line, *why);
	}
	return true;
}
