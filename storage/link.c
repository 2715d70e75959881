/* SPDX-License-Identifier: ISC */
/* Links over any backend: random ids and tokens, hashes, expiry, and where a link leads. */
#include "storage/link.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "storage/internal.h"

#include <sodium.h>
#include <string.h>

#define ID_TRIES 4

/* RFC 4648 6 in lower case: nothing in it that a mail program would not take into a link, and no two letters of one shape. */
static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

static char *random_text(struct arena *arena, size_t len)
{
	char *text = arena_alloc(arena, len + 1);

	randombytes_buf(text, len);
	for (size_t i = 0; i < len; i++)
		text[i] = base32[text[i] & 31];
	return text;
}

static void hash_token(unsigned char hash[LINK_HASH], const char *token)
{
	crypto_generichash(hash, LINK_HASH, (const unsigned char *)token, LINK_TOKEN, NULL, 0);
}

enum store_code link_add(struct store *store, struct arena *arena, struct store_link *link,
	char *why, size_t why_size)
{
	struct backend *backend = store_backend(store);
	struct store_link made = *link;
	unsigned char hash[LINK_HASH];
	enum store_code code = STORE_CONFLICT;
	size_t count;

	backend->ops->link_list(backend, link->principal_id, arena, &count);
	if (count >= LINK_MAX_COUNT) {
		snprintf(why, why_size, "there are %d links already: revoke some first",
			LINK_MAX_COUNT);
		return STORE_INVALID;
	}
	made.created = clock_now();
	made.last_used = 0;
	for (int i = 0; i < ID_TRIES && code == STORE_CONFLICT; i++) {
		made.id = random_text(arena, LINK_ID);
		made.token = random_text(arena, LINK_TOKEN);
		hash_token(hash, made.token);
		code = backend->ops->link_add(backend, &made, hash, why, why_size);
	}
	if (code == STORE_OK)
		*link = made;
	return code;
}

enum store_code link_revoke(
	struct store *store, const char *principal_id, const char *id, char *why, size_t why_size)
{
	struct backend *backend = store_backend(store);

	return backend->ops->link_remove(backend, principal_id, id, why, why_size);
}

struct store_link *link_list(
	struct store *store, struct arena *arena, const char *principal_id, size_t *count)
{
	struct backend *backend = store_backend(store);

	return backend->ops->link_list(backend, principal_id, arena, count);
}

bool link_has_expired(const struct store_link *link)
{
	return link->expires && link->expires <= clock_now();
}

bool link_find(struct store *store, struct arena *arena, const char *token, struct store_link *link)
{
	struct backend *backend = store_backend(store);
	unsigned char hash[LINK_HASH];
	struct store_link found;

	if (strlen(token) != LINK_TOKEN || strspn(token, base32) != LINK_TOKEN)
		return false;
	hash_token(hash, token);
	if (!backend->ops->link_find(backend, hash, arena, &found) || link_has_expired(&found))
		return false;
	*link = found;
	return true;
}

void link_used(struct store *store, const struct store_link *link)
{
	struct backend *backend = store_backend(store);

	backend->ops->link_used(backend, link->id, clock_now());
}

/* ---------------------------------------------------------------- where it leads */

static bool is_it(const struct store_collection *c, const struct store_link *link)
{
	const struct store_meta *meta = c ? store_collection_meta(c) : NULL;

	return meta && (meta->kind == FACTS_CALENDAR || meta->kind == FACTS_ADDRESSBOOK) &&
		meta->id && text_equal(meta->id, link->collection_id);
}

/* "calendars/anna/club": anna, if she is still the same. NULL: she is not. */
static const char *owner_of(struct store *store, const struct store_snapshot *snapshot,
	struct arena *arena, const struct store_link *link)
{
	const char *slash = strchr(link->path, '/');
	struct account account;

	if (!slash)
		return NULL;
	const char *name = arena_strndup(arena, slash + 1, strcspn(slash + 1, "/"));
	if (!account_find(store, snapshot, arena, name, &account) ||
		!text_equal(account.id, link->principal_id))
		return NULL;
	return account.name;
}

const struct store_collection *link_collection(struct store *store,
	const struct store_snapshot *snapshot, struct arena *arena, const struct store_link *link)
{
	static const char *const tops[] = {"calendars", "addressbooks"};
	const char *owner = owner_of(store, snapshot, arena, link);
	const struct store_collection *c = owner ? store_collection(snapshot, link->path) : NULL;

	if (is_it(c, link))
		return c;
	for (size_t t = 0; owner && t < sizeof(tops) / sizeof(*tops); t++) {
		const struct store_collection *home = store_collection(
			snapshot, arena_printf(arena, "%s/%s", tops[t], owner));
		for (size_t i = 0; home && (c = store_child(home, i)); i++)
			if (is_it(c, link))
				return c;
	}
	return NULL;
}
