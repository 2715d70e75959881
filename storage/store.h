/* SPDX-License-Identifier: ISC */
/*
 * The store: one household's calendars, address books, files and principals, with all their
 * history.
 *
 * A tree of *collections* (path such as "calendars/anna/home"), each with *items* (name → bytes),
 * its own properties (`struct store_meta`) and child collections. The tree is what stands on branch
 * `main` of repo.git:
 *
 *	principals/users/U, principals/groups/G         items of the collections "principals/users|groups": facts, one a line
 *	calendars/U/.collection                          the home's own properties; the home is a collection, too
 *	calendars/U/C/.collection                        properties of the collection
 *	calendars/U/C/h/h/NAME                           items: h, h the first two hex digits of SHA-256 of NAME
 *	<any collection>/.meta/h/h/NAME                  dead properties (and ACL) of an item, where it has any
 *	addressbooks/…                                   likewise
 *	files/U/…                                        folders nest, items stand flat; each folder has a .collection
 *
 * Reading: a *snapshot* is one commit, immutable, reference counted; reads never wait for writes.
 * Writing: a list of changes with preconditions is handed to the one committer, which checks them
 * against the newest state and makes ONE commit of them, or refuses all. The answer comes only when
 * the commit would survive a power cut.
 *
 * Numbers (DESIGN.md section 7): every changed name has number = position<<24 | index, where
 * position counts commits on main's first-parent chain (root = 0) and index counts the names
 * changed in that commit in byte order of their path, from 1 (properties and metadata count as the
 * name they belong to). Store-wide, never restarts, derivable from history.
 *
 * The library does not log: it returns codes, and calls store_options.report for what happened
 * outside a call. No type of libgit2 or SQLite crosses this header. Thread-safe unless said
 * otherwise.
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "src/base/arena.h"
#include "src/base/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_MAX_NAME 255                 /* bytes of one name in the tree (longer: 414 above) */
#define STORE_MAX_CHANGES ((1u << 24) - 2) /* names in one commit: what a number can count */
#define STORE_MAX_FOLDER_DEPTH 32          /* folders below files/U */
#define STORE_MAX_ACES 200                 /* access control entries of one collection or item */
#define STORE_INDEX_BITS 24

enum store_code {
	STORE_OK,
	STORE_UNCHANGED, /* every change was a no-op: nothing committed, state is as asked */
	STORE_NOT_FOUND,
	/* a precondition does not hold in the newest state: look again, decide again */
	STORE_CONFLICT,
	STORE_UID_TAKEN, /* the UID lives under another name of the collection (result.name) */
	STORE_INVALID,   /* data refused by the inspector, or a bad name or path (result.text) */
	STORE_BUSY,      /* repository locked by another process for 5 s: try later */
	STORE_FULL,      /* no room is left on the disk: nothing was stored (result.text) */
	STORE_FAILED,    /* disk, repository or database trouble: result.text says what */
};

/* ---------------------------------------------------------------- ids and values */

struct store_oid {
	unsigned char bytes[20]; /* SHA-1 of the git object */
};

bool store_oid_equal(const struct store_oid *a, const struct store_oid *b);
bool store_oid_is_zero(const struct store_oid *oid);
void store_oid_hex(char out[41], const struct store_oid *oid);
bool store_oid_parse(struct store_oid *oid, const char hex[40]);

/* One dead (or stored live) property: its Clark name "{DAV:}displayname" and its canonical XML on
 * one line. */
struct store_prop {
	const char *name;
	const char *xml;
};

/* What stands in a .collection or .meta file: one fact a line, stable order (see storage/meta.c):
 *	id 0d5c…            (collections)           kind calendar
 *	components VEVENT   created 2026-11-23T…    prop {DAV:}displayname <d:displayname …>…</d:displayname>
 *	share-of ID PATH    derived birthdays       ace grant users/ben#ID read
 * Lines that this version does not know are kept. */
