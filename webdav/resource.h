/* SPDX-License-Identifier: ISC */
/*
 * What a URL names. path.c turns a URL into a path (by shape alone) and back (one canonical
 * encoding); resource.c finds in a snapshot what is there. The kinds are rows of dav_kinds.
 *
 * Names (DESIGN.md section 7): the tree's name is the decoded last segment byte for byte; '%',
 * controls, '\\', ':', a leading '.' and git's own names are percent-encoded in the tree; at most
 * 255 bytes there, else 414. Reserved, never created: inbox, outbox, notifications, attachments,
 * ";add-member", "calendar-proxy-*", collections beginning with '.' or '@'.
 */
#ifndef WEBDAV_RESOURCE_H
#define WEBDAV_RESOURCE_H

#include "src/base/buf.h"
#include "storage/store.h"
#include "webdav/code.h"

/* As bits, so that the tables can say for which kinds a row counts. */
enum dav_kind {
	DAV_KIND_NONE = 0,
	DAV_ROOT = 1 << 0,          /* "/" */
	DAV_TOP = 1 << 1,           /* "/dav/" */
	DAV_PRINCIPALS = 1 << 2,    /* "/dav/principals/", …/users/, …/groups/ */
	DAV_USER = 1 << 3,          /* "/dav/principals/users/U/" */
	DAV_GROUP = 1 << 4,         /* "/dav/principals/groups/G/" */
	DAV_HOMES = 1 << 5,         /* "/dav/calendars/", "/dav/addressbooks/", "/dav/files/" */
	DAV_CALENDAR_HOME = 1 << 6, /* "/dav/calendars/U/" */
	DAV_CALENDAR = 1 << 7,
	DAV_EVENT = 1 << 8, /* a calendar object resource */
	DAV_ADDRESSBOOK_HOME = 1 << 9,
	DAV_ADDRESSBOOK = 1 << 10,
	DAV_CARD = 1 << 11,
	DAV_FOLDER = 1 << 12, /* "/dav/files/U/" and below */
	DAV_FILE = 1 << 13,
	DAV_SUBSCRIPTION = 1 << 14, /* where a calendar would be: subscription.h */
	/* The URL that new members are sent to (RFC 5995): for the table of verbs alone. Such a resource has the kind that
	 * the member will have, and path.add. */
	DAV_ADD_MEMBER = 1 << 15,
	DAV_DIRECTORY = 1 << 16,      /* "/dav/directory/": directory.h */
	DAV_DIRECTORY_CARD = 1 << 17, /* "/dav/directory/U.vcf" */
};
#define DAV_ANY_DIRECTORY (DAV_DIRECTORY | DAV_DIRECTORY_CARD)
/* What GET gives as cards. */
#define DAV_ANY_CARD (DAV_CARD | DAV_DIRECTORY_CARD)
#define DAV_ANY_BOOK (DAV_ADDRESSBOOK | DAV_DIRECTORY)
#define DAV_ANY_COLLECTION                                                                         \
	(DAV_ROOT | DAV_TOP | DAV_PRINCIPALS | DAV_USER | DAV_GROUP | DAV_HOMES |                  \
		DAV_CALENDAR_HOME | DAV_CALENDAR | DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK |        \
		DAV_FOLDER | DAV_SUBSCRIPTION | DAV_DIRECTORY)
#define DAV_STORED_COLLECTION                                                                      \
	(DAV_CALENDAR_HOME | DAV_CALENDAR | DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_FOLDER |  \
		DAV_SUBSCRIPTION)
#define DAV_ITEM (DAV_EVENT | DAV_CARD | DAV_FILE)
#define DAV_ANY_KIND (DAV_ANY_COLLECTION | DAV_ITEM | DAV_DIRECTORY_CARD)

struct dav_kind_row {
	enum dav_kind kind;
	const char *resourcetype; /* XML inside d:resourcetype; "" for items */
	/* of items and of GET on the collection; NULL: guessed from the name, or HTML */
	const char *content_type;
	enum dav_kind member; /* kind of its items; 0: none */
	/* kind a plain MKCOL (folders) or special MKCOL makes inside; 0: none */
	enum dav_kind child;
	enum facts_kind facts;
};
const struct dav_kind_row *dav_kind_row(enum dav_kind kind);

/* A URL by its shape. Strings in the arena. */
struct dav_path {
	/* what it can be: for a name in a folder DAV_FILE unless a slash ends it; see resource */
	enum dav_kind kind;
	const char *owner; /* U or G; NULL above */
	/* store path of the collection it is, or is an item of: "calendars/anna/home" */
	const char *collection;
	const char *name; /* tree name of the item, NULL for a collection */
	bool slash;       /* the URL ended with one */
	bool reserved;    /* a reserved name: never there, never created */
	bool add; /* reserved, too: DAV_ADD_MEMBER_NAME, the last segment of the add-member URL */
};

/* OK; BAD_REQUEST for a bad escape, "..", "." or empty segments inside, %00, %2F; URI_TOO_LONG;
 * NOT_FOUND for shapes that nothing has. `target` may carry a query (ignored). */
enum dav_code dav_path_parse(struct arena *arena, const char *target, struct dav_path *path);

struct dav_resource {
	enum dav_kind kind;
	struct dav_path path;
	bool exists;
	/* itself (a collection) or its parent (an item); NULL where not stored. Of a share the collection that is shown */
	const struct store_collection *collection;
	/* the share itself, in the home that the URL names; NULL: this is none (share.h) */
	const struct store_collection *share;
	/* NULL for collections and for what is not there */
	const struct store_item *item;
	/* where a new collection would go; may be NULL */
	const struct store_collection *parent;
};

struct dav_exchange;

/* Finds what the path names in the exchange's snapshot; a missing trailing slash on a collection is
 * forgiven. */
struct dav_resource dav_resolve(struct dav_exchange *x, const struct dav_path *path);
/* A member or child of a resource, for listings: no parsing, strings borrowed from the snapshot. */
struct dav_resource dav_member(
	const struct dav_resource *collection, const struct store_item *item);
struct dav_resource dav_child(struct dav_exchange *x, const struct dav_resource *parent,
	const struct store_collection *child);

#define DAV_ADD_MEMBER_NAME ";add-member"
/* The kind by which the table of verbs knows it. */
enum dav_kind dav_verb_kind(const struct dav_resource *resource);

/* Where it stands in the store: path.collection, but for what a share shows. */
const char *dav_store_path(const struct dav_resource *resource);

/* Appends the canonical href (absolute path, percent-encoded, collections end in "/"). */
void dav_href(struct buf *out, const struct dav_resource *resource);
/* href of a store collection path plus tree name (NULL: the collection). */
void dav_href_of(struct buf *out, const char *collection, const char *name);
/* Encodes a decoded segment as a tree name; NULL when it can not be one (too long: *code says so).
 * And back. */
char *dav_tree_name(struct arena *arena, const char *segment, enum dav_code *code);
char *dav_url_name(struct arena *arena, const char *tree_name);

/* The path part of a Destination or multiget href: strips scheme and host after comparing the host
 * with ours, surrounding white space; NULL and *code BAD_GATEWAY for another host, BAD_REQUEST for
 * nonsense (RFC 4918 9.8.5, 10.3). */
char *dav_local_target(struct dav_exchange *x, const char *url, enum dav_code *code);

#endif
