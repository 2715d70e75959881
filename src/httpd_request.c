/* SPDX-License-Identifier: ISC */
/*
 * The life of a request on its poll thread. libmicrohttpd calls request_begin with the raw request
 * line, request_handle when the headers are there, with each piece of the body, and at its end, and
 * request_end when all is sent or the client is gone. Between, request_handle hands the request to
 * a pool and is called again when it comes back.
 */
#include "src/httpd_private.h"

#include "src/base/clock.h"
#include "src/base/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool request_park(struct request *request)
{
	struct door *door = request->door;

	/* The count first: httpd_stop sets `closing` and then waits for it to be 0. */
	atomic_fetch_add(&door->suspended, 1);
	if (atomic_load(&door->closing)) {
		atomic_fetch_sub(&door->suspended, 1);
		return false;
	}
	MHD_suspend_connection(request->connection);
	return true;
}

void request_unpark(struct request *request)
{
	struct door *door = request->door;

	MHD_resume_connection(request->connection);
	atomic_fetch_sub(&door->suspended, 1);
}

void *request_begin(void *payload, const char *uri, struct MHD_Connection *connection)
{
	struct door *door = payload;
	struct arena *arena = arena_new();
	struct request *request = arena_alloc(arena, sizeof(*request));
	unsigned char id[8];

	atomic_fetch_add(&door->active, 1);
	request->door = door;
	request->connection = connection;
	request->arena = arena;
	request->started = clock_monotonic();
	randombytes_buf(id, sizeof(id));
	text_hex(request->id, id, sizeof(id));
	/* libmicrohttpd's own url is cut at %00 and decoded; this one is what was sent. */
	request->dav.target = arena_strdup(arena, uri ? uri : "");
	request->path = arena_strndup(
		arena, request->dav.target, strcspn(request->dav.target, "?"));
	request->dav.request_id = request->id;
	return request;
}

/* ---- headers ---- */

struct collecting {
	struct request *request;
	struct dav_header *headers;
	size_t count, cap;
};

static enum MHD_Result one_header(void *payload, enum MHD_ValueKind kind, const char *name,
	size_t name_len, const char *value, size_t value_len)
{
	struct collecting *to = payload;
	struct arena *arena = to->request->arena;

	(void)kind;
	if (memchr(name, 0, name_len) || (value && memchr(value, 0, value_len)))
		reply_own(to->request, OWN_BAD_REQUEST, "A header has a NUL in it.");
	to->headers = arena_grow(arena, to->headers, &to->cap, to->count + 1, sizeof(*to->headers));
	to->headers[to->count++] = (struct dav_header){
		.name = arena_strndup(arena, name, name_len),
		.value = value ? arena_strndup(arena, value, value_len) : "",
	};
	return MHD_YES;
}

static void collect_headers(struct request *request)
{
	struct collecting to = {.request = request};

	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, one_header, &to);
	request->dav.headers = to.headers;
	request->dav.n_headers = to.count;
}

