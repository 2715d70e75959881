/* SPDX-License-Identifier: ISC */
/*
 * Sync tokens (RFC 6578 3.2, 4): data:,REPO/NUMBER/COMMIT/VIEW/MARK.
 *
 * REPO is the root commit; NUMBER and COMMIT are those of the last change that the holder has
 * seen. A token of this repository whose commit is not there comes from after the backup that
 * was restored: it is refused for a while (503), not for ever (403), because a client that
 * starts over deletes what the backup lacks.
 *
 * NUMBER also counts what decides who sees what (dav_view_number), so that what the holder saw is
 * what that commit shows them: nothing in a token is believed but the name of a commit. VIEW is
 * "0"; in a token of a report that was cut "V.B.S…", the numbers by which rights are judged, up to
 * which all had been told before, and at which pages were read; with an "a" in front it was told to
 * an admin. MARK is the last refused write that was announced (mark.h).
 */
#include "webdav/token.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/mark.h"
#include "webdav/server.h"
#include "webdav/share.h"
#include "webdav/view.h"

#include <inttypes.h>
#include <string.h>

#define TOKEN_HEAD "data:,"
#define WHOLE "0"     /* VIEW of a token that was not cut */
#define TOKEN_MAX 400 /* longer is not ours */
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

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What a share adds: its own properties, and what decides about the collection that it shows. */
static uint64_t share_number(const struct dav_exchange *x, const struct store_collection *share,
	const struct store_collection *target)
{
	uint64_t number = store_collection_props_number(share);

	if (!target) /* it went with what it was in */
		return later(number, store_collection_number(store_collection(x->snapshot, "")));
	number = later(number, dav_tree_number(target));
	return later(number, dav_view_number(x, store_collection_path(target)));
}

/* The shares in a home. */
static uint64_t shares_number(const struct dav_exchange *x, const struct store_collection *home)
{
	const struct store_collection *child;
	uint64_t number = 0;

	for (size_t i = 0; (child = store_child(home, i)); i++)
		if (store_collection_meta(child)->share_of)
			number = later(number,
				share_number(x, child, dav_share_target(x->snapshot, child)));
	return number;
}

uint64_t dav_number(const struct dav_exchange *x, const struct dav_resource *r)
{
	/* A home that nothing was put into yet has no collection: its number is 0, before all others. */
	const struct store_collection *c = r->collection;

	if (r->share)
		return share_number(x, r->share, c);
	if (!c)
		return 0;
	uint64_t number = dav_tree_number(c);
	if (r->kind & (DAV_CALENDAR_HOME | DAV_ADDRESSBOOK_HOME))
		number = later(number, shares_number(x, c));
	if (!text_equal(r->path.owner, x->request->person.name))
		number = later(number, dav_view_number(x, store_collection_path(c)));
	return number;
}

/* Is all of it the person's own? Then nothing in it was ever hidden from them. */
static bool is_own(const struct dav_exchange *x, const struct dav_resource *r)
{
	return text_equal(r->path.owner, x->request->person.name) && !r->share &&
		!(r->collection && shares_number(x, r->collection));
}

/* Refused writes in a collection and in all below it; by the URLs of the person who asks: shares are not looked through. */
static uint64_t newest_mark(
	const struct dav_exchange *x, const char *path, const struct store_collection *c)
{
	uint64_t newest = dav_mark_newest(x, path);
	const struct store_collection *child;

	for (size_t i = 0; c && (child = store_child(c, i)); i++)
		newest = later(newest, newest_mark(x, store_collection_path(child), child));
	return newest;
}

/* Nobody writes in the directory; but how far people find each other there is the household's to set anew, and no number
 * tells of that. */
static uint64_t mark_of(const struct dav_exchange *x, const struct dav_resource *r)
{
	if (r->kind == DAV_DIRECTORY)
		return x->server->search;
	return newest_mark(x, r->path.collection, r->share ? NULL : r->collection);
}

struct dav_told dav_told_now(const struct dav_exchange *x, const struct dav_resource *r)
{
	uint64_t number = dav_number(x, r);

	return (struct dav_told){
		.number = number,
		.view = number,
		.seen = {number},
		.n_seen = 1,
		.mark = mark_of(x, r),
		/* What an admin sees more than others is not their own. */
		.admin = x->request->person.admin && !is_own(x, r),
	};
}

struct dav_told dav_told_page(const struct dav_exchange *x, const struct dav_resource *r,
	const struct dav_told *told, uint64_t number)
{
	struct dav_told page = dav_told_now(x, r);
	uint64_t now = page.number;

	page.number = number;
	if (is_own(x, r)) {
		page.view = page.seen[0] = number;
		return page;
	}
	page.n_seen = told->n_seen ? told->n_seen : 1;
	memcpy(page.seen, told->seen, sizeof(page.seen));
	/* Whatever was told on a page up to the last of them has not changed from then to that. */
	if (page.seen[page.n_seen - 1] < number && page.n_seen < DAV_TOLD_SEEN)
		page.seen[page.n_seen++] = now;
	return page;
}

bool dav_told_is_full(
	const struct dav_exchange *x, const struct dav_resource *r, const struct dav_told *told)
{
	return told->n_seen == DAV_TOLD_SEEN && told->seen[DAV_TOLD_SEEN - 1] < dav_number(x, r);
}

/* Told to the end, as by dav_told_now. */
static bool is_whole(const struct dav_told *told)
{
	return told->view == told->number && told->n_seen == 1 && told->seen[0] == told->number;
}

