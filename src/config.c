/* SPDX-License-Identifier: ISC */
/*
 * The table of settings: every key with its type, limits and default. Reading a file, reading an
 * option and setting a default all go through config_set, so that each value is checked in one
 * place. etc/daybook.conf documents the same keys; a unit test compares the two.
 */
#include "src/config.h"

#include "ical/cal.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/text.h"
#include "src/commands.h"
#include "webdav/dav.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KB UINT64_C(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)
#define MAX_KEY 64
#define LATEST_MIN INT64_C(-2208988800)   /* 19000101T000000Z */
#define EARLIEST_MAX UINT64_C(4102444800) /* 21000101T000000Z */

enum type {
	TEXT,  /* empty: NULL */
	LIST,  /* comma-separated; empty: "" */
	URL,   /* http(s)://host, no slash at the end */
	LEVEL, /* a name that base/log.h knows */
	COUNT, /* unsigned, min…max */
	BYTES, /* size_t, min…max, with suffix k, M or G */
	TIME,  /* int64_t, min…max, as in iCalendar: 19700101T000000Z */
	FLAG,  /* yes, no, on, off */
	WORD,  /* unsigned: the place among `words` */
};

struct key {
	const char *name;
	enum type type;
	size_t offset;
	const char *initial;
	uint64_t min, max;
	const char *const *words; /* NULL at the end */
};

#define KEY(name, type, field, initial, min, max)                                                  \
	{                                                                                          \
		name, type, offsetof(struct config, field), initial, min, max, NULL                \
	}
#define WORD_KEY(name, field, initial, words)                                                      \
	{                                                                                          \
		name, WORD, offsetof(struct config, field), initial, 0, 0, words                   \
	}

static const char *const searches[] = {
	[DAV_SEARCH_MEMBERS] = "members",
	[DAV_SEARCH_GROUPS] = "groups",
	[DAV_SEARCH_ADMINS] = "admins",
	NULL,
};

static const struct key keys[] = {
	KEY("server.listen", LIST, listen, "127.0.0.1:8080", 0, 0),
	KEY("server.public_url", URL, public_url, "", 0, 0),
	KEY("server.trusted_proxies", LIST, trusted_proxies, "", 0, 0),
	KEY("server.tls_cert", TEXT, tls_cert, "", 0, 0),
	KEY("server.tls_key", TEXT, tls_key, "", 0, 0),
	KEY("server.data", TEXT, data, "", 0, 0),
	KEY("server.threads", COUNT, threads, "0", 0, 64),
	KEY("server.workers", COUNT, workers, "0", 0, 256),
	KEY("server.max_connections", COUNT, max_connections, "1000", 8, 100000),
	KEY("server.timeout", COUNT, timeout, "60", 1, 3600),
	KEY("log.level", LEVEL, log_level, "info", 0, 0),
	KEY("log.access", FLAG, access_log, "yes", 0, 0),
	KEY("limits.max_resource_size", BYTES, max_resource_size, "10M", 64 * KB, CAL_MAX_BYTES),
	KEY("limits.max_file_size", BYTES, max_file_size, "100M", 64 * KB, 4 * GB),
	/* Narrower ones would refuse what clients send every day: birthdays, 19700101, 2037. */
	KEY("limits.min_date_time", TIME, min_date_time, "00010101T000000Z",
		(uint64_t)CAL_MIN_DATE_TIME, (uint64_t)LATEST_MIN),
	KEY("limits.max_date_time", TIME, max_date_time, "99991231T235959Z", EARLIEST_MAX,
		CAL_MAX_DATE_TIME),
	KEY("limits.max_instances", COUNT, max_instances, "20000", 100, CAL_MAX_INSTANCES),
	KEY("limits.max_attendees_per_instance", COUNT, max_attendees, "5000", 10, 100000),
	KEY("limits.quota", BYTES, quota, "0", 0, 1024 * GB * 1024),
	KEY("auth.throttle", FLAG, throttle, "on", 0, 0),
	KEY("auth.trust_on_first_use", FLAG, trust_on_first_use, "no", 0, 0),
	KEY("auth.require_device_password", FLAG, require_device_password, "no", 0, 0),
	KEY("auth.admin_password_file", TEXT, admin_password_file, "", 0, 0),
	WORD_KEY("people.search", search, "members", searches),
};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

static const struct {
	const char *word;
	bool value;
} flags[] = {
	{"yes", true},
	{"on", true},
	{"true", true},
	{"1", true},
	{"no", false},
	{"off", false},
	{"false", false},
	{"0", false},
};

