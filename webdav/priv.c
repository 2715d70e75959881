/* SPDX-License-Identifier: ISC */
/*
 * Rights: the one place that decides (RFC 3744 3, 5.4, 7.1.1; RFC 4791 6.1). Owners hold all on their own
 * homes, admins on all; every member of the household reads principals and the folders above the homes.
 */
#include "webdav/priv.h"

#include "src/base/text.h"

#include <stdint.h>

#define READ (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_CURRENT_USER)

const struct dav_priv_row dav_priv_rows[] = {
	{PRIV_ALL, 0, 0, NS_DAV, "all", "Everything", false},
	{READ, PRIV_READ, PRIV_ALL, NS_DAV, "read", "Read", false},
	{PRIV_READ_FREE_BUSY, PRIV_READ_FREE_BUSY, READ, NS_CALDAV, "read-free-busy",
		"See when somebody is busy", false},
	{PRIV_READ_CURRENT_USER, PRIV_READ_CURRENT_USER, READ, NS_DAV,
		"read-current-user-privilege-set", "See one's own rights", false},
	{PRIV_WRITE, 0, PRIV_ALL, NS_DAV, "write", "Change", false},
	{PRIV_WRITE_PROPERTIES, PRIV_WRITE_PROPERTIES, PRIV_WRITE, NS_DAV, "write-properties",
		"Change properties", false},
	{PRIV_WRITE_CONTENT, PRIV_WRITE_CONTENT, PRIV_WRITE, NS_DAV, "write-content",
		"Change content", false},
	{PRIV_BIND, PRIV_BIND, PRIV_WRITE, NS_DAV, "bind", "Add members", false},
	{PRIV_UNBIND, PRIV_UNBIND, PRIV_WRITE, NS_DAV, "unbind", "Remove members", false},
	{PRIV_UNLOCK, PRIV_UNLOCK, PRIV_ALL, NS_DAV, "unlock", "Remove locks of others", false},
	{PRIV_READ_ACL, PRIV_READ_ACL, PRIV_ALL, NS_DAV, "read-acl", "See who may do what", false},
	{PRIV_WRITE_ACL, PRIV_WRITE_ACL, PRIV_ALL, NS_DAV, "write-acl", "Say who may do what",
		false},
	{PRIV_SCHEDULE_DELIVER, PRIV_SCHEDULE_DELIVER, PRIV_ALL, NS_CALDAV, "schedule-deliver",
		"Send invitations to the owner", true},
	{PRIV_SCHEDULE_SEND, PRIV_SCHEDULE_SEND, PRIV_ALL, NS_CALDAV, "schedule-send",
		"Send invitations in the name of the owner", true},
	{0, 0, 0, NULL, NULL, NULL, false},
};

#define READER (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_ACL | PRIV_READ_CURRENT_USER)

/* What holds on a kind of resource: for its owner and for other members of the household. Admins hold
 * what owners do. */
static const struct {
	unsigned kinds, owner, member;
} grants[] = {
	{DAV_ROOT | DAV_TOP | DAV_PRINCIPALS | DAV_HOMES, READER, READER},
	{DAV_USER | DAV_GROUP, READER | PRIV_WRITE_PROPERTIES, READER},
	{DAV_STORED_COLLECTION | DAV_ITEM, PRIV_ALL, 0},
	{0, 0, 0},
};

void dav_grants(enum dav_kind kind, unsigned *owner, unsigned *member)
{
	size_t i = 0;

	while (grants[i].kinds && !(grants[i].kinds & kind))
		i++;
	*owner = grants[i].owner;
	*member = grants[i].member;
}

unsigned dav_privileges(const struct dav_exchange *x, const struct dav_resource *resource)
{
	const struct dav_person *person = &x->request->person;
	unsigned owner, member;

	if (!person->name)
		return 0;
	dav_grants(resource->kind, &owner, &member);
	return person->admin || text_equal(person->name, resource->path.owner) ? owner : member;
}

enum dav_code dav_require(
	struct dav_exchange *x, const struct dav_resource *resource, unsigned needs)
{
	unsigned held = dav_privileges(x, resource);
	struct buf href;

	if (!(held & (PRIV_READ | PRIV_READ_FREE_BUSY)))
		return DAV_NOT_FOUND;
	if (!(needs & ~held))
		return DAV_OK;
	buf_init(&href, SIZE_MAX);
	dav_href(&href, resource);
	x->detail_href = arena_strndup(x->arena, href.data, href.len);
	x->detail_privileges = needs & ~held;
	buf_free(&href);
	return DAV_NEED_PRIVILEGES;
}

void dav_priv_list(struct buf *out, unsigned held)
{
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++) {
		if (row->bits & ~held)
			continue;
		buf_adds(out, "<d:privilege>");
		xml_empty(out, row->ns, row->name);
		buf_adds(out, "</d:privilege>");
	}
}
