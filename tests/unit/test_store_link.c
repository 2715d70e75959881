/* SPDX-License-Identifier: ISC */
/* storage/link.c on both backends: tokens, expiry, revoking, where a link leads; state_link.c: formats, batches, removal. */
#include "tests/unit/account_help.h"
#include "store_bed.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/link.h"
#include "storage/state.h"

static char dir[64];
static char why[256];

static bool inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	(void)kind, (void)bytes, (void)len, (void)arena, (void)fault;
	*facts = (struct facts){.uid = "u", .component = FACTS_VEVENT};
	return true;
}

static struct store *open_store(bool memory)
{
	struct store_options options = {.inspect = inspect, .no_maintenance = true};
	struct store *store = NULL;
	const char *text = "";

	if (memory) {
		assert_int_equal(store_open_memory(&store, &options), STORE_OK);
		return store;
	}
	if (store_open(&store, dir, &options, &text) != STORE_OK)
		fail_msg("%s", text);
	return store;
}

/* A household of anna and bob; and their ids. */
static struct store *begin(
	bool memory, struct arena *arena, struct account *anna, struct account *bob)
{
	struct account_spec specs[] = {
		{.name = "anna", .with_defaults = true}, {.name = "bob", .with_defaults = true}};
	struct store_result result;

	snprintf(dir, sizeof(dir), "/tmp/daybook-link-XXXXXX");
	assert_non_null(mkdtemp(dir));
	struct store *store = open_store(memory);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(account_create(store, &specs[i], NULL, &result), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(store);
	assert_true(account_find(store, snapshot, arena, "anna", anna));
	assert_true(account_find(store, snapshot, arena, "bob", bob));
	store_snapshot_free(snapshot);
	return store;
}

static void end(struct store *store)
{
	char command[128];

	store_close(store);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

static const char *id_of(struct store *store, struct arena *arena, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_collection *c = store_collection(snapshot, path);
	const char *id = c ? arena_strdup(arena, store_collection_meta(c)->id) : NULL;

	store_snapshot_free(snapshot);
	return id;
}

static struct store_link make(
	struct store *store, struct arena *arena, const struct account *owner, const char *path)
{
	struct store_link link = {
		.principal_id = owner->id,
		.collection_id = id_of(store, arena, path),
		.path = path,
		.name = "for Oma",
	};

	if (link_add(store, arena, &link, why, sizeof(why)) != STORE_OK)
		fail_msg("%s", why);
	return link;
}

/* Path of what a link leads to; NULL: nowhere. */
static const char *leads_to(struct store *store, struct arena *arena, const struct store_link *link)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_collection *c = link_collection(store, snapshot, arena, link);
	const char *path = c ? arena_strdup(arena, store_collection_path(c)) : NULL;

	store_snapshot_free(snapshot);
	return path;
}

static void write_self(struct store *store, const char *path, const char *text)
{
	struct store_change change = {
		.slot = STORE_SELF,
		.collection = path,
		.bytes = text,
		.len = text ? strlen(text) : 0,
		.remove = !text,
	};
	struct store_write write = {.changes = &change, .n_changes = 1};
	struct store_result result;

	if (store_commit(store, &write, &result) != STORE_OK)
		fail_msg("%s: %s", path, result.text);
}

/* ---------------------------------------------------------------- on both backends */

static void tokens(struct store *store, struct arena *arena, const struct account *anna)
{
	struct store_link link = make(store, arena, anna, "calendars/anna/personal"), found;
	struct store_link other = make(store, arena, anna, "calendars/anna/personal");
	char *wrong = arena_strdup(arena, link.token);
	char *long_one = arena_alloc(arena, 10001);
	const char *const others[] = {"", "..", wrong, long_one, link.id, link.principal_id,
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\xc3\xa4", "%61", "' OR 1=1 --"};

	assert_int_equal(strlen(link.token), LINK_TOKEN);
	assert_int_equal(strlen(link.id), LINK_ID);
	assert_string_not_equal(link.token, other.token);
	assert_string_not_equal(link.id, other.id);
	assert_true(link_find(store, arena, link.token, &found));
	assert_string_equal(found.id, link.id);
	assert_string_equal(found.token, link.token);
	assert_string_equal(found.principal_id, anna->id);
	assert_string_equal(found.collection_id, link.collection_id);
	assert_string_equal(found.path, "calendars/anna/personal");
	assert_string_equal(found.name, "for Oma");
	assert_false(found.busy);
	assert_true(found.created > 0 && found.created <= clock_now());
	assert_int_equal(found.expires, 0);
	assert_int_equal(found.last_used, 0);
	wrong[LINK_TOKEN - 1] = wrong[LINK_TOKEN - 1] == 'a' ? 'b' : 'a';
	memset(long_one, 'a', 10000);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (link_find(store, arena, others[i], &found))
			fail_msg("found: %.40s", others[i]);
	assert_false(link_find(store, arena, text_lower(arena, "ABC"), &found));
}

static void expiry(struct store *store, struct arena *arena, const struct account *anna)
{
	struct store_link found,
		link = {
			.principal_id = anna->id,
			.collection_id = "c",
			.path = "calendars/anna/x",
			.busy = true,
			.expires = clock_now() + 1000,
		};

	assert_int_equal(link_add(store, arena, &link, why, sizeof(why)), STORE_OK);
	assert_true(link_find(store, arena, link.token, &found));
	assert_true(found.busy);
	assert_null(found.name);
	assert_int_equal(found.expires, link.expires);
	link.expires = clock_now();
	assert_int_equal(link_add(store, arena, &link, why, sizeof(why)), STORE_OK);
	assert_false(link_find(store, arena, link.token, &found));
	assert_true(link_has_expired(&link));
}

static void lists(struct store *store, struct arena *arena, const struct account *anna,
	const struct account *bob)
{
	size_t before, after;
	struct store_link found;

	link_list(store, arena, anna->id, &before);
	struct store_link link = make(store, arena, anna, "calendars/anna/tasks");
	struct store_link *list = link_list(store, arena, anna->id, &after);
	assert_int_equal(after, before + 1);
	bool seen = false;
	for (size_t i = 0; i < after; i++)
		seen = seen || text_equal(list[i].token, link.token);
	assert_true(seen);
	link_list(store, arena, bob->id, &after);
	assert_int_equal(after, 0);
	link_used(store, &link);
	assert_true(link_find(store, arena, link.token, &found));
	assert_true(found.last_used > 0 && found.last_used <= clock_now());
	/* nobody revokes what is not theirs */
	assert_int_equal(link_revoke(store, bob->id, link.id, why, sizeof(why)), STORE_NOT_FOUND);
	assert_true(link_find(store, arena, link.token, &found));
	assert_int_equal(link_revoke(store, anna->id, link.id, why, sizeof(why)), STORE_OK);
	assert_false(link_find(store, arena, link.token, &found));
	assert_int_equal(link_revoke(store, anna->id, link.id, why, sizeof(why)), STORE_NOT_FOUND);
	assert_int_equal(link_revoke(store, anna->id, "", why, sizeof(why)), STORE_NOT_FOUND);
}

static void leading(struct store *store, struct arena *arena, const struct account *anna)
{
	static const char club[] = "id club-1\nkind calendar\n";
	static const char again[] = "id club-2\nkind calendar\n";
	static const char home[] = "id club-1\nkind folder\n";

	write_self(store, "calendars/anna/club", club);
	struct store_link link = make(store, arena, anna, "calendars/anna/club");
	assert_string_equal(leads_to(store, arena, &link), "calendars/anna/club");
	write_self(store, "calendars/anna/club", NULL);
	assert_null(leads_to(store, arena, &link));
	/* made again under the same name: another one */
	write_self(store, "calendars/anna/club", again);
	assert_null(leads_to(store, arena, &link));
	/* renamed */
	write_self(store, "calendars/anna/verein", club);
	assert_string_equal(leads_to(store, arena, &link), "calendars/anna/verein");
	write_self(store, "calendars/anna/verein", NULL);
	/* given away, or the same id in something that is no calendar */
	write_self(store, "calendars/bob/club", club);
	assert_null(leads_to(store, arena, &link));
	write_self(store, "files/anna/club", home);
	assert_null(leads_to(store, arena, &link));
	/* a link that tells of another principal, or of no place */
	struct store_link forged = make(store, arena, anna, "calendars/anna/personal");
	assert_non_null(leads_to(store, arena, &forged));
	forged.principal_id = "somebody else";
	assert_null(leads_to(store, arena, &forged));
	forged.principal_id = anna->id;
	static const char *const paths[] = {"", "/", "calendars", "calendars/", "../anna/x"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		forged.path = paths[i];
		forged.collection_id = "none";
		assert_null(leads_to(store, arena, &forged));
	}
}

static void removal(struct store *store, struct arena *arena, const struct account *anna,
	const struct account *bob)
{
	struct store_link mine = make(store, arena, anna, "calendars/anna/personal"), found;
	struct store_link his = make(store, arena, bob, "calendars/bob/personal");
	struct store_result result;
	size_t count;

	assert_int_equal(account_take_away(store, "anna"), STORE_OK);
	assert_false(link_find(store, arena, mine.token, &found));
	link_list(store, arena, anna->id, &count);
	assert_int_equal(count, 0);
	assert_true(link_find(store, arena, his.token, &found));
	struct account_spec again = {.name = "anna", .with_defaults = true};
	assert_int_equal(account_create(store, &again, NULL, &result), STORE_OK);
	assert_false(link_find(store, arena, mine.token, &found));
	assert_null(leads_to(store, arena, &mine));
}

static void all_of_it(bool memory)
{
	struct arena *arena = arena_new();
	struct account anna, bob;
	struct store *store = begin(memory, arena, &anna, &bob);

	tokens(store, arena, &anna);
	expiry(store, arena, &anna);
	lists(store, arena, &anna, &bob);
	leading(store, arena, &anna);
	removal(store, arena, &anna, &bob);
	arena_free(arena);
	end(store);
}

static void in_memory(void **state)
{
	(void)state;
	all_of_it(true);
}

static void in_git(void **state)
{
	(void)state;
	all_of_it(false);
}

static void too_many_are_refused(void **state)
{
	struct arena *arena = arena_new();
	struct account anna, bob;
	struct store *store = begin(true, arena, &anna, &bob);
	struct store_link link = {.principal_id = anna.id, .collection_id = "c", .path = "p"};

	(void)state;
	for (int i = 0; i < LINK_MAX_COUNT; i++)
		assert_int_equal(link_add(store, arena, &link, why, sizeof(why)), STORE_OK);
	assert_int_equal(link_add(store, arena, &link, why, sizeof(why)), STORE_INVALID);
	assert_non_null(strstr(why, "revoke"));
	link.principal_id = bob.id;
	assert_int_equal(link_add(store, arena, &link, why, sizeof(why)), STORE_OK);
	arena_free(arena);
	end(store);
}

/* ---------------------------------------------------------------- state.db */

static struct state *open_state(const struct bed *bed)
{
	struct state *state = NULL;

	if (state_open(&state, bed->dir, why, sizeof(why)) != STORE_OK)
		fail_msg("%s", why);
	return state;
}

static const struct store_link row = {
	.id = "i",
	.token = "t",
	.principal_id = "p",
	.collection_id = "c",
	.path = "calendars/anna/x",
	.created = 1,
};

static void a_folder_of_format_1_is_brought_up(void **unused)
{
	/* all that later formats added goes */
	static const char back[] =
		"/usr/bin/python3 -c \"import sqlite3; c=sqlite3.connect('$D/state.db'); "
		"[c.execute('drop table '+t) for (t,) in c.execute(\\\"select name from sqlite_schema "
		"where type='table' and name not in ('meta','credential','throttle','write_ahead')"
		"\\\").fetchall()]; "
		"c.execute(\\\"update meta set value=1 where key='format'\\\"); c.commit()\"";
	struct bed bed;
	struct arena *arena = arena_new();
	struct store_credential credential = {"p", "h", 1, false};
	char hash[128];
	int admin;
	uint64_t generation;
	struct store_link link;

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	assert_int_equal(state_commit(state, NULL, &credential, 1, why, sizeof(why)), STORE_OK);
	state_close(state);
	assert_int_equal(bed_shell(&bed, back), 0);
	for (int i = 0; i < 2; i++) { /* the second finds nothing to do */
		state = open_state(&bed);
		assert_true(state_credential(state, "p", hash, &admin, &generation));
		unsigned char key[LINK_HASH] = {(unsigned char)i};
		link = row;
		link.id = i ? "a" : "b";
		assert_int_equal(state_link_add(state, &link, key, why, sizeof(why)), STORE_OK);
		assert_true(state_link_find(state, key, arena, &link));
		state_close(state);
	}
	arena_free(arena);
	bed_remove(&bed);
}

static void ids_and_hashes_are_unique(void **unused)
{
	struct bed bed;
	unsigned char one[LINK_HASH] = {1}, two[LINK_HASH] = {2};
	struct store_link other = row;

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	other.id = "j";
	assert_int_equal(state_link_add(state, &row, one, why, sizeof(why)), STORE_OK);
	assert_int_equal(state_link_add(state, &row, two, why, sizeof(why)), STORE_CONFLICT);
	assert_int_equal(state_link_add(state, &other, one, why, sizeof(why)), STORE_CONFLICT);
	assert_int_equal(state_link_add(state, &other, two, why, sizeof(why)), STORE_OK);
	state_close(state);
	bed_remove(&bed);
}

/* What the file says, by another connection: what waits in memory is not there. */
static void written(const struct bed *bed, char *out, size_t size)
{
	bed_ask(bed,
		"/usr/bin/python3 -c \"import sqlite3; c=sqlite3.connect('$D/state.db'); "
		"print(*[r[0] for r in c.execute('select last_used from link order by id')])\"",
		out, size);
}

static void last_use_is_written_in_batches(void **unused)
{
	struct bed bed;
	struct arena *arena = arena_new();
	unsigned char hash[LINK_HASH] = {1}, other_hash[LINK_HASH] = {2};
	struct store_link link, other = row;
	char text[64];
	size_t count;

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	other.id = "j";
	assert_int_equal(state_link_add(state, &row, hash, why, sizeof(why)), STORE_OK);
	assert_int_equal(state_link_add(state, &other, other_hash, why, sizeof(why)), STORE_OK);
	state_link_used(state, "i", 500);
	state_link_care(state, false); /* the first batch is due at once */
	written(&bed, text, sizeof(text));
	assert_string_equal(text, "500 0");
	state_link_used(state, "i", 600);
	state_link_used(state, "i", 700);
	state_link_used(state, "j", 650);
	state_link_used(state, "gone", 1);
	state_link_care(state, false); /* the next one is not */
	written(&bed, text, sizeof(text));
	assert_string_equal(text, "500 0");
	assert_true(state_link_find(state, hash, arena, &link));
	assert_int_equal(link.last_used, 700);
	assert_int_equal(state_link_list(state, "p", arena, &count)[1].last_used, 650);
	state_close(state); /* writes what waits */
	written(&bed, text, sizeof(text));
	assert_string_equal(text, "700 650");
	arena_free(arena);
	bed_remove(&bed);
}

static void removing_credentials_removes_links(void **unused)
{
	struct bed bed;
	struct arena *arena = arena_new();
	unsigned char hash[LINK_HASH] = {1};
	struct store_credential remove = {"p", NULL, -1, true};
	struct store_credential change = {"p", "h", 1, false};
	struct store_link link;
	size_t count;

	(void)unused;
	bed_new(&bed);
	struct state *state = open_state(&bed);
	assert_int_equal(state_link_add(state, &row, hash, why, sizeof(why)), STORE_OK);
	assert_int_equal(state_commit(state, NULL, &change, 1, why, sizeof(why)), STORE_OK);
	assert_true(state_link_find(state, hash, arena, &link));
	assert_int_equal(state_commit(state, NULL, &remove, 1, why, sizeof(why)), STORE_OK);
	assert_false(state_link_find(state, hash, arena, &link));
	state_close(state);
	state = open_state(&bed);
	state_link_list(state, "p", arena, &count);
	assert_int_equal(count, 0);
	state_close(state);
	arena_free(arena);
	bed_remove(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_memory),
		cmocka_unit_test(in_git),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(a_folder_of_format_1_is_brought_up),
		cmocka_unit_test(ids_and_hashes_are_unique),
		cmocka_unit_test(last_use_is_written_in_batches),
		cmocka_unit_test(removing_credentials_removes_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
