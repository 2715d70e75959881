/* SPDX-License-Identifier: ISC */
/* Principals as text; damaged lines count as unknown ones. */
#include "storage/principal.h"

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/text.h"

#include <string.h>

#define LINE_MAX_BYTES 1024

static void append(struct arena *arena, const char ***list, size_t *n, const char *text)
{
	/* What arena_grow gave last: 8, 16, 32 … */
	size_t cap = 8;

	while (cap < *n)
		cap *= 2;
	*list = arena_grow(arena, *list, &cap, *n + 1, sizeof(**list));
	(*list)[(*n)++] = text;
}

static void parse_line(struct arena *arena, struct principal *principal, const char *line)
{
	if (text_starts(line, "id ") && !principal->id)
		principal->id = line + 3;
	else if (text_starts(line, "name ") && !principal->name)
		principal->name = line + 5;
	else if (text_starts(line, "mail "))
		append(arena, &principal->mails, &principal->n_mails, line + 5);
	else if (text_starts(line, "member "))
		append(arena, &principal->members, &principal->n_members, line + 7);
	else if (!text_starts(line, "created ") || !clock_iso_parse(line + 8, &principal->created))
		append(arena, &principal->other, &principal->n_other, line);
}

bool principal_parse(
	struct arena *arena, const char *bytes, size_t len, struct principal *principal)
{
	struct principal parsed = {0};
	size_t n;

	if (len > PRINCIPAL_MAX || memchr(bytes, '\0', len))
		return false;
	char **lines = text_split(arena, arena_strndup(arena, bytes, len), '\n', &n);
	for (size_t i = 0; i < n; i++)
		parse_line(arena, &parsed, lines[i]);
	if (!parsed.id)
		return false;
	*principal = parsed;
	return true;
}

static void print_line(struct arena *arena, struct buf *out, const char *key, const char *value)
{
	char *clean = text_trim(arena, text_clean_line(arena, value, LINE_MAX_BYTES));

	if (*clean)
		buf_addf(out, "%s%s\n", key, clean);
}

char *principal_print(struct arena *arena, const struct principal *principal, size_t *len)
{
	struct buf out;
	char created[21];

	buf_init(&out, PRINCIPAL_MAX);
	print_line(arena, &out, "id ", principal->id);
	if (principal->created) {
		clock_iso(created, principal->created);
		print_line(arena, &out, "created ", created);
	}
	if (principal->name)
		print_line(arena, &out, "name ", principal->name);
	for (size_t i = 0; i < principal->n_mails; i++)
		print_line(arena, &out, "mail ", principal->mails[i]);
	for (size_t i = 0; i < principal->n_members; i++)
		print_line(arena, &out, "member ", principal->members[i]);
	for (size_t i = 0; i < principal->n_other; i++)
		print_line(arena, &out, "", principal->other[i]);
	char *text = out.full ? NULL : arena_strndup(arena, out.data ? out.data : "", out.len);
	*len = out.len;
	buf_free(&out);
	return text;
}
