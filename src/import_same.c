/* SPDX-License-Identifier: ISC */
/*
 * Two questions about the text of entries: do two say the same, and where in the file does a line
 * of one stand. Both unfold (RFC 5545 3.1) and forget line ends.
 */
#include "src/base/text.h"
#include "src/import.h"

#include <string.h>
#include <strings.h>

/* A walk over the unfolded lines. */
struct lines {
	const char *at, *end;
	unsigned physical; /* line of the file where the current one begins, from 1 */
	unsigned next;     /* where the following one begins */
	struct buf text;   /* the current one */
};

static void lines_begin(struct lines *lines, const char *bytes, size_t len)
{
	*lines = (struct lines){.at = bytes, .end = bytes + len, .next = 1};
	buf_init(&lines->text, (size_t)1 << 30);
}

/* Appends one physical line without its end. */
static void take_line(struct lines *lines)
{
	const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	const char *next = stop ? stop + 1 : lines->end;

	stop = stop ? stop : lines->end;
	if (stop > lines->at && stop[-1] == '\r')
		stop--;
	buf_add(&lines->text, lines->at, (size_t)(stop - lines->at));
	lines->at = next;
	lines->next++;
}

static bool lines_next(struct lines *lines)
{
	buf_reset(&lines->text);
	do {
		if (lines->at >= lines->end)
			return false;
		lines->physical = lines->next;
		take_line(lines);
	} while (!lines->text.len);
	while (lines->at < lines->end && (*lines->at == ' ' || *lines->at == '\t')) {
		lines->at++;
		take_line(lines);
	}
	return true;
}

static bool begins(const struct lines *lines, const char *prefix)
{
	size_t len = strlen(prefix);

	return lines->text.len >= len && strncasecmp(lines->text.data, prefix, len) == 0;
}

static bool is_line(const struct lines *lines, const char *line)
{
	return lines->text.len == strlen(line) && begins(lines, line);
}

/* Goes to the next line that says something: outside of zones and of the calendar's own
 * properties. */
static bool next_telling(struct lines *lines, unsigned *depth)
{
	bool zone = false;

	while (lines_next(lines)) {
		if (is_line(lines, "BEGIN:VTIMEZONE"))
			zone = true;
		bool open = begins(lines, "BEGIN:"), close = begins(lines, "END:");
		*depth += open;
		bool inside = *depth > 1;
		*depth -= close && *depth;
		if (is_line(lines, "END:VTIMEZONE"))
			zone = false;
		else if (inside && !zone && !begins(lines, "DTSTAMP:") &&
			!begins(lines, "DTSTAMP;"))
			return true;
	}
	return false;
}

bool import_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct lines x, y;
	unsigned x_depth = 0, y_depth = 0;
	bool same = true, more = true;

	lines_begin(&x, a, a_len);
	lines_begin(&y, b, b_len);
	while (same && more) {
		more = next_telling(&x, &x_depth);
		same = next_telling(&y, &y_depth) == more &&
			(!more ||
				(x.text.len == y.text.len &&
					memcmp(x.text.data, y.text.data, x.text.len) == 0));
	}
	buf_free(&x.text);
	buf_free(&y.text);
	return same;
}

/* The unfolded line `number` of an entry; NULL when there are fewer. */
static const char *line_of(struct arena *arena, const struct import_entry *entry, unsigned number)
{
	struct lines lines;
	const char *found = NULL;

	lines_begin(&lines, entry->bytes, entry->len);
	for (unsigned i = 0; i < number && lines_next(&lines); i++)
		if (i + 1 == number)
			found = arena_strndup(arena, lines.text.data, lines.text.len);
	buf_free(&lines.text);
	return found;
}

/* Where a component begins in its file. */
struct place {
	size_t offset;
	unsigned line;
};

/* UID → where the first component with it begins; made once for a file, when the first entry is
 * refused. */
static void index_file(struct arena *arena, struct import_file *file)
{
	struct place place = {0};
	unsigned depth = 0;
	struct lines lines;

	file->places = map_new();
	lines_begin(&lines, file->bytes, file->len);
	for (const char *at = lines.at; lines_next(&lines); at = lines.at) {
		if (begins(&lines, "BEGIN:") && ++depth == 2)
			place = (struct place){(size_t)(at - file->bytes), lines.physical};
		else if (begins(&lines, "END:") && depth)
			depth--;
		else if (depth == 2 && begins(&lines, "UID:") &&
			!map_get(file->places, lines.text.data + 4))
			map_set(file->places, lines.text.data + 4,
				arena_memdup(arena, &place, sizeof(place)));
	}
	buf_free(&lines.text);
}

unsigned import_find_line(struct arena *arena, const struct import_entry *entry, unsigned line)
{
	struct import_file *file = entry->file;
	const char *wanted = line ? line_of(arena, entry, line) : NULL;
	unsigned depth = 0, found = 0;
	struct lines lines;

	if (entry->begin) /* a card: it has been found out (import_cards.c) */
		return entry->begin;
	if (!entry->uid)
		return 0;
	if (!file->places)
		index_file(file->arena, file);
	const struct place *place = map_get(file->places, entry->uid);
	if (!place)
		return 0;
	lines_begin(&lines, file->bytes + place->offset, file->len - place->offset);
	while (wanted && !found && lines_next(&lines)) {
		depth += begins(&lines, "BEGIN:");
		if (text_equal(lines.text.data, wanted))
			found = place->line + lines.physical - 1;
		if (begins(&lines, "END:") && --depth == 0)
			break;
	}
	buf_free(&lines.text);
	return found ? found : place->line;
}
