/* SPDX-License-Identifier: ISC */
/* Access control entries: lines and back, who is meant, what is decided (webdav/acl.c), and what entries of single items and of
 * trees come to (webdav/view.c, priv.c). */
#include "tests/unit/people_help.h"
#include "webdav/acl.h"
#include "webdav/priv.h"

#define READ_BITS (PRIV_READ | PRIV_READ_FREE_BUSY | PRIV_READ_CURRENT_USER)
#define FILES "/dav/files/anna/"

static struct dav_acl read_lines(struct world *w, const char *const *lines, size_t n)
{
	const struct store_meta meta = {
		.aces = arena_memdup(w->arena, lines, n * sizeof(*lines)), .n_aces = n};

	return dav_acl_read(w->arena, &meta);
}

static struct dav_ace read_line(struct world *w, const char *line)
{
	return read_lines(w, &line, 1).aces[0];
}

static void lines_come_back(void **state)
{
	static const struct {
		const char *line, *back; /* NULL: the same */
	} rows[] = {
		{"grant users/ben#0d5c read", NULL},
		{"deny groups/kids#9a1b write", NULL},
		{"grant users/ben read", NULL},
		{"grant all read-free-busy", NULL},
		{"grant authenticated read", NULL},
		{"deny unauthenticated all", NULL},
		{"grant self write-acl", NULL},
		{"grant property:{DAV:}owner read-acl,write-acl", NULL},
		{"grant property:{http://calendarserver.org/ns/}created-by write-content,unbind",
			NULL},
		{"grant all read,write", NULL},
		{"grant users/k\xc3\xa4the#1 read", NULL},
		{"grant users/a@example.org#1 read", NULL},
		/* the fewest words, from the outside in */
		{"grant all write-content,bind,unbind,write-properties", "grant all write"},
		{"grant all read-free-busy,read", "grant all read"},
		{"grant all bind,read,bind", "grant all read,bind"},
		{"grant all write,unlock,read-acl,write-acl,read", "grant all all"},
		/* by hand: what stands between two separators is nothing */
		{" grant  all read \t", "grant all read"},
		{"deny all ,read,,bind,", "deny all read,bind"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dav_ace ace = read_line(*state, rows[i].line);
		assert_string_equal(dav_ace_print(((struct world *)*state)->arena, &ace),
			rows[i].back ? rows[i].back : rows[i].line);
	}
}

/* What nobody can read denies everything to everybody. */
static void odd_lines_close(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"grant",
		"grant all",
		"grant all ",
		"grant all read write",
		"GRANT all read",
		"grant ALL read",
		"grant all READ",
		"allow all read",
		"grant everybody read",
		"grant ben read",
		"grant user/ben read",
		"grant ../users/ben read",
		"grant /users/ben read",
		"grant http://example.org/ read",
		"grant all read-everything",
		"grant all {DAV:}read",
		"grant all DAV:read",
		"grant all schedule-deliver",
		"grant all read,schedule-send",
		"grant property:{DAV:}group read",
		"grant property:owner read",
		"grant property: read",
		"grant property:{DAV:}owner/../x read",
		"grant\tall\tread",
		"grant all read\x01",
		"grant all\x01 read",
		"grant all re\xc2\xad"
		"ad",
		"grant \xd0\xb0ll read", /* a Cyrillic letter */
		"grant all read\xff",
		"deny all nothing",
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct dav_ace ace = read_line(w, lines[i]);
		if (ace.who != ACE_ALL || !ace.deny || ace.bits != PRIV_ALL)
			fail_msg("\"%s\" is taken for %s", lines[i], dav_ace_print(w->arena, &ace));
	}
}

