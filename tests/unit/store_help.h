/* SPDX-License-Identifier: ISC */
/*
 * What the tests of the store share: an inspector that knows only lines "UID:", "COMP:" and
 * "BROKEN" (the real one is ical's, which storage must not link), short ways to write, a text form
 * of all that a snapshot says, and git.
 */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

#include "src/base/text.h"
#include "storage/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define HELPER static inline __attribute__((unused))
#define HOME_META "id 1\nkind home\n"
#define CALENDAR_META "id 2\nkind calendar\n"
#define BOOK_META "id 3\nkind addressbook\n"
#define FOLDER_META "id 4\nkind folder\n"

HELPER bool fake_inspect(enum facts_kind kind, const char *bytes, size_t len, struct arena *arena,
	struct facts *facts, struct facts_fault *fault)
{
	char *text = arena_strndup(arena, bytes, len), *uid = strstr(text, "UID:"),
	     *broken = strstr(text, "BROKEN");

	if (!uid || broken) {
		fault->line = 1;
		for (char *at = text; broken && at < broken; at++)
			fault->line += *at == '\n';
		snprintf(fault->text, sizeof(fault->text), "%s",
			broken ? "this is broken" : "there is no UID");
		return false;
	}
	uid += 4;
	uid[strcspn(uid, "\n")] = '\0';
	*facts = (struct facts){.uid = uid, .first = 5, .last = 7};
	facts->component = kind == FACTS_ADDRESSBOOK ? FACTS_VCARD : FACTS_VEVENT;
	if (memmem(bytes, len, "COMP:VTODO", 10))
		facts->component = FACTS_VTODO;
	return true;
}

/* Everything that was reported, one a line. */
struct reports {
	pthread_mutex_t lock;
	char text[8192];
};

HELPER void fake_report(void *payload, int level, const char *text)
{
	struct reports *reports = payload;

	(void)level;
	pthread_mutex_lock(&reports->lock);
	size_t used = strlen(reports->text);
	snprintf(reports->text + used, sizeof(reports->text) - used, "%s\n", text);
	pthread_mutex_unlock(&reports->lock);
}

HELPER struct store *open_memory(void)
{
	struct store_options options = {.inspect = fake_inspect};
	struct store *store;

	assert_int_equal(store_open_memory(&store, &options), STORE_OK);
	return store;
}

/* ---------------------------------------------------------------- writing */

HELPER struct store_change change_item(const char *collection, const char *name, const char *text)
{
	return (struct store_change){.slot = STORE_ITEM,
		.collection = collection,
		.name = name,
		.bytes = text,
		.len = text ? strlen(text) : 0,
		.remove = !text};
}

HELPER struct store_change change_meta(const char *collection, const char *name, const char *text)
{
	struct store_change change = change_item(collection, name, text);

	change.slot = STORE_ITEM_META;
	return change;
}

HELPER struct store_change change_self(const char *collection, const char *text)
{
	struct store_change change = change_item(collection, NULL, text);

	change.slot = STORE_SELF;
	return change;
}

HELPER enum store_code write_all(struct store *store, const struct store_change *changes, size_t n,
	struct store_result *result)
{
	struct store_write write = {.changes = changes,
		.n_changes = n,
		.author_name = "Anna",
		.user = "anna",
		.subject = "Anna did something"};

	return store_commit(store, &write, result);
}

HELPER enum store_code write_one(struct store *store, struct store_change change)
{
	struct store_result result = {0};

	return write_all(store, &change, 1, &result);
}

HELPER enum store_code put(
	struct store *store, const char *collection, const char *name, const char *text)
{
	return write_one(store, change_item(collection, name, text));
}

/* calendars/anna/home, calendars/anna/work, addressbooks/anna/people, files/anna */
HELPER void make_homes(struct store *store)
{
	const struct store_change changes[] = {
		change_self("calendars/anna", HOME_META),
		change_self("calendars/anna/home", CALENDAR_META),
		change_self("calendars/anna/work", CALENDAR_META),
		change_self("addressbooks/anna", HOME_META),
		change_self("addressbooks/anna/people", BOOK_META),
		change_self("files/anna", FOLDER_META),
	};
	struct store_result result;

	assert_int_equal(
		write_all(store, changes, sizeof(changes) / sizeof(*changes), &result), STORE_OK);
}

/* ---------------------------------------------------------------- all that a snapshot says */

HELPER void dump_item(struct buf *out, const struct store_item *item)
{
	char hex[41];

	store_oid_hex(hex, &item->oid);
	buf_addf(out, "  %s%s %s %llu bytes, #%llx added #%llx, uid %s, flags %x, created %lld%s\n",
		item->name, item->gone ? " GONE" : "", hex, (unsigned long long)item->size,
		(unsigned long long)item->number, (unsigned long long)item->added,
		item->facts.uid ? item->facts.uid : "-", item->facts.flags,
		(long long)item->created, item->has_meta ? " meta" : "");
}

