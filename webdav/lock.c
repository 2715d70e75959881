/* SPDX-License-Identifier: ISC */
/* What locks say to a request (lock.h): who is stopped, and who is told. */
#include "webdav/lock.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/object.h"
#include "webdav/priv.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#define MAX_TOLD 20 /* hrefs in one answer (RFC 4918 16: at least one) */

/* What each verb changes of its target, by whether that is there (RFC 4918 7, 7.4). */
static const struct touched {
	enum dav_code (*run)(struct dav_exchange *x);
	unsigned present, absent;
} touched[] = {
	{dav_verb_put, TOUCH_SELF, TOUCH_PARENT}, {dav_verb_post, 0, TOUCH_PARENT},
	{dav_verb_delete, TOUCH_TREE | TOUCH_PARENT, 0}, {dav_verb_proppatch, TOUCH_SELF, 0},
	{dav_verb_acl, TOUCH_SELF, 0}, {dav_verb_mkcol, 0, TOUCH_PARENT},
	{dav_verb_mkcalendar, 0, TOUCH_PARENT}, {dav_verb_move, TOUCH_TREE | TOUCH_PARENT, 0},
	{dav_verb_lock, 0, TOUCH_PARENT}, /* 7.3: a new empty file */
};

static bool is_within(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

/* --- locks and resources --- */

const char *dav_lock_path(const struct dav_exchange *x, const struct dav_resource *r)
{
	const char *path = r->path.collection ? dav_store_path(r) : NULL;

	if (!path || !(r->kind & (DAV_STORED_COLLECTION | DAV_ITEM)))
		return NULL;
	return r->path.name ? arena_printf(x->arena, "%s/%s", path, r->path.name) : path;
}

struct lock_list dav_locks_on(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct arena *arena = x->row_arena ? x->row_arena : x->arena;
	const char *path = lock_any(x->server->store) ? dav_lock_path(x, r) : NULL;

	return path ? lock_covering(x->server->store, arena, path) : (struct lock_list){0};
}

bool dav_lock_is_own(const struct dav_exchange *x, const struct store_lock *lock)
{
	const char *id = dav_person_id(x);

	return id && text_equal(id, lock->principal_id);
}

bool dav_lock_is_submitted(const struct dav_exchange *x, const struct store_lock *lock)
{
	for (size_t i = 0; i < x->n_tokens; i++)
		if (strcmp(x->tokens[i], lock->token) == 0)
			return true;
	return false;
}

bool dav_lock_holds(const struct dav_exchange *x, const struct dav_resource *r, const char *token)
{
	/* "Handling unmapped URLs": what is not there has no state. */
	struct lock_list on = r->exists ? dav_locks_on(x, r) : (struct lock_list){0};

	for (size_t i = 0; i < on.n; i++)
		if (strcmp(on.locks[i]->token, token) == 0)
			return true;
	return false;
}

/* Where the person who came by way of `r` sees a path of the store: through a share, in their own home. */
static const char *seen_path(struct dav_exchange *x, const struct dav_resource *r, const char *path)
{
	const char *shown = r->share && r->collection ? store_collection_path(r->collection) : NULL;

	if (!shown || !is_within(shown, path))
		return path;
	return arena_printf(x->arena, "%s%s", r->path.collection, path + strlen(shown));
}

static bool is_collection(struct dav_exchange *x, const char *path)
{
	const char *slash = strchr(path, '/');

	return store_collection(x->snapshot, path) || !slash || !strchr(slash + 1, '/');
}

static const char *href_of(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_lock *lock)
{
	const char *seen = seen_path(x, r, lock->path), *slash = strrchr(seen, '/');
	bool item = !is_collection(x, lock->path);
	struct buf out;

	buf_init(&out, SIZE_MAX);
	dav_href_of(&out, item ? dav_parent_path(x->arena, seen) : seen, item ? slash + 1 : NULL);
	char *href = arena_strndup(x->arena, out.data, out.len);
	buf_free(&out);
	return href;
}

struct dav_resource dav_lock_root(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_lock *lock)
{
	struct dav_resource root = {.kind = DAV_KIND_NONE};
	struct dav_path path;

	if (dav_path_parse(x->arena, href_of(x, r, lock), &path) == DAV_OK)
		root = dav_resolve(x, &path);
	return root;
}

/* What is above `r`, or is it, its URL says; of what is below it only who sees it may know. */
static bool may_know(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_lock *lock)
{
	const char *path = dav_lock_path(x, r);

	if (path && is_within(lock->path, path))
		return true;
	struct dav_resource root = dav_lock_root(x, r, lock);
	return root.exists && !dav_hide(x, &root);
}

/* --- hrefs in DAV:error --- */

struct told {
	struct buf out;
	size_t n;
	const char *last; /* path */
};

static void tell(struct dav_exchange *x, const struct dav_resource *r,
	const struct store_lock *lock, struct told *told)
{
	if (told->n == MAX_TOLD || text_equal(told->last, lock->path) || !may_know(x, r, lock))
		return;
	buf_adds(&told->out, "<d:href>");
	xml_escape(&told->out, href_of(x, r, lock));
	buf_adds(&told->out, "</d:href>");
	told->last = lock->path;
	told->n++;
}

static void end_telling(struct dav_exchange *x, struct told *told)
{
	x->detail_xml = arena_strndup(
		x->arena, told->out.data ? told->out.data : "", told->out.len);
	buf_free(&told->out);
}

enum dav_code dav_lock_conflict(
	struct dav_exchange *x, const struct dav_resource *r, const struct lock_list *against)
{
	struct told told = {0};

	buf_init(&told.out, SIZE_MAX);
	for (size_t i = 0; i < against->n; i++)
		tell(x, r, against->locks[i], &told);
	end_telling(x, &told);
	return DAV_NO_CONFLICTING_LOCK;
}

/* --- who is stopped --- */

/* RFC 4918 6.2, 7.5: of shared locks one is enough. */
static bool is_open(const struct dav_exchange *x, const struct lock_list *list)
{
	bool open = !list->n;

	for (size_t i = 0; i < list->n && !open; i++)
		open = dav_lock_is_submitted(x, list->locks[i]) &&
			dav_lock_is_own(x, list->locks[i]);
	return open;
}

/* Without those that end where they stand: what protects the members. */
static struct lock_list of_members(struct lock_list on)
{
	struct lock_list deep = {on.locks, 0};

	for (size_t i = 0; i < on.n; i++)
		if (on.locks[i]->infinite)
			deep.locks[deep.n++] = on.locks[i];
	return deep;
}

/* One resource, or what is in it; the locks that stop the request are told. */
static bool check_path(struct dav_exchange *x, const struct dav_resource *r, const char *path,
	bool members, struct told *told)
{
	struct lock_list on = lock_covering(x->server->store, x->arena, path);

	if (members)
		on = of_members(on);
	if (is_open(x, &on))
		return true;
	for (size_t i = 0; i < on.n; i++)
		tell(x, r, on.locks[i], told);
	return false;
}

static bool has_members(const struct dav_exchange *x, const char *path)
{
	const struct store_collection *c = store_collection(x->snapshot, path);

	return c && (store_child(c, 0) || store_collection_count(c));
}

/* A shared lock of depth 0 opens a collection, but not its members, which others may have locked with it. */
static bool check_tree(
	struct dav_exchange *x, const struct dav_resource *r, const char *path, struct told *told)
{
	if (!check_path(x, r, path, false, told))
		return false;
	return !has_members(x, path) || check_path(x, r, path, true, told);
}

static bool check_below(
	struct dav_exchange *x, const struct dav_resource *r, const char *path, struct told *told)
{
	struct lock_list below = lock_below(x->server->store, x->arena, path);
	bool open = true;

	for (size_t i = 0; i < below.n && told->n < MAX_TOLD; i++)
		if (!i || strcmp(below.locks[i]->path, below.locks[i - 1]->path) != 0)
			open &= check_tree(x, r, below.locks[i]->path, told);
	return open;
}

/*
 * RFC 4918 9.6.1, 9.8.5 and 9.9.4 leave the choice of 423 or 207 when something inside a tree is locked. It is 423: nothing
 * was done at all, and to clients that look at the number alone a 207 is success.
 */
enum dav_code dav_require_unlocked(
	struct dav_exchange *x, const struct dav_resource *r, unsigned touches)
{
	bool any = touches && lock_any(x->server->store), open = true;
	const char *path = any ? dav_lock_path(x, r) : NULL;
	struct told told = {0};

	if (!path)
		return DAV_OK;
	if ((touches & TOUCH_PARENT) && !r->path.name)
		path = r->path.collection; /* the share, not what it shows */
	buf_init(&told.out, SIZE_MAX);
	if (touches & TOUCH_SELF)
		open &= check_path(x, r, path, false, &told);
	if (touches & TOUCH_TREE) {
		open &= check_tree(x, r, path, &told);
		open &= check_below(x, r, path, &told);
	}
	if (touches & TOUCH_PARENT)
		open &= check_path(x, r, dav_parent_path(x->arena, path), false, &told);
	if (!open && !told.n) {
		buf_adds(&told.out, "<d:href>");
		dav_href(&told.out, r); /* percent-encoded: nothing in it that XML minds */
		buf_adds(&told.out, "</d:href>");
	}
	if (open) {
		buf_free(&told.out);
		return DAV_OK;
	}
	end_telling(x, &told);
	return DAV_LOCK_TOKEN_SUBMITTED;
}

enum dav_code dav_check_locks(struct dav_exchange *x)
{
	for (size_t i = 0; i < sizeof(touched) / sizeof(*touched); i++)
		if (touched[i].run == x->verb->run)
			return dav_require_unlocked(x, &x->target,
				x->target.exists ? touched[i].present : touched[i].absent);
	return DAV_OK;
}

/* --- DAV:lockdiscovery --- */

/*
 * RFC 4918 6.5, 15.8 allow to show tokens and do not ask for it. They are shown to whoever holds the lock, who may have lost
 * the answer to LOCK, and to those who may end it with nothing but the token (RFC 3744 3.5); others learn who locked it.
 */
static bool shows_token(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_lock *lock)
{
	return dav_lock_is_own(x, lock) || (dav_privileges(x, r) & PRIV_UNLOCK);
}

/* RFC 4918 14.1 */
static void active_lock(struct dav_exchange *x, const struct dav_resource *r,
	const struct store_lock *lock, struct buf *out)
{
	int64_t left = lock->expires - clock_now();

	buf_addf(out,
		"<d:activelock><d:lockscope><d:%s/></d:lockscope><d:locktype><d:write/></d:locktype>"
		"<d:depth>%s</d:depth>",
		lock->shared ? "shared" : "exclusive", lock->infinite ? "infinity" : "0");
	if (lock->owner)
		buf_adds(out, lock->owner);
	buf_addf(out, "<d:timeout>Second-%" PRId64 "</d:timeout>", left > 0 ? left : 0);
	if (shows_token(x, r, lock))
		buf_addf(out, "<d:locktoken><d:href>%s</d:href></d:locktoken>", lock->token);
	buf_adds(out, "<d:lockroot><d:href>");
	xml_escape(out, href_of(x, r, lock));
	buf_adds(out, "</d:href></d:lockroot></d:activelock>");
}

void dav_lockdiscovery(struct dav_exchange *x, const struct dav_resource *r, struct buf *out)
{
	struct lock_list on = {0};

	if (r->kind & DAV_LOCKABLE)
		on = dav_locks_on(x, r);
	/* Who sees no more of it than when it is does not see who works on it. */
	if (!on.n || dav_sight(x, r) != DAV_SEES_ALL) {
		buf_adds(out, "<d:lockdiscovery/>");
		return;
	}
	buf_adds(out, "<d:lockdiscovery>");
	for (size_t i = 0; i < on.n; i++)
		active_lock(x, r, on.locks[i], out);
	buf_adds(out, "</d:lockdiscovery>");
}
