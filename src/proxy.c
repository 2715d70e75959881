/* SPDX-License-Identifier: ISC */
/*
 * Trusted proxies. Networks are kept as 128 bits, IPv4 as mapped (RFC 4291 2.5.5.2), so that one
 * comparison serves both. X-Forwarded-For grows to the right: the client is the rightmost address
 * that is not a trusted proxy itself; what stands left of it is the client's own claim.
 */
#include "src/proxy.h"

#include "src/base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define MAX_HOST 262 /* a name of 255 and ":65535" */

struct network {
	unsigned char address[16];
	unsigned bits;
};

struct proxies {
	struct network *networks;
	size_t count;
	bool local; /* "unix" */
};

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Text to 128 bits; *bits is the length of a whole address in the 128, 0 for IPv6 else 96: where
 * the prefix begins. */
static bool parse_address(const char *text, unsigned char out[16], unsigned *offset)
{
	if (inet_pton(AF_INET, text, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		*offset = 96;
		return true;
	}
	*offset = 0;
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool parse_network(struct arena *arena, const char *text, struct network *network)
{
	const char *slash = strchr(text, '/');
	const char *address = slash ? arena_strndup(arena, text, (size_t)(slash - text)) : text;
	uint64_t bits;
	unsigned offset;

	if (!parse_address(address, network->address, &offset))
		return false;
	network->bits = 128;
	if (!slash)
		return true;
	if (!text_to_u64(slash + 1, &bits) || bits > 128 - offset)
		return false;
	network->bits = offset + (unsigned)bits;
	return true;
}

static bool contains(const struct network *network, const unsigned char address[16])
{
	unsigned bytes = network->bits / 8;
	unsigned rest = network->bits % 8;

	if (memcmp(network->address, address, bytes) != 0)
		return false;
	if (!rest)
		return true;
	unsigned mask = 0xff00u >> rest & 0xff;

	return (network->address[bytes] & mask) == (address[bytes] & mask);
}

const struct proxies *proxies_parse(struct arena *arena, const char *text, const char **why)
{
	size_t count = 0;
	char **pieces = text_split(arena, text ? text : "", ',', &count);
	struct proxies *proxies = arena_alloc(arena, sizeof(*proxies));

	proxies->networks = arena_array(arena, count, sizeof(*proxies->networks));
	for (size_t i = 0; i < count; i++) {
		if (text_equal(pieces[i], "unix")) {
			proxies->local = true;
			continue;
		}
		if (!parse_network(arena, pieces[i], &proxies->networks[proxies->count])) {
			*why = arena_printf(arena,
				"trusted_proxies: \"%s\" is not an address or a network such as "
				"10.0.0.0/8",
				pieces[i]);
			return NULL;
		}
		proxies->count++;
	}
	return proxies;
}

bool proxies_trust(const struct proxies *proxies, const char *peer)
{
	unsigned char address[16];
	unsigned offset;

	if (text_equal(peer, "unix"))
		return proxies->local;
	if (!proxies->count || !parse_address(peer, address, &offset))
		return false;
	for (size_t i = 0; i < proxies->count; i++)
		if (contains(&proxies->networks[i], address))
			return true;
	return false;
}

/* An address as X-Forwarded-For has it, with brackets or a port from some proxies; NULL when it is
 * none. */
static const char *forwarded_address(struct arena *arena, const char *text)
{
	unsigned char address[16];
	unsigned offset;
	char *copy = arena_strdup(arena, text);
	char *end;

	if (*copy == '[') {
		copy++;
		end = strchr(copy, ']');
	} else {
		end = strchr(copy, ':');
		if (end && strchr(end + 1, ':'))
			end = NULL; /* IPv6 without brackets has no port */
	}
	if (end)
		*end = '\0';
	return parse_address(copy, address, &offset) ? copy : NULL;
}

/* All values of a header as one list (RFC 9110 5.3). */
static char **header_list(const struct dav_header *headers, size_t n_headers, struct arena *arena,
	const char *name, size_t *count)
{
	const char *all = "";

	for (size_t i = 0; i < n_headers; i++)
		if (text_equal_nocase(headers[i].name, name))
			all = arena_printf(arena, "%s,%s", all, headers[i].value);
	return text_split(arena, all, ',', count);
}

static const char *header_last(
	const struct dav_header *headers, size_t n_headers, struct arena *arena, const char *name)
{
	size_t count = 0;
	char **list = header_list(headers, n_headers, arena, name, &count);

	return count ? list[count - 1] : NULL;
}

void proxy_resolve(const struct proxies *proxies, const struct dav_header *headers, size_t count,
	struct arena *arena, struct proxy_view *view)
{
	size_t left = 0;

	if (!proxies_trust(proxies, view->remote))
		return;
	const char *proto = header_last(headers, count, arena, "X-Forwarded-Proto");
	const char *host = header_last(headers, count, arena, "X-Forwarded-Host");
	char **chain = header_list(headers, count, arena, "X-Forwarded-For", &left);

	if (text_equal_nocase(proto, "https"))
		view->scheme = "https";
	else if (text_equal_nocase(proto, "http"))
		view->scheme = "http";
	if (host && proxy_host_ok(host))
		view->host = host;
	while (left && proxies_trust(proxies, view->remote)) {
		const char *address = forwarded_address(arena, chain[--left]);

		if (!address)
			return;
		view->remote = address;
	}
}

const char *proxy_peer(struct arena *arena, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (!address || address->sa_family == AF_UNIX)
		return "unix";
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		if (memcmp(&in6.sin6_addr, mapped, sizeof(mapped)) == 0)
			inet_ntop(AF_INET, (char *)&in6.sin6_addr + 12, text, sizeof(text));
		else
			inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	}
	return arena_strdup(arena, text);
}

bool proxy_host_ok(const char *host)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "-._~%!$&'()*+,;=:[]";
	size_t len = strspn(host, fine);

	return len && !host[len] && len <= MAX_HOST;
}
