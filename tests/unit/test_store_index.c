/* SPDX-License-Identifier: ISC */
/* Start: from the index, from an older index and the commits after it, from history; damage of
 * all kinds. */
#include "tests/unit/store_help.h"

#include <sodium.h>

#define HOME "calendars/anna/home"

static struct folder folder;

static int setup(void **state)
{
	(void)state;
	folder_open(&folder);
	for (int i = 0; i < 30; i++) {
		char name[16], text[32];
		snprintf(name, sizeof(name), "%d", i % 20);
		snprintf(text, sizeof(text), "UID:%d\n%d", i % 20, i);
		assert_int_equal(put(folder.store, HOME, name, text), STORE_OK);
	}
	assert_int_equal(put(folder.store, HOME, "3", NULL), STORE_OK);
	assert_int_equal(
		write_one(folder.store, change_meta(HOME, "4", "prop {D:}x <x/>\n")), STORE_OK);
	assert_int_equal(write_one(folder.store, change_self("addressbooks/anna", NULL)), STORE_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static void expect(const char *want)
{
	char *got = dump(folder.store);

	assert_same(got, want);
	free(got);
	assert_int_equal(store_check(folder.store, print_problem, NULL, NULL), STORE_OK);
}

static void stop(void)
{
	store_close(folder.store);
	folder.store = NULL;
}

static void test_reload(void **state)
{
	char *want = dump(folder.store);

	(void)state;
	reopen(&folder);
	assert_int_equal(folder.store->indexed, folder.store->chain.n);
	expect(want);
	stop();
	assert_int_equal(shell(&folder, "rm -r data/index"), 0);
	reopen(&folder);
	expect(want);
	free(want);
}

static void test_older_index(void **state)
{
	(void)state;
	stop();
	assert_int_equal(shell(&folder, "cp -r data/index index.old"), 0);
	reopen(&folder);
	assert_int_equal(put(folder.store, HOME, "late", "UID:late"), STORE_OK);
	assert_int_equal(put(folder.store, HOME, "5", NULL), STORE_OK);
	char *want = dump(folder.store);
	stop();
	assert_int_equal(shell(&folder, "rm -r data/index && mv index.old data/index"), 0);
	reopen(&folder);
	assert_int_equal(folder.store->indexed + 2, folder.store->chain.n);
	expect(want);
	free(want);
}

static void test_index_of_another_history(void **state)
{
	(void)state;
	stop();
	assert_int_equal(shell(&folder,
				 "cp -r data/index index.old && git -C data/repo.git update-ref "
				 "refs/heads/main "
				 "main~3"),
		0);
	reopen(&folder);
	assert_int_equal(put(folder.store, HOME, "other", "UID:other"), STORE_OK);
	char *want = dump(folder.store);
	stop();
	assert_int_equal(shell(&folder, "rm -r data/index && mv index.old data/index"), 0);
	reopen(&folder);
	expect(want);
	free(want);
}

static void test_clone(void **state)
{
	char *want = dump(folder.store);

	(void)state;
	stop();
	assert_int_equal(
		shell(&folder,
			"git clone -q --bare data/repo.git copy && rm -rf data && mkdir -m "
			"700 data && "
			"mv copy data/repo.git"),
		0);
	reopen(&folder);
	expect(want);
	free(want);
}

static void test_damage(void **state)
{
	struct store_snapshot *snapshot = store_snapshot(folder.store);
	struct store_collection *root;
	struct chain chain = {0};
	struct buf out;

	(void)state;
	buf_init(&out, (size_t)1 << 24);
	index_print(&out, snapshot);
	for (size_t i = 0; i < out.len; i += 37) {
		out.data[i] ^= 1;
		assert_false(index_parse(out.data, out.len, &root, &chain));
		out.data[i] ^= 1;
	}
	for (size_t len = 0; len < out.len; len += 101)
		assert_false(index_parse(out.data, len, &root, &chain));
	/* Also when the sum is right: whoever wrote it did not mean well. */
	for (size_t i = 16; i + 32 < out.len; i += 11) {
		struct buf copy;
		buf_init(&copy, out.len);
		buf_add(&copy, out.data, out.len);
		copy.data[i] ^= 0x55;
		crypto_generichash((unsigned char *)copy.data + out.len - 32, 32,
			(unsigned char *)copy.data, out.len - 32, NULL, 0);
		if (index_parse(copy.data, copy.len, &root, &chain)) {
			tree_hash(root, NULL, NULL);
			node_release(root);
			chain_free(&chain);
		}
		buf_free(&copy);
	}
	buf_free(&out);
	store_snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_older_index, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_of_another_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
