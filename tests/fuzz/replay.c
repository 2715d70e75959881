/* SPDX-License-Identifier: ISC */
/*
 * Runs every file of the folders given as arguments through a fuzz target: what fuzzing once found
 * stays a test in every build. An empty corpus is a failure.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX ((size_t)16 << 20)

/* The bytes come in a block of exactly their size, so that ASan sees a read past the end. */
static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(INPUT_MAX);
	size_t len = file && bytes ? fread(bytes, 1, INPUT_MAX, file) : 0;
	int result = -1;

	if (file && bytes && !ferror(file)) {
		uint8_t *exact = realloc(bytes, len ? len : 1);
		bytes = (char *)exact;
		LLVMFuzzerTestOneInput(exact, len);
		result = 0;
	} else {
		perror(path);
	}
	free(bytes);
	if (file)
		fclose(file);
	return result;
}

static int by_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Number of files run, -1 if one could not be read. */
static int run_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, by_name, alphasort), failed = 0;

	if (count < 0)
		perror(folder);
	for (int i = 0; i < count; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		failed |= run_file(path);
		free(entries[i]);
	}
	free(entries);
	return failed ? -1 : count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = run_folder(argv[i]);
		if (count < 0)
			return 1;
		total += count;
	}
	printf("%d inputs\n", total);
	return total ? 0 : 1;
}
