/* SPDX-License-Identifier: ISC */
/*
 * Start: the newest state from the index and the commits after it, or from the whole history. The
 * index is only ever a short cut: its trees are hashed and compared with the commit it names;
 * anything that does not fit means rebuilding.
 */
#include "storage/internal.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/text.h"

#define FAULTS_TOLD 20 /* at start; `daybook check` tells all */

enum store_code load_chain(struct backend *backend, const struct store_oid *head,
	const struct store_oid *stop, struct link **links, size_t *n, bool *met)
{
	struct arena *arena = arena_new();
	struct store_oid at = *head;
	enum store_code code = STORE_OK;
	struct link *list = NULL;
	size_t count = 0, cap = 0;

	for (;;) {
		struct commit_text commit;
		if (store_oid_equal(&at, stop))
			break;
		code = commit_read(backend, arena, &at, &commit);
		if (code != STORE_OK)
			break;
		list = must_grow(list, &cap, count + 1, sizeof(*list));
		list[count++] = (struct link){
			at, commit.tree, commit.time, commit.ours ? intern(commit.user) : NULL};
		bool root = commit.n_parents == 0;
		if (!root)
			at = commit.parents[0];
		arena_clear(arena);
		if (root)
			break;
	}
	arena_free(arena);
	if (code != STORE_OK) {
		free(list);
		return code;
	}
	*met = store_oid_equal(&at, stop);
	*links = list;
	*n = count;
	return STORE_OK;
}

/* Goes on from *root (taken over, replaced) with the links, the last first. */
static enum store_code walk(struct store *store, struct store_collection **root,
	struct chain *chain, const struct link *links, size_t n)
{
	struct follow follow;
	enum store_code code = STORE_OK;

	follow_init(&follow, store->backend, store->options.inspect);
	while (n-- && code == STORE_OK) {
		int64_t before = chain->n ? chain_at(chain, chain->n - 1).time : INT64_MIN;
		struct store_commit_ref ref = {links[n].oid, chain->n, links[n].time};
		if (ref.time < before)
			ref.time = before;
		follow.creator = creator_id(store, *root, links[n].user);
		struct store_collection *next = follow_commit(
			&follow, *root, &links[n].tree, ref.position, ref.time);
		if (!next) {
			code = STORE_FAILED;
			break;
		}
		node_release(*root);
		*root = next;
		chain_add(chain, &ref);
	}
	follow_free(&follow);
	return code;
}

enum store_code load_rebuild(
	struct store *store, struct store_collection **root, const struct link *links, size_t n)
{
	struct chain chain = {0};
	struct store_collection *made = edit_empty_root();

	enum store_code code = walk(store, &made, &chain, links, n);
	chain_free(&chain);
	if (code == STORE_OK)
		*root = made;
	else
		node_release(made);
	return code;
}

/* ---------------------------------------------------------------- the first commit */

static struct store_oid set_self(struct edit *edit, struct group *group, const char *path)
{
	char id[37];
	struct store_meta meta = {.id = id, .kind = FACTS_HOME, .created = edit->time};
	struct store_oid oid = {0};
	size_t len;

	text_uuid(id);
	char *text = store_meta_print(edit->arena, &meta, &len);
	group_sink(group, OBJECT_BLOB, text, len, &oid);
	edit_set_self(edit, self_new(path, &oid, &meta));
	return oid;
}

/* The random ids in it make the root commit, and so the epoch of sync tokens, unlike that of any
 * other store. */
static enum store_code begin(
	struct store *store, struct store_collection **root, char *why, size_t why_size)
{
	static const char *const paths[] = {"", "principals/users", "principals/groups"};
	static const struct store_oid none;
	const struct store_write write = {.subject = "Daybook begins here"};
	struct store_collection *empty = edit_empty_root();
	struct store_commit_ref ref = {.time = clock_now()};
	struct group group = {0};
	struct edit edit;

	edit_begin(&edit, empty, 0, ref.time);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		set_self(&edit, &group, paths[i]);
	edit_finish(&edit);
	*root = edit_take(&edit);
	tree_hash(*root, group_sink, &group);
	ref.oid = group_add_commit(&group, &write, &(*root)->oid, NULL, 0, ref.time);
	enum store_code code = group_commit(&group, store->backend, &none, &ref.oid, why, why_size);
	if (code == STORE_OK)
		chain_add(&store->chain, &ref);
	group_free(&group);
	node_release(empty);
	return code;
}

/* Git takes trees that we would write otherwise (an empty one, another order). Then our ids stand
 * for trees that nobody wrote: a commit of our own writes them. */
static enum store_code tidy(
	struct store *store, struct store_collection *root, const struct store_oid *tree)
{
	const struct store_write write = {.subject = "Daybook put the folders in order"};
	struct store_commit_ref ref = chain_at(&store->chain, store->chain.n - 1);
	struct store_oid parent = ref.oid;
	struct group group = {0};
	char why[256];

	if (store_oid_equal(&root->oid, tree))
		return STORE_OK;
	tree_forget(root);
	tree_hash(root, group_sink, &group);
	ref.time = ref.time > clock_now() ? ref.time : clock_now();
	ref.position++;
	ref.oid = group_add_commit(&group, &write, &root->oid, &parent, 1, ref.time);
	enum store_code code = group_commit(
		&group, store->backend, &parent, &ref.oid, why, sizeof(why));
	if (code == STORE_OK)
		chain_add(&store->chain, &ref);
	group_free(&group);
	return code;
}

/* ---------------------------------------------------------------- what is not as it stands */

