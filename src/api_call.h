/* SPDX-License-Identifier: ISC */
/*
 * One call of the management interface on its way: what api.c has found out, and how the operations
 * (api_*.c) read their input and answer. Private to these files.
 *
 * Input: fields of the query, of a JSON object or of an HTML form, merged into one object; an
 * operation lists the fields it knows in a table and everything else is refused with its name.
 */
#ifndef SRC_API_CALL_H
#define SRC_API_CALL_H

#include "src/api.h"
#include "src/base/arena.h"
#include "src/base/cleanup.h"

#include <jansson.h>

#define API_MAX_INPUT (1024u * 1024)     /* JSON and form bodies but for imports */
#define API_MAX_ANSWER ((size_t)1 << 31) /* an exported calendar is held in memory */
#define API_MAX_PARAMS 4
#define API_MAX_LIST 64
#define API_MAX_LONG_LIST 1000
#define API_NO_USER_NAME                                                                           \
	"\"%s\" is no user name: up to 64 of a-z 0-9 . _ @ + -, the first a letter or a digit"
#define API_NO_GROUP_NAME                                                                          \
	"\"%s\" is no group name: up to 64 of a-z 0-9 . _ @ + -, the first a letter or a digit"
#define API_MAX_DISPLAY_NAME 200

CLEANUP_DEFINE(json_t, json_decref);

struct api_call {
	struct app *app;
	const struct api_request *request;
	struct api_response *response;
	struct arena *arena; /* the response's */
	/* decoded segments that the pattern's stars met; the first one is a name, folded */
	const char *params[API_MAX_PARAMS];
	size_t n_params;
	json_t *input; /* an object, never NULL while an operation runs */
};

enum api_right {
	API_SELF,   /* admins, and the user that the first star names */
	API_ADMIN,  /* admins */
	API_MEMBER, /* admins, and who is in the group that the first star names */
	API_ANYONE  /* who is logged in */
};

enum api_flag {
	API_RAW_BODY = 1, /* the body is data, not fields */
	API_GROUP = 2,    /* the first star is a group */
};

struct api_row {
	const char *method, *pattern;
	enum api_right right;
	unsigned flags;
	void (*run)(struct api_call *call);
};

/* --- answers --- */
void api_fail(struct api_call *call, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says in JSON why the store refused. */
void api_fail_store(struct api_call *call, enum store_code code, const char *text);
/* `value` is used up. */
void api_answer(struct api_call *call, int status, json_t *value);
void api_answer_nothing(struct api_call *call); /* 204 */

/* --- input --- */
enum api_type {
	API_TEXT,   /* into: const char **; UTF-8 without control characters */
	API_SECRET, /* into: const char **; UTF-8; its value is never repeated */
	API_FLAG,   /* into: bool *; true, false, or "yes", "no", "1", "0" … */
	API_NUMBER, /* into: uint64_t *; up to max */
	/* into: const char ***; NULL-terminated; an array of texts, or one text with commas */
	API_LIST,
	API_LONG_LIST, /* the same, of up to API_MAX_LONG_LIST texts */
};

struct api_field {
	const char *name;
	enum api_type type;
	size_t max; /* bytes of each text, or the largest number */
	void *into; /* untouched when the field is missing */
};

/* Reads the input by the table of `n` fields; false: answered with 400. */
bool api_read(struct api_call *call, const struct api_field *fields, size_t n);
/* Query and body into call->input; false: answered. */
bool api_collect_input(struct api_call *call, const char *query, bool body);

/* --- words and values --- */
/* Who does it, for commit subjects: display name, else name. */
const char *api_who(const struct api_call *call);
/* Whose rights count in the home that the first star names: those of who asks; the keeper acts as its owner. */
struct dav_person api_viewer(const struct api_call *call);
/* "2026-11-23T18:57:00Z"; null for 0. */
json_t *api_time(int64_t when);
/* Text or null. */
json_t *api_text(const char *text);
/* Who and what of a write; the changes are the caller's. */
struct store_write api_write(const struct api_call *call, const char *subject);

/* Is the person in the group of this name, directly or through other groups? (api_groups.c) */
bool api_in_group(struct api_call *call, const char *group);
/* The collection of the first star's user that the second star names; `kind` (calendar, tasks, addressbook) decides where
 * a calendar and an address book have the same name, and may be NULL. NULL: answered. (api_collections.c) */
const struct store_collection *api_collection_named(
	struct api_call *call, const struct store_snapshot *snapshot, const char *kind);
/* "/dav/calendars/anna/home/" of a collection. */
const char *api_collection_url(struct api_call *call, const struct store_collection *c);

/* Operations, by file. */
void api_user_list(struct api_call *call);
void api_user_get(struct api_call *call);
void api_user_put(struct api_call *call);
void api_user_add(struct api_call *call);
void api_user_password(struct api_call *call);
void api_user_delete(struct api_call *call);
void api_user_admin(struct api_call *call);
void api_group_list(struct api_call *call);
void api_group_add(struct api_call *call);
void api_group_get(struct api_call *call);
void api_group_put(struct api_call *call);
void api_group_delete(struct api_call *call);
void api_group_has(struct api_call *call);
void api_group_take(struct api_call *call);
void api_group_drop(struct api_call *call);
void api_collection_list(struct api_call *call);
void api_collection_add(struct api_call *call);
void api_collection_delete(struct api_call *call);
void api_birthdays_get(struct api_call *call);
void api_birthdays_put(struct api_call *call);
void api_birthdays_delete(struct api_call *call);
void api_device_list_all(struct api_call *call);
void api_device_list(struct api_call *call);
void api_device_add(struct api_call *call);
void api_device_revoke(struct api_call *call);
void api_link_list(struct api_call *call);
void api_link_add(struct api_call *call);
void api_link_delete(struct api_call *call);
void api_share_matrix(struct api_call *call);
void api_share_list(struct api_call *call);
void api_share_list_of(struct api_call *call);
void api_share_put(struct api_call *call);
void api_share_delete(struct api_call *call);
void api_import(struct api_call *call);
void api_export(struct api_call *call);
void api_log(struct api_call *call);
void api_check(struct api_call *call);
void api_backup(struct api_call *call);
void api_version(struct api_call *call);

#endif
