/* SPDX-License-Identifier: ISC */
/*
 * Private to httpd*.c. A request belongs to exactly one thread at a time: to its connection's poll
 * thread, or, from request_park until request_unpark, to a worker. That handing over is all the
 * locking there is.
 */
#ifndef SRC_HTTPD_PRIVATE_H
#define SRC_HTTPD_PRIVATE_H

#include "src/api.h"
#include "src/auth.h"
#include "src/httpd.h"
#include "src/proxy.h"
#include "src/workers.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* One libmicrohttpd daemon on one listening socket. */
struct door {
	struct httpd *httpd;
	struct listener listener;
	struct MHD_Daemon *daemon;
	atomic_bool leaving;   /* no new connections; each answer says Connection: close */
	atomic_bool closing;   /* new work is refused: libmicrohttpd is about to be stopped */
	atomic_uint active;    /* requests between their first line and their end */
	atomic_uint suspended; /* connections that a worker has */
	int64_t deadline;      /* retired doors: monotonic nanoseconds */
	struct door *next;
};

struct httpd {
	struct app *app;
	struct arena *arena;
	const struct proxies *proxies;
	struct workers *workers;
	struct workers *hashers; /* of their own, so that guessing passwords starves nobody */
	struct door *doors;
	struct door *retired;
	atomic_bool starting;    /* libmicrohttpd's complaints are errors now, noise later */
	_Atomic uint64_t bodies; /* bytes of request bodies in memory */
};

enum phase {
	PHASE_HEAD,  /* headers are there */
	PHASE_LOGIN, /* a hasher has it */
	PHASE_BODY,  /* collecting or draining the body */
	PHASE_WORK,  /* a worker has it; when the handler is called again the reply is ready */
	PHASE_REPLY, /* the reply is on its way */
};

/* What the adapter answers on its own; the table is in httpd_reply.c. */
enum own {
	OWN_NONE,
	OWN_BAD_REQUEST,
	OWN_LOGIN,
	OWN_LOGIN_DEVICE,   /* with a device's password only */
	OWN_LOGIN_PERSONAL, /* not with one */
	OWN_WAIT,
	OWN_NOT_FOUND,
	OWN_TOO_LARGE,
	OWN_NOT_IMPLEMENTED,
	OWN_BUSY,
	OWN_READ_ONLY,
};

struct reply {
	int status;
	const struct dav_header *headers;
	size_t n_headers;
	const char *body; /* complete, or the part of a producer that is being sent */
	size_t len;
	bool producing;
	size_t length; /* of the whole body, where that is more than `len`; else 0 */
};

struct request {
	struct work work; /* first: the pool's handle */
	struct door *door;
	struct MHD_Connection *connection;
	struct arena *arena;
	enum phase phase;
	int64_t started; /* monotonic nanoseconds */
	char id[17];
	const struct route *route;
	struct dav_request dav; /* also serves the other routes: method, target, headers, person */
	const char *path;       /* target without query */
	const char *remote;

	/* The body. */
	struct buf body;
	size_t max_body, drained;
	uint64_t counted; /* in httpd->bodies */
	bool draining;

	enum auth_result login;
	unsigned wait; /* seconds, with AUTH_WAIT */

	enum own own;
	const char *own_text; /* NULL: the table's */
	bool close;           /* Connection: close */
	struct reply reply;
	struct dav_response dav_response;
	struct api_response api_response;
	atomic_int ticket; /* httpd_work.c: dav_handle's wake against its return */

	/* A producer's parts. */
	struct buf chunk;
	size_t part_sent;
	bool ended, broken;
	uint64_t bytes_out;
};

/* One kind of target; the table is in httpd_route.c. */
struct route {
	bool (*serves)(const struct request *request);
	bool (*needs_login)(const struct request *request);
	enum auth_place place; /* which passwords are good here */
	size_t (*max_body)(const struct request *request);
	/* At once, on the poll thread: what `quick` admits, everything without `quick`. Or NULL. */
	void (*answer)(struct request *request);
	bool (*quick)(const struct request *request);
	void (*run)(struct work *work); /* on a worker; or NULL */
	bool json;                      /* errors as {"error": …} */
};

/* httpd_request.c: libmicrohttpd's callbacks (the payload is the door), and the hand-over. */
void *request_begin(void *payload, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *payload, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state);
void request_end(void *payload, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code);
/* Suspends the connection; false: the door is closing, the connection must be dropped. */
bool request_park(struct request *request);
/* Gives it back to the poll thread; the caller must not touch the request any more. */
void request_unpark(struct request *request);

/* httpd_check.c: the shape of a request, before anything trusts it. Sets request->own, or leaves
 * OWN_NONE. */
void request_check(struct request *request, const char *version);
/* Content-Length, 0 without one. */
uint64_t request_declared(const struct request *request);
bool request_chunked(const struct request *request);

/* httpd_login.c: false when a hasher has the request now (then, or when the door closes, see
 * *dropped). */
bool request_login(struct request *request, bool *dropped);

/* httpd_route.c */
const struct route *route_find(const struct request *request);

/* httpd_work.c */
bool quick_dav(const struct request *request);
void answer_dav(struct request *request);
void work_dav(struct work *work);
void work_api(struct work *work);
void work_produce(struct work *work);
/* What dav_handle answered becomes the reply. */
void take_response(struct request *request);

/* httpd_reply.c */
void reply_own(struct request *request, enum own own, const char *text);
enum MHD_Result reply_queue(struct request *request);

/* httpd_page.c */
void page_answer(struct request *request);
void page_health(struct request *request);

/* httpd_public.c */
void work_public(struct work *work);
void public_read_only(struct request *request);

/* httpd_log.c */
void log_access(const struct request *request);

/* httpd_tls.c: both files, checked to be a pair. */
struct tls_pair {
	char *cert, *key;
};
bool tls_load(
	struct arena *arena, const struct config *config, struct tls_pair *pair, const char **why);
void tls_wipe(struct tls_pair *pair);

#endif
