/* SPDX-License-Identifier: ISC */
/* For the tests of the git backend: a data folder of its own, groups of small commits, the git program. */
#ifndef TESTS_UNIT_STORE_BED_H
#define TESTS_UNIT_STORE_BED_H

#include "storage/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BED_UNUSED __attribute__((unused))

struct bed {
	char dir[64];
	struct backend *backend;
	struct store_oid head;
	unsigned n;       /* commits made */
	char report[512]; /* the last report at warning or above */
};

/* Runs a shell command with $D set to the folder; its exit status. */
BED_UNUSED static int bed_shell(const struct bed *bed, const char *command)
{
	setenv("D", bed->dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
	return system(command);
}

/* First line of what a command prints. */
BED_UNUSED static void bed_ask(const struct bed *bed, const char *command, char *out, size_t size)
{
	setenv("D", bed->dir, 1);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	if (!fgets(out, (int)size, pipe))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	pclose(pipe);
}

BED_UNUSED static void bed_report(void *payload, int level, const char *text)
{
	struct bed *bed = payload;

	if (level <= 1)
		snprintf(bed->report, sizeof(bed->report), "%s", text);
}

BED_UNUSED static enum store_code bed_try_open(struct bed *bed, const char **why)
{
	struct store_options options = {.report = bed_report, .payload = bed};

	return backend_git_open(&bed->backend, bed->dir, &options, why);
}

BED_UNUSED static void bed_open(struct bed *bed)
{
	const char *why = "";

	if (bed_try_open(bed, &why) != STORE_OK)
		fail_msg("open: %s", why);
	assert_int_equal(bed->backend->ops->head(bed->backend, &bed->head), STORE_OK);
}

BED_UNUSED static void bed_close(struct bed *bed)
{
	bed->backend->ops->close(bed->backend);
	bed->backend = NULL;
}

BED_UNUSED static void bed_new(struct bed *bed)
{
	*bed = (struct bed){.dir = "/tmp/daybook-bed-XXXXXX"};
	assert_non_null(mkdtemp(bed->dir));
}

BED_UNUSED static void bed_remove(struct bed *bed)
{
	if (bed->backend)
		bed_close(bed);
	assert_int_equal(bed_shell(bed, "rm -rf \"$D\""), 0);
}

/* Three objects of one commit: a blob, the tree with it, the commit on `parent`. */
BED_UNUSED static void bed_objects(
	struct object objects[3], const struct store_oid *parent, unsigned n)
{
	char blob[600], commit[512], hex[41], parent_hex[41];
	unsigned char tree[64] = "100644 item";
	size_t len = (size_t)snprintf(blob, sizeof(blob),
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:%u\r\nSUMMARY:Event number %u\r\n"
		"DESCRIPTION:%0200u\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		n % 50, n, n);

	object_make(&objects[0], OBJECT_BLOB, blob, len);
	memcpy(tree + 12, objects[0].oid.bytes, 20);
	object_make(&objects[1], OBJECT_TREE, tree, 32);
	store_oid_hex(hex, &objects[1].oid);
	store_oid_hex(parent_hex, parent);
	len = (size_t)snprintf(commit, sizeof(commit),
		"tree %s\n%s%s%sauthor Anna <anna@example.org> %u +0000\n"
		"committer Daybook <daybook@localhost> %u +0000\n\nCommit %u\n",
		hex, store_oid_is_zero(parent) ? "" : "parent ",
		store_oid_is_zero(parent) ? "" : parent_hex, store_oid_is_zero(parent) ? "" : "\n",
		1700000000 + n, 1700000000 + n, n);
	object_make(&objects[2], OBJECT_COMMIT, commit, len);
}

/* A group of `k` commits on bed->head; moves bed->head when it is stored. */
BED_UNUSED static enum store_code bed_group(
	struct bed *bed, unsigned k, const struct store_credential *credential, char why[256])
{
	struct object *objects = calloc(3 * (size_t)k, sizeof(*objects));
	const struct object **list = calloc(3 * (size_t)k, sizeof(*list));
	struct store_oid head = bed->head;

	assert_true(objects && list);
	for (unsigned i = 0; i < k; i++) {
		bed_objects(objects + 3 * (size_t)i, &head, ++bed->n);
		head = objects[3 * i + 2].oid;
	}
	for (size_t i = 0; i < 3 * (size_t)k; i++)
		list[i] = &objects[i];
	struct backend_group group = {
		.objects = list,
		.n_objects = 3 * (size_t)k,
		.old_head = bed->head,
		.new_head = head,
		.credentials = credential,
		.n_credentials = credential ? 1 : 0,
	};
	enum store_code code = bed->backend->ops->commit(bed->backend, &group, why, 256);
	if (code == STORE_OK)
		bed->head = head;
	for (size_t i = 0; i < 3 * (size_t)k; i++)
		object_release(&objects[i]);
	free(objects);
	free(list);
	return code;
}

BED_UNUSED static void bed_commit(struct bed *bed, unsigned k)
{
	char why[256] = "";

	if (bed_group(bed, k, NULL, why) != STORE_OK)
		fail_msg("commit: %s", why);
}

/* main is bed->head for git, too, with so many commits, and fsck finds nothing. */
BED_UNUSED static void bed_verify(const struct bed *bed, unsigned commits)
{
	char hex[41], answer[64];

	store_oid_hex(hex, &bed->head);
	bed_ask(bed, "git --git-dir=\"$D/repo.git\" rev-parse main", answer, sizeof(answer));
	assert_string_equal(answer, hex);
	bed_ask(bed, "git --git-dir=\"$D/repo.git\" rev-list --count main", answer, sizeof(answer));
	assert_int_equal(strtoul(answer, NULL, 10), commits);
	assert_int_equal(
		bed_shell(bed, "git --git-dir=\"$D/repo.git\" fsck --strict --full >/dev/null"), 0);
}

#endif
