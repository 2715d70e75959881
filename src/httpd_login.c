/* SPDX-License-Identifier: ISC */
/*
 * From a request to a person, before the body is read: a stranger's bytes are never kept.
 * Remembered credentials are checked on the poll thread; a password is hashed by a pool of its own.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

/* Whoever reaches DATA/control.sock (0600 in a 0700 folder) could read all of it anyway. */
static const struct dav_person keeper = {.name = "admin", .admin = true};

static void decide(struct request *request)
{
	if (request->login == AUTH_OK)
		return;
	request->dav.person = (struct dav_person){0};
	reply_own(request, request->login == AUTH_WAIT ? OWN_WAIT : OWN_LOGIN, NULL);
}

static void hash(struct work *work)
{
	struct request *request = (struct request *)work;

	request->login = auth_verify(request->door->httpd->app->auth,
		dav_request_header(&request->dav, "Authorization"), request->remote, request->arena,
		&request->dav.person, &request->wait);
	decide(request);
	request_unpark(request);
}

static bool hand_to_hasher(struct request *request, bool *dropped)
{
	request->work.run = hash;
	if (!request_park(request)) {
		*dropped = true;
		return false;
	}
	if (workers_push(request->door->httpd->hashers, &request->work))
		return false;
	reply_own(request, OWN_BUSY, NULL);
	request_unpark(request);
	return false;
}

bool request_login(struct request *request, bool *dropped)
{
	struct httpd *httpd = request->door->httpd;
	const char *header = dav_request_header(&request->dav, "Authorization");

	if (request->door->listener.control) {
		request->dav.person = keeper;
		return true;
	}
	if (!request->route->needs_login(request))
		return true;
	request->login = auth_check(httpd->app->auth, header, request->remote, request->arena,
		&request->dav.person, &request->wait);
	if (request->login == AUTH_HASH)
		return hand_to_hasher(request, dropped);
	decide(request);
	return true;
}
