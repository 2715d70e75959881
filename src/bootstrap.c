/* SPDX-License-Identifier: ISC */
/* The administrator of a fresh data folder; address books for the users of an older one. */
#include "src/bootstrap.h"

#include "src/base/log.h"
#include "storage/account.h"
#include "storage/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_SIZE 64 /* a UUID and more */

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

/* Can anybody manage the household? *id: of the admin in the repository, "" when there is none. */
static bool has_admin(struct store *store, char id[ID_SIZE])
{
	struct store_snapshot *snapshot = store_snapshot(store);
	struct arena *arena = arena_new();
	size_t count = 0;
	struct account *all = account_list(store, snapshot, arena, &count);
	struct account admin;
	bool any = false;

	*id = '\0';
	if (account_find(store, snapshot, arena, BOOTSTRAP_ADMIN, &admin))
		snprintf(id, ID_SIZE, "%s", admin.id);
	for (size_t i = 0; i < count; i++)
		any = any || (all[i].admin && all[i].has_password);
	arena_free(arena);
	store_snapshot_free(snapshot);
	return any;
}

static enum store_code create_admin(
	struct store *store, const char *password, struct store_result *result)
{
	const struct account_spec spec = {
		.name = BOOTSTRAP_ADMIN,
		.password = password,
		.admin = true,
		.with_defaults = true,
	};

	return account_create(store, &spec, NULL, result);
}

/* The principal came with the repository, role and password did not; or somebody took the name
 * before the first start. A password that nobody vouches for does not become an administrator's. */
static enum store_code revive_admin(
	struct store *store, const char *id, const char *password, struct store_result *result)
{
	const struct store_credential role = {.principal_id = id, .admin = 1};
	const struct store_write write = {.credentials = &role, .n_credentials = 1};
	enum store_code code = account_set_password(store, BOOTSTRAP_ADMIN, password);

	if (code != STORE_OK)
		return code;
	code = store_commit(store, &write, result);
	return code == STORE_UNCHANGED ? STORE_OK : code;
}

bool bootstrap_admin(struct app *app, const char *password, const char **why)
{
	struct store_result result = {0};
	char id[ID_SIZE], made[DEVICE_SECRET_SIZE];
	enum store_code code;

	if (has_admin(app->store, id))
		return true;
	device_make_up(made);
	const char *first = password ? password : made;

	if (*id)
		code = revive_admin(app->store, id, first, &result);
	else
		code = create_admin(app->store, first, &result);
	if (code != STORE_OK) {
		*why = arena_printf(app->config->arena, "the user \"%s\" could not be created: %s",
			BOOTSTRAP_ADMIN, *result.text ? result.text : "the store refused it");
		return false;
	}
	if (password)
		log_info("gave the user \"%s\" its first password", BOOTSTRAP_ADMIN);
	else
		fprintf(stderr,
			"\n  user: %s\n  admin password: %s\n"
			"  (shown only this once; \"daybook user passwd %s\" changes it)\n\n",
			BOOTSTRAP_ADMIN, made, BOOTSTRAP_ADMIN);
	explicit_bzero(made, sizeof(made));
	return true;
}

void bootstrap_books(struct app *app)
{
	struct store_result result = {0};
	enum store_code code = account_complete(app->store, &result);

	if (code == STORE_OK)
		log_info("gave the address book \"contacts\" to all users who had none yet");
	else if (code != STORE_UNCHANGED)
		log_warn("could not give address books to the users who have none: %s",
			*result.text ? result.text : "the store refused it");
}
