/* SPDX-License-Identifier: ISC */
/* The management interface (src/api*.c) in process, on a store in memory: each row a call, in order, on one household. */
#include "tests/unit/api_help.h"
#include "storage/device.h"

static void enrolment(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=one", NULL, NULL, 201, "\"name\": \"anna\""},
		{"admin", "PUT", "/users/anna?password=two", NULL, NULL, 200,
			"\"has_password\": true"},
		{"admin", "PUT", "/users/Bob", JSON,
			"{\"password\": \"x\", \"display_name\": \"Bob B.\"}", 201, "Bob B."},
		{"admin", "PUT", "/users/bob", FORM, "password=a%26b+c", 200, "\"name\": \"bob\""},
		{"admin", "PUT", "/users/carl/", FORM, "{\"password\": \"y\"}", 201, "carl"},
		{"admin", "PUT", "/users/dora%40example.org", JSON, "{\"password\": \"y\"}", 201,
			"dora@example.org"},
		{"anna", "PUT", "/users/anna", JSON, "{\"password\": \"mine\"}", 200, "anna"},
		{"anna", "PUT", "/users/ANNA", JSON, "{\"password\": \"mine\"}", 200, "anna"},
		{"anna", "PUT", "/users/bob", JSON, "{\"password\": \"his\"}", 403,
			"only bob and admins"},
		{"anna", "PUT", "/users/nobody", JSON, "{\"password\": \"his\"}", 403,
			"only nobody and admins"},
		{"anna", "DELETE", "/users/anna", NULL, NULL, 403, "only admins"},
		{NULL, "PUT", "/users/eve?password=x", NULL, NULL, 401, "log in"},
		{NULL, "GET", "/api/v1/version", NULL, NULL, 401, "log in"},
		{"admin", "DELETE", "/users/carl", NULL, NULL, 204, NULL},
		{"admin", "DELETE", "/users/carl", NULL, NULL, 404, "no user carl"},
		{"admin", "POST", "/users/anna", NULL, NULL, 405, "PUT, DELETE"},
		{"admin", "GET", "/users", NULL, NULL, 404, NULL},
	};
	struct store_snapshot *snapshot;
	struct arena *arena = arena_new();
	struct account account;

	(void)state;
	RUN(rows);
	snapshot = store_snapshot(app.store);
	assert_true(account_find(app.store, snapshot, arena, "bob", &account));
	assert_true(account_verify(app.store, account.id, "a&b c"));
	assert_true(account_find(app.store, snapshot, arena, "anna", &account));
	assert_true(account_verify(app.store, account.id, "mine"));
	assert_non_null(store_collection(snapshot, "calendars/anna/personal"));
	assert_non_null(store_collection(snapshot, "calendars/anna/tasks"));
	assert_null(store_collection(snapshot, "calendars/carl"));
	store_snapshot_free(snapshot);
	arena_free(arena);
}

