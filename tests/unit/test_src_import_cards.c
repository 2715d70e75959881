/* SPDX-License-Identifier: ISC */
/* Import and export of cards through the management interface, with files shaped like real exports (tests/data/import). */
#include "tests/unit/import_help.h"

#include <time.h>

#define CARD(rest) "BEGIN:VCARD\r\nVERSION:3.0\r\n" rest "END:VCARD\r\n"
#define MAIER "FN:Anna Maier\r\nEMAIL:anna@example.org\r\nTEL:+49 170 5550101\r\n"
#define BOOK "collections/contacts"
#define PATH "addressbooks/anna/contacts"

static void query(const char *to, const char *question, const char *body)
{
	char target[200];

	snprintf(target, sizeof(target), "/api/v1/users/anna/%s/import?%s", to, question);
	call("POST", target, "text/vcard", body, strlen(body));
}

static const json_t *duplicate(size_t i)
{
	return json_array_get(json_object_get(answer, "duplicates"), i);
}

/* How many were left out, and how many told. */
static void expect_duplicates(long long skipped, size_t told)
{
	size_t really = json_array_size(json_object_get(answer, "duplicates"));

	if (number("skipped") != skipped || really != told)
		fail_msg("wanted %lld left out, %zu told:\n%s", skipped, told, text.data);
}

static void told(size_t i, long long line, bool same, bool skipped, const char *of, long long at)
{
	const json_t *row = duplicate(i), *other = json_object_get(row, "of");

	if (json_integer_value(json_object_get(row, "line")) != line ||
		json_is_true(json_object_get(row, "same")) != same ||
		json_is_true(json_object_get(row, "skipped")) != skipped ||
		!text_equal(json_string_value(json_object_get(other, "summary")), of) ||
		json_integer_value(json_object_get(other, "line")) != at)
		fail_msg("duplicate %zu:\n%s", i, text.data);
}

static void exported(const char *book, const char *question)
{
	char target[200];

	snprintf(target, sizeof(target), "/api/v1/users/anna/collections/%s/export%s", book,
		question);
	call("GET", target, NULL, "", 0);
}

/* Each file twice: the second time nothing changes. */
static void exports_of_others(void **state)
{
	static const struct {
		const char *file;
		long long cards, twice;
	} rows[] = {{"google.vcf", 4, 1}, {"icloud.vcf", 3, 0}, {"thunderbird.vcf", 2, 0},
		{"android-2.1.vcf", 3, 0}, {"outlook.vcf", 1, 0}};
	char target[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *bytes = read_file(rows[i].file);
		snprintf(target, sizeof(target), "collections/b%zu", i);
		import(target, bytes);
		expect(rows[i].cards, 0, 0, 0);
		expect_duplicates(rows[i].twice, (size_t)rows[i].twice);
		import(target, bytes);
		expect(0, 0, rows[i].cards, 0);
		assert_true(json_is_null(json_object_get(answer, "commit")));
		snprintf(target, sizeof(target), "addressbooks/anna/b%zu", i);
		assert_int_equal(count(target), rows[i].cards);
		free(bytes);
	}
}

static void who_is_in_several_of_them(void **state)
{
	char *google = read_file("google.vcf"), *icloud = read_file("icloud.vcf"),
	     *thunderbird = read_file("thunderbird.vcf");

	(void)state;
	import("collections/all", google);
	told(0, 41, true, true, "Anna Müller", 1);
	import("collections/all", icloud);
	expect(3, 0, 0, 0);
	expect_duplicates(0, 2);
	told(0, 1, false, false, "Anna Müller", 0);
	told(1, 22, false, false, "Bäckerei Krume", 0);
	import("collections/all", thunderbird);
	expect(2, 0, 0, 0);
	expect_duplicates(0, 1);
	told(0, 1, false, false, "Dr. Karl Maria Otto", 0);
	/* the same way round: all of them, and nobody twice */
	query("collections/all", "duplicates=skip", google);
	expect(0, 0, 4, 0);
	free(google);
	free(icloud);
	free(thunderbird);
}