static void long_lines(void **state)
{
	struct world *w = *state;
	char *name = arena_alloc(w->arena, 10241), *list = arena_alloc(w->arena, 10241);

	memset(name, 'x', 10240);
	for (size_t i = 0; i + 5 <= 10240; i += 5)
		memcpy(list + i, "read,", 5);
	list[10239] = '\0';
	struct dav_ace ace = read_line(w, arena_printf(w->arena, "grant all %s", name));
	assert_true(ace.deny && ace.bits == PRIV_ALL);
	ace = read_line(w, arena_printf(w->arena, "grant %s read", name));
	assert_true(ace.deny && ace.bits == PRIV_ALL);
	ace = read_line(w, arena_printf(w->arena, "grant all %s", list));
	assert_true(!ace.deny && ace.bits == READ_BITS);
	/* nobody of that name: read, and good for nobody */
	ace = read_line(w, arena_printf(w->arena, "grant users/%s read", name));
	struct household *household = now(w);
	const struct dav_who who = {
		.household = household, .user = "ben", .id = id_of(w, "users/ben")};
	assert_true(!ace.deny && ace.bits == READ_BITS && !dav_ace_matches(&ace, &who));
	household_free(household);
}

static void add_word(void *payload, const char *ns, const char *name)
{
	struct buf *out = payload;

	assert_non_null(ns);
	buf_addf(out, "%s%s", out->len ? "," : "", name);
}

static const char *least(struct world *w, unsigned bits)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	dav_priv_least(bits, add_word, &out);
	const char *text = arena_strndup(w->arena, out.len ? out.data : "", out.len);
	buf_free(&out);
	return text;
}

static void fewest_words(void **state)
{
	static const struct {
		unsigned bits;
		const char *words;
	} rows[] = {
		{0, ""},
		{PRIV_ALL, "all"},
		{READ_BITS, "read"},
		{PRIV_WRITE, "write"},
		{READ_BITS | PRIV_WRITE, "read,write"},
		{PRIV_ALL & ~(unsigned)PRIV_UNLOCK, "read,write,read-acl,write-acl"},
		{PRIV_READ_FREE_BUSY, "read-free-busy"},
		{PRIV_WRITE & ~(unsigned)PRIV_BIND, "write-properties,write-content,unbind"},
		{PRIV_BIND | PRIV_READ_CURRENT_USER, "read-current-user-privilege-set,bind"},
	};
	struct world *w = *state;
	unsigned words[16];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(least(w, rows[i].bits), rows[i].words);
	for (const struct dav_priv_row *row = dav_priv_rows; row->bits; row++)
		if (!row->reserved)
			words[n++] = row->bits;
	/* Whatever can be said comes back as it was meant. */
	for (unsigned set = 1; set < 1u << n; set++) {
		unsigned bits = 0;
		for (size_t i = 0; i < n; i++)
			bits |= set & 1u << i ? words[i] : 0;
		struct dav_ace ace = read_line(
			w, arena_printf(w->arena, "deny self %s", least(w, bits)));
		if (ace.who != ACE_SELF || ace.bits != bits)
			fail_msg("%x: %s", bits, least(w, bits));
	}
}

