/* SPDX-License-Identifier: ISC */
/* What a birthday calendar lacks: between birthdays_plan.c, which finds it, and birthdays_follow.c, which commits it. */
#ifndef WEBDAV_BIRTHDAYS_PLAN_H
#define WEBDAV_BIRTHDAYS_PLAN_H

#include "storage/store.h"

#include <stdatomic.h>

struct birthdays_plan {
	struct store *store;
	struct store_snapshot *snapshot;
	struct arena *arena; /* of the changes */
	const struct store_collection *calendar;
	/* It was in step at this number; 0: not known. Only what changed since is looked at, where that is enough. */
	uint64_t since;
	/* Nothing that was said of its owner by entries is otherwise since then, because of people: neither groups nor ids. */
	bool same_people;
	const atomic_bool *stop; /* give up; what is there then is worth nothing */
	/* out */
	struct store_change *changes;
	size_t n_changes, cap_changes;
	bool more; /* there is more to do than one commit holds: look again */
};
void dav_birthdays_plan(struct birthdays_plan *plan);
/* In words, for the one commit. */
const char *dav_birthdays_words(const struct birthdays_plan *plan);

#endif
