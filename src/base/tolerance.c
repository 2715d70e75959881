/* SPDX-License-Identifier: ISC */
/*
 * The table of tolerances as data. See tolerance.h: what stands there is all there is.
 */
#include "src/base/tolerance.h"

const struct tolerance_row tolerances[TOLERATE_COUNT] = {
#define TOLERANCE_ROW(name, on, client, section, test, what)                                       \
	{#name, on, client, section, test, what},
	TOLERANCES(TOLERANCE_ROW)
#undef TOLERANCE_ROW
};

bool tolerates(enum tolerance tolerance)
{
	return tolerances[tolerance].on;
}
