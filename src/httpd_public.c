/* SPDX-License-Identifier: ISC */
/*
 * /public/: calendars and address books for whoever knows the address, without log-in, to be read alone. Found by
 * public.c, then answered by webdav as any other GET, for a guest who is nobody.
 *
 * Whatever leads nowhere, never did, or does no longer has one answer, and is counted by address as wrong passwords are,
 * so that nobody tries addresses in bulk. A right address is looked up first: it never waits, whatever else came from
 * its network.
 */
#include "src/httpd_private.h"
#include "src/public.h"

#include "src/base/text.h"

#include <stdlib.h>

static const char nowhere[] =
	"There is no calendar at this address: a link may have been revoked, or have expired.";
static const char wait_first[] =
	"Too many addresses that lead nowhere were asked for from here; wait, then try again.";

static void refuse(struct request *request)
{
	request->wait = auth_wrong_address(request->door->httpd->app->auth, request->remote);
	if (request->wait)
		reply_own(request, OWN_WAIT, wait_first);
	else
		reply_own(request, OWN_NOT_FOUND, nowhere);
}

static const char *const passed[] = {"If-None-Match", "Accept"};
#define N_PASSED (sizeof(passed) / sizeof(*passed))

/* What webdav gets: the collection, and of the client's own words only what makes a 304, and which version of cards it likes. */
static const struct dav_request *guest_request(
	struct request *request, const struct public_place *place)
{
	struct dav_request *dav = arena_memdup(request->arena, &request->dav, sizeof(*dav));
	struct dav_guest *guest = arena_memdup(request->arena, &place->guest, sizeof(*guest));
	struct dav_header *headers = arena_array(request->arena, N_PASSED, sizeof(*headers));
	size_t n = 0;

	for (size_t i = 0; i < N_PASSED; i++) {
		const char *value = dav_request_header(&request->dav, passed[i]);
		if (value)
			headers[n++] = (struct dav_header){passed[i], value};
	}
	guest->path = request->path;
	dav->target = place->target;
	dav->guest = guest;
	dav->person = (struct dav_person){0};
	dav->headers = headers;
	dav->n_headers = n;
	dav->body = "";
	dav->body_len = 0;
	dav->body_too_large = false;
	return dav;
}

/* `no-cache`: kept, but asked for each time, which the ETag makes cheap; else a revoked link would go on showing what some
 * cache still has. `private`: by the client, not by a proxy that serves others. */
static const struct dav_header own_headers[] = {
	{"Cache-Control", "private, no-cache"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Robots-Tag", "noindex"},
};
#define N_OWN (sizeof(own_headers) / sizeof(*own_headers))

/* All that webdav said, but that this were WebDAV. */
static void set_headers(struct request *request)
{
	struct reply *reply = &request->reply;
	struct dav_header *headers = arena_array(
		request->arena, reply->n_headers + N_OWN, sizeof(*headers));
	size_t n = 0;

	for (size_t i = 0; i < reply->n_headers; i++)
		if (!text_equal_nocase(reply->headers[i].name, "DAV"))
			headers[n++] = reply->headers[i];
	for (size_t i = 0; i < N_OWN; i++)
		headers[n++] = own_headers[i];
	reply->headers = headers;
	reply->n_headers = n;
}

/* Those of webdav that say no more than "you may not": how it says so must not tell what is there. */
static bool is_denial(int status)
{
	return status == MHD_HTTP_UNAUTHORIZED || status == MHD_HTTP_FORBIDDEN ||
		status == MHD_HTTP_NOT_FOUND;
}

static void show(struct request *request, const struct public_place *place)
{
	struct app *app = request->door->httpd->app;

	if (dav_handle(app->dav, guest_request(request, place), &request->dav_response) != DAV_DONE)
		abort(); /* GET and HEAD write nothing */
	if (is_denial(request->dav_response.status)) {
		refuse(request);
		return;
	}
	take_response(request);
	set_headers(request);
	if (place->link.token && request->dav_response.status < 400)
		link_used(app->store, &place->link);
}

void work_public(struct work *work)
{
	struct request *request = (struct request *)work;
	struct public_place *place = arena_alloc(request->arena, sizeof(*place));

	if (public_find(request->door->httpd->app, request->arena, request->path, place))
		show(request, place);
	else
		refuse(request);
	request_unpark(request);
}

void public_read_only(struct request *request)
{
	reply_own(request, OWN_READ_ONLY, NULL);
}
