/* SPDX-License-Identifier: ISC */
/*
 * The preferences of a client (RFC 7240, RFC 8144, and Microsoft's Brief): what each verb heeds is a row, all else is
 * ignored, as a preference may be. What was done is told in Preference-Applied, of what stood in Prefer alone.
 */
#include "webdav/server.h"

#include "src/base/text.h"
#include "src/base/tolerance.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t"
#define MINIMAL PREFER_MINIMAL
#define REPRESENTATION PREFER_REPRESENTATION

/* RFC 8144 2 to 4. A DELETE has something to show only where its condition failed (3.2). No report that takes a Depth lists
 * the collection itself (RFC 4791 7, RFC 6578 3.2, RFC 6352 8), so that depth-noroot is for PROPFIND. */
static const struct {
	const char *verb;
	unsigned preferences;
} heeded[] = {
	{"PROPFIND", MINIMAL | PREFER_NOROOT},
	{"REPORT", MINIMAL},
	{"PROPPATCH", MINIMAL},
	{"MKCOL", MINIMAL},
	{"MKCALENDAR", MINIMAL},
	{"PUT", MINIMAL | REPRESENTATION},
	{"POST", MINIMAL | REPRESENTATION},
	{"COPY", MINIMAL | REPRESENTATION},
	{"MOVE", MINIMAL | REPRESENTATION},
	{"DELETE", MINIMAL | REPRESENTATION},
};

/* What a preference is called; `draft`: the form of drafts of RFC 7240 (PREFER_HYPHEN). */
static const struct {
	const char *name, *value;
	unsigned bit;
	bool draft;
} names[] = {
	{"return", "minimal", MINIMAL, false},
	{"return", "representation", REPRESENTATION, false},
	{"return-minimal", "", MINIMAL, true},
	{"return-representation", "", REPRESENTATION, true},
	{"depth-noroot", "", PREFER_NOROOT, false},
};

static const struct {
	unsigned bit;
	const char *text;
} told[] = {
	{MINIMAL, "return=minimal"},
	{REPRESENTATION, "return=representation"},
	{PREFER_NOROOT, "depth-noroot"},
};

static unsigned heeded_by(const struct dav_verb *verb)
{
	for (size_t i = 0; verb && i < sizeof(heeded) / sizeof(heeded[0]); i++)
		if (strcmp(heeded[i].verb, verb->name) == 0)
			return heeded[i].preferences;
	return 0;
}

/* A word (RFC 7240 2): a token up to one of `ends`, or what stands between quotes, where a backslash takes the next
 * character as it is. */
static char *word(struct arena *arena, const char **at, const char *ends)
{
	const char *s = *at + strspn(*at, SPACE);
	char *out = arena_alloc(arena, strlen(s) + 1), *end = out;
	bool quoted = *s == '"';

	for (s += quoted; *s && (quoted ? *s != '"' : !strchr(ends, *s)); s++) {
		s += quoted && *s == '\\' && s[1];
		*end++ = *s;
	}
	*end = '\0';
	s += quoted && *s;
	*at = s + strspn(s, SPACE);
	return out;
}

/* The value that stands behind "=", or "": an empty one is none (RFC 7240 2). */
static const char *value(struct arena *arena, const char **at)
{
	if (**at != '=')
		return "";
	++*at;
	return word(arena, at, "=,; \t");
}

/* Parameters say nothing about the preferences known here. */
static void skip_rest(const char **at)
{
	const char *s = *at;

	for (bool quoted = false; *s && (quoted || *s != ','); s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		else
			quoted ^= *s == '"';
	}
	*at = s;
}

/* One Prefer header into *bits. Of a preference that comes twice the first counts (RFC 7240 2). */
static void read_list(struct arena *arena, const char *at, unsigned *bits)
{
	const unsigned returns = MINIMAL | REPRESENTATION;

	while (*(at += strspn(at, ", \t"))) {
		const char *start = at, *name = word(arena, &at, "=,; \t"),
			   *given = value(arena, &at);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (text_equal_nocase(name, names[i].name) &&
				text_equal_nocase(given, names[i].value) &&
				(!names[i].draft || tolerates(TOLERATE_PREFER_HYPHEN)) &&
				!(names[i].bit & returns && *bits & returns))
				*bits |= names[i].bit;
		skip_rest(&at);
		at += at == start; /* a stray "=" or ";" */
	}
}

void dav_read_preferences(struct dav_exchange *x)
{
	const struct dav_request *request = x->request;
	unsigned bits = 0, heeds = heeded_by(x->verb);
	bool brief = false;

	for (size_t i = 0; heeds && i < request->n_headers; i++) {
		const struct dav_header *header = &request->headers[i];
		if (strcasecmp(header->name, "Prefer") == 0)
			read_list(x->arena, header->value, &bits);
		else if (strcasecmp(header->name, "Brief") == 0 && tolerates(TOLERATE_BRIEF))
			brief |= text_equal_nocase(text_trim(x->arena, header->value), "t");
	}
	x->preferred = bits & heeds;
	x->minimal = x->preferred & MINIMAL || (brief && !(bits & REPRESENTATION));
	x->noroot = x->preferred & PREFER_NOROOT;
	x->representation = x->preferred & REPRESENTATION;
}

/* RFC 8144 2: less than there would be was said, or all was and it took no words. */
static bool was_minimal(const struct dav_exchange *x, enum dav_code code)
{
	int status = dav_code_status(code);

	if (x->verb->flags & VERB_SAFE)
		return code == DAV_MULTISTATUS;
	return status >= 200 && status < 300 && !x->response->body.len && !x->next_row;
}

void dav_preference_headers(struct dav_exchange *x, enum dav_code code)
{
	unsigned applied;
	struct buf out;

	if (!heeded_by(x->verb))
		return;
	/* RFC 7240 2: whether the client had any or not. */
	const char *vary = dav_response_header(x->response, "Vary");
	dav_set_header(x, "Vary",
		vary ? arena_printf(x->arena, "%s, Brief, Prefer", vary) : "Brief, Prefer");
	if (x->minimal && was_minimal(x, code))
		x->applied |= MINIMAL;
	applied = x->applied & x->preferred;
	if (!applied)
		return;
	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (told[i].bit & applied)
			buf_addf(&out, "%s%s", out.len ? ", " : "", told[i].text);
	dav_set_header(x, "Preference-Applied", out.data);
	buf_free(&out);
}
