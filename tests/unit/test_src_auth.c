/* SPDX-License-Identifier: ISC */
/* src/auth.c and src/auth_throttle.c on a store in memory: who gets in, who has to wait, what is remembered. */
#include "ical/cal.h"
#include "src/auth.h"
#include "src/auth_agent.h"
#include "src/base/clock.h"
#include "storage/account.h"
#include "storage/device.h"
#include "webdav/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOME "192.0.2.7"
#define ELSEWHERE "198.51.100.1"
#define PASSWORD "a:b%41 ä"

/* Waits are whole seconds, and a hash may take one on a busy machine: here time passes when a test says so. */
static _Atomic int64_t today;
/* What verifying costs: how many hashes, and the parameters of the last one ("$argon2id$v=19$m=…,t=…,p=…"). */
static atomic_uint hashes;
static char hash_form[64];

/* In place of the one of libc, that clock_now asks. */
time_t time(time_t *out)
{
	time_t now = (time_t)today;

	if (out)
		*out = now;
	return now;
}

/* In place of the one of libsodium, which it calls. */
int crypto_pwhash_str_verify(
	const char hash[crypto_pwhash_STRBYTES], const char *const password, unsigned long long len)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const char *end = strrchr(hash, ',');
	int (*real)(const char *, const char *, unsigned long long);
	void *found = dlsym(RTLD_NEXT, "crypto_pwhash_str_verify");

	memcpy(&real, &found, sizeof(real));
	hashes++;
	pthread_mutex_lock(&lock);
	snprintf(hash_form, sizeof(hash_form), "%.*s",
		(int)(end ? end + strcspn(end, "$") - hash : 0), hash);
	pthread_mutex_unlock(&lock);
	return real(hash, password, len);
}

struct bed {
	struct store *store;
	struct config *config;
	struct auth *auth;
	struct arena *arena;
	struct dav_person person;
	unsigned wait;
	enum auth_place place;
	const char *agent;
};

static int begin(void **state)
{
	static const char *const mails[] = {"Anna@Example.org"};
	static const struct account_spec spec = {
		.name = "anna",
		.password = PASSWORD,
		.display_name = "Anna B.",
		.mails = mails,
		.n_mails = 1,
		.with_defaults = true,
	};
	static const struct store_options options = {.inspect = cal_inspect};
	static struct bed bed;
	struct store_result result;

	today = INT64_C(1800000000);
	bed = (struct bed){.config = config_new(), .arena = arena_new()};
	assert_int_equal(store_open_memory(&bed.store, &options), STORE_OK);
	assert_int_equal(account_create(bed.store, &spec, NULL, &result), STORE_OK);
	bed.auth = auth_new(bed.store, bed.config);
	*state = &bed;
	return 0;
}

static int end(void **state)
{
	struct bed *bed = *state;

	auth_free(bed->auth);
	store_close(bed->store);
	config_free(bed->config);
	arena_free(bed->arena);
	return 0;
}

static char *basic(struct bed *bed, const char *login, const char *password)
{
	const char *both = arena_printf(bed->arena, "%s:%s", login, password);
	size_t size = sodium_base64_ENCODED_LEN(strlen(both), sodium_base64_VARIANT_ORIGINAL);
	char *encoded = arena_alloc(bed->arena, size);

	sodium_bin2base64(encoded, size, (const unsigned char *)both, strlen(both),
		sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(bed->arena, "Basic %s", encoded);
}

static enum auth_result check(struct bed *bed, const char *header, const char *remote)
{
	const struct auth_request request = {header, remote, bed->agent, bed->place};

	return auth_check(bed->auth, &request, bed->arena, &bed->person, &bed->wait);
}

static enum auth_result verify(struct bed *bed, const char *header, const char *remote)
{
	const struct auth_request request = {header, remote, bed->agent, bed->place};

	return auth_verify(bed->auth, &request, bed->arena, &bed->person, &bed->wait);
}

static void log_in_forms(void **state)
{
	static const struct {
		const char *name, *login, *password;
		enum auth_result want;
	} rows[] = {
		{"as it is", "anna", PASSWORD, AUTH_OK},
		{"any case", "ANNA", PASSWORD, AUTH_OK},
		{"by mail", "anna@example.ORG", PASSWORD, AUTH_OK},
		{"latin-1 client", "anna", "a:b%41 \xe4", AUTH_OK},
		{"escapes are not decoded", "anna", "a:bA ä", AUTH_WRONG},
		{"half of it", "anna", "a", AUTH_WRONG},
		{"no password", "anna", "", AUTH_WRONG},
		{"nobody", "bob", PASSWORD, AUTH_WRONG},
		{"no name", "", PASSWORD, AUTH_WRONG},
		{"odd name", "../anna", PASSWORD, AUTH_WRONG},
	};
	struct bed *bed = *state;

	bed->config->throttle = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *header = basic(bed, rows[i].login, rows[i].password);
		enum auth_result got = verify(bed, header, HOME);
		if (got != rows[i].want)
			fail_msg("%s: %d, wanted %d", rows[i].name, got, rows[i].want);
		if (got != AUTH_OK)
			continue;
		assert_string_equal(bed->person.name, "anna");
		assert_string_equal(bed->person.display_name, "Anna B.");
		assert_false(bed->person.admin);
	}
}

