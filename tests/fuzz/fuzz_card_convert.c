/* SPDX-License-Identifier: ISC */
/*
 * Cards in other versions, of any bytes: what comes out is a card of that version, the way back and there again changes nothing
 * more, and a merge with itself keeps it. Two cards with an empty line between are merged.
 */
#include "ical/card.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT (64 * 1024)
#define MAX_OUTPUT (8 * 1024 * 1024)

static void init(struct buf out[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_init(&out[i], MAX_OUTPUT);
}

static void done(struct buf out[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_free(&out[i]);
}

static void turn(const char *bytes, size_t len, enum card_format there, enum card_format back)
{
	struct buf out[3];

	init(out, 3);
	if (card_convert(&out[0], there, bytes, len)) {
		assert(!card_convert(&out[1], there, out[0].data, out[0].len) && !out[1].len);
		assert(card_convert(&out[1], back, out[0].data, out[0].len));
		assert(card_convert(&out[2], there, out[1].data, out[1].len));
		assert(!card_convert(&out[2], CARD_AS_STORED, bytes, len));
	} else {
		assert(!out[0].len);
	}
	done(out, 3);
}

static void merge(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct buf out[2];

	init(out, 2);
	if (card_merge(&out[0], a, a_len, b, b_len))
		assert(card_convert(&out[1], CARD_VCARD_3, out[0].data, out[0].len));
	else
		assert(!out[0].len);
	done(out, 2);
}

/* Read as 3.0 and sent back untouched. */
static void merge_view(const char *bytes, size_t len)
{
	struct buf out[1];

	init(out, 1);
	if (card_convert(&out[0], CARD_VCARD_3, bytes, len))
		merge(bytes, len, out[0].data, out[0].len);
	done(out, 1);
}

static void upgrade(const char *bytes, size_t len)
{
	struct facts_fault fault = {0};
	struct buf out[2];

	init(out, 2);
	if (card_upgrade21(&out[0], bytes, len, &fault))
		assert(card_convert(&out[1], CARD_VCARD_4, out[0].data, out[0].len));
	else
		assert(!out[0].len && fault.text[0]);
	done(out, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct buf out[1];

	if (!ready)
		cal_init();
	ready = true;
	if (size > MAX_INPUT)
		return 0;
	/* A copy of just this size, so that reading beyond it is seen. */
	char *bytes = malloc(size ? size : 1);
	memcpy(bytes, size ? (const char *)data : "", size);
	turn(bytes, size, CARD_VCARD_4, CARD_VCARD_3);
	turn(bytes, size, CARD_VCARD_3, CARD_VCARD_4);
	init(out, 1);
	card_convert(&out[0], CARD_JCARD, bytes, size);
	done(out, 1);
	upgrade(bytes, size);
	merge_view(bytes, size);
	const char *gap = memmem(bytes, size, "\n\n", 2);
	if (gap)
		merge(bytes, (size_t)(gap - bytes), gap + 2, size - (size_t)(gap + 2 - bytes));
	free(bytes);
	return 0;
}
