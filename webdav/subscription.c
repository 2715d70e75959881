/* SPDX-License-Identifier: ISC */
/* What makes a collection a subscription, and what its link may be. */
#include "webdav/subscription.h"

#include "src/base/text.h"
#include "webdav/birthdays.h"
#include "webdav/status.h"

#include <string.h>

#define RESOURCETYPE "{" NS_DAV "}resourcetype"
#define SUBSCRIBED                                                                                 \
	"<d:resourcetype xmlns:d=\"" NS_DAV "\"><d:collection/><cs:subscribed xmlns:cs=\"" NS_CS   \
	"\"/></d:resourcetype>"

/* Links that calendar programs follow. What all clients of a user open must not be a script or a file of theirs. */
static const char *const schemes[] = {"webcal://", "webcals://", "https://", "http://"};

bool dav_is_subscribed(const struct store_meta *meta)
{
	const char *type = store_meta_prop(meta, RESOURCETYPE);

	return type && strstr(type, ":subscribed");
}

void dav_set_subscribed(struct arena *arena, struct store_meta *meta, bool subscribed)
{
	*meta = store_meta_with(arena, meta, RESOURCETYPE, subscribed ? SUBSCRIBED : NULL);
}

enum dav_code dav_check_source(struct dav_exchange *x, const struct xml_element *value)
{
	const struct xml_element *href = value ? xml_child(value, NS_DAV, "href") : NULL;
	const char *link = href ? text_trim(x->arena, href->text) : "";

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (text_starts_nocase(link, schemes[i]) && link[strlen(schemes[i])])
			return DAV_OK;
	return dav_fail(x, DAV_CONFLICT,
		"a subscription has a CS:source with a DAV:href that begins with webcal:// or https://");
}

enum dav_code dav_check_subscription(struct dav_exchange *x, const struct store_meta *meta)
{
	const char *xml = dav_meta_value(meta, NS_CS, "source"), *why;

	if (!dav_is_subscribed(meta))
		return DAV_OK;
	return dav_check_source(x, xml ? xml_parse(x->arena, xml, strlen(xml), &why) : NULL);
}

unsigned dav_never_held(const struct dav_resource *resource)
{
	const struct store_meta *meta = resource->collection
		? store_collection_meta(resource->collection)
		: NULL;

	/* How it looks is its owner's affair all the same (dav_privileges), and with whom it is shared. */
	if (meta && dav_is_derived(meta))
		return PRIV_WRITE | (resource->path.name ? PRIV_WRITE_ACL : 0);
	return meta && dav_is_subscribed(meta) ? PRIV_BIND | PRIV_WRITE_CONTENT : 0;
}
