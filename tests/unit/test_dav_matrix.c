/* SPDX-License-Identifier: ISC */
/*
 * Every role × every verb × every kind of resource: what test_dav_matrix.txt says must be what is answered. Beside the status:
 * a 403 that speaks of rights names what is lacking where, a 404 is byte for byte the answer of a URL where nothing is, and
 * what is hidden from somebody is answered as what is not there.
 */
#include "tests/unit/dav_family.h"
#include "webdav/exchange.h"

#define TABLE "tests/unit/test_dav_matrix.txt"
#define MAX_ROLES 40
#define MAX_COLUMNS 40
#define DESTINATION "Destination"
#define QUERY                                                                                      \
	"<C:calendar-query" NS_ALL "><D:prop><D:getetag/></D:prop><C:filter>"                      \
	"<C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
#define BOOK_QUERY                                                                                 \
	"<R:addressbook-query" NS_ALL "><D:prop><D:getetag/></D:prop><R:filter/>"                  \
	"</R:addressbook-query>"
#define EXPAND "<D:expand-property" NS_ALL "/>"
#define BUSY                                                                                       \
	"<C:free-busy-query" NS_ALL ">"                                                            \
	"<C:time-range start=\"20260101T000000Z\" end=\"20270101T000000Z\"/></C:free-busy-query>"
#define PATCH                                                                                      \
	"<D:propertyupdate" NS_ALL "><D:set><D:prop><X:note xmlns:X=\"x:\">1</X:note></D:prop>"    \
	"</D:set></D:propertyupdate>"
#define LOCKINFO                                                                                   \
	"<D:lockinfo" NS_ALL "><D:lockscope><D:exclusive/></D:lockscope>"                          \
	"<D:locktype><D:write/></D:locktype></D:lockinfo>"

