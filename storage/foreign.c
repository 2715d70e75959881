/* SPDX-License-Identifier: ISC */
/*
 * What others did to main: a `git push`, or a commit made by hand. New commits on its first-parent
 * chain are judged by the rules of PUT (follow.c, strict), outside the committer, and then continue
 * the chain. A head that contains ours but not on its first-parent chain is wrapped in a merge. All
 * else is set aside, and main is put back.
 */
#include "storage/internal.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/map.h"

#define FAULTS_TOLD 20         /* of one push */
#define FUTURE_MAX (24 * 3600) /* seconds that a foreign commit's clock may be ahead of ours */

struct foreign {
	struct store *store;
	struct store_snapshot *base;
	struct store_oid head; /* what main is at */
	struct link *links;    /* new commits, the last first */
	size_t n_links;
	struct store_oid wrap_tree; /* not zero: a merge is needed */
	size_t told;
	bool muted; /* this head was refused before, but could not be set aside */
};

static void complain(struct foreign *foreign, const char *text)
{
	if (!foreign->muted && foreign->told++ < FAULTS_TOLD)
		store_report(foreign->store, LOG_LEVEL_WARN, "refused what was pushed: %s", text);
}

static void tell_fault(void *payload, const char *path, unsigned line, const char *text)
{
	char words[512];

	if (line)
		snprintf(words, sizeof(words), "%s line %u: %s", path, line, text);
	else
		snprintf(words, sizeof(words), "%s: %s", path, text);
	complain(payload, words);
}

bool foreign_contains(
	struct backend *backend, const struct store_oid *from, const struct store_oid *wanted)
{
	struct arena *arena = arena_new();
	struct map *seen = map_new();
	struct store_oid *todo = NULL;
	size_t n = 0, cap = 0;
	bool found = false;
	char hex[41];

	todo = must_grow(todo, &cap, 1, sizeof(*todo));
	todo[n++] = *from;
	while (n && !found) {
		struct commit_text commit;
		struct store_oid oid = todo[--n];
		found = store_oid_equal(&oid, wanted);
		store_oid_hex(hex, &oid);
		if (map_set(seen, hex, seen))
			continue;
		if (commit_read(backend, arena, &oid, &commit) != STORE_OK)
			continue;
		todo = must_grow(todo, &cap, n + commit.n_parents, sizeof(*todo));
		for (size_t i = 0; i < commit.n_parents; i++)
			todo[n++] = commit.parents[i];
		arena_clear(arena);
	}
	free(todo);
	map_free(seen, NULL);
	arena_free(arena);
	return found;
}

/* Commits that only this daemon may make, or from the future. */
static bool check_commit(struct foreign *foreign, const struct store_oid *oid, struct arena *arena)
{
	struct commit_text commit;
	char hex[41], words[128];
	const char *why = NULL;

	if (commit_read(foreign->store->backend, arena, oid, &commit) != STORE_OK)
		why = "can not be read";
	else if (commit.ours)
		why = "bears Daybook's name as committer, but Daybook did not make it";
	else if (commit.time > clock_now() + FUTURE_MAX)
		why = "is dated in the future";
	if (!why)
		return true;
	store_oid_hex(hex, oid);
	snprintf(words, sizeof(words), "commit %.12s %s", hex, why);
	complain(foreign, words);
	return false;
}

/* Which commits are new? False: none of them can follow ours. */
static enum store_code find_links(struct foreign *foreign, bool *ok)
{
	struct backend *backend = foreign->store->backend;
	struct arena *arena = arena_new();
	bool met;

	enum store_code code = load_chain(backend, &foreign->head, &foreign->base->head.oid,
		&foreign->links, &foreign->n_links, &met);
	*ok = code == STORE_OK;
	if (code == STORE_NOT_FOUND || code == STORE_FAILED) {
		complain(foreign, "its commits can not be read");
		code = STORE_OK;
	}
	if (*ok && !met) {
		*ok = foreign_contains(backend, &foreign->head, &foreign->base->head.oid);
		if (!*ok)
			complain(foreign, "it does not contain the newest commit of main");
		foreign->wrap_tree = foreign->links[0].tree;
		foreign->n_links = 1;
	}
	for (size_t i = 0; *ok && i < foreign->n_links; i++) {
		*ok = check_commit(foreign, &foreign->links[i].oid, arena);
		arena_clear(arena);
	}
	arena_free(arena);
	return code;
}

/* Our mirror after the new commits; NULL: refused. `refs` gets their places on the chain. */
static struct store_collection *judge(struct foreign *foreign, struct store_commit_ref *refs)
{
	struct store_collection *root = foreign->base->root;
	struct store_commit_ref last = foreign->base->head;
	struct follow follow;

	follow_init(&follow, foreign->store->backend, foreign->store->options.inspect);
	follow.strict = true;
	follow.fault = tell_fault;
	follow.payload = foreign;
	node_ref(root);
	for (size_t i = foreign->n_links; i-- && root;) {
		const struct link *link = &foreign->links[i];
		last.oid = link->oid;
		last.position++;
		last.time = link->time > last.time ? link->time : last.time;
		struct store_collection *next = follow_commit(
			&follow, root, &link->tree, last.position, last.time);
		node_release(root);
		root = next;
		*refs++ = last;
	}
	if (!root && follow.faults == 0)
		complain(foreign, "objects are missing");
	follow_free(&follow);
	return root;
}

