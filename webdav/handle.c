/* SPDX-License-Identifier: ISC */
/*
 * One request from its bytes to its outcome (exchange.h has the path). What can be said by shape alone is said first:
 * log-in, method, URL; only then the snapshot is asked. A write is handed to the committer as the very last step, because
 * from then on another thread may be at work on this exchange.
 */
#include "webdav/server.h"

#include "src/base/text.h"
#include "webdav/accept.h"
#include "webdav/allow.h"
#include "webdav/body.h"
#include "webdav/cond.h"
#include "webdav/content.h"
#include "webdav/lock.h"
#include "webdav/mark.h"
#include "webdav/object.h"
#include "webdav/priv.h"
#include "webdav/represent.h"
#include "webdav/verb.h"
#include "webdav/view.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define UNCONDITIONAL_AFTER (DAV_MAX_REPLAYS / 2)

/* --- by shape --- */

/* RFC 6764 5: any method, no log-in, a path (proxies know the host), and not kept for long. */
static bool well_known(struct dav_exchange *x, enum dav_code *code)
{
	static const char *const names[] = {"caldav", "carddav"};
	static const char head[] = "/.well-known";
	const char *target = x->request->target;

	if (!text_starts(target, head) || !strchr("/?", target[sizeof(head) - 1]))
		return false;
	*code = DAV_NOT_FOUND;
	target += sizeof(head) - (target[sizeof(head) - 1] == '\0');
	size_t len = strcspn(target, "?");
	len -= len && target[len - 1] == '/';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && memcmp(names[i], target, len) == 0)
			*code = DAV_MOVED;
	if (*code == DAV_MOVED) {
		dav_set_header(x, "Location", "/dav/");
		dav_set_header(x, "Cache-Control", "max-age=300");
	}
	return true;
}

