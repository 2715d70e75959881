/* SPDX-License-Identifier: ISC */
/* The household's people as cards (directory.h). */
#include "webdav/directory.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "storage/account.h"
#include "storage/household.h"
#include "webdav/data.h"
#include "webdav/find.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PRINCIPALS "principals"
#define USERS PRINCIPALS "/users"
#define GROUPS PRINCIPALS "/groups"
#define NOWHERE PRINCIPALS "/directory"
#define GROUP_MARK '~' /* no user's name begins so, and no URL encodes it */
#define SUFFIX ".vcf"
#define NAME_MAX_BYTES 1024 /* of a name for people, or an address */

/* --- URLs --- */

void dav_directory_place(struct arena *arena, struct dav_path *path)
{
	const char *name = path->name;
	bool group = name && *name == GROUP_MARK;

	path->owner = NULL;
	path->collection = PRINCIPALS;
	if (!name)
		return;
	name += group;
	path->reserved = !text_ends(name, SUFFIX);
	if (!path->reserved)
		name = arena_strndup(arena, name, strlen(name) - strlen(SUFFIX));
	path->reserved |= !account_name_ok(name);
	/* A reserved name is in a place where nothing stands. */
	path->collection = path->reserved ? NOWHERE : group ? GROUPS : USERS;
	if (!path->reserved)
		path->name = name;
}

static void put_href(struct buf *out, const char *name, bool group)
{
	char segment[ACCOUNT_MAX_NAME + sizeof("~" SUFFIX)];

	snprintf(segment, sizeof(segment), "%s%s" SUFFIX, group ? "~" : "", name);
	dav_href_of(out, "directory", segment);
}

void dav_directory_href(struct buf *out, const struct dav_path *path)
{
	if (!path->name || path->reserved)
		dav_href_of(out, "directory", path->name);
	else
		put_href(out, path->name, strcmp(path->collection, GROUPS) == 0);
}

void dav_directory_card_href(struct buf *out, const char *principal)
{
	put_href(out, strchr(principal, '/') + 1, text_starts(principal, "groups/"));
}

/* --- what is there --- */

struct dav_resource dav_directory_part(const struct dav_exchange *x, bool groups)
{
	const char *path = groups ? GROUPS : USERS;
	const struct store_collection *c = store_collection(x->snapshot, path);

	return (struct dav_resource){
		.kind = DAV_DIRECTORY,
		.path = {.kind = DAV_DIRECTORY, .collection = path, .slash = true},
		.exists = c,
		.collection = c,
	};
}

/* "users/anna" */
static const char *principal_of(const struct dav_resource *card)
{
	static const char top[] = PRINCIPALS "/";
	const char *part = card->path.collection + strlen(top);

	return part;
}

static struct arena *arena_of(const struct dav_exchange *x)
{
	return x->row_arena ? x->row_arena : x->arena;
}

static char *path_of(const struct dav_exchange *x, const struct dav_resource *card)
{
	return arena_printf(arena_of(x), "%s/%s", principal_of(card), card->path.name);
}

bool dav_directory_shows(const struct dav_exchange *x, const struct dav_resource *card)
{
	return !card->item || dav_may_find(x, path_of(x, card));
}

/* --- cards --- */

/* Where nobody finds others, a group's card does not tell them, either: of oneself alone. That depends on nothing but the
 * group and who asks, so that a card changes only when its group does. */
static bool tells_member(const struct dav_exchange *x, const struct household_principal *member)
{
	const struct dav_person *person = &x->request->person;

	return person->admin || x->server->search != DAV_SEARCH_ADMINS ||
		(!member->group && text_equal(member->name, person->name));
}

static void fill_group(const struct dav_exchange *x, const struct household_principal *group,
	struct card_person *card)
{
	const struct household *household = dav_household(x);
	const char **members = arena_array(arena_of(x), group->n_members, sizeof(*members));

	for (size_t i = 0; i < group->n_members; i++) {
		const struct household_principal *member = household_refers(
			household, group->members[i]);
		if (member && tells_member(x, member))
			members[card->n_members++] = member->id;
	}
	card->members = members;
	card->group = true;
}

static void fill_user(const struct dav_exchange *x, const char *name, struct card_person *card)
{
	struct arena *arena = arena_of(x);
	struct account account;

	if (!account_find(x->server->store, x->snapshot, arena, name, &account) ||
		!text_equal(account.name, name))
		return;
	const char **mails = arena_array(arena, account.n_mails, sizeof(*mails));
	for (size_t i = 0; i < account.n_mails; i++)
		mails[i] = text_clean_line(arena, account.mails[i], NAME_MAX_BYTES);
	card->mails = mails;
	card->n_mails = account.n_mails;
}

/* False: there is nobody. */
static bool make_card(const struct dav_exchange *x, const struct dav_resource *r, struct buf *out)
{
	const struct household_principal *p = household_find(dav_household(x), path_of(x, r));
	struct card_person card = {0};

	if (!p)
		return false;
	card.uid = text_clean_line(arena_of(x), p->id, NAME_MAX_BYTES);
	card.name = text_clean_line(
		arena_of(x), p->display_name ? p->display_name : p->name, NAME_MAX_BYTES);
	if (p->group)
		fill_group(x, p, &card);
	else
		fill_user(x, p->name, &card);
	card_person(out, &card);
	return !out->full;
}

enum dav_code dav_directory_open(
	const struct dav_exchange *x, const struct dav_resource *card, struct dav_content *content)
{
	struct buf out;

	buf_init(&out, DAV_MAX_RENDERED);
	if (!dav_directory_shows(x, card) || !make_card(x, card, &out)) {
		buf_free(&out);
		return DAV_NOT_FOUND;
	}
	content->made = buf_take(&out, &content->size);
	content->data = content->made;
	return DAV_OK;
}

/* --- ETags --- */

/* Of what is made the bytes say best what it is. */
static void card_tag(
	const struct dav_exchange *x, const struct dav_resource *r, char tag[DAV_MAX_TAG])
{
	struct dav_content content = {0};

	if (dav_directory_open(x, r, &content) != DAV_OK)
		return;
	struct store_oid id = store_blob_id(content.data, content.size);
	store_oid_hex(tag, &id);
	dav_content_close(&content);
}

/* Who asks, and whom they find. */
static void whole_tag(
	const struct dav_exchange *x, const struct dav_resource *r, char tag[DAV_MAX_TAG])
{
	const struct dav_person *person = &x->request->person;
	const char *name = person->name ? person->name : "";
	struct store_oid id = store_blob_id(name, strlen(name));
	struct store_commit_ref commit = store_head(x->snapshot);
	uint64_t number = dav_number(x, r);
	char hex[41], who[41];

	store_commit_at(x->snapshot, number >> STORE_INDEX_BITS, &commit);
	store_oid_hex(hex, &commit.oid);
	store_oid_hex(who, &id);
	snprintf(tag, DAV_MAX_TAG, "%" PRIu64 "-%.16s-d%d%s%.8s", number, hex,
		(int)x->server->search, person->admin ? "a" : "r", who);
}

void dav_directory_tag(
	const struct dav_exchange *x, const struct dav_resource *r, char tag[DAV_MAX_TAG])
{
	if (!r->path.name)
		whole_tag(x, r, tag);
	else if (r->item)
		card_tag(x, r, tag);
}
