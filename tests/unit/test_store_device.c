/* SPDX-License-Identifier: ISC */
/* storage/device*.c on both backends: names, passwords, revoking, what goes with its owner, what is noted and noticed. */
#include "src/base/clock.h"
#include "tests/unit/account_help.h"
#include "storage/account.h"
#include "storage/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];
static struct arena *arena;

static bool inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *into,
	struct facts *facts, struct facts_fault *fault)
{
	(void)kind, (void)bytes, (void)len, (void)into, (void)fault;
	*facts = (struct facts){.uid = "u", .component = FACTS_VEVENT};
	return true;
}

static struct store *open_again(void)
{
	struct store_options options = {.inspect = inspect, .no_maintenance = true};
	struct store *store = NULL;
	const char *why = "";

	if (store_open(&store, dir, &options, &why) != STORE_OK)
		fail_msg("%s", why);
	return store;
}

/* A household of anna; *id is hers. */
static struct store *open_store(bool memory, const char **id)
{
	struct store_options options = {.inspect = inspect, .no_maintenance = true};
	const struct account_spec spec = {.name = "anna", .password = "x"};
	struct store_result result;
	struct store *store = NULL;
	struct account account;

	arena = arena_new();
	if (memory) {
		assert_int_equal(store_open_memory(&store, &options), STORE_OK);
	} else {
		snprintf(dir, sizeof(dir), "/tmp/daybook-device-XXXXXX");
		assert_non_null(mkdtemp(dir));
		store = open_again();
	}
	assert_int_equal(account_create(store, &spec, NULL, &result), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	assert_true(account_find(store, snapshot, arena, "anna", &account));
	store_snapshot_free(snapshot);
	*id = account.id;
	return store;
}

static void remove_store(struct store *store, bool memory)
{
	char command[128];

	store_close(store);
	arena_free(arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (!memory)
		assert_int_equal(system(command), 0);
}

static enum store_code add(struct store *store, const char *id, const char *name, int64_t expires,
	struct device *device, char secret[DEVICE_SECRET_SIZE])
{
	const struct device_spec spec = {id, name, 5, expires};
	const char *why = NULL;
	enum store_code code = device_add(store, arena, &spec, device, secret, &why);

	if (code != STORE_OK)
		assert_non_null(why);
	return code;
}

static size_t count(struct store *store, const char *id)
{
	size_t n;

	device_list(store, arena, id, &n);
	return n;
}

/* ---------------------------------------------------------------- names */

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define UMLAUTS "ääääääääää"

static void names_are_cleaned_or_refused(void **unused)
{
	static const struct {
		const char *name, *clean; /* NULL: refused */
	} rows[] = {
		{"Anna's iPhone", "Anna's iPhone"},
		{"  Anna's \t", "Anna's"},
		{"Anna's   old  phone", "Anna's old phone"},
		{"\u00a0Anna\u2003B.\u3000", "Anna B."},
		{"..", ".."},
		{".", "."},
		{"a/b", "a/b"},
		{"anna@example.org", "anna@example.org"},
		{"--scope", "--scope"},
		{"Телефон", "Телефон"},
		{"👨‍👩‍👧 iPad ❤️", "👨‍👩‍👧 iPad ❤️"},
		{HUNDRED, HUNDRED},
		{UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS,
			UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
				UMLAUTS},
		{"", NULL},
		{" \n ", NULL},
		{"\u200d", NULL},
		{HUNDRED "x", NULL},
		{HUNDRED HUNDRED HUNDRED, NULL},
		{"a\nUser: admin", NULL},
		{"a\033[2J", NULL},
		{"a\x7f", NULL},
		{"a\xc2\x85", NULL},
		{"Anna\u202eenohP", NULL},
		{"An\u200bna", NULL},
		{"An\u00adna", NULL},
		{"\ufeffAnna", NULL},
		{"\xff", NULL},
		{"\xed\xa0\x80", NULL},
	};

	(void)unused;
	arena = arena_new();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = NULL;
		const char *clean = device_name_clean(arena, rows[i].name, &why);
		if (!rows[i].clean != !clean || (clean && strcmp(clean, rows[i].clean) != 0))
			fail_msg("\"%s\": \"%s\"", rows[i].name, clean ? clean : why);
		assert_true(clean || why);
	}
	arena_free(arena);
}

static void names_are_compared_without_case(void **unused)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"Anna's iPhone", "ANNA'S IPHONE", true},
		{"Änne", "änne", true},
		{"ŽOFIE ŁUKASZ", "žofie łukasz", true},
		{"ΣΟΦΙΑ", "σοφια", true},
		{"ТЕЛЕФОН Ё", "телефон ё", true},
		{"❤️", "❤", true},
		{"×", "÷", false},
		{"Anna", "Аnna", false}, /* a Cyrillic A */
		{"Änne", "Anne", false},
		{"a", "ab", false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (device_name_same(rows[i].a, rows[i].b) != rows[i].same)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
}

