/* SPDX-License-Identifier: ISC */
/* The pool: everything pushed runs once, the queue is bounded, continuations are not, the end waits
 * for what is queued. */
#include "src/workers.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define PUSHERS 4
#define EACH 2000
#define ROUNDS 5

struct counted {
	struct work work;
	struct workers *workers;
	atomic_int *runs;
	int rounds;
};

static void count_rounds(struct work *work)
{
	struct counted *counted = (struct counted *)work;

	atomic_fetch_add(counted->runs, 1);
	if (--counted->rounds > 0)
		workers_push_always(counted->workers, work);
}

struct pusher {
	struct workers *workers;
	struct counted works[EACH];
};

static void *push_all(void *payload)
{
	struct pusher *pusher = payload;

	for (size_t i = 0; i < EACH; i++)
		while (!workers_push(pusher->workers, &pusher->works[i].work))
			usleep(100);
	return NULL;
}

static void test_all_run(void **state)
{
	(void)state;
	static struct pusher pushers[PUSHERS];
	pthread_t threads[PUSHERS];
	atomic_int runs = 0;
	struct workers *workers = workers_new("test", 3, 64);

	assert_non_null(workers);
	for (size_t i = 0; i < PUSHERS; i++) {
		pushers[i].workers = workers;
		for (size_t j = 0; j < EACH; j++)
			pushers[i].works[j] = (struct counted){
				{count_rounds, NULL}, workers, &runs, ROUNDS};
		pthread_create(&threads[i], NULL, push_all, &pushers[i]);
	}
	for (size_t i = 0; i < PUSHERS; i++)
		pthread_join(threads[i], NULL);
	while (atomic_load(&runs) < PUSHERS * EACH * ROUNDS)
		usleep(1000);
	workers_free(workers);
	assert_int_equal(runs, PUSHERS * EACH * ROUNDS);
}

struct gate {
	struct work work;
	pthread_mutex_t mutex;
	atomic_bool running;
};

static void wait_at_gate(struct work *work)
{
	struct gate *gate = (struct gate *)work;

	atomic_store(&gate->running, true);
	pthread_mutex_lock(&gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

static void test_bounded(void **state)
{
	(void)state;
	struct workers *workers = workers_new("test", 1, 2);
	struct gate gate = {.work.run = wait_at_gate};
	atomic_int runs = 0;
	struct counted works[4];

	for (size_t i = 0; i < 4; i++)
		works[i] = (struct counted){{count_rounds, NULL}, workers, &runs, 1};
	pthread_mutex_init(&gate.mutex, NULL);
	pthread_mutex_lock(&gate.mutex);
	assert_true(workers_push(workers, &gate.work));
	while (!atomic_load(&gate.running))
		usleep(100);
	assert_true(workers_push(workers, &works[0].work));
	assert_true(workers_push(workers, &works[1].work));
	assert_false(workers_push(workers, &works[2].work));
	workers_push_always(workers, &works[3].work);
	assert_int_equal(runs, 0);
	pthread_mutex_unlock(&gate.mutex);
	workers_free(workers);
	assert_int_equal(runs, 3);
	pthread_mutex_destroy(&gate.mutex);
}

static void test_nothing(void **state)
{
	(void)state;
	workers_free(NULL);
	workers_free(workers_new("test", 2, 1));
	assert_true(workers_cores() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_run),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
