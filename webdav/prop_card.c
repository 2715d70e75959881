/* SPDX-License-Identifier: ISC */
/*
 * Properties of address books (RFC 6352 6.2, 7.1.1, 8.3.1). None comes with allprop.
 */
#include "webdav/verb.h"

#include "webdav/data.h"
#include "webdav/person.h"
#include "webdav/server.h"

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

/* 6.2.2: what may be stored; each card comes back in the version that it was stored in. */
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

#define PERSONS (DAV_ROOT | DAV_TOP | DAV_USER)
#define QUERIED (DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_CARD)

const struct dav_prop dav_props_card[] = {
	{NS_CARDDAV, "addressbook-home-set", PERSONS, 0, get_home_set, NULL}, /* 7.1.1 */
	{NS_CARDDAV, "addressbook-description", DAV_ADDRESSBOOK, PROP_STORED, NULL,
		NULL}, /* 6.2.1 */
	{NS_CARDDAV, "supported-address-data", DAV_ADDRESSBOOK, 0, get_data_types,
		NULL},                                                             /* 6.2.2 */
	{NS_CARDDAV, "max-resource-size", DAV_ADDRESSBOOK, 0, get_max_size, NULL}, /* 6.2.3 */
	{NS_CARDDAV, "supported-collation-set", QUERIED, 0, get_collations, NULL}, /* 8.3.1 */
	{NS_CARDDAV, "address-data", DAV_CARD, 0, dav_get_address_data, NULL},     /* 10.4 */
	{0},
};