/* A merge of ours and theirs, with their tree; main moves from theirs to it. */
static enum store_code wrap(
	struct foreign *foreign, struct store_commit_ref *ref, char *why, size_t why_size)
{
	const struct store_write write = {.subject = "Daybook took in what was pushed"};
	const struct store_oid parents[] = {foreign->base->head.oid, foreign->head};
	struct group group = {0};

	if (ref->time < clock_now())
		ref->time = clock_now();
	ref->oid = group_add_commit(&group, &write, &foreign->wrap_tree, parents, 2, ref->time);
	enum store_code code = group_commit(
		&group, foreign->store->backend, &foreign->head, &ref->oid, why, why_size);
	group_free(&group);
	return code;
}

static enum store_code accept(
	struct foreign *foreign, struct store_collection *root, struct store_commit_ref *refs)
{
	struct store *store = foreign->store;
	const struct backend_ops *ops = store->backend->ops;
	enum store_code code = STORE_OK;
	char why[256];

	pthread_mutex_lock(&store->write_lock);
	if (!store_oid_equal(&store->head->head.oid, &foreign->base->head.oid))
		code = STORE_CONFLICT; /* main was put back and we went on: look again */
	if (code == STORE_OK && !store_oid_is_zero(&foreign->wrap_tree))
		code = wrap(foreign, refs, why, sizeof(why));
	else if (code == STORE_OK && ops->adopt)
		ops->adopt(store->backend, &foreign->head);
	if (code == STORE_OK) {
		for (size_t i = 0; i < foreign->n_links; i++)
			chain_add(&store->chain, &refs[i]);
		node_ref(root);
		snapshot_publish(store, root);
		locks_sweep(store);
	}
	pthread_mutex_unlock(&store->write_lock);
	if (code == STORE_OK) {
		atomic_fetch_add(&store->commits, foreign->n_links);
		store_report(store, LOG_LEVEL_INFO, "took in %zu commit%s made by others",
			foreign->n_links, foreign->n_links == 1 ? "" : "s");
	}
	return code;
}

static enum store_code put_back(
	struct backend *backend, const struct store_oid *bad, const struct store_oid *good)
{
	struct group empty = {0};
	char why[256];

	if (!store_oid_is_zero(bad))
		return backend->ops->reject(backend, bad, good);
	/* Main was deleted: nothing to set aside, it is made anew. */
	return group_commit(&empty, backend, bad, good, why, sizeof(why));
}

static enum store_code refuse(struct foreign *foreign)
{
	struct store *store = foreign->store;

	if (foreign->told > FAULTS_TOLD)
		store_report(
			store, LOG_LEVEL_WARN, "and %zu faults more", foreign->told - FAULTS_TOLD);
	store->refused = foreign->head;
	pthread_mutex_lock(&store->write_lock);
	enum store_code code = put_back(store->backend, &foreign->head, &foreign->base->head.oid);
	pthread_mutex_unlock(&store->write_lock);
	if (code != STORE_OK && !foreign->muted)
		store_report(store, LOG_LEVEL_ERROR, "main could not be put back");
	return code;
}

static enum store_code take_in(struct foreign *foreign)
{
	bool ok = false;

	if (store_oid_is_zero(&foreign->head)) {
		complain(foreign, "main was deleted");
		return refuse(foreign);
	}
	enum store_code code = find_links(foreign, &ok);
	if (code != STORE_OK)
		return code;
	if (!ok)
		return refuse(foreign);
	struct store_commit_ref *refs = must_alloc(foreign->n_links * sizeof(*refs));
	struct store_collection *root = judge(foreign, refs);
	code = root ? accept(foreign, root, refs) : refuse(foreign);
	if (root && code == STORE_OK && foreign->store->watch)
		foreign->store->watch(foreign->store->watch_payload, foreign->base);
	node_release(root);
	free(refs);
	return code == STORE_CONFLICT ? STORE_OK : code;
}

enum store_code foreign_poll(struct store *store)
{
	struct foreign foreign = {.store = store};

	pthread_mutex_lock(&store->foreign_lock);
	/* Under write_lock no group is between moving main and publishing: what differs is not
	 * ours. */
	pthread_mutex_lock(&store->write_lock);
	foreign.base = store_snapshot(store);
	enum store_code code = store->backend->ops->head(store->backend, &foreign.head);
	pthread_mutex_unlock(&store->write_lock);
	if (code == STORE_OK && !store_oid_equal(&foreign.head, &foreign.base->head.oid)) {
		foreign.muted = store_oid_equal(&foreign.head, &store->refused) &&
			!store_oid_is_zero(&store->refused);
		code = take_in(&foreign);
	}
	store_snapshot_free(foreign.base);
	free(foreign.links);
	pthread_mutex_unlock(&store->foreign_lock);
	return code;
}

void store_watch(struct store *store, store_watch_fn *watch, void *payload)
{
	pthread_mutex_lock(&store->foreign_lock);
	store->watch = watch;
	store->watch_payload = payload;
	pthread_mutex_unlock(&store->foreign_lock);
}

void store_poll(struct store *store)
{
	foreign_poll(store);
}
