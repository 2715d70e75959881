/* SPDX-License-Identifier: ISC */
/*
 * LOCK and UNLOCK (RFC 4918 9.10, 9.11; RFC 3744 3.5). Locks are no content: they are granted at once, without a commit. A
 * LOCK of what is not there makes an empty file first (7.3), as PUT would, and then locks it: between the two somebody else
 * may be faster, who is told then; the file stays, as it would had its maker only been slow.
 */
#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/lock.h"
#include "webdav/meta.h"
#include "webdav/object.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define MAX_SECONDS UINT32_MAX /* RFC 4918 10.7 */

/* RFC 4918 9.10, 9.11: MUST NOT be cached. */
static void forbid_caching(struct dav_exchange *x)
{
	dav_set_header(x, "Cache-Control", "no-store");
}

/* RFC 4918 10.7: the first that is understood; what is not is not considered. */
static int64_t read_timeout(const struct dav_exchange *x)
{
	const char *header = dav_header(x, "Timeout");
	char **list = text_split(x->arena, header ? header : "", ',', NULL);
	uint64_t seconds;

	for (; *list; list++) {
		if (strcasecmp(*list, "Infinite") == 0)
			return DAV_LOCK_MAX_SECONDS;
		if (!text_starts_nocase(*list, "Second-") ||
			!text_to_u64(*list + strlen("Second-"), &seconds) || !seconds ||
			seconds > MAX_SECONDS)
			continue;
		return seconds < DAV_LOCK_MAX_SECONDS ? (int64_t)seconds : DAV_LOCK_MAX_SECONDS;
	}
	return DAV_LOCK_SECONDS;
}

/* --- the body --- */

static enum dav_code read_owner(struct dav_exchange *x, struct store_lock *lock)
{
	const struct xml_element *owner = xml_child(x->xml, NS_DAV, "owner");

	if (!owner)
		return DAV_OK;
	lock->owner = xml_canonical(x->arena, owner);
	if (strlen(lock->owner) > LOCK_MAX_OWNER)
		return dav_fail(x, DAV_TOO_LARGE, "DAV:owner is longer than %d bytes: shorten it",
			LOCK_MAX_OWNER);
	return DAV_OK;
}

/* RFC 4918 14.11: lockinfo (lockscope, locktype, owner?). */
static enum dav_code read_lockinfo(struct dav_exchange *x, struct store_lock *lock)
{
	const struct xml_element *scope, *type;

	if (!xml_is(x->xml, NS_DAV, "lockinfo"))
		return dav_fail(x, DAV_BAD_REQUEST, "the body is no DAV:lockinfo");
	scope = xml_child(x->xml, NS_DAV, "lockscope");
	type = xml_child(x->xml, NS_DAV, "locktype");
	if (!scope || !type || !xml_child(type, NS_DAV, "write"))
		return dav_fail(x, DAV_BAD_REQUEST,
			"DAV:lockinfo needs a DAV:lockscope and DAV:locktype DAV:write");
	lock->shared = xml_child(scope, NS_DAV, "shared");
	if (lock->shared == !!xml_child(scope, NS_DAV, "exclusive"))
		return dav_fail(x, DAV_BAD_REQUEST, "a lock is either exclusive or shared");
	return read_owner(x, lock);
}

/* RFC 4918 9.10.3 */
static enum dav_code read_lock(struct dav_exchange *x, struct store_lock *lock)
{
	const char *id = dav_person_id(x);

	if (x->depth == DAV_DEPTH_1)
		return dav_fail(x, DAV_BAD_REQUEST, "Depth of a lock is 0 or infinity");
	if (!id)
		return dav_fail(x, DAV_FORBIDDEN, "only users of this household hold locks");
	*lock = (struct store_lock){.path = dav_lock_path(x, &x->target),
		.user = x->request->person.name,
		.principal_id = id,
		.infinite = x->depth != DAV_DEPTH_0,
		.expires = clock_now() + read_timeout(x)};
	return read_lockinfo(x, lock);
}

/* --- granting --- */

