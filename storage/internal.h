/* SPDX-License-Identifier: ISC */
/*
 * What the upper half of storage/ shares: everything above the seam of backend.h. Private to
 * storage/.
 *
 * The newest state is a *mirror*: an immutable tree of collections in memory that knows the id of
 * every git tree it stands for. A commit copies the path it touches (nodes made by the running edit
 * are changed in place: `edit` is its mark) and shares all else, so its cost does not grow with the
 * size of a collection. Everything shared is counted with atomic references.
 *
 *	name.c   places and names     table.c   name → item        journal.c  number → item
 *	node.c   collections          edit.c    changes, numbers   tree.c     mirror → git trees
 *	follow.c git trees → mirror   commit.c  writing            load.c     start
 */
#ifndef STORAGE_INTERNAL_H
#define STORAGE_INTERNAL_H

#include "src/base/buf.h"
#include "storage/backend.h"
#include "storage/store.h"

#include <pthread.h>
#include <stdatomic.h>

#define STORE_SELF_FILE ".collection"
#define STORE_META_FOLDER ".meta"
#define STORE_FAN 16
#define STORE_IDENTITY_NAME "Daybook"
#define STORE_IDENTITY_MAIL "daybook@localhost"
#define STORE_MAX_OBJECT ((size_t)1 << 31) /* bytes of one object that we build */
#define STORE_MODE_FILE 0100644u
#define STORE_MODE_TREE 040000u

/* For account.c, which keeps its secret rows there. */
struct backend *store_backend(struct store *store);

/* ---------------------------------------------------------------- memory.c: out of memory
 * aborts, ids */

void *must_alloc(size_t size); /* zeroed */
void *must_grow(void *old, size_t *cap, size_t need, size_t size);
char *must_strdup(const char *text);

/* ---------------------------------------------------------------- creator.c, past.c */

/* The same text, living as long as the process: for ids and names of people. NULL stays NULL. */
const char *intern(const char *text);
/* The id of a user in a state; NULL: none. Interned. Under write_lock, or before the store is open. */
const char *creator_id(struct store *store, const struct store_collection *root, const char *user);
/* The makers of an item that came in the place of another one, or of its tombstone. Interned. */
const char *makers_after(const struct store_item *before, const struct store_item *item);

/* All files of a folder of git, by name; false when `each` said so. */
bool past_files(struct store_past *past, const char *dir,
	bool (*each)(void *payload, const char *name, const struct store_oid *oid), void *payload);
struct store *past_store(const struct store_past *past);

/* ---------------------------------------------------------------- name.c: what may stand where */

enum place {
	PLACE_NONE, /* nothing may */
	PLACE_ROOT,
	PLACE_TOP,        /* calendars, addressbooks, files, principals */
	PLACE_PRINCIPALS, /* principals/users, principals/groups */
	PLACE_HOME,       /* calendars/U, addressbooks/U */
	PLACE_CALENDAR,
	PLACE_ADDRESSBOOK,
	PLACE_FOLDER, /* files/U and below */
};

struct place_rule {
	enum facts_kind kind;
	bool items;    /* has members that are not collections */
	bool fan;      /* they stand in h/h; else beside the folders */
	bool standing; /* is always there, also without a .collection */
};

/* By the path alone; PLACE_NONE when a name in it is bad or nothing may stand there. */
enum place place_of(const char *path);
const struct place_rule *place_rule(enum place place);
/* May a collection here be of this kind? */
bool place_takes(enum place place, enum facts_kind kind);
/* "path/name", or "name" in the root. */
char *path_join(struct arena *arena, const char *path, const char *name);
/* First byte of SHA-256: its two hex digits are h/h. */
unsigned char name_hash(const char *name);

/* ---------------------------------------------------------------- items and tables */

struct item {
	struct store_item pub; /* first: what callers see */
	struct store_oid tree; /* what stands in git; not pub.oid when FACTS_BROKEN */
	struct store_oid meta; /* blob of its .meta file; zero: none */
	atomic_uint refs;
	unsigned char hash, uid_hash; /* buckets; uid_hash only with a UID */
	char text[];                  /* name, UID */
};

