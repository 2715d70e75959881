/* SPDX-License-Identifier: ISC */
/*
 * Conditions: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since (RFC 9110 13), If (RFC 4918 10.4; sync
 * tokens: RFC 6578 5), If-Schedule-Tag-Match (RFC 6638 8.3). They are judged on the snapshot; verbs send what they saw
 * along with the change, so that a lost race comes back here.
 */
#include "webdav/server.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "src/base/tolerance.h"
#include "webdav/accept.h"
#include "webdav/cond.h"
#include "webdav/content.h"
#include "webdav/lock.h"
#include "webdav/represent.h"
#include "webdav/verb.h"

#include <string.h>
#include <strings.h>

/* The forms in which an ETag comes back, beside the right one. */
static const struct {
	const char *before, *after;
	enum tolerance row; /* TOLERATE_COUNT: RFC 9110 8.8.3 */
	bool weak; /* good for If-None-Match only (8.8.3.2): a proxy that compresses makes ours so */
} forms[] = {
	{"\"", "\"", TOLERATE_COUNT, false},
	{"W/\"", "\"", TOLERATE_COUNT, true},
	{"", "", TOLERATE_ETAG_UNQUOTED, false},
	{"\\\"", "\\\"", TOLERATE_ETAG_ESCAPED, false},
	{"\"\\\"", "\\\"\"", TOLERATE_ETAG_ESCAPED, false},
};

bool dav_tag_matches(const char *given, size_t len, const char *tag, bool weak)
{
	size_t tag_len = strlen(tag);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t before = strlen(forms[i].before), after = strlen(forms[i].after);
		if (len == before + tag_len + after && (weak || !forms[i].weak) &&
			memcmp(given, forms[i].before, before) == 0 &&
			memcmp(given + before, tag, tag_len) == 0 &&
			memcmp(given + before + tag_len, forms[i].after, after) == 0)
			return forms[i].row == TOLERATE_COUNT || tolerates(forms[i].row);
	}
	return false;
}

const char *dav_etag(
	const struct dav_exchange *x, struct arena *arena, const struct dav_resource *resource)
{
	char tag[DAV_MAX_TAG];

	dav_selected_tag(x, resource, tag);
	return *tag ? arena_printf(arena, "\"%s\"", tag) : NULL;
}

/* The entity tags that stand for a resource as it is now. */
struct tags {
	char tags[DAV_N_CARD_TYPES][DAV_MAX_TAG];
	size_t n;
};

/* A card has one for each version that it can be had in, and all of them are of the same state. */
static struct tags tags_of(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct tags all = {.n = 0};

	for (size_t i = 0; i < DAV_N_CARD_TYPES; i++)
		if (!i || dav_card_types[i].kinds & r->kind)
			dav_format_tag(x, r, dav_card_types[i].format, all.tags[all.n++]);
	return all;
}

/* Only that of the representation which GET gives (RFC 9110 13.1.2). */
static struct tags selected(const struct dav_exchange *x, const struct dav_resource *r)
{
	struct tags one = {.n = 1};

	dav_selected_tag(x, r, one.tags[0]);
	return one;
}

static bool is_tag(const struct tags *all, const char *given, size_t len, bool weak)
{
	for (size_t i = 0; i < all->n; i++)
		if (*all->tags[i] && dav_tag_matches(given, len, all->tags[i], weak))
			return true;
	return false;
}

/* Is one of a comma-separated list "*" or one of our tags? Commas inside quotes do not separate. */
static bool list_matches(
	const char *list, const struct dav_resource *r, const struct tags *tags, bool weak)
{
	while (*list) {
		list += strspn(list, " \t,");
		const char *end = list;
		for (bool quoted = false; *end && (quoted || *end != ','); end++)
			quoted ^= *end == '"';
		size_t len = (size_t)(end - list);
		while (len && strchr(" \t", list[len - 1]))
			len--;
		if (len == 1 && *list == '*' && r->exists)
			return true;
		if (is_tag(tags, list, len, weak))
			return true;
		list = end;
	}
	return false;
}

