/* SPDX-License-Identifier: ISC */
/* Settings: defaults, each type's limits, the words for mistakes; and etc/daybook.conf, which must
 * name every key. */
#include "ical/cal.h"
#include "src/base/text.h"
#include "src/config.h"
#include "webdav/dav.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLE "etc/daybook.conf"

static void test_defaults(void **state)
{
	(void)state;
	struct config *config = config_new();

	assert_string_equal(config->listen, "127.0.0.1:8080");
	assert_null(config->public_url);
	assert_string_equal(config->trusted_proxies, "");
	assert_int_equal(config->max_resource_size, 10 * 1024 * 1024);
	assert_int_equal(config->max_file_size, 100 * 1024 * 1024);
	assert_int_equal(config->min_date_time, CAL_MIN_DATE_TIME);
	assert_int_equal(config->max_date_time, CAL_MAX_DATE_TIME);
	assert_int_equal(config->max_instances, CAL_MAX_INSTANCES);
	assert_int_equal(config->max_attendees, CAL_MAX_ATTENDEES);
	assert_true(config->throttle);
	assert_false(config->trust_on_first_use);
	assert_true(config->access_log);
	assert_int_equal(config->search, DAV_SEARCH_MEMBERS);
	config_free(config);
}

static const struct {
	const char *name, *key, *value;
	const char *why; /* part of the complaint; NULL: fine */
} rows[] = {
	{"text", "server.data", "/srv/x", NULL},
	{"url", "server.public_url", "https://cal.example.org:8443/", NULL},
	{"url with path", "server.public_url", "https://x.org/dav", "without a path"},
	{"url without scheme", "server.public_url", "cal.example.org", "http:// or https://"},
	{"url with user", "server.public_url", "http://a@x", "without a path"},
	{"count", "server.timeout", "5", NULL},
	{"count too small", "server.timeout", "0", "from 1 to 3600"},
	{"count negative", "server.timeout", "-1", "a number"},
	{"count with rest", "server.workers", "4 cores", "a number"},
	{"size", "limits.max_file_size", "1 GB", NULL},
	{"size in bytes", "limits.max_resource_size", "100000", NULL},
	{"size too small", "limits.max_resource_size", "1", "a size such as"},
	{"more than an object may have", "limits.max_resource_size", "11M", "from 64k to 10M"},
	{"size too large", "limits.max_file_size", "99999999999999999G", "a size such as"},
	{"size of nothing", "limits.max_file_size", "M", "a size such as"},
	{"time", "limits.min_date_time", "19000101T000000Z", NULL},
	{"time too late", "limits.min_date_time", "19700101T000000Z",
		"a time from 00010101T000000Z to 19000101T000000Z"},
	{"time too early", "limits.max_date_time", "20380119T000000Z",
		"a time from 21000101T000000Z to 99991231T235959Z"},
	{"no time", "limits.max_date_time", "2100-01-01", "a time from"},
	{"no day", "limits.max_date_time", "21000231T000000Z", "a time from"},
	{"too many instances", "limits.max_instances", "20001", "from 100 to 20000"},
	{"flag", "auth.throttle", "Off", NULL},
	{"no flag", "auth.throttle", "maybe", "yes or no"},
	{"level", "log.level", "debug", NULL},
	{"no level", "log.level", "loud", "error, warn"},
	{"word", "people.search", "Groups", NULL},
	{"no word", "people.search", "friends", "expected members, groups or admins"},
	{"misspelt", "server.listn", "x", "did you mean \"server.listen\"?"},
	{"unknown", "kitchen.sink", "x", "unknown key \"kitchen.sink\""},
};

static void test_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config *config = config_new();
		const char *why = NULL;
		bool ok = config_set(config, rows[i].key, rows[i].value, &why);

		if (ok != !rows[i].why || (!ok && !strstr(why, rows[i].why)))
			fail_msg("%s: %s", rows[i].name, ok ? "accepted" : why);
		config_free(config);
	}
}