/* ---------------------------------------------------------------- passwords */

static void a_password_is_made_shown_and_found(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE], other[DEVICE_SECRET_SIZE], typed[128];
	struct device device, found;

	assert_int_equal(add(store, id, " Anna's iPhone ", 0, &device, secret), STORE_OK);
	assert_string_equal(device.name, "Anna's iPhone");
	assert_int_equal(strlen(secret), DEVICE_SECRET_SIZE - 1);
	for (size_t i = 0; secret[i]; i++)
		assert_true(i % 5 == 4 ? secret[i] == '-' : strchr("ilo01-", secret[i]) == NULL);
	assert_true(device_verify(store, id, secret, &found));
	assert_string_equal(found.id, device.id);
	assert_string_equal(found.name, "Anna's iPhone");
	assert_int_equal(found.scope, 5);
	assert_false(found.noticed);

	/* as people type it */
	size_t len = 0;
	for (size_t i = 0; secret[i]; i++)
		if (secret[i] != '-')
			len += (size_t)snprintf(typed + len, sizeof(typed) - len, "%c%s",
				toupper((unsigned char)secret[i]), i % 3 ? "" : "- ");
	assert_true(device_verify(store, id, typed, &found));
	typed[0] = typed[0] == 'A' ? 'B' : 'A';
	assert_false(device_verify(store, id, typed, &found));
	assert_false(device_verify(store, id, "", &found));
	assert_false(device_verify(store, "somebody else", secret, &found));
	snprintf(typed, sizeof(typed), "%sa", secret);
	assert_false(device_verify(store, id, typed, &found));

	assert_int_equal(add(store, id, "Tablet", 0, &device, other), STORE_OK);
	assert_string_not_equal(secret, other);
	assert_int_equal(count(store, id), 2);
	assert_int_equal(count(store, NULL), 2);
	assert_int_equal(count(store, "somebody else"), 0);
	remove_store(store, memory);
}

static void passwords_expire(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE];
	struct device device;

	assert_int_equal(add(store, id, "old", clock_now() - 1, &device, secret), STORE_OK);
	assert_false(device_verify(store, id, secret, &device));
	assert_int_equal(add(store, id, "new", clock_now() + 600, &device, secret), STORE_OK);
	assert_true(device_verify(store, id, secret, &device));
	assert_int_equal(count(store, id), 2);
	remove_store(store, memory);
}

static void a_name_is_taken_once(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE];
	struct device device;

	assert_int_equal(add(store, id, "Phone", 0, &device, secret), STORE_OK);
	assert_int_equal(add(store, id, "PHONE ", 0, &device, secret), STORE_CONFLICT);
	assert_int_equal(add(store, id, "", 0, &device, secret), STORE_INVALID);
	assert_int_equal(add(store, "somebody-else", "Phone", 0, &device, secret), STORE_OK);
	assert_int_equal(add(store, "an id that is much too long to be any UUID", "Phone", 0,
				 &device, secret),
		STORE_INVALID);
	assert_int_equal(count(store, id), 1);
	remove_store(store, memory);
}

