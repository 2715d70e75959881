/* SPDX-License-Identifier: ISC */
/*
 * card:address-data (RFC 6352 10.4): one card, whole or the properties that are asked for.
 * Cards are not converted from one version to the other; each comes as it was stored.
 */
#include "webdav/data.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/content.h"
#include "webdav/server.h"

/* False when a card:prop has no name. card:allprop, DAV:allprop (KDAV) or nothing: everything. */
static bool parse_request(
	struct arena *arena, const struct xml_element *asked, struct card_data_request *request)
{
	const struct xml_element *first = asked ? xml_child(asked, NS_CARDDAV, "prop") : NULL;
	size_t count = 0, i = 0;

	*request = (struct card_data_request){0};
	for (const struct xml_element *e = first; e; e = xml_next(e, NS_CARDDAV, "prop"))
		count++;
	if (!count || xml_child(asked, NS_CARDDAV, "allprop"))
		return true;
	const char **props = arena_array(arena, count, sizeof(*props));
	bool *novalue = arena_array(arena, count, sizeof(*novalue));
	for (const struct xml_element *e = first; e; e = xml_next(e, NS_CARDDAV, "prop"), i++) {
		props[i] = xml_attr(e, "name");
		novalue[i] = text_equal(xml_attr(e, "novalue"), "yes");
		if (!props[i])
			return false;
	}
	*request = (struct card_data_request){props, novalue, count};
	return true;
}

static enum dav_code append_card(
	struct buf *out, const struct card_data_request *request, const struct dav_content *bytes)
{
	enum dav_code code = DAV_OK;
	struct buf rendered;

	if (!request->n_props) {
		dav_data_escape(out, bytes->data, bytes->size);
		return DAV_OK;
	}
	buf_init(&rendered, DAV_MAX_RENDERED);
	if (card_render(&rendered, request, bytes->data, bytes->size) && !rendered.full)
		dav_data_escape(out, rendered.data ? rendered.data : "", rendered.len);
	else
		code = DAV_INTERNAL;
	buf_free(&rendered);
	return code;
}

enum dav_code dav_get_address_data(struct dav_exchange *x, const struct dav_resource *r,
	const struct xml_element *asked, struct buf *out)
{
	struct card_data_request request;
	struct dav_content content;
	bool listing = text_equal(x->verb->name, "PROPFIND");

	/* No property: neither allprop nor propname know it. */
	if (!asked || (listing && !tolerates(TOLERATE_DATA_AS_PROPERTY)))
		return DAV_NOT_FOUND;
	if (!dav_data_type_ok(asked))
		return DAV_SUPPORTED_ADDRESS_DATA;
	if (!parse_request(x->row_arena, asked, &request))
		return DAV_BAD_REQUEST;
	enum dav_code code = dav_content_open(x, r, &content);
	if (code != DAV_OK)
		return code;
	buf_adds(out, "<card:address-data>");
	code = append_card(out, &request, &content);
	buf_adds(out, "</card:address-data>");
	dav_content_close(&content);
	return code;
}
