/* SPDX-License-Identifier: ISC */
/*
 * What a principal says about its person (RFC 4791 6.2.1, RFC 6638 2.4.1 and 2.4.2): one place
 * for the properties and for the search over them.
 */
#include "webdav/person.h"

#include "src/base/text.h"
#include "webdav/server.h"
#include "webdav/verb.h"

const char *dav_person_name(const struct dav_exchange *x, const struct dav_resource *r)
{
	if (r->kind == DAV_USER)
		return r->path.owner;
	return r->kind & (DAV_ROOT | DAV_TOP) ? x->request->person.name : NULL;
}

bool dav_person_account(struct dav_exchange *x, const struct dav_resource *r, struct arena *arena,
	struct account *account)
{
	const char *name = dav_person_name(x, r);

	return name && account_find(x->server->store, x->snapshot, arena, name, account) &&
		text_equal(account->name, name);
}

static const char *href(struct arena *arena, const char *name, bool home)
{
	char *collection = arena_printf(arena, "calendars/%s", name), *text;
	struct buf out;

	buf_init(&out, 8 * 1024);
	if (home)
		dav_href_of(&out, collection, NULL);
	else
		dav_principal_href(&out, name);
	text = arena_strdup(arena, out.data);
	buf_free(&out);
	return text;
}

static const char *address(struct arena *arena, const struct account *account, size_t n)
{
	if (n < account->n_mails)
		return arena_printf(arena, "mailto:%s", account->mails[n]);
	n -= account->n_mails;
	if (n == 0)
		return href(arena, account->name, false);
	return n == 1 ? arena_printf(arena, "urn:uuid:%s", account->id) : NULL;
}

const char *dav_person_word(
	struct arena *arena, const struct account *account, enum dav_person_fact fact, size_t n)
{
	switch (fact) {
	case PERSON_NAME:
		return n == 0 && account->display_name ? account->display_name
			: n == !!account->display_name ? account->name
						       : NULL;
	case PERSON_MAIL:
		return n < account->n_mails ? account->mails[n] : NULL;
	case PERSON_ADDRESS:
		return address(arena, account, n);
	case PERSON_HOME:
		return n == 0 ? href(arena, account->name, true) : NULL;
	case PERSON_TYPE:
		return n == 0 ? "INDIVIDUAL" : NULL;
	}
	return NULL;
}
