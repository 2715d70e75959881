/* SPDX-License-Identifier: ISC */
/*
 * The directory: a read-only address book of the household's people, "/dav/directory/" (draft-daboo-carddav-directory-gateway).
 * A user's card is "U.vcf", a group's "~G.vcf" (no user's name begins so), made of the principals when they are read; nothing
 * of it is stored, and nobody writes there, admins included.
 *
 * Whoever may find somebody (find.h) sees their card. It stands in no home and no listing: its URL is told by
 * CARDDAV:directory-gateway, because clients search such a book and do not sync it beside one's own.
 *
 * Inside this folder its path in the store is "principals", that of a card is in "principals/users" or "principals/groups".
 */
#ifndef WEBDAV_DIRECTORY_H
#define WEBDAV_DIRECTORY_H

#include "webdav/content.h"
#include "webdav/token.h"

#define DAV_DIRECTORY_URL "/dav/directory/"

/* By the URL's shape alone: turns what path.c found into the place in the store. What can be no principal's is reserved. */
void dav_directory_place(struct arena *arena, struct dav_path *path);
/* And back. */
void dav_directory_href(struct buf *out, const struct dav_path *path);
/* Of a principal: "users/anna". */
void dav_directory_card_href(struct buf *out, const char *principal);

/* Half of it as a collection whose items are principals: its members are cards (dav_member). */
struct dav_resource dav_directory_part(const struct dav_exchange *x, bool groups);
/* May the person who asks see this card? */
bool dav_directory_shows(const struct dav_exchange *x, const struct dav_resource *card);

/* As dav_content_open and dav_content_tag. */
enum dav_code dav_directory_open(
	const struct dav_exchange *x, const struct dav_resource *card, struct dav_content *content);
void dav_directory_tag(
	const struct dav_exchange *x, const struct dav_resource *r, char tag[DAV_MAX_TAG]);

/* Whom the holder of a sync-token saw. Made for one report; close it. */
struct dav_directory_then;
struct dav_directory_then *dav_directory_then_open(
	struct dav_exchange *x, const struct dav_told *told);
void dav_directory_then_close(struct dav_directory_then *then);
enum dav_directory_saw { DIRECTORY_NEVER, DIRECTORY_SOMETIMES, DIRECTORY_ALWAYS };
/* A card, or what is left of one. */
enum dav_directory_saw dav_directory_saw(
	struct dav_directory_then *then, const struct dav_resource *card);

#endif
