/* SPDX-License-Identifier: ISC */
/*
 * Import: iCalendar files and vCard files as Google, iCloud, Nextcloud, Outlook and phones write them become entries of
 * calendars and address books, one for each UID, in ONE commit. Three steps: read (import_read.c, import_cards.c: split,
 * inspect, refuse), plan against a snapshot (import_plan.c, import_book.c: which collection, what is new, changed,
 * unchanged or there already, under which name), write (import.c: commit, and plan again after a conflict).
 *
 * An entry whose UID is in the collection replaces it under its own name; one that says the same is
 * left alone, so that importing a file twice changes nothing. A card that says the same as another one is a duplicate and
 * left out; one that is about somebody who is there already (same name and phone number, or same mail address) is told.
 *
 * A share receives for the calendar that it shows, as far as its role goes: each entry needs what a PUT of it would need, and
 * of one that may not be replaced nothing is compared, so that an import does not tell what it says.
 */
#ifndef SRC_IMPORT_H
#define SRC_IMPORT_H

#include "src/base/arena.h"
#include "ical/card.h"
#include "src/base/map.h"
#include "webdav/dav.h"

#define IMPORT_MAX_FILES 10000
#define IMPORT_BOOK "contacts" /* where cards go when nobody said */

/* What becomes of cards that are there already under another UID. */
enum import_duplicates {
	IMPORT_SHOW, /* the same: left out; about the same person: taken; both are told */
	IMPORT_SKIP, /* both are left out */
	IMPORT_KEEP, /* both are taken */
};

struct import_file {
	const char *name;     /* for people; NULL when there is only one */
	enum facts_kind kind; /* FACTS_CALENDAR or FACTS_ADDRESSBOOK, by what is in it */
	const char *bytes;
	size_t len;
	const char *title, *color; /* what it says of itself, or NULL */
	const char *target;        /* name of the collection it goes to, once known */
	struct map *places;        /* of its entries, for refusals; see import_find_line */
	struct arena *arena;       /* the import's */
};

/* A card that is in the book, or that came before in the import. */
struct import_twin {
	const char *shown, *uid;
	const struct import_entry *entry; /* NULL: in the book */
	const struct card_gist *gist;
	struct import_twin *next; /* another one with the same mail address */
};

struct import_entry {
	struct import_file *file;
	const char *uid, *summary; /* either may be NULL */
	const char *bytes;
	size_t len;
	struct facts facts;
	const char *refused; /* NULL: good */
	unsigned line;       /* of the file, 0 unknown */
	/* of cards */
	unsigned begin;  /* the line of its BEGIN */
	unsigned mended; /* enum card_mended */
	const struct card_gist *gist;
	const struct import_twin *twin; /* who is there already; NULL: nobody */
	bool same;                      /* it says the same; else it looks like it */
	bool skipped;
};

/* One calendar or address book that receives entries. */
struct import_target {
	enum facts_kind kind;
	const char *user, *name;
	const char *path; /* in the store; of a share that of the calendar it shows */
	const char *displayname, *color; /* a new one gets them */
	bool is_new;
	uint32_t components;                       /* allowed, 0: all */
	const char *id;                            /* of an existing one */
	const struct store_collection *collection; /* while planning */
	struct map *names, *uids;                  /* taken by this import */
	const struct store_meta *meta;             /* of a new one, once there is something in it */
	size_t added, changed, unchanged, skipped;
	uint64_t more, less; /* bytes that come, and that they take the place of */
	struct map *
		twins; /* of a book: who is in it, by what they say, their mail addresses and phone numbers */
};

struct import {
	struct store *store;
	struct dav_server *dav;
	struct dav_person person; /* whose rights count */
	struct arena *arena;
	const char *user;
	const char *collection;  /* NULL: each file's own title says where; IMPORT_BOOK for cards */
	const char *displayname; /* of a new collection; NULL: the file's title */
	enum facts_kind kind;    /* what the only file is said to hold; FACTS_FOLDER: it shows */
	enum import_duplicates duplicates;
	bool dry_run;     /* all but the commit */
	size_t max_entry; /* bytes */
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
	bool misplaced; /* of import_read: cards for a calendar, or the other way */
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
char *import_name(struct arena *arena, enum facts_kind kind, const char *uid, bool taken);

/* What stands behind the first line that begins so ("\nFN"), of an entry that could not be read, so that people know which
 * one it is; NULL: no such line. */
const char *import_rough_text(
	struct arena *arena, const char *prefix, const char *bytes, size_t len);
struct import_entry *import_new_entry(struct import *import, struct import_file *file);
/* As PUT checks it: the facts, or else the entry is refused. */
bool import_accept(struct import *import, struct import_entry *entry, struct arena *scratch,
	struct facts_fault *fault);
/* A file of cards; false: there is none in it. */
bool import_read_cards(struct import *import, struct import_file *file, const char **why);

struct import_target *import_find_target(
	struct import *import, enum facts_kind kind, const char *name);
struct import_target *import_add_target(struct import *import,
	const struct store_snapshot *snapshot, enum facts_kind kind, const char *name);
/* Text and name of a new collection that nobody named. */
const char *import_title(struct import *import, const struct import_file *file);
/* May anything be added? Else the entry is refused. */
bool import_is_open(struct import *import, const struct import_target *target,
	struct import_entry *entry, struct arena *scratch);
/* The collection itself comes before its first entry. */
void import_make_target(struct import *import, struct import_target *target);
/* The change that stores an entry, in the place of `old` (NULL: new). */
void import_put(struct import *import, struct import_target *target, struct import_entry *entry,
	const struct store_item *old);
/* Refuses what may not be replaced, and what comes twice with different words; false: done with. */
bool import_may_take(struct import *import, struct import_target *target,
	struct import_entry *entry, const struct store_item *old, struct arena *scratch);

/* What a card says; of a 4.0 card what its 3.0 says. */
const struct card_gist *import_gist(
	struct import *import, const struct facts *facts, const char *bytes, size_t len);
/* Plans one card. */
void import_plan_card(struct import *import, const struct store_snapshot *snapshot,
	struct import_entry *entry, struct arena *scratch);

#endif