struct store_meta {
	const char *id; /* UUID; NULL for items */
	enum facts_kind kind;
	uint32_t components; /* enum facts_component bits; 0: all */
	int64_t created;     /* Unix seconds; survives MOVE, not COPY; 0 for items without it */
	/* A share: "ID PATH", the id of the collection that is shown here, and where it was when this was written
	 * (it may have been moved since). NULL: none. */
	const char *share_of;
	/* Its members are made by Daybook itself, of what ("birthdays"), and written by nobody else (webdav/birthdays.h). NULL:
	 * an ordinary collection. */
	const char *derived;
	const char *const
		*aces; /* access control entries in their order, as webdav/acl.h reads them */
	size_t n_aces;
	const struct store_prop *props; /* sorted by name */
	size_t n_props;
	const char *const *other; /* unknown lines, in order */
	size_t n_other;
};

/* Reads and writes the text form. Parse is false (with a text) for damaged text. Both in memory of
 * the arena. */
bool store_meta_parse(struct arena *arena, const char *bytes, size_t len, struct store_meta *meta,
	const char **why);
char *store_meta_print(struct arena *arena, const struct store_meta *meta, size_t *len);
const char *store_meta_prop(const struct store_meta *meta, const char *name); /* XML or NULL */
/* A copy of `meta` with one property set (xml NULL: removed). */
struct store_meta store_meta_with(
	struct arena *arena, const struct store_meta *meta, const char *name, const char *xml);

/* An item as the index knows it. Lives as long as its snapshot. */
struct store_item {
	struct store_oid oid; /* blob id: the ETag */
	uint64_t size;        /* bytes */
	uint64_t number;      /* its last change */
	uint64_t added;       /* number of the change that made it appear under this name (again) */
	int64_t created;      /* Unix seconds; survives MOVE and restore */
	/* Id of the principal who made it appear; survives changes by others, MOVE and restore. NULL: it came by
	 * a push, or before somebody had an id. */
	const char *creator;
	/* Ids of those who made former items of this name appear, with spaces between. NULL: nobody did, or the same. */
	const char *makers;
	/* Side by side, because whoever looks at all items looks at these. */
	const char *name;
	struct facts facts; /* of the newest readable version (FACTS_BROKEN: not the newest) */
	bool has_meta;      /* a .meta file exists; of a tombstone: existed */
	bool gone;          /* a tombstone: deleted; only store_change_next shows those */
};

struct store;
struct store_snapshot;
struct store_collection; /* opaque; lives as long as its snapshot */

/* ---------------------------------------------------------------- opening */

struct store_options {
	facts_inspect_fn *inspect; /* must not be NULL */
	/* What happened outside a call (a push refused, a pack merged, an item unreadable). level
	 * as enum log_level. */
	void (*report)(void *payload, int level, const char *text);
	void *payload;
	size_t cache_bytes;  /* hot bodies kept in memory; 0: default 64 MB */
	bool no_maintenance; /* commands: no background thread, no watching */
};

/* Opens (creating it on first use) the data folder `dir`: takes DIR/lock, opens state.db (0600),
 * replays what is left of the write-ahead table, removes stale temporaries and our own left-over
 * main.lock, opens or creates repo.git, loads or rebuilds the index. STORE_BUSY: another process
 * holds the lock. *why is set (static or malloc'd once; may leak) when not OK. */
enum store_code store_open(struct store **store, const char *dir,
	const struct store_options *options, const char **why);
/* The same store in memory, for tests and fuzzing. */
enum store_code store_open_memory(struct store **store, const struct store_options *options);
/* Waits for running commits, syncs, writes the index, releases everything. NULL is fine. */
void store_close(struct store *store);

/* ---------------------------------------------------------------- reading */

/* Pins the newest commit. Never NULL, never blocks on writers. */
struct store_snapshot *store_snapshot(struct store *store);
void store_snapshot_free(struct store_snapshot *snapshot);