/* ben is in kids, kids is in crew. In the lines %s is ben's id, and %k that of kids. */
static const struct judged {
	const char *lines[3], *user;
	bool creator;
	unsigned granted;
} judged[] = {
	{{"grant users/ben#%s read"}, "ben", false, READ_BITS},
	{{"grant users/ben read"}, "ben", false, READ_BITS},
	{{"grant users/ben#stale read"}, "ben", false, 0},
	{{"grant users/ben# read"}, "ben", false, 0},
	{{"grant users/ben#%s read"}, "anna", false, 0},
	{{"grant users/ben#%s read"}, NULL, false, 0},
	{{"grant users/BEN read"}, "ben", false, 0},
	{{"grant users/be read"}, "ben", false, 0},
	{{"grant users/benn read"}, "ben", false, 0},
	{{"grant groups/ben read"}, "ben", false, 0},
	{{"grant users/kids read"}, "ben", false, 0},
	{{"grant groups/kids bind"}, "ben", false, PRIV_BIND},
	{{"grant groups/kids#%k bind"}, "ben", false, PRIV_BIND},
	{{"grant groups/kids#%s bind"}, "ben", false, 0},
	{{"grant groups/crew bind"}, "ben", false, PRIV_BIND},
	{{"grant groups/club bind"}, "ben", false, 0},
	{{"grant groups/none bind"}, "ben", false, 0},
	{{"grant groups/kids bind"}, NULL, false, 0},
	{{"grant all bind"}, NULL, false, PRIV_BIND},
	{{"grant authenticated bind"}, NULL, false, 0},
	{{"grant authenticated bind"}, "ben", false, PRIV_BIND},
	{{"grant unauthenticated bind"}, NULL, false, PRIV_BIND},
	{{"grant unauthenticated bind"}, "ben", false, 0},
	{{"grant self all"}, "ben", true, 0},
	{{"grant property:{DAV:}owner bind"}, "anna", false, PRIV_BIND},
	{{"grant property:{DAV:}owner bind"}, "ben", true, 0},
	{{"grant property:{DAV:}owner bind"}, NULL, false, 0},
	{{"grant property:{http://calendarserver.org/ns/}created-by bind"}, "ben", true, PRIV_BIND},
	{{"grant property:{http://calendarserver.org/ns/}created-by bind"}, "ben", false, 0},
	/* the first that speaks of a privilege decides (RFC 3744 6) */
	{{"deny users/ben bind", "grant all write"}, "ben", false,
		PRIV_WRITE & ~(unsigned)PRIV_BIND},
	{{"grant all write", "deny users/ben bind"}, "ben", false, PRIV_WRITE},
	{{"deny all read", "grant users/ben read,bind"}, "ben", false, PRIV_BIND},
	{{"grant groups/kids read", "deny users/ben read"}, "ben", false, READ_BITS},
	{{"deny groups/crew write", "grant users/ben write", "grant all bind"}, "ben", false, 0},
	{{"deny groups/club all", "grant users/ben read"}, "ben", false, READ_BITS},
	{{"deny users/ben#stale all", "grant users/ben read"}, "ben", false, READ_BITS},
	/* part of what an aggregate holds */
	{{"deny users/ben read-free-busy", "grant users/ben read"}, "ben", false,
		PRIV_READ | PRIV_READ_CURRENT_USER},
	{{"grant users/ben read-free-busy", "deny users/ben read"}, "ben", false,
		PRIV_READ_FREE_BUSY},
	{{"deny users/ben all", "grant all all"}, "ben", false, 0},
	{{"grant users/ben all"}, "ben", false, PRIV_ALL},
	/* a line that nobody can read closes what comes after it */
	{{"grant users/ben bind", "whatever", "grant all all"}, "ben", false, PRIV_BIND},
};

static void judgements(void **state)
{
	struct world *w = *state;

	group(w, "kids", "ben");
	group(w, "crew", "group:kids");
	group(w, "club", "anna");
	struct household *household = now(w);
	for (size_t i = 0; i < COUNT(judged); i++) {
		const struct dav_who who = {.household = household,
			.user = judged[i].user,
			.id = judged[i].user
				? id_of(w, arena_printf(w->arena, "users/%s", judged[i].user))
				: NULL,
			.owner = "anna",
			.creator = judged[i].creator};
		struct dav_judgement judgement = {0};
		const char *lines[3];
		size_t n = 0;
		for (; n < 3 && judged[i].lines[n]; n++) {
			const char *at = strchr(judged[i].lines[n], '%');
			const char *id = at ? id_of(w, at[1] == 's' ? "users/ben" : "groups/kids")
					    : "";
			lines[n] = at
				? arena_printf(w->arena, "%.*s%s%s", (int)(at - judged[i].lines[n]),
					  judged[i].lines[n], id, at + 2)
				: judged[i].lines[n];
		}
		struct dav_acl acl = read_lines(w, lines, n);
		dav_acl_judge(&judgement, &acl, &who);
		if (judgement.granted != judged[i].granted)
			fail_msg("row %zu, %s: %s, not %s", i, judged[i].lines[0],
				least(w, judgement.granted), least(w, judged[i].granted));
	}
	household_free(household);
}