/* All lines of that name as one list (RFC 9110 5.3); NULL: there is none. If is no list: more than one line makes it malformed
 * (RFC 4918 10.4.2). */
static const char *all_lines(const struct dav_exchange *x, const char *name)
{
	const struct dav_request *request = x->request;
	const char *all = NULL;

	for (size_t i = 0; i < request->n_headers; i++) {
		const struct dav_header *header = &request->headers[i];
		if (strcasecmp(header->name, name) == 0)
			all = all ? arena_printf(x->arena, "%s, %s", all, header->value)
				  : header->value;
	}
	return all;
}

/* --- the If header --- */

struct if_parser {
	struct dav_exchange *x;
	const char *at;
	bool bad;
};

static void skip_space(struct if_parser *p)
{
	p->at += strspn(p->at, " \t\r\n");
}

/* What stands between `open` (at the parser) and `close`; NULL when it does not end. */
static char *bracketed(struct if_parser *p, char close)
{
	const char *start = p->at + 1, *end = strchr(start, close);

	if (!end) {
		p->bad = true;
		return NULL;
	}
	p->at = end + 1;
	return arena_strndup(p->x->arena, start, (size_t)(end - start));
}

static bool tag_holds(const struct dav_exchange *x, const struct dav_resource *r, const char *text)
{
	const struct tags all = tags_of(x, r);

	return is_tag(&all, text, strlen(text), false);
}

/* State tokens are those of locks, and sync tokens (RFC 6578 5). DAV:no-lock is neither, ever. */
static bool state_holds(struct dav_exchange *x, const struct dav_resource *r, const char *token)
{
	x->tokens = arena_grow(
		x->arena, x->tokens, &x->cap_tokens, x->n_tokens + 1, sizeof(*x->tokens));
	x->tokens[x->n_tokens++] = token;
	if (dav_lock_holds(x, r, token))
		return true;
	const char *current = r->exists ? dav_token(x, x->arena, r) : NULL;

	return current && strcmp(current, token) == 0;
}

/* One condition: [Not] <token> or [Not] ["etag"]. */
static bool condition(struct if_parser *p, const struct dav_resource *r)
{
	bool negated = text_starts_nocase(p->at, "Not"), holds = false;
	char *text;

	if (negated) {
		p->at += 3;
		skip_space(p);
	}
	if (*p->at == '<') {
		text = bracketed(p, '>');
		holds = text && state_holds(p->x, r, text);
	} else if (*p->at == '[') {
		text = bracketed(p, ']');
		holds = text && tag_holds(p->x, r, text);
	} else {
		p->bad = true;
	}
	skip_space(p);
	return holds != negated;
}

/* "(" 1*Condition ")": all must hold. */
static bool list_holds(struct if_parser *p, const struct dav_resource *r)
{
	bool all = true;

	p->at++;
	skip_space(p);
	if (*p->at == ')')
		p->bad = true;
	while (!p->bad && *p->at != ')')
		all &= condition(p, r);
	p->at += *p->at == ')';
	skip_space(p);
	return all;
}

/* The resource of a tagged list. One that may not be read has no state that a client could know. */
static struct dav_resource tagged(struct if_parser *p)
{
	struct dav_resource nothing = {.kind = DAV_KIND_NONE};
	struct dav_path path;
	enum dav_code code;
	char *url = bracketed(p, '>');
	const char *local = url ? dav_local_target(p->x, url, &code) : NULL;

	skip_space(p);
	if (!local || dav_path_parse(p->x->arena, local, &path) != DAV_OK)
		return nothing;
	struct dav_resource r = dav_resolve(p->x, &path);
	return dav_privileges(p->x, &r) & PRIV_READ ? r : nothing;
}

/* RFC 4918 10.4.3: true when any list is. 10.4.2: either no list is tagged, or every one. */
static enum dav_code check_if(struct dav_exchange *x, const char *header)
{
	struct if_parser p = {x, header, false};
	struct dav_resource r = x->target;
	bool any = false, empty = true, is_tagged = false;