/* Facts of the snapshot itself. */
struct store_commit_ref {
	struct store_oid oid;
	uint64_t position; /* on the first-parent chain */
	int64_t time;      /* committer time */
};
struct store_commit_ref store_head(const struct store_snapshot *snapshot);
/* the root commit: REPO of sync tokens */
struct store_oid store_epoch(const struct store_snapshot *snapshot);
/* The commit at a position (number >> STORE_INDEX_BITS); false beyond the head. */
bool store_commit_at(
	const struct store_snapshot *snapshot, uint64_t position, struct store_commit_ref *ref);

/* NULL when it is not there. `path` without leading or trailing slash: "calendars/anna/home". "" is
 * the root. */
const struct store_collection *store_collection(
	const struct store_snapshot *snapshot, const char *path);
/* Children in byte order; NULL past the end. Deleted ones are not counted. */
const struct store_collection *store_child(const struct store_collection *collection, size_t index);
/* All of them one after another, where they may be many (the homes of a household): store_child counts from the first.
 * Start with *index = 0; NULL at the end. */
const struct store_collection *store_child_next(
	const struct store_collection *collection, size_t *index);

const char *store_collection_name(const struct store_collection *c); /* last segment */
const char *store_collection_path(const struct store_collection *c);
const struct store_meta *store_collection_meta(const struct store_collection *c); /* never NULL */
/* last change of it or of a member */
uint64_t store_collection_number(const struct store_collection *c);
/* last change of its own properties */
uint64_t store_collection_props_number(const struct store_collection *c);
size_t store_collection_count(const struct store_collection *c); /* live items */
/* live bytes, members of children not counted */
uint64_t store_collection_bytes(const struct store_collection *c);

/* Did this principal make it appear, or a former item of its name? */
bool store_item_made(const struct store_item *item, const char *id);
const struct store_item *store_item(const struct store_collection *c, const char *name);
const struct store_item *store_item_by_uid(const struct store_collection *c, const char *uid);
/* false: the item has none. Strings live in the arena. */
bool store_item_meta(struct store *store, const struct store_collection *c,
	const struct store_item *item, struct arena *arena, struct store_meta *meta);

/* All live items, in a fixed but unspecified order (fast: a listing). `cursor = {0}` to start; NULL
 * at the end. */
struct store_cursor {
	size_t bucket, index;
};
const struct store_item *store_item_next(
	const struct store_collection *c, struct store_cursor *cursor);

/* The journal: names whose last change has a number > `since`, ascending by number; each name once,
 * as it is now; tombstones included (item->gone). `since` 0: everything that ever was; skip the
 * gone ones for a first sync. `*position` is opaque (start with 0). NULL at the end. */
const struct store_item *store_change_next(
	const struct store_collection *c, uint64_t since, size_t *position);
/* The same for child collections of a home or folder: last change of the child (members,
 * properties) > since; *gone tells a removed one. In byte order of names (few). Start with *index =
 * 0; NULL at the end. */
const struct store_collection *store_child_change_next(
	const struct store_collection *c, uint64_t since, size_t *index, bool *gone);

/* Bytes of a blob; immutable, reference counted, NUL-terminated after `size`. From memory when hot. */
struct store_bytes {
	const char *data;
	size_t size;
	void *handle;
};
enum store_code store_read(
	struct store *store, const struct store_oid *oid, struct store_bytes *bytes);
void store_bytes_free(struct store_bytes *bytes);

/* ---------------------------------------------------------------- writing */

enum store_slot {
	STORE_ITEM,      /* an item's bytes */
	STORE_ITEM_META, /* an item's properties (.meta); bytes from store_meta_print */
	STORE_SELF, /* a collection's own .collection. Setting it on an absent collection creates it; removing it
	                  * removes the collection with all below it. */
};

