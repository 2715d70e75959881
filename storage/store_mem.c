/* SPDX-License-Identifier: ISC */
/*
 * The backend in memory: the same objects, the same one ref, nothing on disk. The unit tests and
 * the fuzzers of the layers above run on it, which keeps the seam of backend.h honest for a
 * database to come.
 */
#include "storage/internal.h"

#include "src/base/map.h"

#include <zlib.h>

#define SLOTS_MIN 64

struct credential {
	char hash[128];
	int admin;
	uint64_t generation;
};

struct mem_device {
	struct device device;
	char fold[DEVICE_NAME_SIZE];
	unsigned char hash[DEVICE_HASH_SIZE]; /* not of noticed ones */
};

struct memory_link {
	struct store_link link;
	unsigned char hash[LINK_HASH];
	struct arena *arena;      /* owns this and the strings */
	struct memory_link *next; /* younger */
};

struct memory {
	struct backend backend; /* first */
	pthread_mutex_t lock;   /* all below */
	struct object *objects; /* open addressing; type 0: free */
	size_t n_objects, n_slots;
	struct store_oid head;
	struct map *credentials, *throttle;
	uint64_t generations;
	struct memory_link *links;
	struct mem_device *devices; /* oldest first */
	size_t n_devices, cap_devices;
};

static struct object *slot(struct memory *memory, const struct store_oid *oid)
{
	size_t at;

	memcpy(&at, oid->bytes, sizeof(at));
	for (at &= memory->n_slots - 1;; at = (at + 1) & (memory->n_slots - 1))
		if (!memory->objects[at].type || store_oid_equal(&memory->objects[at].oid, oid))
			return &memory->objects[at];
}

static void grow(struct memory *memory)
{
	struct object *old = memory->objects;
	size_t n = memory->n_slots;

	if (n && memory->n_objects * 2 < n)
		return;
	memory->n_slots = n ? n * 2 : SLOTS_MIN;
	memory->objects = must_alloc(memory->n_slots * sizeof(*old));
	for (size_t i = 0; i < n; i++)
		if (old[i].type)
			*slot(memory, &old[i].oid) = old[i];
	free(old);
}

static void add(struct memory *memory, const struct object *object)
{
	grow(memory);
	struct object *at = slot(memory, &object->oid);
	if (at->type)
		return;
	*at = *object;
	at->deflated = must_alloc(object->deflated_len);
	memcpy(at->deflated, object->deflated, object->deflated_len);
	memory->n_objects++;
}

static enum store_code mem_read(struct backend *backend, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len)
{
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_NOT_FOUND;

	pthread_mutex_lock(&memory->lock);
	const struct object *object = slot(memory, oid);
	if (object->type) {
		char *bytes = must_alloc(object->size + 1);
		uLongf size = object->size;
		code = STORE_FAILED;
		if (uncompress((Bytef *)bytes, &size, object->deflated, object->deflated_len) ==
				Z_OK &&
			size == object->size)
			code = STORE_OK;
		if (code == STORE_OK) {
			*type = object->type;
			*body = bytes;
			*len = object->size;
		} else {
			free(bytes);
		}
	}
	pthread_mutex_unlock(&memory->lock);
	return code;
}

static bool mem_exists(struct backend *backend, const struct store_oid *oid)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	bool there = slot(memory, oid)->type != 0;
	pthread_mutex_unlock(&memory->lock);
	return there;
}

static enum store_code mem_head(struct backend *backend, struct store_oid *head)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	*head = memory->head;
	pthread_mutex_unlock(&memory->lock);
	return STORE_OK;
}

/* ---------------------------------------------------------------- links; all under the lock */

static struct store_link copy_link(struct arena *arena, const struct store_link *from)
{
	struct store_link link = *from;

	link.id = arena_strdup(arena, from->id);
	link.token = arena_strdup(arena, from->token);
	link.principal_id = arena_strdup(arena, from->principal_id);
	link.collection_id = arena_strdup(arena, from->collection_id);
	link.path = arena_strdup(arena, from->path);
	link.name = arena_strdup(arena, from->name);
	return link;
}