static void there_is_an_end_to_them(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE], name[32];
	struct device device;

	for (int i = 0; i <= DEVICE_MAX; i++) {
		snprintf(name, sizeof(name), "phone %d", i);
		assert_int_equal(add(store, id, name, 0, &device, secret),
			i < DEVICE_MAX ? STORE_OK : STORE_CONFLICT);
	}
	assert_int_equal(count(store, id), DEVICE_MAX);
	assert_int_equal(add(store, "somebody-else", "Phone", 0, &device, secret), STORE_OK);
	remove_store(store, memory);
}

/* ---------------------------------------------------------------- revoking */

static void revoking_is_at_once(bool memory)
{
	const char *id, *why = NULL;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE];
	struct device device;

	assert_int_equal(add(store, id, "Phone", 0, &device, secret), STORE_OK);
	uint64_t generation = account_generation(store, id);
	assert_int_equal(
		device_revoke(store, arena, "somebody-else", device.id, &why), STORE_NOT_FOUND);
	assert_int_equal(device_revoke(store, arena, id, "no-such-id", &why), STORE_NOT_FOUND);
	assert_int_equal(account_generation(store, id), generation);
	assert_true(device_verify(store, id, secret, &device));
	assert_int_equal(device_revoke(store, arena, id, device.id, &why), STORE_OK);
	assert_true(account_generation(store, id) > generation);
	assert_false(device_verify(store, id, secret, &device));
	assert_int_equal(device_revoke(store, arena, id, device.id, &why), STORE_NOT_FOUND);
	/* the account itself is as it was, and the name is free */
	assert_true(account_verify(store, id, "x"));
	assert_int_equal(add(store, id, "phone", 0, &device, secret), STORE_OK);
	remove_store(store, memory);
}

static void devices_go_with_their_owner(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	const struct account_spec spec = {.name = "anna", .password = "y"};
	const struct device_use use = {"192.0.2.1", "x"};
	char secret[DEVICE_SECRET_SIZE], name[DEVICE_NAME_SIZE];
	struct store_result result;
	struct device device;

	assert_int_equal(add(store, id, "Phone", 0, &device, secret), STORE_OK);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	assert_int_equal(count(store, id), 2);
	assert_int_equal(device_notice(store, id, "curl", &use, true, name), DEVICE_NOTICED);
	device_used(store, device.id, &use);
	assert_int_equal(account_take_away(store, "anna"), STORE_OK);
	assert_int_equal(count(store, id), 0); /* nor does what was noted bring them back */
	assert_false(device_verify(store, id, secret, &device));
	assert_int_equal(account_create(store, &spec, NULL, &result), STORE_OK);
	assert_int_equal(count(store, NULL), 0);
	remove_store(store, memory);
}

/* ---------------------------------------------------------------- what is noted */

