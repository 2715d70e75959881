/* SPDX-License-Identifier: ISC */
/*
 * Rights: the one place that decides (RFC 3744 3, 5.4, 7.1.1; RFC 4791 6.1). Every member of the household reads principals
 * and the folders above the homes; in homes a view decides (view.h): owners hold all, admins too, and others what access
 * control entries give them. What a device's password is not good for is taken off at the end.
 */
#include "webdav/priv.h"

#include "src/base/text.h"
#include "webdav/birthdays.h"
#include "webdav/directory.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"
#include "webdav/subscription.h"

#include <stdint.h>

#define READ (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_CURRENT_USER)

const struct dav_priv_row dav_priv_rows[] = {
	{PRIV_ALL, 0, 0, NS_DAV, "all", "Everything", false},
	{READ, PRIV_READ, PRIV_ALL, NS_DAV, "read", "Read", false},
	{PRIV_READ_FREE_BUSY, PRIV_READ_FREE_BUSY, READ, NS_CALDAV, "read-free-busy",
		"See when somebody is busy", false},
	{PRIV_READ_CURRENT_USER, PRIV_READ_CURRENT_USER, READ, NS_DAV,
		"read-current-user-privilege-set", "See one's own rights", false},
	{PRIV_WRITE, 0, PRIV_ALL, NS_DAV, "write", "Change", false},
	{PRIV_WRITE_PROPERTIES, PRIV_WRITE_PROPERTIES, PRIV_WRITE, NS_DAV, "write-properties",
		"Change properties", false},
	{PRIV_WRITE_CONTENT, PRIV_WRITE_CONTENT, PRIV_WRITE, NS_DAV, "write-content",
		"Change content", false},
	{PRIV_BIND, PRIV_BIND, PRIV_WRITE, NS_DAV, "bind", "Add members", false},
	{PRIV_UNBIND, PRIV_UNBIND, PRIV_WRITE, NS_DAV, "unbind", "Remove members", false},
	{PRIV_UNLOCK, PRIV_UNLOCK, PRIV_ALL, NS_DAV, "unlock", "Remove locks of others", false},
	{PRIV_READ_ACL, PRIV_READ_ACL, PRIV_ALL, NS_DAV, "read-acl", "See who may do what", false},
	{PRIV_WRITE_ACL, PRIV_WRITE_ACL, PRIV_ALL, NS_DAV, "write-acl", "Say who may do what",
		false},
	{PRIV_SCHEDULE_DELIVER, PRIV_SCHEDULE_DELIVER, PRIV_ALL, NS_CALDAV, "schedule-deliver",
		"Send invitations to the owner", true},
	{PRIV_SCHEDULE_SEND, PRIV_SCHEDULE_SEND, PRIV_ALL, NS_CALDAV, "schedule-send",
		"Send invitations in the name of the owner", true},
	{0, 0, 0, NULL, NULL, NULL, false},
};

#define READER (READ | PRIV_READ_ACL)

/* What holds on what stands in no home: for the user that it is, for admins, for other members of the household. */
static const struct standing {
	unsigned kinds, self, admin, member;
} standing[] = {
	{DAV_ROOT | DAV_TOP | DAV_PRINCIPALS | DAV_HOMES, READER, READER, READER},
	{DAV_USER, READER | PRIV_WRITE_PROPERTIES, READER | PRIV_WRITE_PROPERTIES, READER},
	{DAV_GROUP, READER, READER | PRIV_WRITE_PROPERTIES, READER},
	{DAV_ANY_DIRECTORY, READER, READER, READER},
	{0, 0, 0, 0},
};

/* What each kind of device password reaches beside discovery. */
static const struct {
	unsigned scope, kinds;
} scopes[] = {
	{DAV_SCOPE_CALENDARS, DAV_CALENDAR_HOME | DAV_CALENDAR | DAV_SUBSCRIPTION | DAV_EVENT},
	{DAV_SCOPE_CONTACTS, DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_CARD | DAV_ANY_DIRECTORY},
};

