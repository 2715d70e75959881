/* SPDX-License-Identifier: ISC */
/* Groups as text. Who may be in which, and what else a change of members brings with it, is for webdav/people.c. */
#include "storage/account.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/principal.h"

#include <string.h>

#define GROUPS "principals/groups"

/* What stands in the file; false: there is none, or nobody can read it. */
static bool load(struct store *store, struct arena *arena, const struct store_item *item,
	struct principal *principal)
{
	struct store_bytes bytes;

	if (!item || store_read(store, &item->oid, &bytes) != STORE_OK)
		return false;
	bool parsed = principal_parse(arena, bytes.data, bytes.size, principal);
	store_bytes_free(&bytes);
	return parsed;
}

static struct principal new_group(struct arena *arena)
{
	char id[37];

	text_uuid(id);
	return (struct principal){.id = arena_strdup(arena, id), .created = clock_now()};
}

bool account_group_change(struct store *store, const struct store_snapshot *snapshot,
	struct arena *arena, const struct account_group *group, struct store_change *change)
{
	const struct store_collection *groups = store_collection(snapshot, GROUPS);
	const struct store_item *item = groups ? store_item(groups, group->name) : NULL;
	struct principal principal;

	if (!load(store, arena, item, &principal))
		principal = new_group(arena);
	if (group->display_name)
		principal.name = *group->display_name ? group->display_name : NULL;
	principal.members = arena_memdup(
		arena, group->members, group->n_members * sizeof(*group->members));
	principal.n_members = group->n_members;
	*change = (struct store_change){
		.slot = STORE_ITEM,
		.collection = GROUPS,
		.name = arena_strdup(arena, group->name),
		.expect = item ? STORE_MATCH : STORE_ABSENT,
	};
	if (item)
		change->match = item->oid;
	change->bytes = principal_print(arena, &principal, &change->len);
	return change->bytes != NULL;
}
