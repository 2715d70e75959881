/* SPDX-License-Identifier: ISC */
/*
 * Starting and stopping. One libmicrohttpd daemon for each listening socket, in poll mode (its
 * epoll mode stalls when exactly 128 sockets are ready). libmicrohttpd aborts when stopped with a
 * suspended connection; hence the order of httpd_stop.
 */
#include "src/httpd_private.h"

#include "src/base/clock.h"
#include "src/base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define STEP 20000000 /* nanoseconds between looks while stopping */
#define DEFAULT_THREADS 2
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define MAX_OPTIONS 16

/* libmicrohttpd's complaints: when starting they matter, later they are about clients. */
__attribute__((format(printf, 2, 0))) static void complain(
	void *payload, const char *format, va_list args)
{
	struct httpd *httpd = payload;
	char line[500];

	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	log_line(atomic_load(&httpd->starting) ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG, "http: %s",
		line);
}

/* We never look at what libmicrohttpd decoded. */
static size_t leave_escaped(void *payload, struct MHD_Connection *connection, char *text)
{
	(void)payload, (void)connection;
	return strlen(text);
}

static struct MHD_Daemon *start_daemon(struct door *door, const struct tls_pair *pair)
{
	const struct config *config = door->httpd->app->config;
	bool control = door->listener.control;
	unsigned threads = control ? 1 : config->threads ? config->threads : DEFAULT_THREADS;
	unsigned limit = control ? HTTPD_MAX_CONTROL : config->max_connections;
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
		MHD_USE_ERROR_LOG;
	struct MHD_OptionItem options[MAX_OPTIONS];
	size_t n = 0;

#define ADD(option, value, pointer)                                                                \
	options[n++] = (struct MHD_OptionItem){option, (intptr_t)(value), pointer}
	ADD(MHD_OPTION_CONNECTION_LIMIT, limit < threads ? threads : limit, NULL);
	ADD(MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTPD_MAX_HEADERS, NULL);
	ADD(MHD_OPTION_CONNECTION_TIMEOUT, config->timeout, NULL);
	ADD(MHD_OPTION_NOTIFY_COMPLETED, request_end, door);
	ADD(MHD_OPTION_URI_LOG_CALLBACK, request_begin, door);
	ADD(MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL);
	if (threads > 1)
		ADD(MHD_OPTION_THREAD_POOL_SIZE, threads, NULL);
	if (door->listener.tls) {
		flags |= MHD_USE_TLS;
		ADD(MHD_OPTION_HTTPS_MEM_CERT, 0, pair->cert);
		ADD(MHD_OPTION_HTTPS_MEM_KEY, 0, pair->key);
		ADD(MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES);
	}
	ADD(MHD_OPTION_END, 0, NULL);
#undef ADD
	return MHD_start_daemon(flags, 0, NULL, NULL, request_handle, door,
		MHD_OPTION_EXTERNAL_LOGGER, complain, door->httpd, MHD_OPTION_LISTEN_SOCKET,
		door->listener.fd, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static struct door *door_open(
	struct httpd *httpd, const struct listener *listener, const struct tls_pair *pair)
{
	struct door *door = calloc(1, sizeof(*door));

	if (!door)
		abort();
	door->httpd = httpd;
	door->listener = *listener;
	atomic_store(&httpd->starting, true);
	door->daemon = start_daemon(door, pair);
	atomic_store(&httpd->starting, false);
	if (door->daemon)
		return door;
	free(door);
	return NULL;
}

/* The socket stays open until the daemon is stopped: its threads may still look at it. */
static void door_leave(struct door *door)
{
	atomic_store(&door->leaving, true);
	MHD_quiesce_daemon(door->daemon);
}

/* Only when nothing is suspended and nothing can be any more. */
static void door_free(struct door *door)
{
	MHD_stop_daemon(door->daemon);
	close(door->listener.fd);
	free(door);
}

static bool has_tls(const struct listener *listeners, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (listeners[i].tls)
			return true;
	return false;
}

static bool start_pools(struct httpd *httpd)
{
	const struct config *config = httpd->app->config;
	unsigned cores = workers_cores();

	httpd->workers = workers_new(
		"worker", config->workers ? config->workers : cores + 2, HTTPD_MAX_QUEUE);
	httpd->hashers = workers_new("hasher", cores > 1 ? cores / 2 : 1, HTTPD_MAX_HASHES);
	return httpd->workers && httpd->hashers;
}

static bool open_doors(
	struct httpd *httpd, const struct listener *listeners, size_t count, const char **why)
{
	struct tls_pair pair = {0};
	size_t opened = 0;

	if (has_tls(listeners, count) &&
		!tls_load(httpd->app->config->arena, httpd->app->config, &pair, why))
		return false;
	for (; opened < count; opened++) {
		struct door *door = door_open(httpd, &listeners[opened], &pair);

		if (!door)
			break;
		door->next = httpd->doors;
		httpd->doors = door;
	}
	tls_wipe(&pair);
	if (opened == count)
		return true;
	listen_close((struct listener *)listeners + opened, count - opened);
	*why = arena_printf(httpd->app->config->arena, "cannot serve on %s", listeners[opened].url);
	return false;
}

struct httpd *httpd_start(
	struct app *app, const struct listener *listeners, size_t count, const char **why)
{
	struct arena *arena = arena_new();
	struct httpd *httpd = arena_alloc(arena, sizeof(*httpd));

	httpd->app = app;
	httpd->arena = arena;
	httpd->proxies = proxies_parse(app->config->arena, app->config->trusted_proxies, why);
	if (!httpd->proxies || !start_pools(httpd)) {
		if (httpd->proxies)
			*why = "cannot start threads";
		listen_close((struct listener *)listeners, count);
		httpd_stop(httpd);
		return NULL;
	}
	if (open_doors(httpd, listeners, count, why))
		return httpd;
	if (!httpd->doors)
		listen_close((struct listener *)listeners, count);
	httpd_stop(httpd);
	return NULL;
}

/* A second daemon on a duplicate of the socket; the first one stops accepting and is retired. */
static bool replace_door(struct httpd *httpd, struct door **place, const struct tls_pair *pair)
{
	struct door *old = *place;
	struct listener listener = old->listener;

	listener.fd = fcntl(old->listener.fd, F_DUPFD_CLOEXEC, 0);
	if (listener.fd < 0)
		return false;
	struct door *fresh = door_open(httpd, &listener, pair);

	if (!fresh) {
		close(listener.fd);
		return false;
	}
	fresh->next = old->next;
	*place = fresh;
	door_leave(old);
	old->deadline = clock_monotonic() +
		(int64_t)(httpd->app->config->timeout + HTTPD_GRACE) * SECOND;
	old->next = httpd->retired;
	httpd->retired = old;
	return true;
}

bool httpd_reload(struct httpd *httpd, const char **why)
{
	struct tls_pair pair;
	bool all = true;

	if (!httpd->app->config->tls_cert)
		return true;
	if (!tls_load(httpd->app->config->arena, httpd->app->config, &pair, why))
		return false;
	for (struct door **place = &httpd->doors; *place; place = &(*place)->next)
		if ((*place)->listener.tls && !replace_door(httpd, place, &pair))
			all = false;
	tls_wipe(&pair);
	if (!all)
		*why = "the new certificate could not be put to use on every address";
	return all;
}

static unsigned connections(const struct door *door)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		door->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

void httpd_tick(struct httpd *httpd)
{
	for (struct door **place = &httpd->retired; *place;) {
		struct door *door = *place;

		if (!connections(door) || clock_monotonic() > door->deadline)
			atomic_store(&door->closing, true);
		if (!atomic_load(&door->closing) || atomic_load(&door->suspended)) {
			place = &door->next;
			continue;
		}
		*place = door->next;
		door_free(door);
	}
}

/* Waits until a sum over all doors is 0. False: not within the time. */
static bool wait_for(struct door *const lists[2], bool suspended, unsigned seconds)
{
	int64_t deadline = clock_monotonic() + (int64_t)seconds * SECOND;
	const struct timespec step = {.tv_nsec = STEP};

	for (;;) {
		unsigned sum = 0;

		for (size_t i = 0; i < 2; i++)
			for (struct door *door = lists[i]; door; door = door->next)
				sum += atomic_load(suspended ? &door->suspended : &door->active);
		if (!sum)
			return true;
		if (clock_monotonic() > deadline)
			return false;
		nanosleep(&step, NULL);
	}
}

static void free_doors(struct door *door)
{
	while (door) {
		struct door *next = door->next;

		door_free(door);
		door = next;
	}
}

void httpd_stop(struct httpd *httpd)
{
	struct door *const lists[2] = {httpd->doors, httpd->retired};

	for (struct door *door = httpd->doors; door; door = door->next) {
		door_leave(door);
		if (!door->listener.passed) /* else the next start finds who waits */
			shutdown(door->listener.fd, SHUT_RDWR);
	}
	if (!wait_for(lists, false, HTTPD_GRACE))
		log_warn("stopping although requests are running for more than %u seconds",
			HTTPD_GRACE);
	for (size_t i = 0; i < 2; i++)
		for (struct door *door = lists[i]; door; door = door->next)
			atomic_store(&door->closing, true);
	if (!wait_for(lists, true, HTTPD_STUCK)) {
		/* The write-ahead table makes this safe; what was acknowledged is there at the next
		 * start. */
		log_error("a request does not come back from its worker; ending without it");
		_exit(EXIT_FAILURE);
	}
	free_doors(httpd->doors);
	free_doors(httpd->retired);
	workers_free(httpd->workers);
	workers_free(httpd->hashers);
	arena_free(httpd->arena);
}
