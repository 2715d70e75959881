/* SPDX-License-Identifier: ISC */
/*
 * Changes of people that touch rights: who is in which group, groups and users that go. Each is one commit, together with
 * the shares that come and go with it (share.h) and, where a principal goes, without any trace of it that a later one of
 * the same name could inherit.
 *
 * Inside a request (PROPPATCH) the changes are only built; for src/ they are also committed, and built again on a newer
 * snapshot when somebody was faster.
 *
 * Groups are named as users are (account_name_ok), in a name space of their own. A member is a path, "users/anna" or
 * "groups/kids"; what is stored is a reference with its id (storage/household.h). References that are good for nobody any
 * more are dropped whenever a group is written.
 */
#ifndef WEBDAV_PEOPLE_H
#define WEBDAV_PEOPLE_H

#include "webdav/dav.h"
#include "webdav/share.h"

#define DAV_MAX_GROUPS 1000

enum dav_people_code {
	PEOPLE_OK,
	PEOPLE_SAME,      /* it is so already: nothing to commit */
	PEOPLE_BAD_NAME,  /* no name of a group or of a member */
	PEOPLE_NO_GROUP,  /* there is none of this name */
	PEOPLE_NO_USER,   /* likewise */
	PEOPLE_NO_MEMBER, /* nobody of this name can become a member */
	PEOPLE_NOT_IN,    /* is no direct member */
	PEOPLE_EXISTS,    /* there is a group of this name */
	PEOPLE_CYCLE,     /* the group would be a member of itself */
	PEOPLE_TOO_MANY,  /* members of one group, or groups */
	/* of collections (sharing.h, src/api_collections.c) */
	PEOPLE_NO_COLLECTION, /* there is none of this name */
	PEOPLE_NOT_OURS,      /* a share: it is for its owner to say */
	PEOPLE_NOT_SO,        /* no such role, or not for this */

	PEOPLE_STORE, /* the store refused: its result says why */
};

/* What is to become of a group. */
struct dav_group_edit {
	enum { GROUP_MUST_EXIST, GROUP_MAY_EXIST, GROUP_MUST_BE_NEW } expect;
	const char *display_name; /* NULL: as it is; "": none */
	/* Paths. `members` NULL: as they are; else all there are then. After that `add` and `drop`. */
	const char *const *members, *const *add, *const *drop;
	size_t n_members, n_add, n_drop;
};

/* --- for use inside a request --- */

/* Appends what makes the change to settling->changes, shares included. Filled in by the caller: store, snapshot, arena, and
 * changes that are there already; the household is found here. *words (in the arena) says what is wrong, or after
 * PEOPLE_OK what was done, to stand behind who did it: "put ben into kids". Nothing is appended unless PEOPLE_OK. A race is
 * a STORE_CONFLICT of the commit. */
enum dav_people_code dav_group_change(struct dav_settling *settling, const char *group,
	const struct dav_group_edit *edit, const char **words);
/* PROPPATCH of DAV:group-member-set (RFC 3744 4.3): a group that is there gets exactly these members. */
enum dav_people_code dav_group_members_change(struct dav_settling *settling, const char *group,
	const char *const *members, size_t n, const char **words);

/* "anna", "users/anna", "group:kids", "groups/kids", in any case, as a path; NULL when it is none of them. Who has that
 * name, if anybody, is not asked. */
char *dav_member_path(struct arena *arena, const char *text);
/* "anna", "group:kids": how people write the path of a member. */
char *dav_member_word(struct arena *arena, const char *path);

/* Does a person find this principal ("users/anna"), under the household's setting? (find.h) */
bool dav_finds(const struct household *household, const struct dav_person *person,
	enum dav_search search, const char *path);

/* A new zeroed change at the end of settling->changes. */
struct store_change *dav_settling_add(struct dav_settling *settling);
/* dav_shares_settle for a collection that comes, changes its entries or goes (`meta` NULL), with people as they are. */
void dav_settle_collection(
	struct dav_settling *settling, const char *path, const struct store_meta *meta);

/* --- for src/: built, settled, committed --- */

struct dav_people {
	struct store *store;
	struct arena *arena; /* of all words */
	struct store_write
		by; /* who does it: author, user, device …; subject and changes are made here */
	/* after a call */
	const char *why; /* words, unless OK or SAME */
	bool created;    /* the group is a new one, the principal had no role before */
	struct store_result result;
};

/* One change on its way. `build` appends it to settling->changes together with the shares that come and go, and says in
 * *words (in settling->arena) what dav_group_change says; it is called again on a newer snapshot when somebody was faster. */
struct dav_act {
	enum dav_people_code (*build)(
		struct dav_act *act, struct dav_settling *settling, const char **words);
	struct store_credential credential;
	size_t n_credentials;
};
enum dav_people_code dav_act_run(struct dav_people *people, struct dav_act *act);

enum dav_people_code dav_group_put(
	struct dav_people *people, const char *group, const struct dav_group_edit *edit);
/* With all references to it. */
enum dav_people_code dav_group_remove(struct dav_people *people, const char *group);
/* With homes, credentials, memberships, entries and shares; what was in the homes stays in the history. */
enum dav_people_code dav_user_remove(struct dav_people *people, const char *user);

#endif