/* The adapter's page and what else needs no log-in. */
static bool is_free(const char *method, const char *target)
{
	bool root = *target == '/' && strchr("?", target[1]);

	if (strcmp(method, "OPTIONS") == 0)
		return true;
	return root && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

bool dav_needs_login(const char *method, const char *target)
{
	bool root = *target == '/' && strchr("?", target[1]);
	bool dav = text_starts(target, "/dav") && strchr("/?", target[4]);

	return (root || dav) && !is_free(method, target);
}

/* Everything before the snapshot. */
static enum dav_code prepare(struct running *run)
{
	struct dav_exchange *x = &run->x;
	const struct dav_request *request = x->request;
	enum dav_code code;

	if (well_known(x, &code))
		return code;
	x->verb = dav_verb_find(request->method);
	if (!request->person.name && !request->guest && !is_free(request->method, request->target))
		return DAV_UNAUTHORIZED;
	if (request->body_too_large)
		return DAV_TOO_LARGE;
	if (!x->verb)
		return DAV_NOT_IMPLEMENTED;
	bool star = x->verb->run == dav_verb_options &&
		strcmp(request->target, "*") == 0; /* RFC 9110 9.3.7 */
	code = dav_path_parse(x->arena, star ? "/" : request->target, &run->path);
	/* RFC 4918 9.3.1, 9.7.1: what would be made where no collection can be; RFC 4791 5.3.1 has a name for it. */
	if (code == DAV_NOT_FOUND && x->verb->needs_new && x->verb->run != dav_verb_post &&
		text_starts(request->target, "/dav/"))
		return x->verb->run == dav_verb_mkcalendar ? DAV_LOCATION_OK : DAV_CONFLICT;
	return code == DAV_OK ? dav_read_headers(x) : code;
}

/* --- on a snapshot --- */

/* Is there something, or could there be, as far as the person knows? What is hidden from them becomes nothing. */
static enum dav_code check_sight(struct dav_exchange *x, bool *hidden)
{
	struct dav_resource *r = &x->target;

	/* RFC 4791 6.1.1: read-free-busy opens its report (verb_report.c). */
	if (x->verb->run == dav_verb_report && (r->kind & (DAV_CALENDAR_HOME | DAV_CALENDAR)) &&
		dav_privileges(x, r))
		return DAV_OK;
	*hidden = dav_hide(x, r);
	if (r->exists || dav_is_home(r) || !(r->kind & (DAV_STORED_COLLECTION | DAV_ITEM)))
		return dav_require(x, r, 0);
	return dav_require_parent(x, r, 0);
}

/* Could the verb put something there? LOCK makes empty files alone (RFC 4918 7.3). */
static bool makes(const struct dav_exchange *x)
{
	return x->verb->run != dav_verb_lock || x->target.kind == DAV_FILE;
}

/* Nobody writes in the directory. Where a right is what is lacking, it is named: clients take that for "read-only", and a 405
 * for trouble (RFC 3744 7.1.1). */
static enum dav_code refuse_directory(struct dav_exchange *x)
{
	const struct dav_verb *verb = x->verb;
	bool there = x->target.exists;
	unsigned parent = there ? verb->needs_parent : verb->needs_new;
	enum dav_code code = DAV_OK;

	if (!there && (verb->flags & VERB_MUST_EXIST))
		return DAV_NOT_FOUND;
	if (there && verb->needs)
		code = dav_require(x, &x->target, verb->needs);
	if (code == DAV_OK && parent)
		code = dav_require_parent(x, &x->target, parent);
	return code == DAV_OK ? dav_out_of_place(verb, &x->target) : code;
}

/* DESIGN.md 7: what may not be seen is answered as if nothing were there, for every method. Only who may add something there is
 * told that the name is taken. */
static enum dav_code check_rights(struct dav_exchange *x)
{
	const struct dav_verb *verb = x->verb;
	bool hidden = false;
	enum dav_code code = check_sight(x, &hidden);

	if (code != DAV_OK)
		return code;
	if ((x->target.kind & DAV_ANY_DIRECTORY) && !(verb->kinds & x->target.kind))
		return refuse_directory(x);
	if (!(verb->kinds & dav_verb_kind(&x->target)) ||
		(x->target.exists && verb->needs_new && !verb->needs))
		return dav_out_of_place(verb, &x->target);
	if (!x->target.exists && (verb->flags & VERB_MUST_EXIST))
		return DAV_NOT_FOUND;
	if (!x->target.exists) {
		code = dav_require_parent(x, &x->target, verb->needs_new);
		return code == DAV_OK && hidden && makes(x) ? dav_hidden_conflict(&x->target)
							    : code;
	}
	code = verb->needs ? dav_require(x, &x->target, verb->needs) : DAV_OK;
	if (code == DAV_NOT_FOUND || !verb->needs_parent)
		return code;
	/* RFC 3744 7.1.1: all that is lacking is told at once. */
	enum dav_code parent = dav_require_parent(x, &x->target, verb->needs_parent);
	return code == DAV_OK || parent == DAV_NOT_FOUND ? parent : code;
}

/* Of what is not shown as it is stored, the stored length is not told. */
static size_t shown_length(const struct dav_exchange *x)
{
	struct dav_content content;

	if (dav_is_as_stored(x, &x->target))
		return x->target.item->size;
	if (dav_content_open(x, &x->target, &content) != DAV_OK)
		return 0;
	size_t size = dav_content_select(x, &x->target, &content) ? content.size : 0;
	dav_content_close(&content);
	return size;
}

static enum dav_code attempt(struct running *run)
{
	struct dav_exchange *x = &run->x;
	enum dav_code code;

	if (x->verb->run == dav_verb_options) {
		x->target = (struct dav_resource){.kind = run->path.kind, .path = run->path};
		return x->verb->run(x);
	}
	dav_seeing_end(x);
	run->used_snapshot = NULL;
	if (x->snapshot)
		store_snapshot_free(x->snapshot);
	x->locks_seen = lock_number(x->server->store);
	x->snapshot = store_snapshot(x->server->store);
	dav_seeing_begin(x);
	x->target = dav_resolve(x, &run->path);
	code = check_rights(x);
	if (code == DAV_OK)
		code = dav_check_accept(x);
	if (code == DAV_OK) {
		code = dav_conditions(x);
		if (code == DAV_PRECONDITION_FAILED)
			dav_represent_current(x, code);
	}
	if (code == DAV_OK)
		code = dav_check_locks(x);
	if (code == DAV_OK)
		code = dav_read_body(x);
	if (code == DAV_OK)
		code = x->verb->run(x);
	/* RFC 9110 15.4.5, 8.6: a 304 carries what the 200 would have for validation, and its length. */
	if (code == DAV_NOT_MODIFIED) {
		const char *etag = dav_etag(x, x->arena, &x->target);
		if (etag)
			dav_set_header(x, "ETag", etag);
		dav_set_vary(x, x->target.kind);
		if (x->target.item)
			x->response->length = shown_length(x);
	}
	if (dav_code_refuses(code) || code == DAV_NOT_FOUND)
		dav_mark_refused(x);
	return code;
}

/* --- writing --- */

struct store_change *dav_change(struct dav_exchange *x)
{
	x->changes = arena_grow(
		x->arena, x->changes, &x->cap_changes, ++x->n_changes, sizeof(*x->changes));
	struct store_change *change = &x->changes[x->n_changes - 1];
	*change = (struct store_change){0};
	return change;
}

/* "home", or "anna/home" when somebody else is at work there, also through a share. */
static const char *place_name(struct dav_exchange *x)
{
	const char *path = running(x)->place ? running(x)->place
					     : x->changes[x->n_changes - 1].collection;
	const char *first = path ? strchr(path, '/') : NULL,
		   *last = path ? strrchr(path, '/') : NULL;

	if (!first)
		return path;
	if (text_equal(x->request->person.name, dav_path_owner(x->arena, path)))
		return last + 1;
	return first + 1;
}

enum dav_code dav_submit(struct dav_exchange *x, char what, const char *summary,
	enum dav_code (*finish)(struct dav_exchange *x))
{
	const struct dav_person *person = &x->request->person;
	const char *who = person->display_name ? person->display_name : person->name;

	x->subject = dav_subject(x->arena, who, what, summary, place_name(x));
	x->finish = finish;
	return DAV_WAIT;
}

static void on_done(void *payload, const struct store_result *result)
{
	struct running *run = payload;
	const struct dav_request *request = run->x.request;

	run->x.result = *result;
	if (atomic_exchange(&run->handover, HANDOVER_DONE) == HANDOVER_LEFT)
		request->wake(request->wake_payload);
}

/* True: the result is there already. False: the exchange belongs to whoever is woken; it must not be touched again. */
static bool hand_over(struct running *run)
{
	struct dav_exchange *x = &run->x;
	const struct dav_person *person = &x->request->person;
	struct store_write write = {
		.changes = x->changes,
		.n_changes = x->n_changes,
		.author_name = person->display_name ? person->display_name : person->name,
		.author_mail = person->mail,
		.subject = x->subject,
		.user = person->name,
		.device = person->device,
		.user_agent = dav_header(x, "User-Agent"),
		.request_id = x->request->request_id,
		.locks_seen = x->locks_seen,
	};

	atomic_store(&run->handover, HANDOVER_OPEN);
	store_submit(x->server->store, &write, on_done, run);
	return atomic_exchange(&run->handover, HANDOVER_LEFT) == HANDOVER_DONE;
}

/* Somebody was faster with the same UID. */
static enum dav_code uid_conflict(struct dav_exchange *x)
{
	const char *collection = x->changes[x->result.index].collection;

	/* What stands there now was not in the snapshot that this request saw: nobody can say whether its name may be
	 * told. Asked again, it is told or not. */
	return text_starts(collection, "addressbooks/") ? DAV_CARD_NO_UID_CONFLICT
							: DAV_NO_UID_CONFLICT;
}

/* The committer's answer as an outcome; WAIT: look again and decide again. */
static enum dav_code settle(struct running *run)
{
	struct dav_exchange *x = &run->x;

	switch (x->result.code) {
	case STORE_OK:
	case STORE_UNCHANGED:
		return x->finish(x);
	case STORE_NOT_FOUND:
	case STORE_CONFLICT:
		if (++x->replays <= DAV_MAX_REPLAYS)
			return DAV_WAIT;
		return dav_fail(x, DAV_UNAVAILABLE, "others kept changing the same place");
	case STORE_UID_TAKEN:
		return uid_conflict(x);
	case STORE_INVALID:
		return dav_fail(x, DAV_FORBIDDEN, "%s", x->result.text);
	case STORE_BUSY:
		return dav_fail(x, DAV_UNAVAILABLE, "%s", x->result.text);
	case STORE_FULL:
		return dav_fail(x, DAV_SUFFICIENT_DISK_SPACE, "%s", x->result.text);
	case STORE_FAILED:
		break;
	}
	return dav_fail(x, DAV_INTERNAL, "%s", x->result.text);
}

bool dav_insists(const struct dav_exchange *x)
{
	return x->replays < UNCONDITIONAL_AFTER || dav_is_conditional(x);
}

/* --- the loop --- */

/* Goes on from an outcome; `code` WAIT: a write is ready to be handed over. */
static enum dav_state drive(struct running *run, enum dav_code code)
{
	while (code == DAV_WAIT) {
		if (!hand_over(run))
			return DAV_PENDING;
		code = settle(run);
		if (code == DAV_WAIT) {
			dav_forget_response(&run->x);
			code = attempt(run);
		}
	}
	dav_finish_response(&run->x, code);
	return DAV_DONE;
}

static struct running *begin(
	struct dav_server *server, const struct dav_request *request, struct dav_response *response)
{
	*response = (struct dav_response){.arena = arena_new()};
	buf_init(&response->body, SIZE_MAX);
	struct running *run = arena_alloc(response->arena, sizeof(*run));
	run->x.server = server;
	run->x.request = request;
	run->x.response = response;
	run->x.arena = response->arena;
	run->x.row_arena = arena_new();
	response->exchange = &run->x;
	return run;
}

static enum dav_state start(struct running *run)
{
	enum dav_code code = prepare(run);

	return drive(run, code == DAV_OK ? attempt(run) : code);
}

enum dav_state dav_handle(
	struct dav_server *server, const struct dav_request *request, struct dav_response *response)
{
	return start(begin(server, request, response));
}

enum dav_state dav_resume(struct dav_response *response)
{
	struct running *run = running(response->exchange);
	enum dav_code code = settle(run);

	if (code == DAV_WAIT) {
		dav_forget_response(&run->x);
		code = attempt(run);
	}
	return drive(run, code);
}

/* --- waiting --- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool woken;
};

static void wake_waiter(void *payload)
{
	struct waiter *waiter = payload;

	pthread_mutex_lock(&waiter->lock);
	waiter->woken = true;
	pthread_cond_signal(&waiter->changed);
	pthread_mutex_unlock(&waiter->lock);
}

static void wait_for(struct waiter *waiter)
{
	pthread_mutex_lock(&waiter->lock);
	while (!waiter->woken)
		pthread_cond_wait(&waiter->changed, &waiter->lock);
	waiter->woken = false;
	pthread_mutex_unlock(&waiter->lock);
}

void dav_handle_wait(
	struct dav_server *server, const struct dav_request *request, struct dav_response *response)
{
	struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
	struct running *run = begin(server, request, response);
	struct dav_request *copy = arena_memdup(response->arena, request, sizeof(*request));

	copy->wake = wake_waiter;
	copy->wake_payload = &waiter;
	run->x.request = copy;
	for (enum dav_state state = start(run); state == DAV_PENDING; state = dav_resume(response))
		wait_for(&waiter);
	while (response->producing)
		dav_produce(response, &response->body, DAV_INLINE_BODY);
	pthread_cond_destroy(&waiter.changed);
	pthread_mutex_destroy(&waiter.lock);
}
