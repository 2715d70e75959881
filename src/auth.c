/* SPDX-License-Identifier: ISC */
/*
 * Log-in by HTTP Basic authentication (RFC 7617). A credential that was verified is remembered in a
 * table of fixed size: keyed hash → the account's id, the generation of its credentials and the
 * blob of its principal, so that a new password, a removal or a push that edits the person takes
 * effect at once. Wrong passwords are never remembered.
 *
 * The throttle is asked before the memory: what is remembered must not tell a guesser which guess
 * was right.
 */
#include "src/auth.h"

#include "src/auth_agent.h"
#include "src/auth_throttle.h"
#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "storage/device.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8 /* entries that share a row of the memory; the one that ends first makes room */
#define ROWS ((AUTH_MEMORY_ENTRIES + WAYS - 1) / WAYS)
#define HASH_BYTES 16
#define MAX_DISPLAY_NAME 200 /* bytes; longer ones are cut in the history */
#define MAX_MAIL 254
#define MAX_HEADER 8192 /* of an Authorization header */

/* Of a device whose password it was; id "": it was its owner's. */
struct device_pass {
	char id[DEVICE_ID_SIZE], name[DEVICE_NAME_SIZE];
	unsigned scope;
	int64_t expires;
};

struct entry {
	unsigned char hash[HASH_BYTES]; /* of log-in name and password */
	char id[37], name[ACCOUNT_MAX_NAME + 1];
	char display_name[MAX_DISPLAY_NAME + 1], mail[MAX_MAIL + 1]; /* "": none */
	bool admin;
	struct device_pass device;
	struct store_oid principal; /* what principals/users/NAME was */
	uint64_t generation;
	int64_t until; /* clock_monotonic; 0: free */
};

struct auth {
	struct store *store;
	const struct config *config;
	struct throttle *throttle;
	unsigned char key[crypto_generichash_KEYBYTES];
	pthread_mutex_t lock; /* guards entries */
	struct entry entries[ROWS][WAYS];
};

/* What an Authorization header says. */
struct login {
	char *name; /* ASCII lower case, as typed otherwise */
	const char *password;
	unsigned char hash[HASH_BYTES];
};

struct auth *auth_new(struct store *store, const struct config *config)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth || sodium_init() < 0)
		abort();
	auth->store = store;
	auth->config = config;
	auth->throttle = throttle_new(store);
	randombytes_buf(auth->key, sizeof(auth->key));
	pthread_mutex_init(&auth->lock, NULL);
	return auth;
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	throttle_free(auth->throttle);
	pthread_mutex_destroy(&auth->lock);
	sodium_memzero(auth, sizeof(*auth));
	free(auth);
}

/* Clients from before RFC 7617 send ISO 8859-1. */
static char *utf8_of(struct arena *arena, char *text, size_t len)
{
	if (text_is_utf8(text, len))
		return text;
	char *out = arena_alloc(arena, 2 * len + 1);
	char *end = out;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x80)
			*end++ = (char)(0xc0 | c >> 6);
		*end++ = c < 0x80 ? (char)c : (char)(0x80 | (c & 0x3f));
	}
	return out;
}

static void hash_login(struct auth *auth, struct login *login)
{
	crypto_generichash_state state;

	/* The NUL between them keeps ("ab", "c") and ("a", "bc") apart. */
	crypto_generichash_init(&state, auth->key, sizeof(auth->key), HASH_BYTES);
	crypto_generichash_update(&state, (unsigned char *)login->name, strlen(login->name) + 1);
	crypto_generichash_update(
		&state, (const unsigned char *)login->password, strlen(login->password));
	crypto_generichash_final(&state, login->hash, HASH_BYTES);
}

/* RFC 7617 2: everything before the first colon is the name. False for what is no Basic header. */
static bool parse(struct auth *auth, const char *header, struct arena *arena, struct login *login)
{
	size_t len;

	if (!text_starts_nocase(header, "Basic ") || strlen(header) > MAX_HEADER)
		return false;
	char *decoded = text_base64_decode(arena, text_trim(arena, header + 6), &len);
	if (!decoded || strlen(decoded) != len)
		return false;
	decoded = utf8_of(arena, decoded, len);
	char *colon = strchr(decoded, ':');
	if (!colon)
		return false;
	*colon = '\0';
	login->name = text_lower(arena, decoded);
	login->password = colon + 1;
	hash_login(auth, login);
	return true;
}

/* The blob of a principal's file; zero when there is none. */
static struct store_oid principal_of(const struct store_snapshot *snapshot, const char *name)
{
	const struct store_collection *users = store_collection(snapshot, "principals/users");
	const struct store_item *item = users ? store_item(users, name) : NULL;

	return item ? item->oid : (struct store_oid){{0}};
}

static void person_of(struct arena *arena, const struct entry *entry, const char *device,
	struct dav_person *person)
{
	bool by_device = *entry->device.id;