/* One kind of place. In a URL "me" as a home stands for whoever asks. */
static const struct place {
	const char *name;
	enum dav_kind kind;
	const char *url;
	/* of what would be a new member of it, or stand beside it */
	const char *new_put, *new_copy;
	const char *report;
} places[] = {
#define AT(url) url, url
	{"root", DAV_ROOT, "/", AT("/new.txt"), EXPAND},
	{"top", DAV_TOP, "/dav/", AT("/dav/new.txt"), EXPAND},
	{"principals", DAV_PRINCIPALS, "/dav/principals/users/",
		AT("/dav/principals/users/new.txt"), EXPAND},
	{"user-self", DAV_USER, "/dav/principals/users/me/", AT("/dav/principals/users/me/new.txt"),
		EXPAND},
	{"user-other", DAV_USER, "/dav/principals/users/carl/",
		AT("/dav/principals/users/carl/new.txt"), EXPAND},
	{"user-none", DAV_USER, "/dav/principals/users/none/",
		AT("/dav/principals/users/none/new.txt"), EXPAND},
	{"group-in", DAV_GROUP, "/dav/principals/groups/crew/",
		AT("/dav/principals/groups/crew/new.txt"), EXPAND},
	{"group-out", DAV_GROUP, "/dav/principals/groups/club/",
		AT("/dav/principals/groups/club/new.txt"), EXPAND},
	{"group-none", DAV_GROUP, "/dav/principals/groups/none/",
		AT("/dav/principals/groups/none/new.txt"), EXPAND},
	{"homes", DAV_HOMES, "/dav/calendars/", AT("/dav/calendars/new.txt"), EXPAND},
	{"home-own", DAV_CALENDAR_HOME, "/dav/calendars/me/", "/dav/calendars/me/new.ics",
		"/dav/calendars/me/new/", QUERY},
	{"home", DAV_CALENDAR_HOME, HOME, HOME "new.ics", HOME "new/", QUERY},
	{"home-none", DAV_CALENDAR_HOME, "/dav/calendars/none/", "/dav/calendars/none/new.ics",
		"/dav/calendars/none/new/", QUERY},
	{"cal", DAV_CALENDAR, CAL, AT(CAL "new.ics"), QUERY},
	{"cal-secret", DAV_CALENDAR, HOME "secret/", AT(HOME "secret/new.ics"), QUERY},
	{"cal-none", DAV_CALENDAR, HOME "none/", AT(HOME "none/new.ics"), QUERY},
	{"feed", DAV_SUBSCRIPTION, HOME "feed/", AT(HOME "feed/new.ics"), EXPAND},
	{"pub", DAV_EVENT, CAL "pub.ics", AT(CAL "new.ics"), QUERY},
	{"priv", DAV_EVENT, CAL "priv.ics", AT(CAL "new.ics"), QUERY},
	{"conf", DAV_EVENT, CAL "conf.ics", AT(CAL "new.ics"), QUERY},
	{"made", DAV_EVENT, CAL "made.ics", AT(CAL "new.ics"), QUERY},
	{"none", DAV_EVENT, CAL "none.ics", AT(CAL "new.ics"), QUERY},
#define SHARE "/dav/calendars/me/anna-personal/"
	{"share", DAV_CALENDAR, SHARE, AT(SHARE "new.ics"), QUERY},
	{"share-pub", DAV_EVENT, SHARE "pub.ics", AT(SHARE "new.ics"), QUERY},
	{"share-priv", DAV_EVENT, SHARE "priv.ics", AT(SHARE "new.ics"), QUERY},
	{"share-conf", DAV_EVENT, SHARE "conf.ics", AT(SHARE "new.ics"), QUERY},
	{"share-made", DAV_EVENT, SHARE "made.ics", AT(SHARE "new.ics"), QUERY},
	{"share-none", DAV_EVENT, SHARE "none.ics", AT(SHARE "new.ics"), QUERY},
	{"books-own", DAV_ADDRESSBOOK_HOME, "/dav/addressbooks/me/", "/dav/addressbooks/me/new.vcf",
		"/dav/addressbooks/me/new/", BOOK_QUERY},
	{"books", DAV_ADDRESSBOOK_HOME, BOOKS, BOOKS "new.vcf", BOOKS "new/", BOOK_QUERY},
	{"book", DAV_ADDRESSBOOK, BOOK, AT(BOOK "new.vcf"), BOOK_QUERY},
	{"book-none", DAV_ADDRESSBOOK, BOOKS "none/", AT(BOOKS "none/new.vcf"), BOOK_QUERY},
	{"card", DAV_CARD, BOOK "card.vcf", AT(BOOK "new.vcf"), BOOK_QUERY},
	{"card-none", DAV_CARD, BOOK "none.vcf", AT(BOOK "new.vcf"), BOOK_QUERY},
#define BOOK_SHARE "/dav/addressbooks/me/anna-friends/"
	{"book-share", DAV_ADDRESSBOOK, BOOK_SHARE, AT(BOOK_SHARE "new.vcf"), BOOK_QUERY},
	{"share-card", DAV_CARD, BOOK_SHARE "card.vcf", AT(BOOK_SHARE "new.vcf"), BOOK_QUERY},
	{"directory", DAV_DIRECTORY, "/dav/directory/", AT("/dav/directory/new.vcf"), BOOK_QUERY},
	{"directory-card", DAV_DIRECTORY_CARD, "/dav/directory/anna.vcf",
		AT("/dav/directory/new.vcf"), BOOK_QUERY},
	{"directory-none", DAV_DIRECTORY_CARD, "/dav/directory/none.vcf",
		AT("/dav/directory/new.vcf"), BOOK_QUERY},
	{"files-own", DAV_FOLDER, "/dav/files/me/", AT("/dav/files/me/new.txt"), EXPAND},
	{"files", DAV_FOLDER, "/dav/files/anna/", AT("/dav/files/anna/new.txt"), EXPAND},
#define DOCS "/dav/files/anna/docs/"
	{"folder", DAV_FOLDER, DOCS, AT(DOCS "new.txt"), EXPAND},
	{"folder-none", DAV_FOLDER, DOCS "none/", AT(DOCS "none/new.txt"), EXPAND},
	{"file", DAV_FILE, DOCS "file.txt", AT(DOCS "new.txt"), EXPAND},
	{"file-none", DAV_FILE, DOCS "none.txt", AT(DOCS "new.txt"), EXPAND},
};
#define N_PLACES COUNT(places)

