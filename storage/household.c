/* SPDX-License-Identifier: ISC */
/*
 * Users and groups as one immutable table. For each principal the groups that it is in are found once, when the table is
 * made, so that a right costs a few comparisons.
 */
#include "storage/household.h"

#include "src/base/text.h"
#include "storage/internal.h"
#include "storage/principal.h"

#define PRINCIPALS "principals"

struct household {
	atomic_uint refs;
	uint64_t number; /* of the last change of anybody */
	struct arena *arena;
	struct household_principal *list;
	size_t n, cap, n_users; /* users stand before groups */
	/* in[i * (n - n_users) + k]: principal i is in the k-th group, or is that group */
	bool *in;
};

struct collect {
	struct household *household;
	struct store *store;
	const char *kind; /* "users", "groups" */
};

static void add_text(struct household *h, const char *path, const char *text, size_t len)
{
	struct principal principal;
	const char *name = strchr(path, '/') + 1;

	if (!account_name_ok(name) || !principal_parse(h->arena, text, len, &principal))
		return;
	bool group = text_starts(path, "groups/");
	size_t members = principal.n_members < HOUSEHOLD_MAX_MEMBERS ? principal.n_members
								     : HOUSEHOLD_MAX_MEMBERS;
	h->list = arena_grow(h->arena, h->list, &h->cap, h->n + 1, sizeof(*h->list));
	h->list[h->n++] = (struct household_principal){
		.path = path,
		.name = name,
		.id = principal.id,
		.display_name = principal.name,
		.members = group ? principal.members : NULL,
		.n_members = group ? members : 0,
		.group = group,
		.created = principal.created,
	};
}

static void add(struct collect *collect, const char *name, const struct store_oid *oid)
{
	struct household *h = collect->household;
	struct store_bytes bytes;

	if (store_read(collect->store, oid, &bytes) != STORE_OK)
		return;
	add_text(h, arena_printf(h->arena, "%s/%s", collect->kind, name), bytes.data, bytes.size);
	store_bytes_free(&bytes);
}

static bool add_past(void *payload, const char *name, const struct store_oid *oid)
{
	add(payload, name, oid);
	return true;
}

/* Users before groups. */
static int by_path(const void *a, const void *b)
{
	const struct household_principal *x = a, *y = b;

	return x->group != y->group ? (x->group ? 1 : -1) : strcmp(x->name, y->name);
}

/* The groups that somebody is directly in. */
struct direct {
	size_t *groups;
	size_t n, cap;
};

static bool *in_slot(const struct household *h, size_t principal, size_t group)
{
	return &h->in[principal * (h->n - h->n_users) + (group - h->n_users)];
}

/* Depth of recursion: the number of groups, each entered once. */
static void enter(struct household *h, const struct direct *direct, size_t principal, size_t at)
{
	bool group = at >= h->n_users;

	if (group && *in_slot(h, principal, at))
		return;
	if (group)
		*in_slot(h, principal, at) = true;
	for (size_t i = 0; i < direct[at].n; i++)
		enter(h, direct, principal, direct[at].groups[i]);
}

static void finish(struct household *h)
{
	struct direct *direct = arena_array(h->arena, h->n, sizeof(*direct));

	if (h->n)
		qsort(h->list, h->n, sizeof(*h->list), by_path);
	while (h->n_users < h->n && !h->list[h->n_users].group)
		h->n_users++;
	for (size_t k = h->n_users; k < h->n; k++)
		for (size_t m = 0; m < h->list[k].n_members; m++) {
			const struct household_principal *member = household_refers(
				h, h->list[k].members[m]);
			struct direct *of = member ? &direct[member - h->list] : NULL;
			if (!of)
				continue;
			of->groups = arena_grow(
				h->arena, of->groups, &of->cap, of->n + 1, sizeof(*of->groups));
			of->groups[of->n++] = k;
		}
	h->in = arena_array(h->arena, h->n * (h->n - h->n_users), sizeof(*h->in));
	for (size_t i = 0; i < h->n; i++)
		enter(h, direct, i, i);
}

