/* SPDX-License-Identifier: ISC */
/* Depth (RFC 4918 10.2) and the preferences of the client (RFC 7240, RFC 8144, and Microsoft's Brief). */
#include "webdav/server.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *text;
	enum dav_depth depth;
} depths[] = {
	{"0", DAV_DEPTH_0}, {"1", DAV_DEPTH_1}, {"infinity", DAV_DEPTH_INFINITY},
	{"1,noroot", DAV_DEPTH_1}, /* DEPTH_NOROOT; the collection itself is harmless */
};

static enum dav_code read_depth(struct dav_exchange *x)
{
	const char *header = dav_header(x, "Depth");
	const char *text = header ? text_trim(x->arena, header) : NULL;

	x->depth = DAV_DEPTH_NONE;
	if (!text || !*text)
		return DAV_OK;
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++)
		if (strcasecmp(text, depths[i].text) == 0 &&
			(!strchr(text, ',') || tolerates(TOLERATE_DEPTH_NOROOT))) {
			x->depth = depths[i].depth;
			return DAV_OK;
		}
	return dav_fail(x, DAV_BAD_REQUEST, "Depth is neither 0, 1 nor infinity");
}

/* The forms with a hyphen are those of drafts of RFC 7240. */
static void read_preference(struct dav_exchange *x, const char *one)
{
	bool old = tolerates(TOLERATE_PREFER_HYPHEN);

	x->minimal |= text_equal_nocase(one, "return=minimal") ||
		(old && text_equal_nocase(one, "return-minimal"));
	x->representation |= text_equal_nocase(one, "return=representation") ||
		(old && text_equal_nocase(one, "return-representation"));
}

static void read_prefer(struct dav_exchange *x)
{
	const struct dav_request *request = x->request;

	for (size_t i = 0; i < request->n_headers; i++) {
		const struct dav_header *header = &request->headers[i];
		if (strcasecmp(header->name, "Prefer") == 0) {
			char **list = text_split(x->arena, header->value, ',', NULL);
			for (; *list; list++)
				read_preference(x, *list);
		} else if (strcasecmp(header->name, "Brief") == 0 && tolerates(TOLERATE_BRIEF)) {
			x->minimal |= text_equal_nocase(text_trim(x->arena, header->value), "t");
		}
	}
}

enum dav_code dav_read_headers(struct dav_exchange *x)
{
	read_prefer(x);
	return read_depth(x);
}
