/* SPDX-License-Identifier: ISC */
/*
 * What is noted of devices between two batches. `lock` is held for look-ups only, so that poll
 * threads may note; `batch`, taken first, by whoever reads or writes rows for what is noted: a device
 * that is revoked is not made again by a batch that was under way.
 */
#include "storage/device.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "storage/internal.h"

#define BATCH_ROWS 64 /* in one transaction */

struct note {
	struct device device;
	char fold[DEVICE_NAME_SIZE];
	bool dirty;
};

/* The noticed devices of one principal. */
struct book {
	struct note notes[DEVICE_MAX_NOTICED];
	size_t n;
};

struct devices {
	pthread_mutex_t batch, lock;
	struct map *books; /* principal id → struct book, read when first needed */
	struct map *
		uses; /* id of a device with a password → struct device: used since the last batch */
	int64_t written; /* when; monotonic */
};

struct devices *devices_new(void)
{
	struct devices *devices = must_alloc(sizeof(*devices));

	pthread_mutex_init(&devices->batch, NULL);
	pthread_mutex_init(&devices->lock, NULL);
	devices->books = map_new();
	devices->uses = map_new();
	devices->written = clock_monotonic();
	return devices;
}

void devices_free(struct devices *devices)
{
	map_free(devices->books, free);
	map_free(devices->uses, free);
	pthread_mutex_destroy(&devices->batch);
	pthread_mutex_destroy(&devices->lock);
	free(devices);
}

/* ---------------------------------------------------------------- batches */

struct batch {
	struct backend_use *uses;
	size_t n, cap;
};

static void collect(struct batch *batch, const struct device *device, const char *fold)
{
	batch->uses = must_grow(batch->uses, &batch->cap, batch->n + 1, sizeof(*batch->uses));
	batch->uses[batch->n++] = (struct backend_use){*device, fold ? must_strdup(fold) : NULL};
}

static void collect_all(struct devices *devices, struct batch *batch)
{
	size_t position = 0;
	const char *key;
	void *value;

	pthread_mutex_lock(&devices->lock);
	while (map_next(devices->uses, &position, &key, &value))
		collect(batch, value, NULL);
	map_free(devices->uses, free);
	devices->uses = map_new();
	for (position = 0; map_next(devices->books, &position, &key, &value);) {
		struct book *book = value;
		for (size_t i = 0; i < book->n; i++) {
			if (book->notes[i].dirty)
				collect(batch, &book->notes[i].device, book->notes[i].fold);
			book->notes[i].dirty = false;
		}
	}
	pthread_mutex_unlock(&devices->lock);
}

/* Under `batch`. */
static void write_batch(struct store *store)
{
	struct backend *backend = store->backend;
	struct batch batch = {0};
	bool good = true;

	collect_all(store->devices, &batch);
	for (size_t i = 0; i < batch.n; i += BATCH_ROWS) {
		size_t n = batch.n - i < BATCH_ROWS ? batch.n - i : BATCH_ROWS;
		good = backend->ops->device_note(backend, batch.uses + i, n) && good;
	}
	if (!good)
		store_report(store, LOG_LEVEL_WARN,
			"when devices were last used could not be written to state.db");
	for (size_t i = 0; i < batch.n; i++)
		free((char *)batch.uses[i].fold);
	free(batch.uses);
	store->devices->written = clock_monotonic();
}

void devices_write(struct store *store)
{
	pthread_mutex_lock(&store->devices->batch);
	write_batch(store);
	pthread_mutex_unlock(&store->devices->batch);
}

void devices_keep(struct store *store)
{
	struct devices *devices = store->devices;

	pthread_mutex_lock(&devices->batch);
	if (clock_monotonic() - devices->written >= DEVICE_BATCH_SECONDS * INT64_C(1000000000))
		write_batch(store);
	pthread_mutex_unlock(&devices->batch);
}

void devices_begin_change(struct store *store)
{
	pthread_mutex_lock(&store->devices->batch);
	write_batch(store);
}

void devices_end_change(struct store *store, const char *principal_id)
{
	struct devices *devices = store->devices;

	pthread_mutex_lock(&devices->lock);
	free(map_remove(devices->books, principal_id));
	pthread_mutex_unlock(&devices->lock);
	pthread_mutex_unlock(&devices->batch);
}

/* ---------------------------------------------------------------- uses */

static void put_line(struct arena *arena, char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text_clean_line(arena, text, size - 1) : "");
}

/* True when something was noted: once a second is enough. */
static bool touch(struct device *device, const struct device_use *use)
{
	int64_t now = clock_now();

	if (device->last_used == now)
		return false;
	struct arena *arena = arena_new();
	device->last_used = now;
	put_line(arena, device->address, sizeof(device->address), use->address);
	put_line(arena, device->user_agent, sizeof(device->user_agent), use->user_agent);
	arena_free(arena);
	return true;
}