/* --- as requests see it --- */

#define GRANT(who, words)                                                                          \
	"<D:ace><D:principal>" who "</D:principal><D:grant>" words "</D:grant></D:ace>"
#define DENY(who, words)                                                                           \
	"<D:ace><D:principal>" who "</D:principal><D:deny>" words "</D:deny></D:ace>"
#define BEN "<D:href>/dav/principals/users/ben/</D:href>"
#define P(word) "<D:privilege><D:" word "/></D:privilege>"

struct step {
	const char *person, *method, *target, *body;
	int status;
	const char *text;
};

static void run(struct world *w, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		const char *name = arena_printf(
			w->arena, "step %zu: %s %s", i, s->method, s->target);
		bool acl = strcmp(s->method, "ACL") == 0;
		const char *body = s->body && !acl && *s->body == '!' ? event(w, s->body + 1, 1)
								      : s->body;
		const struct dav_header to[] = {
			{strcmp(s->method, "MOVE") == 0 ? "Destination" : NULL, s->body}, {0}};
		w->person = s->person;
		ask_with(w, s->method, s->target,
			acl ? arena_printf(w->arena, "<D:acl" NS_ALL ">%s</D:acl>", body)
				: to[0].name ? NULL
					     : body,
			to);
		expect(w, name, s->status);
		if (s->text)
			expect_text(w, name, s->text);
	}
}
#define RUN(steps) run(*state, steps, COUNT(steps))

/* A single item is given, in a calendar of which nothing is. */
static void items_alone(void **state)
{
	static const struct step steps[] = {
		{"anna", "PUT", CAL "a.ics", "!a", 201, NULL},
		{"anna", "PUT", CAL "b.ics", "!b", 201, NULL},
		/* no entries where there were none */
		{"anna", "ACL", CAL "a.ics", "", 200, NULL},
		{"ben", "GET", CAL "a.ics", NULL, 404, NULL},
		{"anna", "ACL", CAL "a.ics", GRANT(BEN, P("read") P("write-content")), 200, NULL},
		{"ben", "GET", CAL "a.ics", NULL, 200, "UID:a"},
		{"ben", "PUT", CAL "a.ics", "!a", 204, NULL},
		{"ben", "GET", CAL "b.ics", NULL, 404, NULL},
		{"ben", "GET", CAL, NULL, 404, NULL},
		{"ben", "DELETE", CAL "a.ics", NULL, 403,
			"<d:href>" CAL "</d:href><d:privilege><d:unbind/>"},
		{"ben", "PUT", CAL "c.ics", "!c", 404, NULL},
		{"anna", "ACL", CAL "a.ics", "", 200, NULL},
		{"ben", "GET", CAL "a.ics", NULL, 404, NULL},
	};

	RUN(steps);
}

/* Its own entries come before those of what it is in. */
static void items_apart(void **state)
{
	static const struct step steps[] = {
		{"anna", "ACL", CAL, GRANT(BEN, P("read") P("write")), 200, NULL},
		{"anna", "PUT", CAL "a.ics", "!a", 201, NULL},
		{"anna", "ACL", CAL "a.ics", DENY(BEN, P("all")), 200, NULL},
		{"ben", "GET", CAL "a.ics", NULL, 404, NULL},
		{"ben", "DELETE", CAL "a.ics", NULL, 404, NULL},
		/* the name is taken, and so is the UID; no more is told */
		{"ben", "PUT", CAL "a.ics", "!x", 409, "!href"},
		{"ben", "PUT", CAL "x.ics", "!a", 409, "!href"},
		/* only what may be written is told to be taken */
		{"anna", "ACL", CAL, GRANT(BEN, P("read")), 200, NULL},
		{"ben", "PUT", CAL "a.ics", "!x", 403, "<d:bind/>"},
		{"ben", "LOCK", CAL "a.ics", NULL, 403, "<d:bind/>"},
		{"ben", "LOCK", CAL "none.ics", NULL, 403, "<d:bind/>"},
	};

	RUN(steps);
}