static void bad_input(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna", NULL, NULL, 400, "\\\"password\\\" is missing"},
		{"admin", "PUT", "/users/anna?password=", NULL, NULL, 400, "has 1 to 1024 bytes"},
		{"admin", "PUT", "/users/anna?password=a&password=b", NULL, NULL, 400, "twice"},
		{"admin", "PUT", "/users/anna?password=a", JSON, "{\"password\": \"b\"}", 400,
			"twice"},
		{"admin", "PUT", "/users/anna?password=%zz", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/users/anna?password=%00", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/users/anna?password=%ff", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/users/anna?password=x&colour=red", NULL, NULL, 400,
			"\\\"colour\\\" is unknown"},
		{"admin", "PUT", "/users/anna", JSON, "{\"password\": 7}", 400, "must be a text"},
		{"admin", "PUT", "/users/anna", JSON,
			"{\"password\": \"a\", \"admin\": \"perhaps\"}", 400, "true or false"},
		{"admin", "PUT", "/users/anna", JSON, "{\"password\": \"a\", \"mails\": [1]}", 400,
			"must be a text"},
		{"admin", "PUT", "/users/anna", JSON,
			"{\"password\": \"a\", \"mails\": \"nomail\"}", 400, "no mail address"},
		{"admin", "PUT", "/users/anna", JSON,
			"{\"password\": \"a\", \"display_name\": \"a\\nb\"}", 400, "one line"},
		{"admin", "PUT", "/users/anna", JSON, "{\"password\": ", 400, "line 1 of the JSON"},
		{"admin", "PUT", "/users/anna", JSON, "[]", 400, "must be an object"},
		{"admin", "PUT", "/users/anna", "text/plain", "x", 415, "application/json"},
		{"admin", "PUT", "/users/-anna?password=x", NULL, NULL, 400, "no user name"},
		{"admin", "PUT", "/users/an%2Fna?password=x", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/users/..?password=x", NULL, NULL, 400, "no user name"},
		{"admin", "PUT", "/users//anna?password=x", NULL, NULL, 400, "malformed"},
		{"admin", "POST", "/api/v1/users", FORM, "name=anna&password=x", 415,
			"application/json"},
		{"admin", "POST", "/api/v1/users", JSON, "{\"password\": \"x\"}", 400,
			"\\\"name\\\" is missing"},
		{"admin", "GET", "/api/v1/nothing", NULL, NULL, 404, NULL},
		{"admin", "GET", "/api/v1/users?x=y", NULL, NULL, 400, "unknown"},
		{"admin", "GET", "/api/v1/log?limit=0", NULL, NULL, 400, "from 1"},
		{"admin", "GET", "/api/v1/log?limit=-1", NULL, NULL, 400, "a number"},
		{"admin", "GET", "/api/v1/log?limit=many", NULL, NULL, 400, "a number"},
		{"admin", "POST", "/api/v1/backup", JSON, "{\"dir\": \"relative\"}", 400,
			"absolute"},
		{"admin", "POST", "/api/v1/backup", JSON, "{}", 400, "absolute"},
	};
	struct store_snapshot *snapshot;

	(void)state;
	RUN(rows);
	snapshot = store_snapshot(app.store);
	assert_null(store_collection(snapshot, "calendars/anna"));
	store_snapshot_free(snapshot);
}

static void users(void **state)
{
	static const struct row rows[] = {
		{"admin", "POST", "/api/v1/users", JSON,
			"{\"name\": \"Anna\", \"password\": \"x\", \"mails\": [\"anna@example.org\", \"a@b\"], \"admin\": true}",
			201, "\"admin\": true"},
		{"admin", "POST", "/api/v1/users", JSON,
			"{\"name\": \"anna\", \"password\": \"y\"}", 409, "already"},
		{"admin", "POST", "/api/v1/users", JSON,
			"{\"name\": \"bob\", \"password\": \"y\", \"mails\": \"ANNA@example.org\"}",
			409, "anna already logs in"},
		{"admin", "POST", "/api/v1/users", JSON,
			"{\"name\": \"anna@example.org\", \"password\": \"y\"}", 409,
			"anna already logs in"},
		{"admin", "POST", "/api/v1/users", JSON, "{\"name\": \"bob\", \"password\": \"y\"}",
			201, NULL},
		{"admin", "PUT", "/api/v1/users/bob/password", JSON, "{\"password\": \"z\"}", 200,
			NULL},
		{"bob", "PUT", "/api/v1/users/bob/password", JSON, "{\"password\": \"z\"}", 200,
			NULL},
		{"admin", "PUT", "/api/v1/users/carl/password", JSON, "{\"password\": \"z\"}", 404,
			"no user carl"},
		{"admin", "PUT", "/users/bob", JSON, "{\"password\": \"z\", \"admin\": true}", 409,
			"only the password"},
		{"bob", "GET", "/api/v1/users", NULL, NULL, 403, NULL},
		{"bob", "GET", "/api/v1/users/bob", NULL, NULL, 200, "\"mails\": []"},
		{"bob", "GET", "/api/v1/users/anna", NULL, NULL, 403, NULL},
		{"admin", "GET", "/api/v1/users", NULL, NULL, 200, "anna@example.org"},
		{"admin", "DELETE", "/api/v1/users/anna", NULL, NULL, 409, "only admin"},
		{"admin", "DELETE", "/api/v1/users/bob", NULL, NULL, 204, NULL},
		{"bob", "GET", "/api/v1/version", NULL, NULL, 200, "\"version\""},
	};

	(void)state;
	RUN(rows);
}