/* The place of a principal's link of this id, or (NULL) of any; the end of the chain when there is none. */
static struct memory_link **link_place(
	struct memory *memory, const char *principal_id, const char *id)
{
	struct memory_link **at = &memory->links;

	while (*at &&
		(strcmp((*at)->link.principal_id, principal_id) != 0 ||
			(id && strcmp((*at)->link.id, id) != 0)))
		at = &(*at)->next;
	return at;
}

static bool drop_link(struct memory *memory, const char *principal_id, const char *id)
{
	struct memory_link **at = link_place(memory, principal_id, id), *gone = *at;

	if (!gone)
		return false;
	*at = gone->next;
	arena_free(gone->arena);
	return true;
}

static void drop_device(struct memory *memory, size_t i)
{
	memory->n_devices--;
	memmove(&memory->devices[i], &memory->devices[i + 1],
		(memory->n_devices - i) * sizeof(*memory->devices));
}

static void set_credential(struct memory *memory, const struct store_credential *row)
{
	struct credential *have = map_get(memory->credentials, row->principal_id);

	if (row->remove) {
		free(map_remove(memory->credentials, row->principal_id));
		while (drop_link(memory, row->principal_id, NULL))
			;
		for (size_t i = memory->n_devices; i-- > 0;)
			if (!strcmp(memory->devices[i].device.principal_id, row->principal_id))
				drop_device(memory, i);
		return;
	}
	if (!have) {
		have = must_alloc(sizeof(*have));
		map_set(memory->credentials, row->principal_id, have);
	}
	if (row->password_hash)
		snprintf(have->hash, sizeof(have->hash), "%s", row->password_hash);
	if (row->admin >= 0)
		have->admin = row->admin;
	have->generation = ++memory->generations;
}

static enum store_code mem_commit(
	struct backend *backend, const struct backend_group *group, char *why, size_t why_size)
{
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_OK;

	pthread_mutex_lock(&memory->lock);
	if (!store_oid_equal(&memory->head, &group->old_head)) {
		snprintf(why, why_size, "main has moved");
		code = STORE_CONFLICT;
	}
	for (size_t i = 0; code == STORE_OK && i < group->n_objects; i++)
		add(memory, group->objects[i]);
	for (size_t i = 0; code == STORE_OK && i < group->n_credentials; i++)
		set_credential(memory, &group->credentials[i]);
	if (code == STORE_OK)
		memory->head = group->new_head;
	pthread_mutex_unlock(&memory->lock);
	return code;
}

static enum store_code mem_credentials(struct backend *backend, const struct store_credential *rows,
	size_t n, char *why, size_t why_size)
{
	struct memory *memory = (struct memory *)backend;

	(void)why;
	(void)why_size;
	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < n; i++)
		set_credential(memory, &rows[i]);
	pthread_mutex_unlock(&memory->lock);
	return STORE_OK;
}

static enum store_code mem_reject(
	struct backend *backend, const struct store_oid *bad, const struct store_oid *good)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	if (store_oid_equal(&memory->head, bad))
		memory->head = *good;
	pthread_mutex_unlock(&memory->lock);
	return STORE_OK;
}

static bool mem_credential(struct backend *backend, const char *principal_id, char hash[128],
	int *admin, uint64_t *generation)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	const struct credential *row = map_get(memory->credentials, principal_id);
	if (row) {
		memcpy(hash, row->hash, sizeof(row->hash));
		*admin = row->admin;
		*generation = row->generation;
	}
	pthread_mutex_unlock(&memory->lock);
	return row;
}

static void mem_throttle_get(struct backend *backend, const char *key, struct account_throttle *row)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	const struct account_throttle *have = map_get(memory->throttle, key);
	*row = have ? *have : (struct account_throttle){0};
	pthread_mutex_unlock(&memory->lock);
}