static enum dav_code answer(struct dav_exchange *x, enum dav_code code)
{
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_adds(&body, XML_HEAD "<d:prop" XML_NAMESPACES ">");
	dav_lockdiscovery(x, &x->target, &body);
	buf_adds(&body, "</d:prop>\n");
	return dav_answer(x, code, "application/xml; charset=utf-8", &body);
}

/* What the table of locks says, as an outcome. DESIGN.md 7: 507 is for clients that sent a limit. */
static enum dav_code outcome(struct dav_exchange *x, enum store_code code, const char *why)
{
	switch (code) {
	case STORE_OK:
		return DAV_OK;
	case STORE_NOT_FOUND:
		return dav_fail(x, DAV_UNAVAILABLE, "it was removed meanwhile: ask again");
	case STORE_INVALID:
		return dav_fail(x, DAV_FORBIDDEN, "%s", why);
	default:
		return dav_fail(x, DAV_INTERNAL, "%s", why);
	}
}

/*
 * RFC 4918 9.10.3 wants a 207 when a member is in the way, 7.4 and 9.10.6 a 423: it is 423 with no-conflicting-lock, which
 * says which lock it was and cannot be taken for success.
 */
static enum dav_code grant(struct dav_exchange *x, struct store_lock *lock, enum dav_code success)
{
	struct lock_list against = {0};
	char why[256] = "";
	enum store_code code = lock_grant(
		x->server->store, x->arena, lock, &against, why, sizeof(why));

	if (code == STORE_CONFLICT)
		return dav_lock_conflict(x, &x->target, &against);
	enum dav_code refused = outcome(x, code, why);
	if (refused != DAV_OK)
		return refused;
	dav_set_header(x, "Lock-Token", arena_printf(x->arena, "<%s>", lock->token));
	return answer(x, success);
}

/* --- of what is not there --- */

static enum dav_code finish(struct dav_exchange *x)
{
	return grant(x, x->rows, DAV_CREATED);
}

static enum dav_code check_place(struct dav_exchange *x)
{
	const struct dav_path *path = &x->target.path;
	struct facts facts;

	if (!path->name)
		return dav_fail(x, DAV_FORBIDDEN, "no collection is made by LOCK: make it first");
	if (path->slash)
		return dav_fail(x, DAV_FORBIDDEN, "an empty file has no slash at its end");
	if (path->reserved)
		return dav_fail(x, DAV_FORBIDDEN, "a reserved name");
	if (!dav_collection_there(x, dav_store_path(&x->target)))
		return DAV_CONFLICT;
	/* RFC 4791 4.1, RFC 6352 5.1: nothing empty can stand there, so that its name cannot be reserved. */
	return dav_inspect(x, x->target.kind, "", 0, &facts);
}

/* RFC 4918 9.10.5: the locks that would be in the way of the new one. Asked before the file is made: a lock that is refused
 * leaves nothing behind. One that is granted meanwhile makes the write look again (locks_seen). */
static enum dav_code check_free(struct dav_exchange *x, const struct store_lock *lock)
{
	struct lock_list on = dav_locks_on(x, &x->target), against = {on.locks, 0};

	for (size_t i = 0; i < on.n; i++)
		if (!lock->shared || !on.locks[i]->shared)
			against.locks[against.n++] = on.locks[i];
	return against.n ? dav_lock_conflict(x, &x->target, &against) : DAV_OK;
}

static enum dav_code lock_new(struct dav_exchange *x, struct store_lock *lock)
{
	const struct dav_resource *target = &x->target;
	enum dav_code code = check_place(x);
	char why[256] = "";

	if (code == DAV_OK)
		code = check_free(x, lock);
	if (code == DAV_OK)
		code = outcome(
			x, lock_room(x->server->store, lock->principal_id, why, sizeof(why)), why);
	if (code != DAV_OK)
		return code;
	dav_change_home(x, target->path.collection);
	struct store_change *change = dav_change(x);
	change->slot = STORE_ITEM;
	change->collection = dav_store_path(target);
	change->name = target->path.name;
	change->bytes = "";
	change->expect = STORE_ABSENT;
	if (target->collection)
		change->collection_id = store_collection_meta(target->collection)->id;
	x->rows = lock;
	return dav_submit(x, 'A', dav_url_name(x->arena, target->path.name), finish);
}

