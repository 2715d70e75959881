/* SPDX-License-Identifier: ISC */
/*
 * Commit objects as text. Who and why is data from clients: each piece becomes one clean line
 * before it is written, so that no SUMMARY and no User-Agent can forge a header or a trailer.
 * Trailers are trusted on commits whose committer is Daybook, which foreign.c refuses from anybody
 * else.
 */
#include "storage/internal.h"

#include "src/base/text.h"

#define LINE_MAX_BYTES 300 /* of one subject, name or trailer */

/* A name or address inside "NAME <MAIL>": without what git takes for its own punctuation. */
static char *clean_person(struct arena *arena, const char *text)
{
	char *clean = arena_strdup(arena, text ? text : ""), *end;

	for (char *at = clean; *at; at++)
		if (*at == '<' || *at == '>')
			*at = ' ';
	clean = text_clean_line(arena, clean, LINE_MAX_BYTES);
	/* Git cuts such characters off the ends; an empty name would make a bad commit. */
	while (*clean && strchr(".,:;\"'\\ ", *clean))
		clean++;
	end = clean + strlen(clean);
	while (end > clean && strchr(".,:;\"'\\ ", end[-1]))
		*--end = '\0';
	return clean;
}

static char *clean_mail(struct arena *arena, const struct store_write *write)
{
	char *mail = clean_person(arena, write->author_mail);

	if (!*mail)
		mail = arena_printf(arena, "%s@localhost",
			clean_person(arena, write->user ? write->user : "daybook"));
	for (char *at = mail; *at; at++)
		if (*at == ' ')
			*at = '_';
	return mail;
}

static void add_trailer(struct buf *out, struct arena *arena, const char *key, const char *value)
{
	if (!value)
		return;
	char *clean = text_clean_line(arena, value, LINE_MAX_BYTES);
	if (*clean)
		buf_addf(out, "%s: %s\n", key, clean);
}

void commit_print(struct buf *out, struct arena *arena, const struct store_write *write,
	const struct store_oid *tree, const struct store_oid *parents, size_t n_parents,
	int64_t time)
{
	const char *name = clean_person(
		arena, write->author_name ? write->author_name : write->user);
	const char *mail = write->author_name || write->user ? clean_mail(arena, write)
							     : STORE_IDENTITY_MAIL;
	char *subject = text_clean_line(
		arena, write->subject ? write->subject : "", LINE_MAX_BYTES);
	char hex[41];

	store_oid_hex(hex, tree);
	buf_addf(out, "tree %s\n", hex);
	for (size_t i = 0; i < n_parents; i++) {
		store_oid_hex(hex, &parents[i]);
		buf_addf(out, "parent %s\n", hex);
	}
	buf_addf(out, "author %s <%s> %lld +0000\n", *name ? name : STORE_IDENTITY_NAME, mail,
		(long long)time);
	buf_addf(out, "committer " STORE_IDENTITY_NAME " <" STORE_IDENTITY_MAIL "> %lld +0000\n\n",
		(long long)time);
	buf_addf(out, "%s\n", *subject ? subject : "Changed");
	if (!write->user && !write->device && !write->user_agent && !write->request_id)
		return;
	buf_addc(out, '\n');
	add_trailer(out, arena, "User", write->user);
	add_trailer(out, arena, "Device", write->device);
	add_trailer(out, arena, "User-Agent", write->user_agent);
	add_trailer(out, arena, "Request-Id", write->request_id);
}

/* ---------------------------------------------------------------- reading */

struct lines {
	struct arena *arena;
	const char *at, *end;
};

static char *next_line(struct lines *lines)
{
	if (lines->at >= lines->end)
		return NULL;
	const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	if (!stop)
		stop = lines->end;
	char *line = arena_strndup(lines->arena, lines->at, (size_t)(stop - lines->at));
	lines->at = stop < lines->end ? stop + 1 : stop;
	return line;
}

/* "NAME <MAIL> SECONDS ZONE" */
static bool parse_person(
	struct arena *arena, char *text, const char **name, const char **mail, int64_t *time)
{
	char *less = strchr(text, '<'), *greater = strrchr(text, '>');

	if (!less || !greater || greater < less)
		return false;
	*less = *greater = '\0';
	*name = text_trim(arena, text);
	*mail = text_trim(arena, less + 1);
	*time = strtoll(greater + 1, NULL, 10);
	return true;
}

static bool parse_header(struct lines *lines, struct commit_text *commit)
{
	struct store_oid *parents = NULL;
	size_t cap = 0;
	bool tree = false, committer = false;
	char *line;

	while ((line = next_line(lines)) && *line) {
		if (text_starts(line, "tree ") && strlen(line) == 45)
			tree = store_oid_parse(&commit->tree, line + 5);
		if (text_starts(line, "parent ") && strlen(line) == 47) {
			parents = arena_grow(lines->arena, parents, &cap, commit->n_parents + 1,
				sizeof(*parents));
			if (!store_oid_parse(&parents[commit->n_parents++], line + 7))
				return false;
		}
		if (text_starts(line, "author "))
			parse_person(lines->arena, line + 7, &commit->author_name,
				&commit->author_mail, &commit->author_time);
		if (text_starts(line, "committer "))
			committer = parse_person(lines->arena, line + 10, &commit->committer_name,
				&commit->committer_mail, &commit->time);
	}
	commit->parents = parents;
	return tree && committer;
}

static void parse_trailer(struct commit_text *commit, const char *line)
{
	const struct {
		const char *key;
		const char **value;
	} trailers[] = {
		{"User: ", &commit->user},
		{"Device: ", &commit->device},
		{"User-Agent: ", &commit->user_agent},
		{"Request-Id: ", &commit->request_id},
	};

	for (size_t i = 0; i < sizeof(trailers) / sizeof(*trailers); i++)
		if (!*trailers[i].value && text_starts(line, trailers[i].key))
			*trailers[i].value = line + strlen(trailers[i].key);
}

bool commit_parse(struct arena *arena, const char *body, size_t len, struct commit_text *commit)
{
	struct lines lines = {arena, body, body + len};
	char *line;

	*commit = (struct commit_text){.author_name = "", .author_mail = ""};
	if (!parse_header(&lines, commit))
		return false;
	commit->ours = strcmp(commit->committer_name, STORE_IDENTITY_NAME) == 0 &&
		strcmp(commit->committer_mail, STORE_IDENTITY_MAIL) == 0;
	line = next_line(&lines);
	commit->subject = line ? line : "";
	while (commit->ours && (line = next_line(&lines)))
		parse_trailer(commit, line);
	return true;
}

enum store_code commit_read(struct backend *backend, struct arena *arena,
	const struct store_oid *oid, struct commit_text *commit)
{
	enum object_type type;
	char *body;
	size_t len;

	enum store_code code = backend->ops->read(backend, oid, &type, &body, &len);
	if (code != STORE_OK)
		return code;
	bool ok = type == OBJECT_COMMIT && commit_parse(arena, body, len, commit);
	free(body);
	return ok ? STORE_OK : STORE_FAILED;
}
