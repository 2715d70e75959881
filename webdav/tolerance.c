/* SPDX-License-Identifier: ISC */
/*
 * The table of tolerances as data. See tolerance.h: what stands there is all there is.
 */
#include "webdav/tolerance.h"

const struct dav_tolerance_row dav_tolerances[TOLERATE_COUNT] = {
#define DAV_TOLERANCE_ROW(name, on, client, section, what) {#name, on, client, section, what},
	DAV_TOLERANCES(DAV_TOLERANCE_ROW)
#undef DAV_TOLERANCE_ROW
};

bool dav_tolerates(enum dav_tolerance tolerance)
{
	return dav_tolerances[tolerance].on;
}
