/* SPDX-License-Identifier: ISC */
/*
 * Settings: one file of sections and `key = value` (read with inih), overridden by options. The
 * table in config.c is the list of keys, their types, limits and defaults; etc/daybook.conf
 * documents all. An unknown key is refused with file and line.
 */
#ifndef SRC_CONFIG_H
#define SRC_CONFIG_H

#include "src/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE "/etc/daybook/daybook.conf"

struct config {
	struct arena *arena;
	/* [server] */
	const char *listen;          /* "127.0.0.1:8080"; "[::]:8080"; a comma separates several */
	const char *public_url;      /* NULL: from the request */
	const char *trusted_proxies; /* comma list of addresses or CIDR; "" none */
	const char *tls_cert, *tls_key;
	const char *data; /* NULL: by app_data_dir */
	unsigned threads; /* poll threads; 0: 2 */
	unsigned workers; /* 0: number of cores + 2 */
	unsigned max_connections;
	unsigned timeout; /* seconds without a byte */
	/* [log] */
	const char *log_level; /* error, warn, info, debug */
	bool access_log;
	/* [limits] */
	size_t max_resource_size, max_file_size;
	int64_t min_date_time, max_date_time;
	unsigned max_instances, max_attendees;
	size_t quota; /* 0: none */
	/* [auth] */
	bool throttle;
	bool trust_on_first_use;
	bool require_device_password;
	const char *admin_password_file;
	/* [people] */
	unsigned search; /* enum dav_search: who finds whom */
};

/* All defaults. */
struct config *config_new(void);
void config_free(struct config *config);
/* Reads a file over the defaults. False with *why ("FILE:LINE: unknown key …"). */
bool config_read(struct config *config, const char *file, const char **why);
/* Sets one key by "section.key" from text, as the file does (options use this, too). */
bool config_set(struct config *config, const char *key, const char *value, const char **why);
/* What a command starts with: the defaults, and over them `file`, or (NULL) CONFIG_FILE where that
 * exists. NULL with *why. */
struct config *config_open(const char *file, const char **why);
/* The names of all keys ("server.listen"), in the order of the table; NULL past the end. */
const char *config_key(size_t index);

#endif
