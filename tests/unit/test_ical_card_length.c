/* SPDX-License-Identifier: ISC */
/* Lengths of converted cards, as remembered (ical/card_length.c). */
#include "ical/card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define MANY 100000 /* more than are remembered */

static void remembers(void **state)
{
	unsigned char id[20] = "one card of some 20";
	size_t length = 7;

	(void)state;
	assert_false(card_length_known(id, CARD_VCARD_3, &length));
	assert_int_equal(length, 7);
	card_length_learn(id, CARD_VCARD_3, 1234);
	assert_true(card_length_known(id, CARD_VCARD_3, &length));
	assert_int_equal(length, 1234);
	/* of another version nothing is known, nor of another card */
	assert_false(card_length_known(id, CARD_VCARD_4, &length));
	id[0]++;
	assert_false(card_length_known(id, CARD_VCARD_3, &length));
}

static void is_bounded(void **state)
{
	unsigned char id[20] = {0};
	size_t known = 0, length;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t mixed = i * UINT32_C(2654435761);
		memcpy(id, &mixed, sizeof(mixed));
		card_length_learn(id, CARD_VCARD_3, i);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t mixed = i * UINT32_C(2654435761);
		memcpy(id, &mixed, sizeof(mixed));
		if (!card_length_known(id, CARD_VCARD_3, &length))
			continue;
		assert_int_equal(length, i);
		known++;
	}
	assert_in_range(known, 1000, MANY - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