/* The role, which only admins give and take, and never from the last one. */
static void admins(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, "\"admin\": false"},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"bob", "PUT", "/api/v1/users/bob/admin", JSON, "{\"admin\": true}", 403,
			"only admins"},
		{NULL, "PUT", "/api/v1/users/bob/admin", JSON, "{\"admin\": true}", 401, NULL},
		{"bob", "PUT", "/api/v1/users/..", JSON, "{\"admin\": true}", 403, NULL},
		{"admin", "PUT", "/api/v1/users/anna/admin", JSON, "{}", 400, "is missing"},
		{"admin", "PUT", "/api/v1/users/anna/admin", JSON, "{\"admin\": null}", 400,
			"is missing"},
		{"admin", "PUT", "/api/v1/users/anna/admin", JSON, "{\"admin\": 7}", 400,
			"true or false"},
		{"admin", "PUT", "/api/v1/users/nobody/admin", JSON, "{\"admin\": true}", 404,
			"no user nobody"},
		{"admin", "PUT", "/api/v1/users/nobody/admin", JSON, "{\"admin\": false}", 404,
			"no user nobody"},
		{"admin", "PUT", "/api/v1/users/an%20na/admin", JSON, "{\"admin\": true}", 400,
			"no user name"},
		{"admin", "PUT", "/api/v1/users/Anna/admin", JSON, "{\"admin\": true}", 200,
			"\"admin\": true"},
		{"admin", "GET", "/api/v1/users/anna", NULL, NULL, 200, "\"admin\": true"},
		{"admin", "PUT", "/api/v1/users/bob/admin", JSON, "{\"admin\": false}", 200,
			"\"admin\": false"},
		{"admin", "PUT", "/api/v1/users/anna/admin", JSON, "{\"admin\": false}", 409,
			"only admin"},
		{"admin", "DELETE", "/users/anna", NULL, NULL, 409, "only admin"},
		{"admin", "PUT", "/api/v1/users/bob/admin", JSON, "{\"admin\": true}", 200, NULL},
		{"admin", "PUT", "/api/v1/users/anna/admin", JSON, "{\"admin\": false}", 200,
			"\"admin\": false"},
		{"admin", "DELETE", "/users/anna", NULL, NULL, 204, NULL},
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, "\"admin\": false"},
		/* Nothing of it is in the history. */
		{"admin", "GET", "/api/v1/log?limit=1", NULL, NULL, 200, "created the user anna"},
	};

	(void)state;
	RUN(rows);
}

static void collections(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"anna", "GET", "/api/v1/users/anna/collections", NULL, NULL, 200,
			"\"kind\": \"tasks\""},
		{"bob", "GET", "/api/v1/users/anna/collections", NULL, NULL, 403, NULL},
		{"admin", "GET", "/api/v1/users/carl/collections", NULL, NULL, 404, NULL},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"school\", \"displayname\": \"School & <more>\", \"color\": \"#1badf8\"}",
			201, "School & <more>"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"school\"}",
			409, "already"},
		{"anna", "GET", "/api/v1/users/anna/collections", NULL, NULL, 200,
			"\"color\": \"#1badf8\""},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"to do\", \"kind\": \"tasks\"}", 201,
			"/dav/calendars/anna/to%20do/"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"both\", \"components\": \"vevent, VTODO\"}", 201, "VTODO"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"friends\", \"kind\": \"addressbook\"}", 201,
			"\"addressbook\""},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"inbox\"}",
			400, "protocol"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \".git\"}",
			400, "can not name"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"@x\"}", 400,
			"can not name"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"a/b\"}", 400,
			"can not name"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"\"}", 400,
			"can not name"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"c\", \"color\": \"blue\"}", 400, "no color"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"c\", \"kind\": \"x\"}", 400, "kind"},
		{"anna", "POST", "/api/v1/users/anna/collections", JSON,
			"{\"name\": \"c\", \"components\": [\"VX\"]}", 400, "no component"},
		{"bob", "POST", "/api/v1/users/anna/collections", JSON, "{\"name\": \"c\"}", 403,
			NULL},
		{"bob", "DELETE", "/api/v1/users/anna/collections/school", NULL, NULL, 403, NULL},
		{"anna", "DELETE", "/api/v1/users/anna/collections/school", NULL, NULL, 204, NULL},
		{"anna", "DELETE", "/api/v1/users/anna/collections/school", NULL, NULL, 404, NULL},
		{"anna", "DELETE", "/api/v1/users/anna/collections/friends?kind=calendar", NULL,
			NULL, 404, NULL},
		{"anna", "DELETE", "/api/v1/users/anna/collections/friends", NULL, NULL, 204, NULL},
		{"admin", "GET", "/api/v1/log", NULL, NULL, 200, "anna removed School & <more>"},
		{"anna", "GET", "/api/v1/log/anna/school", NULL, NULL, 200,
			"anna created School & <more>"},
		{"anna", "GET", "/api/v1/log", NULL, NULL, 403, NULL},
		{"bob", "GET", "/api/v1/log/anna", NULL, NULL, 403, NULL},
		{"anna", "GET", "/api/v1/log/anna/never", NULL, NULL, 404, "there never was"},
	};

	(void)state;
	RUN(rows);
}

