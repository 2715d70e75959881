/* SPDX-License-Identifier: ISC */
/*
 * What a reverse proxy says about its client: X-Forwarded-For, -Proto and -Host, believed only from
 * the addresses in server.trusted_proxies. Everything here is about strings; no socket.
 */
#ifndef SRC_PROXY_H
#define SRC_PROXY_H

#include "src/base/arena.h"
#include "webdav/dav.h"

#include <stdbool.h>
#include <sys/socket.h>

struct proxies;

/* "127.0.0.1, 10.0.0.0/8, fd00::/8, unix" (unix: peers on a passed AF_UNIX socket). NULL with *why.
 * Lives in the arena. */
const struct proxies *proxies_parse(struct arena *arena, const char *text, const char **why);
/* `peer`: an address in text form, or "unix". */
bool proxies_trust(const struct proxies *proxies, const char *peer);

/* A request as the client sent it, before any proxy. */
struct proxy_view {
	const char *remote; /* address in text form */
	const char *scheme; /* "http", "https" */
	const char *host;   /* "cal.example.org:8443"; NULL: no header said it */
};

/* Corrects `view` (filled with what the socket and the Host header say) from the headers. */
void proxy_resolve(const struct proxies *proxies, const struct dav_header *headers, size_t count,
	struct arena *arena, struct proxy_view *view);

/* "192.0.2.1", "2001:db8::1"; an IPv4-mapped address as IPv4; "unix" for AF_UNIX. */
const char *proxy_peer(struct arena *arena, const struct sockaddr *address);
/* Could be a Host header's value (RFC 9110 7.2): a name or address and perhaps a port, nothing
 * else. */
bool proxy_host_ok(const char *host);

#endif
