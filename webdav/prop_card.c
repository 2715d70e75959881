/* SPDX-License-Identifier: ISC */
/*
 * Properties of address books (RFC 6352 6.2, 7.1.1, 8.3.1), and what Apple's clients brought along. None comes with allprop.
 */
#include "webdav/verb.h"

#include "src/base/text.h"
#include "webdav/data.h"
#include "webdav/directory.h"
#include "webdav/find.h"
#include "webdav/person.h"
#include "webdav/priv.h"
#include "webdav/server.h"
#include "webdav/status.h"

#include <string.h>

#define GETTER(name)                                                                               \
	static enum dav_code name(struct dav_exchange *x, const struct dav_resource *r,            \
		const struct xml_element *asked, struct buf *out)

GETTER(get_home_set)
{
	const char *name = dav_person_name(x, r);

	(void)asked;
	if (!name)
		return DAV_NOT_FOUND;
	buf_adds(out, "<card:addressbook-home-set><d:href>");
	dav_href_of(out, arena_printf(x->row_arena, "addressbooks/%s", name), NULL);
	buf_adds(out, "</d:href></card:addressbook-home-set>");
	return DAV_OK;
}

/* 6.2.2: what may be stored, and asked for. That jCard may be asked for, too, has no place here: 5.1.1 has it stored as well. */
GETTER(get_data_types)
{
	(void)x, (void)r, (void)asked;
	buf_adds(out,
		"<card:supported-address-data>"
		"<card:address-data-type content-type=\"text/vcard\" version=\"3.0\"/>"
		"<card:address-data-type content-type=\"text/vcard\" version=\"4.0\"/>"
		"</card:supported-address-data>");
	return DAV_OK;
}

GETTER(get_max_size)
{
	(void)r, (void)asked;
	buf_addf(out, "<card:max-resource-size>%zu</card:max-resource-size>",
		x->server->max_resource_size);
	return DAV_OK;
}

/*
 * Apple: the largest picture that a client should send, in bytes. It travels as base64 in folded lines, at most 1.4 bytes for
 * one; a third of the room is left for that and for the rest of the card.
 */
GETTER(get_max_image)
{
	(void)r, (void)asked;
	buf_addf(out, "<card:max-image-size>%zu</card:max-image-size>",
		x->server->max_resource_size / 3 * 2);
	return DAV_OK;
}

GETTER(get_collations)
{
	static const char *const names[] = {"i;ascii-casemap", "i;octet", "i;unicode-casemap"};

	(void)x, (void)r, (void)asked;
	buf_adds(out, "<card:supported-collation-set>");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		buf_addf(out, "<card:supported-collation>%s</card:supported-collation>", names[i]);
	buf_adds(out, "</card:supported-collation-set>");
	return DAV_OK;
}

/* --- "my card" (Apple) --- */

/* The card that an href names, where the person sees one. */
static bool find_card(
	struct dav_exchange *x, struct arena *arena, const char *href, struct dav_resource *card)
{
	struct dav_path path;
	enum dav_code code;
	const char *target = dav_local_target(x, href, &code);

	if (!target || dav_path_parse(arena, target, &path) != DAV_OK || path.kind != DAV_CARD)
		return false;
	*card = dav_resolve(x, &path);
	return card->exists && card->item && (dav_privileges(x, card) & PRIV_READ);
}

/* Which card is the owner's own is kept at their home, as an href. When its card has gone, or is not for this person, nothing
 * is set. */
GETTER(get_me_card)
{
	const struct store_collection *home = store_collection(
		x->snapshot, arena_printf(x->row_arena, "addressbooks/%s", r->path.owner));
	const char *xml = home ? dav_meta_value(store_collection_meta(home), NS_CS, "me-card")
			       : NULL;
	const char *why;
	struct dav_resource card;

	(void)asked;
	const struct xml_element *value = xml ? xml_parse(x->row_arena, xml, strlen(xml), &why)
					      : NULL;
	const struct xml_element *href = value ? xml_child(value, NS_DAV, "href") : NULL;
	if (!href || !find_card(x, x->row_arena, href->text, &card))
		return DAV_NOT_FOUND;
	buf_adds(out, "<cs:me-card>");
	dav_href_element(out, &card);
	buf_adds(out, "</cs:me-card>");
	return DAV_OK;
}

