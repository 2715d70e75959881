/* SPDX-License-Identifier: ISC */
/*
 * The seam under the store: where objects, the one ref and the secret rows live durably. Above it
 * (store.c, tree.c, commit.c, journal.c …) everything is the same for the bare git repository, for
 * memory, and for a database to come. Private to storage/.
 *
 * Objects are git objects by their ids; content is the raw (undeflated) object body. One ref:
 * refs/heads/main.
 */
#ifndef STORAGE_BACKEND_H
#define STORAGE_BACKEND_H

#include "storage/account.h"
#include "storage/device.h"
#include "storage/link.h"
#include "storage/lock.h"
#include "storage/store.h"

enum object_type { OBJECT_COMMIT = 1, OBJECT_TREE = 2, OBJECT_BLOB = 3 }; /* as in a pack */

/* One object on its way in. `deflated` is a zlib stream of the body as a pack wants it. */
struct object {
	enum object_type type;
	struct store_oid oid;
	size_t size; /* of the body */
	unsigned char *deflated;
	size_t deflated_len;
};

/* Id of a body (git's hash over "type size\0body"). Zero for a body that was built to collide
 * (SHA-1 attacks are detected as git does): refuse it; a group that holds one is refused whole. */
struct store_oid object_id(enum object_type type, const void *body, size_t len);
/* Hashes and deflates (blobs zlib level 1, trees and commits level 0: ids do not compress).
 * malloc'd; object_release frees. */
void object_make(struct object *object, enum object_type type, const void *body, size_t len);
void object_release(struct object *object);

/* A group of commits that becomes durable in one step. */
struct backend_group {
	const struct object *const *objects; /* no id twice */
	size_t n_objects;
	struct store_oid old_head, new_head; /* old zero: main does not exist yet */
	const struct store_credential *credentials;
	size_t n_credentials;
};

#define DEVICE_HASH_SIZE 32 /* of a device's password */

/* A use of a device on its way into state.db. */
struct backend_use {
	struct device
		device; /* all of it when it is a noticed one, which is made where it is not yet there */
	const char *fold; /* of a noticed one's name */
};

struct backend {
	const struct backend_ops *ops; /* first member of every implementation */
};