static void malformed_headers(void **state)
{
	static const struct {
		const char *header;
		enum auth_result want;
	} rows[] = {
		{NULL, AUTH_ANONYMOUS},
		{"", AUTH_ANONYMOUS},
		{"Basic", AUTH_WRONG},
		{"Basic ", AUTH_WRONG},
		{"Basic !!!!", AUTH_WRONG},
		{"Basic YW5uYQ==", AUTH_WRONG},     /* no colon */
		{"Basic YW5uYTphAGI=", AUTH_WRONG}, /* a NUL */
		{"Bearer YW5uYTphYg==", AUTH_WRONG},
		{"bAsIc   YW5uYTphYg==  ", AUTH_HASH},
	};
	struct bed *bed = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(check(bed, rows[i].header, HOME), rows[i].want);
	char *huge = arena_alloc(bed->arena, 20000);
	memset(huge, 'A', 19999);
	memcpy(huge, "Basic ", 6);
	assert_int_equal(check(bed, huge, HOME), AUTH_WRONG);
}

static void verified_ones_are_remembered(void **state)
{
	struct bed *bed = *state;
	const char *header = basic(bed, "anna", PASSWORD);

	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_OK);
	assert_int_equal(check(bed, basic(bed, "Anna", PASSWORD), ELSEWHERE), AUTH_OK);
	assert_int_equal(check(bed, basic(bed, "anna", "wrong"), HOME), AUTH_HASH);

	assert_int_equal(account_set_password(bed->store, "anna", "new"), STORE_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_WRONG);
	header = basic(bed, "anna", "new");
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_OK);

	assert_false(bed->person.admin);
	assert_int_equal(account_set_admin(bed->store, "anna", true), STORE_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_true(bed->person.admin);
	assert_int_equal(account_set_admin(bed->store, "anna", false), STORE_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_false(bed->person.admin);

	struct dav_people people = {.store = bed->store, .arena = bed->arena};
	assert_int_equal(dav_user_remove(&people, "anna"), PEOPLE_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_WRONG);
}

/* The memory answers without the hash, that costs 45 ms. */
static void remembered_is_cheap(void **state)
{
	struct bed *bed = *state;
	const char *header = basic(bed, "anna", PASSWORD);

	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	unsigned before = hashes;
	assert_int_equal(check(bed, header, HOME), AUTH_OK);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_int_equal(hashes, before);
}

static void fifth_failure_waits(void **state)
{
	struct bed *bed = *state;
	const char *wrong = basic(bed, "anna", "wrong"), *right = basic(bed, "anna", PASSWORD);

	for (int i = 0; i < AUTH_FREE_FAILURES; i++)
		assert_int_equal(verify(bed, wrong, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, wrong, HOME), AUTH_WAIT);
	assert_int_equal(bed->wait, 1);
	assert_int_equal(check(bed, right, HOME), AUTH_WAIT);
	assert_int_equal(verify(bed, right, HOME), AUTH_WAIT);
	assert_int_equal(verify(bed, right, ELSEWHERE), AUTH_OK);
	assert_int_equal(check(bed, right, ELSEWHERE), AUTH_OK);
	/* what is remembered does not help a guesser */
	assert_int_equal(check(bed, right, HOME), AUTH_WAIT);

	/* neither does a restart */
	auth_free(bed->auth);
	bed->auth = auth_new(bed->store, bed->config);
	assert_int_equal(verify(bed, right, HOME), AUTH_WAIT);
}

static void wait_doubles_up_to_a_minute(void **state)
{
	struct bed *bed = *state;
	const char *wrong = basic(bed, "anna", "wrong");
	static const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60};

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		/* as if the last wait were over */
		struct account_throttle row = {
			AUTH_FREE_FAILURES + (unsigned)i, clock_now() - AUTH_MAX_WAIT - 1};
		account_throttle_set(bed->store, "a:" HOME "|anna", &row);
		auth_free(bed->auth);
		bed->auth = auth_new(bed->store, bed->config);
		assert_int_equal(verify(bed, wrong, HOME), AUTH_WAIT);
		assert_int_equal(bed->wait, waits[i]);
	}
}