void device_used(struct store *store, const char *id, const struct device_use *use)
{
	struct devices *devices = store->devices;

	pthread_mutex_lock(&devices->lock);
	struct device *device = map_get(devices->uses, id);
	if (!device) {
		device = must_alloc(sizeof(*device));
		snprintf(device->id, sizeof(device->id), "%s", id);
		map_set(devices->uses, id, device);
	}
	touch(device, use);
	pthread_mutex_unlock(&devices->lock);
}

/* ---------------------------------------------------------------- noticing */

static struct note *find_note(struct book *book, const char *program)
{
	for (size_t i = 0; book && i < book->n; i++)
		if (text_equal(book->notes[i].device.program, program))
			return &book->notes[i];
	return NULL;
}

static void name_of(struct note *note, const struct device_use *use, char name[DEVICE_NAME_SIZE])
{
	note->dirty = touch(&note->device, use) || note->dirty;
	memcpy(name, note->device.name, DEVICE_NAME_SIZE);
}

/* All devices of a principal, as state.db has them. */
struct rows {
	struct device *devices;
	size_t n, cap;
};

static void take(void *payload, const struct device *device)
{
	struct rows *rows = payload;

	rows->devices = must_grow(rows->devices, &rows->cap, rows->n + 1, sizeof(*device));
	rows->devices[rows->n++] = *device;
}

static void add_note(struct book *book, const struct device *device)
{
	struct note *note = &book->notes[book->n++];

	*note = (struct note){.device = *device};
	device_fold(note->fold, device->name);
}

static struct book *book_of(
	struct devices *devices, const char *principal_id, const struct rows *rows)
{
	struct book *book = map_get(devices->books, principal_id);

	if (book)
		return book;
	book = must_alloc(sizeof(*book));
	for (size_t i = 0; i < rows->n && book->n < DEVICE_MAX_NOTICED; i++)
		if (rows->devices[i].noticed)
			add_note(book, &rows->devices[i]);
	map_set(devices->books, principal_id, book);
	return book;
}

static bool name_taken(const struct book *book, const struct rows *rows, const char *name)
{
	bool taken = false;

	for (size_t i = 0; i < rows->n && !taken; i++)
		taken = device_name_same(rows->devices[i].name, name);
	for (size_t i = 0; i < book->n && !taken; i++)
		taken = device_name_same(book->notes[i].device.name, name);
	return taken;
}

/* Under both locks. What has the program's name may be a device with a password: not this one. */
static struct note *new_note(
	struct book *book, const struct rows *rows, const char *principal_id, const char *program)
{
	struct device device = {.noticed = true, .created = clock_now()};

	snprintf(device.program, sizeof(device.program), "%s", program);
	snprintf(device.principal_id, sizeof(device.principal_id), "%s", principal_id);
	snprintf(device.name, sizeof(device.name), "%s", program);
	if (name_taken(book, rows, device.name))
		snprintf(device.name, sizeof(device.name), "%s (main password)", program);
	for (size_t i = 2; name_taken(book, rows, device.name); i++)
		snprintf(device.name, sizeof(device.name), "%s (main password %zu)", program, i);
	text_uuid(device.id);
	add_note(book, &device);
	return &book->notes[book->n - 1];
}

static enum device_notice notice_anew(struct store *store, const char *principal_id,
	const char *program, const struct device_use *use, char name[DEVICE_NAME_SIZE])
{
	struct devices *devices = store->devices;
	struct rows rows = {0};
	enum device_notice found = DEVICE_NAMELESS;

	pthread_mutex_lock(&devices->batch);
	store->backend->ops->device_list(store->backend, principal_id, take, &rows);
	pthread_mutex_lock(&devices->lock);
	struct book *book = book_of(devices, principal_id, &rows);
	struct note *note = find_note(book, program);
	if (!note && book->n < DEVICE_MAX_NOTICED)
		note = new_note(book, &rows, principal_id, program);
	if (note) {
		name_of(note, use, name);
		found = DEVICE_NOTICED;
	}
	pthread_mutex_unlock(&devices->lock);
	pthread_mutex_unlock(&devices->batch);
	free(rows.devices);
	return found;
}

enum device_notice device_notice(struct store *store, const char *principal_id, const char *program,
	const struct device_use *use, bool deep, char name[DEVICE_NAME_SIZE])
{
	struct devices *devices = store->devices;
	enum device_notice found = DEVICE_UNKNOWN;

	if (strlen(principal_id) >= DEVICE_ID_SIZE || strlen(program) >= DEVICE_PROGRAM_SIZE)
		return DEVICE_NAMELESS;
	pthread_mutex_lock(&devices->lock);
	struct book *book = map_get(devices->books, principal_id);
	struct note *note = find_note(book, program);
	if (note) {
		name_of(note, use, name);
		found = DEVICE_NOTICED;
	} else if (book && book->n == DEVICE_MAX_NOTICED) {
		found = DEVICE_NAMELESS;
	}
	pthread_mutex_unlock(&devices->lock);
	return found == DEVICE_UNKNOWN && deep
		? notice_anew(store, principal_id, program, use, name)
		: found;
}