HELPER void dump_collection(struct buf *out, const struct store_collection *c)
{
	size_t position = 0, n = 0;
	const struct store_item *item;
	struct store_cursor cursor = {0};

	buf_addf(out, "%s%s kind %d id %s, #%llx props #%llx, %zu items, %llu bytes\n",
		store_collection_path(c), c->gone ? " GONE" : "",
		(int)store_collection_meta(c)->kind, store_collection_meta(c)->id,
		(unsigned long long)store_collection_number(c),
		(unsigned long long)store_collection_props_number(c), store_collection_count(c),
		(unsigned long long)store_collection_bytes(c));
	while ((item = store_change_next(c, 0, &position))) {
		dump_item(out, item);
		assert_ptr_equal(store_item(c, item->name), item->gone ? NULL : item);
		if (!item->gone && item->facts.uid)
			assert_ptr_equal(store_item_by_uid(c, item->facts.uid), item);
	}
	while ((item = store_item_next(c, &cursor)))
		n++;
	assert_int_equal(n, store_collection_count(c));
	for (size_t i = 0; i < c->n_kids; i++)
		dump_collection(out, c->kids[i]);
}

/* The caller frees it. */
HELPER char *dump_root(const struct store_collection *root)
{
	struct buf out;

	buf_init(&out, (size_t)64 << 20);
	dump_collection(&out, root);
	return buf_take(&out, NULL);
}

HELPER char *dump(struct store *store)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	char *text = dump_root(snapshot->root);

	store_snapshot_free(snapshot);
	return text;
}

/* Fails with the first line that differs. */
HELPER void assert_same(const char *got, const char *want)
{
	size_t at = 0, line = 0;

	for (; got[at] && got[at] == want[at]; at++)
		if (got[at] == '\n')
			line = at + 1;
	if (got[at] != want[at])
		fail_msg("\n got  %.*s\n want %.*s", (int)strcspn(got + line, "\n"), got + line,
			(int)strcspn(want + line, "\n"), want + line);
}

HELPER void print_problem(void *payload, const char *path, const char *text)
{
	(void)payload;
	print_error("%s: %s\n", path, text);
}

/* Journals since `since` as "name name! " (! gone). */
HELPER const char *changes_since(struct store *store, const char *path, uint64_t since)
{
	static char text[4096];
	struct store_snapshot *snapshot = store_snapshot(store);
	const struct store_collection *c = store_collection(snapshot, path);
	const struct store_item *item;
	size_t position = 0, used = 0;
	uint64_t last = since;

	assert_non_null(c);
	text[0] = '\0';
	while ((item = store_change_next(c, since, &position))) {
		assert_true(item->number > last);
		last = item->number;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s ", item->name,
			item->gone ? "!" : "");
	}
	store_snapshot_free(snapshot);
	return text;
}

HELPER uint64_t number_of(struct store *store, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	uint64_t number = store_collection_number(store_collection(snapshot, path));

	store_snapshot_free(snapshot);
	return number;
}

/* ---------------------------------------------------------------- git */

struct folder {
	char path[64];
	struct reports reports;
	struct store *store;
};

/* Runs a shell command in the folder; its exit status. */
HELPER int shell(const struct folder *folder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
HELPER int shell(const struct folder *folder, const char *format, ...)
{
	char command[4096], whole[5120];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole),
		"cd %s && export HOME=%s GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Bob "
		"GIT_AUTHOR_EMAIL=b@x "
		"GIT_COMMITTER_NAME=Bob GIT_COMMITTER_EMAIL=b@x && { %s; } >>log 2>&1",
		folder->path, folder->path, command);
	return system(whole);
}

HELPER void reopen(struct folder *folder)
{
	struct store_options options = {.inspect = fake_inspect,
		.report = fake_report,
		.payload = &folder->reports,
		.no_maintenance = true};
	char data[80];
	const char *why = "";

	store_close(folder->store);
	folder->store = NULL;
	snprintf(data, sizeof(data), "%s/data", folder->path);
	if (store_open(&folder->store, data, &options, &why) != STORE_OK)
		fail_msg("open: %s", why);
	/* The hook would ask a daemon, or run the program: here the store judges alone. */
	shell(folder, "rm -f data/repo.git/hooks/*");
}

HELPER void folder_open(struct folder *folder)
{
	*folder = (struct folder){.path = "/tmp/daybook-test-XXXXXX"};
	pthread_mutex_init(&folder->reports.lock, NULL);
	assert_non_null(mkdtemp(folder->path));
	reopen(folder);
	make_homes(folder->store);
	assert_int_equal(shell(folder, "git clone -q data/repo.git work"), 0);
}

HELPER void folder_close(struct folder *folder)
{
	store_close(folder->store);
	assert_int_equal(shell(folder, "git -C data/repo.git fsck --strict --no-dangling"), 0);
	assert_int_equal(shell(folder, "rm -rf data work log .git*"), 0);
	assert_int_equal(rmdir(folder->path), 0);
	pthread_mutex_destroy(&folder->reports.lock);
}

#endif
