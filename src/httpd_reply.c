/* SPDX-License-Identifier: ISC */
/*
 * Replies, on the poll thread: those the adapter gives on its own (a table), and those that workers
 * prepared, as bytes with Content-Length or, part by part, from a producer.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

#include <string.h>

#define STREAM_BLOCK                                                                               \
	(32u * 1024) /* libmicrohttpd's buffer for replies without a length to HTTP/1.0 clients */

static const struct {
	int status;
	const char *text;
} owns[] = {
	[OWN_NONE] = {500, "There is no answer to this."},
	[OWN_BAD_REQUEST] = {400, "This is not a well-formed request."},
	[OWN_LOGIN] = {401, "Please log in with your Daybook name and password."},
	[OWN_LOGIN_DEVICE] = {401,
		"Here a device needs a password of its own instead of your main one: "
		"make one with 'daybook device add'."},
	[OWN_LOGIN_PERSONAL] = {403,
		"This is a device's password, good for sync only: log in with your "
		"own password."},
	[OWN_WAIT] = {429, "Too many failed log-ins from here; wait, then try again."},
	[OWN_NOT_FOUND] = {404, "There is nothing here. Calendars are below /dav/."},
	[OWN_TOO_LARGE] = {413, "The body is larger than this server takes."},
	[OWN_NOT_IMPLEMENTED] = {501, "This server does not know this method."},
	[OWN_BUSY] = {503, "Too much to do at the moment; try again in a few seconds."},
	[OWN_READ_ONLY] = {405, "This address can only be read: GET and HEAD."},
};

void reply_own(struct request *request, enum own own, const char *text)
{
	request->own = own;
	request->own_text = text;
}

static void own_reply(struct request *request)
{
	struct arena *arena = request->arena;
	bool json = request->route && request->route->json;
	const char *text = request->own_text ? request->own_text : owns[request->own].text;
	struct dav_header *headers = arena_array(arena, 4, sizeof(*headers));
	size_t count = 0;

	headers[count++] = (struct dav_header){
		"Content-Type", json ? "application/json" : "text/plain; charset=utf-8"};
	headers[count++] = (struct dav_header){"Cache-Control", "no-store"};
	if (owns[request->own].status == 401) /* RFC 7617 2.1: the charset that passwords are in */
		headers[count++] = (struct dav_header){
			"WWW-Authenticate", "Basic realm=\"Daybook\", charset=\"UTF-8\""};
	if (request->own == OWN_READ_ONLY) /* RFC 9110 15.5.6 */
		headers[count++] = (struct dav_header){"Allow", "GET, HEAD"};
	if (request->own == OWN_WAIT || request->own == OWN_BUSY)
		headers[count++] = (struct dav_header){"Retry-After",
			arena_printf(arena, "%u",
				request->own == OWN_WAIT ? request->wait : HTTPD_RETRY_AFTER)};
	if (request->own == OWN_LOGIN_DEVICE || request->own == OWN_LOGIN_PERSONAL)
		headers[count++] = (struct dav_header){"X-Daybook-Reason", text};
	const char *body = arena_printf(arena, json ? "{\"error\": \"%s\"}\n" : "%s\n", text);

	request->reply = (struct reply){
		.status = owns[request->own].status,
		.headers = headers,
		.n_headers = count,
		.body = body,
		.len = strlen(body),
	};
}

/* ---- producers ---- */

/* libmicrohttpd wants up to `max` more bytes. When the part is sent, a worker makes the next while
 * the connection sleeps. */
static ssize_t read_part(void *payload, uint64_t position, char *out, size_t max)
{
	struct request *request = payload;
	struct reply *reply = &request->reply;
	size_t left = reply->len - request->part_sent;

	(void)position;
	if (request->broken)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (left) {
		size_t len = left < max ? left : max;

		memcpy(out, reply->body + request->part_sent, len);
		request->part_sent += len;
		request->bytes_out += len;
		return (ssize_t)len;
	}
	if (request->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	request->work.run = work_produce;
	if (!request_park(request))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	workers_push_always(request->door->httpd->workers, &request->work);
	return 0;
}

static struct MHD_Response *from_producer(struct request *request, uint64_t size)
{
	return MHD_create_response_from_callback(size, STREAM_BLOCK, read_part, request, NULL);
}

/* RFC 9110 15.4.5: no body. libmicrohttpd gives the size of the response as Content-Length, and
 * that must be the representation's (8.6). Where it is unknown: chunked would make Python's
 * http.client wait for a chunk, so close. */
static struct MHD_Response *not_modified(struct request *request)
{
	size_t length = request->reply.length;
	struct MHD_Response *response = from_producer(request, length ? length : MHD_SIZE_UNKNOWN);

	request->ended = true;
	if (response && !length)
		MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return response;
}

static struct MHD_Response *make_response(struct request *request)
{
	const struct reply *reply = &request->reply;

	if (reply->status == MHD_HTTP_NOT_MODIFIED)
		return not_modified(request);
	if (reply->producing)
		return from_producer(request, reply->length ? reply->length : MHD_SIZE_UNKNOWN);
	if (!text_equal(request->dav.method, "HEAD"))
		request->bytes_out = reply->len;
	/* The bytes live as long as the request, and that longer than the response. */
	return MHD_create_response_from_buffer(
		reply->len, (void *)(reply->len ? reply->body : ""), MHD_RESPMEM_PERSISTENT);
}

static void add_headers(struct request *request, struct MHD_Response *response)
{
	for (size_t i = 0; i < request->reply.n_headers; i++)
		MHD_add_response_header(
			response, request->reply.headers[i].name, request->reply.headers[i].value);
	MHD_add_response_header(response, "X-Request-Id", request->id);
	if (request->close || atomic_load(&request->door->leaving))
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

enum MHD_Result reply_queue(struct request *request)
{
	if (request->own != OWN_NONE)
		own_reply(request);
	request->phase = PHASE_REPLY;
	struct MHD_Response *response = make_response(request);

	if (!response)
		return MHD_NO;
	add_headers(request, response);
	enum MHD_Result result = MHD_queue_response(
		request->connection, (unsigned)request->reply.status, response);

	MHD_destroy_response(response);
	return result;
}