static void right_log_in_forgives(void **state)
{
	struct bed *bed = *state;
	const char *wrong = basic(bed, "anna", "wrong"), *right = basic(bed, "anna", PASSWORD);
	struct account_throttle row;

	for (int i = 0; i < AUTH_FREE_FAILURES; i++)
		assert_int_equal(verify(bed, wrong, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, right, HOME), AUTH_OK);
	account_throttle_get(bed->store, "a:" HOME "|anna", &row);
	assert_int_equal(row.failures, 0);
	for (int i = 0; i < AUTH_FREE_FAILURES; i++)
		assert_int_equal(verify(bed, wrong, HOME), AUTH_WRONG);
}

/* The rows of state.db say what counts as one place. */
static void addresses(void **state)
{
	static const struct {
		const char *remote, *key;
	} rows[] = {
		{"192.0.2.9", "a:192.0.2.9|bob"},
		{"::ffff:192.0.2.10", "a:192.0.2.10|bob"},
		{"2001:db8:1:2:3:4:5:6", "a:2001:db8:1:2::/64|bob"},
		{"::1", "a:::/64|bob"},
		{"127.0.0.1", "a:127.0.0.1|bob"},
		{NULL, "a:|bob"},
	};
	struct bed *bed = *state;
	const char *header = basic(bed, "bob", "x");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct account_throttle row = {0};
		assert_int_equal(verify(bed, header, rows[i].remote), AUTH_WRONG);
		account_throttle_get(bed->store, rows[i].key, &row);
		assert_int_equal(row.failures, 1);
	}
}

static void one_address_trying_many_accounts_waits(void **state)
{
	struct bed *bed = *state;
	struct account_throttle row = {20, clock_now()};

	account_throttle_set(bed->store, "n:" HOME, &row);
	assert_int_equal(verify(bed, basic(bed, "carl", "x"), HOME), AUTH_WAIT);
	assert_int_equal(verify(bed, basic(bed, "dora", "x"), HOME), AUTH_WAIT);
	assert_int_equal(verify(bed, basic(bed, "anna", PASSWORD), ELSEWHERE), AUTH_OK);
}

static void throttle_can_be_off(void **state)
{
	struct bed *bed = *state;
	const char *wrong = basic(bed, "anna", "wrong");

	bed->config->throttle = false;
	for (int i = 0; i < AUTH_FREE_FAILURES + 2; i++)
		assert_int_equal(verify(bed, wrong, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "anna", PASSWORD), HOME), AUTH_OK);
}

static void trust_on_first_use(void **state)
{
	struct bed *bed = *state;
	struct store_snapshot *snapshot;

	assert_int_equal(verify(bed, basic(bed, "bob", "first"), HOME), AUTH_WRONG);
	bed->config->trust_on_first_use = true;
	assert_int_equal(verify(bed, basic(bed, "Bob", "first"), HOME), AUTH_OK);
	assert_string_equal(bed->person.name, "bob");
	assert_false(bed->person.admin);
	snapshot = store_snapshot(bed->store);
	assert_non_null(store_collection(snapshot, "calendars/bob/personal"));
	store_snapshot_free(snapshot);
	assert_int_equal(check(bed, basic(bed, "bob", "first"), HOME), AUTH_OK);
	/* only the first time, and only for names nobody has */
	assert_int_equal(verify(bed, basic(bed, "bob", "second"), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "anna", "other"), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "anna@example.org", "other"), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "no/name", "x"), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "carl", ""), HOME), AUTH_WRONG);
}

