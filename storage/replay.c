/* SPDX-License-Identifier: ISC */
/*
 * At start: what is left in the write-ahead table goes into repo.git. Every row was answered "durable", so none may be lost:
 * packs are written again (the files may be missing, whole, or garbled by a power cut), then main moves to the newest row
 * unless it is there or beyond. Where somebody moved main elsewhere meanwhile, the row's commit stays under
 * refs/daybook/replayed/SEQ and is reported. Doing it twice changes nothing.
 */
#include "storage/backend_git.h"

#include "src/base/log.h"
#include "storage/ref.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAYED "refs/daybook/replayed"

struct replay_row {
	int64_t seq;
	struct store_oid head;
	bool kept;
};

struct replaying {
	struct backend_git *git;
	struct replay_row *rows;
	size_t n, cap;
	char *why;
	size_t why_size;
};

static enum store_code fail(struct replaying *replaying, int64_t seq, const char *text)
{
	snprintf(replaying->why, replaying->why_size,
		"%s: change %" PRId64 " of the write-ahead table: %s", replaying->git->git_path,
		seq, text);
	return STORE_FAILED;
}

static enum store_code write_pack(
	struct replaying *replaying, const struct state_row *row, struct unsynced *unsynced)
{
	struct pack_writer writer;
	struct staged staged;

	if (!pack_parse(&writer, row->pack, row->len))
		return fail(replaying, row->seq, "its pack is damaged");
	bool done = place_stage(replaying->git, &writer, "replay", &staged) &&
		place_pack(replaying->git, "replay", &staged, false);
	int error = errno;
	pack_release(&writer);
	if (!done)
		return fail(replaying, row->seq, strerror(error));
	memcpy(unsynced->pack, staged.name, sizeof(unsynced->pack));
	return STORE_OK;
}

static enum store_code write_row(void *payload, const struct state_row *row)
{
	struct replaying *replaying = payload;
	struct unsynced unsynced = {.seq = row->seq, .bytes = row->len, .head = row->new_head};

	if (row->pack && write_pack(replaying, row, &unsynced) != STORE_OK)
		return STORE_FAILED;
	unsynced_add(replaying->git, &unsynced);
	if (replaying->n == replaying->cap) {
		replaying->cap = replaying->cap ? 2 * replaying->cap : 64;
		replaying->rows = realloc(
			replaying->rows, replaying->cap * sizeof(*replaying->rows));
		if (!replaying->rows)
			abort();
	}
	replaying->rows[replaying->n++] = (struct replay_row){
		.seq = row->seq, .head = row->new_head};
	return STORE_OK;
}

/* ---------------------------------------------------------------- main */

/* Is `inner` part of the history of `outer`? */
static bool contains(
	struct backend_git *git, const struct store_oid *outer, const struct store_oid *inner)
{
	git_oid a = git_id(outer), b = git_id(inner);
	struct handle *handle = handle_take(git);
	bool inside = store_oid_equal(outer, inner) ||
		(handle && git_graph_descendant_of(handle->repo, &a, &b) == 1);

	handle_drop(git, handle);
	return inside;
}

static bool already_there(struct replaying *replaying, size_t i, const struct store_oid *main)
{
	if (!store_oid_is_zero(main) && contains(replaying->git, main, &replaying->rows[i].head))
		return true;
	for (size_t k = i + 1; k < replaying->n; k++) {
		if (replaying->rows[k].kept &&
			contains(
				replaying->git, &replaying->rows[k].head, &replaying->rows[i].head))
			return true;
	}
	return false;
}

/* Main as it stands; zero when there is none, when it is garbled, or when its commit did not survive. */
static enum store_code read_main(struct backend_git *git, struct store_oid *main)
{
	enum store_code code = ref_read(git->git, REF_MAIN, main);

	if (code == STORE_FAILED)
		return STORE_FAILED;
	if (code != STORE_OK || !handle_exists(git, main))
		*main = (struct store_oid){0};
	return STORE_OK;
}

static enum store_code keep(struct replaying *replaying, size_t i)
{
	char name[32];

	snprintf(name, sizeof(name), "%" PRId64, replaying->rows[i].seq);
	if (!ref_keep(replaying->git->git, REPLAYED, name, &replaying->rows[i].head))
		return fail(replaying, replaying->rows[i].seq, strerror(errno));
	replaying->rows[i].kept = true;
	backend_report(replaying->git, LOG_LEVEL_ERROR,
		"main was moved by somebody else while changes waited to be written: they are kept as " REPLAYED
		"/%s",
		name);
	return STORE_OK;
}

static enum store_code replay_head(struct replaying *replaying, size_t i)
{
	struct backend_git *git = replaying->git;
	struct store_oid main;

	if (read_main(git, &main) != STORE_OK)
		return fail(replaying, replaying->rows[i].seq, strerror(errno));
	if (already_there(replaying, i, &main))
		return STORE_OK;
	if (!store_oid_is_zero(&main) && !contains(git, &replaying->rows[i].head, &main))
		return keep(replaying, i);
	if (!ref_stage(git->git, &replaying->rows[i].head) || !ref_place(git->git))
		return fail(replaying, replaying->rows[i].seq, strerror(errno));
	return STORE_OK;
}

/* Newest first: the older ones are then part of it. */
static enum store_code replay_heads(struct replaying *replaying)
{
	enum store_code code = ref_lock(replaying->git->git);

	if (code != STORE_OK) {
		snprintf(replaying->why, replaying->why_size, "%s/" REF_LOCK "%s",
			replaying->git->git_path,
			code == STORE_BUSY
				? " is held by another process (or was left behind by one: then remove it)"
				: " can not be made");
		return code;
	}
	for (size_t i = replaying->n; i > 0 && code == STORE_OK; i--)
		code = replay_head(replaying, i - 1);
	ref_unlock(replaying->git->git);
	return code;
}

enum store_code replay(struct backend_git *git, char *why, size_t why_size)
{
	struct replaying replaying = {.git = git, .why = why, .why_size = why_size};

	snprintf(why, why_size, "%s/" STATE_FILE ": the write-ahead table can not be read",
		git->dir_path);
	enum store_code code = state_rows(git->state, write_row, &replaying);
	if (code == STORE_OK && !handle_swap(git)) {
		snprintf(why, why_size, "%s: %s", git->git_path, git_why());
		code = STORE_FAILED;
	}
	if (code == STORE_OK && replaying.n > 0) {
		code = replay_heads(&replaying);
		if (code == STORE_OK && unsynced_flush(git, true) != FLUSH_DONE) {
			snprintf(why, why_size, "%s: what was replayed can not be synced",
				git->git_path);
			code = STORE_FAILED;
		}
	}
	free(replaying.rows);
	return code;
}
