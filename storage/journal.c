/* SPDX-License-Identifier: ISC */
/*
 * The journal of one collection: its names, tombstones among them, in the order of their last
 * change (DESIGN.md section 7). A persistent search tree from number to item: a change removes the
 * entry of the name's former number and appends at the right end, copying one path each; all
 * snapshots share the rest.
 *
 * Nodes that empty are dropped, others are never joined: appends fill nodes to the brim, so there
 * are at most as many leaves as names, and the height stays logarithmic.
 */
#include "storage/internal.h"

#define WIDTH 32

struct slot {
	uint64_t last; /* largest number below */
	union {
		struct item *item;
		struct journal *child;
	};
};

struct journal {
	atomic_uint refs;
	uint16_t n, cap, height; /* height 0: items */
	uint64_t edit;
	struct slot slots[];
};

static struct journal *new_node(uint16_t height, uint16_t cap, uint64_t edit)
{
	struct journal *node = must_alloc(sizeof(*node) + cap * sizeof(node->slots[0]));

	atomic_init(&node->refs, 1);
	node->height = height;
	node->cap = cap;
	node->edit = edit;
	return node;
}

void journal_share(struct journal *journal)
{
	if (journal)
		atomic_fetch_add_explicit(&journal->refs, 1, memory_order_relaxed);
}

void journal_release(struct journal *journal)
{
	if (!journal || atomic_fetch_sub_explicit(&journal->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint16_t i = 0; i < journal->n; i++) {
		if (journal->height)
			journal_release(journal->slots[i].child);
		else
			item_release(journal->slots[i].item);
	}
	free(journal);
}

/* Ours, with room for `more` further slots (never above WIDTH). */
static struct journal *own(struct journal **slot, uint64_t edit, uint16_t more)
{
	struct journal *old = *slot;

	if (old->edit == edit && old->n + more <= old->cap)
		return old;
	uint16_t cap = (uint16_t)(old->n + more + 3) & (uint16_t)~3;
	if (old->edit == edit)
		cap = WIDTH;
	struct journal *node = new_node(old->height, cap, edit);
	node->n = old->n;
	memcpy(node->slots, old->slots, old->n * sizeof(node->slots[0]));
	for (uint16_t i = 0; i < node->n; i++) {
		if (node->height)
			journal_share(node->slots[i].child);
		else
			item_ref(node->slots[i].item);
	}
	journal_release(old);
	return *slot = node;
}

/* First slot whose `last` is at least `number`. */
static uint16_t search(const struct journal *node, uint64_t number)
{
	uint16_t low = 0, high = node->n;

	while (low < high) {
		uint16_t middle = (uint16_t)((low + high) / 2);
		if (node->slots[middle].last < number)
			low = (uint16_t)(middle + 1);
		else
			high = middle;
	}
	return low;
}

/* A new chain of nodes of `height` down to the one item. */
static struct journal *spine(uint16_t height, uint64_t edit, struct item *item)
{
	struct journal *node = new_node(height, height ? 2 : 4, edit);

	node->n = 1;
	node->slots[0].last = item->pub.number;
	if (height) {
		node->slots[0].child = spine((uint16_t)(height - 1), edit, item);
	} else {
		item_ref(item);
		node->slots[0].item = item;
	}
	return node;
}

/* False: full. */
static bool append(struct journal **slot, uint64_t edit, struct item *item)
{
	struct journal *node = *slot;
	uint64_t number = item->pub.number;

	if (node->height) {
		node = own(slot, edit, 0);
		if (append(&node->slots[node->n - 1].child, edit, item)) {
			node->slots[node->n - 1].last = number;
			return true;
		}
	}
	if (node->n == WIDTH)
		return false;
	node = own(slot, edit, 1);
	struct slot *end = &node->slots[node->n++];
	end->last = number;
	if (node->height) {
		end->child = spine((uint16_t)(node->height - 1), edit, item);
	} else {
		item_ref(item);
		end->item = item;
	}
	return true;
}

void journal_append(struct journal **journal, uint64_t edit, struct item *item)
{
	struct journal *old = *journal;

	if (!old) {
		*journal = spine(0, edit, item);
		return;
	}
	if (append(journal, edit, item))
		return;
	old = *journal;
	struct journal *root = new_node((uint16_t)(old->height + 1), 4, edit);
	root->n = 2;
	root->slots[0].last = old->slots[old->n - 1].last;
	root->slots[0].child = old;
	root->slots[1].last = item->pub.number;
	root->slots[1].child = spine(old->height, edit, item);
	*journal = root;
}

/* The number is there. */
static void take_out(struct journal **slot, uint64_t edit, uint64_t number)
{
	struct journal *node = own(slot, edit, 0);
	uint16_t at = search(node, number);
	struct slot *here = &node->slots[at];

	if (node->height) {
		take_out(&here->child, edit, number);
		if (here->child->n) {
			here->last = here->child->slots[here->child->n - 1].last;
			return;
		}
		journal_release(here->child);
	} else {
		item_release(here->item);
	}
	node->n--;
	memmove(here, here + 1, (size_t)(node->n - at) * sizeof(*here));
}

static bool contains(const struct journal *journal, uint64_t number)
{
	const struct item *item = number ? journal_next(journal, number - 1) : NULL;

	return item && item->pub.number == number;
}

void journal_remove(struct journal **journal, uint64_t edit, uint64_t number)
{
	if (!contains(*journal, number))
		return;
	take_out(journal, edit, number);
	while (*journal && (*journal)->n == 0) {
		journal_release(*journal);
		*journal = NULL;
	}
	while (*journal && (*journal)->height && (*journal)->n == 1) {
		struct journal *only = (*journal)->slots[0].child;
		journal_share(only);
		journal_release(*journal);
		*journal = only;
	}
}

void journal_replace(struct journal **journal, uint64_t edit, uint64_t number, struct item *item)
{
	if (!contains(*journal, number))
		return;
	struct journal **slot = journal;
	struct journal *node = own(slot, edit, 0);
	while (node->height) {
		slot = &node->slots[search(node, number)].child;
		node = own(slot, edit, 0);
	}
	struct slot *here = &node->slots[search(node, number)];
	item_ref(item);
	item_release(here->item);
	here->item = item;
}

struct item *journal_next(const struct journal *journal, uint64_t since)
{
	while (journal) {
		if (since == UINT64_MAX)
			return NULL;
		uint16_t at = search(journal, since + 1);
		if (at == journal->n)
			return NULL;
		if (!journal->height)
			return journal->slots[at].item;
		journal = journal->slots[at].child;
	}
	return NULL;
}