	*person = (struct dav_person){
		.name = arena_strdup(arena, entry->name),
		.display_name = *entry->display_name ? arena_strdup(arena, entry->display_name)
						     : NULL,
		.mail = *entry->mail ? arena_strdup(arena, entry->mail) : NULL,
		.device = *device ? arena_strdup(arena, device) : NULL,
		.scope = entry->device.scope,
		.admin = entry->admin && !by_device,
	};
}

/* Whether a right password is good for this place; then *person is filled, and the device that used
 * it is noted. AUTH_HASH only when not `deep`: a program that is new here. */
static enum auth_result admit(struct auth *auth, const struct auth_request *request,
	const struct entry *entry, bool deep, struct arena *arena, struct dav_person *person)
{
	const struct device_use use = {request->remote, request->user_agent};
	char name[DEVICE_NAME_SIZE] = "", program[DEVICE_PROGRAM_SIZE];
	bool by_device = *entry->device.id;

	if (by_device ? request->place == AUTH_MANAGE
		      : request->place == AUTH_SYNC && auth->config->require_device_password)
		return AUTH_NOT_HERE;
	if (by_device) {
		device_used(auth->store, entry->device.id, &use);
		memcpy(name, entry->device.name, sizeof(name));
	} else if (request->place == AUTH_SYNC) {
		agent_program(request->user_agent, program);
		if (device_notice(auth->store, entry->id, program, &use, deep, name) ==
			DEVICE_UNKNOWN)
			return AUTH_HASH;
	}
	person_of(arena, entry, name, person);
	return AUTH_OK;
}

static struct entry *row_of(struct auth *auth, const struct login *login)
{
	uint32_t bits;

	memcpy(&bits, login->hash, sizeof(bits));
	return auth->entries[bits % ROWS];
}

/* A copy of what is remembered; false when nothing is. */
static bool find(struct auth *auth, const struct login *login, struct entry *found)
{
	struct entry *row = row_of(auth, login);
	int64_t now = clock_monotonic();
	bool hit = false;

	pthread_mutex_lock(&auth->lock);
	for (size_t i = 0; i < WAYS && !hit; i++) {
		hit = row[i].until > now &&
			sodium_memcmp(row[i].hash, login->hash, HASH_BYTES) == 0;
		if (hit)
			*found = row[i];
	}
	pthread_mutex_unlock(&auth->lock);
	return hit;
}

static void keep(struct auth *auth, const struct login *login, const struct entry *entry)
{
	struct entry *row = row_of(auth, login), *slot = row;

	pthread_mutex_lock(&auth->lock);
	for (size_t i = 0; i < WAYS; i++) {
		if (sodium_memcmp(row[i].hash, login->hash, HASH_BYTES) == 0) {
			slot = &row[i];
			break;
		}
		if (row[i].until < slot->until)
			slot = &row[i];
	}
	*slot = *entry;
	pthread_mutex_unlock(&auth->lock);
}

/* True when a remembered credential is still what it was. */
static bool recall(struct auth *auth, const struct login *login, struct entry *entry)
{
	if (!find(auth, login, entry) ||
		account_generation(auth->store, entry->id) != entry->generation)
		return false;
	if (entry->device.expires && entry->device.expires <= clock_now())
		return false;
	struct store_snapshot *snapshot = store_snapshot(auth->store);
	struct store_oid now = principal_of(snapshot, entry->name);
	store_snapshot_free(snapshot);
	return store_oid_equal(&now, &entry->principal);
}

enum auth_result auth_check(struct auth *auth, const struct auth_request *request,
	struct arena *arena, struct dav_person *person, unsigned *wait)
{
	struct throttle_keys keys;
	struct login login;
	struct entry entry;

	if (!request->authorization || !*request->authorization)
		return AUTH_ANONYMOUS;
	if (!parse(auth, request->authorization, arena, &login))
		return AUTH_WRONG;
	throttle_keys(&keys, request->remote, login.name);
	unsigned seconds = auth->config->throttle ? throttle_wait(auth->throttle, &keys, false) : 0;
	if (seconds) {
		*wait = seconds;
		return AUTH_WAIT;
	}
	return recall(auth, &login, &entry) ? admit(auth, request, &entry, false, arena, person)
					    : AUTH_HASH;
}

/* What is remembered of an account once its password is verified. */
static void fill(struct entry *entry, const struct login *login, struct arena *arena,
	const struct account *account)
{
	const char *shown = account->display_name ? account->display_name : "";
	const char *mail = account->n_mails ? account->mails[0] : "";

	memcpy(entry->hash, login->hash, HASH_BYTES);
	snprintf(entry->id, sizeof(entry->id), "%s", account->id);
	snprintf(entry->name, sizeof(entry->name), "%s", account->name);
	snprintf(entry->display_name, sizeof(entry->display_name), "%s",
		text_clean_line(arena, shown, MAX_DISPLAY_NAME));
	if (strlen(mail) <= MAX_MAIL)
		snprintf(entry->mail, sizeof(entry->mail), "%s", mail);
	entry->admin = account->admin;
	entry->until = clock_monotonic() + AUTH_MEMORY_SECONDS * INT64_C(1000000000);
}