static size_t stored(const char *uid, char *bytes, size_t max)
{
	struct store_snapshot *snapshot = store_snapshot(app.store);
	const struct store_item *item = store_item_by_uid(store_collection(snapshot, PATH), uid);
	struct store_bytes blob;

	assert_non_null(item);
	assert_int_equal(store_read(app.store, &item->oid, &blob), STORE_OK);
	assert_true(blob.size < max);
	memcpy(bytes, blob.data, blob.size + 1);
	size_t size = blob.size;
	store_bytes_free(&blob);
	store_snapshot_free(snapshot);
	return size;
}

/* 2.1 becomes 3.0, in UTF-8; photos are whole. */
static void old_cards_become_new(void **state)
{
	static const char *const words[] = {"FN:Jürgen Weiß", "TITLE:Geschäftsführer",
		"Königsallee 3\\n40212 Düsseldorf", "FN:Anna Müller", "FN:0172-5550105",
		"NOTE:Erste Zeile\\nzweite"};
	char *android = read_file("android-2.1.vcf"), *outlook = read_file("outlook.vcf"),
	     *icloud = read_file("icloud.vcf");

	(void)state;
	import(BOOK, android);
	import(BOOK, outlook);
	exported("contacts", "");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strstr(text.data, words[i]))
			fail_msg("%s is not in\n%s", words[i], text.data);
	assert_null(strstr(text.data, "VERSION:2.1"));
	assert_null(strstr(text.data, "QUOTED-PRINTABLE"));
	assert_true(text_is_utf8(text.data, text.len));
	/* and Anna, who came from the old telephone, is known on the new one */
	import(BOOK, icloud);
	expect_duplicates(0, 1);
	told(0, 1, false, false, "Anna Müller", 0);
	free(android);
	free(outlook);
	free(icloud);
}

/* RFC 6352 6.3.2.3: what 3.0 has no word for stays when somebody imports a 3.0 over it. */
static void versions_meet(void **state)
{
	char bytes[2000];

	(void)state;
	import(BOOK,
		"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:Anna\r\nGENDER:F\r\nLANG:de\r\n"
		"EXPERTISE;LEVEL=expert:clocks\r\nTEL;VALUE=uri:tel:+49-30-5550101\r\n"
		"END:VCARD\r\n");
	expect(1, 0, 0, 0);
	/* its own 3.0 is no change, nor is it somebody else's duplicate unseen */
	exported("contacts", "?version=3.0");
	assert_non_null(strstr(text.data, "VERSION:3.0"));
	char *view = strdup(text.data);
	import(BOOK, view);
	expect(0, 0, 1, 0);
	memcpy(strstr(view, "UID:1"), "UID:2", 5);
	import(BOOK, view);
	expect(0, 0, 0, 0);
	expect_duplicates(1, 1);
	free(view);
	/* another 3.0 is, and takes nothing away */
	import(BOOK, CARD("UID:1\r\nFN:Anna Maier\r\nN:Maier;Anna;;;\r\nTEL:+49-30-5550101\r\n"));
	expect(0, 1, 0, 0);
	stored("1", bytes, sizeof(bytes));
	assert_non_null(strstr(bytes, "VERSION:4.0"));
	assert_non_null(strstr(bytes, "FN:Anna Maier"));
	assert_non_null(strstr(bytes, "EXPERTISE;LEVEL=expert:clocks"));
	/* a 4.0 over a 3.0 is the same where it is what that looks like */
	import(BOOK, CARD("UID:3\r\nFN:Ben\r\nN:;Ben;;;\r\nTEL;TYPE=home,pref:1234567\r\n"));
	exported("contacts", "?version=4.0");
	view = strdup(text.data);
	import(BOOK, view);
	expect(0, 0, 2, 0);
	free(view);
}

