/* SPDX-License-Identifier: ISC */
/* Roles to access control entries and back (sharing.h). */
#include "webdav/sharing.h"

#include "src/base/text.h"
#include "webdav/acl.h"
#include "webdav/priv.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <string.h>

#define READ (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_CURRENT_USER)
#define CREATED (PRIV_WRITE_PROPERTIES | PRIV_WRITE_CONTENT | PRIV_UNBIND)

const struct dav_role dav_roles[] = {
	{"editor", READ | PRIV_WRITE, 0},
	{"author", READ | PRIV_BIND, CREATED},
	{"reader", READ, 0},
	{"busy", PRIV_READ_FREE_BUSY, 0},
	{NULL, 0, 0},
};

const struct dav_role *dav_role_named(const char *name)
{
	for (const struct dav_role *role = dav_roles; role->name; role++)
		if (text_equal(role->name, name))
			return role;
	return NULL;
}

/* --- entries --- */

/* Is it about this principal, or somebody gone who had the name? */
static bool names(const struct dav_ace *ace, const char *principal)
{
	size_t len = strlen(principal);

	return ace->who == ACE_PRINCIPAL && text_starts(ace->name, principal) &&
		(ace->name[len] == '\0' || ace->name[len] == '#');
}

/* The one about creators that authors need. */
static bool is_for_authors(const struct dav_ace *ace)
{
	return ace->who == ACE_PROPERTY && text_equal(ace->name, ACE_CREATOR) && !ace->deny &&
		ace->bits == CREATED;
}

/* Does somebody need it? Also whoever may add by an entry that was written by hand. */
static bool is_of_author(const struct dav_ace *ace)
{
	return !ace->deny && (ace->bits & PRIV_BIND) && (~ace->bits & CREATED) &&
		!(ace->who == ACE_PROPERTY && text_equal(ace->name, ACE_CREATOR));
}

/* Entries being rewritten. Lines that nobody changes stay byte for byte: one that cannot be read denies (acl.h). */
struct rewrite {
	struct arena *arena;
	const struct household *household;
	const char *principal;
	const struct dav_role *role;
	const char **lines;
	size_t n;
	bool given;   /* the role's own entry is there */
	bool authors; /* that about creators is there */
};

static void give(struct rewrite *rewrite)
{
	const struct dav_ace ace = {
		.who = ACE_PRINCIPAL,
		.name = household_reference(rewrite->household, rewrite->arena, rewrite->principal),
		.bits = rewrite->role->bits,
	};

	if (!rewrite->given)
		rewrite->lines[rewrite->n++] = dav_ace_print(rewrite->arena, &ace);
	rewrite->given = true;
}

/* DAV:read is its own bit and others; there is no name for less of it. */
static bool has_names(unsigned bits)
{
	unsigned named = 0;

	for (const struct dav_priv_row *row = dav_priv_rows; row->name; row++)
		if (!(row->bits & ~bits))
			named |= row->bits;
	return named == bits;
}

/* The role's entry takes the place of what was granted; of a denial stays what the role says nothing about. False: that
 * cannot be said. */
static bool rewrite_own(struct rewrite *rewrite, const struct dav_ace *ace, const char *line)
{
	struct dav_ace less = *ace;

	if (!household_refers(rewrite->household, ace->name))
		return true;
	if (ace->deny && !rewrite->role) {
		rewrite->lines[rewrite->n++] = line;
	} else if (ace->deny) {
		less.bits &= ~(rewrite->role->bits | rewrite->role->created);
		if (less.bits == ace->bits)
			rewrite->lines[rewrite->n++] = line;
		else if (less.bits)
			rewrite->lines[rewrite->n++] = dav_ace_print(rewrite->arena, &less);
	} else if (rewrite->role) {
		give(rewrite);
	}
	return has_names(less.bits);
}

static bool has_authors(
	const struct dav_acl *acl, const char *principal, const struct dav_role *role)
{
	for (size_t i = 0; i < acl->n; i++)
		if (!names(&acl->aces[i], principal) && is_of_author(&acl->aces[i]))
			return true;
	return role && role->created;
}

