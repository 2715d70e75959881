/* SPDX-License-Identifier: ISC */
/*
 * Creating accounts: one commit, and the credential row becomes true with it; and what removing one takes. A new account must not find homes
 * of somebody before it: they would be inherited.
 */
#include "storage/account.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/account_password.h"
#include "storage/principal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define USERS "principals/users"
#define BOOKS "addressbooks"

/* What a new user gets; %s is the name. */
static const struct home {
	const char *path;
	enum facts_kind kind;
	uint32_t components;
	const char *displayname; /* NULL: none */
	bool is_default;         /* only with_defaults */
} homes[] = {
	{"calendars/%s", FACTS_HOME, 0, NULL, false},
	{"addressbooks/%s", FACTS_HOME, 0, NULL, false},
	{"files/%s", FACTS_FOLDER, 0, NULL, false},
	{"calendars/%s/personal", FACTS_CALENDAR, FACTS_VEVENT, "Personal", true},
	{"calendars/%s/tasks", FACTS_CALENDAR, FACTS_VTODO, "Tasks", true},
	{"addressbooks/%s/contacts", FACTS_ADDRESSBOOK, 0, "Contacts", true},
};
#define N_HOMES (sizeof(homes) / sizeof(*homes))

static char *home_path(struct arena *arena, const struct home *home, const char *name)
{
	const char *at = strstr(home->path, "%s");

	return arena_printf(arena, "%.*s%s%s", (int)(at - home->path), home->path, name, at + 2);
}

/* Who makes the commit: a user by name, else Daybook. */
static void set_author(
	struct store *store, struct arena *arena, struct store_write *write, const char *actor)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct account account;

	write->user = actor;
	write->author_name = actor;
	if (actor && account_find(store, snapshot, arena, actor, &account)) {
		write->author_name = account.display_name ? account.display_name : account.name;
		write->author_mail = account.n_mails ? account.mails[0] : NULL;
	}
	store_snapshot_free(snapshot);
}

static enum store_code refuse(struct store_result *result, enum store_code code, const char *text)
{
	*result = (struct store_result){.code = code};
	snprintf(result->text, sizeof(result->text), "%s", text);
	return code;
}

/* ---------------------------------------------------------------- create */

static struct store_change new_home(struct arena *arena, const struct home *home, const char *name)
{
	char *id = arena_alloc(arena, 37);
	struct store_prop prop = {.name = "{DAV:}displayname"};
	struct store_meta meta = {
		.id = id,
		.kind = home->kind,
		.components = home->components,
		.created = clock_now(),
		.props = &prop,
		.n_props = home->displayname != NULL,
	};
	struct store_change change = {
		.slot = STORE_SELF,
		.collection = home_path(arena, home, name),
		.expect = STORE_ABSENT,
	};

	text_uuid(id);
	prop.xml = arena_printf(arena, "<d:displayname xmlns:d=\"DAV:\">%s</d:displayname>",
		home->displayname ? home->displayname : "");
	change.bytes = store_meta_print(arena, &meta, &change.len);
	return change;
}

static struct store_change new_principal(
	struct arena *arena, const struct account_spec *spec, const char *id)
{
	struct principal principal = {
		.id = id,
		.name = spec->display_name,
		.created = clock_now(),
		.mails = arena_memdup(arena, spec->mails, spec->n_mails * sizeof(*spec->mails)),
		.n_mails = spec->n_mails,
	};
	struct store_change change = {
		.slot = STORE_ITEM,
		.collection = USERS,
		.name = spec->name,
		.expect = STORE_ABSENT,
	};

	change.bytes = principal_print(arena, &principal, &change.len);
	return change;
}

static enum store_code create(struct store *store, struct arena *arena,
	const struct account_spec *spec, const char *hash, const char *actor,
	struct store_result *result)
{
	struct store_change changes[1 + N_HOMES];
	char id[37];
	struct store_credential credential = {
		.principal_id = id, .password_hash = hash, .admin = spec->admin};
	struct store_write write = {
		.changes = changes,
		.credentials = &credential,
		.n_credentials = 1,
	};

	text_uuid(id);
	changes[write.n_changes++] = new_principal(arena, spec, id);
	for (size_t i = 0; i < N_HOMES; i++) {
		if (spec->with_defaults || !homes[i].is_default)
			changes[write.n_changes++] = new_home(arena, &homes[i], spec->name);
	}
	set_author(store, arena, &write, actor);
	write.subject = arena_printf(arena, "%s created the user %s",
		write.author_name ? write.author_name : "Daybook", spec->name);
	enum store_code code = store_commit(store, &write, result);
	if (code == STORE_CONFLICT)
		snprintf(result->text, sizeof(result->text),
			result->index == 0
				? "there is a user of this name already"
				: "there are calendars, address books or files of this name already");
	return code;
}

