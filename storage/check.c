/* SPDX-License-Identifier: ISC */
/*
 * `daybook check`: every object by the backend, every item by the inspector, and the mirror with
 * its journals against one made anew from the history.
 */
#include "storage/internal.h"

#include "src/base/text.h"

struct checker {
	struct store *store;
	void (*problem)(void *payload, const char *path, const char *text);
	void (*progress)(void *payload, size_t done, size_t all);
	void *payload;
	struct arena *arena, *scratch;
	size_t problems, done, all;
};

static void tell(void *payload, const char *path, const char *text)
{
	struct checker *checker = payload;

	checker->problems++;
	checker->problem(checker->payload, path, text);
}

static void count_items(struct checker *checker, const struct store_collection *node)
{
	checker->all += node->count;
	for (size_t i = 0; i < node->n_kids; i++)
		count_items(checker, node->kids[i]);
}

/* ---------------------------------------------------------------- items */

static void check_item(
	struct checker *checker, const struct store_collection *node, const struct item *item)
{
	enum facts_kind kind = place_rule(node->place)->kind;
	const char *path = path_join(checker->arena, node->self->path, item->pub.name);
	struct facts_fault fault = {0};
	struct facts facts = {0};
	struct store_bytes bytes;

	if (store_read(checker->store, &item->pub.oid, &bytes) != STORE_OK) {
		tell(checker, path, "its content can not be read");
		return;
	}
	if (bytes.size != item->pub.size)
		tell(checker, path, "its size differs from the index");
	bool inspected = kind == FACTS_CALENDAR || kind == FACTS_ADDRESSBOOK;
	if (inspected &&
		!checker->store->options.inspect(
			kind, bytes.data, bytes.size, checker->scratch, &facts, &fault))
		tell(checker, path,
			arena_printf(checker->scratch, "line %u: %s", fault.line, fault.text));
	else if (inspected && !text_equal(facts.uid, item->pub.facts.uid))
		tell(checker, path, "its UID differs from the index");
	store_bytes_free(&bytes);
	const struct item *owner = item->pub.facts.uid ? node_uid(node, item->pub.facts.uid) : item;
	if (owner != item)
		tell(checker, path, "another item of the collection has the same UID");
}

static void check_items(struct checker *checker, const struct store_collection *node)
{
	struct store_cursor cursor = {0};
	const struct item *item;

	while ((item = table_next(&node->items, &cursor))) {
		if (item->pub.gone)
			continue;
		check_item(checker, node, item);
		arena_clear(checker->scratch);
		if (checker->progress)
			checker->progress(checker->payload, ++checker->done, checker->all);
	}
	for (size_t i = 0; i < node->n_kids; i++)
		check_items(checker, node->kids[i]);
}

/* ---------------------------------------------------------------- against history */

static bool same_item(const struct item *a, const struct item *b)
{
	return a && b && strcmp(a->pub.name, b->pub.name) == 0 && a->pub.number == b->pub.number &&
		a->pub.added == b->pub.added && a->pub.gone == b->pub.gone &&
		a->pub.size == b->pub.size && store_oid_equal(&a->pub.oid, &b->pub.oid) &&
		store_oid_equal(&a->tree, &b->tree) && store_oid_equal(&a->meta, &b->meta) &&
		text_equal(a->pub.facts.uid, b->pub.facts.uid);
}

static void compare(struct checker *checker, const struct store_collection *node,
	const struct store_collection *made)
{
	const char *path = node->self->path;
	uint64_t since = 0;

	if (strcmp(path, made->self->path) != 0 || node->gone != made->gone ||
		node->number != made->number || node->props_number != made->props_number ||
		node->count != made->count || node->bytes != made->bytes ||
		!store_oid_equal(&node->self->oid, &made->self->oid)) {
		tell(checker, path, "the index differs from the history");
		return;
	}
	for (;;) {
		const struct item *a = journal_next(node->journal, since),
				  *b = journal_next(made->journal, since);
		if (!a && !b)
			break;
		if (!same_item(a, b)) {
			tell(checker, path_join(checker->arena, path, (a ? a : b)->pub.name),
				"the journal differs from the history");
			break;
		}
		since = a->pub.number;
	}
	if (!store_oid_equal(&node->oid, &made->oid))
		tell(checker, path, "the tree differs from the history");
	if (node->n_kids != made->n_kids) {
		tell(checker, path, "the folders differ from the history");
		return;
	}
	for (size_t i = 0; i < node->n_kids; i++)
		compare(checker, node->kids[i], made->kids[i]);
}

static void check_history(struct checker *checker, const struct store_snapshot *snapshot)
{
	struct store_oid none = {0};
	struct store_collection *made = NULL;
	struct link *links = NULL;
	size_t n;
	bool met;

	if (load_chain(checker->store->backend, &snapshot->head.oid, &none, &links, &n, &met) !=
			STORE_OK ||
		load_rebuild(checker->store, &made, links, n) != STORE_OK) {
		tell(checker, "", "the history can not be read");
		free(links);
		return;
	}
	if (n != snapshot->head.position + 1)
		tell(checker, "", "the history has another length than the index says");
	compare(checker, snapshot->root, made);
	node_release(made);
	free(links);
}

enum store_code store_check(struct store *store,
	void (*problem)(void *payload, const char *path, const char *text),
	void (*progress)(void *payload, size_t done, size_t all), void *payload)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct checker checker = {.store = store,
		.problem = problem,
		.progress = progress,
		.payload = payload,
		.arena = arena_new(),
		.scratch = arena_new()};

	enum store_code code = store->backend->ops->check(store->backend, tell, &checker);
	count_items(&checker, snapshot->root);
	check_items(&checker, snapshot->root);
	load_faults(snapshot->root, tell, &checker);
	check_history(&checker, snapshot);
	arena_free(checker.arena);
	arena_free(checker.scratch);
	store_snapshot_free(snapshot);
	if (code != STORE_OK && code != STORE_INVALID)
		return code;
	return checker.problems ? STORE_INVALID : STORE_OK;
}
