/* SPDX-License-Identifier: ISC */
/*
 * The committer: groups from many threads, and a model test: random writes against a naive model of
 * what a store is, with its listing, its journal from every number on, the index reloaded and the
 * history walked anew.
 */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"

/* ---------------------------------------------------------------- the model */

#define NAMES 8
#define COLLECTIONS 5
#define WRITES 400
#define TEXT 32
#ifndef SEED
#define SEED 4711
#endif

static const char *const paths[COLLECTIONS] = {
	HOME, "calendars/anna/work", "addressbooks/anna/people", "files/anna", "files/anna/sub"};
static const char *const homes[COLLECTIONS] = {"id 2\nkind calendar\n", "id 2\nkind calendar\n",
	"id 3\nkind addressbook\n", FOLDER_META, FOLDER_META};

struct model_item {
	bool live;
	char text[TEXT], meta[TEXT];
	uint64_t number, added;
};

struct model_collection {
	bool live;
	char self[64];
	struct model_item items[NAMES];
};

struct model {
	struct model_collection collections[COLLECTIONS];
	uint64_t position;
};

static unsigned seed;

static unsigned pick(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 12) % n;
}

static void set_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* As apply.c, on the model; the code that is expected. */
static enum store_code model_apply(
	struct model *model, const struct store_change *changes, const unsigned *where, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct model_collection *c = &model->collections[where[i] / NAMES];
		struct model_item *item = &c->items[where[i] % NAMES];
		bool remove = changes[i].remove;
		if (changes[i].slot == STORE_SELF) {
			size_t sub = where[i] / NAMES;
			if (!remove && sub == 4 && !model->collections[3].live)
				return STORE_NOT_FOUND;
			for (size_t k = sub;
				remove && k < COLLECTIONS && (k == sub || (sub == 3 && k == 4));
				k++) {
				model->collections[k].live = false;
				for (size_t x = 0; x < NAMES; x++)
					model->collections[k].items[x].live = false;
			}
			if (!remove) {
				c->live = true;
				set_text(c->self, sizeof(c->self), changes[i].bytes);
			}
			continue;
		}
		if (!c->live)
			return STORE_NOT_FOUND;
		if (changes[i].slot == STORE_ITEM_META) {
			if (!item->live && !remove)
				return STORE_NOT_FOUND;
			set_text(item->meta, TEXT, item->live ? changes[i].bytes : NULL);
			continue;
		}
		if (!item->live || remove)
			item->meta[0] = '\0';
		if (!remove && item->live && where[i] / NAMES < 3 &&
			strncmp(item->text, changes[i].bytes, 6) != 0)
			return STORE_UID_TAKEN;
		item->live = !remove;
		if (!remove)
			set_text(item->text, TEXT, changes[i].bytes);
	}
	for (size_t k = 0; k < 3; k++)
		for (size_t x = 0; x < NAMES; x++)
			for (size_t y = 0; y < x; y++) {
				const struct model_item *items = model->collections[k].items;
				if (items[x].live && items[y].live &&
					strncmp(items[x].text, items[y].text, 6) == 0)
					return STORE_UID_TAKEN;
			}
	return STORE_OK;
}

struct changed {
	char full[64];
	struct model_item *item, *was;
};

static int by_full(const void *a, const void *b)
{
	return strcmp(((const struct changed *)a)->full, ((const struct changed *)b)->full);
}

static bool same(const struct model_item *a, const struct model_item *b)
{
	if (!a->live && !b->live)
		return true;
	return a->live == b->live && strcmp(a->text, b->text) == 0 && strcmp(a->meta, b->meta) == 0;
}

/* Numbers what differs; how many names. */
static size_t model_number(struct model *is, struct model *was)
{
	struct changed changed[COLLECTIONS * (NAMES + 1)];
	size_t n = 0;

	for (size_t k = 0; k < COLLECTIONS; k++) {
		struct model_collection *a = &is->collections[k], *b = &was->collections[k];
		if (a->live != b->live || (a->live && strcmp(a->self, b->self) != 0)) {
			changed[n].item = NULL;
			snprintf(changed[n++].full, sizeof(changed->full), "%s", paths[k]);
		}
		for (size_t x = 0; x < NAMES; x++) {
			if (same(&a->items[x], &b->items[x]))
				continue;
			changed[n].item = &a->items[x];
			changed[n].was = &b->items[x];
			snprintf(changed[n++].full, sizeof(changed->full), "%s/n%zu", paths[k], x);
		}
	}
	qsort(changed, n, sizeof(*changed), by_full);
	for (size_t i = 0; i < n; i++) {
		uint64_t number = (was->position + 1) << STORE_INDEX_BITS | (i + 1);
		if (!changed[i].item)
			continue;
		changed[i].item->number = number;
		if (!changed[i].was->live)
			changed[i].item->added = number;
	}
	return n;
}

