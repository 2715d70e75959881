/* SPDX-License-Identifier: ISC */
/* Who finds whom: how two principals stand to each other, and a table of what that is worth under each setting. */
#include "webdav/find.h"

#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/people.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <stdio.h>

/* The nearest first. */
enum relation {
	RELATION_ADMIN,  /* an administrator asks */
	RELATION_SELF,   /* one's own principal */
	RELATION_OWN,    /* a group that one is in, directly or through others */
	RELATION_SHARED, /* is in a group that one is in, too */
	RELATION_OTHER,
	RELATION_COUNT,
};

#define MEMBERS (1u << DAV_SEARCH_MEMBERS)
#define GROUPS (1u << DAV_SEARCH_GROUPS)
#define ADMINS (1u << DAV_SEARCH_ADMINS)

/* The settings under which it is enough. */
static const unsigned found[RELATION_COUNT] = {
	[RELATION_ADMIN] = MEMBERS | GROUPS | ADMINS,
	[RELATION_SELF] = MEMBERS | GROUPS | ADMINS,
	[RELATION_OWN] = MEMBERS | GROUPS | ADMINS,
	[RELATION_SHARED] = MEMBERS | GROUPS,
	[RELATION_OTHER] = MEMBERS,
};

static bool share_a_group(const struct household *household, const char *self, const char *other)
{
	size_t n;
	const struct household_principal *list = household_list(household, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].group && household_contains(household, list[i].path, self) &&
			household_contains(household, list[i].path, other))
			return true;
	return false;
}

static enum relation relation(
	const struct household *household, const struct dav_person *person, const char *path)
{
	char self[sizeof("users/") + ACCOUNT_MAX_NAME];

	if (person->admin)
		return RELATION_ADMIN;
	snprintf(self, sizeof(self), "users/%s", person->name);
	if (text_equal(self, path))
		return RELATION_SELF;
	if (household_contains(household, path, self))
		return RELATION_OWN;
	return share_a_group(household, self, path) ? RELATION_SHARED : RELATION_OTHER;
}

bool dav_finds(const struct household *household, const struct dav_person *person,
	enum dav_search search, const char *path)
{
	return person->name && household_find(household, path) &&
		(found[relation(household, person, path)] & (1u << search));
}

bool dav_may_find(const struct dav_exchange *x, const char *path)
{
	return dav_finds(dav_household(x), &x->request->person, x->server->search, path);
}
