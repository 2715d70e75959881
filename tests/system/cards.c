/* SPDX-License-Identifier: ISC */
/*
 * For test_cards_model.py, which knows no C: reads "FORMAT LENGTH" and LENGTH octets of a card, prints the length of the answer
 * and the answer; -1 is none. FORMAT is 3, 4, j, or "up" (2.1 to 3.0); "merge" is followed by two cards, each with its length:
 * the stored one and the one that was sent.
 */
#include "ical/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OUT ((size_t)64 * 1024 * 1024)

static char *card(size_t *len)
{
	if (scanf("%zu", len) != 1 || getchar() != '\n')
		exit(1);
	char *bytes = malloc(*len + 1);

	if (!bytes || fread(bytes, 1, *len, stdin) != *len)
		abort();
	return bytes;
}

static bool answer(struct buf *out, const char *what)
{
	static const struct {
		const char *what;
		enum card_format format;
	} formats[] = {{"3", CARD_VCARD_3}, {"4", CARD_VCARD_4}, {"j", CARD_JCARD}};
	size_t len;
	char *bytes = card(&len);
	bool fine = false;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(what, formats[i].what) == 0)
			fine = card_convert(out, formats[i].format, bytes, len);
	if (strcmp(what, "up") == 0)
		fine = card_upgrade21(out, bytes, len, NULL);
	if (strcmp(what, "merge") == 0) {
		size_t more;
		char *sent = card(&more);

		fine = card_merge(out, bytes, len, sent, more);
		free(sent);
	}
	free(bytes);
	return fine;
}

int main(void)
{
	char what[16];
	struct buf out;

	cal_init();
	while (scanf("%15s", what) == 1) {
		buf_init(&out, MAX_OUT);
		if (answer(&out, what)) {
			printf("%zu\n", out.len);
			fwrite(out.data, 1, out.len, stdout);
		} else {
			puts("-1");
		}
		fflush(stdout);
		buf_free(&out);
	}
	return 0;
}
