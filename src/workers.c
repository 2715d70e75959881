/* SPDX-License-Identifier: ISC */
/* The pool: a list under a mutex, a condition that wakes one thread for each piece of work. */
#include "src/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t more;
	struct work *head, **tail;
	size_t waiting, limit;
	bool ending;
	char name[16]; /* what the kernel shows, at most 15 characters */
	unsigned n_threads;
	pthread_t threads[];
};

/* The next piece of work, waiting for it; NULL when the pool ends. */
static struct work *take(struct workers *workers)
{
	pthread_mutex_lock(&workers->mutex);
	while (!workers->head && !workers->ending)
		pthread_cond_wait(&workers->more, &workers->mutex);
	struct work *work = workers->head;

	if (work) {
		workers->head = work->next;
		if (!workers->head)
			workers->tail = &workers->head;
		workers->waiting--;
	}
	pthread_mutex_unlock(&workers->mutex);
	return work;
}

static void *serve(void *payload)
{
	struct workers *workers = payload;

	for (struct work *work; (work = take(workers));)
		work->run(work);
	return NULL;
}

static bool push(struct workers *workers, struct work *work, bool always)
{
	pthread_mutex_lock(&workers->mutex);
	bool room = always || workers->waiting < workers->limit;

	if (room) {
		work->next = NULL;
		*workers->tail = work;
		workers->tail = &work->next;
		workers->waiting++;
		pthread_cond_signal(&workers->more);
	}
	pthread_mutex_unlock(&workers->mutex);
	return room;
}

bool workers_push(struct workers *workers, struct work *work)
{
	return push(workers, work, false);
}

void workers_push_always(struct workers *workers, struct work *work)
{
	push(workers, work, true);
}

struct workers *workers_new(const char *name, unsigned threads, size_t limit)
{
	struct workers *workers = calloc(1, sizeof(*workers) + threads * sizeof(pthread_t));

	if (!workers)
		abort();
	pthread_mutex_init(&workers->mutex, NULL);
	pthread_cond_init(&workers->more, NULL);
	workers->tail = &workers->head;
	workers->limit = limit;
	snprintf(workers->name, sizeof(workers->name), "%s", name);
	while (workers->n_threads < threads) {
		pthread_t *thread = &workers->threads[workers->n_threads];

		if (pthread_create(thread, NULL, serve, workers) != 0)
			break;
		pthread_setname_np(*thread, workers->name);
		workers->n_threads++;
	}
	if (workers->n_threads)
		return workers;
	workers_free(workers);
	return NULL;
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->mutex);
	workers->ending = true;
	pthread_cond_broadcast(&workers->more);
	pthread_mutex_unlock(&workers->mutex);
	for (unsigned i = 0; i < workers->n_threads; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->more);
	pthread_mutex_destroy(&workers->mutex);
	free(workers);
}

unsigned workers_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	int count = CPU_COUNT(&set);

	return count > 0 ? (unsigned)count : 1;
}