/* A new item with copies of name and UID; number 0, one reference. */
struct item *item_new(
	const struct store_item *like, const struct store_oid *tree, const struct store_oid *meta);
void item_ref(struct item *item);
void item_release(struct item *item);

enum table_key { TABLE_NAME, TABLE_UID };

struct bucket {
	atomic_uint refs;
	bool hashed; /* oid and meta are right */
	uint32_t n, cap;
	uint64_t edit;
	struct store_oid oid, meta; /* the trees of items and of .meta files; zero: empty */
	struct item *items[];       /* by key, each referenced; tombstones among them */
};

struct fan {
	atomic_uint refs;
	bool hashed;
	uint64_t edit;
	struct store_oid oid, meta;
	struct bucket *buckets[STORE_FAN];
};

struct table {
	struct fan *fans[STORE_FAN];
};

struct item *table_find(
	const struct table *table, enum table_key key, unsigned char hash, const char *text);
void table_put(struct table *table, uint64_t edit, enum table_key key, struct item *item);
void table_remove(struct table *table, uint64_t edit, enum table_key key, unsigned char hash,
	const char *text);
void table_touch(struct table *table, uint64_t edit, unsigned char hash,
	bool bucket);                        /* must be hashed again */
void table_share(const struct table *table); /* one reference more on all */
void table_release(struct table *table);
struct item *table_next(
	const struct table *table, struct store_cursor *cursor); /* tombstones, too */

/* ---------------------------------------------------------------- journal.c */

struct journal; /* persistent search tree from number to item; NULL: empty */

/* The item's number is larger than all. */
void journal_append(struct journal **journal, uint64_t edit, struct item *item);
void journal_remove(struct journal **journal, uint64_t edit, uint64_t number);
/* Puts another item at the number that is there. */
void journal_replace(struct journal **journal, uint64_t edit, uint64_t number, struct item *item);
struct item *journal_next(
	const struct journal *journal, uint64_t since); /* first with a larger number, or NULL */
void journal_share(struct journal *journal);
void journal_release(struct journal *journal);

/* ---------------------------------------------------------------- node.c: collections */

/* An entry of a git tree that is no item, collection or property: kept as it is, never shown. */
struct extra {
	char dir[12]; /* "", "3", "3/a", ".meta/3/a" … */
	uint32_t mode;
	struct store_oid oid;
	char *name;
};

struct extras {
	atomic_uint refs;
	uint64_t edit;
	size_t n, cap;
	struct extra *list; /* in no order */
};

/* Path and properties of a collection. */
struct self {
	atomic_uint refs;
	struct store_oid oid; /* blob of .collection; zero: none */
	bool damaged;         /* there, but not readable: `meta` is the default of the place */
	struct store_meta meta;
	struct arena *arena; /* owns meta; NULL for the default */
	char id[37];         /* for a .collection without one: made from the path */
	const char *name;    /* in path */
	char path[];
};

struct store_collection {
	atomic_uint refs;
	bool hashed, gone, lazy; /* lazy: some items were never inspected (push.c only) */
	enum place place;
	uint64_t edit;
	struct store_oid oid, meta; /* its git tree, and .meta in it */
	struct self *self;
	uint64_t number, props_number, count, bytes;
	struct table items, uids;
	struct journal *journal;
	struct extras *extras; /* NULL: none */
	size_t n_kids, cap_kids;
	struct store_collection **kids; /* by name, gone ones among them */
};

/* `meta` NULL: the default of the place; else copied. */
struct self *self_new(const char *path, const struct store_oid *oid, const struct store_meta *meta);
void self_release(struct self *self);
struct store_collection *node_new(
	struct self *self, enum place place, uint64_t edit); /* takes self over */
void node_ref(struct store_collection *node);
void node_release(struct store_collection *node);
/* Makes *node one that `edit` may change. */
struct store_collection *node_own(struct store_collection **node, uint64_t edit);
/* Also gone ones. */
struct store_collection *node_find(const struct store_collection *root, const char *path);
/* Where a child of this name is or belongs. */
bool node_kid(const struct store_collection *node, const char *name, size_t len, size_t *index);
void node_add_kid(struct store_collection *node, size_t index,
	struct store_collection *kid);                                         /* takes kid over */