bool dav_role_entries(struct arena *arena, const struct household *household,
	const struct store_meta *meta, const char *principal, const struct dav_role *role,
	struct store_meta *changed)
{
	struct dav_acl acl = dav_acl_read(arena, meta);
	struct rewrite rewrite = {.arena = arena,
		.household = household,
		.principal = principal,
		.role = role,
		.lines = arena_array(arena, acl.n + 2, sizeof(*rewrite.lines))};
	bool authors = has_authors(&acl, principal, role);

	for (size_t i = 0; i < acl.n; i++) {
		const struct dav_ace *ace = &acl.aces[i];
		if (names(ace, principal)) {
			if (!rewrite_own(&rewrite, ace, meta->aces[i]))
				return false;
		} else if (!is_for_authors(ace)) {
			rewrite.lines[rewrite.n++] = meta->aces[i];
		} else if (authors && !rewrite.authors) {
			rewrite.lines[rewrite.n++] = meta->aces[i];
			rewrite.authors = true;
		}
	}
	if (role)
		give(&rewrite);
	if (role && role->created && !rewrite.authors) {
		const struct dav_ace ace = {
			.who = ACE_PROPERTY, .name = ACE_CREATOR, .bits = CREATED};
		rewrite.lines[rewrite.n++] = dav_ace_print(arena, &ace);
	}
	*changed = *meta;
	changed->aces = rewrite.lines;
	changed->n_aces = rewrite.n;
	return true;
}

/* --- reading --- */

static struct dav_acl acl_at(
	struct arena *arena, const struct store_snapshot *snapshot, const char *path)
{
	const struct store_collection *c = store_collection(snapshot, path);

	return c ? dav_acl_read(arena, store_collection_meta(c)) : (struct dav_acl){0};
}

struct dav_sharing {
	const struct household *household;
	const char *owner; /* "users/anna" */
	struct dav_acl own, home;
	unsigned shown; /* one of these is enough for a share: a card has no times */
};

struct dav_sharing *dav_sharing_read(struct arena *arena, const struct store_snapshot *snapshot,
	const struct household *household, const struct store_collection *c)
{
	const char *path = store_collection_path(c), *slash = strrchr(path, '/');
	char *home = arena_strndup(arena, path, (size_t)(slash - path));
	struct dav_sharing *sharing = arena_alloc(arena, sizeof(*sharing));

	sharing->household = household;
	sharing->shown = dav_shown_by(path);
	sharing->owner = arena_printf(arena, "users/%s", strchr(home, '/') + 1);
	sharing->own = dav_acl_read(arena, store_collection_meta(c));
	sharing->home = acl_at(arena, snapshot, home);
	return sharing;
}

/* `created`: of what the principal made. Groups are judged as somebody who is in them, and in nothing else. */
static bool is_about(const struct dav_sharing *sharing, const struct dav_ace *ace,
	const char *principal, enum dav_role_by by, bool created)
{
	const struct household_principal *p;

	switch (ace->who) {
	case ACE_ALL:
	case ACE_AUTHENTICATED:
		return by == ROLE_IN_ALL;
	case ACE_PROPERTY:
		return created && text_equal(ace->name, ACE_CREATOR);
	case ACE_PRINCIPAL:
		p = household_refers(sharing->household, ace->name);
		return p &&
			(text_equal(p->path, principal) ||
				(by == ROLE_IN_ALL &&
					household_contains(
						sharing->household, p->path, principal)));
	case ACE_UNAUTHENTICATED:
	case ACE_SELF:
		break;
	}
	return false;
}

/* Judges the entries about somebody as entries about everybody: who they are has been asked already. */
static void judge_all(struct dav_judgement *judgement, const struct dav_sharing *sharing,
	const struct dav_acl *acl, const char *principal, enum dav_role_by by, bool created)
{
	static const struct dav_who who;

	for (size_t i = 0; i < acl->n; i++) {
		struct dav_ace ace = acl->aces[i];
		if (!is_about(sharing, &ace, principal, by, created))
			continue;
		ace.who = ACE_ALL;
		dav_acl_judge(judgement, &(struct dav_acl){&ace, 1}, &who);
	}
}