static struct household *begin(uint64_t number)
{
	struct household *h = must_alloc(sizeof(*h));

	atomic_init(&h->refs, 1);
	h->number = number;
	h->arena = arena_new();
	return h;
}

static struct household *make_now(
	struct store *store, const struct store_snapshot *snapshot, uint64_t number)
{
	static const char *const kinds[] = {"users", "groups"};
	struct household *h = begin(number);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct collect collect = {h, store, kinds[i]};
		const struct store_collection *c = store_collection(
			snapshot, arena_printf(h->arena, PRINCIPALS "/%s", kinds[i]));
		struct store_cursor cursor = {0};
		const struct store_item *item;
		while (c && (item = store_item_next(c, &cursor)))
			add(&collect, item->name, &item->oid);
	}
	finish(h);
	return h;
}

static struct household *ref(struct household *h)
{
	atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
	return h;
}

struct household *household_now(struct store *store, const struct store_snapshot *snapshot)
{
	const struct store_collection *c = store_collection(snapshot, PRINCIPALS);
	uint64_t number = c ? store_collection_number(c) : 0;
	struct household *found = NULL, *old;

	pthread_mutex_lock(&store->household_lock);
	if (store->household && store->household->number == number)
		found = ref(store->household);
	pthread_mutex_unlock(&store->household_lock);
	if (found)
		return found;
	found = make_now(store, snapshot, number);
	pthread_mutex_lock(&store->household_lock);
	old = store->household;
	/* A reader of an older snapshot must not push a newer one out. */
	if (!old || old->number < number)
		store->household = ref(found);
	else
		old = NULL;
	pthread_mutex_unlock(&store->household_lock);
	household_free(old);
	return found;
}

struct household *household_then(struct store_past *past)
{
	struct household *h = begin(0);
	struct collect users = {h, past_store(past), "users"},
		       groups = {h, past_store(past), "groups"};

	past_files(past, PRINCIPALS "/users", add_past, &users);
	past_files(past, PRINCIPALS "/groups", add_past, &groups);
	finish(h);
	return h;
}

static void add_copy(struct household *h, const struct household_principal *like)
{
	struct household_principal p = *like;
	const char **members = arena_array(h->arena, p.n_members, sizeof(*members));

	p.path = arena_strdup(h->arena, p.path);
	p.name = strchr(p.path, '/') + 1;
	p.id = arena_strdup(h->arena, p.id);
	p.display_name = arena_strdup(h->arena, p.display_name);
	for (size_t i = 0; i < p.n_members; i++)
		members[i] = arena_strdup(h->arena, p.members[i]);
	p.members = members;
	h->list = arena_grow(h->arena, h->list, &h->cap, h->n + 1, sizeof(*h->list));
	h->list[h->n++] = p;
}

struct household *household_with(
	const struct household *old, const char *path, const char *text, size_t len)
{
	struct household *h = begin(0);

	for (size_t i = 0; i < old->n; i++)
		if (strcmp(old->list[i].path, path) != 0)
			add_copy(h, &old->list[i]);
	if (text)
		add_text(h, arena_strdup(h->arena, path), text, len);
	finish(h);
	return h;
}

void household_free(struct household *h)
{
	if (!h || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1)
		return;
	arena_free(h->arena);
	free(h);
}

const struct household_principal *household_list(const struct household *h, size_t *n)
{
	*n = h->n;
	return h->list;
}

