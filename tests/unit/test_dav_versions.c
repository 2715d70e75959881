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

/* As a card that came by a push, or before there were rules: PUT would refuse it. */
static void store_card(struct world *w, const char *name, const char *text)
{
	const struct store_change change = {
		.slot = STORE_ITEM,
		.collection = "addressbooks/anna/friends",
		.name = name,
		.bytes = text,
		.len = strlen(text),
	};
	const struct store_write write = {.changes = &change, .n_changes = 1, .subject = name};

	assert_int_equal(store_commit(w->store, &write, NULL), STORE_OK);
}

#define DATA "<D:prop><D:getetag/><R:address-data/></D:prop>"
#define ROW_415                                                                                    \
	"<d:href>" BOOK "odd.vcf</d:href><d:status>HTTP/1.1 415 Unsupported Media Type</d:status>" \
	"<d:error><card:supported-address-data-conversion"

/* RFC 6352 5.1.1, 8.7.2: a card that cannot be converted is an error of its own in a report, and of the whole in a GET; as
 * it is stored it can be had. */
static void what_cannot_be_converted(void **state)
{
	struct world *w = *state;

	make_book(w);
	put(w, BOOK "four.vcf", four(w, 10));
	store_card(w, "odd.vcf",
		"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:odd\r\nFN:Odd\r\nBEGIN:X-INNER\r\n"
		"NOTE:inside\r\nEND:X-INNER\r\nEND:VCARD\r\n");
	ask(w, "GET", BOOK "odd.vcf", NULL);
	expect(w, "GET", 406);
	expect_text(w, "GET", "<card:supported-address-data-conversion");
	ask_with(w, "GET", BOOK "odd.vcf", NULL,
		(const struct dav_header[]){{"Accept", "text/vcard;version=4.0"}, {NULL, NULL}});
	expect_text(w, "as it is stored", "NOTE:inside");
	ask(w, "GET", BOOK, NULL); /* in the whole book nothing is missing */
	expect_text(w, "the book", "NOTE:inside");
	ask(w, "REPORT", BOOK,
		"<R:addressbook-multiget" NS_ALL ">" DATA "<D:href>" BOOK
		"odd.vcf</D:href><D:href>" BOOK "four.vcf</D:href></R:addressbook-multiget>");
	expect_text(w, "multiget", ROW_415);
	expect_text(w, "multiget", "UID:four");
	/* of what GET does not give there is no length */
	ask(w, "PROPFIND", BOOK "odd.vcf", LIST("<D:getcontentlength/>"));
	expect_text(w, "length", "404 Not Found");
	w->depth = "1";
	ask(w, "REPORT", BOOK,
		"<R:addressbook-query" NS_ALL ">" DATA "<R:filter/></R:addressbook-query>");
	expect_text(w, "query", ROW_415);
	/* without its data it is a row as any other */
	ask(w, "REPORT", BOOK,
		"<R:addressbook-query" NS_ALL
		"><D:prop><D:getetag/></D:prop><R:filter/></R:addressbook-query>");
	expect_count(w, "query", "HTTP/1.1 200 OK", 2);
	/* RFC 6578 3.2: what changed has no status of its own */
	w->depth = "0";
	ask(w, "REPORT", BOOK,
		"<D:sync-collection" NS_ALL "><D:sync-token/><D:sync-level>1</D:sync-level>" DATA
		"</D:sync-collection>");
	expect_text(w, "sync", "415 Unsupported Media Type");
	expect_text(w, "sync", "UID:four");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_merged_has_a_limit, open_world, close_world),
		cmocka_unit_test_setup_teardown(what_is_merged_counts, open_world, close_world),
		cmocka_unit_test_setup_teardown(what_cannot_be_converted, open_world, close_world),
		cmocka_unit_test_setup_teardown(lengths_are_learned, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