struct item *node_item(const struct store_collection *node, const char *name); /* tombstones, too */
struct item *node_uid(const struct store_collection *node, const char *uid);

/* Extras of an owned node. */
void extras_add(struct store_collection *node, const char *dir, uint32_t mode, const char *name,
	const struct store_oid *oid);
bool extras_find(const struct store_collection *node, const char *dir, const char *name,
	struct extra *found);
void extras_remove(struct store_collection *node, const char *dir, const char *name);
void extras_clear(struct store_collection *node);
void extras_release(struct extras *extras);
/* Where the items (or .meta files) of this hash stand: "3/a" or "" or ".meta/3/a". */
void item_dir(char dir[12], bool fan, bool meta, unsigned char hash);

/* ---------------------------------------------------------------- edit.c: one commit's changes */

struct touched {
	const char *full; /* path of the name: the order of numbers */
	const char *collection, *name;
	bool counted; /* takes an index though nothing visible is there */
};

struct edit {
	uint64_t mark;
	const struct store_collection *base; /* borrowed; NULL: nothing yet */
	struct store_collection *root;       /* owned */
	uint64_t position;
	int64_t time;
	const char *creator; /* of what appears in this commit: interned id, or NULL */
	struct arena *arena;
	struct touched *touched;
	size_t n_touched, cap_touched;
};

struct content {
	struct store_oid oid, tree;
	uint64_t size;
	struct facts facts;
	int64_t created; /* 0: found out at the end */
};

void edit_begin(
	struct edit *edit, const struct store_collection *base, uint64_t position, int64_t time);
void edit_abort(struct edit *edit);
struct store_collection *edit_take(struct edit *edit); /* the root; frees the rest */
/* The collection, ours to change, its ancestors, too; also a gone one; NULL when it never was. */
struct store_collection *edit_node(struct edit *edit, const char *path);
void edit_touch(struct edit *edit, const char *collection, const char *name, bool counted);
void edit_set_item(struct edit *edit, struct store_collection *node, const char *name,
	const struct content *content);
void edit_remove_item(struct edit *edit, struct store_collection *node, const char *name);
void edit_set_meta(struct edit *edit, struct store_collection *node, const char *name,
	const struct store_oid *oid);
/* Puts `item` (NULL: nothing) where `had` (NULL: nothing) was, in all tables of an owned node. */
void edit_put(struct store_collection *node, struct item *had, struct item *item);
/* Marks a readable item as having an unreadable newest version. */
void edit_break_item(struct edit *edit, struct store_collection *node, const char *name,
	const struct store_oid *tree);
/* Creates the collection or sets its properties; its parent is there. Takes `self` over. */
struct store_collection *edit_set_self(struct edit *edit, struct self *self);
/* The collection and all below it. */
void edit_remove_tree(struct edit *edit, const char *path);
/* Gives numbers, writes the journals; returns how many names changed. edit->root is then finished
 * but for its ids. */
size_t edit_finish(struct edit *edit);
/* An empty store's root: the folders that are always there. */
struct store_collection *edit_empty_root(void);
uint64_t edit_new_mark(void);

/* ---------------------------------------------------------------- tree.c, raw.c: git trees */

struct entry {
	uint32_t mode;
	const char *name;
	struct store_oid oid;
};

/* Entries point into `body`, sorted. False: malformed. */
bool raw_tree_parse(
	struct arena *arena, const char *body, size_t len, struct entry **entries, size_t *n);
void raw_tree_print(struct buf *out, const struct entry *entries, size_t n);
int raw_entry_compare(const void *a, const void *b); /* git's order */
/* Reads and parses; the bytes live in the arena. Zero oid: an empty tree. */
enum store_code raw_tree_read(struct backend *backend, struct arena *arena,
	const struct store_oid *oid, struct entry **entries, size_t *n);
