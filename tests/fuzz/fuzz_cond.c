/* SPDX-License-Identifier: ISC */
/*
 * Conditional headers on any bytes: each line is a header "If: …", all of them go with one GET. Nothing but four answers can
 * come of it.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/household.h"

#include <stdlib.h>

#define MAX_INPUT (16 * 1024)
#define MAX_HEADERS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct household house;
	struct dav_header headers[MAX_HEADERS];
	struct dav_request request = {.method = "GET",
		.target = "/dav/calendars/anna/personal/a.ics",
		.headers = headers,
		.body = "",
		.host = "h",
		.person = {.name = "anna"}};
	struct dav_response response;

	if (size > MAX_INPUT)
		return 0;
	if (!house.store)
		household_open(&house);
	char *text = calloc(1, size + 1), *save = NULL;
	if (size)
		memcpy(text, data, size);
	for (char *line = strtok_r(text, "\n", &save); line && request.n_headers < MAX_HEADERS;
		line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = '\0';
		headers[request.n_headers++] = (struct dav_header){
			line, value + strspn(value, " ")};
	}
	dav_handle_wait(house.server, &request, &response);
	assert(response.status == 200 || response.status == 304 || response.status == 400 ||
		response.status == 412);
	dav_response_free(&response);
	free(text);
	return 0;
}
