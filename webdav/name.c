/* SPDX-License-Identifier: ISC */
/*
 * Names: a decoded URL segment as a name in the tree, and back to one canonical URL (DESIGN.md 7, RFC 3986 2.1).
 *
 * In the tree '%', controls, '\\', ':', a leading '.', what HFS+ would not see, and the '~' of git's short names stand as
 * %XX; so the tree's name is decoded by plain percent-decoding, and two segments never get the same name.
 */
#include "webdav/resource.h"

#include "src/base/text.h"
#include "webdav/directory.h"
#include "webdav/exchange.h"

#include <stdint.h>
#include <string.h>

/* Names that git keeps for itself on some file system begin so: "git~1", "gi7eba~1", "mailma~1" (storage/name.c). */
static const char *const short_names[] = {"gi", "ma"};

/* Length of a code point that HFS+ ignores in names: U+200C-F, U+202A-E, U+206A-F, U+FEFF; else 0. */
static size_t unseen(const unsigned char *s)
{
	if (s[0] == 0xef)
		return s[1] == 0xbb && s[2] == 0xbf ? 3 : 0;
	if (s[0] != 0xe2)
		return 0;
	if (s[1] == 0x80 && ((s[2] >= 0x8c && s[2] <= 0x8f) || (s[2] >= 0xaa && s[2] <= 0xae)))
		return 3;
	return s[1] == 0x81 && s[2] >= 0xaa && s[2] <= 0xaf ? 3 : 0;
}

static bool is_short_name(const char *segment)
{
	for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++)
		if (text_starts_nocase(segment, short_names[i]))
			return true;
	return false;
}

static void put_escaped(struct buf *out, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addf(out, "%%%02X", bytes[i]);
}

char *dav_tree_name(struct arena *arena, const char *segment, enum dav_code *code)
{
	const unsigned char *s = (const unsigned char *)segment;
	bool tilde = is_short_name(segment);
	struct buf out;

	buf_init(&out, STORE_MAX_NAME);
	for (size_t skip; (skip = unseen(s)); s += skip)
		put_escaped(&out, s, skip);
	if (*s == '.')
		put_escaped(&out, s++, 1);
	for (; *s; s++)
		if (*s < 0x20 || *s == 0x7f || strchr("%\\:/", *s) || (tilde && *s == '~'))
			put_escaped(&out, s, 1);
		else
			buf_addc(&out, (char)*s);
	char *name = out.full || !out.len ? NULL : arena_strndup(arena, out.data, out.len);
	if (!name)
		*code = out.full ? DAV_URI_TOO_LONG : DAV_BAD_REQUEST;
	buf_free(&out);
	return name;
}

char *dav_url_name(struct arena *arena, const char *tree_name)
{
	return text_percent_decode(arena, tree_name, strlen(tree_name));
}

/* --- URLs --- */

/* Characters that stay as they are in a URL's segment: those of text_percent_encode. */
static bool stays(unsigned char c)
{
	static const char others[] = "-._~@+=,!$'()*";

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && memchr(others, c, sizeof(others) - 1));
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Appends a path of tree names as URL segments. Runs of plain characters go out whole: listings do this for each row. */
static void put_path(struct buf *out, const char *path)
{
	while (*path) {
		const char *run = path;
		while (stays((unsigned char)*path) || *path == '/')
			path++;
		buf_add(out, run, (size_t)(path - run));
		if (!*path)
			break;
		unsigned char c = (unsigned char)*path++;
		if (c == '%' && hex_digit(path[0]) >= 0 && hex_digit(path[1]) >= 0) {
			c = (unsigned char)(hex_digit(path[0]) * 16 + hex_digit(path[1]));
			path += 2;
		}
		if (stays(c))
			buf_addc(out, (char)c);
		else
			put_escaped(out, &c, 1);
	}
}

void dav_href_of(struct buf *out, const char *collection, const char *name)
{
	buf_adds(out, "/dav/");
	put_path(out, collection);
	buf_addc(out, '/');
	if (name)
		put_path(out, name);
}

void dav_href(struct buf *out, const struct dav_resource *resource)
{
	const struct dav_path *path = &resource->path;

	if (resource->kind & DAV_ANY_DIRECTORY) {
		dav_directory_href(out, path);
		return;
	}
	if (!path->collection) {
		buf_adds(out, resource->kind == DAV_ROOT ? "/" : "/dav/");
		return;
	}
	dav_href_of(out, path->collection, path->name);
	if (resource->kind & (DAV_USER | DAV_GROUP))
		buf_addc(out, '/');
}