static const struct device *listed(struct store *store, const char *id, const char *name)
{
	size_t n;
	struct device *all = device_list(store, arena, id, &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	fail_msg("%s is not listed", name);
	return NULL;
}

static void uses_are_noted(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	char secret[DEVICE_SECRET_SIZE], huge[9000];
	struct device device;

	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(add(store, id, "Phone", 0, &device, secret), STORE_OK);
	assert_int_equal(listed(store, id, "Phone")->last_used, 0);
	device_used(store, device.id, &(struct device_use){"192.0.2.1", "a\x01\r\nb \xff"});
	device_used(store, "nobody", &(struct device_use){NULL, NULL});
	const struct device *now = listed(store, id, "Phone");
	assert_true(now->last_used >= clock_now() - 5);
	assert_string_equal(now->address, "192.0.2.1");
	assert_string_equal(now->user_agent, "a b ?");
	assert_int_equal(count(store, NULL), 1);

	sleep(1);
	device_used(store, device.id, &(struct device_use){huge, huge});
	now = listed(store, id, "Phone");
	assert_in_range(strlen(now->address), 1, DEVICE_ADDRESS_SIZE - 1);
	assert_in_range(strlen(now->user_agent), 100, DEVICE_AGENT_SIZE - 1);
	remove_store(store, memory);
}

static void programs_are_noticed(bool memory)
{
	const char *id, *why;
	struct store *store = open_store(memory, &id);
	const struct device_use use = {"192.0.2.1", "DAVx5/4.3"};
	char secret[DEVICE_SECRET_SIZE], name[DEVICE_NAME_SIZE] = "";
	struct device device;

	assert_int_equal(device_notice(store, id, "DAVx5", &use, false, name), DEVICE_UNKNOWN);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	assert_string_equal(name, "DAVx5");
	assert_int_equal(device_notice(store, id, "DAVx5", &use, false, name), DEVICE_NOTICED);
	assert_int_equal(device_notice(store, id, "curl", &use, false, name), DEVICE_UNKNOWN);
	const struct device *noticed = listed(store, id, "DAVx5");
	assert_true(noticed->noticed);
	assert_string_equal(noticed->address, "192.0.2.1");
	assert_true(noticed->last_used > 0);
	uint64_t generation = account_generation(store, id);

	/* one with a password takes its name over, and then it has another one */
	assert_int_equal(add(store, id, "davx5", 0, &device, secret), STORE_OK);
	assert_int_equal(count(store, id), 1);
	assert_false(listed(store, id, "davx5")->noticed);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	assert_string_equal(name, "DAVx5 (main password)");
	assert_int_equal(add(store, id, "DAVx5 (main PASSWORD)", 0, &device, secret), STORE_OK);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	assert_string_equal(name, "DAVx5 (main password 2)");
	assert_int_equal(count(store, id), 3);

	/* it can be forgotten, and is noticed again */
	assert_true(account_generation(store, id) > generation);
	assert_int_equal(
		device_revoke(store, arena, id, listed(store, id, name)->id, &why), STORE_OK);
	assert_int_equal(count(store, id), 2);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, false, name), DEVICE_UNKNOWN);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	assert_int_equal(count(store, id), 3);
	remove_store(store, memory);
}

static void noticing_has_a_limit(bool memory)
{
	const char *id;
	struct store *store = open_store(memory, &id);
	const struct device_use use = {NULL, NULL};
	char program[32], name[DEVICE_NAME_SIZE];

	for (int i = 0; i < DEVICE_MAX_NOTICED + 10; i++) {
		snprintf(program, sizeof(program), "program %d", i);
		assert_int_equal(device_notice(store, id, program, &use, true, name),
			i < DEVICE_MAX_NOTICED ? DEVICE_NOTICED : DEVICE_NAMELESS);
	}
	assert_int_equal(device_notice(store, id, "one more", &use, false, name), DEVICE_NAMELESS);
	assert_int_equal(device_notice(store, id, "program 1", &use, false, name), DEVICE_NOTICED);
	assert_int_equal(count(store, id), DEVICE_MAX_NOTICED);
	remove_store(store, memory);
}

struct racer {
	struct store *store;
	const char *id;
};

static void *race(void *payload)
{
	const struct racer *racer = payload;
	const struct device_use use = {"192.0.2.1", "x"};
	char program[32], name[DEVICE_NAME_SIZE];

	for (int i = 0; i < 200; i++) {
		snprintf(program, sizeof(program), "program %d", i % 20);
		if (device_notice(racer->store, racer->id, program, &use, false, name) ==
			DEVICE_UNKNOWN)
			device_notice(racer->store, racer->id, program, &use, true, name);
		device_used(racer->store, "nobody", &use);
	}
	return NULL;
}

