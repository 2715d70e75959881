/* SPDX-License-Identifier: ISC */
/* The administrator of a fresh data folder. */
#include "src/bootstrap.h"

#include "src/base/log.h"
#include "storage/account.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 5
#define GROUP_LEN 4 /* 20 letters of 31: 99 bits */

bool bootstrap_password(const struct config *config, const char **password, const char **why)
{
	const char *environment = getenv("DAYBOOK_ADMIN_PASSWORD");
	const char *file = config->admin_password_file;
	char line[ACCOUNT_MAX_PASSWORD + 2] = "";

	*password = NULL;
	if (environment && *environment) {
		*password = arena_strdup(config->arena, environment);
		return true;
	}
	if (!file)
		return true;
	FILE *in = fopen(file, "re");
	bool got = in && fgets(line, sizeof(line), in);

	if (!got)
		*why = arena_printf(config->arena, "%s: no password could be read: %s", file,
			in ? "the file is empty" : strerror(errno));
	if (in)
		fclose(in);
	line[strcspn(line, "\r\n")] = '\0';
	if (got && !*line)
		*why = arena_printf(config->arena, "%s: its first line is empty", file);
	if (*line)
		*password = arena_strdup(config->arena, line);
	explicit_bzero(line, sizeof(line));
	return *password != NULL;
}

static bool somebody_can_log_in(struct store *store, struct account *admin, bool *has_admin)
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct arena *arena = arena_new();
	size_t count = 0;
	struct account *all = account_list(store, snapshot, arena, &count);
	bool any = false;

	*has_admin = account_find(store, snapshot, arena, BOOTSTRAP_ADMIN, admin);
	for (size_t i = 0; i < count; i++)
		any = any || all[i].has_password;
	arena_free(arena);
	store_snapshot_free(snapshot);
	return any;
}

/* Without letters and digits that look alike. */
static void make_up(char out[GROUPS * (GROUP_LEN + 1)])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
	size_t len = 0;

	for (int group = 0; group < GROUPS; group++) {
		if (group)
			out[len++] = '-';
		for (int i = 0; i < GROUP_LEN; i++)
			out[len++] = letters[randombytes_uniform(sizeof(letters) - 1)];
	}
	out[len] = '\0';
}

static enum store_code give_admin(
	struct app *app, bool has_admin, const char *password, const char **why)
{
	static struct store_result result; /* *why may point into it */
	const struct account_spec spec = {
		.name = BOOTSTRAP_ADMIN,
		.password = password,
		.admin = true,
		.with_defaults = true,
	};
	enum store_code code;

	if (has_admin)
		code = account_set_password(app->store, BOOTSTRAP_ADMIN, password);
	else
		code = account_create(app->store, &spec, NULL, &result);
	*why = result.text;
	return code == STORE_UNCHANGED ? STORE_OK : code;
}

bool bootstrap_admin(struct app *app, const char *password, const char **why)
{
	struct account admin;
	bool has_admin;
	char made[GROUPS * (GROUP_LEN + 1)];

	if (somebody_can_log_in(app->store, &admin, &has_admin))
		return true;
	make_up(made);
	if (give_admin(app, has_admin, password ? password : made, why) != STORE_OK)
		return false;
	if (password)
		log_info("created the user \"%s\"", BOOTSTRAP_ADMIN);
	else
		fprintf(stderr,
			"\n  user: %s\n  admin password: %s\n"
			"  (shown only this once; \"daybook user passwd %s\" changes it)\n\n",
			BOOTSTRAP_ADMIN, made, BOOTSTRAP_ADMIN);
	explicit_bzero(made, sizeof(made));
	return true;
}
