/* SPDX-License-Identifier: ISC */
/*
 * Answers: headers, error bodies (RFC 4918 14, 16: exactly one element inside DAV:error, no text),
 * whole bodies and bodies in rows (207, RFC 4918 13).
 */
#include "webdav/server.h"

#include "src/base/text.h"
#include "webdav/allow.h"
#include "webdav/priv.h"
#include "webdav/verb.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A class is announced only when all its MUSTs are met. RFC 4918 18, 3744 7.2, 4791 5.1, 6352 6.1, 5689 3.1. */
#define DAV_HEADER                                                                                 \
	"1, 2, 3, access-control, calendar-access, calendar-availability, addressbook, "           \
	"extended-mkcol"
#define RETRY_AFTER "5"
#define XML_TYPE "application/xml; charset=utf-8"
#define MAX_REASON 200

enum dav_code dav_fail(struct dav_exchange *x, enum dav_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	x->detail_text = arena_vprintf(x->arena, format, args);
	va_end(args);
	return code;
}

enum dav_code dav_fail_href(struct dav_exchange *x, enum dav_code code, const char *href)
{
	x->detail_href = arena_strdup(x->arena, href);
	return code;
}

const char *dav_request_header(const struct dav_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

const char *dav_response_header(const struct dav_response *response, const char *name)
{
	for (size_t i = 0; i < response->n_headers; i++)
		if (strcasecmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}

const char *dav_header(const struct dav_exchange *x, const char *name)
{
	return dav_request_header(x->request, name);
}

void dav_set_header(struct dav_exchange *x, const char *name, const char *value)
{
	struct dav_response *response = x->response;
	size_t i = 0;

	while (i < response->n_headers && strcasecmp(response->headers[i].name, name) != 0)
		i++;
	if (i == response->n_headers) {
		response->headers = arena_grow(x->arena, response->headers,
			&running(x)->cap_headers, ++response->n_headers, sizeof(struct dav_header));
		response->headers[i].name = arena_strdup(x->arena, name);
	}
	response->headers[i].value = arena_strdup(x->arena, value);
}

enum dav_code dav_answer(
	struct dav_exchange *x, enum dav_code code, const char *content_type, struct buf *body)
{
	if (content_type)
		dav_set_header(x, "Content-Type", content_type);
	buf_free(&x->response->body);
	x->response->body = *body;
	*body = (struct buf){0};
	running(x)->answered = true;
	return code;
}

enum dav_code dav_answer_stream(struct dav_exchange *x, enum dav_code code,
	const char *content_type, bool (*next)(struct dav_exchange *, struct buf *), void *state)
{
	dav_set_header(x, "Content-Type", content_type);
	x->next_row = next;
	x->rows = state;
	running(x)->answered = true;
	running(x)->opened = true;
	return code;
}

enum dav_code dav_answer_rows(
	struct dav_exchange *x, bool (*next)(struct dav_exchange *, struct buf *), void *state)
{
	dav_answer_stream(x, DAV_MULTISTATUS, XML_TYPE, next, state);
	running(x)->opened = false;
	running(x)->wrapped = true;
	return DAV_MULTISTATUS;
}

void dav_rows(struct dav_exchange *x, struct buf *out, size_t want)
{
	struct running *run = running(x);
	size_t start = out->len;
	bool more = true;

	if (!run->opened)
		buf_adds(out, XML_HEAD "<d:multistatus" XML_NAMESPACES ">\n");
	run->opened = true;
	while (more && out->len - start < want) {
		arena_clear(x->row_arena);
		more = x->next_row(x, out);
	}
	if (more)
		return;
	if (x->tail)
		buf_adds(out, x->tail);
	if (run->wrapped)
		buf_adds(out, "</d:multistatus>\n");
	run->ended = true;
}

/* RFC 3744 7.1.1: a d:resource for each privilege of each resource. */
static void privilege_rows(const struct dav_need *need, struct buf *out)
{
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++) {
		if (!(row->own & need->bits))
			continue;
		buf_adds(out, "<d:resource><d:href>");
		xml_escape(out, need->href);
		buf_adds(out, "</d:href><d:privilege>");
		xml_empty(out, row->ns, row->name);
		buf_adds(out, "</d:privilege></d:resource>");
	}
}

/* What the one element of DAV:error holds, if anything. */
static void error_content(struct dav_exchange *x, enum dav_code code, struct buf *out)
{
	if (code == DAV_NEED_PRIVILEGES) {
		for (size_t i = 0; i < x->n_needs; i++)
			privilege_rows(&x->needs[i], out);
	} else if (x->detail_xml) {
		buf_adds(out, x->detail_xml);
	} else if (x->detail_href) {
		buf_adds(out, "<d:href>");
		xml_escape(out, x->detail_href);
		buf_adds(out, "</d:href>");
	}
}

static void error_body(struct dav_exchange *x, enum dav_code code)
{
	const char *prefix = dav_code_prefix(code), *element = dav_code_element(code);
	struct buf body;

	buf_init(&body, DAV_INLINE_BODY);
	if (!element) {
		buf_adds(&body, dav_code_reason(code));
		buf_addc(&body, '\n');
		dav_answer(x, code, "text/plain; charset=utf-8", &body);
		return;
	}
	buf_addf(&body, XML_HEAD "<d:error" XML_NAMESPACES "><%s:%s>", prefix, element);
	error_content(x, code, &body);
	buf_addf(&body, "</%s:%s></d:error>\n", prefix, element);
	dav_answer(x, code, XML_TYPE, &body);
}

/* A header may hold visible ASCII only. */
static void reason_header(struct dav_exchange *x)
{
	char *text = text_clean_line(x->arena, x->detail_text, MAX_REASON);

	for (char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x7f)
			*c = '?';
	dav_set_header(x, "X-Daybook-Reason", text);
}

/* Headers that belong to a status (RFC 9110 11.6.1, 10.2.1, 10.2.3). */
static void status_headers(struct dav_exchange *x, enum dav_code code)
{
	if (code == DAV_UNAUTHORIZED)
		dav_set_header(x, "WWW-Authenticate", "Basic realm=\"Daybook\", charset=\"UTF-8\"");
	if (code == DAV_METHOD_NOT_ALLOWED || code == DAV_RESOURCE_MUST_BE_NULL_405)
		dav_set_header(x, "Allow", dav_allow(x->arena, dav_verb_kind(&x->target)));
	if (code == DAV_UNAVAILABLE && !dav_response_header(x->response, "Retry-After"))
		dav_set_header(x, "Retry-After", RETRY_AFTER);
}

void dav_finish_response(struct dav_exchange *x, enum dav_code code)
{
	struct dav_response *response = x->response;
	struct running *run = running(x);

	response->status = dav_code_status(code);
	dav_set_header(x, "DAV", DAV_HEADER);
	status_headers(x, code);
	if (response->status >= 400 && !run->answered)
		error_body(x, code);
	/* Where nothing is and where nothing may be seen must look the same. */
	if (x->detail_text && code != DAV_NOT_FOUND)
		reason_header(x);
	if (x->verb && x->verb->flags & VERB_NO_CACHE)
		dav_set_header(x, "Cache-Control", "no-cache");
	dav_preference_headers(x, code);
	if (x->next_row) {
		dav_rows(x, &response->body, DAV_INLINE_BODY);
		response->producing = !run->ended;
	}
}

void dav_forget_response(struct dav_exchange *x)
{
	struct running *run = running(x);

	buf_reset(&x->response->body);
	x->response->n_headers = 0;
	run->answered = run->wrapped = run->opened = run->ended = false;
	x->detail_href = x->detail_text = x->detail_xml = x->tail = NULL;
	x->n_needs = 0;
	x->applied = 0;
	x->next_row = NULL;
	x->rows = NULL;
	x->changes = NULL;
	x->n_changes = x->cap_changes = 0;
	x->subject = NULL;
	x->finish = NULL;
	run->place = NULL;
}

void dav_response_free(struct dav_response *response)
{
	struct dav_exchange *x = response->exchange;

	buf_free(&response->body);
	if (x) {
		if (running(x)->release)
			running(x)->release(x);
		dav_seeing_end(x);
		if (x->snapshot)
			store_snapshot_free(x->snapshot);
		arena_free(x->row_arena);
	}
	arena_free(response->arena);
	*response = (struct dav_response){0};
}

bool dav_produce(struct dav_response *response, struct buf *chunk, size_t want)
{
	struct dav_exchange *x = response->exchange;

	if (!response->producing)
		return false;
	dav_rows(x, chunk, want ? want : 1);
	response->producing = !running(x)->ended;
	return true;
}