/* The account behind a log-in name in the newest state. */
static bool look_up(
	struct auth *auth, const struct login *login, struct arena *arena, struct entry *entry)
{
	struct store_snapshot *snapshot = store_snapshot(auth->store);
	struct account account;
	bool found = account_find(auth->store, snapshot, arena, login->name, &account);

	if (found) {
		/* Before the facts that go with it, and before the password is verified: a change
		 * meanwhile makes the entry worthless, not wrong. */
		entry->generation = account_generation(auth->store, account.id);
		entry->principal = principal_of(snapshot, account.name);
		found = account_find(auth->store, snapshot, arena, login->name, &account);
		fill(entry, login, arena, &account);
	}
	store_snapshot_free(snapshot);
	return found;
}

/* [auth] trust_on_first_use: an unknown name makes its own account, with the password it brings. */
static bool enrol(struct auth *auth, const struct login *login, struct arena *arena)
{
	size_t len = strlen(login->password);
	struct store_result result;
	const char *name = account_name_fold(arena, login->name);

	if (!auth->config->trust_on_first_use || !name || len < ACCOUNT_MIN_PASSWORD ||
		len > ACCOUNT_MAX_PASSWORD)
		return false;
	struct account_spec spec = {
		.name = name, .password = login->password, .with_defaults = true};
	/* STORE_CONFLICT: another connection of the same new device was first; its password
	 * decides. */
	enum store_code code = account_create(auth->store, &spec, NULL, &result);
	return code == STORE_OK || code == STORE_CONFLICT;
}

/* A device of this account by its password. Its hash is quick: nobody can guess 99 bits. */
static bool verify_device(struct auth *auth, const struct login *login, struct entry *entry)
{
	struct device device;

	if (!device_verify(auth->store, entry->id, login->password, &device))
		return false;
	memcpy(entry->device.id, device.id, sizeof(device.id));
	memcpy(entry->device.name, device.name, sizeof(device.name));
	entry->device.scope = device.scope;
	entry->device.expires = device.expires;
	return true;
}

static bool verify(struct auth *auth, const struct auth_request *request, const struct login *login,
	struct arena *arena, struct entry *entry)
{
	bool found = look_up(auth, login, arena, entry);
	bool refused = request->place == AUTH_SYNC && auth->config->require_device_password;

	if (!found && !refused && enrol(auth, login, arena))
		found = look_up(auth, login, arena, entry);
	if (strlen(login->password) > ACCOUNT_MAX_PASSWORD)
		return false;
	/* Both also for nobody: the time of the answer must not tell who has an account. */
	if (!verify_device(auth, login, entry) &&
		!account_verify(auth->store, found ? entry->id : NULL, login->password))
		return false;
	if (found)
		keep(auth, login, entry);
	return found;
}

enum auth_result auth_verify(struct auth *auth, const struct auth_request *request,
	struct arena *arena, struct dav_person *person, unsigned *wait)
{
	struct entry entry = {0};
	struct throttle_keys keys;
	struct login login;
	bool throttled = auth->config->throttle;
	unsigned seconds;

	if (!request->authorization || !*request->authorization)
		return AUTH_ANONYMOUS;
	if (!parse(auth, request->authorization, arena, &login))
		return AUTH_WRONG;
	throttle_keys(&keys, request->remote, login.name);
	seconds = throttled ? throttle_wait(auth->throttle, &keys, true) : 0;
	if (seconds) {
		*wait = seconds;
		return AUTH_WAIT;
	}
	/* Devices open several connections at once: the first one's work may be done by now. */
	if (recall(auth, &login, &entry))
		return admit(auth, request, &entry, true, arena, person);
	entry = (struct entry){0};
	if (verify(auth, request, &login, arena, &entry)) {
		if (throttled)
			throttle_forgive(auth->throttle, &keys);
		return admit(auth, request, &entry, true, arena, person);
	}
	seconds = throttled ? throttle_fail(auth->throttle, &keys) : 0;
	if (!seconds)
		return AUTH_WRONG;
	*wait = seconds;
	return AUTH_WAIT;
}

unsigned auth_wrong_address(struct auth *auth, const char *remote)
{
	struct throttle_keys keys;

	if (!auth->config->throttle)
		return 0;
	throttle_keys_public(&keys, remote);
	unsigned seconds = throttle_wait(auth->throttle, &keys, true);

	return seconds ? seconds : throttle_fail(auth->throttle, &keys);
}
