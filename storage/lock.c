/* SPDX-License-Identifier: ISC */
/*
 * The table of locks: sorted by path, so that those above a path are a few searches and those below it stand together.
 * Changed under write_lock alone, and under its own mutex, which is all that readers take.
 */
#include "storage/lock.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/text.h"
#include "storage/internal.h"

#include <string.h>

#define TOKEN_HEAD "urn:uuid:"

struct held {
	struct arena *arena; /* owns the strings */
	struct store_lock lock;
};

struct locks {
	pthread_mutex_t mutex;
	struct held **entries; /* by path, then by number */
	size_t n, cap;
	uint64_t last; /* number given */
	atomic_size_t count;
	atomic_uint_fast64_t number;
};

struct locks *locks_new(void)
{
	struct locks *locks = must_alloc(sizeof(*locks));

	pthread_mutex_init(&locks->mutex, NULL);
	locks->last = 1;
	atomic_init(&locks->number, locks->last);
	return locks;
}

static void entry_free(struct held *entry)
{
	arena_free(entry->arena);
	free(entry);
}

void locks_free(struct locks *locks)
{
	for (size_t i = 0; i < locks->n; i++)
		entry_free(locks->entries[i]);
	free(locks->entries);
	pthread_mutex_destroy(&locks->mutex);
	free(locks);
}

static struct store_lock copy(struct arena *arena, const struct store_lock *from)
{
	struct store_lock lock = *from;

	lock.token = arena_strdup(arena, from->token);
	lock.path = arena_strdup(arena, from->path);
	lock.user = arena_strdup(arena, from->user);
	lock.principal_id = arena_strdup(arena, from->principal_id);
	lock.owner = arena_strdup(arena, from->owner);
	return lock;
}

/* ---------------------------------------------------------------- the table; all under the mutex */

