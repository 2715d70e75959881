/* SPDX-License-Identifier: ISC */
/*
 * A URL by its shape alone: what it can name, never whether something is there. Decoded segment by segment (RFC 3986 2.4),
 * so that "%2F" and ".." cannot reach anything.
 */
#include "webdav/resource.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/directory.h"
#include "webdav/server.h"
#include "webdav/verb.h"

#include <string.h>
#include <strings.h>

#define MAX_TARGET 16384 /* bytes; longer: 414 */
#define MAX_SEGMENTS 64

/* Fixed segments, then how many free ones; the last free one is the item's name where `item` says so. */
static const struct shape {
	const char *fixed; /* store path of the fixed part; NULL: none */
	size_t n_fixed, n_free;
	enum dav_kind kind;
	bool item;
} shapes[] = {
	{"principals", 1, 0, DAV_PRINCIPALS, false},
	{"principals/users", 2, 0, DAV_PRINCIPALS, false},
	{"principals/groups", 2, 0, DAV_PRINCIPALS, false},
	{"principals/users", 2, 1, DAV_USER, true},
	{"principals/groups", 2, 1, DAV_GROUP, true},
	{"calendars", 1, 0, DAV_HOMES, false},
	{"calendars", 1, 1, DAV_CALENDAR_HOME, false},
	{"calendars", 1, 2, DAV_CALENDAR, false},
	{"calendars", 1, 3, DAV_EVENT, true},
	{"addressbooks", 1, 0, DAV_HOMES, false},
	{"addressbooks", 1, 1, DAV_ADDRESSBOOK_HOME, false},
	{"addressbooks", 1, 2, DAV_ADDRESSBOOK, false},
	{"addressbooks", 1, 3, DAV_CARD, true},
	{"files", 1, 0, DAV_HOMES, false},
	{"files", 1, 1, DAV_FOLDER, false},
	{"files", 1, MAX_SEGMENTS, DAV_FILE, true}, /* any number from 2 */
	{"directory", 1, 0, DAV_DIRECTORY, false},
	{"directory", 1, 1, DAV_DIRECTORY_CARD, true},
};

/* Never created (DESIGN.md 7): what later URLs, or other servers' conventions, stand for. */
static const char *const reserved[] = {
	"inbox", "outbox", "notifications", "attachments", DAV_ADD_MEMBER_NAME};

bool dav_reserved_collection(const char *segment)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(segment, reserved[i]) == 0)
			return true;
	return segment[0] == '.' || segment[0] == '@' || text_starts(segment, "calendar-proxy-");
}

/* The segments of a target, decoded. */
struct segments {
	char *text[MAX_SEGMENTS];
	size_t n;
	bool slash; /* the target ended with one */
};

/* Does it hold what a URL has percent-encoded only (RFC 3986 2.1)? */
static bool is_unencoded(const char *raw, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)raw[i] <= ' ' || (unsigned char)raw[i] > '~')
			return true;
	return false;
}

static enum dav_code add_segment(
	struct arena *arena, struct segments *segments, const char *raw, size_t len)
{
	if (!tolerates(TOLERATE_PATH_UNENCODED) && is_unencoded(raw, len))
		return DAV_BAD_REQUEST;
	char *text = text_percent_decode(arena, raw, len);

	if (!text || !*text || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return DAV_BAD_REQUEST;
	if (segments->n == MAX_SEGMENTS)
		return DAV_URI_TOO_LONG;
	segments->text[segments->n++] = text;
	return DAV_OK;
}

static enum dav_code split(struct arena *arena, const char *target, struct segments *segments)
{
	const char *end = target + strcspn(target, "?#");
	enum dav_code code = DAV_OK;

	if (*target != '/')
		return DAV_BAD_REQUEST;
	if (end - target > MAX_TARGET)
		return DAV_URI_TOO_LONG;
	segments->slash = end[-1] == '/';
	for (target++; target < end && code == DAV_OK;) {
		const char *stop = memchr(target, '/', (size_t)(end - target));
		stop = stop ? stop : end;
		code = add_segment(arena, segments, target, (size_t)(stop - target));
		target = stop + 1;
	}
	return code;
}

/* Does the store path `fixed` stand at segments 1…? */
static bool has_fixed(const struct segments *segments, const struct shape *shape)
{
	const char *rest = shape->fixed;

	if (segments->n < 1 + shape->n_fixed)
		return false;
	for (size_t i = 1; i <= shape->n_fixed; i++) {
		size_t len = strcspn(rest, "/");
		if (strlen(segments->text[i]) != len || memcmp(segments->text[i], rest, len) != 0)
			return false;
		rest += len + (rest[len] == '/');
	}
	return true;
}

static const struct shape *find_shape(const struct segments *segments)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *shape = &shapes[i];
		if (!has_fixed(segments, shape))
			continue;
		size_t n_free = segments->n - 1 - shape->n_fixed;
		if (n_free == shape->n_free || (shape->n_free == MAX_SEGMENTS && n_free > 1))
			return shape;
	}
	return NULL;
}

