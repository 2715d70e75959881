/* SPDX-License-Identifier: ISC */
/*
 * Import: iCalendar files as Google, iCloud, Nextcloud and Outlook write them become entries of
 * calendars, one for each UID, in ONE commit. Three steps: read (import_read.c: split, inspect,
 * refuse), plan against a snapshot (import_plan.c: which calendar, what is new, changed or
 * unchanged, under which name), write (import.c: commit, and plan again after a conflict).
 *
 * An entry whose UID is in the calendar replaces it under its own name; one that says the same is
 * left alone, so that importing a file twice changes nothing.
 *
 * A share receives for the calendar that it shows, as far as its role goes: each entry needs what a PUT of it would need, and
 * of one that may not be replaced nothing is compared, so that an import does not tell what it says.
 */
#ifndef SRC_IMPORT_H
#define SRC_IMPORT_H

#include "src/base/arena.h"
#include "src/base/map.h"
#include "webdav/dav.h"

#define IMPORT_MAX_FILES 10000

struct import_file {
	const char *name; /* for people; NULL when there is only one */
	const char *bytes;
	size_t len;
	const char *title, *color; /* what it says of itself, or NULL */
	const char *target;        /* name of the calendar it goes to, once known */
	struct map *places;        /* of its entries, for refusals; see import_find_line */
	struct arena *arena;       /* the import's */
};

struct import_entry {
	struct import_file *file;
	const char *uid, *summary; /* either may be NULL */
	const char *bytes;
	size_t len;
	struct facts facts;
	const char *refused; /* NULL: good */
	unsigned line;       /* of the file, 0 unknown */
};

/* One calendar that receives entries. */
struct import_target {
	const char *user, *name;
	const char *path; /* in the store; of a share that of the calendar it shows */
	const char *displayname, *color; /* a new one gets them */
	bool is_new;
	uint32_t components;                       /* allowed, 0: all */
	const char *id;                            /* of an existing one */
	const struct store_collection *collection; /* while planning */
	struct map *names, *uids;                  /* taken by this import */
	const struct store_meta *meta;             /* of a new one, once there is something in it */
	size_t added, changed, unchanged;
	uint64_t more, less; /* bytes that come, and that they take the place of */
};

struct import {
	struct store *store;
	struct dav_server *dav;
	struct dav_person person; /* whose rights count */
	struct arena *arena;
	const char *user;
	const char *collection;  /* NULL: each file's own title says where */
	const char *displayname; /* of a new calendar; NULL: the file's title */
	size_t max_entry;        /* bytes */
	struct import_file *files;
	size_t n_files;
	void (*progress)(void *payload, const char *step, size_t done, size_t all);
	void *payload;

	struct dav_glance *glance; /* while planning */
	struct import_entry *entries;
	size_t n_entries, cap_entries;
	struct import_target **targets;
	size_t n_targets, cap_targets;
	struct store_change *changes;
	size_t n_changes, cap_changes;
};

/* Splits and inspects every file. False with *why: there is nothing to import at all; `line` is the
 * file's. */
bool import_read(struct import *import, const char **why, unsigned *line);
/* Plans and commits; write: who does it (changes and subject are filled in here). */
enum store_code import_write(struct import *import, const struct store_write *write,
	const char *who, struct store_result *result);

/* Releases what is not the arena's. */
void import_end(struct import *import);

/* --- between the files of the import --- */
/* Fills targets and changes for the newest snapshot; false with *why when the user has no
 * calendars. */
bool import_plan(struct import *import, const struct store_snapshot *snapshot, const char **why);
void import_plan_clear(struct import *import);
void import_refuse(struct import_entry *entry, unsigned line, const char *why);
/* Do both say the same? Folding, line ends, the calendar's own properties, zones and DTSTAMP (the
 * time of the export) do not count. */
bool import_same(const char *a, size_t a_len, const char *b, size_t b_len);
/* Line of the file on which line `line` of the entry stands; that of its BEGIN for 0 and for what
 * can't be found; 0 when it is nowhere. */
unsigned import_find_line(struct arena *arena, const struct import_entry *entry, unsigned line);
/* The name of a new entry, from its UID. */
char *import_name(struct arena *arena, const char *uid, bool taken);

#endif
