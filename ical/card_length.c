/* SPDX-License-Identifier: ISC */
/*
 * How long converted cards are: listings tell the length of what GET gives (RFC 4918 15.4), and must not convert an address
 * book each time they do.
 */
#include "ical/card.h"
#include "ical/memo.h"

#include <string.h>

#define MAX_BYTES (4u * 1024 * 1024)

struct length {
	enum card_format format;
	size_t bytes;
};

static struct memo memory = MEMO_INIT(MAX_BYTES);

static bool look(void *context, const void *bytes, size_t len)
{
	struct length *wanted = context, found;

	if (len != sizeof(found))
		return false;
	memcpy(&found, bytes, len);
	if (found.format != wanted->format)
		return false;
	wanted->bytes = found.bytes;
	return true;
}

bool card_length_known(const unsigned char *id, enum card_format format, size_t *length)
{
	struct length wanted = {.format = format};

	if (!memo_ask(&memory, id, look, &wanted))
		return false;
	*length = wanted.bytes;
	return true;
}

void card_length_learn(const unsigned char *id, enum card_format format, size_t length)
{
	struct length learned;

	memset(&learned, 0, sizeof(learned));
	learned.format = format;
	learned.bytes = length;
	memo_keep(&memory, id, &learned, sizeof(learned));
}
