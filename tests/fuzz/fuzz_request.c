/* SPDX-License-Identifier: ISC */
/*
 * Whole requests against a store in memory. An input is text: "METHOD target", header lines, an empty line, the body; a line
 * "====" begins the next request. A header "As:" names who asks (nobody, anna, ben, admin); "$TOKEN" in a header is the token
 * of the newest lock. No request may end in 500, and every answer that says it is XML must be.
 */
#include "src/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/household.h"
#include "webdav/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT (64 * 1024)
#define MAX_REQUESTS 8
#define MAX_HEADERS 12
#define MAX_TOKEN 100
#define MAX_TOKENS 8             /* of a header */
#define MAX_CHECKED (256 * 1024) /* bytes of an answer that is read back */

static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"};
static struct household house;
static bool dirty = true; /* the last input may have written */
static char token[MAX_TOKEN];

/* Cuts the next line off; NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at, *end = line ? strchr(line, '\n') : NULL;

	if (!line)
		return NULL;
	*at = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return line;
}

static const char *with_token(struct arena *arena, const char *value)
{
	const char *mark;

	for (int i = 0; i < MAX_TOKENS && (mark = strstr(value, "$TOKEN")); i++)
		value = arena_printf(arena, "%.*s%s%s", (int)(mark - value), value, token,
			mark + strlen("$TOKEN"));
	return value;
}

/* Lock-Token: <urn:uuid:…> (RFC 4918 10.5). */
static void note_token(const struct dav_response *response)
{
	const char *value = dav_response_header(response, "Lock-Token");

	if (value && *value == '<')
		snprintf(token, sizeof(token), "%.*s", (int)strcspn(value + 1, ">"), value + 1);
}

static void read_headers(
	struct arena *arena, struct dav_request *request, struct dav_header *headers, char **at)
{
	char *line, *value;

	while ((line = next_line(at)) && *line) {
		value = strchr(line, ':');
		if (!value || request->n_headers == MAX_HEADERS)
			continue;
		*value++ = '\0';
		value += strspn(value, " ");
		if (strcmp(line, "As") == 0) {
			request->person.name = strcmp(value, "nobody") == 0 ? NULL : value;
			request->person.admin = strcmp(value, "admin") == 0;
		} else {
			headers[request->n_headers++] = (struct dav_header){
				line, with_token(arena, value)};
		}
	}
}

static void check_answer(const struct dav_response *response)
{
	const char *type = dav_response_header(response, "Content-Type");
	struct arena *arena = arena_new();
	const char *why = NULL;

	assert(response->status >= 200 && response->status < 600 && response->status != 500);
	if (text_starts(type ? type : "", "application/xml") && response->body.len < MAX_CHECKED)
		assert(xml_parse(arena, response->body.data, response->body.len, &why) || !why ||
			strcmp(why, "not well-formed XML") != 0);
	arena_free(arena);
}

static void run_request(char *text)
{
	struct dav_header headers[MAX_HEADERS];
	struct dav_request request = {
		.headers = headers, .person = {.name = "anna"}, .scheme = "http", .host = "h"};
	struct dav_response response;
	char *at = text, *line = next_line(&at), *space = line ? strchr(line, ' ') : NULL;

	if (!space)
		return;
	*space = '\0';
	request.method = line;
	request.target = space + 1;
	struct arena *arena = arena_new();
	read_headers(arena, &request, headers, &at);
	request.body = at ? at : "";
	request.body_len = strlen(request.body);
	bool is_safe = false;
	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		is_safe |= strcmp(safe[i], request.method) == 0;
	dirty |= !is_safe;
	dav_handle_wait(house.server, &request, &response);
	check_answer(&response);
	note_token(&response);
	arena_free(arena);
	dav_response_free(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *at;

	if (size > MAX_INPUT)
		return 0;
	if (dirty) {
		if (house.store)
			household_close(&house);
		household_open(&house);
		dirty = false;
		token[0] = '\0';
	}
	text = at = calloc(1, size + 1);
	if (size)
		memcpy(text, data, size);
	for (size_t i = 0; at && i < MAX_REQUESTS; i++) {
		char *end = strstr(at, "\n====\n");
		if (end)
			*end = '\0';
		run_request(at);
		at = end ? end + 6 : NULL;
	}
	free(text);
	return 0;
}
