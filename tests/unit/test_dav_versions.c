/* SPDX-License-Identifier: ISC */
/* What the versions of cards cost, and the limits of what is merged (webdav/verb_put.c, prop_dav.c). */
#include "tests/unit/dav_world.h"

#include "ical/card.h"

#define LIMIT 1000
#define LIST(props) "<D:propfind" NS_ALL "><D:prop>" props "</D:prop></D:propfind>"
#define ASK LIST("<D:quota-used-bytes/>")

static char *filler(struct world *w, char c, size_t n)
{
	char *text = arena_alloc(w->arena, n + 1);

	memset(text, c, n);
	return text;
}

static void serve(struct world *w, size_t max_resource_size, uint64_t quota)
{
	dav_response_free(&w->answer);
	dav_server_free(w->server);
	w->server = dav_server_new(&(struct dav_config){
		.store = w->store, .max_resource_size = max_resource_size, .quota = quota});
}

static const char *three(struct world *w, const char *note)
{
	return arena_printf(w->arena,
		"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:four\r\nFN:Eva\r\nN:;;;;\r\nNOTE:%s\r\n"
		"END:VCARD\r\n",
		note);
}

static const char *four(struct world *w, size_t n)
{
	return arena_printf(w->arena,
		"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:four\r\nFN:Eva\r\nGENDER:F;%s\r\nEND:VCARD\r\n",
		filler(w, 'g', n));
}

/* RFC 6352 6.3.2.1: max-resource-size is of what is sent, and of what becomes of it. */
static void what_is_merged_has_a_limit(void **state)
{
	struct world *w = *state;

	make_book(w);
	serve(w, LIMIT, 0);
	put(w, BOOK "four.vcf", four(w, 600));
	ask(w, "PUT", BOOK "four.vcf", three(w, filler(w, 'n', 600)));
	expect(w, "merged", 403);
	expect_text(w, "merged", "<card:max-resource-size>");
	put(w, BOOK "four.vcf", three(w, filler(w, 'n', 100)));
	ask(w, "GET", BOOK "four.vcf", NULL);
	expect_text(w, "merged", "nnn");
	ask_with(w, "GET", BOOK "four.vcf", NULL,
		(const struct dav_header[]){{"Accept", "text/vcard;version=4.0"}, {NULL, NULL}});
	expect_text(w, "merged", "GENDER:F;ggg");
}

/* RFC 4331 3: what is counted is what is stored. */
static void what_is_merged_counts(void **state)
{
	struct world *w = *state;

	make_book(w);
	serve(w, 0, 1000);
	put(w, BOOK "four.vcf", four(w, 600));
	ask(w, "PUT", BOOK "four.vcf", three(w, filler(w, 'n', 600)));
	expect(w, "merged", 507);
	expect_text(w, "merged", "quota-not-exceeded");
	put(w, BOOK "four.vcf", three(w, "short"));
	ask_with(w, "GET", BOOK "four.vcf", NULL,
		(const struct dav_header[]){{"Accept", "text/vcard;version=4.0"}, {NULL, NULL}});
	char *want = arena_printf(
		w->arena, "<d:quota-used-bytes>%zu</d:quota-used-bytes>", w->answer.body.len);
	ask(w, "PROPFIND", BOOK, ASK);
	expect_text(w, "used", want);
}

/* RFC 4918 15.4: a listing converts only where a length is asked for, and each card once. */
static void lengths_are_learned(void **state)
{
	struct world *w = *state;
	const char *text = four(w, 10);
	struct store_oid id = store_blob_id(text, strlen(text));
	size_t length = 0;

	make_book(w);
	put(w, BOOK "four.vcf", text);
	w->depth = "1";
	ask(w, "PROPFIND", BOOK, LIST("<D:getetag/><D:getcontenttype/>"));
	expect(w, "tags", 207);
	assert_false(card_length_known(id.bytes, CARD_VCARD_3, &length));
	ask(w, "PROPFIND", BOOK, LIST("<D:getcontentlength/>"));
	assert_true(card_length_known(id.bytes, CARD_VCARD_3, &length));
	for (int i = 0; i < 2; i++) {
		ask(w, "PROPFIND", BOOK, LIST("<D:getcontentlength/>"));
		expect_text(w, "length",
			arena_printf(
				w->arena, "<d:getcontentlength>%zu</d:getcontentlength>", length));
	}
	w->depth = NULL;
	ask(w, "GET", BOOK "four.vcf", NULL);
	assert_int_equal(w->answer.body.len, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_merged_has_a_limit, open_world, close_world),
		cmocka_unit_test_setup_teardown(what_is_merged_counts, open_world, close_world),
		cmocka_unit_test_setup_teardown(lengths_are_learned, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
