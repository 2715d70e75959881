/* SPDX-License-Identifier: ISC */
/* PROPFIND (RFC 4918 9.1): the resource itself, and with Depth 1 its members, as they come out of the snapshot. */
#include "webdav/verb.h"

#include "src/base/tolerance.h"

struct propfind {
	struct dav_wanted wanted;
	struct dav_walk walk;
	bool self_told;
};

static bool next_row(struct dav_exchange *x, struct buf *out)
{
	struct propfind *p = x->rows;
	struct dav_resource member;

	if (!p->self_told) {
		dav_row(x, &x->target, &p->wanted, out);
		p->self_told = true;
		return true;
	}
	if (x->depth != DAV_DEPTH_1 || !dav_walk_next(x, &p->walk, &member))
		return false;
	dav_row(x, &member, &p->wanted, out);
	return true;
}

enum dav_code dav_verb_propfind(struct dav_exchange *x)
{
	struct propfind *p = arena_alloc(x->arena, sizeof(*p));

	if (x->xml && !xml_is(x->xml, NS_DAV, "propfind"))
		return dav_fail(x, DAV_UNPROCESSABLE, "the body is no DAV:propfind");
	/* RFC 4918 9.1: none is infinity. 10.2: where there are no members, it says nothing. */
	if (x->target.kind & (DAV_ITEM | DAV_DIRECTORY_CARD))
		x->depth = DAV_DEPTH_0;
	if (x->depth == DAV_DEPTH_INFINITY ||
		(x->depth == DAV_DEPTH_NONE && !tolerates(TOLERATE_PROPFIND_DEPTH_MISSING)))
		return DAV_PROPFIND_FINITE_DEPTH;
	if (x->xml && !xml_child(x->xml, NS_DAV, "prop") && !xml_child(x->xml, NS_DAV, "allprop") &&
		!xml_child(x->xml, NS_DAV, "propname"))
		return dav_fail(x, DAV_UNPROCESSABLE, "DAV:propfind asks for nothing");
	enum dav_code code = dav_wanted_parse(x, x->xml, &p->wanted);
	if (code != DAV_OK)
		return code;
	/* RFC 8144 4: the members without what they are in. */
	if (x->noroot && x->depth == DAV_DEPTH_1) {
		p->self_told = true;
		x->applied |= PREFER_NOROOT;
	}
	dav_walk_start(&p->walk, &x->target);
	return dav_answer_rows(x, next_row, p);
}