static void refusals_say_why_and_where(void **state)
{
	static const struct {
		long long line;
		const char *summary, *why;
	} rows[] = {
		{10, "Two numbers", "twice"},
		{18, "No colon", "line without a property name"},
		{21, NULL, "outside of BEGIN:VCARD"},
		{23, "From the future", "VERSION"},
		{27, "Never ends", "no END:VCARD"},
		{36, NULL, "FN"},
		{41, "Another with the same UID", "came before it"},
	};
	char *bytes = read_file("broken.vcf");

	(void)state;
	import(BOOK, bytes);
	free(bytes);
	assert_int_equal(status, 200);
	assert_int_equal(count(PATH), 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const json_t *row = json_array_get(json_object_get(answer, "refused"), i);
		long long line = json_integer_value(json_object_get(row, "line"));
		if (line != rows[i].line || !text_equal(refused(i, "summary"), rows[i].summary) ||
			!strstr(refused(i, "why"), rows[i].why))
			fail_msg("row %zu:\n%s", i, text.data);
	}
	expect(2, 0, 0, sizeof(rows) / sizeof(*rows));
}

static void same_uid_replaces(void **state)
{
	(void)state;
	import(BOOK, CARD("UID:1\r\n" MAIER "REV:20260101T000000Z\r\n"));
	expect(1, 0, 0, 0);
	import(BOOK, CARD("REV:20260202T000000Z\r\nUID:1\r\n" MAIER));
	expect(0, 0, 1, 0);
	import(BOOK, CARD("UID:1\r\n" MAIER "NOTE:moved\r\n"));
	expect(0, 1, 0, 0);
	expect_duplicates(0, 0);
	assert_int_equal(count(PATH), 1);
}

static void same_words_under_another_uid(void **state)
{
	(void)state;
	import(BOOK, CARD("UID:1\r\n" MAIER));
	import(BOOK,
		CARD("UID:2\r\nPRODID:x\r\n" MAIER) CARD("UID:3\r\nFN:Ben\r\n")
			CARD("UID:4\r\nFN:Ben\r\n"));
	expect(1, 0, 0, 0);
	expect_duplicates(2, 2);
	told(0, 1, true, true, "Anna Maier", 0);
	told(1, 14, true, true, "Ben", 9);
	query(BOOK, "duplicates=keep", CARD("UID:2\r\n" MAIER));
	expect(1, 0, 0, 0);
	expect_duplicates(0, 1);
	told(0, 1, true, false, "Anna Maier", 0);
	query(BOOK, "duplicates=some", CARD("UID:5\r\nFN:x\r\n"));
	assert_int_equal(status, 400);
}

/* A stored card that this very file changes is not what the others are compared with. */
static void what_becomes_another_is_no_twin(void **state)
{
	(void)state;
	import(BOOK, CARD("UID:1\r\nFN:Ben\r\nNOTE:old\r\n"));
	import(BOOK,
		CARD("UID:2\r\nFN:Ben\r\nNOTE:old\r\n") CARD("UID:1\r\nFN:Ben\r\nNOTE:new\r\n"));
	expect(1, 1, 0, 0);
	expect_duplicates(0, 0);
	/* and the other way: what it becomes is */
	import(BOOK,
		CARD("UID:3\r\nFN:Ben\r\nNOTE:last\r\n") CARD("UID:1\r\nFN:Ben\r\nNOTE:last\r\n"));
	expect(0, 1, 0, 0);
	expect_duplicates(1, 1);
}

static void who_looks_like_whom(void **state)
{
	static const struct {
		const char *card;
		bool told;
	} rows[] = {
		{"FN:anna MAIER\r\nTEL:0170-5550101\r\n", true},
		{"FN:Maier\\, Anna\r\nTEL;VALUE=uri:tel:+49-170-5550101\r\n", true},
		{"FN:Anna\r\nEMAIL:ANNA@example.org\r\n", true},
		{"FN:anna@example.org\r\nEMAIL:anna@example.org\r\n", true},
		{"FN:Anna Sophie Maier\r\nEMAIL;TYPE=HOME:anna@example.org\r\n", true},
		{"FN:Ben Maier\r\nEMAIL:anna@example.org\r\n",
			false}, /* one address for a family */
		{"FN:Anna Maier\r\nEMAIL:other@example.org\r\n", false},
		{"FN:Anna\r\nTEL:0170-5550101\r\n", false}, /* likewise one telephone */
		{"FN:Anna Maier\r\nTEL:0101\r\n", false},
		{"FN:Anna Maier\r\n", false},
	};
	char card[500];

	(void)state;
	import(BOOK, CARD("UID:1\r\n" MAIER));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(card, sizeof(card), CARD("UID:row%zu\r\n%s"), i, rows[i].card);
		query(BOOK, "dry_run=yes", card);
		expect(1, 0, 0, 0);
		if (json_array_size(json_object_get(answer, "duplicates")) != rows[i].told)
			fail_msg("row %zu:\n%s", i, text.data);
		query(BOOK, "dry_run=yes&duplicates=skip", card);
		expect(!rows[i].told, 0, 0, 0);
	}
	assert_int_equal(count(PATH), 1);
}