/* --- refreshing --- */

/* RFC 4918 9.10.2: the one lock that If names. */
static enum dav_code refresh(struct dav_exchange *x)
{
	struct lock_list on = dav_locks_on(x, &x->target);
	const struct store_lock *found = NULL;
	char why[256] = "";

	if (!dav_header(x, "If"))
		return dav_fail(x, DAV_BAD_REQUEST,
			"LOCK without a body refreshes a lock: name it in If, or send DAV:lockinfo");
	for (size_t i = 0; i < on.n; i++) {
		if (!dav_lock_is_submitted(x, on.locks[i]))
			continue;
		if (found)
			return dav_fail(x, DAV_BAD_REQUEST,
				"one lock is refreshed at a time: name one in If");
		found = on.locks[i];
	}
	if (!found)
		return DAV_LOCK_TOKEN_MATCHES_412;
	if (!dav_lock_is_own(x, found))
		return dav_fail(x, DAV_FORBIDDEN, "somebody else holds this lock");
	enum store_code code = lock_refresh(
		x->server->store, found->token, clock_now() + read_timeout(x), why, sizeof(why));
	if (code == STORE_NOT_FOUND)
		return DAV_LOCK_TOKEN_MATCHES_412;
	return code == STORE_OK ? answer(x, DAV_OK) : outcome(x, code, why);
}

enum dav_code dav_verb_lock(struct dav_exchange *x)
{
	struct store_lock *lock = arena_alloc(x->arena, sizeof(*lock));

	forbid_caching(x);
	if (!x->xml)
		return refresh(x);
	enum dav_code code = read_lock(x, lock);
	if (code != DAV_OK)
		return code;
	return x->target.exists ? grant(x, lock, DAV_OK) : lock_new(x, lock);
}

/* --- UNLOCK --- */

/* RFC 4918 10.5: Lock-Token = Coded-URL. */
static const char *read_token(struct dav_exchange *x)
{
	const char *header = dav_header(x, "Lock-Token");
	char *text = header ? text_trim(x->arena, header) : NULL;
	size_t len = text ? strlen(text) : 0;

	if (len < 3 || *text != '<' || text[len - 1] != '>')
		return NULL;
	return arena_strndup(x->arena, text + 1, len - 2);
}

/* RFC 3744 3.5: one's own always; those of others with DAV:unlock, where the lock is rooted. Not by a device that may
 * change nothing. */
static enum dav_code check_unlock(struct dav_exchange *x, const struct store_lock *lock)
{
	struct dav_resource root = dav_lock_root(x, &x->target, lock);

	if (dav_lock_is_own(x, lock) && !(x->request->person.scope & DAV_SCOPE_READ_ONLY))
		return DAV_OK;
	enum dav_code code = dav_require(x, &root, PRIV_UNLOCK);
	return code == DAV_NOT_FOUND ? DAV_FORBIDDEN : code;
}

enum dav_code dav_verb_unlock(struct dav_exchange *x)
{
	struct lock_list on = dav_locks_on(x, &x->target);
	const struct store_lock *found = NULL;
	const char *token = read_token(x);
	char why[256] = "";

	forbid_caching(x);
	if (!token)
		return dav_fail(x, DAV_BAD_REQUEST, "UNLOCK needs Lock-Token: <TOKEN>");
	for (size_t i = 0; i < on.n; i++)
		if (strcmp(on.locks[i]->token, token) == 0)
			found = on.locks[i];
	if (!found)
		return DAV_LOCK_TOKEN_MATCHES;
	enum dav_code code = check_unlock(x, found);
	if (code != DAV_OK)
		return code;
	enum store_code done = lock_release(x->server->store, token, why, sizeof(why));
	if (done == STORE_NOT_FOUND)
		return DAV_LOCK_TOKEN_MATCHES;
	return done == STORE_OK ? DAV_NO_CONTENT : outcome(x, done, why);
}
