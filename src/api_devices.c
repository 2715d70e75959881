/* SPDX-License-Identifier: ISC */
/*
 * Devices of a user: app passwords, shown once in the answer to POST and never again, and the
 * programs that were noticed with the main password. Whoever may ask here came with a password of
 * their own: the adapter refuses devices.
 */
#include "src/api_call.h"
#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "storage/device.h"

#include <sodium.h>
#include <string.h>

#define MAX_WORD 40 /* bytes of a scope, of a date */
#define MAX_DAYS 36500
#define DAY 86400

/* What scopes are called; `all` stands for none of the first two. */
static const struct {
	const char *word;
	unsigned bit;
} scopes[] = {
	{"calendars", DAV_SCOPE_CALENDARS},
	{"contacts", DAV_SCOPE_CONTACTS},
	{"read-only", DAV_SCOPE_READ_ONLY},
};
#define N_SCOPES (sizeof(scopes) / sizeof(*scopes))

static json_t *scope_json(unsigned scope)
{
	json_t *list = json_array();

	if (!(scope & (DAV_SCOPE_CALENDARS | DAV_SCOPE_CONTACTS)))
		json_array_append_new(list, json_string("all"));
	for (size_t i = 0; i < N_SCOPES; i++)
		if (scope & scopes[i].bit)
			json_array_append_new(list, json_string(scopes[i].word));
	return list;
}

static json_t *device_json(const char *user, const struct device *device)
{
	bool expired = device->expires && device->expires <= clock_now();

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:b}", "user", user,
		"id", api_text(device->id), "name", api_text(device->name), "scope",
		scope_json(device->scope), "created", api_time(device->created), "expires",
		api_time(device->expires), "expired", expired, "last_used",
		api_time(device->last_used), "address",
		api_text(*device->address ? device->address : NULL), "user_agent",
		api_text(*device->user_agent ? device->user_agent : NULL), "noticed",
		device->noticed);
}

/* The user that the address names; false: answered 404. */
static bool find_owner(struct api_call *call, struct account *account)
{
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	const char *name = call->params[0];
	bool found = account_find(call->app->store, snapshot, call->arena, name, account) &&
		text_equal(account->name, name);

	store_snapshot_free(snapshot);
	if (!found)
		api_fail(call, 404, "there is no user %s", name);
	return found;
}

/* ---------------------------------------------------------------- list */

static void append_devices(struct api_call *call, json_t *list, const struct account *account)
{
	size_t n;
	struct device *devices = device_list(call->app->store, call->arena, account->id, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, device_json(account->name, &devices[i]));
}

void api_device_list(struct api_call *call)
{
	struct account account;

	if (!api_read(call, NULL, 0) || !find_owner(call, &account))
		return;
	json_t *list = json_array();
	append_devices(call, list, &account);
	api_answer(call, 200, json_pack("{s:o}", "devices", list));
}

void api_device_list_all(struct api_call *call)
{
	size_t n;

	if (!api_read(call, NULL, 0))
		return;
	struct store_snapshot *snapshot = store_snapshot(call->app->store);
	struct account *accounts = account_list(call->app->store, snapshot, call->arena, &n);
	store_snapshot_free(snapshot);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		append_devices(call, list, &accounts[i]);
	api_answer(call, 200, json_pack("{s:o}", "devices", list));
}

/* ---------------------------------------------------------------- add */

static bool one_scope(const char *word, unsigned *scope, bool *all)
{
	if (text_equal_nocase(word, "all"))
		return *all = true;
	for (size_t i = 0; i < N_SCOPES; i++)
		if (text_equal_nocase(word, scopes[i].word)) {
			*scope |= scopes[i].bit;
			return true;
		}
	return false;
}

static bool read_scope(struct api_call *call, const char **words, unsigned *scope)
{
	bool all = false;
	unsigned bits = 0;

	for (const char **word = words; word && *word; word++) {
		if (!one_scope(*word, &bits, &all)) {
			api_fail(call, 400,
				"\"%s\" is no scope: all, calendars, contacts, read-only",
				text_clean_line(call->arena, *word, MAX_WORD));
			return false;
		}
	}
	if (words && !*words) {
		api_fail(call, 400, "\"scope\" is empty: all, calendars, contacts, read-only");
		return false;
	}
	if (all && bits & (DAV_SCOPE_CALENDARS | DAV_SCOPE_CONTACTS)) {
		api_fail(
			call, 400, "a scope is \"all\", or one of calendars and contacts, or both");
		return false;
	}
	*scope = bits;
	return true;
}