	skip_space(&p);
	while (!p.bad && *p.at) {
		if (*p.at == '<') {
			p.bad |= !empty && !is_tagged;
			is_tagged = true;
			r = tagged(&p);
			p.bad |= *p.at != '(';
		} else if (*p.at == '(') {
			any |= list_holds(&p, &r);
			empty = false;
		} else {
			p.bad = true;
		}
	}
	if (p.bad || empty)
		return dav_fail(x, DAV_BAD_REQUEST, "the If header is malformed");
	if (any)
		return DAV_OK;
	/* RFC 4918 9.10.6: a refresh of what is not, or not here. */
	return x->verb->run == dav_verb_lock && !x->request->body_len ? DAV_LOCK_TOKEN_MATCHES_412
								      : DAV_PRECONDITION_FAILED;
}

/* --- all of them --- */

static bool is_get(const struct dav_exchange *x)
{
	return strcmp(x->verb->name, "GET") == 0 || strcmp(x->verb->name, "HEAD") == 0;
}

/* RFC 9110 13.1.4: only where there is a date, and no If-Match that says it better. */
static bool was_changed(const struct dav_exchange *x)
{
	const char *until = dav_header(x, "If-Unmodified-Since");
	int64_t when, then;

	return until && !dav_header(x, "If-Match") && clock_http_parse(until, &when) &&
		x->target.exists && dav_modified(x, &x->target, &then) && then > when;
}

/* 13.1.3 */
static bool is_unchanged(const struct dav_exchange *x)
{
	const char *since = dav_header(x, "If-Modified-Since");
	int64_t when, then;

	/* The page of a folder has no validator of its own: what stands in it may change without it. */
	return is_get(x) && since && x->target.exists && !dav_header(x, "If-None-Match") &&
		x->target.kind & (DAV_ITEM | DAV_CALENDAR | DAV_ADDRESSBOOK | DAV_ANY_DIRECTORY) &&
		clock_http_parse(since, &when) && dav_modified(x, &x->target, &then) &&
		then <= when;
}

static bool if_match_holds(const struct dav_exchange *x, const char *list)
{
	const struct tags tags = tags_of(x, &x->target);

	return list_matches(list, &x->target, &tags, false);
}

static bool if_none_match_holds(const struct dav_exchange *x, const char *list)
{
	const struct tags tags = is_get(x) ? selected(x, &x->target) : tags_of(x, &x->target);

	return !list_matches(list, &x->target, &tags, true);
}

/* In the order of RFC 9110 13.2.2; RFC 4918's If comes before what makes a 304. */
enum dav_code dav_conditions(struct dav_exchange *x)
{
	const char *match = all_lines(x, "If-Match"), *none = all_lines(x, "If-None-Match");
	const char *schedule = dav_header(x, "If-Schedule-Tag-Match"), *state = all_lines(x, "If");

	x->n_tokens = 0;
	if (match && !if_match_holds(x, match))
		return DAV_PRECONDITION_FAILED;
	/* Nothing here has a schedule tag, so that a real one cannot match. */
	if (schedule && (*text_trim(x->arena, schedule) || !tolerates(TOLERATE_SCHEDULE_TAG_EMPTY)))
		return DAV_PRECONDITION_FAILED;
	if (was_changed(x))
		return DAV_PRECONDITION_FAILED;
	enum dav_code code = state ? check_if(x, state) : DAV_OK;
	if (code != DAV_OK)
		return code;
	if (none && !if_none_match_holds(x, none))
		return is_get(x) ? DAV_NOT_MODIFIED : DAV_PRECONDITION_FAILED;
	return is_unchanged(x) ? DAV_NOT_MODIFIED : DAV_OK;
}

bool dav_is_conditional(const struct dav_exchange *x)
{
	static const char *const names[] = {
		"If-Match", "If-None-Match", "If", "If-Unmodified-Since"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dav_header(x, names[i]))
			return true;
	return false;
}
