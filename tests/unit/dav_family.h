/* SPDX-License-Identifier: ISC */
/*
 * A family for tests of rights: what stands in anna's home, in everybody's own, and in which roles people come to it.
 * test_dav_matrix.c walks it; test_dav_matrix.txt says what each role may do.
 *
 * Of anna, and shared by role:   calendars/anna/personal/{pub,priv,conf,made}.ics, addressbooks/anna/friends/card.vcf,
 *                                files/anna/docs/file.txt
 * Of anna, never shared:         calendars/anna/secret/, the subscription calendars/anna/feed/
 * Of anna and of ben:            in calendars, addressbooks and files work/ (objects to copy from), spare/ and box/ (empty)
 */
#ifndef TESTS_UNIT_DAV_FAMILY_H
#define TESTS_UNIT_DAV_FAMILY_H

#include "tests/unit/people_help.h"
#include "webdav/share.h"

#define SUBSCRIBED                                                                                 \
	"<C:mkcalendar" NS_ALL "><D:set><D:prop><D:resourcetype><D:collection/><S:subscribed/>"    \
	"</D:resourcetype><S:source><D:href>webcal://example.org/a</D:href></S:source></D:prop>"   \
	"</D:set></C:mkcalendar>"
#define A_BOOK                                                                                     \
	"<D:mkcol" NS_ALL "><D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/>"        \
	"</D:resourcetype></D:prop></D:set></D:mkcol>"

enum guest { GUEST_NONE, GUEST_LINK, GUEST_BUSY, GUEST_PUBLIC };

/* Entries: "WHO PRIVILEGE…; WHO …", a "-" before WHO denies. WHO is ben, crew (a group), creator, or nobody. */
struct role {
	const char *name, *person;
	const char *entries;  /* on the calendar, the address book and the folder */
	const char *calendar; /* instead, on the calendar alone */
	const char *homes;    /* on anna's three homes */
	bool admin;
	unsigned scope;
	enum guest guest;
};

static const struct role roles[] = {
	{.name = "stranger", .person = "ben"},
	{.name = "owner", .person = "anna"},
	{.name = "editor", .person = "ben", .entries = "ben read write"},
	{.name = "author",
		.person = "ben",
		.entries = "ben read bind; creator write-content write-properties unbind"},
	{.name = "reader", .person = "ben", .entries = "ben read"},
	/* ben is in kids, and kids is in crew */
	{.name = "group-member", .person = "ben", .entries = "crew read"},
	{.name = "denied", .person = "ben", .entries = "-ben all; crew read write"},
	{.name = "busy", .person = "ben", .calendar = "ben read-free-busy"},
	{.name = "drop-box", .person = "ben", .entries = "ben bind"},
	{.name = "writer", .person = "ben", .entries = "ben write"},
	{.name = "overwriter", .person = "ben", .entries = "ben write-content"},
	{.name = "remover", .person = "ben", .entries = "ben unbind"},
	{.name = "keeper", .person = "ben", .entries = "ben read-acl write-acl"},
	{.name = "steward", .person = "ben", .homes = "ben read write"},
	{.name = "admin", .person = "ben", .admin = true},
	{.name = "nobody"},
	{.name = "guest-link", .guest = GUEST_LINK},
	{.name = "guest-busy", .guest = GUEST_BUSY},
	{.name = "guest-public", .entries = "nobody read", .guest = GUEST_PUBLIC},
	{.name = "device-read-only", .person = "anna", .scope = DAV_SCOPE_READ_ONLY},
	{.name = "device-contacts", .person = "anna", .scope = DAV_SCOPE_CONTACTS},
	{.name = "device-calendars", .person = "anna", .scope = DAV_SCOPE_CALENDARS},
};

/* --- entries --- */

static const char *who_element(const char *who)
{
	static const char *const known[][2] = {
		{"ben", "<D:href>/dav/principals/users/ben/</D:href>"},
		{"crew", "<D:href>/dav/principals/groups/crew/</D:href>"},
		{"creator", "<D:property><S:created-by/></D:property>"},
		{"nobody", "<D:unauthenticated/>"},
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i][0], who) == 0)
			return known[i][1];
	fail_msg("who is %s?", who);
	return NULL;
}

static void add_entry(struct world *w, struct buf *out, char *text)
{
	size_t n;
	bool deny = *text == '-';
	char **words = text_split(w->arena, text + deny, ' ', &n);
	const char *verb = deny ? "deny" : "grant";

	buf_addf(out, "<D:ace><D:principal>%s</D:principal><D:%s>", who_element(words[0]), verb);
	for (size_t i = 1; i < n; i++)
		buf_addf(out, "<D:privilege><%c:%s/></D:privilege>",
			strcmp(words[i], "read-free-busy") == 0 ? 'C' : 'D', words[i]);
	buf_addf(out, "</D:%s></D:ace>", verb);
}