static void check_collection(const struct store_collection *c, const struct model_collection *model)
{
	size_t live = 0;

	for (size_t x = 0; x < NAMES; x++) {
		const struct model_item *want = &model->items[x];
		char name[8];
		snprintf(name, sizeof(name), "n%zu", x);
		const struct store_item *item = store_item(c, name);
		assert_int_equal(item != NULL, want->live);
		live += want->live;
		if (!item)
			continue;
		struct store_oid oid = store_blob_id(want->text, strlen(want->text));
		assert_true(store_oid_equal(&oid, &item->oid));
		assert_int_equal(item->number, want->number);
		assert_int_equal(item->added, want->added);
		assert_int_equal(item->has_meta, want->meta[0] != '\0');
	}
	assert_int_equal(live, store_collection_count(c));
}

/* From every number that any name has. */
static void check_journal(const struct store_collection *c, const struct model_collection *model)
{
	for (size_t s = 0; s <= NAMES; s++) {
		uint64_t since = s == NAMES ? 0 : model->items[s].number, last = since;
		size_t position = 0, want = 0, got = 0;
		const struct store_item *item;
		for (size_t x = 0; x < NAMES; x++)
			want += model->items[x].number > since;
		for (; (item = store_change_next(c, since, &position)); got++) {
			const struct model_item *is = &model->items[item->name[1] - '0'];
			assert_int_equal(item->number, is->number);
			assert_int_equal(item->gone, !is->live);
			assert_true(item->number > last);
			last = item->number;
		}
		assert_int_equal(got, want);
	}
}

static void check_model(struct store *store, const struct model *model)
{
	struct store_snapshot *snapshot = store_snapshot(store);

	assert_int_equal(store_head(snapshot).position, model->position);
	for (size_t k = 0; k < COLLECTIONS; k++) {
		const struct store_collection *c = store_collection(snapshot, paths[k]);
		assert_int_equal(c != NULL, model->collections[k].live);
		if (c)
			check_collection(c, &model->collections[k]);
		c = node_find(snapshot->root, paths[k]);
		if (c)
			check_journal(c, &model->collections[k]);
	}
	store_snapshot_free(snapshot);
}

/* The index, and the history, say the same as the state. */
static void check_derived(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct store_collection *root;
	struct chain chain = {0};
	struct store_oid none = {0};
	struct link *links;
	struct buf out;
	size_t n;
	bool met;
	char *want = dump_root(snapshot->root), *got;

	buf_init(&out, (size_t)1 << 24);
	index_print(&out, snapshot);
	assert_true(index_parse(out.data, out.len, &root, &chain));
	tree_hash(root, NULL, NULL);
	assert_true(store_oid_equal(&root->oid, &snapshot->root->oid));
	assert_int_equal(chain.n, snapshot->head.position + 1);
	got = dump_root(root);
	assert_same(got, want);
	free(got);
	node_release(root);
	chain_free(&chain);
	buf_free(&out);
	assert_int_equal(
		load_chain(store->backend, &snapshot->head.oid, &none, &links, &n, &met), STORE_OK);
	assert_int_equal(load_rebuild(store, &root, links, n), STORE_OK);
	got = dump_root(root);
	assert_same(got, want);
	free(got);
	node_release(root);
	free(links);
	free(want);
	store_snapshot_free(snapshot);
}

static struct store_change random_change(
	const struct model *model, unsigned *where, char text[TEXT], char name[8])
{
	unsigned k = pick(COLLECTIONS), x = pick(NAMES), what = pick(20);

	*where = k * NAMES + x;
	snprintf(name, 8, "n%u", x);
	if (what == 0)
		return change_self(paths[k], NULL);
	if (what == 1 || (what < 8 && !model->collections[k].live)) {
		snprintf(text, TEXT, "%s", homes[k]);
		if (pick(2))
			snprintf(text + strlen(text), TEXT - strlen(text), "x%u\n", pick(3));
		return change_self(paths[k], text);
	}
	if (what < 7)
		return change_item(paths[k], name, NULL);
	if (what < 10) {
		snprintf(text, TEXT, "prop {D:}x <x%u/>\n", pick(3));
		return change_meta(paths[k], name, what == 7 ? NULL : text);
	}
	/* Mostly its own UID, sometimes that of the neighbour. */
	snprintf(text, TEXT, "UID:u%u\n%u", (x + (pick(6) == 0)) % NAMES, pick(3));
	return change_item(paths[k], name, text);
}

