/* SPDX-License-Identifier: ISC */
/* The git backend: groups, conflicts, locks, replay after every kind of interruption, kills, rejection, check, backup. */
#include "store_bed.h"

#include "storage/backend_git.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS 20
#define GIT "git --git-dir=\"$D/repo.git\" "

static void groups_are_commits_for_git(void **state)
{
	struct bed bed;
	char mode[8];

	(void)state;
	bed_new(&bed);
	assert_int_equal(bed_shell(&bed, "chmod 755 $D"), 0);
	bed_open(&bed);
	assert_true(store_oid_is_zero(&bed.head));
	for (unsigned k = 1; k <= 5; k++)
		bed_commit(&bed, k);
	bed_verify(&bed, 15);
	bed_close(&bed);
	bed_verify(&bed, 15);
	bed_ask(&bed, "stat -c %a $D", mode, sizeof(mode));
	assert_string_equal(mode, "700");
	bed_open(&bed);
	bed_commit(&bed, 1);
	bed_verify(&bed, 16);
	assert_string_equal(bed.report, "");
	bed_remove(&bed);
}

static void objects_are_read_back(void **state)
{
	struct bed bed;
	struct object objects[3];
	struct store_oid zero = {0}, none = {.bytes = {1, 2, 3}};

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	bed_objects(objects, &zero, 1);
	for (int i = 0; i < 3; i++) {
		enum object_type type;
		char *body = NULL;
		size_t len = 0;
		assert_true(bed.backend->ops->exists(bed.backend, &objects[i].oid));
		assert_int_equal(
			bed.backend->ops->read(bed.backend, &objects[i].oid, &type, &body, &len),
			STORE_OK);
		assert_int_equal(type, objects[i].type);
		assert_int_equal(len, objects[i].size);
		assert_int_equal(body[len], 0);
		struct store_oid oid = object_id(type, body, len);
		assert_true(store_oid_equal(&oid, &objects[i].oid));
		free(body);
		object_release(&objects[i]);
	}
	enum object_type type;
	char *body;
	size_t len;
	assert_false(bed.backend->ops->exists(bed.backend, &none));
	assert_int_equal(
		bed.backend->ops->read(bed.backend, &none, &type, &body, &len), STORE_NOT_FOUND);
	bed_remove(&bed);
}

static void a_moved_main_is_a_conflict(void **state)
{
	struct bed bed;
	struct store_oid old;
	char why[256], hash[128];
	int admin;
	uint64_t generation;
	struct store_credential credential = {"p", "h", 1, false};

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	old = bed.head;
	bed_commit(&bed, 1);
	struct store_oid newest = bed.head;
	bed.head = old;
	assert_int_equal(bed_group(&bed, 1, &credential, why), STORE_CONFLICT);
	assert_false(bed.backend->ops->credential(bed.backend, "p", hash, &admin, &generation));
	bed.head = (struct store_oid){0};
	assert_int_equal(bed_group(&bed, 1, &credential, why), STORE_CONFLICT);
	bed.head = newest;
	bed_verify(&bed, 2);
	assert_int_equal(bed_group(&bed, 1, &credential, why), STORE_OK);
	assert_true(bed.backend->ops->credential(bed.backend, "p", hash, &admin, &generation));
	assert_string_equal(hash, "h");
	bed_verify(&bed, 3);
	bed_remove(&bed);
}

static void locks_of_others_are_respected(void **state)
{
	struct bed bed, second;
	char why[256] = "";
	const char *text = "";

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	second = bed;
	assert_int_equal(bed_try_open(&second, &text), STORE_BUSY);
	assert_non_null(strstr(text, bed.dir));
	/* held for a moment: waited for; for long: busy, and nothing is stored */
	assert_int_equal(bed_shell(&bed,
				 "touch $D/repo.git/refs/heads/main.lock;"
				 "(sleep 0.5; rm $D/repo.git/refs/heads/main.lock) &"),
		0);
	bed_commit(&bed, 1);
	assert_int_equal(bed_shell(&bed, "touch $D/repo.git/refs/heads/main.lock"), 0);
	enum store_code code = bed_group(&bed, 1, NULL, why);
	if (code != STORE_BUSY)
		fail_msg("%d: %s", (int)code, why);
	assert_non_null(strstr(why, "main.lock"));
	assert_int_equal(bed_shell(&bed, "rm $D/repo.git/refs/heads/main.lock"), 0);
	bed_commit(&bed, 1);
	bed_verify(&bed, 3);
	bed_remove(&bed);
}