/* A column: its verb, and where it goes. */
enum way { AT_IT, FROM_IT, NEW_IN_IT, ONTO_IT };
static const struct column {
	const char *name, *verb;
	enum way way;
	const char *body; /* "": the place's report, "put": its content */
} columns[] = {
	{"OPTIONS", "OPTIONS", AT_IT, NULL},
	{"GET", "GET", AT_IT, NULL},
	{"HEAD", "HEAD", AT_IT, NULL},
	{"PUT", "PUT", AT_IT, "put"},
	{"PUT+", "PUT", NEW_IN_IT, "put"},
	{"DELETE", "DELETE", AT_IT, NULL},
	{"PROPFIND", "PROPFIND", AT_IT, NULL},
	{"PROPPATCH", "PROPPATCH", AT_IT, PATCH},
	{"ACL", "ACL", AT_IT, "<D:acl" NS_ALL "/>"},
	{"MKCOL", "MKCOL", AT_IT, NULL},
	{"MKCALENDAR", "MKCALENDAR", AT_IT, NULL},
	{"COPY", "COPY", FROM_IT, NULL},
	{"COPY+", "COPY", NEW_IN_IT, NULL},
	{"COPY=", "COPY", ONTO_IT, NULL},
	{"MOVE", "MOVE", FROM_IT, NULL},
	{"MOVE+", "MOVE", NEW_IN_IT, NULL},
	{"MOVE=", "MOVE", ONTO_IT, NULL},
	{"REPORT", "REPORT", AT_IT, ""},
	{"BUSY", "REPORT", AT_IT, BUSY},
	{"POST", "POST", AT_IT, NULL},
	{"PATCH", "PATCH", AT_IT, NULL},
	{"LOCK", "LOCK", AT_IT, LOCKINFO},
	{"UNLOCK", "UNLOCK", AT_IT, NULL},
};
#define N_COLUMNS COUNT(columns)

/* What is expected, as the file has it. */
static struct {
	struct arena *arena;
	char **cells[COUNT(roles)][N_PLACES]; /* words of a line; NULL: "-" with a reason */
	char *lacking[200];
	size_t n_lacking;
} table;

/* --- the file --- */

static size_t role_named(const char *name)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (strcmp(roles[i].name, name) == 0)
			return i;
	fail_msg(TABLE ": there is no role %s", name);
	return 0;
}

static size_t place_named(const char *name)
{
	for (size_t i = 0; i < N_PLACES; i++)
		if (strcmp(places[i].name, name) == 0)
			return i;
	fail_msg(TABLE ": there is no place %s", name);
	return 0;
}

static size_t column_named(const char *name)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return i;
	fail_msg(TABLE ": there is no column %s", name);
	return 0;
}

/* Words between spaces. */
static char **words_of(char *line, size_t *n)
{
	char **words = arena_array(table.arena, MAX_COLUMNS, sizeof(*words)), *rest = NULL;

	*n = 0;
	for (char *word = strtok_r(line, " ", &rest); word && *n < MAX_COLUMNS - 1;
		word = strtok_r(NULL, " ", &rest))
		words[(*n)++] = word;
	return words;
}

/* "PLACE  cells…", "PLACE  -  reason", or for all places that no line of the block names "*  cells…". */
static void read_row(size_t role, char *line)
{
	size_t n;
	char **words = words_of(line, &n);
	bool none = n > 2 && strcmp(words[1], "-") == 0;

	if (!none && n != N_COLUMNS + 1)
		fail_msg(TABLE ": %s, %s has %zu cells, not %zu", roles[role].name, words[0], n - 1,
			N_COLUMNS);
	if (strcmp(words[0], "*") != 0) {
		table.cells[role][place_named(words[0])] = none ? NULL : words + 1;
		return;
	}
	for (size_t i = 0; i < N_PLACES; i++)
		table.cells[role][i] = words + 1;
}

static void read_head(char *line)
{
	size_t n;
	char **words = words_of(line, &n);

	assert_int_equal(n, N_COLUMNS);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(words[i], columns[i].name);
}

static int read_table(void **state)
{
	static bool seen[COUNT(roles)];
	FILE *file = fopen(TABLE, "r");
	char line[1000];
	size_t role = SIZE_MAX;

	(void)state;
	assert_non_null(file);
	table.arena = arena_new();
	while (fgets(line, sizeof(line), file)) {
		char name[40], like[40] = "";
		line[strcspn(line, "#\n")] = '\0';
		char *kept = text_trim(table.arena, line);
		if (!*kept)
			continue;
		if (sscanf(kept, "== %39s like %39s", name, like) >= 1) {
			role = strcmp(name, "lacking") == 0 ? COUNT(roles) : role_named(name);
			if (role < COUNT(roles))
				seen[role] = true;
			if (*like)
				memcpy(table.cells[role], table.cells[role_named(like)],
					sizeof(table.cells[role]));
		} else if (role == SIZE_MAX) {
			read_head(kept);
		} else if (role == COUNT(roles)) {
			table.lacking[table.n_lacking++] = kept;
			assert_true(table.n_lacking < COUNT(table.lacking));
		} else {
			read_row(role, kept);
		}
	}
	fclose(file);
	for (size_t i = 0; i < COUNT(roles); i++)
		if (!seen[i])
			fail_msg(TABLE ": nothing is said about %s", roles[i].name);
	return 0;
}

