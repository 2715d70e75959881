/* SPDX-License-Identifier: ISC */
/* Depth (RFC 4918 10.2), zones by reference (RFC 7809); preferences are read by prefer.c. */
#include "webdav/server.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"

#include <strings.h>

static const struct {
	const char *text;
	enum dav_depth depth;
} depths[] = {
	{"0", DAV_DEPTH_0},
	{"1", DAV_DEPTH_1},
	{"infinity", DAV_DEPTH_INFINITY},
};

static enum dav_code read_depth(struct dav_exchange *x)
{
	const char *header = dav_header(x, "Depth");
	const char *text = header ? text_trim(x->arena, header) : NULL;

	x->depth = DAV_DEPTH_NONE;
	if (!text || !*text)
		return DAV_OK;
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++)
		if (strcasecmp(text, depths[i].text) == 0) {
			x->depth = depths[i].depth;
			return DAV_OK;
		}
	/* What RFC 8144 4 calls depth-noroot. */
	if (strcasecmp(text, "1,noroot") == 0 && tolerates(TOLERATE_DEPTH_NOROOT)) {
		x->depth = DAV_DEPTH_1;
		x->noroot = true;
		return DAV_OK;
	}
	return dav_fail(x, DAV_BAD_REQUEST, "Depth is neither 0, 1 nor infinity");
}

/* RFC 7809 7.1. Without it objects go out as they were stored: clients that know nothing of zones by reference need those. */
static void read_zones(struct dav_exchange *x)
{
	const char *header = dav_header(x, "CalDAV-Timezones");
	const char *word = header ? text_trim(x->arena, header) : NULL;

	x->zones = text_equal_nocase(word, "T") ? CAL_ZONES_ALL
		: text_equal_nocase(word, "F")  ? CAL_ZONES_NONE
						: CAL_ZONES_AS_SENT;
}

enum dav_code dav_read_headers(struct dav_exchange *x)
{
	read_zones(x);
	dav_read_preferences(x);
	return read_depth(x);
}
