/* SPDX-License-Identifier: ISC */
/*
 * One line for each request: time, remote, user, method, path, status, bytes, milliseconds, user
 * agent. Never a query string (enrolment has passwords there), never what follows /public/ (it opens
 * a calendar), never a header but the user agent;
 * nothing a client sends can forge a field or a line.
 */
#include "src/httpd_private.h"

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/text.h"

#include <string.h>

#define MAX_AGENT 200
#define MAX_PATH 1000

/* Graphic ASCII without quotes stays, all else is %XX: one word, whatever it was. */
static const char *one_word(struct arena *arena, const char *text)
{
	struct buf out;

	buf_init(&out, MAX_PATH);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p > ' ' && *p < 0x7f && *p != '"' && *p != '\\')
			buf_addc(&out, (char)*p);
		else
			buf_addf(&out, "%%%02X", *p);
	const char *word = arena_strdup(arena, out.len ? out.data : "-");

	buf_free(&out);
	return word;
}

/* Also where a slash, a host or an odd spelling stands before it: a token that did not arrive is one. */
static const char *without_token(struct arena *arena, const char *path)
{
	const char *scheme = strstr(path, "://"), *at = path;

	if (*at != '/' && scheme)
		at = scheme + strlen("://") + strcspn(scheme + strlen("://"), "/");
	at += strspn(at, "/");
	size_t len = strcspn(at, "/");
	const char *first = text_percent_decode(arena, at, len);

	return text_equal_nocase(first, "public") && at[len] ? "/public/..." : path;
}

static const char *quoted(struct arena *arena, const char *text)
{
	char *line = text_clean_line(arena, text ? text : "", MAX_AGENT);

	for (char *p = line; *p; p++)
		if (*p == '"' || *p == '\\')
			*p = '\'';
	return *line ? line : "-";
}

/* libmicrohttpd answers some garbage itself; then only it knows the status. */
static unsigned status_of(const struct request *request)
{
	const union MHD_ConnectionInfo *info;

	if (request->reply.status)
		return (unsigned)request->reply.status;
	info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
	return info ? info->http_status : 0;
}

void log_access(const struct request *request)
{
	struct arena *arena = request->arena;
	const char *user = request->dav.person.name;
	unsigned status = status_of(request);
	char now[21];

	if (!request->door->httpd->app->config->access_log)
		return;
	clock_iso(now, clock_now());
	log_info("%s %s %s %s %s %s %ju %.1f \"%s\" %s", now,
		request->remote ? request->remote : "-", user ? one_word(arena, user) : "-",
		request->dav.method ? one_word(arena, request->dav.method) : "-",
		one_word(arena, without_token(arena, request->path)),
		status ? arena_printf(arena, "%u", status) : "-", (uintmax_t)request->bytes_out,
		(double)(clock_monotonic() - request->started) / 1e6,
		quoted(arena, dav_request_header(&request->dav, "User-Agent")), request->id);
}