/* Where a device's password does not reach, nothing is; but these are there, and empty. Discovery leads to them whatever the
 * device is for (RFC 4791 6.2.1), and clients give up on a 404 (GNOME on the whole account). */
#define SCOPED (DAV_STORED_COLLECTION | DAV_ITEM | DAV_ANY_DIRECTORY)
#define EMPTY_HOMES (DAV_CALENDAR_HOME | DAV_ADDRESSBOOK_HOME)

bool dav_in_scope(const struct dav_person *person, enum dav_kind kind)
{
	unsigned limited = person->scope & (DAV_SCOPE_CALENDARS | DAV_SCOPE_CONTACTS), reached = 0;

	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
		if (person->scope & scopes[i].scope)
			reached |= scopes[i].kinds;
	return !limited || !(kind & SCOPED) || (kind & reached);
}

static unsigned within_scope(const struct dav_person *person, enum dav_kind kind, unsigned held)
{
	if (!dav_in_scope(person, kind))
		return kind & EMPTY_HOMES ? held & READ : 0;
	return person->scope & DAV_SCOPE_READ_ONLY ? held & READER : held;
}

static const struct standing *standing_of(enum dav_kind kind)
{
	size_t i = 0;

	while (standing[i].kinds && !(standing[i].kinds & kind))
		i++;
	return &standing[i];
}

unsigned dav_standing_of(enum dav_kind kind, bool self)
{
	return self ? standing_of(kind)->self : standing_of(kind)->member;
}

unsigned dav_standing(const struct dav_exchange *x, const struct dav_resource *r)
{
	const struct dav_person *person = &x->request->person;

	if (!person->name || (r->kind == DAV_DIRECTORY_CARD && !dav_directory_shows(x, r)))
		return 0;
	if (person->admin)
		return standing_of(r->kind)->admin;
	return dav_standing_of(
		r->kind, r->kind == DAV_USER && text_equal(person->name, r->path.owner));
}

/* Only what has a .meta file is read. */
const struct dav_acl *dav_own_entries(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct arena *arena = x->row_arena ? x->row_arena : x->arena;
	struct store_meta meta;

	if (!r->item->has_meta ||
		!store_item_meta(x->server->store, r->collection, r->item, arena, &meta) ||
		!meta.n_aces)
		return NULL;
	struct dav_acl acl = dav_acl_read(arena, &meta);
	return arena_memdup(arena, &acl, sizeof(acl));
}

bool dav_is_made(const struct dav_exchange *x, const struct dav_resource *r)
{
	return r->item && r->item->creator && text_equal(r->item->creator, dav_person_id(x));
}

struct dav_looked dav_look(const struct dav_exchange *x, const struct dav_resource *r)
{
	const struct dav_view *view = dav_view_now(x, r);

	if (view->owner)
		return (struct dav_looked){.held = view->held, .sight = DAV_SEES_ALL};
	return dav_view_member(view, r->kind, &r->item->facts, dav_is_made(x, r),
		view->whole ? NULL : dav_own_entries(x, r));
}

unsigned dav_judged(const struct dav_exchange *x, const struct dav_resource *r)
{
	const struct dav_view *view = dav_view_now(x, r);
	unsigned held = view->owner
		? view->held
		: dav_view_judge(view, dav_is_made(x, r), dav_own_entries(x, r));

	return within_scope(&x->request->person, r->kind, held);
}

enum dav_sight dav_sight(const struct dav_exchange *x, const struct dav_resource *item)
{
	if (!item->item || !(item->kind & DAV_ITEM))
		return DAV_SEES_ALL;
	return dav_look(x, item).sight;
}