static void mem_throttle_set(
	struct backend *backend, const char *key, const struct account_throttle *row)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	free(map_remove(memory->throttle, key));
	if (row->failures) {
		struct account_throttle *copy = must_alloc(sizeof(*copy));
		*copy = *row;
		map_set(memory->throttle, key, copy);
	}
	pthread_mutex_unlock(&memory->lock);
}

static enum store_code mem_link_add(struct backend *backend, const struct store_link *link,
	const unsigned char hash[LINK_HASH], char *why, size_t why_size)
{
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_OK;
	struct memory_link **at = &memory->links;

	pthread_mutex_lock(&memory->lock);
	for (; *at && code == STORE_OK; at = &(*at)->next)
		if (strcmp((*at)->link.id, link->id) == 0 ||
			memcmp((*at)->hash, hash, LINK_HASH) == 0)
			code = STORE_CONFLICT;
	if (code == STORE_OK) {
		struct arena *arena = arena_new();
		struct memory_link *made = arena_alloc(arena, sizeof(*made));
		made->arena = arena;
		made->link = copy_link(arena, link);
		memcpy(made->hash, hash, LINK_HASH);
		*at = made;
	} else {
		snprintf(why, why_size, "this link is there already");
	}
	pthread_mutex_unlock(&memory->lock);
	return code;
}

static enum store_code mem_link_remove(struct backend *backend, const char *principal_id,
	const char *id, char *why, size_t why_size)
{
	struct memory *memory = (struct memory *)backend;

	(void)why, (void)why_size;
	pthread_mutex_lock(&memory->lock);
	bool there = drop_link(memory, principal_id, id);
	pthread_mutex_unlock(&memory->lock);
	return there ? STORE_OK : STORE_NOT_FOUND;
}

static bool mem_link_find(struct backend *backend, const unsigned char hash[LINK_HASH],
	struct arena *arena, struct store_link *link)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	const struct memory_link *at = memory->links;
	while (at && memcmp(at->hash, hash, LINK_HASH) != 0)
		at = at->next;
	if (at)
		*link = copy_link(arena, &at->link);
	pthread_mutex_unlock(&memory->lock);
	return at;
}

static struct store_link *mem_link_list(
	struct backend *backend, const char *principal_id, struct arena *arena, size_t *count)
{
	struct memory *memory = (struct memory *)backend;
	struct store_link *list = NULL;
	size_t n = 0, cap = 0;

	pthread_mutex_lock(&memory->lock);
	for (const struct memory_link *at = memory->links; at; at = at->next) {
		if (strcmp(at->link.principal_id, principal_id) != 0)
			continue;
		list = arena_grow(arena, list, &cap, n + 1, sizeof(*list));
		list[n++] = copy_link(arena, &at->link);
	}
	pthread_mutex_unlock(&memory->lock);
	*count = n;
	return list;
}

static void mem_link_used(struct backend *backend, const char *id, int64_t when)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	for (struct memory_link *at = memory->links; at; at = at->next)
		if (strcmp(at->link.id, id) == 0)
			at->link.last_used = when;
	pthread_mutex_unlock(&memory->lock);
}

static void mem_device_list(struct backend *backend, const char *principal_id,
	void (*each)(void *payload, const struct device *device), void *payload)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < memory->n_devices; i++) {
		const struct device *device = &memory->devices[i].device;
		if (!principal_id || !strcmp(device->principal_id, principal_id))
			each(payload, device);
	}
	pthread_mutex_unlock(&memory->lock);
}

static bool mem_device_find(struct backend *backend, const char *principal_id,
	const unsigned char hash[DEVICE_HASH_SIZE], struct device *device)
{
	struct memory *memory = (struct memory *)backend;
	bool found = false;

	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < memory->n_devices && !found; i++) {
		const struct mem_device *row = &memory->devices[i];
		found = !row->device.noticed && !strcmp(row->device.principal_id, principal_id) &&
			!memcmp(row->hash, hash, DEVICE_HASH_SIZE);
		if (found)
			*device = row->device;
	}
	pthread_mutex_unlock(&memory->lock);
	return found;
}

