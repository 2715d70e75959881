/* SPDX-License-Identifier: ISC */
/*
 * Birthday calendars kept in step with the address books (birthdays.h): a thread that is told of each new state of the store,
 * waits a moment for more, and commits what the calendars lack. Its own commits wake it, too, and find nothing to do.
 *
 * What is remembered is a shortcut only: up to which commit each calendar was in step. Without it, as after a start, all of
 * a calendar is compared.
 */
#include "webdav/birthdays.h"

#include "src/base/map.h"
#include "src/base/text.h"
#include "webdav/birthdays_plan.h"
#include "webdav/view.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 20 /* many commits at once are followed by one */
#define NICE 5      /* nobody waits for it */

struct dav_birthdays {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool background, due; /* due: under lock */
	atomic_bool stop;
	/* of the thread, or of who catches up */
	uint64_t handled;         /* the last number that all calendars followed; 0: none */
	struct household *people; /* as they were then; NULL: none */
	struct map *known; /* path of a calendar → position + 1 up to which its entries are ours */
	uint64_t born;     /* position of the first state that was seen */
};

/* One look at all calendars. */
struct round {
	struct dav_birthdays *birthdays;
	struct store_snapshot *snapshot;
	const struct household_change *people; /* since the last one; NULL: there was none */
	struct map *known;                     /* of the next one */
	bool books; /* the address books, or who is who, changed since the last one */
};

/* The last number that a commit can have given. */
static uint64_t number_of(uint64_t position)
{
	return ((position + 1) << STORE_INDEX_BITS) - 1;
}

static uint64_t changed(const struct store_snapshot *snapshot, const char *path)
{
	const struct store_collection *c = store_collection(snapshot, path);

	return c ? store_collection_number(c) : 0;
}

/* Position + 1 up to which the calendar is ours; 0: not known, or somebody else changed an entry since. */
static uintptr_t known_position(
	const struct dav_birthdays *b, const struct store_collection *calendar)
{
	uintptr_t known = (uintptr_t)map_get(b->known, store_collection_path(calendar));
	size_t position = 0;

	return known && !store_change_next(calendar, number_of(known - 1), &position) ? known : 0;
}

/* Was nothing else in it changed since `head` than by the commit at `position`? */
static bool is_ours_alone(struct dav_birthdays *b, const struct store_collection *calendar,
	uint64_t head, uint64_t position)
{
	struct store_snapshot *now = store_snapshot(b->store);
	const struct store_collection *c = store_collection(now, store_collection_path(calendar));
	const struct store_item *item;
	bool ours = c;
	size_t at = 0;

	while (ours && (item = store_change_next(c, number_of(head), &at)))
		ours = item->number >> STORE_INDEX_BITS == position;
	store_snapshot_free(now);
	return ours;
}

/* Is the owner of the calendar to all entries who they were? */
static bool is_same(const struct round *round, const struct store_collection *calendar)
{
	struct arena *arena = arena_new();
	const char *owner = dav_path_owner(arena, store_collection_path(calendar));
	bool same = round->people &&
		!household_changed(round->people, arena_printf(arena, "users/%s", owner));

	arena_free(arena);
	return same;
}

/* The new position + 1; 0: not in step. */
static uintptr_t settle(
	const struct round *round, const struct store_collection *calendar, uintptr_t known)
{
	struct dav_birthdays *b = round->birthdays;
	struct store_snapshot *snapshot = round->snapshot;
	struct store_commit_ref head = store_head(snapshot);
	struct store_result result = {.code = STORE_OK, .commit = head};
	struct birthdays_plan plan = {
		.store = b->store,
		.snapshot = snapshot,
		.arena = arena_new(),
		.calendar = calendar,
		.since = known ? b->handled : 0,
		.same_people = is_same(round, calendar),
		.stop = &b->stop,
	};

	dav_birthdays_plan(&plan);
	bool stopped = atomic_load(&b->stop);
	if (plan.n_changes && !stopped) {
		const struct store_write write = {
			.changes = plan.changes,
			.n_changes = plan.n_changes,
			.subject = dav_birthdays_words(&plan),
		};
		/* A conflict is somebody else's commit, which wakes us again; as the next one does after other troubles. */
		store_commit(b->store, &write, &result);
	}
	arena_free(plan.arena);
	bool done = !plan.more && !stopped &&
		(result.code == STORE_OK || result.code == STORE_UNCHANGED);
	if (!done || !is_ours_alone(b, calendar, head.position, result.commit.position))
		return 0;
	return (uintptr_t)result.commit.position + 1;
}