static void our_own_left_over_lock_is_removed(void **state)
{
	struct bed bed;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	bed_close(&bed);
	assert_int_equal(bed_shell(&bed,
				 "echo daybook >$D/repo.git/daybook-tmp/lock;"
				 "ln $D/repo.git/daybook-tmp/lock $D/repo.git/refs/heads/main.lock;"
				 "touch $D/repo.git/daybook-tmp/group.pack"),
		0);
	bed_open(&bed);
	assert_int_equal(bed_shell(&bed,
				 "test ! -e $D/repo.git/refs/heads/main.lock -a "
				 "! -e $D/repo.git/daybook-tmp/group.pack"),
		0);
	bed_commit(&bed, 1);
	bed_verify(&bed, 2);
	bed_remove(&bed);
}

static void a_fresh_clone_opens(void **state)
{
	struct bed bed, copy;
	char answer[64];
	const char *why = "";

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 3);
	bed_close(&bed);
	bed_new(&copy);
	setenv("FROM", bed.dir, 1);
	assert_int_equal(bed_shell(&copy, "git clone -q --bare $FROM/repo.git $D/repo.git"), 0);
	bed_open(&copy);
	assert_true(store_oid_equal(&copy.head, &bed.head));
	copy.n = bed.n;
	bed_commit(&copy, 1);
	bed_verify(&copy, 4);
	bed_ask(&copy, GIT "config receive.denyDeletes", answer, sizeof(answer));
	assert_string_equal(answer, "true");
	bed_ask(&copy, "head -1 $D/repo.git/hooks/pre-receive", answer, sizeof(answer));
	assert_string_equal(answer, "#!/bin/sh");
	bed_close(&copy);
	/* packed refs only */
	assert_int_equal(bed_shell(&copy, GIT "pack-refs --all"), 0);
	bed_open(&copy);
	bed_commit(&copy, 1);
	bed_verify(&copy, 5);
	bed_close(&copy);
	/* history, but on another branch: somebody has to decide */
	assert_int_equal(bed_shell(&copy, GIT "branch -m main master"), 0);
	assert_int_equal(bed_try_open(&copy, &why), STORE_FAILED);
	assert_non_null(strstr(why, "branch -m main"));
	assert_int_equal(bed_shell(&copy, GIT "branch -m master main"), 0);
	bed_open(&copy);
	bed_remove(&copy);
	bed_remove(&bed);
}

/* ---------------------------------------------------------------- interruptions */

/* Leaves the folder as a killed process would: a child makes commits and dies without closing. */
static void die_after(struct bed *bed, unsigned commits)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bed_open(bed);
		for (unsigned i = 0; i < commits; i++)
			bed_commit(bed, 1);
		if (write(fds[1], &bed->head, sizeof(bed->head)) != (ssize_t)sizeof(bed->head))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(read(fds[0], &bed->head, sizeof(bed->head)), sizeof(bed->head));
	close(fds[0]);
	close(fds[1]);
	bed->n += commits;
}

/* What a power cut may do to files that were not synced. */
static const struct {
	const char *name, *damage;
} cuts[] = {
	{"nothing lost", "true"},
	{"packs gone", "rm $D/repo.git/objects/pack/*"},
	{"packs empty", "for f in $D/repo.git/objects/pack/*; do chmod u+w $f; : >$f; done"},
	{"indexes gone", "rm $D/repo.git/objects/pack/*.idx"},
	{"packs garbled",
		"for f in $D/repo.git/objects/pack/*.pack; do chmod u+w $f; echo x | dd of=$f bs=1 seek=99 "
		"conv=notrunc 2>/dev/null; done"},
	{"ref gone", "rm $D/repo.git/refs/heads/main"},
	{"ref empty", ": >$D/repo.git/refs/heads/main"},
	{"ref older", "git --git-dir=$D/repo.git update-ref refs/heads/main main~2"},
	{"all of it", "rm $D/repo.git/objects/pack/* $D/repo.git/refs/heads/main"},
};

