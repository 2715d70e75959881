/* SPDX-License-Identifier: ISC */
/*
 * daybook serve: settings, sockets, data folder, HTTP; then it waits for signals: SIGTERM and
 * SIGINT end it, SIGHUP reads the certificate again. The order matters: sockets and secret files
 * are opened while the process may still be root, and the data folder's trouble is told before a
 * port's.
 */
#include "src/app.h"
#include "src/base/log.h"
#include "src/base/text.h"
#include "src/bootstrap.h"
#include "src/cli.h"
#include "src/commands.h"
#include "src/httpd.h"
#include "src/listen.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define SPARE_FILES                                                                                \
	256 /* descriptors for packs, the database and so on, beside two for each connection */

struct serving {
	struct cli cli;
	struct config *config;
	const char *listen, *public_url, *tls_cert, *tls_key, *password_file;
	const char *password; /* of the first administrator */
	struct listener *listeners;
	size_t n_listeners;
	struct app app;
	struct httpd *httpd;
};

static bool override(struct serving *serving, const char **why)
{
	const struct {
		const char *key, *value;
	} options[] = {
		{"server.listen", serving->listen},
		{"server.public_url", serving->public_url},
		{"server.tls_cert", serving->tls_cert},
		{"server.tls_key", serving->tls_key},
		{"auth.admin_password_file", serving->password_file},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].value &&
			!config_set(serving->config, options[i].key, options[i].value, why))
			return false;
	if (!serving->config->tls_cert != !serving->config->tls_key) {
		*why = "tls_cert and tls_key belong together: give both";
		return false;
	}
	return true;
}

/* Each connection is a descriptor; the usual soft limit is 1024. */
static void raise_file_limit(const struct config *config)
{
	rlim_t want = 2 * (rlim_t)config->max_connections + SPARE_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < want)
		log_warn("max_connections is %u, but only %ju files may be open",
			config->max_connections, (uintmax_t)limit.rlim_cur);
}

/* All threads inherit the mask; wait_for_end takes the signals one by one. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static bool open_folder(struct serving *serving, const char **why)
{
	struct config *config = serving->config;
	const char *listen_fault = NULL;
	const char *data = app_data_dir(config->arena, config, serving->cli.data);

	if (!data) {
		*why = "no data folder is known: name one with --data DIR";
		return false;
	}
	if (!bootstrap_password(config, &serving->password, why))
		return false;
	listen_open(
		config->arena, config, &serving->listeners, &serving->n_listeners, &listen_fault);
	if (app_open(&serving->app, config, data, true, why) != STORE_OK)
		return false;
	fprintf(stderr, "data folder: %s\n", data);
	if (listen_fault) {
		*why = listen_fault;
		return false;
	}
	if (!bootstrap_admin(&serving->app, serving->password, why))
		return false;
	bootstrap_books(&serving->app);
	return true;
}

static bool open_doors(struct serving *serving, const char **why)
{
	struct arena *arena = serving->config->arena;
	size_t count = serving->n_listeners;
	struct listener *all = arena_array(arena, count + 1, sizeof(*all));

	memcpy(all, serving->listeners, count * sizeof(*all));
	if (!listen_control(arena, serving->app.data, &all[count], why))
		return false;
	serving->n_listeners = 0; /* httpd_start takes them over */
	serving->httpd = httpd_start(&serving->app, all, count + 1, why);
	if (!serving->httpd)
		return false;
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "listening on %s\n", all[i].url);
	return true;
}

static void reload(struct serving *serving)
{
	struct timespec now;
	const char *why;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%ju",
		(uintmax_t)now.tv_sec * 1000000 + (uintmax_t)now.tv_nsec / 1000);
	if (!httpd_reload(serving->httpd, &why))
		log_error("reload: %s; the old certificate stays in use", why);
	else
		log_info("reloaded");
	sd_notify(0, "READY=1");
}

static void wait_for_end(struct serving *serving, const sigset_t *signals)
{
	const struct timespec second = {.tv_sec = 1};

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &second);

		if (signal == SIGTERM || signal == SIGINT)
			return;
		if (signal == SIGHUP)
			reload(serving);
		httpd_tick(serving->httpd);
	}
}

static void close_all(struct serving *serving)
{
	if (serving->httpd)
		httpd_stop(serving->httpd);
	listen_close(serving->listeners, serving->n_listeners);
	if (serving->app.store) {
		char *path = arena_printf(
			serving->config->arena, "%s/" LISTEN_CONTROL, serving->app.data);

		unlink(path);
		app_close(&serving->app);
	}
	config_free(serving->config);
	cli_end(&serving->cli);
}

static int serve(struct serving *serving)
{
	const char *why = "";
	sigset_t signals;

	serving->config = config_open(serving->cli.config_file, &why);
	if (!serving->config || !override(serving, &why))
		return cli_fail("%s", why);
	log_set_level((enum log_level)log_level_from_name(serving->config->log_level));
	if (sodium_init() < 0)
		return cli_fail("libsodium does not start");
	block_signals(&signals);
	raise_file_limit(serving->config);
	if (!open_folder(serving, &why) || !open_doors(serving, &why))
		return cli_fail("%s", why);
	sd_notify(0, "READY=1\nSTATUS=Serving");
	wait_for_end(serving, &signals);
	sd_notify(0, "STOPPING=1");
	log_info("stopping");
	return 0;
}

static const char about[] =
	"Runs the server. Without options it listens on 127.0.0.1:8080 and keeps its data in\n"
	"/var/lib/daybook (as root) or ~/.local/share/daybook. The first start creates the user\n"
	"\"admin\" and prints its password. SIGTERM ends it, SIGHUP reads the certificate again.\n";

int cmd_serve(int argc, char **argv)
{
	struct serving serving = {0};
	const struct cli_option options[] = {
		{"listen", 0, "ADDR:PORT",
			"where to listen; several with commas; port 0: a free one",
			&serving.listen},
		{"public-url", 0, "URL", "how clients reach this server", &serving.public_url},
		{"tls-cert", 0, "FILE", "certificate chain (PEM)", &serving.tls_cert},
		{"tls-key", 0, "FILE", "its key (PEM)", &serving.tls_key},
		{"admin-password-file", 0, "FILE",
			"first line: password of the first administrator", &serving.password_file},
	};

	serving.cli = (struct cli){
		.usage = "serve [OPTIONS]",
		.about = about,
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
	};
	int code = cli_parse(&serving.cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = serve(&serving);
	close_all(&serving);
	return code;
}