unsigned dav_granted(const struct dav_exchange *x, const struct dav_resource *r)
{
	unsigned held;

	if (r->share && !r->collection)
		return 0; /* what it showed is gone */
	if (!(r->kind & (DAV_STORED_COLLECTION | DAV_ITEM)))
		held = dav_standing(x, r);
	else if (r->item)
		held = dav_look(x, r).held;
	else
		held = dav_view_now(x, r)->held;
	return within_scope(&x->request->person, r->kind, held & ~dav_never_held(r));
}

/* Are its members, or is it itself, made by Daybook? */
static bool is_derived(const struct dav_resource *r)
{
	return r->collection && dav_is_derived(store_collection_meta(r->collection));
}

unsigned dav_privileges(const struct dav_exchange *x, const struct dav_resource *r)
{
	unsigned held = dav_granted(x, r);

	if (held && is_derived(r) && !r->share && !r->path.name)
		held |= within_scope(&x->request->person, r->kind,
			dav_view_now(x, r)->held & PRIV_WRITE_PROPERTIES);
	/* How it looks in one's own home is for oneself to say (DESIGN.md 7). */
	if (held && r->share && !r->path.name &&
		!(x->request->person.scope & DAV_SCOPE_READ_ONLY) &&
		text_equal(r->path.owner, x->request->person.name))
		held |= PRIV_WRITE_PROPERTIES;
	return held;
}

/* The collection that `r` is in, as a resource. */
static struct dav_resource parent_of(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct dav_resource parent = *r;
	const char *path = r->path.collection, *slash = path ? strrchr(path, '/') : NULL;

	parent.item = NULL;
	parent.path.name = NULL;
	if (r->path.name) { /* an item: the collection is at hand */
		parent.kind = r->kind == DAV_EVENT         ? DAV_CALENDAR
			: r->kind == DAV_CARD              ? DAV_ADDRESSBOOK
			: r->kind & (DAV_USER | DAV_GROUP) ? DAV_PRINCIPALS
			: r->kind == DAV_DIRECTORY_CARD    ? DAV_DIRECTORY
							   : DAV_FOLDER;
	} else if (slash) {
		parent.path.collection = arena_strndup(x->arena, path, (size_t)(slash - path));
		parent.collection = store_collection(x->snapshot, parent.path.collection);
		parent.share = NULL;
		parent.kind = dav_is_home(r)                          ? DAV_HOMES
			: r->kind & (DAV_CALENDAR | DAV_SUBSCRIPTION) ? DAV_CALENDAR_HOME
			: r->kind == DAV_ADDRESSBOOK                  ? DAV_ADDRESSBOOK_HOME
								      : DAV_FOLDER;
	}
	parent.path.kind = parent.kind;
	return parent;
}

unsigned dav_parent_privileges(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct dav_resource parent = parent_of(x, r);

	if (!(parent.kind & DAV_STORED_COLLECTION))
		return dav_standing(x, &parent);
	if (parent.share && !parent.collection)
		return 0; /* what it showed is gone */
	const struct dav_view *view = dav_view_now(x, &parent);
	unsigned held = dav_is_made(x, r) ? view->created : view->held;

	if (r->item && !view->owner && dav_look(x, r).closed)
		held &= ~(unsigned)PRIV_UNBIND;
	return within_scope(&x->request->person, parent.kind, held & ~dav_never_held(&parent));
}

/* Notes what is lacking on a resource of which the person knows. */
static enum dav_code lack(struct dav_exchange *x, const struct dav_resource *r, unsigned bits)
{
	struct buf href;

	if (x->n_needs == DAV_MAX_NEEDS)
		return DAV_NEED_PRIVILEGES;
	buf_init(&href, SIZE_MAX);
	dav_href(&href, r);
	x->needs[x->n_needs++] = (struct dav_need){
		arena_strndup(x->arena, href.data, href.len), bits};
	buf_free(&href);
	return DAV_NEED_PRIVILEGES;
}

/* DESIGN.md 7: read-free-busy opens its report and nothing else. */
static bool is_nothing(unsigned held)
{
	return !(held & ~(unsigned)PRIV_READ_FREE_BUSY);
}