#define DEVICES "/api/v1/users/anna/devices"

static void devices(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"anna", "GET", DEVICES, NULL, NULL, 200, "\"devices\": []"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \" Anna's iPhone \"}", 201,
			"\"name\": \"Anna's iPhone\""},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"ANNA'S iphone\"}", 409, "already"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"Tab\", \"scope\": \"all\"}", 201,
			"\"password\": \""},
		{"anna", "POST", DEVICES, JSON,
			"{\"name\": \"a\", \"scope\": \"calendars, read-only\"}", 201,
			"\"calendars\",\n    \"read-only\""},
		{"anna", "POST", DEVICES, JSON,
			"{\"name\": \"b\", \"scope\": [\"Contacts\", \"calendars\"]}", 201,
			"\"calendars\",\n    \"contacts\""},
		{"anna", "POST", DEVICES, JSON,
			"{\"name\": \"c\", \"scope\": \"all,read-only\", \"expires\": 90}", 201,
			"\"all\",\n    \"read-only\""},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"d\", \"expires\": \"2999-01-31\"}",
			201, "\"expires\": \"2999-01-31T00:00:00Z\""},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"e\", \"expires\": \"90d\"}", 201,
			"\"expired\": false"},
		{"admin", "GET", "/api/v1/devices", NULL, NULL, 200, "\"user\": \"anna\""},
		{"admin", "POST", DEVICES, JSON, "{\"name\": \"by admin\"}", 201, "by admin"},
	};

	(void)state;
	RUN(rows);
}

static void bad_devices(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"anna", "POST", DEVICES, JSON, "{}", 400, "\\\"name\\\" is missing"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"\"}", 400, "1 to 100 characters"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"  \"}", 400, "1 to 100 characters"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"a\\nb\"}", 400, "control characters"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"a\\u202eb\"}", 400, "invisible"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": 7}", 400, "a text"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"scope\": \"mail\"}", 400,
			"no scope"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"scope\": \"\"}", 400,
			"is empty"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"scope\": []}", 400,
			"is empty"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"scope\": \"all,contacts\"}",
			400, "\\\"all\\\", or"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": \"2020-01-01\"}",
			400, "in the past"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": \"soon\"}", 400,
			"a date such as"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": 0}", 400,
			"a date such as"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": -1}", 400,
			"a date such as"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": 1.5}", 400,
			"a text"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": 99999999999999}",
			400, "a date such as"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"expires\": \"2027-02-30\"}",
			400, "a date such as"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"x\", \"password\": \"mine\"}", 400,
			"unknown here"},
		{"anna", "POST", DEVICES, FORM, "name=x", 415, "application/json"},
	};

	(void)state;
	RUN(rows);
}

