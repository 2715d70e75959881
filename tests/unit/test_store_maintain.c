/* SPDX-License-Identifier: ISC */
/* Maintenance: few packs and few descriptors under many commits, no object lost, packs of others respected, readers undisturbed. */
#include "store_bed.h"

#include "storage/backend_git.h"
#include "storage/merge.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#define COMMITS 2000 /* each waits for the disk */
#define PACKS_MAX 100
#define GIT "git --git-dir=\"$D/repo.git\" "

static unsigned count_packs(const struct bed *bed)
{
	char path[128];
	unsigned n = 0;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/repo.git/objects/pack", bed->dir);
	DIR *folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder)))
		n += strstr(entry->d_name, ".pack") != NULL;
	closedir(folder);
	return n;
}

static unsigned count_descriptors(void)
{
	unsigned n = 0;
	DIR *folder = opendir("/proc/self/fd");

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* Maps of packs; *deleted those of packs that are gone. */
static unsigned count_maps(unsigned *deleted)
{
	char line[512];
	unsigned n = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	assert_non_null(maps);
	*deleted = 0;
	while (fgets(line, sizeof(line), maps)) {
		n += strstr(line, "/objects/pack/") != NULL;
		*deleted += strstr(line, "/objects/pack/") && strstr(line, "(deleted)");
	}
	fclose(maps);
	return n;
}

static void read_one(struct bed *bed, const struct store_oid *oid)
{
	enum object_type type;
	char *body = NULL;
	size_t len;

	assert_int_equal(bed->backend->ops->read(bed->backend, oid, &type, &body, &len), STORE_OK);
	struct store_oid found = object_id(type, body, len);
	assert_true(store_oid_equal(&found, oid));
	free(body);
}

static unsigned kilobytes(const struct bed *bed)
{
	char answer[64];

	bed_ask(bed, "du -sk $D/repo.git/objects | cut -f1", answer, sizeof(answer));
	return (unsigned)strtoul(answer, NULL, 10);
}

/* Slice by slice, also when it is interrupted between two. */
static void deltas_come_when_it_is_quiet(struct bed *bed, unsigned commits)
{
	unsigned before = kilobytes(bed), slices = 0;

	usleep(1600000);
	assert_true(bed->backend->ops->maintain(bed->backend));
	bed_verify(bed, commits);
	bed_close(bed);
	bed_open(bed);
	while (bed->backend->ops->maintain(bed->backend))
		assert_true(++slices < 20);
	print_message("%u slices: %u KB before, %u after, in %u packs\n", slices + 1, before,
		kilobytes(bed), count_packs(bed));
	assert_true(slices > 0);
	assert_true(kilobytes(bed) < before);
	bed_verify(bed, commits);
	bed_close(bed);
	bed_open(bed);
	bed_verify(bed, commits);
}

static void packs_stay_few_during_many_commits(void **state)
{
	struct bed bed;
	unsigned commits = COMMITS, most = 0, most_fds = 0, most_maps = 0, deleted;
	struct store_stats stats;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	for (unsigned i = 0; i < COMMITS; i++) {
		bed_commit(&bed, 1);
		if (i % 10 == 0)
			read_one(&bed, &bed.head);
		/* the first half with, the second without a thread for maintenance */
		while (i < COMMITS / 2 && bed.backend->ops->maintain(bed.backend))
			;
		if (i % 9)
			continue;
		unsigned packs = count_packs(&bed), fds = count_descriptors(),
			 maps = count_maps(&deleted);
		most = packs > most ? packs : most;
		most_fds = fds > most_fds ? fds : most_fds;
		most_maps = maps > most_maps ? maps : most_maps;
	}
	bed.backend->ops->stats(bed.backend, &stats);
	print_message("%u commits: at most %u packs, %u descriptors, %u maps; %llu merges\n",
		COMMITS, most, most_fds, most_maps, (unsigned long long)stats.merges);
	assert_true(most < PACKS_MAX);
	assert_true(most_fds < 2 * PACKS_MAX + 50);
	assert_true(most_maps < 4 * PACKS_MAX);
	assert_int_equal(stats.open_handles, 1);
	/* a commit before each step: else, on a machine that is busy, a quiet moment might come too early */
	do {
		bed_commit(&bed, 1);
		commits++;
	} while (bed.backend->ops->maintain(bed.backend));
	/* a merge's last act is a fresh handle: nothing of the old packs stays */
	count_maps(&deleted);
	assert_int_equal(deleted, 0);
	bed_verify(&bed, commits);
	deltas_come_when_it_is_quiet(&bed, commits);
	assert_string_equal(bed.report, "");
	bed_remove(&bed);
}

static void packs_with_deltas_are_merged_and_kept_ones_left(void **state)
{
	struct bed bed;
	char answer[64];

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 400);
	/* git makes one pack with offset deltas; a .keep on the next; then one with reference deltas */
	assert_int_equal(bed_shell(&bed, GIT "repack -q -a -d -f --depth=10"), 0);
	bed_commit(&bed, 3);
	assert_int_equal(
		bed_shell(&bed,
			"for f in $D/repo.git/objects/pack/*.pack; do touch $f.x; done;"
			"f=$(ls -t $D/repo.git/objects/pack/*.pack | head -1); touch ${f%pack}keep;"
			"echo $f >$D/kept; rm $D/repo.git/objects/pack/*.x"),
		0);
	assert_int_equal(bed_shell(&bed,
				 GIT "rev-list --objects main~200 | cut -c1-40 | " GIT
				     "pack-objects -q --no-reuse-delta --window=50 "
				     "$D/repo.git/objects/pack/pack >/dev/null"),
		0);
	for (unsigned i = 0; i < 70; i++)
		bed_commit(&bed, 1);
	while (bed.backend->ops->maintain(bed.backend))
		;
	assert_true(count_packs(&bed) < 20);
	bed_ask(&bed, "test -e $(cat $D/kept) && echo yes", answer, sizeof(answer));
	assert_string_equal(answer, "yes");
	bed_verify(&bed, 473);
	bed_remove(&bed);
}

