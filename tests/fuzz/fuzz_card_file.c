/* SPDX-License-Identifier: ISC */
/*
 * A file of cards on any bytes: its pieces stand one behind the other and leave nothing out but empty lines; what was mended
 * needs no more mending, and still says the same.
 */
#include "ical/card.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from && !strchr(" \t\r\n", *from))
			return false;
	return true;
}

static void check_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct arena *arena = arena_new();
	struct card_gist x, y;

	card_gist(&x, arena, a, a_len);
	card_gist(&y, arena, b, b_len);
	assert(memcmp(x.content, y.content, sizeof(x.content)) == 0);
	assert(x.n_words == y.n_words && x.n_mails == y.n_mails && x.n_phones == y.n_phones);
	arena_free(arena);
}

static void check_card(const char *bytes, size_t len)
{
	struct facts_fault fault = {0};
	unsigned mended = 0, again = 0;
	struct buf out, more;

	buf_init(&out, SIZE_MAX / 2);
	buf_init(&more, SIZE_MAX / 2);
	if (!card_mend(&out, bytes, len, &mended, &fault)) {
		assert(!out.len && fault.text[0]);
	} else if (mended) {
		assert(card_mend(&more, out.data, out.len, &again, &fault));
		assert(!again && !more.len);
		if (!(mended & (CARD_MENDED_FN | CARD_MENDED_VERSION)))
			check_same(bytes, len, out.data, out.len);
	} else {
		assert(!out.len);
	}
	buf_free(&out);
	buf_free(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	char *bytes = malloc(size + 1);
	struct card_piece piece;
	unsigned line = 0;

	if (!ready)
		cal_init();
	ready = true;
	if (size)
		memcpy(bytes, data, size);
	bytes[size] = '\0';
	struct card_file file = card_file_begin(bytes, size);
	const char *seen = file.at;
	while (card_file_next(&file, &piece)) {
		assert(piece.bytes >= seen && piece.len && is_blank(seen, piece.bytes));
		assert(piece.line > line);
		line = piece.line;
		seen = piece.bytes + piece.len;
		assert(card_piece_line(&piece, 0) == line && card_piece_line(&piece, 2) >= line);
		if (!piece.why)
			check_card(piece.bytes, piece.len);
	}
	assert(is_blank(seen, bytes + size));
	free(bytes);
	return 0;
}
