/* SPDX-License-Identifier: ISC */
/* storage/pack.c, pack_read.c: git accepts what we write, we read it back, and damage is seen. */
#include "store_bed.h"

#include "storage/pack.h"

#include <fcntl.h>

#define N 300

static void make_pack(struct pack_writer *writer)
{
	struct store_oid head = {0};

	pack_begin(writer, -1, 3 * N);
	for (unsigned i = 0; i < N; i++) {
		struct object objects[3];
		bed_objects(objects, &head, i);
		head = objects[2].oid;
		for (int k = 0; k < 3; k++) {
			pack_add(writer, &objects[k]);
			object_release(&objects[k]);
		}
	}
	assert_true(pack_end(writer));
}

static void put(const struct bed *bed, const char *suffix, const void *bytes, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/p%s", bed->dir, suffix);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void git_agrees_with_pack_and_index(void **state)
{
	struct bed bed;
	struct pack_writer writer;
	struct pack_sink index;

	(void)state;
	bed_new(&bed);
	make_pack(&writer);
	put(&bed, ".pack", writer.sink.data, writer.sink.len);
	assert_true(pack_index(&writer, &index, -1));
	put(&bed, ".idx", index.data, index.len);
	assert_int_equal(
		bed_shell(&bed, "cd $D && git index-pack --strict -o q.idx p.pack >/dev/null"), 0);
	assert_int_equal(bed_shell(&bed, "cmp $D/p.idx $D/q.idx"), 0);

	struct pack_file file;
	int folder = open(bed.dir, O_RDONLY | O_DIRECTORY);
	assert_true(pack_open(&file, folder, "p"));
	assert_int_equal(file.n, 3 * N);
	for (uint32_t i = 0; i < file.n; i++) {
		assert_memory_equal(pack_oid(&file, i), writer.entries[i].oid.bytes, 20);
		assert_int_equal(pack_offset(&file, i), writer.entries[i].offset);
		assert_int_equal(pack_crc(&file, i), writer.entries[i].crc);
	}
	pack_close(&file);
	close(folder);
	pack_sink_release(&index);
	pack_release(&writer);
	bed_remove(&bed);
}

static void a_pack_in_memory_gives_its_index_back(void **state)
{
	struct pack_writer writer, parsed;
	struct pack_sink a, b;

	(void)state;
	make_pack(&writer);
	assert_true(pack_parse(&parsed, writer.sink.data, writer.sink.len));
	assert_int_equal(parsed.sink.len, writer.sink.len);
	assert_memory_equal(parsed.sink.data, writer.sink.data, writer.sink.len);
	assert_true(pack_index(&writer, &a, -1) && pack_index(&parsed, &b, -1));
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	pack_sink_release(&a);
	pack_sink_release(&b);
	pack_release(&parsed);

	for (size_t at = 0; at < writer.sink.len; at += 97) {
		writer.sink.data[at] ^= 0x10;
		assert_false(pack_parse(&parsed, writer.sink.data, writer.sink.len));
		writer.sink.data[at] ^= 0x10;
	}
	for (size_t len = 0; len < 200; len++)
		assert_false(pack_parse(&parsed, writer.sink.data, len));
	pack_release(&writer);
}

static void distances_survive(void **state)
{
	static const uint64_t rows[] = {
		1, 127, 128, 129, 16511, 16512, 2113663, 2113664, 1u << 31, 1ull << 40};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned char bytes[10];
		size_t used = 0, n = pack_distance_put(bytes, rows[i]);
		assert_int_equal(pack_distance(bytes, n, &used), rows[i]);
		assert_int_equal(used, n);
		assert_int_equal(pack_distance(bytes, n - 1, &used), 0);
	}
}

static void a_damaged_file_is_not_opened(void **state)
{
	struct bed bed;
	struct pack_writer writer;
	struct pack_sink index;
	struct pack_file file;

	(void)state;
	bed_new(&bed);
	make_pack(&writer);
	assert_true(pack_index(&writer, &index, -1));
	int folder = open(bed.dir, O_RDONLY | O_DIRECTORY);
	put(&bed, ".pack", writer.sink.data, writer.sink.len);
	for (size_t cut = 0; cut < index.len; cut += 1 + index.len / 50) {
		put(&bed, ".idx", index.data, cut);
		assert_false(pack_open(&file, folder, "p"));
	}
	put(&bed, ".idx", index.data, index.len);
	for (size_t cut = 0; cut < writer.sink.len; cut += 1 + writer.sink.len / 50) {
		put(&bed, ".pack", writer.sink.data, cut);
		assert_false(pack_open(&file, folder, "p"));
	}
	put(&bed, ".pack", writer.sink.data, writer.sink.len);
	assert_true(pack_open(&file, folder, "p"));
	pack_close(&file);
	close(folder);
	pack_sink_release(&index);
	pack_release(&writer);
	bed_remove(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(git_agrees_with_pack_and_index),
		cmocka_unit_test(a_pack_in_memory_gives_its_index_back),
		cmocka_unit_test(distances_survive),
		cmocka_unit_test(a_damaged_file_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