static void replay_restores_what_was_not_synced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		struct bed bed;
		bed_new(&bed);
		die_after(&bed, 5);
		struct store_oid want = bed.head;
		assert_int_equal(bed_shell(&bed, cuts[i].damage), 0);
		bed_open(&bed);
		if (!store_oid_equal(&bed.head, &want))
			fail_msg("%s", cuts[i].name);
		bed_verify(&bed, 5);
		bed_commit(&bed, 1);
		bed_close(&bed);
		bed_open(&bed); /* the table is empty now */
		bed_verify(&bed, 6);
		assert_string_equal(bed.report, "");
		bed_remove(&bed);
	}
}

static void replay_keeps_what_somebody_elses_main_lacks(void **state)
{
	struct bed bed;
	char hex[41], answer[64], command[256];

	(void)state;
	bed_new(&bed);
	die_after(&bed, 3);
	store_oid_hex(hex, &bed.head);
	/* main goes back, and on from there by hand */
	assert_int_equal(
		bed_shell(&bed,
			GIT "-c user.name=x -c user.email=x@x commit-tree -p main~1 -m other "
			    "main^{tree} >$D/other && " GIT
			    "update-ref refs/heads/main $(cat $D/other)"),
		0);
	bed_open(&bed);
	assert_non_null(strstr(bed.report, "replayed"));
	store_oid_hex(answer, &bed.head);
	assert_string_not_equal(answer, hex);
	bed_ask(&bed, GIT "for-each-ref --format='%(objectname)' refs/daybook/replayed", answer,
		sizeof(answer));
	assert_string_equal(answer, hex);
	snprintf(command, sizeof(command), GIT "cat-file -e %s^{tree}", hex);
	assert_int_equal(bed_shell(&bed, command), 0);
	bed_verify(&bed, 3);
	/* a push on top of ours is none of that */
	bed.report[0] = '\0';
	bed_close(&bed);
	die_after(&bed, 1);
	assert_int_equal(
		bed_shell(&bed,
			GIT "-c user.name=x -c user.email=x@x commit-tree -p main -m other "
			    "main^{tree} >$D/other && " GIT
			    "update-ref refs/heads/main $(cat $D/other)"),
		0);
	bed_open(&bed);
	assert_string_equal(bed.report, "");
	bed_verify(&bed, 5);
	bed_remove(&bed);
}

static void a_large_group_does_not_pass_through_the_table(void **state)
{
	struct bed bed;
	size_t len = 12 << 20;
	unsigned char *body = malloc(len);
	struct object objects[3], big;
	const struct object *list[4] = {&objects[0], &objects[1], &objects[2], &big};
	char why[256] = "";
	struct stat st;
	char path[128];

	(void)state;
	assert_non_null(body);
	for (size_t i = 0; i < len; i++)
		body[i] = (unsigned char)(i * 2654435761u >> 13);
	bed_new(&bed);
	bed_open(&bed);
	object_make(&big, OBJECT_BLOB, body, len);
	bed_objects(objects, &bed.head, ++bed.n);
	struct backend_group group = {.objects = list, .n_objects = 4, .new_head = objects[2].oid};
	if (bed.backend->ops->commit(bed.backend, &group, why, sizeof(why)) != STORE_OK)
		fail_msg("%s", why);
	bed.head = objects[2].oid;
	snprintf(path, sizeof(path), "%s/state.db-wal", bed.dir);
	assert_int_equal(stat(path, &st), 0);
	if (big.deflated_len > BIG_PACK)
		assert_true(st.st_size < 1 << 20);
	enum object_type type;
	char *back;
	size_t back_len;
	assert_int_equal(
		bed.backend->ops->read(bed.backend, &big.oid, &type, &back, &back_len), STORE_OK);
	assert_int_equal(back_len, len);
	assert_memory_equal(back, body, len);
	free(back);
	free(body);
	object_release(&big);
	for (int i = 0; i < 3; i++)
		object_release(&objects[i]);
	bed_verify(&bed, 1);
	bed_remove(&bed);
}

