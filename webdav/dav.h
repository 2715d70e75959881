/* SPDX-License-Identifier: ISC */
/*
 * The protocol as a plain function: a request struct in, a response struct out, no socket.
 * Everything the HTTP adapter, the tests and the fuzzer need; the private headers of this folder
 * start at webdav/exchange.h.
 */
#ifndef WEBDAV_DAV_H
#define WEBDAV_DAV_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "storage/store.h"

#include <stdbool.h>
#include <stddef.h>

/* default of limits.max_resource_size: PUT of one object */
#define DAV_MAX_BODY (10u * 1024 * 1024)
/* default of limits.max_file_size: PUT under /dav/files/; transport limit */
#define DAV_MAX_FILE (100u * 1024 * 1024)
/* XML request bodies (REPORT bodies of 1 MB are real) */
#define DAV_MAX_XML (4u * 1024 * 1024)
/* up to this a response body is bytes with Content-Length, beyond: a producer */
#define DAV_INLINE_BODY (1024u * 1024)
#define DAV_MAX_REPLAYS 8 /* conflicts before 503 */

struct dav_server; /* tables, limits, the store; shared by all threads */

/* Who finds other people without knowing their URL (find.h). */
enum dav_search {
	DAV_SEARCH_MEMBERS, /* everybody everybody */
	DAV_SEARCH_GROUPS,  /* whoever is in a group with oneself */
	DAV_SEARCH_ADMINS,  /* administrators alone */
};

struct dav_config {
	struct store *store;
	size_t max_resource_size, max_file_size; /* 0: the defaults above */
	/* RFC 4791 5.2.6 to 5.2.9; 0: the defaults of ical/cal.h */
	int64_t min_date_time, max_date_time;
	unsigned max_instances, max_attendees;
	uint64_t quota; /* bytes that one user may have; 0: any number */
	enum dav_search search;
	/* "https://cal.example.org" or NULL: from the request */
	const char *public_url;
	/* A thread keeps birthday calendars in step with each commit; else dav_server_free does (birthdays.h). */
	bool follow;
};

struct dav_server *dav_server_new(const struct dav_config *config);
void dav_server_free(struct dav_server *server);

/* May a user get `more` bytes, while `less` go (RFC 4331)? For ways in that are no request. */
bool dav_quota_allows(struct dav_server *server, const struct store_snapshot *snapshot,
	struct arena *arena, const char *owner, uint64_t more, uint64_t less);

struct dav_header {
	const char *name, *value;
};

/* What a device's password is good for; 0: everything its owner may. It never carries the role of an admin. */
enum dav_scope {
	DAV_SCOPE_CALENDARS = 1, /* calendars alone, beside what discovery needs */
	DAV_SCOPE_CONTACTS = 2,  /* address books alone, likewise */
	DAV_SCOPE_READ_ONLY = 4, /* nothing is changed; goes with the others */
};

/* Who asks, as log-in found it. name NULL: nobody. */
struct dav_person {
	const char *name;         /* canonical user name */
	const char *display_name; /* for commits; NULL: name */
	const char *mail;         /* or NULL */
	const char *device;       /* or NULL */
	unsigned scope;           /* enum dav_scope */
	bool admin;
};

/* How much of an item somebody sees (view.h has the rules). */
enum dav_sight { DAV_SEES_NOTHING, DAV_SEES_BUSY, DAV_SEES_ALL };

/* Who comes to /public/ instead of logging in: may GET this one collection, by a link as a reader or, with `busy`, as
 * somebody who sees when it is taken. The person is nobody then. */
struct dav_guest {
	const char *collection; /* its path in the store: "calendars/anna/club" */
	const char *id;         /* its id: a later collection of the same name is another one */
	bool busy;
	const char *path; /* of the address they came to, percent-encoded: "/public/TOKEN.ics" */
	/* no link: the rights are those that the ACEs give to nobody (RFC 3744 5.5.1), `busy` says nothing */
	bool by_acl;
};

struct dav_request {
	const char *method; /* as sent, case matters */
	const char *target; /* raw: "/dav/calendars/anna/home/x%20y.ics?query", undecoded */
	const struct dav_header *headers;
	size_t n_headers;
	const char *body; /* NUL-terminated after body_len */
	size_t body_len;
	bool body_too_large; /* the adapter gave up collecting: answer 413 */
	struct dav_person person;
	const struct dav_guest *guest; /* or NULL */
	/* No client, but the export of whoever keeps a copy: GET of an address book converts no card. */
	bool as_stored;
	/* as the client sees us, after trusted proxies: "https", "cal.example.org:8443" */
	const char *scheme, *host;
	const char *request_id;
	/* After DAV_PENDING called exactly once, from another thread, maybe before dav_handle
	 * returned: then call dav_resume. */
	void (*wake)(void *payload);
	void *wake_payload;
};

