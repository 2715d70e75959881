/* SPDX-License-Identifier: ISC */
/*
 * card:address-data (RFC 6352 10.4): one card in the version that is asked for, 3.0 where none is, whole or the
 * properties that are asked for. Those are looked for in the card as it goes out.
 */
#include "webdav/data.h"

#include "ical/card.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/accept.h"
#include "webdav/content.h"
#include "webdav/server.h"

#include <stdint.h>

bool dav_address_data_is_right(const struct xml_element *asked)
{
	for (const struct xml_element *e = xml_child(asked, NS_CARDDAV, "prop"); e;
		e = xml_next(e, NS_CARDDAV, "prop")) {
		const char *name = xml_attr(e, "name"), *novalue = xml_attr(e, "novalue");
		if (!name || !*name)
			return false;
		if (novalue && !text_equal(novalue, "yes") && !text_equal(novalue, "no"))
			return false;
	}
	return true;
}

/* card:allprop, DAV:allprop (KDAV) or nothing: everything. A jCard always tells its version (RFC 7095 3.3). */
static void parse_request(struct arena *arena, const struct xml_element *asked, bool json,
	struct card_data_request *request)
{
	const struct xml_element *first = asked ? xml_child(asked, NS_CARDDAV, "prop") : NULL;
	size_t count = json && first, i = count;

	*request = (struct card_data_request){0};
	for (const struct xml_element *e = first; e; e = xml_next(e, NS_CARDDAV, "prop"))
		count++;
	if (!count || xml_child(asked, NS_CARDDAV, "allprop"))
		return;
	const char **props = arena_array(arena, count, sizeof(*props));
	bool *novalue = arena_array(arena, count, sizeof(*novalue));
	props[0] = "VERSION";
	for (const struct xml_element *e = first; e; e = xml_next(e, NS_CARDDAV, "prop"), i++) {
		props[i] = xml_attr(e, "name");
		novalue[i] = text_equal(xml_attr(e, "novalue"), "yes");
	}
	*request = (struct card_data_request){props, novalue, count};
}

/* As text: jCard is made of the parts of a card of 4.0. */
static enum dav_code cut(const struct card_data_request *request, struct dav_content *content)
{
	struct buf rendered;
	size_t size;

	if (!request->n_props)
		return DAV_OK;
	buf_init(&rendered, DAV_MAX_RENDERED);
	if (!card_render(&rendered, request, content->data, content->size) || rendered.full) {
		buf_free(&rendered);
		return DAV_INTERNAL;
	}
	char *made = buf_take(&rendered, &size);
	dav_content_close(content);
	*content = (struct dav_content){.data = made, .size = size, .made = made};
	return DAV_OK;
}

static enum dav_code append_card(struct buf *out, enum card_format format,
	const struct card_data_request *request, const struct dav_resource *r,
	struct dav_content *content)
{
	bool json = format == CARD_JCARD;

	if (!dav_content_convert(r, json ? CARD_VCARD_4 : format, content))
		return DAV_CARD_CONVERSION_ROW;
	enum dav_code code = cut(request, content);
	if (code != DAV_OK)
		return code;
	if (!json) {
		dav_data_escape(out, content->data, content->size);
		return DAV_OK;
	}
	struct buf text;
	buf_init(&text, DAV_MAX_RENDERED);
	if (!card_convert(&text, format, content->data, content->size) || text.full)
		code = DAV_CARD_CONVERSION_ROW;
	else
		xml_escape_n(out, text.data, text.len);
	buf_free(&text);
	return code;
}

/* 10.4: what the element holds is told where the request told it; without, it is what its DTD says. */
static void begin(struct buf *out, const struct xml_element *asked, const struct dav_card_type *v)
{
	buf_adds(out, "<card:address-data");
	if (xml_attr(asked, "content-type") || xml_attr(asked, "version"))
		buf_addf(out, " content-type=\"%s\" version=\"%s\"", v->type, v->version);
	buf_addc(out, '>');
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
	const struct dav_card_type *version = dav_card_type_asked(
		xml_attr(asked, "content-type"), xml_attr(asked, "version"));
	if (!version)
		return DAV_SUPPORTED_ADDRESS_DATA;
	if (!dav_address_data_is_right(asked))
		return DAV_BAD_REQUEST;
	parse_request(x->row_arena, asked, version->format == CARD_JCARD, &request);
	enum dav_code code = dav_content_open(x, r, &content);
	if (code != DAV_OK)
		return code;
	begin(out, asked, version);
	code = append_card(out, version->format, &request, r, &content);
	buf_adds(out, "</card:address-data>");
	dav_content_close(&content);
	x->unconverted |= code == DAV_CARD_CONVERSION_ROW;
	return code;
}

void dav_card_row(struct dav_exchange *x, const struct dav_resource *r,
	const struct dav_wanted *wanted, struct buf *out)
{
	size_t before = out->len;
	struct buf href;

	x->unconverted = false;
	dav_row(x, r, wanted, out);
	if (!x->unconverted)
		return;
	out->len = before;
	buf_init(&href, SIZE_MAX);
	dav_href(&href, r);
	dav_row_status(out, href.data, DAV_CARD_CONVERSION_ROW);
	buf_free(&href);
}
