/* SPDX-License-Identifier: ISC */
/*
 * Range and If-Range (RFC 9110 13.1.5, 14). One range is answered with its bytes; several are answered with the whole, which
 * 14.2 leaves to the server: nobody asks a calendar for multipart/byteranges. What is no range of bytes is ignored (14.2).
 */
#include "webdav/range.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/cond.h"
#include "webdav/content.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>

#define UNIT "bytes="
#define DIGITS "0123456789"

/* A run of digits as a number; one that is too large is only larger than any body. */
static uint64_t number(struct arena *arena, const char *digits, size_t len)
{
	uint64_t value;

	return text_to_u64(arena_strndup(arena, digits, len), &value) ? value : UINT64_MAX;
}

/* One byte-range-spec (14.1.2); OK: it is none, or asks for everything. */
static enum dav_code read_spec(
	struct arena *arena, const char *spec, size_t size, struct dav_range *range)
{
	size_t n_first = strspn(spec, DIGITS);
	const char *end = spec + n_first + 1;
	size_t n_last = spec[n_first] == '-' ? strspn(end, DIGITS) : 0;

	if (spec[n_first] != '-' || end[n_last] || (!n_first && !n_last))
		return DAV_OK;
	uint64_t first = number(arena, spec, n_first), last = number(arena, end, n_last);
	if (!n_first) { /* the last so many bytes */
		if (!last)
			return DAV_RANGE_NOT_SATISFIABLE;
		if (!size)
			return DAV_OK; /* Content-Range has no words for nothing */
		range->size = last < size ? (size_t)last : size;
		range->from = size - range->size;
		return DAV_PARTIAL;
	}
	if (n_last && last < first)
		return DAV_OK;
	if (first >= size)
		return DAV_RANGE_NOT_SATISFIABLE;
	range->from = (size_t)first;
	range->size = size - range->from;
	if (n_last && last - first < range->size)
		range->size = (size_t)(last - first) + 1;
	return DAV_PARTIAL;
}

/* A date is a strong validator only where nothing else can have had it (RFC 9110 8.8.2.2): no commit before in the same
 * second; and for the owner alone, as what others see of an item changes with their rights, too. */
static bool date_holds(struct dav_exchange *x, int64_t when)
{
	uint64_t position = x->target.item->number >> STORE_INDEX_BITS;
	struct store_commit_ref commit, before;

	if (!dav_view_now(x, &x->target)->owner ||
		!store_commit_at(x->snapshot, position, &commit) || commit.time != when)
		return false;
	return !position || !store_commit_at(x->snapshot, position - 1, &before) ||
		before.time != when;
}

/* RFC 9110 13.1.5: the part is good only for who holds the rest of the same. */
static bool if_range_holds(struct dav_exchange *x)
{
	const char *header = dav_header(x, "If-Range");
	const char *text = header ? text_trim(x->arena, header) : NULL;
	char tag[DAV_MAX_TAG];
	int64_t when;

	if (!text)
		return true;
	if (clock_http_parse(text, &when))
		return date_holds(x, when);
	dav_selected_tag(x, &x->target, tag);
	return dav_tag_matches(text, strlen(text), tag, false);
}

enum dav_code dav_read_range(struct dav_exchange *x, size_t size, struct dav_range *range)
{
	const char *header = dav_header(x, "Range");
	enum dav_code code = DAV_OK;

	*range = (struct dav_range){0, size};
	dav_set_header(x, "Accept-Ranges", "bytes");
	/* RFC 9110 14.2: of GET alone. An object without its zones has the ETag of the one with them (content.h): parts of
	 * both must not be put together. */
	if (!header || x->zones != CAL_ZONES_AS_SENT || !text_equal(x->verb->name, "GET") ||
		!text_starts_nocase(header, UNIT) || !if_range_holds(x))
		return DAV_OK;
	size_t n;
	char **specs = text_split(x->arena, header + strlen(UNIT), ',', &n);
	if (n == 1)
		code = read_spec(x->arena, specs[0], size, range);
	if (code == DAV_PARTIAL)
		dav_set_header(x, "Content-Range",
			arena_printf(x->arena, "bytes %zu-%zu/%zu", range->from,
				range->from + range->size - 1, size));
	if (code == DAV_RANGE_NOT_SATISFIABLE)
		dav_set_header(x, "Content-Range", arena_printf(x->arena, "bytes */%zu", size));
	return code;
}