/* "90", "90d", "90 days" */
static bool read_days(struct arena *arena, const char *text, int64_t *until)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text_trim(arena, text + digits);
	static const char *const units[] = {"", "d", "day", "days"};
	uint64_t days;

	if (!text_to_u64(arena_strndup(arena, text, digits), &days) || !days || days > MAX_DAYS)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text_equal_nocase(unit, units[i])) {
			*until = clock_now() + (int64_t)days * DAY;
			return true;
		}
	return false;
}

static bool read_expires(struct api_call *call, const char *text, int64_t *until)
{
	int64_t when;

	if (!text) {
		*until = 0;
		return true;
	}
	text = text_trim(call->arena, text);
	if (!read_days(call->arena, text, &when) && !clock_iso_parse(text, &when)) {
		api_fail(call, 400,
			"\"expires\" must be a date such as 2027-01-31, or a number of days from 1 to %d",
			MAX_DAYS);
		return false;
	}
	if (when <= clock_now()) {
		api_fail(call, 400, "\"expires\" is in the past");
		return false;
	}
	*until = when;
	return true;
}

/* A number of days may come as a number. */
static void number_to_text(struct api_call *call, const char *name)
{
	json_t *value = json_object_get(call->input, name);

	if (json_is_integer(value))
		json_object_set_new(call->input, name,
			json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
}

static void add(struct api_call *call, const struct account *account, struct device_spec *spec)
{
	char secret[DEVICE_SECRET_SIZE];
	struct device device;
	const char *why = NULL;

	spec->principal_id = account->id;
	enum store_code code = device_add(
		call->app->store, call->arena, spec, &device, secret, &why);
	if (code == STORE_INVALID) {
		api_fail(call, 400, "%s", why);
	} else if (code == STORE_CONFLICT) {
		api_fail(call, 409, "%s", why);
	} else if (code != STORE_OK) {
		api_fail_store(call, code, why);
	} else {
		json_t *json = device_json(account->name, &device);
		json_object_set_new(json, "password", json_string(secret));
		api_answer(call, 201, json);
	}
	sodium_memzero(secret, sizeof(secret));
}

void api_device_add(struct api_call *call)
{
	const char *expires = NULL, **scope = NULL;
	struct device_spec spec = {0};
	struct account account;
	const struct api_field fields[] = {
		{"name", API_TEXT, DEVICE_NAME_SIZE - 1, &spec.name},
		{"scope", API_LIST, MAX_WORD, &scope},
		{"expires", API_TEXT, MAX_WORD, &expires},
	};

	number_to_text(call, "expires");
	if (!api_read(call, fields, sizeof(fields) / sizeof(*fields)) ||
		!read_scope(call, scope, &spec.scope) ||
		!read_expires(call, expires, &spec.expires) || !find_owner(call, &account))
		return;
	if (spec.name)
		add(call, &account, &spec);
	else
		api_fail(call, 400, "\"name\" is missing: what the device is called");
}

/* ---------------------------------------------------------------- revoke */

/* By its id, else by its name, which is unique. */
static const struct device *find_device(const struct device *devices, size_t n, const char *which)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal_nocase(devices[i].id, which))
			return &devices[i];
	for (size_t i = 0; i < n; i++)
		if (device_name_same(devices[i].name, which))
			return &devices[i];
	return NULL;
}

void api_device_revoke(struct api_call *call)
{
	struct account account;
	const char *why = NULL;
	size_t n;

	if (!api_read(call, NULL, 0) || !find_owner(call, &account))
		return;
	struct device *devices = device_list(call->app->store, call->arena, account.id, &n);
	const char *name = device_name_clean(call->arena, call->params[1], &why);
	const struct device *device = name ? find_device(devices, n, name) : NULL;
	enum store_code code = STORE_NOT_FOUND;

	if (device)
		code = device_revoke(call->app->store, call->arena, account.id, device->id, &why);
	if (code == STORE_OK)
		api_answer_nothing(call);
	else if (code == STORE_NOT_FOUND)
		api_fail(call, 404, "%s has no device \"%s\"", account.name,
			text_clean_line(call->arena, call->params[1], DEVICE_NAME_SIZE));
	else
		api_fail_store(call, code, why);
}