static void dry_run_writes_nothing(void **state)
{
	(void)state;
	query("collections/new", "dry_run=yes", CARD("FN:a\r\n"));
	expect(1, 0, 0, 0);
	assert_true(json_is_true(json_object_get(answer, "dry_run")));
	assert_true(json_is_null(json_object_get(answer, "commit")));
	assert_true(count("addressbooks/anna/new") == SIZE_MAX);
	query("collections/cal", "dry_run=yes",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	expect(1, 0, 0, 0);
	assert_true(count("calendars/anna/cal") == SIZE_MAX);
}

static void where_it_goes(void **state)
{
	static const char card[] = CARD("UID:1\r\nFN:a\r\n");
	static const char event[] =
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

	(void)state;
	/* without a name: contacts; with one for people: that */
	call("POST", "/api/v1/users/anna/import?name=family.vcf", "text/vcard", card, strlen(card));
	expect(1, 0, 0, 0);
	assert_int_equal(count(PATH), 1);
	call("POST", "/api/v1/users/anna/import?displayname=The%20Club", "text/vcard", card,
		strlen(card));
	assert_int_equal(count("addressbooks/anna/the-club"), 1);
	/* what is there decides, and says what would be right */
	import("collections/personal", card);
	assert_int_equal(status, 409);
	assert_non_null(strstr(text.data, "anna/personal is a calendar"));
	assert_non_null(strstr(text.data, "anna/contacts"));
	import(BOOK, event);
	assert_int_equal(status, 409);
	assert_non_null(strstr(text.data, "anna/contacts is an address book"));
	/* a calendar and a book of one name: each file finds its own */
	static const char book[] = "{\"name\": \"personal\", \"kind\": \"addressbook\"}";
	call("POST", "/api/v1/users/anna/collections", "application/json", book, strlen(book));
	assert_int_equal(status, 201);
	import("collections/personal", card);
	expect(1, 0, 0, 0);
	import("collections/personal", event);
	expect(1, 0, 0, 0);
	assert_int_equal(count("addressbooks/anna/personal"), 1);
	assert_int_equal(count("calendars/anna/personal"), 1);
	exported("personal", "");
	assert_non_null(strstr(text.data, "BEGIN:VEVENT"));
	exported("personal", "?kind=addressbook");
	assert_string_equal(text.data, card);
	exported("personal", "?version=3.0");
	assert_string_equal(text.data, card);
	exported("personal", "?version=2.1");
	assert_int_equal(status, 400);
	exported("personal", "?version=4.0&kind=calendar");
	assert_int_equal(status, 400);
}

static void what_is_no_file_of_cards(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		const char *words;
	} rows[] = {
		{"a.vcf", "", 0, "no vCard"},
		{"a.vcf", "hello\n", 6, "no vCard"},
		{"a.vcf",
			"\xff\xfe"
			"B\0E\0G\0",
			8, "UTF-16"},
		{"a.vcf", "B\0E\0G\0I\0", 8, "UTF-16"},
		{"a.vcf", "\0B\0E\0G\0I", 8, "UTF-16"},
		{"a.csv", "Name,Given Name\n", 16, "CSV"},
		{"a.vcf", "PK\003\004", 4, "zip"},
	};
	char target[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(target, sizeof(target), "/api/v1/users/anna/import?name=%s", rows[i].name);
		call("POST", target, "application/octet-stream", rows[i].bytes, rows[i].len);
		if (status != 400 || !strstr(text.data, rows[i].words))
			fail_msg("row %zu: %d %s", i, status, text.data);
	}
}

