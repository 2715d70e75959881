/* SPDX-License-Identifier: ISC */
/*
 * A store as a whole: opening, closing, reading bodies, and what only passes through to the
 * backend.
 */
#include "storage/household.h"
#include "storage/internal.h"

#include <sodium.h>
#include <stdarg.h>

#define CACHE_DEFAULT ((size_t)64 << 20)
#define REPORT_MAX 1024 /* bytes of one report */

struct backend *store_backend(struct store *store)
{
	return store->backend;
}

void store_report(struct store *store, int level, const char *format, ...)
{
	char text[REPORT_MAX];
	va_list args;

	if (!store->options.report)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	store->options.report(store->options.payload, level, text);
}

static void destroy(struct store *store)
{
	store->backend->ops->close(store->backend);
	store_snapshot_free(store->head);
	household_free(store->household);
	pthread_mutex_destroy(&store->household_lock);
	chain_free(&store->chain);
	cache_free(store->cache);
	pthread_mutex_destroy(&store->head_lock);
	pthread_mutex_destroy(&store->write_lock);
	pthread_mutex_destroy(&store->foreign_lock);
	pthread_mutex_destroy(&store->queue_lock);
	pthread_cond_destroy(&store->queue_cond);
	pthread_mutex_destroy(&store->keeper_lock);
	pthread_cond_destroy(&store->keeper_cond);
	devices_free(store->devices);
	locks_free(store->locks);
	free(store);
}

enum store_code store_open_backend(struct store **opened, struct backend *backend,
	const struct store_options *options, const char **why)
{
	struct store *store = must_alloc(sizeof(*store));

	if (sodium_init() < 0)
		abort();
	store->backend = backend;
	store->options = *options;
	store->cache = cache_new(options->cache_bytes ? options->cache_bytes : CACHE_DEFAULT);
	pthread_mutex_init(&store->head_lock, NULL);
	pthread_mutex_init(&store->household_lock, NULL);
	pthread_mutex_init(&store->write_lock, NULL);
	pthread_mutex_init(&store->foreign_lock, NULL);
	pthread_mutex_init(&store->queue_lock, NULL);
	pthread_cond_init(&store->queue_cond, NULL);
	pthread_mutex_init(&store->keeper_lock, NULL);
	pthread_cond_init(&store->keeper_cond, NULL);
	store->devices = devices_new();
	store->locks = locks_new();
	enum store_code code = load_state(store, why);
	if (code != STORE_OK) {
		destroy(store);
		return code;
	}
	locks_load(store);
	if (!options->no_maintenance)
		keeper_start(store);
	*opened = store;
	return STORE_OK;
}

enum store_code store_open(struct store **store, const char *dir,
	const struct store_options *options, const char **why)
{
	struct backend *backend;

	enum store_code code = backend_git_open(&backend, dir, options, why);
	return code == STORE_OK ? store_open_backend(store, backend, options, why) : code;
}

enum store_code store_open_memory(struct store **store, const struct store_options *options)
{
	struct store_options quiet = *options;
	struct backend *backend;
	const char *why;

	quiet.no_maintenance = true; /* nobody can push, nothing to maintain */
	enum store_code code = backend_memory_open(&backend);
	return code == STORE_OK ? store_open_backend(store, backend, &quiet, &why) : code;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	keeper_stop(store);
	committer_stop(store);
	devices_write(store);
	index_save(store);
	destroy(store);
}

enum store_code store_read(
	struct store *store, const struct store_oid *oid, struct store_bytes *bytes)
{
	struct body *body = cache_get(store->cache, oid);

	if (!body) {
		enum object_type type;
		char *data;
		size_t len;
		enum store_code code = store->backend->ops->read(
			store->backend, oid, &type, &data, &len);
		if (code != STORE_OK)
			return code;
		if (type != OBJECT_BLOB) {
			free(data);
			return STORE_NOT_FOUND;
		}
		body = body_new(oid, data, len);
		cache_put(store->cache, body);
	}
	*bytes = (struct store_bytes){body->data, body->size, body};
	return STORE_OK;
}

void store_bytes_free(struct store_bytes *bytes)
{
	body_release(bytes->handle);
	*bytes = (struct store_bytes){0};
}

enum store_code store_backup(struct store *store, const char *dir, char *why, size_t why_size)
{
	return store->backend->ops->backup(store->backend, dir, why, why_size);
}

void store_stats(struct store *store, struct store_stats *stats)
{
	struct store_stats found = {0};

	store->backend->ops->stats(store->backend, &found);
	found.commits = atomic_load(&store->commits);
	found.groups = atomic_load(&store->groups);
	found.cache_bytes = cache_bytes(store->cache);
	*stats = found;
}