/* At the home alone; kept in the one encoding that hrefs have here. */
static enum dav_code set_me_card(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *value, struct store_meta *meta)
{
	const struct xml_element *href = value ? xml_child(value, NS_DAV, "href") : NULL;
	const char *kept = NULL;
	struct dav_resource card;
	struct buf xml;

	if (r->kind != DAV_ADDRESSBOOK_HOME)
		return DAV_CANNOT_MODIFY_PROTECTED;
	if (value && (!href || !find_card(x, x->arena, text_trim(x->arena, href->text), &card)))
		return dav_fail(x, DAV_CONFLICT, "me-card holds the DAV:href of a card");
	buf_init(&xml, DAV_MAX_XML);
	if (value) {
		buf_adds(&xml, "<cs:me-card xmlns:cs=\"" NS_CS "\" xmlns:d=\"" NS_DAV "\">");
		dav_href_element(&xml, &card);
		buf_adds(&xml, "</cs:me-card>");
		kept = arena_strndup(x->arena, xml.data, xml.len);
	}
	buf_free(&xml);
	*meta = store_meta_with(x->arena, meta, "{" NS_CS "}me-card", kept);
	return DAV_OK;
}

/* --- who else is there --- */

/* The person's card in the directory, for whoever finds it there. */
GETTER(get_principal_address)
{
	struct dav_principal principal;

	(void)asked;
	if (!dav_in_scope(&x->request->person, DAV_DIRECTORY) ||
		!dav_principal_at(x, r, x->row_arena, &principal) ||
		!dav_may_find(x, principal.path))
		return DAV_NOT_FOUND;
	buf_adds(out, "<card:principal-address><d:href>");
	dav_directory_card_href(out, principal.path);
	buf_adds(out, "</d:href></card:principal-address>");
	return DAV_OK;
}

/* Apple's Contacts asks for it; it is searched, not synced. */
GETTER(get_directory)
{
	(void)r, (void)asked;
	if (!dav_in_scope(&x->request->person, DAV_DIRECTORY))
		return DAV_NOT_FOUND;
	buf_adds(out,
		"<card:directory-gateway><d:href>" DAV_DIRECTORY_URL
		"</d:href></card:directory-gateway>");
	return DAV_OK;
}

#define PERSONS (DAV_ROOT | DAV_TOP | DAV_USER)
#define MINE (DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_USER)
#define QUERIED (DAV_ADDRESSBOOK_HOME | DAV_ANY_BOOK | DAV_ANY_CARD)

const struct dav_prop dav_props_card[] = {
	{NS_CARDDAV, "addressbook-home-set", PERSONS, 0, get_home_set, NULL},           /* 7.1.1 */
	{NS_CARDDAV, "addressbook-description", DAV_ANY_BOOK, PROP_STORED, NULL, NULL}, /* 6.2.1 */
	{NS_CARDDAV, "supported-address-data", DAV_ANY_BOOK, 0, get_data_types, NULL},  /* 6.2.2 */
	{NS_CARDDAV, "max-resource-size", DAV_ADDRESSBOOK, 0, get_max_size, NULL},      /* 6.2.3 */
	{NS_CARDDAV, "max-image-size", DAV_ADDRESSBOOK, 0, get_max_image, NULL},        /* Apple */
	{NS_CS, "me-card", MINE, 0, get_me_card, set_me_card},                          /* Apple */
	{NS_CARDDAV, "supported-collation-set", QUERIED, 0, get_collations, NULL},      /* 8.3.1 */
	{NS_CARDDAV, "address-data", DAV_ANY_CARD, 0, dav_get_address_data, NULL},      /* 10.4 */
	{NS_CARDDAV, "principal-address", PERSONS | DAV_GROUP, 0, get_principal_address,
		NULL}, /* 7.1.2 */
	{NS_CARDDAV, "directory-gateway", PERSONS | DAV_ADDRESSBOOK_HOME, 0, get_directory,
		NULL}, /* draft-daboo-carddav-directory-gateway 3 */
	{0},
};
