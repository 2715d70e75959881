/* SPDX-License-Identifier: ISC */
/*
 * Links: addresses under /public/ that open one collection for whoever knows them, without log-in. They live in state.db,
 * keyed by the id of the principal whose collection it is, so that no push and no clone tells a token, and removing the
 * principal removes them in the same transaction. The token is kept as text, so that its owner can be shown the address
 * again, and looked up by its BLAKE2b hash, so that the time of no comparison tells anything.
 *
 * A link is for the collection with the id that it was made for: a later one of the same name is another one, a renamed
 * one is still the same. A collection that was given to somebody else is no longer its owner's to show.
 */
#ifndef STORAGE_LINK_H
#define STORAGE_LINK_H

#include "storage/store.h"

#define LINK_TOKEN 32      /* characters of base32: 160 random bits */
#define LINK_ID 8          /* characters of base32, for lists and revoking */
#define LINK_HASH 32       /* bytes */
#define LINK_MAX_NAME 200  /* bytes of a label */
#define LINK_MAX_COUNT 200 /* links of one principal */

struct store_link {
	const char *id, *token;
	const char *principal_id;  /* whose collection it is */
	const char *collection_id; /* the `id` line of its .collection */
	const char *path;          /* where it was then: "calendars/anna/club" */
	const char *name;          /* what it is for, in its owner's words; NULL: not said */
	bool busy;                 /* shows when it is taken, nothing more */
	int64_t created, expires;  /* Unix seconds; expires 0: never */
	int64_t last_used;         /* 0: never; what a crash loses is a minute of it */
};

/* Makes a link of what `link` says but for id, token, created and last_used, which are filled in (in the arena). Durable
 * on return. INVALID: the principal has LINK_MAX_COUNT of them. */
enum store_code link_add(struct store *store, struct arena *arena, struct store_link *link,
	char *why, size_t why_size);
/* Durable on return. NOT_FOUND: this principal has none of this id. */
enum store_code link_revoke(
	struct store *store, const char *principal_id, const char *id, char *why, size_t why_size);
/* All of a principal, expired ones too, oldest first. */
struct store_link *link_list(
	struct store *store, struct arena *arena, const char *principal_id, size_t *count);
/* What a token opens; false for what is none, and when it has expired. Any bytes may be asked for. */
bool link_find(
	struct store *store, struct arena *arena, const char *token, struct store_link *link);
bool link_has_expired(const struct store_link *link);
/* Where it leads in this snapshot; NULL: nowhere. */
const struct store_collection *link_collection(struct store *store,
	const struct store_snapshot *snapshot, struct arena *arena, const struct store_link *link);
/* Somebody came by it: noted in memory and written later, with others. */
void link_used(struct store *store, const struct store_link *link);

#endif
