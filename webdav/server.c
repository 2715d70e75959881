/* SPDX-License-Identifier: ISC */
/* A dav_server from its configuration. */
#include "webdav/server.h"

#include "webdav/birthdays.h"
#include "webdav/mark.h"
#include "webdav/share.h"

#include "src/base/text.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

/* "cal.example.org:8443" of "https://cal.example.org:8443/". */
static const char *host_of(struct arena *arena, const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;

	return host ? arena_strndup(arena, host + 3, strcspn(host + 3, "/?#")) : NULL;
}

static struct cal_bounds bounds_of(const struct dav_config *config)
{
	return (struct cal_bounds){
		.min = config->min_date_time ? config->min_date_time : CAL_MIN_DATE_TIME,
		.max = config->max_date_time ? config->max_date_time : CAL_MAX_DATE_TIME,
		.instances = config->max_instances ? config->max_instances : CAL_MAX_INSTANCES,
		.attendees = config->max_attendees ? config->max_attendees : CAL_MAX_ATTENDEES,
	};
}

struct dav_server *dav_server_new(const struct dav_config *config)
{
	struct arena *arena = arena_new();
	struct dav_server *server = arena_alloc(arena, sizeof(*server));

	xmlInitParser(); /* before threads */
	server->arena = arena;
	server->store = config->store;
	server->max_resource_size = config->max_resource_size ? config->max_resource_size
							      : DAV_MAX_BODY;
	server->max_file_size = config->max_file_size ? config->max_file_size : DAV_MAX_FILE;
	server->bounds = bounds_of(config);
	server->quota = config->quota;
	server->search = config->search;
	server->public_host = host_of(arena, config->public_url);
	server->marks = dav_marks_new();
	store_watch(server->store, dav_shares_follow, server->store);
	server->birthdays = dav_birthdays_new(server->store, config->follow);
	return server;
}

void dav_server_free(struct dav_server *server)
{
	if (!server)
		return;
	dav_birthdays_free(server->birthdays);
	store_watch(server->store, NULL, NULL);
	dav_marks_free(server->marks);
	arena_free(server->arena);
}
