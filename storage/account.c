/* SPDX-License-Identifier: ISC */
/* Finding accounts, passwords, roles, throttle rows. account_change.c: creating and removing them; account_group.c: groups. */
#include "storage/account.h"

#include "src/base/text.h"
#include "storage/account_password.h"
#include "storage/internal.h"
#include "storage/principal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HASH_SIZE 128
#define USERS "principals/users"
/* argon2id, OWASP's second choice: about 45 ms and 19 MiB. */
#define HASH_OPS 2
#define HASH_MEMORY ((size_t)19 << 20)

_Static_assert(crypto_pwhash_STRBYTES <= HASH_SIZE, "a hash fits into backend_ops.credential");

/* ---------------------------------------------------------------- names */

static bool is_name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		(!first && c && strchr("._@+-", c));
}

bool account_name_ok(const char *name)
{
	size_t len = 0;

	while (len <= ACCOUNT_MAX_NAME && is_name_char(name[len], len == 0))
		len++;
	return len > 0 && len <= ACCOUNT_MAX_NAME && name[len] == '\0';
}

char *account_name_fold(struct arena *arena, const char *name)
{
	char *folded = text_lower(arena, name);

	return account_name_ok(folded) ? folded : NULL;
}

/* ---------------------------------------------------------------- finding */

static bool load(struct store *store, struct arena *arena, const struct store_item *item,
	struct account *account)
{
	struct backend *backend = store_backend(store);
	struct principal principal;
	struct store_bytes bytes;
	char hash[HASH_SIZE] = "";
	int admin = 0;
	uint64_t generation;

	if (!account_name_ok(item->name) || store_read(store, &item->oid, &bytes) != STORE_OK)
		return false;
	bool parsed = principal_parse(arena, bytes.data, bytes.size, &principal);
	store_bytes_free(&bytes);
	if (!parsed)
		return false;
	backend->ops->credential(backend, principal.id, hash, &admin, &generation);
	*account = (struct account){
		.name = arena_strdup(arena, item->name),
		.id = principal.id,
		.display_name = principal.name,
		.mails = principal.mails,
		.n_mails = principal.n_mails,
		.admin = admin > 0,
		.has_password = hash[0] != '\0',
		.created = principal.created,
	};
	sodium_memzero(hash, sizeof(hash));
	return true;
}

static bool has_mail(const struct account *account, const char *mail)
{
	for (size_t i = 0; i < account->n_mails; i++) {
		if (text_equal_nocase(account->mails[i], mail))
			return true;
	}
	return false;
}

static bool find_by_mail(struct store *store, const struct store_collection *users,
	struct arena *arena, const char *mail, struct account *account)
{
	struct store_cursor cursor = {0};
	const struct store_item *item;

	while ((item = store_item_next(users, &cursor))) {
		struct account found;
		if (load(store, arena, item, &found) && has_mail(&found, mail)) {
			*account = found;
			return true;
		}
	}
	return false;
}

bool account_find(struct store *store, const struct store_snapshot *snapshot, struct arena *arena,
	const char *login, struct account *account)
{
	const struct store_collection *users = store_collection(snapshot, USERS);
	char *name = account_name_fold(arena, login);
	const struct store_item *item = users && name ? store_item(users, name) : NULL;

	if (item)
		return load(store, arena, item, account);
	return users && strchr(login, '@') && find_by_mail(store, users, arena, login, account);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->name, ((const struct account *)b)->name);
}

struct account *account_list(struct store *store, const struct store_snapshot *snapshot,
	struct arena *arena, size_t *count)
{
	const struct store_collection *users = store_collection(snapshot, USERS);
	struct account *list = arena_array(
		arena, users ? store_collection_count(users) : 0, sizeof(*list));
	struct store_cursor cursor = {0};
	const struct store_item *item;
	size_t n = 0;

	while (users && (item = store_item_next(users, &cursor)))
		n += load(store, arena, item, &list[n]);
	if (n > 1)
		qsort(list, n, sizeof(*list), by_name);
	*count = n;
	return list;
}

/* ---------------------------------------------------------------- passwords */

enum store_code account_hash(const char *password, char hash[HASH_SIZE])
{
	size_t len = strlen(password);

	if (len < ACCOUNT_MIN_PASSWORD || len > ACCOUNT_MAX_PASSWORD)
		return STORE_INVALID;
	if (sodium_init() < 0 ||
		crypto_pwhash_str_alg(hash, password, len, HASH_OPS, HASH_MEMORY,
			crypto_pwhash_ALG_ARGON2ID13) != 0)
		return STORE_FAILED;
	return STORE_OK;
}

bool account_verify(struct store *store, const char *id, const char *password)
{
	/* of a random password that nobody kept; same cost as a real one */
	static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$"
				     "AAAAAAAAAAAAAAAAAAAAAA$"
				     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct backend *backend = store_backend(store);
	char hash[HASH_SIZE] = "";
	int admin;
	uint64_t generation;
	size_t len = strlen(password);

	if (len > ACCOUNT_MAX_PASSWORD || sodium_init() < 0)
		return false;
	bool known = id && backend->ops->credential(backend, id, hash, &admin, &generation) &&
		hash[0];
	bool right = crypto_pwhash_str_verify(known ? hash : nobody, password, len) == 0;
	sodium_memzero(hash, sizeof(hash));
	return known && right;
}

uint64_t account_generation(struct store *store, const char *id)
{
	struct backend *backend = store_backend(store);
	char hash[HASH_SIZE];
	int admin;
	uint64_t generation = 0;

	if (!backend->ops->credential(backend, id, hash, &admin, &generation))
		return 0;
	sodium_memzero(hash, sizeof(hash));
	return generation;
}

/* The id of the user of exactly this name, in any case: a mail address is nobody here. NULL: none. */
static const char *id_of(struct store *store, struct arena *arena, const char *name)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct account account;
	bool found = account_find(store, snapshot, arena, name, &account) &&
		text_equal_nocase(account.name, name);

	store_snapshot_free(snapshot);
	return found ? account.id : NULL;
}

static enum store_code set_row(struct store *store, const char *id, const char *hash, int admin)
{
	struct backend *backend = store_backend(store);
	struct store_credential row = {.principal_id = id, .password_hash = hash, .admin = admin};
	char why[256];

	return backend->ops->credentials(backend, &row, 1, why, sizeof(why));
}

enum store_code account_set_password(struct store *store, const char *name, const char *password)
{
	struct arena *arena = arena_new();
	const char *id = id_of(store, arena, name);
	char hash[HASH_SIZE];
	enum store_code code = id ? account_hash(password, hash) : STORE_NOT_FOUND;

	if (code == STORE_OK)
		code = set_row(store, id, hash, -1);
	sodium_memzero(hash, sizeof(hash));
	arena_free(arena);
	return code;
}

enum store_code account_set_admin(struct store *store, const char *name, bool admin)
{
	struct arena *arena = arena_new();
	const char *id = id_of(store, arena, name);
	enum store_code code = id ? set_row(store, id, NULL, admin) : STORE_NOT_FOUND;

	arena_free(arena);
	return code;
}

/* ---------------------------------------------------------------- throttle */

void account_throttle_get(struct store *store, const char *key, struct account_throttle *row)
{
	struct backend *backend = store_backend(store);

	backend->ops->throttle_get(backend, key, row);
}

void account_throttle_set(struct store *store, const char *key, const struct account_throttle *row)
{
	struct backend *backend = store_backend(store);

	backend->ops->throttle_set(backend, key, row);
}