static void node_faults(const struct store_collection *node,
	void (*problem)(void *, const char *, const char *), void *payload, struct arena *arena)
{
	struct store_cursor cursor = {0};
	const struct item *item;

	if (node->self->damaged)
		problem(payload, path_join(arena, node->self->path, STORE_SELF_FILE),
			"can not be read; the defaults stand in for it");
	while ((item = table_next(&node->items, &cursor)))
		if (!item->pub.gone && (item->pub.facts.flags & FACTS_BROKEN))
			problem(payload, path_join(arena, node->self->path, item->pub.name),
				"can not be read; its last readable version is shown");
	for (size_t i = 0; node->extras && i < node->extras->n; i++) {
		const struct extra *extra = &node->extras->list[i];
		const char *dir = *extra->dir ? path_join(arena, node->self->path, extra->dir)
					      : node->self->path;
		if (extra->dir[0] != '.' || extra->mode != STORE_MODE_FILE ||
			!store_name_ok(extra->name))
			problem(payload, path_join(arena, dir, extra->name),
				"is not shown: unreadable, or it has no place in the layout");
	}
	for (size_t i = 0; i < node->n_kids; i++)
		if (!node->kids[i]->gone)
			node_faults(node->kids[i], problem, payload, arena);
}

void load_faults(const struct store_collection *root,
	void (*problem)(void *, const char *, const char *), void *payload)
{
	struct arena *arena = arena_new();

	node_faults(root, problem, payload, arena);
	arena_free(arena);
}

struct teller {
	struct store *store;
	size_t n;
};

static void tell(void *payload, const char *path, const char *text)
{
	struct teller *teller = payload;

	if (teller->n++ < FAULTS_TOLD)
		store_report(teller->store, LOG_LEVEL_WARN, "%s %s", path, text);
}

/* ---------------------------------------------------------------- all together */

/* From the index; false: it is of no use. On success *root is owned and the chain filled. */
static bool from_index(struct store *store, struct store_collection **root)
{
	struct arena *arena = arena_new();
	struct commit_text commit;
	char *bytes;
	size_t len;
	bool ok = false;

	if (store->backend->ops->index_load(store->backend, &bytes, &len) == STORE_OK) {
		ok = index_parse(bytes, len, root, &store->chain);
		free(bytes);
		if (!ok)
			store_report(store, LOG_LEVEL_INFO,
				"the index is damaged or of another version");
	}
	if (ok) {
		struct store_oid head = chain_at(&store->chain, store->chain.n - 1).oid;
		tree_hash(*root, NULL, NULL);
		ok = commit_read(store->backend, arena, &head, &commit) == STORE_OK &&
			store_oid_equal(&commit.tree, &(*root)->oid);
		if (!ok)
			node_release(*root);
	}
	if (!ok)
		chain_free(&store->chain);
	arena_free(arena);
	return ok;
}

static enum store_code load_head(
	struct store *store, struct store_collection **root, const struct store_oid *head)
{
	struct store_oid stop = {0};
	struct link *links;
	size_t n;
	bool met, indexed = from_index(store, root);

	if (indexed)
		stop = chain_at(&store->chain, store->chain.n - 1).oid;
	store->indexed = store->chain.n;
	enum store_code code = load_chain(store->backend, head, &stop, &links, &n, &met);
	if (code == STORE_OK && indexed && !met) {
		node_release(*root);
		chain_free(&store->chain);
		store->indexed = 0;
	}
	if (code == STORE_OK && !(indexed && met))
		*root = edit_empty_root();
	if (code != STORE_OK) {
		if (indexed)
			node_release(*root);
		return code;
	}
	code = walk(store, root, &store->chain, links, n);
	if (code == STORE_OK && n > 0)
		code = tidy(store, *root, &links[0].tree);
	if (code != STORE_OK)
		node_release(*root);
	free(links);
	return code;
}

/* While nobody looked, main was moved to a merge that leaves what we published off its first-parent
 * chain: we begin where we were, and foreign.c wraps it. Else numbers that clients hold would be
 * given away again. */
static void begin_at_tip(struct store *store, struct store_oid *head)
{
	struct backend *backend = store->backend;
	struct store_oid tip = backend->ops->tip ? backend->ops->tip(backend)
						 : (struct store_oid){0};
	struct link *links;
	size_t n;
	bool met;

	if (store_oid_is_zero(&tip) || store_oid_equal(&tip, head) ||
		!backend->ops->exists(backend, &tip) ||
		load_chain(backend, head, &tip, &links, &n, &met) != STORE_OK)
		return;
	free(links);
	if (!met && foreign_contains(backend, head, &tip))
		*head = tip;
}

enum store_code load_state(struct store *store, const char **why)
{
	static _Thread_local char text[256];
	struct store_collection *root;
	struct teller teller = {store, 0};
	struct store_oid head;

	enum store_code code = store->backend->ops->head(store->backend, &head);
	if (code == STORE_OK && store_oid_is_zero(&head)) {
		code = begin(store, &root, text, sizeof(text));
	} else if (code == STORE_OK) {
		begin_at_tip(store, &head);
		code = load_head(store, &root, &head);
	}
	if (code != STORE_OK) {
		*why = text[0] ? text : "the history can not be read: look with `git fsck`";
		return code;
	}
	snapshot_publish(store, root);
	load_faults(root, tell, &teller);
	if (teller.n > FAULTS_TOLD)
		store_report(store, LOG_LEVEL_WARN, "and %zu more: see `daybook check`",
			teller.n - FAULTS_TOLD);
	return STORE_OK;
}