/* A folder: calendars and cards, each where it belongs; Latin-1 and UTF-16 come in base64. */
static void several_files(void **state)
{
	json_t *body = json_pack("{s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "files",
		"name", "a.vcf", "text", CARD("UID:1\r\n" MAIER), "name", "b.ics", "text",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"name", "c.vcf", "text", "\xef\xbb\xbf" CARD("UID:2\r\n" MAIER), "name", "d.vcf",
		"base64", "//5CAEUA");
	char *dump = json_dumps(body, 0);

	(void)state;
	call("POST", "/api/v1/users/anna/import", "application/json", dump, strlen(dump));
	expect(2, 0, 0, 1);
	expect_duplicates(1, 1);
	assert_string_equal(refused(0, "file"), "d.vcf");
	assert_non_null(strstr(refused(0, "why"), "UTF-16"));
	assert_int_equal(count(PATH), 1);
	assert_int_equal(count("calendars/anna/b"), 1);
	call("GET", "/api/v1/log/anna", NULL, "", 0);
	assert_non_null(strstr(text.data, "Anna imported 2 entries into "));
	free(dump);
	json_decref(body);
	static const char bad[] = "{\"files\": [{\"name\": \"a\", \"base64\": \"*\"}]}";
	call("POST", "/api/v1/users/anna/import", "application/json", bad, strlen(bad));
	assert_int_equal(status, 400);
	assert_non_null(strstr(text.data, "no base64"));
}

static void one_commit_with_its_words(void **state)
{
	(void)state;
	call("POST", "/api/v1/users/anna/import", "text/vcard", CARD("FN:a\r\n") CARD("FN:b\r\n"),
		strlen(CARD("FN:a\r\n") CARD("FN:b\r\n")));
	expect(2, 0, 0, 0);
	import(BOOK, CARD("FN:c\r\n"));
	call("GET", "/api/v1/log/anna/contacts", NULL, "", 0);
	assert_non_null(strstr(text.data, "Anna imported 2 cards into Contacts"));
	assert_non_null(strstr(text.data, "Anna imported 1 card into Contacts"));
}

/* Names in the tree come from UIDs, however they look; the cards stay what they are. */
static void hostile_uids(void **state)
{
	static const char *const uids[] = {"..", "a/b", "CON", "urn:uuid:..", "ümlaut", "U", "u",
		".git", "a b", "%2e%2e", "-", "@", "\\\\x"};
	char card[4000], longest[301];

	(void)state;
	memset(longest, 'x', 300);
	longest[300] = '\0';
	for (size_t i = 0; i <= sizeof(uids) / sizeof(*uids); i++) {
		const char *uid = i < sizeof(uids) / sizeof(*uids) ? uids[i] : longest;
		snprintf(card, sizeof(card), CARD("UID:%s\r\nFN:%zu\r\n"), uid, i);
		import(BOOK, card);
		expect(1, 0, 0, 0);
		import(BOOK, card);
		expect(0, 0, 1, 0);
	}
	assert_int_equal(count(PATH), sizeof(uids) / sizeof(*uids) + 1);
	import(BOOK,
		CARD("UID:a\x01"
		     "b\r\nFN:x\r\n"));
	expect(0, 0, 0, 1);
}

/* What goes out comes in again as it is, also cards that others would write otherwise. */
static void export_comes_back_byte_for_byte(void **state)
{
	static const char *const files[] = {"google.vcf", "icloud.vcf", "thunderbird.vcf"};
	char *first;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *bytes = read_file(files[i]);
		import(BOOK, bytes);
		free(bytes);
	}
	exported("contacts", "");
	assert_int_equal(status, 200);
	first = strdup(text.data);
	import("collections/copy", first);
	expect(9, 0, 0, 0);
	exported("copy", "");
	assert_string_equal(text.data, first);
	free(first);
	/* photos: not a byte of them is another */
	assert_non_null(strstr(text.data, "X-ABCROP-RECTANGLE=ABClipRect_1&0&0&640&640&x:"));
}