/* The first entry whose path is not before the `len` bytes at `path`. */
static size_t lower_bound(const struct locks *locks, const char *path, size_t len)
{
	size_t low = 0, high = locks->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (strncmp(locks->entries[middle]->lock.path, path, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct locks *locks, const struct store_lock *lock)
{
	struct held *entry = must_alloc(sizeof(*entry));
	size_t at = lower_bound(locks, lock->path, strlen(lock->path) + 1);

	entry->arena = arena_new();
	entry->lock = copy(entry->arena, lock);
	entry->lock.number = ++locks->last;
	while (at < locks->n && strcmp(locks->entries[at]->lock.path, lock->path) == 0)
		at++;
	locks->entries = must_grow(
		locks->entries, &locks->cap, locks->n + 1, sizeof(*locks->entries));
	memmove(&locks->entries[at + 1], &locks->entries[at],
		(locks->n - at) * sizeof(*locks->entries));
	locks->entries[at] = entry;
	atomic_store(&locks->count, ++locks->n);
	atomic_store(&locks->number, locks->last);
}

static struct held *find(const struct locks *locks, const char *token)
{
	for (size_t i = 0; i < locks->n; i++)
		if (strcmp(locks->entries[i]->lock.token, token) == 0)
			return locks->entries[i];
	return NULL;
}

static void drop(struct locks *locks, const char *token)
{
	for (size_t i = 0; i < locks->n; i++) {
		if (strcmp(locks->entries[i]->lock.token, token) != 0)
			continue;
		entry_free(locks->entries[i]);
		memmove(&locks->entries[i], &locks->entries[i + 1],
			(locks->n - i - 1) * sizeof(*locks->entries));
		atomic_store(&locks->count, --locks->n);
		return;
	}
}

struct collecting {
	struct arena *arena;
	struct lock_list list;
	size_t cap;
	int64_t now;
};

static void collect(struct collecting *c, const struct store_lock *lock)
{
	if (lock->expires <= c->now)
		return;
	const struct store_lock kept = copy(c->arena, lock);
	c->list.locks = arena_grow(
		c->arena, c->list.locks, &c->cap, c->list.n + 1, sizeof(*c->list.locks));
	c->list.locks[c->list.n++] = arena_memdup(c->arena, &kept, sizeof(kept));
}

/* Locks rooted at the first `len` bytes of `path`. */
static void collect_at(const struct locks *locks, struct collecting *c, const char *path,
	size_t len, bool infinite_only)
{
	for (size_t i = lower_bound(locks, path, len); i < locks->n; i++) {
		const struct store_lock *lock = &locks->entries[i]->lock;
		if (strncmp(lock->path, path, len) != 0 || lock->path[len])
			return;
		if (lock->infinite || !infinite_only)
			collect(c, lock);
	}
}

static void collect_covering(const struct locks *locks, struct collecting *c, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		collect_at(locks, c, path, (size_t)(slash - path), true);
	collect_at(locks, c, path, strlen(path), false);
}

static void collect_below(const struct locks *locks, struct collecting *c, const char *path)
{
	char *inside = arena_printf(c->arena, "%s/", path);
	size_t len = strlen(inside);

	for (size_t i = lower_bound(locks, inside, len); i < locks->n; i++) {
		const struct store_lock *lock = &locks->entries[i]->lock;
		if (strncmp(lock->path, inside, len) != 0)
			return;
		collect(c, lock);
	}
}

/* ---------------------------------------------------------------- reading */

bool lock_any(struct store *store)
{
	return atomic_load(&store->locks->count);
}

static struct lock_list ask(struct store *store, struct arena *arena, const char *path,
	void (*collect_all)(const struct locks *, struct collecting *, const char *))
{
	struct collecting c = {.arena = arena, .now = clock_now()};

	if (!lock_any(store))
		return c.list;
	pthread_mutex_lock(&store->locks->mutex);
	collect_all(store->locks, &c, path);
	pthread_mutex_unlock(&store->locks->mutex);
	return c.list;
}

struct lock_list lock_covering(struct store *store, struct arena *arena, const char *path)
{
	return ask(store, arena, path, collect_covering);
}

struct lock_list lock_below(struct store *store, struct arena *arena, const char *path)
{
	return ask(store, arena, path, collect_below);
}

uint64_t lock_number(struct store *store)
{
	return atomic_load(&store->locks->number);
}

/* ---------------------------------------------------------------- granting */

enum store_code lock_room(struct store *store, const char *principal_id, char *why, size_t why_size)
{
	struct locks *locks = store->locks;
	int64_t now = clock_now();
	size_t all = 0, own = 0;

	pthread_mutex_lock(&locks->mutex);
	for (size_t i = 0; i < locks->n; i++) {
		const struct store_lock *lock = &locks->entries[i]->lock;
		if (lock->expires <= now)
			continue;
		all++;
		own += text_equal(lock->principal_id, principal_id);
	}
	pthread_mutex_unlock(&locks->mutex);
	if (own >= LOCK_MAX_USER)
		snprintf(why, why_size, "you hold %d locks already: unlock some first",
			LOCK_MAX_USER);
	else if (all >= LOCK_MAX_ALL)
		snprintf(why, why_size, "there are %d locks already: unlock some first",
			LOCK_MAX_ALL);
	return own >= LOCK_MAX_USER || all >= LOCK_MAX_ALL ? STORE_INVALID : STORE_OK;
}

/* Is there something at a path that a lock can be on? Homes are there as long as their owner is, stored or not. */
static bool is_there(const struct store_collection *root, const char *path)
{
	const char *first = strchr(path, '/'), *last = strrchr(path, '/');
	const struct store_collection *node = node_find(root, path);

	if (node && !node->gone)
		return true;
	if (!first)
		return false;
	if (first == last) {
		const struct store_collection *users = node_find(root, "principals/users");
		const struct item *user = users ? node_item(users, first + 1) : NULL;
		return user && !user->pub.gone;
	}
	struct arena *arena = arena_new();
	node = node_find(root, arena_strndup(arena, path, (size_t)(last - path)));
	arena_free(arena);
	const struct item *item = node && !node->gone ? node_item(node, last + 1) : NULL;
	return item && !item->pub.gone;
}

/* Can this lock be: does its root stand, and is whoever holds it still the same? Under write_lock. */
static bool stands(
	struct store *store, const struct store_collection *root, const struct store_lock *lock)
{
	return is_there(root, lock->path) &&
		text_equal(creator_id(store, root, lock->user), lock->principal_id);
}

/* RFC 4918 6.1: exclusive ones conflict with all whose scope meets theirs. */
static struct lock_list conflicts(
	struct store *store, struct arena *arena, const struct store_lock *lock)
{
	struct lock_list lists[] = {lock_covering(store, arena, lock->path), {0}}, found = {0};

	if (lock->infinite)
		lists[1] = lock_below(store, arena, lock->path);
	found.locks = arena_array(arena, lists[0].n + lists[1].n, sizeof(*found.locks));
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k].n; i++)
			if (!lock->shared || !lists[k].locks[i]->shared)
				found.locks[found.n++] = lists[k].locks[i];
	return found;
}