/* --- a request --- */

struct request {
	const char *verb, *target, *body, *destination;
	const char *collection; /* what the target, and the destination, is or is in */
};

static const char *local(struct world *w, const char *url, const char *me)
{
	const char *at = strstr(url, "/me/");

	return at ? arena_printf(w->arena, "%.*s/%s/%s", (int)(at - url), url, me, at + 4) : url;
}

static const char *top_of(const struct place *place)
{
	return place->kind & (DAV_CALENDAR_HOME | DAV_CALENDAR | DAV_SUBSCRIPTION | DAV_EVENT)
		? "calendars"
		: place->kind &
			(DAV_ADDRESSBOOK_HOME | DAV_ADDRESSBOOK | DAV_CARD | DAV_ANY_DIRECTORY)
		? "addressbooks"
		: "files";
}

/* Something of one's own that fits there: an item for items and what holds items, a collection for what is one and for homes. */
static const char *own_source(
	struct world *w, const struct place *place, enum way way, const char *me)
{
	bool home = place->kind & (DAV_CALENDAR_HOME | DAV_ADDRESSBOOK_HOME);
	bool item = way == NEW_IN_IT ? !home : !(place->kind & DAV_STORED_COLLECTION);
	const char *top = top_of(place);
	const char *name = way == ONTO_IT && (place->kind & DAV_ITEM) ? strrchr(place->url, '/') + 1
		: strcmp(top, "calendars") == 0                       ? "new.ics"
		: strcmp(top, "addressbooks") == 0                    ? "new.vcf"
								      : "new.txt";

	return item ? arena_printf(w->arena, "/dav/%s/%s/work/%s", top, me, name)
		    : arena_printf(w->arena, "/dav/%s/%s/spare/", top, me);
}

static struct request request_of(
	struct world *w, const struct role *role, const struct place *place, const struct column *c)
{
	const char *me = role->person ? role->person : "ben";
	const char *url = local(w, place->url, me);
	struct request r = {.verb = c->verb, .target = url, .body = c->body};
	bool copies = strcmp(c->verb, "COPY") == 0 || strcmp(c->verb, "MOVE") == 0;

	if (c->way == NEW_IN_IT)
		r.target = local(w, copies ? place->new_copy : place->new_put, me);
	if (r.body && strcmp(r.body, "put") == 0)
		r.body = content_of(w, r.target);
	else if (r.body && !*r.body)
		r.body = place->report;
	if (copies && c->way == FROM_IT) {
		const char *top = top_of(place);
		r.destination = arena_printf(w->arena,
			place->kind & DAV_ITEM ? "/dav/%s/%s/box/got%s" : "/dav/%s/%s/got/%s", top,
			me, place->kind & DAV_ITEM ? strrchr(url, '.') : "");
	} else if (copies) {
		r.destination = r.target;
		r.target = own_source(w, place, c->way, me);
	}
	return r;
}

static int send(struct world *w, const struct request *r)
{
	bool unlock = strcmp(r->verb, "UNLOCK") == 0;
	const struct dav_header extra[] = {{r->destination          ? DESTINATION
							   : unlock ? "Lock-Token"
								    : NULL,
						   unlock ? "<urn:uuid:none>" : r->destination},
		{0}};

	w->depth = strcmp(r->verb, "PROPFIND") == 0 ? "0"
		: strcmp(r->verb, "REPORT") == 0    ? "1"
						    : NULL;
	return ask_with(w, r->verb, r->target, r->body, extra);
}

/* --- what is true of every answer --- */

/* The whole answer as text. */
static const char *all_of(struct world *w)
{
	const char *text = arena_printf(w->arena, "%d\n%s", w->answer.status, body_of(w));

	for (size_t i = 0; i < w->answer.n_headers; i++)
		text = arena_printf(w->arena, "%s\n%s: %s", text, w->answer.headers[i].name,
			w->answer.headers[i].value);
	return text;
}

