/* SPDX-License-Identifier: ISC */
/* Trusted proxies: who is believed, whose address counts; and the addresses to listen on. */
#include "src/listen.h"
#include "src/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *list, *peer;
	bool trusted;
} trust_rows[] = {
	{"", "127.0.0.1", false},
	{"127.0.0.1", "127.0.0.1", true},
	{"127.0.0.1", "127.0.0.2", false},
	{"10.0.0.0/8", "10.200.3.4", true},
	{"10.0.0.0/8", "11.0.0.1", false},
	{"10.128.0.0/9", "10.127.255.255", false},
	{"10.128.0.0/9", "10.128.0.0", true},
	{"0.0.0.0/0", "203.0.113.9", true},
	{"0.0.0.0/0", "2001:db8::1", false},
	{"::/0", "2001:db8::1", true},
	{"fd00::/8, 192.0.2.7", "fdab::1", true},
	{"fd00::/8, 192.0.2.7", "192.0.2.7", true},
	{"::1", "::1", true},
	{"2001:db8::/33", "2001:db8:8000::1", false},
	{"unix", "unix", true},
	{"127.0.0.1", "unix", false},
	{"127.0.0.1", "nonsense", false},
};

static void test_trust(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(trust_rows) / sizeof(*trust_rows); i++) {
		struct arena *arena = arena_new();
		const char *why;
		const struct proxies *proxies = proxies_parse(arena, trust_rows[i].list, &why);

		assert_non_null(proxies);
		if (proxies_trust(proxies, trust_rows[i].peer) != trust_rows[i].trusted)
			fail_msg("%s in \"%s\"", trust_rows[i].peer, trust_rows[i].list);
		arena_free(arena);
	}
}

static void test_bad_lists(void **state)
{
	(void)state;
	static const char *const lists[] = {
		"10.0.0.0/33", "::/129", "proxy.example.org", "10.0.0/8", "1.2.3.4/", "1.2.3.4/-1"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct arena *arena = arena_new();
		const char *why = NULL;

		assert_null(proxies_parse(arena, lists[i], &why));
		assert_non_null(strstr(why, "trusted_proxies"));
		arena_free(arena);
	}
}

static const struct {
	const char *name, *peer, *forwarded, *proto, *host;
	const char *want_remote, *want_scheme, *want_host;
} view_rows[] = {
	{"nothing said", "10.0.0.1", NULL, NULL, NULL, "10.0.0.1", "http", "inner"},
	{"one proxy", "10.0.0.1", "198.51.100.7", "https", "cal.example.org:8443", "198.51.100.7",
		"https", "cal.example.org:8443"},
	{"a client's claim on the left", "10.0.0.1", "1.1.1.1, 198.51.100.7", "https", NULL,
		"198.51.100.7", "https", "inner"},
	{"two proxies", "10.0.0.1", "198.51.100.7, 10.9.9.9", "http,https", NULL, "198.51.100.7",
		"https", "inner"},
	{"all trusted", "10.0.0.1", "10.1.1.1, 10.2.2.2", NULL, NULL, "10.1.1.1", "http", "inner"},
	{"with a port", "10.0.0.1", "198.51.100.7:4711", NULL, NULL, "198.51.100.7", "http",
		"inner"},
	{"IPv6 in brackets", "10.0.0.1", "[2001:db8::1]:99", NULL, NULL, "2001:db8::1", "http",
		"inner"},
	{"IPv6 bare", "10.0.0.1", "2001:db8::1", NULL, NULL, "2001:db8::1", "http", "inner"},
	{"nonsense", "10.0.0.1", "unknown", "gopher", "evil/host", "10.0.0.1", "http", "inner"},
	{"a stranger", "203.0.113.1", "198.51.100.7", "https", "cal.example.org", "203.0.113.1",
		"http", "inner"},
};

static void test_view(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(view_rows) / sizeof(*view_rows); i++) {
		struct arena *arena = arena_new();
		const char *why;
		const struct proxies *proxies = proxies_parse(arena, "10.0.0.0/8", &why);
		struct dav_header headers[3];
		size_t count = 0;
		struct proxy_view view = {view_rows[i].peer, "http", "inner"};

		if (view_rows[i].forwarded)
			headers[count++] = (struct dav_header){
				"x-forwarded-for", view_rows[i].forwarded};
		if (view_rows[i].proto)
			headers[count++] = (struct dav_header){
				"X-Forwarded-Proto", view_rows[i].proto};
		if (view_rows[i].host)
			headers[count++] = (struct dav_header){
				"X-Forwarded-Host", view_rows[i].host};
		proxy_resolve(proxies, headers, count, arena, &view);
		if (strcmp(view.remote, view_rows[i].want_remote) != 0 ||
			strcmp(view.scheme, view_rows[i].want_scheme) != 0 ||
			strcmp(view.host, view_rows[i].want_host) != 0)
			fail_msg("%s: %s %s %s", view_rows[i].name, view.remote, view.scheme,
				view.host);
		arena_free(arena);
	}
}

static void test_peer(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
	assert_string_equal(proxy_peer(arena, (struct sockaddr *)&in), "192.0.2.1");
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6.sin6_addr);
	assert_string_equal(proxy_peer(arena, (struct sockaddr *)&in6), "192.0.2.1");
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	assert_string_equal(proxy_peer(arena, (struct sockaddr *)&in6), "2001:db8::1");
	assert_string_equal(proxy_peer(arena, NULL), "unix");
	arena_free(arena);
}

static void test_host(void **state)
{
	(void)state;
	assert_true(proxy_host_ok("cal.example.org:8443"));
	assert_true(proxy_host_ok("[::1]:80"));
	assert_false(proxy_host_ok(""));
	assert_false(proxy_host_ok("a/b"));
	assert_false(proxy_host_ok("a b"));
	assert_false(proxy_host_ok("a<script>"));
	assert_false(proxy_host_ok("user@host"));
}

static const struct {
	const char *text, *host, *port; /* port NULL: refused */
	bool tls;
} listen_rows[] = {
	{"127.0.0.1:8080", "127.0.0.1", "8080", false},
	{"[::1]:0", "::1", "0", false},
	{":80", NULL, "80", false},
	{"*:80", NULL, "80", false},
	{"https://[::]:443/", "::", "443", true},
	{"localhost:1", "localhost", "1", false},
	{"8080", NULL, NULL, false},
	{"::1:80", NULL, NULL, false},
	{"127.0.0.1:http", NULL, NULL, false},
	{"127.0.0.1:70000", NULL, NULL, false},
};

static void test_listen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(listen_rows) / sizeof(*listen_rows); i++) {
		struct arena *arena = arena_new();
		struct listen_address address;
		const char *why = NULL;
		bool ok = listen_parse(arena, listen_rows[i].text, false, &address, &why);

		if (ok != (listen_rows[i].port != NULL))
			fail_msg("%s", listen_rows[i].text);
		if (ok) {
			assert_string_equal(address.port, listen_rows[i].port);
			assert_string_equal(address.host ? address.host : "*",
				listen_rows[i].host ? listen_rows[i].host : "*");
			assert_int_equal(address.tls, listen_rows[i].tls);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_bad_lists),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
