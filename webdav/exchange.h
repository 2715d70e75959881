/* SPDX-License-Identifier: ISC */
/*
 * One request on its way: what handle.c has found out so far, and how verbs and reports answer.
 * Private to webdav/.
 *
 * The path of a request (handle.c): path → snapshot → resolve → verb row (kinds → 405, priv →
 * 403/404, cond → 412) → body as XML where the verb wants it → verb->run → a response, or a write
 * handed to the committer and verb->finish.
 */
#ifndef WEBDAV_EXCHANGE_H
#define WEBDAV_EXCHANGE_H

#include "ical/cal.h"
#include "webdav/code.h"
#include "webdav/dav.h"
#include "webdav/resource.h"
#include "webdav/xml.h"

/* RFC 7240 4.2, RFC 8144 4 (prefer.c) */
enum dav_preference { PREFER_MINIMAL = 1, PREFER_REPRESENTATION = 2, PREFER_NOROOT = 4 };

enum dav_depth { DAV_DEPTH_0, DAV_DEPTH_1, DAV_DEPTH_INFINITY, DAV_DEPTH_NONE /* no header */ };

/* Privileges as bits (RFC 3744 3; 4791 6.1). Aggregates are unions: the table is in priv.c. Those above PRIV_ALL have a
 * name and no use yet (RFC 6638 6). */
enum dav_priv {
	PRIV_READ = 1 << 0,
	PRIV_WRITE_PROPERTIES = 1 << 1,
	PRIV_WRITE_CONTENT = 1 << 2,
	PRIV_BIND = 1 << 3,
	PRIV_UNBIND = 1 << 4,
	PRIV_UNLOCK = 1 << 5,
	PRIV_READ_ACL = 1 << 6,
	PRIV_WRITE_ACL = 1 << 7,
	PRIV_READ_CURRENT_USER = 1 << 8,
	PRIV_READ_FREE_BUSY = 1 << 9,
	PRIV_WRITE = PRIV_WRITE_PROPERTIES | PRIV_WRITE_CONTENT | PRIV_BIND | PRIV_UNBIND,
	PRIV_ALL = (1 << 10) - 1,
	PRIV_SCHEDULE_DELIVER = 1 << 10,
	PRIV_SCHEDULE_SEND = 1 << 11,
};

enum dav_verb_flag {
	VERB_BODY_XML = 1, /* body must be XML (may be empty with VERB_BODY_OPTIONAL) */
	VERB_BODY_OPTIONAL = 2,
	VERB_MUST_EXIST = 4, /* 404 otherwise */
	VERB_SAFE = 8,       /* changes nothing */
	/* body is content (PUT); other verbs answer 415 to a body they do not know */
	VERB_BODY_BYTES = 16,
	VERB_NO_CACHE = 32, /* every answer says Cache-Control: no-cache */
};

struct dav_exchange;

struct dav_verb {
	const char *name;
	unsigned kinds; /* enum dav_kind bits it works on; the same column prints Allow: */
	/* RFC 3744 Appendix B as two columns: on the target, and on the collection it is in; of a target that does not exist,
	 * on that collection alone. */
	unsigned needs, needs_parent, needs_new;
	unsigned flags;
	enum dav_code (*run)(struct dav_exchange *x);
};

extern const struct dav_verb dav_verbs[]; /* ends with name NULL */
const struct dav_verb *dav_verb_find(const char *name);

/* Privileges that a request lacks on one resource. */
#define DAV_MAX_NEEDS 4
struct dav_need {
	const char *href;
	unsigned bits;
};

struct dav_exchange {
	struct dav_server *server;
	const struct dav_request *request;
	struct dav_response *response;
	struct arena *arena;             /* lives as long as the response */
	struct store_snapshot *snapshot; /* pinned; a new one at each replay */
	const struct dav_verb *verb;
	struct dav_resource target;
	enum dav_depth depth;
	struct xml_element *xml; /* parsed body, or NULL when empty */
	bool minimal;            /* Prefer: return=minimal or Brief: t (RFC 8144, 7240) */
	bool representation;     /* Prefer: return=representation */
	bool noroot;             /* a listing without the collection itself (RFC 8144 4) */
	unsigned preferred;      /* enum dav_preference: what stood in Prefer and this verb heeds */
	unsigned applied;        /* what of it was done, for Preference-Applied */
	enum cal_zones zones;    /* CalDAV-Timezones (RFC 7809 7.1) */
	unsigned replays;

	/* State tokens that stand in If, whatever was made of them (RFC 4918 10.4.1). */
	const char **tokens;
	size_t n_tokens, cap_tokens;
	uint64_t locks_seen; /* lock_number() before this attempt (storage/lock.h) */

