/* SPDX-License-Identifier: ISC */
/* Putting the parts together: the only place where the calendar library and the store meet. */
#include "src/app.h"

#include "ical/cal.h"
#include "src/auth.h"
#include "src/base/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_DATA "/var/lib/daybook"

static const char *absolute(struct arena *arena, const char *path)
{
	char *here;

	if (*path == '/')
		return arena_strdup(arena, path);
	here = getcwd(NULL, 0);
	if (!here)
		return arena_strdup(arena, path);
	path = arena_printf(arena, "%s/%s", here, path);
	free(here);
	return path;
}

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *app_data_dir(struct arena *arena, const struct config *config, const char *option)
{
	const char *set = option ? option : from_environment("DAYBOOK_DATA");

	if (!set)
		set = config->data;
	if (set)
		return absolute(arena, set);
	if (geteuid() == 0)
		return ROOT_DATA;
	const char *xdg = from_environment("XDG_DATA_HOME");
	const char *home = from_environment("HOME");

	if (xdg && *xdg == '/') /* the base directory specification: others are to be ignored */
		return arena_printf(arena, "%s/daybook", xdg);
	if (home)
		return arena_printf(arena, "%s/.local/share/daybook", home);
	return NULL;
}

/* A root shell must not leave files behind that the daemon can not read. */
static bool become_owner(struct arena *arena, const char *data, const char **why)
{
	struct stat st;

	if (geteuid() != 0 || stat(data, &st) != 0 || st.st_uid == 0)
		return true;
	const struct passwd *owner = getpwuid(st.st_uid);
	int groups = owner ? initgroups(owner->pw_name, st.st_gid) : setgroups(0, NULL);

	if (groups == 0 && setgid(st.st_gid) == 0 && setuid(st.st_uid) == 0)
		return true;
	*why = arena_printf(arena, "cannot become user %ju, who owns %s: %s", (uintmax_t)st.st_uid,
		data, strerror(errno));
	return false;
}

/* Folders above the data folder, as `mkdir -p` makes them; the store makes the last one. */
static void make_parents(struct arena *arena, const char *data)
{
	char *path = arena_strdup(arena, data);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return; /* the store says what is wrong */
		*slash = '/';
	}
}

static void report_all(void *payload, int level, const char *text)
{
	(void)payload;
	log_line((enum log_level)level, "%s", text);
}

/* Commands print their own answers; of the store's news only troubles matter there. */
static void report_trouble(void *payload, int level, const char *text)
{
	if (level <= LOG_LEVEL_WARN)
		report_all(payload, level, text);
}

enum store_code app_open(struct app *app, const struct config *config, const char *data,
	bool daemon, const char **why)
{
	const struct store_options options = {
		.inspect = cal_inspect,
		.report = daemon ? report_all : report_trouble,
		.no_maintenance = !daemon,
	};
	struct app opened = {.config = config, .data = data};

	make_parents(config->arena, data);
	if (!become_owner(config->arena, data, why))
		return STORE_FAILED;
	cal_init();
	enum store_code code = store_open(&opened.store, data, &options, why);

	if (code == STORE_BUSY)
		*why = arena_printf(config->arena,
			"%s is in use by another Daybook process; stop that one, or name another "
			"folder with --data DIR",
			data);
	if (code != STORE_OK)
		return code;
	const struct dav_config dav = {
		.store = opened.store,
		.max_resource_size = config->max_resource_size,
		.max_file_size = config->max_file_size,
		.min_date_time = config->min_date_time,
		.max_date_time = config->max_date_time,
		.max_instances = config->max_instances,
		.max_attendees = config->max_attendees,
		.quota = config->quota,
		.search = (enum dav_search)config->search,
		.public_url = config->public_url,
		.follow = daemon,
	};

	opened.dav = dav_server_new(&dav);
	opened.auth = auth_new(opened.store, config);
	*app = opened;
	return STORE_OK;
}

void app_close(struct app *app)
{
	auth_free(app->auth);
	dav_server_free(app->dav);
	store_close(app->store);
	*app = (struct app){0};
}
