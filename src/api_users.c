/* SPDX-License-Identifier: ISC */
/*
 * People: the enrolment endpoint PUT and DELETE /users/U (DESIGN.md section 6) and the same for
 * commands under /api/v1/users. A password change hashes (45 ms); what remembers the old one drops
 * it by account_generation.
 */
#include "src/api_people.h"
#include "src/base/text.h"
#include "storage/account.h"

#include <pthread.h>
#include <string.h>

#define MAX_MAIL 254 /* RFC 5321 4.5.3.1.3, without the angle brackets */

static json_t *user_json(const struct account *account)
{
	json_t *mails = json_array();

	for (size_t i = 0; i < account->n_mails; i++)
		json_array_append_new(mails, api_text(account->mails[i]));
	return json_pack("{s:s, s:o, s:o, s:b, s:b, s:o}", "name", account->name, "display_name",
		api_text(account->display_name), "mails", mails, "admin", account->admin,
		"has_password", account->has_password, "created", api_time(account->created));
}

/* By exact name: a mail address in a URL means nobody. */
static bool find_user(struct api_call *call, const char *name, struct account *account)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	bool found = account_find(call->app->store, snapshot, call->arena, name, account) &&
		text_equal(account->name, name);

	store_snapshot_free(snapshot);
	return found;
}

static struct account *all_users(struct api_call *call, size_t *count)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	struct account *accounts = account_list(call->app->store, snapshot, call->arena, count);

	store_snapshot_free(snapshot);
	return accounts;
}

static void answer_user(struct api_call *call, int status, const char *name)
{
	struct account account;

	if (find_user(call, name, &account))
		api_answer(call, status, user_json(&account));
	else
		api_fail(call, 404, "there is no user %s", name);
}

void api_user_list(struct api_call *call)
{
	size_t count;

	if (!api_read(call, NULL, 0))
		return;
	struct account *accounts = all_users(call, &count);
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, user_json(&accounts[i]));
	api_answer(call, 200, json_pack("{s:o}", "users", list));
}

void api_user_get(struct api_call *call)
{
	if (api_read(call, NULL, 0))
		answer_user(call, 200, call->params[0]);
}

/* What a new user can be given. */
struct details {
	const char *password, *display_name;
	const char **mails;
	bool admin;
};

static bool mail_ok(const char *mail)
{
	const char *at = strchr(mail, '@');

	return at && at != mail && at[1] && !strchr(at + 1, '@') && !strpbrk(mail, " ,;<>\"") &&
		strlen(mail) <= MAX_MAIL;
}

static bool password_ok(struct api_call *call, const char *password)
{
	size_t len = password ? strlen(password) : 0;

	if (len >= ACCOUNT_MIN_PASSWORD && len <= ACCOUNT_MAX_PASSWORD)
		return true;
	if (!password)
		api_fail(call, 400, "\"password\" is missing");
	else
		api_fail(call, 400, "a password has %d to %d bytes", ACCOUNT_MIN_PASSWORD,
			ACCOUNT_MAX_PASSWORD);
	return false;
}

/* Both are log-in names: nobody may take what another one logs in with. */
static bool logins_free(struct api_call *call, const char *name, const struct details *details)
{
	size_t count;
	struct account *accounts = all_users(call, &count);

	for (size_t i = 0; i < count; i++) {
		const struct account *a = &accounts[i];
		for (const char **mail = details->mails; mail && *mail; mail++) {
			bool taken = text_equal_nocase(*mail, a->name);
			for (size_t j = 0; j < a->n_mails && !taken; j++)
				taken = text_equal_nocase(*mail, a->mails[j]);
			if (taken) {
				api_fail(call, 409, "%s already logs in as %s", a->name, *mail);
				return false;
			}
		}
		for (size_t j = 0; j < a->n_mails; j++) {
			if (text_equal_nocase(name, a->mails[j])) {
				api_fail(call, 409, "%s already logs in as %s", a->name, name);
				return false;
			}
		}
	}
	return true;
}

static bool details_ok(struct api_call *call, const struct details *details)
{
	const char *shown = details->display_name;

	if (!password_ok(call, details->password))
		return false;
	for (const char **mail = details->mails; mail && *mail; mail++) {
		if (!mail_ok(*mail)) {
			api_fail(call, 400, "\"%s\" is no mail address", *mail);
			return false;
		}
	}
	if (shown && !*text_trim(call->arena, shown)) {
		api_fail(call, 400, "\"display_name\" is empty: leave it out");
		return false;
	}
	return true;
}

static void create(struct api_call *call, const char *name, const struct details *details)
{
	struct store_result result = {0};
	size_t n_mails = 0;

	if (!details_ok(call, details) || !logins_free(call, name, details))
		return;
	while (details->mails && details->mails[n_mails])
		n_mails++;
	struct account_spec spec = {
		.name = name,
		.password = details->password,
		.display_name = details->display_name,
		.mails = details->mails,
		.n_mails = n_mails,
		.admin = details->admin,
		.with_defaults = true,
	};
	enum store_code code = account_create(
		call->app->store, &spec, call->request->person.name, &result);
	if (code == STORE_OK)
		answer_user(call, 201, name);
	else if (code == STORE_CONFLICT)
		api_fail(call, 409, "%s can not be added: %s", name, result.text);
	else
		api_fail_store(call, code, result.text);
}