/* ---------------------------------------------------------------- kills */

/* Commits for ever; each acknowledged head goes down the pipe. */
static void commit_until_killed(struct bed *bed, int fd, unsigned seed)
{
	bed_open(bed);
	bed->n = seed;
	for (unsigned i = 0;; i++) {
		bed_commit(bed, 1 + i % 4);
		if (write(fd, &bed->head, sizeof(bed->head)) != (ssize_t)sizeof(bed->head))
			_exit(1);
		bed->backend->ops->maintain(bed->backend);
	}
}

static void nap(long us)
{
	nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static void nothing_acknowledged_is_lost_by_kills(void **state)
{
	struct bed bed;
	struct store_oid acknowledged[KILLS], head;
	char command[128], hex[41];
	unsigned total = 0;

	(void)state;
	bed_new(&bed);
	srand(1);
	for (unsigned i = 0; i < KILLS; i++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(fds[0]);
			commit_until_killed(&bed, fds[1], i * 100000);
		}
		close(fds[1]);
		acknowledged[i] = (struct store_oid){0};
		struct pollfd ready = {.fd = fds[0], .events = POLLIN};
		assert_int_equal(poll(&ready, 1, 60000), 1); /* it has begun */
		nap(1000 + rand() % 120000);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(fds[0], &head, sizeof(head)) == (ssize_t)sizeof(head)) {
			acknowledged[i] = head;
			total++;
		}
		close(fds[0]);
	}
	bed_open(&bed);
	assert_string_equal(bed.report, "");
	for (unsigned i = 0; i < KILLS; i++) {
		if (store_oid_is_zero(&acknowledged[i]))
			continue;
		store_oid_hex(hex, &acknowledged[i]);
		snprintf(command, sizeof(command), GIT "merge-base --is-ancestor %s main", hex);
		if (bed_shell(&bed, command) != 0)
			fail_msg("kill %u: %s is lost", i, hex);
	}
	assert_true(total > KILLS);
	assert_int_equal(bed_shell(&bed, GIT "fsck --strict --full >/dev/null"), 0);
	bed_remove(&bed);
}

/* ---------------------------------------------------------------- the rest */

static void a_bad_push_is_set_aside(void **state)
{
	struct bed bed;
	char answer[64], hex[41];

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	struct store_oid good = bed.head;
	bed_commit(&bed, 1);
	struct store_oid bad = bed.head;
	assert_int_equal(bed.backend->ops->reject(bed.backend, &good, &bad), STORE_CONFLICT);
	assert_int_equal(bed.backend->ops->reject(bed.backend, &bad, &good), STORE_OK);
	bed.head = good;
	bed_verify(&bed, 1);
	store_oid_hex(hex, &bad);
	bed_ask(&bed, GIT "for-each-ref --format='%(objectname)' refs/daybook/rejected", answer,
		sizeof(answer));
	assert_string_equal(answer, hex);
	bed_commit(&bed, 1);
	/* twice in one second */
	bad = bed.head;
	assert_int_equal(bed.backend->ops->reject(bed.backend, &bad, &good), STORE_OK);
	bed_ask(&bed, GIT "for-each-ref refs/daybook/rejected | wc -l", answer, sizeof(answer));
	assert_string_equal(answer, "2");
	bed_remove(&bed);
}

static void count_problem(void *payload, const char *path, const char *text)
{
	(void)path;
	(void)text;
	++*(unsigned *)payload;
}

