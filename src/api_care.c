/* SPDX-License-Identifier: ISC */
/* Looking after the data: check, backup, version. Admins only, but for the version. */
#include "src/api_call.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PROBLEMS 10000 /* listed; more are counted */

struct check {
	struct api_call *call;
	json_t *problems;
	size_t count, done;
};

/* "calendars/anna/home" of what is in it: an entry may be hidden from the admin who asks, its name and its faults with it. */
static size_t collection_of(const char *path)
{
	size_t len = 0;

	for (int segments = 0; path[len] && segments < 3; len++)
		segments += path[len + 1] == '/' || !path[len + 1];
	return len;
}

static void on_problem(void *payload, const char *path, const char *text)
{
	struct check *check = payload;
	const struct api_call *call = check->call;
	const char *shown = path ? path : "";

	if (check->count++ >= MAX_PROBLEMS)
		return;
	if (!call->request->keeper && shown[collection_of(shown)]) {
		shown = arena_strndup(call->arena, shown, collection_of(shown));
		text = "an entry has a fault: `daybook check`, on the server, says which one";
	}
	json_array_append_new(check->problems,
		json_pack("{s:o, s:o}", "path", api_text(shown), "text", api_text(text)));
}

static void on_progress(void *payload, size_t done, size_t all)
{
	struct check *check = payload;
	struct api_response *response = check->call->response;

	check->done = done;
	if (response->progress)
		response->progress(response->payload, "checking", done, all);
}

void api_check(struct api_call *call)
{
	struct check check = {.call = call};

	if (!api_read(call, NULL, 0))
		return;
	check.problems = json_array();
	enum store_code code = store_check(call->app->store, on_problem, on_progress, &check);
	if (code != STORE_OK && code != STORE_INVALID) {
		json_decref(check.problems);
		api_fail_store(call, code, NULL);
		return;
	}
	api_answer(call, 200,
		json_pack("{s:b, s:I, s:I, s:o}", "ok", code == STORE_OK, "checked",
			(json_int_t)check.done, "faults", (json_int_t)check.count, "problems",
			check.problems));
}

void api_backup(struct api_call *call)
{
	const char *dir = NULL;
	const struct api_field field = {"dir", API_TEXT, 4000, &dir};
	char why[256] = "";

	if (!api_read(call, &field, 1))
		return;
	if (!dir || *dir != '/') {
		api_fail(call, 400, "\"dir\" must be a folder of the server, as an absolute path");
		return;
	}
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		api_fail(call, 409, "%s: %s", dir, strerror(errno));
		return;
	}
	enum store_code code = store_backup(call->app->store, dir, why, sizeof(why));
	if (code == STORE_OK)
		api_answer(call, 200, json_pack("{s:s}", "dir", dir));
	else
		api_fail_store(call, code, why);
}

void api_version(struct api_call *call)
{
	if (api_read(call, NULL, 0))
		api_answer(call, 200,
			json_pack("{s:s, s:s}", "name", "daybook", "version", DAYBOOK_VERSION));
}