static void test_model(void **state)
{
	struct store *store = open_memory();
	static struct model model, next;
	char texts[5][TEXT], names[5][8], *before = NULL;
	struct store_snapshot *pinned = NULL;
	unsigned where[5], codes[16] = {0};

	(void)state;
	make_homes(store);
	for (size_t k = 0; k < 4; k++) {
		model.collections[k].live = true;
		set_text(model.collections[k].self, sizeof(model.collections[k].self),
			k < 2            ? CALENDAR_META
				: k == 2 ? BOOK_META
					 : FOLDER_META);
	}
	model.position = 1;
	seed = SEED;
	for (size_t i = 0; i < WRITES; i++) {
		struct store_change changes[5];
		struct store_result result;
		size_t n = 1 + pick(5);
		for (size_t k = 0; k < n; k++)
			changes[k] = random_change(&model, &where[k], texts[k], names[k]);
		next = model;
		enum store_code want = model_apply(&next, changes, where, n);
		if (want == STORE_OK && model_number(&next, &model) == 0)
			want = STORE_UNCHANGED;
		if (want == STORE_OK)
			next.position++;
		enum store_code got = write_all(store, changes, n, &result);
		if (got != want)
			fail_msg("write %zu: %d instead of %d (%s)", i, got, want, result.text);
		codes[got]++;
		if (want == STORE_OK)
			model = next;
		check_model(store, &model);
		if (i % 25 == 0)
			check_derived(store);
		if (i == WRITES / 2) {
			pinned = store_snapshot(store);
			before = dump_root(pinned->root);
		}
	}
	char *after = dump_root(pinned->root);
	assert_same(after, before);
	free(before);
	free(after);
	store_snapshot_free(pinned);
	check_derived(store);
	assert_true(codes[STORE_OK] > WRITES / 4 && codes[STORE_UID_TAKEN] > 5 &&
		codes[STORE_NOT_FOUND] > 5);
	assert_int_equal(store_check(store, print_problem, NULL, NULL), STORE_OK);
	store_close(store);
}

/* ---------------------------------------------------------------- many at once */

#define THREADS 20
#define EACH 10

struct submitter {
	struct store *store;
	unsigned id;
	atomic_int done, ok;
};

static void count_done(void *payload, const struct store_result *result)
{
	struct submitter *submitter = payload;

	if (result->code == STORE_OK)
		atomic_fetch_add(&submitter->ok, 1);
	atomic_fetch_add(&submitter->done, 1);
}

static void *submit_many(void *payload)
{
	struct submitter *submitter = payload;
	char name[32], text[32];

	for (unsigned i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "%u-%u", submitter->id, i);
		snprintf(text, sizeof(text), "UID:%u-%u", submitter->id, i);
		struct store_change changes[] = {change_item(HOME, name, text),
			/* All want this one: one gets it. */
			change_item("files/anna", i == 0 ? "wanted" : name, text)};
		if (i == 0)
			changes[1].expect = STORE_ABSENT;
		struct store_write write = {.changes = changes, .n_changes = 2, .user = "anna"};
		if (i % 2) {
			store_submit(submitter->store, &write, count_done, submitter);
		} else {
			struct store_result result;
			store_commit(submitter->store, &write, &result);
			count_done(submitter, &result);
		}
		/* Readers read meanwhile. */
		struct store_snapshot *snapshot = store_snapshot(submitter->store);
		const struct store_collection *home = store_collection(snapshot, HOME);
		size_t position = 0, n = 0;
		while (store_change_next(home, 0, &position))
			n++;
		assert_int_equal(n, store_collection_count(home));
		store_snapshot_free(snapshot);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct store *store = open_memory();
	static struct submitter submitters[THREADS];
	pthread_t threads[THREADS];
	int ok = 0;

	(void)state;
	make_homes(store);
	for (unsigned i = 0; i < THREADS; i++) {
		submitters[i].store = store;
		submitters[i].id = i;
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &submitters[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		while (atomic_load(&submitters[i].done) < EACH)
			usleep(1000);
		ok += atomic_load(&submitters[i].ok);
	}
	assert_int_equal(ok, THREADS * (EACH - 1) + 1);
	struct store_snapshot *snapshot = store_snapshot(store);
	assert_int_equal(store_collection_count(store_collection(snapshot, HOME)), ok);
	assert_int_equal(store_head(snapshot).position, ok + 1);
	struct store_commit_ref ref, before = {0};
	for (uint64_t i = 0; store_commit_at(snapshot, i, &ref); i++) {
		assert_int_equal(ref.position, i);
		assert_true(ref.time >= before.time);
		before = ref;
	}
	struct store_stats stats;
	store_stats(store, &stats);
	assert_true(stats.commits == (uint64_t)ok + 1 && stats.groups <= stats.commits);
	store_snapshot_free(snapshot);
	check_derived(store);
	assert_int_equal(store_check(store, print_problem, NULL, NULL), STORE_OK);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