/* Who is on the other end, and how they see us. */
static void look_outside(struct request *request)
{
	const union MHD_ConnectionInfo *peer = MHD_get_connection_info(
		request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct proxy_view view = {
		.remote = proxy_peer(request->arena, peer ? peer->client_addr : NULL),
		.scheme = request->door->listener.tls ? "https" : "http",
		.host = request->dav.host,
	};

	proxy_resolve(request->door->httpd->proxies, request->dav.headers, request->dav.n_headers,
		request->arena, &view);
	request->remote = request->door->listener.control ? "control" : view.remote;
	request->dav.scheme = view.scheme;
	request->dav.host = view.host ? view.host : "localhost";
}

/* ---- the body ---- */

/* Decides before the first byte whether the body is kept, drained, or not even asked for. True:
 * answer now, then close. */
static bool plan_body(struct request *request)
{
	uint64_t declared = request_declared(request);
	bool chunked = request_chunked(request);
	bool expects = text_equal_nocase(
		dav_request_header(&request->dav, "Expect"), "100-continue");
	bool refused = request->own != OWN_NONE;
	bool oversize = !refused && declared > request->max_body;
	uint64_t bound = expects ? HTTPD_MAX_DRAIN_EXPECT : HTTPD_MAX_DRAIN;

	request->draining = refused;
	if (!refused && !oversize)
		return false;
	if (request->close && (declared || chunked))
		return true;
	if (oversize && !expects && declared <= request->max_body + bound)
		return false; /* one that does not ask first would not read our answer */
	if (oversize)
		reply_own(request, OWN_TOO_LARGE, NULL);
	if (oversize || declared > bound || (chunked && expects)) {
		request->close = true;
		return true;
	}
	return false;
}

static void drop_body(struct request *request)
{
	request->draining = true;
	buf_free(&request->body);
	atomic_fetch_sub(&request->door->httpd->bodies, request->counted);
	request->counted = 0;
}

static void keep_body(struct request *request, const char *bytes, size_t len)
{
	struct httpd *httpd = request->door->httpd;
	uint64_t before = request->counted;

	if (!buf_add(&request->body, bytes, len)) {
		request->dav.body_too_large = true;
		drop_body(request);
		return;
	}
	request->counted = request->body.cap;
	uint64_t all = atomic_fetch_add(&httpd->bodies, request->counted - before);

	if (all + request->counted - before > HTTPD_MAX_BODIES) {
		reply_own(request, OWN_BUSY, NULL);
		drop_body(request);
	}
}

static enum MHD_Result take_body(struct request *request, const char *bytes, size_t *len)
{
	if (!request->draining)
		keep_body(request, bytes, *len);
	if (request->draining)
		request->drained += *len;
	*len = 0;
	/* An answer can not be given in the middle of a body: what never ends is cut. */
	return request->drained > HTTPD_MAX_DRAIN ? MHD_NO : MHD_YES;
}

/* ---- phases ---- */

static enum MHD_Result after_login(struct request *request)
{
	if (request->own == OWN_NONE)
		request->max_body = request->route->max_body(request);
	buf_init(&request->body, request->max_body);
	request->phase = PHASE_BODY;
	return plan_body(request) ? reply_queue(request) : MHD_YES;
}

static enum MHD_Result after_head(struct request *request, const char *method, const char *version)
{
	bool dropped = false;

	request->dav.method = arena_strdup(request->arena, method);
	collect_headers(request);
	request_check(request, version);
	look_outside(request);
	if (request->own == OWN_NONE) {
		request->route = route_find(request);
		request->phase = PHASE_LOGIN;
		if (!request_login(request, &dropped))
			return dropped ? MHD_NO : MHD_YES;
	}
	return after_login(request);
}

static enum MHD_Result after_body(struct request *request)
{
	if (request->own == OWN_NONE && request->dav.body_too_large && request->route->json)
		reply_own(request, OWN_TOO_LARGE, NULL);
	if (request->own != OWN_NONE)
		return reply_queue(request);
	request->dav.body = request->body.data ? request->body.data : "";
	request->dav.body_len = request->body.len;
	const struct route *route = request->route;

	if (route->answer && (!route->quick || route->quick(request))) {
		route->answer(request);
		return reply_queue(request);
	}
	request->phase = PHASE_WORK;
	request->work.run = route->run;
	if (!request_park(request))
		return MHD_NO;
	if (workers_push(request->door->httpd->workers, &request->work))
		return MHD_YES;
	reply_own(request, OWN_BUSY, NULL);
	request_unpark(request);
	return MHD_YES;
}

enum MHD_Result request_handle(void *payload, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	struct request *request = *state;

	(void)payload, (void)connection, (void)url;
	switch (request->phase) {
	case PHASE_HEAD:
		return after_head(request, method, version);
	case PHASE_LOGIN:
		request->phase = PHASE_BODY;
		return after_login(request);
	case PHASE_BODY:
		if (*upload_size)
			return take_body(request, upload, upload_size);
		return after_body(request);
	case PHASE_WORK:
		return reply_queue(request);
	case PHASE_REPLY:
		break;
	}
	return MHD_NO;
}

void request_end(void *payload, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;
	struct door *door = payload;

	(void)connection, (void)code;
	if (!request)
		return;
	*state = NULL;
	log_access(request);
	atomic_fetch_sub(&door->httpd->bodies, request->counted);
	if (request->dav_response.arena || request->dav_response.exchange)
		dav_response_free(&request->dav_response);
	if (request->api_response.arena)
		api_response_free(&request->api_response);
	buf_free(&request->body);
	buf_free(&request->chunk);
	arena_free(request->arena);
	atomic_fetch_sub(&door->active, 1);
}