enum store_expect {
	STORE_ANY,     /* whatever is there */
	STORE_ABSENT,  /* nothing must be there */
	STORE_PRESENT, /* something must be there */
	/* exactly `match` must be there (item: blob id; STORE_SELF: blob id of .collection) */
	STORE_MATCH,
};

struct store_change {
	enum store_slot slot;
	const char *collection; /* path */
	const char *name;       /* item's name; NULL for STORE_SELF */
	bool remove;
	/* The new content: bytes, or (bytes NULL) an existing blob id, e.g. for COPY and MOVE. */
	const char *bytes;
	size_t len;
	struct store_oid blob;
	/* What the caller's inspector found; NULL: the store inspects (calendars and address books
	 * only). */
	const struct facts *facts;
	int64_t created; /* of a moved or restored item; 0: now */
	enum store_expect expect;
	struct store_oid match;
	/* Not 0: the whole collection must not have changed after this number (COPY, MOVE, DELETE
	 * of trees). With STORE_ITEM_META: the item alone (PROPPATCH reads, changes and writes). */
	uint64_t unchanged_since;
	/* Not NULL: the collection's id must be this (it was not deleted and made again meanwhile). */
	const char *collection_id;
};

/* A row of state.db that must become true together with the commit (a new user's password, say). */
struct store_credential {
	const char *principal_id;  /* UUID in principals/users/U */
	const char *password_hash; /* crypto_pwhash_str form; NULL: leave */
	int admin;                 /* 1, 0; -1: leave */
	bool remove;               /* all credentials of this principal go, and its links */
};

struct store_write {
	const struct store_change *changes; /* all arrays and strings are copied by store_submit */
	size_t n_changes;
	const struct store_credential *credentials;
	size_t n_credentials;
	/* Who and why. Cleaned to one line each by the store: nothing in them can forge a trailer. */
	const char *author_name, *author_mail; /* the person; NULL: Daybook itself */
	const char *subject;                   /* human words: Anna added "Dentist" to home */
	const char *user, *device, *user_agent, *request_id; /* trailers; NULL: left out */
	/* lock_number() before the locks were looked at (lock.h): CONFLICT when one was granted since then that touches
	 * these changes. 0: locks do not matter. */
	uint64_t locks_seen;
};

struct store_result {
	enum store_code code;
	/* STORE_OK: the new commit; STORE_UNCHANGED: the head that was looked at */
	struct store_commit_ref commit;
	size_t index;                  /* which change was refused */
	char name[STORE_MAX_NAME + 1]; /* STORE_UID_TAKEN: the name that has the UID */
	char text[256];                /* words for people and logs */
};

/* Hands the write to the committer; blobs are hashed and deflated here, by the caller's thread.
 * `done` is called exactly once, from the committer's thread (or from here for what is refused at
 * once), when the result is durable; it must not block. */
typedef void store_done_fn(void *payload, const struct store_result *result);
void store_submit(
	struct store *store, const struct store_write *write, store_done_fn *done, void *payload);
/* The same, waiting. */
enum store_code store_commit(
	struct store *store, const struct store_write *write, struct store_result *result);
/* The blob id that bytes will have: the ETag before the commit. */
struct store_oid store_blob_id(const char *bytes, size_t len);

/* Is `name` acceptable as a name in the tree, byte for byte (RFC-independent: git's and our
 * reserved names, length, ':', '\\', controls)? The caller encodes (webdav/path.c); the store
 * refuses. */
bool store_name_ok(const char *name);

/* ---------------------------------------------------------------- the past */

/* One earlier commit, read from git piece by piece: what somebody could see then (sync tokens). Nothing is kept in
 * memory but what was asked for; one thread at a time. */
struct store_past;
/* `position` on the first-parent chain; NULL beyond the head, or when the commit can not be read. */
struct store_past *store_past_open(
	struct store *store, const struct store_snapshot *snapshot, uint64_t position);