/* Under write_lock. */
static enum store_code grant(struct store *store, struct arena *arena, struct store_lock *lock,
	struct lock_list *against, char *why, size_t why_size)
{
	struct backend *backend = store->backend;

	if (!stands(store, store->head->root, lock)) {
		snprintf(why, why_size, "it is not there any more");
		return STORE_NOT_FOUND;
	}
	*against = conflicts(store, arena, lock);
	if (against->n) {
		snprintf(why, why_size, "somebody else was faster");
		return STORE_CONFLICT;
	}
	enum store_code code = lock_room(store, lock->principal_id, why, why_size);
	if (code == STORE_OK && lock_covering(store, arena, lock->path).n >= LOCK_MAX_HERE) {
		snprintf(why, why_size, "there are %d locks on it already: unlock some first",
			LOCK_MAX_HERE);
		code = STORE_INVALID;
	}
	if (code == STORE_OK)
		code = backend->ops->lock_set(backend, lock, why, why_size);
	if (code != STORE_OK)
		return code;
	pthread_mutex_lock(&store->locks->mutex);
	insert(store->locks, lock);
	lock->number = store->locks->last;
	pthread_mutex_unlock(&store->locks->mutex);
	return STORE_OK;
}

enum store_code lock_grant(struct store *store, struct arena *arena, struct store_lock *lock,
	struct lock_list *against, char *why, size_t why_size)
{
	struct store_lock made = *lock;
	char uuid[37];

	text_uuid(uuid);
	made.token = arena_printf(arena, TOKEN_HEAD "%s", uuid);
	made.created = clock_now();
	pthread_mutex_lock(&store->write_lock);
	enum store_code code = grant(store, arena, &made, against, why, why_size);
	pthread_mutex_unlock(&store->write_lock);
	if (code == STORE_OK)
		*lock = made;
	return code;
}

/* ---------------------------------------------------------------- ends */

enum store_code lock_refresh(
	struct store *store, const char *token, int64_t expires, char *why, size_t why_size)
{
	struct backend *backend = store->backend;
	struct locks *locks = store->locks;
	enum store_code code = STORE_NOT_FOUND;

	pthread_mutex_lock(&store->write_lock);
	/* Nobody else changes the table now. */
	struct held *entry = find(locks, token);
	if (entry && entry->lock.expires > clock_now()) {
		struct store_lock lock = entry->lock;
		lock.expires = expires;
		code = backend->ops->lock_set(backend, &lock, why, why_size);
	}
	if (code == STORE_OK) {
		pthread_mutex_lock(&locks->mutex);
		entry->lock.expires = expires;
		pthread_mutex_unlock(&locks->mutex);
	}
	pthread_mutex_unlock(&store->write_lock);
	return code;
}

/* Under write_lock. */
static enum store_code release(
	struct store *store, const char *const *tokens, size_t n, char *why, size_t why_size)
{
	enum store_code code = store->backend->ops->lock_drop(
		store->backend, tokens, n, why, why_size);

	pthread_mutex_lock(&store->locks->mutex);
	for (size_t i = 0; code == STORE_OK && i < n; i++)
		drop(store->locks, tokens[i]);
	pthread_mutex_unlock(&store->locks->mutex);
	return code;
}

enum store_code lock_release(struct store *store, const char *token, char *why, size_t why_size)
{
	enum store_code code = STORE_NOT_FOUND;

	pthread_mutex_lock(&store->write_lock);
	const struct held *entry = find(store->locks, token);
	if (entry && entry->lock.expires > clock_now())
		code = release(store, &token, 1, why, why_size);
	pthread_mutex_unlock(&store->write_lock);
	return code;
}