/* read-free-busy shows nothing, also not to who could remove it. */
static void free_busy_shows_nothing(void **state)
{
	static const struct step steps[] = {
		{"anna", "ACL", CAL, GRANT(BEN, P("unbind")), 200, NULL},
		{"anna", "PUT", CAL "a.ics", "!a", 201, NULL},
		{"anna", "ACL", CAL "a.ics",
			GRANT(BEN, "<D:privilege><C:read-free-busy/></D:privilege>")
				GRANT(BEN, P("unlock")),
			200, NULL},
		{"ben", "DELETE", CAL "a.ics", NULL, 204, NULL},
		{"anna", "PUT", CAL "b.ics", "!b", 201, NULL},
		{"anna", "ACL", CAL "b.ics",
			DENY(BEN, P("unbind"))
				GRANT(BEN, "<D:privilege><C:read-free-busy/></D:privilege>"),
			200, NULL},
		{"ben", "DELETE", CAL "b.ics", NULL, 404, NULL},
		{"anna", "GET", CAL "b.ics", NULL, 200, NULL},
	};

	RUN(steps);
}

/* What somebody does not see is not removed, moved or written over with the tree that it is in. */
static void trees_with_hidden_things(void **state)
{
	static const struct step steps[] = {
		{"anna", "MKCOL", FILES "d/", NULL, 201, NULL},
		{"anna", "MKCOL", FILES "d/e/", NULL, 201, NULL},
		{"anna", "MKCOL", FILES "d/e/secret/", NULL, 201, NULL},
		{"anna", "PUT", FILES "d/e/secret/f", "secret", 201, NULL},
		{"anna", "ACL", FILES, GRANT(BEN, P("read") P("write")), 200, NULL},
		{"anna", "ACL", FILES "d/e/secret/", DENY(BEN, P("all")), 200, NULL},
		{"ben", "DELETE", FILES "d/", NULL, 403,
			"<d:href>" FILES "d/e/</d:href><d:privilege><d:unbind/>"},
		{"ben", "DELETE", FILES "d/e/", NULL, 403, "<d:href>" FILES "d/e/</d:href>"},
		{"ben", "MOVE", FILES "d/", "/dav/files/ben/d/", 403, "unbind"},
		{"ben", "MOVE", FILES "d/", FILES "x/", 403, "unbind"},
		{"ben", "MKCOL", FILES "y/", NULL, 201, NULL},
		{"ben", "MOVE", FILES "y/", FILES "d/", 403, "unbind"},
		{"anna", "GET", FILES "d/e/secret/f", NULL, 200, "secret"},
		/* seen, and not to be read: it stays where it is */
		{"anna", "ACL", FILES "d/e/secret/", DENY(BEN, P("read")), 200, NULL},
		{"ben", "MOVE", FILES "d/", "/dav/files/ben/d/", 403,
			"<d:href>" FILES "d/e/secret/</d:href><d:privilege><d:read/>"},
		{"anna", "GET", FILES "d/e/secret/f", NULL, 200, "secret"},
		{"anna", "ACL", FILES "d/e/secret/", "", 200, NULL},
		{"ben", "MOVE", FILES "d/", FILES "x/", 201, NULL},
		{"ben", "DELETE", FILES "x/", NULL, 204, NULL},
	};

	RUN(steps);
}