void store_past_close(struct store_past *past);
/* The .collection of a path; false: there was none (or it can not be read). Strings in the arena. */
bool store_past_collection(
	struct store_past *past, struct arena *arena, const char *path, struct store_meta *meta);
/* Where a collection with this id stood in the homes of `top` ("calendars"); NULL: nowhere. In the arena. */
const char *store_past_find(
	struct store_past *past, struct arena *arena, const char *top, const char *id, size_t len);
/* How many items a collection had. */
size_t store_past_count(struct store_past *past, const char *collection);
/* An item as it was: blob id, whether it had a .meta file, and that file. Only oid and has_meta of *item are set; `meta` may
 * be NULL. */
bool store_past_item(struct store_past *past, struct arena *arena, const char *collection,
	const char *name, struct store_item *item, struct store_meta *meta);

/* ---------------------------------------------------------------- history */

struct store_log_change {
	const char *collection; /* path */
	const char *name;       /* NULL: the collection itself */
	char what;              /* 'A' added, 'M' changed, 'D' deleted, 'P' properties only */
	struct store_oid before, after; /* zero when there was or is none */
};

struct store_log_entry {
	struct store_commit_ref commit;
	const char *author_name, *author_mail;
	const char *subject;
	bool ours; /* made by this daemon: the trailers can be trusted */
	const char *user, *device, *user_agent, *request_id; /* or NULL */
	const struct store_log_change *changes;
	size_t n_changes; /* capped at STORE_LOG_CHANGES */
};
#define STORE_LOG_CHANGES 1000

/* Newest first, along the first-parent chain. `path` "", a collection's path or "collection/NAME":
 * only commits that touch it. Stops after `limit` entries (0: all) or when `each` returns false. */
enum store_code store_log(struct store *store, const char *path, size_t limit,
	bool (*each)(void *payload, const struct store_log_entry *entry), void *payload);

/* ---------------------------------------------------------------- care */

/* Reads every object and item, compares the journal with history; calls `problem` for each fault.
 * Shows progress by `progress` (may be NULL). STORE_OK when there was no fault, STORE_INVALID when
 * there were. */
enum store_code store_check(struct store *store,
	void (*problem)(void *payload, const char *path, const char *text),
	void (*progress)(void *payload, size_t done, size_t all), void *payload);
/* Writes DIR/daybook-DATE.bundle (a git bundle of main) and DIR/state.db (SQLite's online backup). */
enum store_code store_backup(struct store *store, const char *dir, char *why, size_t why_size);
/* Looks for a push or a commit made by hand now (the daemon's thread does it every 500 ms). */
void store_poll(struct store *store);
/* Whom to tell when commits made by others were taken in; `before` is the state without them. Called from a thread of the
 * store: it may submit a write, and must not wait for one. NULL: nobody; after that returned, nobody is called any more. */
typedef void store_watch_fn(void *payload, const struct store_snapshot *before);
void store_watch(struct store *store, store_watch_fn *watch, void *payload);
/* Whom to tell of each new state, whoever made it; `now` is borrowed. Called with locks held, by the thread that answers writes:
 * it must neither block nor call the store. NULL: nobody; after that returned, nobody is called any more. */
typedef void store_follow_fn(void *payload, const struct store_snapshot *now);
void store_follow(struct store *store, store_follow_fn *follow, void *payload);
/* For tests and metrics. */
struct store_stats {
	uint64_t commits, groups, packs, merges, cache_bytes, open_handles;
};
void store_stats(struct store *store, struct store_stats *stats);

/* What repo.git/hooks/pre-receive runs, alone, inside git's quarantine (GIT_DIR and friends in the
 * environment): checks the new commits by the rules of PUT. Reads "old new ref" lines from `in`;
 * complaints (file and line) go to `complain`. True: accept. */
bool store_check_push(const char *git_dir, const char *lines, facts_inspect_fn *inspect,
	void (*complain)(void *payload, const char *text), void *payload);

#endif
