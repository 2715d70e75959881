/* SPDX-License-Identifier: ISC */
/*
 * What a principal says about its person or group (RFC 4791 6.2.1, RFC 6638 2.4.1 and 2.4.2): one place for the properties
 * and for the search over them.
 */
#include "webdav/person.h"

#include "src/base/text.h"
#include "storage/account.h"
#include "webdav/server.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <string.h>

#define USERS "users/"

const char *dav_person_name(const struct dav_exchange *x, const struct dav_resource *r)
{
	if (r->kind == DAV_USER)
		return r->path.owner;
	return r->kind & (DAV_ROOT | DAV_TOP) ? x->request->person.name : NULL;
}

char *dav_principal_path(struct arena *arena, const struct dav_resource *r)
{
	if (!(r->kind & (DAV_USER | DAV_GROUP)))
		return NULL;
	return arena_printf(arena, "%s/%s", r->kind == DAV_USER ? "users" : "groups", r->path.name);
}

/* The household knows no mail addresses. */
static bool find_user(struct dav_exchange *x, const char *name, struct arena *arena,
	struct dav_principal *principal)
{
	struct account account;

	if (!account_find(x->server->store, x->snapshot, arena, name, &account) ||
		!text_equal(account.name, name))
		return false;
	*principal = (struct dav_principal){
		.path = arena_printf(arena, USERS "%s", name),
		.name = account.name,
		.id = account.id,
		.display_name = account.display_name,
		.mails = account.mails,
		.n_mails = account.n_mails,
	};
	return true;
}

bool dav_principal_named(struct dav_exchange *x, const char *path, struct arena *arena,
	struct dav_principal *principal)
{
	if (text_starts(path, USERS))
		return find_user(x, path + strlen(USERS), arena, principal);
	const struct household_principal *group = household_find(dav_household(x), path);
	if (!group)
		return false;
	*principal = (struct dav_principal){
		.path = group->path,
		.name = group->name,
		.id = group->id,
		.display_name = group->display_name,
		.group = true,
	};
	return true;
}

bool dav_principal_at(struct dav_exchange *x, const struct dav_resource *r, struct arena *arena,
	struct dav_principal *principal)
{
	const char *name = dav_person_name(x, r);
	const char *path = name ? arena_printf(arena, USERS "%s", name)
				: dav_principal_path(arena, r);

	return path && dav_principal_named(x, path, arena, principal);
}

static char *href_of(struct arena *arena, const char *collection)
{
	struct buf out;

	buf_init(&out, 8 * 1024);
	dav_href_of(&out, collection, NULL);
	char *text = arena_strdup(arena, out.data);
	buf_free(&out);
	return text;
}

char *dav_principal_url(struct arena *arena, const char *path)
{
	return href_of(arena, arena_printf(arena, "principals/%s", path));
}

char *dav_principal_of_href(struct dav_exchange *x, struct arena *arena, const char *href)
{
	const char *target = text_trim(arena, href);
	struct dav_path path;
	enum dav_code code;

	if (*target != '/' || target[1] == '/')
		target = dav_local_target(x, target, &code);
	if (!target || dav_path_parse(arena, target, &path) != DAV_OK)
		return NULL;
	struct dav_resource r = {.kind = path.kind, .path = path};
	char *principal = dav_principal_path(arena, &r);
	return principal && household_find(dav_household(x), principal) ? principal : NULL;
}

bool dav_person_is(struct dav_exchange *x, const char *path)
{
	const char *self = arena_printf(x->row_arena, USERS "%s", x->request->person.name);

	return text_equal(self, path) || household_contains(dav_household(x), path, self);
}

bool dav_principal_resource(struct dav_exchange *x, const char *path, struct arena *arena,
	struct dav_resource *resource)
{
	struct dav_path parsed;

	if (dav_path_parse(arena, dav_principal_url(arena, path), &parsed) != DAV_OK)
		return false;
	*resource = dav_resolve(x, &parsed);
	return resource->exists && (dav_privileges(x, resource) & PRIV_READ);
}

static const char *address(struct arena *arena, const struct dav_principal *principal, size_t n)
{
	if (n < principal->n_mails)
		return arena_printf(arena, "mailto:%s", principal->mails[n]);
	n -= principal->n_mails;
	if (n == 0)
		return dav_principal_url(arena, principal->path);
	return n == 1 ? arena_printf(arena, "urn:uuid:%s", principal->id) : NULL;
}

const char *dav_person_word(struct arena *arena, const struct dav_principal *principal,
	enum dav_person_fact fact, size_t n)
{
	switch (fact) {
	case PERSON_NAME:
		return n == 0 && principal->display_name ? principal->display_name
			: n == !!principal->display_name ? principal->name
							 : NULL;
	case PERSON_MAIL:
		return n < principal->n_mails ? principal->mails[n] : NULL;
	case PERSON_ADDRESS:
		return address(arena, principal, n);
	case PERSON_HOME:
		return n == 0 && !principal->group
			? href_of(arena, arena_printf(arena, "calendars/%s", principal->name))
			: NULL;
	case PERSON_TYPE:
		return n > 0 ? NULL : principal->group ? "GROUP" : "INDIVIDUAL";
	}
	return NULL;
}
