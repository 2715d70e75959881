/* SPDX-License-Identifier: ISC */
/*
 * A pool of threads with one bounded queue. Work is intrusive: a struct work inside whatever is to
 * be done, so that nothing is allocated and what is already on its way (workers_push_always) can
 * never be refused.
 */
#ifndef SRC_WORKERS_H
#define SRC_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct work {
	void (*run)(struct work *work); /* may free the work, and push it again */
	struct work *next;              /* the queue's */
};

struct workers;

/* `limit`: how much may wait in the queue. NULL when no thread can be had. */
struct workers *workers_new(const char *name, unsigned threads, size_t limit);
/* Runs what waits, joins the threads. Nobody may push any more. NULL is fine. */
void workers_free(struct workers *workers);

/* False: the queue is full and the work was not taken. */
bool workers_push(struct workers *workers, struct work *work);
/* For the continuation of what was accepted once: beyond the limit, too. Does not block. */
void workers_push_always(struct workers *workers, struct work *work);

/* Cores this process may use, at least 1. */
unsigned workers_cores(void);

#endif
