/* SPDX-License-Identifier: ISC */
/* Marks of refused writes (mark.h), by person, device and collection. */
#include "webdav/mark.h"

#include "src/base/text.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_KEY 1024 /* bytes; a User-Agent is cut */
#define ROWS (DAV_MARK_DEVICES / 4)
#define WAYS 4

struct mark {
	uint64_t number;
	char *name; /* NULL: free */
};

struct row {
	char *key; /* person, device, collection; NULL: free */
	uint64_t newest;
	struct mark marks[DAV_MARK_NAMES];
};

struct dav_marks {
	pthread_mutex_t lock;
	uint64_t last;
	struct row *rows[ROWS][WAYS];
};

struct dav_marks *dav_marks_new(void)
{
	struct dav_marks *marks = calloc(1, sizeof(*marks));

	if (!marks)
		abort();
	pthread_mutex_init(&marks->lock, NULL);
	return marks;
}

static void free_row(struct row *row)
{
	if (!row)
		return;
	for (size_t i = 0; i < DAV_MARK_NAMES; i++)
		free(row->marks[i].name);
	free(row->key);
	free(row);
}

void dav_marks_free(struct dav_marks *marks)
{
	if (!marks)
		return;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < WAYS; k++)
			free_row(marks->rows[i][k]);
	pthread_mutex_destroy(&marks->lock);
	free(marks);
}

static char *copy(const char *text)
{
	char *made = strdup(text);

	if (!made)
		abort();
	return made;
}

/* A device by its password's name, else by what it calls itself. */
static void make_key(const struct dav_exchange *x, const char *collection, char key[MAX_KEY])
{
	const struct dav_person *person = &x->request->person;
	const char *agent = dav_header(x, "User-Agent");

	snprintf(key, MAX_KEY, "%s\n%.200s\n%s", person->name ? person->name : "",
		person->device  ? person->device
			: agent ? agent
				: "",
		collection);
}

/* FNV-1a. */
static struct row **ways_of(struct dav_marks *marks, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return marks->rows[hash % ROWS];
}

static struct row *find(struct dav_marks *marks, const char *key)
{
	struct row **ways = ways_of(marks, key);

	for (size_t i = 0; i < WAYS; i++)
		if (ways[i] && strcmp(ways[i]->key, key) == 0)
			return ways[i];
	return NULL;
}

static struct row *make(struct dav_marks *marks, const char *key)
{
	struct row **ways = ways_of(marks, key), **oldest = ways;
	struct row *row = find(marks, key);

	if (row)
		return row;
	for (size_t i = 0; i < WAYS; i++) {
		if (!ways[i] || (*oldest && ways[i]->newest < (*oldest)->newest))
			oldest = &ways[i];
		if (!*oldest)
			break;
	}
	free_row(*oldest);
	*oldest = row = calloc(1, sizeof(*row));
	if (!row)
		abort();
	row->key = copy(key);
	return row;
}

/* Later than all before it, also than those of before a restart. */
static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void raise_mark(struct dav_marks *marks, const char *key, const char *name)
{
	uint64_t now = microseconds();
	struct mark *slot;

	pthread_mutex_lock(&marks->lock);
	struct row *row = make(marks, key);
	slot = row->marks;
	for (size_t i = 0; i < DAV_MARK_NAMES; i++) {
		if (row->marks[i].name && strcmp(row->marks[i].name, name) == 0) {
			slot = &row->marks[i];
			break;
		}
		if (row->marks[i].number < slot->number)
			slot = &row->marks[i];
	}
	free(slot->name);
	slot->name = copy(name);
	marks->last = now > marks->last ? now : marks->last + 1;
	slot->number = row->newest = marks->last;
	pthread_mutex_unlock(&marks->lock);
}

/* It may come again. */
static bool was_share(const struct dav_exchange *x, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct store_collection *c,
		*home = store_collection(x->snapshot,
			arena_strndup(x->arena, path, slash ? (size_t)(slash - path) : 0));
	size_t index = 0;
	bool gone;

	while (home && (c = store_child_change_next(home, 0, &index, &gone)))
		if (gone && strcmp(store_collection_path(c), path) == 0)
			return store_collection_meta(c)->share_of;
	return false;
}

/* Hidden and absent ones must not differ: the token would tell. */
static bool concerns(const struct dav_exchange *x)
{
	const struct dav_resource *r = &x->target;

	if (r->item && dav_sight(x, r) != DAV_SEES_NOTHING)
		return true;
	if (x->verb->run != dav_verb_delete)
		return false;
	return r->share || !dav_view_now(x, r)->owner || was_share(x, r->path.collection);
}

void dav_mark_refused(struct dav_exchange *x)
{
	const struct dav_resource *r = &x->target;
	char key[MAX_KEY];

	/* What lost a race (412) was changed by somebody, and is told anyway. */
	if ((x->verb->flags & VERB_SAFE) || !(r->kind & DAV_ITEM) || !r->path.name || !concerns(x))
		return;
	make_key(x, r->path.collection, key);
	raise_mark(x->server->marks, key, r->path.name);
}

uint64_t dav_mark_newest(const struct dav_exchange *x, const char *collection)
{
	struct dav_marks *marks = x->server->marks;
	char key[MAX_KEY];

	make_key(x, collection, key);
	pthread_mutex_lock(&marks->lock);
	const struct row *row = find(marks, key);
	uint64_t newest = row ? row->newest : 0;
	pthread_mutex_unlock(&marks->lock);
	return newest;
}

const char *dav_mark_next(const struct dav_exchange *x, struct arena *arena, const char *collection,
	uint64_t since, uint64_t *mark)
{
	struct dav_marks *marks = x->server->marks;
	const struct mark *best = NULL;
	const char *name = NULL;
	char key[MAX_KEY];

	make_key(x, collection, key);
	pthread_mutex_lock(&marks->lock);
	const struct row *row = find(marks, key);
	for (size_t i = 0; row && i < DAV_MARK_NAMES; i++) {
		const struct mark *m = &row->marks[i];
		if (m->name && m->number > since && (!best || m->number < best->number))
			best = m;
	}
	if (best) {
		*mark = best->number;
		name = arena_strdup(arena, best->name);
	}
	pthread_mutex_unlock(&marks->lock);
	return name;
}
