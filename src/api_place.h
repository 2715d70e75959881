/* SPDX-License-Identifier: ISC */
/*
 * Calendars, task lists and address books as people name them, "anna/home", against the store's
 * paths, and their properties as plain text.
 */
#ifndef SRC_API_PLACE_H
#define SRC_API_PLACE_H

#include "src/base/arena.h"
#include "storage/store.h"

#define PLACE_MAX_DISPLAYNAME 200 /* bytes */
#define PLACE_COLOR_EXAMPLE "#1badf8"

/* "calendars/anna/home" */
char *place_path(struct arena *arena, const char *top, const char *user, const char *collection);
/* The collection of this name: a calendar or task list, else an address book; NULL when there is
 * none. */
const struct store_collection *place_find(const struct store_snapshot *snapshot,
	struct arena *arena, const char *user, const char *collection);

/* Can it name a new collection? *why says why not. */
bool place_name_ok(struct arena *arena, const char *name, const char **why);
/* A name made of a title: "Familie Müller!" → "familie-müller". Never empty, always
 * place_name_ok. */
char *place_slug(struct arena *arena, const char *title);

/* #rgb, #rrggbb, #rrggbbaa as Apple's property wants it; NULL for anything else. */
char *place_color(struct arena *arena, const char *color);

/* NULL when nobody set it. */
char *place_displayname(struct arena *arena, const struct store_meta *meta);
char *place_get_color(struct arena *arena, const struct store_meta *meta);
/* What a new collection's .collection holds; displayname and color may be NULL. */
struct store_meta place_meta(struct arena *arena, enum facts_kind kind, uint32_t components,
	const char *displayname, const char *color);
/* "calendar", "tasks", "addressbook" */
/* Why there is none of this kind ("addressbook", "calendar", "tasks"; NULL: any): nothing of this name, or the other. */
const char *place_missing(const struct store_snapshot *snapshot, struct arena *arena,
	const char *kind, const char *user, const char *collection);
const char *place_kind(const struct store_meta *meta);

#endif