static void settle_home(const struct round *round, const struct store_collection *home)
{
	struct dav_birthdays *b = round->birthdays;
	const struct store_collection *c;

	for (size_t i = 0; (c = store_child_next(home, &i)) && !atomic_load(&b->stop);) {
		if (!text_equal(store_collection_meta(c)->derived, DAV_BIRTHDAYS))
			continue;
		uintptr_t position = known_position(b, c);
		if (!position || round->books)
			position = settle(round, c, position);
		if (position)
			map_set(round->known, store_collection_path(c), (void *)position);
	}
}

static void settle_all(struct dav_birthdays *b, struct store_snapshot *snapshot)
{
	const struct store_collection *homes = store_collection(snapshot, "calendars"), *home;
	struct household *people = household_now(b->store, snapshot);
	struct arena *arena = arena_new();
	struct round round = {
		.birthdays = b,
		.snapshot = snapshot,
		.people = b->people ? household_compare(arena, b->people, people) : NULL,
		.known = map_new(),
		.books = !b->handled || changed(snapshot, "addressbooks") > b->handled ||
			changed(snapshot, "principals") > b->handled,
	};

	for (size_t i = 0; homes && (home = store_child_next(homes, &i));)
		settle_home(&round, home);
	arena_free(arena);
	map_free(b->known, NULL);
	b->known = round.known;
	if (atomic_load(&b->stop)) {
		household_free(people);
		return;
	}
	household_free(b->people);
	b->people = people;
	b->handled = number_of(store_head(snapshot).position);
}

void dav_birthdays_catch_up(struct dav_birthdays *b)
{
	struct store_snapshot *snapshot = store_snapshot(b->store);

	if (number_of(store_head(snapshot).position) != b->handled)
		settle_all(b, snapshot);
	store_snapshot_free(snapshot);
}

/* --- the thread --- */

static void on_publish(void *payload, const struct store_snapshot *now)
{
	struct dav_birthdays *b = payload;

	(void)now;
	pthread_mutex_lock(&b->lock);
	if (!b->due)
		pthread_cond_signal(&b->cond);
	b->due = true;
	pthread_mutex_unlock(&b->lock);
}

static void pause_for_more(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	nanosleep(&pause, NULL);
}

static void *run(void *payload)
{
	struct dav_birthdays *b = payload;

	/* On Linux this is the priority of the calling thread only. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	for (;;) {
		pthread_mutex_lock(&b->lock);
		while (!b->due && !atomic_load(&b->stop))
			pthread_cond_wait(&b->cond, &b->lock);
		pthread_mutex_unlock(&b->lock);
		if (atomic_load(&b->stop))
			return NULL;
		pause_for_more();
		pthread_mutex_lock(&b->lock);
		b->due = false;
		pthread_mutex_unlock(&b->lock);
		dav_birthdays_catch_up(b);
	}
}

static bool start(struct dav_birthdays *b)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool started = pthread_create(&b->thread, NULL, run, b) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static uint64_t position_now(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	uint64_t position = store_head(snapshot).position;

	store_snapshot_free(snapshot);
	return position;
}

/* For commands that work on the folder themselves: of what they only read nothing follows. */
static void catch_up_at_end(struct dav_birthdays *b)
{
	for (uint64_t was = b->born, now; (now = position_now(b->store)) != was; was = now)
		dav_birthdays_catch_up(b);
}

struct dav_birthdays *dav_birthdays_new(struct store *store, bool background)
{
	struct dav_birthdays *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->store = store;
	b->known = map_new();
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->cond, NULL);
	b->born = position_now(store);
	b->due = true; /* whatever happened while nobody followed */
	b->background = background && start(b);
	if (b->background)
		store_follow(store, on_publish, b);
	return b;
}

void dav_birthdays_free(struct dav_birthdays *b)
{
	if (b->background) {
		store_follow(b->store, NULL, NULL);
		pthread_mutex_lock(&b->lock);
		atomic_store(&b->stop, true);
		pthread_cond_signal(&b->cond);
		pthread_mutex_unlock(&b->lock);
		pthread_join(b->thread, NULL);
	} else {
		catch_up_at_end(b);
	}
	map_free(b->known, NULL);
	household_free(b->people);
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
