/* SPDX-License-Identifier: ISC */
/* Which requests a thread that must not wait may answer (webdav/quick.c). */
#include "tests/unit/dav_world.h"

#include <stdlib.h>

#define LARGE (70 * 1024)
#define FOUR "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:four\r\nFN:Eva\r\nEND:VCARD\r\n"
#define PROPFIND_BODY "<d:propfind xmlns:d=\"DAV:\"><d:allprop/></d:propfind>"

static void is_quick(void **state)
{
	static const struct {
		const char *method, *target, *depth, *body;
		bool want;
	} rows[] = {
		{"OPTIONS", CAL, NULL, "", true},
		{"GET", CAL "small.ics", NULL, "", true},
		{"GET", CAL "small.ics?query", NULL, "", true},
		{"HEAD", CAL "small.ics", NULL, "", true},
		{"GET", CAL "small.ics", NULL, "a body", false},
		{"GET", CAL "named.ics", NULL, "", false},
		{"GET", CAL "none.ics", NULL, "", false},
		{"GET", CAL, NULL, "", false},
		{"GET", "/dav/files/anna/large", NULL, "", false},
		{"HEAD", "/dav/files/anna/large", NULL, "", false},
		{"GET", "/dav/a/../b", NULL, "", true},
		{"PROPFIND", HOME, "0", PROPFIND_BODY, true},
		{"PROPFIND", "/", NULL, "", true},
		{"PROPFIND", HOME, "1", PROPFIND_BODY, false},
		{"PROPFIND", HOME, "infinity", PROPFIND_BODY, false},
		{"PROPFIND", CAL "named.ics", "0", PROPFIND_BODY, false},
		{"PUT", CAL "small.ics", NULL, "", false},
		{"DELETE", CAL "none.ics", NULL, "", false},
		{"REPORT", CAL, "0", "", false},
		{"get", CAL "small.ics", NULL, "", false},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dav_header depth = {"Depth", rows[i].depth};
		const struct dav_request request = {
			.method = rows[i].method,
			.target = rows[i].target,
			.headers = &depth,
			.n_headers = rows[i].depth ? 1 : 0,
			.body = rows[i].body,
			.body_len = strlen(rows[i].body),
			.person = {.name = "anna"},
		};
		if (dav_is_quick(w->server, &request) != rows[i].want)
			fail_msg("%s %s: quick is not %d", rows[i].method, rows[i].target,
				rows[i].want);
		/* The promise: done at once. */
		struct dav_response response;
		if (!rows[i].want)
			continue;
		assert_int_equal(dav_handle(w->server, &request, &response), DAV_DONE);
		dav_response_free(&response);
	}
}

/* What would have to be converted is not. */
static void cards_as_stored_are(void **state)
{
	static const struct {
		const char *target, *accept;
		bool want;
	} rows[] = {
		{BOOK "three.vcf", "*/*", true},
		{BOOK "three.vcf", "text/vcard;version=3.0", true},
		{BOOK "three.vcf", "text/vcard;version=4.0", false},
		{BOOK "three.vcf", "application/vcard+json", false},
		{BOOK "four.vcf", "*/*", false},
		{BOOK "four.vcf", "text/vcard;version=4.0", true},
		{BOOK "four.vcf", "text/html", false},
		{CAL "small.ics", "text/vcard;version=4.0", true},
		{"/dav/files/anna/four.vcf", "text/vcard;version=3.0", true},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dav_header accept = {"Accept", rows[i].accept};
		const struct dav_request request = {.method = "GET",
			.target = rows[i].target,
			.headers = &accept,
			.n_headers = 1,
			.body = "",
			.person = {.name = "anna"}};
		if (dav_is_quick(w->server, &request) != rows[i].want)
			fail_msg("%s as %s: quick is not %d", rows[i].target, rows[i].accept,
				rows[i].want);
	}
}

static void a_long_body_is_not(void **state)
{
	struct world *w = *state;
	char *body = calloc(1, LARGE + 1);

	memset(body, ' ', LARGE);
	const struct dav_request request = {.method = "PROPFIND",
		.target = HOME,
		.body = body,
		.body_len = LARGE,
		.person = {.name = "anna"}};
	assert_false(dav_is_quick(w->server, &request));
	free(body);
}

static int fill(void **state)
{
	if (open_world(state) != 0)
		return -1;
	struct world *w = *state;
	char *large = calloc(1, LARGE + 1);

	memset(large, 'x', LARGE);
	put(w, CAL "small.ics", event(w, "small", 1));
	put(w, CAL "named.ics", event(w, "named", 2));
	put(w, "/dav/files/anna/large", large);
	free(large);
	make_book(w);
	put(w, BOOK "three.vcf", card(w, "three", "Eva"));
	put(w, BOOK "four.vcf", FOUR);
	put(w, "/dav/files/anna/four.vcf", FOUR);
	ask(w, "PROPPATCH", CAL "named.ics",
		"<d:propertyupdate xmlns:d=\"DAV:\"><d:set><d:prop><x:a xmlns:x=\"x:\">b</x:a>"
		"</d:prop></d:set></d:propertyupdate>");
	expect(w, "PROPPATCH", 207);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_quick),
		cmocka_unit_test(cards_as_stored_are),
		cmocka_unit_test(a_long_body_is_not),
	};

	return cmocka_run_group_tests(tests, fill, close_world);
}