/* A name that nobody has must cost what a wrong password costs: the same hash, as often. */
static void unknown_names_take_as_long(void **state)
{
	struct bed *bed = *state;
	const char *const headers[] = {basic(bed, "anna", "wrong"), basic(bed, "nobody", "wrong")};
	char form[sizeof(hash_form)];

	bed->config->throttle = false;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		unsigned before = hashes;
		assert_int_equal(verify(bed, headers[i], HOME), AUTH_WRONG);
		assert_int_equal(verify(bed, headers[i], HOME), AUTH_WRONG);
		assert_int_equal(hashes - before, 2);
		assert_non_null(strstr(hash_form, "$argon2id$"));
		if (i)
			assert_string_equal(hash_form, form);
		memcpy(form, hash_form, sizeof(form));
	}
}

/* ---------------------------------------------------------------- devices */

static const char *anna_id(struct bed *bed)
{
	struct store_snapshot *snapshot = store_snapshot(bed->store);
	struct account account;

	assert_true(account_find(bed->store, snapshot, bed->arena, "anna", &account));
	store_snapshot_free(snapshot);
	return account.id;
}

/* A device of anna: *device, and the header it logs in with. */
static const char *add_device(
	struct bed *bed, const char *name, unsigned scope, int64_t expires, struct device *device)
{
	const struct device_spec spec = {anna_id(bed), name, scope, expires};
	char secret[DEVICE_SECRET_SIZE];
	const char *why;

	assert_int_equal(device_add(bed->store, bed->arena, &spec, device, secret, &why), STORE_OK);
	return basic(bed, "anna", secret);
}

static void devices_log_in(void **state)
{
	struct bed *bed = *state;
	struct device device;
	const char *why;
	const char *header = add_device(bed, "Anna's iPhone", DAV_SCOPE_CALENDARS, 0, &device);
	const char *main = basic(bed, "anna", PASSWORD);

	bed->place = AUTH_SYNC;
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_string_equal(bed->person.name, "anna");
	assert_string_equal(bed->person.device, "Anna's iPhone");
	assert_int_equal(bed->person.scope, DAV_SCOPE_CALENDARS);
	bed->person = (struct dav_person){0};
	assert_int_equal(check(bed, header, HOME), AUTH_OK);
	assert_string_equal(bed->person.device, "Anna's iPhone");
	assert_int_equal(bed->person.scope, DAV_SCOPE_CALENDARS);

	bed->place = AUTH_ANYWHERE;
	assert_int_equal(check(bed, header, HOME), AUTH_OK);
	bed->place = AUTH_MANAGE;
	assert_int_equal(check(bed, header, HOME), AUTH_NOT_HERE);
	assert_int_equal(verify(bed, header, HOME), AUTH_NOT_HERE);
	assert_int_equal(verify(bed, main, HOME), AUTH_OK);
	assert_null(bed->person.device);
	assert_int_equal(bed->person.scope, 0);

	/* of nobody else, and by mail address too */
	bed->place = AUTH_SYNC;
	assert_int_equal(account_set_password(bed->store, "anna", "new"), STORE_OK);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	assert_int_equal(
		device_revoke(bed->store, bed->arena, anna_id(bed), device.id, &why), STORE_OK);
	assert_int_equal(check(bed, header, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, header, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "anna", "new"), HOME), AUTH_OK);
}

static void device_passwords_are_their_owners(void **state)
{
	static const struct account_spec bob = {.name = "bob", .password = "x"};
	struct bed *bed = *state;
	const struct device_spec spec = {anna_id(bed), "Phone", 0, 0};
	char secret[DEVICE_SECRET_SIZE];
	struct store_result result;
	struct device device;
	const char *why;

	assert_int_equal(account_create(bed->store, &bob, NULL, &result), STORE_OK);
	assert_int_equal(
		device_add(bed->store, bed->arena, &spec, &device, secret, &why), STORE_OK);
	assert_int_equal(verify(bed, basic(bed, "bob", secret), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "nobody", secret), HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, basic(bed, "ANNA@example.org", secret), HOME), AUTH_OK);
	assert_string_equal(bed->person.name, "anna");
	for (char *c = secret; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	assert_int_equal(verify(bed, basic(bed, "anna", secret), HOME), AUTH_OK);
	struct dav_people people = {.store = bed->store, .arena = bed->arena};
	assert_int_equal(dav_user_remove(&people, "anna"), PEOPLE_OK);
	assert_int_equal(verify(bed, basic(bed, "anna", secret), HOME), AUTH_WRONG);
}

