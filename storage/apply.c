/* SPDX-License-Identifier: ISC */
/*
 * One write on the newest state: preconditions, the UID rules (RFC 4791 5.3.2.1 no-uid-conflict,
 * RFC 6352 6.3.2.1), and the changes themselves, in order: each sees what the ones before it did.
 * UIDs are looked at once more at the end, so that a set may come before the remove that frees its
 * UID.
 */
#include "storage/internal.h"

#include "src/base/text.h"

/* A UID that somebody had when it was set. */
struct taken {
	size_t index; /* of the change */
	const char *collection, *uid, *setter, *owner;
};

struct apply {
	struct write *write;
	struct edit *edit;
	const struct store_collection *base;
	struct taken *taken;
	size_t n_taken, cap_taken;
};

static bool conflict(struct apply *apply, size_t index, const char *text)
{
	write_refuse(apply->write, STORE_CONFLICT, index, "%s", text);
	return false;
}

static bool uid_taken(struct apply *apply, size_t index, const char *name)
{
	write_refuse(apply->write, STORE_UID_TAKEN, index, "the UID lives under another name");
	snprintf(apply->write->result.name, sizeof(apply->write->result.name), "%s", name);
	return false;
}

static bool expected(const struct store_change *change, bool there, const struct store_oid *oid)
{
	switch (change->expect) {
	case STORE_ANY:
		return true;
	case STORE_ABSENT:
		return !there;
	case STORE_PRESENT:
		return there;
	case STORE_MATCH:
		return there && store_oid_equal(&change->match, oid);
	}
	return false;
}

/* Conditions on the collection. `node` is live or NULL. */
static bool check_collection(struct apply *apply, size_t index, const struct store_collection *node)
{
	const struct store_change *change = &apply->write->spec.changes[index];

	if (change->unchanged_since) {
		const struct store_collection *was = node_find(apply->base, change->collection);
		uint64_t number = was && !was->gone ? was->number : UINT64_MAX;
		if (change->slot == STORE_ITEM_META && was && !was->gone) {
			const struct item *item = node_item(was, change->name);
			number = item ? item->pub.number : UINT64_MAX;
		}
		if (number > change->unchanged_since)
			return conflict(apply, index, "changed meanwhile");
	}
	if (change->collection_id &&
		(!node || !text_equal(node->self->meta.id, change->collection_id)))
		return conflict(apply, index, "the collection is not the one it was");
	return true;
}

static bool set_item(
	struct apply *apply, size_t index, struct store_collection *node, const struct item *had)
{
	const struct store_change *change = &apply->write->spec.changes[index];
	const struct prepared *prepared = &apply->write->prepared[index];
	const char *uid = prepared->facts.uid;
	size_t kid;

	if (node_kid(node, change->name, strlen(change->name), &kid) && !node->kids[kid]->gone)
		return conflict(apply, index, "a collection has this name");
	if (uid && had && had->pub.facts.uid && strcmp(uid, had->pub.facts.uid) != 0)
		return uid_taken(apply, index, change->name);
	const struct item *owner = uid ? node_uid(node, uid) : NULL;
	if (owner && strcmp(owner->pub.name, change->name) != 0) {
		struct arena *arena = apply->edit->arena;
		apply->taken = arena_grow(arena, apply->taken, &apply->cap_taken,
			apply->n_taken + 1, sizeof(*apply->taken));
		apply->taken[apply->n_taken++] = (struct taken){index, change->collection, uid,
			change->name, arena_strdup(arena, owner->pub.name)};
	}
	struct content content = {.oid = prepared->oid,
		.tree = prepared->oid,
		.size = prepared->size,
		.facts = prepared->facts,
		.created = change->created};
	edit_set_item(apply->edit, node, change->name, &content);
	return true;
}