enum dav_code dav_require(struct dav_exchange *x, const struct dav_resource *r, unsigned needs)
{
	unsigned held = dav_privileges(x, r);

	if (needs && !(needs & ~held))
		return DAV_OK;
	if (is_nothing(held))
		return DAV_NOT_FOUND;
	return needs & ~held ? lack(x, r, needs & ~held) : DAV_OK;
}

enum dav_code dav_require_parent(
	struct dav_exchange *x, const struct dav_resource *r, unsigned needs)
{
	struct dav_resource parent = parent_of(x, r);
	unsigned held = dav_parent_privileges(x, r);

	if (needs && !(needs & ~held))
		return DAV_OK;
	/* Where nothing is, what it would be in is all that could be seen. */
	if (is_nothing(r->exists ? dav_privileges(x, r) : held))
		return DAV_NOT_FOUND;
	return needs & ~held ? lack(x, &parent, needs & ~held) : DAV_OK;
}

/* By its shape a file: that a slash was forgotten, only who sees the folder is told. */
static void as_file(const struct dav_exchange *x, struct dav_resource *r)
{
	const char *path = r->path.collection, *slash = strrchr(path, '/');

	r->kind = r->path.kind = DAV_FILE;
	r->path.name = slash + 1;
	r->path.collection = arena_strndup(x->arena, path, (size_t)(slash - path));
	r->collection = r->parent;
}

bool dav_hide(const struct dav_exchange *x, struct dav_resource *r)
{
	if (!r->exists || dav_is_home(r) || !(r->kind & (DAV_STORED_COLLECTION | DAV_ITEM)) ||
		!is_nothing(dav_privileges(x, r)))
		return false;
	r->exists = false;
	r->item = NULL;
	if (r->path.name)
		return true;
	r->collection = r->share = NULL;
	if (r->kind == DAV_SUBSCRIPTION)
		r->kind = r->path.kind = DAV_CALENDAR;
	if (r->kind == DAV_FOLDER && !r->path.slash)
		as_file(x, r);
	return true;
}

/* A member goes with what it is in when it could be taken away alone; and is carried elsewhere when it may be read. */
static enum dav_code require_member(struct dav_exchange *x, const struct dav_resource *collection,
	const struct dav_resource *member, bool moved)
{
	unsigned held = dav_privileges(x, member);

	if (is_nothing(held) || !(dav_parent_privileges(x, member) & PRIV_UNBIND))
		return lack(x, collection, PRIV_UNBIND);
	return moved && !(held & PRIV_READ) ? lack(x, member, PRIV_READ) : DAV_OK;
}

/* Depth of recursion: STORE_MAX_FOLDER_DEPTH. */
enum dav_code dav_require_whole(struct dav_exchange *x, const struct dav_resource *r, bool moved)
{
	const struct store_collection *child;
	struct store_cursor cursor = {0};
	const struct store_item *item;
	enum dav_code code = DAV_OK;

	/* What Daybook makes goes with what it is in, and comes again with that. */
	if (!r->collection || r->share || (is_derived(r) && !moved) || dav_view_now(x, r)->owner)
		return DAV_OK;
	for (size_t i = 0; code == DAV_OK && (child = store_child(r->collection, i)); i++) {
		struct dav_resource member = dav_child(x, r, child);
		code = require_member(x, r, &member, moved);
		if (code == DAV_OK)
			code = dav_require_whole(x, &member, moved);
	}
	while (code == DAV_OK && (item = store_item_next(r->collection, &cursor))) {
		struct dav_resource member = dav_member(r, item);
		code = require_member(x, r, &member, moved);
		arena_clear(x->row_arena);
	}
	return code;
}

void dav_priv_list(struct buf *out, unsigned held)
{
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++) {
		if (row->bits & ~held)
			continue;
		buf_adds(out, "<d:privilege>");
		xml_empty(out, row->ns, row->name);
		buf_adds(out, "</d:privilege>");
	}
}
