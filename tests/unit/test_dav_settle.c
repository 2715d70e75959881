/* SPDX-License-Identifier: ISC */
/* webdav/share.c: after any change of people and rights, the shares are those that a plain look at everybody gives; and how
 * little of it is looked at. */
#include "tests/unit/people_help.h"
#include "webdav/acl.h"

#define STEPS 2000
#define MAX_ENTRIES 3

static unsigned seed = 20261126;

static unsigned dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* --- a household --- */

static const char *const users[] = {"ben", "u0", "u1", "u2", "u3", "u4", "u5"};
static const char *const groups[] = {"g0", "g1", "g2", "g3", "g4"};
static const char *const owners[] = {"anna", "u0", "u1"};
static const char *const shared[] = {
	"calendars/%s/personal", "calendars/%s/tasks", "addressbooks/%s/contacts"};
static const char *const homes[] = {"calendars/%s", "addressbooks/%s"};

static const char *some_user(void)
{
	return users[dice(COUNT(users))];
}

static const char *some_group(void)
{
	return groups[dice(COUNT(groups))];
}

static char *place(struct world *w, const char *form, const char *owner)
{
	return arena_printf(w->arena, "%.*s%s%s", (int)(strstr(form, "%s") - form), form, owner,
		strstr(form, "%s") + 2);
}

/* A member or the subject of an entry; somebody who is there, else nothing is known about who comes by account_create. */
static const char *some_reference(struct world *w, bool by_id)
{
	const char *path = dice(3) ? arena_printf(w->arena, "groups/%s", some_group())
				   : arena_printf(w->arena, "users/%s", some_user()),
		   *id = id_of(w, path);

	if (text_starts(path, "users/") && !id)
		return "users/anna";
	return by_id && id ? arena_printf(w->arena, "%s#%s", path, id) : path;
}

static const char *some_entry(struct world *w)
{
	static const char *const privileges[] = {
		"read", "read-free-busy", "write", "read,write", "read"};
	static const char *const words[] = {
		"all", "authenticated", "unauthenticated", "property:{DAV:}owner"};
	const char *who = dice(5) ? some_reference(w, dice(4)) : words[dice(COUNT(words))];

	return arena_printf(w->arena, "%s %s %s", dice(4) ? "grant" : "deny", who,
		privileges[dice(COUNT(privileges))]);
}

/* --- what stands, and what should --- */

static char *home_of(struct world *w, const char *path)
{
	return arena_strndup(w->arena, path, (size_t)(strrchr(path, '/') - path));
}

static bool should_have(struct world *w, const struct store_snapshot *snapshot,
	const struct household *household, const struct store_collection *c, const char *user)
{
	const char *path = store_collection_path(c);
	const struct store_collection *chain[] = {c, store_collection(snapshot, home_of(w, path))};
	struct dav_judgement judgement = {0};
	struct dav_who who = {.household = household, .user = user};
	bool named = false;

	for (size_t i = 0; i < COUNT(chain); i++) {
		struct dav_acl acl = dav_acl_read(w->arena, store_collection_meta(chain[i]));
		dav_acl_judge(&judgement, &acl, &who);
		for (size_t k = 0; k < acl.n; k++)
			named |= acl.aces[k].who == ACE_PRINCIPAL && !acl.aces[k].deny &&
				household_is(household, acl.aces[k].name, user);
	}
	return named && judgement.granted & dav_shown_by(path);
}

static void check_collection(struct world *w, const struct store_snapshot *snapshot,
	const struct household *household, const struct store_collection *c, const char *owner)
{
	const struct store_meta *meta = store_collection_meta(c);

	for (size_t u = 0; u < COUNT(users); u++) {
		bool there = household_find(
			household, arena_printf(w->arena, "users/%s", users[u]));
		bool want = there && !text_equal(users[u], owner) &&
			should_have(w, snapshot, household, c, users[u]);
		bool have = dav_share_of(snapshot, users[u], store_collection_path(c), meta->id);
		if (have == want)
			continue;
		for (size_t i = 0; i < meta->n_aces; i++)
			print_message("%s\n", meta->aces[i]);
		fail_msg("%s has %s share of %s", users[u], have ? "a" : "no",
			store_collection_path(c));
	}
}

static void check(struct world *w)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct household *household = household_now(w->store, snapshot);

	for (size_t o = 0; o < COUNT(owners); o++)
		for (size_t i = 0; i < COUNT(shared); i++) {
			const struct store_collection *c = store_collection(
				snapshot, place(w, shared[i], owners[o]));
			if (c)
				check_collection(w, snapshot, household, c, owners[o]);
		}
	household_free(household);
	store_snapshot_free(snapshot);
}

/* --- steps --- */

static void commit(struct world *w, const struct store_change *changes, size_t n)
{
	const struct store_write write = {.changes = changes, .n_changes = n, .subject = "A step"};
	struct store_result result;
	enum store_code code = store_commit(w->store, &write, &result);

	if (code != STORE_OK && code != STORE_UNCHANGED)
		fail_msg("%s", result.text);
}

