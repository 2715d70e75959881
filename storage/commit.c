/* SPDX-License-Identifier: ISC */
/*
 * The committer: one thread that takes all waiting writes, makes a commit of each on top of the
 * last, hands them to the backend as one group (one flush, one ref update), publishes the new state
 * and only then answers.
 *
 * When somebody pushed meanwhile, the backend says so: the foreign commits are taken in first and
 * the whole group is judged again on the new state.
 */
#include "storage/internal.h"

#include "src/base/clock.h"

#include <signal.h>

#define GROUP_WRITES 256                 /* commits in one group */
#define GROUP_BYTES ((uint64_t)32 << 20) /* of bodies in one group, about */
#define GROUP_TRIES 100                  /* times that others may come first */

bool start_thread(pthread_t *thread, void *(*run)(void *), void *payload)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(thread, NULL, run, payload);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !failed;
}

/* The state that a group has reached so far. */
struct progress {
	struct group group;
	struct store_collection *root; /* owned */
	struct store_commit_ref head;
	struct store_commit_ref *made;
	size_t n_made, cap_made;
	struct lost_locks lost;
	int64_t now;
};

static uint64_t write_bytes(const struct write *write)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < write->spec.n_changes; i++)
		bytes += write->prepared[i].size;
	return bytes;
}

/* One write: a commit, a refusal, or nothing to do. */
static void make_commit(struct store *store, struct progress *progress, struct write *write)
{
	struct edit edit;
	int64_t time = progress->now > progress->head.time ? progress->now : progress->head.time;

	write->answered = false;
	write->result = (struct store_result){.code = STORE_UNCHANGED, .commit = progress->head};
	if (!locks_allow(store, write)) {
		write_refuse(write, STORE_CONFLICT, 0, "it was locked meanwhile");
		return;
	}
	edit_begin(&edit, progress->root, progress->head.position + 1, time);
	edit.creator = creator_id(store, progress->root, write->spec.user);
	if (!write_apply(write, &edit, progress->root)) {
		edit_abort(&edit);
		return;
	}
	group_add_credentials(&progress->group, write->spec.credentials, write->spec.n_credentials);
	if (edit_finish(&edit) == 0) {
		edit_abort(&edit);
		locks_lose(store, write, progress->root, &progress->lost);
		return;
	}
	struct store_collection *root = edit_take(&edit);
	tree_hash(root, group_sink, &progress->group);
	for (size_t i = 0; i < write->spec.n_changes; i++)
		if (write->prepared[i].has_object)
			group_add(&progress->group, &write->prepared[i].object);
	progress->head.oid = group_add_commit(
		&progress->group, &write->spec, &root->oid, &progress->head.oid, 1, time);
	progress->head.position++;
	progress->head.time = time;
	progress->made = must_grow(
		progress->made, &progress->cap_made, progress->n_made + 1, sizeof(*progress->made));
	progress->made[progress->n_made++] = progress->head;
	locks_lose(store, write, root, &progress->lost);
	node_release(progress->root);
	progress->root = root;
	write->result.code = STORE_OK;
	write->result.commit = progress->head;
}

static void publish(struct store *store, struct progress *progress, struct write *writes)
{
	for (size_t i = 0; i < progress->n_made; i++)
		chain_add(&store->chain, &progress->made[i]);
	for (struct write *write = writes; write; write = write->next)
		for (size_t i = 0; write->result.code == STORE_OK && i < write->spec.n_changes; i++)
			if (write->prepared[i].body)
				cache_put(store->cache, write->prepared[i].body);
	node_ref(progress->root);
	snapshot_publish(store, progress->root);
	atomic_fetch_add(&store->commits, progress->n_made);
	atomic_fetch_add(&store->groups, 1);
}

/* All writes of a group, once; STORE_CONFLICT: somebody else moved main. */
static enum store_code try_group(
	struct store *store, struct write *writes, char *why, size_t why_size)
{
	struct progress progress = {.now = clock_now()};
	enum store_code code = STORE_OK;

	pthread_mutex_lock(&store->write_lock);
	struct store_snapshot *snapshot = store_snapshot(store);
	progress.root = snapshot->root;
	progress.head = snapshot->head;
	node_ref(progress.root);
	for (struct write *write = writes; write; write = write->next)
		make_commit(store, &progress, write);
	if (progress.n_made)
		code = group_commit(&progress.group, store->backend, &snapshot->head.oid,
			&progress.head.oid, why, why_size);
	else if (progress.group.n_credentials)
		code = store->backend->ops->credentials(store->backend, progress.group.credentials,
			progress.group.n_credentials, why, why_size);
	if (code == STORE_OK && progress.n_made)
		publish(store, &progress, writes);
	locks_forget(store, &progress.lost, code == STORE_OK);
	pthread_mutex_unlock(&store->write_lock);
	node_release(progress.root);
	store_snapshot_free(snapshot);
	group_free(&progress.group);
	free(progress.made);
	return code;
}