static void many_threads_note(bool memory)
{
	const char *id, *why;
	struct store *store = open_store(memory, &id);
	struct racer racer = {store, id};
	char secret[DEVICE_SECRET_SIZE];
	pthread_t pool[3];
	struct device device;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&pool[i], NULL, race, &racer), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(add(store, id, "Phone", 0, &device, secret), STORE_OK);
		assert_int_equal(device_revoke(store, arena, id, device.id, &why), STORE_OK);
	}
	for (size_t i = 0; i < 3; i++)
		pthread_join(pool[i], NULL);
	race(&racer);
	assert_int_equal(count(store, id), 20);
	remove_store(store, memory);
}

/* ---------------------------------------------------------------- the folder */

static void all_of_it_is_kept(void **unused)
{
	const struct device_use use = {"192.0.2.1", "DAVx5/4.3"};
	const char *id, *why;
	struct store *store = open_store(false, &id);
	char secrets[2][DEVICE_SECRET_SIZE], name[DEVICE_NAME_SIZE], command[256];
	struct device kept, revoked, found;

	(void)unused;
	assert_int_equal(add(store, id, "kept", clock_now() + 900, &kept, secrets[0]), STORE_OK);
	assert_int_equal(add(store, id, "revoked", 0, &revoked, secrets[1]), STORE_OK);
	assert_int_equal(device_revoke(store, arena, id, revoked.id, &why), STORE_OK);
	device_used(store, kept.id, &use);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, true, name), DEVICE_NOTICED);
	store_close(store); /* writes what is noted */
	store = open_again();
	assert_true(device_verify(store, id, secrets[0], &found));
	assert_memory_equal(found.id, kept.id, sizeof(kept.id));
	assert_int_equal(found.expires, kept.expires);
	assert_int_equal(found.created, kept.created);
	assert_int_equal(found.scope, 5);
	assert_true(found.last_used > 0);
	assert_string_equal(found.user_agent, "DAVx5/4.3");
	assert_false(device_verify(store, id, secrets[1], &found));
	assert_int_equal(count(store, id), 2);
	assert_string_equal(listed(store, id, "DAVx5")->program, "DAVx5");
	/* known without looking twice */
	assert_int_equal(device_notice(store, id, "curl", &use, true, name), DEVICE_NOTICED);
	assert_int_equal(device_notice(store, id, "DAVx5", &use, false, name), DEVICE_NOTICED);
	/* no password is in any file, typed in whatever way */
	snprintf(command, sizeof(command), "grep -raiq -e %s -e '%.4s%.4s' %s", secrets[0],
		secrets[0], secrets[0] + 5, dir);
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	remove_store(store, false);
}

#define BOTH(test)                                                                                 \
	static void test##_in_git(void **unused)                                                   \
	{                                                                                          \
		(void)unused;                                                                      \
		test(false);                                                                       \
	}                                                                                          \
	static void test##_in_memory(void **unused)                                                \
	{                                                                                          \
		(void)unused;                                                                      \
		test(true);                                                                        \
	}

BOTH(a_password_is_made_shown_and_found)
BOTH(passwords_expire)
BOTH(a_name_is_taken_once)
BOTH(there_is_an_end_to_them)
BOTH(revoking_is_at_once)
BOTH(devices_go_with_their_owner)
BOTH(uses_are_noted)
BOTH(programs_are_noticed)
BOTH(noticing_has_a_limit)
BOTH(many_threads_note)

#define TESTS(test) cmocka_unit_test(test##_in_git), cmocka_unit_test(test##_in_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cleaned_or_refused),
		cmocka_unit_test(names_are_compared_without_case),
		TESTS(a_password_is_made_shown_and_found),
		TESTS(passwords_expire),
		TESTS(a_name_is_taken_once),
		TESTS(there_is_an_end_to_them),
		TESTS(revoking_is_at_once),
		TESTS(devices_go_with_their_owner),
		TESTS(uses_are_noted),
		TESTS(programs_are_noticed),
		TESTS(noticing_has_a_limit),
		TESTS(many_threads_note),
		cmocka_unit_test(all_of_it_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
