/* SPDX-License-Identifier: ISC */
/*
 * The table of verbs: where each works, what it needs (RFC 3744 Appendix B), what its body is. Allow is printed from it
 * (RFC 9110 10.2.1). A second, small table says where a verb out of its place is not just 405.
 */
#include "webdav/verb.h"

#include "webdav/allow.h"
#include "webdav/lock.h"

#include <stdint.h>
#include <string.h>

#define PAGES (DAV_ANY_KIND & ~DAV_USER & ~DAV_GROUP)
#define MADE (DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_FOLDER | DAV_FILE)
#define MOVED (DAV_CALENDAR | DAV_SUBSCRIPTION | DAV_ADDRESSBOOK | DAV_FOLDER | DAV_ITEM)
#define SEEN (VERB_MUST_EXIST | VERB_SAFE)
#define XML_OR_NOTHING (VERB_BODY_XML | VERB_BODY_OPTIONAL)

const struct dav_verb dav_verbs[] = {
	/* name, kinds, on the target, on what it is in, of a new one on what it will be in, flags */
	{"OPTIONS", DAV_ANY_KIND | DAV_ADD_MEMBER, 0, 0, 0, VERB_SAFE, dav_verb_options},
	{"GET", PAGES, PRIV_READ, 0, 0, SEEN, dav_verb_get},
	{"HEAD", PAGES, PRIV_READ, 0, 0, SEEN, dav_verb_get},
	{"PUT", DAV_ITEM, PRIV_WRITE_CONTENT, 0, PRIV_BIND, VERB_BODY_BYTES, dav_verb_put},
	{"POST", DAV_ADD_MEMBER, 0, 0, PRIV_BIND, VERB_BODY_BYTES, dav_verb_post},
	{"DELETE", MOVED, 0, PRIV_UNBIND, 0, VERB_MUST_EXIST, dav_verb_delete},
	{"PROPFIND", DAV_ANY_KIND, PRIV_READ, 0, 0, SEEN | XML_OR_NOTHING, dav_verb_propfind},
	{"PROPPATCH", DAV_ANY_KIND, PRIV_WRITE_PROPERTIES, 0, 0, VERB_MUST_EXIST | VERB_BODY_XML,
		dav_verb_proppatch},
	{"ACL", DAV_STORED_COLLECTION | DAV_ITEM, PRIV_WRITE_ACL, 0, 0,
		VERB_MUST_EXIST | VERB_BODY_XML, dav_verb_acl},
	/* RFC 4791 5.3.1: no-cache is a MUST; RFC 5689 3.5 has it, too. */
	{"MKCOL", MADE, 0, 0, PRIV_BIND, XML_OR_NOTHING | VERB_NO_CACHE, dav_verb_mkcol},
	{"MKCALENDAR", DAV_CALENDAR, 0, 0, PRIV_BIND, XML_OR_NOTHING | VERB_NO_CACHE,
		dav_verb_mkcalendar},
	{"COPY", MOVED, PRIV_READ, 0, 0, VERB_MUST_EXIST, dav_verb_copy},
	{"MOVE", MOVED, PRIV_READ, PRIV_UNBIND, 0, VERB_MUST_EXIST, dav_verb_move},
	{"LOCK", DAV_LOCKABLE, PRIV_WRITE_CONTENT, 0, PRIV_BIND, XML_OR_NOTHING, dav_verb_lock},
	/* What ending a lock needs depends on whose it is. */
	{"UNLOCK", DAV_LOCKABLE, 0, 0, 0, VERB_MUST_EXIST, dav_verb_unlock},
	{"REPORT", DAV_ANY_KIND, 0, 0, 0, SEEN | VERB_BODY_XML, dav_verb_report},
	/* Known, and not done here: 405 everywhere, not 501 (RFC 9110 15.6.2). */
	{"PATCH", DAV_KIND_NONE, 0, 0, 0, VERB_BODY_BYTES, NULL},
	{NULL, 0, 0, 0, 0, 0, NULL},
};

const struct dav_verb *dav_verb_find(const char *name)
{
	for (const struct dav_verb *verb = dav_verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

const char *dav_allow(struct arena *arena, unsigned kinds)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (const struct dav_verb *verb = dav_verbs; verb->name; verb++)
		if (verb->kinds & kinds)
			buf_addf(&out, "%s%s", out.len ? ", " : "", verb->name);
	char *text = arena_strndup(arena, out.len ? out.data : "", out.len);
	buf_free(&out);
	return text;
}

enum there { ABSENT = 1, PRESENT = 2 };

/* The first row that fits decides. */
static const struct refusal {
	const char *verb;
	unsigned kinds, there;
	enum dav_code code;
} refusals[] = {
	/* What is there stays: RFC 4918 9.3.1 names 405, RFC 4791 1.3 403 or 409 for 5.3.1. */
	{"MKCOL", DAV_ANY_KIND, PRESENT, DAV_RESOURCE_MUST_BE_NULL_405},
	{"MKCALENDAR", DAV_ANY_KIND, PRESENT, DAV_RESOURCE_MUST_BE_NULL},
	/* RFC 4791 4.2: no collections in calendars; calendars in calendar homes only. */
	{"MKCOL", DAV_EVENT | DAV_CARD | DAV_STORED_COLLECTION, ABSENT, DAV_FORBIDDEN},
	{"MKCALENDAR", DAV_ANY_KIND, ABSENT, DAV_LOCATION_OK},
	/* DESIGN.md 7: homes, principals and what stands above them are not taken away by DAV. */
	{"DELETE", DAV_ANY_COLLECTION, PRESENT, DAV_FORBIDDEN},
	{"MOVE", DAV_ANY_COLLECTION, PRESENT, DAV_FORBIDDEN},
	{"COPY", DAV_ANY_COLLECTION | DAV_DIRECTORY_CARD, PRESENT, DAV_FORBIDDEN},
};

enum dav_code dav_out_of_place(const struct dav_verb *verb, const struct dav_resource *target)
{
	unsigned there = target->exists ? PRESENT : ABSENT;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].verb, verb->name) == 0 &&
			(refusals[i].kinds & target->kind) && (refusals[i].there & there))
			return refusals[i].code;
	return DAV_METHOD_NOT_ALLOWED;
}
