/* SPDX-License-Identifier: ISC */
/*
 * Whom a resource speaks about: principals, users and groups alike, speak about themselves, "/" and "/dav/" about the
 * person who asks (that is where clients look first for home-sets).
 */
#ifndef WEBDAV_PERSON_H
#define WEBDAV_PERSON_H

#include "webdav/exchange.h"

struct dav_principal {
	const char *path; /* "users/anna", "groups/kids": as the household names it */
	const char *name; /* "anna" */
	const char *id;
	const char *display_name; /* NULL: none was given */
	const char *const *mails; /* of users */
	size_t n_mails;
	bool group;
};

/* The canonical user name, or NULL: nobody, or a group. */
const char *dav_person_name(const struct dav_exchange *x, const struct dav_resource *r);
/* "users/anna" of a principal's resource; NULL: it is none. */
char *dav_principal_path(struct arena *arena, const struct dav_resource *r);
/* Whom a path names, whom a resource speaks about; false: nobody. Strings in `arena` or the exchange. */
bool dav_principal_named(struct dav_exchange *x, const char *path, struct arena *arena,
	struct dav_principal *principal);
bool dav_principal_at(struct dav_exchange *x, const struct dav_resource *r, struct arena *arena,
	struct dav_principal *principal);
/* "/dav/principals/groups/kids/" of a path: its DAV:principal-URL. */
char *dav_principal_url(struct arena *arena, const char *path);
/* The path of the principal that a DAV:href names, absolute or not, with or without the slash at its end; NULL: it names
 * none of this household. */
char *dav_principal_of_href(struct dav_exchange *x, struct arena *arena, const char *href);
/* Is the person who asks this principal, or a member of it? */
bool dav_person_is(struct dav_exchange *x, const char *path);
/* The resource of a path; false: not there, or not for this person. */
bool dav_principal_resource(struct dav_exchange *x, const char *path, struct arena *arena,
	struct dav_resource *resource);

/* Words of a principal that a search looks at, or a property shows. */
enum dav_person_fact {
	PERSON_NAME,    /* user name and display name */
	PERSON_MAIL,    /* "anna@example.org" */
	PERSON_ADDRESS, /* "mailto:…", the principal's URL, "urn:uuid:…" */
	PERSON_HOME,    /* href of the calendar home: of users */
	PERSON_TYPE,    /* "INDIVIDUAL", "GROUP" */
};
/* The n-th word, NULL when there are no more. Strings in `arena`. */
const char *dav_person_word(struct arena *arena, const struct dav_principal *principal,
	enum dav_person_fact fact, size_t n);

#endif
