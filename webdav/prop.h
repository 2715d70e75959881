/* SPDX-License-Identifier: ISC */
/*
 * Properties: one row each in dav_props (prop.c), searched by namespace and name. Adding a property
 * is adding a row and a getter. A property that has no row is a dead one: kept and given back as
 * sent.
 */
#ifndef WEBDAV_PROP_H
#define WEBDAV_PROP_H

#include "webdav/exchange.h"

enum dav_prop_flag {
	PROP_ALLPROP = 1, /* comes with allprop (RFC 4918 properties and dead ones only) */
	/* value is kept as canonical XML in .collection: the default getter gives it back, 404 when
	 * unset */
	PROP_STORED = 2,
	/* may be set at creation, not by PROPPATCH (supported-calendar-component-set) */
	PROP_MKCOL_ONLY = 4,
};

struct dav_prop {
	const char *ns, *name;
	unsigned kinds; /* enum dav_kind bits where it exists (elsewhere: 404) */
	unsigned flags;
	/* Appends the whole element, e.g. <d:getetag>"…"</d:getetag>. OK, NOT_FOUND, FORBIDDEN…
	 * `asked` is the element of the request (children of calendar-data), or NULL. NULL getter
	 * with PROP_STORED: the stored XML. */
	enum dav_code (*get)(struct dav_exchange *x, const struct dav_resource *r,
		const struct xml_element *asked, struct buf *out);
	/* Checks (and may normalise) a new value before it is stored as canonical XML. NULL without
	 * PROP_STORED: protected; NULL with PROP_STORED: anything goes. `value` NULL: removal. */
	enum dav_code (*set)(struct dav_exchange *x, const struct dav_resource *r,
		const struct xml_element *value, struct store_meta *meta);
};

/* prop_dav, prop_acl, prop_cal, prop_card, … each ends with ns NULL */
extern const struct dav_prop *const dav_prop_tables[];
const struct dav_prop *dav_prop_find(const char *ns, const char *name);

/* What a PROPFIND, REPORT or MKCOL asks for. */
enum dav_want { WANT_PROPS, WANT_ALLPROP, WANT_PROPNAME };
struct dav_wanted {
	enum dav_want want;
	const struct xml_element **props; /* each once, in order */
	const struct dav_prop **rows;     /* the row of each, NULL for dead ones */
	size_t n_props;
};
/* From the element holding d:prop, d:allprop (+ d:include) or d:propname; NULL element: allprop. */
enum dav_code dav_wanted_parse(
	struct dav_exchange *x, const struct xml_element *holder, struct dav_wanted *wanted);

/* Appends one d:response: href and a d:propstat for each outcome (404 ones left out with
 * x->minimal). */
void dav_row(struct dav_exchange *x, const struct dav_resource *r, const struct dav_wanted *wanted,
	struct buf *out);
/* Appends a d:response that has only a status: `href` already encoded (not yet XML-escaped).
 * `error` element too where it has one. */
void dav_row_status(struct buf *out, const char *href, enum dav_code code);

/* PROPPATCH, MKCOL and MKCALENDAR: applies d:set and d:remove to `meta`, all or nothing; fills the
 * outcome of each. */
struct dav_patch {
	const struct xml_element *prop;
	enum dav_code code;
};
/* OK, or FAILED_DEPENDENCY when any was refused (patches[] tell). `creating`: PROP_MKCOL_ONLY
 * allowed. */
enum dav_code dav_patch_apply(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *update, bool creating, struct store_meta *meta,
	struct dav_patch **patches, size_t *n_patches);
void dav_patch_propstats(struct buf *out, const struct dav_patch *patches, size_t n);

#endif