/* As anna; NULL: nothing is said. */
static void set_entries(struct world *w, const char *target, const char *entries)
{
	struct buf body;
	size_t n;
	char **list = text_split(w->arena, entries ? entries : "", ';', &n);

	if (!entries)
		return;
	buf_init(&body, SIZE_MAX);
	buf_adds(&body, "<D:acl" NS_ALL ">");
	for (size_t i = 0; i < n && *entries; i++)
		add_entry(w, &body, text_trim(w->arena, list[i]));
	buf_adds(&body, "</D:acl>");
	ask(w, "ACL", target, body.data);
	expect(w, target, 200);
	buf_free(&body);
}

/* --- what stands there --- */

/* The content of an item by its name, whose stem is its UID; what is called so is private, or confidential. */
static const char *content_of(struct world *w, const char *target)
{
	const char *name = strrchr(target, '/') + 1;
	const char *uid = arena_strndup(w->arena, name, strcspn(name, "."));

	if (text_ends(name, ".vcf"))
		return card(w, uid, "Somebody");
	if (!text_ends(name, ".ics"))
		return "some text";
	return arena_printf(w->arena,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:%s\r\n"
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nDURATION:PT1H\r\n"
		"%sSUMMARY:Event %s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		uid,
		strcmp(uid, "priv") == 0 || strcmp(uid, "made") == 0 ? "CLASS:PRIVATE\r\n"
			: strcmp(uid, "conf") == 0                   ? "CLASS:CONFIDENTIAL\r\n"
								     : "",
		uid);
}

static void fill(struct world *w, const char *collection, const char *names)
{
	size_t n;
	char **list = text_split(w->arena, names, ' ', &n);

	for (size_t i = 0; i < n; i++) {
		const char *target = arena_printf(w->arena, "%s%s", collection, list[i]);
		put(w, target, content_of(w, target));
	}
}

static void make(struct world *w, const char *verb, const char *target, const char *body)
{
	ask(w, verb, target, body);
	expect(w, target, 201);
}

/* What everybody has at home. */
static void furnish(struct world *w, const char *person)
{
	static const struct {
		const char *top, *verb, *body, *names;
	} homes[] = {
		{"calendars", "MKCALENDAR", NULL,
			"pub.ics priv.ics conf.ics made.ics none.ics new.ics"},
		{"addressbooks", "MKCOL", A_BOOK, "card.vcf none.vcf new.vcf"},
		{"files", "MKCOL", NULL, "file.txt none.txt new.txt"},
	};

	w->person = person;
	for (size_t i = 0; i < COUNT(homes); i++) {
		const char *home = arena_printf(w->arena, "/dav/%s/%s/", homes[i].top, person);
		make(w, homes[i].verb, arena_printf(w->arena, "%swork/", home), homes[i].body);
		make(w, homes[i].verb, arena_printf(w->arena, "%sspare/", home), homes[i].body);
		make(w, homes[i].verb, arena_printf(w->arena, "%sbox/", home), homes[i].body);
		fill(w, arena_printf(w->arena, "%swork/", home), homes[i].names);
	}
}

/* What the role is given, and everything before. */
static void open_family(struct world *w, const struct role *role)
{
	static const char *const shared[] = {CAL, BOOK, "/dav/files/anna/docs/"};
	static const char *const homes[] = {HOME, BOOKS, "/dav/files/anna/"};

	user(w, "carl");
	group(w, "kids", "ben");
	group(w, "crew", "group:kids anna");
	group(w, "club", "carl");
	furnish(w, "ben");
	furnish(w, "anna");
	make(w, "MKCALENDAR", HOME "secret/", NULL);
	make(w, "MKCALENDAR", HOME "feed/", SUBSCRIBED);
	make_book(w);
	make(w, "MKCOL", "/dav/files/anna/docs/", NULL);
	fill(w, CAL, "pub.ics priv.ics conf.ics");
	fill(w, BOOK, "card.vcf");
	fill(w, "/dav/files/anna/docs/", "file.txt");
	/* What ben has made, when he could. */
	set_entries(w, CAL, "ben bind");
	w->person = "ben";
	fill(w, CAL, "made.ics");
	w->person = "anna";
	set_entries(w, CAL, "");
	for (size_t i = 0; i < COUNT(shared); i++) {
		set_entries(w, shared[i], role->entries);
		set_entries(w, homes[i], role->homes);
	}
	set_entries(w, CAL, role->calendar);
}

static const struct dav_guest *guest_of(struct world *w, const struct role *role)
{
	static struct dav_guest guest;
	struct store_snapshot *snapshot = store_snapshot(w->store);

	guest = (struct dav_guest){.collection = CALENDAR,
		.busy = role->guest == GUEST_BUSY,
		.by_acl = role->guest == GUEST_PUBLIC};
	guest.id = arena_strdup(
		w->arena, store_collection_meta(store_collection(snapshot, CALENDAR))->id);
	store_snapshot_free(snapshot);
	return role->guest ? &guest : NULL;
}

/* From now on the role asks. */
static void enter(struct world *w, const struct role *role)
{
	w->person = role->person;
	w->admin = role->admin;
	w->scope = role->scope;
	w->guest = guest_of(w, role);
}

#endif