static void set_password(struct api_call *call, const char *name, const char *password)
{
	if (!password_ok(call, password))
		return;
	enum store_code code = account_set_password(call->app->store, name, password);
	if (code == STORE_NOT_FOUND)
		api_fail(call, 404, "there is no user %s", name);
	else if (code == STORE_OK || code == STORE_UNCHANGED)
		answer_user(call, 200, name);
	else
		api_fail_store(call, code, NULL);
}

/* Creates, or sets the password: 201 or 200. */
void api_user_put(struct api_call *call)
{
	struct details details = {0};
	const struct api_field fields[] = {
		{"password", API_SECRET, ACCOUNT_MAX_PASSWORD, &details.password},
		{"display_name", API_TEXT, API_MAX_DISPLAY_NAME, &details.display_name},
		{"mails", API_LIST, MAX_MAIL, &details.mails},
		{"admin", API_FLAG, 0, &details.admin},
	};
	const char *name = call->params[0];
	struct account account;

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	if (!find_user(call, name, &account)) {
		if (call->request->person.admin)
			create(call, name, &details);
		else
			api_fail(call, 403, "only admins may do this");
	} else if (details.display_name || details.mails || details.admin) {
		api_fail(call, 409, "there is a user %s already: only the password can be set here",
			name);
	} else {
		set_password(call, name, details.password);
	}
}

/* POST /api/v1/users: only creates. */
void api_user_add(struct api_call *call)
{
	struct details details = {0};
	const char *name = NULL;
	const struct api_field fields[] = {
		{"name", API_TEXT, ACCOUNT_MAX_NAME, &name},
		{"password", API_SECRET, ACCOUNT_MAX_PASSWORD, &details.password},
		{"display_name", API_TEXT, API_MAX_DISPLAY_NAME, &details.display_name},
		{"mails", API_LIST, MAX_MAIL, &details.mails},
		{"admin", API_FLAG, 0, &details.admin},
	};

	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)))
		return;
	const char *folded = name ? account_name_fold(call->arena, name) : NULL;
	if (folded)
		create(call, folded, &details);
	else if (name)
		api_fail(call, 400, API_NO_USER_NAME, name);
	else
		api_fail(call, 400, "\"name\" is missing");
}

void api_user_password(struct api_call *call)
{
	const char *password = NULL;
	const struct api_field field = {"password", API_SECRET, ACCOUNT_MAX_PASSWORD, &password};

	if (api_read(call, &field, 1))
		set_password(call, call->params[0], password);
}

/* Held from looking who the admins are to making one less. */
static pthread_mutex_t admins_lock = PTHREAD_MUTEX_INITIALIZER;

/* The user, who may lose the admin role: somebody must be left who can let others in. False: answered. */
static bool is_spare(struct api_call *call, const char *name, struct account *account)
{
	size_t count, admins = 0;

	if (!find_user(call, name, account)) {
		api_fail(call, 404, "there is no user %s", name);
		return false;
	}
	struct account *accounts = all_users(call, &count);
	for (size_t i = 0; i < count; i++)
		admins += accounts[i].admin;
	if (!account->admin || admins > 1)
		return true;
	api_fail(call, 409, "%s is the only admin: make another one first", name);
	return false;
}

void api_user_delete(struct api_call *call)
{
	struct dav_people people = api_people(call);
	struct account account;

	if (!api_read(call, NULL, 0))
		return;
	pthread_mutex_lock(&admins_lock);
	if (is_spare(call, call->params[0], &account)) {
		enum dav_people_code code = dav_user_remove(&people, call->params[0]);
		if (code == PEOPLE_OK)
			api_answer_nothing(call);
		else
			api_fail_people(call, code, &people);
	}
	pthread_mutex_unlock(&admins_lock);
}

static void set_admin(struct api_call *call, const char *name, bool admin)
{
	enum store_code code = account_set_admin(call->app->store, name, admin);

	if (code == STORE_OK || code == STORE_UNCHANGED)
		answer_user(call, 200, name);
	else
		api_fail_store(call, code, NULL);
}

/* A role, not a property of the principal: it stands in state.db, and nothing about it is in the history. */
void api_user_admin(struct api_call *call)
{
	bool admin = false;
	const struct api_field field = {"admin", API_FLAG, 0, &admin};
	const char *name = call->params[0];
	struct account account;

	if (!api_read(call, &field, 1))
		return;
	if (!json_object_get(call->input, "admin") ||
		json_is_null(json_object_get(call->input, "admin"))) {
		api_fail(call, 400, "\"admin\" is missing: true or false");
		return;
	}
	pthread_mutex_lock(&admins_lock);
	if (admin && !find_user(call, name, &account))
		api_fail(call, 404, "there is no user %s", name);
	else if (admin || is_spare(call, name, &account))
		set_admin(call, name, admin);
	pthread_mutex_unlock(&admins_lock);
}
