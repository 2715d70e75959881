/* SPDX-License-Identifier: ISC */
/*
 * What may stand where in the tree: names, places, and the fan-out h/h. The layout itself is
 * described at the top of store.h.
 *
 * Names that git would refuse in a push with fsckObjects are refused here first: what checks out as
 * ".git" on some file system, HFS+ (which ignores some code points) and NTFS (short names such as
 * GIT~1) included.
 */
#include "storage/internal.h"

#include "src/base/text.h"

#include <sodium.h>

#define MAX_SEGMENTS (STORE_MAX_FOLDER_DEPTH + 2)

static const struct place_rule rules[] = {
	[PLACE_NONE] = {FACTS_FOLDER, false, false, false},
	[PLACE_ROOT] = {FACTS_HOME, false, false, true},
	[PLACE_TOP] = {FACTS_HOME, false, false, true},
	[PLACE_PRINCIPALS] = {FACTS_HOME, true, false, true},
	[PLACE_HOME] = {FACTS_HOME, false, false, false},
	[PLACE_CALENDAR] = {FACTS_CALENDAR, true, true, false},
	[PLACE_ADDRESSBOOK] = {FACTS_ADDRESSBOOK, true, true, false},
	[PLACE_FOLDER] = {FACTS_FOLDER, true, false, false},
};

/* What stands at each depth below the folders of the root; the last entry goes on as long as it
 * is not NONE. */
static const struct {
	const char *name;
	enum place second, third, below;
} tops[] = {
	{"addressbooks", PLACE_HOME, PLACE_ADDRESSBOOK, PLACE_NONE},
	{"calendars", PLACE_HOME, PLACE_CALENDAR, PLACE_NONE},
	{"files", PLACE_FOLDER, PLACE_FOLDER, PLACE_FOLDER},
	{"principals", PLACE_PRINCIPALS, PLACE_NONE, PLACE_NONE},
};

const struct place_rule *place_rule(enum place place)
{
	return &rules[place];
}

bool place_takes(enum place place, enum facts_kind kind)
{
	if (place == PLACE_FOLDER && kind == FACTS_HOME)
		return true;
	return rules[place].kind == kind;
}

/* Length of a code point that HFS+ ignores in names (U+200C-F, U+202A-E, U+206A-F, U+FEFF), else
 * 0. */
static size_t ignored(const unsigned char *s)
{
	if (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
		return 3;
	if (s[0] != 0xe2)
		return 0;
	if (s[1] == 0x80 && ((s[2] >= 0x8c && s[2] <= 0x8f) || (s[2] >= 0xaa && s[2] <= 0xae)))
		return 3;
	if (s[1] == 0x81 && s[2] >= 0xaa && s[2] <= 0xaf)
		return 3;
	return 0;
}

/* NTFS short names of git's own files: "git~1", "gitmod~1", "gi7eba~1", "mailma~1" … */
static bool is_short_name(const char *name)
{
	if (!text_starts_nocase(name, "gi") && !text_starts_nocase(name, "ma"))
		return false;
	const char *tilde = memchr(name, '~', strnlen(name, 8));
	return tilde && tilde[1] >= '0' && tilde[1] <= '9';
}

bool store_name_ok(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t len = strlen(name);

	if (len == 0 || len > STORE_MAX_NAME)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] == 0x7f || s[i] == '/' || s[i] == '\\' || s[i] == ':')
			return false;
	while (ignored(s))
		s += ignored(s);
	return s[0] != '\0' && s[0] != '.' && !is_short_name((const char *)s);
}

/* Cuts the next segment off *path; false when it is bad. */
static bool next_segment(const char **path, char name[STORE_MAX_NAME + 1])
{
	size_t len = strcspn(*path, "/");

	if (len > STORE_MAX_NAME)
		return false;
	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len;
	if (**path == '/' && *++*path == '\0')
		return false;
	return store_name_ok(name);
}

static enum place place_under(size_t top, const char *path, size_t depth)
{
	if (depth == 1)
		return PLACE_TOP;
	if (depth == 2) {
		const char *name = strchr(path, '/') + 1;
		if (tops[top].second == PLACE_PRINCIPALS && strcmp(name, "users") != 0 &&
			strcmp(name, "groups") != 0)
			return PLACE_NONE;
		return tops[top].second;
	}
	return depth == 3 ? tops[top].third : tops[top].below;
}

enum place place_of(const char *path)
{
	char name[STORE_MAX_NAME + 1];
	const char *rest = path;
	size_t depth = 0, top = 0, n = sizeof(tops) / sizeof(*tops);

	if (!*path)
		return PLACE_ROOT;
	for (; *rest; depth++) {
		if (depth == MAX_SEGMENTS || !next_segment(&rest, name))
			return PLACE_NONE;
		if (depth > 0)
			continue;
		while (top < n && strcmp(tops[top].name, name) != 0)
			top++;
		if (top == n)
			return PLACE_NONE;
	}
	return place_under(top, path, depth);
}

char *path_join(struct arena *arena, const char *path, const char *name)
{
	size_t a = strlen(path), b = strlen(name);
	char *joined = arena_alloc(arena, a + b + 2);

	memcpy(joined, path, a);
	if (a)
		joined[a++] = '/';
	memcpy(joined + a, name, b);
	return joined;
}

unsigned char name_hash(const char *name)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)name, strlen(name));
	return hash[0];
}

void item_dir(char dir[12], bool fan, bool meta, unsigned char hash)
{
	static const char digits[] = "0123456789abcdef";
	char *end = dir;

	if (meta) {
		memcpy(end, STORE_META_FOLDER "/", 6);
		end += 6;
	}
	if (fan || meta) {
		*end++ = digits[hash >> 4];
		*end++ = '/';
		*end++ = digits[hash & 15];
	}
	*end = '\0';
}