/* Also while it is remembered. */
static void devices_expire(void **state)
{
	struct bed *bed = *state;
	struct device device;
	const char *past = add_device(bed, "old", 0, clock_now() - 1, &device);
	const char *soon = add_device(bed, "new", 0, clock_now() + 2, &device);

	bed->place = AUTH_SYNC;
	assert_int_equal(verify(bed, past, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, soon, HOME), AUTH_OK);
	today += 1;
	assert_int_equal(check(bed, soon, HOME), AUTH_OK);
	today += 1;
	assert_int_equal(check(bed, soon, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, soon, HOME), AUTH_WRONG);
	/* as any wrong password */
	for (int i = 1; i < AUTH_FREE_FAILURES; i++)
		assert_int_equal(verify(bed, soon, HOME), AUTH_WRONG);
	assert_int_equal(verify(bed, soon, HOME), AUTH_WAIT);
}

static void no_device_is_an_admin(void **state)
{
	static const struct account_spec root = {.name = "root", .password = "x", .admin = true};
	struct bed *bed = *state;
	struct store_snapshot *snapshot;
	struct store_result result;
	struct account account;
	struct device device;
	char secret[DEVICE_SECRET_SIZE];
	const char *why;

	assert_int_equal(account_create(bed->store, &root, NULL, &result), STORE_OK);
	snapshot = store_snapshot(bed->store);
	assert_true(account_find(bed->store, snapshot, bed->arena, "root", &account));
	store_snapshot_free(snapshot);
	const struct device_spec spec = {account.id, "Phone", 0, 0};
	assert_int_equal(
		device_add(bed->store, bed->arena, &spec, &device, secret, &why), STORE_OK);
	assert_int_equal(verify(bed, basic(bed, "root", secret), HOME), AUTH_OK);
	assert_false(bed->person.admin);
	assert_int_equal(verify(bed, basic(bed, "root", "x"), HOME), AUTH_OK);
	assert_true(bed->person.admin);
}

static void main_passwords_can_be_refused(void **state)
{
	struct bed *bed = *state;
	struct device device;
	const char *header = add_device(bed, "Phone", 0, 0, &device);
	const char *main = basic(bed, "anna", PASSWORD);
	struct account_throttle row;
	size_t n;

	bed->config->require_device_password = true;
	bed->place = AUTH_SYNC;
	assert_int_equal(check(bed, main, HOME), AUTH_HASH);
	assert_int_equal(verify(bed, main, HOME), AUTH_NOT_HERE);
	assert_int_equal(check(bed, main, HOME), AUTH_NOT_HERE);
	assert_null(bed->person.name);
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	bed->place = AUTH_MANAGE;
	assert_int_equal(check(bed, main, HOME), AUTH_OK);
	bed->place = AUTH_ANYWHERE;
	assert_int_equal(check(bed, main, HOME), AUTH_OK);

	/* a phone that was not told yet earns no wait, and is not noticed */
	bed->place = AUTH_SYNC;
	for (int i = 0; i < 10; i++)
		assert_int_equal(verify(bed, main, HOME), AUTH_NOT_HERE);
	account_throttle_get(bed->store, "a:" HOME "|anna", &row);
	assert_int_equal(row.failures, 0);
	device_list(bed->store, bed->arena, anna_id(bed), &n);
	assert_int_equal(n, 1);

	/* nor does anybody enrol where they could not log in */
	bed->config->trust_on_first_use = true;
	assert_int_equal(verify(bed, basic(bed, "bob", "first"), HOME), AUTH_WRONG);
	bed->place = AUTH_MANAGE;
	assert_int_equal(verify(bed, basic(bed, "bob", "first"), HOME), AUTH_OK);
}

