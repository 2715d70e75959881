/* SPDX-License-Identifier: ISC */
/*
 * What libmicrohttpd 0.9.75 lets through and a server behind a proxy must not: two ways to say
 * where a message ends (RFC 9112 6.3, 11.2), names of headers with white space (5.1), a missing or
 * double Host (3.2), odd forms of the target. All of these end the connection: what follows on it
 * can not be trusted.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

#include <string.h>

static void refuse(struct request *request, const char *text)
{
	if (request->own == OWN_NONE)
		reply_own(request, OWN_BAD_REQUEST, text);
	request->close = true;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text)
{
	static const char chars[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strspn(text, chars);

	return len && !text[len];
}

/* How often a header stands there; *differ when two values are not the same. */
static size_t count_header(const struct request *request, const char *name, bool *differ)
{
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < request->dav.n_headers; i++) {
		const struct dav_header *header = &request->dav.headers[i];

		if (!text_equal_nocase(header->name, name))
			continue;
		if (first && !text_equal(first, header->value))
			*differ = true;
		first = header->value;
		count++;
	}
	return count;
}

uint64_t request_declared(const struct request *request)
{
	const char *text = dav_request_header(&request->dav, "Content-Length");
	uint64_t value = 0;

	/* libmicrohttpd refused what is not a number. */
	return text && text_to_u64(text, &value) ? value : 0;
}

bool request_chunked(const struct request *request)
{
	return dav_request_header(&request->dav, "Transfer-Encoding") != NULL;
}

static void check_framing(struct request *request, const char *version)
{
	bool differ = false;
	size_t lengths = count_header(request, "Content-Length", &differ);
	size_t encodings = count_header(request, "Transfer-Encoding", &differ);
	const char *encoding = dav_request_header(&request->dav, "Transfer-Encoding");

	if (lengths && encodings)
		refuse(request, "Content-Length and Transfer-Encoding exclude each other.");
	if (differ)
		refuse(request, "Two headers contradict each other about the body's length.");
	if (encodings > 1 || (encoding && !text_equal_nocase(encoding, "chunked")))
		refuse(request, "The only Transfer-Encoding known here is chunked.");
	if (encodings && text_equal(version, MHD_HTTP_VERSION_1_0))
		refuse(request, "HTTP/1.0 has no Transfer-Encoding.");
}

static void check_host(struct request *request, const char *version)
{
	bool differ = false;
	size_t count = count_header(request, "Host", &differ);
	const char *host = dav_request_header(&request->dav, "Host");

	if (count > 1)
		refuse(request, "There is more than one Host header.");
	if (!count && !text_equal(version, MHD_HTTP_VERSION_1_0))
		refuse(request, "The Host header is missing.");
	if (host && *host && !proxy_host_ok(host))
		refuse(request, "The Host header is not a name or an address.");
	request->dav.host = host && *host ? host : NULL;
}

/* RFC 9112 3.2.2: "http://host/path" is to be understood; its host counts, not the header's. */
static void take_absolute_form(struct request *request)
{
	const char *target = request->dav.target;
	const char *authority = strstr(target, "://");

	if (!text_starts_nocase(target, "http://") && !text_starts_nocase(target, "https://"))
		return;
	authority += strlen("://");
	size_t len = strcspn(authority, "/?#");
	const char *host = arena_strndup(request->arena, authority, len);

	if (!proxy_host_ok(host)) {
		refuse(request, "The host in the request line is not a name or an address.");
		return;
	}
	request->dav.host = host;
	const char *rest = authority + len;

	request->dav.target = *rest == '/' ? rest : arena_printf(request->arena, "/%s", rest);
}

static void check_target(struct request *request)
{
	take_absolute_form(request);
	const char *target = request->dav.target;

	/* RFC 9112 3.2.4: OPTIONS * is about the server, which is what "/" stands for here. */
	if (text_equal(target, "*") && text_equal(request->dav.method, "OPTIONS"))
		target = request->dav.target = "/";
	for (const char *p = target; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#')
			refuse(request, "The request line has a character that no address has.");
	request->path = arena_strndup(request->arena, target, strcspn(target, "?"));
	if (text_equal(request->dav.method, "CONNECT") || text_equal(request->dav.method, "TRACE"))
		reply_own(request, OWN_NOT_IMPLEMENTED, NULL);
	else if (*target != '/')
		refuse(request, "The address in the request line does not begin with a slash.");
}

void request_check(struct request *request, const char *version)
{
	if (request->own != OWN_NONE)
		request->close = true;
	if (!is_token(request->dav.method))
		refuse(request, "The method is not a word.");
	for (size_t i = 0; i < request->dav.n_headers; i++)
		if (!is_token(request->dav.headers[i].name))
			refuse(request, "The name of a header is not a word.");
	check_host(request, version);
	check_target(request);
	check_framing(request, version);
}
