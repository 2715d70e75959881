/* SPDX-License-Identifier: ISC */
/*
 * The table of the management interface, and the way of a call: target → row → right → input →
 * operation. Whether somebody may is decided by the shape of the target alone, before anything is
 * looked up, so that a refusal does not tell what exists; members of a group are alone in seeing that it does.
 */
#include "src/api.h"

#include "src/api_call.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <string.h>

#define MAX_SEGMENTS 16

/* A star is one segment; the first star of every row is a user, or with API_GROUP a group. */
static const struct api_row rows[] = {
	/* clang-format off */
	/* enrolment, DESIGN.md section 6 */
	{"PUT",    "users/*",                              API_SELF,   0, api_user_put},
	{"DELETE", "users/*",                              API_ADMIN,  0, api_user_delete},
	{"GET",    "groups/*",                             API_MEMBER, API_GROUP, api_group_get},
	{"PUT",    "groups/*",                             API_ADMIN,  API_GROUP, api_group_put},
	{"DELETE", "groups/*",                             API_ADMIN,  API_GROUP, api_group_delete},
	{"GET",    "groups/*/users/*",                     API_MEMBER, API_GROUP, api_group_has},
	{"PUT",    "groups/*/users/*",                     API_ADMIN,  API_GROUP, api_group_take},
	{"DELETE", "groups/*/users/*",                     API_ADMIN,  API_GROUP, api_group_drop},

	{"GET",    "api/v1/users",                         API_ADMIN,  0, api_user_list},
	{"POST",   "api/v1/users",                         API_ADMIN,  0, api_user_add},
	{"GET",    "api/v1/users/*",                       API_SELF,   0, api_user_get},
	{"PUT",    "api/v1/users/*",                       API_SELF,   0, api_user_put},
	{"DELETE", "api/v1/users/*",                       API_ADMIN,  0, api_user_delete},
	{"PUT",    "api/v1/users/*/password",              API_SELF,   0, api_user_password},
	{"PUT",    "api/v1/users/*/admin",                 API_ADMIN,  0, api_user_admin},

	{"GET",    "api/v1/groups",                        API_ANYONE, 0, api_group_list},
	{"POST",   "api/v1/groups",                        API_ADMIN,  0, api_group_add},
	{"GET",    "api/v1/groups/*",                      API_MEMBER, API_GROUP, api_group_get},
	{"PUT",    "api/v1/groups/*",                      API_ADMIN,  API_GROUP, api_group_put},
	{"DELETE", "api/v1/groups/*",                      API_ADMIN,  API_GROUP, api_group_delete},

	{"GET",    "api/v1/users/*/collections",           API_SELF,   0, api_collection_list},
	{"POST",   "api/v1/users/*/collections",           API_SELF,   0, api_collection_add},
	{"DELETE", "api/v1/users/*/collections/*",         API_SELF,   0, api_collection_delete},
	{"GET",    "api/v1/users/*/birthdays",             API_SELF,   0, api_birthdays_get},
	{"PUT",    "api/v1/users/*/birthdays",             API_SELF,   0, api_birthdays_put},
	{"DELETE", "api/v1/users/*/birthdays",             API_SELF,   0, api_birthdays_delete},
	{"GET",    "api/v1/shares",                        API_ADMIN,  0, api_share_matrix},
	{"GET",    "api/v1/users/*/shares",                API_SELF,   0, api_share_list},
	{"GET",    "api/v1/users/*/collections/*/shares",  API_SELF,   0, api_share_list_of},
	{"PUT",    "api/v1/users/*/collections/*/shares/*", API_SELF,  0, api_share_put},
	{"DELETE", "api/v1/users/*/collections/*/shares/*", API_SELF,  0, api_share_delete},
	{"GET",    "api/v1/devices",                       API_ADMIN,  0, api_device_list_all},
	{"GET",    "api/v1/users/*/devices",               API_SELF,   0, api_device_list},
	{"POST",   "api/v1/users/*/devices",               API_SELF,   0, api_device_add},
	{"DELETE", "api/v1/users/*/devices/*",             API_SELF,   0, api_device_revoke},
	{"POST",   "api/v1/users/*/import",                API_SELF,   API_RAW_BODY, api_import},
	{"POST",   "api/v1/users/*/collections/*/import",  API_SELF,   API_RAW_BODY, api_import},
	{"GET",    "api/v1/users/*/collections/*/export",  API_SELF,   0, api_export},

	{"GET",    "api/v1/users/*/links",                 API_SELF,   0, api_link_list},
	{"DELETE", "api/v1/users/*/links/*",               API_SELF,   0, api_link_delete},
	{"GET",    "api/v1/users/*/collections/*/links",   API_SELF,   0, api_link_list},
	{"POST",   "api/v1/users/*/collections/*/links",   API_SELF,   0, api_link_add},

	{"GET",    "api/v1/log",                           API_ADMIN,  0, api_log},
	{"GET",    "api/v1/log/*",                         API_SELF,   0, api_log},
	{"GET",    "api/v1/log/*/*",                       API_SELF,   0, api_log},
	{"GET",    "api/v1/log/*/*/*",                     API_SELF,   0, api_log},

	{"POST",   "api/v1/check",                         API_ADMIN,  0, api_check},
	{"POST",   "api/v1/backup",                        API_ADMIN,  0, api_backup},
	{"GET",    "api/v1/version",                       API_ANYONE, 0, api_version},
	/* clang-format on */
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

bool api_serves(const char *target)
{
	static const char *const tops[] = {"/api/v1", "/users", "/groups"};

	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		size_t len = strlen(tops[i]);
		if (strncmp(target, tops[i], len) == 0 && strchr("/?", target[len]))
			return true;
	}
	return false;
}

