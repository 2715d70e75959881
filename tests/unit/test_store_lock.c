/* SPDX-License-Identifier: ISC */
/* storage/lock.c on both backends: who conflicts with whom, limits, restarts, what ends a lock, and writers between a look
 * and a commit; state_lock.c: rows that go with a principal. */
#include "tests/unit/account_help.h"
#include "store_help.h"

#include "src/base/clock.h"
#include "storage/lock.h"

#define HOUR 3600

struct site {
	struct store *store;
	struct arena *arena;
	struct account anna, ben;
	char dir[64];
	char why[256];
};

static void open_store(struct site *p)
{
	struct store_options options = {.inspect = fake_inspect, .no_maintenance = true};
	const char *text = "";

	if (!*p->dir)
		assert_int_equal(store_open_memory(&p->store, &options), STORE_OK);
	else if (store_open(&p->store, p->dir, &options, &text) != STORE_OK)
		fail_msg("%s", text);
}

static void begin(struct site *p, bool memory)
{
	const struct store_change folders[] = {change_self("files/anna", FOLDER_META),
		change_self("files/anna/a", FOLDER_META),
		change_self("files/anna/a/b", FOLDER_META), change_item("files/anna", "a-b", "1"),
		change_item("files/anna/a", "x", "1"), change_item("files/anna/a/b", "y", "1")};
	const char *const names[] = {"anna", "ben"};
	struct store_result result;

	*p = (struct site){.arena = arena_new()};
	if (!memory) {
		snprintf(p->dir, sizeof(p->dir), "/tmp/daybook-lock-XXXXXX");
		assert_non_null(mkdtemp(p->dir));
	}
	open_store(p);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(account_create(p->store, &(struct account_spec){.name = names[i]},
					 NULL, &result),
			STORE_OK);
	assert_int_equal(write_all(p->store, folders, 6, &result), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(p->store);
	assert_true(account_find(p->store, snapshot, p->arena, "anna", &p->anna));
	assert_true(account_find(p->store, snapshot, p->arena, "ben", &p->ben));
	store_snapshot_free(snapshot);
}

static void end(struct site *p)
{
	char command[128];

	store_close(p->store);
	arena_free(p->arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", p->dir);
	if (*p->dir)
		assert_int_equal(system(command), 0);
}

static enum store_code grant_for(struct site *p, const struct account *who, const char *path,
	bool shared, bool infinite, int64_t seconds, const char **token)
{
	struct store_lock lock = {.path = path,
		.user = who->name,
		.principal_id = who->id,
		.owner = "<owner/>",
		.shared = shared,
		.infinite = infinite,
		.expires = clock_now() + seconds};
	struct lock_list against;
	enum store_code code = lock_grant(
		p->store, p->arena, &lock, &against, p->why, sizeof(p->why));

	if (token)
		*token = lock.token;
	return code;
}

static const char *grant(struct site *p, const char *path, bool infinite)
{
	const char *token = NULL;

	if (grant_for(p, &p->anna, path, false, infinite, HOUR, &token) != STORE_OK)
		fail_msg("%s: %s", path, p->why);
	assert_true(text_starts(token, "urn:uuid:") && strlen(token) == 45);
	return token;
}

static size_t covering(struct site *p, const char *path)
{
	return lock_covering(p->store, p->arena, path).n;
}

static void conflicts_by_scope(void **state)
{
	static const struct {
		const char *have;
		bool have_shared, have_infinite;
		const char *want;
		bool shared, infinite, granted;
	} rows[] = {
		{"files/anna/a", false, false, "files/anna/a", false, false, false},
		{"files/anna/a", false, false, "files/anna/a", true, false, false},
		{"files/anna/a", true, false, "files/anna/a", true, false, true},
		{"files/anna/a", true, false, "files/anna/a", false, false, false},
		{"files/anna/a", false, false, "files/anna/a/x", false, false, true},
		{"files/anna/a", false, true, "files/anna/a/x", false, false, false},
		{"files/anna/a", false, true, "files/anna/a/b/y", true, false, false},
		{"files/anna/a", true, true, "files/anna/a/b/y", true, false, true},
		{"files/anna/a", false, true, "files/anna/a-b", false, false, true},
		{"files/anna/a/b/y", false, false, "files/anna/a", false, false, true},
		{"files/anna/a/b/y", false, false, "files/anna/a", false, true, false},
		{"files/anna/a/b/y", true, false, "files/anna/a", true, true, true},
		{"files/anna/a-b", false, false, "files/anna/a", false, true, true},
		{"files/anna", false, true, "files/ben", false, true, true},
		{"files/anna/a", false, false, "files/anna/none", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct site p;
		begin(&p, true);
		assert_int_equal(grant_for(&p, &p.anna, rows[i].have, rows[i].have_shared,
					 rows[i].have_infinite, HOUR, NULL),
			STORE_OK);
		enum store_code code = grant_for(
			&p, &p.ben, rows[i].want, rows[i].shared, rows[i].infinite, HOUR, NULL);
		if ((code == STORE_OK) != rows[i].granted)
			fail_msg("row %zu: %d", i, code);
		end(&p);
	}
}

static void scopes_are_found(void **state)
{
	struct site p;

	(void)state;
	begin(&p, true);
	assert_int_equal(covering(&p, "files/anna/a"), 0);
	grant(&p, "files/anna/a-b", true);
	grant(&p, "files/anna/a/x", false);
	grant(&p, "files/anna/a", false);
	grant(&p, "files/anna/a/b", true);
	assert_int_equal(covering(&p, "files/anna"), 0);
	assert_int_equal(covering(&p, "files/anna/a"), 1);
	assert_int_equal(covering(&p, "files/anna/a/x"), 1);
	assert_int_equal(covering(&p, "files/anna/a/xy"), 0);
	assert_int_equal(covering(&p, "files/anna/a/b/c/d/none"), 1);
	assert_int_equal(lock_below(p.store, p.arena, "files/anna").n, 4);
	assert_int_equal(lock_below(p.store, p.arena, "files/anna/a").n, 2);
	assert_int_equal(lock_below(p.store, p.arena, "files/anna/a/b").n, 0);
	end(&p);
}

static void they_end(void **state)
{
	struct site p;

	(void)state;
	begin(&p, true);
	const char *token = grant(&p, "files/anna/a/x", false);
	assert_int_equal(lock_refresh(p.store, token, clock_now() + 5, p.why, 256), STORE_OK);
	assert_int_equal(lock_release(p.store, "urn:uuid:none", p.why, 256), STORE_NOT_FOUND);
	assert_int_equal(lock_release(p.store, token, p.why, 256), STORE_OK);
	assert_int_equal(lock_release(p.store, token, p.why, 256), STORE_NOT_FOUND);
	assert_int_equal(
		lock_refresh(p.store, token, clock_now() + 5, p.why, 256), STORE_NOT_FOUND);
	assert_int_equal(covering(&p, "files/anna/a/x"), 0);
	/* By time: a lock that is over is nobody's. */
	assert_int_equal(
		grant_for(&p, &p.anna, "files/anna/a/x", false, false, -1, &token), STORE_OK);
	assert_int_equal(covering(&p, "files/anna/a/x"), 0);
	assert_int_equal(
		lock_refresh(p.store, token, clock_now() + 5, p.why, 256), STORE_NOT_FOUND);
	assert_int_equal(
		grant_for(&p, &p.ben, "files/anna/a/x", false, false, HOUR, NULL), STORE_OK);
	locks_age(p.store);
	assert_int_equal(covering(&p, "files/anna/a/x"), 1);
	end(&p);
}

static void they_are_bounded(void **state)
{
	struct site p;

	(void)state;
	begin(&p, true);
	for (int i = 0; i < LOCK_MAX_USER; i++) {
		const char *path = arena_printf(p.arena, "files/anna/n%d", i / LOCK_MAX_HERE);
		if (i % LOCK_MAX_HERE == 0)
			assert_int_equal(
				put(p.store, "files/anna", strrchr(path, '/') + 1, "1"), STORE_OK);
		assert_int_equal(grant_for(&p, &p.anna, path, true, true, HOUR, NULL), STORE_OK);
	}
	assert_int_equal(
		grant_for(&p, &p.anna, "files/anna/a", true, true, HOUR, NULL), STORE_INVALID);
	assert_non_null(strstr(p.why, "unlock some"));
	assert_int_equal(lock_room(p.store, p.anna.id, p.why, 256), STORE_INVALID);
	assert_int_equal(lock_room(p.store, p.ben.id, p.why, 256), STORE_OK);
	assert_int_equal(grant_for(&p, &p.ben, "files/anna/a", true, true, HOUR, NULL), STORE_OK);
	assert_int_equal(
		grant_for(&p, &p.ben, "files/anna/n0", true, true, HOUR, NULL), STORE_INVALID);
	assert_non_null(strstr(p.why, "on it already"));
	end(&p);
}

static void they_survive_a_restart(void **state)
{
	const char *gone;
	struct site p;

	(void)state;
	begin(&p, false);
	grant(&p, "files/anna/a", true);
	gone = grant(&p, "files/anna/a-b", false);
	assert_int_equal(lock_release(p.store, gone, p.why, 256), STORE_OK);
	assert_int_equal(grant_for(&p, &p.ben, "files/ben", false, true, 1, NULL), STORE_OK);
	store_close(p.store);
	sleep(2);
	open_store(&p);
	struct lock_list list = lock_covering(p.store, p.arena, "files/anna/a/x");
	assert_int_equal(list.n, 1);
	assert_string_equal(list.locks[0]->owner, "<owner/>");
	assert_string_equal(list.locks[0]->principal_id, p.anna.id);
	assert_true(list.locks[0]->infinite && !list.locks[0]->shared);
	assert_int_equal(covering(&p, "files/anna/a-b"), 0);
	assert_int_equal(covering(&p, "files/ben"), 0);
	end(&p);
}

static void removals_take_them_along(void **state)
{
	for (int memory = 0; memory < 2; memory++) {
		struct site p;
		struct store_result result;
		struct store_change changes[] = {
			{.slot = STORE_SELF, .collection = "files/anna/a", .remove = true},
			change_self("files/anna/a", FOLDER_META),
			change_item("files/anna/a", "x", "2"),
		};
		(void)state;
		begin(&p, memory);
		grant(&p, "files/anna/a", false);
		grant(&p, "files/anna/a/x", false);
		grant(&p, "files/anna/a/b/y", false);
		/* Written over in one step: what stands again keeps its lock. */
		assert_int_equal(write_all(p.store, changes, 3, &result), STORE_OK);
		assert_int_equal(covering(&p, "files/anna/a"), 1);
		assert_int_equal(covering(&p, "files/anna/a/x"), 1);
		assert_int_equal(covering(&p, "files/anna/a/b/y"), 0);
		struct store_change item = change_item("files/anna/a", "x", NULL);
		item.remove = true;
		item.bytes = NULL;
		assert_int_equal(write_one(p.store, item), STORE_OK);
		assert_int_equal(covering(&p, "files/anna/a/x"), 0);
		assert_int_equal(put(p.store, "files/anna/a", "x", "3"), STORE_OK);
		assert_int_equal(covering(&p, "files/anna/a/x"), 0);
		assert_int_equal(write_one(p.store, changes[0]), STORE_OK);
		assert_int_equal(covering(&p, "files/anna/a"), 0);
		end(&p);
	}
}

static void they_go_with_whoever_holds_them(void **state)
{
	for (int memory = 0; memory < 2; memory++) {
		struct site p;
		struct store_result result;
		(void)state;
		begin(&p, memory);
		grant(&p, "files/anna/a", false);
		assert_int_equal(grant_for(&p, &p.ben, "files/anna/a-b", false, false, HOUR, NULL),
			STORE_OK);
		assert_int_equal(account_take_away(p.store, "ben"), STORE_OK);
		assert_int_equal(covering(&p, "files/anna/a-b"), 0);
		/* Nor does a later ben get any in the name of the former one. */
		assert_int_equal(account_create(p.store, &(struct account_spec){.name = "ben"},
					 NULL, &result),
			STORE_OK);
		assert_int_equal(grant_for(&p, &p.ben, "files/anna/a-b", false, false, HOUR, NULL),
			STORE_NOT_FOUND);
		if (!memory) {
			store_close(p.store);
			open_store(&p);
		}
		assert_int_equal(covering(&p, "files/anna/a-b"), 0);
		assert_int_equal(covering(&p, "files/anna/a"), 1);
		end(&p);
	}
}

/* A push does not ask; but what it removed is not locked any more. */
static void pushes_sweep(void **state)
{
	struct folder folder;
	struct site p = {.arena = arena_new()};
	struct store_result result;

	(void)state;
	folder_open(&folder);
	p.store = folder.store;
	assert_int_equal(
		account_create(p.store, &(struct account_spec){.name = "eve"}, NULL, &result),
		STORE_OK);
	assert_int_equal(put(p.store, "files/anna", "x", "1"), STORE_OK);
	assert_int_equal(put(p.store, "files/anna", "z", "1"), STORE_OK);
	struct store_snapshot *snapshot = store_snapshot(p.store);
	assert_true(account_find(p.store, snapshot, p.arena, "eve", &p.anna));
	store_snapshot_free(snapshot);
	grant(&p, "files/anna/x", false);
	grant(&p, "files/anna/z", false);
	assert_int_equal(
		shell(&folder,
			"cd work && git pull -q && git rm -q files/anna/x &&"
			" echo 2 >files/anna/z && git commit -qam 'by hand' && git push -q"),
		0);
	store_poll(p.store);
	assert_int_equal(covering(&p, "files/anna/x"), 0);
	assert_int_equal(covering(&p, "files/anna/z"), 1);
	folder_close(&folder);
	arena_free(p.arena);
}

static enum store_code write_seen(struct site *p, struct store_change change, uint64_t seen)
{
	const struct store_write write = {
		.changes = &change, .n_changes = 1, .subject = "test", .locks_seen = seen};

	return store_commit(p->store, &write, NULL);
}

static void a_lock_between_look_and_commit_is_met(void **state)
{
	struct site p;
	struct store_change remove = {
		.slot = STORE_SELF, .collection = "files/anna/a", .remove = true};

	(void)state;
	begin(&p, true);
	uint64_t seen = lock_number(p.store);
	assert_true(seen > 0);
	const char *token = grant(&p, "files/anna/a/x", false);
	/* The item, and the tree it is in. */
	assert_int_equal(
		write_seen(&p, change_item("files/anna/a", "x", "2"), seen), STORE_CONFLICT);
	assert_int_equal(write_seen(&p, remove, seen), STORE_CONFLICT);
	/* What it does not touch; who does not ask; who has seen it. */
	assert_int_equal(write_seen(&p, change_item("files/anna/a", "xy", "2"), seen), STORE_OK);
	assert_int_equal(write_seen(&p, change_item("files/anna/a", "x", "3"), 0), STORE_OK);
	assert_int_equal(
		write_seen(&p, change_item("files/anna/a", "x", "4"), lock_number(p.store)),
		STORE_OK);
	/* One that is gone again was there. */
	assert_int_equal(lock_release(p.store, token, p.why, 256), STORE_OK);
	assert_int_equal(write_seen(&p, change_item("files/anna/a", "x", "5"), seen), STORE_OK);
	/* A collection's lock is met by changes of its members. */
	seen = lock_number(p.store);
	grant(&p, "files/anna/a", false);
	assert_int_equal(
		write_seen(&p, change_item("files/anna/a", "new", "2"), seen), STORE_CONFLICT);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conflicts_by_scope),
		cmocka_unit_test(scopes_are_found),
		cmocka_unit_test(they_end),
		cmocka_unit_test(they_are_bounded),
		cmocka_unit_test(they_survive_a_restart),
		cmocka_unit_test(removals_take_them_along),
		cmocka_unit_test(they_go_with_whoever_holds_them),
		cmocka_unit_test(pushes_sweep),
		cmocka_unit_test(a_lock_between_look_and_commit_is_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