const struct entry *raw_entry_find(
	const struct entry *entries, size_t n, const char *name, uint32_t mode);

/* Gets every tree that was not there before; NULL: ids only. */
typedef void tree_sink(
	void *payload, enum object_type type, const char *body, size_t len, struct store_oid *oid);
/* Finds the ids of all changed trees, bottom-up; the root's is root->oid. */
void tree_hash(struct store_collection *root, tree_sink *sink, void *payload);
/* Of a root that nobody else has: all ids are found anew, so that a sink gets every tree. */
void tree_forget(struct store_collection *root);

/* ---------------------------------------------------------------- message.c: commits as text */

struct commit_text {
	struct store_oid tree;
	const struct store_oid *parents;
	size_t n_parents;
	const char *author_name, *author_mail, *committer_name, *committer_mail;
	int64_t author_time, time;
	const char *subject, *user, *device, *user_agent, *request_id;
	bool ours;
};

void commit_print(struct buf *out, struct arena *arena, const struct store_write *write,
	const struct store_oid *tree, const struct store_oid *parents, size_t n_parents,
	int64_t time);
bool commit_parse(struct arena *arena, const char *body, size_t len, struct commit_text *commit);
enum store_code commit_read(struct backend *backend, struct arena *arena,
	const struct store_oid *oid, struct commit_text *commit);

/* ---------------------------------------------------------------- snapshot.c */

/* Commits by position; grows at its end only, never moves, so that readers need no lock. */
#define CHAIN_CHUNKS 40
#define CHAIN_FIRST 1024
struct chain {
	struct store_commit_ref *chunks[CHAIN_CHUNKS];
	uint64_t n;
};

void chain_add(struct chain *chain, const struct store_commit_ref *ref);
struct store_commit_ref chain_at(const struct chain *chain, uint64_t position);
void chain_free(struct chain *chain);

struct store_snapshot {
	atomic_uint refs;
	struct store_collection *root;
	const struct chain *chain; /* entries up to head.position are ours to read */
	struct store_commit_ref head;
	struct store_oid epoch;
};

/* Makes it the newest state; takes `root` over. The chain already has the head. */
void snapshot_publish(struct store *store, struct store_collection *root);

/* ---------------------------------------------------------------- cache.c: hot bodies */

struct body {
	atomic_uint refs;
	struct store_oid oid;
	size_t size;
	char *data;
	struct body *next, *newer, *older; /* hash chain; order of use */
};

struct cache;
struct cache *cache_new(size_t bytes);
void cache_free(struct cache *cache);
struct body *body_new(const struct store_oid *oid, char *data, size_t size); /* takes data over */
void body_release(struct body *body);
struct body *cache_get(struct cache *cache, const struct store_oid *oid);
void cache_put(struct cache *cache, struct body *body);
size_t cache_bytes(struct cache *cache);

/* ---------------------------------------------------------------- follow.c: following git */

/* Brings a mirror to what a git tree says. Lenient: what can not be read stays as it was or is kept
 * as an extra. Strict: `fault` is told of each thing that a PUT would not be allowed to do. */
struct follow {
	struct backend *backend;
	facts_inspect_fn *inspect; /* NULL: items are taken without a look (push.c) */
	const char *creator;       /* of what the next commit adds */
	bool strict;
	void (*fault)(void *payload, const char *path, unsigned line, const char *text);
	void *payload;
	/* results and work */
	size_t faults, changed; /* changed: names */
	enum store_code code;   /* not OK: an object could not be read */
	struct edit edit;
	struct arena *arena, *scratch; /* one commit's, one object's */
	struct follow_uid
		*uids; /* UIDs that were taken when they came: looked at again at the end */
	size_t n_uids, cap_uids;
};

/* One collection being brought along. */
struct level {
	struct follow *follow;
	const char *path;
	struct store_collection *node;
	struct extras *had; /* its extras before; NULL: none */
};

void follow_init(struct follow *follow, struct backend *backend, facts_inspect_fn *inspect);
void follow_free(struct follow *follow);
/* The mirror after a commit on top of `base`; NULL: follow->faults or follow->code says why.
 * Owned by the caller. */
