/* SPDX-License-Identifier: ISC */
/*
 * Sync tokens (RFC 6578 3.2, 4): data:,REPO/NUMBER/COMMIT/VIEW/MARK.
 *
 * REPO is the root commit; NUMBER and COMMIT are those of the last change that the holder has
 * seen. A token of this repository whose commit is not there comes from after the backup that
 * was restored: it is refused for a while (503), not for ever (403), because a client that
 * starts over deletes what the backup lacks. VIEW and MARK are the place of what rights and
 * refused writes will add; everybody who can read sees the same now, so that both are "0".
 */
#include "webdav/token.h"

#include "src/base/text.h"
#include "webdav/server.h"
#include "webdav/tolerance.h"

#include <inttypes.h>
#include <string.h>

#define TOKEN_HEAD "data:,"
#define TOKEN_VIEW "0"
#define TOKEN_MARK "0"
#define TOKEN_MAX 200 /* longer is not ours */
#define HEX_LEN 40

uint64_t dav_tree_number(const struct store_collection *c)
{
	uint64_t number = store_collection_number(c);
	size_t index = 0;
	bool gone;

	/* Folders nest at most STORE_MAX_FOLDER_DEPTH deep; a calendar has no children. */
	for (const struct store_collection *child;
		(child = store_child_change_next(c, 0, &index, &gone));) {
		uint64_t below = gone ? store_collection_number(child) : dav_tree_number(child);
		if (below > number)
			number = below;
	}
	return number;
}

char *dav_token_at(const struct dav_exchange *x, struct arena *arena, uint64_t number)
{
	struct store_oid epoch = store_epoch(x->snapshot);
	struct store_commit_ref commit = store_head(x->snapshot);
	char repo[HEX_LEN + 1], hex[HEX_LEN + 1];

	store_commit_at(x->snapshot, number >> STORE_INDEX_BITS, &commit);
	store_oid_hex(repo, &epoch);
	store_oid_hex(hex, &commit.oid);
	return arena_printf(arena, TOKEN_HEAD "%s/%" PRIu64 "/%s/" TOKEN_VIEW "/" TOKEN_MARK, repo,
		number, hex);
}

char *dav_token(
	const struct dav_exchange *x, struct arena *arena, const struct dav_resource *resource)
{
	if (!(resource->kind & DAV_STORED_COLLECTION))
		return NULL;
	/* A home that nothing was put into yet has no collection: its number is 0, before all others. */
	const struct store_collection *c = resource->collection;
	return dav_token_at(x, arena, c ? dav_tree_number(c) : 0);
}

struct token {
	struct store_oid repo, commit;
	uint64_t number;
};

/* The five parts by their shape; VIEW and MARK are words. */
static bool split(struct arena *arena, const char *text, struct token *token)
{
	size_t count;

	if (!text_starts(text, TOKEN_HEAD) || strlen(text) > TOKEN_MAX)
		return false;
	char **part = text_split(arena, text + strlen(TOKEN_HEAD), '/', &count);
	return count == 5 && strlen(part[0]) == HEX_LEN && store_oid_parse(&token->repo, part[0]) &&
		text_to_u64(part[1], &token->number) && strlen(part[2]) == HEX_LEN &&
		store_oid_parse(&token->commit, part[2]);
}

static enum dav_code refuse(
	struct dav_exchange *x, const struct dav_resource *resource, const char *why)
{
	bool softer = resource->kind == DAV_ADDRESSBOOK &&
		dav_tolerates(TOLERATE_CONTACTS_TOKEN_400);

	return dav_fail(x, softer ? DAV_VALID_SYNC_TOKEN_400 : DAV_VALID_SYNC_TOKEN, "%s", why);
}

enum dav_code dav_token_parse(struct dav_exchange *x, const struct dav_resource *resource,
	const char *text, uint64_t *number)
{
	struct store_oid epoch = store_epoch(x->snapshot);
	struct store_commit_ref commit;
	struct token token;

	if (!split(x->arena, text, &token))
		return refuse(x, resource, "this is no sync-token of ours");
	if (!store_oid_equal(&token.repo, &epoch))
		return refuse(x, resource, "the sync-token is of another repository");
	if (!store_commit_at(x->snapshot, token.number >> STORE_INDEX_BITS, &commit) ||
		!store_oid_equal(&commit.oid, &token.commit)) {
		return dav_fail(x, DAV_UNAVAILABLE,
			"the sync-token is newer than this repository: was a backup restored?");
	}
	*number = token.number;
	return DAV_OK;
}
