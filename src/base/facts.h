/* SPDX-License-Identifier: ISC */
/*
 * What the server knows about one calendar object or card without reading it again. `ical` finds
 * the facts, `storage` keeps them in its index, `webdav` asks them; this header is all the three
 * share.
 */
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include "src/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of collections; the kind decides what its members may hold. */
enum facts_kind {
	FACTS_FOLDER,      /* files/…: any bytes */
	FACTS_CALENDAR,    /* iCalendar, RFC 4791 4.1 */
	FACTS_ADDRESSBOOK, /* vCard, RFC 6352 5.1 */
	FACTS_HOME,        /* a home, or "principals/…": holds what its place says */
};

/* Components, as bits: an object holds one type (RFC 4791 4.1), a calendar may allow several. */
enum facts_component {
	FACTS_VEVENT = 1,
	FACTS_VTODO = 2,
	FACTS_VJOURNAL = 4,
	FACTS_VFREEBUSY = 8,
	FACTS_VAVAILABILITY = 16,
	FACTS_VCARD = 32,
	FACTS_ALL_COMPONENTS = 31, /* what a calendar allows when nobody said otherwise */
};

/* From open to secret, so that the greater one wins: of CONFIDENTIAL others see that somebody is
 * busy, of PRIVATE nothing. */
enum facts_class { FACTS_PUBLIC, FACTS_CONFIDENTIAL, FACTS_PRIVATE };

enum facts_flag {
	FACTS_RECURS = 1, /* RRULE or RDATE: between first and last there are gaps */
	/* some time is floating or a DATE: first and last are right within FACTS_SLACK */
	FACTS_FLOATING = 2,
	FACTS_ALARM = 4,     /* has a VALARM */
	FACTS_OVERRIDES = 8, /* has components with RECURRENCE-ID */
	FACTS_BROKEN = 16,   /* unreadable in the repository: an older version is shown (store.h) */
	/* no time in it at all (VTODO without DTSTART and DUE): first/last are open */
	FACTS_UNDATED = 32,
	/* calendar objects: nothing in it makes anybody busy (all its events are transparent or
	 * cancelled, or it holds no events and no VFREEBUSY); of a VAVAILABILITY it says nothing */
	FACTS_FREE = 64,
	FACTS_VCARD4 = 128, /* cards: version 4.0; else 3.0 */
	FACTS_DAYS = 256,   /* cards: has BDAY, ANNIVERSARY or the like: card_days (ical/card.h) */
};

#define FACTS_FOREVER INT64_MAX /* `last` of a series without end */
#define FACTS_ALWAYS INT64_MIN  /* `first` of what has no start */
#define FACTS_SLACK (26 * 3600) /* seconds; widest distance of two zones' local times */

struct facts {
	const char *uid;        /* never NULL for calendar objects and cards */
	uint32_t component;     /* one bit of enum facts_component; 0 in a folder */
	uint32_t flags;         /* enum facts_flag */
	enum facts_class class; /* the most secret one in it (RFC 5545 3.8.1.3) */
	int64_t first, last;    /* [first, last): covers every instance, Unix seconds UTC */
	/* SUMMARY or FN, unescaped, for words to people; the index does not keep it */
	const char *summary;
};

/* Why bytes were refused. */
struct facts_fault {
	int code;       /* the inspecting folder's own code (enum cal_code) */
	unsigned line;  /* 1-based line of the unfolded text, 0 when it is about the whole */
	char text[200]; /* one sentence for people */
};

/* Looks at the bytes of one item of a collection of `kind`. True: *facts is filled, its strings
 * live in `arena`. False: *fault says what is wrong. True with fault->code other than 0: it can be
 * read, and stays where it is, but must not be written anew; *fault says why. Must be thread-safe
 * and bounded in time and memory. */
typedef bool facts_inspect_fn(enum facts_kind kind, const char *bytes, size_t len,
	struct arena *arena, struct facts *facts, struct facts_fault *fault);

#endif