/* The free segments become the store path and the item's name. */
static enum dav_code fill(struct arena *arena, const struct segments *segments,
	const struct shape *shape, struct dav_path *path)
{
	size_t first = 1 + shape->n_fixed, last = segments->n - 1;
	bool item = shape->item && !(shape->kind == DAV_FILE && segments->slash);
	bool add = item && strcmp(segments->text[last], DAV_ADD_MEMBER_NAME) == 0;
	enum dav_code code = DAV_OK;

	path->collection = shape->fixed;
	path->add = add && (shape->kind & DAV_ITEM);
	for (size_t i = first; i < segments->n; i++) {
		const char *segment = segments->text[i];
		const char *name = dav_tree_name(arena, segment, &code);
		if (!name)
			return code;
		if (i == first)
			path->owner = segment;
		else
			path->reserved |= i == last && item ? add
							    : dav_reserved_collection(segment);
		if (i == last && item)
			path->name = name;
		else
			path->collection = arena_printf(arena, "%s/%s", path->collection, name);
	}
	return DAV_OK;
}

/* RFC 9112 3.2.2: a server must accept the absolute form. */
static const char *without_host(const char *target)
{
	const char *scheme = strstr(target, "://");

	if (*target == '/' || !scheme || memchr(target, '/', (size_t)(scheme - target)))
		return target;
	const char *path = strchr(scheme + 3, '/');
	return path ? path : "/";
}

enum dav_code dav_path_parse(struct arena *arena, const char *target, struct dav_path *path)
{
	struct segments segments = {.n = 0};
	struct dav_path found = {.kind = DAV_ROOT};
	enum dav_code code = split(arena, without_host(target), &segments);

	if (code != DAV_OK)
		return code;
	found.slash = segments.slash;
	if (segments.n == 1)
		found.kind = DAV_TOP;
	if (segments.n && strcmp(segments.text[0], "dav") != 0)
		return DAV_NOT_FOUND;
	if (segments.n > 1) {
		const struct shape *shape = find_shape(&segments);
		if (!shape)
			return DAV_NOT_FOUND;
		code = fill(arena, &segments, shape, &found);
		if (code != DAV_OK)
			return code;
		found.kind = shape->kind == DAV_FILE && segments.slash ? DAV_FOLDER : shape->kind;
		if (found.kind & DAV_ANY_DIRECTORY)
			dav_directory_place(arena, &found);
	}
	*path = found;
	return DAV_OK;
}

/* --- hosts --- */

/* Compares "host[:port]" without regard to case and to the usual ports: proxies speak https outside and http inside. */
static bool same_host(const char *a, size_t a_len, const char *b)
{
	static const char *const usual[] = {":80", ":443"};
	size_t b_len = strlen(b);

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(usual[i]);
		if (a_len > len && memcmp(a + a_len - len, usual[i], len) == 0)
			a_len -= len;
		if (b_len > len && memcmp(b + b_len - len, usual[i], len) == 0)
			b_len -= len;
	}
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static bool is_ours(const struct dav_exchange *x, const char *host, size_t len)
{
	const char *asked = x->request->host, *public_host = x->server->public_host;

	return (asked && same_host(host, len, asked)) ||
		(public_host && same_host(host, len, public_host));
}

char *dav_local_target(struct dav_exchange *x, const char *url, enum dav_code *code)
{
	char *text = text_trim(x->arena, url);
	char *scheme = strstr(text, "://"), *host = scheme ? scheme + 3 : NULL;

	if (*text == '/' && text[1] != '/')
		return text;
	if (!scheme || scheme == text || memchr(text, '/', (size_t)(scheme - text))) {
		*code = DAV_BAD_REQUEST;
		return NULL;
	}
	size_t len = strcspn(host, "/?#");
	char *at = memchr(host, '@', len);
	char *path = host[len] == '/' ? host + len : arena_strdup(x->arena, "/");
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (is_ours(x, host, len))
		return path;
	*code = DAV_BAD_GATEWAY;
	return NULL;
}