static void give_members(struct world *w)
{
	const char *group = some_group(), *list[3];
	struct dav_group_edit edit = {.expect = GROUP_MAY_EXIST, .members = list};
	struct dav_people people = by(w);

	for (edit.n_members = 0; edit.n_members < dice(COUNT(list) + 1);)
		list[edit.n_members++] = some_reference(w, false);
	/* Circles and those who are not there are refused. */
	dav_group_put(&people, group, &edit);
}

static void remove_group(struct world *w)
{
	struct dav_people people = by(w);

	dav_group_remove(&people, some_group());
}

static void remove_or_add_user(struct world *w)
{
	const char *name = some_user();
	struct dav_people people = by(w);

	if (dav_user_remove(&people, name) == PEOPLE_NO_USER)
		user(w, name);
}

/* A place whose entries become others, and the properties with them; false: it is not there. */
static bool some_entries(struct world *w, const struct store_snapshot *snapshot,
	struct store_change *change, struct store_meta *meta)
{
	const char *form = dice(4) ? shared[dice(COUNT(shared))] : homes[dice(COUNT(homes))];
	char *path = place(w, form, owners[dice(COUNT(owners))]);
	const struct store_collection *c = store_collection(snapshot, path);
	const char **aces = arena_array(w->arena, MAX_ENTRIES, sizeof(*aces));

	if (!c)
		return false;
	*meta = *store_collection_meta(c);
	meta->aces = aces;
	for (meta->n_aces = 0; meta->n_aces < dice(MAX_ENTRIES + 1);)
		aces[meta->n_aces++] = some_entry(w);
	*change = (struct store_change){.slot = STORE_SELF, .collection = path};
	change->bytes = store_meta_print(w->arena, meta, &change->len);
	return true;
}

/* Settled and committed, as ACL does; how many were judged. */
static size_t set_entries(struct world *w, const char *path, const char *const *entries, size_t n)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_meta meta = *store_collection_meta(store_collection(snapshot, path));
	struct store_change change = {.slot = STORE_SELF, .collection = path};
	struct dav_settling settling = {.store = w->store, .snapshot = snapshot, .arena = w->arena};

	meta.aces = entries;
	meta.n_aces = n;
	change.bytes = store_meta_print(w->arena, &meta, &change.len);
	*dav_settling_add(&settling) = change;
	dav_settle_collection(&settling, path, &meta);
	commit(w, settling.changes, settling.n_changes);
	store_snapshot_free(snapshot);
	return settling.n_judged;
}

static void give_entries(struct world *w)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct store_change change;
	struct store_meta meta;

	if (some_entries(w, snapshot, &change, &meta))
		set_entries(w, change.collection, meta.aces, meta.n_aces);
	store_snapshot_free(snapshot);
}

/* What was pushed after `before` is settled; frees it. */
static void follow(struct world *w, struct store_snapshot *before)
{
	const char *anna = file(w, "principals/users", "anna");
	const struct store_change nothing = {.slot = STORE_ITEM,
		.collection = "principals/users",
		.name = "anna",
		.bytes = anna,
		.len = strlen(anna)};

	dav_shares_follow(w->store, before);
	/* That is on its way: this, which changes nothing, comes after it. */
	commit(w, &nothing, 1);
	store_snapshot_free(before);
}

/* Several at once, by hand. */
static void push(struct world *w)
{
	struct store_snapshot *before = store_snapshot(w->store);
	struct store_change changes[3];
	struct store_meta meta;
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		n += some_entries(w, before, &changes[n], &meta);
	if (n == 2 && text_equal(changes[0].collection, changes[1].collection))
		n = 1;
	const char *group = some_group(),
		   *id = id_of(w, arena_printf(w->arena, "groups/%s", group));
	const char *text = arena_printf(w->arena, "id %s\nmember %s\nmember %s\n",
		id && dice(3) ? id : arena_printf(w->arena, "%u", dice(10000)),
		some_reference(w, dice(2)), some_reference(w, dice(2)));
	changes[n++] = (struct store_change){.slot = STORE_ITEM,
		.collection = "principals/groups",
		.name = group,
		.bytes = text,
		.len = strlen(text)};
	commit(w, changes, n);
	follow(w, before);
}

static void shares_are_those_of_the_rights(void **state)
{
	static void (*const steps[])(struct world * w) = {give_members, give_members, give_entries,
		give_entries, give_entries, remove_group, remove_or_add_user, push};
	struct world *w = *state;

	for (size_t i = 1; i < COUNT(users); i++)
		user(w, users[i]);
	for (int i = 0; i < STEPS; i++) {
		steps[dice(COUNT(steps))](w);
		check(w);
	}
}

/* --- what is rarely met by chance --- */

