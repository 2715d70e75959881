/* SPDX-License-Identifier: ISC */
/*
 * Which target goes where: a table, first match wins. DESIGN.md section 1 has the addresses.
 */
#include "src/httpd_private.h"
#include "src/public.h"

#include "src/base/text.h"

static bool reads(const struct request *request)
{
	return text_equal(request->dav.method, "GET") || text_equal(request->dav.method, "HEAD");
}

static bool serves_health(const struct request *request)
{
	return reads(request) && text_equal(request->path, "/health");
}

static bool serves_page(const struct request *request)
{
	return reads(request) && text_equal(request->path, "/");
}

static bool serves_api(const struct request *request)
{
	return api_serves(request->dav.target);
}

/* Discovery begins at "/" with any method but those of browsers. */
static bool serves_top(const struct request *request)
{
	return text_equal(request->path, "/");
}

static bool serves_dav(const struct request *request)
{
	return text_equal(request->path, "/dav") || text_starts(request->path, "/dav/") ||
		text_starts(request->path, "/.well-known/");
}

static bool serves_public_any(const struct request *request)
{
	return text_equal(request->path, "/public") || text_starts(request->path, PUBLIC_PREFIX);
}

static bool serves_public(const struct request *request)
{
	return reads(request) && serves_public_any(request);
}

static bool serves_rest(const struct request *request)
{
	(void)request;
	return true;
}

static bool never(const struct request *request)
{
	(void)request;
	return false;
}

static bool always(const struct request *request)
{
	(void)request;
	return true;
}

static bool dav_login(const struct request *request)
{
	return dav_needs_login(request->dav.method, request->dav.target);
}

/* For strangers: nothing of it is kept. */
static size_t no_body(const struct request *request)
{
	(void)request;
	return 0;
}

static size_t small_body(const struct request *request)
{
	(void)request;
	return DAV_INLINE_BODY;
}

static size_t large_body(const struct request *request)
{
	const struct config *config = request->door->httpd->app->config;

	return config->max_file_size > config->max_resource_size ? config->max_file_size
								 : config->max_resource_size;
}

/* The transport's limit; that an object is too large for its calendar is answered by the protocol
 * (RFC 4791 5.3.2.1). */
static size_t dav_body(const struct request *request)
{
	return text_equal(request->dav.method, "PUT") ? large_body(request) : DAV_MAX_XML;
}

static void not_found(struct request *request)
{
	reply_own(request, OWN_NOT_FOUND, NULL);
}

static const struct route routes[] = {
	/* clang-format off */
	{serves_health, never, AUTH_ANYWHERE, small_body, page_health, NULL, NULL, true},
	{serves_page, never, AUTH_ANYWHERE, small_body, page_answer, NULL, NULL, false},
	{serves_api, always, AUTH_MANAGE, large_body, NULL, NULL, work_api, true},
	{serves_top, dav_login, AUTH_ANYWHERE, dav_body, answer_dav, quick_dav, work_dav, false},
	{serves_dav, dav_login, AUTH_SYNC, dav_body, answer_dav, quick_dav, work_dav, false},
	{serves_public, never, AUTH_ANYWHERE, no_body, NULL, NULL, work_public, false},
	{serves_public_any, never, AUTH_ANYWHERE, no_body, public_read_only, NULL, NULL, false},
	{serves_rest, never, AUTH_ANYWHERE, small_body, not_found, NULL, NULL, false},
	/* clang-format on */
};

const struct route *route_find(const struct request *request)
{
	for (const struct route *route = routes;; route++)
		if (route->serves(request))
			return route;
}
