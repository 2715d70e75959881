/* SPDX-License-Identifier: ISC */
/*
 * The HTTP adapter: libmicrohttpd on one side, dav_handle, api_handle and two small pages on the
 * other. Poll threads read and write sockets, answer what is certainly small (dav_is_quick), and
 * never wait; everything else runs on workers while the connection is suspended.
 */
#ifndef SRC_HTTPD_H
#define SRC_HTTPD_H

#include "src/app.h"
#include "src/listen.h"

#define HTTPD_MAX_HEADERS (64u * 1024) /* request line and headers: 431 or 414 beyond */
#define HTTPD_MAX_DRAIN                                                                            \
	(64u * 1024 * 1024) /* of a refused body that is read to keep the connection */
#define HTTPD_MAX_DRAIN_EXPECT                                                                     \
	(1024u * 1024) /* likewise, when the client waits for 100 (RFC 9110 10.1.1) */
#define HTTPD_MAX_BODIES                                                                           \
	(UINT64_C(1024) * 1024 * 1024) /* request bodies in memory, all together: 503 beyond */
#define HTTPD_MAX_QUEUE 1024           /* requests waiting for a worker: 503 beyond */
#define HTTPD_MAX_HASHES 128           /* log-ins waiting for their hash: 503 beyond */
#define HTTPD_MAX_CONTROL 64           /* connections on the control socket */
#define HTTPD_CHUNK (256u * 1024)      /* asked of a producer at once */
#define HTTPD_MAX_CHUNK (512u * 1024 * 1024) /* what one row of a producer may grow to */
#define HTTPD_RETRY_AFTER 5                  /* seconds, with 503 */
#define HTTPD_GRACE 30                       /* seconds a stop waits for running requests */
#define HTTPD_STUCK 10 /* seconds more for workers, then the process ends hard */

struct httpd;

/* Serves on `listeners` (taken over, also when it fails). NULL with *why, which
 * lives as long as the configuration, like that of httpd_reload. */
struct httpd *httpd_start(
	struct app *app, const struct listener *listeners, size_t count, const char **why);
/* Reads certificate and key again: new connections get the new ones. False with *why: the old ones
 * stay. */
bool httpd_reload(struct httpd *httpd, const char **why);
/* Once a second: ends what httpd_reload retired. */
void httpd_tick(struct httpd *httpd);
/* Stops listening, lets running requests finish (HTTPD_GRACE), ends all threads, frees. */
void httpd_stop(struct httpd *httpd);

#endif
