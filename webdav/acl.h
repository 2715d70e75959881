/* SPDX-License-Identifier: ISC */
/*
 * Access control entries (RFC 3744 5.5) as values: read from the lines of a .collection or .meta file and written back,
 * and judged for one person. Where the entries of a resource come from, and what else counts, is for view.h.
 *
 * One entry a line, after "ace ":
 *
 *	grant users/ben#0d5c… read             deny groups/kids#9a1b… write
 *	grant all read-free-busy               grant property:{DAV:}owner read-acl,write-acl
 *	grant authenticated read               grant unauthenticated read, grant self …
 *
 * Privileges are named without their namespace. A line that nobody can read denies everything to everybody: what was meant
 * as a denial must not open a door.
 */
#ifndef WEBDAV_ACL_H
#define WEBDAV_ACL_H

#include "storage/household.h"
#include "webdav/exchange.h"

/* Entries of one resource that an ACL request may set (8.1.1 limited-number-of-aces). */
#define DAV_MAX_ACES STORE_MAX_ACES

enum ace_who {
	ACE_PRINCIPAL, /* d:href; `name` is a reference (storage/household.h) */
	ACE_ALL,
	ACE_AUTHENTICATED,
	ACE_UNAUTHENTICATED,
	ACE_SELF,     /* of principals only: stored, and never true elsewhere (5.5.1) */
	ACE_PROPERTY, /* `name` is the Clark name of a property that names a principal */
};

/* The properties that an entry may speak of. Of a collection's members the creator is asked (CS:created-by), so that
 * somebody may change what they themselves added; as long as they may add, that is, hold DAV:bind without such entries. */
#define ACE_OWNER "{" NS_DAV "}owner"
#define ACE_CREATOR "{" NS_CS "}created-by"

struct dav_ace {
	enum ace_who who;
	const char *name; /* or NULL */
	bool deny;
	unsigned bits; /* enum dav_priv */
};

struct dav_acl {
	const struct dav_ace *aces;
	size_t n;
};

/* The entries of a .collection or .meta; in the arena. */
struct dav_acl dav_acl_read(struct arena *arena, const struct store_meta *meta);
/* Whom an element of DAV:principal without content names ("authenticated"; RFC 3744 5.5.1); false: it is none of those. */
bool dav_ace_word(const char *word, enum ace_who *who);
/* The line of an entry, without "ace ". */
char *dav_ace_print(struct arena *arena, const struct dav_ace *ace);
/* The fewest privileges that name exactly these bits: each is handed to `each`. */
void dav_priv_least(unsigned bits, void (*each)(void *payload, const char *ns, const char *name),
	void *payload);

/* For whom entries are judged. */
struct dav_who {
	const struct household *household;
	const char *user;  /* NULL: nobody */
	const char *id;    /* of the user's principal; NULL: nobody */
	const char *owner; /* whom DAV:owner names: a user; NULL: nobody */
	bool creator;      /* CS:created-by names the user */
};

/* What has been decided so far: entries are judged in order, and the first that speaks of a privilege decides (RFC 3744 6).
 * Start with {0}; go on with the entries that are inherited. */
struct dav_judgement {
	unsigned granted, denied;
};
void dav_acl_judge(
	struct dav_judgement *judgement, const struct dav_acl *acl, const struct dav_who *who);
/* Is the entry about this person? */
bool dav_ace_matches(const struct dav_ace *ace, const struct dav_who *who);

#endif