/* MOVE over something takes it away and puts something there (RFC 3744 Appendix B): what it holds is not asked for. */
static void moves_over(void **state)
{
	static const struct step steps[] = {
		{"anna", "ACL", FILES, GRANT(BEN, P("read") P("bind") P("unbind")), 200, NULL},
		{"anna", "PUT", FILES "f", "hers", 201, NULL},
		{"ben", "PUT", "/dav/files/ben/f", "his", 201, NULL},
		{"ben", "PUT", FILES "f", "his", 403, "write-content"},
		{"ben", "MOVE", "/dav/files/ben/f", FILES "f", 204, NULL},
		{"anna", "GET", FILES "f", NULL, 200, "his"},
	};

	RUN(steps);
}

/* Whoever may not add members any more is not let in again by an entry of an item; nor kept out of their own by one. */
static void creators_may_add(void **state)
{
#define CREATOR "<D:property><S:created-by/></D:property>"
	static const struct step steps[] = {
		{"anna", "ACL", CAL, GRANT(BEN, P("read") P("bind")), 200, NULL},
		{"ben", "PUT", CAL "a.ics", "!a", 201, NULL},
		{"ben", "DELETE", CAL "a.ics", NULL, 403, NULL},
		{"anna", "ACL", CAL,
			GRANT(BEN, P("read") P("bind"))
				GRANT(CREATOR, P("write-content") P("unbind")),
			200, NULL},
		{"ben", "PUT", CAL "a.ics", "!a", 204, NULL},
		{"anna", "ACL", CAL "a.ics", DENY(BEN, P("bind")), 200, NULL},
		{"ben", "PUT", CAL "a.ics", "!a", 204, NULL},
		{"anna", "ACL", CAL,
			GRANT(BEN, P("read")) GRANT(CREATOR, P("write-content") P("unbind")), 200,
			NULL},
		{"ben", "PUT", CAL "a.ics", "!a", 403, "write-content"},
		{"anna", "ACL", CAL "a.ics", GRANT(BEN, P("bind")), 200, NULL},
		{"ben", "PUT", CAL "a.ics", "!a", 403, "write-content"},
		{"ben", "DELETE", CAL "a.ics", NULL, 403, "unbind"},
	};

	RUN(steps);
}

/* Written into the repository by hand: names without ids are good; what cannot be read closes the door for all but the owner. */
static void by_hand(void **state)
{
	static const struct {
		const char *aces;
		int status;
	} rows[] = {
		{"ace grant users/ben read\n", 200},
		{"ace grant groups/kids read\n", 200},
		{"ace grant users/anna read\n", 404},
		{"ace grant users/ben#other read\n", 404},
		{"ace gramt users/ben read\n", 404},
		{"ace gramt users/ben read\nace grant users/ben read\n", 404},
		{"ace grant users/ben read\nace gramt users/ben read\n", 200},
		{"ace grant users/ben reed,read\n", 404},
	};
	struct world *w = *state;

	group(w, "kids", "ben");
	for (size_t i = 0; i < COUNT(rows); i++) {
		w->person = "anna";
		put(w, CAL "a.ics", event(w, "a", 1));
		write_raw(w, STORE_SELF, CALENDAR, NULL,
			arena_printf(w->arena,
				"id 11111111-2222-3333-4444-555555555555\nkind calendar\n%s",
				rows[i].aces));
		ask(w, "GET", CAL "a.ics", NULL);
		expect(w, "the owner", 200);
		w->person = "ben";
		ask(w, "GET", CAL "a.ics", NULL);
		expect(w, rows[i].aces, rows[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(lines_come_back),
		WORLD_TEST(odd_lines_close),
		WORLD_TEST(long_lines),
		WORLD_TEST(fewest_words),
		WORLD_TEST(judgements),
		WORLD_TEST(items_alone),
		WORLD_TEST(items_apart),
		WORLD_TEST(free_busy_shows_nothing),
		WORLD_TEST(trees_with_hidden_things),
		WORLD_TEST(moves_over),
		WORLD_TEST(creators_may_add),
		WORLD_TEST(by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
