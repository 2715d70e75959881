/* SPDX-License-Identifier: ISC */
/* For the tests of the management interface: calls in process, on a store in memory; each row one, in order. */
#ifndef TESTS_UNIT_API_HELP_H
#define TESTS_UNIT_API_HELP_H

#include "ical/cal.h"
#include "src/api.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"

static __attribute__((unused)) struct app app;

struct row {
	const char *who; /* "admin", "anna", NULL: nobody */
	const char *method, *target, *type, *body;
	int status;
	const char *has; /* must be in the answer */
};

static __attribute__((unused)) int begin(void **state)
{
	static const struct store_options options = {.inspect = cal_inspect};

	(void)state;
	app = (struct app){.config = config_new()};
	return store_open_memory(&app.store, &options) != STORE_OK;
}

static __attribute__((unused)) int end(void **state)
{
	(void)state;
	store_close(app.store);
	config_free((struct config *)app.config);
	return 0;
}

static __attribute__((unused)) void call(const struct row *row, struct api_response *response)
{
	struct api_request request = {
		.method = row->method,
		.target = row->target,
		.content_type = row->type,
		.body = row->body ? row->body : "",
		.body_len = row->body ? strlen(row->body) : 0,
		.person = {.name = row->who, .admin = text_equal(row->who, "admin")},
	};

	*response = (struct api_response){0};
	api_handle(&app, &request, response);
}

static __attribute__((unused)) void run(const struct row *rows, size_t n)
{
	struct api_response response;

	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		call(row, &response);
		const char *body = response.body.data ? response.body.data : "";
		if (response.status != row->status || (row->has && !strstr(body, row->has)))
			fail_msg("row %zu: %s %s: %d, wanted %d with \"%s\":\n%s", i, row->method,
				row->target, response.status, row->status, row->has ? row->has : "",
				body);
		if (response.status >= 400 && !strstr(body, "\"error\": \""))
			fail_msg("row %zu: an error without words: %s", i, body);
		api_response_free(&response);
	}
}
#define RUN(rows) run(rows, sizeof(rows) / sizeof(*(rows)))

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
