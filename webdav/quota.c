/* SPDX-License-Identifier: ISC */
/*
 * Quota (RFC 4331): one number for everybody, of live bytes in one's own homes. Each collection knows the bytes of its items,
 * so that nothing is walked but the collections of one person. It is judged on the snapshot: who writes on several
 * connections at once may pass it by what is under way. What a git push brings is not judged: whoever may push is an admin.
 */
#include "webdav/quota.h"

#include "src/base/text.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <inttypes.h>

uint64_t dav_quota_tree(const struct store_collection *c)
{
	uint64_t sum = c ? store_collection_bytes(c) : 0;
	const struct store_collection *child;

	/* Folders nest at most STORE_MAX_FOLDER_DEPTH deep. */
	for (size_t i = 0; c && (child = store_child(c, i)); i++)
		sum += dav_quota_tree(child);
	return sum;
}

static uint64_t used_by(
	const struct store_snapshot *snapshot, struct arena *arena, const char *owner)
{
	static const char *const homes[] = {"calendars", "addressbooks", "files"};
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		sum += dav_quota_tree(
			store_collection(snapshot, arena_printf(arena, "%s/%s", homes[i], owner)));
	return sum;
}

uint64_t dav_quota_used(struct dav_exchange *x, const char *owner)
{
	struct running *run = running(x);

	/* Asked again for each row of a listing. */
	if (run->used_snapshot != x->snapshot || !text_equal(run->used_owner, owner)) {
		run->used = used_by(x->snapshot, x->arena, owner);
		run->used_owner = arena_strdup(x->arena, owner);
		run->used_snapshot = x->snapshot;
	}
	return run->used;
}

static bool allows(uint64_t quota, uint64_t used, uint64_t more, uint64_t less)
{
	uint64_t rest = used > less ? used - less : 0;

	return more <= less || (rest <= quota && more <= quota - rest);
}

enum dav_code dav_check_quota(
	struct dav_exchange *x, const char *path, uint64_t more, uint64_t less)
{
	const char *owner = dav_path_owner(x->arena, path);
	uint64_t quota = x->server->quota;

	if (!quota || !owner || allows(quota, dav_quota_used(x, owner), more, less))
		return DAV_OK;
	return dav_fail(x, DAV_QUOTA_NOT_EXCEEDED,
		"%s may have %" PRIu64
		" bytes in all: delete something, or have limits.quota raised",
		owner, quota);
}

bool dav_quota_allows(struct dav_server *server, const struct store_snapshot *snapshot,
	struct arena *arena, const char *owner, uint64_t more, uint64_t less)
{
	return !server->quota || allows(server->quota, used_by(snapshot, arena, owner), more, less);
}
