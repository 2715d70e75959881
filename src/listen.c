/* SPDX-License-Identifier: ISC */
/*
 * Opening sockets. An entry may resolve to several addresses ("localhost"): each gets a socket of
 * its own. "[::]" takes IPv4, too, unless the list has an IPv4 entry for the same port.
 */
#include "src/listen.h"

#include "src/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* What is being collected. */
struct opening {
	struct arena *arena;
	const struct config *config;
	struct listener *list;
	size_t count, cap;
	const char *why;
};

bool listen_parse(struct arena *arena, const char *text, bool tls, struct listen_address *address,
	const char **why)
{
	struct listen_address found = {.tls = tls};
	const char *rest = text;
	uint64_t port;

	if (text_starts(rest, "https://"))
		found.tls = true, rest += strlen("https://");
	else if (text_starts(rest, "http://"))
		found.tls = false, rest += strlen("http://");
	char *host = arena_strdup(arena, rest);
	size_t len = strlen(host);

	if (len && host[len - 1] == '/')
		host[--len] = '\0';
	char *colon = strrchr(host, ':');

	if (!colon || !text_to_u64(colon + 1, &port) || port > UINT16_MAX) {
		*why = arena_printf(arena,
			"\"%s\" is not an address to listen on; write ADDRESS:PORT, for example "
			"127.0.0.1:8080 or [::]:8080",
			text);
		return false;
	}
	*colon = '\0';
	found.port = colon + 1;
	len = strlen(host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		host++;
	} else if (strchr(host, ':')) {
		*why = arena_printf(arena, "\"%s\": write an IPv6 address in brackets: [%s]:%s",
			text, host, found.port);
		return false;
	}
	found.host = *host && !text_equal(host, "*") ? host : NULL;
	*address = found;
	return true;
}

static const char *bind_fault(struct arena *arena, const char *where, int error)
{
	switch (error) {
	case EADDRINUSE:
		return arena_printf(arena,
			"%s is in use: another Daybook or another server runs there; stop it, or "
			"choose another port with --listen",
			where);
	case EACCES:
	case EPERM:
		return arena_printf(arena,
			"no permission to listen on %s: ports below 1024 need root, systemd's "
			"socket activation or a proxy; choose another port with --listen",
			where);
	case EADDRNOTAVAIL:
		return arena_printf(arena, "%s is not an address of this machine", where);
	default:
		return arena_printf(arena, "cannot listen on %s: %s", where, strerror(error));
	}
}

/* "http://[::1]:8080/" from the socket itself: the port may have been 0. */
static void name_listener(struct listener *listener)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	char host[64] = "?", port[8] = "0";
	const char *scheme = listener->tls ? "https" : "http";

	if (getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0)
		return;
	if (address.ss_family == AF_UNIX) {
		snprintf(listener->url, sizeof(listener->url), "%s+unix:", scheme);
		return;
	}
	getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(listener->url, sizeof(listener->url),
		address.ss_family == AF_INET6 ? "%s://[%s]:%s/" : "%s://%s:%s/", scheme, host,
		port);
}

static void add(struct opening *opening, struct listener listener)
{
	name_listener(&listener);
	opening->list = arena_grow(opening->arena, opening->list, &opening->cap, opening->count + 1,
		sizeof(*opening->list));
	opening->list[opening->count++] = listener;
}

static int open_one(const struct addrinfo *info, bool only_v6)
{
	int on = 1, v6 = only_v6;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6, sizeof(v6));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* Is there an IPv4 entry for this port, too? Then "[::]" must leave IPv4 to it. */
static bool has_v4(const struct listen_address *all, size_t count, const char *port)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(all[i].port, port) && all[i].host && !strchr(all[i].host, ':'))
			return true;
	return false;
}

static bool open_address(
	struct opening *opening, const struct listen_address *address, bool only_v6)
{
	const char *host = address->host;
	const char *where = arena_printf(opening->arena, "%s:%s", host ? host : "*", address->port);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *found = NULL;
	int error = EADDRNOTAVAIL;
	bool any = false;

