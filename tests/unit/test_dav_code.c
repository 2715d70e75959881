/* SPDX-License-Identifier: ISC */
/*
 * The tables of webdav/, walked whole: outcomes print, verbs, properties, reports, kinds and privileges are named once and
 * reachable, and what they promise in headers and properties is what they do.
 */
#include "tests/unit/dav_world.h"

#include "webdav/allow.h"
#include "webdav/priv.h"
#include "webdav/prop.h"
#include "webdav/report.h"
#include "webdav/verb.h"

static void prints_codes(void **state)
{
	(void)state;
	for (enum dav_code code = 0; code < DAV_CODE_COUNT; code++) {
		int status = dav_code_status(code);
		assert_in_range(status, 200, 599);
		assert_string_not_equal(dav_code_reason(code), "Unknown");
		/* A precondition has a prefix, is an error, and stands once for each status. */
		assert_int_equal(!dav_code_prefix(code), !dav_code_element(code));
		if (!dav_code_element(code))
			continue;
		assert_true(status >= 400);
		for (enum dav_code other = 0; other < code; other++)
			assert_false(text_equal(dav_code_element(other), dav_code_element(code)) &&
				text_equal(dav_code_prefix(other), dav_code_prefix(code)) &&
				dav_code_status(other) == status);
	}
	assert_int_equal(dav_code_status(DAV_WAIT), 500);
}

static void walks_verbs(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (const struct dav_verb *verb = dav_verbs; verb->name; verb++) {
		assert_ptr_equal(dav_verb_find(verb->name), verb);
		assert_int_equal(!verb->run, !verb->kinds);
		assert_false(verb->kinds & ~(unsigned)(DAV_ANY_KIND | DAV_ADD_MEMBER));
		assert_false((verb->flags & VERB_SAFE) && (verb->needs & PRIV_WRITE));
	}
	assert_null(dav_verb_find("get"));
	assert_null(dav_verb_find(""));
	assert_string_equal(dav_allow(arena, DAV_USER), "OPTIONS, PROPFIND, PROPPATCH, REPORT");
	arena_free(arena);
}

static void walks_properties(void **state)
{
	(void)state;
	for (const struct dav_prop *const *table = dav_prop_tables; *table; table++)
		for (const struct dav_prop *row = *table; row->ns; row++) {
			if (dav_prop_find(row->ns, row->name) != row)
				fail_msg("%s stands twice", row->name);
			assert_non_null(xml_prefix(row->ns));
			assert_true(row->kinds & DAV_ANY_KIND);
			assert_true(row->get || (row->flags & PROP_STORED));
			if (row->flags & PROP_MKCOL_ONLY)
				assert_non_null(row->set);
		}
}

static void walks_reports(void **state)
{
	(void)state;
	for (const struct dav_report *row = dav_reports; row->ns; row++) {
		assert_ptr_equal(dav_report_find(row->ns, row->name), row);
		assert_true(row->kinds & DAV_ANY_KIND);
		assert_true(row->needs & (PRIV_READ | PRIV_READ_FREE_BUSY));
		assert_non_null(row->run);
	}
}

static void walks_kinds(void **state)
{
	(void)state;
	for (unsigned bit = 1; bit & DAV_ANY_KIND; bit <<= 1) {
		const struct dav_kind_row *row = dav_kind_row((enum dav_kind)bit);
		assert_non_null(row);
		assert_int_equal(row->kind, bit);
		if (row->member)
			assert_non_null(dav_kind_row(row->member));
	}
	assert_null(dav_kind_row(DAV_KIND_NONE));
}

static void walks_privileges(void **state)
{
	unsigned own = 0;

	(void)state;
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++) {
		assert_false(own & row->own);
		own |= row->own;
		assert_true(row->reserved || !row->parent || !(row->bits & ~row->parent));
	}
	assert_int_equal(own, PRIV_ALL | PRIV_SCHEDULE_DELIVER | PRIV_SCHEDULE_SEND);
}

/* Each place of the household: what OPTIONS allows is not 405 and not 501, what it does not is. */
static void allows_what_it_does(void **state)
{
	static const char *const targets[] = {"/", "/dav/", "/dav/principals/",
		"/dav/principals/users/", "/dav/principals/users/anna/", "/dav/calendars/", HOME,
		CAL, CAL "a.ics", BOOKS, BOOK, BOOK "a.vcf", "/dav/files/anna/",
		"/dav/files/anna/a.txt"};
	struct world *w = *state;

	make_book(w);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		ask(w, "OPTIONS", targets[i], NULL);
		expect(w, targets[i], 200);
		const char *allow = arena_strdup(
			w->arena, dav_response_header(&w->answer, "Allow"));
		for (const struct dav_verb *verb = dav_verbs; verb->name; verb++) {
			const char *found = strstr(allow, verb->name);
			/* What changes things is tried elsewhere. */
			if (found && !(verb->flags & VERB_SAFE))
				continue;
			int status = ask(w, verb->name, targets[i], NULL);
			if (found ? status == 405 || status == 501 : status < 400)
				fail_msg("%s %s: %d", verb->name, targets[i], status);
			if (status == 405)
				assert_non_null(dav_response_header(&w->answer, "Allow"));
		}
	}
}

/* Every property is answered on every kind without harm, and every report asked with nonsense inside. */
static void answers_every_row(void **state)
{
	static const char *const targets[] = {"/", "/dav/principals/users/anna/", HOME, CAL,
		CAL "a.ics", BOOK, "/dav/files/anna/"};
	struct world *w = *state;

	make_book(w);
	put(w, CAL "a.ics", event(w, "a", 1));
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		for (const struct dav_prop *const *table = dav_prop_tables; *table; table++)
			for (const struct dav_prop *row = *table; row->ns; row++) {
				ask(w, "PROPFIND", targets[i],
					arena_printf(w->arena,
						"<d:propfind xmlns:d=\"DAV:\"><d:prop><%s xmlns=\"%s\"/></d:prop></d:propfind>",
						row->name, row->ns));
				expect(w, row->name, 207);
			}
		for (const struct dav_report *row = dav_reports; row->ns; row++) {
			ask(w, "REPORT", targets[i],
				arena_printf(w->arena, "<%s xmlns=\"%s\"><x/></%s>", row->name,
					row->ns, row->name));
			if (w->answer.status >= 500)
				fail_msg("%s %s: %d", row->name, targets[i], w->answer.status);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_codes),
		cmocka_unit_test(walks_verbs),
		cmocka_unit_test(walks_properties),
		cmocka_unit_test(walks_reports),
		cmocka_unit_test(walks_kinds),
		cmocka_unit_test(walks_privileges),
		WORLD_TEST(allows_what_it_does),
		WORLD_TEST(answers_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
