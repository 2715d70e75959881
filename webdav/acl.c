/* SPDX-License-Identifier: ISC */
/* Access control entries: lines to values and back, and the judgement of RFC 3744 6. */
#include "webdav/acl.h"

#include "src/base/text.h"
#include "webdav/priv.h"

#include <stdint.h>
#include <string.h>

#define PROPERTY "property:"

/* Principals that are words. */
static const struct {
	const char *word;
	enum ace_who who;
} words[] = {
	{"all", ACE_ALL},
	{"authenticated", ACE_AUTHENTICATED},
	{"unauthenticated", ACE_UNAUTHENTICATED},
	{"self", ACE_SELF},
};

#define N_WORDS (sizeof(words) / sizeof(*words))

/* --- reading --- */

bool dav_ace_word(const char *word, enum ace_who *who)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (text_equal(words[i].word, word)) {
			*who = words[i].who;
			return true;
		}
	return false;
}

static bool parse_who(struct arena *arena, const char *text, struct dav_ace *ace)
{
	if (dav_ace_word(text, &ace->who))
		return true;
	if (text_starts(text, PROPERTY)) {
		ace->who = ACE_PROPERTY;
		ace->name = arena_strdup(arena, text + strlen(PROPERTY));
		return text_equal(ace->name, ACE_OWNER) || text_equal(ace->name, ACE_CREATOR);
	}
	ace->who = ACE_PRINCIPAL;
	ace->name = arena_strdup(arena, text);
	return text_starts(text, "users/") || text_starts(text, "groups/");
}

static unsigned bits_named(const char *name)
{
	for (const struct dav_priv_row *row = dav_priv_rows; row->name; row++)
		if (text_equal(row->name, name))
			return row->reserved ? 0 : row->bits;
	return 0;
}

static bool parse_bits(struct arena *arena, const char *text, struct dav_ace *ace)
{
	size_t n;
	char **names = text_split(arena, text, ',', &n);

	for (size_t i = 0; i < n; i++) {
		unsigned bits = bits_named(names[i]);
		if (!bits)
			return false;
		ace->bits |= bits;
	}
	return n > 0;
}

/* "grant WHO PRIVILEGE,PRIVILEGE" */
static bool parse(struct arena *arena, const char *line, struct dav_ace *ace)
{
	size_t n;
	char **parts = text_split(arena, line, ' ', &n);

	*ace = (struct dav_ace){0};
	if (n != 3 || !(text_equal(parts[0], "grant") || text_equal(parts[0], "deny")))
		return false;
	ace->deny = text_equal(parts[0], "deny");
	return parse_who(arena, parts[1], ace) && parse_bits(arena, parts[2], ace);
}

struct dav_acl dav_acl_read(struct arena *arena, const struct store_meta *meta)
{
	static const struct dav_ace closed = {.who = ACE_ALL, .deny = true, .bits = PRIV_ALL};
	struct dav_ace *aces = arena_array(arena, meta->n_aces, sizeof(*aces));

	for (size_t i = 0; i < meta->n_aces; i++)
		if (!parse(arena, meta->aces[i], &aces[i]))
			aces[i] = closed;
	return (struct dav_acl){aces, meta->n_aces};
}

/* --- writing --- */

void dav_priv_least(
	unsigned bits, void (*each)(void *payload, const char *ns, const char *name), void *payload)
{
	unsigned told = 0;

	/* The rows stand from the outside in, so that an aggregate comes before its parts. */
	for (const struct dav_priv_row *row = dav_priv_rows; row->name; row++) {
		if (row->reserved || (row->bits & ~bits) || !(row->bits & ~told))
			continue;
		told |= row->bits;
		each(payload, row->ns, row->name);
	}
}

static void append_name(void *payload, const char *ns, const char *name)
{
	struct buf *out = payload;

	(void)ns;
	buf_addf(out, "%s%s", out->len && out->data[out->len - 1] != ' ' ? "," : "", name);
}

char *dav_ace_print(struct arena *arena, const struct dav_ace *ace)
{
	struct buf out;
	const char *who = ace->name ? ace->name : "";

	for (size_t i = 0; i < N_WORDS; i++)
		if (words[i].who == ace->who)
			who = words[i].word;
	buf_init(&out, SIZE_MAX);
	buf_addf(&out, "%s %s%s ", ace->deny ? "deny" : "grant",
		ace->who == ACE_PROPERTY ? PROPERTY : "", who);
	dav_priv_least(ace->bits, append_name, &out);
	char *line = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return line;
}

/* --- judging --- */

bool dav_ace_matches(const struct dav_ace *ace, const struct dav_who *who)
{
	switch (ace->who) {
	case ACE_ALL:
		return true;
	case ACE_AUTHENTICATED:
		return who->user;
	case ACE_UNAUTHENTICATED:
		return !who->user;
	case ACE_SELF:
		return false;
	case ACE_PRINCIPAL:
		return who->user && household_is(who->household, ace->name, who->user);
	case ACE_PROPERTY:
		if (text_equal(ace->name, ACE_CREATOR))
			return who->creator;
		return who->user && text_equal(who->owner, who->user);
	}
	return false;
}

void dav_acl_judge(
	struct dav_judgement *judgement, const struct dav_acl *acl, const struct dav_who *who)
{
	for (size_t i = 0; i < acl->n; i++) {
		const struct dav_ace *ace = &acl->aces[i];
		if (!dav_ace_matches(ace, who))
			continue;
		if (ace->deny)
			judgement->denied |= ace->bits & ~judgement->granted;
		else
			judgement->granted |= ace->bits & ~judgement->denied;
	}
}