static const struct household_principal *find(
	const struct household *h, const char *path, size_t len)
{
	static const char groups[] = "groups/";
	bool group = text_starts(path, groups);
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct household_principal *p = &h->list[middle];
		int order = p->group != group ? (p->group ? 1 : -1) : strncmp(p->path, path, len);
		if (order == 0)
			order = p->path[len] != '\0';
		if (order == 0)
			return p;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct household_principal *household_find(const struct household *h, const char *path)
{
	return find(h, path, strlen(path));
}

const struct household_principal *household_refers(const struct household *h, const char *reference)
{
	size_t len = strcspn(reference, "#");
	const struct household_principal *p = find(h, reference, len);

	if (!p || (reference[len] && !text_equal(reference + len + 1, p->id)))
		return NULL;
	return p;
}

char *household_reference(const struct household *h, struct arena *arena, const char *path)
{
	const struct household_principal *p = household_find(h, path);

	return p ? arena_printf(arena, "%s#%s", p->path, p->id) : NULL;
}

static bool is_in(const struct household *h, const struct household_principal *inner,
	const struct household_principal *outer)
{
	return inner == outer ||
		(outer->group && *in_slot(h, (size_t)(inner - h->list), (size_t)(outer - h->list)));
}

bool household_is(const struct household *h, const char *reference, const char *user)
{
	const struct household_principal *outer = household_refers(h, reference);
	char path[sizeof("users/") + ACCOUNT_MAX_NAME];

	if (!outer || strlen(user) > ACCOUNT_MAX_NAME)
		return false;
	snprintf(path, sizeof(path), "users/%s", user);
	const struct household_principal *inner = household_find(h, path);
	return inner && is_in(h, inner, outer);
}

const struct household_principal *household_next(
	const struct household *h, const char *reference, size_t *position)
{
	const struct household_principal *outer = household_refers(h, reference);

	while (outer && *position < h->n_users) {
		const struct household_principal *user = &h->list[(*position)++];
		if (is_in(h, user, outer))
			return user;
	}
	return NULL;
}

bool household_contains(const struct household *h, const char *outer, const char *inner)
{
	const struct household_principal *group = household_find(h, outer),
					 *member = household_find(h, inner);

	return group && member && group != member && is_in(h, member, group);
}

/* ---------------------------------------------------------------- two of them */

struct household_change {
	const struct household *before, *after;
	bool *was, *is; /* of each in the lists: changed; NULL: nobody did */
};

/* The same principal on the other side; NULL: it came or went, or has another id. */
static const struct household_principal *counterpart(
	const struct household *other, const struct household_principal *p)
{
	const struct household_principal *found = household_find(other, p->path);

	return found && text_equal(found->id, p->id) ? found : NULL;
}

/* Marks whoever of `h` is not in `other`, or has other groups or users there. */
static void mark(struct arena *arena, const struct household *h, const struct household *other,
	bool *changed)
{
	const struct household_principal **there = arena_array(arena, h->n, sizeof(*there));

	for (size_t i = 0; i < h->n; i++)
		there[i] = counterpart(other, &h->list[i]);
	for (size_t k = 0; k < h->n; k++)
		changed[k] = !there[k];
	for (size_t i = 0; i < h->n_users; i++)
		for (size_t k = h->n_users; k < h->n; k++) {
			bool in = *in_slot(h, i, k);
			if (in != (there[i] && there[k] && is_in(other, there[i], there[k])))
				changed[i] = changed[k] = true;
		}
}

/* Whoever is marked on one side is on the other. */
static void mark_others(const struct household *h, const bool *changed,
	const struct household *other, bool *other_changed)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct household_principal *p = changed[i]
			? household_find(other, h->list[i].path)
			: NULL;
		if (p)
			other_changed[p - other->list] = true;
	}
}

const struct household_change *household_compare(
	struct arena *arena, const struct household *before, const struct household *after)
{
	struct household_change *change = arena_alloc(arena, sizeof(*change));

	*change = (struct household_change){.before = before, .after = after};
	if (before == after)
		return change;
	change->was = arena_array(arena, before->n, sizeof(bool));
	change->is = arena_array(arena, after->n, sizeof(bool));
	mark(arena, before, after, change->was);
	mark(arena, after, before, change->is);
	mark_others(before, change->was, after, change->is);
	mark_others(after, change->is, before, change->was);
	return change;
}

bool household_changed(const struct household_change *change, const char *reference)
{
	size_t len = strcspn(reference, "#");
	const struct household_principal *p;

	if (!change->is)
		return false;
	p = find(change->after, reference, len);
	if (p)
		return change->is[p - change->after->list];
	p = find(change->before, reference, len);
	return p && change->was[p - change->before->list];
}
