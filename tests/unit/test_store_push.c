/* SPDX-License-Identifier: ISC */
/* The check that the pre-receive hook makes alone: this very program is the hook, inside git's
 * quarantine. */
#include "tests/unit/store_help.h"

#define HOME "calendars/anna/home"
#define P                                                                                          \
	"p() { echo " HOME                                                                         \
	"/$(printf %%s \"$1\" | sha256sum | sed 's,^\\(.\\)\\(.\\).*,\\1/\\2,')/$1; } && "         \
	"w() { mkdir -p $(dirname $(p $1)) && printf \"$2\" > $(p $1); } && cd work && "
#define PUSH " && git add -A && git commit -qm 'by hand' && git push -q"

static struct folder folder;

static void tell(void *payload, const char *text)
{
	(void)payload;
	fprintf(stderr, "daybook: %s\n", text);
}

static int hook(const char *git_dir)
{
	static char lines[65536];
	size_t len = fread(lines, 1, sizeof(lines) - 1, stdin);

	lines[len] = '\0';
	return store_check_push(git_dir, lines, fake_inspect, tell, NULL) ? 0 : 1;
}

static int setup(void **state)
{
	char *self = realpath("/proc/self/exe", NULL);

	(void)state;
	folder_open(&folder);
	for (int i = 0; i < 40; i++) {
		char name[16], text[32];
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(text, sizeof(text), "UID:%d\n", i);
		assert_int_equal(put(folder.store, HOME, name, text), STORE_OK);
	}
	assert_int_equal(shell(&folder,
				 "printf '#!/bin/sh\\nexec %s --hook .\\n' > "
				 "data/repo.git/hooks/pre-receive && "
				 "chmod +x data/repo.git/hooks/pre-receive && git -C work pull -q",
				 self),
		0);
	free(self);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static void test_rows(void **state)
{
	const struct {
		const char *name, *command, *complaint;
	} rows[] = {
		{"new item", "w b 'UID:b\\n'" PUSH, NULL},
		{"changed item", "w n3 'UID:3\\nx\\n'" PUSH, NULL},
		{"two commits",
			"w c 'UID:c\\n' && git add -A && git commit -qm c && w d 'UID:d\\n'" PUSH,
			NULL},
		{"removed", "git rm -q $(p c) && git commit -qm c && git push -q", NULL},
		{"another branch", "git push -q origin HEAD:refs/heads/other", NULL},
		{"broken", "w e 'UID:e\\n\\nBROKEN\\n'" PUSH, "/e line 3: this is broken"},
		{"broken in between",
			"w e 'BROKEN\\n' && git add -A && git commit -qm e && git rm -q $(p "
			"e)" PUSH,
			"/e line 1: this is broken"},
		{"UID of an item not touched", "w e 'UID:17\\n'" PUSH,
			"/e: another item of the collection"},
		{"UID changed", "w n5 'UID:new\\n'" PUSH,
			"/n5: the UID of an item must not change"},
		{"top", "echo > x" PUSH, "x: Daybook knows nothing"},
		{"our name",
			"w e 'UID:e\\n' && export GIT_COMMITTER_NAME=Daybook "
			"GIT_COMMITTER_EMAIL=daybook@localhost" PUSH,
			"bears Daybook"},
		{"our refs", "git push -q origin HEAD:refs/daybook/x", "refs/daybook/ is"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(shell(&folder, "rm -f out"), 0);
		int status = shell(&folder, P "{ %s; } >../out 2>&1", rows[i].command);
		if ((status != 0) != (rows[i].complaint != NULL))
			fail_msg("%s: status %d", rows[i].name, status);
		if (rows[i].complaint &&
			shell(&folder,
				"sed \"s/'//g\" out | grep -qF \"$(echo \"%s\" | tr -d \\')\"",
				rows[i].complaint) != 0)
			fail_msg("%s: another complaint", rows[i].name);
		assert_int_equal(
			shell(&folder,
				"cat out; rm -f out; cd work && git fetch -q && git reset -q "
				"--hard "
				"origin/main && git clean -fdq"),
			0);
	}
	store_poll(folder.store);
	assert_string_equal(folder.reports.text, "took in 5 commits made by others\n");
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
}

/* A merge that leaves our head off its first parents: judged by where it ends. */
static void test_merge(void **state)
{
	(void)state;
	assert_int_equal(
		shell(&folder, P "w x 'UID:x\\n' && git add -A && git commit -qm mine"), 0);
	assert_int_equal(put(folder.store, HOME, "y", "UID:y\n"), STORE_OK);
	assert_int_equal(
		shell(&folder, "cd work && git pull -q --no-rebase --no-edit && git push -q"), 0);
	store_poll(folder.store);
	assert_string_equal(folder.reports.text, "took in 1 commit made by others\n");
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
}

static void test_bad_input(void **state)
{
	static const char hex[] = "0000000000000000000000000000000000000000";
	char data[96], line[256];

	(void)state;
	snprintf(data, sizeof(data), "%s/data/repo.git", folder.path);
	snprintf(line, sizeof(line), "%s %s refs/heads/main\n", hex, hex);
	assert_false(store_check_push(data, line, fake_inspect, tell, NULL));
	assert_false(store_check_push(data, "nonsense\n", fake_inspect, tell, NULL));
	assert_false(store_check_push("/nowhere", line, fake_inspect, tell, NULL));
	assert_true(store_check_push(data, "", fake_inspect, tell, NULL));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_merge, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_input, setup, teardown),
	};

	if (argc == 3 && strcmp(argv[1], "--hook") == 0)
		return hook(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
