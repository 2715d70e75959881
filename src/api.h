/* SPDX-License-Identifier: ISC */
/*
 * The management interface, one function: JSON for browsers and scripts under /api/v1/, the
 * enrolment endpoints /users/U and /groups/G (DESIGN.md section 6), and the same for the commands over
 * DATA/control.sock or in process. One operation, one file: api_users.c, api_groups.c, api_devices.c, api_collections.c, api_birthdays.c,
 * api_shares.c, api_links.c, api_import.c, api_export.c, api_log.c, api_check.c, api_backup.c; the table is in api.c.
 */
#ifndef SRC_API_H
#define SRC_API_H

#include "src/app.h"

struct api_request {
	const char *method;
	const char *target; /* raw path and query: "/api/v1/users?x=y" */
	const char *content_type;
	const char *body;
	size_t body_len;
	/* who asks; the control socket and in-process commands ask as admin "admin" */
	struct dav_person person;
	/* Whoever reaches DATA/control.sock, or opens the folder: all of it is theirs to read anyway. For everybody else,
	 * admins too, what is handed out obeys the rules of /dav/ (webdav/view.h). */
	bool keeper;
	/* "https://cal.example.org", as the client sees us; NULL: not known */
	const char *base;
};

struct api_response {
	int status;
	const char *content_type; /* "application/json" … */
	struct buf body;
	struct arena *arena;
	/* Long work: called with 0…all and a word for the step while api_handle runs; may be NULL. */
	void (*progress)(void *payload, const char *step, size_t done, size_t all);
	void *payload;
};

/* True for targets that belong here: /api/v1/…, /users/…, /groups/… */
bool api_serves(const char *target);
/* May take long (hashing, import): a worker's thread, never a poll thread. Errors are JSON too:
 * {"error": "what to do"}. */
void api_handle(struct app *app, const struct api_request *request, struct api_response *response);
void api_response_free(struct api_response *response);

#endif