/* An entry about somebody with an id; `form` has %s. */
static const char *reference(
	struct world *w, const char *form, const char *folder, const char *name)
{
	const char *path = arena_printf(w->arena, "%s%s", folder, name);

	return place(w, form, arena_printf(w->arena, "%s#%s", path, id_of(w, path)));
}

static bool ben_has(struct world *w, const char *path)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	const char *id = store_collection_meta(store_collection(snapshot, path))->id;
	bool has = dav_share_of(snapshot, "ben", path, id);

	store_snapshot_free(snapshot);
	return has;
}

/* A group that only a denial names decides, too. */
static void denials_of_groups_count(void **state)
{
	static const char path[] = "calendars/anna/personal";
	struct world *w = *state;
	struct dav_people people;

	group(w, "out", "anna");
	group(w, "all", "anna ben");
	const char *const entries[] = {
		reference(w, "deny %s read,read-free-busy", "groups/", "out"),
		reference(w, "grant %s read", "groups/", "all")};
	set_entries(w, path, entries, COUNT(entries));
	assert_true(ben_has(w, path));
	change(w, &people, "out", NULL, "ben", NULL);
	assert_false(ben_has(w, path));
	change(w, &people, "out", NULL, NULL, "ben");
	assert_true(ben_has(w, path));
	/* Also by way of another group, and with the group itself. */
	group(w, "inner", "ben");
	change(w, &people, "out", NULL, "group:inner", NULL);
	assert_false(ben_has(w, path));
	people = by(w);
	dav_group_remove(&people, "out");
	assert_true(ben_has(w, path));
}

static void push_group(struct world *w, const char *name, const char *text)
{
	struct store_snapshot *before = store_snapshot(w->store);

	write_raw(w, STORE_ITEM, "principals/groups", name, text);
	follow(w, before);
}

/* Another group of the same name, with the same people. */
static void ids_of_groups_count(void **state)
{
	static const char path[] = "calendars/anna/tasks",
			  *const entries[] = {"grant groups/kids#1 read"};
	struct world *w = *state;

	push_group(w, "kids", "id 1\nmember users/ben\n");
	set_entries(w, path, entries, COUNT(entries));
	assert_true(ben_has(w, path));
	push_group(w, "kids", "id 2\nmember users/ben\n");
	assert_false(ben_has(w, path));
	push_group(w, "kids", "id 1\nmember users/ben\n");
	assert_true(ben_has(w, path));
}

/* --- how little is looked at --- */

#define MANY 40   /* users */
#define NAMING 10 /* calendars that each group has a grant on */

/* How many were judged when the group becomes this. */
static size_t judged(struct world *w, const char *name, struct dav_group_edit edit)
{
	struct store_snapshot *snapshot = store_snapshot(w->store);
	struct dav_settling settling = {.store = w->store, .snapshot = snapshot, .arena = w->arena};
	const char *words;

	assert_int_equal(dav_group_change(&settling, name, &edit, &words), PEOPLE_OK);
	store_snapshot_free(snapshot);
	return settling.n_judged;
}

static void share_personal(struct world *w, const char *owner, const char *group)
{
	const char *const entries[] = {reference(w, "grant %s read", "groups/", group)};

	/* The two who are in it, unless one is the owner. */
	assert_true(set_entries(w, place(w, shared[0], owner), entries, 1) <= 2);
}

/* Not users times collections: those who come or go, times the collections that name the group. */
static void who_stays_is_not_judged(void **state)
{
	static const char *const in[] = {"m38", "m39"}, *const one[] = {"m20"};
	struct world *w = *state;

	for (int i = 0; i < MANY; i++)
		user(w, arena_printf(w->arena, "m%d", i));
	group(w, "kids", "m38 m39");
	group(w, "others", "m38 m39");
	group(w, "nobody-shares-with", "m38 m39");
	for (int i = 0; i < NAMING; i++) {
		share_personal(w, arena_printf(w->arena, "m%d", i), "kids");
		share_personal(w, arena_printf(w->arena, "m%d", NAMING + i), "others");
	}
	assert_int_equal(
		judged(w, "kids", (struct dav_group_edit){.add = one, .n_add = 1}), NAMING);
	assert_int_equal(
		judged(w, "kids", (struct dav_group_edit){.drop = in, .n_drop = 2}), 2 * NAMING);
	assert_int_equal(judged(w, "kids", (struct dav_group_edit){.display_name = "Kids"}), 0);
	assert_int_equal(
		judged(w, "nobody-shares-with", (struct dav_group_edit){.add = one, .n_add = 1}),
		0);
	assert_int_equal(
		judged(w, "new",
			(struct dav_group_edit){
				.expect = GROUP_MUST_BE_NEW, .members = one, .n_members = 1}),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(shares_are_those_of_the_rights),
		WORLD_TEST(denials_of_groups_count),
		WORLD_TEST(ids_of_groups_count),
		WORLD_TEST(who_stays_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