enum store_code account_create(struct store *store, const struct account_spec *spec,
	const char *actor, struct store_result *result)
{
	char hash[128];
	enum store_code code = STORE_OK;

	if (!account_name_ok(spec->name))
		return refuse(result, STORE_INVALID, "this can not be a user's name");
	if (spec->password)
		code = account_hash(spec->password, hash);
	if (code != STORE_OK)
		return refuse(result, code,
			code == STORE_INVALID ? "this can not be a password: too short or too long"
					      : "no memory to hash the password");
	struct arena *arena = arena_new();
	code = create(store, arena, spec, spec->password ? hash : NULL, actor, result);
	arena_free(arena);
	sodium_memzero(hash, sizeof(hash));
	return code;
}

/* ---------------------------------------------------------------- users of before */

/* What is missing of one row, and of what it stands in, is added to `changes`. */
static void complete(struct arena *arena, const struct store_snapshot *snapshot,
	const struct home *home, const char *name, struct store_write *write, size_t *cap)
{
	struct store_change *changes = (struct store_change *)write->changes;

	if (store_collection(snapshot, home_path(arena, home, name)))
		return;
	changes = arena_grow(arena, changes, cap, write->n_changes + 1, sizeof(*changes));
	changes[write->n_changes++] = new_home(arena, home, name);
	write->changes = changes;
}

/* The home of books, also one that was removed: those alone are looked for, since there are few. */
static const struct store_collection *home_ever(
	const struct store_snapshot *snapshot, struct arena *arena, const char *name)
{
	const struct store_collection *home = store_collection(
					      snapshot, arena_printf(arena, BOOKS "/%s", name)),
				      *books = store_collection(snapshot, BOOKS);
	size_t index = 0;
	bool gone;

	if (home || !books)
		return home;
	while ((home = store_child_change_next(books, 0, &index, &gone)))
		if (strcmp(store_collection_name(home), name) == 0)
			break;
	return home;
}

/* Removed ones count: nobody is given again what they threw away. */
static bool ever_had_book(
	const struct store_snapshot *snapshot, struct arena *arena, const char *name)
{
	const struct store_collection *home = home_ever(snapshot, arena, name);
	size_t index = 0;
	bool gone;

	return home && store_child_change_next(home, 0, &index, &gone);
}

static enum store_code complete_all(
	struct store *store, struct arena *arena, struct store_result *result)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct store_write write = {0};
	size_t n, given = 0, cap = 0;
	struct account *all = account_list(store, snapshot, arena, &n);
	const char *last = NULL;

	for (size_t i = 0; i < n; i++) {
		if (ever_had_book(snapshot, arena, all[i].name))
			continue;
		for (size_t k = 0; k < N_HOMES; k++)
			if (strncmp(homes[k].path, BOOKS, strlen(BOOKS)) == 0)
				complete(arena, snapshot, &homes[k], all[i].name, &write, &cap);
		last = all[i].name;
		given++;
	}
	store_snapshot_free(snapshot);
	if (!given)
		return refuse(result, STORE_UNCHANGED, "");
	write.subject = given == 1
		? arena_printf(arena, "Daybook gave %s the address book Contacts", last)
		: arena_printf(arena, "Daybook gave %zu users the address book Contacts", given);
	return store_commit(store, &write, result);
}

enum store_code account_complete(struct store *store, struct store_result *result)
{
	struct arena *arena = arena_new();
	enum store_code code = complete_all(store, arena, result);

	arena_free(arena);
	return code;
}

/* ---------------------------------------------------------------- remove */

size_t account_removal(const struct store_snapshot *snapshot, struct arena *arena,
	const struct account *account, struct store_change changes[ACCOUNT_REMOVAL_CHANGES],
	struct store_credential *credential)
{
	const struct store_collection *users = store_collection(snapshot, USERS);
	const struct store_item *item = users ? store_item(users, account->name) : NULL;
	size_t n = 0;

	*credential = (struct store_credential){
		.principal_id = account->id, .admin = -1, .remove = true};
	/* Exactly this principal: the name may be somebody else's by then. */
	changes[n++] = (struct store_change){
		.slot = STORE_ITEM,
		.collection = USERS,
		.name = account->name,
		.remove = true,
		.expect = item ? STORE_MATCH : STORE_PRESENT,
		.match = item ? item->oid : (struct store_oid){{0}},
	};
	for (size_t i = 0; i < N_HOMES; i++) {
		char *path = home_path(arena, &homes[i], account->name);
		if (!homes[i].is_default && store_collection(snapshot, path))
			changes[n++] = (struct store_change){
				.slot = STORE_SELF, .collection = path, .remove = true};
	}
	return n;
}