	hints.ai_family = host ? AF_UNSPEC : AF_INET6;
	int code = getaddrinfo(host, address->port, &hints, &found);

	if (code != 0) {
		opening->why = arena_printf(
			opening->arena, "cannot listen on %s: %s", where, gai_strerror(code));
		return false;
	}
	for (struct addrinfo *info = found; info; info = info->ai_next) {
		int fd = open_one(info, only_v6);

		if (fd < 0) {
			error = errno;
			continue;
		}
		add(opening, (struct listener){.fd = fd, .tls = address->tls});
		any = true;
	}
	freeaddrinfo(found);
	if (!any && !host && error == EAFNOSUPPORT) { /* a machine without IPv6 */
		struct listen_address v4 = {"0.0.0.0", address->port, address->tls};

		return open_address(opening, &v4, false);
	}
	if (!any)
		opening->why = bind_fault(opening->arena, where, error);
	return any;
}

static bool open_configured(struct opening *opening)
{
	const struct config *config = opening->config;
	bool tls = config->tls_cert != NULL;
	size_t count = 0;
	char **entries = text_split(opening->arena, config->listen, ',', &count);
	struct listen_address *all = arena_array(opening->arena, count, sizeof(*all));

	if (!count)
		opening->why = "server.listen is empty; write for example 127.0.0.1:8080";
	for (size_t i = 0; i < count; i++)
		if (!listen_parse(opening->arena, entries[i], tls, &all[i], &opening->why))
			return false;
	for (size_t i = 0; i < count; i++) {
		if (all[i].tls && !tls) {
			opening->why = "an https:// address needs --tls-cert and --tls-key";
			return false;
		}
		if (!open_address(opening, &all[i], has_v4(all, count, all[i].port)))
			return false;
	}
	return count > 0;
}

/* Sockets that systemd opened; 0 when it passed none. */
static int take_passed(struct opening *opening)
{
	int count = sd_listen_fds(1);

	for (int i = 0; i < count; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
			opening->why =
				"a socket that systemd passed is not a listening stream socket";
			return -1;
		}
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		add(opening,
			(struct listener){.fd = fd,
				.tls = opening->config->tls_cert != NULL,
				.passed = true});
	}
	return count;
}

bool listen_open(struct arena *arena, const struct config *config, struct listener **listeners,
	size_t *count, const char **why)
{
	struct opening opening = {.arena = arena, .config = config};
	int passed = take_passed(&opening);

	if (passed < 0 || (passed == 0 && !open_configured(&opening))) {
		listen_close(opening.list, opening.count);
		*why = opening.why;
		return false;
	}
	*listeners = opening.list;
	*count = opening.count;
	return true;
}

void listen_close(struct listener *listeners, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(listeners[i].fd);
}

/* sun_path holds 108 bytes; a data folder may lie deeper: go through its descriptor. The caller
 * closes *folder. */
static bool control_address(const char *data, struct sockaddr_un *address, int *folder)
{
	int fd = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/" LISTEN_CONTROL,
		fd);
	*folder = fd;
	return true;
}

bool listen_control(
	struct arena *arena, const char *data, struct listener *listener, const char **why)
{
	struct sockaddr_un address = {0};
	int folder, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !control_address(data, &address, &folder)) {
		*why = arena_printf(arena, "%s: %s", data, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	unlinkat(folder, LISTEN_CONTROL, 0);
	mode_t before = umask(0177);
	bool bound = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, LISTEN_BACKLOG) == 0;

	if (!bound)
		*why = arena_printf(
			arena, "cannot create %s/" LISTEN_CONTROL ": %s", data, strerror(errno));
	umask(before);
	close(folder);
	if (!bound) {
		close(fd);
		return false;
	}
	*listener = (struct listener){.fd = fd, .control = true};
	snprintf(listener->url, sizeof(listener->url), "control socket");
	return true;
}