static bool read_flag(const char *text, bool *value)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (text_equal_nocase(text, flags[i].word)) {
			*value = flags[i].value;
			return true;
		}
	return false;
}

/* "10M", "10 MB", "512k", "4096" */
static bool read_bytes(struct arena *arena, const char *text, uint64_t *value)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits + strspn(text + digits, " ");
	static const struct {
		const char *name, *full;
		uint64_t factor;
	} units[] = {{"", "b", 1}, {"k", "kb", KB}, {"m", "mb", MB}, {"g", "gb", GB}};

	if (!text_to_u64(arena_strndup(arena, text, digits), value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!text_equal_nocase(unit, units[i].name) &&
			!text_equal_nocase(unit, units[i].full))
			continue;
		if (*value > UINT64_MAX / units[i].factor)
			return false;
		*value *= units[i].factor;
		return true;
	}
	return false;
}

/* "19700101T000000Z" */
static bool read_time(struct arena *arena, const char *text, int64_t *value)
{
	if (strlen(text) != 16 || text[8] != 'T' || text[15] != 'Z')
		return false;
	return clock_iso_parse(arena_printf(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4,
				       text + 6, text + 9, text + 11, text + 13),
		value);
}

static char *print_time(struct arena *arena, uint64_t value)
{
	char iso[21];

	clock_iso(iso, (int64_t)value);
	return arena_printf(
		arena, "%.4s%.2s%.5s%.2s%.3s", iso, iso + 5, iso + 8, iso + 14, iso + 17);
}

static bool read_word(const char *const *words, const char *text, unsigned *value)
{
	for (unsigned i = 0; words[i]; i++)
		if (text_equal_nocase(text, words[i])) {
			*value = i;
			return true;
		}
	return false;
}

/* "members, groups or admins" */
static char *print_words(struct arena *arena, const char *const *words)
{
	char *text = arena_strdup(arena, words[0]);

	for (size_t i = 1; words[i]; i++)
		text = arena_printf(arena, "%s%s%s", text, words[i + 1] ? ", " : " or ", words[i]);
	return text;
}

static bool url_ok(const char *text)
{
	if (!text_starts(text, "http://") && !text_starts(text, "https://"))
		return false;
	const char *host = strstr(text, "://") + 3;
	size_t len = strcspn(host, "/");

	return len && !host[len + strspn(host + len, "/")] && !strpbrk(host, " \t\"<>@?#\\");
}

/* Text-like types. NULL: it is not one. */
static const char *read_text(struct arena *arena, enum type type, const char *value)
{
	char *copy = arena_strdup(arena, value);

	if (type == URL && *copy) {
		if (!url_ok(copy))
			return NULL;
		for (size_t len = strlen(copy); len && copy[len - 1] == '/'; len--)
			copy[len - 1] = '\0';
	}
	if (type == LEVEL && log_level_from_name(copy) < 0)
		return NULL;
	return copy;
}

static const char *expected(struct arena *arena, const struct key *key)
{
	switch (key->type) {
	case URL:
		return "http:// or https:// and a host, without a path";
	case LEVEL:
		return "error, warn, info or debug";
	case FLAG:
		return "yes or no";
	case COUNT:
		return arena_printf(arena, "a number from %ju to %ju", (uintmax_t)key->min,
			(uintmax_t)key->max);
	case BYTES:
		return arena_printf(arena, "a size such as 10M, from %juk to %juM",
			(uintmax_t)(key->min / KB), (uintmax_t)(key->max / MB));
	case TIME:
		return arena_printf(arena, "a time from %s to %s", print_time(arena, key->min),
			print_time(arena, key->max));
	case WORD:
		return print_words(arena, key->words);
	default:
		return "text";
	}
}

static bool set(struct config *config, const struct key *key, const char *value)
{
	void *field = (char *)config + key->offset;
	uint64_t number;
	int64_t when;
	unsigned word;
	bool flag;

	switch (key->type) {
	case FLAG:
		if (!read_flag(value, &flag))
			return false;
		memcpy(field, &flag, sizeof(flag));
		return true;
	case COUNT:
		if (!text_to_u64(value, &number) || number < key->min || number > key->max)
			return false;
		memcpy(field, &(unsigned){(unsigned)number}, sizeof(unsigned));
		return true;
	case BYTES:
		if (!read_bytes(config->arena, value, &number) || number < key->min ||
			number > key->max)
			return false;
		memcpy(field, &(size_t){(size_t)number}, sizeof(size_t));
		return true;
	case TIME:
		if (!read_time(config->arena, value, &when) || when < (int64_t)key->min ||
			when > (int64_t)key->max)
			return false;
		memcpy(field, &when, sizeof(when));
		return true;
	case WORD:
		if (!read_word(key->words, value, &word))
			return false;
		memcpy(field, &word, sizeof(word));
		return true;
	default:
		break;
	}
	const char *text = read_text(config->arena, key->type, value);

	if (!text)
		return false;
	if (!*text && key->type != LIST)
		text = NULL;
	memcpy(field, &text, sizeof(text));
	return true;
}

