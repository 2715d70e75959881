/* SPDX-License-Identifier: ISC */
/*
 * What a running Daybook is made of: built once by app_open from the configuration, used by the
 * daemon (cmd_serve.c) and, without a socket, by every command.
 */
#ifndef SRC_APP_H
#define SRC_APP_H

#include "src/config.h"
#include "storage/store.h"
#include "webdav/dav.h"

struct auth; /* auth.h */

struct app {
	const struct config *config;
	const char *data; /* the data folder, absolute */
	struct store *store;
	struct dav_server *dav;
	struct auth *auth;
};

/* The data folder by precedence: --data, DAYBOOK_DATA, config, /var/lib/daybook as root, XDG data
 * home. In the arena. */
const char *app_data_dir(struct arena *arena, const struct config *config, const char *option);

/* Opens the store and what stands on it. `daemon`: background threads, watching. STORE_BUSY:
 * another process has the folder. When the running user is root and the folder belongs to somebody
 * else, becomes its owner first. */
enum store_code app_open(struct app *app, const struct config *config, const char *data,
	bool daemon, const char **why);
void app_close(struct app *app);

#endif
