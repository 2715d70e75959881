/* SPDX-License-Identifier: ISC */
/*
 * The page at "/" for people who open the server's address in a browser: what to enter into which
 * client. One file, nothing loaded from anywhere; the policy allows exactly its style sheet, by
 * hash (CSP level 2). And /health for monitors.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

#include <sodium.h>
#include <string.h>

#define MAX_PAGE (64u * 1024)

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em;"
	"color:#222;background:#fff}h1{font-size:1.6em;margin-bottom:0}"
	"dt{font-weight:600;margin-top:1em}dd{margin:0}"
	"code{background:#eee;padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}"
	"@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}"
	"code{background:#333}}";

enum address { BASE, HOST, HOME };

static const struct {
	const char *client, *before;
	enum address address;
	const char *after;
} clients[] = {
	{"iPhone, iPad, Mac",
		"Settings, Calendar, Accounts, Add Account, Other, Add CalDAV Account; for contacts "
		"the same with Contacts and Add CardDAV Account. Server: ",
		HOST, " Apple's devices send no password without https."},
	{"Android (DAVx5)", "Add account, Log in with URL and user name. Base URL: ", BASE, ""},
	{"Thunderbird",
		"New Calendar, On the Network; for contacts New Address Book, CardDAV. Location: ",
		BASE, " Then choose what it finds."},
	{"GNOME, Evolution",
		"Settings, Online Accounts, Calendar, Contacts and Files. Address: ", BASE, ""},
	{"vdirsyncer, khal, khard",
		"In the storage section: type = caldav, or carddav for contacts; url = ", HOME, ""},
};

static void add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		default:
			buf_addc(out, *text);
		}
	}
}

static const char *base_url(const struct request *request)
{
	const char *configured = request->door->httpd->app->config->public_url;

	if (configured)
		return configured;
	return arena_printf(request->arena, "%s://%s", request->dav.scheme, request->dav.host);
}

static void add_clients(struct buf *out, struct arena *arena, const char *base)
{
	const char *addresses[] = {
		[BASE] = arena_printf(arena, "%s/", base),
		[HOST] = strstr(base, "://") + 3,
		[HOME] = arena_printf(arena, "%s/dav/", base),
	};

	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++) {
		buf_addf(out, "<dt>%s</dt><dd>%s<code>", clients[i].client, clients[i].before);
		add_escaped(out, addresses[clients[i].address]);
		buf_addf(out, "</code>.%s</dd>\n", clients[i].after);
	}
}

static void write_page(struct buf *out, struct arena *arena, const char *base)
{
	buf_addf(out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\"><title>Daybook</title>"
		"<style>%s</style></head><body>\n"
		"<h1>Daybook</h1>\n<p>Here are calendars and contacts. Enter this address in your "
		"programs for them, with the name and password you were given: <code>",
		style);
	add_escaped(out, base);
	buf_adds(out, "/</code></p>\n<dl>\n");
	add_clients(out, arena, base);
	buf_adds(out, "</dl>\n</body></html>\n");
}

static const char *policy(struct arena *arena)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];

	crypto_hash_sha256(hash, (const unsigned char *)style, strlen(style));
	sodium_bin2base64(text, sizeof(text), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(arena,
		"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'",
		text);
}

void page_answer(struct request *request)
{
	struct arena *arena = request->arena;
	struct buf out;
	const struct dav_header headers[] = {
		{"Content-Type", "text/html; charset=utf-8"},
		{"Content-Security-Policy", policy(arena)},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cache-Control", "no-cache"},
	};

	buf_init(&out, MAX_PAGE);
	write_page(&out, arena, base_url(request));
	request->reply = (struct reply){
		.status = 200,
		.headers = arena_memdup(arena, headers, sizeof(headers)),
		.n_headers = sizeof(headers) / sizeof(*headers),
		.body = arena_strdup(arena, out.data),
		.len = out.len,
	};
	buf_free(&out);
}

void page_health(struct request *request)
{
	static const struct dav_header headers[] = {
		{"Content-Type", "application/json"},
		{"Cache-Control", "no-store"},
	};
	static const char body[] = "{\"status\":\"ok\"}\n";

	request->reply = (struct reply){.status = 200,
		.headers = headers,
		.n_headers = 2,
		.body = body,
		.len = strlen(body)};
}