/* The union of a pack and a part of it is the pack itself, byte for byte: it must not be removed as a source. */
static void a_merge_that_gives_one_of_its_sources_keeps_it(void **state)
{
	struct bed bed;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1000);
	/* 63 packs of its single commits beside it */
	assert_int_equal(bed_shell(&bed,
				 "for i in $(seq 1 63); do " GIT "rev-parse main~$i | " GIT
				 "pack-objects -q $D/repo.git/objects/pack/pack >/dev/null; done"),
		0);
	assert_int_equal(count_packs(&bed), 64);
	while (bed.backend->ops->maintain(bed.backend))
		;
	assert_int_equal(count_packs(&bed), 1);
	bed_verify(&bed, 1000);
	bed_close(&bed);
	bed_open(&bed);
	bed_verify(&bed, 1000);
	bed_remove(&bed);
}

static void a_damaged_pack_is_left_alone(void **state)
{
	struct bed bed;
	unsigned packs;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	bed_commit(&bed, 1);
	assert_int_equal(bed_shell(&bed,
				 "f=$(ls $D/repo.git/objects/pack/*.pack); chmod u+w $f;"
				 "printf XXXX | dd of=$f bs=1 seek=60 conv=notrunc 2>/dev/null;"
				 "echo $f >$D/bad"),
		0);
	for (unsigned i = 0; i < 70; i++) {
		bed_commit(&bed, 1);
		while (bed.backend->ops->maintain(bed.backend))
			;
	}
	assert_non_null(strstr(bed.report, "damaged"));
	packs = count_packs(&bed);
	assert_true(packs < 20);
	assert_int_equal(bed_shell(&bed, "test -e $(cat $D/bad)"), 0);
	bed_remove(&bed);
}

/* ---------------------------------------------------------------- with readers */

struct readers {
	struct bed *bed;
	struct store_oid oids[2000];
	atomic_uint n;
	atomic_bool stop;
	atomic_uint failures, reads;
};

static void *read_all_the_time(void *payload)
{
	struct readers *readers = payload;
	unsigned i = 0;

	while (!atomic_load(&readers->stop)) {
		enum object_type type;
		char *body = NULL;
		size_t len;
		unsigned n = atomic_load(&readers->n);
		if (n == 0)
			continue;
		i = (i * 1103515245u + 12345u) & 0x7fffffff;
		if (readers->bed->backend->ops->read(readers->bed->backend, &readers->oids[i % n],
			    &type, &body, &len) != STORE_OK)
			atomic_fetch_add(&readers->failures, 1);
		free(body);
		atomic_fetch_add(&readers->reads, 1);
	}
	return NULL;
}

static void *maintain_all_the_time(void *payload)
{
	struct readers *readers = payload;

	while (!atomic_load(&readers->stop)) {
		if (!readers->bed->backend->ops->maintain(readers->bed->backend))
			usleep(1000);
	}
	return NULL;
}

static void *throttle_all_the_time(void *payload)
{
	struct readers *readers = payload;
	struct backend *backend = readers->bed->backend;

	for (unsigned i = 0; !atomic_load(&readers->stop); i++) {
		char hash[128];
		int admin;
		uint64_t generation;
		backend->ops->throttle_set(
			backend, "k", &(struct account_throttle){.failures = i + 1, .last = i});
		backend->ops->credential(backend, "p", hash, &admin, &generation);
		usleep(200);
	}
	return NULL;
}

static void readers_never_miss_an_object(void **state)
{
	struct bed bed;
	static struct readers readers;
	pthread_t threads[4];
	unsigned commits = 500;

	(void)state;
	bed_new(&bed);
	bed_open(&bed);
	readers.bed = &bed;
	pthread_create(&threads[0], NULL, read_all_the_time, &readers);
	pthread_create(&threads[1], NULL, read_all_the_time, &readers);
	pthread_create(&threads[2], NULL, maintain_all_the_time, &readers);
	pthread_create(&threads[3], NULL, throttle_all_the_time, &readers);
	for (unsigned i = 0; i < commits; i++) {
		bed_commit(&bed, 1);
		readers.oids[i] = bed.head;
		atomic_store(&readers.n, i + 1);
	}
	atomic_store(&readers.stop, true);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	print_message("%u reads beside %u commits\n", atomic_load(&readers.reads), commits);
	assert_int_equal(atomic_load(&readers.failures), 0);
	assert_true(count_packs(&bed) < PACKS_MAX);
	bed_verify(&bed, commits);
	bed_remove(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packs_stay_few_during_many_commits),
		cmocka_unit_test(packs_with_deltas_are_merged_and_kept_ones_left),
		cmocka_unit_test(a_merge_that_gives_one_of_its_sources_keeps_it),
		cmocka_unit_test(a_damaged_pack_is_left_alone),
		cmocka_unit_test(readers_never_miss_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