	/* Rights and sight, as far as they were asked for in this attempt (view.c). */
	struct dav_seeing *seeing;

	/* What an error body or a row says beside the code; set by dav_fail*. */
	const char *detail_href; /* inside no-uid-conflict */
	const char
		*detail_xml; /* d:href elements inside lock-token-submitted, no-conflicting-lock */
	/* inside need-privileges: each resource and what is lacking there (RFC 3744 7.1.1) */
	struct dav_need needs[DAV_MAX_NEEDS];
	size_t n_needs;
	/* for people: goes to a header X-Daybook-Reason and the log, never into DAV:error */
	const char *detail_text;

	/* The write being built. */
	struct store_change *changes;
	size_t n_changes, cap_changes;
	const char *subject;
	struct store_result result; /* when finish runs */
	/* after the commit; maps nothing but success */
	enum dav_code (*finish)(struct dav_exchange *x);

	/* Rows: set by dav_answer_rows. */
	bool (*next_row)(struct dav_exchange *x, struct buf *out);
	void *rows;       /* the producer's own state, in the arena */
	const char *tail; /* after the last row */
	/* cleared before every row: use it in next_row and property getters */
	struct arena *row_arena;
	bool unconverted;    /* the card of this row cannot be had in the version asked for */
	unsigned unexpanded; /* objects with more instances than an expansion may have */
};

/* --- answering --- */
enum dav_code dav_fail(struct dav_exchange *x, enum dav_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
enum dav_code dav_fail_href(struct dav_exchange *x, enum dav_code code, const char *href);
/* copied; replaces */
void dav_set_header(struct dav_exchange *x, const char *name, const char *value);
const char *dav_header(const struct dav_exchange *x, const char *name);
/* 207: `head` is what stands before the rows beside the XML declaration and <d:multistatus>,
 * usually ""; rows come from `next` (append one d:response; false at the end, nothing appended);
 * `tail` before </d:multistatus> (may be set by `next` at the end through x->tail). Whatever can
 * change the status must be checked before this. Returns DAV_MULTISTATUS. */
enum dav_code dav_answer_rows(
	struct dav_exchange *x, bool (*next)(struct dav_exchange *, struct buf *), void *state);
/* A whole body at once. */
enum dav_code dav_answer(
	struct dav_exchange *x, enum dav_code code, const char *content_type, struct buf *body);

/* --- writing --- */
struct store_change *dav_change(struct dav_exchange *x); /* a new zeroed change to fill */
/* Hands the changes to the committer; returns DAV_WAIT. On STORE_CONFLICT handle.c replays the verb
 * on a new snapshot. `what`: 'A', 'M', 'D', 'V' (moved), 'C' (copied), 'P' (properties), 'S' (rights),
 * 'N' (new collection), 'R' (removed collection). */
enum dav_code dav_submit(struct dav_exchange *x, char what, const char *summary,
	enum dav_code (*finish)(struct dav_exchange *x));

/* --- rights (priv.c): one place decides --- */
unsigned dav_privileges(const struct dav_exchange *x, const struct dav_resource *resource);
/* On the collection that it is in, as far as this member is concerned (webdav/acl.h, ACE_CREATOR). */
unsigned dav_parent_privileges(const struct dav_exchange *x, const struct dav_resource *resource);
/* OK, NOT_FOUND (nothing, or no more than read-free-busy, is held: looks as if nothing were there), or NEED_PRIVILEGES, and
 * x->needs says where and what. `needs` 0: is it seen? Of the parent of what is not there: could it be seen? */
enum dav_code dav_require(
	struct dav_exchange *x, const struct dav_resource *resource, unsigned needs);
enum dav_code dav_require_parent(
	struct dav_exchange *x, const struct dav_resource *resource, unsigned needs);
/* How much of an item the person sees. */
enum dav_sight dav_sight(const struct dav_exchange *x, const struct dav_resource *item);

/* --- conditions (cond.c): If-Match, If-None-Match, If, If-Modified-Since, If-Schedule-Tag-Match
 * --- */
enum dav_code dav_conditions(struct dav_exchange *x);

/* ETag of what GET gives to this request, with quotes; NULL for what has none. */
const char *dav_etag(
	const struct dav_exchange *x, struct arena *arena, const struct dav_resource *resource);

/* --- sync tokens (token.c; DESIGN.md section 7) --- */
char *dav_token(
	const struct dav_exchange *x, struct arena *arena, const struct dav_resource *resource);

#endif