static const char *print_view(struct arena *arena, const struct dav_told *told)
{
	char *text = arena_printf(arena, "%" PRIu64, told->view);

	if (is_whole(told))
		return WHOLE;
	for (size_t i = 0; i < told->n_seen; i++)
		text = arena_printf(arena, "%s.%" PRIu64, text, told->seen[i]);
	return text;
}

char *dav_token_print(
	const struct dav_exchange *x, struct arena *arena, const struct dav_told *told)
{
	struct store_oid epoch = store_epoch(x->snapshot);
	struct store_commit_ref commit = store_head(x->snapshot);
	char repo[HEX_LEN + 1], hex[HEX_LEN + 1];

	store_commit_at(x->snapshot, told->number >> STORE_INDEX_BITS, &commit);
	store_oid_hex(repo, &epoch);
	store_oid_hex(hex, &commit.oid);
	return arena_printf(arena, TOKEN_HEAD "%s/%" PRIu64 "/%s/%s%s/%" PRIu64, repo, told->number,
		hex, told->admin ? "a" : "", print_view(arena, told), told->mark);
}

char *dav_token(
	const struct dav_exchange *x, struct arena *arena, const struct dav_resource *resource)
{
	if (!(resource->kind & (DAV_STORED_COLLECTION | DAV_DIRECTORY)))
		return NULL;
	struct dav_told told = dav_told_now(x, resource);
	return dav_token_print(x, arena, &told);
}

struct token {
	struct store_oid repo, commit;
	struct dav_told told;
};

static bool parse_view(struct arena *arena, const char *text, struct dav_told *told)
{
	size_t count;

	told->admin = *text == 'a';
	text += told->admin;
	told->view = told->seen[0] = told->number;
	told->n_seen = 1;
	if (strcmp(text, WHOLE) == 0)
		return true;
	char **part = text_split(arena, text, '.', &count);
	if (count < 2 || count > DAV_TOLD_SEEN + 1 || !text_to_u64(part[0], &told->view))
		return false;
	told->n_seen = count - 1;
	for (size_t i = 0; i < told->n_seen; i++)
		if (!text_to_u64(part[i + 1], &told->seen[i]) ||
			(i && told->seen[i] < told->seen[i - 1]))
			return false;
	/* What was seen before what was told, or after, is none that the holder was given: they may have lost it since. */
	uint64_t last = told->seen[told->n_seen - 1];
	return told->seen[0] <= told->number && told->number <= last && last <= told->view;
}

static bool split(struct arena *arena, const char *text, struct token *token)
{
	size_t count;

	if (!text_starts(text, TOKEN_HEAD) || strlen(text) > TOKEN_MAX)
		return false;
	char **part = text_split(arena, text + strlen(TOKEN_HEAD), '/', &count);
	return count == 5 && strlen(part[0]) == HEX_LEN && store_oid_parse(&token->repo, part[0]) &&
		text_to_u64(part[1], &token->told.number) && strlen(part[2]) == HEX_LEN &&
		store_oid_parse(&token->commit, part[2]) &&
		parse_view(arena, part[3], &token->told) && text_to_u64(part[4], &token->told.mark);
}

enum dav_code dav_token_refuse(
	struct dav_exchange *x, const struct dav_resource *resource, const char *why)
{
	bool softer = (resource->kind & (DAV_ADDRESSBOOK | DAV_DIRECTORY)) &&
		tolerates(TOLERATE_CONTACTS_TOKEN_400);

	return dav_fail(x, softer ? DAV_VALID_SYNC_TOKEN_400 : DAV_VALID_SYNC_TOKEN, "%s", why);
}

/* Every number in it must be one that this repository has given. */
static bool is_known(const struct dav_exchange *x, const struct token *token)
{
	const struct dav_told *told = &token->told;
	struct store_commit_ref commit;

	/* The view is the newest of them. */
	return store_commit_at(x->snapshot, told->number >> STORE_INDEX_BITS, &commit) &&
		store_oid_equal(&commit.oid, &token->commit) &&
		store_commit_at(x->snapshot, told->view >> STORE_INDEX_BITS, &commit);
}

enum dav_code dav_token_parse(struct dav_exchange *x, const struct dav_resource *resource,
	const char *text, struct dav_told *told)
{
	struct store_oid epoch = store_epoch(x->snapshot);
	struct token token;

	/* 6578 6.2: a token is a URI. macOS Contacts makes a UUID up where it has none, and starts over after 403 alone. */
	if (!strchr(text, ':'))
		return dav_fail(x, DAV_VALID_SYNC_TOKEN, "this is no sync-token");
	if (!split(x->arena, text, &token))
		return dav_token_refuse(x, resource, "this is no sync-token of ours");
	if (!store_oid_equal(&token.repo, &epoch))
		return dav_token_refuse(x, resource, "the sync-token is of another repository");
	if (!is_known(x, &token))
		return dav_fail(x, DAV_UNAVAILABLE,
			"the sync-token is newer than this repository: was a backup restored?");
	/* What an admin saw cannot be told from the history. */
	if (token.told.admin && !x->request->person.admin)
		return dav_token_refuse(x, resource, "the sync-token is an admin's");
	if (resource->kind == DAV_DIRECTORY && token.told.mark != mark_of(x, resource))
		return dav_token_refuse(x, resource, "other people are found here now");
	*told = token.told;
	return DAV_OK;
}