/* "HREF word word; HREF word" of need-privileges. */
static const char *lacks(struct world *w)
{
	const char *text = "", *last = "";

	for (const char *at = body_of(w); (at = strstr(at, "<d:resource><d:href>"));) {
		at += strlen("<d:resource><d:href>");
		const char *href = arena_strndup(w->arena, at, strcspn(at, "<"));
		at = strstr(at, "<d:privilege><") + strlen("<d:privilege><") + 2;
		if (strcmp(href, last) != 0)
			text = arena_printf(w->arena, "%s%s%s", text, *text ? "; " : "", href);
		text = arena_printf(w->arena, "%s %.*s", text, (int)strcspn(at, "/>"), at);
		last = href;
	}
	return text;
}

/* A URL of the same shape where nothing is: in the home of nobody. */
static const char *nowhere(struct world *w, const char *target)
{
	size_t fixed = text_starts(target, "/dav/principals/") ? 3 : 2;
	const char *at = target;

	for (size_t i = 0; i < fixed && at; i++)
		at = strchr(at + 1, '/');
	if (!at || !at[1])
		return target;
	return arena_printf(w->arena, "%.*s/no-such%s", (int)(at - target), target,
		at + 1 + strcspn(at + 1, "/"));
}

static void check_404(struct world *w, const char *name, struct request r)
{
	const char *found = all_of(w);

	if (!text_starts(r.target, "/dav/"))
		return;
	r.target = nowhere(w, r.target);
	send(w, &r);
	if (strcmp(found, all_of(w)) != 0)
		fail_msg("%s: not what is answered for %s:\n%s\n----\n%s", name, r.target, found,
			all_of(w));
}

/* Of rights: the resources of the request and what they are in, and nothing else. */
static void check_403(struct world *w, const char *name, const struct request *r)
{
	size_t n;
	const char *lacking = lacks(w);
	char **list = text_split(w->arena, lacking, ';', &n);

	if (!strstr(body_of(w), "<d:need-privileges><d:resource>"))
		fail_msg("%s: 403 without d:need-privileges: %s", name, body_of(w));
	for (size_t i = 0; i < n; i++) {
		const char *href = text_trim(w->arena, list[i]);
		href = arena_strndup(w->arena, href, strcspn(href, " "));
		if (!text_starts(r->target, href) &&
			!(r->destination && text_starts(r->destination, href)) &&
			!text_starts(href, r->target))
			fail_msg("%s: what has %s to do with it?", name, href);
	}
}

/* "403" speaks of rights, "x03" is refused to whoever asks. */
static const char *token_of_answer(struct world *w)
{
	bool rights = strstr(body_of(w), "need-privileges");

	return w->answer.status == 403 && !rights ? "x03"
						  : arena_printf(w->arena, "%d", w->answer.status);
}

static bool changes(const struct world *w, const struct column *c)
{
	const struct dav_verb *verb = dav_verb_find(c->verb);

	return w->answer.status < 300 && !(verb->flags & VERB_SAFE) &&
		strcmp(c->name, "PROPPATCH") != 0;
}

/* --- the tests --- */

static struct world *fresh(void **state, const struct role *role)
{
	struct world *w;

	if (*state)
		close_world(state);
	open_world(state);
	w = *state;
	open_family(w, role);
	enter(w, role);
	return w;
}

static size_t wrong; /* cells; all are told */

static struct world *check_cell(void **state, size_t role, size_t place, size_t column)
{
	struct world *w = *state;
	const char *want = table.cells[role][place][column];
	const struct column *c = &columns[column];
	struct request r = request_of(w, &roles[role], &places[place], c);
	const char *name = arena_printf(w->arena, "%s, %s, %s: %s %s", roles[role].name,
		places[place].name, c->name, r.verb, r.target);

	send(w, &r);
	const char *found = token_of_answer(w);
	if (strcmp(found, want) != 0) {
		wrong++;
		print_error("%s %s: %s, want %s: %s %s\n", name, r.destination ? r.destination : "",
			found, want, lacks(w), dav_response_header(&w->answer, "X-Daybook-Reason"));
	}
	bool again = changes(w, c);
	if (w->answer.status == 403 && strcmp(found, "403") == 0)
		check_403(w, name, &r);
	if (w->answer.status == 404 && w->person && !r.destination)
		check_404(w, name, r);
	return again ? fresh(state, &roles[role]) : w;
}