/* The response. Zero it; free it with dav_response_free (also ends an unfinished producer). */
struct dav_response {
	int status;
	struct dav_header *headers; /* in response->arena; Content-Length is the adapter's */
	size_t n_headers;
	struct buf body; /* complete when !producing, else the first part */
	bool producing;  /* more comes from dav_produce */
	/* of the whole body, where it is produced and known: Content-Length; else 0 */
	size_t length;
	struct arena *arena;
	struct dav_exchange *exchange; /* private */
};

enum dav_state { DAV_DONE, DAV_PENDING };

/* Answers one request. `request` and all it points to must live until the response is freed. */
enum dav_state dav_handle(struct dav_server *server, const struct dav_request *request,
	struct dav_response *response);
/* True when dav_handle will certainly be done at once and with little work, as far as the newest
 * state tells: small items, single rows, no writes. Such a request may be answered by a thread that
 * must not wait. */
bool dav_is_quick(struct dav_server *server, const struct dav_request *request);
/* After a wake. */
enum dav_state dav_resume(struct dav_response *response);
/* Appends at least one more byte to `chunk` (about `want` bytes); false when nothing is left. Needs
 * the thread for at most a few milliseconds; not a poll thread. */
bool dav_produce(struct dav_response *response, struct buf *chunk, size_t want);
void dav_response_free(struct dav_response *response);
/* dav_handle for tests and commands: waits for the committer, collects the whole body.
 * request->wake is ignored. */
void dav_handle_wait(struct dav_server *server, const struct dav_request *request,
	struct dav_response *response);

/* NULL when absent; first one */
const char *dav_request_header(const struct dav_request *request, const char *name);
const char *dav_response_header(const struct dav_response *response, const char *name);

/* True for targets that only log-in may touch (all below /dav/, and DAV methods on "/"), by shape,
 * never by existence; OPTIONS is always free. The adapter answers 401 from this without asking the
 * store. */
bool dav_needs_login(const char *method, const char *target);

/* The words for one change, as commit subjects have them: Anna added "Dentist" to home. For
 * commands and the API. */
char *dav_subject(struct arena *arena, const char *who, char what, const char *summary,
	const char *collection);

/*
 * Glances: what a person may know of collections and of single versions of their items, for ways out that are no request
 * (the log, imports). One rule with all others (view.h): of a version is told the least of what they may see of the item as
 * it is now, and of what they saw of it then. Whoever lost a right does not go on reading in the log, and whoever was given
 * one does not find there what went before.
 */
struct dav_glance;
/* At `snapshot`, which is borrowed, with the rights of `person`; NULL: of whoever keeps the data folder, who sees all. One
 * thread at a time. */
struct dav_glance *dav_glance_open(struct dav_server *server, struct store_snapshot *snapshot,
	const struct dav_person *person);
void dav_glance_close(struct dav_glance *glance);

/* An item as it stood after one commit. */
struct dav_version {
	const char *collection; /* its path in the store: of what a share shows, not the share's */
	const char *name;
	uint64_t position;    /* of the commit (store.h) */
	struct store_oid oid; /* its bytes; zero: those that stood there */
};
/* NOTHING also for what never was there, or cannot be read by anybody but its owner. `summary`, where it is not NULL, gets
 * SUMMARY or FN of what is seen whole, in the arena, else NULL. */
enum dav_sight dav_glance_item(struct dav_glance *glance, const struct dav_version *version,
	struct arena *arena, const char **summary);
/* May they read the collection itself, now and at that commit? `path` as above. */
bool dav_glance_collection(struct dav_glance *glance, const char *path, uint64_t position);
/* How many entries were there after that commit; false: they may not know. */
bool dav_glance_count(
	struct dav_glance *glance, const char *path, uint64_t position, size_t *count);
/* May they put an entry of this name there now: replace the one that has it, or else add it (`name` NULL: any new one)? */
bool dav_glance_may_put(struct dav_glance *glance, const char *path, const char *name);
/* What they call a collection: a share has a name of its own. The last segment of the path, where it has none, or may not
 * be read. In the arena. */
char *dav_glance_title(struct dav_glance *glance, const char *path, struct arena *arena);

#endif
