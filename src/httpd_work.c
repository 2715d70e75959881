/* SPDX-License-Identifier: ISC */
/*
 * What workers do with a request while its connection is suspended. A request that waits for the
 * committer (DAV_PENDING) gives its worker back; the wake, which may come before dav_handle
 * returned, pushes it again: of the two, whoever is second goes on.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

#include <stdlib.h>

enum ticket { TICKET_NONE, TICKET_PARKED, TICKET_WOKEN };

static void resume_dav(struct work *work);

/* On the committer's thread: must not block. */
static void wake(void *payload)
{
	struct request *request = payload;

	if (atomic_exchange(&request->ticket, TICKET_WOKEN) != TICKET_PARKED)
		return;
	request->work.run = resume_dav;
	workers_push_always(request->door->httpd->workers, &request->work);
}

void take_response(struct request *request)
{
	const struct dav_response *response = &request->dav_response;

	request->reply = (struct reply){
		.status = response->status,
		.headers = response->headers,
		.n_headers = response->n_headers,
		.body = response->body.data,
		.len = response->body.len,
		.producing = response->producing,
		.length = response->length,
	};
}

static void go_on(struct request *request, enum dav_state state)
{
	while (state == DAV_PENDING) {
		if (atomic_exchange(&request->ticket, TICKET_PARKED) == TICKET_NONE)
			return; /* wake has it, maybe already */
		atomic_store(&request->ticket, TICKET_NONE);
		state = dav_resume(&request->dav_response);
	}
	take_response(request);
	request_unpark(request);
}

static void resume_dav(struct work *work)
{
	struct request *request = (struct request *)work;

	atomic_store(&request->ticket, TICKET_NONE);
	go_on(request, dav_resume(&request->dav_response));
}

void work_dav(struct work *work)
{
	struct request *request = (struct request *)work;

	request->dav.wake = wake;
	request->dav.wake_payload = request;
	go_on(request,
		dav_handle(request->door->httpd->app->dav, &request->dav, &request->dav_response));
}

bool quick_dav(const struct request *request)
{
	return dav_is_quick(request->door->httpd->app->dav, &request->dav);
}

/* On the poll thread. */
void answer_dav(struct request *request)
{
	struct app *app = request->door->httpd->app;

	if (dav_handle(app->dav, &request->dav, &request->dav_response) != DAV_DONE)
		abort(); /* dav_is_quick promised */
	take_response(request);
}

void work_api(struct work *work)
{
	struct request *request = (struct request *)work;
	struct api_response *response = &request->api_response;
	const struct api_request api = {
		.method = request->dav.method,
		.target = request->dav.target,
		.content_type = dav_request_header(&request->dav, "Content-Type"),
		.body = request->dav.body,
		.body_len = request->dav.body_len,
		.person = request->dav.person,
		.keeper = request->door->listener.control,
		/* the control socket's Host is nobody's address */
		.base = request->door->listener.control
			? NULL
			: arena_printf(request->arena, "%s://%s", request->dav.scheme,
				  request->dav.host),
	};

	api_handle(request->door->httpd->app, &api, response);
	struct dav_header *headers = arena_array(request->arena, 2, sizeof(*headers));

	headers[0] = (struct dav_header){"Content-Type", response->content_type};
	headers[1] = (struct dav_header){"Cache-Control", "no-store"};
	request->reply = (struct reply){
		.status = response->status,
		.headers = response->content_type ? headers : headers + 1,
		.n_headers = response->content_type ? 2 : 1,
		.body = response->body.data,
		.len = response->body.len,
	};
	request_unpark(request);
}

void work_produce(struct work *work)
{
	struct request *request = (struct request *)work;

	/* The first part was the response's own buffer; it is sent. */
	buf_free(&request->dav_response.body);
	if (!request->chunk.max)
		buf_init(&request->chunk, HTTPD_MAX_CHUNK);
	buf_reset(&request->chunk);
	request->ended = !dav_produce(&request->dav_response, &request->chunk, HTTPD_CHUNK);
	request->broken = request->chunk.full;
	request->part_sent = 0;
	request->reply.body = request->chunk.data;
	request->reply.len = request->chunk.len;
	request_unpark(request);
}
