/* SPDX-License-Identifier: ISC */
/*
 * Members of groups as hrefs, and back. What a change of members takes is for people.h to know: here a value is only read
 * and refused in the words of PROPPATCH.
 *
 * A value that names something else than a principal of this household, or makes a group a member of itself, is 409, "a
 * value whose semantics are not appropriate for the property" (RFC 4918 9.2.1). DAV:recognized-principal would say it, too,
 * but is a precondition of the ACL method alone (RFC 3744 8.1.1).
 */
#include "webdav/group.h"

#include "src/base/text.h"
#include "webdav/find.h"
#include "webdav/meta.h"
#include "webdav/people.h"
#include "webdav/person.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <string.h>

#define DISPLAYNAME "{" NS_DAV "}displayname"
#define MEMBERS "{" NS_DAV "}group-member-set"

/* --- as properties --- */

static void put(
	struct dav_exchange *x, const struct household_principal *principal, struct buf *out)
{
	if (!dav_may_find(x, principal->path))
		return;
	buf_adds(out, "<d:href>");
	xml_escape(out, dav_principal_url(x->row_arena, principal->path));
	buf_adds(out, "</d:href>");
}

/* Its n-th direct member; NULL: the reference is good for nobody any more, or for one that stood before. */
static const struct household_principal *member(
	const struct household *household, const struct household_principal *group, size_t n)
{
	const struct household_principal *found = household_refers(household, group->members[n]);

	for (size_t i = 0; found && i < n; i++)
		if (household_refers(household, group->members[i]) == found)
			return NULL;
	return found;
}

void dav_group_members(struct dav_exchange *x, const char *path, struct buf *out)
{
	const struct household *household = dav_household(x);
	const struct household_principal *group = household_find(household, path), *found;

	for (size_t i = 0; group && i < group->n_members; i++)
		if ((found = member(household, group, i)))
			put(x, found, out);
}

void dav_group_memberships(struct dav_exchange *x, const char *path, struct buf *out)
{
	const struct household *household = dav_household(x);
	const struct household_principal *self = household_find(household, path);
	size_t n;
	const struct household_principal *list = household_list(household, &n);

	for (size_t i = 0; self && i < n; i++)
		for (size_t m = 0; m < list[i].n_members; m++)
			if (household_refers(household, list[i].members[m]) == self) {
				put(x, &list[i], out);
				break;
			}
}

/* --- from properties --- */

/* In which words PROPPATCH refuses (RFC 4918 9.2.1). */
static enum dav_code outcome(enum dav_people_code code)
{
	switch (code) {
	case PEOPLE_OK:
	case PEOPLE_SAME:
		return DAV_OK;
	case PEOPLE_TOO_MANY:
		return DAV_INSUFFICIENT_STORAGE;
	default:
		return DAV_CONFLICT;
	}
}

/* The paths of all d:href inside; false: one names no principal. `value` NULL: none (a property that is removed is empty). */
static bool read_members(struct dav_exchange *x, const struct xml_element *value,
	const char *const **members, size_t *n_members)
{
	const char **list = NULL;
	size_t n = 0, cap = 0;

	for (const struct xml_element *e = value ? xml_child(value, NS_DAV, "href") : NULL; e;
		e = xml_next(e, NS_DAV, "href")) {
		const char *path = dav_principal_of_href(x, x->arena, e->text);
		if (!path) {
			dav_fail(x, DAV_CONFLICT, "%s is no principal of this household",
				text_trim(x->arena, e->text));
			return false;
		}
		list = arena_grow(x->arena, list, &cap, n + 1, sizeof(*list));
		list[n++] = path;
	}
	*members = list ? list : arena_alloc(x->arena, sizeof(*list));
	*n_members = n;
	return true;
}

static enum dav_people_code change(struct dav_exchange *x, struct dav_settling *settling,
	const char *group, const struct dav_group_edit *edit)
{
	const char *why = NULL;

	settling->store = x->server->store;
	settling->snapshot = x->snapshot;
	settling->arena = x->arena;
	enum dav_people_code code = dav_group_change(settling, group, edit, &why);
	if (outcome(code) != DAV_OK)
		dav_fail(x, DAV_CONFLICT, "%s", why ? why : "no such change");
	return code;
}

enum dav_code dav_set_group_members(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta)
{
	struct dav_group_edit edit = {.expect = GROUP_MUST_EXIST};
	struct dav_settling rehearsal = {0};

	if (r->kind != DAV_GROUP || !x->request->person.admin)
		return DAV_CANNOT_MODIFY_PROTECTED;
	if (!read_members(x, value, &edit.members, &edit.n_members))
		return DAV_CONFLICT;
	/* Said now, so that the refusal stands at this property. */
	enum dav_code code = outcome(change(x, &rehearsal, r->path.name, &edit));
	if (code != DAV_OK)
		return code;
	*meta = store_meta_with(x->arena, meta, MEMBERS,
		value ? xml_canonical(x->arena, value) : "<d:group-member-set xmlns:d=\"DAV:\"/>");
	return DAV_OK;
}

/* What to call it; NULL: as it is. */
static const char *new_name(
	struct dav_exchange *x, const struct dav_resource *r, const struct store_meta *meta)
{
	const char *xml = store_meta_prop(meta, DISPLAYNAME);
	const struct household_principal *group = household_find(
		dav_household(x), dav_principal_path(x->arena, r));
	const char *old = group && group->display_name ? group->display_name : r->path.name;
	const char *name = xml
		? text_clean_line(x->arena, xml_canonical_text(x->arena, xml), MAX_DISPLAY_NAME)
		: "";

	return text_equal(name, old) ? NULL : name;
}

enum dav_code dav_change_group(
	struct dav_exchange *x, const struct dav_resource *r, struct store_meta *meta)
{
	struct dav_group_edit edit = {.expect = GROUP_MUST_EXIST};
	struct dav_settling settling = {
		.changes = x->changes, .n_changes = x->n_changes, .cap_changes = x->cap_changes};
	const char *xml = store_meta_prop(meta, MEMBERS), *why;

	edit.display_name = new_name(x, r, meta);
	if (xml &&
		!read_members(x, xml_parse(x->arena, xml, strlen(xml), &why), &edit.members,
			&edit.n_members))
		return DAV_CONFLICT;
	*meta = store_meta_with(x->arena, meta, DISPLAYNAME, NULL);
	*meta = store_meta_with(x->arena, meta, MEMBERS, NULL);
	if (!edit.display_name && !edit.members)
		return DAV_OK;
	enum dav_code code = outcome(change(x, &settling, r->path.name, &edit));
	x->changes = settling.changes;
	x->n_changes = settling.n_changes;
	x->cap_changes = settling.cap_changes;
	running(x)->place = r->path.collection; /* of the words of the commit, whatever shares do */
	return code;
}