static unsigned judge(
	const struct dav_sharing *sharing, const char *principal, enum dav_role_by by, bool created)
{
	struct dav_judgement judgement = {0};

	judge_all(&judgement, sharing, &sharing->own, principal, by, created);
	if (by != ROLE_BY_ITSELF)
		judge_all(&judgement, sharing, &sharing->home, principal, by, created);
	return judgement.granted;
}

const char *dav_role_of(
	const struct dav_sharing *sharing, const char *principal, enum dav_role_by by)
{
	if (text_equal(sharing->owner, principal))
		return DAV_ROLE_OWNER;
	unsigned held = judge(sharing, principal, by, false);
	unsigned created = held & PRIV_BIND ? judge(sharing, principal, by, true) : held;

	for (const struct dav_role *role = dav_roles; role->name; role++)
		if ((held & sharing->shown) && held == role->bits &&
			created == (role->bits | role->created))
			return role->name;
	return held ? DAV_ROLE_CUSTOM : NULL;
}

static bool grants(const struct dav_sharing *sharing, const struct dav_acl *acl,
	const char *principal, enum dav_role_by by)
{
	for (size_t i = 0; i < acl->n; i++)
		if (acl->aces[i].who == ACE_PRINCIPAL && !acl->aces[i].deny &&
			is_about(sharing, &acl->aces[i], principal, by, false))
			return true;
	return false;
}

bool dav_is_granted(const struct dav_sharing *sharing, const char *principal)
{
	return grants(sharing, &sharing->own, principal, ROLE_BY_ITSELF);
}

bool dav_is_shared_with(const struct dav_sharing *sharing, const char *principal)
{
	return !text_equal(sharing->owner, principal) &&
		(judge(sharing, principal, ROLE_IN_ALL, false) & sharing->shown) &&
		(grants(sharing, &sharing->own, principal, ROLE_IN_ALL) ||
			grants(sharing, &sharing->home, principal, ROLE_IN_ALL));
}

/* --- a share as it looks --- */

static void count_seen(
	struct dav_exchange *x, const struct dav_resource *share, struct dav_share_look *look)
{
	struct store_cursor cursor = {0};
	const struct store_item *item;

	x->row_arena = arena_new();
	while ((item = store_item_next(look->target, &cursor))) {
		struct dav_resource r = dav_member(share, item);
		arena_clear(x->row_arena);
		if (dav_sight(x, &r) == DAV_SEES_NOTHING)
			continue;
		look->count++;
		look->bytes += item->size;
	}
	arena_free(x->row_arena);
	x->row_arena = NULL;
}

/* With an exchange that nobody began: what looks at it does not ask how the question came. */
bool dav_share_look(struct store *store, struct store_snapshot *snapshot, struct arena *arena,
	const struct dav_person *person, const struct store_collection *share,
	struct dav_share_look *look)
{
	const struct store_collection *target = dav_share_target(snapshot, share);
	struct dav_server server = {.store = store};
	struct dav_request request = {.person = *person};
	struct dav_exchange x = {
		.server = &server, .request = &request, .arena = arena, .snapshot = snapshot};

	if (!target)
		return false;
	bool book = store_collection_meta(target)->kind == FACTS_ADDRESSBOOK;
	struct dav_resource r = {
		.kind = book ? DAV_ADDRESSBOOK : DAV_CALENDAR,
		.exists = true,
		.collection = target,
		.share = share,
		.path.owner = person->name,
		.path.collection = store_collection_path(share),
	};
	r.path.kind = r.kind;
	*look = (struct dav_share_look){.target = target, .owner = dav_owner(&x, &r)};
	dav_seeing_begin(&x);
	look->meta = dav_meta(&x, &r, arena);
	count_seen(&x, &r, look);
	dav_seeing_end(&x);
	return true;
}
