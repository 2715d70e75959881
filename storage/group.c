/* SPDX-License-Identifier: ISC */
/*
 * A group: the objects of several commits, none twice, that become durable in one step of the
 * backend.
 */
#include "storage/internal.h"

#define SLOTS_MIN 64

static size_t slot_of(const struct group *group, const struct store_oid *oid)
{
	size_t at;

	memcpy(&at, oid->bytes, sizeof(at));
	for (at &= group->n_slots - 1; group->slots[at]; at = (at + 1) & (group->n_slots - 1))
		if (store_oid_equal(&group->objects[group->slots[at] - 1]->oid, oid))
			break;
	return at;
}

static void grow(struct group *group)
{
	if (group->n_slots && group->n_objects * 2 < group->n_slots)
		return;
	free(group->slots);
	group->n_slots = group->n_slots ? group->n_slots * 4 : SLOTS_MIN;
	group->slots = must_alloc(group->n_slots * sizeof(*group->slots));
	for (size_t i = 0; i < group->n_objects; i++)
		group->slots[slot_of(group, &group->objects[i]->oid)] = i + 1;
}

/* False: it is there already. */
static bool add(struct group *group, const struct object *object)
{
	grow(group);
	size_t slot = slot_of(group, &object->oid);
	if (group->slots[slot])
		return false;
	group->objects = must_grow(
		group->objects, &group->cap_objects, group->n_objects + 1, sizeof(*group->objects));
	group->objects[group->n_objects++] = object;
	group->slots[slot] = group->n_objects;
	return true;
}

void group_add(struct group *group, const struct object *object)
{
	add(group, object);
}

void group_add_credentials(struct group *group, const struct store_credential *rows, size_t n)
{
	group->credentials = must_grow(group->credentials, &group->cap_credentials,
		group->n_credentials + n, sizeof(*group->credentials));
	if (n)
		memcpy(group->credentials + group->n_credentials, rows, n * sizeof(*rows));
	group->n_credentials += n;
}

void group_sink(
	void *payload, enum object_type type, const char *body, size_t len, struct store_oid *oid)
{
	struct group *group = payload;
	struct object *object = must_alloc(sizeof(*object));

	object_make(object, type, body, len);
	bool same = store_oid_equal(oid, &object->oid);
	*oid = object->oid;
	if (same || !add(group, object)) {
		object_release(object);
		free(object);
		return;
	}
	group->own = must_grow(group->own, &group->cap_own, group->n_own + 1, sizeof(*group->own));
	group->own[group->n_own++] = object;
}

struct store_oid group_add_commit(struct group *group, const struct store_write *write,
	const struct store_oid *tree, const struct store_oid *parents, size_t n_parents,
	int64_t time)
{
	struct arena *arena = arena_new();
	struct store_oid oid = {0};
	struct buf body;

	buf_init(&body, STORE_MAX_OBJECT);
	commit_print(&body, arena, write, tree, parents, n_parents, time);
	group_sink(group, OBJECT_COMMIT, body.data, body.len, &oid);
	buf_free(&body);
	arena_free(arena);
	return oid;
}

enum store_code group_commit(struct group *group, struct backend *backend,
	const struct store_oid *from, const struct store_oid *to, char *why, size_t why_size)
{
	group->seam = (struct backend_group){
		.objects = group->objects,
		.n_objects = group->n_objects,
		.old_head = *from,
		.new_head = *to,
		.credentials = group->credentials,
		.n_credentials = group->n_credentials,
	};
	return backend->ops->commit(backend, &group->seam, why, why_size);
}

void group_free(struct group *group)
{
	for (size_t i = 0; i < group->n_own; i++) {
		object_release(group->own[i]);
		free(group->own[i]);
	}
	free(group->own);
	free(group->objects);
	free(group->credentials);
	free(group->slots);
	*group = (struct group){0};
}
