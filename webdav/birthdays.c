/* SPDX-License-Identifier: ISC */
/* Birthday calendars turned on and off (birthdays.h). */
#include "webdav/birthdays.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "webdav/xml.h"

#define DISPLAYNAME "{" NS_DAV "}displayname"
#define TITLE "<d:displayname xmlns:d=\"" NS_DAV "\">Birthdays</d:displayname>"
#define MAX_NAMES 1000

bool dav_is_derived(const struct store_meta *meta)
{
	return meta->derived;
}

static const struct store_collection *find(
	const struct store_snapshot *snapshot, struct arena *arena, const char *user)
{
	const struct store_collection *c,
		*home = store_collection(snapshot, arena_printf(arena, "calendars/%s", user));

	for (size_t i = 0; home && (c = store_child_next(home, &i));)
		if (text_equal(store_collection_meta(c)->derived, DAV_BIRTHDAYS))
			return c;
	return NULL;
}

const struct store_collection *dav_birthdays_of(
	const struct store_snapshot *snapshot, const char *user)
{
	struct arena *arena = arena_new();
	const struct store_collection *found = find(snapshot, arena, user);

	arena_free(arena);
	return found;
}

struct wish {
	struct dav_act act; /* first: a wish is found from its act */
	const char *user;
	bool on;
};

static enum dav_people_code turn_on(struct dav_settling *settling, const char *user)
{
	struct arena *arena = settling->arena;
	char *path = arena_printf(arena, "calendars/%s/" DAV_BIRTHDAYS, user),
	     *id = arena_alloc(arena, 37);
	const struct store_prop title = {DISPLAYNAME, TITLE};
	struct store_meta meta = {
		.id = id,
		.kind = FACTS_CALENDAR,
		.components = FACTS_VEVENT,
		.created = clock_now(),
		.derived = DAV_BIRTHDAYS,
		.props = &title,
		.n_props = 1,
	};

	for (int i = 2; store_collection(settling->snapshot, path) && i < MAX_NAMES; i++)
		path = arena_printf(arena, "calendars/%s/" DAV_BIRTHDAYS "-%d", user, i);
	text_uuid(id);
	struct store_change *change = dav_settling_add(settling);
	change->slot = STORE_SELF;
	change->collection = path;
	change->expect = STORE_ABSENT;
	change->bytes = store_meta_print(arena, &meta, &change->len);
	dav_settle_collection(settling, path, &meta);
	return PEOPLE_OK;
}

/* All there are: a push may have made a second one. */
static enum dav_people_code turn_off(
	struct dav_settling *settling, const struct store_collection *home)
{
	const struct store_collection *c;

	for (size_t i = 0; (c = store_child_next(home, &i));) {
		const struct store_meta *meta = store_collection_meta(c);
		if (!text_equal(meta->derived, DAV_BIRTHDAYS))
			continue;
		struct store_change *change = dav_settling_add(settling);
		change->slot = STORE_SELF;
		change->collection = arena_strdup(settling->arena, store_collection_path(c));
		change->remove = true;
		change->expect = STORE_PRESENT;
		change->collection_id = arena_strdup(settling->arena, meta->id);
		dav_settle_collection(settling, change->collection, NULL);
	}
	return PEOPLE_OK;
}

static enum dav_people_code build(
	struct dav_act *act, struct dav_settling *settling, const char **words)
{
	const struct wish *wish = (const struct wish *)act;
	const struct store_collection *home = store_collection(
		settling->snapshot, arena_printf(settling->arena, "calendars/%s", wish->user));

	if (!home) {
		*words = arena_printf(settling->arena, "there is no user %s", wish->user);
		return PEOPLE_NO_USER;
	}
	*words = arena_printf(settling->arena, "turned %s the birthday calendar of %s",
		wish->on ? "on" : "off", wish->user);
	if (wish->on == (find(settling->snapshot, settling->arena, wish->user) != NULL))
		return PEOPLE_SAME;
	return wish->on ? turn_on(settling, wish->user) : turn_off(settling, home);
}

enum dav_people_code dav_birthdays_set(struct dav_people *people, const char *user, bool on)
{
	struct wish wish = {.act.build = build, .user = user, .on = on};

	return dav_act_run(people, &wish.act);
}