/* ---------------------------------------------------------------- what commits do to them; under write_lock */

static bool is_within(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

static const char *change_path(struct arena *arena, const struct store_change *change)
{
	return change->name ? arena_printf(arena, "%s/%s", change->collection, change->name)
			    : change->collection;
}

static bool touches(const struct write *write, const char *path)
{
	for (size_t i = 0; i < write->spec.n_changes; i++) {
		const char *changed = change_path(write->arena, &write->spec.changes[i]);
		if (is_within(path, changed) || is_within(changed, path))
			return true;
	}
	return false;
}

bool locks_allow(struct store *store, const struct write *write)
{
	const struct locks *locks = store->locks;
	uint64_t seen = write->spec.locks_seen;

	if (!seen || atomic_load(&locks->number) <= seen)
		return true;
	for (size_t i = 0; i < locks->n; i++)
		if (locks->entries[i]->lock.number > seen &&
			touches(write, locks->entries[i]->lock.path))
			return false;
	return true;
}

static void add_token(struct lost_locks *lost, const char *token)
{
	if (!lost->arena)
		lost->arena = arena_new();
	lost->tokens = arena_grow(
		lost->arena, lost->tokens, &lost->cap, lost->n + 1, sizeof(*lost->tokens));
	lost->tokens[lost->n++] = arena_strdup(lost->arena, token);
}

static bool removes(const struct write *write, const struct store_lock *lock)
{
	for (size_t i = 0; i < write->spec.n_changes; i++) {
		const struct store_change *change = &write->spec.changes[i];
		if (change->remove && change->slot != STORE_ITEM_META &&
			is_within(change_path(write->arena, change), lock->path))
			return true;
	}
	for (size_t i = 0; i < write->spec.n_credentials; i++)
		if (write->spec.credentials[i].remove &&
			text_equal(write->spec.credentials[i].principal_id, lock->principal_id))
			return true;
	return false;
}

void locks_lose(struct store *store, const struct write *write, const struct store_collection *root,
	struct lost_locks *lost)
{
	const struct locks *locks = store->locks;

	for (size_t i = 0; i < locks->n; i++) {
		const struct store_lock *lock = &locks->entries[i]->lock;
		/* What is written over stands again: its lock stays (RFC 4918 7.6, 9.9.3). */
		if (removes(write, lock) && !stands(store, root, lock))
			add_token(lost, lock->token);
	}
}

void locks_forget(struct store *store, struct lost_locks *lost, bool done)
{
	char why[256];

	/* A row that stays in state.db is looked at again at the next start. */
	if (lost->n && done &&
		release(store, (const char *const *)lost->tokens, lost->n, why, sizeof(why)) !=
			STORE_OK)
		store_report(store, LOG_LEVEL_ERROR, "locks could not be removed: %s", why);
	arena_free(lost->arena);
	*lost = (struct lost_locks){0};
}

void locks_sweep(struct store *store)
{
	const struct locks *locks = store->locks;
	struct lost_locks lost = {0};
	int64_t now = clock_now();

	for (size_t i = 0; i < locks->n; i++) {
		const struct store_lock *lock = &locks->entries[i]->lock;
		if (lock->expires <= now || !stands(store, store->head->root, lock))
			add_token(&lost, lock->token);
	}
	locks_forget(store, &lost, true);
}

void locks_age(struct store *store)
{
	bool due = false;
	int64_t now = clock_now();

	if (!lock_any(store))
		return;
	pthread_mutex_lock(&store->locks->mutex);
	for (size_t i = 0; i < store->locks->n && !due; i++)
		due = store->locks->entries[i]->lock.expires <= now;
	pthread_mutex_unlock(&store->locks->mutex);
	if (!due)
		return;
	pthread_mutex_lock(&store->write_lock);
	locks_sweep(store);
	pthread_mutex_unlock(&store->write_lock);
}

void locks_load(struct store *store)
{
	struct arena *arena = arena_new();
	struct lock_list list = store->backend->ops->lock_list(store->backend, arena);

	for (size_t i = 0; i < list.n; i++)
		insert(store->locks, list.locks[i]);
	locks_sweep(store);
	arena_free(arena);
}
