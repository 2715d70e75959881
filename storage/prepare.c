/* SPDX-License-Identifier: ISC */
/*
 * The submitter's share of a write, done by his thread before the committer sees it: everything is
 * copied, names and places are checked, bytes are inspected, hashed and deflated.
 */
#include "storage/internal.h"

#include <stdarg.h>

#define CACHED_MAX ((size_t)1 << 20) /* bytes of a body that is kept at hand after its commit */

void write_refuse(struct write *write, enum store_code code, size_t index, const char *format, ...)
{
	va_list args;

	write->answered = true;
	write->result.code = code;
	write->result.index = index;
	va_start(args, format);
	vsnprintf(write->result.text, sizeof(write->result.text), format, args);
	va_end(args);
}

void write_free(struct write *write)
{
	for (size_t i = 0; i < write->spec.n_changes; i++) {
		if (write->prepared[i].has_object)
			object_release(&write->prepared[i].object);
		body_release(write->prepared[i].body);
	}
	arena_free(write->arena);
	free(write);
}

static void copy_spec(struct write *write, const struct store_write *spec)
{
	struct arena *arena = write->arena;
	struct store_change *changes = arena_array(arena, spec->n_changes, sizeof(*changes));
	struct store_credential *rows = arena_array(arena, spec->n_credentials, sizeof(*rows));

	for (size_t i = 0; i < spec->n_changes; i++) {
		changes[i] = spec->changes[i];
		changes[i].collection = arena_strdup(arena, changes[i].collection);
		changes[i].name = arena_strdup(arena, changes[i].name);
		changes[i].collection_id = arena_strdup(arena, changes[i].collection_id);
	}
	for (size_t i = 0; i < spec->n_credentials; i++) {
		rows[i] = spec->credentials[i];
		rows[i].principal_id = arena_strdup(arena, rows[i].principal_id);
		rows[i].password_hash = arena_strdup(arena, rows[i].password_hash);
	}
	write->spec = *spec;
	write->spec.changes = changes;
	write->spec.credentials = rows;
	write->spec.author_name = arena_strdup(arena, spec->author_name);
	write->spec.author_mail = arena_strdup(arena, spec->author_mail);
	write->spec.subject = arena_strdup(arena, spec->subject);
	write->spec.user = arena_strdup(arena, spec->user);
	write->spec.device = arena_strdup(arena, spec->device);
	write->spec.user_agent = arena_strdup(arena, spec->user_agent);
	write->spec.request_id = arena_strdup(arena, spec->request_id);
}

static bool check_place(struct write *write, size_t index)
{
	const struct store_change *change = &write->spec.changes[index];
	struct prepared *prepared = &write->prepared[index];
	bool ok;

	prepared->place = place_of(change->collection);
	const struct place_rule *rule = place_rule(prepared->place);
	if (change->slot == STORE_SELF)
		ok = prepared->place != PLACE_NONE && !(change->remove && rule->standing);
	else
		ok = rule->items && change->name && store_name_ok(change->name);
	if (!ok)
		write_refuse(
			write, STORE_INVALID, index, "not a place or name that the store allows");
	return ok;
}

/* The facts of an item: the caller's, or the inspector's. */
static bool find_facts(
	struct store *store, struct write *write, size_t index, const char *bytes, size_t len)
{
	const struct store_change *change = &write->spec.changes[index];
	struct prepared *prepared = &write->prepared[index];
	enum facts_kind kind = place_rule(prepared->place)->kind;
	struct facts_fault fault = {0};

	if (kind != FACTS_CALENDAR && kind != FACTS_ADDRESSBOOK)
		return true;
	if (change->facts) {
		prepared->facts = *change->facts;
		prepared->facts.uid = arena_strdup(write->arena, change->facts->uid);
		prepared->facts.summary = NULL;
	} else if (!store->options.inspect(
			   kind, bytes, len, write->arena, &prepared->facts, &fault)) {
		write_refuse(write, STORE_INVALID, index, "line %u: %s", fault.line, fault.text);
		return false;
	}
	if (prepared->facts.uid)
		return true;
	write_refuse(write, STORE_INVALID, index, "no UID");
	return false;
}

static bool check_content(
	struct store *store, struct write *write, size_t index, const char *bytes, size_t len)
{
	const struct store_change *change = &write->spec.changes[index];
	struct prepared *prepared = &write->prepared[index];
	struct store_meta meta;
	const char *why;

	if (change->slot == STORE_ITEM)
		return find_facts(store, write, index, bytes, len);
	if (!store_meta_parse(write->arena, bytes, len, &meta, &why)) {
		write_refuse(write, STORE_INVALID, index, "%s", why);
		return false;
	}
	if (change->slot == STORE_SELF && !place_takes(prepared->place, meta.kind)) {
		write_refuse(
			write, STORE_INVALID, index, "this kind of collection may not stand here");
		return false;
	}
	prepared->meta = meta;
	return true;
}

/* Content by bytes: an object to write, and a body for the cache. */
static bool take_bytes(struct store *store, struct write *write, size_t index)
{
	const struct store_change *change = &write->spec.changes[index];
	struct prepared *prepared = &write->prepared[index];

	if (change->len >= STORE_MAX_OBJECT) {
		write_refuse(write, STORE_INVALID, index, "too large");
		return false;
	}
	if (!check_content(store, write, index, change->bytes, change->len))
		return false;
	object_make(&prepared->object, OBJECT_BLOB, change->bytes, change->len);
	prepared->has_object = true;
	if (store_oid_is_zero(&prepared->object.oid)) {
		write_refuse(write, STORE_INVALID, index, "bytes made to collide in SHA-1");
		return false;
	}
	prepared->oid = prepared->object.oid;
	prepared->size = change->len;
	if (change->len > CACHED_MAX)
		return true;
	char *copy = must_alloc(change->len + 1);
	memcpy(copy, change->bytes, change->len);
	prepared->body = body_new(&prepared->oid, copy, change->len);
	return true;
}

/* Content by id: it must be there. */
static bool take_blob(struct store *store, struct write *write, size_t index)
{
	const struct store_change *change = &write->spec.changes[index];
	struct prepared *prepared = &write->prepared[index];
	struct store_bytes bytes;

	enum store_code code = store_read(store, &change->blob, &bytes);
	if (code != STORE_OK) {
		write_refuse(write, code == STORE_NOT_FOUND ? STORE_INVALID : code, index,
			"no such blob");
		return false;
	}
	prepared->oid = change->blob;
	prepared->size = bytes.size;
	bool ok = check_content(store, write, index, bytes.data, bytes.size);
	store_bytes_free(&bytes);
	return ok;
}

struct write *write_prepare(struct store *store, const struct store_write *spec, bool *ok)
{
	struct write *write = must_alloc(sizeof(*write));

	write->arena = arena_new();
	*ok = spec->n_changes <= STORE_MAX_CHANGES;
	if (!*ok) {
		write_refuse(write, STORE_INVALID, 0, "too many changes in one commit");
		return write;
	}
	copy_spec(write, spec);
	write->prepared = arena_array(write->arena, spec->n_changes, sizeof(*write->prepared));
	for (size_t i = 0; i < spec->n_changes && *ok; i++) {
		const struct store_change *change = &write->spec.changes[i];
		*ok = check_place(write, i);
		if (*ok && !change->remove)
			*ok = change->bytes ? take_bytes(store, write, i)
					    : take_blob(store, write, i);
	}
	return write;
}