static struct mem_device *push_device(
	struct memory *memory, const struct device *device, const char *fold)
{
	memory->devices = must_grow(memory->devices, &memory->cap_devices, memory->n_devices + 1,
		sizeof(*memory->devices));
	struct mem_device *row = &memory->devices[memory->n_devices++];

	*row = (struct mem_device){.device = *device};
	snprintf(row->fold, sizeof(row->fold), "%s", fold);
	return row;
}

/* The row of this name, n_devices: none. *passwords: how many the principal has. */
static size_t find_fold(
	const struct memory *memory, const char *principal_id, const char *fold, size_t *passwords)
{
	size_t at = memory->n_devices;

	*passwords = 0;
	for (size_t i = 0; i < memory->n_devices; i++) {
		const struct mem_device *row = &memory->devices[i];
		if (strcmp(row->device.principal_id, principal_id) != 0)
			continue;
		*passwords += !row->device.noticed;
		if (!strcmp(row->fold, fold))
			at = i;
	}
	return at;
}

static enum store_code mem_device_add(struct backend *backend, const struct device *device,
	const char *fold, const unsigned char hash[DEVICE_HASH_SIZE], char *why, size_t why_size)
{
	const struct store_credential renew = {.principal_id = device->principal_id, .admin = -1};
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_OK;
	size_t passwords;

	(void)why, (void)why_size;
	pthread_mutex_lock(&memory->lock);
	size_t at = find_fold(memory, device->principal_id, fold, &passwords);
	if (passwords >= DEVICE_MAX)
		code = STORE_INVALID;
	else if (at < memory->n_devices && !memory->devices[at].device.noticed)
		code = STORE_CONFLICT;
	if (code == STORE_OK) {
		if (at < memory->n_devices)
			drop_device(memory, at);
		memcpy(push_device(memory, device, fold)->hash, hash, DEVICE_HASH_SIZE);
		set_credential(memory, &renew);
	}
	pthread_mutex_unlock(&memory->lock);
	return code;
}

static enum store_code mem_device_remove(struct backend *backend, const char *principal_id,
	const char *id, char *why, size_t why_size)
{
	const struct store_credential renew = {.principal_id = principal_id, .admin = -1};
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_NOT_FOUND;

	(void)why, (void)why_size;
	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < memory->n_devices && code != STORE_OK; i++) {
		const struct device *device = &memory->devices[i].device;
		if (strcmp(device->id, id) != 0 || strcmp(device->principal_id, principal_id) != 0)
			continue;
		drop_device(memory, i);
		set_credential(memory, &renew);
		code = STORE_OK;
	}
	pthread_mutex_unlock(&memory->lock);
	return code;
}

static void note_use(struct memory *memory, const struct backend_use *use)
{
	const struct device *now = &use->device;
	size_t passwords;

	for (size_t i = 0; i < memory->n_devices; i++) {
		struct device *device = &memory->devices[i].device;
		if (strcmp(device->id, now->id) != 0)
			continue;
		device->last_used = now->last_used;
		memcpy(device->address, now->address, sizeof(device->address));
		memcpy(device->user_agent, now->user_agent, sizeof(device->user_agent));
		return;
	}
	if (now->noticed && map_get(memory->credentials, now->principal_id) &&
		find_fold(memory, now->principal_id, use->fold, &passwords) == memory->n_devices)
		push_device(memory, now, use->fold);
}

static bool mem_device_note(struct backend *backend, const struct backend_use *uses, size_t n)
{
	struct memory *memory = (struct memory *)backend;

	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < n; i++)
		note_use(memory, &uses[i]);
	pthread_mutex_unlock(&memory->lock);
	return true;
}

static enum store_code mem_index_load(struct backend *backend, char **bytes, size_t *len)
{
	(void)backend, (void)bytes, (void)len;
	return STORE_NOT_FOUND;
}

