/* SPDX-License-Identifier: ISC */
/*
 * What a dav_server is made of, for webdav/ alone: the store, the limits, and the few things an
 * exchange carries that verbs and reports do not need to see (handle.c, answer.c).
 */
#ifndef WEBDAV_SERVER_H
#define WEBDAV_SERVER_H

#include "ical/cal.h"
#include "webdav/exchange.h"

#include <stdatomic.h>

struct dav_server {
	struct store *store;
	size_t max_resource_size, max_file_size;
	struct cal_bounds bounds; /* of what is new in a calendar */
	uint64_t quota;           /* 0: none */
	struct dav_marks *marks;
	struct dav_birthdays *birthdays;
	enum dav_search search;
	const char *public_host; /* "cal.example.org:8443" of public_url, or NULL */
	struct arena *arena;     /* owns public_host */
};

/* The committer's result and the return of dav_handle meet here; whoever comes second goes on. */
enum handover { HANDOVER_OPEN, HANDOVER_DONE, HANDOVER_LEFT };

struct running {
	struct dav_exchange x; /* first: a struct running is found from its exchange */
	atomic_int handover;
	struct dav_path path;
	size_t cap_headers;
	const char
		*place; /* store path for the words of the commit; NULL: that of the last change */
	/* what quota.c counted last, on which snapshot */
	const struct store_snapshot *used_snapshot;
	const char *used_owner;
	uint64_t used;
	bool answered;      /* dav_answer has set the body */
	bool wrapped;       /* the rows stand in a d:multistatus */
	bool opened, ended; /* head and tail of the rows are out */
	void (*release)(
		struct dav_exchange *x); /* frees what x->rows holds outside the arena; or NULL */
};

static inline struct running *running(struct dav_exchange *x)
{
	return (struct running *)x;
}

/* Around an attempt on a snapshot: what view.c finds out lives from one to the other. */
void dav_seeing_begin(struct dav_exchange *x);
void dav_seeing_end(struct dav_exchange *x);

/* Turns the outcome of a verb into status, headers and body (answer.c). */
void dav_finish_response(struct dav_exchange *x, enum dav_code code);
/* Appends rows to `out` until it has grown by `want` or all is out (answer.c). */
void dav_rows(struct dav_exchange *x, struct buf *out, size_t want);
/* Forgets what an attempt answered, before a replay. */
void dav_forget_response(struct dav_exchange *x);

/* Reads Prefer and Brief; tells what of them was done (prefer.c). */
void dav_read_preferences(struct dav_exchange *x);
void dav_preference_headers(struct dav_exchange *x, enum dav_code code);
/* Reads Depth and Prefer (headers.c). BAD_REQUEST for a Depth that is none. */
enum dav_code dav_read_headers(struct dav_exchange *x);

#endif
