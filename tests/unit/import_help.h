/* SPDX-License-Identifier: ISC */
/* For the tests of import and export: calls of the management interface as anna, on a store in memory. */
#ifndef TESTS_UNIT_IMPORT_HELP_H
#define TESTS_UNIT_IMPORT_HELP_H

#include "ical/cal.h"
#include "src/api.h"
#include "src/base/text.h"
#include "src/import.h"
#include "storage/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FOLDER "tests/data/import/"
#define UNUSED __attribute__((unused))
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static UNUSED struct app app;
static UNUSED const char *who; /* NULL: anna */
static UNUSED json_t *answer;  /* of the latest call */
static UNUSED struct buf text;
static UNUSED int status;

static UNUSED int begin(void **state)
{
	static const struct store_options options = {.inspect = cal_inspect};
	static const struct account_spec spec = {
		.name = "anna", .password = "x", .display_name = "Anna", .with_defaults = true};
	struct store_result result;

	(void)state;
	app = (struct app){.config = config_new()};
	buf_init(&text, SIZE_MAX - 1);
	if (store_open_memory(&app.store, &options) != STORE_OK)
		return 1;
	app.dav = dav_server_new(&(struct dav_config){.store = app.store});
	return account_create(app.store, &spec, NULL, &result) != STORE_OK;
}

static UNUSED int end(void **state)
{
	(void)state;
	json_decref(answer);
	answer = NULL;
	buf_free(&text);
	dav_server_free(app.dav);
	store_close(app.store);
	config_free((struct config *)app.config);
	return 0;
}

static UNUSED void call(
	const char *method, const char *target, const char *type, const char *body, size_t len)
{
	struct api_request request = {
		.method = method,
		.target = target,
		.content_type = type,
		.body = body,
		.body_len = len,
		.person = {.name = who ? who : "anna", .display_name = who ? who : "Anna"},
	};
	struct api_response response = {0};

	api_handle(&app, &request, &response);
	status = response.status;
	buf_reset(&text);
	buf_add(&text, response.body.data ? response.body.data : "", response.body.len);
	json_decref(answer);
	answer = json_loadb(text.data, text.len, 0, NULL);
	api_response_free(&response);
}

static UNUSED void import(const char *to, const char *body)
{
	char target[200];

	snprintf(target, sizeof(target), "/api/v1/users/anna/%s/import", to);
	call("POST", target, "application/octet-stream", body, strlen(body));
}

static UNUSED char *read_file(const char *name)
{
	char path[200], *bytes = malloc(1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	in = fopen(path, "r");
	assert_non_null(in);
	bytes[fread(bytes, 1, (1 << 20) - 1, in)] = '\0';
	fclose(in);
	return bytes;
}

static UNUSED long long number(const char *member)
{
	return json_integer_value(json_object_get(answer, member));
}

static UNUSED void expect(long long added, long long changed, long long unchanged, size_t refused)
{
	size_t really = json_array_size(json_object_get(answer, "refused"));

	if (status != 200 || number("added") != added || number("changed") != changed ||
		number("unchanged") != unchanged || really != refused)
		fail_msg("%d, wanted %lld added %lld changed %lld unchanged %zu refused:\n%s",
			status, added, changed, unchanged, refused, text.data);
}

static UNUSED const char *refused(size_t i, const char *member)
{
	return json_string_value(
		json_object_get(json_array_get(json_object_get(answer, "refused"), i), member));
}

static UNUSED size_t count(const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(app.store);
	const struct store_collection *c = store_collection(snapshot, path);
	size_t n = c ? store_collection_count(c) : SIZE_MAX;

	store_snapshot_free(snapshot);
	return n;
}

#endif
