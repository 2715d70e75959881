/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets: from the configuration, from systemd (sd_listen_fds(3)), and the control
 * socket in the data folder.
 */
#ifndef SRC_LISTEN_H
#define SRC_LISTEN_H

#include "src/config.h"

#include <stdbool.h>
#include <stddef.h>

#define LISTEN_BACKLOG 1024
#define LISTEN_CONTROL "control.sock"

struct listener {
	int fd;
	bool tls;
	bool control; /* DATA/control.sock: who reaches it may do everything */
	bool passed;  /* systemd holds it, too: never shut down */
	char url[96]; /* "http://127.0.0.1:8080/" */
};

/* One entry of server.listen: [http://|https://]HOST:PORT; HOST a name, an address, [IPv6], "*" or
 * nothing for all. */
struct listen_address {
	const char *host; /* NULL: all addresses */
	const char *port;
	bool tls;
};
bool listen_parse(struct arena *arena, const char *text, bool tls, struct listen_address *address,
	const char **why);

/* Opens all that config->listen names, or takes what systemd passed. False with *why (what to do),
 * and nothing is open. */
bool listen_open(struct arena *arena, const struct config *config, struct listener **listeners,
	size_t *count, const char **why);
/* DATA/control.sock, 0600; a stale one is replaced (the caller holds the folder's lock). */
bool listen_control(
	struct arena *arena, const char *data, struct listener *listener, const char **why);
void listen_close(struct listener *listeners, size_t count);

#endif