static void whose_devices(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"Tab\"}", 201, NULL},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"Anna's iPhone\"}", 201, NULL},
		{"bob", "GET", DEVICES, NULL, NULL, 403, "only anna and admins"},
		{"bob", "POST", DEVICES, JSON, "{\"name\": \"x\"}", 403, NULL},
		{"bob", "DELETE", DEVICES "/Tab", NULL, NULL, 403, NULL},
		{"bob", "GET", "/api/v1/users/nobody/devices", NULL, NULL, 403, NULL},
		{"bob", "GET", "/api/v1/devices", NULL, NULL, 403, NULL},
		{NULL, "GET", DEVICES, NULL, NULL, 401, NULL},
		{"admin", "GET", "/api/v1/users/nobody/devices", NULL, NULL, 404, "no user nobody"},
		{"admin", "POST", "/api/v1/users/nobody/devices", JSON, "{\"name\": \"x\"}", 404,
			"no user nobody"},
		{"anna", "DELETE", DEVICES "/tab", NULL, NULL, 204, NULL},
		{"anna", "DELETE", DEVICES "/tab", NULL, NULL, 404, "no device"},
		{"anna", "DELETE", DEVICES "/Anna's%20iPhone", NULL, NULL, 204, NULL},
		{"anna", "DELETE", DEVICES "/..", NULL, NULL, 404, "no device"},
		{"anna", "DELETE", DEVICES "/%0A", NULL, NULL, 404, "no device"},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"..\"}", 201, "\"name\": \"..\""},
		{"anna", "DELETE", DEVICES "/..", NULL, NULL, 204, NULL},
		{"anna", "POST", DEVICES, JSON, "{\"name\": \"b@home\"}", 201, "b@home"},
		{"bob", "POST", "/api/v1/users/bob/devices", JSON, "{\"name\": \"Tab\"}", 201,
			NULL},
		{"admin", "DELETE", "/users/bob", NULL, NULL, 204, NULL},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"bob", "GET", "/api/v1/users/bob/devices", NULL, NULL, 200, "\"devices\": []"},
	};

	(void)state;
	RUN(rows);
}

/* The member of a JSON answer, as long as it holds no escapes. */
static char *member(struct arena *arena, const struct api_response *response, const char *name)
{
	const char *start = strstr(response->body.data, arena_printf(arena, "\"%s\": \"", name));

	assert_non_null(start);
	start += strlen(name) + 5;
	return arena_strndup(arena, start, strcspn(start, "\""));
}

static void a_device_is_revoked_by_its_id(void **state)
{
	static const struct row make[] = {
		{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL}};
	static const struct row add = {
		"anna", "POST", DEVICES, JSON, "{\"name\": \"a/b\"}", 201, NULL};
	struct arena *arena = arena_new();
	struct api_response response;
	struct device device;
	struct account account;

	(void)state;
	RUN(make);
	call(&add, &response);
	assert_int_equal(response.status, 201);
	char *secret = member(arena, &response, "password"), *id = member(arena, &response, "id");
	api_response_free(&response);
	struct store_snapshot *snapshot = store_snapshot(app.store);
	assert_true(account_find(app.store, snapshot, arena, "anna", &account));
	store_snapshot_free(snapshot);
	assert_true(device_verify(app.store, account.id, secret, &device));

	const struct row list = {"anna", "GET", DEVICES, NULL, NULL, 200, NULL};
	call(&list, &response);
	assert_null(strstr(response.body.data, "password"));
	assert_null(strstr(response.body.data, secret));
	api_response_free(&response);
	const struct row rows[] = {
		/* no segment of an address can hold a slash */
		{"anna", "DELETE", DEVICES "/a%2Fb", NULL, NULL, 400, "malformed"},
		{"anna", "DELETE", arena_printf(arena, DEVICES "/%s", id), NULL, NULL, 204, NULL},
	};
	RUN(rows);
	assert_false(device_verify(app.store, account.id, secret, &device));
	arena_free(arena);
}

static void addresses(void **state)
{
	static const struct {
		const char *target;
		bool serves;
	} rows[] = {
		{"/api/v1/users", true},
		{"/api/v1", true},
		{"/api/v1?x", true},
		{"/users/anna", true},
		{"/groups/x", true},
		{"/api/v10", false},
		{"/api", false},
		{"/usersx", false},
		{"/dav/users/", false},
		{"/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(api_serves(rows[i].target), rows[i].serves);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enrolment),
		TEST(bad_input),
		TEST(users),
		TEST(admins),
		TEST(collections),
		TEST(devices),
		TEST(bad_devices),
		TEST(whose_devices),
		TEST(a_device_is_revoked_by_its_id),
		cmocka_unit_test(addresses),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
