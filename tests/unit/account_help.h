/* SPDX-License-Identifier: ISC */
/* For tests that link storage/ alone: a user goes without what webdav/people.h does besides. */
#ifndef TESTS_UNIT_ACCOUNT_HELP_H
#define TESTS_UNIT_ACCOUNT_HELP_H

#include "storage/account.h"

static inline __attribute__((unused)) enum store_code account_take_away(
	struct store *store, const char *name)
{
	struct store_change changes[ACCOUNT_REMOVAL_CHANGES];
	struct store_credential credential;
	struct store_snapshot *snapshot = store_snapshot(store);
	struct arena *arena = arena_new();
	struct account account;
	struct store_write write = {.changes = changes,
		.credentials = &credential,
		.n_credentials = 1,
		.subject = "Daybook removed somebody"};
	enum store_code code = STORE_NOT_FOUND;

	if (account_find(store, snapshot, arena, name, &account)) {
		write.n_changes = account_removal(snapshot, arena, &account, changes, &credential);
		code = store_commit(store, &write, NULL);
	}
	store_snapshot_free(snapshot);
	arena_free(arena);
	return code;
}

#endif