struct store_collection *follow_commit(struct follow *follow, const struct store_collection *base,
	const struct store_oid *tree, uint64_t position, int64_t time);

void follow_fault(struct follow *follow, const char *path, unsigned line, const char *text);
/* Keeps an entry that has no place; strict: a fault, unless it was so before. */
void follow_extra(
	struct level *level, const char *dir, const struct entry *entry, const char *text);
/* A blob; false: not readable (strict: follow->code is set). The caller frees the bytes. */
bool follow_read(struct follow *follow, const struct store_oid *oid, char **bytes, size_t *len);

/* follow_item.c: files of one folder (sorted) against those that the mirror has there (sorted). */
void follow_items(struct level *level, const char *dir, const struct entry *files, size_t n,
	struct item **had, size_t n_had);
void follow_metas(struct level *level, const char *dir, const struct entry *files, size_t n,
	struct item **had, size_t n_had);
/* Inspects what a base without inspection skipped. */
void follow_inspect(struct level *level);
void follow_check_uids(struct follow *follow);

/* ---------------------------------------------------------------- the store */

struct write;
struct household;

/* The id in a principal's file, by the file's blob. */
#define STORE_CREATORS 64
struct creator {
	struct store_oid oid;
	const char *id; /* NULL: free */
};

struct store {
	struct backend *backend;
	struct store_options options;
	struct cache *cache;

	pthread_mutex_t head_lock; /* the pointer, for as long as a count is raised */
	struct store_snapshot *head;
	struct chain chain;

	pthread_mutex_t write_lock;   /* from looking at the head to publishing the next */
	pthread_mutex_t foreign_lock; /* one look at what others did at a time */
	store_watch_fn *watch;        /* both under foreign_lock */
	void *watch_payload;
	store_follow_fn *follow; /* both under write_lock */
	void *follow_payload;
	struct store_oid refused; /* the last foreign head that was refused (under foreign_lock) */

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_cond;
	struct write *first, *last;
	bool stopping, committing; /* committing: the committer's thread was started */
	bool busy;                 /* a group is being made, by it or by a waiting submitter */
	pthread_t committer;

	pthread_mutex_t keeper_lock;
	pthread_cond_t keeper_cond;
	bool keeping, keeper_stop;
	uint64_t groups_kept; /* groups when maintenance last ran dry */
	pthread_t keeper;

	struct devices *devices; /* what is noted of them */
	struct locks *locks;     /* lock.c */

	atomic_uint_fast64_t commits, groups;
	uint64_t indexed; /* position of the saved index (keeper, open, close) */

	struct creator creators[STORE_CREATORS]; /* under write_lock */
	pthread_mutex_t household_lock;
	struct household *household; /* the newest that was asked for */
};