struct backend_ops {
	/* Body of an object: malloc'd, NUL-terminated after *len. NOT_FOUND or FAILED otherwise.
	 * Thread-safe. */
	enum store_code (*read)(struct backend *, const struct store_oid *oid,
		enum object_type *type, char **body, size_t *len);
	bool (*exists)(struct backend *, const struct store_oid *oid);
	/* Main's commit; zero when there is none. */
	enum store_code (*head)(struct backend *, struct store_oid *head);
	/* Makes the group durable and moves main old → new. STORE_CONFLICT: main is not at old_head
	 * (somebody pushed); nothing was done. STORE_BUSY: main.lock held by another process for 5
	 * s. Called by one thread (the committer). */
	enum store_code (*commit)(
		struct backend *, const struct backend_group *group, char *why, size_t why_size);
	/* Sets aside what somebody pushed and we refuse: refs/daybook/rejected/TIME points to it,
	 * main goes back to `good`. */
	enum store_code (*reject)(
		struct backend *, const struct store_oid *bad, const struct store_oid *good);
	/* The last head of main that the store published, as far as it is remembered: what others
	 * do to main while nobody looks is told from that. Zero, or NULL: nothing is known. */
	struct store_oid (*tip)(struct backend *);
	/* Main is at a commit of others that the store published. NULL: nothing to remember. */
	void (*adopt)(struct backend *, const struct store_oid *head);
	/* state.db */
	bool (*credential)(struct backend *, const char *principal_id, char hash[128], int *admin,
		uint64_t *generation);
	void (*throttle_get)(struct backend *, const char *key, struct account_throttle *row);
	void (*throttle_set)(struct backend *, const char *key, const struct account_throttle *row);
	/* The derived index, one opaque blob; may answer NOT_FOUND at any time. */
	enum store_code (*index_load)(struct backend *, char **bytes, size_t *len);
	enum store_code (*index_save)(struct backend *, const char *bytes, size_t len);
	/* One bounded step of maintenance (merge packs, sync files, delete write-ahead rows); true:
	 * more to do. Call it from one background thread after a group and every second or so while
	 * idle: some work waits for a quiet moment. */
	bool (*maintain)(struct backend *);
	enum store_code (*check)(struct backend *,
		void (*problem)(void *, const char *, const char *), void *payload);
	enum store_code (*backup)(struct backend *, const char *dir, char *why, size_t why_size);
	void (*stats)(struct backend *, struct store_stats *stats);
	void (*close)(struct backend *); /* syncs, empties the write-ahead table, frees */
	/* Credential rows without a commit (a new password); durable on return. */
	enum store_code (*credentials)(struct backend *, const struct store_credential *rows,
		size_t n, char *why, size_t why_size);
	/* Devices; a principal's go in the transaction that removes its credentials. `fold` is the
	 * name as it is compared, unique for each principal. */
	void (*device_list)(struct backend *, const char *principal_id, /* NULL: all */
		void (*each)(void *payload, const struct device *device), void *payload);
	bool (*device_find)(struct backend *, const char *principal_id,
		const unsigned char hash[DEVICE_HASH_SIZE], struct device *device);
	/* Durable on return, with a new generation of the principal's credentials. CONFLICT: the
	 * name is taken, but by a noticed device, which goes; INVALID: there are DEVICE_MAX. */
	enum store_code (*device_add)(struct backend *, const struct device *device,
		const char *fold, const unsigned char hash[DEVICE_HASH_SIZE], char *why,
		size_t why_size);
	/* Likewise. NOT_FOUND: there is none. */
	enum store_code (*device_remove)(struct backend *, const char *principal_id, const char *id,
		char *why, size_t why_size);
	/* Last uses, one batch; not durable at once. A noticed device that is new is made, if its
	 * principal has credentials still and no device has its name. */
	bool (*device_note)(struct backend *, const struct backend_use *uses, size_t n);
	/* Links (link.h); all of a principal go with its credentials. Adding and removing are durable
	 * on return. CONFLICT: the id or the hash is there already. */
	enum store_code (*link_add)(struct backend *, const struct store_link *link,
		const unsigned char hash[LINK_HASH], char *why, size_t why_size);
	enum store_code (*link_remove)(struct backend *, const char *principal_id, const char *id,
		char *why, size_t why_size);
	bool (*link_find)(struct backend *, const unsigned char hash[LINK_HASH],
		struct arena *arena, struct store_link *link);
	/* By age. */
	struct store_link *(*link_list)(
		struct backend *, const char *principal_id, struct arena *arena, size_t *count);
	/* May be written much later, or lost in a crash. */
	void (*link_used)(struct backend *, const char *id, int64_t when);
	/* Locks (lock.h): rows that are read at start alone; all of a principal go with its
	 * credentials. Setting (a token that is there: again) and dropping are durable on return. */
	enum store_code (*lock_set)(
		struct backend *, const struct store_lock *lock, char *why, size_t why_size);
	enum store_code (*lock_drop)(
		struct backend *, const char *const *tokens, size_t n, char *why, size_t why_size);
	struct lock_list (*lock_list)(struct backend *, struct arena *arena); /* oldest first */
};

/* backend_git.c: DIR/repo.git + DIR/state.db. `report` as in store_options. */
enum store_code backend_git_open(struct backend **backend, const char *dir,
	const struct store_options *options, const char **why);
/* store_mem.c: hash tables. */
enum store_code backend_memory_open(struct backend **backend);

/* Opens a store on any backend (store.c); takes it over. */
enum store_code store_open_backend(struct store **store, struct backend *backend,
	const struct store_options *options, const char **why);

#endif
