/* SPDX-License-Identifier: ISC */
/*
 * What verbs share: their run functions (rows of dav_verbs, verb.c), the walk over members, the
 * checks of objects on their way in. Private to webdav/.
 */
#ifndef WEBDAV_VERB_H
#define WEBDAV_VERB_H

#include "webdav/prop.h"

enum dav_code dav_verb_options(struct dav_exchange *x);
enum dav_code dav_verb_get(struct dav_exchange *x);
enum dav_code dav_verb_put(struct dav_exchange *x);
enum dav_code dav_verb_post(struct dav_exchange *x);
enum dav_code dav_verb_delete(struct dav_exchange *x);
enum dav_code dav_verb_propfind(struct dav_exchange *x);
enum dav_code dav_verb_proppatch(struct dav_exchange *x);
enum dav_code dav_verb_mkcol(struct dav_exchange *x);
enum dav_code dav_verb_mkcalendar(struct dav_exchange *x);
enum dav_code dav_verb_copy(struct dav_exchange *x);
enum dav_code dav_verb_move(struct dav_exchange *x);
enum dav_code dav_verb_report(struct dav_exchange *x);
enum dav_code dav_verb_acl(struct dav_exchange *x);
enum dav_code dav_verb_lock(struct dav_exchange *x);
enum dav_code dav_verb_unlock(struct dav_exchange *x);

/* GET on a calendar: all of it as one iCalendar object (verb_get_collection.c). */
enum dav_code dav_get_calendar(struct dav_exchange *x);

/* A body in parts that is not a multistatus: `next` as in dav_answer_rows, x->tail at the end. Returns
 * `code`. */
enum dav_code dav_answer_stream(struct dav_exchange *x, enum dav_code code,
	const char *content_type, bool (*next)(struct dav_exchange *, struct buf *), void *state);

/* Tables of properties; prop.c lists them (each ends with ns NULL). */
extern const struct dav_prop dav_props_dav[];  /* prop_dav.c */
extern const struct dav_prop dav_props_acl[];  /* prop_acl.c */
extern const struct dav_prop dav_props_busy[]; /* prop_busy.c */
extern const struct dav_prop dav_props_cal[];  /* prop_cal.c */
extern const struct dav_prop dav_props_card[]; /* prop_card.c */

/* The stored properties of a resource: of a collection those of its .collection, of an item its .meta,
 * of a principal its .meta with displayname from its facts. Never NULL. Strings in the snapshot or
 * `arena`. */
const struct store_meta *dav_meta(
	struct dav_exchange *x, const struct dav_resource *r, struct arena *arena);

/* Walks what a Depth 1 listing of `resource` shows beside itself, in a fixed order, as the person may
 * see it. The walk holds no memory; strings are borrowed from the snapshot or x->arena. */
struct dav_walk {
	struct dav_resource resource;
	unsigned phase;
	size_t index;
	struct store_cursor cursor;
};
void dav_walk_start(struct dav_walk *walk, const struct dav_resource *resource);
bool dav_walk_next(struct dav_exchange *x, struct dav_walk *walk, struct dav_resource *member);

/* "/dav/principals/users/U/" */
void dav_principal_href(struct buf *out, const char *user);
/* <d:href>…</d:href> of a resource. */
void dav_href_element(struct buf *out, const struct dav_resource *r);

/* Should a write depend on the state it saw? Without conditions of the client only while others leave it a chance. */
bool dav_insists(const struct dav_exchange *x);

/* path.c, resource.c */
bool dav_reserved_collection(const char *segment); /* a name that no collection may have */
bool dav_collection_there(
	struct dav_exchange *x, const char *path); /* stored, or the home of a person */
bool dav_is_home(const struct dav_resource *r);    /* calendars/U, addressbooks/U, files/U */

#endif