static void run_group(struct store *store, struct write *writes)
{
	enum store_code code = STORE_OK;
	char why[256] = "";

	for (int i = 0; i < GROUP_TRIES; i++) {
		code = try_group(store, writes, why, sizeof(why));
		if (code != STORE_CONFLICT)
			break;
		code = foreign_poll(store);
		if (code != STORE_OK)
			break;
	}
	if (code == STORE_CONFLICT)
		code = STORE_BUSY;
	while (writes) {
		struct write *write = writes;
		writes = write->next;
		if (code != STORE_OK && !write->answered) {
			write_refuse(write, code, 0, "%s", why);
			write->result.commit = (struct store_commit_ref){0};
		}
		write->done(write->payload, &write->result);
		write_free(write);
	}
	keeper_wake(store);
}

/* As many waiting writes as a group may hold; under queue_lock. */
static struct write *take_group(struct store *store)
{
	struct write *first = store->first, *last = first;
	uint64_t bytes = write_bytes(first);

	for (int n = 1; last->next && n < GROUP_WRITES; n++) {
		bytes += write_bytes(last->next);
		if (bytes > GROUP_BYTES)
			break;
		last = last->next;
	}
	store->first = last->next;
	if (!store->first)
		store->last = NULL;
	last->next = NULL;
	return first;
}

static void *committer_run(void *payload)
{
	struct store *store = payload;

	pthread_mutex_lock(&store->queue_lock);
	for (;;) {
		while (store->busy || (!store->first && !store->stopping))
			pthread_cond_wait(&store->queue_cond, &store->queue_lock);
		if (!store->first)
			break;
		struct write *group = take_group(store);
		store->busy = true;
		pthread_mutex_unlock(&store->queue_lock);
		run_group(store, group);
		pthread_mutex_lock(&store->queue_lock);
		store->busy = false;
	}
	pthread_mutex_unlock(&store->queue_lock);
	return NULL;
}

void committer_stop(struct store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	store->stopping = true;
	pthread_cond_signal(&store->queue_cond);
	bool started = store->committing;
	pthread_mutex_unlock(&store->queue_lock);
	if (started)
		pthread_join(store->committer, NULL);
}

/* False: no thread could be started. */
static bool enqueue(struct store *store, struct write *write)
{
	pthread_mutex_lock(&store->queue_lock);
	if (!store->committing && !store->stopping)
		store->committing = start_thread(&store->committer, committer_run, store);
	bool ok = store->committing && !store->stopping;
	if (ok) {
		if (store->last)
			store->last->next = write;
		else
			store->first = write;
		store->last = write;
		pthread_cond_signal(&store->queue_cond);
	}
	pthread_mutex_unlock(&store->queue_lock);
	return ok;
}

/* Who waits anyway does the committer's work himself when nobody else is at it: two wake-ups
 * less. */
static bool run_here(struct store *store, struct write *write)
{
	pthread_mutex_lock(&store->queue_lock);
	bool ours = !store->busy && !store->first && !store->stopping;
	if (ours)
		store->busy = true;
	pthread_mutex_unlock(&store->queue_lock);
	if (!ours)
		return false;
	run_group(store, write);
	pthread_mutex_lock(&store->queue_lock);
	store->busy = false;
	if (store->first || store->stopping)
		pthread_cond_signal(&store->queue_cond);
	pthread_mutex_unlock(&store->queue_lock);
	return true;
}

static void submit(struct store *store, const struct store_write *spec, store_done_fn *done,
	void *payload, bool wait)
{
	bool ok;
	struct write *write = write_prepare(store, spec, &ok);

	write->done = done;
	write->payload = payload;
	if (ok && ((wait && run_here(store, write)) || enqueue(store, write)))
		return;
	if (ok)
		write_refuse(write, STORE_FAILED, 0,
			"the store is closing, or no thread could be started");
	done(payload, &write->result);
	write_free(write);
}

void store_submit(
	struct store *store, const struct store_write *spec, store_done_fn *done, void *payload)
{
	submit(store, spec, done, payload, false);
}

/* ---------------------------------------------------------------- waiting */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	struct store_result *result;
};

static void wake(void *payload, const struct store_result *result)
{
	struct waiter *waiter = payload;

	pthread_mutex_lock(&waiter->lock);
	*waiter->result = *result;
	waiter->done = true;
	pthread_cond_signal(&waiter->cond);
	pthread_mutex_unlock(&waiter->lock);
}

enum store_code store_commit(
	struct store *store, const struct store_write *spec, struct store_result *result)
{
	struct store_result local;
	struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER,
		.cond = PTHREAD_COND_INITIALIZER,
		.result = result ? result : &local};

	submit(store, spec, wake, &waiter, true);
	pthread_mutex_lock(&waiter.lock);
	while (!waiter.done)
		pthread_cond_wait(&waiter.cond, &waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	enum store_code code = waiter.result->code;
	pthread_mutex_destroy(&waiter.lock);
	pthread_cond_destroy(&waiter.cond);
	return code;
}
