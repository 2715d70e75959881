/* SPDX-License-Identifier: ISC */
/*
 * The system's zone files (TZif, RFC 8536): changes of offset, and the rule in the last line that goes on after
 * them. libical 3.0.16 reads only their 32-bit half and then guesses, wrongly for the southern half of the world
 * from 2038 on; so we read them ourselves.
 */
#include "ical/zonefile.h"
#include "src/base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo"
#define MAX_FILE 65536
#define HEADER 44
#define MAX_YEAR 2099 /* zone.c knows how later years look */

struct reader {
	const unsigned char *p;
	size_t left;
};

struct counts {
	uint32_t isut, isstd, leaps, times, types, chars;
};

static int64_t number(const unsigned char *p, size_t bytes)
{
	uint64_t sum = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < bytes; i++)
		sum = sum << 8 | p[i];
	return (int64_t)sum;
}

static const unsigned char *skip(struct reader *r, size_t bytes)
{
	const unsigned char *here = r->p;

	if (r->left < bytes)
		return NULL;
	r->p += bytes;
	r->left -= bytes;
	return here;
}

static bool read_header(struct reader *r, struct counts *c)
{
	const unsigned char *p = skip(r, HEADER);

	if (!p || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	*c = (struct counts){(uint32_t)number(p + 20, 4), (uint32_t)number(p + 24, 4),
		(uint32_t)number(p + 28, 4), (uint32_t)number(p + 32, 4),
		(uint32_t)number(p + 36, 4), (uint32_t)number(p + 40, 4)};
	return c->times < MAX_FILE && c->types > 0 && c->types < 256 && c->chars < MAX_FILE &&
		c->leaps < 256 && c->isut < 256 && c->isstd < 256;
}

/* ---- the last line: "CET-1CEST,M3.5.0,M10.5.0/3" (8536 3.3, POSIX TZ) ---- */

static bool text_name(const char **p, char *out, size_t size)
{
	bool quoted = **p == '<';
	size_t n = 0;

	*p += quoted;
	while (**p &&
		(quoted ? **p != '>' : (**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))) {
		if (n + 1 == size)
			return false;
		out[n++] = *(*p)++;
	}
	out[n] = '\0';
	if (quoted && *(*p)++ != '>')
		return false;
	return n > 0;
}

static bool text_number(const char **p, int *out)
{
	int sum = 0, digits = 0;

	for (; **p >= '0' && **p <= '9' && digits < 4; (*p)++, digits++)
		sum = sum * 10 + (**p - '0');
	*out = sum;
	return digits > 0;
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool text_time(const char **p, int *out)
{
	int sign = **p == '-' ? -1 : 1, h, m = 0, s = 0;

	*p += **p == '-' || **p == '+';
	if (!text_number(p, &h))
		return false;
	if (**p == ':' && (++*p, !text_number(p, &m)))
		return false;
	if (**p == ':' && (++*p, !text_number(p, &s)))
		return false;
	*out = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool text_rule(const char **p, struct cal_zone_rule *rule)
{
	rule->time = 7200;
	if (*(*p)++ != ',' || *(*p)++ != 'M' || !text_number(p, &rule->month) || *(*p)++ != '.' ||
		!text_number(p, &rule->week) || *(*p)++ != '.' || !text_number(p, &rule->day))
		return false;
	if (rule->month < 1 || rule->month > 12 || rule->week < 1 || rule->week > 5 ||
		rule->day > 6)
		return false;
	return **p != '/' || (++*p, text_time(p, &rule->time));
}

/* False when the line can not be read; a zone without summer time has no rules. */
static bool parse_footer(struct cal_zone_file *file, const char *p)
{
	int west;

	if (!text_name(&p, file->standard.name, sizeof(file->standard.name)) ||
		!text_time(&p, &west))
		return false;
	file->standard.offset = -west;
	if (!*p)
		return true;
	if (!text_name(&p, file->summer.name, sizeof(file->summer.name)))
		return false;
	file->summer.offset = file->standard.offset + 3600;
	if (*p != ',') {
		if (!text_time(&p, &west))
			return false;
		file->summer.offset = -west;
	}
	if (!text_rule(&p, &file->begin) || !text_rule(&p, &file->end) || *p)
		return false;
	file->summer.dst = file->has_rules = true;
	return true;
}

/* When the rule strikes in a year, on the clock that it ends. */
int64_t cal_zone_rule_local(const struct cal_zone_rule *rule, int year)
{
	int64_t first = clock_from_civil(year, rule->month, 1) / CAL_DAY;
	int64_t next = clock_from_civil(year + rule->month / 12, rule->month % 12 + 1, 1) / CAL_DAY;
	int64_t day = first + ((rule->day - (first + 4) % 7) % 7 + 7) % 7 +
		(int64_t)(rule->week - 1) * 7;

	while (day >= next)
		day -= 7;
	return day * CAL_DAY + rule->time;
}

/* ---- the changes ---- */

static void add(struct cal_zone_file *file, size_t *cap, int64_t at,
	const struct cal_zone_type *type, bool ruled)
{
	file->changes = arena_grow(
		file->arena, file->changes, cap, file->n + 1, sizeof(*file->changes));
	file->changes[file->n++] = (struct cal_zone_change){at, *type, ruled};
}

static void add_ruled(struct cal_zone_file *file, size_t *cap)
{
	int64_t last = file->n ? file->changes[file->n - 1].at : INT64_MIN;
	int year = 1970, month, day;

	if (file->n && last > 0)
		clock_to_civil(last, &year, &month, &day);
	for (; file->has_rules && year <= MAX_YEAR; year++) {
		int64_t begin = cal_zone_rule_local(&file->begin, year) - file->standard.offset;
		int64_t end = cal_zone_rule_local(&file->end, year) - file->summer.offset;

		if (begin < end && begin > last)
			add(file, cap, begin, &file->summer, true);
		if (end > last)
			add(file, cap, end, &file->standard, true);
		if (begin > end && begin > last)
			add(file, cap, begin, &file->summer, true);
	}
}

static bool read_types(const struct counts *c, const unsigned char *types,
	const unsigned char *chars, struct cal_zone_type *out)
{
	for (uint32_t i = 0; i < c->types; i++) {
		const unsigned char *p = types + i * 6;
		size_t at = p[5], room = sizeof(out[i].name) - 1, n = 0;

		out[i] = (struct cal_zone_type){.offset = (int32_t)number(p, 4), .dst = p[4]};
		for (; at + n < c->chars && chars[at + n] && n < room; n++)
			out[i].name[n] = (char)chars[at + n];
		if (out[i].offset < -CAL_DAY * 2 || out[i].offset > CAL_DAY * 2)
			return false;
	}
	return true;
}

static bool read_body(
	struct reader *r, const struct counts *c, struct cal_zone_file *file, size_t *cap)
{
	const unsigned char *times = skip(r, (size_t)c->times * 8), *indexes = skip(r, c->times);
	const unsigned char *types = skip(r, (size_t)c->types * 6), *chars = skip(r, c->chars);
	struct cal_zone_type *list = arena_array(file->arena, c->types, sizeof(*list));

	if (!times || !indexes || !types || !chars ||
		!skip(r, (size_t)c->leaps * 12 + c->isstd + c->isut) ||
		!read_types(c, types, chars, list))
		return false;
	file->first = list[0];
	for (uint32_t i = 0; i < c->times; i++) {
		if (indexes[i] >= c->types ||
			(i && number(times + i * 8, 8) <= number(times + i * 8 - 8, 8)))
			return false;
		add(file, cap, number(times + i * 8, 8), &list[indexes[i]], false);
	}
	return true;
}

static bool parse(struct cal_zone_file *file, const unsigned char *bytes, size_t len)
{
	struct reader r = {bytes, len};
	struct counts old, c;
	char footer[128];
	size_t cap = 0, n = 0;

	if (!read_header(&r, &old) ||
		!skip(&r,
			(size_t)old.times * 5 + (size_t)old.types * 6 + old.chars +
				(size_t)old.leaps * 8 + old.isstd + old.isut) ||
		!read_header(&r, &c) || !read_body(&r, &c, file, &cap) || r.left < 2 ||
		r.p[0] != '\n')
		return false;
	for (r.p++, r.left--; r.left && *r.p != '\n' && n < sizeof(footer) - 1; r.p++, r.left--)
		footer[n++] = (char)*r.p;
	footer[n] = '\0';
	if (n && !parse_footer(file, footer))
		return false;
	add_ruled(file, &cap);
	return true;
}

/* Names of zone files: "Europe/Berlin", "Etc/GMT+5", "EST5EDT"; nothing that could leave the folder. */
static bool is_zone_name(const char *name)
{
	if (name[0] < 'A' || name[0] > 'Z' || strstr(name, "//") || name[strlen(name) - 1] == '/')
		return false;
	return name[strspn(name,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] ==
		'\0';
}

static int open_zone(const char *name)
{
	char path[512];
	struct stat info;

	if (!is_zone_name(name) ||
		snprintf(path, sizeof(path), FOLDER "/%s", name) >= (int)sizeof(path))
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)))
		return fd;
	close(fd);
	return -1;
}

bool cal_zone_file_read(struct cal_zone_file *file, struct arena *arena, const char *name)
{
	int fd = open_zone(name);
	ssize_t got;
	size_t n = 0;

	if (fd < 0)
		return false;
	unsigned char *bytes = arena_alloc(arena, MAX_FILE);
	while (n < MAX_FILE && (got = read(fd, bytes + n, MAX_FILE - n)) > 0)
		n += (size_t)got;
	close(fd);
	*file = (struct cal_zone_file){.arena = arena};
	return parse(file, bytes, n);
}