static const char *unknown(struct arena *arena, const char *name)
{
	const char *names[N_KEYS];

	for (size_t i = 0; i < N_KEYS; i++)
		names[i] = keys[i].name;
	const char *near = suggest_name(name, names, N_KEYS);

	if (near)
		return arena_printf(arena, "unknown key \"%s\"; did you mean \"%s\"?", name, near);
	return arena_printf(arena, "unknown key \"%s\"", name);
}

bool config_set(struct config *config, const char *name, const char *value, const char **why)
{
	for (size_t i = 0; i < N_KEYS; i++) {
		if (!text_equal(keys[i].name, name))
			continue;
		if (set(config, &keys[i], value))
			return true;
		*why = arena_printf(config->arena, "%s = %s: expected %s", name, value,
			expected(config->arena, &keys[i]));
		return false;
	}
	*why = unknown(config->arena, name);
	return false;
}

const char *config_key(size_t index)
{
	return index < N_KEYS ? keys[index].name : NULL;
}

struct config *config_new(void)
{
	struct arena *arena = arena_new();
	struct config *config = arena_alloc(arena, sizeof(*config));
	const char *why;

	config->arena = arena;
	for (size_t i = 0; i < N_KEYS; i++)
		if (!config_set(config, keys[i].name, keys[i].initial, &why))
			abort(); /* the table contradicts itself */
	return config;
}

void config_free(struct config *config)
{
	if (config)
		arena_free(config->arena);
}

/* ---- the file ---- */

struct reading {
	struct config *config;
	FILE *file;
	unsigned line;
	const char *fault; /* of the line that is being read */
};

/* fgets for inih. Leading space goes, so that inih sees no continuation lines (it would call the
 * handler twice and the first value would be lost); a line longer than inih's buffer is a fault,
 * not two lines. */
static char *next_line(char *out, int size, void *payload)
{
	struct reading *reading = payload;

	if (reading->fault || !fgets(out, size, reading->file))
		return NULL;
	reading->line++;
	size_t len = strlen(out);

	if (len == (size_t)size - 1 && out[len - 1] != '\n') {
		reading->fault = arena_printf(
			reading->config->arena, "line too long, at most %d characters", size - 2);
		return NULL;
	}
	size_t space = strspn(out, " \t");

	memmove(out, out + space, len - space + 1);
	return out;
}

static int one_value(void *payload, const char *section, const char *name, const char *value)
{
	struct reading *reading = payload;
	struct arena *arena = reading->config->arena;
	const char *key = arena_printf(arena, "%s%s%s", section, *section ? "." : "", name);

	if (reading->fault)
		return 0;
	return config_set(reading->config, key, value, &reading->fault);
}

bool config_read(struct config *config, const char *file, const char **why)
{
	struct reading reading = {.config = config, .file = fopen(file, "re")};

	if (!reading.file) {
		*why = arena_printf(config->arena, "%s: cannot be read: %s", file, strerror(errno));
		return false;
	}
	int line = 0;

	/* The handler refuses at most one line: next_line ends the reading there. */
	line = ini_parse_stream(next_line, &reading, one_value, &reading);
	bool broken = ferror(reading.file);

	fclose(reading.file);
	if (broken)
		reading.fault = "cannot be read";
	if (!line && !reading.fault)
		return true;
	*why = arena_printf(config->arena, "%s:%u: %s", file,
		line > 0 ? (unsigned)line : reading.line,
		reading.fault ? reading.fault : "expected a section or key = value");
	return false;
}

struct config *config_open(const char *file, const char **why)
{
	struct config *config = config_new();
	static char text[512]; /* outlives the config that is freed here */

	if (!file && access(CONFIG_FILE, F_OK) != 0)
		return config;
	if (config_read(config, file ? file : CONFIG_FILE, why))
		return config;
	snprintf(text, sizeof(text), "%s", *why);
	*why = text;
	config_free(config);
	return NULL;
}
