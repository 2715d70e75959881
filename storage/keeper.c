/* SPDX-License-Identifier: ISC */
/*
 * The keeper: a thread of low priority that looks for pushes, has the backend maintain itself in
 * bounded steps (after a number of groups, or when it is quiet), and saves the index and what is
 * noted of devices now and then.
 */
#include "storage/internal.h"

#include "src/base/clock.h"

#include <sys/resource.h>
#include <unistd.h>

#define POLL_MS 500          /* how soon a push is noticed */
#define GROUPS_PER_RUN 16    /* maintenance looks after so many groups */
#define MAINTAIN_MS 1000     /* and this often in any case: some of it waits for a quiet moment */
#define INDEX_COMMITS 5000   /* saves the index after so many commits */
#define INDEX_QUIET_MS 10000 /* or when nothing happened for so long */
#define NICE 5

static struct timespec soon(int ms)
{
	struct timespec when;

	clock_gettime(CLOCK_REALTIME, &when);
	when.tv_sec += ms / 1000;
	when.tv_nsec += (long)(ms % 1000) * 1000000;
	if (when.tv_nsec >= 1000000000) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000;
	}
	return when;
}

/* What the keeper remembers from round to round; times are monotonic nanoseconds. */
struct round {
	uint64_t groups;    /* at the last look */
	int64_t since;      /* when that changed */
	int64_t maintained; /* when maintenance last ran dry */
};

static void maintain(struct store *store, uint64_t groups)
{
	bool stop = false;

	/* A backlog takes many steps; a push must not wait for the last of them. */
	while (!stop && store->backend->ops->maintain(store->backend)) {
		foreign_poll(store);
		pthread_mutex_lock(&store->keeper_lock);
		stop = store->keeper_stop;
		pthread_mutex_unlock(&store->keeper_lock);
	}
	pthread_mutex_lock(&store->keeper_lock);
	store->groups_kept = groups;
	pthread_mutex_unlock(&store->keeper_lock);
}

static uint64_t unsaved(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	uint64_t commits = snapshot->head.position + 1 - store->indexed;

	store_snapshot_free(snapshot);
	return commits;
}

static void look_after(struct store *store, struct round *round)
{
	uint64_t groups = atomic_load(&store->groups);
	int64_t now = clock_monotonic();

	if (groups != round->groups) {
		round->groups = groups;
		round->since = now;
	}
	pthread_mutex_lock(&store->keeper_lock);
	uint64_t behind = groups - store->groups_kept;
	pthread_mutex_unlock(&store->keeper_lock);
	if (behind >= GROUPS_PER_RUN || now - round->maintained >= MAINTAIN_MS * INT64_C(1000000)) {
		maintain(store, groups);
		round->maintained = clock_monotonic();
	}
	uint64_t commits = unsaved(store);
	if (commits >= INDEX_COMMITS ||
		(commits && now - round->since >= INDEX_QUIET_MS * INT64_C(1000000)))
		index_save(store);
	devices_keep(store);
	locks_age(store);
}

static void *keeper_run(void *payload)
{
	struct store *store = payload;
	struct round round = {.since = clock_monotonic()};

	/* On Linux this is the priority of the calling thread only. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	for (;;) {
		struct timespec until = soon(POLL_MS);
		pthread_mutex_lock(&store->keeper_lock);
		if (!store->keeper_stop)
			pthread_cond_timedwait(&store->keeper_cond, &store->keeper_lock, &until);
		bool stop = store->keeper_stop;
		pthread_mutex_unlock(&store->keeper_lock);
		if (stop)
			return NULL;
		foreign_poll(store);
		look_after(store, &round);
	}
}

void keeper_start(struct store *store)
{
	store->keeping = start_thread(&store->keeper, keeper_run, store);
}

void keeper_stop(struct store *store)
{
	if (!store->keeping)
		return;
	pthread_mutex_lock(&store->keeper_lock);
	store->keeper_stop = true;
	pthread_cond_signal(&store->keeper_cond);
	pthread_mutex_unlock(&store->keeper_lock);
	pthread_join(store->keeper, NULL);
	store->keeping = false;
}

void keeper_wake(struct store *store)
{
	uint64_t groups = atomic_load(&store->groups);

	if (!store->keeping)
		return;
	pthread_mutex_lock(&store->keeper_lock);
	if (groups - store->groups_kept >= GROUPS_PER_RUN)
		pthread_cond_signal(&store->keeper_cond);
	pthread_mutex_unlock(&store->keeper_lock);
}