static void test_values(void **state)
{
	(void)state;
	struct config *config = config_new();
	const char *why;

	assert_true(config_set(config, "server.public_url", "https://x.org/", &why));
	assert_string_equal(config->public_url, "https://x.org");
	assert_true(config_set(config, "limits.max_file_size", "2M", &why));
	assert_int_equal(config->max_file_size, 2 * 1024 * 1024);
	assert_true(config_set(config, "server.data", "", &why));
	assert_null(config->data);
	assert_true(config_set(config, "people.search", "admins", &why));
	assert_int_equal(config->search, DAV_SEARCH_ADMINS);
	config_free(config);
}

/* Reads `text` as a file; NULL when it was fine, else the complaint without the file's name. */
static const char *read_text(struct config *config, const char *text)
{
	char name[] = "/tmp/daybook-config-XXXXXX";
	int fd = mkstemp(name);
	const char *why = NULL;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	bool ok = config_read(config, name, &why);

	unlink(name);
	return ok ? NULL : strchr(why, ':');
}

static void test_file(void **state)
{
	(void)state;
	struct config *config = config_new();

	assert_null(read_text(config,
		"# a comment\n[server]\n  listen = [::]:80, 10.0.0.1:81\n\tdata=/x ; why\n"
		"\n[auth]\nthrottle = off"));
	assert_string_equal(config->listen, "[::]:80, 10.0.0.1:81");
	assert_string_equal(config->data, "/x");
	assert_false(config->throttle);
	config_free(config);
}

static void test_faults(void **state)
{
	(void)state;
	char longest[400];
	struct config *config = config_new();

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(
		read_text(config, "[server]\n\nport = 80\n"), ":3: unknown key \"server.port\"");
	assert_string_equal(read_text(config, "[server]\nlisten = a:1\n  kitchen = b\n"),
		":3: unknown key \"server.kitchen\"");
	assert_string_equal(read_text(config, "data = /x\n"), ":1: unknown key \"data\"");
	assert_string_equal(
		read_text(config, "[server]\nnonsense\n"), ":2: expected a section or key = value");
	assert_non_null(strstr(read_text(config, longest), ":1: line too long"));
	assert_non_null(
		strstr(read_text(config, "[server]\ntimeout = x\n"), ":2: server.timeout = x"));
	config_free(config);
}

static void test_missing_file(void **state)
{
	(void)state;
	struct config *config = config_new();
	const char *why = NULL;

	assert_false(config_read(config, "/nowhere/at.all", &why));
	assert_non_null(strstr(why, "No such file"));
	config_free(config);
}

/* The sample with its comment signs taken away: every key of the table stands in it, and each
 * default is the table's. */
static void test_sample(void **state)
{
	(void)state;
	struct config *config = config_new();
	struct arena *arena = config->arena;
	FILE *in = fopen(SAMPLE, "re");
	char line[300];
	const char *section = "", *seen = "", *why = "";

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		char *key = line + (line[0] == '#');
		char *equals = strchr(key, '=');

		if (line[0] == '[')
			section = arena_strndup(arena, line + 1, strcspn(line + 1, "]"));
		if (!equals || *key == ' ')
			continue;
		*equals = '\0';
		const char *name = arena_printf(arena, "%s.%s", section, text_trim(arena, key));

		if (!config_set(config, name, text_trim(arena, equals + 1), &why))
			fail_msg("%s", why);
		seen = arena_printf(arena, "%s %s ", seen, name);
	}
	fclose(in);
	for (size_t i = 0; config_key(i); i++)
		if (!strstr(seen, arena_printf(arena, " %s ", config_key(i))))
			fail_msg("%s does not name %s", SAMPLE, config_key(i));
	struct config *fresh = config_new();

	assert_string_equal(fresh->listen, config->listen);
	assert_int_equal(fresh->timeout, config->timeout);
	assert_int_equal(fresh->max_connections, config->max_connections);
	assert_int_equal(fresh->max_file_size, config->max_file_size);
	assert_int_equal(fresh->max_resource_size, config->max_resource_size);
	assert_int_equal(fresh->throttle, config->throttle);
	assert_int_equal(fresh->trust_on_first_use, config->trust_on_first_use);
	config_free(fresh);
	assert_true(config_read(config, SAMPLE, &why));
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