static void uses_of_devices_are_noted(void **state)
{
	struct bed *bed = *state;
	struct device device;
	const char *header = add_device(bed, "Phone", 0, 0, &device);
	size_t n;

	bed->place = AUTH_SYNC;
	bed->agent = "DAVx5/4.3.3 (a\001b)";
	assert_int_equal(verify(bed, header, HOME), AUTH_OK);
	struct device *list = device_list(bed->store, bed->arena, anna_id(bed), &n);
	assert_int_equal(n, 1);
	assert_true(list[0].last_used >= clock_now() - 10);
	assert_string_equal(list[0].address, HOME);
	assert_string_equal(list[0].user_agent, "DAVx5/4.3.3 (a b)");
	assert_int_equal(
		verify(bed, basic(bed, "anna", "abcd-efgh-jkmn-pqrs-tuvw"), ELSEWHERE), AUTH_WRONG);
	list = device_list(bed->store, bed->arena, anna_id(bed), &n);
	assert_string_equal(list[0].address, HOME);
}

static void programs_become_devices(void **state)
{
	static const struct {
		const char *agent, *device;
	} rows[] = {
		{"DAVx5/4.3.3-ose (2023/08/21; dav4jvm) Android/13", "DAVx5"},
		{"DAVx5/4.5-ose (2026/08/21; dav4jvm; ktor/3) Android/15", "DAVx5"},
		{"iOS/17.0 (21A329) dataaccessd/1.0", "iOS dataaccessd"},
		{NULL, AGENT_UNNAMED},
		{"", AGENT_UNNAMED},
	};
	struct bed *bed = *state;
	const char *main = basic(bed, "anna", PASSWORD);
	size_t n;

	bed->place = AUTH_MANAGE;
	bed->agent = "Mozilla/5.0 Firefox/1.0";
	assert_int_equal(verify(bed, main, HOME), AUTH_OK);
	assert_null(bed->person.device);
	bed->place = AUTH_SYNC;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bed->agent = rows[i].agent;
		if (check(bed, main, HOME) != AUTH_OK) /* a new one: not on a poll thread */
			assert_int_equal(verify(bed, main, HOME), AUTH_OK);
		assert_string_equal(bed->person.device, rows[i].device);
		assert_int_equal(bed->person.scope, 0);
		assert_int_equal(check(bed, main, HOME), AUTH_OK);
		assert_string_equal(bed->person.device, rows[i].device);
	}
	device_list(bed->store, bed->arena, anna_id(bed), &n);
	assert_int_equal(n, 3);

	/* however many come, there is an end, and it costs no hasher */
	for (int i = 0; i < 2 * DEVICE_MAX_NOTICED; i++) {
		bed->agent = arena_printf(bed->arena, "p%c%c", 'a' + i / 26, 'a' + i % 26);
		assert_int_equal(verify(bed, main, HOME), AUTH_OK);
	}
	assert_null(bed->person.device);
	assert_int_equal(check(bed, main, HOME), AUTH_OK);
	device_list(bed->store, bed->arena, anna_id(bed), &n);
	assert_int_equal(n, DEVICE_MAX_NOTICED);
}

static void *many_times(void *payload)
{
	struct bed mine = *(struct bed *)payload;

	mine.arena = arena_new();
	for (int i = 0; i < 30; i++) {
		const char *header = basic(&mine, "anna", PASSWORD);
		if (check(&mine, header, HOME) == AUTH_HASH)
			assert_int_equal(verify(&mine, header, HOME), AUTH_OK);
		check(&mine, basic(&mine, "eve", "x"), ELSEWHERE);
		if (i % 10 == 0)
			verify(&mine, basic(&mine, "eve", "x"), ELSEWHERE);
	}
	arena_free(mine.arena);
	return NULL;
}

static void threads(void **state)
{
	pthread_t pool[4];

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&pool[i], NULL, many_times, *state), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(pool[i], NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(log_in_forms),
		TEST(malformed_headers),
		TEST(verified_ones_are_remembered),
		TEST(remembered_is_cheap),
		TEST(fifth_failure_waits),
		TEST(wait_doubles_up_to_a_minute),
		TEST(right_log_in_forgives),
		TEST(addresses),
		TEST(one_address_trying_many_accounts_waits),
		TEST(throttle_can_be_off),
		TEST(trust_on_first_use),
		TEST(unknown_names_take_as_long),
		TEST(devices_log_in),
		TEST(device_passwords_are_their_owners),
		TEST(devices_expire),
		TEST(no_device_is_an_admin),
		TEST(main_passwords_can_be_refused),
		TEST(uses_of_devices_are_noted),
		TEST(programs_become_devices),
		TEST(threads),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