static void check_finds_damage(void **state)
{
	struct bed bed;
	unsigned problems = 0;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 5);
	bed_commit(&bed, 5);
	assert_int_equal(bed.backend->ops->check(bed.backend, count_problem, &problems), STORE_OK);
	assert_int_equal(problems, 0);
	bed_close(&bed);
	assert_int_equal(
		bed_shell(&bed,
			"f=$(ls $D/repo.git/objects/pack/*.pack | head -1); chmod u+w $f;"
			"printf XXXXXXXXXX | dd of=$f bs=1 seek=100 conv=notrunc 2>/dev/null"),
		0);
	bed_open(&bed);
	assert_int_equal(
		bed.backend->ops->check(bed.backend, count_problem, &problems), STORE_INVALID);
	assert_true(problems > 0);
	bed_close(&bed);
	problems = 0;
	assert_int_equal(
		bed_shell(&bed,
			"f=$(ls $D/repo.git/objects/pack/*.idx | head -1); rm -f $f ${f%idx}pack"),
		0);
	const char *why = "";
	if (bed_try_open(&bed, &why) == STORE_OK)
		assert_int_equal(bed.backend->ops->check(bed.backend, count_problem, &problems),
			STORE_INVALID);
	else
		assert_non_null(strstr(why, "missing"));
	bed_remove(&bed);
}

static void a_backup_can_be_cloned(void **state)
{
	struct bed bed, copy;
	char why[256] = "", to[96];

	(void)state;
	bed_new(&bed);
	bed_new(&copy);
	bed_open(&bed);
	bed_commit(&bed, 5);
	snprintf(to, sizeof(to), "%s/deep/er", copy.dir);
	if (bed.backend->ops->backup(bed.backend, to, why, sizeof(why)) != STORE_OK)
		fail_msg("%s", why);
	assert_int_equal(
		bed_shell(&copy,
			"cd $D/deep/er && git bundle verify -q *.bundle 2>/dev/null;"
			"test \"$(stat -c %a *)\" = '600\n600' || test \"$(stat -c %a * | sort -u)\" = 600 &&"
			"git clone -q --bare *.bundle $D/repo.git && cp state.db $D/"),
		0);
	copy.head = bed.head;
	bed_verify(&copy, 5);
	bed_open(&copy);
	assert_true(store_oid_equal(&copy.head, &bed.head));
	copy.n = 5;
	bed_commit(&copy, 1);
	bed_verify(&copy, 6);
	bed_remove(&bed);
	bed_remove(&copy);
}

static void the_index_is_one_blob(void **state)
{
	struct bed bed;
	char *bytes = NULL;
	size_t len = 0;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	assert_int_equal(bed.backend->ops->index_load(bed.backend, &bytes, &len), STORE_NOT_FOUND);
	assert_int_equal(bed.backend->ops->index_save(bed.backend, "abc", 3), STORE_OK);
	assert_int_equal(bed.backend->ops->index_save(bed.backend, "defg", 4), STORE_OK);
	assert_int_equal(bed.backend->ops->index_load(bed.backend, &bytes, &len), STORE_OK);
	assert_int_equal(len, 4);
	assert_memory_equal(bytes, "defg", 4);
	free(bytes);
	bed_remove(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_are_commits_for_git),
		cmocka_unit_test(objects_are_read_back),
		cmocka_unit_test(a_moved_main_is_a_conflict),
		cmocka_unit_test(locks_of_others_are_respected),
		cmocka_unit_test(our_own_left_over_lock_is_removed),
		cmocka_unit_test(a_fresh_clone_opens),
		cmocka_unit_test(replay_restores_what_was_not_synced),
		cmocka_unit_test(replay_keeps_what_somebody_elses_main_lacks),
		cmocka_unit_test(a_large_group_does_not_pass_through_the_table),
		cmocka_unit_test(nothing_acknowledged_is_lost_by_kills),
		cmocka_unit_test(a_bad_push_is_set_aside),
		cmocka_unit_test(check_finds_damage),
		cmocka_unit_test(a_backup_can_be_cloned),
		cmocka_unit_test(the_index_is_one_blob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
