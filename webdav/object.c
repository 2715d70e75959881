/* SPDX-License-Identifier: ISC */
/*
 * Objects on their way in: PUT, COPY and MOVE ask the same questions (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1). The first that
 * fails is the one precondition in the answer.
 */
#include "webdav/object.h"

#include "ical/cal.h"
#include "src/base/text.h"
#include "webdav/server.h"
#include "webdav/view.h"

#include <stdint.h>
#include <string.h>

/* What the inspector says, as a precondition. */
static const struct {
	int fault;
	enum dav_code event, card;
} faults[] = {
	{CAL_MALFORMED, DAV_VALID_CALENDAR_DATA, DAV_VALID_ADDRESS_DATA},
	{CAL_NOT_OBJECT, DAV_VALID_CALENDAR_OBJECT, DAV_VALID_ADDRESS_DATA},
	{CAL_UNSUPPORTED, DAV_SUPPORTED_COMPONENT, DAV_VALID_ADDRESS_DATA},
	{CAL_LIMIT, DAV_MAX_RESOURCE_SIZE, DAV_CARD_MAX_RESOURCE_SIZE},
	{CAL_HOSTILE_RULE, DAV_VALID_CALENDAR_DATA, DAV_VALID_ADDRESS_DATA},
	{CAL_TOO_EARLY, DAV_MIN_DATE_TIME, DAV_VALID_ADDRESS_DATA},
	{CAL_TOO_LATE, DAV_MAX_DATE_TIME, DAV_VALID_ADDRESS_DATA},
	{CAL_TOO_MANY_INSTANCES, DAV_MAX_INSTANCES, DAV_VALID_ADDRESS_DATA},
	{CAL_TOO_MANY_ATTENDEES, DAV_MAX_ATTENDEES, DAV_VALID_ADDRESS_DATA},
	{CAL_UNKNOWN_SCALE, DAV_SUPPORTED_RSCALE, DAV_VALID_ADDRESS_DATA},
	{CAL_VERSION, DAV_SUPPORTED_CALENDAR_DATA, DAV_SUPPORTED_ADDRESS_DATA},
};

static enum dav_code refuse(
	struct dav_exchange *x, enum dav_kind kind, const struct facts_fault *fault)
{
	enum dav_code code = kind == DAV_CARD ? DAV_VALID_ADDRESS_DATA : DAV_VALID_CALENDAR_DATA;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].fault == fault->code)
			code = kind == DAV_CARD ? faults[i].card : faults[i].event;
	if (fault->line)
		return dav_fail(x, code, "line %u: %s", fault->line, fault->text);
	return dav_fail(x, code, "%s", fault->text);
}

/* The size comes first: what is too large is not read. */
static enum dav_code check_size(struct dav_exchange *x, enum dav_kind kind, size_t len)
{
	size_t limit = kind == DAV_FILE ? x->server->max_file_size : x->server->max_resource_size;
	enum dav_code code = kind == DAV_CARD ? DAV_CARD_MAX_RESOURCE_SIZE
		: kind == DAV_FILE            ? DAV_TOO_LARGE
					      : DAV_MAX_RESOURCE_SIZE;

	return len <= limit ? DAV_OK : dav_fail(x, code, "larger than %zu bytes", limit);
}

enum dav_code dav_check_limits(
	struct dav_exchange *x, enum dav_kind kind, const char *bytes, size_t len)
{
	struct facts_fault fault = {0};
	enum dav_code code = check_size(x, kind, len);

	if (code != DAV_OK || kind != DAV_EVENT ||
		cal_check_bounds(&x->server->bounds, bytes, len, &fault))
		return code;
	return refuse(x, kind, &fault);
}

enum dav_code dav_inspect(struct dav_exchange *x, enum dav_kind kind, const char *bytes, size_t len,
	struct facts *facts)
{
	struct facts_fault fault = {0};
	enum dav_code code = check_size(x, kind, len);

	*facts = (struct facts){0};
	if (code != DAV_OK || kind == DAV_FILE)
		return code;
	if (!cal_accept_within(&x->server->bounds, dav_kind_row(kind)->facts, bytes, len, x->arena,
		    facts, &fault))
		return refuse(x, kind, &fault);
	return DAV_OK;
}

enum dav_code dav_uid_conflict(
	struct dav_exchange *x, const struct dav_resource *place, const char *name)
{
	enum dav_code code = place->kind == DAV_CARD ? DAV_CARD_NO_UID_CONFLICT
						     : DAV_NO_UID_CONFLICT;
	struct dav_resource other = *place;
	struct buf href;

	/* DESIGN.md 7: of what is hidden from the writer no name is told. */
	other.path.name = name;
	other.item = store_item(place->collection, name);
	if (!other.item || dav_sight(x, &other) == DAV_SEES_NOTHING)
		return code;
	buf_init(&href, SIZE_MAX);
	dav_href(&href, &other);
	dav_fail_href(x, code, href.data);
	buf_free(&href);
	return code;
}

enum dav_code dav_hidden_conflict(const struct dav_resource *r)
{
	return r->kind == DAV_CARD     ? DAV_CARD_NO_UID_CONFLICT
		: r->kind == DAV_EVENT ? DAV_NO_UID_CONFLICT
				       : DAV_CONFLICT;
}

enum dav_code dav_check_object(struct dav_exchange *x, const struct dav_resource *place,
	const struct facts *facts, const char *leaving)
{
	if (place->kind == DAV_FILE)
		return DAV_OK;
	uint32_t components = store_collection_meta(place->collection)->components;
	if (place->kind == DAV_EVENT && components && !(facts->component & components))
		return dav_fail(x, DAV_SUPPORTED_COMPONENT, "this calendar takes no %s",
			cal_component_name(facts->component));
	const struct store_item *other = store_item_by_uid(place->collection, facts->uid);
	if (other && !text_equal(other->name, place->path.name) &&
		!text_equal(other->name, leaving))
		return dav_uid_conflict(x, place, other->name);
	/* A different UID over an existing name. What cannot be read any more may be replaced by anything. */
	if (place->item && !(place->item->facts.flags & FACTS_BROKEN) && place->item->facts.uid &&
		!text_equal(place->item->facts.uid, facts->uid))
		return dav_uid_conflict(x, place, place->path.name);
	return DAV_OK;
}

const char *dav_item_words(struct dav_exchange *x, const struct dav_resource *r)
{
	struct store_bytes bytes;
	struct facts_fault fault;
	struct facts facts = {0};

	/* Words of what is seen as busy would come back to who copies it (DESIGN.md 3: commit subjects). */
	if (r->kind != DAV_FILE && dav_sight(x, r) == DAV_SEES_ALL &&
		store_read(x->server->store, &r->item->oid, &bytes) == STORE_OK) {
		cal_inspect(dav_kind_row(r->kind)->facts, bytes.data, bytes.size, x->arena, &facts,
			&fault);
		store_bytes_free(&bytes);
	}
	return facts.summary && *facts.summary ? facts.summary
					       : dav_url_name(x->arena, r->path.name);
}

char *dav_parent_path(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(arena, path, slash ? (size_t)(slash - path) : 0);
}
