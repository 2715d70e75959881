/* SPDX-License-Identifier: ISC */
/*
 * CLEANUP(type) releases a foreign handle when its scope ends:
 *
 *	CLEANUP(git_tree) git_tree *tree = NULL;
 *
 * Each folder that owns a foreign library declares its types once, beside its other private
 * definitions, with CLEANUP_DEFINE(git_tree, git_tree_free). Our own memory belongs to an arena.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#define CLEANUP(type) __attribute__((cleanup(cleanup_##type)))
#define CLEANUP_DEFINE(type, release)                                                              \
	static inline void cleanup_##type(type **p) /* NOLINT(bugprone-macro-parentheses) */       \
	{                                                                                          \
		if (*p)                                                                            \
			release(*p);                                                               \
	}                                                                                          \
	struct cleanup_##type##_end_ /* swallows the semicolon */

#endif
