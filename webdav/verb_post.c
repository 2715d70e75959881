/* SPDX-License-Identifier: ISC */
/*
 * POST to the add-member URL of a collection (RFC 5995): a new member whose name is picked here, under all the rules of PUT.
 * The name comes from the UID, or of a file from Slug (RFC 5023 9.7), made harmless; a random one where that is taken.
 */
#include "src/base/text.h"
#include "webdav/object.h"
#include "webdav/put.h"
#include "webdav/verb.h"

#include <stdint.h>
#include <string.h>

#define MAX_STEM 200 /* bytes of a name that come from the client */
#define HARMLESS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+="

/* The ends of names, by kind; a file has that of its type, where one is known. */
static const struct {
	enum dav_kind kind;
	const char *type, *end;
} ends[] = {
	{DAV_EVENT, NULL, ".ics"},
	{DAV_CARD, NULL, ".vcf"},
	{DAV_FILE, "text/plain", ".txt"},
	{DAV_FILE, "text/html", ".html"},
	{DAV_FILE, "text/csv", ".csv"},
	{DAV_FILE, "text/calendar", ".ics"},
	{DAV_FILE, "text/vcard", ".vcf"},
	{DAV_FILE, "application/pdf", ".pdf"},
	{DAV_FILE, "application/json", ".json"},
	{DAV_FILE, "image/png", ".png"},
	{DAV_FILE, "image/jpeg", ".jpg"},
	{DAV_FILE, "image/gif", ".gif"},
};

static const char *end_of(struct dav_exchange *x)
{
	const char *header = dav_header(x, "Content-Type");
	const char *type = header ? text_trim(x->arena, header) : "";
	size_t len = strcspn(type, "; \t");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].kind == x->target.kind &&
			(!ends[i].type ||
				text_equal_nocase(
					ends[i].type, arena_strndup(x->arena, type, len))))
			return ends[i].end;
	return "";
}

/* Bytes of `text` that mean nothing to any file system or URL; never hidden, never too long. */
static char *harmless(struct arena *arena, const char *text)
{
	char *stem = arena_strndup(arena, text, strnlen(text, MAX_STEM));

	for (char *c = stem; *c; c++)
		if (!strchr(HARMLESS, *c) || (c == stem && *c == '.'))
			*c = '_';
	return stem;
}

static bool is_taken(struct dav_exchange *x, const char *name)
{
	const char *path = dav_store_path(&x->target);

	return (x->target.collection && store_item(x->target.collection, name)) ||
		store_collection(x->snapshot, arena_printf(x->arena, "%s/%s", path, name));
}

/* What a client would like a file to be called. */
static const char *slug(struct dav_exchange *x)
{
	const char *header = x->target.kind == DAV_FILE ? dav_header(x, "Slug") : NULL;
	const char *text = header ? text_percent_decode(x->arena, header, strlen(header)) : NULL;

	return text ? text_trim(x->arena, text) : NULL;
}

static const char *pick_name(struct dav_exchange *x, const struct facts *facts)
{
	const char *end = end_of(x), *wish = slug(x), *uid = facts->uid;
	char uuid[37];

	if (wish && *wish)
		wish = harmless(x->arena, wish);
	else
		wish = uid && *uid ? arena_printf(x->arena, "%s%s", harmless(x->arena, uid), end)
				   : NULL;
	if (wish && !is_taken(x, wish))
		return wish;
	text_uuid(uuid);
	return arena_printf(x->arena, "%s%s", uuid, end);
}

static enum dav_code finish(struct dav_exchange *x)
{
	struct buf href;

	/* RFC 5995 3.1, RFC 9110 9.3.3: where it is. */
	buf_init(&href, SIZE_MAX);
	dav_href(&href, &x->target);
	dav_set_header(x, "Location", href.data);
	buf_free(&href);
	return dav_put_answer(x);
}

enum dav_code dav_verb_post(struct dav_exchange *x)
{
	struct dav_upload *upload = arena_alloc(x->arena, sizeof(*upload));
	struct dav_resource *target = &x->target;

	if (!dav_collection_there(x, dav_store_path(target)))
		return DAV_NOT_FOUND;
	enum dav_code code = dav_check_upload(x);
	if (code == DAV_OK)
		code = dav_take_upload(x, upload);
	if (code != DAV_OK)
		return code;
	/* From here on it is a PUT to a name where nothing is. */
	target->path.name = pick_name(x, &upload->facts);
	target->path.reserved = target->path.add = false;
	return dav_put_object(x, upload, finish);
}