void store_report(struct store *store, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* prepare.c: a copied write with its objects made. */
struct prepared {
	enum place place;
	bool has_object;
	struct object object;
	struct store_oid oid;
	uint64_t size;
	struct facts facts;
	struct store_meta meta; /* STORE_SELF */
	struct body *body;      /* for the cache, once it is durable */
};

struct write {
	struct write *next;
	struct arena *arena;
	struct store_write spec;
	struct prepared *prepared;
	store_done_fn *done;
	void *payload;
	struct store_result result;
	bool answered; /* refused: not part of the group */
};

/* Copies, checks what needs no state, hashes, deflates, inspects. False: write->result says why. */
struct write *write_prepare(struct store *store, const struct store_write *spec, bool *ok);
void write_free(struct write *write);
void write_refuse(struct write *write, enum store_code code, size_t index, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* lock.c: the table of locks. The functions on a store want write_lock, or a store that is not open yet; locks_age takes it. */
struct locks;
struct locks *locks_new(void);
void locks_free(struct locks *locks);
void locks_load(struct store *store);
/* Was no lock granted that the write has not seen and touches? */
bool locks_allow(struct store *store, const struct write *write);
/* Tokens of locks that a group takes away. */
struct lost_locks {
	struct arena *arena;
	char **tokens;
	size_t n, cap;
};
/* Appends what goes with this write, after which the tree is `root`. */
void locks_lose(struct store *store, const struct write *write, const struct store_collection *root,
	struct lost_locks *lost);
/* Frees the list; `done`: the group became durable. */
void locks_forget(struct store *store, struct lost_locks *lost, bool done);
/* Others changed main: whose root or holder is gone goes. */
void locks_sweep(struct store *store);
/* Those whose time is over. */
void locks_age(struct store *store);

/* apply.c: checks preconditions and makes the changes in the edit. False: refused. */
bool write_apply(struct write *write, struct edit *edit, const struct store_collection *base);

/* group.c: objects on their way to the backend, each once. */
struct group {
	struct backend_group seam; /* what the backend gets; lists filled by group_commit */
	const struct object **objects;
	struct object **own; /* trees and commits: freed with the group */
	struct store_credential *credentials;
	size_t n_objects, cap_objects, n_own, cap_own, n_credentials, cap_credentials;
	size_t *slots; /* hash table: index + 1 in objects */
	size_t n_slots;
};

void group_add(struct group *group, const struct object *object); /* borrowed */
void group_add_credentials(struct group *group, const struct store_credential *rows, size_t n);
/* Payload: the group, which makes the object and owns it. *oid: the former id, then the new. */
tree_sink group_sink;
/* The commit object of `write` on `tree`. */
struct store_oid group_add_commit(struct group *group, const struct store_write *write,
	const struct store_oid *tree, const struct store_oid *parents, size_t n_parents,
	int64_t time);
enum store_code group_commit(struct group *group, struct backend *backend,
	const struct store_oid *from, const struct store_oid *to, char *why, size_t why_size);
void group_free(struct group *group);

/* commit.c */
void committer_stop(struct store *store);
/* A thread that leaves all signals to others. */
bool start_thread(pthread_t *thread, void *(*run)(void *), void *payload);

/* foreign.c: STORE_OK also when there was nothing. */
enum store_code foreign_poll(struct store *store);
/* Is `wanted` the commit `from`, or among all its ancestors? */
bool foreign_contains(
	struct backend *backend, const struct store_oid *from, const struct store_oid *wanted);

/* load.c */
enum store_code load_state(struct store *store, const char **why);
/* One commit of a first-parent chain. */
struct link {
	struct store_oid oid, tree;
	int64_t time;
	const char *user; /* of our own commits: interned, or NULL */
};
/* First parents from `head` (first) back to but not including `stop`, or to the root. *met: stop
 * was reached. */
enum store_code load_chain(struct backend *backend, const struct store_oid *head,
	const struct store_oid *stop, struct link **links, size_t *n, bool *met);
enum store_code load_rebuild(
	struct store *store, struct store_collection **root, const struct link *links, size_t n);
/* Tells of each item or file that is not shown as it stands. */
void load_faults(const struct store_collection *root,
	void (*problem)(void *, const char *, const char *), void *payload);

/* index.c */
void index_print(struct buf *out, const struct store_snapshot *snapshot);
/* Fills root and chain; false: damaged, or of another version. */
bool index_parse(
	const char *bytes, size_t len, struct store_collection **root, struct chain *chain);
void index_save(struct store *store);

/* device_note.c: what is noted of devices until it is written. */
struct devices *devices_new(void);
void devices_free(struct devices *devices);
/* Writes what is noted: now and then, called often (the keeper); at once. */
void devices_keep(struct store *store);
void devices_write(struct store *store);
/* Around a change of devices: what is noted is written first; afterwards what is remembered of the
 * principal's noticed devices is read anew. */
void devices_begin_change(struct store *store);
void devices_end_change(struct store *store, const char *principal_id);
/* A name as it is compared: in one case, without the marks that join characters. */
void device_fold(char fold[DEVICE_NAME_SIZE], const char *name);

/* keeper.c: polls, maintains, saves the index. */
void keeper_start(struct store *store);
void keeper_stop(struct store *store);
void keeper_wake(struct store *store); /* after a group */

#endif