static enum store_code mem_index_save(struct backend *backend, const char *bytes, size_t len)
{
	(void)backend, (void)bytes, (void)len;
	return STORE_OK;
}

static bool mem_maintain(struct backend *backend)
{
	(void)backend;
	return false;
}

/* Every object must still have its id. */
static enum store_code mem_check(
	struct backend *backend, void (*problem)(void *, const char *, const char *), void *payload)
{
	struct memory *memory = (struct memory *)backend;
	enum store_code code = STORE_OK;
	char hex[41];

	for (size_t i = 0; i < memory->n_slots; i++) {
		enum object_type type;
		struct store_oid oid = memory->objects[i].oid;
		char *body = NULL;
		size_t len;
		if (!memory->objects[i].type)
			continue;
		bool ok = mem_read(backend, &oid, &type, &body, &len) == STORE_OK;
		struct store_oid is = ok ? object_id(type, body, len) : (struct store_oid){0};
		free(body);
		if (ok && store_oid_equal(&is, &oid))
			continue;
		store_oid_hex(hex, &oid);
		problem(payload, hex, "object is damaged");
		code = STORE_INVALID;
	}
	return code;
}

static enum store_code mem_backup(
	struct backend *backend, const char *dir, char *why, size_t why_size)
{
	(void)backend, (void)dir;
	snprintf(why, why_size, "a store in memory has no files to copy");
	return STORE_FAILED;
}

/* The table of lock.c is all there is: this one is never opened again. */
static enum store_code mem_lock_set(
	struct backend *backend, const struct store_lock *lock, char *why, size_t why_size)
{
	(void)backend, (void)lock, (void)why, (void)why_size;
	return STORE_OK;
}

static enum store_code mem_lock_drop(
	struct backend *backend, const char *const *tokens, size_t n, char *why, size_t why_size)
{
	(void)backend, (void)tokens, (void)n, (void)why, (void)why_size;
	return STORE_OK;
}

static struct lock_list mem_lock_list(struct backend *backend, struct arena *arena)
{
	(void)backend, (void)arena;
	return (struct lock_list){0};
}

static void mem_stats(struct backend *backend, struct store_stats *stats)
{
	(void)backend, (void)stats;
}

static void mem_close(struct backend *backend)
{
	struct memory *memory = (struct memory *)backend;

	for (size_t i = 0; i < memory->n_slots; i++)
		free(memory->objects[i].deflated);
	free(memory->objects);
	map_free(memory->credentials, free);
	free(memory->devices);
	map_free(memory->throttle, free);
	while (memory->links)
		drop_link(memory, memory->links->link.principal_id, NULL);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static const struct backend_ops ops = {
	.read = mem_read,
	.exists = mem_exists,
	.head = mem_head,
	.commit = mem_commit,
	.reject = mem_reject,
	.credential = mem_credential,
	.throttle_get = mem_throttle_get,
	.throttle_set = mem_throttle_set,
	.index_load = mem_index_load,
	.index_save = mem_index_save,
	.maintain = mem_maintain,
	.check = mem_check,
	.backup = mem_backup,
	.stats = mem_stats,
	.close = mem_close,
	.credentials = mem_credentials,
	.link_add = mem_link_add,
	.link_remove = mem_link_remove,
	.link_find = mem_link_find,
	.link_list = mem_link_list,
	.link_used = mem_link_used,
	.lock_set = mem_lock_set,
	.lock_drop = mem_lock_drop,
	.lock_list = mem_lock_list,
	.device_list = mem_device_list,
	.device_find = mem_device_find,
	.device_add = mem_device_add,
	.device_remove = mem_device_remove,
	.device_note = mem_device_note,
};

enum store_code backend_memory_open(struct backend **backend)
{
	struct memory *memory = must_alloc(sizeof(*memory));

	memory->backend.ops = &ops;
	pthread_mutex_init(&memory->lock, NULL);
	memory->credentials = map_new();
	memory->throttle = map_new();
	grow(memory);
	*backend = &memory->backend;
	return STORE_OK;
}
