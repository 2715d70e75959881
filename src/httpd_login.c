/* SPDX-License-Identifier: ISC */
/*
 * From a request to a person, before the body is read: a stranger's bytes are never kept.
 * Remembered credentials are checked on the poll thread; a password is hashed by a pool of its own.
 */
#include "src/httpd_private.h"

#include "src/base/text.h"

/* Whoever reaches DATA/control.sock (0600 in a 0700 folder) could read all of it anyway. */
static const struct dav_person keeper = {.name = "admin", .admin = true};

/* Where devices need their own passwords, the answer to the main password and the one to a wrong
 * password are the same: it must not tell which is which. */
static enum own refusal(const struct request *request)
{
	const struct config *config = request->door->httpd->app->config;

	if (request->login == AUTH_WAIT)
		return OWN_WAIT;
	if (request->route->place == AUTH_SYNC && config->require_device_password)
		return OWN_LOGIN_DEVICE;
	return request->login == AUTH_NOT_HERE ? OWN_LOGIN_PERSONAL : OWN_LOGIN;
}

static void decide(struct request *request)
{
	if (request->login == AUTH_OK)
		return;
	request->dav.person = (struct dav_person){0};
	reply_own(request, refusal(request), NULL);
}

static struct auth_request asked(const struct request *request)
{
	return (struct auth_request){
		.authorization = dav_request_header(&request->dav, "Authorization"),
		.remote = request->remote,
		.user_agent = dav_request_header(&request->dav, "User-Agent"),
		.place = request->route->place,
	};
}

static void hash(struct work *work)
{
	struct request *request = (struct request *)work;
	const struct auth_request auth = asked(request);

	request->login = auth_verify(request->door->httpd->app->auth, &auth, request->arena,
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
	const struct auth_request auth = asked(request);

	if (request->door->listener.control) {
		request->dav.person = keeper;
		return true;
	}
	if (!request->route->needs_login(request))
		return true;
	request->login = auth_check(
		httpd->app->auth, &auth, request->arena, &request->dav.person, &request->wait);
	if (request->login == AUTH_HASH)
		return hand_to_hasher(request, dropped);
	decide(request);
	return true;
}
