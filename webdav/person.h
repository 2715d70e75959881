/* SPDX-License-Identifier: ISC */
/*
 * Whom a resource speaks about: principals speak about themselves, "/" and "/dav/" about the
 * person who asks (that is where clients look first for home-sets).
 */
#ifndef WEBDAV_PERSON_H
#define WEBDAV_PERSON_H

#include "storage/account.h"
#include "webdav/exchange.h"

/* The canonical user name, or NULL: nobody, or a group. */
const char *dav_person_name(const struct dav_exchange *x, const struct dav_resource *r);
/* The account behind it; false when there is none. Strings in `arena`. */
bool dav_person_account(struct dav_exchange *x, const struct dav_resource *r, struct arena *arena,
	struct account *account);

/* Words of a person that a principal search looks at, or a property shows. */
enum dav_person_fact {
	PERSON_NAME,    /* user name and display name */
	PERSON_MAIL,    /* "anna@example.org" */
	PERSON_ADDRESS, /* "mailto:…", the principal's URL, "urn:uuid:…" */
	PERSON_HOME,    /* href of the calendar home */
	PERSON_TYPE,    /* "INDIVIDUAL" */
};
/* The n-th word, NULL when there are no more. Strings in `arena`. */
const char *dav_person_word(
	struct arena *arena, const struct account *account, enum dav_person_fact fact, size_t n);

#endif