/* A big file: seconds of processor time at the very most, also with sanitizers; all of one name and one address. */
static void many_cards(void **state)
{
	enum { CARDS = 2000 };
	struct buf big;

	(void)state;
	buf_init(&big, 1 << 24);
	for (int i = 0; i < CARDS; i++)
		buf_addf(&big,
			CARD("UID:%d\r\nFN:Anna Maier\r\nEMAIL:office@example.org\r\n"
			     "EMAIL:%d@example.org\r\nTEL:%08d\r\n"),
			i, i, i);
	clock_t start = clock();
	import(BOOK, big.data);
	expect(CARDS, 0, 0, 0);
	expect_duplicates(0, CARDS - 1);
	import(BOOK, big.data);
	expect(0, 0, CARDS, 0);
	assert_true(clock() - start < (clock_t)60 * CLOCKS_PER_SEC);
	buf_free(&big);
}

static void add_ben(void)
{
	const struct account_spec ben = {.name = "ben", .password = "x", .with_defaults = true};
	static const char role[] = "{\"role\": \"author\"}";
	struct store_result result;

	assert_int_equal(account_create(app.store, &ben, NULL, &result), STORE_OK);
	call("PUT", "/api/v1/users/anna/collections/contacts/shares/ben?kind=addressbook",
		"application/json", role, strlen(role));
	assert_true(status == 200 || status == 201 || status == 204);
}

/* Who adds to somebody else's book learns nothing of what they may not see there, and changes nothing that is not theirs. */
static void books_of_others(void **state)
{
	static const char *const cards[] = {CARD("UID:9\r\n" MAIER "CLASS:PRIVATE\r\n"),
		CARD("UID:8\r\nFN:Ben\r\nEMAIL:ben@example.org\r\n"),
		CARD("UID:2\r\nFN:Other\r\n")};
	static const char target[] = "/api/v1/users/ben/collections/anna-contacts/import";

	(void)state;
	import(BOOK,
		CARD("UID:1\r\n" MAIER "CLASS:PRIVATE\r\n") CARD("UID:2\r\nFN:Ben\r\n"
								 "EMAIL:ben@example.org\r\n"));
	add_ben();
	who = "ben";
	call("POST", target, "text/vcard", cards[0], strlen(cards[0]));
	expect(1, 0, 0, 0);
	expect_duplicates(0, 0);
	call("POST", target, "text/vcard", cards[1], strlen(cards[1]));
	expect(0, 0, 0, 0);
	expect_duplicates(1, 1);
	call("POST", target, "text/vcard", cards[2], strlen(cards[2]));
	expect(0, 0, 0, 1);
	assert_non_null(strstr(refused(0, "why"), "may not change it"));
	who = NULL;
	assert_int_equal(count(PATH), 3);
}

static void too_large_and_no_room(void **state)
{
	struct buf big;

	(void)state;
	((struct config *)app.config)->max_resource_size = 2000;
	buf_init(&big, 1 << 16);
	buf_adds(&big, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:big\r\nFN:Big\r\nNOTE:");
	for (int i = 0; i < 2000; i++)
		buf_addc(&big, 'x');
	buf_adds(&big, "\r\nEND:VCARD\r\n" CARD("UID:small\r\nFN:Small\r\n"));
	import(BOOK, big.data);
	expect(1, 0, 0, 1);
	assert_non_null(strstr(refused(0, "why"), "at most 2000 are allowed"));
	assert_string_equal(refused(0, "summary"), "Big");
	buf_free(&big);
	dav_server_free(app.dav);
	app.dav = dav_server_new(&(struct dav_config){.store = app.store, .quota = 100});
	import(BOOK, CARD("UID:more\r\nFN:More\r\n"));
	assert_int_equal(status, 400);
	assert_non_null(strstr(text.data, "anna has no room left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exports_of_others),
		TEST(who_is_in_several_of_them),
		TEST(old_cards_become_new),
		TEST(versions_meet),
		TEST(refusals_say_why_and_where),
		TEST(same_uid_replaces),
		TEST(same_words_under_another_uid),
		TEST(what_becomes_another_is_no_twin),
		TEST(who_looks_like_whom),
		TEST(dry_run_writes_nothing),
		TEST(where_it_goes),
		TEST(what_is_no_file_of_cards),
		TEST(several_files),
		TEST(one_commit_with_its_words),
		TEST(hostile_uids),
		TEST(export_comes_back_byte_for_byte),
		TEST(many_cards),
		TEST(books_of_others),
		TEST(too_large_and_no_room),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
