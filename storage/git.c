/* SPDX-License-Identifier: ISC */
/*
 * libgit2's global options. The daemon owns its repository and needs nobody's configuration: owner checks are off and search
 * paths empty (an unreadable HOME would be an error), reads are not hashed again (zlib and the check command see damage),
 * and the object cache stays small, for hot bodies are kept by the store.
 */
#include "storage/git.h"

#include <pthread.h>

#define CACHE_BYTES ((ssize_t)4 << 20)
#define CACHE_OBJECT_BYTES ((size_t)4096)

static const git_config_level_t searched[] = {
	GIT_CONFIG_LEVEL_PROGRAMDATA,
	GIT_CONFIG_LEVEL_SYSTEM,
	GIT_CONFIG_LEVEL_XDG,
	GIT_CONFIG_LEVEL_GLOBAL,
};

static void set_up(void)
{
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	for (size_t i = 0; i < sizeof(searched) / sizeof(*searched); i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, (int)searched[i], "");
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, CACHE_BYTES);
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, (int)GIT_OBJECT_TREE, CACHE_OBJECT_BYTES);
}

void git_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}

const char *git_why(void)
{
	const git_error *error = git_error_last();

	return error && error->message ? error->message : "libgit2 does not say why";
}
