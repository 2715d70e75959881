/* SPDX-License-Identifier: ISC */
/* A vCard file to entries (ical/card.h cuts and mends): each card is checked as PUT checks it. */
#include "src/base/text.h"
#include "src/import.h"

#include <string.h>

static void refuse(struct import *import, struct import_entry *entry,
	const struct card_piece *piece, const struct facts_fault *fault)
{
	/* What was converted has other lines than the file. */
	bool same = fault->line && !(entry->mended & CARD_MENDED_VERSION);

	import_refuse(entry, same ? card_piece_line(piece, fault->line) : piece->line,
		arena_strdup(import->arena, fault->text));
	entry->summary = import_rough_text(import->arena, "\nFN", piece->bytes, piece->len);
}

/* The bytes of the file themselves, where nothing is missing: photos are not copied. */
static bool mend(struct import *import, struct import_entry *entry, const struct card_piece *piece,
	struct facts_fault *fault)
{
	struct buf out;

	entry->bytes = piece->bytes;
	entry->len = piece->len;
	/* Of what is too large nothing is made. */
	buf_init(&out, 2 * import->max_entry);
	bool fine = piece->len > import->max_entry ||
		card_mend(&out, piece->bytes, piece->len, &entry->mended, fault);
	if (fine && entry->mended) {
		entry->bytes = arena_strndup(import->arena, out.data, out.len);
		entry->len = out.len;
	}
	buf_free(&out);
	return fine;
}

static void inspect(struct import *import, struct import_entry *entry,
	const struct card_piece *piece, struct arena *scratch)
{
	struct facts_fault fault = {0};

	if (piece->why) {
		import_refuse(entry, piece->line, piece->why);
		entry->summary = import_rough_text(import->arena, "\nFN", piece->bytes, piece->len);
	} else if (mend(import, entry, piece, &fault) &&
		import_accept(import, entry, scratch, &fault)) {
		entry->gist = import_gist(import, &entry->facts, entry->bytes, entry->len);
	} else {
		refuse(import, entry, piece, &fault);
	}
}

bool import_read_cards(struct import *import, struct import_file *file, const char **why)
{
	struct card_file at = card_file_begin(file->bytes, file->len);
	struct arena *scratch = arena_new();
	size_t before = import->n_entries;
	struct card_piece piece;
	bool any = false;

	while (card_file_next(&at, &piece)) {
		struct import_entry *entry = import_new_entry(import, file);
		entry->begin = piece.line;
		inspect(import, entry, &piece, scratch);
		any |= !piece.why || text_starts_nocase(piece.bytes, "BEGIN:");
		arena_clear(scratch);
		if (import->progress)
			import->progress(import->payload, "reading", (size_t)(at.at - file->bytes),
				file->len);
	}
	arena_free(scratch);
	if (!any) {
		import->n_entries = before;
		*why = "there is no vCard in it";
	}
	return any;
}