static void matrix(void **state)
{
	wrong = 0;
	for (size_t role = 0; role < COUNT(roles); role++) {
		fresh(state, &roles[role]);
		for (size_t place = 0; place < N_PLACES; place++)
			for (size_t c = 0; table.cells[role][place] && c < N_COLUMNS; c++)
				check_cell(state, role, place, c);
	}
	close_world(state);
	assert_int_equal(wrong, 0);
}

/* Answer of a cell as text; the world is as before. */
static const char *answer_of(
	void **state, size_t role, size_t place, const struct column *c, int *status)
{
	struct world *w = *state;
	struct request r = request_of(w, &roles[role], &places[place], c);

	*status = send(w, &r);
	const char *text = arena_strdup(table.arena, all_of(w));
	if (changes(w, c))
		fresh(state, &roles[role]);
	return text;
}

static void check_alike(void **state, size_t role, size_t hidden, size_t none)
{
	for (size_t i = 0; i < N_COLUMNS; i++) {
		int at_hidden, at_none;
		const char *a = answer_of(state, role, hidden, &columns[i], &at_hidden);
		const char *b = answer_of(state, role, none, &columns[i], &at_none);
		bool taken = at_hidden == 409 && at_none == 201;
		if (strcmp(a, b) != 0 && !taken)
			fail_msg("%s, %s and %s, %s:\n%s\n----\n%s", roles[role].name,
				places[hidden].name, places[none].name, columns[i].name, a, b);
	}
}

/* What somebody must not know of is answered as what is not there, whatever the verb; but where it would be made, who may
 * make it learns that there is something. */
static void hidden_is_not_there(void **state)
{
	static const struct {
		const char *hidden, *none;
	} pairs[] = {{"priv", "none"}, {"cal-secret", "cal-none"}, {"share-priv", "share-none"}};

	for (size_t role = 0; role < COUNT(roles); role++)
		for (size_t i = 0; i < COUNT(pairs); i++) {
			size_t hidden = place_named(pairs[i].hidden);
			char **cells = table.cells[role][hidden];
			if (!cells || strcmp(cells[column_named("GET")], "404") != 0)
				continue;
			fresh(state, &roles[role]);
			check_alike(state, role, hidden, place_named(pairs[i].none));
		}
	close_world(state);
}

/* The second table: "ROLE PLACE COLUMN HREF word…; HREF word…" */
static void what_is_lacking(void **state)
{
	assert_true(table.n_lacking > 20);
	for (size_t i = 0; i < table.n_lacking; i++) {
		char role[40], place[40], column[40];
		int at = 0;
		assert_int_equal(
			sscanf(table.lacking[i], "%39s %39s %39s %n", role, place, column, &at), 3);
		const struct role *r = &roles[role_named(role)];
		struct world *w = fresh(state, r);
		struct request request = request_of(
			w, r, &places[place_named(place)], &columns[column_named(column)]);
		send(w, &request);
		if (strcmp(lacks(w), table.lacking[i] + at) != 0)
			fail_msg("%s\nis answered: %s", table.lacking[i], lacks(w));
	}
	close_world(state);
}

/* A verb or a kind of resource that nobody has thought of here. */
static void nothing_is_left_out(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (const struct dav_verb *verb = dav_verbs; verb->name; verb++) {
		size_t i = 0;
		while (i < N_COLUMNS && strcmp(columns[i].verb, verb->name) != 0)
			i++;
		if (i == N_COLUMNS)
			fail_msg("no column is about %s", verb->name);
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		enum dav_kind kind = (enum dav_kind)(1u << bit);
		size_t i = 0;
		while (i < N_PLACES && places[i].kind != kind)
			i++;
		if (i == N_PLACES && (dav_kind_row(kind) || (DAV_ANY_KIND & kind)))
			fail_msg("no line is about the kind 1 << %u", bit);
	}
	for (size_t i = 0; i < N_PLACES; i++) {
		struct dav_path path;
		assert_int_equal(dav_path_parse(arena, places[i].url, &path), DAV_OK);
		/* By its shape a subscription is a calendar. */
		assert_int_equal(path.kind,
			places[i].kind == DAV_SUBSCRIPTION ? DAV_CALENDAR : places[i].kind);
	}
	arena_free(arena);
}

static int forget_table(void **state)
{
	(void)state;
	arena_free(table.arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_out),
		cmocka_unit_test(matrix),
		cmocka_unit_test(hidden_is_not_there),
		cmocka_unit_test(what_is_lacking),
	};

	return cmocka_run_group_tests(tests, read_table, forget_table);
}
