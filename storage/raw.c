/* SPDX-License-Identifier: ISC */
/*
 * Git's tree objects as bytes: "MODE NAME\0" and twenty bytes of id, entry after entry, in the
 * order of the names, where a folder's name counts as if it ended in "/".
 */
#include "storage/internal.h"

#define MIN_ENTRY 24 /* bytes of the shortest: mode of 1, space, name of 1, NUL, id */

int raw_entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t xl = strlen(x->name), yl = strlen(y->name), len = xl < yl ? xl : yl;
	int order = memcmp(x->name, y->name, len);

	if (order)
		return order;
	unsigned char xc = (unsigned char)x->name[len], yc = (unsigned char)y->name[len];
	if (!xc && x->mode == STORE_MODE_TREE)
		xc = '/';
	if (!yc && y->mode == STORE_MODE_TREE)
		yc = '/';
	return (xc > yc) - (xc < yc);
}

static bool parse_entry(const char **at, const char *end, struct entry *entry)
{
	const char *p = *at;

	entry->mode = 0;
	while (p < end && *p >= '0' && *p <= '7' && entry->mode < 0200000)
		entry->mode = entry->mode << 3 | (uint32_t)(*p++ - '0');
	if (p == end || *p++ != ' ')
		return false;
	const char *nul = memchr(p, '\0', (size_t)(end - p));
	if (!nul || nul == p || end - nul <= (ptrdiff_t)sizeof(entry->oid.bytes))
		return false;
	entry->name = p;
	memcpy(entry->oid.bytes, nul + 1, sizeof(entry->oid.bytes));
	*at = nul + 1 + sizeof(entry->oid.bytes);
	return true;
}

bool raw_tree_parse(
	struct arena *arena, const char *body, size_t len, struct entry **entries, size_t *n)
{
	struct entry *list = arena_array(arena, len / MIN_ENTRY + 1, sizeof(*list));
	const char *at = body;
	size_t count = 0;
	bool sorted = true;

	while (at < body + len) {
		if (!parse_entry(&at, body + len, &list[count]))
			return false;
		if (count && raw_entry_compare(&list[count - 1], &list[count]) > 0)
			sorted = false;
		count++;
	}
	if (!sorted)
		qsort(list, count, sizeof(*list), raw_entry_compare);
	*entries = list;
	*n = count;
	return true;
}

void raw_tree_print(struct buf *out, const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (entries[i].mode == STORE_MODE_FILE)
			buf_add(out, "100644 ", 7);
		else if (entries[i].mode == STORE_MODE_TREE)
			buf_add(out, "40000 ", 6);
		else
			buf_addf(out, "%o ", entries[i].mode);
		buf_add(out, entries[i].name, strlen(entries[i].name) + 1);
		buf_add(out, entries[i].oid.bytes, sizeof(entries[i].oid.bytes));
	}
}

enum store_code raw_tree_read(struct backend *backend, struct arena *arena,
	const struct store_oid *oid, struct entry **entries, size_t *n)
{
	enum object_type type;
	char *body;
	size_t len;

	*n = 0;
	if (store_oid_is_zero(oid))
		return STORE_OK;
	enum store_code code = backend->ops->read(backend, oid, &type, &body, &len);
	if (code != STORE_OK)
		return code;
	bool ok = type == OBJECT_TREE &&
		raw_tree_parse(arena, arena_memdup(arena, body, len), len, entries, n);
	free(body);
	return ok ? STORE_OK : STORE_FAILED;
}

const struct entry *raw_entry_find(
	const struct entry *entries, size_t n, const char *name, uint32_t mode)
{
	struct entry wanted = {.mode = mode, .name = name};
	const struct entry *entry = n == 0
		? NULL
		: bsearch(&wanted, entries, n, sizeof(*entries), raw_entry_compare);

	return entry && entry->mode == mode ? entry : NULL;
}