struct segments {
	const char *texts[MAX_SEGMENTS];
	size_t count;
};

/* The decoded segments of the path; false for a bad escape, an empty segment inside, or too many.
 */
static bool split_path(struct arena *arena, const char *path, size_t len, struct segments *segments)
{
	const char *end = path + len;

	if (len && end[-1] == '/')
		end--;
	while (path < end) {
		const char *start = path + 1; /* after the slash */
		const char *stop = memchr(start, '/', (size_t)(end - start));
		stop = stop ? stop : end;
		char *text = text_percent_decode(arena, start, (size_t)(stop - start));
		if (!text || !*text || segments->count == MAX_SEGMENTS ||
			!text_is_utf8(text, strlen(text)))
			return false;
		segments->texts[segments->count++] = text;
		path = stop;
	}
	return true;
}

/* Whether the pattern is this path; what its stars met goes to the call. */
static bool matches(const char *pattern, const struct segments *segments, struct api_call *call)
{
	size_t i = 0, n_params = 0;
	const char *params[API_MAX_PARAMS];

	for (const char *p = pattern; *p; i++) {
		size_t len = strcspn(p, "/");
		if (i == segments->count)
			return false;
		const char *text = segments->texts[i];
		if (len == 1 && *p == '*')
			params[n_params++] = text;
		else if (strlen(text) != len || strncmp(text, p, len) != 0)
			return false;
		p += len + (p[len] == '/');
	}
	if (i != segments->count)
		return false;
	memcpy(call->params, params, n_params * sizeof(*params));
	call->n_params = n_params;
	return true;
}

/* The row of target and method; NULL: answered 404 or 405. */
static const struct api_row *find_row(struct api_call *call, const struct segments *segments)
{
	const char *method = call->request->method;
	char *allowed = NULL;

	if (text_equal(method, "HEAD"))
		method = "GET";
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!matches(rows[i].pattern, segments, call))
			continue;
		if (text_equal(rows[i].method, method))
			return &rows[i];
		allowed = allowed ? arena_printf(call->arena, "%s, %s", allowed, rows[i].method)
				  : arena_strdup(call->arena, rows[i].method);
	}
	if (allowed)
		api_fail(call, 405, "this address answers to %s only", allowed);
	else
		api_fail(call, 404, "there is nothing at this address");
	return NULL;
}

/* Whether the person is what the row asks for; admins always are. `name` is that of the first star, folded, or NULL. */
static bool has_right(struct api_call *call, const struct api_row *row, const char *name)
{
	const struct dav_person *person = &call->request->person;

	if (person->admin || row->right == API_ANYONE)
		return true;
	if (row->right == API_ADMIN)
		api_fail(call, 403, "only admins may do this");
	else if (row->right == API_SELF && text_equal(name, person->name))
		return true;
	else if (row->right == API_SELF)
		api_fail(call, 403, "only %s and admins may do this", call->params[0]);
	else if (name && api_in_group(call, name))
		return true;
	else
		api_fail(call, 403, "only members of %s and admins may do this", call->params[0]);
	return false;
}

static bool may(struct api_call *call, const struct api_row *row)
{
	if (!call->request->person.name) {
		api_fail(call, 401, "log in first");
		return false;
	}
	const char *name = call->n_params ? account_name_fold(call->arena, call->params[0]) : NULL;
	if (!has_right(call, row, name))
		return false;
	if (call->n_params && !name) {
		api_fail(call, 400, row->flags & API_GROUP ? API_NO_GROUP_NAME : API_NO_USER_NAME,
			call->params[0]);
		return false;
	}
	if (name)
		call->params[0] = name;
	return true;
}

static void handle(struct api_call *call)
{
	const char *target = call->request->target;
	size_t len = strcspn(target, "?#");
	struct segments segments = {0};

	if (!split_path(call->arena, target, len, &segments)) {
		api_fail(call, 400, "the address is malformed");
		return;
	}
	const struct api_row *row = find_row(call, &segments);
	if (!row || !may(call, row))
		return;
	const char *query = target[len] == '?' ? target + len + 1 : "";
	if (api_collect_input(call, query, !(row->flags & API_RAW_BODY)))
		row->run(call);
}

void api_handle(struct app *app, const struct api_request *request, struct api_response *response)
{
	struct api_call call = {.app = app, .request = request, .response = response};

	if (!response->arena)
		response->arena = arena_new();
	call.arena = response->arena;
	buf_init(&response->body, API_MAX_ANSWER);
	handle(&call);
	json_decref(call.input);
}

void api_response_free(struct api_response *response)
{
	buf_free(&response->body);
	arena_free(response->arena);
	response->arena = NULL;
}