static bool apply_item(struct apply *apply, size_t index)
{
	static const struct store_oid none;
	const struct store_change *change = &apply->write->spec.changes[index];
	struct store_collection *node = edit_node(apply->edit, change->collection);

	if (node && node->gone)
		node = NULL;
	if (!check_collection(apply, index, node))
		return false;
	if (!node) {
		write_refuse(apply->write, STORE_NOT_FOUND, index, "no such collection");
		return false;
	}
	const struct item *had = node_item(node, change->name);
	if (had && had->pub.gone)
		had = NULL;
	if (!expected(change, had, had ? &had->pub.oid : &none))
		return conflict(apply, index, "the item is not as expected");
	if (change->slot == STORE_ITEM) {
		if (!change->remove)
			return set_item(apply, index, node, had);
		edit_remove_item(apply->edit, node, change->name);
		return true;
	}
	if (!had && !change->remove) {
		write_refuse(apply->write, STORE_NOT_FOUND, index, "no such item");
		return false;
	}
	edit_set_meta(apply->edit, node, change->name,
		change->remove ? &none : &apply->write->prepared[index].oid);
	return true;
}

static bool set_self(struct apply *apply, size_t index)
{
	const struct store_change *change = &apply->write->spec.changes[index];
	const struct prepared *prepared = &apply->write->prepared[index];
	const char *slash = strrchr(change->collection, '/');
	char *path = arena_strndup(apply->edit->arena, change->collection,
		slash ? (size_t)(slash - change->collection) : 0);
	const struct store_collection *parent = node_find(apply->edit->root, path);

	if (!parent || parent->gone) {
		write_refuse(apply->write, STORE_NOT_FOUND, index, "no such parent collection");
		return false;
	}
	const struct item *item = node_item(parent, slash ? slash + 1 : change->collection);
	if (item && !item->pub.gone)
		return conflict(apply, index, "an item has this name");
	edit_set_self(apply->edit, self_new(change->collection, &prepared->oid, &prepared->meta));
	return true;
}

static bool apply_self(struct apply *apply, size_t index)
{
	static const struct store_oid none;
	const struct store_change *change = &apply->write->spec.changes[index];
	const struct store_collection *node = node_find(apply->edit->root, change->collection);

	if (node && node->gone)
		node = NULL;
	if (!check_collection(apply, index, node))
		return false;
	if (!expected(change, node, node ? &node->self->oid : &none))
		return conflict(apply, index, "the collection is not as expected");
	if (!change->remove)
		return set_self(apply, index);
	edit_remove_tree(apply->edit, change->collection);
	return true;
}

static int by_uid(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	int order = strcmp(x->collection, y->collection);

	if (order == 0)
		order = strcmp(x->uid, y->uid);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* At most one of all that had it may have it still. */
static bool check_holder(
	struct apply *apply, const struct taken *taken, const char *name, struct item **holder)
{
	struct store_collection *node = edit_node(apply->edit, taken->collection);
	struct item *item = node && !node->gone ? node_item(node, name) : NULL;

	if (!item || item->pub.gone || item == *holder ||
		!text_equal(item->pub.facts.uid, taken->uid))
		return true;
	if (*holder)
		return uid_taken(apply, taken->index,
			strcmp(name, taken->setter) == 0 ? (*holder)->pub.name : name);
	*holder = item;
	/* The table forgot it when another holder went. */
	table_put(&node->uids, node->edit, TABLE_UID, item);
	return true;
}

static bool check_uids(struct apply *apply)
{
	struct item *holder = NULL;

	if (apply->n_taken)
		qsort(apply->taken, apply->n_taken, sizeof(*apply->taken), by_uid);
	for (size_t i = 0; i < apply->n_taken; i++) {
		const struct taken *taken = &apply->taken[i];
		if (i == 0 || strcmp(taken->collection, taken[-1].collection) != 0 ||
			strcmp(taken->uid, taken[-1].uid) != 0)
			holder = NULL;
		if (!check_holder(apply, taken, taken->owner, &holder) ||
			!check_holder(apply, taken, taken->setter, &holder))
			return false;
	}
	return true;
}

bool write_apply(struct write *write, struct edit *edit, const struct store_collection *base)
{
	struct apply apply = {.write = write, .edit = edit, .base = base};

	for (size_t i = 0; i < write->spec.n_changes; i++) {
		bool ok = write->spec.changes[i].slot == STORE_SELF ? apply_self(&apply, i)
								    : apply_item(&apply, i);
		if (!ok)
			return false;
	}
	if (edit->n_touched > STORE_MAX_CHANGES) {
		write_refuse(write, STORE_INVALID, 0, "too many changes in one commit");
		return false;
	}
	return check_uids(&apply);
}
